/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, characters and strings: from their text to their value. */
#include "syntax/parse.h"

#include "base/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool is_word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/* `_` stands between two digits; says so at the first that does not. */
static bool underscores_fit(struct lexer *lexer, const char *text, uint32_t len, uint32_t offset)
{
	for (uint32_t i = 0; i < len; i++) {
		bool fits = i > 0 && i + 1 < len && digit_value(text[i - 1]) < 16 &&
			    digit_value(text[i + 1]) < 16;

		if (text[i] == '_' && !fits) {
			lexer_error(lexer, DIAG_BAD_LITERAL, offset + i, 1,
				    "`_` stands between two digits of a number");
			return false;
		}
	}
	return true;
}

/* What is wrong with the characters from `at` on, which are no digits of the base. */
static void report_suffix(struct lexer *lexer, const char *text, uint32_t len, uint32_t at,
			  uint32_t offset, unsigned base)
{
	struct span span = {lexer->file, offset + at, offset + len};
	bool c_suffix = at > 0 && len - at <= 3 && strspn(text + at, "uUlL") >= len - at;

	if (text[at] >= '0' && text[at] <= '9') {
		lexer_error(lexer, DIAG_BAD_LITERAL, offset + at, 1,
			    "`%c` is no digit of a number in base %u", text[at], base);
		return;
	}
	lexer_error(lexer, DIAG_BAD_LITERAL, offset + at, len - at,
		    "`%.*s` does not belong to a number", (int)(len - at), text + at);
	if (c_suffix) {
		diag_help(lexer->comp, "numbers need no suffix");
		diag_edit(lexer->comp, span, "%s", "");
	}
}

static unsigned number_base(const char *text, uint32_t len)
{
	if (len < 2 || text[0] != '0')
		return 10;
	switch (text[1] | 0x20) {
	case 'x':
		return 16;
	case 'o':
		return 8;
	case 'b':
		return 2;
	}
	return 10;
}

uint64_t literal_integer(struct lexer *lexer, const char *text, uint32_t len, uint32_t offset)
{
	unsigned base = number_base(text, len);
	uint32_t first = base == 10 ? 0 : 2, i;
	uint64_t value = 0;
	bool too_large = false;

	if (first == len) {
		lexer_error(lexer, DIAG_BAD_LITERAL, offset, len, "`%.*s` has no digits", (int)len,
			    text);
		return 0;
	}
	for (i = first; i < len; i++) {
		unsigned digit = (unsigned)digit_value(text[i]);

		if (text[i] == '_')
			continue;
		if (digit >= base) {
			report_suffix(lexer, text, len, i, offset, base);
			return 0;
		}
		too_large |= value > (UINT64_MAX - digit) / base;
		value = value * base + digit;
	}
	if (!underscores_fit(lexer, text + first, len - first, offset + first))
		return value;
	if (too_large) {
		lexer_error(lexer, DIAG_BAD_LITERAL, offset, len,
			    "the number is larger than 2^64-1");
		return UINT64_MAX;
	}
	if (base == 10 && text[0] == '0' && value > 7) {
		lexer_error(lexer, DIAG_BAD_LITERAL, offset, 1,
			    "a decimal number does not begin with 0");
		diag_help(lexer->comp, "octal numbers begin with `0o`");
	}
	return value;
}

double literal_float(struct lexer *lexer, const char *text, uint32_t len, uint32_t offset)
{
	char stack[64], *digits = len < sizeof(stack) ? stack : malloc((size_t)len + 1), *end;
	uint32_t used = 0, i;
	double value;

	if (!digits)
		return 0;
	for (i = 0; i < len; i++) {
		if (text[i] != '_')
			digits[used++] = text[i];
	}
	digits[used] = 0;
	value = strtod(digits, &end);
	if (*end) {
		for (i = len; i > 0 && is_word_char(text[i - 1]) && digit_value(text[i - 1]) > 9;
		     i--)
			;
		report_suffix(lexer, text, len, i < len ? i : len - 1, offset, 10);
	} else if (underscores_fit(lexer, text, len, offset) && isinf(value)) {
		lexer_error(lexer, DIAG_BAD_LITERAL, offset, len, "the number is too large");
	}
	if (digits != stack)
		free(digits);
	return value;
}

/*
 * One escape; `i` is at the backslash and comes to stand behind it. What is wrong gives its own
 * characters.
 */
static char escape_value(struct lexer *lexer, const char *text, uint32_t len, uint32_t *i,
			 uint32_t offset)
{
	static const char names[] = "ntr\\'\"0", values[] = "\n\t\r\\'\"";
	uint32_t start = (*i)++, code, size;
	const char *found;
	char c = text[(*i)++];

	if (c == 'x') {
		if (*i + 1 < len && digit_value(text[*i]) < 16 && digit_value(text[*i + 1]) < 16) {
			*i += 2;
			return (char)(digit_value(text[*i - 2]) << 4 | digit_value(text[*i - 1]));
		}
		while (*i < len && *i < start + 4 && digit_value(text[*i]) < 16)
			(*i)++;
		lexer_error(lexer, DIAG_BAD_LITERAL, offset + start, *i - start,
			    "`\\x` takes two hexadecimal digits");
		return 'x';
	}
	found = c ? strchr(names, c) : NULL;
	if (found)
		return values[found - names];
	size = utf8_decode(text + start + 1, len - start - 1, &code);
	*i = start + 1 + size;
	lexer_error(lexer, DIAG_BAD_LITERAL, offset + start, 1 + size, "unknown escape `%.*s`",
		    (int)(1 + size), text + start);
	diag_help(lexer->comp, "the escapes are \\n \\t \\r \\\\ \\' \\\" \\0 \\xHH");
	return c;
}

struct token_text literal_string(struct lexer *lexer, const char *text, uint32_t len,
				 uint32_t offset)
{
	char *value = arena_alloc(&lexer->comp->arena, (size_t)len + 1);
	uint32_t used = 0;

	check_bytes(lexer, DIAG_BAD_LITERAL, text, len);
	for (uint32_t i = 0; i < len;) {
		if (text[i] == '\\')
			value[used++] = escape_value(lexer, text, len, &i, offset);
		else
			value[used++] = text[i++];
	}
	return (struct token_text){value, used};
}

uint64_t literal_char(struct lexer *lexer, const char *text, uint32_t len, uint32_t offset)
{
	uint32_t i = 0, code = 0;
	unsigned char value;

	if (!len) {
		lexer_error(lexer, DIAG_BAD_LITERAL, offset - 1, 2, "a character is missing");
		diag_help(lexer->comp, "write `'\\''` for a quote");
		return 0;
	}
	if ((unsigned char)text[0] >= 0x80) {
		i = utf8_decode(text, len, &code);
		if (i == len && code != UINT32_MAX) {
			lexer_error(lexer, DIAG_BAD_LITERAL, offset, len,
				    "a char is one byte, `%.*s` is %u", (int)len, text, len);
			return 0;
		}
		if (!check_bytes(lexer, DIAG_BAD_LITERAL, text, len))
			return 0;
		value = 0;
	} else if (text[0] == '\\') {
		value = (unsigned char)escape_value(lexer, text, len, &i, offset);
	} else {
		value = (unsigned char)text[i++];
	}
	if (i < len) {
		lexer_error(lexer, DIAG_BAD_LITERAL, offset + i, len - i,
			    "a char literal holds one character");
		lexer->open_line = lexer->line;
		if (i == 1 && !memchr(text, '\\', len) && !memchr(text, '"', len)) {
			struct span span = {lexer->file, offset - 1, offset + len + 1};

			diag_help(lexer->comp, "strings stand in double quotes");
			diag_edit(lexer->comp, span, "\"%.*s\"", (int)len, text);
		}
	}
	return value;
}
