/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define HEAP_FIRST (16u << 20)
#define HUGE_PAGE  (2u << 20)

/*
 * A compilation fills a few megabytes in a few milliseconds. A heap that grows once, keeps what is
 * freed and consists of huge pages saves hundreds of page faults: 1 ms of 15. These are hints to
 * glibc and the kernel; where they do not apply nothing changes.
 */
static void heap_prepare(void)
{
	/* Never used and never freed: what follows it starts in a huge page. */
	static void *volatile gap;
	uintptr_t start, end;

	mallopt(M_TOP_PAD, HEAP_FIRST);
	mallopt(M_TRIM_THRESHOLD, 4 * HEAP_FIRST);
	mallopt(M_MMAP_THRESHOLD, HEAP_FIRST);
	start = ((uintptr_t)sbrk(0) + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
	gap = malloc(start - (uintptr_t)sbrk(0));
	(void)gap;
	end = (uintptr_t)sbrk(0) & ~(uintptr_t)(HUGE_PAGE - 1);
	if (start < end)
		madvise((void *)start, end - start, MADV_HUGEPAGE);
}

/* What the deepest legal source and LLVM need; the usual limit. */
#define STACK_SIZE (8u << 20)

struct call {
	int argc;
	char **argv;
	int status;
};

static void *call_driver(void *data)
{
	struct call *call = data;

	call->status = driver_main(call->argc, call->argv);
	return NULL;
}

/*
 * With a smaller limit (ulimit -s) everything happens in a thread, whose stack the limit does not
 * concern. Signals go there too. False when there is no memory for it.
 */
static bool call_in_thread(struct call *call)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all;
	int error;

	mallopt(M_ARENA_MAX, 1);
	pthread_attr_init(&attributes);
	error = pthread_attr_setstacksize(&attributes, STACK_SIZE);
	if (!error)
		error = pthread_create(&thread, &attributes, call_driver, call);
	pthread_attr_destroy(&attributes);
	if (error)
		return false;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	pthread_join(thread, NULL);
	return true;
}

int main(int argc, char **argv)
{
	struct call call = {argc, argv, 0};
	struct rlimit stack;

	heap_prepare();
	if (getrlimit(RLIMIT_STACK, &stack) || stack.rlim_cur >= STACK_SIZE ||
	    !call_in_thread(&call))
		call_driver(&call);
	return call.status;
}
