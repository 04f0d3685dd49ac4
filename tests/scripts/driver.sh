#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The command line from outside: what ksc prints where, what it writes, how it ends, how it is
# installed. What bad input does is in bad_input.sh.
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
build=${KSC_BUILD_DIR:-$here/build}
ksc=$build/ksc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 3
export XDG_CACHE_HOME=$work/cache
passed=0 failed=0 skipped=0

ok() { passed=$((passed + 1)); }
bad() {
	failed=$((failed + 1))
	printf 'FAIL: %s\n' "$*"
	head -20 out err | sed 's/^/    /'
}
check() {
	local name=$1
	shift
	if "$@"; then ok; else bad "$name"; fi
}

# ends STATUS COMMAND...: stdout in `out`, stderr in `err`
ends() {
	local want=$1 got=0
	shift
	timeout 60 "$@" >out 2>err </dev/null || got=$?
	[ "$got" = "$want" ] || {
		echo "    status $got, not $want: $*"
		return 1
	}
}
has() { grep -qF -- "$2" "$1"; }
silent() { [ ! -s "$1" ]; }
files() { [ "$(ls -A "$1" | sort | tr '\n' ' ')" = "$2" ]; }

cat >count.ks <<'KS'
var seen : hash<u32, u64>(16)

@xdp fn count(ctx: *xdp_md) -> xdp_action {
	seen[1] += 1
	return XDP_PASS
}

struct Args {
	/// what to return
	status: i32
}

fn main(args: Args) -> i32 {
	print("status %d", args.status)
	return args.status
}
KS
cat >user.ks <<'KS'
fn main() -> i32 {
	print("hello")
	return 0
}
KS
sed '/^struct Args/,$d' count.ks >kernel.ks
printf 'fn main() -> i32 {\n\tvar all: u64 = -1\n\treturn missing\n}\n' >wrong.ks

# ---- help ----
check "help" ends 0 "$ksc" help
check "help goes to stdout" has out "usage: ksc COMMAND"
check "help build" ends 0 "$ksc" help build
check "help lists options" has out "--kernel=VERSION|FILE"
check "build --help" ends 0 "$ksc" build --help
check "version" ends 0 "$ksc" --version
check "version text" has out "ksc "
check "the manual page" ends 0 "$ksc" help --man
check "the manual page is the committed one" cmp -s out "$here/docs/ksc.1"

# ---- check and the forms of diagnostics ----
check "check a good file" ends 0 "$ksc" check count.ks user.ks kernel.ks
check "check is silent" silent out
check "no diagnostics" silent err
check "check a wrong file" ends 1 "$ksc" check --diag=line wrong.ks
check "line form" has err 'wrong.ks:3:9: error[unknown-name]: '
check "warning in line form" has err 'wrong.ks:2:17: warning[const-sign]: '
check "-Wno" ends 1 "$ksc" check --diag=line -Wno-const-sign wrong.ks
check "-Wno takes the warning away" [ "$(wc -l <err)" = 1 ]
check "-Werror" ends 1 "$ksc" check --diag=line -Werror wrong.ks
check "-Werror makes it an error" has err 'error[const-sign]'
check "json" ends 1 "$ksc" check --diag=json wrong.ks
check "json, one object a line" [ "$(grep -c '^{"slug":"[a-z-]*","severity":' err)" = 2 ]
check "json of a message" ends 3 "$ksc" check --diag=json nothere.ks
check "json of a message is an object" has err '{"slug":null,"severity":"error"'
check "color" ends 1 "$ksc" check --color=always wrong.ks
check "color is there" has err $'\033[1;31m'
check "no color in a pipe" ends 1 "$ksc" check wrong.ks
check "no escape sequences" eval '! grep -q $'"'"'\033'"'"' err'
check "max-errors" ends 1 "$ksc" check --max-errors=1 -Werror --diag=line wrong.ks
check "max-errors says so" has err "not shown: 1 error"
check "standard input" eval '"$ksc" check --diag=line - <wrong.ks 2>err >out; [ $? = 1 ]'
check "standard input has a name" has err "<stdin>:3:9: error"
check "one bad file among good ones" ends 1 "$ksc" check user.ks wrong.ks kernel.ks
check "times" ends 0 "$ksc" check --time-passes count.ks
check "times of passes" has err "parse "

# ---- emit ----
for stage in tokens ast ir llvm llvm-opt asm loader; do
	check "emit $stage" ends 0 "$ksc" emit --stage=$stage count.ks
	check "emit $stage prints" [ -s out ]
	check "emit $stage: nothing else" silent err
done
check "emit to a file" ends 0 "$ksc" emit --stage=ir count.ks -o ir.txt
check "emit to a file: nothing on stdout" silent out
check "emit -o -" eval '"$ksc" emit --stage=ir count.ks -o - | cmp -s - ir.txt'
check "object needs -o" ends 2 "$ksc" emit --stage=object count.ks
check "object" ends 0 "$ksc" emit --stage=object count.ks -o count.o
check "object is ELF" [ "$(head -c 4 count.o | tail -c 3)" = ELF ]
check "object of user code" ends 1 "$ksc" emit --stage=object user.ks -o user.o
check "no object" [ ! -e user.o ]
check "emit of a wrong file" ends 1 "$ksc" emit --stage=ir wrong.ks -o wrong.ir
check "emit of a wrong file writes nothing" [ ! -e wrong.ir ]

# ---- build ----
check "build" ends 0 "$ksc" build count.ks
check "build writes" files count "Makefile count count.bpf.o count.c "
check "build is silent" silent out
check "the loader runs" ends 7 ./count/count --status=7
check "the loader prints" has out "status 7"
check "the same object as emit" cmp -s count/count.bpf.o count.o
check "build again elsewhere" ends 0 "$ksc" build "$work/count.ks" -o deep/er/there
for file in count count.bpf.o Makefile; do
	check "same input, same bytes: $file" cmp -s count/$file deep/er/there/$file
done
check "build user code" ends 0 "$ksc" build user.ks -o user
check "user code has no object" files user "Makefile user user.c "
check "build kernel code" ends 0 "$ksc" build kernel.ks -o kernel
check "kernel code has no loader" files kernel "kernel.bpf.o "
check "build of a wrong file" ends 1 "$ksc" build wrong.ks -o wrong
check "build of a wrong file writes nothing" [ ! -e wrong ]
cp wrong.ks count/count.ks
check "a failed build over a good one" ends 1 "$ksc" build count/count.ks -o count
rm count/count.ks
check "leaves the good one" files count "Makefile count count.bpf.o count.c "
check "no C compiler" ends 3 env CC=no-such-cc "$ksc" build count.ks -o nocc
check "no C compiler: says so" has err "no-such-cc"
check "no C compiler: nothing written" [ ! -e nocc ]
check "-v shows the command" ends 0 "$ksc" build -v user.ks -o user
check "-v shows cc" has err " -o user user.c "
check "the older form" ends 0 "$ksc" compile user.ks -o old --no-makefile
check "--no-makefile" files old "user user.c "
check "the Makefile" ends 0 make -B -C count KSRT="$build/lib/ksc"
check "the Makefile's loader runs" ends 3 ./count/count --status=3

# Files of an earlier build that would be wrong now go.
cp count.ks less.ks
check "build all" ends 0 "$ksc" build less.ks -o less
echo "keep me" >less/notes
cp user.ks less.ks
check "build without bpf code" ends 0 "$ksc" build less.ks -o less
check "the old object is gone" files less "Makefile less less.c notes "
cp kernel.ks less.ks
check "build without main" ends 0 "$ksc" build less.ks -o less
check "the old loader is gone" files less "less.bpf.o notes "

# A build that is stopped leaves nothing: the C compiler waits, the signal comes.
printf '#!/bin/sh\n: >%s/started\nexec sleep 30\n' "$work" >slow-cc
chmod +x slow-cc
# build_and_send SIGNAL FOLDER: its status in `status`
build_and_send() {
	local pid i
	rm -f started
	CC=$work/slow-cc env --default-signal=INT,TERM,HUP "$ksc" build user.ks -o "$2" >out 2>err &
	pid=$!
	for ((i = 0; i < 400; i++)); do
		[ ! -e started ] || break
		sleep 0.05
	done
	kill "-$1" $pid
	status=0
	wait $pid 2>waited || status=$?
}
while read -r name number; do
	build_and_send "$name" stopped
	check "SIG$name ends a build" [ $status = $number ]
	check "SIG$name is told in one line" [ "$(cat err)" = "ksc: interrupted by SIG$name" ]
	check "SIG$name leaves nothing" [ ! -e stopped ]
done <<<"INT 130
TERM 143
HUP 129"

# What SIGKILL leaves is removed by the next build, as soon as its compiler has ended too.
build_and_send KILL killed
check "SIGKILL ends a build" [ $status = 137 ]
check "SIGKILL leaves a folder" [ "$(find killed -name '.ksc-*' | wc -l)" = 1 ]
check "its compiler is at work" ends 0 "$ksc" build user.ks -o killed
check "its folder stays" [ "$(find killed -name '.ksc-*' | wc -l)" = 1 ]
compiler=$(pgrep -f -x 'sleep 30' | while read -r pid; do
	case $(readlink "/proc/$pid/cwd") in "$work"/killed/.ksc-*) echo "$pid" ;; esac
done)
check "its compiler is found" [ -n "$compiler" ]
[ -z "$compiler" ] || kill "$compiler"
for ((i = 0; i < 200; i++)); do
	[ -e "/proc/$compiler" ] || break
	sleep 0.05
done
mkdir killed/.ksc-notes
check "a build after it" ends 0 "$ksc" build user.ks -o killed
check "only what it left is gone" files killed ".ksc-notes Makefile user user.c "

# ---- a loader's own output ----
printf 'fn main() -> i32 {\n\tfor (i in 0..2000) { print("line", i) }\n\treturn 0\n}\n' >lines.ks
check "a loader that prints" ends 0 "$ksc" build lines.ks -o lines
full="lines.ks: error: cannot write the output: No space left on device"
for options in "" --help --version --bash-completion; do
	check "$options on a full disk" ends 1 sh -c "lines/lines $options >/dev/full"
	check "$options says so once" \
		[ "$(cat err)" = "$full" ]
	check "$options without stdout" ends 1 sh -c "lines/lines $options >&-"
	check "$options says that" has err "cannot write the output: Bad file descriptor"
done
check "a loader that needs no output" ends 3 sh -c "count/count --status=3 >&- 2>&-"

# ---- run ----
check "run" ends 5 "$ksc" run count.ks -- --status=5
check "run prints" has out "status 5"
check "run again" ends 6 env PATH=/nowhere "$ksc" run count.ks -- --status 6
check "run built once" [ "$(ls cache/ksc | wc -l)" = 1 ]
echo "// changed" >>count.ks
check "run after a change" ends 0 "$ksc" run count.ks
check "run built again" [ "$(ls cache/ksc | wc -l)" = 2 ]
check "run without main" ends 1 "$ksc" run kernel.ks
check "run of a wrong file" ends 1 "$ksc" run wrong.ks

# ---- tables ----
for what in attributes kinds maps builtins helpers errors; do
	check "list $what" ends 0 "$ksc" list $what
	check "list $what prints" [ "$(wc -l <out)" -gt 5 ]
done
btf=$here/tests/fixtures/kernel-6.18.btf
check "list types" ends 0 "$ksc" list types iphdr --kernel="$btf"
check "list types prints" has out iphdr
check "explain" ends 0 "$ksc" explain null-deref
check "explain prints an example" has out "wrong:"
printf '; return p->x @ x.ks:3\nR2 invalid access to packet\nprocessed 9 insns' >refused.log
check "explain a log" ends 0 "$ksc" explain refused.log
check "explain a log: the place" has out "x.ks:3"
check "explain nothing" ends 2 "$ksc" explain nothing-like-this
check "init" ends 0 "$ksc" init xdp first
check "init writes" files first "README.md first.ks "
check "init makes a sound project" ends 0 "$ksc" check -Werror first/first.ks
check "init again" ends 3 "$ksc" init xdp first
cat >tests.ks <<'KS'
@test fn adds() -> i32 { return 1 + 1 == 2 ? 0 : 1 }
@test fn fails() -> i32 { return 3 }
fn main() -> i32 { return 0 }
KS
check "a test passes" ends 0 "$ksc" test tests.ks --filter adds
check "its line" has out "--- PASS: adds"
check "the last line" has out ok
check "a test fails" ends 1 "$ksc" test tests.ks
check "its line" has out "--- FAIL: fails"
check "the last line" has out FAIL
check "tests for programs" ends 1 "$ksc" test tests.ks --json --junit tests.xml --jobs 2
check "a line for each" has out '{"test":"adds","result":"pass","seconds":0.'
check "a failure" has out '{"test":"fails","result":"fail",'
check "the sum" has out '{"passed":1,"failed":1,"skipped":0}'
check "JUnit's file" has tests.xml '<failure message="status 3">'
check "it is XML" python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("tests.xml")'
check "no such folder" ends 3 "$ksc" test tests.ks --filter adds --junit no/where.xml
cat >together.ks <<'KS'
@test fn one_waits() -> i32 { sleep(700)
	return 0 }
@test fn another_waits() -> i32 { sleep(700)
	return 0 }
KS
check "tests are built" ends 0 "$ksc" test together.ks --filter nothing
start=$(date +%s%N)
check "tests run together" ends 0 "$ksc" test together.ks --jobs 2
check "in less time than one after the other" [ $((($(date +%s%N) - start) / 1000000)) -lt 1390 ]
check "compile with tests" ends 0 "$ksc" compile tests.ks --test -o with-tests

cat >options.ks <<'KS'
struct Args { interface: str(15), count: u32, loud: bool }
fn main(args: Args) -> i32 { return args.count as i32 }
KS
check "completion" ends 0 "$ksc" run options.ks -- --bash-completion
cp out completion
# completes WORDS...: what bash offers for the last word
completes() {
	bash -c 'source ./completion
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_options
		echo "${COMPREPLY[*]}"' - "$@"
}
check "options" [ "$(completes options --co)" = "--count" ]
check "every option" \
	[ "$(completes options '')" = "--interface --count --loud --help --verbose --version" ]
check "interfaces" [ "$(completes options --interface l)" = lo ]
check "interfaces behind =" [ "$(completes options --interface = l)" = lo ]
check "a number is not completed" [ "$(completes options --count '')" = "" ]

# ---- installed ----
check "install" ends 0 cmake --install "$build" --prefix "$work/usr"
installed=$work/usr/bin/ksc
check "installed ksc builds" ends 0 "$installed" build count.ks -o from-installed
check "the installed loader runs" ends 4 ./from-installed/count --status=4
# The loader is written to be read: of the example, 150 lines are enough.
check "the example's loader" ends 0 "$ksc" emit --stage=loader "$here/examples/packet_counter.ks"
check "its length" [ "$(wc -l <out)" -lt 150 ]

# ---- Python ----
printf 'def half(n):\n    return n // 2\n' >tool.py
cat >python.ks <<'KS'
import tool from "tool.py"
fn main() -> i32 { return tool.half(8) }
KS
check "without python3-config" \
	ends 3 env PYTHON_CONFIG=no-python-config "$ksc" build python.ks -o py
check "the remedy" has err "install python3-dev"
check "nothing is left" [ ! -e py ]
if command -v python3-config >/dev/null; then
	check "a loader with Python" ends 0 "$ksc" build python.ks -o py
	check "its files" files py "Makefile python python.c tool.py "
	check "its result" ends 4 py/python
	check "make" ends 0 make -C py KSRT="$build/runtime" -B
	check "the result of make" ends 4 py/python
else
	skipped=$((skipped + 1))
fi

printf 'include "net.kh"\nfn main() -> i32 { return ETH_HLEN }\n' >header.ks
check "the installed standard library" ends 14 "$installed" run header.ks
check "the installed manual page" [ -s usr/share/man/man1/ksc.1 ]

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
