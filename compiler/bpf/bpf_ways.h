/* SPDX-License-Identifier: Apache-2.0 */
/* How many ways through statements the verifier has to walk, and where they are joined. */
#ifndef KSC_BPF_BPF_WAYS_H
#define KSC_BPF_BPF_WAYS_H

#include "bpf/bpf_gen.h"

/* A list of statements as it is written, since its ways were joined. */
struct bpfgen_stretch {
	uint64_t before;     /* the ways to its beginning */
	uint64_t ways, more; /* ... to its current statement, and through that */
	uint32_t from;	     /* the first statement that is not joined yet */
};
/* In how many ways the verifier comes through the statements, at most the limit there is. */
uint64_t bpfgen_ways(const struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts);
/* How many branches stand one after the other in them, in all rounds of plain loops. */
uint64_t bpfgen_branches(const struct ir_stmt_vec *stmts);
/*
 * Adds the numbers that the body of a loop branches by where it has many branches, also those that
 * it does not change.
 */
void bpfgen_steady(struct bpfgen_fn *fn, const struct ir_stmt_vec *body,
		   struct bpfgen_place_vec *places);
void bpfgen_ways_begin(struct bpfgen_fn *fn, struct bpfgen_stretch *stretch);
/* Joins the ways to the statement where they would become too many. */
void bpfgen_ways_before(struct bpfgen_fn *fn, struct bpfgen_stretch *stretch,
			const struct ir_stmt_vec *stmts, uint32_t at);
void bpfgen_ways_behind(struct bpfgen_fn *fn, const struct bpfgen_stretch *stretch);
void bpfgen_ways_end(struct bpfgen_fn *fn, const struct bpfgen_stretch *stretch);

#endif
