/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brackets: what they hold, and their repair. The grammar sees balanced brackets only: where a
 * closing one is missing it is reported here, with the place of the open one, and put in; one too
 * many is reported and left out. Where a `}` is missing is told by the indentation of lines.
 */
#include "syntax/parse.h"
#include "syntax/parser.h"

#include <string.h>

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

/* The number of blanks at the start of a line. */
static uint32_t indentation(const struct parser *p, uint32_t line)
{
	return (uint32_t)strspn(p->lexer.text + line, " \t");
}

void bracket_push(struct parser *p, const struct token *opener, enum bracket_kind kind, int role)
{
	struct bracket bracket = {.kind = kind, .role = role};
	const struct bracket *outer = layout_top(p);

	bracket.offset = opener->start;
	bracket.line = opener->line;
	bracket.around = role;
	if (kind == BRACKET_LITERAL)
		bracket.word = p->layout.last;
	if (!is_brace(kind)) {
		if (!role)
			bracket.around = outer->around;
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

/* The token ahead begins a line and cannot stand in `(` or `[`: one was not closed. */
static bool leaves_parens(struct parser *p, const struct token *next)
{
	if (!next->line_start)
		return false;
	if (token_has(next->kind, TOKEN_EXECUTES) || next->kind == TOKEN_CONST)
		return true;
	if (next->kind == TOKEN_VAR)
		return layout_top(p)->role != TOKEN_IF;
	return layout_begins_decl(p, next);
}

/* A declaration ahead stands no further right than the line of the innermost `{`. */
static bool leaves_block(struct parser *p, const struct token *next)
{
	const struct bracket *top = layout_top(p);

	if (!next->line_start || top->kind == BRACKET_FILE || !layout_begins_decl(p, next))
		return false;
	if (top->kind == BRACKET_MEMBERS && (next->kind == TOKEN_FN || next->kind == TOKEN_AT))
		return false;
	return indentation(p, next->line) <= indentation(p, top->line);
}

/* Reports that `closer` is missing before the token ahead, once for each token. */
static void report_missing(struct parser *p, const struct token *next, int closer)
{
	struct layout *layout = &p->layout;
	const struct bracket *top = layout_top(p);
	uint32_t opener = top->offset;
	struct span span = parse_token_span(p, next);

	if (layout->skipping || layout->repaired_at == next->start)
		return;
	layout->repaired_at = next->start;
	if (is_brace(top->kind) && layout->suspect != UINT32_MAX)
		opener = layout->suspect;
	if (next->kind == TOKEN_END || (next->line_start && !is_brace(top->kind)))
		span = parse_span(p, layout->last.end, layout->last.end);
	parse_error(p, span, "expected `%s` before %s", token_info(closer)->text,
		    parse_describe(p, next));
	diag_note(p->comp, parse_span(p, opener, opener + 1), "this `%c` is not closed",
		  p->lexer.text[opener]);
	layout->suspect = UINT32_MAX;
}

/* A closing bracket that nothing opened: reported and left out. */
static void drop_stray(struct parser *p, const struct token *next)
{
	bool line_start = next->line_start;

	if (next->kind == TOKEN_RBRACE && p->layout.closed) {
		p->layout.closed--;
	} else if (!p->layout.skipping) {
		parse_error(p, parse_token_span(p, next), "`%s` closes nothing",
			    token_info(next->kind)->text);
	}
	layout_drop(p);
	layout_peek(p, 0);
	p->layout.ahead[0].line_start |= line_start;
}

enum repair {
	REPAIR_NONE,
	REPAIR_CLOSE,
	REPAIR_DROP
};

/* What is wrong with the token ahead in the innermost bracket. */
static enum repair repair_for(struct parser *p, const struct token *next)
{
	const struct bracket *top = layout_top(p);

	switch (next->kind) {
	case TOKEN_END:
		return top->kind == BRACKET_FILE ? REPAIR_NONE : REPAIR_CLOSE;
	case TOKEN_RPAREN:
		if (top->kind == BRACKET_ROUND)
			return REPAIR_NONE;
		return top->rounds ? REPAIR_CLOSE : REPAIR_DROP;
	case TOKEN_RBRACKET:
		if (top->kind == BRACKET_SQUARE)
			return REPAIR_NONE;
		return top->squares ? REPAIR_CLOSE : REPAIR_DROP;
	case TOKEN_RBRACE:
		if (top->kind == BRACKET_FILE)
			return REPAIR_DROP;
		return is_brace(top->kind) ? REPAIR_NONE : REPAIR_CLOSE;
	case TOKEN_LBRACE:
		return !is_brace(top->kind) && top->header == HEADER_NONE && top->around
			       ? REPAIR_CLOSE
			       : REPAIR_NONE;
	}
	if (is_brace(top->kind) ? leaves_block(p, next) : leaves_parens(p, next))
		return REPAIR_CLOSE;
	return REPAIR_NONE;
}

int bracket_missing(struct parser *p)
{
	const struct token *next = layout_peek(p, 0);

	switch (repair_for(p, next)) {
	case REPAIR_NONE:
		break;
	case REPAIR_CLOSE:
		p->layout.closed += is_brace(layout_top(p)->kind) && next->kind != TOKEN_END;
		report_missing(p, next, closer_of(layout_top(p)->kind));
		return closer_of(layout_top(p)->kind);
	case REPAIR_DROP:
		drop_stray(p, next);
		return BRACKET_REMOVED;
	}
	return 0;
}

/* ---- recovery ---- */

/* Lists whose entries end with a comma. */
static bool ends_by_comma(enum bracket_kind kind)
{
	return kind == BRACKET_FIELDS || kind == BRACKET_ITEMS || kind == BRACKET_MEMBERS ||
	       kind == BRACKET_ARMS;
}

/* Whether a new declaration begins at the first token of a line: by its kind or its place. */
static bool resumes_file(struct parser *p, const struct token *next)
{
	if (layout_begins_decl(p, next) || next->kind == TOKEN_VAR || next->kind == TOKEN_CONST)
		return true;
	return next->start == next->line &&
	       (next->kind == TOKEN_NAME || next->kind == TOKEN_TYPE_WORD ||
		token_has(next->kind, TOKEN_EXECUTES));
}

/* Whether the grammar can go on at `token`; it went wrong when `target` brackets were open. */
static bool is_sync(struct parser *p, const struct token *token, uint32_t target)
{
	enum bracket_kind list = layout_top(p)->kind;
	uint32_t depth = p->layout.brackets.len;

	if (token->kind == TOKEN_END || depth < target)
		return true;
	if (depth > target)
		return false;
	switch (list) {
	case BRACKET_FILE:
		return (token->kind == TOKEN_NEWLINE || token->kind == TOKEN_SEMICOLON) &&
		       resumes_file(p, layout_peek(p, 0));
	case BRACKET_BLOCK:
	case BRACKET_FIELDS:
	case BRACKET_ITEMS:
	case BRACKET_MEMBERS:
	case BRACKET_ARMS:
		return token->kind == TOKEN_NEWLINE || token->kind == TOKEN_SEMICOLON ||
		       (token->kind == TOKEN_COMMA && ends_by_comma(list));
	case BRACKET_LITERAL:
	case BRACKET_ROUND:
	case BRACKET_SQUARE:
		return false;
	}
	return true;
}

/*
 * The wrong token begins a line and can only begin a statement or declaration: the mistake is in
 * the line before, and this one is read again. False when it is not so.
 */
static bool read_again(struct parser *p)
{
	struct layout *layout = &p->layout;
	struct token token = layout->last;
	enum bracket_kind list = layout_top(p)->kind;

	if (!token.line_start || token.start == layout->first.start ||
	    layout->ahead_count == LAYOUT_LOOKAHEAD || !token_has(token.kind, TOKEN_KEYWORD) ||
	    !token_has(token.kind, TOKEN_STARTS) ||
	    (list != BRACKET_BLOCK && (list != BRACKET_FILE || !resumes_file(p, &token))))
		return false;
	for (uint32_t i = layout->ahead_count++; i > 0; i--)
		layout->ahead[i] = layout->ahead[i - 1];
	layout->ahead[0] = token;
	layout->again = (struct token){.kind = TOKEN_NEWLINE, .start = token.start};
	layout->again.end = token.start;
	layout->has_again = layout->separated = true;
	layout->last = layout->again;
	layout_top(p)->header = HEADER_NONE;
	return true;
}

void layout_recover(struct parser *p, bool skip_always)
{
	struct layout *layout = &p->layout;
	struct token token = layout->last;
	uint32_t target = layout->brackets.len;

	if (!skip_always && read_again(p))
		return;
	switch (token.kind) {
	case TOKEN_RPAREN:
	case TOKEN_RBRACKET:
	case TOKEN_RBRACE:
		/* It closes the list that went wrong. */
		if (!skip_always)
			return;
		break;
	case TOKEN_LPAREN:
	case TOKEN_LBRACKET:
	case TOKEN_LBRACE:
	case TOKEN_LITERAL_BRACE:
	case TOKEN_LOCK_BRACE:
		target--;
		break;
	default:
		if (!skip_always && is_sync(p, &token, target))
			return;
	}
	layout->skipping = p->lexer.quiet = true;
	do
		layout_step(p, &token);
	while (!is_sync(p, &token, target));
	layout->skipping = p->lexer.quiet = false;
	layout->again = token;
	layout->has_again = true;
}
