/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt: compile a file of generated programs, run it three ways, compare. */
#ifndef KSC_TESTS_AGREE_TRIAL_H
#define KSC_TESTS_AGREE_TRIAL_H

#include "gen.h"

#define TRIAL_SETS     3
#define TRIAL_PROGRAMS 64

enum outcome {
	OUTCOME_SAME,
	OUTCOME_TOO_LARGE, /* a limit that the compiler names: not a failure */
	OUTCOME_ERROR,	   /* the checker found an error */
	OUTCOME_REFUSED,   /* by libbpf or the verifier */
	OUTCOME_LIMIT,	   /* by the verifier, after a million instructions */
	OUTCOME_C,	   /* the C compiler refused the loader or the program failed */
	OUTCOME_USER,	   /* user code and kernel differ */
	OUTCOME_INTERP,	   /* interpreter and kernel differ, or the IR is wrong */
	OUTCOME_RUN,	   /* the test run failed */
	OUTCOME_CRASH,	   /* the compiler died */
	OUTCOME_NOT_PERMITTED,
	OUTCOMES
};

extern const char *const outcome_names[OUTCOMES];

struct trial {
	const char *text;
	const uint32_t *numbers; /* the programs in it */
	uint32_t count;
	const uint64_t (*inputs)[2];
	const char *kernel; /* the target: version of a fixture */
	bool user;	    /* with the user build */
};

/* Plain bytes: a child process sends it back. */
struct verdict {
	enum outcome outcome;
	uint32_t number; /* the first program that differs */
	char why[2000];
};

/* Runs in a process of its own: LLVM compiles one module per process, and may die. */
void trial_run(const struct trial *trial, struct verdict *verdict);

/* trial_live.c: loads, runs, compares; fills the verdict. */
struct ir_module;
struct compilation;
void trial_compare(const struct trial *trial, struct compilation *comp,
		   const struct ir_module *module, const struct strbuf *object, const char *printed,
		   struct verdict *verdict);
void verdict_set(struct verdict *verdict, enum outcome outcome, uint32_t number, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));

#endif
