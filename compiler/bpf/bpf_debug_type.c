/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types in BTF. Structs of the program and of the stable user API stand there in full. Of a
 * kernel struct only the members that the program uses are declared: that is all that a
 * relocation needs, and a task_struct in full would bring half of the kernel along.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

/* ---- which members are used ---- */

static struct bpfgen_used *used_of(struct bpfgen *gen, const struct type *type)
{
	struct bpfgen_used *used = ptr_map_get(&gen->debug.used, type);

	if (used)
		return used;
	type_complete(gen->comp, type);
	used = arena_new(&gen->comp->arena, struct bpfgen_used);
	used->fields = arena_array(&gen->comp->arena, bool, type->strukt->fields.len);
	ptr_map_set(&gen->debug.used, type, used);
	return used;
}

/* A value of the type lies in memory of ours: all of it has to be described. */
static void use_whole(struct bpfgen *gen, const struct type *type)
{
	struct bpfgen_used *used;

	if (type && type->kind == TYPE_ARRAY) {
		use_whole(gen, type->array.elem);
		return;
	}
	if (!type || type->kind != TYPE_STRUCT)
		return;
	used = used_of(gen, type);
	if (used->all)
		return;
	used->all = true;
	vec_foreach (field, &type->strukt->fields)
		use_whole(gen, field->type);
}

/* The member `name` at the offset and the anonymous structs on the way to it. */
bool bpfgen_debug_use_field(struct bpfgen *gen, const struct type *type, const char *name,
			    uint32_t offset_bits)
{
	struct bpfgen_used *used = used_of(gen, type);
	const struct field_vec *fields = &type->strukt->fields;

	for (uint32_t i = 0; i < fields->len; i++) {
		const struct field *field = &fields->data[i];
		bool found = field->name == name && field->offset_bits == offset_bits;

		if (!found && !field->name && field->type->kind == TYPE_STRUCT &&
		    offset_bits >= field->offset_bits)
			found = bpfgen_debug_use_field(gen, field->type, name,
						       offset_bits - field->offset_bits);
		if (found) {
			used->fields[i] = true;
			return true;
		}
	}
	return false;
}

struct collector {
	struct ir_walk walk;
	struct bpfgen *gen;
};

static void collect_place(struct ir_walk *walk, struct ir_place *place)
{
	struct bpfgen *gen = ((struct collector *)walk)->gen;

	if (place->kind == IR_PLACE_FIELD)
		bpfgen_debug_use_field(gen, place->field.base->type, place->field.field->name,
				       place->field.offset_bits);
	if (bpfgen_in_memory(place->type) && place->type->kind != TYPE_STRUCT)
		use_whole(gen, place->type);
}

static void collect_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	if (bpfgen_in_memory(expr->type))
		use_whole(((struct collector *)walk)->gen, expr->type);
}

void bpfgen_debug_collect(struct bpfgen *gen)
{
	struct collector collector = {.walk = {.place = collect_place, .expr = collect_expr},
				      .gen = gen};

	vec_foreach (map, &gen->ir->maps) {
		use_whole(gen, (*map)->key);
		use_whole(gen, (*map)->value);
	}
	vec_foreach (global, &gen->ir->globals)
		use_whole(gen, (*global)->type);
	vec_foreach (impl, &gen->ir->impls) {
		vec_foreach (member, &(*impl)->members)
			bpfgen_debug_use_field(gen, (*impl)->type, member->field->name,
					       member->field->offset_bits);
	}
	vec_foreach (func, &gen->ir->funcs) {
		if ((*func)->target != TARGET_BPF)
			continue;
		vec_foreach (local, &(*func)->locals)
			use_whole(gen, (*local)->type);
		bpfgen_look(&collector.walk, &(*func)->body);
	}
}

static bool is_declared(struct bpfgen *gen, const struct type *type, uint32_t field)
{
	struct bpfgen_used *used;

	if (type->strukt->origin != ORIGIN_KERNEL)
		return true;
	used = used_of(gen, type);
	return used->all || used->fields[field];
}

uint32_t bpfgen_debug_member_index(struct bpfgen *gen, const struct type *type, uint32_t field)
{
	uint32_t index = 0;

	for (uint32_t i = 0; i < field; i++)
		index += is_declared(gen, type, i);
	return index;
}

/* ---- types ---- */

static const struct {
	const char *name;
	uint8_t bits;
	bool is_signed;
} int_names[] = {
	{"unsigned char", 8, false}, {"unsigned short", 16, false},
	{"unsigned int", 32, false}, {"signed char", 8, true},
	{"short", 16, true},	     {"int", 32, true},
	{"long long", 64, true},     {"unsigned long long", 64, false},
};

enum {
	ATE_BOOLEAN = 2,
	ATE_SIGNED = 5,
	ATE_SIGNED_CHAR = 6,
	ATE_UNSIGNED = 7,
	ATE_UNSIGNED_CHAR = 8
};

static LLVMMetadataRef basic_type(struct bpfgen *gen, const char *name, unsigned bits,
				  unsigned encoding)
{
	return LLVMDIBuilderCreateBasicType(gen->debug.builder, name, strlen(name), bits, encoding,
					    LLVMDIFlagZero);
}

static LLVMMetadataRef int_type(struct bpfgen *gen, unsigned bits, bool is_signed)
{
	for (size_t i = 0; i < sizeof(int_names) / sizeof(int_names[0]); i++) {
		if (int_names[i].bits == bits && int_names[i].is_signed == is_signed)
			return basic_type(gen, int_names[i].name, bits,
					  is_signed ? ATE_SIGNED : ATE_UNSIGNED);
	}
	internal_error(gen->comp, gen->span, "an integer of %u bits", bits);
}

/* As the kernel calls them. */
static LLVMMetadataRef be_type(struct bpfgen *gen, unsigned bits)
{
	const char *name = bits == 16 ? "__be16" : bits == 32 ? "__be32" : "__be64";

	return LLVMDIBuilderCreateTypedef(gen->debug.builder, int_type(gen, bits, false), name,
					  strlen(name), bpfgen_debug_file(gen, gen->ir->file), 0,
					  gen->debug.unit, 0);
}

static LLVMMetadataRef array_type(struct bpfgen *gen, LLVMMetadataRef elem, uint64_t count,
				  uint64_t size_bits)
{
	LLVMMetadataRef range =
		LLVMDIBuilderGetOrCreateSubrange(gen->debug.builder, 0, (int64_t)count);

	return LLVMDIBuilderCreateArrayType(gen->debug.builder, size_bits, 0, elem, &range, 1);
}

LLVMMetadataRef bpfgen_debug_pointer(struct bpfgen *gen, LLVMMetadataRef target)
{
	return LLVMDIBuilderCreatePointerType(gen->debug.builder, target, 64, 0, 0, "", 0);
}

LLVMMetadataRef bpfgen_debug_number(struct bpfgen *gen, uint64_t number)
{
	return bpfgen_debug_pointer(gen,
				    array_type(gen, int_type(gen, 32, true), number, number * 32));
}

static LLVMMetadataRef fn_type(struct bpfgen *gen, const struct type *type)
{
	const struct fn_param_vec *params = &type->fn.params;
	LLVMMetadataRef *types = arena_array(&gen->comp->arena, LLVMMetadataRef, params->len + 1);

	if (type->fn.result && type->fn.result->kind != TYPE_VOID)
		types[0] = bpfgen_debug_type(gen, type->fn.result);
	for (uint32_t i = 0; i < params->len; i++)
		types[i + 1] = bpfgen_debug_type(gen, params->data[i].type);
	return LLVMDIBuilderCreateSubroutineType(gen->debug.builder,
						 bpfgen_debug_file(gen, gen->ir->file), types,
						 params->len + 1, LLVMDIFlagZero);
}

static LLVMMetadataRef enum_type(struct bpfgen *gen, const struct type *type)
{
	const struct enum_value_vec *values = &type->enumeration->values;
	bool is_unsigned = !type_is_signed(type);
	const char *name = type->enumeration->name ? type->enumeration->name : "";
	LLVMMetadataRef *items = arena_array(&gen->comp->arena, LLVMMetadataRef, values->len);

	for (uint32_t i = 0; i < values->len; i++)
		items[i] = LLVMDIBuilderCreateEnumerator(gen->debug.builder, values->data[i].name,
							 strlen(values->data[i].name),
							 values->data[i].value, is_unsigned);
	return LLVMDIBuilderCreateEnumerationType(
		gen->debug.builder, gen->debug.unit, name, strlen(name),
		bpfgen_debug_file(gen, gen->ir->file), 0, type->size * 8, 0, items, values->len,
		bpfgen_debug_type(gen, type->enumeration->base));
}

/* An enum of which only one constant is of interest. */
LLVMMetadataRef bpfgen_debug_enum(struct bpfgen *gen, const char *name, const char *constant,
				  int64_t value)
{
	LLVMMetadataRef item = LLVMDIBuilderCreateEnumerator(gen->debug.builder, constant,
							     strlen(constant), value, true);

	return LLVMDIBuilderCreateEnumerationType(gen->debug.builder, gen->debug.unit, name,
						  strlen(name),
						  bpfgen_debug_file(gen, gen->ir->file), 0, 32, 0,
						  &item, 1, int_type(gen, 32, false));
}

#define TAG_STRUCTURE 0x13
#define TAG_UNION     0x17

/*
 * What members point to is only declared. LLVM would do the same for structs that nothing else
 * mentions, but in the order of their addresses, so that no two objects would be alike.
 */
static LLVMMetadataRef pointee(struct bpfgen *gen, const struct type *type)
{
	const struct struct_type *strukt = type->strukt;

	if (type->kind == TYPE_PTR)
		return bpfgen_debug_pointer(gen, pointee(gen, type->ptr.target));
	if (type->kind != TYPE_STRUCT || !strukt->name || !*strukt->name)
		return bpfgen_debug_type(gen, type);
	return LLVMDIBuilderCreateForwardDecl(
		gen->debug.builder, strukt->is_union ? TAG_UNION : TAG_STRUCTURE, strukt->name,
		strlen(strukt->name), gen->debug.unit, bpfgen_debug_file(gen, gen->ir->file), 0, 0,
		0, 0, "", 0);
}

static LLVMMetadataRef member(struct bpfgen *gen, const struct type *owner,
			      const struct field *field)
{
	const char *name = field->name ? field->name : "";
	LLVMMetadataRef type = field->type->kind == TYPE_PTR ? pointee(gen, field->type)
							     : bpfgen_debug_type(gen, field->type);
	LLVMMetadataRef file = bpfgen_debug_file(gen, gen->ir->file);
	uint32_t unit = field->type->size * 8;

	/* A packet pointer in a context is a 32-bit slot in memory. */
	if (field->name && kernel_packet_slot_bits(owner->strukt->name, field->name) == 32) {
		type = bpfgen_debug_type(gen, gen->comp->types->u32);
		unit = 32;
	}

	if (field->bit_size)
		return LLVMDIBuilderCreateBitFieldMemberType(
			gen->debug.builder, gen->debug.unit, name, strlen(name), file, 0,
			field->bit_size, field->offset_bits, field->offset_bits / unit * unit,
			LLVMDIFlagZero, type);
	return LLVMDIBuilderCreateMemberType(gen->debug.builder, gen->debug.unit, name,
					     strlen(name), file, 0, unit, 0, field->offset_bits,
					     LLVMDIFlagZero, type);
}

static LLVMMetadataRef composite(struct bpfgen *gen, bool is_union, const char *name,
				 uint64_t size_bits, LLVMMetadataRef *members, uint32_t count)
{
	LLVMMetadataRef file = bpfgen_debug_file(gen, gen->ir->file);

	if (gen->attempt && *name)
		name = arena_printf(&gen->comp->arena, "%s___%u", name, gen->attempt);
	if (is_union)
		return LLVMDIBuilderCreateUnionType(gen->debug.builder, gen->debug.unit, name,
						    strlen(name), file, 0, size_bits, 0,
						    LLVMDIFlagZero, members, count, 0, "", 0);
	return LLVMDIBuilderCreateStructType(gen->debug.builder, gen->debug.unit, name,
					     strlen(name), file, 0, size_bits, 0, LLVMDIFlagZero,
					     NULL, members, count, 0, NULL, "", 0);
}

LLVMMetadataRef bpfgen_debug_struct(struct bpfgen *gen, const char *name,
				    const struct bpfgen_member *members, uint32_t count,
				    uint64_t size_bits)
{
	LLVMMetadataRef nodes[16];

	for (uint32_t i = 0; i < count; i++)
		nodes[i] = LLVMDIBuilderCreateMemberType(
			gen->debug.builder, gen->debug.unit, members[i].name,
			strlen(members[i].name), bpfgen_debug_file(gen, gen->ir->file), 0,
			members[i].size_bits, 0, members[i].offset_bits, LLVMDIFlagZero,
			members[i].type);
	return composite(gen, false, name, size_bits, nodes, count);
}

/* A struct may mention itself: until it is made, a placeholder stands for it. */
static LLVMMetadataRef struct_type(struct bpfgen *gen, const struct type *type)
{
	const struct struct_type *strukt = type->strukt;
	const char *name = strukt->name ? strukt->name : "";
	LLVMMetadataRef placeholder, *members, node;
	uint32_t count = 0;

	type_complete(gen->comp, type);
	placeholder = LLVMDIBuilderCreateReplaceableCompositeType(
		gen->debug.builder, strukt->is_union ? TAG_UNION : TAG_STRUCTURE, name,
		strlen(name), gen->debug.unit, bpfgen_debug_file(gen, gen->ir->file), 0, 0, 0, 0,
		LLVMDIFlagZero, "", 0);
	ptr_map_set(&gen->debug.types, type, placeholder);
	members = arena_array(&gen->comp->arena, LLVMMetadataRef, strukt->fields.len);
	for (uint32_t i = 0; i < strukt->fields.len; i++) {
		if (is_declared(gen, type, i))
			members[count++] = member(gen, type, &strukt->fields.data[i]);
	}
	node = composite(gen, strukt->is_union, name, (uint64_t)type->size * 8, members, count);
	LLVMMetadataReplaceAllUsesWith(placeholder, node);
	return node;
}

static LLVMMetadataRef make_type(struct bpfgen *gen, const struct type *type)
{
	switch (type->kind) {
	case TYPE_BOOL:
		return basic_type(gen, "_Bool", 8, ATE_BOOLEAN);
	case TYPE_CHAR:
		return basic_type(gen, "char", 8, ATE_UNSIGNED_CHAR);
	case TYPE_INT:
		return int_type(gen, type->integer.bits, type->integer.is_signed);
	case TYPE_BE:
		return be_type(gen, type->integer.bits);
	case TYPE_STR:
		return array_type(gen, bpfgen_debug_type(gen, gen->comp->types->char_), type->size,
				  (uint64_t)type->size * 8);
	case TYPE_ARRAY:
		return array_type(gen, bpfgen_debug_type(gen, type->array.elem), type->array.count,
				  (uint64_t)type->size * 8);
	case TYPE_PTR:
		return bpfgen_debug_pointer(gen, bpfgen_debug_type(gen, type->ptr.target));
	case TYPE_FN:
		return bpfgen_debug_pointer(gen, fn_type(gen, type));
	case TYPE_STRUCT:
		return struct_type(gen, type);
	case TYPE_ENUM:
		return enum_type(gen, type);
	case TYPE_VOID:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_ERROR:
	case TYPE_FLOAT:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return NULL; /* void */
}

LLVMMetadataRef bpfgen_debug_type(struct bpfgen *gen, const struct type *type)
{
	LLVMMetadataRef node = ptr_map_get(&gen->debug.types, type);

	if (!node) {
		node = make_type(gen, type);
		ptr_map_set(&gen->debug.types, type, node);
	}
	return node;
}
