/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to base/: the renderers, one small function per form over the same record. */
#ifndef KSC_BASE_DIAG_RENDER_H
#define KSC_BASE_DIAG_RENDER_H

#include "base/compilation.h"

/* "error", "warning", "note". */
const char *diag_severity_name(enum diag_severity severity);
/* The fix of a diagnostic in words, for those that have an edit but no help; NULL without. */
const char *diag_help_text(struct compilation *comp, const struct diag *diag);

void diag_render_human(struct compilation *comp, const struct diag *diag, struct strbuf *out);
void diag_render_line(struct compilation *comp, const struct diag *diag, struct strbuf *out);
void diag_render_json(struct compilation *comp, const struct diag *diag, struct strbuf *out);

#endif
