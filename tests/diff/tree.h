/* SPDX-License-Identifier: Apache-2.0 */
/* Visits a syntax tree: every hook that is set is called for each node, the outer ones first. */
#ifndef KSC_TESTS_DIFF_TREE_H
#define KSC_TESTS_DIFF_TREE_H

#include "syntax/ast.h"

struct tree_walk {
	void *user;
	void (*decl)(struct tree_walk *walk, const struct decl *decl);
	/* `in_list`: it stands in a block, from which it could be taken. */
	void (*stmt)(struct tree_walk *walk, const struct stmt *stmt, bool in_list);
	void (*expr)(struct tree_walk *walk, const struct expr *expr);
	void (*pattern)(struct tree_walk *walk, const struct pattern *pattern);
};

void tree_walk(struct tree_walk *walk, const struct ast_file *file);
/* Calls `each` for the expressions directly below one. */
void tree_operands(const struct expr *expr, void (*each)(const struct expr *operand, void *user),
		   void *user);

#endif
