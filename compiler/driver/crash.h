/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crash of the compiler is reported as what it is, an internal error with the pass and the file,
 * and ends with status 70. Like the held signals this needs a static variable.
 */
#ifndef KSC_DRIVER_CRASH_H
#define KSC_DRIVER_CRASH_H

struct compilation;

/* Catches SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT, also when the stack is full. */
void crash_catch(void);
/* What is being compiled from now on; NULL for nothing. */
void crash_watch(const struct compilation *comp);

#endif
