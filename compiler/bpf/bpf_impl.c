/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct_ops implementations: variables of section .struct_ops that look like the kernel's struct,
 * with only the given members in their type. libbpf matches members by name, so the layout may be
 * that of any kernel; function members are relocations against the programs.
 */
#include "bpf/bpf_gen.h"

#include <stdlib.h>

static int compare_members(const void *left, const void *right)
{
	const struct ir_impl_member *a = left, *b = right;

	return a->field->offset_bits < b->field->offset_bits
		       ? -1
		       : a->field->offset_bits > b->field->offset_bits;
}

static LLVMValueRef member_value(struct bpfgen *gen, const struct ir_impl_member *member)
{
	uint8_t *bytes;

	if (member->func)
		return bpfgen_callee(gen, member->func, NULL)->llvm;
	bytes = arena_alloc(&gen->comp->arena, member->field->type->size);
	if (!bpfgen_image(gen, member->value, bytes))
		internal_error(gen->comp, member->value->span, "`%s` is no constant",
			       member->field->name);
	return LLVMConstStringInContext2(gen->context, (const char *)bytes,
					 member->field->type->size, true);
}

static void declare(struct bpfgen *gen, const struct ir_impl *impl)
{
	uint32_t count = impl->members.len, parts = 0, at = 0;
	struct ir_impl_member *members =
		arena_memdup(&gen->comp->arena, impl->members.data, count * sizeof(*members));
	LLVMValueRef *values = arena_array(&gen->comp->arena, LLVMValueRef, 2 * count + 1);
	LLVMValueRef value, variable;

	qsort(members, count, sizeof(*members), compare_members);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t offset = members[i].field->offset_bits / 8;

		if (offset > at)
			values[parts++] = LLVMConstNull(LLVMArrayType2(gen->i8, offset - at));
		values[parts++] = member_value(gen, &members[i]);
		at = offset + members[i].field->type->size;
	}
	if (impl->type->size > at)
		values[parts++] = LLVMConstNull(LLVMArrayType2(gen->i8, impl->type->size - at));
	value = LLVMConstStructInContext(gen->context, values, parts, true);
	variable = LLVMAddGlobal(gen->module, LLVMTypeOf(value), bpfgen_symbol(gen, impl->name));
	LLVMSetInitializer(variable, value);
	LLVMSetAlignment(variable, 8);
	LLVMSetSection(variable, ".struct_ops");
	bpfgen_debug_variable(gen, variable, impl->name, impl->span,
			      bpfgen_debug_type(gen, impl->type), false);
}

void bpfgen_declare_impls(struct bpfgen *gen)
{
	vec_foreach (impl, &gen->ir->impls)
		declare(gen, *impl);
}
