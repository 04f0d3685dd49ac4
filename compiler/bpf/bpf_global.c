/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Global variables and constant data. Programs access variables directly, without a lookup; each
 * section is an array map with one entry. Which variable stands in which section is the contract
 * with the runtime: runtime/README.md.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

static bool image_elems(struct bpfgen *gen, const struct ir_expr *expr, uint8_t *bytes)
{
	bool is_struct = expr->kind == IR_EXPR_STRUCT;

	for (uint32_t i = 0; i < expr->elems.len; i++) {
		const struct ir_expr *elem = expr->elems.data[i];
		const struct field *field;
		uint32_t offset;

		if (!elem)
			continue;
		field = is_struct ? &expr->type->strukt->fields.data[i] : NULL;
		if (field && field->bit_size) {
			uint64_t word = 0, bits = elem->bits & (~0ull >> (64 - field->bit_size));
			uint32_t size = field->type->size, unit = size * 8;

			if (elem->kind != IR_EXPR_CONST)
				return false;
			offset = field->offset_bits / unit * size;
			memcpy(&word, bytes + offset, size);
			word |= bits << (field->offset_bits % unit);
			memcpy(bytes + offset, &word, size);
			continue;
		}
		offset = field ? field->offset_bits / 8 : i * expr->type->array.elem->size;
		if (!bpfgen_image(gen, elem, bytes + offset))
			return false;
	}
	return true;
}

/* `bytes` are zero at the start; the machine is little-endian as BPF is here. */
bool bpfgen_image(struct bpfgen *gen, const struct ir_expr *expr, uint8_t *bytes)
{
	uint32_t len;

	switch (expr->kind) {
	case IR_EXPR_CONST:
		memcpy(bytes, &expr->bits, expr->type->size);
		return true;
	case IR_EXPR_STRING:
		len = expr->string.len < expr->type->size ? expr->string.len : expr->type->size;
		memcpy(bytes, expr->string.text, len);
		return true;
	case IR_EXPR_ZERO:
		return true;
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
		return image_elems(gen, expr, bytes);
	case IR_EXPR_FLOAT:
	case IR_EXPR_LOAD:
	case IR_EXPR_ADDR:
	case IR_EXPR_UNARY:
	case IR_EXPR_BINARY:
	case IR_EXPR_COMPARE:
	case IR_EXPR_CONVERT:
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
	case IR_EXPR_SELECT:
	case IR_EXPR_STR_LEN:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
	case IR_EXPR_CALL:
	case IR_EXPR_OP:
		break;
	}
	return false;
}

static LLVMValueRef constant_bytes(struct bpfgen *gen, const uint8_t *bytes, uint64_t size)
{
	return LLVMConstStringInContext2(gen->context, (const char *)bytes, size, true);
}

LLVMValueRef bpfgen_rodata(struct bpfgen *gen, const uint8_t *bytes, uint64_t size, uint32_t align)
{
	LLVMValueRef value = constant_bytes(gen, bytes, size);
	LLVMValueRef data = LLVMAddGlobal(gen->module, LLVMTypeOf(value), "");

	/* Not mergeable, or LLVM would spread it over sections of its own. */
	LLVMSetInitializer(data, value);
	LLVMSetLinkage(data, LLVMPrivateLinkage);
	LLVMSetGlobalConstant(data, true);
	LLVMSetAlignment(data, align);
	return data;
}

LLVMValueRef bpfgen_text(struct bpfgen *gen, const char *text)
{
	const char *name = intern_str(&gen->comp->names, text);
	LLVMValueRef data = ptr_map_get(&gen->texts, name);

	if (!data) {
		data = bpfgen_rodata(gen, (const uint8_t *)text, strlen(text) + 1, 1);
		ptr_map_set(&gen->texts, name, data);
	}
	return data;
}

static const char *section_of(const struct ir_global *global)
{
	switch (global->role) {
	case IR_GLOBAL_SHARED:
	case IR_GLOBAL_LOCAL:
	case IR_GLOBAL_CONST_CONFIG:
	case IR_GLOBAL_TABLE:
		break;
	case IR_GLOBAL_PINNED:
		return ".data.pinned";
	case IR_GLOBAL_CONFIG:
		return ".data.config";
	}
	return NULL; /* .bss, .data or .rodata, as LLVM decides by value and constness */
}

static LLVMValueRef initial_value(struct bpfgen *gen, const struct ir_global *global)
{
	uint32_t size = global->type->size;
	uint8_t *bytes = arena_alloc(&gen->comp->arena, size);
	bool is_zero = true;

	if (global->init && !bpfgen_image(gen, global->init, bytes))
		internal_error(gen->comp, global->span, "`%s` starts with no constant",
			       global->name);
	for (uint32_t i = 0; i < size && is_zero; i++)
		is_zero = !bytes[i];
	if (is_zero)
		return LLVMConstNull(LLVMArrayType2(gen->i8, size));
	return constant_bytes(gen, bytes, size);
}

/* Not to be had by name from outside; LLVM must not take it apart for that. */
static void hide(struct bpfgen *gen, LLVMValueRef variable)
{
	LLVMSetLinkage(variable, LLVMInternalLinkage);
	vec_push(&gen->comp->arena, &gen->hidden, variable);
}

static void keep_hidden(struct bpfgen *gen)
{
	LLVMValueRef list, array;

	if (!gen->hidden.len)
		return;
	array = LLVMConstArray2(gen->ptr, gen->hidden.data, gen->hidden.len);
	list = LLVMAddGlobal(gen->module, LLVMTypeOf(array), "llvm.compiler.used");
	LLVMSetInitializer(list, array);
	LLVMSetLinkage(list, LLVMAppendingLinkage);
	LLVMSetSection(list, "llvm.metadata");
}

LLVMValueRef bpfgen_global(struct bpfgen *gen, const struct ir_global *global)
{
	LLVMValueRef variable = gen->globals[global->index];

	if (!variable)
		internal_error(gen->comp, gen->span, "`%s` is not marked as used by bpf code",
			       global->name);
	return variable;
}

void bpfgen_declare_globals(struct bpfgen *gen)
{
	gen->globals = arena_array(&gen->comp->arena, LLVMValueRef, gen->ir->globals.len);
	vec_foreach (it, &gen->ir->globals) {
		const struct ir_global *global = *it;
		LLVMValueRef value, variable;
		const char *section;
		bool is_local;

		if (!ir_global_in_object(global))
			continue;
		value = initial_value(gen, global);
		variable = LLVMAddGlobal(gen->module, LLVMTypeOf(value),
					 bpfgen_symbol(gen, global->name));
		section = section_of(global);
		LLVMSetInitializer(variable, value);
		LLVMSetAlignment(variable,
				 bpfgen_in_memory(global->type) ? 8 : global->type->align);
		if (section)
			LLVMSetSection(variable, section);
		/* Frozen for programs, but the loader fills it in before. */
		if (global->role == IR_GLOBAL_CONST_CONFIG) {
			LLVMSetGlobalConstant(variable, true);
			LLVMSetExternallyInitialized(variable, true);
		}
		if (global->role == IR_GLOBAL_TABLE)
			LLVMSetGlobalConstant(variable, true);
		is_local = global->role == IR_GLOBAL_LOCAL || global->role == IR_GLOBAL_TABLE;
		if (is_local)
			hide(gen, variable);
		bpfgen_debug_variable(gen, variable, global->name, global->span,
				      bpfgen_debug_type(gen, global->type), is_local);
		gen->globals[global->index] = variable;
	}
	keep_hidden(gen);
}
