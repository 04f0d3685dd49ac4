/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The same colors as those of diagnostics. */
static const struct {
	const char *word, *color;
} severities[] = {
	[DIAG_ERROR] = {"error", "\033[1;31m"},
	[DIAG_WARNING] = {"warning", "\033[1;35m"},
	[DIAG_NOTE] = {"note", "\033[1;36m"},
};

static void message(struct driver *driver, enum diag_severity severity, const char *fmt,
		    va_list args)
{
	const char *word = severities[severity].word;
	struct strbuf text = {0}, line = {0};

	strbuf_vprintf(&text, fmt, args);
	if (driver->options.diag == DIAG_JSON) {
		strbuf_printf(&line, "{\"slug\":null,\"severity\":\"%s\",\"message\":", word);
		diag_json_string(&line, strbuf_text(&text));
		strbuf_puts(&line, ",\"spans\":[],\"notes\":[],\"help\":null,\"edits\":[]}\n");
	} else if (driver->color) {
		strbuf_printf(&line, "ksc: %s%s\033[0m: %s\n", severities[severity].color, word,
			      strbuf_text(&text));
	} else {
		strbuf_printf(&line, "ksc: %s: %s\n", word, strbuf_text(&text));
	}
	fputs(strbuf_text(&line), stderr);
	strbuf_free(&text);
	strbuf_free(&line);
}

void driver_error(struct driver *driver, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	message(driver, DIAG_ERROR, fmt, args);
	va_end(args);
}

void driver_note(struct driver *driver, const char *fmt, ...)
{
	va_list args;

	if (driver->options.quiet)
		return;
	va_start(args, fmt);
	message(driver, DIAG_NOTE, fmt, args);
	va_end(args);
}

void driver_say(struct driver *driver, const char *fmt, ...)
{
	va_list args;

	if (!driver->options.verbose)
		return;
	va_start(args, fmt);
	fputs("ksc: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

bool driver_print(struct driver *driver, const struct strbuf *text)
{
	if (fwrite(strbuf_text(text), 1, text->len, stdout) == text->len && !fflush(stdout))
		return true;
	driver_error(driver, "cannot write to standard output: %s", strerror(errno));
	return false;
}
