/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"

#include <string.h>

/* ---- a.f and p->f ---- */

/* The place of `.` or `->`. */
static struct span operator_span(const struct expr *expr)
{
	struct span span = expr->field.name.span;

	span.start = expr->field.base->span.end;
	span.end = expr->field.name.span.start;
	return span;
}

static const struct type *wrong_operator(struct sema *sema, const struct expr *expr,
					 const char *right)
{
	struct span span = operator_span(expr);

	body_error(sema, DIAG_TYPE_MISMATCH, expr->field.name.span, "`%s` is a `%s`: write `%s%s`",
		   expr->field.base->kind == EXPR_NAME ? expr->field.base->name.text : "this",
		   body_type(sema, expr->field.base->type), right, expr->field.name.text);
	if (span.start < span.end)
		diag_edit(sema->comp, span, "%s", right);
	return sema->comp->types->error;
}

/* The struct whose field is meant; NULL after a report. */
static const struct type *struct_of(struct sema *sema, const struct expr *expr)
{
	const struct type *type = expr->field.base->type;
	bool points = type->kind == TYPE_PTR && type->ptr.target->kind == TYPE_STRUCT;

	if (points && expr->field.arrow)
		return type->ptr.target;
	if (type->kind == TYPE_STRUCT && !expr->field.arrow)
		return type;
	if (points)
		wrong_operator(sema, expr, "->");
	else if (type->kind == TYPE_STRUCT)
		wrong_operator(sema, expr, ".");
	else if (type->kind == TYPE_MAP)
		body_error(sema, DIAG_FIELD_UNKNOWN, expr->field.name.span,
			   "`%s` is a map: its entries are `%s[key]`, its methods are called",
			   body_map_name(sema, type->map), body_map_name(sema, type->map));
	else if (type->kind == TYPE_STR && builtin_find(RECEIVER_STR, expr->field.name.text))
		body_error(sema, DIAG_FIELD_UNKNOWN, expr->field.name.span,
			   "`%s` is a method: write `%s()`", expr->field.name.text,
			   expr->field.name.text);
	else
		body_error(sema, DIAG_FIELD_UNKNOWN, expr->field.name.span, "`%s` has no fields",
			   body_type(sema, type));
	return NULL;
}

/* Names of fields, those of unnamed members included. */
static void collect_fields(struct sema *sema, const struct type *type, int depth,
			   struct str_vec *names)
{
	type_complete(sema->comp, type);
	vec_foreach (field, &type->strukt->fields) {
		if (field->name)
			vec_push(&sema->comp->arena, names, field->name);
		else if (field->type->kind == TYPE_STRUCT && depth < 8)
			collect_fields(sema, field->type, depth + 1, names);
	}
}

#define SIMILAR_MAX 3

/* The few names that contain `name`, as text: `ifindex` may be `ingress_ifindex`. */
static const char *similar(struct sema *sema, const char *name, const struct str_vec *names)
{
	const char *text = NULL;
	uint32_t count = 0;

	vec_foreach (one, names) {
		if (strlen(name) < 3 || !strstr(*one, name))
			continue;
		text = text ? arena_printf(&sema->comp->arena, "%s and `%s`", text, *one)
			    : arena_printf(&sema->comp->arena, "`%s`", *one);
		count++;
	}
	return count <= SIMILAR_MAX ? text : NULL;
}

void body_suggest_field(struct sema *sema, const struct type *type, struct ast_name name)
{
	struct str_vec names = {0};
	const char *nearest;

	collect_fields(sema, type, 0, &names);
	nearest = diag_nearest(name.text, names.data, names.len);
	if (!nearest) {
		nearest = similar(sema, name.text, &names);
		if (nearest)
			diag_help(sema->comp, "it has %s", nearest);
		return;
	}
	diag_help(sema->comp, "it has `%s`", nearest);
	diag_edit(sema->comp, name.span, "%s", nearest);
}

static const struct type *unknown_field(struct sema *sema, const struct expr *expr,
					const struct type *type)
{
	body_error(sema, DIAG_FIELD_UNKNOWN, expr->field.name.span, "`%s` has no field `%s`",
		   body_type(sema, type), expr->field.name.text);
	body_suggest_field(sema, type, expr->field.name);
	return sema->comp->types->error;
}

/* ---- kernels that lack a field ---- */

static bool is_kernel_has(const struct expr *call)
{
	const struct ref *ref = &call->call.callee->ref;

	return ref->kind == REF_BUILTIN && ref->builtin->id == BUILTIN_KERNEL_HAS &&
	       call->call.args.len == 1;
}

void body_note_guards(struct sema *sema, const struct expr *cond)
{
	if (cond->kind == EXPR_BINARY && cond->binary.op == BINARY_LOGAND) {
		body_note_guards(sema, cond->binary.left);
		body_note_guards(sema, cond->binary.right);
	} else if (cond->kind == EXPR_CALL && is_kernel_has(cond)) {
		vec_push(&sema->comp->arena, &sema->body->guards, cond->call.args.data[0]);
	}
}

/* Under `if (kernel_has(type.field))`. */
static bool is_guarded(const struct sema *sema, const char *type, const char *field)
{
	vec_foreach (at, &sema->body->guards) {
		const struct expr *guard = *at;

		if (guard->kind == EXPR_FIELD && guard->field.name.text == field &&
		    guard->field.base->kind == EXPR_NAME && guard->field.base->name.text == type)
			return true;
	}
	return false;
}

static void check_kernels(struct sema *sema, const struct expr *expr, const struct type *type)
{
	const char *field = expr->field.name.text;
	const struct kernel *lacking;

	if (!type->strukt->kernel || !*type->strukt->name || !sema->body ||
	    sema->comp->kernels->kernels.len < 2)
		return;
	lacking = kernels_lacking_field(sema->comp, type->strukt->name, field);
	if (!lacking || is_guarded(sema, type->strukt->name, field))
		return;
	diag_report(sema->comp, DIAG_KERNEL_LACKS, expr->field.name.span,
		    "the kernel %s has no field `%s` in `%s`", lacking->label, field,
		    type->strukt->name);
	diag_help(sema->comp, "ask for it: `if (kernel_has(%s.%s))`", type->strukt->name, field);
}

const struct type *body_check_field(struct sema *sema, struct expr *expr)
{
	struct expr *base = expr->field.base;
	const struct type *type;

	if (body_check_qualified(sema, expr))
		return expr->type;
	sema_expr(sema, base, NULL);
	if (body_is_error(base->type))
		return base->type;
	type = struct_of(sema, expr);
	if (!type)
		return sema->comp->types->error;
	sema_complete(sema, type);
	expr->field.field = type_field(type, expr->field.name.text, &expr->field.offset_bits);
	if (!expr->field.field)
		return unknown_field(sema, expr, type);
	check_kernels(sema, expr, type);
	/* A field of a config: the field itself stands for it. */
	if (base->ref.kind == REF_DECL && base->ref.decl->kind == DECL_CONFIG) {
		expr->ref.kind = REF_DECL;
		expr->ref.decl = base->ref.decl;
	}
	/* What a module's object points to the verifier has no type of. */
	if (body_is_bpf(sema) && expr->field.arrow && sema_region(base) == REGION_KERNEL &&
	    expr->field.field->type->kind == TYPE_PTR && type->kind == TYPE_STRUCT &&
	    !type_is_kernels(type))
		return type_with_region(sema->comp, expr->field.field->type, REGION_ADDRESS);
	return expr->field.field->type;
}

/* ---- a[i] ---- */

static bool check_position(struct sema *sema, struct expr *index)
{
	if (!body_value(sema, index, NULL))
		return false;
	if (type_is_integral(index->type))
		return true;
	body_error(sema, DIAG_TYPE_MISMATCH, index->span, "an index is an integer, found %s",
		   body_found(sema, index));
	return false;
}

static const struct type *element(struct sema *sema, const struct expr *expr,
				  const struct type *array)
{
	const struct constant *at = &expr->index.index->constant;

	if (at->kind == CONSTANT_INT && (at->negative || at->bits >= array->array.count)) {
		if (!array->array.count)
			return body_unsupported(sema, expr->span,
						"an element of an array without a size");
		return body_error(sema, DIAG_ARRAY_INDEX, expr->index.index->span,
				  "index %s is outside `%s`, whose indexes are 0 to %u",
				  sema_constant_text(sema, at), body_type(sema, array),
				  array->array.count - 1);
	}
	return array->array.elem;
}

static const struct type *index_pointer(struct sema *sema, struct expr *expr)
{
	struct expr *base = expr->index.base, *index = expr->index.index;
	const struct type *target = base->type->ptr.target;

	sema_complete(sema, target);
	if (!body_may_step(sema, base, base->span))
		return sema->comp->types->error;
	if (target->kind == TYPE_ARRAY)
		return element(sema, expr, target);
	if (index->constant.kind == CONSTANT_INT)
		sema_constant_retype(sema, index, sema->comp->types->i64);
	else if (index->type != sema->comp->types->i64)
		index->to = sema->comp->types->i64;
	return target;
}

const struct type *body_check_index(struct sema *sema, struct expr *expr)
{
	struct expr *base = expr->index.base;

	sema_expr(sema, base, NULL);
	if (base->type->kind == TYPE_MAP)
		return body_map_index(sema, expr);
	if (!check_position(sema, expr->index.index) || body_is_error(base->type))
		return sema->comp->types->error;
	if (base->type->kind == TYPE_ARRAY)
		return element(sema, expr, base->type);
	if (base->type->kind == TYPE_STR)
		return sema->comp->types->char_;
	if (base->type->kind == TYPE_PTR)
		return index_pointer(sema, expr);
	return body_error(sema, DIAG_NOT_INDEXABLE, base->span, "`%s` has no elements",
			  body_type(sema, base->type));
}
