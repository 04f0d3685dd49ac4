/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of the flow pass: what holds after they were true, and after they were false. */
#include "sema/flow.h"

/* Behind casts that keep every value: (i as u64) < 10 says the same of i. */
static struct expr *without_casts(struct expr *expr)
{
	while (expr->kind == EXPR_CAST && type_is_integral(expr->type) &&
	       type_is_integral(expr->cast.operand->type)) {
		struct range inner = range_of_type(expr->cast.operand->type);

		if (!range_equal(range_in_type(inner, expr->type), inner))
			break;
		expr = expr->cast.operand;
	}
	return expr;
}

/* The range of a tracked variable that the expression names, if `to` does not change its values. */
static struct range *named_range(struct flow *flow, struct expr *expr)
{
	struct flow_slot *slot;
	struct range *range;

	if (expr->to && type_is_integral(expr->to)) {
		struct range own = range_of_type(expr->type);

		if (!range_equal(range_in_type(own, expr->to), own))
			return NULL;
	}
	expr = without_casts(expr);
	slot = expr_variable(expr) ? flow_slot_of(flow, expr) : NULL;
	range = slot ? flow_slot_range(flow, slot) : NULL;
	return flow->state->dead ? NULL : range;
}

static void assume_range(struct flow *flow, struct expr *expr, enum binary_op op,
			 struct range other)
{
	struct range *range = named_range(flow, expr);

	/* An impossible comparison is left to the checker of constants: nothing becomes dead. */
	if (range)
		range_assume(range, op, other);
}

void flow_assume(struct flow *flow, struct expr *expr, bool present)
{
	const uint16_t nulls = FLOW_NULL | FLOW_SAFE_NULL;
	const struct variable *variable = expr_variable(expr);
	struct flow_slot *slot = flow_slot_of(flow, expr);

	if (flow->state->dead)
		return;
	/* A binding of a map entry is asked for the entry, not for its value. */
	if (type_is_integral(expr->type) && !(variable && variable->entry_map)) {
		assume_range(flow, expr, present ? BINARY_NE : BINARY_EQ, range_of_value(0));
		return;
	}
	if (!slot)
		return;
	if (present) {
		flow_set_bits(flow, slot, nulls, FLOW_NONNULL);
		return;
	}
	/* A null pointer holds nothing. */
	flow_set_bits(flow, slot, FLOW_NONNULL | FLOW_HELD | FLOW_DEFERRED, 0);
	if (!(flow_slot_bits(flow, slot) & nulls))
		flow_set_bits(flow, slot, 0, FLOW_NULL);
}

/* Makes both states from the current one after the condition was evaluated. */
static void split(struct flow *flow, struct flow_state **otherwise)
{
	*otherwise = flow_state_copy(flow, flow->state);
}

static void in_otherwise(struct flow *flow, struct flow_state **otherwise)
{
	struct flow_state *state = flow->state;

	flow->state = *otherwise;
	*otherwise = state;
}

/* p == null: the operand that is tested, NULL for other comparisons. */
static struct expr *null_test(const struct expr *expr)
{
	if (expr->binary.op != BINARY_EQ && expr->binary.op != BINARY_NE)
		return NULL;
	if (expr->binary.right->kind == EXPR_NULL)
		return expr->binary.left;
	return expr->binary.left->kind == EXPR_NULL ? expr->binary.right : NULL;
}

static void note_presence_test(const struct expr *tested)
{
	struct variable *variable = expr_variable(tested);

	if (variable && variable->entry_map && !variable->entry_present)
		variable->entry_tested = true;
}

static void cond_null(struct flow *flow, struct expr *expr, struct expr *tested,
		      struct flow_state **otherwise)
{
	bool present = expr->binary.op == BINARY_NE;

	note_presence_test(tested);
	flow_operand(flow, tested);
	split(flow, otherwise);
	flow_assume(flow, tested, present);
	in_otherwise(flow, otherwise);
	flow_assume(flow, tested, !present);
	in_otherwise(flow, otherwise);
}

/* The binding of a map entry that the value is read from, as in v.f[2]; NULL when there is none. */
static struct expr *bound_entry(struct expr *expr)
{
	const struct variable *variable;

	while (!expr_dereferenced(expr)) {
		if (expr->kind == EXPR_FIELD && expr->ref.kind == REF_NONE)
			expr = expr->field.base;
		else if (expr->kind == EXPR_INDEX)
			expr = expr->index.base;
		else if (expr->kind == EXPR_CAST)
			expr = expr->cast.operand;
		else
			break;
	}
	variable = expr_variable(expr);
	return variable && variable->entry_map ? expr : NULL;
}

static void assume_there(struct flow *flow, struct expr *binding)
{
	struct flow_slot *slot = flow_slot_of(flow, binding);

	if (slot && !flow->state->dead)
		flow_set_bits(flow, slot, FLOW_NULL | FLOW_SAFE_NULL, FLOW_NONNULL);
}

/*
 * An absent entry reads as zero: where a comparison with a constant comes out as it cannot for
 * zero, the entry is there.
 */
static void assume_entry(struct flow *flow, struct expr *expr, enum binary_op op,
			 struct range other, struct flow_state **otherwise)
{
	struct expr *binding = bound_entry(expr);
	struct range zero = range_of_value(0);

	if (!binding || other.low != other.high)
		return;
	if (!range_assume(&zero, op, other)) {
		assume_there(flow, binding);
		return;
	}
	in_otherwise(flow, otherwise);
	assume_there(flow, binding);
	in_otherwise(flow, otherwise);
}

static void cond_value(struct flow *flow, struct expr *expr, struct flow_state **otherwise)
{
	struct expr *binding = bound_entry(expr);

	flow_operand(flow, expr);
	split(flow, otherwise);
	flow_assume(flow, expr, true);
	if (binding)
		assume_there(flow, binding);
	in_otherwise(flow, otherwise);
	flow_assume(flow, expr, false);
	in_otherwise(flow, otherwise);
}

static void cond_compare(struct flow *flow, struct expr *expr, struct flow_state **otherwise)
{
	enum binary_op op = expr->binary.op;
	struct expr *left = expr->binary.left, *right = expr->binary.right;
	struct flow_value a = flow_operand(flow, left), b = flow_operand(flow, right);

	split(flow, otherwise);
	assume_entry(flow, left, op, b.range, otherwise);
	assume_entry(flow, right, range_swap(op), a.range, otherwise);
	if (!type_is_integral(left->type) || !type_is_integral(right->type))
		return;
	assume_range(flow, left, op, b.range);
	assume_range(flow, right, range_swap(op), a.range);
	in_otherwise(flow, otherwise);
	op = range_negate(op);
	assume_range(flow, left, op, b.range);
	assume_range(flow, right, range_swap(op), a.range);
	in_otherwise(flow, otherwise);
}

static void cond_logical(struct flow *flow, struct expr *expr, struct flow_state **otherwise)
{
	struct flow_state *first, *second;

	flow_cond(flow, expr->binary.left, &first);
	if (expr->binary.op == BINARY_LOGOR)
		in_otherwise(flow, &first);
	/* && goes on where the left side holds, || where it does not; `first` is decided. */
	flow_cond(flow, expr->binary.right, &second);
	if (expr->binary.op == BINARY_LOGAND) {
		flow_state_join(flow, first, second, flow_mark(flow));
		flow_state_free(flow, second);
		*otherwise = first;
	} else {
		flow_merge(flow, first);
		*otherwise = second;
	}
}

static bool is_comparison(enum binary_op op)
{
	return op >= BINARY_EQ && op <= BINARY_GE;
}

/*
 * Conditions that are constant leave both ways open, except in loops (flow_while): `if (DEBUG)`
 * must not make code unreachable.
 */
void flow_cond(struct flow *flow, struct expr *expr, struct flow_state **otherwise)
{
	struct expr *tested;

	if (expr->constant.kind == CONSTANT_INT) {
		split(flow, otherwise);
	} else if (expr->kind == EXPR_UNARY && expr->unary.op == UNARY_NOT) {
		flow_cond(flow, expr->unary.operand, otherwise);
		in_otherwise(flow, otherwise);
	} else if (expr->kind == EXPR_BINARY &&
		   (expr->binary.op == BINARY_LOGAND || expr->binary.op == BINARY_LOGOR)) {
		cond_logical(flow, expr, otherwise);
	} else if (expr->kind == EXPR_BINARY && is_comparison(expr->binary.op)) {
		tested = null_test(expr);
		if (tested)
			cond_null(flow, expr, tested, otherwise);
		else
			cond_compare(flow, expr, otherwise);
	} else {
		note_presence_test(expr);
		cond_value(flow, expr, otherwise);
	}
}

/* ---- bindings ---- */

static void bind_present(struct flow *flow, struct condition *cond, struct flow_value *value)
{
	struct variable *variable = cond->variable;

	value->bits = (uint16_t)(value->bits & ~(FLOW_NULL | FLOW_SAFE_NULL)) | FLOW_NONNULL;
	if (type_is_integral(variable->type) && !variable->entry_map)
		range_assume(&value->range, BINARY_NE, range_of_value(0));
	flow_declare(flow, variable, value, cond->value);
	variable->entry_present = variable->entry_map != NULL;
}

static void condition_binding(struct flow *flow, struct condition *cond, uint32_t first,
			      struct flow_state **otherwise)
{
	struct flow_value value = flow_expr(flow, cond->value);

	split(flow, otherwise);
	/* What an earlier binding holds is out of reach where this one is absent. */
	in_otherwise(flow, otherwise);
	flow_check_held(flow, first, cond->value->span, "when this is absent");
	in_otherwise(flow, otherwise);
	bind_present(flow, cond, &value);
}

void flow_conditions(struct flow *flow, struct condition_vec *conds, struct flow_state **otherwise)
{
	struct flow_mark mark = flow_mark(flow);
	struct flow_state *failed = flow_state_new(flow);

	vec_foreach (cond, conds) {
		struct flow_state *one;

		if (cond->variable)
			condition_binding(flow, cond, mark.slots, &one);
		else
			flow_cond(flow, cond->value, &one);
		flow_state_join(flow, failed, one, mark);
		flow_state_free(flow, one);
	}
	*otherwise = failed;
}
