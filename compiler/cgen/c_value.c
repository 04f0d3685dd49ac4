/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that are no scalars: strings, arrays, structs.
 *
 * An array's value has no form of its own in C: it stands for the address of its first element,
 * and whoever wants a copy takes it from there.
 */
#include "cgen/c_flow.h"

#include <string.h>

static struct c_text postfix(const char *text)
{
	return (struct c_text){text, PREC_POSTFIX};
}

const char *c_macro_argument(struct cgen *cg, const char *text)
{
	return strchr(text, '{') ? c_format(cg, "(%s)", text) : text;
}

static bool is_literal(const struct ir_expr *expr);

/* The only member of a union's literal, or NULL. */
static const struct field *union_member(const struct ir_expr *expr, const struct ir_expr **value)
{
	if (expr->kind != IR_EXPR_STRUCT || !expr->type->strukt->is_union)
		return NULL;
	for (uint32_t i = 0; i < expr->elems.len; i++) {
		if (expr->elems.data[i] && expr->elems.data[i]->kind != IR_EXPR_ZERO) {
			*value = expr->elems.data[i];
			return &expr->type->strukt->fields.data[i];
		}
	}
	return NULL;
}

/*
 * C says nothing of the bytes beside a union's member. An unnamed union, whose members are those of
 * the struct around it, is therefore left out of the braces when they would not fill it.
 */
static bool is_loose_union(const struct ir_expr *parent, uint32_t index)
{
	const struct ir_expr *elem = parent->elems.data[index], *value;

	return parent->kind == IR_EXPR_STRUCT && !parent->type->strukt->fields.data[index].name &&
	       elem && union_member(elem, &value) && value->type->size < elem->type->size;
}

/* Can all elements be written inside of braces? Arrays that are no literals cannot. */
static bool elems_are_plain(const struct ir_expr *expr)
{
	vec_foreach (elem, &expr->elems) {
		if (*elem && (*elem)->type->kind == TYPE_ARRAY && !is_literal(*elem))
			return false;
		if (is_loose_union(expr, (uint32_t)(elem - expr->elems.data)))
			return false;
		if (*elem && ((*elem)->kind == IR_EXPR_STRUCT || (*elem)->kind == IR_EXPR_ARRAY) &&
		    !elems_are_plain(*elem))
			return false;
	}
	return true;
}

static bool is_literal(const struct ir_expr *expr)
{
	return expr->kind == IR_EXPR_STRING || expr->kind == IR_EXPR_ZERO ||
	       (expr->kind == IR_EXPR_ARRAY && elems_are_plain(expr));
}

bool c_has_initializer(const struct ir_expr *expr)
{
	return expr->type->kind != TYPE_ARRAY || is_literal(expr);
}

/* ---- literals ---- */

/* Text, cut at the capacity; without room for the NUL it is written letter by letter. */
static const char *string_initializer(struct cgen *cg, const struct ir_expr *expr)
{
	uint32_t size = expr->type->size, len = expr->string.len;
	uint32_t room = expr->type->kind == TYPE_STR ? size - 1 : size;
	const char *text = "";

	if (len > room)
		len = room;
	if (len < size)
		return c_quoted(cg->comp, expr->string.text, len);
	for (uint32_t i = 0; i < len; i++)
		text = c_format(cg, "%s%s%u", text, i ? ", " : "",
				(unsigned char)expr->string.text[i]);
	return c_format(cg, "{%s}", text);
}

static bool is_zero(const struct ir_expr *expr)
{
	return expr->kind == IR_EXPR_ZERO ||
	       (expr->kind == IR_EXPR_CONST && !expr->bits && !expr->symbol);
}

static const char *array_initializer(struct cgen *cg, const struct ir_expr *expr);

/* Whether a copy has to fill the element; of a literal with such elements the others are written.
 */
static bool is_copied(const struct ir_expr *elem)
{
	return elem->type->kind == TYPE_ARRAY && elem->kind != IR_EXPR_ARRAY && !is_literal(elem);
}

static const char *elem_initializer(struct cgen *cg, const struct ir_expr *elem)
{
	if (elem->kind == IR_EXPR_ARRAY && !elems_are_plain(elem))
		return array_initializer(cg, elem);
	return c_initializer(cg, elem);
}

/* Appends the fields, also those of unnamed members, which C finds by their own names. */
static const char *field_initializers(struct cgen *cg, const struct ir_expr *expr, const char *text)
{
	const struct field_vec *fields = &expr->type->strukt->fields;

	for (uint32_t i = 0; i < expr->elems.len; i++) {
		const struct ir_expr *elem = expr->elems.data[i];
		const struct field *field = &fields->data[i];

		if (!elem || is_copied(elem))
			continue;
		/* What is left out is zero; a value of the source is shown all the same. */
		if (elem->kind == IR_EXPR_ZERO)
			continue;
		if (field->name)
			text = c_format(cg, "%s%s.%s = %s", text, *text ? ", " : "",
					c_field_name(cg, field), elem_initializer(cg, elem));
		else if (elem->kind == IR_EXPR_STRUCT) {
			if (cg->in_static || !is_loose_union(expr, i))
				text = field_initializers(cg, elem, text);
		} else if (!is_zero(elem))
			internal_error(cg->comp, expr->span, "an unnamed field in a literal");
	}
	return text;
}

static const char *struct_initializer(struct cgen *cg, const struct ir_expr *expr)
{
	return c_format(cg, "{%s}", field_initializers(cg, expr, ""));
}

static const char *array_initializer(struct cgen *cg, const struct ir_expr *expr)
{
	uint32_t len = expr->elems.len;
	const char *text = "";
	struct strbuf buf = {0};

	/* Zeroes at the end need not be said. */
	while (len && expr->elems.data[len - 1] && is_zero(expr->elems.data[len - 1]))
		len--;
	for (uint32_t i = 0; i < len; i++) {
		const struct ir_expr *elem = expr->elems.data[i];

		strbuf_printf(&buf, "%s%s", i ? ", " : "",
			      !elem		? "0"
			      : is_copied(elem) ? "{}"
						: elem_initializer(cg, elem));
	}
	text = arena_strdup(&cg->comp->arena, strbuf_text(&buf));
	strbuf_free(&buf);
	return c_format(cg, "{%s}", text);
}

static void assign_member(struct cgen *cg, const struct ir_expr *elem, const char *place,
			  struct str_vec *copies)
{
	const char *value = c_macro_argument(cg, c_argument(cg, elem));

	vec_push(&cg->comp->arena, copies,
		 elem->type->kind == TYPE_ARRAY ? c_format(cg, "KS_COPY(%s, %s)", place, value)
						: c_format(cg, "%s = %s", place, value));
}

/* The members of an unnamed struct or union, one by one. */
static void assign_members(struct cgen *cg, const struct ir_expr *expr, const char *base,
			   struct str_vec *copies)
{
	const struct field_vec *fields = &expr->type->strukt->fields;

	for (uint32_t i = 0; i < expr->elems.len; i++) {
		const struct ir_expr *elem = expr->elems.data[i];

		if (!elem || elem->kind == IR_EXPR_ZERO)
			continue;
		if (fields->data[i].name)
			assign_member(
				cg, elem,
				c_format(cg, "%s.%s", base, c_field_name(cg, &fields->data[i])),
				copies);
		else if (elem->kind == IR_EXPR_STRUCT)
			assign_members(cg, elem, base, copies);
	}
}

/* What braces cannot hold, mostly arrays, as statements without their `;`. */
static void array_copies(struct cgen *cg, const struct ir_expr *expr, const char *base,
			 struct str_vec *copies)
{
	bool is_struct = expr->kind == IR_EXPR_STRUCT;

	for (uint32_t i = 0; i < expr->elems.len; i++) {
		const struct ir_expr *elem = expr->elems.data[i];
		const struct field *field = is_struct ? &expr->type->strukt->fields.data[i] : NULL;
		const char *place = base;

		if (!elem)
			continue;
		if (is_loose_union(expr, i)) {
			assign_members(cg, elem, base, copies);
			continue;
		}
		if (!field)
			place = c_format(cg, "%s[%u]", base, i);
		else if (field->name)
			place = c_format(cg, "%s.%s", base, c_field_name(cg, field));
		if ((elem->kind == IR_EXPR_ARRAY || elem->kind == IR_EXPR_STRUCT) &&
		    !elems_are_plain(elem))
			array_copies(cg, elem, place, copies);
		else if (elem->type->kind == TYPE_ARRAY && !is_literal(elem))
			assign_member(cg, elem, place, copies);
	}
}

static const char *copies_text(struct cgen *cg, const struct ir_expr *expr, const char *base)
{
	struct str_vec copies = {0};
	const char *text = "";

	array_copies(cg, expr, base, &copies);
	vec_foreach (copy, &copies)
		text = c_format(cg, "%s%s; ", text, *copy);
	return text;
}

static const char *initializer_text(struct cgen *cg, const struct ir_expr *expr)
{
	if (expr->kind == IR_EXPR_ZERO)
		return "{}";
	if (expr->kind == IR_EXPR_STRING && expr->type->kind == TYPE_STR)
		return c_format(cg, "{%s}", string_initializer(cg, expr));
	if (expr->kind == IR_EXPR_STRING)
		return string_initializer(cg, expr);
	if (expr->kind == IR_EXPR_STRUCT)
		return struct_initializer(cg, expr);
	return array_initializer(cg, expr);
}

struct c_text c_aggregate(struct cgen *cg, const struct ir_expr *expr)
{
	const char *type = c_type(cg, expr->type);
	const struct ir_expr *value;
	const struct field *member = union_member(expr, &value);

	/* C says nothing of the bytes beside a union's member. */
	if (member)
		return postfix(c_format(
			cg, "%s(%s, %s, %s)",
			value->type->kind == TYPE_ARRAY ? "KS_UNION_ARRAY" : "KS_UNION", type,
			c_field_name(cg, member), c_macro_argument(cg, c_argument(cg, value))));
	if (expr->kind == IR_EXPR_ZERO || elems_are_plain(expr))
		return postfix(c_format(cg, "(%s)%s", type, initializer_text(cg, expr)));
	if (expr->kind == IR_EXPR_STRUCT)
		return postfix(c_format(cg, "({ %s = %s; %sks_v; })",
					c_declare(cg, expr->type, "ks_v"),
					initializer_text(cg, expr), copies_text(cg, expr, "ks_v")));
	return postfix(c_format(cg, "({ %s ks_v = {%s}; %sks_v; }).a",
				c_array_wrapper(cg, expr->type), initializer_text(cg, expr),
				copies_text(cg, expr, "ks_v.a")));
}

struct c_text c_string(struct cgen *cg, const struct ir_expr *expr)
{
	const char *text = initializer_text(cg, expr);

	/* A literal is an array of char; of u8 it is the same bytes. */
	if (expr->type->kind == TYPE_ARRAY && *text == '"' && expr->type->array.elem->size == 1 &&
	    expr->type->array.elem->kind == TYPE_CHAR && expr->string.len + 1 >= expr->type->size)
		return (struct c_text){text, PREC_PRIMARY};
	return postfix(c_format(cg, "(%s)%s", c_type(cg, expr->type), text));
}

const char *c_initializer(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *value;
	const struct field *member = union_member(expr, &value);

	if (expr->kind == IR_EXPR_STRUCT && cg->in_static)
		return initializer_text(cg, expr);
	if (member)
		return c_aggregate(cg, expr).text;
	if (expr->kind == IR_EXPR_ZERO || expr->kind == IR_EXPR_STRING ||
	    ((expr->kind == IR_EXPR_STRUCT || expr->kind == IR_EXPR_ARRAY) &&
	     elems_are_plain(expr)))
		return initializer_text(cg, expr);
	return c_argument(cg, expr);
}

bool c_declare_by_copies(struct cgen *cg, const struct ir_expr *expr, const char *declared,
			 const char *name)
{
	struct str_vec copies = {0};
	const struct ir_expr *value;

	if ((expr->kind != IR_EXPR_STRUCT && expr->kind != IR_EXPR_ARRAY) ||
	    elems_are_plain(expr) || union_member(expr, &value))
		return false;
	array_copies(cg, expr, name, &copies);
	c_put_declaration(cg, c_format(cg, "%s = %s;", declared, initializer_text(cg, expr)));
	vec_foreach (copy, &copies)
		c_put(cg, "%s;", *copy);
	return true;
}

/* ---- addresses and copies ---- */

/* A temporary whose value, a call, stands where it is read has no address. */
static bool is_in_memory(const struct cgen *cg, struct ir_place *place)
{
	const struct ir_place *root = ir_place_root(place);

	return root->kind != IR_PLACE_LOCAL || !cg->locals[root->local->index].inlined.text;
}

const char *c_address(struct cgen *cg, const struct ir_expr *expr)
{
	const struct type *type = expr->type;

	if (expr->kind == IR_EXPR_LOAD && !c_place_is_bitfield(expr->place) &&
	    is_in_memory(cg, expr->place))
		return c_place_address(cg, expr->place).text;
	if (type->kind == TYPE_ARRAY)
		return c_argument(cg, expr);
	if (expr->kind == IR_EXPR_ZERO || expr->kind == IR_EXPR_STRING ||
	    (expr->kind == IR_EXPR_STRUCT && elems_are_plain(expr)))
		return c_format(cg, "&%s", c_expr(cg, expr).text);
	if (type->kind == TYPE_STRUCT || type->kind == TYPE_STR)
		return c_format(cg, "(%s){%s}", c_declare(cg, type, "[1]"), c_argument(cg, expr));
	return c_format(cg, "&(%s){%s}", c_type(cg, type), c_argument(cg, expr));
}

void c_array_assign(struct cgen *cg, const char *place, const struct ir_expr *value)
{
	const char *wrapper = c_array_wrapper(cg, value->type);

	if (value->kind == IR_EXPR_ZERO)
		c_put(cg, "KS_CLEAR(%s);", place);
	else if (value->kind == IR_EXPR_CALL)
		c_put(cg, "*(%s *)%s = %s;", wrapper, place, c_call(cg, value, NULL).text);
	else
		c_put(cg, "KS_COPY(%s, %s);", place, c_macro_argument(cg, c_argument(cg, value)));
}

const char *c_call_argument(struct cgen *cg, const struct ir_expr *expr)
{
	const char *wrapper;

	if (expr->type->kind != TYPE_ARRAY)
		return c_argument(cg, expr);
	wrapper = c_array_wrapper(cg, expr->type);
	if (is_literal(expr))
		return c_format(cg, "(%s){%s}", wrapper, initializer_text(cg, expr));
	return c_format(cg, "*(%s *)%s", wrapper, c_paren(cg, c_expr(cg, expr), PREC_UNARY));
}

/* ---- text ---- */

/* Is it text that ends with a NUL, whatever it holds? */
static bool ends_with_nul(const struct ir_expr *expr)
{
	return expr->type->kind == TYPE_STR;
}

static const char *bytes_pointer(struct cgen *cg, const struct ir_expr *expr)
{
	struct c_text text;

	if (expr->kind == IR_EXPR_STRING && expr->string.len < expr->type->size)
		return string_initializer(cg, expr);
	text = c_expr(cg, expr);
	if (expr->type->kind == TYPE_STR)
		text = postfix(c_format(cg, "%s.s", c_paren(cg, text, PREC_POSTFIX)));
	if (expr->kind == IR_EXPR_LOAD && c_place_is_volatile(cg, expr->place))
		return c_format(cg, "(const char *)%s", c_paren(cg, text, PREC_UNARY));
	return c_paren(cg, text, PREC_ASSIGN);
}

const char *c_text_pointer(struct cgen *cg, const struct ir_expr *expr)
{
	const char *text = bytes_pointer(cg, expr);

	if (expr->type->kind == TYPE_ARRAY && expr->type->array.elem->kind != TYPE_CHAR &&
	    *text != '"' && *text != '(')
		return c_format(cg, "(const char *)%s", text);
	return text;
}

/* The bytes in which a text may end; of a literal those that are there. */
static const char *bytes_size(struct cgen *cg, const struct ir_expr *expr)
{
	uint32_t size = expr->type->size;

	if (expr->kind == IR_EXPR_STRING && expr->string.len < size)
		size = expr->string.len + 1;
	return c_format(cg, "%u", size);
}

static struct c_text text_equal(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	const char *a = bytes_pointer(cg, left), *b = bytes_pointer(cg, right);

	if (ends_with_nul(left) && ends_with_nul(right))
		return postfix(c_format(cg, "ks_str_eq(%s, %s)", a, b));
	return postfix(c_format(cg, "ks_text_eq(%s, %s, %s, %s)", a, bytes_size(cg, left), b,
				bytes_size(cg, right)));
}

static struct c_text text_length(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *operand = expr->convert.operand;

	if (ends_with_nul(operand))
		return postfix(c_format(cg, "ks_str_len(%s)", bytes_pointer(cg, operand)));
	return postfix(c_format(cg, "ks_text_len(%s, %s)", bytes_pointer(cg, operand),
				bytes_size(cg, operand)));
}

/* A str of the capacity of `type` from any text. */
static struct c_text to_str(struct cgen *cg, const struct type *type, const struct ir_expr *from)
{
	return postfix(c_format(cg, "KS_STR(%s, %s, %s)", c_type(cg, type),
				c_macro_argument(cg, bytes_pointer(cg, from)),
				bytes_size(cg, from)));
}

static const char *as_str(struct cgen *cg, const struct ir_expr *expr)
{
	if (ends_with_nul(expr))
		return c_macro_argument(cg, bytes_pointer(cg, expr));
	return c_format(cg, "%s.s", to_str(cg, type_str(cg->comp, expr->type->size), expr).text);
}

struct c_text c_text_op(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *left, *right;

	if (expr->kind == IR_EXPR_STR_LEN)
		return text_length(cg, expr);
	left = expr->binary.left;
	right = expr->binary.right;
	if (expr->kind == IR_EXPR_STR_EQ)
		return text_equal(cg, expr);
	if (expr->kind == IR_EXPR_STR_AT)
		return postfix(c_format(cg, "ks_str_at(%s, %s, %s)", c_text_pointer(cg, left),
					bytes_size(cg, left), c_expr(cg, right).text));
	return postfix(c_format(cg, "KS_STR_CAT(%s, %s, %s)", c_type(cg, expr->type),
				as_str(cg, left), as_str(cg, right)));
}

struct c_text c_text_convert(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *operand = expr->convert.operand;
	const struct type *to = expr->type;

	if (expr->convert.how == IR_CONVERT_ARRAY)
		return postfix(c_format(cg, "KS_WIDEN(%s, %s, %u).a", c_array_wrapper(cg, to),
					c_macro_argument(cg, c_argument(cg, operand)),
					operand->type->size));
	if (to->kind == TYPE_STR && operand->kind == IR_EXPR_STR_CAT)
		return postfix(c_format(cg, "KS_STR_CAT(%s, %s, %s)", c_type(cg, to),
					as_str(cg, operand->binary.left),
					as_str(cg, operand->binary.right)));
	if (to->kind == TYPE_STR)
		return to_str(cg, to, operand);
	return postfix(c_format(cg, "ks_bytes_from((%s){}, %u, %s, %s)", c_type(cg, to), to->size,
				bytes_pointer(cg, operand), bytes_size(cg, operand)));
}
