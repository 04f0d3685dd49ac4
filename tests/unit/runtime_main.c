/* SPDX-License-Identifier: Apache-2.0 */
/* What needs no BPF: the end of a program, errors, heap, time, signals, the runner of tests. */
#include <signal.h>

#include "ks_test.h"

#include "internal.h"

static const struct ks_app app = {.name = "plain", .source = "p.ks"};

static int (*body)(void);

static int start(void)
{
	char *argv[] = {(char[]){"plain"}, NULL};

	return ks_main(&app, 1, argv, body);
}

/* Runs a main; its output and status. */
static int run(int (*function)(void), char *text, size_t size)
{
	body = function;
	return ks_test_capture(start, text, size);
}

static int panics(void)
{
	ks_print("before");
	ks_panic("all is lost", "p.ks:3");
}

static int reads_null(void)
{
	int *p = NULL;

	return *KS_DEREF(p, "p.ks:4");
}

static int throws(void)
{
	return ks_uncaught(ks_throw(7, "LOST", "p.ks:5"));
}

static int throws_on(void)
{
	ks_throw_reason("one line\nanother");
	return ks_uncaught(ks_throw(8, NULL, "p.ks:6"));
}

static int wants_too_much(void)
{
	return ks_alloc(SIZE_MAX / 2, "p.ks:7") != NULL;
}

static int returns(void)
{
	return 5;
}

static void test_ends(void)
{
	char text[1024];

	CHECK_INT(run(returns, text, sizeof(text)), 5);
	CHECK_TEXT(text, "");
	CHECK_INT(run(panics, text, sizeof(text)), 134);
	CHECK_TEXT(text, "before\np.ks:3: panic: all is lost\n");
	CHECK_INT(run(reads_null, text, sizeof(text)), 134);
	CHECK_TEXT(text, "p.ks:4: null pointer dereferenced\n");
	CHECK_INT(run(throws, text, sizeof(text)), 1);
	CHECK_TEXT(text, "p.ks:5: uncaught error 7 (LOST)\n");
	CHECK_INT(run(throws_on, text, sizeof(text)), 1);
	CHECK_HAS(text, "p.ks:6: uncaught error 8");
	CHECK_HAS(text, "one line\n");
	CHECK_INT(run(wants_too_much, text, sizeof(text)), 134);
	CHECK_TEXT(text, "p.ks:7: out of memory\n");
}

static void test_heap(void)
{
	unsigned char *p = ks_alloc(100, "p.ks:8"), *nowhere;

	for (int i = 0; i < 100; i++)
		CHECK(!p[i]);
	ks_free(p);
	ks_free(NULL);
	/* Writes to elements outside of arrays go there, and reads get zeroes. */
	nowhere = ks_nowhere(64);
	memset(nowhere, 1, 64);
	nowhere = ks_nowhere(32);
	CHECK(!nowhere[0] && !nowhere[31]);
}

static int called;

static void count_call(void)
{
	called++;
}

static int is_stopped(void)
{
	u64 begin = ks_time_ns();

	CHECK_INT(ks_getpid(), getpid());
	ks_sleep(20);
	CHECK(ks_time_ns() - begin >= 20 * 1000000);
	ks_on_signal(count_call);
	CHECK(!ks_stopping());
	CHECK_INT(called, 0);
	raise(SIGTERM);
	CHECK(ks_stopping());
	begin = ks_time_ns();
	ks_sleep(60 * 1000);
	CHECK(ks_time_ns() - begin < 10000000000ull);
	CHECK_INT(called, 1);
	return ks_test_failures;
}

static int is_stopped_unheard(void)
{
	ks_on_signal(count_call);
	ks_on_signal(NULL);
	raise(SIGINT);
	ks_sleep(1);
	return called;
}

static void test_signals(void)
{
	char text[1024];

	CHECK_INT(run(is_stopped, text, sizeof(text)), 0);
	CHECK_INT(run(is_stopped_unheard, text, sizeof(text)), 0);
}

/* ---- the runner ---- */

static int passes(void)
{
	ks_print("not shown in vain");
	return 0;
}

static int fails(void)
{
	ks_print("got 3");
	return 3;
}

static const struct ks_test_fn functions[] = {{.name = "passes", .run = passes},
					      {.name = "fails", .run = fails}};
static char *arguments[] = {(char[]){"plain"}, NULL, NULL};

static int run_tests(void)
{
	return ks_main_tests(&app, functions, COUNT_OF(functions), arguments[1] ? 2 : 1, arguments);
}

static void test_runner(void)
{
	static char filter[] = "--filter=^pass", broken[] = "--filter=(", unknown[] = "--nonsense";
	char text[4096];

	CHECK_INT(ks_test_capture(run_tests, text, sizeof(text)), 1);
	CHECK_HAS(text, "--- PASS: passes (");
	CHECK_HAS(text, "--- FAIL: fails\n");
	CHECK_HAS(text, "    got 3\n");
	CHECK_HAS(text, "\nFAIL\n");
	arguments[1] = filter;
	CHECK_INT(ks_test_capture(run_tests, text, sizeof(text)), 0);
	CHECK_HAS(text, "ok\n");
	CHECK(!strstr(text, "fails"));
	arguments[1] = broken;
	CHECK_INT(ks_test_capture(run_tests, text, sizeof(text)), 2);
	CHECK_HAS(text, "plain: error: cannot filter by `(`: ");
	arguments[1] = unknown;
	CHECK_INT(ks_test_capture(run_tests, text, sizeof(text)), 2);
	arguments[1] = NULL;
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"each end has its status and words", test_ends},
		{"heap", test_heap},
		{"time and signals", test_signals},
		{"the runner of tests", test_runner},
	};

	return ks_test_main(tests, COUNT_OF(tests));
}
