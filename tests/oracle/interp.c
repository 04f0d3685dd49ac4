/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and the interface to tests. */
#include "interp_int.h"

#include <stdio.h>

void interp_end(struct interp *interp, enum interp_end end, const char *fmt, ...)
{
	va_list args;

	if (interp->has_ended)
		return;
	interp->has_ended = true;
	interp->result.end = end;
	va_start(args, fmt);
	vsnprintf(interp->result.why, sizeof(interp->result.why), fmt, args);
	va_end(args);
}

/* ---- objects ---- */

uint64_t interp_alloc(struct interp *interp, uint64_t size)
{
	struct object object = {.bytes = calloc(1, size ? size : 1), .size = size};
	uint32_t number;

	if (!object.bytes)
		abort();
	if (interp->free_objects.len) {
		number = interp->free_objects.data[--interp->free_objects.len];
		interp->objects.data[number] = object;
	} else {
		number = interp->objects.len;
		vec_push(&interp->arena, &interp->objects, object);
	}
	return (uint64_t)number << 32 | ADDRESS_BIAS;
}

void interp_release(struct interp *interp, uint64_t address)
{
	uint32_t number = (uint32_t)(address >> 32);
	struct object *object;

	if (!number || number >= interp->objects.len || !interp->objects.data[number].bytes) {
		interp_end(interp, INTERP_FAULT, "memory is released twice");
		return;
	}
	object = &interp->objects.data[number];
	free(object->bytes);
	object->bytes = NULL;
	vec_push(&interp->arena, &interp->free_objects, number);
}

uint8_t *interp_bytes(struct interp *interp, uint64_t address, uint64_t size)
{
	uint32_t number = (uint32_t)(address >> 32);
	int64_t offset = (int64_t)(address & UINT32_MAX) - (int64_t)ADDRESS_BIAS;
	const struct object *object;

	if (!number || number >= interp->objects.len)
		return NULL;
	object = &interp->objects.data[number];
	if (!object->bytes || offset < 0 || (uint64_t)offset > object->size ||
	    size > object->size - (uint64_t)offset)
		return NULL;
	return object->bytes + offset;
}

/* ---- values in memory ---- */

struct value interp_scalar(const struct type *type, uint64_t bits)
{
	return (struct value){.type = type, .bits = bits};
}

struct value interp_zero(struct interp *interp, const struct type *type)
{
	struct value value = {.type = type};

	if (type_is_aggregate(type))
		value.bytes = arena_alloc(&interp->run, type->size);
	return value;
}

struct value interp_load(struct interp *interp, const struct type *type, const uint8_t *bytes)
{
	struct value value = {.type = type};
	float narrow;

	if (type_is_aggregate(type)) {
		value.bytes = arena_memdup(&interp->run, bytes, type->size);
	} else if (type->kind == TYPE_FLOAT && type->size == 4) {
		memcpy(&narrow, bytes, sizeof(narrow));
		value.number = narrow;
	} else if (type->kind == TYPE_FLOAT) {
		memcpy(&value.number, bytes, sizeof(value.number));
	} else if (type->kind != TYPE_VOID) {
		memcpy(&value.bits, bytes, type->size ? type->size : 8);
		value.bits = ir_normalize(type, value.bits);
	}
	return value;
}

void interp_store(struct interp *interp, const struct type *type, uint8_t *bytes,
		  struct value value)
{
	float narrow = (float)value.number;

	if (type_is_aggregate(type))
		memcpy(bytes, value.bytes, type->size);
	else if (type->kind == TYPE_FLOAT && type->size == 4)
		memcpy(bytes, &narrow, sizeof(narrow));
	else if (type->kind == TYPE_FLOAT)
		memcpy(bytes, &value.number, sizeof(value.number));
	else if (type->kind != TYPE_VOID)
		memcpy(bytes, &value.bits, type->size ? type->size : 8);
}

uint8_t *interp_local(struct interp *interp, const struct ir_local *local)
{
	return interp_bytes(interp, interp->frame->locals[local->index], 0);
}

void interp_set_local(struct interp *interp, const struct ir_local *local, struct value value)
{
	if (!interp->has_ended)
		interp_store(interp, local->type, interp_local(interp, local), value);
}

/* ---- the interface ---- */

static void init_maps(struct interp *interp)
{
	const struct ir_module *module = interp->module;

	interp->maps = arena_array(&interp->arena, struct imap, module->maps.len);
	vec_foreach (map, &module->maps) {
		struct imap *imap = &interp->maps[(*map)->index];

		imap->map = *map;
		if (!(*map)->kind->is_array || !(*map)->value)
			continue;
		for (uint32_t i = 0; i < (*map)->max_entries; i++) {
			struct entry entry = {.is_live = true};

			entry.key = arena_memdup(&interp->arena, &i, sizeof(i));
			entry.address = interp_alloc(interp, (*map)->value->size);
			vec_push(&interp->arena, &imap->entries, entry);
			imap->live++;
		}
	}
}

static void init_globals(struct interp *interp)
{
	const struct ir_module *module = interp->module;

	interp->globals = arena_array(&interp->arena, uint64_t, module->globals.len);
	vec_foreach (global, &module->globals) {
		uint64_t address = interp_alloc(interp, (*global)->type->size);

		interp->globals[(*global)->index] = address;
		if ((*global)->init)
			interp_store(interp, (*global)->type, interp_bytes(interp, address, 0),
				     interp_expr(interp, (*global)->init));
	}
}

struct interp *interp_new(struct compilation *comp, const struct ir_module *module)
{
	struct interp *interp = calloc(1, sizeof(*interp));
	struct object nothing = {0};

	if (!interp)
		abort();
	arena_init(&interp->arena);
	arena_init(&interp->run);
	interp->comp = comp;
	interp->module = module;
	interp->steps_max = 100000000;
	interp->clock = 1000000;
	interp->random = 1;
	vec_push(&interp->arena, &interp->objects, nothing); /* number 0 is null */
	init_maps(interp);
	init_globals(interp);
	return interp;
}

void interp_free(struct interp *interp)
{
	vec_foreach (object, &interp->objects)
		free(object->bytes);
	strbuf_free(&interp->output);
	arena_free(&interp->arena);
	arena_free(&interp->run);
	free(interp);
}

void interp_set_steps(struct interp *interp, uint64_t steps)
{
	interp->steps_max = steps;
}

struct ir_func *interp_find(struct interp *interp, enum target target, const char *name)
{
	vec_foreach (func, &interp->module->funcs) {
		if ((*func)->target == target && !strcmp((*func)->name, name))
			return *func;
	}
	return NULL;
}

static struct interp_result run(struct interp *interp, const struct ir_func *func,
				const struct value *args, uint32_t count)
{
	struct interp_result *result = &interp->result;
	struct value value = {0};
	int32_t code = 0;

	*result = (struct interp_result){.end = INTERP_RETURNED};
	interp->has_ended = false;
	interp->steps = 0;
	interp->depth = 0;
	interp->tail_calls = 0;
	interp->frame = NULL;
	if (interp_call(interp, func, args, count, &value, &code)) {
		result->value = value.bits;
		result->code = code;
		result->end = code ? INTERP_THREW : INTERP_RETURNED;
	}
	arena_free(&interp->run);
	arena_init(&interp->run);
	return *result;
}

struct interp_result interp_run(struct interp *interp, const struct ir_func *func,
				const uint64_t *args, uint32_t count)
{
	struct value values[16] = {0};
	uint32_t params = func->params.len < 16 ? func->params.len : 16;

	interp->packet = 0;
	for (uint32_t i = 0; i < params; i++) {
		const struct type *type = func->params.data[i]->type;

		values[i] = interp_zero(interp, type);
		if (i < count && !type_is_aggregate(type))
			values[i].bits = ir_normalize(type, args[i]);
	}
	return run(interp, func, values, params);
}

struct interp_result interp_run_packet(struct interp *interp, const struct ir_func *func,
				       uint8_t *packet, uint32_t len)
{
	const struct type *type = func->params.len ? func->params.data[0]->type : NULL;
	struct interp_result result;
	struct value context = {.type = type};

	interp->packet = interp_alloc(interp, len);
	interp->packet_len = len;
	memcpy(interp_bytes(interp, interp->packet, len), packet, len);
	if (type && type->kind == TYPE_PTR)
		context.bits = interp_alloc(interp, type->ptr.target->size);
	result = run(interp, func, &context, type ? 1 : 0);
	memcpy(packet, interp_bytes(interp, interp->packet, len), len);
	interp_release(interp, interp->packet);
	if (context.bits)
		interp_release(interp, context.bits);
	interp->packet = 0;
	return result;
}

const char *interp_output(const struct interp *interp)
{
	return strbuf_text(&interp->output);
}

void *interp_global(struct interp *interp, const char *name)
{
	vec_foreach (global, &interp->module->globals) {
		if (!strcmp((*global)->name, name))
			return interp_bytes(interp, interp->globals[(*global)->index], 0);
	}
	return NULL;
}

static struct imap *map_by_name(struct interp *interp, const char *name)
{
	vec_foreach (map, &interp->module->maps) {
		if (!strcmp((*map)->name, name))
			return &interp->maps[(*map)->index];
	}
	return NULL;
}

void *interp_entry(struct interp *interp, const char *name, const void *key)
{
	struct imap *map = map_by_name(interp, name);
	struct entry *entry = map ? interp_find_entry(interp, map, key) : NULL;

	return entry ? interp_bytes(interp, entry->address, 0) : NULL;
}

void interp_put(struct interp *interp, const char *name, const void *key, const void *value)
{
	struct imap *map = map_by_name(interp, name);

	if (map)
		interp_update(interp, map, key, value, 0);
}

uint32_t interp_count(struct interp *interp, const char *name)
{
	const struct imap *map = map_by_name(interp, name);

	return map ? map->live : 0;
}

const void *interp_record(struct interp *interp, const char *ring, uint32_t index)
{
	const struct imap *map = map_by_name(interp, ring);

	if (!map || index >= map->entries.len)
		return NULL;
	return interp_bytes(interp, map->entries.data[index].address, 0);
}

void interp_each(struct interp *interp, const struct ir_map *map,
		 void (*each)(void *user, const void *key, const void *value), void *user)
{
	const struct imap *of = interp_map(interp, map);
	bool is_stack = map->kind->id == MAP_STACK;

	for (uint32_t i = 0; i < of->entries.len; i++) {
		uint32_t at = is_stack ? of->entries.len - 1 - i : i;
		const struct entry *entry = &of->entries.data[at];
		const void *key = map->kind->is_array ? (const void *)&at : entry->key;

		if (map->kind->is_array || entry->is_live)
			each(user, key, interp_bytes(interp, entry->address, 0));
	}
}
