/* SPDX-License-Identifier: Apache-2.0 */
/* Where control can go. */
#include "ir/ir.h"

bool ir_stmt_breaks_to(const struct ir_stmt *stmt, uint32_t label)
{
	switch (stmt->kind) {
	case IR_STMT_BREAK:
		return stmt->label == label;
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		return ir_breaks_to(&stmt->iff.then, label) ||
		       ir_breaks_to(&stmt->iff.otherwise, label);
	case IR_STMT_BLOCK:
	case IR_STMT_LOOP:
		return ir_breaks_to(&stmt->block.body, label);
	case IR_STMT_WHILE:
		return ir_breaks_to(&stmt->whil.body, label);
	case IR_STMT_FOR:
		return ir_breaks_to(&stmt->range.body, label);
	case IR_STMT_FOR_MAP:
		return ir_breaks_to(&stmt->each.body, label);
	case IR_STMT_SWITCH:
		vec_foreach (one, &stmt->swich.cases) {
			if (ir_breaks_to(&one->body, label))
				return true;
		}
		return ir_breaks_to(&stmt->swich.otherwise, label);
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_EVAL:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		return false;
	}
	return false;
}

bool ir_breaks_to(const struct ir_stmt_vec *stmts, uint32_t label)
{
	vec_foreach (stmt, stmts) {
		if (ir_stmt_breaks_to(*stmt, label))
			return true;
	}
	return false;
}

static bool switch_falls_through(const struct ir_stmt *stmt)
{
	vec_foreach (one, &stmt->swich.cases) {
		if (ir_falls_through(&one->body))
			return true;
	}
	return ir_falls_through(&stmt->swich.otherwise);
}

static bool stmt_falls_through(const struct ir_stmt *stmt)
{
	switch (stmt->kind) {
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
		return false;
	case IR_STMT_EVAL:
		return stmt->eval->kind != IR_EXPR_OP || stmt->eval->op.op != IR_OP_PANIC;
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		return ir_falls_through(&stmt->iff.then) || ir_falls_through(&stmt->iff.otherwise);
	case IR_STMT_SWITCH:
		return switch_falls_through(stmt);
	case IR_STMT_BLOCK:
		return ir_falls_through(&stmt->block.body) ||
		       ir_breaks_to(&stmt->block.body, stmt->block.label);
	case IR_STMT_LOOP:
		return ir_breaks_to(&stmt->block.body, stmt->block.label);
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_WHILE:
	case IR_STMT_FOR:
	case IR_STMT_FOR_MAP:
	case IR_STMT_COMMENT:
		return true;
	}
	return true;
}

bool ir_falls_through(const struct ir_stmt_vec *stmts)
{
	vec_foreach (stmt, stmts) {
		if (!stmt_falls_through(*stmt))
			return false;
	}
	return true;
}
