#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A kernel module from source to packets: builds examples/rate_limit.ks against the headers of
# Debian's 6.12 kernel, without pahole, and runs its loader in a virtual machine with that kernel.
# Exit status 77 with the reason when this machine cannot.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${KSC_BUILD_DIR:-$here/build}
export KSC_BUILD_DIR=$build
kernel=${KSC_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ksc}/kernels/6.12

for tool in qemu-system-x86_64 make gcc-12; do
	command -v $tool >/dev/null || {
		echo "skipped: $tool is not installed"
		exit 77
	}
done
if ! "$here/scripts/kernels.sh" 6.12 >/dev/null; then
	echo "skipped: the kernel packages cannot be fetched"
	exit 77
fi

job=$(mktemp -d)
trap 'rm -rf "$job"' EXIT
passed=0 failed=0

# check WHAT COMMAND...: counts whether the command succeeds
check() {
	local what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $what"
	fi
}

# between TEXT LOW HIGH: the number behind `TEXT` in the last line that has it
between() {
	local n
	n=$(sed -nE "s/.*$1 ([0-9]+).*/\1/p" "$job.out" | tail -1)
	[ -n "$n" ] && [ "$n" -ge "$2" ] && [ "$n" -le "$3" ]
}

has() { grep -q -- "$1" "$job.out"; }

"$build/ksc" build "$here/examples/rate_limit.ks" --kernel="$kernel/btf" --kdir="$kernel/kdir" \
	-o "$job" || {
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}
for file in rate_limit.mod.c Kbuild rate_limit.ko rate_limit; do
	check "$file is there" test -s "$job/$file"
done

# 10 packets a second, 5 at once: 60 datagrams in a moment, then silence.
echo "exec /bin/bash ./job.sh" >"$job/run.sh" # for its /dev/udp
cat >"$job/job.sh" <<'RUN'
state() { [ -e /sys/module/rate_limit ] && echo "$1: loaded" || echo "$1: gone"; }
state before
./rate_limit --rate 10 --burst 5 --seconds 2 &
loader=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	[ -e /sys/kernel/btf/rate_limit ] && break
	sleep 0.5
done
sleep 0.5
state meanwhile
ls /sys/kernel/btf
for i in $(seq 60); do echo x >/dev/udp/127.0.0.1/9; done 2>/dev/null
wait $loader
echo "loader: status $?"
state after
insmod rate_limit.ko && state inserted
./rate_limit --seconds 1 >/dev/null
echo "second loader: status $?"
state kept
for i in $(seq 20); do # programs are freed a little after the process
	rmmod rate_limit 2>/dev/null && break
	sleep 0.1
done
state removed
RUN
start=$(date +%s)
status=0
VM_TIMEOUT=60 VM_MODULES= VM_BIN="bash ip" VM_LIBS_OF="$job/rate_limit" \
	"$here/scripts/vm.sh" 6.12 "$job" >"$job.out" 2>&1 || status=$?
cat "$job.out"
echo "virtual machine: status $status after $(($(date +%s) - start)) s"

check "the machine's script ends well" [ $status = 0 ]
check "no module before" has "before: gone"
check "the loader inserts the module" has "meanwhile: loaded"
check "the kernel has its BTF" has "^rate_limit$"
check "the loader ends well" has "^loader: status 0"
check "the first packets pass, and few of the rest" between "passed" 5 45
check "most are dropped" between "passed [0-9]+, dropped" 20 200
check "the loader removes the module" has "after: gone"
check "an inserted module serves" has "second loader: status 0"
check "and stays" has "kept: loaded"
check "until it is removed" has "removed: gone"
rm -f "$job.out"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
