/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IR interpreter: an oracle for tests. It runs functions of a module with exactly the meaning
 * that ir.h gives, and finds IR that lies: an access that claims to be proved and is not ends the
 * run with INTERP_FAULT.
 *
 * Maps, globals and the printed text belong to the interpreter and live from run to run. There is
 * one CPU. Time, identities and random numbers are made up and the same in every run.
 */
#ifndef KSC_TESTS_INTERP_H
#define KSC_TESTS_INTERP_H

#include "ir/ir.h"

struct interp;

enum interp_end {
	INTERP_RETURNED,
	INTERP_THREW,	    /* an error code left the function (`code`) */
	INTERP_PANICKED,    /* user code: assert or panic, status 134 */
	INTERP_NULL,	    /* user code: null was dereferenced, status 134 */
	INTERP_STEPS,	    /* more statements than allowed */
	INTERP_UNSUPPORTED, /* an operation that only a kernel can do; `why` names it */
	INTERP_FAULT,	    /* the IR is wrong: `why` */
};

struct interp_result {
	enum interp_end end;
	uint64_t value; /* bits of a scalar result, extended by its type */
	int32_t code;
	char why[200];
};

struct interp *interp_new(struct compilation *comp, const struct ir_module *module);
void interp_free(struct interp *interp);

/* How many statements a run may execute; 100 million at the start. */
void interp_set_steps(struct interp *interp, uint64_t steps);

/* A function by name and target; NULL when the module has none. */
struct ir_func *interp_find(struct interp *interp, enum target target, const char *name);

/* Runs a function with scalar arguments; missing ones are zero. */
struct interp_result interp_run(struct interp *interp, const struct ir_func *func,
				const uint64_t *args, uint32_t count);
/*
 * Runs a packet program; `packet` is changed by it. Its first argument is a context, zero but for
 * the packet's bounds.
 */
struct interp_result interp_run_packet(struct interp *interp, const struct ir_func *func,
				       uint8_t *packet, uint32_t len);

/* What was printed so far, a line for each print. */
const char *interp_output(const struct interp *interp);

/* The memory of a global; NULL when there is none of that name. */
void *interp_global(struct interp *interp, const char *name);
/* The value of an entry, NULL when absent; `key` has the map's key type. */
void *interp_entry(struct interp *interp, const char *map, const void *key);
/* Inserts or replaces. */
void interp_put(struct interp *interp, const char *map, const void *key, const void *value);
/* Entries of a map, values in a queue, records in a ring buffer. */
uint32_t interp_count(struct interp *interp, const char *map);
/*
 * Calls `each` for every entry: of keyed maps in any order, of queues and stacks in the order in
 * which they would be popped, with `key` NULL.
 */
void interp_each(struct interp *interp, const struct ir_map *map,
		 void (*each)(void *user, const void *key, const void *value), void *user);
/* The record number `index` that was submitted to a ring buffer. */
const void *interp_record(struct interp *interp, const char *ring, uint32_t index);

#endif
