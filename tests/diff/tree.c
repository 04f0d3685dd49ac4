/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

static void walk_expr(struct tree_walk *walk, const struct expr *expr);
static void walk_stmt(struct tree_walk *walk, const struct stmt *stmt, bool in_list);

static void walk_pattern(struct tree_walk *walk, const struct pattern *pattern)
{
	if (walk->pattern)
		walk->pattern(walk, pattern);
	vec_foreach (part, &pattern->parts)
		walk_pattern(walk, *part);
}

static void exprs_each(const struct expr_vec *exprs,
		       void (*each)(const struct expr *operand, void *user), void *user)
{
	vec_foreach (expr, exprs)
		each(*expr, user);
}

void tree_operands(const struct expr *expr, void (*each)(const struct expr *operand, void *user),
		   void *user)
{
	switch (expr->kind) {
	case EXPR_INT:
	case EXPR_FLOAT:
	case EXPR_CHAR:
	case EXPR_STRING:
	case EXPR_BOOL:
	case EXPR_NULL:
	case EXPR_NAME:
	case EXPR_ERROR:
		break;
	case EXPR_UNARY:
		each(expr->unary.operand, user);
		break;
	case EXPR_BINARY:
		each(expr->binary.left, user);
		each(expr->binary.right, user);
		break;
	case EXPR_COND:
		each(expr->cond.cond, user);
		each(expr->cond.then, user);
		each(expr->cond.otherwise, user);
		break;
	case EXPR_CAST:
		each(expr->cast.operand, user);
		break;
	case EXPR_CALL:
		each(expr->call.callee, user);
		exprs_each(&expr->call.args, each, user);
		break;
	case EXPR_INDEX:
		each(expr->index.base, user);
		each(expr->index.index, user);
		break;
	case EXPR_FIELD:
		each(expr->field.base, user);
		break;
	case EXPR_ARRAY:
		exprs_each(&expr->array.elems, each, user);
		break;
	case EXPR_STRUCT:
		vec_foreach (init, &expr->strukt.inits)
			each(init->value, user);
		break;
	case EXPR_MATCH:
		exprs_each(&expr->match.values, each, user);
		vec_foreach (arm, &expr->match.arms) {
			if (arm->value)
				each(arm->value, user);
		}
		break;
	case EXPR_IF:
		vec_foreach (cond, &expr->iff.conds)
			each(cond->value, user);
		break;
	case EXPR_NEW:
		exprs_each(&expr->alloc.args, each, user);
		break;
	case EXPR_SIZEOF:
		if (expr->size.value)
			each(expr->size.value, user);
		break;
	}
}

static void walk_operand(const struct expr *expr, void *user)
{
	walk_expr(user, expr);
}

static void walk_expr(struct tree_walk *walk, const struct expr *expr)
{
	if (!expr)
		return;
	if (walk->expr)
		walk->expr(walk, expr);
	tree_operands(expr, walk_operand, walk);
	if (expr->kind == EXPR_MATCH) {
		vec_foreach (arm, &expr->match.arms) {
			walk_pattern(walk, arm->pattern);
			walk_stmt(walk, arm->block, false);
		}
	} else if (expr->kind == EXPR_IF) {
		walk_stmt(walk, expr->iff.then, false);
		walk_stmt(walk, expr->iff.otherwise, false);
	}
}

static void walk_conditions(struct tree_walk *walk, const struct condition_vec *conds)
{
	vec_foreach (cond, conds)
		walk_expr(walk, cond->value);
}

static void walk_loop(struct tree_walk *walk, const struct stmt *stmt)
{
	if (stmt->kind == STMT_WHILE) {
		walk_expr(walk, stmt->whil.cond);
		walk_stmt(walk, stmt->whil.body, false);
	} else if (stmt->kind == STMT_FOR) {
		walk_expr(walk, stmt->range.from);
		walk_expr(walk, stmt->range.to);
		walk_stmt(walk, stmt->range.body, false);
	} else {
		walk_expr(walk, stmt->each.map);
		walk_stmt(walk, stmt->each.body, false);
	}
}

static void walk_inside(struct tree_walk *walk, const struct stmt *stmt)
{
	switch (stmt->kind) {
	case STMT_BLOCK:
		vec_foreach (inner, &stmt->block.stmts)
			walk_stmt(walk, *inner, true);
		break;
	case STMT_VAR:
	case STMT_CONST:
		walk_expr(walk, stmt->var.value);
		walk_stmt(walk, stmt->var.otherwise, false);
		break;
	case STMT_ASSIGN:
		walk_expr(walk, stmt->assign.target);
		walk_expr(walk, stmt->assign.value);
		break;
	case STMT_EXPR:
	case STMT_THROW:
		walk_expr(walk, stmt->expr.value);
		break;
	case STMT_RETURN:
		walk_expr(walk, stmt->ret.value);
		walk_expr(walk, stmt->ret.otherwise);
		break;
	case STMT_IF:
		walk_conditions(walk, &stmt->iff.conds);
		walk_stmt(walk, stmt->iff.then, false);
		walk_stmt(walk, stmt->iff.otherwise, false);
		break;
	case STMT_WHILE:
	case STMT_FOR:
	case STMT_FOR_MAP:
		walk_loop(walk, stmt);
		break;
	case STMT_TRY:
		walk_stmt(walk, stmt->tri.body, false);
		vec_foreach (clause, &stmt->tri.catches)
			walk_stmt(walk, clause->block, false);
		break;
	case STMT_DEFER:
		walk_expr(walk, stmt->defer.call);
		walk_stmt(walk, stmt->defer.block, false);
		break;
	case STMT_DELETE:
		walk_expr(walk, stmt->del.target);
		break;
	case STMT_LOCK:
		walk_expr(walk, stmt->lock.target);
		walk_stmt(walk, stmt->lock.body, false);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_ERROR:
		break;
	}
}

static void walk_stmt(struct tree_walk *walk, const struct stmt *stmt, bool in_list)
{
	if (!stmt)
		return;
	if (walk->stmt)
		walk->stmt(walk, stmt, in_list);
	walk_inside(walk, stmt);
}

void tree_walk(struct tree_walk *walk, const struct ast_file *file)
{
	vec_foreach (decl, &file->decls) {
		if (walk->decl)
			walk->decl(walk, *decl);
		if ((*decl)->kind == DECL_FN)
			walk_stmt(walk, (*decl)->fn.body, false);
		else if ((*decl)->kind == DECL_GLOBAL || (*decl)->kind == DECL_CONST)
			walk_expr(walk, (*decl)->var.value);
	}
}
