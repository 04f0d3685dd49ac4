/* SPDX-License-Identifier: Apache-2.0 */
/* Tail calls between programs. */
#include "sema/program.h"

/* MAX_TAIL_CALL_CNT of the kernel. */
#define TAIL_CALLS_MAX 33

static bool is_program(const struct decl *fn)
{
	return fn->fn.role == FN_PROGRAM;
}

static void check_site(struct compilation *comp, const struct fn_facts *node,
		       const struct call_site *site)
{
	const struct decl *fn = node->fn, *callee = site->callee;

	if (site->how == CALL_PLAIN) {
		diag_report(comp, DIAG_TAIL_CALL, site->expr->span,
			    "the program `%s` does not return here: it is no function",
			    callee->name.text);
		diag_help(comp, "hand over to it: `return %s(ctx)`", callee->name.text);
	} else if (!is_program(fn)) {
		diag_report(comp, DIAG_TAIL_CALL, site->expr->span,
			    "only a program can hand over to `%s`, and `%s` is none",
			    callee->name.text, fn->name.text);
	} else if (callee->fn.kind != fn->fn.kind) {
		diag_report(comp, DIAG_TAIL_CALL, site->expr->span,
			    "`%s` is a program of another kind: @%s, and this is @%s",
			    callee->name.text, callee->fn.kind->name, fn->fn.kind->name);
	} else if (!fn->fn.kind->tail_calls) {
		diag_report(comp, DIAG_TAIL_CALL, site->expr->span,
			    "the kernel has no tail calls between @%s programs", fn->fn.kind->name);
	}
}

/* ---- the longest chain ---- */

struct chain {
	struct program_graph *graph;
	uint32_t *length; /* by node index: tail calls that can follow; + 1 when known */
	bool *open;	  /* being counted: a cycle, which the kernel ends by itself */
	bool too_long;	  /* found: the search is over */
};

/* The longest chain of different programs, `depth` tail calls after the first one. */
static uint32_t chain_length(struct chain *chain, struct fn_facts *node, uint32_t depth)
{
	uint32_t longest = 0;

	if (chain->length[node->index]) {
		longest = chain->length[node->index] - 1;
		chain->too_long |= depth + longest > TAIL_CALLS_MAX;
		return longest;
	}
	chain->too_long |= depth > TAIL_CALLS_MAX;
	chain->open[node->index] = true;
	for (uint32_t i = 0; i < node->calls.len && !chain->too_long; i++) {
		struct fn_facts *callee = call_facts(&node->calls.data[i]);
		uint32_t length;

		if (node->calls.data[i].how != CALL_TAIL || !callee || chain->open[callee->index])
			continue;
		length = 1 + chain_length(chain, callee, depth + 1);
		longest = length > longest ? length : longest;
	}
	chain->open[node->index] = false;
	if (!chain->too_long)
		chain->length[node->index] = longest + 1;
	return longest;
}

static void check_chain(struct chain *chain, struct fn_facts *node)
{
	/* Where a longer chain begins is reported, not each program on it. */
	for (uint32_t i = 0; i < node->caller_count; i++) {
		if (node->callers[i].site->how == CALL_TAIL && node->callers[i].facts != node)
			return;
	}
	chain->too_long = false;
	chain_length(chain, node, 0);
	if (chain->too_long)
		diag_report(chain->graph->comp, DIAG_TAIL_CALL, node->fn->name.span,
			    "more than %d tail calls can follow one another from here: the kernel "
			    "stops there",
			    TAIL_CALLS_MAX);
}

static void count_targets(struct fn_facts *node)
{
	struct fn_decl *fn = &node->fn->fn;

	fn->tail_target_count = 0;
	for (uint32_t i = 0; i < node->calls.len; i++) {
		bool is_first = node->calls.data[i].how == CALL_TAIL;

		for (uint32_t j = 0; is_first && j < i; j++)
			is_first = node->calls.data[j].how != CALL_TAIL ||
				   node->calls.data[j].callee != node->calls.data[i].callee;
		fn->tail_target_count += is_first;
	}
}

void program_check_tail_calls(struct sema *sema, struct program_graph *graph)
{
	struct arena *arena = &sema->comp->arena;
	struct chain chain = {.graph = graph};
	bool any = false;

	vec_foreach (node, &graph->nodes) {
		if (!((*node)->fn->fn.targets & 1u << TARGET_BPF))
			continue;
		vec_foreach (site, &(*node)->calls) {
			if (!is_program(site->callee) ||
			    (site->how != CALL_PLAIN && site->how != CALL_TAIL))
				continue;
			check_site(sema->comp, *node, site);
			any = true;
		}
		count_targets(*node);
	}
	if (!any)
		return;
	chain.length = arena_array(arena, uint32_t, graph->nodes.len);
	chain.open = arena_array(arena, bool, graph->nodes.len);
	vec_foreach (node, &graph->nodes) {
		if (is_program((*node)->fn))
			check_chain(&chain, *node);
	}
}
