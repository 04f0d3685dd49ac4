/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of compiler/sema/flow_state.c and of the sets of codes: joins and the dead state. */
#include "ks_test.h"

#include "sema/flow.h"

static struct compilation comp;
static struct flow flow;

/* A flow with `slots` slots, of which the first `ranges` have a range. */
static void start(uint32_t slots, uint32_t ranges)
{
	compilation_init(&comp);
	types_init(&comp);
	flow = (struct flow){.comp = &comp, .range_count = ranges};
	for (uint32_t i = 0; i < slots; i++) {
		struct flow_slot slot = {.owner = i, .range = i < ranges ? i + 1 : 0};

		vec_push(&comp.arena, &flow.slots, slot);
	}
}

static struct flow_state *alive(uint16_t bits, int64_t low, int64_t high)
{
	struct flow_state *state = flow_state_new(&flow);

	state->dead = false;
	for (uint32_t i = 0; i < flow.slots.len; i++)
		state->bits[i] = bits;
	for (uint32_t i = 0; i < flow.range_count; i++)
		state->ranges[i] = (struct range){low, high};
	return state;
}

static void a_new_state_is_dead(void)
{
	start(3, 1);
	CHECK(flow_state_new(&flow)->dead);
}

static void a_join_holds_what_either_holds(void)
{
	struct flow_state *a, *b;

	start(2, 1);
	a = alive(FLOW_NULL, 3, 5);
	b = alive(FLOW_NONNULL, 9, 9);
	flow_state_join(&flow, a, b, flow_mark(&flow));
	CHECK_INT(a->bits[0], FLOW_MAYBE);
	CHECK_INT(a->bits[1], FLOW_MAYBE);
	CHECK(a->ranges[0].low == 3 && a->ranges[0].high == 9);
	CHECK_INT(b->bits[0], FLOW_NONNULL);
}

static void the_dead_state_adds_nothing(void)
{
	struct flow_state *a, *dead;

	start(1, 1);
	a = alive(FLOW_HELD, 1, 2);
	dead = flow_state_new(&flow);
	flow_state_join(&flow, a, dead, flow_mark(&flow));
	CHECK_INT(a->bits[0], FLOW_HELD);
	flow_state_join(&flow, dead, a, flow_mark(&flow));
	CHECK(!dead->dead && flow_state_equal(&flow, a, dead));
}

static void a_join_is_idempotent_and_commutative(void)
{
	struct flow_state *a, *b, *left, *right;

	start(2, 2);
	a = alive(FLOW_HELD | FLOW_NONNULL, -4, 4);
	b = alive(FLOW_RELEASED, 2, 8);
	a->by_signal = true;
	a->pending = true;
	b->idle = true;
	left = flow_state_copy(&flow, a);
	right = flow_state_copy(&flow, b);
	flow_state_join(&flow, left, b, flow_mark(&flow));
	flow_state_join(&flow, right, a, flow_mark(&flow));
	CHECK(flow_state_equal(&flow, left, right));
	CHECK(!left->by_signal && left->pending && left->idle);
	flow_state_join(&flow, left, right, flow_mark(&flow));
	CHECK(flow_state_equal(&flow, left, right));
}

static void a_mark_hides_later_slots(void)
{
	struct flow_mark mark;
	struct flow_state *outer, *inner;

	start(1, 0);
	mark = flow_mark(&flow);
	outer = alive(FLOW_NULL, 0, 0);
	for (uint32_t i = 0; i < 100; i++)
		vec_push(&comp.arena, &flow.slots, ((struct flow_slot){.owner = i + 1}));
	inner = alive(FLOW_NONNULL, 0, 0);
	flow_state_join(&flow, outer, inner, mark);
	CHECK_INT(outer->bits[0], FLOW_MAYBE);
	flow.slots.len = mark.slots;
	CHECK(!flow_state_equal(&flow, outer, inner));
}

static void freed_states_are_used_again(void)
{
	struct flow_state *state;

	start(1, 0);
	state = alive(FLOW_NULL, 0, 0);
	state->pending = true;
	flow_state_free(&flow, state);
	CHECK(flow_state_new(&flow) == state);
	CHECK(state->dead && !state->pending);
}

static void a_record_belongs_to_its_owner(void)
{
	struct flow_slot *alias;

	start(2, 0);
	flow.state = alive(FLOW_NONNULL, 0, 0);
	flow.slots.data[1].owner = 0;
	alias = &flow.slots.data[1];
	flow_set_bits(&flow, alias, 0, FLOW_HELD);
	CHECK_INT(flow.state->bits[0], FLOW_NONNULL | FLOW_HELD);
	CHECK_INT(flow.state->bits[1], FLOW_NONNULL);
	CHECK_INT(flow_slot_bits(&flow, alias), FLOW_NONNULL | FLOW_HELD);
	flow_set_bits(&flow, alias, FLOW_NONNULL | FLOW_HELD, FLOW_NULL | FLOW_RELEASED);
	CHECK_INT(flow.state->bits[0], FLOW_NONNULL | FLOW_RELEASED);
	CHECK_INT(flow.state->bits[1], FLOW_NULL);
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"a new state is dead", a_new_state_is_dead},
		{"a join holds what either holds", a_join_holds_what_either_holds},
		{"the dead state adds nothing", the_dead_state_adds_nothing},
		{"a join is idempotent and commutative", a_join_is_idempotent_and_commutative},
		{"a mark hides later slots", a_mark_hides_later_slots},
		{"freed states are used again", freed_states_are_used_again},
		{"a record belongs to its owner", a_record_belongs_to_its_owner},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
