/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions that must be known when the program is compiled. */
#include "sema/constant.h"

static bool report_not_constant(struct sema *sema, const struct expr *expr)
{
	const char *text = sema_expr_source(sema, expr);

	if (expr->type->kind == TYPE_ERROR)
		return false;
	if (text)
		diag_report(sema->comp, DIAG_EXPECTED_CONSTANT, expr->span,
			    "`%s` is not known when the program is compiled", text);
	else
		diag_report(sema->comp, DIAG_EXPECTED_CONSTANT, expr->span,
			    "this is not known when the program is compiled");
	return false;
}

static void check(struct sema *sema, struct expr *expr, const struct type *expected)
{
	bool in_constant = sema->in_constant;

	sema->in_constant = true;
	sema_expr(sema, expr, expected);
	sema->in_constant = in_constant;
}

bool sema_constant(struct sema *sema, struct expr *expr, const struct type *expected)
{
	uint32_t errors = diag_error_count(sema->comp);

	check(sema, expr, expected);
	/* Whoever reported an error in it has said enough. */
	if (diag_error_count(sema->comp) != errors)
		return false;
	if (expr->constant.kind != CONSTANT_NONE)
		return true;
	return report_not_constant(sema, expr);
}

bool sema_constant_between(struct sema *sema, struct expr *expr, uint64_t min, uint64_t max,
			   const char *what, uint64_t *count)
{
	const struct constant *value = &expr->constant;

	*count = 0;
	if (!sema_constant(sema, expr, NULL))
		return false;
	if (value->kind != CONSTANT_INT || !type_is_integral(expr->type)) {
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, expr->span,
			    "%s needs an integer, found `%s`", what,
			    type_name(sema->comp, expr->type));
		return false;
	}
	if (value->negative || value->bits < min || value->bits > max) {
		diag_report(sema->comp, DIAG_CONST_OVERFLOW, expr->span,
			    "%s is %llu to %llu, not %s", what, (unsigned long long)min,
			    (unsigned long long)max, sema_constant_text(sema, value));
		return false;
	}
	*count = value->bits;
	return true;
}

bool sema_constant_count(struct sema *sema, struct expr *expr, uint64_t max, const char *what,
			 uint64_t *count)
{
	return sema_constant_between(sema, expr, 0, max, what, count);
}

/* Array and struct literals are as constant as what stands in them. */
static bool leaves_constant(struct sema *sema, const struct expr *expr)
{
	bool constant = true;

	if (expr->constant.kind != CONSTANT_NONE || expr->kind == EXPR_NULL)
		return true;
	if (expr->kind == EXPR_ARRAY) {
		vec_foreach (elem, &expr->array.elems)
			constant &= leaves_constant(sema, *elem);
		return constant;
	}
	if (expr->kind != EXPR_STRUCT)
		return report_not_constant(sema, expr);
	vec_foreach (init, &expr->strukt.inits)
		constant &= leaves_constant(sema, init->value);
	return constant;
}

bool sema_initialiser(struct sema *sema, struct expr *expr, const struct type *to, const char *what)
{
	uint32_t errors = diag_error_count(sema->comp);

	check(sema, expr, to);
	if (diag_error_count(sema->comp) != errors)
		return false;
	if (to && !sema_convert(sema, expr, to, what))
		return false;
	return leaves_constant(sema, expr);
}
