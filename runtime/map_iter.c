/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Iteration. The keys are taken at the start; each round looks its key up again and passes over
 * entries that are gone. So every entry is visited at most once with its present value, whatever
 * others delete meanwhile.
 *
 * Hashes give their keys in batches (since 5.6), bucket by bucket, which no deletion disturbs.
 * Other kinds, and older kernels, are walked from key to key: when the key at hand is deleted the
 * kernel starts over, so doubles are sorted out, and the walk is bounded.
 */
#include "internal.h"

static bool keys_grow(struct ks_iter *iter, u64 *room, u64 needed, u32 key_size)
{
	unsigned char *grown;
	u64 wanted = *room ? *room : 64;

	while (wanted < needed)
		wanted *= 2;
	if (wanted == *room)
		return true;
	grown = realloc(iter->keys, wanted * key_size);
	if (!grown)
		return false;
	iter->keys = grown;
	*room = wanted;
	return true;
}

static void array_keys(const struct ks_map_state *state, struct ks_iter *iter)
{
	u64 room = 0;

	if (!state->max_entries)
		return;
	if (!keys_grow(iter, &room, state->max_entries, sizeof(u32))) {
		map_result(iter->map, MAP_WALK, -ENOMEM);
		return;
	}
	iter->count = state->max_entries;
	for (u32 i = 0; i < state->max_entries; i++)
		memcpy(iter->keys + (u64)i * sizeof(u32), &i, sizeof(i));
}

static bool has_batches(u32 type)
{
	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_LRU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

/* false: no batches here, nothing was taken. The cursor of a hash is a bucket's number. */
static bool batch_keys(const struct ks_map_state *state, struct ks_iter *iter)
{
	size_t value = (size_t)state->stride * (state->cpu_count ? state->cpu_count : 1);
	u64 room = 0;
	u32 chunk = 256, cursor = 0;
	unsigned char *values = NULL;
	bool first = true;
	int err = 0;

	while (!err) {
		u32 count = chunk;
		unsigned char *grown = realloc(values, chunk * value);

		err = grown ? 0 : -ENOMEM;
		values = grown ? grown : values;
		if (!err && !keys_grow(iter, &room, iter->count + chunk, state->key_size))
			err = -ENOMEM;
		if (err)
			break;
		err = bpf_map_lookup_batch(state->fd, first ? NULL : &cursor, &cursor,
					   iter->keys + iter->count * state->key_size, values,
					   &count, NULL);
		if (err == -ENOSPC) {
			chunk *= 2; /* one bucket holds more than a chunk */
			err = 0;
			continue;
		}
		if (!err || err == -ENOENT)
			iter->count += count;
		first = false;
	}
	free(values);
	if (err == -ENOENT)
		return true; /* the end */
	iter->count = 0;
	return false;
}

static u32 compared_size; /* of qsort's comparison; set around it */

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, compared_size);
}

static void doubles_remove(struct ks_iter *iter, u32 key_size)
{
	u64 kept = 0;

	compared_size = key_size;
	qsort(iter->keys, iter->count, key_size, compare_keys);
	for (u64 i = 0; i < iter->count; i++) {
		unsigned char *key = iter->keys + i * key_size;

		if (kept && !memcmp(key, iter->keys + (kept - 1) * key_size, key_size))
			continue;
		memmove(iter->keys + kept++ * key_size, key, key_size);
	}
	iter->count = kept;
}

static void walk_keys(const struct ks_map_state *state, struct ks_iter *iter)
{
	int err = 0;
	u64 room = 0, bound = (u64)state->max_entries * 2 + 64;
	const void *key = NULL;

	while (iter->count < bound) {
		err = keys_grow(iter, &room, iter->count + 1, state->key_size) ? 0 : -ENOMEM;
		if (err)
			break;
		if (iter->count)
			key = iter->keys + (iter->count - 1) * state->key_size;
		err = bpf_map_get_next_key(state->fd, key,
					   iter->keys + iter->count * state->key_size);
		if (err)
			break;
		iter->count++;
	}
	map_result(iter->map, MAP_WALK, err);
	if (iter->count)
		doubles_remove(iter, state->key_size);
}

struct ks_iter ks_iter_start(struct ks_map *map)
{
	struct ks_map_state *state = map_state(map);
	struct ks_iter iter = {.map = map};

	if (!state || !state->key_size)
		return iter;
	if (state->type == BPF_MAP_TYPE_ARRAY || state->type == BPF_MAP_TYPE_PERCPU_ARRAY)
		array_keys(state, &iter);
	else if (!has_batches(state->type) || !batch_keys(state, &iter))
		walk_keys(state, &iter);
	return iter;
}

bool ks_iter_next(struct ks_iter *iter, void *key, void *value)
{
	const struct ks_map_state *state = iter->map->state;

	while (iter->next < iter->count) {
		const unsigned char *at = iter->keys + iter->next++ * state->key_size;

		if (value ? !ks_map_get(iter->map, at, value) : !ks_map_has(iter->map, at))
			continue;
		if (key)
			memcpy(key, at, state->key_size);
		return true;
	}
	return false;
}

void ks_iter_end(struct ks_iter *iter)
{
	free(iter->keys);
	iter->keys = NULL;
	iter->count = iter->next = 0;
}
