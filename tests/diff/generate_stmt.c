/* SPDX-License-Identifier: Apache-2.0 */
/* Statements. */
#include "generate_int.h"

#include <stdio.h>
#include <string.h>

#define EXPR_DEPTH 2

static void begin(struct generator *g)
{
	strbuf_pad(g->out, '\t', g->indent);
}

static void end(struct generator *g)
{
	strbuf_putc(g->out, '\n');
}

struct name *add_name(struct generator *g, const char *text, unsigned type, unsigned count)
{
	struct name *name;

	if (g->name_count == NAMES_MAX)
		return NULL;
	name = &g->names[g->name_count++];
	*name = (struct name){.type = type, .count = count};
	snprintf(name->text, sizeof(name->text), "%s", text);
	return name;
}

const struct name *writable(struct generator *g, char *text, size_t size)
{
	const struct name *name;

	for (unsigned tries = 0; tries < 8; tries++) {
		name = &g->names[pick(g, g->name_count)];
		if (name->is_fixed)
			continue;
		if (name->count)
			snprintf(text, size, "%s[%u]", name->text, pick(g, name->count));
		else
			snprintf(text, size, "%s", name->text);
		return name;
	}
	return NULL;
}

/* ---- simple statements ---- */

static void declare(struct generator *g)
{
	unsigned type = pick(g, NUMBER_TYPES), count = chance(g, 15) ? 3 + pick(g, 6) : 0;
	char text[16];

	snprintf(text, sizeof(text), "v%u", g->next_local++);
	begin(g);
	if (count) {
		strbuf_printf(g->out, "var %s: %s[%u] = [", text, number_types[type].name, count);
		for (unsigned i = 0; i < 2; i++) {
			strbuf_puts(g->out, i ? ", " : "");
			number(g, type, 1);
		}
		strbuf_putc(g->out, ']');
	} else {
		strbuf_printf(g->out, "var %s: %s = ", text, number_types[type].name);
		number(g, type, EXPR_DEPTH);
	}
	end(g);
	add_name(g, text, type, count);
}

static void assign(struct generator *g)
{
	char text[40];
	const struct name *name = writable(g, text, sizeof(text));

	if (!name)
		return;
	begin(g);
	if (name->count && chance(g, 50)) {
		/* A run-time index, mostly outside. */
		strbuf_printf(g->out, "%s[", name->text);
		variable_number(g, pick(g, 3), 1);
		strbuf_puts(g->out, "] = ");
	} else {
		strbuf_printf(g->out, "%s = ", text);
	}
	number(g, name->type, EXPR_DEPTH);
	end(g);
}

static void assign_op(struct generator *g)
{
	static const char *const ops[] = {
		"+=", "-=", "*=", "&=", "|=", "^=", "/=", "%=", "<<=", ">>="};
	char text[40];
	const struct name *name = writable(g, text, sizeof(text));
	unsigned op = pick(g, 10);

	if (!name)
		return;
	begin(g);
	if (op < 2 && chance(g, 20)) {
		strbuf_printf(g->out, "%s%s", text, op ? "--" : "++");
	} else {
		strbuf_printf(g->out, "%s %s ", text, ops[op]);
		if (op >= 6)
			variable_number(g, op < 8 ? name->type : pick(g, 3), 1);
		else
			number(g, name->type, EXPR_DEPTH);
	}
	end(g);
}

static void give_result(struct generator *g)
{
	begin(g);
	strbuf_puts(g->out, "return ");
	number(g, g->result, EXPR_DEPTH);
	end(g);
}

/* ---- maps, of bpf code ---- */

static void use_map(struct generator *g)
{
	begin(g);
	switch (pick(g, 6)) {
	case 0:
		strbuf_puts(g->out, "counts[");
		variable_number(g, 2, 1);
		strbuf_puts(g->out, " & 7] += ");
		number(g, 3, 1);
		break;
	case 1:
		strbuf_puts(g->out, "counts[");
		variable_number(g, 2, 0);
		strbuf_puts(g->out, " & 7] = ");
		number(g, 3, 1);
		break;
	case 2:
		strbuf_puts(g->out, "if (var e = pairs[");
		variable_number(g, 2, 0);
		strbuf_puts(g->out, " & 3]) { e.a += 1 e.b = e.a as i64 + g1 }");
		strbuf_puts(g->out, " else { pairs[g0 as u32 & 3] = Pair { a: 2, b: 5 } }");
		break;
	case 3:
		strbuf_puts(g->out, "if (counts[");
		variable_number(g, 2, 0);
		strbuf_puts(g->out, " & 7] != null) { g0 += 1 }");
		break;
	case 4:
		strbuf_puts(g->out, "delete counts[");
		variable_number(g, 2, 0);
		strbuf_puts(g->out, " & 7]");
		break;
	default:
		strbuf_puts(g->out, "slots[");
		variable_number(g, 2, 1);
		strbuf_puts(g->out, "] ^= ");
		number(g, 2, 1);
		break;
	}
	end(g);
}

/* ---- structured statements ---- */

static void if_stmt(struct generator *g)
{
	begin(g);
	strbuf_puts(g->out, "if (");
	condition(g, EXPR_DEPTH);
	strbuf_puts(g->out, ") {\n");
	block(g, 1 + pick(g, 3));
	begin(g);
	if (chance(g, 40)) {
		strbuf_puts(g->out, "} else {\n");
		block(g, 1 + pick(g, 2));
		begin(g);
	}
	strbuf_puts(g->out, "}\n");
}

static void loop_body(struct generator *g)
{
	bool in_loop = g->in_loop;

	g->in_loop = true;
	g->loops++;
	block(g, 1 + pick(g, 3));
	g->loops--;
	g->in_loop = in_loop;
}

static void for_stmt(struct generator *g)
{
	unsigned from = pick(g, 4), count = 1 + pick(g, 6), names = g->name_count;
	char text[16];
	struct name *name;

	snprintf(text, sizeof(text), "k%u", g->next_local++);
	line(g, "for (%s in %u..%s%u) {", text, from, chance(g, 20) ? "=" : "", from + count);
	name = add_name(g, text, 2, 0);
	if (name)
		name->is_fixed = true;
	loop_body(g);
	g->name_count = names;
	line(g, "}");
}

static void while_stmt(struct generator *g)
{
	char text[16];
	struct name *name;

	snprintf(text, sizeof(text), "n%u", g->next_local++);
	line(g, "var %s: u32 = %u", text, 1 + pick(g, 6));
	name = add_name(g, text, 2, 0);
	if (name)
		name->is_fixed = true;
	line(g, "while (%s > 0) {", text);
	g->indent++;
	line(g, "%s -= 1", text);
	g->indent--;
	loop_body(g);
	line(g, "}");
}

static void match_stmt(struct generator *g)
{
	begin(g);
	strbuf_puts(g->out, "match (");
	variable_number(g, pick(g, NUMBER_TYPES), 1);
	strbuf_puts(g->out, ") {\n");
	g->indent++;
	line(g, "0: {");
	block(g, 1);
	line(g, "},");
	line(g, "1..%u: {", 3 + pick(g, 90));
	block(g, 1 + pick(g, 2));
	line(g, "},");
	line(g, "default: {");
	block(g, 1);
	line(g, "}");
	g->indent--;
	line(g, "}");
}

static void throw_stmt(struct generator *g)
{
	begin(g);
	strbuf_puts(g->out, "if (");
	condition(g, 1);
	strbuf_printf(g->out, ") { throw %u }\n", 1 + pick(g, 4));
}

static void try_stmt(struct generator *g)
{
	bool in_try = g->in_try;
	unsigned names = g->name_count;

	line(g, "try {");
	g->in_try = true;
	g->indent++;
	throw_stmt(g);
	g->indent--;
	block(g, 1 + pick(g, 3));
	g->in_try = in_try;
	g->name_count = names;
	line(g, "} catch %u {", 1 + pick(g, 4));
	block(g, 1);
	line(g, "} catch _ {");
	block(g, 1);
	line(g, "}");
}

static void defer_stmt(struct generator *g)
{
	bool in_try = g->in_try;

	line(g, "defer {");
	g->in_deferred = true;
	g->in_try = false;
	g->indent++;
	assign(g);
	assign_op(g);
	g->indent--;
	g->in_deferred = false;
	g->in_try = in_try;
	line(g, "}");
}

static void text_stmt(struct generator *g)
{
	unsigned number = g->next_local++;

	line(g, "var s%u: str(6) = \"ab%c\"", number, 'a' + (int)pick(g, 4));
	begin(g);
	strbuf_printf(g->out, "if (");
	condition(g, 1);
	strbuf_printf(g->out, ") { s%u = s%u + \"xyz\" }\n", number, number);
	line(g, "if (s%u == \"ab%c\") { g0 += s%u.len() }", number, 'a' + (int)pick(g, 4), number);
	begin(g);
	strbuf_printf(g->out, "g1 += s%u[", number);
	variable_number(g, 2, 0);
	strbuf_puts(g->out, " & 7] as i64\n");
}

/* ---- structs, addresses, text of the library ---- */

static void pair_stmt(struct generator *g)
{
	unsigned id = g->next_local++;

	begin(g);
	strbuf_printf(g->out, "var q%u = pair_of(", id);
	number(g, 2, 1);
	strbuf_puts(g->out, ", ");
	number(g, 7, 1);
	strbuf_puts(g->out, ")\n");
	if (chance(g, 50))
		line(g, "q%u = swapped(q%u)", id, id);
	begin(g);
	strbuf_printf(g->out, "g0 += grow(&q%u, ", id);
	number(g, 2, 1);
	strbuf_puts(g->out, ") as u64\n");
	line(g, "g1 ^= swapped(q%u).b + q%u.b", id, id);
}

static void bits_stmt(struct generator *g)
{
	unsigned id = g->next_local++;

	begin(g);
	strbuf_printf(g->out, "var b%u = Bits { low: ", id);
	variable_number(g, 0, 0);
	strbuf_puts(g->out, " & 7, mid: ");
	variable_number(g, 1, 0);
	strbuf_puts(g->out, " & 511, .. }\n");
	begin(g);
	strbuf_printf(g->out, "b%u.sign = ", id);
	variable_number(g, 4, 0);
	strbuf_printf(g->out, "\n");
	line(g, "b%u.mid += 77", id);
	begin(g);
	strbuf_printf(g->out, "b%u.last -= ", id);
	number(g, 2, 1);
	strbuf_printf(g->out, "\n");
	line(g, "g1 += b%u.sign as i64 * 5 + b%u.mid as i64 + b%u.last as i64 - b%u.low as i64", id,
	     id, id, id);
}

static void word_stmt(struct generator *g)
{
	unsigned id = g->next_local++;

	begin(g);
	strbuf_printf(g->out, "var w%u = word_of(", id);
	number(g, 2, 1);
	strbuf_puts(g->out, ")\n");
	line(g, "g0 += number_of(w%u) as u64", id);
	line(g,
	     "match (w%u, g0 > 50) { (\"two\", _): { g1 -= 3 }, (_, true): { g1 += 2 }, "
	     "default: {} }",
	     id);
}

static void address_stmt(struct generator *g)
{
	unsigned id = g->next_local++;

	line(g, "var t%u: u16[6] = [3, 1, 4]", id);
	begin(g);
	strbuf_printf(g->out, "if (var at = &t%u[", id);
	variable_number(g, pick(g, 3), 1);
	strbuf_printf(g->out, "]) { *at += %u } else { g0 ^= 1 }\n", pick(g, 300));
	line(g, "g1 += t%u[0] as i64 + t%u[5] as i64 * 3", id, id);
	begin(g);
	strbuf_puts(g->out, "g0 += raw(");
	variable_number(g, 1, 1);
	strbuf_puts(g->out, " as be16) as u64\n");
}

/* ---- the choice ---- */

static bool structured(struct generator *g)
{
	bool may_nest = g->indent < 4 && !g->in_deferred;

	switch (pick(g, 18)) {
	case 0:
	case 1:
		if (may_nest)
			if_stmt(g);
		return may_nest;
	case 2:
		if (may_nest && g->loops < 2)
			for_stmt(g);
		return may_nest && g->loops < 2;
	case 3:
		if (may_nest && g->loops < 2)
			while_stmt(g);
		return may_nest && g->loops < 2;
	case 4:
		if (may_nest)
			match_stmt(g);
		return may_nest;
	case 5:
		if (may_nest && !g->in_loop)
			try_stmt(g);
		return may_nest && !g->in_loop;
	case 6:
		if (!g->in_loop && !g->in_deferred)
			defer_stmt(g);
		return !g->in_loop && !g->in_deferred;
	case 7:
		if (g->in_loop && chance(g, 50))
			line(g, "if (g0 == %u) { %s }", pick(g, 9),
			     chance(g, 50) ? "break" : "continue");
		return true;
	case 8:
		text_stmt(g);
		return true;
	case 9:
		if ((g->throws || g->in_try) && !g->in_deferred)
			throw_stmt(g);
		return true;
	case 10:
		if (g->is_bpf && !g->in_deferred)
			use_map(g);
		return g->is_bpf;
	case 11:
		if (!g->in_deferred)
			pair_stmt(g);
		return true;
	case 12:
		bits_stmt(g);
		return true;
	case 13:
		if (!g->in_deferred)
			word_stmt(g);
		return true;
	case 14:
		if (!g->in_deferred)
			address_stmt(g);
		return true;
	default:
		return false;
	}
}

static void statement(struct generator *g)
{
	if (!g->budget)
		return;
	g->budget--;
	if (structured(g))
		return;
	switch (pick(g, 6)) {
	case 0:
	case 1:
		declare(g);
		break;
	case 2:
	case 3:
		assign(g);
		break;
	case 4:
		assign_op(g);
		break;
	default:
		if (g->indent > 1 && !g->loops && chance(g, 20) && !g->in_deferred) {
			begin(g);
			strbuf_puts(g->out, "if (");
			condition(g, 1);
			strbuf_puts(g->out, ") {\n");
			g->indent++;
			give_result(g);
			g->indent--;
			line(g, "}");
		} else {
			assign_op(g);
		}
		break;
	}
}

void block(struct generator *g, unsigned statements)
{
	unsigned names = g->name_count;

	g->indent++;
	for (unsigned i = 0; i < statements; i++)
		statement(g);
	/* Never empty: that would be an error in places. */
	line(g, "g1 += %u", pick(g, 5));
	g->indent--;
	g->name_count = names;
}
