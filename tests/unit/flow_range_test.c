/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of compiler/sema/flow_range.c: every concrete value lies in the computed range. */
#include "ks_test.h"

#include "sema/flow_range.h"

static struct compilation comp;

static void start(void)
{
	compilation_init(&comp);
	types_init(&comp);
}

static uint32_t random_state = 12345;

static int random_below(int limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (int)((random_state >> 8) % (uint32_t)limit);
}

/* What the operation gives at run time, for numbers of 8 bits. */
static int concrete(enum binary_op op, int a, int b, bool is_signed)
{
	int result = 0;

	switch (op) {
	case BINARY_ADD:
		result = a + b;
		break;
	case BINARY_SUB:
		result = a - b;
		break;
	case BINARY_MUL:
		result = a * b;
		break;
	case BINARY_DIV:
		result = b ? a / b : 0;
		break;
	case BINARY_MOD:
		result = b ? a % b : a;
		break;
	case BINARY_AND:
		result = a & b;
		break;
	case BINARY_OR:
		result = a | b;
		break;
	case BINARY_XOR:
		result = a ^ b;
		break;
	case BINARY_SHL:
		result = (int)((unsigned)a << (b & 7));
		break;
	case BINARY_SHR:
		result = a >> (b & 7);
		break;
	default:
		break;
	}
	return is_signed ? (int8_t)result : (uint8_t)result;
}

/* A random range of 8-bit numbers, small ones and ones at the ends more often. */
static struct range random_range(bool is_signed)
{
	int low = random_below(256), high = random_below(256);

	if (random_below(3) == 0)
		high = low + random_below(4);
	if (is_signed) {
		low -= 128;
		high -= 128;
	}
	if (high > (is_signed ? 127 : 255))
		high = is_signed ? 127 : 255;
	if (low > high)
		low = high;
	return (struct range){low, high};
}

static bool holds(struct range range, int value)
{
	return range.low <= value && value <= range.high;
}

static void check_operation(enum binary_op op, bool is_signed)
{
	const struct type *type = is_signed ? comp.types->i8 : comp.types->u8;
	struct range left = random_range(is_signed), right = random_range(is_signed);
	struct range result = range_binary(op, left, right, type);

	for (int a = (int)left.low; a <= left.high; a++) {
		for (int b = (int)right.low; b <= right.high; b++) {
			int value = concrete(op, a, b, is_signed);

			if (holds(result, value))
				continue;
			fprintf(stderr, "%d op %d of [%d,%d] op [%d,%d]: %d is outside [%d,%d]\n",
				a, op, (int)left.low, (int)left.high, (int)right.low,
				(int)right.high, value, (int)result.low, (int)result.high);
			CHECK(!"in the range");
			return;
		}
	}
}

static void operations_hold_every_result(void)
{
	start();
	for (int round = 0; round < 300; round++) {
		for (int op = BINARY_ADD; op <= BINARY_SHR; op++) {
			check_operation(op, false);
			check_operation(op, true);
		}
	}
}

static void unary_operations_hold_every_result(void)
{
	start();
	for (int round = 0; round < 300; round++) {
		bool is_signed = round % 2;
		const struct type *type = is_signed ? comp.types->i8 : comp.types->u8;
		struct range range = random_range(is_signed);
		struct range inverted = range_unary(UNARY_BITNOT, range, type);
		struct range negated = range_unary(UNARY_NEG, range, comp.types->i16);

		for (int a = (int)range.low; a <= range.high; a++) {
			CHECK(holds(inverted, is_signed ? (int8_t)~a : (uint8_t)~a));
			CHECK(holds(negated, -a));
		}
	}
}

static bool compares(enum binary_op op, int a, int b)
{
	switch (op) {
	case BINARY_EQ:
		return a == b;
	case BINARY_NE:
		return a != b;
	case BINARY_LT:
		return a < b;
	case BINARY_LE:
		return a <= b;
	case BINARY_GT:
		return a > b;
	default:
		return a >= b;
	}
}

static void assumptions_keep_what_is_possible(void)
{
	for (int round = 0; round < 2000; round++) {
		enum binary_op op = BINARY_EQ + (unsigned)round % 6;
		struct range value = random_range(true), other = random_range(true), cut = value;
		bool possible = range_assume(&cut, op, other), seen = false;

		for (int a = (int)value.low; a <= value.high; a++) {
			for (int b = (int)other.low; b <= other.high; b++) {
				if (!compares(op, a, b))
					continue;
				seen = true;
				CHECK(possible && holds(cut, a));
				CHECK(!compares(range_negate(op), a, b));
				CHECK(compares(range_swap(op), b, a));
			}
		}
		CHECK(seen || !possible || op == BINARY_NE);
	}
}

static void bounds_are_narrow_where_programs_need_them(void)
{
	const struct type *u32, *u64;
	struct range all, cut;

	start();
	u32 = comp.types->u32;
	u64 = comp.types->u64;
	all = range_of_type(u64);
	CHECK(all.low == 0 && all.high == UINT64_MAX);
	/* x & 15, x % 16 */
	cut = range_binary(BINARY_AND, range_of_type(u32), range_of_value(15), u32);
	CHECK(cut.low == 0 && cut.high == 15);
	cut = range_binary(BINARY_MOD, range_of_type(u32), range_of_value(16), u32);
	CHECK(cut.low == 0 && cut.high == 15);
	/* u64 + 1 may wrap, u32 + 1 computed in u64 may not. */
	cut = range_binary(BINARY_ADD, all, range_of_value(1), u64);
	CHECK(range_equal(cut, all));
	cut = range_binary(BINARY_ADD, range_of_type(u32), range_of_value(1), u64);
	CHECK(cut.low == 1 && cut.high == (__int128)UINT32_MAX + 1);
	/* x > 3 && x <= 7 */
	cut = range_of_type(u32);
	CHECK(range_assume(&cut, BINARY_GT, range_of_value(3)));
	CHECK(range_assume(&cut, BINARY_LE, range_of_value(7)));
	CHECK(cut.low == 4 && cut.high == 7);
	CHECK(!range_assume(&cut, BINARY_EQ, range_of_value(8)));
	CHECK(cut.low == 4 && cut.high == 7);
	/* Products of the widest numbers. */
	cut = range_binary(BINARY_MUL, all, all, u64);
	CHECK(range_equal(cut, all));
	/* x >> 60 */
	cut = range_binary(BINARY_SHR, all, range_of_value(60), u64);
	CHECK(cut.low == 0 && cut.high == 15);
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"operations hold every result", operations_hold_every_result},
		{"unary operations hold every result", unary_operations_hold_every_result},
		{"assumptions keep what is possible", assumptions_keep_what_is_possible},
		{"bounds are narrow", bounds_are_narrow_where_programs_need_them},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
