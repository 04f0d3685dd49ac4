/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/crash.h"
#include "base/compilation.h"
#include "driver/options.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct compilation *volatile watched;

static void put(const char *text)
{
	/* Nothing better can be done when this fails. */
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

/* Only what a signal handler may do. */
static void on_crash(int number)
{
	const struct compilation *comp = watched;

	put("ksc: internal error");
	if (comp && comp->pass) {
		put(" in pass `");
		put(comp->pass);
		put("`");
	}
	put(number == SIGABRT ? ": aborted\n" : ": crashed\n");
	if (comp && comp->sources.files.len) {
		put("  while compiling ");
		put(comp->sources.files.data[0]->path);
		put("\n");
	}
	put("This is a bug in ksc, not in your program.\n");
	_exit(EXIT_INTERNAL);
}

void crash_watch(const struct compilation *comp)
{
	watched = comp;
}

static void on_large_file(int number)
{
	(void)number;
}

void crash_catch(void)
{
	static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	static char stack_memory[64 * 1024];
	stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof(stack_memory)};
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK | SA_RESETHAND};

#ifdef __SANITIZE_ADDRESS__
	return; /* the sanitizer's own report says more */
#endif
	sigaltstack(&stack, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
	/* A file over the limit (ulimit -f) is a failed write then, in this process alone. */
	action = (struct sigaction){.sa_handler = on_large_file};
	sigaction(SIGXFSZ, &action, NULL);
}
