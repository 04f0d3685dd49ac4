/* SPDX-License-Identifier: Apache-2.0 */
/* Implicit conversions (LANGUAGE, Implicit conversions). */
#include "sema/convert.h"

bool type_is_text_byte(const struct type *type)
{
	return type->kind == TYPE_CHAR ||
	       (type->kind == TYPE_INT && type->size == 1 && !type->integer.is_signed);
}

bool types_are_rival_enums(const struct type *a, const struct type *b)
{
	return a->kind == TYPE_ENUM && b->kind == TYPE_ENUM && a != b && *a->enumeration->name &&
	       *b->enumeration->name;
}

/* ---- rules, one per pair of kinds ---- */

/* Some pair that the rules below do not name converts only to the very same type. */
enum rule {
	RULE_SAME,
	RULE_INTEGER,	  /* integers and enums */
	RULE_BE_CONSTANT, /* an integer constant to network order */
	RULE_FLOAT,
	RULE_STR,	   /* to another capacity */
	RULE_STR_TO_BYTES, /* text into u8[N], char[N] */
	RULE_CHARS_TO_STR,
	RULE_LONGER_ARRAY, /* a literal is filled with zeros */
	RULE_POINTER,
	RULE_ALWAYS,
};

static const unsigned char rules[TYPE_KIND_COUNT][TYPE_KIND_COUNT] = {
	[TYPE_INT] = {[TYPE_INT] = RULE_INTEGER,
		      [TYPE_ENUM] = RULE_INTEGER,
		      [TYPE_BE] = RULE_BE_CONSTANT},
	[TYPE_ENUM] = {[TYPE_INT] = RULE_INTEGER,
		       [TYPE_ENUM] = RULE_INTEGER,
		       [TYPE_BE] = RULE_BE_CONSTANT},
	[TYPE_FLOAT] = {[TYPE_FLOAT] = RULE_FLOAT},
	[TYPE_STR] = {[TYPE_STR] = RULE_STR, [TYPE_ARRAY] = RULE_STR_TO_BYTES},
	[TYPE_ARRAY] = {[TYPE_ARRAY] = RULE_LONGER_ARRAY, [TYPE_STR] = RULE_CHARS_TO_STR},
	[TYPE_PTR] = {[TYPE_PTR] = RULE_POINTER},
	[TYPE_NULL] = {[TYPE_PTR] = RULE_ALWAYS, [TYPE_FN] = RULE_ALWAYS},
};

static enum conversion_result convert_if(bool possible)
{
	return possible ? CONVERT_CHANGE : CONVERT_NO;
}

static enum conversion_result convert_integer(struct sema *sema, const struct expr *expr,
					      const struct type *to)
{
	if (types_are_rival_enums(expr->type, to))
		return CONVERT_NO;
	if (expr->constant.kind == CONSTANT_INT)
		return CONVERT_RETYPE;
	return convert_if(type_common(sema->comp, expr->type, to) != NULL);
}

static enum conversion_result convert_pointer(const struct type *to, enum conversion_use use)
{
	const struct type *target = to->ptr.target;

	return convert_if(use == USE_ARGUMENT && (target->kind == TYPE_VOID ||
						  (target->kind == TYPE_INT && target->size == 1 &&
						   !target->integer.is_signed)));
}

/* A literal of fewer elements; the elements have been checked against `to`'s already. */
static enum conversion_result convert_array(const struct expr *expr, const struct type *to)
{
	return convert_if(expr->kind == EXPR_ARRAY &&
			  type_same(expr->type->array.elem, to->array.elem) &&
			  expr->type->array.count <= to->array.count);
}

enum conversion_result conversion_find(struct sema *sema, const struct expr *expr,
				       const struct type *to, enum conversion_use use)
{
	const struct type *from = expr->type;

	if (from->kind == TYPE_ERROR || to->kind == TYPE_ERROR)
		return CONVERT_KEEP;
	if (from->kind == TYPE_VOID)
		return CONVERT_NO;
	/* A computed constant may still have to be cut to the width of its type. */
	if (type_same(from, to))
		return expr->constant.kind == CONSTANT_INT ? CONVERT_RETYPE : CONVERT_KEEP;
	switch ((enum rule)rules[from->kind][to->kind]) {
	case RULE_SAME:
		return CONVERT_NO;
	case RULE_INTEGER:
		return convert_integer(sema, expr, to);
	case RULE_BE_CONSTANT:
		return expr->constant.kind == CONSTANT_INT ? CONVERT_RETYPE : CONVERT_NO;
	case RULE_FLOAT:
		return expr->constant.kind == CONSTANT_FLOAT ? CONVERT_RETYPE : CONVERT_CHANGE;
	case RULE_STR:
		return expr->constant.kind == CONSTANT_STRING ? CONVERT_RETYPE : CONVERT_CHANGE;
	case RULE_STR_TO_BYTES:
		if (!type_is_text_byte(to->array.elem) || from->str.capacity > to->array.count)
			return CONVERT_NO;
		return expr->constant.kind == CONSTANT_STRING ? CONVERT_RETYPE : CONVERT_CHANGE;
	case RULE_ALWAYS:
		return CONVERT_CHANGE;
	case RULE_CHARS_TO_STR:
		return convert_if(from->array.elem->kind == TYPE_CHAR);
	case RULE_LONGER_ARRAY:
		return convert_array(expr, to);
	case RULE_POINTER:
		return convert_pointer(to, use);
	}
	return CONVERT_NO;
}

void conversion_apply(struct sema *sema, struct expr *expr, const struct type *to,
		      enum conversion_result result)
{
	if (result == CONVERT_CHANGE)
		expr->to = to;
	else if (result == CONVERT_RETYPE)
		sema_constant_retype(sema, expr, to);
	if (result == CONVERT_RETYPE && to->kind == TYPE_STR &&
	    expr->constant.len > to->str.capacity)
		expr->constant.len = to->str.capacity;
}

/* ---- warnings ---- */

static void report_narrowing(struct sema *sema, const struct expr *expr, const struct type *to)
{
	struct compilation *comp = sema->comp;
	const char *text = sema_expr_source(sema, expr);
	const char *from_name = type_name(comp, expr->type), *to_name = type_name(comp, to);

	text = text ? arena_printf(&comp->arena, "`%s` (`%s`)", text, from_name)
		    : arena_printf(&comp->arena, "this value (`%s`)", from_name);
	if (type_bits(to) < type_bits(expr->type))
		diag_report(comp, DIAG_NARROWING, expr->span,
			    "%s may not fit `%s`, which keeps its low %u bits", text, to_name,
			    type_bits(to));
	else if (type_is_signed(to))
		diag_report(comp, DIAG_NARROWING, expr->span,
			    "%s may be too large for `%s` and become negative", text, to_name);
	else
		diag_report(comp, DIAG_NARROWING, expr->span,
			    "%s may be negative, which `%s` cannot hold", text, to_name);
	text = sema_cast_source(sema, expr, to);
	if (text)
		diag_help(comp, "if that is meant: `%s`", text);
}

/* A conversion between integers that may change the value; of floats one that may lose digits. */
static void warn_narrowing(struct sema *sema, struct expr *expr, const struct type *to)
{
	struct constant low, high;

	if (expr->type->kind == TYPE_FLOAT && type_bits(to) < type_bits(expr->type))
		diag_report(sema->comp, DIAG_NARROWING, expr->span,
			    "`f64` values may lose digits in `f32`");
	if (!type_is_integral(expr->type) || !type_is_integral(to) ||
	    !sema_range(expr, &low, &high) ||
	    (sema_constant_fits(&low, to) && sema_constant_fits(&high, to)))
		return;
	expr->narrows = true;
	if (sema->fn)
		vec_push(&sema->comp->arena, &sema->narrowings, expr);
	else
		report_narrowing(sema, expr, to);
}

void sema_report_narrowings(struct sema *sema)
{
	vec_foreach (it, &sema->narrowings) {
		struct expr *expr = *it;

		if (expr->narrows && expr->to)
			report_narrowing(sema, expr, expr->to);
	}
	sema->narrowings.len = 0;
}

static void warn_string_cut(struct sema *sema, const struct expr *expr, const struct type *to)
{
	if (expr->constant.kind != CONSTANT_STRING || to->kind != TYPE_STR ||
	    expr->constant.len <= to->str.capacity)
		return;
	diag_report(sema->comp, DIAG_STRING_CUT, expr->span,
		    "%s has %u bytes and is cut to the %u of `%s`",
		    sema_constant_text(sema, &expr->constant), expr->constant.len, to->str.capacity,
		    type_name(sema->comp, to));
}

/* ---- reports ---- */

bool report_void_value(struct sema *sema, const struct expr *expr)
{
	const char *text = sema_expr_source(sema, expr);

	if (expr->type->kind != TYPE_VOID)
		return false;
	if (text)
		diag_report(sema->comp, DIAG_RESULT_UNUSED, expr->span, "`%s` gives no value",
			    text);
	else
		diag_report(sema->comp, DIAG_RESULT_UNUSED, expr->span, "this gives no value");
	return true;
}

void offer_cast(struct sema *sema, const struct expr *expr, const struct type *to)
{
	const char *text = sema_cast_source(sema, expr, to);

	if (text)
		diag_help(sema->comp, "convert it: `%s`", text);
}

/* What turns a value of one kind into one of another, where one thing certainly does. */
static void offer_conversion(struct sema *sema, const struct expr *expr, const struct type *to)
{
	const struct type *from = expr->type;
	const char *text = sema_expr_source(sema, expr);
	bool is_plain = expr->kind == EXPR_NAME || expr->kind == EXPR_FIELD ||
			expr->kind == EXPR_INDEX || expr->kind == EXPR_CALL;

	if (!text)
		return;
	if (from->kind == TYPE_BE && type_is_integral(to))
		diag_help(
			sema->comp, "`%s` gives its value, `raw(%s)` its bytes as they are",
			sema_cast_source(sema, expr, type_int(sema->comp, type_bits(from), false)),
			text);
	else if (type_is_integral(from) && to->kind == TYPE_BOOL && is_plain)
		diag_help(sema->comp, "compare it: `%s != 0`", text);
	else if (from->kind == TYPE_PTR && to->kind == TYPE_BOOL && is_plain)
		diag_help(sema->comp, "compare it: `%s != null`", text);
	else if (from->kind == TYPE_PTR && type_same(from->ptr.target, to) && is_plain)
		diag_help(sema->comp, "`*%s` is the value that it points to", text);
	else if (expr->kind == EXPR_INT && to->kind == TYPE_FLOAT)
		diag_help(sema->comp, "write `%s.0`", text);
	else if (type_bits(from) && type_bits(to) && from->kind != TYPE_PTR &&
		 from->kind != TYPE_FN && from->kind != TYPE_NULL && to->kind != TYPE_PTR &&
		 to->kind != TYPE_FN && !types_are_rival_enums(from, to))
		offer_cast(sema, expr, to);
}

static void report_mismatch(struct sema *sema, const struct expr *expr, const struct type *to,
			    const char *what)
{
	struct compilation *comp = sema->comp;
	const char *from_name = type_name(comp, expr->type), *to_name = type_name(comp, to);

	if (expr->type->kind == TYPE_NULL)
		diag_report(comp, DIAG_TYPE_MISMATCH, expr->span,
			    "%s is of type `%s`, which is never `null`", what ? what : "this place",
			    to_name);
	else if (what)
		diag_report(comp, DIAG_TYPE_MISMATCH, expr->span, "%s needs `%s`, found `%s`", what,
			    to_name, from_name);
	else
		diag_report(comp, DIAG_TYPE_MISMATCH, expr->span, "expected `%s`, found `%s`",
			    to_name, from_name);
	if (expr->constant.kind == CONSTANT_STRING && to->kind == TYPE_ARRAY &&
	    type_is_text_byte(to->array.elem))
		diag_note(comp, span_nowhere(), "the text has %u bytes, the array %u",
			  expr->constant.len, to->array.count);
	else if (type_is_integral(expr->type) && type_is_integral(to) &&
		 !types_are_rival_enums(expr->type, to))
		diag_note(comp, span_nowhere(),
			  "no type holds the values of both, so nothing is converted silently");
	offer_conversion(sema, expr, to);
}

static bool convert(struct sema *sema, struct expr *expr, const struct type *to, const char *what,
		    enum conversion_use use)
{
	enum conversion_result result = conversion_find(sema, expr, to, use);

	if (result == CONVERT_NO) {
		if (!report_void_value(sema, expr))
			report_mismatch(sema, expr, to, what);
		return false;
	}
	if (result == CONVERT_CHANGE)
		warn_narrowing(sema, expr, to);
	if (result == CONVERT_RETYPE)
		warn_string_cut(sema, expr, to);
	conversion_apply(sema, expr, to, result);
	return expr->type->kind != TYPE_ERROR && to->kind != TYPE_ERROR;
}

bool sema_convert(struct sema *sema, struct expr *expr, const struct type *to, const char *what)
{
	return convert(sema, expr, to, what, USE_VALUE);
}

bool sema_convert_argument(struct sema *sema, struct expr *expr, const struct type *to,
			   const char *what)
{
	return convert(sema, expr, to, what, USE_ARGUMENT);
}

bool sema_convertible(struct sema *sema, const struct expr *expr, const struct type *to)
{
	return conversion_find(sema, expr, to, USE_VALUE) != CONVERT_NO;
}

bool sema_condition(struct sema *sema, struct expr *expr)
{
	const struct type *type = expr->type;

	if (expr->entry != ENTRY_NONE || type->kind == TYPE_ERROR)
		return type->kind != TYPE_ERROR;
	if (report_void_value(sema, expr))
		return false;
	switch (type->kind) {
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_STR:
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_ENUM:
	case TYPE_NULL:
	case TYPE_HANDLE:
	case TYPE_PERF:
		return true;
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_FLOAT:
	case TYPE_ARRAY:
	case TYPE_STRUCT:
	case TYPE_MAP:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	diag_report(sema->comp, DIAG_TYPE_MISMATCH, expr->span,
		    "a value of type `%s` is neither true nor false: it cannot be a condition",
		    type_name(sema->comp, type));
	if (type->kind == TYPE_FLOAT && sema_expr_source(sema, expr) && expr->kind != EXPR_BINARY)
		diag_help(sema->comp, "compare it: `%s != 0.0`", sema_expr_source(sema, expr));
	return false;
}
