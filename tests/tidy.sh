#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The house rules that a program can check. Prints every violation with file:line; the last line
# counts the rules. Run from anywhere; ctest runs it as `tidy`.
cd "$(dirname "$0")/.." || exit 3
export LC_ALL=C.UTF-8
shopt -s lastpipe # rule() counts in this shell

passed=0 failed=0 skipped=0

# rule NAME: reads violations on standard input.
rule() {
	local found
	found=$(cat)
	if [ -n "$found" ]; then
		printf '%s\n' "$found"
		printf 'FAIL: %s\n' "$1"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
}

in_repo() {
	find . \( -name 'build*' -o -name .git \) -prune -o -type f "$@" -print |
		sed 's|^\./||' | sort
}

mapfile -t c_files < <(in_repo \( -name '*.c' -o -name '*.h' \))
mapfile -t sources < <(in_repo \( -name '*.c' -o -name '*.h' -o -name '*.l' -o -name '*.y' \
	-o -name '*.ks' -o -name '*.kh' -o -name '*.sh' -o -name '*.md' -o -name '*.txt' \) |
	grep -v '^tests/fixtures/')
mapfile -t code < <(printf '%s\n' "${sources[@]}" | grep -E '\.(c|h|l|y|sh)$')

wc -l "${code[@]}" | awk '$2 != "total" && $1 >= 800 { print $2 ": " $1 " lines" }' |
	rule "a file has fewer than 800 lines"

# A function is what stands between a brace alone at the start of a line and the next one.
awk '
	FNR == 1 { start = 0; before = "" }
	/^{/ { start = FNR; exempt = (before $0) ~ /tidy: dispatch/; next }
	/^}/ && start {
		if (FNR - start - 1 >= 70 && !exempt)
			print FILENAME ":" start ": " FNR - start - 1 " lines"
		start = 0
	}
	{ before = $0 }' "${c_files[@]}" | rule "a function has fewer than 70 lines"

awk '
	length($0) > 12 {
		line = $0
		while ((at = index(line, "\t")))
			line = substr(line, 1, at - 1) \
				sprintf("%*s", 8 - (at - 1) % 8, "") substr(line, at + 1)
		if (length(line) > 100)
			print FILENAME ":" FNR ":" substr(line, 1, 60)
	}' "${code[@]}" | rule "a line has at most 100 columns, a tab counting 8"

grep -nE '[[:blank:]]+$' "${sources[@]}" | cut -c1-100 | rule "no blanks at line ends"

grep -nE '\<(TODO|FIXME|XXX)\>' "${sources[@]}" | grep -v '^tests/tidy.sh:' |
	rule "no unfinished work is marked in the sources"

grep -nE '/(work|shared)/[a-z.]|/tmp/ksc' "${sources[@]}" | grep -v '^tests/tidy.sh:' |
	rule "no paths of one machine"

printf '%s\n' "${c_files[@]}" | grep -E '^(compiler|runtime)/' |
	xargs awk 'FNR == 1 && !/SPDX-License-Identifier: / { print FILENAME ":1" }' |
	rule "every source file names its license"

# Every folder of the compiler is in the build, and there are no folders in folders.
find compiler -mindepth 2 -name '*.c' | while read -r file; do
	folder=$(dirname "${file#compiler/}")
	grep -q "\<$folder/\*\.c" compiler/CMakeLists.txt ||
		echo "$file is not in compiler/CMakeLists.txt"
done | rule "every source file is built"

# Arrows between folders: what each may include.
declare -A may=(
	[base]="base"
	[types]="base types"
	[syntax]="base types syntax"
	[kernel]="base types syntax kernel"
	[sema]="base types syntax kernel sema"
	[ir]="base types syntax kernel sema ir"
	[bpf]="base types syntax kernel sema ir bpf"
	[cgen]="base types syntax kernel sema ir cgen"
	[driver]="base types syntax kernel sema ir bpf cgen driver"
)
for folder in "${!may[@]}"; do
	pattern=$(tr ' ' '|' <<<"${may[$folder]}")
	grep -nE '^#include "[a-z]+/' -r "compiler/$folder" 2>/dev/null |
		grep -vE "#include \"($pattern)/"
	grep -nE '^#include "(\.\.|.*runtime/|ksrt)' -r "compiler/$folder" 2>/dev/null
done | rule "folders include only what lies below them"
grep -nE '^#include "(base|types|syntax|kernel|sema|ir|bpf|cgen|driver)/' -r runtime |
	rule "the runtime knows nothing of the compiler"
grep -lE 'include [<"]llvm-c/' -r compiler tests | grep -v '^compiler/bpf/' |
	rule "only compiler/bpf includes llvm-c"
grep -nE '"syntax/syntax\.h"|"syntax/ast_' -r compiler/bpf compiler/cgen |
	rule "back ends never look at the tree"

if command -v clang-format >/dev/null; then
	# Headers may lay out their tables by hand.
	printf '%s\n' "${c_files[@]}" | grep '\.c$' | xargs clang-format --dry-run 2>&1 |
		sed -nE 's/^([^ :]+):[0-9]+:[0-9]+: (warning|error):.*/\1/p' | sort -u |
		rule "clang-format changes no .c file"
else
	echo "skipped: clang-format is not installed"
	skipped=1
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
