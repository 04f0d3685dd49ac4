/* SPDX-License-Identifier: Apache-2.0 */
/* Loading: programs, refused ones, tail calls, without privilege. */
#include "run_test.h"

KS_EMBED(basic, "basic.bpf.o");
KS_EMBED(refused, "refused.bpf.o");

static struct ks_prog count = {
	.name = "count", .kind = KS_KIND_XDP, .where = "x.ks:7", .flags = KS_PROG_LOAD};
static struct ks_prog alarm_once = {.name = "alarm_once", .kind = KS_KIND_XDP, .where = "x.ks:9"};
static struct ks_map packets = {
	.name = "packets", .key_size = sizeof(u32), .value_size = sizeof(u64), .where = "x.ks:3"};

static const struct ks_app basic = {
	.name = "basic",
	.source = "x.ks",
	.object = KS_OBJECT(basic),
	KS_PROGS(&count, &alarm_once),
	KS_MAPS(&packets),
};

static struct ks_prog good = {
	.name = "good", .kind = KS_KIND_XDP, .where = "r.ks:1", .flags = KS_PROG_TAIL_TARGET};
static struct ks_prog bad = {
	.name = "bad", .kind = KS_KIND_XDP, .where = "r.ks:2", .flags = KS_PROG_TAIL_TARGET};
static struct ks_prog call_good = {
	.name = "call_good", .kind = KS_KIND_XDP, .where = "r.ks:3", .flags = KS_PROG_LOAD};
static struct ks_prog call_bad = {
	.name = "call_bad", .kind = KS_KIND_XDP, .where = "r.ks:4", .flags = KS_PROG_LOAD};
static struct ks_prog missing = {
	.name = "missing", .kind = KS_KIND_XDP, .where = "r.ks:5", .flags = KS_PROG_LOAD};

static const struct ks_app refused = {
	.name = "refused",
	.source = "r.ks",
	.object = KS_OBJECT(refused),
	KS_PROGS(&good, &bad, &call_good, &call_bad, &missing),
};

static int loads(void)
{
	struct ks_prog *h = ks_load(&count, "x.ks:20");
	u64 n = 99;

	CHECK(h == &count);
	CHECK(ks_load(&count, "x.ks:21") == h);
	CHECK_INT(run_once(h), XDP_PASS);
	CHECK_INT(run_once(h), XDP_PASS);
	CHECK(ks_map_get(&packets, &(u32){0}, &n) == &n);
	CHECK_INT(n, 2);
	/* No load() names it. */
	CHECK_INT(alarm_once.state->fd, -1);
	return ks_test_failures;
}

static void test_loads(void)
{
	CHECK_INT(run_app(&basic, loads), 0);
}

/* A map used before load keeps what it holds. */
static int maps_first(void)
{
	u64 n = 40;

	CHECK_INT(ks_map_update(&packets, &(u32){0}, &n, 0), 0);
	CHECK(ks_load(&count, "x.ks:20") != NULL);
	run_once(&count);
	CHECK(ks_map_get(&packets, &(u32){0}, &n));
	CHECK_INT(n, 41);
	return ks_test_failures;
}

static void test_maps_first(void)
{
	CHECK_INT(run_app(&basic, maps_first), 0);
}

static int load_refused(void)
{
	CHECK(!ks_load(&bad, "r.ks:20"));
	CHECK(ks_load(&call_good, "r.ks:21") == &call_good);
	CHECK(ks_load(&call_bad, "r.ks:22") == &call_bad);
	CHECK_INT(run_once(&call_good), XDP_TX);
	/* Its slot is empty: the call fails and the program goes on. */
	CHECK_INT(run_once(&call_bad), XDP_ABORTED);
	CHECK(!ks_load(&missing, "r.ks:23"));
	CHECK(!ks_load(&missing, "r.ks:24"));
	return ks_test_failures;
}

static int load_refused_app(void)
{
	return run_app(&refused, load_refused);
}

static void test_refused(void)
{
	char text[8192], *log;

	CHECK_INT(ks_test_capture(load_refused_app, text, sizeof(text)), 0);
	/* Kernels before 6.9 print the text alone; the line is then found by it. */
	CHECK_HAS(text, "refused.bpf.c:36: error: the kernel refused program `bad`");
	CHECK_HAS(text, "return *n;");
	CHECK_HAS(text, "^^^^");
	CHECK_HAS(text, "reason: the map may have no such entry");
	CHECK_HAS(text, "help: test it first: if (var v = m[k]) { ... }");
	CHECK_HAS(text, "verifier: R");
	CHECK_HAS(text, "r.ks:23: error: the BPF object has no program `missing`");
	CHECK(!strstr(text, "r.ks:24"));
	/* The whole log is in the file that is named. */
	log = ks_test_behind(text, "  log: ");
	if (log) {
		CHECK(!access(log, R_OK));
		unlink(log);
	}
}

/* ---- without privilege ---- */

static int load_plain(void)
{
	CHECK(!ks_load(&count, "x.ks:20"));
	CHECK(!ks_load(&count, "x.ks:21"));
	CHECK_INT(ks_attach(ks_load(&count, "x.ks:22"), "lo", 0, "x.ks:23"), -EINVAL);
	return ks_test_failures ? 99 : 1;
}

static int nobody(int (*run)(void))
{
	if (setgid(65534) || setuid(65534))
		return 98;
	return run_app(&basic, run);
}

static int load_as_nobody(void)
{
	return nobody(load_plain);
}

static void test_no_privilege(void)
{
	char text[4096], *said;

	CHECK_INT(ks_test_capture(load_as_nobody, text, sizeof(text)), 1);
	CHECK_HAS(text, "error: ");
	CHECK_HAS(text, "no privilege (EPERM)");
	CHECK_HAS(text, "run it as root");
	CHECK_HAS(text, "x.ks:23: error: cannot attach a program that did not load");
	said = strstr(text, "no privilege");
	CHECK(said && !strstr(said + 1, "no privilege"));
}

static int use_map(void)
{
	u64 n = 5;

	CHECK(!ks_map_get(&packets, &(u32){0}, &n));
	CHECK_INT(n, 0);
	CHECK_INT(ks_map_update(&packets, &(u32){0}, &n, 0), -ENOENT);
	CHECK_INT(ks_map_len(&packets), 0);
	return ks_test_failures ? 99 : 3;
}

static int use_map_as_nobody(void)
{
	return nobody(use_map);
}

static void test_map_without_privilege(void)
{
	char text[4096];

	CHECK_INT(ks_test_capture(use_map_as_nobody, text, sizeof(text)), 3);
	CHECK_HAS(text, "x.ks:3: error: cannot create the maps");
	CHECK_HAS(text, "no privilege (EPERM)");
}

/* ---- a broken object ---- */

static const unsigned char nonsense[] = "this is no object";
static const struct ks_app broken = {
	.name = "broken",
	.source = "x.ks",
	.object = {nonsense, nonsense + sizeof(nonsense)},
	KS_PROGS(&count),
};

static int load_broken(void)
{
	return ks_load(&count, "x.ks:20") != NULL;
}

static int run_broken(void)
{
	return run_app(&broken, load_broken);
}

static void test_broken(void)
{
	char text[4096];

	CHECK_INT(ks_test_capture(run_broken, text, sizeof(text)), 0);
	CHECK_HAS(text, "x.ks:20: error: cannot read the BPF object in this executable");
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"programs load and run", test_loads},
		{"maps used before load are kept", test_maps_first},
		{"a refused program is explained and leaves the others alone", test_refused},
		{"without privilege the reason is said once", test_no_privilege},
		{"a map without privilege", test_map_without_privilege},
		{"a broken object", test_broken},
	};

	return run_main(tests, ARRAY_LEN(tests));
}
