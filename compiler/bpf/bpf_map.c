/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Map definitions in the form that libbpf reads: a variable in .maps whose BTF type says
 * everything; its bytes are zero and mean nothing.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

/* Members of a definition; each is a pointer. */
struct definition {
	struct bpfgen *gen;
	struct bpfgen_member members[10];
	uint32_t count;
};

static void add(struct definition *def, const char *name, LLVMMetadataRef type)
{
	def->members[def->count] = (struct bpfgen_member){
		.name = name, .type = type, .size_bits = 64, .offset_bits = def->count * 64};
	def->count++;
}

static void add_number(struct definition *def, const char *name, uint64_t number)
{
	add(def, name, bpfgen_debug_number(def->gen, number));
}

static void add_type(struct definition *def, const char *name, const struct type *type)
{
	add(def, name, bpfgen_debug_pointer(def->gen, bpfgen_debug_type(def->gen, type)));
}

/*
 * A value. The kernel looks for pointers to objects in the members of a struct, so that one
 * which is the whole value becomes the only member of one.
 */
static void add_value(struct definition *def, const struct type *type)
{
	struct bpfgen_member member = {.name = "object", .size_bits = 64};

	if (type->kind != TYPE_PTR) {
		add_type(def, "value", type);
		return;
	}
	member.type = bpfgen_debug_tagged_pointer(
		def->gen, bpfgen_debug_type(def->gen, type->ptr.target), "kptr");
	add(def, "value",
	    bpfgen_debug_pointer(def->gen, bpfgen_debug_struct(def->gen, "", &member, 1, 64)));
}

static LLVMMetadataRef define(struct bpfgen *gen, const struct ir_map *map);

/* `values` of a map in maps: an array without elements of pointers to the inner definition. */
static void add_inner(struct definition *def, const struct ir_map *inner)
{
	LLVMMetadataRef pointer = bpfgen_debug_pointer(def->gen, define(def->gen, inner));
	LLVMMetadataRef range = LLVMDIBuilderGetOrCreateSubrange(def->gen->debug.builder, 0, 0);

	add(def, "values",
	    LLVMDIBuilderCreateArrayType(def->gen->debug.builder, 0, 0, pointer, &range, 1));
	def->members[def->count - 1].size_bits = 0;
}

static void add_shape(struct definition *def, const struct ir_map *map)
{
	switch (map->kind->key) {
	case MAP_KEY_NONE:
		break;
	case MAP_KEY_ANY:
	case MAP_KEY_INDEX:
	case MAP_KEY_PREFIX:
		add_type(def, "key", map->key);
		break;
	case MAP_KEY_OBJECT:
		add_type(def, "key", def->gen->comp->types->i32);
		break;
	}
	switch (map->kind->value) {
	case MAP_VALUE_ANY:
	case MAP_VALUE_U32:
	case MAP_VALUE_DEV:
	case MAP_VALUE_CPU:
	case MAP_VALUE_SOCKET:
	case MAP_VALUE_STACK:
		add_value(def, map->value);
		break;
	case MAP_VALUE_RECORD:
		/* The records' type means nothing to the kernel; one of these maps has slots. */
		if (map->kind->id == MAP_PERF_EVENT_ARRAY) {
			add_number(def, "key_size", 4);
			add_number(def, "value_size", 4);
		}
		break;
	case MAP_VALUE_MAP:
		break; /* `values` stands last */
	}
}

static LLVMMetadataRef define(struct bpfgen *gen, const struct ir_map *map)
{
	struct definition def = {.gen = gen};
	uint32_t flags = map->flags | map->kind->flags_forced;

	add_number(&def, "type", map->kind->map_type.value);
	add_shape(&def, map);
	if (map->max_entries)
		add_number(&def, "max_entries", map->max_entries);
	if (map->has_numa_node) {
		flags |= MAP_F_NUMA_NODE;
		add_number(&def, "numa_node", map->numa_node);
	}
	if (flags)
		add_number(&def, "map_flags", flags);
	if (map->kind->value == MAP_VALUE_MAP && map->inner)
		add_inner(&def, map->inner);
	return bpfgen_debug_struct(gen, "", def.members, def.count,
				   (uint64_t)def.count * 64 - (map->inner ? 64 : 0));
}

LLVMValueRef bpfgen_map(struct bpfgen *gen, const struct ir_map *map)
{
	return gen->maps[map->index];
}

void bpfgen_declare_maps(struct bpfgen *gen)
{
	gen->maps = arena_array(&gen->comp->arena, LLVMValueRef, gen->ir->maps.len);
	vec_foreach (it, &gen->ir->maps) {
		const struct ir_map *map = *it;
		LLVMMetadataRef type = define(gen, map);
		LLVMTypeRef bytes = LLVMArrayType2(gen->ptr, LLVMDITypeGetSizeInBits(type) / 64);
		LLVMValueRef variable =
			LLVMAddGlobal(gen->module, bytes, bpfgen_symbol(gen, map->name));

		LLVMSetInitializer(variable, LLVMConstNull(bytes));
		LLVMSetAlignment(variable, 8);
		LLVMSetSection(variable, ".maps");
		bpfgen_debug_variable(gen, variable, map->name, map->span, type, false);
		gen->maps[map->index] = variable;
	}
}
