/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies against several kernels, and sizes that no golden case has. */
#include "ks_test.h"
#include "kernel/kernel.h"
#include "sema/sema.h"
#include "syntax/syntax.h"

#include <bpf/btf.h>

static struct compilation comp;
static struct strbuf out;

static void start(void)
{
	compilation_init(&comp);
	comp.diag_options.format = DIAG_LINE;
	types_init(&comp);
	kernels_init(&comp);
}

/* A kernel whose `task_struct` has the fields `pid` and, if asked for, `color`. */
static void add_kernel(const char *label, bool has_color)
{
	struct btf *btf = btf__new_empty();
	const char *why = NULL;
	const void *data;
	uint32_t size;
	void *copy;
	int u32;

	u32 = btf__add_int(btf, "unsigned int", 4, 0);
	btf__add_struct(btf, "task_struct", 8);
	btf__add_field(btf, "pid", u32, 0, 0);
	if (has_color)
		btf__add_field(btf, "color", u32, 32, 0);
	data = btf__raw_data(btf, &size);
	copy = malloc(size);
	memcpy(copy, data, size);
	btf__free(btf);
	kernels_add(&comp, kernel_open_memory(copy, size, label, KERNEL_VERSION_OF(6, 1), &why));
}

/* What the checker says of the text. */
static const char *check(const char *text)
{
	uint32_t file = source_add(&comp.sources, "t.ks", text, strlen(text));
	struct ast_file *ast = syntax_parse(&comp, file);

	if (!ast->had_errors)
		sema_check(&comp, ast);
	strbuf_clear(&out);
	diag_render_all(&comp, &out);
	return strbuf_text(&out);
}

static void a_field_must_be_in_every_kernel(void)
{
	start();
	add_kernel("6.12", true);
	add_kernel("6.1", false);
	CHECK_HAS(check("@helper fn f(t: *task_struct) -> u32 {\n"
			"\tif (t == null) {\n\t\treturn 0\n\t}\n"
			"\treturn t->pid + t->color\n}\n"),
		  "t.ks:5:21: error[kernel-lacks]: the kernel 6.1 has no field `color` in "
		  "`task_struct`");
}

static void a_field_may_be_asked_for(void)
{
	start();
	add_kernel("6.12", true);
	add_kernel("6.1", false);
	CHECK_TEXT(check("@helper fn f(t: *task_struct) -> u32 {\n"
			 "\tif (t != null && kernel_has(task_struct.color)) {\n"
			 "\t\treturn t->color\n\t}\n"
			 "\treturn 0\n}\n"),
		   "");
	CHECK_HAS(check("@helper fn f(t: *task_struct) -> u32 {\n"
			"\tif (t != null && kernel_has(task_struct.color)) {\n\t}\n"
			"\tif (t != null) {\n\t\treturn t->color\n\t}\n"
			"\treturn 0\n}\n"),
		  "kernel-lacks");
}

/* Arms are sorted, not compared each with each. */
static void a_match_may_have_many_arms(void)
{
	struct strbuf text = {0};

	start();
	strbuf_puts(&text, "fn f(n: u32) -> u32 {\n\treturn match (n) {\n");
	for (unsigned i = 0; i < 20000; i++)
		strbuf_printf(&text, "\t\t%u: %u,\n", i * 3, i);
	strbuf_puts(&text, "\t\t59997: 1,\n\t\tdefault: 0\n\t}\n}\n");
	CHECK_HAS(check(strbuf_text(&text)),
		  "t.ks:20003:3: error[match-duplicate]: another arm takes the same value");
	CHECK_INT(comp.error_count, 1);
	strbuf_free(&text);
}

static void a_large_enum_is_covered_or_not(void)
{
	struct strbuf text = {0};

	start();
	strbuf_puts(&text, "enum E {\n");
	for (unsigned i = 0; i < 500; i++)
		strbuf_printf(&text, "\tV%u,\n", i);
	strbuf_puts(&text, "}\nfn f(e: E) -> u32 {\n\treturn match (e) {\n");
	for (unsigned i = 0; i < 499; i++)
		strbuf_printf(&text, "\t\tV%u: %u,\n", i, i);
	strbuf_puts(&text, "\t}\n}\n");
	CHECK_HAS(check(strbuf_text(&text)), "error[match-exhaustive]: no arm takes `V499`");
	strbuf_free(&text);
}

static const struct ks_test tests[] = {
	{"a_field_must_be_in_every_kernel", a_field_must_be_in_every_kernel},
	{"a_field_may_be_asked_for", a_field_may_be_asked_for},
	{"a_match_may_have_many_arms", a_match_may_have_many_arms},
	{"a_large_enum_is_covered_or_not", a_large_enum_is_covered_or_not},
};

int main(void)
{
	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
