/* SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir_eval.h"
#include "ir/ir_walk.h"

#include <string.h>

static bool is_int_like(const struct type *type)
{
	return type_is_integral(type) || type->kind == TYPE_BE || type->kind == TYPE_BOOL ||
	       type->kind == TYPE_CHAR;
}

uint64_t ir_normalize(const struct type *type, uint64_t bits)
{
	unsigned width = type->size * 8;

	if (!is_int_like(type) || width >= 64 || !width)
		return bits;
	bits &= (UINT64_C(1) << width) - 1;
	if (type_is_signed(type) && bits >> (width - 1))
		bits |= ~UINT64_C(0) << width;
	return bits;
}

uint64_t ir_eval_unary(enum unary_op op, const struct type *type, uint64_t bits)
{
	switch (op) {
	case UNARY_NOT:
		return !bits;
	case UNARY_NEG:
		return ir_normalize(type, 0 - bits);
	case UNARY_BITNOT:
		return ir_normalize(type, ~bits);
	case UNARY_DEREF:
	case UNARY_ADDR:
		break;
	}
	return bits;
}

static uint64_t divide(const struct type *type, uint64_t left, uint64_t right, bool modulo)
{
	if (!right)
		return modulo ? left : 0;
	if (!type_is_signed(type))
		return modulo ? left % right : left / right;
	if (right == UINT64_MAX)
		return modulo ? 0 : 0 - left;
	if (modulo)
		return (uint64_t)((int64_t)left % (int64_t)right);
	return (uint64_t)((int64_t)left / (int64_t)right);
}

static uint64_t shift(enum binary_op op, const struct type *type, uint64_t left, uint64_t right)
{
	unsigned count = (unsigned)(right & (type->size * 8 - 1));

	if (op == BINARY_SHL)
		return left << count;
	if (!type_is_signed(type))
		return left >> count;
	/* Right shifts of negative numbers are arithmetic in every compiler that ksc is built by.
	 */
	return (uint64_t)((int64_t)left >> count);
}

uint64_t ir_eval_binary(enum binary_op op, const struct type *type, uint64_t left, uint64_t right)
{
	uint64_t bits = 0;

	switch (op) {
	case BINARY_ADD:
		bits = left + right;
		break;
	case BINARY_SUB:
		bits = left - right;
		break;
	case BINARY_MUL:
		bits = left * right;
		break;
	case BINARY_DIV:
	case BINARY_MOD:
		bits = divide(type, left, right, op == BINARY_MOD);
		break;
	case BINARY_AND:
		bits = left & right;
		break;
	case BINARY_OR:
		bits = left | right;
		break;
	case BINARY_XOR:
		bits = left ^ right;
		break;
	case BINARY_SHL:
	case BINARY_SHR:
		bits = shift(op, type, left, right);
		break;
	case BINARY_EQ:
	case BINARY_NE:
	case BINARY_LT:
	case BINARY_LE:
	case BINARY_GT:
	case BINARY_GE:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
	case BINARY_NONE:
		break;
	}
	return ir_normalize(type, bits);
}

bool ir_eval_compare(enum binary_op op, const struct type *type, uint64_t left, uint64_t right)
{
	bool less = type_is_signed(type) ? (int64_t)left < (int64_t)right : left < right;

	switch (op) {
	case BINARY_EQ:
		return left == right;
	case BINARY_NE:
		return left != right;
	case BINARY_LT:
		return less;
	case BINARY_LE:
		return less || left == right;
	case BINARY_GT:
		return !less && left != right;
	case BINARY_GE:
		return !less;
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
		break;
	}
	return false;
}

static uint64_t swap_bytes(uint64_t bits, unsigned width)
{
	switch (width) {
	case 16:
		return __builtin_bswap16((uint16_t)bits);
	case 32:
		return __builtin_bswap32((uint32_t)bits);
	default:
		return __builtin_bswap64(bits);
	}
}

uint64_t ir_eval_convert(enum ir_convert how, const struct type *to, const struct type *from,
			 uint64_t bits)
{
	switch (how) {
	case IR_CONVERT_BOOL:
		return bits != 0;
	case IR_CONVERT_SWAP:
		return ir_normalize(to, swap_bytes(bits, from->size * 8));
	case IR_CONVERT_INT:
	case IR_CONVERT_BITS:
	case IR_CONVERT_TO_FLOAT:
	case IR_CONVERT_FROM_FLOAT:
	case IR_CONVERT_FLOAT:
	case IR_CONVERT_POINTER:
	case IR_CONVERT_PTR_INT:
	case IR_CONVERT_INT_PTR:
	case IR_CONVERT_STR:
	case IR_CONVERT_ARRAY:
		break;
	}
	return ir_normalize(to, bits);
}

double ir_eval_to_float(const struct type *from, uint64_t bits)
{
	return type_is_signed(from) ? (double)(int64_t)bits : (double)bits;
}

uint64_t ir_eval_from_float(const struct type *to, double number)
{
	unsigned width = type_bits(to) - (type_is_signed(to) ? 1 : 0);
	double above = width >= 64 ? 0x1p64 : (double)(UINT64_C(1) << width);

	if (number != number)
		return 0;
	if (number >= above)
		return width >= 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
	if (!type_is_signed(to))
		return number <= 0 ? 0 : (uint64_t)number;
	if (number <= -above)
		return ir_normalize(to, UINT64_C(1) << width);
	return (uint64_t)(int64_t)number;
}

/* ---- simplifying ---- */

bool ir_is_const(const struct ir_expr *expr, uint64_t *bits)
{
	if (expr->kind != IR_EXPR_CONST || expr->symbol)
		return false;
	*bits = expr->bits;
	return true;
}

/* A constant of the expression's type in its place. */
static struct ir_expr *computed(struct compilation *comp, const struct ir_expr *expr, uint64_t bits)
{
	return ir_const(comp, expr->type, bits, expr->span);
}

static struct ir_expr *simplify_unary(struct compilation *comp, struct ir_expr *expr)
{
	struct ir_expr *operand = expr->unary.operand;
	uint64_t bits;

	if (ir_is_const(operand, &bits))
		return computed(comp, expr, ir_eval_unary(expr->unary.op, expr->type, bits));
	if (expr->unary.op != UNARY_NOT)
		return expr;
	if (operand->kind == IR_EXPR_UNARY && operand->unary.op == UNARY_NOT)
		return operand->unary.operand;
	return expr;
}

/* Whether `x op right` is x for every x. */
static bool is_neutral(enum binary_op op, const struct type *type, uint64_t right)
{
	switch (op) {
	case BINARY_ADD:
	case BINARY_SUB:
	case BINARY_OR:
	case BINARY_XOR:
		return right == 0;
	case BINARY_SHL:
	case BINARY_SHR:
		return (right & (type->size * 8 - 1)) == 0;
	case BINARY_MUL:
	case BINARY_DIV:
		return right == 1;
	case BINARY_AND:
		return right == ir_normalize(type, UINT64_MAX);
	case BINARY_MOD:
		return right == 0;
	case BINARY_EQ:
	case BINARY_NE:
	case BINARY_LT:
	case BINARY_LE:
	case BINARY_GT:
	case BINARY_GE:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
	case BINARY_NONE:
		break;
	}
	return false;
}

static struct ir_expr *simplify_binary(struct compilation *comp, struct ir_expr *expr)
{
	enum binary_op op = expr->binary.op;
	uint64_t left, right;

	if (!is_int_like(expr->type) || !ir_is_const(expr->binary.right, &right))
		return expr;
	if (ir_is_const(expr->binary.left, &left))
		return computed(comp, expr, ir_eval_binary(op, expr->type, left, right));
	if (is_neutral(op, expr->type, right))
		return expr->binary.left;
	if (op == BINARY_DIV || op == BINARY_MOD)
		expr->binary.divisor_nonzero = right != 0;
	return expr;
}

static struct ir_expr *simplify_compare(struct compilation *comp, struct ir_expr *expr)
{
	const struct type *type = expr->binary.left->type;
	uint64_t left, right;

	if (!ir_is_const(expr->binary.left, &left) || !ir_is_const(expr->binary.right, &right))
		return expr;
	return computed(comp, expr, ir_eval_compare(expr->binary.op, type, left, right));
}

static struct ir_expr *simplify_logic(struct compilation *comp, struct ir_expr *expr)
{
	struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	bool is_and = expr->kind == IR_EXPR_LOGAND;
	uint64_t bits;

	if (ir_is_const(left, &bits))
		return (bits != 0) == is_and ? right : computed(comp, expr, bits);
	/* A right side that decides all must stay: evaluating the left may end the program. */
	if (ir_is_const(right, &bits) && (bits != 0) == is_and)
		return left;
	return expr;
}

static struct ir_expr *simplify_convert(struct compilation *comp, struct ir_expr *expr)
{
	struct ir_expr *operand = expr->convert.operand;
	const struct type *from = operand->type;
	enum ir_convert how = expr->convert.how;
	struct ir_expr *result;
	uint64_t bits;

	if (from == expr->type && how != IR_CONVERT_BOOL)
		return operand;
	if (from == expr->type && from->kind == TYPE_BOOL)
		return operand;
	if (how == IR_CONVERT_TO_FLOAT && ir_is_const(operand, &bits)) {
		result = ir_expr_new(comp, IR_EXPR_FLOAT, expr->type, expr->span);
		result->number = ir_eval_to_float(from, bits);
		if (type_bits(expr->type) == 32)
			result->number = (float)result->number;
		return result;
	}
	if (how == IR_CONVERT_FROM_FLOAT && operand->kind == IR_EXPR_FLOAT)
		return computed(comp, expr, ir_eval_from_float(expr->type, operand->number));
	if (!is_int_like(expr->type) || !ir_is_const(operand, &bits))
		return expr;
	if (is_int_like(from) || (how == IR_CONVERT_BOOL && !bits))
		return computed(comp, expr, ir_eval_convert(how, expr->type, from, bits));
	return expr;
}

static struct ir_expr *simplify_select(struct ir_expr *expr)
{
	uint64_t bits;

	if (ir_is_const(expr->select.cond, &bits))
		return bits ? expr->select.then : expr->select.otherwise;
	return expr;
}

static struct ir_expr *simplify_text(struct compilation *comp, struct ir_expr *expr)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	size_t left_len, right_len;

	if (left->kind != IR_EXPR_STRING || right->kind != IR_EXPR_STRING)
		return expr;
	/* Text ends at its first NUL. */
	left_len = strnlen(left->string.text, left->string.len);
	right_len = strnlen(right->string.text, right->string.len);
	return computed(comp, expr,
			left_len == right_len &&
				!memcmp(left->string.text, right->string.text, left_len));
}

struct ir_expr *ir_simplify(struct compilation *comp, struct ir_expr *expr)
{
	uint64_t bits;

	switch (expr->kind) {
	case IR_EXPR_UNARY:
		return simplify_unary(comp, expr);
	case IR_EXPR_BINARY:
		return simplify_binary(comp, expr);
	case IR_EXPR_COMPARE:
		return simplify_compare(comp, expr);
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
		return simplify_logic(comp, expr);
	case IR_EXPR_CONVERT:
		return simplify_convert(comp, expr);
	case IR_EXPR_SELECT:
		return simplify_select(expr);
	case IR_EXPR_STR_EQ:
		return simplify_text(comp, expr);
	case IR_EXPR_PTR_ADD:
		return ir_is_const(expr->binary.right, &bits) && !bits &&
				       expr->binary.left->type == expr->type
			       ? expr->binary.left
			       : expr;
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_LOAD:
	case IR_EXPR_ADDR:
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
	case IR_EXPR_STR_LEN:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_DIFF:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
	case IR_EXPR_CALL:
	case IR_EXPR_OP:
		return expr;
	}
	return expr;
}

struct ir_expr *ir_negate(struct compilation *comp, struct ir_expr *expr)
{
	static const enum binary_op negated[] = {
		[BINARY_EQ] = BINARY_NE, [BINARY_NE] = BINARY_EQ, [BINARY_LT] = BINARY_GE,
		[BINARY_LE] = BINARY_GT, [BINARY_GT] = BINARY_LE, [BINARY_GE] = BINARY_LT,
	};
	struct ir_expr *result;

	/* Not of floats: with NaN both directions are false. */
	if (expr->kind == IR_EXPR_COMPARE && expr->binary.left->type->kind != TYPE_FLOAT) {
		result = ir_binary(comp, IR_EXPR_COMPARE, negated[expr->binary.op], expr->type,
				   expr->binary.left, expr->binary.right, expr->span);
	} else {
		result = ir_expr_new(comp, IR_EXPR_UNARY, expr->type, expr->span);
		result->unary.op = UNARY_NOT;
		result->unary.operand = expr;
	}
	return ir_simplify(comp, result);
}

static void find_trap(struct ir_walk *walk, struct ir_place *place)
{
	if (place->kind == IR_PLACE_DEREF && place->deref.access == IR_ACCESS_NULL_TRAP)
		*(bool *)walk->user = true;
}

bool ir_may_trap(struct ir_expr *expr)
{
	bool found = false;
	struct ir_walk walk = {.user = &found, .place = find_trap};

	ir_walk_expr(&walk, &expr);
	return found;
}
