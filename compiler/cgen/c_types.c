/* SPDX-License-Identifier: Apache-2.0 */
/* Types in C: declarators, and the definitions that a file needs. */
#include "cgen/cprint.h"

#include <string.h>

enum {
	LINE_MAX_JOINED = 80
};

static bool is_anonymous(const struct type *type)
{
	return type->kind == TYPE_STRUCT && (!type->strukt->name || !*type->strukt->name);
}

/* Enums of the kernel are used for their constants alone; variables are plain integers. */
bool c_enum_is_own(const struct cgen *cg, const struct type *type)
{
	const struct enum_type *enumeration = type->enumeration;

	/* In the kernel its headers may define the constants of ours. */
	if (cg->backend->is_kernel && enumeration->origin != ORIGIN_SOURCE)
		return false;
	return (enumeration->origin == ORIGIN_SOURCE || enumeration->origin == ORIGIN_HEADER) &&
	       enumeration->name && *enumeration->name;
}

/* ---- declarators ---- */

static const char *number_name(struct cgen *cg, const struct type *type)
{
	char letter = type->kind == TYPE_FLOAT ? 'f' : 'u';

	if (type->kind == TYPE_INT && type->integer.is_signed)
		letter = cg->backend->is_kernel ? 's' : 'i';
	return c_format(cg, "%c%u", letter, type->integer.bits);
}

/* The C name of a type that needs no declarator. */
static const char *base_name(struct cgen *cg, const struct type *type)
{
	switch (type->kind) {
	case TYPE_BOOL:
		return "bool";
	case TYPE_CHAR:
		return "char";
	case TYPE_INT:
	case TYPE_FLOAT:
	case TYPE_BE: /* only the language tells them from uN */
		return number_name(cg, type);
	case TYPE_STR:
		return c_format(cg, "struct str_%u", type->str.capacity);
	case TYPE_STRUCT:
		if (type == cg->comp->types->perf_options)
			return "struct ks_perf_options";
		if (is_anonymous(type))
			return cg->backend->is_kernel && type->strukt->typedef_name
				       ? type->strukt->typedef_name
				       : "void";
		return c_format(cg, "%s %s", type->strukt->is_union ? "union" : "struct",
				c_tag(cg, type, type->strukt->name));
	case TYPE_ENUM:
		if (c_enum_is_own(cg, type))
			return c_format(cg, "enum %s", c_tag(cg, type, type->enumeration->name));
		return base_name(cg, type->enumeration->base);
	case TYPE_HANDLE:
		return "struct ks_prog *";
	case TYPE_PERF:
		return "struct ks_perf *";
	case TYPE_NULL:
		return "void *";
	case TYPE_VOID:
	case TYPE_ERROR:
	case TYPE_MAP:
	case TYPE_MODULE:
	case TYPE_PTR:
	case TYPE_ARRAY:
	case TYPE_FN:
	case TYPE_KIND_COUNT:
		break;
	}
	return "void";
}

static const char *params_text(struct cgen *cg, const struct fn_param_vec *params)
{
	const char *text = "";

	if (!params->len)
		return "void";
	vec_foreach (param, params)
		text = c_format(cg, "%s%s%s", text, *text ? ", " : "",
				c_declare_param(cg, param->type, ""));
	return text;
}

/*
 * A declarator is read from the name outwards: arrays and parameter lists go behind it, a star
 * before it, in parentheses when something behind would bind tighter.
 */
const char *c_declare(struct cgen *cg, const struct type *type, const char *name)
{
	const char *inner = name, *base;
	bool wrap = false;

	for (;;) {
		if (type->kind == TYPE_PTR) {
			type = type->ptr.target;
			inner = c_format(cg, type->kind == TYPE_ARRAY ? "(*%s)" : "*%s", inner);
		} else if (type->kind == TYPE_ARRAY && !wrap) {
			inner = c_format(cg, "%s[%u]", inner, type->array.count);
			type = type->array.elem;
		} else if (type->kind == TYPE_FN) {
			inner = c_format(cg, "(*%s)(%s)", inner, params_text(cg, &type->fn.params));
			type = type->fn.result;
			wrap = true;
		} else {
			break;
		}
	}
	base = type->kind == TYPE_ARRAY ? c_array_wrapper(cg, type) : base_name(cg, type);
	return c_format(cg, "%s%s%s", base,
			*inner && *inner != '[' && base[strlen(base) - 1] != '*' ? " " : "", inner);
}

const char *c_type(struct cgen *cg, const struct type *type)
{
	return c_declare(cg, type, "");
}

const char *c_declare_param(struct cgen *cg, const struct type *type, const char *name)
{
	if (type->kind != TYPE_ARRAY)
		return c_declare(cg, type, name);
	return c_format(cg, "%s%s%s", c_array_wrapper(cg, type), *name ? " " : "", name);
}

/* A type's name made of letters only, for wrappers: u8_6, flow_ptr_4. */
static const char *mangled(struct cgen *cg, const struct type *type)
{
	const char *base;

	if (type->kind == TYPE_ARRAY)
		return c_format(cg, "%s_%u", mangled(cg, type->array.elem), type->array.count);
	if (type->kind == TYPE_PTR)
		return c_format(cg, "%s_ptr", mangled(cg, type->ptr.target));
	if (type->kind == TYPE_FN)
		return "fn";
	base = base_name(cg, type);
	if (strchr(base, ' '))
		base = strchr(base, ' ') + 1;
	return *base == '*' ? "handle" : c_identifier(cg->comp, base);
}

const char *c_array_wrapper(struct cgen *cg, const struct type *type)
{
	/* The tag is unique by the type, for different function types have one mangled name. */
	return c_format(cg, "struct %s",
			c_tag(cg, type, c_format(cg, "array_%s", mangled(cg, type))));
}

const char *c_field_name(struct cgen *cg, const struct field *field)
{
	return type_c_identifier(cg->comp, field->name);
}

/* ---- what is used ---- */

/* Does a header define the type? Then its fields are the header's business. */
static bool has_header(struct cgen *cg, const struct type *type)
{
	return type->kind == TYPE_STRUCT && cg->backend->type_has_header &&
	       cg->backend->type_has_header(cg, type);
}

static void use_pointee(struct cgen *cg, const struct type *type)
{
	while (type->kind == TYPE_PTR || type->kind == TYPE_ARRAY)
		type = type->kind == TYPE_PTR ? type->ptr.target : type->array.elem;
	if (type->kind == TYPE_FN || type->kind == TYPE_STR || type->kind == TYPE_ENUM) {
		c_type_use(cg, type);
	} else if (type->kind == TYPE_STRUCT && !is_anonymous(type) &&
		   !ptr_map_get(&cg->forwards_seen, type)) {
		ptr_map_set(&cg->forwards_seen, type, (void *)type);
		vec_push(&cg->comp->arena, &cg->forwards, type);
	}
}

void c_type_use_param(struct cgen *cg, const struct type *type)
{
	c_type_use(cg, type);
	if (type->kind == TYPE_ARRAY && !ptr_map_get(&cg->types_seen, type)) {
		ptr_map_set(&cg->types_seen, type, (void *)type);
		vec_push(&cg->comp->arena, &cg->types, type);
	}
}

void c_type_use(struct cgen *cg, const struct type *type)
{
	if (type->kind == TYPE_PTR) {
		use_pointee(cg, type);
	} else if (type->kind == TYPE_ARRAY) {
		c_type_use(cg, type->array.elem);
	} else if (type->kind == TYPE_FN) {
		c_type_use_param(cg, type->fn.result);
		vec_foreach (param, &type->fn.params)
			c_type_use_param(cg, param->type);
	}
	if (type->kind != TYPE_STRUCT && type->kind != TYPE_STR && type->kind != TYPE_ENUM)
		return;
	if (ptr_map_get(&cg->types_seen, type) || type == cg->comp->types->perf_options)
		return;
	ptr_map_set(&cg->types_seen, type, (void *)type);
	if (has_header(cg, type)) {
		vec_push(&cg->comp->arena, &cg->header_types, type);
		return;
	}
	if (type->kind == TYPE_STRUCT) {
		type_complete(cg->comp, type);
		vec_foreach (field, &type->strukt->fields)
			c_type_use(cg, field->type);
	}
	vec_push(&cg->comp->arena, &cg->types, type);
}

void c_enum_value_use(struct cgen *cg, const struct type *type, uint64_t bits)
{
	const struct enum_value *value;

	if (c_enum_is_own(cg, type) || cg->backend->is_kernel)
		return;
	value = c_enum_value(type, bits);
	if (value && !ptr_map_get(&cg->types_seen, value)) {
		ptr_map_set(&cg->types_seen, value, (void *)value);
		vec_push(&cg->comp->arena, &cg->enum_values, value);
	}
}

const struct enum_value *c_enum_value(const struct type *type, uint64_t bits)
{
	vec_foreach (value, &type->enumeration->values) {
		if ((uint64_t)value->value == bits)
			return value;
	}
	return NULL;
}

/* ---- definitions ---- */

/* Named padding: initialisers zero it, assignments carry it. All offsets in bits. */
static void write_padding(struct cgen *cg, uint32_t from, uint32_t to, uint32_t *count)
{
	while (from < to) {
		uint32_t bits = to - from;

		if (from % 8 && bits > 8 - from % 8)
			bits = 8 - from % 8;
		else if (!(from % 8) && bits > 8)
			bits -= bits % 8;
		if (from % 8 || bits < 8)
			cw_line(&cg->w, "u8 ks_pad%u : %u;", (*count)++, bits);
		else
			cw_line(&cg->w, "u8 ks_pad%u[%u];", (*count)++, bits / 8);
		from += bits;
	}
}

static void write_fields(struct cgen *cg, const struct type *type);

/* `struct { ... } name[2];` */
static void write_anonymous(struct cgen *cg, const struct field *field, const struct type *strukt)
{
	const char *dims = "";

	for (const struct type *t = field->type; t->kind == TYPE_ARRAY; t = t->array.elem)
		dims = c_format(cg, "%s[%u]", dims, t->array.count);
	cw_open(&cg->w, "%s", strukt->strukt->is_union ? "union" : "struct");
	write_fields(cg, strukt);
	cw_close(&cg->w, "%s%s%s%s;", c_struct_attributes(cg, strukt), field->name ? " " : "",
		 field->name ? c_field_name(cg, field) : "", dims);
}

/* Options have their comments as help, in their table. */
static void write_field(struct cgen *cg, const struct type *type, const struct field *field)
{
	const struct type *base = field->type;

	while (base->kind == TYPE_ARRAY)
		base = base->array.elem;
	if (field->doc && type != cg->module->args_type)
		cw_comment(&cg->w, field->doc);
	if (is_anonymous(base))
		write_anonymous(cg, field, base);
	else if (field->bit_size)
		cw_line(&cg->w, "%s : %u;",
			c_declare(cg, field->type, field->name ? c_field_name(cg, field) : ""),
			field->bit_size);
	else
		cw_line(&cg->w, "%s;", c_declare(cg, field->type, c_field_name(cg, field)));
}

/* `u64 packets, bytes;`: plain neighbours of one type share a line. */
static bool join_field(struct cgen *cg, const struct type *type, const struct field *last,
		       const struct field *field)
{
	const struct strbuf *out = cg->w.out;
	const char *name, *line;

	if (last->type != field->type || last->bit_size || field->bit_size || !field->name ||
	    (field->doc && type != cg->module->args_type) || is_anonymous(field->type) ||
	    field->type->kind == TYPE_PTR || field->type->kind == TYPE_ARRAY ||
	    field->type->kind == TYPE_FN)
		return false;
	name = c_field_name(cg, field);
	for (line = out->data + out->len - 1; line > out->data && line[-1] != '\n'; line--)
		;
	if ((size_t)(out->data + out->len - line) + strlen(name) > LINE_MAX_JOINED)
		return false;
	cg->w.out->len -= strlen(";\n");
	strbuf_printf(cg->w.out, ", %s;\n", name);
	return true;
}

static void write_fields(struct cgen *cg, const struct type *type)
{
	uint32_t at = 0, largest = 0, pads = 0;
	const struct field *last = NULL;

	type_complete(cg->comp, type);
	vec_foreach (field, &type->strukt->fields) {
		uint32_t bits = field->bit_size ? field->bit_size : field->type->size * 8;
		bool pads_before = !type->strukt->is_union && field->offset_bits > at;

		if (pads_before)
			write_padding(cg, at, field->offset_bits, &pads);
		if (!last || pads_before || !join_field(cg, type, last, field))
			write_field(cg, type, field);
		last = field;
		at = field->offset_bits + bits;
		largest = bits > largest ? bits : largest;
	}
	if (!type->strukt->is_union)
		write_padding(cg, at, type->size * 8, &pads);
	else if (largest < type->size * 8)
		cw_line(&cg->w, "u8 ks_pad%u[%u];", pads, type->size);
}

/* Does a field stand where C would not put it? */
static bool is_packed(const struct type *type)
{
	if (type->strukt->is_packed)
		return true;
	vec_foreach (field, &type->strukt->fields) {
		if (field->bit_size)
			continue;
		if (field->type->align > type->align ||
		    field->offset_bits / 8 % (field->type->align ? field->type->align : 1))
			return true;
	}
	return false;
}

const char *c_struct_attributes(struct cgen *cg, const struct type *type)
{
	uint32_t natural = 1;
	bool packed = is_packed(type);
	const char *text = packed ? " __attribute__((packed))" : "";

	vec_foreach (field, &type->strukt->fields) {
		if (!packed && field->type->align > natural)
			natural = field->type->align;
	}
	if (type->align > natural)
		text = c_format(cg, "%s __attribute__((aligned(%u)))", text, type->align);
	return text;
}

static void write_struct(struct cgen *cg, const struct type *type)
{
	cw_blank(&cg->w);
	cw_open(&cg->w, "%s", base_name(cg, type));
	write_fields(cg, type);
	cw_close(&cg->w, "%s;", c_struct_attributes(cg, type));
	if (ptr_map_get(&cg->shared_types, type))
		cw_line(&cg->w, "_Static_assert(sizeof(%s) == %u, \"as BPF code has it\");",
			base_name(cg, type), type->size);
	cw_blank(&cg->w);
}

static void write_enum(struct cgen *cg, const struct type *type)
{
	int64_t next = 0;

	if (!c_enum_is_own(cg, type))
		return;
	cw_blank(&cg->w);
	cw_open(&cg->w, "%s", base_name(cg, type));
	vec_foreach (value, &type->enumeration->values) {
		const char *name = c_name(cg, value, value->name);

		if (value->value == next)
			cw_line(&cg->w, "%s,", name);
		else
			cw_line(&cg->w, "%s = %s,", name,
				c_bits(cg, type->enumeration->base, (uint64_t)value->value).text);
		next = value->value + 1;
	}
	cw_close(&cg->w, ";");
	cw_blank(&cg->w);
}

static void write_type(struct cgen *cg, const struct type *type)
{
	if (type->kind == TYPE_STRUCT && !is_anonymous(type)) {
		write_struct(cg, type);
	} else if (type->kind == TYPE_ENUM) {
		write_enum(cg, type);
	} else if (type->kind == TYPE_STR) {
		cw_line(&cg->w, "%s { char s[%u]; };", base_name(cg, type), type->str.capacity + 1);
	} else if (type->kind == TYPE_ARRAY) {
		cw_line(&cg->w, "%s { %s; };", c_array_wrapper(cg, type), c_declare(cg, type, "a"));
	}
}

void c_types_write(struct cgen *cg)
{
	if (cg->enum_values.len) {
		cw_blank(&cg->w);
		cw_comment(&cg->w, "Constants of the kernel.");
		cw_open(&cg->w, "enum");
		vec_foreach (value, &cg->enum_values)
			cw_line(&cg->w, "%s = %lld,", c_name(cg, *value, (*value)->name),
				(long long)(*value)->value);
		cw_close(&cg->w, ";");
	}
	cw_blank(&cg->w);
	/* Complete types are defined before a prototype can mention them. */
	vec_foreach (type, &cg->forwards) {
		if (!ptr_map_get(&cg->types_seen, *type) && *type != cg->comp->types->perf_options)
			cw_line(&cg->w, "%s;", base_name(cg, *type));
	}
	/* Text holds nothing of the file's, so it can stand first. */
	vec_foreach (type, &cg->types) {
		if ((*type)->kind == TYPE_STR)
			write_type(cg, *type);
	}
	vec_foreach (type, &cg->types) {
		if ((*type)->kind != TYPE_STR)
			write_type(cg, *type);
	}
	cw_blank(&cg->w);
}
