/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/format.h"

#include <string.h>

/* What a verb can print. */
enum format_class {
	FORMAT_NONE,
	FORMAT_INTEGER, /* int, be, enum */
	FORMAT_CHAR,
	FORMAT_BOOL,
	FORMAT_FLOAT,
	FORMAT_TEXT,  /* str and arrays of char */
	FORMAT_BYTES, /* arrays of u8: text only when a verb says so */
	FORMAT_POINTER,
	FORMAT_CLASS_COUNT
};

#define TAKES(class) (1u << FORMAT_##class)

static const struct format_verb {
	char name;
	char verb; /* what the piece gets; d and u are chosen by the argument's sign */
	unsigned takes;
	const char *wants; /* for messages */
	bool in_bpf;
} verbs[] = {
	{'d', 'd', TAKES(INTEGER) | TAKES(CHAR) | TAKES(BOOL), "an integer", true},
	{'i', 'd', TAKES(INTEGER) | TAKES(CHAR) | TAKES(BOOL), "an integer", true},
	{'u', 'd', TAKES(INTEGER) | TAKES(CHAR) | TAKES(BOOL), "an integer", true},
	{'x', 'x', TAKES(INTEGER) | TAKES(CHAR) | TAKES(BOOL), "an integer", true},
	{'X', 'X', TAKES(INTEGER) | TAKES(CHAR) | TAKES(BOOL), "an integer", true},
	{'o', 'o', TAKES(INTEGER) | TAKES(CHAR) | TAKES(BOOL), "an integer", false},
	{'c', 'c', TAKES(INTEGER) | TAKES(CHAR), "a character", true},
	{'s', 's', TAKES(TEXT) | TAKES(BYTES) | TAKES(BOOL) | TAKES(POINTER), "text", true},
	{'p', 'p', TAKES(POINTER) | TAKES(INTEGER), "a pointer", true},
	{'f', 'f', TAKES(FLOAT), "a float", false},
	{'F', 'f', TAKES(FLOAT), "a float", false},
	{'e', 'e', TAKES(FLOAT), "a float", false},
	{'E', 'e', TAKES(FLOAT), "a float", false},
	{'g', 'g', TAKES(FLOAT), "a float", false},
	{'G', 'g', TAKES(FLOAT), "a float", false},
};

/* The verb of an argument that has none in the format. */
static const char class_verbs[FORMAT_CLASS_COUNT] = {
	[FORMAT_INTEGER] = 'd', [FORMAT_CHAR] = 'c', [FORMAT_BOOL] = 's',
	[FORMAT_FLOAT] = 'g',	[FORMAT_TEXT] = 's', [FORMAT_POINTER] = 'p',
};

struct format {
	struct compilation *comp;
	struct expr *const *args;
	uint32_t count;
	uint32_t next; /* the next argument to be printed */
	bool for_bpf;
	struct format_vec *pieces;
	struct strbuf literal; /* text not yet made a piece */
	bool ok;
};

static enum format_class classify(const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_ENUM:
		return FORMAT_INTEGER;
	case TYPE_CHAR:
		return FORMAT_CHAR;
	case TYPE_BOOL:
		return FORMAT_BOOL;
	case TYPE_FLOAT:
		return FORMAT_FLOAT;
	case TYPE_STR:
		return FORMAT_TEXT;
	case TYPE_ARRAY:
		if (type->array.elem->kind == TYPE_CHAR)
			return FORMAT_TEXT;
		return type_is_integer(type->array.elem) && type->array.elem->size == 1
			       ? FORMAT_BYTES
			       : FORMAT_NONE;
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_NULL:
		return FORMAT_POINTER;
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_STRUCT:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return FORMAT_NONE;
}

/* *char, *u8 and *i8: what C calls a string. */
static bool is_text_pointer(const struct type *type)
{
	return type->kind == TYPE_PTR &&
	       (type->ptr.target->kind == TYPE_CHAR ||
		(type_is_integer(type->ptr.target) && type->ptr.target->size == 1));
}

/* The type in which the value of `type` is handed to `verb`. */
static const struct type *printed_type(struct compilation *comp, const struct type *type, char verb)
{
	bool is_signed;

	switch (verb) {
	case 'd':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		if (!type_bits(type))
			return type;
		is_signed = type_is_integral(type) && type_is_signed(type) && verb == 'd';
		return type_int(comp, type_bits(type), is_signed);
	case 'c':
		return comp->types->char_;
	case 'e':
	case 'f':
	case 'g':
		return comp->types->f64;
	case 'p':
		return type->kind == TYPE_NULL ? type_ptr(comp, comp->types->void_, REGION_ANY)
					       : type;
	}
	return type;
}

/* ---- pieces ---- */

static void flush_literal(struct format *format)
{
	struct format_piece piece = {.spec = ""};

	if (!format->literal.len)
		return;
	piece.len = (uint32_t)format->literal.len;
	piece.text = arena_strndup(&format->comp->arena, format->literal.data, piece.len);
	vec_push(&format->comp->arena, format->pieces, piece);
	strbuf_clear(&format->literal);
}

static void add_argument(struct format *format, char verb, const char *spec)
{
	const struct type *type = format->args[format->next]->type;
	struct format_piece piece = {.arg = format->next++, .spec = spec};

	if (verb == 'd' && !(type_is_integral(type) && type_is_signed(type)))
		verb = 'u';
	piece.verb = verb;
	piece.type = printed_type(format->comp, type, verb);
	flush_literal(format);
	vec_push(&format->comp->arena, format->pieces, piece);
}

__attribute__((format(printf, 3, 4))) static void complain(struct format *format, struct span span,
							   const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	diag_report(format->comp, DIAG_FORMAT, span, "%s",
		    arena_vprintf(&format->comp->arena, fmt, args));
	va_end(args);
	format->ok = false;
}

/* The names of a type in messages: "`x` is u32". */
static const char *found(struct format *format, const struct expr *arg)
{
	return type_name(format->comp, arg->type);
}

static const struct format_verb *find_verb(char name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (verbs[i].name == name)
			return &verbs[i];
	}
	return NULL;
}

/* The verb that the argument's type asks for, for the help line; 0 when there is none. */
static char fitting_verb(const struct type *type)
{
	enum format_class class = classify(type);

	return class == FORMAT_BYTES ? 's' : class_verbs[class];
}

static void apply_verb(struct format *format, const struct format_verb *verb, const char *spec)
{
	const struct expr *arg;
	char fitting;

	if (format->next == format->count) {
		complain(format, format->args[0]->span, "`%%%s%c` has no argument", spec,
			 verb->name);
		return;
	}
	arg = format->args[format->next];
	if (!(verb->takes & 1u << classify(arg->type)) ||
	    (verb->verb == 's' && arg->type->kind == TYPE_PTR && !is_text_pointer(arg->type)) ||
	    (verb->verb == 's' && (arg->type->kind == TYPE_FN || arg->type->kind == TYPE_NULL))) {
		complain(format, arg->span, "`%%%c` prints %s, found `%s`", verb->name, verb->wants,
			 found(format, arg));
		fitting = fitting_verb(arg->type);
		if (fitting)
			diag_help(format->comp, "`%%%c` prints it", fitting);
		format->next++;
		return;
	}
	if (format->for_bpf && !verb->in_bpf)
		complain(format, format->args[0]->span, "the kernel's trace pipe has no `%%%c`",
			 verb->name);
	add_argument(format, verb->verb, spec);
}

/*
 * One `%...` at `text`, which ends at `end`. Returns what follows it. The flags, the width and
 * the precision are kept as they are written, in C's order.
 */
static const char *parse_verb(struct format *format, const char *text, const char *end)
{
	const char *start = text + 1, *at = start;
	const struct format_verb *verb;
	const char *spec;

	while (at < end && *at && strchr("-+ #0", *at))
		at++;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	if (at < end && *at == '.') {
		at++;
		while (at < end && *at >= '0' && *at <= '9')
			at++;
	}
	spec = arena_strndup(&format->comp->arena, start, (size_t)(at - start));
	while (at < end && *at && strchr("hlLjzt", *at))
		at++;
	if (at == end) {
		complain(format, format->args[0]->span,
			 "`%%` stands alone at the end; `%%%%` "
			 "prints one");
		return end;
	}
	verb = find_verb(*at);
	if (!verb) {
		if ((unsigned char)*at < 0x80 && *at > ' ')
			complain(format, format->args[0]->span, "`%%%c` is no verb of print", *at);
		else
			complain(format, format->args[0]->span, "`%%` without a verb");
		diag_help(format->comp, "`%%%%` prints a percent sign");
		return at + 1;
	}
	if (at - start > 20)
		complain(format, format->args[0]->span, "a width or precision that large");
	else if (format->for_bpf && strpbrk(spec, ".#"))
		complain(format, format->args[0]->span,
			 "the kernel's trace pipe knows widths only, no `%%%s%c`", spec,
			 verb->name);
	apply_verb(format, verb, spec);
	return at + 1;
}

static void parse_text(struct format *format, const char *text, uint32_t len)
{
	const char *end = text + len;

	while (text < end && format->ok) {
		if (*text != '%') {
			strbuf_putc(&format->literal, *text++);
		} else if (text + 1 < end && text[1] == '%') {
			strbuf_putc(&format->literal, '%');
			text += 2;
		} else {
			text = parse_verb(format, text, end);
		}
	}
}

/* An argument without a verb: a space before it unless white space or nothing stands there. */
static void add_rest(struct format *format)
{
	const struct expr *arg = format->args[format->next];
	enum format_class class = classify(arg->type);
	bool is_first = !format->literal.len && !format->pieces->len;
	char last = format->literal.len ? format->literal.data[format->literal.len - 1] : 0;

	if (!class_verbs[class]) {
		complain(format, arg->span, "`%s` cannot be printed", found(format, arg));
		if (arg->type->kind == TYPE_STRUCT)
			diag_help(format->comp, "print its fields");
		else if (class == FORMAT_BYTES)
			diag_help(format->comp, "`%%s` in a format prints it as text");
		format->next++;
		return;
	}
	if (!is_first && last != ' ' && last != '\t' && last != '\n')
		strbuf_putc(&format->literal, ' ');
	if (format->for_bpf && class == FORMAT_FLOAT)
		complain(format, arg->span, "the kernel's trace pipe prints no floats");
	add_argument(format, class_verbs[class], "");
}

bool format_pieces(struct compilation *comp, struct expr *const *args, uint32_t count, bool for_bpf,
		   struct span span, struct format_vec *pieces)
{
	struct format format = {.comp = comp,
				.args = args,
				.count = count,
				.for_bpf = for_bpf,
				.pieces = pieces,
				.ok = true};

	for (uint32_t i = 0; i < count; i++) {
		if (args[i]->type->kind == TYPE_ERROR)
			return false;
	}
	if (count && args[0]->constant.kind == CONSTANT_STRING) {
		format.next = 1;
		parse_text(&format, args[0]->constant.text, args[0]->constant.len);
	}
	while (format.ok && format.next < count)
		add_rest(&format);
	flush_literal(&format);
	strbuf_free(&format.literal);
	if (format.ok && for_bpf) {
		uint32_t printed = 0;

		vec_foreach (piece, pieces)
			printed += !piece->text;
		if (printed > FORMAT_BPF_ARGS_MAX)
			complain(&format, span, "bpf code prints at most %d arguments, here are %u",
				 FORMAT_BPF_ARGS_MAX, printed);
	}
	return format.ok;
}
