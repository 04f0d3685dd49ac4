/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet access. A packet pointer is an offset from ctx->data; an access makes a pointer of it
 * and compares its end with ctx->data_end, in the form that the verifier understands:
 *
 *	constant offset:  p = data + c;  p + size > data_end -> outside
 *	any other:        o > 65535 - size -> outside;  p = data + o;  p + size > data_end -> ...
 *
 * (A pointer with an unknown part of 64 KiB or more gets no range; MAX_PACKET_OFF of the
 * verifier.) The two bounds are read from the context once at the start and again after whatever
 * may move the packet.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

#define PACKET_OFFSET_MAX 65535

static const struct {
	const char *data, *data_end;
} bound_names[] = {
	{"data", "data_end"},
	{"skb_data", "skb_data_end"},
	{"optval", "optval_end"},
};

/* bpf_helper_changes_pkt_data() of the kernel. */
static const uint32_t moving_helpers[] = {
	9,  10, 11, 13, /* skb_store_bytes, l3_csum_replace, l4_csum_replace, clone_redirect */
	18, 19, 31,	/* skb_vlan_push, skb_vlan_pop, skb_change_proto */
	38, 39, 43,	/* skb_change_tail, skb_pull_data, skb_change_head */
	44, 50, 54, 65, /* xdp_adjust_head, skb_adjust_room, xdp_adjust_meta, xdp_adjust_tail */
	63, 90, 91,	/* msg_pull_data, msg_push_data, msg_pop_data */
	73, 74, 75, 76, /* lwt_push_encap, lwt_seg6_store_bytes, lwt_seg6_adjust_srh, ..._action */
};

bool bpfgen_moves_packet(uint32_t helper)
{
	for (size_t i = 0; i < sizeof(moving_helpers) / sizeof(moving_helpers[0]); i++) {
		if (moving_helpers[i] == helper)
			return true;
	}
	return false;
}

static const struct type *context_struct(const struct bpfgen_fn *fn)
{
	return fn->callee->context_struct;
}

static bool has_skb(const struct bpfgen_fn *fn)
{
	const struct type *type = context_struct(fn);

	return type && type->strukt->name == intern_str(&fn->gen->comp->names, "__sk_buff");
}

/* A helper may be called by programs of both sorts; for one buffer it does no harm. */
static bool has_frags(const struct bpfgen_fn *fn)
{
	const struct type *type = context_struct(fn);

	if (!type || type->strukt->name != intern_str(&fn->gen->comp->names, "xdp_md"))
		return false;
	vec_foreach (it, &fn->gen->ir->funcs) {
		const struct ir_func *func = *it;

		if (func->target == TARGET_BPF && func->role == FN_PROGRAM &&
		    func->kind->id == PROG_XDP && func->choice &&
		    !strcmp(func->choice->name, "frags"))
			return true;
	}
	return false;
}

bool bpfgen_packet_has_slow(struct bpfgen_fn *fn)
{
	return fn->context && (has_skb(fn) || has_frags(fn));
}

/* ---- the packet's bounds ---- */

struct usage {
	struct ir_walk walk;
	const struct bpfgen_fn *fn;
	bool packets, writes_window;
};

static void usage_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	struct usage *usage = (struct usage *)walk;

	if (bpfgen_is_packet(expr->type) || bpfgen_is_window(expr->type) ||
	    (expr->kind == IR_EXPR_OP && expr->op.op == IR_OP_PACKET_LEN))
		usage->packets = true;
	/* Windows are passed on to be written. */
	if (expr->kind == IR_EXPR_CALL && expr->call.func)
		usage->writes_window |=
			bpfgen_callee(usage->fn->gen, expr->call.func, usage->fn->callee)
				->writes_packet;
}

static void usage_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct usage *usage = (struct usage *)walk;
	const struct ir_place *root;

	if (stmt->kind != IR_STMT_STORE && stmt->kind != IR_STMT_UPDATE)
		return;
	root = ir_place_root(stmt->store.place);
	if (root->kind == IR_PLACE_DEREF && bpfgen_is_window(root->deref.pointer->type))
		usage->writes_window = true;
}

/* Loads a pointer from its slot in the context. */
static void load_bound(struct bpfgen_fn *fn, const char *name, LLVMValueRef to)
{
	const struct type *type = context_struct(fn);
	uint32_t offset_bits = 0, bits = kernel_packet_slot_bits(type->strukt->name, name);
	LLVMValueRef pointer, value;

	type_field(type, intern_str(&fn->gen->comp->names, name), &offset_bits);
	pointer = bpfgen_offset(fn, fn->context, offset_bits / 8);
	if (bits == 32) {
		value = bpfgen_load_raw(fn, fn->gen->i32, pointer, 4);
		value = LLVMBuildZExt(fn->builder, value, fn->gen->i64, "");
		value = LLVMBuildIntToPtr(fn->builder, value, fn->gen->ptr, name);
	} else {
		value = bpfgen_load_raw(fn, fn->gen->ptr, pointer, 8);
	}
	bpfgen_store_raw(fn, value, to, 8);
}

/* Which of bound_names the context has; -1: none. */
static int bounds_of(const struct bpfgen_fn *fn)
{
	const struct type *type = context_struct(fn);

	/* Socket filters have the fields, but the verifier does not let them use them. */
	if (!type || (fn->callee->kind && fn->callee->kind->packet == PROG_PACKET_NONE))
		return -1;
	for (size_t i = 0; i < sizeof(bound_names) / sizeof(bound_names[0]); i++) {
		if (kernel_packet_slot_bits(type->strukt->name, bound_names[i].data))
			return (int)i;
	}
	return -1;
}

void bpfgen_packet_refresh(struct bpfgen_fn *fn)
{
	int bounds = fn->data ? bounds_of(fn) : -1;

	if (bounds < 0)
		return;
	load_bound(fn, bound_names[bounds].data, fn->data);
	load_bound(fn, bound_names[bounds].data_end, fn->data_end);
}

void bpfgen_packet_begin(struct bpfgen_fn *fn)
{
	struct usage usage = {.walk = {.expr = usage_expr, .stmt = usage_stmt}, .fn = fn};

	if (!fn->context || !context_struct(fn))
		return;
	bpfgen_look(&usage.walk, &fn->ir->body);
	fn->writes_window = usage.writes_window;
	if (!usage.packets || bounds_of(fn) < 0)
		return;
	fn->data = bpfgen_alloca(fn, 8, 8, "data.now");
	fn->data_end = bpfgen_alloca(fn, 8, 8, "data_end.now");
	bpfgen_packet_refresh(fn);
	bpfgen_pull_begin(fn);
}

static LLVMValueRef data_now(struct bpfgen_fn *fn)
{
	return bpfgen_load_raw(fn, fn->gen->ptr, fn->data, 8);
}

static LLVMValueRef data_end_now(struct bpfgen_fn *fn)
{
	return bpfgen_load_raw(fn, fn->gen->ptr, fn->data_end, 8);
}

/* end - start, of 64 bits to the end: the verifier refuses subtraction of halves of pointers. */
static LLVMValueRef distance(struct bpfgen_fn *fn, LLVMValueRef start, LLVMValueRef end)
{
	LLVMTypeRef i64 = fn->gen->i64;

	start = LLVMBuildPtrToInt(fn->builder, bpfgen_opaque(fn, start), i64, "");
	end = LLVMBuildPtrToInt(fn->builder, bpfgen_opaque(fn, end), i64, "");
	return bpfgen_opaque(fn, LLVMBuildSub(fn->builder, end, start, ""));
}

LLVMValueRef bpfgen_packet_length(struct bpfgen_fn *fn)
{
	if (!fn->data)
		return bpfgen_i64(fn, 0);
	return distance(fn, data_now(fn), data_end_now(fn));
}

/* ---- offsets ---- */

LLVMValueRef bpfgen_packet_field(struct bpfgen_fn *fn, const struct ir_place *place)
{
	const char *name;
	int bounds;

	if (place->kind != IR_PLACE_FIELD || !bpfgen_is_packet(place->type) ||
	    place->field.base->kind != IR_PLACE_DEREF ||
	    place->field.base->deref.access != IR_ACCESS_CONTEXT)
		return NULL;
	name = place->field.field->name;
	if (!kernel_packet_slot_bits(place->field.base->type->strukt->name, name))
		return NULL;
	bounds = bounds_of(fn);
	if (bounds < 0 || name == intern_str(&fn->gen->comp->names, bound_names[bounds].data))
		return bpfgen_i64(fn, 0);
	if (name == intern_str(&fn->gen->comp->names, bound_names[bounds].data_end))
		return bpfgen_packet_length(fn);
	bpfgen_unsupported(fn->gen, place->span, "access to packet metadata");
	return bpfgen_i64(fn, 0);
}

static LLVMValueRef added_offset(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMValueRef base = bpfgen_packet_offset(fn, expr->binary.left);
	LLVMValueRef count = bpfgen_widen(fn, expr->binary.right);
	uint32_t size = expr->binary.left->type->ptr.target->size;

	if (size > 1)
		count = LLVMBuildMul(fn->builder, count, bpfgen_i64(fn, size), "");
	return LLVMBuildAdd(fn->builder, base, count, "");
}

static LLVMValueRef local_offset(struct bpfgen_fn *fn, const struct ir_local *local)
{
	struct bpfgen_local *own = &fn->locals[local->index];

	if (own->fixed_offset)
		return own->fixed_offset;
	if (own->packet)
		return bpfgen_load_raw(fn, fn->gen->i64, own->packet, 8);
	return NULL;
}

/* The offset of what a function returned, which may be null: the verifier subtracts only pointers.
 */
static LLVMValueRef result_offset(struct bpfgen_fn *fn, LLVMValueRef pointer)
{
	LLVMTypeRef i64 = fn->gen->i64;
	LLVMValueRef to = bpfgen_alloca(fn, 8, 8, "offset");
	LLVMBasicBlockRef there = bpfgen_block(fn, "there"),
			  done = bpfgen_block(fn, "offset_known");

	pointer = bpfgen_opaque(fn, pointer);
	bpfgen_store_raw(fn, LLVMConstInt(i64, (uint64_t)INT64_MIN, true), to, 8);
	bpfgen_branch(fn, LLVMBuildIsNull(fn->builder, pointer, ""), done, there);
	bpfgen_at(fn, there);
	bpfgen_store_raw(fn, distance(fn, data_now(fn), pointer), to, 8);
	LLVMBuildBr(fn->builder, done);
	bpfgen_at(fn, done);
	return bpfgen_load_raw(fn, i64, to, 8);
}

LLVMValueRef bpfgen_packet_offset(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMValueRef offset = NULL;

	if (expr->kind == IR_EXPR_LOAD && expr->place->kind == IR_PLACE_LOCAL)
		offset = local_offset(fn, expr->place->local);
	if (offset)
		return offset;
	if (bpfgen_is_packet(expr->type) && expr->kind != IR_EXPR_PTR_ADD &&
	    expr->kind != IR_EXPR_CONVERT)
		return bpfgen_value(fn, expr);
	if (expr->kind == IR_EXPR_PTR_ADD)
		return added_offset(fn, expr);
	if (expr->kind == IR_EXPR_CONVERT && expr->convert.how == IR_CONVERT_POINTER)
		return bpfgen_packet_offset(fn, expr->convert.operand);
	if (!fn->data)
		return bpfgen_i64(fn, 0);
	if (expr->kind == IR_EXPR_CALL)
		return result_offset(fn, bpfgen_value(fn, expr));
	return distance(fn, data_now(fn), bpfgen_value(fn, expr));
}

LLVMValueRef bpfgen_packet_raw(struct bpfgen_fn *fn, LLVMValueRef offset)
{
	LLVMValueRef limit = bpfgen_i64(fn, PACKET_OFFSET_MAX);

	if (!fn->data)
		return LLVMConstNull(fn->gen->ptr);
	if (!LLVMIsConstant(offset)) {
		/* Unbounded arithmetic on packet pointers is refused. */
		offset = bpfgen_opaque(fn, offset);
		offset = LLVMBuildSelect(fn->builder, bpfgen_compare(fn, LLVMIntULT, offset, limit),
					 offset, limit, "");
	}
	return bpfgen_offset_by(fn, data_now(fn), offset);
}

static void end_check(struct bpfgen_fn *fn, LLVMValueRef pointer, uint64_t size,
		      LLVMBasicBlockRef miss)
{
	LLVMBasicBlockRef inside = bpfgen_block(fn, "in_packet");
	LLVMValueRef end = bpfgen_offset(fn, pointer, size), outside;

	/*
	 * Where the program goes on behind a miss, the verifier takes what was compared for a
	 * pointer behind the packet's end: no window may stand in the same register.
	 */
	if (bpfgen_packet_has_slow(fn))
		end = bpfgen_opaque(fn, end);
	outside = bpfgen_compare(fn, LLVMIntUGT, end, data_end_now(fn));
	bpfgen_branch(fn, outside, miss, inside);
	bpfgen_at(fn, inside);
}

LLVMValueRef bpfgen_packet_pointer(struct bpfgen_fn *fn, LLVMValueRef offset, uint64_t size,
				   LLVMBasicBlockRef *miss)
{
	bool fixed = LLVMIsAConstantInt(offset) != NULL;
	int64_t value = fixed ? LLVMConstIntGetSExtValue(offset) : 0;
	LLVMBasicBlockRef bounded;
	LLVMValueRef pointer;

	if (!*miss)
		*miss = bpfgen_block(fn, "outside");
	if (!fn->data || size > PACKET_OFFSET_MAX || value < 0 ||
	    (uint64_t)value > PACKET_OFFSET_MAX - size) {
		/* Never directly accessible. */
		bounded = bpfgen_block(fn, "never");
		bpfgen_branch(fn, bpfgen_int(fn->gen, fn->gen->i1, 0), bounded, *miss);
		bpfgen_at(fn, bounded);
		return LLVMConstNull(fn->gen->ptr);
	}
	if (fixed) {
		pointer = bpfgen_offset(fn, data_now(fn), (uint64_t)value);
		end_check(fn, pointer, size, *miss);
		return pointer;
	}
	bounded = bpfgen_block(fn, "bounded");
	offset = bpfgen_tested(fn, offset);
	bpfgen_branch(fn,
		      bpfgen_compare(fn, LLVMIntUGT, offset,
				     bpfgen_i64(fn, PACKET_OFFSET_MAX - (int64_t)size)),
		      *miss, bounded);
	bpfgen_at(fn, bounded);
	offset = bpfgen_anchor(fn, offset);
	pointer = bpfgen_opaque(fn, bpfgen_offset_by(fn, data_now(fn), offset));
	end_check(fn, pointer, size, *miss);
	return pointer;
}

/* ---- bytes that are not directly accessible ---- */

LLVMValueRef bpfgen_packet_load_bytes(struct bpfgen_fn *fn, LLVMValueRef offset, LLVMValueRef to,
				      uint32_t size)
{
	/* The helper takes 32 bits; what is beyond becomes an offset that it refuses. */
	if (!LLVMIsConstant(offset)) {
		LLVMValueRef limit = bpfgen_i64(fn, INT32_MAX);
		LLVMValueRef fits = bpfgen_compare(fn, LLVMIntULT, offset, limit);

		offset = LLVMBuildSelect(fn->builder, fits, offset, limit, "");
	}
	return bpfgen_helper(
		fn, has_skb(fn) ? HELPER_SKB_LOAD_BYTES : HELPER_XDP_LOAD_BYTES, fn->gen->i64,
		(LLVMValueRef[]){fn->raw_context, offset, to, bpfgen_i64(fn, size)}, 4);
}

LLVMValueRef bpfgen_packet_slow_read(struct bpfgen_fn *fn, const struct bpfgen_ref *ref)
{
	LLVMValueRef temp = bpfgen_temp(fn, ref->type->size, 8), value;
	struct bpfgen_ref copy = *ref;

	bpfgen_packet_load_bytes(fn, ref->packet_offset, temp, ref->type->size);
	copy.pointer = temp;
	copy.align = 8;
	value = bpfgen_ref_load(fn, &copy);
	bpfgen_temp_end(fn, temp);
	return value;
}

/* ---- operations ---- */

/*
 * Writes the checks of a window: control goes on with the pointer where it is present, and to
 * *absent (made on demand) where it is not. Bytes that are not directly accessible are copied,
 * unless some window of the function is written.
 */
LLVMValueRef bpfgen_packet_window(struct bpfgen_fn *fn, const struct ir_expr *expr,
				  LLVMBasicBlockRef *absent)
{
	uint32_t size = expr->type->ptr.target->size + expr->op.ahead;
	LLVMValueRef offset = bpfgen_packet_offset(fn, expr->op.args.data[0]), pointer, copy;
	LLVMBasicBlockRef beyond = NULL, done, got, from;
	LLVMValueRef failed;

	if (fn->writes_window && fn->can_pull)
		return bpfgen_pulled_pointer(fn, offset, size, absent);
	if (!bpfgen_packet_has_slow(fn) || fn->writes_window || bpfgen_is_captured(fn, fn->binds))
		return bpfgen_packet_pointer(fn, offset, size, absent);
	pointer = bpfgen_packet_pointer(fn, offset, size, &beyond);
	from = bpfgen_here(fn);
	done = bpfgen_block(fn, "window");
	bpfgen_jump(fn, done);
	bpfgen_at(fn, beyond);
	got = bpfgen_block(fn, "copied");
	copy = bpfgen_spill(fn, size + expr->op.shift);
	if (!copy)
		copy = bpfgen_alloca(fn, size + expr->op.shift, 8, "window.copy");
	copy = bpfgen_offset(fn, copy, expr->op.shift);
	failed = LLVMBuildIsNotNull(fn->builder, bpfgen_packet_load_bytes(fn, offset, copy, size),
				    "");
	if (!*absent)
		*absent = bpfgen_block(fn, "outside");
	bpfgen_branch(fn, failed, *absent, got);
	bpfgen_at(fn, got);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	return bpfgen_phi(fn, fn->gen->ptr, pointer, from, copy, got);
}

LLVMValueRef bpfgen_op_packet_window(struct bpfgen_fn *fn, const struct ir_expr *expr,
				     LLVMValueRef to)
{
	LLVMBasicBlockRef absent = NULL, done = bpfgen_block(fn, "known"), from;
	LLVMValueRef pointer = bpfgen_packet_window(fn, expr, &absent);

	from = bpfgen_here(fn);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, absent);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	return bpfgen_phi(fn, fn->gen->ptr, pointer, from, LLVMConstNull(fn->gen->ptr), absent);
}

LLVMValueRef bpfgen_op_packet_len(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	uint32_t offset_bits = 0;
	LLVMValueRef len;

	if (has_frags(fn))
		return bpfgen_helper(fn, HELPER_XDP_GET_BUFF_LEN, fn->gen->i64, &fn->raw_context,
				     1);
	if (!has_skb(fn))
		return bpfgen_packet_length(fn);
	type_field(context_struct(fn), intern_str(&fn->gen->comp->names, "len"), &offset_bits);
	len = bpfgen_load_raw(fn, fn->gen->i32, bpfgen_offset(fn, fn->context, offset_bits / 8), 4);
	return LLVMBuildZExt(fn->builder, len, fn->gen->i64, "");
}
