#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Level vm: loads and runs the golden cases in virtual machines with Debian's 6.12 and 6.1 kernels.
# Exit status 77 with the reason when this machine cannot.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${KSC_BUILD_DIR:-$here/build}
export KSC_BUILD_DIR=$build

command -v qemu-system-x86_64 >/dev/null || {
	echo "skipped: qemu-system-x86_64 is not installed"
	exit 77
}
start=$(date +%s)
if ! "$here/scripts/kernels.sh" 6.12 6.1 >/dev/null; then
	echo "skipped: the kernel packages cannot be fetched"
	exit 77
fi
echo "kernels ready after $(($(date +%s) - start)) s"

job=$(mktemp -d)
trap 'rm -rf "$job"' EXIT
mkdir -p "$job/tests"
strip -o "$job/golden" "$build/tests/golden"
# What the runtime says of refused programs: each kernel has its own words.
for test in runtime_refused_run runtime_load_run; do
	[ ! -f "$build/tests/test_$test" ] || strip -o "$job/test_$test" "$build/tests/test_$test"
done
cp -r "$here/tests/golden" "$here/tests/fixtures" "$job/tests/"
cp -r "$here/stdlib" "$here/examples" "$job/"

passed=0 failed=0 skipped=0
for series in 6.12 6.1; do
	cat >"$job/run.sh" <<-END
		status=0
		./golden --root=/job --kernel=$series --level=run tests/golden examples || status=1
		for test in ./test_*; do
			[ -x "\$test" ] || continue
			echo "\$test"
			\$test || status=1
		done
		exit \$status
	END
	start=$(date +%s)
	status=0
	VM_LIBS_OF="$job/golden $(echo "$job"/test_*)" "$here/scripts/vm.sh" "$series" "$job" \
		>"$job.out" 2>&1 || status=$?
	cat "$job.out"
	echo "kernel $series: status $status after $(($(date +%s) - start)) s"
	read -r p f s < <(sed -nE \
		's/^(run: )?([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped.*/\2 \3 \4/p' \
		"$job.out" | awk '{ p += $1; f += $2; s += $3 } END { if (NR) print p, f, s }')
	rm -f "$job.out"
	if [ -z "${p-}" ] || { [ "$status" != 0 ] && [ "${f:-0}" = 0 ]; }; then
		p=0 f=1 s=0
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
