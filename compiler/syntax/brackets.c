/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brackets: what they hold, and their repair. The grammar sees balanced brackets only: where a
 * closing one is missing it is reported here, with the place of the open one, and put in; one too
 * many is reported and left out. Where a `}` is missing is told by the indentation of lines.
 */
#include "syntax/parse.h"
#include "syntax/parser.h"

static bool is_brace(enum bracket_kind kind)
{
	return kind != BRACKET_ROUND && kind != BRACKET_SQUARE;
}

static int closer_of(enum bracket_kind kind)
{
	if (kind == BRACKET_ROUND)
		return TOKEN_RPAREN;
	return kind == BRACKET_SQUARE ? TOKEN_RBRACKET : TOKEN_RBRACE;
}

#define INDENTATION_MAX 255 /* lines further in are not told apart */

/* The number of blanks at the start of a line. */
static uint32_t indentation(const struct parser *p, uint32_t line)
{
	const char *text = p->lexer.text + line;
	uint32_t count = 0;

	while (count < INDENTATION_MAX && (text[count] == ' ' || text[count] == '\t'))
		count++;
	return count;
}

void bracket_push(struct parser *p, const struct token *opener, enum bracket_kind kind, int role)
{
	struct bracket bracket = {.kind = kind, .role = role};
	const struct bracket *outer = layout_top(p);

	bracket.offset = opener->start;
	bracket.implied = opener->implied;
	bracket.line = opener->line;
	if (kind == BRACKET_LITERAL)
		bracket.word = p->layout.last;
	if (!is_brace(kind)) {
		bracket.around = role ? role : outer->around;
		bracket.rounds = outer->rounds + (kind == BRACKET_ROUND);
		bracket.squares = outer->squares + (kind == BRACKET_SQUARE);
	}
	vec_push(&p->comp->arena, &p->layout.brackets, bracket);
	if (p->layout.brackets.len > AST_NESTING_MAX) {
		parse_too_deep(p, parse_token_span(p, opener));
		p->stopped = true;
	}
}

void bracket_pop(struct parser *p, const struct token *closer)
{
	struct layout *layout = &p->layout;
	struct bracket closed = *layout_top(p), *top;

	layout->brackets.len--;
	layout->closed_role = closed.role;
	top = layout_top(p);
	if (closed.kind == BRACKET_ROUND && closed.role == TOKEN_AT)
		top->attribute = ATTRIBUTE_ARGS;
	else if (closed.kind == BRACKET_ROUND && top->header == HEADER_WAITS)
		top->header = HEADER_DONE;
	if (closer->implied || !is_brace(closed.kind))
		return;
	/* A `}` that stands further left than the line of its `{` closes another one. */
	if (closer->line_start && layout->suspect == UINT32_MAX &&
	    indentation(p, closer->line) < indentation(p, closed.line))
		layout->suspect = closed.offset;
	if (layout->brackets.len == 1)
		layout->suspect = UINT32_MAX;
}

/* Whether `{` and what follows it, in the parentheses of a header, are a literal: `T { f:`. */
static bool looks_like_literal(struct parser *p)
{
	int first = layout_peek(p, 1)->kind, second;

	if (first == TOKEN_RBRACE || first == TOKEN_DOTDOT)
		return true;
	second = layout_peek(p, 2)->kind;
	return second == TOKEN_COLON || second == TOKEN_COMMA ||
	       (first == TOKEN_NAME && second == TOKEN_RBRACE);
}

void bracket_classify(struct parser *p, struct token *brace)
{
	const struct bracket *top = layout_top(p);

	if (top->header == HEADER_DONE && top->header_kind == TOKEN_LOCK_BRACE)
		brace->kind = TOKEN_LOCK_BRACE;
	else if (top->header == HEADER_NONE && p->layout.last.kind == TOKEN_NAME &&
		 !brace->line_start &&
		 (!top->around || (top->around != TOKEN_FN && looks_like_literal(p))))
		brace->kind = TOKEN_LITERAL_BRACE;
}

enum bracket_kind bracket_kind_of(const struct parser *p, const struct token *brace,
				  const struct bracket *outer)
{
	if (brace->kind == TOKEN_LITERAL_BRACE)
		return BRACKET_LITERAL;
	if (outer->header == HEADER_NONE)
		return BRACKET_BLOCK;
	switch (outer->header_kind) {
	case TOKEN_STRUCT:
	case TOKEN_UNION:
	case TOKEN_CONFIG:
		return BRACKET_FIELDS;
	case TOKEN_ENUM:
		return BRACKET_ITEMS;
	case TOKEN_IMPL:
		return BRACKET_MEMBERS;
	case TOKEN_MATCH:
		return BRACKET_ARMS;
	}
	return BRACKET_BLOCK;
}

bool layout_begins_decl(struct parser *p, const struct token *token)
{
	if (!token_has(token->kind, TOKEN_DECLARES))
		return false;
	return token->kind != TOKEN_FN || layout_peek(p, 1)->kind != TOKEN_LPAREN;
}

/* ---- repair ---- */

/* Whether a token at the start of a line can only begin a statement or a declaration. */
static bool begins_line_only(struct parser *p, const struct token *next)
{
	if (!next->line_start)
		return false;
	return token_has(next->kind, TOKEN_EXECUTES) || next->kind == TOKEN_VAR ||
	       next->kind == TOKEN_CONST || layout_begins_decl(p, next);
}

/* The token ahead cannot stand in `(` or `[`: one was not closed. */
static bool leaves_parens(struct parser *p, const struct token *next)
{
	/* `if (var a = b,` and `var c = d)` in the next line */
	if (next->kind == TOKEN_VAR && layout_top(p)->role == TOKEN_IF)
		return false;
	/* A string without end took the bracket with it. */
	return begins_line_only(p, next) ||
	       (next->line_start && p->lexer.open_line == p->layout.last.line);
}

/* A declaration ahead stands no further right than the line of the innermost `{`. */
static bool leaves_block(struct parser *p, const struct token *next)
{
	const struct bracket *top = layout_top(p);

	if (!next->line_start || !layout_begins_decl(p, next))
		return false;
	return indentation(p, next->line) <= indentation(p, top->line);
}

/* A statement ahead in a list of fields, items or arms, behind a complete one. */
static bool leaves_list(struct parser *p, const struct token *next)
{
	int last = p->layout.last.kind;

	return (begins_line_only(p, next) ||
		(next->line_start && (next->kind == TOKEN_IF || next->kind == TOKEN_MATCH))) &&
	       (last == TOKEN_COMMA || last == TOKEN_LBRACE || !token_has(last, TOKEN_JOINS_NEXT));
}

/* `catch` or `else` ahead belongs to the statement around: its block was not closed. */
static bool leaves_inner_block(struct parser *p, const struct token *next)
{
	const struct layout *layout = &p->layout;
	const struct bracket *top = layout_top(p);
	int closed = layout->last.kind == TOKEN_RBRACE ? layout->closed_role : 0;

	if (next->kind == TOKEN_CATCH)
		return (top->role == TOKEN_TRY || top->role == TOKEN_CATCH) &&
		       closed != TOKEN_TRY && closed != TOKEN_CATCH;
	return next->kind == TOKEN_ELSE && next->line_start && top->role == TOKEN_IF && !closed &&
	       layout->first.kind != TOKEN_IF && layout->first.kind != TOKEN_VAR &&
	       layout->first.kind != TOKEN_RETURN;
}

/* The list that a header announces begins in the next line, without a `{`. */
static bool lacks_brace(struct parser *p, const struct token *next)
{
	const struct layout *layout = &p->layout;
	const struct bracket *top = layout_top(p);

	if (!next->line_start || token_has(next->kind, TOKEN_JOINS_PREV))
		return false;
	if (top->kind == BRACKET_ARMS)
		return layout->last.kind == TOKEN_COLON && begins_line_only(p, next);
	if (top->header == HEADER_NONE || token_has(layout->last.kind, TOKEN_JOINS_NEXT) ||
	    indentation(p, next->line) <= indentation(p, layout->first.line))
		return false;
	if (top->header == HEADER_DONE)
		return top->header_kind == TOKEN_MATCH;
	if (top->header != HEADER_OPEN || layout->before.line < layout->first.line)
		return false;
	switch (top->header_kind) {
	case TOKEN_FN:
		return !p->ast->is_header;
	case TOKEN_STRUCT:
	case TOKEN_UNION:
	case TOKEN_ENUM:
	case TOKEN_CONFIG:
	case TOKEN_IMPL:
		return true;
	}
	return false;
}

/* Reports that a bracket is missing before the token ahead, once for each token. */
static void report_missing(struct parser *p, const struct token *next, int missing)
{
	struct layout *layout = &p->layout;
	const struct bracket *top = layout_top(p);
	uint32_t opener = top->offset;
	struct span span = parse_token_span(p, next);

	if (layout->skipping || layout->repaired_at == next->start)
		return;
	layout->repaired_at = next->start;
	if (p->lexer.open_line == layout->last.line)
		return;
	if (next->kind == TOKEN_END || missing == TOKEN_LBRACE ||
	    (next->line_start && !is_brace(top->kind)))
		span = parse_span(p, layout->last.end, layout->last.end);
	parse_error(p, span, "expected `%s` before %s", token_info(missing)->text,
		    parse_describe(p, next));
	if (missing == TOKEN_LBRACE)
		return;
	if (is_brace(top->kind) && layout->suspect != UINT32_MAX)
		opener = layout->suspect;
	if (opener != top->offset || !top->implied)
		diag_note(p->comp, parse_span(p, opener, opener + 1), "this `%c` is not closed",
			  p->lexer.text[opener]);
	layout->suspect = UINT32_MAX;
	p->error_line = parse_line(p, next->start);
}

/* A closing bracket that nothing opened: reported and left out. */
static void drop_stray(struct parser *p, const struct token *next)
{
	struct layout *layout = &p->layout;
	bool line_start = next->line_start;

	if (next->kind == TOKEN_RBRACE && layout->closed)
		layout->closed--;
	else if (!layout->skipping && !(next->kind == TOKEN_RBRACE && p->is_broken))
		parse_error(p, parse_token_span(p, next), "`%s` closes nothing",
			    token_info(next->kind)->text);
	layout_drop(p);
	layout_peek(p, 0);
	layout->ahead[0].line_start |= line_start;
}

enum repair {
	REPAIR_NONE,
	REPAIR_CLOSE,
	REPAIR_OPEN,
	REPAIR_DROP
};

static enum repair repair_for_closer(struct parser *p, const struct token *next)
{
	const struct bracket *top = layout_top(p);
	/* Struct values do not keep a `)` or `]` from the bracket around. */
	const struct bracket *inside = top - (top->kind == BRACKET_LITERAL);

	switch (next->kind) {
	case TOKEN_RPAREN:
		if (top->kind == BRACKET_ROUND)
			return REPAIR_NONE;
		return inside->rounds ? REPAIR_CLOSE : REPAIR_DROP;
	case TOKEN_RBRACKET:
		if (top->kind == BRACKET_SQUARE)
			return REPAIR_NONE;
		return inside->squares ? REPAIR_CLOSE : REPAIR_DROP;
	}
	if (top->kind == BRACKET_FILE)
		return REPAIR_DROP;
	return is_brace(top->kind) ? REPAIR_NONE : REPAIR_CLOSE;
}

/* What is wrong with the token ahead in the innermost bracket. */
static enum repair repair_for(struct parser *p, const struct token *next)
{
	const struct bracket *top = layout_top(p);
	bool leaves = false;

	switch (next->kind) {
	case TOKEN_END:
		return top->kind == BRACKET_FILE ? REPAIR_NONE : REPAIR_CLOSE;
	case TOKEN_RPAREN:
	case TOKEN_RBRACKET:
	case TOKEN_RBRACE:
		return repair_for_closer(p, next);
	case TOKEN_LBRACE:
		leaves = !is_brace(top->kind) && top->header == HEADER_NONE && top->around;
		return leaves ? REPAIR_CLOSE : REPAIR_NONE;
	}
	if (lacks_brace(p, next))
		return REPAIR_OPEN;
	switch (top->kind) {
	case BRACKET_FILE:
		break;
	case BRACKET_BLOCK:
		leaves = leaves_block(p, next) || leaves_inner_block(p, next);
		break;
	case BRACKET_FIELDS:
	case BRACKET_ITEMS:
	case BRACKET_ARMS:
	case BRACKET_LITERAL:
		leaves = leaves_list(p, next);
		break;
	case BRACKET_MEMBERS:
		leaves = next->kind != TOKEN_FN && next->kind != TOKEN_AT && leaves_block(p, next);
		break;
	case BRACKET_ROUND:
	case BRACKET_SQUARE:
		leaves = leaves_parens(p, next);
		break;
	}
	return leaves ? REPAIR_CLOSE : REPAIR_NONE;
}

int bracket_missing(struct parser *p)
{
	const struct token *next = layout_peek(p, 0);
	int missing = TOKEN_LBRACE;

	switch (repair_for(p, next)) {
	case REPAIR_NONE:
		return 0;
	case REPAIR_CLOSE:
		missing = closer_of(layout_top(p)->kind);
		p->layout.closed += missing == TOKEN_RBRACE && layout_begins_decl(p, next);
		break;
	case REPAIR_OPEN:
		break;
	case REPAIR_DROP:
		drop_stray(p, next);
		return BRACKET_REMOVED;
	}
	report_missing(p, next, missing);
	return missing;
}
