/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions, and values that are chosen by conditions. */
#include "gen_state.h"

static const char *const compares[] = {"==", "!=", "<", "<=", ">", ">="};

static void compare_other(struct gen *gen)
{
	static const enum scalar types[] = {CHAR, BE16, BE32, BE64, ENUM, BOOL};
	enum scalar type = types[pick(gen, 6)];

	expr_varying(gen, type, 1);
	emit(gen, " %s ", compares[pick(gen, 2)]);
	if (type >= BE16 && type <= BE64 && chance(gen, 50))
		emit(gen, "%u", pick(gen, 60000));
	else
		expr_scalar(gen, type, 1);
}

/* Whether a string is empty, whether an integer or a character is zero. */
static void truth(struct gen *gen)
{
	struct gtype type;

	if (!place_any(gen, &type, false, false)) {
		emit(gen, "in_a");
		return;
	}
	if (type.shape == SHAPE_SCALAR && type.scalar >= BE16)
		emit(gen, " != %s", type.scalar == ENUM ? "" : "0");
	if (type.shape == SHAPE_SCALAR && type.scalar == ENUM)
		emit(gen, "A_%u", gen->number);
}

void expr_condition(struct gen *gen, uint32_t depth)
{
	enum scalar left = pick_integer(gen), right = pick_integer(gen);

	emit(gen, "(");
	switch (depth && gen->fuel-- > 0 ? pick(gen, 12) : 11) {
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
		if (gen->where != WHERE_SHARED && map_condition(gen))
			break;
		/* fallthrough */
	case 6:
		compare_other(gen);
		break;
	case 7:
		truth(gen);
		break;
	default:
		expr_varying(gen, left, depth ? depth - 1 : 0);
		emit(gen, " %s ", compares[pick(gen, 6)]);
		expr_varying(gen, right, depth ? depth - 1 : 0);
		break;
	}
	emit(gen, ")");
}

/* An arm: the value, or a block that ends in it. */
static void arm(struct gen *gen, struct gtype type, uint32_t depth)
{
	if (chance(gen, 10)) {
		emit(gen, "{ out_%u += 1; ", gen->number);
		expr_value(gen, type, depth - 1);
		emit(gen, " }");
		return;
	}
	expr_value(gen, type, depth - 1);
}

static void match_integer(struct gen *gen, struct gtype type, uint32_t depth)
{
	uint32_t low = pick(gen, 4);

	emit(gen, "(match (");
	expr_varying(gen, chance(gen, 50) ? U32 : pick_integer(gen), depth - 1);
	emit(gen, ") { %u: ", low);
	arm(gen, type, depth);
	if (chance(gen, 60)) {
		emit(gen, ", %u | %u: ", low + 1, low + 3 + pick(gen, 3));
		arm(gen, type, depth);
	}
	if (chance(gen, 60)) {
		emit(gen, ", %u..%s%u: ", low + 7, chance(gen, 50) ? "=" : "", low + 20);
		arm(gen, type, depth);
	}
	emit(gen, ", default: ");
	arm(gen, type, depth);
	emit(gen, " })");
}

static void match_bool(struct gen *gen, struct gtype type, uint32_t depth)
{
	emit(gen, "(match (true && ");
	expr_condition(gen, depth - 1);
	emit(gen, ") { true: ");
	arm(gen, type, depth);
	emit(gen, ", false: ");
	arm(gen, type, depth);
	emit(gen, " })");
}

static void match_enum(struct gen *gen, struct gtype type, uint32_t depth)
{
	uint32_t n = gen->number;

	emit(gen, "(match (((");
	expr_varying(gen, U8, depth - 1);
	emit(gen, " & 15) as E_%u)) { A_%u: ", n, n);
	arm(gen, type, depth);
	emit(gen, ", B_%u | C_%u: ", n, n);
	arm(gen, type, depth);
	/* All variants stand there; a value outside of them gives zero. */
	if (type.shape != SHAPE_SCALAR || chance(gen, 50)) {
		emit(gen, ", default: ");
		arm(gen, type, depth);
	}
	emit(gen, " })");
}

static void match_pair(struct gen *gen, struct gtype type, uint32_t depth)
{
	emit(gen, "(match ((");
	expr_varying(gen, U32, depth - 1);
	emit(gen, " & 3), true && ");
	expr_condition(gen, depth - 1);
	emit(gen, ") { (1, true): ");
	arm(gen, type, depth);
	emit(gen, ", (2 | 3, true): ");
	arm(gen, type, depth);
	emit(gen, ", (_, false): ");
	arm(gen, type, depth);
	emit(gen, ", default: ");
	arm(gen, type, depth);
	emit(gen, " })");
}

static void match_other(struct gen *gen, struct gtype type, uint32_t depth)
{
	static const char *const texts[] = {"\"ab\"", "\"hello\"", "\"\""};
	struct gtype text = string_type(chance(gen, 50) ? 7 : 10);
	size_t start = gen->out->len;

	emit(gen, "(match (");
	if (chance(gen, 50) && variable_of(gen, text, false)) {
		emit(gen, ") { %s: ", texts[pick(gen, 3)]);
		arm(gen, type, depth);
		emit(gen, ", \"xyz\" | \"kernel\": ");
	} else if (chance(gen, 50)) {
		gen->out->len = start;
		emit(gen, "(match (");
		expr_varying(gen, CHAR, depth - 1);
		emit(gen, ") { 'a'..='f': ");
		arm(gen, type, depth);
		emit(gen, ", 'x' | '\\0': ");
	} else {
		gen->out->len = start;
		emit(gen, "(match (");
		expr_varying(gen, BE16, depth - 1);
		emit(gen, ") { 0x800: ");
		arm(gen, type, depth);
		emit(gen, ", 5 | 0x1234: ");
	}
	arm(gen, type, depth);
	emit(gen, ", default: ");
	arm(gen, type, depth);
	emit(gen, " })");
}

void expr_either(struct gen *gen, struct gtype type, uint32_t depth)
{
	emit(gen, "if ");
	expr_condition(gen, depth ? depth - 1 : 0);
	emit(gen, " { ");
	expr_value(gen, type, depth ? depth - 1 : 0);
	if (chance(gen, 20)) {
		emit(gen, " } else if ");
		expr_condition(gen, depth ? depth - 1 : 0);
		emit(gen, " { ");
		expr_value(gen, type, depth ? depth - 1 : 0);
	}
	emit(gen, " } else { ");
	expr_value(gen, type, depth ? depth - 1 : 0);
	emit(gen, " }");
}

void expr_chosen(struct gen *gen, struct gtype type, uint32_t depth)
{
	static void (*const matches[])(struct gen *, struct gtype, uint32_t) = {
		match_integer, match_bool, match_enum, match_pair, match_other};

	if (chance(gen, 40)) {
		emit(gen, "(");
		expr_condition(gen, depth - 1);
		emit(gen, " ? ");
		expr_value(gen, type, depth - 1);
		emit(gen, " : ");
		expr_value(gen, type, depth - 1);
		emit(gen, ")");
		return;
	}
	matches[pick(gen, 5)](gen, type, depth);
}
