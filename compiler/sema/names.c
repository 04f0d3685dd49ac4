/* SPDX-License-Identifier: Apache-2.0 */
/* What a name means: local variables, declarations of the program, constants of enums. */
#include "sema/decl.h"

#include <string.h>

struct decl *sema_find_decl(struct sema *sema, const char *name)
{
	return ptr_map_get(&sema->program->scope, name);
}

/* ---- scopes ---- */

void sema_scope_push(struct sema *sema)
{
	struct scope *scope = arena_new(&sema->comp->arena, struct scope);

	ptr_map_init(&scope->variables, &sema->comp->arena);
	scope->outer = sema->scope;
	sema->scope = scope;
}

void sema_scope_pop(struct sema *sema)
{
	sema->scope = sema->scope->outer;
}

struct variable *sema_find_variable(struct sema *sema, const char *name)
{
	struct variable *variable = NULL;

	for (struct scope *scope = sema->scope; scope && !variable; scope = scope->outer)
		variable = ptr_map_get(&scope->variables, name);
	return variable;
}

void sema_enter(struct sema *sema, struct variable *variable)
{
	ptr_map_set(&sema->scope->variables, variable->name, variable);
	vec_push(&sema->comp->arena, &sema->scope->names, variable->name);
}

struct variable *sema_declare(struct sema *sema, struct ast_name name, const struct type *type)
{
	struct variable *variable = arena_new(&sema->comp->arena, struct variable);
	const struct variable *first;

	variable->name = name.text;
	variable->span = name.span;
	variable->type = type;
	variable->owner = sema->fn;
	if (!strcmp(name.text, "_"))
		return variable;
	first = ptr_map_get(&sema->scope->variables, name.text);
	if (first) {
		diag_report(sema->comp, DIAG_DUPLICATE, name.span,
			    "`%s` is declared twice in this block", name.text);
		diag_note(sema->comp, first->span, "first declared here");
	}
	sema_enter(sema, variable);
	return variable;
}

/* ---- constants of enums ---- */

bool sema_find_variant(struct sema *sema, struct program *program, const char *name,
		       struct constant *value, const struct type **type)
{
	struct expr *variant = ptr_map_get(&program->constants, name);

	if (!variant)
		return false;
	if (variant->constant.kind == CONSTANT_NONE && variant->ref.decl)
		sema_resolve(sema, variant->ref.decl);
	*value = variant->constant;
	*type = variant->type ? variant->type : sema->comp->types->error;
	return true;
}

static void add_kernel_enum(struct sema *sema, const struct type *type)
{
	struct type_vec *enums = &sema->program->kernel_enums;

	if (!type || type->kind != TYPE_ENUM || type->enumeration->decl)
		return;
	vec_foreach (other, enums) {
		if (*other == type)
			return;
	}
	vec_push(&sema->comp->arena, enums, type);
}

/* The enums that a struct of the kernel has among its fields, as many contexts do. */
static void add_field_enums(struct sema *sema, const struct type *type)
{
	if (!type || type->kind != TYPE_STRUCT || type->strukt->decl)
		return;
	type_complete(sema->comp, type);
	vec_foreach (field, &type->strukt->fields)
		add_kernel_enum(sema, field->type);
}

static void add_named(struct sema *sema, const char *name)
{
	const struct type *type =
		kernel_find_type(sema->comp, intern_str(&sema->comp->names, name));

	add_kernel_enum(sema, type);
	add_field_enums(sema, type);
}

static void add_type_expr(struct sema *sema, const struct type_expr *type);

static void add_params(struct sema *sema, const struct param_vec *params,
		       const struct type_expr *result)
{
	vec_foreach (param, params)
		add_type_expr(sema, param->type);
	add_type_expr(sema, result);
}

/* Types as written: at this point most of them are not resolved, and need not be. */
static void add_type_expr(struct sema *sema, const struct type_expr *type)
{
	while (type && (type->kind == TYPE_EXPR_POINTER || type->kind == TYPE_EXPR_ARRAY))
		type = type->kind == TYPE_EXPR_POINTER ? type->pointer.target : type->array.elem;
	if (!type)
		return;
	if (type->kind == TYPE_EXPR_NAME && !type->name.module.text &&
	    !sema_find_decl(sema, type->name.name.text))
		add_named(sema, type->name.name.text);
	else if (type->kind == TYPE_EXPR_FN)
		add_params(sema, type->fn.params, type->fn.result);
	else if (type->kind == TYPE_EXPR_MAP)
		vec_foreach (arg, &type->map.args)
			add_type_expr(sema, *arg);
}

static void add_kinds(struct sema *sema, const struct decl *decl)
{
	vec_foreach (attribute, &decl->attributes) {
		const struct prog_kind *kind = prog_kind_find(attribute->name.text);

		if (!kind)
			continue;
		if (kind->result_enum)
			add_named(sema, kind->result_enum);
		if (kind->context)
			add_named(sema, kind->context);
		for (const char *const *name = kind->constant_enums; name && *name; name++)
			add_named(sema, *name);
	}
}

static void add_decl(struct sema *sema, const struct decl *decl)
{
	add_kinds(sema, decl);
	switch (decl->kind) {
	case DECL_FN:
	case DECL_EXTERN:
		add_params(sema, &decl->fn.params, decl->fn.result);
		break;
	case DECL_STRUCT:
		vec_foreach (field, &decl->strukt.fields)
			add_type_expr(sema, field->type);
		/* In a header it is the kernel's own struct, when the kernel has it. */
		if (sema_is_header(sema, decl))
			add_named(sema, decl->name.text);
		break;
	case DECL_ALIAS:
		add_type_expr(sema, decl->alias.target);
		break;
	case DECL_CONST:
	case DECL_GLOBAL:
		add_type_expr(sema, decl->var.type_expr);
		break;
	case DECL_MAP:
		add_type_expr(sema, decl->map.shape);
		break;
	case DECL_CONFIG:
		vec_foreach (field, &decl->config.fields)
			add_type_expr(sema, field->type);
		break;
	case DECL_IMPL:
		vec_foreach (member, &decl->impl.members)
			if (member->fn)
				add_decl(sema, member->fn);
		break;
	case DECL_ENUM:
	case DECL_INCLUDE:
	case DECL_IMPORT:
		break;
	}
}

/*
 * Constants that belong to a subsystem and stand in enums that nothing else mentions: those of BPF
 * itself, and those of what a struct_ops type is for.
 */
static const struct constant_prefix {
	const char *prefix, *ops; /* NULL: always */
} prefixes[] = {
	{"BPF_", NULL},
	{"SCX_", "sched_ext_ops"},
	{"TCP_", "tcp_congestion_ops"},
	{"CA_EVENT_", "tcp_congestion_ops"},
	{"HID_", "hid_bpf_ops"},
};

bool sema_implements(struct sema *sema, const char *ops)
{
	vec_foreach (decl, &sema->program->decls) {
		const struct attribute *attribute = attribute_find(*decl, "struct_ops");
		const char *type = attribute && attribute->args.len
					   ? attribute_string(attribute->args.data[0])
					   : NULL;

		if (type && !strcmp(type, ops))
			return true;
	}
	return false;
}

static bool has_known_prefix(struct sema *sema, const char *name)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!strncmp(name, prefixes[i].prefix, strlen(prefixes[i].prefix)) &&
		    (!prefixes[i].ops || sema_implements(sema, prefixes[i].ops)))
			return true;
	}
	return false;
}

static bool find_in_kernel(struct sema *sema, const char *name, const struct type **type,
			   const struct enum_value **value)
{
	struct program *program = sema->program;

	if (!program->kernel_enums_known) {
		program->kernel_enums_known = true;
		vec_foreach (decl, &program->decls)
			add_decl(sema, *decl);
	}
	vec_foreach (candidate, &program->kernel_enums) {
		*value = type_enum_find(*candidate, name);
		*type = *candidate;
		if (*value)
			return true;
	}
	if (!has_known_prefix(sema, name))
		return false;
	*value = kernel_find_enum_constant(sema->comp, NULL, name, type);
	return *value != NULL;
}

static struct constant constant_of_enum(const struct type *type, int64_t value)
{
	if (type_is_signed(type))
		return sema_constant_int(value);
	return sema_constant_unsigned((uint64_t)value);
}

/* Found ones are remembered among the program's constants. */
static bool find_kernel_constant(struct sema *sema, const char *name)
{
	const struct enum_value *value;
	const struct type *type;
	struct expr *variant;

	if (!find_in_kernel(sema, name, &type, &value))
		return false;
	variant = arena_new(&sema->comp->arena, struct expr);
	variant->kind = EXPR_INT;
	variant->span = span_nowhere();
	variant->constant = constant_of_enum(type, value->value);
	/* An enum without a name only groups integers. */
	variant->type = *type->enumeration->name ? type : type_underlying(type);
	ptr_map_set(&sema->program->constants, name, variant);
	return true;
}

bool sema_find_constant(struct sema *sema, const char *name, struct constant *value,
			const struct type **type)
{
	const struct predeclared *predeclared;

	if (sema_find_variant(sema, sema->program, name, value, type))
		return true;
	predeclared = predeclared_find(name);
	if (!predeclared)
		return find_kernel_constant(sema, name) &&
		       sema_find_variant(sema, sema->program, name, value, type);
	*type = predeclared_type(sema->comp, predeclared);
	*value = (struct constant){0};
	if (predeclared->scope == PREDECLARED_EVERYWHERE)
		*value = sema_constant_int(predeclared->value);
	return true;
}
