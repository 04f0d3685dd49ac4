/* SPDX-License-Identifier: Apache-2.0 */
#include "types/type.h"

#include <string.h>

/* Derived types are few (hundreds), so one open-addressing table with linear probing serves. */
struct type_index {
	struct type **slots;
	uint32_t count, cap; /* cap is a power of two */
};

static struct type *type_new(struct compilation *comp, enum type_kind kind, uint32_t size)
{
	struct type *type = arena_new(&comp->arena, struct type);

	type->kind = kind;
	type->size = size;
	type->align = size ? size : 1;
	return type;
}

static const struct type *number_new(struct compilation *comp, enum type_kind kind, unsigned bits,
				     bool is_signed)
{
	struct type *type = type_new(comp, kind, bits / 8);

	type->integer.bits = (uint8_t)bits;
	type->integer.is_signed = is_signed;
	return type;
}

void types_init(struct compilation *comp)
{
	struct type_table *table = arena_new(&comp->arena, struct type_table);

	comp->types = table;
	table->index = arena_new(&comp->arena, struct type_index);
	table->error = type_new(comp, TYPE_ERROR, 0);
	table->void_ = type_new(comp, TYPE_VOID, 0);
	table->bool_ = type_new(comp, TYPE_BOOL, 1);
	table->char_ = type_new(comp, TYPE_CHAR, 1);
	table->null = type_new(comp, TYPE_NULL, 8);
	table->handle = type_new(comp, TYPE_HANDLE, 8);
	table->perf = type_new(comp, TYPE_PERF, 8);
	table->u8 = number_new(comp, TYPE_INT, 8, false);
	table->u16 = number_new(comp, TYPE_INT, 16, false);
	table->u32 = number_new(comp, TYPE_INT, 32, false);
	table->u64 = number_new(comp, TYPE_INT, 64, false);
	table->i8 = number_new(comp, TYPE_INT, 8, true);
	table->i16 = number_new(comp, TYPE_INT, 16, true);
	table->i32 = number_new(comp, TYPE_INT, 32, true);
	table->i64 = number_new(comp, TYPE_INT, 64, true);
	table->be16 = number_new(comp, TYPE_BE, 16, false);
	table->be32 = number_new(comp, TYPE_BE, 32, false);
	table->be64 = number_new(comp, TYPE_BE, 64, false);
	table->f32 = number_new(comp, TYPE_FLOAT, 32, true);
	table->f64 = number_new(comp, TYPE_FLOAT, 64, true);
}

const struct type *type_int(struct compilation *comp, unsigned bits, bool is_signed)
{
	const struct type_table *table = comp->types;

	switch (bits) {
	case 8:
		return is_signed ? table->i8 : table->u8;
	case 16:
		return is_signed ? table->i16 : table->u16;
	case 32:
		return is_signed ? table->i32 : table->u32;
	case 64:
		return is_signed ? table->i64 : table->u64;
	}
	return table->error;
}

/* ---- interning of derived types ---- */

static uint64_t hash_mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ (hash >> 29);
}

static uint64_t type_hash(const struct type *type)
{
	uint64_t hash = hash_mix(0, type->kind);

	switch (type->kind) {
	case TYPE_STR:
		return hash_mix(hash, type->str.capacity);
	case TYPE_ARRAY:
		return hash_mix(hash_mix(hash, (uintptr_t)type->array.elem), type->array.count);
	case TYPE_PTR:
		return hash_mix(hash_mix(hash, (uintptr_t)type->ptr.target), type->ptr.region);
	case TYPE_FN:
		hash = hash_mix(hash, (uintptr_t)type->fn.result);
		vec_foreach (param, &type->fn.params)
			hash = hash_mix(hash, (uintptr_t)param->type);
		return hash;
	case TYPE_MAP:
	case TYPE_MODULE:
		return hash_mix(hash, (uintptr_t)type->map);
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_FLOAT:
	case TYPE_STRUCT:
	case TYPE_ENUM:
	case TYPE_NULL:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_KIND_COUNT:
		break;
	}
	return hash;
}

/*
 * Parameter names and nullability are kept apart: two function types that differ only there are
 * two objects, and type_same() holds for them.
 */
static bool params_identical(const struct fn_param_vec *a, const struct fn_param_vec *b)
{
	if (a->len != b->len)
		return false;
	for (uint32_t i = 0; i < a->len; i++) {
		if (a->data[i].type != b->data[i].type || a->data[i].name != b->data[i].name ||
		    a->data[i].nullable != b->data[i].nullable)
			return false;
	}
	return true;
}

static bool type_identical(const struct type *a, const struct type *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case TYPE_STR:
		return a->str.capacity == b->str.capacity;
	case TYPE_ARRAY:
		return a->array.elem == b->array.elem && a->array.count == b->array.count;
	case TYPE_PTR:
		return a->ptr.target == b->ptr.target && a->ptr.region == b->ptr.region;
	case TYPE_FN:
		return a->fn.result == b->fn.result &&
		       params_identical(&a->fn.params, &b->fn.params);
	case TYPE_MAP:
	case TYPE_MODULE:
		return a->map == b->map;
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_FLOAT:
	case TYPE_STRUCT:
	case TYPE_ENUM:
	case TYPE_NULL:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_KIND_COUNT:
		break;
	}
	return false;
}

static void index_grow(struct compilation *comp, struct type_index *index)
{
	struct type **old = index->slots;
	uint32_t old_cap = index->cap;

	index->cap = old_cap ? old_cap * 2 : 128;
	index->slots = arena_array(&comp->arena, struct type *, index->cap);
	for (uint32_t i = 0; i < old_cap; i++) {
		if (!old[i])
			continue;
		uint32_t at = (uint32_t)type_hash(old[i]) & (index->cap - 1);
		while (index->slots[at])
			at = (at + 1) & (index->cap - 1);
		index->slots[at] = old[i];
	}
}

/* The one type equal to `model`, copied from it when it is new. */
static const struct type *type_intern(struct compilation *comp, const struct type *model)
{
	struct type_index *index = comp->types->index;
	uint32_t at;

	if (index->count * 4 >= index->cap * 3)
		index_grow(comp, index);
	at = (uint32_t)type_hash(model) & (index->cap - 1);
	while (index->slots[at]) {
		if (type_identical(index->slots[at], model))
			return index->slots[at];
		at = (at + 1) & (index->cap - 1);
	}
	struct type *type = arena_memdup(&comp->arena, model, sizeof(*model));
	if (type->kind == TYPE_FN)
		type->fn.params.data =
			arena_memdup(&comp->arena, model->fn.params.data,
				     model->fn.params.len * sizeof(*model->fn.params.data));
	index->slots[at] = type;
	index->count++;
	return type;
}

static uint32_t bytes_limited(uint64_t bytes)
{
	return bytes > TYPE_BYTES_MAX ? UINT32_MAX : (uint32_t)bytes;
}

const struct type *type_str(struct compilation *comp, uint32_t capacity)
{
	struct type model = {.kind = TYPE_STR, .align = 1};

	model.size = bytes_limited((uint64_t)capacity + 1);
	model.str.capacity = capacity;
	return type_intern(comp, &model);
}

const struct type *type_array(struct compilation *comp, const struct type *elem, uint32_t count)
{
	struct type model = {.kind = TYPE_ARRAY, .align = elem->align};

	model.size = bytes_limited((uint64_t)elem->size * count);
	model.array.elem = elem;
	model.array.count = count;
	return type_intern(comp, &model);
}

const struct type *type_ptr(struct compilation *comp, const struct type *target, enum region region)
{
	struct type model = {.kind = TYPE_PTR, .size = 8, .align = 8};

	model.ptr.target = target;
	model.ptr.region = region;
	return type_intern(comp, &model);
}

const struct type *type_fn(struct compilation *comp, const struct type *result,
			   const struct fn_param_vec *params)
{
	struct type model = {.kind = TYPE_FN, .size = 8, .align = 8};

	model.fn.result = result;
	if (params)
		model.fn.params = *params;
	model.fn.params.cap = model.fn.params.len;
	return type_intern(comp, &model);
}

const struct type *type_map(struct compilation *comp, struct decl *map)
{
	struct type model = {.kind = TYPE_MAP, .align = 1};

	model.map = map;
	return type_intern(comp, &model);
}

const struct type *type_module(struct compilation *comp, struct decl *import)
{
	struct type model = {.kind = TYPE_MODULE, .align = 1};

	model.module = import;
	return type_intern(comp, &model);
}

/* ---- structs and enums ---- */

struct type *type_struct_new(struct compilation *comp, const char *name, bool is_union,
			     enum type_origin origin)
{
	struct type *type = type_new(comp, TYPE_STRUCT, 0);

	type->strukt = arena_new(&comp->arena, struct struct_type);
	type->strukt->name = name;
	type->strukt->is_union = is_union;
	type->strukt->origin = origin;
	return type;
}

struct type *type_enum_new(struct compilation *comp, const char *name, enum type_origin origin)
{
	struct type *type = type_new(comp, TYPE_ENUM, 4);

	type->enumeration = arena_new(&comp->arena, struct enum_type);
	type->enumeration->name = name;
	type->enumeration->origin = origin;
	type->enumeration->base = comp->types->u32;
	return type;
}

void type_enum_finish(struct compilation *comp, struct type *type, bool is_signed)
{
	bool is_wide = false;

	vec_foreach (value, &type->enumeration->values) {
		if (is_signed)
			is_wide |= value->value < INT32_MIN || value->value > INT32_MAX;
		else
			is_wide |= (uint64_t)value->value > UINT32_MAX;
	}
	type->enumeration->base = type_int(comp, is_wide ? 64 : 32, is_signed);
	type->size = type->align = is_wide ? 8 : 4;
}

void type_complete(struct compilation *comp, const struct type *type)
{
	while (type->kind == TYPE_ARRAY)
		type = type->array.elem;
	if (type->kind != TYPE_STRUCT || type->strukt->state != STRUCT_DECLARED ||
	    !type->strukt->kernel || !comp->types->complete)
		return;
	/* Types are const for their users; only this lazy completion writes to a finished one. */
	comp->types->complete(comp, (struct type *)type);
}

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/*
 * Places one field at or after bit `pos` and returns the first bit behind it. A bit-field shares
 * the storage unit of its type with the bits before it when it fits there whole.
 */
static uint64_t field_place(struct field *field, bool is_packed, uint64_t pos, uint32_t *align)
{
	uint64_t unit = (uint64_t)field->type->size * 8;
	uint32_t field_align = is_packed ? 1 : field->type->align;
	uint64_t bits = unit;

	if (field->bit_size) {
		bits = field->bit_size;
		if (!is_packed && pos / unit != (pos + bits - 1) / unit)
			pos = round_up(pos, unit);
	} else {
		pos = round_up(pos, (uint64_t)field_align * 8);
	}
	field->offset_bits = pos > UINT32_MAX ? UINT32_MAX : (uint32_t)pos;
	if (field_align > *align)
		*align = field_align;
	return pos + bits;
}

void type_struct_layout(struct compilation *comp, struct type *type)
{
	struct struct_type *strukt = type->strukt;
	uint32_t align = 1;
	uint64_t pos = 0, end = 0;

	strukt->state = STRUCT_LAYING_OUT;
	vec_foreach (field, &strukt->fields) {
		pos = field_place(field, strukt->is_packed, strukt->is_union ? 0 : pos, &align);
		if (pos > end)
			end = pos;
		/* Far beyond the limit; going on could wrap. */
		if (end > UINT64_MAX / 4)
			break;
	}
	if (strukt->explicit_align > align)
		align = strukt->explicit_align;
	type->align = align;
	type->size = bytes_limited(round_up((end + 7) / 8, align));
	strukt->state = STRUCT_COMPLETE;
}

/*
 * `budget` bounds the work: unnamed members of real structs nest a few levels, but BTF can come
 * from anywhere and may claim that they nest in each other.
 */
static const struct field *field_find(const struct type *type, const char *name,
				      uint32_t *offset_bits, int depth, int *budget)
{
	if (type->kind != TYPE_STRUCT || depth > 16)
		return NULL;
	if (type->strukt->comp)
		type_complete(type->strukt->comp, type);
	vec_foreach (field, &type->strukt->fields) {
		if (field->name == name) {
			*offset_bits = field->offset_bits;
			return field;
		}
	}
	vec_foreach (field, &type->strukt->fields) {
		uint32_t inner_bits;
		const struct field *inner;

		if (field->name || (*budget)-- <= 0)
			continue;
		inner = field_find(field->type, name, &inner_bits, depth + 1, budget);
		if (inner) {
			*offset_bits = field->offset_bits + inner_bits;
			return inner;
		}
	}
	return NULL;
}

const struct field *type_field(const struct type *type, const char *name, uint32_t *offset_bits)
{
	int budget = 100000;

	return name ? field_find(type, name, offset_bits, 0, &budget) : NULL;
}

const struct enum_value *type_enum_find(const struct type *type, const char *name)
{
	if (type->kind != TYPE_ENUM)
		return NULL;
	vec_foreach (value, &type->enumeration->values) {
		if (value->name == name)
			return value;
	}
	return NULL;
}

/* ---- questions ---- */

/* What a kind counts as; one row per kind. */
enum type_class {
	CLASS_OTHER,
	CLASS_INTEGER,
	CLASS_SCALAR,
	CLASS_AGGREGATE
};

static enum type_class type_class(const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT:
	case TYPE_ENUM:
		return CLASS_INTEGER;
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_BE:
	case TYPE_FLOAT:
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_NULL:
		return CLASS_SCALAR;
	case TYPE_STR:
	case TYPE_ARRAY:
	case TYPE_STRUCT:
		return CLASS_AGGREGATE;
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return CLASS_OTHER;
}

bool type_is_integer(const struct type *type)
{
	return type->kind == TYPE_INT;
}

bool type_is_integral(const struct type *type)
{
	return type_class(type) == CLASS_INTEGER;
}

bool type_is_aggregate(const struct type *type)
{
	return type_class(type) == CLASS_AGGREGATE;
}

bool type_is_scalar(const struct type *type)
{
	return type_class(type) == CLASS_INTEGER || type_class(type) == CLASS_SCALAR;
}

const struct type *type_underlying(const struct type *type)
{
	return type->kind == TYPE_ENUM ? type->enumeration->base : type;
}

bool type_is_kernels(const struct type *type)
{
	return type->kind == TYPE_STRUCT &&
	       (type->strukt->origin == ORIGIN_KERNEL || type->strukt->origin == ORIGIN_UAPI);
}

bool type_is_signed(const struct type *type)
{
	type = type_underlying(type);
	return (type->kind == TYPE_INT || type->kind == TYPE_FLOAT) && type->integer.is_signed;
}

unsigned type_bits(const struct type *type)
{
	return type_is_scalar(type) ? type->size * 8 : 0;
}

const struct type *type_with_region(struct compilation *comp, const struct type *type,
				    enum region region)
{
	if (type->kind != TYPE_PTR)
		return type;
	return type_ptr(comp, type->ptr.target, region);
}

bool type_same(const struct type *a, const struct type *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind)
		return false;
	if (a->kind == TYPE_PTR)
		return type_same(a->ptr.target, b->ptr.target);
	if (a->kind == TYPE_ARRAY)
		return a->array.count == b->array.count && type_same(a->array.elem, b->array.elem);
	if (a->kind != TYPE_FN)
		return false; /* the others exist once */
	if (a->fn.params.len != b->fn.params.len || !type_same(a->fn.result, b->fn.result))
		return false;
	for (uint32_t i = 0; i < a->fn.params.len; i++) {
		if (!type_same(a->fn.params.data[i].type, b->fn.params.data[i].type))
			return false;
	}
	return true;
}

const struct type *type_common(struct compilation *comp, const struct type *a, const struct type *b)
{
	a = type_underlying(a);
	b = type_underlying(b);
	if (a->kind == TYPE_ERROR || b->kind == TYPE_ERROR)
		return comp->types->error;
	if (a->kind != TYPE_INT || b->kind != TYPE_INT)
		return NULL;
	if (a->integer.is_signed == b->integer.is_signed)
		return a->size >= b->size ? a : b;

	const struct type *with_sign = a->integer.is_signed ? a : b;
	const struct type *without = a->integer.is_signed ? b : a;

	if (with_sign->size >= without->size)
		return with_sign;
	if (without == comp->types->u32)
		return comp->types->i32;
	return NULL;
}
