#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Loops of every make: rounds x nesting x what stands in the body x how often it stands there. The
# verifier has to accept each program within its million instructions.
#
#	tests/loops.sh BUILD [--all] [--kernel=6.12|6.1]
#
# --all takes the whole grid, not every seventh program. With --kernel the programs are compiled for
# that kernel, and loaded there, in a virtual machine. Prints the dearest programs; exit status 77
# with the reason when nothing can be loaded here.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd) step=7 kernel=
shift
for option; do
	case $option in
	--all) step=1 ;;
	--kernel=*) kernel=${option#*=} ;;
	*) echo "loops.sh: what is $option?" >&2 && exit 2 ;;
	esac
done
[ "$(id -u)" = 0 ] || { echo "skipped: loading programs needs root" && exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

head='struct event { n: u64, k: u32 }
struct slot { a: u64, b: u32 }
var events : ringbuf<event>(4096)
var counts : hash<u32, u64>(1024)
var fixed : array<u32, u64>(16)
var slots : hash<u32, slot>(64)
var total: u64
var seen: u32
@helper fn mixed(a: u32, b: u32) -> u32 {
	var r = a
	if (b & 1 == 1) { r = r * 3 }
	if (b & 2 == 2) { r += b }
	if (r > 1000) { return r - b }
	return r ^ b
}
@helper fn checked(a: u32) -> u32 {
	if (a == 77) { throw 5 }
	return a % 13
}'

# body KIND N DEPTH: the statements; N makes the constants of each copy different.
body() {
	local n=$2 i=i$3
	case $1 in
	branch) echo "if ((x >> $((n % 31))) & 1 == 1) { x += $i + $n } else { y ^= x }" ;;
	packet) echo "if (p[$i as u64 + $n] > $n) { total += x as u64 }; x = x * 31 + $n" ;;
	count) echo "counts[x % 64 + $n] += 1; x += $i" ;;
	entry) echo "if (var e = &fixed[($i + $n) % 16]) { *e += 1; if (*e > $n) { x += 1 } }" ;;
	slot) echo "if (var s = slots[x + $n]) { s.a += 1; if (s.b > x) { y = s.b } }" ;;
	record)
		echo "if (var r = events.reserve()) { r->n = counts[$i]"
		echo "if (var e = &fixed[$((n % 16))]) { r->n += *e }"
		echo "r->k = random(); events.submit(r) }"
		;;
	match) echo "x = match ((x + $n) % 8) { 0: $i, 1 | 2: y, 3..6: x + 1, default: 7 }" ;;
	text) echo "if (word == \"ab$n\") { x += 1 } else { word = word + \"c\" }" ;;
	leave)
		echo "if (x == $((n * 7 + 1))) { continue }"
		echo "if (y == $((n * 11))) { break }; y += x"
		;;
	call) echo "x = mixed(x, y + $n)" ;;
	throw) echo "try { x += checked(y + $n) } catch 5 { y += 1 }" ;;
	array) echo "some[(x + $n) % 12] += y; if (some[y % 12] > x) { y += $i }" ;;
	wide)
		echo "z[$((n % 4))] = x as u64"
		echo "if (z[$(((n + 1) % 4))] > $n) { z[$(((n + 2) % 4))] ^= 1 }"
		;;
	esac
}

# program KIND COPIES ROUNDS DEPTH
program() {
	local kind=$1 copies=$2 rounds=$3 depth=$4 i n
	echo "$head"
	echo "@xdp fn prog(ctx: *xdp_md) -> xdp_action {"
	echo "var p = ctx->data; var x: u32 = p[3] as u32; var y: u32 = p[5] as u32"
	echo "var word: str(7) = \"ab\"; var some: u32[12] = [1, 2]; var z: u64[4] = [3]"
	for ((i = 1; i <= depth; i++)); do
		case $rounds in
		run) echo "for (i$i in 0..seen + $i) {" ;;
		while) echo "var i$i: u32 = 0; while (i$i < seen) { i$i += 1" ;;
		*) echo "for (i$i in 0..$rounds) {" ;;
		esac
	done
	for ((n = 0; n < copies; n++)); do
		body "$kind" "$n" "$depth"
	done
	for ((i = 1; i <= depth; i++)); do echo "y += 1 }"; done
	echo "seen = x + y + some[3] + z[1] as u32 + word.len(); return XDP_PASS }"
}

number=0 refused=0
options=(-Wno-unused -Wno-compare-constant -Wno-narrowing -Wno-string-cut)
[ -z "$kernel" ] || options+=("--kernel=$kernel")
for kind in branch packet count entry slot record match text leave call throw array wide; do
	for copies in 1 4 12; do
		for rounds in 4 20 60 run while; do
			for depth in 1 2 4; do
				number=$((number + 1))
				[ $((number % step)) = 0 ] || continue
				name=${kind}_${copies}_${rounds}_$depth
				program $kind $copies $rounds $depth >"$folder/$name.ks"
				"$build/ksc" build "$folder/$name.ks" -o "$folder/out" \
					"${options[@]}" >"$folder/message" 2>&1 &&
					mv "$folder/out/$name.bpf.o" "$folder/" && continue
				echo "ksc refuses $name:" && head -5 "$folder/message"
				refused=$((refused + 1))
			done
		done
	done
done

cp "$build/tests/verifier_stats" "$folder/"
if [ -n "$kernel" ]; then
	echo './verifier_stats *.bpf.o' >"$folder/run.sh"
	rm -rf "$folder"/*.ks "$folder/out" "$folder/message"
	KSC_BUILD_DIR=$build VM_TIMEOUT=${VM_TIMEOUT:-500} VM_LIBS_OF=$folder/verifier_stats \
		"$here/scripts/vm.sh" "$kernel" "$folder" >"$folder/stats"
else
	"$folder/verifier_stats" "$folder"/*.bpf.o >"$folder/stats"
fi
status=$?
[ $status -le 1 ] || { cat "$folder/stats" && exit $status; }
echo "the dearest programs: instructions that the verifier processed, states that it kept"
sort -k2,2nr "$folder/stats" | head -5
loaded=$(grep -c '^ok' "$folder/stats") failed=$(grep -c '^refused' "$folder/stats")
grep '^refused' "$folder/stats"
echo "$loaded passed, $((failed + refused)) failed, 0 skipped"
[ "$loaded" -gt 0 ] && [ $((failed + refused)) = 0 ]
