#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Measures ksc against the tools that it replaces, in one run on this machine: each row alternates
# the two commands and prints the medians and their ratio. Markdown on standard output.
#
#	scripts/bench.sh [ROUNDS]        (15)
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
ksc=${KSC_BUILD_DIR:-$here/build}/ksc
source=${KSC_BUILD_DIR:-$here/build}/tests/bench_source
rounds=${1:-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$here"/tests/bench/* "$here/examples/packet_counter.ks" .
bpftool btf dump file /sys/kernel/btf/vmlinux format c >vmlinux.h

# milliseconds COMMAND...: one run's wall time, in ms with three digits
milliseconds() {
	local start=$EPOCHREALTIME end
	"$@" >/dev/null 2>&1
	end=$EPOCHREALTIME
	awk -v us=$((${end/./} - ${start/./})) 'BEGIN { printf "%.3f\n", us / 1000 }'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# row NAME GOAL A B: the functions A and B alternate
row() {
	local name=$1 goal=$2 a=$3 b=$4 i
	: >a.times
	: >b.times
	"$a" >/dev/null 2>&1 || { echo "bench.sh: $a failed" >&2; exit 1; }
	"$b" >/dev/null 2>&1 || { echo "bench.sh: $b failed" >&2; exit 1; }
	for ((i = 0; i < rounds; i++)); do
		milliseconds "$a" >>a.times
		milliseconds "$b" >>b.times
	done
	awk -v a="$(median <a.times)" -v b="$(median <b.times)" -v name="$name" -v goal="$goal" \
		'BEGIN { printf "| %s | %.1f | %.1f | %.2f | %s |\n", name, a, b, a / b, goal }'
}

ksc_object() { "$ksc" emit --stage=object packet_counter.ks -o ks.bpf.o; }
clang_bpf() { clang-19 -O2 -g -target bpf -mcpu=v3 -I/usr/include/x86_64-linux-gnu "$@"; }
clang_object() { clang_bpf -c packet_counter.bpf.c -o c.bpf.o; }
clang_vmlinux() { clang_bpf -DVMLINUX -c packet_counter.bpf.c -o v.bpf.o; }
ksc_build() { "$ksc" build -q packet_counter.ks -o built; }
clang_build() {
	clang_object && bpftool gen object packet_counter.bpf.o c.bpf.o &&
		bpftool gen skeleton packet_counter.bpf.o name packet_counter_bpf \
			>packet_counter.skel.h &&
		gcc -O2 packet_counter.c -o c_loader -lbpf -lelf -lz
}

echo "| what | ksc, ms | theirs, ms | ratio | goal |"
echo "|---|---|---|---|---|"
row "object, clang with linux/bpf.h only" 0.30 ksc_object clang_object
row "object, clang with vmlinux.h" 0.05 ksc_object clang_vmlinux
row "object and loader, clang + skeleton + gcc" 0.60 ksc_build clang_build
row "the harness: ksc against itself" 1.00 ksc_object ksc_object

# One program at sizes from 1,000 to 50,000 lines, as KernelScript and as C.
for lines in 1000 10000 50000; do
	"$source" ks "$lines" >"$lines.ks"
	"$source" c "$lines" >"$lines.c"
done
echo 'fn main() -> i32 { return 0 }' >0.ks
for lines in 1000 10000 50000; do
	ksc_check() { "$ksc" check -q "$lines.ks"; }
	clang_check() { clang_bpf -fsyntax-only "$lines.c"; }
	row "check of $(wc -l <"$lines.ks") lines, clang -fsyntax-only of $(wc -l <"$lines.c")" \
		"$([ "$lines" = 50000 ] && echo 0.50)" ksc_check clang_check
	mv a.times "$lines.times"
done
ksc_start() { "$ksc" check -q 0.ks; }
row "the start: check of one line, twice" "" ksc_start ksc_start
awk -v start="$(median <a.times)" -v small="$(median <1000.times)" \
	-v large="$(median <50000.times)" \
	-v ratio="$(($(wc -l <50000.ks) * 1000 / $(wc -l <1000.ks)))" 'BEGIN {
		power = log((large - start) / (small - start)) / log(ratio / 1000)
		print "\nThe time to check, without the start, grows with the power of " \
			sprintf("%.2f", power) " of the lines (goal: at most 1.1)"
	}'
command -v /usr/bin/time >/dev/null &&
	/usr/bin/time -f 'Peak memory of `ksc check` on 50,000 lines: %M KB (goal: 300,000)' \
		"$ksc" check -q 50000.ks 2>&1
command -v /usr/bin/time >/dev/null &&
	/usr/bin/time -f 'Peak memory of `ksc emit --stage=object`: %M KB (goal: 80,000)' \
		"$ksc" emit --stage=object packet_counter.ks -o ks.bpf.o 2>&1

# The module pass alone, by the compiler's own clock: the best of some runs.
cp "$here/tests/module/values.ks" .
for ((i = 0; i < rounds; i++)); do
	"$ksc" emit --stage=module --time-passes values.ks -o module.c 2>&1 |
		sed -nE 's/^module +([0-9.]+).*/\1/p'
done | sort -n | head -1 >module.best
echo
echo "A kernel module's C, $(wc -l <module.c) lines: $(cat module.best) ms (goal: 5)"

# ---- loaders ----

flags="-std=gnu11 -O1 -fwrapv -fno-strict-aliasing -funsigned-char -fno-builtin -s -Wa,-I."
library=$(dirname "$ksc")/lib/ksc
static="-l:libbpf.a -l:libelf.a -l:libz.a"
ksc_build
"$ksc" build -q events.ks -o events
(cd built && gcc $flags -I"$library/include" ../load_only.c -o ../load_only "$library/libksrt.a")
clang_object
bpftool gen object packet_counter.bpf.o c.bpf.o
bpftool gen skeleton packet_counter.bpf.o name packet_counter_bpf >packet_counter.skel.h
gcc -O2 packet_counter.c -o c_loader $static
gcc -O2 events.c -o events/by_hand $static
gcc -O2 start.c -o start

# goal VALUE "<=|>=" LIMIT: prints "yes" or "NO"
goal() { awk -v v="$1" -v op="$2" -v l="$3" \
	'BEGIN { print (op == "<=" ? v <= l : v >= l) ? "yes" : "NO" }'; }
code_size() { size "$1" | awk 'NR == 2 { print $1 + $2 }'; }

echo
echo "| loader | ksc | by hand | compared | goal | met |"
echo "|---|---|---|---|---|---|"
lines=$(wc -l <built/packet_counter.c)
echo "| lines of packet_counter.c | $lines | | | < 150 | $(goal "$lines" "<=" 149) |"
ours=$(code_size built/packet_counter) theirs=$(code_size load_only)
more=$(((ours - theirs + 512) / 1024))
echo "| text and data, bytes; by hand: loads only | $ours | $theirs | $more KB more | <= 300 KB" \
	"| $(goal $more "<=" 300) |"

if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
	# Most of it is the kernel's waiting for other CPUs, which varies: the medians compare.
	read -r _ a _ b < <(unshare -n sh -c "ip link set lo up
		./start $((rounds * 3)) built/packet_counter --interface=lo -- ./c_loader lo")
	ratio=$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", a / b }')
	echo "| start to attached, us, median of $((rounds * 3)) | $a | $b | $ratio" \
		"| <= 1.10 | $(goal "$ratio" "<=" 1.10) |"
	cd events
	for ((i = 0; i < rounds * 2; i++)); do
		./events --rounds=200 >>ours
		./by_hand 200 >>theirs
	done
	a=$(sort -n ours | tail -1) b=$(sort -n theirs | tail -1)
	ratio=$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", a / b }')
	echo "| records a second, fastest of $((rounds * 2)) | $a | $b | $ratio" \
		"| >= 0.95 | $(goal "$ratio" ">=" 0.95) |"
else
	echo "skipped: start to attached, records a second: they need root and namespaces"
fi
