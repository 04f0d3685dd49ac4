/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions. */
#include "generate_int.h"

#include <stdio.h>

const struct number_type number_types[NUMBER_TYPES] = {
	{"u8", 8, false}, {"u16", 16, false}, {"u32", 32, false}, {"u64", 64, false},
	{"i8", 8, true},  {"i16", 16, true},  {"i32", 32, true},  {"i64", 64, true},
};

/* Numbers near the edges of types are worth more than others. */
void literal(struct generator *g, unsigned type)
{
	const struct number_type *number = &number_types[type];
	unsigned bits = number->bits - number->is_signed;
	uint64_t top = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1, value;

	switch (pick(g, 6)) {
	case 0:
		value = 0;
		break;
	case 1:
		value = top - pick(g, 3);
		break;
	case 2:
		value = top / 2 + pick(g, 3);
		break;
	default:
		value = pick(g, 40);
		break;
	}
	if (number->is_signed && value && chance(g, 40))
		strbuf_printf(g->out, "(-%llu as %s)", (unsigned long long)value, number->name);
	else
		strbuf_printf(g->out, "(%llu as %s)", (unsigned long long)value, number->name);
}

static void read_name(struct generator *g, const struct name *name, unsigned depth)
{
	strbuf_puts(g->out, name->text);
	if (!name->count)
		return;
	strbuf_putc(g->out, '[');
	if (chance(g, 50))
		strbuf_printf(g->out, "%u", pick(g, name->count));
	else
		variable_number(g, pick(g, 3), depth);
	strbuf_putc(g->out, ']');
}

/* Any name, as a number of the type. */
static void name_as(struct generator *g, unsigned type, unsigned depth)
{
	const struct name *name = &g->names[pick(g, g->name_count)];

	if (name->type == type) {
		read_name(g, name, depth ? depth - 1 : 0);
		return;
	}
	strbuf_putc(g->out, '(');
	read_name(g, name, depth ? depth - 1 : 0);
	strbuf_printf(g->out, " as %s)", number_types[type].name);
}

static void binary(struct generator *g, unsigned type, unsigned depth)
{
	static const char *const ops[] = {"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"};
	unsigned op = pick(g, sizeof(ops) / sizeof(ops[0]));

	strbuf_putc(g->out, '(');
	variable_number(g, type, depth - 1);
	strbuf_printf(g->out, " %s ", ops[op]);
	if (op >= 8)
		variable_number(g, pick(g, 4), depth - 1);
	else if (op == 3 || op == 4)
		variable_number(g, type, depth - 1);
	else
		number(g, type, depth - 1);
	strbuf_putc(g->out, ')');
}

static void choice(struct generator *g, unsigned type, unsigned depth)
{
	strbuf_putc(g->out, '(');
	condition(g, depth - 1);
	strbuf_puts(g->out, " ? ");
	variable_number(g, type, depth - 1);
	strbuf_puts(g->out, " : ");
	number(g, type, depth - 1);
	strbuf_putc(g->out, ')');
}

static void match_number(struct generator *g, unsigned type, unsigned depth)
{
	strbuf_puts(g->out, "(match (");
	variable_number(g, pick(g, NUMBER_TYPES), depth - 1);
	strbuf_puts(g->out, ") { 1: ");
	variable_number(g, type, depth - 1);
	strbuf_puts(g->out, ", 0 | 2: ");
	variable_number(g, type, 0);
	strbuf_printf(g->out, ", 5..%u: ", 8 + pick(g, 60));
	variable_number(g, type, 0);
	strbuf_puts(g->out, ", default: ");
	variable_number(g, type, 0);
	strbuf_puts(g->out, " })");
}

/* A call of a function made before this one, so that nothing recurses. */
static bool call(struct generator *g, unsigned type, unsigned depth)
{
	const struct callable *function;

	/* Calls have effects: not where the text is evaluated apart from its place. */
	if (!g->function_count || g->in_deferred)
		return false;
	function = &g->functions[pick(g, g->function_count)];
	if (function->throws && !g->in_try)
		return false;
	strbuf_printf(g->out, "(%s(", function->text);
	for (unsigned i = 0; i < function->param_count; i++) {
		strbuf_puts(g->out, i ? ", " : "");
		number(g, function->params[i], depth - 1);
	}
	strbuf_printf(g->out, ") as %s)", number_types[type].name);
	return true;
}

void variable_number(struct generator *g, unsigned type, unsigned depth)
{
	if (!depth) {
		name_as(g, type, 0);
		return;
	}
	switch (pick(g, 12)) {
	case 0:
	case 1:
	case 2:
	case 3:
		binary(g, type, depth);
		return;
	case 4:
		choice(g, type, depth);
		return;
	case 5:
		strbuf_putc(g->out, '(');
		variable_number(g, pick(g, NUMBER_TYPES), depth - 1);
		strbuf_printf(g->out, " as %s)", number_types[type].name);
		return;
	case 6:
		strbuf_puts(g->out, number_types[type].is_signed && chance(g, 50) ? "(-" : "(~");
		variable_number(g, type, depth - 1);
		strbuf_putc(g->out, ')');
		return;
	case 7:
		match_number(g, type, depth);
		return;
	case 8:
	case 9:
		if (call(g, type, depth))
			return;
		break;
	default:
		break;
	}
	name_as(g, type, depth);
}

void number(struct generator *g, unsigned type, unsigned depth)
{
	if (chance(g, 30))
		literal(g, type);
	else
		variable_number(g, type, depth);
}

void condition(struct generator *g, unsigned depth)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
	unsigned kind = depth ? pick(g, 8) : 0;

	if (kind < 4) {
		/* Of any two types: the values are compared. */
		strbuf_putc(g->out, '(');
		variable_number(g, pick(g, NUMBER_TYPES), depth ? depth - 1 : 0);
		strbuf_printf(g->out, " %s ", ops[pick(g, 6)]);
		number(g, pick(g, NUMBER_TYPES), depth ? depth - 1 : 0);
		strbuf_putc(g->out, ')');
	} else if (kind < 6) {
		strbuf_putc(g->out, '(');
		condition(g, depth - 1);
		strbuf_puts(g->out, kind == 4 ? " && " : " || ");
		condition(g, depth - 1);
		strbuf_putc(g->out, ')');
	} else if (kind == 6) {
		strbuf_puts(g->out, "(!");
		condition(g, depth - 1);
		strbuf_putc(g->out, ')');
	} else {
		/* A number as a condition. */
		strbuf_putc(g->out, '(');
		variable_number(g, pick(g, NUMBER_TYPES), depth - 1);
		strbuf_puts(g->out, " && true)");
	}
}
