/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations are resolved on demand; this finds the cycles. */
#include "sema/decl.h"

#include <string.h>

const char *decl_kind_text(const struct decl *decl)
{
	switch (decl->kind) {
	case DECL_FN:
		return "a function";
	case DECL_STRUCT:
		return decl->strukt.is_union ? "a union" : "a struct";
	case DECL_ENUM:
		return "an enum";
	case DECL_ALIAS:
		return "a type";
	case DECL_CONST:
		return "a constant";
	case DECL_GLOBAL:
		return "a global variable";
	case DECL_MAP:
		return "a map";
	case DECL_CONFIG:
		return "a config";
	case DECL_IMPL:
		return "an impl";
	case DECL_EXTERN:
		return "an extern function";
	case DECL_INCLUDE:
		return "an include";
	case DECL_IMPORT:
		return "an import";
	}
	return "something else";
}

const char *kernel_text(struct sema *sema, const struct kernel *kernel)
{
	if (!kernel)
		return "the target kernel";
	if (*kernel->label >= '0' && *kernel->label <= '9')
		return arena_printf(&sema->comp->arena, "Linux %s", kernel->label);
	return kernel->label;
}

bool sema_is_header(struct sema *sema, const struct decl *decl)
{
	const char *name, *dot;

	if (decl->span.file >= sema->comp->sources.files.len)
		return false;
	name = sema->comp->sources.files.data[decl->span.file]->name;
	dot = strrchr(name, '.');
	return dot && !strcmp(dot, ".kh");
}

/* What the declaration is for others while and after it could not be resolved. */
static void set_error(struct sema *sema, struct decl *decl)
{
	const struct type *error = sema->comp->types->error;

	switch (decl->kind) {
	case DECL_FN:
	case DECL_EXTERN:
		decl->fn.type = error;
		decl->fn.had_errors = true;
		break;
	case DECL_ALIAS:
		decl->alias.type = error;
		break;
	case DECL_CONST:
	case DECL_GLOBAL:
		decl->var.type = error;
		break;
	case DECL_STRUCT:
	case DECL_ENUM:
		/* They have their object; the field or value that closes the cycle is broken. */
	case DECL_MAP:
	case DECL_CONFIG:
	case DECL_IMPL:
	case DECL_INCLUDE:
	case DECL_IMPORT:
		break;
	}
}

static void report_cycle(struct sema *sema, struct decl *decl)
{
	const struct decl_vec *work = &sema->resolving;
	struct compilation *comp = sema->comp;
	const char *name = decl->name.text, *path = "";
	uint32_t first = work->len;
	bool only_structs = true;

	while (first && work->data[first - 1] != decl)
		first--;
	if (!first)
		return; /* not in work after all: reported before */
	for (uint32_t i = first - 1; i < work->len; i++) {
		only_structs &= work->data[i]->kind == DECL_STRUCT;
		path = arena_printf(&comp->arena, "%s`%s` -> ", path, work->data[i]->name.text);
	}
	if (only_structs) {
		diag_report(comp, DIAG_CYCLE, decl->name.span, "`%s` contains itself: %s`%s`", name,
			    path, name);
		diag_help(comp, "a pointer can point to it: `*%s`", name);
	} else {
		diag_report(comp, DIAG_CYCLE, decl->name.span,
			    "`%s` is declared by means of itself: %s`%s`", name, path, name);
	}
	for (uint32_t i = first; i < work->len; i++)
		diag_note(comp, work->data[i]->name.span, "`%s` is declared here",
			  work->data[i]->name.text);
}

/* An alias to its type; the others have files of their own. */
static void alias_resolve(struct sema *sema, struct decl *decl)
{
	const struct type *type;

	attributes_check(sema, decl);
	type = sema_type(sema, decl->alias.target, false);
	if (!decl->alias.type)
		decl->alias.type = type;
}

static void resolve_kind(struct sema *sema, struct decl *decl)
{
	switch (decl->kind) {
	case DECL_FN:
		decl_fn_resolve(sema, decl);
		break;
	case DECL_STRUCT:
		decl_struct_resolve(sema, decl);
		break;
	case DECL_ENUM:
		decl_enum_resolve(sema, decl);
		break;
	case DECL_ALIAS:
		alias_resolve(sema, decl);
		break;
	case DECL_CONST:
		decl_const_resolve(sema, decl);
		break;
	case DECL_GLOBAL:
		decl_global_resolve(sema, decl);
		break;
	case DECL_MAP:
		decl_map_resolve(sema, decl);
		break;
	case DECL_CONFIG:
		decl_config_resolve(sema, decl);
		break;
	case DECL_IMPL:
		decl_impl_resolve(sema, decl);
		break;
	case DECL_EXTERN:
		decl_extern_resolve(sema, decl);
		break;
	case DECL_INCLUDE:
	case DECL_IMPORT:
		break; /* collect.c */
	}
}

/*
 * Whether a declaration in work has what others ask it for: a global may use its own size, a
 * function be called in an array's size, and so on.
 */
static bool is_usable_in_work(const struct decl *decl)
{
	switch (decl->kind) {
	case DECL_FN:
	case DECL_EXTERN:
		return decl->fn.type != NULL;
	case DECL_GLOBAL:
		return decl->var.type != NULL;
	case DECL_MAP:
		return decl->map.kind != NULL;
	case DECL_CONFIG:
		return decl->config.type != NULL;
	case DECL_IMPL:
		return decl->impl.type != NULL;
	case DECL_STRUCT:
	case DECL_ENUM:
	case DECL_ALIAS:
	case DECL_CONST:
	case DECL_INCLUDE:
	case DECL_IMPORT:
		return false;
	}
	return false;
}

/* A declaration is checked as if nothing else were in work. */
static void enter_decl(struct sema *sema, struct decl *decl)
{
	sema->program = decl->owner ? decl->owner : sema->program;
	sema->fn = NULL;
	sema->scope = NULL;
	sema->body = NULL;
	sema->discard = NULL;
	sema->tail = NULL;
	sema->loop_depth = sema->defer_depth = sema->lock_depth = 0;
	sema->in_constant = false;
}

/* The opposite; what is kept over the whole check stays as it is. */
static void leave_decl(struct sema *sema, const struct sema *outer)
{
	sema->program = outer->program;
	sema->fn = outer->fn;
	sema->scope = outer->scope;
	sema->body = outer->body;
	sema->discard = outer->discard;
	sema->tail = outer->tail;
	sema->loop_depth = outer->loop_depth;
	sema->defer_depth = outer->defer_depth;
	sema->lock_depth = outer->lock_depth;
	sema->in_constant = outer->in_constant;
}

void sema_resolve(struct sema *sema, struct decl *decl)
{
	const struct sema outer = *sema;

	if (decl->visit_state == 2 || (decl->visit_state == 1 && is_usable_in_work(decl)))
		return;
	if (decl->visit_state == 1) {
		report_cycle(sema, decl);
		set_error(sema, decl);
		return;
	}
	if (sema->nesting >= SEMA_NESTING_MAX) {
		diag_report(sema->comp, DIAG_INTERNAL_LIMIT, decl->name.span,
			    "declarations depend on each other more than %d deep",
			    SEMA_NESTING_MAX);
		set_error(sema, decl);
		decl->visit_state = 2;
		return;
	}
	decl->visit_state = 1;
	enter_decl(sema, decl);
	vec_push(&sema->comp->arena, &sema->resolving, decl);
	sema->nesting++;
	resolve_kind(sema, decl);
	decl->visit_state = 2;
	sema->nesting--;
	sema->resolving.len--;
	leave_decl(sema, &outer);
}
