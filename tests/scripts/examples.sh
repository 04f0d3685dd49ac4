#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every example runs here end to end: it is built, attached where it belongs, gets real traffic or
# real processes to watch, ends on SIGINT, and what it printed is compared. Network namespaces and
# mounts are made for the test and end with it. Needs root.
#
#	tests/scripts/examples.sh [NAME...]
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
ksc=${KSC_BUILD_DIR:-$here/build}/ksc

# The whole script again, in namespaces of its own.
if [ -z "${KS_EXAMPLES_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || {
		echo "skipped: the examples need root"
		exit 77
	}
	work=$(mktemp -d)
	KS_EXAMPLES_INSIDE=$work timeout 300 unshare -n -m --propagation private "$0" "$@"
	status=$?
	rm -rf "$work"
	exit $status
fi
work=$KS_EXAMPLES_INSIDE
cd "$work" || exit 3
passed=0 failed=0 skipped=0
loader= other= helper=

# What "the other machine" is: a namespace at the end of a veth pair, 10.99.0.2; we are 10.99.0.1.
network() {
	ip link set lo up
	no_ipv6 "$$"
	unshare -n sleep 300 &
	other=$!
	ip link add ks0 type veth peer name ks1
	for _ in $(seq 100); do
		[ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break
		sleep 0.02
	done
	no_ipv6 $other
	ip link set ks1 netns $other
	ip addr add 10.99.0.1/24 dev ks0
	ip link set ks0 up
	there ip link set lo up
	there ip addr add 10.99.0.2/24 dev ks1
	there ip link set ks1 up
	mount -t bpf bpf /sys/fs/bpf
	[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing
	mkdir cgroups
	mount -t cgroup2 cgroup2 cgroups
	for _ in $(seq 50); do
		ping -c 1 -W 1 10.99.0.2 >/dev/null && return
	done
}
# no_ipv6 PID: its network says nothing by itself, so that packets can be counted
no_ipv6() {
	nsenter -t "$1" -n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1 2>/dev/null
}
there() { nsenter -t "$other" -n "$@"; }
cleanup() {
	[ -z "$loader" ] || kill -KILL "$loader" 2>/dev/null
	[ -z "$helper" ] || kill "$helper" 2>/dev/null
	[ -z "$other" ] || kill "$other" 2>/dev/null
	for group in cgroups/ks-examples-*; do
		[ ! -d "$group" ] || rmdir "$group"
	done
}
trap cleanup EXIT

bad() {
	failed=$((failed + 1))
	printf 'FAIL: %s: %s\n' "$example" "$*"
	sed 's/^/    /' log
}
# shows TEXT: the output has a line that fits the extended regular expression
shows() {
	if grep -qE -- "$1" log; then passed=$((passed + 1)); else bad "no \"$1\" in the output"; fi
}
# start READY ARGS...: the example in the background, until its output has READY
start() {
	local ready=$1
	shift
	"$ksc" build "$here/examples/$example.ks" -o "$example" >log 2>&1 || {
		bad "it does not build"
		return 1
	}
	"$example/$example" "$@" >log 2>&1 &
	loader=$!
	for _ in $(seq 1000); do
		grep -q -- "$ready" log && return 0
		kill -0 $loader 2>/dev/null || break
		sleep 0.02
	done
	bad "it did not start"
	return 1
}
# stop [STATUS]: Ctrl-C
stop() {
	kill -INT $loader
	finish "$@"
}
finish() {
	local status=0
	wait $loader || status=$?
	loader=
	if [ $status = "${1:-0}" ]; then passed=$((passed + 1)); else bad "exit status $status"; fi
}
# await TEXT: until the output has it, 5 seconds at most
await() {
	for _ in $(seq 250); do
		grep -qE -- "$1" log && return
		sleep 0.02
	done
}
stop_helper() {
	kill "$helper"
	wait "$helper" 2>/dev/null
	helper=
}
# What keeps a test busy or talking.
python() { python3 -c "$@"; }

# ---- the examples ----

packet_counter() {
	start "counting on" --interface=ks0 || return
	there ping -c 3 -i 0.05 10.99.0.1 >/dev/null
	stop
	shows '^icmp +3 '
	shows '^from 10\.99\.0\.2'
}

firewall() {
	start guarding --interface=ks0 --block=10.99.0.128/25 --port=1900 || return
	there ip addr add 10.99.0.200/24 dev ks1
	there ping -c 2 -i 0.05 10.99.0.1 >/dev/null
	there ping -c 2 -i 0.05 -W 1 -I 10.99.0.200 10.99.0.1 >/dev/null
	there bash -c 'echo x >/dev/udp/10.99.0.1/1900; echo y >/dev/udp/10.99.0.1/1901'
	there ip addr del 10.99.0.200/24 dev ks1
	stop
	shows '^passed [1-9]'
	shows '^dropped [2-9] from 10\.99\.0\.128/25'
	shows '^dropped 1 to port 1900'
}

connections() {
	start listening --port=8099 || return
	python '
import socket
server = socket.create_server(("127.0.0.1", 8099))
client = socket.create_connection(("127.0.0.1", 8099))
peer, _ = server.accept()
client.close()
peer.close()'
	stop
	shows 'python3? +.*> 127\.0\.0\.1:8099 CLOSE > SYN_SENT'
	shows '127\.0\.0\.1:8099 SYN_SENT > ESTABLISHED'
	shows '^0 lost'
}

syscall_latency() {
	rm -f go
	python3 -c 'import os, time
while not os.path.exists("go"): time.sleep(0.02)
for i in range(100): os.getppid()
time.sleep(60)' &
	helper=$!
	start watching --pid=$helper --call=110 --seconds=2 || return
	: >go
	finish
	stop_helper
	shows '^100 calls'
	shows '\|\*{40}\|'
}

syscall_counter() {
	start counting --top=3 --seconds=1 || return
	python 'import os, time
end = time.time() + 0.9
while time.time() < end:
    for i in range(1000): os.getppid()'
	finish
	shows '^ +[0-9]+ python3? +[0-9]{4,}'
}

load_balancer() {
	local group=cgroups/ks-examples-$$
	mkdir $group
	start "balancing over 2" --cgroup="$work/$group" --service=10.99.0.9:80 \
		--servers=127.0.0.1:8001,127.0.0.1:8002 || return
	python '
import os, socket, sys
open(sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
servers = [socket.create_server(("127.0.0.1", port)) for port in (8001, 8002)]
for _ in range(40): socket.create_connection(("10.99.0.9", 80), 2).close()' $group ||
		bad "no connection"
	stop
	rmdir $group
	shows '^127\.0\.0\.1:8001 took [1-9]'
	shows '^127\.0\.0\.1:8002 took [1-9]'
}

cgroup_policy() {
	local group=cgroups/ks-examples-$$
	mkdir $group
	start "policy is on" --cgroup="$work/$group" --port=8443 || return
	python '
import os, socket, sys
open(sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
server = socket.create_server(("127.0.0.1", 8443))
socket.create_connection(("127.0.0.1", 8443), 2).close()
for attempt in (lambda: socket.create_connection(("127.0.0.1", 8444), 2),
                lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)):
    try:
        attempt()
        sys.exit(1)
    except PermissionError:
        pass' $group || bad "the policy did not hold"
	stop
	rmdir $group
	shows 'python3? \([0-9]+\) may not connect to port 8444'
	shows 'may not open a raw socket'
	shows '^0 lost'
}

dns_logger() {
	start "listening on" --interface=ks0 || return
	python '
import socket
query = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0" + b"\3www\7example\3org\0" + b"\0\1\0\1"
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.sendto(query, ("10.99.0.2", 53))
udp.sendto(query, ("10.99.0.2", 54))'
	await ' asks '
	stop
	shows '^10\.99\.0\.1 asks 10\.99\.0\.2 for www\.example\.org$'
	if [ "$(grep -c asks log)" = 1 ]; then passed=$((passed + 1)); else bad "not one query"; fi
}

profiler() {
	python3 -c 'while True: pass' &
	helper=$!
	start sampling --seconds=1 || return
	finish
	stop_helper
	shows '^[1-9][0-9]+ samples in'
	shows '^ *[0-9.]+% python3?$'
}

congestion() {
	start available --window=12 || return
	python '
import socket, threading
server = socket.create_server(("10.99.0.1", 8077))
client = socket.socket()
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"ks_steady")
def take():
    peer, _ = server.accept()
    while peer.recv(65536): pass
reader = threading.Thread(target=take)
reader.start()
client.connect(("10.99.0.1", 8077))
client.sendall(bytes(3000000))
client.close()
reader.join()' || bad "the transfer failed"
	stop
	shows '^[1-9][0-9]* packets acknowledged, [0-9]+ losses'
}

protocol_parser() {
	start parsing --interface=ks0 || return
	there ping -c 2 -i 0.05 10.99.0.1 >/dev/null
	there bash -c 'echo x >/dev/udp/10.99.0.1/9'
	there bash -c 'echo x >/dev/tcp/10.99.0.1/9' 2>/dev/null
	stop
	shows '^frame [1-9][0-9]*, ip [4-9], .*tcp [1-9], udp 1, icmp 2,'
}

process_log() {
	start watching || return
	bash -c 'exec -a ks-example sleep 0.1'
	bash -c 'sleep 0.01; exit 7'
	await '^end   [0-9]+ bash '
	stop
	shows '^start [0-9]+ sleep, of [0-9]+'
	shows '^end   [0-9]+ sleep after [1-9][0-9]{5,} us: status 0'
	shows '^end   [0-9]+ bash after [0-9]+ us: status 7'
	shows '^0 lost'
}

anomaly() {
	command -v python3-config >/dev/null || {
		skipped=$((skipped + 1))
		return
	}
	start learning --interface=ks0 --rounds=12 --interval=60 || return
	sleep 0.5
	there ping -c 200 -f 10.99.0.1 >/dev/null
	finish
	shows '^round [0-9]+: [0-9]+ packets, [0-9.]+ deviations'
	shows '^12 rounds, [0-9]+ packets'
}

# Their kernel modules run in virtual machines: tests/module_vm.sh.
in_machine() {
	echo "skipped: $example: its kernel module is inserted in a virtual machine only"
	skipped=$((skipped + 1))
}
rate_limit() { in_machine; }
ancestors() { in_machine; }
meters() { in_machine; }

network
for file in "$here"/examples/*.ks; do
	example=$(basename "$file" .ks)
	[ $# = 0 ] || [[ " $* " = *" $example "* ]] || continue
	if ! declare -F "$example" >/dev/null; then
		: >log
		bad "no test runs it"
		continue
	fi
	"$example"
	[ -z "$helper" ] || stop_helper
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
