/* SPDX-License-Identifier: Apache-2.0 */
/* print: the language's verbs as those of C's printf, in user space and in the kernel. */
#include "cgen/cprint.h"

#include <string.h>

/* The length modifier, and a cast where printf would see more than the value. */
static const char *number_piece(struct cgen *cg, const struct ir_print_piece *piece,
				const char **format)
{
	const struct ir_expr *arg = piece->arg;
	const struct type *type = arg->type;
	bool is_unsigned_verb = piece->verb != 'd' && piece->verb != 'c';

	*format = c_format(cg, "%s%%%s%s%c", *format, piece->spec ? piece->spec : "",
			   type->size == 8 ? "ll" : "", piece->verb);
	if (type->kind == TYPE_PTR || type->kind == TYPE_FN)
		return c_format(cg, "(u64)%s", c_paren(cg, c_expr(cg, arg), PREC_UNARY));
	/* -1 of an i8 is ff in hexadecimal. */
	if (is_unsigned_verb && type->size < 4 && type_is_integral(type) && type_is_signed(type))
		return c_format(cg, "(u%u)%s", type->size * 8,
				c_paren(cg, c_expr(cg, arg), PREC_UNARY));
	return c_typed_argument(cg, arg);
}

/* Text without a NUL of its own is bounded by a precision. */
static const char *string_piece(struct cgen *cg, const struct ir_print_piece *piece,
				const char **format)
{
	const struct ir_expr *arg = piece->arg;
	const char *spec = piece->spec ? piece->spec : "";

	if (arg->type->kind == TYPE_BOOL) {
		*format = c_format(cg, "%s%%%ss", *format, spec);
		return c_format(cg, "%s ? \"true\" : \"false\"",
				c_paren(cg, c_condition(cg, arg), PREC_LOGOR));
	}
	if (arg->type->kind == TYPE_ARRAY && !strchr(spec, '.'))
		spec = c_format(cg, "%s.%u", spec, arg->type->size);
	*format = c_format(cg, "%s%%%ss", *format, spec);
	return c_text_pointer(cg, arg);
}

static const char *piece_text(struct cgen *cg, const struct ir_print_piece *piece,
			      const char **format)
{
	const char *spec = piece->spec ? piece->spec : "";

	switch (piece->verb) {
	case 's':
		return string_piece(cg, piece, format);
	case 'p':
		*format = c_format(cg, "%s%%%sp", *format, spec);
		return c_format(cg, "(void *)%s", c_paren(cg, c_expr(cg, piece->arg), PREC_UNARY));
	case 'f':
	case 'g':
		*format = c_format(cg, "%s%%%s%c", *format, spec, piece->verb);
		return c_argument(cg, piece->arg);
	}
	return number_piece(cg, piece, format);
}

/* Per cent signs of the text are doubled. */
static const char *literal_piece(struct cgen *cg, const struct ir_print_piece *piece)
{
	char *text = arena_alloc(&cg->comp->arena, (size_t)piece->len * 2 + 1), *at = text;

	for (uint32_t i = 0; i < piece->len && piece->text[i]; i++) {
		*at++ = piece->text[i];
		if (piece->text[i] == '%')
			*at++ = '%';
	}
	return text;
}

const char *c_print_arguments(struct cgen *cg, const struct ir_expr *expr, const char *end)
{
	const char *format = "", *args = "";
	size_t len;

	vec_foreach (piece, &expr->op.print) {
		if (piece->arg)
			args = c_format(cg, "%s, %s", args, piece_text(cg, piece, &format));
		else
			format = c_format(cg, "%s%s", format, literal_piece(cg, piece));
	}
	/* Compilers warn of an empty format; the newline is added anyway. */
	if (!*format)
		format = "\n";
	len = strlen(format);
	if (len < strlen(end) || strcmp(format + len - strlen(end), end) != 0)
		format = c_format(cg, "%s%s", format, end);
	return c_format(cg, "%s%s", c_quoted(cg->comp, format, strlen(format)), args);
}
