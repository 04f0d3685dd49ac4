/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kinds of the programs that reach a bpf function allow there: helpers, maps, kfuncs; and
 * what the target kernels lack.
 */
#include "sema/program.h"

#include "kernel/kfunc_hooks.h"

#include <string.h>

/* Of enum bpf_prog_type. */
enum {
	TYPE_SOCKET_FILTER = 1,
	TYPE_KPROBE = 2,
	TYPE_TRACEPOINT = 5,
	TYPE_PERF_EVENT = 7,
};

/* Whether a field of the struct itself has the type. */
static bool type_has_field_of(const struct type *type, const char *name)
{
	if (!type || type->kind != TYPE_STRUCT)
		return false;
	vec_foreach (field, &type->strukt->fields) {
		if (field->type->kind == TYPE_STRUCT && !strcmp(field->type->strukt->name, name))
			return true;
	}
	return false;
}

static bool is_bpf(const struct fn_facts *node)
{
	return node->fn->fn.targets & 1u << TARGET_BPF;
}

/*
 * Callers stand behind their callees in the order of the graph. Functions of timers do not; what
 * reaches one of them is new at most once per kind.
 */
static bool spread_kinds(struct program_graph *graph)
{
	bool changed = false;

	for (uint32_t i = graph->nodes.len; i-- > 0;) {
		struct fn_facts *node = graph->nodes.data[i];

		if (node->fn->fn.role == FN_PROGRAM && node->fn->fn.kind) {
			node->kinds = 1u << node->fn->fn.kind->id;
			node->kind_from[node->fn->fn.kind->id] = node;
		}
		vec_foreach (site, &node->calls) {
			struct fn_facts *callee = call_facts(site);

			if (!callee || !is_bpf(node) || callee->fn->fn.role == FN_PROGRAM ||
			    site->how == CALL_NAME || site->how == CALL_TAIL)
				continue;
			for (int kind = 0; kind < PROG_KIND_COUNT; kind++) {
				if (node->kinds & ~callee->kinds & 1u << kind)
					callee->kind_from[kind] = node->kind_from[kind];
			}
			changed |= site->how == CALL_LATER && node->kinds & ~callee->kinds;
			callee->kinds |= node->kinds;
		}
	}
	return changed;
}

/* Which program brings a kind to a function that is not one itself. */
static void note_program(struct compilation *comp, const struct fn_facts *node, int kind)
{
	const struct fn_facts *from = node->kind_from[kind];

	if (from && from != node)
		diag_note(comp, from->fn->name.span, "the program `%s` calls `%s`",
			  from->fn->name.text, node->fn->name.text);
}

/* The first program kind that a target kernel does not let call the helper. */
static void check_kernel_of_kinds(struct compilation *comp, const struct fn_facts *node,
				  const struct use_site *use, const struct helper *helper)
{
	for (int kind = 0; kind < PROG_KIND_COUNT; kind++) {
		const struct kernel *lacking = NULL;

		if (node->kinds & 1u << kind)
			lacking = helper_kind_lacking(comp, helper, &prog_kinds[kind]);
		if (!lacking)
			continue;
		diag_report(comp, DIAG_KERNEL_LACKS, use->span,
			    "the kernel %s does not let @%s programs call `%s()`", lacking->label,
			    prog_kinds[kind].name, helper->name);
		note_program(comp, node, kind);
		return;
	}
}

/* helper_lacking(), asked once for each helper. */
static const struct kernel *kernel_without(struct program_graph *graph, const struct helper *helper)
{
	const void *known = ptr_map_get(&graph->lacking, helper);
	const struct kernel *lacking;

	if (known)
		return known == helper ? NULL : known;
	lacking = helper_lacking(graph->comp, helper);
	ptr_map_set(&graph->lacking, helper, lacking ? (void *)lacking : (void *)helper);
	return lacking;
}

static void check_helper(struct program_graph *graph, const struct fn_facts *node,
			 const struct use_site *use, const struct helper *helper)
{
	struct compilation *comp = graph->comp;
	const struct kernel *lacking;

	for (int kind = 0; kind < PROG_KIND_COUNT; kind++) {
		if (!(node->kinds & 1u << kind) || helper_allowed(helper, &prog_kinds[kind]))
			continue;
		if (use->kind == USE_HELPER)
			diag_report(comp, DIAG_BUILTIN_TARGET, use->span,
				    "@%s programs cannot call `%s()`", prog_kinds[kind].name,
				    helper->name);
		else
			diag_report(comp, DIAG_BUILTIN_TARGET, use->span,
				    "@%s programs cannot use this: it needs `%s()`",
				    prog_kinds[kind].name, helper->name);
		note_program(comp, node, kind);
		return;
	}
	lacking = use->guarded ? NULL : kernel_without(graph, helper);
	if (lacking)
		diag_report(comp, DIAG_KERNEL_LACKS, use->span, "the kernel %s has no `%s()`",
			    lacking->label, helper->name);
	else
		check_kernel_of_kinds(comp, node, use, helper);
}

/* Helpers that may sleep: `might_sleep` of their prototypes in the kernel. */
static bool helper_sleeps(const struct helper *helper)
{
	static const uint32_t helpers[] = {
		148, /* copy_from_user */
		161, /* ima_inode_hash */
		191, /* copy_from_user_task */
		193, /* ima_file_hash */
	};

	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++) {
		if (helpers[i] == helper->id)
			return true;
	}
	return false;
}

static void check_sleep(struct compilation *comp, const struct fn_facts *node, struct span span,
			const char *name)
{
	for (int kind = 0; kind < PROG_KIND_COUNT; kind++) {
		const struct fn_facts *program = node->kind_from[kind];

		/* Programs of system calls always may. */
		if (!program || program->fn->fn.sleepable || kind == PROG_SYSCALL)
			continue;
		diag_report(comp, DIAG_BUILTIN_TARGET, span,
			    "`%s()` may sleep, and `%s` is not sleepable", name,
			    program->fn->name.text);
		if (prog_kinds[kind].sleepable)
			diag_help(comp, "add \"sleepable\" to the attribute of `%s`",
				  program->fn->name.text);
		return;
	}
}

/* The type that the program has in the kernel: probes have two. */
static uint32_t type_in_kernel(struct compilation *comp, const struct decl *program)
{
	const struct prog_kind *kind = program->fn.kind;
	struct prog_probe probe = {0};

	if (!kind->section_fallback || !program->fn.kind_arg ||
	    !prog_probe_resolve(comp, program->fn.kind_arg, &probe) || probe.is_fentry)
		return kind->prog_type.value;
	return TYPE_KPROBE;
}

/* Values with a lock or timer: check_map_prog_compatibility() in kernel/bpf/verifier.c. */
static void check_special_values(struct compilation *comp, const struct fn_facts *node,
				 const struct use_site *use)
{
	static const struct {
		const char *type, *words;
		uint32_t refused[4]; /* types of programs */
	} specials[] = {
		{"bpf_timer", "timer", {TYPE_KPROBE, TYPE_TRACEPOINT, TYPE_PERF_EVENT}},
		{"bpf_spin_lock",
		 "lock",
		 {TYPE_KPROBE, TYPE_TRACEPOINT, TYPE_PERF_EVENT, TYPE_SOCKET_FILTER}},
	};

	for (size_t i = 0; i < 4 * sizeof(specials) / sizeof(specials[0]); i++) {
		const char *name = specials[i / 4].type;
		uint32_t refused = specials[i / 4].refused[i % 4];

		if (!refused || !type_has_field_of(use->decl->map.value, name))
			continue;
		for (int kind = 0; kind < PROG_KIND_COUNT; kind++) {
			const struct fn_facts *program = node->kind_from[kind];

			if (!program || type_in_kernel(comp, program->fn) != refused)
				continue;
			diag_report(comp, DIAG_MAP_KIND, use->span,
				    "@%s programs cannot use a map whose values hold a %s",
				    prog_kinds[kind].name, specials[i / 4].words);
			note_program(comp, node, kind);
			return;
		}
	}
}

static void check_map(struct program_graph *graph, const struct fn_facts *node,
		      const struct use_site *use)
{
	struct compilation *comp = graph->comp;
	const struct map_kind *map_kind = use->decl->map.kind;
	const char *const *allowed = map_kind ? map_kind->kinds : NULL;

	if (use->map_ops & MAP_OP_ITERATE)
		check_helper(graph, node, use, helper_by_id(164)); /* for_each_map_elem */
	for (int kind = 0; allowed && kind < PROG_KIND_COUNT; kind++) {
		const char *const *name = allowed;

		if (!(node->kinds & 1u << kind))
			continue;
		while (*name && strcmp(*name, prog_kinds[kind].name))
			name++;
		if (*name)
			continue;
		diag_report(comp, DIAG_MAP_KIND, use->span, "@%s programs cannot use a %s map",
			    prog_kinds[kind].name, map_kind->name);
		note_program(comp, node, kind);
		return;
	}
}

/* A map value *T holds an object that programs give away: since Linux 6.5 as the language has it.
 */
static void check_object(struct compilation *comp, const struct use_site *use)
{
	bool in_map = use->kind == USE_MAP;
	uint32_t since = in_map ? KERNEL_VERSION_OF(6, 5) : KERNEL_VERSION_OF(6, 2);
	const struct kernel *lacking;

	if (in_map && !(use->decl->map.value && use->decl->map.value->kind == TYPE_PTR))
		return;
	lacking = kernels_older_than(comp, since);
	if (lacking)
		diag_report(comp, DIAG_KERNEL_LACKS, use->span,
			    in_map ? "the kernel %s cannot keep objects in maps: that needs %s"
				   : "the kernel %s has no objects for bpf code: `new` needs %s",
			    lacking->label, kernel_version_text(comp, since));
}

/* Where the packet starts with the network header there is no Ethernet header to be had. */
static void check_ethernet(struct compilation *comp, const struct fn_facts *node,
			   const struct use_site *use)
{
	for (int kind = 0; kind < PROG_KIND_COUNT; kind++) {
		if (!(node->kinds & 1u << kind) || prog_kinds[kind].has_eth_header)
			continue;
		diag_report(comp, DIAG_BAD_CAST, use->span,
			    "packets of @%s programs have no Ethernet header: `data` is where the "
			    "network header starts",
			    prog_kinds[kind].name);
		note_program(comp, node, kind);
		return;
	}
}

static void check_kfunc(struct compilation *comp, const struct use_site *use, const char *name)
{
	const struct kernel *lacking = use->guarded ? NULL : kernels_lacking_kfunc(comp, name);

	if (lacking)
		diag_report(comp, DIAG_KERNEL_LACKS, use->span,
			    "the kernel %s has no function `%s` for bpf code", lacking->label,
			    name);
}

static void check_use(struct program_graph *graph, const struct fn_facts *node,
		      const struct use_site *use)
{
	struct compilation *comp = graph->comp;

	switch (use->kind) {
	case USE_BUILTIN:
		if (use->builtin->helper)
			check_helper(graph, node, use, helper_by_id(use->builtin->helper));
		break;
	case USE_HELPER:
		check_helper(graph, node, use, use->helper);
		if (helper_sleeps(use->helper))
			check_sleep(comp, node, use->span, use->helper->name);
		break;
	case USE_KFUNC:
		check_kfunc(comp, use, use->name);
		break;
	case USE_EXTERN:
		if (!use->decl->extern_header && !helper_find(use->decl->name.text))
			check_kfunc(comp, use, use->decl->name.text);
		break;
	case USE_MAP:
		check_map(graph, node, use);
		check_special_values(comp, node, use);
		check_object(comp, use);
		break;
	case USE_NEW:
		check_object(comp, use);
		break;
	case USE_ETHERNET:
		check_ethernet(comp, node, use);
		break;
	case USE_GLOBAL:
	case USE_CONFIG:
	case USE_FLOAT:
	case USE_POINTER:
	case USE_PYTHON:
		break;
	}
}

/* Functions of the module: registered for the kinds that call them, where the kernel can. */
static void check_kfunc_call(struct compilation *comp, const struct fn_facts *node,
			     const struct call_site *site)
{
	const struct decl *fn = site->callee;

	for (int kind = 0; kind < PROG_KIND_COUNT; kind++) {
		if (!(node->kinds & 1u << kind) || prog_kinds[kind].kfunc_hook)
			continue;
		diag_report(comp, DIAG_CALL_TARGET, site->expr->span,
			    "@%s programs cannot call a @kfunc: the kernel has no hook for them",
			    prog_kinds[kind].name);
		note_program(comp, node, kind);
		return;
	}
	for (int kind = 0; kind < PROG_KIND_COUNT; kind++) {
		const struct decl *program =
			node->kind_from[kind] ? node->kind_from[kind]->fn : NULL;
		const struct kfunc_hook *hook =
			program ? kfunc_hook_find(comp, program->fn.kind, program->fn.kind_arg)
				: NULL;
		const struct kernel *lacking = hook ? kernels_older_than(comp, hook->since) : NULL;

		if (!lacking)
			continue;
		diag_report(comp, DIAG_KERNEL_LACKS, site->expr->span,
			    "the kernel %s lets no module register functions for @%s programs%s: "
			    "that needs %s",
			    lacking->label, prog_kinds[kind].name,
			    strcmp(hook->name, "kprobe") || kind == PROG_UPROBE
				    ? ""
				    : " that become kprobes",
			    kernel_version_text(comp, hook->since));
		note_program(comp, node, kind);
		return;
	}
	if (fn->fn.kfunc_flags & KFUNC_SLEEPABLE)
		check_sleep(comp, node, site->expr->span, fn->name.text);
}

void program_check_kinds(struct sema *sema, struct program_graph *graph)
{
	ptr_map_init(&graph->lacking, &sema->comp->arena);
	while (spread_kinds(graph))
		;
	vec_foreach (node, &graph->nodes) {
		if (!is_bpf(*node))
			continue;
		vec_foreach (use, &(*node)->uses)
			check_use(graph, *node, use);
		vec_foreach (site, &(*node)->calls) {
			if (site->callee->fn.role == FN_KFUNC && site->how == CALL_PLAIN)
				check_kfunc_call(sema->comp, *node, site);
		}
	}
}
