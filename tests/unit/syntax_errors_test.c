/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of compiler/syntax with wrong sources: messages, limits, recovery, edits. */
#include "ks_test.h"
#include "parsed.h"

static void bytes_that_are_no_text_are_reported_and_passed(void)
{
	static const char text[] = "var a = \"\xff\"\n// \xc3( \nvar b = \xfe\nvar c = 1 \0 2\n"
				   "var d = \"\0\"\nvar e = \x01\n/* \xff */ var g = 1\n";
	struct parsed parsed;
	char *messages;

	parse_bytes(&parsed, "t.ks", text, sizeof(text) - 1);
	messages = rendered(&parsed);
	CHECK_TEXT(messages, "t.ks:1:10: error[bad-literal]: byte 0xff is not valid UTF-8\n"
			     "t.ks:2:4: error[syntax]: byte 0xc3 is not valid UTF-8\n"
			     "t.ks:3:9: error[syntax]: byte 0xfe is not valid UTF-8\n"
			     "t.ks:4:11: error[syntax]: a NUL byte in the source\n"
			     "t.ks:5:10: error[bad-literal]: a NUL byte in the source\n"
			     "t.ks:6:9: error[syntax]: a control character, 0x01, in the source\n"
			     "t.ks:7:4: error[syntax]: byte 0xff is not valid UTF-8\n");
	CHECK(parsed.ast->had_errors);
	CHECK_INT(parsed.ast->decls.len, 3);
	free(messages);
	compilation_free(&parsed.comp);
}

static void a_byte_order_mark_is_passed(void)
{
	struct parsed parsed;

	parse(&parsed, "\xef\xbb\xbf"
		       "var a = 1\n");
	CHECK_INT(parsed.comp.error_count, 0);
	CHECK_INT(parsed.ast->decls.len, 1);
	compilation_free(&parsed.comp);
}

static void empty_sources_are_files(void)
{
	static const char *const texts[] = {"",	 "\n",	 " ",	    "\r\n\r\n",
					    ";", "// x", "/* x */", "///"};

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct parsed parsed;

		parse(&parsed, texts[i]);
		CHECK_INT(parsed.comp.error_count, 0);
		CHECK_INT(parsed.ast->decls.len, 0);
		compilation_free(&parsed.comp);
	}
}

static void what_is_right_around_a_mistake_is_kept(void)
{
	struct parsed parsed;
	char *text;

	parse(&parsed,
	      "fn a() {\n\tx = \n}\nfn b( {\n\ty = 1\n}\nstruct S {\n\ta: u32\n\tb\n\tc: u8\n}\n"
	      "oops\nfn c() {\n\tfoo(1 2,\n\t\t3)\n\tz = T { p: }\n\tw = 1\n}\nfn d() {\n");
	text = printed(&parsed);
	CHECK_HAS(text, "fn a()");
	CHECK_HAS(text, "fn b()");
	CHECK_HAS(text, "y = 1");
	CHECK_HAS(text, "a: u32,\n\tc: u8,");
	CHECK_HAS(text, "w = 1");
	CHECK_HAS(text, "fn d()");
	CHECK_INT(parsed.comp.error_count, 7);
	free(text);
	compilation_free(&parsed.comp);
}

/* `head`, then `part` so many times, then `tail`. */
static char *repeated(const char *head, const char *part, unsigned count, const char *tail)
{
	size_t len = strlen(part);
	char *text = malloc(strlen(head) + len * count + strlen(tail) + 1), *at = text;

	at = stpcpy(at, head);
	for (unsigned i = 0; i < count; i++, at += len)
		memcpy(at, part, len);
	strcpy(at, tail);
	return text;
}

static void nesting_has_a_limit_with_a_message(void)
{
	static const struct {
		const char *head, *part, *tail;
	} cases[] = {
		{"fn f() { x = ", "(", ""},
		{"fn f() { x = ", "!", "y }"},
		{"fn f() { x = ", "- ", "y }"},
		{"fn f() { x = ", "a + ", "y }"},
		{"fn f() { x = y", ".a", " }"},
		{"fn f() { x = y", "()", " }"},
		{"fn f() { x = y", "[1]", " }"},
		{"fn f() { x = y", " as u8", " }"},
		{"fn f() { x = ", "a ? b : ", "y }"},
		{"fn f() { ", "if (a) ", "b() }"},
		{"fn f() { ", "if (a) { } else ", "{ } }"},
		{"fn f() { ", "while (a) ", "b() }"},
		{"var x: ", "*", "u8"},
		{"var x: ", "fn() -> ", "u8"},
		{"var x: u8", "[1]", ""},
		{"var x: ", "a<", ""},
		{"", "[", ""},
		{"", "{", ""},
		{"fn f() ", "{", ""},
		{"fn f() { x = ", "match (a) { b: ", ""},
		{"fn f() { x = ", "T { a: ", ""},
		{"fn f() { match (a) { ", "(", ""},
		{"fn f() { ", "lock (a) { ", ""},
		{"fn f() { x = ", "[", ""},
		{"fn f() { x = ", "if (a) { ", ""},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = repeated(cases[i].head, cases[i].part, 100000, cases[i].tail), *out;
		struct parsed parsed;

		parse(&parsed, text);
		out = rendered(&parsed);
		if (!strstr(out, "error[limit]: the source is nested "))
			fprintf(stderr, "no limit for `%s`: %s", cases[i].part, out);
		CHECK_HAS(out, "error[limit]");
		CHECK(parsed.comp.error_count <= 2);
		free(out);
		/* Walking over what is left must be possible. */
		free(printed(&parsed));
		compilation_free(&parsed.comp);
		free(text);
	}
}

/* Where the thousandth level is passed, not where the whole begins. */
static void the_limit_of_nesting_has_a_place(void)
{
	static const struct {
		const char *head, *part, *tail, *place;
	} cases[] = {
		{"fn f() { x = ", "(", "y }", ":1:1012:"},
		{"fn f() { x = a", ".a", " }", ":1:2014:"},
		{"fn f() { x = a", "()", " }", ":1:2014:"},
		{"fn f() { x = a", "[0]", " }", ":1:3014:"},
		{"fn f() { x = 1", " + 1", " }", ":1:4014:"},
		{"var x: u8", "[1]", "", ":1:3011:"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = repeated(cases[i].head, cases[i].part, 3000, cases[i].tail), *out;
		struct parsed parsed;

		parse(&parsed, text);
		out = rendered(&parsed);
		CHECK_HAS(out, cases[i].place);
		CHECK_HAS(out, "nested more than 1000 deep here");
		free(out);
		compilation_free(&parsed.comp);
		free(text);
	}
}

static void nesting_below_the_limit_is_legal(void)
{
	static const struct {
		const char *head, *part, *tail;
	} cases[] = {
		{"fn f() { x = ", "a + ", "y }"},
		{"fn f() { x = ", "!", "y }"},
		{"fn f() { ", "if (a) { } else ", "{ } }"},
		{"fn f() { x = y", ".a", " }"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = repeated(cases[i].head, cases[i].part, 900, cases[i].tail);
		struct parsed parsed;

		parse(&parsed, text);
		CHECK_INT(parsed.comp.error_count, 0);
		compilation_free(&parsed.comp);
		free(text);
	}
}

static void huge_and_broken_sources_end_with_messages(void)
{
	static const struct {
		const char *head, *part, *tail;
	} cases[] = {
		{"", "\\", ""},
		{"", ")", ""},
		{"", "}", ""},
		{"", "fn f() {\n", ""},
		{"", "var a = (\n", ""},
		{"", "'", ""},
		{"", "\"", "x"},
		{"", "\"\n", "x"},
		{"", "/*", ""},
		{"", "@a ", ""},
		{"", "a b ", ""},
		{"fn f() { x = \"", "\\q", "\" }"},
		{"", "fn f( {\n", ""},
		{"", "fn f() { if }\n", ""},
		{"fn f() { a(", "[)", ""},
		{"fn f() { a(", "b c, ", ") }"},
		{"", "0x ", ""},
		{"var a = ", "9", ""},
		{"", "struct S { a: u32;\n", ""},
		{"fn f() { ", "for (int i = 0; ", ""},
		{"", "/// x\n", "}"},
		{"fn f() {", "\n}\n{", ""},
		{"", "\xff ", ""},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = repeated(cases[i].head, cases[i].part, 200000, cases[i].tail);
		struct parsed parsed;

		alarm(30);
		parse(&parsed, text);
		if (!parsed.comp.error_count)
			fprintf(stderr, "no message for `%s`\n", cases[i].part);
		CHECK(parsed.comp.error_count > 0 && parsed.comp.error_count < 1100);
		free(printed(&parsed));
		compilation_free(&parsed.comp);
		free(text);
	}
}

/* Puts the first edit of each diagnostic into the text. */
static char *repaired(const struct parsed *parsed)
{
	const struct source *source = parsed->comp.sources.files.data[0];
	struct strbuf out = {0};
	uint32_t done = 0;
	char *text;

	for (;;) {
		const struct diag_edit *next = NULL;

		vec_foreach (diag, &parsed->comp.diags) {
			const struct diag_edit *edit = (*diag)->edits.data;

			if ((*diag)->edits.len && edit->span.start >= done &&
			    (!next || edit->span.start < next->span.start))
				next = edit;
		}
		if (!next)
			break;
		strbuf_append(&out, source->text + done, next->span.start - done);
		strbuf_puts(&out, next->replacement);
		done = next->span.end > next->span.start ? next->span.end : next->span.start;
		if (next->span.end == next->span.start) {
			strbuf_append(&out, source->text + done, 1);
			done++;
		}
	}
	strbuf_append(&out, source->text + done, source->len - done);
	text = strdup(strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

static const struct {
	const char *wrong, *right;
} repairs[] = {
	{"int x = 1;", "var x: i32 = 1;"},
	{"static unsigned long x = 1;", "var x: u64 = 1;"},
	{"u8 buf[16]", "var buf: u8[16]"},
	{"int main() { }", "fn main() -> i32 { }"},
	{"void f() { }", "fn f() { }"},
	{"f() { }", "fn f() { }"},
	{"func f() { }", "fn f() { }"},
	{"fn f(u32 x) { }", "fn f(x: u32) { }"},
	{"fn f(struct foo *x, T y) { }", NULL},
	{"fn f(a: struct foo) { }", "fn f(a: foo) { }"},
	{"fn f(a: foo*) { }", "fn f(a: *foo) { }"},
	{"fn f() u32 { }", "fn f() -> u32 { }"},
	{"fn f(): u32 { }", "fn f() -> u32 { }"},
	{"struct S { u32 a }", "struct S { a: u32 }"},
	{"struct S { a: u32; }", "struct S { a: u32, }"},
	{"enum E { A\nB }", "enum E { A,\nB }"},
	{"const u32 X = 1", "const X: u32 = 1"},
	{"extern fn f()", "extern f()"},
	{"fn f() { let x = 1 }", "fn f() { var x = 1 }"},
	{"fn f() { T x = 1 }", "fn f() { var x: T = 1 }"},
	{"fn f() { foo *p = q }", "fn f() { var p = q as *foo }"},
	{"fn f() { struct foo *p = (void *)(long)q->r }", "fn f() { var p = q->r as *foo }"},
	{"fn f() { var x = (u32)q->r(1)[2] + 1 }", "fn f() { var x = q->r(1)[2] as u32 + 1 }"},
	{"fn f() { var x = (void *)(long)q->r }", "fn f() { var x = q->r }"},
	{"fn f() { var x = (struct foo *)p }", "fn f() { var x = p as *foo }"},
	{"var x: unsigned long = 1", "var x: u64 = 1"},
	{"fn f(a: unsigned int) { }", "fn f(a: u32) { }"},
	{"typedef unsigned char byte;", "type byte = u8;"},
	{"extern u64 f(void);", "extern f() -> u64;"},
	{"static inline int f(u32 a, struct foo *b, char c[4]) { }",
	 "fn f(a: u32, b: *foo, c: char[4]) -> i32 { }"},
	{"struct S { char c[16]; }", "struct S { c: char[16] }"},
	{"struct S { unsigned int c : 3; }", "struct S { c: u32 : 3 }"},
	{"fn f() { var a: u8[2] = {1, 2} }", "fn f() { var a: u8[2] = [1, 2] }"},
	{"fn f() { var a: T = { .x = 1, .y = b } }", "fn f() { var a: T = T { x: 1, y: b, .. } }"},
	{"fn f() {\n++x\n}", "fn f() {\nx++\n}"},
	{"SEC(\"kprobe/f\")\nfn f() { }", "@probe(\"f\")\nfn f() { }"},
	{"char L[] SEC(\"license\") = \"GPL\";", ""},
	{"struct {\n__uint(type, BPF_MAP_TYPE_LRU_HASH);\n__type(key, __u32);\n"
	 "__type(value, struct foo);\n__uint(max_entries, 8);\n} m SEC(\".maps\");",
	 "var m : lru_hash<u32, foo>(8)"},
	{"fn f() { for (int i = 0; i < n; i++) { } }", "fn f() { for (i in 0..n) { } }"},
	{"fn f() { for (u32 k = a + 1; k <= g(2); ++k) { } }",
	 "fn f() { for (k in a + 1..=g(2)) { } }"},
	{"fn f() { if (a = 1) { } }", "fn f() { if (a == 1) { } }"},
	{"fn f() { if (a and b) { } }", "fn f() { if (a && b) { } }"},
	{"fn f() { if (a) { } elif (b) { } }", "fn f() { if (a) { } else if (b) { } }"},
	{"fn f() { loop { } }", NULL},
	{"fn f() { x = a === b }", "fn f() { x = a == b }"},
	{"fn f() { x = a::b }", "fn f() { x = a.b }"},
	{"fn f() { x = T { a = 1 } }", "fn f() { x = T { a : 1 } }"},
	{"fn f() { match (x) { 1 => 2 } }", "fn f() { match (x) { 1 : 2 } }"},
	{"fn f() { try { } catch { } }", "fn f() { try { } catch _ { } }"},
	{"fn f() { _ = g() }", "fn f() { var _ = g() }"},
	{"fn f() { x = NULL }", "fn f() { x = null }"},
	{"fn f() { x = 10UL }", "fn f() { x = 10 }"},
	{"fn f() { x = 'abc' }", "fn f() { x = \"abc\" }"},
};

static void edits_repair_the_source(void)
{
	for (unsigned i = 0; i < sizeof(repairs) / sizeof(repairs[0]); i++) {
		struct parsed parsed, again;
		char *text, *messages;

		parse(&parsed, repairs[i].wrong);
		if (!repairs[i].right) {
			CHECK(parsed.comp.error_count <= 1);
			compilation_free(&parsed.comp);
			continue;
		}
		CHECK_INT(parsed.comp.error_count, 1);
		text = repaired(&parsed);
		CHECK_TEXT(text, repairs[i].right);
		parse(&again, text);
		messages = rendered(&again);
		CHECK_TEXT(messages, "");
		free(messages);
		free(text);
		compilation_free(&again.comp);
		compilation_free(&parsed.comp);
	}
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* Takes away one token after the other: each time there is one message, seldom two. */
static void a_lost_token_gives_one_message(void)
{
	static const char good[] =
		"@flags(a | b)\npin var m : hash<u32, u64>(10)\n"
		"struct S {\n\ta: u8 : 3\n\tb: u32[4] = 1,\n}\nenum E {\n\tA,\n\tB = 2\n}\n"
		"fn f(c: *xdp_md, d: u32) -> r: u32 {\n\tvar x = g(c, [1, 2])\n"
		"\tif (var v = m[1]) {\n\t\tv += 1\n\t} else if (x > 3) {\n\t\th()\n\t}\n"
		"\tfor (i in 0..10) {\n\t\tx += i as u32\n\t}\n\ttry {\n\t\tthrow 1\n"
		"\t} catch _ {\n\t\tx = 2\n\t}\n\tvar t = S { a: 1, b: y.z }\n"
		"\tmatch (x) {\n\t\t1 | 2: k(t),\n\t\tdefault: {\n\t\t\tw()\n\t\t}\n\t}\n"
		"\twhile (x < 9) {\n\t\tbreak\n\t}\n\treturn x\n}\n"
		"fn main() -> i32 {\n\tvar p = load(f)\n\treturn attach(p, \"lo\", 0)\n}\n";
	unsigned losses = 0, doubles = 0;

	for (size_t at = 0, len; at < sizeof(good) - 1; at += len) {
		char text[sizeof(good)];
		struct parsed parsed;

		for (len = 1; is_word_char(good[at]) && is_word_char(good[at + len]); len++)
			;
		if (strchr(" \t\n", good[at]))
			continue;
		memcpy(text, good, at);
		strcpy(text + at, good + at + len);
		parse(&parsed, text);
		CHECK(parsed.comp.error_count <= 2);
		losses++;
		doubles += parsed.comp.error_count == 2;
		compilation_free(&parsed.comp);
	}
	CHECK(losses > 200);
	CHECK(doubles <= 4);
	if (doubles > 4)
		fprintf(stderr, "%u of %u gave two messages\n", doubles, losses);
}

int main(void)
{
	static const struct ks_test tests[] = {
#define TEST(name) {#name, name}
		TEST(bytes_that_are_no_text_are_reported_and_passed),
		TEST(a_byte_order_mark_is_passed),
		TEST(empty_sources_are_files),
		TEST(what_is_right_around_a_mistake_is_kept),
		TEST(nesting_has_a_limit_with_a_message),
		TEST(the_limit_of_nesting_has_a_place),
		TEST(nesting_below_the_limit_is_legal),
		TEST(huge_and_broken_sources_end_with_messages),
		TEST(edits_repair_the_source),
		TEST(a_lost_token_gives_one_message),
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
