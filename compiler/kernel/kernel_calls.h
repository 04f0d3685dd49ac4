/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What module code has to know of functions of the kernel beyond their prototypes: which of them
 * take a lock and which give it back, and which may sleep. From the kernel's own documentation
 * (Documentation/locking, Documentation/RCU) and the might_sleep() in the functions, Linux 6.12.
 */
#ifndef KSC_KERNEL_KERNEL_CALLS_H
#define KSC_KERNEL_KERNEL_CALLS_H

#include <stdbool.h>

enum kernel_call_flag {
	KERNEL_CALL_TAKES = 1 << 0,  /* takes a lock; `pair` releases it */
	KERNEL_CALL_TRIES = 1 << 1,  /* may take it: the result says so */
	KERNEL_CALL_GIVES = 1 << 2,  /* releases; `pair` is its own name */
	KERNEL_CALL_ATOMIC = 1 << 3, /* while it is held nothing may sleep */
	KERNEL_CALL_NESTS = 1 << 4,  /* may be taken again by who holds it */
	KERNEL_CALL_SLEEPS = 1 << 5, /* may sleep */
};

struct kernel_call {
	const char *name;
	const char *pair; /* the function that releases what this one takes; NULL: no lock */
	unsigned flags;	  /* set of enum kernel_call_flag */
};

/* NULL when nothing is known of the function. */
const struct kernel_call *kernel_call_find(const char *name);

#endif
