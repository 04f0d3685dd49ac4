/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A generator of well-typed KernelScript programs. The same seed gives the same program, for ever
 * within one version of the generator. What it writes must pass the checker: an error is a defect
 * of one of the two.
 *
 * Program number N stands in a file together with others; all its names end with N:
 *
 *	work_N(a, b) -> u64	plain functions: run in the kernel, as user code, interpreted
 *	run_N			an @xdp program: out_N = work_N(in_a, in_b), then statements with
 *				maps, globals and the packet, which only the kernel and the
 *				interpreter run
 *
 * Each statement and each larger expression has a number. A masked one is generated, so that the
 * random numbers behind it stay the same, and left out: this is how failing programs are reduced.
 */
#ifndef KSC_TESTS_AGREE_GEN_H
#define KSC_TESTS_AGREE_GEN_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

struct gen_mask {
	bool *masked;	/* by number of the item */
	uint32_t count; /* items behind it are not masked */
};

/* The inputs common to all programs of a file; before the programs. */
void gen_head(struct strbuf *out);
/* Appends program `number`; returns how many items it has. `mask` may be NULL. */
uint32_t gen_program(struct strbuf *out, uint32_t number, uint64_t seed,
		     const struct gen_mask *mask);
/*
 * A main that prints a line `NUMBER SET RESULT` for each of `numbers` and for each pair of
 * inputs.
 */
void gen_main(struct strbuf *out, const uint32_t *numbers, uint32_t count,
	      const uint64_t (*inputs)[2], uint32_t sets);

#endif
