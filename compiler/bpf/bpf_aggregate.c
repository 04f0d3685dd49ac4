/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that lie in memory: structs, arrays, strings. Each byte of a value is written, padding
 * too: values are compared and hashed as bytes when they are keys of maps.
 */
#include "bpf/bpf_gen.h"

/* Constants beyond this size are copied from .rodata instead of being written out. */
#define LITERAL_BYTES_MAX 64

static uint32_t align_at(uint32_t align, uint64_t offset)
{
	while (align > 1 && offset % align)
		align /= 2;
	return align;
}

/* Writes constant bytes with the widest stores that the alignment allows. */
static void write_bytes(struct bpfgen_fn *fn, const uint8_t *bytes, uint32_t size, LLVMValueRef to,
			uint32_t align)
{
	uint32_t width;

	for (uint32_t at = 0; at < size; at += width) {
		uint64_t value = 0;

		width = align_at(align > 8 ? 8 : align, at);
		while (width > size - at)
			width /= 2;
		for (uint32_t i = 0; i < width; i++)
			value |= (uint64_t)bytes[at + i] << i * 8;
		bpfgen_store_raw(fn,
				 bpfgen_int(fn->gen,
					    LLVMIntTypeInContext(fn->gen->context, width * 8),
					    value),
				 bpfgen_offset(fn, to, at), width);
	}
}

static bool write_constant(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
			   uint32_t align)
{
	uint32_t size = expr->type->size, used = size;
	uint8_t *bytes = arena_alloc(&fn->gen->comp->arena, size);

	if (!bpfgen_image(fn->gen, expr, bytes))
		return false;
	while (used && !bytes[used - 1])
		used--;
	if (used > LITERAL_BYTES_MAX) {
		bpfgen_copy(fn, to, align, bpfgen_rodata(fn->gen, bytes, size, 8), 8, size);
		return true;
	}
	/* Up to the next whole word, so that the rest is zeroed with wide stores. */
	used = used + 7 < size ? (used + 7) / 8 * 8 : size;
	write_bytes(fn, bytes, used, to, align);
	bpfgen_zero(fn, bpfgen_offset(fn, to, used), align_at(align, used), size - used);
	return true;
}

static void write_field(struct bpfgen_fn *fn, const struct field *field,
			const struct ir_expr *value, LLVMValueRef to, uint32_t align)
{
	uint32_t size = field->type->size, offset = field->offset_bits / 8;
	struct bpfgen_ref ref;

	if (!field->bit_size) {
		bpfgen_value_to(fn, value, bpfgen_offset(fn, to, offset), align_at(align, offset));
		return;
	}
	offset = offset / size * size;
	ref = (struct bpfgen_ref){.pointer = bpfgen_offset(fn, to, offset),
				  .type = field->type,
				  .align = align_at(align, offset),
				  .bit_size = field->bit_size,
				  .bit_shift = field->offset_bits % (size * 8)};
	bpfgen_ref_store(fn, &ref, bpfgen_value(fn, value));
}

static bool has_overlaps(const struct type *type)
{
	if (type->strukt->is_union)
		return true;
	vec_foreach (field, &type->strukt->fields) {
		if (field->bit_size)
			return true;
	}
	return false;
}

/* Fields in their order; what lies between those that are given is zeroed. */
static void write_struct(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
			 uint32_t align)
{
	const struct field_vec *fields = &expr->type->strukt->fields;
	bool zeroed = has_overlaps(expr->type);
	uint32_t done = 0;

	if (zeroed)
		bpfgen_zero(fn, to, align, expr->type->size);
	for (uint32_t i = 0; i < expr->elems.len; i++) {
		const struct ir_expr *value = expr->elems.data[i];
		uint32_t offset = fields->data[i].offset_bits / 8;

		if (!value)
			continue;
		if (!zeroed && offset > done)
			bpfgen_zero(fn, bpfgen_offset(fn, to, done), align_at(align, done),
				    offset - done);
		write_field(fn, &fields->data[i], value, to, align);
		done = offset + fields->data[i].type->size;
	}
	if (!zeroed && done < expr->type->size)
		bpfgen_zero(fn, bpfgen_offset(fn, to, done), align_at(align, done),
			    expr->type->size - done);
}

static void write_array(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
			uint32_t align)
{
	uint32_t size = expr->type->array.elem->size, done = 0;

	for (uint32_t i = 0; i < expr->elems.len; i++) {
		const struct ir_expr *value = expr->elems.data[i];
		uint32_t offset = i * size;

		if (!value)
			continue;
		if (offset > done)
			bpfgen_zero(fn, bpfgen_offset(fn, to, done), align_at(align, done),
				    offset - done);
		bpfgen_value_to(fn, value, bpfgen_offset(fn, to, offset), align_at(align, offset));
		done = offset + size;
	}
	if (done < expr->type->size)
		bpfgen_zero(fn, bpfgen_offset(fn, to, done), align_at(align, done),
			    expr->type->size - done);
}

static void write_select(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
			 uint32_t align)
{
	LLVMBasicBlockRef then = bpfgen_block(fn, "then"), otherwise = bpfgen_block(fn, "else");
	LLVMBasicBlockRef done = bpfgen_block(fn, "chosen");

	bpfgen_condition(fn, expr->select.cond, then, otherwise);
	bpfgen_at(fn, then);
	bpfgen_value_to(fn, expr->select.then, to, align);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, otherwise);
	bpfgen_value_to(fn, expr->select.otherwise, to, align);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
}

static void write_converted(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
			    uint32_t align)
{
	uint32_t size = expr->convert.operand->type->size;

	if (expr->convert.how == IR_CONVERT_STR) {
		bpfgen_string_convert(fn, expr, to, align);
		return;
	}
	bpfgen_value_to(fn, expr->convert.operand, to, align);
	bpfgen_zero(fn, bpfgen_offset(fn, to, size), align_at(align, size),
		    expr->type->size - size);
}

void bpfgen_value_to(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
		     uint32_t align)
{
	if (!bpfgen_in_memory(expr->type)) {
		bpfgen_store_scalar(fn, expr->type, bpfgen_value(fn, expr), to, align);
		return;
	}
	switch (expr->kind) {
	case IR_EXPR_ZERO:
		bpfgen_zero(fn, to, align, expr->type->size);
		return;
	case IR_EXPR_STRING:
		write_constant(fn, expr, to, align);
		return;
	case IR_EXPR_STRUCT:
		if (!write_constant(fn, expr, to, align))
			write_struct(fn, expr, to, align);
		return;
	case IR_EXPR_ARRAY:
		if (!write_constant(fn, expr, to, align))
			write_array(fn, expr, to, align);
		return;
	case IR_EXPR_LOAD:
		bpfgen_load_to(fn, expr->place, to, align);
		return;
	case IR_EXPR_SELECT:
		write_select(fn, expr, to, align);
		return;
	case IR_EXPR_STR_CAT:
		bpfgen_string_cat(fn, expr, to, align);
		return;
	case IR_EXPR_CONVERT:
		write_converted(fn, expr, to, align);
		return;
	case IR_EXPR_CALL:
		bpfgen_call(fn, expr, to);
		return;
	case IR_EXPR_OP:
		bpfgen_op(fn, expr, to);
		return;
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
	case IR_EXPR_ADDR:
	case IR_EXPR_UNARY:
	case IR_EXPR_BINARY:
	case IR_EXPR_COMPARE:
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
	case IR_EXPR_STR_LEN:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
		break;
	}
	internal_error(fn->gen->comp, expr->span, "no value of %s in memory",
		       type_name(fn->gen->comp, expr->type));
}

/* Memory that any helper takes: our own, not the packet's or the kernel's. */
static bool is_plain_memory(const struct ir_place *root)
{
	enum region region;

	if (root->kind != IR_PLACE_DEREF)
		return true;
	region = root->deref.pointer->type->ptr.region;
	return root->deref.access == IR_ACCESS_DIRECT &&
	       (region == REGION_STACK || region == REGION_ENTRY || region == REGION_RECORD);
}

static bool has_checked_index(const struct ir_place *place)
{
	while (place->kind == IR_PLACE_FIELD || place->kind == IR_PLACE_INDEX) {
		if (place->kind == IR_PLACE_INDEX && place->index.index->kind != IR_EXPR_CONST)
			return true;
		place = place->kind == IR_PLACE_FIELD ? place->field.base : place->index.base;
	}
	return false;
}

/*
 * A scalar for a helper to read. All eight bytes are written: the verifier takes a slot of which
 * only some are for one that is read from earlier states, too, which it then tells apart by what
 * was left there (check_stack_write_fixed_off() marks no partial write as one).
 */
static void store_word(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMValueRef value = bpfgen_value(fn, expr);
	LLVMTypeRef type = LLVMTypeOf(value);

	if (LLVMGetTypeKind(type) == LLVMIntegerTypeKind && type != fn->gen->i64)
		value = LLVMBuildZExt(fn->builder, value, fn->gen->i64, "");
	bpfgen_store_raw(fn, value, to, 8);
}

LLVMValueRef bpfgen_value_address(struct bpfgen_fn *fn, const struct ir_expr *expr,
				  LLVMValueRef *temp, uint32_t *align)
{
	struct bpfgen_ref ref;

	*temp = NULL;
	if (expr->kind == IR_EXPR_LOAD && bpfgen_in_memory(expr->type) &&
	    is_plain_memory(ir_place_root(expr->place)) && !has_checked_index(expr->place)) {
		bpfgen_place(fn, expr->place, &ref);
		*align = ref.align;
		return ref.pointer;
	}
	*align = 8;
	if (!bpfgen_in_memory(expr->type)) {
		*temp = bpfgen_temp(fn, 8, 8);
		store_word(fn, expr, *temp);
		return *temp;
	}
	*temp = bpfgen_temp_of(fn, expr->type);
	bpfgen_value_to(fn, expr, *temp, 8);
	return *temp;
}

static bool same_slot(const struct bpfgen_slot *slot, const struct bpfgen_slot *wanted)
{
	return slot->local == wanted->local && slot->bits == wanted->bits &&
	       slot->size == wanted->size;
}

/* Written once where the statements that use it, and those in them, begin. */
LLVMValueRef bpfgen_read_only(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef *temp)
{
	struct bpfgen_slot wanted = {.size = expr->type->size}, *found = NULL;
	bool is_shared = false;
	uint32_t align;

	*temp = NULL;
	if (expr->kind == IR_EXPR_CONST) {
		wanted.bits = expr->bits;
		is_shared = true;
	} else if (expr->kind == IR_EXPR_LOAD && expr->place->kind == IR_PLACE_LOCAL &&
		   !bpfgen_in_memory(expr->type)) {
		wanted.local = expr->place->local;
		is_shared = fn->locals[wanted.local->index].assigned == 1 &&
			    !wanted.local->address_taken;
	}
	if (!is_shared)
		return bpfgen_value_address(fn, expr, temp, &align);
	vec_foreach (slot, &fn->slots) {
		if (same_slot(slot, &wanted))
			found = slot;
	}
	/* One that is free is taken: the verifier has less to tell states apart by. */
	for (uint32_t i = 0; !found && i < fn->slots.len; i++) {
		struct bpfgen_slot *slot = &fn->slots.data[i];

		if (slot->depth)
			continue;
		wanted.memory = slot->memory;
		*slot = wanted;
		found = slot;
	}
	if (!found) {
		wanted.memory = bpfgen_alloca(fn, 8, 8, "key");
		vec_push(&fn->gen->comp->arena, &fn->slots, wanted);
		found = &fn->slots.data[fn->slots.len - 1];
	}
	if (!found->depth)
		store_word(fn, expr, found->memory);
	found->depth = found->depth ? found->depth : fn->depth;
	return found->memory;
}
