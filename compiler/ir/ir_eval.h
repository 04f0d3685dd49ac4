/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language's arithmetic on constants: what every target computes at run time. `bits` are as
 * the machine holds a value of the type, sign- or zero-extended to 64 bits.
 */
#ifndef KSC_IR_EVAL_H
#define KSC_IR_EVAL_H

#include "ir/ir.h"

/* Cuts to the type's width and extends again. Pointers and handles keep 64 bits. */
uint64_t ir_normalize(const struct type *type, uint64_t bits);
/* NEG, BITNOT, NOT. */
uint64_t ir_eval_unary(enum unary_op op, const struct type *type, uint64_t bits);
/* ADD .. SHR; the type is that of the left operand and of the result. */
uint64_t ir_eval_binary(enum binary_op op, const struct type *type, uint64_t left, uint64_t right);
/* EQ .. GE of two values of one type. */
bool ir_eval_compare(enum binary_op op, const struct type *type, uint64_t left, uint64_t right);
/* INT, BOOL, SWAP, BITS between integer-like types. */
uint64_t ir_eval_convert(enum ir_convert how, const struct type *to, const struct type *from,
			 uint64_t bits);
/* Integer to float and back, saturating. */
double ir_eval_to_float(const struct type *from, uint64_t bits);
uint64_t ir_eval_from_float(const struct type *to, double number);

/*
 * The expression with its root simplified when the operands allow it: constants are computed,
 * && || ?: with a constant condition lose a branch, conversions to the own type vanish. The
 * operands must have been simplified before. May return `expr` itself.
 */
struct ir_expr *ir_simplify(struct compilation *comp, struct ir_expr *expr);

/* !expr of a bool; comparisons are turned around. */
struct ir_expr *ir_negate(struct compilation *comp, struct ir_expr *expr);
/* Whether evaluating may end the program: a user pointer that may be null is dereferenced. */
bool ir_may_trap(struct ir_expr *expr);

/* Whether the expression is a CONST (of a known value), and which. */
bool ir_is_const(const struct ir_expr *expr, uint64_t *bits);

#endif
