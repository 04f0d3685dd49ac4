/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a program to its IR, against the pinned kernel of the golden tests. */
#ifndef KSC_TESTS_SOURCE_H
#define KSC_TESTS_SOURCE_H

#include "ir/ir.h"

struct source_module {
	struct compilation comp;
	struct kernel *kernel;
	struct ir_module *module; /* NULL when there were errors */
	struct strbuf diagnostics;
};

/* `passes` false: as the builder left it. */
void source_compile(struct source_module *out, const char *text, bool passes);
/* For compilation.open_source: includes come from the standard library. */
uint32_t source_open(struct compilation *comp, void *user, uint32_t from, const char *name);
void source_free(struct source_module *out);

#endif
