/* SPDX-License-Identifier: Apache-2.0 */
#include "syntax/actions.h"

void parse_add_decl(struct parser *p, struct decl *decl)
{
	vec_push(&p->comp->arena, &p->ast->decls, decl);
}

/*
 * The documentation of what begins between two offsets: the last `///` comment before a token in
 * there.
 */
static const char *find_doc(const struct parser *p, uint32_t start, uint32_t end)
{
	const struct doc_vec *docs = &p->lexer.docs;
	uint32_t low = 0, high = docs->len;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (docs->data[middle].offset <= end)
			low = middle + 1;
		else
			high = middle;
	}
	if (low && docs->data[low - 1].offset >= start)
		return docs->data[low - 1].text;
	return NULL;
}

struct decl *decl_finish(struct parser *p, struct decl *decl, struct attribute_vec attributes,
			 struct span span)
{
	uint32_t name_start = decl->name.text ? decl->name.span.start : span.start;

	decl->span = span;
	decl->attributes = attributes;
	decl->doc = find_doc(p, span.start, name_start);
	return decl;
}

struct attribute_vec attribute_add(struct parser *p, struct attribute_vec list,
				   struct ast_name name, const struct expr_vec *args,
				   struct span span)
{
	struct attribute attribute = {.name = name, .span = span};

	if (args)
		attribute.args = *args;
	vec_push(&p->comp->arena, &list, attribute);
	return list;
}

static struct decl *decl_new(struct parser *p, enum decl_kind kind, struct ast_name name)
{
	struct decl *decl = ast_decl(p->comp, kind, name.span);

	decl->name = name;
	return decl;
}

struct decl *decl_struct(struct parser *p, bool is_union, struct ast_name name,
			 struct field_decl_vec fields, struct span close)
{
	struct decl *decl = decl_new(p, DECL_STRUCT, name);

	decl->strukt.is_union = is_union;
	decl->strukt.fields = fields;
	decl->strukt.close = close;
	return decl;
}

struct decl *decl_enum(struct parser *p, struct ast_name name, struct enum_item_vec items)
{
	struct decl *decl = decl_new(p, DECL_ENUM, name);

	decl->enumeration.items = items;
	return decl;
}

struct decl *decl_alias(struct parser *p, struct ast_name name, struct type_expr *target)
{
	struct decl *decl = decl_new(p, DECL_ALIAS, name);

	decl->alias.target = target;
	return decl;
}

struct decl *decl_const(struct parser *p, struct ast_name name, struct type_expr *type,
			struct expr *value)
{
	struct decl *decl = decl_new(p, DECL_CONST, name);

	decl->var.type_expr = type;
	decl->var.value = value;
	return decl;
}

struct decl *decl_global(struct parser *p, struct ast_name name, struct type_expr *type,
			 struct expr *value)
{
	struct decl *decl;

	if (!type || type->kind != TYPE_EXPR_MAP) {
		decl = decl_const(p, name, type, value);
		decl->kind = DECL_GLOBAL;
		return decl;
	}
	if (value)
		parse_error(p, value->span, "a map has no initial value");
	decl = decl_new(p, DECL_MAP, name);
	decl->map.shape = type;
	return decl;
}

struct decl *decl_storage(struct decl *decl, bool is_pinned, bool is_local)
{
	decl->is_pinned = is_pinned;
	decl->is_local = is_local;
	return decl;
}

struct decl *decl_config(struct parser *p, bool is_const, struct ast_name name,
			 struct field_decl_vec fields)
{
	struct decl *decl = decl_new(p, DECL_CONFIG, name);

	decl->config.is_const = is_const;
	decl->config.fields = fields;
	return decl;
}

struct decl *decl_impl(struct parser *p, struct ast_name name, struct impl_member_vec members)
{
	struct decl *decl = decl_new(p, DECL_IMPL, name);

	decl->impl.members = members;
	return decl;
}

struct decl *decl_head(struct parser *p, enum decl_kind kind, struct ast_name name,
		       struct param_vec params)
{
	struct decl *decl = decl_new(p, kind, name);

	decl->fn.params = params;
	return decl;
}

static void set_result(struct decl *decl, const struct result *result)
{
	if (!result)
		return;
	decl->fn.result = result->type;
	decl->fn.result_name = result->name;
}

struct decl *decl_fn(struct parser *p, struct decl *head, const struct result *result,
		     struct stmt *body, struct span span)
{
	head->span = span;
	head->fn.body = body;
	set_result(head, result);
	/* A missing bracket at the end of the file can be the reason. */
	if (!body && !p->ast->is_header && p->layout.repaired_at == UINT32_MAX) {
		parse_error(p, parse_span(p, span.end, span.end),
			    "expected `{` and the body of `%s`", head->name.text);
	}
	return head;
}

struct decl *decl_extern(struct parser *p, struct decl *head, const struct result *result,
			 const struct extern_from *from)
{
	set_result(head, result);
	if (from) {
		head->extern_header = from->header;
		head->extern_library = from->library;
	}
	return head;
}

struct decl *decl_include(struct parser *p, struct token_text path, struct span span)
{
	return decl_import(p, NO_NAME, path, span);
}

struct decl *decl_import(struct parser *p, struct ast_name name, struct token_text path,
			 struct span span)
{
	struct decl *decl = decl_new(p, name.text ? DECL_IMPORT : DECL_INCLUDE, name);

	decl->source.path = path.text;
	decl->source.path_span = span;
	return decl;
}

struct param_vec param_add(struct parser *p, struct param_vec list, struct ast_name name,
			   struct type_expr *type)
{
	struct param param = {.name = name, .type = type};

	vec_push(&p->comp->arena, &list, param);
	return list;
}

struct result *result_new(struct parser *p, struct ast_name name, struct type_expr *type)
{
	struct result *result = arena_new(&p->comp->arena, struct result);

	result->name = name;
	result->type = type;
	return result;
}

struct extern_from *extern_from_new(struct parser *p, struct token_text header,
				    const struct token_text *library)
{
	struct extern_from *from = arena_new(&p->comp->arena, struct extern_from);

	from->header = header.text;
	from->library = library ? library->text : NULL;
	return from;
}

struct field_decl *field_new(struct parser *p, struct ast_name name, struct type_expr *type,
			     struct expr *bits, struct expr *value)
{
	struct field_decl *field = arena_new(&p->comp->arena, struct field_decl);

	field->name = name;
	field->type = type;
	field->bits = bits;
	field->default_value = value;
	field->doc = find_doc(p, name.span.start, name.span.start);
	return field;
}

struct field_decl_vec field_add(struct parser *p, struct field_decl_vec list,
				const struct field_decl *field)
{
	if (field)
		vec_push(&p->comp->arena, &list, *field);
	return list;
}

struct enum_item_vec item_add(struct parser *p, struct enum_item_vec list, struct ast_name name,
			      struct expr *value)
{
	struct enum_item item = {.name = name, .value = value};

	item.doc = find_doc(p, name.span.start, name.span.start);
	vec_push(&p->comp->arena, &list, item);
	return list;
}

struct impl_member_vec member_add_fn(struct parser *p, struct impl_member_vec list, struct decl *fn)
{
	struct impl_member member = {.name = fn->name, .fn = fn};

	vec_push(&p->comp->arena, &list, member);
	return list;
}

struct impl_member_vec member_add_value(struct parser *p, struct impl_member_vec list,
					struct ast_name name, struct expr *value)
{
	struct impl_member member = {.name = name, .value = value};

	vec_push(&p->comp->arena, &list, member);
	return list;
}
