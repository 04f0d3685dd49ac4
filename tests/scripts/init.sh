#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ksc init makes a project for each program kind; each is without a diagnostic, builds, and runs
# here where the kernel can: it stays attached until Ctrl-C, or does its work and ends.
#
#	tests/scripts/init.sh [--check]     --check: no build, no run
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
ksc=${KSC_BUILD_DIR:-$here/build}/ksc
work=$(mktemp -d)
trap 'umount "$work/control" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 3
passed=0 failed=0 skipped=0
mode=${1:-}

ok() { passed=$((passed + 1)); }
skip() {
	skipped=$((skipped + 1))
	echo "skipped: $*"
}
bad() {
	failed=$((failed + 1))
	printf 'FAIL: %s\n' "$*"
	sed 's/^/    /' log | head -20
}

# KIND[/TARGET], what happens when it runs (it waits for Ctrl-C, or ends by itself), and the reason
# that it gives on kernels that cannot: without tracing of functions, security hooks, netkit.
projects() {
	cat <<'ROWS'
xdp	waits
tc	waits
tc/egress	waits
probe	waits	the kernel forbids it
probe/vfs_read+4	waits	no such function
retprobe	waits	the kernel forbids it
tracepoint	waits
tracepoint/sched/sched_wakeup	waits
raw_tracepoint	waits
perf_event	waits
uprobe	waits
uretprobe	waits
usdt	waits
lsm	waits	the kernel forbids it
cgroup_skb	waits
cgroup_sock	waits
cgroup_addr	waits
cgroup_sockopt	waits
cgroup_device	waits
cgroup_sysctl	waits
sock_ops	waits
sk_msg	waits
sk_skb	waits
sk_skb/parser	waits
sk_lookup	waits
socket_filter	waits
sk_reuseport	waits	EINVAL
netfilter	waits
flow_dissector	waits
iter	ends
iter/bpf_map	ends
syscall	ends
lwt	ends
lwt/xmit	ends
netkit	waits	netkit
struct_ops	waits
tcp_congestion_ops	waits
ROWS
}

# start NAME KIND: in the background; what it prints and its status go to files.
start() {
	local name=$1 kind=$2 status=0 args=()

	case $kind in
	cgroup_*|sock_ops) [ -z "$cgroup" ] || args=("--cgroup=$cgroup") ;;
	esac
	timeout --foreground --signal=INT --preserve-status 2.5 "./$name/$name/$name" "${args[@]}" \
		>"$name.log" 2>&1 || status=$?
	echo "$status" >"$name.status"
}

# as_said NAME HOW: whether it ran as its row says
as_said() {
	[ "$(cat "$1.status")" = 0 ] || return
	[ "$2" = ends ] || grep -q events "$1.log"
}

# A control group that is surely one of version 2.
cgroup=
if [ "$mode" != --check ] && [ "$(id -u)" = 0 ] && mkdir -p control &&
	mount -t cgroup2 none control; then
	cgroup=$work/control
fi
btf=$here/tests/fixtures/kernel-6.18.btf
while IFS=$'\t' read -r kind how reason; do
	name=p_${kind//[^a-z_]/_}
	if ! timeout 60 "$ksc" init -q "$kind" "$name" --kernel="$btf" >log 2>&1; then
		bad "init $kind"
	elif ! timeout 60 "$ksc" check -Werror --kernel="$btf" "$name/$name.ks" >log 2>&1; then
		bad "check $kind"
	else
		ok
	fi
	[ "$mode" != --check ] || continue
	rm -rf "$name"
	if ! timeout 60 "$ksc" init -q "$kind" "$name" >log 2>&1; then
		bad "init $kind for this kernel"
	elif ! timeout 60 "$ksc" build -q "$name/$name.ks" -o "$name/$name" >log 2>&1; then
		bad "build $kind"
	elif [ "$(id -u)" != 0 ]; then
		skip "$kind does not run: not root"
	else
		start "$name" "$kind" &
	fi
done < <(projects)
wait
while IFS=$'\t' read -r kind how reason; do
	name=p_${kind//[^a-z_]/_}
	[ -f "$name.status" ] || continue
	cp "$name.log" log
	if as_said "$name" "$how"; then
		ok
	elif [ "$(cat "$name.status")" != 0 ] && [ -n "$reason" ] && grep -qF -- "$reason" log; then
		skip "$kind does not run: $reason"
	else
		bad "run $kind: $(cat "$name.status")"
	fi
done < <(projects)

# Every kind has its row above.
"$ksc" list kinds 2>/dev/null | sed -n 's/^@\([a-z_]*\).*/\1/p' >kinds
projects | sed 's/[\/\t].*//' | sort -u >rows
while read -r kind; do
	grep -qx "$kind" rows || { : >log; bad "no row for $kind"; }
done <kinds

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
