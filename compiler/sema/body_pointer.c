/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"

bool body_is_packet(const struct type *type)
{
	return type->kind == TYPE_PTR &&
	       (type->ptr.region == REGION_PACKET || type->ptr.region == REGION_WINDOW);
}

void body_mark_window(struct sema *sema, struct expr *expr)
{
	expr->to = type_with_region(sema->comp, expr->type, REGION_WINDOW);
}

/* ---- arithmetic ---- */

bool body_region_has_steps(enum region region)
{
	return region == REGION_PACKET || region == REGION_WINDOW || region == REGION_KERNEL ||
	       region == REGION_ADDRESS || region == REGION_USER;
}

bool body_may_step(struct sema *sema, const struct expr *pointer, struct span span)
{
	const struct type *target = pointer->type->ptr.target;
	enum region region = sema_region(pointer);

	if (target->kind == TYPE_VOID || target->kind == TYPE_FN || !target->size) {
		body_error(sema, DIAG_POINTER_ARITHMETIC, span, "`%s` has no element size",
			   body_type(sema, pointer->type));
		return false;
	}
	if (target->kind == TYPE_ARRAY || body_region_has_steps(region))
		return true;
	/* Where the pointers of a helper's parameters point to is known when all callers are. */
	if (!body_is_bpf(sema) || region == REGION_ANY) {
		body_note_check(sema, &(struct region_check){.pointer = pointer, .span = span});
		return true;
	}
	body_error(sema, DIAG_POINTER_ARITHMETIC, span,
		   "bpf code steps through packets, kernel memory and pointers to arrays only");
	if (region == REGION_CTX)
		diag_help(sema->comp, "the context has fields; `data` is the packet");
	return false;
}

/* A number of elements: 64 bits, signed. Only its bits matter, so nothing is said of its sign. */
static bool check_count(struct sema *sema, struct expr *count)
{
	if (!type_is_integral(count->type)) {
		body_error(sema, DIAG_POINTER_ARITHMETIC, count->span,
			   "a pointer moves by an integer, found %s", body_found(sema, count));
		return false;
	}
	if (count->constant.kind == CONSTANT_INT)
		sema_constant_retype(sema, count, sema->comp->types->i64);
	else if (count->type != sema->comp->types->i64)
		count->to = sema->comp->types->i64;
	return true;
}

/* p + n into an array of known size: to its elements, which must be inside in bpf code. */
static const struct type *step_in_array(struct sema *sema, const struct expr *pointer,
					const struct expr *count, bool is_minus)
{
	const struct type *array = pointer->type->ptr.target;
	const struct constant *n = &count->constant;

	if (body_is_bpf(sema) &&
	    (n->kind != CONSTANT_INT || is_minus || n->negative || n->bits >= array->array.count)) {
		body_error(sema, DIAG_POINTER_ARITHMETIC, count->span,
			   "into `%s` a pointer moves by a constant of 0 .. %u",
			   body_type(sema, array), array->array.count - 1);
		diag_help(sema->comp, "index it: `p[i]` is checked");
		return sema->comp->types->error;
	}
	return type_ptr(sema->comp, array->array.elem, sema_region(pointer));
}

static const struct type *step(struct sema *sema, const struct expr *pointer, struct expr *count,
			       bool is_minus, struct span op_span)
{
	enum region region = sema_region(pointer);

	if (!body_may_step(sema, pointer, op_span) || !check_count(sema, count))
		return sema->comp->types->error;
	if (pointer->type->ptr.target->kind == TYPE_ARRAY)
		return step_in_array(sema, pointer, count, is_minus);
	return type_with_region(sema->comp, pointer->type, body_region_stepped(region));
}

static const struct type *difference(struct sema *sema, const struct expr *left,
				     const struct expr *right, struct span op_span)
{
	if (!body_may_step(sema, left, op_span) || !body_may_step(sema, right, op_span))
		return sema->comp->types->error;
	if (!type_same(left->type, right->type))
		return body_error(sema, DIAG_TYPE_MIX, op_span,
				  "a distance needs pointers of one type, found `%s` and `%s`",
				  body_type(sema, left->type), body_type(sema, right->type));
	/* The end of a packet never lies before a pointer into it. */
	if (body_is_packet(left->type) && body_is_packet(right->type))
		return sema->comp->types->u64;
	return sema->comp->types->i64;
}

const struct type *body_pointer_arithmetic(struct sema *sema, enum binary_op op,
					   struct span op_span, struct expr *left,
					   struct expr *right)
{
	bool left_points = left->type->kind == TYPE_PTR;
	bool right_points = right->type->kind == TYPE_PTR;

	if (op == BINARY_SUB && left_points && right_points)
		return difference(sema, left, right, op_span);
	if ((op == BINARY_ADD || op == BINARY_SUB) && left_points && !right_points)
		return step(sema, left, right, op == BINARY_SUB, op_span);
	if (op == BINARY_ADD && right_points && !left_points)
		return step(sema, right, left, false, op_span);
	return body_error(sema, DIAG_POINTER_ARITHMETIC, op_span,
			  "`%s` has no meaning with pointers: `%s` and `%s`", ast_binary_text(op),
			  body_type(sema, left->type), body_type(sema, right->type));
}

/* ---- comparison ---- */

static bool is_pointer_like(const struct type *type)
{
	return type->kind == TYPE_PTR || type->kind == TYPE_FN || type->kind == TYPE_NULL ||
	       type->kind == TYPE_HANDLE || type->kind == TYPE_PERF;
}

bool body_is_pointer_compare(const struct expr *left, const struct expr *right)
{
	return is_pointer_like(left->type) || is_pointer_like(right->type);
}

static const struct type *compare_null(struct sema *sema, struct expr *expr, struct expr *other,
				       struct expr *null)
{
	if (expr->binary.op != BINARY_EQ && expr->binary.op != BINARY_NE)
		return body_error(sema, DIAG_TYPE_MISMATCH, expr->binary.op_span,
				  "`null` has no order");
	if (body_mark_presence(sema, other))
		return sema->comp->types->bool_;
	if (!is_pointer_like(other->type)) {
		body_error(sema, DIAG_TYPE_MIX, expr->binary.op_span,
			   "a value of type `%s` is never `null`", body_type(sema, other->type));
		return sema->comp->types->error;
	}
	if (body_is_packet(other->type))
		body_mark_window(sema, other);
	if (other->type->kind != TYPE_NULL)
		null->to = other->type;
	return sema->comp->types->bool_;
}

/* Pointers compare with pointers to the same, and with `*void`. */
static bool is_comparable(const struct type *a, const struct type *b)
{
	if (type_same(a, b))
		return true;
	return a->kind == TYPE_PTR && b->kind == TYPE_PTR &&
	       (a->ptr.target->kind == TYPE_VOID || b->ptr.target->kind == TYPE_VOID);
}

static bool is_zero(const struct expr *expr)
{
	return expr->constant.kind == CONSTANT_INT && !expr->constant.bits;
}

/* < and > of pointers: bpf code may ask for positions in the packet only. */
static bool may_order(struct sema *sema, const struct expr *pointer)
{
	enum region region = sema_region(pointer);

	if (pointer->type->kind != TYPE_PTR)
		return false;
	return !body_is_bpf(sema) || region == REGION_PACKET || region == REGION_WINDOW ||
	       region == REGION_ANY;
}

/* Positions in the packet compare whatever stands there: `eth + 1 > ctx->data_end`. */
static bool in_packet(const struct expr *left, const struct expr *right)
{
	enum region a = sema_region(left), b = sema_region(right);

	return left->type->kind == TYPE_PTR && right->type->kind == TYPE_PTR &&
	       (a == REGION_PACKET || a == REGION_WINDOW) &&
	       (b == REGION_PACKET || b == REGION_WINDOW);
}

const struct type *body_pointer_compare(struct sema *sema, struct expr *expr)
{
	struct expr *left = expr->binary.left, *right = expr->binary.right;

	if (right->type->kind == TYPE_NULL)
		return compare_null(sema, expr, left, right);
	if (left->type->kind == TYPE_NULL)
		return compare_null(sema, expr, right, left);
	if ((!is_comparable(left->type, right->type) && !in_packet(left, right)) ||
	    left->type->kind == TYPE_HANDLE || left->type->kind == TYPE_PERF) {
		body_error(sema, DIAG_TYPE_MIX, expr->binary.op_span,
			   "`%s` does not compare `%s` with `%s`", ast_binary_text(expr->binary.op),
			   body_type(sema, left->type), body_type(sema, right->type));
		if (is_zero(left) || is_zero(right))
			diag_help(sema->comp, "compare it with `null`");
		return sema->comp->types->error;
	}
	if (expr->binary.op == BINARY_EQ || expr->binary.op == BINARY_NE)
		return sema->comp->types->bool_;
	if (!may_order(sema, left) || !may_order(sema, right))
		return body_error(sema, DIAG_POINTER_ARITHMETIC, expr->binary.op_span,
				  "only pointers into one packet have an order here");
	return sema->comp->types->bool_;
}

/* ---- * and & ---- */

const struct type *body_check_deref(struct sema *sema, struct expr *expr)
{
	struct expr *operand = expr->unary.operand;
	const struct type *type;

	if (!body_value(sema, operand, NULL))
		return operand->type;
	if (operand->type->kind != TYPE_PTR) {
		type = body_error(sema, DIAG_TYPE_MISMATCH, operand->span,
				  "`*` needs a pointer, found %s", body_found(sema, operand));
		if (operand->entry == ENTRY_VALUE)
			diag_help(sema->comp, "the entry needs no `*`; `&map[key]` is a pointer");
		return type;
	}
	type = operand->type->ptr.target;
	sema_complete(sema, type);
	type_complete(sema->comp, type);
	if (type->kind == TYPE_VOID || !type->size) {
		type = body_error(sema, DIAG_TYPE_MISMATCH, operand->span,
				  "what `%s` points to has no known type or size",
				  body_type(sema, operand->type));
		diag_help(sema->comp, "cast the pointer: `as *T`");
	}
	return type;
}

static const struct type *no_address(struct sema *sema, const struct expr *expr, const char *why)
{
	const struct decl *decl =
		expr->kind == EXPR_NAME && !sema_find_variable(sema, expr->name.text)
			? sema_find_decl(sema, expr->name.text)
			: NULL;

	body_error(sema, DIAG_NO_ADDRESS, expr->span, "`&` needs a place in memory; %s", why);
	if (decl && decl->kind == DECL_MAP)
		diag_help(sema->comp,
			  "a map is passed by its name alone; an entry's address is `&%s[key]`",
			  expr->name.text);
	return sema->comp->types->error;
}

/* The address of a bound entry: the entry's own in bpf code; user code holds only a copy. */
static const struct type *address_of_entry_name(struct sema *sema, struct expr *name)
{
	const struct variable *variable = name->ref.variable;

	if (!variable->entry_is_reference)
		return NULL;
	if (!body_is_bpf(sema)) {
		no_address(sema, name,
			   body_text(sema, "in user code `%s` is a copy of the entry",
				     variable->name));
		diag_help(sema->comp, "copy it into a variable: `var copy: %s = %s`",
			  body_type(sema, variable->type), variable->name);
		return sema->comp->types->error;
	}
	name->entry = ENTRY_ADDRESS;
	return NULL;
}

static const struct type *root_name(struct sema *sema, struct expr *name)
{
	struct variable *variable = name->ref.variable;

	if (name->ref.kind == REF_DECL && name->ref.decl->kind == DECL_GLOBAL &&
	    !name->ref.decl->is_table)
		return NULL;
	if (name->ref.kind != REF_VARIABLE)
		return no_address(sema, name,
				  body_text(sema, "`%s` is a constant", name->name.text));
	if (variable->is_immutable || variable->is_const)
		return no_address(sema, name,
				  body_text(sema,
					    "`%s` never changes, its address could be used "
					    "to change it",
					    variable->name));
	variable->address_taken = true;
	variable->is_written = true;
	return variable->entry_map ? address_of_entry_name(sema, name) : NULL;
}

static const struct type *root_entry(struct sema *sema, const struct expr *whole,
				     struct expr *index)
{
	if (body_is_bpf(sema)) {
		index->entry = ENTRY_ADDRESS;
		return NULL;
	}
	body_error(sema, DIAG_NO_ADDRESS, whole->span, "user code has no pointer into a map");
	diag_help(sema->comp, "change the entry by an assignment: `%s[key] op= value`",
		  body_map_name(sema, index->index.base->type->map));
	return sema->comp->types->error;
}

/*
 * Walks from the operand of & to what it lies in; NULL when that has an address. The types on the
 * way are set.
 */
static const struct type *check_root(struct sema *sema, const struct expr *whole,
				     struct expr *place)
{
	for (;;) {
		switch (place->kind) {
		case EXPR_NAME:
			return root_name(sema, place);
		case EXPR_FIELD:
			if (place->ref.kind == REF_DECL && place->ref.decl->kind == DECL_GLOBAL &&
			    !place->ref.decl->is_table)
				return NULL;
			if (place->ref.kind != REF_NONE)
				return no_address(sema, whole,
						  place->ref.kind == REF_DECL
							  ? "fields of configs have none"
							  : "this is a constant");
			if (place->field.arrow) {
				if (sema_region(place->field.base) == REGION_CTX)
					return no_address(sema, whole,
							  "fields of the context have none");
				return NULL;
			}
			place = place->field.base;
			break;
		case EXPR_INDEX:
			if (place->index.base->type->kind == TYPE_MAP)
				return root_entry(sema, whole, place);
			if (place->index.base->type->kind == TYPE_PTR)
				return NULL;
			if (place->index.base->type->kind == TYPE_STR)
				return no_address(sema, whole, "characters of text have none");
			place = place->index.base;
			break;
		case EXPR_UNARY:
			if (place->unary.op == UNARY_DEREF)
				return NULL;
			return no_address(sema, whole, "this is a value");
		default:
			return no_address(sema, whole, "this is a value");
		}
	}
}

/* An address has the region of what it points into. */
const struct type *body_check_address(struct sema *sema, struct expr *expr)
{
	struct expr *operand = expr->unary.operand;
	const struct type *type;

	/* A program has no address either; body_use_decl() says what it is for. */
	sema_expr(sema, operand, NULL);
	if (body_is_error(operand->type))
		return operand->type;
	if (operand->type->kind == TYPE_FN && operand->ref.kind == REF_DECL &&
	    operand->ref.decl->kind != DECL_GLOBAL)
		return operand->type;
	type = check_root(sema, operand, operand);
	if (type)
		return type;
	if (operand->kind == EXPR_FIELD && operand->field.field && operand->field.field->bit_size)
		return no_address(sema, operand, "bit-fields have none");
	type = type_ptr(sema->comp, operand->type, REGION_ANY);
	return type_with_region(sema->comp, type, body_address_region(operand));
}
