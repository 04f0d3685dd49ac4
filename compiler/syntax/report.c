/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of syntax errors: what was expected, in a few words, and what was found. The tokens that
 * the grammar would take are summed up ("an expression"); of operators that could go on nothing is
 * said. Where more than four things remain, the message names the construct instead.
 */
#include "syntax/parse.h"
#include "syntax/parser.h"

#include <stdio.h>

#define EXPECTED_MAX 4

uint32_t parse_line(const struct parser *p, uint32_t offset)
{
	return source_position(&p->comp->sources, p->lexer.file, offset).line;
}

void parse_error(struct parser *p, struct span span, const char *fmt, ...)
{
	uint32_t line = parse_line(p, span.start);
	va_list args;

	if (p->stopped)
		return;
	p->is_broken = true;
	/* The second error of a line is nearly always a consequence of the first. */
	p->comp->last_diag_dropped = true;
	if (line == p->error_line) {
		p->lexer.error_count++;
		return;
	}
	p->error_line = line;
	va_start(args, fmt);
	lexer_error(&p->lexer, DIAG_SYNTAX, span.start, span.end - span.start, "%s",
		    arena_vprintf(&p->comp->arena, fmt, args));
	va_end(args);
}

static void report_depth(struct parser *p, struct span span, const char *how)
{
	if (p->too_deep || p->stopped)
		return;
	p->too_deep = true;
	if (span.end > span.start + 1)
		span.end = span.start + 1;
	diag_report(p->comp, DIAG_INTERNAL_LIMIT, span, "the source is nested %s here", how);
}

void parse_too_deep(struct parser *p, struct span span)
{
	report_depth(p, span, arena_printf(&p->comp->arena, "more than %u deep", AST_NESTING_MAX));
}

void parse_stack_full(struct parser *p, struct span span)
{
	report_depth(p, span, "too deep");
}

const char *parse_describe(struct parser *p, const struct token *token)
{
	const char *text = p->lexer.text + token->start;
	int len = (int)(token->end - token->start);
	const char *dots = "";

	if (len > 40) {
		len = 40;
		dots = "...";
	}
	switch (token->kind) {
	case TOKEN_END:
		return "the end of the file";
	case TOKEN_NEWLINE:
		return "the end of the line";
	case TOKEN_SAME_LINE:
		return parse_describe(p, layout_peek(p, 0));
	case TOKEN_STRING:
		return "a string";
	case TOKEN_NAME:
	case TOKEN_INT:
	case TOKEN_FLOAT:
	case TOKEN_TYPE_WORD:
		return arena_printf(&p->comp->arena, "%s `%.*s%s`", token_info(token->kind)->text,
				    len, text, dots);
	}
	return arena_printf(&p->comp->arena, "%s`%.*s%s`",
			    token_has(token->kind, TOKEN_KEYWORD) ? "keyword " : "", len, text,
			    dots);
}

/* The set of expected tokens, and what was said of it. */
struct expected {
	bool has[TOKEN_TILDE - TOKEN_NAME + 1];
	const char *words[TOKEN_TILDE - TOKEN_NAME + 1];
	uint32_t count;
};

static bool has(const struct expected *set, int kind)
{
	return set->has[kind - TOKEN_NAME];
}

static void drop(struct expected *set, int kind)
{
	set->has[kind - TOKEN_NAME] = false;
}

static void drop_flags(struct expected *set, unsigned flags)
{
	for (int kind = TOKEN_NAME; kind <= TOKEN_TILDE; kind++) {
		if (token_has(kind, flags))
			drop(set, kind);
	}
}

/* What could go on with a name, a type or an attribute is not worth mentioning beside others. */
static void drop_continuations(struct expected *set)
{
	static const int continuations[] = {TOKEN_LBRACKET,  TOKEN_DOT,	  TOKEN_LT,
					    TOKEN_LPAREN,    TOKEN_ARROW, TOKEN_LITERAL_BRACE,
					    TOKEN_LOCK_BRACE};
	struct expected rest = *set;
	bool any = rest.count > 0;

	for (unsigned i = 0; i < sizeof(continuations) / sizeof(continuations[0]); i++)
		drop(&rest, continuations[i]);
	for (int kind = TOKEN_NAME; kind <= TOKEN_TILDE; kind++)
		any |= has(&rest, kind);
	if (any)
		*set = rest;
}

/* Replaces kinds of tokens by words for them. */
static void sum_up(struct expected *set)
{
	static const int pattern_tokens[] = {
		TOKEN_NAME, TOKEN_INT,	 TOKEN_CHAR,   TOKEN_STRING,	 TOKEN_TRUE,	TOKEN_FALSE,
		TOKEN_NULL, TOKEN_MINUS, TOKEN_LPAREN, TOKEN_UNDERSCORE, TOKEN_DEFAULT,
	};
	bool statement = has(set, TOKEN_RETURN), declaration = has(set, TOKEN_STRUCT);

	if (declaration) {
		set->words[set->count++] = "a declaration";
		drop_flags(set, TOKEN_DECLARES);
		drop(set, TOKEN_VAR);
		drop(set, TOKEN_CONST);
	} else if (statement) {
		set->words[set->count++] = "a statement";
		drop_flags(set, TOKEN_STARTS | TOKEN_EXPR);
		drop(set, TOKEN_LBRACE);
	} else if (has(set, TOKEN_SIZEOF)) {
		set->words[set->count++] = "an expression";
		drop_flags(set, TOKEN_EXPR);
		drop(set, TOKEN_IF);
		if (has(set, TOKEN_TYPE_WORD))
			drop_flags(set, TOKEN_IS_TYPE);
	} else if (has(set, TOKEN_INT)) {
		set->words[set->count++] = has(set, TOKEN_DEFAULT) ? "a pattern" : "a constant";
		for (unsigned i = 0; i < sizeof(pattern_tokens) / sizeof(pattern_tokens[0]); i++)
			drop(set, pattern_tokens[i]);
	} else if (has(set, TOKEN_TYPE_WORD)) {
		set->words[set->count++] = "a type";
		drop_flags(set, TOKEN_IS_TYPE);
	}
	if (has(set, TOKEN_PLUS))
		drop_flags(set, TOKEN_OPERATES);
	else
		drop_continuations(set);
	/* `;` in lists is taken to say that it is wrong. */
	if (has(set, TOKEN_COMMA) && has(set, TOKEN_NEWLINE))
		drop(set, TOKEN_SEMICOLON);
	if (has(set, TOKEN_NEWLINE) && (declaration || statement)) {
		drop(set, TOKEN_SEMICOLON);
	} else if (has(set, TOKEN_NEWLINE)) {
		if (has(set, TOKEN_SEMICOLON))
			set->words[set->count++] = "`;`";
		set->words[set->count++] = "a newline";
		drop(set, TOKEN_SEMICOLON);
	}
	drop(set, TOKEN_NEWLINE);
	drop(set, TOKEN_SAME_LINE);
}

static const char *token_words(struct parser *p, int kind)
{
	switch (kind) {
	case TOKEN_NAME:
		return "a name";
	case TOKEN_INT:
		return "a number";
	case TOKEN_STRING:
		return "a string";
	}
	return arena_printf(&p->comp->arena, "`%s`", token_info(kind)->text);
}

/* Where the parser is, in words. */
static const char *construct(struct parser *p)
{
	static const char *const names[] = {
		[BRACKET_FILE] = "between the declarations of a file",
		[BRACKET_BLOCK] = "in a block",
		[BRACKET_FIELDS] = "in a list of fields",
		[BRACKET_ITEMS] = "in an enum",
		[BRACKET_MEMBERS] = "in an impl",
		[BRACKET_ARMS] = "in a match",
		[BRACKET_LITERAL] = "in a struct value",
		[BRACKET_ROUND] = "in parentheses",
		[BRACKET_SQUARE] = "in brackets",
	};

	const struct bracket *top = layout_top(p);

	/* The bracket that the wrong token itself opens does not count. */
	if (top->offset == p->layout.last.start && top->kind != BRACKET_FILE)
		top--;
	return names[top->kind];
}

/* "expected `)` or `,`" */
static const char *expectation(struct parser *p, struct expected *set)
{
	const char *text = "";

	sum_up(set);
	for (int kind = TOKEN_NAME; kind <= TOKEN_TILDE; kind++) {
		if (has(set, kind))
			set->words[set->count++] = token_words(p, kind);
	}
	if (!set->count || set->count > EXPECTED_MAX)
		return NULL;
	for (uint32_t i = 0; i < set->count; i++) {
		const char *glue = i == 0 ? "" : i + 1 == set->count ? " or " : ", ";

		text = arena_printf(&p->comp->arena, "%s%s%s", text, glue, set->words[i]);
	}
	return text;
}

/* Where the error is shown: behind the last token when something is missing at a line's end. */
static struct span error_span(struct parser *p, const struct token *found)
{
	const struct token *next;

	switch (found->kind) {
	case TOKEN_END:
		return parse_span(p, p->layout.before.end, p->layout.before.end);
	case TOKEN_SAME_LINE:
		next = layout_peek(p, 0);
		return parse_token_span(p, next);
	}
	return parse_token_span(p, found);
}

/* Reports the error at `found`. */
static void report(struct parser *p, const struct token *found, const int *expected, uint32_t count)
{
	struct expected set = {0};
	const char *text;

	if (slip_report(p))
		return;
	for (uint32_t i = 0; i < count; i++) {
		if (expected[i] != TOKEN_END)
			set.has[expected[i] - TOKEN_NAME] = true;
	}
	text = expectation(p, &set);
	if (text)
		parse_error(p, error_span(p, found), "expected %s, found %s", text,
			    parse_describe(p, found));
	else
		parse_error(p, error_span(p, found), "unexpected %s %s", parse_describe(p, found),
			    construct(p));
}

/*
 * An indented line between declarations, after an error in the one before: it belongs there. What
 * follows a character or string without end on its line is not what it seems.
 */
static bool is_consequence(struct parser *p, const struct token *found)
{
	if (p->lexer.open_line == found->line)
		return true;
	return p->is_broken && layout_top(p)->kind == BRACKET_FILE &&
	       found->start == p->layout.first.start && found->line_start &&
	       found->start > found->line;
}

void parse_report(struct parser *p, const int *expected, uint32_t count)
{
	const struct token found = p->layout.last;
	bool again = p->wrong == p->layout.count || p->layout.synced == p->layout.count;

	if (p->stopped)
		return;
	/* The token that was to go on with fits nowhere: no progress is made without skipping it.
	 */
	if (again && found.kind == TOKEN_END) {
		p->stopped = true;
		return;
	}
	/* What is looked at from here on is skipped, or on the line of the error. */
	p->lexer.quiet = true;
	if (!found.implied && !again && !is_consequence(p, &found)) {
		report(p, &found, expected, count);
		/* What is missing before the first token of a line is missing in the line before.
		 */
		if (found.line_start)
			p->error_line = parse_line(p, p->layout.before.end);
	}
	p->wrong = p->layout.count;
	layout_recover(p, again);
	p->lexer.quiet = false;
}
