/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module: the functions that are needed on each target, and the maps, globals, externs and
 * impls that they mention. Functions are made on first mention. Bodies of bpf functions are built
 * at once, so that a caller knows whether its callee throws (bpf code has no recursion); the others
 * wait in a list.
 */
#include "ir/build.h"
#include "sema/python.h"

#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

/* Macros of C and of the kernel's headers that a local's name must not meet. */
static const char *const c_macros[] = {
	"NULL", "current", "fallthrough", "noinline", "notrace", "main", "errno",
};

const char *build_decl_name(struct build *build, const struct decl *decl)
{
	const char *module = decl->owner ? decl->owner->module_name : NULL;

	if (!module)
		return decl->name.text;
	return intern_str(&build->comp->names,
			  arena_printf(&build->comp->arena, "%s_%s", module, decl->name.text));
}

static void take_names(struct build *build, const struct program *program)
{
	vec_foreach (decl, &program->decls) {
		const char *name = (*decl)->name.text ? build_decl_name(build, *decl) : NULL;

		if (name)
			ptr_map_set(&build->taken, name, *decl);
	}
}

/* Two functions of one target can only meet in a name when they come from impls or imports. */
static const char *func_name(struct build *build, const struct decl *decl, enum target target)
{
	const char *base = build_decl_name(build, decl), *name = base;

	for (unsigned i = 2; ptr_map_get(&build->names[target], name); i++)
		name = intern_str(&build->comp->names,
				  arena_printf(&build->comp->arena, "%s_%u", base, i));
	ptr_map_set(&build->names[target], name, (void *)decl);
	return name;
}

/* ---- functions ---- */

/* The attribute that makes the function a program or kfunc. */
static struct expr_vec *role_arguments(struct decl *decl)
{
	vec_foreach (attribute, &decl->attributes) {
		const char *name = attribute->name.text;

		if (decl->fn.kind ? !strcmp(name, decl->fn.kind->name) : !strcmp(name, "kfunc"))
			return &attribute->args;
	}
	return NULL;
}

static struct fn_build *fn_build_new(struct build *build, struct ir_func *func, struct decl *decl)
{
	struct fn_build *fb = arena_new(&build->comp->arena, struct fn_build);

	fb->build = build;
	fb->comp = build->comp;
	fb->func = func;
	fb->decl = decl;
	fb->out = &func->body;
	ptr_map_init(&fb->bindings, &build->comp->arena);
	ptr_map_init(&fb->names, &build->comp->arena);
	ptr_map_init(&fb->numbers, &build->comp->arena);
	return fb;
}

static struct ir_func *func_new(struct build *build, struct decl *decl, enum target target)
{
	struct ir_func *func = arena_new(&build->comp->arena, struct ir_func);

	func->name = func_name(build, decl, target);
	func->target = target;
	func->role = decl->fn.role;
	func->kind = decl->fn.kind;
	func->choice = decl->fn.choice;
	func->kind_arg = decl->fn.kind_arg;
	func->kfunc_flags = decl->fn.kfunc_flags;
	func->attribute_args = role_arguments(decl);
	func->doc = decl->doc;
	func->result = decl->fn.type->fn.result;
	func->sleepable = decl->fn.sleepable;
	func->is_global = decl->fn.is_global;
	func->hook = decl->fn.hook;
	/* In bpf it is known when the body is built, which is before any call. */
	func->throws = target != TARGET_BPF && decl->fn.throws;
	func->span = decl->span;
	func->name_span = decl->name.span;
	func->end = decl->fn.body ? decl->fn.body->block.close : decl->span;
	vec_push(&build->comp->arena, &build->module->funcs, func);
	return func;
}

static void build_now(struct build *build, struct fn_build *fb)
{
	if (build->depth >= BUILD_CALL_DEPTH_MAX) {
		diag_report(build->comp, DIAG_INTERNAL_LIMIT, fb->decl->name.span,
			    "the chain of calls down to `%s` is longer than %d",
			    fb->decl->name.text, BUILD_CALL_DEPTH_MAX);
		return;
	}
	build->depth++;
	build_fn_body(fb);
	build->depth--;
}

struct ir_func *build_func(struct build *build, struct decl *decl, enum target target)
{
	struct ir_func *func = ptr_map_get(&build->funcs[target], decl);
	struct fn_build *fb;

	if (func)
		return func;
	if (!decl->fn.body)
		internal_error(build->comp, decl->span, "function `%s` has no body",
			       decl->name.text);
	func = func_new(build, decl, target);
	ptr_map_set(&build->funcs[target], decl, func);
	fb = fn_build_new(build, func, decl);
	build_fn_params(fb);
	if (target == TARGET_BPF)
		build_now(build, fb);
	else
		vec_push(&build->comp->arena, &build->pending, fb);
	return func;
}

static void build_pending(struct build *build)
{
	while (build->pending.len)
		build_now(build, build->pending.data[--build->pending.len]);
}

/* ---- constant initialisers ---- */

static struct ir_expr *constant_value(struct build *build, struct expr *expr,
				      const struct type *type)
{
	struct ir_func *func = arena_new(&build->comp->arena, struct ir_func);
	struct fn_build *fb;
	struct ir_expr *value;

	func->target = TARGET_USER;
	func->result = build->comp->types->void_;
	fb = fn_build_new(build, func, NULL);
	value = build_expr_as(fb, expr, type);
	if (func->body.len)
		internal_error(build->comp, expr->span, "an initialiser that is no constant");
	return value;
}

/* ---- maps ---- */

static struct ir_map *map_new(struct build *build, struct decl *decl)
{
	struct ir_map *map = arena_new(&build->comp->arena, struct ir_map);

	ptr_map_set(&build->maps, decl, map);
	map->name = decl->name.text ? build_decl_name(build, decl) : "inner";
	map->kind = decl->map.kind;
	map->key = decl->map.key;
	map->value = decl->map.value;
	map->max_entries = decl->map.max_entries;
	map->flags = decl->map.flags;
	map->numa_node = decl->map.numa_node;
	map->has_numa_node = decl->map.has_numa_node;
	map->is_pinned = decl->is_pinned;
	map->span = decl->span;
	if (decl->map.inner) {
		map->inner = map_new(build, decl->map.inner);
		map->value = build->comp->types->u32;
	}
	return map;
}

struct ir_map *build_map(struct build *build, struct decl *decl)
{
	struct ir_map *map = ptr_map_get(&build->maps, decl);

	if (map)
		return map;
	map = map_new(build, decl);
	map->index = build->module->maps.len;
	vec_push(&build->comp->arena, &build->module->maps, map);
	return map;
}

static void note_use(struct ir_map *map, enum target target)
{
	map->used_by_bpf |= target == TARGET_BPF;
	map->used_by_user |= target == TARGET_USER;
	if (map->inner)
		note_use(map->inner, target);
}

struct ir_map *build_map_for(struct fn_build *fb, struct decl *decl)
{
	struct ir_map *map = build_map(fb->build, decl);

	note_use(map, build_target(fb));
	return map;
}

/* User code handles the records of a ring buffer by `<name>_callback` unless it says otherwise. */
static void add_handlers(struct build *build)
{
	struct program *program = build->program;

	for (uint32_t i = 0; i < program->decls.len; i++) {
		struct decl *decl = program->decls.data[i], *handler;
		struct ir_map *map;
		const char *name;

		if (decl->kind != DECL_MAP ||
		    !(decl->map.kind->user_ops & (MAP_OP_RECORDS | MAP_OP_OUTPUT)))
			continue;
		map = build_map(build, decl);
		name = arena_printf(&build->comp->arena, "%s_callback", decl->name.text);
		handler = ptr_map_get(&program->scope, intern_str(&build->comp->names, name));
		if (map->used_by_user && handler && handler->kind == DECL_FN &&
		    handler->fn.role == FN_PLAIN && handler->fn.body)
			map->handler = build_func(build, handler, TARGET_USER);
	}
}

/* ---- globals ---- */

static struct ir_expr *config_value(struct build *build, struct decl *decl)
{
	const struct type *type = decl->config.type;
	struct ir_expr *value = ir_expr_new(build->comp, IR_EXPR_STRUCT, type, decl->name.span);

	for (uint32_t i = 0; i < type->strukt->fields.len; i++) {
		const struct field *field = &type->strukt->fields.data[i];
		struct expr *init = decl->config.fields.data[i].default_value;
		struct ir_expr *elem = NULL;

		if (init)
			elem = constant_value(build, init, field->type);
		vec_push(&build->comp->arena, &value->elems, elem);
	}
	return value;
}

static enum ir_global_role global_role(const struct decl *decl)
{
	if (decl->kind == DECL_CONFIG)
		return decl->config.is_const ? IR_GLOBAL_CONST_CONFIG : IR_GLOBAL_CONFIG;
	if (decl->is_table)
		return IR_GLOBAL_TABLE;
	if (decl->is_pinned)
		return IR_GLOBAL_PINNED;
	return decl->is_local ? IR_GLOBAL_LOCAL : IR_GLOBAL_SHARED;
}

/* Tables of functions are not among the declarations that have taken their names. */
static const char *global_name(struct build *build, struct decl *decl)
{
	const char *base = build_decl_name(build, decl), *name = base;
	const struct decl *other;

	for (unsigned i = 2; (other = ptr_map_get(&build->taken, name)) && other != decl; i++)
		name = intern_str(&build->comp->names,
				  arena_printf(&build->comp->arena, "%s_%u", base, i));
	ptr_map_set(&build->taken, name, decl);
	return name;
}

static struct ir_global *global_of(struct build *build, struct decl *decl)
{
	struct ir_global *global = ptr_map_get(&build->globals, decl);

	if (global)
		return global;
	global = arena_new(&build->comp->arena, struct ir_global);
	ptr_map_set(&build->globals, decl, global);
	global->name = global_name(build, decl);
	global->role = global_role(decl);
	global->span = decl->span;
	global->index = build->module->globals.len;
	vec_push(&build->comp->arena, &build->module->globals, global);
	if (decl->kind == DECL_CONFIG) {
		global->type = decl->config.type;
		global->init = config_value(build, decl);
	} else {
		global->type = decl->var.type;
		if (decl->var.value)
			global->init = constant_value(build, decl->var.value, decl->var.type);
	}
	return global;
}

struct ir_global *build_global(struct build *build, struct decl *decl, enum target target)
{
	struct ir_global *global = global_of(build, decl);

	global->targets |= 1u << target;
	return global;
}

static const char *counter_name(struct build *build, const struct ir_map *map)
{
	const char *name = arena_printf(&build->comp->arena, "ks_lost_%s", map->name);

	while (ptr_map_get(&build->program->scope, intern_str(&build->comp->names, name)))
		name = arena_printf(&build->comp->arena, "%s_", name);
	return name;
}

/*
 * A ring buffer that bpf code fills and user code reads gets a counter of the records that found no
 * room, next to the program's own variables.
 */
static void add_lost_counters(struct build *build)
{
	vec_foreach (it, &build->module->maps) {
		struct ir_map *map = *it;
		struct ir_global *global;

		if (map->kind->id != MAP_RINGBUF || !map->used_by_bpf || !map->used_by_user)
			continue;
		global = arena_new(&build->comp->arena, struct ir_global);
		*global = (struct ir_global){
			.name = counter_name(build, map),
			.type = build->comp->types->u64,
			.role = IR_GLOBAL_SHARED,
			.targets = 1u << TARGET_BPF,
			.span = map->span,
			.index = build->module->globals.len,
		};
		vec_push(&build->comp->arena, &build->module->globals, global);
		map->lost = global;
	}
}

/* ---- externs, impls, options ---- */

struct ir_extern *build_extern(struct build *build, struct decl *decl, enum target target)
{
	struct ir_extern *external = ptr_map_get(&build->externs, decl);

	if (!external) {
		external = arena_new(&build->comp->arena, struct ir_extern);
		ptr_map_set(&build->externs, decl, external);
		external->name = decl->name.text;
		external->type = decl->fn.type;
		external->header = decl->extern_header;
		external->library = decl->extern_library;
		external->span = decl->span;
		vec_push(&build->comp->arena, &build->module->externs, external);
	}
	external->targets |= 1u << target;
	return external;
}

struct ir_impl *build_impl(struct build *build, struct decl *decl)
{
	struct ir_impl *impl = ptr_map_get(&build->impls, decl);
	uint32_t offset;

	if (impl)
		return impl;
	impl = arena_new(&build->comp->arena, struct ir_impl);
	ptr_map_set(&build->impls, decl, impl);
	impl->name = build_decl_name(build, decl);
	impl->type = decl->impl.type;
	impl->span = decl->span;
	impl->index = build->module->impls.len;
	vec_push(&build->comp->arena, &build->module->impls, impl);
	vec_foreach (member, &decl->impl.members) {
		struct ir_impl_member out = {0};

		out.field = type_field(impl->type, member->name.text, &offset);
		if (member->fn)
			out.func = build_func(build, member->fn, TARGET_BPF);
		else
			out.value = constant_value(build, member->value, out.field->type);
		vec_push(&build->comp->arena, &impl->members, out);
	}
	return impl;
}

static void add_options(struct build *build)
{
	const struct type *type = build->program->args;

	build->module->args_type = type;
	if (!type)
		return;
	vec_foreach (field, &type->strukt->fields) {
		struct ir_arg arg = {.field = field, .help = field->doc};
		struct expr *value = (struct expr *)field->default_value;

		if (value)
			arg.default_value = constant_value(build, value, field->type);
		vec_push(&build->comp->arena, &build->module->args, arg);
	}
}

/* ---- Python files ---- */

static void add_pythons(struct build *build)
{
	vec_foreach (module, &build->program->modules) {
		struct ir_python python = {.name = (*module)->module_name};
		bool is_called = false;

		vec_foreach (decl, &(*module)->decls)
			is_called |= ptr_map_get(&build->funcs[TARGET_USER], *decl) != NULL;
		if (!(*module)->python || !is_called)
			continue;
		python.file = (*module)->python->file;
		vec_push(&build->comp->arena, &build->module->pythons, python);
	}
}

/* ---- the whole ---- */

/* What is compiled although nothing mentions it. */
static void build_root_decl(struct build *build, struct decl *decl)
{
	switch (decl->kind) {
	case DECL_FN:
		if (!decl->fn.body)
			break;
		if (decl->fn.role == FN_PROGRAM)
			build_func(build, decl, TARGET_BPF);
		else if (decl->fn.role == FN_KFUNC || decl->fn.hook != MODULE_HOOK_NONE)
			build_func(build, decl, TARGET_MODULE);
		else if (decl == build->program->main_fn ||
			 (decl->fn.role == FN_TEST && build->comp->options.test_build))
			build_func(build, decl, TARGET_USER);
		break;
	case DECL_MAP:
		build_map(build, decl);
		break;
	case DECL_GLOBAL:
	case DECL_CONFIG:
		global_of(build, decl);
		break;
	case DECL_IMPL:
		build_impl(build, decl);
		break;
	case DECL_STRUCT:
	case DECL_ENUM:
	case DECL_ALIAS:
	case DECL_CONST:
	case DECL_EXTERN:
	case DECL_INCLUDE:
	case DECL_IMPORT:
		break;
	}
}

static int compare_funcs(const void *left, const void *right)
{
	const struct ir_func *a = *(struct ir_func *const *)left;
	const struct ir_func *b = *(struct ir_func *const *)right;

	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	if (a->span.file != b->span.file)
		return a->span.file < b->span.file ? -1 : 1;
	return a->span.start < b->span.start ? -1 : a->span.start > b->span.start;
}

static void build_init(struct build *build, struct compilation *comp, struct program *program)
{
	struct ptr_map *const tables[] = {&build->maps, &build->globals, &build->externs,
					  &build->impls, &build->taken};

	*build = (struct build){.comp = comp, .program = program};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		ptr_map_init(tables[i], &comp->arena);
	for (unsigned i = 0; i < TARGET_COUNT; i++) {
		ptr_map_init(&build->funcs[i], &comp->arena);
		ptr_map_init(&build->names[i], &comp->arena);
	}
	for (size_t i = 0; i < sizeof(c_macros) / sizeof(c_macros[0]); i++)
		ptr_map_set(&build->taken, intern_str(&comp->names, c_macros[i]), build);
	take_names(build, program);
	vec_foreach (module, &program->modules)
		take_names(build, *module);
	build->module = arena_new(&comp->arena, struct ir_module);
	build->module->comp = comp;
	build->module->name = comp->options.project;
	build->module->file = program->file ? program->file->file : 0;
}

struct ir_module *ir_build(struct compilation *comp, struct program *program)
{
	uint32_t errors = comp->error_count;
	struct build build;
	struct ir_module *module;

	build_init(&build, comp, program);
	module = build.module;
	for (uint32_t i = 0; i < program->decls.len; i++)
		build_root_decl(&build, program->decls.data[i]);
	add_options(&build);
	build_pending(&build);
	add_handlers(&build);
	build_pending(&build);
	add_pythons(&build);
	add_lost_counters(&build);
	if (module->funcs.len)
		qsort(module->funcs.data, module->funcs.len, sizeof(*module->funcs.data),
		      compare_funcs);
	if (program->main_fn)
		module->main_fn = ptr_map_get(&build.funcs[TARGET_USER], program->main_fn);
	if (comp->error_count != errors)
		return NULL;
	build_c_types(&build);
#ifndef NDEBUG
	ir_verify_or_die(module, "the builder");
#endif
	return module;
}
