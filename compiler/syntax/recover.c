/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After an error: what is skipped, so that the rest is read and no mistake is reported twice. The
 * innermost list decides: statements go on at the next line, fields and arms also behind a comma,
 * what stands in parentheses at their end. Brackets inside of what is skipped are kept balanced.
 */
#include "syntax/parse.h"
#include "syntax/parser.h"

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
