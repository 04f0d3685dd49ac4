/* SPDX-License-Identifier: Apache-2.0 */
/* Places: what is read, written and addressed, and with which care. */
#include "ir/build.h"

#include <string.h>

/* ---- access ---- */

/* Arithmetic leaves a window: only the bytes of the window itself are known to be there. */
static bool leaves_window(const struct expr *pointer)
{
	return pointer->kind == EXPR_BINARY || pointer->kind == EXPR_INDEX;
}

/*
 * Sockets as BPF programs see them are no structs of the kernel: the verifier rewrites each access,
 * as it does for contexts (bpf_sock_is_valid_access() in net/core/filter.c).
 */
static bool is_socket_view(const struct type *target)
{
	static const char *const views[] = {"bpf_sock", "bpf_tcp_sock", "bpf_xdp_sock"};

	if (target->kind != TYPE_STRUCT)
		return false;
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		if (!strcmp(target->strukt->name, views[i]))
			return true;
	}
	return false;
}

static enum ir_access bpf_access(struct fn_build *fb, const struct expr *pointer,
				 const struct type *type, bool is_present)
{
	const struct type *target = type->ptr.target;
	enum ir_access optional = is_present ? IR_ACCESS_DIRECT : IR_ACCESS_NULL_ZERO;

	switch (type->ptr.region) {
	case REGION_PACKET:
		return IR_ACCESS_PACKET;
	case REGION_WINDOW:
		return is_present && !leaves_window(pointer) ? IR_ACCESS_DIRECT : IR_ACCESS_PACKET;
	case REGION_CTX:
		return IR_ACCESS_CONTEXT;
	case REGION_KERNEL:
		if (is_socket_view(target))
			return IR_ACCESS_CONTEXT;
		/* An object of a module of ours: the verifier knows it by the module's BTF. */
		if (target->kind == TYPE_STRUCT && !type_is_kernels(target))
			return optional;
		return fb->func->kind && fb->func->kind->direct_kernel ? IR_ACCESS_KERNEL
								       : IR_ACCESS_KERNEL_READ;
	case REGION_ADDRESS:
		return IR_ACCESS_KERNEL_READ;
	case REGION_USER:
		return IR_ACCESS_USER_READ;
	case REGION_ANY:
		if (is_socket_view(target))
			return IR_ACCESS_CONTEXT;
		if (target->kind == TYPE_STRUCT && target->strukt->origin == ORIGIN_KERNEL)
			return IR_ACCESS_KERNEL_READ;
		return optional;
	case REGION_STACK:
		return IR_ACCESS_DIRECT;
	case REGION_ENTRY:
	case REGION_RECORD:
	case REGION_OBJECT:
	case REGION_HEAP:
		return optional;
	case REGION_COUNT:
		break;
	}
	return optional;
}

enum ir_access build_access(struct fn_build *fb, const struct expr *pointer,
			    const struct type *type)
{
	bool is_present = pointer->nonnull && !fb->in_deferred;

	if (pointer->kind == EXPR_UNARY && pointer->unary.op == UNARY_ADDR &&
	    pointer->unary.operand->entry == ENTRY_NONE)
		is_present = true;
	switch (build_target(fb)) {
	case TARGET_BPF:
		return bpf_access(fb, pointer, type, is_present);
	case TARGET_USER:
		return is_present ? IR_ACCESS_DIRECT : IR_ACCESS_NULL_TRAP;
	case TARGET_MODULE:
		if (type->ptr.region == REGION_PACKET ||
		    (type->ptr.region == REGION_WINDOW && (!is_present || leaves_window(pointer))))
			return IR_ACCESS_PACKET;
		break;
	case TARGET_COUNT:
		break;
	}
	return is_present ? IR_ACCESS_DIRECT : IR_ACCESS_NULL_ZERO;
}

/* ---- places ---- */

static struct ir_place *place_of_value(struct fn_build *fb, struct ir_expr *value)
{
	struct ir_local *temp;

	if (value->kind == IR_EXPR_LOAD)
		return value->place;
	temp = build_temp(fb, "value", value);
	return ir_place_local(fb->comp, temp, value->span);
}

static struct ir_place *variable_place(struct fn_build *fb, struct expr *expr)
{
	struct binding *binding = ptr_map_get(&fb->bindings, expr->ref.variable);
	bool is_present;

	if (!binding)
		internal_error(fb->comp, expr->span, "variable `%s` has no local",
			       expr->ref.variable->name);
	if (!binding->is_pointer)
		return ir_place_local(fb->comp, binding->local, expr->span);
	is_present = (binding->is_present || expr->nonnull) && !fb->in_deferred;
	return ir_place_deref(fb->comp, build_read(fb, binding->local, expr->span),
			      binding->local->type->ptr.target,
			      is_present ? IR_ACCESS_DIRECT : IR_ACCESS_NULL_ZERO, expr->span);
}

static struct ir_place *global_place(struct fn_build *fb, struct decl *decl, struct span span)
{
	struct ir_global *global = build_global(fb->build, decl, build_target(fb));
	struct ir_place *place = ir_place_new(fb->comp, IR_PLACE_GLOBAL, global->type, span);

	place->global = global;
	return place;
}

static struct ir_place *deref_place(struct fn_build *fb, struct expr *pointer, struct span span)
{
	struct ir_expr *value = build_expr(fb, pointer);

	return ir_place_deref(fb->comp, value, value->type->ptr.target,
			      build_access(fb, pointer, value->type), span);
}

static struct ir_place *field_place(struct fn_build *fb, struct expr *expr,
				    const struct expr *entry, struct ir_place *entry_place)
{
	struct expr *base = expr->field.base;
	struct ir_place *place =
		ir_place_new(fb->comp, IR_PLACE_FIELD, expr->field.field->type, expr->span);

	if (base->type->kind == TYPE_PTR && base != entry && !build_is_reference(fb, base))
		place->field.base = deref_place(fb, base, expr->span);
	else
		place->field.base = build_place(fb, base, entry, entry_place);
	place->field.field = expr->field.field;
	place->field.offset_bits = expr->field.offset_bits;
	return place;
}

static struct ir_place *element_place(struct fn_build *fb, struct expr *expr,
				      struct ir_place *array)
{
	struct mark mark = build_mark(fb);
	struct ir_expr *index = build_expr(fb, expr->index.index);
	struct ir_place *place;
	uint64_t bits;

	build_keep_place(fb, array, mark);
	if (index->type->kind != TYPE_INT)
		index = build_convert(fb, index, type_int(fb->comp, type_bits(index->type), false));
	place = ir_place_new(fb->comp, IR_PLACE_INDEX, array->type->array.elem, expr->span);
	place->index.base = array;
	place->index.index = index;
	place->index.checked = !expr->in_bounds;
	if (ir_is_const(index, &bits))
		place->index.checked = bits >= array->type->array.count;
	return place;
}

/* p[i] of a pointer: *(p + i), or an element of the array that it points to. */
static struct ir_place *pointer_element(struct fn_build *fb, struct expr *expr)
{
	struct expr *base = expr->index.base;
	const struct type *target = base->type->ptr.target;
	struct ir_expr *exprs[2], *sum;
	struct ir_expr_vec values = {0};
	struct ir_place *place;

	if (target->kind == TYPE_ARRAY && !type_same(expr->type, target))
		return element_place(fb, expr, deref_place(fb, base, expr->span));
	build_exprs(fb, (struct expr *const[]){base, expr->index.index}, 2,
		    (const struct type *const[]){NULL, build_types(fb)->i64}, &values);
	exprs[0] = values.data[0];
	exprs[1] = values.data[1];
	sum = ir_binary(fb->comp, IR_EXPR_PTR_ADD, BINARY_ADD, exprs[0]->type, exprs[0], exprs[1],
			expr->span);
	place = ir_place_deref(fb->comp, sum, exprs[0]->type->ptr.target,
			       build_access(fb, base, exprs[0]->type), expr->span);
	if (exprs[0]->type->ptr.region == REGION_WINDOW && build_target(fb) != TARGET_USER)
		place->deref.access = IR_ACCESS_PACKET;
	return place;
}

static struct ir_place *index_place(struct fn_build *fb, struct expr *expr,
				    const struct expr *entry, struct ir_place *entry_place)
{
	struct expr *base = expr->index.base;

	if (expr->entry != ENTRY_NONE)
		return build_entry_value(fb, expr);
	if (base->type->kind == TYPE_PTR && base != entry && !build_is_reference(fb, base))
		return pointer_element(fb, expr);
	return element_place(fb, expr, build_place(fb, base, entry, entry_place));
}

bool build_is_reference(struct fn_build *fb, const struct expr *expr)
{
	const struct binding *binding;

	if (expr->kind != EXPR_NAME || expr->ref.kind != REF_VARIABLE)
		return false;
	binding = ptr_map_get(&fb->bindings, expr->ref.variable);
	return binding && binding->is_pointer;
}

/* The declaration of a global or config that is named; NULL for anything else. */
static struct decl *named_global(const struct expr *expr)
{
	struct decl *decl = build_ref_decl(expr);

	return decl && (decl->kind == DECL_GLOBAL || decl->kind == DECL_CONFIG) ? decl : NULL;
}

struct ir_place *build_place(struct fn_build *fb, struct expr *expr, const struct expr *entry,
			     struct ir_place *entry_place)
{
	struct decl *global = named_global(expr);

	if (expr == entry)
		return entry_place;
	if (global)
		return global_place(fb, global, expr->span);
	if (expr->kind == EXPR_NAME && expr->ref.kind == REF_VARIABLE &&
	    !expr->ref.variable->is_const)
		return variable_place(fb, expr);
	if (expr->kind == EXPR_FIELD && expr->field.field)
		return field_place(fb, expr, entry, entry_place);
	if (expr->kind == EXPR_INDEX && expr->index.base->type->kind != TYPE_STR)
		return index_place(fb, expr, entry, entry_place);
	if (expr->kind == EXPR_UNARY && expr->unary.op == UNARY_DEREF)
		return deref_place(fb, expr->unary.operand, expr->span);
	return place_of_value(fb, build_pure(fb, build_root(fb, expr), "value"));
}

/* ---- addresses ---- */

struct ir_expr *build_address(struct fn_build *fb, struct ir_place *place)
{
	const struct ir_place *root = ir_place_root(place);
	enum region region = REGION_ENTRY;
	struct ir_expr *address;

	if (root->kind == IR_PLACE_LOCAL) {
		root->local->address_taken = true;
		region = REGION_STACK;
	} else if (root->kind == IR_PLACE_DEREF) {
		region = root->deref.pointer->type->ptr.region;
		if (place == root)
			return place->deref.pointer;
	}
	address = ir_expr_new(fb->comp, IR_EXPR_ADDR, type_ptr(fb->comp, place->type, region),
			      place->span);
	address->place = place;
	return address;
}

struct ir_expr *build_address_of_value(struct fn_build *fb, struct ir_expr *value)
{
	if (value->kind == IR_EXPR_LOAD && value->place->kind == IR_PLACE_LOCAL)
		return build_address(fb, value->place);
	return build_address(fb,
			     ir_place_local(fb->comp, build_temp(fb, "value", value), value->span));
}

/* &p->f where p may be null: null then, too. */
static struct ir_expr *optional_address(struct fn_build *fb, struct ir_place *place)
{
	struct ir_place *root = ir_place_root(place);
	struct ir_local *result;
	struct scope_mark scope;
	struct ir_expr *address;
	struct ir_stmt *test;

	root->deref.pointer = build_reusable(fb, root->deref.pointer, "pointer");
	root->deref.access = IR_ACCESS_DIRECT;
	address = build_address(fb, place);
	result = build_temp_local(fb, "address", address->type, place->span);
	build_set(fb, result, build_null(fb, address->type, place->span), place->span);
	test = build_if_stmt(fb, build_truth(fb, root->deref.pointer), place->span);
	scope = build_open(fb, &test->iff.then);
	build_set(fb, result, address, place->span);
	build_close(fb, scope);
	return build_read(fb, result, place->span);
}

/* &a[i] with an index that may be outside: an optional pointer. */
static struct ir_expr *element_address(struct fn_build *fb, struct ir_place *place)
{
	struct ir_expr *address = build_address(fb, place), *op;

	op = build_op(fb, IR_OP_INDEX_ADDR, address->type, place->span);
	op->op.place = place->index.base;
	build_op_arg(fb, op, place->index.index);
	return op;
}

struct ir_expr *build_address_expr(struct fn_build *fb, struct expr *expr)
{
	struct expr *operand = expr->unary.operand;
	struct entry_access access = {0};
	struct decl *decl = build_ref_decl(operand);
	struct ir_place *place, *root;

	if (operand->kind == EXPR_INDEX && operand->entry != ENTRY_NONE) {
		build_entry_access(fb, operand, &access);
		return build_entry_lookup(fb, &access);
	}
	if (decl && decl->kind == DECL_FN)
		return build_func_value(fb, decl, build_target(fb), expr->type, expr->span);
	place = build_place(fb, operand, NULL, NULL);
	root = ir_place_root(place);
	if (place->kind == IR_PLACE_INDEX && place->index.checked)
		return element_address(fb, place);
	if (root != place && root->kind == IR_PLACE_DEREF &&
	    root->deref.access == IR_ACCESS_NULL_ZERO)
		return optional_address(fb, place);
	return build_address(fb, place);
}
