/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of pointers for null, behind LLVM's passes. The code generator makes one test of two,
 * `p == null && n == 0` becomes `(p | n) == 0`, and the verifier allows no arithmetic on a pointer
 * that may be null. So the result of the pointer's test is hidden from it where the two meet.
 */
#include "bpf/bpf_gen.h"

static bool is_zero_test(LLVMValueRef value)
{
	LLVMValueRef right;

	if (!LLVMIsAICmpInst(value))
		return false;
	right = LLVMGetOperand(value, 1);
	return LLVMIsAConstant(right) && LLVMIsNull(right);
}

static bool is_null_test(LLVMValueRef value)
{
	return is_zero_test(value) &&
	       LLVMGetTypeKind(LLVMTypeOf(LLVMGetOperand(value, 0))) == LLVMPointerTypeKind;
}

/* The test behind the widening of its result. */
static LLVMValueRef test_of(LLVMValueRef value)
{
	return LLVMIsAZExtInst(value) || LLVMIsASExtInst(value) ? LLVMGetOperand(value, 0) : value;
}

static void split(struct bpfgen_fn *fn, LLVMValueRef inst)
{
	LLVMOpcode opcode = LLVMGetInstructionOpcode(inst);
	int count = LLVMGetNumOperands(inst);
	bool is_logic = opcode == LLVMAnd || opcode == LLVMOr ||
			(opcode == LLVMSelect && LLVMTypeOf(inst) == fn->gen->i1);
	int tests = 0, pointer = -1;

	for (int i = 0; is_logic && i < count; i++) {
		LLVMValueRef test = test_of(LLVMGetOperand(inst, (unsigned)i));

		tests += is_zero_test(test);
		if (is_null_test(test))
			pointer = i;
	}
	if (tests < 2 || pointer < 0)
		return;
	LLVMPositionBuilderBefore(fn->builder, inst);
	LLVMSetOperand(inst, (unsigned)pointer,
		       bpfgen_opaque(fn, LLVMGetOperand(inst, (unsigned)pointer)));
}

void bpfgen_split_null_tests(struct bpfgen *gen)
{
	struct bpfgen_fn fn = {.gen = gen, .builder = LLVMCreateBuilderInContext(gen->context)};

	for (LLVMValueRef func = LLVMGetFirstFunction(gen->module); func;
	     func = LLVMGetNextFunction(func)) {
		for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(func); block;
		     block = LLVMGetNextBasicBlock(block)) {
			for (LLVMValueRef inst = LLVMGetFirstInstruction(block); inst;
			     inst = LLVMGetNextInstruction(inst))
				split(&fn, inst);
		}
	}
	LLVMDisposeBuilder(fn.builder);
}
