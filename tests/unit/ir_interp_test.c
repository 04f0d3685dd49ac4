/* SPDX-License-Identifier: Apache-2.0 */
/* Programs mean what the language says: run by the IR interpreter, before and after the passes. */
#include "ks_test.h"

#include "interp.h"
#include "source.h"

/* A user function `f` of some integers and what it gives. */
struct function_case {
	const char *text;
	uint64_t args[4];
	int64_t expected;
	const char *output; /* NULL: not looked at */
};

static void run_function(const struct function_case *one, bool passes)
{
	struct source_module source;
	struct interp_result result;
	struct interp *interp;
	struct ir_func *func;

	source_compile(&source, one->text, passes);
	if (!source.module) {
		printf("%s\n%s", one->text, strbuf_text(&source.diagnostics));
		CHECK(source.module);
		return;
	}
	interp = interp_new(&source.comp, source.module);
	func = interp_find(interp, TARGET_USER, "f");
	CHECK(func);
	result = interp_run(interp, func, one->args, 4);
	if (result.end != INTERP_RETURNED)
		printf("%s\n%s\n", one->text, result.why);
	CHECK_INT(result.end, INTERP_RETURNED);
	if ((int64_t)result.value != one->expected)
		printf("%s\n", one->text);
	CHECK_INT(result.value, one->expected);
	if (one->output)
		CHECK_TEXT(interp_output(interp), one->output);
	interp_free(interp);
	source_free(&source);
}

static void run_functions(const struct function_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		run_function(&cases[i], false);
		run_function(&cases[i], true);
	}
}

#define RUN(cases) run_functions(cases, sizeof(cases) / sizeof(cases[0]))
/* The function is reached from main, so that it is built. */
#define FN(text)     text "\nfn main() -> i32 { f(0, 0)\n return 0 }"
#define SIGNED(text) "fn f(a: i64, b: i64) -> i64 {" text "}"
#define BODY(text)   FN("fn f(a: u32, b: u32) -> i64 {" text "}")

static void arithmetic_wraps_and_is_defined_everywhere(void)
{
	static const struct function_case cases[] = {
		{FN(SIGNED("return a / b")), {7, 0}, 0, NULL},
		{FN(SIGNED("return a % b")), {7, 0}, 7, NULL},
		{FN(SIGNED("return a / b")), {1ull << 63, UINT64_MAX}, INT64_MIN, NULL},
		{FN(SIGNED("return a % b")), {1ull << 63, UINT64_MAX}, 0, NULL},
		{FN(SIGNED("return -a / b")), {7, 2}, -3, NULL},
		{FN(SIGNED("return a << b")), {1, 65}, 2, NULL},
		{FN(SIGNED("return -a >> b")), {8, 1}, -4, NULL},
		{BODY("var x: u8 = 250\n x += 10\n return x as i64"), {0}, 4, NULL},
		{BODY("var x: i8 = 127\n x += 1\n return x as i64"), {0}, -128, NULL},
		{BODY("return (a + b) as i64"), {UINT32_MAX, 2}, 1, NULL},
		{BODY("var x: u16 = 40000\n return (x * x) as i64"),
		 {0},
		 40000 * 40000 % 65536,
		 NULL},
		{BODY("var x: u8 = 200\n return -x as i64"), {0}, -200, NULL},
		{BODY("return (~a & 255) as i64"), {5}, 250, NULL},
		{BODY("var x: u8 = 200\n var y: u16 = 300\n x /= y\n return x as i64"),
		 {0},
		 0,
		 NULL},
		{BODY("return (a as u8) as i64 + (a as i8) as i64"), {0x1ff}, 255 - 1, NULL},
		{BODY("return (a as bool) as i64 + (b as bool) as i64"), {7, 0}, 1, NULL},
	};

	RUN(cases);
}

static void comparisons_compare_values(void)
{
	static const struct function_case cases[] = {
		{FN("fn f(a: u64, b: i64) -> i64 { return a > b ? 1 : 0 }"),
		 {1, UINT64_MAX},
		 1,
		 NULL},
		{FN("fn f(a: u64, b: i64) -> i64 { return a < b ? 1 : 0 }"),
		 {1, UINT64_MAX},
		 0,
		 NULL},
		{FN("fn f(a: u64, b: i64) -> i64 { return a == b ? 1 : 0 }"),
		 {UINT64_MAX, UINT64_MAX},
		 0,
		 NULL},
		{FN("fn f(a: u32, b: i32) -> i64 { return a > b ? 1 : 0 }"),
		 {0, UINT32_MAX},
		 1,
		 NULL},
		{FN("fn f(a: u32, b: i8) -> i64 { return b < a ? 1 : 0 }"), {0, 0xff}, 1, NULL},
		{FN("fn f(a: i32, b: u64) -> i64 { return a <= b ? 1 : 0 }"),
		 {UINT32_MAX, 5},
		 1,
		 NULL},
		{FN("fn f(a: u8, b: u32) -> i64 { return a as u32 == b ? 1 : 0 }"),
		 {255, 255},
		 1,
		 NULL},
		{FN("fn f(a: u32, b: u32) -> i64 { var x: be16 = 80\n"
		    "return x == 80 && raw(x) == 0x5000 ? x as i64 : 0 }"),
		 {0},
		 80,
		 NULL},
		{BODY("return match (a) { 1: 10, 2 | 3: 20, 5..10: 30, 10..=12: 40, default: 50 }"),
		 {3},
		 20,
		 NULL},
		{BODY("return match (a) { 1: 10, 2 | 3: 20, 5..10: 30, 10..=12: 40, default: 50 }"),
		 {9},
		 30,
		 NULL},
		{BODY("return match (a) { 1: 10, 2 | 3: 20, 5..10: 30, 10..=12: 40, default: 50 }"),
		 {12},
		 40,
		 NULL},
		{BODY("return match (a, b) { (1, _): 10, (_, 2..4): 20, default: 50 }"),
		 {7, 3},
		 20,
		 NULL},
		{FN("enum E { A = 2, B = 5 }\nfn f(a: u32, b: u32) -> i64 {"
		    "return match (a as E) { A: 7, B: 8 } }"),
		 {4},
		 0,
		 NULL},
	};

	RUN(cases);
}

static void evaluation_goes_from_left_to_right(void)
{
	static const struct function_case cases[] = {
		{FN("var g: u32 = 1\nfn n() -> u32 { g += 1\n return g }\n"
		    "fn f(a: u32, b: u32) -> i64 { return (g * 100 + n() * 10 + g) as i64 }"),
		 {0},
		 122,
		 NULL},
		{FN("var g: u32 = 0\nfn n(x: u32) -> u32 { g = g * 10 + x\n return x }\n"
		    "fn s(a: u32, b: u32, c: u32) -> u32 { return a + b + c }\n"
		    "fn f(a: u32, b: u32) -> i64 { var x = s(n(1), n(2), n(3))\n return g as i64 "
		    "}"),
		 {0},
		 123,
		 NULL},
		{FN("var g: u32 = 0\nfn n() -> bool { g += 1\n return true }\n"
		    "fn f(a: u32, b: u32) -> i64 {\n"
		    "if (a == 1 && n()) { g += 10 }\n if (a == 0 || n()) { g += 100 }\n"
		    "var x = a == 7 ? n() : !n()\n return g as i64 }"),
		 {0},
		 101,
		 NULL},
		{FN("var g: u32 = 0\nfn n() -> u32 { g += 1\n return g }\n"
		    "fn f(a: u32, b: u32) -> i64 { var t: u32[4] = [9, 9, 9, 9]\n"
		    "t[n()] = n() * 10\n return t[1] as i64 }"),
		 {0},
		 20,
		 NULL},
		{BODY("var x: u32 = 1\n"
		      "var y = x + match (a) { 0: { x = 5\n x }, default: 0 }\n"
		      "return (y * 10 + x) as i64"),
		 {0},
		 65,
		 NULL},
	};

	RUN(cases);
}

static void errors_find_the_innermost_handler(void)
{
	static const struct function_case cases[] = {
		{FN("const A: i32 = 5\nconst B: i32 = 6\n"
		    "fn r(x: u32) -> u32 { if (x == 1) { throw A }\n if (x == 2) { throw B }\n"
		    "return x }\n"
		    "fn f(a: u32, b: u32) -> i64 {\n"
		    "try { try { return r(a) as i64 } catch A { return 100 } }"
		    "catch B { return 200 } catch _ { return 300 }\n return 0 }"),
		 {2},
		 200,
		 NULL},
		{FN("fn f(a: u32, b: u32) -> i64 {\nvar n: i64 = 1\n"
		    "try { n = 2\n if (a == 0) { throw 9 }\n n = 3 } catch 9 { n += 10 }\n"
		    "return n }"),
		 {0},
		 12,
		 NULL},
		{FN("fn r(x: u32) -> i64 { defer print(\"left\")\n if (x == 0) { throw 4 }\n "
		    "return 1 }\n"
		    "fn f(a: u32, b: u32) -> i64 { try { return r(a) } catch _ { return 50 } }"),
		 {0},
		 50,
		 "left\n"},
		{FN("fn f(a: u32, b: u32) -> i64 {\nvar n: i64 = 0\n"
		    "for (i in 0..5) { try { if (i == 2) { continue }\n if (i == 4) { throw 1 }\n "
		    "n += 1 }"
		    "catch _ { n += 100\n break } }\n return n }"),
		 {0},
		 103,
		 NULL},
	};

	RUN(cases);
}

static void defers_run_last_first_on_every_way_out(void)
{
	static const struct function_case cases[] = {
		{BODY("defer print(\"a %u\", a)\n a += 1\n defer print(\"b %u\", a)\n return a as "
		      "i64"),
		 {1},
		 2,
		 "b 2\na 1\n"},
		{BODY("if (a > 1) { defer print(\"in\") }\n defer print(\"out\")\n"
		      "if (a > 5) { return 1 }\n return 2"),
		 {2},
		 2,
		 "out\nin\n"},
		{BODY("if (a > 1) { defer print(\"in\")\n if (a > 5) { return 1 } }\n"
		      "defer print(\"out\")\n return 2"),
		 {7},
		 1,
		 "in\n"},
		{FN("fn f(a: u32, b: u32) -> r: i64 { defer { r += 1 }\n if (a == 1) { return 10 "
		    "}\n r = 5 }"),
		 {1},
		 11,
		 NULL},
		{FN("fn f(a: u32, b: u32) -> r: i64 { defer { r += 1 }\n if (a == 1) { return 10 "
		    "}\n r = 5 }"),
		 {2},
		 6,
		 NULL},
	};

	RUN(cases);
}

static void loops_count_right(void)
{
	static const struct function_case cases[] = {
		{BODY("var n: i64 = 0\n for (i in 0..10) { n += i }\n return n"), {0}, 45, NULL},
		{BODY("var n: i64 = 0\n for (i in 3..=5) { n += i }\n return n"), {0}, 12, NULL},
		{BODY("var n: i64 = 0\n for (i in a..b) { n += 1 }\n return n"), {5, 5}, 0, NULL},
		{BODY("var top: u8 = 255\n var low: u8 = 250\n var n: i64 = 0\n"
		      "for (i in low..=top) { n += 1 }\n return n"),
		 {0},
		 6,
		 NULL},
		{BODY("var n: i64 = 0\n for (i in 0..4) { for (j in 0..4) {\n"
		      "if (j == 2) { continue }\n if (i == 2) { break }\n n += 1 } }\n return n"),
		 {0},
		 9,
		 NULL},
		{BODY("var n: u32 = a\n while (n > 3) { n -= 2\n if (n == 6) { break } }\n"
		      "return n as i64"),
		 {12},
		 6,
		 NULL},
		{BODY("var n: u32 = 0\n while (true) { n += 1\n if (n < 3) { continue }\n"
		      "if (n == 7) { break } }\n return n as i64"),
		 {0},
		 7,
		 NULL}, /* the interpreter's signal comes later */
	};

	RUN(cases);
}

static void texts_and_aggregates_are_values(void)
{
	static const struct function_case cases[] = {
		{BODY("var s: str(4) = \"abcdef\"\n return s.len() as i64"), {0}, 4, NULL},
		{BODY("var s: str(8) = \"ab\"\n var t: str(3) = s + \"cde\"\n"
		      "return t == \"abc\" ? t[2] as i64 : 0"),
		 {0},
		 'c',
		 NULL},
		{BODY("var s: str(8) = \"ab\"\n return s[a] as i64"), {100}, 0, NULL},
		{BODY("var t: u32[3] = [1, 2, 3]\n t[a] = 9\n return (t[a] + t[1]) as i64"),
		 {5},
		 2,
		 NULL},
		{BODY("var t: u32[2][3] = [[1, 2, 3], [4, 5, 6]]\n return t[1][a] as i64"),
		 {2},
		 6,
		 NULL},
		{FN("struct P { x: u8, y: u32 }\nfn m(p: P) -> P { p.x += 1\n return p }\n"
		    "fn f(a: u32, b: u32) -> i64 { var p = P { x: 255, y: a }\n var q = m(p)\n"
		    "return q.x as i64 * 1000 + p.x as i64 }"),
		 {0},
		 255,
		 NULL},
		{FN("struct B { low: u8 : 3, high: u8 : 5, sign: i8 : 4 }\n"
		    "fn f(a: u32, b: u32) -> i64 { var x = B { low: 5, high: 17, sign: 3 }\n"
		    "x.low += 4\n x.sign = -2\n"
		    "return x.low as i64 * 100 + x.high as i64 + x.sign as i64 }"),
		 {0},
		 115,
		 NULL},
		{FN("struct N { v: u32, next: *N }\nfn f(a: u32, b: u32) -> i64 {\n"
		    "var head: *N = null\n for (i in 0..4) { var n = new N()\n n->v = i\n"
		    "n->next = head\n head = n }\n var sum: i64 = 0\n"
		    "while (head != null) { var next = head->next\n sum = sum * 10 + head->v\n"
		    "delete head\n head = next }\n return sum }"),
		 {0},
		 3210,
		 NULL},
		{FN("fn twice(x: i64) -> i64 { return x * 2 }\n"
		    "fn apply(g: fn(i64) -> i64, x: i64) -> i64 { return g(x) }\n"
		    "fn f(a: u32, b: u32) -> i64 { return apply(twice, a as i64) }"),
		 {21},
		 42,
		 NULL},
	};

	RUN(cases);
}

static void maps_of_user_code_behave(void)
{
	static const struct function_case cases[] = {
		{FN("struct V { x: u32, y: u32 }\nvar m : hash<u32, V>(4)\n"
		    "fn f(a: u32, b: u32) -> i64 { m[1] = V { x: 3, y: 4 }\n m[1].x += 10\n"
		    "m[9].x = 5\n if (var v = m[1]) { v.y = v.x }\n"
		    "var w = m[1]\n return (w.x * 100 + w.y) as i64 + m.len() as i64 }"),
		 {0},
		 1314,
		 NULL},
		{FN("var m : hash<u32, u64>(2)\nfn f(a: u32, b: u32) -> i64 {\n"
		    "m[1] += 5\n m[1] += 6\n m[2] = 0\n var r = m.insert(3, 1)\n var n: i64 = 0\n"
		    "if (m[2] != null) { n += 1 }\n if (m[2]) { n += 10 }\n if (m[4]) { n += 100 "
		    "}\n"
		    "if (m[1] == 11) { n += 1000 }\n return r as i64 * 10000 + n }"),
		 {0},
		 -7 * 10000 + 1011,
		 NULL},
		{FN("var q : queue<u32>(2)\nvar s : stack<u32>(4)\n"
		    "fn f(a: u32, b: u32) -> i64 { q.push(1)\n q.push(2)\n var r = q.push(3)\n"
		    "s.push(7)\n s.push(8)\n var n: i64 = 0\n if (var v = q.pop()) { n = v as i64 "
		    "}\n"
		    "if (var v = s.peek()) { n = n * 10 + v }\n if (var v = s.pop()) { n = n * 10 "
		    "+ v }\n"
		    "if (var v = s.pop()) { n = n * 10 + v }\n if (var v = s.pop()) { n = 0 }\n"
		    "return r < 0 ? n : 0 }"),
		 {0},
		 1887,
		 NULL},
		{FN("var m : hash<u32, u32>(8)\nfn f(a: u32, b: u32) -> i64 { m[1] = 10\n m[2] = "
		    "20\n"
		    "m[3] = 30\n var n: i64 = 0\n for (k, v) in m { n += k * v\n if (k == 2) { "
		    "delete m[k] } }\n"
		    "return n * 10 + m.len() as i64 }"),
		 {0},
		 1402,
		 NULL},
		{FN("var m : array<u32, u32>(4)\nfn f(a: u32, b: u32) -> i64 { m[a] += 5\n m[3] = "
		    "7\n"
		    "m[2] += 1\n return (m[2] * 10 + m[3]) as i64 }"),
		 {9},
		 17,
		 NULL},
	};

	RUN(cases);
}

/* ---- packets ---- */

static const char packet_program[] =
	"include \"net.kh\"\n"
	"struct Flow { packets: u64, bytes: u64 }\n"
	"var flows : hash<u32, Flow>(16)\n"
	"var ports : hash<u16, u64>(16)\n"
	"var short: u64 = 0\n"
	"@helper fn port(tcp: *tcphdr) -> u16 { return tcp->dest as u16 }\n"
	"@xdp fn prog(ctx: *xdp_md) -> xdp_action {\n"
	"    if (var eth = ctx->data as *ethhdr, var ip = (eth + 1) as *iphdr) {\n"
	"        if (eth->h_proto != ETH_P_IP) { return XDP_PASS }\n"
	"        if (var flow = flows[ip->saddr as u32]) {\n"
	"            flow.packets += 1\n"
	"            flow.bytes += ctx.len()\n"
	"        } else {\n"
	"            flows[ip->saddr as u32] = Flow { packets: 1, bytes: ctx.len() }\n"
	"        }\n"
	"        var tcp = (ip + 1) as *tcphdr\n"
	"        ports[port(tcp)] += 1\n"
	"        ip->ttl = 7\n"
	"        return XDP_TX\n"
	"    } else {\n"
	"        short += 1\n"
	"    }\n"
	"    return XDP_DROP\n"
	"}\n";

static void run_packets(bool passes)
{
	uint8_t packet[60] = {[12] = 8, [13] = 0, [26] = 10, [29] = 1, [36] = 0, [37] = 80};
	const uint32_t source = 0x0a000001;
	const uint16_t port = 80;
	struct source_module source_text;
	const uint64_t *flow, *hits;
	struct interp *interp;
	struct ir_func *prog;

	source_compile(&source_text, packet_program, passes);
	CHECK_TEXT(strbuf_text(&source_text.diagnostics), "");
	if (!source_text.module)
		return;
	interp = interp_new(&source_text.comp, source_text.module);
	prog = interp_find(interp, TARGET_BPF, "prog");
	CHECK_INT(interp_run_packet(interp, prog, packet, sizeof(packet)).value, 3);
	CHECK_INT(packet[22], 7);
	CHECK_INT(interp_run_packet(interp, prog, packet, 50).value, 3);
	CHECK_INT(interp_run_packet(interp, prog, packet, 30).value, 1);
	packet[13] = 6;
	CHECK_INT(interp_run_packet(interp, prog, packet, sizeof(packet)).value, 2);
	flow = interp_entry(interp, "flows", &source);
	CHECK(flow);
	CHECK_INT(flow ? flow[0] : 0, 2);
	CHECK_INT(flow ? flow[1] : 0, 110);
	hits = interp_entry(interp, "ports", &port);
	CHECK_INT(hits ? *hits : 0, 2);
	CHECK_INT(*(uint64_t *)interp_global(interp, "short"), 1);
	interp_free(interp);
	source_free(&source_text);
}

static void packets_are_read_within_their_bounds(void)
{
	run_packets(false);
	run_packets(true);
}

/* ---- programs of one run ---- */

struct program_case {
	const char *text; /* with an XDP program `prog` */
	uint64_t expected;
};

static void run_program(const struct program_case *one, bool passes)
{
	uint8_t packet[64] = {0};
	struct source_module source;
	struct interp_result result;
	struct interp *interp;

	source_compile(&source, one->text, passes);
	if (!source.module) {
		printf("%s\n%s", one->text, strbuf_text(&source.diagnostics));
		CHECK(source.module);
		return;
	}
	interp = interp_new(&source.comp, source.module);
	result = interp_run_packet(interp, interp_find(interp, TARGET_BPF, "prog"), packet,
				   sizeof(packet));
	if (result.end != INTERP_RETURNED || result.value != one->expected)
		printf("%s\n%s\n", one->text, result.why);
	CHECK_INT(result.end, INTERP_RETURNED);
	CHECK_INT(result.value, one->expected);
	interp_free(interp);
	source_free(&source);
}

#define PROG(text) "@xdp fn prog(ctx: *xdp_md) -> xdp_action {" text "}"

static void programs_end_as_their_kind_says(void)
{
	static const struct program_case cases[] = {
		{"@helper fn h(x: u32) -> u32 { assert(x < 3)\n return x }\n" PROG(
			 "try { h(9)\n throw 4 } catch _ { return XDP_TX }"),
		 0},
		{"@helper fn h(x: u32) -> u32 { if (x < 3) { throw 7 }\n return x }\n" PROG(
			 "try { h(1) } catch 7 { return XDP_TX } catch _ { return XDP_DROP }\n"
			 "return XDP_PASS"),
		 3},
		{"var v: u32 = 77\n" PROG("return v as xdp_action"), 2},
		{"var v: u32 = 4\n" PROG("return v as xdp_action"), 4},
		{"@xdp fn other(ctx: *xdp_md) -> xdp_action { return XDP_DROP }\n" PROG(
			 "return other(ctx)"),
		 1},
		{"var n: u64 = 0\n" PROG("var x: u64 = 1\n while (x > 0) { x += 2\n n += 1 }\n"
					 "return XDP_DROP"),
		 2},
		{"var m : hash<u32, u64>(2)\n" PROG(
			 "m[1] += 1\n m[2] += 1\n m[3] += 1\n"
			 "return m[3] == null && m[1] == 1 ? XDP_TX : XDP_DROP"),
		 3},
		{"struct E { x: u32 }\nvar rb : ringbuf<E>(4096)\n" PROG(
			 "if (var e = rb.reserve()) { e->x = 5\n rb.submit(e)\n return XDP_TX }\n"
			 "return XDP_DROP"),
		 3},
		{PROG("var p = ctx->data\n p[100] = 1\n p[2] = 9\n"
		      "return p[100] == 0 && p[2] == 9 ? XDP_TX : XDP_DROP"),
		 3},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_program(&cases[i], false);
		run_program(&cases[i], true);
	}
}

static const struct ks_test tests[] = {
	{"arithmetic", arithmetic_wraps_and_is_defined_everywhere},
	{"comparisons", comparisons_compare_values},
	{"order", evaluation_goes_from_left_to_right},
	{"errors", errors_find_the_innermost_handler},
	{"defers", defers_run_last_first_on_every_way_out},
	{"loops", loops_count_right},
	{"values", texts_and_aggregates_are_values},
	{"maps", maps_of_user_code_behave},
	{"packets", packets_are_read_within_their_bounds},
	{"programs", programs_end_as_their_kind_says},
};

int main(void)
{
	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
