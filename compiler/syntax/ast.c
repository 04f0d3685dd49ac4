/* SPDX-License-Identifier: Apache-2.0 */
#include "syntax/ast.h"

struct type_expr *ast_type_expr(struct compilation *comp, enum type_expr_kind kind,
				struct span span)
{
	struct type_expr *type = arena_new(&comp->arena, struct type_expr);

	type->kind = kind;
	type->span = span;
	type->depth = 1;
	return type;
}

struct expr *ast_expr(struct compilation *comp, enum expr_kind kind, struct span span)
{
	struct expr *expr = arena_new(&comp->arena, struct expr);

	expr->kind = kind;
	expr->span = span;
	expr->depth = 1;
	return expr;
}

struct pattern *ast_pattern(struct compilation *comp, enum pattern_kind kind, struct span span)
{
	struct pattern *pattern = arena_new(&comp->arena, struct pattern);

	pattern->kind = kind;
	pattern->span = span;
	return pattern;
}

struct stmt *ast_stmt(struct compilation *comp, enum stmt_kind kind, struct span span)
{
	struct stmt *stmt = arena_new(&comp->arena, struct stmt);

	stmt->kind = kind;
	stmt->span = span;
	stmt->depth = 1;
	return stmt;
}

struct decl *ast_decl(struct compilation *comp, enum decl_kind kind, struct span span)
{
	struct decl *decl = arena_new(&comp->arena, struct decl);

	decl->kind = kind;
	decl->span = span;
	return decl;
}

const char *ast_binary_text(enum binary_op op)
{
	static const char *const texts[] = {
#define X(name, text) [BINARY_##name] = text,
		BINARY_OPS(X)
#undef X
			[BINARY_NONE] = "",
	};

	return texts[op];
}

const char *ast_unary_text(enum unary_op op)
{
	static const char *const texts[] = {
		[UNARY_NOT] = "!",  [UNARY_NEG] = "-",	  [UNARY_DEREF] = "*",
		[UNARY_ADDR] = "&", [UNARY_BITNOT] = "~",
	};

	return texts[op];
}
