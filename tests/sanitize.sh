#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds ksc with AddressSanitizer and UndefinedBehaviorSanitizer in build-asan and runs what needs
# no privileges: unit tests, golden cases, documents. A report of a sanitizer ends a test.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${KSC_ASAN_DIR:-$here/build-asan}
passed=0 failed=0

cmake -S "$here" -B "$build" -G Ninja -DKSC_SANITIZE=ON >/dev/null &&
	ninja -C "$build" >"$build/log" 2>&1 || {
	tail -20 "$build/log"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

# LLVM keeps memory of its own until the process ends.
export ASAN_OPTIONS=detect_leaks=0

run() {
	if "$@" >"$build/out" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $*"
		tail -40 "$build/out"
	fi
}

for test in "$build"/tests/test_*; do
	case $test in *_run) ;; *) run "$test" ;; esac
done
run "$build/tests/golden" "$here/tests/golden" "$here/examples" "$here/docs" "$here/README.md"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
