#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# SIGINT, SIGTERM and SIGKILL at random moments of loaders' lives: each ends, with the status that
# belongs to the signal or to the end of `main`, and leaves nothing attached, pinned or running.
#
#	tests/scripts/signals.sh [--full] [SEED]
#
# 90 times, with --full 1,000 times. Needs root; everything happens in namespaces.
set -uo pipefail
rounds=90 seed=1
for arg in "$@"; do
	case $arg in
	--full) rounds=1000 ;;
	*) seed=$arg ;;
	esac
done
source "$(dirname "$0")/../fault/place.sh"

build_case old_network "$here/tests/fault/network.ks" &&
	"$ksc" build -q "$here/tests/fault/network.ks" -o network &&
	"$ksc" build -q "$here/tests/fault/trace.ks" -o trace &&
	"$ksc" build -q "$here/tests/fault/background.ks" -o background &&
	"$ksc" build -q "$here/examples/packet_counter.ks" -o packet_counter || {
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

# The commands, and the milliseconds in which a signal may come.
commands=(
	"60 network/network --pause=20"
	"150 env FAULT_RELEASE=5.4.0 FAULT_ALWAYS=bpf_prog_query,bpf_link_create
		old_network/network --pause=20"
	"120 trace/trace --pause=20 --cgroup=$group"
	"60 background/background --script="
	"80 packet_counter/packet_counter --interface=lo --seconds=1 --block=10.1.2.3"
)
signals=(INT TERM KILL)
numbers=(2 15 9)
usual=(0 0 0 0 0) # what main returns, also when a signal ended its sleep

passed=0 failed=0
declare -A seen
bad() {
	failed=$((failed + 1))
	printf 'FAIL: %s\n' "$*"
	sed 's/^/    /' err | head -12
}

RANDOM=$seed
for ((i = 0; i < rounds; i++)); do
	which=$((i % ${#commands[@]})) s=$((i / ${#commands[@]} % 3))
	read -r -d '' range command <<<"${commands[which]}"
	delay=$((RANDOM % (range * 10)))
	# A shell's background jobs ignore SIGINT unless told otherwise.
	env --default-signal=INT,TERM $command >out 2>err </dev/null &
	pid=$!
	sleep "0.$(printf '%04d' "$delay")"
	kill -"${signals[s]}" $pid 2>/dev/null
	tries=0
	while kill -0 $pid 2>/dev/null && [ $((tries++)) -lt 500 ]; do sleep 0.02; done
	at="$i: ${signals[s]} after $((delay / 10)) ms: $command"
	if kill -0 $pid 2>/dev/null; then
		kill -KILL $pid
		wait $pid 2>/dev/null
		bad "$at: it hangs"
	else
		wait $pid 2>/dev/null
		status=$?
		left=$(left_behind)
		seen[$status]=$((${seen[$status]-0} + 1))
		if [ $status != "${usual[which]}" ] && [ $status != $((128 + numbers[s])) ]; then
			bad "$at: status $status"
		elif grep -q 'AddressSanitizer\|LeakSanitizer' err; then
			bad "$at: memory"
		elif [ -n "$left" ]; then
			bad "$at: left behind: $left"
		else
			passed=$((passed + 1))
		fi
	fi
	clean
done 2>/dev/null
for status in "${!seen[@]}"; do echo "status $status: ${seen[$status]} times"; done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
