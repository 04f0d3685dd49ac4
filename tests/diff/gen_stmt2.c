/* SPDX-License-Identifier: Apache-2.0 */
/* Loops, match, errors, pointers, and what only one target has. */
#include "gen_state.h"

/* ---- loops ---- */

static void bound(struct gen *gen, enum scalar type)
{
	if (chance(gen, 40))
		emit(gen, "(%u as %s)", pick(gen, 9), scalar_name(gen, type));
	else
		expr_small(gen, type, (3u << pick(gen, 3)) | 1);
}

bool for_stmt(struct gen *gen, uint32_t depth)
{
	enum scalar type = pick_integer(gen);
	uint32_t vars = gen->var_count;
	char name[NAME_MAX_LEN];

	if (gen->loops >= 2 || vars > VARS_MAX - 8)
		return false;
	name_make(gen, name, "i");
	emit(gen, "for (%s in ", name);
	bound(gen, type);
	emit(gen, "..%s", chance(gen, 20) ? "=" : "");
	bound(gen, type);
	emit(gen, ") ");
	gen->loops++;
	if (chance(gen, 15)) {
		out_begin(gen);
		emit(gen, "(%s as u64)", name);
	} else {
		var_add(gen, name, scalar_type(type))->read_only = true;
		block(gen, 1 + pick(gen, 2), depth - 1);
	}
	gen->loops--;
	gen->var_count = vars;
	return true;
}

/* The counter of a loop, first thing in its body. */
static void count_up(struct gen *gen, const char *name)
{
	gen->indent++;
	line(gen);
	gen->indent--;
	emit(gen, "%s += 1", name);
	var_add(gen, name, scalar_type(U32))->read_only = true;
}

static void loop_body(struct gen *gen, uint32_t depth, uint32_t vars)
{
	gen->loops++;
	gen->blocks++;
	statements(gen, 1 + pick(gen, 2), depth - 1);
	gen->blocks--;
	gen->loops--;
	block_end(gen, vars);
}

bool while_stmt(struct gen *gen, uint32_t depth)
{
	uint32_t vars = gen->var_count;
	char name[NAME_MAX_LEN];

	if (gen->loops >= 2 || vars > VARS_MAX - 8)
		return false;
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
	count_up(gen, name);
	loop_body(gen, depth, vars);
	return true;
}

bool forever_stmt(struct gen *gen, uint32_t depth)
{
	uint32_t vars = gen->var_count;
	char name[NAME_MAX_LEN];

	if (gen->loops >= 1 || vars > VARS_MAX - 8)
		return false;
	name_make(gen, name, "w");
	emit(gen, "var %s: u32 = 0", name);
	line(gen);
	emit(gen, "while (true) {");
	count_up(gen, name);
	gen->indent++;
	line(gen);
	emit(gen, "if (%s > %u) { break }", name, pick(gen, 12));
	gen->indent--;
	loop_body(gen, depth, vars);
	return true;
}

/* ---- match, errors ---- */

static void match_values(struct gen *gen, uint32_t depth)
{
	uint32_t low = pick(gen, 5);

	expr_varying(gen, chance(gen, 50) ? U8 : pick_integer(gen), 2);
	emit(gen, ") {");
	gen->indent++;
	for (uint32_t i = 0; i < 2; i++) {
		line(gen);
		if (chance(gen, 50))
			emit(gen, "%u: ", low + i * 40);
		else
			emit(gen, "%u..%u: ", low + i * 40, low + i * 40 + 30);
		block(gen, 1, depth - 1);
	}
}

bool match_stmt(struct gen *gen, uint32_t depth)
{
	uint32_t n = gen->number;

	emit(gen, "match (");
	if (chance(gen, 30)) {
		expr_varying(gen, ENUM, 2);
		emit(gen, ") {");
		gen->indent++;
		line(gen);
		emit(gen, "A_%u | C_%u: ", n, n);
		block(gen, 1, depth - 1);
	} else {
		match_values(gen, depth);
	}
	line(gen);
	emit(gen, "default: ");
	block(gen, 1, depth - 1);
	gen->indent--;
	line(gen);
	emit(gen, "}");
	return true;
}

/* A statement with such a call, where there is one. */
static void call_that_throws(struct gen *gen)
{
	for (uint32_t i = 0; i < gen->func_count; i++) {
		const struct gfunc *func = &gen->funcs[i];
		size_t start = gen->out->len;

		if (!func->throws || func->result.shape != SHAPE_SCALAR)
			continue;
		gen->indent++;
		line(gen);
		gen->indent--;
		out_begin(gen);
		emit(gen, "(");
		if (call(gen, func->result, 1)) {
			emit(gen, " as u64)");
			return;
		}
		gen->out->len = start;
	}
}

bool try_stmt(struct gen *gen, uint32_t depth)
{
	uint32_t vars = gen->var_count;

	emit(gen, "try {");
	gen->tries++;
	gen->blocks++;
	call_that_throws(gen);
	statements(gen, 1 + pick(gen, 2), depth - 1);
	gen->blocks--;
	gen->tries--;
	block_end(gen, vars);
	if (chance(gen, 60)) {
		emit(gen, " catch %u ", 1 + pick(gen, 3));
		block(gen, 1, depth - 1);
	}
	if (chance(gen, 30)) {
		emit(gen, " catch B_%u ", gen->number);
		block(gen, 1, depth - 1);
	}
	emit(gen, " catch _ ");
	block(gen, 1 + pick(gen, 2), depth - 1);
	return true;
}

bool defer_stmt(struct gen *gen, uint32_t depth)
{
	emit(gen, "defer ");
	gen->in_defer = true;
	if (chance(gen, 30)) {
		if (!call(gen, scalar_type(pick_integer(gen)), 1)) {
			gen->in_defer = false;
			return false;
		}
	} else {
		block(gen, 1 + pick(gen, 2), chance(gen, 30));
	}
	gen->in_defer = false;
	return true;
}

/* ---- text ---- */

bool text_stmt(struct gen *gen, uint32_t depth)
{
	emit(gen, "if (");
	if (!variable_of(gen, string_type(7), false) && !variable_of(gen, string_type(3), false) &&
	    !variable_of(gen, string_type(15), false))
		return false;
	emit(gen, " %s ", chance(gen, 70) ? "==" : "!=");
	expr_value(gen, string_type(chance(gen, 50) ? 7 : 10), 1);
	emit(gen, ") ");
	block(gen, 1 + pick(gen, 2), depth - 1);
	return true;
}

/* ---- pointers ---- */

/* A variable that can be pointed at, by name. */
static const struct gvar *target_pick(struct gen *gen)
{
	for (uint32_t tries = 0; tries < 8 && gen->var_count; tries++) {
		const struct gvar *var = &gen->vars[pick(gen, gen->var_count)];

		if (!var->read_only && !var->by_pointer && var->name[0] != 'e' &&
		    (var->type.shape == SHAPE_STRUCT || var->type.shape == SHAPE_SCALAR))
			return var;
	}
	return NULL;
}

bool pointer_stmt(struct gen *gen, uint32_t depth)
{
	const struct gvar *to = target_pick(gen);
	char name[NAME_MAX_LEN];
	struct gtype type;

	if (!to || gen->var_count > VARS_MAX - 8 || gen->stack < 8)
		return false;
	gen->stack -= 8;
	type = to->type;
	type.shape = SHAPE_POINTER;
	name_make(gen, name, "q");
	emit(gen, "var %s", name);
	if (chance(gen, 50)) {
		emit(gen, ": ");
		emit_type(gen, type);
	}
	emit(gen, " = &%s", to->name);
	var_add(gen, name, type)->by_pointer = true;
	return true;
}

/* The address of an element, which is null when the index is outside. */
bool element_stmt(struct gen *gen, uint32_t depth)
{
	uint32_t vars = gen->var_count;
	char name[NAME_MAX_LEN];
	struct gtype type;

	for (uint32_t i = vars; i-- > 0;) {
		const struct gvar *var = &gen->vars[i];

		if (var->type.shape != SHAPE_ARRAY || var->type.rows || chance(gen, 30))
			continue;
		name_make(gen, name, "q");
		emit(gen, "if (var %s = &%s[", name, var->name);
		expr_varying(gen, U8, 1);
		emit(gen, " & 7]) {");
		type = var->type;
		type.shape = SHAPE_POINTER;
		type.len = 0;
		var_add(gen, name, type)->by_pointer = true;
		gen->blocks++;
		statements(gen, 1 + pick(gen, 2), depth - 1);
		gen->blocks--;
		block_end(gen, vars);
		return true;
	}
	return false;
}

bool function_value_stmt(struct gen *gen, uint32_t depth)
{
	char name[NAME_MAX_LEN];

	for (uint32_t i = 0; i < gen->func_count; i++) {
		const struct gfunc *func = &gen->funcs[i];

		if (func->throws || func->takes_context || func->count != 1 ||
		    func->result.shape != SHAPE_SCALAR ||
		    (func->where != WHERE_SHARED && func->where != gen->where) ||
		    (func->where != WHERE_SHARED && gen->bound))
			continue;
		name_make(gen, name, "fv");
		emit(gen, "var %s: fn(", name);
		emit_type(gen, func->params[0]);
		emit(gen, ") -> ");
		emit_type(gen, func->result);
		emit(gen, " = %s", func->name);
		line(gen);
		out_begin(gen);
		emit(gen, "(%s(", name);
		expr_value(gen, func->params[0], 1);
		emit(gen, ") as u64)");
		return true;
	}
	return false;
}

/* ---- what one target has ---- */

bool print_stmt(struct gen *gen, uint32_t depth)
{
	enum scalar type = pick_integer(gen);

	if (gen->loops)
		return false;
	emit(gen, "print(\"%u print %%%c\", ", gen->number, is_signed(type) ? 'd' : 'u');
	expr_varying(gen, type, 2);
	if (chance(gen, 40)) {
		emit(gen, ", ");
		if (!variable_of(gen, string_type(7), false))
			expr_varying(gen, BOOL, 1);
	}
	emit(gen, ")");
	return true;
}

bool assert_stmt(struct gen *gen, uint32_t depth)
{
	emit(gen, "assert(");
	expr_condition(gen, 2);
	emit(gen, " || a != 5, \"program %u\")", gen->number);
	return true;
}

bool atomic_stmt(struct gen *gen, uint32_t depth)
{
	for (uint32_t i = 0; i < gen->global_count; i++) {
		const struct gvar *global = &gen->globals[i];
		enum scalar type = global->type.scalar;

		if (global->type.shape != SHAPE_SCALAR || type > I64 || scalar_size(type) < 4)
			continue;
		out_begin(gen);
		emit(gen, "(");
		switch (pick(gen, 3)) {
		case 0:
			emit(gen, "xchg(&%s, ", global->name);
			break;
		case 1:
			emit(gen, "fetch_add(&%s, ", global->name);
			break;
		case 2:
			emit(gen, "cas(&%s, ", global->name);
			expr_varying(gen, type, 1);
			emit(gen, ", ");
			break;
		}
		expr_varying(gen, type, 1);
		emit(gen, ") as u64)");
		return true;
	}
	return false;
}

bool new_stmt(struct gen *gen, uint32_t depth)
{
	uint32_t vars = gen->var_count;
	struct gtype type = struct_type(pick(gen, gen->struct_count));
	char name[NAME_MAX_LEN];

	if (gen->loops || vars > VARS_MAX - 8)
		return false;
	name_make(gen, name, "q");
	emit(gen, "var %s = new ", name);
	emit_type(gen, type);
	emit(gen, "()");
	type.shape = SHAPE_POINTER;
	var_add(gen, name, type)->by_pointer = true;
	for (uint32_t i = 1 + pick(gen, 2); i > 0; i--) {
		size_t start = gen->out->len;

		line(gen);
		if (!assign_stmt(gen, 0))
			gen->out->len = start;
	}
	gen->var_count = vars;
	line(gen);
	emit(gen, "delete %s", name);
	return true;
}

/* Never null, which the compiler cannot know: null would end the program. */
bool trap_stmt(struct gen *gen, uint32_t depth)
{
	char name[NAME_MAX_LEN];

	name_make(gen, name, "q");
	emit(gen, "var %s = (a | 1) > (a & 0) ? &out_%u : null", name, gen->number);
	line(gen);
	emit(gen, "*%s ^= ", name);
	expr_varying(gen, U64, 1);
	return true;
}

bool float_stmt(struct gen *gen, uint32_t depth)
{
	char name[NAME_MAX_LEN];

	name_make(gen, name, "d");
	emit(gen, "var %s: %s = ((", name, chance(gen, 70) ? "f64" : "f32");
	expr_varying(gen, pick_integer(gen), 1);
	emit(gen, ") as %s) %c 1.5", chance(gen, 70) ? "f32" : "f64", "+-*/"[pick(gen, 4)]);
	line(gen);
	out_begin(gen);
	emit(gen, "(%s %s 0.25 ? (%s as %s) as u64 : (-%s) as u64)", name,
	     chance(gen, 50) ? "<" : ">=", name, scalar_name(gen, pick_integer(gen)), name);
	return true;
}
