/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed text, for the tests of compiler/syntax. */
#ifndef PARSED_H
#define PARSED_H

#include "syntax/syntax.h"

#include <stdlib.h>
#include <string.h>

/* One parsed text. */
struct parsed {
	struct compilation comp;
	struct ast_file *ast;
};

static inline void parse_bytes(struct parsed *parsed, const char *path, const char *text,
			       size_t len)
{
	compilation_init(&parsed->comp);
	source_add(&parsed->comp.sources, path, text, len);
	parsed->ast = syntax_parse(&parsed->comp, 0);
}

static inline void parse(struct parsed *parsed, const char *text)
{
	parse_bytes(parsed, "test.ks", text, strlen(text));
}

/* Diagnostics, one a line. The caller frees it. */
static inline char *rendered(struct parsed *parsed)
{
	struct strbuf out = {0};
	char *text;

	parsed->comp.diag_options.format = DIAG_LINE;
	diag_render_all(&parsed->comp, &out);
	text = strdup(strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

static inline char *printed(const struct parsed *parsed)
{
	struct strbuf out = {0};
	char *text;

	ast_print(&out, parsed->ast);
	text = strdup(strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

#endif
