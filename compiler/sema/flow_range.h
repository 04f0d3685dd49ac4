/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges of integer values: what the flow pass knows of a variable or expression. Bounds are
 * inclusive and exact for every type of the language (i64 and u64 both fit). All operations have
 * the language's meaning at run time: wrapping, division by zero gives 0, shifts modulo the width.
 */
#ifndef KSC_SEMA_FLOW_RANGE_H
#define KSC_SEMA_FLOW_RANGE_H

#include "syntax/ast.h"
#include "types/type.h"

struct range {
	__int128 low, high; /* low <= high */
};

/* Every value of an integer, enum, bool or char type; other types have the range of i64 and u64. */
struct range range_of_type(const struct type *type);
struct range range_of_constant(const struct constant *constant);
struct range range_of_value(int64_t value);
/* The range itself when every value fits the type, else all values of the type. */
struct range range_in_type(struct range range, const struct type *type);

/* The value of `left op right` computed in `type`; comparisons and && || give 0 .. 1. */
struct range range_binary(enum binary_op op, struct range left, struct range right,
			  const struct type *type);
struct range range_unary(enum unary_op op, struct range operand, const struct type *type);

struct range range_join(struct range a, struct range b);
bool range_equal(struct range a, struct range b);
bool range_has(struct range range, int64_t value);

/*
 * Cuts `value` to what is left when `value op other` holds (EQ .. GE; other operators cut
 * nothing). False when it can never hold; `value` is not changed then.
 */
bool range_assume(struct range *value, enum binary_op op, struct range other);
/* The comparison that holds when `op` does not; BINARY_NONE for other operators. */
enum binary_op range_negate(enum binary_op op);
/* The comparison with its operands exchanged: < becomes >. */
enum binary_op range_swap(enum binary_op op);

#endif
