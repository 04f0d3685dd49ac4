/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over IR in the order of evaluation, with one callback for each thing of interest. */
#ifndef KSC_CGEN_C_WALK_H
#define KSC_CGEN_C_WALK_H

#include "ir/ir.h"

/* What a mention does to a local. */
enum c_use {
	C_USE_READ,
	C_USE_SET,   /* the whole of it, by SET, STORE, IF_PRESENT, FOR */
	C_USE_WRITE, /* a part of it, or an update of it */
	C_USE_FILL,  /* the whole of it, by an operation that gets its address */
	C_USE_ADDRESS,
};

struct c_walker {
	void *user;
	/* Each may be NULL. Of a statement to be skipped only its end is told. */
	bool (*skip)(struct c_walker *walker, const struct ir_stmt *stmt);
	void (*expr)(struct c_walker *walker, const struct ir_expr *expr);
	void (*place)(struct c_walker *walker, const struct ir_place *place);
	void (*local)(struct c_walker *walker, const struct ir_local *local, enum c_use use);
	/* Before and after the parts of a statement. */
	void (*stmt)(struct c_walker *walker, const struct ir_stmt *stmt, bool begin);
	void (*list)(struct c_walker *walker, const struct ir_stmt_vec *stmts, bool is_loop,
		     bool begin);
};

void c_walk_stmts(struct c_walker *walker, const struct ir_stmt_vec *stmts);
void c_walk_expr(struct c_walker *walker, const struct ir_expr *expr);
void c_walk_place(struct c_walker *walker, const struct ir_place *place, enum c_use use);

#endif
