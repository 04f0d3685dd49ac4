/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of bpf functions alone: recursion, large parameters, constant verdicts. */
#include "sema/program.h"

#define STRUCT_BYTES_NOTED 64
#define STRUCT_BYTES_MAX   256

static bool is_bpf(const struct fn_facts *node)
{
	return node->fn->fn.targets & 1u << TARGET_BPF;
}

/* ---- recursion ---- */

/* A breadth-first search inside one component, which finds the shortest cycle. */
struct cycle_search {
	struct program_graph *graph;
	const struct call_site **from; /* by node index: the call that came here first */
	struct fn_facts **caller;
	struct fn_facts_vec queue;
};

static const struct call_site *find_cycle(struct cycle_search *search, struct fn_facts *start)
{
	vec_push(&search->graph->comp->arena, &search->queue, start);
	for (uint32_t i = 0; i < search->queue.len; i++) {
		struct fn_facts *node = search->queue.data[i];

		vec_foreach (site, &node->calls) {
			struct fn_facts *callee = call_facts(site);

			if (!callee || site->how != CALL_PLAIN ||
			    callee->component != start->component || !is_bpf(callee) ||
			    search->from[callee->index])
				continue;
			search->from[callee->index] = site;
			search->caller[callee->index] = node;
			if (callee == start)
				return site;
			vec_push(&search->graph->comp->arena, &search->queue, callee);
		}
	}
	return NULL;
}

static void report_cycle(struct cycle_search *search, struct fn_facts *start)
{
	struct compilation *comp = search->graph->comp;
	const char *text = arena_printf(&comp->arena, "`%s`", start->fn->name.text);
	struct fn_facts *node = search->caller[start->index];
	const struct call_site *last = search->from[start->index];

	while (node != start) {
		text = arena_printf(&comp->arena, "`%s` calls %s", node->fn->name.text, text);
		node = search->caller[node->index];
	}
	diag_report(comp, DIAG_RECURSION, last->expr->span,
		    "bpf code cannot call itself: `%s` calls %s", start->fn->name.text, text);
	diag_help(comp, "write it as a loop");
	for (node = search->caller[start->index]; node != start; node = search->caller[node->index])
		diag_note(comp, search->from[node->index]->expr->span, "`%s` is called here",
			  node->fn->name.text);
}

/* One report for each component: its first function in the source stands for it. */
static void check_recursion(struct program_graph *graph)
{
	struct arena *arena = &graph->comp->arena;
	struct cycle_search search = {.graph = graph};
	struct fn_facts **first = NULL;

	vec_foreach (node, &graph->nodes) {
		if (!(*node)->is_recursive || !is_bpf(*node))
			continue;
		if (!first)
			first = arena_array(arena, struct fn_facts *, graph->nodes.len);
		if (!first[(*node)->component] ||
		    (*node)->fn->span.start < first[(*node)->component]->fn->span.start)
			first[(*node)->component] = *node;
	}
	if (!first)
		return;
	search.from = arena_array(arena, const struct call_site *, graph->nodes.len);
	search.caller = arena_array(arena, struct fn_facts *, graph->nodes.len);
	for (uint32_t i = 0; i < graph->nodes.len; i++) {
		search.queue.len = 0;
		if (first[i] && find_cycle(&search, first[i]))
			report_cycle(&search, first[i]);
	}
}

/* ---- parameters ---- */

static void check_params(struct compilation *comp, const struct fn_facts *node)
{
	vec_foreach (param, &node->fn->fn.params) {
		const struct type *type = param->variable ? param->variable->type : NULL;

		if (!type || type->kind != TYPE_STRUCT || type->size <= STRUCT_BYTES_NOTED)
			continue;
		if (type->size > STRUCT_BYTES_MAX)
			diag_report(comp, DIAG_STRUCT_BY_VALUE_LIMIT, param->name.span,
				    "`%s` is passed by value: %u bytes, and bpf code can pass %u",
				    param->name.text, type->size, STRUCT_BYTES_MAX);
		else
			diag_report(comp, DIAG_STRUCT_BY_VALUE, param->name.span,
				    "`%s` is passed by value: %u bytes are copied for each call",
				    param->name.text, type->size);
		diag_help(comp, "pass a pointer: `%s: *%s`", param->name.text,
			  type_name(comp, type));
	}
}

/* ---- verdicts ---- */

static void check_verdict(struct compilation *comp, const struct decl *fn, const struct expr *expr);

static void check_verdict_block(struct compilation *comp, const struct decl *fn,
				const struct stmt *block)
{
	if (!block)
		return;
	if (block->kind == STMT_BLOCK && block->block.stmts.len)
		block = block->block.stmts.data[block->block.stmts.len - 1];
	if (block->kind == STMT_EXPR)
		check_verdict(comp, fn, block->expr.value);
}

static void check_constant(struct compilation *comp, const struct decl *fn, const struct expr *expr)
{
	const struct constant *constant = &expr->constant;
	__int128 value = constant->negative ? -(__int128)constant->bits : constant->bits;
	int64_t low, high;

	/* The members of struct_ops have result types of their own, which the constant fits. */
	prog_kind_range(fn->fn.kind, fn->fn.choice, &low, &high);
	if ((value >= low && value <= high) || fn->fn.kind->id == PROG_STRUCT_OPS)
		return;
	diag_report(comp, DIAG_VERDICT_RANGE, expr->span,
		    "the result %s%llu is no verdict of @%s: it takes %lld to %lld",
		    constant->negative ? "-" : "", (unsigned long long)constant->bits,
		    fn->fn.kind->name, (long long)low, (long long)high);
}

static void check_verdict(struct compilation *comp, const struct decl *fn, const struct expr *expr)
{
	if (expr->constant.kind == CONSTANT_INT) {
		check_constant(comp, fn, expr);
	} else if (expr->kind == EXPR_COND) {
		check_verdict(comp, fn, expr->cond.then);
		check_verdict(comp, fn, expr->cond.otherwise);
	} else if (expr->kind == EXPR_IF) {
		check_verdict_block(comp, fn, expr->iff.then);
		check_verdict_block(comp, fn, expr->iff.otherwise);
	} else if (expr->kind == EXPR_MATCH) {
		vec_foreach (arm, &expr->match.arms) {
			if (arm->value)
				check_verdict(comp, fn, arm->value);
			else
				check_verdict_block(comp, fn, arm->block);
		}
	}
}

static void check_verdicts(struct compilation *comp, const struct fn_facts *node)
{
	const struct prog_kind *kind = node->fn->fn.kind;

	if (node->fn->fn.role != FN_PROGRAM || !kind || kind->result_ignored)
		return;
	vec_foreach (result, &node->results)
		check_verdict(comp, node->fn, *result);
}

void program_check_bpf(struct sema *sema, struct program_graph *graph)
{
	check_recursion(graph);
	vec_foreach (node, &graph->nodes) {
		if (!is_bpf(*node))
			continue;
		if ((*node)->fn->fn.role != FN_PROGRAM)
			check_params(sema->comp, *node);
		check_verdicts(sema->comp, *node);
	}
}
