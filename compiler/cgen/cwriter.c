/* SPDX-License-Identifier: Apache-2.0 */
#include "cgen/cwriter.h"

#include <string.h>

enum {
	COLUMNS_MAX = 100,
	COLUMNS_MIN = 40, /* of text, however deep it stands */
	TAB = 8
};

static size_t columns_left(unsigned depth)
{
	size_t indent = depth * TAB;

	return indent + COLUMNS_MIN < COLUMNS_MAX ? COLUMNS_MAX - indent : COLUMNS_MIN;
}

void cw_init(struct cwriter *w, struct strbuf *out)
{
	*w = (struct cwriter){.out = out, .at_start = true};
}

void cw_free(struct cwriter *w)
{
	strbuf_free(&w->line);
}

/* ---- breaking lines ---- */

/* The first byte behind a string or character literal that starts at `at`. */
static const char *literal_end(const char *at)
{
	char quote = *at++;

	while (*at && *at != quote)
		at += *at == '\\' && at[1] ? 2 : 1;
	return *at ? at + 1 : at;
}

/*
 * Where to break a text that is wider than `width`: behind the last `, ` or `&& ` that fits, or
 * before a `? `, best outside of nested parentheses; else at the first of them. 0: nowhere.
 */
static size_t break_at(const char *text, size_t width)
{
	size_t best = 0;
	unsigned depth = 0, best_depth = 0;

	for (const char *at = text; *at && (!best || (size_t)(at - text) < width);) {
		size_t behind = 0;

		if (at[0] == ',' && at[1] == ' ')
			behind = 2;
		else if (!strncmp(at, "&& ", 3) || !strncmp(at, "|| ", 3))
			behind = 3;
		if ((behind || ((*at == '?' || *at == ':') && at > text && at[-1] == ' ')) &&
		    (!best || depth <= best_depth ||
		     (depth == best_depth + 1 && best < width / 2))) {
			best = (size_t)(at - text) + behind;
			best_depth = depth;
		}
		if (*at == '"' || *at == '\'') {
			at = literal_end(at);
			continue;
		}
		if (*at == '(' || *at == '{' || *at == '[')
			depth++;
		else if ((*at == ')' || *at == '}' || *at == ']') && depth)
			depth--;
		at++;
	}
	return best;
}

/* Without any blank at the end of the part before the break. */
static void put_trimmed(struct cwriter *w, const char *text, size_t len)
{
	while (len && text[len - 1] == ' ')
		len--;
	strbuf_append(w->out, text, len);
	strbuf_putc(w->out, '\n');
}

/* What follows the head of a statement stands one deeper than its body. */
static bool is_head(const char *text)
{
	static const char *const heads[] = {"if (", "while (", "for (", "switch (", "} else if ("};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (!strncmp(text, heads[i], strlen(heads[i])))
			return true;
	}
	return false;
}

static void put_line(struct cwriter *w, const char *text)
{
	unsigned depth = w->depth, further = w->depth + 1 + is_head(text);

	while (strlen(text) > columns_left(depth)) {
		size_t at = break_at(text, columns_left(depth));

		if (!at)
			break;
		strbuf_pad(w->out, '\t', depth);
		put_trimmed(w, text, at);
		text += at;
		depth = further;
	}
	strbuf_pad(w->out, '\t', *text ? depth : 0);
	put_trimmed(w, text, strlen(text));
}

/* ---- lines and blocks ---- */

static void before_line(struct cwriter *w)
{
	if (w->blank_wanted && !w->at_start)
		strbuf_putc(w->out, '\n');
	w->blank_wanted = false;
	w->at_start = false;
}

static void put_formatted(struct cwriter *w, const char *fmt, va_list args)
{
	strbuf_clear(&w->line);
	strbuf_vprintf(&w->line, fmt, args);
	put_line(w, strbuf_text(&w->line));
}

void cw_line(struct cwriter *w, const char *fmt, ...)
{
	va_list args;

	before_line(w);
	va_start(args, fmt);
	put_formatted(w, fmt, args);
	va_end(args);
}

static void put_opening(struct cwriter *w, const char *fmt, va_list args)
{
	strbuf_clear(&w->line);
	strbuf_vprintf(&w->line, fmt, args);
	strbuf_puts(&w->line, " {");
	put_line(w, strbuf_text(&w->line));
	w->depth++;
	w->at_start = true;
}

void cw_open(struct cwriter *w, const char *fmt, ...)
{
	va_list args;

	before_line(w);
	va_start(args, fmt);
	put_opening(w, fmt, args);
	va_end(args);
}

void cw_open_function(struct cwriter *w, const char *fmt, ...)
{
	va_list args;

	before_line(w);
	va_start(args, fmt);
	put_formatted(w, fmt, args);
	va_end(args);
	put_line(w, "{");
	w->depth++;
	w->at_start = true;
}

void cw_close(struct cwriter *w, const char *fmt, ...)
{
	va_list args;

	w->depth--;
	w->blank_wanted = false;
	w->at_start = false;
	strbuf_clear(&w->line);
	strbuf_putc(&w->line, '}');
	va_start(args, fmt);
	strbuf_vprintf(&w->line, fmt, args);
	va_end(args);
	put_line(w, strbuf_text(&w->line));
}

void cw_reopen(struct cwriter *w, const char *fmt, ...)
{
	va_list args;

	w->depth--;
	w->blank_wanted = false;
	va_start(args, fmt);
	strbuf_clear(&w->line);
	strbuf_puts(&w->line, "} ");
	strbuf_vprintf(&w->line, fmt, args);
	strbuf_puts(&w->line, " {");
	va_end(args);
	put_line(w, strbuf_text(&w->line));
	w->depth++;
	w->at_start = true;
}

void cw_outdented(struct cwriter *w, const char *fmt, ...)
{
	unsigned depth = w->depth;
	va_list args;

	before_line(w);
	w->depth -= w->depth > 0;
	va_start(args, fmt);
	put_formatted(w, fmt, args);
	va_end(args);
	w->depth = depth;
}

void cw_blank(struct cwriter *w)
{
	w->blank_wanted = true;
}

/* ---- comments ---- */

/* A comment must not end early. */
static void put_comment_text(struct cwriter *w, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		strbuf_putc(w->out, text[i]);
		if (text[i] == '*' && i + 1 < len && text[i + 1] == '/')
			strbuf_putc(w->out, ' ');
	}
}

/* The length of the next line of a comment: at most `width` bytes, broken at a blank. */
static size_t comment_line(const char *text, size_t width)
{
	size_t len = strcspn(text, "\n"), at = width;

	if (len <= width)
		return len;
	while (at && text[at] != ' ')
		at--;
	return at ? at : len;
}

void cw_comment(struct cwriter *w, const char *text)
{
	size_t width = columns_left(w->depth) - strlen("/*  */");

	before_line(w);
	while (*text == ' ' || *text == '\n')
		text++;
	strbuf_pad(w->out, '\t', w->depth);
	if (strlen(text) <= width && !strchr(text, '\n')) {
		strbuf_puts(w->out, "/* ");
		put_comment_text(w, text, strlen(text));
		strbuf_puts(w->out, " */\n");
		return;
	}
	strbuf_puts(w->out, "/*\n");
	while (*text) {
		size_t len = comment_line(text, width), shown = len;

		while (shown && text[shown - 1] == ' ')
			shown--;
		strbuf_pad(w->out, '\t', w->depth);
		strbuf_puts(w->out, shown ? " * " : " *");
		put_comment_text(w, text, shown);
		strbuf_putc(w->out, '\n');
		text += len;
		if (*text == '\n')
			text++;
		while (*text == ' ')
			text++;
	}
	strbuf_pad(w->out, '\t', w->depth);
	strbuf_puts(w->out, " */\n");
}
