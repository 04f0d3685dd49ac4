/* SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir_walk.h"

static void walk_exprs(struct ir_walk *walk, struct ir_expr_vec *exprs)
{
	vec_foreach (expr, exprs)
		ir_walk_expr(walk, expr);
}

static void walk_set(struct ir_walk *walk, struct ir_local *local)
{
	if (local && walk->set)
		walk->set(walk, local);
}

void ir_walk_place(struct ir_walk *walk, struct ir_place *place)
{
	switch (place->kind) {
	case IR_PLACE_LOCAL:
	case IR_PLACE_GLOBAL:
		break;
	case IR_PLACE_DEREF:
		ir_walk_expr(walk, &place->deref.pointer);
		break;
	case IR_PLACE_FIELD:
		ir_walk_place(walk, place->field.base);
		break;
	case IR_PLACE_INDEX:
		ir_walk_place(walk, place->index.base);
		ir_walk_expr(walk, &place->index.index);
		break;
	}
	if (walk->place)
		walk->place(walk, place);
}

static void walk_call(struct ir_walk *walk, struct ir_expr *expr)
{
	if (expr->call.pointer)
		ir_walk_expr(walk, &expr->call.pointer);
	walk_exprs(walk, &expr->call.args);
	walk_set(walk, expr->call.error);
}

static void walk_op(struct ir_walk *walk, struct ir_expr *expr)
{
	if (expr->op.map_pointer)
		ir_walk_expr(walk, &expr->op.map_pointer);
	walk_exprs(walk, &expr->op.args);
	vec_foreach (piece, &expr->op.print) {
		if (piece->arg)
			ir_walk_expr(walk, &piece->arg);
	}
	if (expr->op.place)
		ir_walk_place(walk, expr->op.place);
	walk_set(walk, expr->op.buffer);
}

static void walk_operands(struct ir_walk *walk, struct ir_expr *expr)
{
	switch (expr->kind) {
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
		break;
	case IR_EXPR_LOAD:
	case IR_EXPR_ADDR:
		ir_walk_place(walk, expr->place);
		break;
	case IR_EXPR_UNARY:
		ir_walk_expr(walk, &expr->unary.operand);
		break;
	case IR_EXPR_CONVERT:
	case IR_EXPR_STR_LEN:
		ir_walk_expr(walk, &expr->convert.operand);
		break;
	case IR_EXPR_SELECT:
		ir_walk_expr(walk, &expr->select.cond);
		ir_walk_expr(walk, &expr->select.then);
		ir_walk_expr(walk, &expr->select.otherwise);
		break;
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
		walk_exprs(walk, &expr->elems);
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
		ir_walk_expr(walk, &expr->binary.left);
		ir_walk_expr(walk, &expr->binary.right);
		break;
	case IR_EXPR_CALL:
		walk_call(walk, expr);
		break;
	case IR_EXPR_OP:
		walk_op(walk, expr);
		break;
	}
}

void ir_walk_expr(struct ir_walk *walk, struct ir_expr **expr)
{
	if (!*expr)
		return;
	walk_operands(walk, *expr);
	if (walk->expr)
		walk->expr(walk, *expr);
	if (walk->replace)
		*expr = walk->replace(walk, *expr);
}

void ir_walk_own(struct ir_walk *walk, struct ir_stmt *stmt)
{
	switch (stmt->kind) {
	case IR_STMT_SET:
		ir_walk_expr(walk, &stmt->set.value);
		walk_set(walk, stmt->set.local);
		break;
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
		ir_walk_place(walk, stmt->store.place);
		ir_walk_expr(walk, &stmt->store.value);
		break;
	case IR_STMT_EVAL:
		ir_walk_expr(walk, &stmt->eval);
		break;
	case IR_STMT_IF:
		ir_walk_expr(walk, &stmt->iff.cond);
		break;
	case IR_STMT_IF_PRESENT:
		ir_walk_expr(walk, &stmt->iff.value);
		walk_set(walk, stmt->iff.local);
		break;
	case IR_STMT_WHILE:
		ir_walk_expr(walk, &stmt->whil.cond);
		break;
	case IR_STMT_FOR:
		ir_walk_expr(walk, &stmt->range.from);
		ir_walk_expr(walk, &stmt->range.to);
		walk_set(walk, stmt->range.local);
		break;
	case IR_STMT_FOR_MAP:
		walk_set(walk, stmt->each.key);
		walk_set(walk, stmt->each.entry);
		walk_set(walk, stmt->each.buffer);
		break;
	case IR_STMT_SWITCH:
		ir_walk_expr(walk, &stmt->swich.value);
		break;
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
		ir_walk_expr(walk, &stmt->value);
		break;
	case IR_STMT_TAIL_CALL:
		ir_walk_expr(walk, &stmt->tail.otherwise);
		break;
	case IR_STMT_BLOCK:
	case IR_STMT_LOOP:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_COMMENT:
		break;
	}
}

void ir_each_body(struct ir_stmt *stmt, void (*each)(struct ir_stmt_vec *body, void *user),
		  void *user)
{
	switch (stmt->kind) {
	case IR_STMT_BLOCK:
	case IR_STMT_LOOP:
		each(&stmt->block.body, user);
		break;
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		each(&stmt->iff.then, user);
		each(&stmt->iff.otherwise, user);
		break;
	case IR_STMT_WHILE:
		each(&stmt->whil.body, user);
		break;
	case IR_STMT_FOR:
		each(&stmt->range.body, user);
		break;
	case IR_STMT_FOR_MAP:
		each(&stmt->each.body, user);
		break;
	case IR_STMT_SWITCH:
		vec_foreach (one, &stmt->swich.cases)
			each(&one->body, user);
		each(&stmt->swich.otherwise, user);
		break;
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_EVAL:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break;
	}
}

static void walk_body(struct ir_stmt_vec *body, void *walk)
{
	ir_walk_stmts(walk, body);
}

void ir_walk_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	if (walk->stmt)
		walk->stmt(walk, stmt);
	ir_walk_own(walk, stmt);
	ir_each_body(stmt, walk_body, walk);
}

void ir_walk_stmts(struct ir_walk *walk, struct ir_stmt_vec *stmts)
{
	vec_foreach (stmt, stmts)
		ir_walk_stmt(walk, *stmt);
}
