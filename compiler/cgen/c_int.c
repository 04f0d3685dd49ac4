/* SPDX-License-Identifier: Apache-2.0 */
#include "cgen/c_int.h"

bool c_is_int(const struct type *type)
{
	switch (type->kind) {
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_ENUM:
		return true;
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_FLOAT:
	case TYPE_STR:
	case TYPE_ARRAY:
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_STRUCT:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		return false;
	}
	return false;
}

bool c_is_signed(const struct type *type)
{
	return type_is_integral(type) && type_is_signed(type);
}

bool c_preserves(const struct type *from, const struct type *to)
{
	if (from->kind == TYPE_BOOL)
		return true;
	if (from->size < to->size)
		return !c_is_signed(from) || c_is_signed(to);
	return from->size == to->size && c_is_signed(from) == c_is_signed(to);
}

uint64_t c_int_fit(const struct type *type, uint64_t bits)
{
	unsigned unused = 64 - type->size * 8;

	if (c_is_signed(type))
		return (uint64_t)((int64_t)(bits << unused) >> unused);
	return bits << unused >> unused;
}

/* As c_const.c prints it: suffixes stand where the value needs them. */
static bool const_is_typed(const struct ir_expr *expr)
{
	if (expr->type->kind == TYPE_BE)
		return true;
	if (expr->type->kind != TYPE_INT || expr->symbol)
		return false;
	if (expr->type->integer.is_signed)
		return expr->type->size == 4 || (int64_t)expr->bits > INT32_MAX ||
		       (int64_t)expr->bits < INT32_MIN;
	return expr->bits > (expr->type->size == 4 ? (uint64_t)INT32_MAX : UINT32_MAX);
}

static bool convert_is_typed(const struct ir_expr *expr)
{
	const struct ir_expr *operand = expr->convert.operand;

	if (expr->convert.how != IR_CONVERT_INT && expr->convert.how != IR_CONVERT_BITS)
		return true;
	if (operand->kind == IR_EXPR_CONST)
		return false;
	if (!c_preserves(operand->type, expr->type))
		return true;
	if (operand->type->size == expr->type->size)
		return c_is_typed(operand);
	/* Promoted to int, which is i32. */
	return expr->type->size == 4 && c_is_signed(expr->type);
}

bool c_is_typed(const struct ir_expr *expr)
{
	if (!c_is_int(expr->type) || expr->type->size < 4)
		return true;
	switch (expr->kind) {
	case IR_EXPR_CONST:
		return const_is_typed(expr);
	case IR_EXPR_LOAD:
		return !c_place_is_bitfield(expr->place);
	case IR_EXPR_CONVERT:
		return convert_is_typed(expr);
	case IR_EXPR_SELECT:
		return c_is_typed(expr->select.then) || c_is_typed(expr->select.otherwise);
	case IR_EXPR_PTR_DIFF: /* a long */
		return false;
	case IR_EXPR_UNARY:
	case IR_EXPR_BINARY:
	case IR_EXPR_STR_LEN:
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_ADDR:
	case IR_EXPR_COMPARE:
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
	case IR_EXPR_CALL:
	case IR_EXPR_OP:
		return true;
	}
	return true;
}

/* Is this a conversion without a trace in the text? */
static bool is_silent(const struct ir_expr *expr)
{
	return expr->kind == IR_EXPR_CONVERT &&
	       (expr->convert.how == IR_CONVERT_INT || expr->convert.how == IR_CONVERT_BITS) &&
	       c_preserves(expr->convert.operand->type, expr->type);
}

unsigned c_width(const struct ir_expr *expr)
{
	while (is_silent(expr))
		expr = expr->convert.operand;
	if (expr->kind == IR_EXPR_LOAD && c_place_is_bitfield(expr->place) &&
	    expr->place->field.field->bit_size < 32)
		return expr->place->field.field->bit_size;
	return expr->type->size * 8;
}

const struct type *c_seen_enum(const struct ir_expr *expr)
{
	for (;;) {
		if (expr->kind == IR_EXPR_SELECT)
			expr = expr->select.then;
		else if (expr->type->kind != TYPE_ENUM && is_silent(expr))
			expr = expr->convert.operand;
		else
			break;
	}
	return expr->type->kind == TYPE_ENUM ? expr->type : NULL;
}

/* ---- comparisons with one result ---- */

__extension__ typedef __int128 wide;

struct range {
	wide low, high;
};

static wide as_wide(const struct type *type, uint64_t bits)
{
	return c_is_signed(type) ? (wide)(int64_t)bits : (wide)bits;
}

static struct range range_of(const struct ir_expr *expr)
{
	unsigned bits;
	bool is_signed;

	while (is_silent(expr))
		expr = expr->convert.operand;
	bits = expr->type->kind == TYPE_BOOL ? 1 : expr->type->size * 8;
	if (expr->kind == IR_EXPR_LOAD && c_place_is_bitfield(expr->place))
		bits = expr->place->field.field->bit_size;
	is_signed = c_is_signed(expr->type);
	if (expr->kind == IR_EXPR_CONST) {
		wide value = as_wide(expr->type, expr->bits);

		return (struct range){value, value};
	}
	if (is_signed)
		return (struct range){-((wide)1 << (bits - 1)), ((wide)1 << (bits - 1)) - 1};
	return (struct range){0, ((wide)1 << bits) - 1};
}

/* -1: never, 1: always, 0: it depends. */
static int order(struct range a, struct range b, enum binary_op op)
{
	switch (op) {
	case BINARY_LT:
		return a.high < b.low ? 1 : a.low >= b.high ? -1 : 0;
	case BINARY_LE:
		return a.high <= b.low ? 1 : a.low > b.high ? -1 : 0;
	case BINARY_GT:
		return order(b, a, BINARY_LT);
	case BINARY_GE:
		return order(b, a, BINARY_LE);
	case BINARY_EQ:
		if (a.low == a.high && b.low == b.high && a.low == b.low)
			return 1;
		return a.high < b.low || b.high < a.low ? -1 : 0;
	case BINARY_NE:
		return -order(a, b, BINARY_EQ);
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
	return 0;
}

/* (x & mask) == c where c has other bits; (x | mask) == c where c lacks some. */
static bool mask_excludes(const struct ir_expr *masked, const struct ir_expr *constant)
{
	const struct ir_expr *mask;

	while (is_silent(masked))
		masked = masked->convert.operand;
	if (masked->kind != IR_EXPR_BINARY || constant->kind != IR_EXPR_CONST)
		return false;
	mask = masked->binary.right;
	if (mask->kind != IR_EXPR_CONST)
		mask = masked->binary.left;
	if (mask->kind != IR_EXPR_CONST || mask->symbol || constant->symbol)
		return false;
	if (masked->binary.op == BINARY_AND)
		return constant->bits & ~mask->bits;
	return masked->binary.op == BINARY_OR && mask->bits & ~constant->bits;
}

/* (u32)n == c for an i8 n, where no n becomes c. */
static bool cast_excludes(const struct ir_expr *cast, const struct ir_expr *constant)
{
	const struct type *from;

	if (cast->kind != IR_EXPR_CONVERT || cast->convert.how != IR_CONVERT_INT ||
	    constant->kind != IR_EXPR_CONST)
		return false;
	from = cast->convert.operand->type;
	return from->size < cast->type->size &&
	       c_int_fit(cast->type, c_int_fit(from, constant->bits)) != constant->bits;
}

bool c_compare_folds(const struct cgen *cg, const struct ir_expr *expr, enum binary_op op,
		     bool *result)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	bool equality = op == BINARY_EQ || op == BINARY_NE;
	int found = 0;

	if (equality && (left->kind == IR_EXPR_ADDR || left->kind == IR_EXPR_FUNC) &&
	    right->kind == IR_EXPR_CONST)
		found = op == BINARY_NE ? 1 : -1;
	if (c_is_int(left->type) && left->kind == IR_EXPR_LOAD && right->kind == IR_EXPR_LOAD &&
	    c_place_same(left->place, right->place) && !c_place_is_volatile(cg, left->place))
		found = op == BINARY_EQ || op == BINARY_LE || op == BINARY_GE ? 1 : -1;
	if (!found && c_is_int(left->type) &&
	    (left->kind == IR_EXPR_CONST || right->kind == IR_EXPR_CONST) &&
	    !(left->kind == IR_EXPR_CONST && left->symbol) &&
	    !(right->kind == IR_EXPR_CONST && right->symbol)) {
		found = order(range_of(left), range_of(right), op);
		if (!found && equality &&
		    (mask_excludes(left, right) || mask_excludes(right, left) ||
		     cast_excludes(left, right) || cast_excludes(right, left)))
			found = op == BINARY_NE ? 1 : -1;
	}
	*result = found > 0;
	return found != 0;
}
