#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The part of docs/errors.md about newcomers from C is made of the cases in tests/golden/newcomer
# and of what ksc says about them. This fails when the document and the compiler differ.
#
#	tests/scripts/newcomer.sh [--update]     --update: write the part anew
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
ksc=${KSC_BUILD_DIR:-$here/build}/ksc
document=$here/docs/errors.md
btf=$here/tests/fixtures/kernel-6.18.btf
heading='# The 40 commonest mistakes of a newcomer from C'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# What the runner expects of a case is not part of the example.
sources() { sed -E 's,[ \t]*// (error|warning)\[.*$,,' "$1"; }

# a_bit_field_in_c_form -> A bit field in C form
title() {
	local text
	text=$(basename "$1" .ks | sed -E 's/_/ /g; s/\bc\b/C/g; s/\bnull in/NULL in/')
	echo "${text^}"
}

{
	echo "$heading"
	echo
	echo 'Each with the source and with what ksc says of it. The sources are'
	echo '`tests/golden/newcomer/*.ks`. A C programmer who was new to the language and had'
	echo 'only these sources and messages repaired 39 of the 40 so that they compiled at once:'
	echo '`tests/golden/newcomer_repaired`. The message about floating point led astray and was'
	echo 'changed since; that repair is ours.'
	for case in "$here"/tests/golden/newcomer/*.ks; do
		sources "$case" >x.ks
		"$ksc" check --kernel="$btf" --color=never x.ks >log 2>&1 || true
		[ -s log ] || { echo "$case: no message" >&2; exit 1; }
		printf '\n### %s\n\n```\n' "$(title "$case")"
		cat x.ks
		printf '```\n\n```\n'
		cat log
		printf '```\n'
	done
} >part
sed "/^$heading\$/,\$d" "$document" >before
cat before part >whole

if [ "${1:-}" = --update ]; then
	cat whole >"$document"
elif ! diff -u "$document" whole >differences; then
	head -40 differences
	echo "docs/errors.md is not what ksc says; $0 --update writes it anew"
	exit 1
fi
count=$(grep -c '^### ' part)
[ "$count" = 40 ] || { echo "there are $count cases, not 40"; exit 1; }
echo "$count passed, 0 failed, 0 skipped"
