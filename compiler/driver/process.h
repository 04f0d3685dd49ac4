/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals and child processes. While files are being written SIGINT, SIGTERM and SIGHUP are held:
 * they stop the running child and are noted, so that temporary files can be removed; then they
 * end ksc as at any other time, with a line that says so. A signal has no other context than static
 * memory, so this is the one place in ksc that has some.
 */
#ifndef KSC_DRIVER_PROCESS_H
#define KSC_DRIVER_PROCESS_H

#include "driver/driver.h"

/* From the start: one of the three prints what it is and ends ksc, which then died of it. */
void signals_announce(void);
void signals_hold(void);
/* Whether a held signal came. */
bool signals_came(void);
/* The signals act again. Does not return when one came meanwhile. */
void signals_release(void);

/*
 * Runs a program found along PATH in `folder`, which is also its TMPDIR, and waits. What it writes
 * to stdout and stderr is appended to `output`. Returns its exit status, 128 + the signal that
 * ended it, or -1 with a reason in `why` when it could not be started. -v shows the command.
 */
int process_run(struct driver *driver, const char *const *argv, const char *folder,
		struct strbuf *output, const char **why);

/* The words of a command line, as -v shows it: quoted where a shell needs it. */
void command_text(struct strbuf *out, const char *const *argv);

#endif
