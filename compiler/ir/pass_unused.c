/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locals that nobody reads: what sets them or stores into them goes, or becomes a statement for the
 * effect alone, and so do the locals. What becomes unread by that follows. Parameters stay.
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
	/* What the walk over a statement does not count: its own local, the root of its place. */
	const struct ir_local *own;
	const struct ir_place *own_root;
};

static void read_place(struct ir_walk *walk, struct ir_place *place)
{
	struct unused *unused = walk->user;

	if (place->kind == IR_PLACE_LOCAL && place != unused->own_root)
		unused->usages[place->local->index].reads++;
}

/* Locals that an operation or a loop fills stay; of SET and its value see note_stmt(). */
static void keep_local(struct ir_walk *walk, struct ir_local *local)
{
	struct unused *unused = walk->user;

	if (local != unused->own)
		unused->usages[local->index].reads++;
}

/* The local that a statement gives a value, or a part of one; NULL for other statements. */
static const struct ir_local *set_by(const struct ir_stmt *stmt, const struct ir_place **root)
{
	const struct ir_place *place = NULL;

	*root = NULL;
	if (stmt->kind == IR_STMT_SET)
		return stmt->set.local;
	if (stmt->kind == IR_STMT_STORE || stmt->kind == IR_STMT_UPDATE)
		place = ir_place_root(stmt->store.place);
	if (!place || place->kind != IR_PLACE_LOCAL || place->local->address_taken)
		return NULL;
	*root = place;
	return place->local;
}

static void note_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct unused *unused = walk->user;

	unused->own = set_by(stmt, &unused->own_root);
	if (unused->own)
		vec_push(&unused->comp->arena, &unused->usages[unused->own->index].sets, stmt);
}

/* The reads in a value that goes away. */
static void unread_place(struct ir_walk *walk, struct ir_place *place)
{
	struct unused *unused = walk->user;
	struct usage *usage;

	if (place->kind != IR_PLACE_LOCAL || place == unused->own_root)
		return;
	usage = &unused->usages[place->local->index];
	if (--usage->reads || usage->is_queued)
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

static void find_trap(struct ir_walk *walk, struct ir_place *place)
{
	*(bool *)walk->user |=
		place->kind == IR_PLACE_DEREF && place->deref.access == IR_ACCESS_NULL_TRAP;
}

/* Whether all sets of the local can do without it: none may end the program by itself. */
static bool can_go(const struct usage *usage)
{
	bool traps = false;
	struct ir_walk walk = {.user = &traps, .place = find_trap};

	vec_foreach (set, &usage->sets) {
		struct ir_expr *value = (*set)->kind == IR_STMT_SET ? (*set)->set.value : NULL;

		if (!value || (value->kind != IR_EXPR_CALL && value->kind != IR_EXPR_OP))
			ir_walk_own(&walk, *set);
	}
	return !traps;
}

static void remove_sets(struct unused *unused, struct usage *usage)
{
	struct ir_walk walk = {.user = unused, .place = unread_place};

	usage->is_removed = true;
	vec_foreach (set, &usage->sets) {
		struct ir_stmt *stmt = *set;
		struct ir_expr *value = stmt->kind == IR_STMT_SET ? stmt->set.value : NULL;

		if (value && (value->kind == IR_EXPR_CALL || value->kind == IR_EXPR_OP) &&
		    !is_lookup_only(value)) {
			stmt->kind = IR_STMT_EVAL;
			stmt->eval = value;
			continue;
		}
		set_by(stmt, &unused->own_root);
		ir_walk_own(&walk, stmt);
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

		if (unused->usages[i].is_removed && !local->is_param)
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

		if (usage->reads)
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
