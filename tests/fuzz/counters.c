/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shares libFuzzer's counters with the processes that an input starts, so that what they cover
 * counts. Compiled without instrumentation: that declares the bounds of the counters itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The bounds of the counters, made by the linker. */
extern unsigned char __start___sancov_cntrs[], __stop___sancov_cntrs[];

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* The whole pages between the bounds become shared memory with the same contents. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ((uintptr_t)__start___sancov_cntrs + page - 1) & ~(page - 1);
	uintptr_t end = (uintptr_t)__stop___sancov_cntrs & ~(page - 1);
	void *copy;

	if (start >= end)
		return 0;
	copy = malloc(end - start);
	if (!copy)
		abort();
	memcpy(copy, (void *)start, end - start);
	if (mmap((void *)start, end - start, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		abort();
	memcpy((void *)start, copy, end - start);
	free(copy);
	return 0;
}
