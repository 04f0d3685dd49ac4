#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# exec(): a loader becomes a Python script, which sees its maps through NAME.py; what is attached
# stays so until the script ends. Needs root; works in namespaces of its own.
set -uo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
ksc=${KSC_BUILD_DIR:-$here/build}/ksc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 3

cat >counts.ks <<'END'
struct Flow { saddr: be32
	port: u16 }
struct Stats { packets: u64
	bytes: i64
	low: u8 : 3
	high: u8 : 5
	name: str(8) }
union Either { word: u32
	bytes: u8[4] }

var flows: hash<Flow, Stats>(64)
var cpus: percpu_array<u32, u64>(2)
var totals: percpu_hash<u32, Stats>(4)
var numbers: queue<i32>(8)
var either: array<u32, Either>(1)
var from: hash<str(16), bool>(4)

@xdp fn count(ctx: *xdp_md) -> xdp_action {
	cpus[0] += 1
	return XDP_PASS
}

fn main() -> i32 {
	var h = load(count)
	if (h == null || attach(h, "lo", 0) != 0) { return 77 }
	flows[Flow { saddr: 0xc0000207 as u32 as be32, port: 80 }] =
		Stats { packets: 3, bytes: -7, low: 5, high: 17, name: "web" }
	numbers.push(-4)
	return exec("tool.py")
}
END

cat >tool.py <<'END'
import socket, subprocess
from counts import *

key = Flow(saddr=0xc0000207, port=80)
for entry in flows.items():
	print(*entry, key in flows)
changed = flows[key]
changed.low, changed.bytes = 2, changed.bytes - 1
flows[key] = changed
print(flows[key])
del flows[key]
print(flows.get(key), key in flows, len(flows))

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(3):
	udp.sendto(b"x", ("127.0.0.1", 9))
print(cpus[0] >= 3, len(cpus), cpus.keys())
try:
	cpus[0] = 1
except TypeError as error:
	print(error)

totals.cpu(0)[9] = Stats(packets=2, bytes=-3, name="x")
print(totals[9])
numbers.push(-9)
print(numbers.pop(), numbers.peek(), numbers.pop(), numbers.pop())

view = either[0]
view.bytes = [4, 3, 2, 1]
either[0] = view
print(hex(either[0].word) in ("0x1020304", "0x4030201"), either[0].bytes)
from_["grün"] = True
print(dict(from_.items()))
END

cat >expected <<'END'
Flow(saddr=3221225991, port=80) Stats(packets=3, bytes=-7, low=5, high=17, name='web') True
Stats(packets=3, bytes=-8, low=2, high=17, name='web')
None False 0
True 2 [0, 1]
cpus has a copy for each CPU: cpus.cpu(0)[key] = value
Stats(packets=2, bytes=-3, low=0, high=0, name='x')
-4 -9 -9 None
True [4, 3, 2, 1]
{'grün': True}
END

"$ksc" build counts.ks -o out || exit 1
PYTHONIOENCODING=utf-8 unshare -n -m out/counts >got 2>err
code=$?
if grep -q 'not permitted' err || [ "$code" = 77 ]; then
	echo "skipped: $(head -1 err)"
	exit 77
fi

passed=0 failed=0
# is NAME WANTED GOT
is() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL: %s:\nexpected %s\ngot      %s\n' "$1" "$2" "$3"
	fi
}
is "what the script prints" "$(cat expected)" "$(cat got err)"
is "its exit status" 0 "$code"
rm tool.py
unshare -n -m out/counts 2>err
code=$?
is "without the script" \
	"254 counts.ks:29: error: cannot read \`tool.py\`: No such file or directory" \
	"$code $(cat err)"
is "outside of the loader" "ImportError: map flows is not there: this module is for scripts that a \
loader becomes by exec()" "$(PYTHONPATH=out python3 -c 'import counts' 2>&1 | tail -1)"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
