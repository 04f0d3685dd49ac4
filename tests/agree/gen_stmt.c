/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_state.h"

#include <stdio.h>
#include <string.h>

void block(struct gen *gen, uint32_t count, uint32_t depth)
{
	uint32_t vars = gen->var_count;

	emit(gen, "{");
	gen->blocks++;
	statements(gen, count, depth);
	gen->blocks--;
	gen->var_count = vars;
	line(gen);
	emit(gen, "}");
}

static void declare(struct gen *gen)
{
	struct gtype type = pick_type(gen);
	char name[24];

	if (type_size(gen, type) > gen->stack)
		type = scalar_type(pick_scalar(gen));
	gen->stack -= type_size(gen, type) < gen->stack ? type_size(gen, type) : gen->stack;
	name_make(gen, name, "v");
	emit(gen, "var %s: ", name);
	emit_type(gen, type);
	emit(gen, " = ");
	if (type.shape == SHAPE_SCALAR && chance(gen, 25)) {
		emit(gen, "if ");
		expr_condition(gen, 2);
		emit(gen, " { ");
		expr_value(gen, type, 2);
		emit(gen, " } else { ");
		expr_value(gen, type, 2);
		emit(gen, " }");
	} else {
		expr_value(gen, type, 3);
	}
	var_add(gen, name, type);
}

static void assign_string(struct gen *gen, uint32_t len)
{
	struct gtype type = {SHAPE_STRING, U8, len};

	emit(gen, " = ");
	expr_value(gen, type, 1);
	if (chance(gen, 60)) {
		emit(gen, " + ");
		expr_value(gen, (struct gtype){SHAPE_STRING, U8, chance(gen, 50) ? 3 : 7}, 1);
	}
}

static void assign_scalar(struct gen *gen, enum scalar type)
{
	static const char *const updates[] = {
		"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="};
	uint32_t op = pick(gen, 20);

	if (type == BOOL || op >= 12) {
		emit(gen, " = ");
		expr_scalar(gen, type, 3);
		return;
	}
	if (op >= 10) {
		emit(gen, "%s", op == 10 ? "++" : "--");
		return;
	}
	emit(gen, " %s ", updates[op]);
	expr_varying(gen, op >= 8 ? U32 : type, 3);
}

static void assign(struct gen *gen)
{
	struct gtype type;
	bool shared;
	enum scalar inside;

	if (!place_any(gen, &type, true, &shared)) {
		declare(gen);
		return;
	}
	if (type.shape == SHAPE_STRING) {
		assign_string(gen, type.len);
		return;
	}
	if (type.shape != SHAPE_SCALAR && chance(gen, 25)) {
		emit(gen, " = ");
		expr_value(gen, type, 2);
		return;
	}
	inside = place_inside(gen, type);
	if (inside == SCALARS)
		assign_string(gen, 7);
	else
		assign_scalar(gen, inside);
}

static void branch(struct gen *gen, uint32_t depth)
{
	emit(gen, "if ");
	expr_condition(gen, 3);
	emit(gen, " ");
	block(gen, 1 + pick(gen, 3), depth - 1);
	if (chance(gen, 30)) {
		emit(gen, " else if ");
		expr_condition(gen, 2);
		emit(gen, " ");
		block(gen, 1 + pick(gen, 2), depth - 1);
	}
	if (chance(gen, 50)) {
		emit(gen, " else ");
		block(gen, 1 + pick(gen, 2), depth - 1);
	}
}

static void bound(struct gen *gen, enum scalar type)
{
	if (chance(gen, 40)) {
		emit(gen, "(%u as %s)", pick(gen, 9), scalar_names[type]);
		return;
	}
	emit(gen, "(");
	expr_varying(gen, type, 1);
	emit(gen, " & %u)", (7u << pick(gen, 2)) | 1);
}

static void for_loop(struct gen *gen, uint32_t depth)
{
	enum scalar type = pick_integer(gen);
	uint32_t vars = gen->var_count;
	char name[24];

	name_make(gen, name, "i");
	emit(gen, "for (%s in ", name);
	bound(gen, type);
	emit(gen, "..%s", chance(gen, 20) ? "=" : "");
	bound(gen, type);
	emit(gen, ") ");
	var_add(gen, name, scalar_type(type))->read_only = true;
	gen->loops++;
	block(gen, 1 + pick(gen, 3), depth - 1);
	gen->loops--;
	gen->var_count = vars;
}

static void while_loop(struct gen *gen, uint32_t depth)
{
	uint32_t vars = gen->var_count;
	char name[24];

	name_make(gen, name, "w");
	emit(gen, "var %s: u32 = 0", name);
	line(gen);
	emit(gen, "while (%s < ", name);
	bound(gen, U32);
	if (chance(gen, 40)) {
		emit(gen, " && ");
		expr_condition(gen, 2);
	}
	emit(gen, ") {");
	gen->indent++;
	line(gen);
	gen->indent--;
	emit(gen, "%s += 1", name);
	var_add(gen, name, scalar_type(U32))->read_only = true;
	gen->loops++;
	gen->blocks++;
	statements(gen, 1 + pick(gen, 3), depth - 1);
	gen->blocks--;
	gen->loops--;
	gen->var_count = vars;
	line(gen);
	emit(gen, "}");
}

static void match_statement(struct gen *gen, uint32_t depth)
{
	uint32_t low = pick(gen, 5);

	emit(gen, "match (");
	expr_varying(gen, chance(gen, 50) ? U8 : pick_integer(gen), 2);
	emit(gen, ") {");
	gen->indent++;
	for (uint32_t i = 0; i < 3; i++) {
		line(gen);
		if (i == 2)
			emit(gen, "default: ");
		else if (chance(gen, 50))
			emit(gen, "%u: ", low + i * 40);
		else
			emit(gen, "%u..%u: ", low + i * 40, low + i * 40 + 30);
		block(gen, 1 + pick(gen, 2), depth - 1);
	}
	gen->indent--;
	line(gen);
	emit(gen, "}");
}

static void try_statement(struct gen *gen, uint32_t depth)
{
	emit(gen, "try ");
	gen->tries++;
	block(gen, 2 + pick(gen, 3), depth - 1);
	gen->tries--;
	if (chance(gen, 60)) {
		emit(gen, " catch %u ", 1 + pick(gen, 3));
		block(gen, 1 + pick(gen, 2), depth - 1);
	}
	if (chance(gen, 30)) {
		emit(gen, " catch B_%u ", gen->number);
		block(gen, 1, depth - 1);
	}
	emit(gen, " catch _ ");
	block(gen, 1 + pick(gen, 2), depth - 1);
}

static void leave(struct gen *gen)
{
	bool may_throw = (gen->tries || gen->throws) && !gen->in_defer;

	emit(gen, "if ");
	expr_condition(gen, 2);
	emit(gen, " { ");
	if (may_throw && chance(gen, 50)) {
		if (chance(gen, 30))
			emit(gen, "throw B_%u", gen->number);
		else
			emit(gen, "throw %u", 1 + pick(gen, 4));
	} else if (gen->loops && chance(gen, 70)) {
		emit(gen, "%s", chance(gen, 50) ? "break" : "continue");
	} else if (gen->in_defer) {
		emit(gen, "var z = 0");
	} else if (gen->verdict) {
		emit(gen, "return %s", chance(gen, 50) ? "XDP_DROP" : gen->verdict);
	} else {
		emit(gen, "return ");
		expr_value(gen, gen->result, 2);
	}
	emit(gen, " }");
}

static void defer_statement(struct gen *gen)
{
	emit(gen, "defer ");
	gen->in_defer = true;
	block(gen, 1 + pick(gen, 2), 0);
	gen->in_defer = false;
}

static void compare_strings(struct gen *gen, uint32_t depth)
{
	for (uint32_t i = 0; i < gen->var_count; i++) {
		const struct gvar *var = &gen->vars[i];

		if (var->type.shape != SHAPE_STRING || chance(gen, 30))
			continue;
		emit(gen, "if (%s %s ", var->name, chance(gen, 70) ? "==" : "!=");
		expr_value(gen, (struct gtype){SHAPE_STRING, U8, chance(gen, 50) ? 7 : 10}, 1);
		emit(gen, ") ");
		block(gen, 1 + pick(gen, 2), depth - 1);
		return;
	}
	assign(gen);
}

static void compound(struct gen *gen, uint32_t depth)
{
	switch (pick(gen, 9)) {
	case 0:
	case 1:
		branch(gen, depth);
		break;
	case 2:
	case 3:
		if (gen->loops < 2)
			for_loop(gen, depth);
		else
			branch(gen, depth);
		break;
	case 4:
		if (gen->loops < 2)
			while_loop(gen, depth);
		else
			assign(gen);
		break;
	case 5:
		match_statement(gen, depth);
		break;
	case 6:
	case 7:
		try_statement(gen, depth);
		break;
	case 8:
		compare_strings(gen, depth);
		break;
	}
}

static void statement(struct gen *gen, uint32_t depth)
{
	gen->fuel = 9;
	if (gen->in_bpf && !gen->in_defer && chance(gen, 45))
		bpf_statement(gen, depth);
	else if (depth && chance(gen, 40))
		compound(gen, depth);
	else if (chance(gen, 30))
		declare(gen);
	else if (chance(gen, 12))
		leave(gen);
	else if (!gen->blocks && !gen->verdict && chance(gen, 8))
		defer_statement(gen);
	else
		assign(gen);
}

void statements(struct gen *gen, uint32_t count, uint32_t depth)
{
	gen->indent++;
	for (uint32_t i = 0; i < count; i++) {
		size_t start = gen->out->len;
		bool masked = item_masked(gen);

		line(gen);
		statement(gen, depth);
		if (masked)
			gen->out->len = start;
	}
	gen->indent--;
}
