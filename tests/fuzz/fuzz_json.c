/* SPDX-License-Identifier: Apache-2.0 */
/* --diag=json: whatever the source, each line is one JSON object in UTF-8 (RFC 8259). */
#include "compile.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NESTING_MAX 16

struct reader {
	const unsigned char *at, *end;
	unsigned nesting;
};

static bool take(struct reader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != (unsigned char)c)
		return false;
	reader->at++;
	return true;
}

/* One character of UTF-8 in its shortest form, no surrogate, up to U+10FFFF. */
static bool read_utf8(struct reader *reader)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	unsigned char first = *reader->at++;
	unsigned more = first < 0x80   ? 0
			: first < 0xc0 ? 9
			: first < 0xe0 ? 1
			: first < 0xf0 ? 2
				       : 3;
	uint32_t code = more ? first & (0x3f >> more) : first;

	if (more > 3 || first >= 0xf8 || (size_t)(reader->end - reader->at) < more)
		return false;
	for (unsigned i = 0; i < more; i++) {
		if ((*reader->at & 0xc0) != 0x80)
			return false;
		code = code << 6 | (*reader->at++ & 0x3f);
	}
	return code >= least[more] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

static bool read_escape(struct reader *reader)
{
	if (reader->at == reader->end)
		return false;
	if (strchr("\"\\/bfnrt", *reader->at) && *reader->at) {
		reader->at++;
		return true;
	}
	if (!take(reader, 'u'))
		return false;
	for (unsigned i = 0; i < 4; i++, reader->at++) {
		if (reader->at == reader->end || !isxdigit(*reader->at))
			return false;
	}
	return true;
}

static bool read_string(struct reader *reader)
{
	if (!take(reader, '"'))
		return false;
	while (reader->at < reader->end) {
		if (take(reader, '"'))
			return true;
		if (take(reader, '\\')) {
			if (!read_escape(reader))
				return false;
		} else if (*reader->at < 0x20 || !read_utf8(reader)) {
			return false;
		}
	}
	return false;
}

static bool read_number(struct reader *reader)
{
	const unsigned char *start;

	take(reader, '-');
	start = reader->at;
	while (reader->at < reader->end && isdigit(*reader->at))
		reader->at++;
	return reader->at > start && (*start != '0' || reader->at == start + 1);
}

static bool read_value(struct reader *reader);

/* What stands between two brackets; pairs with names in objects. */
static bool read_list(struct reader *reader, char close, bool named)
{
	bool ok = ++reader->nesting <= NESTING_MAX;

	if (take(reader, close)) {
		reader->nesting--;
		return ok;
	}
	while (ok) {
		if (named && (!read_string(reader) || !take(reader, ':')))
			return false;
		ok = read_value(reader);
		if (ok && take(reader, close))
			break;
		ok = ok && take(reader, ',');
	}
	reader->nesting--;
	return ok;
}

static bool read_word(struct reader *reader, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len))
		return false;
	reader->at += len;
	return true;
}

static bool read_value(struct reader *reader)
{
	if (reader->at == reader->end)
		return false;
	if (*reader->at == '"')
		return read_string(reader);
	if (take(reader, '{'))
		return read_list(reader, '}', true);
	if (take(reader, '['))
		return read_list(reader, ']', false);
	return read_word(reader, "null") || read_word(reader, "true") ||
	       read_word(reader, "false") || read_number(reader);
}

static void check_lines(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		struct reader reader = {(const unsigned char *)text, (const unsigned char *)newline,
					0};

		if (!newline || *text != '{' || !read_value(&reader) || reader.at != reader.end) {
			fprintf(stderr, "no JSON object on a line: %.*s\n", (int)(end - text),
				text);
			abort();
		}
		text = newline + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_result result;

	fuzz_compile(&result, data, size, FUZZ_CHECK, DIAG_JSON);
	check_lines(strbuf_text(&result.diagnostics), result.diagnostics.len);
	fuzz_free(&result);
	return 0;
}
