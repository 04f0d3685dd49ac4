/* SPDX-License-Identifier: Apache-2.0 */
/* States of the flow pass: copied at branches, joined where paths meet, used again. */
#include "sema/flow.h"

#include <string.h>

/* Room for all slots and ranges that exist now. */
void flow_state_reserve(struct flow *flow, struct flow_state *state)
{
	struct arena *arena = &flow->comp->arena;

	if (state->bits_cap < flow->slots.len) {
		uint32_t cap = flow->slots.len * 2 + 16;
		uint16_t *bits = arena_array(arena, uint16_t, cap);

		if (state->bits_cap)
			memcpy(bits, state->bits, state->bits_cap * sizeof(*bits));
		state->bits = bits;
		state->bits_cap = cap;
	}
	if (state->ranges_cap < flow->range_count) {
		uint32_t cap = flow->range_count * 2 + 4;
		struct range *ranges = arena_array(arena, struct range, cap);

		if (state->ranges_cap)
			memcpy(ranges, state->ranges, state->ranges_cap * sizeof(*ranges));
		state->ranges = ranges;
		state->ranges_cap = cap;
	}
}

struct flow_state *flow_state_new(struct flow *flow)
{
	struct flow_state *state = flow->free;

	if (state)
		flow->free = state->next;
	else
		state = arena_new(&flow->comp->arena, struct flow_state);
	flow_state_reserve(flow, state);
	state->dead = true;
	state->by_signal = state->pending = state->idle = false;
	state->locks_held = 0;
	state->locks_free = UINT32_MAX;
	return state;
}

void flow_state_free(struct flow *flow, struct flow_state *state)
{
	state->next = flow->free;
	flow->free = state;
}

struct flow_mark flow_mark(const struct flow *flow)
{
	return (struct flow_mark){flow->slots.len, flow->range_count};
}

static void state_set(struct flow *flow, struct flow_state *into, const struct flow_state *from,
		      struct flow_mark mark)
{
	flow_state_reserve(flow, into);
	into->dead = from->dead;
	into->by_signal = from->by_signal;
	into->pending = from->pending;
	into->idle = from->idle;
	into->locks_held = from->locks_held;
	into->locks_free = from->locks_free;
	if (from->dead)
		return;
	if (mark.slots)
		memcpy(into->bits, from->bits, mark.slots * sizeof(*into->bits));
	if (mark.ranges)
		memcpy(into->ranges, from->ranges, mark.ranges * sizeof(*into->ranges));
}

struct flow_state *flow_state_copy(struct flow *flow, const struct flow_state *from)
{
	struct flow_state *state = flow_state_new(flow);

	state_set(flow, state, from, flow_mark(flow));
	return state;
}

void flow_state_join(struct flow *flow, struct flow_state *into, const struct flow_state *from,
		     struct flow_mark mark)
{
	if (from->dead)
		return;
	if (into->dead) {
		state_set(flow, into, from, mark);
		return;
	}
	into->by_signal &= from->by_signal;
	into->pending |= from->pending;
	into->idle |= from->idle;
	into->locks_held |= from->locks_held;
	into->locks_free |= from->locks_free;
	for (uint32_t i = 0; i < mark.slots; i++)
		into->bits[i] |= from->bits[i];
	for (uint32_t i = 0; i < mark.ranges; i++)
		into->ranges[i] = range_join(into->ranges[i], from->ranges[i]);
}

bool flow_state_equal(const struct flow *flow, const struct flow_state *a,
		      const struct flow_state *b)
{
	if (a->dead || b->dead)
		return a->dead == b->dead;
	if (a->by_signal != b->by_signal || a->pending != b->pending || a->idle != b->idle ||
	    a->locks_held != b->locks_held || a->locks_free != b->locks_free)
		return false;
	if (flow->slots.len && memcmp(a->bits, b->bits, flow->slots.len * sizeof(*a->bits)))
		return false;
	for (uint32_t i = 0; i < flow->range_count; i++) {
		if (!range_equal(a->ranges[i], b->ranges[i]))
			return false;
	}
	return true;
}

void flow_kill(struct flow *flow)
{
	flow->state->dead = true;
}

void flow_replace(struct flow *flow, struct flow_state *state)
{
	flow_state_free(flow, flow->state);
	flow->state = state;
}

void flow_merge(struct flow *flow, struct flow_state *state)
{
	flow_state_join(flow, flow->state, state, flow_mark(flow));
	flow_state_free(flow, state);
}
