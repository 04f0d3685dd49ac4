/* SPDX-License-Identifier: Apache-2.0 */
/* Loads an object, runs its programs, looks at what they leave. */
#include "trial.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_BYTES (16u << 20)

struct live {
	struct bpf_object *object;
	struct strbuf *out;
	struct verdict *verdict;
};

static char last_warning[1024];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	char text[1024];

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(text, sizeof(text), format, args);
	/* The one that names the program; others follow it. */
	if (!strstr(last_warning, "run_"))
		memcpy(last_warning, text, sizeof(text));
	return 0;
}

static uint32_t blamed(const char *text)
{
	const char *at = text;

	while ((at = strstr(at, "run_")) || (at = NULL)) {
		if (isdigit((unsigned char)at[4]))
			return (uint32_t)strtoul(at + 4, NULL, 10);
		at++;
	}
	at = strstr(text, "tail_");
	return at ? (uint32_t)strtoul(at + 5, NULL, 10) : UINT32_MAX;
}

/* Once more, for the verifier's reasons. */
static void explain(struct live *live, const void *object, size_t size, int err)
{
	char *log = calloc(1, LOG_BYTES);
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "diff", .kernel_log_buf = log,
		    .kernel_log_size = LOG_BYTES, .kernel_log_level = 1);
	enum outcome outcome = OUTCOME_REFUSED;
	size_t len;

	if (!log)
		return;
	live->object = bpf_object__open_mem(object, size, &opts);
	if (live->object && bpf_object__load(live->object))
		bpf_object__close(live->object);
	live->object = NULL;
	len = strlen(log);
	if (strstr(log, "too large. Processed") || strstr(log, "jumps is too complex"))
		outcome = OUTCOME_LIMIT;
	verdict_set(live->verdict, outcome, blamed(last_warning), "%s: %s%s", strerror(-err),
		    last_warning, log + (len > 2000 ? len - 2000 : 0));
	free(log);
}

static void load(struct live *live, const void *object, size_t size)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "diff", .kernel_log_level = 0);
	/* Short messages, no log: writing it takes longer than anything else. */
	static char short_log[256];
	int err = -EINVAL;

	opts.kernel_log_buf = short_log;
	opts.kernel_log_size = sizeof(short_log);
	*last_warning = 0;
	live->object = bpf_object__open_mem(object, size, &opts);
	if (live->object)
		err = bpf_object__load(live->object);
	if (!err)
		return;
	bpf_object__close(live->object);
	live->object = NULL;
	if (err == -EPERM)
		verdict_set(live->verdict, OUTCOME_NOT_PERMITTED, 0, "bpf() is not permitted");
	else
		explain(live, object, size, err);
}

typedef void global_fn(struct live *live, const char *name, uint8_t *bytes, uint32_t size,
		       const void *user);

/* Calls `each` for every variable of a data section; writes the section back when asked to. */
static void section_each(struct live *live, const struct btf_type *sec, global_fn *each,
			 const void *user, bool write)
{
	const struct btf *btf = bpf_object__btf(live->object);
	const char *name = btf__name_by_offset(btf, sec->name_off);
	struct bpf_map *map = bpf_object__find_map_by_name(live->object, name);
	const struct btf_var_secinfo *vars = btf_var_secinfos(sec);
	uint8_t *all = map ? calloc(1, bpf_map__value_size(map)) : NULL;
	uint32_t zero = 0;

	if (!all || bpf_map_lookup_elem(bpf_map__fd(map), &zero, all)) {
		free(all);
		return;
	}
	for (uint16_t i = 0; i < btf_vlen(sec); i++) {
		const struct btf_type *var = btf__type_by_id(btf, vars[i].type);

		each(live, btf__name_by_offset(btf, var->name_off), all + vars[i].offset,
		     vars[i].size, user);
	}
	if (write)
		bpf_map_update_elem(bpf_map__fd(map), &zero, all, 0);
	free(all);
}

static void globals_each(struct live *live, global_fn *each, const void *user, bool write)
{
	const struct btf *btf = bpf_object__btf(live->object);

	for (uint32_t id = 1; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *sec = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, sec->name_off);

		if (btf_is_datasec(sec) && (!strcmp(name, ".data") || !strcmp(name, ".bss")))
			section_each(live, sec, each, user, write);
	}
}

static void input_set(struct live *live, const char *name, uint8_t *bytes, uint32_t size,
		      const void *user)
{
	const uint64_t *inputs = user;

	if (!strcmp(name, "in_a"))
		memcpy(bytes, &inputs[0], sizeof(*inputs));
	if (!strcmp(name, "in_b"))
		memcpy(bytes, &inputs[1], sizeof(*inputs));
}

struct moment {
	uint32_t number, set;
};

static void global_show(struct live *live, const char *name, uint8_t *bytes, uint32_t size,
			const void *user)
{
	const struct moment *moment = user;

	if (number_of(name) != moment->number)
		return;
	strbuf_printf(live->out, "%u %u global %s ", moment->number, moment->set, name);
	bytes_show(live->out, bytes, size);
	strbuf_putc(live->out, '\n');
}

static void run_once(struct live *live, struct bpf_program *prog, uint32_t set)
{
	struct moment moment = {number_of(bpf_program__name(prog)), set};
	uint8_t packet[PACKET_BYTES], after[PACKET_BYTES] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = PACKET_BYTES,
		    .data_out = after, .data_size_out = PACKET_BYTES);
	int err;

	packet_fill(packet, trial_inputs[set][0] ^ moment.number);
	err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
	if (err) {
		verdict_set(live->verdict, OUTCOME_RUN, moment.number, "%s", strerror(-err));
		return;
	}
	strbuf_printf(live->out, "%u %u return %u\n%u %u packet ", moment.number, set, opts.retval,
		      moment.number, set);
	bytes_show(live->out, after, PACKET_BYTES);
	strbuf_putc(live->out, '\n');
	globals_each(live, global_show, &moment, false);
}

/* ---- maps ---- */

static void entry_show(struct live *live, struct bpf_map *map, const void *key, const void *value)
{
	const char *name = bpf_map__name(map);

	strbuf_printf(live->out, "%u 9 map %s ", number_of(name), name);
	bytes_show(live->out, key, bpf_map__key_size(map));
	strbuf_putc(live->out, ' ');
	bytes_show(live->out, value, bpf_map__value_size(map));
	strbuf_putc(live->out, '\n');
}

static void numbered_show(struct live *live, struct bpf_map *map, uint32_t index, const void *bytes,
			  size_t size)
{
	const char *name = bpf_map__name(map);

	strbuf_printf(live->out, "%u 9 map %s %04u ", number_of(name), name, index);
	bytes_show(live->out, bytes, size);
	strbuf_putc(live->out, '\n');
}

/* Of per-CPU entries those of the first CPU, where everything ran. */
static void entries_show(struct live *live, struct bpf_map *map, void *value)
{
	uint8_t key[64], next[64];
	void *last = NULL;

	while (!bpf_map_get_next_key(bpf_map__fd(map), last, next)) {
		memcpy(key, next, sizeof(key));
		last = key;
		if (!bpf_map_lookup_elem(bpf_map__fd(map), key, value))
			entry_show(live, map, key, value);
	}
}

static void queue_show(struct live *live, struct bpf_map *map, void *value)
{
	uint32_t index = 0;

	while (!bpf_map_lookup_and_delete_elem(bpf_map__fd(map), NULL, value))
		numbered_show(live, map, index++, value, bpf_map__value_size(map));
}

struct records {
	struct live *live;
	struct bpf_map *map;
	uint32_t count;
};

static int record_show(void *user, void *data, size_t size)
{
	struct records *records = user;

	numbered_show(records->live, records->map, records->count++, data, size);
	return 0;
}

static void ring_show(struct live *live, struct bpf_map *map)
{
	struct records records = {live, map, 0};
	struct ring_buffer *ring = ring_buffer__new(bpf_map__fd(map), record_show, &records, NULL);

	if (ring)
		ring_buffer__consume(ring);
	ring_buffer__free(ring);
}

static void map_show(struct live *live, struct bpf_map *map)
{
	size_t stride = (bpf_map__value_size(map) + 7) & ~(size_t)7;
	void *value = calloc((size_t)libbpf_num_possible_cpus() + 1, stride);

	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
		entries_show(live, map, value);
		break;
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
		queue_show(live, map, value);
		break;
	case BPF_MAP_TYPE_RINGBUF:
		ring_show(live, map);
		break;
	default:
		break;
	}
	free(value);
}

/* ksc's own maps (data sections, program arrays) have names that no program has. */
static bool is_ours(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);

	return (name[0] == 'm' && isdigit((unsigned char)name[1])) || !strncmp(name, "lk_", 3);
}

void live_run(const void *object, size_t size, struct strbuf *out, struct verdict *verdict)
{
	struct live live = {.out = out, .verdict = verdict};
	struct bpf_program *prog;
	struct bpf_map *map;
	cpu_set_t one;

	/* Per-CPU entries are compared on the first CPU. */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	libbpf_set_print(keep_warning);
	load(&live, object, size);
	if (!live.object)
		return;
	for (uint32_t set = 0; set < TRIAL_SETS; set++) {
		globals_each(&live, input_set, trial_inputs[set], true);
		bpf_object__for_each_program(prog, live.object)
		{
			if (!strncmp(bpf_program__name(prog), "run_", 4))
				run_once(&live, prog, set);
		}
	}
	bpf_object__for_each_map(map, live.object)
	{
		if (is_ours(map))
			map_show(&live, map);
	}
	bpf_object__close(live.object);
	lines_sort(out);
}
