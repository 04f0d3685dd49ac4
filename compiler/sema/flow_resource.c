/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ring buffer records and, in bpf code, objects of `new`: the kernel refuses a program that can end
 * while it holds one. The variable that first gets it is its owner; `var b = a` shares it.
 */
#include "sema/flow.h"

struct words {
	enum flow_reports reports;
	enum diag_slug leak, used;
	const char *noun;	  /* of the thing */
	const char *not_released; /* as a predicate */
	const char *acquired;	  /* a note */
};

static const struct words words[] = {
	[RESOURCE_RECORD] = {FLOW_REPORT_GENERAL, DIAG_RECORD_LEAK, DIAG_RECORD_USED, "record",
			     "not submitted or discarded", "it is reserved here"},
	[RESOURCE_OBJECT] = {FLOW_REPORT_TARGET, DIAG_OBJECT_LEAK, DIAG_OBJECT_USED, "object",
			     "not deleted or moved into a map", "it is made here"},
	[RESOURCE_REFERENCE] = {FLOW_REPORT_TARGET, DIAG_OBJECT_LEAK, DIAG_OBJECT_USED, "reference",
				"not released", "it is acquired here"},
};

/* The slot that owns what the value points to, NULL when it is nothing of the kind. */
static struct flow_slot *owner_of(struct flow *flow, const struct flow_value *value)
{
	struct flow_slot *owner = value->owner ? &flow->slots.data[value->owner - 1] : NULL;

	return owner && owner->resource != RESOURCE_NONE ? owner : NULL;
}

static bool may_escape(const struct flow *flow, enum flow_resource resource)
{
	return resource == RESOURCE_OBJECT && !(flow->targets & 1u << TARGET_BPF);
}

bool flow_follows_objects(const struct flow *flow)
{
	return flow->targets & (1u << TARGET_BPF | 1u << TARGET_MODULE);
}

void flow_escape(struct flow *flow, const struct flow_value *value)
{
	struct flow_slot *owner = owner_of(flow, value);

	if (owner && may_escape(flow, owner->resource))
		flow_set_bits(flow, owner, FLOW_HELD, 0);
}

void flow_drop_value(struct flow *flow, const struct expr *expr, const struct flow_value *value)
{
	const struct words *text = &words[value->resource];

	if (value->resource == RESOURCE_NONE || !flow_reports(flow, text->reports))
		return;
	diag_report(flow->comp, text->leak, expr->span, "this %s is %s: nothing keeps it",
		    text->noun, text->not_released);
	diag_help(flow->comp, "bind it: `if (var e = ...) { ... }`");
}

/* Reported where it was made, once; the note shows a way on which it is lost. */
static void report_held(struct flow *flow, struct flow_slot *slot, struct span span,
			const char *what)
{
	const struct words *text = &words[slot->resource];
	bool is_module = may_escape(flow, slot->resource);

	if (slot->leak_reported || !flow_reports(flow, text->reports))
		return;
	slot->leak_reported = true;
	diag_report(flow->comp, text->leak, slot->acquired, "the %s `%s` is %s on every path",
		    text->noun, slot->variable->name,
		    is_module ? "not deleted or kept elsewhere" : text->not_released);
	diag_note(flow->comp, span, "it is still held %s", what);
}

static bool is_held(const struct flow *flow, uint32_t index)
{
	const struct flow_slot *slot = &flow->slots.data[index];

	return slot->resource != RESOURCE_NONE && slot->owner == index &&
	       flow->state->bits[index] & FLOW_HELD && flow->state->bits[index] & FLOW_NONNULL;
}

void flow_check_held_below(struct flow *flow, uint32_t first, uint32_t end, struct span span,
			   const char *what)
{
	for (uint32_t i = first; i < end && !flow->state->dead; i++)
		if (is_held(flow, i))
			report_held(flow, &flow->slots.data[i], span, what);
}

void flow_check_held(struct flow *flow, uint32_t first, struct span span, const char *what)
{
	flow_check_held_below(flow, first, flow->slots.len, span, what);
}

static void note_held(struct flow *flow, const void *node, bool is_abort, struct variable *variable)
{
	struct arena *arena = &flow->comp->arena;
	struct fn_decl *fn = &flow->fn->fn;
	struct variable_vec *variables;
	struct held_at *held;

	if (!fn->held) {
		fn->held = arena_new(arena, struct ptr_map);
		ptr_map_init(fn->held, arena);
	}
	held = ptr_map_get(fn->held, node);
	if (!held) {
		held = arena_new(arena, struct held_at);
		ptr_map_set(fn->held, node, held);
	}
	variables = is_abort ? &held->on_abort : &held->on_throw;
	vec_foreach (one, variables) {
		if (*one == variable)
			return;
	}
	vec_push(arena, variables, variable);
}

/*
 * Whether it can be given back where an error leaves: not when some way has released it already,
 * or a deferred block may use it later.
 */
static bool can_give_back(const struct flow *flow, uint32_t index)
{
	const struct flow_slot *slot = &flow->slots.data[index];
	uint16_t others = FLOW_RELEASED | FLOW_DEFERRED | FLOW_MOVED;

	return !may_escape(flow, slot->resource) && slot->resource != RESOURCE_REFERENCE &&
	       slot->variable && !slot->path && !(flow->state->bits[index] & others) &&
	       !flow->has_defer;
}

void flow_hold(struct flow *flow, const void *node, bool is_abort, uint32_t first, struct span span,
	       const char *what)
{
	for (uint32_t i = first; i < flow->slots.len && !flow->state->dead; i++) {
		struct flow_slot *slot = &flow->slots.data[i];

		if (!is_held(flow, i))
			continue;
		if (flow->silent)
			continue;
		if (can_give_back(flow, i))
			note_held(flow, node, is_abort, slot->variable);
		else
			report_held(flow, slot, span, what);
	}
}

/* ---- release ---- */

/* Why it cannot be released now, NULL when it can. */
static const char *why_not(uint16_t bits)
{
	if (bits & FLOW_RELEASED)
		return bits & FLOW_HELD ? "may be released already" : "is released already";
	if (bits & FLOW_DEFERRED)
		return "is released by a deferred call";
	if (bits & FLOW_MOVED)
		return "belongs to a map now";
	return NULL;
}

static void release_owned(struct flow *flow, const struct expr *expr, struct flow_slot *owner)
{
	const struct words *text = &words[owner->resource];
	uint16_t bits = flow_slot_bits(flow, owner);
	const char *why = why_not(bits);

	if (why && flow_reports(flow, text->reports)) {
		diag_report(flow->comp, text->used, expr->span, "the %s %s %s", text->noun,
			    flow_text(flow, expr), why);
		diag_note(flow->comp, owner->released, "it is released here");
	}
	owner->released = expr->span;
	flow_set_bits(flow, owner, FLOW_RESOURCE, FLOW_RELEASED);
}

/* `delete p` of a pointer whose object flow does not know. */
static void release_unknown(struct flow *flow, const struct expr *expr)
{
	struct flow_slot *slot = flow_slot_of(flow, expr);

	if (slot && flow_slot_bits(flow, slot) & FLOW_RELEASED &&
	    flow_reports(flow, FLOW_REPORT_TARGET)) {
		diag_report(flow->comp, DIAG_OBJECT_USED, expr->span,
			    "%s was deleted on the way here", flow_text(flow, expr));
		diag_note(flow->comp, slot->released, "it is deleted here");
	} else if (flow->targets & 1u << TARGET_BPF && flow_reports(flow, FLOW_REPORT_TARGET)) {
		diag_report(flow->comp, DIAG_OBJECT_USED, expr->span,
			    "%s is no object that `new` made in this function",
			    flow_text(flow, expr));
	}
	if (slot) {
		slot->released = expr->span;
		flow_set_bits(flow, slot, 0, FLOW_RELEASED);
	}
}

void flow_release(struct flow *flow, const struct expr *expr, struct flow_value *value,
		  const char *how)
{
	struct flow_slot *owner = owner_of(flow, value);

	if (flow->state->dead)
		return;
	if (value->resource) {
		value->resource = RESOURCE_NONE;
		return;
	}
	if (owner) {
		release_owned(flow, expr, owner);
	} else if (!how) {
		release_unknown(flow, expr);
	} else if (expr->kind != EXPR_NULL && flow_reports(flow, FLOW_REPORT_GENERAL)) {
		diag_report(flow->comp, DIAG_TYPE_MISMATCH, expr->span,
			    "only a record that `reserve()` gave in this function can be %s", how);
	}
}

void flow_release_reference(struct flow *flow, const struct expr *expr, struct flow_value *value)
{
	struct flow_slot *owner = owner_of(flow, value);

	if (flow->state->dead)
		return;
	if (owner && owner->resource == RESOURCE_REFERENCE) {
		release_owned(flow, expr, owner);
	} else if (value->resource) {
		value->resource = RESOURCE_NONE;
	} else if (flow_reports(flow, FLOW_REPORT_TARGET)) {
		diag_report(flow->comp, DIAG_OBJECT_USED, expr->span,
			    "%s holds no reference that this function acquired",
			    flow_text(flow, expr));
	}
}

/* ---- moves and copies ---- */

void flow_move(struct flow *flow, const struct expr *expr, const struct flow_value *value)
{
	struct flow_slot *owner = owner_of(flow, value);
	uint16_t bits;

	if (!owner || flow->state->dead)
		return;
	if (owner->resource == RESOURCE_RECORD) {
		flow_check_stored(flow, expr, value);
		return;
	}
	bits = flow_slot_bits(flow, owner);
	if (why_not(bits) && flow_reports(flow, FLOW_REPORT_TARGET)) {
		diag_report(flow->comp, DIAG_OBJECT_USED, expr->span, "the object %s %s",
			    flow_text(flow, expr), why_not(bits));
		diag_note(flow->comp, owner->released, "it is given away here");
	}
	owner->released = expr->span;
	flow_set_bits(flow, owner, FLOW_RESOURCE, FLOW_MOVED);
}

void flow_check_stored(struct flow *flow, const struct expr *expr, const struct flow_value *value)
{
	struct flow_slot *owner = owner_of(flow, value);
	const struct words *text;

	if (may_escape(flow, owner ? owner->resource : value->resource)) {
		if (!flow->state->dead)
			flow_escape(flow, value);
		return;
	}
	flow_drop_value(flow, expr, value);
	if (!owner || flow->state->dead ||
	    !(flow_slot_bits(flow, owner) & (FLOW_HELD | FLOW_DEFERRED)))
		return;
	text = &words[owner->resource];
	if (!flow_reports(flow, text->reports))
		return;
	diag_report(flow->comp, text->leak, expr->span,
		    "the %s %s cannot be kept elsewhere: this function has to release it",
		    text->noun, flow_text(flow, expr));
	diag_note(flow->comp, owner->acquired, "%s", text->acquired);
	flow_set_bits(flow, owner, FLOW_HELD, 0);
}

void flow_check_overwritten(struct flow *flow, const struct flow_slot *slot,
			    const struct flow_value *value, const struct expr *origin)
{
	uint32_t index = (uint32_t)(slot - flow->slots.data);
	const struct flow_slot *owner;
	enum flow_resource resource;
	uint16_t bits = flow->state->dead ? 0 : flow->state->bits[index];

	if (slot->resource != RESOURCE_NONE && slot->owner == index && bits & FLOW_HELD &&
	    bits & FLOW_NONNULL)
		report_held(flow, &flow->slots.data[index], origin->span, "when it is overwritten");
	if (!value->owner && !(value->resource && slot->owner != index))
		return;
	owner = owner_of(flow, value);
	resource = owner ? owner->resource : value->resource;
	if (may_escape(flow, resource)) {
		flow_escape(flow, value);
		return;
	}
	/* Which variable holds which record must not depend on the path. */
	if (resource != RESOURCE_NONE && flow_reports(flow, words[resource].reports)) {
		diag_report(flow->comp, DIAG_UNSUPPORTED, origin->span,
			    "a %s cannot be assigned to another variable", words[resource].noun);
		diag_help(flow->comp, "declare a new variable for it");
	}
}
