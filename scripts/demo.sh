#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# From nothing to a running program: installs what is missing (Debian 12, as root), builds ksc,
# builds examples/packet_counter.ks, runs it between two network namespaces under real traffic,
# compares its counts with the kernel's own, and checks that nothing stays behind, after Ctrl-C and
# after SIGKILL.
#
#	scripts/demo.sh [--no-setup] [--vm]
#
# KSC_BUILD_DIR names another build folder. One of another copy of the sources is used as it is:
# what it holds must be built already.
#
# Where bpf() is not permitted it says so and runs in a virtual machine with Debian's 6.12 kernel
# instead; --vm asks for that. (--prebuilt FOLDER is how it calls itself there.)
#
# Exit status: 0 everything was right, 1 something was not, 3 this machine cannot run it.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath -m "${KSC_BUILD_DIR:-$here/build}")
export KSC_BUILD_DIR=$build # for the scripts that this one calls
ksc=$build/ksc
left=ksc-demo-$$-l right=ksc-demo-$$-r # the namespaces; the program runs in the left one
work=
loader=

say() { printf '\n== %s\n' "$*"; }
cannot() {
	printf 'demo.sh: %s\n' "$*" >&2
	exit 3
}
wrong() {
	printf 'demo.sh: WRONG: %s\n' "$*" >&2
	[ ! -s "$work/log" ] || tail -20 "$work/log" >&2
	exit 1
}

# In a namespace, with this machine's /sys (`ip netns exec` would hide parts of it).
in_left() { nsenter --net="/run/netns/$left" "$@"; }
in_right() { nsenter --net="/run/netns/$right" "$@"; }

cleanup() {
	local name
	[ -z "$loader" ] || kill -KILL "$loader" 2>/dev/null || true
	for name in "$left" "$right"; do
		[ ! -e "/run/netns/$name" ] || ip netns delete "$name" || true
	done
	[ -z "$work" ] || rm -rf "$work"
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	local tries=$(($1 * 20))
	shift
	while ! "$@"; do
		[ $((tries--)) -gt 0 ] || return 1
		sleep 0.05
	done
}

# Whether the build folder belongs to another copy of the sources.
is_foreign() {
	local home
	home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$build/CMakeCache.txt" 2>/dev/null)
	[ -n "$home" ] && [ "$(realpath -m "$home")" != "$(realpath "$here")" ]
}

# build_targets TARGET...: builds them in the build folder
build_targets() {
	if is_foreign; then
		echo "$build belongs to another copy of the sources: nothing is built there"
		return 0
	fi
	cmake -S "$here" -B "$build" -G Ninja && ninja -C "$build" "$@"
}

# need FILE: the build folder holds it
need() { [ -e "$build/$1" ] || cannot "$build/$1 is missing: build it there first"; }

prepare() {
	[ "$(id -u)" = 0 ] || cannot "BPF programs are loaded as root; run it as root"
	if [ -n "$setup" ]; then
		say "set-up"
		"$here/scripts/setup.sh" build demo || exit 3
	fi
	say "building ksc"
	build_targets ksc ksrt >"$work/build.log" 2>&1 || {
		tail -30 "$work/build.log" >&2
		cannot "the build failed"
	}
	! is_foreign || cat "$work/build.log"
	need ksc
	"$ksc" --version
	say "ksc build examples/packet_counter.ks"
	"$ksc" build "$here/examples/packet_counter.ks" -o "$work/out"
	(cd "$work/out" && ls -l)
	if [ -z "$vm" ] && ! "$ksc" doctor >"$work/doctor"; then
		cat "$work/doctor"
		say "this machine cannot load BPF programs (see above); a virtual one can"
		vm=1
	fi
}

# The rest of this script, in a machine of its own.
run_in_vm() {
	say "starting a virtual machine"
	[ -z "$setup" ] || "$here/scripts/setup.sh" build demo test || exit 3
	build_targets kernel_payload btf_excerpt vmexit >"$work/build.log" 2>&1 ||
		cannot "the tools of the virtual machine do not build"
	need tests/vmexit
	"$here/scripts/kernels.sh" 6.12 >/dev/null || exit 3
	mkdir "$work/job"
	cp -r "$here/scripts/demo.sh" "$work/out" "$work/job/"
	echo "bash ./demo.sh --prebuilt out" >"$work/job/run.sh"
	VM_BIN="bash ip tc bpftool nsenter ping nc ss timeout" \
		"$here/scripts/vm.sh" 6.12 "$work/job"
}

# Two namespaces, joined by a pair of interfaces. Without IPv6 nobody speaks unasked.
connect() {
	local name
	for name in "$left" "$right"; do
		ip netns add "$name" || cannot "network namespaces are not possible here"
		nsenter --net="/run/netns/$name" sh -c '
			for each in all default; do
				file=/proc/sys/net/ipv6/conf/$each/disable_ipv6
				[ ! -e $file ] || echo 1 >$file
			done
			ip link set lo up'
	done
	ip -n "$left" link add left0 type veth peer name right0 netns "$right" ||
		cannot "veth interfaces are not possible here"
	ip -n "$left" address add 10.77.0.1/24 dev left0
	ip -n "$right" address add 10.77.0.2/24 dev right0
	ip -n "$right" address add 10.77.0.3/24 dev right0
	ip -n "$left" link set left0 up
	ip -n "$right" link set right0 up
}

# "RX-packets RX-bytes TX-packets TX-bytes" as `ip -s link` counts them
kernel_counts() {
	ip -s -n "$left" link show left0 | awk '
		/RX:/ { getline; rx = $2 " " $1 }
		/TX:/ { getline; tx = $2 " " $1 }
		END { print rx, tx }'
}

# The ids of programs, maps and links that a process holds: "prog 7"
held_ids() {
	cat "/proc/$1/fdinfo/"* 2>/dev/null | sed -nE 's/^(prog|map|link)_id:\s*([0-9]+)$/\1 \2/p' |
		sort -u
}

nothing_left() {
	local kind id
	while read -r kind id; do
		! bpftool "$kind" show id "$id" >/dev/null 2>&1 || return 1
	done <"$work/ids"
	! in_left ip link show left0 | grep -q xdp || return 1
	[ -z "$(in_left tc filter show dev left0 egress 2>/dev/null)" ] || return 1
}

# start OPTIONS...: the program in the left namespace; returns when it counts
start() {
	: >"$work/log"
	nsenter --net="/run/netns/$left" "$work/out/packet_counter" --interface=left0 "$@" \
		>"$work/log" 2>&1 &
	loader=$!
	wait_for 10 grep -q '^counting on left0' "$work/log" || wrong "the program did not start"
	held_ids "$loader" >"$work/ids"
	[ "$(grep -c '^prog' "$work/ids")" = 2 ] || wrong "two programs should be loaded"
	in_left ip link show left0 | grep -q xdp || wrong "no XDP program on left0"
}

# Real traffic from the right to the left.
traffic() {
	local listener
	in_right ping -q -c 5 -i 0.2 10.77.0.1 | grep 'packet loss'

	in_left timeout 20 nc -l 10.77.0.1 7001 >"$work/received" &
	listener=$!
	wait_for 5 sh -c "ip netns exec $left ss -Hltn | grep -q :7001" || wrong "no TCP listener"
	head -c 3000000 /dev/zero | in_right timeout 20 nc -N 10.77.0.1 7001
	wait "$listener"
	echo "TCP: $(stat -c %s "$work/received") bytes arrived"

	in_left timeout 5 nc -u -l -W 20 10.77.0.1 7002 >"$work/datagrams" &
	listener=$!
	wait_for 5 sh -c "ip netns exec $left ss -Hlun | grep -q :7002" || wrong "no UDP listener"
	for i in $(seq 20); do
		printf 'datagram %02d\n' "$i"
		sleep 0.01
	done | in_right timeout 5 nc -u -q 0 10.77.0.1 7002
	wait "$listener" || true
	echo "UDP: $(wc -l <"$work/datagrams") datagrams arrived"

	echo "from the blocked address:"
	in_right ping -q -c 3 -i 0.2 -W 1 -I 10.77.0.3 10.77.0.1 | grep 'packet loss' || true
}

# The last table's row `all`: "packets bytes packets bytes"
counted() { awk '/^total/ { on = 1 } on && $1 == "all" { print $2, $3, $4, $5 }' "$work/log"; }

setup=1 vm= prebuilt=
while [ $# -gt 0 ]; do
	case $1 in
	--no-setup) setup= ;;
	--vm) vm=1 ;;
	--prebuilt) prebuilt=${2?} && shift ;;
	*)
		echo "usage: scripts/demo.sh [--no-setup] [--vm]" >&2
		exit 2
		;;
	esac
	shift
done
trap cleanup EXIT
trap 'exit 130' INT TERM
work=$(mktemp -d)
if [ -n "$prebuilt" ]; then
	cp -r "$prebuilt" "$work/out"
else
	prepare
fi
if [ -n "$vm" ]; then
	status=0
	run_in_vm || status=$?
	exit $status
fi

say "running it between two network namespaces"
connect
before=($(kernel_counts))
start --block=10.77.0.3
# A veth device that hands its packets to XDP counts them without the Ethernet header.
header=14
! in_left ip link show left0 | grep -q xdpgeneric || header=0
traffic
# From here on the neighbours know each other for good: no more address resolution.
for end in "$left left0" "$right right0"; do
	set -- $end
	ip -n "$1" neigh show dev "$2" | while read -r address _ mac _; do
		ip -n "$1" neigh replace "$address" lladdr "$mac" dev "$2" nud permanent ||
			true
	done
done
sleep 0.5
after=($(kernel_counts))
kill -INT "$loader"
status=0
wait "$loader" || status=$?
loader=
[ "$status" = 0 ] || wrong "after Ctrl-C the program ended with status $status"
say "what it printed at the end"
sed -n '/^total/,$p' "$work/log"

say "the kernel's own counts (ip -s link)"
read -r packets bytes sent_packets sent_bytes <<<"$(counted)"
real=($((after[0] - before[0])) $((after[1] - before[1])) $((after[2] - before[2]))
	$((after[3] - before[3])))
echo "received ${real[0]} packets, ${real[1]} bytes; sent ${real[2]} packets, ${real[3]} bytes"
real[1]=$((real[1] + header * real[0]))
[ $header = 0 ] || echo "received with the Ethernet headers of $header bytes: ${real[1]} bytes"
[ "$packets" = "${real[0]}" ] || wrong "$packets packets were counted, ${real[0]} received"
[ "$bytes" = "${real[1]}" ] || wrong "$bytes bytes were counted, ${real[1]} received"
[ "$sent_packets" = "${real[2]}" ] || wrong "$sent_packets packets were counted, ${real[2]} sent"
[ "$sent_bytes" = "${real[3]}" ] || wrong "$sent_bytes bytes were counted, ${real[3]} sent"
grep -q '^dropped 3 from 10.77.0.3' "$work/log" || wrong "3 packets should have been dropped"
echo "equal"

say "what stays behind"
wait_for 5 nothing_left || wrong "something is left after Ctrl-C"
echo "after Ctrl-C: nothing"
start
kill -KILL "$loader"
wait "$loader" 2>/dev/null || true
loader=
wait_for 5 nothing_left || wrong "something is left after SIGKILL"
echo "after SIGKILL: nothing"
say "done in $SECONDS s"
