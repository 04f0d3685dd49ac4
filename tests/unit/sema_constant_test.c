/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant expressions, their types and the ranges of expressions. Ranges are compared with the
 * values that random expressions really have, computed by an interpreter of its own.
 */
#include "ks_test.h"
#include "sema/constant.h"

static struct compilation comp;
static struct sema sema = {.comp = &comp};

static void setup(void)
{
	compilation_init(&comp);
	types_init(&comp);
	source_add(&comp.sources, "test.ks", "", 0);
}

static struct expr *expr_new(enum expr_kind kind)
{
	struct expr *expr = arena_new(&comp.arena, struct expr);

	expr->kind = kind;
	expr->span = span_nowhere();
	return expr;
}

static struct expr *number(uint64_t value)
{
	struct expr *expr = expr_new(EXPR_INT);

	expr->constant = sema_constant_unsigned(value);
	expr->type = sema_constant_default(&sema, &expr->constant);
	return expr;
}

static struct expr *unary(enum unary_op op, struct expr *operand)
{
	struct expr *expr = expr_new(EXPR_UNARY);

	expr->unary.op = op;
	expr->unary.operand = operand;
	sema_fold(&sema, expr);
	expr->type = sema_constant_default(&sema, &expr->constant);
	return expr;
}

static struct expr *binary(enum binary_op op, struct expr *left, struct expr *right)
{
	struct expr *expr = expr_new(EXPR_BINARY);

	expr->binary.op = op;
	expr->binary.op_span = span_nowhere();
	expr->binary.left = left;
	expr->binary.right = right;
	sema_fold(&sema, expr);
	expr->type = sema_constant_default(&sema, &expr->constant);
	return expr;
}

static const char *text_of(const struct expr *expr)
{
	return arena_printf(&comp.arena, "%s %s", sema_constant_text(&sema, &expr->constant),
			    type_name(&comp, expr->type));
}

/* The slug of the only diagnostic since the last call, "" without one. */
static const char *reported(void)
{
	const char *slug = comp.diags.len ? diag_slugs[comp.diags.data[0]->slug].slug : "";

	CHECK(comp.diags.len <= 1);
	comp.diags.len = 0;
	return slug;
}

#define MINUS(e)    unary(UNARY_NEG, e)
#define INVERT(e)   unary(UNARY_BITNOT, e)
#define ADD(a, b)   binary(BINARY_ADD, a, b)
#define SUB(a, b)   binary(BINARY_SUB, a, b)
#define MUL(a, b)   binary(BINARY_MUL, a, b)
#define SHIFT(a, b) binary(BINARY_SHL, a, b)

static void test_exact(void)
{
	setup();
	CHECK_TEXT(text_of(ADD(number(200), number(100))), "300 u32");
	CHECK_TEXT(text_of(ADD(number(UINT32_MAX), number(1))), "4294967296 u64");
	CHECK_TEXT(text_of(SUB(number(1), number(2))), "-1 i64");
	CHECK_TEXT(text_of(SUB(ADD(number(UINT64_MAX), MINUS(number(1))), number(UINT32_MAX))),
		   "18446744069414584319 u64");
	CHECK_TEXT(text_of(binary(BINARY_DIV, MINUS(number(7)), number(2))), "-3 i64");
	CHECK_TEXT(text_of(binary(BINARY_MOD, MINUS(number(7)), number(2))), "-1 i64");
	CHECK_TEXT(text_of(binary(BINARY_SHR, MINUS(number(7)), number(1))), "-4 i64");
	CHECK_TEXT(text_of(binary(BINARY_LT, MINUS(number(1)), number(UINT64_MAX))), "1 u32");
	CHECK_TEXT(text_of(MINUS(SUB(number(0), MUL(number(1u << 31), number(1ull << 32))))),
		   "9223372036854775808 u64");
	CHECK_TEXT(reported(), "");
}

static void test_beyond_64_bits(void)
{
	setup();
	ADD(number(UINT64_MAX), number(1));
	CHECK_TEXT(reported(), "const-overflow");
	MUL(number(UINT64_MAX), number(UINT64_MAX));
	CHECK_TEXT(reported(), "const-overflow");
	MINUS(number((1ull << 63) + 1));
	CHECK_TEXT(reported(), "const-overflow");
	MINUS(number(1ull << 63));
	CHECK_TEXT(reported(), "");
	binary(BINARY_DIV, number(1), number(0));
	CHECK_TEXT(reported(), "division-by-zero");
	binary(BINARY_MOD, number(1), number(0));
	CHECK_TEXT(reported(), "division-by-zero");
	SHIFT(number(1), number(64));
	CHECK_TEXT(reported(), "shift-range");
	binary(BINARY_SHR, number(1), number(32));
	CHECK_TEXT(reported(), "shift-range");
}

static const char *retyped(struct expr *expr, const struct type *type)
{
	sema_constant_retype(&sema, expr, type);
	return text_of(expr);
}

static void test_width_comes_from_the_context(void)
{
	const struct type_table *t;

	setup();
	t = comp.types;
	CHECK_TEXT(text_of(INVERT(number(0))), "4294967295 u32");
	CHECK_TEXT(retyped(INVERT(number(0)), t->u64), "18446744073709551615 u64");
	CHECK_TEXT(retyped(INVERT(number(0xf)), t->u8), "240 u8");
	CHECK_TEXT(retyped(INVERT(number(0xff)), t->i32), "-256 i32");
	CHECK_TEXT(retyped(INVERT(number(0x0f)), t->be16), "65520 be16");
	CHECK_TEXT(retyped(binary(BINARY_AND, INVERT(number(0xff)), number(0xffff)), t->u16),
		   "65280 u16");
	/* An operand of 64 bits makes the whole 64 bits wide. */
	CHECK_TEXT(text_of(binary(BINARY_AND, INVERT(number(0)), number(0xff00000000))),
		   "1095216660480 u64");
	CHECK_TEXT(text_of(SHIFT(number(1), number(40))), "1099511627776 u64");
	CHECK_TEXT(retyped(SHIFT(number(0xff), number(4)), t->u8), "240 u8");
	CHECK_TEXT(retyped(SHIFT(number(1), number(31)), t->i32), "-2147483648 i32");
	CHECK_TEXT(reported(), "");
	retyped(SHIFT(number(1), number(40)), t->u32);
	CHECK_TEXT(reported(), "shift-range");
	/* What is computed without them is exact and has to fit. */
	retyped(ADD(number(200), number(100)), t->u8);
	CHECK_TEXT(reported(), "const-overflow");
}

static void test_casts_cut(void)
{
	struct expr *cast;

	setup();
	cast = expr_new(EXPR_CAST);
	cast->cast.operand = number(300);
	cast->type = comp.types->u8;
	sema_fold(&sema, cast);
	CHECK_TEXT(text_of(cast), "44 u8");
	cast->cast.operand = MINUS(number(1));
	cast->type = comp.types->u32;
	sema_fold(&sema, cast);
	CHECK_TEXT(text_of(cast), "4294967295 u32");
	cast->cast.operand = INVERT(number(0));
	cast->type = comp.types->u64;
	sema_fold(&sema, cast);
	CHECK_TEXT(text_of(cast), "18446744073709551615 u64");
	cast->cast.operand = number(7);
	cast->type = comp.types->bool_;
	sema_fold(&sema, cast);
	CHECK_TEXT(text_of(cast), "1 bool");
	cast->cast.operand->constant = (struct constant){.kind = CONSTANT_FLOAT, .number = -1e30};
	cast->type = comp.types->i8;
	sema_fold(&sema, cast);
	CHECK_TEXT(text_of(cast), "-128 i8");
	CHECK_TEXT(reported(), "");
}

static void test_bits_of_the_machine(void)
{
	struct constant minus_two = sema_constant_int(-2), port = sema_constant_int(0x1234);

	setup();
	CHECK(sema_constant_bits(&minus_two, comp.types->i8) == UINT64_MAX - 1);
	CHECK(sema_constant_bits(&minus_two, comp.types->u16) == 0xfffe);
	CHECK(sema_constant_bits(&port, comp.types->be16) == 0x3412);
	CHECK(sema_constant_bits(&port, comp.types->be32) == 0x34120000);
	CHECK(sema_constant_bits(&port, comp.types->be64) == 0x3412000000000000);
}

static void test_texts(void)
{
	struct constant text = {.kind = CONSTANT_STRING, .text = "a\n\"\\\x01", .len = 5};

	setup();
	CHECK_TEXT(sema_constant_text(&sema, &text), "\"a\\n\\\"\\\\\\x01\"");
	text.text = "0123456789012345678901234567890123456789x";
	text.len = 41;
	CHECK_TEXT(sema_constant_text(&sema, &text),
		   "\"0123456789012345678901234567890123456789...\"");
}

/* ---- ranges ---- */

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(random_state >> 33) % n;
}

#define VARIABLES 4

static int64_t variables[VARIABLES];

/* Variable number `i` is an EXPR_NAME whose text says so. */
static struct expr *variable(unsigned i)
{
	static const char *const names[VARIABLES] = {"0", "1", "2", "3"};
	struct expr *expr = expr_new(EXPR_NAME);

	expr->name.text = names[i];
	expr->type = type_int(&comp, i & 1 ? 16 : 8, i & 2);
	return expr;
}

static struct expr *random_expr(unsigned depth)
{
	static const enum binary_op ops[] = {BINARY_ADD, BINARY_SUB, BINARY_MUL, BINARY_DIV,
					     BINARY_MOD, BINARY_AND, BINARY_OR,	 BINARY_XOR,
					     BINARY_SHL, BINARY_SHR};
	struct expr *expr;

	if (!depth || !random_below(4))
		return random_below(2)
			       ? variable(random_below(VARIABLES))
			       : number(random_below(3) ? random_below(20) : random_below(70000));
	if (!random_below(5)) {
		expr = expr_new(EXPR_CAST);
		expr->cast.operand = random_expr(depth - 1);
		expr->type = type_int(&comp, 8u << random_below(3), random_below(2));
		return expr;
	}
	expr = expr_new(EXPR_BINARY);
	expr->binary.op = ops[random_below(sizeof(ops) / sizeof(ops[0]))];
	expr->binary.left = random_expr(depth - 1);
	expr->binary.right = random_expr(depth - 1);
	if (expr->binary.op == BINARY_SHL || expr->binary.op == BINARY_SHR)
		expr->type = expr->binary.left->type;
	else
		expr->type =
			sema_balance(&sema, expr->binary.left, expr->binary.right, span_nowhere());
	return expr;
}

static int64_t cut(__int128 value, const struct type *type)
{
	return (int64_t)wide_wrap(value, type_bits(type), type_is_signed(type));
}

static int64_t compute(const struct expr *expr);

static int64_t compute_operand(const struct expr *expr)
{
	int64_t value = compute(expr);

	return expr->to ? cut(value, expr->to) : value;
}

/* The meaning that the language gives to arithmetic at run time. */
static int64_t compute(const struct expr *expr)
{
	__int128 a, b;
	unsigned bits = type_bits(expr->type);

	if (expr->constant.kind == CONSTANT_INT)
		return (int64_t)constant_wide(&expr->constant);
	if (expr->kind == EXPR_NAME)
		return cut(variables[*expr->name.text - '0'], expr->type);
	if (expr->kind == EXPR_CAST)
		return cut(compute(expr->cast.operand), expr->type);
	a = compute_operand(expr->binary.left);
	b = compute_operand(expr->binary.right);
	switch (expr->binary.op) {
	case BINARY_ADD:
		return cut(a + b, expr->type);
	case BINARY_SUB:
		return cut(a - b, expr->type);
	case BINARY_MUL:
		return cut(a * b, expr->type);
	case BINARY_DIV:
		return cut(b ? a / b : 0, expr->type);
	case BINARY_MOD:
		return cut(b ? a % b : a, expr->type);
	case BINARY_AND:
		return cut(a & b, expr->type);
	case BINARY_OR:
		return cut(a | b, expr->type);
	case BINARY_XOR:
		return cut(a ^ b, expr->type);
	case BINARY_SHL:
		return cut(a * ((__int128)1 << (uint64_t)b % bits), expr->type);
	default:
		return cut(a >> (unsigned)((uint64_t)b % bits), expr->type);
	}
}

static void test_ranges_hold_every_value(void)
{
	unsigned narrow = 0;

	setup();
	for (unsigned round = 0; round < 20000; round++) {
		struct constant low, high;
		__int128 type_low, type_high;
		struct expr *expr;

		comp.diags.len = 0;
		expr = random_expr(3);
		if (comp.diags.len)
			continue; /* operands without a common type */
		CHECK(sema_range(expr, &low, &high));
		type_value_range(expr->type, &type_low, &type_high);
		narrow += expr->kind != EXPR_INT &&
			  (constant_wide(&low) > type_low || constant_wide(&high) < type_high);
		for (unsigned i = 0; i < 20; i++) {
			int64_t value;

			for (unsigned k = 0; k < VARIABLES; k++)
				variables[k] = random_below(2) ? random_below(70000)
							       : -(int64_t)random_below(5);
			value = compute(expr);
			CHECK(value >= constant_wide(&low) && value <= constant_wide(&high));
		}
		if (ks_test_failures)
			break;
	}
	/* Ranges that are the types' own would hold every value too. */
	CHECK(narrow > 1000);
}

static bool range_is(const struct expr *expr, int64_t from, int64_t to)
{
	struct constant low, high;

	return sema_range(expr, &low, &high) && constant_wide(&low) == from &&
	       constant_wide(&high) == to;
}

static struct expr *with_type(struct expr *expr, const struct type *type)
{
	expr->type = type;
	return expr;
}

static void test_ranges_prove_what_people_write(void)
{
	const struct type *u32;
	struct expr *x, *wide;

	setup();
	u32 = comp.types->u32;
	x = with_type(variable(0), u32);
	CHECK(range_is(with_type(binary(BINARY_AND, x, number(255)), u32), 0, 255));
	CHECK(range_is(with_type(binary(BINARY_MOD, x, number(10)), u32), 0, 9));
	CHECK(range_is(with_type(binary(BINARY_SHR, x, number(24)), u32), 0, 255));
	CHECK(range_is(with_type(binary(BINARY_ADD, x, number(1)), u32), 0, UINT32_MAX));
	wide = variable(0);
	wide->to = u32;
	CHECK(range_is(with_type(binary(BINARY_ADD, wide, number(1)), u32), 1, 256));
	x = expr_new(EXPR_CAST);
	x->cast.operand = with_type(variable(0), comp.types->bool_);
	x->type = u32;
	CHECK(range_is(x, 0, 1));
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"constant expressions are exact", test_exact},
		{"beyond 64 bits", test_beyond_64_bits},
		{"the width comes from the context", test_width_comes_from_the_context},
		{"casts cut", test_casts_cut},
		{"bits of the machine", test_bits_of_the_machine},
		{"texts", test_texts},
		{"ranges hold every value", test_ranges_hold_every_value},
		{"ranges prove what people write", test_ranges_prove_what_people_write},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
