/* SPDX-License-Identifier: Apache-2.0 */
/* Statements as text. */
#include "syntax/ast_print.h"

#include <string.h>

/* The name that a statement begins with, or NULL. */
static const char *first_name(const struct stmt *stmt)
{
	const struct expr *expr = NULL;

	if (stmt->kind == STMT_EXPR)
		expr = stmt->expr.value;
	else if (stmt->kind == STMT_ASSIGN)
		expr = stmt->assign.target;
	while (expr && !expr->parenthesized) {
		if (expr->kind == EXPR_NAME)
			return expr->name.text;
		if (expr->kind == EXPR_BINARY)
			expr = expr->binary.left;
		else if (expr->kind == EXPR_COND)
			expr = expr->cond.cond;
		else if (expr->kind == EXPR_CAST)
			expr = expr->cast.operand;
		else if (expr->kind == EXPR_CALL)
			expr = expr->call.callee;
		else if (expr->kind == EXPR_INDEX)
			expr = expr->index.base;
		else if (expr->kind == EXPR_FIELD)
			expr = expr->field.base;
		else
			break;
	}
	return NULL;
}

/* Whether a newline alone would not part two statements: `lock(x)` and a block, `a` and `as`. */
static bool needs_semicolon(const struct stmt *next)
{
	const char *name = first_name(next);

	return next->kind == STMT_BLOCK || (name && !strcmp(name, "as"));
}

static void print_braces(struct printer *pr, const struct stmt_vec *stmts)
{
	strbuf_putc(pr->out, '{');
	pr->depth++;
	vec_foreach (stmt, stmts) {
		print_line(pr);
		print_stmt(pr, *stmt);
		if (stmt + 1 < stmts->data + stmts->len && needs_semicolon(stmt[1]))
			strbuf_putc(pr->out, ';');
	}
	pr->depth--;
	print_line(pr);
	strbuf_putc(pr->out, '}');
}

void print_block(struct printer *pr, const struct stmt *block)
{
	strbuf_putc(pr->out, ' ');
	print_braces(pr, &block->block.stmts);
}

/* What follows a header: a block, or one statement on the same line. */
static void print_body(struct printer *pr, const struct stmt *body)
{
	if (body->kind == STMT_BLOCK && body->block.braces) {
		print_block(pr, body);
		return;
	}
	strbuf_putc(pr->out, ' ');
	print_stmt(pr, body->kind == STMT_BLOCK && body->block.stmts.len == 1
			       ? body->block.stmts.data[0]
			       : body);
}

void print_conds(struct printer *pr, const struct condition_vec *conds)
{
	strbuf_puts(pr->out, "if (");
	vec_foreach (cond, conds) {
		if (cond > conds->data)
			strbuf_puts(pr->out, ", ");
		if (cond->name.text) {
			strbuf_printf(pr->out, "var %s", cond->name.text);
			if (cond->type) {
				strbuf_puts(pr->out, ": ");
				print_type(pr, cond->type);
			}
			strbuf_puts(pr->out, " = ");
		}
		print_expr(pr, cond->value);
	}
	strbuf_putc(pr->out, ')');
}

static void print_if(struct printer *pr, const struct stmt *stmt)
{
	for (;;) {
		print_conds(pr, &stmt->iff.conds);
		print_body(pr, stmt->iff.then);
		if (!stmt->iff.otherwise)
			return;
		strbuf_puts(pr->out, " else");
		if (stmt->iff.otherwise->kind != STMT_IF)
			break;
		strbuf_putc(pr->out, ' ');
		stmt = stmt->iff.otherwise;
	}
	print_body(pr, stmt->iff.otherwise);
}

static void print_for(struct printer *pr, const struct stmt *stmt)
{
	strbuf_printf(pr->out, "for (%s in ", stmt->range.name.text);
	print_expr(pr, stmt->range.from);
	strbuf_puts(pr->out, stmt->range.inclusive ? "..=" : "..");
	print_expr(pr, stmt->range.to);
	strbuf_putc(pr->out, ')');
	print_body(pr, stmt->range.body);
}

static void print_for_map(struct printer *pr, const struct stmt *stmt)
{
	strbuf_printf(pr->out, "for (%s, %s) in ", stmt->each.key.text, stmt->each.value.text);
	print_expr(pr, stmt->each.map);
	print_block(pr, stmt->each.body);
}

static void print_try(struct printer *pr, const struct stmt *stmt)
{
	strbuf_puts(pr->out, "try");
	print_block(pr, stmt->tri.body);
	vec_foreach (clause, &stmt->tri.catches) {
		strbuf_puts(pr->out, " catch ");
		if (clause->code)
			print_expr(pr, clause->code);
		else
			strbuf_putc(pr->out, '_');
		print_block(pr, clause->block);
	}
}

static void print_assign(struct printer *pr, const struct stmt *stmt)
{
	const char *op = ast_binary_text(stmt->assign.op);

	print_expr(pr, stmt->assign.target);
	if (stmt->assign.value) {
		strbuf_printf(pr->out, " %s= ", op);
		print_expr(pr, stmt->assign.value);
	} else {
		strbuf_printf(pr->out, "%s%s", op, op);
	}
}

static void print_var(struct printer *pr, const struct stmt *stmt)
{
	strbuf_printf(pr->out, "%s %s", stmt->kind == STMT_CONST ? "const" : "var",
		      stmt->var.name.text);
	if (stmt->var.type) {
		strbuf_puts(pr->out, ": ");
		print_type(pr, stmt->var.type);
	}
	if (stmt->var.value) {
		strbuf_puts(pr->out, " = ");
		print_expr(pr, stmt->var.value);
	}
	if (stmt->var.otherwise) {
		strbuf_puts(pr->out, " else");
		print_block(pr, stmt->var.otherwise);
	}
}

/* A keyword and what follows it. */
static void print_keyword(struct printer *pr, const char *keyword, const struct expr *value)
{
	strbuf_puts(pr->out, keyword);
	if (value) {
		strbuf_putc(pr->out, ' ');
		print_expr(pr, value);
	}
}

void print_stmt(struct printer *pr, const struct stmt *stmt)
{
	switch (stmt->kind) {
	case STMT_BLOCK:
		print_braces(pr, &stmt->block.stmts);
		break;
	case STMT_VAR:
	case STMT_CONST:
		print_var(pr, stmt);
		break;
	case STMT_ASSIGN:
		print_assign(pr, stmt);
		break;
	case STMT_EXPR:
		print_expr(pr, stmt->expr.value);
		break;
	case STMT_RETURN:
		print_keyword(pr, "return", stmt->ret.value);
		if (stmt->ret.otherwise)
			print_keyword(pr, " else", stmt->ret.otherwise);
		break;
	case STMT_BREAK:
		strbuf_puts(pr->out, "break");
		break;
	case STMT_CONTINUE:
		strbuf_puts(pr->out, "continue");
		break;
	case STMT_IF:
		print_if(pr, stmt);
		break;
	case STMT_WHILE:
		strbuf_puts(pr->out, "while (");
		print_expr(pr, stmt->whil.cond);
		strbuf_putc(pr->out, ')');
		print_body(pr, stmt->whil.body);
		break;
	case STMT_FOR:
		print_for(pr, stmt);
		break;
	case STMT_FOR_MAP:
		print_for_map(pr, stmt);
		break;
	case STMT_TRY:
		print_try(pr, stmt);
		break;
	case STMT_THROW:
		print_keyword(pr, "throw", stmt->expr.value);
		break;
	case STMT_DEFER:
		print_keyword(pr, "defer", stmt->defer.call);
		if (stmt->defer.block)
			print_block(pr, stmt->defer.block);
		break;
	case STMT_DELETE:
		print_keyword(pr, "delete", stmt->del.target);
		break;
	case STMT_LOCK:
		strbuf_puts(pr->out, "lock (");
		print_expr(pr, stmt->lock.target);
		strbuf_putc(pr->out, ')');
		print_block(pr, stmt->lock.body);
		break;
	case STMT_ERROR:
		strbuf_puts(pr->out, "/* error */");
		break;
	}
}
