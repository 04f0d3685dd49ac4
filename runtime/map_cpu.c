/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU values. The kernel gives one copy per possible CPU, each at a multiple of 8 bytes.
 * They are joined leaf by leaf, as the table of the value's fields says; what no leaf covers is
 * padding and stays zero.
 */
#include "internal.h"

static u64 integer_get(const unsigned char *at, u32 size)
{
	u64 value = 0;

	/* Low bytes of a sum do not depend on how its terms were extended. */
	switch (size) {
	case 1:
		return *at;
	case 2: {
		u16 v;

		memcpy(&v, at, sizeof(v));
		return v;
	}
	case 4: {
		u32 v;

		memcpy(&v, at, sizeof(v));
		return v;
	}
	default:
		memcpy(&value, at, sizeof(value));
		return value;
	}
}

static void integer_put(unsigned char *at, u32 size, u64 value)
{
	u32 v32 = (u32)value;
	u16 v16 = (u16)value;

	if (size == 1)
		*at = (unsigned char)value;
	else if (size == 2)
		memcpy(at, &v16, sizeof(v16));
	else if (size == 4)
		memcpy(at, &v32, sizeof(v32));
	else
		memcpy(at, &value, sizeof(value));
}

static u32 leaf_size(const struct ks_field *field)
{
	static const u8 sizes[] = {[KS_U8] = 1,	  [KS_U16] = 2,	 [KS_U32] = 4, [KS_U64] = 8,
				   [KS_I8] = 1,	  [KS_I16] = 2,	 [KS_I32] = 4, [KS_I64] = 8,
				   [KS_BOOL] = 1, [KS_CHAR] = 1, [KS_STR] = 0, [KS_BYTES] = 0};

	return sizes[field->type] ? sizes[field->type] : field->size;
}

static bool is_zero(const unsigned char *at, u32 size)
{
	for (u32 i = 0; i < size; i++) {
		if (at[i])
			return false;
	}
	return true;
}

/* Joins one leaf at `offset` of the copies of all CPUs. */
static void leaf_join(const struct ks_map_state *state, enum ks_type type, u32 offset, u32 size,
		      unsigned char *value)
{
	u64 sum = 0;

	for (u32 cpu = 0; cpu < state->cpu_count; cpu++) {
		const unsigned char *at = state->scratch + (size_t)cpu * state->stride + offset;

		if (type == KS_BOOL) {
			sum |= *at;
		} else if (type < KS_BOOL) {
			sum += integer_get(at, size);
		} else if (!is_zero(at, size)) {
			memcpy(value + offset, at, size);
			return;
		}
	}
	if (type <= KS_BOOL)
		integer_put(value + offset, size, sum);
}

void map_join(const struct ks_map *map, void *value)
{
	const struct ks_map_state *state = map->state;

	memset(value, 0, state->value_size);
	for (u32 i = 0; i < map->field_count; i++) {
		const struct ks_field *field = &map->fields[i];
		u32 size = leaf_size(field), count = field->count ? field->count : 1;

		for (u32 j = 0; j < count; j++) {
			u32 offset = field->offset + j * size;

			if (offset + size <= state->value_size)
				leaf_join(state, field->type, offset, size, value);
		}
	}
}

/* All CPUs' copies into the scratch memory. */
static int read_copies(struct ks_map *map, const void *key)
{
	return map_result(map, MAP_READ,
			  bpf_map_lookup_elem(map->state->fd, key, map->state->scratch));
}

static int write_copies(struct ks_map *map, const void *key)
{
	return map_result(map, MAP_WRITE,
			  bpf_map_update_elem(map->state->fd, key, map->state->scratch, BPF_ANY));
}

void *ks_map_get_cpu(struct ks_map *map, const void *key, u32 cpu, void *value)
{
	struct ks_map_state *state = map_state(map);

	if (!state || cpu >= state->cpu_count || read_copies(map, key)) {
		memset(value, 0, map->value_size);
		return NULL;
	}
	return memcpy(value, state->scratch + (size_t)cpu * state->stride, state->value_size);
}

/* The kernel writes all copies at once: the others are read first, and absent ones are zero. */
int ks_map_update_cpu(struct ks_map *map, const void *key, u32 cpu, const void *value)
{
	struct ks_map_state *state = map_state(map);
	int err;

	if (!state)
		return -ENOENT;
	if (cpu >= state->cpu_count)
		return -EINVAL;
	err = read_copies(map, key);
	if (err && err != -ENOENT)
		return err; /* else the other CPUs' values would be lost */
	if (err)
		memset(state->scratch, 0, (size_t)state->cpu_count * state->stride);
	memcpy(state->scratch + (size_t)cpu * state->stride, value, state->value_size);
	return write_copies(map, key);
}

int ks_map_zero_cpus(struct ks_map *map, const void *key)
{
	struct ks_map_state *state = map_state(map);

	if (!state)
		return -ENOENT;
	if (!state->cpu_count)
		return -EINVAL;
	memset(state->scratch, 0, (size_t)state->cpu_count * state->stride);
	return write_copies(map, key);
}
