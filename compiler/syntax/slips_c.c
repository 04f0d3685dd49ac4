/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations and loops as C writes them, read from the text of one line. */
#include "syntax/parse.h"

#include <string.h>

#define C_WORDS_MAX 8

struct c_word {
	uint32_t start, len;
};

/* `unsigned int *x` in pieces. */
struct c_declaration {
	struct c_word words[C_WORDS_MAX]; /* of the type */
	uint32_t count;
	uint32_t stars;
	struct c_word name;
	uint32_t after; /* offset of what follows the name and blanks */
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static uint32_t skip_blanks(const char *text, uint32_t at)
{
	while (text[at] == ' ' || text[at] == '\t')
		at++;
	return at;
}

static struct c_word read_word(const char *text, uint32_t at)
{
	struct c_word word = {at, 0};

	if (text[at] >= '0' && text[at] <= '9')
		return word;
	while (is_name_char(text[at + word.len]))
		word.len++;
	return word;
}

static bool word_is(const char *text, struct c_word word, const char *what)
{
	return strlen(what) == word.len && !memcmp(text + word.start, what, word.len);
}

/* Words, stars, a name. */
static bool read_declaration(const char *text, uint32_t at, struct c_declaration *decl)
{
	*decl = (struct c_declaration){0};
	for (;;) {
		struct c_word word = read_word(text, at);

		if (!word.len || decl->count == C_WORDS_MAX)
			return false;
		at = skip_blanks(text, word.start + word.len);
		if (decl->stars || (decl->count && !is_name_char(text[at]) && text[at] != '*')) {
			decl->name = word;
			decl->after = at;
			return true;
		}
		decl->words[decl->count++] = word;
		for (; text[at] == '*'; at = skip_blanks(text, at + 1))
			decl->stars++;
		if (!is_name_char(text[at]))
			return false;
	}
}

/* The type of this language for the words of a C type, or NULL when there is none for sure. */
static const char *type_of_words(struct parser *p, const struct c_declaration *decl, bool *is_known)
{
	static const char *const dropped[] = {"const", "static", "volatile", "register", "struct",
					      "union", "enum",	 "inline",   "extern",	 "signed"};
	static const struct {
		const char *c, *plain, *without_sign;
	} known[] = {
		{"int", "i32", "u32"},	   {"long", "i64", "u64"},    {"short", "i16", "u16"},
		{"char", "char", "u8"},	   {"float", "f32", NULL},    {"double", "f64", NULL},
		{"uint8_t", "u8", NULL},   {"uint16_t", "u16", NULL}, {"uint32_t", "u32", NULL},
		{"uint64_t", "u64", NULL}, {"int8_t", "i8", NULL},    {"int16_t", "i16", NULL},
		{"int32_t", "i32", NULL},  {"int64_t", "i64", NULL},  {"__u8", "u8", NULL},
		{"__u16", "u16", NULL},	   {"__u32", "u32", NULL},    {"__u64", "u64", NULL},
		{"__s32", "i32", NULL},	   {"__s64", "i64", NULL},    {"__be16", "be16", NULL},
		{"__be32", "be32", NULL},  {"__be64", "be64", NULL},  {"_Bool", "bool", NULL},
		{"u8", "u8", NULL},	   {"u16", "u16", NULL},      {"u32", "u32", NULL},
		{"u64", "u64", NULL},	   {"i8", "i8", NULL},	      {"i16", "i16", NULL},
		{"i32", "i32", NULL},	   {"i64", "i64", NULL},      {"bool", "bool", NULL},
		{"void", "void", NULL},
	};
	const char *text = p->lexer.text, *type = NULL;
	bool without_sign = false;

	*is_known = true;
	for (uint32_t i = 0; i < decl->count; i++) {
		struct c_word word = decl->words[i];
		bool drop = false;
		unsigned k;

		for (k = 0; k < sizeof(dropped) / sizeof(dropped[0]); k++)
			drop |= word_is(text, word, dropped[k]);
		if (drop)
			continue;
		if (word_is(text, word, "unsigned")) {
			without_sign = true;
			continue;
		}
		/* `long int`, `short int`, `long long` */
		if (type && (word_is(text, word, "int") || word_is(text, word, "long")))
			continue;
		if (type)
			return NULL;
		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (word_is(text, word, known[k].c))
				break;
		}
		if (k == sizeof(known) / sizeof(known[0]))
			type = arena_strndup(&p->comp->arena, text + word.start, word.len);
		else
			type = without_sign ? known[k].without_sign : known[k].plain;
		if (!type)
			return NULL;
		*is_known = k < sizeof(known) / sizeof(known[0]);
	}
	if (!type && without_sign)
		type = "u32";
	return type;
}

/* `int f(...)`; the edit is certain when there are no parameters. */
static void report_function(struct parser *p, const struct c_declaration *decl, uint32_t start,
			    const char *type, const char *name)
{
	struct span span = parse_span(p, start, decl->name.start + decl->name.len);
	bool is_void = !strcmp(type, "void");
	uint32_t close = skip_blanks(p->lexer.text, decl->after + 1);

	parse_error(p, span, "a function is declared by `fn %s(...)%s%s`", name,
		    is_void ? "" : " -> ", is_void ? "" : type);
	if (p->lexer.text[close] != ')')
		return;
	span.end = close + 1;
	diag_edit(p->comp, span, "fn %s()%s%s", name, is_void ? "" : " -> ", is_void ? "" : type);
}

bool slip_c_declaration(struct parser *p, uint32_t start, enum c_place place)
{
	static const struct {
		const char *what, *keyword;
		bool has_keyword; /* it stands there already */
	} places[] = {
		[C_VARIABLE] = {"variable", "var ", false},
		[C_GLOBAL] = {"variable", "var ", false},
		[C_AFTER_VAR] = {"variable", "var ", true},
		[C_CONSTANT] = {"constant", "const ", true},
		[C_FIELD] = {"field", "", false},
		[C_PARAMETER] = {"parameter", "", false},
	};
	struct c_declaration decl;
	const char *type, *name;
	struct span span;
	bool is_known;

	if (!read_declaration(p->lexer.text, start, &decl))
		return false;
	type = type_of_words(p, &decl, &is_known);
	if (!type)
		return false;
	name = arena_strndup(&p->comp->arena, p->lexer.text + decl.name.start, decl.name.len);
	if (place == C_GLOBAL && p->lexer.text[decl.after] == '(') {
		report_function(p, &decl, start, type, name);
		return true;
	}
	if (!is_known && (place == C_VARIABLE || place == C_GLOBAL) &&
	    !strchr("=;[", p->lexer.text[decl.after]))
		return false;
	for (uint32_t i = 0; i < decl.stars; i++)
		type = arena_printf(&p->comp->arena, "*%s", type);
	span = parse_span(p, start, decl.name.start + decl.name.len);
	parse_error(p, span, "a %s is declared by `%s%s: %s`", places[place].what,
		    places[place].keyword, name, type);
	/* `const T *p` of C is no constant. */
	if (place != C_CONSTANT || !decl.stars)
		diag_edit(p->comp, span, "%s%s: %s",
			  places[place].has_keyword ? "" : places[place].keyword, name, type);
	return true;
}

/* ---- for (int i = 0; i < n; i++) ---- */

struct c_loop {
	struct c_word name;
	struct c_word from, to; /* any text */
	bool inclusive;
};

static struct c_word trimmed(const char *text, uint32_t start, uint32_t end)
{
	start = skip_blanks(text, start);
	while (end > start && (text[end - 1] == ' ' || text[end - 1] == '\t'))
		end--;
	return (struct c_word){start, end - start};
}

static bool same_word(const char *text, struct c_word a, struct c_word b)
{
	return a.len == b.len && !memcmp(text + a.start, text + b.start, a.len);
}

/* `T i = A`, `i = A` or `var i = A`, up to `end`. */
static bool read_loop_start(const char *text, uint32_t start, uint32_t end, struct c_loop *loop)
{
	const char *equals = memchr(text + start, '=', end - start);
	struct c_word left, last = {0};

	if (!equals)
		return false;
	left = trimmed(text, start, (uint32_t)(equals - text));
	for (uint32_t at = left.start; at < left.start + left.len;) {
		last = read_word(text, at);
		if (!last.len)
			return false;
		at = skip_blanks(text, last.start + last.len);
	}
	loop->name = last;
	loop->from = trimmed(text, (uint32_t)(equals - text) + 1, end);
	return last.len && loop->from.len;
}

/* `i < B` or `i <= B` */
static bool read_loop_test(const char *text, uint32_t start, uint32_t end, struct c_loop *loop)
{
	struct c_word name = read_word(text, skip_blanks(text, start));
	uint32_t at = skip_blanks(text, name.start + name.len);

	if (!same_word(text, name, loop->name) || text[at] != '<')
		return false;
	loop->inclusive = text[at + 1] == '=';
	loop->to = trimmed(text, at + 1 + loop->inclusive, end);
	return loop->to.len;
}

/* `i++`, `++i` or `i += 1` */
static bool read_loop_step(const char *text, uint32_t start, uint32_t end,
			   const struct c_loop *loop)
{
	struct c_word step = trimmed(text, start, end), name, rest;

	if (step.len > 2 && !memcmp(text + step.start, "++", 2))
		return same_word(text, read_word(text, step.start + 2), loop->name);
	name = read_word(text, step.start);
	rest = trimmed(text, name.start + name.len, step.start + step.len);
	return same_word(text, name, loop->name) &&
	       (word_is(text, rest, "++") || word_is(text, rest, "+= 1"));
}

bool slip_c_loop(struct parser *p, uint32_t paren)
{
	const char *text = p->lexer.text;
	uint32_t parts[3], count = 0, depth = 1, at;
	struct c_loop loop = {0};
	struct span span;

	for (at = paren + 1; text[at] && text[at] != '\n' && depth; at++) {
		depth += text[at] == '(';
		depth -= text[at] == ')';
		if (depth == 1 && text[at] == ';' && count < 3)
			parts[count++] = at;
	}
	if (count != 2)
		return false;
	span = parse_span(p, paren + 1, depth ? at : at - 1);
	parse_error(p, span, "a loop over numbers is `for (i in a..b)`, b excluded");
	if (!depth && read_loop_start(text, span.start, parts[0], &loop) &&
	    read_loop_test(text, parts[0] + 1, parts[1], &loop) &&
	    read_loop_step(text, parts[1] + 1, span.end, &loop)) {
		diag_edit(p->comp, span, "%.*s in %.*s%s%.*s", (int)loop.name.len,
			  text + loop.name.start, (int)loop.from.len, text + loop.from.start,
			  loop.inclusive ? "..=" : "..", (int)loop.to.len, text + loop.to.start);
	}
	return true;
}
