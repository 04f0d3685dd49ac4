/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf code: a lookup of an entry that was looked up before on every way here, with nothing in
 * between that could change the map or the key, takes the first one's result:
 * `if (m[k]) { x = m[k].f }` looks up once.
 */
#include "ir/ir_passes.h"

/* Few are ever valid at one point; the oldest goes when there are more. */
#define KNOWN_MAX 8

/* A lookup whose result still stands. */
struct known {
	const struct ir_map *map;
	struct ir_expr *key;
	struct ir_local *result;
	bool reads_memory; /* the key does */
};

struct known_set {
	struct known lookups[KNOWN_MAX];
	uint32_t count;
};

struct lookups {
	struct compilation *comp;
	struct known_set known;
};

static void visit_stmts(struct lookups *lookups, struct ir_stmt_vec *stmts);

/* ---- equal keys ---- */

static bool same_expr(const struct ir_expr *a, const struct ir_expr *b);

static bool same_place(const struct ir_place *a, const struct ir_place *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case IR_PLACE_LOCAL:
		return a->local == b->local;
	case IR_PLACE_GLOBAL:
		return a->global == b->global;
	case IR_PLACE_DEREF:
		return a->deref.access == b->deref.access &&
		       same_expr(a->deref.pointer, b->deref.pointer);
	case IR_PLACE_FIELD:
		return a->field.field == b->field.field &&
		       a->field.offset_bits == b->field.offset_bits &&
		       same_place(a->field.base, b->field.base);
	case IR_PLACE_INDEX:
		return same_place(a->index.base, b->index.base) &&
		       same_expr(a->index.index, b->index.index);
	}
	return false;
}

static bool same_elems(const struct ir_expr *a, const struct ir_expr *b)
{
	if (a->elems.len != b->elems.len)
		return false;
	for (uint32_t i = 0; i < a->elems.len; i++) {
		const struct ir_expr *left = a->elems.data[i], *right = b->elems.data[i];

		if (left != right && (!left || !right || !same_expr(left, right)))
			return false;
	}
	return true;
}

/* Surely equal when both are evaluated at one point; false when in doubt. */
static bool same_expr(const struct ir_expr *a, const struct ir_expr *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->type != b->type)
		return false;
	if (a->kind == IR_EXPR_CONST)
		return a->bits == b->bits && a->symbol == b->symbol;
	if (a->kind == IR_EXPR_LOAD || a->kind == IR_EXPR_ADDR)
		return same_place(a->place, b->place);
	if (a->kind == IR_EXPR_CONVERT)
		return a->convert.how == b->convert.how &&
		       same_expr(a->convert.operand, b->convert.operand);
	if (a->kind == IR_EXPR_BINARY)
		return a->binary.op == b->binary.op && same_expr(a->binary.left, b->binary.left) &&
		       same_expr(a->binary.right, b->binary.right);
	if (a->kind == IR_EXPR_STRUCT || a->kind == IR_EXPR_ARRAY)
		return same_elems(a, b);
	return a->kind == IR_EXPR_ZERO;
}

/* ---- what changes ---- */

struct key_query {
	const struct ir_local *local; /* asked for */
	bool found, memory;
};

static void query_place(struct ir_walk *walk, struct ir_place *place)
{
	struct key_query *query = walk->user;

	if (place->kind == IR_PLACE_LOCAL) {
		query->found |= place->local == query->local;
		query->memory |= place->local->address_taken;
	} else if (place->kind == IR_PLACE_GLOBAL || place->kind == IR_PLACE_DEREF) {
		query->memory = true;
	}
}

static struct key_query query_key(struct ir_expr *key, const struct ir_local *local)
{
	struct key_query query = {.local = local};
	struct ir_walk walk = {.user = &query, .place = query_place};

	ir_walk_expr(&walk, &key);
	return query;
}

static void forget(struct known_set *known, uint32_t index)
{
	known->lookups[index] = known->lookups[--known->count];
}

static void forget_local(struct known_set *known, const struct ir_local *local)
{
	for (uint32_t i = known->count; i-- > 0;) {
		struct known *one = &known->lookups[i];

		if (one->result == local || query_key(one->key, local).found)
			forget(known, i);
	}
}

static void forget_memory(struct known_set *known)
{
	for (uint32_t i = known->count; i-- > 0;)
		if (known->lookups[i].reads_memory)
			forget(known, i);
}

/* What a statement may change before its own lookup is known. */
static void visit_set(struct ir_walk *walk, struct ir_local *local)
{
	struct lookups *lookups = walk->user;

	forget_local(&lookups->known, local);
}

static bool only_reads(const struct ir_expr *root)
{
	if (root->kind == IR_EXPR_CALL)
		return false;
	if (root->kind != IR_EXPR_OP)
		return true;
	return root->op.op == IR_OP_MAP_LOOKUP || root->op.op == IR_OP_PACKET_WINDOW ||
	       root->op.op == IR_OP_PACKET_LEN || root->op.op == IR_OP_INDEX_ADDR ||
	       root->op.op == IR_OP_PRINT;
}

/* ---- the walk ---- */

static bool is_lookup(const struct ir_expr *root)
{
	return root->kind == IR_EXPR_OP && root->op.op == IR_OP_MAP_LOOKUP &&
	       !root->op.map_pointer && root->op.args.len == 1;
}

/* The value of SET and IF_PRESENT: perhaps known already. */
static void visit_root(struct lookups *lookups, struct ir_expr **root, struct ir_local *result)
{
	struct known_set *known = &lookups->known;
	struct ir_expr *op = *root;
	struct known fresh;

	if (!only_reads(op)) {
		known->count = 0;
		return;
	}
	if (!is_lookup(op)) {
		forget_local(known, result);
		return;
	}
	for (uint32_t i = 0; i < known->count; i++) {
		if (known->lookups[i].map != op->op.map ||
		    !same_expr(known->lookups[i].key, op->op.args.data[0]))
			continue;
		*root = ir_load_local(lookups->comp, known->lookups[i].result, op->span);
		forget_local(known, result);
		return;
	}
	forget_local(known, result);
	fresh = (struct known){op->op.map, op->op.args.data[0], result, false};
	if (query_key(fresh.key, result).found)
		return;
	fresh.reads_memory = query_key(fresh.key, NULL).memory;
	if (known->count == KNOWN_MAX)
		forget(known, 0);
	known->lookups[known->count++] = fresh;
}

/* Only what stands on both ways stands behind them. */
static void join(struct known_set *into, const struct known_set *other)
{
	for (uint32_t i = into->count; i-- > 0;) {
		bool found = false;

		for (uint32_t j = 0; j < other->count; j++)
			found |= other->lookups[j].result == into->lookups[i].result &&
				 other->lookups[j].key == into->lookups[i].key;
		if (!found)
			forget(into, i);
	}
}

static void visit_branches(struct lookups *lookups, struct ir_stmt_vec *then,
			   struct ir_stmt_vec *otherwise)
{
	struct known_set before = lookups->known, after;

	visit_stmts(lookups, then);
	after = lookups->known;
	lookups->known = before;
	visit_stmts(lookups, otherwise);
	if (!ir_falls_through(otherwise))
		lookups->known = after;
	else if (ir_falls_through(then))
		join(&lookups->known, &after);
}

/* Rounds of a loop and jumps to a label: nothing is known at either end. */
static void visit_apart(struct ir_stmt_vec *body, void *user)
{
	struct lookups *lookups = user;

	lookups->known.count = 0;
	visit_stmts(lookups, body);
	lookups->known.count = 0;
}

static void visit_switch(struct lookups *lookups, struct ir_stmt *stmt)
{
	struct known_set before = lookups->known;

	vec_foreach (one, &stmt->swich.cases) {
		lookups->known = before;
		visit_stmts(lookups, &one->body);
	}
	lookups->known = before;
	visit_stmts(lookups, &stmt->swich.otherwise);
	lookups->known.count = 0;
}

static void visit_stmt(struct lookups *lookups, struct ir_stmt *stmt)
{
	struct ir_walk sets = {.user = lookups, .set = visit_set};

	switch (stmt->kind) {
	case IR_STMT_SET:
		visit_root(lookups, &stmt->set.value, stmt->set.local);
		break;
	case IR_STMT_IF_PRESENT:
		visit_root(lookups, &stmt->iff.value, stmt->iff.local);
		visit_branches(lookups, &stmt->iff.then, &stmt->iff.otherwise);
		break;
	case IR_STMT_IF:
		visit_branches(lookups, &stmt->iff.then, &stmt->iff.otherwise);
		break;
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
		forget_memory(&lookups->known);
		if (ir_place_root(stmt->store.place)->kind == IR_PLACE_LOCAL)
			forget_local(&lookups->known, ir_place_root(stmt->store.place)->local);
		break;
	case IR_STMT_EVAL:
		if (!only_reads(stmt->eval))
			lookups->known.count = 0;
		ir_walk_own(&sets, stmt);
		break;
	case IR_STMT_SWITCH:
		visit_switch(lookups, stmt);
		break;
	case IR_STMT_BLOCK:
		/* What is known before still stands inside. */
		visit_stmts(lookups, &stmt->block.body);
		lookups->known.count = 0;
		break;
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR:
	case IR_STMT_FOR_MAP:
		ir_each_body(stmt, visit_apart, lookups);
		break;
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break;
	}
}

static void visit_stmts(struct lookups *lookups, struct ir_stmt_vec *stmts)
{
	vec_foreach (stmt, stmts)
		visit_stmt(lookups, *stmt);
}

void pass_lookups(struct compilation *comp, struct ir_func *func)
{
	struct lookups lookups = {.comp = comp};

	if (func->target == TARGET_BPF)
		visit_stmts(&lookups, &func->body);
}
