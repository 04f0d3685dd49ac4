/* SPDX-License-Identifier: Apache-2.0 */
/* Two operands: their common type, and what a comparison needs (LANGUAGE, Common type). */
#include "sema/convert.h"

static bool is_constant_int(const struct expr *expr)
{
	return expr->constant.kind == CONSTANT_INT;
}

static bool report_mix(struct sema *sema, const struct expr *left, const struct expr *right,
		       struct span op_span)
{
	struct compilation *comp = sema->comp;

	diag_report(comp, DIAG_TYPE_MIX, op_span, "`%s` and `%s` do not go together",
		    type_name(comp, left->type), type_name(comp, right->type));
	return false;
}

/* ---- integers ---- */

/* The smallest of the types that constants have by themselves which holds both. */
static const struct type *common_of_constants(struct sema *sema, const struct expr *left,
					      const struct expr *right)
{
	const struct type_table *types = sema->comp->types;
	const struct type *candidates[] = {type_common(sema->comp, left->type, right->type),
					   types->u32, types->u64, types->i64};

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		if (candidates[i] && sema_constant_fits(&left->constant, candidates[i]) &&
		    sema_constant_fits(&right->constant, candidates[i]))
			return candidates[i];
	}
	return NULL;
}

static const struct type *balance_constants(struct sema *sema, struct expr *left,
					    struct expr *right)
{
	const struct type *type = common_of_constants(sema, left, right);

	/* A huge and a negative one: they can only be meant to be computed, which is exact. */
	if (!type)
		return left->type;
	sema_constant_retype(sema, left, type);
	sema_constant_retype(sema, right, type);
	return type;
}

/* The constant takes the type of the other operand, which counts as its integer if an enum. */
static const struct type *balance_with_constant(struct sema *sema, struct expr *constant,
						struct expr *other)
{
	const struct type *type = type_underlying(other->type);

	sema_constant_retype(sema, constant, type);
	if (type != other->type)
		other->to = type;
	return type;
}

static const struct type *report_no_common(struct sema *sema, const struct expr *left,
					   const struct expr *right, struct span op_span)
{
	const struct expr *with_sign = type_is_signed(left->type) ? left : right;
	const struct expr *without = with_sign == left ? right : left;
	const struct type *wide = type_bits(without->type) < 64
					  ? type_int(sema->comp, type_bits(without->type) * 2, true)
					  : sema->comp->types->i64;
	const char *text = sema_cast_source(sema, without, wide);

	report_mix(sema, left, right, op_span);
	diag_note(sema->comp, span_nowhere(),
		  "`%s` cannot hold every `%s`, and `%s` no negative value",
		  type_name(sema->comp, with_sign->type), type_name(sema->comp, without->type),
		  type_name(sema->comp, without->type));
	if (text)
		diag_help(sema->comp, "say which type is meant, for example `%s`", text);
	return sema->comp->types->error;
}

static const struct type *balance_integers(struct sema *sema, struct expr *left, struct expr *right,
					   struct span op_span)
{
	const struct type *type;

	if (types_are_rival_enums(left->type, right->type)) {
		report_mix(sema, left, right, op_span);
		return sema->comp->types->error;
	}
	if (is_constant_int(left) && is_constant_int(right))
		return balance_constants(sema, left, right);
	if (is_constant_int(left))
		return balance_with_constant(sema, left, right);
	if (is_constant_int(right))
		return balance_with_constant(sema, right, left);
	type = type_common(sema->comp, left->type, right->type);
	if (!type)
		return report_no_common(sema, left, right, op_span);
	if (left->type != type)
		left->to = type;
	if (right->type != type)
		right->to = type;
	return type;
}

/* ---- the other kinds ---- */

/* One operand converts to the other's type: constants to network order, null to pointers. */
static const struct type *balance_one_way(struct sema *sema, struct expr *left, struct expr *right)
{
	enum conversion_result result;

	/* Booleans, characters and pointers of one type meet here too: nothing to do. */
	if (type_same(left->type, right->type))
		return left->type;
	result = conversion_find(sema, right, left->type, USE_VALUE);
	if (result != CONVERT_NO) {
		conversion_apply(sema, right, left->type, result);
		return left->type;
	}
	result = conversion_find(sema, left, right->type, USE_VALUE);
	if (result == CONVERT_NO)
		return NULL;
	conversion_apply(sema, left, right->type, result);
	return right->type;
}

/* Of two floats or strings the wider one; both convert without loss to it. */
static const struct type *balance_wider(struct sema *sema, struct expr *left, struct expr *right)
{
	const struct type *wide = left->type->size >= right->type->size ? left->type : right->type;

	/* A literal takes the width of what it meets. */
	if (left->constant.kind == CONSTANT_FLOAT && right->constant.kind != CONSTANT_FLOAT)
		wide = right->type;
	else if (right->constant.kind == CONSTANT_FLOAT && left->constant.kind != CONSTANT_FLOAT)
		wide = left->type;
	if (!type_same(left->type, wide))
		conversion_apply(sema, left, wide, conversion_find(sema, left, wide, USE_VALUE));
	if (!type_same(right->type, wide))
		conversion_apply(sema, right, wide, conversion_find(sema, right, wide, USE_VALUE));
	return wide;
}

/* What makes two operands of different kinds meet, where one thing certainly does. */
static void offer_meeting(struct sema *sema, const struct expr *left, const struct expr *right)
{
	const struct expr *be = left->type->kind == TYPE_BE ? left : right;
	const struct expr *other = be == left ? right : left;
	const struct type *host;

	if (be->type->kind == TYPE_BE && type_is_integral(other->type)) {
		host = type_int(sema->comp, type_bits(be->type), false);
		if (sema_cast_source(sema, be, host))
			diag_help(sema->comp, "compute with the value: `%s`",
				  sema_cast_source(sema, be, host));
		return;
	}
	if (types_are_rival_enums(left->type, right->type)) {
		offer_cast(sema, right, type_underlying(right->type));
		return;
	}
	if (type_is_integral(left->type) &&
	    (right->type->kind == TYPE_BOOL || right->type->kind == TYPE_CHAR))
		offer_cast(sema, right, type_underlying(left->type));
	else if (type_is_integral(right->type) &&
		 (left->type->kind == TYPE_BOOL || left->type->kind == TYPE_CHAR))
		offer_cast(sema, left, type_underlying(right->type));
	else if (type_is_integral(left->type) && right->type->kind == TYPE_FLOAT)
		offer_cast(sema, left, right->type);
	else if (type_is_integral(right->type) && left->type->kind == TYPE_FLOAT)
		offer_cast(sema, right, left->type);
}

/* False when an operand cannot take part in anything; that is reported here or was before. */
static bool operands_usable(struct sema *sema, const struct expr *left, const struct expr *right)
{
	bool reported = report_void_value(sema, left);

	reported |= report_void_value(sema, right);
	return !reported && left->type->kind != TYPE_ERROR && right->type->kind != TYPE_ERROR;
}

/* In kernel code a float is the mistake, whatever it meets: a conversion would not help. */
static bool report_float_in_kernel(struct sema *sema, const struct expr *left,
				   const struct expr *right)
{
	unsigned targets = sema->fn ? sema_possible_targets(sema->fn) : 0;
	const struct expr *number = left->type->kind == TYPE_FLOAT ? left : right;

	if (number->type->kind != TYPE_FLOAT || !targets || targets & 1u << TARGET_USER)
		return false;
	diag_report(sema->comp, DIAG_FLOAT_TARGET, number->span,
		    "the kernel has no floating point: count in whole numbers, as in `n * 3 / 2` "
		    "for one and a half of `n`");
	return true;
}

const struct type *sema_balance(struct sema *sema, struct expr *left, struct expr *right,
				struct span op_span)
{
	const struct type *error = sema->comp->types->error, *type;

	if (!operands_usable(sema, left, right))
		return error;
	if (type_is_integral(left->type) && type_is_integral(right->type)) {
		/* Of one enum: it stays. */
		if (left->type == right->type && !is_constant_int(left) && !is_constant_int(right))
			return left->type;
		if (left->type == right->type && left->type->kind == TYPE_ENUM)
			return left->type;
		type = balance_integers(sema, left, right, op_span);
		if (type == error)
			offer_meeting(sema, left, right);
		return type;
	}
	if (left->type->kind == right->type->kind &&
	    (left->type->kind == TYPE_FLOAT || left->type->kind == TYPE_STR))
		return balance_wider(sema, left, right);
	type = balance_one_way(sema, left, right);
	if (type)
		return type;
	if (report_float_in_kernel(sema, left, right))
		return error;
	report_mix(sema, left, right, op_span);
	offer_meeting(sema, left, right);
	return error;
}

/* ---- comparisons ---- */

/* The smallest integer type that holds every value of both; NULL for u64 with a signed one. */
static const struct type *holds_both(struct sema *sema, const struct type *a, const struct type *b)
{
	const struct type *with_sign, *without;

	a = type_underlying(a);
	b = type_underlying(b);
	if (type_is_signed(a) == type_is_signed(b))
		return a->size >= b->size ? a : b;
	with_sign = type_is_signed(a) ? a : b;
	without = with_sign == a ? b : a;
	if (with_sign->size > without->size)
		return with_sign;
	return without->size == 8 ? NULL : type_int(sema->comp, type_bits(without) * 2, true);
}

/* A constant that fits takes the other operand's type; one that does not keeps its value. */
static bool compare_with_constant(struct sema *sema, struct expr *constant,
				  const struct expr *other)
{
	struct constant value = constant->constant;
	__int128 wide;

	if (value.by_width) {
		if (!constant_at_width(sema, constant, other->type, &wide))
			return false;
		value = constant_from_wide(wide);
	}
	if (sema_constant_fits(&value, other->type))
		sema_constant_retype(sema, constant, other->type);
	return true;
}

static bool compare_integers(struct sema *sema, struct expr *left, struct expr *right,
			     struct span op_span)
{
	const struct type *type;

	if (types_are_rival_enums(left->type, right->type)) {
		report_mix(sema, left, right, op_span);
		offer_meeting(sema, left, right);
		return false;
	}
	if (is_constant_int(left) && is_constant_int(right))
		return true;
	if (is_constant_int(left))
		return compare_with_constant(sema, left, right);
	if (is_constant_int(right))
		return compare_with_constant(sema, right, left);
	if (left->type == right->type)
		return true;
	type = holds_both(sema, left->type, right->type);
	if (!type)
		return true;
	if (left->type != type)
		left->to = type;
	if (right->type != type)
		right->to = type;
	return true;
}

static bool is_text(const struct type *type)
{
	return type->kind == TYPE_STR ||
	       (type->kind == TYPE_ARRAY && type_is_text_byte(type->array.elem));
}

static bool is_opaque(const struct type *type)
{
	return type->kind == TYPE_HANDLE || type->kind == TYPE_PERF;
}

bool sema_balance_compare(struct sema *sema, struct expr *left, struct expr *right,
			  struct span op_span)
{
	const struct type *a = left->type, *b = right->type;

	if (!operands_usable(sema, left, right))
		return false;
	if (type_is_integral(a) && type_is_integral(b))
		return compare_integers(sema, left, right, op_span);
	if (a->kind == TYPE_FLOAT && b->kind == TYPE_FLOAT)
		return balance_wider(sema, left, right) != NULL;
	if ((is_text(a) && is_text(b) && (a->kind == TYPE_STR || b->kind == TYPE_STR)) ||
	    (is_opaque(a) && b->kind == TYPE_NULL) || (a->kind == TYPE_NULL && is_opaque(b)) ||
	    (a->kind == TYPE_NULL && b->kind == TYPE_NULL))
		return true;
	if (a->kind == TYPE_PTR && b->kind == TYPE_PTR &&
	    (a->ptr.target->kind == TYPE_VOID || b->ptr.target->kind == TYPE_VOID))
		return true;
	/* Text never changes for a comparison, so only equal types and constants are left. */
	if (!is_text(a) && !is_text(b) && balance_one_way(sema, left, right))
		return true;
	report_mix(sema, left, right, op_span);
	offer_meeting(sema, left, right);
	return false;
}
