/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locals that nobody reads: their sets go, or become statements for the effect alone, and so do the
 * locals. What becomes unread by that follows.
 */
#include "ir/ir_passes.h"

struct usage {
	uint32_t reads;		 /* LOAD, ADDR, and other uses that keep it */
	struct ir_stmt_vec sets; /* the SETs of it */
	bool is_queued;
	bool is_removed; /* its sets are gone */
};

struct unused {
	struct compilation *comp;
	struct usage *usages; /* by local */
	VEC_TYPE(, struct ir_local *) queue;
	const struct ir_local *own; /* the SET's own local, which its walk does not count */
};

static void read_place(struct ir_walk *walk, struct ir_place *place)
{
	struct unused *unused = walk->user;

	if (place->kind == IR_PLACE_LOCAL)
		unused->usages[place->local->index].reads++;
}

/* Locals that an operation or a loop fills stay; of SET and its value see note_stmt(). */
static void keep_local(struct ir_walk *walk, struct ir_local *local)
{
	struct unused *unused = walk->user;

	if (local != unused->own)
		unused->usages[local->index].reads++;
}

static void note_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct unused *unused = walk->user;

	unused->own = NULL;
	if (stmt->kind != IR_STMT_SET)
		return;
	unused->own = stmt->set.local;
	vec_push(&unused->comp->arena, &unused->usages[stmt->set.local->index].sets, stmt);
}

/* The reads in a value that goes away. */
static void unread_place(struct ir_walk *walk, struct ir_place *place)
{
	struct unused *unused = walk->user;
	struct usage *usage;

	if (place->kind != IR_PLACE_LOCAL)
		return;
	usage = &unused->usages[place->local->index];
	if (--usage->reads || usage->is_queued || place->local->is_param)
		return;
	usage->is_queued = true;
	vec_push(&unused->comp->arena, &unused->queue, place->local);
}

static bool is_lookup_only(const struct ir_expr *root)
{
	return root->kind == IR_EXPR_OP && !root->op.buffer &&
	       (root->op.op == IR_OP_MAP_LOOKUP || root->op.op == IR_OP_PACKET_WINDOW ||
		root->op.op == IR_OP_PACKET_LEN || root->op.op == IR_OP_INDEX_ADDR);
}

/* Whether all sets of the local can do without it. */
static bool can_go(const struct usage *usage)
{
	vec_foreach (set, &usage->sets) {
		struct ir_expr *value = (*set)->set.value;

		if (value->kind != IR_EXPR_CALL && value->kind != IR_EXPR_OP && ir_may_trap(value))
			return false;
	}
	return true;
}

static void remove_sets(struct unused *unused, struct usage *usage)
{
	struct ir_walk walk = {.user = unused, .place = unread_place};

	usage->is_removed = true;
	vec_foreach (set, &usage->sets) {
		struct ir_stmt *stmt = *set;
		struct ir_expr *value = stmt->set.value;

		if ((value->kind == IR_EXPR_CALL || value->kind == IR_EXPR_OP) &&
		    !is_lookup_only(value)) {
			stmt->kind = IR_STMT_EVAL;
			stmt->eval = value;
			continue;
		}
		ir_walk_expr(&walk, &value);
		/* Taken out of its list below. */
		stmt->kind = IR_STMT_COMMENT;
		stmt->text = NULL;
	}
}

static void compact_body(struct ir_stmt_vec *stmts, void *user)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < stmts->len; i++) {
		struct ir_stmt *stmt = stmts->data[i];

		ir_each_body(stmt, compact_body, user);
		if (stmt->kind != IR_STMT_COMMENT || stmt->text)
			stmts->data[kept++] = stmt;
	}
	stmts->len = kept;
}

static void compact_locals(struct unused *unused, struct ir_func *func)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < func->locals.len; i++) {
		struct ir_local *local = func->locals.data[i];

		if (unused->usages[i].is_removed)
			continue;
		local->index = kept;
		func->locals.data[kept++] = local;
	}
	func->locals.len = kept;
}

void pass_unused(struct compilation *comp, struct ir_func *func)
{
	struct unused unused = {.comp = comp};
	struct ir_walk walk = {
		.user = &unused, .place = read_place, .set = keep_local, .stmt = note_stmt};

	unused.usages = arena_array(&comp->arena, struct usage, func->locals.len);
	ir_walk_stmts(&walk, &func->body);
	vec_foreach (local, &func->locals) {
		struct usage *usage = &unused.usages[(*local)->index];

		if ((*local)->is_param || usage->reads)
			continue;
		usage->is_queued = true;
		vec_push(&comp->arena, &unused.queue, *local);
	}
	while (unused.queue.len) {
		struct usage *usage = &unused.usages[unused.queue.data[--unused.queue.len]->index];

		if (can_go(usage))
			remove_sets(&unused, usage);
	}
	compact_body(&func->body, NULL);
	compact_locals(&unused, func);
}
