/* SPDX-License-Identifier: Apache-2.0 */
/* From the files of a compilation to the files of a build. */
#ifndef KSC_DRIVER_NATIVE_H
#define KSC_DRIVER_NATIVE_H

#include "driver/job.h"
#include "driver/output.h"

/*
 * Writes everything that the source has into `folder`, all or nothing: NAME.bpf.o, NAME.c, NAME,
 * Makefile. Runs the missing passes. The job's status says how it went; messages were printed.
 */
bool native_build(struct job *job, const char *folder, bool with_makefile);

/* Whether the C compiler builds the smallest loader; `detail` gets its name, or the reason. */
bool native_probe(struct driver *driver, struct strbuf *detail);

#endif
