/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions. Constants are exact in the language and must fit, so nothing but literals is ever
 * constant here: each operation has an operand that varies.
 */
#include "gen_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool is_signed(enum scalar type)
{
	return type >= I8 && type <= I64;
}

static uint32_t bits(enum scalar type)
{
	return scalar_bytes[type] * 8;
}

/* A value of the type: an end of its range, a small one, or any. */
void literal(struct gen *gen, enum scalar type, bool typed, bool nonzero)
{
	uint64_t all = bits(type) == 64 ? UINT64_MAX : (UINT64_C(1) << bits(type)) - 1;
	uint64_t top = is_signed(type) ? all >> 1 : all, value = pick(gen, 20);
	bool negative = is_signed(type) && chance(gen, 40);

	if (type == BOOL) {
		emit(gen, "%s", chance(gen, 50) ? "true" : "false");
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
		emit(gen, "(%s%" PRIu64 " as %s)", negative ? "-" : "", value, scalar_names[type]);
	else
		emit(gen, "%s%" PRIu64, negative ? "-" : "", value);
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

enum scalar place_inside(struct gen *gen, struct gtype type)
{
	const struct gvar *field;

	switch (type.shape) {
	case SHAPE_SCALAR:
		return type.scalar;
	case SHAPE_ARRAY:
		emit(gen, "[");
		expr_for_index(gen, type.len);
		emit(gen, "]");
		return type.scalar;
	case SHAPE_STRUCT:
		field = &gen->structs[type.len].fields[pick(gen, gen->structs[type.len].count)];
		emit(gen, ".%s", field->name);
		return place_inside(gen, field->type);
	case SHAPE_STRING:
		return SCALARS;
	}
	return SCALARS;
}

bool place_any(struct gen *gen, struct gtype *type, bool writable, bool *shared)
{
	for (uint32_t tries = 0; tries < 8; tries++) {
		const struct gvar *var = &gen->vars[pick(gen, gen->var_count)];

		if (writable && var->read_only)
			continue;
		emit(gen, "%s", var->name);
		*type = var->type;
		*shared = var->shared;
		return true;
	}
	return false;
}

/* A variable's value as the type. Strings give a byte or their length. */
static void read_varying(struct gen *gen, enum scalar type)
{
	struct gtype from;
	bool shared;
	enum scalar got;

	emit(gen, "(");
	place_any(gen, &from, false, &shared);
	got = place_inside(gen, from);
	if (got == SCALARS) {
		/* The string may be a field, whose capacity is not at hand. */
		if (chance(gen, 50)) {
			emit(gen, ".len()");
		} else {
			emit(gen, "[");
			expr_for_index(gen, 4);
			emit(gen, "]");
		}
	}
	if (got != type)
		emit(gen, " as %s", scalar_names[type]);
	emit(gen, ")");
}

static void binary(struct gen *gen, enum scalar type, uint32_t depth)
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
}

static void match_integer(struct gen *gen, struct gtype type, uint32_t depth)
{
	uint32_t low = pick(gen, 4);

	emit(gen, "(match (");
	expr_varying(gen, chance(gen, 50) ? U32 : pick_integer(gen), depth - 1);
	emit(gen, ") { %u: ", low);
	expr_value(gen, type, depth - 1);
	if (chance(gen, 60)) {
		emit(gen, ", %u | %u: ", low + 1, low + 3 + pick(gen, 3));
		expr_value(gen, type, depth - 1);
	}
	if (chance(gen, 60)) {
		emit(gen, ", %u..%s%u: ", low + 7, chance(gen, 50) ? "=" : "", low + 20);
		expr_value(gen, type, depth - 1);
	}
	emit(gen, ", default: ");
	expr_value(gen, type, depth - 1);
	emit(gen, " })");
}

static void match_other(struct gen *gen, struct gtype type, uint32_t depth)
{
	uint32_t n = gen->number;

	switch (pick(gen, 3)) {
	case 0:
		emit(gen, "(match (");
		expr_condition(gen, depth - 1);
		emit(gen, ") { true: ");
		expr_value(gen, type, depth - 1);
		emit(gen, ", false: ");
		expr_value(gen, type, depth - 1);
		break;
	case 1:
		emit(gen, "(match (((");
		expr_varying(gen, U8, depth - 1);
		emit(gen, " & 15) as E_%u)) { A_%u: ", n, n);
		expr_value(gen, type, depth - 1);
		emit(gen, ", B_%u | C_%u: ", n, n);
		expr_value(gen, type, depth - 1);
		emit(gen, ", default: ");
		expr_value(gen, type, depth - 1);
		break;
	case 2:
		emit(gen, "(match ((");
		expr_varying(gen, U32, depth - 1);
		emit(gen, " & 3), ");
		expr_condition(gen, depth - 1);
		emit(gen, ") { (1, true): ");
		expr_value(gen, type, depth - 1);
		emit(gen, ", (_, false): ");
		expr_value(gen, type, depth - 1);
		emit(gen, ", default: ");
		expr_value(gen, type, depth - 1);
		break;
	}
	emit(gen, " })");
}

/* A call of a function with that result; false when there is none that may be called here. */
static bool call(struct gen *gen, struct gtype type, uint32_t depth)
{
	bool may_throw = (gen->tries || gen->throws) && !gen->in_defer;

	if (!gen->func_count)
		return false;
	for (uint32_t tries = 0; tries < 4; tries++) {
		const struct gfunc *func = &gen->funcs[pick(gen, gen->func_count)];

		if (memcmp(&func->result, &type, sizeof(type)) || (func->throws && !may_throw) ||
		    (func->bpf_only && !gen->in_bpf))
			continue;
		emit(gen, "%s(", func->name);
		for (uint32_t i = 0; i < func->count; i++) {
			if (i)
				emit(gen, ", ");
			expr_value(gen, func->params[i], depth ? depth - 1 : 0);
		}
		emit(gen, ")");
		return true;
	}
	return false;
}

void expr_condition(struct gen *gen, uint32_t depth)
{
	enum scalar left = pick_integer(gen), right = pick_integer(gen);
	static const char *const compares[] = {"==", "!=", "<", "<=", ">", ">="};

	emit(gen, "(");
	switch (depth && gen->fuel-- > 0 ? pick(gen, 9) : 8) {
	case 0:
		expr_condition(gen, depth - 1);
		emit(gen, " %s ", chance(gen, 50) ? "&&" : "||");
		expr_condition(gen, depth - 1);
		break;
	case 1:
		emit(gen, "!");
		expr_condition(gen, depth - 1);
		break;
	case 2:
		expr_varying(gen, left, depth - 1);
		emit(gen, " %s ", chance(gen, 50) ? "&&" : "||");
		expr_condition(gen, depth - 1);
		break;
	case 3:
		expr_varying(gen, BOOL, depth - 1);
		break;
	case 4:
		expr_varying(gen, left, depth - 1);
		emit(gen, " %s ", compares[pick(gen, 6)]);
		literal(gen, chance(gen, 50) ? left : right, false, false);
		break;
	case 5:
		if (gen->in_bpf && bpf_condition(gen))
			break;
		/* fallthrough */
	default:
		expr_varying(gen, left, depth ? depth - 1 : 0);
		emit(gen, " %s ", compares[pick(gen, 6)]);
		expr_varying(gen, right, depth ? depth - 1 : 0);
		break;
	}
	emit(gen, ")");
}

static void boolean(struct gen *gen, uint32_t depth)
{
	static const char *const operators[] = {"&", "|", "^", "==", "!="};

	if (chance(gen, 60)) {
		/* What counts as a condition need not be a bool. */
		emit(gen, "(");
		expr_condition(gen, depth - 1);
		emit(gen, " ? ");
		expr_scalar(gen, BOOL, depth - 1);
		emit(gen, " : ");
		expr_varying(gen, BOOL, depth - 1);
		emit(gen, ")");
		return;
	}
	emit(gen, "(");
	expr_varying(gen, BOOL, depth - 1);
	emit(gen, " %s ", operators[pick(gen, 5)]);
	expr_varying(gen, BOOL, depth - 1);
	emit(gen, ")");
}

static void inner(struct gen *gen, enum scalar type, uint32_t depth)
{
	switch (pick(gen, 14)) {
	case 0:
		emit(gen, "(");
		expr_condition(gen, depth - 1);
		emit(gen, " ? ");
		expr_varying(gen, type, depth - 1);
		emit(gen, " : ");
		expr_scalar(gen, type, depth - 1);
		emit(gen, ")");
		return;
	case 1:
		match_integer(gen, scalar_type(type), depth);
		return;
	case 2:
		match_other(gen, scalar_type(type), depth);
		return;
	case 3:
		if (call(gen, scalar_type(type), depth))
			return;
		break;
	case 4:
	case 5:
		if (gen->in_bpf && bpf_expression(gen, type))
			return;
		break;
	case 6:
	case 7:
		emit(gen, "(");
		expr_varying(gen, pick_scalar(gen), depth - 1);
		emit(gen, " as %s)", scalar_names[type]);
		return;
	case 8:
		if (type == BOOL)
			break;
		emit(gen, "(%s", is_signed(type) && chance(gen, 50) ? "-" : "~");
		expr_varying(gen, type, depth - 1);
		emit(gen, ")");
		return;
	}
	if (type == BOOL)
		boolean(gen, depth);
	else
		binary(gen, type, depth);
}

void expr_varying(struct gen *gen, enum scalar type, uint32_t depth)
{
	size_t start = gen->out->len;

	if (!depth || gen->fuel-- <= 0) {
		read_varying(gen, type);
		return;
	}
	if (item_masked(gen)) {
		inner(gen, type, depth);
		gen->out->len = start;
		emit(gen, "(a as %s)", scalar_names[type]);
		return;
	}
	inner(gen, type, depth);
}

void expr_scalar(struct gen *gen, enum scalar type, uint32_t depth)
{
	if (chance(gen, depth ? 15 : 40))
		literal(gen, type, true, false);
	else
		expr_varying(gen, type, depth);
}

static void text_literal(struct gen *gen, uint32_t max)
{
	static const char *const texts[] = {"", "a", "ab", "xyz", "hello", "kernel", "abcdefghij"};
	const char *text = texts[pick(gen, 7)];

	emit(gen, "\"%.*s\"", (int)max, text);
}

static bool variable_of(struct gen *gen, struct gtype type)
{
	for (uint32_t tries = 0; tries < 12; tries++) {
		const struct gvar *var = &gen->vars[pick(gen, gen->var_count)];

		if (memcmp(&var->type, &type, sizeof(type)))
			continue;
		emit(gen, "%s", var->name);
		return true;
	}
	return false;
}

static void struct_literal(struct gen *gen, struct gtype type, uint32_t depth)
{
	const struct gstruct *of = &gen->structs[type.len];
	uint32_t count = chance(gen, 25) ? pick(gen, of->count) : of->count;

	emit(gen, "%s { ", of->name);
	for (uint32_t i = 0; i < count; i++) {
		emit(gen, "%s: ", of->fields[i].name);
		expr_value(gen, of->fields[i].type, depth ? depth - 1 : 0);
		emit(gen, ", ");
	}
	emit(gen, "%s}", count < of->count ? ".. " : "");
}

void expr_value(struct gen *gen, struct gtype type, uint32_t depth)
{
	switch (type.shape) {
	case SHAPE_SCALAR:
		expr_scalar(gen, type.scalar, depth);
		break;
	case SHAPE_ARRAY:
		if (chance(gen, 60) && variable_of(gen, type))
			break;
		emit(gen, "[");
		for (uint32_t i = 0; i < type.len; i++) {
			emit(gen, "%s", i ? ", " : "");
			expr_scalar(gen, type.scalar, depth ? depth - 1 : 0);
		}
		emit(gen, "]");
		break;
	case SHAPE_STRUCT:
		if (chance(gen, 40) && variable_of(gen, type))
			break;
		if (chance(gen, 30) && call(gen, type, depth))
			break;
		struct_literal(gen, type, depth);
		break;
	case SHAPE_STRING:
		if (chance(gen, 60) && variable_of(gen, type))
			break;
		if (chance(gen, 40) && call(gen, type, depth))
			break;
		text_literal(gen, type.len);
		break;
	}
}
