/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"

/*
 * A shift with a constant on its left takes its type from around it. Only operators look at such
 * a hint; everything else would take the expected type for a promise that it will be converted.
 */
static const struct type *hint_for(const struct expr *expr, const struct type *type)
{
	bool is_operator = expr->kind == EXPR_BINARY ||
			   (expr->kind == EXPR_UNARY &&
			    (expr->unary.op == UNARY_NEG || expr->unary.op == UNARY_BITNOT));

	return is_operator && type && type_is_integral(type) ? type : NULL;
}

static bool is_number(const struct type *type)
{
	return type_is_integral(type) || type->kind == TYPE_FLOAT;
}

/* ---- ! - ~ ---- */

static const struct type *check_not(struct sema *sema, struct expr *expr)
{
	if (!body_condition(sema, expr->unary.operand))
		return sema->comp->types->error;
	sema_fold(sema, expr);
	return sema->comp->types->bool_;
}

/* Unary minus keeps signed types; an unsigned one becomes the signed type that holds its values. */
static const struct type *negated_type(struct sema *sema, const struct expr *expr)
{
	const struct expr *operand = expr->unary.operand;
	const struct type *type = type_underlying(operand->type);
	const struct type *result;

	if (type->kind == TYPE_FLOAT || type_is_signed(type))
		return type;
	if (type->integer.bits < 64)
		return type_int(sema->comp, type->integer.bits * 2u, true);
	result = body_error(sema, DIAG_TYPE_MISMATCH, operand->span,
			    "no signed type holds every value of `-u64`");
	diag_help(sema->comp, "cast it: `as i64`");
	return result;
}

static const struct type *check_negation(struct sema *sema, struct expr *expr,
					 const struct type *expected)
{
	struct expr *operand = expr->unary.operand;
	const struct type *type;

	if (!body_value(sema, operand, hint_for(operand, expected)))
		return operand->type;
	if (operand->type->kind == TYPE_BE)
		return body_error(sema, DIAG_BE_ARITHMETIC, operand->span,
				  "`-` needs host order: `as u%u`", type_bits(operand->type));
	if (!is_number(operand->type))
		return body_error(sema, DIAG_TYPE_MISMATCH, operand->span,
				  "`-` needs a number, found %s", body_found(sema, operand));
	if (body_fold(sema, expr))
		return expr->type;
	if (operand->constant.kind == CONSTANT_FLOAT)
		return operand->type;
	type = negated_type(sema, expr);
	if (!body_is_error(type))
		sema_convert(sema, operand, type, "the operand of `-`");
	return type;
}

static const struct type *check_complement(struct sema *sema, struct expr *expr,
					   const struct type *expected)
{
	struct expr *operand = expr->unary.operand;
	const struct type *type;

	if (!body_value(sema, operand, hint_for(operand, expected)))
		return operand->type;
	if (operand->type->kind == TYPE_BE) {
		sema_fold(sema, expr);
		return operand->type;
	}
	if (!type_is_integral(operand->type))
		return body_error(sema, DIAG_TYPE_MISMATCH, operand->span,
				  "`~` needs an integer, found %s", body_found(sema, operand));
	if (body_fold(sema, expr))
		return expr->type;
	type = type_underlying(operand->type);
	sema_convert(sema, operand, type, "the operand of `~`");
	return type;
}

const struct type *body_check_unary(struct sema *sema, struct expr *expr,
				    const struct type *expected)
{
	switch (expr->unary.op) {
	case UNARY_NOT:
		return check_not(sema, expr);
	case UNARY_NEG:
		return check_negation(sema, expr, expected);
	case UNARY_BITNOT:
		return check_complement(sema, expr, expected);
	case UNARY_DEREF:
		return body_check_deref(sema, expr);
	case UNARY_ADDR:
		return body_check_address(sema, expr);
	}
	return sema->comp->types->error;
}

/* ---- arithmetic ---- */

static bool is_bitwise(enum binary_op op)
{
	return op == BINARY_AND || op == BINARY_OR || op == BINARY_XOR;
}

static bool is_text(const struct type *type)
{
	return type->kind == TYPE_STR ||
	       (type->kind == TYPE_ARRAY &&
		(type->array.elem->kind == TYPE_CHAR || type->array.elem->size == 1));
}

/* Text + text: the capacities add up; what gets the value cuts it. */
static const struct type *concatenation(struct sema *sema, struct expr *left, struct expr *right,
					struct span op_span)
{
	uint64_t capacity = (uint64_t)left->type->str.capacity + right->type->str.capacity;

	if (capacity >= TYPE_BYTES_MAX)
		return body_error(sema, DIAG_INTERNAL_LIMIT, op_span,
				  "the text would be larger than %u bytes", TYPE_BYTES_MAX);
	return type_str(sema->comp, (uint32_t)capacity);
}

/* Why an operand cannot stand beside an arithmetic operator; NULL when it can. */
static const char *operand_fault(enum binary_op op, const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT:
	case TYPE_ENUM:
	case TYPE_ERROR:
		return NULL;
	case TYPE_BE:
		return is_bitwise(op) ? NULL : "host order";
	case TYPE_BOOL:
		return is_bitwise(op) ? NULL : "numbers";
	case TYPE_FLOAT:
		return is_bitwise(op) || op == BINARY_MOD ? "integers" : NULL;
	case TYPE_STR:
	case TYPE_VOID:
	case TYPE_CHAR:
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
		break;
	}
	return op == BINARY_ADD || op == BINARY_SUB || op == BINARY_MUL || op == BINARY_DIV
		       ? "numbers"
		       : "integers";
}

static bool check_operand(struct sema *sema, enum binary_op op, const struct expr *operand)
{
	const char *fault = operand_fault(op, operand->type);

	if (!fault)
		return true;
	if (operand->type->kind == TYPE_BE) {
		body_error(sema, DIAG_BE_ARITHMETIC, operand->span,
			   "`%s` needs host order, found `%s`", ast_binary_text(op),
			   body_type(sema, operand->type));
		diag_help(sema->comp, "swap it: `as u%u`", type_bits(operand->type));
		return false;
	}
	body_error(sema, DIAG_TYPE_MISMATCH, operand->span, "`%s` needs %s, found %s",
		   ast_binary_text(op), fault, body_found(sema, operand));
	if (operand->type->kind == TYPE_CHAR)
		diag_help(sema->comp, "cast it: `as u8`");
	return false;
}

/* Shifts have the type of the left operand; the count may be any integer. */
static const struct type *shift(struct sema *sema, enum binary_op op, struct expr *left,
				struct expr *right)
{
	const struct type *type;

	if (!check_operand(sema, op, left) || !check_operand(sema, op, right))
		return sema->comp->types->error;
	type = type_underlying(left->type);
	sema_convert(sema, left, type, "the left operand");
	/* The count is taken modulo the width, so only its bits matter. */
	if (right->constant.kind != CONSTANT_INT && type_is_signed(right->type))
		right->to = type_int(sema->comp, type_bits(right->type), false);
	else if (right->type->kind == TYPE_ENUM)
		right->to = type_underlying(right->type);
	return type;
}

const struct type *body_arithmetic(struct sema *sema, enum binary_op op, struct span op_span,
				   struct expr *left, struct expr *right)
{
	const struct type *type;

	if (body_is_error(left->type) || body_is_error(right->type))
		return sema->comp->types->error;
	if (left->type->kind == TYPE_PTR || right->type->kind == TYPE_PTR)
		return body_pointer_arithmetic(sema, op, op_span, left, right);
	if (op == BINARY_ADD && left->type->kind == TYPE_STR && right->type->kind == TYPE_STR)
		return concatenation(sema, left, right, op_span);
	if (op == BINARY_SHL || op == BINARY_SHR)
		return shift(sema, op, left, right);
	if (!check_operand(sema, op, left) || !check_operand(sema, op, right))
		return sema->comp->types->error;
	type = sema_balance(sema, left, right, op_span);
	if (type->kind == TYPE_ENUM) {
		type = type_underlying(type);
		sema_convert(sema, left, type, "the left operand");
		sema_convert(sema, right, type, "the right operand");
	}
	return type;
}

/*
 * Both operands, each with a hint of the other one's type. The right one comes first when only it
 * can tell: `1 << n | flags`.
 */
static bool check_operands(struct sema *sema, struct expr *expr, const struct type *expected)
{
	struct expr *left = expr->binary.left, *right = expr->binary.right;
	bool right_first = left->kind == EXPR_BINARY && right->kind != EXPR_BINARY;
	struct expr *first = right_first ? right : left, *second = right_first ? left : right;
	bool ok = body_value(sema, first, hint_for(first, expected));

	if (ok && first->constant.kind == CONSTANT_NONE)
		expected = first->type;
	return body_value(sema, second, hint_for(second, expected)) && ok;
}

static bool both_constant(const struct expr *expr)
{
	return expr->binary.left->constant.kind != CONSTANT_NONE &&
	       expr->binary.right->constant.kind != CONSTANT_NONE;
}

static const struct type *check_arithmetic(struct sema *sema, struct expr *expr,
					   const struct type *expected)
{
	struct expr *left = expr->binary.left, *right = expr->binary.right;
	enum binary_op op = expr->binary.op;
	const struct type *type;

	if (op == BINARY_SHL || op == BINARY_SHR) {
		bool ok = body_value(sema, left, hint_for(left, expected));

		if (!body_value(sema, right, NULL) || !ok)
			return sema->comp->types->error;
		/* `1 << n` takes the width of what is around it. */
		if (expected && type_is_integral(expected) && left->constant.kind == CONSTANT_INT &&
		    type_is_integral(left->type) && right->constant.kind == CONSTANT_NONE)
			sema_constant_retype(sema, left, type_underlying(expected));
	} else if (!check_operands(sema, expr, expected)) {
		return sema->comp->types->error;
	}
	type = body_arithmetic(sema, op, expr->binary.op_span, left, right);
	if (body_is_error(type))
		return type;
	if (both_constant(expr) && type_is_integral(type))
		return body_fold(sema, expr) ? expr->type : type;
	sema_fold(sema, expr);
	return type;
}

/* ---- comparison ---- */

static bool is_ordering(enum binary_op op)
{
	return op == BINARY_LT || op == BINARY_LE || op == BINARY_GT || op == BINARY_GE;
}

/* Which comparisons a type has, beyond what sema_balance_compare() refuses. */
static bool check_comparable(struct sema *sema, const struct expr *expr)
{
	const struct expr *left = expr->binary.left;
	const struct type *type =
		left->type->kind == TYPE_ENUM ? type_underlying(left->type) : left->type;
	enum binary_op op = expr->binary.op;
	const char *text = ast_binary_text(op);

	switch (type->kind) {
	case TYPE_STRUCT:
		body_error(sema, DIAG_TYPE_MISMATCH, expr->binary.op_span,
			   "`%s` does not compare structs; compare their fields", text);
		return false;
	case TYPE_BE:
		if (!is_ordering(op))
			return true;
		body_error(sema, DIAG_BE_ARITHMETIC, expr->binary.op_span,
			   "`%s` needs host order, found `%s`", text, body_type(sema, type));
		diag_help(sema->comp, "swap both: `as u%u`", type_bits(type));
		return false;
	case TYPE_STR:
	case TYPE_ARRAY:
		if (is_text(left->type) && is_text(expr->binary.right->type) &&
		    (type->kind == TYPE_STR || expr->binary.right->type->kind == TYPE_STR)) {
			if (!is_ordering(op))
				return true;
			body_error(sema, DIAG_TYPE_MISMATCH, expr->binary.op_span,
				   "text has no order; `==` and `!=` compare it");
			return false;
		}
		body_error(sema, DIAG_TYPE_MISMATCH, expr->binary.op_span,
			   "`%s` does not compare arrays; compare their elements", text);
		return false;
	case TYPE_BOOL:
		if (!is_ordering(op))
			return true;
		body_error(sema, DIAG_TYPE_MISMATCH, expr->binary.op_span, "`bool` has no order");
		return false;
	case TYPE_INT:
	case TYPE_CHAR:
	case TYPE_FLOAT:
	case TYPE_ERROR:
		return true;
	case TYPE_VOID:
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_ENUM:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	body_error(sema, DIAG_TYPE_MISMATCH, expr->binary.op_span, "`%s` does not compare `%s`",
		   text, body_type(sema, left->type));
	return false;
}

/* 1 when the comparison holds for all values in the ranges, 0 when for none, -1 when it varies. */
static int always(enum binary_op op, const struct constant *low, const struct constant *high,
		  const struct constant *other_low, const struct constant *other_high)
{
	bool below = sema_constant_compare(high, other_low) < 0;
	bool above = sema_constant_compare(low, other_high) > 0;
	bool at_most = sema_constant_compare(high, other_low) <= 0;
	bool at_least = sema_constant_compare(low, other_high) >= 0;

	switch (op) {
	case BINARY_EQ:
		return below || above ? 0 : -1;
	case BINARY_NE:
		return below || above ? 1 : -1;
	case BINARY_LT:
		return below ? 1 : at_least ? 0 : -1;
	case BINARY_LE:
		return at_most ? 1 : above ? 0 : -1;
	case BINARY_GT:
		return above ? 1 : at_most ? 0 : -1;
	case BINARY_GE:
		return at_least ? 1 : below ? 0 : -1;
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
	return -1;
}

/* Two enum constants are compared on purpose (#if of the language); so are two literals. */
static void warn_constant(struct sema *sema, const struct expr *expr)
{
	const struct expr *left = expr->binary.left, *right = expr->binary.right;
	struct constant low, high, other_low, other_high;
	int result;

	if (both_constant(expr) || !sema_range(left, &low, &high) ||
	    !sema_range(right, &other_low, &other_high))
		return;
	result = always(expr->binary.op, &low, &high, &other_low, &other_high);
	if (result >= 0)
		diag_report(
			sema->comp, DIAG_COMPARE_CONSTANT, expr->span,
			"this comparison is always %s: %s is %s .. %s", result ? "true" : "false",
			left->constant.kind == CONSTANT_NONE ? "the left side" : "the right side",
			sema_constant_text(sema, left->constant.kind == CONSTANT_NONE ? &low
										      : &other_low),
			sema_constant_text(
				sema, left->constant.kind == CONSTANT_NONE ? &high : &other_high));
}

static const struct type *check_comparison(struct sema *sema, struct expr *expr)
{
	struct expr *left = expr->binary.left, *right = expr->binary.right;

	if (!check_operands(sema, expr, NULL))
		return sema->comp->types->error;
	if (body_is_pointer_compare(left, right))
		return body_pointer_compare(sema, expr);
	if (!sema_balance_compare(sema, left, right, expr->binary.op_span) ||
	    !check_comparable(sema, expr))
		return sema->comp->types->error;
	warn_constant(sema, expr);
	sema_fold(sema, expr);
	return sema->comp->types->bool_;
}

static const struct type *check_logical(struct sema *sema, struct expr *expr)
{
	bool ok = body_condition(sema, expr->binary.left);

	if (!body_condition(sema, expr->binary.right) || !ok)
		return sema->comp->types->error;
	sema_fold(sema, expr);
	return sema->comp->types->bool_;
}

const struct type *body_check_binary(struct sema *sema, struct expr *expr,
				     const struct type *expected)
{
	enum binary_op op = expr->binary.op;

	if (op == BINARY_LOGAND || op == BINARY_LOGOR)
		return check_logical(sema, expr);
	if (op == BINARY_EQ || op == BINARY_NE || is_ordering(op))
		return check_comparison(sema, expr);
	return check_arithmetic(sema, expr, expected);
}

/* ---- e as T ---- */

void body_cast_too_large(struct sema *sema, const struct expr *cast, const struct type *to)
{
	const struct expr *operand = cast->cast.operand;
	const struct type *had = operand->type->ptr.target;

	diag_report(sema->comp, DIAG_BAD_CAST, cast->span,
		    "`%s` is larger than the `%s` that the pointer is known to point to",
		    body_type(sema, to->ptr.target), body_type(sema, had));
	diag_note(sema->comp, operand->span, "%u bytes here, %u are needed", had->size,
		  to->ptr.target->size);
}

/*
 * Casts between pointers keep the memory behind them in mind: a larger pointee than the one that
 * is known to be there would read beyond it.
 */
static const struct type *cast_pointer(struct sema *sema, const struct expr *expr,
				       const struct type *to)
{
	const struct expr *operand = expr->cast.operand;
	enum region region = sema_region(operand);
	uint32_t had = operand->type->ptr.target->size;

	if (region == REGION_PACKET || region == REGION_WINDOW)
		return type_with_region(sema->comp, to, REGION_PACKET);
	if (type_same(operand->type, to))
		return type_with_region(sema->comp, to, region);
	if (!body_is_bpf(sema)) {
		if (had && to->ptr.target->size > had)
			body_note_check(sema, &(struct region_check){.cast = expr});
		return type_with_region(sema->comp, to, region);
	}
	if (region == REGION_KERNEL)
		return type_with_region(sema->comp, to, REGION_ADDRESS);
	if (region == REGION_ANY && had && to->ptr.target->size > had) {
		body_note_check(sema, &(struct region_check){.cast = expr});
	} else if (body_region_is_direct(region) && had && to->ptr.target->size > had) {
		body_cast_too_large(sema, expr, to);
		return sema->comp->types->error;
	}
	return type_with_region(sema->comp, to, region);
}

const struct type *body_check_cast(struct sema *sema, struct expr *expr)
{
	struct expr *operand = expr->cast.operand;
	const struct type *to = sema_type(sema, expr->cast.target, false);

	if (to->kind == TYPE_PTR)
		sema_complete(sema, to->ptr.target);
	if (!body_value(sema, operand, NULL) || body_is_error(to) ||
	    !sema_cast_check(sema, operand, operand->type, to))
		return sema->comp->types->error;
	if (to->kind == TYPE_PTR && operand->type->kind == TYPE_PTR)
		return cast_pointer(sema, expr, to);
	if (to->kind == TYPE_PTR && type_is_integral(operand->type) && !body_is_user(sema) &&
	    !body_is_module(sema))
		return type_with_region(sema->comp, to, REGION_ADDRESS);
	/* The constant is computed in terms of the type that it is cast to. */
	expr->type = to;
	sema_fold(sema, expr);
	expr->type = NULL;
	return to;
}
