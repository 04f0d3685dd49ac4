/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of C's text, for slips_c.c and slips_text.c: what is there stands in no token any more. */
#ifndef KSC_SYNTAX_C_TEXT_H
#define KSC_SYNTAX_C_TEXT_H

#include "syntax/parse.h"

#include <string.h>

struct c_word {
	uint32_t start, len;
};

static inline bool c_is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static inline uint32_t c_skip_blanks(const char *text, uint32_t at)
{
	while (text[at] == ' ' || text[at] == '\t')
		at++;
	return at;
}

/* A name, or nothing where there is none. */
static inline struct c_word c_read_word(const char *text, uint32_t at)
{
	struct c_word word = {at, 0};

	if (text[at] >= '0' && text[at] <= '9')
		return word;
	while (c_is_name_char(text[at + word.len]))
		word.len++;
	return word;
}

static inline bool c_word_is(const char *text, struct c_word word, const char *what)
{
	return strlen(what) == word.len && !memcmp(text + word.start, what, word.len);
}

static inline const char *c_word_text(struct parser *p, struct c_word word)
{
	return arena_strndup(&p->comp->arena, p->lexer.text + word.start, word.len);
}

#endif
