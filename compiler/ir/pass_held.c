/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records and objects a bpf function holds at its loops and calls: a loop that runs away ends
 * the program there, and the kernel refuses programs that can end while they hold something. The
 * checker has proved that each is released once on every other path, so one walk in the order of
 * execution is enough: where ways meet, what one of them holds is held or null on the others.
 */
#include "ir/ir_passes.h"

#include <string.h>

struct holding {
	struct compilation *comp;
	struct ir_func *func;
	uint32_t words;
	uint64_t *held;		/* by local index */
	uint64_t *released;	/* since the innermost loop began */
	uint64_t **targets;	/* by label: what is held at its BREAKs; NULL: none yet */
	struct ir_local **root; /* by local index: the local whose record it shares */
	bool dead;
};

static void visit_stmts(struct holding *holding, struct ir_stmt_vec *stmts);

/* ---- sets ---- */

static uint64_t *copy_held(struct holding *holding)
{
	return arena_memdup(&holding->comp->arena, holding->held,
			    holding->words * sizeof(*holding->held));
}

static struct ir_local *root_of(struct holding *holding, struct ir_local *local)
{
	struct ir_local *root = holding->root[local->index];

	return root ? root : local;
}

static bool is_held(const struct holding *holding, const struct ir_local *local)
{
	return holding->held[local->index / 64] >> (local->index % 64) & 1;
}

static void acquire(struct holding *holding, struct ir_local *local)
{
	holding->root[local->index] = NULL;
	holding->held[local->index / 64] |= UINT64_C(1) << (local->index % 64);
}

static void drop(struct holding *holding, struct ir_local *local)
{
	local = root_of(holding, local);
	holding->held[local->index / 64] &= ~(UINT64_C(1) << (local->index % 64));
}

static void release(struct holding *holding, struct ir_local *local)
{
	drop(holding, local);
	local = root_of(holding, local);
	holding->released[local->index / 64] |= UINT64_C(1) << (local->index % 64);
}

/* The way that came here goes on as the other one, or as both. */
static void meet(struct holding *holding, const uint64_t *other, bool other_is_dead)
{
	if (other_is_dead)
		return;
	for (uint32_t i = 0; i < holding->words; i++) {
		if (holding->dead)
			holding->held[i] = other[i];
		else
			holding->held[i] |= other[i];
	}
	holding->dead = false;
}

static void note(struct holding *holding, struct ir_local_vec *locals)
{
	locals->len = 0;
	for (uint32_t i = 0; i < holding->func->locals.len && !holding->dead; i++) {
		struct ir_local *local = holding->func->locals.data[i];

		if (is_held(holding, local))
			vec_push(&holding->comp->arena, locals, local);
	}
}

/* ---- expressions ---- */

/* The local that a value is read from as a whole, NULL for other values. */
static struct ir_local *local_of(const struct ir_expr *value)
{
	while (value && value->kind == IR_EXPR_CONVERT)
		value = value->convert.operand;
	if (!value || value->kind != IR_EXPR_LOAD || value->place->kind != IR_PLACE_LOCAL)
		return NULL;
	return value->place->local;
}

static void release_argument(struct holding *holding, const struct ir_expr *op, uint32_t index)
{
	struct ir_local *local = index < op->op.args.len ? local_of(op->op.args.data[index]) : NULL;

	if (local)
		release(holding, local);
}

/* A function of the module, which counts references. */
static void visit_kfunc(struct holding *holding, const struct ir_expr *root, struct ir_local *local)
{
	unsigned flags = root->op.kfunc ? root->op.kfunc->kfunc_flags : 0;

	for (uint32_t i = 0; flags & KFUNC_RELEASE && i < root->op.args.len; i++) {
		if (root->op.args.data[i]->type->kind == TYPE_PTR)
			release_argument(holding, root, i);
	}
	if (flags & KFUNC_ACQUIRE && local)
		acquire(holding, local);
}

/* The root of a statement: what it gives to `local` (or NULL) or takes away. */
static void visit_root(struct holding *holding, struct ir_expr *root, struct ir_local *local)
{
	struct ir_local *from = local_of(root);

	if (local && from && root->type->kind == TYPE_PTR) {
		holding->root[local->index] = root_of(holding, from);
		return;
	}
	if (root->kind == IR_EXPR_CALL)
		note(holding, &root->call.held);
	if (root->kind != IR_EXPR_OP)
		return;
	switch (root->op.op) {
	case IR_OP_RINGBUF_RESERVE:
	case IR_OP_RINGBUF_RESERVE_BYTES:
	case IR_OP_ALLOC:
		if (local)
			acquire(holding, local);
		break;
	case IR_OP_RINGBUF_SUBMIT:
	case IR_OP_RINGBUF_DISCARD:
	case IR_OP_FREE:
		release_argument(holding, root, 0);
		break;
	case IR_OP_KFUNC:
		visit_kfunc(holding, root, local);
		break;
	case IR_OP_KPTR_STORE:
		release_argument(holding, root, 1);
		break;
	default: /* nothing is held or released by the others */
		break;
	}
}

/* On the way where a pointer is null nothing is held. */
static void assume(struct holding *holding, const struct ir_expr *cond, bool holds)
{
	struct ir_local *local;
	enum binary_op null_when;

	if (cond->kind == IR_EXPR_UNARY) {
		assume(holding, cond->unary.operand, !holds);
		return;
	}
	if ((cond->kind == IR_EXPR_LOGAND && holds) || (cond->kind == IR_EXPR_LOGOR && !holds)) {
		assume(holding, cond->binary.left, holds);
		assume(holding, cond->binary.right, holds);
		return;
	}
	if (cond->kind != IR_EXPR_COMPARE || cond->binary.right->kind != IR_EXPR_CONST)
		return;
	local = local_of(cond->binary.left);
	null_when = holds ? BINARY_EQ : BINARY_NE;
	if (local && local->type->kind == TYPE_PTR && cond->binary.op == null_when)
		drop(holding, local);
}

/* ---- statements ---- */

static void visit_if(struct holding *holding, struct ir_stmt *stmt)
{
	uint64_t *before = copy_held(holding), *after;
	struct ir_local *local = stmt->iff.local, *from;
	bool was_dead = holding->dead, then_is_dead;

	if (stmt->kind == IR_STMT_IF_PRESENT)
		visit_root(holding, stmt->iff.value, local);
	else
		assume(holding, stmt->iff.cond, true);
	visit_stmts(holding, &stmt->iff.then);
	after = copy_held(holding);
	then_is_dead = holding->dead;
	memcpy(holding->held, before, holding->words * sizeof(*before));
	holding->dead = was_dead;
	from = stmt->kind == IR_STMT_IF_PRESENT ? local_of(stmt->iff.value) : NULL;
	if (from)
		drop(holding, from);
	else if (stmt->kind == IR_STMT_IF)
		assume(holding, stmt->iff.cond, false);
	visit_stmts(holding, &stmt->iff.otherwise);
	meet(holding, after, then_is_dead);
}

static void visit_labelled(struct holding *holding, uint32_t label, struct ir_stmt_vec *body)
{
	holding->targets[label] = NULL;
	visit_stmts(holding, body);
	if (holding->targets[label])
		meet(holding, holding->targets[label], false);
}

/* A round holds at its end what it held at its start. */
static void visit_loop(struct holding *holding, struct ir_stmt *stmt, uint32_t label,
		       struct ir_stmt_vec *body)
{
	uint64_t *before = copy_held(holding), *released = holding->released;
	bool ends = stmt->kind != IR_STMT_LOOP && !holding->dead;

	note(holding, &stmt->held);
	holding->targets[label] = NULL;
	holding->released = arena_array(&holding->comp->arena, uint64_t, holding->words);
	visit_stmts(holding, body);
	for (uint32_t i = 0; i < holding->words; i++) {
		stmt->releases_held |= (holding->released[i] & before[i]) != 0;
		released[i] |= holding->released[i];
	}
	holding->released = released;
	holding->dead = true;
	meet(holding, before, !ends);
	if (holding->targets[label])
		meet(holding, holding->targets[label], false);
}

static void visit_switch(struct holding *holding, struct ir_stmt *stmt)
{
	uint64_t *before = copy_held(holding), *after = copy_held(holding);
	bool was_dead = holding->dead, after_is_dead = true;

	for (uint32_t i = 0; i <= stmt->swich.cases.len; i++) {
		memcpy(holding->held, before, holding->words * sizeof(*before));
		holding->dead = was_dead;
		visit_stmts(holding, i < stmt->swich.cases.len ? &stmt->swich.cases.data[i].body
							       : &stmt->swich.otherwise);
		meet(holding, after, after_is_dead);
		memcpy(after, holding->held, holding->words * sizeof(*after));
		after_is_dead = holding->dead;
	}
}

static void visit_break(struct holding *holding, uint32_t label)
{
	uint64_t *target = holding->targets[label];

	if (holding->dead)
		return;
	if (!target)
		holding->targets[label] = copy_held(holding);
	for (uint32_t i = 0; target && i < holding->words; i++)
		target[i] |= holding->held[i];
	holding->dead = true;
}

static void visit_stmt(struct holding *holding, struct ir_stmt *stmt)
{
	switch (stmt->kind) {
	case IR_STMT_SET:
		visit_root(holding, stmt->set.value, stmt->set.local);
		break;
	case IR_STMT_EVAL:
		visit_root(holding, stmt->eval, NULL);
		break;
	case IR_STMT_BLOCK:
		visit_labelled(holding, stmt->block.label, &stmt->block.body);
		break;
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		visit_if(holding, stmt);
		break;
	case IR_STMT_LOOP:
		visit_loop(holding, stmt, stmt->block.label, &stmt->block.body);
		break;
	case IR_STMT_WHILE:
		visit_loop(holding, stmt, stmt->whil.label, &stmt->whil.body);
		break;
	case IR_STMT_FOR:
		visit_loop(holding, stmt, stmt->range.label, &stmt->range.body);
		break;
	case IR_STMT_FOR_MAP:
		visit_loop(holding, stmt, stmt->each.label, &stmt->each.body);
		break;
	case IR_STMT_SWITCH:
		visit_switch(holding, stmt);
		break;
	case IR_STMT_BREAK:
		visit_break(holding, stmt->label);
		break;
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
		holding->dead = true;
		break;
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_COMMENT:
		break;
	}
}

static void visit_stmts(struct holding *holding, struct ir_stmt_vec *stmts)
{
	vec_foreach (stmt, stmts)
		visit_stmt(holding, *stmt);
}

/* ---- the pass ---- */

static void find_acquisition(struct ir_walk *walk, struct ir_expr *expr)
{
	bool *found = walk->user;

	if (expr->kind != IR_EXPR_OP)
		return;
	*found |= expr->op.op == IR_OP_RINGBUF_RESERVE ||
		  expr->op.op == IR_OP_RINGBUF_RESERVE_BYTES || expr->op.op == IR_OP_ALLOC;
	*found |= expr->op.op == IR_OP_KFUNC && expr->op.kfunc &&
		  expr->op.kfunc->kfunc_flags & KFUNC_ACQUIRE;
}

void pass_held(struct compilation *comp, struct ir_func *func)
{
	struct holding holding = {.comp = comp, .func = func};
	struct ir_walk walk = {.expr = find_acquisition};
	bool found = false;

	if (func->target != TARGET_BPF)
		return;
	walk.user = &found;
	ir_walk_stmts(&walk, &func->body);
	if (!found)
		return;
	holding.words = (func->locals.len + 63) / 64;
	holding.held = arena_array(&comp->arena, uint64_t, holding.words);
	holding.released = arena_array(&comp->arena, uint64_t, holding.words);
	holding.targets = arena_array(&comp->arena, uint64_t *, func->label_count);
	holding.root = arena_array(&comp->arena, struct ir_local *, func->locals.len);
	visit_stmts(&holding, &func->body);
}
