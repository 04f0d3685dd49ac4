/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are run and read; pins; maps in maps; test runs; what is not there. */
#include <linux/if_link.h>

#include "run_test.h"

KS_EMBED(kept, "kept.bpf.o");

static struct ks_prog pass = {
	.name = "pass", .kind = KS_KIND_XDP, .where = "k.ks:1", .flags = KS_PROG_LOAD};
static struct ks_prog answer = {
	.name = "answer", .kind = KS_KIND_SYSCALL, .where = "k.ks:2", .flags = KS_PROG_LOAD};
static struct ks_prog list = {
	.name = "list", .kind = KS_KIND_ITER, .where = "k.ks:3", .flags = KS_PROG_LOAD};
static struct ks_map small = {
	.name = "small", .key_size = sizeof(u32), .value_size = sizeof(u64), .where = "k.ks:4"};
static struct ks_map outer = {.name = "outer",
			      .key_size = sizeof(u32),
			      .value_size = sizeof(u32),
			      .inner = &(struct ks_map){.name = "inner",
							.key_size = sizeof(u32),
							.value_size = sizeof(u64),
							.where = "k.ks:5"},
			      .where = "k.ks:5"};
static struct ks_impl nowhere = {.name = "nowhere", .where = "k.ks:6"};

static const struct ks_app app = {
	.name = "kept",
	.source = "k.ks",
	.object = KS_OBJECT(kept),
	KS_PROGS(&pass, &answer, &list),
	KS_MAPS(&small, &outer),
	KS_IMPLS(&nowhere),
};

static const char *lines_of_maps = "a map\n";

static int runs(void)
{
	u32 request[2] = {20, 0};

	CHECK_INT(ks_run(&answer, request, sizeof(request), "k.ks:9"), -EINVAL);
	ks_load(&answer, "k.ks:10");
	CHECK_INT(ks_run(&answer, request, sizeof(request), "k.ks:11"), 21);
	CHECK_INT(request[1], 0); /* the program got a copy */
	CHECK_INT(ks_read_text(&list, "k.ks:12"), 0);
	CHECK_INT(ks_read_text(NULL, "k.ks:13"), -EINVAL);
	return ks_test_failures;
}

static int runs_app(void)
{
	return run_app(&app, runs);
}

static void test_runs(void)
{
	static char text[1 << 16];

	CHECK_INT(ks_test_capture(runs_app, text, sizeof(text)), 0);
	CHECK_HAS(text, "k.ks:9: error: cannot run a program that did not load");
	CHECK_HAS(text, lines_of_maps);
	CHECK_HAS(text, "k.ks:13: error: cannot read from a program that did not load");
}

static int pins(void)
{
	const char *path = "/sys/fs/bpf/kept";

	ks_load(&pass, "k.ks:20");
	CHECK_INT(ks_pin(&pass, path, "k.ks:21"), -EINVAL);
	CHECK_INT(ks_attach(&pass, "lo", XDP_FLAGS_SKB_MODE, "k.ks:22"), 0);
	CHECK_INT(ks_pin(&pass, "/tmp/kept", "k.ks:23"), -EPERM);
	CHECK_INT(ks_pin(&pass, path, "k.ks:24"), 0);
	CHECK_INT(ks_pin(&pass, path, "k.ks:25"), -EEXIST);
	/* The pin keeps it attached. */
	ks_detach(&pass);
	CHECK(xdp_id("lo") != 0);
	CHECK_INT(ks_unpin(path, "k.ks:26"), 0);
	CHECK_INT(ks_unpin(path, "k.ks:27"), -ENOENT);
	CHECK(WAIT_FOR(xdp_id("lo") == 0));
	return ks_test_failures;
}

static int pins_app(void)
{
	return run_app(&app, pins);
}

static void test_pins(void)
{
	char text[4096];

	CHECK_INT(ks_test_capture(pins_app, text, sizeof(text)), 0);
	CHECK_HAS(text, "k.ks:21: error: there is nothing to pin: the program is not attached");
	CHECK_HAS(text, "k.ks:23: error: cannot pin `pass` at /tmp/kept");
	CHECK_HAS(text, "reason: something else is pinned there (EEXIST)");
	CHECK_HAS(text, "reason: nothing is pinned there (ENOENT)");
}

static int test_once(void)
{
	unsigned char packet[64] = {1, 2, 3};
	const unsigned char *out;

	CHECK_INT(ks_test_run(&pass, packet, sizeof(packet), 0, "k.ks:30"), XDP_PASS);
	out = ks_test_output(80);
	CHECK(!memcmp(out, packet, sizeof(packet)) && !out[79]);
	CHECK_INT(ks_test_run(&pass, NULL, 60, 1, "k.ks:31"), XDP_PASS);
	out = ks_test_output(60);
	CHECK(!out[0] && !out[59]);
	CHECK_INT(ks_test_run(&pass, packet, 13, 0, "k.ks:32"), -EINVAL);
	CHECK_INT(ks_test_run(&answer, (u32[2]){6, 0}, 8, 0, "k.ks:33"), 7);
	return ks_test_failures;
}

static int test_once_app(void)
{
	return run_app(&app, test_once);
}

static void test_test(void)
{
	char text[4096];

	CHECK_INT(ks_test_capture(test_once_app, text, sizeof(text)), 0);
	CHECK_HAS(text, "k.ks:32: error: a packet of 13 bytes is too short for a test");
}

static int maps_in_maps(void)
{
	struct ks_map *inner;
	u64 value = 0;

	CHECK(!ks_map_inner(&outer, &(u32){1}));
	CHECK_INT(ks_map_put_inner(&outer, &(u32){1}, &small), 0);
	CHECK_INT(ks_map_put_inner(&outer, &(u32){9}, &small), -E2BIG);
	CHECK_INT(ks_map_update(&small, &(u32){7}, &(u64){70}, 0), 0);
	inner = ks_map_inner(&outer, &(u32){1});
	CHECK(inner != NULL);
	CHECK(inner && ks_map_get(inner, &(u32){7}, &value) && value == 70);
	return ks_test_failures;
}

static void test_inner(void)
{
	CHECK_INT(run_app(&app, maps_in_maps), 0);
}

/* What does not exist gives an error, not a crash. */
static int missing(void)
{
	ks_unregister(&nowhere);
	CHECK_INT(ks_register(&nowhere, "k.ks:40"), -EINVAL);
	ks_unregister(&nowhere);
	CHECK_INT(ks_exec("no-such-script.py", "k.ks:41"), -ENOENT);
	ks_detach(NULL);
	ks_perf_detach(NULL);
	CHECK_INT(ks_perf_read(NULL), -1);
	return ks_test_failures;
}

static int missing_app(void)
{
	return run_app(&app, missing);
}

static void test_missing(void)
{
	char text[4096];

	CHECK_INT(ks_test_capture(missing_app, text, sizeof(text)), 0);
	CHECK_HAS(text, "k.ks:40: error: cannot register `nowhere`: it did not load");
	CHECK_HAS(text, "k.ks:41: error: cannot read `no-such-script.py`");
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"programs are run, iterators read", test_runs},
		{"pins outlive a detach", test_pins},
		{"test runs and their output", test_test},
		{"maps in maps", test_inner},
		{"what is not there", test_missing},
	};

	return run_main(tests, ARRAY_LEN(tests));
}
