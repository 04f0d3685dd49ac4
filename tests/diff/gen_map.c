/* SPDX-License-Identifier: Apache-2.0 */
/* Maps, in bpf and in user code. */
#include "gen_state.h"

#include <stdio.h>

static bool is_array(const struct gmap *map)
{
	return map->kind == MAP_ARRAY || map->kind == MAP_PERCPU_ARRAY;
}

static bool is_percpu(const struct gmap *map)
{
	return map->kind == MAP_PERCPU_ARRAY || map->kind == MAP_PERCPU_HASH ||
	       map->kind == MAP_LRU_PERCPU;
}

/* A keyed map whose entries nothing holds at the moment and that may be written here. */
static const struct gmap *map_free(struct gen *gen)
{
	for (uint32_t tries = 0; tries < 6; tries++) {
		const struct gmap *map = &gen->maps[pick(gen, gen->map_count)];

		if (map != gen->bound && is_keyed(map) &&
		    !(gen->where == WHERE_USER && is_percpu(map)))
			return map;
	}
	return NULL;
}

static const struct gmap *map_of_kind(struct gen *gen, unsigned kinds)
{
	uint32_t first = pick(gen, gen->map_count);

	for (uint32_t i = 0; i < gen->map_count; i++) {
		const struct gmap *map = &gen->maps[(first + i) % gen->map_count];

		if (kinds & 1u << map->kind)
			return map;
	}
	return NULL;
}

static void key(struct gen *gen, const struct gmap *map)
{
	struct gtype type = map->key;

	if (map->kind == MAP_TRIE) {
		emit(gen, "L%s { prefixlen: %u, bits: [%u, (", map->name, 8 * (1 + pick(gen, 4)),
		     pick(gen, 2));
		expr_varying(gen, U8, 1);
		emit(gen, " & 3), 0, 1] }");
	} else if (type.shape != SHAPE_SCALAR) {
		expr_value(gen, type, 1);
	} else if (chance(gen, 30)) {
		emit(gen, "%u", pick(gen, 8));
	} else if (type.scalar == BE32) {
		emit(gen, "(");
		expr_small(gen, U32, 15);
		emit(gen, " as be32)");
	} else {
		expr_small(gen, type.scalar, is_array(map) && chance(gen, 70) ? 7 : 15);
	}
}

static void entry(struct gen *gen, const struct gmap *map)
{
	emit(gen, "%s[", map->name);
	key(gen, map);
	emit(gen, "]");
}

bool map_expression(struct gen *gen, enum scalar type)
{
	const struct gmap *map = map_free(gen);
	struct gtype got;

	if (!map || gen->in_defer)
		return false;
	emit(gen, "(");
	entry(gen, map);
	got = place_inside(gen, map->value);
	if (got.shape == SHAPE_STRING) {
		emit(gen, ".len()");
		got = scalar_type(U32);
	}
	emit(gen, " as %s)", scalar_name(gen, type));
	return true;
}

bool map_condition(struct gen *gen)
{
	const struct gmap *map = map_free(gen);

	if (!map || gen->in_defer)
		return false;
	if (chance(gen, 30)) {
		emit(gen, "!");
		entry(gen, map);
		return true;
	}
	entry(gen, map);
	emit(gen, " %s null", chance(gen, 50) ? "==" : "!=");
	return true;
}

/* What is done first with a bound entry. */
static void touch(struct gen *gen, const struct gmap *map, const char *name, bool pointer)
{
	struct gtype type = map->value;

	gen->indent++;
	line(gen);
	if (pointer) {
		emit(gen, "*%s %s ", name, chance(gen, 60) ? "+=" : "=");
		expr_varying(gen, map->value.scalar, 2);
	} else if (type.shape == SHAPE_SCALAR) {
		emit(gen, "out_%u += (%s as u64)", gen->number, name);
	} else {
		emit(gen, "%s", name);
		type = place_inside(gen, type);
		emit(gen, " = ");
		place_value(gen, type, 1);
	}
	gen->indent--;
	if (!pointer)
		var_add(gen, name, map->value)->read_only =
			map->value.shape == SHAPE_SCALAR || map->value.shape == SHAPE_STRING;
}

/* The rest of the block in which an entry is bound. */
static void with_entry(struct gen *gen, const struct gmap *map, uint32_t depth, uint32_t vars)
{
	const struct gmap *bound = gen->bound;

	gen->bound = map;
	gen->blocks++;
	statements(gen, 1 + pick(gen, 2), depth - 1);
	gen->blocks--;
	gen->bound = bound;
	block_end(gen, vars);
}

/* Inside: the entry under a name; its map is left alone. */
bool entry_stmt(struct gen *gen, uint32_t depth)
{
	const struct gmap *map = gen->bound ? NULL : map_free(gen);
	uint32_t vars = gen->var_count;
	char name[NAME_MAX_LEN];
	bool pointer;

	if (!map || vars > VARS_MAX - 8)
		return false;
	pointer = gen->where == WHERE_BPF && map->value.shape == SHAPE_SCALAR &&
		  map->value.scalar < BOOL && chance(gen, 50);
	if (map->value.shape == SHAPE_STRING)
		return false;
	name_make(gen, name, "e");
	emit(gen, "if (var %s = %s", name, pointer ? "&" : "");
	entry(gen, map);
	emit(gen, ") {");
	gen->bound = map;
	touch(gen, map, name, pointer);
	gen->bound = NULL;
	with_entry(gen, map, depth, vars);
	if (chance(gen, 40)) {
		emit(gen, " else ");
		block(gen, 1, depth - 1);
	}
	return true;
}

/* Bindings that may be absent, copies, else-bindings. */
bool absent_stmt(struct gen *gen, uint32_t depth)
{
	const struct gmap *map = gen->bound ? NULL : map_free(gen);
	uint32_t vars = gen->var_count, form = pick(gen, 3);
	char name[NAME_MAX_LEN];

	if (!map || vars > VARS_MAX - 8 || map->value.shape == SHAPE_STRING)
		return false;
	if (form == 2 && type_size(gen, map->value) > gen->stack)
		return false;
	emit(gen, "if ");
	expr_condition(gen, 1);
	emit(gen, " {");
	gen->indent++;
	line(gen);
	name_make(gen, name, "e");
	emit(gen, "var %s", name);
	if (form == 2) {
		emit(gen, ": ");
		emit_type(gen, map->value);
	}
	emit(gen, " = ");
	entry(gen, map);
	if (form == 1) {
		emit(gen, " else { ");
		leave_now(gen);
		emit(gen, " }");
	}
	gen->indent--;
	gen->bound = map;
	if (form == 2)
		var_add(gen, name, map->value);
	else
		touch(gen, map, name, false);
	gen->bound = NULL;
	with_entry(gen, map, depth, vars);
	return true;
}

/* The order of a hash map's entries is not known: only a sum can be compared. */
bool each_stmt(struct gen *gen, uint32_t depth)
{
	const struct gmap *map = map_free(gen);
	char name[NAME_MAX_LEN];

	if (!map || map->kind == MAP_TRIE || gen->loops)
		return false;
	name_make(gen, name, "k");
	emit(gen, "for (%s, v) in %s {", name, map->name);
	gen->indent++;
	line(gen);
	if (map->key.shape == SHAPE_SCALAR)
		emit(gen, "out_%u += (%s as u64) * 3 + 1", gen->number, name);
	else
		emit(gen, "out_%u += 1", gen->number);
	if (map->value.shape == SHAPE_SCALAR) {
		line(gen);
		emit(gen, "out_%u += v as u64", gen->number);
	}
	if (map->key.shape == SHAPE_SCALAR && map->kind == MAP_HASH && chance(gen, 30)) {
		line(gen);
		emit(gen, "if (%s %% 3 == 1) { delete %s[%s] }",
		     map->key.scalar == BE32 ? "1" : name, map->name, name);
	}
	gen->indent--;
	line(gen);
	emit(gen, "}");
	return true;
}

static void insert(struct gen *gen, const struct gmap *map)
{
	static const char *const ways[] = {"insert", "update", "put"};
	uint32_t way = pick(gen, 3);

	emit(gen, "out_%u += %s.%s(", gen->number, map->name, ways[way]);
	key(gen, map);
	emit(gen, ", ");
	expr_value(gen, map->value, 2);
	emit(gen, "%s) as u64", way == 2 ? ", 0" : "");
}

bool change_stmt(struct gen *gen, uint32_t depth)
{
	static const char *const updates[] = {"+=", "-=", "|=", "&=", "^=", "*="};
	const struct gmap *map = map_free(gen);
	struct gtype type;

	if (!map)
		return false;
	if (chance(gen, 20)) {
		insert(gen, map);
		return true;
	}
	entry(gen, map);
	type = map->value;
	if (type.shape == SHAPE_STRUCT && chance(gen, 50)) {
		type = place_inside(gen, type);
		if (type.shape == SHAPE_SCALAR && type.scalar < BOOL && chance(gen, 40)) {
			emit(gen, " %s ", updates[pick(gen, 6)]);
			expr_varying(gen, type.scalar, 2);
			return true;
		}
		emit(gen, " = ");
		place_value(gen, type, 2);
	} else if (type.shape == SHAPE_SCALAR && type.scalar < BOOL && chance(gen, 60)) {
		emit(gen, " %s ", updates[pick(gen, 6)]);
		expr_varying(gen, type.scalar, 2);
	} else {
		emit(gen, " = ");
		expr_value(gen, type, 2);
	}
	return true;
}

bool delete_stmt(struct gen *gen, uint32_t depth)
{
	const struct gmap *map = map_free(gen);

	if (!map || is_array(map))
		return false;
	emit(gen, "delete ");
	entry(gen, map);
	return true;
}

/* A value with a lock of its own; nothing may be called while it is held. */
bool lock_stmt(struct gen *gen, uint32_t depth)
{
	uint32_t n = gen->number, k = pick(gen, 4);
	char name[NAME_MAX_LEN];

	if (chance(gen, 40)) {
		emit(gen, "lk_%u[%u] = Guard_%u { n: ", n, k, n);
		expr_varying(gen, U64, 1);
		emit(gen, ", .. }");
		return true;
	}
	name_make(gen, name, "e");
	emit(gen, "if (var %s = lk_%u[%u]) { lock (%s.l) { %s.n += a ^ %u }; ", name, n, k, name,
	     name, pick(gen, 99));
	emit(gen, "out_%u += %s.n }", n, name);
	return true;
}

/* ---- queues, stacks, bloom filters ---- */

bool queue_stmt(struct gen *gen, uint32_t depth)
{
	const struct gmap *map = map_of_kind(gen, 1u << MAP_QUEUE | 1u << MAP_STACK);
	char name[NAME_MAX_LEN];

	if (chance(gen, 20)) {
		/* What was never pushed may be there: only what was can be compared. */
		map = map_of_kind(gen, 1u << MAP_BLOOM);
		if (!map || map->value.shape != SHAPE_SCALAR)
			return false;
		emit(gen, "out_%u += (%s.push(", gen->number, map->name);
		literal(gen, map->value.scalar, true, false);
		emit(gen, ") as u64)");
		return true;
	}
	if (!map)
		return false;
	if (chance(gen, 50)) {
		emit(gen, "out_%u += (%s.push(", gen->number, map->name);
		expr_value(gen, map->value, 2);
		emit(gen, ") as u64)");
		return true;
	}
	name_make(gen, name, "e");
	emit(gen, "if (var %s = %s.%s()) { out_%u += ", name, map->name,
	     chance(gen, 60) ? "pop" : "peek", gen->number);
	emit(gen, "(%s", name);
	if (place_inside(gen, map->value).shape == SHAPE_STRING)
		emit(gen, ".len()");
	emit(gen, " as u64) }");
	return true;
}

/* ---- user code ---- */

static void percpu_stmt(struct gen *gen, const struct gmap *map)
{
	switch (pick(gen, 3)) {
	case 0:
		emit(gen, "%s.cpu(0)[", map->name);
		key(gen, map);
		emit(gen, "] = ");
		expr_value(gen, map->value, 2);
		return;
	case 1:
		if (map->value.shape == SHAPE_SCALAR && map->value.scalar < BOOL) {
			entry(gen, map);
			emit(gen, " = 0");
			return;
		}
		/* fallthrough */
	default:
		out_begin(gen);
		emit(gen, "(%s%s[", map->name, chance(gen, 50) ? ".cpu(0)" : "");
		key(gen, map);
		emit(gen, "]");
		if (place_inside(gen, map->value).shape == SHAPE_STRING)
			emit(gen, ".len()");
		emit(gen, " as u64)");
		return;
	}
}

bool user_map_stmt(struct gen *gen, uint32_t depth)
{
	const struct gmap *map = map_of_kind(gen, 1u << MAP_PERCPU_ARRAY | 1u << MAP_PERCPU_HASH |
							  1u << MAP_LRU_PERCPU);
	char name[NAME_MAX_LEN];

	if (gen->bound)
		return false;
	if (map && chance(gen, 50)) {
		percpu_stmt(gen, map);
		return true;
	}
	map = map_free(gen);
	if (!map || is_array(map) || map->kind == MAP_TRIE)
		return false;
	name_make(gen, name, "e");
	switch (pick(gen, 6)) {
	case 0:
		emit(gen, "%s.clear()", map->name);
		break;
	case 1:
	case 2:
		emit(gen, "if (var %s = %s.take(", name, map->name);
		key(gen, map);
		emit(gen, ")) { out_%u += (%s", gen->number, name);
		if (place_inside(gen, map->value).shape == SHAPE_STRING)
			emit(gen, ".len()");
		emit(gen, " as u64) }");
		break;
	default:
		emit(gen, "out_%u += %s.len() as u64", gen->number, map->name);
		break;
	}
	return true;
}

void value_sum(struct gen *gen, const char *path, struct gtype type)
{
	const struct gstruct *of;
	char inner[128];

	switch (type.shape) {
	case SHAPE_SCALAR:
	case SHAPE_POINTER:
		line(gen);
		emit(gen, "sum = sum * 31 + (%s as u64)", path);
		break;
	case SHAPE_STRING:
		line(gen);
		emit(gen, "sum = sum * 31 + (%s.len() as u64) + (%s[1] as u64)", path, path);
		break;
	case SHAPE_ARRAY:
		for (uint32_t i = 0; i < type.len; i++) {
			struct gtype elem = type;

			elem.shape = type.of ? SHAPE_STRUCT : SHAPE_SCALAR;
			elem.len = elem.rows = 0;
			snprintf(inner, sizeof(inner), "%s%s[%u]", path, type.rows ? "[1]" : "", i);
			value_sum(gen, inner, elem);
		}
		break;
	case SHAPE_STRUCT:
		of = struct_of(gen, type);
		for (uint32_t i = 0; i < of->count; i++) {
			snprintf(inner, sizeof(inner), "%s.%s", path, of->fields[i].name);
			value_sum(gen, inner, of->fields[i].type);
		}
		break;
	}
}

void map_sum(struct gen *gen, const struct gmap *map)
{
	if (!is_keyed(map))
		return;
	if (is_percpu(map)) {
		if (map->value.shape != SHAPE_SCALAR || map->key.shape != SHAPE_SCALAR)
			return;
		line(gen);
		emit(gen, "for (i in 0..16) { sum = sum * 31 + (%s[i as %s] as u64) }", map->name,
		     scalar_name(gen, map->key.scalar));
		return;
	}
	/* Entries come in any order, so a sum of the sums. */
	line(gen);
	emit(gen, "var all_%s: u64 = 0", map->name);
	line(gen);
	emit(gen, "for (k, v) in %s {", map->name);
	gen->indent++;
	line(gen);
	emit(gen, "var sum: u64 = 7");
	value_sum(gen, "v", map->value);
	line(gen);
	emit(gen, "all_%s += sum", map->name);
	gen->indent--;
	line(gen);
	emit(gen, "}");
	line(gen);
	emit(gen, "sum += all_%s", map->name);
}
