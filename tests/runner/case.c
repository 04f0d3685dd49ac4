/* SPDX-License-Identifier: Apache-2.0 */
#include "runner.h"

#include <stdlib.h>
#include <string.h>

static const char *const stage_names[] = {
	[STAGE_SYNTAX] = "syntax",
	[STAGE_CHECK] = "check",
	[STAGE_IR] = "ir",
	[STAGE_ALL] = "all",
};

static const char *const action_names[] = {
	[ACTION_RUN] = "run:",
	[ACTION_MAP] = "map:",
	[ACTION_GLOBAL] = "global:",
	[ACTION_EXEC] = "exec:",
};

static const char *const severity_names[] = {
	[DIAG_ERROR] = "error",
	[DIAG_WARNING] = "warning",
	[DIAG_NOTE] = "note",
};

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

void fail(struct test_case *tc, uint32_t line, const char *fmt, ...)
{
	va_list args;

	strbuf_printf(&tc->failures, "  %s:%u: ", tc->path, line);
	va_start(args, fmt);
	strbuf_vprintf(&tc->failures, fmt, args);
	va_end(args);
	strbuf_putc(&tc->failures, '\n');
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* The text up to the next ` // ` or the end, without blanks around. */
static const char *cut_text(struct test_case *tc, const char *start, const char **rest)
{
	const char *end = strstr(start, " // ");
	size_t len = end ? (size_t)(end - start) : strlen(start);

	*rest = end ? end + 4 : NULL;
	while (len && (start[len - 1] == ' ' || start[len - 1] == '\t'))
		len--;
	return arena_strndup(&tc->arena, start, len);
}

/* `error[slug]: text`, `error@+2[slug]: text`. False when it is an ordinary comment. */
static bool parse_expectation(struct test_case *tc, const char *comment, uint32_t line,
			      const char **rest)
{
	struct expectation ex = {.file = tc->reading, .line = line};
	const char *at = comment, *close;
	unsigned i;

	for (i = 0; i < COUNT_OF(severity_names); i++) {
		size_t len = strlen(severity_names[i]);

		if (!strncmp(at, severity_names[i], len) && (at[len] == '[' || at[len] == '@')) {
			at += len;
			break;
		}
	}
	if (i == COUNT_OF(severity_names))
		return false;
	ex.severity = (enum diag_severity)i;
	if (*at == '@')
		ex.line += strtol(at + 1, (char **)&at, 10);
	close = *at == '[' ? strstr(at, "]:") : NULL;
	if (!close)
		return false;
	ex.slug = arena_strndup(&tc->arena, at + 1, close - at - 1);
	ex.text = cut_text(tc, skip_blanks(close + 2), rest);
	if (diag_slug_by_name(ex.slug) == DIAG_COUNT)
		fail(tc, line, "no diagnostic has the slug `%s`", ex.slug);
	tc->expects_errors |= ex.severity == DIAG_ERROR;
	vec_push(&tc->arena, &tc->expectations, ex);
	return true;
}

static bool parse_stage(struct test_case *tc, const char *text, uint32_t line)
{
	for (unsigned i = 0; i < COUNT_OF(stage_names); i++) {
		if (!strcmp(text, stage_names[i])) {
			tc->stage = (enum stage)i;
			return true;
		}
	}
	fail(tc, line, "no stage is called `%s`", text);
	return false;
}

static bool parse_action(struct test_case *tc, const char *comment, uint32_t line,
			 struct excerpt_vec **lines)
{
	for (unsigned i = 0; i < COUNT_OF(action_names); i++) {
		size_t len = strlen(action_names[i]);
		struct action action = {.kind = (enum action_kind)i, .line = line};

		if (strncmp(comment, action_names[i], len))
			continue;
		action.text = arena_strdup(&tc->arena, skip_blanks(comment + len));
		vec_push(&tc->arena, &tc->actions, action);
		*lines = &tc->actions.data[tc->actions.len - 1].lines;
		return true;
	}
	return false;
}

/* A line that is nothing but a comment. `lines` is where excerpts go, NULL outside sections. */
static void parse_whole_line(struct test_case *tc, const char *comment, uint32_t line,
			     struct excerpt_vec **lines)
{
	if (!strncmp(comment, "expect ", 7)) {
		struct section section = {.line = line};

		section.what = arena_strdup(&tc->arena, skip_blanks(comment + 7));
		vec_push(&tc->arena, &tc->sections, section);
		*lines = &tc->sections.data[tc->sections.len - 1].lines;
	} else if ((comment[0] == '|' || comment[0] == '!') && comment[1] == ' ') {
		struct excerpt_line excerpt = {.absent = comment[0] == '!'};

		excerpt.text = arena_strdup(&tc->arena, comment + 2);
		if (*lines)
			vec_push(&tc->arena, *lines, excerpt);
		else
			fail(tc, line, "an excerpt outside an `expect` section");
	} else if (!strncmp(comment, "stage:", 6)) {
		parse_stage(tc, skip_blanks(comment + 6), line);
	} else if (!strncmp(comment, "ksc:", 4)) {
		tc->options = arena_strdup(&tc->arena, skip_blanks(comment + 4));
	} else {
		parse_action(tc, comment, line, lines);
	}
}

/* Expectations in the comments at the end of a line; `comment` starts the first, or is NULL. */
static void parse_trailing(struct test_case *tc, const char *comment, uint32_t line)
{
	const char *rest;

	while (comment) {
		rest = strncmp(comment, "// ", 3) ? comment : comment + 3;
		if (!parse_expectation(tc, rest, line, &comment))
			comment = strstr(rest, "// ");
	}
}

/* The `// ` that starts a trailing comment with an expectation. */
static void parse_line(struct test_case *tc, char *text, uint32_t line, struct excerpt_vec **lines)
{
	const char *start = skip_blanks(text);
	const char *comment = strstr(text, "// ");
	const char *rest;

	text[strcspn(text, "\r\n")] = 0;
	if (!strncmp(start, "// ", 3)) {
		if (!parse_expectation(tc, start + 3, line, &rest))
			parse_whole_line(tc, start + 3, line, lines);
		else
			comment = rest;
		if (comment != rest)
			return;
	}
	parse_trailing(tc, comment, line);
}

void case_parse_part(struct test_case *tc, uint32_t file, const char *text, size_t len)
{
	const char *end = text + len;
	uint32_t line = 1;

	tc->reading = file;
	for (const char *at = text; at < end; line++) {
		const char *stop = memchr(at, '\n', end - at);
		size_t line_len = (stop ? stop : end) - at;

		parse_trailing(tc, strstr(arena_strndup(&tc->arena, at, line_len), "// "), line);
		at += line_len + 1;
	}
	tc->reading = 0;
}

bool case_parse(struct test_case *tc)
{
	struct excerpt_vec *lines = NULL;
	uint32_t line = 1;

	tc->stage = STAGE_ALL;
	for (const char *at = tc->text; at < tc->text + tc->len; line++) {
		const char *end = memchr(at, '\n', tc->text + tc->len - at);
		size_t len = (end ? end : tc->text + tc->len) - at;
		char *text = arena_strndup(&tc->arena, at, len);

		parse_line(tc, text, line, &lines);
		at += len + 1;
	}
	return tc->failures.len == 0;
}
