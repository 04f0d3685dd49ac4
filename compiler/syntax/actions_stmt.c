/* SPDX-License-Identifier: Apache-2.0 */
#include "syntax/actions.h"

/* Gives the node its depth above that of its parts; too deep ones become error nodes. */
static struct stmt *finish(struct parser *p, struct stmt *stmt, uint32_t below)
{
	stmt->depth = depth_above(p, below, stmt->span);
	return stmt->depth ? stmt : ast_stmt(p->comp, STMT_ERROR, stmt->span);
}

struct stmt *stmt_block(struct parser *p, struct stmt_vec stmts, struct span span,
			struct span close)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_BLOCK, span);
	uint32_t below = 0;

	vec_foreach (inner, &stmts)
		below = depth_max(below, (*inner)->depth);
	stmt->block.stmts = stmts;
	stmt->block.close = close;
	stmt->block.braces = true;
	if (below < AST_NESTING_MAX)
		return finish(p, stmt, below);
	/* Bodies are always blocks. */
	parse_too_deep(p, span);
	stmt->block.stmts = (struct stmt_vec){0};
	return stmt;
}

struct stmt *stmt_body(struct parser *p, struct stmt *stmt)
{
	struct span close = {stmt->span.file, stmt->span.end, stmt->span.end};
	struct stmt_vec stmts = {0};
	struct stmt *block;

	if (stmt->kind == STMT_BLOCK)
		return stmt;
	vec_push(&p->comp->arena, &stmts, stmt);
	block = stmt_block(p, stmts, stmt->span, close);
	block->block.braces = false;
	return block;
}

struct stmt_vec stmts_add(struct parser *p, struct stmt_vec list, struct stmt *stmt)
{
	if (stmt)
		vec_push(&p->comp->arena, &list, stmt);
	return list;
}

struct stmt *stmt_var(struct parser *p, enum stmt_kind kind, struct ast_name name,
		      struct type_expr *type, struct expr *value, struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, kind, span);

	stmt->var.name = name;
	stmt->var.type = type;
	stmt->var.value = value;
	return finish(p, stmt, depth_max(type ? type->depth : 0, depth_of(value)));
}

struct stmt *stmt_var_else(struct parser *p, struct stmt *var, struct stmt *otherwise,
			   struct span span)
{
	if (var->kind != STMT_VAR)
		return var;
	if (!var->var.value) {
		parse_error(p, var->span,
			    "a variable with `else` needs a value: `var x = e else {}`");
		return var;
	}
	var->var.otherwise = otherwise;
	var->span = span;
	return finish(p, var, depth_max(var->depth - 1u, otherwise->depth));
}

struct stmt *stmt_expr(struct parser *p, enum stmt_kind kind, struct expr *value, struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, kind, span);

	stmt->expr.value = value;
	return finish(p, stmt, value->depth);
}

static bool is_place(const struct expr *expr)
{
	switch (expr->kind) {
	case EXPR_NAME:
	case EXPR_INDEX:
	case EXPR_FIELD:
	case EXPR_ERROR:
		return true;
	case EXPR_UNARY:
		return expr->unary.op == UNARY_DEREF;
	case EXPR_INT:
	case EXPR_FLOAT:
	case EXPR_CHAR:
	case EXPR_STRING:
	case EXPR_BOOL:
	case EXPR_NULL:
	case EXPR_BINARY:
	case EXPR_COND:
	case EXPR_CAST:
	case EXPR_CALL:
	case EXPR_ARRAY:
	case EXPR_STRUCT:
	case EXPR_MATCH:
	case EXPR_IF:
	case EXPR_NEW:
	case EXPR_SIZEOF:
		return false;
	}
	return false;
}

struct stmt *stmt_assign(struct parser *p, enum binary_op op, struct expr *target,
			 struct expr *value, struct span span, struct span op_span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_ASSIGN, span);

	if (!is_place(target)) {
		slip_assign_target(p, target, op_span);
		return ast_stmt(p->comp, STMT_ERROR, span);
	}
	stmt->assign.op = op;
	stmt->assign.target = target;
	stmt->assign.value = value;
	return finish(p, stmt, depth_max(target->depth, depth_of(value)));
}

struct stmt *stmt_return(struct parser *p, struct expr *value, struct expr *otherwise,
			 struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_RETURN, span);

	stmt->ret.value = value;
	stmt->ret.otherwise = otherwise;
	return finish(p, stmt, depth_max(depth_of(value), depth_of(otherwise)));
}

struct stmt *stmt_delete(struct parser *p, struct expr *target, struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_DELETE, span);

	stmt->del.target = target;
	return finish(p, stmt, target->depth);
}

struct stmt *stmt_defer(struct parser *p, struct expr *call, struct stmt *block, struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_DEFER, span);

	if (call && call->kind != EXPR_CALL && call->kind != EXPR_ERROR)
		parse_error(p, call->span, "`defer` takes a call or a block");
	stmt->defer.call = call;
	stmt->defer.block = block;
	return finish(p, stmt, call ? call->depth : block->depth);
}

struct stmt *stmt_if(struct parser *p, struct condition_vec conds, struct stmt *then,
		     struct stmt *otherwise, struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_IF, span);
	uint32_t below = then->depth;

	/* `else if`: the inner statement stands for its block. */
	if (otherwise && !otherwise->block.braces && otherwise->block.stmts.len == 1 &&
	    otherwise->block.stmts.data[0]->kind == STMT_IF)
		otherwise = otherwise->block.stmts.data[0];
	if (otherwise)
		below = depth_max(below, otherwise->depth);
	vec_foreach (cond, &conds)
		below = depth_max(below, cond->value->depth);
	stmt->iff.conds = conds;
	stmt->iff.then = then;
	stmt->iff.otherwise = otherwise;
	return finish(p, stmt, below);
}

struct stmt *stmt_while(struct parser *p, struct expr *cond, struct stmt *body, struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_WHILE, span);

	stmt->whil.cond = cond;
	stmt->whil.body = body;
	return finish(p, stmt, depth_max(cond->depth, body->depth));
}

struct stmt *stmt_for(struct parser *p, struct ast_name name, struct expr *from, struct expr *to,
		      bool inclusive, struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_FOR, span);

	stmt->range.name = name;
	stmt->range.from = from;
	stmt->range.to = to;
	stmt->range.inclusive = inclusive;
	stmt->depth = (uint16_t)depth_max(from->depth, to->depth);
	return stmt;
}

struct stmt *stmt_for_map_names(struct parser *p, struct ast_name key, struct ast_name value,
				struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_FOR_MAP, span);

	stmt->each.key = key;
	stmt->each.value = value;
	return stmt;
}

struct stmt *stmt_for_map(struct stmt *names, struct expr *map, struct span span)
{
	names->span = span;
	names->each.map = map;
	names->depth = map->depth;
	return names;
}

struct stmt *stmt_for_body(struct parser *p, struct stmt *head, struct stmt *body, struct span span)
{
	head->span = span;
	if (head->kind == STMT_FOR)
		head->range.body = body;
	else if (head->kind == STMT_FOR_MAP)
		head->each.body = body;
	return finish(p, head, depth_max(head->depth, body->depth));
}

struct stmt *stmt_try(struct parser *p, struct stmt *body, struct catch_vec catches,
		      struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_TRY, span);
	uint32_t below = body->depth;

	vec_foreach (clause, &catches)
		below = depth_max(below, clause->block->depth);
	stmt->tri.body = body;
	stmt->tri.catches = catches;
	return finish(p, stmt, below);
}

struct stmt *stmt_lock(struct parser *p, struct expr *call, struct stmt *body, struct span span)
{
	struct stmt *stmt = ast_stmt(p->comp, STMT_LOCK, span);

	if (call->kind != EXPR_CALL || call->call.args.len != 1) {
		if (call->kind == EXPR_CALL)
			parse_error(p, call->span, "`lock` takes one lock: `lock (v.l) { }`");
		return ast_stmt(p->comp, STMT_ERROR, span);
	}
	stmt->lock.target = call->call.args.data[0];
	stmt->lock.body = body;
	return finish(p, stmt, depth_max(stmt->lock.target->depth, body->depth));
}

struct catch_vec catch_add(struct parser *p, struct catch_vec list, struct expr *code,
			   struct stmt *block, struct span span)
{
	struct catch_clause clause = {code, block, span};

	vec_push(&p->comp->arena, &list, clause);
	return list;
}

struct condition *cond_new(struct parser *p, struct ast_name name, struct type_expr *type,
			   struct expr *value)
{
	struct condition *cond = arena_new(&p->comp->arena, struct condition);

	cond->name = name;
	cond->type = type;
	cond->value = value;
	return cond;
}

struct condition_vec cond_add(struct parser *p, struct condition_vec list,
			      const struct condition *cond)
{
	if (list.len && !list.data[0].name.text && !cond->name.text)
		parse_error(p, cond->value->span, "two conditions are joined by `&&`");
	vec_push(&p->comp->arena, &list, *cond);
	return list;
}

struct condition_vec conds_error(struct parser *p, struct span span)
{
	struct condition cond = {.value = ast_expr(p->comp, EXPR_ERROR, span)};
	struct condition_vec list = {0};

	vec_push(&p->comp->arena, &list, cond);
	return list;
}
