/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the statement printer: c_stmt.c writes lines, c_flow.c what holds other statements. */
#ifndef KSC_CGEN_C_FLOW_H
#define KSC_CGEN_C_FLOW_H

#include "cgen/c_query.h"
#include "cgen/cprint.h"

/* Which statement of which list is written. */
struct c_position {
	const struct ir_stmt_vec *stmts;
	uint32_t index;
};

/* Writes a label that waits: `name:`, or `name:;` where C wants a statement behind it. */
void c_flush_label(struct cgen *cg, bool is_statement);
void c_put_label(struct cgen *cg, const char *label);
void c_put_declaration(struct cgen *cg, const char *text);
/* A statement comes: behind declarations a blank line. */
void c_begin_statement(struct cgen *cg);
/* The declarations at the start of a list: of what the list's statements cannot declare. */
void c_declare_locals(struct cgen *cg, const struct ir_stmt_vec *stmts);
/* Whether the local gets its declaration together with its first value here. */
bool c_declares_here(struct cgen *cg, const struct ir_local *local, struct c_position at);
/* SET, STORE, UPDATE, EVAL, RETURN, THROW, COMMENT. */
void c_put_simple(struct cgen *cg, const struct ir_stmt *stmt, struct c_position at);
/* A call or operation for its effect. */
void c_put_effect(struct cgen *cg, const struct ir_expr *value, struct c_position at);

/* `local = value`, with the declaration where it belongs. */
void c_put_set(struct cgen *cg, const struct ir_local *local, const struct ir_expr *value,
	       struct c_position at);

/* A loop's head and foot with its body; `first` is a line at the body's start, or "". */
void c_put_loop(struct cgen *cg, const char *head, const struct ir_stmt_vec *body, uint32_t label,
		const char *first, const char *foot);
/* FOR, LOOP, FOR_MAP (c_loop.c). */
void c_put_for(struct cgen *cg, const struct ir_stmt *stmt, struct c_position at);
void c_put_endless(struct cgen *cg, const struct ir_stmt *stmt);
void c_put_for_map(struct cgen *cg, const struct ir_stmt *stmt);

#endif
