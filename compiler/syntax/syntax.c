/* SPDX-License-Identifier: Apache-2.0 */
#include "syntax/actions.h"
#include "syntax/parser.h"

#include <string.h>

static void parser_init(struct parser *p, struct compilation *comp, uint32_t file)
{
	const char *path = comp->sources.files.data[file]->path;
	size_t len = strlen(path);

	*p = (struct parser){.comp = comp};
	p->ast = arena_new(&comp->arena, struct ast_file);
	p->ast->file = file;
	p->ast->is_header = len > 3 && !strcmp(path + len - 3, ".kh");
	p->underscore = intern_str(&comp->names, "_");
	p->null_word = intern_str(&comp->names, "NULL");
	lexer_init(&p->lexer, comp, file);
	layout_init(p);
}

struct ast_file *syntax_parse(struct compilation *comp, uint32_t file)
{
	uint32_t errors = diag_error_count(comp);
	struct parser p;

	parser_init(&p, comp, file);
	ksc_yyparse(&p);
	p.ast->had_errors = diag_error_count(comp) > errors;
	lexer_free(&p.lexer);
	return p.ast;
}

void syntax_dump_tokens(struct compilation *comp, uint32_t file, struct strbuf *out)
{
	struct parser p;
	struct token token;

	parser_init(&p, comp, file);
	for (layout_next(&p, &token); token.kind != TOKEN_END; layout_next(&p, &token)) {
		struct source_pos pos = source_position(&comp->sources, file, token.start);
		const struct token_info *info = token_info(token.kind);

		strbuf_printf(out, "%u:%u: ", pos.line, pos.column);
		if (token_has(token.kind, TOKEN_KEYWORD))
			strbuf_puts(out, "keyword ");
		strbuf_puts(out, info->text);
		if (token.kind >= TOKEN_NAME && token.kind <= TOKEN_COMPOUND_ASSIGN)
			strbuf_printf(out, " %.*s", (int)(token.end - token.start),
				      p.lexer.text + token.start);
		strbuf_putc(out, '\n');
	}
	lexer_free(&p.lexer);
}
