// SPDX-License-Identifier: Apache-2.0
/* The consumer of events.ks by hand: libbpf and the same BPF object. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

enum {
	BATCH = 20000
};

struct event {
	unsigned long long id, value;
};

static int producer;
static unsigned left, rounds;
static unsigned long long sum, producing;

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000 + (unsigned long long)t.tv_nsec;
}

static void refill(void)
{
	unsigned count = BATCH;
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &count, .ctx_size_in = sizeof(count));
	unsigned long long start = now();

	bpf_prog_test_run_opts(producer, &options);
	producing += now() - start;
	left = BATCH;
}

static int on_event(void *context, void *data, size_t size)
{
	const struct event *e = data;

	(void)context;
	(void)size;
	sum += e->value;
	if (--left)
		return 0;
	if (!--rounds)
		return -1;
	refill();
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj = bpf_object__open_file("events.bpf.o", NULL);
	struct ring_buffer *rings;
	unsigned long long start;

	rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 500;
	if (!obj || bpf_object__load(obj))
		return 1;
	producer = bpf_program__fd(bpf_object__find_program_by_name(obj, "produce"));
	rings = ring_buffer__new(bpf_object__find_map_fd_by_name(obj, "events"), on_event, NULL,
				 NULL);
	if (!rings)
		return 1;
	start = now();
	refill();
	while (ring_buffer__poll(rings, -1) >= 0)
		;
	printf("%llu\n", sum * 1000000000 / (now() - start - producing));
	ring_buffer__free(rings);
	bpf_object__close(obj);
	return 0;
}
