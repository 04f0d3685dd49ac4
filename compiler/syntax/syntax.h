/* SPDX-License-Identifier: Apache-2.0 */
/* The front door of syntax/: text to tree, tree to text. */
#ifndef KSC_SYNTAX_SYNTAX_H
#define KSC_SYNTAX_SYNTAX_H

#include "syntax/ast.h"

/*
 * Parses one source. Syntax errors are reported to `comp`; a tree of what could be read is always
 * returned (statements and declarations with errors are left out or stand as *_ERROR nodes).
 */
struct ast_file *syntax_parse(struct compilation *comp, uint32_t file);

/* Prints the tree as KernelScript source in one canonical form; parsing it gives the same tree. */
void ast_print(struct strbuf *out, const struct ast_file *file);

/* Whether a name is a keyword everywhere; the contextual ones are names, too. */
bool syntax_is_keyword(const char *name);

/* One token a line: line:column, kind, text. For `ksc emit --stage=tokens`. */
void syntax_dump_tokens(struct compilation *comp, uint32_t file, struct strbuf *out);

#endif
