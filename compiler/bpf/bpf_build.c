/* SPDX-License-Identifier: Apache-2.0 */
/* Short forms of LLVM's builder, for the rest of this folder. */
#include "bpf/bpf_gen.h"

#include <string.h>

LLVMValueRef bpfgen_int(struct bpfgen *gen, LLVMTypeRef type, uint64_t bits)
{
	return LLVMConstInt(type, bits, false);
}

LLVMValueRef bpfgen_i32(struct bpfgen_fn *fn, int64_t value)
{
	return LLVMConstInt(fn->gen->i32, (uint64_t)value, true);
}

LLVMValueRef bpfgen_i64(struct bpfgen_fn *fn, int64_t value)
{
	return LLVMConstInt(fn->gen->i64, (uint64_t)value, true);
}

LLVMValueRef bpfgen_offset_by(struct bpfgen_fn *fn, LLVMValueRef pointer, LLVMValueRef bytes)
{
	return LLVMBuildGEP2(fn->builder, fn->gen->i8, pointer, &bytes, 1, "");
}

LLVMValueRef bpfgen_offset(struct bpfgen_fn *fn, LLVMValueRef pointer, uint64_t bytes)
{
	return bytes ? bpfgen_offset_by(fn, pointer, bpfgen_i64(fn, (int64_t)bytes)) : pointer;
}

LLVMValueRef bpfgen_load_raw(struct bpfgen_fn *fn, LLVMTypeRef type, LLVMValueRef pointer,
			     uint32_t align)
{
	LLVMValueRef load = LLVMBuildLoad2(fn->builder, type, pointer, "");

	LLVMSetAlignment(load, align);
	return load;
}

void bpfgen_store_raw(struct bpfgen_fn *fn, LLVMValueRef value, LLVMValueRef pointer,
		      uint32_t align)
{
	LLVMSetAlignment(LLVMBuildStore(fn->builder, value, pointer), align);
}

void bpfgen_keep_store(struct bpfgen_fn *fn)
{
	LLVMSetVolatile(LLVMGetLastInstruction(bpfgen_here(fn)), true);
}

LLVMValueRef bpfgen_alloca(struct bpfgen_fn *fn, uint64_t size, uint32_t align, const char *name)
{
	LLVMTypeRef type = LLVMArrayType2(fn->gen->i8, size ? size : 1);
	LLVMValueRef memory = LLVMBuildAlloca(fn->allocas, type, name);

	LLVMSetAlignment(memory, align);
	return memory;
}

static void lifetime(struct bpfgen_fn *fn, const char *name, LLVMValueRef memory)
{
	LLVMTypeRef type = fn->gen->ptr;
	uint64_t size = LLVMGetArrayLength2(LLVMGetAllocatedType(memory));

	bpfgen_intrinsic(fn, name, &type, 1,
			 (LLVMValueRef[]){bpfgen_i64(fn, (int64_t)size), memory}, 2);
}

LLVMValueRef bpfgen_temp(struct bpfgen_fn *fn, uint64_t size, uint32_t align)
{
	LLVMValueRef memory = bpfgen_alloca(fn, size, align, "");

	lifetime(fn, "llvm.lifetime.start", memory);
	return memory;
}

void bpfgen_temp_end(struct bpfgen_fn *fn, LLVMValueRef temp)
{
	if (temp && fn->open && LLVMIsAAllocaInst(temp))
		lifetime(fn, "llvm.lifetime.end", temp);
}

/* LLVM's code generator writes out copies of at most 128 moves; it calls memcpy for larger ones. */
#define MOVES_MAX 128

static bool is_long(uint64_t size, uint32_t align)
{
	return size > (uint64_t)MOVES_MAX * (align > 8 ? 8 : align);
}

/*
 * Copies, or zeroes (`from` is NULL), in a loop whose rounds the verifier counts: of the width of
 * the alignment, with the odd bytes behind it.
 */
static void move_in_loop(struct bpfgen_fn *fn, LLVMValueRef to, LLVMValueRef from, uint32_t align,
			 uint64_t size)
{
	uint32_t width = align > 8 ? 8 : align;
	uint64_t whole = size / width * width;
	LLVMTypeRef type = LLVMIntTypeInContext(fn->gen->context, width * 8), i64 = fn->gen->i64;
	LLVMBasicBlockRef before = bpfgen_here(fn), round = bpfgen_block(fn, "moves"),
			  done = bpfgen_block(fn, "moved");
	LLVMValueRef at, next, value = LLVMConstNull(type);

	bpfgen_jump(fn, round);
	bpfgen_at(fn, round);
	at = LLVMBuildPhi(fn->builder, i64, "");
	if (from)
		value = bpfgen_load_raw(fn, type, bpfgen_offset_by(fn, from, at), width);
	bpfgen_store_raw(fn, value, bpfgen_offset_by(fn, to, at), width);
	next = LLVMBuildAdd(fn->builder, at, bpfgen_i64(fn, width), "");
	LLVMAddIncoming(at, (LLVMValueRef[]){bpfgen_i64(fn, 0), next},
			(LLVMBasicBlockRef[]){before, round}, 2);
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntULT, next, bpfgen_i64(fn, (int64_t)whole)),
		      round, done);
	bpfgen_at(fn, done);
	if (from)
		bpfgen_copy(fn, bpfgen_offset(fn, to, whole), 1, bpfgen_offset(fn, from, whole), 1,
			    size - whole);
	else
		bpfgen_zero(fn, bpfgen_offset(fn, to, whole), 1, size - whole);
}

void bpfgen_copy(struct bpfgen_fn *fn, LLVMValueRef to, uint32_t to_align, LLVMValueRef from,
		 uint32_t from_align, uint64_t size)
{
	uint32_t align = to_align < from_align ? to_align : from_align;

	if (is_long(size, align))
		move_in_loop(fn, to, from, align, size);
	else if (size)
		LLVMBuildMemCpy(fn->builder, to, to_align, from, from_align,
				bpfgen_i64(fn, (int64_t)size));
}

void bpfgen_zero(struct bpfgen_fn *fn, LLVMValueRef to, uint32_t align, uint64_t size)
{
	if (is_long(size, align))
		move_in_loop(fn, to, NULL, align, size);
	else if (size)
		LLVMBuildMemSet(fn->builder, to, LLVMConstNull(fn->gen->i8),
				bpfgen_i64(fn, (int64_t)size), align);
}

LLVMBasicBlockRef bpfgen_block(struct bpfgen_fn *fn, const char *name)
{
	return LLVMAppendBasicBlockInContext(fn->gen->context, fn->llvm, name);
}

void bpfgen_at(struct bpfgen_fn *fn, LLVMBasicBlockRef block)
{
	/* Blocks stand in the order in which they are written, which reads best. */
	LLVMMoveBasicBlockAfter(block, LLVMGetLastBasicBlock(fn->llvm));
	LLVMPositionBuilderAtEnd(fn->builder, block);
	fn->open = true;
}

void bpfgen_jump(struct bpfgen_fn *fn, LLVMBasicBlockRef block)
{
	if (fn->open)
		LLVMBuildBr(fn->builder, block);
	fn->open = false;
}

void bpfgen_branch(struct bpfgen_fn *fn, LLVMValueRef cond, LLVMBasicBlockRef then,
		   LLVMBasicBlockRef otherwise)
{
	LLVMBuildCondBr(fn->builder, cond, then, otherwise);
	fn->open = false;
}

LLVMBasicBlockRef bpfgen_here(struct bpfgen_fn *fn)
{
	return LLVMGetInsertBlock(fn->builder);
}

LLVMValueRef bpfgen_compare(struct bpfgen_fn *fn, LLVMIntPredicate how, LLVMValueRef left,
			    LLVMValueRef right)
{
	return LLVMBuildICmp(fn->builder, how, left, right, "");
}

LLVMValueRef bpfgen_phi(struct bpfgen_fn *fn, LLVMTypeRef type, LLVMValueRef a,
			LLVMBasicBlockRef from_a, LLVMValueRef b, LLVMBasicBlockRef from_b)
{
	LLVMValueRef phi = LLVMBuildPhi(fn->builder, type, "");

	LLVMAddIncoming(phi, (LLVMValueRef[]){a, b}, (LLVMBasicBlockRef[]){from_a, from_b}, 2);
	return phi;
}

LLVMValueRef bpfgen_intrinsic(struct bpfgen_fn *fn, const char *name, LLVMTypeRef *overloads,
			      unsigned overload_count, LLVMValueRef *args, unsigned arg_count)
{
	struct bpfgen *gen = fn->gen;
	unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
	LLVMValueRef function;
	LLVMTypeRef type;

	if (!id)
		internal_error(gen->comp, fn->span, "this LLVM has no intrinsic %s", name);
	function = LLVMGetIntrinsicDeclaration(gen->module, id, overloads, overload_count);
	type = LLVMIntrinsicGetType(gen->context, id, overloads, overload_count);
	return LLVMBuildCall2(fn->builder, type, function, args, arg_count, "");
}

LLVMValueRef bpfgen_bswap(struct bpfgen_fn *fn, LLVMValueRef value)
{
	LLVMTypeRef type = LLVMTypeOf(value);

	return bpfgen_intrinsic(fn, "llvm.bswap", &type, 1, &value, 1);
}

LLVMValueRef bpfgen_helper(struct bpfgen_fn *fn, uint32_t id, LLVMTypeRef result,
			   LLVMValueRef *args, unsigned count)
{
	struct bpfgen *gen = fn->gen;
	LLVMTypeRef params[5];
	LLVMValueRef values[5];
	LLVMTypeRef type;

	if (count > 5)
		internal_error(gen->comp, fn->span, "helper %u with %u arguments", id, count);
	for (unsigned i = 0; i < count; i++) {
		values[i] = args[i];
		if (LLVMGetTypeKind(LLVMTypeOf(args[i])) == LLVMIntegerTypeKind)
			values[i] = LLVMBuildZExt(fn->builder, args[i], gen->i64, "");
		params[i] = LLVMTypeOf(values[i]);
	}
	type = LLVMFunctionType(result, params, count, false);
	return LLVMBuildCall2(fn->builder, type,
			      LLVMConstIntToPtr(bpfgen_int(gen, gen->i64, id), gen->ptr), values,
			      count, "");
}

void bpfgen_reads_only(struct bpfgen_fn *fn, LLVMValueRef call, unsigned index)
{
	static const char *const names[] = {"readonly", "nocapture"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned kind = LLVMGetEnumAttributeKindForName(names[i], strlen(names[i]));

		if (kind)
			LLVMAddCallSiteAttribute(
				call, index + 1,
				LLVMCreateEnumAttribute(fn->gen->context, kind, 0));
	}
}

static void mark(struct bpfgen_fn *fn, LLVMValueRef call, const char *name, uint64_t value)
{
	unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));

	LLVMAddCallSiteAttribute(call, LLVMAttributeFunctionIndex,
				 LLVMCreateEnumAttribute(fn->gen->context, kind, value));
}

/* Values of the attribute `memory`: two bits for each kind of memory. */
#define MEMORY_NONE	    0
#define MEMORY_INACCESSIBLE (3 << 2) /* as if it wrote to memory that nothing else sees */

static LLVMValueRef write_asm(struct bpfgen_fn *fn, const char *text, const char *constraints,
			      bool is_anchored, LLVMValueRef *args, unsigned count)
{
	LLVMTypeRef params[3], type = LLVMTypeOf(args[0]);
	LLVMValueRef code, call;

	for (unsigned i = 0; i < count; i++)
		params[i] = LLVMTypeOf(args[i]);
	type = LLVMFunctionType(type, params, count, false);
	code = LLVMGetInlineAsm(type, text, strlen(text), constraints, strlen(constraints),
				is_anchored, false, LLVMInlineAsmDialectATT, false);
	call = LLVMBuildCall2(fn->builder, type, code, args, count, "");
	/* Two anchors must not become one, or the second would stand in front of its check. */
	mark(fn, call, "memory", is_anchored ? MEMORY_INACCESSIBLE : MEMORY_NONE);
	mark(fn, call, "nounwind", 0);
	mark(fn, call, "willreturn", 0);
	return call;
}

LLVMValueRef bpfgen_asm(struct bpfgen_fn *fn, const char *text, const char *constraints,
			LLVMValueRef *args, unsigned count)
{
	return write_asm(fn, text, constraints, false, args, count);
}

static const char *in_place(struct bpfgen_fn *fn, LLVMValueRef value)
{
	return LLVMTypeOf(value) == fn->gen->i32 ? "=w,0" : "=r,0";
}

LLVMValueRef bpfgen_opaque(struct bpfgen_fn *fn, LLVMValueRef value)
{
	LLVMTypeRef type = LLVMTypeOf(value);

	if (LLVMGetTypeKind(type) == LLVMIntegerTypeKind && LLVMGetIntTypeWidth(type) < 32) {
		value = LLVMBuildZExt(fn->builder, value, fn->gen->i32, "");
		return LLVMBuildTrunc(fn->builder, bpfgen_opaque(fn, value), type, "");
	}
	return write_asm(fn, "", in_place(fn, value), false, &value, 1);
}

LLVMValueRef bpfgen_anchor(struct bpfgen_fn *fn, LLVMValueRef value)
{
	return write_asm(fn, "", in_place(fn, value), true, &value, 1);
}

LLVMValueRef bpfgen_tested(struct bpfgen_fn *fn, LLVMValueRef value)
{
	if (fn->cleanups || kernels_older_than(fn->gen->comp, KERNEL_VERSION_OF(6, 9)))
		return bpfgen_anchor(fn, value);
	return bpfgen_opaque(fn, value);
}

void bpfgen_barrier(struct bpfgen_fn *fn)
{
	LLVMTypeRef type =
		LLVMFunctionType(LLVMVoidTypeInContext(fn->gen->context), NULL, 0, false);
	LLVMValueRef code =
		LLVMGetInlineAsm(type, "", 0, "", 0, true, false, LLVMInlineAsmDialectATT, false);
	LLVMValueRef call = LLVMBuildCall2(fn->builder, type, code, NULL, 0, "");

	/* Loads around it can still be one. */
	mark(fn, call, "memory", MEMORY_INACCESSIBLE);
	mark(fn, call, "nounwind", 0);
	mark(fn, call, "willreturn", 0);
}

void bpfgen_position(struct bpfgen_fn *fn, struct span span)
{
	fn->span = fn->gen->span = span;
	LLVMSetCurrentDebugLocation2(fn->builder, bpfgen_debug_location(fn->gen, fn->scope, span));
}

void bpfgen_unsupported(struct bpfgen *gen, struct span span, const char *what)
{
	diag_report(gen->comp, DIAG_UNSUPPORTED, span, "%s is not compiled yet", what);
}

void bpfgen_look(struct ir_walk *walk, const struct ir_stmt_vec *stmts)
{
	ir_walk_stmts(walk, (struct ir_stmt_vec *)stmts);
}

void bpfgen_look_expr(struct ir_walk *walk, const struct ir_expr *expr)
{
	struct ir_expr *own = (struct ir_expr *)expr;

	if (own)
		ir_walk_expr(walk, &own);
}

/*
 * A variable that user code could change, but never does. The verifier has to assume that it
 * holds anything; so x ^ zero is x at run time and unknown to the verifier.
 */
LLVMValueRef bpfgen_hidden_zero(struct bpfgen_fn *fn)
{
	struct bpfgen *gen = fn->gen;
	LLVMValueRef zero;

	if (!gen->zero) {
		const char *name = bpfgen_own_symbol(gen, "__ks_zero");

		gen->zero = LLVMAddGlobal(gen->module, gen->i64, name);
		LLVMSetInitializer(gen->zero, LLVMConstNull(gen->i64));
		LLVMSetAlignment(gen->zero, 8);
		bpfgen_debug_variable(gen, gen->zero, name, fn->ir->span,
				      bpfgen_debug_type(gen, gen->comp->types->u64), false);
	}
	/* Two of the same value, xored one after the other, would leave what was known before. */
	zero = bpfgen_load_raw(fn, gen->i64, gen->zero, 8);
	LLVMSetVolatile(zero, true);
	return zero;
}
