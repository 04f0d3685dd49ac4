#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Same input, same bytes: everything that `ksc build` writes, in another directory, at another
# time, in another locale and time zone, with other settings for LLVM and the C compiler's files.
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
ksc=${KSC_BUILD_DIR:-$here/build}/ksc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

# A language with letter cases and a decimal comma of its own.
locale=C.UTF-8
if localedef -i tr_TR -f UTF-8 "$work/tr_TR.UTF-8" >/dev/null 2>&1; then
	locale=tr_TR.UTF-8
else
	echo "skipped: no Turkish locale (package locales)"
	skipped=1
fi

# compare NAME A B: the files of two folders
compare() {
	if diff -r "$2" "$3" >"$work/diff"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $1"
		head -5 "$work/diff"
	fi
}

# other COMMAND...: in another environment
other() {
	mkdir -p "$work/temporary" "$work/home"
	env -i PATH="$PATH" LOCPATH="$work" LC_ALL="$locale" LANG="$locale" TZ=Asia/Kolkata \
		HOME="$work/home" TMPDIR="$work/temporary" XDG_CACHE_HOME="$work/home/cache" \
		LLVM_OVERRIDE_PRODUCER=other LLVM_SYMBOLIZER_PATH=/none COLUMNS=20 \
		DEBUG_FEATURE=1 "$@"
}

# build_twice FILE: and compares
build_twice() {
	local name=$(basename "$1" .ks)
	local first=$work/$name/first second="$work/$name/a second folder"
	mkdir -p "$first" "$second"
	# With the Python files that it may import.
	cp "$1" "${1%/*}"/*.py "$first" 2>/dev/null || cp "$1" "$first"
	cp "$first"/* "$second"
	(cd "$first" && LC_ALL=C "$ksc" build -q "$name.ks" -o out) >"$work/out" 2>&1 || {
		failed=$((failed + 1))
		echo "FAIL: $name does not build"
		head -5 "$work/out"
		return
	}
	sleep 1.1
	(cd "$second" && other "$ksc" build -q "$name.ks" -o "out 2") >/dev/null 2>&1
	compare "$name: another folder, time and environment" "$first/out" "$second/out 2"
	(cd / && other "$ksc" build -q "$second/$name.ks" -o "$second/out 3") >/dev/null 2>&1
	compare "$name: by its whole path" "$first/out" "$second/out 3"
}

for file in "$here"/examples/*.ks "$here"/tests/golden/tail_calls/*.ks; do
	# Only what builds: cases of refused programs expect errors.
	grep -q '// error' "$file" || build_twice "$file"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
