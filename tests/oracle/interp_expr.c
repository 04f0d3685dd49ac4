/* SPDX-License-Identifier: Apache-2.0 */
/* Pure expressions and places. */
#include "interp_int.h"

/* ---- places ---- */

/* The packet's bounds, which the context's memory does not hold. */
static bool packet_bound(struct interp *interp, const struct ir_place *place, struct spot *spot)
{
	const struct ir_place *base = place->field.base;
	const char *name = place->field.field->name;

	if (base->kind != IR_PLACE_DEREF || base->deref.access != IR_ACCESS_CONTEXT ||
	    place->type->kind != TYPE_PTR || !name)
		return false;
	*spot = (struct spot){.type = place->type, .is_value = true, .address = interp->packet};
	if (!strcmp(name, "data_end"))
		spot->address += interp->packet_len;
	else if (strcmp(name, "data") && strcmp(name, "data_meta"))
		return false;
	return true;
}

static struct spot deref_spot(struct interp *interp, const struct ir_place *place)
{
	struct value pointer = interp_expr(interp, place->deref.pointer);
	struct spot spot = {.type = place->type, .address = pointer.bits};

	switch (place->deref.access) {
	case IR_ACCESS_DIRECT:
	case IR_ACCESS_CONTEXT:
		if (!pointer.bits)
			interp_end(interp, INTERP_FAULT, "a pointer that is proved is null");
		break;
	case IR_ACCESS_NULL_ZERO:
		spot.is_nowhere = !pointer.bits;
		break;
	case IR_ACCESS_NULL_TRAP:
		if (!pointer.bits)
			interp_end(interp, INTERP_NULL, "null is dereferenced");
		break;
	case IR_ACCESS_PACKET:
	case IR_ACCESS_KERNEL:
	case IR_ACCESS_KERNEL_READ:
	case IR_ACCESS_USER_READ:
		spot.is_forgiving = true;
		break;
	}
	return spot;
}

static struct spot field_spot(struct interp *interp, const struct ir_place *place)
{
	const struct field *field = place->field.field;
	struct spot spot;

	if (packet_bound(interp, place, &spot))
		return spot;
	spot = interp_spot(interp, place->field.base);
	spot.type = place->type;
	if (field->bit_size) {
		spot.bit_size = field->bit_size;
		spot.bit_offset = place->field.offset_bits % 8;
	}
	spot.address += place->field.offset_bits / 8;
	return spot;
}

static struct spot index_spot(struct interp *interp, const struct ir_place *place)
{
	struct spot spot = interp_spot(interp, place->index.base);
	uint64_t index = interp_expr(interp, place->index.index).bits;

	if (index >= spot.type->array.count) {
		if (!place->index.checked && !spot.is_nowhere)
			interp_end(interp, INTERP_FAULT,
				   "index %lld of %u is proved to be inside and is not",
				   (long long)index, spot.type->array.count);
		spot.is_nowhere = true;
		index = 0;
	}
	spot.type = place->type;
	spot.address += index * place->type->size;
	return spot;
}

struct spot interp_spot(struct interp *interp, const struct ir_place *place)
{
	struct spot spot = {.type = place->type};

	switch (place->kind) {
	case IR_PLACE_LOCAL:
		spot.address = interp->frame->locals[place->local->index];
		return spot;
	case IR_PLACE_GLOBAL:
		spot.address = interp->globals[place->global->index];
		return spot;
	case IR_PLACE_DEREF:
		return deref_spot(interp, place);
	case IR_PLACE_FIELD:
		return field_spot(interp, place);
	case IR_PLACE_INDEX:
		return index_spot(interp, place);
	}
	return spot;
}

/* The memory of the spot; NULL when reads give zero. */
static uint8_t *spot_bytes(struct interp *interp, struct spot spot)
{
	uint64_t size = spot.bit_size ? (spot.bit_offset + spot.bit_size + 7) / 8 : spot.type->size;
	uint8_t *bytes;

	if (interp->has_ended || spot.is_nowhere)
		return NULL;
	bytes = interp_bytes(interp, spot.address, size ? size : 8);
	if (!bytes && !spot.is_forgiving)
		interp_end(interp, INTERP_FAULT,
			   "an access of %llu bytes that is proved lies outside",
			   (unsigned long long)size);
	return bytes;
}

struct value interp_read(struct interp *interp, struct spot spot)
{
	uint8_t *bytes;
	uint64_t bits = 0;

	if (spot.is_value)
		return interp_scalar(spot.type, spot.address);
	bytes = spot_bytes(interp, spot);
	if (!bytes)
		return interp_zero(interp, spot.type);
	if (!spot.bit_size)
		return interp_load(interp, spot.type, bytes);
	for (unsigned i = 0; i < spot.bit_size; i++) {
		unsigned at = spot.bit_offset + i;

		bits |= (uint64_t)(bytes[at / 8] >> (at % 8) & 1) << i;
	}
	if (type_is_signed(spot.type) && spot.bit_size < 64 && bits >> (spot.bit_size - 1))
		bits |= ~UINT64_C(0) << spot.bit_size;
	return interp_scalar(spot.type, bits);
}

void interp_write(struct interp *interp, struct spot spot, struct value value)
{
	uint8_t *bytes = spot_bytes(interp, spot);

	if (!bytes)
		return;
	if (!spot.bit_size) {
		interp_store(interp, spot.type, bytes, value);
		return;
	}
	for (unsigned i = 0; i < spot.bit_size; i++) {
		unsigned at = spot.bit_offset + i;

		bytes[at / 8] &= (uint8_t) ~(1u << (at % 8));
		bytes[at / 8] |= (uint8_t)((value.bits >> i & 1) << (at % 8));
	}
}

/* ---- text ---- */

uint32_t interp_text_len(struct value text)
{
	return text.bytes ? (uint32_t)strnlen((const char *)text.bytes, text.type->size) : 0;
}

static struct value convert_text(struct interp *interp, struct value from, const struct type *to)
{
	struct value value = interp_zero(interp, to);
	uint32_t len = interp_text_len(from);
	uint32_t room = to->kind == TYPE_STR ? to->str.capacity : to->size;

	memcpy(value.bytes, from.bytes, len < room ? len : room);
	return value;
}

static struct value join_text(struct interp *interp, const struct ir_expr *expr, struct value left,
			      struct value right)
{
	struct value value = interp_zero(interp, expr->type);
	uint32_t len = interp_text_len(left), more = interp_text_len(right);
	uint32_t room = expr->type->str.capacity;

	len = len < room ? len : room;
	more = more < room - len ? more : room - len;
	memcpy(value.bytes, left.bytes, len);
	memcpy(value.bytes + len, right.bytes, more);
	return value;
}

static bool same_text(struct value left, struct value right)
{
	uint32_t len = interp_text_len(left);

	return len == interp_text_len(right) && !memcmp(left.bytes, right.bytes, len);
}

/* ---- numbers ---- */

static bool compare_floats(enum binary_op op, double left, double right)
{
	if (op == BINARY_EQ || op == BINARY_NE)
		return (left == right) == (op == BINARY_EQ);
	if (op == BINARY_LT || op == BINARY_LE)
		return left < right || (op == BINARY_LE && left == right);
	return left > right || (op == BINARY_GE && left == right);
}

static double float_arithmetic(enum binary_op op, double left, double right)
{
	if (op == BINARY_ADD)
		return left + right;
	if (op == BINARY_SUB)
		return left - right;
	if (op == BINARY_MUL)
		return left * right;
	/* As with integers, division by zero is zero. */
	return right == 0 ? 0 : left / right;
}

static struct value binary(struct interp *interp, const struct ir_expr *expr)
{
	struct value left = interp_expr(interp, expr->binary.left);
	struct value right = interp_expr(interp, expr->binary.right);
	struct value value = {.type = expr->type};

	if (expr->type->kind == TYPE_FLOAT) {
		value.number = float_arithmetic(expr->binary.op, left.number, right.number);
		if (expr->type->size == 4)
			value.number = (float)value.number;
		return value;
	}
	if (expr->binary.divisor_nonzero && !right.bits)
		interp_end(interp, INTERP_FAULT, "a divisor that is proved not to be zero is");
	value.bits = ir_eval_binary(expr->binary.op, expr->type, left.bits, right.bits);
	return value;
}

static struct value compare(struct interp *interp, const struct ir_expr *expr)
{
	struct value left = interp_expr(interp, expr->binary.left);
	struct value right = interp_expr(interp, expr->binary.right);

	if (left.type->kind == TYPE_FLOAT)
		return interp_scalar(expr->type,
				     compare_floats(expr->binary.op, left.number, right.number));
	return interp_scalar(expr->type,
			     ir_eval_compare(expr->binary.op, left.type, left.bits, right.bits));
}

static struct value unary(struct interp *interp, const struct ir_expr *expr)
{
	struct value value = interp_expr(interp, expr->unary.operand);

	if (value.type->kind == TYPE_FLOAT)
		value.number = -value.number;
	else
		value.bits = ir_eval_unary(expr->unary.op, expr->type, value.bits);
	return value;
}

static struct value convert(struct interp *interp, const struct ir_expr *expr)
{
	struct value from = interp_expr(interp, expr->convert.operand), value;
	const struct type *to = expr->type;

	switch (expr->convert.how) {
	case IR_CONVERT_STR:
		return convert_text(interp, from, to);
	case IR_CONVERT_ARRAY:
		value = interp_zero(interp, to);
		memcpy(value.bytes, from.bytes, from.type->size);
		return value;
	case IR_CONVERT_TO_FLOAT:
		value = (struct value){.type = to};
		value.number = ir_eval_to_float(from.type, from.bits);
		if (to->size == 4)
			value.number = (float)value.number;
		return value;
	case IR_CONVERT_FLOAT:
		value = (struct value){.type = to, .number = from.number};
		if (to->size == 4)
			value.number = (float)value.number;
		return value;
	case IR_CONVERT_FROM_FLOAT:
		return interp_scalar(to, ir_eval_from_float(to, from.number));
	case IR_CONVERT_BOOL:
		return interp_scalar(to, from.type->kind == TYPE_FLOAT ? from.number != 0
								       : from.bits != 0);
	case IR_CONVERT_POINTER:
	case IR_CONVERT_PTR_INT:
	case IR_CONVERT_INT_PTR:
		return interp_scalar(to, from.bits);
	case IR_CONVERT_INT:
	case IR_CONVERT_SWAP:
	case IR_CONVERT_BITS:
		break;
	}
	return interp_scalar(to, ir_eval_convert(expr->convert.how, to, from.type, from.bits));
}

/* ---- aggregates ---- */

static struct value struct_value(struct interp *interp, const struct ir_expr *expr)
{
	struct value value = interp_zero(interp, expr->type);
	uint64_t memory = interp_alloc(interp, expr->type->size);

	for (uint32_t i = 0; i < expr->elems.len; i++) {
		const struct field *field = &expr->type->strukt->fields.data[i];
		struct spot spot = {.type = field->type, .address = memory};

		if (!expr->elems.data[i])
			continue;
		spot.address += field->offset_bits / 8;
		spot.bit_offset = field->bit_size ? field->offset_bits % 8 : 0;
		spot.bit_size = field->bit_size;
		interp_write(interp, spot, interp_expr(interp, expr->elems.data[i]));
	}
	memcpy(value.bytes, interp_bytes(interp, memory, 0), expr->type->size);
	interp_release(interp, memory);
	return value;
}

static struct value array_value(struct interp *interp, const struct ir_expr *expr)
{
	struct value value = interp_zero(interp, expr->type);
	const struct type *elem = expr->type->array.elem;

	for (uint32_t i = 0; i < expr->elems.len; i++)
		if (expr->elems.data[i])
			interp_store(interp, elem, value.bytes + (uint64_t)i * elem->size,
				     interp_expr(interp, expr->elems.data[i]));
	return value;
}

/* ---- the dispatch ---- */

static struct value logic(struct interp *interp, const struct ir_expr *expr)
{
	struct value left = interp_expr(interp, expr->binary.left);

	if ((left.bits != 0) != (expr->kind == IR_EXPR_LOGAND))
		return left;
	return interp_expr(interp, expr->binary.right);
}

static struct value text_op(struct interp *interp, const struct ir_expr *expr)
{
	struct value left = interp_expr(interp, expr->binary.left);
	struct value right = interp_expr(interp, expr->binary.right);

	if (expr->kind == IR_EXPR_STR_EQ)
		return interp_scalar(expr->type, same_text(left, right));
	if (expr->kind == IR_EXPR_STR_CAT)
		return join_text(interp, expr, left, right);
	return interp_scalar(expr->type, right.bits < left.type->size ? left.bytes[right.bits] : 0);
}

static struct value pointer_op(struct interp *interp, const struct ir_expr *expr)
{
	struct value left = interp_expr(interp, expr->binary.left);
	struct value right = interp_expr(interp, expr->binary.right);
	int64_t size = left.type->ptr.target->size ? left.type->ptr.target->size : 1;

	if (expr->kind == IR_EXPR_PTR_ADD)
		return interp_scalar(expr->type, left.bits + right.bits * (uint64_t)size);
	return interp_scalar(expr->type, (uint64_t)((int64_t)(left.bits - right.bits) / size));
}

static struct value string_value(struct interp *interp, const struct ir_expr *expr)
{
	struct value value = interp_zero(interp, expr->type);

	memcpy(value.bytes, expr->string.text, expr->string.len);
	return value;
}

struct value interp_expr(struct interp *interp, const struct ir_expr *expr)
{
	struct spot spot;

	if (interp->has_ended)
		return interp_zero(interp, expr->type);
	switch (expr->kind) {
	case IR_EXPR_CONST:
		return interp_scalar(expr->type, expr->bits);
	case IR_EXPR_FLOAT:
		return (struct value){.type = expr->type, .number = expr->number};
	case IR_EXPR_STRING:
		return string_value(interp, expr);
	case IR_EXPR_ZERO:
		return interp_zero(interp, expr->type);
	case IR_EXPR_LOAD:
		return interp_read(interp, interp_spot(interp, expr->place));
	case IR_EXPR_ADDR:
		spot = interp_spot(interp, expr->place);
		return interp_scalar(expr->type, spot.address);
	case IR_EXPR_UNARY:
		return unary(interp, expr);
	case IR_EXPR_BINARY:
		return binary(interp, expr);
	case IR_EXPR_COMPARE:
		return compare(interp, expr);
	case IR_EXPR_CONVERT:
		return convert(interp, expr);
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
		return logic(interp, expr);
	case IR_EXPR_SELECT:
		return interp_expr(interp, interp_expr(interp, expr->select.cond).bits
						   ? expr->select.then
						   : expr->select.otherwise);
	case IR_EXPR_STRUCT:
		return struct_value(interp, expr);
	case IR_EXPR_ARRAY:
		return array_value(interp, expr);
	case IR_EXPR_STR_LEN:
		return interp_scalar(expr->type,
				     interp_text_len(interp_expr(interp, expr->convert.operand)));
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
		return text_op(interp, expr);
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
		return pointer_op(interp, expr);
	case IR_EXPR_FUNC:
		return interp_scalar(expr->type, (uintptr_t)expr->func);
	case IR_EXPR_MAP:
		return interp_scalar(expr->type, (uintptr_t)expr->map);
	case IR_EXPR_CALL:
	case IR_EXPR_OP:
		interp_end(interp, INTERP_FAULT, "an effect inside an expression");
		break;
	}
	return interp_zero(interp, expr->type);
}
