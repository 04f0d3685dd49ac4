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
/* Appends what a verifier log says: where the verifier stopped, the reason in words, its own. */
void explain_log(struct strbuf *out, const char *log);

#endif
