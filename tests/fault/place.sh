# SPDX-License-Identifier: Apache-2.0
#
# For tests/scripts/faults.sh and signals.sh, which source it: a place of its own for a test
# (namespaces of network, mounts and processes; BPF file system, cgroup), loaders with the failing
# library, and what runs leave behind. Works in $work, a new folder.

here=$(cd "$(dirname "$0")/../.." && pwd)
export KSC_BUILD_DIR=${KSC_BUILD_DIR:-$here/build}
build=$KSC_BUILD_DIR
ksc=$build/ksc

skip() {
	echo "skipped: $*"
	exit 77
}

if [ -z "${KSC_TEST_INSIDE-}" ]; then
	[ -f "$build/tests/fault/libksrt_fault.a" ] || skip "the trampolines are for x86-64"
	[ "$(id -u)" = 0 ] || skip "BPF programs are loaded as root"
	unshare -n -m -p --fork true 2>/dev/null || skip "namespaces are not possible here"
	KSC_TEST_INSIDE=1 exec unshare -n -m -p --fork --kill-child --mount-proc "$0" "$@"
fi

work=$(mktemp -d)
group=
# A background job that is ended right after its fork may run the trap too.
leave() {
	[ "$BASHPID" = $$ ] || return
	cd /
	[ -z "$group" ] || rmdir "$group"
	umount "$work/cgroup" 2>/dev/null
	rm -rf "$work"
}
trap leave EXIT
cd "$work" || exit 3
mount -t bpf none /sys/fs/bpf || skip "a BPF file system cannot be mounted here"
mkdir cgroup
mount -t cgroup2 none cgroup && group=$(mktemp -d "$work/cgroup/ksc-XXXXXX") ||
	skip "there is no cgroup v2"
ip link set lo up
qdisc=$(tc qdisc show dev lo)
printf 'import background\n' >tool.py
export TMPDIR=$work ASAN_OPTIONS=exitcode=99:abort_on_error=0

# build_case NAME SOURCE [--test]: the loader NAME, with the failing library
build_case() {
	local name=$1 source=$2 project
	shift 2
	project=$(basename "$source" .ks)
	mkdir "$name"
	"$ksc" compile "$source" -q -o "$name" "$@" 2>log || {
		cat log
		return 1
	}
	(
		cd "$name" &&
			gcc -std=gnu11 -O1 -g1 -fwrapv -fno-strict-aliasing -funsigned-char \
				-fno-builtin -fno-pie -fsanitize=address -fno-omit-frame-pointer \
				-fno-optimize-sibling-calls -Wa,-I. -I"$build/lib/ksc/include" \
				-c "$project.c" -o loader.o &&
			objcopy --redefine-syms="$build/tests/fault/symbols" loader.o &&
			gcc -no-pie -fsanitize=address -o "$project" loader.o \
				"$build/tests/fault/libksrt_fault.a" \
				"$build/tests/fault/libfault_shim.a" \
				-l:libbpf.a -l:libelf.a -l:libz.a
	) >log 2>&1 || {
		cat log
		return 1
	}
}

# What stays of a run, in words; nothing when all is well. Gives the background a second.
left_behind() {
	local tries=50 comm name running
	while :; do
		running=
		for comm in /proc/[0-9]*/comm; do
			{ read -r name <"$comm"; } 2>/dev/null || continue
			case $name in
			ks-guardian | network | trace | tests | background | packet_counter)
				running+=" $name"
				;;
			esac
		done
		[ -n "$running" ] && [ $((tries--)) -gt 0 ] || break
		sleep 0.02
	done
	[ -z "$running" ] || echo "running:$running"
	ip -o link show lo | grep -q 'xdp\|prog/' && echo "an XDP program is attached"
	tc qdisc show dev lo | grep -q clsact && echo "a clsact qdisc is left"
	find /sys/fs/bpf -mindepth 1 -type f ! -name '*.debug' ! -path '*/network/maps/kept' \
		! -path '*/network/globals/pinned_globals'
}

clean() {
	find /sys/fs/bpf -mindepth 1 -depth ! -name "*.debug" -delete
	[ "$(tc qdisc show dev lo)" = "$qdisc" ] || tc qdisc del dev lo clsact
	! ip link show lo | grep -q xdp || ip link set lo xdpgeneric off
	rm -f ./*.log
}
