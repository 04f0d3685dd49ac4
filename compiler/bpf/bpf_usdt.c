/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments of static probe points in user programs (USDT). Where an argument lies is written in
 * a note of the program that is probed; libbpf reads it when the probe is attached and puts what
 * it says into a map, whose key it gives to the program as the cookie of the attachment. The two
 * maps and the layout of an entry are libbpf's (struct __bpf_usdt_spec of its bpf/usdt.bpf.h).
 */
#include "bpf/bpf_gen.h"

/* An entry holds 12 arguments of 16 bytes, a cookie and their number. */
#define SPECS_MAX     256
#define IPS_MAX	      1024
#define ARGS_MAX      12
#define ARG_BYTES     16
#define SPEC_COUNT    200 /* i16 */
#define SPEC_BYTES    208
#define ARG_VALUE     0	 /* i64: the constant, or the offset of an address */
#define ARG_TYPE      8	 /* u32 */
#define ARG_REGISTER  12 /* i16: offset in struct pt_regs */
#define ARG_IS_SIGNED 14
#define ARG_SHIFT     15 /* bits that are cut off at the top */

enum arg_type {
	ARG_CONST,
	ARG_REG,
	ARG_DEREF, /* what the register and the offset point to */
};

/* ---- the maps ---- */

static LLVMValueRef declare_map(struct bpfgen *gen, const char *name, uint32_t type,
				uint32_t entries, uint32_t key, uint32_t value)
{
	struct bpfgen_member members[] = {
		{"type", bpfgen_debug_number(gen, type), 64, 0},
		{"max_entries", bpfgen_debug_number(gen, entries), 64, 64},
		{"key_size", bpfgen_debug_number(gen, key), 64, 128},
		{"value_size", bpfgen_debug_number(gen, value), 64, 192},
	};
	LLVMTypeRef bytes = LLVMArrayType2(gen->ptr, 4);
	LLVMValueRef map = LLVMAddGlobal(gen->module, bytes, name);

	LLVMSetInitializer(map, LLVMConstNull(bytes));
	LLVMSetAlignment(map, 8);
	LLVMSetSection(map, ".maps");
	bpfgen_debug_variable(gen, map, name, gen->span,
			      bpfgen_debug_struct(gen, "", members, 4, 256), false);
	return map;
}

void bpfgen_declare_usdt(struct bpfgen *gen)
{
	bool is_used = false;

	vec_foreach (func, &gen->ir->funcs)
		is_used |= (*func)->role == FN_PROGRAM && (*func)->kind->id == PROG_USDT;
	if (!is_used)
		return;
	gen->usdt_specs =
		declare_map(gen, "__bpf_usdt_specs", 2 /* array */, SPECS_MAX, 4, SPEC_BYTES);
	/* For kernels without cookies; libbpf wants it all the same. */
	declare_map(gen, "__bpf_usdt_ip_to_spec_id", 1 /* hash */, IPS_MAX, 8, 4);
}

/* ---- one argument ---- */

static LLVMValueRef load_field(struct bpfgen_fn *fn, LLVMTypeRef type, LLVMValueRef spec,
			       uint32_t index, uint32_t field, uint32_t size)
{
	return bpfgen_load_raw(fn, type, bpfgen_offset(fn, spec, index * ARG_BYTES + field), size);
}

/* 8 bytes of the kernel's or the process's memory in `temp`; zero when they cannot be read. */
static LLVMValueRef read_word(struct bpfgen_fn *fn, uint32_t helper, LLVMValueRef temp,
			      LLVMValueRef address)
{
	bpfgen_helper(fn, helper, fn->gen->i64, (LLVMValueRef[]){temp, bpfgen_i64(fn, 8), address},
		      3);
	return bpfgen_load_raw(fn, fn->gen->i64, temp, 8);
}

/* The value that the note describes, as 64 bits, before it is cut. */
static LLVMValueRef fetch(struct bpfgen_fn *fn, LLVMValueRef spec, uint32_t index)
{
	struct bpfgen *gen = fn->gen;
	LLVMBasicBlockRef in_register = bpfgen_block(fn, "register"),
			  in_memory = bpfgen_block(fn, "memory"),
			  fetched = bpfgen_block(fn, "fetched");
	LLVMValueRef temp = bpfgen_temp(fn, 8, 8), result = bpfgen_temp(fn, 8, 8), offset, value;
	LLVMValueRef constant = load_field(fn, gen->i64, spec, index, ARG_VALUE, 8);
	LLVMValueRef type = load_field(fn, gen->i32, spec, index, ARG_TYPE, 4);

	bpfgen_store_raw(fn, constant, result, 8);
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntEQ, type, bpfgen_i32(fn, ARG_CONST)), fetched,
		      in_register);
	bpfgen_at(fn, in_register);
	offset = LLVMBuildSExt(fn->builder, load_field(fn, gen->i16, spec, index, ARG_REGISTER, 2),
			       gen->i64, "");
	value = read_word(fn, HELPER_PROBE_READ_KERNEL, temp,
			  bpfgen_offset_by(fn, fn->raw_context, offset));
	bpfgen_store_raw(fn, value, result, 8);
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntEQ, type, bpfgen_i32(fn, ARG_DEREF)), in_memory,
		      fetched);
	bpfgen_at(fn, in_memory);
	value = LLVMBuildAdd(fn->builder, value, constant, "");
	value = read_word(fn, HELPER_PROBE_READ_USER, temp, value);
	bpfgen_store_raw(fn, value, result, 8);
	bpfgen_jump(fn, fetched);
	bpfgen_at(fn, fetched);
	value = bpfgen_load_raw(fn, gen->i64, result, 8);
	bpfgen_temp_end(fn, temp);
	bpfgen_temp_end(fn, result);
	return value;
}

static LLVMValueRef cut(struct bpfgen_fn *fn, LLVMValueRef spec, uint32_t index, LLVMValueRef value)
{
	struct bpfgen *gen = fn->gen;
	LLVMValueRef shift = load_field(fn, gen->i8, spec, index, ARG_SHIFT, 1);
	LLVMValueRef is_signed = load_field(fn, gen->i8, spec, index, ARG_IS_SIGNED, 1);

	shift = LLVMBuildZExt(fn->builder, shift, gen->i64, "");
	shift = LLVMBuildAnd(fn->builder, shift, bpfgen_i64(fn, 63), "");
	value = LLVMBuildShl(fn->builder, value, shift, "");
	return LLVMBuildSelect(fn->builder, LLVMBuildIsNotNull(fn->builder, is_signed, ""),
			       LLVMBuildAShr(fn->builder, value, shift, ""),
			       LLVMBuildLShr(fn->builder, value, shift, ""), "");
}

/* What the attachment's entry says of argument `index`; zero when there is no such argument. */
static LLVMValueRef argument(struct bpfgen_fn *fn, LLVMValueRef spec, uint32_t index)
{
	struct bpfgen *gen = fn->gen;
	LLVMBasicBlockRef counted = bpfgen_block(fn, "spec"), given = bpfgen_block(fn, "given"),
			  done = bpfgen_block(fn, "argument");
	LLVMValueRef result = bpfgen_temp(fn, 8, 8), count;

	bpfgen_store_raw(fn, bpfgen_i64(fn, 0), result, 8);
	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, spec, ""), counted, done);
	bpfgen_at(fn, counted);
	spec = bpfgen_anchor(fn, spec);
	count = bpfgen_load_raw(fn, gen->i16, bpfgen_offset(fn, spec, SPEC_COUNT), 2);
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntSGT, count, bpfgen_int(gen, gen->i16, index)),
		      given, done);
	bpfgen_at(fn, given);
	bpfgen_store_raw(fn, cut(fn, spec, index, fetch(fn, spec, index)), result, 8);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	count = bpfgen_load_raw(fn, gen->i64, result, 8);
	bpfgen_temp_end(fn, result);
	return count;
}

/* ---- the parameters of a program ---- */

LLVMValueRef bpfgen_usdt_spec(struct bpfgen_fn *fn)
{
	LLVMValueRef key = bpfgen_temp(fn, 4, 8), cookie, spec;

	cookie = bpfgen_helper(fn, HELPER_GET_ATTACH_COOKIE, fn->gen->i64, &fn->raw_context, 1);
	bpfgen_store_raw(fn, LLVMBuildTrunc(fn->builder, cookie, fn->gen->i32, ""), key, 8);
	spec = bpfgen_helper(fn, HELPER_MAP_LOOKUP, fn->gen->ptr,
			     (LLVMValueRef[]){fn->gen->usdt_specs, key}, 2);
	bpfgen_temp_end(fn, key);
	return spec;
}

LLVMValueRef bpfgen_usdt_argument(struct bpfgen_fn *fn, LLVMValueRef spec, uint32_t index,
				  const struct ir_local *param)
{
	if (bpfgen_in_memory(param->type)) {
		bpfgen_unsupported(fn->gen, param->span, "an aggregate as a parameter of a probe");
		return bpfgen_i64(fn, 0);
	}
	if (index >= ARGS_MAX) {
		diag_report(fn->gen->comp, DIAG_INTERNAL_LIMIT, param->span,
			    "libbpf tells %d arguments of a usdt probe at most", ARGS_MAX);
		return bpfgen_zero_value(fn->gen, param->type);
	}
	return bpfgen_from_register(fn, argument(fn, spec, index), param->type);
}
