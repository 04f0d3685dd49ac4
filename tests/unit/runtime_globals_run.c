/* SPDX-License-Identifier: Apache-2.0 */
/* Variables and configs shared with running programs; what is pinned and comes back. */
#include "run_test.h"

KS_EMBED(basic, "basic.bpf.o");
KS_EMBED(pinned, "pinned.bpf.o");
KS_EMBED(pinned_type, "pinned.1.bpf.o");
KS_EMBED(pinned_size, "pinned.2.bpf.o");
KS_EMBED(pinned_name, "pinned.3.bpf.o");

struct tuning {
	u32 limit, step;
};

static struct ks_prog count = {
	.name = "count", .kind = KS_KIND_XDP, .where = "g.ks:7", .flags = KS_PROG_LOAD};
static volatile u64 *total;
static volatile u32 *start_value;
static volatile struct tuning *tuning, *fixed;

static const struct ks_global variables[] = {
	{"total", &total, sizeof(*total), KS_SHARED},
	{"start_value", &start_value, sizeof(*start_value), KS_SHARED},
	{"tuning", &tuning, sizeof(*tuning), KS_CONFIG},
	{"fixed", &fixed, sizeof(*fixed), KS_CONST_CONFIG},
};

static const struct ks_app app = {
	.name = "globals",
	.source = "g.ks",
	.object = KS_OBJECT(basic),
	KS_PROGS(&count),
	KS_GLOBALS(variables),
};

static int shared(void)
{
	volatile u64 *address = total;

	/* Before load: the initial values, which can be changed. */
	CHECK_INT(*total, 0);
	CHECK_INT(*start_value, 40);
	CHECK_INT(tuning->limit, 100);
	*total = 1000;
	*start_value += 1;
	ks_load(&count, "g.ks:20");
	CHECK_INT(*start_value, 41);
	run_once(&count);
	CHECK_INT(*total, 1001);
	CHECK_INT(*start_value, 42);
	*total = 5;
	run_once(&count);
	CHECK_INT(*total, 6);
	/* A config is read by the next run. */
	tuning->step = 10;
	run_once(&count);
	CHECK_INT(*total, 16);
	CHECK(total == address);
	return ks_test_failures;
}

static void test_shared(void)
{
	CHECK_INT(run_app(&app, shared), 0);
}

static int const_config(void)
{
	CHECK_INT(fixed->limit, 7);
	ks_const_config_write("fixed", "g.ks:21");
	fixed->limit = 8;
	ks_load(&count, "g.ks:22");
	/* The program was verified with 8. */
	CHECK_INT(run_once(&count), XDP_DROP);
	CHECK_INT(fixed->limit, 8);
	if (ks_test_failures)
		return 1;
	ks_const_config_write("fixed", "g.ks:25");
	return 0;
}

static int const_config_app(void)
{
	return run_app(&app, const_config);
}

static void test_const_config(void)
{
	char text[1024];

	CHECK_INT(ks_test_capture(const_config_app, text, sizeof(text)), 134);
	CHECK_HAS(text, "g.ks:25: const config `fixed` is written after the first load()");
}

/* ---- what does not fit ---- */

static volatile u64 *odd;
static const struct ks_global unknown_name[] = {{"nothing", &odd, sizeof(*odd), KS_SHARED}};
static const struct ks_global unknown_size[] = {{"start_value", &odd, sizeof(*odd), KS_SHARED}};
static const struct ks_app name_app = {
	.name = "globals", .source = "g.ks", .object = KS_OBJECT(basic), KS_GLOBALS(unknown_name)};
static const struct ks_app size_app = {
	.name = "globals", .source = "g.ks", .object = KS_OBJECT(basic), KS_GLOBALS(unknown_size)};

static int never(void)
{
	return 0;
}

static int run_name(void)
{
	return run_app(&name_app, never);
}

static int run_size(void)
{
	return run_app(&size_app, never);
}

static void test_other_build(void)
{
	char text[1024];

	CHECK_INT(ks_test_capture(run_name, text, sizeof(text)), 1);
	CHECK_HAS(text, "g.ks: error: variable `nothing` is not found in the BPF object");
	CHECK_INT(ks_test_capture(run_size, text, sizeof(text)), 1);
	CHECK_HAS(text, "g.ks: error: variable `start_value` has another size in the BPF object");
}

/* ---- pinned ---- */

struct counters {
	u64 packets, bytes, drops;
};

static struct ks_map kept = {.name = "kept",
			     .key_size = 4,
			     .value_size = 2 * sizeof(u64),
			     .pinned = true,
			     .where = "p.ks:3"};
static struct ks_map kept_larger = {.name = "kept",
				    .key_size = 4,
				    .value_size = 3 * sizeof(u64),
				    .pinned = true,
				    .where = "p.ks:3"};
static volatile u64 *runs;
static const struct ks_global pinned_variables[] = {{"runs", &runs, sizeof(*runs), KS_PINNED}};
static const struct ks_global renamed_variables[] = {
	{"runs_total", &runs, sizeof(*runs), KS_PINNED}};

#define PINNED_APP(app, bytes, map, variables)                        \
	static const struct ks_app app = {.name = "keeper",           \
					  .source = "p.ks",           \
					  .object = KS_OBJECT(bytes), \
					  KS_PROGS(&count),           \
					  KS_MAPS(&map),              \
					  KS_GLOBALS(variables)}

PINNED_APP(keeper, pinned, kept, pinned_variables);
PINNED_APP(other_size, pinned_size, kept_larger, pinned_variables);
PINNED_APP(other_type, pinned_type, kept, pinned_variables);
PINNED_APP(other_name, pinned_name, kept, renamed_variables);

static int first_run(void)
{
	struct counters c = {.packets = 100};

	CHECK_INT(*runs, 5);
	*runs = 20;
	CHECK_INT(ks_map_update(&kept, &(u32){0}, &c, 0), 0);
	CHECK(ks_load(&count, "p.ks:20"));
	CHECK_INT(run_once(&count), XDP_PASS);
	CHECK_INT(*runs, 21);
	return ks_test_failures;
}

static int second_run(void)
{
	struct counters c = {0};

	/* What the first one left, before load. */
	CHECK_INT(*runs, 21);
	CHECK(ks_map_get(&kept, &(u32){0}, &c));
	CHECK_INT(c.packets, 101);
	CHECK(ks_load(&count, "p.ks:20"));
	CHECK_INT(run_once(&count), XDP_PASS);
	CHECK_INT(*runs, 22);
	CHECK(ks_map_get(&kept, &(u32){0}, &c));
	CHECK_INT(c.packets, 102);
	return ks_test_failures;
}

static int third_run(void)
{
	CHECK_INT(*runs, 22);
	return ks_test_failures;
}

static int run_third(void)
{
	return run_app(&keeper, third_run);
}

static int run_first(void)
{
	return run_app(&keeper, first_run);
}

static int run_second(void)
{
	return run_app(&keeper, second_run);
}

static int run_other_size(void)
{
	return run_app(&other_size, never);
}

static int run_other_type(void)
{
	return run_app(&other_type, never);
}

static int run_other_name(void)
{
	return run_app(&other_name, never);
}

static void test_pinned(void)
{
	char text[4096];

	CHECK_INT(ks_test_capture(run_first, text, sizeof(text)), 0);
	CHECK_TEXT(text, "");
	CHECK(!access("/sys/fs/bpf/keeper/maps/kept", F_OK));
	CHECK(!access("/sys/fs/bpf/keeper/globals/pinned_globals", F_OK));
	CHECK_INT(ks_test_capture(run_second, text, sizeof(text)), 0);
	CHECK_TEXT(text, "");
	CHECK_INT(ks_test_capture(run_other_size, text, sizeof(text)), 1);
	CHECK_HAS(text, "p.ks:3: error: the shape of the pinned map `kept` has changed");
	CHECK_HAS(text, "pinned: hash, key 4 bytes, value 16 bytes");
	CHECK_HAS(text, "declared: hash, key 4 bytes, value 24 bytes");
	CHECK_HAS(text, "help: remove /sys/fs/bpf/keeper/maps/kept");
	CHECK_INT(ks_test_capture(run_other_type, text, sizeof(text)), 1);
	CHECK_HAS(text, "p.ks:3: error: the value type of the pinned map `kept` has changed");
	CHECK_HAS(text, "pinned: counters {packets: u64, bytes: u64} of 16 bytes");
	CHECK_HAS(text, "declared: counters {bytes: u64, packets: u64} of 16 bytes");
	CHECK_INT(ks_test_capture(run_other_name, text, sizeof(text)), 1);
	CHECK_HAS(text, "p.ks: error: the value type of the pinned variables has changed");
	/* Nothing of this has changed what is there. */
	CHECK_INT(ks_test_capture(run_third, text, sizeof(text)), 0);
}

static void test_no_file_system(void)
{
	char text[4096];

	/* Ours, and the machine's below it. */
	while (!umount2("/sys/fs/bpf", MNT_DETACH))
		;
	CHECK_INT(ks_test_capture(run_first, text, sizeof(text)), 1);
	CHECK_HAS(text, "error: cannot pin");
	CHECK_HAS(text, "help: mount -t bpf bpf /sys/fs/bpf");
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"variables and configs are shared memory", test_shared},
		{"a const config is frozen by load", test_const_config},
		{"a loader of another build", test_other_build},
		{"pinned maps and variables come back", test_pinned},
		{"no BPF file system", test_no_file_system},
	};

	return run_main(tests, ARRAY_LEN(tests));
}
