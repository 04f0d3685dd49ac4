/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the lexer and the grammar: decides which newlines end something, makes names of keywords
 * where those are names, and tells the kinds of `{` apart. All of it looks at one or two tokens
 * ahead and at a stack of the open brackets.
 *
 * The newline rule. A newline counts (as NEWLINE) unless
 *   - the innermost bracket is `(` or `[`,
 *   - the token before joins (TOKEN_JOINS_NEXT) or the one behind does (TOKEN_JOINS_PREV),
 *   - it stands between a header and its body, or behind an attribute.
 * On one line a statement also ends (SAME_LINE) between a token that can end one (TOKEN_ENDS) and
 * one that begins one (TOKEN_STARTS), but not inside a header.
 */
#include "syntax/parse.h"
#include "syntax/parser.h"

struct bracket *layout_top(struct parser *p)
{
	return &p->layout.brackets.data[p->layout.brackets.len - 1];
}

const struct token *layout_peek(struct parser *p, uint32_t k)
{
	struct layout *layout = &p->layout;

	while (layout->ahead_count <= k)
		lexer_next(&p->lexer, &layout->ahead[layout->ahead_count++]);
	return &layout->ahead[k];
}

void layout_drop(struct parser *p)
{
	struct layout *layout = &p->layout;

	layout->ahead_count--;
	for (uint32_t i = 0; i < layout->ahead_count; i++)
		layout->ahead[i] = layout->ahead[i + 1];
}

static bool is_separator(int kind)
{
	return kind == TOKEN_NEWLINE || kind == TOKEN_SEMICOLON || kind == TOKEN_SAME_LINE;
}

/* Nothing of a statement, field or arm has been read yet. */
static bool at_start(const struct layout *layout)
{
	int last = layout->last.kind;

	return last == TOKEN_END || last == TOKEN_LBRACE || last == TOKEN_LITERAL_BRACE ||
	       last == TOKEN_LOCK_BRACE || is_separator(last);
}

void layout_init(struct parser *p)
{
	struct layout *layout = &p->layout;
	struct bracket file = {.kind = BRACKET_FILE};

	*layout = (struct layout){.suspect = UINT32_MAX, .repaired_at = UINT32_MAX};
	layout->lock_word = intern_str(&p->comp->names, "lock");
	vec_push(&p->comp->arena, &layout->brackets, file);
}

static void token_to_name(struct parser *p, struct token *token)
{
	token->kind = TOKEN_NAME;
	token->value.name =
		intern(&p->comp->names, p->lexer.text + token->start, token->end - token->start);
}

/* Whether a keyword ahead is the name of a field: behind `.` and `->`, and before `:` in lists. */
static bool is_field_name(struct parser *p, const struct token *token)
{
	const struct layout *layout = &p->layout;
	enum bracket_kind list = layout_top(p)->kind;
	int last = layout->last.kind;

	if (last == TOKEN_DOT || last == TOKEN_ARROW)
		return !layout->result_arrow;
	if (list != BRACKET_FIELDS && list != BRACKET_LITERAL && list != BRACKET_MEMBERS)
		return false;
	return (at_start(layout) || last == TOKEN_COMMA || token->line_start) &&
	       layout_peek(p, 1)->kind == TOKEN_COLON;
}

/* Words that are keywords in one place and names in all others. */
static bool is_contextual_keyword(struct parser *p, const struct token *token)
{
	const struct layout *layout = &p->layout;
	const struct token *next = layout_peek(p, 1);
	enum bracket_kind list = layout_top(p)->kind;
	int last = layout->last.kind;
	bool same_line = !next->line_start || list == BRACKET_ROUND || list == BRACKET_SQUARE;

	switch (token->kind) {
	case TOKEN_AS:
		return token_has(last, TOKEN_ENDS) &&
		       (token_has(next->kind, TOKEN_IS_TYPE) || next->kind == TOKEN_STRUCT ||
			next->kind == TOKEN_ENUM);
	case TOKEN_FROM:
	case TOKEN_LINK:
		return list == BRACKET_FILE &&
		       (next->kind == TOKEN_STRING ||
			(layout->first.kind == TOKEN_IMPORT && last == TOKEN_NAME));
	case TOKEN_SIZEOF:
		return next->kind == TOKEN_LPAREN && same_line && last != TOKEN_FN &&
		       last != TOKEN_EXTERN;
	case TOKEN_PIN: /* the builtin pin(h, path) */
		return next->kind != TOKEN_LPAREN;
	case TOKEN_PUB:
	case TOKEN_PRIV:
		return list == BRACKET_FILE && same_line && !token_has(last, TOKEN_JOINS_NEXT) &&
		       (token_has(next->kind, TOKEN_DECLARES) || next->kind == TOKEN_VAR ||
			next->kind == TOKEN_CONST);
	case TOKEN_UNION:
		return list == BRACKET_FILE && same_line && !token_has(last, TOKEN_JOINS_NEXT) &&
		       next->kind == TOKEN_NAME;
	}
	return true;
}

/* Decides whether the word ahead is a name, and which kind of brace a `{` is. */
static void classify(struct parser *p)
{
	struct token *token = &p->layout.ahead[0];

	if (token->kind == TOKEN_LBRACE) {
		bracket_classify(p, token);
		return;
	}
	if (!token_has(token->kind, TOKEN_KEYWORD) && token->kind != TOKEN_TYPE_WORD)
		return;
	if (is_field_name(p, token) || !is_contextual_keyword(p, token))
		token_to_name(p, token);
}

/* Whether a newline before the token ahead is insignificant. */
static bool joins(struct parser *p, const struct token *next)
{
	const struct bracket *top = layout_top(p);
	int last = p->layout.last.kind;

	/* The `>` of `sk_storage<T>` is no operator. */
	if ((last == TOKEN_GT || last == TOKEN_SHR) &&
	    (top->kind == BRACKET_FIELDS ||
	     (token_has(next->kind, TOKEN_STARTS) && next->kind != TOKEN_NAME)))
		return false;
	if (token_has(last, TOKEN_JOINS_NEXT) || token_has(next->kind, TOKEN_JOINS_PREV))
		return true;
	switch (top->header) {
	case HEADER_NONE:
		return false;
	case HEADER_WAITS:
	case HEADER_OPEN:
		return next->kind == TOKEN_LBRACE;
	case HEADER_DONE:
		return next->kind == TOKEN_LBRACE || next->kind == TOKEN_LOCK_BRACE ||
		       (top->header_kind != TOKEN_MATCH && top->header_kind != TOKEN_LOCK_BRACE);
	}
	return false;
}

/* The separator that stands before the token ahead, or 0. */
static int separator_before(struct parser *p, const struct token *next)
{
	const struct bracket *top = layout_top(p);
	int last = p->layout.last.kind;

	if (top->kind == BRACKET_ROUND || top->kind == BRACKET_SQUARE)
		return 0;
	if (top->attribute != ATTRIBUTE_NONE || is_separator(last) || last == TOKEN_END)
		return 0;
	if (next->line_start)
		return joins(p, next) ? 0 : TOKEN_NEWLINE;
	if (top->header == HEADER_OPEN ||
	    (top->header == HEADER_DONE && top->header_kind != TOKEN_LOCK_BRACE))
		return 0;
	return token_has(last, TOKEN_ENDS) && token_has(next->kind, TOKEN_STARTS) ? TOKEN_SAME_LINE
										  : 0;
}

/* Follows headers and attributes; `top` is the bracket that the token stands in. */
static void follow(struct parser *p, struct bracket *top, const struct token *token)
{
	enum header_state before = top->header;

	if (before == HEADER_DONE)
		top->header = HEADER_NONE;
	else if (before == HEADER_WAITS)
		top->header = HEADER_OPEN;
	if (token->kind == TOKEN_AT)
		top->attribute = ATTRIBUTE_AT;
	else if (top->attribute == ATTRIBUTE_AT)
		top->attribute = ATTRIBUTE_NAMED;
	else
		top->attribute = ATTRIBUTE_NONE;
	switch (token->kind) {
	case TOKEN_NEWLINE:
	case TOKEN_SAME_LINE:
	case TOKEN_SEMICOLON:
		top->header = HEADER_NONE;
		return;
	case TOKEN_IF:
	case TOKEN_WHILE:
	case TOKEN_FOR:
	case TOKEN_MATCH:
		top->header = HEADER_WAITS;
		break;
	case TOKEN_ELSE:
	case TOKEN_TRY:
		top->header = HEADER_DONE;
		break;
	case TOKEN_FN:
		if (layout_peek(p, 0)->kind == TOKEN_LPAREN)
			return;
		top->header = HEADER_OPEN;
		break;
	case TOKEN_STRUCT:
	case TOKEN_UNION:
	case TOKEN_ENUM:
	case TOKEN_CONFIG:
	case TOKEN_IMPL:
	case TOKEN_CATCH:
		top->header = HEADER_OPEN;
		break;
	case TOKEN_IN:
		if (before == HEADER_DONE && top->header_kind == TOKEN_FOR)
			top->header = HEADER_OPEN;
		return;
	default:
		return;
	}
	top->header_kind = token->kind;
}

static void open_round(struct parser *p, const struct token *token)
{
	struct bracket *top = layout_top(p);
	int role = 0;

	if (top->attribute == ATTRIBUTE_NAMED)
		role = TOKEN_AT;
	else if (top->header == HEADER_WAITS)
		role = top->header_kind;
	else if ((top->header == HEADER_OPEN && top->header_kind == TOKEN_FN) ||
		 p->layout.last.kind == TOKEN_FN ||
		 (p->layout.first.kind == TOKEN_EXTERN && top->kind == BRACKET_FILE))
		role = TOKEN_FN;
	else if (top->header == HEADER_DONE)
		top->header = HEADER_NONE;
	bracket_push(p, token, BRACKET_ROUND, role);
}

/* The effect of a token on headers and brackets. */
static void enter(struct parser *p, const struct token *token)
{
	struct layout *layout = &p->layout;
	struct bracket *top = layout_top(p);
	enum bracket_kind kind;
	int role;

	switch (token->kind) {
	case TOKEN_LPAREN:
		open_round(p, token);
		return;
	case TOKEN_LBRACKET:
		follow(p, top, token);
		bracket_push(p, token, BRACKET_SQUARE, 0);
		return;
	case TOKEN_LBRACE:
	case TOKEN_LITERAL_BRACE:
	case TOKEN_LOCK_BRACE:
		kind = bracket_kind_of(p, token, top);
		role = top->header == HEADER_NONE ? 0 : top->header_kind;
		top->header = HEADER_NONE;
		top->attribute = ATTRIBUTE_NONE;
		bracket_push(p, token, kind, role);
		return;
	case TOKEN_RPAREN:
	case TOKEN_RBRACKET:
	case TOKEN_RBRACE:
		bracket_pop(p, token);
		return;
	case TOKEN_NAME:
		if (token->value.name == layout->lock_word && top->kind == BRACKET_BLOCK &&
		    (at_start(layout) || top->header == HEADER_DONE) &&
		    layout_peek(p, 0)->kind == TOKEN_LPAREN && !layout_peek(p, 0)->line_start) {
			top->header = HEADER_WAITS;
			top->header_kind = TOKEN_LOCK_BRACE;
			return;
		}
		break;
	}
	follow(p, top, token);
}

/* `a b` at the start of a statement: two statements by the rule, but neither does anything. */
static bool is_two_names(struct parser *p, const struct token *second)
{
	const struct layout *layout = &p->layout;

	return !layout->skipping && layout_top(p)->kind == BRACKET_BLOCK &&
	       layout->last.kind == TOKEN_NAME && layout->last.start == layout->first.start &&
	       second->kind == TOKEN_NAME;
}

void layout_step(struct parser *p, struct token *token)
{
	struct layout *layout = &p->layout;
	const struct token *next = layout_peek(p, 0);
	int kind = 0;

	while (!layout->separated) {
		/* `if (a) b(); else c();` */
		if (next->kind == TOKEN_SEMICOLON && layout_peek(p, 1)->kind == TOKEN_ELSE)
			layout_drop(p);
		classify(p);
		kind = bracket_missing(p);
		next = layout_peek(p, 0);
		if (kind != BRACKET_REMOVED)
			break;
	}
	if (kind) {
		*token = (struct token){.kind = kind, .implied = true, .line = layout->last.line};
		token->start = token->end = layout->last.end;
	} else if (!layout->separated && (kind = separator_before(p, next))) {
		layout->separated = true;
		*token = (struct token){.kind = kind};
		token->start = token->end = layout->last.end;
		if (kind == TOKEN_SAME_LINE && is_two_names(p, next)) {
			slip_two_names(p, next);
			token->kind = TOKEN_BAD;
		}
	} else {
		*token = *next;
		layout_drop(p);
		layout->separated = false;
		if (at_start(layout) || layout_top(p)->attribute != ATTRIBUTE_NONE)
			layout->first = *token;
		else if (layout->last.start == layout->first.start)
			layout->second = token->kind;
		if (token->start == token->line && layout->brackets.len == 1)
			p->is_broken = false;
	}
	layout->result_arrow = token->kind == TOKEN_ARROW && layout->last.kind == TOKEN_RPAREN &&
			       layout->closed_role == TOKEN_FN;
	enter(p, token);
	layout->earlier = layout->before;
	layout->before = layout->last;
	layout->last = *token;
}

void layout_next(struct parser *p, struct token *token)
{
	struct layout *layout = &p->layout;

	if (p->stopped) {
		*token = (struct token){.kind = TOKEN_END, .start = p->lexer.len};
		token->end = token->start;
		return;
	}
	layout->count++;
	if (layout->has_again) {
		layout->has_again = false;
		layout->synced = layout->count;
		*token = layout->again;
		return;
	}
	layout_step(p, token);
	if (token->kind == TOKEN_BAD)
		layout_recover(p, false);
}
