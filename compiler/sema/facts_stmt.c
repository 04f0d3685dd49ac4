/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of the walk that collects facts. */
#include "sema/facts_walk.h"

/* ---- assignments ---- */

/* The target of an assignment: writing a variable is no use of it. */
static void walk_target(struct facts_walk *walk, struct expr *target, unsigned map_ops)
{
	struct variable *variable = expr_variable(target);
	struct decl *decl = expr_decl(target);

	if (variable) {
		variable->is_written = true;
		if (variable->entry_is_reference)
			variable->is_read = true;
	} else if (decl) {
		facts_add_path(walk, target);
		facts_read_decl(walk, target, decl, true);
	} else if (expr_dereferenced(target)) {
		facts_walk_expr(walk, target);
	} else if (target->kind == EXPR_INDEX && expr_map(target->index.base)) {
		facts_use_entry(walk, target, map_ops);
	} else if (target->kind == EXPR_INDEX) {
		walk_target(walk, target->index.base, MAP_OP_LOOKUP);
		facts_walk_expr(walk, target->index.index);
		if (!target->index.index->constant.kind)
			facts_want_operand(walk, target->index.index);
	} else if (target->kind == EXPR_FIELD) {
		walk_target(walk, target->field.base, MAP_OP_LOOKUP);
		facts_add_path(walk, target);
	} else {
		facts_walk_expr(walk, target);
	}
}

static void walk_assign(struct facts_walk *walk, struct stmt *stmt)
{
	struct expr *target = stmt->assign.target;
	struct variable *variable = expr_variable(target);
	bool compound = stmt->assign.op != BINARY_NONE;
	struct copy_write write = {variable, stmt, false};

	facts_note_change(walk, target);
	if (stmt->assign.value)
		facts_walk_expr(walk, stmt->assign.value);
	walk_target(walk, target, compound ? MAP_OP_LOOKUP | MAP_OP_UPDATE : MAP_OP_UPDATE);
	if (variable) {
		/* A counter that nobody asks is left alone, as C compilers do. */
		variable->is_read |= compound;
		facts_add_dependency(walk, variable, stmt->assign.value);
		if (variable_is_scalar_binding(variable))
			vec_push(&walk->comp->arena, &walk->writes, write);
	}
	if (!variable && (target->type->kind == TYPE_PTR || type_is_aggregate(target->type)))
		walk->facts->changes_pointers = true;
	if (stmt->assign.op == BINARY_DIV || stmt->assign.op == BINARY_MOD)
		facts_want_operand(walk, stmt->assign.value);
}

/* A write in a loop is read by what stands before it, in the next round. */
static void end_loop(struct facts_walk *walk, uint32_t first_write, uint32_t clock)
{
	for (uint32_t i = first_write; i < walk->writes.len; i++) {
		struct copy_write *write = &walk->writes.data[i];

		if ((uintptr_t)ptr_map_get(&walk->reads, write->variable) > clock)
			write->read = true;
	}
}

/* ---- statements ---- */

static void walk_loop(struct facts_walk *walk, struct stmt *body)
{
	walk->facts->loop_count++;
	facts_walk_stmt(walk, body);
}

/*
 * Whether a condition can have another value than at the count `since`, by what the code since
 * then does. Functions of the kernel in it count as changing: clocks, tests of other state.
 */
static bool cond_changes(struct facts_walk *walk, const struct expr *expr, uint32_t since)
{
	const void *root = expr_variable(expr);

	if (expr_decl(expr))
		root = expr_decl(expr);
	if (root)
		return (uintptr_t)ptr_map_get(&walk->changed, root) > since ||
		       (expr_decl(expr) && walk->memory_change > since);
	switch (expr->kind) {
	case EXPR_BINARY:
		return cond_changes(walk, expr->binary.left, since) ||
		       cond_changes(walk, expr->binary.right, since);
	case EXPR_UNARY:
		return cond_changes(walk, expr->unary.operand, since) ||
		       (expr->unary.op == UNARY_DEREF && walk->memory_change > since);
	case EXPR_FIELD:
		return cond_changes(walk, expr->field.base, since) || walk->memory_change > since;
	case EXPR_INDEX:
		return cond_changes(walk, expr->index.base, since) ||
		       cond_changes(walk, expr->index.index, since) || walk->memory_change > since;
	case EXPR_CAST:
		return cond_changes(walk, expr->cast.operand, since);
	default: /* tidy: literals are constant, all others may change */
		return !expr->constant.kind && expr->kind != EXPR_NULL;
	}
}

static void walk_while(struct facts_walk *walk, struct stmt *stmt)
{
	uint32_t first_write = walk->writes.len, clock = walk->clock, changes = walk->changes;

	walk->facts->waits = true;
	facts_walk_expr(walk, stmt->whil.cond);
	walk_loop(walk, stmt->whil.body);
	stmt->whil.is_stuck =
		!stmt->whil.cond->constant.kind && !cond_changes(walk, stmt->whil.cond, changes);
	end_loop(walk, first_write, clock);
}

static void walk_for(struct facts_walk *walk, struct stmt *stmt)
{
	uint32_t first_write = walk->writes.len, clock = walk->clock;

	facts_walk_expr(walk, stmt->range.from);
	facts_walk_expr(walk, stmt->range.to);
	facts_add_dependency(walk, stmt->range.variable, stmt->range.from);
	facts_add_dependency(walk, stmt->range.variable, stmt->range.to);
	walk_loop(walk, stmt->range.body);
	end_loop(walk, first_write, clock);
}

static void walk_for_map(struct facts_walk *walk, struct stmt *stmt)
{
	struct use_site use = {.kind = USE_MAP, .span = stmt->each.map->span};
	uint32_t first_write = walk->writes.len, clock = walk->clock;

	use.decl = expr_map(stmt->each.map);
	use.map_ops = MAP_OP_ITERATE;
	if (use.decl) {
		use.decl->used = true;
		facts_add_use(walk, use);
	}
	if (!expr_decl(stmt->each.map))
		facts_walk_expr(walk, stmt->each.map);
	walk_loop(walk, stmt->each.body);
	end_loop(walk, first_write, clock);
}

static void walk_try(struct facts_walk *walk, struct stmt *stmt)
{
	struct try_site *site = arena_new(&walk->comp->arena, struct try_site);

	site->outer = walk->tries;
	site->stmt = stmt;
	walk->tries = site;
	facts_walk_stmt(walk, stmt->tri.body);
	walk->tries = site->outer;
	vec_foreach (clause, &stmt->tri.catches)
		facts_walk_stmt(walk, clause->block);
}

static void walk_throw(struct facts_walk *walk, struct stmt *stmt)
{
	const struct constant *constant = &stmt->expr.value->constant;
	struct throw_site site = {.stmt = stmt, .tries = walk->tries, .deferred = walk->deferred};

	facts_walk_expr(walk, stmt->expr.value);
	site.is_constant = constant->kind == CONSTANT_INT;
	site.code = constant->negative ? -(int64_t)constant->bits : (int64_t)constant->bits;
	vec_push(&walk->comp->arena, &walk->facts->throws, site);
}

/* A deferred call runs after every `try` of the function has ended. */
static void walk_defer(struct facts_walk *walk, struct stmt *stmt)
{
	const struct try_site *tries = walk->tries;
	bool deferred = walk->deferred;

	walk->tries = NULL;
	walk->deferred = true;
	if (stmt->defer.call)
		facts_walk_expr(walk, stmt->defer.call);
	else
		facts_walk_stmt(walk, stmt->defer.block);
	walk->tries = tries;
	walk->deferred = deferred;
}

static void walk_var(struct facts_walk *walk, struct stmt *stmt)
{
	struct variable *variable = stmt->var.variable;

	if (stmt->var.value) {
		facts_walk_expr(walk, stmt->var.value);
		facts_add_dependency(walk, variable, stmt->var.value);
	}
	if (stmt->var.otherwise)
		facts_walk_stmt(walk, stmt->var.otherwise);
	if (variable) {
		variable->is_read = variable->is_written = false;
		vec_push(&walk->comp->arena, &walk->facts->locals, variable);
		if (variable->type->kind == TYPE_FN)
			ptr_map_set(&walk->values, variable, stmt->var.value);
		facts_note_float(walk, variable->type, variable->span);
	}
}

/* The value of a block is that of its last statement. */
static void mark_tail_block(struct stmt *block)
{
	struct stmt *last;

	if (!block || block->kind != STMT_BLOCK || !block->block.stmts.len) {
		if (block && block->kind == STMT_EXPR)
			facts_mark_tail(block->expr.value);
		return;
	}
	last = block->block.stmts.data[block->block.stmts.len - 1];
	if (last->kind == STMT_EXPR)
		facts_mark_tail(last->expr.value);
}

void facts_mark_tail(struct expr *expr)
{
	const struct decl *callee = expr_callee(expr);

	if (callee && callee->fn.role == FN_PROGRAM) {
		expr->call.is_tail_call = true;
	} else if (expr->kind == EXPR_COND) {
		facts_mark_tail(expr->cond.then);
		facts_mark_tail(expr->cond.otherwise);
	} else if (expr->kind == EXPR_IF) {
		mark_tail_block(expr->iff.then);
		mark_tail_block(expr->iff.otherwise);
	} else if (expr->kind == EXPR_MATCH) {
		vec_foreach (arm, &expr->match.arms) {
			if (arm->value)
				facts_mark_tail(arm->value);
			else
				mark_tail_block(arm->block);
		}
	}
}

static void walk_delete(struct facts_walk *walk, struct stmt *stmt)
{
	struct expr *target = stmt->del.target;

	if (target->kind == EXPR_INDEX && expr_map(target->index.base))
		facts_use_entry(walk, target, MAP_OP_DELETE);
	else
		facts_walk_expr(walk, target);
}

static void walk_return(struct facts_walk *walk, struct stmt *stmt)
{
	struct expr_vec *results = &walk->facts->results;

	if (stmt->ret.value) {
		facts_mark_tail(stmt->ret.value);
		facts_walk_expr(walk, stmt->ret.value);
		vec_push(&walk->comp->arena, results, stmt->ret.value);
	}
	if (stmt->ret.otherwise) {
		facts_walk_expr(walk, stmt->ret.otherwise);
		vec_push(&walk->comp->arena, results, stmt->ret.otherwise);
	}
}

void facts_walk_stmt(struct facts_walk *walk, struct stmt *stmt)
{
	switch (stmt->kind) {
	case STMT_BLOCK:
		vec_foreach (inner, &stmt->block.stmts)
			facts_walk_stmt(walk, *inner);
		break;
	case STMT_VAR:
	case STMT_CONST:
		walk_var(walk, stmt);
		break;
	case STMT_ASSIGN:
		walk_assign(walk, stmt);
		break;
	case STMT_EXPR:
		facts_walk_expr(walk, stmt->expr.value);
		break;
	case STMT_RETURN:
		walk_return(walk, stmt);
		break;
	case STMT_IF:
		facts_walk_if(walk, &stmt->iff.conds, stmt->iff.then, stmt->iff.otherwise);
		break;
	case STMT_WHILE:
		walk_while(walk, stmt);
		break;
	case STMT_FOR:
		walk_for(walk, stmt);
		break;
	case STMT_FOR_MAP:
		walk_for_map(walk, stmt);
		break;
	case STMT_TRY:
		walk_try(walk, stmt);
		break;
	case STMT_THROW:
		walk_throw(walk, stmt);
		break;
	case STMT_DEFER:
		walk_defer(walk, stmt);
		break;
	case STMT_DELETE:
		walk_delete(walk, stmt);
		break;
	case STMT_LOCK:
		facts_walk_expr(walk, stmt->lock.target);
		facts_walk_stmt(walk, stmt->lock.body);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_ERROR:
		break;
	}
}
