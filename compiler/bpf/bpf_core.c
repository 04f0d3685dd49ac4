/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in kernel structs: offsets are relocated by libbpf for the kernel that the object is
 * loaded into (CO-RE). LLVM records a relocation for each chain of the preserve.*.access.index
 * intrinsics; what it records comes from the debug information, not from LLVM's types.
 */
#include "bpf/bpf_gen.h"

#define KIND_LEN(text) (text), sizeof(text) - 1

/* The value of llvm.bpf.preserve.field.info; the kinds of enum bpf_core_relo_kind. */
enum field_info {
	FIELD_BYTE_OFFSET = 0,
	FIELD_BYTE_SIZE = 1,
	FIELD_SIGNED = 3,
	FIELD_LSHIFT_U64 = 4,
	FIELD_RSHIFT_U64 = 5,
};

static bool is_foreign(const struct ir_place *root)
{
	if (root->kind != IR_PLACE_DEREF)
		return false;
	switch (root->deref.pointer->type->ptr.region) {
	case REGION_CTX:
	case REGION_KERNEL:
	case REGION_ADDRESS:
	case REGION_USER:
		return true;
	case REGION_ANY:
	case REGION_STACK:
	case REGION_ENTRY:
	case REGION_PACKET:
	case REGION_WINDOW:
	case REGION_RECORD:
	case REGION_OBJECT:
	case REGION_HEAP:
	case REGION_COUNT:
		break;
	}
	return root->deref.access == IR_ACCESS_CONTEXT || root->deref.access == IR_ACCESS_KERNEL ||
	       root->deref.access == IR_ACCESS_KERNEL_READ ||
	       root->deref.access == IR_ACCESS_USER_READ;
}

bool bpfgen_needs_core(const struct ir_place *place)
{
	bool in_kernel_struct = false;

	if (!is_foreign(ir_place_root((struct ir_place *)place)))
		return false;
	while (place->kind == IR_PLACE_FIELD || place->kind == IR_PLACE_INDEX) {
		bool is_field = place->kind == IR_PLACE_FIELD;

		place = is_field ? place->field.base : place->index.base;
		if (is_field && place->type->strukt->origin == ORIGIN_KERNEL)
			in_kernel_struct = true;
	}
	return in_kernel_struct;
}

/* One step: the intrinsic's metadata names the type that the index counts in. */
static LLVMValueRef step(struct bpfgen_fn *fn, const char *name, const struct type *type,
			 LLVMValueRef *args, unsigned count, bool has_elem_type)
{
	struct bpfgen *gen = fn->gen;
	LLVMTypeRef overloads[] = {gen->ptr, gen->ptr};
	LLVMValueRef call = bpfgen_intrinsic(fn, name, overloads, 2, args, count);
	unsigned kind =
		LLVMGetMDKindIDInContext(gen->context, KIND_LEN("llvm.preserve.access.index"));

	LLVMSetMetadata(call, kind,
			LLVMMetadataAsValue(gen->context, bpfgen_debug_type(gen, type)));
	if (has_elem_type) {
		LLVMTypeRef byte = LLVMStructTypeInContext(gen->context, &gen->i8, 1, true);
		unsigned attribute = LLVMGetEnumAttributeKindForName(KIND_LEN("elementtype"));

		LLVMAddCallSiteAttribute(call, 1,
					 LLVMCreateTypeAttribute(gen->context, attribute, byte));
	}
	return call;
}

static LLVMValueRef member_step(struct bpfgen_fn *fn, const struct type *type, uint32_t field,
				LLVMValueRef pointer)
{
	LLVMValueRef index = bpfgen_i32(fn, bpfgen_debug_member_index(fn->gen, type, field));
	LLVMValueRef args[] = {pointer, bpfgen_i32(fn, 0), index};

	if (type->strukt->is_union)
		return step(fn, "llvm.preserve.union.access.index", type,
			    (LLVMValueRef[]){pointer, index}, 2, false);
	return step(fn, "llvm.preserve.struct.access.index", type, args, 3, true);
}

LLVMValueRef bpfgen_core_field(struct bpfgen_fn *fn, const struct type *type, const char *name,
			       uint32_t offset_bits, LLVMValueRef pointer)
{
	const struct field_vec *fields = &type->strukt->fields;

	type_complete(fn->gen->comp, type);
	for (uint32_t i = 0; i < fields->len; i++) {
		const struct field *field = &fields->data[i];

		if (field->name && field->name == name && field->offset_bits == offset_bits)
			return member_step(fn, type, i, pointer);
	}
	for (uint32_t i = 0; i < fields->len; i++) {
		const struct field *field = &fields->data[i];
		uint32_t inner;

		if (field->name || field->type->kind != TYPE_STRUCT)
			continue;
		if (!type_field(field->type, name, &inner) ||
		    field->offset_bits + inner != offset_bits)
			continue;
		return bpfgen_core_field(fn, field->type, name, inner,
					 member_step(fn, type, i, pointer));
	}
	return NULL;
}

static LLVMValueRef array_step(struct bpfgen_fn *fn, const struct ir_place *place,
			       LLVMValueRef pointer, struct bpfgen_ref *ref)
{
	const struct type *array = place->index.base->type;
	const struct ir_expr *expr = place->index.index;
	LLVMValueRef index;

	if (expr->kind == IR_EXPR_CONST && expr->bits < array->array.count) {
		LLVMValueRef args[] = {pointer, bpfgen_i32(fn, 1),
				       bpfgen_i32(fn, (int64_t)expr->bits)};

		return step(fn, "llvm.preserve.array.access.index", array, args, 3, true);
	}
	/* An index that is not constant cannot be relocated; the element's size rarely changes. */
	index = bpfgen_widen(fn, expr);
	if (place->index.checked)
		index = bpfgen_index_check(fn, index, array->array.count, &ref->miss);
	return bpfgen_offset_by(
		fn, pointer,
		LLVMBuildMul(fn->builder, index, bpfgen_i64(fn, place->type->size), ""));
}

static LLVMValueRef steps(struct bpfgen_fn *fn, const struct ir_place *place, LLVMValueRef root,
			  struct bpfgen_ref *ref)
{
	const struct ir_place *base;
	LLVMValueRef pointer;

	if (place->kind == IR_PLACE_INDEX)
		return array_step(fn, place, steps(fn, place->index.base, root, ref), ref);
	if (place->kind != IR_PLACE_FIELD)
		return root;
	base = place->field.base;
	pointer = steps(fn, base, root, ref);
	pointer = bpfgen_core_field(fn, base->type, place->field.field->name,
				    place->field.offset_bits, pointer);
	if (!pointer)
		internal_error(fn->gen->comp, place->span, "`%s` is no member of %s",
			       place->field.field->name, type_name(fn->gen->comp, base->type));
	return pointer;
}

void bpfgen_core_place(struct bpfgen_fn *fn, const struct ir_place *place, LLVMValueRef root,
		       struct bpfgen_ref *ref)
{
	ref->pointer = steps(fn, place, root, ref);
	ref->align = place->type->align;
	if (place->kind == IR_PLACE_FIELD && place->field.field->bit_size) {
		ref->core_bits = ref->pointer;
		ref->core_root = root;
	}
}

static LLVMValueRef field_info(struct bpfgen_fn *fn, LLVMValueRef address, enum field_info what)
{
	LLVMValueRef info = bpfgen_intrinsic(fn, "llvm.bpf.preserve.field.info", &fn->gen->ptr, 1,
					     (LLVMValueRef[]){address, bpfgen_i64(fn, what)}, 2);

	return LLVMBuildZExt(fn->builder, info, fn->gen->i64, "");
}

/* Reads the bytes of a bit-field's storage, whose size is known at load time, as a u64. */
static LLVMValueRef read_storage(struct bpfgen_fn *fn, struct bpfgen_ref *ref, LLVMValueRef from)
{
	LLVMValueRef size = field_info(fn, ref->core_bits, FIELD_BYTE_SIZE), value, temp, phi;
	LLVMBasicBlockRef done;

	if (ref->memory == MEMORY_KERNEL || ref->memory == MEMORY_USER) {
		uint32_t id = ref->memory == MEMORY_USER ? HELPER_PROBE_READ_USER
							 : HELPER_PROBE_READ_KERNEL;

		temp = bpfgen_temp(fn, 8, 8);
		bpfgen_store_raw(fn, bpfgen_i64(fn, 0), temp, 8);
		bpfgen_helper(fn, id, fn->gen->i64, (LLVMValueRef[]){temp, size, from}, 3);
		value = bpfgen_load_raw(fn, fn->gen->i64, temp, 8);
		bpfgen_temp_end(fn, temp);
		return value;
	}
	done = bpfgen_block(fn, "storage");
	phi = NULL;
	for (unsigned bits = 8; bits <= 64; bits *= 2) {
		LLVMBasicBlockRef yes = bpfgen_block(fn, "width"), no = bpfgen_block(fn, "wider");
		LLVMTypeRef type = LLVMIntTypeInContext(fn->gen->context, bits);

		if (bits < 64)
			bpfgen_branch(fn,
				      bpfgen_compare(fn, LLVMIntEQ, size, bpfgen_i64(fn, bits / 8)),
				      yes, no);
		else
			bpfgen_jump(fn, yes);
		bpfgen_at(fn, yes);
		value = bpfgen_load_raw(fn, type, from, bits / 8);
		value = LLVMBuildZExt(fn->builder, value, fn->gen->i64, "");
		bpfgen_jump(fn, done);
		if (!phi) {
			bpfgen_at(fn, done);
			phi = LLVMBuildPhi(fn->builder, fn->gen->i64, "");
		}
		LLVMAddIncoming(phi, &value, &yes, 1);
		if (bits < 64)
			bpfgen_at(fn, no);
		else
			LLVMDeleteBasicBlock(no);
	}
	bpfgen_at(fn, done);
	return phi;
}

LLVMValueRef bpfgen_core_bits(struct bpfgen_fn *fn, struct bpfgen_ref *ref)
{
	LLVMValueRef offset = field_info(fn, ref->core_bits, FIELD_BYTE_OFFSET);
	LLVMValueRef left = field_info(fn, ref->core_bits, FIELD_LSHIFT_U64);
	LLVMValueRef right = field_info(fn, ref->core_bits, FIELD_RSHIFT_U64);
	LLVMValueRef from = bpfgen_offset_by(fn, ref->core_root, offset);
	LLVMValueRef value = read_storage(fn, ref, from);

	value = LLVMBuildShl(fn->builder, value, left, "");
	if (bpfgen_is_signed(ref->type))
		value = LLVMBuildAShr(fn->builder, value, right, "");
	else
		value = LLVMBuildLShr(fn->builder, value, right, "");
	if (ref->type->kind == TYPE_BOOL)
		return LLVMBuildIsNotNull(fn->builder, value, "");
	return bpfgen_resize(fn, value, ref->type, bpfgen_type(fn->gen, ref->type));
}
