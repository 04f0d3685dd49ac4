#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Bad input of every kind gives a message, the right exit status and leaves nothing behind.
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
ksc=${KSC_BUILD_DIR:-$here/build}/ksc
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 3
passed=0 failed=0 skipped=0

ok() { passed=$((passed + 1)); }
bad() {
	failed=$((failed + 1))
	printf 'FAIL: %s\n' "$*"
	sed 's/^/    /' err | head -20
}

# expect NAME STATUS TEXT COMMAND...: the exit status, and TEXT somewhere on stderr
expect() {
	local name=$1 status=$2 text=$3 got=0
	shift 3
	if declare -F "$1" >/dev/null; then set -- bash -c "$(declare -f "$1"); \"\$@\"" - "$@"; fi
	timeout 20 "$@" >out 2>err </dev/null || got=$?
	if [ "$got" != "$status" ]; then
		bad "$name: status $got, not $status"
	elif [ -n "$text" ] && ! grep -qF -- "$text" err; then
		bad "$name: no \`$text\` on stderr"
	else
		ok
	fi
}

# nothing_left NAME: only the given files are there
nothing_left() {
	local name=$1
	shift
	if [ "$(ls -A | grep -vxE 'out|err' | sort | tr '\n' ' ')" = "$(printf '%s\n' "$@" | sort |
		tr '\n' ' ')" ]; then
		ok
	else
		bad "$name left files: $(ls -A | tr '\n' ' ')"
	fi
}

cat >good.ks <<'KS'
var seen: u64 = 0
@xdp fn count(ctx: *xdp_md) -> xdp_action { seen += 1 return XDP_PASS }
fn main() -> i32 {
    var prog = load(count)
    return attach(prog, "nosuchinterface0", 0) < 0 ? 7 : 0
}
KS

expect "missing file" 3 "nothere.ks" "$ksc" check nothere.ks
expect "a directory" 3 "directory" "$ksc" check /
expect "no arguments" 2 "usage" "$ksc"
expect "unknown command" 2 "build" "$ksc" bild good.ks
expect "unknown option" 2 "--nonsense" "$ksc" check --nonsense good.ks
expect "no file" 2 "FILE" "$ksc" check
expect "two outputs" 2 "" "$ksc" build
nothing_left "usage errors" good.ks

: >empty.ks
expect "empty file, check" 0 "" "$ksc" check empty.ks
rm empty.ks

head -c 100000 /dev/urandom >garbage.ks
expect "binary garbage" 1 "error[" "$ksc" check garbage.ks
head -c 300000 /dev/zero >garbage.ks
expect "zero bytes" 1 "error[" "$ksc" check garbage.ks
head -c 1000000 "$ksc" >garbage.ks
expect "an executable" 1 "error[" "$ksc" build garbage.ks
nothing_left "garbage" good.ks garbage.ks
rm garbage.ks

{
	printf 'fn main() -> i32 { return 0'
	head -c 10000000 /dev/zero | tr '\0' ' '
	printf '}'
} >long.ks
expect "a line of 10 MB" 0 "" "$ksc" check long.ks
printf 'x' >>long.ks
expect "its end" 1 "long.ks:1:10000029: error[" "$ksc" check --diag=line long.ks
{
	printf 'const A = "'
	head -c 10000000 /dev/zero | tr '\0' 'x'
} >long.ks
expect "an open string of 10 MB" 1 "error[bad-literal]" "$ksc" check long.ks
{
	printf 'fn main() -> i32 { return '
	head -c 100000 /dev/zero | tr '\0' '('
	printf '1'
	head -c 100000 /dev/zero | tr '\0' ')'
	printf ' }\n'
} >long.ks
expect "100,000 nested parentheses" 1 "long.ks:1:1025: error[limit]" \
	"$ksc" check --diag=line long.ks
[ -n "${ASAN_OPTIONS-}" ] ||
	expect "100,000 nested parentheses, a small stack" 1 "error[limit]" \
		bash -c "ulimit -s 64; '$ksc' check long.ks"
{
	printf 'fn main() -> u32 { return 1'
	for _ in $(seq 20000); do printf ' + 1'; done
	printf ' }\n'
} >long.ks
timeout 20 "$ksc" check long.ks >out 2>err
[ $? -le 1 ] && ok || bad "a sum of 20,000 terms"
{
	for _ in $(seq 20000); do printf 'fn f() { if (true) { '; done
} >long.ks
expect "20,000 open blocks" 1 "error[" "$ksc" check long.ks
rm long.ks

expect "unwritable output" 3 "/proc/nodir" "$ksc" build good.ks -o /proc/nodir
: >plain
expect "output is a file" 3 "plain" "$ksc" build good.ks -o plain
expect "unwritable emit" 3 "/nodir/x" "$ksc" emit --stage=ir good.ks -o /nodir/x
expect "object to stdout" 2 "-o" "$ksc" emit --stage=object good.ks
expect "unknown stage" 2 "stage" "$ksc" emit --stage=nonsense good.ks
expect "no compiler" 3 "nosuchcc" env CC=nosuchcc "$ksc" build good.ks -o built
expect "bad kernel" 3 "nosuch.btf" "$ksc" check --kernel=nosuch.btf good.ks
expect "broken BTF" 3 "plain" "$ksc" check --kernel=./plain good.ks
nothing_left "failed builds" good.ks plain


# Every option and command: what is missing, wrong, too large, too much. STATUS | TEXT | ARGUMENTS
while IFS='|' read -r status text arguments; do
	expect "ksc $arguments" "$status" "$text" "$ksc" $arguments
done <<'ROWS'
2|needs a value: VERSION|check --kernel= good.ks
2|needs FILE.ks|check --kernel good.ks
1|came with Linux 4.8|check --kernel=0.1 good.ks
3|there is no such file|check --kernel=-1 good.ks
3|not a regular file|check --kernel=/ good.ks
3|there is no such file|check --kernel=99999999999999999999.1 good.ks
0||check --kernel=6.12 --kernel=6.1 --kernel=6.12 good.ks
2|needs a value: DIR|check -I
2|takes v3 or v4|check --cpu=v9 good.ks
2|needs a value: VERSION|check --cpu= good.ks
2|takes v3 or v4|check --cpu good.ks
0||check --cpu=v3 --cpu=v4 good.ks
2|there is no warning|check -Wnonsense good.ks
2|needs a value|check -W good.ks
2|there is no warning|check -Wno- good.ks
0||check -Wunused -Wno-unused good.ks
2|human, line or json|check --diag=xml good.ks
2|human, line or json|check --diag good.ks
2|auto, always or never|check --color=maybe good.ks
2|takes a number|check --max-errors=-1 good.ks
2|takes a number|check --max-errors=99999999999999999999 good.ks
2|takes a number|check --max-errors=x good.ks
2|needs a value: N|check --max-errors= good.ks
0||check --max-errors=0 good.ks
0||check -v -q good.ks
2|takes no value|check --time-passes=3 good.ks
2|takes no value|check --spill=1 good.ks
2|there is no warning|check -Werror=yes=no good.ks
2|needs a value: PATH|build good.ks -o
2|needs a value: PATH|build good.ks --output=
2|too much|build good.ks good.ks
2|needs --stage=STAGE|emit good.ks
2|needs a value: STAGE|emit --stage= good.ks
1|no @kfunc|emit --stage=module good.ks
3|No space left|emit --stage=loader good.ks -o /dev/full
3|it is a folder|emit --stage=ir good.ks -o /
2|needs FILE.ks|run
3|No such file|run nothere.ks
2|follow `--`|run good.ks extra
1|no @test function|test good.ks
2|needs FILE.ks|test --filter good.ks
2|needs KIND|init
2|no program kind|init nokind x
2|needs KIND|init xdp
2|letters, digits|init xdp a/b/c
2|letters, digits|init xdp ../x
2|letters, digits|init xdp good.ks
2|does not take this target|init tc/nope n2
2|needs WHAT|list
2|there is no list|list nonsense
0|no kinds with|list kinds extra
0|no kfuncs with|list kfuncs (
2|needs SLUG|explain
2|neither a diagnostic nor a file|explain nope
2|neither a diagnostic nor a file|explain /
1||explain good.ks
2|too much|explain a b
2|too much|doctor x
2|there is no command|help nope
2|too much|help build extra
2|unknown command|-
0||check -
ROWS
expect "no command" 2 "unknown command" "$ksc" ""
expect "an empty name" 3 "No such file" "$ksc" check ""
nothing_left "options" good.ks plain

# Standard output that is full, closed, or nobody reads.
for command in help "help --man" --version "list kinds" "explain null-deref" doctor \
	"emit --stage=ir good.ks"; do
	expect "$command into a full disk" 3 "No space left" sh -c "'$ksc' $command >/dev/full"
	expect "$command without stdout" 3 "Bad file descriptor" sh -c "'$ksc' $command >&-"
	timeout 20 "$ksc" $command 2>err | true
	status=${PIPESTATUS[0]}
	case $status in
	0 | 3 | 141) ok ;; # 141: SIGPIPE, as everywhere
	*) bad "$command into a closed pipe: status $status" ;;
	esac
done
expect "messages into a full disk" 0 "" sh -c "'$ksc' check good.ks 2>/dev/full"
nothing_left "full and closed outputs" good.ks plain

# A machine that lacks room, tools, rights.
expect "no PATH" 3 "cannot run the C compiler" env PATH=/nonexistent "$ksc" build good.ks -o built
expect "no home" 3 "XDG_CACHE_HOME" env -u HOME -u XDG_CACHE_HOME "$ksc" run good.ks
expect "no cache" 3 "/proc/x" env XDG_CACHE_HOME=/proc/x "$ksc" run good.ks
# With LLVM as a shared library the dynamic linker is what fails.
if ldd "$ksc" 2>/dev/null | grep -q libLLVM; then
	echo "skipped: few files and little memory: ksc is linked with LLVM's shared library"
	skipped=$((skipped + 1))
	limits=
else
	limits=1
fi
[ -z "$limits" ] ||
	expect "three open files" 3 "Too many open files" \
		bash -c "ulimit -n 3; '$ksc' check good.ks"
expect "five open files" 3 "" \
	bash -c "ulimit -n 5; '$ksc' build good.ks -o built"
expect "files of 1 KB" 3 "File too large" bash -c "ulimit -f 1; '$ksc' build good.ks -o built"
expect "files of 300 KB" 3 "no room left" bash -c "ulimit -f 300; '$ksc' build good.ks -o built"
if [ -n "$limits" ] && [ -z "${ASAN_OPTIONS-}" ]; then
	for kilobytes in 36000 40000 45000; do
		expect "$kilobytes KB of memory" 3 "out of memory" \
			bash -c "ulimit -v $kilobytes; '$ksc' check good.ks"
	done
fi
if [ -z "${ASAN_OPTIONS-}" ]; then
	expect "a stack of 64 KB" 0 "" bash -c "ulimit -s 64; '$ksc' check good.ks"
	expect "a stack of 64 KB, objects" 0 "" \
		bash -c "ulimit -s 64; '$ksc' emit --stage=asm good.ks"
	# Some C compilers need more.
	bash -c "ulimit -s 64; '$ksc' build good.ks -o built" >out 2>err
	case $? in
	0) rm -r built && ok ;;
	3) grep -qF "with a stack of 64 KiB" err && ok || bad "build with a stack of 64 KB" ;;
	*) bad "build with a stack of 64 KB" ;;
	esac
fi
nothing_left "limits" good.ks plain
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	mkdir small
	# in_small OPTIONS COMMAND: in a file system of its own that holds good.ks; lists what stays
	in_small() {
		unshare -m sh -c "mount -t tmpfs none small && cp good.ks small/ && cd small &&
			mount -o remount,'$1' . && { $2; status=\$?; ls -A; exit \$status; }"
	}
	for size in 8 16 32 64 256; do
		expect "build in $size KB" 3 "" in_small size=${size}k "'$ksc' build good.ks"
		[ "$(cat out)" = good.ks ] && ok || bad "a full disk: $(tr '\n' ' ' <out)"
	done
	expect "a full disk" 3 "no room left" in_small size=64k "'$ksc' build good.ks"
	expect "a full cache" 3 "no room left" \
		in_small size=64k "XDG_CACHE_HOME=\$PWD '$ksc' run good.ks"
	expect "init on a full disk" 3 "No space left" \
		in_small size=4k "'$ksc' init xdp project"
	expect "a read-only disk" 3 "Read-only file system" \
		in_small ro "'$ksc' build ../good.ks"
	rmdir small
	if [ -d /sys/kernel/btf ]; then
		hide="mount -t tmpfs none /sys/kernel/btf"
		expect "no BTF, check" 1 "/sys/kernel/btf/vmlinux: there is no such file" \
			unshare -m sh -c "$hide && '$ksc' check good.ks"
		expect "no BTF, list" 3 "read from a kernel's BTF" \
			unshare -m sh -c "$hide && '$ksc' list types"
		expect "no BTF, doctor" 3 "" unshare -m sh -c "$hide && '$ksc' doctor"
	fi
	chmod a+rX "$work" && chmod a+r good.ks
	expect "no right to write" 3 "Permission denied" \
		setpriv --reuid=65534 --clear-groups "$ksc" build good.ks -o built
	chmod 0 plain
	expect "no right to read" 3 "Permission denied" \
		setpriv --reuid=65534 --clear-groups "$ksc" check plain
	chmod 600 plain
	expect "doctor without privilege" 3 "" \
		setpriv --reuid=65534 --clear-groups --bounding-set=-all "$ksc" doctor
	grep -q 'no CAP_BPF' out && ok || bad "doctor does not miss the privilege"
else
	echo "skipped: file systems and users: they need root"
	skipped=$((skipped + 1))
fi
nothing_left "a poor machine" good.ks plain

printf 'fn main() -> i32 { return x }\n' >wrong.ks
expect "line form" 1 "wrong.ks:1:27: error[unknown-name]: " "$ksc" check --diag=line wrong.ks
expect "json form" 1 '"slug"' "$ksc" check --diag=json wrong.ks
expect "failed build" 1 "error[unknown-name]" "$ksc" build wrong.ks
printf 'fn main() -> i32 { return x }\n' |
	"$ksc" check --diag=line - >out 2>err
grep -q ':1:27: error\[unknown-name\]' err && ok || bad "standard input"
nothing_left "errors" good.ks plain wrong.ks

# SIGINT in every phase: the build is interrupted after every few milliseconds more.
for ms in 1 2 3 4 5 6 8 10 12 16 20 30 40 60 80 120 160 200; do
	status=0
	timeout --foreground --preserve-status -s INT "0.$(printf '%03d' "$ms")" \
		"$ksc" build good.ks -o built >out 2>err || status=$?
	# All or nothing: a signal after the last file has its place finds the whole output there.
	if [ -e built ]; then
		[ "$(ls -A built | tr '\n' ' ')" = "Makefile good good.bpf.o good.c " ] &&
			built/good --help >out 2>err ||
			bad "SIGINT after $ms ms left half an output"
		rm -rf built
	elif [ $status = 0 ]; then
		bad "SIGINT after $ms ms: status 0 without an output"
	fi
	nothing_left "SIGINT after $ms ms" good.ks plain wrong.ks
done

if "$ksc" build good.ks -o built >out 2>err; then
	expect "unknown loader option" 2 "--nonsense" built/good --nonsense
	expect "no such interface" 7 "nosuchinterface0" built/good
	if command -v setpriv >/dev/null; then
		chmod -R a+rX "$work"
		expect "no privilege" 7 "no privilege (EPERM)" \
			setpriv --reuid=65534 --clear-groups \
			--bounding-set=-all built/good
	else
		echo "skipped: setpriv is not installed"
		skipped=$((skipped + 1))
	fi
else
	bad "good.ks does not build"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
