/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring buffers: handlers and dispatch. Records are read here and not by libbpf, whose consumer
 * calls a function for each record that would then call the handler.
 *
 * The layout (Documentation/bpf/ringbuf.rst): a page with the consumer's position, which we may
 * write; a page with the producer's; the data, mapped twice in a row so that records are never
 * split. A record starts with its length, whose top bits say that it is being written or was
 * discarded, and 4 bytes that are the kernel's.
 */
#include <poll.h>
#include <sys/mman.h>

#include "internal.h"

enum {
	HEADER_SIZE = 8, /* BPF_RINGBUF_HDR_SZ */
};

struct ring {
	unsigned long *consumer;
	const unsigned long *producer;
	const unsigned char *data;
	unsigned long mask;
	void *copy; /* of a record shorter than the handler expects, zero-filled */
};

void ks_on_event(struct ks_map *ring, int (*handler)(void *record))
{
	ring->handler = handler;
}

/* Maps a ring's memory, which stays until the process ends. 0 or -errno. */
static int ring_map(struct ks_map *map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = map->state->max_entries;
	struct ring *ring = ks_alloc(sizeof(*ring), map->where);
	void *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map->state->fd, 0);
	unsigned char *producer = MAP_FAILED;
	int err = 0;

	if (consumer != MAP_FAILED)
		producer = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, map->state->fd,
				(off_t)page);
	if (producer == MAP_FAILED) {
		err = -errno;
		if (consumer != MAP_FAILED)
			munmap(consumer, page);
		free(ring);
		error_at(map->where, "cannot read ring buffer `%s`", map->name);
		explain_errno(OP_MMAP, err);
		return err;
	}
	ring->consumer = consumer;
	ring->producer = (const unsigned long *)producer;
	ring->data = producer + page;
	ring->mask = size - 1;
	ring->copy = ks_alloc(map->value_size, map->where);
	map->state->ring = ring;
	return 0;
}

/*
 * Hands every record that is there to the handler. Stops when it returns non-zero, which becomes
 * the result, and when a signal to stop came.
 */
static int ring_read(const struct ks_map *map)
{
	const struct ring *ring = map->state->ring;
	int (*handler)(void *record) = map->handler;
	unsigned long at = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
	u32 expected = map->value_size;
	int result = 0;

	while (!result && !ks_rt.stopping) {
		unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);

		if (at >= end)
			break;
		while (at < end) {
			const u32 *header = (const u32 *)(ring->data + (at & ring->mask));
			u32 head = __atomic_load_n(header, __ATOMIC_ACQUIRE);
			u32 size = head & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
			void *record = (void *)(header + 2);

			/* Its end makes the descriptor readable. */
			if (head & BPF_RINGBUF_BUSY_BIT)
				return 0;
			if (!(head & BPF_RINGBUF_DISCARD_BIT)) {
				if (size < expected) {
					memset(ring->copy, 0, expected);
					record = memcpy(ring->copy, record, size);
				}
				result = handler(record);
			}
			at += ((unsigned long)size + HEADER_SIZE + 7) & ~7ul;
			__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
			if (result || ks_rt.stopping)
				break;
		}
	}
	return result;
}

static bool is_perf(const struct ks_map *map)
{
	return map->state->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

/* ---- records that found no room ---- */

/* Reads the object's counter, a variable that nothing else in this process looks at. */
static u64 counter_read(const struct ks_map *map)
{
	struct bpf_object *obj = ks_rt.object ? ks_rt.object : ks_rt.maps;
	const struct bpf_map *section = NULL;
	struct variable variable;
	u64 count = 0;
	void *bytes;

	if (obj && map->lost && variable_find(bpf_object__btf(obj), map->lost, &variable) &&
	    variable.size == sizeof(count))
		section = bpf_object__find_map_by_name(obj, variable.section);
	if (!section || bpf_map__fd(section) < 0)
		return 0;
	bytes = ks_alloc(bpf_map__value_size(section), map->where);
	if (!bpf_map_lookup_elem(bpf_map__fd(section), &(u32){0}, bytes))
		memcpy(&count, (unsigned char *)bytes + variable.offset, sizeof(count));
	free(bytes);
	return count;
}

u64 ks_ring_lost(struct ks_map *map)
{
	if (!map_state(map))
		return 0;
	return is_perf(map) ? perf_ring_lost(map) : counter_read(map);
}

static void lost_tell(struct ks_map *map)
{
	u64 lost = map->state ? ks_ring_lost(map) : 0;

	if (!lost || lost == map->state->lost_told)
		return;
	warning_at(map->where, "%llu records of `%s` were lost", lost - map->state->lost_told,
		   map->name);
	detail("reason", "they came faster than the handler took them, and the buffer was full");
	detail("help", "make the buffer larger, or do less in the handler");
	map->state->lost_told = lost;
}

/* ---- dispatch ---- */

static int ring_prepare(struct ks_map *map)
{
	struct ks_map_state *state = map_state(map);

	if (!state)
		return -ENOENT;
	if (!map->handler) {
		error_at(map->where, "ring buffer `%s` has no handler", map->name);
		detail("help", "register one: %s.on_event(f)", map->name);
		return -EINVAL;
	}
	if (is_perf(map))
		return perf_ring_prepare(map);
	return state->ring ? 0 : ring_map(map);
}

/* `fds`: the rings', then the one that a signal makes readable. */
static int dispatch_run(struct ks_map *const *rings, u32 count, struct pollfd *fds)
{
	while (!ks_stopping()) {
		for (u32 i = 0; i < count; i++) {
			int result =
				is_perf(rings[i]) ? perf_ring_read(rings[i]) : ring_read(rings[i]);

			if (result)
				return result;
		}
		/* What comes after this makes a descriptor readable. */
		if (!ks_stopping() && poll(fds, count + 1, -1) < 0 && errno != EINTR) {
			int err = -errno;

			error_at(rings[0]->where, "cannot wait for records of ring buffer `%s`",
				 rings[0]->name);
			explain_errno(OP_MAP_USE, err);
			return err;
		}
	}
	return 0;
}

int ks_dispatch_maps(struct ks_map *const *rings, u32 count)
{
	struct pollfd *fds = ks_alloc((count + 1) * sizeof(*fds), "dispatch");
	int err = 0;

	fflush(stdout);
	for (u32 i = 0; i < count && !err; i++) {
		err = ring_prepare(rings[i]);
		if (!err)
			fds[i] = (struct pollfd){.fd = is_perf(rings[i]) ? perf_ring_fd(rings[i])
									 : rings[i]->state->fd,
						 .events = POLLIN};
	}
	fds[count] = (struct pollfd){.fd = ks_rt.wake_fd, .events = POLLIN};
	if (!err && count)
		err = dispatch_run(rings, count, fds);
	for (u32 i = 0; i < count; i++)
		lost_tell(rings[i]);
	free(fds);
	return err;
}
