/* SPDX-License-Identifier: Apache-2.0 */
/* C from IR that is built by hand: the writer, expressions, control flow. */
#include "cgen/c_flow.h"
#include "cgen/c_inline.h"
#include "types/type.h"

#include "ks_test.h"

static struct compilation comp;
static struct strbuf out;

/* ---- the writer ---- */

static const char *written(void)
{
	static char text[8192];

	snprintf(text, sizeof(text), "%s", strbuf_text(&out));
	strbuf_clear(&out);
	return text;
}

static void test_blocks(void)
{
	struct cwriter w;

	cw_init(&w, &out);
	cw_blank(&w);
	cw_open_function(&w, "static int f(void)");
	cw_blank(&w);
	cw_open(&w, "if (x)");
	cw_line(&w, "a();");
	cw_blank(&w);
	cw_blank(&w);
	cw_line(&w, "b();");
	cw_blank(&w);
	cw_reopen(&w, "else if (%s)", "y");
	cw_line(&w, "c();");
	cw_close(&w, "%s", "");
	cw_outdented(&w, "done:");
	cw_close(&w, ";");
	CHECK_TEXT(written(), "static int f(void)\n{\n\tif (x) {\n\t\ta();\n\n\t\tb();\n"
			      "\t} else if (y) {\n\t\tc();\n\t}\ndone:\n};\n");
	cw_free(&w);
}

/* No line is longer than 100 columns where it can be broken, and none is broken in a literal. */
static void test_long_lines(void)
{
	struct cwriter w;
	const char *text;

	cw_init(&w, &out);
	cw_line(&w, "call(\"%045d, %045d\", second, third);", 0, 0);
	CHECK_TEXT(written(), "call(\"000000000000000000000000000000000000000000000, "
			      "000000000000000000000000000000000000000000000\",\n"
			      "\tsecond, third);\n");
	cw_line(&w, "if (first_condition_of_the_statement && second_condition_of_the_statement && "
		    "third_condition_of_the_statement)");
	CHECK_TEXT(written(), "if (first_condition_of_the_statement && "
			      "second_condition_of_the_statement &&\n"
			      "\t\tthird_condition_of_the_statement)\n");
	cw_line(&w, "if (%0100d)", 0); /* nowhere to break */
	text = written();
	CHECK(strchr(text, '\n') == text + strlen(text) - 1);
	w.depth = 30;
	cw_line(&w, "deep(%050d, %050d);", 0, 0);
	text = written();
	CHECK(strchr(text, '\n') != strrchr(text, '\n'));
	cw_free(&w);
}

static void test_comments(void)
{
	struct cwriter w;

	cw_init(&w, &out);
	cw_comment(&w, " One line.");
	CHECK_TEXT(written(), "/* One line. */\n");
	cw_comment(&w, "Ends */ early.\n\nAnd goes on.");
	CHECK_TEXT(written(), "/*\n * Ends * / early.\n *\n * And goes on.\n */\n");
	cw_free(&w);
}

static void test_literals(void)
{
	CHECK_TEXT(c_quoted(&comp, "a\"\\\n\t\0017?", 8), "\"a\\\"\\\\\\n\\t\\0017?\"");
	CHECK_TEXT(c_quoted(&comp, "\0\x7f", 2), "\"\\000\\177\"");
	CHECK_TEXT(c_identifier(&comp, "my-prog.1"), "my_prog_1");
	CHECK_TEXT(c_identifier(&comp, "1st"), "_1st");
	CHECK_TEXT(c_identifier(&comp, "register"), "register_");
	CHECK(c_name_is_reserved("ks_load") && c_name_is_reserved("uint8_t") &&
	      c_name_is_reserved("INT32_MAX") && c_name_is_reserved("u8"));
	CHECK(!c_name_is_reserved("interface") && !c_name_is_reserved("total"));
}

/* ---- expressions ---- */

static struct ir_module module;
static struct ir_func func;
static struct cgen cg;
static struct ir_local *a, *b, *narrow, *wide, *sign, *flag, *pointer;

static const char *op_text(enum ir_op op)
{
	return ir_op_name(op);
}

static struct c_text test_op(struct cgen *gen, const struct ir_expr *expr)
{
	return (struct c_text){c_format(gen, "%s()", op_text(expr->op.op)), PREC_POSTFIX};
}

static bool no_pointer(const struct ir_global *global)
{
	return false;
}

static struct c_shape test_shape(struct cgen *gen, const struct ir_func *f)
{
	return (struct c_shape){0};
}

static void test_throw(struct cgen *gen, const struct ir_stmt *stmt)
{
	c_put(gen, "return %s;", c_argument(gen, stmt->value));
}

static const struct c_backend backend = {.target = TARGET_USER,
					 .op = test_op,
					 .global_is_pointer = no_pointer,
					 .throw = test_throw,
					 .shape = test_shape};

static struct ir_local *param(const char *name, const struct type *type)
{
	struct ir_local *local = ir_local_new(&comp, &func, name, type, span_nowhere());

	local->is_param = true;
	vec_push(&comp.arena, &func.params, local);
	return local;
}

/* A function with one parameter of each kind; its body is given to finish(). */
static void begin(void)
{
	const struct type_table *types;

	compilation_init(&comp);
	types_init(&comp);
	types = comp.types;
	module = (struct ir_module){.comp = &comp, .name = "test"};
	func = (struct ir_func){.name = "f", .target = TARGET_USER, .result = types->u32};
	a = param("a", types->u32);
	b = param("b", types->u32);
	narrow = param("narrow", types->u8);
	wide = param("wide", types->u64);
	sign = param("sign", types->i32);
	flag = param("flag", types->bool_);
	pointer = param("pointer", type_ptr(&comp, types->u32, REGION_HEAP));
	cgen_init(&cg, &comp, &module, &backend, &out);
	cg.func = &func;
	c_locals_analyse(&cg);
}

static struct ir_expr *load(struct ir_local *local)
{
	return ir_load_local(&comp, local, span_nowhere());
}

static struct ir_expr *number(const struct type *type, uint64_t bits)
{
	return ir_const(&comp, type, bits, span_nowhere());
}

static struct ir_expr *bin(enum binary_op op, struct ir_expr *left, struct ir_expr *right)
{
	return ir_binary(&comp, IR_EXPR_BINARY, op, left->type, left, right, span_nowhere());
}

static struct ir_expr *cmp(enum binary_op op, struct ir_expr *left, struct ir_expr *right)
{
	return ir_binary(&comp, IR_EXPR_COMPARE, op, comp.types->bool_, left, right,
			 span_nowhere());
}

static struct ir_expr *both(enum ir_expr_kind kind, struct ir_expr *left, struct ir_expr *right)
{
	return ir_binary(&comp, kind, BINARY_LOGAND, comp.types->bool_, left, right,
			 span_nowhere());
}

static struct ir_expr * not(struct ir_expr * operand)
{
	struct ir_expr *expr = ir_expr_new(&comp, IR_EXPR_UNARY, operand->type, span_nowhere());

	expr->unary.op = UNARY_NOT;
	expr->unary.operand = operand;
	return expr;
}

static struct ir_expr *as(const struct type *type, struct ir_expr *operand)
{
	return ir_convert(&comp, IR_CONVERT_INT, type, operand);
}

#define EXACT(expr, wanted)	CHECK_TEXT(c_expr(&cg, expr).text, wanted)
#define CONVERTED(expr, wanted) CHECK_TEXT(c_argument(&cg, expr), wanted)
#define CONDITION(expr, wanted) CHECK_TEXT(c_condition(&cg, expr).text, wanted)

static void test_arithmetic(void)
{
	const struct type *u8, *u32, *u64, *i8, *i32, *i64;

	begin();
	u8 = comp.types->u8, u32 = comp.types->u32, u64 = comp.types->u64;
	i8 = comp.types->i8, i32 = comp.types->i32, i64 = comp.types->i64;
	/* Narrow sums are cut back only where somebody sees the high bits. */
	EXACT(bin(BINARY_ADD, load(narrow), number(u8, 1)), "(u8)(narrow + 1)");
	CONVERTED(bin(BINARY_ADD, load(narrow), number(u8, 1)), "narrow + 1");
	EXACT(bin(BINARY_AND, load(narrow), number(u8, 15)), "narrow & 15");
	EXACT(bin(BINARY_DIV, bin(BINARY_MUL, load(narrow), load(narrow)), number(u8, 3)),
	      "(u8)(narrow * narrow) / 3");
	/* One operand of the right width makes C compute in it. */
	EXACT(bin(BINARY_MUL, as(u64, load(a)), as(u64, load(b))), "(u64)a * b");
	EXACT(bin(BINARY_MUL, as(u64, load(a)), load(wide)), "a * wide");
	EXACT(bin(BINARY_ADD, number(u64, 1), number(u64, 2)), "1 + 2ull");
	EXACT(bin(BINARY_ADD, number(u64, 5), as(u64, load(a))), "5 + (u64)a");
	/* Conversions that change values are casts. */
	EXACT(as(u8, load(a)), "(u8)a");
	CONVERTED(as(u8, load(a)), "a");
	EXACT(as(u32, load(sign)), "(u32)sign");
	EXACT(as(i64, load(a)), "a");
	EXACT(as(i8, bin(BINARY_ADD, load(a), load(b))), "(i8)(a + b)");
	EXACT(as(u8, number(u32, 300)), "44");
	EXACT(as(i32, number(i8, (uint64_t)-1)), "-1");
	/* Division and shifts of the language where C has none. */
	EXACT(bin(BINARY_DIV, load(a), number(u32, 3)), "a / 3");
	EXACT(bin(BINARY_DIV, load(a), load(b)), "ks_div_u32(a, b)");
	EXACT(bin(BINARY_MOD, load(sign), number(i32, (uint64_t)-1)), "ks_mod_i32(sign, -1)");
	EXACT(bin(BINARY_SHL, number(u32, 1), load(b)), "ks_shl_u32(1, b)");
	EXACT(bin(BINARY_SHL, number(u64, 1), number(u32, 40)), "1ull << 40");
	EXACT(bin(BINARY_SHR, as(u64, load(a)), number(u32, 3)), "(u64)a >> 3");
	EXACT(bin(BINARY_SHL, load(narrow), number(u32, 3)), "(u8)(narrow << 3)");
}

static void test_parentheses(void)
{
	const struct type *u32;

	begin();
	u32 = comp.types->u32;
	EXACT(bin(BINARY_MUL, bin(BINARY_ADD, load(a), load(b)), load(a)), "(a + b) * a");
	EXACT(bin(BINARY_ADD, bin(BINARY_MUL, load(a), load(b)), load(a)), "a * b + a");
	EXACT(bin(BINARY_SUB, load(a), bin(BINARY_SUB, load(b), load(a))), "a - (b - a)");
	EXACT(bin(BINARY_SUB, bin(BINARY_SUB, load(a), load(b)), load(a)), "a - b - a");
	/* Compilers ask for these. */
	EXACT(bin(BINARY_OR, bin(BINARY_AND, load(a), load(b)), load(a)), "(a & b) | a");
	EXACT(bin(BINARY_SHL, bin(BINARY_ADD, load(a), load(b)), number(u32, 2)), "(a + b) << 2");
	EXACT(cmp(BINARY_EQ, bin(BINARY_AND, load(a), number(u32, 2)), number(u32, 2)),
	      "(a & 2) == 2");
	CONDITION(both(IR_EXPR_LOGOR, both(IR_EXPR_LOGAND, load(flag), load(flag)), load(flag)),
		  "(flag && flag) || flag");
	CONDITION(both(IR_EXPR_LOGAND, both(IR_EXPR_LOGAND, load(flag), load(flag)), load(flag)),
		  "flag && flag && flag");
	EXACT(cmp(BINARY_EQ, not(load(flag)), load(flag)), "(!flag) == flag");
}

static void test_comparisons(void)
{
	const struct type *u8, *u32, *i64, *ptr;

	begin();
	u8 = comp.types->u8, u32 = comp.types->u32, i64 = comp.types->i64;
	ptr = pointer->type;
	EXACT(cmp(BINARY_LT, as(i64, load(sign)), as(i64, load(a))), "(i64)sign < a");
	EXACT(cmp(BINARY_LT, as(u32, load(narrow)), load(a)), "narrow < a");
	EXACT(not(cmp(BINARY_LT, load(a), load(b))), "a >= b");
	CONDITION(cmp(BINARY_NE, load(pointer), number(ptr, 0)), "pointer");
	CONDITION(cmp(BINARY_EQ, load(pointer), number(ptr, 0)), "!pointer");
	EXACT(cmp(BINARY_EQ, load(pointer), number(ptr, 0)), "pointer == NULL");
	CONDITION(ir_convert(&comp, IR_CONVERT_BOOL, comp.types->bool_, load(a)), "a");
	EXACT(ir_convert(&comp, IR_CONVERT_BOOL, comp.types->bool_, load(a)), "a != 0");
	CONDITION(ir_convert(&comp, IR_CONVERT_BOOL, comp.types->bool_,
			     bin(BINARY_SHL, load(a), number(u32, 2))),
		  "a << 2 != 0");
	/* What a compiler would call always true or false is said. */
	EXACT(cmp(BINARY_GE, load(a), number(u32, 0)), "true");
	EXACT(cmp(BINARY_LT, as(u32, load(narrow)), number(u32, 256)), "true");
	EXACT(cmp(BINARY_LE, as(u32, load(narrow)), number(u32, 254)), "narrow <= 254");
	EXACT(cmp(BINARY_EQ, load(a), load(a)), "true");
	EXACT(cmp(BINARY_EQ, bin(BINARY_AND, load(a), number(u32, 4)), number(u32, 3)), "false");
	EXACT(cmp(BINARY_GT, number(u8, 0), load(narrow)), "false");
}

static void test_constants(void)
{
	begin();
	EXACT(number(comp.types->u32, 0xffffffff), "~0u");
	EXACT(number(comp.types->u64, 0xffffffff), "4294967295u");
	EXACT(number(comp.types->u64, ~0ull), "~0ull");
	EXACT(number(comp.types->u64, 1ull << 40), "0x10000000000ull");
	EXACT(number(comp.types->i32, (uint64_t)INT32_MIN), "-2147483647 - 1");
	EXACT(number(comp.types->i64, (uint64_t)INT64_MIN), "-9223372036854775807ll - 1");
	EXACT(number(comp.types->char_, 'a'), "'a'");
	EXACT(number(comp.types->char_, '\''), "'\\''");
	EXACT(number(comp.types->char_, 200), "200");
	EXACT(number(comp.types->be16, 0x5000), "KS_SWAP16(0x50)");
	EXACT(number(comp.types->bool_, 1), "true");
	EXACT(number(pointer->type, 0), "NULL");
}

/* ---- statements ---- */

static struct ir_stmt *stmt(enum ir_stmt_kind kind, struct ir_stmt_vec *list)
{
	struct ir_stmt *new = ir_stmt_new(&comp, kind, span_nowhere());

	vec_push(&comp.arena, list, new);
	return new;
}

static struct ir_stmt *set(struct ir_stmt_vec *list, struct ir_local *local, struct ir_expr *value)
{
	struct ir_stmt *new = stmt(IR_STMT_SET, list);

	new->set.local = local;
	new->set.value = value;
	return new;
}

static struct ir_expr *op(enum ir_op what, const struct type *type)
{
	struct ir_expr *expr = ir_expr_new(&comp, IR_EXPR_OP, type, span_nowhere());

	expr->op.op = what;
	return expr;
}

static void jump(struct ir_stmt_vec *list, enum ir_stmt_kind kind, uint32_t label)
{
	stmt(kind, list)->label = label;
}

static const char *body_text(void)
{
	static char text[8192];

	cg.func = &func;
	c_locals_analyse(&cg);
	cg.section = SECTION_START;
	cg.w.depth = 1;
	cg.w.at_start = true;
	c_stmts(&cg, &func.body);
	c_flush_label(&cg, false);
	c_marks_resolve(&cg, 0);
	snprintf(text, sizeof(text), "%s", strbuf_text(&out));
	strbuf_clear(&out);
	return text;
}

/* block { if (flag) break; a = 1 } becomes `if (!flag) a = 1;`. */
static void test_block_without_jump(void)
{
	struct ir_stmt *block, *test;

	begin();
	block = stmt(IR_STMT_BLOCK, &func.body);
	test = stmt(IR_STMT_IF, &block->block.body);
	test->iff.cond = load(flag);
	jump(&test->iff.then, IR_STMT_BREAK, 0);
	set(&block->block.body, a, number(a->type, 1));
	stmt(IR_STMT_RETURN, &func.body)->value = load(a);
	CHECK_TEXT(body_text(), "\tif (!flag)\n\t\ta = 1;\n\treturn a;\n");
}

/* Two ways out of a loop's inner block need a jump. */
static void test_block_with_jump(void)
{
	struct ir_stmt *block, *loop, *test;

	begin();
	block = stmt(IR_STMT_BLOCK, &func.body);
	loop = stmt(IR_STMT_LOOP, &block->block.body);
	loop->block.label = 1;
	test = stmt(IR_STMT_IF, &loop->block.body);
	test->iff.cond = load(flag);
	jump(&test->iff.then, IR_STMT_BREAK, 0);
	test = stmt(IR_STMT_IF, &loop->block.body);
	test->iff.cond = cmp(BINARY_EQ, load(a), load(b));
	jump(&test->iff.then, IR_STMT_BREAK, 1);
	set(&block->block.body, a, number(a->type, 1));
	stmt(IR_STMT_RETURN, &func.body)->value = load(a);
	CHECK_TEXT(body_text(), "\tfor (;;) {\n\t\tif (flag)\n\t\t\tgoto done;\n\t\tif (a == b)\n"
				"\t\t\tbreak;\n\t}\n\ta = 1;\ndone:\n\treturn a;\n");
}

/* t = time(); a = t: the call stands where its value goes. t = a || f() is one expression. */
static void test_temporaries(void)
{
	struct ir_local *t, *either, *second;
	struct ir_stmt *test;

	begin();
	t = ir_local_new(&comp, &func, "t_len", comp.types->u64, span_nowhere());
	either = ir_local_new(&comp, &func, "t_or", comp.types->bool_, span_nowhere());
	second = ir_local_new(&comp, &func, "t_stopping", comp.types->bool_, span_nowhere());
	t->is_temp = either->is_temp = second->is_temp = true;
	set(&func.body, t, op(IR_OP_MAP_LEN, comp.types->u64));
	set(&func.body, wide, load(t));
	set(&func.body, either, cmp(BINARY_EQ, load(a), load(b)));
	test = stmt(IR_STMT_IF, &func.body);
	test->iff.cond = not(load(either));
	set(&test->iff.then, second, op(IR_OP_STOPPING, comp.types->bool_));
	set(&test->iff.then, either, load(second));
	test = stmt(IR_STMT_IF, &func.body);
	test->iff.cond = load(either);
	stmt(IR_STMT_RETURN, &test->iff.then)->value = as(comp.types->u32, load(wide));
	stmt(IR_STMT_RETURN, &func.body)->value = load(a);
	CHECK_TEXT(body_text(),
		   "\twide = MAP_LEN();\n\tif (a == b || STOPPING())\n\t\treturn wide;\n"
		   "\treturn a;\n");
}

/* A value that lives from round to round is declared outside of the loop, others inside. */
static void test_declarations(void)
{
	struct ir_local *kept, *fresh;
	struct ir_stmt *loop, *test;

	begin();
	kept = ir_local_new(&comp, &func, "kept", comp.types->u32, span_nowhere());
	fresh = ir_local_new(&comp, &func, "fresh", comp.types->u32, span_nowhere());
	loop = stmt(IR_STMT_WHILE, &func.body);
	loop->whil.cond = load(flag);
	set(&loop->whil.body, fresh, bin(BINARY_ADD, load(a), load(b)));
	test = stmt(IR_STMT_IF, &loop->whil.body);
	test->iff.cond = cmp(BINARY_GT, load(fresh), load(kept));
	set(&test->iff.then, kept, load(fresh));
	stmt(IR_STMT_RETURN, &func.body)->value = load(a);
	CHECK_TEXT(body_text(), "\tu32 kept = 0;\n\n\twhile (flag) {\n\t\tu32 fresh = a + b;\n\n"
				"\t\tif (fresh > kept)\n\t\t\tkept = fresh;\n\t}\n\treturn a;\n");
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"blocks and braces", test_blocks},
		{"long lines", test_long_lines},
		{"comments", test_comments},
		{"literals and names", test_literals},
		{"arithmetic in the right width", test_arithmetic},
		{"parentheses", test_parentheses},
		{"comparisons", test_comparisons},
		{"constants", test_constants},
		{"a block without a jump", test_block_without_jump},
		{"a block with a jump", test_block_with_jump},
		{"temporaries", test_temporaries},
		{"declarations", test_declarations},
	};

	compilation_init(&comp);
	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
