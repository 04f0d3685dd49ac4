/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file needs: the functions that can be called from its roots, and the types, constants
 * and C functions that they mention. The rest of the module is not written, so that no compiler
 * complains of unused functions.
 */
#include "cgen/cprint.h"
#include "cgen/c_walk.h"

void c_reach_handler(struct cgen *cg, struct ir_func *func)
{
	if (!func)
		return;
	ptr_map_set(&cg->record_fns, func, func);
	c_reach(cg, func);
}

static void reach_op(struct cgen *cg, const struct ir_expr *expr)
{
	if (expr->op.op == IR_OP_RINGBUF_ON_EVENT && expr->op.args.len &&
	    expr->op.args.data[0]->kind == IR_EXPR_FUNC)
		c_reach_handler(cg, expr->op.args.data[0]->func);
	if (expr->op.op == IR_OP_ALLOC && expr->type->kind == TYPE_PTR)
		c_type_use(cg, expr->type->ptr.target);
	if (expr->op.map)
		ptr_map_set(&cg->maps_seen, expr->op.map, expr->op.map);
	if (expr->op.impl)
		ptr_map_set(&cg->impls_seen, expr->op.impl, expr->op.impl);
	if (expr->op.external && !ptr_map_get(&cg->funcs_seen, expr->op.external)) {
		ptr_map_set(&cg->funcs_seen, expr->op.external, expr->op.external);
		vec_push(&cg->comp->arena, &cg->externs, expr->op.external);
	}
}

/* A function pointer has no room for the code of an error. */
static void reach_fn_value(struct cgen *cg, const struct ir_expr *expr)
{
	if (expr->func->throws && !ptr_map_get(&cg->record_fns, expr->func))
		diag_report(cg->comp, DIAG_UNSUPPORTED, expr->span,
			    "`%s` can throw; such a function as a value is not compiled yet",
			    expr->func->name);
	c_reach(cg, expr->func);
}

static void reach_expr(struct c_walker *walker, const struct ir_expr *expr)
{
	struct cgen *cg = walker->user;
	const struct type *type = expr->type;

	if (expr->kind == IR_EXPR_FUNC && expr->func->target != cg->backend->target)
		return; /* a program's name */
	if (expr->kind == IR_EXPR_PTR_ADD || expr->kind == IR_EXPR_PTR_DIFF)
		type = expr->binary.left->type->ptr.target;
	/* An array by value of a call stands in its wrapper, and so may every array value. */
	if (type->kind == TYPE_ARRAY && expr->kind != IR_EXPR_LOAD && expr->kind != IR_EXPR_STRING)
		c_type_use_param(cg, type);
	else if (expr->kind != IR_EXPR_STRING) /* a literal; who keeps it has the type */
		c_type_use(cg, type);
	if (expr->kind == IR_EXPR_CONST && expr->type->kind == TYPE_ENUM)
		c_enum_value_use(cg, expr->type, expr->bits);
	if (expr->kind == IR_EXPR_FUNC && expr->func->target == cg->backend->target)
		reach_fn_value(cg, expr);
	if (expr->kind == IR_EXPR_CALL && expr->call.func)
		c_reach(cg, expr->call.func);
	if (expr->kind == IR_EXPR_MAP)
		ptr_map_set(&cg->maps_seen, expr->map, expr->map);
	if (expr->kind == IR_EXPR_OP)
		reach_op(cg, expr);
}

static void reach_place(struct c_walker *walker, const struct ir_place *place)
{
	struct cgen *cg = walker->user;

	c_type_use(cg, place->type);
	if (place->kind == IR_PLACE_GLOBAL)
		ptr_map_set(&cg->globals_seen, place->global, place->global);
}

static void reach_stmt(struct c_walker *walker, const struct ir_stmt *stmt, bool begin)
{
	struct cgen *cg = walker->user;

	if (begin && stmt->kind == IR_STMT_FOR_MAP)
		ptr_map_set(&cg->maps_seen, stmt->each.map, stmt->each.map);
	if (!begin || stmt->kind != IR_STMT_SWITCH || stmt->swich.value->type->kind != TYPE_ENUM)
		return;
	vec_foreach (one, &stmt->swich.cases) {
		for (uint32_t i = 0; i < one->range_count; i++)
			c_enum_value_use(cg, stmt->swich.value->type, one->ranges[i].low);
	}
}

static void reach_signature(struct cgen *cg, const struct ir_func *func)
{
	c_type_use_param(cg, func->result);
	vec_foreach (local, &func->locals) {
		if ((*local)->is_param)
			c_type_use_param(cg, (*local)->type);
		else
			c_type_use(cg, (*local)->type);
	}
}

void c_reach(struct cgen *cg, struct ir_func *root)
{
	struct c_walker walker = {
		.user = cg, .expr = reach_expr, .place = reach_place, .stmt = reach_stmt};

	if (!root || ptr_map_get(&cg->funcs_seen, root))
		return;
	ptr_map_set(&cg->funcs_seen, root, root);
	reach_signature(cg, root);
	c_walk_stmts(&walker, &root->body);
	/* Behind the functions that it calls, so that few prototypes are needed. */
	vec_push(&cg->comp->arena, &cg->funcs, root);
}
