/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt: compile a file of programs, run it three ways, compare. What a run shows is lines of
 * text, `NUMBER WHEN WHAT ...`, the same for the interpreter and for the kernel: results, packets,
 * globals, entries of maps, records. User code prints lines of its own.
 */
#ifndef KSC_TESTS_DIFF_TRIAL_H
#define KSC_TESTS_DIFF_TRIAL_H

#include "cover.h"

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

#define TRIAL_SETS     3
#define TRIAL_PROGRAMS 256
#define PACKET_BYTES   64

enum outcome {
	OUTCOME_SAME,
	OUTCOME_TOO_LARGE, /* a limit that the compiler names: not a failure */
	OUTCOME_ERROR,	   /* the checker found an error */
	OUTCOME_REFUSED,   /* by libbpf or the verifier */
	OUTCOME_LIMIT,	   /* by the verifier, after too many instructions or jumps */
	OUTCOME_C,	   /* the C compiler refused the loader or the program failed */
	OUTCOME_USER,	   /* user code and interpreter differ */
	OUTCOME_KERNEL,	   /* kernel and interpreter differ */
	OUTCOME_INTERP,	   /* the IR is wrong, or interpreting it takes too long */
	OUTCOME_RUN,	   /* the test run failed */
	OUTCOME_CRASH,	   /* the compiler died */
	OUTCOME_NOT_PERMITTED,
	OUTCOMES
};

extern const char *const outcome_names[OUTCOMES];

/* Inputs of each set. */
extern const uint64_t trial_inputs[TRIAL_SETS][2];

struct trial {
	const char *text;
	const char *kernel;  /* the target: version of a fixture */
	const char *prepare; /* a folder for what another kernel shall run, or NULL: run it here */
	bool optimize;	     /* the user build, by gcc -O1 instead of clang -O0 */
	bool cover;	     /* count what occurs */
};

/* Plain bytes: a child process sends it back. */
struct verdict {
	enum outcome outcome;
	uint32_t number; /* of the program, where that is known, else UINT32_MAX */
	char why[4000];
	struct cover cover;
};

/* Runs in a process of its own: LLVM compiles one module per process, and may die. */
void trial_run(const struct trial *trial, struct verdict *verdict);
/* What trial_run prepared in a folder, on this kernel. */
void trial_replay(const char *folder, struct verdict *verdict);
/* The first outcome stays. */
void verdict_set(struct verdict *verdict, enum outcome outcome, uint32_t number, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));
/* Notes the first line that only one of the two has. */
void lines_compare(struct verdict *verdict, enum outcome outcome, const struct strbuf *expected,
		   const struct strbuf *got);
/* The lines in the order of their text. */
void lines_sort(struct strbuf *lines);
void bytes_show(struct strbuf *out, const void *bytes, size_t size);
/* The number at the end of a name. */
uint32_t number_of(const char *name);
void packet_fill(uint8_t *packet, uint64_t seed);

/* expect.c: what the interpreter sees. */
struct ir_module;
struct compilation;
void expect_kernel(struct compilation *comp, const struct ir_module *module, struct strbuf *out,
		   struct verdict *verdict);
void expect_user(struct compilation *comp, const struct ir_module *module, struct strbuf *out,
		 struct verdict *verdict);
/* live.c: what the kernel does. */
void live_run(const void *object, size_t size, struct strbuf *out, struct verdict *verdict);

#endif
