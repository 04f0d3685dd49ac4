/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the printer: trees to KernelScript in one canonical form. Tabs indent, one statement,
 * field or arm a line; parentheses as in the source. Recursion is bounded by AST_NESTING_MAX.
 */
#ifndef KSC_SYNTAX_AST_PRINT_H
#define KSC_SYNTAX_AST_PRINT_H

#include "syntax/syntax.h"

struct printer {
	struct strbuf *out;
	unsigned depth; /* of indentation */
};

/* A newline and the indentation of the next line. */
void print_line(struct printer *pr);
void print_quoted(struct printer *pr, char quote, const char *text, uint32_t len);
void print_type(struct printer *pr, const struct type_expr *type);
void print_expr(struct printer *pr, const struct expr *expr);
void print_exprs(struct printer *pr, const struct expr_vec *list);
void print_stmt(struct printer *pr, const struct stmt *stmt);
/* ` {`, the statements, `}` on its own line. */
void print_block(struct printer *pr, const struct stmt *block);
void print_conds(struct printer *pr, const struct condition_vec *conds);
void print_params(struct printer *pr, const struct param_vec *params);

#endif
