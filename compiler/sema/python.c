/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/python.h"

#include "sema/body.h"
#include "syntax/syntax.h"

#include <string.h>

/* Text as a file that messages do not show: they show `span`. */
static struct ast_file *parse_made(struct compilation *comp, const char *text, struct span span)
{
	const char *path = comp->sources.files.data[span.file]->path;
	uint32_t file = source_add(&comp->sources, path, text, strlen(text));

	comp->sources.files.data[file]->is_made = true;
	comp->sources.files.data[file]->stands_for = span;
	return syntax_parse(comp, file);
}

/* The functions of runtime/ksrt_python.h. */
static const char *const prelude[] = {
	"begin(module: str(255), function: str(255))",
	"int(value: i64)",
	"uint(value: u64)",
	"bool(value: bool)",
	"float(value: f64)",
	"str(text: *void)",
	"bytes(data: *void, size: u32)",
	"ints(data: *void, count: u32, size: u32, is_signed: bool)",
	"to_nothing() -> i32",
	"to_int(result: *void, size: u32, is_signed: bool) -> i32",
	"to_bool(result: *void) -> i32",
	"to_float(result: *void, size: u32) -> i32",
	"to_str(result: *void, size: u32) -> i32",
	"to_bytes(result: *void, size: u32) -> i32",
	"to_ints(result: *void, count: u32, size: u32, is_signed: bool) -> i32",
};

struct ast_file *python_prelude(struct compilation *comp, uint32_t file, struct span span)
{
	const char *text = "";
	struct ast_file *parsed;

	for (size_t i = 0; i < sizeof(prelude) / sizeof(prelude[0]); i++)
		text = arena_printf(&comp->arena, "%sextern ks_python_%s from \"ksrt_python.h\"\n",
				    text, prelude[i]);
	parsed = parse_made(comp, text, span);
	parsed->file = file;
	return parsed;
}

/* ---- what goes through ---- */

static const struct type *elem_of(const struct type *type)
{
	return type->kind == TYPE_ARRAY ? type_underlying(type->array.elem) : NULL;
}

static bool is_number(const struct type *type)
{
	return type->kind == TYPE_INT || type->kind == TYPE_BOOL || type->kind == TYPE_FLOAT;
}

static bool is_bytes(const struct type *type)
{
	const struct type *elem = elem_of(type);

	return elem && elem->size == 1 && (elem->kind == TYPE_CHAR || !type_is_signed(elem)) &&
	       elem->kind != TYPE_BOOL;
}

/* Enums go as the integers that they are. NULL: values of the type do not go to Python. */
static const struct type *as_python(const struct type *type)
{
	const struct type *plain = type_underlying(type), *elem = elem_of(type);

	if (is_number(plain) || type->kind == TYPE_STR)
		return plain;
	return elem && (elem->kind == TYPE_INT || elem->kind == TYPE_CHAR) ? type : NULL;
}

/* ---- the function in the language ---- */

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

/* The statement that hands `a<index>` over. */
static const char *give(struct sema *sema, const struct type *type, uint32_t index)
{
	const struct type *elem = elem_of(type);

	switch (type->kind) {
	case TYPE_BOOL:
		return body_text(sema, "ks_python_bool(a%u)\n", index);
	case TYPE_FLOAT:
		return body_text(sema, "ks_python_float(a%u as f64)\n", index);
	case TYPE_STR:
		return body_text(sema, "ks_python_str(&a%u)\n", index);
	case TYPE_ARRAY:
		if (is_bytes(type))
			return body_text(sema, "ks_python_bytes(&a%u, %u)\n", index, type->size);
		return body_text(sema, "ks_python_ints(&a%u, %u, %u, %s)\n", index,
				 type->array.count, elem->size, truth(type_is_signed(elem)));
	default: /* tidy: as_python() has no others */
		break;
	}
	return body_text(sema,
			 type_is_signed(type) ? "ks_python_int(a%u as i64)\n"
					      : "ks_python_uint(a%u as u64)\n",
			 index);
}

/* The call that runs the function and stores its result in `r`. */
static const char *take(struct sema *sema, const struct type *type)
{
	const struct type *elem = elem_of(type);

	switch (type->kind) {
	case TYPE_VOID:
		return "ks_python_to_nothing()";
	case TYPE_BOOL:
		return "ks_python_to_bool(&r)";
	case TYPE_FLOAT:
		return body_text(sema, "ks_python_to_float(&r, %u)", type->size);
	case TYPE_STR:
		return body_text(sema, "ks_python_to_str(&r, %u)", type->size);
	case TYPE_ARRAY:
		if (is_bytes(type))
			return body_text(sema, "ks_python_to_bytes(&r, %u)", type->size);
		return body_text(sema, "ks_python_to_ints(&r, %u, %u, %s)", type->array.count,
				 elem->size, truth(type_is_signed(elem)));
	default: /* tidy: as_python() has no others */
		break;
	}
	return body_text(sema, "ks_python_to_int(&r, %u, %s)", type->size,
			 truth(type_is_signed(type)));
}

static const char *variant_text(struct sema *sema, const struct program *program,
				const struct python_fn *fn, const struct type_vec *params,
				const struct type *result)
{
	bool has_result = result->kind != TYPE_VOID;
	const char *text = "fn f(", *type = has_result ? body_type(sema, result) : "";

	for (uint32_t i = 0; i < params->len; i++)
		text = body_text(sema, "%s%sa%u: %s", text, i ? ", " : "", i,
				 body_type(sema, params->data[i]));
	text = body_text(sema, has_result ? "%s) -> %s {\nvar r: %s\n" : "%s) {\n", text, type,
			 type);
	text = body_text(sema, "%sks_python_begin(\"%s\", \"%s\")\n", text, program->module_name,
			 fn->name);
	for (uint32_t i = 0; i < params->len; i++)
		text = body_text(sema, "%s%s", text, give(sema, params->data[i], i));
	return body_text(sema, "%svar code: i32 = %s\nif (code != 0) { throw code }\n%s}\n", text,
			 take(sema, result), has_result ? "return r\n" : "");
}

static struct decl *variant(struct sema *sema, struct program *program, const struct python_fn *fn,
			    const struct type_vec *params, const struct type *result)
{
	struct compilation *comp = sema->comp;
	const char *text = variant_text(sema, program, fn, params, result);
	const char *key = intern_str(&comp->names, text);
	struct decl *decl = ptr_map_get(&program->python->variants, key);

	if (decl)
		return decl;
	decl = parse_made(comp, text, fn->span)->decls.data[0];
	decl->name.text = fn->name;
	decl->owner = program;
	vec_push(&comp->arena, &program->decls, decl);
	ptr_map_set(&program->python->variants, key, decl);
	return decl;
}

/* ---- calls ---- */

static const struct python_fn *find(struct sema *sema, const struct expr *callee,
				    const struct decl *import)
{
	const struct python_module *python = import->source.program->python;
	const char *name = callee->field.name.text, *nearest;
	struct str_vec names = {0};

	vec_foreach (fn, &python->fns) {
		if (fn->name == name)
			return fn;
		vec_push(&sema->comp->arena, &names, fn->name);
	}
	body_error(sema, DIAG_UNKNOWN_NAME, callee->field.name.span,
		   "`%s` defines no function `%s`", import->source.path, name);
	nearest = diag_nearest(name, names.data, names.len);
	if (nearest)
		diag_help(sema->comp, "it has `%s`", nearest);
	return NULL;
}

/* What the place of the call wants, else what the function says, else an integer. */
static const struct type *result_type(struct sema *sema, const struct expr *call,
				      const struct python_fn *fn, const struct type *expected)
{
	const struct type_table *types = sema->comp->types;

	if (call == sema->discard)
		return types->void_;
	if (expected && as_python(expected))
		return as_python(expected);
	switch (fn->result) {
	case PYTHON_BOOL:
		return types->bool_;
	case PYTHON_FLOAT:
		return types->f64;
	case PYTHON_STR:
		return type_str(sema->comp, 255);
	case PYTHON_UNKNOWN:
	case PYTHON_INT:
		break;
	}
	return types->i64;
}

static bool argument(struct sema *sema, struct expr *arg, struct type_vec *params)
{
	const struct type *type;

	if (!body_value(sema, arg, NULL))
		return false;
	type = as_python(arg->type);
	if (!type) {
		body_error(sema, DIAG_TYPE_MISMATCH, arg->span,
			   "%s does not go to Python: integers, bool, floats, text and arrays of "
			   "integers do",
			   body_found(sema, arg));
		if (arg->type->kind == TYPE_BE)
			diag_help(sema->comp, "convert it: `as u%u`", arg->type->size * 8);
		return false;
	}
	vec_push(&sema->comp->arena, params, type);
	return sema_convert_argument(sema, arg, type, "this argument");
}

static bool count_is_right(struct sema *sema, const struct expr *call, const struct python_fn *fn)
{
	return body_check_count(sema, body_text(sema, "%s()", fn->name), NULL, fn->min, fn->max,
				call);
}

const struct type *python_call(struct sema *sema, struct expr *call, const struct decl *import,
			       const struct type *expected)
{
	struct expr *callee = call->call.callee;
	struct program *program = import->source.program;
	const struct python_fn *fn = find(sema, callee, import);
	struct type_vec params = {0};
	bool ok = fn && count_is_right(sema, call, fn);
	struct decl *decl;

	vec_foreach (arg, &call->call.args)
		ok &= argument(sema, *arg, &params);
	if (!ok)
		return sema->comp->types->error;
	decl = variant(sema, program, fn, &params, result_type(sema, call, fn, expected));
	sema_resolve(sema, decl);
	callee->ref.kind = REF_DECL;
	callee->ref.decl = decl;
	callee->type = sema_fn_type(sema, decl);
	return callee->type->fn.result;
}
