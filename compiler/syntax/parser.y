/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of KernelScript. It sees tokens as layout.c delivers them: newlines are there only
 * where they end something, brackets are always balanced, a struct literal's brace is a token of
 * its own. Trees are built by the functions of actions.h; this file stays a grammar.
 *
 * The grammar takes more than the language has where a slip is likely, so that the action can name
 * the slip (`slip_*`). After an error layout.c skips to the end of the innermost list; every list
 * has an `error` alternative to go on from there.
 */
%require "3.8"
%language "c"
%define api.pure full
%define api.prefix {ksc_yy}
%define api.token.prefix {TOKEN_}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%define parse.trace false
%locations
%expect 0
%param {struct parser *p}
/* An empty rule at the start of a file takes its place from this one. */
%initial-action { @$ = parse_span(p, 0, 0); }

%code requires {
#include "syntax/actions.h"
}

%code provides {
/* What is no token: it was reported, the parser recovers in silence. */
#define TOKEN_BAD TOKEN_KSC_YYerror
}

%code {
#define YYMAXDEPTH 20000
/* An empty rule is a point behind what came before. */
#define YYLLOC_DEFAULT(current, rhs, n)                                                            \
	do {                                                                                       \
		if (n) {                                                                           \
			int first = 1;                                                             \
\
			/* What is empty lies behind the token before. */                          \
			while (first < (n) &&                                                      \
			       YYRHSLOC(rhs, first).start == YYRHSLOC(rhs, first).end)             \
				first++;                                                           \
			(current) = YYRHSLOC(rhs, first);                                          \
			(current).end = YYRHSLOC(rhs, n).end;                                      \
		} else {                                                                           \
			(current) = YYRHSLOC(rhs, 0);                                              \
			(current).start = (current).end;                                           \
		}                                                                                  \
	} while (0)

/*
 * At the end of an action for `error`: the next error is reported again. The wrong token is dropped
 * when layout.c skipped to another one; else it is one that the grammar goes on with. At the limit
 * of nesting nothing more is read, bison gives up.
 */
#define RECOVERED                                                                                  \
	do {                                                                                       \
		if (p->stopped)                                                                    \
			break;                                                                     \
		yyerrok;                                                                           \
		if (p->layout.has_again)                                                           \
			yyclearin;                                                                 \
	} while (0)

static int yylex(union KSC_YYSTYPE *value, struct span *span, struct parser *p);
static void yyerror(struct span *span, struct parser *p, const char *message);
}

%union {
	union token_value token;
	enum binary_op op;
	struct type_expr *type;
	struct expr *expr;
	struct pattern *pattern;
	struct stmt *stmt;
	struct decl *decl;
	struct result *result;
	struct condition *cond;
	struct match_arm *arm;
	struct field_decl *field;
	struct extern_from *from;
	struct ast_name name;
	struct type_expr_vec types;
	struct param_vec params;
	struct expr_vec exprs;
	struct condition_vec conds;
	struct pattern_vec patterns;
	struct match_arm_vec arms;
	struct stmt_vec stmts;
	struct catch_vec catches;
	struct attribute_vec attributes;
	struct field_decl_vec fields;
	struct enum_item_vec items;
	struct impl_member_vec members;
}

/* tokens.c has one row for each of them, in any order. NAME must be the first. */
%token END 0 "end of file"
%token <name> NAME "name"
%token <token> INT "number" FLOAT "fraction" CHAR "character" STRING "string"
%token <name> TYPE_WORD "type word"
%token <token> COMPOUND_ASSIGN "compound assignment"
%token NEWLINE "newline" SAME_LINE "end of statement" LITERAL_BRACE "brace of a literal"
%token LOCK_BRACE "brace of a lock"
%token FN "fn" EXTERN "extern" INCLUDE "include" IMPORT "import" PIN "pin" TYPE "type"
%token STRUCT "struct" ENUM "enum" IMPL "impl" CONFIG "config" LOCAL "local" UNION "union"
%token VAR "var" CONST "const" IF "if" ELSE "else" FOR "for" WHILE "while" IN "in"
%token BREAK "break" CONTINUE "continue" RETURN "return" MATCH "match" DEFAULT "default"
%token TRY "try" CATCH "catch" THROW "throw" DEFER "defer" NEW "new" DELETE "delete"
%token TRUE "true" FALSE "false" NULL "null" STR "str"
%token FROM "from" LINK "link" AS "as" SIZEOF "sizeof" PUB "pub" PRIV "priv" UNDERSCORE "_"
%token LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]" LBRACE "{" RBRACE "}"
%token COMMA "," COLON ":" SEMICOLON ";" DOT "." ARROW "->" DOTDOT ".." DOTDOTEQ "..="
%token AT "@" ASSIGN "=" QUESTION "?" PLUS_PLUS "++" MINUS_MINUS "--"
%token OR_OR "||" AND_AND "&&" EQ "==" NE "!=" LT "<" GT ">" LE "<=" GE ">="
%token OR "|" XOR "^" AND "&" SHL "<<" SHR ">>" PLUS "+" MINUS "-" STAR "*" SLASH "/"
%token PERCENT "%" NOT "!" TILDE "~"

%precedence WITHOUT_ELSE
%precedence "else"
%right "?" ":"
%left "||"
%left "&&"
%left "==" "!="
%left "<" ">" "<=" ">="
%left "|"
%left "^"
%left "&"
%left "<<" ">>"
%left "+" "-"
%left "*" "/" "%"
%precedence "as"
%precedence UNARY

%type <type> type base_type word_type fn_type map_type open_map_type name_type cast_type
%type <type> sized_type
%type <types> type_list open_type_list
%type <params> fn_params fn_param_list params param_list
%type <result> result
%type <expr> expr postfix primary rvalue if_expr const_value const_name condition while_head
%type <expr> inits init_list
%type <exprs> args arg_list dims match_head
%type <conds> conds cond_list if_head
%type <cond> cond
%type <pattern> pattern alternative
%type <patterns> patterns
%type <arms> arms arm_list
%type <arm> arm
%type <stmt> stmt stmt_or_none closed_stmt block body optional_block if_stmt var_stmt for_head
%type <stmt> for_map_head for_map_names
%type <stmts> stmts
%type <catches> catches
%type <expr> catch_code
%type <name> loop_name
%type <attributes> attributes
%type <decl> decl declaration fn_declaration fn_head extern_head storage
%type <fields> fields field_list
%type <field> field
%type <items> items item_list
%type <members> members
%type <from> extern_from

%%

/* ---- declarations ---- */

file: decl_or_none
    | file separator decl_or_none
    ;

decl_or_none: %empty
	    | decl			{ parse_add_decl(p, $1); }
	    | error			{ RECOVERED; }
	    ;

separator: "newline"
	 | ";"
	 | "end of statement"
	 ;

decl: attributes visibility declaration	{ $$ = decl_finish(p, $3, $1, @$); }
    ;

/* Everything can be seen by importing files. */
visibility: %empty
	  | "pub"
	  | "priv"			{ slip_private(p, @1); }
	  ;

attributes: %empty			{ $$ = (struct attribute_vec){0}; }
	  | attributes "@" NAME
		{ $$ = attribute_add(p, $1, $3, NULL, span_join(@2, @3)); }
	  | attributes "@" NAME "(" args ")"
		{ $$ = attribute_add(p, $1, $3, &$5, span_join(@2, @6)); }
	  ;

declaration: fn_declaration
	   | "struct" NAME "{" fields "}"	{ $$ = decl_struct(p, false, $2, $4, @5); }
	   | "union" NAME "{" fields "}"	{ $$ = decl_struct(p, true, $2, $4, @5); }
	   | "enum" NAME "{" items "}"		{ $$ = decl_enum(p, $2, $4); }
	   | "type" NAME "=" type		{ $$ = decl_alias(p, $2, $4); }
	   | "const" NAME "=" rvalue		{ $$ = decl_const(p, $2, NULL, $4); }
	   | "const" NAME ":" type "=" rvalue	{ $$ = decl_const(p, $2, $4, $6); }
	   | storage
	   | "pin" storage			{ $$ = decl_storage($2, true, false); }
	   | "local" storage			{ $$ = decl_storage($2, false, true); }
	   | "pin" "local" storage		{ $$ = decl_storage($3, true, true); }
	   | "local" "pin" storage		{ $$ = decl_storage($3, true, true); }
	   | "config" NAME "{" fields "}"	{ $$ = decl_config(p, false, $2, $4); }
	   | "const" "config" NAME "{" fields "}"
		{ $$ = decl_config(p, true, $3, $5); }
	   | "impl" NAME "{" members "}"	{ $$ = decl_impl(p, $2, $4); }
	   | extern_head result extern_from	{ $$ = decl_extern(p, $1, $2, $3); }
	   | "include" STRING			{ $$ = decl_include(p, $2.string, @2); }
	   | "import" NAME "from" STRING
		{ $$ = decl_import(p, $2, $4.string, @4); }
	   ;

/* Heads are rules of their own so that an error behind them is not taken for one inside. */
fn_declaration: fn_head result optional_block	{ $$ = decl_fn(p, $1, $2, $3, @$); }
	      ;

fn_head: "fn" NAME "(" params ")"	{ $$ = decl_head(p, DECL_FN, $2, $4); }
       ;

extern_head: "extern" NAME "(" fn_params ")"	{ $$ = decl_head(p, DECL_EXTERN, $2, $4); }
	   ;

optional_block: %empty			{ $$ = NULL; }
	      | block
	      ;

params: %empty				{ $$ = (struct param_vec){0}; }
      | param_list
      | param_list ","
      | error				{ $$ = (struct param_vec){0}; RECOVERED; }
      ;

param_list: NAME ":" type
		{ $$ = param_add(p, (struct param_vec){0}, $1, $3); }
	  | param_list "," NAME ":" type	{ $$ = param_add(p, $1, $3, $5); }
	  ;

result: %empty				{ $$ = NULL; }
      | "->" type			{ $$ = result_new(p, NO_NAME, $2); }
      | "->" NAME ":" type		{ $$ = result_new(p, $2, $4); }
      ;

extern_from: %empty			{ $$ = NULL; }
	   | "from" STRING		{ $$ = extern_from_new(p, $2.string, NULL); }
	   | "from" STRING "link" STRING
		{ $$ = extern_from_new(p, $2.string, &$4.string); }
	   ;

storage: "var" NAME "=" rvalue			{ $$ = decl_global(p, $2, NULL, $4); }
       | "var" NAME ":" type			{ $$ = decl_global(p, $2, $4, NULL); }
       | "var" NAME ":" type "=" rvalue		{ $$ = decl_global(p, $2, $4, $6); }
       ;

fields: %empty				{ $$ = (struct field_decl_vec){0}; }
      | field_list
      | field_list field_separator
      ;

field_list: field			{ $$ = field_add(p, (struct field_decl_vec){0}, $1); }
	  | field_list field_separator field	{ $$ = field_add(p, $1, $3); }
	  ;

field_separator: ","
	       | "newline"
	       | ";"			{ slip_field_end(p, @1); }
	       | "end of statement"	{ slip_field_end(p, @1); }
	       ;

field: NAME ":" type			{ $$ = field_new(p, $1, $3, NULL, NULL); }
     | NAME ":" type "=" rvalue		{ $$ = field_new(p, $1, $3, NULL, $5); }
     | NAME ":" type ":" expr		{ $$ = field_new(p, $1, $3, $5, NULL); }
     | NAME ":" type ":" expr "=" rvalue	{ $$ = field_new(p, $1, $3, $5, $7); }
     | error				{ $$ = NULL; RECOVERED; }
     ;

items: %empty				{ $$ = (struct enum_item_vec){0}; }
     | item_list
     | item_list item_separator
     ;

item_list: NAME				{ $$ = item_add(p, NO_ITEMS, $1, NULL); }
	 | NAME "=" expr		{ $$ = item_add(p, NO_ITEMS, $1, $3); }
	 | error			{ $$ = NO_ITEMS; RECOVERED; }
	 | item_list item_separator NAME	{ $$ = item_add(p, $1, $3, NULL); }
	 | item_list item_separator NAME "=" expr { $$ = item_add(p, $1, $3, $5); }
	 | item_list item_separator error	{ $$ = $1; RECOVERED; }
	 ;

item_separator: ","
	      | "newline"		{ slip_item_end(p, @1); }
	      | ";"			{ slip_item_end(p, @1); }
	      | "end of statement"	{ slip_item_end(p, @1); }
	      ;

members: %empty				{ $$ = (struct impl_member_vec){0}; }
       | members ","
       | members separator
       | members attributes fn_declaration
		{ $$ = member_add_fn(p, $1, decl_finish(p, $3, $2, span_join(@2, @3))); }
       | members NAME ":" rvalue	{ $$ = member_add_value(p, $1, $2, $4); }
       | members error			{ RECOVERED; }
       ;

/* ---- types ---- */

type: base_type
    | base_type dims			{ $$ = type_expr_array(p, $1, $2, @$); }
    | "*" type				{ $$ = type_expr_pointer(p, $2, @$); }
    | fn_type
    | map_type
    ;

base_type: word_type
	 | NAME				{ $$ = type_expr_named(p, NO_NAME, $1); }
	 | NAME "." NAME		{ $$ = type_expr_named(p, $1, $3); }
	 | "[" type ";" expr "]"	{ $$ = type_expr_array_one(p, $2, $4, @$); }
	 ;

word_type: TYPE_WORD			{ $$ = type_expr_named(p, NO_NAME, $1); }
	 | "str" "(" expr ")"		{ $$ = type_expr_str(p, $3, @$); }
	 ;

name_type: TYPE_WORD			{ $$ = type_expr_named(p, NO_NAME, $1); }
	 | NAME				{ $$ = type_expr_named(p, NO_NAME, $1); }
	 | NAME "." NAME		{ $$ = type_expr_named(p, $1, $3); }
	 ;

cast_type: name_type
	 | "*" cast_type		{ $$ = type_expr_pointer(p, $2, @$); }
	 ;

/* In sizeof: types that cannot be read as an expression. */
sized_type: word_type
	  | word_type dims		{ $$ = type_expr_array(p, $1, $2, @$); }
	  | "*" sized_type		{ $$ = type_expr_pointer(p, $2, @$); }
	  | "[" sized_type ";" expr "]"	{ $$ = type_expr_array_one(p, $2, $4, @$); }
	  | fn_type
	  ;

dims: "[" expr "]"			{ $$ = exprs_add(p, NO_EXPRS, $2); }
    | dims "[" expr "]"			{ $$ = exprs_add(p, $1, $3); }
    ;

fn_type: "fn" "(" fn_params ")"			{ $$ = type_expr_fn(p, $3, NULL, @$); }
       | "fn" "(" fn_params ")" "->" type	{ $$ = type_expr_fn(p, $3, $6, @$); }
       ;

fn_params: %empty			{ $$ = (struct param_vec){0}; }
	 | fn_param_list
	 | fn_param_list ","
	 | error			{ $$ = (struct param_vec){0}; RECOVERED; }
	 ;

fn_param_list: type			{ $$ = param_add(p, (struct param_vec){0}, NO_NAME, $1); }
	     | NAME ":" type
		{ $$ = param_add(p, (struct param_vec){0}, $1, $3); }
	     | fn_param_list "," type		{ $$ = param_add(p, $1, NO_NAME, $3); }
	     | fn_param_list "," NAME ":" type	{ $$ = param_add(p, $1, $3, $5); }
	     ;

/* `hash<u32, array<u32, u64>>(8)` ends two lists with one `>>`. */
map_type: NAME "<" type_list ">"		{ $$ = type_expr_map(p, $1, $3, NULL, @$); }
	| NAME "<" type_list ">" "(" expr ")"	{ $$ = type_expr_map(p, $1, $3, $6, @$); }
	| NAME "<" open_type_list ">>"		{ $$ = type_expr_map(p, $1, $3, NULL, @$); }
	| NAME "<" open_type_list ">>" "(" expr ")"
		{ $$ = type_expr_map(p, $1, $3, $6, @$); }
	;

type_list: type				{ $$ = types_add(p, (struct type_expr_vec){0}, $1); }
	 | type_list "," type		{ $$ = types_add(p, $1, $3); }
	 ;

open_type_list: open_map_type		{ $$ = types_add(p, (struct type_expr_vec){0}, $1); }
	      | type_list "," open_map_type	{ $$ = types_add(p, $1, $3); }
	      ;

open_map_type: NAME "<" type_list	{ $$ = type_expr_map(p, $1, $3, NULL, @$); }
	     ;

/* ---- statements ---- */

block: "{" stmts "}"			{ $$ = stmt_block(p, $2, @$, @3); }
     ;

stmts: stmt_or_none			{ $$ = stmts_add(p, (struct stmt_vec){0}, $1); }
     | stmts separator stmt_or_none	{ $$ = stmts_add(p, $1, $3); }
     ;

stmt_or_none: %empty			{ $$ = NULL; }
	    | stmt
	    ;

stmt: closed_stmt
    | var_stmt "else" block		{ $$ = stmt_var_else(p, $1, $3, @$); }
    | "return" rvalue "else" rvalue	{ $$ = stmt_return(p, $2, $4, @$); }
    | fn_declaration			{ $$ = slip_nested_fn(p, $1, @$); }
    | error				{ $$ = ast_stmt(p->comp, STMT_ERROR, @$); RECOVERED; }
    ;

/* Statements that may stand alone after `if (...)`: a following `else` is not theirs. */
closed_stmt: block
	   | var_stmt
	   | "const" NAME "=" rvalue
		{ $$ = stmt_var(p, STMT_CONST, $2, NULL, $4, @$); }
	   | "const" NAME ":" type "=" rvalue
		{ $$ = stmt_var(p, STMT_CONST, $2, $4, $6, @$); }
	   | expr			{ $$ = stmt_expr(p, STMT_EXPR, $1, @$); }
	   | expr "=" rvalue		{ $$ = stmt_assign(p, BINARY_NONE, $1, $3, @$, @2); }
	   | expr COMPOUND_ASSIGN rvalue
		{ $$ = stmt_assign(p, $2.op, $1, $3, @$, @2); }
	   | expr "++"			{ $$ = stmt_assign(p, BINARY_ADD, $1, NULL, @$, @2); }
	   | expr "--"			{ $$ = stmt_assign(p, BINARY_SUB, $1, NULL, @$, @2); }
	   | "return"			{ $$ = stmt_return(p, NULL, NULL, @$); }
	   | "return" rvalue		{ $$ = stmt_return(p, $2, NULL, @$); }
	   | "break"			{ $$ = ast_stmt(p->comp, STMT_BREAK, @$); }
	   | "continue"			{ $$ = ast_stmt(p->comp, STMT_CONTINUE, @$); }
	   | "throw" expr		{ $$ = stmt_expr(p, STMT_THROW, $2, @$); }
	   | "delete" expr		{ $$ = stmt_delete(p, $2, @$); }
	   | "defer" expr		{ $$ = stmt_defer(p, $2, NULL, @$); }
	   | "defer" block		{ $$ = stmt_defer(p, NULL, $2, @$); }
	   | if_stmt
	   | while_head body		{ $$ = stmt_while(p, $1, $2, @$); }
	   | for_head body		{ $$ = stmt_for_body(p, $1, $2, @$); }
	   | for_map_head block		{ $$ = stmt_for_body(p, $1, $2, @$); }
	   | "try" block catches	{ $$ = stmt_try(p, $2, $3, @$); }
	   | expr LOCK_BRACE stmts "}"
		{ $$ = stmt_lock(p, $1, stmt_block(p, $3, span_join(@2, @4), @4), @$); }
	   ;

var_stmt: "var" loop_name "=" rvalue
		{ $$ = stmt_var(p, STMT_VAR, $2, NULL, $4, @$); }
	| "var" loop_name ":" type	{ $$ = stmt_var(p, STMT_VAR, $2, $4, NULL, @$); }
	| "var" loop_name ":" type "=" rvalue
		{ $$ = stmt_var(p, STMT_VAR, $2, $4, $6, @$); }
	;

loop_name: NAME				{ $$ = $1; }
	 | "_"				{ $$ = (struct ast_name){p->underscore, @1}; }
	 ;

body: closed_stmt			{ $$ = stmt_body(p, $1); }
    ;

if_stmt: if_head body %prec WITHOUT_ELSE	{ $$ = stmt_if(p, $1, $2, NULL, @$); }
       | if_head body "else" body	{ $$ = stmt_if(p, $1, $2, $4, @$); }
       ;

if_head: "if" "(" conds ")"		{ $$ = $3; }
       ;

while_head: "while" "(" condition ")"	{ $$ = $3; }
	  ;

for_head: "for" "(" loop_name "in" expr ".." expr ")"	{ $$ = stmt_for(p, $3, $5, $7, false, @$); }
	| "for" "(" loop_name "in" expr "..=" expr ")"	{ $$ = stmt_for(p, $3, $5, $7, true, @$); }
	| "for" "(" error ")"		{ $$ = ast_stmt(p->comp, STMT_ERROR, @$); RECOVERED; }
	;

for_map_head: for_map_names "in" postfix	{ $$ = stmt_for_map($1, $3, @$); }
	    ;

for_map_names: "for" "(" loop_name "," loop_name ")"
		{ $$ = stmt_for_map_names(p, $3, $5, @$); }
	     ;

conds: cond_list
     | cond_list ","
     | error				{ $$ = conds_error(p, @$); RECOVERED; }
     ;

cond_list: cond				{ $$ = cond_add(p, (struct condition_vec){0}, $1); }
	 | cond_list "," cond		{ $$ = cond_add(p, $1, $3); }
	 ;

cond: expr				{ $$ = cond_new(p, NO_NAME, NULL, $1); }
    | expr "=" rvalue			{ $$ = slip_cond_assign(p, $1, $3, @2); }
    | "var" NAME "=" rvalue		{ $$ = cond_new(p, $2, NULL, $4); }
    | "var" NAME ":" type "=" rvalue	{ $$ = cond_new(p, $2, $4, $6); }
    ;

condition: expr
	 | expr "=" rvalue		{ $$ = slip_cond_assign(p, $1, $3, @2)->value; }
	 | error			{ $$ = ast_expr(p->comp, EXPR_ERROR, @$); RECOVERED; }
	 ;

catches: "catch" catch_code block
		{ $$ = catch_add(p, (struct catch_vec){0}, $2, $3, @$); }
       | catches "catch" catch_code block
		{ $$ = catch_add(p, $1, $3, $4, span_join(@2, @4)); }
       ;

catch_code: const_value
	  | "_"				{ $$ = NULL; }
	  ;

/* ---- expressions ---- */

/* `if` with braces is a value where a whole value is wanted. */
rvalue: expr
      | if_expr
      ;

if_expr: if_head block "else" block	{ $$ = expr_if(p, $1, $2, $4, @$); }
       | if_head block "else" if_expr
		{ $$ = expr_if(p, $1, $2, stmt_expr(p, STMT_EXPR, $4, @4), @$); }
       ;

expr: postfix
    | expr "?" expr ":" expr		{ $$ = expr_cond(p, $1, $3, $5); }
    | expr "||" expr			{ $$ = expr_binary(p, BINARY_LOGOR, $1, $3, @2); }
    | expr "&&" expr			{ $$ = expr_binary(p, BINARY_LOGAND, $1, $3, @2); }
    | expr "==" expr			{ $$ = expr_binary(p, BINARY_EQ, $1, $3, @2); }
    | expr "!=" expr			{ $$ = expr_binary(p, BINARY_NE, $1, $3, @2); }
    | expr "<" expr			{ $$ = expr_binary(p, BINARY_LT, $1, $3, @2); }
    | expr ">" expr			{ $$ = expr_binary(p, BINARY_GT, $1, $3, @2); }
    | expr "<=" expr			{ $$ = expr_binary(p, BINARY_LE, $1, $3, @2); }
    | expr ">=" expr			{ $$ = expr_binary(p, BINARY_GE, $1, $3, @2); }
    | expr "|" expr			{ $$ = expr_binary(p, BINARY_OR, $1, $3, @2); }
    | expr "^" expr			{ $$ = expr_binary(p, BINARY_XOR, $1, $3, @2); }
    | expr "&" expr			{ $$ = expr_binary(p, BINARY_AND, $1, $3, @2); }
    | expr "<<" expr			{ $$ = expr_binary(p, BINARY_SHL, $1, $3, @2); }
    | expr ">>" expr			{ $$ = expr_binary(p, BINARY_SHR, $1, $3, @2); }
    | expr "+" expr			{ $$ = expr_binary(p, BINARY_ADD, $1, $3, @2); }
    | expr "-" expr			{ $$ = expr_binary(p, BINARY_SUB, $1, $3, @2); }
    | expr "*" expr			{ $$ = expr_binary(p, BINARY_MUL, $1, $3, @2); }
    | expr "/" expr			{ $$ = expr_binary(p, BINARY_DIV, $1, $3, @2); }
    | expr "%" expr			{ $$ = expr_binary(p, BINARY_MOD, $1, $3, @2); }
    | expr "as" cast_type		{ $$ = expr_cast(p, $1, $3, @$); }
    | "!" expr %prec UNARY		{ $$ = expr_unary(p, UNARY_NOT, $2, @$); }
    | "-" expr %prec UNARY		{ $$ = expr_unary(p, UNARY_NEG, $2, @$); }
    | "*" expr %prec UNARY		{ $$ = expr_unary(p, UNARY_DEREF, $2, @$); }
    | "&" expr %prec UNARY		{ $$ = expr_unary(p, UNARY_ADDR, $2, @$); }
    | "~" expr %prec UNARY		{ $$ = expr_unary(p, UNARY_BITNOT, $2, @$); }
    ;

postfix: primary
       | postfix "(" args ")"		{ $$ = expr_call(p, $1, $3, @$); }
       | postfix "[" expr "]"		{ $$ = expr_index(p, $1, $3, @$); }
       | postfix "[" error "]"
		{ $$ = expr_index(p, $1, ast_expr(p->comp, EXPR_ERROR, @3), @$); RECOVERED; }
       | postfix "." NAME		{ $$ = expr_field(p, $1, $3, false, @$); }
       | postfix "->" NAME		{ $$ = expr_field(p, $1, $3, true, @$); }
       | postfix LITERAL_BRACE inits "}"	{ $$ = expr_struct(p, $1, $3, @$); }
       ;

args: %empty				{ $$ = NO_EXPRS; }
    | arg_list
    | arg_list ","
    | error				{ $$ = exprs_error(p, @$); RECOVERED; }
    ;

arg_list: rvalue			{ $$ = exprs_add(p, NO_EXPRS, $1); }
	| arg_list "," rvalue		{ $$ = exprs_add(p, $1, $3); }
	;

inits: %empty				{ $$ = inits_new(p); }
     | init_list
     | init_list ","
     | ".." optional_comma		{ $$ = inits_rest(inits_new(p)); }
     | init_list "," ".." optional_comma	{ $$ = inits_rest($1); }
     | error				{ $$ = inits_new(p); RECOVERED; }
     ;

optional_comma: %empty
	      | ","
	      ;

init_list: NAME				{ $$ = init_add(p, inits_new(p), $1, NULL); }
	 | NAME ":" rvalue		{ $$ = init_add(p, inits_new(p), $1, $3); }
	 | init_list "," NAME		{ $$ = init_add(p, $1, $3, NULL); }
	 | init_list "," NAME ":" rvalue	{ $$ = init_add(p, $1, $3, $5); }
	 ;

primary: NAME				{ $$ = expr_name(p, $1); }
       | INT				{ $$ = expr_int(p, EXPR_INT, $1.integer, @1); }
       | FLOAT				{ $$ = expr_float(p, $1.number, @1); }
       | CHAR				{ $$ = expr_int(p, EXPR_CHAR, $1.integer, @1); }
       | STRING				{ $$ = expr_string(p, $1.string, @1); }
       | "true"				{ $$ = expr_int(p, EXPR_BOOL, 1, @1); }
       | "false"			{ $$ = expr_int(p, EXPR_BOOL, 0, @1); }
       | "null"				{ $$ = ast_expr(p->comp, EXPR_NULL, @1); }
       | "(" rvalue ")"			{ $$ = expr_parens($2, @$); }
       | "(" error ")"			{ $$ = ast_expr(p->comp, EXPR_ERROR, @$); RECOVERED; }
       | "[" args "]"			{ $$ = expr_array(p, $2, @$); }
       | match_head "{" arms "}"	{ $$ = expr_match(p, $1, $3, @$); }
       | "new" cast_type "(" args ")"	{ $$ = expr_new(p, $2, $4, @$); }
       | "sizeof" "(" expr ")"		{ $$ = expr_sizeof(p, NULL, $3, @$); }
       | "sizeof" "(" sized_type ")"	{ $$ = expr_sizeof(p, $3, NULL, @$); }
       ;

match_head: "match" "(" args ")"	{ $$ = match_values(p, $3, span_join(@2, @4)); }
	  ;

arms: %empty				{ $$ = (struct match_arm_vec){0}; }
    | arm_list
    | arm_list arm_separator
    ;

arm_list: arm				{ $$ = arm_add(p, (struct match_arm_vec){0}, $1); }
	| arm_list arm_separator arm	{ $$ = arm_add(p, $1, $3); }
	;

arm_separator: ","
	     | "newline"
	     | ";"			{ slip_arm_end(p, @1); }
	     | "end of statement"	{ slip_arm_end(p, @1); }
	     ;

arm: pattern ":" rvalue			{ $$ = arm_new(p, $1, $3, NULL, @$); }
   | pattern ":" block			{ $$ = arm_new(p, $1, NULL, $3, @$); }
   | pattern ":" rvalue "else" rvalue	{ $$ = arm_tail(p, $1, $3, $5, @$); }
   | error				{ $$ = NULL; RECOVERED; }
   ;

pattern: alternative
       | pattern "|" alternative	{ $$ = pattern_or(p, $1, $3); }
       ;

alternative: const_value
		{ $$ = pattern_range(p, PATTERN_VALUE, $1, NULL, false, @$); }
	   | const_value ".." const_value
		{ $$ = pattern_range(p, PATTERN_RANGE, $1, $3, false, @$); }
	   | const_value "..=" const_value
		{ $$ = pattern_range(p, PATTERN_RANGE, $1, $3, true, @$); }
	   | "_"			{ $$ = ast_pattern(p->comp, PATTERN_ANY, @1); }
	   | "default"			{ $$ = ast_pattern(p->comp, PATTERN_DEFAULT, @1); }
	   | "(" patterns ")"		{ $$ = pattern_tuple(p, $2, @$); }
	   | "(" patterns "," ")"	{ $$ = pattern_tuple(p, $2, @$); }
	   ;

patterns: pattern			{ $$ = pattern_add(p, (struct pattern_vec){0}, $1); }
	| patterns "," pattern		{ $$ = pattern_add(p, $1, $3); }
	;

/* What may stand in a pattern or after `catch`. */
const_value: const_name
	   | INT			{ $$ = expr_int(p, EXPR_INT, $1.integer, @1); }
	   | "-" INT
		{ $$ = expr_unary(p, UNARY_NEG, expr_int(p, EXPR_INT, $2.integer, @2), @$); }
	   | "-" const_name		{ $$ = expr_unary(p, UNARY_NEG, $2, @$); }
	   | CHAR			{ $$ = expr_int(p, EXPR_CHAR, $1.integer, @1); }
	   | STRING			{ $$ = expr_string(p, $1.string, @1); }
	   | "true"			{ $$ = expr_int(p, EXPR_BOOL, 1, @1); }
	   | "false"			{ $$ = expr_int(p, EXPR_BOOL, 0, @1); }
	   | "null"			{ $$ = ast_expr(p->comp, EXPR_NULL, @1); }
	   ;

const_name: NAME			{ $$ = expr_name(p, $1); }
	  | const_name "." NAME		{ $$ = expr_field(p, $1, $3, false, @$); }
	  ;

%%

static int yylex(union KSC_YYSTYPE *value, struct span *span, struct parser *p)
{
	struct token token;

	layout_next(p, &token);
	*span = parse_token_span(p, &token);
	if (token.kind == TOKEN_NAME || token.kind == TOKEN_TYPE_WORD)
		value->name = (struct ast_name){token.value.name, *span};
	else
		value->token = token.value;
	return token.kind;
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parser *p)
{
	yysymbol_kind_t expected[YYNTOKENS];
	int tokens[YYNTOKENS];
	int count = yypcontext_expected_tokens(context, expected, YYNTOKENS);

	/* Tokens and their symbols are numbered in the same order. */
	_Static_assert(TOKEN_TILDE - TOKEN_NAME == YYSYMBOL_TILDE - YYSYMBOL_NAME, "numbering");
	for (int i = 0; i < count; i++) {
		tokens[i] = expected[i] == YYSYMBOL_YYEOF
				    ? TOKEN_END
				    : TOKEN_NAME + (int)(expected[i] - YYSYMBOL_NAME);
	}
	parse_report(p, tokens, count > 0 ? (uint32_t)count : 0);
	return 0;
}

/* Bison calls it only when its stack is full. */
static void yyerror(struct span *span, struct parser *p, const char *message)
{
	(void)message;
	parse_stack_full(p, *span);
}
