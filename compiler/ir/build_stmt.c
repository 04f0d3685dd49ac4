/* SPDX-License-Identifier: Apache-2.0 */
/* Statements. */
#include "ir/build.h"

/* ---- loops ---- */

static void enter_loop(struct fn_build *fb, struct loop *loop)
{
	loop->outer = fb->loop;
	loop->locks = fb->locks;
	fb->loop = loop;
	fb->branch_depth++;
}

static void leave_loop(struct fn_build *fb, struct loop *loop)
{
	fb->loop = loop->outer;
	fb->branch_depth--;
}

/*
 * while (true): in user code SIGINT and SIGTERM end it at the end of a round, so `continue` goes
 * there too.
 */
static void build_endless(struct fn_build *fb, struct stmt *stmt)
{
	bool can_stop = build_target(fb) == TARGET_USER;
	struct ir_stmt *round = ir_stmt_new(fb->comp, IR_STMT_LOOP, stmt->span);
	struct ir_stmt *body = ir_stmt_new(fb->comp, IR_STMT_BLOCK, stmt->span);
	struct loop loop = {.continue_breaks = can_stop};
	struct scope_mark outer, inner;
	struct ir_local *stopping;
	struct ir_stmt *test;
	bool dead;

	round->block.label = loop.break_label = loop.continue_label = build_label(fb);
	if (can_stop)
		body->block.label = loop.continue_label = build_label(fb);
	build_emit(fb, round);
	outer = build_open(fb, &round->block.body);
	enter_loop(fb, &loop);
	inner = build_open(fb, &body->block.body);
	build_stmt(fb, stmt->whil.body);
	dead = build_close(fb, inner);
	leave_loop(fb, &loop);
	if (can_stop && fb->label_used[loop.continue_label]) {
		build_block(fb, body, dead);
	} else {
		round->block.body = body->block.body;
		fb->dead = fb->dead || dead;
	}
	if (can_stop && !fb->dead) {
		stopping = build_temp(
			fb, "stopping",
			build_op(fb, IR_OP_STOPPING, build_types(fb)->bool_, stmt->span));
		test = build_if_stmt(fb, build_read(fb, stopping, stmt->span), stmt->span);
		inner = build_open(fb, &test->iff.then);
		build_break(fb, loop.break_label, stmt->span);
		build_close(fb, inner);
	}
	build_close(fb, outer);
	fb->dead = fb->dead || !fb->label_used[loop.break_label];
}

/* A condition with effects is tested inside the loop. */
static void build_while(struct fn_build *fb, struct stmt *stmt)
{
	struct ir_stmt *round = ir_stmt_new(fb->comp, IR_STMT_WHILE, stmt->span);
	struct ir_stmt_vec body = {0};
	struct loop loop = {0};
	struct scope_mark outer = build_open(fb, &body), inner;
	struct ir_expr *cond = build_cond(fb, stmt->whil.cond);
	struct ir_stmt *test;
	uint64_t bits;

	if (!body.len && ir_is_const(cond, &bits) && bits) {
		build_close(fb, outer);
		build_endless(fb, stmt);
		return;
	}
	loop.break_label = loop.continue_label = build_label(fb);
	if (body.len) {
		round->kind = IR_STMT_LOOP;
		round->block.label = loop.break_label;
		test = build_if_stmt(fb, build_not(fb, cond), stmt->whil.cond->span);
		inner = build_open(fb, &test->iff.then);
		build_break(fb, loop.break_label, stmt->whil.cond->span);
		build_close(fb, inner);
	} else {
		round->whil.label = loop.break_label;
		round->whil.cond = cond;
	}
	enter_loop(fb, &loop);
	build_stmt(fb, stmt->whil.body);
	leave_loop(fb, &loop);
	build_close(fb, outer);
	if (round->kind == IR_STMT_LOOP)
		round->block.body = body;
	else
		round->whil.body = body;
	build_emit(fb, round);
}

static void build_for(struct fn_build *fb, struct stmt *stmt)
{
	struct ir_stmt *round = ir_stmt_new(fb->comp, IR_STMT_FOR, stmt->span);
	struct variable *variable = stmt->range.variable;
	const struct type *type = variable ? type_underlying(variable->type) : NULL;
	struct ir_expr_vec bounds = {0};
	struct loop loop = {0};
	struct scope_mark scope;

	build_exprs(fb, (struct expr *const[]){stmt->range.from, stmt->range.to}, 2, NULL, &bounds);
	if (!type)
		type = type_underlying(bounds.data[0]->type);
	round->range.from = build_convert(fb, bounds.data[0], type);
	round->range.to = build_convert(fb, bounds.data[1], type);
	round->range.inclusive = stmt->range.inclusive;
	if (variable) {
		struct binding *binding = build_variable(fb, variable);

		/* A counter of an enum type counts as its integer. */
		binding->local->type = type;
		round->range.local = binding->local;
	} else {
		round->range.local = build_temp_local(fb, "i", type, stmt->span);
	}
	round->range.label = loop.break_label = loop.continue_label = build_label(fb);
	build_emit(fb, round);
	scope = build_open(fb, &round->range.body);
	enter_loop(fb, &loop);
	build_stmt(fb, stmt->range.body);
	leave_loop(fb, &loop);
	build_close(fb, scope);
}

static void build_jump(struct fn_build *fb, struct stmt *stmt)
{
	const struct loop *loop = fb->loop;
	struct ir_stmt *jump;

	build_unlock(fb, loop->locks, stmt->span);
	if (stmt->kind == STMT_BREAK) {
		build_break(fb, loop->break_label, stmt->span);
	} else if (loop->continue_breaks) {
		build_break(fb, loop->continue_label, stmt->span);
	} else {
		jump = ir_stmt_new(fb->comp, IR_STMT_CONTINUE, stmt->span);
		jump->label = loop->continue_label;
		build_emit(fb, jump);
	}
}

/* ---- the others ---- */

static void build_return_stmt(struct fn_build *fb, struct stmt *stmt)
{
	struct dest dest = {.kind = DEST_RETURN};
	struct expr *value = stmt->ret.value;

	if (!value)
		build_return_bare(fb, stmt->span);
	else if (value->kind == EXPR_CALL && value->call.is_tail_call)
		build_tail_call_expr(fb, value, stmt->ret.otherwise);
	else
		build_to(fb, value, &dest);
}

/* lock (v.l) { }: every way out releases. */
static void build_lock(struct fn_build *fb, struct stmt *stmt)
{
	struct ir_place *place = build_place(fb, stmt->lock.target, NULL, NULL);
	const struct ir_place *root = ir_place_root(place);
	struct lock lock = {.outer = fb->locks};

	lock.may_be_null =
		root->kind == IR_PLACE_DEREF && root->deref.access == IR_ACCESS_NULL_ZERO;
	lock.address = build_reusable(fb, build_address(fb, place), "lock");
	build_lock_op(fb, IR_OP_LOCK, &lock, stmt->span);
	fb->locks = &lock;
	build_stmt(fb, stmt->lock.body);
	build_unlock(fb, lock.outer, stmt->span);
	fb->locks = lock.outer;
}

static void build_expr_stmt(struct fn_build *fb, struct stmt *stmt)
{
	struct dest dest = {.kind = DEST_DISCARD};

	build_to(fb, stmt->expr.value, &dest);
}

/* With a destination an expression gives its value there. */
static void build_last(struct fn_build *fb, struct stmt *stmt, const struct dest *dest)
{
	if (dest && stmt->kind == STMT_EXPR)
		build_to(fb, stmt->expr.value, dest);
	else
		build_stmt(fb, stmt);
}

void build_stmts(struct fn_build *fb, struct stmt *block, const struct dest *dest)
{
	struct stmt_vec *stmts = &block->block.stmts;

	if (block->kind != STMT_BLOCK) {
		build_last(fb, block, dest);
		return;
	}
	for (uint32_t i = 0; i < stmts->len && !fb->dead; i++)
		build_last(fb, stmts->data[i], i + 1 == stmts->len ? dest : NULL);
}

void build_stmt(struct fn_build *fb, struct stmt *stmt)
{
	if (fb->dead)
		return;
	switch (stmt->kind) {
	case STMT_BLOCK:
		fb->branch_depth++;
		build_stmts(fb, stmt, NULL);
		fb->branch_depth--;
		break;
	case STMT_VAR:
		if (stmt->var.otherwise)
			build_var_else(fb, stmt);
		else
			build_var(fb, stmt);
		break;
	case STMT_CONST:
		if (stmt->var.variable && stmt->var.variable->constant.kind == CONSTANT_NONE)
			build_var(fb, stmt);
		break;
	case STMT_ASSIGN:
		build_assign(fb, stmt);
		break;
	case STMT_EXPR:
		build_expr_stmt(fb, stmt);
		break;
	case STMT_RETURN:
		build_return_stmt(fb, stmt);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
		build_jump(fb, stmt);
		break;
	case STMT_IF:
		build_if(fb, &stmt->iff.conds, stmt->iff.then, stmt->iff.otherwise, NULL,
			 stmt->span);
		break;
	case STMT_WHILE:
		build_while(fb, stmt);
		break;
	case STMT_FOR:
		build_for(fb, stmt);
		break;
	case STMT_FOR_MAP:
		build_for_map(fb, stmt);
		break;
	case STMT_TRY:
		build_try(fb, stmt);
		break;
	case STMT_THROW:
		build_throw(fb, stmt);
		break;
	case STMT_DEFER:
		build_defer(fb, stmt);
		break;
	case STMT_DELETE:
		build_delete(fb, stmt);
		break;
	case STMT_LOCK:
		build_lock(fb, stmt);
		break;
	case STMT_ERROR:
		internal_error(fb->comp, stmt->span, "a statement with a syntax error");
	}
}
