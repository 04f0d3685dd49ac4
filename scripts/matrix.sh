#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Which kernel runs what: examples, documents and golden cases are loaded and run on this kernel and
# in virtual machines, one boot each, and random programs with them.
#
#	scripts/matrix.sh [--update] [--programs=N] [--seed=S] [KERNEL...]
#
# KERNEL is a series of scripts/kernels.sh (default: 6.12 6.1), or SERIES=FOLDER with a folder as
# that script makes one. The table at the end must be that of docs/kernels.md; --update writes it
# there. --programs: so many random programs for each machine (default 200).
set -uo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
build=${KSC_BUILD_DIR:-$here/build}
export KSC_BUILD_DIR=$build
update= programs=200 seed=6 kernels=()
for arg in "$@"; do
	case $arg in
	--update) update=1 ;;
	--programs=*) programs=${arg#*=} ;;
	--seed=*) seed=${arg#*=} ;;
	-*)
		echo "usage: matrix.sh [--update] [--programs=N] [--seed=S] [KERNEL...]" >&2
		exit 2
		;;
	*) kernels+=("$arg") ;;
	esac
done
[ ${#kernels[@]} -gt 0 ] || kernels=(6.12 6.1)

command -v qemu-system-x86_64 >/dev/null || {
	echo "skipped: qemu-system-x86_64 is not installed"
	exit 77
}
series=()
for kernel in "${kernels[@]}"; do
	case $kernel in *=*) ;; *) series+=("$kernel") ;; esac
done
if [ ${#series[@]} -gt 0 ] && ! "$here/scripts/kernels.sh" "${series[@]}" >/dev/null; then
	echo "skipped: the kernel packages cannot be fetched"
	exit 77
fi

job=$(mktemp -d)
trap 'rm -rf "$job" "$job".*' EXIT
mkdir -p "$job/tests"
strip -o "$job/golden" "$build/tests/golden"
strip -o "$job/diff" "$build/tests/diff"
cp -r "$here/tests/golden" "$here/tests/fixtures" "$job/tests/"
cp -r "$here/stdlib" "$here/examples" "$here/docs" "$job/"

failed=0
# outcomes FILE: `CASE passed|refused|skipped` of a runner's output, without what differs by place
outcomes() {
	sed -nE -e 's/^passed (.*)$/\1 runs/p' -e 's/^FAIL (.*)$/\1 FAILS/p' \
		-e 's/^skipped: ([^:]*(:[0-9]+)?): .*$/\1 no/p' "$1" |
		sed -E 's#^[^ ]*/(tests/golden|examples|docs)/#\1/#'
}

# rows KERNEL: the outcomes of a kernel in one line for each example and each folder of cases
rows() {
	outcomes "$job.$1" | awk -v kernel="$1" '
		{
			row = $1
			if (row ~ /^tests\/golden\//) { split(row, part, "/"); row = part[3] "/" }
			sub(/:[0-9]+.*/, "", row)
			count[row " " $2]++
			rows[row] = 1
		}
		END {
			for (row in rows) {
				text = count[row " runs"] ? "runs" : ""
				if (count[row " no"])
					text = text (text ? ", " : "") count[row " no"] " cannot"
				if (count[row " FAILS"])
					text = text (text ? ", " : "") count[row " FAILS"] " FAIL"
				if (row ~ /^examples/) text = count[row " runs"] ? "runs" : \
					count[row " FAILS"] ? "FAILS" : "cannot be run alone"
				print row "\t" kernel "\t" text
			}
		}'
}

# on_this_kernel: without a machine of its own
on_this_kernel() {
	(cd "$job" && ./golden --root="$here" -v --level=run tests/golden examples docs) \
		>"$job.this" 2>&1
	"$build/tests/diff" --seed="$seed" --count="$programs" >"$job.this.diff" 2>&1
}

in_machine() {
	local name=${1%%=*} folder=${1#*=} status=0
	rm -rf "$job/programs"
	mkdir "$job/programs"
	"$build/tests/diff" --seed="$seed" --count="$programs" --kernel="$name" \
		--prepare="$job/programs" >"$job.$name.diff" 2>&1 || {
		cat "$job.$name.diff"
		failed=$((failed + 1))
	}
	find "$job/programs" -name diff -exec strip {} +
	cat >"$job/run.sh" <<-END
		./golden --root=/job --kernel=$name -v --level=run tests/golden examples docs
		./diff --replay=/job/programs
	END
	VM_TIMEOUT=${VM_TIMEOUT:-900} VM_MEM=${VM_MEM:-1536} \
		VM_LIBS_OF="$job/golden $job/diff $job/programs/0/diff" \
		KSC_KERNEL_DIR=$([ "$folder" = "$name" ] || echo "$folder") \
		"$here/scripts/vm.sh" "$name" "$job" >"$job.$name" 2>&1 || status=$?
	[ "$status" -lt 124 ] || failed=$((failed + 1))
	sed -n '/^FAIL: /,$p' "$job.$name" >>"$job.$name.diff"
}

start=$(date +%s)
on_this_kernel
names=("this")
for kernel in "${kernels[@]}"; do
	in_machine "$kernel"
	names+=("${kernel%%=*}")
done

for name in "${names[@]}"; do
	grep -h '^FAIL' -A3 "$job.$name" "$job.$name.diff" | head -40
	tail -1 "$job.$name.diff"
	failed=$((failed + $(grep -c '^FAIL' "$job.$name" "$job.$name.diff" | awk -F: '{ n += $2 }
		END { print n + 0 }')))
done

{
	echo "| cases |$(printf ' %s |' "${names[@]}")"
	echo "|---|$(printf -- '---|%.0s' "${names[@]}")"
	for name in "${names[@]}"; do rows "$name"; done | sort |
		awk -F'\t' -v names="${names[*]}" '
		$1 != row { flush(); row = $1 }
		{ cell[$2] = $3 }
		function flush(   n, i, part, text) {
			if (row == "") return
			n = split(names, part, " ")
			text = "| " row " |"
			for (i = 1; i <= n; i++) text = text " " cell[part[i]] " |"
			print text
			delete cell
		}
		END { flush() }'
} >"$job.table"
cat "$job.table"

doc=$here/docs/kernels.md
if [ -n "$update" ]; then
	{
		sed '/^| cases /,$d' "$doc"
		cat "$job.table"
	} >"$job.new" && cp "$job.new" "$doc"
elif [ ${#kernels[@]} = 2 ] && [ "${kernels[*]}" = "6.12 6.1" ]; then
	sed -n '/^| cases /,$p' "$doc" | diff - "$job.table" || {
		echo "the table differs from docs/kernels.md (scripts/matrix.sh --update)"
		failed=$((failed + 1))
	}
fi
echo "after $(($(date +%s) - start)) s"
rows=$(grep -c '^| ' "$job.table")
echo "$((rows - 1)) passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
