#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What bpftool shows of a loaded object: source lines beside instructions, fields of maps; and that
# stock libbpf loads the object with all its names. Needs root.
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
ksc=${KSC_BUILD_DIR:-$here/build}/ksc
work=$(mktemp -d "${TMPDIR:-/tmp}/ksc-XXXXXX") # libbpf makes `_` of a `.` in paths of pins
mount=$work/bpffs
passed=0 failed=0

cleanup() {
	umount "$mount" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

mkdir "$mount"
if ! mount -t bpf none "$mount" 2>/dev/null; then
	echo "skipped: a BPF file system cannot be mounted here"
	exit 77
fi

# has NAME TEXT FILE: a line of the file holds the text
has() {
	if grep -qF -- "$2" "$3"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $1: no \`$2\` in:"
		head -40 "$3"
	fi
}

mkdir "$mount/p" "$mount/m"
cd "$work" || exit 3
cp "$here/examples/packet_counter.ks" .
"$ksc" emit --stage=object packet_counter.ks -o packet_counter.bpf.o || exit 1
if ! bpftool prog loadall packet_counter.bpf.o "$mount/p" pinmaps "$mount/m" 2>err; then
	if grep -q 'Operation not permitted' err; then
		echo "skipped: bpf() is not permitted here"
		exit 77
	fi
	echo "FAIL: bpftool does not load the object"
	cat err
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi

bpftool prog dump xlated pinned "$mount/p/count_received" linum >lines
has "lines of a program" '; if (eth->h_proto == ETH_P_IP) {' lines
has "their file" '[file:packet_counter.ks line_num:' lines
has "lines of an inlined or called helper" 'source.packets += 1' lines

bpftool map update pinned "$mount/m/sources" key 10 0 0 1 \
	value 7 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0
bpftool map dump pinned "$mount/m/sources" >map
has "fields of a value" '"packets": 7' map
has "fields of a value" '"bytes": 9' map
bpftool map show pinned "$mount/m/received" >show
has "kind and name" 'percpu_array  name received' show

bpftool btf dump file packet_counter.bpf.o format c >types.h
has "the program's types" 'struct Traffic {' types.h

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
