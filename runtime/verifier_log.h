/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verifier's log in words. Kernels print the source line of each instruction as
 * `; text @ file:line` (since 6.9; before without the position), from the object's BTF. The
 * refusal stands near the end of the log, before the statistics and after the instruction that it
 * is about. Needs nothing else of libksrt: ksc is built with it too.
 */
#ifndef KSRT_VERIFIER_LOG_H
#define KSRT_VERIFIER_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* A row of verifier_messages.h. */
struct verifier_message {
	const char *name, *part, *reason, *help;
};

/* A part of the log, which is not copied. */
struct log_text {
	const char *start; /* NULL: none */
	int len;
};

struct verifier_finding {
	struct log_text line;			/* what the verifier said last */
	const struct verifier_message *message; /* what it means; NULL: not known */
	struct log_text text;			/* the source line that it is about */
	struct log_text where;			/* its "file:line", since 6.9 */
	struct log_text program;		/* its name, in logs that libbpf printed */
	long instruction;			/* the last one that was followed, -1: none */
};

/* Reads a log; false when it holds no word of the verifier. */
bool verifier_read(const char *log, struct verifier_finding *finding);
/* The row that a line of the log fits, or NULL. */
const struct verifier_message *verifier_match(const char *line, int len);

#endif
