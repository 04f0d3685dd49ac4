/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about IR that the printer asks; each is one walk. */
#ifndef KSC_CGEN_C_QUERY_H
#define KSC_CGEN_C_QUERY_H

#include "ir/ir.h"

/* Whether an operation needs the local's address although nobody reads it. */
bool c_is_needed(const struct ir_stmt_vec *stmts, const struct ir_local *local);
/* Whether the statements set the local or take its address. */
bool c_is_changed(const struct ir_stmt_vec *stmts, const struct ir_local *local);
/* Whether evaluating the expression, or a statement, can end the program. */
bool c_can_trap(const struct ir_expr *expr);
bool c_stmt_can_trap(const struct ir_stmt *stmt);
/* How often an expression mentions a local; whether a statement does, with all inside of it. */
uint32_t c_mentions(const struct ir_expr *expr, const struct ir_local *local);
bool c_stmt_mentions(const struct ir_stmt *stmt, const struct ir_local *local);
uint32_t c_count_breaks(const struct ir_stmt_vec *stmts, uint32_t label);

#endif
