/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier_log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct verifier_message messages[] = {
#define X(name, part, kernels, reason, help) {#name, part, reason, help},
#include "verifier_messages.h"
#undef X
};

/* ---- one line ---- */

/* The place of `part` in a line, or NULL. */
static const char *find(const char *line, const char *end, const char *part, size_t len)
{
	for (; (size_t)(end - line) >= len; line++) {
		if (!memcmp(line, part, len))
			return line;
	}
	return NULL;
}

/* Whether the pieces between the stars of a pattern follow each other in a line. */
static bool fits(const char *line, const char *end, const char *pattern)
{
	while (*pattern) {
		size_t len = strcspn(pattern, "*");
		const char *at = find(line, end, pattern, len);

		if (!at)
			return false;
		line = at + len;
		pattern += len + (pattern[len] == '*');
	}
	return true;
}

const struct verifier_message *verifier_match(const char *line, int len)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (fits(line, line + len, messages[i].part))
			return &messages[i];
	}
	return NULL;
}

static bool starts(const char *line, int len, const char *with)
{
	size_t n = strlen(with);

	return (size_t)len >= n && !strncmp(line, with, n);
}

/* "12: (71) r1 = ..." and "12: R1=ctx() R10=fp0": the number, -1 for other lines. */
static long instruction_number(const char *line, int len)
{
	int i = 0;

	while (i < len && isdigit((unsigned char)line[i]))
		i++;
	if (!i || i + 2 >= len || line[i] != ':' || (line[i + 2] != '(' && line[i + 2] != 'R'))
		return -1;
	return strtol(line, NULL, 10);
}

/* Lines that are no refusal: statistics, what libbpf says, states on the way. */
static bool is_aside(const char *line, int len)
{
	static const char *const asides[] = {
		"processed ",	"verification time",
		"stack depth",	"max_states",
		"peak_states",	"mark_read",
		"mark_precise", "-- ",
		"libbpf: ",	"insns processed",
		"cur state: ",	"old state: ",
		"func#",	"Func#",
		"from ",	"caller:",
		"callee:",	"parent ",
		"last_idx ",	"regs=",
		"R0=",		"R1=",
		" frame",	";",
	};

	for (size_t i = 0; i < sizeof(asides) / sizeof(asides[0]); i++) {
		if (starts(line, len, asides[i]))
			return true;
	}
	return !len || instruction_number(line, len) >= 0;
}

/* `; text @ file.ks:12`: text may hold " @ " itself: the last one counts. */
static void comment_split(const char *line, int len, struct verifier_finding *finding)
{
	const char *text = line + 1, *end = line + len, *at = NULL;

	while (text < end && *text == ' ')
		text++;
	for (const char *c = text; c + 3 < end; c++) {
		if (!strncmp(c, " @ ", 3))
			at = c;
	}
	finding->text = (struct log_text){text, (int)((at ? at : end) - text)};
	finding->where = (struct log_text){at ? at + 3 : NULL, at ? (int)(end - at - 3) : 0};
}

/* ---- the log ---- */

/* The line before the one that starts at `line`; NULL before the first. */
static const char *line_before(const char *log, const char *line)
{
	if (line == log)
		return NULL;
	line--;
	while (line > log && line[-1] != '\n')
		line--;
	return line;
}

static int line_length(const char *line)
{
	return (int)strcspn(line, "\n");
}

enum {
	LINES_BEHIND = 60 /* so many lines at most follow the refusal */
};

/*
 * The last line with a known meaning, else the last that says something. The kernel may say why in
 * one line and what in the next: of lines side by side the one counts whose row stands first.
 */
static void refusal_find(const char *log, struct verifier_finding *finding)
{
	const char *line = log + strlen(log);
	int seen = 0;

	while (seen < LINES_BEHIND && (line = line_before(log, line))) {
		int len = line_length(line);
		const struct verifier_message *message;

		if (is_aside(line, len)) {
			if (finding->message)
				return;
			continue;
		}
		seen++;
		message = verifier_match(line, len);
		if (finding->message && (!message || message > finding->message))
			return;
		if (message || !finding->line.start) {
			finding->line = (struct log_text){line, len};
			finding->message = message;
		}
	}
}

/* "libbpf: prog 'NAME': BPF program load failed: ..." */
static void program_find(const char *log, struct verifier_finding *finding)
{
	static const char mark[] = "libbpf: prog '";
	const char *found = strstr(log, mark);

	if (!found)
		return;
	found += sizeof(mark) - 1;
	finding->program = (struct log_text){found, (int)strcspn(found, "'\n")};
}

bool verifier_read(const char *log, struct verifier_finding *finding)
{
	const char *line;

	*finding = (struct verifier_finding){.instruction = -1};
	refusal_find(log, finding);
	program_find(log, finding);
	line = finding->line.start;
	while (line && (line = line_before(log, line))) {
		int len = line_length(line);
		long number = instruction_number(line, len);

		if (finding->instruction < 0)
			finding->instruction = number;
		if (*line == ';' && len > 2) {
			comment_split(line, len, finding);
			break;
		}
	}
	/* A text in which nothing speaks of a verifier is something else. */
	return finding->message ||
	       (finding->line.start && (finding->instruction >= 0 || strstr(log, "processed ")));
}
