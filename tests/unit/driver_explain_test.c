/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/explain.h"
#include "base/diag.h"
#include "ks_test.h"

#include <stdlib.h>
#include <string.h>

/* Every diagnostic has a section in docs/errors.md. */
static void test_complete(void)
{
	for (int i = 0; i < DIAG_COUNT; i++) {
		struct strbuf text = {0};
		bool found = explain_slug(&text, diag_slugs[i].slug);

		if (!found)
			fprintf(stderr, "docs/errors.md has no section `## %s`\n",
				diag_slugs[i].slug);
		CHECK(found && text.len > 20);
		strbuf_free(&text);
	}
}

/* Every section is about a diagnostic, and they are sorted. */
static void test_sections(void)
{
	const char *before = "", *at = explain_document();
	char names[2][64];
	int count = 0;

	while ((at = strstr(at, "\n## ")) != NULL) {
		char *name = names[count++ % 2];

		at += 4;
		snprintf(name, sizeof(names[0]), "%.*s", (int)strcspn(at, "\n"), at);
		if (diag_slug_by_name(name) == DIAG_COUNT)
			fprintf(stderr, "`## %s` is no diagnostic\n", name);
		CHECK(diag_slug_by_name(name) != DIAG_COUNT);
		CHECK(strcmp(before, name) < 0);
		before = name;
	}
	CHECK(count > 50);
}

/* Every diagnostic has an example that gets it, and one that does not; the runner tries both. */
static void test_examples(void)
{
	/* What takes a huge source, a second file, or what ksc does not compile yet. */
	static const char *const without[] = {"limit", "include-body", "unsupported"};

	for (int i = 0; i < DIAG_COUNT; i++) {
		const char *slug = diag_slugs[i].slug;
		char heading[80], mark[80], *section;
		const char *start, *end;
		bool is_left_out = false;
		int count = 0;

		for (size_t k = 0; k < sizeof(without) / sizeof(without[0]); k++)
			is_left_out |= !strcmp(without[k], slug);
		if (is_left_out)
			continue;
		snprintf(heading, sizeof(heading), "\n## %s\n", slug);
		snprintf(mark, sizeof(mark), "[%s]", slug);
		start = strstr(explain_document(), heading);
		CHECK(start != NULL);
		if (!start)
			continue;
		end = strstr(start + 1, "\n## ");
		section = strndup(start, end ? (size_t)(end - start) : strlen(start));
		for (const char *at = section; (at = strstr(at, "\n```ks")) != NULL; at++)
			count++;
		if (count < 2 || !strstr(section, mark))
			fprintf(stderr, "`## %s` lacks an example\n", slug);
		CHECK(count >= 2 && strstr(section, mark));
		free(section);
	}
}

static void test_text(void)
{
	struct strbuf text = {0};

	CHECK(explain_slug(&text, "map-flags"));
	CHECK_TEXT(strbuf_text(&text),
		   "\nA creation flag that does not exist or does not fit the kind of map.\n\n"
		   "wrong:\n"
		   "    @flags(no_prealoc)                      // error[map-flags]:\n"
		   "    var hits : hash<u32, u64>(16)\n\n"
		   "right:\n"
		   "    @flags(no_prealloc)\n"
		   "    var hits : hash<u32, u64>(16)\n");
	CHECK(!explain_slug(&text, "map"));
	strbuf_free(&text);
}

static void test_log(void)
{
	struct strbuf text = {0};

	explain_log(&text, "0: R1=ctx() R10=fp0\n"
			   "; var a = 1 @ x.ks:4\n0: (b7) r0 = 1\n"
			   "; return eth->h_proto @ x.ks:9\n7: (71) r1 = *(u8 *)(r2 +12)\n"
			   "invalid access to packet, off=12 size=1, R2(id=0,off=12,r=0)\n"
			   "processed 9 insns (limit 1000000) max_states_per_insn 0\n");
	CHECK_TEXT(strbuf_text(&text),
		   "error: the kernel refused the program\n"
		   "  x.ks:9\n"
		   "  9 | return eth->h_proto\n"
		   "    | ^^^^^^^^^^^^^^^^^^^\n"
		   "  reason: the packet may be shorter than what is used here\n"
		   "  help: take a window first: if (var h = p as *T) { ... }\n"
		   "  verifier: invalid access to packet, off=12 size=1, R2(id=0,off=12,r=0)\n");
	/* As libbpf prints it, of an older kernel, with states behind the refusal. */
	strbuf_clear(&text);
	explain_log(&text, "libbpf: prog 'count': BPF program load failed: Invalid argument\n"
			   "libbpf: prog 'count': -- BEGIN PROG LOAD LOG --\n"
			   "; while (n > 0) {\n3: (55) if r0 != 0x0 goto pc-1\n"
			   "infinite loop detected at insn 3\n"
			   "cur state: R0_w=1 R10=fp0\nold state: R0_w=1 R10=fp0\n"
			   "processed 9 insns (limit 1000000) max_states_per_insn 0\n"
			   "-- END PROG LOAD LOG --\n"
			   "libbpf: prog 'count': failed to load: -22\n");
	CHECK_TEXT(strbuf_text(&text), "error: the kernel refused program `count`\n"
				       "   | while (n > 0) {\n"
				       "   | ^^^^^^^^^^^^^^^\n"
				       "  reason: the loop makes no progress\n"
				       "  help: let its condition change in every round\n"
				       "  verifier: infinite loop detected at insn 3\n");
	strbuf_clear(&text);
	explain_log(&text, "");
	CHECK_TEXT(strbuf_text(&text), "The log holds no message of the verifier.\n");
	strbuf_free(&text);
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"complete", test_complete}, {"sections", test_sections},
		{"examples", test_examples}, {"text", test_text},
		{"verifier log", test_log},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
