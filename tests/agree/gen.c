/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_state.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const scalar_names[SCALARS] = {"u8",  "u16", "u32", "u64", "i8",
					   "i16", "i32", "i64", "bool"};
const uint32_t scalar_bytes[SCALARS] = {1, 2, 4, 8, 1, 2, 4, 8, 1};

static uint64_t next_random(struct gen *gen)
{
	uint64_t z = gen->random += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint32_t pick(struct gen *gen, uint32_t n)
{
	return (uint32_t)(next_random(gen) >> 33) % n;
}

bool chance(struct gen *gen, uint32_t percent)
{
	return pick(gen, 100) < percent;
}

enum scalar pick_scalar(struct gen *gen)
{
	return (enum scalar)pick(gen, SCALARS);
}

enum scalar pick_integer(struct gen *gen)
{
	return (enum scalar)pick(gen, BOOL);
}

struct gtype scalar_type(enum scalar scalar)
{
	return (struct gtype){SHAPE_SCALAR, scalar, 0};
}

struct gtype pick_type(struct gen *gen)
{
	static const uint32_t lengths[] = {2, 3, 4, 5, 7, 8}, capacities[] = {3, 7, 10, 15};

	switch (pick(gen, 10)) {
	case 0:
		return (struct gtype){SHAPE_ARRAY, pick_scalar(gen), lengths[pick(gen, 6)]};
	case 1:
		return (struct gtype){SHAPE_STRING, U8, capacities[pick(gen, 4)]};
	case 2:
	case 3:
		if (gen->struct_count)
			return (struct gtype){SHAPE_STRUCT, U8, pick(gen, gen->struct_count)};
	}
	return scalar_type(pick_scalar(gen));
}

uint32_t type_size(const struct gen *gen, struct gtype type)
{
	switch (type.shape) {
	case SHAPE_SCALAR:
		return scalar_bytes[type.scalar];
	case SHAPE_ARRAY:
		return scalar_bytes[type.scalar] * type.len;
	case SHAPE_STRUCT:
		return gen->structs[type.len].size;
	case SHAPE_STRING:
		return type.len + 1;
	}
	return 0;
}

void emit(struct gen *gen, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(gen->out, fmt, args);
	va_end(args);
}

void emit_type(struct gen *gen, struct gtype type)
{
	switch (type.shape) {
	case SHAPE_SCALAR:
		emit(gen, "%s", scalar_names[type.scalar]);
		break;
	case SHAPE_ARRAY:
		emit(gen, "%s[%u]", scalar_names[type.scalar], type.len);
		break;
	case SHAPE_STRUCT:
		emit(gen, "%s", gen->structs[type.len].name);
		break;
	case SHAPE_STRING:
		emit(gen, "str(%u)", type.len);
		break;
	}
}

void line(struct gen *gen)
{
	emit(gen, "\n");
	strbuf_pad(gen->out, '\t', gen->indent);
}

bool item_masked(struct gen *gen)
{
	uint32_t item = gen->items++;

	return gen->mask && item < gen->mask->count && gen->mask->masked[item];
}

void name_make(struct gen *gen, char name[24], const char *prefix)
{
	snprintf(name, 24, "%s%u_%u", prefix, gen->names++, gen->number);
}

struct gvar *var_add(struct gen *gen, const char *name, struct gtype type)
{
	struct gvar *var;

	if (gen->var_count == VARS_MAX)
		abort();
	var = &gen->vars[gen->var_count++];
	memset(var, 0, sizeof(*var));
	memccpy(var->name, name, 0, sizeof(var->name) - 1);
	var->type = type;
	return var;
}

struct chunk *chunk_begin(struct gen *gen, const char *name)
{
	struct chunk *chunk;

	if (gen->chunk_count == CHUNKS_MAX)
		abort();
	chunk = &gen->chunks[gen->chunk_count++];
	memccpy(chunk->name, name, 0, sizeof(chunk->name) - 1);
	gen->out = &chunk->text;
	return chunk;
}

static void struct_declare(struct gen *gen)
{
	struct gstruct *new = &gen->structs[gen->struct_count];

	name_make(gen, new->name, "S");
	chunk_begin(gen, new->name);
	emit(gen, "struct %s {", new->name);
	new->count = 1 + pick(gen, FIELDS_MAX);
	for (uint32_t i = 0; i < new->count; i++) {
		struct gvar *field = &new->fields[i];

		do {
			field->type = pick_type(gen);
		} while (type_size(gen, field->type) > 24);
		snprintf(field->name, sizeof(field->name), "f%u", i);
		emit(gen, "\n\t%s: ", field->name);
		emit_type(gen, field->type);
		/* Padding is at most seven bytes. */
		new->size += (type_size(gen, field->type) + 7) & ~7u;
	}
	emit(gen, "\n}\n");
	gen->struct_count++;
}

/* The state of a function's body; variables of other functions are out of sight. */
static void body_begin(struct gen *gen, struct gtype result, bool in_bpf, uint32_t stack)
{
	gen->var_count = 0;
	gen->result = result;
	gen->verdict = NULL;
	gen->in_bpf = in_bpf;
	gen->stack = stack;
	gen->loops = gen->blocks = gen->tries = 0;
	gen->named_result = false;
	gen->indent = 0;
	gen->bound = NULL;
}

static void body_end(struct gen *gen)
{
	gen->indent = 1;
	line(gen);
	emit(gen, "return ");
	gen->fuel = 12;
	gen->throws = false;
	expr_value(gen, gen->result, 3);
	emit(gen, "\n}\n");
}

static void function_declare(struct gen *gen)
{
	struct gfunc func = {.count = 1 + pick(gen, 4), .result = pick_type(gen)};

	if (chance(gen, 20))
		func.count = 6 + pick(gen, 3);
	while (type_size(gen, func.result) > 48 || func.result.shape == SHAPE_ARRAY)
		func.result = pick_type(gen);
	func.throws = chance(gen, 20);
	name_make(gen, func.name, "f");
	chunk_begin(gen, func.name);
	body_begin(gen, func.result, false, 90);
	emit(gen, "fn %s(", func.name);
	for (uint32_t i = 0; i < func.count; i++) {
		char name[24] = "a";

		func.params[i] = i ? pick_type(gen) : scalar_type(U64);
		if (type_size(gen, func.params[i]) > 24)
			func.params[i] = scalar_type(pick_scalar(gen));
		if (i)
			snprintf(name, sizeof(name), "p%u", i);
		emit(gen, "%s%s: ", i ? ", " : "", name);
		emit_type(gen, func.params[i]);
		var_add(gen, name, func.params[i]);
	}
	gen->named_result = chance(gen, 30);
	emit(gen, gen->named_result ? ") -> r: " : ") -> ");
	emit_type(gen, func.result);
	emit(gen, " {");
	if (gen->named_result)
		var_add(gen, "r", func.result);
	gen->throws = func.throws;
	statements(gen, 1 + pick(gen, 4), 1);
	body_end(gen);
	gen->funcs[gen->func_count++] = func;
}

static void work_declare(struct gen *gen)
{
	char name[24];

	snprintf(name, sizeof(name), "work_%u", gen->number);
	chunk_begin(gen, name);
	body_begin(gen, scalar_type(U64), false, 160);
	emit(gen, "fn %s(a: u64, b: u64) -> u64 {", name);
	var_add(gen, "a", scalar_type(U64));
	var_add(gen, "b", scalar_type(U64));
	statements(gen, 3 + pick(gen, 6), 2);
	body_end(gen);
}

static void run_declare(struct gen *gen)
{
	char name[24];

	snprintf(name, sizeof(name), "run_%u", gen->number);
	chunk_begin(gen, name);
	body_begin(gen, scalar_type(U64), true, 130);
	gen->verdict = "XDP_TX";
	emit(gen, "@xdp fn %s(ctx: *xdp_md) -> xdp_action {\n", name);
	emit(gen, "\tvar a: u64 = in_a\n\tvar b: u64 = in_b\n\tvar p = ctx->data\n");
	emit(gen, "\tout_%u = work_%u(a, b)", gen->number, gen->number);
	for (uint32_t i = 0; i < gen->global_count; i++)
		var_add(gen, gen->globals[i].name, gen->globals[i].type)->shared = true;
	var_add(gen, "a", scalar_type(U64));
	var_add(gen, "b", scalar_type(U64));
	statements(gen, 3 + pick(gen, 6), 2);
	emit(gen, "\n\treturn XDP_PASS\n}\n");
}

/* Whether a name stands somewhere as a whole word. */
static bool is_named(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
		if (!isalnum((unsigned char)at[len]) && at[len] != '_' &&
		    (at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_')))
			return true;
	}
	return false;
}

/* Declarations stand before their uses, so one pass from the end finds what is needed. */
static void chunks_join(struct gen *gen, struct strbuf *out)
{
	struct strbuf text = {0};
	uint32_t wanted = gen->chunk_count - 1;
	bool used[CHUNKS_MAX] = {false};

	used[wanted] = true;
	strbuf_puts(&text, strbuf_text(&gen->chunks[wanted].text));
	for (uint32_t i = wanted; i-- > 0;) {
		used[i] = is_named(strbuf_text(&text), gen->chunks[i].name);
		if (used[i])
			strbuf_puts(&text, strbuf_text(&gen->chunks[i].text));
	}
	for (uint32_t i = 0; i < gen->chunk_count; i++) {
		if (used[i])
			strbuf_puts(out, strbuf_text(&gen->chunks[i].text));
		strbuf_free(&gen->chunks[i].text);
	}
	strbuf_free(&text);
}

uint32_t gen_program(struct strbuf *out, uint32_t number, uint64_t seed,
		     const struct gen_mask *mask)
{
	struct gen *gen = calloc(1, sizeof(*gen));
	uint32_t items;
	char name[24];

	if (!gen)
		abort();
	gen->number = number;
	gen->random = seed;
	gen->mask = mask;
	/* All that needs the enum names its second variant. */
	snprintf(name, sizeof(name), "B_%u", number);
	chunk_begin(gen, name);
	emit(gen, "enum E_%u { A_%u = 1, B_%u = 10, C_%u }\n", number, number, number, number);
	snprintf(name, sizeof(name), "out_%u", number);
	chunk_begin(gen, name);
	emit(gen, "var out_%u: u64\n", number);
	for (uint32_t i = 1 + pick(gen, STRUCTS_MAX); i > 0; i--)
		struct_declare(gen);
	for (uint32_t i = pick(gen, FUNCS_MAX); i > 0; i--)
		function_declare(gen);
	work_declare(gen);
	maps_declare(gen);
	globals_declare(gen);
	run_declare(gen);
	chunks_join(gen, out);
	items = gen->items;
	free(gen);
	return items;
}

void gen_head(struct strbuf *out)
{
	strbuf_puts(out, "var in_a: u64 = 1\nvar in_b: u64 = 2\n");
}

void gen_main(struct strbuf *out, const uint32_t *numbers, uint32_t count,
	      const uint64_t (*inputs)[2], uint32_t sets)
{
	strbuf_puts(out, "fn main() -> i32 {\n");
	for (uint32_t set = 0; set < sets; set++) {
		for (uint32_t i = 0; i < count; i++)
			strbuf_printf(out,
				      "\tprint(\"%u %u %%u\", work_%u(%" PRIu64 ", %" PRIu64 "))\n",
				      numbers[i], set, numbers[i], inputs[set][0], inputs[set][1]);
	}
	strbuf_puts(out, "\treturn 0\n}\n");
}
