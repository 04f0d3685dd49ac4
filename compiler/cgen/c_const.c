/* SPDX-License-Identifier: Apache-2.0 */
/* Constants, as a reader of the source expects them. */
#include "cgen/cprint.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct c_text primary(const char *text)
{
	return (struct c_text){text, PREC_PRIMARY};
}

/* Literals get a suffix only where their value does not give them a wide enough type. */
static struct c_text signed_text(struct cgen *cg, int64_t value)
{
	if (value == INT64_MIN)
		return (struct c_text){"-9223372036854775807ll - 1", PREC_ADD};
	if (value == INT32_MIN)
		return (struct c_text){"-2147483647 - 1", PREC_ADD};
	if (value > INT32_MAX || value < INT32_MIN)
		return (struct c_text){c_format(cg, "%" PRId64 "ll", value),
				       value < 0 ? PREC_UNARY : PREC_PRIMARY};
	return (struct c_text){c_format(cg, "%" PRId64, value),
			       value < 0 ? PREC_UNARY : PREC_PRIMARY};
}

static struct c_text unsigned_text(struct cgen *cg, uint64_t value, unsigned bits, bool hex)
{
	const char *suffix = value > UINT32_MAX ? "ull" : value > INT32_MAX ? "u" : "";

	if (value == UINT64_MAX)
		return (struct c_text){"~0ull", PREC_UNARY};
	if (value == UINT32_MAX && bits == 32)
		return (struct c_text){"~0u", PREC_UNARY};
	if (hex || value > UINT32_MAX)
		return primary(c_format(cg, "0x%" PRIx64 "%s", value, suffix));
	return primary(c_format(cg, "%" PRIu64 "%s", value, suffix));
}

static struct c_text char_text(struct cgen *cg, uint64_t bits)
{
	if (bits == '\'' || bits == '\\')
		return primary(c_format(cg, "'\\%c'", (char)bits));
	if (bits == '\n')
		return primary("'\\n'");
	if (bits == '\t')
		return primary("'\\t'");
	if (!bits)
		return primary("'\\0'");
	if (bits < 0x7f && isprint((int)bits))
		return primary(c_format(cg, "'%c'", (char)bits));
	return primary(c_format(cg, "%" PRIu64, bits));
}

/* A network-order constant: the swap is done by the C compiler, the number is the source's. */
static struct c_text be_text(struct cgen *cg, const struct type *type, uint64_t bits)
{
	uint64_t value = type->integer.bits == 16   ? __builtin_bswap16((uint16_t)bits)
			 : type->integer.bits == 32 ? __builtin_bswap32((uint32_t)bits)
						    : __builtin_bswap64(bits);

	if (!bits)
		return primary("0");
	return (struct c_text){c_format(cg, "KS_SWAP%u(0x%" PRIx64 "%s)", type->integer.bits, value,
					value > UINT32_MAX ? "ull" : ""),
			       PREC_POSTFIX};
}

static struct c_text number(struct cgen *cg, const struct type *type, uint64_t bits, bool hex)
{
	const struct enum_value *value;

	switch (type->kind) {
	case TYPE_BOOL:
		return primary(bits ? "true" : "false");
	case TYPE_CHAR:
		return char_text(cg, bits);
	case TYPE_BE:
		return be_text(cg, type, bits);
	case TYPE_ENUM:
		value = c_enum_value(type, bits);
		if (value && (!cg->backend->is_kernel || c_enum_is_own(cg, type)))
			return primary(c_name(cg, value, value->name));
		return number(cg, type->enumeration->base, bits, hex);
	case TYPE_INT:
		if (type->integer.is_signed)
			return signed_text(cg, (int64_t)bits);
		return unsigned_text(cg, bits, type->integer.bits, hex);
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_NULL:
	case TYPE_HANDLE:
	case TYPE_PERF:
		return primary("NULL");
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_FLOAT:
	case TYPE_STR:
	case TYPE_ARRAY:
	case TYPE_STRUCT:
	case TYPE_MAP:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	internal_error(cg->comp, span_nowhere(), "a constant of type %s",
		       type_name(cg->comp, type));
}

struct c_text c_bits(struct cgen *cg, const struct type *type, uint64_t bits)
{
	return number(cg, type, bits, false);
}

/* Did the source say it in hexadecimal? */
static bool is_hex_in_source(struct cgen *cg, struct span span)
{
	const struct source_vec *files = &cg->comp->sources.files;

	if (span.file >= files->len || span.end > files->data[span.file]->len ||
	    span.end < span.start + 3)
		return false;
	return !strncmp(files->data[span.file]->text + span.start, "0x", 2);
}

static struct c_text float_text(struct cgen *cg, const struct ir_expr *expr)
{
	bool is_f32 = expr->type->integer.bits == 32;
	const char *text = c_format(cg, "%.*g", is_f32 ? 9 : 17, expr->number);
	enum c_prec prec = signbit(expr->number) ? PREC_UNARY : PREC_PRIMARY;

	if (isnan(expr->number))
		return primary("__builtin_nan(\"\")");
	if (isinf(expr->number))
		return (struct c_text){
			signbit(expr->number) ? "-__builtin_inf()" : "__builtin_inf()", prec};
	/* The shortest text that reads back the same. */
	for (int digits = 1; digits < 17; digits++) {
		const char *shorter = c_format(cg, "%.*g", digits, expr->number);

		if (strtod(shorter, NULL) == expr->number) {
			text = shorter;
			break;
		}
	}
	return (struct c_text){
		c_format(cg, "%s%s%s", text, strpbrk(text, ".e") ? "" : ".0", is_f32 ? "f" : ""),
		prec};
}

struct c_text c_const(struct cgen *cg, const struct ir_expr *expr)
{
	if (expr->kind == IR_EXPR_FLOAT)
		return float_text(cg, expr);
	if (expr->symbol)
		return primary(expr->symbol);
	return number(cg, expr->type, expr->bits, is_hex_in_source(cg, expr->span));
}
