/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls, errors and their handlers. A throw that a handler in the same function takes is a break to
 * the handler's block; a call of a function that throws sets an error local, which is tested.
 */
#include "ir/build.h"

#include <string.h>

/* ---- operations ---- */

struct ir_expr *build_op(struct fn_build *fb, enum ir_op op, const struct type *type,
			 struct span span)
{
	struct ir_expr *expr = ir_expr_new(fb->comp, IR_EXPR_OP, type, span);

	expr->op.op = op;
	return expr;
}

void build_op_arg(struct fn_build *fb, struct ir_expr *op, struct ir_expr *arg)
{
	vec_push(&fb->comp->arena, &op->op.args, arg);
}

/* ---- functions as values ---- */

struct ir_expr *build_func_value(struct fn_build *fb, struct decl *decl, enum target target,
				 const struct type *type, struct span span)
{
	struct ir_expr *value = ir_expr_new(
		fb->comp, IR_EXPR_FUNC, type && type->kind == TYPE_FN ? type : decl->fn.type, span);

	value->func = build_func(fb->build, decl, target);
	return value;
}

struct ir_expr *build_extern_value(struct fn_build *fb, struct decl *decl, const struct type *type,
				   struct span span)
{
	diag_report(fb->comp, DIAG_UNSUPPORTED, span,
		    "an extern function as a value is not compiled yet");
	return build_null(fb, type, span);
}

/* ---- calls ---- */

/* The arguments, converted to what the parameters are. */
static void build_args(struct fn_build *fb, struct expr *call, const struct type *fn,
		       struct ir_expr_vec *args)
{
	const struct fn_param_vec *params = &fn->fn.params;
	uint32_t count = call->call.args.len;
	const struct type **types = arena_array(&fb->comp->arena, const struct type *, count);

	/* Text for a kfunc's `string(name)` stays text: the back end puts it among the constants.
	 */
	for (uint32_t i = 0; i < count && i < params->len; i++) {
		struct expr *arg = call->call.args.data[i];
		bool is_text = arg->kind == EXPR_STRING && !arg->to &&
			       params->data[i].type->kind == TYPE_PTR;

		types[i] = is_text ? arg->type : params->data[i].type;
	}
	build_exprs(fb, call->call.args.data, count, types, args);
}

/* The program ends when a callee says so; other codes are thrown on. */
static void test_error(struct fn_build *fb, const struct ir_func *func, struct ir_local *error,
		       const struct expr *call, struct span span)
{
	const struct type *i32 = build_types(fb)->i32;
	struct ir_expr *abort =
		ir_const(fb->comp, i32, ir_normalize(i32, (uint64_t)IR_ABORT_CODE), span);
	struct ir_expr *code = build_read(fb, error, span);
	struct scope_mark scope;
	struct ir_stmt *test;

	test = build_if_stmt(fb, build_truth(fb, code), span);
	scope = build_open(fb, &test->iff.then);
	if (func->aborts && !fb->handler)
		fb->func->aborts = true;
	if (func->aborts && fb->handler) {
		struct ir_stmt *inner =
			build_if_stmt(fb, build_compare(fb, BINARY_EQ, code, abort, span), span);
		struct scope_mark inside = build_open(fb, &inner->iff.then);

		build_give_back(fb, call, true, span);
		build_abort(fb, span);
		build_close(fb, inside);
	}
	build_give_back(fb, call, false, span);
	build_throw_code(fb, code, span);
	build_close(fb, scope);
}

void build_give_back(struct fn_build *fb, const void *node, bool is_abort, struct span span)
{
	const struct fn_decl *fn = &fb->decl->fn;
	const struct held_at *held =
		fn->held && build_target(fb) == TARGET_BPF ? ptr_map_get(fn->held, node) : NULL;

	const struct variable_vec *variables;

	if (!held)
		return;
	/* Without a handler both ways leave the function, with the same things. */
	variables = is_abort || (!fb->handler && held->on_abort.len) ? &held->on_abort
								     : &held->on_throw;
	vec_foreach (variable, variables) {
		const struct binding *binding = ptr_map_get(&fb->bindings, *variable);
		struct ir_expr *value, *op;
		bool is_record;

		if (!binding)
			internal_error(fb->comp, span, "nothing is bound to `%s`",
				       (*variable)->name);
		value = build_read(fb, binding->local, span);
		is_record = value->type->ptr.region == REGION_RECORD;
		op = build_op(fb, is_record ? IR_OP_RINGBUF_DISCARD : IR_OP_FREE,
			      build_types(fb)->void_, span);
		build_op_arg(fb, op, value);
		build_eval(fb, op);
	}
}

struct ir_expr *build_finish_call(struct fn_build *fb, struct ir_expr *root,
				  const struct expr *call)
{
	struct ir_func *func = root && root->kind == IR_EXPR_CALL ? root->call.func : NULL;
	struct ir_local *error = fb->handler ? fb->handler->code : fb->error, *result = NULL;

	if (!func || !func->throws)
		return root;
	if (!error)
		error = fb->error = build_temp_local(fb, "error", build_types(fb)->i32, root->span);
	root->call.error = error;
	if (root->type->kind == TYPE_VOID)
		build_eval(fb, root);
	else
		result = build_temp(fb, func->name, root);
	test_error(fb, func, error, call, root->span);
	return result ? build_read(fb, result, root->span) : NULL;
}

/* A value where the kernel takes an address: the address of a copy. */
static struct ir_expr *argument_address(struct fn_build *fb, struct ir_expr *value)
{
	return type_is_aggregate(value->type) ? build_address_of_value(fb, value) : value;
}

/* Text for a kfunc's `string(name)`: module code gives the address of a copy. */
static void address_texts(struct fn_build *fb, const struct type *fn, struct ir_expr_vec *args)
{
	for (uint32_t i = 0; i < args->len && i < fn->fn.params.len; i++) {
		const struct type *type = fn->fn.params.data[i].type;

		if (args->data[i]->type->kind == TYPE_STR && type->kind == TYPE_PTR)
			args->data[i] =
				build_convert(fb, argument_address(fb, args->data[i]), type);
	}
}

static struct ir_expr *call_func(struct fn_build *fb, struct expr *expr, struct decl *decl)
{
	struct ir_func *func = build_func(fb->build, decl, build_target(fb));
	struct ir_expr *call = ir_expr_new(fb->comp, IR_EXPR_CALL, func->result, expr->span);

	func->is_called = true;
	call->call.func = func;
	build_args(fb, expr, decl->fn.type, &call->call.args);
	address_texts(fb, decl->fn.type, &call->call.args);
	if (func->context && func->role != FN_PROGRAM && decl->fn.needs_context)
		vec_push(&fb->comp->arena, &call->call.args,
			 build_convert(fb,
				       build_read(fb, build_context(fb, expr->span), expr->span),
				       func->context->type));
	return call;
}

struct ir_local *build_context(struct fn_build *fb, struct span span)
{
	if (!fb->func->context)
		internal_error(fb->comp, span, "a function without context needs one");
	return fb->func->context;
}

/* A length that is computed says no more than its buffer holds. */
static const uint64_t *buffer_limits(struct fn_build *fb, const struct expr *call,
				     const struct decl *decl)
{
	uint32_t count = call->call.args.len;
	uint64_t *limits = NULL;

	for (uint32_t i = 1; i < count; i++) {
		const struct expr *buffer = call->call.args.data[i - 1];

		if (!kfunc_param_is_size(decl, i) || call->call.args.data[i]->constant.kind ||
		    buffer->kind == EXPR_NULL)
			continue;
		if (!limits) {
			limits = arena_array(&fb->comp->arena, uint64_t, count);
			memset(limits, 0xff, count * sizeof(*limits));
		}
		limits[i] = kfunc_argument_bytes(buffer);
	}
	return limits;
}

/* A kfunc of this file. */
static struct ir_expr *call_kfunc(struct fn_build *fb, struct expr *expr, struct decl *decl)
{
	struct ir_expr *op = build_op(fb, IR_OP_KFUNC, decl->fn.type->fn.result, expr->span);

	op->op.kfunc = build_func(fb->build, decl, TARGET_MODULE);
	op->op.symbol = op->op.kfunc->name;
	build_args(fb, expr, decl->fn.type, &op->op.args);
	op->op.at_most = buffer_limits(fb, expr, decl);
	return op;
}

/* The arguments of a function that ksc did not compile: aggregates go by address. */
static void foreign_args(struct fn_build *fb, struct expr *expr, const struct type *fn,
			 struct ir_expr *op)
{
	build_args(fb, expr, fn, &op->op.args);
	vec_foreach (arg, &op->op.args) {
		/* C has the address of a text that is written as one. */
		if (build_target(fb) != TARGET_USER || (*arg)->kind != IR_EXPR_STRING)
			*arg = argument_address(fb, *arg);
	}
}

static struct ir_expr *call_extern(struct fn_build *fb, struct expr *expr, struct decl *decl)
{
	bool is_bpf = build_target(fb) == TARGET_BPF;
	struct ir_expr *op = build_op(fb, is_bpf ? IR_OP_KFUNC : IR_OP_EXTERN,
				      decl->fn.type->fn.result, expr->span);

	op->op.external = build_extern(fb->build, decl, build_target(fb));
	op->op.symbol = op->op.external->name;
	foreign_args(fb, expr, decl->fn.type, op);
	return op;
}

/* ---- helpers and kfuncs by their kernel names ---- */

/* The map that a helper's key and value arguments belong to. */
static const struct decl *map_argument(const struct expr *expr, const struct helper *helper)
{
	for (uint32_t i = 0; i < expr->call.args.len; i++) {
		if (helper_param_kind(helper, i) == HELPER_PARAM_MAP)
			return build_ref_decl(expr->call.args.data[i]);
	}
	return NULL;
}

/* A key or value of a map: an address, or a value that gets one. */
static struct ir_expr *entry_argument(struct fn_build *fb, struct ir_expr *value,
				      const struct type *type)
{
	if (value->type->kind == TYPE_PTR && (!type || type->kind != TYPE_PTR))
		return value;
	if (type)
		value = build_convert(fb, value, type);
	return build_address_of_value(fb, value);
}

static struct ir_expr *helper_argument(struct fn_build *fb, struct ir_expr *value,
				       enum helper_param kind, const struct decl *map)
{
	switch (kind) {
	case HELPER_PARAM_KEY:
		return entry_argument(fb, value, map ? map->map.key : NULL);
	case HELPER_PARAM_VALUE:
		return entry_argument(fb, value, map ? map->map.value : NULL);
	case HELPER_PARAM_PLAIN:
		return argument_address(fb, value);
	case HELPER_PARAM_MAP:
	case HELPER_PARAM_CONTEXT:
	case HELPER_PARAM_STATE:
		if (value->kind == IR_EXPR_ADDR &&
		    ir_place_root(value->place)->kind == IR_PLACE_LOCAL)
			ir_place_root(value->place)->local->on_stack = true;
		break;
	case HELPER_PARAM_CALLBACK:
		break;
	}
	return value;
}

static struct ir_expr *call_helper(struct fn_build *fb, struct expr *expr,
				   const struct helper *helper)
{
	struct ir_expr *op = build_op(fb, IR_OP_HELPER, expr->type, expr->span);
	const struct decl *map = map_argument(expr, helper);

	op->op.helper = helper;
	build_exprs(fb, expr->call.args.data, expr->call.args.len, NULL, &op->op.args);
	for (uint32_t i = 0; i < op->op.args.len; i++)
		op->op.args.data[i] =
			helper_argument(fb, op->op.args.data[i], helper_param_kind(helper, i), map);
	return op;
}

static struct ir_expr *call_kernel_kfunc(struct fn_build *fb, struct expr *expr, const char *name)
{
	struct ir_expr *op = build_op(fb, IR_OP_KFUNC, expr->type, expr->span);

	op->op.symbol = name;
	build_exprs(fb, expr->call.args.data, expr->call.args.len, NULL, &op->op.args);
	vec_foreach (arg, &op->op.args)
		*arg = argument_address(fb, *arg);
	return op;
}

static struct ir_expr *call_pointer(struct fn_build *fb, struct expr *expr)
{
	const struct type *fn = expr->call.callee->type;
	struct ir_expr *call = ir_expr_new(fb->comp, IR_EXPR_CALL, fn->fn.result, expr->span);
	struct ir_expr *pointer = build_expr(fb, expr->call.callee);
	struct mark mark = build_mark(fb);

	build_args(fb, expr, fn, &call->call.args);
	call->call.pointer = build_keep(fb, pointer, mark);
	return call;
}

struct ir_expr *build_call_root(struct fn_build *fb, struct expr *expr)
{
	const struct expr *callee = expr->call.callee;
	const struct ref *ref = callee->ref.kind != REF_NONE ? &callee->ref : &expr->ref;

	if (ref->kind == REF_BUILTIN)
		return build_builtin(fb, expr, ref->builtin);
	if (ref->kind == REF_HELPER)
		return ref->helper ? call_helper(fb, expr, ref->helper)
				   : call_kernel_kfunc(fb, expr, callee->name.text);
	if (ref->kind != REF_DECL)
		return call_pointer(fb, expr);
	if (ref->decl->kind == DECL_EXTERN)
		return call_extern(fb, expr, ref->decl);
	if (ref->decl->kind != DECL_FN)
		return call_pointer(fb, expr);
	if (ref->decl->fn.role == FN_KFUNC && build_target(fb) == TARGET_BPF)
		return call_kfunc(fb, expr, ref->decl);
	return call_func(fb, expr, ref->decl);
}

struct ir_expr *build_call(struct fn_build *fb, struct expr *expr)
{
	return build_finish_call(fb, build_call_root(fb, expr), expr);
}

void build_tail_call_expr(struct fn_build *fb, struct expr *expr, struct expr *verdict)
{
	struct decl *decl =
		expr->call.callee->ref.decl ? expr->call.callee->ref.decl : expr->ref.decl;
	struct ir_func *target = build_func(fb->build, decl, TARGET_BPF);
	struct ir_expr *otherwise;

	target->is_tail_target = true;
	if (verdict)
		otherwise = build_expr_as(fb, verdict, fb->func->result);
	else
		otherwise = build_abort_verdict(fb, expr->span);
	build_tail_call(fb, target, otherwise, expr->span);
}

/* ---- throw, try ---- */

void build_lock_op(struct fn_build *fb, enum ir_op code, const struct lock *lock, struct span span)
{
	struct ir_expr *op = build_op(fb, code, build_types(fb)->void_, span);
	struct scope_mark scope;
	struct ir_stmt *test;

	build_op_arg(fb, op, lock->address);
	if (!lock->may_be_null) {
		build_eval(fb, op);
		return;
	}
	test = build_if_stmt(fb, build_truth(fb, lock->address), span);
	scope = build_open(fb, &test->iff.then);
	build_eval(fb, op);
	build_close(fb, scope);
}

void build_unlock(struct fn_build *fb, struct lock *until, struct span span)
{
	for (struct lock *lock = fb->locks; lock != until; lock = lock->outer)
		build_lock_op(fb, IR_OP_UNLOCK, lock, span);
}

void build_throw_code(struct fn_build *fb, struct ir_expr *code, struct span span)
{
	struct handler *handler = fb->handler;

	if (!handler) {
		build_throw_out(fb, code, span);
		return;
	}
	if (code->kind != IR_EXPR_LOAD || code->place->kind != IR_PLACE_LOCAL ||
	    code->place->local != handler->code)
		build_set(fb, handler->code, code, span);
	build_unlock(fb, handler->locks, span);
	build_break(fb, handler->label, span);
}

/* The name of a thrown constant, for the message of an uncaught error. */
static const char *code_name(const struct expr *expr)
{
	if (expr->constant.kind == CONSTANT_NONE)
		return NULL;
	if (expr->kind == EXPR_NAME)
		return expr->name.text;
	return expr->kind == EXPR_FIELD ? expr->field.name.text : NULL;
}

void build_throw(struct fn_build *fb, struct stmt *stmt)
{
	const struct type *i32 = build_types(fb)->i32;
	struct ir_expr *code = build_expr_as(fb, stmt->expr.value, i32), *note;

	if (build_target(fb) == TARGET_USER) {
		note = build_op(fb, IR_OP_THROW_NOTE, i32, stmt->span);
		note->op.text = code_name(stmt->expr.value);
		build_op_arg(fb, note, code);
		code = build_read(fb, build_temp(fb, "thrown", note), stmt->span);
	}
	build_give_back(fb, stmt, false, stmt->span);
	build_throw_code(fb, code, stmt->span);
}

static bool has_case(const struct ir_stmt *stmt, uint64_t bits)
{
	vec_foreach (one, &stmt->swich.cases) {
		if (one->ranges[0].low == bits)
			return true;
	}
	return false;
}

/* Into `body`; returns whether its end cannot be reached. */
static bool build_catch(struct fn_build *fb, struct stmt *block, struct ir_stmt_vec *body)
{
	struct scope_mark scope = build_open(fb, body);

	fb->branch_depth++;
	build_stmts(fb, block, NULL);
	fb->branch_depth--;
	return build_close(fb, scope);
}

/* switch (code) over the clauses; what none takes is thrown on. */
static void build_catches(struct fn_build *fb, struct stmt *stmt, struct ir_local *code)
{
	struct ir_stmt *choice = ir_stmt_new(fb->comp, IR_STMT_SWITCH, stmt->span);
	struct stmt *fallback = NULL;
	struct scope_mark scope;
	bool dead = true;

	choice->swich.value = build_read(fb, code, stmt->span);
	vec_foreach (clause, &stmt->tri.catches) {
		struct ir_case one = {.range_count = 1};

		if (!clause->code) {
			fallback = clause->block;
			break;
		}
		one.ranges = arena_new(&fb->comp->arena, struct ir_case_range);
		one.ranges->low = one.ranges->high =
			build_constant_bits(&clause->code->constant, code->type);
		if (has_case(choice, one.ranges->low))
			continue;
		dead = build_catch(fb, clause->block, &one.body) && dead;
		vec_push(&fb->comp->arena, &choice->swich.cases, one);
	}
	if (!choice->swich.cases.len && fallback) {
		build_stmts(fb, fallback, NULL);
		return;
	}
	if (fallback) {
		dead = build_catch(fb, fallback, &choice->swich.otherwise) && dead;
	} else {
		scope = build_open(fb, &choice->swich.otherwise);
		build_throw_code(fb, choice->swich.value, stmt->span);
		dead = build_close(fb, scope) && dead;
	}
	build_emit(fb, choice);
	fb->dead = fb->dead || dead;
}

void build_try(struct fn_build *fb, struct stmt *stmt)
{
	struct handler handler = {.outer = fb->handler, .locks = fb->locks};
	struct ir_stmt *guarded = ir_stmt_new(fb->comp, IR_STMT_BLOCK, stmt->span);
	struct ir_stmt *whole = ir_stmt_new(fb->comp, IR_STMT_BLOCK, stmt->span);
	struct scope_mark outer, inner;
	bool dead;

	whole->block.label = build_label(fb);
	guarded->block.label = handler.label = build_label(fb);
	handler.code = build_temp_local(fb, "code", build_types(fb)->i32, stmt->span);
	outer = build_open(fb, &whole->block.body);
	inner = build_open(fb, &guarded->block.body);
	fb->handler = &handler;
	fb->branch_depth++;
	build_stmts(fb, stmt->tri.body, NULL);
	fb->branch_depth--;
	fb->handler = handler.outer;
	if (!fb->label_used[handler.label]) { /* nothing throws */
		dead = build_close(fb, inner);
		build_close(fb, outer);
		whole->block.body = guarded->block.body;
		build_block(fb, whole, dead);
		return;
	}
	build_break(fb, whole->block.label, stmt->span);
	build_block(fb, guarded, build_close(fb, inner));
	fb->branch_depth++;
	build_catches(fb, stmt, handler.code);
	fb->branch_depth--;
	dead = build_close(fb, outer);
	build_block(fb, whole, dead);
}
