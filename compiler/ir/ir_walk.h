/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Visits everything in statements: each hook that is set is called for every expression (operands
 * first), place (its base first), statement and local that is set. Expressions may be shared
 * between two places of a tree; hooks must bear a second visit.
 */
#ifndef KSC_IR_WALK_H
#define KSC_IR_WALK_H

#include "ir/ir.h"

struct ir_walk {
	void *user;
	void (*expr)(struct ir_walk *walk, struct ir_expr *expr);
	void (*place)(struct ir_walk *walk, struct ir_place *place);
	/* Before what stands in the statement. */
	void (*stmt)(struct ir_walk *walk, struct ir_stmt *stmt);
	/* A local gets a value: of SET, IF_PRESENT, loops, a call's error, a lookup's buffer. */
	void (*set)(struct ir_walk *walk, struct ir_local *local);
	/*
	 * Replaces an expression where it stands, operands first; NULL: no. The other hooks see
	 * the expression before it is replaced.
	 */
	struct ir_expr *(*replace)(struct ir_walk *walk, struct ir_expr *expr);
};

void ir_walk_expr(struct ir_walk *walk, struct ir_expr **expr);
void ir_walk_place(struct ir_walk *walk, struct ir_place *place);
void ir_walk_stmt(struct ir_walk *walk, struct ir_stmt *stmt);
void ir_walk_stmts(struct ir_walk *walk, struct ir_stmt_vec *stmts);

/* What a statement evaluates itself, without the statements in it. */
void ir_walk_own(struct ir_walk *walk, struct ir_stmt *stmt);
/* Calls `each` for every list of statements directly in the statement. */
void ir_each_body(struct ir_stmt *stmt, void (*each)(struct ir_stmt_vec *body, void *user),
		  void *user);

#endif
