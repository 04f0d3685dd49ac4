/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which locals are set as a whole on every way before anything reads them: those need no zero at
 * the start of the function. One walk in the order of execution with the set of locals that are
 * surely set; where ways meet the sets are intersected. A loop's start has what stands before it,
 * for a round never takes anything away.
 */
#include "ir/ir_passes.h"

#include <string.h>

struct uninit {
	struct compilation *comp;
	struct ir_func *func;
	uint32_t words;
	uint64_t *set;	    /* surely set here */
	uint64_t **targets; /* by label: what is set at every BREAK so far; NULL: none yet */
	uint8_t *needs_zero;
	bool dead;		     /* control does not come here: everything counts as set */
	VEC_TYPE(, uint64_t *) free; /* sets that are not in use */
};

static void visit_stmts(struct uninit *uninit, struct ir_stmt_vec *stmts);

/* ---- sets ---- */

static uint64_t *set_copy(struct uninit *uninit)
{
	uint64_t *copy = uninit->free.len
				 ? uninit->free.data[--uninit->free.len]
				 : arena_array(&uninit->comp->arena, uint64_t, uninit->words);

	memcpy(copy, uninit->set, uninit->words * sizeof(*copy));
	return copy;
}

static void set_intersect(struct uninit *uninit, uint64_t *into, const uint64_t *from)
{
	for (uint32_t i = 0; i < uninit->words; i++)
		into[i] &= from[i];
}

static bool is_set(const struct uninit *uninit, const struct ir_local *local)
{
	return uninit->dead || (uninit->set[local->index / 64] >> (local->index % 64) & 1);
}

static void make_set(struct ir_walk *walk, struct ir_local *local)
{
	struct uninit *uninit = walk->user;

	uninit->set[local->index / 64] |= UINT64_C(1) << (local->index % 64);
}

static void read_place(struct ir_walk *walk, struct ir_place *place)
{
	struct uninit *uninit = walk->user;

	if (place->kind == IR_PLACE_LOCAL && !is_set(uninit, place->local))
		uninit->needs_zero[place->local->index] = 1;
}

/* ---- control ---- */

/* The state that was reached on some way; the other one is the current. */
struct way {
	uint64_t *set;
	bool dead;
};

static struct way save(struct uninit *uninit)
{
	return (struct way){set_copy(uninit), uninit->dead};
}

/* Nobody needs the way any more. */
static void forget(struct uninit *uninit, struct way way)
{
	if (way.set)
		vec_push(&uninit->comp->arena, &uninit->free, way.set);
}

static void restore(struct uninit *uninit, struct way way)
{
	memcpy(uninit->set, way.set, uninit->words * sizeof(*uninit->set));
	uninit->dead = way.dead;
}

/* The current state and another way meet. */
static void meet(struct uninit *uninit, struct way way)
{
	if (way.dead)
		return;
	if (uninit->dead)
		restore(uninit, way);
	else
		set_intersect(uninit, uninit->set, way.set);
}

static void jump(struct uninit *uninit, uint32_t label)
{
	if (!uninit->dead) {
		if (!uninit->targets[label])
			uninit->targets[label] = set_copy(uninit);
		else
			set_intersect(uninit, uninit->targets[label], uninit->set);
	}
	uninit->dead = true;
}

/* What breaks to the label comes here too. */
static void land(struct uninit *uninit, uint32_t label)
{
	if (uninit->targets[label])
		meet(uninit, (struct way){uninit->targets[label], false});
}

static void visit_branches(struct uninit *uninit, struct ir_stmt *stmt)
{
	struct way before = save(uninit), after;

	visit_stmts(uninit, &stmt->iff.then);
	after = save(uninit);
	restore(uninit, before);
	visit_stmts(uninit, &stmt->iff.otherwise);
	meet(uninit, after);
	forget(uninit, before);
	forget(uninit, after);
}

/* A loop that may end before its first round. */
static void visit_rounds(struct uninit *uninit, struct ir_stmt_vec *body, uint32_t label)
{
	struct way before = save(uninit);

	visit_stmts(uninit, body);
	restore(uninit, before);
	forget(uninit, before);
	land(uninit, label);
}

static void visit_switch(struct uninit *uninit, struct ir_stmt *stmt)
{
	struct way before = save(uninit), after = {NULL, true};

	vec_foreach (one, &stmt->swich.cases) {
		restore(uninit, before);
		visit_stmts(uninit, &one->body);
		meet(uninit, after);
		forget(uninit, after);
		after = save(uninit);
	}
	restore(uninit, before);
	visit_stmts(uninit, &stmt->swich.otherwise);
	meet(uninit, after);
	forget(uninit, before);
	forget(uninit, after);
}

/* C code gets the result of a call that may throw through its address, and not when it throws. */
static bool is_set_perhaps(const struct uninit *uninit, const struct ir_stmt *stmt)
{
	return stmt->kind == IR_STMT_SET && stmt->set.value->kind == IR_EXPR_CALL &&
	       stmt->set.value->call.error && uninit->func->target != TARGET_BPF;
}

/* The counter and the entry of a round are set inside of it. */
static void visit_stmt(struct uninit *uninit, struct ir_stmt *stmt)
{
	struct ir_walk walk = {.user = uninit, .place = read_place, .set = make_set};

	if (is_set_perhaps(uninit, stmt))
		uninit->needs_zero[stmt->set.local->index] = 1;
	ir_walk_own(&walk, stmt);
	switch (stmt->kind) {
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		visit_branches(uninit, stmt);
		break;
	case IR_STMT_BLOCK:
		visit_stmts(uninit, &stmt->block.body);
		land(uninit, stmt->block.label);
		break;
	case IR_STMT_LOOP:
		visit_stmts(uninit, &stmt->block.body);
		uninit->dead = true;
		land(uninit, stmt->block.label);
		break;
	case IR_STMT_WHILE:
		visit_rounds(uninit, &stmt->whil.body, stmt->whil.label);
		break;
	case IR_STMT_FOR:
		visit_rounds(uninit, &stmt->range.body, stmt->range.label);
		break;
	case IR_STMT_FOR_MAP:
		visit_rounds(uninit, &stmt->each.body, stmt->each.label);
		break;
	case IR_STMT_SWITCH:
		visit_switch(uninit, stmt);
		break;
	case IR_STMT_BREAK:
		jump(uninit, stmt->label);
		break;
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
		uninit->dead = true;
		break;
	case IR_STMT_EVAL:
		uninit->dead |= stmt->eval->kind == IR_EXPR_OP && stmt->eval->op.op == IR_OP_PANIC;
		break;
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_COMMENT:
		break;
	}
}

static void visit_stmts(struct uninit *uninit, struct ir_stmt_vec *stmts)
{
	vec_foreach (stmt, stmts)
		visit_stmt(uninit, *stmt);
}

void pass_uninit(struct compilation *comp, struct ir_func *func)
{
	uint32_t count = func->locals.len;
	struct uninit uninit = {.comp = comp, .func = func, .words = (count + 63) / 64};

	uninit.set = arena_array(&comp->arena, uint64_t, uninit.words);
	uninit.targets = arena_array(&comp->arena, uint64_t *, func->label_count);
	uninit.needs_zero = arena_array(&comp->arena, uint8_t, count);
	visit_stmts(&uninit, &func->body);
	vec_foreach (local, &func->locals)
		(*local)->uninit = !(*local)->is_param && !uninit.needs_zero[(*local)->index];
}
