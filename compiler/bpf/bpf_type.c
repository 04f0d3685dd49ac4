/* SPDX-License-Identifier: Apache-2.0 */
/* Types of the language as LLVM sees them. */
#include "bpf/bpf_gen.h"

bool bpfgen_in_memory(const struct type *type)
{
	return type_is_aggregate(type);
}

bool bpfgen_is_packet(const struct type *type)
{
	return type->kind == TYPE_PTR && type->ptr.region == REGION_PACKET;
}

bool bpfgen_is_window(const struct type *type)
{
	return type->kind == TYPE_PTR && type->ptr.region == REGION_WINDOW;
}

bool bpfgen_is_signed(const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT:
	case TYPE_ENUM:
		return type_is_signed(type);
	case TYPE_PTR:
		return bpfgen_is_packet(type); /* an offset */
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_BE:
	case TYPE_FLOAT:
	case TYPE_STR:
	case TYPE_ARRAY:
	case TYPE_FN:
	case TYPE_STRUCT:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return false;
}

LLVMTypeRef bpfgen_type(struct bpfgen *gen, const struct type *type)
{
	switch (type->kind) {
	case TYPE_VOID:
		return gen->void_;
	case TYPE_BOOL:
		return gen->i1;
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_ENUM:
		return LLVMIntTypeInContext(gen->context, type->size * 8);
	case TYPE_PTR:
		return bpfgen_is_packet(type) ? gen->i64 : gen->ptr;
	case TYPE_FN:
	case TYPE_NULL:
	case TYPE_MAP:
		return gen->ptr;
	case TYPE_ERROR:
	case TYPE_FLOAT:
	case TYPE_STR:
	case TYPE_ARRAY:
	case TYPE_STRUCT:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	internal_error(gen->comp, gen->span, "no BPF register holds a %s",
		       type_name(gen->comp, type));
}

LLVMTypeRef bpfgen_memory_type(struct bpfgen *gen, const struct type *type)
{
	if (bpfgen_in_memory(type))
		return LLVMArrayType2(gen->i8, type->size);
	return type->kind == TYPE_BOOL ? gen->i8 : bpfgen_type(gen, type);
}

/*
 * No packet is so long: what is read through the null packet pointer is outside, and it can be
 * told from every other one.
 */
#define PACKET_NULL INT64_MIN

LLVMValueRef bpfgen_zero_value(struct bpfgen *gen, const struct type *type)
{
	if (bpfgen_is_packet(type))
		return LLVMConstInt(gen->i64, (uint64_t)PACKET_NULL, true);
	return LLVMConstNull(bpfgen_type(gen, type));
}

LLVMValueRef bpfgen_resize(struct bpfgen_fn *fn, LLVMValueRef value, const struct type *type,
			   LLVMTypeRef to)
{
	unsigned from_bits = LLVMGetIntTypeWidth(LLVMTypeOf(value));
	unsigned to_bits = LLVMGetIntTypeWidth(to);

	if (to_bits < from_bits)
		return LLVMBuildTrunc(fn->builder, value, to, "");
	if (to_bits == from_bits)
		return value;
	return bpfgen_is_signed(type) ? LLVMBuildSExt(fn->builder, value, to, "")
				      : LLVMBuildZExt(fn->builder, value, to, "");
}

LLVMValueRef bpfgen_widen(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	return bpfgen_resize(fn, bpfgen_value(fn, expr), expr->type, fn->gen->i64);
}
