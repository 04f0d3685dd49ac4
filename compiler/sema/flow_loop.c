/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of the flow pass: states at their heads are remembered from walk to walk. */
#include "sema/flow.h"

/* After so many walks in which a loop's state grew its ranges become those of the types. */
#define WIDEN_AFTER 1

static struct flow_memory *memory_of(struct flow *flow, const struct stmt *stmt)
{
	struct flow_memory *memory = ptr_map_get(&flow->memories, stmt);

	if (memory)
		return memory;
	memory = arena_new(&flow->comp->arena, struct flow_memory);
	memory->back = flow_state_new(flow);
	ptr_map_set(&flow->memories, stmt, memory);
	vec_push(&flow->comp->arena, &flow->loops, memory);
	return memory;
}

static void widen(struct flow *flow, struct flow_state *state, const struct flow_state *old)
{
	vec_foreach (slot, &flow->slots) {
		struct range *range = slot->range ? &state->ranges[slot->range - 1] : NULL;

		if (!range || old->dead || range_equal(*range, old->ranges[slot->range - 1]))
			continue;
		*range = range_of_type(slot->variable->type);
		flow->widened = true;
	}
}

/* Whether the end of the body brings something to the head that was not there. */
static bool head_grows(struct flow *flow, const struct flow_loop *loop)
{
	struct flow_state *grown = flow_state_copy(flow, loop->head);
	bool grows;

	flow_state_join(flow, grown, flow->state, loop->mark);
	grows = !flow_state_equal(flow, grown, loop->head);
	flow_state_free(flow, grown);
	return grows;
}

/*
 * The current state is what the body leaves at its end: it is added to what was known. Once
 * nothing is new any more, a walk of `narrowing` stores the plain states, which gives back what
 * widening lost.
 */
static void remember(struct flow *flow, const struct stmt *stmt, struct flow_loop *loop)
{
	struct flow_memory *memory = memory_of(flow, stmt);
	struct flow_state *grown;

	if (flow->narrowing) {
		memory->wide = memory->back;
		memory->back = flow_state_copy(flow, flow->state);
		return;
	}
	if (!head_grows(flow, loop))
		return;
	flow->changed = true;
	grown = flow_state_copy(flow, memory->back);
	flow_state_join(flow, grown, flow->state, loop->mark);
	if (++memory->visits > WIDEN_AFTER)
		widen(flow, grown, memory->back);
	flow_state_free(flow, memory->back);
	memory->back = grown;
}

void flow_undo_narrowing(struct flow *flow)
{
	vec_foreach (memory, &flow->loops)
		(*memory)->back = (*memory)->wide;
}

static void enter(struct flow *flow, struct flow_loop *loop, const struct stmt *stmt)
{
	*loop = (struct flow_loop){.outer = flow->loop, .mark = flow_mark(flow)};
	loop->left = flow_state_new(flow);
	loop->next = flow_state_new(flow);
	flow_state_join(flow, flow->state, memory_of(flow, stmt)->back, loop->mark);
	if (flow->silent)
		loop->head = flow_state_copy(flow, flow->state);
	flow->loop = loop;
}

/* The end of the body: `continue` comes here too. */
static void end_round(struct flow *flow, struct flow_loop *loop, const struct stmt *stmt)
{
	flow_merge(flow, loop->next);
	if (flow->silent) {
		remember(flow, stmt, loop);
		flow_state_free(flow, loop->head);
	}
	flow->loop = loop->outer;
}

static bool is_true(const struct expr *cond)
{
	return cond->constant.kind == CONSTANT_INT && cond->constant.bits;
}

/* A loop of bpf and module code has to end; in user code a signal ends it. */
static void check_endless(struct flow *flow, const struct stmt *stmt, const struct flow_loop *loop)
{
	bool is_module = flow->targets & 1u << TARGET_MODULE;

	if (loop->way_out || !flow_reports(flow, FLOW_REPORT_TARGET) ||
	    !(is_module || flow->targets & 1u << TARGET_BPF))
		return;
	diag_report(flow->comp, DIAG_LOOP_FOREVER, stmt->whil.cond->span,
		    is_module ? "this loop has no way out: a kernel's CPU would hang in it"
			      : "this loop has no way out, and a bpf program must end");
	diag_help(flow->comp, "leave it by `break` or `return`, or use `for` with a bound");
}

/* Once such a loop of module code runs, only another CPU could end it. */
static void check_stuck(struct flow *flow, const struct stmt *stmt, const struct flow_loop *loop)
{
	if (loop->way_out || !(flow->targets & 1u << TARGET_MODULE) ||
	    !flow_reports(flow, FLOW_REPORT_TARGET))
		return;
	diag_report(flow->comp, DIAG_LOOP_FOREVER, stmt->whil.cond->span,
		    "nothing in this loop changes what its condition reads: a kernel's CPU would "
		    "hang in it");
	diag_help(flow->comp, "bound it: `for (i in 0..1000) { ... }`");
}

void flow_while(struct flow *flow, struct stmt *stmt)
{
	bool endless = is_true(stmt->whil.cond);
	struct flow_state *exit;
	struct flow_loop loop;

	enter(flow, &loop, stmt);
	flow_cond(flow, stmt->whil.cond, &exit);
	if (endless)
		exit->dead = true;
	if (stmt->whil.cond->constant.kind == CONSTANT_INT && !endless)
		flow_kill(flow);
	flow_block(flow, stmt->whil.body);
	if (endless)
		check_endless(flow, stmt, &loop);
	else if (stmt->whil.is_stuck)
		check_stuck(flow, stmt, &loop);
	end_round(flow, &loop, stmt);
	if (endless && flow->targets & 1u << TARGET_USER) {
		flow_state_join(flow, exit, flow->state, loop.mark);
		exit->by_signal = true;
	}
	flow_replace(flow, exit);
	flow_merge(flow, loop.left);
}

void flow_for(struct flow *flow, struct stmt *stmt)
{
	struct variable *variable = stmt->range.variable;
	struct flow_value from = flow_operand(flow, stmt->range.from);
	struct flow_value to = flow_operand(flow, stmt->range.to);
	struct flow_value value = {0};
	struct flow_state *exit;
	struct flow_loop loop;

	value.range.low = from.range.low;
	value.range.high = to.range.high - (stmt->range.inclusive ? 0 : 1);
	if (value.range.high < value.range.low)
		value.range.high = value.range.low;
	enter(flow, &loop, stmt);
	exit = flow_state_copy(flow, flow->state);
	if (variable)
		flow_declare(flow, variable, &value, stmt->range.from);
	flow_block(flow, stmt->range.body);
	flow_drop_slots(flow, loop.mark.slots);
	end_round(flow, &loop, stmt);
	flow_replace(flow, exit);
	flow_merge(flow, loop.left);
}

/* The value is the entry itself; it is there for as long as nobody deletes it. */
static void declare_entry(struct flow *flow, struct stmt *stmt)
{
	struct variable *key = stmt->each.key_variable, *entry = stmt->each.value_variable;
	struct flow_value value;

	if (key) {
		value = flow_value_of_type(flow, key->type);
		flow_declare(flow, key, &value, NULL);
	}
	if (!entry)
		return;
	value = flow_value_of_type(flow, entry->type);
	value.bits = FLOW_NONNULL;
	flow_declare(flow, entry, &value, NULL);
	entry->entry_present = entry->entry_map != NULL;
	if (entry->flow_slot) {
		flow->slots.data[entry->flow_slot - 1].map = expr_map(stmt->each.map);
		flow->slots.data[entry->flow_slot - 1].key_variable = key;
	}
}

void flow_for_map(struct flow *flow, struct stmt *stmt)
{
	struct flow_state *exit;
	struct flow_loop loop;

	if (!expr_decl(stmt->each.map))
		flow_operand(flow, stmt->each.map);
	enter(flow, &loop, stmt);
	exit = flow_state_copy(flow, flow->state);
	declare_entry(flow, stmt);
	flow_block(flow, stmt->each.body);
	flow_drop_slots(flow, loop.mark.slots);
	end_round(flow, &loop, stmt);
	flow_replace(flow, exit);
	flow_merge(flow, loop.left);
}
