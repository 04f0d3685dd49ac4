/* SPDX-License-Identifier: Apache-2.0 */
/* Statements and calls. */
#include "interp_int.h"

static enum step_kind run_stmts(struct interp *interp, const struct ir_stmt_vec *stmts);

/* ---- calls ---- */

static bool enter(struct interp *interp, struct frame *frame, const struct ir_func *func,
		  const struct value *args, uint32_t count)
{
	if (++interp->depth > DEPTH_MAX) {
		interp_end(interp, INTERP_STEPS, "calls are nested more than %d deep", DEPTH_MAX);
		return false;
	}
	frame->func = func;
	frame->caller = interp->frame;
	frame->locals = calloc(func->locals.len + 1, sizeof(*frame->locals));
	if (!frame->locals)
		abort();
	vec_foreach (local, &func->locals) {
		uint64_t size = (*local)->type->size ? (*local)->type->size : 8;

		frame->locals[(*local)->index] = interp_alloc(interp, size);
		/* What nobody sets before a read must not matter. */
		if ((*local)->uninit)
			memset(interp_bytes(interp, frame->locals[(*local)->index], size), 0xa5,
			       size);
	}
	for (uint32_t i = 0; i < count && i < func->params.len; i++) {
		const struct ir_local *param = func->params.data[i];

		interp_store(interp, param->type,
			     interp_bytes(interp, frame->locals[param->index], 0), args[i]);
	}
	return true;
}

static void leave(struct interp *interp, struct frame *frame)
{
	interp->depth--;
	for (uint32_t i = 0; i < frame->func->locals.len; i++)
		interp_release(interp, frame->locals[i]);
	free(frame->locals);
}

/* One function, without what it hands over to. */
static enum step_kind call_once(struct interp *interp, const struct ir_func *func,
				const struct value *args, uint32_t count, struct frame *frame)
{
	enum step_kind step;

	*frame = (struct frame){0};
	if (!enter(interp, frame, func, args, count))
		return STEP_END;
	interp->frame = frame;
	step = run_stmts(interp, &func->body);
	interp->frame = frame->caller;
	if (step == STEP_NEXT && func->result->kind != TYPE_VOID)
		interp_end(interp, INTERP_FAULT, "`%s` falls off its end", func->name);
	leave(interp, frame);
	return step;
}

bool interp_call(struct interp *interp, const struct ir_func *func, const struct value *args,
		 uint32_t count, struct value *result, int32_t *code)
{
	struct frame frame;
	enum step_kind step = STEP_TAIL;

	while (step == STEP_TAIL && !interp->has_ended) {
		step = call_once(interp, func, args, count, &frame);
		func = frame.tail;
	}
	*result = frame.returned;
	*code = step == STEP_THROW ? frame.code : 0;
	return !interp->has_ended;
}

static struct value run_call(struct interp *interp, const struct ir_expr *expr)
{
	uint32_t count = expr->call.args.len;
	struct value args[count + 1];
	struct value result = interp_zero(interp, expr->type);
	const struct ir_func *func = expr->call.func;
	int32_t code;

	if (!func)
		func = (const struct ir_func *)(uintptr_t)interp_expr(interp, expr->call.pointer)
			       .bits;
	for (uint32_t i = 0; i < count; i++)
		args[i] = interp_expr(interp, expr->call.args.data[i]);
	if (interp->has_ended)
		return result;
	if (!func) {
		interp_end(interp, INTERP_NULL, "null is called");
		return result;
	}
	if (!interp_call(interp, func, args, count, &result, &code))
		return result;
	if (expr->call.error)
		interp_set_local(interp, expr->call.error,
				 interp_scalar(expr->call.error->type, (uint64_t)(int64_t)code));
	else if (code)
		interp_end(interp, INTERP_FAULT, "an error of `%s` is not received", func->name);
	if (code)
		result = interp_zero(interp, expr->type);
	return result;
}

struct value interp_root(struct interp *interp, const struct ir_expr *expr)
{
	if (expr->kind == IR_EXPR_CALL)
		return run_call(interp, expr);
	return expr->kind == IR_EXPR_OP ? interp_op(interp, expr) : interp_expr(interp, expr);
}

/* ---- loops ---- */

/* What the end of a round means for the loop: STEP_NEXT goes on. */
static enum step_kind after_round(struct interp *interp, enum step_kind step, uint32_t label)
{
	if ((step == STEP_CONTINUE) && interp->frame->label == label)
		return STEP_NEXT;
	return step;
}

/* The step behind a loop that a round left with `step`. */
static enum step_kind behind_loop(struct interp *interp, enum step_kind step, uint32_t label)
{
	return step == STEP_BREAK && interp->frame->label == label ? STEP_NEXT : step;
}

/* A loop of a bpf program does not run for ever: the program ends with its neutral verdict. */
static bool is_runaway(struct interp *interp, uint64_t rounds)
{
	const struct frame *frame = interp->frame;
	const struct ir_func *func;

	if (frame->func->target != TARGET_BPF || rounds < ROUNDS_MAX)
		return false;
	while (frame->caller)
		frame = frame->caller;
	func = frame->func;
	interp->has_ended = true;
	interp->result.end = INTERP_RETURNED;
	interp->result.value =
		func->kind ? (uint64_t)prog_kind_neutral(func->kind, func->choice) : 0;
	return true;
}

static enum step_kind run_loop(struct interp *interp, const struct ir_stmt *stmt)
{
	bool is_while = stmt->kind == IR_STMT_WHILE;
	uint32_t label = is_while ? stmt->whil.label : stmt->block.label;
	const struct ir_stmt_vec *body = is_while ? &stmt->whil.body : &stmt->block.body;
	enum step_kind step = STEP_NEXT;

	for (uint64_t rounds = 0; step == STEP_NEXT; rounds++) {
		if (is_runaway(interp, rounds))
			return STEP_END;
		if (is_while && !interp_expr(interp, stmt->whil.cond).bits)
			return interp->has_ended ? STEP_END : STEP_NEXT;
		step = after_round(interp, run_stmts(interp, body), label);
	}
	return behind_loop(interp, step, label);
}

static enum step_kind run_for(struct interp *interp, const struct ir_stmt *stmt)
{
	const struct type *type = stmt->range.local->type;
	uint64_t at = interp_expr(interp, stmt->range.from).bits;
	uint64_t to = interp_expr(interp, stmt->range.to).bits;
	enum step_kind step = STEP_NEXT;

	for (uint64_t rounds = 0; step == STEP_NEXT; rounds++) {
		if (!ir_eval_compare(stmt->range.inclusive ? BINARY_LE : BINARY_LT, type, at, to))
			return interp->has_ended ? STEP_END : STEP_NEXT;
		if (is_runaway(interp, rounds))
			return STEP_END;
		interp_set_local(interp, stmt->range.local, interp_scalar(type, at));
		step = after_round(interp, run_stmts(interp, &stmt->range.body), stmt->range.label);
		if (at == to && step == STEP_NEXT)
			return STEP_NEXT; /* ends also at the type's maximum */
		at = ir_normalize(type, at + 1);
	}
	return behind_loop(interp, step, stmt->range.label);
}

static enum step_kind run_for_map(struct interp *interp, const struct ir_stmt *stmt)
{
	struct imap *map = interp_map(interp, stmt->each.map);
	uint32_t count = map->entries.len;
	enum step_kind step = STEP_NEXT;

	for (uint32_t i = 0; i < count && step == STEP_NEXT; i++) {
		struct entry entry = map->entries.data[i];
		const struct ir_local *buffer = stmt->each.buffer;
		uint64_t address = entry.address;

		if (!entry.is_live)
			continue;
		if (stmt->each.key)
			interp_set_local(interp, stmt->each.key,
					 interp_load(interp, stmt->each.key->type, entry.key));
		if (buffer) {
			memcpy(interp_local(interp, buffer), interp_bytes(interp, address, 0),
			       buffer->type->size);
			address = interp->frame->locals[buffer->index];
		}
		if (stmt->each.entry)
			interp_set_local(interp, stmt->each.entry,
					 interp_scalar(stmt->each.entry->type, address));
		step = after_round(interp, run_stmts(interp, &stmt->each.body), stmt->each.label);
	}
	return behind_loop(interp, step, stmt->each.label);
}

/* ---- statements ---- */

static enum step_kind run_switch(struct interp *interp, const struct ir_stmt *stmt)
{
	struct value value = interp_expr(interp, stmt->swich.value);

	vec_foreach (one, &stmt->swich.cases) {
		for (uint32_t i = 0; i < one->range_count; i++) {
			if (ir_eval_compare(BINARY_GE, value.type, value.bits,
					    one->ranges[i].low) &&
			    ir_eval_compare(BINARY_LE, value.type, value.bits, one->ranges[i].high))
				return run_stmts(interp, &one->body);
		}
	}
	return run_stmts(interp, &stmt->swich.otherwise);
}

static void run_update(struct interp *interp, const struct ir_stmt *stmt)
{
	struct spot spot = interp_spot(interp, stmt->store.place);
	struct value value = interp_expr(interp, stmt->store.value);
	struct value old = interp_read(interp, spot);

	if (spot.type->kind == TYPE_FLOAT) {
		struct ir_expr operation = {.kind = IR_EXPR_BINARY, .type = spot.type};
		struct ir_expr left = {.kind = IR_EXPR_FLOAT, .type = spot.type};
		struct ir_expr right = left;

		left.number = old.number;
		right.number = value.number;
		operation.binary.op = stmt->store.op;
		operation.binary.left = &left;
		operation.binary.right = &right;
		old = interp_expr(interp, &operation);
	} else {
		old.bits = ir_eval_binary(stmt->store.op, spot.type, old.bits, value.bits);
	}
	interp_write(interp, spot, old);
}

static enum step_kind run_present(struct interp *interp, const struct ir_stmt *stmt)
{
	struct value value = interp_root(interp, stmt->iff.value);

	interp_set_local(interp, stmt->iff.local, value);
	return run_stmts(interp, value.bits ? &stmt->iff.then : &stmt->iff.otherwise);
}

static enum step_kind run_return(struct interp *interp, const struct ir_stmt *stmt)
{
	if (stmt->value)
		interp->frame->returned = interp_expr(interp, stmt->value);
	return STEP_RETURN;
}

static enum step_kind run_stmt(struct interp *interp, const struct ir_stmt *stmt)
{
	enum step_kind step;
	struct spot spot;

	if (++interp->steps > interp->steps_max)
		interp_end(interp, INTERP_STEPS, "more than %llu statements",
			   (unsigned long long)interp->steps_max);
	if (interp->has_ended)
		return STEP_END;
	switch (stmt->kind) {
	case IR_STMT_SET:
		interp_set_local(interp, stmt->set.local, interp_root(interp, stmt->set.value));
		return STEP_NEXT;
	case IR_STMT_STORE:
		spot = interp_spot(interp, stmt->store.place);
		interp_write(interp, spot, interp_expr(interp, stmt->store.value));
		return STEP_NEXT;
	case IR_STMT_UPDATE:
		run_update(interp, stmt);
		return STEP_NEXT;
	case IR_STMT_EVAL:
		interp_root(interp, stmt->eval);
		return STEP_NEXT;
	case IR_STMT_BLOCK:
		step = run_stmts(interp, &stmt->block.body);
		return behind_loop(interp, step, stmt->block.label);
	case IR_STMT_IF:
		return run_stmts(interp, interp_expr(interp, stmt->iff.cond).bits
						 ? &stmt->iff.then
						 : &stmt->iff.otherwise);
	case IR_STMT_IF_PRESENT:
		return run_present(interp, stmt);
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
		return run_loop(interp, stmt);
	case IR_STMT_FOR:
		return run_for(interp, stmt);
	case IR_STMT_FOR_MAP:
		return run_for_map(interp, stmt);
	case IR_STMT_SWITCH:
		return run_switch(interp, stmt);
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
		interp->frame->label = stmt->label;
		return stmt->kind == IR_STMT_BREAK ? STEP_BREAK : STEP_CONTINUE;
	case IR_STMT_RETURN:
		return run_return(interp, stmt);
	case IR_STMT_THROW:
		interp->frame->code = (int32_t)interp_expr(interp, stmt->value).bits;
		return STEP_THROW;
	case IR_STMT_TAIL_CALL:
		if (interp->tail_calls++ >= TAIL_CALLS_MAX) {
			interp->frame->returned = interp_expr(interp, stmt->tail.otherwise);
			return STEP_RETURN;
		}
		interp->frame->tail = stmt->tail.func;
		return STEP_TAIL;
	case IR_STMT_COMMENT:
		return STEP_NEXT;
	}
	return STEP_NEXT;
}

static enum step_kind run_stmts(struct interp *interp, const struct ir_stmt_vec *stmts)
{
	enum step_kind step = STEP_NEXT;

	for (uint32_t i = 0; i < stmts->len && step == STEP_NEXT; i++)
		step = run_stmt(interp, stmts->data[i]);
	return interp->has_ended ? STEP_END : step;
}
