/* SPDX-License-Identifier: Apache-2.0 */
/* Types, globals, configs, maps. */
#include "gen_state.h"

#include <stdio.h>
#include <string.h>

void enum_declare(struct gen *gen)
{
	uint32_t n = gen->number;
	char name[NAME_MAX_LEN];

	snprintf(name, sizeof(name), "E_%u", n);
	chunk_begin(gen, name);
	emit(gen, "enum E_%u { A_%u = 1, B_%u = 10, C_%u }\n", n, n, n, n);
	snprintf(name, sizeof(name), "K_%u", n);
	chunk_begin(gen, name);
	emit(gen, "const K_%u: u32 = %u\n", n, pick(gen, 100));
}

static void bits_declare(struct gen *gen, struct gvar *field)
{
	enum scalar type = pick_integer(gen);

	field->type = scalar_type(type);
	emit(gen, "%s : %u", scalar_name(gen, type), 1 + pick(gen, scalar_size(type) * 8 - 1));
}

static void field_declare(struct gen *gen, struct gstruct *new, uint32_t index)
{
	struct gvar *field = &new->fields[index];
	uint32_t limit = new->is_union ? 12 : 24;

	snprintf(field->name, sizeof(field->name), "f%u", index);
	emit(gen, "\n\t%s: ", field->name);
	if (new->has_bits && chance(gen, 60)) {
		bits_declare(gen, field);
		new->size += 8;
		return;
	}
	do {
		field->type = pick_type(gen);
	} while (type_size(gen, field->type) > limit || has_union(gen, field->type) ||
		 (new->is_union && field->type.shape == SHAPE_STRING));
	if (new->is_union && field->type.shape == SHAPE_SCALAR && field->type.scalar == BOOL)
		field->type.scalar = U8; /* what other members leave is no bool */
	emit_type(gen, field->type);
	/* Padding is at most seven bytes. */
	new->size += (type_size(gen, field->type) + 7) & ~7u;
}

static bool holds_bool(struct gen *gen, struct gtype type)
{
	if (type.shape == SHAPE_STRING)
		return true; /* and text has a form, too */
	if (!type.of)
		return type.scalar == BOOL;
	for (uint32_t i = 0; i < struct_of(gen, type)->count; i++) {
		if (holds_bool(gen, struct_of(gen, type)->fields[i].type))
			return true;
	}
	return false;
}

void struct_declare(struct gen *gen)
{
	struct gstruct *new = &gen->structs[gen->struct_count];

	name_make(gen, new->name, "S");
	chunk_begin(gen, new->name);
	new->is_union = gen->struct_count &&chance(gen, 12);
	new->is_packed = !new->is_union &&chance(gen, 12);
	new->has_bits = !new->is_union && !new->is_packed &&chance(gen, 20);
	emit(gen, "%s%s %s {", new->is_packed ? "@packed " : "", new->is_union ? "union" : "struct",
	     new->name);
	new->count = 1 + pick(gen, FIELDS_MAX);
	for (uint32_t i = 0; i < new->count; i++) {
		size_t start = gen->out->len;

		field_declare(gen, new, i);
		while (new->is_union && holds_bool(gen, new->fields[i].type)) {
			gen->out->len = start;
			field_declare(gen, new, i);
		}
	}
	emit(gen, "\n}\n");
	gen->struct_count++;
}

void globals_declare(struct gen *gen)
{
	char name[NAME_MAX_LEN];

	for (uint32_t i = 1 + pick(gen, 2 + gen->size); i > 0; i--) {
		struct gvar *global = &gen->globals[gen->global_count++];

		global->type = pick_type(gen);
		name_make(gen, global->name, "g");
		chunk_begin(gen, global->name);
		emit(gen, "var %s: ", global->name);
		emit_type(gen, global->type);
		if (chance(gen, 60) && !has_union(gen, global->type)) {
			emit(gen, " = ");
			constant_value(gen, global->type);
		}
		emit(gen, "\n");
	}
	snprintf(name, sizeof(name), "conf_%u", gen->number);
	chunk_begin(gen, name);
	emit(gen, "%sconfig %s { level: u32 = %u, on: bool = %s, far: i64 = -%u }\n",
	     chance(gen, 30) ? "const " : "", name, pick(gen, 1000),
	     chance(gen, 50) ? "true" : "false", 1 + pick(gen, 9));
}

static const struct {
	const char *name;
	uint32_t weight, entries;
	bool by_index, has_key;
} map_kinds[MAP_KINDS] = {
	[MAP_HASH] = {"hash", 30, 64, false, true},
	[MAP_ARRAY] = {"array", 16, 8, true, true},
	[MAP_PERCPU_ARRAY] = {"percpu_array", 8, 8, true, true},
	[MAP_PERCPU_HASH] = {"percpu_hash", 8, 64, false, true},
	[MAP_LRU] = {"lru_hash", 6, 1024, false, true},
	[MAP_LRU_PERCPU] = {"lru_percpu_hash", 3, 1024, false, true},
	[MAP_TRIE] = {"lpm_trie", 5, 32, false, true},
	[MAP_QUEUE] = {"queue", 6, 16, false, false},
	[MAP_STACK] = {"stack", 6, 16, false, false},
	[MAP_BLOOM] = {"bloom_filter", 3, 64, false, false},
	[MAP_RING] = {"ringbuf", 15, 4096, false, false},
};

bool is_keyed(const struct gmap *map)
{
	return map_kinds[map->kind].has_key;
}

static enum gmap_kind pick_map_kind(struct gen *gen)
{
	uint32_t sum = 0, at;

	for (uint32_t i = 0; i < MAP_KINDS; i++)
		sum += map_kinds[i].weight;
	at = pick(gen, sum);
	for (uint32_t i = 0; i < MAP_KINDS; i++) {
		if (at < map_kinds[i].weight)
			return (enum gmap_kind)i;
		at -= map_kinds[i].weight;
	}
	return MAP_HASH;
}

static struct gtype pick_key(struct gen *gen, enum gmap_kind kind)
{
	struct gtype key = scalar_type(pick_integer(gen));

	if (map_kinds[kind].by_index)
		return scalar_type(U32);
	if (chance(gen, 20))
		key = chance(gen, 50) ? string_type(7) : struct_type(pick(gen, gen->struct_count));
	if (has_union(gen, key) || type_size(gen, key) > 32)
		key = scalar_type(BE32);
	return key;
}

static void map_declare(struct gen *gen, struct gmap *map)
{
	map->kind = pick_map_kind(gen);
	map->key = pick_key(gen, map->kind);
	map->value = scalar_type(pick_integer(gen));
	if (chance(gen, 45))
		map->value = struct_type(pick(gen, gen->struct_count));
	else if (chance(gen, 10))
		map->value = pick_type(gen);
	if (has_union(gen, map->value) || map->value.shape == SHAPE_ARRAY ||
	    (map->kind == MAP_BLOOM && type_size(gen, map->value) > 8))
		map->value = scalar_type(U64);
	/* Values smaller than 4 bytes are not for each map; a ring's records are structs. */
	if (map->kind == MAP_RING)
		map->value = struct_type(0);
	map->entries = map_kinds[map->kind].entries;
	name_make(gen, map->name, "m");
	chunk_begin(gen, map->name);
	if (map->kind == MAP_TRIE)
		emit(gen, "struct L%s { prefixlen: u32, bits: u8[4] }\n@flags(no_prealloc) ",
		     map->name);
	else if (map->kind == MAP_HASH && chance(gen, 20))
		emit(gen, "@flags(no_prealloc) ");
	emit(gen, "var %s : %s<", map->name, map_kinds[map->kind].name);
	if (map->kind == MAP_TRIE) {
		emit(gen, "L%s, ", map->name);
	} else if (map_kinds[map->kind].has_key) {
		emit_type(gen, map->key);
		emit(gen, ", ");
	}
	emit_type(gen, map->value);
	emit(gen, ">(%u)\n", map->entries);
}

void maps_declare(struct gen *gen)
{
	char name[NAME_MAX_LEN];

	snprintf(name, sizeof(name), "lk_%u", gen->number);
	chunk_begin(gen, name);
	emit(gen, "struct Guard_%u { l: spin_lock, n: u64 }\nvar %s : hash<u32, Guard_%u>(8)\n",
	     gen->number, name, gen->number);
	for (uint32_t i = 1 + pick(gen, 3 + gen->size); i > 0; i--)
		map_declare(gen, &gen->maps[gen->map_count++]);
}
