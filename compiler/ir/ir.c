/* SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir.h"

static const char *const op_names[IR_OP_COUNT] = {
#define X(name) [IR_OP_##name] = #name,
	IR_OPS(X)
#undef X
};

const char *ir_op_name(enum ir_op op)
{
	return op < IR_OP_COUNT ? op_names[op] : "?";
}

bool ir_global_in_object(const struct ir_global *global)
{
	bool is_config = global->role == IR_GLOBAL_CONFIG || global->role == IR_GLOBAL_CONST_CONFIG;

	return global->role == IR_GLOBAL_PINNED || global->targets & 1u << TARGET_BPF ||
	       (is_config && global->targets & 1u << TARGET_MODULE);
}

bool ir_needs_object(const struct ir_module *module)
{
	vec_foreach (func, &module->funcs) {
		if ((*func)->target == TARGET_BPF)
			return true;
	}
	vec_foreach (global, &module->globals) {
		if (ir_global_in_object(*global))
			return true;
	}
	return module->maps.len > 0;
}

/* Most expressions are small and there are many of them; operations would make each 160 bytes. */
#define END_OF(member) (offsetof(struct ir_expr, member) + sizeof(((struct ir_expr *)0)->member))

static const uint8_t expr_sizes[] = {
	[IR_EXPR_CONST] = END_OF(symbol),      [IR_EXPR_FLOAT] = END_OF(number),
	[IR_EXPR_STRING] = END_OF(string),     [IR_EXPR_ZERO] = END_OF(type),
	[IR_EXPR_LOAD] = END_OF(place),	       [IR_EXPR_ADDR] = END_OF(place),
	[IR_EXPR_UNARY] = END_OF(unary),       [IR_EXPR_BINARY] = END_OF(binary),
	[IR_EXPR_COMPARE] = END_OF(binary),    [IR_EXPR_CONVERT] = END_OF(convert),
	[IR_EXPR_LOGAND] = END_OF(binary),     [IR_EXPR_LOGOR] = END_OF(binary),
	[IR_EXPR_SELECT] = END_OF(select),     [IR_EXPR_STRUCT] = END_OF(elems),
	[IR_EXPR_ARRAY] = END_OF(elems),       [IR_EXPR_STR_LEN] = END_OF(convert),
	[IR_EXPR_STR_EQ] = END_OF(binary),     [IR_EXPR_STR_CAT] = END_OF(binary),
	[IR_EXPR_STR_AT] = END_OF(binary),     [IR_EXPR_PTR_ADD] = END_OF(binary),
	[IR_EXPR_PTR_DIFF] = END_OF(binary),   [IR_EXPR_FUNC] = END_OF(func),
	[IR_EXPR_MAP] = END_OF(map),	       [IR_EXPR_CALL] = END_OF(call),
	[IR_EXPR_OP] = sizeof(struct ir_expr),
};

struct ir_expr *ir_expr_new(struct compilation *comp, enum ir_expr_kind kind,
			    const struct type *type, struct span span)
{
	struct ir_expr *expr = arena_alloc(&comp->arena, expr_sizes[kind]);

	expr->kind = kind;
	expr->type = type;
	expr->span = span;
	return expr;
}

struct ir_stmt *ir_stmt_new(struct compilation *comp, enum ir_stmt_kind kind, struct span span)
{
	struct ir_stmt *stmt = arena_new(&comp->arena, struct ir_stmt);

	stmt->kind = kind;
	stmt->span = span;
	return stmt;
}

struct ir_place *ir_place_new(struct compilation *comp, enum ir_place_kind kind,
			      const struct type *type, struct span span)
{
	struct ir_place *place = arena_new(&comp->arena, struct ir_place);

	place->kind = kind;
	place->type = type;
	place->span = span;
	return place;
}

struct ir_expr *ir_const(struct compilation *comp, const struct type *type, uint64_t bits,
			 struct span span)
{
	struct ir_expr *expr = ir_expr_new(comp, IR_EXPR_CONST, type, span);

	expr->bits = bits;
	return expr;
}

struct ir_place *ir_place_local(struct compilation *comp, struct ir_local *local, struct span span)
{
	struct ir_place *place = ir_place_new(comp, IR_PLACE_LOCAL, local->type, span);

	place->local = local;
	return place;
}

struct ir_place *ir_place_deref(struct compilation *comp, struct ir_expr *pointer,
				const struct type *type, enum ir_access access, struct span span)
{
	struct ir_place *place = ir_place_new(comp, IR_PLACE_DEREF, type, span);

	place->deref.pointer = pointer;
	place->deref.access = access;
	return place;
}

struct ir_expr *ir_load(struct compilation *comp, struct ir_place *place, struct span span)
{
	struct ir_expr *expr = ir_expr_new(comp, IR_EXPR_LOAD, place->type, span);

	expr->place = place;
	return expr;
}

struct ir_expr *ir_load_local(struct compilation *comp, struct ir_local *local, struct span span)
{
	return ir_load(comp, ir_place_local(comp, local, span), span);
}

struct ir_expr *ir_binary(struct compilation *comp, enum ir_expr_kind kind, enum binary_op op,
			  const struct type *type, struct ir_expr *left, struct ir_expr *right,
			  struct span span)
{
	struct ir_expr *expr = ir_expr_new(comp, kind, type, span);

	expr->binary.op = op;
	expr->binary.left = left;
	expr->binary.right = right;
	return expr;
}

struct ir_expr *ir_convert(struct compilation *comp, enum ir_convert how, const struct type *type,
			   struct ir_expr *operand)
{
	struct ir_expr *expr = ir_expr_new(comp, IR_EXPR_CONVERT, type, operand->span);

	expr->convert.how = how;
	expr->convert.operand = operand;
	return expr;
}

struct ir_local *ir_local_new(struct compilation *comp, struct ir_func *func, const char *name,
			      const struct type *type, struct span span)
{
	struct ir_local *local = arena_new(&comp->arena, struct ir_local);

	local->name = name;
	local->type = type;
	local->span = span;
	local->index = func->locals.len;
	vec_push(&comp->arena, &func->locals, local);
	return local;
}

struct ir_place *ir_place_root(struct ir_place *place)
{
	for (;;) {
		switch (place->kind) {
		case IR_PLACE_FIELD:
			place = place->field.base;
			break;
		case IR_PLACE_INDEX:
			place = place->index.base;
			break;
		case IR_PLACE_LOCAL:
		case IR_PLACE_GLOBAL:
		case IR_PLACE_DEREF:
			return place;
		}
	}
}
