/* SPDX-License-Identifier: Apache-2.0 */
/* Functions: signatures, parameters, `main`. */
#include "sema/decl.h"

#include <string.h>

/* bpf code passes five registers; the kernel's own functions and global ones take no more. */
#define REGISTER_ARGS_MAX 5

/* Deeper statements are no place where one looks for a missing arrow. */
#define RETURN_DEPTH_MAX 64

const struct type *sema_fn_type(struct sema *sema, struct decl *fn)
{
	sema_resolve(sema, fn);
	return fn->fn.type ? fn->fn.type : sema->comp->types->error;
}

/* ---- the result of a function without an arrow ---- */

/* Where the result's type is written; without an arrow, the name of the function. */
static struct span result_span(const struct decl *fn)
{
	return fn->fn.result ? fn->fn.result->span : fn->name.span;
}

static const struct expr *find_return(const struct stmt *stmt, unsigned depth);

static const struct expr *find_return_in_value(const struct expr *expr, unsigned depth)
{
	const struct expr *found = NULL;

	if (!expr || depth > RETURN_DEPTH_MAX)
		return NULL;
	if (expr->kind == EXPR_IF) {
		found = find_return(expr->iff.then, depth + 1);
		return found ? found : find_return(expr->iff.otherwise, depth + 1);
	}
	if (expr->kind != EXPR_MATCH)
		return NULL;
	for (uint32_t i = 0; i < expr->match.arms.len && !found; i++)
		found = find_return(expr->match.arms.data[i].block, depth + 1);
	return found;
}

/* The first `return e` in a statement; NULL when there is none. */
static const struct expr *find_return(const struct stmt *stmt, unsigned depth)
{
	const struct expr *found = NULL;

	if (!stmt || depth > RETURN_DEPTH_MAX)
		return NULL;
	switch (stmt->kind) {
	case STMT_RETURN:
		return stmt->ret.value;
	case STMT_BLOCK:
		for (uint32_t i = 0; i < stmt->block.stmts.len && !found; i++)
			found = find_return(stmt->block.stmts.data[i], depth + 1);
		return found;
	case STMT_IF:
		found = find_return(stmt->iff.then, depth + 1);
		return found ? found : find_return(stmt->iff.otherwise, depth + 1);
	case STMT_WHILE:
		return find_return(stmt->whil.body, depth + 1);
	case STMT_FOR:
		return find_return(stmt->range.body, depth + 1);
	case STMT_FOR_MAP:
		return find_return(stmt->each.body, depth + 1);
	case STMT_TRY:
		found = find_return(stmt->tri.body, depth + 1);
		for (uint32_t i = 0; i < stmt->tri.catches.len && !found; i++)
			found = find_return(stmt->tri.catches.data[i].block, depth + 1);
		return found;
	case STMT_EXPR:
		return find_return_in_value(stmt->expr.value, depth + 1);
	case STMT_VAR:
		found = find_return_in_value(stmt->var.value, depth + 1);
		return found ? found : find_return(stmt->var.otherwise, depth + 1);
	case STMT_CONST:
	case STMT_ASSIGN:
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_THROW:
	case STMT_DEFER:
	case STMT_DELETE:
	case STMT_LOCK:
	case STMT_ERROR:
		break;
	}
	return NULL;
}

static const struct type *result_type(struct sema *sema, struct decl *fn)
{
	const struct expr *returned;

	if (fn->fn.result)
		return sema_type(sema, fn->fn.result, true);
	returned = fn->fn.role == FN_PROGRAM ? NULL : find_return(fn->fn.body, 0);
	if (!returned)
		return sema->comp->types->void_;
	diag_report(sema->comp, DIAG_MISSING_RESULT_TYPE, fn->name.span,
		    "`%s` returns a value but names no result type: `u32` is taken", fn->name.text);
	diag_note(sema->comp, returned->span, "returned here");
	diag_help(sema->comp, "write it: `fn %s(...) -> u32`", fn->name.text);
	return sema->comp->types->u32;
}

/* ---- parameters ---- */

static bool is_context_struct(const struct type *type)
{
	if (type->kind != TYPE_STRUCT || type->strukt->origin != ORIGIN_UAPI)
		return false;
	for (unsigned i = 0; i < PROG_KIND_COUNT; i++) {
		const char *context = prog_kinds[i].context;

		/* Registers are ordinary kernel memory as well. */
		if (context && strcmp(context, "pt_regs") && !strcmp(context, type->strukt->name))
			return true;
	}
	return false;
}

/* What is known of a pointer parameter by the function's own target. */
static enum region param_region(const struct decl *fn, const struct type *type)
{
	if (type->kind != TYPE_PTR)
		return REGION_ANY;
	switch (fn->fn.role) {
	case FN_KFUNC:
	case FN_PRIVATE:
	case FN_TEST:
		return REGION_HEAP;
	case FN_PLAIN:
	case FN_HELPER:
		return is_context_struct(type->ptr.target) ? REGION_CTX : REGION_ANY;
	case FN_PROGRAM:
		break; /* decl_program.c */
	}
	return REGION_ANY;
}

static struct variable *param_variable(struct sema *sema, struct decl *fn, struct ast_name name,
				       const struct type *type)
{
	struct variable *variable = arena_new(&sema->comp->arena, struct variable);

	variable->name = name.text;
	variable->span = name.span;
	variable->type = type_with_region(sema->comp, type, param_region(fn, type));
	variable->owner = fn;
	variable->is_param = true;
	return variable;
}

static void report_duplicate(struct sema *sema, const struct ast_name *name,
			     const struct ast_name *first)
{
	diag_report(sema->comp, DIAG_DUPLICATE, name->span, "there are two parameters `%s`",
		    name->text);
	diag_note(sema->comp, first->span, "the first one is here");
}

static void check_duplicates(struct sema *sema, const struct decl *fn)
{
	struct ptr_map seen;

	ptr_map_init(&seen, &sema->comp->arena);
	vec_foreach (param, &fn->fn.params) {
		const struct ast_name *first;

		if (!param->name.text || !strcmp(param->name.text, "_"))
			continue;
		first = ptr_map_get(&seen, param->name.text);
		if (first)
			report_duplicate(sema, &param->name, first);
		else
			ptr_map_set(&seen, param->name.text, &param->name);
	}
	if (fn->fn.result_name.text && ptr_map_get(&seen, fn->fn.result_name.text)) {
		diag_report(sema->comp, DIAG_DUPLICATE, fn->fn.result_name.span,
			    "the result has the name of a parameter, `%s`",
			    fn->fn.result_name.text);
		diag_note(sema->comp,
			  ((const struct ast_name *)ptr_map_get(&seen, fn->fn.result_name.text))
				  ->span,
			  "the parameter is here");
	}
}

/* Resolves the written signature; the type stays NULL when a part of it is broken. */
static void signature_resolve(struct sema *sema, struct decl *fn)
{
	struct fn_param_vec params = {0};
	const struct type *result;
	bool is_broken = false;

	vec_foreach (param, &fn->fn.params) {
		struct fn_param to = {.name = param->name.text};

		to.type = sema_type(sema, param->type, false);
		is_broken |= to.type->kind == TYPE_ERROR;
		param->variable = param_variable(sema, fn, param->name, to.type);
		vec_push(&sema->comp->arena, &params, to);
	}
	check_duplicates(sema, fn);
	result = result_type(sema, fn);
	is_broken |= result->kind == TYPE_ERROR;
	if (fn->fn.result_name.text) {
		fn->fn.result_variable = param_variable(sema, fn, fn->fn.result_name, result);
		fn->fn.result_variable->is_param = false;
	}
	if (!is_broken)
		fn->fn.type = type_fn(sema->comp, result, &params);
}

/* ---- what registers can carry ---- */

static bool is_register(const struct type *type)
{
	return (type_is_scalar(type) && type->kind != TYPE_FLOAT && type->kind != TYPE_FN) ||
	       type->kind == TYPE_ERROR;
}

static void check_registers(struct sema *sema, struct decl *fn, const char *what)
{
	struct compilation *comp = sema->comp;

	if (fn->fn.params.len > REGISTER_ARGS_MAX)
		diag_report(comp, DIAG_ATTRIBUTE, fn->fn.params.data[REGISTER_ARGS_MAX].name.span,
			    "%s takes at most %d parameters", what, REGISTER_ARGS_MAX);
	vec_foreach (param, &fn->fn.params) {
		if (is_register(param->variable->type))
			continue;
		diag_report(comp, DIAG_TYPE_MISMATCH, param->type->span,
			    "%s takes integers and pointers, not `%s`", what,
			    type_name(comp, param->variable->type));
		if (type_is_aggregate(param->variable->type) && param->type->kind == TYPE_EXPR_NAME)
			diag_help(comp, "pass its address: `*%s`",
				  type_name(comp, param->variable->type));
	}
}

static const struct type *param_pointee(const struct param *param)
{
	const struct type *type = param->variable ? param->variable->type : NULL;

	return type && type->kind == TYPE_PTR ? type->ptr.target : NULL;
}

bool kfunc_param_is_size(const struct decl *fn, uint32_t index)
{
	static const char *const names[] = {"len", "size", "sz"}, *const endings[] = {"_len",
										      "_size"};
	const struct param *param = &fn->fn.params.data[index];
	const char *name = param->name.text ? param->name.text : "";
	size_t len = strlen(name);

	if (!index || param->variable->type->kind != TYPE_INT || !param_pointee(&param[-1]) ||
	    param[-1].variable->type->ptr.region == REGION_CTX)
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t part = strlen(endings[i]);

		if (len > part && !strcmp(name + len - part, endings[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}

bool kfunc_param_is_buffer(const struct decl *fn, uint32_t index)
{
	return index + 1 < fn->fn.params.len && kfunc_param_is_size(fn, index + 1);
}

const char *kfunc_param_suffix(const struct decl *fn, uint32_t index)
{
	const struct param *param = &fn->fn.params.data[index];

	if (kfunc_param_is_size(fn, index))
		return "__sz";
	if (param->is_text)
		return "__str";
	if (param->is_nullable)
		return kfunc_param_is_buffer(fn, index) ? "__opt" : "__nullable";
	return "";
}

/* Since when the verifier knows a mark of a parameter, or a flag (kernel/bpf/verifier.c). */
static const struct {
	const char *word;
	uint32_t since;
} kfunc_words[] = {
	{"__opt", KERNEL_VERSION_OF(6, 5)},
	{"__str", KERNEL_VERSION_OF(6, 8)},
	{"__nullable", KERNEL_VERSION_OF(6, 10)},
	{"rcu", KERNEL_VERSION_OF(6, 3)},
};

static void check_kfunc_word(struct sema *sema, struct span span, const char *word,
			     const char *written)
{
	for (size_t i = 0; i < sizeof(kfunc_words) / sizeof(kfunc_words[0]); i++) {
		const struct kernel *lacking;

		if (strcmp(kfunc_words[i].word, word) != 0)
			continue;
		lacking = kernels_older_than(sema->comp, kfunc_words[i].since);
		if (lacking)
			diag_report(sema->comp, DIAG_KERNEL_LACKS, span,
				    "the kernel %s knows no `%s` of a kfunc: that needs %s",
				    lacking->label, written,
				    kernel_version_text(sema->comp, kfunc_words[i].since));
	}
}

static void kfunc_params_check(struct sema *sema, struct decl *fn)
{
	for (uint32_t i = 0; i < fn->fn.params.len; i++) {
		const struct param *param = &fn->fn.params.data[i];
		const struct type *target = param_pointee(param);
		const char *text = param->is_text ? "string" : "nullable";

		if (!param->is_text && !param->is_nullable)
			continue;
		if (!target || (param->is_text && target->kind != TYPE_CHAR &&
				!(target->kind == TYPE_INT && target->size == 1)))
			diag_report(sema->comp, DIAG_ATTRIBUTE, param->name.span,
				    param->is_text ? "`string(%s)` needs a `*char`, not `%s`"
						   : "`nullable(%s)` needs a pointer, not `%s`",
				    param->name.text, type_name(sema->comp, param->variable->type));
		else
			check_kfunc_word(
				sema, param->name.span, kfunc_param_suffix(fn, i),
				arena_printf(&sema->comp->arena, "%s(%s)", text, param->name.text));
	}
	if (fn->fn.kfunc_flags & KFUNC_RCU)
		check_kfunc_word(sema, fn->name.span, "rcu", "flag rcu");
}

/*
 * What a pointer of a kfunc may point to: a number, a struct, or a buffer's bytes. The verifier
 * takes nothing else (get_kfunc_ptr_arg_type() in kernel/bpf/verifier.c).
 */
static bool kfunc_takes(const struct decl *fn, uint32_t index, const struct type *target)
{
	if (target->kind == TYPE_STRUCT || (type_is_scalar(target) && target->kind != TYPE_PTR))
		return true;
	return target->kind == TYPE_VOID && kfunc_param_is_buffer(fn, index);
}

static void kfunc_pointers_check(struct sema *sema, struct decl *fn)
{
	const struct type *result = fn->fn.type->fn.result;

	for (uint32_t i = 0; i < fn->fn.params.len; i++) {
		const struct param *param = &fn->fn.params.data[i];
		const struct type *target = param_pointee(param);

		if (param->variable->type->kind == TYPE_FN ||
		    (target && !kfunc_takes(fn, i, target)))
			diag_report(sema->comp, DIAG_TYPE_MISMATCH, param->type->span,
				    "a program cannot pass a `%s` to a `@kfunc`: a pointer is to a "
				    "number, to a struct, or to a buffer that its length follows",
				    type_name(sema->comp, param->variable->type));
	}
	if (result->kind == TYPE_PTR && result->ptr.target->kind != TYPE_STRUCT)
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, result_span(fn),
			    "a `@kfunc` gives pointers to structs only, not `%s`",
			    type_name(sema->comp, result));
}

static void kfunc_check(struct sema *sema, struct decl *fn)
{
	const struct type *result = fn->fn.type->fn.result;

	check_registers(sema, fn, "a `@kfunc`");
	kfunc_params_check(sema, fn);
	kfunc_pointers_check(sema, fn);
	if (!is_register(result) && result->kind != TYPE_VOID)
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, result_span(fn),
			    "a `@kfunc` gives an integer, a pointer or nothing, not `%s`",
			    type_name(sema->comp, result));
	if (fn->fn.kfunc_flags & (KFUNC_ACQUIRE | KFUNC_RET_NULL) && result->kind != TYPE_PTR)
		diag_report(sema->comp, DIAG_ATTRIBUTE, fn->name.span,
			    "`%s` with the flag `%s` must return a pointer", fn->name.text,
			    fn->fn.kfunc_flags & KFUNC_ACQUIRE ? "acquire" : "ret_null");
}

static void hook_check(struct sema *sema, struct decl *fn)
{
	const struct type *result = fn->fn.type->fn.result;
	bool is_init = fn->fn.hook == MODULE_HOOK_INIT;

	if (fn->fn.hook == MODULE_HOOK_NONE)
		return;
	if (fn->fn.params.len)
		diag_report(sema->comp, DIAG_ATTRIBUTE, fn->fn.params.data[0].name.span,
			    "the kernel calls `%s`: it takes no parameters", fn->name.text);
	if (result->kind != TYPE_VOID && !(is_init && result == sema->comp->types->i32))
		diag_report(sema->comp, DIAG_ATTRIBUTE, result_span(fn),
			    is_init ? "`%s` gives an `i32`, 0 or a negative error number, or "
				      "nothing"
				    : "`%s` gives nothing: the kernel does not ask whether a "
				      "module wants to go",
			    fn->name.text);
}

static bool holds_pointer(const struct type *type)
{
	if (type->kind == TYPE_ARRAY)
		return holds_pointer(type->array.elem);
	if (type->kind == TYPE_STRUCT) {
		vec_foreach (field, &type->strukt->fields) {
			if (holds_pointer(field->type))
				return true;
		}
	}
	return type->kind == TYPE_PTR || type->kind == TYPE_FN;
}

/*
 * The verifier looks at a global function by itself, from its signature alone: what it is given by
 * address is plain bytes.
 */
static void global_check(struct sema *sema, struct decl *fn)
{
	const struct type *result = fn->fn.type->fn.result;
	struct compilation *comp = sema->comp;

	vec_foreach (param, &fn->fn.params) {
		const struct type *type = param->variable->type;

		if (type->kind == TYPE_FN || type->kind == TYPE_FLOAT ||
		    (type_is_aggregate(type) && holds_pointer(type)))
			diag_report(comp, DIAG_TYPE_MISMATCH, param->type->span,
				    "a `@helper(\"global\")` function takes pointers and plain "
				    "values, not `%s`",
				    type_name(comp, type));
	}
	if (result->kind == TYPE_FLOAT || holds_pointer(result))
		diag_report(comp, DIAG_TYPE_MISMATCH, result_span(fn),
			    "a `@helper(\"global\")` function must return a plain value, not `%s`",
			    type_name(comp, result));
}

/* ---- main ---- */

static bool is_option(const struct type *type)
{
	return type->kind == TYPE_INT || type->kind == TYPE_BOOL || type->kind == TYPE_STR ||
	       type->kind == TYPE_ENUM || type->kind == TYPE_ERROR;
}

static void check_options(struct sema *sema, const struct param *param, const struct type *args)
{
	struct compilation *comp = sema->comp;

	vec_foreach (field, &args->strukt->fields) {
		struct expr *value = (struct expr *)field->default_value;
		const char *what;

		if (!is_option(field->type) || field->bit_size || !field->name) {
			diag_report(comp, DIAG_TYPE_MISMATCH, field->span,
				    "`%s` cannot be a command line option: options are integers, "
				    "`bool` and `str(N)`",
				    field->name);
			diag_note(comp, param->type->span,
				  "because `main` takes its options from `%s`", args->strukt->name);
			continue;
		}
		what = arena_printf(&comp->arena, "the default of `%s`", field->name);
		if (value && !value->type)
			sema_initialiser(sema, value, field->type, what);
	}
}

static void main_check(struct sema *sema, struct decl *fn)
{
	const struct type *result = fn->fn.type->fn.result, *args;
	const struct param *param = fn->fn.params.data;

	sema->program->main_fn = fn;
	if (result->kind != TYPE_VOID && !type_is_integral(result))
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, result_span(fn),
			    "`main` gives the exit status: `i32` or nothing, not `%s`",
			    type_name(sema->comp, result));
	if (!fn->fn.params.len)
		return;
	args = param->variable->type;
	if (fn->fn.params.len > 1 || args->kind != TYPE_STRUCT || args->strukt->is_union ||
	    !args->strukt->decl) {
		diag_report(sema->comp, DIAG_TYPE_MISMATCH,
			    fn->fn.params.len > 1 ? param[1].name.span : param->type->span,
			    "`main` takes nothing or one struct, whose fields become the options "
			    "of the command line");
		return;
	}
	sema->program->args = args;
	check_options(sema, param, args);
}

/* ---- the whole ---- */

static void check_role(struct sema *sema, struct decl *fn)
{
	switch (fn->fn.role) {
	case FN_PROGRAM:
		decl_program_check(sema, fn);
		break;
	case FN_KFUNC:
		kfunc_check(sema, fn);
		break;
	case FN_HELPER:
		if (fn->fn.is_global)
			global_check(sema, fn);
		break;
	case FN_PLAIN:
		if (!strcmp(fn->name.text, "main") && !sema->program->module_name)
			main_check(sema, fn);
		break;
	case FN_TEST:
		if (fn->fn.params.len)
			diag_report(sema->comp, DIAG_ATTRIBUTE, fn->fn.params.data[0].name.span,
				    "a `@test` function takes no parameters");
		if (fn->fn.type->fn.result != sema->comp->types->i32)
			diag_report(sema->comp, DIAG_TYPE_MISMATCH, result_span(fn),
				    "a `@test` function returns `i32`: 0 when it passed");
		break;
	case FN_PRIVATE:
		hook_check(sema, fn);
		break;
		break;
	}
}

/* Types that come with the kind would be unknown too, which is no news. */
static void signature_skip(struct sema *sema, struct decl *fn)
{
	const struct type *error = sema->comp->types->error;

	vec_foreach (param, &fn->fn.params)
		param->variable = param_variable(sema, fn, param->name, error);
	if (fn->fn.result_name.text)
		fn->fn.result_variable = param_variable(sema, fn, fn->fn.result_name, error);
}

void decl_fn_resolve(struct sema *sema, struct decl *fn)
{
	uint32_t errors = diag_error_count(sema->comp);

	attributes_check(sema, fn);
	if (decl_program_possible(sema, fn))
		signature_resolve(sema, fn);
	else
		signature_skip(sema, fn);
	if (fn->fn.type && fn->fn.type->kind == TYPE_FN)
		check_role(sema, fn);
	fn->fn.had_errors |= diag_error_count(sema->comp) != errors;
	if (!fn->fn.type)
		fn->fn.type = sema->comp->types->error;
}

/* ---- extern ---- */

/* A helper's table has no parameter for what a call passes by itself. */
static void extern_check_helper(struct sema *sema, const struct decl *decl,
				const struct helper *helper)
{
	const struct kernel *kernel = helper_lacking(sema->comp, helper);

	if (kernel)
		diag_report(sema->comp, DIAG_KERNEL_LACKS, decl->name.span, "%s has no helper `%s`",
			    kernel_text(sema, kernel), helper->name);
	if (decl->fn.params.len != helper_param_count(helper) && !helper_is_variadic(helper))
		diag_report(sema->comp, DIAG_ARGUMENT_COUNT, decl->name.span,
			    "the helper `%s` takes %u arguments, this declaration has %u",
			    helper->name, helper_param_count(helper), decl->fn.params.len);
}

void extern_check_function(struct sema *sema, const struct decl *decl, const struct type *theirs)
{
	struct compilation *comp = sema->comp;
	const struct type *own = decl->fn.type;
	const char *text = signature_text(sema, decl->name.text, theirs, theirs->fn.result);

	text += strlen("fn ");
	if (own->fn.params.len != theirs->fn.params.len) {
		diag_report(comp, DIAG_TYPE_MISMATCH, decl->name.span,
			    "the kernel's `%s` has %u parameters, this declaration %u",
			    decl->name.text, theirs->fn.params.len, own->fn.params.len);
		diag_help(comp, "it is `extern %s`", text);
		return;
	}
	for (uint32_t i = 0; i < own->fn.params.len; i++) {
		if (param_compatible(own->fn.params.data[i].type, theirs->fn.params.data[i].type))
			continue;
		diag_report(comp, DIAG_TYPE_MISMATCH, decl->fn.params.data[i].type->span,
			    "the kernel's `%s` has `%s` here, not `%s`", decl->name.text,
			    type_name(comp, theirs->fn.params.data[i].type),
			    type_name(comp, own->fn.params.data[i].type));
		diag_help(comp, "it is `extern %s`", text);
		return;
	}
	if (own->fn.result->kind == TYPE_VOID ||
	    param_compatible(own->fn.result, theirs->fn.result))
		return;
	diag_report(comp, DIAG_TYPE_MISMATCH, result_span(decl),
		    "the kernel's `%s` gives `%s`, not `%s`", decl->name.text,
		    type_name(comp, theirs->fn.result), type_name(comp, own->fn.result));
	diag_help(comp, "it is `extern %s`", text);
}

/* Headers declare for many kernels: what one lacks is told where it is called. */
static void extern_check(struct sema *sema, struct decl *decl)
{
	const struct helper *helper = helper_find(decl->name.text);
	struct str_vec names = {0};
	const struct kernel *kernel;
	const struct type *theirs;
	const char *near;

	if (decl->extern_header)
		return;
	if (helper) {
		extern_check_helper(sema, decl, helper);
		return;
	}
	theirs = kernel_find_function(sema->comp, decl->name.text);
	if (theirs && theirs->kind == TYPE_FN)
		extern_check_function(sema, decl, theirs);
	kernel = kernels_lacking_function(sema->comp, decl->name.text);
	if (!kernel || sema_is_header(sema, decl))
		return;
	diag_report(sema->comp, DIAG_KERNEL_LACKS, decl->name.span, "%s has no function `%s`",
		    kernel_text(sema, kernel), decl->name.text);
	if (theirs)
		return;
	kernel_list_names(sema->comp, BTF_MASK(FUNC), "", UINT32_MAX, &names);
	near = diag_nearest(decl->name.text, names.data, names.len);
	if (near)
		diag_help(sema->comp, "did you mean `%s`?", near);
	else
		diag_help(sema->comp, "for a macro or an inline function name its header: "
				      "`extern ... from \"linux/...\"`");
}

void decl_extern_resolve(struct sema *sema, struct decl *decl)
{
	attributes_check(sema, decl);
	signature_resolve(sema, decl);
	if (decl->fn.type && decl->fn.type->kind == TYPE_FN)
		extern_check(sema, decl);
	else if (!decl->fn.type)
		decl->fn.type = sema->comp->types->error;
}
