/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of syntax/: how a source becomes a tree.
 *
 *   lexer.l       bytes to tokens; literals.c reads numbers, characters and strings
 *   layout.c      newlines, contextual keywords; brackets.c: kinds of `{`, balanced brackets
 *   parser.y      the grammar; actions*.c build the tree
 *   report.c      messages of syntax errors; slips.c those of known slips
 *   recover.c     what is skipped after an error
 *
 * Everything is linear in the length of the source; nothing recurses over it.
 */
#ifndef KSC_SYNTAX_PARSE_H
#define KSC_SYNTAX_PARSE_H

#include "syntax/syntax.h"
#include "syntax/tokens.h"

/* A file with more errors is not worth reading further. */
#define SYNTAX_ERRORS_MAX 1000

/* A `///` comment and the offset of the token that follows it. */
struct doc {
	uint32_t offset;
	const char *text;
};

VEC_TYPE(doc_vec, struct doc);

/* The lexer's own state; the scanner is flex's. */
struct lexer {
	struct compilation *comp;
	uint32_t file;
	const char *text;
	uint32_t len;
	void *scanner;
	char *copy;	    /* what flex scans */
	uint32_t offset;    /* behind the token found last */
	uint32_t line;	    /* offset of the start of the line */
	uint32_t bad_line;  /* line of the last bad byte reported, UINT32_MAX: none */
	uint32_t open_line; /* line of the last character or string without end, or UINT32_MAX */
	uint32_t open;	    /* where the comment or string begins that is being skipped */
	uint32_t error_count;
	bool line_start; /* a newline was passed since the token found last */
	bool at_end;
	bool quiet; /* literals and bad bytes are not reported: recover.c is skipping */
	bool has_doc;
	struct strbuf doc;   /* lines of the `///` comment being read */
	struct doc_vec docs; /* in order of offset */
};

/* What an open bracket holds. */
enum bracket_kind {
	BRACKET_FILE,	 /* the file itself, always the outermost */
	BRACKET_BLOCK,	 /* statements */
	BRACKET_FIELDS,	 /* of a struct, union or config */
	BRACKET_ITEMS,	 /* of an enum */
	BRACKET_MEMBERS, /* of an impl */
	BRACKET_ARMS,	 /* of a match */
	BRACKET_LITERAL, /* T { f: e } */
	BRACKET_ROUND,
	BRACKET_SQUARE,
};

#define BRACKET_REMOVED (-1) /* of bracket_missing() */

/* How far a header (`if (...)`, `fn f() -> T`) before its `{` has been read. */
enum header_state {
	HEADER_NONE,
	HEADER_WAITS, /* if while for match lock: the `(` has not come yet */
	HEADER_OPEN,  /* fn struct enum config impl catch: until the `{` or the line's end */
	HEADER_DONE,  /* behind the `)`, `else`, `try`: what follows is the body */
};

/* How far an attribute has been read; behind it no separator counts. */
enum attribute_state {
	ATTRIBUTE_NONE,
	ATTRIBUTE_AT,
	ATTRIBUTE_NAMED,
	ATTRIBUTE_ARGS
};

/* An open bracket and where the reading inside it stands. */
struct bracket {
	enum bracket_kind kind;
	enum header_state header;
	enum attribute_state attribute;
	int header_kind; /* token that began the header; TOKEN_LOCK_BRACE for `lock` */
	int role;	 /* token of the header it belongs to; ROUND: also TOKEN_AT; or 0 */
	int around;	 /* the role of the innermost `(` that has one inside the brace */
	/* Open `(` and `[` up to here inside the innermost brace. */
	uint32_t rounds, squares;
	uint32_t offset;   /* of the opener */
	uint32_t line;	   /* of the opener */
	struct token word; /* LITERAL: the name before the brace */
	bool implied;	   /* it was missing */
	bool slipped;	   /* a slip that is reported once per list was */
};

VEC_TYPE(bracket_vec, struct bracket);

#define LAYOUT_LOOKAHEAD 4

struct layout {
	struct token ahead[LAYOUT_LOOKAHEAD]; /* not delivered yet; ahead[0] is the next */
	uint32_t ahead_count;
	uint32_t count;	      /* of tokens delivered */
	uint32_t synced;      /* `count` of the token that ended a skipped part */
	uint32_t closed;      /* `}` put in before declarations: as many may come too late */
	struct token last;    /* delivered last */
	struct token before;  /* and before that */
	struct token earlier; /* and before that */
	struct token first;   /* the first of the statement or declaration being read */
	int second;	      /* kind of the second */
	struct token again;   /* to be delivered once more, if `has_again` */
	bool has_again;
	int closed_role;   /* of the bracket that `last` closed */
	bool result_arrow; /* `last` is the arrow before a function's result */
	bool separated;	   /* whether ahead[0] needs a separator before it was decided */
	bool skipping;	   /* after an error: brackets are repaired in silence */
	struct bracket_vec brackets;
	uint32_t suspect;     /* offset of a `{` that seems not to be closed, or UINT32_MAX */
	uint32_t repaired_at; /* offset of the token before which a missing bracket was reported */
	const char *lock_word;
};

struct parser {
	struct compilation *comp;
	struct ast_file *ast;
	struct lexer lexer;
	struct layout layout;
	bool stopped;	/* the limit of nesting was reached: only the end of the file follows */
	bool too_deep;	/* that limit was reported */
	uint32_t wrong; /* layout.count at the last error */
	uint32_t error_line; /* number of the line of the last error, 0: none */
	bool is_broken; /* an error was in the declaration that began last in the first column */
	const char *underscore; /* "_" interned */
	const char *null_word;	/* "NULL" */
};

static inline struct span parse_span(const struct parser *p, uint32_t start, uint32_t end)
{
	return (struct span){p->lexer.file, start, end};
}

static inline struct span parse_token_span(const struct parser *p, const struct token *token)
{
	return parse_span(p, token->start, token->end);
}

/* ---- lexer.l ---- */

void lexer_init(struct lexer *lexer, struct compilation *comp, uint32_t file);
void lexer_free(struct lexer *lexer);
/* The next token; TOKEN_END at the end, also again. Errors are reported; after a byte that is no
 * token it is TOKEN_BAD. */
void lexer_next(struct lexer *lexer, struct token *token);
/* An error in `len` bytes from `start`. */
void lexer_error(struct lexer *lexer, enum diag_slug slug, uint32_t start, uint32_t len,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Reports the first byte of a part of the source that is no text: NUL and invalid UTF-8. */
bool check_bytes(struct lexer *lexer, enum diag_slug slug, const char *text, uint32_t len);

/* ---- literals.c: report DIAG_BAD_LITERAL; the value is then what could be read ---- */

uint64_t literal_integer(struct lexer *lexer, const char *text, uint32_t len, uint32_t offset);
double literal_float(struct lexer *lexer, const char *text, uint32_t len, uint32_t offset);
/* `text` stands between the quotes. */
struct token_text literal_string(struct lexer *lexer, const char *text, uint32_t len,
				 uint32_t offset);
uint64_t literal_char(struct lexer *lexer, const char *text, uint32_t len, uint32_t offset);

/* ---- layout.c ---- */

void layout_init(struct parser *p);
/* The token that the grammar sees next. */
void layout_next(struct parser *p, struct token *token);
/* The k-th token (k < LAYOUT_LOOKAHEAD) behind the one delivered last, as the lexer found it. */
const struct token *layout_peek(struct parser *p, uint32_t k);
struct bracket *layout_top(struct parser *p);

/* ---- brackets.c: which brackets there are; missing and stray ones ---- */

/* Opens a bracket at the token; stops the parser at the limit of nesting. */
void bracket_push(struct parser *p, const struct token *opener, enum bracket_kind kind, int role);
/* Gives the `{` ahead its token kind. */
void bracket_classify(struct parser *p, struct token *brace);
/* What a brace that stands in `outer` holds. */
enum bracket_kind bracket_kind_of(const struct parser *p, const struct token *brace,
				  const struct bracket *outer);
/*
 * Before the token ahead: the bracket that is missing and must be delivered first, or 0.
 * A closing bracket that nothing opened is reported and removed; then BRACKET_REMOVED: look again.
 */
int bracket_missing(struct parser *p);
/* A closing bracket is delivered. */
void bracket_pop(struct parser *p, const struct token *closer);

/* ---- recover.c ---- */

/*
 * After an error at the token delivered last: skips to where the innermost list goes on, and
 * delivers the token that ends the skipped part next. A token that the list can go on with is
 * left to the grammar, unless `skip_always`.
 */
void layout_recover(struct parser *p, bool skip_always);
/* One token of the stream, with its effect on the brackets. */
void layout_step(struct parser *p, struct token *token);
/* Removes the token ahead. */
void layout_drop(struct parser *p);
/* Whether a token begins a declaration of the file when it is the first of its line. */
bool layout_begins_decl(struct parser *p, const struct token *token);

/* ---- report.c ---- */

/*
 * An error with DIAG_SYNTAX: the first one of its line is reported. When too many were, the rest of
 * the file is not read.
 */
void parse_error(struct parser *p, struct span span, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The number of the line of an offset. */
uint32_t parse_line(const struct parser *p, uint32_t offset);
/* The error of bison: the token delivered last is none of the expected ones. */
void parse_report(struct parser *p, const int *expected, uint32_t count);
/* "keyword `fn`", "name `foo`", "the end of the line". */
const char *parse_describe(struct parser *p, const struct token *token);
/* Says once that the nesting is too deep. */
void parse_too_deep(struct parser *p, struct span span);
/* The same where the parser's own stack is full, whatever the depth of the tree will be. */
void parse_stack_full(struct parser *p, struct span span);

/* ---- slips.c ---- */

/* Reports a known slip of people who come from other languages at the token delivered last. */
bool slip_report(struct parser *p);
/* Two names in a row begin a statement (`int x`, `let x`): reports it. */
void slip_two_names(struct parser *p, const struct token *second);

/* ---- slips_c.c ---- */

/* What a declaration in C's order is a part of here. */
enum c_place {
	C_VARIABLE,
	C_GLOBAL,
	C_AFTER_VAR,
	C_CONSTANT,
	C_FIELD,
	C_PARAMETER
};

/* Reports `int x` and the like whose first word is at an offset; false when it is none. */
bool slip_c_declaration(struct parser *p, uint32_t start, enum c_place place);
/* `extern u64 f(void)`, `typedef T x`, and the second word of `unsigned int`, likewise. */
bool slip_c_parameters(struct parser *p, uint32_t paren); /* several, all in C's order */
bool slip_c_extern(struct parser *p, uint32_t start);
bool slip_c_typedef(struct parser *p, uint32_t start);
bool slip_c_type(struct parser *p, uint32_t start);

/* `(T *)(long)x`: a cast whose parenthesis is at an offset. */
bool slip_c_cast(struct parser *p, uint32_t paren);

/* ---- slips_text.c ---- */

/* `SEC("xdp")`; a line with `SEC("license")`; `struct { __uint(type, ...` of a map. */
bool slip_c_section(struct parser *p, uint32_t start);
bool slip_c_license(struct parser *p, uint32_t start);
bool slip_c_map(struct parser *p, uint32_t start);
/* `= {` with its brace at an offset. */
bool slip_c_initialiser(struct parser *p, uint32_t brace);
/* Reports a `for (int i = 0; i < n; i++)` whose parenthesis is at an offset. */
bool slip_c_loop(struct parser *p, uint32_t paren);

#endif
