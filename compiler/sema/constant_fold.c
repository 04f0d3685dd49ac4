/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant expressions, exactly: two integers of any types meet as the numbers that they are.
 * Only `~` and `<<` need a width. It is that of the type which the context gives
 * (sema_constant_retype computes again), and until then 32 bits, or 64 when an operand needs or
 * has them.
 */
#include "sema/constant.h"

#include <math.h>
#include <string.h>

/* How `~` and `<<` work while an expression is computed. */
struct width {
	unsigned bits;
	bool is_signed;
	bool is_open; /* no type yet: `<<` keeps all bits */
};

static bool eval(struct sema *sema, const struct expr *expr, const struct width *width,
		 __int128 *wide);

static bool is_int(const struct expr *expr)
{
	return expr->constant.kind == CONSTANT_INT;
}

/* ---- checks that need one constant operand only ---- */

static bool report_division(struct sema *sema, const struct expr *divisor, enum binary_op op)
{
	diag_report(sema->comp, DIAG_DIVISION_BY_ZERO, divisor->span, "%s by zero",
		    op == BINARY_MOD ? "remainder of a division" : "division");
	return false;
}

static bool report_shift(struct sema *sema, const struct expr *count, unsigned bits)
{
	if (count->constant.negative)
		diag_report(sema->comp, DIAG_SHIFT_RANGE, count->span,
			    "a shift by %s: counts are never negative",
			    sema_constant_text(sema, &count->constant));
	else
		diag_report(sema->comp, DIAG_SHIFT_RANGE, count->span,
			    "a value of %u bits can be shifted by 0 to %u, not by %s", bits,
			    bits - 1, sema_constant_text(sema, &count->constant));
	return false;
}

/* A constant right operand that no left operand goes with. */
static bool check_right(struct sema *sema, const struct expr *expr)
{
	const struct expr *left = expr->binary.left, *right = expr->binary.right;
	bool is_shift = expr->binary.op == BINARY_SHL || expr->binary.op == BINARY_SHR;
	bool is_division = expr->binary.op == BINARY_DIV || expr->binary.op == BINARY_MOD;
	unsigned bits;

	if (!is_int(right) || !left->type || !type_is_integral(left->type))
		return true;
	if (is_division && !right->constant.bits)
		return report_division(sema, right, expr->binary.op);
	bits = type_bits(left->type);
	if (is_shift && (right->constant.negative || right->constant.bits >= bits))
		return report_shift(sema, right, bits);
	return true;
}

/* ---- integers ---- */

static bool shift(struct sema *sema, const struct expr *expr, const struct width *width,
		  __int128 left, __int128 right, __int128 *wide)
{
	bool is_left = expr->binary.op == BINARY_SHL;
	/* Open: `1 << 40` is still possible, it will be a u64. */
	unsigned limit = is_left && width->is_open ? 64 : width->bits;

	if (right < 0 || right >= limit)
		return report_shift(sema, expr->binary.right, limit);
	if (!is_left) {
		*wide = left >> (int)right;
		return true;
	}
	*wide = left * ((__int128)1 << (int)right);
	if (!width->is_open)
		*wide = wide_wrap(*wide, width->bits, width->is_signed);
	return true;
}

static bool divide(struct sema *sema, const struct expr *expr, __int128 left, __int128 right,
		   __int128 *wide)
{
	if (!right)
		return report_division(sema, expr->binary.right, expr->binary.op);
	*wide = expr->binary.op == BINARY_DIV ? left / right : left % right;
	return true;
}

static bool arithmetic(struct sema *sema, const struct expr *expr, const struct width *width,
		       __int128 left, __int128 right, __int128 *wide)
{
	switch (expr->binary.op) {
	case BINARY_NONE:
		return false;
	case BINARY_ADD:
		*wide = left + right;
		return true;
	case BINARY_SUB:
		*wide = left - right;
		return true;
	case BINARY_MUL:
		if (__builtin_mul_overflow(left, right, wide))
			*wide = WIDE_MAX + 1;
		return true;
	case BINARY_DIV:
	case BINARY_MOD:
		return divide(sema, expr, left, right, wide);
	case BINARY_AND:
		*wide = left & right;
		return true;
	case BINARY_OR:
		*wide = left | right;
		return true;
	case BINARY_XOR:
		*wide = left ^ right;
		return true;
	case BINARY_SHL:
	case BINARY_SHR:
		return shift(sema, expr, width, left, right, wide);
	case BINARY_EQ:
		*wide = left == right;
		return true;
	case BINARY_NE:
		*wide = left != right;
		return true;
	case BINARY_LT:
		*wide = left < right;
		return true;
	case BINARY_LE:
		*wide = left <= right;
		return true;
	case BINARY_GT:
		*wide = left > right;
		return true;
	case BINARY_GE:
		*wide = left >= right;
		return true;
	case BINARY_LOGAND:
		*wide = left && right;
		return true;
	case BINARY_LOGOR:
		*wide = left || right;
		return true;
	}
	return false;
}

static bool check_64_bits(struct sema *sema, const struct expr *expr, __int128 wide)
{
	if (wide >= WIDE_MIN && wide <= WIDE_MAX)
		return true;
	diag_report(sema->comp, DIAG_CONST_OVERFLOW, expr->span,
		    "the result of this constant expression does not fit 64 bits");
	return false;
}

static bool eval_binary(struct sema *sema, const struct expr *expr, const struct width *width,
			__int128 *wide)
{
	__int128 left, right;
	/* A count has nothing to do with the width of what it shifts. */
	bool is_shift = expr->binary.op == BINARY_SHL || expr->binary.op == BINARY_SHR;

	if (!eval(sema, expr->binary.left, width, &left))
		return false;
	if (is_shift)
		right = constant_wide(&expr->binary.right->constant);
	else if (!eval(sema, expr->binary.right, width, &right))
		return false;
	return arithmetic(sema, expr, width, left, right, wide) && check_64_bits(sema, expr, *wide);
}

static bool eval(struct sema *sema, const struct expr *expr, const struct width *width,
		 __int128 *wide)
{
	*wide = constant_wide(&expr->constant);
	/* What was computed without a width keeps its value. */
	if (expr->constant.kind != CONSTANT_NONE && !expr->constant.by_width)
		return true;
	if (expr->kind == EXPR_BINARY)
		return eval_binary(sema, expr, width, wide);
	if (expr->kind == EXPR_COND) {
		bool taken = expr->cond.cond->constant.bits != 0;

		return eval(sema, taken ? expr->cond.then : expr->cond.otherwise, width, wide);
	}
	if (expr->kind != EXPR_UNARY)
		return true;
	if (!eval(sema, expr->unary.operand, width, wide))
		return false;
	if (expr->unary.op == UNARY_NEG)
		*wide = -*wide;
	else if (expr->unary.op == UNARY_BITNOT)
		*wide = wide_wrap(~*wide, width->bits, width->is_signed);
	return check_64_bits(sema, expr, *wide);
}

/* Whether a shift by `type`'s width or more stands in the expression. */
static bool has_wide_shift(const struct expr *expr, unsigned bits)
{
	if (!expr->constant.by_width)
		return false;
	if (expr->kind == EXPR_UNARY)
		return has_wide_shift(expr->unary.operand, bits);
	if (expr->kind == EXPR_COND)
		return has_wide_shift(expr->cond.then, bits) ||
		       has_wide_shift(expr->cond.otherwise, bits);
	if (expr->kind != EXPR_BINARY)
		return false;
	return (expr->binary.op == BINARY_SHL && expr->binary.right->constant.bits >= bits) ||
	       has_wide_shift(expr->binary.left, bits) || has_wide_shift(expr->binary.right, bits);
}

bool constant_at_width(struct sema *sema, const struct expr *expr, const struct type *type,
		       __int128 *wide)
{
	struct width width = {.bits = type_bits(type), .is_signed = type_is_signed(type)};
	__int128 low, high;

	/* `(1 << 8) - 1` fits a u8, whatever happens on the way. */
	if (has_wide_shift(expr, width.bits)) {
		width.is_open = true;
		if (!eval(sema, expr, &width, wide))
			return false;
		if (type_value_range(type, &low, &high) && *wide >= low && *wide <= high)
			return true;
		width.is_open = false;
	}
	return eval(sema, expr, &width, wide);
}

/* Whether a leaf of the expression needs or has 64 bits. */
static bool is_64_bit(const struct expr *expr)
{
	if (expr->constant.by_width && expr->kind == EXPR_BINARY)
		return is_64_bit(expr->binary.left) || is_64_bit(expr->binary.right);
	if (expr->constant.by_width && expr->kind == EXPR_UNARY)
		return is_64_bit(expr->unary.operand);
	return constant_wide(&expr->constant) > UINT32_MAX ||
	       constant_wide(&expr->constant) < INT32_MIN ||
	       (expr->type && type_is_integral(expr->type) && expr->type->size == 8 &&
		!expr->constant.negative);
}

static void set_int(struct expr *expr, __int128 wide, bool by_width)
{
	expr->constant = constant_from_wide(wide);
	expr->constant.by_width = by_width;
}

/* After a report: a value that needs no further one. */
static void set_zero(struct expr *expr)
{
	set_int(expr, 0, false);
}

static void fold_int_binary(struct sema *sema, struct expr *expr)
{
	const struct expr *left = expr->binary.left, *right = expr->binary.right;
	enum binary_op op = expr->binary.op;
	bool is_shift = op == BINARY_SHL || op == BINARY_SHR;
	bool is_test = op >= BINARY_EQ;
	struct width width = {.bits = 32, .is_open = true};
	__int128 wide;

	if (is_64_bit(left) || (!is_shift && is_64_bit(right)))
		width.bits = 64;
	if (!eval_binary(sema, expr, &width, &wide)) {
		set_zero(expr);
		return;
	}
	set_int(expr, wide,
		op == BINARY_SHL || (!is_test && (left->constant.by_width ||
						  (!is_shift && right->constant.by_width))));
}

/* ---- floats and strings ---- */

static void set_float(struct sema *sema, struct expr *expr, double number)
{
	if (isinf(number) || isnan(number)) {
		diag_report(sema->comp, DIAG_CONST_OVERFLOW, expr->span,
			    "the result of this constant expression is no number of `f64`");
		number = 0;
	}
	expr->constant = (struct constant){.kind = CONSTANT_FLOAT, .number = number};
}

static void fold_float_binary(struct sema *sema, struct expr *expr)
{
	double left = expr->binary.left->constant.number;
	double right = expr->binary.right->constant.number;

	switch (expr->binary.op) {
	case BINARY_ADD:
		return set_float(sema, expr, left + right);
	case BINARY_SUB:
		return set_float(sema, expr, left - right);
	case BINARY_MUL:
		return set_float(sema, expr, left * right);
	case BINARY_DIV:
		if (right != 0)
			return set_float(sema, expr, left / right);
		report_division(sema, expr->binary.right, BINARY_DIV);
		return set_float(sema, expr, 0);
	case BINARY_EQ:
		return set_int(expr, left == right, false);
	case BINARY_NE:
		return set_int(expr, left != right, false);
	case BINARY_LT:
		return set_int(expr, left < right, false);
	case BINARY_LE:
		return set_int(expr, left <= right, false);
	case BINARY_GT:
		return set_int(expr, left > right, false);
	case BINARY_GE:
		return set_int(expr, left >= right, false);
	case BINARY_NONE:
	case BINARY_MOD:
	case BINARY_AND:
	case BINARY_OR:
	case BINARY_XOR:
	case BINARY_SHL:
	case BINARY_SHR:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
		return; /* not for floats: the types are refused */
	}
}

static void fold_string_binary(struct sema *sema, struct expr *expr)
{
	const struct constant *left = &expr->binary.left->constant;
	const struct constant *right = &expr->binary.right->constant;
	bool is_equal = sema_constant_equal(left, right);
	char *text;

	if (expr->binary.op == BINARY_EQ || expr->binary.op == BINARY_NE) {
		set_int(expr, is_equal == (expr->binary.op == BINARY_EQ), false);
		return;
	}
	if (expr->binary.op != BINARY_ADD || left->len > TYPE_BYTES_MAX - right->len)
		return;
	text = arena_alloc(&sema->comp->arena, (size_t)left->len + right->len + 1);
	memcpy(text, left->text, left->len);
	memcpy(text + left->len, right->text, right->len);
	expr->constant = (struct constant){
		.kind = CONSTANT_STRING, .text = text, .len = left->len + right->len};
}

/* ---- conditions ---- */

/* Whether a constant counts as true; false when it is no condition. */
static bool is_condition(const struct constant *value, bool *truth)
{
	*truth = value->kind == CONSTANT_STRING ? value->len && *value->text : value->bits != 0;
	return value->kind == CONSTANT_INT || value->kind == CONSTANT_STRING;
}

static void fold_logical(struct expr *expr)
{
	bool left, right;

	if (is_condition(&expr->binary.left->constant, &left) &&
	    is_condition(&expr->binary.right->constant, &right))
		set_int(expr, expr->binary.op == BINARY_LOGAND ? left && right : left || right,
			false);
}

static void fold_cond(struct expr *expr)
{
	const struct expr *taken;
	bool truth;

	if (!is_condition(&expr->cond.cond->constant, &truth) ||
	    expr->cond.then->constant.kind == CONSTANT_NONE ||
	    expr->cond.otherwise->constant.kind == CONSTANT_NONE)
		return;
	taken = truth ? expr->cond.then : expr->cond.otherwise;
	expr->constant = taken->constant;
	/* eval() finds its way by the condition's bits, which a string does not have. */
	if (expr->cond.cond->constant.kind != CONSTANT_INT)
		expr->constant.by_width = false;
}

static void fold_binary(struct sema *sema, struct expr *expr)
{
	const struct expr *left = expr->binary.left, *right = expr->binary.right;

	if (expr->binary.op == BINARY_LOGAND || expr->binary.op == BINARY_LOGOR) {
		fold_logical(expr);
		return;
	}
	if (left->constant.kind == CONSTANT_NONE) {
		check_right(sema, expr);
		return;
	}
	if (left->constant.kind != right->constant.kind)
		return;
	switch (left->constant.kind) {
	case CONSTANT_NONE:
		return;
	case CONSTANT_INT:
		fold_int_binary(sema, expr);
		return;
	case CONSTANT_FLOAT:
		fold_float_binary(sema, expr);
		return;
	case CONSTANT_STRING:
		fold_string_binary(sema, expr);
		return;
	}
}

/* ---- unary, casts ---- */

static void fold_unary(struct sema *sema, struct expr *expr)
{
	const struct expr *operand = expr->unary.operand;
	struct width width = {.bits = is_64_bit(operand) ? 64 : 32, .is_open = true};
	__int128 wide;
	bool truth;

	switch (expr->unary.op) {
	case UNARY_NOT:
		if (is_condition(&operand->constant, &truth))
			set_int(expr, !truth, false);
		return;
	case UNARY_NEG:
		if (operand->constant.kind == CONSTANT_FLOAT)
			set_float(sema, expr, -operand->constant.number);
		if (!is_int(operand))
			return;
		wide = -constant_wide(&operand->constant);
		if (check_64_bits(sema, expr, wide))
			set_int(expr, wide, operand->constant.by_width);
		else
			set_zero(expr);
		return;
	case UNARY_BITNOT:
		if (!is_int(operand))
			return;
		if (!eval(sema, operand, &width, &wide))
			set_zero(expr);
		else
			set_int(expr, wide_wrap(~wide, width.bits, false), true);
		return;
	case UNARY_DEREF:
	case UNARY_ADDR:
		return;
	}
}

/* Saturating, as the conversion at run time is; not-a-number cannot be a constant. */
static __int128 float_to_wide(double number, const struct type *type)
{
	__int128 low, high;

	type_value_range(type, &low, &high);
	if (number <= (double)low)
		return low;
	if (number >= (double)high)
		return high;
	return (__int128)number;
}

static void fold_cast(struct sema *sema, struct expr *expr)
{
	const struct constant *from = &expr->cast.operand->constant;
	const struct type *to = expr->type;
	__int128 low, high, wide;

	if (!to || (from->kind != CONSTANT_INT && from->kind != CONSTANT_FLOAT))
		return;
	if (to->kind == TYPE_FLOAT) {
		double number =
			from->kind == CONSTANT_FLOAT ? from->number : (double)constant_wide(from);

		if (to->size == 4)
			number = (double)(float)number;
		if (!isinf(number))
			expr->constant =
				(struct constant){.kind = CONSTANT_FLOAT, .number = number};
		return;
	}
	if (!type_value_range(to, &low, &high))
		return;
	if (to->kind == TYPE_BOOL)
		set_int(expr, from->kind == CONSTANT_FLOAT ? from->number != 0 : from->bits != 0,
			false);
	else if (from->kind == CONSTANT_FLOAT)
		set_int(expr, float_to_wide(from->number, to), false);
	else if (from->by_width && to->size == 8 &&
		 constant_at_width(sema, expr->cast.operand, to, &wide))
		set_int(expr, wide, false); /* `~0 as u64` is all ones */
	else
		set_int(expr, wide_wrap(constant_wide(from), type_bits(to), type_is_signed(to)),
			false);
}

void sema_fold(struct sema *sema, struct expr *expr)
{
	if (expr->kind == EXPR_UNARY)
		fold_unary(sema, expr);
	else if (expr->kind == EXPR_BINARY)
		fold_binary(sema, expr);
	else if (expr->kind == EXPR_COND)
		fold_cond(expr);
	else if (expr->kind == EXPR_CAST)
		fold_cast(sema, expr);
}
