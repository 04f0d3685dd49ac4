/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms for people: the one with excerpts of the source, and the one of a line each.
 *
 *   error[slug]: message
 *     path:line:column
 *     12 | source line
 *        |        ^^^^^
 *   note: message
 *     path:line:column
 *     ...
 *   help: text
 */
#include "base/diag_render.h"
#include "base/utf8.h"

#include <string.h>

#define TAB_COLUMNS	8
#define EXCERPT_COLUMNS 100 /* a longer line is shown in part, around the span */
#define EXCERPT_BEFORE	60  /* characters shown before the span then */

enum paint {
	PAINT_ERROR,
	PAINT_WARNING,
	PAINT_NOTE,
	PAINT_HELP,
	PAINT_GUTTER,
	PAINT_TITLE
};

static const char *const paint_codes[] = {
	[PAINT_ERROR] = "\033[1;31m", [PAINT_WARNING] = "\033[1;35m", [PAINT_NOTE] = "\033[1;36m",
	[PAINT_HELP] = "\033[1;32m",  [PAINT_GUTTER] = "\033[34m",    [PAINT_TITLE] = "\033[1m",
};

static void paint_on(const struct compilation *comp, struct strbuf *out, enum paint paint)
{
	if (comp->diag_options.color)
		strbuf_puts(out, paint_codes[paint]);
}

static void paint_off(const struct compilation *comp, struct strbuf *out)
{
	if (comp->diag_options.color)
		strbuf_puts(out, "\033[0m");
}

static enum paint severity_paint(enum diag_severity severity)
{
	switch (severity) {
	case DIAG_ERROR:
		return PAINT_ERROR;
	case DIAG_WARNING:
		return PAINT_WARNING;
	case DIAG_NOTE:
		return PAINT_NOTE;
	}
	return PAINT_ERROR;
}

static uint32_t decimal_digits(uint32_t value)
{
	uint32_t digits = 1;

	for (; value >= 10; value /= 10)
		digits++;
	return digits;
}

/* Where the shown part of a line starts, so that the byte `at` is well inside. */
static uint32_t window_start(const char *line, uint32_t at)
{
	uint32_t chars;

	if (utf8_count(line, at > 4 * EXCERPT_COLUMNS ? 4 * EXCERPT_COLUMNS : at) <
	    EXCERPT_COLUMNS - 20)
		return 0;
	for (chars = 0; chars < EXCERPT_BEFORE && at; chars++) {
		at--;
		for (int back = 0; at && back < 3 && ((unsigned char)line[at] & 0xc0) == 0x80;
		     back++)
			at--;
	}
	return at;
}

/* One line of source on its way to the screen. */
struct excerpt {
	struct strbuf *out;
	uint32_t column;      /* of the screen, from 0, within the excerpt */
	uint32_t caret_start; /* columns of the span */
	uint32_t caret_end;
};

static void excerpt_char(struct excerpt *excerpt, const char *text, uint32_t size, uint32_t code)
{
	if (code == '\t') {
		uint32_t width = TAB_COLUMNS - excerpt->column % TAB_COLUMNS;

		strbuf_pad(excerpt->out, ' ', width);
		excerpt->column += width;
	} else if (utf8_is_control(code)) {
		strbuf_puts(excerpt->out, "\xef\xbf\xbd");
		excerpt->column++;
	} else {
		strbuf_append(excerpt->out, text, size);
		excerpt->column += utf8_width(code);
	}
}

/* Prints the part of the line around the bytes start..end and notes their columns. */
static void excerpt_line(struct excerpt *excerpt, const char *line, uint32_t len, uint32_t start,
			 uint32_t end)
{
	uint32_t at = window_start(line, start), size, code;

	if (at) {
		strbuf_puts(excerpt->out, "...");
		excerpt->column = 3;
	}
	excerpt->caret_start = excerpt->caret_end = UINT32_MAX;
	for (; at < len && excerpt->column < EXCERPT_COLUMNS; at += size) {
		if (at >= start && excerpt->caret_start == UINT32_MAX)
			excerpt->caret_start = excerpt->column;
		if (at >= end && excerpt->caret_end == UINT32_MAX)
			excerpt->caret_end = excerpt->column;
		size = utf8_decode(line + at, len - at, &code);
		excerpt_char(excerpt, line + at, size, code);
	}
	if (excerpt->caret_start == UINT32_MAX)
		excerpt->caret_start = excerpt->column;
	if (excerpt->caret_end == UINT32_MAX)
		excerpt->caret_end = excerpt->column;
	if (excerpt->caret_end <= excerpt->caret_start)
		excerpt->caret_end = excerpt->caret_start + 1;
	if (at < len)
		strbuf_puts(excerpt->out, "...");
}

static void render_gutter(const struct compilation *comp, struct strbuf *out, uint32_t width,
			  uint32_t line)
{
	strbuf_puts(out, "  ");
	paint_on(comp, out, PAINT_GUTTER);
	if (line)
		strbuf_printf(out, "%*u", (int)width, line);
	else
		strbuf_pad(out, ' ', width);
	strbuf_puts(out, " |");
	paint_off(comp, out);
}

/* Place, excerpt and carets of one span. */
static void render_span(const struct compilation *comp, struct strbuf *out, struct span span,
			uint32_t width, enum paint paint)
{
	struct source_pos pos = source_position(&comp->sources, span.file, span.start);
	struct excerpt excerpt = {.out = out};
	uint32_t line_start, len, start, end;
	const char *line;

	if (!pos.source)
		return;
	strbuf_printf(out, "  %s:%u:%u\n", pos.source->path, pos.line, pos.column);
	if (!pos.source->len)
		return;
	line = source_line(pos.source, pos.line, &len);
	line_start = pos.source->line_starts[pos.line - 1];
	start = span.start - line_start < len ? span.start - line_start : len;
	end = span.end > span.start ? span.end - line_start : start;
	render_gutter(comp, out, width, pos.line);
	strbuf_putc(out, ' ');
	excerpt_line(&excerpt, line, len, start, end < len ? end : len);
	strbuf_putc(out, '\n');
	render_gutter(comp, out, width, 0);
	strbuf_pad(out, ' ', excerpt.caret_start + 1);
	paint_on(comp, out, paint);
	strbuf_pad(out, '^', excerpt.caret_end - excerpt.caret_start);
	paint_off(comp, out);
	strbuf_putc(out, '\n');
}

/* The width of the line numbers of one diagnostic. */
static uint32_t gutter_width(const struct compilation *comp, const struct diag *diag)
{
	uint32_t line = source_position(&comp->sources, diag->span.file, diag->span.start).line;

	vec_foreach (note, &diag->notes) {
		uint32_t other =
			source_position(&comp->sources, note->span.file, note->span.start).line;

		if (other > line)
			line = other;
	}
	return decimal_digits(line);
}

void diag_render_human(struct compilation *comp, const struct diag *diag, struct strbuf *out)
{
	enum paint paint = severity_paint(diag->severity);
	uint32_t width = gutter_width(comp, diag);
	const char *help = diag_help_text(comp, diag);

	paint_on(comp, out, paint);
	strbuf_printf(out, "%s[%s]", diag_severity_name(diag->severity),
		      diag_slugs[diag->slug].slug);
	paint_off(comp, out);
	paint_on(comp, out, PAINT_TITLE);
	strbuf_printf(out, ": %s", diag->message);
	paint_off(comp, out);
	strbuf_putc(out, '\n');
	render_span(comp, out, diag->span, width, paint);
	vec_foreach (note, &diag->notes) {
		paint_on(comp, out, PAINT_NOTE);
		strbuf_puts(out, "note");
		paint_off(comp, out);
		strbuf_printf(out, ": %s\n", note->text);
		render_span(comp, out, note->span, width, PAINT_NOTE);
	}
	if (!help)
		return;
	paint_on(comp, out, PAINT_HELP);
	strbuf_puts(out, "help");
	paint_off(comp, out);
	strbuf_printf(out, ": %s\n", help);
}

static void render_place(const struct compilation *comp, struct strbuf *out, struct span span)
{
	struct source_pos pos = source_position(&comp->sources, span.file, span.start);

	if (pos.source)
		strbuf_printf(out, "%s:%u:%u: ", pos.source->path, pos.line, pos.column);
	else
		strbuf_puts(out, "ksc: ");
}

/* Text that spans lines would break the form of a line each. */
static void render_one_line(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		strbuf_putc(out, *text == '\n' ? ' ' : *text);
	strbuf_putc(out, '\n');
}

void diag_render_line(struct compilation *comp, const struct diag *diag, struct strbuf *out)
{
	const char *help = diag_help_text(comp, diag);

	render_place(comp, out, diag->span);
	strbuf_printf(out, "%s[%s]: ", diag_severity_name(diag->severity),
		      diag_slugs[diag->slug].slug);
	render_one_line(out, diag->message);
	vec_foreach (note, &diag->notes) {
		render_place(comp, out, note->span.file == UINT32_MAX ? diag->span : note->span);
		strbuf_puts(out, "note: ");
		render_one_line(out, note->text);
	}
	if (help) {
		render_place(comp, out, diag->span);
		strbuf_puts(out, "help: ");
		render_one_line(out, help);
	}
}
