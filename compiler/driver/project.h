/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New projects: the source of one program of any kind and of a main that attaches it, written from
 * the kind's row in prog_kinds and from the kernel's BTF.
 */
#ifndef KSC_DRIVER_PROJECT_H
#define KSC_DRIVER_PROJECT_H

#include "driver/driver.h"
#include "kernel/prog_kinds.h"

struct project {
	struct driver *driver;
	struct compilation *comp; /* with the target kernels */
	const struct prog_kind *kind;
	const char *name;
	const char *target; /* the attribute's argument, or NULL */
};

/*
 * Appends the program (and the struct_ops implementation). False with a message when the target
 * kernel does not have what the program is for.
 */
bool project_put_program(struct project *project, struct strbuf *out);
/* Whether main can attach programs of the kind. */
bool project_has_main(const struct prog_kind *kind);
/* Appends what main needs and main. */
void project_put_main(const struct project *project, struct strbuf *out);

#endif
