/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects: `new T()` and `delete p` are bpf_obj_new() and bpf_obj_drop() of the kernel, which know
 * the type by its number in the program's BTF. A map of objects holds them in tagged pointers
 * (kptrs); moving one in takes the old one out in the same step.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

#define ARG(expr, i) ((expr)->op.args.data[i])
#define NOEXIST	     1 /* BPF_NOEXIST */

static LLVMValueRef kfunc_call(struct bpfgen_fn *fn, const char *name, LLVMValueRef *args,
			       unsigned count)
{
	struct compilation *comp = fn->gen->comp;
	const struct type *type = kernel_find_function(comp, intern_str(&comp->names, name));
	LLVMValueRef function;

	if (!type)
		internal_error(comp, fn->span, "no target kernel has %s", name);
	function = bpfgen_kfunc(fn->gen, name, type);
	return LLVMBuildCall2(fn->builder, bpfgen_kfunc_type(fn->gen, type), function, args, count,
			      "");
}

static LLVMValueRef type_number(struct bpfgen_fn *fn, const struct type *type)
{
	static const char kind[] = "llvm.preserve.access.index";
	struct bpfgen *gen = fn->gen;
	LLVMValueRef args[] = {bpfgen_i32(fn, gen->sequence++), bpfgen_i64(fn, 0)};
	LLVMValueRef number = bpfgen_intrinsic(fn, "llvm.bpf.btf.type.id", NULL, 0, args, 2);

	LLVMSetMetadata(number, LLVMGetMDKindIDInContext(gen->context, kind, sizeof(kind) - 1),
			LLVMMetadataAsValue(gen->context, bpfgen_debug_type(gen, type)));
	return number;
}

/* Only types of the program have a number there; the kernel's have functions of their own. */
static bool is_own(const struct type *type)
{
	const struct type *target = type->kind == TYPE_PTR ? type->ptr.target : NULL;

	return target && target->kind == TYPE_STRUCT && target->strukt->origin != ORIGIN_KERNEL;
}

/* New objects hold what was there before. Zeroed member by member: the verifier knows them. */
static void zero_members(struct bpfgen_fn *fn, const struct type *type, LLVMValueRef at)
{
	if (type->kind == TYPE_STRUCT) {
		vec_foreach (field, &type->strukt->fields) {
			uint32_t unit = field->bit_size ? field->type->size : 1;

			zero_members(fn, field->type,
				     bpfgen_offset(fn, at, field->offset_bits / 8 / unit * unit));
		}
		return;
	}
	if (type->kind == TYPE_ARRAY || type->kind == TYPE_STR) {
		const struct type *elem =
			type->kind == TYPE_ARRAY ? type->array.elem : fn->gen->comp->types->u8;

		for (uint32_t i = 0; i < type->size; i += elem->size)
			zero_members(fn, elem, bpfgen_offset(fn, at, i));
		return;
	}
	bpfgen_store_raw(fn, LLVMConstNull(bpfgen_memory_type(fn->gen, type)), at, type->align);
	bpfgen_keep_store(fn);
}

LLVMValueRef bpfgen_op_alloc(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMBasicBlockRef made = bpfgen_block(fn, "made"), done = bpfgen_block(fn, "allocated");
	const struct type *type = expr->type->ptr.target;
	LLVMValueRef args[2], object;

	if (!is_own(expr->type)) {
		LLVMDeleteBasicBlock(made);
		LLVMDeleteBasicBlock(done);
		return bpfgen_op_unsupported(fn, expr, "an object of a kernel type", to);
	}
	args[0] = type_number(fn, type);
	args[1] = LLVMConstNull(fn->gen->ptr);
	object = kfunc_call(fn, "bpf_obj_new_impl", args, 2);
	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, object, ""), made, done);
	bpfgen_at(fn, made);
	zero_members(fn, type, object);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	return object;
}

static void drop(struct bpfgen_fn *fn, LLVMValueRef object)
{
	LLVMValueRef args[] = {object, LLVMConstNull(fn->gen->ptr)};

	kfunc_call(fn, "bpf_obj_drop_impl", args, 2);
}

static void drop_present(struct bpfgen_fn *fn, LLVMValueRef object)
{
	LLVMBasicBlockRef present = bpfgen_block(fn, "object"), done = bpfgen_block(fn, "dropped");

	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, object, ""), present, done);
	bpfgen_at(fn, present);
	drop(fn, object);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
}

LLVMValueRef bpfgen_op_free(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMValueRef object = bpfgen_value(fn, ARG(expr, 0));

	if (!is_own(ARG(expr, 0)->type))
		return bpfgen_op_unsupported(fn, expr, "the release of a kernel object", to);
	drop_present(fn, object);
	return NULL;
}

static LLVMValueRef find_entry(struct bpfgen_fn *fn, LLVMValueRef map, LLVMValueRef key)
{
	LLVMValueRef entry =
		bpfgen_helper(fn, HELPER_MAP_LOOKUP, fn->gen->ptr, (LLVMValueRef[]){map, key}, 2);

	bpfgen_reads_only(fn, entry, 1);
	return entry;
}

/* The entry, made empty when it is absent; null when the map is full. */
static LLVMValueRef entry_or_new(struct bpfgen_fn *fn, LLVMValueRef map, LLVMValueRef key)
{
	LLVMBasicBlockRef absent = bpfgen_block(fn, "absent"), done = bpfgen_block(fn, "entry");
	LLVMValueRef first = find_entry(fn, map, key), second, empty;
	LLVMBasicBlockRef from = bpfgen_here(fn);

	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, first, ""), done, absent);
	bpfgen_at(fn, absent);
	empty = bpfgen_temp(fn, 8, 8);
	bpfgen_store_raw(fn, bpfgen_i64(fn, 0), empty, 8);
	bpfgen_helper(fn, HELPER_MAP_UPDATE, fn->gen->i64,
		      (LLVMValueRef[]){map, key, empty, bpfgen_i64(fn, NOEXIST)}, 4);
	bpfgen_temp_end(fn, empty);
	second = find_entry(fn, map, key);
	absent = bpfgen_here(fn);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	return bpfgen_phi(fn, fn->gen->ptr, first, from, second, absent);
}

LLVMValueRef bpfgen_op_kptr_store(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMBasicBlockRef present = bpfgen_block(fn, "present"), full = bpfgen_block(fn, "full");
	LLVMBasicBlockRef done = bpfgen_block(fn, "stored");
	LLVMValueRef map = bpfgen_map(fn->gen, expr->op.map), object, key, temp, entry, old;

	if (!is_own(ARG(expr, 1)->type)) {
		LLVMDeleteBasicBlock(present);
		LLVMDeleteBasicBlock(full);
		LLVMDeleteBasicBlock(done);
		return bpfgen_op_unsupported(fn, expr, "a map of kernel objects", to);
	}
	object = bpfgen_value(fn, ARG(expr, 1));
	key = bpfgen_read_only(fn, ARG(expr, 0), &temp);
	entry = entry_or_new(fn, map, key);
	bpfgen_temp_end(fn, temp);
	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, entry, ""), present, full);
	bpfgen_at(fn, present);
	old = bpfgen_helper(fn, HELPER_KPTR_XCHG, fn->gen->ptr, (LLVMValueRef[]){entry, object}, 2);
	drop_present(fn, old);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, full);
	drop_present(fn, object);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	return NULL;
}
