// SPDX-License-Identifier: Apache-2.0
/*
 * From the start of a program to its first line of output, which it writes when it is attached:
 * start ROUNDS PROGRAM-A ARGS-A... -- PROGRAM-B ARGS-B... alternates the two and prints the
 * fastest and the median of each in microseconds: "A A B B".
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	ROUNDS_MAX = 1000
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Ends the program with SIGINT, so that it detaches. */
static double run(char **argv)
{
	double start = now(), end;
	int ends[2];
	char c = 0;
	pid_t child;

	if (pipe(ends))
		exit(3);
	child = fork();
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(argv[0], argv);
		_exit(127);
	}
	close(ends[1]);
	while (read(ends[0], &c, 1) == 1 && c != '\n')
		;
	end = now();
	if (c != '\n') {
		fprintf(stderr, "%s did not attach\n", argv[0]);
		exit(1);
	}
	kill(child, SIGINT);
	while (read(ends[0], &c, 1) == 1)
		;
	close(ends[0]);
	waitpid(child, NULL, 0);
	return end - start;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double times[2][ROUNDS_MAX];
	int rounds = argc > 1 ? atoi(argv[1]) : 0, second = 2;

	while (second < argc && strcmp(argv[second], "--"))
		second++;
	if (second + 1 >= argc || rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	argv[second++] = NULL;
	for (int i = -1; i < rounds; i++) {
		double a = run(argv + 2), b = run(argv + second);

		/* The first round warms the caches. */
		if (i >= 0) {
			times[0][i] = a;
			times[1][i] = b;
		}
	}
	for (int i = 0; i < 2; i++) {
		qsort(times[i], (size_t)rounds, sizeof(double), compare);
		printf("%.0f %.0f ", times[i][0], times[i][rounds / 2]);
	}
	putchar('\n');
	return 0;
}
