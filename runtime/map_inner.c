/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps in maps. The kernel takes a descriptor where a map is put in, and gives a number (the map's
 * id) where it is looked up. What was asked for last stays open, so that a loop over one inner map
 * does not open it again for each entry.
 */
#include "internal.h"

enum {
	KEPT = 32
};

struct inner {
	u32 id; /* 0: free */
	struct ks_map map;
};

struct inner_maps {
	u32 next; /* to be replaced */
	struct inner inners[KEPT];
};

static void inner_close(struct inner *inner)
{
	struct ks_map_state *state = inner->map.state;

	if (!inner->id || !state)
		return;
	close(state->fd);
	free(state->scratch);
	free(state);
	*inner = (struct inner){0};
}

void map_inners_close(struct ks_map *map)
{
	struct inner_maps *kept = map->state ? map->state->inners : NULL;

	for (u32 i = 0; kept && i < KEPT; i++)
		inner_close(&kept->inners[i]);
	free(kept);
	if (map->state)
		map->state->inners = NULL;
}

/* Opens the map of an id in place of one of those that are kept. */
static struct ks_map *inner_open(struct ks_map *map, struct inner_maps *kept, u32 id)
{
	struct inner *inner = &kept->inners[kept->next++ % KEPT];
	struct bpf_map_info info = {0};
	struct map_shape shape;
	u32 size = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id), err = fd < 0 ? fd : 0;

	inner_close(inner);
	if (!err && bpf_obj_get_info_by_fd(fd, &info, &size))
		err = -errno;
	if (!err) {
		inner->id = id;
		inner->map = *map->inner;
		shape = (struct map_shape){info.type, info.key_size, info.value_size,
					   info.max_entries};
		if (!map_bind_fd(&inner->map, fd, &shape))
			return &inner->map;
		*inner = (struct inner){0};
	}
	map_result(map, MAP_READ, err);
	if (fd >= 0)
		close(fd);
	return NULL;
}

struct ks_map *ks_map_inner(struct ks_map *map, const void *key)
{
	struct ks_map_state *state = map_state(map);
	struct inner_maps *kept;
	u32 id = 0;

	if (!state || map_result(map, MAP_READ, bpf_map_lookup_elem(state->fd, key, &id)))
		return NULL;
	if (!state->inners)
		state->inners = ks_alloc(sizeof(*state->inners), map->where);
	kept = state->inners;
	for (u32 i = 0; i < KEPT; i++) {
		if (kept->inners[i].id == id)
			return &kept->inners[i].map;
	}
	return inner_open(map, kept, id);
}

int ks_map_put_inner(struct ks_map *map, const void *key, struct ks_map *inner)
{
	struct ks_map_state *state = map_state(map), *other = map_state(inner);

	if (!state || !other)
		return -ENOENT;
	return map_result(map, MAP_WRITE, bpf_map_update_elem(state->fd, key, &other->fd, BPF_ANY));
}
