/* SPDX-License-Identifier: Apache-2.0 */
/* explain: the section of docs/errors.md about a diagnostic; a verifier log in words. */
#include "driver/driver.h"
#include "driver/explain.h"
#include "driver/file.h"

#include "verifier_log.h"

#include <string.h>

/* The document is part of the program. */
__asm__(".pushsection .rodata, \"a\"\n"
	"ksc_errors_md:\n"
	".incbin \"errors.md\"\n"
	".byte 0\n"
	".popsection\n");
extern const char ksc_errors_md[] __attribute__((visibility("hidden")));

const char *explain_document(void)
{
	return ksc_errors_md;
}

static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
	line += line_length(line);
	return *line ? line + 1 : line;
}

static bool is_heading(const char *line)
{
	return !strncmp(line, "## ", 3) || !strncmp(line, "# ", 2);
}

static const char *find_section(const char *slug)
{
	for (const char *line = ksc_errors_md; *line; line = next_line(line))
		if (is_heading(line) && line_length(line) == 3 + strlen(slug) &&
		    !strncmp(line + 3, slug, strlen(slug)))
			return next_line(line);
	return NULL;
}

/* A line of an example, indented, tabs expanded. */
static void put_code(struct strbuf *out, const char *line)
{
	size_t len = line_length(line), column = 0;

	if (len)
		strbuf_pad(out, ' ', 4);
	for (size_t i = 0; i < len; i++) {
		size_t width = line[i] == '\t' ? 8 - column % 8 : 1;

		if (line[i] == '\t')
			strbuf_pad(out, ' ', width);
		else
			strbuf_putc(out, line[i]);
		column += width;
	}
	strbuf_putc(out, '\n');
}

bool explain_slug(struct strbuf *out, const char *slug)
{
	const char *line = find_section(slug);
	bool in_code = false;
	int blocks = 0;

	for (; line && *line && !is_heading(line); line = next_line(line)) {
		if (!strncmp(line, "```", 3)) {
			in_code = !in_code;
			if (in_code)
				strbuf_puts(out, blocks++ ? "right:\n" : "wrong:\n");
		} else if (in_code) {
			put_code(out, line);
		} else {
			strbuf_append(out, line, line_length(line));
			strbuf_putc(out, '\n');
		}
	}
	/* The blank line before the next heading. */
	while (out->len > 1 && out->data[out->len - 1] == '\n' && out->data[out->len - 2] == '\n')
		out->data[--out->len] = 0;
	return line != NULL;
}

static enum exit_status unknown_slug(struct driver *driver, const char *slug)
{
	const char *names[DIAG_COUNT], *near;

	for (int i = 0; i < DIAG_COUNT; i++)
		names[i] = diag_slugs[i].slug;
	near = diag_nearest(slug, names, DIAG_COUNT);
	if (near)
		driver_error(driver, "there is no diagnostic `%s`; did you mean `%s`?", slug, near);
	else
		driver_error(driver,
			     "there is neither a diagnostic nor a file `%s`; `ksc list errors` "
			     "shows the diagnostics",
			     slug);
	return EXIT_USAGE;
}

/* "null-deref" of "null-deref", "[null-deref]" or "error[null-deref]:". Arena text. */
static const char *bare_slug(struct driver *driver, const char *word)
{
	const char *open = strchr(word, '['), *start = open ? open + 1 : word;

	return arena_strndup(&driver->arena, start, strcspn(start, "]"));
}

/* "file.ks:9" with the line below, as diagnostics are printed. */
static void explain_place(struct strbuf *out, const struct verifier_finding *finding)
{
	const struct log_text *where = &finding->where, *text = &finding->text;
	int digits = 0;

	while (digits < where->len && where->start[where->len - digits - 1] != ':')
		digits++;
	if (where->start)
		strbuf_printf(out, "  %.*s\n", where->len, where->start);
	if (!text->start)
		return;
	if (digits == where->len)
		digits = 0;
	strbuf_printf(out, "  %.*s | %.*s\n", digits,
		      digits ? where->start + where->len - digits : "", text->len, text->start);
	strbuf_printf(out, "  %*s | ", digits, "");
	for (int i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->start[i];

		/* Continuation bytes of UTF-8 have no column. */
		if (c == '\t')
			strbuf_putc(out, '\t');
		else if ((c & 0xc0) != 0x80)
			strbuf_putc(out, '^');
	}
	strbuf_putc(out, '\n');
}

bool explain_log(struct strbuf *out, const char *log)
{
	struct verifier_finding finding;

	if (!verifier_read(log, &finding)) {
		strbuf_puts(out, "The log holds no message of the verifier.\n");
		return false;
	}
	if (finding.program.start)
		strbuf_printf(out, "error: the kernel refused program `%.*s`\n",
			      finding.program.len, finding.program.start);
	else
		strbuf_puts(out, "error: the kernel refused the program\n");
	explain_place(out, &finding);
	if (finding.message) {
		strbuf_printf(out, "  reason: %s\n", finding.message->reason);
		strbuf_printf(out, "  help: %s\n", finding.message->help);
	}
	strbuf_printf(out, "  verifier: %.*s\n", finding.line.len, finding.line.start);
	return true;
}

/* Verifier logs have megabytes at most; a wrong file may have more. */
#define LOG_BYTES_MAX ((size_t)256 << 20)

static enum exit_status explain_file(struct driver *driver, const char *path)
{
	struct strbuf log = {0}, text = {0};
	enum exit_status status = EXIT_ENVIRONMENT;
	const char *why;

	if (file_read(&driver->arena, path, LOG_BYTES_MAX, &log, &why)) {
		bool found = explain_log(&text, strbuf_text(&log));

		if (driver_print(driver, &text))
			status = found ? EXIT_DONE : EXIT_ERRORS;
	} else {
		driver_error(driver, "cannot read `%s`: %s", path, why);
	}
	strbuf_free(&log);
	strbuf_free(&text);
	return status;
}

enum exit_status cmd_explain(struct driver *driver)
{
	static const char *const severities[] = {
		[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"};
	const char *operand = driver->options.operands.data[0];
	const char *word = bare_slug(driver, operand);
	enum diag_slug slug = diag_slug_by_name(word);
	struct strbuf text = {0};
	bool ok;

	if (slug == DIAG_COUNT && (!strcmp(operand, "-") || file_is_regular(operand)))
		return explain_file(driver, operand);
	if (slug == DIAG_COUNT)
		return unknown_slug(driver, word);
	strbuf_printf(&text, "%s[%s]: %s\n", severities[diag_slugs[slug].severity], word,
		      diag_slugs[slug].text);
	explain_slug(&text, word);
	ok = driver_print(driver, &text);
	strbuf_free(&text);
	return ok ? EXIT_DONE : EXIT_ENVIRONMENT;
}
