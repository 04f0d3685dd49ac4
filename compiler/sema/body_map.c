/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"

#include <string.h>

/* ---- what a map can do ---- */

unsigned body_map_ops(const struct sema *sema, const struct map_kind *kind)
{
	if (body_is_bpf(sema))
		return kind->bpf_ops;
	return body_is_user(sema) ? kind->user_ops : 0;
}

const char *body_map_name(struct sema *sema, const struct decl *map)
{
	return map->name.text ? map->name.text : "inner map";
}

/* What to do instead, by the operations that the kind has. */
static const struct {
	unsigned op;
	const char *help;
} alternatives[] = {
	{MAP_OP_RECORDS, "it has `reserve`, `submit` and `output` in bpf code, `on_event` in user "
			 "code"},
	{MAP_OP_OUTPUT, "it has `output` in bpf code, `on_event` in user code"},
	{MAP_OP_POP, "it has `push`, `pop` and `peek`"},
	{MAP_OP_HAS, "it has `push` and `has`"},
	{MAP_OP_REDIRECT, "helpers such as `bpf_redirect_map` take it"},
	{MAP_OP_STACK_ID, "`stack_id(map)` fills it"},
};

bool body_map_can(struct sema *sema, const struct decl *map, unsigned op, struct span span,
		  const char *verb)
{
	const struct map_kind *kind = map->map.kind;
	unsigned ops = body_map_ops(sema, kind);

	/* Module code has no maps at all, which is a rule of the program. */
	if (ops & op || body_is_module(sema))
		return true;
	body_error(sema, DIAG_MAP_KIND, span, "%s code cannot %s `%s`: it is of kind `%s`",
		   body_is_bpf(sema) ? "bpf" : "user", verb, body_map_name(sema, map), kind->name);
	for (size_t i = 0; i < sizeof(alternatives) / sizeof(alternatives[0]); i++) {
		if (ops & alternatives[i].op) {
			diag_help(sema->comp, "%s", alternatives[i].help);
			break;
		}
	}
	return false;
}

/* ---- m[k] ---- */

/* The kernel objects that local storage hangs on. */
static const struct {
	enum map_kind_id kind;
	const char *names[6];
} storage_objects[] = {
	{MAP_SK_STORAGE, {"sock", "bpf_sock", "bpf_tcp_sock", "sock_common", "tcp_sock"}},
	{MAP_TASK_STORAGE, {"task_struct"}},
	{MAP_INODE_STORAGE, {"inode"}},
	{MAP_CGROUP_STORAGE, {"cgroup"}},
};

bool body_map_object(struct sema *sema, const struct decl *map, const struct expr *object)
{
	const char *wanted = "an object";

	for (size_t i = 0; i < sizeof(storage_objects) / sizeof(storage_objects[0]); i++) {
		const char *const *name = storage_objects[i].names;

		if (storage_objects[i].kind != map->map.kind->id)
			continue;
		wanted = body_text(sema, "a `*%s`", *name);
		for (; *name && object->type->kind == TYPE_PTR &&
		       object->type->ptr.target->kind == TYPE_STRUCT;
		     name++) {
			if (!strcmp(*name, object->type->ptr.target->strukt->name))
				return true;
		}
	}
	body_error(sema, DIAG_MAP_KEY, object->span, "the key of `%s` must be %s, found %s",
		   body_map_name(sema, map), wanted, body_found(sema, object));
	return false;
}

static bool check_key(struct sema *sema, const struct decl *map, struct expr *key)
{
	const char *what = body_text(sema, "the key of `%s`", body_map_name(sema, map));
	const struct constant *value = &key->constant;

	if (map->map.kind->key == MAP_KEY_OBJECT && body_is_bpf(sema))
		return body_value(sema, key, NULL) && body_map_object(sema, map, key);
	if (!map->map.key) {
		body_value(sema, key, NULL);
		return false;
	}
	if (!sema_expr_as(sema, key, map->map.key, what))
		return false;
	if (map->map.kind->is_array && value->kind == CONSTANT_INT && map->map.max_entries &&
	    value->bits >= map->map.max_entries) {
		body_error(sema, DIAG_ARRAY_INDEX, key->span,
			   "index %s is outside `%s`, whose indexes are 0 to %llu",
			   sema_constant_text(sema, value), body_map_name(sema, map),
			   (unsigned long long)map->map.max_entries - 1);
		return false;
	}
	return true;
}

#define ANY_ENTRY (MAP_OP_LOOKUP | MAP_OP_UPDATE | MAP_OP_DELETE | MAP_OP_STORAGE | MAP_OP_NESTED)

const struct type *body_map_index(struct sema *sema, struct expr *expr)
{
	const struct decl *map = expr->index.base->type->map;
	/* A plain assignment or a delete reads nothing; they ask for what they need. */
	bool is_read = !sema->body || sema->body->written != expr;
	unsigned wanted = is_read ? MAP_OP_LOOKUP | MAP_OP_STORAGE | MAP_OP_NESTED : ANY_ENTRY;
	bool ok = body_map_can(sema, map, wanted, expr->index.base->span,
			       is_read ? "read an entry of" : "index");

	ok &= body_not_locked(sema, expr->span, "a use of a map");
	if (!check_key(sema, map, expr->index.index) || !ok || !map->map.value)
		return sema->comp->types->error;
	expr->entry = ENTRY_VALUE;
	return map->map.value;
}

bool body_is_cpu_view(const struct expr *map)
{
	return map->kind == EXPR_CALL;
}

/* ---- presence ---- */

bool body_is_entry(const struct expr *expr)
{
	return expr->entry != ENTRY_NONE && expr->type->kind != TYPE_PTR;
}

struct decl *body_entry_map(const struct expr *expr)
{
	const struct expr *receiver;

	switch (expr->kind) {
	case EXPR_NAME:
		return expr->ref.variable->entry_map;
	case EXPR_INDEX:
		return expr->index.base->type->map;
	case EXPR_CALL:
		receiver = expr->call.callee->field.base;
		return receiver->type->map;
	default:
		break;
	}
	return NULL;
}

/* An array has every index below its size. */
static void warn_always_present(struct sema *sema, const struct expr *expr)
{
	const struct decl *map;

	if (expr->kind != EXPR_INDEX)
		return;
	map = expr->index.base->type->map;
	if (map->map.kind->is_array && expr->index.index->constant.kind == CONSTANT_INT)
		diag_report(sema->comp, DIAG_ALWAYS_PRESENT, expr->span,
			    "`%s` is an array of %llu: this entry is always present",
			    body_map_name(sema, map), (unsigned long long)map->map.max_entries);
}

bool body_mark_presence(struct sema *sema, struct expr *expr)
{
	if (!body_is_entry(expr))
		return false;
	expr->entry = ENTRY_PRESENCE;
	warn_always_present(sema, expr);
	return true;
}

bool body_condition(struct sema *sema, struct expr *expr)
{
	sema_expr(sema, expr, NULL);
	if (body_is_error(expr->type))
		return false;
	if (body_mark_presence(sema, expr))
		return true;
	if (body_is_packet(expr->type))
		body_mark_window(sema, expr);
	return sema_condition(sema, expr);
}

/* ---- bindings ---- */

/* Whether `if (var x = value)` can ask for something; reports when not. */
static bool check_optional(struct sema *sema, const struct expr *value)
{
	if (body_is_entry(value) || value->type->kind == TYPE_PTR || value->type->kind == TYPE_FN ||
	    value->type->kind == TYPE_HANDLE || value->type->kind == TYPE_PERF)
		return true;
	body_error(sema, DIAG_TYPE_MISMATCH, value->span,
		   "a `%s` is always present: only map entries and pointers can be absent",
		   body_type(sema, value->type));
	return false;
}

/* The type of `var x = value`. */
static const struct type *inferred_type(struct sema *sema, const struct expr *value)
{
	if (value->type->kind == TYPE_NULL)
		return body_error(sema, DIAG_TYPE_MISMATCH, value->span,
				  "`null` alone does not tell the type of the variable");
	return type_with_region(sema->comp, value->type, sema_region(value));
}

static void bind_entry(struct sema *sema, struct variable *variable, struct expr *value,
		       bool is_test)
{
	value->entry = ENTRY_BIND;
	variable->entry_map = body_entry_map(value);
	variable->entry_is_reference = type_is_aggregate(variable->type);
	if (is_test)
		warn_always_present(sema, value);
}

/* The value of a binding, checked; its type or, when it is written, the one written. */
static const struct type *binding_type(struct sema *sema, struct type_expr *written,
				       struct expr *value, bool is_test, const char *name)
{
	const char *what = body_text(sema, "variable `%s`", name);
	const struct type *type = written ? sema_type(sema, written, false) : NULL;

	if (type) {
		sema_complete(sema, type);
		sema_expr(sema, value, type);
		/* Packet pointers, entries: with their own type, which must be the same then. */
		if (!is_test && !sema_convert(sema, value, type, what))
			return sema->comp->types->error;
	}
	if (!body_value(sema, value, NULL))
		return sema->comp->types->error;
	if (is_test && !check_optional(sema, value))
		return sema->comp->types->error;
	if (is_test && type && !type_same(type, value->type))
		return body_error(sema, DIAG_TYPE_MISMATCH, value->span,
				  "%s needs `%s`, found `%s`", what, body_type(sema, type),
				  body_type(sema, value->type));
	return type ? type : inferred_type(sema, value);
}

struct variable *body_bind(struct sema *sema, struct ast_name name, struct type_expr *written,
			   struct expr *value, bool is_test)
{
	const struct type *type = binding_type(sema, written, value, is_test, name.text);
	struct variable *variable;

	/* A tested packet pointer proves its bytes; the variable is the proof. */
	if (is_test && body_is_packet(value->type)) {
		body_mark_window(sema, value);
		type = value->to;
	}
	variable = sema_declare(sema, name, type);
	if (body_is_error(type))
		return variable;
	if (body_is_entry(value) && (is_test || !written))
		bind_entry(sema, variable, value, is_test);
	else
		body_may_copy(sema, value);
	body_note_region(sema, variable, value);
	body_note_program(variable, value);
	return variable;
}

void body_conditions(struct sema *sema, struct condition_vec *conds)
{
	vec_foreach (cond, conds) {
		if (cond->name.text)
			cond->variable = body_bind(sema, cond->name, cond->type, cond->value, true);
		else if (body_condition(sema, cond->value))
			body_note_guards(sema, cond->value);
	}
}
