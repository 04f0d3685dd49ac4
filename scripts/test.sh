#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing (Debian 12, as root), builds, runs every test. The last line counts.
#
#	scripts/test.sh [--no-setup] [--fast] [--full]
#
#	--no-setup  installs nothing
#	--fast      only what needs neither root nor a virtual machine
#	--full      also the long ones: sanitizer builds, every fault and signal instead of samples
# The whole output is kept in build/test.log.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here" || exit 3
build=${KSC_BUILD_DIR:-$here/build}
setup=1 fast= full=
for arg in "$@"; do
	case $arg in
	-h | --help)
		sed -n '4,/^set /{s/^# \{0,1\}//p}' "$0"
		exit 0
		;;
	--no-setup) setup= ;;
	--fast) fast=1 ;;
	--full) full=1 ;;
	*)
		echo "usage: scripts/test.sh [--no-setup] [--fast] [--full]" >&2
		exit 2
		;;
	esac
done

if [ -n "$setup" ]; then
	scripts/setup.sh || exit 3
fi
cmake -S . -B "$build" -G Ninja >/dev/null && ninja -C "$build" >"$build/build.log" 2>&1 || {
	tail -40 "$build/build.log"
	echo "the build failed"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

log=$build/test.log
passed=0 failed=0 skipped=0

# count NAME STATUS FILE: adds the counts that a test printed, or the test as one
count() {
	local name=$1 status=$2 file=$3 p f s line
	line=$(sed -nE 's/^.*\b([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped.*$/\1 \2 \3/p' \
		"$file" | tail -1)
	read -r p f s <<<"${line:-0 0 0}"
	if [ "$status" = 77 ]; then
		s=$((s + 1))
		echo "skipped: $name: $(grep -iE 'skipped|not permitted' "$file" | tail -1)"
	elif [ "$status" != 0 ]; then
		[ "$f" -gt 0 ] || f=1
		echo "FAILED: $name (status $status)"
		tail -60 "$file"
	else
		[ $((p + s)) -gt 0 ] || p=1
		grep '^skipped' "$file"
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '%-24s %s passed, %s failed, %s skipped in %s s\n' "$name" "$p" "$f" "$s" "$SECONDS"
}

# run NAME COMMAND...
run() {
	local name=$1 file=$build/test.out status=0
	shift
	SECONDS=0
	"$@" >"$file" 2>&1 </dev/null || status=$?
	{
		echo "== $name: $*"
		cat "$file"
	} >>"$log"
	count "$name" "$status" "$file"
}

: >"$log"
run tidy tests/tidy.sh
for test in "$build"/tests/test_*; do
	name=${test##*/test_}
	case $name in *_run) [ -z "$fast" ] || continue ;; esac
	run "unit/$name" "$test"
done
run golden "$build/tests/golden" tests/golden examples docs README.md
run mutants "$build/tests/mutants" --seed=1 --count=20 --keep="$build" tests/golden examples
if [ -z "$fast" ]; then
	run fuzz scripts/fuzz.sh 6
	for level in c run exec; do
		run "golden/$level" "$build/tests/golden" --level=$level tests/golden examples docs
	done
	run diff "$build/tests/diff" --seed=3 --count=600 --cover
	for script in tests/scripts/*.sh; do
		run "scripts/$(basename "$script" .sh)" "$script" ${full:+--full}
	done
	run demo scripts/demo.sh --no-setup
	run vm tests/vm.sh
	run module tests/module_vm.sh
fi
if [ -n "$full" ]; then
	run sanitizers tests/sanitize.sh
fi
echo "the whole output: ${log#"$here"/}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
