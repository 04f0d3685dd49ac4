/* SPDX-License-Identifier: Apache-2.0 */
/* Assignments: plain, compound, in place through bindings of map entries. */
#include "ir/build.h"

/* ---- atomic updates ---- */

/* The alignment in bytes that the place surely has. */
static uint32_t place_align(const struct ir_place *place)
{
	uint32_t align = place->type->align, offset = 0;

	switch (place->kind) {
	case IR_PLACE_LOCAL:
	case IR_PLACE_GLOBAL:
	case IR_PLACE_DEREF:
		return align;
	case IR_PLACE_FIELD:
		align = place_align(place->field.base);
		offset = place->field.offset_bits / 8;
		break;
	case IR_PLACE_INDEX:
		align = place_align(place->index.base);
		offset = place->type->size;
		break;
	}
	while (offset & (align - 1))
		align /= 2;
	return align;
}

static bool is_bit_field(const struct ir_place *place)
{
	return place->kind == IR_PLACE_FIELD && place->field.field->bit_size;
}

/* Memory that other CPUs may change at the same time. */
static bool is_shared(const struct ir_place *place)
{
	const struct ir_place *root = ir_place_root((struct ir_place *)place);
	enum region region;

	if (root->kind != IR_PLACE_DEREF)
		return root->kind == IR_PLACE_GLOBAL;
	region = root->deref.pointer->type->ptr.region;
	return region == REGION_ENTRY || region == REGION_ANY;
}

static bool is_atomic(struct fn_build *fb, const struct ir_place *place, enum binary_op op,
		      bool is_own)
{
	const struct type *type = place->type;

	if (build_target(fb) != TARGET_BPF || is_own || !type_is_integral(type))
		return false;
	if (op != BINARY_ADD && op != BINARY_SUB && op != BINARY_AND && op != BINARY_OR &&
	    op != BINARY_XOR)
		return false;
	return (type->size == 4 || type->size == 8) && !is_bit_field(place) && is_shared(place) &&
	       place_align(place) >= type->size;
}

/* ---- place op= value ---- */

static struct ir_expr *shift_count(struct fn_build *fb, struct ir_expr *count)
{
	const struct type *type = count->type;

	if (type->kind == TYPE_INT && !type->integer.is_signed)
		return count;
	return build_convert(fb, count, type_int(fb->comp, type_bits(type), false));
}

/* The type in which a op b is computed when the operands differ. */
static const struct type *operation_type(struct fn_build *fb, const struct type *a,
					 const struct type *b)
{
	const struct type *common;

	if (!type_is_integral(a) || !type_is_integral(b))
		return a;
	common = type_common(fb->comp, a, b);
	return common ? common : type_underlying(a);
}

/* place = place op value, where UPDATE cannot say it. */
static struct ir_expr *combined(struct fn_build *fb, struct ir_place *place, enum binary_op op,
				struct ir_expr *value, struct span span)
{
	struct ir_expr *old = ir_load(fb->comp, place, span);
	const struct type *type = place->type;

	if (type->kind == TYPE_STR) {
		const struct type *sum =
			type_str(fb->comp, type->str.capacity + value->type->str.capacity);

		return build_convert(
			fb, ir_binary(fb->comp, IR_EXPR_STR_CAT, op, sum, old, value, span), type);
	}
	if (type->kind == TYPE_PTR) {
		value = build_convert(fb, value, build_types(fb)->i64);
		if (op == BINARY_SUB)
			value = build_unary(fb, UNARY_NEG, value, span);
		return ir_binary(fb->comp, IR_EXPR_PTR_ADD, BINARY_ADD, type, old, value, span);
	}
	if (op != BINARY_SHL && op != BINARY_SHR)
		type = operation_type(fb, type, value->type);
	return build_convert(fb,
			     build_arithmetic(fb, op, build_convert(fb, old, type), value, span),
			     place->type);
}

static bool needs_store(struct ir_place *place, enum binary_op op, const struct type *value)
{
	const struct ir_place *root = ir_place_root(place);
	const struct type *type = place->type;

	if (type->kind == TYPE_STR || type->kind == TYPE_PTR)
		return true;
	if (root->kind == IR_PLACE_DEREF && root->deref.access == IR_ACCESS_PACKET)
		return true;
	/* The low bits of these depend on all bits of the operands. */
	return (op == BINARY_DIV || op == BINARY_MOD) && type != value;
}

void build_apply(struct fn_build *fb, struct ir_place *place, enum binary_op op,
		 struct ir_expr *value, bool is_own, struct span span)
{
	struct ir_stmt *stmt;

	if (op == BINARY_NONE) {
		build_store(fb, place, build_convert(fb, value, place->type), span);
		return;
	}
	if (needs_store(place, op, value->type)) {
		build_store(fb, place, combined(fb, place, op, value, span), span);
		return;
	}
	if (op == BINARY_SHL || op == BINARY_SHR)
		value = shift_count(fb, value);
	else
		value = build_convert(fb, value, place->type);
	stmt = ir_stmt_new(fb->comp, IR_STMT_UPDATE, span);
	stmt->store.place = place;
	stmt->store.value = value;
	stmt->store.op = op;
	stmt->store.atomic = is_atomic(fb, place, op, is_own);
	build_emit(fb, stmt);
}

struct ir_expr *build_compound_value(struct fn_build *fb, struct stmt *stmt,
				     const struct type *type)
{
	struct constant one = {.kind = CONSTANT_INT, .bits = 1};
	struct expr *value = stmt->assign.value;

	if (!value)
		return build_constant(fb->comp, &one,
				      type->kind == TYPE_PTR ? build_types(fb)->i64 : type,
				      stmt->span);
	return stmt->assign.op == BINARY_NONE ? build_expr_as(fb, value, type)
					      : build_expr(fb, value);
}

/* ---- through bindings of map entries ---- */

/* The bound entry that a target is a part of; NULL when it is none or the variable itself. */
static struct binding *target_binding(struct fn_build *fb, struct expr *target, struct expr **name)
{
	struct expr *expr = target;
	struct binding *binding;

	while (expr->kind == EXPR_INDEX || (expr->kind == EXPR_FIELD && !expr->field.arrow))
		expr = expr->kind == EXPR_INDEX ? expr->index.base : expr->field.base;
	if (expr == target || expr->kind != EXPR_NAME || expr->ref.kind != REF_VARIABLE)
		return NULL;
	binding = ptr_map_get(&fb->bindings, expr->ref.variable);
	*name = expr;
	return binding && binding->is_reference ? binding : NULL;
}

/* A copy of the chain of fields and indexes that starts at another place. */
static struct ir_place *rebased(struct fn_build *fb, const struct ir_place *place,
				struct ir_place *root)
{
	struct ir_place *copy = ir_place_new(fb->comp, place->kind, place->type, place->span);

	*copy = *place;
	if (place->kind == IR_PLACE_FIELD)
		copy->field.base = rebased(fb, place->field.base, root);
	else if (place->kind == IR_PLACE_INDEX)
		copy->index.base = rebased(fb, place->index.base, root);
	else
		return root;
	return copy;
}

/* The memory of the entry itself. */
static struct ir_place *entry_root(struct fn_build *fb, const struct binding *binding,
				   struct span span)
{
	if (binding->buffer)
		return ir_place_local(fb->comp, binding->buffer, span);
	return ir_place_deref(fb->comp, build_read(fb, binding->entry, span),
			      binding->entry->type->ptr.target, IR_ACCESS_DIRECT, span);
}

/* v.f = e, v.f op= e: the entry changes, nothing when it is absent. */
static void assign_bound(struct fn_build *fb, struct stmt *stmt, struct binding *binding,
			 struct expr *name)
{
	struct ir_place *root = entry_root(fb, binding, name->span);
	struct ir_place *place = build_place(fb, stmt->assign.target, name, root);
	bool has_copy = !binding->is_pointer && binding->local != binding->buffer;
	bool is_present = (binding->is_present || name->nonnull) && !fb->in_deferred;
	struct mark mark = build_mark(fb);
	struct ir_expr *value = build_compound_value(fb, stmt, place->type);
	struct scope_mark scope;

	build_keep_place(fb, place, mark);
	scope = (struct scope_mark){fb->out, fb->dead};
	if (!is_present) {
		struct ir_expr *entry = build_read(fb, binding->entry, name->span);
		struct ir_stmt *test = build_if_stmt(fb, build_truth(fb, entry), stmt->span);

		scope = build_open(fb, &test->iff.then);
	}
	if (has_copy)
		value = build_reusable(fb, value, "value");
	build_apply(fb, place, stmt->assign.op, value, binding->is_own || binding->buffer,
		    stmt->span);
	if (has_copy)
		build_apply(
			fb,
			rebased(fb, place, ir_place_local(fb->comp, binding->local, name->span)),
			stmt->assign.op, value, true, stmt->span);
	if (binding->buffer)
		build_write_back(fb,
				 &(struct entry_access){.map = binding->map,
							.map_pointer = binding->map_pointer,
							.key = binding->key,
							.cpu = binding->cpu,
							.buffer = binding->buffer},
				 stmt->span);
	build_close(fb, scope);
}

/* ---- the statement ---- */

/* Whether the pointer through which the target is reached points to per-CPU memory. */
static bool is_own_target(struct fn_build *fb, const struct expr *target)
{
	const struct binding *binding;

	for (;;) {
		if (target->kind == EXPR_FIELD)
			target = target->field.base;
		else if (target->kind == EXPR_INDEX)
			target = target->index.base;
		else if (target->kind == EXPR_UNARY && target->unary.op == UNARY_DEREF)
			target = target->unary.operand;
		else
			break;
	}
	if (target->kind != EXPR_NAME || target->ref.kind != REF_VARIABLE)
		return false;
	binding = ptr_map_get(&fb->bindings, target->ref.variable);
	return binding && binding->is_own;
}

static void assign_place(struct fn_build *fb, struct stmt *stmt)
{
	struct ir_place *place = build_place(fb, stmt->assign.target, NULL, NULL);
	struct mark mark = build_mark(fb);
	struct ir_expr *value;

	if (place->kind == IR_PLACE_LOCAL && stmt->assign.op == BINARY_NONE) {
		struct dest dest = {.kind = DEST_LOCAL, .local = place->local};

		build_to(fb, stmt->assign.value, &dest);
		return;
	}
	value = build_compound_value(fb, stmt, place->type);
	build_keep_place(fb, place, mark);
	build_apply(fb, place, stmt->assign.op, value, is_own_target(fb, stmt->assign.target),
		    stmt->span);
}

void build_assign(struct fn_build *fb, struct stmt *stmt)
{
	struct expr *target = stmt->assign.target, *name = NULL;
	struct binding *binding;

	if (target->kind == EXPR_NAME && !target->ref.kind) { /* _ = e */
		struct dest dest = {.kind = DEST_DISCARD};

		build_to(fb, stmt->assign.value, &dest);
		return;
	}
	if (build_target_entry(target)) {
		build_entry_assign(fb, stmt);
		return;
	}
	binding = target_binding(fb, target, &name);
	if (binding)
		assign_bound(fb, stmt, binding, name);
	else
		assign_place(fb, stmt);
}
