#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every call stack at which a loader calls libbpf, an allocator or the system is made to fail once
# (tests/fault/fault.c). Each run must end by itself, say what failed and why when its result is
# not the usual one, leak nothing (AddressSanitizer), leave nothing attached, pinned or running.
#
#	tests/scripts/faults.sh [--full] [STACK]
#
# Without --full a fixed sample of 200 stacks is run. With a STACK (as failures print it, "case
# number") only this one is, and its output is shown. Needs root; everything happens in namespaces.
set -uo pipefail
sample=200 only=
case ${1-} in
--full) sample=100000 ;;
?*) only=$1 ;;
esac

source "$(dirname "$0")/../fault/place.sh"

# The cases: what is run in the folder NAME, as `start_NAME`.
start_network() { timeout -k 1 20 network/network --keep; }
start_old_network() {
	# A kernel without links for XDP and tc: the guardian removes what is attached.
	FAULT_RELEASE=5.4.0 FAULT_ALWAYS=bpf_prog_query,bpf_link_create \
		timeout -k 1 20 network/network --keep
}
start_trace() { timeout -k 1 20 trace/trace --cgroup="$group"; }
start_refused() { timeout -k 1 20 trace/trace --cgroup=/nowhere; }
start_tests() { timeout -k 1 20 tests/tests; }
start_daemon() { timeout -k 1 20 background/background --script=; }
start_script() { timeout -k 1 20 background/background --script=tool.py; }
# Ctrl-C, once: when the loader catches it and has counted for a while. (timeout without
# --foreground signals its child and then the group; the second signal ends a loader at once.)
start_counter() {
	local pid tries=0
	env --default-signal=INT \
		packet_counter/packet_counter --interface=lo --block=10.1.2.3 &
	pid=$!
	until catches_int $pid || ! kill -0 $pid 2>/dev/null || [ $((tries++)) -gt 500 ]; do
		sleep 0.02
	done
	sleep 0.2
	kill -INT $pid 2>/dev/null
	tries=0
	while kill -0 $pid 2>/dev/null && [ $((tries++)) -lt 500 ]; do sleep 0.02; done
	kill -KILL $pid 2>/dev/null
	wait $pid
}
# catches_int PID: whether the process has a handler for SIGINT (bit 1 of SigCgt)
catches_int() {
	local mask
	mask=$(sed -n 's/^SigCgt:\t*//p' "/proc/$1/status" 2>/dev/null)
	[ $((0x${mask:-0} & 2)) != 0 ]
}
start_help() { timeout -k 1 20 packet_counter/packet_counter --help; }
cases="network old_network trace refused tests daemon script counter help"

build_case network "$here/tests/fault/network.ks" &&
	build_case trace "$here/tests/fault/trace.ks" &&
	build_case tests "$here/tests/fault/tests.ks" --test &&
	build_case background "$here/tests/fault/background.ks" &&
	build_case packet_counter "$here/examples/packet_counter.ks" || {
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

# What may differ between two runs: times, ids.
normal() { sed -E 's/\([0-9.]+s\)//; s/[0-9]{4,}/N/g' "$1"; }

passed=0 failed=0
bad() {
	failed=$((failed + 1))
	printf 'FAIL: %s: %s\n' "$1" "$2"
	[ ! -s err ] || sed 's/^/    /' err | head -25
}

# "reason: ...", or an error of strerror() at the end of the line, or its name.
gives_reason='reason: |out of memory|: [A-Z][a-z/]+( [a-z/]+)*$|\(E[A-Z0-9]+\)'

# judge CASE STACK FUNCTION STATUS
judge() {
	local at="$1 $2 ($3)" status=$4 left
	left=$(left_behind)
	# unpin() that fails says so, and cannot have removed anything.
	[ "$3" != unlink ] || left=
	diff "$1.err" err | sed -n 's/^> //p' >new
	if grep -qE 'AddressSanitizer|LeakSanitizer' err; then
		bad "$at" "memory"
	elif [ "$status" = 124 ] || [ "$status" = 137 ]; then
		bad "$at" "it hangs"
	elif [ "$status" -gt 128 ] && [ "$status" != 134 ]; then
		bad "$at" "status $status"
	elif [ -n "$left" ]; then
		bad "$at" "left behind: $left"
	elif [ "$status" = "$(cat "$1.status")" ] && cmp -s <(normal out) "$1.out"; then
		passed=$((passed + 1))
	elif ! grep -qE '(error|warning): |out of memory|--- FAIL' new out; then
		bad "$at" "no message (status $status)"
	elif ! grep -qE "$gives_reason" new out; then
		bad "$at" "the message gives no reason (status $status)"
	else
		passed=$((passed + 1))
	fi
	clean
}

# once CASE: runs it with output in `out`, `err`; gives its status
once() {
	"start_$1" >out 2>err </dev/null
}

: >stacks
for case in $cases; do
	clean
	FAULT_LOG=$work/log.$case once $case
	echo $? >"$case.status"
	normal out >"$case.out"
	cp err "$case.err"
	left=$(left_behind)
	if grep -qE 'AddressSanitizer|LeakSanitizer' err || [ -n "$left" ]; then
		bad "$case without a failure" "$left"
	fi
	sort -u "$work/log.$case" | sed "s/^/$case /" >>stacks
	rm -f "$work/log.$case"
done
total=$(wc -l <stacks)
# A fixed sample: every so many lines of a fixed order.
awk -v total="$total" -v want="$sample" 'BEGIN { step = total > want ? total / want : 1 }
	NR >= next_line { print; next_line += step }' stacks >chosen
[ -z "$only" ] || grep "^$only " stacks >chosen
echo "$(wc -l <chosen) of $total call stacks fail, once each"
while read -r case stack name; do
	FAULT_STACK=$stack once "$case"
	status=$?
	[ -z "$only" ] || { echo "status $status"; cat out err; }
	judge "$case" "$stack" "$name" $status
done <chosen
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
