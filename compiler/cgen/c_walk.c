/* SPDX-License-Identifier: Apache-2.0 */
#include "cgen/c_walk.h"

static void walk_local(struct c_walker *walker, const struct ir_local *local, enum c_use use)
{
	if (local && walker->local)
		walker->local(walker, local, use);
}

static void walk_exprs(struct c_walker *walker, const struct ir_expr_vec *exprs)
{
	vec_foreach (expr, exprs) {
		if (*expr)
			c_walk_expr(walker, *expr);
	}
}

void c_walk_place(struct c_walker *walker, const struct ir_place *place, enum c_use use)
{
	if (walker->place)
		walker->place(walker, place);
	switch (place->kind) {
	case IR_PLACE_LOCAL:
		walk_local(walker, place->local, use);
		break;
	case IR_PLACE_GLOBAL:
		break;
	case IR_PLACE_DEREF:
		c_walk_expr(walker, place->deref.pointer);
		break;
	case IR_PLACE_FIELD:
		c_walk_place(walker, place->field.base, use);
		break;
	case IR_PLACE_INDEX:
		c_walk_place(walker, place->index.base, use);
		c_walk_expr(walker, place->index.index);
		break;
	}
}

static void walk_op(struct c_walker *walker, const struct ir_expr *expr)
{
	walk_exprs(walker, &expr->op.args);
	if (expr->op.map_pointer)
		c_walk_expr(walker, expr->op.map_pointer);
	if (expr->op.place)
		c_walk_place(walker, expr->op.place, C_USE_ADDRESS);
	vec_foreach (piece, &expr->op.print) {
		if (piece->arg)
			c_walk_expr(walker, piece->arg);
	}
	walk_local(walker, expr->op.buffer, C_USE_FILL);
}

void c_walk_expr(struct c_walker *walker, const struct ir_expr *expr)
{
	if (walker->expr)
		walker->expr(walker, expr);
	switch (expr->kind) {
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
		break;
	case IR_EXPR_LOAD:
		c_walk_place(walker, expr->place, C_USE_READ);
		break;
	case IR_EXPR_ADDR:
		c_walk_place(walker, expr->place, C_USE_ADDRESS);
		break;
	case IR_EXPR_UNARY:
		c_walk_expr(walker, expr->unary.operand);
		break;
	case IR_EXPR_CONVERT:
	case IR_EXPR_STR_LEN:
		c_walk_expr(walker, expr->convert.operand);
		break;
	case IR_EXPR_BINARY:
	case IR_EXPR_COMPARE:
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
		c_walk_expr(walker, expr->binary.left);
		c_walk_expr(walker, expr->binary.right);
		break;
	case IR_EXPR_SELECT:
		c_walk_expr(walker, expr->select.cond);
		c_walk_expr(walker, expr->select.then);
		c_walk_expr(walker, expr->select.otherwise);
		break;
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
		walk_exprs(walker, &expr->elems);
		break;
	case IR_EXPR_CALL:
		if (expr->call.pointer)
			c_walk_expr(walker, expr->call.pointer);
		walk_exprs(walker, &expr->call.args);
		walk_local(walker, expr->call.error, C_USE_FILL);
		break;
	case IR_EXPR_OP:
		walk_op(walker, expr);
		break;
	}
}

static void walk_list(struct c_walker *walker, const struct ir_stmt_vec *stmts, bool is_loop)
{
	if (walker->list)
		walker->list(walker, stmts, is_loop, true);
	c_walk_stmts(walker, stmts);
	if (walker->list)
		walker->list(walker, stmts, is_loop, false);
}

static void walk_switch(struct c_walker *walker, const struct ir_stmt *stmt)
{
	c_walk_expr(walker, stmt->swich.value);
	vec_foreach (one, &stmt->swich.cases)
		walk_list(walker, &one->body, false);
	walk_list(walker, &stmt->swich.otherwise, false);
}

static void walk_loop(struct c_walker *walker, const struct ir_stmt *stmt)
{
	if (stmt->kind == IR_STMT_WHILE) {
		c_walk_expr(walker, stmt->whil.cond);
		walk_list(walker, &stmt->whil.body, true);
	} else if (stmt->kind == IR_STMT_FOR) {
		c_walk_expr(walker, stmt->range.from);
		c_walk_expr(walker, stmt->range.to);
		walk_local(walker, stmt->range.local, C_USE_SET);
		walk_list(walker, &stmt->range.body, true);
	} else {
		walk_local(walker, stmt->each.key, C_USE_FILL);
		walk_local(walker, stmt->each.buffer, C_USE_FILL);
		walk_local(walker, stmt->each.entry, C_USE_SET);
		walk_list(walker, &stmt->each.body, true);
	}
}

static enum c_use store_use(const struct ir_stmt *stmt)
{
	if (stmt->kind == IR_STMT_STORE && stmt->store.place->kind == IR_PLACE_LOCAL)
		return C_USE_SET;
	return C_USE_WRITE;
}

static void walk_stmt(struct c_walker *walker, const struct ir_stmt *stmt)
{
	switch (stmt->kind) {
	case IR_STMT_SET:
		c_walk_expr(walker, stmt->set.value);
		walk_local(walker, stmt->set.local, C_USE_SET);
		break;
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
		c_walk_expr(walker, stmt->store.value);
		c_walk_place(walker, stmt->store.place, store_use(stmt));
		break;
	case IR_STMT_EVAL:
		c_walk_expr(walker, stmt->eval);
		break;
	case IR_STMT_BLOCK:
	case IR_STMT_LOOP:
		walk_list(walker, &stmt->block.body, stmt->kind == IR_STMT_LOOP);
		break;
	case IR_STMT_IF:
		c_walk_expr(walker, stmt->iff.cond);
		walk_list(walker, &stmt->iff.then, false);
		walk_list(walker, &stmt->iff.otherwise, false);
		break;
	case IR_STMT_IF_PRESENT:
		c_walk_expr(walker, stmt->iff.value);
		walk_local(walker, stmt->iff.local, C_USE_SET);
		walk_list(walker, &stmt->iff.then, false);
		walk_list(walker, &stmt->iff.otherwise, false);
		break;
	case IR_STMT_WHILE:
	case IR_STMT_FOR:
	case IR_STMT_FOR_MAP:
		walk_loop(walker, stmt);
		break;
	case IR_STMT_SWITCH:
		walk_switch(walker, stmt);
		break;
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
		if (stmt->value)
			c_walk_expr(walker, stmt->value);
		break;
	case IR_STMT_TAIL_CALL:
		c_walk_expr(walker, stmt->tail.otherwise);
		break;
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_COMMENT:
		break;
	}
}

void c_walk_stmts(struct c_walker *walker, const struct ir_stmt_vec *stmts)
{
	vec_foreach (stmt, stmts) {
		bool skipped = walker->skip && walker->skip(walker, *stmt);

		if (walker->stmt && !skipped)
			walker->stmt(walker, *stmt, true);
		if (!skipped)
			walk_stmt(walker, *stmt);
		if (walker->stmt)
			walker->stmt(walker, *stmt, false);
	}
}
