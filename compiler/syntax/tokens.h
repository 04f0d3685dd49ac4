/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens: what the lexer finds, and one table row per kind that says how it is called in messages
 * and how it takes part in the newline rule. The kinds themselves (TOKEN_*) are in the parser's
 * generated header.
 */
#ifndef KSC_SYNTAX_TOKENS_H
#define KSC_SYNTAX_TOKENS_H

#include "syntax/ast.h"

/* Text between quotes after its escapes: `len` bytes and a NUL in the arena. */
struct token_text {
	const char *text;
	uint32_t len;
};

union token_value {
	const char *name; /* NAME, TYPE_WORD: interned */
	uint64_t integer; /* INT, CHAR */
	double number;	  /* FLOAT */
	struct token_text string;
	enum binary_op op; /* COMPOUND_ASSIGN */
};

struct token {
	int kind;
	uint32_t start, end; /* byte offsets */
	uint32_t line;	     /* offset of the start of its line */
	bool line_start;     /* a newline stands between it and the token before */
	bool implied;	     /* not in the source: a closing bracket that was missing */
	union token_value value;
};

/* How a kind takes part in the grammar. */
enum token_flag {
	TOKEN_JOINS_NEXT = 1 << 0,  /* a newline after it is insignificant */
	TOKEN_JOINS_PREV = 1 << 1,  /* a newline before it is insignificant */
	TOKEN_ENDS = 1 << 2,	    /* a statement may end after it in the middle of a line, ... */
	TOKEN_STARTS = 1 << 3,	    /* ... when one of these follows */
	TOKEN_DECLARES = 1 << 4,    /* can only begin a declaration */
	TOKEN_EXECUTES = 1 << 5,    /* can only begin a statement */
	TOKEN_OPERATES = 1 << 6,    /* goes on with an expression that could end */
	TOKEN_EXPR = 1 << 7,	    /* can begin an expression */
	TOKEN_KEYWORD = 1 << 8,
	TOKEN_IS_TYPE = 1 << 9,	    /* can begin a type */
};

struct token_info {
	const char *text; /* as written, or what it is: "name" */
	unsigned flags;
};

#define TOKEN_KIND_FIRST 258 /* of TOKEN_NAME: where bison begins */

extern const struct token_info token_infos[];
extern const struct token_info token_info_end;

static inline const struct token_info *token_info(int kind)
{
	return kind >= TOKEN_KIND_FIRST ? &token_infos[kind - TOKEN_KIND_FIRST] : &token_info_end;
}

static inline bool token_has(int kind, unsigned flags)
{
	return token_info(kind)->flags & flags;
}

#endif
