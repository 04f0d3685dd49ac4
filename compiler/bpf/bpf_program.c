/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry points. Each takes one pointer, the context; for some kinds that is an array of 64-bit
 * arguments (fentry, LSM, raw tracepoints, struct_ops) or the registers (kprobe), from which the
 * program's parameters are loaded. The register layout is that of x86-64.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

/* Byte offsets in struct pt_regs of x86-64. */
enum {
	REGS_R10 = 56,
	REGS_R9 = 64,
	REGS_R8 = 72,
	REGS_AX = 80,
	REGS_CX = 88,
	REGS_DX = 96,
	REGS_SI = 104,
	REGS_DI = 112,
};

static const uint32_t function_regs[] = {REGS_DI, REGS_SI, REGS_DX, REGS_CX, REGS_R8, REGS_R9};
static const uint32_t syscall_regs[] = {REGS_DI, REGS_SI, REGS_DX, REGS_R10, REGS_R8, REGS_R9};

/* A probe that had to become a kprobe gets its arguments as plain numbers. */
bool bpfgen_tracks_kernel(const struct bpfgen_fn *fn)
{
	const struct prog_kind *kind = fn->ir->kind;
	const char *section = fn->callee->section;

	return !kind || !kind->section_fallback ||
	       !strncmp(section, kind->section, strcspn(kind->section, "/"));
}

static bool has_context_param(const struct ir_func *func)
{
	switch (func->kind->params) {
	case PROG_PARAMS_CONTEXT:
	case PROG_PARAMS_TRACEPOINT:
	case PROG_PARAMS_ITER:
	case PROG_PARAMS_ANY:
		return true;
	case PROG_PARAMS_FUNCTION:
	case PROG_PARAMS_RETURN:
	case PROG_PARAMS_RAW_EVENT:
	case PROG_PARAMS_HOOK:
	case PROG_PARAMS_USER:
	case PROG_PARAMS_MEMBER:
		break;
	}
	return false;
}

LLVMMetadataRef bpfgen_program_context(struct bpfgen *gen, const struct ir_func *func)
{
	if (has_context_param(func) && func->params.len)
		return bpfgen_debug_type(gen, func->params.data[0]->type);
	return bpfgen_debug_pointer(gen, bpfgen_debug_type(gen, gen->comp->types->u64));
}

/* The kernel calls struct_ops members with their own result type, all others with int. */
LLVMTypeRef bpfgen_program_type(struct bpfgen *gen, const struct ir_func *func)
{
	LLVMTypeRef result = gen->i32;

	if (func->kind->id == PROG_STRUCT_OPS && func->result->size == 8)
		result = gen->i64;
	return LLVMFunctionType(result, &gen->ptr, 1, false);
}

/* ---- parameters ---- */

static void set_param(struct bpfgen_fn *fn, uint32_t i, LLVMValueRef value)
{
	const struct ir_local *local = fn->ir->params.data[i];

	fn->locals[local->index].assigned++;
	bpfgen_local_begin(fn, local);
	bpfgen_store_scalar(fn, local->type, value, fn->locals[local->index].storage,
			    local->type->align);
}

/* A 64-bit slot as a value of the parameter's type. */
static LLVMValueRef load_slot(struct bpfgen_fn *fn, const struct type *type, LLVMValueRef base,
			      uint64_t offset)
{
	LLVMValueRef from = bpfgen_offset(fn, base, offset), value;

	if (type->kind == TYPE_PTR && !bpfgen_is_packet(type))
		return bpfgen_load_raw(fn, fn->gen->ptr, from, 8);
	value = bpfgen_load_raw(fn, fn->gen->i64, from, 8);
	return bpfgen_from_register(fn, value, type);
}

static void params_from_slots(struct bpfgen_fn *fn, const struct type *prototype)
{
	uint64_t offset = 0;

	for (uint32_t i = 0; i < fn->ir->params.len; i++) {
		const struct type *type = fn->ir->params.data[i]->type;
		const struct type *own = prototype && i < prototype->fn.params.len
						 ? prototype->fn.params.data[i].type
						 : type;

		if (bpfgen_in_memory(type)) {
			bpfgen_unsupported(fn->gen, fn->ir->params.data[i]->span,
					   "a struct as a parameter of a probe");
			return;
		}
		set_param(fn, i, load_slot(fn, type, fn->context, offset));
		offset += own->size > 8 ? (own->size + 7) / 8 * 8 : 8;
	}
}

static void params_from_regs(struct bpfgen_fn *fn, LLVMValueRef regs, const uint32_t *offsets,
			     bool by_helper)
{
	const struct ir_local_vec *params = &fn->ir->params;

	for (uint32_t i = 0; i < params->len; i++) {
		const struct type *type = params->data[i]->type;
		LLVMValueRef temp;

		if (i >= sizeof(function_regs) / sizeof(function_regs[0]) ||
		    bpfgen_in_memory(type)) {
			bpfgen_unsupported(fn->gen, params->data[i]->span,
					   "a parameter that is passed on the stack");
			return;
		}
		if (!by_helper) {
			set_param(fn, i, load_slot(fn, type, regs, offsets[i]));
			continue;
		}
		temp = bpfgen_temp(fn, 8, 8);
		bpfgen_helper(fn, HELPER_PROBE_READ_KERNEL, fn->gen->i64,
			      (LLVMValueRef[]){temp, bpfgen_i64(fn, 8),
					       bpfgen_offset(fn, regs, offsets[i])},
			      3);
		set_param(fn, i, load_slot(fn, type, temp, 0));
		bpfgen_temp_end(fn, temp);
	}
}

/* A system call's entry function gets the registers of the caller as its only argument. */
static void params_of_function(struct bpfgen_fn *fn)
{
	struct prog_probe probe = {0};
	const char *arg = fn->ir->kind_arg;
	LLVMValueRef regs;

	if (arg)
		prog_probe_resolve(fn->gen->comp, arg, &probe);
	if (probe.is_syscall) {
		uint64_t offset = probe.is_fentry ? 0 : REGS_DI;

		regs = bpfgen_load_raw(fn, fn->gen->ptr, bpfgen_offset(fn, fn->context, offset), 8);
		params_from_regs(fn, regs, syscall_regs, !probe.is_fentry);
	} else if (probe.is_fentry) {
		params_from_slots(fn, probe.type);
	} else {
		params_from_regs(fn, fn->context, function_regs, false);
	}
}

/* fexit has the result behind the arguments, kretprobe in a register. */
static void param_of_return(struct bpfgen_fn *fn)
{
	const struct ir_local_vec *params = &fn->ir->params;
	const char *arg = fn->ir->kind_arg;
	struct prog_probe probe = {0};
	uint64_t offset = REGS_AX;

	if (!params->len)
		return;
	if (arg)
		prog_probe_resolve(fn->gen->comp, arg, &probe);
	if (probe.is_fentry) {
		const struct type *own = kernel_find_function(fn->gen->comp, probe.function);

		offset = 0;
		for (uint32_t i = 0; own && i < own->fn.params.len; i++)
			offset += (own->fn.params.data[i].type->size + 7) / 8 * 8;
	}
	set_param(fn, 0, load_slot(fn, params->data[0]->type, fn->context, offset));
}

static void params_of_usdt(struct bpfgen_fn *fn)
{
	const struct ir_local_vec *params = &fn->ir->params;
	LLVMValueRef spec = params->len ? bpfgen_usdt_spec(fn) : NULL;

	for (uint32_t i = 0; i < params->len; i++)
		set_param(fn, i, bpfgen_usdt_argument(fn, spec, i, params->data[i]));
}

static void params_of_user(struct bpfgen_fn *fn)
{
	static const uint32_t result[] = {REGS_AX};
	const struct ir_local_vec *params = &fn->ir->params;
	const struct type *first = params->len ? params->data[0]->type : NULL;

	if (first && first->kind == TYPE_PTR && first->ptr.region == REGION_CTX)
		set_param(fn, 0, LLVMGetParam(fn->llvm, 0));
	else if (fn->ir->kind->id == PROG_USDT)
		params_of_usdt(fn);
	else if (fn->ir->kind->id == PROG_URETPROBE && params->len <= 1)
		params_from_regs(fn, fn->context, result, false);
	else
		params_from_regs(fn, fn->context, function_regs, false);
}

void bpfgen_program_begin(struct bpfgen_fn *fn)
{
	LLVMValueRef context = fn->raw_context = LLVMGetParam(fn->llvm, 0);
	const struct ir_local *own = fn->ir->context;

	/* Or LLVM computes addresses in the context, which the verifier refuses. */
	fn->context = bpfgen_intrinsic(fn, "llvm.preserve.static.offset", NULL, 0, &context, 1);
	switch (fn->ir->kind->params) {
	case PROG_PARAMS_CONTEXT:
	case PROG_PARAMS_TRACEPOINT:
	case PROG_PARAMS_ITER:
	case PROG_PARAMS_ANY:
		if (fn->ir->params.len)
			set_param(fn, 0, context);
		break;
	case PROG_PARAMS_FUNCTION:
		params_of_function(fn);
		break;
	case PROG_PARAMS_RETURN:
		param_of_return(fn);
		break;
	case PROG_PARAMS_RAW_EVENT:
	case PROG_PARAMS_HOOK:
	case PROG_PARAMS_MEMBER:
		params_from_slots(fn, NULL);
		break;
	case PROG_PARAMS_USER:
		params_of_user(fn);
		break;
	}
	if (own && !own->is_param) {
		bpfgen_local_begin(fn, own);
		bpfgen_store_raw(fn, context, fn->locals[own->index].storage, 8);
	}
}

/* ---- verdicts ---- */

static void ret(struct bpfgen_fn *fn, LLVMValueRef verdict)
{
	LLVMTypeRef type = LLVMGetReturnType(LLVMGlobalGetValueType(fn->llvm));

	if (LLVMTypeOf(verdict) != type)
		verdict = bpfgen_resize(fn, verdict, fn->ir->result, type);
	bpfgen_scratch_end(fn);
	LLVMBuildRet(fn->builder, verdict);
	fn->open = false;
}

/*
 * The value is in its range already. LLVM may have found another way to see that than the
 * verifier; here it is checked so that the verifier sees it, where it looks.
 */
static bool is_range_checked(const struct prog_kind *kind)
{
	return kind->id != PROG_XDP && kind->id != PROG_TC && kind->id != PROG_NETKIT;
}

static LLVMValueRef limit(struct bpfgen_fn *fn, LLVMValueRef verdict, LLVMIntPredicate outside,
			  int64_t bound, int64_t neutral)
{
	LLVMTypeRef type = LLVMTypeOf(verdict);

	verdict = bpfgen_opaque(fn, verdict);
	return LLVMBuildSelect(
		fn->builder,
		bpfgen_compare(fn, outside, verdict, LLVMConstInt(type, (uint64_t)bound, true)),
		LLVMConstInt(type, (uint64_t)neutral, true), verdict, "");
}

static LLVMValueRef into_range(struct bpfgen_fn *fn, LLVMValueRef verdict)
{
	const struct prog_kind *kind = fn->ir->kind;
	const struct prog_choice *choice = fn->ir->choice;
	int64_t low, high, neutral = prog_kind_neutral(kind, choice);

	prog_kind_range(kind, choice, &low, &high);
	if (low == high)
		return bpfgen_i32(fn, low);
	if (high - low >= UINT32_MAX)
		return verdict;
	if (low < 0) {
		verdict = limit(fn, verdict, LLVMIntSGT, high, neutral);
		return limit(fn, verdict, LLVMIntSLT, low, neutral);
	}
	return limit(fn, verdict, LLVMIntUGT, high, neutral);
}

static LLVMValueRef verdict_value(struct bpfgen_fn *fn, const struct ir_expr *value)
{
	const struct prog_kind *kind = fn->ir->kind;
	LLVMValueRef verdict;

	if (kind->result_ignored || !value)
		return bpfgen_i32(fn, 0);
	verdict = bpfgen_value(fn, value);
	if (LLVMTypeOf(verdict) != fn->gen->i64)
		verdict = bpfgen_resize(fn, verdict, value->type, fn->gen->i32);
	else if (kind->id != PROG_STRUCT_OPS)
		verdict = LLVMBuildTrunc(fn->builder, verdict, fn->gen->i32, "");
	if (value->kind != IR_EXPR_CONST && is_range_checked(kind) &&
	    LLVMTypeOf(verdict) == fn->gen->i32)
		verdict = into_range(fn, verdict);
	return verdict;
}

void bpfgen_return_verdict(struct bpfgen_fn *fn, const struct ir_expr *value)
{
	ret(fn, verdict_value(fn, value));
}

void bpfgen_return_neutral(struct bpfgen_fn *fn)
{
	ret(fn, bpfgen_i32(fn, prog_kind_neutral(fn->ir->kind, fn->ir->choice)));
}

/* ---- tail calls ---- */

/* Programs of one array must have one type and attach type; both show in the section. */
static const char *array_name(struct bpfgen *gen, const struct ir_func *func)
{
	struct kernel_constant attach = prog_kind_attach_type(func->kind, func->choice);
	struct arena *arena = &gen->comp->arena;
	const char *name = arena_printf(arena, "ks_tail_%s", func->kind->name);

	if (attach.name)
		name = arena_printf(arena, "%s_%u", name, attach.value);
	return bpfgen_own_symbol(gen, name);
}

static struct bpfgen_tail *tail_of(struct bpfgen *gen, const struct ir_func *func)
{
	const char *name = array_name(gen, func);
	struct bpfgen_tail *tail;

	vec_foreach (it, &gen->tails) {
		if (!strcmp((*it)->name, name))
			return *it;
	}
	tail = arena_new(&gen->comp->arena, struct bpfgen_tail);
	tail->name = name;
	vec_push(&gen->comp->arena, &gen->tails, tail);
	return tail;
}

static uint32_t slot_of(const struct bpfgen_tail *tail, const struct ir_func *func)
{
	uint32_t slot = 0;

	while (slot < tail->targets.len && tail->targets.data[slot] != func)
		slot++;
	return slot;
}

struct tails {
	struct ir_walk walk;
	struct bpfgen *gen;
};

static void tails_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct bpfgen *gen = ((struct tails *)walk)->gen;
	struct bpfgen_tail *tail;

	if (stmt->kind != IR_STMT_TAIL_CALL)
		return;
	tail = tail_of(gen, stmt->tail.func);
	if (slot_of(tail, stmt->tail.func) == tail->targets.len)
		vec_push(&gen->comp->arena, &tail->targets, stmt->tail.func);
}

/* An array map whose `values` hold the programs from the start: libbpf fills the slots. */
static void declare_array(struct bpfgen *gen, struct bpfgen_tail *tail)
{
	LLVMMetadataRef types[] = {bpfgen_debug_type(gen, gen->comp->types->i32),
				   bpfgen_debug_pointer(gen, NULL)};
	LLVMDIBuilderRef builder = gen->debug.builder;
	LLVMMetadataRef proto = LLVMDIBuilderCreateSubroutineType(
		builder, bpfgen_debug_file(gen, gen->ir->file), types, 2, LLVMDIFlagZero);
	LLVMMetadataRef none = LLVMDIBuilderGetOrCreateSubrange(builder, 0, 0);
	LLVMMetadataRef values = LLVMDIBuilderCreateArrayType(
		builder, 0, 0, bpfgen_debug_pointer(gen, proto), &none, 1);
	/* key_size, not key: libbpf would pass BTF, which program arrays refuse. */
	struct bpfgen_member members[] = {
		{"type", bpfgen_debug_number(gen, 3), 64, 0},
		{"max_entries", bpfgen_debug_number(gen, tail->targets.len), 64, 64},
		{"key_size", bpfgen_debug_number(gen, 4), 64, 128},
		{"value_size", bpfgen_debug_number(gen, 4), 64, 192},
		{"values", values, 0, 256},
	};
	uint32_t count = tail->targets.len;
	LLVMValueRef *slots = arena_array(&gen->comp->arena, LLVMValueRef, count + 4);
	LLVMValueRef init;

	for (uint32_t i = 0; i < 4; i++)
		slots[i] = LLVMConstNull(gen->ptr);
	for (uint32_t i = 0; i < count; i++)
		slots[4 + i] = bpfgen_callee(gen, tail->targets.data[i], NULL)->llvm;
	init = LLVMConstArray2(gen->ptr, slots, count + 4);
	tail->map = LLVMAddGlobal(gen->module, LLVMTypeOf(init), tail->name);
	LLVMSetInitializer(tail->map, init);
	LLVMSetAlignment(tail->map, 8);
	LLVMSetSection(tail->map, ".maps");
	bpfgen_debug_variable(gen, tail->map, tail->name, tail->targets.data[0]->name_span,
			      bpfgen_debug_struct(gen, "", members, 5, 256), false);
}

void bpfgen_declare_tails(struct bpfgen *gen)
{
	struct tails tails = {.walk = {.stmt = tails_stmt}, .gen = gen};

	vec_foreach (func, &gen->ir->funcs) {
		if ((*func)->target == TARGET_BPF)
			bpfgen_look(&tails.walk, &(*func)->body);
	}
	vec_foreach (tail, &gen->tails)
		declare_array(gen, *tail);
}

void bpfgen_tail_call(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	const struct bpfgen_tail *tail = tail_of(fn->gen, stmt->tail.func);
	LLVMValueRef slot = bpfgen_i64(fn, slot_of(tail, stmt->tail.func));
	LLVMValueRef verdict = NULL, slot_taken;

	/* What is spilled is out of reach once the slot is given back. */
	if (fn->scratch)
		verdict = verdict_value(fn, stmt->tail.otherwise);
	bpfgen_scratch_end(fn);
	bpfgen_helper(fn, HELPER_TAIL_CALL, fn->gen->i64,
		      (LLVMValueRef[]){fn->raw_context, tail->map, slot}, 3);
	/* It came back, so it failed: too many in a row, or the program did not load. */
	slot_taken = fn->scratch;
	fn->scratch = NULL;
	ret(fn, verdict ? verdict : verdict_value(fn, stmt->tail.otherwise));
	fn->scratch = slot_taken;
}
