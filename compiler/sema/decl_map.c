/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps. Each rule of the table of map kinds (kernel/map_kinds.h) has a function here that says
 * what is wrong in the words of the rule.
 */
#include "sema/decl.h"

#include "sema/constant.h"

#include <string.h>

#define PAGE_BYTES	 4096u
#define PREFIX_BYTES_MAX 256u

struct map_check {
	struct decl *decl;
	struct type_expr *shape;
	const struct map_kind *kind;
	const char *name; /* for messages: `counters`, or the kind of an inner map */
};

static void shape_resolve(struct sema *sema, struct decl *decl, const char *name);

/* ---- kind and parameters ---- */

static const struct map_kind *find_kind(struct sema *sema, const struct ast_name *name)
{
	const char *names[MAP_KIND_COUNT], *near;
	const struct map_kind *kind = map_kind_find(name->text);

	if (kind)
		return kind;
	diag_report(sema->comp, DIAG_MAP_KIND, name->span, "there is no map kind `%s`", name->text);
	for (unsigned i = 0; i < MAP_KIND_COUNT; i++)
		names[i] = map_kinds[i].name;
	near = diag_nearest(name->text, names, MAP_KIND_COUNT);
	if (near) {
		diag_help(sema->comp, "did you mean `%s`?", near);
		diag_edit(sema->comp, name->span, "%s", near);
	} else {
		diag_help(sema->comp, "`ksc list maps` shows them all");
	}
	return NULL;
}

/* "hash<K, V>(n)": how a map of the kind is written. */
static const char *kind_form(struct sema *sema, const struct map_kind *kind)
{
	const char *args = "<K, V>", *size = "(n)";

	if (kind->key == MAP_KEY_NONE || kind->key == MAP_KEY_OBJECT)
		args = kind->value == MAP_VALUE_RECORD ? "<T>" : "<V>";
	if (kind->size == MAP_SIZE_BYTES)
		size = "(bytes)";
	else if (kind->size == MAP_SIZE_OPTIONAL || kind->size == MAP_SIZE_NONE)
		size = "";
	return arena_printf(&sema->comp->arena, "%s%s%s", kind->name, args, size);
}

/*
 * The key's and the value's type expressions, as many as the kind has; NULL for those left out.
 * Storage maps are declared with their value alone, or with a key that user code looks up by.
 */
static bool split_args(struct sema *sema, const struct map_check *map, struct type_expr **key,
		       struct type_expr **value)
{
	const struct type_expr_vec *args = &map->shape->map.args;
	bool has_key = map->kind->key != MAP_KEY_NONE && map->kind->key != MAP_KEY_OBJECT;
	uint32_t max = map->kind->key == MAP_KEY_NONE ? 1 : 2;
	uint32_t min = has_key ? 2 : map->kind->value == MAP_VALUE_RECORD ? 0 : 1;

	if (args->len < min || args->len > max) {
		diag_report(sema->comp, DIAG_MAP_KIND, map->shape->map.kind.span,
			    "`%s` maps have %s, not %u type%s", map->kind->name,
			    has_key ? "a key and a value" : "a value alone", args->len,
			    args->len == 1 ? "" : "s");
		diag_help(sema->comp, "write `%s`", kind_form(sema, map->kind));
		return false;
	}
	*key = args->len == 2 ? args->data[0] : NULL;
	*value = args->len ? args->data[args->len - 1] : NULL;
	return true;
}

/* ---- keys ---- */

static bool key_report(struct sema *sema, const struct map_check *map, const struct type_expr *expr,
		       const char *reason)
{
	diag_report(sema->comp, DIAG_MAP_KEY, expr->span, "the key of `%s` %s", map->name, reason);
	return false;
}

static bool check_plain(struct sema *sema, const struct map_check *map, enum diag_slug slug,
			const struct type_expr *expr, const struct type *type, const char *part)
{
	const struct type *unfit = type_find_address(sema, type);

	if (!unfit && !type_has_float(sema, type))
		return true;
	diag_report(sema->comp, slug, expr->span, "the %s of `%s` cannot %s `%s`%s", part,
		    map->name,
		    unfit == type || (!unfit && type->kind == TYPE_FLOAT) ? "be" : "hold",
		    unfit ? type_name(sema->comp, unfit) : "f64",
		    unfit ? "" : ": the kernel has no floating point");
	return false;
}

/* Array-like kinds number their entries; the type becomes u32. */
static bool check_index_key(struct sema *sema, const struct map_check *map,
			    const struct type_expr *expr, const struct type **key)
{
	const struct type *type = type_underlying(*key);
	bool fits = type->kind == TYPE_INT && type->size <= 4 &&
		    (!type->integer.is_signed || (*key)->kind == TYPE_ENUM);

	if (!fits) {
		key_report(sema, map, expr,
			   arena_printf(&sema->comp->arena,
					"is its index: it needs `u32`, found `%s`",
					type_name(sema->comp, *key)));
		return false;
	}
	/* Enums stay for what is read and written; the object's key has 4 bytes all the same. */
	if ((*key)->size != 4)
		*key = sema->comp->types->u32;
	return true;
}

static bool check_prefix_key(struct sema *sema, const struct map_check *map,
			     const struct type_expr *expr, const struct type *key)
{
	const struct field *first = NULL;

	if (key->kind == TYPE_STRUCT && !key->strukt->is_union) {
		type_complete(sema->comp, key);
		if (key->strukt->fields.len)
			first = &key->strukt->fields.data[0];
	}
	if (!first || !first->name || strcmp(first->name, "prefixlen") ||
	    !type_is_integral(first->type) || first->type->size != 4 || first->bit_size) {
		key_report(sema, map, expr,
			   arena_printf(&sema->comp->arena,
					"needs a struct that starts with `prefixlen: u32`, "
					"found `%s`",
					type_name(sema->comp, key)));
		if (first && key->strukt->decl)
			diag_note(sema->comp, first->span, "its first field is this one");
		return false;
	}
	if (key->size <= 4 || key->size - 4 > PREFIX_BYTES_MAX)
		return key_report(sema, map, expr,
				  arena_printf(&sema->comp->arena,
					       "has %u bytes behind `prefixlen`; 1 to %u are "
					       "possible",
					       key->size - 4, PREFIX_BYTES_MAX));
	return true;
}

static bool check_key(struct sema *sema, const struct map_check *map, struct type_expr *expr,
		      const struct type **key)
{
	const struct map_kind *kind = map->kind;
	const struct type *type = *key;

	switch (kind->key) {
	case MAP_KEY_NONE:
		return true;
	case MAP_KEY_INDEX:
		return check_index_key(sema, map, expr, key);
	case MAP_KEY_PREFIX:
		if (!check_prefix_key(sema, map, expr, type))
			return false;
		break;
	case MAP_KEY_OBJECT:
		if (type_is_integral(type) && type->size == 4)
			return true;
		return key_report(sema, map, expr,
				  "is the object itself: write the value's type alone");
	case MAP_KEY_ANY:
		break;
	}
	if (!check_plain(sema, map, DIAG_MAP_KEY, expr, type, "key"))
		return false;
	if (kind->key_bytes_max && type->size > kind->key_bytes_max)
		return key_report(sema, map, expr,
				  arena_printf(&sema->comp->arena,
					       "has %u bytes; `%s` maps take up to %u", type->size,
					       kind->name, kind->key_bytes_max));
	return true;
}

/* ---- values ---- */

/* Fields that the verifier gives a meaning of its own, and the kinds that can hold them. */
static const struct special_field {
	const char *type, *words;
	const char *kinds[8];
} special_fields[] = {
	{"bpf_spin_lock",
	 "spin_lock",
	 {"hash", "array", "sk_storage", "inode_storage", "task_storage", "cgroup_storage"}},
	{"bpf_timer", "timer", {"hash", "lru_hash", "array"}},
};

static bool kind_is_in(const struct map_kind *kind, const char *const *kinds, size_t count)
{
	for (size_t i = 0; i < count && kinds[i]; i++) {
		if (!strcmp(kinds[i], kind->name))
			return true;
	}
	return false;
}

static uint32_t count_fields_of(const struct type *type, const char *name)
{
	uint32_t count = 0;

	vec_foreach (field, &type->strukt->fields)
		count += field->type->kind == TYPE_STRUCT &&
			 !strcmp(field->type->strukt->name, name);
	return count;
}

/* In a struct or array of the value, where the kernel does not look. */
static bool is_buried(const struct type *type, const char *name, bool is_value)
{
	if (type->kind == TYPE_ARRAY)
		return is_buried(type->array.elem, name, false);
	if (type->kind != TYPE_STRUCT)
		return false;
	if (!strcmp(type->strukt->name, name))
		return true;
	vec_foreach (field, &type->strukt->fields) {
		bool is_own = is_value && field->type->kind == TYPE_STRUCT &&
			      !strcmp(field->type->strukt->name, name);

		if (!is_own && is_buried(field->type, name, false))
			return true;
	}
	return false;
}

static bool check_special(struct sema *sema, const struct map_check *map,
			  const struct type_expr *expr, const struct type *value,
			  const struct special_field *special)
{
	uint32_t count = count_fields_of(value, special->type);

	if (is_buried(value, special->type, true)) {
		diag_report(sema->comp, DIAG_MAP_VALUE, expr->span,
			    "the value of `%s` holds a `%s` inside of another field; it must be a "
			    "field of its own",
			    map->name, special->words);
		return false;
	}
	if (!count)
		return true;
	if (count > 1) {
		diag_report(sema->comp, DIAG_MAP_VALUE, expr->span,
			    "the value of `%s` has %u fields of type `%s`; the kernel takes one",
			    map->name, count, special->words);
		return false;
	}
	if (kind_is_in(map->kind, special->kinds, sizeof(special->kinds) / sizeof(char *)))
		return true;
	diag_report(sema->comp, DIAG_MAP_VALUE, expr->span,
		    "`%s` in the value of `%s`: `%s` maps cannot hold one", special->words,
		    map->name, map->kind->name);
	return false;
}

/* A value `*T` holds an object (kptr). */
static bool check_object(struct sema *sema, const struct map_check *map,
			 const struct type_expr *expr, const struct type *value)
{
	static const char *const kinds[] = {
		"hash",		 "array",	    "percpu_hash", "percpu_array",
		"lru_hash",	 "lru_percpu_hash", "sk_storage",  "task_storage",
		"inode_storage", "cgroup_storage",  NULL};
	const struct kernel *kernel = kernels_older_than(sema->comp, KERNEL_VERSION_OF(6, 5));

	if (!kind_is_in(map->kind, kinds, sizeof(kinds) / sizeof(kinds[0]))) {
		diag_report(sema->comp, DIAG_MAP_VALUE, expr->span,
			    "the value of `%s` cannot be an object: `%s` maps hold plain values",
			    map->name, map->kind->name);
		return false;
	}
	if (value->ptr.target->kind != TYPE_STRUCT) {
		diag_report(sema->comp, DIAG_MAP_VALUE, expr->span,
			    "the value of `%s` is a pointer to `%s`: a map holds objects, which "
			    "are structs",
			    map->name, type_name(sema->comp, value->ptr.target));
		return false;
	}
	if (kernel)
		diag_report(sema->comp, DIAG_KERNEL_LACKS, expr->span,
			    "objects in maps need Linux 6.5; %s is older",
			    kernel_text(sema, kernel));
	return !kernel;
}

static bool check_any_value(struct sema *sema, const struct map_check *map,
			    const struct type_expr *expr, const struct type *value)
{
	if (value->kind == TYPE_PTR)
		return check_object(sema, map, expr, value);
	if (value->kind == TYPE_STRUCT) {
		type_complete(sema->comp, value);
		for (size_t i = 0; i < sizeof(special_fields) / sizeof(special_fields[0]); i++) {
			if (!check_special(sema, map, expr, value, &special_fields[i]))
				return false;
		}
	}
	return check_plain(sema, map, DIAG_MAP_VALUE, expr, value, "value");
}

/* The types that a rule allows, for kinds whose values the kernel understands. */
static bool check_value_is(struct sema *sema, const struct map_check *map,
			   const struct type_expr *expr, const struct type *value,
			   const char *struct_name, bool wide, const char *wanted)
{
	const struct type_table *types = sema->comp->types;

	if (value == types->u32 || (wide && value == types->u64))
		return true;
	if (struct_name && value->kind == TYPE_STRUCT && !strcmp(value->strukt->name, struct_name))
		return true;
	diag_report(sema->comp, DIAG_MAP_VALUE, expr->span,
		    "the value of `%s` maps needs %s, found `%s`", map->kind->name, wanted,
		    type_name(sema->comp, value));
	return false;
}

static bool check_value_rule(struct sema *sema, const struct map_check *map,
			     const struct type_expr *expr, const struct type *value)
{
	const struct type_table *types = sema->comp->types;

	switch (map->kind->value) {
	case MAP_VALUE_ANY:
		return check_any_value(sema, map, expr, value);
	case MAP_VALUE_RECORD:
		return check_plain(sema, map, DIAG_MAP_VALUE, expr, value, "record");
	case MAP_VALUE_U32:
		return check_value_is(sema, map, expr, value, NULL, false, "`u32`");
	case MAP_VALUE_DEV:
		return check_value_is(sema, map, expr, value, "bpf_devmap_val", false,
				      "`u32`, an interface index, or `bpf_devmap_val`");
	case MAP_VALUE_CPU:
		return check_value_is(sema, map, expr, value, "bpf_cpumap_val", false,
				      "`u32`, a queue size, or `bpf_cpumap_val`");
	case MAP_VALUE_SOCKET:
		return check_value_is(sema, map, expr, value, NULL, true,
				      "`u32` or `u64`, a socket descriptor");
	case MAP_VALUE_STACK:
		if (value->kind == TYPE_ARRAY && value->array.elem == types->u64 &&
		    value->array.count <= 127)
			return true;
		diag_report(
			sema->comp, DIAG_MAP_VALUE, expr->span,
			"the value of `stack_trace` maps needs `u64[N]` with N up to 127, found "
			"`%s`",
			type_name(sema->comp, value));
		return false;
	case MAP_VALUE_MAP:
		break;
	}
	return true;
}

static bool check_value(struct sema *sema, const struct map_check *map,
			const struct type_expr *expr, const struct type *value)
{
	if (!check_value_rule(sema, map, expr, value))
		return false;
	if (!map->kind->value_bytes_max || value->size <= map->kind->value_bytes_max)
		return true;
	diag_report(sema->comp, DIAG_MAP_VALUE, expr->span,
		    "the value of `%s` has %u bytes; `%s` maps take up to %u", map->name,
		    value->size, map->kind->name, map->kind->value_bytes_max);
	return false;
}

/* Maps in maps: the value is a shape of its own. */
static const struct type *inner_shape(struct sema *sema, const struct map_check *map,
				      struct type_expr *expr)
{
	struct decl *inner;

	if (expr->kind != TYPE_EXPR_MAP) {
		diag_report(sema->comp, DIAG_MAP_VALUE, expr->span,
			    "the value of `%s` maps is the shape of the maps in them, such as "
			    "`hash<u32, u64>(1024)`",
			    map->kind->name);
		return NULL;
	}
	inner = ast_decl(sema->comp, DECL_MAP, expr->span);
	inner->owner = map->decl->owner;
	inner->visit_state = 2;
	inner->name = (struct ast_name){map->decl->name.text, expr->map.kind.span};
	inner->map.shape = expr;
	shape_resolve(sema, inner, expr->map.kind.text);
	if (!inner->map.kind)
		return NULL;
	if (inner->map.kind->value == MAP_VALUE_MAP || inner->map.kind->key == MAP_KEY_OBJECT) {
		diag_report(sema->comp, DIAG_MAP_VALUE, expr->map.kind.span,
			    "`%s` maps cannot stand in other maps", inner->map.kind->name);
		return NULL;
	}
	map->decl->map.inner = inner;
	return type_map(sema->comp, inner);
}

static bool types_resolve(struct sema *sema, const struct map_check *map)
{
	struct type_expr *key_expr, *value_expr;
	const struct type *key = NULL, *value = NULL;
	bool ok = true;

	if (!split_args(sema, map, &key_expr, &value_expr))
		return false;
	if (map->kind->key == MAP_KEY_OBJECT && !key_expr)
		key = sema->comp->types->i32;
	if (key_expr) {
		key = sema_type(sema, key_expr, false);
		ok = key->kind != TYPE_ERROR && check_key(sema, map, key_expr, &key);
	}
	if (value_expr && map->kind->value == MAP_VALUE_MAP) {
		value = inner_shape(sema, map, value_expr);
		ok &= value != NULL;
	} else if (value_expr) {
		value = sema_type(sema, value_expr, false);
		ok &= value->kind != TYPE_ERROR && check_value(sema, map, value_expr, value);
	}
	map->decl->map.key = key;
	map->decl->map.value = value;
	return ok;
}

/* ---- sizes ---- */

static bool check_entries(struct sema *sema, const struct map_check *map, uint64_t count)
{
	uint64_t max = map->kind->entries_max ? map->kind->entries_max : UINT32_MAX;
	struct expr *expr = map->shape->map.max_entries;

	if (count && count <= max)
		return true;
	diag_report(sema->comp, DIAG_MAP_SIZE, expr->span,
		    "`%s` needs room for 1 to %llu entries, not %llu", map->name,
		    (unsigned long long)max, (unsigned long long)count);
	return false;
}

static bool check_bytes(struct sema *sema, const struct map_check *map, uint64_t bytes)
{
	struct expr *expr = map->shape->map.max_entries;
	uint64_t above = PAGE_BYTES;

	if (bytes >= PAGE_BYTES && !(bytes & (bytes - 1)) && bytes <= UINT32_MAX)
		return true;
	diag_report(sema->comp, DIAG_MAP_SIZE, expr->span,
		    "the size of `%s` maps is a power of two of at least %u bytes, not %llu",
		    map->kind->name, PAGE_BYTES, (unsigned long long)bytes);
	while (above < bytes && above <= UINT32_MAX / 2)
		above *= 2;
	diag_help(sema->comp, "the next one is %llu", (unsigned long long)above);
	return false;
}

static bool size_resolve(struct sema *sema, const struct map_check *map)
{
	struct expr *expr = map->shape->map.max_entries;
	uint64_t count;

	if (!expr && (map->kind->size == MAP_SIZE_OPTIONAL || map->kind->size == MAP_SIZE_NONE))
		return true;
	if (!expr) {
		diag_report(sema->comp, DIAG_MAP_SIZE, map->shape->map.kind.span,
			    "`%s` needs a size: `%s`", map->name, kind_form(sema, map->kind));
		return false;
	}
	if (map->kind->size == MAP_SIZE_NONE) {
		/* Some write (0) or (1); anything else would be a wish that is not granted. */
		if (!sema_constant_count(sema, expr, UINT32_MAX, "the size of a map", &count))
			return false;
		if (count <= 1)
			return true;
		diag_report(sema->comp, DIAG_MAP_SIZE, expr->span,
			    "`%s` maps have no size: they grow with the objects", map->kind->name);
		return false;
	}
	if (!sema_constant_count(sema, expr, UINT64_MAX, "the size of a map", &count))
		return false;
	map->decl->map.max_entries = count;
	return map->kind->size == MAP_SIZE_BYTES ? check_bytes(sema, map, count)
						 : check_entries(sema, map, count);
}

/* ---- flags ---- */

static void flag_names(struct sema *sema, uint32_t flags, const char **text)
{
	uint32_t count, shown = 0;
	const struct map_flag_info *infos = map_flag_list(&count);

	*text = "";
	for (uint32_t i = 0; i < count; i++) {
		if (infos[i].bit & flags)
			*text = arena_printf(&sema->comp->arena, "%s%s`%s`", *text,
					     shown++ ? ", " : "", infos[i].name);
	}
}

static void flag_add(struct sema *sema, const struct map_check *map, const struct ast_name *name)
{
	const struct map_flag_info *info = map_flag_find(name->text);
	const struct map_kind *kind = map->kind;
	const char *names[16], *allowed;
	uint32_t count;
	const struct map_flag_info *infos = map_flag_list(&count);

	if (info && (info->bit & (kind->flags | kind->flags_forced))) {
		map->decl->map.flags |= info->bit;
		return;
	}
	if (info) {
		diag_report(sema->comp, DIAG_MAP_FLAGS, name->span,
			    "`%s` maps do not take the flag `%s`", kind->name, name->text);
		flag_names(sema, kind->flags, &allowed);
		if (*allowed)
			diag_note(sema->comp, span_nowhere(), "it takes %s", allowed);
		return;
	}
	diag_report(sema->comp, DIAG_MAP_FLAGS, name->span, "there is no map flag `%s`",
		    name->text);
	for (uint32_t i = 0; i < count && i < 16; i++)
		names[i] = infos[i].name;
	if (diag_nearest(name->text, names, count)) {
		diag_help(sema->comp, "did you mean `%s`?", diag_nearest(name->text, names, count));
		return;
	}
	flag_names(sema, UINT32_MAX, &allowed);
	diag_note(sema->comp, span_nowhere(), "the flags are %s", allowed);
}

/* numa_node(N) */
static void flag_numa_node(struct sema *sema, const struct map_check *map, struct expr *call)
{
	const struct ast_name name = {call->call.callee->name.text, call->call.callee->span};
	uint64_t node;

	if (strcmp(name.text, "numa_node") || call->call.args.len != 1) {
		diag_report(sema->comp, DIAG_MAP_FLAGS, call->span,
			    "only `numa_node(N)` takes an argument");
		return;
	}
	if (!sema_constant_count(sema, call->call.args.data[0], 1023, "a NUMA node", &node))
		return;
	flag_add(sema, map, &name);
	map->decl->map.has_numa_node = true;
	map->decl->map.numa_node = (uint32_t)node;
}

static void flags_of(struct sema *sema, const struct map_check *map, struct expr *expr,
		     unsigned depth)
{
	struct ast_name name = {.span = expr->span};

	if (expr->kind == EXPR_BINARY && expr->binary.op == BINARY_OR && depth < 64) {
		flags_of(sema, map, expr->binary.left, depth + 1);
		flags_of(sema, map, expr->binary.right, depth + 1);
	} else if (expr->kind == EXPR_NAME) {
		name.text = expr->name.text;
		flag_add(sema, map, &name);
		if (!strcmp(name.text, "numa_node"))
			diag_report(sema->comp, DIAG_MAP_FLAGS, expr->span,
				    "which node? `numa_node(0)`");
	} else if (expr->kind == EXPR_CALL && expr->call.callee->kind == EXPR_NAME) {
		flag_numa_node(sema, map, expr);
	} else if (expr->kind != EXPR_ERROR) {
		diag_report(sema->comp, DIAG_MAP_FLAGS, expr->span,
			    "flags are names joined by `|`, such as `no_prealloc | rdonly_prog`");
	}
}

static void flags_resolve(struct sema *sema, const struct map_check *map)
{
	static const uint32_t opposites[][2] = {{MAP_F_RDONLY, MAP_F_WRONLY},
						{MAP_F_RDONLY_PROG, MAP_F_WRONLY_PROG}};
	struct attribute *attribute = attribute_find(map->decl, "flags");
	struct decl *decl = map->decl;
	const char *names;

	if (attribute)
		vec_foreach (arg, &attribute->args)
			flags_of(sema, map, *arg, 0);
	for (size_t i = 0; i < sizeof(opposites) / sizeof(opposites[0]); i++) {
		uint32_t both = opposites[i][0] | opposites[i][1];

		if ((decl->map.flags & both) != both)
			continue;
		flag_names(sema, both, &names);
		diag_report(sema->comp, DIAG_MAP_FLAGS, attribute->span,
			    "%s exclude each other: nobody could use the map", names);
	}
	decl->map.flags |= map->kind->flags_forced;
}

/* ---- the whole ---- */

/* Sets map.kind only when everything else is right, so that others need to look at nothing else. */
static void shape_resolve(struct sema *sema, struct decl *decl, const char *name)
{
	struct map_check map = {.decl = decl, .shape = decl->map.shape, .name = name};
	const struct kernel *kernel;
	bool types_fit;

	map.kind = find_kind(sema, &map.shape->map.kind);
	if (!map.kind)
		return;
	kernel = map_kind_lacking(sema->comp, map.kind);
	if (kernel)
		diag_report(sema->comp, DIAG_KERNEL_LACKS, map.shape->map.kind.span,
			    "%s has no maps of kind `%s` (they came with Linux %s)",
			    kernel_text(sema, kernel), map.kind->name,
			    kernel_version_text(sema->comp, map.kind->since));
	flags_resolve(sema, &map);
	types_fit = types_resolve(sema, &map);
	if (size_resolve(sema, &map) && types_fit)
		decl->map.kind = map.kind;
}

void decl_map_resolve(struct sema *sema, struct decl *decl)
{
	attributes_check(sema, decl);
	if (decl->is_local)
		diag_report(sema->comp, DIAG_ATTRIBUTE, decl->name.span,
			    "a map is never `local`: user code can always reach it");
	if (!decl->map.shape || decl->map.shape->kind != TYPE_EXPR_MAP)
		return;
	shape_resolve(sema, decl, decl->name.text);
}
