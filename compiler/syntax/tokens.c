/* SPDX-License-Identifier: Apache-2.0 */
#include "syntax/parse.h"
#include "syntax/parser.h"
#include "syntax/syntax.h"

#include <string.h>

/* Shorter names for the table. */
#define NEXT   TOKEN_JOINS_NEXT
#define PREV   TOKEN_JOINS_PREV
#define ENDS   TOKEN_ENDS
#define STARTS TOKEN_STARTS
#define EXPR   TOKEN_EXPR
#define KEY    TOKEN_KEYWORD
/* Begins a declaration, a statement. */
#define DECL (TOKEN_KEYWORD | TOKEN_DECLARES | TOKEN_STARTS)
#define STMT (TOKEN_KEYWORD | TOKEN_EXECUTES | TOKEN_STARTS)
/* A binary operator; those that are also unary begin statements and do not join lines. */
#define BINARY (TOKEN_JOINS_NEXT | TOKEN_JOINS_PREV | TOKEN_OPERATES)
#define UNARY  (TOKEN_JOINS_NEXT | TOKEN_EXPR)
#define BOTH   (TOKEN_JOINS_NEXT | TOKEN_OPERATES | TOKEN_EXPR)

#define ROW(kind, text, flags) [TOKEN_##kind - TOKEN_NAME] = {text, flags}

const struct token_info token_infos[] = {
	ROW(NAME, "name", ENDS | STARTS | EXPR | TOKEN_IS_TYPE),
	ROW(INT, "number", ENDS | EXPR),
	ROW(FLOAT, "number", ENDS | EXPR),
	ROW(CHAR, "character", ENDS | EXPR),
	ROW(STRING, "string", ENDS | EXPR),
	ROW(TYPE_WORD, "type", ENDS | TOKEN_IS_TYPE),
	ROW(COMPOUND_ASSIGN, "compound assignment", NEXT | PREV | TOKEN_OPERATES),
	ROW(NEWLINE, "newline", 0),
	ROW(SAME_LINE, "end of statement", 0),
	ROW(LITERAL_BRACE, "{", NEXT | TOKEN_OPERATES),
	ROW(LOCK_BRACE, "{", NEXT | TOKEN_OPERATES),
	ROW(FN, "fn", DECL | TOKEN_IS_TYPE),
	ROW(EXTERN, "extern", DECL),
	ROW(INCLUDE, "include", DECL),
	ROW(IMPORT, "import", DECL),
	ROW(PIN, "pin", DECL),
	ROW(TYPE, "type", DECL),
	ROW(STRUCT, "struct", DECL),
	ROW(ENUM, "enum", DECL),
	ROW(IMPL, "impl", DECL),
	ROW(CONFIG, "config", DECL),
	ROW(LOCAL, "local", DECL),
	ROW(UNION, "union", DECL),
	ROW(VAR, "var", KEY | STARTS),
	ROW(CONST, "const", KEY | STARTS),
	ROW(IF, "if", KEY | STARTS),
	ROW(ELSE, "else", KEY | NEXT | PREV),
	ROW(FOR, "for", STMT),
	ROW(WHILE, "while", STMT),
	ROW(IN, "in", KEY | NEXT),
	ROW(BREAK, "break", STMT | ENDS),
	ROW(CONTINUE, "continue", STMT | ENDS),
	ROW(RETURN, "return", STMT),
	ROW(MATCH, "match", KEY | STARTS | EXPR),
	ROW(DEFAULT, "default", KEY),
	ROW(TRY, "try", STMT),
	ROW(CATCH, "catch", KEY | PREV),
	ROW(THROW, "throw", STMT),
	ROW(DEFER, "defer", STMT),
	ROW(NEW, "new", KEY | EXPR),
	ROW(DELETE, "delete", STMT),
	ROW(TRUE, "true", KEY | ENDS | EXPR),
	ROW(FALSE, "false", KEY | ENDS | EXPR),
	ROW(NULL, "null", KEY | ENDS | EXPR),
	ROW(STR, "str", KEY | TOKEN_IS_TYPE),
	ROW(FROM, "from", KEY),
	ROW(LINK, "link", KEY),
	ROW(AS, "as", KEY | BINARY),
	ROW(SIZEOF, "sizeof", KEY | EXPR),
	ROW(PUB, "pub", DECL),
	ROW(PRIV, "priv", DECL),
	ROW(UNDERSCORE, "_", 0),
	ROW(LPAREN, "(", NEXT | TOKEN_OPERATES | EXPR),
	ROW(RPAREN, ")", PREV | ENDS),
	ROW(LBRACKET, "[", NEXT | TOKEN_OPERATES | EXPR | TOKEN_IS_TYPE),
	ROW(RBRACKET, "]", PREV | ENDS),
	ROW(LBRACE, "{", NEXT),
	ROW(RBRACE, "}", PREV | ENDS),
	ROW(COMMA, ",", NEXT | PREV),
	ROW(COLON, ":", NEXT | PREV),
	ROW(SEMICOLON, ";", NEXT),
	ROW(DOT, ".", NEXT | PREV | TOKEN_OPERATES),
	ROW(ARROW, "->", NEXT | PREV | TOKEN_OPERATES),
	ROW(DOTDOT, "..", NEXT | PREV),
	ROW(DOTDOTEQ, "..=", NEXT | PREV),
	ROW(AT, "@", STARTS | TOKEN_DECLARES),
	ROW(ASSIGN, "=", NEXT | PREV | TOKEN_OPERATES),
	ROW(QUESTION, "?", BINARY),
	ROW(PLUS_PLUS, "++", TOKEN_OPERATES),
	ROW(MINUS_MINUS, "--", TOKEN_OPERATES),
	ROW(OR_OR, "||", BINARY),
	ROW(AND_AND, "&&", BINARY),
	ROW(EQ, "==", BINARY),
	ROW(NE, "!=", BINARY),
	ROW(LT, "<", BINARY),
	ROW(GT, ">", BINARY),
	ROW(LE, "<=", BINARY),
	ROW(GE, ">=", BINARY),
	ROW(OR, "|", BINARY),
	ROW(XOR, "^", BINARY),
	ROW(AND, "&", BOTH),
	ROW(SHL, "<<", BINARY),
	ROW(SHR, ">>", BINARY),
	ROW(PLUS, "+", BINARY),
	ROW(MINUS, "-", BOTH),
	ROW(STAR, "*", BOTH | TOKEN_IS_TYPE),
	ROW(SLASH, "/", BINARY),
	ROW(PERCENT, "%", BINARY),
	ROW(NOT, "!", UNARY),
	ROW(TILDE, "~", UNARY),
};

_Static_assert(sizeof(token_infos) / sizeof(token_infos[0]) == TOKEN_TILDE - TOKEN_NAME + 1,
	       "one row per token");
_Static_assert(TOKEN_NAME == TOKEN_KIND_FIRST, "numbering of bison");

const struct token_info token_info_end = {"end of file", TOKEN_JOINS_PREV};

bool syntax_is_keyword(const char *name)
{
	for (size_t i = 0; i < sizeof(token_infos) / sizeof(token_infos[0]); i++)
		if (token_infos[i].flags & TOKEN_KEYWORD && !strcmp(token_infos[i].text, name))
			return true;
	return false;
}
