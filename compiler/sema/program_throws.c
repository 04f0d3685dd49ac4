/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors that nothing catches. From the entry points downwards each function gets the set of codes
 * that are fatal once they leave it; a throw of such a code is reported where it stands.
 */
#include "sema/program.h"

#include <string.h>

#define CHAIN_NOTES_MAX 4

/* ---- fatal codes ---- */

static bool is_entry(const struct fn_facts *node, enum target target)
{
	const struct decl *fn = node->fn;

	if (!(fn->fn.targets & 1u << target))
		return false;
	if (node->address_taken)
		return true;
	switch (target) {
	case TARGET_BPF:
		return fn->fn.role == FN_PROGRAM;
	case TARGET_MODULE:
		return fn->fn.role == FN_KFUNC;
	case TARGET_USER:
		return fn->fn.role == FN_TEST || sema_possible_targets(fn) == 1u << TARGET_USER;
	case TARGET_COUNT:
		break;
	}
	return false;
}

static bool spread_fatal(struct program_graph *graph, struct fn_facts *node, enum target target)
{
	bool changed = false;

	vec_foreach (site, &node->calls) {
		struct fn_facts *callee = call_facts(site);

		if (!callee || site->how != CALL_PLAIN || site->deferred ||
		    !(callee->fn->fn.targets & 1u << target))
			continue;
		codes_pass(graph, graph->scratch, node->fatal[target], site->tries);
		changed |= codes_add(graph, callee->fatal[target], graph->scratch);
	}
	return changed;
}

static void find_fatal(struct program_graph *graph, enum target target)
{
	bool again;

	vec_foreach (node, &graph->nodes) {
		(*node)->fatal[target] = codes_new(graph);
		if (is_entry(*node, target))
			memset((*node)->fatal[target], 0xff, graph->words * sizeof(uint64_t));
	}
	/* Callers stand behind their callees; only recursion needs another round. */
	do {
		again = false;
		for (uint32_t i = graph->nodes.len; i-- > 0;) {
			struct fn_facts *node = graph->nodes.data[i];

			if (node->fn->fn.targets & 1u << target &&
			    spread_fatal(graph, node, target) && node->is_recursive)
				again = true;
		}
	} while (again);
}

/* ---- reports ---- */

/* "`NOT_FOUND`", or what an unknown code is called. */
static const char *code_text(struct compilation *comp, const struct throw_site *site)
{
	const struct expr *value = site->stmt->expr.value;
	const struct source *source = comp->sources.files.data[value->span.file];
	uint32_t len = value->span.end - value->span.start;

	if (!site->is_constant)
		return "an error whose code is only known at run time";
	if (value->kind == EXPR_NAME && len < 60)
		return arena_printf(&comp->arena, "the error `%.*s`", (int)len,
				    source->text + value->span.start);
	return arena_printf(&comp->arena, "the error %lld", (long long)site->code);
}

/* A caller that lets one of the codes through to where nothing catches it. */
static const struct caller *fatal_caller(struct program_graph *graph, const struct fn_facts *node,
					 const uint64_t *codes, enum target target)
{
	for (uint32_t i = 0; i < node->caller_count; i++) {
		const struct caller *caller = &node->callers[i];
		bool fatal = false;

		if (caller->site->how != CALL_PLAIN || caller->site->deferred ||
		    !(caller->facts->fn->fn.targets & 1u << target))
			continue;
		codes_pass(graph, graph->scratch, codes, caller->site->tries);
		for (uint32_t w = 0; w < graph->words; w++)
			fatal |= (graph->scratch[w] & caller->facts->fatal[target][w]) != 0;
		if (fatal)
			return caller;
	}
	return NULL;
}

/* The way of an error from its function up to an entry point. */
static void note_chain(struct program_graph *graph, const struct fn_facts *node,
		       const uint64_t *codes, enum target target)
{
	for (uint32_t step = 0; step < CHAIN_NOTES_MAX && !is_entry(node, target); step++) {
		const struct caller *caller = fatal_caller(graph, node, codes, target);

		if (!caller)
			return;
		diag_note(graph->comp, caller->site->expr->span,
			  "`%s` calls `%s` here without a handler for it",
			  caller->facts->fn->name.text, node->fn->name.text);
		node = caller->facts;
	}
}

static const char *const fatal_texts[TARGET_COUNT] = {
	[TARGET_BPF] = "can leave the bpf code: the kernel takes no errors",
	[TARGET_USER] = "is caught nowhere: it ends the program",
	[TARGET_MODULE] = "can leave the module: its callers take no errors",
};

static bool intersects(const struct program_graph *graph, const uint64_t *a, const uint64_t *b)
{
	for (uint32_t i = 0; i < graph->words; i++) {
		if (a[i] & b[i])
			return true;
	}
	return false;
}

static void report_fatal(struct program_graph *graph, const struct fn_facts *node,
			 const struct throw_site *site, const uint64_t *codes, enum target target)
{
	enum diag_slug slug = target == TARGET_USER ? DIAG_THROW_UNCAUGHT : DIAG_THROW_ESCAPES;
	const char *code = code_text(graph->comp, site);

	diag_report(graph->comp, slug, site->stmt->span, "%s %s", code, fatal_texts[target]);
	note_chain(graph, node, codes, target);
	if (!site->is_constant)
		diag_help(graph->comp, "catch it with `catch _`");
}

static bool is_made(const struct program_graph *graph, struct span span)
{
	return graph->comp->sources.files.data[span.file]->is_made;
}

static void check_throw(struct program_graph *graph, struct fn_facts *node,
			const struct throw_site *site, uint64_t *codes)
{
	static const enum target order[] = {TARGET_BPF, TARGET_MODULE, TARGET_USER};

	codes_of_throw(graph, codes, site);
	codes_pass(graph, codes, codes, site->tries);
	if (codes_empty(graph, codes))
		return;
	if (site->deferred) {
		diag_report(graph->comp, DIAG_THROW_ESCAPES, site->stmt->span,
			    "%s cannot leave a deferred block", code_text(graph->comp, site));
		return;
	}
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!(node->fn->fn.targets & 1u << order[i]) ||
		    !intersects(graph, codes, node->fatal[order[i]]))
			continue;
		/* Any call of Python can raise: a warning at each would say nothing. */
		if (order[i] != TARGET_USER || !is_made(graph, site->stmt->span))
			report_fatal(graph, node, site, codes, order[i]);
		return;
	}
}

/* A call in a `defer` whose callee can throw. */
static void check_deferred(struct program_graph *graph, const struct call_site *site)
{
	const struct fn_facts *callee = call_facts(site);

	if (!site->deferred || site->how != CALL_PLAIN || !callee)
		return;
	codes_pass(graph, graph->scratch, callee->thrown, site->tries);
	graph->scratch[0] &= ~((uint64_t)1 << CODE_BIT_ABORT);
	if (codes_empty(graph, graph->scratch))
		return;
	diag_report(graph->comp, DIAG_THROW_ESCAPES, site->expr->span,
		    "an error of `%s` cannot leave a deferred call", site->callee->name.text);
	diag_help(graph->comp, "catch it: `defer { try { ... } catch _ { } }`");
}

/* What is left for the IR: whether a code can leave the function at run time. */
static void set_throws(const struct program_graph *graph, struct fn_facts *node)
{
	struct fn_decl *fn = &node->fn->fn;
	uint64_t *codes = graph->scratch;

	memcpy(codes, node->thrown, graph->words * sizeof(*codes));
	/* The abort of an assert passes through bpf functions up to the program. */
	if (!(fn->targets & 1u << TARGET_BPF) || fn->role == FN_PROGRAM)
		codes[0] &= ~((uint64_t)1 << CODE_BIT_ABORT);
	fn->throws = !codes_empty(graph, codes);
	fn->needs_context =
		node->uses_packet && fn->role != FN_PROGRAM && fn->targets & 1u << TARGET_BPF;
}

void program_check_throws(struct sema *sema, struct program_graph *graph)
{
	uint64_t *codes = codes_new(graph);

	for (int target = 0; target < TARGET_COUNT; target++)
		find_fatal(graph, (enum target)target);
	vec_foreach (node, &graph->nodes) {
		vec_foreach (site, &(*node)->throws)
			check_throw(graph, *node, site, codes);
		vec_foreach (site, &(*node)->calls)
			check_deferred(graph, site);
		set_throws(graph, *node);
	}
}
