/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known slips of people who come from C, Go, Rust or Python, with what to write instead. An edit
 * is given only where it is certain. Most are rows of two tables: words that begin a statement in
 * another language, and pairs of tokens.
 */
#include "syntax/actions.h"
#include "syntax/parser.h"

#include <string.h>

/* ---- words at the start ---- */

/* What must follow the word, so that it is not a name that the program uses. */
enum word_shape {
	SHAPE_WORD,  /* `let x`, `case 1` */
	SHAPE_BRACE, /* `loop {` */
	SHAPE_ANGLE, /* `map<` */
	SHAPE_CALL,  /* `switch (x) {`: the error is at the brace */
};

struct foreign_word {
	const char *word;
	enum word_shape shape;
	const char *message;
	const char *edit; /* in place of the word, or NULL */
};

static const struct foreign_word foreign_words[] = {
	{"let", SHAPE_WORD, "a variable is declared by `var`", "var"},
	{"auto", SHAPE_WORD, "a variable is declared by `var`", "var"},
	{"mut", SHAPE_WORD, "a variable is declared by `var`", "var"},
	{"func", SHAPE_WORD, "a function is declared by `fn`", "fn"},
	{"function", SHAPE_WORD, "a function is declared by `fn`", "fn"},
	{"def", SHAPE_WORD, "a function is declared by `fn`", "fn"},
	{"class", SHAPE_WORD, "a type of fields is declared by `struct`", "struct"},
	{"typedef", SHAPE_WORD, "another name for a type is declared by `type NAME = TYPE`", NULL},
	{"use", SHAPE_WORD, "another file is read by `import name from \"file.ks\"`", NULL},
	{"using", SHAPE_WORD, "another file is read by `import name from \"file.ks\"`", NULL},
	{"package", SHAPE_WORD, "a file needs no package: its name is the project's", NULL},
	{"program", SHAPE_WORD, "a program is a function with an attribute: `@xdp fn name(...)`",
	 NULL},
	{"goto", SHAPE_WORD,
	 "there is no `goto`: leave by `return` or `break`, clean up by `defer`", NULL},
	{"case", SHAPE_WORD, "an arm of a match is `VALUE: ...`", NULL},
	{"switch", SHAPE_CALL,
	 "a choice by value is `match (x) { 1: { ... }, default: { ... } }`, without `break`",
	 NULL},
	{"elif", SHAPE_CALL, "write `else if`", "else if"},
	{"elsif", SHAPE_CALL, "write `else if`", "else if"},
	{"elseif", SHAPE_CALL, "write `else if`", "else if"},
	{"foreach", SHAPE_CALL, "a loop over a map is `for (k, v) in m { }`", NULL},
	{"map", SHAPE_ANGLE, "a map is declared by `var name : hash<K, V>(n)`", NULL},
	{"loop", SHAPE_BRACE, "a loop without end is `while (true) { }`", "while (true)"},
	{"do", SHAPE_BRACE,
	 "there is no `do` loop: write `while (true) { ... if (!(c)) { break } }`", NULL},
	{"unsafe", SHAPE_BRACE, "there are no unsafe blocks: leave the word out", NULL},
};

static const struct foreign_word *find_word(const struct token *token, enum word_shape shape)
{
	if (token->kind != TOKEN_NAME)
		return NULL;
	for (unsigned i = 0; i < sizeof(foreign_words) / sizeof(foreign_words[0]); i++) {
		const struct foreign_word *row = &foreign_words[i];

		if (row->shape == shape && !strcmp(row->word, token->value.name))
			return row;
	}
	return NULL;
}

static bool report_word(struct parser *p, const struct foreign_word *row, const struct token *token)
{
	struct span span = parse_token_span(p, token);

	if (!row)
		return false;
	parse_error(p, span, "%s", row->message);
	/* What is removed takes the blank behind it along. */
	if (row->edit && !row->edit[0])
		span.end++;
	if (row->edit)
		diag_edit(p->comp, span, "%s", row->edit);
	return true;
}

/* Another word or a value: two of them in a row are no expression. */
static bool is_word(int kind)
{
	return token_has(kind, TOKEN_KEYWORD) || kind == TOKEN_NAME || kind == TOKEN_TYPE_WORD ||
	       kind == TOKEN_INT || kind == TOKEN_CHAR || kind == TOKEN_STRING;
}

static bool slip_word(struct parser *p)
{
	const struct layout *layout = &p->layout;
	const struct bracket *top = layout_top(p);
	const struct token *found = &layout->last, *first = &layout->first;
	int second = found->start == first->start ? layout_peek(p, 0)->kind : layout->second;

	if (is_word(second) && report_word(p, find_word(first, SHAPE_WORD), first))
		return true;
	if (second == TOKEN_LT && report_word(p, find_word(first, SHAPE_ANGLE), first))
		return true;
	if (second == TOKEN_LPAREN && found->kind == TOKEN_LBRACE)
		return report_word(p, find_word(first, SHAPE_CALL), first);
	/* `loop {` is read as a struct value; the error is somewhere in it. */
	return top->kind == BRACKET_LITERAL &&
	       report_word(p, find_word(&top->word, SHAPE_BRACE), &top->word);
}

/* ---- C's order ---- */

static bool begins_c_type(int kind)
{
	return kind == TOKEN_NAME || kind == TOKEN_TYPE_WORD || kind == TOKEN_STRUCT ||
	       kind == TOKEN_UNION || kind == TOKEN_ENUM || kind == TOKEN_CONST;
}

/* In parameters: `u32 x` is found at its first word, `T x` at the second. */
static bool slip_c_parameter(struct parser *p)
{
	const struct layout *layout = &p->layout;
	const struct token *found = &layout->last, *before = &layout->before;

	if (slip_c_parameters(p, layout_top(p)->offset))
		return true;
	if (begins_c_type(found->kind) &&
	    (before->kind == TOKEN_LPAREN || before->kind == TOKEN_COMMA))
		return slip_c_declaration(p, found->start, C_PARAMETER);
	if ((found->kind == TOKEN_NAME || found->kind == TOKEN_STAR) &&
	    begins_c_type(before->kind) &&
	    (layout->earlier.kind == TOKEN_LPAREN || layout->earlier.kind == TOKEN_COMMA))
		return slip_c_declaration(p, before->start, C_PARAMETER);
	return false;
}

static bool slip_c_order(struct parser *p)
{
	static const enum c_place places[] = {
		[BRACKET_FILE] = C_GLOBAL,
		[BRACKET_BLOCK] = C_VARIABLE,
		[BRACKET_FIELDS] = C_FIELD,
	};
	const struct layout *layout = &p->layout;
	const struct bracket *top = layout_top(p);
	const struct token *found = &layout->last, *first = &layout->first;
	bool at_first = found->start == first->start;

	if (top->kind == BRACKET_ROUND)
		return top->role == TOKEN_FN && slip_c_parameter(p);
	if (top->kind > BRACKET_FIELDS)
		return false;
	/* `const u32 x`, `var u32 x` */
	if ((first->kind == TOKEN_CONST || first->kind == TOKEN_VAR) &&
	    layout->before.start == first->start && begins_c_type(found->kind))
		return slip_c_declaration(p, found->start,
					  first->kind == TOKEN_VAR ? C_AFTER_VAR : C_CONSTANT);
	if (!begins_c_type(first->kind))
		return false;
	if (found->kind == TOKEN_TYPE_WORD && !at_first && first->kind == TOKEN_NAME &&
	    top->kind == BRACKET_FIELDS)
		return false;
	if (at_first || (layout->before.start == first->start &&
			 (found->kind == TOKEN_SAME_LINE || found->kind == TOKEN_STAR ||
			  begins_c_type(found->kind))))
		return slip_c_declaration(p, first->start, places[top->kind]);
	return false;
}

/* `xdp_md*` where a type ends. */
static bool slip_star_behind(struct parser *p)
{
	const struct layout *layout = &p->layout;
	const struct token *type = &layout->before;
	int before = layout->earlier.kind;
	struct span span = parse_span(p, type->start, layout->last.end);

	if (layout->last.kind != TOKEN_STAR ||
	    (type->kind != TOKEN_NAME && type->kind != TOKEN_TYPE_WORD) ||
	    (before != TOKEN_COLON && before != TOKEN_ARROW && before != TOKEN_LT &&
	     layout->first.kind != TOKEN_TYPE))
		return false;
	parse_error(p, parse_token_span(p, &layout->last), "the `*` of a pointer stands before");
	diag_edit(p->comp, span, "*%.*s", (int)(type->end - type->start),
		  p->lexer.text + type->start);
	return true;
}

/* ---- pairs of tokens ---- */

#define ANY	   (-1)
#define NAME_ALONE "a type is its name alone"
#define IN_BRACES  "a statement in an arm stands in braces"
#define AS_NAME	   "`as` takes the name of a type; `type NAME = ...` gives others one"
#define FOR_FORMS  "a loop is `for (i in a..b)` or `for (k, v) in m`"

enum pair_place {
	PLACE_ANY,
	PLACE_ARMS,
	PLACE_LITERAL,
	PLACE_BLOCK,
	PLACE_PARENS,
	PLACE_PARAMS, /* in `fn f(...)` */
	PLACE_RESULT, /* behind it */
	PLACE_TYPES,  /* at the top level, where no expression stands */
	PLACE_WHILE,  /* in `while (...)` */
	PLACE_FOR,    /* in `for (...)`, and at its end */
};

struct pair {
	int before, found, next;
	enum pair_place place;
	const char *message;
	const char *edit; /* in place of what was found, or NULL */
};

static const struct pair pairs[] = {
	{TOKEN_CATCH, TOKEN_LPAREN, ANY, PLACE_ANY, "a code after `catch` has no parentheses",
	 NULL},
	{TOKEN_CATCH, TOKEN_LBRACE, ANY, PLACE_ANY, "`catch _` catches every code", "_ {"},
	{TOKEN_INCLUDE, TOKEN_LT, ANY, PLACE_ANY, "the name of a header stands in double quotes",
	 NULL},
	{TOKEN_IMPORT, TOKEN_STRING, ANY, PLACE_ANY,
	 "an import has a name: `import name from \"file.ks\"`", NULL},
	{TOKEN_STR, TOKEN_LT, ANY, PLACE_ANY, "a string of at most N bytes is `str(N)`", NULL},
	{TOKEN_STR, TOKEN_LBRACKET, ANY, PLACE_ANY, "a string of at most N bytes is `str(N)`",
	 NULL},
	{TOKEN_COLON, TOKEN_STRUCT, TOKEN_NAME, PLACE_ANY, NAME_ALONE, ""},
	{TOKEN_ARROW, TOKEN_STRUCT, TOKEN_NAME, PLACE_ANY, NAME_ALONE, ""},
	{TOKEN_STAR, TOKEN_STRUCT, TOKEN_NAME, PLACE_ANY, NAME_ALONE, ""},
	{TOKEN_LT, TOKEN_STRUCT, TOKEN_NAME, PLACE_ANY, NAME_ALONE, ""},
	{TOKEN_COMMA, TOKEN_STRUCT, TOKEN_NAME, PLACE_ANY, NAME_ALONE, ""},
	{TOKEN_LPAREN, TOKEN_STRUCT, TOKEN_NAME, PLACE_ANY, NAME_ALONE, ""},
	{TOKEN_AS, TOKEN_STRUCT, TOKEN_NAME, PLACE_ANY, NAME_ALONE, ""},
	{TOKEN_NEW, TOKEN_STRUCT, TOKEN_NAME, PLACE_ANY, NAME_ALONE, ""},
	{TOKEN_COLON, TOKEN_ENUM, TOKEN_NAME, PLACE_ANY, NAME_ALONE, ""},
	{TOKEN_EXTERN, TOKEN_FN, ANY, PLACE_ANY, "`extern` stands for `fn`", ""},
	{TOKEN_ASSIGN, TOKEN_STRUCT, ANY, PLACE_ANY,
	 "a struct is declared by `struct NAME { ... }`", NULL},
	{TOKEN_LBRACKET, TOKEN_INT, ANY, PLACE_ANY, "an array of N elements is `T[N]`", NULL},
	{TOKEN_AS, TOKEN_STR, ANY, PLACE_ANY, AS_NAME, NULL},
	{TOKEN_AS, TOKEN_LBRACKET, ANY, PLACE_ANY, AS_NAME, NULL},
	{TOKEN_AS, TOKEN_FN, ANY, PLACE_ANY, AS_NAME, NULL},
	{TOKEN_LPAREN, TOKEN_VAR, ANY, PLACE_WHILE, "a binding stands in `if`, not in `while`",
	 NULL},
	{ANY, TOKEN_RPAREN, ANY, PLACE_FOR, FOR_FORMS, NULL},
	{ANY, TOKEN_IN, ANY, PLACE_FOR, FOR_FORMS, NULL},
	{ANY, TOKEN_UNDERSCORE, TOKEN_ASSIGN, PLACE_BLOCK, "a result is discarded by `var _ = ...`",
	 "var _"},
	{ANY, TOKEN_ASSIGN, ANY, PLACE_PARAMS, "a parameter has no default", NULL},
	{TOKEN_IF, ANY, ANY, PLACE_ANY, "a condition stands in parentheses: `if (...)`", NULL},
	{TOKEN_WHILE, ANY, ANY, PLACE_ANY, "a condition stands in parentheses: `while (...)`",
	 NULL},
	{TOKEN_FOR, ANY, ANY, PLACE_ANY, FOR_FORMS, NULL},
	{TOKEN_MATCH, ANY, ANY, PLACE_ANY, "a match is `match (x) { ... }`", NULL},
	{ANY, TOKEN_PLUS_PLUS, ANY, PLACE_ANY,
	 "`x++` is a statement of its own, not a value: write it before or behind", NULL},
	{ANY, TOKEN_MINUS_MINUS, ANY, PLACE_ANY,
	 "`x--` is a statement of its own, not a value: write it before or behind", NULL},
	{TOKEN_LT, TOKEN_INT, ANY, PLACE_TYPES,
	 "a map is declared by `var name : hash<K, V>(entries)`", NULL},
	{TOKEN_STRUCT, TOKEN_LBRACE, ANY, PLACE_ANY,
	 "a struct is declared by `struct NAME { ... }`", NULL},
	{ANY, TOKEN_ASSIGN, ANY, PLACE_LITERAL, "`:` stands between a field and its value", ":"},
	{ANY, TOKEN_DOT, ANY, PLACE_LITERAL, "a field of a value is given as `name: value`", NULL},
	{ANY, TOKEN_ASSIGN, ANY, PLACE_BLOCK, "an assignment is a statement, not a value", NULL},
	{ANY, TOKEN_ASSIGN, ANY, PLACE_PARENS, "an assignment is a statement, not a value", NULL},
	{TOKEN_COLON, TOKEN_RETURN, ANY, PLACE_ARMS, IN_BRACES, NULL},
	{TOKEN_COLON, TOKEN_BREAK, ANY, PLACE_ARMS, IN_BRACES, NULL},
	{TOKEN_COLON, TOKEN_CONTINUE, ANY, PLACE_ARMS, IN_BRACES, NULL},
	{TOKEN_COLON, TOKEN_THROW, ANY, PLACE_ARMS, IN_BRACES, NULL},
	{TOKEN_COLON, TOKEN_VAR, ANY, PLACE_ARMS, IN_BRACES, NULL},
	{TOKEN_RPAREN, TOKEN_TYPE_WORD, ANY, PLACE_RESULT, "`->` stands before a result's type",
	 "-> "},
	{TOKEN_RPAREN, TOKEN_NAME, ANY, PLACE_RESULT, "`->` stands before a result's type", "-> "},
	{TOKEN_RPAREN, TOKEN_STAR, ANY, PLACE_RESULT, "`->` stands before a result's type", "-> "},
	{TOKEN_RPAREN, TOKEN_COLON, ANY, PLACE_RESULT, "`->` stands before a result's type", " ->"},
};

static bool pair_place_fits(struct parser *p, enum pair_place place)
{
	const struct bracket *top = layout_top(p);

	switch (place) {
	case PLACE_ANY:
		return true;
	case PLACE_ARMS:
		return top->kind == BRACKET_ARMS;
	case PLACE_LITERAL:
		return top->kind == BRACKET_LITERAL;
	case PLACE_BLOCK:
		return top->kind == BRACKET_BLOCK;
	case PLACE_PARENS:
		return top->kind == BRACKET_ROUND;
	case PLACE_PARAMS:
		return top->kind == BRACKET_ROUND && top->role == TOKEN_FN;
	case PLACE_TYPES:
		return top->kind == BRACKET_FILE;
	case PLACE_WHILE:
		return top->kind == BRACKET_ROUND && top->role == TOKEN_WHILE;
	case PLACE_FOR:
		return token_has(p->layout.before.kind, TOKEN_ENDS) &&
		       ((top->kind == BRACKET_ROUND && top->role == TOKEN_FOR) ||
			(p->layout.last.kind == TOKEN_RPAREN &&
			 p->layout.closed_role == TOKEN_FOR));
	case PLACE_RESULT:
		return top->header == HEADER_OPEN && top->header_kind == TOKEN_FN;
	}
	return false;
}

static void report_pair(struct parser *p, const struct pair *row)
{
	const struct token *found = &p->layout.last;
	struct span span = parse_token_span(p, found);

	parse_error(p, span, "%s", row->message);
	if (!row->edit)
		return;
	if (!row->edit[0])
		span.end = layout_peek(p, 0)->start;
	else if (row->place == PLACE_RESULT && found->kind != TOKEN_COLON)
		span.end = span.start;
	diag_edit(p->comp, span, "%s", row->edit);
}

static bool slip_pair(struct parser *p)
{
	const struct layout *layout = &p->layout;
	int next = layout_peek(p, 0)->kind;

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct pair *row = &pairs[i];

		if ((row->before == ANY || row->before == layout->before.kind) &&
		    (row->found == ANY || row->found == layout->last.kind) &&
		    (row->next == ANY || row->next == next) && pair_place_fits(p, row->place)) {
			report_pair(p, row);
			return true;
		}
	}
	return false;
}

/* `++n`, `--n` as statements. */
static bool slip_prefix(struct parser *p)
{
	const struct token *found = &p->layout.last, *next = layout_peek(p, 0);
	const char *op = found->kind == TOKEN_PLUS_PLUS ? "++" : "--";

	if ((found->kind != TOKEN_PLUS_PLUS && found->kind != TOKEN_MINUS_MINUS) ||
	    found->start != p->layout.first.start || next->kind != TOKEN_NAME)
		return false;
	parse_error(p, parse_token_span(p, found), "`%s` stands behind: `%s%s`", op,
		    next->value.name, op);
	diag_edit(p->comp, parse_span(p, found->start, next->end), "%s%s", next->value.name, op);
	return true;
}

/*
 * `out:` of a goto, and `while (c);` of a do loop: when the other half is reported nothing is left
 * to say.
 */
static bool slip_second_half(struct parser *p)
{
	const struct layout *layout = &p->layout;
	bool is_label = layout->last.kind == TOKEN_COLON && layout->first.kind == TOKEN_NAME &&
			layout->before.start == layout->first.start &&
			layout_top(p)->kind == BRACKET_BLOCK;

	if (is_label && !p->is_broken)
		parse_error(p, parse_token_span(p, &layout->first), "there are no labels");
	return is_label || (layout->last.kind == TOKEN_SEMICOLON && p->is_broken &&
			    layout->closed_role == TOKEN_WHILE);
}

/* `(u32)x` is found behind its parenthesis or in it, `(T *)x` at its end, `(T)x` behind it. */
static bool slip_cast(struct parser *p)
{
	const struct layout *layout = &p->layout;
	const char *text = p->lexer.text;
	uint32_t at = layout->last.start;

	if (layout_top(p)->role == TOKEN_FN)
		return false;
	if (layout->before.kind != TOKEN_LPAREN && layout->before.kind != TOKEN_RPAREN &&
	    layout->last.kind != TOKEN_RPAREN)
		return false;
	while (at && text[at - 1] != '\n' && text[at - 1] != '(')
		at--;
	return at && text[at - 1] == '(' && slip_c_cast(p, at - 1);
}

/* What only C writes, found by the text. */
static bool slip_c_text(struct parser *p)
{
	const struct layout *layout = &p->layout;
	const struct token *found = &layout->last, *first = &layout->first;
	bool at_top = layout_top(p)->kind == BRACKET_FILE;

	if (found->kind == TOKEN_LBRACE && layout->before.kind == TOKEN_ASSIGN)
		return slip_c_initialiser(p, found->start);
	if (found->kind == TOKEN_LBRACE && layout->before.kind == TOKEN_STRUCT)
		return slip_c_map(p, layout->before.start);
	if ((found->kind == TOKEN_NAME || found->kind == TOKEN_TYPE_WORD ||
	     found->kind == TOKEN_SAME_LINE) &&
	    slip_c_type(p, found->start))
		return true;
	if (slip_cast(p))
		return true;
	if (!at_top)
		return false;
	if (first->kind == TOKEN_EXTERN && found->kind != TOKEN_FN)
		return slip_c_extern(p, first->start);
	return slip_c_section(p, first->start) || slip_c_license(p, first->start) ||
	       slip_c_typedef(p, first->start);
}

/* `main() {` at the top level. */
static bool slip_no_fn(struct parser *p)
{
	const struct layout *layout = &p->layout;
	struct span span = parse_token_span(p, &layout->first);

	if (layout_top(p)->kind != BRACKET_FILE || layout->last.start != layout->first.start ||
	    layout->first.kind != TOKEN_NAME || layout_peek(p, 0)->kind != TOKEN_LPAREN)
		return false;
	parse_error(p, span, "a function is declared by `fn`");
	span.end = span.start;
	diag_edit(p->comp, span, "fn ");
	return true;
}

/* `a and b` */
static bool slip_logic_word(struct parser *p)
{
	const struct token *found = &p->layout.last;
	const char *op;

	if (found->kind != TOKEN_NAME)
		return false;
	if (!strcmp(found->value.name, "and"))
		op = "&&";
	else if (!strcmp(found->value.name, "or"))
		op = "||";
	else
		return false;
	parse_error(p, parse_token_span(p, found), "write `%s`", op);
	diag_edit(p->comp, parse_token_span(p, found), "%s", op);
	return true;
}

bool slip_report(struct parser *p)
{
	const struct bracket *top = layout_top(p);

	if (top->kind == BRACKET_ROUND && top->role == TOKEN_FOR && slip_c_loop(p, top->offset))
		return true;
	return slip_c_text(p) || slip_prefix(p) || slip_second_half(p) || slip_word(p) ||
	       slip_c_order(p) || slip_no_fn(p) || slip_star_behind(p) || slip_logic_word(p) ||
	       slip_pair(p);
}

void slip_two_names(struct parser *p, const struct token *second)
{
	const struct token *first = &p->layout.last;

	if (report_word(p, find_word(first, SHAPE_WORD), first) ||
	    slip_c_declaration(p, first->start, C_VARIABLE))
		return;
	parse_error(p, parse_token_span(p, second), "expected an operator or a newline, found %s",
		    parse_describe(p, second));
}

/* ---- called by actions ---- */

/* Says once per list how its entries end; `end` is the `;`, or a point where nothing stands. */
static void slip_end(struct parser *p, struct span end, const char *message)
{
	struct bracket *top = layout_top(p);

	if (top->slipped)
		return;
	top->slipped = true;
	parse_error(p, end, "%s", message);
	diag_edit(p->comp, end, ",");
}

void slip_field_end(struct parser *p, struct span end)
{
	slip_end(p, end, "a field ends with `,` or a newline");
}

void slip_item_end(struct parser *p, struct span end)
{
	slip_end(p, end, "the items of an enum are separated by `,`");
}

void slip_arm_end(struct parser *p, struct span end)
{
	slip_end(p, end, "the arms of a match are separated by `,` or a newline");
}

struct expr *slip_null(struct parser *p, struct span span)
{
	parse_error(p, span, "the null pointer is `null`");
	diag_edit(p->comp, span, "null");
	return ast_expr(p->comp, EXPR_NULL, span);
}

struct condition *slip_cond_assign(struct parser *p, struct expr *target, struct expr *value,
				   struct span op_span)
{
	parse_error(p, op_span, "`=` assigns; a comparison is `==`");
	diag_edit(p->comp, op_span, "==");
	return cond_new(p, NO_NAME, NULL, expr_binary(p, BINARY_EQ, target, value, op_span));
}

struct stmt *slip_nested_fn(struct parser *p, struct decl *fn, struct span span)
{
	parse_error(p, fn->name.span, "a function cannot be declared inside a function");
	return ast_stmt(p->comp, STMT_ERROR, span);
}

void slip_private(struct parser *p, struct span span)
{
	diag_report(p->comp, DIAG_UNSUPPORTED, span, "`priv` is not compiled yet");
}

/* `foo *p = x` reads as an assignment to a product. */
void slip_assign_target(struct parser *p, const struct expr *target, struct span op_span)
{
	if (target->kind == EXPR_BINARY && target->binary.op == BINARY_MUL &&
	    target->binary.left->kind == EXPR_NAME && target->binary.right->kind == EXPR_NAME &&
	    slip_c_declaration(p, target->span.start, C_VARIABLE))
		return;
	parse_error(p, target->span, "nothing can be assigned to this");
	diag_help(p->comp, "a variable, a field, an element or `*p` can stand left of `=`");
}
