/* SPDX-License-Identifier: Apache-2.0 */
/* What diagnostics mean: docs/errors.md, which is embedded in the program. */
#ifndef KSC_DRIVER_EXPLAIN_H
#define KSC_DRIVER_EXPLAIN_H

#include "base/strbuf.h"

#include <stdbool.h>

/* The whole document. */
const char *explain_document(void);
/* Appends the section about a slug as plain text. False when there is none. */
bool explain_slug(struct strbuf *out, const char *slug);
/*
 * Appends what a verifier log says, in the form of a diagnostic: the place, the reason, what to
 * change, the verifier's own words. False, with a line that says so, when it holds none.
 */
bool explain_log(struct strbuf *out, const char *log);

#endif
