/* SPDX-License-Identifier: Apache-2.0 */
/* Temporaries that are not written: c_inline.c. */
#ifndef KSC_CGEN_C_INLINE_H
#define KSC_CGEN_C_INLINE_H

#include "cgen/c_flow.h"

/*
 * Before c_locals_analyse() places locals: buffers that are copied to a variable right behind the
 * lookup become that variable.
 */
void c_merge_buffers(struct cgen *cg);
/* The local that stands for this one. */
const struct ir_local *c_merged(const struct cgen *cg, const struct ir_local *local);
/* Whether a merge made the statement superfluous. */
bool c_is_merged_copy(const struct cgen *cg, const struct ir_stmt *stmt);

/*
 * When the statement (or two, of an `a || f()`) only sets a temporary that the next statement
 * reads once: gives the temporary its text and returns how many statements are done. Else 0.
 */
uint32_t c_inline(struct cgen *cg, const struct ir_stmt_vec *stmts, uint32_t index, uint32_t len);

#endif
