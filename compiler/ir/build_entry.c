/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Map entries. One lookup per mention: bpf gets the entry's address, user code a copy of the value
 * in a buffer, which is written back after a change.
 */
#include "ir/build.h"

#define MAP_NOEXIST 1 /* BPF_NOEXIST of uapi/linux/bpf.h: only when absent */

struct ir_expr *build_map_op(struct fn_build *fb, enum ir_op op, const struct type *type,
			     struct ir_map *map, struct span span)
{
	struct ir_expr *expr = build_op(fb, op, type, span);

	expr->op.map = map;
	return expr;
}

/* ---- which map, which key ---- */

static const struct builtin *called_builtin(const struct expr *expr)
{
	const struct ref *callee;

	if (expr->kind != EXPR_CALL)
		return NULL;
	callee = &expr->call.callee->ref;
	if (callee->kind == REF_BUILTIN)
		return callee->builtin;
	return expr->ref.kind == REF_BUILTIN ? expr->ref.builtin : NULL;
}

bool build_is_entry(const struct expr *expr)
{
	const struct builtin *builtin;

	if (expr->kind == EXPR_INDEX)
		return expr->entry != ENTRY_NONE;
	builtin = called_builtin(expr);
	return builtin && (builtin->id == BUILTIN_MAP_TAKE || builtin->id == BUILTIN_MAP_POP ||
			   builtin->id == BUILTIN_MAP_PEEK);
}

static bool is_map_type(const struct type *type)
{
	return type && type->kind == TYPE_MAP;
}

void build_inner_map(struct fn_build *fb, struct expr *outer, struct entry_access *access)
{
	struct entry_access through = {0};
	struct ir_expr *lookup;

	build_entry_access(fb, outer, &through);
	lookup = build_entry_lookup(fb, &through);
	access->map = through.map->inner;
	access->map_pointer = build_read(fb, build_temp(fb, "inner", lookup), outer->span);
}

/* The map before the brackets or the dot: its name, m.cpu(i), or an entry of a map of maps. */
static void access_map(struct fn_build *fb, struct expr *base, struct entry_access *access)
{
	const struct builtin *builtin = called_builtin(base);
	struct decl *decl = build_ref_decl(base);

	if (builtin && builtin->id == BUILTIN_MAP_CPU) {
		struct expr *receiver = base->call.callee->field.base;

		access_map(fb, receiver, access);
		access->cpu = build_expr_as(fb, base->call.args.data[0], build_types(fb)->u32);
		access->op = IR_OP_MAP_CPU_LOOKUP;
		return;
	}
	if (base->kind == EXPR_INDEX) {
		build_inner_map(fb, base, access);
		return;
	}
	if (!decl || decl->kind != DECL_MAP)
		internal_error(fb->comp, base->span, "an entry of something that is no map");
	access->map = build_map_for(fb, decl);
}

/* The pointer that stands for the address of a map in a map. */
static const struct type *value_type(struct fn_build *fb, const struct ir_map *map)
{
	return map->inner ? build_types(fb)->void_ : map->value;
}

static void access_call(struct fn_build *fb, struct expr *expr, struct entry_access *access)
{
	const struct builtin *builtin = called_builtin(expr);

	access_map(fb, expr->call.callee->field.base, access);
	access->op = builtin->id == BUILTIN_MAP_TAKE  ? IR_OP_MAP_TAKE
		     : builtin->id == BUILTIN_MAP_POP ? IR_OP_MAP_POP
						      : IR_OP_MAP_PEEK;
	if (expr->call.args.len)
		access->key = build_expr_as(fb, expr->call.args.data[0], access->map->key);
}

void build_entry_access(struct fn_build *fb, struct expr *expr, struct entry_access *access)
{
	struct mark mark;

	access->span = expr->span;
	access->op = IR_OP_MAP_LOOKUP;
	if (expr->kind == EXPR_CALL) {
		access_call(fb, expr, access);
	} else {
		access_map(fb, expr->index.base, access);
		mark = build_mark(fb);
		if (access->map->kind->key == MAP_KEY_OBJECT && build_target(fb) == TARGET_BPF)
			access->key = build_expr(fb, expr->index.index);
		else
			access->key = build_expr_as(fb, expr->index.index, access->map->key);
		access->cpu = build_keep(fb, access->cpu, mark);
	}
	access->value = value_type(fb, access->map);
}

const struct type *build_entry_type(struct fn_build *fb, const struct entry_access *access)
{
	bool in_buffer = build_target(fb) == TARGET_USER || access->op == IR_OP_MAP_POP ||
			 access->op == IR_OP_MAP_PEEK;

	return type_ptr(fb->comp, access->value, in_buffer ? REGION_STACK : REGION_ENTRY);
}

/* ---- lookups ---- */

static void add_key(struct fn_build *fb, struct ir_expr *op, const struct entry_access *access)
{
	op->op.map_pointer = access->map_pointer;
	if (access->key)
		build_op_arg(fb, op, access->key);
	if (access->cpu)
		build_op_arg(fb, op, access->cpu);
}

/* A lookup in a map that may be absent itself. */
static struct ir_expr *lookup_inner(struct fn_build *fb, struct entry_access *access,
				    struct ir_expr *op)
{
	struct ir_local *result = build_temp_local(fb, access->map->name, op->type, access->span);
	struct scope_mark scope;
	struct ir_stmt *stmt;

	access->key = op->op.args.data[0] = build_reusable(fb, access->key, "key");
	build_set(fb, result, build_null(fb, op->type, access->span), access->span);
	if (access->buffer)
		build_set(fb, access->buffer, build_zero(fb, access->value, access->span),
			  access->span);
	stmt = build_if_stmt(fb, build_truth(fb, access->map_pointer), access->span);
	scope = build_open(fb, &stmt->iff.then);
	build_set(fb, result, op, access->span);
	build_close(fb, scope);
	return build_read(fb, result, access->span);
}

struct ir_expr *build_entry_lookup(struct fn_build *fb, struct entry_access *access)
{
	const struct type *type = build_entry_type(fb, access);
	struct ir_expr *op = build_map_op(fb, access->op, type, access->map, access->span);

	add_key(fb, op, access);
	if (type->ptr.region == REGION_STACK && !access->buffer && !access->map->inner)
		access->buffer =
			build_temp_local(fb, access->map->name, access->value, access->span);
	op->op.buffer = access->buffer;
	return access->map_pointer && !access->map_present ? lookup_inner(fb, access, op) : op;
}

struct ir_place *build_entry_place(struct fn_build *fb, const struct entry_access *access,
				   struct ir_local *address, bool is_present)
{
	if (access->buffer)
		return ir_place_local(fb->comp, access->buffer, access->span);
	return ir_place_deref(fb->comp, build_read(fb, address, access->span), access->value,
			      is_present ? IR_ACCESS_DIRECT : IR_ACCESS_NULL_ZERO, access->span);
}

struct ir_place *build_entry_value(struct fn_build *fb, struct expr *expr)
{
	struct entry_access access = {0};
	struct ir_expr *root;

	build_entry_access(fb, expr, &access);
	root = build_entry_lookup(fb, &access);
	if (access.buffer) {
		build_eval(fb, root);
		return ir_place_local(fb->comp, access.buffer, expr->span);
	}
	return build_entry_place(fb, &access, build_temp(fb, access.map->name, root), false);
}

struct ir_expr *build_popped(struct fn_build *fb, struct expr *expr)
{
	return ir_load(fb->comp, build_entry_value(fb, expr), expr->span);
}

struct ir_expr *build_entry_present(struct fn_build *fb, struct expr *expr)
{
	struct entry_access access = {0};
	struct ir_expr *address;

	build_entry_access(fb, expr, &access);
	address = build_pure(fb, build_entry_lookup(fb, &access), access.map->name);
	return build_compare(fb, BINARY_NE, address, build_null(fb, address->type, expr->span),
			     expr->span);
}

/* ---- changing entries ---- */

static struct ir_expr *update_op(struct fn_build *fb, const struct entry_access *access,
				 struct ir_expr *value, uint64_t flags)
{
	struct ir_expr *op =
		build_map_op(fb, IR_OP_MAP_UPDATE, build_types(fb)->i32, access->map, access->span);

	op->op.map_pointer = access->map_pointer;
	build_op_arg(fb, op, access->key);
	build_op_arg(fb, op, value);
	build_op_arg(fb, op, build_u64(fb, flags, access->span));
	return op;
}

void build_write_back(struct fn_build *fb, const struct entry_access *access, struct span span)
{
	enum ir_op kind = access->cpu ? IR_OP_MAP_CPU_UPDATE : IR_OP_MAP_WRITE_BACK;
	struct ir_expr *op = build_map_op(fb, kind, build_types(fb)->i32, access->map, span);

	add_key(fb, op, access);
	build_op_arg(fb, op, build_read(fb, access->buffer, span));
	build_eval(fb, op);
}

struct expr *build_target_entry(struct expr *target)
{
	for (;;) {
		if (target->kind == EXPR_INDEX && target->entry == ENTRY_PLACE)
			return target;
		if (target->kind == EXPR_INDEX)
			target = target->index.base;
		else if (target->kind == EXPR_FIELD && !target->field.arrow)
			target = target->field.base;
		else
			return NULL;
	}
}

/* Statements that only make sense when the map in a map is there. */
static struct scope_mark open_inner(struct fn_build *fb, struct entry_access *access)
{
	struct ir_stmt *stmt;

	if (!access->map_pointer)
		return (struct scope_mark){fb->out, fb->dead};
	access->map_present = true;
	stmt = build_if_stmt(fb, build_truth(fb, access->map_pointer), access->span);
	return build_open(fb, &stmt->iff.then);
}

/* m[k] = e */
static void assign_whole(struct fn_build *fb, struct stmt *stmt, struct entry_access *access)
{
	struct mark mark = build_mark(fb);
	struct ir_expr *value = access->map->inner
					? build_expr(fb, stmt->assign.value)
					: build_expr_as(fb, stmt->assign.value, access->value);
	struct scope_mark scope;
	struct ir_expr *op;
	uint64_t bits;

	access->key = build_keep(fb, access->key, mark);
	access->cpu = build_keep(fb, access->cpu, mark);
	scope = open_inner(fb, access);
	if (access->cpu) {
		op = build_map_op(fb, IR_OP_MAP_CPU_UPDATE, build_types(fb)->i32, access->map,
				  stmt->span);
		add_key(fb, op, access);
		build_op_arg(fb, op, value);
	} else if (build_target(fb) == TARGET_USER && access->map->kind->per_cpu &&
		   (value->kind == IR_EXPR_ZERO || (ir_is_const(value, &bits) && !bits))) {
		op = build_map_op(fb, IR_OP_MAP_ZERO_CPUS, build_types(fb)->i32, access->map,
				  stmt->span);
		build_op_arg(fb, op, access->key);
	} else if (access->value->kind == TYPE_PTR) {
		op = build_map_op(fb, IR_OP_KPTR_STORE, build_types(fb)->void_, access->map,
				  stmt->span);
		build_op_arg(fb, op, access->key);
		build_op_arg(fb, op, value);
	} else {
		op = update_op(fb, access, value, 0);
	}
	build_eval(fb, op);
	build_close(fb, scope);
}

/* if_present address = lookup { *address op= value } */
static struct ir_stmt *update_present(struct fn_build *fb, struct stmt *stmt,
				      struct entry_access *access, struct ir_expr *value)
{
	struct ir_expr *root = build_entry_lookup(fb, access);
	struct ir_local *address =
		build_temp_local(fb, access->map->name, root->type, access->span);
	struct ir_stmt *test = ir_stmt_new(fb->comp, IR_STMT_IF_PRESENT, access->span);
	struct scope_mark scope;

	test->iff.local = address;
	test->iff.value = root;
	build_emit(fb, test);
	scope = build_open(fb, &test->iff.then);
	build_apply(fb, build_entry_place(fb, access, address, true), stmt->assign.op, value,
		    access->map->kind->per_cpu, stmt->span);
	build_close(fb, scope);
	return test;
}

/* m[k] op= e in bpf: an absent entry is made zero, looked up again and changed like any other. */
static void add_or_create(struct fn_build *fb, struct stmt *stmt, struct entry_access *access,
			  struct ir_expr *value)
{
	struct ir_stmt *test;
	struct scope_mark scope;

	if (!access->map->kind->is_array) {
		access->key = build_twice(fb, access->key, "key");
		value = build_twice(fb, value, "value");
	}
	test = update_present(fb, stmt, access, value);
	if (access->map->kind->is_array)
		return;
	scope = build_open(fb, &test->iff.otherwise);
	build_eval(fb,
		   update_op(fb, access, build_zero(fb, access->value, stmt->span), MAP_NOEXIST));
	update_present(fb, stmt, access, value);
	build_close(fb, scope);
}

/* m[k] op= e in user code: the copy is changed, then stored where it came from. */
static void add_or_create_copy(struct fn_build *fb, struct stmt *stmt, struct entry_access *access,
			       struct ir_expr *value)
{
	struct ir_expr *root;
	struct ir_local *address;
	struct scope_mark scope;
	struct ir_stmt *test;

	access->key = build_twice(fb, access->key, "key");
	if (access->cpu)
		access->cpu = build_twice(fb, access->cpu, "cpu");
	root = build_entry_lookup(fb, access);
	address = build_temp_local(fb, access->map->name, root->type, access->span);
	build_set(fb, address, root, access->span);
	build_apply(fb, build_entry_place(fb, access, address, true), stmt->assign.op, value, true,
		    stmt->span);
	if (access->cpu || access->map->kind->is_array) {
		build_write_back(fb, access, stmt->span);
		return;
	}
	test = build_if_stmt(fb, build_truth(fb, build_read(fb, address, access->span)),
			     access->span);
	scope = build_open(fb, &test->iff.then);
	build_write_back(fb, access, stmt->span);
	build_close(fb, scope);
	scope = build_open(fb, &test->iff.otherwise);
	build_eval(fb,
		   update_op(fb, access, build_read(fb, access->buffer, stmt->span), MAP_NOEXIST));
	build_close(fb, scope);
}

/* m[k] op= e */
static void assign_compound(struct fn_build *fb, struct stmt *stmt, struct entry_access *access)
{
	struct mark mark = build_mark(fb);
	struct ir_expr *value = build_compound_value(fb, stmt, access->value);
	struct scope_mark scope;

	access->key = build_keep(fb, access->key, mark);
	access->cpu = build_keep(fb, access->cpu, mark);
	scope = open_inner(fb, access);
	if (build_target(fb) == TARGET_USER)
		add_or_create_copy(fb, stmt, access, value);
	else
		add_or_create(fb, stmt, access, value);
	build_close(fb, scope);
}

/* m[k].f = e, m[k].f op= e: in place, nothing when absent. */
static void assign_inside(struct fn_build *fb, struct stmt *stmt, struct expr *entry,
			  struct entry_access *access)
{
	const struct type *type = build_entry_type(fb, access);
	struct ir_local *address = build_temp_local(fb, access->map->name, type, access->span);
	bool is_user = build_target(fb) == TARGET_USER;
	struct mark mark = build_mark(fb), value_mark;
	struct ir_place *place;
	struct ir_expr *value;
	struct scope_mark scope;
	struct ir_stmt *test;

	if (is_user)
		access->buffer =
			build_temp_local(fb, access->map->name, access->value, access->span);
	place = build_place(fb, stmt->assign.target, entry,
			    build_entry_place(fb, access, address, true));
	access->key = build_keep(fb, access->key, mark);
	access->cpu = build_keep(fb, access->cpu, mark);
	mark = value_mark = build_mark(fb);
	value = build_compound_value(fb, stmt, place->type);
	build_keep_place(fb, place, value_mark);
	access->key = build_keep(fb, access->key, mark);
	access->cpu = build_keep(fb, access->cpu, mark);
	if (is_user) {
		access->key = build_twice(fb, access->key, "key");
		if (access->cpu)
			access->cpu = build_twice(fb, access->cpu, "cpu");
	}
	test = ir_stmt_new(fb->comp, IR_STMT_IF_PRESENT, stmt->span);
	test->iff.local = address;
	test->iff.value = build_entry_lookup(fb, access);
	build_emit(fb, test);
	scope = build_open(fb, &test->iff.then);
	build_apply(fb, place, stmt->assign.op, value, is_user || access->map->kind->per_cpu,
		    stmt->span);
	if (is_user)
		build_write_back(fb, access, stmt->span);
	build_close(fb, scope);
}

void build_entry_assign(struct fn_build *fb, struct stmt *stmt)
{
	struct expr *entry = build_target_entry(stmt->assign.target);
	struct entry_access access = {0};

	build_entry_access(fb, entry, &access);
	if (entry != stmt->assign.target)
		assign_inside(fb, stmt, entry, &access);
	else if (stmt->assign.op == BINARY_NONE)
		assign_whole(fb, stmt, &access);
	else
		assign_compound(fb, stmt, &access);
}

/* ---- delete, for ---- */

void build_delete(struct fn_build *fb, struct stmt *stmt)
{
	struct expr *target = stmt->del.target;
	struct entry_access access = {0};
	struct scope_mark scope;
	struct ir_expr *op;

	if (target->kind != EXPR_INDEX || !is_map_type(target->index.base->type)) {
		if (!build_is_entry(target)) {
			op = build_op(fb, IR_OP_FREE, build_types(fb)->void_, stmt->span);
			build_op_arg(fb, op, build_expr(fb, target));
			build_eval(fb, op);
			return;
		}
	}
	build_entry_access(fb, target, &access);
	if (access.map->kind->is_array)
		return;
	scope = open_inner(fb, &access);
	op = build_map_op(fb, IR_OP_MAP_DELETE, build_types(fb)->i32, access.map, stmt->span);
	add_key(fb, op, &access);
	build_eval(fb, op);
	build_close(fb, scope);
}

/* The locals of key and entry; returns the entry's place for a scalar's copy. */
static void bind_round(struct fn_build *fb, struct stmt *stmt, struct ir_stmt *loop)
{
	struct variable *key = stmt->each.key_variable, *value = stmt->each.value_variable;
	struct ir_map *map = loop->each.map;
	bool is_user = build_target(fb) == TARGET_USER;
	const struct type *entry =
		type_ptr(fb->comp, map->value, is_user ? REGION_STACK : REGION_ENTRY);
	struct binding *binding;

	if (key)
		loop->each.key = build_variable(fb, key)->local;
	else if (is_user && value && value->entry_is_reference)
		loop->each.key = build_temp_local(fb, "key", map->key, stmt->span);
	if (!value)
		return;
	binding = arena_new(&fb->comp->arena, struct binding);
	binding->map = map;
	binding->is_present = true;
	binding->is_own = map->kind->per_cpu;
	binding->is_reference = value->entry_is_reference;
	binding->is_pointer = binding->is_reference && !is_user && !value->entry_replaced;
	binding->local =
		build_local(fb, value->name, binding->is_pointer ? entry : map->value, value->span);
	binding->entry = binding->is_pointer
				 ? binding->local
				 : build_temp_local(fb, value->name, entry, value->span);
	if (is_user) {
		binding->buffer =
			binding->is_reference && value->entry_replaced
				? build_temp_local(fb, value->name, map->value, value->span)
				: binding->local;
		binding->key = loop->each.key ? build_read(fb, loop->each.key, stmt->span) : NULL;
	}
	loop->each.entry = binding->entry;
	loop->each.buffer = binding->buffer;
	ptr_map_set(&fb->bindings, value, binding);
}

/* A scalar's value is read once, at the start of the round. */
static void read_round(struct fn_build *fb, struct stmt *stmt)
{
	struct binding *binding = ptr_map_get(&fb->bindings, stmt->each.value_variable);
	struct ir_place *place;

	if (!binding || binding->is_pointer || binding->local == binding->buffer)
		return;
	place = binding->buffer
			? ir_place_local(fb->comp, binding->buffer, stmt->span)
			: ir_place_deref(fb->comp, build_read(fb, binding->entry, stmt->span),
					 binding->map->value, IR_ACCESS_DIRECT, stmt->span);
	build_set(fb, binding->local, ir_load(fb->comp, place, stmt->span), stmt->span);
}

void build_for_map(struct fn_build *fb, struct stmt *stmt)
{
	struct ir_stmt *round = ir_stmt_new(fb->comp, IR_STMT_FOR_MAP, stmt->span);
	struct loop loop = {.outer = fb->loop, .locks = fb->locks};
	struct scope_mark scope;

	round->each.map = build_map_for(fb, build_ref_decl(stmt->each.map));
	round->each.label = build_label(fb);
	loop.break_label = loop.continue_label = round->each.label;
	bind_round(fb, stmt, round);
	build_emit(fb, round);
	scope = build_open(fb, &round->each.body);
	fb->loop = &loop;
	fb->branch_depth++;
	if (stmt->each.value_variable)
		read_round(fb, stmt);
	build_stmt(fb, stmt->each.body);
	fb->branch_depth--;
	fb->loop = loop.outer;
	build_close(fb, scope);
}
