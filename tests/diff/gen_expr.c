/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scalar expressions. Constants are exact in the language and must fit, so nothing but literals is
 * ever constant here: each operation has an operand that varies.
 */
#include "gen_state.h"

#include <inttypes.h>

static uint32_t bits(enum scalar type)
{
	return scalar_size(type) * 8;
}

static void literal_other(struct gen *gen, enum scalar type)
{
	static const char *const chars[] = {"'a'", "'\\n'", "'\\x7f'", "'\\0'", "'z'", "'\\\\'"};

	if (type == BOOL)
		emit(gen, "%s", chance(gen, 50) ? "true" : "false");
	else if (type == CHAR)
		emit(gen, "%s", chars[pick(gen, 6)]);
	else if (type == ENUM)
		emit(gen, "%c_%u", "ABC"[pick(gen, 3)], gen -> number);
	else
		emit(gen, "(0x%x as %s)", pick(gen, 65536), scalar_name(gen, type));
}

/* A value of the type: an end of its range, a small one, or any. */
void literal(struct gen *gen, enum scalar type, bool typed, bool nonzero)
{
	uint64_t all = bits(type) == 64 ? UINT64_MAX : (UINT64_C(1) << bits(type)) - 1;
	uint64_t top = is_signed(type) ? all >> 1 : all, value = pick(gen, 20);
	bool negative = is_signed(type) && chance(gen, 40);

	if (type >= BOOL) {
		literal_other(gen, type);
		return;
	}
	if (chance(gen, 25))
		value = top - pick(gen, 2);
	else if (chance(gen, 30))
		value = ((uint64_t)pick(gen, UINT32_MAX) << 32 | pick(gen, UINT32_MAX)) & top;
	if (negative && value == top && chance(gen, 50))
		value++;
	if (nonzero && !value)
		value = 3;
	if (typed)
		emit(gen, "(%s%" PRIu64 " as %s)", negative ? "-" : "", value,
		     scalar_name(gen, type));
	else
		emit(gen, "%s%" PRIu64, negative ? "-" : "", value);
}

void expr_small(struct gen *gen, enum scalar type, uint32_t mask)
{
	emit(gen, "(");
	expr_varying(gen, type, 1);
	emit(gen, " & %u)", mask);
}

void expr_for_index(struct gen *gen, uint32_t len)
{
	enum scalar type = pick_integer(gen);

	if (gen->fuel <= 0 || chance(gen, 20)) {
		emit(gen, "%u", pick(gen, len));
	} else if (chance(gen, 30)) {
		expr_varying(gen, type, 1);
	} else {
		emit(gen, "(");
		expr_varying(gen, type, 1);
		emit(gen, " %s %u)", chance(gen, 50) ? "&" : "%", chance(gen, 50) ? 7 : 3);
	}
}

void read_varying(struct gen *gen, enum scalar type)
{
	struct gtype from = scalar_type(U64);

	emit(gen, "(");
	if (!place_any(gen, &from, false, false))
		emit(gen, "in_a");
	if (from.shape == SHAPE_STRING) {
		if (chance(gen, 50)) {
			emit(gen, ".len()");
			from = scalar_type(U32);
		} else {
			emit(gen, "[");
			expr_for_index(gen, 4);
			emit(gen, "]");
			from = scalar_type(CHAR);
		}
	}
	if (from.scalar != type)
		emit(gen, " as %s", scalar_name(gen, type));
	emit(gen, ")");
}

static bool make_binary(struct gen *gen, enum scalar type, uint32_t depth)
{
	static const char *const operators[] = {"+", "-", "*",	"/",  "%", "&",
						"|", "^", "<<", ">>", "+", "-"};
	const char *op = operators[pick(gen, 12)];
	bool divides = *op == '/' || *op == '%', shifts = *op == '<' || *op == '>';
	enum scalar right = shifts ? (enum scalar)pick(gen, I8) : type;

	emit(gen, "(");
	expr_varying(gen, type, depth - 1);
	emit(gen, " %s ", op);
	if (chance(gen, 30) && shifts)
		emit(gen, "%u", pick(gen, bits(type)));
	else if (chance(gen, 30) && !shifts)
		literal(gen, type, chance(gen, 50), divides);
	else
		expr_varying(gen, right, depth - 1);
	emit(gen, ")");
	return true;
}

static bool make_bool(struct gen *gen, enum scalar type, uint32_t depth)
{
	static const char *const operators[] = {"&", "|", "^", "==", "!="};

	emit(gen, "(");
	if (chance(gen, 60)) {
		/* What counts as a condition need not be a bool. */
		expr_condition(gen, depth - 1);
		emit(gen, " ? ");
		expr_scalar(gen, BOOL, depth - 1);
		emit(gen, " : ");
		expr_varying(gen, BOOL, depth - 1);
	} else {
		expr_varying(gen, BOOL, depth - 1);
		emit(gen, " %s ", operators[pick(gen, 5)]);
		expr_varying(gen, BOOL, depth - 1);
	}
	emit(gen, ")");
	return true;
}

/* Network-order integers take constants alone. */
static bool make_network(struct gen *gen, enum scalar type, uint32_t depth)
{
	emit(gen, "(");
	if (chance(gen, 30))
		emit(gen, "~");
	read_varying(gen, type);
	emit(gen, " %s 0x%x)", &"&\0|\0^"[2 * pick(gen, 3)], pick(gen, 65536));
	return true;
}

static bool make_raw(struct gen *gen, enum scalar type, uint32_t depth)
{
	emit(gen, "(raw(");
	read_varying(gen, type == U16 ? BE16 : type == U32 ? BE32 : BE64);
	emit(gen, ")%s%s)", type < U16 || type > U64 ? " as " : "",
	     type < U16 || type > U64 ? scalar_name(gen, type) : "");
	return true;
}

static bool make_choice(struct gen *gen, enum scalar type, uint32_t depth)
{
	expr_chosen(gen, scalar_type(type), depth);
	return true;
}

static bool make_call(struct gen *gen, enum scalar type, uint32_t depth)
{
	return call(gen, scalar_type(type), depth);
}

static bool make_map(struct gen *gen, enum scalar type, uint32_t depth)
{
	return gen->where != WHERE_SHARED && map_expression(gen, type);
}

static bool make_packet(struct gen *gen, enum scalar type, uint32_t depth)
{
	return gen->has_packet && packet_expression(gen, type);
}

static bool make_cast(struct gen *gen, enum scalar type, uint32_t depth)
{
	emit(gen, "(");
	expr_varying(gen, pick_scalar(gen), depth - 1);
	emit(gen, " as %s)", scalar_name(gen, type));
	return true;
}

static bool make_unary(struct gen *gen, enum scalar type, uint32_t depth)
{
	if (type >= BOOL)
		return false;
	emit(gen, "(%s", is_signed(type) && chance(gen, 50) ? "-" : "~");
	expr_varying(gen, type, depth - 1);
	emit(gen, ")");
	return true;
}

/* Constants of several kinds, with something that varies. */
static bool make_constant(struct gen *gen, enum scalar type, uint32_t depth)
{
	const char *name = scalar_name(gen, type == ENUM || type >= BOOL ? U8 : type);

	if (type >= BOOL)
		return false;
	switch (pick(gen, 4)) {
	case 0:
		emit(gen, "((conf_%u.%s as %s) ^ ", gen->number,
		     chance(gen, 40)   ? "level"
		     : chance(gen, 50) ? "far"
				       : "on",
		     name);
		break;
	case 1:
		emit(gen, "((K_%u as %s) + ", gen->number, name);
		break;
	case 2:
		emit(gen, "(((sizeof(%s) as u8) as %s) + ",
		     gen->struct_count ? gen->structs[pick(gen, gen->struct_count)].name : "u16",
		     name);
		break;
	case 3:
		emit(gen, "(((C_%u) as %s) - ", gen->number, name);
		break;
	}
	read_varying(gen, type);
	emit(gen, ")");
	return true;
}

static const struct {
	uint32_t weight;
	bool (*make)(struct gen *gen, enum scalar type, uint32_t depth);
} makers[] = {
	{16, make_choice}, {8, make_call}, {12, make_map},     {8, make_packet}, {12, make_cast},
	{7, make_unary},   {3, make_raw},  {5, make_constant}, {45, NULL},
};

static void inner(struct gen *gen, enum scalar type, uint32_t depth)
{
	size_t start = gen->out->len;
	uint32_t at = pick(gen, 116), i = 0;

	while (i < 8 && at >= makers[i].weight)
		at -= makers[i++].weight;
	if (makers[i].make && makers[i].make(gen, type, depth))
		return;
	gen->out->len = start;
	if (type == BOOL)
		make_bool(gen, type, depth);
	else if (type == CHAR || type == ENUM)
		make_cast(gen, type, depth);
	else if (type >= BE16 && type <= BE64)
		make_network(gen, type, depth);
	else
		make_binary(gen, type, depth);
}

void expr_varying(struct gen *gen, enum scalar type, uint32_t depth)
{
	if (!depth || gen->fuel-- <= 0)
		read_varying(gen, type);
	else
		inner(gen, type, depth);
}

void expr_scalar(struct gen *gen, enum scalar type, uint32_t depth)
{
	if (chance(gen, depth ? 15 : 40))
		literal(gen, type, true, false);
	else
		expr_varying(gen, type, depth);
}
