/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of a print: which verb each argument gets, and what is refused. */
#include "ks_test.h"
#include "sema/format.h"

static struct compilation comp;
static struct expr_vec args;

static void start(void)
{
	compilation_init(&comp);
	comp.diag_options.format = DIAG_LINE;
	types_init(&comp);
	source_add(&comp.sources, "t.ks", "print", 5);
	args = (struct expr_vec){0};
}

static void give(const struct type *type)
{
	struct expr *arg = arena_new(&comp.arena, struct expr);

	arg->kind = EXPR_NAME;
	arg->type = type;
	vec_push(&comp.arena, &args, arg);
}

static void give_text(const char *text)
{
	struct expr *arg;

	give(type_str(&comp, (uint32_t)strlen(text)));
	arg = args.data[args.len - 1];
	arg->kind = EXPR_STRING;
	arg->constant = (struct constant){
		.kind = CONSTANT_STRING, .text = text, .len = (uint32_t)strlen(text)};
}

/* The pieces in short: 'text' as it is, arguments as <verb spec index:type>. */
static const char *pieces(bool for_bpf)
{
	struct format_vec list = {0};
	static struct strbuf out;
	struct span span = {0, 0, 5};

	strbuf_clear(&out);
	if (!format_pieces(&comp, args.data, args.len, for_bpf, span, &list)) {
		diag_render_all(&comp, &out);
		return strbuf_text(&out);
	}
	vec_foreach (piece, &list) {
		if (piece->text)
			strbuf_append(&out, piece->text, piece->len);
		else
			strbuf_printf(&out, "<%s%c %u:%s>", piece->spec, piece->verb, piece->arg,
				      type_name(&comp, piece->type));
	}
	return strbuf_text(&out);
}

static void verbs_take_sign_and_width_from_the_argument(void)
{
	start();
	give_text("a %d b %llu c %-8x d %hhd\n");
	give(comp.types->u64);
	give(comp.types->i16);
	give(comp.types->i32);
	give(comp.types->be32);
	CHECK_TEXT(pieces(true), "a <u 1:u64> b <d 2:i16> c <-8x 3:u32> d <u 4:u32>\n");
}

static void further_arguments_follow_with_spaces(void)
{
	start();
	give_text("n: ");
	give(comp.types->bool_);
	give(comp.types->char_);
	give(type_str(&comp, 4));
	give(comp.types->f64);
	CHECK_TEXT(pieces(false), "n: <s 1:bool> <c 2:char> <s 3:str(4)> <g 4:f64>");
	start();
	give_text("done");
	give(comp.types->u8);
	CHECK_TEXT(pieces(false), "done <u 1:u8>");
}

static void values_without_a_format_are_separated(void)
{
	start();
	give(comp.types->u8);
	give(comp.types->i64);
	CHECK_TEXT(pieces(true), "<u 0:u8> <d 1:i64>");
	start();
	CHECK_TEXT(pieces(true), "");
}

static void percent_signs_are_literal_when_doubled(void)
{
	start();
	give_text("100%% of %u%%");
	give(comp.types->u32);
	CHECK_TEXT(pieces(true), "100% of <u 1:u32>%");
}

static void wrong_arguments_are_refused(void)
{
	start();
	give_text("%s");
	give(comp.types->u32);
	CHECK_HAS(pieces(false), "`%s` prints text, found `u32`");
	start();
	give_text("%d %d");
	give(comp.types->u32);
	CHECK_HAS(pieces(false), "`%d` has no argument");
	start();
	give_text("%y");
	CHECK_HAS(pieces(false), "`%y` is no verb of print");
	start();
	give_text("50%");
	CHECK_HAS(pieces(false), "stands alone at the end");
	start();
	give(type_array(&comp, comp.types->u8, 6));
	CHECK_HAS(pieces(false), "`u8[6]` cannot be printed");
	start();
	give_text("%s");
	give(type_ptr(&comp, comp.types->u32, REGION_ANY));
	CHECK_HAS(pieces(false), "`%s` prints text, found `*u32`");
}

static void the_trace_pipe_knows_less(void)
{
	start();
	give_text("%.2d");
	give(comp.types->u32);
	CHECK_TEXT(pieces(false), "<.2u 1:u32>");
	CHECK_HAS(pieces(true), "knows widths only");
	start();
	give_text("%o");
	give(comp.types->u32);
	CHECK_HAS(pieces(true), "the kernel's trace pipe has no `%o`");
	start();
	for (int i = 0; i < 13; i++)
		give(comp.types->u32);
	CHECK_HAS(pieces(true), "at most 12 arguments, here are 13");
}

static const struct ks_test tests[] = {
	{"verbs_take_sign_and_width_from_the_argument",
	 verbs_take_sign_and_width_from_the_argument},
	{"further_arguments_follow_with_spaces", further_arguments_follow_with_spaces},
	{"values_without_a_format_are_separated", values_without_a_format_are_separated},
	{"percent_signs_are_literal_when_doubled", percent_signs_are_literal_when_doubled},
	{"wrong_arguments_are_refused", wrong_arguments_are_refused},
	{"the_trace_pipe_knows_less", the_trace_pipe_knows_less},
};

int main(void)
{
	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
