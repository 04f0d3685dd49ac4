#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Which lines of compiler/ and runtime/ the tests execute, by folder and in all.
#
#	scripts/coverage.sh [--fast] [FOLDER]
#
#	--fast  only the tests that need no privileges; of runtime/ that is little
#	FOLDER  also a file for each source with its lines and counts (llvm-cov show)
#
# Builds with clang's instrumentation in build-coverage (KSC_COVERAGE_DIR). Loaders that tests build
# are instrumented too. Tests that fail are named, and their lines count. 77 without clang.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${KSC_COVERAGE_DIR:-$here/build-coverage}
llvm=19 fast= show=
for arg in "$@"; do
	case $arg in
	--fast) fast=1 ;;
	*) show=$arg ;;
	esac
done
if ! command -v llvm-cov-$llvm clang-$llvm >/dev/null; then
	echo "skipped: no llvm-cov-$llvm or clang-$llvm"
	exit 77
fi

flags="-fprofile-instr-generate -fcoverage-mapping"
mkdir -p "$build/bin"
cmake -S "$here" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang-$llvm \
	-DCMAKE_CXX_COMPILER=clang++-$llvm -DKSC_LLVM_STATIC=OFF -DCMAKE_C_FLAGS="$flags -O1" \
	-DCMAKE_EXE_LINKER_FLAGS="$flags" ${KSC_COVERAGE_CMAKE:-} >"$build/build.log" 2>&1 &&
	ninja -C "$build" >>"$build/build.log" 2>&1 || {
	tail -20 "$build/build.log"
	exit 1
}

# Whoever calls a C compiler by its name gets one that links the counters in.
for name in cc gcc; do
	printf '#!/bin/sh\nexec clang-%s -fprofile-instr-generate "$@"\n' $llvm \
		>"$build/bin/$name"
	chmod +x "$build/bin/$name"
done
export PATH=$build/bin:$PATH KSC_BUILD_DIR=$build
rm -rf "$build/profiles"
export LLVM_PROFILE_FILE=$build/profiles/%4m.profraw

run() {
	timeout 600 "$@" >"$build/out" 2>&1 </dev/null
	case $? in
	0 | 77) ;;
	*) echo "failed: $* ($(tail -1 "$build/out"))" ;;
	esac
}

cd "$here" || exit 3
for test in "$build"/tests/test_*; do
	case $test in *_run) [ -z "$fast" ] || continue ;; esac
	run "$test"
done
run "$build/tests/golden" tests/golden examples docs README.md
run "$build/tests/mutants" --count=2 --keep="$build" tests/golden
if [ -z "$fast" ]; then
	run "$build/tests/golden" --level=run tests/golden examples
	run "$build/tests/golden" --level=exec tests/golden
	for script in tests/scripts/*.sh; do
		run "$script"
	done
fi

llvm-profdata-$llvm merge -sparse "$build"/profiles/*.profraw -o "$build/all.profdata" \
	2>/dev/null || {
	echo "no profiles were written"
	exit 1
}
objects=("$build/ksc" -object "$build/runtime/libksrt.a")
for test in "$build"/tests/test_runtime_*; do
	objects+=(-object "$test")
done
# FILE LINES MISSED of every source
llvm-cov-$llvm export -summary-only -instr-profile="$build/all.profdata" "${objects[@]}" \
	2>/dev/null | python3 -c '
import json, sys
for file in json.load(sys.stdin)["data"][0]["files"]:
    lines = file["summary"]["lines"]
    print(file["filename"], lines["count"], lines["count"] - lines["covered"])
' >"$build/lines"
awk -v here="$here/" '
	index($1, here) == 1 {
		name = substr($1, length(here) + 1)
		if (name !~ /^(compiler|runtime)\//) next
		folder = name; sub(/\/[^\/]*$/, "", folder)
		split(folder, part, "/")
		lines[folder] += $2; missed[folder] += $3
		if (folder != part[1]) { lines[part[1]] += $2; missed[part[1]] += $3 }
	}
	END {
		for (folder in lines)
			printf "%-20s %6d lines, %5.1f %%\n", folder, lines[folder],
				100 * (1 - missed[folder] / lines[folder])
	}' "$build/lines" | sort
if [ -n "$show" ]; then
	llvm-cov-$llvm show -instr-profile="$build/all.profdata" "${objects[@]}" \
		-output-dir="$show" -format=text >/dev/null 2>&1
fi
