/* SPDX-License-Identifier: Apache-2.0 */
/* Calls across targets, and things that a target does not have. */
#include "sema/decl.h"
#include "sema/program.h"

#include <string.h>

#define BPF    (1u << TARGET_BPF)
#define USER   (1u << TARGET_USER)
#define MODULE (1u << TARGET_MODULE)

/* "bpf code" */
static const char *const target_texts[TARGET_COUNT] = {"bpf code", "user code", "module code"};

unsigned use_targets(const struct use_site *use)
{
	switch (use->kind) {
	case USE_BUILTIN:
		if (use->builtin->targets & BUILTIN_ON_TEST)
			return USER;
		return use->builtin->targets & (BPF | USER | MODULE);
	case USE_HELPER:
	case USE_KFUNC:
		return BPF;
	case USE_EXTERN:
		return use->decl->extern_header ? USER | MODULE : BPF | MODULE;
	case USE_MAP:
		return BPF | USER;
	case USE_GLOBAL:
		return use->decl->is_local ? BPF | MODULE : BPF | USER;
	case USE_CONFIG:
		return use->is_write ? USER : BPF | USER | MODULE;
	case USE_NEW:
		return BPF | USER | MODULE;
	case USE_FLOAT:
	case USE_PYTHON:
		return USER;
	case USE_POINTER:
		return USER | MODULE;
	case USE_ETHERNET:
		return BPF | MODULE;
	}
	return BPF | USER | MODULE;
}

/* ---- texts ---- */

static const char *use_text(struct compilation *comp, const struct use_site *use)
{
	switch (use->kind) {
	case USE_BUILTIN:
		return arena_printf(&comp->arena, "`%s()`", use->builtin->name);
	case USE_HELPER:
		return arena_printf(&comp->arena, "`%s()`", use->helper->name);
	case USE_KFUNC:
		return arena_printf(&comp->arena, "`%s()`", use->name);
	case USE_EXTERN:
		return arena_printf(&comp->arena, "`%s()`", use->decl->name.text);
	case USE_MAP:
		return arena_printf(&comp->arena, "the map `%s`", use->decl->name.text);
	case USE_GLOBAL:
		return arena_printf(&comp->arena, "the %s `%s`",
				    use->decl->is_local ? "local global" : "shared global",
				    use->decl->name.text);
	case USE_CONFIG:
		return arena_printf(&comp->arena, "the config `%s`", use->decl->name.text);
	case USE_NEW:
		return "`new`";
	case USE_FLOAT:
		return "floating point";
	case USE_POINTER:
		return "a function pointer";
	case USE_PYTHON:
		return "a Python function";
	case USE_ETHERNET:
		return "the packet";
	}
	return "this";
}

static const char *role_text(const struct decl *fn)
{
	switch (fn->fn.role) {
	case FN_PROGRAM:
		return "a bpf program";
	case FN_HELPER:
		return "a @helper, a bpf function";
	case FN_KFUNC:
		return "a @kfunc, which only bpf code calls";
	case FN_PRIVATE:
		return "@private: only functions of the module call it";
	case FN_TEST:
		return "a @test: `ksc test` runs it, nothing calls it";
	case FN_PLAIN:
		break;
	}
	return "user code";
}

/* ---- calls ---- */

/* Roles whose functions code of a target may call; plain functions are asked for blockers. */
static const unsigned callable[TARGET_COUNT] = {
	[TARGET_BPF] = 1u << FN_HELPER | 1u << FN_KFUNC | 1u << FN_PLAIN,
	[TARGET_USER] = 1u << FN_PLAIN,
	[TARGET_MODULE] = 1u << FN_PRIVATE | 1u << FN_KFUNC | 1u << FN_PLAIN,
};

static bool is_allowed(const struct call_site *site, enum target target)
{
	const struct fn_facts *callee = call_facts(site);
	const struct decl *fn = site->callee;

	if (site->how == CALL_NAME)
		return target == TARGET_USER;
	/* What kind of program may follow is the business of program_tail.c. */
	if (fn->fn.role == FN_PROGRAM && target == TARGET_BPF)
		return true;
	if (!(callable[target] & 1u << fn->fn.role))
		return false;
	if (fn->fn.role != FN_PLAIN || target == TARGET_USER)
		return true;
	return sema_possible_targets(fn) & 1u << target &&
	       !(callee && callee->blockers[target].owner);
}

static struct span call_span(const struct call_site *site)
{
	return site->expr->kind == EXPR_CALL ? site->expr->call.callee->span : site->expr->span;
}

/* The first thing that keeps a plain function out of a target. */
static void note_blocker(struct compilation *comp, const struct blocker *blocker,
			 enum target target)
{
	const char *owner;

	if (!blocker->owner)
		return;
	owner = blocker->owner->fn->name.text;
	if (blocker->use)
		diag_note(comp, blocker->use->span, "`%s` uses %s here, which %s cannot share",
			  owner, use_text(comp, blocker->use), target_texts[target]);
	else
		diag_note(comp, call_span(blocker->call), "`%s` calls `%s` here, %s", owner,
			  blocker->call->callee->name.text, role_text(blocker->call->callee));
}

static void report_call(struct compilation *comp, const struct fn_facts *node,
			const struct call_site *site, enum target target)
{
	const struct decl *fn = site->callee;
	const char *verb = site->expr->kind == EXPR_CALL ? "call" : "use";

	diag_report(comp, DIAG_CALL_TARGET, call_span(site), "%s cannot %s `%s`: it is %s",
		    target_texts[target], verb, fn->name.text, role_text(fn));
	if (fn->fn.role == FN_PLAIN && call_facts(site))
		note_blocker(comp, &call_facts(site)->blockers[target], target);
	else if (fn->fn.role == FN_PROGRAM && target == TARGET_USER)
		diag_help(comp, "load it: `load(%s)`", fn->name.text);
	if (facts_is_plain(node))
		diag_note(comp, node->fn->name.span, "`%s` has no attribute: it is user code",
			  node->fn->name.text);
}

/* A plain function counts as user code also where only bpf code calls it. */
static unsigned checked_targets(const struct fn_facts *node)
{
	return facts_is_plain(node) ? USER : node->fn->fn.targets;
}

/* The kernel hands no context to what it calls back. */
static void check_callback(struct compilation *comp, const struct call_site *site)
{
	const struct fn_facts *callee = call_facts(site);

	if ((site->how != CALL_BACK && site->how != CALL_LATER) || !callee || !callee->uses_packet)
		return;
	diag_report(comp, DIAG_CALL_TARGET, site->expr->span,
		    "`%s` needs the program's context, and the kernel calls it back without one",
		    site->callee->name.text);
	diag_note(comp, site->callee->name.span, "declared here");
}

static void check_calls(struct compilation *comp, struct fn_facts *node)
{
	unsigned targets = checked_targets(node);

	vec_foreach (site, &node->calls) {
		check_callback(comp, site);
		for (int t = 0; t < TARGET_COUNT; t++) {
			if (!(targets & 1u << t) || site->through_variable ||
			    is_allowed(site, (enum target)t))
				continue;
			report_call(comp, node, site, (enum target)t);
			break;
		}
	}
}

/* ---- builtins, maps and the like ---- */

/* What the other target has instead. */
static const struct {
	enum builtin_id id;
	enum target target;
	const char *instead;
} counterparts[] = {
	{BUILTIN_KTIME, TARGET_USER, "time_ns()"},
	{BUILTIN_TIME_NS, TARGET_BPF, "ktime()"},
	{BUILTIN_TGID, TARGET_USER, "getpid()"},
	{BUILTIN_GETPID, TARGET_BPF, "tgid()"},
};

static void help_counterpart(struct compilation *comp, const struct use_site *use,
			     enum target target)
{
	if (use->kind != USE_BUILTIN)
		return;
	for (size_t i = 0; i < sizeof(counterparts) / sizeof(counterparts[0]); i++) {
		if (counterparts[i].id == use->builtin->id && counterparts[i].target == target)
			diag_help(comp, "use `%s`", counterparts[i].instead);
	}
}

static enum diag_slug use_slug(const struct use_site *use)
{
	switch (use->kind) {
	case USE_GLOBAL:
		return DIAG_GLOBAL_TARGET;
	case USE_CONFIG:
		return use->is_write ? DIAG_ASSIGN_IMMUTABLE : DIAG_GLOBAL_TARGET;
	case USE_FLOAT:
		return DIAG_FLOAT_TARGET;
	case USE_EXTERN:
	case USE_POINTER:
		return DIAG_CALL_TARGET;
	case USE_BUILTIN:
	case USE_HELPER:
	case USE_KFUNC:
	case USE_MAP:
	case USE_NEW:
	case USE_PYTHON:
	case USE_ETHERNET:
		break;
	}
	return DIAG_BUILTIN_TARGET;
}

/* "bpf code", "bpf and user code" */
static const char *targets_text(struct compilation *comp, unsigned targets)
{
	static const char *const words[TARGET_COUNT] = {"bpf", "user", "module"};
	const char *text = "";

	for (int t = 0; t < TARGET_COUNT; t++) {
		if (targets & 1u << t)
			text = arena_printf(&comp->arena, "%s%s%s", text, *text ? " and " : "",
					    words[t]);
	}
	return arena_printf(&comp->arena, "%s code", text);
}

static void report_use(struct compilation *comp, const struct fn_facts *node,
		       const struct use_site *use, enum target target)
{
	const char *what = use_text(comp, use);

	if (use->kind == USE_CONFIG && use->is_write)
		diag_report(comp, use_slug(use), use->span,
			    "%s is written by user code only, and read by %s", what,
			    target_texts[target]);
	else if (use->kind == USE_POINTER && target == TARGET_BPF)
		diag_report(
			comp, use_slug(use), use->span,
			"bpf code calls a variable only where it is known which function it is");
	else if (use->kind == USE_BUILTIN && use->builtin->targets & BUILTIN_ON_TEST)
		diag_report(comp, DIAG_TEST_ONLY, use->span, "only @test functions can use %s",
			    what);
	else
		diag_report(comp, use_slug(use), use->span, "%s is not for %s, only for %s", what,
			    target_texts[target], targets_text(comp, use_targets(use)));
	help_counterpart(comp, use, target);
	if (facts_is_plain(node) && use_targets(use))
		diag_note(comp, node->fn->name.span, "`%s` has no attribute: it is user code",
			  node->fn->name.text);
}

static bool is_usable(const struct fn_facts *node, const struct use_site *use, enum target target)
{
	if (use->kind == USE_BUILTIN && use->builtin->targets & BUILTIN_ON_TEST)
		return node->fn->fn.role == FN_TEST;
	if (use->kind == USE_POINTER && use->is_known)
		return true;
	return use_targets(use) & 1u << target;
}

static const struct {
	enum map_op op;
	const char *text;
} op_texts[] = {
	{MAP_OP_LOOKUP, "looked up"},
	{MAP_OP_UPDATE, "written"},
	{MAP_OP_DELETE, "deleted from"},
	{MAP_OP_ITERATE, "iterated over"},
	{MAP_OP_TAKE, "taken from"},
	{MAP_OP_PUSH, "pushed to"},
	{MAP_OP_POP, "popped from"},
	{MAP_OP_HAS, "asked for a value"},
	{MAP_OP_RECORDS, "used for records"},
	{MAP_OP_OUTPUT, "written to"},
	{MAP_OP_STORAGE, "used as local storage"},
	{MAP_OP_NESTED, "used as a map of maps"},
	{MAP_OP_STACK_ID, "used for stacks"},
};

static void check_map_ops(struct compilation *comp, const struct use_site *use, enum target target)
{
	const struct map_kind *kind = use->decl->map.kind;
	unsigned has, lacks, need = use->map_ops;

	if (!kind || !need)
		return;
	has = target == TARGET_BPF ? kind->bpf_ops : kind->user_ops;
	/* An entry of local storage: found and written through the object. */
	if (has & MAP_OP_STORAGE)
		has |= MAP_OP_LOOKUP | MAP_OP_UPDATE;
	lacks = use->any_op && need & has ? 0 : need & ~has;
	for (size_t i = 0; lacks && i < sizeof(op_texts) / sizeof(op_texts[0]); i++) {
		if (!(lacks & op_texts[i].op))
			continue;
		diag_report(comp, DIAG_MAP_KIND, use->span, "a %s map cannot be %s in %s",
			    kind->name, op_texts[i].text, target_texts[target]);
		diag_note(comp, use->decl->name.span, "`%s` is declared here",
			  use->decl->name.text);
		return;
	}
}

/*
 * What lies in the memory of a global is a number to the verifier. That is enough for kernel
 * structs, which are read through safe reads.
 */
static void check_pointer_global(struct sema *sema, const struct use_site *use)
{
	const struct type *type = type_find_address(sema, use->decl->var.type);

	if (!type || (type->kind == TYPE_PTR && type->ptr.target->kind == TYPE_STRUCT &&
		      type->ptr.target->strukt->origin == ORIGIN_KERNEL))
		return;
	diag_report(sema->comp, DIAG_GLOBAL_TARGET, use->span,
		    "bpf code cannot keep a `%s` in the global `%s`: it would read a number",
		    type_name(sema->comp, type), use->decl->name.text);
	diag_note(sema->comp, use->decl->name.span, "`%s` is declared here", use->decl->name.text);
}

static void check_uses(struct sema *sema, struct fn_facts *node)
{
	struct compilation *comp = sema->comp;
	unsigned targets = checked_targets(node);

	vec_foreach (use, &node->uses) {
		for (int t = 0; t < TARGET_COUNT; t++) {
			if (!(targets & 1u << t))
				continue;
			if (!is_usable(node, use, (enum target)t))
				report_use(comp, node, use, (enum target)t);
			else if (use->kind == USE_MAP)
				check_map_ops(comp, use, (enum target)t);
			else if (use->kind == USE_GLOBAL && t == TARGET_BPF)
				check_pointer_global(sema, use);
		}
	}
}

void program_check_calls(struct sema *sema, struct program_graph *graph)
{
	vec_foreach (node, &graph->nodes) {
		check_calls(sema->comp, *node);
		check_uses(sema, *node);
	}
}
