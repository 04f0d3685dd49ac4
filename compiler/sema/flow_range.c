/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/flow_range.h"

static __int128 least(__int128 a, __int128 b)
{
	return a < b ? a : b;
}

static __int128 greatest(__int128 a, __int128 b)
{
	return a > b ? a : b;
}

static struct range range_make(__int128 low, __int128 high)
{
	return (struct range){low, high};
}

struct range range_of_value(int64_t value)
{
	return range_make(value, value);
}

struct range range_of_type(const struct type *type)
{
	unsigned bits;

	type = type_underlying(type);
	switch (type->kind) {
	case TYPE_BOOL:
		return range_make(0, 1);
	case TYPE_CHAR:
		return range_make(0, 255);
	case TYPE_INT:
		bits = type->integer.bits;
		if (type->integer.is_signed)
			return range_make(-((__int128)1 << (bits - 1)),
					  ((__int128)1 << (bits - 1)) - 1);
		return range_make(0, ((__int128)1 << bits) - 1);
	default: /* not a number: nothing is known */
		return range_make(INT64_MIN, UINT64_MAX);
	}
}

struct range range_of_constant(const struct constant *constant)
{
	__int128 value = constant->bits;

	if (constant->kind != CONSTANT_INT)
		return range_make(INT64_MIN, UINT64_MAX);
	if (constant->negative)
		value = -value;
	return range_make(value, value);
}

struct range range_in_type(struct range range, const struct type *type)
{
	struct range all = range_of_type(type);

	return range.low >= all.low && range.high <= all.high ? range : all;
}

struct range range_join(struct range a, struct range b)
{
	return range_make(least(a.low, b.low), greatest(a.high, b.high));
}

bool range_equal(struct range a, struct range b)
{
	return a.low == b.low && a.high == b.high;
}

bool range_has(struct range range, int64_t value)
{
	return range.low <= value && value <= range.high;
}

/* ---- arithmetic ---- */

/*
 * The least and greatest of a product or quotient of two ranges stand at their ends. A quotient's
 * divisor is cut at zero first, for 1 and -1 give the extremes there.
 */
static struct range corners(enum binary_op op, struct range left, struct range right)
{
	const __int128 lefts[] = {left.low, left.high}, rights[] = {right.low, right.high};
	struct range result = {0};

	for (int i = 0; i < 4; i++) {
		__int128 a = lefts[i / 2], b = rights[i % 2];
		__int128 value = op == BINARY_MUL ? a * b : a / b;

		result =
			i ? range_join(result, range_make(value, value)) : range_make(value, value);
	}
	return result;
}

static struct range range_mul(struct range left, struct range right, const struct type *type)
{
	const __int128 limit = (__int128)1 << 63;

	/* Products of larger numbers could exceed even the 128 bits; they wrap anyway. */
	if (left.low < -limit || left.high > 2 * limit - 1 || right.low < -limit ||
	    right.high > 2 * limit - 1)
		return range_of_type(type);
	if (greatest(left.high, -left.low) > limit && greatest(right.high, -right.low) > limit)
		return range_of_type(type);
	return corners(BINARY_MUL, left, right);
}

static struct range range_div(struct range left, struct range right)
{
	struct range result = {0, 0};
	bool empty = true;

	if (right.high > 0) {
		result = corners(BINARY_DIV, left, range_make(greatest(right.low, 1), right.high));
		empty = false;
	}
	if (right.low < 0) {
		struct range part =
			corners(BINARY_DIV, left, range_make(right.low, least(right.high, -1)));

		result = empty ? part : range_join(result, part);
		empty = false;
	}
	if (range_has(right, 0))
		result = empty ? range_make(0, 0) : range_join(result, range_make(0, 0));
	return result;
}

/* The remainder has the dividend's sign and is smaller than the divisor; x % 0 is x. */
static struct range range_mod(struct range left, struct range right)
{
	__int128 size = greatest(right.high, -right.low) - 1;
	struct range result;

	if (size < 0)
		return left;
	result = range_make(left.low < 0 ? greatest(left.low, -size) : 0,
			    left.high > 0 ? least(left.high, size) : 0);
	return range_has(right, 0) ? range_join(result, left) : result;
}

static struct range range_and(struct range left, struct range right, const struct type *type)
{
	if (left.low >= 0 && right.low >= 0)
		return range_make(0, least(left.high, right.high));
	if (left.low >= 0)
		return range_make(0, left.high);
	if (right.low >= 0)
		return range_make(0, right.high);
	return range_of_type(type);
}

/* `|` and `^` of two numbers that are not negative set no bit above the highest one. */
static struct range range_or(struct range left, struct range right, const struct type *type)
{
	__int128 high = greatest(left.high, right.high), mask = 1;

	if (left.low < 0 || right.low < 0)
		return range_of_type(type);
	while (mask <= high)
		mask *= 2;
	return range_make(0, mask - 1);
}

static struct range range_shift(enum binary_op op, struct range left, struct range right,
				const struct type *type)
{
	unsigned bits = type_bits(type);
	unsigned from, to;

	if (right.low < 0 || right.high >= bits)
		return range_of_type(type);
	from = (unsigned)right.low;
	to = (unsigned)right.high;
	if (op == BINARY_SHR)
		return range_make(left.low < 0 ? left.low >> from : left.low >> to,
				  left.high < 0 ? left.high >> to : left.high >> from);
	/* What is shifted out is lost; 64 bits more than a value needs are enough to see it. */
	if (to > 62)
		return range_of_type(type);
	return range_make(left.low * ((__int128)1 << (left.low < 0 ? to : from)),
			  left.high * ((__int128)1 << (left.high < 0 ? from : to)));
}

struct range range_binary(enum binary_op op, struct range left, struct range right,
			  const struct type *type)
{
	struct range result = range_of_type(type);

	switch (op) {
	case BINARY_ADD:
		result = range_make(left.low + right.low, left.high + right.high);
		break;
	case BINARY_SUB:
		result = range_make(left.low - right.high, left.high - right.low);
		break;
	case BINARY_MUL:
		result = range_mul(left, right, type);
		break;
	case BINARY_DIV:
		result = range_div(left, right);
		break;
	case BINARY_MOD:
		result = range_mod(left, right);
		break;
	case BINARY_AND:
		result = range_and(left, right, type);
		break;
	case BINARY_OR:
	case BINARY_XOR:
		result = range_or(left, right, type);
		break;
	case BINARY_SHL:
	case BINARY_SHR:
		result = range_shift(op, left, right, type);
		break;
	case BINARY_EQ:
	case BINARY_NE:
	case BINARY_LT:
	case BINARY_LE:
	case BINARY_GT:
	case BINARY_GE:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
		return range_make(0, 1);
	case BINARY_NONE:
		break;
	}
	return range_in_type(result, type);
}

struct range range_unary(enum unary_op op, struct range operand, const struct type *type)
{
	switch (op) {
	case UNARY_NOT:
		return range_make(0, 1);
	case UNARY_NEG:
		return range_in_type(range_make(-operand.high, -operand.low), type);
	case UNARY_BITNOT:
		/* ~x is -1 - x for signed numbers and MAX - x for unsigned ones. */
		if (type_is_signed(type))
			return range_in_type(range_make(-1 - operand.high, -1 - operand.low), type);
		return range_in_type(range_make(range_of_type(type).high - operand.high,
						range_of_type(type).high - operand.low),
				     type);
	case UNARY_DEREF:
	case UNARY_ADDR:
		break;
	}
	return range_of_type(type);
}

/* ---- comparisons ---- */

bool range_assume(struct range *value, enum binary_op op, struct range other)
{
	struct range cut = *value;

	switch (op) {
	case BINARY_EQ:
		cut = range_make(greatest(cut.low, other.low), least(cut.high, other.high));
		break;
	case BINARY_NE:
		if (other.low != other.high)
			break;
		cut.low += cut.low == other.low;
		cut.high -= cut.high == other.low;
		break;
	case BINARY_LT:
		cut.high = least(cut.high, other.high - 1);
		break;
	case BINARY_LE:
		cut.high = least(cut.high, other.high);
		break;
	case BINARY_GT:
		cut.low = greatest(cut.low, other.low + 1);
		break;
	case BINARY_GE:
		cut.low = greatest(cut.low, other.low);
		break;
	default: /* no comparison */
		break;
	}
	if (cut.low > cut.high)
		return false;
	*value = cut;
	return true;
}

enum binary_op range_negate(enum binary_op op)
{
	static const enum binary_op opposite[] = {
		[BINARY_EQ] = BINARY_NE, [BINARY_NE] = BINARY_EQ, [BINARY_LT] = BINARY_GE,
		[BINARY_LE] = BINARY_GT, [BINARY_GT] = BINARY_LE, [BINARY_GE] = BINARY_LT,
	};

	return op >= BINARY_EQ && op <= BINARY_GE ? opposite[op] : BINARY_NONE;
}

enum binary_op range_swap(enum binary_op op)
{
	static const enum binary_op swapped[] = {
		[BINARY_EQ] = BINARY_EQ, [BINARY_NE] = BINARY_NE, [BINARY_LT] = BINARY_GT,
		[BINARY_LE] = BINARY_GE, [BINARY_GT] = BINARY_LT, [BINARY_GE] = BINARY_LE,
	};

	return op >= BINARY_EQ && op <= BINARY_GE ? swapped[op] : op;
}
