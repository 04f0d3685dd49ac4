/* SPDX-License-Identifier: Apache-2.0 */
/* Structs, unions and enums. */
#include "sema/decl.h"

#include "sema/constant.h"

#include <string.h>

#define ALIGN_MAX 4096u

/* Whether the kernel passes such structs to programs or takes them from them. */
static bool is_interface(struct sema *sema, const char *name)
{
	static const char *const prefixes[] = {"trace_event_raw_", "bpf_iter__"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	for (unsigned i = 0; i < PROG_KIND_COUNT; i++) {
		if (prog_kinds[i].context && !strcmp(prog_kinds[i].context, name))
			return true;
	}
	return sema_implements(sema, name);
}

/*
 * Older programs repeat the structs of the kernel that they get and give, often with the wrong
 * types. A repetition has no field that the kernel's struct lacks.
 */
static bool repeats_interface(struct sema *sema, const struct decl *decl, const struct type *type)
{
	uint32_t offset_bits;

	if (decl->kind != DECL_STRUCT || !is_interface(sema, decl->name.text))
		return false;
	vec_foreach (field, &decl->strukt.fields) {
		if (!type_field(type, field->name.text, &offset_bits))
			return false;
	}
	return true;
}

/*
 * A struct or enum in a header that the target kernel has too *is* the kernel's; without its BTF
 * the header's own declaration serves.
 */
static const struct type *kernel_own(struct sema *sema, const struct decl *decl)
{
	const struct type *type = kernel_find_type(sema->comp, decl->name.text);

	if (!type || type->kind != (decl->kind == DECL_ENUM ? TYPE_ENUM : TYPE_STRUCT))
		return NULL;
	if (type->kind == TYPE_STRUCT && type->strukt->is_union != decl->strukt.is_union)
		return NULL;
	return sema_is_header(sema, decl) || repeats_interface(sema, decl, type) ? type : NULL;
}

const struct type *decl_type_object(struct sema *sema, struct decl *decl)
{
	struct compilation *comp = sema->comp;
	enum type_origin origin = sema_is_header(sema, decl) ? ORIGIN_HEADER : ORIGIN_SOURCE;
	const struct type **slot =
		decl->kind == DECL_ENUM ? &decl->enumeration.type : &decl->strukt.type;
	struct type *type;

	if (!*slot)
		*slot = kernel_own(sema, decl);
	if (*slot)
		return *slot;
	if (decl->kind == DECL_ENUM) {
		type = type_enum_new(comp, decl->name.text, origin);
		type->enumeration->decl = decl;
	} else {
		type = type_struct_new(comp, decl->name.text, decl->strukt.is_union, origin);
		type->strukt->decl = decl;
	}
	*slot = type;
	return type;
}

/* ---- fields ---- */

static uint32_t bit_field_width(struct sema *sema, const struct field_decl *decl,
				const struct type *type)
{
	unsigned bits = type->kind == TYPE_BOOL ? 1 : type_bits(type);
	uint64_t width;

	if (type->kind == TYPE_ERROR)
		return 0;
	if (type->kind != TYPE_INT && type->kind != TYPE_BOOL) {
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, decl->type->span,
			    "a bit-field is an integer or a `bool`, not `%s`",
			    type_name(sema->comp, type));
		return 0;
	}
	if (!sema_constant_between(sema, decl->bits, 1, bits,
				   arena_printf(&sema->comp->arena,
						"the width of a bit-field of `%s`",
						type_name(sema->comp, type)),
				   &width))
		return 0;
	return (uint32_t)width;
}

static void field_resolve(struct sema *sema, struct type *type, struct field_decl *decl)
{
	struct field field = {.name = decl->name.text, .span = decl->name.span, .doc = decl->doc};

	field.type = sema_type(sema, decl->type, false);
	field.default_value = decl->default_value;
	if (decl->bits)
		field.bit_size = bit_field_width(sema, decl, field.type);
	/* The layout must not fail; what uses the field meets the error. */
	if (field.type->kind == TYPE_ERROR)
		field.bit_size = 0;
	vec_push(&sema->comp->arena, &type->strukt->fields, field);
}

void decl_fields_resolve(struct sema *sema, struct type *type, struct field_decl_vec *fields)
{
	struct ptr_map seen;

	ptr_map_init(&seen, &sema->comp->arena);
	vec_foreach (decl, fields) {
		const struct field_decl *first = ptr_map_get(&seen, decl->name.text);

		if (first) {
			diag_report(sema->comp, DIAG_DUPLICATE, decl->name.span,
				    "the field `%s` is declared twice", decl->name.text);
			diag_note(sema->comp, first->name.span, "first declared here");
			continue;
		}
		ptr_map_set(&seen, decl->name.text, decl);
		field_resolve(sema, type, decl);
	}
}

/* ---- structs ---- */

static uint32_t explicit_align(struct sema *sema, struct decl *decl)
{
	struct attribute *attribute = attribute_find(decl, "align");
	uint64_t align;

	if (!attribute || attribute->args.len != 1 ||
	    !sema_constant_between(sema, attribute->args.data[0], 1, ALIGN_MAX, "an alignment",
				   &align))
		return 0;
	if (!(align & (align - 1)))
		return (uint32_t)align;
	diag_report(sema->comp, DIAG_ATTRIBUTE, attribute->args.data[0]->span,
		    "an alignment is a power of two: 1, 2, 4, ... %u", ALIGN_MAX);
	return 0;
}

void decl_struct_resolve(struct sema *sema, struct decl *decl)
{
	struct compilation *comp = sema->comp;
	struct type *type = (struct type *)decl_type_object(sema, decl);

	attributes_check(sema, decl);
	if (type->strukt->decl != decl)
		return; /* the kernel's */
	type->strukt->is_packed = attribute_find(decl, "packed") != NULL;
	type->strukt->explicit_align = explicit_align(sema, decl);
	decl_fields_resolve(sema, type, &decl->strukt.fields);
	type_struct_layout(comp, type);
	if (!decl->strukt.fields.len && !sema_is_header(sema, decl))
		diag_report(comp, DIAG_EMPTY_TYPE, decl->name.span, "`%s` needs at least one field",
			    decl->name.text);
	type_limited(sema, type, decl->name.span);
}

/* ---- enums ---- */

struct numbering {
	__int128 next;
	__int128 low, high;
};

static bool enum_item_value(struct sema *sema, const struct enum_item *item, __int128 *wide)
{
	if (!sema_constant(sema, item->value, NULL))
		return false;
	if (item->value->constant.kind == CONSTANT_INT && type_is_integral(item->value->type)) {
		*wide = constant_wide(&item->value->constant);
		return true;
	}
	if (item->value->type->kind != TYPE_ERROR)
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, item->value->span,
			    "the value of `%s` needs an integer, found `%s`", item->name.text,
			    type_name(sema->comp, item->value->type));
	return false;
}

/* All values must fit one integer of 64 bits, signed when some value is negative. */
static bool enum_in_range(struct sema *sema, const struct enum_item *item,
			  struct numbering *numbering, __int128 wide)
{
	__int128 low = wide < numbering->low ? wide : numbering->low;
	__int128 high = wide > numbering->high ? wide : numbering->high;
	struct span span;

	if (wide <= WIDE_MAX && (low >= 0 || high <= INT64_MAX)) {
		numbering->low = low;
		numbering->high = high;
		return true;
	}
	span = item->value ? item->value->span : item->name.span;
	if (wide > WIDE_MAX)
		diag_report(sema->comp, DIAG_CONST_OVERFLOW, span,
			    "the value of `%s` would be greater than 18446744073709551615",
			    item->name.text);
	else
		diag_report(sema->comp, DIAG_CONST_OVERFLOW, span,
			    "the value of `%s` and the others do not fit one integer of 64 bits",
			    item->name.text);
	return false;
}

/* The constant that the name stands for; NULL when another declaration has the name. */
static struct expr *enum_variant(struct sema *sema, const struct decl *decl,
				 const struct enum_item *item)
{
	struct expr *variant = ptr_map_get(&sema->program->constants, item->name.text);

	return variant && variant->ref.decl == decl && variant->span.start == item->name.span.start
		       ? variant
		       : NULL;
}

static void enum_item_resolve(struct sema *sema, struct decl *decl, struct type *type,
			      const struct enum_item *item, struct numbering *numbering)
{
	struct expr *variant = enum_variant(sema, decl, item);
	struct enum_value value = {.name = item->name.text, .span = item->name.span};
	__int128 wide = numbering->next;

	if (item->value && !enum_item_value(sema, item, &wide))
		wide = numbering->next;
	if (!enum_in_range(sema, item, numbering, wide))
		wide = 0;
	numbering->next = wide + 1;
	value.value = (int64_t)(uint64_t)wide;
	if (type->enumeration->decl == decl)
		vec_push(&sema->comp->arena, &type->enumeration->values, value);
	if (!variant)
		return;
	variant->constant = constant_from_wide(wide);
	variant->type = type;
}

/* In a header the kernel's numbers count; a name that it lacks keeps the header's. */
static void enum_take_kernel_values(struct sema *sema, struct decl *decl, const struct type *type)
{
	vec_foreach (item, &decl->enumeration.items) {
		const struct enum_value *value = type_enum_find(type, item->name.text);
		struct expr *variant = enum_variant(sema, decl, item);

		if (value && variant)
			variant->constant =
				type_is_signed(type)
					? sema_constant_int(value->value)
					: sema_constant_unsigned((uint64_t)value->value);
	}
}

void decl_enum_resolve(struct sema *sema, struct decl *decl)
{
	struct type *type = (struct type *)decl_type_object(sema, decl);
	struct numbering numbering = {0};

	attributes_check(sema, decl);
	if (!decl->enumeration.items.len)
		diag_report(sema->comp, DIAG_EMPTY_TYPE, decl->name.span,
			    "`%s` needs at least one value", decl->name.text);
	vec_foreach (item, &decl->enumeration.items)
		enum_item_resolve(sema, decl, type, item, &numbering);
	if (type->enumeration->decl == decl)
		type_enum_finish(sema->comp, type, numbering.low < 0);
	else
		enum_take_kernel_values(sema, decl, type);
}
