/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, messages and ends of a loader without BPF code. */
#include <signal.h>

#include "ksrt.h"
#include "ks_test.h"

static struct args {
	char interface[16];
	u32 packet_limit;
	i8 delta;
	bool fast;
	char letter;
	u64 big;
} args = {"lo", 100, -3, false, 'x', 0};

static const struct ks_arg options[] = {
	{"interface", KS_STR, &args.interface, sizeof(args.interface), "where to count"},
	{"packet_limit", KS_U32, &args.packet_limit, 0, "stop after so many"},
	{"delta", KS_I8, &args.delta, 0, NULL},
	{"fast", KS_BOOL, &args.fast, 0, "skip checks"},
	{"letter", KS_CHAR, &args.letter, 0, NULL},
	{"big", KS_U64, &args.big, 0, NULL},
};

static const struct ks_app app = {
	.name = "demo", .source = "demo.ks", .about = "Shows options.", KS_ARGS(options)};

static int show(void)
{
	ks_print("%s %u %d %d %c %llu", args.interface, args.packet_limit, args.delta, args.fast,
		 args.letter, args.big);
	return 3;
}

/* ---- running a main in a child ---- */

static char *command[16];
static int command_len;
static int (*user_main)(void) = show;

static int run_command(void)
{
	return ks_main(&app, command_len, command, user_main);
}

/* Runs the words after the program's name. */
static int run(char *text, size_t size, char *words)
{
	command_len = 0;
	command[command_len++] = (char *)"demo";
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		command[command_len++] = word;
	return ks_test_capture(run_command, text, size);
}

#define RUN(status, ...)                                           \
	do {                                                       \
		char words[] = __VA_ARGS__;                        \
		CHECK_INT(run(text, sizeof(text), words), status); \
	} while (0)

static char text[4096];

static void values(void)
{
	RUN(3, "");
	CHECK_TEXT(text, "lo 100 -3 0 x 0\n");
	RUN(3, "--interface=eth0 --packet-limit 0x1_0 --delta -128 --fast --letter=q --big "
	       "18446744073709551615");
	CHECK_TEXT(text, "eth0 16 -128 1 q 18446744073709551615\n");
	RUN(2, "--packet_limit=0b101 --fast=true --fast=0 --interface");
	RUN(3, "--packet_limit=0o17 --fast=true --fast=0 --interface=");
	CHECK_TEXT(text, " 15 -3 0 x 0\n");
}

static void bad_values(void)
{
	static const struct {
		const char *words, *message;
	} cases[] = {
		{"--delta=128", "--delta is -128 to 127; `128` is outside"},
		{"--delta=-129", "outside"},
		{"--packet-limit=4294967296", "--packet-limit is 0 to 4294967295"},
		{"--packet-limit=-1", "outside"},
		{"--big=18446744073709551616", "outside"},
		{"--packet-limit=12x", "--packet-limit needs a number, not `12x`"},
		{"--packet-limit=", "needs a number"},
		{"--packet-limit=1__0", "needs a number"},
		{"--packet-limit=1_", "needs a number"},
		{"--packet-limit", "--packet-limit needs a value"},
		{"--fast=yes", "--fast is 0, 1, true or false, not `yes`"},
		{"--interface=sixteen_letters_", "--interface has at most 15 bytes"},
		{"--letter=ab", "--letter is one character"},
		{"--intreface=eth0", "unknown option `--intreface`; did you mean `--interface`?"},
		{"--packet-limt 3", "did you mean `--packet-limit`?"},
		{"--qqqqqq", "unknown option `--qqqqqq`\n"},
		{"eth0", "unexpected argument `eth0`"},
		{"-x", "unexpected argument `-x`"},
		{"--", "unexpected argument `--`"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char words[128];

		snprintf(words, sizeof(words), "%s", cases[i].words);
		CHECK_INT(run(text, sizeof(text), words), 2);
		CHECK_HAS(text, cases[i].message);
	}
}

static void help(void)
{
	RUN(0, "--help");
	CHECK_HAS(text, "Usage: demo [OPTION]...\nShows options.\n");
	CHECK_HAS(text, "  --packet-limit=N          stop after so many (default: 100)\n");
	CHECK_HAS(text, "  --fast                    skip checks\n");
	CHECK_HAS(text, "  --delta=N                 (default: -3)\n");
	RUN(0, "--version");
	CHECK_HAS(text, "demo (");
}

/* ---- ends ---- */

static int main_throws(void)
{
	return ks_uncaught(ks_throw(7, "ERR_LOOKUP", "demo.ks:9"));
}

static int main_panics(void)
{
	ks_print("before");
	ks_panic("this is the end", "demo.ks:4");
}

static int main_null(void)
{
	u32 *p = NULL;

	return (int)*KS_DEREF(p, "demo.ks:5");
}

/* Under AddressSanitizer too, memory that is not there is a null pointer. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static int main_memory(void)
{
	/* volatile: the compiler sees through a size that no object can have. */
	volatile size_t size = SIZE_MAX / 2;

	return ks_alloc(size, "demo.ks:6") == NULL;
}

static int main_prints(void)
{
	char long_text[2000];

	memset(long_text, 'a', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = 0;
	ks_print("one\n");
	ks_print("two");
	ks_print("%s", "");
	ks_print("%s", long_text);
	return 0;
}

static void ends(void)
{
	user_main = main_throws;
	RUN(1, "");
	CHECK_TEXT(text, "demo.ks:9: uncaught error 7 (ERR_LOOKUP)\n");
	user_main = main_panics;
	RUN(134, "");
	CHECK_TEXT(text, "before\ndemo.ks:4: panic: this is the end\n");
	user_main = main_null;
	RUN(134, "");
	CHECK_TEXT(text, "demo.ks:5: null pointer dereferenced\n");
	user_main = main_memory;
	RUN(134, "");
	CHECK_HAS(text, "demo.ks:6: out of memory\n"); /* a sanitizer has its say before */
}

static void printing(void)
{
	user_main = main_prints;
	RUN(0, "");
	CHECK_INT(strlen(text), 4 + 4 + 1 + 2000);
	CHECK(!strncmp(text, "one\ntwo\n\naaa", 12));
}

/* ---- signals ---- */

static int main_waits(void)
{
	u64 start = ks_time_ns();

	ks_sleep(20);
	if (ks_time_ns() - start < 20000000 || ks_stopping())
		return 10;
	raise(SIGTERM);
	while (!ks_stopping())
		ks_sleep(60000);
	ks_sleep(60000);
	return ks_time_ns() - start < 10000000000ull ? 0 : 11;
}

/* A signal that comes while it sleeps. */
static int main_is_signalled(void)
{
	pid_t parent = getpid(), child = fork();

	if (!child) {
		usleep(50000);
		kill(parent, SIGINT);
		_exit(0);
	}
	ks_sleep(60000);
	waitpid(child, NULL, 0);
	return ks_stopping() ? 0 : 12;
}

static void signals(void)
{
	user_main = main_waits;
	RUN(0, "");
	user_main = main_is_signalled;
	RUN(0, "");
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"values", values}, {"bad values", bad_values}, {"help", help},
		{"ends", ends},	    {"printing", printing},	{"signals", signals},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(*tests));
}
