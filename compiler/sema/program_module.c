/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of module code over the whole program: what may sleep where a program of a kind that must
 * not sleep calls it, and arguments of kfuncs.
 */
#include "sema/decl.h"
#include "sema/program.h"

#include "kernel/kernel_calls.h"
#include "kernel/module_contexts.h"

#include <string.h>

/* ---- where nothing may sleep ---- */

/* Which program brings a function of the module where it must not sleep. */
struct atomic_from {
	const struct fn_facts *kfunc, *program; /* program NULL: of any other file */
};

VEC_TYPE(atomic_from_vec, struct atomic_from);

/* A program that may not sleep and calls the kfunc; false when all that call it may. */
static bool find_atomic(const struct fn_facts *kfunc, struct atomic_from *from)
{
	from->kfunc = kfunc;
	from->program = NULL;
	if (kfunc->fn->fn.kfunc_flags & KFUNC_SLEEPABLE)
		return false;
	for (int kind = 0; kind < PROG_KIND_COUNT; kind++) {
		const struct fn_facts *program = kfunc->kind_from[kind];

		if (!program)
			continue;
		from->program = program;
		if (!program->fn->fn.sleepable && kind != PROG_SYSCALL)
			return true;
	}
	/* Nothing calls it here: it is for programs of other files. */
	return !from->program;
}

static void report_sleep(struct compilation *comp, struct span span, const char *what,
			 const struct atomic_from *from)
{
	if (from->program) {
		diag_report(comp, DIAG_MAY_SLEEP, span,
			    "%s may sleep, and `%s`, which must not, "
			    "calls this",
			    what, from->program->fn->name.text);
		diag_note(comp, from->program->fn->name.span, "`%s` is a @%s program",
			  from->program->fn->name.text, from->program->fn->fn.kind->name);
	} else {
		diag_report(comp, DIAG_MAY_SLEEP, span,
			    "%s may sleep, and programs that must not may call `%s`", what,
			    from->kfunc->fn->name.text);
		diag_help(comp, "only sleepable programs can call a @kfunc(\"sleepable\")");
	}
}

static void check_sleeping(struct compilation *comp, const struct fn_facts *node,
			   const struct atomic_from *from)
{
	vec_foreach (use, &node->uses) {
		const struct kernel_call *call;

		if (use->kind == USE_NEW && !use->is_known) {
			report_sleep(comp, use->span, "`new` without GFP_ATOMIC", from);
			continue;
		}
		if (use->kind != USE_EXTERN)
			continue;
		call = kernel_call_find(use->decl->name.text);
		if (call && call->flags & KERNEL_CALL_SLEEPS)
			report_sleep(comp, use->span,
				     arena_printf(&comp->arena, "`%s()`", call->name), from);
	}
}

/* From kfuncs to what they call; each function is looked at for the first way to it. */
static void check_atomic(struct program_graph *graph)
{
	struct arena *arena = &graph->comp->arena;
	struct fn_facts_vec work = {0};
	struct atomic_from_vec from = {0};
	bool *seen = arena_array(arena, bool, graph->nodes.len);

	vec_foreach (node, &graph->nodes) {
		struct atomic_from one;

		if ((*node)->fn->fn.role != FN_KFUNC || !find_atomic(*node, &one))
			continue;
		seen[(*node)->index] = true;
		vec_push(arena, &work, *node);
		vec_push(arena, &from, one);
	}
	for (uint32_t i = 0; i < work.len; i++) {
		check_sleeping(graph->comp, work.data[i], &from.data[i]);
		vec_foreach (site, &work.data[i]->calls) {
			struct fn_facts *callee = call_facts(site);

			if (!callee || site->how != CALL_PLAIN || seen[callee->index])
				continue;
			seen[callee->index] = true;
			vec_push(arena, &work, callee);
			vec_push(arena, &from, from.data[i]);
		}
	}
}

/* ---- parameters of kfuncs ---- */

bool kfunc_param_may_be_null(const struct decl *fn, uint32_t index)
{
	const struct param *param = &fn->fn.params.data[index];
	const struct type *type = param->variable->type;

	if (type->kind != TYPE_PTR)
		return false;
	if (param->is_nullable)
		return true;
	if (type->ptr.target->kind == TYPE_STRUCT &&
	    module_context_find(type->ptr.target->strukt->name))
		return false;
	if (type->ptr.region == REGION_CTX || param->is_text || kfunc_param_is_buffer(fn, index))
		return false;
	return !(fn->fn.kfunc_flags & (KFUNC_TRUSTED_ARGS | KFUNC_RCU | KFUNC_RELEASE));
}

/* ---- functions of the kernel ---- */

/* A function with a header may be a macro or an inline one: what BTF has is compared. */
static void check_extern(struct sema *sema, struct decl *decl)
{
	const struct type *theirs = NULL;

	if (decl->extern_header && decl->fn.type && decl->fn.type->kind == TYPE_FN)
		theirs = kernel_find_function(sema->comp, decl->name.text);
	/* Of a function that is written in assembly BTF knows no parameters: memcpy(). */
	if (theirs && theirs->kind == TYPE_FN && theirs->fn.params.len)
		extern_check_function(sema, decl, theirs);
}

static void check_externs(struct sema *sema, struct program_graph *graph)
{
	struct ptr_map seen;

	ptr_map_init(&seen, &sema->comp->arena);
	vec_foreach (node, &graph->nodes) {
		if (!((*node)->fn->fn.targets & 1u << TARGET_MODULE))
			continue;
		vec_foreach (use, &(*node)->uses) {
			if (use->kind != USE_EXTERN || ptr_map_get(&seen, use->decl))
				continue;
			ptr_map_set(&seen, use->decl, use->decl);
			check_extern(sema, use->decl);
		}
	}
}

/* What a program does not test for null must not be null. */
void program_check_results(struct program_graph *graph)
{
	vec_foreach (node, &graph->nodes) {
		const struct decl *fn = (*node)->fn;

		if (fn->fn.role != FN_KFUNC || !(*node)->result_null ||
		    fn->fn.kfunc_flags & KFUNC_RET_NULL || !fn->fn.type ||
		    fn->fn.type->kind != TYPE_FN || fn->fn.type->fn.result->kind != TYPE_PTR)
			continue;
		diag_report(graph->comp, DIAG_ATTRIBUTE, fn->name.span,
			    "`%s` may give null, and the kernel lets programs use the result "
			    "without a test",
			    fn->name.text);
		diag_help(graph->comp, "say so: `@kfunc(\"ret_null\")`");
	}
}

/* The kernel calls one function of a kind. */
static void check_hooks(struct program_graph *graph)
{
	const struct decl *first[MODULE_HOOK_EXIT + 1] = {NULL};

	vec_foreach (node, &graph->nodes) {
		const struct decl *fn = (*node)->fn;
		const struct decl **slot = &first[fn->fn.hook];

		if (fn->fn.hook == MODULE_HOOK_NONE)
			continue;
		if (*slot) {
			const struct decl *second =
				(*slot)->span.start > fn->span.start ? *slot : fn;

			*slot = second == fn ? *slot : fn;
			diag_report(graph->comp, DIAG_DUPLICATE, second->name.span,
				    "a module has one function for this");
			diag_note(graph->comp, (*slot)->name.span, "it is `%s` already",
				  (*slot)->name.text);
			continue;
		}
		*slot = fn;
	}
}

void program_check_module(struct sema *sema, struct program_graph *graph)
{
	check_atomic(graph);
	check_externs(sema, graph);
	check_hooks(graph);
}
