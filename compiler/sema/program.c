/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the whole program, in order. */
#include "sema/flow.h"

/*
 * Null facts grow only: a parameter or result that may be null makes the walks of the functions
 * that depend on it stale, until nothing changes. A function that is walked twice repeats its
 * reports, which are kept once. Plain functions have reports that wait for their targets.
 */
static void finish_flow(struct sema *sema, struct program_graph *graph)
{
	bool changed, upwards = false;

	/* Parameters depend on callers and results on callees: the directions take turns. */
	do {
		changed = false;
		for (uint32_t i = 0; i < graph->nodes.len; i++) {
			uint32_t at = upwards ? i : graph->nodes.len - 1 - i;
			struct fn_facts *node = graph->nodes.data[at];

			if (!node->flow_stale && !node->has_target_reports)
				continue;
			changed = true;
			node->has_target_reports = false;
			flow_walk(sema, graph, node->fn, node->fn->fn.targets, FLOW_REPORT_TARGET);
		}
		upwards = !upwards;
	} while (changed);
}

void sema_program(struct sema *sema)
{
	struct program_graph *graph = program_graph(sema);

	program_place(sema, graph);
	sema_regions_shared(sema);
	program_check_calls(sema, graph);
	program_check_kinds(sema, graph);
	program_check_module(sema, graph);
	program_check_tail_calls(sema, graph);
	program_check_bpf(sema, graph);
	program_check_throws(sema, graph);
	finish_flow(sema, graph);
	program_check_results(graph);
}
