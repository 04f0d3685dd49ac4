/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of the flow pass about pointers: null, stale windows, deleted entries. */
#include "sema/flow.h"

#include <string.h>

#define TEXT_LEN_MAX 40

bool flow_reports(const struct flow *flow, enum flow_reports kind)
{
	if (flow->silent || flow->state->dead)
		return false;
	if (flow->reports & kind)
		return true;
	if (kind == FLOW_REPORT_TARGET)
		flow->facts->has_target_reports = true;
	return false;
}

const char *flow_text(const struct flow *flow, const struct expr *expr)
{
	const struct source *source;
	uint32_t len = expr->span.end - expr->span.start;

	if (expr->span.file >= flow->comp->sources.files.len)
		return "the pointer";
	source = flow->comp->sources.files.data[expr->span.file];
	if (!len || len > TEXT_LEN_MAX || expr->span.end > source->len ||
	    memchr(source->text + expr->span.start, '\n', len))
		return "the pointer";
	return arena_printf(&flow->comp->arena, "`%.*s`", (int)len,
			    source->text + expr->span.start);
}

/* Where a pointer's value comes from, when that is another line of the function. */
static void note_origin(struct flow *flow, const struct expr *pointer)
{
	const struct variable *variable = expr_variable(pointer);
	const struct flow_slot *slot = flow_slot_of(flow, pointer);
	const struct expr *argument;

	if (variable && variable->is_param && slot && !slot->origin) {
		vec_foreach (param, &flow->fn->fn.params) {
			argument = param->variable == variable ? param->null_argument : NULL;
			if (argument)
				diag_note(flow->comp, argument->span, "this argument may be null");
		}
	} else if (slot && slot->origin) {
		diag_note(flow->comp, slot->origin->span, "it gets its value here");
	}
}

void flow_dereference(struct flow *flow, const struct expr *pointer, const struct flow_value *value)
{
	bool is_user = !(flow->targets & ~(1u << TARGET_USER));
	struct flow_slot *slot;
	const char *text, *verb;

	if (!(value->bits & FLOW_NULL))
		return;
	if (flow_reports(flow, FLOW_REPORT_TARGET)) {
		text = flow_text(flow, pointer);
		verb = value->bits & FLOW_NONNULL ? "may be" : "is";
		diag_report(flow->comp, is_user ? DIAG_NULL_DEREF_USER : DIAG_NULL_DEREF,
			    pointer->span, "%s %s null here", text, verb);
		note_origin(flow, pointer);
		if (value->bits & FLOW_NONNULL && flow_slot_of(flow, pointer))
			diag_help(flow->comp, "test it first: `if (%.*s != null) { ... }`",
				  (int)strlen(text) - 2, text + 1);
	}
	/* One report for one mistake. */
	slot = flow_slot_of(flow, pointer);
	if (slot && !flow->state->dead)
		flow_set_bits(flow, slot, FLOW_NULL, FLOW_NONNULL);
}

static void check_stale(struct flow *flow, const struct expr *expr, struct flow_slot *slot)
{
	if (!flow_reports(flow, FLOW_REPORT_GENERAL))
		return;
	diag_report(flow->comp, DIAG_USE_AFTER_LEAVE, expr->span,
		    "%s points into the packet as it was before it was changed",
		    flow_text(flow, expr));
	diag_note(flow->comp, flow->last_change, "the packet is changed here");
	diag_help(flow->comp, "take it from the context again after the change");
	flow_set_bits(flow, slot, FLOW_STALE, 0);
}

static void check_released(struct flow *flow, const struct expr *expr, struct flow_slot *slot,
			   uint16_t bits)
{
	const struct flow_slot *owner = &flow->slots.data[slot->owner];
	bool is_record = owner->resource == RESOURCE_RECORD;
	const char *how = "was deleted on the way here";

	if (!flow_reports(flow, is_record ? FLOW_REPORT_GENERAL : FLOW_REPORT_TARGET))
		return;
	if (owner->resource != RESOURCE_NONE)
		how = bits & FLOW_HELD ? "may be released already" : "is released already";
	diag_report(flow->comp, is_record ? DIAG_RECORD_USED : DIAG_OBJECT_USED, expr->span,
		    "%s %s", flow_text(flow, expr), how);
	diag_note(flow->comp, owner->released, "it is released here");
	flow_set_bits(flow, slot, FLOW_RELEASED, 0);
}

void flow_check_use(struct flow *flow, const struct expr *expr, struct flow_slot *slot)
{
	uint16_t bits = flow_slot_bits(flow, slot);

	if (bits & FLOW_STALE)
		check_stale(flow, expr, slot);
	if (bits & FLOW_RELEASED)
		check_released(flow, expr, slot, bits);
	if (bits & FLOW_DELETED && flow_reports(flow, FLOW_REPORT_GENERAL)) {
		diag_report(flow->comp, DIAG_DELETED_BINDING, expr->span,
			    "%s is an entry that was deleted", flow_text(flow, expr));
		diag_note(flow->comp, slot->deleted, "it is deleted here");
		flow_set_bits(flow, slot, FLOW_DELETED, 0);
	}
}
