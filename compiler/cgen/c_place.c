/* SPDX-License-Identifier: Apache-2.0 */
/* Places: lvalues and addresses. */
#include "cgen/cprint.h"

/* `*pointer` is kept apart until it is known whether a field follows: `pointer->field`. */
struct place_text {
	struct c_text text;
	bool is_pointer;
};

static struct place_text place_text(struct cgen *cg, const struct ir_place *place);

const char *c_local_text(struct cgen *cg, const struct ir_local *local)
{
	cg->locals[local->index].is_shown = true;
	if (cg->locals[local->index].merged)
		cg->locals[cg->locals[local->index].merged->index].is_shown = true;
	return cg->locals[local->index].name;
}

static struct c_text lvalue(struct cgen *cg, struct place_text place)
{
	if (!place.is_pointer)
		return place.text;
	return (struct c_text){c_format(cg, "*%s", c_paren(cg, place.text, PREC_UNARY)),
			       PREC_UNARY};
}

static struct place_text global_text(struct cgen *cg, const struct ir_global *global)
{
	return (struct place_text){{c_name(cg, global, global->name), PREC_PRIMARY},
				   cg->backend->global_is_pointer(global)};
}

/* The pointer itself, of the type that the access has. */
static struct c_text typed_pointer(struct cgen *cg, const struct ir_place *place)
{
	const struct ir_expr *pointer = place->deref.pointer;
	struct c_text text = c_expr(cg, pointer);

	if (pointer->type->ptr.target->kind != TYPE_VOID)
		return text;
	return (struct c_text){c_format(cg, "(%s)%s", c_declare(cg, place->type, "*"),
					c_paren(cg, text, PREC_UNARY)),
			       PREC_UNARY};
}

static struct place_text deref_text(struct cgen *cg, const struct ir_place *place)
{
	const struct ir_expr *pointer = place->deref.pointer;
	struct c_text text;

	if (pointer->kind == IR_EXPR_ADDR)
		return place_text(cg, pointer->place);
	if (pointer->kind == IR_EXPR_LOAD && pointer->place->kind == IR_PLACE_LOCAL) {
		const struct ir_local *buffer = cg->locals[pointer->place->local->index].buffer;

		if (buffer)
			return (struct place_text){{c_local_text(cg, buffer), PREC_PRIMARY}, false};
	}
	text = typed_pointer(cg, place);
	switch (place->deref.access) {
	case IR_ACCESS_DIRECT:
		return (struct place_text){text, true};
	case IR_ACCESS_NULL_ZERO:
		return (struct place_text){
			{c_format(cg, "KS_OR_ZERO(%s)", c_macro_argument(cg, text.text)),
			 PREC_POSTFIX},
			false};
	case IR_ACCESS_NULL_TRAP:
		return (struct place_text){
			{c_format(cg, "KS_DEREF(%s, %s)", c_macro_argument(cg, text.text),
				  c_where(cg, place->span)),
			 PREC_POSTFIX},
			true};
	case IR_ACCESS_PACKET:
		if (cg->backend->packet_text)
			return (struct place_text){
				{cg->backend->packet_text(cg, place), PREC_POSTFIX}, false};
		break;
	case IR_ACCESS_CONTEXT:
	case IR_ACCESS_KERNEL:
	case IR_ACCESS_KERNEL_READ:
	case IR_ACCESS_USER_READ:
		break;
	}
	internal_error(cg->comp, place->span, "an access to bpf memory in C code");
}

/* A field of a struct that a checked packet pointer points to, however deep. */
static bool is_in_packet(const struct ir_place *place)
{
	while (place->kind == IR_PLACE_FIELD)
		place = place->field.base;
	return place->kind == IR_PLACE_DEREF && place->deref.access == IR_ACCESS_PACKET;
}

static struct place_text field_text(struct cgen *cg, const struct ir_place *place)
{
	const char *special = cg->backend->field_text ? cg->backend->field_text(cg, place) : NULL;
	struct place_text base;

	/* The bytes of the field alone are looked for in the packet. */
	if (!special && is_in_packet(place) && !place->field.field->bit_size)
		special = cg->backend->packet_text(cg, place);
	if (special)
		return (struct place_text){{special, PREC_POSTFIX}, false};
	base = place_text(cg, place->field.base);
	if (!place->field.field->name)
		internal_error(cg->comp, place->span, "an unnamed field as a place");
	return (struct place_text){
		{c_format(cg, "%s%s%s", c_paren(cg, base.text, PREC_POSTFIX),
			  base.is_pointer ? "->" : ".", c_field_name(cg, place->field.field)),
		 PREC_POSTFIX},
		false};
}

static struct place_text place_text(struct cgen *cg, const struct ir_place *place)
{
	const struct c_local *info;
	struct c_text base;

	switch (place->kind) {
	case IR_PLACE_LOCAL:
		info = &cg->locals[place->local->index];
		if (info->inlined.text)
			return (struct place_text){info->inlined, false};
		return (struct place_text){{c_local_text(cg, place->local), PREC_PRIMARY}, false};
	case IR_PLACE_GLOBAL:
		return global_text(cg, place->global);
	case IR_PLACE_DEREF:
		return deref_text(cg, place);
	case IR_PLACE_FIELD:
		return field_text(cg, place);
	case IR_PLACE_INDEX:
		base = c_place(cg, place->index.base);
		if (place->index.checked)
			return (struct place_text){
				{c_format(
					 cg, "KS_ELEM(%s, %s)", base.text,
					 c_macro_argument(cg, c_expr(cg, place->index.index).text)),
				 PREC_POSTFIX},
				false};
		return (struct place_text){{c_format(cg, "%s[%s]", c_paren(cg, base, PREC_POSTFIX),
						     c_expr(cg, place->index.index).text),
					    PREC_POSTFIX},
					   false};
	}
	internal_error(cg->comp, place->span, "an unknown kind of place");
}

struct c_text c_place(struct cgen *cg, const struct ir_place *place)
{
	return lvalue(cg, place_text(cg, place));
}

const struct ir_global *c_place_global(const struct ir_place *place)
{
	const struct ir_place *root = ir_place_root((struct ir_place *)place);

	return root->kind == IR_PLACE_GLOBAL ? root->global : NULL;
}

bool c_place_is_volatile(const struct cgen *cg, const struct ir_place *place)
{
	const struct ir_global *global = c_place_global(place);

	return global && cg->backend->global_is_pointer(global);
}

bool c_place_is_bitfield(const struct ir_place *place)
{
	return place->kind == IR_PLACE_FIELD && place->field.field->bit_size;
}

/* Is the place's alignment in C less than its type's? */
static bool is_in_packed(const struct ir_place *place)
{
	for (; place->kind == IR_PLACE_FIELD || place->kind == IR_PLACE_INDEX;
	     place = place->kind == IR_PLACE_FIELD ? place->field.base : place->index.base) {
		if (place->kind == IR_PLACE_FIELD && place->field.base->type->strukt->is_packed)
			return true;
	}
	return false;
}

struct c_text c_place_address(struct cgen *cg, const struct ir_place *place)
{
	struct place_text text = place_text(cg, place);
	const char *cast = "", *address;

	if (c_place_is_volatile(cg, place))
		cast = c_format(cg, "(%s)", c_declare(cg, place->type, "*"));
	/* Compilers warn of such addresses: who reads through them must know what he does. */
	if (is_in_packed(place))
		cast = c_format(cg, "(%s)(void *)", c_declare(cg, place->type, "*"));
	if (text.is_pointer && !*cast)
		return text.text;
	address = text.is_pointer ? c_paren(cg, text.text, PREC_UNARY)
				  : c_format(cg, "&%s", c_paren(cg, text.text, PREC_UNARY));
	return (struct c_text){c_format(cg, "%s%s", cast, address), PREC_UNARY};
}

bool c_place_same(const struct ir_place *a, const struct ir_place *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case IR_PLACE_LOCAL:
		return a->local == b->local;
	case IR_PLACE_GLOBAL:
		return a->global == b->global;
	case IR_PLACE_FIELD:
		return a->field.field == b->field.field &&
		       c_place_same(a->field.base, b->field.base);
	case IR_PLACE_INDEX:
	case IR_PLACE_DEREF:
		break;
	}
	return false;
}
