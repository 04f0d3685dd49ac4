/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic with the language's meaning, which is BPF's: division by zero gives zero, modulo by
 * zero the dividend, shift counts are taken modulo the width, MIN / -1 is MIN. In LLVM these are
 * undefined; an optimiser that knows of a division would conclude that the divisor is not zero.
 * So divisions by a value that may be zero are written as the machine's instruction.
 */
#include "bpf/bpf_gen.h"

static LLVMValueRef divide(struct bpfgen_fn *fn, enum binary_op op, LLVMValueRef left,
			   LLVMValueRef right, bool divisor_nonzero)
{
	bool wide = LLVMTypeOf(left) == fn->gen->i64;
	LLVMValueRef args[] = {left, right};

	if (divisor_nonzero)
		return op == BINARY_DIV ? LLVMBuildUDiv(fn->builder, left, right, "")
					: LLVMBuildURem(fn->builder, left, right, "");
	return bpfgen_asm(fn, op == BINARY_DIV ? "$0 /= $2" : "$0 %= $2",
			  wide ? "=r,0,r" : "=w,0,w", args, 2);
}

/* value ^ sign - sign: the magnitude of a value, or a magnitude with a sign. */
static LLVMValueRef negate_if(struct bpfgen_fn *fn, LLVMValueRef value, LLVMValueRef sign)
{
	return LLVMBuildSub(fn->builder, LLVMBuildXor(fn->builder, value, sign, ""), sign, "");
}

/* Before version 4 of the instruction set there is only unsigned division. */
static LLVMValueRef divide_signed(struct bpfgen_fn *fn, enum binary_op op, LLVMValueRef left,
				  LLVMValueRef right, bool divisor_nonzero)
{
	LLVMTypeRef type = LLVMTypeOf(left);
	bool wide = type == fn->gen->i64;
	LLVMValueRef top, left_sign, right_sign, result;

	if (fn->gen->comp->options.cpu_v4)
		return bpfgen_asm(fn, op == BINARY_DIV ? "$0 s/= $2" : "$0 s%= $2",
				  wide ? "=r,0,r" : "=w,0,w", (LLVMValueRef[]){left, right}, 2);
	top = bpfgen_int(fn->gen, type, wide ? 63 : 31);
	left_sign = LLVMBuildAShr(fn->builder, left, top, "");
	right_sign = LLVMBuildAShr(fn->builder, right, top, "");
	result = divide(fn, op, negate_if(fn, left, left_sign), negate_if(fn, right, right_sign),
			divisor_nonzero);
	if (op == BINARY_MOD)
		return negate_if(fn, result, left_sign);
	return negate_if(fn, result, LLVMBuildXor(fn->builder, left_sign, right_sign, ""));
}

static LLVMValueRef division(struct bpfgen_fn *fn, enum binary_op op, const struct type *type,
			     LLVMValueRef left, LLVMValueRef right, bool divisor_nonzero)
{
	LLVMTypeRef own = LLVMTypeOf(left);
	LLVMTypeRef wide = own == fn->gen->i64 ? own : fn->gen->i32;
	LLVMValueRef result;

	if (LLVMIsAConstantInt(right) && LLVMConstIntGetZExtValue(right))
		divisor_nonzero = true;
	left = bpfgen_resize(fn, left, type, wide);
	right = bpfgen_resize(fn, right, type, wide);
	result = bpfgen_is_signed(type) ? divide_signed(fn, op, left, right, divisor_nonzero)
					: divide(fn, op, left, right, divisor_nonzero);
	return own == wide ? result : LLVMBuildTrunc(fn->builder, result, own, "");
}

static LLVMValueRef shift(struct bpfgen_fn *fn, enum binary_op op, const struct type *type,
			  LLVMValueRef left, LLVMValueRef right)
{
	LLVMTypeRef own = LLVMTypeOf(left);
	unsigned bits = LLVMGetIntTypeWidth(own);

	right = LLVMBuildAnd(fn->builder, right, bpfgen_int(fn->gen, own, bits - 1), "");
	if (op == BINARY_SHL)
		return LLVMBuildShl(fn->builder, left, right, "");
	return bpfgen_is_signed(type) ? LLVMBuildAShr(fn->builder, left, right, "")
				      : LLVMBuildLShr(fn->builder, left, right, "");
}

LLVMValueRef bpfgen_binary(struct bpfgen_fn *fn, enum binary_op op, const struct type *type,
			   LLVMValueRef left, LLVMValueRef right, bool divisor_nonzero)
{
	switch (op) {
	case BINARY_ADD:
		return LLVMBuildAdd(fn->builder, left, right, "");
	case BINARY_SUB:
		return LLVMBuildSub(fn->builder, left, right, "");
	case BINARY_MUL:
		return LLVMBuildMul(fn->builder, left, right, "");
	case BINARY_DIV:
	case BINARY_MOD:
		return division(fn, op, type, left, right, divisor_nonzero);
	case BINARY_AND:
		return LLVMBuildAnd(fn->builder, left, right, "");
	case BINARY_OR:
		return LLVMBuildOr(fn->builder, left, right, "");
	case BINARY_XOR:
		return LLVMBuildXor(fn->builder, left, right, "");
	case BINARY_SHL:
	case BINARY_SHR:
		return shift(fn, op, type, left, right);
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
	internal_error(fn->gen->comp, fn->span, "arithmetic with %s", ast_binary_text(op));
}
