#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Kernel modules from source to packets, in virtual machines with Debian's 6.12 and 6.1 kernels:
# builds the examples and tests/module against the headers of those kernels, and runs the loaders
# there. Also the three ways to BTF (the kernel's build with pahole, ksc with the kernel's BTF, ksc
# without), and what goes wrong: each time the reason is told and nothing is left.
#
#	tests/module_vm.sh [6.12] [6.1]
#
# Exit status 77 with the reason when this machine cannot.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${KSC_BUILD_DIR:-$here/build}
export KSC_BUILD_DIR=$build
cache=${KSC_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ksc}/kernels
limit=20 # seconds from boot to power-off
[ $# -gt 0 ] || set -- 6.12 6.1

for tool in qemu-system-x86_64 make gcc-12; do
	command -v $tool >/dev/null || {
		echo "skipped: $tool is not installed"
		exit 77
	}
done
start=$(date +%s)
if ! "$here/scripts/kernels.sh" "$@" pahole >/dev/null; then
	echo "skipped: the kernel packages cannot be fetched"
	exit 77
fi
echo "download: $(($(date +%s) - start)) s"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0 skipped=0

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
	n=$(sed -nE "s/.*$1 ([0-9]+).*/\1/p" "$work/out" | tail -1)
	[ -n "$n" ] && [ "$n" -ge "$2" ] && [ "$n" -le "$3" ]
}
has() { grep -q -- "$1" "$work/out"; }
# in_part NAME TEXT: between the lines `== NAME` and the next `==`
in_part() { sed -n "/^== $1\$/,/^== /p" "$work/out" | grep -q -- "$2"; }
no_part() { ! in_part "$1" "$2"; }

# ksc_build SERIES KDIR FOLDER ARGUMENTS...
ksc_build() {
	local series=$1 kdir=$2 folder=$3
	shift 3
	"$build/ksc" "$@" --kdir="$kdir" -o "$folder" -q || {
		echo "FAIL: ksc $* for $series"
		failed=$((failed + 1))
	}
}
example() { # SERIES NAME
	ksc_build "$1" "$cache/$1/kdir" "$job/$2" build "$here/examples/$2.ks" \
		--kernel="$cache/$1/btf"
}
tests_of() { # SERIES FOLDER SOURCE
	ksc_build "$1" "$cache/$1/kdir" "$job/$2" compile --test "$3" \
		--btf-vmlinux-path "$cache/$1/btf"
}
program() { # SERIES FOLDER SOURCE
	ksc_build "$1" "$cache/$1/kdir" "$job/$2" build "$3" --kernel="$cache/$1/btf"
}

# The ways to BTF beside the usual one, and modules that do not fit.
build_612() {
	local kdir=$cache/6.12/kdir strict
	tests_of 6.12 late "$here/tests/module/late.ks"
	tests_of 6.12 families "$here/tests/module/families.ks"
	example 6.12 rate_limit
	example 6.12 ancestors
	example 6.12 meters
	tests_of 6.12 meters_test "$here/examples/meters.ks"

	# The kernel's own build, by plain `make` in the output folder.
	cp -r "$job/values" "$job/stock"
	rm -f "$job"/stock/values "$job"/stock/values.ko
	PATH="$cache/pahole/usr/bin:$PATH" make -C "$job/stock" KDIR="$kdir" \
		KSRT="$build/lib/ksc" >"$work/make.log" 2>&1
	check "plain make with pahole builds module and loader" test -x "$job/stock/values"
	[ -x "$job/stock/values" ] || tail -20 "$work/make.log"
	check "pahole wrote the BTF" grep -q "BTF \[M\]" "$work/make.log"
	check "without a warning" sh -c "! grep -q warning '$work/make.log'"
	cp -r "$job/values" "$work/nopahole"
	rm -f "$work"/nopahole/values.ko
	check "plain make without pahole fails" sh -c \
		"! make -C '$work/nopahole' values.ko KDIR='$kdir' >'$work/make.log' 2>&1"

	# The kernel's stricter warnings find nothing in what ksc writes.
	for strict in rate_limit ancestors meters families late; do
		cp -r "$job/$strict" "$work/strict"
		make -C "$(realpath "$kdir")" M="$work/strict" W=1 CONFIG_DEBUG_INFO_BTF_MODULES= \
			CONFIG_DEBUG_INFO= modules >"$work/make.log" 2>&1
		check "$strict compiles with W=1" test -e "$work/strict/module/$strict.ko"
		check "$strict has no warning" sh -c "! grep -q 'warning:' '$work/make.log'"
		rm -rf "$work/strict"
	done

	# Headers that come without the kernel's BTF, and no file with it either.
	mkdir "$work/kdir"
	cp -rs "$(realpath "$kdir")/." "$work/kdir"
	rm "$work/kdir/vmlinux"
	sed "s|^include ../|include $(realpath "$kdir")/../|" "$kdir/Makefile" >"$work/Makefile"
	rm "$work/kdir/Makefile"
	mv "$work/Makefile" "$work/kdir/Makefile"
	ksc_build 6.12 "$work/kdir" "$job/no_vmlinux" compile --test \
		"$here/tests/module/values.ks" --kernel=6.12
	check "without vmlinux there is a base" sh -c \
		"objdump -h '$job/no_vmlinux/values.ko' | grep -q BTF.base"

	# What does not fit.
	ksc_build 6.12 "$cache/6.1/kdir" "$job/other_kernel" build \
		"$here/tests/module/init_fails.ks" --kernel="$cache/6.1/btf"
	program 6.12 init_fails "$here/tests/module/init_fails.ks"
	program 6.12 clash "$here/tests/module/veth.ks"
	sed 's/return -12/return 0/' "$here/tests/module/init_fails.ks" >"$work/one.ks"
	mkdir "$work/other"
	sed 's/n + 1 }/n + 2 }/' "$work/one.ks" >"$work/other/one.ks"
	program 6.12 one "$work/one.ks"
	program 6.12 two "$work/other/one.ks"
	cp -r "$job/one" "$job/stripped"
	objcopy --remove-section .BTF --remove-section .BTF.base "$job/one/one.ko" \
		"$job/stripped/one.ko"
	rm "$job/stripped/one"
	make -C "$job/stripped" one -o one.ko KSRT="$build/lib/ksc" >/dev/null 2>&1
}

build_61() {
	example 6.1 rate_limit
}

# Ten packets a second, five at once: 60 datagrams in a moment, then silence.
run_rate_limit() {
	cat <<'RUN'
echo "== rate_limit"
rate_limit/rate_limit --rate 10 --burst 5 --seconds 2 >said &
loader=$!
await limiting
state rate_limit
rmmod rate_limit 2>&1
insmod rate_limit/rate_limit.ko 2>&1
for i in $(seq 60); do echo x >/dev/udp/127.0.0.1/9; done 2>/dev/null
wait $loader
echo "status $?"
cat said
state rate_limit
RUN
}

run_head() {
	cat <<'RUN'
begin=$(cut -d. -f1 /proc/uptime)
echo "boot: $begin s"
state() { [ -e /sys/module/$1 ] && echo "$1: loaded" || echo "$1: gone"; }
await() { for i in $(seq 100); do grep -q $1 said && break; sleep 0.2; done; }
gone() { for i in $(seq 30); do [ -e /sys/module/$1 ] || break; sleep 0.1; done; state $1; }
echo "== values"
values/values; echo "status $?"
state values
RUN
}

run_612() {
	run_head
	run_rate_limit
	cat <<'RUN'
echo "== late"
late/late; echo "status $?"
state late
echo "== families"
(for i in $(seq 200); do echo x >/dev/udp/127.0.0.1/9; sleep 0.1; done) 2>/dev/null &
sender=$!
families/families; echo "status $?"
kill $sender
state families
echo "== sigkill"
rate_limit/rate_limit --seconds 60 >said &
loader=$!
await limiting
kill -9 $loader; wait $loader 2>/dev/null; echo "killed"
state rate_limit
sleep 0.5
rate_limit/rate_limit --seconds 1 >said; echo "status $?"
gone rate_limit
echo "== stock"
stock/values --filter 'scalars|configs'; echo "status $?"
state values
echo "== no_vmlinux"
no_vmlinux/values --filter 'scalars|memory'; echo "status $?"
state values
echo "== meters"
meters_test/meters; echo "status $?"
state meters
echo "== ancestors"
ancestors/ancestors >said &
loader=$!
await watching
/bin/busybox true
await busybox
kill -INT $loader; wait $loader; echo "status $?"
cat said
state ancestors
echo "== other_kernel"
other_kernel/init_fails; echo "status $?"
state init_fails
echo "== init_fails"
init_fails/init_fails; echo "status $?"
state init_fails
echo "== stripped"
stripped/one; echo "status $?"
gone one
echo "== clash"
clash/veth; echo "status $?"
state veth
echo "== killed"
insmod one/one.ko ks_loader=999999; state one
one/one; echo "status $?"
gone one
echo "== by_hand"
insmod one/one.ko; one/one; echo "status $?"; state one
sleep 0.3 # programs are freed a little after the process
echo "== other_build"
two/one; echo "status $?"; gone one
echo "== lockdown"
mount -t securityfs none /sys/kernel/security 2>/dev/null
echo integrity >/sys/kernel/security/lockdown
one/one; echo "status $?"
state one
echo "== unsigned"
echo 1 >/sys/module/module/parameters/sig_enforce
one/one; echo "status $?"
state one
echo "== end"
echo "test: $(($(cut -d. -f1 /proc/uptime) - begin)) s"
RUN
}

run_61() {
	run_head
	run_rate_limit
	echo 'echo "== end"; echo "test: $(($(cut -d. -f1 /proc/uptime) - begin)) s"'
}

check_rate_limit() {
	check "rate_limit ends well" in_part rate_limit "^status 0"
	check "rate_limit was loaded, and is removed" in_part rate_limit "rate_limit: loaded"
	check "the first packets pass, and few of the rest" between "passed" 5 45
	check "most are dropped" between "passed [0-9]+, dropped" 20 200
	check "in use it cannot be removed" in_part rate_limit "rmmod: .*\(busy\|temporarily\)"
	check "it cannot be inserted twice" in_part rate_limit "insmod: .*exists"
	check "it is removed at the end" in_part rate_limit "rate_limit: gone"
}

check_612() {
	cat >"$work/exports.ks" <<'KS'
extern wake_up_new_task(task: *task_struct) from "linux/sched.h"
extern ktime_get_ns() -> u64 from "linux/timekeeping.h"
@kfunc("trusted_args") fn wake(task: *task_struct) -> u64 {
	wake_up_new_task(task)
	return ktime_get_ns()
}
KS
	"$build/ksc" check --kernel="$cache/6.12/btf" --kdir="$cache/6.12/kdir" \
		"$work/exports.ks" --diag=line 2>"$work/refused"
	check "what is not exported is refused" grep -q \
		"does not export .wake_up_new_task." "$work/refused"
	check "and nothing else" [ "$(grep -c error "$work/refused")" = 1 ]
	check_rate_limit
	for part in values late families stock no_vmlinux meters; do
		check "$part: all values" in_part $part "^ok"
		check "$part: status" in_part $part "^status 0"
		check "$part: nothing left" no_part $part ": loaded"
	done
	check "ancestors: counts" in_part ancestors "busybox ([0-9]*) had 2 ancestors"
	check "ancestors: status" in_part ancestors "^status 0"
	check "ancestors: nothing left" in_part ancestors "ancestors: gone"
	check "other kernel: both versions" in_part other_kernel \
		"built for the kernel 6\.1\..*, and this is 6\.12"
	check "other kernel: nothing left" in_part other_kernel "init_fails: gone"
	check "init fails: why" in_part init_fails "not enough memory"
	check "init fails: nothing left" in_part init_fails "init_fails: gone"
	check "stripped: why" in_part stripped "does not take the BTF of the module"
	check "stripped: nothing left" in_part stripped "one: gone"
	check "clash: why" in_part clash "another kernel module is named .veth"
	check "clash: the other one stays" in_part clash "veth: loaded"
	check "sigkill: the module is left" in_part sigkill "rate_limit: loaded"
	check "sigkill: the next start works" in_part sigkill "^status 0"
	check "sigkill: and removes it" in_part sigkill "rate_limit: gone"
	check "lockdown: why" in_part lockdown "lockdown"
	check "lockdown: nothing left" in_part lockdown "one: gone"
	check "killed: it was there" in_part killed "one: loaded"
	check "killed: used and removed" in_part killed "one: gone"
	check "inserted by hand it stays" in_part by_hand "one: loaded"
	check "another build is replaced" in_part other_build "one: gone"
	check "unsigned: why" in_part unsigned "takes only signed modules"
	check "unsigned: nothing left" in_part unsigned "one: gone"
	for part in other_kernel init_fails stripped clash unsigned lockdown; do
		check "$part: the program says that it failed" in_part $part "^status 5"
	done
	for part in killed by_hand other_build; do
		check "$part: works" in_part $part "^status 0"
	done
}

check_61() {
	check_rate_limit
	check "values: all values" in_part values "^ok"
	check "values: nothing left" in_part values "values: gone"
	"$build/ksc" check --kernel=6.1 2>"$work/refused" \
		"$here/tests/golden/module/older_kernels_register_for_fewer_kinds.ks"
	check "what 6.1 has no hook for is refused" grep -q "that needs 6.10" "$work/refused"
}

for series in "$@"; do
	name=${series//./}
	job=$work/job$name
	mkdir "$job"
	start=$(date +%s)
	tests_of "$series" values "$here/tests/module/values.ks"
	"build_$name"
	echo "build for $series: $(($(date +%s) - start)) s"
	"run_$name" >"$job/job.sh"
	echo "exec /bin/bash ./job.sh" >"$job/run.sh" # for its /dev/udp
	load=$(cut -d. -f1 /proc/loadavg)
	start=$(date +%s)
	status=0
	VM_TIMEOUT=$((load < 3 ? 60 : 250)) VM_MODULES=veth VM_BIN="bash ip" \
		VM_LIBS_OF="$job/values/values" "$here/scripts/vm.sh" "$series" "$job" \
		>"$work/out" 2>&1 || status=$?
	seconds=$(($(date +%s) - start))
	cat "$work/out"
	echo "boot to power-off of $series: $seconds s"
	check "$series: the machine's script ends well" [ $status = 0 ]
	if [ "$load" -ge 3 ]; then
		echo "skipped: $series: at most $limit s: the machine is busy (load $load)"
		skipped=$((skipped + 1))
	else
		check "$series: at most $limit s" [ "$seconds" -le "$limit" ]
	fi
	"check_$name"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
