/* SPDX-License-Identifier: Apache-2.0 */
/* Explicit conversions: `e as T`. */
#include "sema/convert.h"

/* Why a pair of kinds does not convert; texts below. */
enum cast_rule {
	CAST_NEVER,
	CAST_NUMBER,	    /* always */
	CAST_SAME,	    /* only to the same type */
	CAST_FROM_POINTER,  /* pointer to integer: addresses of the kernel and user only, to u64 */
	CAST_TO_POINTER,    /* from u64 */
	CAST_POINTER,	    /* pointee and region may change */
	CAST_POINTER_TRUTH, /* pointer as bool: `!= null` says it */
	CAST_TEXT,	    /* text to numbers or back */
	CAST_WHOLE,	    /* arrays and structs */
};

#define NUMBERS(rule) [TYPE_BOOL] = (rule), NUMBERS_BUT_BOOL(rule)
#define NUMBERS_BUT_BOOL(rule)                                                                \
	[TYPE_CHAR] = (rule), [TYPE_INT] = (rule), [TYPE_BE] = (rule), [TYPE_FLOAT] = (rule), \
	[TYPE_ENUM] = (rule)
#define NUMBER_ROW(to_pointer)                                                              \
	{                                                                                   \
		NUMBERS(CAST_NUMBER), [TYPE_PTR] = (to_pointer), [TYPE_STR] = CAST_TEXT,    \
				      [TYPE_ARRAY] = CAST_WHOLE, [TYPE_STRUCT] = CAST_WHOLE \
	}

static const unsigned char cast_rules[TYPE_KIND_COUNT][TYPE_KIND_COUNT] = {
	[TYPE_BOOL] = NUMBER_ROW(CAST_NEVER),
	[TYPE_CHAR] = NUMBER_ROW(CAST_NEVER),
	[TYPE_INT] = NUMBER_ROW(CAST_TO_POINTER),
	[TYPE_BE] = NUMBER_ROW(CAST_NEVER),
	[TYPE_FLOAT] = NUMBER_ROW(CAST_NEVER),
	[TYPE_ENUM] = NUMBER_ROW(CAST_NEVER),
	[TYPE_PTR] =
		{NUMBERS_BUT_BOOL(CAST_FROM_POINTER), [TYPE_PTR] = CAST_POINTER,
		 [TYPE_BOOL] = CAST_POINTER_TRUTH, [TYPE_FN] = CAST_NEVER, [TYPE_STR] = CAST_TEXT,
		 [TYPE_ARRAY] = CAST_WHOLE, [TYPE_STRUCT] = CAST_WHOLE},
	[TYPE_NULL] = {[TYPE_PTR] = CAST_POINTER},
	[TYPE_STR] = {NUMBERS(CAST_TEXT), [TYPE_STR] = CAST_SAME, [TYPE_ARRAY] = CAST_WHOLE,
		      [TYPE_PTR] = CAST_TEXT, [TYPE_STRUCT] = CAST_WHOLE},
	[TYPE_ARRAY] = {NUMBERS(CAST_WHOLE), [TYPE_STR] = CAST_WHOLE, [TYPE_ARRAY] = CAST_SAME,
			[TYPE_PTR] = CAST_WHOLE, [TYPE_STRUCT] = CAST_WHOLE},
	[TYPE_STRUCT] = {NUMBERS(CAST_WHOLE), [TYPE_STR] = CAST_WHOLE, [TYPE_ARRAY] = CAST_WHOLE,
			 [TYPE_PTR] = CAST_WHOLE, [TYPE_STRUCT] = CAST_SAME},
	[TYPE_FN] = {[TYPE_FN] = CAST_SAME},
	[TYPE_HANDLE] = {[TYPE_HANDLE] = CAST_SAME},
	[TYPE_PERF] = {[TYPE_PERF] = CAST_SAME},
};

/* Whose address is no number; by region. NULL: it may become one. */
static const char *const region_owners[REGION_COUNT] = {
	[REGION_STACK] = "a local variable", [REGION_ENTRY] = "a map entry or global",
	[REGION_PACKET] = "packet bytes",    [REGION_WINDOW] = "packet bytes",
	[REGION_CTX] = "the context",	     [REGION_RECORD] = "a ring buffer record",
	[REGION_OBJECT] = "an object",
};

static bool report_cast(struct sema *sema, const struct expr *expr, const struct type *from,
			const struct type *to, const char *reason)
{
	diag_report(sema->comp, DIAG_BAD_CAST, expr->span, "`%s` cannot become `%s`%s%s",
		    type_name(sema->comp, from), type_name(sema->comp, to), reason ? ": " : "",
		    reason ? reason : "");
	return false;
}

static bool cast_from_pointer(struct sema *sema, const struct expr *expr, const struct type *from,
			      const struct type *to)
{
	const char *owner = region_owners[sema_region(expr)];

	if (owner)
		return report_cast(
			sema, expr, from, to,
			arena_printf(&sema->comp->arena, "the address of %s is no number", owner));
	if (to == sema->comp->types->u64)
		return true;
	report_cast(sema, expr, from, to, "an address is a `u64`");
	offer_cast(sema, expr, sema->comp->types->u64);
	return false;
}

static bool cast_to_pointer(struct sema *sema, const struct expr *expr, const struct type *from,
			    const struct type *to)
{
	if (from == sema->comp->types->u64 ||
	    sema_constant_fits(&expr->constant, sema->comp->types->u64))
		return true;
	report_cast(sema, expr, from, to, "an address is a `u64`");
	offer_cast(sema, expr, sema->comp->types->u64);
	return false;
}

static void offer_test(struct sema *sema, const struct expr *expr)
{
	const char *text = sema_expr_source(sema, expr);

	if (text && (expr->kind == EXPR_NAME || expr->kind == EXPR_FIELD))
		diag_help(sema->comp, "test it: `%s != null`", text);
}

bool sema_cast_check(struct sema *sema, struct expr *expr, const struct type *from,
		     const struct type *to)
{
	if (from->kind == TYPE_ERROR || to->kind == TYPE_ERROR)
		return false;
	if (report_void_value(sema, expr))
		return false;
	switch ((enum cast_rule)cast_rules[from->kind][to->kind]) {
	case CAST_NUMBER:
	case CAST_POINTER:
		return true;
	case CAST_SAME:
		return type_same(from, to) ||
		       report_cast(sema, expr, from, to,
				   from->kind == TYPE_STRUCT ? "two structs never mix" : NULL);
	case CAST_FROM_POINTER:
		return cast_from_pointer(sema, expr, from, to);
	case CAST_TO_POINTER:
		return cast_to_pointer(sema, expr, from, to);
	case CAST_POINTER_TRUTH:
		report_cast(sema, expr, from, to, NULL);
		offer_test(sema, expr);
		return false;
	case CAST_TEXT:
		return report_cast(sema, expr, from, to, "`as` does not read or write text");
	case CAST_WHOLE:
		return report_cast(sema, expr, from, to, "`as` converts single values only");
	case CAST_NEVER:
		break;
	}
	return report_cast(sema, expr, from, to, NULL);
}
