/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of the flow pass. */
#include "sema/flow.h"

#include <string.h>

/* ---- scopes ---- */

void flow_end_scope(struct flow *flow, struct flow_mark mark, struct span span)
{
	flow_check_held(flow, mark.slots, span, "when its scope ends");
	flow_drop_slots(flow, mark.slots);
}

struct span flow_close(const struct stmt *block)
{
	struct span span = block->span;

	if (block->kind == STMT_BLOCK && block->block.braces)
		return block->block.close;
	span.start = span.end > span.start ? span.end - 1 : span.start;
	return span;
}

/* A value that came out of a scope no longer shares what a slot of that scope owned. */
static struct flow_value leave_scope(struct flow_value value, struct flow_mark mark)
{
	if (value.owner > mark.slots) {
		value.owner = 0;
		value.bits &= (uint16_t)~FLOW_RESOURCE;
	}
	return value;
}

static void set_falls_through(struct flow *flow, struct stmt *stmt)
{
	if (!flow->silent)
		stmt->falls_through = !flow->state->dead;
}

/* Only the first statement that cannot run is reported. */
static void report_unreachable(struct flow *flow, const struct stmt *stmt)
{
	if (flow->silent || !(flow->reports & FLOW_REPORT_GENERAL))
		return;
	diag_report(flow->comp, DIAG_UNREACHABLE, stmt->span, "this code can never run");
}

struct flow_value flow_block(struct flow *flow, struct stmt *block)
{
	struct flow_value value = flow_value_of_type(flow, NULL);
	struct flow_mark mark = flow_mark(flow);

	if (block->kind == STMT_EXPR) {
		value = flow_expr(flow, block->expr.value);
		set_falls_through(flow, block);
		return value;
	}
	if (block->kind != STMT_BLOCK) {
		flow_stmt(flow, block);
		return value;
	}
	for (uint32_t i = 0; i < block->block.stmts.len; i++) {
		struct stmt *stmt = block->block.stmts.data[i];
		bool is_last = i + 1 == block->block.stmts.len;

		if (flow->state->dead) {
			report_unreachable(flow, stmt);
			break;
		}
		if (is_last && stmt->kind == STMT_EXPR) {
			value = flow_expr(flow, stmt->expr.value);
			set_falls_through(flow, stmt);
		} else {
			flow_stmt(flow, stmt);
		}
	}
	flow_end_scope(flow, mark, flow_close(block));
	set_falls_through(flow, block);
	return leave_scope(value, mark);
}

/* ---- branches ---- */

struct flow_value flow_if(struct flow *flow, struct condition_vec *conds, struct stmt *then,
			  struct stmt *otherwise)
{
	struct flow_mark mark = flow_mark(flow);
	struct flow_value value, other = flow_value_of_type(flow, NULL);
	struct flow_state *failed, *done;

	flow_conditions(flow, conds, &failed);
	value = leave_scope(flow_block(flow, then), mark);
	flow_end_scope(flow, mark, flow_close(then));
	done = flow->state;
	flow->state = failed;
	if (otherwise)
		other = flow_block(flow, otherwise);
	flow_merge(flow, done);
	return flow_value_join(value, other);
}

static bool pattern_is_total(const struct pattern *pattern)
{
	if (pattern->kind == PATTERN_ANY || pattern->kind == PATTERN_DEFAULT)
		return true;
	if (pattern->kind != PATTERN_TUPLE && pattern->kind != PATTERN_OR)
		return false;
	vec_foreach (part, &pattern->parts) {
		bool total = pattern_is_total(*part);

		if (total != (pattern->kind == PATTERN_TUPLE))
			return total;
	}
	return pattern->kind == PATTERN_TUPLE && pattern->parts.len;
}

static bool has_total_arm(const struct expr *expr)
{
	vec_foreach (arm, &expr->match.arms) {
		if (pattern_is_total(arm->pattern))
			return true;
	}
	return false;
}

/* A match over an enum or bool names every value: the checker wants it exhaustive. */
static bool match_is_total(const struct expr *expr)
{
	if (has_total_arm(expr))
		return true;
	vec_foreach (value, &expr->match.values) {
		enum type_kind kind = (*value)->type->kind;

		if (kind != TYPE_ENUM && kind != TYPE_BOOL)
			return false;
	}
	return true;
}

static struct flow_value zero_value(const struct flow *flow, const struct type *type)
{
	struct flow_value value = flow_value_of_type(flow, type);

	value.range = range_of_value(0);
	if (type->kind == TYPE_PTR)
		value.bits = FLOW_NULL;
	else if (type->kind == TYPE_HANDLE)
		value.bits = FLOW_UNSET;
	return value;
}

/* An enum may hold a number that has no name: then no arm is taken, and the value is zero. */
static bool may_take_none(const struct expr *expr)
{
	if (has_total_arm(expr))
		return false;
	vec_foreach (value, &expr->match.values) {
		if ((*value)->type->kind == TYPE_ENUM)
			return true;
	}
	return false;
}

struct flow_value flow_match(struct flow *flow, struct expr *expr)
{
	struct flow_value value = {0};
	struct flow_state *after;
	bool first = true;

	vec_foreach (operand, &expr->match.values)
		flow_operand(flow, *operand);
	after = flow_state_new(flow);
	if (!match_is_total(expr)) {
		flow_state_join(flow, after, flow->state, flow_mark(flow));
		value = flow_value_of_type(flow, expr->type);
		first = false;
	}
	vec_foreach (arm, &expr->match.arms) {
		struct flow_state *entry = flow_state_copy(flow, flow->state);
		struct flow_value one;

		one = arm->block ? flow_block(flow, arm->block) : flow_expr(flow, arm->value);
		value = first ? one : flow_value_join(value, one);
		first = false;
		flow_state_join(flow, after, flow->state, flow_mark(flow));
		flow_replace(flow, entry);
	}
	if (match_is_total(expr) && may_take_none(expr) && !after->dead) {
		flow_state_join(flow, after, flow->state, flow_mark(flow));
		value = flow_value_join(value, zero_value(flow, expr->type));
	}
	flow_replace(flow, after);
	return value;
}

/* ---- declarations and assignments ---- */

static void else_must_leave(struct flow *flow, const struct stmt *stmt)
{
	const struct stmt *block = stmt->var.otherwise;

	if (!flow_reports(flow, FLOW_REPORT_GENERAL))
		return;
	diag_report(flow->comp, DIAG_ELSE_MUST_LEAVE,
		    (struct span){block->span.file, block->span.start, block->span.start + 1},
		    "the block after `else` must leave: `%s` is not there behind it",
		    stmt->var.name.text);
	diag_help(flow->comp, "end it with `return`, `throw`, `break` or `continue`");
}

/* var a = e else { leave }: `a` is there afterwards. */
static void bind_or_leave(struct flow *flow, struct stmt *stmt, struct flow_value *value)
{
	struct variable *variable = stmt->var.variable;
	struct flow_state *present = flow_state_copy(flow, flow->state);
	uint32_t first = flow->slots.len;

	/* The block does not see the variable, and where it runs there is nothing to hold. */
	flow_block(flow, stmt->var.otherwise);
	if (!flow->state->dead)
		else_must_leave(flow, stmt);
	flow_drop_slots(flow, first);
	flow_replace(flow, present);
	value->bits = (uint16_t)(value->bits & ~(FLOW_NULL | FLOW_SAFE_NULL)) | FLOW_NONNULL;
	if (variable)
		variable->entry_present = variable->entry_map != NULL;
}

static void flow_var(struct flow *flow, struct stmt *stmt)
{
	struct variable *variable = stmt->var.variable;
	struct flow_value value;

	if (!stmt->var.value) {
		if (variable) {
			value = zero_value(flow, variable->type);
			flow_declare(flow, variable, &value, NULL);
		}
		return;
	}
	value = flow_expr(flow, stmt->var.value);
	if (stmt->var.otherwise)
		bind_or_leave(flow, stmt, &value);
	else if (variable)
		variable->entry_present = false;
	if (variable)
		flow_declare(flow, variable, &value, stmt->var.value);
	else
		flow_drop_value(flow, stmt->var.value, &value);
}

/* The range after `x op= e`, x++ and x--. A wider operand of / and % widens the operation. */
static struct range compound_range(struct flow *flow, const struct stmt *stmt,
				   const struct flow_slot *slot, struct range operand)
{
	const struct type *type = slot->variable->type;
	const struct expr *value = stmt->assign.value;
	struct range result;

	if (value && stmt->assign.op != BINARY_SHL && stmt->assign.op != BINARY_SHR)
		type = value->to ? value->to : value->type;
	result = range_binary(stmt->assign.op, *flow_slot_range(flow, slot), operand, type);
	return range_in_type(result, slot->variable->type);
}

static void assign_variable(struct flow *flow, struct stmt *stmt, struct variable *variable,
			    struct flow_value *value)
{
	struct flow_slot *slot = flow_slot_of(flow, stmt->assign.target);

	if (flow->state->dead)
		return;
	flow_key_changed(flow, variable);
	if (!slot) {
		if (stmt->assign.value)
			flow_check_stored(flow, stmt->assign.value, value);
		return;
	}
	/* A new value of a map binding changes neither the entry nor its presence. */
	if (variable->entry_map)
		return;
	if (stmt->assign.op == BINARY_NONE) {
		flow_assign(flow, slot, value, stmt->assign.value);
		return;
	}
	if (slot->range)
		*flow_slot_range(flow, slot) = compound_range(flow, stmt, slot, value->range);
	/* p += n stays there if it was there, but is no window of the packet any more. */
	if (flow_slot_bits(flow, slot) & FLOW_PACKET)
		flow_set_bits(flow, slot, 0, FLOW_UNCHECKED);
}

static void assign_entry(struct flow *flow, struct stmt *stmt, const struct flow_value *value)
{
	flow_place(flow, stmt->assign.target);
	if (!stmt->assign.value)
		return;
	if (value->resource == RESOURCE_OBJECT)
		return;
	if (stmt->assign.value->type->kind == TYPE_PTR)
		flow_move(flow, stmt->assign.value, value);
	else
		flow_drop_value(flow, stmt->assign.value, value);
}

static void flow_assignment(struct flow *flow, struct stmt *stmt)
{
	struct expr *target = stmt->assign.target;
	struct variable *variable = expr_variable(target);
	struct flow_value value = {.range = range_of_value(1)};
	struct flow_slot *slot;

	if (stmt->assign.value)
		value = flow_expr(flow, stmt->assign.value);
	if (variable) {
		assign_variable(flow, stmt, variable, &value);
		return;
	}
	if (expr_is_entry(target)) {
		assign_entry(flow, stmt, &value);
		return;
	}
	flow_place(flow, target);
	if (stmt->assign.value)
		flow_check_stored(flow, stmt->assign.value, &value);
	if (flow->state->dead)
		return;
	flow_stored(flow, target);
	slot = target->type->kind == TYPE_PTR ? flow_slot_of(flow, target) : NULL;
	if (slot && stmt->assign.op == BINARY_NONE) {
		value.bits &= FLOW_MAYBE | FLOW_SAFE_NULL;
		value.owner = 0;
		value.resource = RESOURCE_NONE;
		flow_assign(flow, slot, &value, stmt->assign.value);
	}
}

/* ---- leaving ---- */

static void flow_return(struct flow *flow, struct stmt *stmt)
{
	struct expr *expr = stmt->ret.value;
	struct flow_value value;

	if (expr) {
		value = flow_expr(flow, expr);
		flow_check_stored(flow, expr, &value);
		if (expr->type->kind == TYPE_PTR)
			flow_result_pointer(flow, &value);
	}
	if (stmt->ret.otherwise)
		flow_operand(flow, stmt->ret.otherwise);
	flow_check_held(flow, 0, stmt->span, "when the function returns here");
	flow_check_locks(flow, stmt->span, "when the function returns here");
	flow_check_kept(flow, stmt);
	flow_way_out(flow, NULL);
	flow_kill(flow);
}

static void flow_throw_stmt(struct flow *flow, struct stmt *stmt)
{
	const struct constant *constant = &stmt->expr.value->constant;
	struct throw_site site = {.stmt = stmt};

	flow_operand(flow, stmt->expr.value);
	site.is_constant = constant->kind == CONSTANT_INT;
	site.code = constant->negative ? -(int64_t)constant->bits : (int64_t)constant->bits;
	codes_of_throw(flow->graph, flow->codes, &site);
	flow_throw(flow, flow->codes, stmt, stmt->span, "when this is thrown");
	flow_kill(flow);
}

static void flow_leave_loop(struct flow *flow, struct stmt *stmt)
{
	struct flow_loop *loop = flow->loop;
	bool is_break = stmt->kind == STMT_BREAK;

	if (loop) {
		flow_check_held(flow, loop->mark.slots, stmt->span, "when the loop is left here");
		flow_state_join(flow, is_break ? loop->left : loop->next, flow->state, loop->mark);
		if (is_break)
			loop->way_out |= !flow->state->dead;
	}
	flow_kill(flow);
}

/* ---- try, defer, delete ---- */

static void flow_try(struct flow *flow, struct stmt *stmt)
{
	struct flow_try frame = {.outer = flow->tries, .stmt = stmt->tri.body, .loop = flow->loop};
	struct flow_state *entry = flow_state_copy(flow, flow->state), *after;

	frame.stmt = stmt;
	frame.mark = flow_mark(flow);
	frame.thrown = flow_state_new(flow);
	flow->tries = &frame;
	flow_block(flow, stmt->tri.body);
	flow->tries = frame.outer;
	/* Handlers of what nothing throws are walked all the same, for their own faults. */
	if (frame.thrown->dead)
		flow_state_join(flow, frame.thrown, entry, frame.mark);
	after = flow_state_copy(flow, flow->state);
	vec_foreach (clause, &stmt->tri.catches) {
		flow_replace(flow, flow_state_copy(flow, frame.thrown));
		flow_block(flow, clause->block);
		flow_state_join(flow, after, flow->state, flow_mark(flow));
	}
	flow_replace(flow, after);
	flow_state_free(flow, frame.thrown);
	flow_state_free(flow, entry);
}

/* A deferred block runs at the end: variables that are assigned somewhere may have changed. */
static void forget_written(struct flow *flow)
{
	for (uint32_t i = 0; i < flow->slots.len && !flow->state->dead; i++) {
		const struct flow_slot *slot = &flow->slots.data[i];

		if (slot->variable && slot->variable->is_written)
			flow_forget(flow, slot);
	}
}

/*
 * What a deferred call releases stays usable up to the end of the function. It runs there with
 * other values perhaps; its own faults are looked for with those of now.
 */
static void flow_defer(struct flow *flow, struct stmt *stmt)
{
	struct flow_state *before = flow_state_copy(flow, flow->state);
	struct flow_try *tries = flow->tries;
	struct flow_loop *loop = flow->loop;
	bool deferring = flow->deferring;

	flow->tries = NULL;
	flow->loop = NULL;
	flow->deferring = flow->has_defer = true;
	if (stmt->defer.call) {
		flow_operand(flow, stmt->defer.call);
	} else {
		forget_written(flow);
		flow_block(flow, stmt->defer.block);
	}
	flow->tries = tries;
	flow->loop = loop;
	flow->deferring = deferring;
	for (uint32_t i = 0; i < flow->slots.len && !flow->state->dead; i++) {
		uint16_t released = flow->state->bits[i] & ~before->bits[i] & FLOW_RELEASED;

		if (released && before->bits[i] & FLOW_HELD)
			before->bits[i] ^= FLOW_HELD | FLOW_DEFERRED;
		else if (!(flow->state->bits[i] & FLOW_HELD))
			before->bits[i] &= (uint16_t)~FLOW_HELD; /* given away there */
	}
	if (!flow->state->dead) {
		before->locks_held &= flow->state->locks_held;
		before->locks_free |= flow->state->locks_free;
	}
	flow_replace(flow, before);
}

static void flow_delete(struct flow *flow, struct stmt *stmt)
{
	struct expr *target = stmt->del.target;
	struct flow_value value;

	if (target->kind == EXPR_INDEX && expr_map(target->index.base)) {
		flow_place(flow, target);
		flow_delete_entry(flow, target);
		return;
	}
	value = flow_resource_value(flow, target);
	flow_release(flow, target, &value, NULL);
}

void flow_stmt(struct flow *flow, struct stmt *stmt)
{
	switch (stmt->kind) {
	case STMT_BLOCK:
		flow_block(flow, stmt);
		break;
	case STMT_VAR:
	case STMT_CONST:
		flow_var(flow, stmt);
		break;
	case STMT_ASSIGN:
		flow_assignment(flow, stmt);
		break;
	case STMT_EXPR:
		flow_operand(flow, stmt->expr.value);
		break;
	case STMT_RETURN:
		flow_return(flow, stmt);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
		flow_leave_loop(flow, stmt);
		break;
	case STMT_IF:
		flow_if(flow, &stmt->iff.conds, stmt->iff.then, stmt->iff.otherwise);
		break;
	case STMT_WHILE:
		flow_while(flow, stmt);
		break;
	case STMT_FOR:
		flow_for(flow, stmt);
		break;
	case STMT_FOR_MAP:
		flow_for_map(flow, stmt);
		break;
	case STMT_TRY:
		flow_try(flow, stmt);
		break;
	case STMT_THROW:
		flow_throw_stmt(flow, stmt);
		break;
	case STMT_DEFER:
		flow_defer(flow, stmt);
		break;
	case STMT_DELETE:
		flow_delete(flow, stmt);
		break;
	case STMT_LOCK:
		flow_place(flow, stmt->lock.target);
		flow_block(flow, stmt->lock.body);
		break;
	case STMT_ERROR:
		break;
	}
	set_falls_through(flow, stmt);
}
