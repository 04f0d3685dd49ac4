/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of constant*.c, range.c and convert*.c: constants as wide integers. Every value that a
 * constant can have lies within -2^63 .. 2^64-1; sums, products and shifts of two such values are
 * computed in 128 bits and checked.
 */
#ifndef KSC_SEMA_CONSTANT_H
#define KSC_SEMA_CONSTANT_H

#include "sema/check.h"

#define WIDE_MIN ((__int128)INT64_MIN)
#define WIDE_MAX ((__int128)UINT64_MAX)

__int128 constant_wide(const struct constant *value);
/* `wide` must lie within WIDE_MIN .. WIDE_MAX. */
struct constant constant_from_wide(__int128 wide);
/* The low bits of a value of a type of `bits` bits: what a conversion at run time leaves. */
__int128 wide_wrap(__int128 wide, unsigned bits, bool is_signed);

/*
 * The values that fit a type: integers, enums, beN, bool, char. False for the other types, which
 * hold no integers.
 */
bool type_value_range(const struct type *type, __int128 *low, __int128 *high);

/*
 * The exact value of a constant integer expression when its `~` and `<<` work at the width of
 * `type`. Reports DIAG_SHIFT_RANGE. False after an error.
 */
bool constant_at_width(struct sema *sema, const struct expr *expr, const struct type *type,
		       __int128 *wide);

/* The source text of an expression for messages, NULL when it is long or of several lines. */
const char *sema_expr_source(struct sema *sema, const struct expr *expr);
/* `x as u8`, `(a + b) as u8`: what a help line offers; NULL when the source is long. */
const char *sema_cast_source(struct sema *sema, const struct expr *expr, const struct type *to);

#endif
