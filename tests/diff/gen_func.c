/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_state.h"

#include <stdio.h>
#include <string.h>

/* The state of a function's body; variables of other functions are out of sight. */
static void body_begin(struct gen *gen, struct gtype result, enum where where, uint32_t stack)
{
	gen->var_count = 0;
	gen->result = result;
	gen->is_program = gen->has_packet = false;
	gen->where = where;
	gen->stack = stack;
	gen->loops = gen->blocks = gen->tries = 0;
	gen->named_result = gen->throws = false;
	gen->indent = 0;
	gen->bound = NULL;
	for (uint32_t i = 0; i < gen->global_count; i++)
		var_add(gen, gen->globals[i].name, gen->globals[i].type);
}

static uint32_t body_size(struct gen *gen)
{
	static const uint32_t sizes[] = {1, 2, 3, 6};

	return sizes[gen->size] + pick(gen, 1 + gen->size);
}

/* What the function gives at its end, in one of the ways of the language. */
static void body_end(struct gen *gen)
{
	gen->indent = 1;
	gen->throws = false;
	gen->fuel = 12;
	line(gen);
	if (gen->named_result && chance(gen, 60)) {
		emit(gen, "%s\n}\n", chance(gen, 50) ? "return" : "");
		return;
	}
	if (gen->result.shape == SHAPE_SCALAR && !gen->named_result && chance(gen, 15)) {
		expr_either(gen, gen->result, 2);
	} else {
		emit(gen, "return ");
		expr_value(gen, gen->result, 2);
	}
	emit(gen, "\n}\n");
}

static struct gtype pick_param(struct gen *gen, enum where where)
{
	struct gtype type = pick_type(gen);

	if (chance(gen, 20)) {
		type = chance(gen, 50) ? scalar_type(pick_integer(gen))
				       : struct_type(pick(gen, gen->struct_count));
		type.shape = SHAPE_POINTER;
		return type;
	}
	if (type_size(gen, type) > 24 || has_union(gen, type))
		type = scalar_type(pick_scalar(gen));
	return type;
}

static void params_declare(struct gen *gen, struct gfunc *func)
{
	const char *context = gen->is_tc ? "__sk_buff" : "xdp_md";

	emit(gen, "(");
	if (func->takes_context)
		emit(gen, "ctx: *%s, ", context);
	for (uint32_t i = 0; i < func->count; i++) {
		char name[NAME_MAX_LEN] = "a";

		func->params[i] = i ? pick_param(gen, func->where) : scalar_type(U64);
		if (i)
			snprintf(name, sizeof(name), "p%u", i);
		emit(gen, "%s%s: ", i ? ", " : "", name);
		emit_type(gen, func->params[i]);
		if (func->params[i].shape == SHAPE_POINTER)
			var_add(gen, name, func->params[i])->by_pointer = true;
		else
			var_add(gen, name, func->params[i]);
	}
	emit(gen, ")");
}

static struct gtype pick_result(struct gen *gen)
{
	struct gtype type;

	do {
		type = pick_type(gen);
	} while (type_size(gen, type) > 48 || type.shape == SHAPE_ARRAY || has_union(gen, type));
	return type;
}

void function_declare(struct gen *gen, enum where where)
{
	struct gfunc func = {.count = 1 + pick(gen, 4), .where = where};

	if (gen->func_count == FUNCS_MAX)
		return;
	func.result = pick_result(gen);
	if (chance(gen, 10))
		func.count = 6 + pick(gen, 3);
	func.throws = chance(gen, 35);
	func.takes_context = where == WHERE_BPF && chance(gen, 60);
	name_make(gen, func.name, "f");
	chunk_begin(gen, func.name);
	body_begin(gen, func.result, where, 70);
	emit(gen, "%sfn %s", where == WHERE_BPF ? "@helper " : "", func.name);
	params_declare(gen, &func);
	gen->named_result = chance(gen, 30);
	emit(gen, gen->named_result ? " -> r: " : " -> ");
	emit_type(gen, func.result);
	emit(gen, " {");
	if (gen->named_result)
		var_add(gen, "r", func.result);
	if (func.takes_context) {
		emit(gen, "\n\tvar p = ctx->data");
		gen->has_packet = true;
	}
	gen->throws = func.throws;
	if (func.throws)
		emit(gen, "\n\tif (a %% %u == 1) { throw %u }", 3 + pick(gen, 4), 1 + pick(gen, 4));
	statements(gen, body_size(gen), 1 + (gen->size > 1));
	body_end(gen);
	gen->funcs[gen->func_count++] = func;
}

void effect_declare(struct gen *gen)
{
	struct gfunc *func = &gen->funcs[gen->func_count];
	enum scalar type = pick_integer(gen);
	const char *name = scalar_name(gen, type);
	bool global = chance(gen, 30);

	if (gen->func_count == FUNCS_MAX)
		return;
	memset(func, 0, sizeof(*func));
	name_make(gen, func->name, "n");
	chunk_begin(gen, func->name);
	emit(gen, "var %s: %s\n", func->name, name);
	func->name[0] = 'h';
	chunk_begin(gen, func->name);
	emit(gen, "@helper%s fn %s(x: u32) -> %s {\n", global ? "(\"global\")" : "", func->name,
	     name);
	emit(gen, "\tn%s += x as %s\n\treturn n%s\n}\n", func->name + 1, name, func->name + 1);
	func->params[0] = scalar_type(U32);
	func->count = 1;
	func->result = scalar_type(type);
	func->where = WHERE_BPF;
	gen->func_count++;
}

void work_declare(struct gen *gen)
{
	char name[NAME_MAX_LEN];

	snprintf(name, sizeof(name), "work_%u", gen->number);
	chunk_begin(gen, name);
	body_begin(gen, scalar_type(U64), WHERE_SHARED, 130);
	emit(gen, "fn %s(a: u64, b: u64) -> u64 {", name);
	var_add(gen, "a", scalar_type(U64));
	var_add(gen, "b", scalar_type(U64));
	statements(gen, 1 + body_size(gen), 1 + (gen->size > 0));
	body_end(gen);
}

/* A program that only tail calls reach. */
static void tail_declare(struct gen *gen)
{
	const char *context = gen->is_tc ? "__sk_buff" : "xdp_md";

	gen->has_tail = chance(gen, 15);
	if (!gen->has_tail)
		return;
	snprintf(gen->scratch, sizeof(gen->scratch), "tail_%u", gen->number);
	chunk_begin(gen, gen->scratch);
	emit(gen, "%s fn tail_%u(ctx: *%s) -> %s {\n\tout_%u += 77\n\treturn %s\n}\n",
	     gen->is_tc ? "@tc(\"ingress\")" : "@xdp", gen->number, context,
	     gen->is_tc ? "i32" : "xdp_action", gen->number, gen->is_tc ? "2" : "XDP_TX");
}

void run_declare(struct gen *gen)
{
	char name[NAME_MAX_LEN];

	tail_declare(gen);
	snprintf(name, sizeof(name), "run_%u", gen->number);
	chunk_begin(gen, name);
	body_begin(gen, scalar_type(U64), WHERE_BPF, 110);
	gen->is_program = gen->has_packet = true;
	if (gen->is_tc)
		emit(gen, "@tc(\"%s\") fn %s(ctx: *__sk_buff) -> i32 {\n",
		     chance(gen, 50) ? "ingress" : "egress", name);
	else
		emit(gen, "@xdp fn %s(ctx: *xdp_md) -> xdp_action {\n", name);
	emit(gen, "\tvar a: u64 = in_a\n\tvar b: u64 = in_b\n\tvar p = ctx->data\n");
	emit(gen, "\tout_%u = work_%u(a, b)", gen->number, gen->number);
	var_add(gen, "a", scalar_type(U64));
	var_add(gen, "b", scalar_type(U64));
	statements(gen, 1 + body_size(gen), 1 + (gen->size > 0));
	emit(gen, "\n\treturn %s\n}\n", gen->is_tc ? "TC_ACT_OK" : "XDP_PASS");
}

void user_declare(struct gen *gen)
{
	char name[NAME_MAX_LEN];

	snprintf(name, sizeof(name), "user_%u", gen->number);
	chunk_begin(gen, name);
	body_begin(gen, scalar_type(U64), WHERE_USER, 4000);
	emit(gen, "fn %s(a: u64, b: u64) -> u64 {\n\tout_%u = a ^ b", name, gen->number);
	var_add(gen, "a", scalar_type(U64));
	var_add(gen, "b", scalar_type(U64));
	statements(gen, 1 + body_size(gen), 1 + (gen->size > 0));
	body_end(gen);
}

void sums_declare(struct gen *gen)
{
	char name[NAME_MAX_LEN];

	snprintf(name, sizeof(name), "sums_%u", gen->number);
	chunk_begin(gen, name);
	body_begin(gen, scalar_type(U64), WHERE_USER, 4000);
	emit(gen, "fn %s() -> u64 {\n\tvar sum: u64 = 0", name);
	gen->indent = 1;
	for (uint32_t i = 0; i < gen->global_count; i++) {
		if (!has_union(gen, gen->globals[i].type))
			value_sum(gen, gen->globals[i].name, gen->globals[i].type);
	}
	for (uint32_t i = 0; i < gen->map_count; i++)
		map_sum(gen, &gen->maps[i]);
	emit(gen, "\n\treturn sum\n}\n");
}
