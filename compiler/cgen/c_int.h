/* SPDX-License-Identifier: Apache-2.0 */
/* What C makes of integer expressions: widths, ranges, what a compiler would warn of. */
#ifndef KSC_CGEN_C_INT_H
#define KSC_CGEN_C_INT_H

#include "cgen/cprint.h"

/* An integer of any kind: int, enum, char, bool, beN. */
bool c_is_int(const struct type *type);
bool c_is_signed(const struct type *type);
/* Whether every value of `from` is a value of `to`. */
bool c_preserves(const struct type *from, const struct type *to);
/* Bits cut to a type, and extended as constants are. */
uint64_t c_int_fit(const struct type *type, uint64_t bits);

/*
 * Whether the text of the expression has the type's own width and signedness in C. Narrow types
 * count as typed: C promotes them anyway.
 */
bool c_is_typed(const struct ir_expr *expr);
/* The width in which C would compute with the text; below 32 for what is promoted to int. */
unsigned c_width(const struct ir_expr *expr);
/* The enum whose value a compiler sees in the text, conversions without cast removed; or NULL. */
const struct type *c_seen_enum(const struct ir_expr *expr);
/* Whether a comparison (with `op` for its operator) has one result that a compiler would see. */
bool c_compare_folds(const struct cgen *cg, const struct ir_expr *expr, enum binary_op op,
		     bool *result);

#endif
