/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations, types and statements as text. */
#include "syntax/ast_print.h"

#include <string.h>

void print_line(struct printer *pr)
{
	strbuf_putc(pr->out, '\n');
	strbuf_pad(pr->out, '\t', pr->depth);
}

/* ---- types ---- */

void print_params(struct printer *pr, const struct param_vec *params)
{
	strbuf_putc(pr->out, '(');
	vec_foreach (param, params) {
		if (param > params->data)
			strbuf_puts(pr->out, ", ");
		if (param->name.text)
			strbuf_printf(pr->out, "%s: ", param->name.text);
		print_type(pr, param->type);
	}
	strbuf_putc(pr->out, ')');
}

static void print_map_type(struct printer *pr, const struct type_expr *type)
{
	strbuf_printf(pr->out, "%s<", type->map.kind.text);
	vec_foreach (arg, &type->map.args) {
		if (arg > type->map.args.data)
			strbuf_puts(pr->out, ", ");
		print_type(pr, *arg);
	}
	strbuf_putc(pr->out, '>');
	if (type->map.max_entries) {
		strbuf_putc(pr->out, '(');
		print_expr(pr, type->map.max_entries);
		strbuf_putc(pr->out, ')');
	}
}

/* `T[N]` where it says the same as `[T; N]`: not for elements that begin with `*` or `fn`. */
static void print_array_type(struct printer *pr, const struct type_expr *type)
{
	const struct type_expr *elem = type;

	while (elem->kind == TYPE_EXPR_ARRAY)
		elem = elem->array.elem;
	if (elem->kind == TYPE_EXPR_NAME || elem->kind == TYPE_EXPR_STR) {
		print_type(pr, elem);
		for (elem = type; elem->kind == TYPE_EXPR_ARRAY; elem = elem->array.elem) {
			strbuf_putc(pr->out, '[');
			print_expr(pr, elem->array.count);
			strbuf_putc(pr->out, ']');
		}
		return;
	}
	strbuf_putc(pr->out, '[');
	print_type(pr, type->array.elem);
	strbuf_puts(pr->out, "; ");
	print_expr(pr, type->array.count);
	strbuf_putc(pr->out, ']');
}

void print_type(struct printer *pr, const struct type_expr *type)
{
	switch (type->kind) {
	case TYPE_EXPR_NAME:
		if (type->name.module.text)
			strbuf_printf(pr->out, "%s.", type->name.module.text);
		strbuf_puts(pr->out, type->name.name.text);
		break;
	case TYPE_EXPR_STR:
		strbuf_puts(pr->out, "str(");
		print_expr(pr, type->str.capacity);
		strbuf_putc(pr->out, ')');
		break;
	case TYPE_EXPR_POINTER:
		strbuf_putc(pr->out, '*');
		print_type(pr, type->pointer.target);
		break;
	case TYPE_EXPR_ARRAY:
		print_array_type(pr, type);
		break;
	case TYPE_EXPR_FN:
		strbuf_puts(pr->out, "fn");
		print_params(pr, type->fn.params);
		if (type->fn.result) {
			strbuf_puts(pr->out, " -> ");
			print_type(pr, type->fn.result);
		}
		break;
	case TYPE_EXPR_MAP:
		print_map_type(pr, type);
		break;
	}
}

/* ---- declarations ---- */

static void print_doc(struct printer *pr, const char *doc)
{
	while (doc) {
		const char *end = strchr(doc, '\n');
		size_t len = end ? (size_t)(end - doc) : strlen(doc);

		strbuf_puts(pr->out, "///");
		if (len)
			strbuf_printf(pr->out, " %.*s", (int)len, doc);
		print_line(pr);
		doc = end ? end + 1 : NULL;
	}
}

static void print_typed(struct printer *pr, const char *name, const struct type_expr *type,
			const struct expr *value)
{
	strbuf_puts(pr->out, name);
	if (type) {
		strbuf_puts(pr->out, ": ");
		print_type(pr, type);
	}
	if (value) {
		strbuf_puts(pr->out, " = ");
		print_expr(pr, value);
	}
}

static void print_fields(struct printer *pr, const struct field_decl_vec *fields)
{
	strbuf_puts(pr->out, " {");
	pr->depth++;
	vec_foreach (field, fields) {
		print_line(pr);
		print_doc(pr, field->doc);
		print_typed(pr, field->name.text, field->type, NULL);
		if (field->bits) {
			strbuf_puts(pr->out, ": ");
			print_expr(pr, field->bits);
		}
		if (field->default_value) {
			strbuf_puts(pr->out, " = ");
			print_expr(pr, field->default_value);
		}
		strbuf_putc(pr->out, ',');
	}
	pr->depth--;
	print_line(pr);
	strbuf_putc(pr->out, '}');
}

static void print_items(struct printer *pr, const struct enum_item_vec *items)
{
	strbuf_puts(pr->out, " {");
	pr->depth++;
	vec_foreach (item, items) {
		print_line(pr);
		print_doc(pr, item->doc);
		print_typed(pr, item->name.text, NULL, item->value);
		strbuf_putc(pr->out, ',');
	}
	pr->depth--;
	print_line(pr);
	strbuf_putc(pr->out, '}');
}

static void print_signature(struct printer *pr, const struct decl *decl)
{
	const struct fn_decl *fn = &decl->fn;

	strbuf_puts(pr->out, decl->name.text);
	print_params(pr, &fn->params);
	if (fn->result) {
		strbuf_puts(pr->out, " -> ");
		if (fn->result_name.text)
			strbuf_printf(pr->out, "%s: ", fn->result_name.text);
		print_type(pr, fn->result);
	}
}

static void print_decl(struct printer *pr, const struct decl *decl);

static void print_members(struct printer *pr, const struct impl_member_vec *members)
{
	strbuf_puts(pr->out, " {");
	pr->depth++;
	vec_foreach (member, members) {
		print_line(pr);
		if (member->fn) {
			print_decl(pr, member->fn);
			continue;
		}
		strbuf_printf(pr->out, "%s: ", member->name.text);
		print_expr(pr, member->value);
		strbuf_putc(pr->out, ',');
	}
	pr->depth--;
	print_line(pr);
	strbuf_putc(pr->out, '}');
}

static void print_path(struct printer *pr, const char *before, const char *path)
{
	strbuf_puts(pr->out, before);
	print_quoted(pr, '"', path, (uint32_t)strlen(path));
}

static void print_extern(struct printer *pr, const struct decl *decl)
{
	strbuf_puts(pr->out, "extern ");
	print_signature(pr, decl);
	if (decl->extern_header)
		print_path(pr, " from ", decl->extern_header);
	if (decl->extern_library)
		print_path(pr, " link ", decl->extern_library);
}

static void print_attributes(struct printer *pr, const struct attribute_vec *attributes)
{
	vec_foreach (attribute, attributes) {
		strbuf_printf(pr->out, "@%s", attribute->name.text);
		if (attribute->args.len) {
			strbuf_putc(pr->out, '(');
			print_exprs(pr, &attribute->args);
			strbuf_putc(pr->out, ')');
		}
		print_line(pr);
	}
}

static void print_decl(struct printer *pr, const struct decl *decl)
{
	print_doc(pr, decl->doc);
	print_attributes(pr, &decl->attributes);
	if (decl->is_pinned)
		strbuf_puts(pr->out, "pin ");
	if (decl->is_local)
		strbuf_puts(pr->out, "local ");
	switch (decl->kind) {
	case DECL_FN:
		strbuf_puts(pr->out, "fn ");
		print_signature(pr, decl);
		if (decl->fn.body)
			print_block(pr, decl->fn.body);
		break;
	case DECL_STRUCT:
		strbuf_printf(pr->out, "%s %s", decl->strukt.is_union ? "union" : "struct",
			      decl->name.text);
		print_fields(pr, &decl->strukt.fields);
		break;
	case DECL_ENUM:
		strbuf_printf(pr->out, "enum %s", decl->name.text);
		print_items(pr, &decl->enumeration.items);
		break;
	case DECL_ALIAS:
		strbuf_printf(pr->out, "type %s = ", decl->name.text);
		print_type(pr, decl->alias.target);
		break;
	case DECL_CONST:
		strbuf_puts(pr->out, "const ");
		print_typed(pr, decl->name.text, decl->var.type_expr, decl->var.value);
		break;
	case DECL_GLOBAL:
		strbuf_puts(pr->out, "var ");
		print_typed(pr, decl->name.text, decl->var.type_expr, decl->var.value);
		break;
	case DECL_MAP:
		strbuf_puts(pr->out, "var ");
		print_typed(pr, decl->name.text, decl->map.shape, NULL);
		break;
	case DECL_CONFIG:
		strbuf_printf(pr->out, "%sconfig %s", decl->config.is_const ? "const " : "",
			      decl->name.text);
		print_fields(pr, &decl->config.fields);
		break;
	case DECL_IMPL:
		strbuf_printf(pr->out, "impl %s", decl->name.text);
		print_members(pr, &decl->impl.members);
		break;
	case DECL_EXTERN:
		print_extern(pr, decl);
		break;
	case DECL_INCLUDE:
		print_path(pr, "include ", decl->source.path);
		break;
	case DECL_IMPORT:
		strbuf_printf(pr->out, "import %s", decl->name.text);
		print_path(pr, " from ", decl->source.path);
		break;
	}
}

void ast_print(struct strbuf *out, const struct ast_file *file)
{
	struct printer pr = {.out = out};

	vec_foreach (decl, &file->decls) {
		const struct decl *before = decl > file->decls.data ? decl[-1] : NULL;
		bool short_both = before && before->kind == (*decl)->kind &&
				  (before->kind >= DECL_EXTERN || before->kind == DECL_CONST) &&
				  !(*decl)->doc;

		if (before && !short_both)
			strbuf_putc(out, '\n');
		print_decl(&pr, *decl);
		strbuf_putc(out, '\n');
	}
}
