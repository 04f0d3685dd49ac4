/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Level run: every program of the case is loaded into this kernel, `run:` directives run them with
 * BPF_PROG_TEST_RUN, `map:` and `global:` look at what they left. A refusal by the verifier fails
 * the case: what ksc accepts, the kernel loads.
 */
#include "runner.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <errno.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_BYTES    (16u << 20)
#define PACKET_BYTES 4096

struct live {
	struct test_case *tc;
	struct bpf_object *object;
	char *log;
};

static char last_warning[1024];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN)
		vsnprintf(last_warning, sizeof(last_warning), format, args);
	return 0;
}

/* Whether a program of two instructions can be loaded for that kernel function. */
static bool can_load(enum bpf_prog_type type, enum bpf_attach_type attach, const char *function)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach);
	int id = libbpf_find_vmlinux_btf_id(function, attach);
	int fd = -1;

	opts.attach_btf_id = id > 0 ? (uint32_t)id : 0;
	if (id > 0)
		fd = bpf_prog_load(type, "probe", "GPL", insns, 2, &opts);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The kernel may lack what the kind attaches to; the reason, or NULL. */
static const char *cannot_load_here(const struct bpf_program *prog)
{
	enum bpf_prog_type type = bpf_program__type(prog);
	enum bpf_attach_type attach = bpf_program__expected_attach_type(prog);

	if (type == BPF_PROG_TYPE_TRACING &&
	    (attach == BPF_TRACE_FENTRY || attach == BPF_TRACE_FEXIT) &&
	    !can_load(type, attach, "bpf_fentry_test1"))
		return "fentry and fexit need a kernel with trampolines";
	if (type == BPF_PROG_TYPE_LSM && !can_load(type, BPF_LSM_MAC, "file_open"))
		return "BPF LSM is not on";
	return NULL;
}

static bool needs_module(const struct compiled *compiled)
{
	vec_foreach (func, &compiled->module->funcs) {
		if ((*func)->role == FN_KFUNC)
			return true;
	}
	return false;
}

/* The end of the log says why; the beginning is rarely of use. */
static void fail_load(struct live *live, int err)
{
	size_t len = strlen(live->log);
	const char *tail = len > 2000 ? live->log + len - 2000 : live->log;

	fail(live->tc, 1, "the kernel refused the object (%s): %s", strerror(-err), last_warning);
	strbuf_printf(&live->tc->failures, "--- end of the verifier's log\n%s\n---\n", tail);
}

static bool live_load(struct live *live, const struct compiled *compiled)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "golden",
		    .kernel_log_buf = live->log, .kernel_log_size = LOG_BYTES,
		    .kernel_log_level = 1);
	struct bpf_program *prog;
	struct bpf_map *map;
	int err;

	live->object = bpf_object__open_mem(compiled->object.data, compiled->object.len, &opts);
	if (!live->object) {
		fail(live->tc, 1, "libbpf does not open the object: %s", last_warning);
		return false;
	}
	bpf_object__for_each_program(prog, live->object)
	{
		const char *why = cannot_load_here(prog);

		if (why) {
			live->tc->skipped = why;
			bpf_program__set_autoload(prog, false);
		}
		/* libbpf knows the section since 1.2. */
		if (!strncmp(bpf_program__section_name(prog), "netfilter", 9)) {
			bpf_program__set_type(prog, (enum bpf_prog_type)32);
			bpf_program__set_expected_attach_type(prog, (enum bpf_attach_type)45);
		}
	}
	/* Pinned maps would outlive the test. */
	bpf_object__for_each_map(map, live->object) bpf_map__set_pin_path(map, NULL);
	err = bpf_object__load(live->object);
	if (err)
		fail_load(live, err);
	return !err;
}

static void compare_packet(struct test_case *tc, const struct action *action,
			   const struct bpf_test_run_opts *opts)
{
	const char *want = action_option(tc, action->text, "out");
	unsigned char bytes[PACKET_BYTES];
	size_t len;

	if (!want)
		return;
	len = packet_make(want, bytes, sizeof(bytes));
	if (len != opts->data_size_out || memcmp(bytes, opts->data_out, len)) {
		fail(tc, action->line, "the packet came out differently:");
		for (uint32_t i = 0; i < opts->data_size_out; i++)
			strbuf_printf(&tc->failures, "%02x",
				      ((const unsigned char *)opts->data_out)[i]);
		strbuf_putc(&tc->failures, '\n');
	}
}

static void do_run(struct live *live, const struct action *action)
{
	struct test_case *tc = live->tc;
	const char *name = arena_strndup(&tc->arena, action->text, strcspn(action->text, " "));
	const char *packet = action_option(tc, action->text, "packet");
	const char *want = action_option(tc, action->text, "return");
	const char *repeat = action_option(tc, action->text, "repeat");
	struct bpf_program *prog = bpf_object__find_program_by_name(live->object, name);
	unsigned char in[PACKET_BYTES], out[PACKET_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	uint32_t rounds = repeat ? (uint32_t)strtoul(repeat, NULL, 0) : 1;
	int err;

	if (!prog || bpf_program__fd(prog) < 0) {
		fail(tc, action->line, "there is no loaded program `%s`", name);
		return;
	}
	if (packet) {
		opts.data_size_in = (uint32_t)packet_make(packet, in, sizeof(in));
		opts.data_in = in;
		opts.data_out = out;
		opts.data_size_out = sizeof(out);
		if (!opts.data_size_in)
			fail(tc, action->line, "no packet is called `%s`", packet);
	}
	for (uint32_t i = 0; i < rounds; i++) {
		opts.data_size_out = packet ? sizeof(out) : 0;
		err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
		if (err) {
			fail(tc, action->line, "the test run failed: %s", strerror(-err));
			return;
		}
		if (want && (int32_t)opts.retval != (int32_t)action_result(want)) {
			fail(tc, action->line, "`%s` returned %d, not %s", name,
			     (int32_t)opts.retval, want);
			return;
		}
	}
	if (packet)
		compare_packet(tc, action, &opts);
}

/* Sums the CPUs' copies as one little-endian integer of up to 8 bytes. */
static void cpus_join(unsigned char *value, size_t size, int cpus)
{
	size_t stride = (size + 7) & ~(size_t)7;
	uint64_t sum = 0;

	if (size > 8)
		return;
	for (int i = 0; i < cpus; i++) {
		uint64_t one = 0;

		memcpy(&one, value + stride * (size_t)i, size);
		sum += one;
	}
	memcpy(value, &sum, size);
}

/* `NAME[KEY] = VALUE`, `NAME[KEY] = absent` */
static void do_map(struct live *live, const struct action *action)
{
	struct test_case *tc = live->tc;
	struct map_text text;
	unsigned char key[512];
	int cpus = libbpf_num_possible_cpus();
	struct bpf_map *map;
	size_t size;
	unsigned char *got, *want;
	int err;

	if (!action_map(tc, action, &text))
		return;
	map = bpf_object__find_map_by_name(live->object, text.name);
	if (!map) {
		fail(tc, action->line, "there is no map `%s`", text.name);
		return;
	}
	size = bpf_map__value_size(map);
	got = calloc((size_t)cpus + 1, (size + 7) & ~(size_t)7);
	want = calloc(1, size);
	action_bytes(text.key, key, bpf_map__key_size(map));
	action_bytes(text.want, want, size);
	err = got && want ? bpf_map_lookup_elem(bpf_map__fd(map), key, got) : -ENOMEM;
	if (bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY ||
	    bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_HASH ||
	    bpf_map__type(map) == BPF_MAP_TYPE_LRU_PERCPU_HASH)
		cpus_join(got, size, cpus);
	if (!strcmp(text.want, "absent") ? err != -ENOENT : err != 0)
		fail(tc, action->line, "`%s` does not hold: lookup gave %d", action->text, err);
	else if (!err)
		action_compare(tc, action, got, want, size);
	free(got);
	free(want);
}

/* The data section that holds a variable, from BTF; NULL when there is none. */
static struct bpf_map *global_section(struct live *live, const char *name,
				      const struct btf_var_secinfo **info)
{
	const struct btf *btf = bpf_object__btf(live->object);

	for (uint32_t id = 1; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *sec = btf__type_by_id(btf, id);
		const struct btf_var_secinfo *vars = btf_var_secinfos(sec);

		for (uint16_t i = 0; btf_is_datasec(sec) && i < btf_vlen(sec); i++) {
			const struct btf_type *var = btf__type_by_id(btf, vars[i].type);

			*info = &vars[i];
			if (!strcmp(btf__name_by_offset(btf, var->name_off), name))
				return bpf_object__find_map_by_name(
					live->object, btf__name_by_offset(btf, sec->name_off));
		}
	}
	return NULL;
}

/* The bytes of a global variable: the section is an array map with one entry. Heap memory. */
static unsigned char *global_read(struct live *live, const char *name, size_t *size)
{
	const struct btf_var_secinfo *info = NULL;
	struct bpf_map *map = global_section(live, name, &info);
	unsigned char *all = map ? calloc(1, bpf_map__value_size(map)) : NULL;
	uint32_t zero = 0;

	if (!all || bpf_map_lookup_elem(bpf_map__fd(map), &zero, all)) {
		free(all);
		return NULL;
	}
	*size = info->size;
	memmove(all, all + info->offset, info->size);
	return all;
}

/* `NAME = VALUE` */
static void do_global(struct live *live, const struct action *action)
{
	struct map_text text;
	unsigned char want[1024] = {0};
	unsigned char *got;
	size_t size = 0;

	if (!action_global(live->tc, action, &text))
		return;
	got = global_read(live, text.name, &size);
	if (!got || size > sizeof(want)) {
		fail(live->tc, action->line, "there is no global `%s`", text.name);
	} else {
		action_bytes(text.want, want, size);
		action_compare(live->tc, action, got, want, size);
	}
	free(got);
}

void level_run(struct runner *runner, struct test_case *tc, struct compiled *compiled)
{
	struct live live = {.tc = tc};

	(void)runner;
	if (!compiled->object.len || tc->expects_errors) {
		tc->not_applicable = true;
		return;
	}
	if (needs_module(compiled)) {
		tc->skipped = "its kernel module has to be inserted first";
		return;
	}
	live.log = calloc(1, LOG_BYTES);
	libbpf_set_print(keep_warning);
	last_warning[0] = 0;
	if (live.log && live_load(&live, compiled)) {
		vec_foreach (action, &tc->actions) {
			if (action->kind == ACTION_RUN)
				do_run(&live, action);
			else if (action->kind == ACTION_MAP)
				do_map(&live, action);
			else if (action->kind == ACTION_GLOBAL)
				do_global(&live, action);
		}
	}
	bpf_object__close(live.object);
	free(live.log);
}
