/* SPDX-License-Identifier: Apache-2.0 */
/* Constants and conversions. */
#include "ir/build.h"

#include <string.h>

/* ---- constants ---- */

uint64_t build_constant_bits(const struct constant *constant, const struct type *type)
{
	uint64_t bits = constant->negative ? 0 - constant->bits : constant->bits;

	bits = ir_normalize(type, bits);
	/* The machine is little-endian: beN values are held swapped. */
	if (type->kind == TYPE_BE && type->size == 2)
		return __builtin_bswap16((uint16_t)bits);
	if (type->kind == TYPE_BE && type->size == 4)
		return __builtin_bswap32((uint32_t)bits);
	if (type->kind == TYPE_BE)
		return __builtin_bswap64(bits);
	return bits;
}

static struct ir_expr *text_constant(struct compilation *comp, const char *text, uint32_t len,
				     const struct type *type, struct span span)
{
	struct ir_expr *expr = ir_expr_new(comp, IR_EXPR_STRING, type, span);
	uint32_t room = type->kind == TYPE_STR ? type->str.capacity : type->size;

	expr->string.text = text;
	expr->string.len = len < room ? len : room;
	return expr;
}

struct ir_expr *build_constant(struct compilation *comp, const struct constant *constant,
			       const struct type *type, struct span span)
{
	struct ir_expr *expr;

	if (constant->kind == CONSTANT_STRING)
		return text_constant(comp, constant->text, constant->len, type, span);
	if (type->kind == TYPE_FLOAT) {
		expr = ir_expr_new(comp, IR_EXPR_FLOAT, type, span);
		if (constant->kind == CONSTANT_FLOAT)
			expr->number = constant->number;
		else
			expr->number = constant->negative ? -(double)constant->bits
							  : (double)constant->bits;
		if (type_bits(type) == 32)
			expr->number = (float)expr->number;
		return expr;
	}
	return ir_const(comp, type, build_constant_bits(constant, type), span);
}

struct ir_expr *build_null(struct fn_build *fb, const struct type *type, struct span span)
{
	if (!type || (type->kind != TYPE_PTR && type->kind != TYPE_FN &&
		      type->kind != TYPE_HANDLE && type->kind != TYPE_PERF))
		type = type_ptr(fb->comp, build_types(fb)->void_, REGION_ANY);
	return ir_const(fb->comp, type, 0, span);
}

struct ir_expr *build_u32(struct fn_build *fb, uint32_t value, struct span span)
{
	return ir_const(fb->comp, build_types(fb)->u32, value, span);
}

struct ir_expr *build_u64(struct fn_build *fb, uint64_t value, struct span span)
{
	return ir_const(fb->comp, build_types(fb)->u64, value, span);
}

/* ---- conversions ---- */

static bool is_int_like(const struct type *type)
{
	return type_is_integral(type) || type->kind == TYPE_BE || type->kind == TYPE_BOOL ||
	       type->kind == TYPE_CHAR;
}

static bool is_pointer(const struct type *type)
{
	return type->kind == TYPE_PTR || type->kind == TYPE_FN;
}

static bool is_text(const struct type *type)
{
	if (type->kind == TYPE_STR)
		return true;
	return type->kind == TYPE_ARRAY && type->array.elem->size == 1 &&
	       (type->array.elem->kind == TYPE_CHAR || type->array.elem->kind == TYPE_INT);
}

static struct ir_expr *convert(struct fn_build *fb, enum ir_convert how, const struct type *type,
			       struct ir_expr *value)
{
	return ir_simplify(fb->comp, ir_convert(fb->comp, how, type, value));
}

/* The unsigned integer as wide as a beN. */
static const struct type *unsigned_of(struct fn_build *fb, const struct type *type)
{
	return type_int(fb->comp, type->size * 8, false);
}

static struct ir_expr *convert_integer(struct fn_build *fb, struct ir_expr *value,
				       const struct type *to)
{
	const struct type *from = value->type;

	if (to->kind == TYPE_BOOL)
		return convert(fb, IR_CONVERT_BOOL, to, value);
	if (from->kind == TYPE_BE && to->kind == TYPE_BE && from->size == to->size)
		return value;
	if (from->kind == TYPE_BE) {
		value = convert(fb, IR_CONVERT_SWAP, unsigned_of(fb, from), value);
		return convert_integer(fb, value, to);
	}
	if (to->kind == TYPE_BE) {
		value = convert_integer(fb, value, unsigned_of(fb, to));
		return convert(fb, IR_CONVERT_SWAP, to, value);
	}
	/* One width and one meaning of the bits: an enum and its integer. */
	if (type_underlying(from) == type_underlying(to))
		return convert(fb, IR_CONVERT_BITS, to, value);
	return convert(fb, IR_CONVERT_INT, to, value);
}

static struct ir_expr *convert_text(struct fn_build *fb, struct ir_expr *value,
				    const struct type *to)
{
	if (value->kind == IR_EXPR_STRING)
		return text_constant(fb->comp, value->string.text, value->string.len, to,
				     value->span);
	return convert(fb, IR_CONVERT_STR, to, value);
}

static struct ir_expr *convert_pointer(struct fn_build *fb, struct ir_expr *value,
				       const struct type *to)
{
	struct compilation *comp = fb->comp;
	uint64_t bits;

	if (ir_is_const(value, &bits))
		return ir_const(comp, to, bits, value->span);
	/* What is known of the memory stays known. */
	if (to->kind == TYPE_PTR && value->type->kind == TYPE_PTR && to->ptr.region == REGION_ANY)
		to = type_with_region(comp, to, value->type->ptr.region);
	return convert(fb, IR_CONVERT_POINTER, to, value);
}

struct ir_expr *build_convert(struct fn_build *fb, struct ir_expr *value, const struct type *to)
{
	const struct type *from = value->type;

	if (!to || from == to || type_same(from, to) || to->kind == TYPE_VOID)
		return value;
	if (is_int_like(from) && is_int_like(to))
		return convert_integer(fb, value, to);
	if (to->kind == TYPE_BOOL && (is_pointer(from) || from->kind == TYPE_FLOAT ||
				      from->kind == TYPE_HANDLE || from->kind == TYPE_PERF))
		return convert(fb, IR_CONVERT_BOOL, to, value);
	if (is_int_like(from) && to->kind == TYPE_FLOAT)
		return convert(fb, IR_CONVERT_TO_FLOAT, to, value);
	if (from->kind == TYPE_FLOAT && is_int_like(to))
		return convert(fb, IR_CONVERT_FROM_FLOAT, to, value);
	if (from->kind == TYPE_FLOAT && to->kind == TYPE_FLOAT)
		return convert(fb, IR_CONVERT_FLOAT, to, value);
	if (is_pointer(from) && is_pointer(to))
		return convert_pointer(fb, value, to);
	if (is_pointer(from) && is_int_like(to))
		return convert_integer(
			fb, convert(fb, IR_CONVERT_PTR_INT, build_types(fb)->u64, value), to);
	if (is_int_like(from) && is_pointer(to))
		return convert(fb, IR_CONVERT_INT_PTR, to,
			       convert_integer(fb, value, build_types(fb)->u64));
	if (from->kind == TYPE_ARRAY && to->kind == TYPE_ARRAY &&
	    from->array.elem == to->array.elem && value->kind != IR_EXPR_STRING)
		return convert(fb, IR_CONVERT_ARRAY, to, value);
	if (is_text(from) && is_text(to))
		return convert_text(fb, value, to);
	internal_error(fb->comp, value->span, "no conversion from %s to %s",
		       type_name(fb->comp, from), type_name(fb->comp, to));
}
