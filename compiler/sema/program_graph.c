/* SPDX-License-Identifier: Apache-2.0 */
/* The call graph, and what spreads from functions to their callers. */
#include "sema/program.h"

#include <stdlib.h>
#include <string.h>

struct fn_facts *call_facts(const struct call_site *site)
{
	return site->callee->fn.facts;
}

/* ---- nodes ---- */

static void add_function(struct program_graph *graph, struct decl *fn)
{
	struct fn_facts *facts = fn->fn.facts;

	if (!fn->fn.body || fn->fn.had_errors)
		return;
	if (!facts)
		facts = facts_collect(graph->comp, fn);
	vec_push(&graph->comp->arena, &graph->nodes, facts);
}

static void add_program(struct program_graph *graph, struct program *program)
{
	vec_foreach (decl, &program->decls) {
		if ((*decl)->kind == DECL_FN)
			add_function(graph, *decl);
		/* Bodies of an impl of nothing were not checked. */
		if ((*decl)->kind != DECL_IMPL || !(*decl)->impl.type)
			continue;
		vec_foreach (member, &(*decl)->impl.members) {
			if (member->fn)
				add_function(graph, member->fn);
		}
	}
}

static void link_callers(struct program_graph *graph)
{
	vec_foreach (node, &graph->nodes)
		(*node)->caller_count = 0;
	vec_foreach (node, &graph->nodes) {
		vec_foreach (site, &(*node)->calls) {
			if (call_facts(site))
				call_facts(site)->caller_count++;
		}
	}
	vec_foreach (node, &graph->nodes) {
		(*node)->callers =
			arena_array(&graph->comp->arena, struct caller, (*node)->caller_count);
		(*node)->caller_count = 0;
	}
	vec_foreach (node, &graph->nodes) {
		vec_foreach (site, &(*node)->calls) {
			struct fn_facts *callee = call_facts(site);

			if (!callee)
				continue;
			callee->callers[callee->caller_count++] = (struct caller){*node, site};
			if (site->how == CALL_ADDRESS || site->how == CALL_BACK ||
			    site->how == CALL_LATER)
				callee->address_taken = true;
		}
	}
}

/* ---- components: Tarjan's algorithm with a stack of its own, for chains of any length ---- */

struct frame {
	struct fn_facts *node;
	uint32_t next; /* call to look at */
};

VEC_TYPE(frame_vec, struct frame);

struct search {
	struct program_graph *graph;
	uint32_t *number, *low; /* by node index; 0: not visited */
	bool *open;
	uint32_t count, components;
	struct fn_facts_vec stack;
	struct frame_vec frames;
	struct fn_facts_vec order;
};

static bool is_edge(const struct call_site *site)
{
	return (site->how == CALL_PLAIN || site->how == CALL_ADDRESS || site->how == CALL_BACK) &&
	       call_facts(site);
}

static void search_enter(struct search *search, struct fn_facts *node)
{
	struct arena *arena = &search->graph->comp->arena;

	search->number[node->index] = search->low[node->index] = ++search->count;
	search->open[node->index] = true;
	vec_push(arena, &search->stack, node);
	vec_push(arena, &search->frames, ((struct frame){node, 0}));
}

static void search_leave(struct search *search, struct fn_facts *node)
{
	struct fn_facts *member;

	if (search->low[node->index] != search->number[node->index])
		return;
	do {
		member = search->stack.data[--search->stack.len];
		search->open[member->index] = false;
		member->component = search->components;
		vec_push(&search->graph->comp->arena, &search->order, member);
	} while (member != node);
	search->components++;
}

static void lower(struct search *search, const struct fn_facts *node, uint32_t value)
{
	if (value < search->low[node->index])
		search->low[node->index] = value;
}

static void search_from(struct search *search, struct fn_facts *root)
{
	search_enter(search, root);
	while (search->frames.len) {
		struct frame *frame = &search->frames.data[search->frames.len - 1];
		struct fn_facts *node = frame->node, *callee;

		if (frame->next == node->calls.len) {
			search->frames.len--;
			search_leave(search, node);
			if (search->frames.len)
				lower(search, search->frames.data[search->frames.len - 1].node,
				      search->low[node->index]);
			continue;
		}
		if (!is_edge(&node->calls.data[frame->next++]))
			continue;
		callee = call_facts(&node->calls.data[frame->next - 1]);
		if (!search->number[callee->index])
			search_enter(search, callee);
		else if (search->open[callee->index])
			lower(search, node, search->number[callee->index]);
	}
}

static void find_components(struct program_graph *graph)
{
	struct arena *arena = &graph->comp->arena;
	struct search search = {.graph = graph};
	uint32_t count = graph->nodes.len;

	search.number = arena_array(arena, uint32_t, count);
	search.low = arena_array(arena, uint32_t, count);
	search.open = arena_array(arena, bool, count);
	for (uint32_t i = 0; i < count; i++)
		graph->nodes.data[i]->index = i;
	vec_foreach (node, &graph->nodes) {
		if (!search.number[(*node)->index])
			search_from(&search, *node);
	}
	graph->nodes = search.order;
	for (uint32_t i = 0; i < count; i++)
		graph->nodes.data[i]->index = i;
}

/* ---- sets of codes ---- */

/* Codes are not zero, and so are these keys. */
static const void *code_key(int64_t code)
{
	return (const void *)(uintptr_t)((uint64_t)code * 2 + 1);
}

uint32_t code_number(const struct program_graph *graph, int64_t code)
{
	return (uint32_t)(uintptr_t)ptr_map_get(&graph->code_numbers, code_key(code));
}

static void number_codes(struct program_graph *graph)
{
	struct arena *arena = &graph->comp->arena;

	ptr_map_init(&graph->code_numbers, arena);
	vec_foreach (node, &graph->nodes) {
		vec_foreach (site, &(*node)->throws) {
			uintptr_t number = CODE_BIT_FIRST + graph->codes.len;

			if (!site->is_constant || code_number(graph, site->code))
				continue;
			ptr_map_set(&graph->code_numbers, code_key(site->code), (void *)number);
			vec_push(arena, &graph->codes, site->code);
		}
	}
	graph->words = (CODE_BIT_FIRST + graph->codes.len + 63) / 64;
	graph->scratch = codes_new(graph);
}

uint64_t *codes_new(const struct program_graph *graph)
{
	return arena_array(&graph->comp->arena, uint64_t, graph->words);
}

void codes_set(uint64_t *set, uint32_t bit)
{
	set[bit / 64] |= (uint64_t)1 << bit % 64;
}

bool codes_has(const uint64_t *set, uint32_t bit)
{
	return set[bit / 64] >> bit % 64 & 1;
}

bool codes_empty(const struct program_graph *graph, const uint64_t *set)
{
	for (uint32_t i = 0; i < graph->words; i++) {
		if (set[i])
			return false;
	}
	return true;
}

bool codes_catch(const struct program_graph *graph, uint64_t *set, const struct stmt *try_stmt)
{
	const uint64_t abort = set[0] & (uint64_t)1 << CODE_BIT_ABORT;
	bool found = false;

	vec_foreach (clause, &try_stmt->tri.catches) {
		const struct constant *code;
		uint32_t bit;

		if (!clause->code) {
			set[0] &= ~abort;
			found |= !codes_empty(graph, set);
			memset(set, 0, graph->words * sizeof(*set));
			set[0] = abort;
			continue;
		}
		code = &clause->code->constant;
		bit = code_number(graph,
				  code->negative ? -(int64_t)code->bits : (int64_t)code->bits);
		/* An unknown code may be this one, and may be another. */
		found |= codes_has(set, CODE_BIT_UNKNOWN);
		if (bit && codes_has(set, bit)) {
			found = true;
			set[bit / 64] &= ~((uint64_t)1 << bit % 64);
		}
	}
	return found;
}

void codes_pass(const struct program_graph *graph, uint64_t *set, const uint64_t *thrown,
		const struct try_site *tries)
{
	if (set != thrown)
		memcpy(set, thrown, graph->words * sizeof(*set));
	for (; tries; tries = tries->outer)
		codes_catch(graph, set, tries->stmt);
}

void codes_of_throw(const struct program_graph *graph, uint64_t *set, const struct throw_site *site)
{
	memset(set, 0, graph->words * sizeof(*set));
	codes_set(set, site->is_constant ? code_number(graph, site->code) : CODE_BIT_UNKNOWN);
}

/* ---- from functions to their callers ---- */

bool codes_add(const struct program_graph *graph, uint64_t *set, const uint64_t *more)
{
	bool changed = false;

	for (uint32_t i = 0; i < graph->words; i++) {
		changed |= (more[i] & ~set[i]) != 0;
		set[i] |= more[i];
	}
	return changed;
}

static bool add_flag(bool *flag, bool more)
{
	bool changed = more && !*flag;

	*flag |= more;
	return changed;
}

/* What the calls of a function add to it; true when something was new. */
static bool gather_calls(struct program_graph *graph, struct fn_facts *node)
{
	bool changed = false;

	vec_foreach (site, &node->calls) {
		struct fn_facts *callee = call_facts(site);

		if (!is_edge(site))
			continue;
		changed |= add_flag(&node->changes_packet, callee->changes_packet);
		changed |= add_flag(&node->changes_pointers, callee->changes_pointers);
		changed |= add_flag(&node->attaches, callee->attaches);
		changed |= add_flag(&node->waits, callee->waits);
		if (site->how != CALL_PLAIN)
			continue;
		changed |= add_flag(&node->uses_packet, callee->uses_packet);
		if (site->deferred)
			continue;
		codes_pass(graph, graph->scratch, callee->thrown, site->tries);
		changed |= codes_add(graph, node->thrown, graph->scratch);
	}
	return changed;
}

static void gather_own(struct program_graph *graph, struct fn_facts *node)
{
	node->thrown = codes_new(graph);
	vec_foreach (site, &node->throws) {
		if (site->deferred)
			continue;
		codes_of_throw(graph, graph->scratch, site);
		codes_pass(graph, graph->scratch, graph->scratch, site->tries);
		codes_add(graph, node->thrown, graph->scratch);
	}
	if (node->may_abort)
		codes_set(node->thrown, CODE_BIT_ABORT);
}

/* Callees come first in the order; only the members of one component wait for each other. */
static void gather(struct program_graph *graph)
{
	struct fn_facts **nodes = graph->nodes.data;
	uint32_t count = graph->nodes.len;

	for (uint32_t i = 0; i < count; i++)
		gather_own(graph, nodes[i]);
	for (uint32_t start = 0, end; start < count; start = end) {
		bool changed;

		for (end = start; end < count && nodes[end]->component == nodes[start]->component;)
			end++;
		do {
			changed = false;
			for (uint32_t i = start; i < end; i++)
				changed |= gather_calls(graph, nodes[i]);
		} while (changed && end - start > 1);
	}
}

/* Whether the function can call itself, directly or through others of its component. */
static void find_recursion(struct program_graph *graph)
{
	vec_foreach (node, &graph->nodes) {
		vec_foreach (site, &(*node)->calls) {
			struct fn_facts *callee = call_facts(site);

			if (callee && site->how == CALL_PLAIN &&
			    callee->component == (*node)->component)
				(*node)->is_recursive = callee->is_recursive = true;
		}
	}
}

/* A function `<ringbuf>_callback` handles the records when no other is registered. */
static void add_callbacks(struct program_graph *graph, struct program *program)
{
	struct compilation *comp = graph->comp;

	vec_foreach (decl, &program->decls) {
		const struct map_kind *kind = (*decl)->kind == DECL_MAP ? (*decl)->map.kind : NULL;
		const struct decl *handler;
		const char *name;

		if (!kind || !(kind->user_ops & (MAP_OP_RECORDS | MAP_OP_OUTPUT)))
			continue;
		name = arena_printf(&comp->arena, "%s_callback", (*decl)->name.text);
		handler = ptr_map_get(&program->scope, intern_str(&comp->names, name));
		if (handler && handler->kind == DECL_FN && handler->fn.facts)
			handler->fn.facts->address_taken = true;
	}
}

static struct program_graph *graph_build(struct sema *sema)
{
	struct program_graph *graph = arena_new(&sema->comp->arena, struct program_graph);

	graph->comp = sema->comp;
	vec_foreach (module, &sema->main->modules)
		add_program(graph, *module);
	add_program(graph, sema->main);
	find_components(graph);
	link_callers(graph);
	vec_foreach (module, &sema->main->modules)
		add_callbacks(graph, *module);
	add_callbacks(graph, sema->main);
	number_codes(graph);
	gather(graph);
	find_recursion(graph);
	return graph;
}

struct program_graph *program_graph(struct sema *sema)
{
	if (!sema->graph)
		sema->graph = graph_build(sema);
	return sema->graph;
}
