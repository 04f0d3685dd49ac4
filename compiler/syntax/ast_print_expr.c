/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions and patterns as text. */
#include "syntax/ast_print.h"

#include <stdio.h>
#include <string.h>

void print_quoted(struct printer *pr, char quote, const char *text, uint32_t len)
{
	static const char escaped[] = "\n\t\r\\", names[] = "ntr\\";

	strbuf_putc(pr->out, quote);
	for (uint32_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		const char *found = c ? strchr(escaped, c) : NULL;

		if (found)
			strbuf_printf(pr->out, "\\%c", names[found - escaped]);
		else if (text[i] == quote)
			strbuf_printf(pr->out, "\\%c", quote);
		else if (c < 0x20 || c >= 0x7f)
			strbuf_printf(pr->out, "\\x%02x", c);
		else
			strbuf_putc(pr->out, (char)c);
	}
	strbuf_putc(pr->out, quote);
}

/* Enough digits to read back the same value, and digits on both sides of the point. */
static void print_float(struct printer *pr, double value)
{
	char text[64], *exponent;

	snprintf(text, sizeof(text), "%.17g", value);
	exponent = strchr(text, 'e');
	if (strchr(text, '.') || exponent)
		strbuf_puts(pr->out, text);
	else
		strbuf_printf(pr->out, "%s.0", text);
}

void print_exprs(struct printer *pr, const struct expr_vec *list)
{
	vec_foreach (expr, list) {
		if (expr > list->data)
			strbuf_puts(pr->out, ", ");
		print_expr(pr, *expr);
	}
}

static void print_pattern(struct printer *pr, const struct pattern *pattern)
{
	switch (pattern->kind) {
	case PATTERN_VALUE:
		print_expr(pr, pattern->low);
		break;
	case PATTERN_RANGE:
		print_expr(pr, pattern->low);
		strbuf_puts(pr->out, pattern->inclusive ? "..=" : "..");
		print_expr(pr, pattern->high);
		break;
	case PATTERN_ANY:
		strbuf_putc(pr->out, '_');
		break;
	case PATTERN_DEFAULT:
		strbuf_puts(pr->out, "default");
		break;
	case PATTERN_TUPLE:
		strbuf_putc(pr->out, '(');
		vec_foreach (part, &pattern->parts) {
			if (part > pattern->parts.data)
				strbuf_puts(pr->out, ", ");
			print_pattern(pr, *part);
		}
		strbuf_putc(pr->out, ')');
		break;
	case PATTERN_OR:
		vec_foreach (part, &pattern->parts) {
			if (part > pattern->parts.data)
				strbuf_puts(pr->out, " | ");
			print_pattern(pr, *part);
		}
		break;
	}
}

static void print_match(struct printer *pr, const struct expr *expr)
{
	strbuf_puts(pr->out, "match (");
	print_exprs(pr, &expr->match.values);
	strbuf_puts(pr->out, ") {");
	pr->depth++;
	vec_foreach (arm, &expr->match.arms) {
		print_line(pr);
		print_pattern(pr, arm->pattern);
		strbuf_putc(pr->out, ':');
		if (arm->block) {
			print_block(pr, arm->block);
		} else {
			strbuf_putc(pr->out, ' ');
			print_expr(pr, arm->value);
		}
		strbuf_putc(pr->out, ',');
	}
	pr->depth--;
	print_line(pr);
	strbuf_putc(pr->out, '}');
}

static void print_struct(struct printer *pr, const struct expr *expr)
{
	const struct field_init_vec *inits = &expr->strukt.inits;

	print_type(pr, expr->strukt.type);
	strbuf_puts(pr->out, " {");
	vec_foreach (init, inits) {
		strbuf_puts(pr->out, init > inits->data ? ", " : " ");
		strbuf_printf(pr->out, "%s: ", init->name.text);
		print_expr(pr, init->value);
	}
	if (expr->strukt.rest_zero)
		strbuf_puts(pr->out, inits->len ? ", .." : " ..");
	strbuf_puts(pr->out, " }");
}

static void print_if_expr(struct printer *pr, const struct expr *expr)
{
	for (;;) {
		const struct stmt *otherwise = expr->iff.otherwise;

		print_conds(pr, &expr->iff.conds);
		print_block(pr, expr->iff.then);
		strbuf_puts(pr->out, " else");
		if (otherwise->kind == STMT_BLOCK) {
			print_block(pr, otherwise);
			return;
		}
		strbuf_putc(pr->out, ' ');
		expr = otherwise->expr.value;
		if (otherwise->kind != STMT_EXPR || expr->kind != EXPR_IF)
			return;
	}
}

/* An operand of an operator that binds with `strength`; deeper ones bind tighter. */
static void print_binary(struct printer *pr, const struct expr *expr)
{
	print_expr(pr, expr->binary.left);
	strbuf_printf(pr->out, " %s ", ast_binary_text(expr->binary.op));
	print_expr(pr, expr->binary.right);
}

/* `- -x` and `& &x` would be other operators without the blank. */
static void print_unary(struct printer *pr, const struct expr *expr)
{
	const struct expr *operand = expr->unary.operand;
	bool same = operand->kind == EXPR_UNARY && !operand->parenthesized &&
		    operand->unary.op == expr->unary.op &&
		    (expr->unary.op == UNARY_NEG || expr->unary.op == UNARY_ADDR);

	strbuf_puts(pr->out, ast_unary_text(expr->unary.op));
	if (same)
		strbuf_putc(pr->out, ' ');
	print_expr(pr, operand);
}

static void print_inner(struct printer *pr, const struct expr *expr) /* tidy: dispatch */
{
	char byte;

	switch (expr->kind) {
	case EXPR_INT:
		strbuf_printf(pr->out, "%llu", (unsigned long long)expr->integer.value);
		break;
	case EXPR_FLOAT:
		print_float(pr, expr->number.value);
		break;
	case EXPR_CHAR:
		byte = (char)expr->integer.value;
		print_quoted(pr, '\'', &byte, 1);
		break;
	case EXPR_STRING:
		print_quoted(pr, '"', expr->string.text, expr->string.len);
		break;
	case EXPR_BOOL:
		strbuf_puts(pr->out, expr->integer.value ? "true" : "false");
		break;
	case EXPR_NULL:
		strbuf_puts(pr->out, "null");
		break;
	case EXPR_NAME:
		strbuf_puts(pr->out, expr->name.text);
		break;
	case EXPR_UNARY:
		print_unary(pr, expr);
		break;
	case EXPR_BINARY:
		print_binary(pr, expr);
		break;
	case EXPR_COND:
		print_expr(pr, expr->cond.cond);
		strbuf_puts(pr->out, " ? ");
		print_expr(pr, expr->cond.then);
		strbuf_puts(pr->out, " : ");
		print_expr(pr, expr->cond.otherwise);
		break;
	case EXPR_CAST:
		print_expr(pr, expr->cast.operand);
		strbuf_puts(pr->out, " as ");
		print_type(pr, expr->cast.target);
		break;
	case EXPR_CALL:
		print_expr(pr, expr->call.callee);
		strbuf_putc(pr->out, '(');
		print_exprs(pr, &expr->call.args);
		strbuf_putc(pr->out, ')');
		break;
	case EXPR_INDEX:
		print_expr(pr, expr->index.base);
		strbuf_putc(pr->out, '[');
		print_expr(pr, expr->index.index);
		strbuf_putc(pr->out, ']');
		break;
	case EXPR_FIELD:
		print_expr(pr, expr->field.base);
		strbuf_printf(pr->out, "%s%s", expr->field.arrow ? "->" : ".",
			      expr->field.name.text);
		break;
	case EXPR_ARRAY:
		strbuf_putc(pr->out, '[');
		print_exprs(pr, &expr->array.elems);
		strbuf_putc(pr->out, ']');
		break;
	case EXPR_STRUCT:
		print_struct(pr, expr);
		break;
	case EXPR_MATCH:
		print_match(pr, expr);
		break;
	case EXPR_IF:
		print_if_expr(pr, expr);
		break;
	case EXPR_NEW:
		strbuf_puts(pr->out, "new ");
		print_type(pr, expr->alloc.type);
		strbuf_putc(pr->out, '(');
		print_exprs(pr, &expr->alloc.args);
		strbuf_putc(pr->out, ')');
		break;
	case EXPR_SIZEOF:
		strbuf_puts(pr->out, "sizeof(");
		if (expr->size.type)
			print_type(pr, expr->size.type);
		else
			print_expr(pr, expr->size.value);
		strbuf_putc(pr->out, ')');
		break;
	case EXPR_ERROR:
		strbuf_puts(pr->out, "0 /* error */");
		break;
	}
}

void print_expr(struct printer *pr, const struct expr *expr)
{
	if (expr->parenthesized)
		strbuf_putc(pr->out, '(');
	print_inner(pr, expr);
	if (expr->parenthesized)
		strbuf_putc(pr->out, ')');
}
