/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparisons. Two integers are compared by value, whatever their types: where no type holds
 * every value of both (u64 and a signed one) the sign is asked first.
 */
#include "ir/build.h"

static bool is_int_like(const struct type *type)
{
	return type_is_integral(type) || type->kind == TYPE_BOOL || type->kind == TYPE_CHAR;
}

static bool is_text(const struct type *type)
{
	return type->kind == TYPE_STR || type->kind == TYPE_ARRAY;
}

/* ---- exact constants ---- */

int build_constant_order(const struct constant *a, const struct constant *b)
{
	bool a_negative = a->negative && a->bits, b_negative = b->negative && b->bits;

	if (a_negative != b_negative)
		return a_negative ? -1 : 1;
	if (a->bits == b->bits)
		return 0;
	return (a->bits < b->bits) != a_negative ? -1 : 1;
}

void build_type_range(const struct type *type, struct constant *low, struct constant *high)
{
	unsigned bits = type->kind == TYPE_BOOL ? 1 : type->size * 8;

	*low = *high = (struct constant){.kind = CONSTANT_INT};
	if (type_is_signed(type)) {
		low->negative = true;
		low->bits = UINT64_C(1) << (bits - 1);
		high->bits = low->bits - 1;
	} else {
		high->bits = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	}
}

/* ---- values ---- */

struct ir_expr *build_compare(struct fn_build *fb, enum binary_op op, struct ir_expr *left,
			      struct ir_expr *right, struct span span)
{
	return ir_simplify(fb->comp, ir_binary(fb->comp, IR_EXPR_COMPARE, op,
					       build_types(fb)->bool_, left, right, span));
}

static enum binary_op mirrored(enum binary_op op)
{
	switch (op) {
	case BINARY_LT:
		return BINARY_GT;
	case BINARY_LE:
		return BINARY_GE;
	case BINARY_GT:
		return BINARY_LT;
	case BINARY_GE:
		return BINARY_LE;
	case BINARY_ADD:
	case BINARY_SUB:
	case BINARY_MUL:
	case BINARY_DIV:
	case BINARY_MOD:
	case BINARY_AND:
	case BINARY_OR:
	case BINARY_XOR:
	case BINARY_SHL:
	case BINARY_SHR:
	case BINARY_EQ:
	case BINARY_NE:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
	case BINARY_NONE:
		break;
	}
	return op;
}

/* `unsigned op signed` of a u64: with a negative right side the answer is known. */
static struct ir_expr *compare_sign_first(struct fn_build *fb, enum binary_op op,
					  struct ir_expr *left, struct ir_expr *right,
					  struct span span)
{
	bool when_negative = op == BINARY_NE || op == BINARY_GT || op == BINARY_GE;
	struct mark mark = build_mark(fb);
	struct ir_expr *sign, *compare;

	right = build_twice(fb, right, "signed");
	left = build_keep(fb, left, mark);
	sign = build_compare(fb, when_negative ? BINARY_LT : BINARY_GE, right,
			     ir_const(fb->comp, right->type, 0, span), span);
	compare = build_compare(fb, op, left, build_convert(fb, right, build_types(fb)->u64), span);
	return build_logic(fb, when_negative ? IR_EXPR_LOGOR : IR_EXPR_LOGAND, sign, compare, span);
}

static struct ir_expr *compare_integers(struct fn_build *fb, enum binary_op op,
					struct ir_expr *left, struct ir_expr *right,
					struct span span)
{
	const struct type *a = left->type, *b = right->type, *wide;
	bool a_signed = type_is_signed(a), b_signed = type_is_signed(b);

	if (a_signed == b_signed) {
		wide = a->size >= b->size ? a : b;
	} else if (a_signed) {
		return compare_integers(fb, mirrored(op), right, left, span);
	} else if (a->size < b->size) {
		wide = b;
	} else if (a->size < 8) {
		wide = type_int(fb->comp, a->size * 16, true);
	} else {
		return compare_sign_first(fb, op, build_convert(fb, left, build_types(fb)->u64),
					  right, span);
	}
	wide = type_underlying(wide);
	if (wide->kind != TYPE_INT)
		wide = type_int(fb->comp, wide->size * 8, false);
	return build_compare(fb, op, build_convert(fb, left, wide), build_convert(fb, right, wide),
			     span);
}

static struct ir_expr *compare_text(struct fn_build *fb, enum binary_op op, struct ir_expr *left,
				    struct ir_expr *right, struct span span)
{
	struct ir_expr *equal =
		ir_simplify(fb->comp, ir_binary(fb->comp, IR_EXPR_STR_EQ, BINARY_EQ,
						build_types(fb)->bool_, left, right, span));

	return op == BINARY_NE ? build_not(fb, equal) : equal;
}

struct ir_expr *build_compare_values(struct fn_build *fb, enum binary_op op, struct ir_expr *left,
				     struct ir_expr *right, struct span span)
{
	const struct type *a = left->type, *b = right->type;

	if (is_text(a) || is_text(b))
		return compare_text(fb, op, left, right, span);
	if (a == b || type_same(a, b))
		return build_compare(fb, op, left, right, span);
	if (is_int_like(a) && is_int_like(b))
		return compare_integers(fb, op, left, right, span);
	if (a->kind == TYPE_FLOAT || b->kind == TYPE_FLOAT)
		return build_compare(fb, op, build_convert(fb, left, build_types(fb)->f64),
				     build_convert(fb, right, build_types(fb)->f64), span);
	return build_compare(fb, op, left, build_convert(fb, right, a), span);
}

/*
 * Whether `value op constant` is the same for every value of the type; `low` and `high` are the
 * constant's order to the least and the greatest of them.
 */
static bool is_decided(enum binary_op op, int low, int high, bool *answer)
{
	bool always = false, never = false;

	switch (op) {
	case BINARY_LT:
		always = high > 0;
		never = low <= 0;
		break;
	case BINARY_LE:
		always = high >= 0;
		never = low < 0;
		break;
	case BINARY_GT:
		always = low < 0;
		never = high >= 0;
		break;
	case BINARY_GE:
		always = low <= 0;
		never = high > 0;
		break;
	case BINARY_NE:
		always = low < 0 || high > 0;
		break;
	case BINARY_EQ:
	case BINARY_ADD:
	case BINARY_SUB:
	case BINARY_MUL:
	case BINARY_DIV:
	case BINARY_MOD:
	case BINARY_AND:
	case BINARY_OR:
	case BINARY_XOR:
	case BINARY_SHL:
	case BINARY_SHR:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
	case BINARY_NONE:
		never = low < 0 || high > 0;
		break;
	}
	*answer = always;
	return always || never;
}

struct ir_expr *build_compare_constant(struct fn_build *fb, enum binary_op op,
				       struct ir_expr *value, const struct constant *constant,
				       struct span span)
{
	const struct type *type = value->type;
	struct constant low, high;
	bool answer;

	if (is_int_like(type) && constant->kind == CONSTANT_INT) {
		build_type_range(type, &low, &high);
		if (is_decided(op, build_constant_order(constant, &low),
			       build_constant_order(constant, &high), &answer))
			return ir_const(fb->comp, build_types(fb)->bool_, answer, span);
	}
	if (constant->kind == CONSTANT_STRING)
		type = type_str(fb->comp, constant->len);
	return build_compare_values(fb, op, value, build_constant(fb->comp, constant, type, span),
				    span);
}

/* ---- expressions ---- */

/* The pointer, map entry or handle that is compared with null; NULL for other comparisons. */
static struct expr *compared_with_null(struct expr *expr)
{
	if (expr->binary.right->kind == EXPR_NULL)
		return expr->binary.left;
	return expr->binary.left->kind == EXPR_NULL ? expr->binary.right : NULL;
}

static bool is_integer_constant(const struct expr *expr)
{
	return expr->constant.kind == CONSTANT_INT && !expr->to && type_is_integral(expr->type);
}

struct ir_expr *build_comparison(struct fn_build *fb, struct expr *expr)
{
	struct expr *left = expr->binary.left, *right = expr->binary.right;
	struct expr *tested = compared_with_null(expr);
	enum binary_op op = expr->binary.op;
	struct ir_expr_vec values = {0};

	if (tested) {
		struct ir_expr *present = build_cond(fb, tested);

		return op == BINARY_EQ ? build_not(fb, present) : present;
	}
	if (is_integer_constant(right) && !is_integer_constant(left))
		return build_compare_constant(fb, op, build_expr(fb, left), &right->constant,
					      expr->span);
	if (is_integer_constant(left) && !is_integer_constant(right))
		return build_compare_constant(fb, mirrored(op), build_expr(fb, right),
					      &left->constant, expr->span);
	build_exprs(fb, (struct expr *const[]){left, right}, 2, NULL, &values);
	return build_compare_values(fb, op, values.data[0], values.data[1], expr->span);
}
