/* SPDX-License-Identifier: Apache-2.0 */
#include "gen_state.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	uint32_t size;
	uint32_t weight; /* how often variables get the type */
} scalars[SCALARS] = {
	{"u8", 1, 12},	{"u16", 2, 12}, {"u32", 4, 16}, {"u64", 8, 16}, {"i8", 1, 10},
	{"i16", 2, 10}, {"i32", 4, 12}, {"i64", 8, 12}, {"bool", 1, 8}, {"char", 1, 5},
	{"be16", 2, 4}, {"be32", 4, 4}, {"be64", 8, 3}, {"E", 4, 5},
};

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
	uint32_t sum = 0, at;

	for (uint32_t i = 0; i < SCALARS; i++)
		sum += scalars[i].weight;
	at = pick(gen, sum);
	for (uint32_t i = 0; i < SCALARS; i++) {
		if (at < scalars[i].weight)
			return (enum scalar)i;
		at -= scalars[i].weight;
	}
	return U32;
}

enum scalar pick_integer(struct gen *gen)
{
	return (enum scalar)pick(gen, BOOL);
}

bool is_signed(enum scalar type)
{
	return type >= I8 && type <= I64;
}

uint32_t scalar_size(enum scalar type)
{
	return scalars[type].size;
}

const char *scalar_name(struct gen *gen, enum scalar type)
{
	if (type != ENUM)
		return scalars[type].name;
	snprintf(gen->scratch, sizeof(gen->scratch), "E_%u", gen->number);
	return gen->scratch;
}

struct gtype scalar_type(enum scalar scalar)
{
	return (struct gtype){.shape = SHAPE_SCALAR, .scalar = scalar};
}

struct gtype string_type(uint32_t capacity)
{
	return (struct gtype){.shape = SHAPE_STRING, .len = capacity};
}

struct gtype struct_type(uint32_t number)
{
	return (struct gtype){.shape = SHAPE_STRUCT, .of = number + 1};
}

bool same_type(struct gtype a, struct gtype b)
{
	return !memcmp(&a, &b, sizeof(a));
}

struct gstruct *struct_of(struct gen *gen, struct gtype type)
{
	return &gen->structs[type.of - 1];
}

static struct gtype pick_array(struct gen *gen)
{
	static const uint32_t lengths[] = {2, 3, 4, 5, 7, 8};
	struct gtype type = {.shape = SHAPE_ARRAY, .scalar = pick_scalar(gen)};

	type.len = lengths[pick(gen, 6)];
	if (chance(gen, 20)) {
		type.rows = 2 + pick(gen, 2);
		type.len = 2 + pick(gen, 2);
	} else if (gen->struct_count && chance(gen, 20)) {
		type.scalar = U8;
		type.of = 1 + pick(gen, gen->struct_count);
		type.len = 2 + pick(gen, 2);
	}
	return type;
}

struct gtype pick_type(struct gen *gen)
{
	static const uint32_t capacities[] = {3, 7, 10, 15};

	switch (pick(gen, 10)) {
	case 0:
		return pick_array(gen);
	case 1:
		return string_type(capacities[pick(gen, 4)]);
	case 2:
	case 3:
		if (gen->struct_count)
			return struct_type(pick(gen, gen->struct_count));
	}
	return scalar_type(pick_scalar(gen));
}

uint32_t type_size(struct gen *gen, struct gtype type)
{
	uint32_t size = type.of ? struct_of(gen, type)->size : scalar_size(type.scalar);

	switch (type.shape) {
	case SHAPE_SCALAR:
	case SHAPE_STRUCT:
		return size;
	case SHAPE_ARRAY:
		return size * type.len * (type.rows ? type.rows : 1);
	case SHAPE_STRING:
		return type.len + 1;
	case SHAPE_POINTER:
		return 8;
	}
	return 0;
}

bool has_union(struct gen *gen, struct gtype type)
{
	const struct gstruct *of;

	if (!type.of)
		return false;
	of = struct_of(gen, type);
	if (of->is_union)
		return true;
	for (uint32_t i = 0; i < of->count; i++) {
		if (has_union(gen, of->fields[i].type))
			return true;
	}
	return false;
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
	const char *name = type.of ? struct_of(gen, type)->name : scalar_name(gen, type.scalar);

	switch (type.shape) {
	case SHAPE_SCALAR:
	case SHAPE_STRUCT:
		emit(gen, "%s", name);
		break;
	case SHAPE_ARRAY:
		if (type.rows)
			emit(gen, "%s[%u][%u]", name, type.rows, type.len);
		else if (type.len == 7)
			emit(gen, "[%s; 7]", name);
		else
			emit(gen, "%s[%u]", name, type.len);
		break;
	case SHAPE_STRING:
		emit(gen, "str(%u)", type.len);
		break;
	case SHAPE_POINTER:
		emit(gen, "*%s", name);
		break;
	}
}

void line(struct gen *gen)
{
	emit(gen, "\n");
	strbuf_pad(gen->out, '\t', gen->indent);
}

void name_make(struct gen *gen, char name[NAME_MAX_LEN], const char *prefix)
{
	snprintf(name, NAME_MAX_LEN, "%s%u_%u", prefix, gen->names++, gen->number);
}

struct gvar *var_add(struct gen *gen, const char *name, struct gtype type)
{
	struct gvar *var;

	if (gen->var_count == VARS_MAX)
		abort();
	var = &gen->vars[gen->var_count++];
	memset(var, 0, sizeof(*var));
	snprintf(var->name, sizeof(var->name), "%s", name);
	var->type = type;
	return var;
}

void chunk_begin(struct gen *gen, const char *name)
{
	struct chunk *chunk;

	if (gen->chunk_count == CHUNKS_MAX)
		abort();
	chunk = &gen->chunks[gen->chunk_count++];
	snprintf(chunk->name, sizeof(chunk->name), "%s", name);
	gen->out = &chunk->text;
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
	bool used[CHUNKS_MAX] = {false};

	for (uint32_t i = gen->chunk_count; i-- > 0;) {
		const char *name = gen->chunks[i].name;

		used[i] = !strncmp(name, "run_", 4) || !strncmp(name, "E_", 2) ||
			  !strncmp(name, "sums_", 5) || !strncmp(name, "user_", 5) ||
			  is_named(strbuf_text(&text), name);
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

/* Most programs are small; the cost of a large one is that of ten. */
static uint32_t pick_size(struct gen *gen)
{
	uint32_t at = pick(gen, 100);

	return at < 65 ? 0 : at < 90 ? 1 : at < 98 ? 2 : 3;
}

void gen_program(struct strbuf *out, uint32_t number, uint64_t seed)
{
	struct gen *gen = calloc(1, sizeof(*gen));
	char name[NAME_MAX_LEN];

	if (!gen)
		abort();
	gen->number = number;
	gen->random = seed;
	gen->size = pick_size(gen);
	gen->is_tc = chance(gen, 40);
	enum_declare(gen);
	snprintf(name, sizeof(name), "out_%u", number);
	chunk_begin(gen, name);
	emit(gen, "var out_%u: u64\n", number);
	for (uint32_t i = 1 + pick(gen, 2 + gen->size % 3); i > 0; i--)
		struct_declare(gen);
	globals_declare(gen);
	for (uint32_t i = pick(gen, 2 + gen->size); i > 0; i--)
		function_declare(gen, WHERE_SHARED);
	work_declare(gen);
	maps_declare(gen);
	effect_declare(gen);
	for (uint32_t i = pick(gen, 2 + gen->size / 2); i > 0; i--)
		function_declare(gen, WHERE_BPF);
	run_declare(gen);
	if (chance(gen, 40))
		function_declare(gen, WHERE_USER);
	user_declare(gen);
	sums_declare(gen);
	chunks_join(gen, out);
	free(gen);
}

void gen_head(struct strbuf *out)
{
	strbuf_puts(out, "include \"net.kh\"\n"
			 "var in_a: u64 = 1\nvar in_b: u64 = 2\n"
			 "@packed struct Odd { a: u8, b: u32, c: i16, d: be32 }\n"
			 "type Count = u32\n");
}

void gen_main(struct strbuf *out, const uint32_t *numbers, uint32_t count,
	      const uint64_t (*inputs)[2], uint32_t sets)
{
	strbuf_puts(out, "fn all(a: u64, b: u64, set: u32) {\n");
	for (uint32_t i = 0; i < count; i++)
		strbuf_printf(out,
			      "\tprint(\"%u work %%u %%u\", set, work_%u(a, b))\n"
			      "\tuser_%u(a, b)\n\tprint(\"%u user %%u %%u\", set, out_%u)\n",
			      numbers[i], numbers[i], numbers[i], numbers[i], numbers[i]);
	strbuf_puts(out, "}\nfn sums() {\n");
	for (uint32_t i = 0; i < count; i++)
		strbuf_printf(out, "\tprint(\"%u sums 9 %%u\", sums_%u())\n", numbers[i],
			      numbers[i]);
	strbuf_puts(out, "}\nfn main() -> i32 {\n");
	for (uint32_t set = 0; set < sets; set++)
		strbuf_printf(out, "\tall(%" PRIu64 ", %" PRIu64 ", %u)\n", inputs[set][0],
			      inputs[set][1], set);
	strbuf_puts(out, "\tsums()\n\treturn 0\n}\n");
}
