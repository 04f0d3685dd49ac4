/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of ksc. The driver is the only folder that touches files, the terminal and processes;
 * everything below it reads and writes buffers.
 */
#ifndef KSC_DRIVER_DRIVER_H
#define KSC_DRIVER_DRIVER_H

#include "driver/options.h"
#include "kernel/kernel.h"

struct driver {
	struct arena arena; /* for what lives as long as the run */
	struct options options;
	bool color;		  /* of messages on stderr */
	const char *executable;	  /* absolute path of this program; NULL when not known */
	const char *library;	  /* absolute path of lib/ksc; NULL when it is not found */
	struct kernel_vec kernels; /* opened by targets_open() */
	bool kernels_opened;
};

/* Runs the command line; the whole of main(). Returns the exit status. */
enum exit_status driver_main(int argc, char **argv);

/* Finds the executable and its library folder; fills in `color`. */
void driver_init(struct driver *driver);
void driver_free(struct driver *driver);

/* ---- messages about the run, on stderr in the form --diag asks for (message.c) ---- */

/* What went wrong with the run itself; problems of the source are diagnostics. */
void driver_error(struct driver *driver, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* What the user should know; not with -q. */
void driver_note(struct driver *driver, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* What is done; only with -v. */
void driver_say(struct driver *driver, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Writes text to stdout. Reports a failure (a full disk, a closed pipe) and returns false. */
bool driver_print(struct driver *driver, const struct strbuf *text);

/* ---- target kernels (target.c) ---- */

/*
 * Opens what --kernel names, else the running kernel, once a run. A version alone gives a kernel
 * without BTF; the running kernel's BTF then gives the types. False with a message when a file is
 * no BTF. A machine without BTF is no error: there is a note.
 */
bool targets_open(struct driver *driver);
/* Gives the kernels to a compilation; types_init() comes first. */
void targets_add(struct driver *driver, struct compilation *comp);

/* ---- commands, one file cmd_NAME.c each ---- */

enum exit_status cmd_build(struct driver *driver);
enum exit_status cmd_check(struct driver *driver);
enum exit_status cmd_run(struct driver *driver);
enum exit_status cmd_test(struct driver *driver);
enum exit_status cmd_emit(struct driver *driver);
enum exit_status cmd_init(struct driver *driver);
enum exit_status cmd_list(struct driver *driver);
enum exit_status cmd_explain(struct driver *driver);
enum exit_status cmd_doctor(struct driver *driver);
enum exit_status cmd_compile(struct driver *driver);
enum exit_status cmd_help(struct driver *driver);

#endif
