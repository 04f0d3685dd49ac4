/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic on constants is what the machine does: every operation of all pairs of 8-bit numbers
 * against plain C on wider ones, the edges of the other widths by hand.
 */
#include "ks_test.h"

#include "ir/ir_eval.h"

static struct compilation comp;

static void setup(void)
{
	compilation_init(&comp);
	types_init(&comp);
}

static int divide(int a, int b, bool modulo)
{
	if (!b)
		return modulo ? a : 0;
	return modulo ? a % b : a / b;
}

/* What the language says, on numbers that do not overflow an int. */
static int expected(enum binary_op op, int a, int b)
{
	switch (op) {
	case BINARY_ADD:
		return a + b;
	case BINARY_SUB:
		return a - b;
	case BINARY_MUL:
		return a * b;
	case BINARY_DIV:
	case BINARY_MOD:
		return divide(a, b, op == BINARY_MOD);
	case BINARY_AND:
		return a & b;
	case BINARY_OR:
		return a | b;
	case BINARY_XOR:
		return a ^ b;
	case BINARY_SHL:
		return a * (1 << (b & 7));
	default: /* >> rounds down */
		return a >= 0 ? a / (1 << (b & 7)) : -((-a + (1 << (b & 7)) - 1) / (1 << (b & 7)));
	}
}

static void every_operation_on_bytes(void)
{
	setup();
	for (int is_signed = 0; is_signed < 2; is_signed++) {
		const struct type *type = type_int(&comp, 8, is_signed);
		int low = is_signed ? -128 : 0, high = is_signed ? 127 : 255;

		for (int op = BINARY_ADD; op <= BINARY_SHR; op++) {
			for (int a = low; a <= high; a++) {
				for (int b = low; b <= high; b++) {
					int want = expected((enum binary_op)op, a, b);
					uint64_t got = ir_eval_binary((enum binary_op)op, type,
								      (uint64_t)(int64_t)a,
								      (uint64_t)(int64_t)b);

					want = is_signed ? (signed char)want : (unsigned char)want;
					if ((int64_t)got != want) {
						printf("%d %s %d: %lld, not %d\n", a,
						       ast_binary_text((enum binary_op)op), b,
						       (long long)got, want);
						CHECK((int64_t)got == want);
						return;
					}
				}
			}
		}
	}
}

static void every_comparison_of_bytes(void)
{
	setup();
	for (int a = -128; a < 128; a++) {
		for (int b = -128; b < 128; b++) {
			const struct type *type = comp.types->i8;
			uint64_t left = (uint64_t)(int64_t)a, right = (uint64_t)(int64_t)b;

			if (ir_eval_compare(BINARY_LT, type, left, right) != (a < b) ||
			    ir_eval_compare(BINARY_LE, type, left, right) != (a <= b) ||
			    ir_eval_compare(BINARY_GT, type, left, right) != (a > b) ||
			    ir_eval_compare(BINARY_GE, type, left, right) != (a >= b) ||
			    ir_eval_compare(BINARY_EQ, type, left, right) != (a == b) ||
			    ir_eval_compare(BINARY_NE, type, left, right) != (a != b))
				CHECK_INT(a, b);
		}
	}
}

static void edges_of_wide_types(void)
{
	const struct type *i64, *u64, *i32, *u32;

	setup();
	i64 = comp.types->i64;
	u64 = comp.types->u64;
	i32 = comp.types->i32;
	u32 = comp.types->u32;
	CHECK_INT(ir_eval_binary(BINARY_DIV, i64, (uint64_t)INT64_MIN, UINT64_MAX), INT64_MIN);
	CHECK_INT(ir_eval_binary(BINARY_MOD, i64, (uint64_t)INT64_MIN, UINT64_MAX), 0);
	CHECK_INT(ir_eval_binary(BINARY_ADD, u64, UINT64_MAX, 2), 1);
	CHECK_INT(ir_eval_binary(BINARY_SHL, u64, 1, 64 + 63), INT64_MIN);
	CHECK_INT(ir_eval_binary(BINARY_SHR, i64, UINT64_MAX, 63), -1);
	CHECK_INT(ir_eval_binary(BINARY_ADD, i32, INT32_MAX, 1), INT32_MIN);
	CHECK_INT(ir_eval_binary(BINARY_MUL, u32, 65536, 65536), 0);
	CHECK_INT(ir_eval_binary(BINARY_SHR, i32, (uint64_t)(int64_t)INT32_MIN, 32 + 31), -1);
	CHECK_INT(ir_eval_unary(UNARY_NEG, i64, (uint64_t)INT64_MIN), INT64_MIN);
	CHECK_INT(ir_eval_unary(UNARY_BITNOT, u32, 0), UINT32_MAX);
}

static void conversions(void)
{
	const struct type_table *types;

	setup();
	types = comp.types;
	CHECK_INT(ir_eval_convert(IR_CONVERT_INT, types->i8, types->u32, 0x1ff), -1);
	CHECK_INT(ir_eval_convert(IR_CONVERT_INT, types->u64, types->i8, UINT64_MAX), -1);
	CHECK_INT(ir_eval_convert(IR_CONVERT_INT, types->u16, types->i8, UINT64_MAX), 0xffff);
	CHECK_INT(ir_eval_convert(IR_CONVERT_SWAP, types->be16, types->u16, 0x1234), 0x3412);
	CHECK_INT(ir_eval_convert(IR_CONVERT_SWAP, types->u32, types->be32, 0x12345678),
		  0x78563412);
	CHECK_INT(ir_eval_convert(IR_CONVERT_BOOL, types->bool_, types->u32, 256), 1);
	CHECK_INT(ir_eval_from_float(types->u8, 300.5), 255);
	CHECK_INT(ir_eval_from_float(types->u8, -3), 0);
	CHECK_INT(ir_eval_from_float(types->i8, -300), -128);
	CHECK_INT(ir_eval_from_float(types->i32, -2.9), -2);
	CHECK_INT(ir_eval_from_float(types->i64, 1e300), INT64_MAX);
	CHECK_INT(ir_eval_from_float(types->u64, 0.0 / 0.0), 0);
	CHECK(ir_eval_to_float(types->i32, UINT64_MAX) == -1.0);
	CHECK(ir_eval_to_float(types->u64, UINT64_MAX) == 0x1p64);
}

static struct ir_expr *number(uint64_t bits)
{
	return ir_const(&comp, comp.types->u32, bits, span_nowhere());
}

/* Stands for a value that is not known. */
static struct ir_expr *unknown(void)
{
	struct ir_func *func = arena_new(&comp.arena, struct ir_func);

	return ir_load_local(&comp, ir_local_new(&comp, func, "x", comp.types->u32, span_nowhere()),
			     span_nowhere());
}

static struct ir_expr *simplified(enum binary_op op, struct ir_expr *left, struct ir_expr *right)
{
	return ir_simplify(&comp, ir_binary(&comp, IR_EXPR_BINARY, op, left->type, left, right,
					    span_nowhere()));
}

static void operations_that_change_nothing_vanish(void)
{
	struct ir_expr *x, *result;

	setup();
	x = unknown();
	CHECK(simplified(BINARY_ADD, x, number(0)) == x);
	CHECK(simplified(BINARY_MUL, x, number(1)) == x);
	CHECK(simplified(BINARY_DIV, x, number(1)) == x);
	CHECK(simplified(BINARY_MOD, x, number(0)) == x);
	CHECK(simplified(BINARY_SHL, x, number(32)) == x);
	CHECK(simplified(BINARY_AND, x, number(UINT32_MAX)) == x);
	CHECK(simplified(BINARY_MUL, x, number(0)) != x);
	result = simplified(BINARY_DIV, x, number(7));
	CHECK(result != x && result->binary.divisor_nonzero);
	result = simplified(BINARY_DIV, x, number(0));
	CHECK(result != x && !result->binary.divisor_nonzero);
	result = simplified(BINARY_SUB, number(3), number(5));
	CHECK(result->kind == IR_EXPR_CONST && result->bits == UINT32_MAX - 1);
}

static const struct ks_test tests[] = {
	{"operations", every_operation_on_bytes},
	{"comparisons", every_comparison_of_bytes},
	{"edges", edges_of_wide_types},
	{"conversions", conversions},
	{"simplify", operations_that_change_nothing_vanish},
};

int main(void)
{
	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
