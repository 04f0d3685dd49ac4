#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Feeds the compiler made-up input under AddressSanitizer and UndefinedBehaviorSanitizer.
#
#	scripts/fuzz.sh [SECONDS] [TARGET...]     (10 seconds each; all of tests/fuzz/fuzz_*.c)
#
# Builds in build-fuzz (KSC_FUZZ_DIR) with clang. What a target learns stays in build-fuzz/corpus,
# so that the next run goes on from there; inputs that fail are kept in build-fuzz/found. For a
# long run of one target:
#
#	nice -n 19 scripts/fuzz.sh 1200 check
#
# The last line counts targets; status 77 without clang.
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${KSC_FUZZ_DIR:-$here/build-fuzz}
seconds=${1:-10}
shift
llvm=19

if ! command -v clang-$llvm >/dev/null ||
	[ ! -e "$(clang-$llvm -print-file-name=libclang_rt.fuzzer-x86_64.a)" -a \
	! -e "$(clang-$llvm -print-resource-dir)/lib/linux/libclang_rt.fuzzer-x86_64.a" ]; then
	echo "skipped: no clang-$llvm with libFuzzer (libclang-rt-$llvm-dev)"
	echo "0 passed, 0 failed, 1 skipped"
	exit 77
fi
mkdir -p "$build"
{
	cmake -S "$here" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang-$llvm \
		-DCMAKE_CXX_COMPILER=clang++-$llvm -DKSC_FUZZ=ON ${KSC_FUZZ_CMAKE:-} &&
		ninja -C "$build" fuzzers
} >"$build/build.log" 2>&1 || {
	tail -20 "$build/build.log"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

# LLVM is not instrumented, and what of it is inlined frees in one library what the other gave.
export ASAN_OPTIONS=detect_leaks=1:alloc_dealloc_mismatch=0
export UBSAN_OPTIONS=print_stacktrace=1

# The blocks of code in documents, each a file.
document_blocks() {
	awk -v dir="$1" '
		/^```ks/ { file = sprintf("%s/%s-%d.ks", dir, name, ++n); next }
		/^```/ { if (file) close(file); file = ""; next }
		file { print > file }' name="$(basename "$2" .md)" "$2"
}

make_seeds() {
	local sources=$build/seeds/source btf=$build/seeds/btf file name
	rm -rf "$build/seeds"
	mkdir -p "$sources" "$btf" "$build/seeds/log"
	find "$here"/tests/golden "$here"/examples "$here"/stdlib -name '*.k[sh]' |
		while read -r file; do
			name=${file#"$here"/}
			cp "$file" "$sources/${name//\//-}"
		done
	for file in "$here"/docs/*.md "$here"/README.md; do
		document_blocks "$sources" "$file"
	done
	for file in "$here"/examples/packet_counter.ks "$here"/tests/golden/kinds/*.ks; do
		name=$(basename "$file" .ks)
		ASAN_OPTIONS=detect_leaks=0 "$build/ksc" emit --stage=object "$file" \
			-o "$btf/$name.o" >/dev/null 2>&1 || continue
		objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc \
			"$btf/$name.o" "$btf/$name.btf" 2>/dev/null
	done
	cp "$here"/tests/fuzz/log/* "$build/seeds/log"
	"$build/tests/fuzz/fuzz_dictionary" >"$build/dictionary"
}
make_seeds

# run NAME: one target; prints a line
run() {
	local name=$1 seeds=source options=() log=$build/$1.log corpus=$build/corpus/$1 status=0
	case $name in
	btf) seeds=btf options=(-max_len=16384) ;;
	log) seeds=log options=(-max_len=4096) ;;
	object) options=(-max_len=4096 -detect_leaks=0 -timeout=60) ;;
	*) options=(-max_len=8192 -timeout=20) ;;
	esac
	[ "$seeds" = source ] && options+=("-dict=$build/dictionary")
	mkdir -p "$corpus" "$build/found"
	"$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -print_final_stats=1 \
		-rss_limit_mb=4096 -use_value_profile=0 "-artifact_prefix=$build/found/$name-" \
		"${options[@]}" "$corpus" "$build/seeds/$seeds" >"$log" 2>&1 || status=$?
	awk -v name="$name" -v status="$status" '
		/^stat::number_of_executed_units/ { runs = $2 }
		/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
		/NEW|REDUCE/ && / cov: / { if (cov > best) { best = cov; at = $1 } }
		END {
			sub(/#/, "", at)
			printf "%-8s %s executions, %s edges, the last new one at execution %s%s\n",
				name, runs, cov, at, status ? ", FAILED" : ""
		}' "$log"
	if [ "$status" != 0 ]; then
		grep -E 'SUMMARY|ERROR|Test unit written' "$log" | head -5
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
}

passed=0 failed=0
if [ $# = 0 ]; then
	for source in "$here"/tests/fuzz/fuzz_*.c; do
		name=$(basename "$source" .c)
		set -- "$@" "${name#fuzz_}"
	done
fi
for name in "$@"; do
	run "$name"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
