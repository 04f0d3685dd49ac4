/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about IR that one walk answers. */
#include "cgen/c_query.h"

#include "cgen/c_walk.h"

struct question {
	const struct ir_local *local;
	uint32_t label, count;
	bool found;
};

static void on_needed(struct c_walker *walker, const struct ir_expr *expr)
{
	struct question *question = walker->user;

	question->found |= expr->kind == IR_EXPR_OP && expr->op.buffer == question->local &&
			   expr->op.op != IR_OP_MAP_LOOKUP;
}

bool c_is_needed(const struct ir_stmt_vec *stmts, const struct ir_local *local)
{
	struct question question = {.local = local};
	struct c_walker walker = {.user = &question, .expr = on_needed};

	c_walk_stmts(&walker, stmts);
	return question.found;
}

static void on_change(struct c_walker *walker, const struct ir_local *local, enum c_use use)
{
	struct question *question = walker->user;

	question->found |= local == question->local && use != C_USE_READ;
}

bool c_is_changed(const struct ir_stmt_vec *stmts, const struct ir_local *local)
{
	struct question question = {.local = local};
	struct c_walker walker = {.user = &question, .local = on_change};

	c_walk_stmts(&walker, stmts);
	return question.found;
}

static void on_trap(struct c_walker *walker, const struct ir_place *place)
{
	struct question *question = walker->user;

	question->found |=
		place->kind == IR_PLACE_DEREF && place->deref.access == IR_ACCESS_NULL_TRAP;
}

bool c_stmt_can_trap(const struct ir_stmt *stmt)
{
	struct question question = {0};
	struct c_walker walker = {.user = &question, .place = on_trap};
	struct ir_stmt_vec one = {(struct ir_stmt *[]){(struct ir_stmt *)stmt}, 1, 1};

	c_walk_stmts(&walker, &one);
	return question.found;
}

bool c_can_trap(const struct ir_expr *expr)
{
	struct question question = {0};
	struct c_walker walker = {.user = &question, .place = on_trap};

	c_walk_expr(&walker, expr);
	return question.found;
}

static void on_mention(struct c_walker *walker, const struct ir_local *local, enum c_use use)
{
	struct question *question = walker->user;

	question->count += local == question->local;
}

uint32_t c_mentions(const struct ir_expr *expr, const struct ir_local *local)
{
	struct question question = {.local = local};
	struct c_walker walker = {.user = &question, .local = on_mention};

	c_walk_expr(&walker, expr);
	return question.count;
}

bool c_stmt_mentions(const struct ir_stmt *stmt, const struct ir_local *local)
{
	struct question question = {.local = local};
	struct c_walker walker = {.user = &question, .local = on_mention};
	struct ir_stmt_vec one = {(struct ir_stmt *[]){(struct ir_stmt *)stmt}, 1, 1};

	c_walk_stmts(&walker, &one);
	return question.count;
}

static void on_break(struct c_walker *walker, const struct ir_stmt *stmt, bool begin)
{
	struct question *question = walker->user;

	question->count += begin && stmt->kind == IR_STMT_BREAK && stmt->label == question->label;
}

uint32_t c_count_breaks(const struct ir_stmt_vec *stmts, uint32_t label)
{
	struct question question = {.label = label};
	struct c_walker walker = {.user = &question, .stmt = on_break};

	c_walk_stmts(&walker, stmts);
	return question.count;
}
