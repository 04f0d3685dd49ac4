/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One compilation: the only context that is passed around. There is no global state, so that a
 * process can compile any number of files, one after another or in threads.
 */
#ifndef KSC_BASE_COMPILATION_H
#define KSC_BASE_COMPILATION_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/intern.h"
#include "base/source.h"

struct type_table;
struct kernel_set;

struct compile_options {
	bool cpu_v4;	    /* --cpu=v4; default v3 */
	bool spill;	    /* --spill */
	bool test_build;    /* ksc test: @test functions are compiled */
	const char *project; /* base name of outputs, module name and pin directory */
};

/*
 * How the core reads other files (include, import): given by the driver, so that the core does no
 * I/O. Returns the file index, or UINT32_MAX when not found. `from` is the including file.
 */
typedef uint32_t (*source_open_fn)(struct compilation *comp, void *user, uint32_t from,
				   const char *name);

struct compilation {
	struct arena arena;
	struct interner names;
	struct source_set sources;
	struct compile_options options;
	struct diag_options diag_options;
	struct diag_vec diags;
	uint32_t error_count;
	bool last_diag_dropped;
	const char *pass; /* the running pass, for internal_error(); NULL outside the pipeline */
	source_open_fn open_source;
	void *open_source_user;
	struct type_table *types;   /* set by types_init() */
	struct kernel_set *kernels; /* the target kernels, set by the driver or a test */
};

void compilation_init(struct compilation *comp);
void compilation_free(struct compilation *comp);

/*
 * Ends the process with "internal error", the pass, the source position and status 70. For
 * conditions that earlier passes guarantee; never for bad input.
 */
_Noreturn void internal_error(const struct compilation *comp, struct span span, const char *fmt,
			      ...) __attribute__((format(printf, 3, 4)));

#endif
