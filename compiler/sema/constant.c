/* SPDX-License-Identifier: Apache-2.0 */
/* Compile-time values: exact integers, floats, strings. */
#include "sema/constant.h"

#include <stdio.h>
#include <string.h>

/* Longer strings are cut in messages. */
#define TEXT_SHOWN_MAX 40

/* ---- wide integers ---- */

__int128 constant_wide(const struct constant *value)
{
	return value->negative ? -(__int128)value->bits : (__int128)value->bits;
}

struct constant constant_from_wide(__int128 wide)
{
	struct constant value = {.kind = CONSTANT_INT};

	value.negative = wide < 0;
	value.bits = (uint64_t)(wide < 0 ? -wide : wide);
	return value;
}

__int128 wide_wrap(__int128 wide, unsigned bits, bool is_signed)
{
	unsigned __int128 mask = ((unsigned __int128)1 << bits) - 1;
	unsigned __int128 low = (unsigned __int128)wide & mask;

	if (is_signed && low >> (bits - 1))
		return (__int128)(low | ~mask);
	return (__int128)low;
}

bool type_value_range(const struct type *type, __int128 *low, __int128 *high)
{
	unsigned bits;

	type = type_underlying(type);
	if (type->kind != TYPE_INT && type->kind != TYPE_BE && type->kind != TYPE_BOOL &&
	    type->kind != TYPE_CHAR)
		return false;
	bits = type->kind == TYPE_BOOL ? 1 : type_bits(type);
	*low = type_is_signed(type) ? -((__int128)1 << (bits - 1)) : 0;
	*high = ((__int128)1 << (type_is_signed(type) ? bits - 1 : bits)) - 1;
	return true;
}

/* ---- values ---- */

struct constant sema_constant_int(int64_t value)
{
	return constant_from_wide(value);
}

struct constant sema_constant_unsigned(uint64_t value)
{
	return constant_from_wide(value);
}

bool sema_constant_fits(const struct constant *value, const struct type *type)
{
	__int128 low, high, wide;

	switch (value->kind) {
	case CONSTANT_NONE:
		return false;
	case CONSTANT_INT:
		wide = constant_wide(value);
		return type_value_range(type, &low, &high) && wide >= low && wide <= high;
	case CONSTANT_FLOAT:
		return type->kind == TYPE_FLOAT;
	case CONSTANT_STRING:
		return type->kind == TYPE_STR && value->len <= type->str.capacity;
	}
	return false;
}

int sema_constant_compare(const struct constant *a, const struct constant *b)
{
	__int128 left = constant_wide(a), right = constant_wide(b);

	return left < right ? -1 : left > right;
}

bool sema_constant_equal(const struct constant *a, const struct constant *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case CONSTANT_NONE:
		return false;
	case CONSTANT_INT:
		return constant_wide(a) == constant_wide(b);
	case CONSTANT_FLOAT:
		return a->number == b->number;
	case CONSTANT_STRING:
		return a->len == b->len && !memcmp(a->text, b->text, a->len);
	}
	return false;
}

static uint64_t swap_bytes(uint64_t value, unsigned bits)
{
	return __builtin_bswap64(value) >> (64 - bits);
}

uint64_t sema_constant_bits(const struct constant *value, const struct type *type)
{
	unsigned bits = type_bits(type);
	uint64_t low;

	if (!bits || value->kind != CONSTANT_INT)
		return 0;
	low = (uint64_t)wide_wrap(constant_wide(value), bits, type_is_signed(type));
	return type->kind == TYPE_BE ? swap_bytes(low, bits) : low;
}

const struct type *sema_constant_default(struct sema *sema, const struct constant *value)
{
	const struct type_table *types = sema->comp->types;

	switch (value->kind) {
	case CONSTANT_NONE:
		break;
	case CONSTANT_INT:
		if (value->negative)
			return types->i64;
		return value->bits > UINT32_MAX ? types->u64 : types->u32;
	case CONSTANT_FLOAT:
		return types->f64;
	case CONSTANT_STRING:
		return type_str(sema->comp, value->len);
	}
	return types->error;
}

/* ---- text ---- */

static const char *string_text(struct sema *sema, const struct constant *value)
{
	static const char escapes[] = "\nn\tt\rr\\\\\"\"";
	struct arena *arena = &sema->comp->arena;
	uint32_t len = value->len < TEXT_SHOWN_MAX ? value->len : TEXT_SHOWN_MAX;
	char *text, *out;

	while (len && len < value->len && (value->text[len] & 0xc0) == 0x80)
		len--; /* never half a character */
	text = out = arena_alloc(arena, (size_t)len * 4 + 8);
	*out++ = '"';
	for (uint32_t i = 0; i < len; i++) {
		char c = value->text[i];
		const char *escape = c ? strchr(escapes, c) : NULL;

		/* The pairs are "what it is" and "how it is written". */
		if (escape && (escape - escapes) % 2 == 0)
			out += sprintf(out, "\\%c", escape[1]);
		else if ((unsigned char)c < ' ' || c == 0x7f)
			out += sprintf(out, "\\x%02x", (unsigned char)c);
		else
			*out++ = c;
	}
	strcpy(out, value->len > len ? "...\"" : "\"");
	return text;
}

const char *sema_constant_text(struct sema *sema, const struct constant *value)
{
	struct arena *arena = &sema->comp->arena;

	switch (value->kind) {
	case CONSTANT_NONE:
		break;
	case CONSTANT_INT:
		return arena_printf(arena, "%s%llu", value->negative ? "-" : "",
				    (unsigned long long)value->bits);
	case CONSTANT_FLOAT:
		return arena_printf(arena, "%.15g", value->number);
	case CONSTANT_STRING:
		return string_text(sema, value);
	}
	return "?";
}

/* ---- the type that the context wants ---- */

static void report_overflow(struct sema *sema, const struct expr *expr, __int128 wide,
			    const struct type *type)
{
	struct compilation *comp = sema->comp;
	struct constant value = constant_from_wide(wide), bound[2];
	__int128 low, high;

	type_value_range(type, &low, &high);
	bound[0] = constant_from_wide(low);
	bound[1] = constant_from_wide(high);
	diag_report(comp, DIAG_CONST_OVERFLOW, expr->span,
		    "`%s` does not fit `%s`, whose values are %s to %s",
		    sema_constant_text(sema, &value), type_name(comp, type),
		    sema_constant_text(sema, &bound[0]), sema_constant_text(sema, &bound[1]));
	if (wide == -1 && !low && type->kind == TYPE_INT)
		diag_help(comp, "all bits set is `~0`");
}

void sema_constant_retype(struct sema *sema, struct expr *expr, const struct type *type)
{
	struct compilation *comp = sema->comp;
	__int128 low, high, wide;
	bool by_width = expr->constant.by_width;

	if (expr->constant.kind != CONSTANT_INT || !type_value_range(type, &low, &high)) {
		expr->type = type;
		return;
	}
	wide = constant_wide(&expr->constant);
	if (by_width && !constant_at_width(sema, expr, type, &wide))
		wide = 0;
	if (wide < 0 && type == comp->types->u64) {
		struct constant after = constant_from_wide(wide_wrap(wide, 64, false));
		struct constant before = constant_from_wide(wide);

		diag_report(comp, DIAG_CONST_SIGN, expr->span, "`%s` becomes %s in `u64`",
			    sema_constant_text(sema, &before), sema_constant_text(sema, &after));
	} else if (wide < low || wide > high) {
		report_overflow(sema, expr, wide, type);
	}
	if (wide < low || wide > high)
		wide = wide_wrap(wide, type_bits(type), type_is_signed(type));
	expr->constant = constant_from_wide(wide);
	expr->constant.by_width = by_width;
	expr->type = type;
}

/* ---- source text for messages ---- */

const char *sema_expr_source(struct sema *sema, const struct expr *expr)
{
	struct compilation *comp = sema->comp;
	const struct source *source;
	uint32_t len;

	if (expr->span.file >= comp->sources.files.len)
		return NULL;
	source = comp->sources.files.data[expr->span.file];
	if (expr->span.end <= expr->span.start || expr->span.end > source->len)
		return NULL;
	len = expr->span.end - expr->span.start;
	if (len > TEXT_SHOWN_MAX || memchr(source->text + expr->span.start, '\n', len))
		return NULL;
	return arena_strndup(&comp->arena, source->text + expr->span.start, len);
}

const char *sema_cast_source(struct sema *sema, const struct expr *expr, const struct type *to)
{
	bool is_tight = expr->kind != EXPR_BINARY && expr->kind != EXPR_COND &&
			expr->kind != EXPR_IF && expr->kind != EXPR_MATCH;
	const char *text = sema_expr_source(sema, expr);

	if (!text)
		return NULL;
	return arena_printf(&sema->comp->arena, is_tight ? "%s as %s" : "(%s) as %s", text,
			    type_name(sema->comp, to));
}
