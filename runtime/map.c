/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on maps. Per-CPU values are joined in map_cpu.c, iteration is in map_iter.c. */
#include "internal.h"

int map_result(struct ks_map *map, enum map_use use, int err)
{
	static const struct {
		const char *what;
		int answers[4];
	} uses[] = {
		[MAP_READ] = {"read", {ENOENT, EOPNOTSUPP}},
		[MAP_WRITE] = {"write to", {ENOENT, EEXIST, E2BIG}},
		[MAP_DELETE] = {"delete from", {ENOENT, EINVAL}},
		[MAP_WALK] = {"list the keys of", {ENOENT}},
	};

	if (!err)
		return 0;
	for (size_t i = 0; i < COUNT_OF(uses[use].answers); i++) {
		if (-err == uses[use].answers[i])
			return err;
	}
	if (map->state->warned & 1u << use)
		return err;
	map->state->warned |= 1u << use;
	warning_at(map->where, "cannot %s map `%s`", uses[use].what, map->name);
	explain_errno(OP_MAP_USE, err);
	return err;
}

/* A value, or NULL and zeroes. */
static void *given(struct ks_map *map, void *value, int err)
{
	if (!err)
		return value;
	memset(value, 0, map->value_size);
	return NULL;
}

static int lookup(struct ks_map *map, const void *key, void *value)
{
	return map_result(map, MAP_READ, bpf_map_lookup_elem(map->state->fd, key, value));
}

void *ks_map_get(struct ks_map *map, const void *key, void *value)
{
	struct ks_map_state *state = map_state(map);

	if (!state)
		return given(map, value, -ENOENT);
	if (!state->cpu_count)
		return given(map, value, lookup(map, key, value));
	if (lookup(map, key, state->scratch))
		return given(map, value, -ENOENT);
	map_join(map, value);
	return value;
}

bool ks_map_has(struct ks_map *map, const void *key)
{
	struct ks_map_state *state = map_state(map);

	return state && !lookup(map, key, state->scratch);
}

int ks_map_update(struct ks_map *map, const void *key, const void *value, u64 flags)
{
	struct ks_map_state *state = map_state(map);

	if (!state)
		return -ENOENT;
	if (state->cpu_count)
		return -EINVAL;
	return map_result(map, MAP_WRITE, bpf_map_update_elem(state->fd, key, value, flags));
}

int ks_map_write_back(struct ks_map *map, const void *key, const void *value)
{
	return ks_map_update(map, key, value, BPF_EXIST);
}

int ks_map_delete(struct ks_map *map, const void *key)
{
	struct ks_map_state *state = map_state(map);

	if (!state)
		return -ENOENT;
	return map_result(map, MAP_DELETE, bpf_map_delete_elem(state->fd, key));
}

/* Since 5.14 one call for hashes; before, and for other kinds, two. */
void *ks_map_take(struct ks_map *map, const void *key, void *value)
{
	struct ks_map_state *state = map_state(map);
	int err;

	if (!state)
		return given(map, value, -ENOENT);
	err = bpf_map_lookup_and_delete_elem(state->fd, key,
					     state->cpu_count ? state->scratch : value);
	if (!err && state->cpu_count)
		map_join(map, value);
	if (!err || err == -ENOENT)
		return given(map, value, err);
	if (!ks_map_get(map, key, value))
		return NULL;
	return given(map, value, ks_map_delete(map, key));
}

/* ---- queues, stacks, bloom filters ---- */

int ks_map_push(struct ks_map *map, const void *value, u64 flags)
{
	struct ks_map_state *state = map_state(map);

	if (!state)
		return -ENOENT;
	return map_result(map, MAP_WRITE, bpf_map_update_elem(state->fd, NULL, value, flags));
}

static int queue_take(struct ks_map *map, void *value)
{
	return map_result(map, MAP_READ,
			  bpf_map_lookup_and_delete_elem(map->state->fd, NULL, value));
}

void *ks_map_pop(struct ks_map *map, void *value)
{
	struct ks_map_state *state = map_state(map);

	return given(map, value, state ? queue_take(map, value) : -ENOENT);
}

void *ks_map_peek(struct ks_map *map, void *value)
{
	struct ks_map_state *state = map_state(map);

	return given(map, value, state ? lookup(map, NULL, value) : -ENOENT);
}

bool ks_bloom_has(struct ks_map *map, const void *value)
{
	struct ks_map_state *state = map_state(map);

	/* The kernel reads the value to look for where lookups write theirs. */
	if (!state)
		return false;
	memcpy(state->scratch, value, state->value_size);
	return !lookup(map, NULL, state->scratch);
}

/* ---- whole maps ---- */

static bool is_array(const struct ks_map_state *state)
{
	return state->type == BPF_MAP_TYPE_ARRAY || state->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static void array_clear(struct ks_map *map)
{
	const struct ks_map_state *state = map->state;
	size_t size = (size_t)state->stride * (state->cpu_count ? state->cpu_count : 1);

	memset(state->scratch, 0, size);
	for (u32 i = 0; i < state->max_entries; i++)
		map_result(map, MAP_WRITE,
			   bpf_map_update_elem(state->fd, &i, state->scratch, BPF_ANY));
}

void ks_map_clear(struct ks_map *map)
{
	struct ks_map_state *state = map_state(map);
	struct ks_iter iter;

	if (!state)
		return;
	if (is_array(state)) {
		array_clear(map);
		return;
	}
	if (!state->key_size) {
		/* Queue or stack; programs may go on pushing, so the rounds are bounded. */
		for (u32 i = 0; i < state->max_entries; i++) {
			if (queue_take(map, state->scratch))
				return;
		}
		return;
	}
	iter = ks_iter_start(map);
	for (u64 i = 0; i < iter.count; i++)
		ks_map_delete(map, iter.keys + i * state->key_size);
	ks_iter_end(&iter);
}

u64 ks_map_len(struct ks_map *map)
{
	struct ks_map_state *state = map_state(map);
	struct ks_iter iter;
	u64 count;

	if (!state)
		return 0;
	if (is_array(state))
		return state->max_entries;
	iter = ks_iter_start(map);
	count = iter.count;
	ks_iter_end(&iter);
	return count;
}
