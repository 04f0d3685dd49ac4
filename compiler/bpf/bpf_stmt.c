/* SPDX-License-Identifier: Apache-2.0 */
/* Statements. */
#include "bpf/bpf_ways.h"

/* ---- assignments ---- */

struct reads {
	struct ir_walk walk;
	const struct ir_local *local; /* NULL: any memory */
	bool found;
};

static void reads_place(struct ir_walk *walk, struct ir_place *place)
{
	struct reads *reads = (struct reads *)walk;

	if (reads->local)
		reads->found |= place->kind == IR_PLACE_LOCAL && place->local == reads->local;
	else
		reads->found |= place->kind != IR_PLACE_LOCAL || place->local->address_taken;
	/* Through a pointer one may come to a local, too. */
	if (reads->local && reads->local->address_taken && place->kind == IR_PLACE_DEREF)
		reads->found = true;
}

/* Whether writing the aggregate part by part could change what is still to be read. */
static bool reads_target(const struct ir_expr *value, const struct ir_place *target)
{
	const struct ir_place *root = ir_place_root((struct ir_place *)target);
	struct reads reads = {.walk = {.place = reads_place}};

	switch (value->kind) {
	case IR_EXPR_ZERO:
	case IR_EXPR_STRING:
	case IR_EXPR_LOAD: /* one copy, of the same bytes or of others */
	case IR_EXPR_CALL:
	case IR_EXPR_OP:
		return false;
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
	case IR_EXPR_ADDR:
	case IR_EXPR_UNARY:
	case IR_EXPR_BINARY:
	case IR_EXPR_COMPARE:
	case IR_EXPR_CONVERT:
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
	case IR_EXPR_SELECT:
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
	case IR_EXPR_STR_LEN:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
		break;
	}
	if (root->kind == IR_PLACE_LOCAL)
		reads.local = root->local;
	bpfgen_look_expr(&reads.walk, value);
	return reads.found;
}

/* Writes an aggregate to its place, by way of a temporary when it reads from there. */
static void store_aggregate(struct bpfgen_fn *fn, const struct ir_place *target,
			    const struct ir_expr *value)
{
	LLVMValueRef temp = NULL;
	struct bpfgen_ref ref;

	if (reads_target(value, target)) {
		temp = bpfgen_temp_of(fn, value->type);
		bpfgen_value_to(fn, value, temp, 8);
	}
	bpfgen_written_place(fn, target, &ref);
	if (ref.memory == MEMORY_KERNEL || ref.memory == MEMORY_USER)
		bpfgen_unsupported(fn->gen, target->span, "a write to this place");
	else if (temp)
		bpfgen_copy(fn, ref.pointer, ref.align, temp, 8, value->type->size);
	else
		bpfgen_value_to(fn, value, ref.pointer, ref.align);
	bpfgen_temp_end(fn, temp);
	bpfgen_write_end(fn, &ref);
}

/* Joins the ways on which a write was dropped. */
void bpfgen_write_end(struct bpfgen_fn *fn, struct bpfgen_ref *ref)
{
	LLVMBasicBlockRef done, dropped[] = {ref->miss, ref->slow};

	if (!ref->miss && !ref->slow)
		return;
	done = bpfgen_block(fn, "written");
	bpfgen_jump(fn, done);
	for (unsigned i = 0; i < 2; i++) {
		if (!dropped[i])
			continue;
		bpfgen_at(fn, dropped[i]);
		bpfgen_jump(fn, done);
	}
	bpfgen_at(fn, done);
}

/* Where more of the packet may be pulled it has to be known which windows are there. */
static void set_window(struct bpfgen_fn *fn, const struct ir_local *local,
		       const struct ir_expr *expr)
{
	LLVMBasicBlockRef absent = NULL, done = bpfgen_block(fn, "set");
	LLVMValueRef null = LLVMConstNull(fn->gen->ptr), value;

	bpfgen_local_set(fn, local, null, expr);
	value = bpfgen_packet_window(fn, expr, &absent);
	bpfgen_store_raw(fn, value, fn->locals[local->index].storage, 8);
	bpfgen_window_bound(fn, local, true);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, absent);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
}

static void set(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	const struct ir_local *local = stmt->set.local;
	const struct ir_expr *value = stmt->set.value;
	struct ir_place place = {.kind = IR_PLACE_LOCAL,
				 .type = local->type,
				 .span = stmt->span,
				 .local = stmt->set.local};

	fn->binds = local;
	if (bpfgen_in_memory(local->type))
		store_aggregate(fn, &place, value);
	else if (fn->can_pull && value->kind == IR_EXPR_OP && value->op.op == IR_OP_PACKET_WINDOW)
		set_window(fn, local, value);
	else
		bpfgen_local_set(fn, local, bpfgen_value_as(fn, value, local->type), value);
}

static void store(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	const struct ir_place *place = stmt->store.place;
	const struct ir_expr *expr = stmt->store.value;
	struct bpfgen_ref ref;
	LLVMValueRef value;

	if (bpfgen_in_memory(place->type)) {
		store_aggregate(fn, place, expr);
		return;
	}
	value = bpfgen_value_as(fn, expr, place->type);
	if (place->kind == IR_PLACE_LOCAL) {
		bpfgen_local_set(fn, place->local, value, expr);
		return;
	}
	bpfgen_written_place(fn, place, &ref);
	bpfgen_ref_store(fn, &ref, value);
	bpfgen_write_end(fn, &ref);
}

static LLVMAtomicRMWBinOp atomic_op(enum binary_op op)
{
	switch (op) {
	case BINARY_ADD:
	case BINARY_SUB: /* of the negated value */
		return LLVMAtomicRMWBinOpAdd;
	case BINARY_AND:
		return LLVMAtomicRMWBinOpAnd;
	case BINARY_OR:
		return LLVMAtomicRMWBinOpOr;
	case BINARY_XOR:
		return LLVMAtomicRMWBinOpXor;
	case BINARY_MUL:
	case BINARY_DIV:
	case BINARY_MOD:
	case BINARY_SHL:
	case BINARY_SHR:
	case BINARY_EQ:
	case BINARY_NE:
	case BINARY_LT:
	case BINARY_LE:
	case BINARY_GT:
	case BINARY_GE:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
	case BINARY_NONE:
		break;
	}
	return LLVMAtomicRMWBinOpNand; /* there is none */
}

static void update(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	const struct ir_place *place = stmt->store.place;
	const struct type *type = place->type;
	enum binary_op op = stmt->store.op;
	LLVMValueRef value = bpfgen_value(fn, stmt->store.value), result;
	bool atomic =
		stmt->store.atomic && type->size >= 4 && atomic_op(op) != LLVMAtomicRMWBinOpNand;
	struct bpfgen_ref ref;

	bpfgen_written_place(fn, place, &ref);
	if (op == BINARY_SHL || op == BINARY_SHR)
		value = bpfgen_resize(fn, value, stmt->store.value->type,
				      bpfgen_type(fn->gen, type));
	if (atomic && !ref.bit_size) {
		if (op == BINARY_SUB)
			value = LLVMBuildNeg(fn->builder, value, "");
		LLVMBuildAtomicRMW(fn->builder, atomic_op(op), ref.pointer, value,
				   LLVMAtomicOrderingMonotonic, false);
	} else {
		result = bpfgen_binary(fn, op, type, bpfgen_ref_load(fn, &ref), value, false);
		bpfgen_ref_store(fn, &ref, result);
	}
	bpfgen_write_end(fn, &ref);
}

static void eval(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMValueRef unused = NULL;

	if (bpfgen_in_memory(expr->type))
		unused = bpfgen_temp_of(fn, expr->type);
	if (expr->kind == IR_EXPR_CALL)
		bpfgen_call(fn, expr, unused);
	else
		bpfgen_op(fn, expr, unused);
	bpfgen_temp_end(fn, unused);
}

/* ---- branches ---- */

static void branches(struct bpfgen_fn *fn, const struct ir_stmt *stmt, LLVMBasicBlockRef then,
		     LLVMBasicBlockRef otherwise)
{
	LLVMBasicBlockRef done = bpfgen_block(fn, "endif");
	bool open;

	bpfgen_at(fn, then);
	bpfgen_stmts(fn, &stmt->iff.then);
	open = fn->open;
	bpfgen_jump(fn, done);
	bpfgen_at(fn, otherwise);
	bpfgen_stmts(fn, &stmt->iff.otherwise);
	open |= fn->open;
	bpfgen_jump(fn, done);
	if (open)
		bpfgen_at(fn, done);
	else
		LLVMDeleteBasicBlock(done);
}

static void if_stmt(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	LLVMBasicBlockRef then = bpfgen_block(fn, "then"), otherwise = bpfgen_block(fn, "else");

	bpfgen_condition(fn, stmt->iff.cond, then, otherwise);
	branches(fn, stmt, then, otherwise);
}

/*
 * Arithmetic on a pointer that may be null is refused: the barrier keeps it behind the test.
 * Windows are no such pointers. Of a record LLVM may know that it is new, so that it drops the
 * zeroing of what is written.
 */
static bool needs_barrier(const struct type *type)
{
	return type->ptr.region != REGION_WINDOW && type->ptr.region != REGION_PACKET &&
	       type->ptr.region != REGION_RECORD;
}

static void if_present(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	LLVMBasicBlockRef bound = bpfgen_block(fn, "present"), absent = NULL;
	const struct ir_local *local = stmt->iff.local;
	const struct ir_expr *expr = stmt->iff.value;
	struct bpfgen_local *own = &fn->locals[local->index];
	LLVMValueRef value, null = bpfgen_zero_value(fn->gen, local->type);

	if (expr->kind == IR_EXPR_OP && expr->op.op == IR_OP_PACKET_WINDOW) {
		bpfgen_local_set(fn, local, null, expr);
		fn->binds = local;
		value = bpfgen_packet_window(fn, expr, &absent);
		bpfgen_jump(fn, bound);
	} else {
		value = bpfgen_value_as(fn, expr, local->type);
		bpfgen_local_set(fn, local, value, expr);
		absent = bpfgen_block(fn, "absent");
		bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntNE, value, null), bound, absent);
	}
	bpfgen_at(fn, bound);
	if (needs_barrier(local->type))
		value = bpfgen_anchor(fn, value);
	bpfgen_store_raw(fn, value, own->storage, 8);
	bpfgen_window_bound(fn, local, true);
	bound = bpfgen_block(fn, "bound");
	bpfgen_jump(fn, bound);
	own->is_present = own->assigned == 1;
	branches(fn, stmt, bound, absent);
	own->is_present = false;
}

/* ---- switch ---- */

/* Ranges up to this size become cases of their own; larger ones are compared. */
#define RANGE_CASES_MAX 64

static void switch_range(struct bpfgen_fn *fn, LLVMValueRef dispatch, LLVMValueRef value,
			 const struct ir_case_range *range, LLVMBasicBlockRef body,
			 LLVMBasicBlockRef *rest)
{
	LLVMTypeRef type = LLVMTypeOf(value);
	LLVMBasicBlockRef next;
	LLVMValueRef offset;

	if (range->high - range->low < RANGE_CASES_MAX) {
		for (uint64_t bits = range->low;; bits++) {
			LLVMAddCase(dispatch, bpfgen_int(fn->gen, type, bits), body);
			if (bits == range->high)
				return;
		}
	}
	/* low <= v <= high is one comparison of v - low, whatever the sign. */
	bpfgen_at(fn, *rest);
	next = bpfgen_block(fn, "not_in_range");
	offset = LLVMBuildSub(fn->builder, value, bpfgen_int(fn->gen, type, range->low), "");
	bpfgen_branch(fn,
		      bpfgen_compare(fn, LLVMIntULE, offset,
				     bpfgen_int(fn->gen, type, range->high - range->low)),
		      body, next);
	*rest = next;
}

static void switch_stmt(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	const struct ir_case_vec *cases = &stmt->swich.cases;
	LLVMValueRef value = bpfgen_value(fn, stmt->swich.value), dispatch;
	LLVMBasicBlockRef done = bpfgen_block(fn, "endswitch"), rest = bpfgen_block(fn, "rest");
	bool open = false;
	LLVMBasicBlockRef *bodies =
		arena_array(&fn->gen->comp->arena, LLVMBasicBlockRef, cases->len);

	dispatch = LLVMBuildSwitch(fn->builder, value, rest, cases->len);
	for (uint32_t i = 0; i < cases->len; i++) {
		bodies[i] = bpfgen_block(fn, "case");
		for (uint32_t j = 0; j < cases->data[i].range_count; j++)
			switch_range(fn, dispatch, value, &cases->data[i].ranges[j], bodies[i],
				     &rest);
	}
	for (uint32_t i = 0; i < cases->len; i++) {
		bpfgen_at(fn, bodies[i]);
		bpfgen_stmts(fn, &cases->data[i].body);
		open |= fn->open;
		bpfgen_jump(fn, done);
	}
	bpfgen_at(fn, rest);
	bpfgen_stmts(fn, &stmt->swich.otherwise);
	open |= fn->open;
	bpfgen_jump(fn, done);
	if (open)
		bpfgen_at(fn, done);
	else
		LLVMDeleteBasicBlock(done);
}

/* ---- labels and ways out ---- */

void bpfgen_cleanup(struct bpfgen_fn *fn, const struct bpfgen_cleanup *until)
{
	for (const struct bpfgen_cleanup *it = fn->cleanups; it != until; it = it->outer)
		bpfgen_iter_call(fn, ITER_DESTROY, it->iterator, NULL);
}

void bpfgen_labelled(struct bpfgen_fn *fn, uint32_t label, LLVMBasicBlockRef on_break,
		     LLVMBasicBlockRef on_continue, const struct ir_stmt_vec *body)
{
	struct bpfgen_label *own = &fn->labels[label], before = *own;

	*own = (struct bpfgen_label){.on_break = on_break,
				     .on_continue = on_continue,
				     .cleanups = fn->cleanups,
				     .fn = fn};
	bpfgen_stmts(fn, body);
	before.is_broken = own->is_broken;
	*own = before;
}

static void block(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	LLVMBasicBlockRef done = bpfgen_block(fn, "behind");
	bool open;

	bpfgen_labelled(fn, stmt->block.label, done, NULL, &stmt->block.body);
	open = fn->open || fn->labels[stmt->block.label].is_broken;
	bpfgen_jump(fn, done);
	if (open)
		bpfgen_at(fn, done);
	else
		LLVMDeleteBasicBlock(done);
}

static bool contains(const struct ir_local_vec *locals, const struct ir_local *local)
{
	vec_foreach (it, locals) {
		if (*it == local)
			return true;
	}
	return false;
}

/* The function of the module that takes back a reference, NULL when none does that alone. */
static const struct ir_func *releaser(const struct bpfgen *gen, const struct type *pointer)
{
	vec_foreach (func, &gen->ir->funcs) {
		if ((*func)->role == FN_KFUNC && (*func)->kfunc_flags & KFUNC_RELEASE &&
		    (*func)->params.len == 1 &&
		    type_same((*func)->params.data[0]->type->ptr.target, pointer->ptr.target))
			return *func;
	}
	return NULL;
}

/* `if (held != null) put(held)` */
static void release_reference(struct bpfgen_fn *fn, struct ir_local *held)
{
	struct compilation *comp = fn->gen->comp;
	const struct ir_func *kfunc = releaser(fn->gen, held->type);
	struct ir_expr *op = ir_expr_new(comp, IR_EXPR_OP, comp->types->void_, fn->span);
	struct ir_stmt *test = ir_stmt_new(comp, IR_STMT_IF, fn->span);
	struct ir_stmt *call = ir_stmt_new(comp, IR_STMT_EVAL, fn->span);
	struct ir_stmt_vec stmts = {0};

	if (!kfunc) {
		bpfgen_unsupported(fn->gen, fn->span,
				   "a loop of many rounds that holds a reference, without a "
				   "@kfunc(\"release\") of one parameter,");
		return;
	}
	op->op.op = IR_OP_KFUNC;
	op->op.kfunc = kfunc;
	op->op.symbol = kfunc->name;
	vec_push(&comp->arena, &op->op.args, ir_load_local(comp, held, fn->span));
	call->eval = op;
	test->iff.cond = ir_binary(comp, IR_EXPR_COMPARE, BINARY_NE, comp->types->bool_,
				   ir_load_local(comp, held, fn->span),
				   ir_const(comp, held->type, 0, fn->span), fn->span);
	vec_push(&comp->arena, &test->iff.then, call);
	vec_push(&comp->arena, &stmts, test);
	bpfgen_stmts(fn, &stmts);
}

/* A callback leaves to the function around it what that one held before. */
static void release_held(struct bpfgen_fn *fn, const struct ir_local_vec *held)
{
	struct compilation *comp = fn->gen->comp;

	vec_foreach (it, held) {
		bool is_record = (*it)->type->ptr.region == REGION_RECORD;
		struct ir_expr *op;

		if (fn->outer_held && contains(fn->outer_held, *it))
			continue;
		if ((*it)->type->ptr.region != REGION_OBJECT && !is_record) {
			release_reference(fn, *it);
			continue;
		}
		op = ir_expr_new(comp, IR_EXPR_OP, comp->types->void_, fn->span);
		op->op.op = is_record ? IR_OP_RINGBUF_DISCARD : IR_OP_FREE;
		vec_push(&comp->arena, &op->op.args, ir_load_local(comp, *it, fn->span));
		bpfgen_op(fn, op, NULL);
	}
}

void bpfgen_end_program(struct bpfgen_fn *fn, const struct ir_local_vec *held)
{
	release_held(fn, held);
	bpfgen_cleanup(fn, NULL);
	if (fn->callback)
		bpfgen_callback_exit(fn, NULL);
	else if (fn->callee->is_program)
		bpfgen_return_neutral(fn);
	else
		bpfgen_return_code(fn, bpfgen_i32(fn, BPFGEN_RUNAWAY));
}

static void jump_to_label(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	struct bpfgen_label *label = &fn->labels[stmt->label];
	bool is_break = stmt->kind == IR_STMT_BREAK;

	if (label->fn != fn) { /* of a function around this callback */
		bpfgen_cleanup(fn, NULL);
		bpfgen_callback_exit(fn, stmt);
		return;
	}
	label->is_broken |= is_break;
	bpfgen_cleanup(fn, label->cleanups);
	bpfgen_jump(fn, is_break ? label->on_break : label->on_continue);
}

static void throw_stmt(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	LLVMValueRef code = bpfgen_value(fn, stmt->value);

	bpfgen_cleanup(fn, NULL);
	bpfgen_return_code(fn, code);
}

void bpfgen_leave(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	if (stmt->kind == IR_STMT_BREAK || stmt->kind == IR_STMT_CONTINUE) {
		jump_to_label(fn, stmt);
	} else if (fn->callback) {
		bpfgen_cleanup(fn, NULL);
		bpfgen_callback_exit(fn, stmt);
	} else if (stmt->kind == IR_STMT_RETURN) {
		bpfgen_cleanup(fn, NULL);
		bpfgen_return(fn, stmt->value);
	} else if (stmt->kind == IR_STMT_THROW) {
		throw_stmt(fn, stmt);
	} else {
		bpfgen_cleanup(fn, NULL);
		bpfgen_tail_call(fn, stmt);
	}
}

static void one_stmt(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	switch (stmt->kind) {
	case IR_STMT_SET:
		set(fn, stmt);
		break;
	case IR_STMT_STORE:
		store(fn, stmt);
		break;
	case IR_STMT_UPDATE:
		update(fn, stmt);
		break;
	case IR_STMT_EVAL:
		eval(fn, stmt->eval);
		break;
	case IR_STMT_BLOCK:
		block(fn, stmt);
		break;
	case IR_STMT_IF:
		if_stmt(fn, stmt);
		break;
	case IR_STMT_IF_PRESENT:
		if_present(fn, stmt);
		break;
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR:
	case IR_STMT_FOR_MAP:
		bpfgen_loop(fn, stmt);
		break;
	case IR_STMT_SWITCH:
		switch_stmt(fn, stmt);
		break;
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
		bpfgen_leave(fn, stmt);
		break;
	case IR_STMT_COMMENT:
		break;
	}
}

/* What stands behind a statement that leaves is never reached. */
void bpfgen_stmts(struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts)
{
	struct bpfgen_rest rest = {.stmts = stmts, .outer = fn->rest};
	struct bpfgen_stretch stretch;

	fn->depth++;
	fn->rest = &rest;
	bpfgen_ways_begin(fn, &stretch);
	for (; rest.at < stmts->len && fn->open; rest.at++) {
		bpfgen_position(fn, stmts->data[rest.at]->span);
		bpfgen_ways_before(fn, &stretch, stmts, rest.at);
		one_stmt(fn, stmts->data[rest.at]);
		bpfgen_ways_behind(fn, &stretch);
	}
	bpfgen_ways_end(fn, &stretch);
	fn->rest = rest.outer;
	vec_foreach (slot, &fn->slots) {
		if (slot->depth == fn->depth)
			slot->depth = 0;
	}
	fn->depth--;
}
