/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests. Each case runs in a child, for the state of libksrt belongs to a process and a crash
 * must name its case. A case fails when a CHECK fails or the child dies; all cases run, the exit
 * status says whether all passed.
 */
#ifndef KS_TEST_H
#define KS_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int ks_test_failures;

#define CHECK(condition)                                                                          \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			ks_test_failures++;                                                       \
		}                                                                                 \
	} while (0)

#define CHECK_INT(expression, expected)                                                      \
	do {                                                                                 \
		long long ks_got = (long long)(expression), ks_want = (long long)(expected); \
		if (ks_got != ks_want) {                                                     \
			fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, \
				#expression, ks_got, ks_want);                               \
			ks_test_failures++;                                                  \
		}                                                                            \
	} while (0)

#define CHECK_TEXT(expression, expected)                                                     \
	do {                                                                                 \
		const char *ks_got = (expression);                                           \
		if (strcmp(ks_got, expected)) {                                              \
			fprintf(stderr, "%s:%d: %s is `%s`, not `%s`\n", __FILE__, __LINE__, \
				#expression, ks_got, expected);                              \
			ks_test_failures++;                                                  \
		}                                                                            \
	} while (0)

/* Does a text hold a part? Shows the text when not. */
#define CHECK_HAS(text, part)                                                                 \
	do {                                                                                  \
		if (!strstr(text, part)) {                                                    \
			fprintf(stderr, "%s:%d: no `%s` in:\n%s\n", __FILE__, __LINE__, part, \
				text);                                                        \
			ks_test_failures++;                                                   \
		}                                                                             \
	} while (0)

struct ks_test {
	const char *name;
	void (*run)(void);
};

/* In builds of scripts/coverage.sh: writes the counters. */
extern int __llvm_profile_write_file(void) __attribute__((weak));

/* The child's exit status, or 128 + signal. */
static inline int ks_test_wait(pid_t child)
{
	int status = 0;

	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int ks_test_main(const struct ks_test *tests, size_t count)
{
	int failed = 0;

	for (size_t i = 0; i < count; i++) {
		pid_t child;
		int status;

		fflush(NULL);
		child = fork();
		if (!child) {
			tests[i].run();
			fflush(NULL);
			/* exit() would do it, and what the test left to atexit(). */
			if (__llvm_profile_write_file)
				__llvm_profile_write_file();
			_exit(ks_test_failures != 0);
		}
		status = ks_test_wait(child);
		if (status) {
			fprintf(stderr, "FAIL %s (status %d)\n", tests[i].name, status);
			failed++;
		}
	}
	printf("%zu passed, %d failed, 0 skipped\n", count - (size_t)failed, failed);
	return failed != 0;
}

/*
 * The rest of the first line that has the label, which the text then ends with; NULL, and a
 * failure, when no line has it.
 */
static inline char *ks_test_behind(char *text, const char *label)
{
	char *rest = strstr(text, label);

	CHECK_HAS(text, label);
	if (!rest)
		return NULL;
	rest += strlen(label);
	rest[strcspn(rest, "\n")] = 0;
	return rest;
}

/*
 * Runs `body` in a child and gives what it wrote to stdout and stderr, one after the other in
 * the order of writing, cut to the size. Returns its exit status, or 128 + signal.
 */
static inline int ks_test_capture(int (*body)(void), char *text, size_t size)
{
	size_t len = 0;
	int ends[2];
	ssize_t n;
	pid_t child;

	if (pipe(ends))
		return -1;
	fflush(NULL);
	child = fork();
	if (!child) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		exit(body());
	}
	close(ends[1]);
	while (len + 1 < size && (n = read(ends[0], text + len, size - len - 1)) > 0)
		len += (size_t)n;
	text[len] = 0;
	close(ends[0]);
	return ks_test_wait(child);
}

#endif
