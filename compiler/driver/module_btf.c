/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BTF of a module: its kfuncs with the types that they take and give, on top of the kernel's.
 *
 * Without the kernel's BTF a small base stands in for it (.BTF.base, Linux 6.11, kernel/bpf/
 * btf_relocate.c): it names the kernel's structs, as empty structs, and must not be empty itself.
 */
#include "driver/module_build.h"

#include "cgen/cgen.h"
#include "kernel/btf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

struct module_btf {
	struct arena *arena;
	struct btf *base, *btf;
	bool has_base;	    /* the kernel's own */
	struct ptr_map ids; /* type -> id + 1 */
	const char *why;
};

static int type_id(struct module_btf *m, const struct type *type);

static int fail(struct module_btf *m, const char *why)
{
	if (!m->why)
		m->why = why;
	return -1;
}

/* ---- integers ---- */

/* C's names of the kernel's integers, as its own BTF has them. */
static const struct {
	uint32_t size;
	bool is_signed;
	const char *name;
} integers[] = {
	{1, false, "unsigned char"},	      {1, true, "signed char"},
	{2, false, "short unsigned int"},     {2, true, "short int"},
	{4, false, "unsigned int"},	      {4, true, "int"},
	{8, false, "long long unsigned int"}, {8, true, "long long int"},
};

static int int_id(struct module_btf *m, const char *name, uint32_t size, int encoding)
{
	int id = btf__find_by_name_kind(m->btf, name, BTF_KIND_INT);

	return id > 0 ? id : btf__add_int(m->btf, name, size, encoding);
}

static int number_id(struct module_btf *m, const struct type *type)
{
	bool is_signed = type->kind == TYPE_INT && type->integer.is_signed;

	for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
		if (integers[i].size == type->size && integers[i].is_signed == is_signed)
			return int_id(m, integers[i].name, type->size,
				      is_signed ? BTF_INT_SIGNED : 0);
	}
	return fail(m, "an integer of an unknown size");
}

/* ---- structs, enums, arrays, functions ---- */

static int kernel_struct_id(struct module_btf *m, const struct type *type)
{
	uint32_t kind = type->strukt->is_union ? BTF_KIND_UNION : BTF_KIND_STRUCT;
	const char *name = type->strukt->name;
	int id;

	if (!name || !*name)
		return fail(m, "an unnamed struct of the kernel");
	id = btf__find_by_name_kind(m->btf, name, kind);
	if (id <= 0)
		return fail(m, arena_printf(m->arena, "the kernel's BTF has no `%s`", name));
	return id;
}

static int struct_id(struct module_btf *m, const struct type *type)
{
	const char *name = type->strukt->name ? type->strukt->name : "";
	uint32_t count = type->strukt->fields.len;
	int *fields = arena_alloc(m->arena, (count + 1) * sizeof(*fields)), id;

	/* Everything that a struct holds comes before it; what it points to is opaque. */
	for (uint32_t i = 0; i < count; i++) {
		const struct type *field = type->strukt->fields.data[i].type;

		if (field->kind == TYPE_PTR || field->kind == TYPE_FN)
			fields[i] = btf__add_ptr(m->btf, 0);
		else
			fields[i] = type_id(m, field);
		if (fields[i] < 0)
			return -1;
	}
	id = type->strukt->is_union ? btf__add_union(m->btf, name, type->size)
				    : btf__add_struct(m->btf, name, type->size);
	for (uint32_t i = 0; i < count && id > 0; i++) {
		const struct field *field = &type->strukt->fields.data[i];

		if (btf__add_field(m->btf, field->name ? field->name : "", fields[i],
				   field->offset_bits, field->bit_size))
			return fail(m, "a field that BTF cannot hold");
	}
	return id;
}

static int str_id(struct module_btf *m, const struct type *type)
{
	int chars = int_id(m, "char", 1, 0), index = int_id(m, "int", 4, BTF_INT_SIGNED);
	int array = btf__add_array(m->btf, index, chars, type->size);
	int id = btf__add_struct(m->btf, arena_printf(m->arena, "str_%u", type->str.capacity),
				 type->size);

	return btf__add_field(m->btf, "s", array, 0, 0) ? fail(m, "a text") : id;
}

static int enum_id(struct module_btf *m, const struct type *type)
{
	const struct enum_type *enumeration = type->enumeration;
	int id;

	if (type->size > 4)
		return number_id(m, enumeration->base);
	id = btf__add_enum(m->btf, enumeration->name ? enumeration->name : "", type->size);
	for (uint32_t i = 0; i < enumeration->values.len && id > 0; i++) {
		const struct enum_value *value = &enumeration->values.data[i];

		if (btf__add_enum_value(m->btf, value->name, value->value))
			return fail(m, "a constant that BTF cannot hold");
	}
	return id;
}

static int array_id(struct module_btf *m, const struct type *type)
{
	int elem = type_id(m, type->array.elem);
	int index = int_id(m, "int", 4, BTF_INT_SIGNED);

	return elem < 0 ? -1 : btf__add_array(m->btf, index, elem, type->array.count);
}

static int type_make(struct module_btf *m, const struct type *type)
{
	int target;

	switch (type->kind) {
	case TYPE_VOID:
		return 0;
	case TYPE_BOOL:
		return int_id(m, "_Bool", 1, BTF_INT_BOOL);
	case TYPE_CHAR:
		return int_id(m, "char", 1, 0);
	case TYPE_INT:
	case TYPE_BE:
		return number_id(m, type);
	case TYPE_STR:
		return str_id(m, type);
	case TYPE_STRUCT:
		return type_is_kernels(type) ? kernel_struct_id(m, type) : struct_id(m, type);
	case TYPE_ENUM:
		return enum_id(m, type);
	case TYPE_ARRAY:
		return array_id(m, type);
	case TYPE_PTR:
		target = type_id(m, type->ptr.target);
		return target < 0 ? -1 : btf__add_ptr(m->btf, target);
	case TYPE_FN:
		return btf__add_ptr(m->btf, 0);
	case TYPE_ERROR:
	case TYPE_FLOAT:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return fail(m, "a type that BTF cannot hold");
}

static int type_id(struct module_btf *m, const struct type *type)
{
	uintptr_t known = (uintptr_t)ptr_map_get(&m->ids, type);
	int id;

	if (known)
		return (int)known - 1;
	id = type_make(m, type);
	if (id < 0)
		return fail(m, "a type that BTF cannot hold");
	ptr_map_set(&m->ids, type, (void *)((uintptr_t)id + 1));
	return id;
}

/* ---- functions ---- */

static int func_add(struct module_btf *m, const struct ir_func *func)
{
	uint32_t count = func->params.len;
	int *params = arena_alloc(m->arena, (count + 1) * sizeof(*params));
	int result = type_id(m, func->result), proto;

	for (uint32_t i = 0; i < count; i++)
		params[i] = type_id(m, func->params.data[i]->type);
	if (m->why)
		return -1;
	proto = btf__add_func_proto(m->btf, result);
	for (uint32_t i = 0; i < count; i++) {
		const struct ir_local *param = func->params.data[i];
		const char *name = arena_printf(m->arena, "%s%s", param->name,
						param->suffix ? param->suffix : "");

		if (btf__add_func_param(m->btf, name, params[i]))
			return fail(m, "a parameter that BTF cannot hold");
	}
	return btf__add_func(m->btf, func->name, BTF_FUNC_STATIC, proto);
}

/* The kernel's structs that a type mentions, into the base that stands for the kernel's BTF. */
static void base_add(struct module_btf *m, const struct type *type)
{
	while (type->kind == TYPE_PTR || type->kind == TYPE_ARRAY)
		type = type->kind == TYPE_PTR ? type->ptr.target : type->array.elem;
	if (type->kind != TYPE_STRUCT)
		return;
	if (!type_is_kernels(type)) {
		vec_foreach (field, &type->strukt->fields) {
			if (field->type->kind != TYPE_PTR)
				base_add(m, field->type);
		}
	} else if (type->strukt->name && *type->strukt->name &&
		   btf__find_by_name(m->base, type->strukt->name) <= 0) {
		/* A forward declaration would not match a struct with bit-fields. */
		btf__add_struct(m->base, type->strukt->name, 0);
	}
}

static bool is_kfunc(const struct ir_func *func)
{
	return func->target == TARGET_MODULE && func->role == FN_KFUNC;
}

static bool base_make(struct module_btf *m, const struct ir_module *module)
{
	m->base = btf__new_empty();
	if (!m->base)
		return false;
	/* With an empty base the kernel refuses the module. */
	btf__add_int(m->base, "int", 4, BTF_INT_SIGNED);
	vec_foreach (func, &module->funcs) {
		if (!is_kfunc(*func))
			continue;
		base_add(m, (*func)->result);
		vec_foreach (param, &(*func)->params)
			base_add(m, (*param)->type);
	}
	return true;
}

static bool add_all(struct module_btf *m, const struct ir_module *module, const char *path)
{
	struct module_sections sections = {0};
	struct module_id_vec ids = {0};

	m->btf = btf__new_empty_split(m->base);
	if (!m->btf)
		return false;
	vec_foreach (func, &module->funcs) {
		struct module_id one = {.func = (*func)->name};
		int id;

		if (!is_kfunc(*func))
			continue;
		id = func_add(m, *func);
		if (id <= 0)
			return false;
		one.id = (uint32_t)id;
		vec_push(m->arena, &ids, one);
	}
	sections.btf = btf__raw_data(m->btf, &sections.btf_size);
	if (!m->has_base)
		sections.base = btf__raw_data(m->base, &sections.base_size);
	return module_elf_patch(m->arena, path, &ids, &sections, &m->why);
}

bool module_btf_add(struct arena *arena, const struct ir_module *module, const char *path,
		    const char *base, const char **why)
{
	struct module_btf m = {.arena = arena, .has_base = base != NULL};
	bool ok;

	ptr_map_init(&m.ids, arena);
	if (base) {
		m.base = btf__parse(base, NULL);
		if (!m.base)
			m.why = arena_printf(arena, "cannot read the kernel's BTF in %s: %s", base,
					     strerror(errno));
		ok = m.base != NULL;
	} else {
		ok = base_make(&m, module);
	}
	ok = ok && add_all(&m, module, path);
	*why = m.why ? m.why : "out of memory";
	btf__free(m.btf);
	btf__free(m.base);
	return ok;
}
