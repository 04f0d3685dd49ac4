/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf_event_array as a ring buffer: one buffer for each CPU, made when dispatch() begins, for the
 * kernel writes only where somebody reads. Records that found a buffer full are counted by the
 * kernel; dispatch() tells how many when it ends.
 */
#include <linux/perf_event.h>

#include "internal.h"

enum {
	PAGES = 64 /* of each CPU's buffer */
};

struct perf_ring {
	struct perf_buffer *buffer;
	struct ks_map *map;
	u64 lost;
	int result; /* of the handler that ended dispatch() */
	void *copy; /* of a record: they are not aligned, and may be shorter than expected */
	u32 room;
};

struct sample {
	struct perf_event_header header;
	u32 size;
	unsigned char data[];
};

struct lost_records {
	struct perf_event_header header;
	u64 id, count;
};

static void hand_over(struct perf_ring *ring, const struct sample *sample)
{
	u32 expected = ring->map->value_size, size = sample->size;

	if (size > ring->room || !ring->copy) {
		free(ring->copy);
		ring->room = size > expected ? size : expected;
		ring->copy = ks_alloc(ring->room, ring->map->where);
	}
	if (size < expected)
		memset(ring->copy, 0, expected);
	memcpy(ring->copy, sample->data, size);
	ring->result = ring->map->handler(ring->copy);
}

static enum bpf_perf_event_ret on_event(void *context, int cpu, struct perf_event_header *event)
{
	struct perf_ring *ring = context;

	(void)cpu;
	if (event->type == PERF_RECORD_LOST)
		ring->lost += ((const struct lost_records *)event)->count;
	if (event->type != PERF_RECORD_SAMPLE)
		return LIBBPF_PERF_EVENT_CONT;
	hand_over(ring, (const struct sample *)event);
	return ring->result || ks_rt.stopping ? LIBBPF_PERF_EVENT_ERROR : LIBBPF_PERF_EVENT_CONT;
}

int perf_ring_prepare(struct ks_map *map)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
	};
	struct perf_ring *ring;
	int err;

	if (map->state->perf)
		return 0;
	ring = ks_alloc(sizeof(*ring), map->where);
	ring->map = map;
	ring->buffer = perf_buffer__new_raw(map->state->fd, PAGES, &attr, on_event, ring, NULL);
	if (ring->buffer) {
		map->state->perf = ring;
		return 0;
	}
	err = -errno;
	free(ring);
	error_at(map->where, "cannot read the records of `%s`", map->name);
	explain_errno(OP_ATTACH_PERF, err);
	return err;
}

int perf_ring_fd(const struct ks_map *map)
{
	return perf_buffer__epoll_fd(map->state->perf->buffer);
}

int perf_ring_read(struct ks_map *map)
{
	struct perf_ring *ring = map->state->perf;

	ring->result = 0;
	perf_buffer__consume(ring->buffer);
	return ring->result;
}

u64 perf_ring_lost(const struct ks_map *map)
{
	return map->state->perf ? map->state->perf->lost : 0;
}

void perf_ring_close(struct ks_map *map)
{
	struct perf_ring *ring = map->state ? map->state->perf : NULL;

	if (!ring)
		return;
	perf_buffer__free(ring->buffer);
	free(ring->copy);
	free(ring);
	map->state->perf = NULL;
}
