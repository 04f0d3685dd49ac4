/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values that an expression can have, as far as the expression itself shows it: what proves
 * that a conversion keeps the value and that a comparison can never vary. Nothing is remembered
 * about variables: they have all values of their type.
 */
#include "sema/constant.h"

/* Deeper operands count with their type: a proof that long is nobody's intent. */
#define DEPTH_MAX 24

struct range {
	__int128 low, high;
};

static bool range_of(const struct expr *expr, int depth, struct range *range);

/* The range of an operand as its operator sees it: converted to `to`. */
static bool range_of_operand(const struct expr *expr, int depth, struct range *range)
{
	struct range after;

	if (!range_of(expr, depth + 1, range))
		return false;
	if (!expr->to)
		return true;
	if (!type_value_range(expr->to, &after.low, &after.high))
		return false;
	/* A conversion that may wrap gives any value of its type. */
	if (range->low < after.low || range->high > after.high)
		*range = after;
	return true;
}

static __int128 min(__int128 a, __int128 b)
{
	return a < b ? a : b;
}

static __int128 max(__int128 a, __int128 b)
{
	return a > b ? a : b;
}

/* All ones up to the highest bit of `value`, which is not negative. */
static __int128 fill_bits(__int128 value)
{
	__int128 ones = 0;

	while (ones < value)
		ones = ones * 2 + 1;
	return ones;
}

static struct range multiply(struct range a, struct range b)
{
	/* Factors have up to 65 bits, so that a product may need more than 128. */
	__int128 ends[4];
	struct range range;

	if (__builtin_mul_overflow(a.low, b.low, &ends[0]) ||
	    __builtin_mul_overflow(a.low, b.high, &ends[1]) ||
	    __builtin_mul_overflow(a.high, b.low, &ends[2]) ||
	    __builtin_mul_overflow(a.high, b.high, &ends[3]))
		return (struct range){WIDE_MIN - 1, WIDE_MAX + 1};
	range.low = min(min(ends[0], ends[1]), min(ends[2], ends[3]));
	range.high = max(max(ends[0], ends[1]), max(ends[2], ends[3]));
	return range;
}

/* Division by zero gives 0, the remainder of it the dividend. */
static bool divide(enum binary_op op, struct range a, struct range b, struct range *range)
{
	__int128 size = max(-min(b.low, 0), max(b.high, 0));

	if (op == BINARY_DIV) {
		if (b.low != b.high || b.low <= 0)
			/* Not larger than the dividend, and -1 may turn the sign. */
			*range = (struct range){b.low < 0 ? min(a.low, -a.high) : min(a.low, 0),
						b.low < 0 ? max(a.high, -a.low) : max(a.high, 0)};
		else
			*range = (struct range){a.low / b.low, a.high / b.low};
		return true;
	}
	if (b.low <= 0 && b.high >= 0) {
		*range = (struct range){min(a.low, 0), max(a.high, 0)};
		return true;
	}
	range->low = a.low < 0 ? max(a.low, -(size - 1)) : 0;
	range->high = a.high > 0 ? min(a.high, size - 1) : 0;
	return true;
}

static bool bitwise(enum binary_op op, struct range a, struct range b, struct range *range)
{
	if (op == BINARY_AND) {
		/* One operand that is not negative bounds the result. */
		if (a.low >= 0 && b.low >= 0)
			*range = (struct range){0, min(a.high, b.high)};
		else if (a.low >= 0 || b.low >= 0)
			*range = (struct range){0, a.low >= 0 ? a.high : b.high};
		else
			return false;
		return true;
	}
	if (a.low < 0 || b.low < 0)
		return false;
	*range = (struct range){op == BINARY_OR ? max(a.low, b.low) : 0,
				fill_bits(max(a.high, b.high))};
	return true;
}

/* Counts are taken modulo the width, so only constant ones below it tell anything. */
static bool shift(enum binary_op op, struct range a, struct range b, unsigned bits,
		  struct range *range)
{
	if (b.low != b.high || b.low < 0 || b.low >= bits)
		return false;
	if (op == BINARY_SHR)
		*range = (struct range){a.low >> (int)b.low, a.high >> (int)b.low};
	else
		*range = multiply(
			a, (struct range){(__int128)1 << (int)b.low, (__int128)1 << (int)b.low});
	return true;
}

static bool range_of_binary(const struct expr *expr, int depth, struct range *range)
{
	struct range a, b;

	if (!range_of_operand(expr->binary.left, depth, &a) ||
	    !range_of_operand(expr->binary.right, depth, &b))
		return false;
	switch (expr->binary.op) {
	case BINARY_ADD:
		*range = (struct range){a.low + b.low, a.high + b.high};
		return true;
	case BINARY_SUB:
		*range = (struct range){a.low - b.high, a.high - b.low};
		return true;
	case BINARY_MUL:
		*range = multiply(a, b);
		return true;
	case BINARY_DIV:
	case BINARY_MOD:
		return divide(expr->binary.op, a, b, range);
	case BINARY_AND:
	case BINARY_OR:
	case BINARY_XOR:
		return bitwise(expr->binary.op, a, b, range);
	case BINARY_SHL:
	case BINARY_SHR:
		return shift(expr->binary.op, a, b, type_bits(expr->type), range);
	case BINARY_NONE:
	case BINARY_EQ:
	case BINARY_NE:
	case BINARY_LT:
	case BINARY_LE:
	case BINARY_GT:
	case BINARY_GE:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
		return false; /* their type says it: 0 and 1 */
	}
	return false;
}

/* False where the kind of the expression tells nothing beyond its type. */
static bool range_of_kind(const struct expr *expr, int depth, struct range *range)
{
	struct range other;

	switch (expr->kind) {
	case EXPR_BINARY:
		return range_of_binary(expr, depth, range);
	case EXPR_CAST:
		/* `as` keeps the number, also from and to network order. */
		return range_of(expr->cast.operand, depth + 1, range);
	case EXPR_COND:
		if (!range_of_operand(expr->cond.then, depth, range) ||
		    !range_of_operand(expr->cond.otherwise, depth, &other))
			return false;
		range->low = min(range->low, other.low);
		range->high = max(range->high, other.high);
		return true;
	case EXPR_FIELD:
		if (!expr->field.field || !expr->field.field->bit_size ||
		    type_is_signed(expr->type))
			return false;
		*range = (struct range){0, ((__int128)1 << expr->field.field->bit_size) - 1};
		return true;
	case EXPR_UNARY:
		if (expr->unary.op != UNARY_NEG ||
		    !range_of_operand(expr->unary.operand, depth, &other))
			return false;
		*range = (struct range){-other.high, -other.low};
		return true;
	case EXPR_INT:
	case EXPR_FLOAT:
	case EXPR_CHAR:
	case EXPR_STRING:
	case EXPR_BOOL:
	case EXPR_NULL:
	case EXPR_NAME:
	case EXPR_CALL:
	case EXPR_INDEX:
	case EXPR_ARRAY:
	case EXPR_STRUCT:
	case EXPR_MATCH:
	case EXPR_IF:
	case EXPR_NEW:
	case EXPR_SIZEOF:
	case EXPR_ERROR:
		return false;
	}
	return false;
}

static bool range_of(const struct expr *expr, int depth, struct range *range)
{
	struct range whole;

	if (!expr->type || !type_value_range(expr->type, &whole.low, &whole.high))
		return false;
	if (expr->constant.kind == CONSTANT_INT) {
		range->low = range->high = constant_wide(&expr->constant);
		return true;
	}
	/* Arithmetic that may leave its type wraps: then any value is possible. */
	if (depth >= DEPTH_MAX || !range_of_kind(expr, depth, range) || range->low < whole.low ||
	    range->high > whole.high)
		*range = whole;
	return true;
}

bool sema_range(const struct expr *expr, struct constant *low, struct constant *high)
{
	struct range range;

	if (!range_of(expr, 0, &range))
		return false;
	*low = constant_from_wide(range.low);
	*high = constant_from_wide(range.high);
	return true;
}
