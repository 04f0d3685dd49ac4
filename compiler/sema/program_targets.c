/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placement: which targets need the code of each function. Attributes fix it; a plain function is
 * user code, and is compiled into bpf and module code too where those call it and nothing in it or
 * below it belongs to one target.
 */
#include "sema/program.h"

#include <string.h>

bool facts_is_plain(const struct fn_facts *facts)
{
	return facts->fn->fn.role == FN_PLAIN;
}

/* ---- what stands against sharing ---- */

/* Targets into which a plain function with this use can be compiled. */
static unsigned shareable_targets(const struct use_site *use)
{
	/* LANGUAGE: no maps. What a binding of an entry means differs between bpf and user code. */
	if (use->kind == USE_MAP)
		return 1u << TARGET_USER;
	if (use->kind == USE_EXTERN && use->decl->extern_header)
		return 1u << TARGET_USER;
	return use_targets(use);
}

static uint32_t blocker_start(const struct blocker *blocker)
{
	if (!blocker->owner)
		return UINT32_MAX;
	return blocker->use ? blocker->use->span.start : blocker->call->expr->span.start;
}

static void block_by_call(struct fn_facts *node, const struct call_site *site, enum target target)
{
	const struct fn_facts *callee = call_facts(site);
	struct blocker *blocker = &node->blockers[target];
	struct blocker found = {.call = site, .owner = node};

	if (!callee || site->how == CALL_NAME)
		return;
	if (facts_is_plain(callee) && sema_possible_targets(callee->fn) & 1u << target) {
		if (!callee->blockers[target].owner)
			return;
		found = callee->blockers[target];
	}
	if (!blocker->owner ||
	    (blocker->owner == node && site->expr->span.start < blocker_start(blocker)))
		*blocker = found;
}

static void find_blockers(struct fn_facts *node, enum target target)
{
	struct blocker *blocker = &node->blockers[target];

	vec_foreach (use, &node->uses) {
		if (shareable_targets(use) & 1u << target)
			continue;
		*blocker = (struct blocker){.use = use, .owner = node};
		break;
	}
	vec_foreach (site, &node->calls)
		block_by_call(node, site, target);
}

/* ---- targets ---- */

struct spread {
	struct program_graph *graph;
	struct fn_facts_vec work;
	enum target target;
};

static void spread_to(struct spread *spread, struct fn_facts *node)
{
	if (node->fn->fn.targets & 1u << spread->target)
		return;
	node->fn->fn.targets |= 1u << spread->target;
	vec_push(&spread->graph->comp->arena, &spread->work, node);
}

/* From functions of the target to the plain functions that they call. */
static void spread_all(struct spread *spread)
{
	while (spread->work.len) {
		struct fn_facts *node = spread->work.data[--spread->work.len];

		vec_foreach (site, &node->calls) {
			struct fn_facts *callee = call_facts(site);

			if (!callee || !facts_is_plain(callee) || site->how == CALL_NAME)
				continue;
			if (spread->target == TARGET_USER ||
			    (sema_possible_targets(callee->fn) & 1u << spread->target &&
			     !callee->blockers[spread->target].owner))
				spread_to(spread, callee);
		}
	}
}

static bool is_root(const struct fn_facts *node, enum target target)
{
	unsigned possible = sema_possible_targets(node->fn);

	if (possible == 1u << target)
		return true;
	/* Handlers that no function names: <ringbuf>_callback. */
	return target == TARGET_USER && node->address_taken && !node->caller_count;
}

static void place(struct program_graph *graph)
{
	for (int target = 0; target < TARGET_COUNT; target++) {
		struct spread spread = {.graph = graph, .target = (enum target)target};

		vec_foreach (node, &graph->nodes) {
			if (is_root(*node, spread.target))
				spread_to(&spread, *node);
		}
		spread_all(&spread);
	}
	/* What nobody calls is user code. */
	for (uint32_t i = graph->nodes.len; i-- > 0;) {
		struct spread spread = {.graph = graph, .target = TARGET_USER};

		if (graph->nodes.data[i]->fn->fn.targets)
			continue;
		spread_to(&spread, graph->nodes.data[i]);
		spread_all(&spread);
	}
}

/* ---- what is used, and by whom ---- */

static void mark_used(struct program_graph *graph)
{
	struct fn_facts_vec work = {0};

	vec_foreach (node, &graph->nodes) {
		struct decl *fn = (*node)->fn;

		if (facts_is_plain(*node) && fn->fn.targets == sema_possible_targets(fn))
			fn->used = true;
		if (facts_is_plain(*node) && !(*node)->address_taken &&
		    strcmp(fn->name.text, "main"))
			continue;
		if (fn->fn.role == FN_HELPER ||
		    (fn->fn.role == FN_PRIVATE && fn->fn.hook == MODULE_HOOK_NONE))
			continue;
		fn->used = true;
		vec_push(&graph->comp->arena, &work, *node);
	}
	while (work.len) {
		struct fn_facts *node = work.data[--work.len];

		vec_foreach (site, &node->calls) {
			if (site->callee->used || !call_facts(site))
				continue;
			site->callee->used = true;
			vec_push(&graph->comp->arena, &work, call_facts(site));
		}
	}
}

/* Which targets touch a map or global: 1 << target, and the first use on each. */
struct touched {
	unsigned targets;
	const struct use_site *first[TARGET_COUNT];
};

static struct touched *touch(struct program_graph *graph, struct ptr_map *map,
			     const struct decl *decl)
{
	struct touched *touched = ptr_map_get(map, decl);

	if (!touched) {
		touched = arena_new(&graph->comp->arena, struct touched);
		ptr_map_set(map, decl, touched);
	}
	return touched;
}

/* Memory of the kernel cannot belong to bpf code and to a module. */
static void check_local(struct compilation *comp, const struct decl *global,
			struct touched *touched)
{
	const unsigned both = 1u << TARGET_BPF | 1u << TARGET_MODULE;

	if (!global->is_local || (touched->targets & both) != both)
		return;
	diag_report(comp, DIAG_GLOBAL_TARGET, touched->first[TARGET_MODULE]->span,
		    "`%s` is state of bpf code, which module code cannot see", global->name.text);
	diag_note(comp, touched->first[TARGET_BPF]->span, "bpf code uses it here");
	touched->targets &= ~both;
}

static void touch_by(struct program_graph *graph, struct ptr_map *map, struct fn_facts *node)
{
	vec_foreach (use, &node->uses) {
		struct touched *touched;

		if (use->kind != USE_MAP && use->kind != USE_GLOBAL)
			continue;
		touched = touch(graph, map, use->decl);
		touched->targets |= node->fn->fn.targets;
		for (int t = 0; t < TARGET_COUNT; t++) {
			if (node->fn->fn.targets & 1u << t && !touched->first[t])
				touched->first[t] = use;
		}
		if (use->kind == USE_GLOBAL) {
			check_local(graph->comp, use->decl, touched);
			continue;
		}
		use->decl->map.bpf_only = touched->targets == 1u << TARGET_BPF;
		use->decl->map.user_only = touched->targets == 1u << TARGET_USER;
	}
}

void program_place(struct sema *sema, struct program_graph *graph)
{
	struct ptr_map touched;

	/* Twice: in recursion a callee can stand behind its caller. */
	for (int round = 0; round < 2; round++) {
		vec_foreach (node, &graph->nodes) {
			if (!facts_is_plain(*node))
				continue;
			find_blockers(*node, TARGET_BPF);
			find_blockers(*node, TARGET_MODULE);
		}
	}
	vec_foreach (node, &graph->nodes)
		(*node)->fn->fn.targets = 0;
	place(graph);
	mark_used(graph);
	ptr_map_init(&touched, &sema->comp->arena);
	vec_foreach (node, &graph->nodes)
		touch_by(graph, &touched, *node);
}
