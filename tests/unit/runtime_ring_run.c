/* SPDX-License-Identifier: Apache-2.0 */
/* Ring buffers and dispatch. */
#include "run_test.h"

KS_EMBED(basic, "basic.bpf.o");

static int on_event(void *record);

static struct ks_prog count = {
	.name = "count", .kind = KS_KIND_XDP, .where = "r.ks:7", .flags = KS_PROG_LOAD};
static struct ks_prog alarm_once = {
	.name = "alarm_once", .kind = KS_KIND_XDP, .where = "r.ks:9", .flags = KS_PROG_LOAD};
static struct ks_map events = {
	.name = "events", .value_size = sizeof(u64), .handler = on_event, .where = "r.ks:3"};
static struct ks_map alarms = {.name = "alarms", .value_size = sizeof(u64), .where = "r.ks:4"};

static const struct ks_app app = {
	.name = "rings",
	.source = "r.ks",
	.object = KS_OBJECT(basic),
	KS_PROGS(&count, &alarm_once),
	KS_MAPS(&events, &alarms),
};

static u64 last, records;

static int on_event(void *record)
{
	last = *(u64 *)record;
	records++;
	return records == 3 ? 42 : 0;
}

/* The record has 4 bytes, the handler's type 8: the rest is zero. */
static int on_alarm(void *record)
{
	return *(u64 *)record == 77 ? 7 : 8;
}

static int ends_by_handler(void)
{
	ks_load(&count, "r.ks:20");
	for (int i = 0; i < 4; i++)
		run_once(&count);
	CHECK_INT(ks_dispatch(&events), 42);
	CHECK_INT(records, 3);
	CHECK_INT(last, 3);
	/* The fourth is still there. */
	records = 2;
	CHECK_INT(ks_dispatch(&events), 42);
	CHECK_INT(last, 4);
	return ks_test_failures;
}

static int two_rings(void)
{
	ks_load(&count, "r.ks:20");
	ks_on_event(&alarms, on_alarm);
	run_once(&count);
	run_once(&alarm_once);
	CHECK_INT(ks_dispatch(&events, &alarms), 7);
	CHECK_INT(records, 1);
	return ks_test_failures;
}

static int without_handler(void)
{
	CHECK_INT(ks_dispatch(&alarms), -EINVAL);
	return ks_test_failures;
}

static int without_handler_app(void)
{
	return run_app(&app, without_handler);
}

static int ends_by_signal(void)
{
	pid_t child;

	ks_load(&count, "r.ks:20");
	child = fork();
	if (!child) {
		usleep(50000);
		kill(getppid(), SIGINT);
		_exit(0);
	}
	run_once(&count);
	CHECK_INT(ks_dispatch(&events), 0);
	CHECK_INT(records, 1);
	CHECK(ks_stopping());
	/* After it nothing waits any more. */
	ks_sleep(1000000);
	CHECK_INT(ks_dispatch(&events), 0);
	ks_test_wait(child);
	return ks_test_failures;
}

/* A record that comes while dispatch waits. */
static int wakes_up(void)
{
	pid_t child;

	ks_load(&count, "r.ks:20");
	records = 2;
	child = fork();
	if (!child) {
		usleep(50000);
		run_once(&count);
		_exit(0);
	}
	CHECK_INT(ks_dispatch(&events), 42);
	ks_test_wait(child);
	return ks_test_failures;
}

static void test_handler(void)
{
	CHECK_INT(run_app(&app, ends_by_handler), 0);
}

static void test_two(void)
{
	CHECK_INT(run_app(&app, two_rings), 0);
}

static void test_without(void)
{
	char text[1024];

	CHECK_INT(ks_test_capture(without_handler_app, text, sizeof(text)), 0);
	CHECK_HAS(text, "r.ks:4: error: ring buffer `alarms` has no handler");
}

static void test_signal(void)
{
	CHECK_INT(run_app(&app, ends_by_signal), 0);
}

static void test_wakes(void)
{
	CHECK_INT(run_app(&app, wakes_up), 0);
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"a handler ends dispatch", test_handler}, {"two rings, a short record", test_two},
		{"a ring without handler", test_without},  {"SIGINT ends dispatch", test_signal},
		{"a record wakes dispatch", test_wakes},
	};

	return run_main(tests, ARRAY_LEN(tests));
}
