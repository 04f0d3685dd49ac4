/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/kernel_types.h"

#include <string.h>

/* Longer chains of pointers and prototypes than any C program has; stops at hostile BTF. */
#define DEPTH_MAX 48

/* Marks in the memo: being made just now (a cycle when met again), and known not to be possible. */
static const struct type mark_in_work, mark_impossible;

static const struct type *convert(struct compilation *comp, uint32_t index, uint32_t id, int depth);

static struct btf_image *image_of(struct compilation *comp, uint32_t index)
{
	return &comp->kernels->kernels.data[index]->btf;
}

static const char *name_of(struct compilation *comp, uint32_t index, uint32_t name_off)
{
	return intern_str(&comp->names, btf_image_string(image_of(comp, index), name_off));
}

static const struct type *convert_int(struct compilation *comp, const struct btf_image *image,
				      const struct btf_type *btf)
{
	uint32_t info = *(const uint32_t *)(btf + 1);

	if (BTF_INT_ENCODING(info) & BTF_INT_BOOL && btf->size == 1)
		return comp->types->bool_;
	if (btf->size == 1 && (BTF_INT_ENCODING(info) & BTF_INT_CHAR ||
			       !strcmp(btf_image_string(image, btf->name_off), "char")))
		return comp->types->char_;
	if (btf->size == 16)
		return type_array(comp, comp->types->u64, 2);
	if (btf->size != 1 && btf->size != 2 && btf->size != 4 && btf->size != 8)
		return NULL;
	return type_int(comp, btf->size * 8, BTF_INT_ENCODING(info) & BTF_INT_SIGNED);
}

/* Network-order integers are ordinary integers in BTF; only the typedef's name tells them. */
static const struct type *convert_typedef(struct compilation *comp, uint32_t index,
					  const struct btf_type *btf, int depth)
{
	const char *name = btf_image_string(image_of(comp, index), btf->name_off);
	const struct type *type;

	if (!strcmp(name, "__be16"))
		return comp->types->be16;
	if (!strcmp(name, "__be32"))
		return comp->types->be32;
	if (!strcmp(name, "__be64"))
		return comp->types->be64;
	type = convert(comp, index, btf->type, depth + 1);
	if (type && type->kind == TYPE_STRUCT && type->strukt->name && !*type->strukt->name &&
	    !type->strukt->typedef_name)
		type->strukt->typedef_name = intern_str(&comp->names, name);
	return type;
}

/* Type tags stand between a pointer and its target. */
static enum region pointer_region(const struct btf_image *image, uint32_t target)
{
	const struct btf_type *btf = btf_image_type(image, target);

	for (int steps = 0; btf && steps < DEPTH_MAX; steps++) {
		uint32_t kind = btf_image_kind(btf);
		const char *tag = btf_image_string(image, btf->name_off);

		if (kind != BTF_KIND_TYPE_TAG && kind != BTF_KIND_CONST &&
		    kind != BTF_KIND_VOLATILE && kind != BTF_KIND_RESTRICT)
			break;
		if (kind == BTF_KIND_TYPE_TAG && !strcmp(tag, "user"))
			return REGION_USER;
		/* An offset into each CPU's area, not the address of anything. */
		if (kind == BTF_KIND_TYPE_TAG && !strcmp(tag, "percpu"))
			return REGION_ADDRESS;
		btf = btf_image_type(image, btf->type);
	}
	return REGION_KERNEL;
}

static const struct type *convert_pointer(struct compilation *comp, uint32_t index,
					  const struct btf_type *btf, int depth)
{
	struct btf_image *image = image_of(comp, index);
	const struct btf_type *target = btf_image_type(image, btf_image_strip(image, btf->type));
	const struct type *type;

	type = target ? convert(comp, index, btf->type, depth + 1) : NULL;
	if (type && type->kind == TYPE_FN && btf_image_kind(target) == BTF_KIND_FUNC_PROTO)
		return type;
	return type_ptr(comp, type ? type : comp->types->void_, pointer_region(image, btf->type));
}

static const struct type *convert_array(struct compilation *comp, uint32_t index,
					const struct btf_type *btf, int depth)
{
	const struct btf_array *array = (const void *)(btf + 1);
	const struct type *elem = convert(comp, index, array->type, depth + 1);

	return elem ? type_array(comp, elem, array->nelems) : NULL;
}

static const struct type *convert_enum(struct compilation *comp, uint32_t index, uint32_t id,
				       const struct btf_type *btf)
{
	struct btf_image *image = image_of(comp, index);
	struct type *type = type_enum_new(comp, name_of(comp, index, btf->name_off), ORIGIN_KERNEL);
	struct enum_type *enumeration = type->enumeration;
	const struct btf_enum *narrow = (const void *)(btf + 1);
	const struct btf_enum64 *wide = (const void *)(btf + 1);
	bool is_wide = btf_image_kind(btf) == BTF_KIND_ENUM64;
	bool is_signed = btf_image_kflag(btf);

	if (btf->size != 1 && btf->size != 2 && btf->size != 4 && btf->size != 8)
		return NULL;
	/* Encoders before 6.0 did not mark signed enums. */
	for (uint32_t i = 0; !is_wide && !image->enums_have_sign && i < btf_image_vlen(btf); i++)
		is_signed |= narrow[i].val < 0;
	for (uint32_t i = 0; i < btf_image_vlen(btf); i++) {
		struct enum_value value = {.span = span_nowhere()};

		if (is_wide) {
			value.name = name_of(comp, index, wide[i].name_off);
			value.value =
				(int64_t)((uint64_t)wide[i].val_hi32 << 32 | wide[i].val_lo32);
		} else {
			value.name = name_of(comp, index, narrow[i].name_off);
			value.value = is_signed ? (int64_t)narrow[i].val
						: (int64_t)(uint32_t)narrow[i].val;
		}
		vec_push(&comp->arena, &enumeration->values, value);
	}
	enumeration->base = type_int(comp, btf->size * 8, is_signed);
	enumeration->btf_id = id;
	type->size = type->align = btf->size;
	return type;
}

static const struct type *struct_new(struct compilation *comp, uint32_t index, uint32_t id,
				     const struct btf_type *btf, enum type_origin origin)
{
	struct btf_image *image = image_of(comp, index);
	const char *name = name_of(comp, index, btf->name_off);
	bool is_union = btf_image_kind(btf) == BTF_KIND_UNION;
	struct type *type;

	if (kernel_struct_is_uapi(name))
		origin = ORIGIN_UAPI;
	type = type_struct_new(comp, name, is_union, origin);
	type->size = btf->size;
	type->align = btf_image_align(image, id);
	type->strukt->btf_id = id;
	type->strukt->kernel = comp->kernels->kernels.data[index];
	type->strukt->comp = comp;
	return type;
}

/* A declaration without members: its definition if the same BTF has one. */
static const struct type *convert_forward(struct compilation *comp, uint32_t index,
					  const struct btf_type *btf, int depth)
{
	const char *name = name_of(comp, index, btf->name_off);
	bool is_union = btf_image_kflag(btf);
	uint32_t id = btf_image_find(image_of(comp, index), name,
				     is_union ? BTF_MASK(UNION) : BTF_MASK(STRUCT));
	struct type *type;

	if (id)
		return convert(comp, index, id, depth + 1);
	type = type_struct_new(comp, name, is_union, ORIGIN_KERNEL);
	type->strukt->state = STRUCT_COMPLETE;
	return type;
}

static const struct type *proto_type(struct compilation *comp, uint32_t index,
				     const struct btf_type *btf, uint32_t skip, int depth)
{
	const struct btf_param *param = btf_image_params(btf);
	struct fn_param_vec params = {0};
	const struct type *result = NULL;

	for (uint32_t i = skip; i < btf_image_vlen(btf); i++) {
		struct fn_param to = {0};
		size_t len;

		if (!param[i].type)
			continue; /* the mark of `...` */
		to.type = convert(comp, index, param[i].type, depth + 1);
		if (!to.type)
			to.type = comp->types->u64;
		if (to.type->kind == TYPE_ARRAY)
			to.type = type_ptr(comp, to.type->array.elem, REGION_KERNEL);
		to.name = name_of(comp, index, param[i].name_off);
		len = strlen(to.name);
		/* How the kernel's own verifier learns it: from the parameter's name. */
		to.nullable = (len > 10 && !strcmp(to.name + len - 10, "__nullable")) ||
			      (len > 5 && !strcmp(to.name + len - 5, "__opt"));
		if (!len)
			to.name = NULL;
		vec_push(&comp->arena, &params, to);
	}
	if (btf->type)
		result = convert(comp, index, btf->type, depth + 1);
	return type_fn(comp, result ? result : comp->types->void_, &params);
}

static const struct type *convert_record(struct compilation *comp, uint32_t index, uint32_t id,
					 const struct btf_type *btf, int depth)
{
	switch (btf_image_kind(btf)) {
	case BTF_KIND_INT:
		return convert_int(comp, image_of(comp, index), btf);
	case BTF_KIND_PTR:
		return convert_pointer(comp, index, btf, depth);
	case BTF_KIND_ARRAY:
		return convert_array(comp, index, btf, depth);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return struct_new(comp, index, id, btf, ORIGIN_KERNEL);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return convert_enum(comp, index, id, btf);
	case BTF_KIND_FWD:
		return convert_forward(comp, index, btf, depth);
	case BTF_KIND_TYPEDEF:
		return convert_typedef(comp, index, btf, depth);
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
		return convert(comp, index, btf->type, depth + 1);
	case BTF_KIND_FUNC_PROTO:
		return proto_type(comp, index, btf, 0, depth);
	case BTF_KIND_FLOAT:
		if (btf->size == 4 || btf->size == 8)
			return btf->size == 4 ? comp->types->f32 : comp->types->f64;
		return type_array(comp, comp->types->u8, btf->size);
	}
	return NULL; /* sections and tags are no types */
}

static const struct type *convert(struct compilation *comp, uint32_t index, uint32_t id, int depth)
{
	struct ptr_map *memo = comp->kernels->types.data[index];
	const struct btf_type *btf = btf_image_type(image_of(comp, index), id);
	const void *key = (const void *)(uintptr_t)id;
	const struct type *type;

	if (!btf)
		return NULL;
	type = ptr_map_get(memo, key);
	if (type == &mark_in_work || type == &mark_impossible)
		return NULL;
	if (type)
		return type;
	ptr_map_set(memo, key, (void *)&mark_in_work);
	if (depth < DEPTH_MAX)
		type = convert_record(comp, index, id, btf, depth);
	ptr_map_set(memo, key, (void *)(type ? type : &mark_impossible));
	return type;
}

const struct type *kernel_type_by_id(struct compilation *comp, uint32_t index, uint32_t id)
{
	return convert(comp, index, id, 0);
}

const struct type *kernel_proto_type(struct compilation *comp, uint32_t index, uint32_t proto_id,
				     uint32_t skip)
{
	const struct btf_type *btf = btf_image_type(image_of(comp, index), proto_id);

	if (!btf || btf_image_kind(btf) != BTF_KIND_FUNC_PROTO)
		return NULL;
	return proto_type(comp, index, btf, skip, 0);
}

/* ---- members ---- */

static uint32_t kernel_index(const struct compilation *comp, const struct kernel *kernel)
{
	uint32_t index = 0;

	while (comp->kernels->kernels.data[index] != kernel)
		index++;
	return index;
}

/*
 * Unnamed structs and unions belong to the struct around them, so they share its origin: their
 * layout is as fixed as its own.
 */
static const struct type *member_type(struct compilation *comp, uint32_t index, uint32_t id,
				      enum type_origin origin)
{
	struct btf_image *image = image_of(comp, index);
	uint32_t plain = btf_image_strip(image, id);
	const struct btf_type *btf = btf_image_type(image, plain);
	struct ptr_map *memo = comp->kernels->types.data[index];
	const void *key = (const void *)(uintptr_t)plain;

	if (origin == ORIGIN_UAPI && btf && !btf->name_off &&
	    1u << btf_image_kind(btf) & BTF_MASK_STRUCTS && !ptr_map_get(memo, key))
		ptr_map_set(memo, key, (void *)struct_new(comp, index, plain, btf, origin));
	return convert(comp, index, id, 0);
}

/* Old encoders give a bit-field by an integer type that is narrower than its storage. */
static uint32_t old_bit_size(const struct btf_image *image, uint32_t id, uint32_t *offset)
{
	const struct btf_type *btf = btf_image_type(image, btf_image_strip(image, id));
	uint32_t info;

	if (!btf || btf_image_kind(btf) != BTF_KIND_INT)
		return 0;
	info = *(const uint32_t *)(btf + 1);
	if (BTF_INT_BITS(info) >= btf->size * 8 || !BTF_INT_BITS(info))
		return 0;
	*offset += BTF_INT_OFFSET(info);
	return BTF_INT_BITS(info);
}

void kernel_complete_struct(struct compilation *comp, struct type *type)
{
	struct struct_type *strukt = type->strukt;
	uint32_t index = kernel_index(comp, strukt->kernel);
	struct btf_image *image = image_of(comp, index);
	const struct btf_type *btf = btf_image_type(image, strukt->btf_id);
	const struct btf_member *member = btf_image_members(btf);

	strukt->state = STRUCT_LAYING_OUT;
	for (uint32_t i = 0; i < btf_image_vlen(btf); i++, member++) {
		struct field field = {.span = span_nowhere()};

		field.type = member_type(comp, index, member->type, strukt->origin);
		field.offset_bits = member->offset;
		if (btf_image_kflag(btf)) {
			field.offset_bits = BTF_MEMBER_BIT_OFFSET(member->offset);
			field.bit_size = BTF_MEMBER_BITFIELD_SIZE(member->offset);
		} else {
			field.bit_size = old_bit_size(image, member->type, &field.offset_bits);
		}
		/* A broken member is left out: a program that uses it is told that it is unknown.
		 */
		if (!field.type || field.type->kind == TYPE_VOID ||
		    (uint64_t)field.offset_bits +
				    (field.bit_size ? field.bit_size : field.type->size * 8ull) >
			    type->size * 8ull)
			continue;
		if (member->name_off)
			field.name = name_of(comp, index, member->name_off);
		else if (field.type->kind != TYPE_STRUCT)
			continue; /* padding */
		vec_push(&comp->arena, &strukt->fields, field);
	}
	strukt->state = STRUCT_COMPLETE;
	kernel_context_adjust(comp, type);
}
