/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over statements, for questions that are asked before code is written. */
#include "bpf/bpf_gen.h"

static void visit_place(struct bpfgen_visitor *visitor, const struct ir_place *place)
{
	if (!place)
		return;
	if (visitor->place)
		visitor->place(visitor, place);
	switch (place->kind) {
	case IR_PLACE_LOCAL:
	case IR_PLACE_GLOBAL:
		break;
	case IR_PLACE_DEREF:
		bpfgen_visit_expr(visitor, place->deref.pointer);
		break;
	case IR_PLACE_FIELD:
		visit_place(visitor, place->field.base);
		break;
	case IR_PLACE_INDEX:
		visit_place(visitor, place->index.base);
		bpfgen_visit_expr(visitor, place->index.index);
		break;
	}
}

static void visit_exprs(struct bpfgen_visitor *visitor, const struct ir_expr_vec *exprs)
{
	vec_foreach (expr, exprs)
		bpfgen_visit_expr(visitor, *expr);
}

static void visit_op(struct bpfgen_visitor *visitor, const struct ir_expr *expr)
{
	visit_exprs(visitor, &expr->op.args);
	visit_place(visitor, expr->op.place);
	vec_foreach (piece, &expr->op.print)
		bpfgen_visit_expr(visitor, piece->arg);
}

void bpfgen_visit_expr(struct bpfgen_visitor *visitor, const struct ir_expr *expr)
{
	if (!expr)
		return;
	if (visitor->expr)
		visitor->expr(visitor, expr);
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
		visit_place(visitor, expr->place);
		break;
	case IR_EXPR_UNARY:
		bpfgen_visit_expr(visitor, expr->unary.operand);
		break;
	case IR_EXPR_CONVERT:
	case IR_EXPR_STR_LEN:
		bpfgen_visit_expr(visitor, expr->convert.operand);
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
		bpfgen_visit_expr(visitor, expr->binary.left);
		bpfgen_visit_expr(visitor, expr->binary.right);
		break;
	case IR_EXPR_SELECT:
		bpfgen_visit_expr(visitor, expr->select.cond);
		bpfgen_visit_expr(visitor, expr->select.then);
		bpfgen_visit_expr(visitor, expr->select.otherwise);
		break;
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
		visit_exprs(visitor, &expr->elems);
		break;
	case IR_EXPR_CALL:
		bpfgen_visit_expr(visitor, expr->call.pointer);
		visit_exprs(visitor, &expr->call.args);
		break;
	case IR_EXPR_OP:
		visit_op(visitor, expr);
		break;
	}
}

static void visit_switch(struct bpfgen_visitor *visitor, const struct ir_stmt *stmt)
{
	bpfgen_visit_expr(visitor, stmt->swich.value);
	vec_foreach (one, &stmt->swich.cases)
		bpfgen_visit(visitor, &one->body);
	bpfgen_visit(visitor, &stmt->swich.otherwise);
}

static void visit_stmt(struct bpfgen_visitor *visitor, const struct ir_stmt *stmt)
{
	switch (stmt->kind) {
	case IR_STMT_SET:
		bpfgen_visit_expr(visitor, stmt->set.value);
		break;
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
		visit_place(visitor, stmt->store.place);
		bpfgen_visit_expr(visitor, stmt->store.value);
		break;
	case IR_STMT_EVAL:
		bpfgen_visit_expr(visitor, stmt->eval);
		break;
	case IR_STMT_BLOCK:
	case IR_STMT_LOOP:
		bpfgen_visit(visitor, &stmt->block.body);
		break;
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		bpfgen_visit_expr(visitor,
				  stmt->kind == IR_STMT_IF ? stmt->iff.cond : stmt->iff.value);
		bpfgen_visit(visitor, &stmt->iff.then);
		bpfgen_visit(visitor, &stmt->iff.otherwise);
		break;
	case IR_STMT_WHILE:
		bpfgen_visit_expr(visitor, stmt->whil.cond);
		bpfgen_visit(visitor, &stmt->whil.body);
		break;
	case IR_STMT_FOR:
		bpfgen_visit_expr(visitor, stmt->range.from);
		bpfgen_visit_expr(visitor, stmt->range.to);
		bpfgen_visit(visitor, &stmt->range.body);
		break;
	case IR_STMT_FOR_MAP:
		bpfgen_visit(visitor, &stmt->each.body);
		break;
	case IR_STMT_SWITCH:
		visit_switch(visitor, stmt);
		break;
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
		bpfgen_visit_expr(visitor, stmt->value);
		break;
	case IR_STMT_TAIL_CALL:
		bpfgen_visit_expr(visitor, stmt->tail.otherwise);
		break;
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_COMMENT:
		break;
	}
}

void bpfgen_visit(struct bpfgen_visitor *visitor, const struct ir_stmt_vec *stmts)
{
	vec_foreach (stmt, stmts) {
		if (visitor->stmt)
			visitor->stmt(visitor, *stmt);
		visit_stmt(visitor, *stmt);
	}
}
