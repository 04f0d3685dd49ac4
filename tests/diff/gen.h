/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A generator of well-typed KernelScript programs. The same seed gives the same program, for ever
 * within one version of the generator. What it writes must pass the checker: an error is a defect
 * of one of the two.
 *
 * Program number N stands in a file together with others; all its names end with N:
 *
 *	work_N(a, b) -> u64	plain functions: run in the kernel, as user code, interpreted
 *	run_N			an @xdp or @tc program: work_N, then statements with maps,
 *				globals and the packet, which the kernel and the interpreter run
 *	user_N(a, b)		user code: work_N, then statements with maps and globals
 *
 * out_N gets the results of the statements. all(a, b, set) prints the user's results, sums() what
 * the user's globals and maps hold at the end, as lines `NUMBER WHAT RESULT`.
 */
#ifndef KSC_TESTS_DIFF_GEN_H
#define KSC_TESTS_DIFF_GEN_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

/* Inputs and declarations common to all programs of a file; before the programs. */
void gen_head(struct strbuf *out);
/* Appends program `number`. */
void gen_program(struct strbuf *out, uint32_t number, uint64_t seed);
/* A main that runs all programs with each pair of inputs. */
void gen_main(struct strbuf *out, const uint32_t *numbers, uint32_t count,
	      const uint64_t (*inputs)[2], uint32_t sets);

#endif
