/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAME.py, for scripts that the loader becomes by exec(): the maps as Python objects. The classes
 * behind them are runtime/ksmaps.py, which stands in the file as it is.
 */
#include "cgen/cgen.h"

#include "ir/ir_walk.h"
#include "kernel/map_kinds.h"

#include <string.h>

__asm__(".pushsection .rodata, \"a\"\n"
	"ksc_ksmaps_py:\n"
	".incbin \"ksmaps.py\"\n"
	"ksc_ksmaps_py_end:\n"
	".popsection\n");
extern const char ksc_ksmaps_py[] __attribute__((visibility("hidden"))),
	ksc_ksmaps_py_end[] __attribute__((visibility("hidden")));

struct pymod {
	struct compilation *comp;
	struct strbuf *out;
	struct ptr_map names; /* struct type -> its Python name, once it is written */
	struct ptr_map taken; /* interned names in use */
};

static void note_exec(struct ir_walk *walk, struct ir_expr *expr)
{
	*(bool *)walk->user |= expr->kind == IR_EXPR_OP && expr->op.op == IR_OP_EXEC;
}

bool cgen_needs_python(const struct ir_module *module)
{
	bool found = false;
	struct ir_walk walk = {.user = &found, .expr = note_exec};

	vec_foreach (func, &module->funcs) {
		if ((*func)->target == TARGET_USER)
			ir_walk_stmts(&walk, &(*func)->body);
	}
	return found;
}

/* ---- names ---- */

/* A name that is no keyword of Python, no class of the support code and not in use. */
static const char *py_name(struct pymod *py, const char *wanted)
{
	static const char *const reserved[] = {
		"False",    "None",	"True",	    "and",    "as",    "assert", "async",  "await",
		"break",    "class",	"continue", "def",    "del",   "elif",	 "else",   "except",
		"finally",  "for",	"from",	    "global", "if",    "import", "in",	   "is",
		"lambda",   "nonlocal", "not",	    "or",     "pass",  "raise",	 "return", "try",
		"while",    "with",	"yield",    "Int",    "Bool",  "Str",	 "Char",   "Array",
		"Bits",	    "Record",	"Struct",   "Map",    "Queue", "Other",	 "ctypes", "os",
		"platform", "struct",	"sys",
	};
	const char *name = intern_str(&py->comp->names, wanted);

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (!strcmp(reserved[i], name))
			name = intern_str(&py->comp->names,
					  arena_printf(&py->comp->arena, "%s_", name));
	}
	while (ptr_map_get(&py->taken, name))
		name = intern_str(&py->comp->names, arena_printf(&py->comp->arena, "%s_", name));
	ptr_map_set(&py->taken, name, py);
	return name;
}

/* ---- types ---- */

static const char *type_text(struct pymod *py, const struct type *type);

static const char *field_text(struct pymod *py, const struct field *field)
{
	uint32_t at = field->offset_bits / 8;

	if (field->bit_size)
		return arena_printf(&py->comp->arena, "(%u, Bits(%u, %u%s))", at,
				    field->offset_bits % 8, field->bit_size,
				    type_is_integral(field->type) && type_is_signed(field->type)
					    ? ", signed=True"
					    : "");
	return arena_printf(&py->comp->arena, "(%u, %s)", at, type_text(py, field->type));
}

/* Writes the definition of a struct, after those that it holds. */
static const char *struct_text(struct pymod *py, const struct type *type)
{
	const char *name = ptr_map_get(&py->names, type);
	struct str_vec fields = {0};
	uint32_t unnamed = 0;

	if (name)
		return name;
	type_complete(py->comp, type);
	name = type->strukt->name && *type->strukt->name ? type->strukt->name : "unnamed";
	vec_foreach (field, &type->strukt->fields) {
		const char *label = field->name ? field->name
						: arena_printf(&py->comp->arena, "_%u", unnamed++);

		vec_push(&py->comp->arena, &fields,
			 arena_printf(&py->comp->arena, "\t\"%s\": %s,\n", label,
				      field_text(py, field)));
	}
	name = py_name(py, name);
	ptr_map_set(&py->names, type, (void *)name);
	strbuf_printf(py->out, "%s = Struct(\"%s\", %u, {\n", name, name, type->size);
	vec_foreach (field, &fields)
		strbuf_puts(py->out, *field);
	strbuf_printf(py->out, "}%s)\n", type->strukt->is_union ? ", is_union=True" : "");
	return name;
}

static const char *type_text(struct pymod *py, const struct type *type)
{
	struct arena *arena = &py->comp->arena;

	type = type_underlying(type);
	switch (type->kind) {
	case TYPE_BOOL:
		return "Bool()";
	case TYPE_CHAR:
		return "Char()";
	case TYPE_INT:
		return arena_printf(arena, "Int(%u%s)", type->size,
				    type->integer.is_signed ? ", signed=True" : "");
	case TYPE_BE:
		return arena_printf(arena, "Int(%u, order=\"big\")", type->size);
	case TYPE_STR:
		return arena_printf(arena, "Str(%u)", type->size);
	case TYPE_ARRAY:
		return arena_printf(arena, "Array(%s, %u)", type_text(py, type->array.elem),
				    type->array.count);
	case TYPE_STRUCT:
		return struct_text(py, type);
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_FLOAT:
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_ENUM:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return arena_printf(arena, "Int(%u)", type->size ? type->size : 8);
}

/* ---- maps ---- */

static void write_map(struct pymod *py, const struct ir_map *map)
{
	const char *key = map->key ? type_text(py, map->key) : NULL;
	const char *value = map->value && !map->inner ? type_text(py, map->value) : NULL;
	const char *name = py_name(py, map->name);

	if (key && value)
		strbuf_printf(py->out, "%s = Map(\"%s\", %s, %s%s)\n", name, map->name, key, value,
			      map->kind->is_array ? ", is_array=True" : "");
	else if (value && map->kind->user_ops & MAP_OP_POP)
		strbuf_printf(py->out, "%s = Queue(\"%s\", %s)\n", name, map->name, value);
	else
		strbuf_printf(py->out, "%s = Other(\"%s\")\n", name, map->name);
}

void cgen_python(struct compilation *comp, const struct ir_module *module, struct strbuf *out)
{
	const struct source_vec *files = &comp->sources.files;
	struct pymod py = {.comp = comp, .out = out};

	ptr_map_init(&py.names, &comp->arena);
	ptr_map_init(&py.taken, &comp->arena);
	strbuf_printf(out, "# The maps of %s, written by ksc.\n",
		      module->file < files->len ? files->data[module->file]->name : module->name);
	strbuf_append(out, ksc_ksmaps_py, (size_t)(ksc_ksmaps_py_end - ksc_ksmaps_py));
	strbuf_puts(out, "\n\n");
	vec_foreach (map, &module->maps)
		write_map(&py, *map);
}
