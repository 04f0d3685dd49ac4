#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Kernel modules from outside, without a kernel's headers: what ksc writes, and what it says when it
# cannot build one. That they work is tests/module_vm.sh.
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
build=${KSC_BUILD_DIR:-$here/build}
ksc=$build/ksc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 3
passed=0 failed=0 skipped=0

check() {
	local name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL: %s\n' "$name"
		head -20 out err | sed 's/^/    /'
	fi
}

# ends STATUS COMMAND...: stdout in `out`, stderr in `err`
ends() {
	local want=$1 got=0
	shift
	timeout 60 "$@" >out 2>err </dev/null || got=$?
	[ "$got" = "$want" ]
}
has() { grep -qF -- "$2" "$1"; }
files() { [ "$(ls -A "$1" | sort | tr '\n' ' ')" = "$2" ]; }

cat >gate.ks <<'KS'
@kfunc fn may_pass(queue: u32) -> bool {
	return queue < 8
}

@xdp fn gate(ctx: *xdp_md) -> xdp_action {
	return may_pass(ctx->rx_queue_index) ? XDP_PASS : XDP_DROP
}

fn main() -> i32 {
	return load(gate) == null ? 5 : 0
}
KS
printf 'fn main() -> i32 { return 0 }\n' >user.ks
printf '@kfunc fn f(a: u32) -> u32 { return a }\n' >alone.ks

check "emit" ends 0 "$ksc" emit --stage=module gate.ks
check "emit prints the module" has out "BTF_ID_FLAGS(func, may_pass)"
check "emit without a kfunc" ends 1 "$ksc" emit --stage=module user.ks
check "emit without a kfunc says so" has err "no @kfunc"

mkdir empty broken
check "no headers at --kdir" ends 3 "$ksc" build gate.ks --kdir=empty -o a
check "no headers at --kdir: says so" has err "there are no kernel headers"
check "no headers at --kdir: writes nothing" test ! -e a
printf 'modules:\n\t@echo it is broken; exit 1\n' >broken/Makefile
check "the kernel's build fails" ends 3 "$ksc" build gate.ks --kdir=broken -o b
check "the kernel's build fails: shows why" has err "it is broken"
check "the kernel's build fails: writes nothing" test ! -e b
name=$(printf 'n%.0s' {1..56})
cp alone.ks "$name.ks"
check "a name that is too long" ends 3 "$ksc" build "$name.ks" --kdir=broken -o c
check "a name that is too long: says so" has err "at most 55"

if [ -e "/lib/modules/$(uname -r)/build/Makefile" ]; then
	echo "skipped: the running kernel has headers: what happens without them"
	skipped=1
else
	check "without headers" ends 0 "$ksc" build gate.ks -o d
	check "without headers there is a note" has err "gate.ko is not built"
	check "without headers the rest is there" \
		files d "Kbuild Makefile gate gate.bpf.o gate.c gate.mod.c "
	check "the loader needs the module" ends 5 d/gate
	check "the loader says so" has err "the kernel module \`gate\` is not loaded"
	check "kfuncs alone" ends 0 "$ksc" build alone.ks -o e
	check "kfuncs alone make no loader" files e "Kbuild Makefile alone.mod.c "
	cp user.ks gate.ks
	check "a source that lost its kfuncs" ends 0 "$ksc" build gate.ks -o d
	check "old files are gone" files d "Makefile gate gate.c "
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
