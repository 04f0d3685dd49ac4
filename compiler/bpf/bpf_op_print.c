/* SPDX-License-Identifier: Apache-2.0 */
/*
 * print: one line of the kernel's trace pipe, by bpf_trace_printk (up to three arguments) or
 * bpf_trace_vprintk (5.16; up to twelve). The kernel checks the format when the helper is called,
 * so only what bpf_bprintf_prepare() takes may stand in it: no precision, no %o, only ASCII.
 */
#include "bpf/bpf_gen.h"

#include <ctype.h>
#include <string.h>

#define ARGS_MAX      12 /* MAX_BPRINTF_VARARGS */
#define PRINTK_ARGS   3
#define SINCE_VPRINTK KERNEL_VERSION_OF(5, 16)
#define SINCE_CHAR    KERNEL_VERSION_OF(6, 5) /* %c */

struct line {
	struct strbuf format;
	LLVMValueRef args[ARGS_MAX];
	LLVMValueRef temps[ARGS_MAX];
	uint32_t count, temp_count;
	bool too_many;
};

static void add_arg(struct line *line, LLVMValueRef value)
{
	if (line->count == ARGS_MAX)
		line->too_many = true;
	else
		line->args[line->count++] = value;
}

static bool is_plain_text(const char *text, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c > 126 || (c < 32 && !isspace(c)))
			return false;
	}
	return true;
}

/* Text that the kernel would not take in a format goes through %s. */
static void put_text(struct bpfgen_fn *fn, struct line *line, const char *text, uint32_t len)
{
	if (!is_plain_text(text, len)) {
		const char *copy = arena_strndup(&fn->gen->comp->arena, text, len);

		strbuf_puts(&line->format, "%s");
		add_arg(line, bpfgen_text(fn->gen, copy));
		return;
	}
	for (uint32_t i = 0; i < len; i++) {
		strbuf_putc(&line->format, text[i]);
		if (text[i] == '%')
			strbuf_putc(&line->format, '%');
	}
}

static LLVMValueRef line_temp(struct bpfgen_fn *fn, struct line *line, uint64_t size)
{
	LLVMValueRef temp = bpfgen_temp(fn, size, 8);

	if (line->temp_count < ARGS_MAX)
		line->temps[line->temp_count++] = temp;
	return temp;
}

/* The address of NUL-terminated text. */
static LLVMValueRef text_arg(struct bpfgen_fn *fn, struct line *line, const struct ir_expr *expr)
{
	LLVMValueRef temp, text;
	uint32_t align;

	if (expr->type->kind == TYPE_BOOL)
		return LLVMBuildSelect(fn->builder, bpfgen_value(fn, expr),
				       bpfgen_text(fn->gen, "true"), bpfgen_text(fn->gen, "false"),
				       "");
	if (expr->kind == IR_EXPR_STRING)
		return bpfgen_text(fn->gen, arena_strndup(&fn->gen->comp->arena, expr->string.text,
							  expr->string.len));
	if (expr->type->kind == TYPE_STR) {
		text = bpfgen_value_address(fn, expr, &temp, &align);
		if (temp && line->temp_count < ARGS_MAX)
			line->temps[line->temp_count++] = temp;
		return text;
	}
	if (!bpfgen_in_memory(expr->type))
		return bpfgen_value(fn, expr);
	/* An array may be full: a copy with a NUL behind it. */
	text = line_temp(fn, line, expr->type->size + 1);
	bpfgen_value_to(fn, expr, text, 8);
	bpfgen_store_raw(fn, LLVMConstNull(fn->gen->i8), bpfgen_offset(fn, text, expr->type->size),
			 1);
	return text;
}

/* A character as a text of one, for kernels without %c. */
static LLVMValueRef char_text(struct bpfgen_fn *fn, struct line *line, const struct ir_expr *expr)
{
	LLVMValueRef text = line_temp(fn, line, 2);
	LLVMValueRef value = bpfgen_resize(fn, bpfgen_value(fn, expr), expr->type, fn->gen->i8);

	bpfgen_store_raw(fn, value, text, 1);
	bpfgen_store_raw(fn, LLVMConstNull(fn->gen->i8), bpfgen_offset(fn, text, 1), 1);
	return text;
}

static LLVMValueRef number_arg(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMValueRef value = bpfgen_value_as(
		fn, expr, bpfgen_is_packet(expr->type) ? fn->gen->comp->types->null : expr->type);

	if (LLVMTypeOf(value) == fn->gen->ptr)
		return value;
	return bpfgen_resize(fn, value, expr->type, fn->gen->i64);
}

static void put_arg(struct bpfgen_fn *fn, struct line *line, const struct ir_print_piece *piece)
{
	const struct ir_expr *expr = piece->arg;
	const char *spec = piece->spec ? piece->spec : "";
	int spec_len = (int)strcspn(spec, "."); /* the kernel refuses a precision */
	char verb = piece->verb;

	if (verb == 'o') {
		bpfgen_unsupported(fn->gen, expr->span, "octal output in bpf code");
		return;
	}
	strbuf_printf(&line->format, "%%%.*s", spec_len, spec);
	if (verb == 'c' && kernels_older_than(fn->gen->comp, SINCE_CHAR)) {
		strbuf_putc(&line->format, 's');
		add_arg(line, char_text(fn, line, expr));
		return;
	}
	if (strchr("duxX", verb) && expr->type->size == 8)
		strbuf_puts(&line->format, "ll");
	strbuf_putc(&line->format, verb);
	add_arg(line, verb == 's' ? text_arg(fn, line, expr) : number_arg(fn, expr));
}

/* Each record of the trace pipe is a line of its own; elsewhere a line needs its end. */
static void compose(struct bpfgen_fn *fn, const struct ir_print_vec *pieces, bool has_end,
		    struct line *line)
{
	bool ended = false;

	for (uint32_t i = 0; i < pieces->len; i++) {
		const struct ir_print_piece *piece = &pieces->data[i];
		uint32_t len = piece->len;

		if (piece->arg) {
			put_arg(fn, line, piece);
			continue;
		}
		ended = i + 1 == pieces->len && len && piece->text[len - 1] == '\n';
		put_text(fn, line, piece->text, ended ? len - 1 : len);
	}
	if (has_end)
		strbuf_putc(&line->format, '\n');
}

/* The arguments as an array of words on the stack. */
static LLVMValueRef arg_block(struct bpfgen_fn *fn, const struct line *line)
{
	LLVMValueRef block = bpfgen_temp(fn, line->count * 8, 8);

	for (uint32_t i = 0; i < line->count; i++)
		bpfgen_store_raw(fn, line->args[i], bpfgen_offset(fn, block, i * 8), 8);
	return block;
}

/* To the reader of an iterator: the context begins with its meta data, that with the file. */
static void print_to_reader(struct bpfgen_fn *fn, const struct line *line,
			    const struct ir_expr *context)
{
	const char *format = strbuf_text(&line->format);
	LLVMValueRef text = bpfgen_text(fn->gen, format), block = LLVMConstNull(fn->gen->ptr);
	LLVMValueRef file = bpfgen_load_raw(fn, fn->gen->ptr, bpfgen_value(fn, context), 8);

	file = bpfgen_load_raw(fn, fn->gen->ptr, file, 8);
	if (line->count)
		block = arg_block(fn, line);
	bpfgen_helper(fn, HELPER_SEQ_PRINTF, fn->gen->i64,
		      (LLVMValueRef[]){file, text, bpfgen_i64(fn, (int64_t)strlen(format) + 1),
				       block, bpfgen_i64(fn, line->count * 8)},
		      5);
	if (line->count)
		bpfgen_temp_end(fn, block);
}

static void print_line(struct bpfgen_fn *fn, struct line *line, struct span span)
{
	const char *format = strbuf_text(&line->format);
	LLVMValueRef text = bpfgen_text(fn->gen, format), block;
	LLVMValueRef size = bpfgen_i64(fn, (int64_t)strlen(format) + 1);
	LLVMValueRef args[5] = {text, size};
	const struct kernel *kernel;

	if (line->count <= PRINTK_ARGS) {
		memcpy(args + 2, line->args, line->count * sizeof(args[0]));
		bpfgen_helper(fn, HELPER_TRACE_PRINTK, fn->gen->i64, args, line->count + 2);
		return;
	}
	kernel = kernels_older_than(fn->gen->comp, SINCE_VPRINTK);
	if (kernel)
		diag_report(fn->gen->comp, DIAG_KERNEL_LACKS, span,
			    "print with more than %d arguments needs Linux %s; %s is older",
			    PRINTK_ARGS, kernel_version_text(fn->gen->comp, SINCE_VPRINTK),
			    kernel->label);
	block = arg_block(fn, line);
	args[2] = block;
	args[3] = bpfgen_i64(fn, line->count * 8);
	bpfgen_helper(fn, HELPER_TRACE_VPRINTK, fn->gen->i64, args, 4);
	bpfgen_temp_end(fn, block);
}

LLVMValueRef bpfgen_op_print(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	const struct ir_expr *reader = expr->op.args.len ? expr->op.args.data[0] : NULL;
	struct line line = {0};

	compose(fn, &expr->op.print, reader != NULL, &line);
	if (line.too_many)
		bpfgen_unsupported(fn->gen, expr->span, "a print of more than 12 arguments");
	if (reader)
		print_to_reader(fn, &line, reader);
	else
		print_line(fn, &line, expr->span);
	for (uint32_t i = 0; i < line.temp_count; i++)
		bpfgen_temp_end(fn, line.temps[i]);
	strbuf_free(&line.format);
	return NULL;
}

LLVMValueRef bpfgen_op_panic(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	struct line line = {0};

	put_text(fn, &line, expr->op.text, (uint32_t)strlen(expr->op.text));
	print_line(fn, &line, expr->span);
	strbuf_free(&line.format);
	return NULL; /* the builder says how the function ends */
}
