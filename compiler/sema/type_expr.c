/* SPDX-License-Identifier: Apache-2.0 */
/* Types as written to types. */
#include "sema/decl.h"

#include <string.h>

/* Where a type stands decides whether its size must be known there. */
enum type_use {
	USE_POINTEE, /* behind a pointer: a struct in work will do */
	USE_VALUE,
};

#define STR_CAPACITY_MAX 65535u
#define ARRAY_COUNT_MAX	 (1u << 28)

static const struct type *resolve(struct sema *sema, struct type_expr *expr, enum type_use use);

/* ---- names ---- */

static const struct type *simple_type(const struct type_table *types, const char *name)
{
	const struct {
		const char *name;
		const struct type *type;
	} simple[] = {
		{"u8", types->u8},
		{"u16", types->u16},
		{"u32", types->u32},
		{"u64", types->u64},
		{"i8", types->i8},
		{"i16", types->i16},
		{"i32", types->i32},
		{"i64", types->i64},
		{"bool", types->bool_},
		{"char", types->char_},
		{"void", types->void_},
		{"be16", types->be16},
		{"be32", types->be32},
		{"be64", types->be64},
		{"f32", types->f32},
		{"f64", types->f64},
		{"size_t", types->u64},
		{"ProgramHandle", types->handle},
		{"PerfAttachment", types->perf},
	};

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
		if (!strcmp(simple[i].name, name))
			return simple[i].type;
	}
	return NULL;
}

/* Names under which the language has types of the kernel. */
static const char *kernel_spelling(const char *name)
{
	if (!strcmp(name, "spin_lock"))
		return "bpf_spin_lock";
	return !strcmp(name, "timer") ? "bpf_timer" : name;
}

static const struct type *kernel_type(struct sema *sema, const char *name)
{
	static const char tracepoint[] = "trace_event_raw_";
	struct compilation *comp = sema->comp;
	const struct type *type =
		kernel_find_type(comp, intern_str(&comp->names, kernel_spelling(name)));

	/* Events that share the struct of their class have none of their own name. */
	if (!type && !strncmp(name, tracepoint, strlen(tracepoint)))
		type = kernel_find_tracepoint(comp, "", name + strlen(tracepoint));
	return type;
}

/* Types in bodies may stand under a test of what the kernel has; declarations cannot. */
static void check_kernels(struct sema *sema, const struct ast_name *name, const struct type *type)
{
	const char *spelling = kernel_spelling(name->text);
	const struct kernel *kernel;

	if (sema->scope || (type->kind == TYPE_STRUCT && strcmp(type->strukt->name, spelling)))
		return;
	kernel = kernels_lacking_type(sema->comp, spelling);
	if (kernel)
		diag_report(sema->comp, DIAG_KERNEL_LACKS, name->span, "%s has no type `%s`",
			    kernel_text(sema, kernel), name->text);
}

/* What a declaration is as a type; NULL when it is none. */
static const struct type *type_of_decl(struct sema *sema, struct decl *decl, enum type_use use)
{
	const struct type *type;

	switch (decl->kind) {
	case DECL_STRUCT:
	case DECL_ENUM:
		if (use == USE_VALUE)
			sema_resolve(sema, decl);
		type = decl_type_object(sema, decl);
		/* Still in work: the cycle has been reported. */
		return use == USE_VALUE && decl->visit_state != 2 ? sema->comp->types->error : type;
	case DECL_ALIAS:
		sema_resolve(sema, decl);
		if (!decl->alias.type)
			return sema->comp->types->error;
		if (use == USE_VALUE)
			sema_complete(sema, decl->alias.type);
		return decl->alias.type;
	case DECL_FN:
	case DECL_CONST:
	case DECL_GLOBAL:
	case DECL_MAP:
	case DECL_CONFIG:
	case DECL_IMPL:
	case DECL_EXTERN:
	case DECL_INCLUDE:
	case DECL_IMPORT:
		return NULL;
	}
	return NULL;
}

static const struct type *module_type(struct sema *sema, const struct type_expr *expr,
				      enum type_use use)
{
	const struct type *error = sema->comp->types->error, *type = NULL;
	struct decl *import = sema_find_decl(sema, expr->name.module.text), *decl;

	if (!import || import->kind != DECL_IMPORT) {
		diag_report(sema->comp, DIAG_UNKNOWN_NAME, expr->name.module.span,
			    "nothing is imported as `%s`", expr->name.module.text);
		return error;
	}
	if (!import->source.program)
		return error; /* the import was reported */
	decl = ptr_map_get(&import->source.program->scope, expr->name.name.text);
	if (decl)
		type = type_of_decl(sema, decl, use);
	if (!type)
		diag_report(sema->comp, DIAG_UNKNOWN_TYPE, expr->name.name.span,
			    "`%s` has no type `%s`", expr->name.module.text, expr->name.name.text);
	return type ? type : error;
}

static const struct type *named_type(struct sema *sema, const struct type_expr *expr,
				     enum type_use use)
{
	const struct ast_name *name = &expr->name.name;
	struct decl *decl;
	const struct type *type;

	if (expr->name.module.text)
		return module_type(sema, expr, use);
	decl = sema_find_decl(sema, name->text);
	if (decl) {
		type = type_of_decl(sema, decl, use);
		/* The kernel has functions and structs of one name: spin_lock() is a function. */
		if (!type && decl->kind == DECL_EXTERN)
			type = kernel_type(sema, name->text);
		if (type)
			return type;
		diag_report(sema->comp, DIAG_UNKNOWN_TYPE, name->span, "`%s` is %s, not a type",
			    name->text, decl_kind_text(decl));
		diag_note(sema->comp, decl->name.span, "declared here");
		return sema->comp->types->error;
	}
	type = simple_type(sema->comp->types, name->text);
	if (!type)
		type = predeclared_struct(sema->comp, name->text);
	if (type)
		return type;
	type = kernel_type(sema, name->text);
	if (type) {
		check_kernels(sema, name, type);
		return type;
	}
	sema_unknown(sema, *name, NAME_TYPE);
	return sema->comp->types->error;
}

/* ---- derived types ---- */

static const struct type *str_type(struct sema *sema, const struct type_expr *expr)
{
	uint64_t count;

	if (!sema_constant_between(sema, expr->str.capacity, 1, STR_CAPACITY_MAX,
				   "the size of a string", &count))
		return sema->comp->types->error;
	return type_str(sema->comp, (uint32_t)count);
}

static const struct type *array_type(struct sema *sema, const struct type_expr *expr)
{
	const struct type *elem = resolve(sema, expr->array.elem, USE_VALUE);
	uint64_t count;

	if (elem->kind == TYPE_VOID)
		diag_report(sema->comp, DIAG_UNKNOWN_TYPE, expr->array.elem->span,
			    "an array cannot hold `void`");
	if (!sema_constant_between(sema, expr->array.count, 1, ARRAY_COUNT_MAX,
				   "the size of an array", &count) ||
	    elem->kind == TYPE_ERROR || elem->kind == TYPE_VOID)
		return sema->comp->types->error;
	return type_limited(sema, type_array(sema->comp, elem, (uint32_t)count), expr->span);
}

static const struct type *fn_type(struct sema *sema, const struct type_expr *expr)
{
	struct compilation *comp = sema->comp;
	const struct type *result = comp->types->void_;
	struct fn_param_vec params = {0};
	bool is_broken;

	if (expr->fn.result)
		result = resolve(sema, expr->fn.result, USE_POINTEE);
	is_broken = result->kind == TYPE_ERROR;
	for (uint32_t i = 0; expr->fn.params && i < expr->fn.params->len; i++) {
		const struct param *written = &expr->fn.params->data[i];
		struct fn_param param = {.name = written->name.text};

		param.type = resolve(sema, written->type, USE_POINTEE);
		if (param.type->kind == TYPE_VOID) {
			diag_report(comp, DIAG_UNKNOWN_TYPE, written->type->span,
				    "a parameter cannot be `void`");
			param.type = comp->types->error;
		}
		is_broken |= param.type->kind == TYPE_ERROR;
		vec_push(&comp->arena, &params, param);
	}
	return is_broken ? comp->types->error : type_fn(comp, result, &params);
}

static const struct type *resolve_kind(struct sema *sema, struct type_expr *expr, enum type_use use)
{
	const struct type *target;

	switch (expr->kind) {
	case TYPE_EXPR_NAME:
		return named_type(sema, expr, use);
	case TYPE_EXPR_STR:
		return str_type(sema, expr);
	case TYPE_EXPR_POINTER:
		target = resolve(sema, expr->pointer.target, USE_POINTEE);
		if (target->kind == TYPE_ERROR)
			return target;
		return type_ptr(sema->comp, target, REGION_ANY);
	case TYPE_EXPR_ARRAY:
		return array_type(sema, expr);
	case TYPE_EXPR_FN:
		return fn_type(sema, expr);
	case TYPE_EXPR_MAP:
		diag_report(sema->comp, DIAG_MAP_KIND, expr->span,
			    "a map is no value: declare it as `var name : %s<...>(...)` at the top "
			    "of the file",
			    expr->map.kind.text);
		break;
	}
	return sema->comp->types->error;
}

/* The kernel declares some structs without showing them; so may headers. */
static bool is_opaque(struct sema *sema, const struct type *type)
{
	if (type->kind != TYPE_STRUCT || type->size)
		return false;
	type_complete(sema->comp, type);
	return type->strukt->state == STRUCT_COMPLETE && !type->strukt->fields.len;
}

static const struct type *resolve(struct sema *sema, struct type_expr *expr, enum type_use use)
{
	const struct type *type;

	if (sema->nesting >= SEMA_NESTING_MAX) {
		diag_report(sema->comp, DIAG_INTERNAL_LIMIT, expr->span,
			    "types are nested more than %d deep", SEMA_NESTING_MAX);
		return sema->comp->types->error;
	}
	sema->nesting++;
	type = resolve_kind(sema, expr, use);
	sema->nesting--;
	if (use == USE_VALUE && is_opaque(sema, type)) {
		diag_report(sema->comp, DIAG_UNKNOWN_TYPE, expr->span,
			    "the layout of `%s` is not known, so only pointers to it can be used",
			    type_name(sema->comp, type));
		return sema->comp->types->error;
	}
	return type;
}

void sema_complete(struct sema *sema, const struct type *type)
{
	while (type->kind == TYPE_ARRAY)
		type = type->array.elem;
	if (type->kind == TYPE_STRUCT && type->strukt->decl &&
	    type->strukt->state != STRUCT_COMPLETE)
		sema_resolve(sema, type->strukt->decl);
}

const struct type *type_limited(struct sema *sema, const struct type *type, struct span span)
{
	if (type->size != UINT32_MAX)
		return type;
	diag_report(sema->comp, DIAG_INTERNAL_LIMIT, span, "`%s` is larger than %u MiB",
		    type_name(sema->comp, type), TYPE_BYTES_MAX >> 20);
	return sema->comp->types->error;
}

const struct type *sema_type(struct sema *sema, struct type_expr *expr, bool void_allowed)
{
	const struct type *type = resolve(sema, expr, USE_VALUE);

	if (type->kind != TYPE_VOID || void_allowed)
		return type;
	diag_report(sema->comp, DIAG_UNKNOWN_TYPE, expr->span,
		    "`void` is no type of a value; `*void` is a pointer to anything");
	return sema->comp->types->error;
}
