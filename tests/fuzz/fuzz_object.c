/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole compilation to a BPF object, each in a process of its own: LLVM's BPF back end keeps
 * pointers into the last module (BPFAbstractMemberAccess::GEPGlobals), so that a process can
 * compile one. counters.c shares the counters
 * of coverage with it.
 */
#include "compile.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 30

/* Waits for the end of the process, also when libFuzzer's clock ticks. */
static int wait_for(pid_t child)
{
	int status = -1;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_result result;
	bool compiles;
	pid_t child;
	int status;

	fuzz_compile(&result, data, size, FUZZ_CHECK, DIAG_LINE);
	compiles = result.module != NULL;
	fuzz_free(&result);
	if (!compiles)
		return 0;
	child = fork();
	if (!child) {
		signal(SIGALRM, SIG_DFL);
		alarm(SECONDS_MAX);
		fuzz_compile(&result, data, size, FUZZ_OBJECT, DIAG_LINE);
		fflush(NULL);
		_exit(0);
	}
	status = child < 0 ? -1 : wait_for(child);
	if (status) {
		fprintf(stderr, "the compilation to an object ended with status %#x\n", status);
		abort();
	}
	return 0;
}
