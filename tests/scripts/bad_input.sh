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
expect "100,000 nested parentheses" 1 "error[" "$ksc" check long.ks
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
