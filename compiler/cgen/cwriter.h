/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes C lines: owns indentation, braces, blank lines and the wrapping of long lines. Knows
 * nothing of IR.
 */
#ifndef KSC_CGEN_CWRITER_H
#define KSC_CGEN_CWRITER_H

#include "base/strbuf.h"

#include <stdbool.h>

struct cwriter {
	struct strbuf *out;
	unsigned depth;
	bool blank_wanted; /* before the next line, unless it opens or closes the file or a block */
	bool at_start;	   /* nothing stands in this block yet */
	struct strbuf line; /* scratch */
};

void cw_init(struct cwriter *w, struct strbuf *out);
void cw_free(struct cwriter *w);

/* One line; longer than 100 columns it is broken at commas and operators. */
void cw_line(struct cwriter *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The line ends in ` {`, what follows is one deeper. */
void cw_open(struct cwriter *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A function's header, and `{` on a line of its own. */
void cw_open_function(struct cwriter *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* `}` and what follows it on its line: "", ";", " while (x);". */
void cw_close(struct cwriter *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* `} else {`, `} else if (x) {`: closes a block and opens the next in one line. */
void cw_reopen(struct cwriter *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One level less deep than the statements around it: labels and cases. */
void cw_outdented(struct cwriter *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A blank line before the next line; never two, none at the edges of a block. */
void cw_blank(struct cwriter *w);
/* Text as a comment, broken at blanks and at its own line ends. */
void cw_comment(struct cwriter *w, const char *text);

#endif
