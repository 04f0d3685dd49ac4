/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets that are written: only bytes that are directly accessible can be, and of an skb that may
 * be few. Where a check finds that bytes are further behind, bpf_skb_pull_data() makes them
 * accessible and the check is done again. That moves the packet, so all windows that are used
 * later are made again, too.
 *
 * Functions below a program and bodies that the kernel calls cannot do this, for they do not know
 * the windows of their callers. When one of them writes, the program pulls the whole packet where
 * it begins.
 */
#include "bpf/bpf_gen.h"

#define PULL_BYTES 256 /* at least, so that headers are pulled once */

/* ---- what writes ---- */

struct writes {
	struct ir_walk walk;
	struct bpfgen_fn *fn;
	bool own, below, outlines;
};

bool bpfgen_writes_packet(const struct ir_stmt *stmt)
{
	const struct ir_place *root;

	if (stmt->kind != IR_STMT_STORE && stmt->kind != IR_STMT_UPDATE)
		return false;
	root = ir_place_root(stmt->store.place);
	return root->kind == IR_PLACE_DEREF && (bpfgen_is_window(root->deref.pointer->type) ||
						bpfgen_is_packet(root->deref.pointer->type));
}

static void writes_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct writes *writes = (struct writes *)walk;

	writes->own |= bpfgen_writes_packet(stmt);
	writes->outlines |= bpfgen_is_outlined(writes->fn->gen, stmt);
}

static void writes_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	struct writes *writes = (struct writes *)walk;

	if (expr->kind == IR_EXPR_CALL && expr->call.func)
		writes->below |= bpfgen_callee(writes->fn->gen, expr->call.func, writes->fn->callee)
					 ->writes_packet;
}

static LLVMValueRef packet_len(struct bpfgen_fn *fn)
{
	return bpfgen_op_packet_len(fn, NULL, NULL);
}

static LLVMValueRef smaller(struct bpfgen_fn *fn, LLVMValueRef a, LLVMValueRef b)
{
	return LLVMBuildSelect(fn->builder, bpfgen_compare(fn, LLVMIntULT, a, b), a, b, "");
}

static void pull(struct bpfgen_fn *fn, LLVMValueRef bytes)
{
	bpfgen_helper(fn, HELPER_SKB_PULL_DATA, fn->gen->i64,
		      (LLVMValueRef[]){fn->raw_context, bytes}, 2);
	bpfgen_packet_refresh(fn);
}

static void pull_all(struct bpfgen_fn *fn)
{
	LLVMBasicBlockRef part = bpfgen_block(fn, "pull"), linear = bpfgen_block(fn, "linear");
	LLVMValueRef len = packet_len(fn);

	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntULT, bpfgen_packet_length(fn), len), part,
		      linear);
	bpfgen_at(fn, part);
	pull(fn, len);
	bpfgen_jump(fn, linear);
	bpfgen_at(fn, linear);
}

void bpfgen_pull_begin(struct bpfgen_fn *fn)
{
	struct writes writes = {.walk = {.expr = writes_expr, .stmt = writes_stmt}, .fn = fn};

	if (!fn->callee->is_program || !fn->callee->kind->can_pull || fn->outer)
		return;
	bpfgen_look(&writes.walk, &fn->ir->body);
	if (writes.below || (writes.own && writes.outlines))
		pull_all(fn);
	else
		fn->can_pull = writes.own;
}

/* ---- windows that are used later ---- */

struct live {
	struct ir_walk walk;
	bool *locals; /* by index */
};

static void live_place(struct ir_walk *walk, struct ir_place *place)
{
	if (place->kind == IR_PLACE_LOCAL)
		((struct live *)walk)->locals[place->local->index] = true;
}

/* Those in the statement that is being written and in all behind it; of loops in all of them. */
static bool *find_live(struct bpfgen_fn *fn)
{
	struct live live = {.walk = {.place = live_place}};

	live.locals = arena_array(&fn->gen->comp->arena, bool, fn->ir->locals.len);
	for (const struct bpfgen_rest *rest = fn->rest; rest; rest = rest->outer) {
		for (uint32_t i = rest->at; i < rest->stmts->len; i++)
			ir_walk_stmt(&live.walk, rest->stmts->data[i]);
	}
	return live.locals;
}

struct window {
	const struct ir_local *local;
	LLVMValueRef was_present;
};

VEC_TYPE(window_vec, struct window);

void bpfgen_window_bound(struct bpfgen_fn *fn, const struct ir_local *local, bool is_present)
{
	LLVMValueRef bound = fn->locals[local->index].bound;

	if (bound)
		bpfgen_store_raw(fn, bpfgen_int(fn->gen, fn->gen->i8, is_present), bound, 1);
}

/* The window that the value is a copy of, or NULL. */
static const struct ir_local *copied(const struct ir_expr *expr)
{
	while (expr && expr->kind == IR_EXPR_CONVERT)
		expr = expr->convert.operand;
	return expr && expr->kind == IR_EXPR_LOAD && expr->place->kind == IR_PLACE_LOCAL
		       ? expr->place->local
		       : NULL;
}

void bpfgen_window_set(struct bpfgen_fn *fn, const struct ir_local *local, LLVMValueRef value,
		       const struct ir_expr *expr)
{
	const struct ir_local *from = copied(expr);
	LLVMValueRef bound = fn->locals[local->index].bound, flag;

	if (!bound)
		return;
	if (from && fn->locals[from->index].bound)
		flag = bpfgen_load_raw(fn, fn->gen->i8, fn->locals[from->index].bound, 1);
	else if (expr && expr->kind == IR_EXPR_SELECT)
		flag = LLVMBuildZExt(fn->builder, LLVMBuildIsNotNull(fn->builder, value, ""),
				     fn->gen->i8, "");
	else
		flag = bpfgen_int(fn->gen, fn->gen->i8, !LLVMIsNull(value));
	bpfgen_store_raw(fn, flag, bound, 1);
}

static void note_windows(struct bpfgen_fn *fn, struct window_vec *windows)
{
	const bool *live = find_live(fn);

	vec_foreach (it, &fn->ir->locals) {
		const struct bpfgen_local *own = &fn->locals[(*it)->index];
		struct window window = {.local = *it};

		if (!live[(*it)->index] || !own->bound || !own->assigned)
			continue;
		window.was_present = LLVMBuildIsNotNull(
			fn->builder, bpfgen_load_raw(fn, fn->gen->i8, own->bound, 1), "");
		vec_push(&fn->gen->comp->arena, windows, window);
	}
}

/* What was accessible still is; the verifier does not know that. */
static void make_again(struct bpfgen_fn *fn, const struct window *window)
{
	const struct bpfgen_local *own = &fn->locals[window->local->index];
	LLVMBasicBlockRef present = bpfgen_block(fn, "again"), done = bpfgen_block(fn, "made"),
			  lost = NULL;
	uint32_t size = window->local->type->ptr.target->size + own->ahead;
	LLVMValueRef offset = own->fixed_offset;

	bpfgen_branch(fn, window->was_present, present, done);
	bpfgen_at(fn, present);
	if (!offset)
		offset = bpfgen_load_raw(fn, fn->gen->i64, own->packet, 8);
	bpfgen_store_raw(fn, bpfgen_packet_pointer(fn, offset, size, &lost), own->storage, 8);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, lost);
	bpfgen_cleanup(fn, NULL);
	bpfgen_return_neutral(fn);
	bpfgen_at(fn, done);
}

/* ---- the check ---- */

/* Goes on where `size` bytes at `offset` were pulled; to `absent` when it has fewer. */
static void pull_to(struct bpfgen_fn *fn, LLVMValueRef offset, uint64_t size,
		    LLVMBasicBlockRef absent)
{
	LLVMValueRef len = packet_len(fn), end, least = bpfgen_i64(fn, PULL_BYTES);
	LLVMBasicBlockRef there = bpfgen_block(fn, "there");
	struct window_vec windows = {0};

	end = LLVMBuildAdd(fn->builder, offset, bpfgen_i64(fn, (int64_t)size), "");
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntUGT, end, len), absent, there);
	bpfgen_at(fn, there);
	least = smaller(fn, len, least);
	end = LLVMBuildSelect(fn->builder, bpfgen_compare(fn, LLVMIntULT, end, least), least, end,
			      "");
	note_windows(fn, &windows);
	pull(fn, end);
	vec_foreach (window, &windows)
		make_again(fn, window);
}

LLVMValueRef bpfgen_pulled_pointer(struct bpfgen_fn *fn, LLVMValueRef offset, uint64_t size,
				   LLVMBasicBlockRef *absent)
{
	LLVMBasicBlockRef check = bpfgen_block(fn, "check"), beyond = NULL,
			  first = bpfgen_block(fn, "first"), inside = bpfgen_block(fn, "inside");
	LLVMValueRef pulled = bpfgen_alloca(fn, 1, 1, ""), pointer, value;
	LLVMTypeRef i8 = fn->gen->i8;

	if (!*absent)
		*absent = bpfgen_block(fn, "outside");
	bpfgen_store_raw(fn, LLVMConstNull(i8), pulled, 1);
	bpfgen_jump(fn, check);
	bpfgen_at(fn, check);
	pointer = bpfgen_packet_pointer(fn, offset, size, &beyond);
	bpfgen_jump(fn, inside);
	bpfgen_at(fn, beyond);
	value = bpfgen_load_raw(fn, i8, pulled, 1);
	bpfgen_branch(fn, LLVMBuildIsNull(fn->builder, value, ""), first, *absent);
	bpfgen_at(fn, first);
	pull_to(fn, offset, size, *absent);
	bpfgen_store_raw(fn, bpfgen_int(fn->gen, i8, 1), pulled, 1);
	bpfgen_jump(fn, check);
	bpfgen_at(fn, inside);
	return pointer;
}
