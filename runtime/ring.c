/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring buffers: handlers and dispatch. */
#include <poll.h>

#include "internal.h"

void ks_on_event(struct ks_map *ring, int (*handler)(void *record))
{
	ring->handler = handler;
}

struct ring_context {
	struct ks_map *map;
	struct dispatch *all;
	void *copy; /* of a record shorter than the handler expects, zero-filled */
};

struct dispatch {
	int result; /* of the handler that ended it */
	struct ring_buffer *rings;
	struct ring_context *contexts;
	u32 count;
};

/* A negative result makes libbpf stop after this record; the handler's own is kept aside. */
static int on_record(void *ctx, void *data, size_t size)
{
	struct ring_context *context = ctx;
	const struct ks_map *map = context->map;

	if (size < map->value_size) {
		memset(context->copy, 0, map->value_size);
		data = memcpy(context->copy, data, size);
	}
	context->all->result = map->handler(data);
	return context->all->result || ks_stopping() ? -ECANCELED : 0;
}

static int ring_add(struct dispatch *all, struct ks_map *map)
{
	struct ks_map_state *state = map_state(map);
	struct ring_context *context = &all->contexts[all->count];
	int err;

	if (!state)
		return -ENOENT;
	if (!map->handler) {
		error_at(map->where, "ring buffer `%s` has no handler", map->name);
		detail("help", "register one: %s.on_event(f)", map->name);
		return -EINVAL;
	}
	*context = (struct ring_context){map, all, ks_alloc(map->value_size, map->where)};
	all->count++;
	if (all->rings) {
		err = ring_buffer__add(all->rings, state->fd, on_record, context);
	} else {
		all->rings = ring_buffer__new(state->fd, on_record, context, NULL);
		err = all->rings ? 0 : -errno;
	}
	if (err) {
		error_at(map->where, "cannot read ring buffer `%s`", map->name);
		explain_errno(OP_MAPS, err);
	}
	return err;
}

static int dispatch_fail(const struct dispatch *all, int err)
{
	const struct ks_map *map = all->contexts[0].map;

	error_at(map->where, "cannot wait for records of ring buffer `%s`", map->name);
	explain_errno(OP_MAP_USE, err);
	return err;
}

static int dispatch_run(struct dispatch *all)
{
	struct pollfd fds[] = {
		{.fd = ring_buffer__epoll_fd(all->rings), .events = POLLIN},
		{.fd = ks_rt.wake_fd, .events = POLLIN},
	};

	while (!ks_stopping()) {
		/* What comes after this makes the descriptor readable. */
		int n = ring_buffer__consume(all->rings);

		if (n == -ECANCELED)
			return all->result;
		if (n < 0)
			return dispatch_fail(all, n);
		if (ks_stopping())
			break;
		if (poll(fds, COUNT_OF(fds), -1) < 0 && errno != EINTR)
			return dispatch_fail(all, -errno);
	}
	return 0;
}

int ks_dispatch_maps(struct ks_map *const *rings, u32 count)
{
	struct dispatch all = {.contexts = ks_alloc(count * sizeof(*all.contexts), "dispatch")};
	int err = 0;

	fflush(stdout);
	for (u32 i = 0; i < count && !err; i++)
		err = ring_add(&all, rings[i]);
	if (!err && count)
		err = dispatch_run(&all);
	ring_buffer__free(all.rings);
	for (u32 i = 0; i < all.count; i++)
		free(all.contexts[i].copy);
	free(all.contexts);
	return err;
}
