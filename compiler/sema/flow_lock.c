/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks of the kernel in module code. A lock is known by the function that releases it and the
 * text of its argument: `spin_lock(&table.lock)` goes with `spin_unlock(&table.lock)`. A state has
 * two bits for each: it may be held, it may be free. A trylock leaves both unknown.
 */
#include "sema/flow.h"

#include "kernel/kernel_calls.h"

#include <string.h>

/* More locks in one function are not followed. */
#define LOCKS_MAX 32

static const struct kernel_call *call_of(const struct expr *call)
{
	const struct decl *decl = expr_callee(call);

	return decl && decl->kind == DECL_EXTERN ? kernel_call_find(decl->name.text) : NULL;
}

static struct flow_lock *lock_of(struct flow *flow, const struct kernel_call *kernel,
				 const struct expr *call)
{
	const char *object = call->call.args.len ? flow_text(flow, call->call.args.data[0]) : NULL;
	struct flow_lock lock = {.kernel = kernel, .object = object};

	vec_foreach (known, &flow->locks) {
		if (!strcmp(known->kernel->pair, kernel->pair) &&
		    (!object || !strcmp(known->object, object)))
			return known;
	}
	if (flow->locks.len == LOCKS_MAX)
		return NULL;
	vec_push(&flow->comp->arena, &flow->locks, lock);
	return &flow->locks.data[flow->locks.len - 1];
}

/* "the lock `&table`", "`rcu_read_lock()`" */
static const char *lock_text(struct flow *flow, const struct flow_lock *lock)
{
	if (lock->object)
		return arena_printf(&flow->comp->arena, "the lock %s", lock->object);
	return arena_printf(&flow->comp->arena, "`%s()`", lock->kernel->name);
}

static void take(struct flow *flow, const struct expr *call, struct flow_lock *lock, uint32_t bit)
{
	if (flow->state->locks_held & bit && !(lock->kernel->flags & KERNEL_CALL_NESTS) &&
	    flow_reports(flow, FLOW_REPORT_TARGET)) {
		diag_report(flow->comp, DIAG_LOCK_HELD, call->span,
			    "%s %s held here already: "
			    "whoever waits for its own lock waits for ever",
			    lock_text(flow, lock), flow->state->locks_free & bit ? "may be" : "is");
		diag_note(flow->comp, lock->taken, "it is taken here");
	}
	lock->taken = call->span;
	flow->state->locks_held |= bit;
	flow->state->locks_free &= ~bit;
}

static void give(struct flow *flow, const struct expr *call, const struct flow_lock *lock,
		 uint32_t bit)
{
	if (flow->state->locks_free & bit && flow_reports(flow, FLOW_REPORT_TARGET)) {
		diag_report(flow->comp, DIAG_LOCK_HELD, call->span, "%s %s here",
			    lock_text(flow, lock),
			    flow->state->locks_held & bit ? "is not held on every path"
							  : "is not held");
	}
	flow->state->locks_held &= ~bit;
	flow->state->locks_free |= bit;
}

/* A lock that is surely held and under which nothing may sleep, or NULL. */
static const struct flow_lock *atomic_lock(const struct flow *flow)
{
	for (uint32_t i = 0; i < flow->locks.len; i++) {
		if (flow->state->locks_held & ~flow->state->locks_free & 1u << i &&
		    flow->locks.data[i].kernel->flags & KERNEL_CALL_ATOMIC)
			return &flow->locks.data[i];
	}
	return NULL;
}

void flow_sleep(struct flow *flow, struct span span, const char *what)
{
	const struct flow_lock *lock = flow->state->dead ? NULL : atomic_lock(flow);

	if (!lock || !flow_reports(flow, FLOW_REPORT_TARGET))
		return;
	diag_report(flow->comp, DIAG_MAY_SLEEP, span, "%s may sleep, and %s is held", what,
		    lock_text(flow, lock));
	diag_note(flow->comp, lock->taken, "it is taken here");
}

void flow_kernel_call(struct flow *flow, const struct expr *call)
{
	const struct kernel_call *kernel = call_of(call);
	struct flow_lock *lock;
	uint32_t bit;

	if (!kernel || flow->state->dead || !(flow->targets & 1u << TARGET_MODULE))
		return;
	if (kernel->flags & KERNEL_CALL_SLEEPS)
		flow_sleep(flow, call->span,
			   arena_printf(&flow->comp->arena, "`%s()`", kernel->name));
	lock = kernel->pair ? lock_of(flow, kernel, call) : NULL;
	if (!lock)
		return;
	bit = 1u << (lock - flow->locks.data);
	if (kernel->flags & KERNEL_CALL_TAKES) {
		lock->kernel = kernel;
		take(flow, call, lock, bit);
	} else if (kernel->flags & KERNEL_CALL_GIVES) {
		give(flow, call, lock, bit);
	} else {
		flow->state->locks_held &= ~bit;
		flow->state->locks_free &= ~bit;
	}
}

void flow_check_locks(struct flow *flow, struct span span, const char *what)
{
	if (flow->state->dead)
		return;
	for (uint32_t i = 0; i < flow->locks.len; i++) {
		struct flow_lock *lock = &flow->locks.data[i];

		if (!(flow->state->locks_held & 1u << i) || lock->reported ||
		    !flow_reports(flow, FLOW_REPORT_TARGET))
			continue;
		lock->reported = true;
		diag_report(flow->comp, DIAG_LOCK_HELD, lock->taken,
			    "%s is not released on every path: `%s` is missing",
			    lock_text(flow, lock), lock->kernel->pair);
		diag_note(flow->comp, span, "it is still held %s", what);
	}
}
