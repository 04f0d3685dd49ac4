/* SPDX-License-Identifier: Apache-2.0 */
/* One source file on its way through the compiler: what build, check, run and emit share. */
#ifndef KSC_DRIVER_JOB_H
#define KSC_DRIVER_JOB_H

#include "base/compilation.h"
#include "driver/pipeline.h"
#include "driver/source_file.h"

struct job {
	struct driver *driver;
	struct compilation comp;
	struct source_reader reader;
	struct pipeline pipeline;
	enum exit_status status; /* what was decided so far */
};

/*
 * Reads the file and sets a compilation up. False with a message when the file or a kernel cannot
 * be read. job_end() must be called in any case.
 */
bool job_begin(struct job *job, struct driver *driver, const char *path);

/* Runs the passes up to `last`; false when there are errors or an include could not be read. */
bool job_run(struct job *job, enum pass_id last);

/* Prints the diagnostics reported so far, once. */
void job_report(struct job *job);

/* Prints diagnostics and times, frees everything. Returns the exit status. */
enum exit_status job_end(struct job *job);

#endif
