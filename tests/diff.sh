#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# diff.sh BUILD LEVEL SEED COUNT: random programs, the same on every machine for a seed, held
# against the IR interpreter at a level of the golden runner (golden, c, run, exec).
build=$1 level=$2 seed=$3 count=$4
folder=$(mktemp -d /tmp/ks-diff-XXXXXX) || exit 3
trap 'rm -rf "$folder"' EXIT
"$build/tests/diff_cases" --seed="$seed" --count="$count" "$folder" || exit 1
"$build/tests/golden" --level="$level" "$folder"
