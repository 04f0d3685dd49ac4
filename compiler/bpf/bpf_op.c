/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: the table of handlers, and those that need no file of their own. */
#include "bpf/bpf_gen.h"

#include <string.h>

LLVMValueRef bpfgen_from_register(struct bpfgen_fn *fn, LLVMValueRef value, const struct type *type)
{
	LLVMTypeRef to = type->kind == TYPE_VOID ? NULL : bpfgen_type(fn->gen, type);
	bool is_pointer;

	if (!to || bpfgen_in_memory(type))
		return NULL;
	is_pointer = LLVMTypeOf(value) == fn->gen->ptr;
	if (to == fn->gen->ptr)
		return is_pointer ? value : LLVMBuildIntToPtr(fn->builder, value, to, "");
	if (is_pointer)
		value = LLVMBuildPtrToInt(fn->builder, value, fn->gen->i64, "");
	if (type->kind == TYPE_BOOL) {
		/* Functions that return bool set one byte. */
		value = bpfgen_resize(fn, value, fn->gen->comp->types->u64, fn->gen->i8);
		return LLVMBuildIsNotNull(fn->builder, value, "");
	}
	return bpfgen_resize(fn, value, type, to);
}

static LLVMValueRef index_addr(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	return bpfgen_index_address(fn, expr);
}

LLVMValueRef bpfgen_op_atomic(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	const struct ir_expr_vec *args = &expr->op.args;
	LLVMValueRef pointer = bpfgen_value(fn, args->data[0]);
	LLVMValueRef value = bpfgen_value(fn, args->data[1]), pair;
	LLVMAtomicOrdering order = LLVMAtomicOrderingSequentiallyConsistent;

	if (expr->type->size < 4) {
		bpfgen_unsupported(fn->gen, expr->span, "an atomic operation on less than 32 bits");
		return bpfgen_zero_value(fn->gen, expr->type);
	}
	if (expr->op.op == IR_OP_ATOMIC_XCHG)
		return LLVMBuildAtomicRMW(fn->builder, LLVMAtomicRMWBinOpXchg, pointer, value,
					  order, false);
	if (expr->op.op == IR_OP_ATOMIC_FETCH_ADD)
		return LLVMBuildAtomicRMW(fn->builder, LLVMAtomicRMWBinOpAdd, pointer, value, order,
					  false);
	pair = LLVMBuildAtomicCmpXchg(fn->builder, pointer, value, bpfgen_value(fn, args->data[2]),
				      order, order, false);
	return LLVMBuildExtractValue(fn->builder, pair, 0, "");
}

static LLVMValueRef lock(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMValueRef address = bpfgen_value(fn, expr->op.args.data[0]);

	bpfgen_helper(fn, expr->op.op == IR_OP_LOCK ? HELPER_SPIN_LOCK : HELPER_SPIN_UNLOCK,
		      fn->gen->void_, &address, 1);
	return NULL;
}

/* Operations that bpf code can have; all others belong to user or module code. */
static const bpfgen_op_fn handlers[IR_OP_COUNT] = {
	[IR_OP_MAP_LOOKUP] = bpfgen_op_map_lookup,
	[IR_OP_MAP_STORAGE_GET] = bpfgen_op_storage_get,
	[IR_OP_MAP_UPDATE] = bpfgen_op_map_update,
	[IR_OP_MAP_DELETE] = bpfgen_op_map_delete,
	[IR_OP_MAP_PUSH] = bpfgen_op_map_push,
	[IR_OP_MAP_POP] = bpfgen_op_map_pop,
	[IR_OP_MAP_PEEK] = bpfgen_op_map_pop,
	[IR_OP_RINGBUF_RESERVE] = bpfgen_op_ring_reserve,
	[IR_OP_RINGBUF_RESERVE_BYTES] = bpfgen_op_ring_reserve,
	[IR_OP_RINGBUF_SUBMIT] = bpfgen_op_ring_end,
	[IR_OP_RINGBUF_DISCARD] = bpfgen_op_ring_end,
	[IR_OP_RINGBUF_OUTPUT] = bpfgen_op_ring_output,
	[IR_OP_PACKET_WINDOW] = bpfgen_op_packet_window,
	[IR_OP_PACKET_LEN] = bpfgen_op_packet_len,
	[IR_OP_INDEX_ADDR] = index_addr,
	[IR_OP_ATOMIC_XCHG] = bpfgen_op_atomic,
	[IR_OP_ATOMIC_CAS] = bpfgen_op_atomic,
	[IR_OP_ATOMIC_FETCH_ADD] = bpfgen_op_atomic,
	[IR_OP_ALLOC] = bpfgen_op_alloc,
	[IR_OP_FREE] = bpfgen_op_free,
	[IR_OP_KPTR_STORE] = bpfgen_op_kptr_store,
	[IR_OP_LOCK] = lock,
	[IR_OP_UNLOCK] = lock,
	[IR_OP_PRINT] = bpfgen_op_print,
	[IR_OP_PANIC] = bpfgen_op_panic,
	[IR_OP_BUILTIN] = bpfgen_op_builtin,
	[IR_OP_HELPER] = bpfgen_op_helper,
	[IR_OP_KFUNC] = bpfgen_op_kfunc,
};

LLVMValueRef bpfgen_op_unsupported(struct bpfgen_fn *fn, const struct ir_expr *expr,
				   const char *what, LLVMValueRef to)
{
	bpfgen_unsupported(fn->gen, expr->span, what);
	if (expr->type->kind == TYPE_VOID)
		return NULL;
	if (!bpfgen_in_memory(expr->type))
		return bpfgen_zero_value(fn->gen, expr->type);
	bpfgen_zero(fn, to, 1, expr->type->size);
	return NULL;
}

LLVMValueRef bpfgen_op(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	bpfgen_op_fn handler = handlers[expr->op.op];

	if (!handler)
		return bpfgen_op_unsupported(fn, expr,
					     arena_printf(&fn->gen->comp->arena,
							  "the operation %s in bpf code",
							  ir_op_name(expr->op.op)),
					     to);
	return handler(fn, expr, to);
}
