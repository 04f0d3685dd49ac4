/* SPDX-License-Identifier: Apache-2.0 */
/* Types as text: the user's spelling for messages, and C declarations for the C back ends. */
#include "types/type.h"

#include <string.h>

/* ---- as the user writes it ---- */

static const char *user_name(struct compilation *comp, const struct type *type);

static const char *params_name(struct compilation *comp, const struct fn_param_vec *params)
{
	const char *text = "";

	for (uint32_t i = 0; i < params->len; i++) {
		const struct fn_param *param = &params->data[i];

		text = arena_printf(&comp->arena, "%s%s%s%s%s", text, i ? ", " : "",
				    param->name ? param->name : "", param->name ? ": " : "",
				    user_name(comp, param->type));
	}
	return text;
}

static const char *array_name(struct compilation *comp, const struct type *type)
{
	const struct type *base = type;
	const char *dims = "";

	while (base->kind == TYPE_ARRAY) {
		dims = arena_printf(&comp->arena, "%s[%u]", dims, base->array.count);
		base = base->array.elem;
	}
	/* `*T[4]` points to an array, so an array of pointers needs the other form. */
	if (base->kind == TYPE_PTR || base->kind == TYPE_FN)
		return arena_printf(&comp->arena, "[%s; %u]", user_name(comp, type->array.elem),
				    type->array.count);
	return arena_printf(&comp->arena, "%s%s", user_name(comp, base), dims);
}

static const char *struct_name(const struct type *type)
{
	const struct struct_type *strukt = type->strukt;

	if (strukt->name && *strukt->name)
		return strukt->name;
	return strukt->is_union ? "<unnamed union>" : "<unnamed struct>";
}

static const char *user_name(struct compilation *comp, const struct type *type)
{
	switch (type->kind) {
	case TYPE_ERROR:
		return "<error>";
	case TYPE_VOID:
		return "void";
	case TYPE_BOOL:
		return "bool";
	case TYPE_CHAR:
		return "char";
	case TYPE_INT:
		return arena_printf(&comp->arena, "%c%u", type->integer.is_signed ? 'i' : 'u',
				    type->integer.bits);
	case TYPE_BE:
		return arena_printf(&comp->arena, "be%u", type->integer.bits);
	case TYPE_FLOAT:
		return arena_printf(&comp->arena, "f%u", type->integer.bits);
	case TYPE_STR:
		return arena_printf(&comp->arena, "str(%u)", type->str.capacity);
	case TYPE_ARRAY:
		return array_name(comp, type);
	case TYPE_PTR:
		return arena_printf(&comp->arena, "*%s", user_name(comp, type->ptr.target));
	case TYPE_FN:
		if (type->fn.result->kind == TYPE_VOID)
			return arena_printf(&comp->arena, "fn(%s)",
					    params_name(comp, &type->fn.params));
		return arena_printf(&comp->arena, "fn(%s) -> %s",
				    params_name(comp, &type->fn.params),
				    user_name(comp, type->fn.result));
	case TYPE_STRUCT:
		return struct_name(type);
	case TYPE_ENUM:
		return type->enumeration->name && *type->enumeration->name ? type->enumeration->name
									   : "<unnamed enum>";
	case TYPE_NULL:
		return "null";
	case TYPE_MAP:
		return "<map>";
	case TYPE_HANDLE:
		return "ProgramHandle";
	case TYPE_PERF:
		return "PerfAttachment";
	case TYPE_MODULE:
		return "<module>";
	case TYPE_KIND_COUNT:
		break;
	}
	return "<invalid>";
}

const char *type_name(struct compilation *comp, const struct type *type)
{
	return user_name(comp, type);
}

/* ---- as C ---- */

const char *type_c_identifier(struct compilation *comp, const char *name)
{
	static const char *const keywords[] = {
		"alignas",   "alignof",	      "asm",
		"auto",	     "bool",	      "break",
		"case",	     "char",	      "const",
		"constexpr", "continue",      "default",
		"do",	     "double",	      "else",
		"enum",	     "extern",	      "false",
		"float",     "for",	      "goto",
		"if",	     "inline",	      "int",
		"linux",     "long",	      "nullptr",
		"register",  "restrict",      "return",
		"short",     "signed",	      "sizeof",
		"static",    "static_assert", "struct",
		"switch",    "thread_local",  "true",
		"typedef",   "typeof",	      "typeof_unqual",
		"union",     "unix",	      "unsigned",
		"void",	     "volatile",      "while",
	};

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (!strcmp(name, keywords[i]))
			return arena_printf(&comp->arena, "%s_", name);
	}
	return name;
}

/* An unnamed struct or union can only be spelled with its members. */
static const char *anonymous_body(struct compilation *comp, const struct type *type)
{
	const char *text = "";

	type_complete(comp, type);
	vec_foreach (field, &type->strukt->fields) {
		const char *name = field->name ? type_c_identifier(comp, field->name) : "";
		const char *member = type_c_declare(comp, field->type, name);

		if (field->bit_size)
			text = arena_printf(&comp->arena, "%s%s : %u; ", text, member,
					    field->bit_size);
		else
			text = arena_printf(&comp->arena, "%s%s; ", text, member);
	}
	return arena_printf(&comp->arena, "%s { %s}%s", type->strukt->is_union ? "union" : "struct",
			    text, type->strukt->is_packed ? " __attribute__((packed))" : "");
}

/* The C name of a type that needs no declarator: everything but pointers, arrays, functions. */
static const char *c_base_name(struct compilation *comp, const struct type *type)
{
	switch (type->kind) {
	case TYPE_VOID:
	case TYPE_ERROR:
	case TYPE_MAP:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		return "void";
	case TYPE_BOOL:
		return "bool";
	case TYPE_CHAR:
		return "char";
	case TYPE_INT:
	case TYPE_FLOAT:
	case TYPE_BE: /* only the language tells them from uN */
		return arena_printf(&comp->arena, "%c%u",
				    type->kind == TYPE_FLOAT  ? 'f'
				    : type->integer.is_signed ? 'i'
							      : 'u',
				    type->integer.bits);
	case TYPE_STR:
		return arena_printf(&comp->arena, "struct str_%u", type->str.capacity);
	case TYPE_STRUCT:
		if (!type->strukt->name || !*type->strukt->name)
			return anonymous_body(comp, type);
		return arena_printf(&comp->arena, "%s %s",
				    type->strukt->is_union ? "union" : "struct",
				    type_c_identifier(comp, type->strukt->name));
	case TYPE_ENUM:
		if (!type->enumeration->name || !*type->enumeration->name)
			return c_base_name(comp, type->enumeration->base);
		return arena_printf(&comp->arena, "enum %s",
				    type_c_identifier(comp, type->enumeration->name));
	case TYPE_HANDLE:
		return "struct ks_prog *";
	case TYPE_PERF:
		return "struct ks_perf *";
	case TYPE_NULL:
	case TYPE_PTR:
	case TYPE_ARRAY:
	case TYPE_FN:
		break;
	}
	return "void *";
}

static const char *c_params(struct compilation *comp, const struct fn_param_vec *params)
{
	const char *text = "";

	if (!params->len)
		return "void";
	for (uint32_t i = 0; i < params->len; i++)
		text = arena_printf(&comp->arena, "%s%s%s", text, i ? ", " : "",
				    type_c_declare(comp, params->data[i].type, ""));
	return text;
}

const char *type_c_declare(struct compilation *comp, const struct type *type, const char *name)
{
	const char *inner = name;

	/*
	 * A C declarator is read from the name outwards: arrays and parameter lists go behind it, a
	 * star before it, in parentheses when something behind would bind tighter.
	 */
	for (;;) {
		if (type->kind == TYPE_PTR) {
			const struct type *target = type->ptr.target;
			bool parens = target->kind == TYPE_ARRAY;

			inner = arena_printf(&comp->arena, parens ? "(*%s)" : "*%s", inner);
			type = target;
		} else if (type->kind == TYPE_ARRAY) {
			inner = arena_printf(&comp->arena, "%s[%u]", inner, type->array.count);
			type = type->array.elem;
		} else if (type->kind == TYPE_FN) {
			inner = arena_printf(&comp->arena, "(*%s)(%s)", inner,
					     c_params(comp, &type->fn.params));
			type = type->fn.result;
		} else {
			break;
		}
	}
	const char *base = c_base_name(comp, type);
	bool space = *inner && base[strlen(base) - 1] != '*';

	return arena_printf(&comp->arena, "%s%s%s", base, space ? " " : "", inner);
}
