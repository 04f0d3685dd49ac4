/* SPDX-License-Identifier: Apache-2.0 */
#include "syntax/actions.h"

/* Gives the node its depth above that of its parts; too deep ones become a name of no type. */
static struct type_expr *finish(struct parser *p, struct type_expr *type, uint32_t below)
{
	type->depth = depth_above(p, below, type->span);
	if (!type->depth) {
		type = ast_type_expr(p->comp, TYPE_EXPR_NAME, type->span);
		type->name.name = (struct ast_name){p->underscore, type->span};
	}
	return type;
}

struct type_expr *type_expr_named(struct parser *p, struct ast_name module, struct ast_name name)
{
	struct span span = module.text ? span_join(module.span, name.span) : name.span;
	struct type_expr *type = ast_type_expr(p->comp, TYPE_EXPR_NAME, span);

	type->name.module = module;
	type->name.name = name;
	return type;
}

struct type_expr *type_expr_str(struct parser *p, struct expr *capacity, struct span span)
{
	struct type_expr *type = ast_type_expr(p->comp, TYPE_EXPR_STR, span);

	type->str.capacity = capacity;
	return finish(p, type, capacity->depth);
}

struct type_expr *type_expr_pointer(struct parser *p, struct type_expr *target, struct span span)
{
	struct type_expr *type = ast_type_expr(p->comp, TYPE_EXPR_POINTER, span);

	type->pointer.target = target;
	return finish(p, type, target->depth);
}

struct type_expr *type_expr_array_one(struct parser *p, struct type_expr *elem, struct expr *count,
				      struct span span)
{
	struct type_expr *type = ast_type_expr(p->comp, TYPE_EXPR_ARRAY, span);

	type->array.elem = elem;
	type->array.count = count;
	return finish(p, type, depth_max(elem->depth, count->depth));
}

struct type_expr *type_expr_array(struct parser *p, struct type_expr *elem, struct expr_vec dims,
				  struct span span)
{
	if (dims.len > AST_NESTING_MAX)
		parse_too_deep(p, dims.data[AST_NESTING_MAX]->span);
	for (uint32_t i = dims.len; i-- > 0;)
		elem = type_expr_array_one(p, elem, dims.data[i], span);
	return elem;
}

struct type_expr *type_expr_fn(struct parser *p, struct param_vec params, struct type_expr *result,
			       struct span span)
{
	struct type_expr *type = ast_type_expr(p->comp, TYPE_EXPR_FN, span);
	uint32_t below = result ? result->depth : 0;

	vec_foreach (param, &params)
		below = depth_max(below, param->type->depth);
	type->fn.params = arena_memdup(&p->comp->arena, &params, sizeof(params));
	type->fn.result = result;
	return finish(p, type, below);
}

struct type_expr *type_expr_map(struct parser *p, struct ast_name kind, struct type_expr_vec args,
				struct expr *max_entries, struct span span)
{
	struct type_expr *type = ast_type_expr(p->comp, TYPE_EXPR_MAP, span);
	uint32_t below = depth_of(max_entries);

	vec_foreach (arg, &args)
		below = depth_max(below, (*arg)->depth);
	type->map.kind = kind;
	type->map.args = args;
	type->map.max_entries = max_entries;
	return finish(p, type, below);
}

struct type_expr_vec types_add(struct parser *p, struct type_expr_vec list, struct type_expr *type)
{
	vec_push(&p->comp->arena, &list, type);
	return list;
}
