/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations as C writes them, read from the text. */
#include "syntax/c_text.h"

#include <string.h>

#define C_WORDS_MAX 8

/* `unsigned int *x` in pieces. */
struct c_declaration {
	struct c_word words[C_WORDS_MAX]; /* of the type */
	uint32_t count;
	uint32_t stars;
	struct c_word name;
	uint32_t after; /* offset of what follows the name and blanks */
};

/* Words, stars, a name. */
static bool read_declaration(const char *text, uint32_t at, struct c_declaration *decl)
{
	*decl = (struct c_declaration){0};
	for (;;) {
		struct c_word word = c_read_word(text, at);

		if (!word.len || decl->count == C_WORDS_MAX)
			return false;
		at = c_skip_blanks(text, word.start + word.len);
		if (decl->stars || (decl->count && !c_is_name_char(text[at]) && text[at] != '*')) {
			decl->name = word;
			decl->after = at;
			return true;
		}
		decl->words[decl->count++] = word;
		for (; text[at] == '*'; at = c_skip_blanks(text, at + 1))
			decl->stars++;
		if (!c_is_name_char(text[at]))
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
			drop |= c_word_is(text, word, dropped[k]);
		if (drop)
			continue;
		if (c_word_is(text, word, "unsigned")) {
			without_sign = true;
			continue;
		}
		/* `long int`, `short int`, `long long` */
		if (type && (c_word_is(text, word, "int") || c_word_is(text, word, "long")))
			continue;
		if (type)
			return NULL;
		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (c_word_is(text, word, known[k].c))
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

/* ---- what follows the name ---- */

static const char *with_stars(struct parser *p, const struct c_declaration *decl, const char *type)
{
	for (uint32_t i = 0; i < decl->stars; i++)
		type = arena_printf(&p->comp->arena, "*%s", type);
	return type;
}

/* `[16]` behind the name; `[]` is a pointer for a parameter, else no type at all. */
static const char *with_sizes(struct parser *p, struct c_declaration *decl, const char *type,
			      bool is_parameter)
{
	const char *text = p->lexer.text, *end;

	while (text[decl->after] == '[') {
		end = strpbrk(text + decl->after, "]\n");
		if (!end || *end == '\n')
			return type;
		if (end == text + decl->after + 1)
			type = is_parameter ? arena_printf(&p->comp->arena, "*%s", type) : NULL;
		else if (type)
			type = arena_printf(&p->comp->arena, "%s%.*s]", type,
					    (int)(end - text - decl->after), text + decl->after);
		decl->name.len = (uint32_t)(end + 1 - text) - decl->name.start;
		decl->after = c_skip_blanks(text, (uint32_t)(end + 1 - text));
		if (!type)
			return NULL;
	}
	return type;
}

/* `x: T`; NULL when the text is no declaration of a parameter. */
static const char *parameter_text(struct parser *p, uint32_t start)
{
	struct c_declaration decl;
	const char *type, *name;
	bool is_known;

	if (!read_declaration(p->lexer.text, start, &decl))
		return NULL;
	type = type_of_words(p, &decl, &is_known);
	if (!type)
		return NULL;
	name = c_word_text(p, decl.name);
	type = with_sizes(p, &decl, with_stars(p, &decl, type), true);
	if (!strchr(",)", p->lexer.text[decl.after]))
		return NULL;
	return arena_printf(&p->comp->arena, "%s: %s", name, type);
}

/* "(a: i32, b: *u8)" of C's list that opens at an offset; moves it behind. NULL: some other text.
 */
static const char *parameters_text(struct parser *p, uint32_t *at)
{
	const char *text = p->lexer.text, *list = "", *one;
	uint32_t start = c_skip_blanks(text, *at + 1), end = start;

	if (c_word_is(text, c_read_word(text, start), "void") &&
	    text[c_skip_blanks(text, start + 4)] == ')')
		start = end = c_skip_blanks(text, start + 4);
	while (text[end] != ')') {
		start = c_skip_blanks(text, end);
		one = parameter_text(p, start);
		if (!one)
			return NULL;
		list = arena_printf(&p->comp->arena, "%s%s%s", list, *list ? ", " : "", one);
		end = start + (uint32_t)strcspn(text + start, ",)");
		end += text[end] == ',';
	}
	*at = end + 1;
	return arena_printf(&p->comp->arena, "(%s)", list);
}

bool slip_c_parameters(struct parser *p, uint32_t paren)
{
	uint32_t end = paren;
	const char *text = parameters_text(p, &end);
	struct span span;

	if (!text || !memchr(text, ',', strlen(text)))
		return false;
	span = parse_span(p, paren, end);
	parse_error(p, span, "parameters are declared by `%s`", text);
	diag_edit(p->comp, span, "%s", text);
	return true;
}

/* `int f(...)`; the edit is certain when the parameters are understood. */
static void report_function(struct parser *p, const struct c_declaration *decl, uint32_t start,
			    const char *type, const char *keyword)
{
	struct span span = parse_span(p, start, decl->name.start + decl->name.len);
	const char *name = c_word_text(p, decl->name), *params, *result = "";
	uint32_t end = decl->after;

	if (strcmp(type, "void") != 0 || decl->stars)
		result = arena_printf(&p->comp->arena, " -> %s", with_stars(p, decl, type));
	params = parameters_text(p, &end);
	parse_error(p, span, "a function is declared by `%s%s%s%s`", keyword, name,
		    params ? params : "(...)", result);
	if (!params)
		return;
	span.end = end;
	diag_edit(p->comp, span, "%s%s%s%s", keyword, name, params, result);
}

bool slip_c_extern(struct parser *p, uint32_t start)
{
	struct c_declaration decl;
	const char *type;
	bool is_known;

	if (!read_declaration(p->lexer.text, start, &decl) || p->lexer.text[decl.after] != '(')
		return false;
	type = type_of_words(p, &decl, &is_known);
	if (type)
		report_function(p, &decl, start, type, "extern ");
	return type != NULL;
}

/* ---- declarations ---- */

/* Casts before a value say nothing here: `(void *)(long)ctx->data`. */
static uint32_t skip_casts(const char *text, uint32_t at)
{
	for (;;) {
		uint32_t end = at + 1;

		if (text[at] != '(')
			return at;
		while (c_is_name_char(text[end]) || text[end] == ' ' || text[end] == '*')
			end++;
		if (end == at + 1 || text[end] != ')')
			return at;
		end = c_skip_blanks(text, end + 1);
		if (!c_is_name_char(text[end]) && text[end] != '(' && text[end] != '&')
			return at;
		at = end;
	}
}

/*
 * `T *p = value`: what is converted to `*T` has that type; nothing is to be said of null. Moves the
 * span's end behind the value.
 */
static const char *pointer_value(struct parser *p, const struct c_declaration *decl,
				 struct span *span)
{
	static const char *const typed[] = {"NULL", "null", "0", "new"};
	const char *text = p->lexer.text;
	uint32_t start, end;

	if (!decl->stars || text[decl->after] != '=')
		return NULL;
	start = skip_casts(text, c_skip_blanks(text, decl->after + 1));
	for (end = start; !strchr(";\n{}", text[end]) && strncmp(text + end, "//", 2) != 0;)
		end++;
	for (unsigned i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
		if (c_word_is(text, c_read_word(text, start), typed[i]) || text[start] == '0')
			return NULL;
	while (end > start && text[end - 1] == ' ')
		end--;
	if (memchr(text + start, '?', end - start) || end == start)
		return NULL;
	span->end = end;
	return arena_strndup(&p->comp->arena, text + start, end - start);
}

/* `: 3` of a bit-field, and the `;`: a field's line is rewritten as a whole. */
static const char *field_rest(struct parser *p, const struct c_declaration *decl, struct span *span)
{
	const char *text = p->lexer.text, *bits = "";
	uint32_t at = decl->after;

	if (text[at] == ':') {
		uint32_t start = c_skip_blanks(text, at + 1);
		struct c_word width = {start, (uint32_t)strspn(text + start, "0123456789")};

		bits = arena_printf(&p->comp->arena, " : %s", c_word_text(p, width));
		at = c_skip_blanks(text, start + width.len);
		span->end = at;
	}
	if (text[at] == ';') {
		span->end = at + 1;
		layout_top(p)->slipped = true;
	}
	return bits;
}

static const struct c_place_text {
	const char *what, *keyword;
	bool has_keyword; /* it stands there already */
} c_places[] = {
	[C_VARIABLE] = {"variable", "var ", false}, [C_GLOBAL] = {"variable", "var ", false},
	[C_AFTER_VAR] = {"variable", "var ", true}, [C_CONSTANT] = {"constant", "const ", true},
	[C_FIELD] = {"field", "", false},	    [C_PARAMETER] = {"parameter", "", false},
};

static void report_declaration(struct parser *p, struct c_declaration *decl, uint32_t start,
			       const char *type, enum c_place place)
{
	const struct c_place_text *row = &c_places[place];
	bool is_variable = place == C_VARIABLE || place == C_GLOBAL || place == C_AFTER_VAR;
	const char *name = c_word_text(p, decl->name), *value = NULL, *rest = "";
	struct span span, whole;

	type = with_stars(p, decl, type);
	value = with_sizes(p, decl, type, place == C_PARAMETER);
	type = value ? arena_printf(&p->comp->arena, ": %s", value) : "";
	whole = span = parse_span(p, start, decl->name.start + decl->name.len);
	value = is_variable ? pointer_value(p, decl, &whole) : NULL;
	if (value)
		type = arena_printf(&p->comp->arena, " = %s as %s", value, type + 2);
	else if (place == C_FIELD)
		rest = field_rest(p, decl, &whole);
	parse_error(p, span, "a %s is declared by `%s%s%s%s`", row->what, row->keyword, name, type,
		    rest);
	/* `const T *p` of C is no constant. */
	if (place != C_CONSTANT || !decl->stars)
		diag_edit(p->comp, whole, "%s%s%s%s", row->has_keyword ? "" : row->keyword, name,
			  type, rest);
}

bool slip_c_declaration(struct parser *p, uint32_t start, enum c_place place)
{
	const char *text = p->lexer.text, *type;
	struct c_declaration decl;
	bool is_known;

	if (!read_declaration(text, start, &decl))
		return false;
	type = type_of_words(p, &decl, &is_known);
	if (!type)
		return false;
	if (place == C_GLOBAL && text[decl.after] == '(') {
		report_function(p, &decl, start, type, "fn ");
		return true;
	}
	if (!is_known && (place == C_VARIABLE || place == C_GLOBAL) &&
	    !strchr("=;[", text[decl.after]))
		return false;
	report_declaration(p, &decl, start, type, place);
	return true;
}

/* The start of the word that ends before an offset, if it is one that C puts before others. */
static bool find_modifier(const char *text, uint32_t *at)
{
	static const char *const modifiers[] = {"unsigned", "signed", "long", "short"};
	uint32_t end = *at, start;

	while (end && text[end - 1] == ' ')
		end--;
	for (start = end; start && c_is_name_char(text[start - 1]);)
		start--;
	for (unsigned i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++) {
		if (c_word_is(text, (struct c_word){start, end - start}, modifiers[i])) {
			*at = start;
			return true;
		}
	}
	return false;
}

bool slip_c_type(struct parser *p, uint32_t start)
{
	struct c_declaration decl = {0};
	const char *text = p->lexer.text, *type;
	uint32_t at, end;
	struct span span;
	bool is_known;

	if (!find_modifier(text, &start))
		return false;
	while (find_modifier(text, &start)) {
	}
	at = end = start;
	while (decl.count < C_WORDS_MAX) {
		struct c_word word = c_read_word(text, at);

		if (!word.len)
			break;
		decl.words[decl.count++] = word;
		end = word.start + word.len;
		at = c_skip_blanks(text, end);
	}
	type = decl.count > 1 ? type_of_words(p, &decl, &is_known) : NULL;
	if (!type || !is_known)
		return false;
	span = parse_span(p, start, end);
	parse_error(p, span, "`%.*s` is called `%s`", (int)(end - start), text + start, type);
	diag_edit(p->comp, span, "%s", type);
	return true;
}

/* ---- casts ---- */

/* The end of `name->f(x)[i]`; the start when there is none. */
static uint32_t operand_end(const char *text, uint32_t at)
{
	uint32_t depth = 0;

	for (; text[at] && text[at] != '\n'; at++) {
		bool opens = text[at] == '(' || text[at] == '[';
		bool closes = text[at] == ')' || text[at] == ']';
		bool is_arrow = text[at] == '-' && text[at + 1] == '>';

		if (closes && !depth)
			break;
		depth += opens;
		depth -= closes;
		if (!depth && !closes && !is_arrow && !c_is_name_char(text[at]) && text[at] != '.')
			break;
		at += is_arrow;
	}
	return depth ? 0 : at;
}

bool slip_c_cast(struct parser *p, uint32_t paren)
{
	const char *text = p->lexer.text, *type, *operand;
	struct c_declaration decl = {0};
	uint32_t start = skip_casts(text, paren), at, end;
	struct span span;
	bool is_known;

	for (at = paren + 1; decl.count < C_WORDS_MAX && c_is_name_char(text[at]);) {
		struct c_word word = c_read_word(text, at);

		if (!word.len)
			return false;
		decl.words[decl.count++] = word;
		at = c_skip_blanks(text, word.start + word.len);
	}
	for (; text[at] == '*'; at = c_skip_blanks(text, at + 1))
		decl.stars++;
	type = decl.count && text[at] == ')' ? type_of_words(p, &decl, &is_known) : NULL;
	if (!type || start == paren || (!is_known && !decl.stars))
		return false;
	end = c_is_name_char(text[start]) ? operand_end(text, start) : 0;
	span = parse_span(p, paren, at + 1);
	operand = end > start ? arena_strndup(&p->comp->arena, text + start, end - start) : "x";
	if (decl.stars == 1 && !strcmp(type, "void")) {
		parse_error(p, span, "a pointer needs no conversion to `void *`: write `%s`",
			    operand);
		type = "";
	} else {
		type = arena_printf(&p->comp->arena, " as %s", with_stars(p, &decl, type));
		parse_error(p, span, "a conversion stands behind: `%s%s`", operand, type);
	}
	span.end = end;
	if (end > start)
		diag_edit(p->comp, span, "%s%s", operand, type);
	return true;
}

bool slip_c_typedef(struct parser *p, uint32_t start)
{
	struct c_word word = c_read_word(p->lexer.text, start);
	struct c_declaration decl;
	const char *type, *name;
	struct span span;
	bool is_known;

	if (!c_word_is(p->lexer.text, word, "typedef") ||
	    !read_declaration(p->lexer.text, c_skip_blanks(p->lexer.text, start + word.len), &decl))
		return false;
	type = type_of_words(p, &decl, &is_known);
	if (!type)
		return false;
	name = c_word_text(p, decl.name);
	type = with_sizes(p, &decl, with_stars(p, &decl, type), true);
	span = parse_span(p, start, decl.name.start + decl.name.len);
	parse_error(p, span, "another name for a type is declared by `type %s = %s`", name, type);
	diag_edit(p->comp, span, "type %s = %s", name, type);
	return true;
}
