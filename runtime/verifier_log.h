/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verifier's log in words. Kernels print the source line of each instruction as
 * `; text @ file:line` (since 6.9; before without the position), from the object's BTF. The
 * refusal is the last line before the statistics. Needs nothing else of libksrt: ksc is built with
 * it too.
 */
#ifndef KSRT_VERIFIER_LOG_H
#define KSRT_VERIFIER_LOG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The position in a verifier log: the last source comment. False when there is none. `text`,
 * `where` point into the log.
 */
struct log_position {
	const char *text, *where;
	int text_len, where_len;
};
bool verifier_position(const char *log, struct log_position *position);
/* The last line that says something, with its length; NULL when there is none. */
const char *verifier_reason(const char *log, int *len);
/* Words for a reason, or NULL. */
const char *verifier_words(const char *reason, int len);

#endif
