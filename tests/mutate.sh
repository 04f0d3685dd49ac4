#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Are the tests any good? Makes small random changes in a copy of compiler/, one at a time, builds,
# and runs the tests that need nothing but the build: unit tests, golden cases at every level that
# runs nothing, mutants of golden cases, for changes in driver/ also the command line's scripts. A
# change that no test notices is printed: either it changes nothing that matters, or a test is
# missing.
#
#	tests/mutate.sh [SEED] [COUNT]       (1, 200)
#
# Works in build-mutate (KSC_MUTATE_DIR). Changes that do not compile do not count.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
work=${KSC_MUTATE_DIR:-$here/build-mutate}
seed=${1:-1} count=${2:-200}
source=$work/source build=$work/build
caught=0 survived=0 broken=0 number=0 slowest=0

mkdir -p "$work/programs"
# What did not change since the last time keeps its date, and so its objects.
if [ -d "$source" ]; then
	git -C "$source" fetch -q "$here" HEAD && git -C "$source" reset -q --hard FETCH_HEAD
else
	git clone -q --shared "$here" "$source"
fi || exit 3
# Linked with LLVM's shared library, or linking would take most of the time.
cmake -S "$source" -B "$build" -G Ninja -DKSC_LLVM_STATIC=OFF -DCMAKE_BUILD_TYPE=Debug \
	-DCMAKE_C_FLAGS="-O1 -g0" ${KSC_MUTATE_CMAKE:-} >"$work/log" 2>&1 &&
	ninja -C "$build" >>"$work/log" 2>&1 || {
	tail -20 "$work/log"
	exit 3
}

# fine FILE: whether all tests pass after a change of the file
fine() {
	local test
	timeout 60 "$build/tests/golden" "$source/tests/golden" "$source/examples" "$source/docs" \
		"$source/README.md" >"$work/out" 2>&1 </dev/null || return 1
	for test in "$build"/tests/test_*; do
		case $test in
		*_run | *_runtime_*) ;;
		*) timeout 60 "$test" >"$work/out" 2>&1 </dev/null || return 1 ;;
		esac
	done
	timeout 60 "$build/tests/mutants" --seed=1 --count=4 --keep="$work" \
		"$source/tests/golden" >"$work/out" 2>&1 </dev/null || return 1
	timeout 60 "$build/tests/diff" --seed=1 --count=6 --prepare="$work/programs" \
		>"$work/out" 2>&1 </dev/null || return 1
	case $1 in
	*/driver/*)
		for test in driver bad_input; do
			KSC_BUILD_DIR=$build timeout 120 "$source/tests/scripts/$test.sh" \
				>"$work/out" 2>&1 </dev/null || return 1
		done
		;;
	esac
}

if ! fine "$source/compiler/driver/driver.c"; then
	echo "the tests fail without a change:"
	tail -20 "$work/out"
	exit 3
fi
summary() {
	local all=$((caught + survived))
	[ "$all" -gt 0 ] || all=1
	echo "seed $seed: $caught of $all changes caught, $((100 * caught / all)) %;" \
		"$broken more did not compile; the slowest took $slowest s"
	[ $((100 * caught)) -ge $((85 * all)) ]
}
trap 'summary; exit 1' INT TERM

while [ $((caught + survived)) -lt "$count" ]; do
	number=$((number + 1))
	SECONDS=0
	git -C "$source" checkout -q -- compiler
	change=$(cd "$source" && python3 tests/tools/mutate.py compiler $((seed * 100000 + number)))
	file=$source/${change%%:*}
	if ! timeout 300 ninja -C "$build" >"$work/log" 2>&1; then
		broken=$((broken + 1))
	elif fine "$file"; then
		survived=$((survived + 1))
		echo "survived: $change"
	else
		caught=$((caught + 1))
	fi
	[ "$SECONDS" -le "$slowest" ] || slowest=$SECONDS
done
summary
