/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that describe the program to the runtime library, and plain variables. */
#include "cgen/loader.h"

#include "kernel/builtins.h"
#include "kernel/map_kinds.h"

#include <string.h>

/* Owners of the names that the loader itself needs. */
static const char owner_variables, owner_options, owner_args, owner_tests;

bool loader_global_is_shared(const struct ir_global *global)
{
	return ir_global_in_object(global) && global->role != IR_GLOBAL_TABLE;
}

/* ---- which ---- */

static bool map_is_listed(struct cgen *cg, const struct ir_map *map)
{
	return ptr_map_get(&cg->maps_seen, map) || map->is_pinned || cg->has_python ||
	       map->kind->id == MAP_SOCKMAP || map->kind->id == MAP_SOCKHASH;
}

static bool global_is_listed(struct cgen *cg, const struct ir_global *global)
{
	return loader_global_is_shared(global) &&
	       (ptr_map_get(&cg->globals_seen, global) || global->role == IR_GLOBAL_PINNED);
}

/* Adds the programs that a program tail-calls, also indirectly. */
static void tail_targets(struct cgen *cg, const struct ir_stmt_vec *stmts, struct ptr_map *loaded);

static void tail_target(struct cgen *cg, const struct ir_func *func, struct ptr_map *loaded)
{
	if (!func || ptr_map_get(loaded, func))
		return;
	ptr_map_set(loaded, func, (void *)func);
	tail_targets(cg, &func->body, loaded);
}

struct tails {
	struct cgen *cg;
	struct ptr_map *loaded;
};

static void on_tail(struct c_walker *walker, const struct ir_stmt *stmt, bool begin)
{
	struct tails *tails = walker->user;

	if (begin && stmt->kind == IR_STMT_TAIL_CALL)
		tail_target(tails->cg, stmt->tail.func, tails->loaded);
}

/* A program's helpers may not tail-call, but they may be called by programs that do. */
static void on_helper(struct c_walker *walker, const struct ir_expr *expr)
{
	struct tails *tails = walker->user;

	if (expr->kind == IR_EXPR_CALL)
		tail_target(tails->cg, expr->call.func, tails->loaded);
}

static void tail_targets(struct cgen *cg, const struct ir_stmt_vec *stmts, struct ptr_map *loaded)
{
	struct tails tails = {cg, loaded};
	struct c_walker walker = {.user = &tails, .stmt = on_tail, .expr = on_helper};

	c_walk_stmts(&walker, stmts);
}

static void programs_find(struct cgen *cg, struct ptr_map *loaded)
{
	ptr_map_init(loaded, &cg->comp->arena);
	vec_foreach (func, &cg->module->funcs) {
		if ((*func)->role == FN_PROGRAM && (*func)->is_loaded)
			tail_target(cg, *func, loaded);
	}
	vec_foreach (impl, &cg->module->impls) {
		if (!ptr_map_get(&cg->impls_seen, *impl))
			continue;
		vec_foreach (member, &(*impl)->members)
			tail_target(cg, member->func, loaded);
	}
}

/* Types that lie in memory which BPF code has too. */
static void share_type(struct cgen *cg, const struct type *type)
{
	if (!type)
		return;
	c_type_use(cg, type);
	while (type->kind == TYPE_ARRAY)
		type = type->array.elem;
	if (type->kind != TYPE_STRUCT || ptr_map_get(&cg->shared_types, type))
		return;
	ptr_map_set(&cg->shared_types, type, (void *)type);
	vec_foreach (field, &type->strukt->fields)
		share_type(cg, field->type);
}

/* The library compares the sizes of keys, values and variables: only what is inside is left. */
static void share_checked(struct cgen *cg, const struct type *type)
{
	if (!type || type->kind != TYPE_STRUCT) {
		share_type(cg, type);
		return;
	}
	c_type_use(cg, type);
	vec_foreach (field, &type->strukt->fields)
		share_type(cg, field->type);
}

void loader_tables_reach(struct cgen *cg)
{
	vec_foreach (map, &cg->module->maps) {
		if (!map_is_listed(cg, *map))
			continue;
		if ((*map)->inner) {
			share_checked(cg, (*map)->inner->key);
			share_checked(cg, (*map)->inner->value);
		}
		share_checked(cg, (*map)->key);
		if ((*map)->key)
			share_checked(cg, (*map)->value);
		else /* records come as bytes */
			share_type(cg, (*map)->value);
		c_reach_handler(cg, (*map)->handler);
		c_name(cg, *map, (*map)->name);
	}
	vec_foreach (global, &cg->module->globals) {
		if (global_is_listed(cg, *global))
			share_checked(cg, (*global)->type);
		else if (ptr_map_get(&cg->globals_seen, *global))
			c_type_use(cg, (*global)->type);
		c_name(cg, *global, (*global)->name);
	}
	vec_foreach (func, &cg->module->funcs) {
		if ((*func)->role == FN_PROGRAM)
			c_name(cg, *func, (*func)->name);
	}
	vec_foreach (impl, &cg->module->impls)
		c_name(cg, *impl, (*impl)->name);
	if (cg->module->args_type)
		c_type_use(cg, cg->module->args_type);
}

void loader_names_take(struct cgen *cg)
{
	if (cg->module->main_fn && cg->module->main_fn->params.len)
		c_name(cg, &owner_args, cg->module->main_fn->params.data[0]->name);
	c_name(cg, &owner_variables, "variables");
	c_name(cg, &owner_options, "options");
	c_name(cg, &owner_tests, "tests");
}

const char *loader_args_name(struct cgen *cg)
{
	return c_name(cg, &owner_args, "args");
}

/* ---- programs ---- */

static const char *const kind_names[] = {
#define KIND(id, name) [PROG_##id] = #id,
	PROG_KINDS(KIND)
#undef KIND
};

/* The first argument of the program's attribute, or NULL. */
static const char *attribute_arg(const struct ir_func *func)
{
	const struct expr *arg;

	if (!func->attribute_args || !func->attribute_args->len)
		return NULL;
	arg = func->attribute_args->data[0];
	return arg->kind == EXPR_STRING ? arg->string.text : NULL;
}

static void write_program(struct cgen *cg, const struct ir_func *func)
{
	const char *arg = attribute_arg(func);

	cw_line(&cg->w, "static struct ks_prog %s = KS_PROG(%s, %s, %s, %s, %s);",
		c_name(cg, func, func->name), c_quoted(cg->comp, func->name, strlen(func->name)),
		kind_names[func->kind->id], arg ? c_quoted(cg->comp, arg, strlen(arg)) : "NULL",
		func->is_loaded || func->kind->id == PROG_STRUCT_OPS ? "LOAD" : "TAIL_TARGET",
		c_where(cg, func->name_span));
}

static void write_programs(struct cgen *cg, struct ptr_map *loaded)
{
	cw_blank(&cg->w);
	vec_foreach (func, &cg->module->funcs) {
		if ((*func)->role == FN_PROGRAM && ptr_map_get(loaded, *func))
			write_program(cg, *func);
	}
	vec_foreach (impl, &cg->module->impls) {
		if (ptr_map_get(&cg->impls_seen, *impl))
			cw_line(&cg->w, "static struct ks_impl %s = {.name = %s, .where = %s};",
				c_name(cg, *impl, (*impl)->name),
				c_quoted(cg->comp, (*impl)->name, strlen((*impl)->name)),
				c_where(cg, (*impl)->span));
	}
}

/* ---- maps ---- */

static const char *leaf_kind(struct cgen *cg, const struct type *type)
{
	type = type_underlying(type);
	if (type->kind == TYPE_INT)
		return c_format(cg, "%c%u", type->integer.is_signed ? 'I' : 'U',
				type->integer.bits);
	if (type->kind == TYPE_BOOL)
		return "BOOL";
	if (type->kind == TYPE_CHAR)
		return "CHAR";
	return type->kind == TYPE_STR ? "STR" : "BYTES";
}

/* A leaf of a value: how the CPUs' copies are joined. In bytes. */
struct leaf {
	const char *kind;
	uint32_t offset, size, count;
};

VEC_TYPE(leaf_vec, struct leaf);

/* Neighbours of one kind are an array. */
static void add_leaf(struct cgen *cg, struct leaf_vec *leaves, struct leaf leaf)
{
	struct leaf *last = leaves->len ? &leaves->data[leaves->len - 1] : NULL;

	if (last && !strcmp(last->kind, leaf.kind) && last->size == leaf.size &&
	    last->offset + last->count * last->size == leaf.offset &&
	    strcmp(leaf.kind, "STR") != 0 && strcmp(leaf.kind, "BYTES") != 0)
		last->count += leaf.count;
	else
		vec_push(&cg->comp->arena, leaves, leaf);
}

static void find_leaves(struct cgen *cg, const struct type *type, uint32_t offset,
			struct leaf_vec *leaves)
{
	if (type->kind == TYPE_ARRAY) {
		for (uint32_t i = 0; i < type->array.count; i++)
			find_leaves(cg, type->array.elem, offset + i * type->array.elem->size,
				    leaves);
		return;
	}
	if (type->kind != TYPE_STRUCT || type->strukt->is_union) {
		add_leaf(cg, leaves, (struct leaf){leaf_kind(cg, type), offset, type->size, 1});
		return;
	}
	type_complete(cg->comp, type);
	vec_foreach (field, &type->strukt->fields) {
		uint32_t at = offset + field->offset_bits / 8;

		/* Bit-fields have no sum of their own: of their bytes the first set. */
		if (field->bit_size)
			add_leaf(cg, leaves, (struct leaf){"BYTES", at, 1, 1});
		else
			find_leaves(cg, field->type, at, leaves);
	}
}

static const char *leaf_text(struct cgen *cg, const struct leaf *leaf)
{
	if (!strcmp(leaf->kind, "STR") || !strcmp(leaf->kind, "BYTES"))
		return c_format(cg, "KS_LEAF_BYTES(%u, %s, %u)", leaf->offset, leaf->kind,
				leaf->size);
	if (leaf->count == 1)
		return c_format(cg, "KS_LEAF(%u, %s)", leaf->offset, leaf->kind);
	return c_format(cg, "KS_LEAVES(%u, %s, %u)", leaf->offset, leaf->kind, leaf->count);
}

static const char *fields_text(struct cgen *cg, const struct type *type)
{
	struct leaf_vec leaves = {0};
	const char *text = "";

	find_leaves(cg, type, 0, &leaves);
	if (leaves.len == 1 && !leaves.data[0].offset && strcmp(leaves.data[0].kind, "STR") != 0 &&
	    strcmp(leaves.data[0].kind, "BYTES") != 0)
		return c_format(cg, "KS_SUMS(%s, %u)", leaves.data[0].kind, leaves.data[0].count);
	vec_foreach (leaf, &leaves)
		text = c_format(cg, "%s%s%s", text, *text ? ", " : "", leaf_text(cg, leaf));
	return c_format(cg, "KS_FIELDS(%s)", text);
}

/* Does a value hold a kernel object? */
static bool holds_objects(const struct type *type)
{
	while (type && type->kind == TYPE_ARRAY)
		type = type->array.elem;
	if (!type || type->kind != TYPE_STRUCT)
		return type && type->kind == TYPE_PTR;
	vec_foreach (field, &type->strukt->fields) {
		if (holds_objects(field->type))
			return true;
	}
	return false;
}

static const char *map_row(struct cgen *cg, const struct ir_map *map, const char *name,
			   struct span span, bool is_inner)
{
	const char *macro = is_inner ? "KS_INNER" : "KS_MAP";
	const char *text = c_quoted(cg->comp, name, strlen(name));
	const char *value = map->value && !map->inner ? c_type(cg, map->value) : "u32";

	if (map->key)
		text = c_format(cg, "%s(%s, %s, %s, %s", macro, text, c_type(cg, map->key), value,
				c_where(cg, span));
	else
		text = c_format(cg, "%s(%s, %s, %s",
				is_inner ? "KS_KEYLESS_INNER" : "KS_KEYLESS_MAP", text, value,
				c_where(cg, span));
	if (map->kind->per_cpu)
		text = c_format(cg, "%s, %s", text, fields_text(cg, map->value));
	if (map->inner)
		text = c_format(cg, "%s, %s", text,
				map_row(cg, map->inner, map->name, map->span, true));
	if (map->is_pinned)
		text = c_format(cg, "%s, .pinned = true", text);
	if (holds_objects(map->value))
		text = c_format(cg, "%s, .holds_objects = true", text);
	if (map->lost)
		text = c_format(cg, "%s, .lost = %s", text,
				c_quoted(cg->comp, map->lost->name, strlen(map->lost->name)));
	if (map->handler)
		text = c_format(cg, "%s, .handler = %s", text,
				c_name(cg, map->handler, map->handler->name));
	return c_format(cg, "%s)", text);
}

static void write_map(struct cgen *cg, const struct ir_map *map)
{
	cw_line(&cg->w, "static struct ks_map %s = %s;", c_name(cg, map, map->name),
		map_row(cg, map, map->name, map->span, false));
}

static void write_maps(struct cgen *cg)
{
	cw_blank(&cg->w);
	vec_foreach (map, &cg->module->maps) {
		if ((*map)->handler && map_is_listed(cg, *map))
			cw_line(&cg->w, "static int %s(void *record);",
				c_name(cg, (*map)->handler, (*map)->handler->name));
	}
	vec_foreach (map, &cg->module->maps) {
		if (map_is_listed(cg, *map))
			write_map(cg, *map);
	}
}

/* ---- variables ---- */

static void write_pointer(struct cgen *cg, const struct ir_global *global)
{
	const char *name = c_name(cg, global, global->name);

	if (global->type->kind == TYPE_PTR || global->type->kind == TYPE_FN)
		cw_line(&cg->w, "static %s;",
			c_declare(cg, global->type, c_format(cg, "volatile *%s", name)));
	else
		cw_line(&cg->w, "static volatile %s;",
			c_declare(cg, global->type,
				  c_format(cg, global->type->kind == TYPE_ARRAY ? "(*%s)" : "*%s",
					   name)));
}

static void write_variable(struct cgen *cg, const struct ir_global *global)
{
	const char *declared = c_declare(cg, global->type, c_name(cg, global, global->name));
	const char *form = global->role == IR_GLOBAL_TABLE ? "static const" : "static";

	cg->in_static = true;
	if (global->init)
		cw_line(&cg->w, "%s %s = %s;", form, declared, c_initializer(cg, global->init));
	else
		cw_line(&cg->w, "%s %s;", form, declared);
	cg->in_static = false;
}

static const char *const role_names[] = {
	[IR_GLOBAL_SHARED] = "KS_SHARED",
	[IR_GLOBAL_LOCAL] = "KS_SHARED",
	[IR_GLOBAL_PINNED] = "KS_PINNED",
	[IR_GLOBAL_CONFIG] = "KS_CONFIG",
	[IR_GLOBAL_CONST_CONFIG] = "KS_CONST_CONFIG",
};

static const char *role_name(const struct ir_global *global)
{
	if (!(global->targets & 1u << TARGET_MODULE))
		return role_names[global->role];
	return global->role == IR_GLOBAL_CONFIG ? "KS_MODULE_CONFIG" : "KS_MODULE_CONST_CONFIG";
}

static bool write_variables(struct cgen *cg)
{
	bool any = false;

	cw_blank(&cg->w);
	vec_foreach (global, &cg->module->globals) {
		if (global_is_listed(cg, *global)) {
			write_pointer(cg, *global);
			any = true;
		} else if (ptr_map_get(&cg->globals_seen, *global)) {
			write_variable(cg, *global);
		}
	}
	if (!any)
		return false;
	cw_open(&cg->w,
		"static const struct ks_global %s[] =", c_name(cg, &owner_variables, "variables"));
	vec_foreach (global, &cg->module->globals) {
		const char *name = c_name(cg, *global, (*global)->name);

		if (global_is_listed(cg, *global))
			cw_line(&cg->w, "{%s, &%s, sizeof(*%s), %s},",
				c_quoted(cg->comp, (*global)->name, strlen((*global)->name)), name,
				name, role_name(*global));
	}
	cw_close(&cg->w, ";");
	return true;
}

/* ---- options ---- */

static void write_option(struct cgen *cg, const struct ir_arg *arg)
{
	const char *args = loader_args_name(cg), *help = "NULL", *name = arg->field->name;
	const char *member = c_field_name(cg, arg->field), *kind = leaf_kind(cg, arg->field->type);
	size_t len;

	if (arg->help) {
		/* One line, whatever the comment's form. */
		char *text = arena_strdup(&cg->comp->arena, arg->help + strspn(arg->help, " "));

		for (len = strlen(text); len && strchr(" \n", text[len - 1]); len--)
			;
		for (size_t i = 0; i < len; i++)
			text[i] = text[i] == '\n' ? ' ' : text[i];
		help = c_quoted(cg->comp, text, len);
	}
	if (!strcmp(member, name))
		cw_line(&cg->w, "KS_ARG(%s, %s, %s, %s),", args, name, kind, help);
	else /* a keyword of C */
		cw_line(&cg->w, "{%s, KS_%s, &%s.%s, sizeof(%s.%s), %s},",
			c_quoted(cg->comp, name, strlen(name)), kind, args, member, args, member,
			help);
}

static void write_options(struct cgen *cg)
{
	const struct type *type = cg->comp->options.test_build ? NULL : cg->module->args_type;
	struct ir_expr literal = {.kind = IR_EXPR_STRUCT, .type = type, .span = span_nowhere()};
	bool any = false;

	if (!type)
		return;
	vec_foreach (arg, &cg->module->args) {
		vec_push(&cg->comp->arena, &literal.elems, arg->default_value);
		any |= arg->default_value != NULL;
	}
	cw_blank(&cg->w);
	cg->in_static = true;
	cw_line(&cg->w, "static %s%s%s;", c_declare(cg, type, loader_args_name(cg)),
		any ? " = " : "", any ? c_initializer(cg, &literal) : "");
	cg->in_static = false;
	cw_open(&cg->w, "static const struct ks_arg %s[] =", c_name(cg, &owner_options, "options"));
	vec_foreach (arg, &cg->module->args)
		write_option(cg, arg);
	cw_close(&cg->w, ";");
}

/* ---- the application ---- */

static const char *add_list(struct cgen *cg, const char *rows, const char *macro, const char *names)
{
	return *names ? c_format(cg, "%s, %s(%s)", rows, macro, names) : rows;
}

static const char *add_name(struct cgen *cg, const char *names, const char *name)
{
	return c_format(cg, "%s%s&%s", names, *names ? ", " : "", name);
}

/* ---- tests ---- */

struct sharing {
	struct cgen *cg;
	struct ptr_map seen;
	bool found;
};

/* Two tests at once must not attach to one interface, nor register or pin under one name. */
static void look_for_sharing(struct c_walker *walker, const struct ir_expr *expr)
{
	struct sharing *sharing = walker->user;
	struct c_walker inner = {.user = sharing, .expr = look_for_sharing};

	if (expr->kind == IR_EXPR_OP)
		sharing->found |= expr->op.op == IR_OP_ATTACH || expr->op.op == IR_OP_ATTACH_PERF ||
				  expr->op.op == IR_OP_REGISTER || expr->op.op == IR_OP_EXTERN ||
				  (expr->op.map && expr->op.map->is_pinned) ||
				  (expr->op.builtin && expr->op.builtin->id == BUILTIN_PIN);
	if (expr->kind != IR_EXPR_CALL || !expr->call.func ||
	    ptr_map_get(&sharing->seen, expr->call.func))
		return;
	ptr_map_set(&sharing->seen, expr->call.func, expr->call.func);
	c_walk_stmts(&inner, &expr->call.func->body);
}

static bool changes_what_is_shared(struct cgen *cg, const struct ir_func *test)
{
	struct sharing sharing = {.cg = cg};
	struct c_walker walker = {.user = &sharing, .expr = look_for_sharing};

	ptr_map_init(&sharing.seen, &cg->comp->arena);
	c_walk_stmts(&walker, &test->body);
	vec_foreach (global, &cg->module->globals)
		sharing.found |= (*global)->role == IR_GLOBAL_PINNED;
	return sharing.found;
}

/* Inside of main, after the names of all functions. */
static void write_tests(struct cgen *cg)
{
	cw_open(&cg->w, "static const struct ks_test_fn %s[] =", c_name(cg, &owner_tests, "tests"));
	vec_foreach (func, &cg->module->funcs) {
		if ((*func)->role == FN_TEST)
			cw_line(&cg->w, "{.name = %s, .run = %s%s},",
				c_quoted(cg->comp, (*func)->name, strlen((*func)->name)),
				c_name(cg, *func, (*func)->name),
				changes_what_is_shared(cg, *func) ? ", .alone = true" : "");
	}
	cw_close(&cg->w, ";");
	cw_blank(&cg->w);
}

void loader_tables_write(struct cgen *cg)
{
	struct ptr_map loaded;

	programs_find(cg, &loaded);
	write_programs(cg, &loaded);
	write_maps(cg);
	cg->has_variables = write_variables(cg);
	write_options(cg);
}

void loader_app_write(struct cgen *cg, const char *run)
{
	const struct ir_module *module = cg->module;
	const char *progs = "", *maps = "", *impls = "", *rows = "";
	struct ptr_map loaded;

	programs_find(cg, &loaded);
	vec_foreach (func, &module->funcs) {
		if ((*func)->role == FN_PROGRAM && ptr_map_get(&loaded, *func))
			progs = add_name(cg, progs, c_name(cg, *func, (*func)->name));
	}
	vec_foreach (map, &module->maps) {
		if (map_is_listed(cg, *map))
			maps = add_name(cg, maps, c_name(cg, *map, (*map)->name));
	}
	vec_foreach (impl, &module->impls) {
		if (ptr_map_get(&cg->impls_seen, *impl))
			impls = add_name(cg, impls, c_name(cg, *impl, (*impl)->name));
	}
	cw_blank(&cg->w);
	if (!run)
		write_tests(cg);
	rows = c_format(cg, ".name = %s", c_quoted(cg->comp, module->name, strlen(module->name)));
	if (run && module->main_fn->doc)
		rows = c_format(
			cg, "%s, .about = %s", rows,
			c_quoted(cg->comp, module->main_fn->doc, strlen(module->main_fn->doc)));
	if (ir_needs_object(module))
		rows = c_format(cg, "%s, .object = KS_OBJECT(%s)", rows,
				c_identifier(cg->comp, module->name));
	rows = c_format(cg, "%s%s", rows, loader_module_rows(cg));
	rows = add_list(cg, rows, "KS_PROGS", progs);
	rows = add_list(cg, rows, "KS_MAPS", maps);
	rows = add_list(cg, rows, "KS_IMPLS", impls);
	if (cg->has_variables)
		rows = add_list(cg, rows, "KS_GLOBALS", c_name(cg, &owner_variables, "variables"));
	if (run && module->args_type && module->args.len)
		rows = add_list(cg, rows, "KS_ARGS", c_name(cg, &owner_options, "options"));
	cw_line(&cg->w, run ? "KS_MAIN(%s, %s);" : "KS_MAIN_TESTS(%s, %s);",
		run ? run : c_name(cg, &owner_tests, "tests"), rows);
}
