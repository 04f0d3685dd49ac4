/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on maps and ring buffers. */
#include "bpf/bpf_gen.h"

#define ARG(expr, i) ((expr)->op.args.data[i])

/* Of maps in maps the inner one: its address was looked up before. */
static LLVMValueRef map_of(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	if (expr->op.map_pointer)
		return bpfgen_value(fn, expr->op.map_pointer);
	return bpfgen_map(fn->gen, expr->op.map);
}

/* Results of helpers are 64 bits; the language's are i32. */
static LLVMValueRef status(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef value)
{
	return bpfgen_from_register(fn, value, expr->type);
}

/* Local storage has helpers of its own, whose key is a kernel object. */
static const struct {
	enum map_kind_id kind;
	uint32_t get, delete;
} storage_helpers[] = {
	{MAP_SK_STORAGE, HELPER_SK_STORAGE_GET, HELPER_SK_STORAGE_GET + 1},
	{MAP_INODE_STORAGE, HELPER_INODE_STORAGE_GET, HELPER_INODE_STORAGE_GET + 1},
	{MAP_TASK_STORAGE, HELPER_TASK_STORAGE_GET, HELPER_TASK_STORAGE_GET + 1},
	{MAP_CGROUP_STORAGE, HELPER_CGRP_STORAGE_GET, HELPER_CGRP_STORAGE_GET + 1},
};

static bool storage_of(const struct ir_map *map, uint32_t *get, uint32_t *delete)
{
	for (size_t i = 0; i < sizeof(storage_helpers) / sizeof(storage_helpers[0]); i++) {
		if (storage_helpers[i].kind != map->kind->id)
			continue;
		*get = storage_helpers[i].get;
		*delete = storage_helpers[i].delete;
		return true;
	}
	return false;
}

/* The entry of local storage for the object args[0]. */
static LLVMValueRef storage_get(struct bpfgen_fn *fn, const struct ir_expr *expr, bool create)
{
	uint32_t get, delete;

	if (!storage_of(expr->op.map, &get, &delete))
		return bpfgen_op_unsupported(fn, expr, "this operation on the map", NULL);
	return bpfgen_helper(fn, get, fn->gen->ptr,
			     (LLVMValueRef[]){map_of(fn, expr), bpfgen_value(fn, ARG(expr, 0)),
					      LLVMConstNull(fn->gen->ptr), bpfgen_i64(fn, create)},
			     4);
}

LLVMValueRef bpfgen_op_map_lookup(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMValueRef temp, key, value;

	if (expr->op.map->kind->key == MAP_KEY_OBJECT)
		return storage_get(fn, expr, false);
	key = bpfgen_read_only(fn, ARG(expr, 0), &temp);
	value = bpfgen_helper(fn, HELPER_MAP_LOOKUP, fn->gen->ptr,
			      (LLVMValueRef[]){map_of(fn, expr), key}, 2);
	bpfgen_reads_only(fn, value, 1);
	bpfgen_temp_end(fn, temp);
	return value;
}

LLVMValueRef bpfgen_op_storage_get(struct bpfgen_fn *fn, const struct ir_expr *expr,
				   LLVMValueRef to)
{
	return storage_get(fn, expr, true);
}

LLVMValueRef bpfgen_op_map_update(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMValueRef key_temp, value_temp, key, value, result;

	key = bpfgen_read_only(fn, ARG(expr, 0), &key_temp);
	value = bpfgen_read_only(fn, ARG(expr, 1), &value_temp);
	result = bpfgen_helper(
		fn, HELPER_MAP_UPDATE, fn->gen->i64,
		(LLVMValueRef[]){map_of(fn, expr), key, value, bpfgen_widen(fn, ARG(expr, 2))}, 4);
	bpfgen_reads_only(fn, result, 1);
	bpfgen_reads_only(fn, result, 2);
	bpfgen_temp_end(fn, key_temp);
	bpfgen_temp_end(fn, value_temp);
	return status(fn, expr, result);
}

LLVMValueRef bpfgen_op_map_delete(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMValueRef temp, key, result;
	uint32_t get, delete;

	if (storage_of(expr->op.map, &get, &delete)) {
		key = bpfgen_value(fn, ARG(expr, 0));
		return status(fn, expr,
			      bpfgen_helper(fn, delete, fn->gen->i64,
					    (LLVMValueRef[]){map_of(fn, expr), key}, 2));
	}
	key = bpfgen_read_only(fn, ARG(expr, 0), &temp);
	result = bpfgen_helper(fn, HELPER_MAP_DELETE, fn->gen->i64,
			       (LLVMValueRef[]){map_of(fn, expr), key}, 2);
	bpfgen_reads_only(fn, result, 1);
	bpfgen_temp_end(fn, temp);
	return status(fn, expr, result);
}

LLVMValueRef bpfgen_op_map_push(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMValueRef temp, value, result, flags = bpfgen_i64(fn, 0);
	uint32_t align;

	if (expr->op.args.len > 1)
		flags = bpfgen_widen(fn, ARG(expr, 1));
	value = bpfgen_value_address(fn, ARG(expr, 0), &temp, &align);
	result = bpfgen_helper(fn, HELPER_MAP_PUSH, fn->gen->i64,
			       (LLVMValueRef[]){map_of(fn, expr), value, flags}, 3);
	bpfgen_temp_end(fn, temp);
	return status(fn, expr, result);
}

/* pop and peek fill a buffer; of a bloom filter peek asks for a value. */
LLVMValueRef bpfgen_op_map_pop(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	uint32_t align, id = expr->op.op == IR_OP_MAP_POP ? HELPER_MAP_POP : HELPER_MAP_PEEK;
	LLVMValueRef temp = NULL, buffer, result, found;

	if (expr->op.buffer)
		buffer = fn->locals[expr->op.buffer->index].storage;
	else
		buffer = bpfgen_value_address(fn, ARG(expr, 0), &temp, &align);
	result = bpfgen_helper(fn, id, fn->gen->i64, (LLVMValueRef[]){map_of(fn, expr), buffer}, 2);
	bpfgen_temp_end(fn, temp);
	found = LLVMBuildIsNull(fn->builder, result, "");
	if (!expr->op.buffer)
		return found;
	return LLVMBuildSelect(fn->builder, found, buffer, LLVMConstNull(fn->gen->ptr), "");
}

/* ---- ring buffers ---- */

/* The record is new memory that nothing else points to: stores into it can be merged. */
static void mark_new(struct bpfgen_fn *fn, LLVMValueRef call)
{
	unsigned kind = LLVMGetEnumAttributeKindForName("noalias", 7);

	LLVMAddCallSiteAttribute(call, LLVMAttributeReturnIndex,
				 LLVMCreateEnumAttribute(fn->gen->context, kind, 0));
}

/* Counts a record that found no room, where the map has a counter. */
static void count_lost(struct bpfgen_fn *fn, const struct ir_map *map)
{
	if (map->lost)
		LLVMBuildAtomicRMW(fn->builder, LLVMAtomicRMWBinOpAdd,
				   bpfgen_global(fn->gen, map->lost), bpfgen_i64(fn, 1),
				   LLVMAtomicOrderingMonotonic, false);
}

/* A record holds what was in the buffer before; it begins zeroed, as everything does. */
static void zero_record(struct bpfgen_fn *fn, const struct ir_map *map, LLVMValueRef record,
			uint64_t size)
{
	LLVMBasicBlockRef reserved = bpfgen_block(fn, "reserved"), full = bpfgen_block(fn, "full");
	LLVMBasicBlockRef done = bpfgen_block(fn, "reserve_done");
	LLVMValueRef one;

	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, record, ""), reserved, full);
	bpfgen_at(fn, full);
	count_lost(fn, map);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, reserved);
	bpfgen_zero(fn, record, 8, size);
	one = bpfgen_opaque(fn, bpfgen_i64(fn, 1));
	reserved = bpfgen_here(fn);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	fn->reserved = bpfgen_phi(fn, fn->gen->i64, one, reserved, bpfgen_i64(fn, 0), full);
}

/*
 * Before, the verifier does not know that a record which was found to be there is not null at the
 * next test: it follows both ways and finds the record lost on one. Of a number it knows. (Seen:
 * 6.1 refuses, 6.12 accepts.)
 */
#define SINCE_NOT_NULL KERNEL_VERSION_OF(6, 12)

void bpfgen_reserved_set(struct bpfgen_fn *fn, const struct ir_local *local,
			 const struct ir_expr *expr)
{
	struct bpfgen_local *own = &fn->locals[local->index];

	if (!expr || expr->kind != IR_EXPR_OP || own->assigned != 1 || !local->uninit ||
	    !kernels_older_than(fn->gen->comp, SINCE_NOT_NULL))
		return;
	if (expr->op.op != IR_OP_RINGBUF_RESERVE && expr->op.op != IR_OP_RINGBUF_RESERVE_BYTES)
		return;
	own->reserved = bpfgen_alloca(fn, 8, 8, "");
	bpfgen_store_raw(fn, fn->reserved, own->reserved, 8);
}

LLVMValueRef bpfgen_reserved(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	const struct bpfgen_local *own;

	if (expr->kind != IR_EXPR_LOAD || expr->place->kind != IR_PLACE_LOCAL)
		return NULL;
	own = &fn->locals[expr->place->local->index];
	return own->reserved ? LLVMBuildLoad2(fn->builder, fn->gen->i64, own->reserved, "") : NULL;
}

LLVMValueRef bpfgen_op_ring_reserve(struct bpfgen_fn *fn, const struct ir_expr *expr,
				    LLVMValueRef to)
{
	const struct ir_expr *bytes = expr->op.args.len ? ARG(expr, 0) : NULL;
	LLVMValueRef record;
	uint64_t size;

	if (bytes && bytes->kind != IR_EXPR_CONST)
		return bpfgen_op_unsupported(fn, expr, "a record of a size that is not constant",
					     to);
	size = bytes ? bytes->bits : expr->type->ptr.target->size;
	record = bpfgen_helper(fn, HELPER_RINGBUF_RESERVE, fn->gen->ptr,
			       (LLVMValueRef[]){map_of(fn, expr), bpfgen_i64(fn, (int64_t)size),
						bpfgen_i64(fn, 0)},
			       3);
	mark_new(fn, record);
	zero_record(fn, expr->op.map, record, size);
	return record;
}

static bool is_present(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	return expr->kind == IR_EXPR_LOAD && expr->place->kind == IR_PLACE_LOCAL &&
	       fn->locals[expr->place->local->index].is_present;
}

LLVMValueRef bpfgen_op_ring_end(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	uint32_t id = expr->op.op == IR_OP_RINGBUF_SUBMIT ? HELPER_RINGBUF_SUBMIT
							  : HELPER_RINGBUF_DISCARD;
	LLVMValueRef record = bpfgen_value(fn, ARG(expr, 0)), flags = bpfgen_i64(fn, 0);
	LLVMBasicBlockRef present = NULL, done = NULL;
	LLVMValueRef reserved;

	if (!is_present(fn, ARG(expr, 0))) {
		present = bpfgen_block(fn, "record");
		done = bpfgen_block(fn, "released");
		reserved = bpfgen_reserved(fn, ARG(expr, 0));
		bpfgen_branch(
			fn,
			bpfgen_compare(fn, LLVMIntNE, reserved ? reserved : record,
				       reserved ? bpfgen_i64(fn, 0) : LLVMConstNull(fn->gen->ptr)),
			present, done);
		bpfgen_at(fn, present);
	}
	bpfgen_helper(fn, id, fn->gen->void_, (LLVMValueRef[]){record, flags}, 2);
	if (done) {
		bpfgen_jump(fn, done);
		bpfgen_at(fn, done);
	}
	return NULL;
}

#define CURRENT_CPU 0xffffffff /* BPF_F_CURRENT_CPU */

/* After an output: counts the record when it was not taken. */
static void count_failure(struct bpfgen_fn *fn, const struct ir_map *map, LLVMValueRef result)
{
	LLVMBasicBlockRef full, done;

	if (!map->lost)
		return;
	full = bpfgen_block(fn, "full");
	done = bpfgen_block(fn, "output_done");
	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, result, ""), full, done);
	bpfgen_at(fn, full);
	count_lost(fn, map);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
}

LLVMValueRef bpfgen_op_ring_output(struct bpfgen_fn *fn, const struct ir_expr *expr,
				   LLVMValueRef to)
{
	uint32_t align, size = ARG(expr, 0)->type->size;
	LLVMValueRef temp, data, result;

	data = bpfgen_value_address(fn, ARG(expr, 0), &temp, &align);
	if (expr->op.map->kind->id == MAP_PERF_EVENT_ARRAY)
		result = bpfgen_helper(fn, HELPER_PERF_EVENT_OUTPUT, fn->gen->i64,
				       (LLVMValueRef[]){fn->raw_context, map_of(fn, expr),
							bpfgen_i64(fn, CURRENT_CPU), data,
							bpfgen_i64(fn, size)},
				       5);
	else
		result = bpfgen_helper(fn, HELPER_RINGBUF_OUTPUT, fn->gen->i64,
				       (LLVMValueRef[]){map_of(fn, expr), data,
							bpfgen_i64(fn, size), bpfgen_i64(fn, 0)},
				       4);
	bpfgen_temp_end(fn, temp);
	count_failure(fn, expr->op.map, result);
	return status(fn, expr, result);
}
