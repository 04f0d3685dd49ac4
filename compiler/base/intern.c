/* SPDX-License-Identifier: Apache-2.0 */
/* Both tables are open-addressed with linear probing, at most 3/4 full, sizes powers of two. */
#include "base/intern.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct intern_slot {
	const char *text; /* NULL: free */
	uint32_t len, hash;
};

struct ptr_map_slot {
	const void *key; /* NULL: free */
	void *value;
};

void interner_init(struct interner *interner, struct arena *arena)
{
	*interner = (struct interner){.arena = arena};
}

void interner_free(struct interner *interner)
{
	free(interner->slots);
	*interner = (struct interner){0};
}

/* FNV-1a. */
static uint32_t hash_bytes(const char *text, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619u;
	return hash;
}

static void interner_grow(struct interner *interner)
{
	uint32_t cap = interner->cap ? interner->cap * 2 : 1024;
	struct intern_slot *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		memory_exhausted(cap * sizeof(*slots));
	for (uint32_t i = 0; i < interner->cap; i++) {
		struct intern_slot *old = &interner->slots[i];
		uint32_t at = old->hash & (cap - 1);

		if (!old->text)
			continue;
		while (slots[at].text)
			at = (at + 1) & (cap - 1);
		slots[at] = *old;
	}
	free(interner->slots);
	interner->slots = slots;
	interner->cap = cap;
}

const char *intern(struct interner *interner, const char *text, size_t len)
{
	uint32_t hash = hash_bytes(text, len), at;
	struct intern_slot *slot;

	if (len > UINT32_MAX)
		memory_exhausted(len);
	if (interner->count >= interner->cap / 4 * 3)
		interner_grow(interner);
	for (at = hash & (interner->cap - 1);; at = (at + 1) & (interner->cap - 1)) {
		slot = &interner->slots[at];
		if (!slot->text)
			break;
		if (slot->hash == hash && slot->len == len && !memcmp(slot->text, text, len))
			return slot->text;
	}
	slot->text = arena_strndup(interner->arena, text, len);
	slot->len = (uint32_t)len;
	slot->hash = hash;
	interner->count++;
	return slot->text;
}

const char *intern_str(struct interner *interner, const char *text)
{
	return intern(interner, text, strlen(text));
}

void ptr_map_init(struct ptr_map *map, struct arena *arena)
{
	*map = (struct ptr_map){.arena = arena};
}

/* Keys are aligned pointers or small integers: multiply, then take the high bits. */
static uint32_t ptr_hash(const void *key)
{
	return (uint32_t)(((uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15ull) >> 32);
}

static struct ptr_map_slot *ptr_map_slot(const struct ptr_map *map, const void *key)
{
	uint32_t at = ptr_hash(key) & (map->cap - 1);

	while (map->slots[at].key && map->slots[at].key != key)
		at = (at + 1) & (map->cap - 1);
	return &map->slots[at];
}

void *ptr_map_get(const struct ptr_map *map, const void *key)
{
	return map->cap && key ? ptr_map_slot(map, key)->value : NULL;
}

static void ptr_map_grow(struct ptr_map *map)
{
	struct ptr_map old = *map;

	map->cap = old.cap ? old.cap * 2 : 16;
	map->slots = arena_array(map->arena, struct ptr_map_slot, map->cap);
	for (uint32_t i = 0; i < old.cap; i++) {
		if (old.slots[i].key)
			*ptr_map_slot(map, old.slots[i].key) = old.slots[i];
	}
}

void ptr_map_set(struct ptr_map *map, const void *key, void *value)
{
	struct ptr_map_slot *slot;

	if (!key)
		return;
	if (map->count >= map->cap / 4 * 3)
		ptr_map_grow(map);
	slot = ptr_map_slot(map, key);
	if (!slot->key)
		map->count++;
	slot->key = key;
	slot->value = value;
}
