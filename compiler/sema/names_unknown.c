/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of names that mean nothing here, with what may have been meant. */
#include "sema/decl.h"

#include "syntax/syntax.h"

#include <stdlib.h>
#include <string.h>

/* Names of other languages, and what they are here. */
static const struct {
	const char *name;
	enum name_class what;
	const char *ours;
} foreign_names[] = {
	{"int", NAME_TYPE, "i32"},
	{"unsigned", NAME_TYPE, "u32"},
	{"uint", NAME_TYPE, "u32"},
	{"short", NAME_TYPE, "i16"},
	{"long", NAME_TYPE, "i64"},
	{"byte", NAME_TYPE, "u8"},
	{"uint8", NAME_TYPE, "u8"},
	{"uint16", NAME_TYPE, "u16"},
	{"uint32", NAME_TYPE, "u32"},
	{"uint64", NAME_TYPE, "u64"},
	{"int8", NAME_TYPE, "i8"},
	{"int16", NAME_TYPE, "i16"},
	{"int32", NAME_TYPE, "i32"},
	{"int64", NAME_TYPE, "i64"},
	{"usize", NAME_TYPE, "size_t"},
	{"float", NAME_TYPE, "f32"},
	{"double", NAME_TYPE, "f64"},
	{"boolean", NAME_TYPE, "bool"},
	{"string", NAME_TYPE, "str(N)"},
	{"NULL", NAME_VALUE, "null"},
	{"nil", NAME_VALUE, "null"},
	{"TRUE", NAME_VALUE, "true"},
	{"FALSE", NAME_VALUE, "false"},
	{"True", NAME_VALUE, "true"},
	{"False", NAME_VALUE, "false"},
	{"printf", NAME_FUNCTION, "print"},
	{"println", NAME_FUNCTION, "print"},
	{"printk", NAME_FUNCTION, "print"},
	{"bpf_printk", NAME_FUNCTION, "print"},
};

/*
 * Functions and macros of C's and BPF's libraries, and what does their work here. Module code has
 * the kernel's own ones from kernel.kh.
 */
#define COPY "values are copied by `=`"
#define ORDER                                                                                    \
	"leave it out: constants are brought into network order; `x as u16` or `as u32` is its " \
	"value"
#define COMPARE "text is compared by `==` and `!=`"
#define NO_HINT "leave it out"
static const struct {
	const char *name, *advice;
} foreign_functions[] = {
	{"strcmp", COMPARE},
	{"strncmp", COMPARE},
	{"bpf_strncmp", COMPARE},
	{"strcpy", COPY},
	{"strncpy", COPY},
	{"memcpy", COPY},
	{"memmove", COPY},
	{"__builtin_memcpy", COPY},
	{"memset", "what is declared is zero; `x = []` clears an array"},
	{"__builtin_memset", "what is declared is zero; `x = []` clears an array"},
	{"memcmp", "compare numbers and text by `==`, arrays by their elements"},
	{"strlen", "`text.len()` is the length"},
	{"sprintf", "text is joined by `+`"},
	{"snprintf", "text is joined by `+`"},
	{"malloc", "`new T()` makes an object, `delete p` frees it"},
	{"calloc", "`new T()` makes an object, `delete p` frees it"},
	{"free", "`delete p` frees it"},
	{"exit", "`return` from main ends the program"},
	{"bpf_htons", ORDER},
	{"bpf_htonl", ORDER},
	{"bpf_ntohs", ORDER},
	{"bpf_ntohl", ORDER},
	{"htons", ORDER},
	{"htonl", ORDER},
	{"ntohs", ORDER},
	{"ntohl", ORDER},
	{"__constant_htons", ORDER},
	{"__sync_fetch_and_add", "`x += n` is atomic; `fetch_add(&x, n)` gives the value before"},
	{"__builtin_expect", NO_HINT},
	{"likely", NO_HINT},
	{"unlikely", NO_HINT},
	{"BPF_CORE_READ", "`p->a->b` reads the kernel's memory as it is"},
	{"bpf_core_read", "`p->a->b` reads the kernel's memory as it is"},
	{"offsetof", "fields are reached by their names: `p->field`"},
};

/* Suggestions for so many unknown names; a source with more of them has another problem. */
#define SUGGESTIONS_MAX 20

/* The headers of the standard library, asked in this order. */
static const char *const stdlib_headers[] = {"net.kh", "kernel.kh", "errno.kh"};

/* ---- candidates ---- */

static bool decl_is_of_class(const struct decl *decl, enum name_class what)
{
	switch (decl->kind) {
	case DECL_FN:
	case DECL_EXTERN:
		return what == NAME_VALUE || what == NAME_FUNCTION;
	case DECL_STRUCT:
	case DECL_ENUM:
	case DECL_ALIAS:
		return what == NAME_TYPE;
	case DECL_MAP:
		return what == NAME_MAP || what == NAME_VALUE;
	case DECL_CONST:
	case DECL_GLOBAL:
	case DECL_CONFIG:
	case DECL_IMPL:
	case DECL_IMPORT:
		return what == NAME_VALUE;
	case DECL_INCLUDE:
		return false;
	}
	return false;
}

static void add_locals(struct sema *sema, struct str_vec *names)
{
	for (const struct scope *scope = sema->scope; scope; scope = scope->outer)
		vec_foreach (name, &scope->names)
			vec_push(&sema->comp->arena, names, *name);
}

static void add_decls(struct sema *sema, enum name_class what, struct str_vec *names)
{
	vec_foreach (it, &sema->program->decls) {
		const struct decl *decl = *it;

		if (decl->name.text && decl_is_of_class(decl, what))
			vec_push(&sema->comp->arena, names, decl->name.text);
		if (decl->kind == DECL_ENUM && what == NAME_VALUE)
			vec_foreach (item, &decl->enumeration.items)
				vec_push(&sema->comp->arena, names, item->name.text);
	}
}

static void add_constants(struct sema *sema, struct str_vec *names)
{
	static const char *const literals[] = {"true", "false", "null"};
	uint32_t count;
	const struct predeclared *predeclared = predeclared_list(&count);

	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++)
		vec_push(&sema->comp->arena, names, literals[i]);
	for (uint32_t i = 0; i < count; i++)
		vec_push(&sema->comp->arena, names, predeclared[i].name);
	vec_foreach (type, &sema->program->kernel_enums)
		vec_foreach (value, &(*type)->enumeration->values)
			vec_push(&sema->comp->arena, names, value->name);
}

static void add_functions(struct sema *sema, struct str_vec *names)
{
	uint32_t count;
	const struct helper *helpers = helper_list(&count);

	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		if (builtins[i].receiver == RECEIVER_NONE)
			vec_push(&sema->comp->arena, names, builtins[i].name);
	}
	for (uint32_t i = 0; i < count; i++)
		vec_push(&sema->comp->arena, names, helpers[i].name);
}

static void add_types(struct sema *sema, struct str_vec *names)
{
	static const char *const simple[] = {"u8",   "u16",  "u32",  "u64",  "i8",  "i16",
					     "i32",  "i64",  "bool", "char", "str", "void",
					     "be16", "be32", "be64", "f32",  "f64", "size_t"};

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		vec_push(&sema->comp->arena, names, simple[i]);
}

/* Own names first; the kernel's types only when none of those is near. */
static const char *nearest(struct sema *sema, const char *name, enum name_class what)
{
	struct str_vec names = {0}, types = {0};
	const char *found;

	if (what != NAME_TYPE)
		add_locals(sema, &names);
	add_decls(sema, what, &names);
	if (what == NAME_VALUE)
		add_constants(sema, &names);
	if (what == NAME_VALUE || what == NAME_FUNCTION)
		add_functions(sema, &names);
	if (what == NAME_TYPE)
		add_types(sema, &names);
	found = diag_nearest(name, names.data, names.len);
	if (found || what != NAME_TYPE || strlen(name) < 4)
		return found;
	kernel_list_names(sema->comp, BTF_MASK_STRUCTS | BTF_MASK_ENUMS, "", UINT32_MAX, &types);
	return diag_nearest(name, types.data, types.len);
}

/* ---- the standard library ---- */

static void add_header(struct sema *sema, const struct ast_file *file, const char *header)
{
	struct ptr_map *names = &sema->stdlib_names;

	vec_foreach (it, &file->decls) {
		const struct decl *decl = *it;

		if (decl->name.text && !ptr_map_get(names, decl->name.text))
			ptr_map_set(names, decl->name.text, (void *)header);
		if (decl->kind != DECL_ENUM)
			continue;
		vec_foreach (item, &decl->enumeration.items)
			ptr_map_set(names, item->name.text, (void *)header);
	}
}

/* The header that has the name; NULL when none has it. */
static const char *stdlib_header_of(struct sema *sema, const char *name)
{
	struct compilation *comp = sema->comp;

	if (sema->stdlib_names.arena || !comp->open_source)
		return sema->stdlib_names.arena ? ptr_map_get(&sema->stdlib_names, name) : NULL;
	ptr_map_init(&sema->stdlib_names, &comp->arena);
	for (size_t i = 0; i < sizeof(stdlib_headers) / sizeof(stdlib_headers[0]); i++) {
		uint32_t file = comp->open_source(comp, comp->open_source_user,
						  sema->program->file->file, stdlib_headers[i]);

		if (file != UINT32_MAX && comp->sources.files.data[file]->is_stdlib)
			add_header(sema, syntax_parse(comp, file), stdlib_headers[i]);
	}
	return ptr_map_get(&sema->stdlib_names, name);
}

/* ---- the report ---- */

static const char *foreign_name(const char *name, enum name_class what)
{
	for (size_t i = 0; i < sizeof(foreign_names) / sizeof(foreign_names[0]); i++) {
		if (foreign_names[i].what == what && !strcmp(foreign_names[i].name, name))
			return foreign_names[i].ours;
	}
	return NULL;
}

static const char *foreign_function(const struct sema *sema, const char *name)
{
	bool is_module =
		sema->fn && (sema->fn->fn.role == FN_KFUNC || sema->fn->fn.role == FN_PRIVATE);

	for (size_t i = 0; i < sizeof(foreign_functions) / sizeof(foreign_functions[0]); i++) {
		if (!is_module && !strcmp(foreign_functions[i].name, name))
			return foreign_functions[i].advice;
	}
	return NULL;
}

/* Other meanings that the name has: of another class, or a constant of an enum not in sight. */
static void note_other_meaning(struct sema *sema, const char *name, enum name_class what)
{
	struct compilation *comp = sema->comp;
	const struct decl *decl = sema_find_decl(sema, name);
	const struct type *type;

	if (what == NAME_VALUE && kernel_find_type(comp, name)) {
		diag_help(comp, "`%s` is a type; a conversion stands behind: `x as %s`", name,
			  name);
		return;
	}
	if (decl && !decl_is_of_class(decl, what))
		diag_note(comp, decl->name.span, "`%s` is %s", name, decl_kind_text(decl));
	else if (what == NAME_VALUE && kernel_find_enum_constant(comp, NULL, name, &type) &&
		 *type->enumeration->name)
		diag_note(comp, span_nowhere(),
			  "the kernel's `enum %s` has it; a program sees it when a declaration "
			  "mentions that type",
			  type->enumeration->name);
}

void sema_unknown(struct sema *sema, struct ast_name name, enum name_class what)
{
	static const char *const texts[] = {
		[NAME_VALUE] = "nothing named `%s` is declared",
		[NAME_TYPE] = "there is no type `%s`",
		[NAME_FUNCTION] = "there is no function `%s`",
		[NAME_MAP] = "there is no map `%s`",
	};
	struct compilation *comp = sema->comp;
	const char *message = texts[what], *mark = strstr(message, "%s");
	const char *other;

	diag_report(comp, what == NAME_TYPE ? DIAG_UNKNOWN_TYPE : DIAG_UNKNOWN_NAME, name.span,
		    "%.*s%s%s", (int)(mark - message), message, name.text, mark + 2);
	other = foreign_name(name.text, what);
	if (other) {
		diag_help(comp, "here it is called `%s`", other);
		diag_edit(comp, name.span, "%s", other);
		return;
	}
	other = what == NAME_FUNCTION ? foreign_function(sema, name.text) : NULL;
	if (other) {
		diag_help(comp, "%s", other);
		return;
	}
	if (sema->unknown_count++ >= SUGGESTIONS_MAX)
		return;
	other = stdlib_header_of(sema, name.text);
	if (other) {
		diag_help(comp, "add `include \"%s\"`", other);
		return;
	}
	other = nearest(sema, name.text, what);
	if (other) {
		diag_help(comp, "did you mean `%s`?", other);
		diag_edit(comp, name.span, "%s", other);
		return;
	}
	note_other_meaning(sema, name.text, what);
}
