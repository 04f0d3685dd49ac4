/* SPDX-License-Identifier: Apache-2.0 */
/* Constants, global variables, configs. */
#include "sema/decl.h"

#include "sema/constant.h"

#include <string.h>

/* ---- constants ---- */

static bool can_be_constant(const struct type *type)
{
	switch (type->kind) {
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_FLOAT:
	case TYPE_STR:
	case TYPE_ENUM:
		return true;
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_ARRAY:
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_STRUCT:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return false;
}

static void report_no_constant_type(struct sema *sema, const struct type *type, struct span span)
{
	if (type->kind != TYPE_ERROR)
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, span, "no constant can be a `%s`",
			    type_name(sema->comp, type));
}

/* Arrays and structs lie in memory like globals. */
static bool is_table(struct sema *sema, const struct type *type)
{
	return (type->kind == TYPE_ARRAY || type->kind == TYPE_STRUCT) &&
	       !type_find_address(sema, type);
}

static void table_resolve(struct sema *sema, struct decl *decl, const struct type *type)
{
	const char *what = arena_printf(&sema->comp->arena, "the constant `%s`", decl->name.text);
	struct expr *value = decl->var.value;

	decl->kind = DECL_GLOBAL;
	decl->is_table = true;
	decl->var.type = type ? type : sema->comp->types->error;
	if (!value || !sema_initialiser(sema, value, type, what) || type)
		return;
	if (is_table(sema, value->type))
		decl->var.type = value->type;
	else
		report_no_constant_type(sema, value->type, value->span);
}

static const struct type *const_value(struct sema *sema, struct decl *decl, const struct type *type)
{
	const struct type *error = sema->comp->types->error;
	struct expr *value = decl->var.value;
	const char *what;

	if (!value)
		return error; /* a syntax error */
	if (!sema_constant(sema, value, type))
		return type ? type : error;
	what = arena_printf(&sema->comp->arena, "the constant `%s`", decl->name.text);
	if (type && !sema_convert(sema, value, type, what))
		return type;
	decl->var.constant = value->constant;
	decl->var.constant.by_width = false;
	return value->type;
}

void decl_const_resolve(struct sema *sema, struct decl *decl)
{
	const struct type *type = NULL;
	const struct expr *value = decl->var.value;

	attributes_check(sema, decl);
	if (decl->var.type_expr) {
		type = sema_type(sema, decl->var.type_expr, false);
		sema_complete(sema, type);
		if (!can_be_constant(type) && !is_table(sema, type)) {
			report_no_constant_type(sema, type, decl->var.type_expr->span);
			decl->var.type = sema->comp->types->error;
			return;
		}
	}
	if (type ? is_table(sema, type)
		 : value && (value->kind == EXPR_ARRAY || value->kind == EXPR_STRUCT)) {
		table_resolve(sema, decl, type);
		return;
	}
	type = const_value(sema, decl, type);
	/* A cycle has set the error already. */
	if (!decl->var.type)
		decl->var.type = type;
}

/* ---- what globals and configs can hold ---- */

/* A part of the type that cannot stand there, or NULL. `pointers`: whether these can. */
static const struct type *find_unfit(struct sema *sema, const struct type *type, bool pointers,
				     unsigned depth)
{
	const struct type *unfit = NULL;

	switch (type->kind) {
	case TYPE_ERROR:
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_FLOAT:
	case TYPE_STR:
	case TYPE_ENUM:
		return NULL;
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_HANDLE:
	case TYPE_PERF:
		return pointers ? NULL : type;
	case TYPE_ARRAY:
		return find_unfit(sema, type->array.elem, pointers, depth + 1);
	case TYPE_STRUCT:
		if (depth > 32)
			return NULL;
		type_complete(sema->comp, type);
		vec_foreach (field, &type->strukt->fields) {
			unfit = find_unfit(sema, field->type, pointers, depth + 1);
			if (unfit)
				break;
		}
		return unfit;
	case TYPE_VOID:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return type;
}

const struct type *type_find_address(struct sema *sema, const struct type *type)
{
	return find_unfit(sema, type, false, 0);
}

bool type_has_float(struct sema *sema, const struct type *type)
{
	while (type->kind == TYPE_ARRAY)
		type = type->array.elem;
	if (type->kind != TYPE_STRUCT || !type->strukt->decl)
		return type->kind == TYPE_FLOAT;
	vec_foreach (field, &type->strukt->fields) {
		/* A field's struct is complete before the one around it, so this ends. */
		if (type_has_float(sema, field->type))
			return true;
	}
	return false;
}

/* ---- globals ---- */

static void global_check_storage(struct sema *sema, const struct decl *decl)
{
	struct compilation *comp = sema->comp;
	const struct type *unfit;

	if (decl->is_pinned && decl->is_local)
		diag_report(comp, DIAG_ATTRIBUTE, decl->name.span,
			    "`%s` cannot be both `pin` and `local`: a pinned variable outlives the "
			    "program, where user code can see it",
			    decl->name.text);
	if (!decl->is_pinned)
		return;
	unfit = type_find_address(sema, decl->var.type);
	if (unfit)
		diag_report(comp, DIAG_ATTRIBUTE, decl->name.span,
			    "`%s` cannot be pinned: `%s` means nothing to the next program",
			    decl->name.text, type_name(comp, unfit));
}

static void global_without_type(struct sema *sema, struct decl *decl)
{
	const struct type_table *types = sema->comp->types;
	struct expr *value = decl->var.value;

	decl->var.type = types->error;
	if (!value || !sema_initialiser(sema, value, NULL, NULL))
		return;
	if (value->type->kind == TYPE_NULL || value->type->kind == TYPE_VOID)
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, value->span,
			    "`%s` needs a type: the value does not tell it", decl->name.text);
	else
		decl->var.type = value->type;
}

void decl_global_resolve(struct sema *sema, struct decl *decl)
{
	const char *what;

	attributes_check(sema, decl);
	if (!decl->var.type_expr) {
		global_without_type(sema, decl);
	} else {
		decl->var.type = sema_type(sema, decl->var.type_expr, false);
		what = arena_printf(&sema->comp->arena, "the global `%s`", decl->name.text);
		if (decl->var.value)
			sema_initialiser(sema, decl->var.value, decl->var.type, what);
	}
	global_check_storage(sema, decl);
}

/* ---- configs ---- */

static void config_value(struct sema *sema, struct decl *decl, const struct field *field,
			 struct constant *constant)
{
	struct expr *value = (struct expr *)field->default_value;
	const char *what;

	if (!value)
		return;
	what = arena_printf(&sema->comp->arena, "the setting `%s.%s`", decl->name.text,
			    field->name);
	if (sema_initialiser(sema, value, field->type, what))
		*constant = value->constant;
}

void decl_config_resolve(struct sema *sema, struct decl *decl)
{
	struct compilation *comp = sema->comp;
	struct type *type = type_struct_new(comp, decl->name.text, false, ORIGIN_SOURCE);

	attributes_check(sema, decl);
	type->strukt->decl = decl;
	decl_fields_resolve(sema, type, &decl->config.fields);
	type_struct_layout(comp, type);
	decl->config.type = type;
	if (!type->strukt->fields.len)
		diag_report(comp, DIAG_EMPTY_TYPE, decl->name.span,
			    "the config `%s` needs at least one setting", decl->name.text);
	type_limited(sema, type, decl->name.span);
	decl->config.values = arena_array(&comp->arena, struct constant, type->strukt->fields.len);
	for (uint32_t i = 0; i < type->strukt->fields.len; i++) {
		struct field *field = &type->strukt->fields.data[i];
		const struct type *unfit = type_find_address(sema, field->type);

		if (unfit) {
			diag_report(comp, DIAG_TYPE_MISMATCH, field->span,
				    "the setting `%s` cannot be `%s`: running programs read it",
				    field->name, type_name(comp, unfit));
			field->type = comp->types->error;
		}
		config_value(sema, decl, field, &decl->config.values[i]);
	}
}
