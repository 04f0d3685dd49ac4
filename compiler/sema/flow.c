/* SPDX-License-Identifier: Apache-2.0 */
/* The flow pass over one body, and what it finds between functions. */
#include "sema/flow.h"

#include <string.h>

/* ---- the function's own rules ---- */

void flow_result_pointer(struct flow *flow, const struct flow_value *value)
{
	struct fn_facts *facts = flow->facts;
	bool is_null = value->bits & FLOW_NULL;
	uint16_t lost = value->bits & FLOW_TRUST;

	if (flow->state->dead || (facts->result_null >= is_null && !(lost & ~facts->result_lost)))
		return;
	facts->result_null |= is_null;
	facts->result_lost |= lost;
	for (uint32_t i = 0; i < facts->caller_count; i++)
		facts->callers[i].facts->flow_stale = true;
}

static bool is_main(const struct flow *flow)
{
	return flow->fn == flow->sema->main->main_fn;
}

/*
 * Only the last statement of main is asked: earlier returns are those of failures. Something must
 * be attached on every path that comes here, and nothing may have waited since.
 */
void flow_check_kept(struct flow *flow, const struct stmt *stmt)
{
	const struct stmt_vec *stmts = &flow->fn->fn.body->block.stmts;

	if (!is_main(flow) || !stmts->len || stmts->data[stmts->len - 1] != stmt ||
	    !flow->state->pending || flow->state->idle || !flow_reports(flow, FLOW_REPORT_GENERAL))
		return;
	diag_report(flow->comp, DIAG_ATTACH_NOT_KEPT, stmt->span,
		    "the program ends here at once, and that detaches what it attached");
	diag_help(flow->comp, "wait with `dispatch`, `sleep` or `while (true)`, or keep it with "
			      "`pin` or `daemon`");
}

static void check_end(struct flow *flow)
{
	const struct fn_decl *fn = &flow->fn->fn;
	const struct type *result = fn->type->fn.result;
	struct span close = flow_close(fn->body);

	flow_check_held(flow, 0, close, "when the function ends");
	flow_check_locks(flow, close, "when the function ends");
	if (flow->state->dead || flow->state->by_signal || result->kind == TYPE_VOID ||
	    fn->result_variable || !flow_reports(flow, FLOW_REPORT_GENERAL))
		return;
	diag_report(flow->comp, DIAG_MISSING_RETURN, close,
		    "`%s` can end here without a result of type `%s`", flow->fn->name.text,
		    type_name(flow->comp, result));
}

/* ---- unused variables, lost assignments ---- */

static void report_unused(struct flow *flow)
{
	vec_foreach (variable, &flow->facts->locals) {
		const struct decl *table = (*variable)->table;

		if ((*variable)->is_read || (*variable)->address_taken || (table && table->used) ||
		    (*variable)->name[0] == '_')
			continue;
		diag_report(flow->comp, DIAG_UNUSED, (*variable)->span,
			    (*variable)->is_written ? "`%s` is assigned but never read"
						    : "`%s` is never read",
			    (*variable)->name);
	}
	vec_foreach (stmt, &flow->facts->copy_writes) {
		const struct expr *target = (*stmt)->assign.target;

		diag_report(flow->comp, DIAG_COPY_ASSIGNED, target->span,
			    "this changes only `%s`, a copy of the entry's value, not the map",
			    target->name.text);
		diag_help(flow->comp, "assign to the entry itself: `%s[...] = ...`",
			  target->ref.variable->entry_map->name.text);
	}
}

void flow_delete_entry(struct flow *flow, const struct expr *entry)
{
	const struct decl *map = expr_map(entry->index.base);

	if (flow->state->dead)
		return;
	for (uint32_t i = 0; i < flow->slots.len; i++) {
		struct flow_slot *slot = &flow->slots.data[i];
		bool is_copy = slot->variable && variable_is_scalar_binding(slot->variable);

		if (slot->map != map || is_copy || flow->state->bits[i] & FLOW_KEY_CHANGED ||
		    !flow_same_key(slot, entry->index.index))
			continue;
		slot->deleted = entry->span;
		flow->state->bits[i] |= FLOW_DELETED;
	}
}

/* Whether two keys are written alike, so that they name the same entry. */
static bool same_expr(const struct expr *a, const struct expr *b)
{
	if (a->constant.kind == CONSTANT_INT && b->constant.kind == CONSTANT_INT)
		return a->constant.bits == b->constant.bits &&
		       a->constant.negative == b->constant.negative;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case EXPR_NAME:
		return expr_variable(a) ? expr_variable(a) == expr_variable(b)
					: expr_decl(a) && expr_decl(a) == expr_decl(b);
	case EXPR_FIELD:
		return a->field.field == b->field.field && a->ref.kind == REF_NONE &&
		       b->ref.kind == REF_NONE && same_expr(a->field.base, b->field.base);
	case EXPR_CAST:
		return a->type == b->type && same_expr(a->cast.operand, b->cast.operand);
	default: /* calls give other values each time; the rest is rare */
		return false;
	}
}

bool flow_same_key(const struct flow_slot *slot, const struct expr *key)
{
	if (slot->key_variable)
		return expr_variable(key) == slot->key_variable;
	return slot->key && same_expr(slot->key, key);
}

/* ---- walks ---- */

/* What a parameter can be when the function is called. */
static uint16_t param_bits(const struct flow *flow, const struct param *param, uint32_t index)
{
	const struct type *type = flow->fn->fn.type;
	uint16_t bits = flow_pointer_bits(flow, param->variable->type);

	if (param->variable->type->kind != TYPE_PTR || bits & FLOW_PACKET)
		return bits;
	if (flow->fn->fn.role == FN_PROGRAM) {
		bits = index < type->fn.params.len && type->fn.params.data[index].nullable
			       ? FLOW_MAYBE
			       : FLOW_NONNULL;
		return bits | flow_argument_trust(flow, param->variable->type);
	}
	/* The verifier lets programs of other files pass null, unless the flags forbid it. */
	if (flow->fn->fn.role == FN_KFUNC)
		return kfunc_param_may_be_null(flow->fn, index) ? FLOW_MAYBE : FLOW_NONNULL;
	/* The verifier checks a global function on its own: any caller may pass null. */
	if (flow->fn->fn.is_global && type->fn.params.data[index].type->ptr.region != REGION_CTX &&
	    param->variable->type->ptr.region != REGION_CTX)
		return FLOW_MAYBE | (bits & FLOW_TRUST);
	return (param->null_argument ? FLOW_MAYBE : FLOW_NONNULL) | param->untrusted;
}

static void declare_params(struct flow *flow)
{
	const struct fn_decl *fn = &flow->fn->fn;
	struct flow_value value;

	vec_foreach (global, &flow->facts->roots)
		flow_declare_global(flow, *global);
	for (uint32_t i = 0; i < fn->params.len; i++) {
		const struct param *param = &fn->params.data[i];

		if (!param->variable)
			continue;
		value = flow_value_of_type(flow, param->variable->type);
		value.bits = param_bits(flow, param, i);
		flow_declare(flow, param->variable, &value, NULL);
	}
	if (fn->result_variable) {
		value = flow_value_of_type(flow, fn->result_variable->type);
		value.range = range_of_value(0);
		if (value.bits)
			value.bits = FLOW_NULL;
		flow_declare(flow, fn->result_variable, &value, NULL);
	}
}

static void walk_once(struct flow *flow)
{
	flow->state->dead = flow->state->by_signal = flow->state->pending = false;
	flow->state->idle = true;
	flow->state->locks_held = 0;
	flow->state->locks_free = UINT32_MAX;
	flow->changed = false;
	declare_params(flow);
	flow_block(flow, flow->fn->fn.body);
	if (!flow->silent)
		check_end(flow);
	flow_drop_slots(flow, 0);
}

/* The states at loop heads: grown until they hold every path, then cut where that loses none. */
static void find_fixpoint(struct flow *flow)
{
	flow->silent = true;
	do {
		walk_once(flow);
	} while (flow->changed);
	if (flow->widened) {
		flow->narrowing = true;
		walk_once(flow);
		flow->narrowing = false;
		walk_once(flow);
		if (flow->changed)
			flow_undo_narrowing(flow);
	}
	flow->silent = false;
}

void flow_walk(struct sema *sema, struct program_graph *graph, struct decl *fn, unsigned targets,
	       unsigned reports)
{
	struct flow flow = {.sema = sema, .comp = sema->comp, .graph = graph, .fn = fn};

	flow.facts = fn->fn.facts;
	flow.targets = targets;
	flow.reports = reports;
	flow.codes = codes_new(graph);
	flow.state = flow_state_new(&flow);
	ptr_map_init(&flow.memories, &sema->comp->arena);
	ptr_map_init(&flow.globals, &sema->comp->arena);
	flow.facts->flow_stale = false;
	flow.facts->flow_done = true;
	if (flow.facts->loop_count)
		find_fixpoint(&flow);
	walk_once(&flow);
	if (reports & FLOW_REPORT_GENERAL)
		report_unused(&flow);
}

void sema_flow(struct sema *sema, struct decl *fn)
{
	struct program_graph *graph;
	unsigned targets = sema_possible_targets(fn);
	unsigned reports = FLOW_REPORT_GENERAL | FLOW_REPORT_TARGET;

	if (fn->fn.had_errors || !fn->fn.body)
		return;
	graph = program_graph(sema);
	if (!fn->fn.facts)
		return;
	/* A plain function is user code until somebody calls it; that is known in sema_program().
	 */
	if (targets & (targets - 1)) {
		targets = 1u << TARGET_USER;
		reports = FLOW_REPORT_GENERAL;
	}
	flow_walk(sema, graph, fn, targets, reports);
}
