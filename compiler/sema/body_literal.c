/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"

#include <string.h>

/* ---- [a, b] ---- */

static const struct type *array_as(struct sema *sema, struct expr *expr, const struct type *type)
{
	struct expr_vec *elems = &expr->array.elems;
	bool ok = true;

	for (uint32_t i = 0; i < elems->len; i++)
		ok &= sema_expr_as(sema, elems->data[i], type->array.elem,
				   body_text(sema, "element %u", i));
	if (elems->len > type->array.count) {
		body_error(sema, DIAG_TYPE_MISMATCH, elems->data[type->array.count]->span,
			   "%u values for `%s`", elems->len, body_type(sema, type));
		ok = false;
	}
	return ok ? type : sema->comp->types->error;
}

const struct type *body_check_array(struct sema *sema, struct expr *expr,
				    const struct type *expected)
{
	struct expr_vec *elems = &expr->array.elems;
	const struct type *type;
	bool ok = true;

	if (expected && expected->kind == TYPE_ARRAY)
		return array_as(sema, expr, expected);
	if (!elems->len && expected && expected->kind == TYPE_ERROR)
		return expected;
	if (!elems->len)
		return body_error(sema, DIAG_TYPE_MISMATCH, expr->span,
				  "`[]` alone does not tell the type of its elements");
	vec_foreach (elem, elems)
		ok &= body_value(sema, *elem, NULL);
	if (!ok)
		return sema->comp->types->error;
	type = body_common_type(sema, elems, "elements of one array");
	if (body_is_error(type))
		return type;
	return type_array(sema->comp, type, elems->len);
}

/* ---- T { f: e } ---- */

static const struct field_init *find_init(const struct expr *expr, const char *name)
{
	vec_foreach (init, &expr->strukt.inits) {
		if (init->name.text == name)
			return init;
	}
	return NULL;
}

bool body_fits_bits(struct sema *sema, const struct field *field, const struct expr *value)
{
	const struct constant *constant = &value->constant;
	unsigned bits = field->bit_size;

	if (!bits || bits >= 64 || constant->kind != CONSTANT_INT || constant->negative ||
	    !(constant->bits >> bits))
		return true;
	body_error(sema, DIAG_CONST_OVERFLOW, value->span, "`%s` does not fit the %u bits of `%s`",
		   sema_constant_text(sema, constant), bits, field->name);
	return false;
}

static bool check_init(struct sema *sema, const struct expr *expr, const struct type *type,
		       struct field_init *init)
{
	const struct field_init *first = find_init(expr, init->name.text);
	uint32_t offset_bits;

	if (first != init) {
		body_error(sema, DIAG_DUPLICATE_FIELD, init->name.span, "field `%s` is given twice",
			   init->name.text);
		diag_note(sema->comp, first->name.span, "first given here");
		body_value(sema, init->value, NULL);
		return false;
	}
	init->field = type_field(type, init->name.text, &offset_bits);
	if (!init->field) {
		body_error(sema, DIAG_FIELD_UNKNOWN, init->name.span, "`%s` has no field `%s`",
			   body_type(sema, type), init->name.text);
		body_suggest_field(sema, type, init->name);
		body_value(sema, init->value, NULL);
		return false;
	}
	return sema_expr_as(sema, init->value, init->field->type,
			    body_text(sema, "field `%s`", init->name.text)) &&
	       body_fits_bits(sema, init->field, init->value);
}

/* The names of fields that the literal leaves out, as "`a`, `b`"; NULL when there are none. */
static const char *missing_fields(struct sema *sema, const struct expr *expr,
				  const struct type *type, const char *list)
{
	bool has_defaults = predeclared_has_defaults(sema->comp, type);

	type_complete(sema->comp, type);
	vec_foreach (field, &type->strukt->fields) {
		bool required = true;

		if (!field->name) {
			if (field->type->kind == TYPE_STRUCT && !field->type->strukt->is_union)
				list = missing_fields(sema, expr, field->type, list);
			continue;
		}
		if (has_defaults)
			predeclared_default(sema->comp, type, field->name, &required);
		if (required && !find_init(expr, field->name))
			list = body_text(sema, "%s%s`%s`", list ? list : "", list ? ", " : "",
					 field->name);
	}
	return list;
}

static bool check_complete(struct sema *sema, const struct expr *expr, const struct type *type)
{
	const char *missing;

	if (type->strukt->is_union) {
		if (expr->strukt.inits.len == 1 ||
		    (expr->strukt.rest_zero && !expr->strukt.inits.len))
			return true;
		body_error(sema, DIAG_MISSING_FIELD, expr->strukt.type->span,
			   "a union has one field at a time; %u are given", expr->strukt.inits.len);
		return false;
	}
	if (expr->strukt.rest_zero)
		return true;
	missing = missing_fields(sema, expr, type, NULL);
	if (!missing)
		return true;
	body_error(sema, DIAG_MISSING_FIELD, expr->strukt.type->span, "`%s` needs %s too",
		   body_type(sema, type), missing);
	if (!predeclared_has_defaults(sema->comp, type))
		diag_help(sema->comp, "a final `..` makes the rest zero");
	return false;
}

const struct type *body_check_struct(struct sema *sema, struct expr *expr)
{
	const struct type *type;
	bool ok = true;

	type = sema_type(sema, expr->strukt.type, false);
	if (!body_is_error(type) && type->kind != TYPE_STRUCT)
		type = body_error(sema, DIAG_TYPE_MISMATCH, expr->strukt.type->span,
				  "`%s` is no struct", body_type(sema, type));
	if (body_is_error(type)) {
		vec_foreach (init, &expr->strukt.inits)
			body_value(sema, init->value, NULL);
		return type;
	}
	sema_complete(sema, type);
	type_complete(sema->comp, type);
	vec_foreach (init, &expr->strukt.inits)
		ok &= check_init(sema, expr, type, init);
	/* A misspelt field is also a missing one; one message says it. */
	if (!ok || !check_complete(sema, expr, type))
		return sema->comp->types->error;
	return type;
}

/* ---- new T() ---- */

const struct type *body_check_new(struct sema *sema, struct expr *expr)
{
	const struct type *type = sema_type(sema, expr->alloc.type, false);
	struct expr_vec *args = &expr->alloc.args;
	bool ok = body_not_locked(sema, expr->span, "an allocation");

	vec_foreach (arg, args)
		ok &= sema_expr_as(sema, *arg, sema->comp->types->u32, "the flags of `new`");
	if (args->len > (body_is_module(sema) ? 1 : 0)) {
		body_error(sema, DIAG_ARGUMENT_COUNT, args->data[body_is_module(sema)]->span,
			   body_is_module(sema) ? "`new` takes one argument, the flags"
						: "only module code gives flags to `new`");
		ok = false;
	}
	if (body_is_error(type) || !ok)
		return sema->comp->types->error;
	sema_complete(sema, type);
	if (!type->size)
		return body_error(sema, DIAG_TYPE_MISMATCH, expr->alloc.type->span,
				  "`%s` has no size", body_type(sema, type));
	if (body_is_bpf(sema) && (type->kind != TYPE_STRUCT || type->strukt->is_union))
		return body_error(sema, DIAG_TYPE_MISMATCH, expr->alloc.type->span,
				  "bpf code allocates structs, not `%s`", body_type(sema, type));
	return type_ptr(sema->comp, type, body_is_bpf(sema) ? REGION_OBJECT : REGION_HEAP);
}
