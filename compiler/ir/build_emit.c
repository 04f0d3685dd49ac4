/* SPDX-License-Identifier: Apache-2.0 */
/* Statements in order, temporaries, locals and their names. */
#include "ir/build.h"

#include <string.h>

/* ---- names ---- */

static bool name_is_free(struct fn_build *fb, const char *name)
{
	return !ptr_map_get(&fb->names, name) && !ptr_map_get(&fb->build->taken, name);
}

/* `name`, or name_2, name_3, ... */
static const char *unique_name(struct fn_build *fb, const char *name)
{
	const char *base = intern_str(&fb->comp->names, type_c_identifier(fb->comp, name));
	const char *unique = base;
	uintptr_t number = (uintptr_t)ptr_map_get(&fb->numbers, base);

	if (number < 2)
		number = 1;
	while (!name_is_free(fb, unique) || number > 1) {
		number++;
		unique = arena_printf(&fb->comp->arena, "%s_%u", base, (unsigned)number);
		unique = intern_str(&fb->comp->names, unique);
		if (name_is_free(fb, unique))
			break;
	}
	ptr_map_set(&fb->numbers, base, (void *)number);
	ptr_map_set(&fb->names, unique, (void *)unique);
	return unique;
}

struct ir_local *build_local(struct fn_build *fb, const char *name, const struct type *type,
			     struct span span)
{
	/* Names of the runtime library must stay visible. */
	if (!strncmp(name, "ks_", 3) || !strncmp(name, "KS_", 3))
		name = arena_printf(&fb->comp->arena, "v_%s", name);
	return ir_local_new(fb->comp, fb->func, unique_name(fb, name), type, span);
}

struct ir_local *build_temp_local(struct fn_build *fb, const char *name, const struct type *type,
				  struct span span)
{
	struct ir_local *local;

	if (strncmp(name, "t_", 2) != 0)
		name = arena_printf(&fb->comp->arena, "t_%s", name);
	local = ir_local_new(fb->comp, fb->func, unique_name(fb, name), type, span);
	local->is_temp = true;
	return local;
}

uint32_t build_label(struct fn_build *fb)
{
	uint32_t label = fb->func->label_count++;

	if (label >= fb->label_cap) {
		uint32_t cap = fb->label_cap ? fb->label_cap * 2 : 16;
		uint8_t *grown = arena_array(&fb->comp->arena, uint8_t, cap);

		if (fb->label_cap)
			memcpy(grown, fb->label_used, fb->label_cap);
		fb->label_used = grown;
		fb->label_cap = cap;
	}
	return label;
}

/* ---- what a tree depends on ---- */

enum dependence {
	DEPENDS_ON_NOTHING = 0,
	DEPENDS_ON_SETS = 1,
	DEPENDS_ON_MEMORY = 2,
};

static unsigned expr_depends(const struct ir_expr *expr);

/* What evaluating the place's pointers and indexes depends on. */
static unsigned place_depends(const struct ir_place *place)
{
	switch (place->kind) {
	case IR_PLACE_LOCAL:
	case IR_PLACE_GLOBAL:
		return DEPENDS_ON_NOTHING;
	case IR_PLACE_DEREF:
		return expr_depends(place->deref.pointer);
	case IR_PLACE_FIELD:
		return place_depends(place->field.base);
	case IR_PLACE_INDEX:
		return place_depends(place->index.base) | expr_depends(place->index.index);
	}
	return DEPENDS_ON_NOTHING;
}

static unsigned load_depends(struct ir_place *place)
{
	const struct ir_place *root = ir_place_root(place);
	unsigned depends = place_depends(place);

	if (root->kind != IR_PLACE_LOCAL)
		return depends | DEPENDS_ON_MEMORY;
	if (root->local->address_taken)
		depends |= DEPENDS_ON_MEMORY;
	if (!root->local->is_temp)
		depends |= DEPENDS_ON_SETS;
	return depends;
}

static unsigned elems_depend(const struct ir_expr_vec *elems)
{
	unsigned depends = DEPENDS_ON_NOTHING;

	vec_foreach (elem, elems) {
		if (*elem)
			depends |= expr_depends(*elem);
	}
	return depends;
}

static unsigned expr_depends(const struct ir_expr *expr)
{
	switch (expr->kind) {
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
		return DEPENDS_ON_NOTHING;
	case IR_EXPR_LOAD:
		return load_depends(expr->place);
	case IR_EXPR_ADDR:
		return place_depends(expr->place);
	case IR_EXPR_UNARY:
		return expr_depends(expr->unary.operand);
	case IR_EXPR_CONVERT:
	case IR_EXPR_STR_LEN:
		return expr_depends(expr->convert.operand);
	case IR_EXPR_SELECT:
		return expr_depends(expr->select.cond) | expr_depends(expr->select.then) |
		       expr_depends(expr->select.otherwise);
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
		return elems_depend(&expr->elems);
	case IR_EXPR_BINARY:
	case IR_EXPR_COMPARE:
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
		return expr_depends(expr->binary.left) | expr_depends(expr->binary.right);
	case IR_EXPR_CALL:
	case IR_EXPR_OP:
		break;
	}
	return DEPENDS_ON_SETS | DEPENDS_ON_MEMORY;
}

struct mark build_mark(const struct fn_build *fb)
{
	return (struct mark){fb->out, fb->out->len, fb->effects, fb->sets};
}

static bool is_stale(struct fn_build *fb, const struct ir_expr *value, struct mark mark)
{
	unsigned depends;

	if (fb->effects == mark.effects && fb->sets == mark.sets)
		return false;
	depends = expr_depends(value);
	return ((depends & DEPENDS_ON_SETS) && fb->sets != mark.sets) ||
	       ((depends & DEPENDS_ON_MEMORY) && fb->effects != mark.effects);
}

static void insert_at_mark(struct fn_build *fb, struct mark mark, struct ir_stmt *stmt)
{
	struct ir_stmt_vec *out = mark.out;

	vec_push(&fb->comp->arena, out, stmt);
	memmove(out->data + mark.len + 1, out->data + mark.len,
		(out->len - mark.len - 1) * sizeof(*out->data));
	out->data[mark.len] = stmt;
}

struct ir_expr *build_keep(struct fn_build *fb, struct ir_expr *value, struct mark mark)
{
	struct ir_local *temp;
	struct ir_stmt *stmt;

	if (!value || !is_stale(fb, value, mark))
		return value;
	temp = build_temp_local(fb, "value", value->type, value->span);
	stmt = ir_stmt_new(fb->comp, IR_STMT_SET, value->span);
	stmt->set.local = temp;
	stmt->set.value = value;
	insert_at_mark(fb, mark, stmt);
	return build_read(fb, temp, value->span);
}

void build_keep_place(struct fn_build *fb, struct ir_place *place, struct mark mark)
{
	for (;;) {
		switch (place->kind) {
		case IR_PLACE_LOCAL:
		case IR_PLACE_GLOBAL:
			return;
		case IR_PLACE_DEREF:
			place->deref.pointer = build_keep(fb, place->deref.pointer, mark);
			return;
		case IR_PLACE_FIELD:
			place = place->field.base;
			break;
		case IR_PLACE_INDEX:
			place->index.index = build_keep(fb, place->index.index, mark);
			place = place->index.base;
			break;
		}
	}
}

/* ---- statements ---- */

/* Operations that change nothing that a tree could read. */
static bool op_only_reads(const struct ir_expr *op)
{
	static const bool only_reads[IR_OP_COUNT] = {
		[IR_OP_MAP_LOOKUP] = true, [IR_OP_MAP_CPU_LOOKUP] = true,
		[IR_OP_MAP_LEN] = true,	   [IR_OP_PACKET_WINDOW] = true,
		[IR_OP_PACKET_LEN] = true, [IR_OP_INDEX_ADDR] = true,
		[IR_OP_STOPPING] = true,   [IR_OP_THROW_NOTE] = true,
	};

	/* Builtins with a result read clocks and identities. */
	if (op->op.op == IR_OP_BUILTIN)
		return op->type->kind != TYPE_VOID && !op->op.map && !op->op.args.len;
	return only_reads[op->op.op];
}

static void count_effects(struct fn_build *fb, const struct ir_stmt *stmt)
{
	const struct ir_expr *root = NULL;

	switch (stmt->kind) {
	case IR_STMT_SET:
		if (!stmt->set.local->is_temp)
			fb->sets++;
		if (stmt->set.local->address_taken)
			fb->effects++;
		root = stmt->set.value;
		break;
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
		fb->effects++;
		fb->sets++;
		break;
	case IR_STMT_EVAL:
		root = stmt->eval;
		break;
	case IR_STMT_IF_PRESENT:
		root = stmt->iff.value;
		break;
	case IR_STMT_BLOCK:
	case IR_STMT_IF:
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR:
	case IR_STMT_FOR_MAP:
	case IR_STMT_SWITCH:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break; /* what stands inside was counted when it was emitted */
	}
	if (!root)
		return;
	if (root->kind == IR_EXPR_CALL || (root->kind == IR_EXPR_OP && !op_only_reads(root))) {
		fb->effects++;
		/* A pop or take fills a variable of the source. */
		fb->sets += root->kind == IR_EXPR_OP && root->op.buffer;
	}
}

void build_emit(struct fn_build *fb, struct ir_stmt *stmt)
{
	if (fb->dead)
		return;
	count_effects(fb, stmt);
	vec_push(&fb->comp->arena, fb->out, stmt);
	switch (stmt->kind) {
	case IR_STMT_BREAK:
		fb->label_used[stmt->label] = 1;
		fb->dead = true;
		break;
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
		fb->dead = true;
		break;
	case IR_STMT_EVAL:
		fb->dead = stmt->eval->kind == IR_EXPR_OP && stmt->eval->op.op == IR_OP_PANIC &&
			   build_target(fb) == TARGET_USER;
		break;
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_BLOCK:
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR:
	case IR_STMT_FOR_MAP:
	case IR_STMT_SWITCH:
	case IR_STMT_COMMENT:
		break; /* of the structured ones the caller knows */
	}
}

void build_set(struct fn_build *fb, struct ir_local *local, struct ir_expr *value, struct span span)
{
	struct ir_stmt *stmt = ir_stmt_new(fb->comp, IR_STMT_SET, span);

	stmt->set.local = local;
	stmt->set.value = value;
	build_emit(fb, stmt);
}

void build_store(struct fn_build *fb, struct ir_place *place, struct ir_expr *value,
		 struct span span)
{
	struct ir_stmt *stmt;

	if (place->kind == IR_PLACE_LOCAL) {
		build_set(fb, place->local, value, span);
		return;
	}
	stmt = ir_stmt_new(fb->comp, IR_STMT_STORE, span);
	stmt->store.place = place;
	stmt->store.value = value;
	stmt->store.op = BINARY_NONE;
	build_emit(fb, stmt);
}

void build_eval(struct fn_build *fb, struct ir_expr *root)
{
	struct ir_stmt *stmt;

	if (!root || (root->kind != IR_EXPR_CALL && root->kind != IR_EXPR_OP))
		return;
	stmt = ir_stmt_new(fb->comp, IR_STMT_EVAL, root->span);
	stmt->eval = root;
	build_emit(fb, stmt);
}

void build_break(struct fn_build *fb, uint32_t label, struct span span)
{
	struct ir_stmt *stmt = ir_stmt_new(fb->comp, IR_STMT_BREAK, span);

	stmt->label = label;
	build_emit(fb, stmt);
}

/* ---- values ---- */

struct ir_expr *build_read(struct fn_build *fb, struct ir_local *local, struct span span)
{
	return ir_load_local(fb->comp, local, span);
}

struct ir_local *build_temp(struct fn_build *fb, const char *name, struct ir_expr *value)
{
	struct ir_local *temp = build_temp_local(fb, name, value->type, value->span);

	build_set(fb, temp, value, value->span);
	return temp;
}

struct ir_expr *build_pure(struct fn_build *fb, struct ir_expr *root, const char *name)
{
	if (!root || (root->kind != IR_EXPR_CALL && root->kind != IR_EXPR_OP))
		return root;
	if (root->type->kind == TYPE_VOID)
		internal_error(fb->comp, root->span, "a void operation is used as a value");
	return build_read(fb, build_temp(fb, name, root), root->span);
}

bool build_is_reusable(const struct ir_expr *value)
{
	enum ir_expr_kind kind = value->kind;

	if (kind == IR_EXPR_LOAD)
		return value->place->kind == IR_PLACE_LOCAL && value->place->local->is_temp &&
		       !value->place->local->address_taken;
	return kind == IR_EXPR_CONST || kind == IR_EXPR_FLOAT || kind == IR_EXPR_STRING ||
	       kind == IR_EXPR_ZERO || kind == IR_EXPR_FUNC || kind == IR_EXPR_MAP;
}

struct ir_expr *build_reusable(struct fn_build *fb, struct ir_expr *value, const char *name)
{
	if (build_is_reusable(value))
		return value;
	return build_read(fb, build_temp(fb, name, value), value->span);
}

struct ir_expr *build_twice(struct fn_build *fb, struct ir_expr *value, const char *name)
{
	const struct ir_place *place = value->kind == IR_EXPR_LOAD ? value->place : NULL;

	while (place && place->kind == IR_PLACE_FIELD)
		place = place->field.base;
	if (place && place->kind == IR_PLACE_LOCAL)
		return value;
	return build_reusable(fb, value, name);
}

/* ---- structure ---- */

struct scope_mark build_open(struct fn_build *fb, struct ir_stmt_vec *body)
{
	struct scope_mark mark = {fb->out, fb->dead};

	fb->out = body;
	return mark;
}

bool build_close(struct fn_build *fb, struct scope_mark mark)
{
	bool dead = fb->dead;

	fb->out = mark.out;
	fb->dead = mark.dead;
	return dead;
}

struct ir_stmt *build_if_stmt(struct fn_build *fb, struct ir_expr *cond, struct span span)
{
	struct ir_stmt *stmt = ir_stmt_new(fb->comp, IR_STMT_IF, span);

	stmt->iff.cond = cond;
	build_emit(fb, stmt);
	return stmt;
}

void build_block(struct fn_build *fb, struct ir_stmt *block, bool body_dead)
{
	build_emit(fb, block);
	fb->dead = fb->dead || (body_dead && !fb->label_used[block->block.label]);
}
