/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of a program: its own declarations, those of included headers, imports. A header is
 * read once per compilation and its declarations are shared by the programs that include it, so
 * that its structs are the same types everywhere. An imported file is a program of its own.
 */
#include "sema/decl.h"
#include "sema/python.h"

#include "syntax/syntax.h"

#include <string.h>

#define FILE_DEPTH_MAX 64

VEC_TYPE(ast_file_vec, struct ast_file *);
VEC_TYPE(import_stack, struct program *);

struct collector {
	struct sema *sema;
	struct compilation *comp;
	struct program *main;
	struct ast_file_vec headers;   /* read so far */
	struct import_stack importing; /* programs in work, main first */
	unsigned depth;		       /* of includes */
	bool syntax_errors;
};

static void collect_program(struct collector *collector, struct program *program);

/* ---- files ---- */

static bool path_ends_with(const char *path, const char *end)
{
	size_t len = strlen(path), end_len = strlen(end);

	return len > end_len && !strcmp(path + len - end_len, end);
}

static uint32_t open_file(struct collector *collector, const struct decl *decl)
{
	struct compilation *comp = collector->comp;

	if (!comp->open_source)
		return UINT32_MAX;
	return comp->open_source(comp, comp->open_source_user, decl->span.file, decl->source.path);
}

/*
 * Headers that the older compiler made for each kind of program and each struct_ops type; what
 * they had is known from the kernel.
 */
static bool is_legacy_header(struct compilation *comp, const char *path)
{
	static const char *const names[] = {"kprobe", "vmlinux"};
	const char *stem = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	if (!path_ends_with(stem, ".kh"))
		return false;
	stem = intern(&comp->names, stem, strlen(stem) - strlen(".kh"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], stem))
			return true;
	}
	return prog_kind_find(stem) || kernel_find_struct(comp, stem);
}

/* ---- names ---- */

static void report_duplicate(struct collector *collector, const struct ast_name *name,
			     struct span first)
{
	diag_report(collector->comp, DIAG_DUPLICATE, name->span, "`%s` is declared twice",
		    name->text);
	diag_note(collector->comp, first, "first declared here");
}

/* Prototypes may be repeated, and a function may follow its prototype. */
static bool add_again(struct collector *collector, struct program *program, struct decl *first,
		      struct decl *decl)
{
	struct prototype_pair pair = {first, decl};

	if (first == decl)
		return true; /* a header that two includes share */
	if (first->kind != DECL_EXTERN ||
	    (decl->kind != DECL_EXTERN && (decl->kind != DECL_FN || first->extern_header)))
		return false;
	vec_push(&collector->comp->arena, &program->prototypes, pair);
	if (decl->kind == DECL_FN)
		ptr_map_set(&program->scope, decl->name.text, decl);
	return true;
}

static void add_name(struct collector *collector, struct program *program, struct decl *decl)
{
	struct decl *first = ptr_map_get(&program->scope, decl->name.text);
	const struct expr *variant = ptr_map_get(&program->constants, decl->name.text);

	if (first && !add_again(collector, program, first, decl))
		report_duplicate(collector, &decl->name, first->name.span);
	else if (variant)
		report_duplicate(collector, &decl->name, variant->span);
	else if (!first)
		ptr_map_set(&program->scope, decl->name.text, decl);
}

static void add_variant(struct collector *collector, struct program *program, struct decl *decl,
			struct enum_item *item)
{
	const struct decl *first = ptr_map_get(&program->scope, item->name.text);
	struct expr *variant = ptr_map_get(&program->constants, item->name.text);

	if (first || variant) {
		report_duplicate(collector, &item->name, first ? first->name.span : variant->span);
		return;
	}
	variant = ast_expr(collector->comp, EXPR_INT, item->name.span);
	variant->ref.kind = REF_ENUM_VALUE;
	variant->ref.decl = decl;
	ptr_map_set(&program->constants, item->name.text, variant);
}

/* Of a shared header: the constants exist already, in the program that read it first. */
static void share_variants(struct program *program, const struct decl *decl)
{
	vec_foreach (item, &decl->enumeration.items)
		ptr_map_set(&program->constants, item->name.text,
			    ptr_map_get(&decl->owner->constants, item->name.text));
}

static void add_decl(struct collector *collector, struct program *program, struct decl *decl)
{
	bool is_shared = decl->owner && decl->owner != program;

	if (!decl->owner)
		decl->owner = program;
	vec_push(&collector->comp->arena, &program->decls, decl);
	if (decl->name.text && strcmp(decl->name.text, "_"))
		add_name(collector, program, decl);
	if (decl->kind != DECL_ENUM)
		return;
	if (is_shared) {
		share_variants(program, decl);
		return;
	}
	vec_foreach (item, &decl->enumeration.items)
		add_variant(collector, program, decl, item);
}

/* ---- includes ---- */

/* What a header may not hold, in words; NULL when the declaration is fine. */
static const char *header_misfit(const struct decl *decl)
{
	switch (decl->kind) {
	case DECL_FN:
		return decl->fn.body ? "a function with a body" : NULL;
	case DECL_GLOBAL:
		return "a global variable";
	case DECL_MAP:
		return "a map";
	case DECL_CONFIG:
		return "a config";
	case DECL_IMPL:
		return "an `impl`";
	case DECL_IMPORT:
		return "an import";
	case DECL_STRUCT:
	case DECL_ENUM:
	case DECL_ALIAS:
	case DECL_CONST:
	case DECL_EXTERN:
	case DECL_INCLUDE:
		break;
	}
	return NULL;
}

/* Keeps the declarations that a header may hold; the others are reported once. */
static void check_header(struct collector *collector, struct ast_file *file)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < file->decls.len; i++) {
		struct decl *decl = file->decls.data[i];
		const char *misfit = header_misfit(decl);

		if (misfit) {
			diag_report(collector->comp, DIAG_INCLUDE_BODY,
				    decl->name.text ? decl->name.span : decl->span,
				    "%s in a header: what is included only declares", misfit);
			diag_help(collector->comp, "a file with code is imported: `import name "
						   "from \"x.ks\"`");
			continue;
		}
		/* A prototype is what `extern` says. */
		if (decl->kind == DECL_FN)
			decl->kind = DECL_EXTERN;
		file->decls.data[kept++] = decl;
	}
	file->decls.len = kept;
}

static struct ast_file *read_header(struct collector *collector, uint32_t index)
{
	struct ast_file *file;

	vec_foreach (header, &collector->headers) {
		if ((*header)->file == index)
			return *header;
	}
	file = syntax_parse(collector->comp, index);
	collector->syntax_errors |= file->had_errors;
	check_header(collector, file);
	vec_push(&collector->comp->arena, &collector->headers, file);
	return file;
}

static void collect_file(struct collector *collector, struct program *program,
			 struct ast_file *file);

static void include(struct collector *collector, struct program *program, struct decl *decl)
{
	uint32_t index = open_file(collector, decl);

	if (index == UINT32_MAX) {
		if (is_legacy_header(collector->comp, decl->source.path))
			return;
		diag_report(collector->comp, DIAG_IMPORT, decl->source.path_span,
			    "there is no file `%s` beside this one, in the `-I` folders or in the "
			    "standard library",
			    decl->source.path);
		return;
	}
	if (collector->depth >= FILE_DEPTH_MAX) {
		diag_report(collector->comp, DIAG_INTERNAL_LIMIT, decl->source.path_span,
			    "includes are nested more than %d deep", FILE_DEPTH_MAX);
		return;
	}
	/* Each file once, also when files include each other. */
	vec_foreach (seen, &program->files) {
		if (*seen == index)
			return;
	}
	decl->source.file = read_header(collector, index);
	collector->depth++;
	collect_file(collector, program, decl->source.file);
	collector->depth--;
}

static void collect_file(struct collector *collector, struct program *program,
			 struct ast_file *file)
{
	vec_push(&collector->comp->arena, &program->files, file->file);
	vec_foreach (decl, &file->decls) {
		if ((*decl)->kind == DECL_INCLUDE)
			include(collector, program, *decl);
	}
	vec_foreach (decl, &file->decls) {
		if ((*decl)->kind != DECL_INCLUDE)
			add_decl(collector, program, *decl);
	}
}

/* ---- imports ---- */

static void report_cycle(struct collector *collector, const struct decl *decl, uint32_t first)
{
	struct compilation *comp = collector->comp;
	const char *path = "", *name = "";

	for (uint32_t i = first; i < collector->importing.len; i++) {
		const struct program *program = collector->importing.data[i];

		name = comp->sources.files.data[program->file->file]->name;
		path = arena_printf(&comp->arena, "%s`%s` -> ", path, name);
	}
	name = comp->sources.files.data[collector->importing.data[first]->file->file]->name;
	diag_report(comp, DIAG_IMPORT, decl->source.path_span, "files import each other: %s`%s`",
		    path, name);
}

static bool module_name_taken(const struct collector *collector, const char *name)
{
	vec_foreach (module, &collector->main->modules) {
		if (!strcmp((*module)->module_name, name))
			return true;
	}
	vec_foreach (program, &collector->importing) {
		if ((*program)->module_name && !strcmp((*program)->module_name, name))
			return true;
	}
	return false;
}

/* "../lib/net-utils.ks" to "net_utils", with a number when that is taken. */
static const char *module_name(struct collector *collector, uint32_t index)
{
	struct compilation *comp = collector->comp;
	const char *name = comp->sources.files.data[index]->name;
	char *stem = arena_strndup(&comp->arena, name, strcspn(name, "."));
	const char *unique = stem;
	unsigned number = 1;

	for (char *c = stem; *c; c++) {
		bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
			      (c != stem && *c >= '0' && *c <= '9');

		if (!letter)
			*c = '_';
	}
	while (module_name_taken(collector, unique))
		unique = arena_printf(&comp->arena, "%s_%u", stem, ++number);
	return intern_str(&comp->names, unique);
}

static struct program *program_new(struct compilation *comp, struct ast_file *file)
{
	struct program *program = arena_new(&comp->arena, struct program);

	program->comp = comp;
	program->file = file;
	ptr_map_init(&program->scope, &comp->arena);
	ptr_map_init(&program->constants, &comp->arena);
	return program;
}

static void import_source(struct collector *collector, struct decl *decl, uint32_t index)
{
	struct program *program;

	for (uint32_t i = 0; i < collector->importing.len; i++) {
		if (collector->importing.data[i]->file->file == index) {
			report_cycle(collector, decl, i);
			return;
		}
	}
	vec_foreach (module, &collector->main->modules) {
		if ((*module)->file->file == index) {
			decl->source.program = *module;
			return;
		}
	}
	if (collector->importing.len >= FILE_DEPTH_MAX) {
		diag_report(collector->comp, DIAG_INTERNAL_LIMIT, decl->source.path_span,
			    "imports are nested more than %d deep", FILE_DEPTH_MAX);
		return;
	}
	program = program_new(collector->comp, syntax_parse(collector->comp, index));
	program->module_name = module_name(collector, index);
	collect_program(collector, program);
	vec_push(&collector->comp->arena, &collector->main->modules, program);
	decl->source.file = program->file;
	decl->source.program = program;
}

/* A Python file: a program without declarations of its own, to which calls add functions. */
static void import_python(struct collector *collector, struct decl *decl, uint32_t index)
{
	struct compilation *comp = collector->comp;
	struct program *program;

	vec_foreach (module, &collector->main->modules) {
		if ((*module)->python && (*module)->python->file == index) {
			decl->source.program = *module;
			return;
		}
	}
	program = program_new(comp, python_prelude(comp, index, decl->source.path_span));
	program->python = python_scan(comp, index);
	program->module_name = module_name(collector, index);
	collect_program(collector, program);
	vec_push(&comp->arena, &collector->main->modules, program);
	decl->source.file = program->file;
	decl->source.program = program;
}

static void import(struct collector *collector, struct decl *decl)
{
	const char *path = decl->source.path;
	bool is_python = path_ends_with(path, ".py");
	uint32_t index;

	if (path_ends_with(path, ".bpf.o")) {
		diag_report(collector->comp, DIAG_UNSUPPORTED, decl->source.path_span,
			    "the import of `.bpf.o` files is not compiled yet");
		return;
	}
	if (!path_ends_with(path, ".ks") && !is_python) {
		diag_report(collector->comp, DIAG_IMPORT, decl->source.path_span,
			    path_ends_with(path, ".kh")
				    ? "`%s` is a header: write `include \"%s\"`"
				    : "`%s` cannot be imported: its name must end in `.ks`",
			    path, path);
		return;
	}
	index = open_file(collector, decl);
	if (index == UINT32_MAX)
		diag_report(collector->comp, DIAG_IMPORT, decl->source.path_span,
			    "there is no file `%s` beside this one, in the `-I` folders or in the "
			    "standard library",
			    path);
	else if (is_python)
		import_python(collector, decl, index);
	else
		import_source(collector, decl, index);
}

/* ---- programs ---- */

static void check_bodies_exist(struct collector *collector, const struct program *program)
{
	vec_foreach (it, &program->file->decls) {
		const struct decl *decl = *it;

		if (decl->kind == DECL_FN && !decl->fn.body)
			diag_report(collector->comp, DIAG_SYNTAX, decl->name.span,
				    "`%s` has no body; a function from elsewhere is declared with "
				    "`extern`",
				    decl->name.text);
	}
}

static void collect_program(struct collector *collector, struct program *program)
{
	vec_push(&collector->comp->arena, &collector->importing, program);
	collector->syntax_errors |= program->file->had_errors;
	check_bodies_exist(collector, program);
	collect_file(collector, program, program->file);
	for (uint32_t i = 0; i < program->decls.len; i++) {
		if (program->decls.data[i]->kind == DECL_IMPORT)
			import(collector, program->decls.data[i]);
	}
	collector->importing.len--;
}

bool sema_collect(struct sema *sema, struct program *program)
{
	struct collector collector = {.sema = sema, .comp = sema->comp, .main = program};

	ptr_map_init(&program->scope, &sema->comp->arena);
	ptr_map_init(&program->constants, &sema->comp->arena);
	collect_program(&collector, program);
	return !collector.syntax_errors;
}
