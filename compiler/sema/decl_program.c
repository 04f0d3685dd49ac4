/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry points: what the kernel passes to a program of each kind, and what it wants back. A
 * program whose signature is wrong is shown the right one.
 */
#include "sema/decl.h"

#include <string.h>

/* Registers and stack slots in which x86-64 passes arguments that probes can read. */
#define REGISTERS_MAX 6
#define USDT_ARGS_MAX 12

struct program_check {
	struct decl *fn;
	const struct prog_kind *kind;
	const struct type *theirs; /* the parameters that are possible, as a function type */
	const struct type *result;
	bool may_leave_out; /* parameters from the end */
};

/* ---- comparing with the kernel's types ---- */

static bool is_byte(const struct type *type)
{
	return (type->kind == TYPE_INT || type->kind == TYPE_CHAR) && type->size == 1;
}

bool param_compatible(const struct type *own, const struct type *theirs)
{
	if (type_same(own, theirs))
		return true;
	if (own->kind == TYPE_PTR && theirs->kind == TYPE_PTR) {
		const struct type *a = own->ptr.target, *b = theirs->ptr.target;

		/* `*u8` is how one says that it does not matter what is there. */
		return a->kind == TYPE_VOID || b->kind == TYPE_VOID || is_byte(a) ||
		       (type_is_integral(a) && type_is_integral(b) && a->size == b->size);
	}
	/* The kernel's sources do not care for the sign of sizes and flags. */
	return type_is_integral(own) && type_is_integral(theirs) && own->size == theirs->size;
}

const char *signature_text(struct sema *sema, const char *name, const struct type *fn_type,
			   const struct type *result)
{
	struct compilation *comp = sema->comp;
	const char *text = arena_printf(&comp->arena, "fn %s(", name);

	for (uint32_t i = 0; i < fn_type->fn.params.len; i++) {
		const struct fn_param *param = &fn_type->fn.params.data[i];

		text = arena_printf(&comp->arena, "%s%s%s: %s", text, i ? ", " : "",
				    param->name ? param->name
						: arena_printf(&comp->arena, "arg%u", i + 1),
				    type_name(comp, param->type));
	}
	if (result->kind == TYPE_VOID)
		return arena_printf(&comp->arena, "%s)", text);
	return arena_printf(&comp->arena, "%s) -> %s", text, type_name(comp, result));
}

static const char *right_signature(struct sema *sema, const struct program_check *check)
{
	return signature_text(sema, check->fn->name.text, check->theirs, check->result);
}

/* ---- what the kernel has ---- */

static void report_lacking(struct sema *sema, const struct decl *fn, const struct kernel *kernel,
			   const char *what)
{
	const struct attribute *attribute = attribute_find((struct decl *)fn, fn->fn.kind->name);
	struct span span = fn->name.span;

	if (attribute)
		span = attribute->args.len ? attribute->args.data[0]->span : attribute->span;
	diag_report(sema->comp, DIAG_KERNEL_LACKS, span, "%s has no %s", kernel_text(sema, kernel),
		    what);
}

/* The first kernel that can be asked, for messages; NULL when none can. */
static const struct kernel *known_kernel(struct sema *sema)
{
	const struct kernel_set *set = sema->comp->kernels;

	for (uint32_t i = 0; set && i < set->kernels.len; i++) {
		if (set->kernels.data[i]->has_btf)
			return set->kernels.data[i];
	}
	return NULL;
}

/* Reports that no target kernel has it, when one could be asked, and what is near. */
static const struct type *report_missing(struct sema *sema, const struct decl *fn, const char *what,
					 const char *name, const char *prefix, uint32_t btf_kinds)
{
	struct str_vec names = {0};
	const char *near;

	if (!known_kernel(sema))
		return NULL;
	report_lacking(sema, fn, known_kernel(sema),
		       arena_printf(&sema->comp->arena, "%s `%s`", what, name));
	kernel_list_names(sema->comp, btf_kinds, prefix, UINT32_MAX, &names);
	near = diag_nearest(arena_printf(&sema->comp->arena, "%s%s", prefix, name), names.data,
			    names.len);
	if (near && !strncmp(near, prefix, strlen(prefix)))
		diag_help(sema->comp, "did you mean `%s`?", near + strlen(prefix));
	return NULL;
}

bool decl_program_possible(struct sema *sema, const struct decl *fn)
{
	const struct prog_kind *kind = fn->fn.kind;
	const struct prog_choice *choice = fn->fn.choice;
	const struct kernel *kernel;
	uint32_t since;

	if (!kind)
		return true;
	kernel = prog_kind_lacking(sema->comp, kind, choice);
	since = choice && choice->since ? choice->since : kind->since;
	if (kernel)
		report_lacking(sema, fn, kernel,
			       arena_printf(&sema->comp->arena,
					    "`@%s`%s%s%s programs (they came with Linux %s)",
					    kind->name, choice ? " \"" : "",
					    choice ? choice->name : "", choice ? "\"" : "",
					    kernel_version_text(sema->comp, since)));
	return !kernel;
}

/* ---- the parameters of each kind, as a function type ---- */

static const struct type *one_param(struct sema *sema, const char *name, const struct type *type,
				    enum region region)
{
	struct fn_param param = {.name = name};
	struct fn_param_vec params = {0};

	param.type = type_ptr(sema->comp, type, region);
	vec_push(&sema->comp->arena, &params, param);
	return type_fn(sema->comp, sema->comp->types->void_, &params);
}

static const struct type *context_param(struct sema *sema, const struct type *context)
{
	return context ? one_param(sema, "ctx", context, REGION_CTX) : NULL;
}

static const struct type *params_of_context(struct sema *sema, const struct decl *fn)
{
	const char *name = prog_kind_context(fn->fn.kind, fn->fn.choice);
	const struct type *type =
		kernel_find_struct(sema->comp, intern_str(&sema->comp->names, name));

	if (type)
		return context_param(sema, type);
	return report_missing(sema, fn, "struct", name, "", BTF_MASK_STRUCTS);
}

static const struct type *params_of_tracepoint(struct sema *sema, const struct decl *fn)
{
	const char *arg = fn->fn.kind_arg, *slash = strchr(arg, '/');
	const char *category = arena_strndup(&sema->comp->arena, arg, (size_t)(slash - arg));
	const struct type *type = kernel_find_tracepoint(sema->comp, category, slash + 1);

	if (type)
		return context_param(sema, type);
	return report_missing(sema, fn, "tracepoint", slash + 1, "trace_event_raw_",
			      BTF_MASK_STRUCTS);
}

/* Compilers rename copies of functions (`name.isra.0`); BTF does not have those. */
static bool is_renamed(const char *function)
{
	return strchr(function, '.') != NULL;
}

static const struct type *no_params(struct sema *sema, const struct type *result)
{
	return type_fn(sema->comp, result, NULL);
}

static const struct type *params_of_function(struct sema *sema, const struct decl *fn,
					     struct prog_probe *probe)
{
	prog_probe_resolve(sema->comp, fn->fn.kind_arg, probe);
	if (!probe->type && !is_renamed(probe->function))
		return report_missing(sema, fn, "function", probe->function, "", BTF_MASK(FUNC));
	if (probe->has_offset) {
		/* Inside a function its parameters are gone: registers, whatever they hold. */
		struct fn_param_vec params = {0};

		for (unsigned i = 0; i < REGISTERS_MAX; i++) {
			struct fn_param param = {.type = sema->comp->types->u64};

			vec_push(&sema->comp->arena, &params, param);
		}
		return type_fn(sema->comp, sema->comp->types->void_, &params);
	}
	if (probe->type && probe->type->kind == TYPE_FN)
		return probe->type;
	return no_params(sema, sema->comp->types->void_);
}

static const struct type *params_of_return(struct sema *sema, const struct decl *fn)
{
	struct prog_probe probe;
	const struct type *theirs = params_of_function(sema, fn, &probe), *result;
	struct fn_param param = {.name = "ret"};
	struct fn_param_vec params = {0};

	if (!theirs)
		return NULL;
	result = probe.has_offset ? sema->comp->types->void_ : theirs->fn.result;
	if (result->kind == TYPE_VOID)
		return no_params(sema, result);
	param.type = result;
	vec_push(&sema->comp->arena, &params, param);
	return type_fn(sema->comp, sema->comp->types->void_, &params);
}

static const struct type *params_of_raw_event(struct sema *sema, const struct decl *fn)
{
	const struct type *theirs = kernel_find_raw_tracepoint(sema->comp, fn->fn.kind_arg);

	return theirs ? theirs
		      : report_missing(sema, fn, "raw tracepoint", fn->fn.kind_arg, "btf_trace_",
				       BTF_MASK(TYPEDEF));
}

static const struct type *params_of_hook(struct sema *sema, const struct decl *fn)
{
	const struct type *theirs = kernel_find_lsm_hook(sema->comp, fn->fn.kind_arg);

	return theirs && theirs->kind == TYPE_FN
		       ? theirs
		       : report_missing(sema, fn, "LSM hook", fn->fn.kind_arg, "bpf_lsm_",
					BTF_MASK(FUNC));
}

static const struct type *params_of_iter(struct sema *sema, const struct decl *fn)
{
	const struct type *type = kernel_find_iter_context(sema->comp, fn->fn.kind_arg);

	if (type)
		return context_param(sema, type);
	return report_missing(sema, fn, "iterator", fn->fn.kind_arg, "bpf_iter__",
			      BTF_MASK_STRUCTS);
}

/* NULL when nothing can be compared; then it was reported or cannot be known. */
static const struct type *params_of_kind(struct sema *sema, const struct decl *fn)
{
	struct prog_probe probe;

	if (fn->fn.kind->arg != PROG_ARG_NONE && !fn->fn.kind_arg && !fn->fn.kind->arg_optional)
		return NULL; /* the attribute is broken */
	switch (fn->fn.kind->params) {
	case PROG_PARAMS_CONTEXT:
		return params_of_context(sema, fn);
	case PROG_PARAMS_TRACEPOINT:
		return params_of_tracepoint(sema, fn);
	case PROG_PARAMS_FUNCTION:
		return params_of_function(sema, fn, &probe);
	case PROG_PARAMS_RETURN:
		return params_of_return(sema, fn);
	case PROG_PARAMS_RAW_EVENT:
		return params_of_raw_event(sema, fn);
	case PROG_PARAMS_HOOK:
		return params_of_hook(sema, fn);
	case PROG_PARAMS_ITER:
		return params_of_iter(sema, fn);
	case PROG_PARAMS_USER:
	case PROG_PARAMS_MEMBER:
	case PROG_PARAMS_ANY:
		break;
	}
	return NULL;
}

/* ---- the other target kernels: the types came from the first that has them ---- */

static const struct kernel *lacking_prefixed(struct sema *sema, const char *prefix,
					     const char *name, bool is_function)
{
	const char *whole = arena_printf(&sema->comp->arena, "%s%s", prefix, name);

	return is_function ? kernels_lacking_function(sema->comp, whole)
			   : kernels_lacking_type(sema->comp, whole);
}

static void check_all_kernels(struct sema *sema, const struct decl *fn)
{
	const char *arg = fn->fn.kind_arg, *what = "", *slash;
	const struct kernel *kernel = NULL;
	struct prog_probe probe;

	switch (fn->fn.kind->params) {
	case PROG_PARAMS_FUNCTION:
	case PROG_PARAMS_RETURN:
		prog_probe_resolve(sema->comp, arg, &probe);
		what = "function";
		arg = probe.function;
		if (!is_renamed(arg))
			kernel = kernels_lacking_function(sema->comp, arg);
		break;
	case PROG_PARAMS_TRACEPOINT:
		what = "tracepoint";
		slash = strchr(arg, '/');
		/* An event of a class has no struct of its own, an old kernel no other record. */
		if (lacking_prefixed(sema, "trace_event_raw_", slash + 1, false) &&
		    strncmp(arg, "syscalls/", strlen("syscalls/")))
			kernel = lacking_prefixed(sema, "btf_trace_", slash + 1, false);
		break;
	case PROG_PARAMS_RAW_EVENT:
		what = "raw tracepoint";
		kernel = lacking_prefixed(sema, "btf_trace_", arg, false);
		break;
	case PROG_PARAMS_HOOK:
		what = "LSM hook";
		kernel = lacking_prefixed(sema, "bpf_lsm_", arg, true);
		break;
	case PROG_PARAMS_ITER:
		what = "iterator";
		kernel = lacking_prefixed(sema, "bpf_iter__", arg, false);
		break;
	case PROG_PARAMS_CONTEXT:
	case PROG_PARAMS_USER:
	case PROG_PARAMS_MEMBER:
	case PROG_PARAMS_ANY:
		break;
	}
	if (kernel)
		report_lacking(sema, fn, kernel,
			       arena_printf(&sema->comp->arena, "%s `%s`", what, arg));
}

/* ---- comparing ---- */

static void show_right(struct sema *sema, const struct program_check *check)
{
	diag_help(sema->comp, "it is `%s`", right_signature(sema, check));
}

static bool check_count(struct sema *sema, const struct program_check *check)
{
	const struct param_vec *own = &check->fn->fn.params;
	uint32_t max = check->theirs->fn.params.len;
	bool too_many = own->len > max;

	if (!too_many && (own->len == max || check->may_leave_out))
		return true;
	diag_report(sema->comp, DIAG_CONTEXT_TYPE,
		    too_many ? own->data[max].name.span : check->fn->name.span,
		    "`@%s` programs get %u parameter%s here, not %u", check->kind->name, max,
		    max == 1 ? "" : "s", own->len);
	show_right(sema, check);
	return false;
}

/* An own struct that has the name of a context reads as if it were right. */
static void note_namesake(struct sema *sema, const struct type *type)
{
	const struct decl *decl;

	if (type->kind != TYPE_PTR || type->ptr.target->kind != TYPE_STRUCT)
		return;
	decl = type->ptr.target->strukt->decl;
	if (decl && kernel_find_struct(sema->comp, decl->name.text))
		diag_note(sema->comp, decl->name.span, "this `%s` is the program's own",
			  decl->name.text);
}

static bool check_params(struct sema *sema, const struct program_check *check)
{
	const struct param_vec *own = &check->fn->fn.params;

	if (!check_count(sema, check))
		return false;
	for (uint32_t i = 0; i < own->len; i++) {
		const struct type *wanted = check->theirs->fn.params.data[i].type;
		const struct param *param = &own->data[i];

		if (param_compatible(param->variable->type, wanted))
			continue;
		diag_report(sema->comp, DIAG_CONTEXT_TYPE, param->type->span,
			    "`@%s` programs get `%s` here, not `%s`", check->kind->name,
			    type_name(sema->comp, wanted),
			    type_name(sema->comp, param->variable->type));
		note_namesake(sema, param->variable->type);
		show_right(sema, check);
		return false;
	}
	return true;
}

/* An integer of the result's size will do where the kernel has an enum or looks away. */
static bool result_fits(struct sema *sema, const struct prog_kind *kind, const struct type *own,
			const struct type *wanted)
{
	const struct type_table *types = sema->comp->types;

	if (type_same(own, wanted))
		return true;
	if (kind->params == PROG_PARAMS_MEMBER)
		return param_compatible(own, wanted);
	if (kind->result_enum && own->kind == TYPE_ENUM &&
	    !strcmp(own->enumeration->name, kind->result_enum))
		return true;
	if (kind->result_enum || kind->result_ignored || kind->result_unsigned)
		return own == types->i32 || own == types->u32;
	return false;
}

static void check_result(struct sema *sema, const struct program_check *check)
{
	const struct type *own = check->fn->fn.type->fn.result;
	struct type_expr *written = check->fn->fn.result;

	if (result_fits(sema, check->kind, own, check->result))
		return;
	if (written)
		diag_report(sema->comp, DIAG_CONTEXT_TYPE, written->span,
			    "`@%s` programs return `%s`, not `%s`", check->kind->name,
			    type_name(sema->comp, check->result), type_name(sema->comp, own));
	else
		diag_report(sema->comp, DIAG_CONTEXT_TYPE, check->fn->name.span,
			    "`@%s` programs return `%s`; without an arrow `%s` returns nothing",
			    check->kind->name, type_name(sema->comp, check->result),
			    check->fn->name.text);
	if (check->theirs)
		show_right(sema, check);
}

/* ---- regions ---- */

static void set_region(struct sema *sema, struct param *param, enum region region)
{
	param->variable->type = type_with_region(sema->comp, param->variable->type, region);
}

static void params_from_kernel(struct sema *sema, struct decl *fn, const struct type *theirs)
{
	for (uint32_t i = 0; i < fn->fn.params.len; i++) {
		const struct type *type =
			i < theirs->fn.params.len ? theirs->fn.params.data[i].type : NULL;
		enum region region = REGION_KERNEL;

		if (type && type->kind == TYPE_PTR && type->ptr.region != REGION_ANY)
			region = type->ptr.region;
		set_region(sema, &fn->fn.params.data[i], region);
	}
}

static void set_context(struct sema *sema, struct decl *fn)
{
	if (!fn->fn.params.len)
		return;
	set_region(sema, &fn->fn.params.data[0], REGION_CTX);
	fn->fn.context = fn->fn.params.data[0].variable;
}

/* ---- kinds without a type of the kernel's ---- */

static bool is_pointer_to(const struct type *type, const char *name)
{
	return type->kind == TYPE_PTR && type->ptr.target->kind == TYPE_STRUCT &&
	       !strcmp(type->ptr.target->strukt->name, name);
}

/* Functions of user programs: their own arguments as the user declares them, or registers. */
static void check_user_params(struct sema *sema, struct decl *fn)
{
	const struct prog_kind *kind = fn->fn.kind;
	uint32_t max = kind->id == PROG_URETPROBE ? 1
		       : kind->id == PROG_USDT	  ? USDT_ARGS_MAX
						  : REGISTERS_MAX;

	if (fn->fn.params.len == 1 &&
	    is_pointer_to(fn->fn.params.data[0].variable->type, kind->context)) {
		set_context(sema, fn);
		return;
	}
	if (fn->fn.params.len > max)
		diag_report(sema->comp, DIAG_CONTEXT_TYPE, fn->fn.params.data[max].name.span,
			    "`@%s` programs can read %u argument%s", kind->name, max,
			    max == 1 ? "" : "s");
	vec_foreach (param, &fn->fn.params) {
		const struct type *type = param->variable->type;

		if (!type_is_integral(type) && type->kind != TYPE_PTR && type->kind != TYPE_BOOL &&
		    type->kind != TYPE_CHAR)
			diag_report(sema->comp, DIAG_CONTEXT_TYPE, param->type->span,
				    "`@%s` programs get integers and pointers, not `%s`",
				    kind->name, type_name(sema->comp, type));
		set_region(sema, param, REGION_USER);
	}
}

static void check_any_param(struct sema *sema, struct decl *fn)
{
	const struct param_vec *params = &fn->fn.params;
	const struct type *type = params->len ? params->data[0].variable->type : NULL;

	if (params->len > 1 ||
	    (type && (type->kind != TYPE_PTR || type->ptr.target->kind != TYPE_STRUCT)))
		diag_report(sema->comp, DIAG_CONTEXT_TYPE,
			    params->len > 1 ? params->data[1].name.span
					    : params->data[0].type->span,
			    "`@%s` programs take nothing or a pointer to one struct, which "
			    "`run` passes",
			    fn->fn.kind->name);
	set_context(sema, fn);
}

static bool params_are_context(const struct prog_kind *kind)
{
	return kind->params == PROG_PARAMS_CONTEXT || kind->params == PROG_PARAMS_TRACEPOINT ||
	       kind->params == PROG_PARAMS_ITER;
}

void decl_program_check(struct sema *sema, struct decl *fn)
{
	struct program_check check = {.fn = fn, .kind = fn->fn.kind};

	if (!check.kind || check.kind->params == PROG_PARAMS_MEMBER)
		return; /* members: decl_member_check() */
	check.theirs = params_of_kind(sema, fn);
	check.result = prog_kind_result(sema->comp, check.kind);
	check.may_leave_out = !params_are_context(check.kind);
	if (check.theirs)
		check_all_kernels(sema, fn);
	if (check.theirs && !check_params(sema, &check))
		return;
	check_result(sema, &check);
	if (params_are_context(check.kind))
		set_context(sema, fn);
	else if (check.kind->params == PROG_PARAMS_USER)
		check_user_params(sema, fn);
	else if (check.kind->params == PROG_PARAMS_ANY)
		check_any_param(sema, fn);
	else if (check.theirs)
		params_from_kernel(sema, fn, check.theirs);
}

void decl_member_check(struct sema *sema, struct decl *fn, const struct type *theirs)
{
	struct program_check check = {.fn = fn, .kind = fn->fn.kind, .theirs = theirs};
	uint32_t errors = diag_error_count(sema->comp);

	check.result = theirs->fn.result;
	if (check_params(sema, &check)) {
		check_result(sema, &check);
		params_from_kernel(sema, fn, theirs);
	}
	fn->fn.had_errors |= diag_error_count(sema->comp) != errors;
}
