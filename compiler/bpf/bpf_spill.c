/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --spill: variables beyond the 512 bytes of stack. A function that has large ones takes a slot of
 * a per-CPU map where it begins and gives it back wherever it ends.
 *
 * A program can be interrupted by another one, or by itself: through bpf_clone_redirect(), by an
 * interrupt, by a task that runs meanwhile. So there are several slots on each CPU, and one is
 * taken by comparing and exchanging its first word. When all are taken the program ends with its
 * neutral verdict, as with a loop that runs too long.
 *
 * Nothing is spilled at first. When the code needs too much stack, it is written again with the
 * larger variables spilled, and once more with all that can be.
 */
#include "bpf/bpf_gen.h"

#define SLOTS	       16
#define SLOT_HEADER    8     /* the word that is taken */
#define SLOT_BYTES_MAX 32000 /* the kernel's PCPU_MIN_UNIT_SIZE is 32 KiB */
#define SPILL_LARGE    64

bool bpfgen_spill_more(struct bpfgen *gen)
{
	if (!gen->attempt || gen->spill_min == IR_SPILL_MIN)
		return false;
	gen->spill_next = gen->spill_min ? IR_SPILL_MIN : SPILL_LARGE;
	return true;
}

/* ---- which functions have something to spill ---- */

struct wants {
	struct ir_walk walk;
	uint32_t min;
	bool found;
};

static bool is_large(const struct type *type, uint32_t min)
{
	return min && type->size >= min && ir_can_spill(type);
}

static void wants_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	struct wants *wants = (struct wants *)walk;

	wants->found |= is_large(expr->type, wants->min);
	if (expr->kind == IR_EXPR_OP && expr->op.op == IR_OP_PACKET_WINDOW)
		wants->found |= expr->type->ptr.target->size >= wants->min;
}

bool bpfgen_wants_scratch(struct bpfgen *gen, const struct ir_func *func)
{
	struct wants wants = {.walk = {.expr = wants_expr}, .min = gen->spill_min};

	/* A global function could not say that it found no slot. */
	if (!wants.min || func->is_global)
		return false;
	vec_foreach (local, &func->locals)
		wants.found |= is_large((*local)->type, wants.min) && !(*local)->on_stack;
	bpfgen_look(&wants.walk, &func->body);
	return wants.found;
}

/* ---- the map ---- */

static LLVMValueRef scratch_map(struct bpfgen *gen)
{
	LLVMTypeRef type = LLVMArrayType2(gen->ptr, 4);

	if (gen->scratch)
		return gen->scratch;
	gen->scratch = LLVMAddGlobal(gen->module, type, bpfgen_own_symbol(gen, "ks_scratch"));
	LLVMSetInitializer(gen->scratch, LLVMConstNull(type));
	LLVMSetAlignment(gen->scratch, 8);
	LLVMSetSection(gen->scratch, ".maps");
	return gen->scratch;
}

void bpfgen_define_scratch(struct bpfgen *gen)
{
	struct bpfgen_member members[] = {
		{"type", bpfgen_debug_number(gen, 6), 64, 0}, /* BPF_MAP_TYPE_PERCPU_ARRAY */
		{"max_entries", bpfgen_debug_number(gen, SLOTS), 64, 64},
		{"key_size", bpfgen_debug_number(gen, 4), 64, 128},
		{"value_size", bpfgen_debug_number(gen, gen->scratch_bytes), 64, 192},
	};

	if (gen->scratch)
		bpfgen_debug_variable(gen, gen->scratch, LLVMGetValueName(gen->scratch), gen->span,
				      bpfgen_debug_struct(gen, "", members, 4, 256), false);
}

/* ---- taking and giving back ---- */

static void give_up(struct bpfgen_fn *fn)
{
	if (fn->callee->is_program)
		bpfgen_return_neutral(fn);
	else
		bpfgen_return_code(fn, bpfgen_i32(fn, BPFGEN_RUNAWAY));
}

/* Leaves the builder in the block where `slot` is ours. */
static LLVMValueRef take_slot(struct bpfgen_fn *fn)
{
	LLVMAtomicOrdering order = LLVMAtomicOrderingSequentiallyConsistent;
	LLVMBasicBlockRef take = bpfgen_block(fn, "take"), there = bpfgen_block(fn, "slot"),
			  busy = bpfgen_block(fn, "busy"), full = bpfgen_block(fn, "full"),
			  taken = bpfgen_block(fn, "taken");
	LLVMValueRef number = bpfgen_alloca(fn, 4, 4, ""), key = bpfgen_alloca(fn, 4, 8, "");
	LLVMValueRef slot, pair, next;

	bpfgen_store_raw(fn, bpfgen_i32(fn, 0), number, 4);
	bpfgen_jump(fn, take);
	bpfgen_at(fn, take);
	bpfgen_store_raw(fn, bpfgen_load_raw(fn, fn->gen->i32, number, 4), key, 8);
	slot = bpfgen_helper(fn, HELPER_MAP_LOOKUP, fn->gen->ptr,
			     (LLVMValueRef[]){scratch_map(fn->gen), key}, 2);
	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, slot, ""), there, full);
	bpfgen_at(fn, there);
	pair = LLVMBuildAtomicCmpXchg(fn->builder, slot, bpfgen_i64(fn, 0), bpfgen_i64(fn, 1),
				      order, order, false);
	bpfgen_branch(
		fn,
		LLVMBuildIsNull(fn->builder, LLVMBuildExtractValue(fn->builder, pair, 0, ""), ""),
		taken, busy);
	bpfgen_at(fn, busy);
	next = LLVMBuildAdd(fn->builder, bpfgen_load_raw(fn, fn->gen->i32, number, 4),
			    bpfgen_i32(fn, 1), "");
	bpfgen_store_raw(fn, next, number, 4);
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntULT, next, bpfgen_i32(fn, SLOTS)), take, full);
	bpfgen_at(fn, full);
	give_up(fn);
	bpfgen_at(fn, taken);
	return slot;
}

void bpfgen_scratch_begin(struct bpfgen_fn *fn)
{
	LLVMBasicBlockRef body;

	fn->scratch = take_slot(fn);
	fn->scratch_used = SLOT_HEADER;
	fn->spills = LLVMCreateBuilderInContext(fn->gen->context);
	LLVMPositionBuilderAtEnd(fn->spills, bpfgen_here(fn));
	fn->scratch_body = body = bpfgen_block(fn, "body");
	bpfgen_at(fn, body);
}

void bpfgen_scratch_finish(struct bpfgen_fn *fn)
{
	if (!fn->spills)
		return;
	LLVMBuildBr(fn->spills, fn->scratch_body);
	LLVMDisposeBuilder(fn->spills);
}

void bpfgen_scratch_end(struct bpfgen_fn *fn)
{
	LLVMTypeRef type = LLVMFunctionType(fn->gen->void_, NULL, 0, false);
	static const char clobber[] = "~{memory}";
	LLVMValueRef code;

	if (!fn->scratch)
		return;
	/* All that was done with the slot is done before. */
	code = LLVMGetInlineAsm(type, "", 0, clobber, sizeof(clobber) - 1, true, false,
				LLVMInlineAsmDialectATT, false);
	LLVMBuildCall2(fn->builder, type, code, NULL, 0, "");
	bpfgen_store_raw(fn, bpfgen_i64(fn, 0), fn->scratch, 8);
	bpfgen_keep_store(fn);
}

/* ---- memory in the slot ---- */

LLVMValueRef bpfgen_spill(struct bpfgen_fn *fn, uint64_t size)
{
	LLVMValueRef offset = bpfgen_i64(fn, fn->scratch_used);
	struct bpfgen *gen = fn->gen;

	if (!fn->scratch || size < gen->spill_min || fn->scratch_used + size + 8 > SLOT_BYTES_MAX)
		return NULL;
	/* Apart, or LLVM zeroes two at once by a call of memset. */
	fn->scratch_used += (uint32_t)(size + 7) / 8 * 8 + 8;
	if (fn->scratch_used > gen->scratch_bytes)
		gen->scratch_bytes = fn->scratch_used;
	return LLVMBuildGEP2(fn->spills, gen->i8, fn->scratch, &offset, 1, "spilled");
}

LLVMValueRef bpfgen_temp_of(struct bpfgen_fn *fn, const struct type *type)
{
	LLVMValueRef memory = ir_can_spill(type) ? bpfgen_spill(fn, type->size) : NULL;

	return memory ? memory : bpfgen_temp(fn, type->size, 8);
}
