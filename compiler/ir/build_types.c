/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The named types that C code needs, in an order in which a C compiler takes them: what a struct
 * contains comes before it. Targets of pointers follow later, C needs only their names.
 */
#include "ir/build.h"
#include "ir/ir_walk.h"

struct type_list {
	struct build *build;
	struct ptr_map seen;	 /* types that stand in the list or are in work */
	struct type_vec pending; /* targets of pointers */
	bool is_user;
};

static void add_type(struct type_list *list, const struct type *type);

/* Module code gets the kernel's own types from its headers. */
static bool is_wanted(const struct type_list *list, enum type_origin origin)
{
	return list->is_user || origin == ORIGIN_SOURCE || origin == ORIGIN_HEADER;
}

static void add_fn_types(struct type_list *list, const struct type *type)
{
	vec_push(&list->build->comp->arena, &list->pending, type->fn.result);
	vec_foreach (param, &type->fn.params)
		vec_push(&list->build->comp->arena, &list->pending, param->type);
}

static void add_struct(struct type_list *list, const struct type *type)
{
	if (!is_wanted(list, type->strukt->origin))
		return;
	type_complete(list->build->comp, type);
	vec_foreach (field, &type->strukt->fields)
		add_type(list, field->type);
	if (type->strukt->name && *type->strukt->name)
		vec_push(&list->build->comp->arena, &list->build->module->c_types, type);
}

static void add_type(struct type_list *list, const struct type *type)
{
	struct arena *arena = &list->build->comp->arena;

	while (type->kind == TYPE_ARRAY)
		type = type->array.elem;
	if (type->kind == TYPE_PTR) {
		vec_push(arena, &list->pending, type->ptr.target);
		return;
	}
	if (type->kind != TYPE_STRUCT && type->kind != TYPE_ENUM && type->kind != TYPE_FN)
		return;
	if (ptr_map_get(&list->seen, type))
		return;
	ptr_map_set(&list->seen, type, (void *)type);
	if (type->kind == TYPE_FN)
		add_fn_types(list, type);
	else if (type->kind == TYPE_STRUCT)
		add_struct(list, type);
	else if (is_wanted(list, type->enumeration->origin) && type->enumeration->name &&
		 *type->enumeration->name)
		vec_push(arena, &list->build->module->c_types, type);
}

static void visit_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	add_type(walk->user, expr->type);
}

static void visit_place(struct ir_walk *walk, struct ir_place *place)
{
	add_type(walk->user, place->type);
}

static void add_func(struct type_list *list, struct ir_func *func)
{
	struct ir_walk walk = {.user = list, .expr = visit_expr, .place = visit_place};

	add_type(list, func->result);
	vec_foreach (local, &func->locals)
		add_type(list, (*local)->type);
	ir_walk_stmts(&walk, &func->body);
}

static void add_pending(struct type_list *list)
{
	for (uint32_t i = 0; i < list->pending.len; i++)
		add_type(list, list->pending.data[i]);
	list->pending.len = 0;
}

static void add_target(struct type_list *list, enum target target)
{
	struct ir_module *module = list->build->module;

	list->is_user = target == TARGET_USER;
	vec_foreach (func, &module->funcs) {
		if ((*func)->target == target)
			add_func(list, *func);
	}
	vec_foreach (global, &module->globals) {
		if ((*global)->targets & 1u << target)
			add_type(list, (*global)->type);
	}
	vec_foreach (external, &module->externs) {
		if ((*external)->targets & 1u << target)
			add_type(list, (*external)->type);
	}
	add_pending(list);
}

void build_c_types(struct build *build)
{
	struct type_list list = {.build = build};

	ptr_map_init(&list.seen, &build->comp->arena);
	add_target(&list, TARGET_USER);
	list.is_user = true;
	vec_foreach (map, &build->module->maps) {
		if (!(*map)->used_by_user)
			continue;
		if ((*map)->key)
			add_type(&list, (*map)->key);
		if ((*map)->value)
			add_type(&list, (*map)->value);
	}
	if (build->module->args_type)
		add_type(&list, build->module->args_type);
	add_pending(&list);
	add_target(&list, TARGET_MODULE);
}
