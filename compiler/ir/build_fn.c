/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function: parameters, body and the ways out.
 *
 * Deferred calls stand once, behind a BLOCK that holds everything after the statement with the
 * defer. Leaving the function from inside notes the result (or the error, or the tail call) and
 * breaks out of the innermost such block; the deferred calls then follow each other, last first.
 */
#include "ir/build.h"

struct ir_expr *build_zero(struct fn_build *fb, const struct type *type, struct span span)
{
	struct constant zero = {.kind = CONSTANT_INT};

	if (type_is_aggregate(type))
		return ir_expr_new(fb->comp, IR_EXPR_ZERO, type, span);
	if (type->kind == TYPE_PTR || type->kind == TYPE_FN || type->kind == TYPE_HANDLE ||
	    type->kind == TYPE_PERF)
		return build_null(fb, type, span);
	return build_constant(fb->comp, &zero, type, span);
}

/* ---- results ---- */

static bool is_program(const struct fn_build *fb)
{
	return fb->func->role == FN_PROGRAM && build_target(fb) == TARGET_BPF;
}

static struct constant exact(int64_t value)
{
	struct constant constant = {.kind = CONSTANT_INT, .negative = value < 0};

	constant.bits = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	return constant;
}

/* Whether the value is surely within low ..= high. */
static bool is_within(const struct ir_expr *value, int64_t low, int64_t high)
{
	struct constant least, most, lower = exact(low), upper = exact(high);
	uint64_t bits;

	if (value->kind == IR_EXPR_SELECT)
		return is_within(value->select.then, low, high) &&
		       is_within(value->select.otherwise, low, high);
	if (ir_is_const(value, &bits)) {
		least = exact((int64_t)bits);
		if (!type_is_signed(value->type))
			least = (struct constant){.kind = CONSTANT_INT, .bits = bits};
		most = least;
	} else {
		build_type_range(value->type, &least, &most);
	}
	return build_constant_order(&least, &lower) >= 0 &&
	       build_constant_order(&most, &upper) <= 0;
}

/* A computed result outside the kind's range becomes the neutral verdict. */
static struct ir_expr *clamped(struct fn_build *fb, struct ir_expr *value)
{
	const struct ir_func *func = fb->func;
	struct constant least, most, neutral;
	struct ir_expr *inside;
	int64_t low, high;
	uint64_t bits;

	if (!is_program(fb) || func->kind->result_ignored || ir_is_const(value, &bits) ||
	    (!type_is_integral(value->type) && value->type->kind != TYPE_BOOL))
		return value;
	prog_kind_range(func->kind, func->choice, &low, &high);
	if (is_within(value, low, high))
		return value;
	least = exact(low);
	most = exact(high);
	neutral = exact(prog_kind_neutral(func->kind, func->choice));
	value = build_twice(fb, value, "result");
	inside = build_logic(fb, IR_EXPR_LOGAND,
			     build_compare_constant(fb, BINARY_GE, value, &least, value->span),
			     build_compare_constant(fb, BINARY_LE, value, &most, value->span),
			     value->span);
	return build_select(fb, inside, value,
			    build_constant(fb->comp, &neutral, value->type, value->span),
			    value->span);
}

struct ir_expr *build_abort_verdict(struct fn_build *fb, struct span span)
{
	const struct ir_func *func = fb->func;
	struct constant verdict = exact(prog_kind_abort(func->kind, func->choice));

	if (func->result->kind == TYPE_VOID)
		return NULL;
	if (!type_is_integral(func->result))
		return build_zero(fb, func->result, span);
	return build_constant(fb->comp, &verdict, func->result, span);
}

/* ---- leaving ---- */

static void emit_return(struct fn_build *fb, struct ir_expr *value, struct span span)
{
	struct ir_stmt *stmt = ir_stmt_new(fb->comp, IR_STMT_RETURN, span);

	if (fb->func->result->kind != TYPE_VOID)
		stmt->value = clamped(fb, value);
	stmt->span = span;
	build_emit(fb, stmt);
}

static void emit_throw(struct fn_build *fb, struct ir_expr *code, struct span span)
{
	const struct type *result = fb->func->result;
	struct ir_stmt *stmt;

	if (is_program(fb)) {
		emit_return(fb, build_abort_verdict(fb, span), span);
		return;
	}
	/* The checker knows that the clauses take every code: control never comes here. */
	if (!fb->decl->fn.throws && !fb->func->aborts) {
		emit_return(fb, result->kind == TYPE_VOID ? NULL : build_zero(fb, result, span),
			    span);
		return;
	}
	stmt = ir_stmt_new(fb->comp, IR_STMT_THROW, span);
	stmt->value = code;
	fb->func->throws = true;
	build_emit(fb, stmt);
}

/* The local in which an exit leaves the result for the defers. */
static struct ir_local *result_local(struct fn_build *fb, struct span span)
{
	if (!fb->result)
		fb->result = build_temp_local(fb, "result", fb->func->result, span);
	return fb->result;
}

void build_return(struct fn_build *fb, struct ir_expr *value, struct span span)
{
	const struct type *result = fb->func->result;

	if (fb->dead)
		return;
	if (result->kind == TYPE_VOID)
		build_eval(fb, value);
	else if (!value)
		value = build_zero(fb, result, span);
	if (fb->exit && result->kind != TYPE_VOID) {
		if (!type_same(value->type, result))
			value = build_convert(fb, build_pure(fb, value, "value"), result);
		build_set(fb, result_local(fb, span), value, span);
	} else if (result->kind != TYPE_VOID) {
		value = build_convert(fb, build_pure(fb, value, "result"), result);
		/* What is released now must not change what is returned. */
		if (fb->locks)
			value = build_reusable(fb, value, "result");
	}
	build_unlock(fb, NULL, span);
	if (fb->exit)
		build_break(fb, fb->exit->block->block.label, span);
	else
		emit_return(fb, value, span);
}

void build_return_bare(struct fn_build *fb, struct span span)
{
	if (fb->decl->fn.result_variable && fb->exit) {
		build_unlock(fb, NULL, span);
		build_break(fb, fb->exit->block->block.label, span);
	} else if (fb->decl->fn.result_variable) {
		build_return(fb, build_read(fb, fb->result, span), span);
	} else {
		build_return(fb, NULL, span);
	}
}

void build_throw_out(struct fn_build *fb, struct ir_expr *code, struct span span)
{
	build_unlock(fb, NULL, span);
	if (!fb->exit) {
		emit_throw(fb, code, span);
		return;
	}
	if (!fb->thrown)
		fb->thrown = build_temp_local(fb, "thrown", build_types(fb)->i32, span);
	build_set(fb, fb->thrown, code, span);
	build_break(fb, fb->exit->block->block.label, span);
}

void build_abort(struct fn_build *fb, struct span span)
{
	const struct type *i32 = build_types(fb)->i32;

	if (is_program(fb)) {
		build_return(fb, build_abort_verdict(fb, span), span);
		return;
	}
	fb->func->aborts = true;
	build_throw_out(fb,
			ir_const(fb->comp, i32, ir_normalize(i32, (uint64_t)IR_ABORT_CODE), span),
			span);
}

void build_tail_call(struct fn_build *fb, struct ir_func *target, struct ir_expr *verdict,
		     struct span span)
{
	struct ir_stmt *stmt = ir_stmt_new(fb->comp, IR_STMT_TAIL_CALL, span);

	stmt->tail.func = target;
	stmt->tail.otherwise = verdict;
	build_unlock(fb, NULL, span);
	if (!fb->exit) {
		build_emit(fb, stmt);
		return;
	}
	stmt->tail.otherwise = build_reusable(fb, verdict, "verdict");
	if (!fb->tail)
		fb->tail = build_temp_local(fb, "tail", build_types(fb)->u32, span);
	vec_push(&fb->comp->arena, &fb->tails, stmt);
	build_set(fb, fb->tail, build_u32(fb, fb->tails.len, span), span);
	build_break(fb, fb->exit->block->block.label, span);
}

/* ---- defer ---- */

static struct exit_block *current_exit(struct fn_build *fb, struct span span)
{
	struct exit_block *exit = fb->exit;

	/* One block serves all defers of one statement of the function's outermost block. */
	if (exit && !exit->is_open)
		return exit;
	exit = arena_new(&fb->comp->arena, struct exit_block);
	exit->outer = fb->exit;
	exit->block = ir_stmt_new(fb->comp, IR_STMT_BLOCK, span);
	exit->block->block.label = build_label(fb);
	fb->exit = exit;
	return exit;
}

/* The arguments as they are now. */
static void freeze(struct fn_build *fb, struct ir_expr *root)
{
	struct ir_expr_vec *args = root->kind == IR_EXPR_CALL ? &root->call.args : &root->op.args;

	vec_foreach (arg, args)
		*arg = build_reusable(fb, *arg, "deferred");
	if (root->kind == IR_EXPR_CALL) {
		if (root->call.pointer)
			root->call.pointer = build_reusable(fb, root->call.pointer, "deferred");
		return;
	}
	vec_foreach (piece, &root->op.print) {
		if (piece->arg)
			piece->arg = build_reusable(fb, piece->arg, "deferred");
	}
}

/* assert and panic are statements of their own: they are built where they run. */
static bool is_built_late(const struct expr *call)
{
	const struct ref *ref = &call->call.callee->ref;

	return ref->kind == REF_BUILTIN &&
	       (ref->builtin->id == BUILTIN_ASSERT || ref->builtin->id == BUILTIN_PANIC);
}

void build_defer(struct fn_build *fb, struct stmt *stmt)
{
	struct exit_block *exit = current_exit(fb, stmt->span);
	struct deferred *deferred = arena_new(&fb->comp->arena, struct deferred);
	struct expr *call = stmt->defer.call;

	deferred->stmt = stmt;
	if (call && call->kind == EXPR_CALL && !is_built_late(call)) {
		deferred->callee = build_call_root(fb, call);
		if (deferred->callee)
			freeze(fb, deferred->callee);
	}
	if (fb->branch_depth) {
		deferred->flag = build_temp_local(fb, "defer", build_types(fb)->bool_, stmt->span);
		build_set(fb, deferred->flag,
			  ir_const(fb->comp, build_types(fb)->bool_, 1, stmt->span), stmt->span);
	}
	vec_push(&fb->comp->arena, &exit->deferred, deferred);
}

static void run_deferred(struct fn_build *fb, struct deferred *deferred)
{
	struct stmt *stmt = deferred->stmt;
	struct scope_mark scope = {fb->out, fb->dead};
	struct dest discard = {.kind = DEST_DISCARD};
	struct ir_stmt *test;

	if (deferred->flag) {
		test = build_if_stmt(fb, build_read(fb, deferred->flag, stmt->span), stmt->span);
		scope = build_open(fb, &test->iff.then);
		fb->in_deferred = true;
	}
	fb->branch_depth++;
	if (deferred->callee)
		build_eval(fb, build_finish_call(fb, deferred->callee, stmt->defer.call));
	else if (stmt->defer.block)
		build_stmts(fb, stmt->defer.block, NULL);
	else
		build_to(fb, stmt->defer.call, &discard);
	fb->branch_depth--;
	fb->in_deferred = false;
	if (deferred->flag)
		build_close(fb, scope);
}

/* Closes the innermost block and lets its defers follow. */
static void close_exit(struct fn_build *fb)
{
	struct exit_block *exit = fb->exit;
	bool dead = build_close(fb, exit->scope);

	fb->exit = exit->outer;
	build_block(fb, exit->block, dead);
	for (uint32_t i = exit->deferred.len; i-- > 0;)
		run_deferred(fb, exit->deferred.data[i]);
}

/* What came before the statement stays outside; the statement and all that follows go inside. */
static void open_exit(struct fn_build *fb, struct ir_stmt_vec *out, uint32_t before)
{
	struct exit_block *exit = fb->exit;
	struct ir_stmt_vec *body = &exit->block->block.body;

	for (uint32_t i = before; i < out->len; i++)
		vec_push(&fb->comp->arena, body, out->data[i]);
	out->len = before;
	exit->is_open = true;
	exit->scope = (struct scope_mark){out, false};
	fb->out = body;
}

/* Behind all defers: the exits that noted how they leave. */
static void emit_noted_exits(struct fn_build *fb, struct span span)
{
	struct scope_mark scope;
	struct ir_stmt *test;

	for (uint32_t i = 0; i < fb->tails.len; i++) {
		test = build_if_stmt(fb,
				     build_compare(fb, BINARY_EQ, build_read(fb, fb->tail, span),
						   build_u32(fb, i + 1, span), span),
				     span);
		scope = build_open(fb, &test->iff.then);
		build_emit(fb, fb->tails.data[i]);
		build_close(fb, scope);
	}
	if (!fb->thrown)
		return;
	test = build_if_stmt(fb, build_truth(fb, build_read(fb, fb->thrown, span)), span);
	scope = build_open(fb, &test->iff.then);
	emit_throw(fb, build_read(fb, fb->thrown, span), span);
	build_close(fb, scope);
}

/* ---- body ---- */

static void build_body(struct fn_build *fb, struct stmt *body)
{
	const struct stmt_vec *stmts = &body->block.stmts;
	struct span end = fb->func->end;

	for (uint32_t i = 0; i < stmts->len && !fb->dead; i++) {
		struct ir_stmt_vec *out = fb->out;
		uint32_t before = out->len;

		build_stmt(fb, stmts->data[i]);
		if (fb->exit && !fb->exit->is_open)
			open_exit(fb, out, before);
	}
	if (!fb->exit) {
		if (!fb->dead && fb->func->result->kind != TYPE_VOID)
			build_return_bare(fb, end);
		return;
	}
	while (fb->exit)
		close_exit(fb);
	emit_noted_exits(fb, end);
	if (!fb->dead && fb->func->result->kind != TYPE_VOID)
		emit_return(fb, build_read(fb, result_local(fb, end), end), end);
}

static void add_param(struct fn_build *fb, const char *name, const struct type *type,
		      struct variable *variable, struct span span)
{
	struct ir_local *local = build_local(fb, name ? name : "unnamed", type, span);
	struct binding *binding = arena_new(&fb->comp->arena, struct binding);

	local->is_param = true;
	vec_push(&fb->comp->arena, &fb->func->params, local);
	if (!variable)
		return;
	binding->local = local;
	ptr_map_set(&fb->bindings, variable, binding);
	if (variable == fb->decl->fn.context)
		fb->func->context = local;
}

void build_fn_params(struct fn_build *fb)
{
	struct compilation *comp = fb->comp;
	const struct fn_decl *fn = &fb->decl->fn;

	for (uint32_t i = 0; i < fn->params.len; i++) {
		const struct param *param = &fn->params.data[i];
		const struct type *type =
			param->variable ? param->variable->type : fn->type->fn.params.data[i].type;

		add_param(fb, param->name.text, type, param->variable, param->name.span);
		if (fb->func->role == FN_KFUNC)
			fb->func->params.data[i]->suffix = kfunc_param_suffix(fb->decl, i);
	}
	if (fn->needs_context && fb->func->role != FN_PROGRAM && build_target(fb) == TARGET_BPF) {
		add_param(fb, "ctx", type_ptr(comp, comp->types->void_, REGION_CTX), NULL,
			  fb->decl->name.span);
		fb->func->context = fb->func->params.data[fb->func->params.len - 1];
	}
}

void build_fn_body(struct fn_build *fb)
{
	struct variable *result = fb->decl->fn.result_variable;

	if (result)
		fb->result = build_variable(fb, result)->local;
	fb->out = &fb->func->body;
	build_body(fb, fb->decl->fn.body);
	if (!fb->start.len)
		return;
	vec_foreach (stmt, &fb->func->body)
		vec_push(&fb->comp->arena, &fb->start, *stmt);
	fb->func->body = fb->start;
}
