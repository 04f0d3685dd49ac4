/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"

#include <string.h>

/* ---- where ---- */

static unsigned targets_of(const struct sema *sema)
{
	return sema->fn ? sema_possible_targets(sema->fn) : 0;
}

bool body_is_bpf(const struct sema *sema)
{
	return targets_of(sema) == 1u << TARGET_BPF;
}

bool body_is_module(const struct sema *sema)
{
	return targets_of(sema) == 1u << TARGET_MODULE;
}

bool body_is_user(const struct sema *sema)
{
	return targets_of(sema) & 1u << TARGET_USER;
}

/* ---- reports ---- */

const struct type *body_error(struct sema *sema, enum diag_slug slug, struct span span,
			      const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_report(sema->comp, slug, span, "%s", arena_vprintf(&sema->comp->arena, fmt, args));
	va_end(args);
	return sema->comp->types->error;
}

const struct type *body_unsupported(struct sema *sema, struct span span, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_report(sema->comp, DIAG_UNSUPPORTED, span, "%s is not compiled yet",
		    arena_vprintf(&sema->comp->arena, fmt, args));
	va_end(args);
	return sema->comp->types->error;
}

const char *body_text(struct sema *sema, const char *fmt, ...)
{
	const char *text;
	va_list args;

	va_start(args, fmt);
	text = arena_vprintf(&sema->comp->arena, fmt, args);
	va_end(args);
	return text;
}

const char *body_type(struct sema *sema, const struct type *type)
{
	return type_name(sema->comp, type);
}

const char *body_found(struct sema *sema, const struct expr *expr)
{
	bool is_literal = expr->kind == EXPR_INT || expr->kind == EXPR_STRING ||
			  expr->kind == EXPR_CHAR || expr->kind == EXPR_BOOL;

	if (is_literal && expr->type->kind == TYPE_INT)
		return body_text(sema, "the constant `%s`",
				 sema_constant_text(sema, &expr->constant));
	return body_text(sema, "`%s`", body_type(sema, expr->type));
}

bool body_is_error(const struct type *type)
{
	return type->kind == TYPE_ERROR;
}

/* ---- literals ---- */

bool body_fold(struct sema *sema, struct expr *expr)
{
	sema_fold(sema, expr);
	if (expr->constant.kind != CONSTANT_INT)
		return false;
	expr->type = sema_constant_default(sema, &expr->constant);
	return true;
}

bool body_is_text(const struct expr *expr)
{
	return expr->constant.kind == CONSTANT_STRING;
}

static const struct type *check_string(struct sema *sema, struct expr *expr)
{
	expr->constant.kind = CONSTANT_STRING;
	expr->constant.text = expr->string.text;
	expr->constant.len = expr->string.len;
	return type_str(sema->comp, expr->string.len);
}

static const struct type *check_integer(struct sema *sema, struct expr *expr)
{
	expr->constant = sema_constant_unsigned(expr->integer.value);
	if (expr->kind == EXPR_CHAR)
		return sema->comp->types->char_;
	if (expr->kind == EXPR_BOOL)
		return sema->comp->types->bool_;
	return sema_constant_default(sema, &expr->constant);
}

static const struct type *check_float(struct sema *sema, struct expr *expr,
				      const struct type *expected)
{
	expr->constant.kind = CONSTANT_FLOAT;
	expr->constant.number = expr->number.value;
	return expected && expected->kind == TYPE_FLOAT ? expected : sema->comp->types->f64;
}

/* `null` takes the pointer type that its context expects, so that it needs no conversion. */
static const struct type *check_null(struct sema *sema, const struct type *expected)
{
	if (expected && (expected->kind == TYPE_PTR || expected->kind == TYPE_FN))
		return expected;
	return sema->comp->types->null;
}

/* ---- sizeof ---- */

/*
 * A name between the parentheses of sizeof parses as a value. It is one when a variable, constant
 * or global has that name; everything else is asked for as a type.
 */
static bool names_value(struct sema *sema, const struct expr *expr)
{
	struct constant value;
	const struct type *type;
	struct decl *decl;

	if (expr->kind != EXPR_NAME)
		return true;
	if (sema_find_variable(sema, expr->name.text))
		return true;
	decl = sema_find_decl(sema, expr->name.text);
	if (decl)
		return decl->kind != DECL_STRUCT && decl->kind != DECL_ENUM &&
		       decl->kind != DECL_ALIAS;
	return sema_find_constant(sema, expr->name.text, &value, &type);
}

/* module.T */
static struct decl *imported_type(struct sema *sema, const struct expr *expr)
{
	const struct expr *base = expr->field.base;
	struct decl *import, *decl;

	if (expr->kind != EXPR_FIELD || expr->field.arrow || base->kind != EXPR_NAME ||
	    sema_find_variable(sema, base->name.text))
		return NULL;
	import = sema_find_decl(sema, base->name.text);
	if (!import || import->kind != DECL_IMPORT || !import->source.program)
		return NULL;
	decl = ptr_map_get(&import->source.program->scope, expr->field.name.text);
	if (!decl ||
	    (decl->kind != DECL_STRUCT && decl->kind != DECL_ENUM && decl->kind != DECL_ALIAS))
		return NULL;
	return import;
}

/* The operand of sizeof as a type, when it is the name of one. */
static struct type_expr *as_type(struct sema *sema, const struct expr *expr)
{
	struct type_expr *type;
	bool is_imported = imported_type(sema, expr) != NULL;

	if (!is_imported && names_value(sema, expr))
		return NULL;
	type = ast_type_expr(sema->comp, TYPE_EXPR_NAME, expr->span);
	if (is_imported) {
		type->name.module.text = expr->field.base->name.text;
		type->name.module.span = expr->field.base->span;
		type->name.name = expr->field.name;
	} else {
		type->name.name.text = expr->name.text;
		type->name.name.span = expr->span;
	}
	return type;
}

static const struct type *check_sizeof(struct sema *sema, struct expr *expr)
{
	const struct type *type;

	if (!expr->size.type) {
		expr->size.type = as_type(sema, expr->size.value);
		if (expr->size.type)
			expr->size.value = NULL;
	}
	if (expr->size.type) {
		type = sema_type(sema, expr->size.type, false);
		sema_complete(sema, type);
	} else {
		body_value(sema, expr->size.value, NULL);
		type = expr->size.value->type;
	}
	if (body_is_error(type))
		return type;
	if (type->kind == TYPE_NULL || type->kind == TYPE_HANDLE || type->kind == TYPE_PERF)
		return body_error(sema, DIAG_TYPE_MISMATCH, expr->span, "`%s` has no size",
				  body_type(sema, type));
	expr->constant = sema_constant_unsigned(type->size);
	return sema_constant_default(sema, &expr->constant);
}

/* ---- dispatch ---- */

static const struct type *check_kind(struct sema *sema, struct expr *expr,
				     const struct type *expected)
{
	switch (expr->kind) {
	case EXPR_INT:
	case EXPR_CHAR:
	case EXPR_BOOL:
		return check_integer(sema, expr);
	case EXPR_FLOAT:
		return check_float(sema, expr, expected);
	case EXPR_STRING:
		return check_string(sema, expr);
	case EXPR_NULL:
		return check_null(sema, expected);
	case EXPR_NAME:
		return body_check_name(sema, expr);
	case EXPR_UNARY:
		return body_check_unary(sema, expr, expected);
	case EXPR_BINARY:
		return body_check_binary(sema, expr, expected);
	case EXPR_COND:
		return body_check_cond(sema, expr, expected);
	case EXPR_CAST:
		return body_check_cast(sema, expr);
	case EXPR_CALL:
		return body_check_call(sema, expr, expected);
	case EXPR_INDEX:
		return body_check_index(sema, expr);
	case EXPR_FIELD:
		return body_check_field(sema, expr);
	case EXPR_ARRAY:
		return body_check_array(sema, expr, expected);
	case EXPR_STRUCT:
		return body_check_struct(sema, expr);
	case EXPR_MATCH:
		return body_check_match(sema, expr, expected);
	case EXPR_IF:
		return body_check_if(sema, expr, expected);
	case EXPR_NEW:
		return body_check_new(sema, expr);
	case EXPR_SIZEOF:
		return check_sizeof(sema, expr);
	case EXPR_ERROR:
		break;
	}
	return sema->comp->types->error;
}

/* Calls, matches and the like need a body around them. */
static bool needs_body(enum expr_kind kind)
{
	return kind == EXPR_CALL || kind == EXPR_MATCH || kind == EXPR_IF || kind == EXPR_NEW;
}

void sema_expr(struct sema *sema, struct expr *expr, const struct type *expected)
{
	const struct type *type;

	if (expr->type)
		return;
	if (sema->nesting >= SEMA_NESTING_MAX) {
		expr->type =
			body_error(sema, DIAG_INTERNAL_LIMIT, expr->span,
				   "expressions are nested more than %d deep", SEMA_NESTING_MAX);
		return;
	}
	if (!sema->fn && needs_body(expr->kind)) {
		expr->type = body_error(sema, DIAG_EXPECTED_CONSTANT, expr->span,
					"a constant is needed here");
		return;
	}
	sema->nesting++;
	type = check_kind(sema, expr, expected);
	sema->nesting--;
	expr->type = type;
	if (type->kind == TYPE_PTR && sema->fn)
		body_note_pointer(sema, expr);
	if (body_is_error(type) && sema->body)
		sema->body->has_errors = true;
}

/* Whether a value of the type holds a lock or timer, which the verifier keeps programs from. */
static bool holds_kernel_object(struct sema *sema, const struct type *type, int depth)
{
	while (type->kind == TYPE_ARRAY)
		type = type->array.elem;
	if (type->kind != TYPE_STRUCT || depth > 8)
		return false;
	if (!strcmp(type->strukt->name, "bpf_spin_lock") ||
	    !strcmp(type->strukt->name, "bpf_timer"))
		return true;
	if (type->strukt->origin != ORIGIN_SOURCE && type->strukt->origin != ORIGIN_HEADER)
		return false;
	vec_foreach (field, &type->strukt->fields) {
		if (holds_kernel_object(sema, field->type, depth + 1))
			return true;
	}
	return false;
}

bool body_may_copy(struct sema *sema, const struct expr *value)
{
	if (value->kind == EXPR_STRUCT || value->type->kind != TYPE_STRUCT || !body_is_bpf(sema) ||
	    !holds_kernel_object(sema, value->type, 0))
		return true;
	body_error(sema, DIAG_TYPE_MISMATCH, value->span,
		   "a `%s` holds a lock or timer, so bpf code cannot copy it",
		   body_type(sema, value->type));
	return false;
}

bool sema_expr_as(struct sema *sema, struct expr *expr, const struct type *to, const char *what)
{
	sema_expr(sema, expr, to);
	return sema_convert(sema, expr, to, what) && body_may_copy(sema, expr);
}

bool body_value(struct sema *sema, struct expr *expr, const struct type *expected)
{
	const char *what;

	sema_expr(sema, expr, expected);
	switch (expr->type->kind) {
	case TYPE_ERROR:
		return false;
	case TYPE_MAP:
		what = expr->type->map->name.text
			       ? body_text(sema, "a map is no value; its entries are: `%s[key]`",
					   expr->type->map->name.text)
			       : "an inner map is no value; its entries are: `outer[key][key]`";
		expr->type = body_error(sema, DIAG_TYPE_MISMATCH, expr->span, "%s", what);
		return false;
	case TYPE_VOID:
	case TYPE_MODULE:
		expr->type = body_error(sema, DIAG_RESULT_UNUSED, expr->span, "this has no value");
		return false;
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_FLOAT:
	case TYPE_STR:
	case TYPE_ARRAY:
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_STRUCT:
	case TYPE_ENUM:
	case TYPE_NULL:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_KIND_COUNT:
		break;
	}
	return true;
}
