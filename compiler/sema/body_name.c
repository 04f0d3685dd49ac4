/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"
#include "sema/decl.h"

#include <string.h>

static const struct type *use_variable(struct sema *sema, struct expr *expr,
				       struct variable *variable)
{
	if (variable->table)
		return body_use_decl(sema, expr, variable->table);
	expr->ref.kind = REF_VARIABLE;
	expr->ref.variable = variable;
	if (variable->is_const)
		expr->constant = variable->constant;
	if (variable->entry_map)
		expr->entry = ENTRY_VALUE;
	if (!sema->body)
		return variable->type;
	if (expr != sema->body->target)
		variable->is_read = true;
	return variable->type;
}

/* What to write instead of the name of a declaration that is no value. */
static const struct {
	const char *what, *help;
} no_values[] = {
	[DECL_STRUCT] = {"a type", NULL},
	[DECL_ENUM] = {"a type", "name one of its values"},
	[DECL_ALIAS] = {"a type", NULL},
	[DECL_CONFIG] = {"a config", "name one of its fields"},
	[DECL_IMPL] = {"a struct_ops implementation", "`register()` takes it"},
	[DECL_INCLUDE] = {"a header", NULL},
	[DECL_IMPORT] = {"a module", "name something in it"},
};

static const struct type *no_value(struct sema *sema, const struct expr *expr,
				   const struct decl *decl)
{
	const struct type *type =
		body_error(sema, DIAG_TYPE_MISMATCH, expr->span, "`%s` is %s, not a value",
			   decl->name.text, no_values[decl->kind].what);

	if (no_values[decl->kind].help)
		diag_help(sema->comp, "%s", no_values[decl->kind].help);
	return type;
}

static const struct type *use_function(struct sema *sema, struct expr *expr, struct decl *decl)
{
	const struct type *type = sema_fn_type(sema, decl);

	if (decl->fn.role == FN_PROGRAM) {
		type = body_error(sema, DIAG_TYPE_MISMATCH, expr->span, "program `%s` is no value",
				  decl->name.text);
		diag_help(sema->comp, "`load(%s)` gives a handle", decl->name.text);
	}
	return type;
}

const struct type *body_use_decl(struct sema *sema, struct expr *expr, struct decl *decl)
{
	sema_resolve(sema, decl);
	expr->ref.kind = REF_DECL;
	expr->ref.decl = decl;
	switch (decl->kind) {
	case DECL_FN:
	case DECL_EXTERN:
		return use_function(sema, expr, decl);
	case DECL_CONST:
		expr->constant = decl->var.constant;
		return decl->var.type ? decl->var.type : sema->comp->types->error;
	case DECL_GLOBAL:
		return decl->var.type ? decl->var.type : sema->comp->types->error;
	case DECL_MAP:
		return decl->map.kind ? type_map(sema->comp, decl) : sema->comp->types->error;
	case DECL_STRUCT:
	case DECL_ENUM:
	case DECL_ALIAS:
	case DECL_CONFIG:
	case DECL_IMPL:
	case DECL_INCLUDE:
	case DECL_IMPORT:
		break;
	}
	return no_value(sema, expr, decl);
}

/* What names a function but nothing else: builtins, helpers, kfuncs. */
static bool is_callable_name(struct sema *sema, const char *name)
{
	return builtin_find(RECEIVER_NONE, name) || helper_find(name) ||
	       kernel_find_kfunc(sema->comp, name);
}

const struct type *body_check_name(struct sema *sema, struct expr *expr)
{
	const char *name = expr->name.text;
	struct ast_name as_name = {.text = name, .span = expr->span};
	struct variable *variable = sema_find_variable(sema, name);
	const struct type *type = NULL;
	struct decl *decl;

	if (variable)
		return use_variable(sema, expr, variable);
	decl = sema_find_decl(sema, name);
	if (decl)
		return body_use_decl(sema, expr, decl);
	if (sema_find_constant(sema, name, &expr->constant, &type)) {
		expr->ref.kind = REF_ENUM_VALUE;
		expr->ref.type = type;
		return type;
	}
	if (is_callable_name(sema, name))
		return body_error(sema, DIAG_TYPE_MISMATCH, expr->span,
				  "`%s` is a function of the language or the kernel; it can only "
				  "be called",
				  name);
	/* Programs for the older compiler write `none` for an absent entry. */
	if (!strcmp(name, "none")) {
		expr->kind = EXPR_NULL;
		return sema->comp->types->null;
	}
	sema_unknown(sema, as_name, NAME_VALUE);
	return sema->comp->types->error;
}

/* ---- names with a dot ---- */

/* A name that no variable hides. */
static struct decl *top_level(struct sema *sema, const struct expr *expr)
{
	if (expr->kind != EXPR_NAME || sema_find_variable(sema, expr->name.text))
		return NULL;
	return sema_find_decl(sema, expr->name.text);
}

/* The import that `base` of `base.name` names, with its refs set. */
static struct decl *import_of(struct sema *sema, struct expr *base)
{
	struct decl *decl = top_level(sema, base);

	if (!decl || decl->kind != DECL_IMPORT)
		return NULL;
	sema_resolve(sema, decl);
	base->ref.kind = REF_MODULE;
	base->ref.decl = decl;
	base->type = type_module(sema->comp, decl);
	return decl;
}

static struct decl *imported(struct sema *sema, struct expr *expr)
{
	struct decl *import;

	if (expr->kind != EXPR_FIELD || expr->field.arrow)
		return NULL;
	import = import_of(sema, expr->field.base);
	if (!import || !import->source.program)
		return NULL;
	return ptr_map_get(&import->source.program->scope, expr->field.name.text);
}

struct decl *body_find_decl(struct sema *sema, struct expr *expr, enum decl_kind kind)
{
	struct decl *decl = expr->kind == EXPR_NAME ? top_level(sema, expr) : imported(sema, expr);

	if (!decl || decl->kind != kind)
		return NULL;
	sema_resolve(sema, decl);
	expr->ref.kind = REF_DECL;
	expr->ref.decl = decl;
	return decl;
}

const struct type *body_unknown_member(struct sema *sema, const struct expr *expr,
				       const struct decl *import)
{
	const struct program *program = import->source.program;
	const struct type *type;
	struct str_vec names = {0};
	const char *nearest;

	vec_foreach (decl, &program->decls)
		vec_push(&sema->comp->arena, &names, (*decl)->name.text);
	type = body_error(sema, DIAG_UNKNOWN_NAME, expr->field.name.span, "module `%s` has no `%s`",
			  import->name.text, expr->field.name.text);
	nearest = diag_nearest(expr->field.name.text, names.data, names.len);
	if (nearest)
		diag_help(sema->comp, "it has `%s`", nearest);
	return type;
}

static const struct type *check_member(struct sema *sema, struct expr *expr,
				       const struct decl *import)
{
	const struct program *program = import->source.program;
	const struct type *type;
	struct decl *decl;

	/* Errors in the import itself were reported there. */
	if (!program)
		return sema->comp->types->error;
	decl = ptr_map_get(&program->scope, expr->field.name.text);
	if (decl)
		return body_use_decl(sema, expr, decl);
	if (!sema_find_variant(sema, import->source.program, expr->field.name.text, &expr->constant,
			       &type))
		return body_unknown_member(sema, expr, import);
	expr->ref.kind = REF_ENUM_VALUE;
	expr->ref.type = type;
	return type;
}

/* An enum that `expr` names: of the program, of a module, of the kernel. */
static const struct type *enum_named(struct sema *sema, struct expr *expr)
{
	struct decl *decl = expr->kind == EXPR_NAME ? top_level(sema, expr) : imported(sema, expr);
	const struct type *type = NULL;
	struct constant value;
	const struct type *value_type;

	if (decl) {
		if (decl->kind != DECL_ENUM && decl->kind != DECL_ALIAS)
			return NULL;
		sema_resolve(sema, decl);
		type = decl->kind == DECL_ENUM ? decl->enumeration.type : decl->alias.type;
	} else if (expr->kind == EXPR_NAME && !sema_find_variable(sema, expr->name.text) &&
		   !sema_find_constant(sema, expr->name.text, &value, &value_type)) {
		type = kernel_find_type(sema->comp, expr->name.text);
	}
	if (!type || type->kind != TYPE_ENUM)
		return NULL;
	expr->ref.kind = REF_TYPE;
	expr->ref.decl = decl;
	expr->ref.type = type;
	expr->type = type;
	return type;
}

static struct constant enum_constant(const struct type *type, const struct enum_value *value)
{
	return type_is_signed(type) ? sema_constant_int(value->value)
				    : sema_constant_unsigned((uint64_t)value->value);
}

static const struct type *check_variant(struct sema *sema, struct expr *expr,
					const struct type *type)
{
	const struct enum_value *value = type_enum_find(type, expr->field.name.text);
	struct str_vec names = {0};
	const char *nearest;

	if (value) {
		expr->ref.kind = REF_ENUM_VALUE;
		expr->ref.type = type;
		expr->constant = enum_constant(type, value);
		return type;
	}
	body_error(sema, DIAG_UNKNOWN_NAME, expr->field.name.span, "enum `%s` has no `%s`",
		   body_type(sema, type), expr->field.name.text);
	vec_foreach (variant, &type->enumeration->values)
		vec_push(&sema->comp->arena, &names, variant->name);
	nearest = diag_nearest(expr->field.name.text, names.data, names.len);
	if (nearest)
		diag_help(sema->comp, "it has `%s`", nearest);
	return sema->comp->types->error;
}

/* config.field: the config has a struct type, but is no value itself. */
static bool check_config(struct sema *sema, struct expr *expr)
{
	struct expr *base = expr->field.base;
	struct decl *decl = base->kind == EXPR_NAME ? top_level(sema, base) : imported(sema, base);

	if (!decl || decl->kind != DECL_CONFIG)
		return false;
	sema_resolve(sema, decl);
	base->ref.kind = REF_DECL;
	base->ref.decl = decl;
	base->type = decl->config.type ? decl->config.type : sema->comp->types->error;
	return true;
}

bool body_check_qualified(struct sema *sema, struct expr *expr)
{
	struct expr *base = expr->field.base;
	const struct type *type;
	struct decl *import;

	if (expr->field.arrow || base->type)
		return false;
	import = import_of(sema, base);
	if (import) {
		expr->type = check_member(sema, expr, import);
		return true;
	}
	if (check_config(sema, expr))
		return false;
	type = base->kind == EXPR_NAME || base->kind == EXPR_FIELD ? enum_named(sema, base) : NULL;
	if (!type)
		return false;
	expr->type = check_variant(sema, expr, type);
	return true;
}
