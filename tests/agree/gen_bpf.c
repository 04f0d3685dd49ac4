/* SPDX-License-Identifier: Apache-2.0 */
/* What only the kernel and the interpreter run: maps, globals, the packet. */
#include "gen_state.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[MAP_KINDS] = {"hash", "array", "percpu_array", "percpu_hash",
						  "lru_hash"};

static bool is_array(const struct gmap *map)
{
	return map->kind == MAP_ARRAY || map->kind == MAP_PERCPU_ARRAY;
}

void maps_declare(struct gen *gen)
{
	for (uint32_t i = 1 + pick(gen, MAPS_MAX - 1); i > 0; i--) {
		struct gmap *map = &gen->maps[gen->map_count++];

		map->kind = (enum gmap_kind)pick(gen, MAP_KINDS);
		map->key = scalar_type(is_array(map) ? U32 : (enum scalar)pick(gen, I8));
		map->value = scalar_type((enum scalar)pick(gen, BOOL));
		if (chance(gen, 40))
			map->value = (struct gtype){SHAPE_STRUCT, U8, pick(gen, gen->struct_count)};
		map->entries = is_array(map) ? 8 : map->kind == MAP_LRU ? 1024 : 64;
		name_make(gen, map->name, "m");
		chunk_begin(gen, map->name);
		emit(gen, "var %s : %s<", map->name, kind_names[map->kind]);
		emit_type(gen, map->key);
		emit(gen, ", ");
		emit_type(gen, map->value);
		emit(gen, ">(%u)\n", map->entries);
	}
}

/* Some globals, and a function with an effect on one, for the order of evaluation. */
void globals_declare(struct gen *gen)
{
	struct gfunc *func = &gen->funcs[gen->func_count];
	enum scalar type = pick_integer(gen);

	for (uint32_t i = 1 + pick(gen, GLOBALS_MAX); i > 0; i--) {
		struct gvar *global = &gen->globals[gen->global_count++];

		global->type = pick_type(gen);
		name_make(gen, global->name, "g");
		chunk_begin(gen, global->name);
		emit(gen, "var %s: ", global->name);
		emit_type(gen, global->type);
		if (global->type.shape == SHAPE_SCALAR && chance(gen, 60)) {
			emit(gen, " = ");
			literal(gen, global->type.scalar, true, false);
		}
		emit(gen, "\n");
	}
	if (gen->func_count == FUNCS_MAX)
		return;
	memset(func, 0, sizeof(*func));
	name_make(gen, func->name, "n");
	chunk_begin(gen, func->name);
	emit(gen, "var %s: %s\n", func->name, scalar_names[type]);
	func->name[0] = 'h';
	chunk_begin(gen, func->name);
	emit(gen, "@helper fn %s(x: u32) -> %s {\n", func->name, scalar_names[type]);
	emit(gen, "\tn%s += x as %s\n\treturn n%s\n}\n", func->name + 1, scalar_names[type],
	     func->name + 1);
	func->params[0] = scalar_type(U32);
	func->count = 1;
	func->result = scalar_type(type);
	func->bpf_only = true;
	gen->func_count++;
}

/* A map whose entries nothing holds at the moment. */
static const struct gmap *map_free(struct gen *gen)
{
	const struct gmap *map = &gen->maps[pick(gen, gen->map_count)];

	return map == gen->bound ? NULL : map;
}

static void key(struct gen *gen, const struct gmap *map)
{
	if (chance(gen, 30)) {
		emit(gen, "%u", pick(gen, 8));
		return;
	}
	emit(gen, "(");
	expr_varying(gen, map->key.scalar, 1);
	emit(gen, " & %u)", is_array(map) && chance(gen, 70) ? 7 : 15);
}

bool bpf_expression(struct gen *gen, enum scalar type)
{
	const struct gmap *map;

	if (chance(gen, 40)) {
		emit(gen, "(p[");
		expr_for_index(gen, 60);
		emit(gen, "] as %s)", scalar_names[type]);
		return true;
	}
	map = map_free(gen);
	if (!map || map->value.shape != SHAPE_SCALAR)
		return false;
	emit(gen, "(%s[", map->name);
	key(gen, map);
	emit(gen, "] as %s)", scalar_names[type]);
	return true;
}

bool bpf_condition(struct gen *gen)
{
	const struct gmap *map = map_free(gen);

	if (!map)
		return false;
	emit(gen, "%s[", map->name);
	key(gen, map);
	emit(gen, "] %s null", chance(gen, 50) ? "==" : "!=");
	return true;
}

/* Inside: the entry under a name; its map is left alone. */
static void with_entry(struct gen *gen, const struct gmap *map, uint32_t depth)
{
	bool pointer = map->value.shape == SHAPE_SCALAR && chance(gen, 50);
	const struct gmap *bound = gen->bound;
	uint32_t vars = gen->var_count;
	char name[24];

	name_make(gen, name, "e");
	emit(gen, "if (var %s = %s%s[", name, pointer ? "&" : "", map->name);
	key(gen, map);
	emit(gen, "]) {");
	gen->bound = map;
	gen->indent++;
	line(gen);
	if (pointer) {
		emit(gen, "*%s %s ", name, chance(gen, 60) ? "+=" : "=");
		expr_varying(gen, map->value.scalar, 2);
	} else {
		if (map->value.shape == SHAPE_SCALAR)
			emit(gen, "out_%u += (%s as u64)", gen->number, name);
		else
			emit(gen, "out_%u += 1", gen->number);
		var_add(gen, name, map->value)->read_only = map->value.shape == SHAPE_SCALAR;
	}
	gen->indent--;
	gen->blocks++;
	statements(gen, 1 + pick(gen, 2), depth ? depth - 1 : 0);
	gen->blocks--;
	gen->var_count = vars;
	gen->bound = bound;
	line(gen);
	emit(gen, "}");
	if (chance(gen, 40)) {
		emit(gen, " else ");
		block(gen, 1, depth ? depth - 1 : 0);
	}
}

/* The order of a hash map's entries is not known: only a sum can be compared. */
static void each_entry(struct gen *gen, const struct gmap *map)
{
	char name[24];

	name_make(gen, name, "k");
	emit(gen, "for (%s, v) in %s {", name, map->name);
	gen->indent++;
	line(gen);
	emit(gen, "out_%u += (%s as u64) * 3 + 1", gen->number, name);
	if (map->value.shape == SHAPE_SCALAR) {
		line(gen);
		emit(gen, "out_%u += v as u64", gen->number);
	}
	gen->indent--;
	line(gen);
	emit(gen, "}");
}

static void change_entry(struct gen *gen, const struct gmap *map)
{
	static const char *const updates[] = {"+=", "-=", "|=", "&=", "^=", "*="};

	if (!is_array(map) && chance(gen, 15)) {
		emit(gen, "delete %s[", map->name);
		key(gen, map);
		emit(gen, "]");
		return;
	}
	if (chance(gen, 20)) {
		emit(gen, "out_%u += %s.%s(", gen->number, map->name,
		     chance(gen, 50) ? "insert" : "update");
		key(gen, map);
		emit(gen, ", ");
		expr_value(gen, map->value, 2);
		emit(gen, ") as u64");
		return;
	}
	emit(gen, "%s[", map->name);
	key(gen, map);
	emit(gen, "]");
	if (map->value.shape == SHAPE_STRUCT && chance(gen, 50)) {
		const struct gstruct *of = &gen->structs[map->value.len];
		const struct gvar *field = &of->fields[pick(gen, of->count)];

		emit(gen, ".%s = ", field->name);
		expr_value(gen, field->type, 2);
	} else if (map->value.shape == SHAPE_SCALAR && chance(gen, 60)) {
		emit(gen, " %s ", updates[pick(gen, 6)]);
		expr_varying(gen, map->value.scalar, 2);
	} else {
		emit(gen, " = ");
		expr_value(gen, map->value, 2);
	}
}

static void window(struct gen *gen, uint32_t depth)
{
	enum scalar type = pick_integer(gen);
	uint32_t vars = gen->var_count;
	char name[24];

	name_make(gen, name, "q");
	emit(gen, "if (var %s = (ctx->data + ", name);
	if (chance(gen, 40)) {
		emit(gen, "%u", pick(gen, 70));
	} else {
		emit(gen, "(");
		expr_varying(gen, chance(gen, 50) ? U32 : U8, 2);
		emit(gen, " & 127)");
	}
	emit(gen, ") as *%s) {", scalar_names[type]);
	gen->indent++;
	line(gen);
	if (chance(gen, 60)) {
		emit(gen, "out_%u += (*%s as u64)", gen->number, name);
	} else {
		emit(gen, "*%s %s ", name, chance(gen, 30) ? "+=" : "=");
		expr_varying(gen, type, 2);
	}
	gen->indent--;
	gen->blocks++;
	statements(gen, 1, depth ? depth - 1 : 0);
	gen->blocks--;
	gen->var_count = vars;
	line(gen);
	emit(gen, "}");
}

void bpf_statement(struct gen *gen, uint32_t depth)
{
	const struct gmap *map = map_free(gen);

	switch (pick(gen, 8)) {
	case 0:
	case 1:
		window(gen, depth);
		return;
	case 2:
		emit(gen, "p[");
		expr_for_index(gen, 60);
		emit(gen, "] = ");
		expr_scalar(gen, U8, 2);
		return;
	case 3:
		if (map)
			each_entry(gen, map);
		break;
	case 4:
	case 5:
		if (map && depth)
			with_entry(gen, map, depth);
		break;
	default:
		if (map)
			change_entry(gen, map);
		break;
	}
}
