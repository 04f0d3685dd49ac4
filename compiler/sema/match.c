/* SPDX-License-Identifier: Apache-2.0 */
/* match: the values, the patterns of the arms. What they cover is match_cover.c's business. */
#include "sema/match_cover.h"
#include "sema/body.h"

/* What can be matched, for the message about what cannot. */
static bool is_matchable(const struct type *type)
{
	return type_is_integral(type) || type->kind == TYPE_BE || type->kind == TYPE_BOOL ||
	       type->kind == TYPE_CHAR || type->kind == TYPE_STR;
}

static bool check_values(struct sema *sema, const struct expr *expr)
{
	bool ok = true;

	vec_foreach (at, &expr->match.values) {
		struct expr *value = *at;

		if (!body_value(sema, value, NULL)) {
			ok = false;
		} else if (!is_matchable(value->type)) {
			body_error(sema, DIAG_TYPE_MISMATCH, value->span,
				   "a match compares integers, enums, characters, `bool` and text, "
				   "not `%s`",
				   body_type(sema, value->type));
			if (value->type->kind == TYPE_PTR)
				diag_help(sema->comp, "`if` tests whether it is `null`");
			ok = false;
		}
	}
	return ok;
}

/* ---- patterns ---- */

static void warn_never(struct sema *sema, const struct pattern *pattern, const char *why)
{
	diag_report(sema->comp, DIAG_COMPARE_CONSTANT, pattern->span, "this never matches: %s",
		    why);
}

/* One bound of a pattern: a constant that compares with the value. */
static bool check_bound(struct sema *sema, struct expr *value, struct expr *bound)
{
	if (!sema_constant(sema, bound, NULL))
		return false;
	return sema_balance_compare(sema, value, bound, bound->span);
}

static bool check_value_pattern(struct sema *sema, struct expr *value,
				const struct pattern *pattern)
{
	const struct type *type = value->type;
	const struct constant *low;

	if (!check_bound(sema, value, pattern->low))
		return false;
	low = &pattern->low->constant;
	if (type->kind == TYPE_STR ? low->len > type->str.capacity : !sema_constant_fits(low, type))
		warn_never(sema, pattern,
			   body_text(sema, "`%s` does not fit `%s`", sema_constant_text(sema, low),
				     body_type(sema, type)));
	return true;
}

static bool check_range_pattern(struct sema *sema, struct expr *value,
				const struct pattern *pattern)
{
	const struct type *type = value->type;
	const struct type *result;
	int order;

	if (type->kind == TYPE_BE) {
		result = body_error(sema, DIAG_BE_ARITHMETIC, pattern->span,
				    "a range needs host order, found `%s`", body_type(sema, type));
		diag_help(sema->comp, "match the value: `as u%u`", type_bits(type));
		return !body_is_error(result);
	}
	if (type->kind == TYPE_STR || type->kind == TYPE_BOOL) {
		body_error(sema, DIAG_TYPE_MISMATCH, pattern->span, "`%s` has no ranges",
			   body_type(sema, type));
		return false;
	}
	if (!check_bound(sema, value, pattern->low) || !check_bound(sema, value, pattern->high))
		return false;
	order = sema_constant_compare(&pattern->low->constant, &pattern->high->constant);
	if (order > 0 || (!order && !pattern->inclusive))
		warn_never(sema, pattern, "the range is empty");
	else if (!sema_constant_fits(&pattern->low->constant, type) &&
		 !sema_constant_fits(&pattern->high->constant, type) &&
		 pattern->low->constant.negative == pattern->high->constant.negative)
		warn_never(sema, pattern,
			   body_text(sema, "the range lies outside `%s`", body_type(sema, type)));
	return true;
}

static bool check_column(struct sema *sema, struct expr *value, const struct pattern *pattern)
{
	bool ok = true;

	switch (pattern->kind) {
	case PATTERN_VALUE:
		return check_value_pattern(sema, value, pattern);
	case PATTERN_RANGE:
		return check_range_pattern(sema, value, pattern);
	case PATTERN_ANY:
		return true;
	case PATTERN_OR:
		vec_foreach (part, &pattern->parts)
			ok &= check_column(sema, value, *part);
		return ok;
	case PATTERN_DEFAULT:
		body_error(sema, DIAG_SYNTAX, pattern->span,
			   "`default` stands for a whole arm; `_` takes any value here");
		return false;
	case PATTERN_TUPLE:
		body_error(sema, DIAG_TYPE_MISMATCH, pattern->span,
			   "a list of patterns where one value is matched");
		return false;
	}
	return false;
}

static bool check_tuple(struct sema *sema, const struct expr *expr, const struct pattern *pattern)
{
	const struct expr_vec *values = &expr->match.values;
	bool ok = true;

	if (pattern->parts.len != values->len) {
		body_error(sema, DIAG_TYPE_MISMATCH, pattern->span,
			   "%u values are matched, here are patterns for %u", values->len,
			   pattern->parts.len);
		return false;
	}
	for (uint32_t i = 0; i < values->len; i++)
		ok &= check_column(sema, values->data[i], pattern->parts.data[i]);
	return ok;
}

static bool check_pattern(struct sema *sema, const struct expr *expr, const struct pattern *pattern)
{
	const struct expr_vec *values = &expr->match.values;
	bool ok = true;

	switch (pattern->kind) {
	case PATTERN_ANY:
	case PATTERN_DEFAULT:
		return true;
	case PATTERN_OR:
		vec_foreach (part, &pattern->parts)
			ok &= check_pattern(sema, expr, *part);
		return ok;
	case PATTERN_TUPLE:
		if (values->len > 1)
			return check_tuple(sema, expr, pattern);
		break;
	case PATTERN_VALUE:
	case PATTERN_RANGE:
		if (values->len > 1) {
			body_error(sema, DIAG_TYPE_MISMATCH, pattern->span,
				   "%u values are matched: a pattern for each in parentheses",
				   values->len);
			return false;
		}
		break;
	}
	return check_column(sema, values->data[0], pattern);
}

/* ---- the whole ---- */

const struct type *body_check_match(struct sema *sema, struct expr *expr,
				    const struct type *expected)
{
	bool values_ok = check_values(sema, expr), patterns_ok = values_ok;
	const struct type *type;
	struct cover cover;
	struct arms arms;

	match_cover_init(&cover, sema, expr);
	body_arms_begin(sema, &arms, expr, expected);
	vec_foreach (arm, &expr->match.arms) {
		if (values_ok && check_pattern(sema, expr, arm->pattern))
			match_cover_add(&cover, arm->pattern);
		else
			patterns_ok = false;
		if (arm->block)
			body_arm_block(sema, &arms, arm->block);
		else
			body_arm_value(sema, &arms, arm->value);
	}
	type = body_arms_end(sema, &arms);
	if (!patterns_ok)
		return sema->comp->types->error;
	match_cover_report(&cover, arms.is_value);
	return type;
}
