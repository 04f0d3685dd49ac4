/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the two halves of the verifier: ir_verify.c walks functions and statements,
 * ir_verify_expr.c checks expressions and places. Only the first violation is kept.
 */
#ifndef KSC_IR_VERIFY_H
#define KSC_IR_VERIFY_H

#include "ir/ir.h"

struct ir_verifier {
	const struct ir_module *module;
	const struct ir_func *func;
	const struct ir_stmt *stmt; /* the innermost statement */
	struct strbuf *why;
	bool failed;
	uint8_t *labels;      /* by label: enum label_state */
	uint8_t *loop_locals; /* by local: being the counter of an enclosing FOR */
};

/* Records "function: statement: message" unless something was recorded before. */
void ir_verify_fail(struct ir_verifier *verifier, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A pure tree. */
void ir_verify_expr(struct ir_verifier *verifier, const struct ir_expr *expr);
/* A pure tree, or a CALL or OP with pure arguments. */
void ir_verify_root(struct ir_verifier *verifier, const struct ir_expr *expr);
void ir_verify_place(struct ir_verifier *verifier, const struct ir_place *place);
void ir_verify_local(struct ir_verifier *verifier, const struct ir_local *local);
/* `found` may be stored where `wanted` lies: equal up to the region of pointers. */
void ir_verify_same(struct ir_verifier *verifier, const char *what, const struct type *wanted,
		    const struct type *found);

#endif
