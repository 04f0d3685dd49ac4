/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include "interp.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_BYTES    (16u << 20)
#define PACKET_BYTES 64
#define KEYS	     16

struct live {
	const struct trial *trial;
	const struct ir_module *module;
	struct verdict *verdict;
	struct bpf_object *object;
	struct interp *interp;
	char *log;
};

static char last_warning[1024];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_warning, sizeof(last_warning), format, args);
	return 0;
}

static void load(struct live *live, const struct strbuf *object)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "diff", .kernel_log_buf = live->log,
		    .kernel_log_size = LOG_BYTES, .kernel_log_level = 1);
	enum outcome outcome = OUTCOME_REFUSED;
	int err = -EINVAL;
	size_t len;

	live->object = bpf_object__open_mem(object->data, object->len, &opts);
	if (live->object)
		err = bpf_object__load(live->object);
	if (!err)
		return;
	len = strlen(live->log);
	if (err == -EPERM)
		outcome = OUTCOME_NOT_PERMITTED;
	else if (strstr(live->log, "BPF program is too large"))
		outcome = OUTCOME_LIMIT;
	verdict_set(live->verdict, outcome, 0, "%s: %s\n%s", strerror(-err), last_warning,
		    live->log + (len > 1200 ? len - 1200 : 0));
}

/* The data section that holds a variable and where in it. */
static struct bpf_map *global_section(struct live *live, const char *name, uint32_t *offset)
{
	const struct btf *btf = bpf_object__btf(live->object);

	for (uint32_t id = 1; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *sec = btf__type_by_id(btf, id);
		const struct btf_var_secinfo *vars = btf_var_secinfos(sec);

		for (uint16_t i = 0; btf_is_datasec(sec) && i < btf_vlen(sec); i++) {
			const struct btf_type *var = btf__type_by_id(btf, vars[i].type);

			*offset = vars[i].offset;
			if (!strcmp(btf__name_by_offset(btf, var->name_off), name))
				return bpf_object__find_map_by_name(
					live->object, btf__name_by_offset(btf, sec->name_off));
		}
	}
	return NULL;
}

/* Reads or writes the kernel's copy of a global; false when the object has none. */
static bool global_copy(struct live *live, const char *name, void *bytes, size_t size, bool write)
{
	uint32_t offset = 0, zero = 0;
	struct bpf_map *map = global_section(live, name, &offset);
	char *all = map ? calloc(1, bpf_map__value_size(map)) : NULL;
	bool ok = all && !bpf_map_lookup_elem(bpf_map__fd(map), &zero, all);

	if (ok && write) {
		memcpy(all + offset, bytes, size);
		ok = !bpf_map_update_elem(bpf_map__fd(map), &zero, all, 0);
	} else if (ok) {
		memcpy(bytes, all + offset, size);
	}
	free(all);
	return ok;
}

static void input_set(struct live *live, const char *name, uint64_t value)
{
	void *memory = interp_global(live->interp, name);

	if (memory)
		memcpy(memory, &value, sizeof(value));
	global_copy(live, name, &value, sizeof(value), true);
}

static void packet_fill(uint8_t *packet, uint64_t seed)
{
	for (unsigned i = 0; i < PACKET_BYTES; i++)
		packet[i] = (uint8_t)(seed >> i % 8 * 8) + (uint8_t)(i * 7);
}

static void bytes_show(struct strbuf *out, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		strbuf_printf(out, "%02x", ((const uint8_t *)bytes)[i]);
}

static void differ(struct live *live, uint32_t number, const char *what, const void *kernel,
		   const void *interp, size_t size)
{
	struct strbuf text = {0};

	strbuf_printf(&text, "%s: kernel ", what);
	bytes_show(&text, kernel, size);
	strbuf_puts(&text, " interpreter ");
	bytes_show(&text, interp, size);
	verdict_set(live->verdict, OUTCOME_INTERP, number, "%s", strbuf_text(&text));
	strbuf_free(&text);
}

/* The program that a global or map belongs to: the number at its name's end. */
static uint32_t owner(const char *name)
{
	const char *end = strrchr(name, '_');

	return end ? (uint32_t)strtoul(end + 1, NULL, 10) : 0;
}

static void globals_compare(struct live *live, uint32_t number)
{
	uint8_t got[1024];

	vec_foreach (global, &live->module->globals) {
		const char *name = (*global)->name;
		size_t size = (*global)->type->size;

		if (owner(name) != number || size > sizeof(got) ||
		    !interp_global(live->interp, name))
			continue;
		if (global_copy(live, name, got, size, false) &&
		    memcmp(got, interp_global(live->interp, name), size))
			differ(live, number, name, got, interp_global(live->interp, name), size);
	}
}

static void map_compare(struct live *live, const struct ir_map *of, uint32_t number)
{
	struct bpf_map *map = bpf_object__find_map_by_name(live->object, of->name);
	size_t size = of->value->size, stride = (size + 7) & ~(size_t)7;
	uint8_t *got = calloc((size_t)libbpf_num_possible_cpus() + 1, stride);

	for (uint64_t key = 0; map && got && key < KEYS; key++) {
		const void *want = interp_entry(live->interp, of->name, &key);
		int err = bpf_map_lookup_elem(bpf_map__fd(map), &key, got);
		char what[80];

		snprintf(what, sizeof(what), "%s[%" PRIu64 "]", of->name, key);
		/* A lookup in an array behind its end is an error as well. */
		if (!want != (err != 0))
			verdict_set(live->verdict, OUTCOME_INTERP, number,
				    "%s: kernel says %s, interpreter says %s", what,
				    err ? "absent" : "present", want ? "present" : "absent");
		else if (want && memcmp(got, want, size))
			differ(live, number, what, got, want, size);
	}
	free(got);
}

static void maps_compare(struct live *live, uint32_t number)
{
	vec_foreach (map, &live->module->maps) {
		if ((*map)->key && (*map)->value && owner((*map)->name) == number)
			map_compare(live, *map, number);
	}
}

/* The line `NUMBER SET RESULT` of the user build. */
static void user_compare(struct live *live, const char *printed, uint32_t number, uint32_t set,
			 uint64_t result)
{
	char start[40];
	const char *at;
	uint64_t got;

	snprintf(start, sizeof(start), "\n%u %u ", number, set);
	at = !strncmp(printed, start + 1, strlen(start + 1)) ? printed : strstr(printed, start);
	if (at && at != printed)
		at++;
	got = at ? strtoull(at + strlen(start + 1), NULL, 10) : 0;
	if (!at || got != result)
		verdict_set(live->verdict, OUTCOME_USER, number,
			    "inputs %" PRIu64 " %" PRIu64 ": interpreter %" PRIu64
			    ", user code %" PRIu64,
			    live->trial->inputs[set][0], live->trial->inputs[set][1], result, got);
}

static void run_one(struct live *live, uint32_t number, uint32_t set)
{
	uint8_t packet[PACKET_BYTES], out[PACKET_BYTES] = {0}, again[PACKET_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = PACKET_BYTES,
		    .data_out = out, .data_size_out = PACKET_BYTES);
	struct interp_result result;
	struct bpf_program *prog;
	struct ir_func *func;
	char name[24];
	int err;

	snprintf(name, sizeof(name), "run_%u", number);
	packet_fill(packet, live->trial->inputs[set][0] ^ number);
	memcpy(again, packet, sizeof(again));
	prog = bpf_object__find_program_by_name(live->object, name);
	func = interp_find(live->interp, TARGET_BPF, name);
	if (!prog || !func) {
		verdict_set(live->verdict, OUTCOME_RUN, number, "there is no %s", name);
		return;
	}
	err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
	if (err)
		verdict_set(live->verdict, OUTCOME_RUN, number, "%s", strerror(-err));
	result = interp_run_packet(live->interp, func, again, PACKET_BYTES);
	if (result.end != INTERP_RETURNED)
		verdict_set(live->verdict, OUTCOME_INTERP, number, "interpreted, it ends with %s",
			    result.why);
	else if ((uint32_t)result.value != opts.retval)
		verdict_set(live->verdict, OUTCOME_INTERP, number,
			    "kernel returns %u, interpreter %u", opts.retval,
			    (uint32_t)result.value);
	else if (memcmp(out, again, PACKET_BYTES))
		differ(live, number, "packet", out, again, PACKET_BYTES);
	globals_compare(live, number);
}

/* The same function with the same inputs, as the bpf code calls it. */
static void work_compare(struct live *live, const char *printed, uint32_t number, uint32_t set)
{
	struct interp_result result;
	struct ir_func *func;
	char name[24];

	snprintf(name, sizeof(name), "work_%u", number);
	func = interp_find(live->interp, TARGET_USER, name);
	if (!func)
		return;
	result = interp_run(live->interp, func, live->trial->inputs[set], 2);
	if (result.end != INTERP_RETURNED)
		verdict_set(live->verdict, OUTCOME_INTERP, number, "interpreted, it ends with %s",
			    result.why);
	user_compare(live, printed, number, set, result.value);
}

void trial_compare(const struct trial *trial, struct compilation *comp,
		   const struct ir_module *module, const struct strbuf *object, const char *printed,
		   struct verdict *verdict)
{
	struct live live = {.trial = trial, .module = module, .verdict = verdict};
	cpu_set_t one;

	/* Per-CPU entries are compared on the first CPU. */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	libbpf_set_print(keep_warning);
	live.interp = interp_new(comp, module);
	live.log = calloc(1, LOG_BYTES);
	if (!live.log)
		return;
	load(&live, object);
	for (uint32_t set = 0; set < TRIAL_SETS && verdict->outcome == OUTCOME_SAME; set++) {
		input_set(&live, "in_a", trial->inputs[set][0]);
		input_set(&live, "in_b", trial->inputs[set][1]);
		for (uint32_t i = 0; i < trial->count; i++) {
			run_one(&live, trial->numbers[i], set);
			if (printed)
				work_compare(&live, printed, trial->numbers[i], set);
		}
	}
	for (uint32_t i = 0; i < trial->count && verdict->outcome == OUTCOME_SAME; i++)
		maps_compare(&live, trial->numbers[i]);
	bpf_object__close(live.object);
	free(live.log);
}
