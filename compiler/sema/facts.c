/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over a checked body that fills struct fn_facts. It reports nothing. */
#include "sema/facts_walk.h"

#include <string.h>

void facts_add_use(struct facts_walk *walk, struct use_site use)
{
	vec_push(&walk->comp->arena, &walk->facts->uses, use);
}

static bool is_guarded(const struct facts_walk *walk, const char *name)
{
	vec_foreach (guard, &walk->guards) {
		if (!strcmp(*guard, name))
			return true;
	}
	return false;
}

/* ---- names ---- */

bool variable_is_scalar_binding(const struct variable *variable)
{
	return variable->entry_map && !variable->entry_is_reference;
}

static void read_variable(struct facts_walk *walk, struct variable *variable)
{
	variable->is_read = true;
	if (!variable_is_scalar_binding(variable))
		return;
	walk->clock++;
	ptr_map_set(&walk->reads, variable, (void *)(uintptr_t)walk->clock);
	vec_foreach (write, &walk->writes) {
		if (write->variable == variable)
			write->read = true;
	}
}

static void add_call(struct facts_walk *walk, struct decl *callee, struct expr *expr,
		     enum call_how how)
{
	struct call_site site = {callee, expr, walk->tries, how, walk->deferred, false};

	if (callee->kind == DECL_FN && callee->fn.body)
		vec_push(&walk->comp->arena, &walk->facts->calls, site);
}

void facts_read_decl(struct facts_walk *walk, struct expr *expr, struct decl *decl, bool is_write)
{
	struct use_site use = {.span = expr->span, .decl = decl, .is_write = is_write};

	switch (decl->kind) {
	case DECL_FN:
		add_call(walk, decl, expr, CALL_ADDRESS);
		return;
	case DECL_GLOBAL:
		if (decl->is_table) { /* every target has its own */
			decl->used = true;
			return;
		}
		use.kind = USE_GLOBAL;
		break;
	case DECL_CONFIG:
		use.kind = USE_CONFIG;
		break;
	case DECL_MAP:
		use.kind = USE_MAP;
		break;
	case DECL_EXTERN:
		use.kind = USE_EXTERN;
		break;
	case DECL_STRUCT:
	case DECL_ENUM:
	case DECL_ALIAS:
	case DECL_CONST:
	case DECL_IMPL:
	case DECL_INCLUDE:
	case DECL_IMPORT:
		decl->used = true;
		return;
	}
	decl->used = true;
	facts_add_use(walk, use);
}

static bool is_packet_pointer(const struct expr *expr)
{
	return expr->type && expr->type->kind == TYPE_PTR &&
	       (expr->type->ptr.region == REGION_PACKET || expr->type->ptr.region == REGION_WINDOW);
}

/* The pointers that flow follows through fields, and pointer globals. */
void facts_add_path(struct facts_walk *walk, const struct expr *expr)
{
	struct arena *arena = &walk->comp->arena;
	struct fn_facts *facts = walk->facts;
	struct path path, *copy;

	/* A packet pointer in the context is always a fresh one. */
	if (!expr->type || expr->type->kind != TYPE_PTR || is_packet_pointer(expr) ||
	    !expr_path(expr, &path) || facts_find_path(facts, &path))
		return;
	copy = arena_memdup(arena, &path, sizeof(path));
	copy->next = ptr_map_get(&facts->paths, path.root);
	ptr_map_set(&facts->paths, path.root, copy);
	if (!copy->next && !expr_variable(expr)) {
		while (expr->kind == EXPR_FIELD && expr->ref.kind == REF_NONE)
			expr = expr->field.base;
		if (expr_decl(expr))
			vec_push(arena, &facts->roots, expr_decl(expr));
	}
}

static void walk_name(struct facts_walk *walk, struct expr *expr)
{
	switch (expr->ref.kind) {
	case REF_VARIABLE:
		read_variable(walk, expr->ref.variable);
		break;
	case REF_DECL:
		facts_add_path(walk, expr);
		facts_read_decl(walk, expr, expr->ref.decl, false);
		break;
	case REF_NONE:
	case REF_ENUM_VALUE:
	case REF_BUILTIN:
	case REF_HELPER:
	case REF_MODULE:
	case REF_TYPE:
		break;
	}
}

/* ---- what an index or divisor depends on ---- */

void facts_add_dependency(struct facts_walk *walk, struct variable *variable, struct expr *source)
{
	struct dependency dependency = {variable, source};

	if (variable && source && !source->constant.kind && type_is_integral(variable->type))
		vec_push(&walk->comp->arena, &walk->dependencies, dependency);
}

/* Marks the variables in an arithmetic expression; true when there was a new one. */
static bool want_range(const struct expr *expr)
{
	struct variable *variable = expr_variable(expr);
	bool found = false;

	if (variable) {
		found = !variable->flow_range;
		variable->flow_range = true;
	} else if (expr->kind == EXPR_BINARY) {
		found = want_range(expr->binary.left);
		found |= want_range(expr->binary.right);
	} else if (expr->kind == EXPR_UNARY) {
		found = want_range(expr->unary.operand);
	} else if (expr->kind == EXPR_CAST) {
		found = want_range(expr->cast.operand);
	} else if (expr->kind == EXPR_COND) {
		found = want_range(expr->cond.then);
		found |= want_range(expr->cond.otherwise);
	}
	return found;
}

void facts_want_operand(struct facts_walk *walk, const struct expr *expr)
{
	if (want_range(expr))
		walk->facts->wants_ranges = true;
}

/* What the wanted variables are computed from is wanted too. */
static void close_wanted(struct facts_walk *walk)
{
	bool found = walk->facts->wants_ranges;

	/* Chains of assignments are short; in long ones the rest stays unknown. */
	for (int round = 0; found && round < 4; round++) {
		found = false;
		vec_foreach (dependency, &walk->dependencies) {
			if (dependency->variable->flow_range)
				found |= want_range(dependency->source);
		}
	}
}

/* ---- calls ---- */

static void use_builtin(struct facts_walk *walk, const struct builtin *builtin, struct expr *call)
{
	struct fn_facts *facts = walk->facts;
	struct use_site use = {.kind = USE_BUILTIN, .span = call->call.callee->span};

	use.builtin = builtin;
	if (builtin->receiver != RECEIVER_NONE && call->call.callee->kind == EXPR_FIELD)
		use.span = call->call.callee->field.name.span;
	facts_add_use(walk, use);
	switch (builtin->id) {
	case BUILTIN_ASSERT:
	case BUILTIN_PANIC:
		facts->may_abort = true;
		break;
	case BUILTIN_ATTACH:
	case BUILTIN_REGISTER:
		facts->attaches = true;
		break;
	case BUILTIN_DETACH:
	case BUILTIN_UNREGISTER:
	case BUILTIN_DISPATCH:
	case BUILTIN_SLEEP:
	case BUILTIN_DAEMON:
	case BUILTIN_EXEC:
	case BUILTIN_PIN:
	case BUILTIN_RUN:
	case BUILTIN_READ_TEXT:
		facts->waits = true;
		break;
	case BUILTIN_STACK_ID:
	case BUILTIN_PACKET_LEN:
		facts->uses_packet = true;
		break;
	default: /* the others need nothing of the function */
		break;
	}
}

/* The map before a method: m.insert(k, v), m.cpu(i)[k], outer[k].len(). */
static void walk_receiver(struct facts_walk *walk, const struct builtin *builtin, struct expr *base)
{
	struct decl *map = expr_map(base);
	struct use_site use = {.kind = USE_MAP, .span = base->span};

	if (builtin->receiver != RECEIVER_MAP || !map) {
		facts_walk_expr(walk, base);
		return;
	}
	use.decl = map;
	use.map_ops = builtin->map_ops;
	use.any_op = true;
	facts_add_use(walk, use);
	map->used = true;
	if (!expr_decl(base))
		facts_walk_expr(walk, base);
	/* bpf_perf_event_output wants the program's context. */
	if (builtin->id == BUILTIN_RING_OUTPUT && map->map.kind &&
	    !(map->map.kind->bpf_ops & MAP_OP_RECORDS))
		walk->facts->uses_packet = true;
}

static bool names_program(const struct expr *arg)
{
	const struct decl *decl = expr_decl(arg);

	return decl && decl->kind == DECL_FN && decl->fn.role == FN_PROGRAM;
}

/* How the kernel calls the functions among the arguments; CALL_ADDRESS: not at once. */
static enum call_how callback_how(const struct builtin *builtin, const struct expr *call)
{
	const struct helper *helper = call->call.callee->ref.helper;

	if (builtin)
		return builtin->id == BUILTIN_TIMER_START ? CALL_LATER : CALL_ADDRESS;
	if (call->call.callee->ref.kind != REF_HELPER || !helper || !helper_callback_params(helper))
		return CALL_ADDRESS;
	return strcmp(helper->name, "bpf_timer_set_callback") ? CALL_BACK : CALL_LATER;
}

static void walk_arguments(struct facts_walk *walk, const struct builtin *builtin,
			   struct expr *call)
{
	enum call_how how = callback_how(builtin, call);

	for (uint32_t i = 0; i < call->call.args.len; i++) {
		struct expr *arg = call->call.args.data[i];
		struct decl *decl = expr_decl(arg);

		if (builtin && builtin->id == BUILTIN_KERNEL_HAS)
			continue;
		if (how != CALL_ADDRESS && decl && decl->kind == DECL_FN) {
			add_call(walk, decl, arg, how);
			continue;
		}
		if (builtin && names_program(arg))
			add_call(walk, expr_decl(arg), arg, CALL_NAME);
		else
			facts_walk_expr(walk, arg);
	}
}

static void walk_helper(struct facts_walk *walk, const struct expr *callee)
{
	const struct helper *helper = callee->ref.helper;
	struct use_site use = {.kind = helper ? USE_HELPER : USE_KFUNC, .span = callee->span};

	if (helper) {
		use.helper = helper;
		use.guarded = is_guarded(walk, helper->name);
		walk->facts->changes_packet |= helper_changes_packet(helper);
	} else {
		use.name = callee->kind == EXPR_NAME ? callee->name.text : callee->field.name.text;
		use.guarded = is_guarded(walk, use.name);
	}
	facts_add_use(walk, use);
}

static void note_pointer_call(struct facts_walk *walk, struct expr *call)
{
	struct pointer_call pointer_call = {.call = call, .use = walk->facts->uses.len};

	pointer_call.site.expr = call;
	pointer_call.site.tries = walk->tries;
	pointer_call.site.deferred = walk->deferred;
	pointer_call.site.through_variable = true;
	vec_push(&walk->comp->arena, &walk->pointer_calls, pointer_call);
}

/*
 * A variable that is declared with a function's name and never changes is that function: bpf code
 * can call nothing else through a variable.
 */
static void resolve_pointer_calls(struct facts_walk *walk)
{
	vec_foreach (pointer_call, &walk->pointer_calls) {
		struct expr *callee = pointer_call->call->call.callee;
		struct variable *variable = expr_variable(callee);
		const struct expr *value = variable ? ptr_map_get(&walk->values, variable) : NULL;
		struct decl *fn = value ? expr_decl(value) : NULL;

		if (!fn || fn->kind != DECL_FN || !fn->fn.body || variable->is_written ||
		    variable->address_taken)
			continue;
		callee->ref = (struct ref){.kind = REF_DECL, .decl = fn};
		pointer_call->site.callee = fn;
		vec_push(&walk->comp->arena, &walk->facts->calls, pointer_call->site);
		walk->facts->uses.data[pointer_call->use].is_known = true;
	}
}

void facts_note_call(struct facts_walk *walk)
{
	walk->memory_change = ++walk->changes;
}

void facts_note_change(struct facts_walk *walk, const struct expr *place)
{
	const void *root = NULL;

	while (!root && !expr_dereferenced(place)) {
		root = expr_variable(place);
		if (!root)
			root = expr_decl(place);
		if (place->kind == EXPR_FIELD && place->ref.kind == REF_NONE)
			place = place->field.base;
		else if (place->kind == EXPR_INDEX)
			place = place->index.base;
		else
			break;
	}
	if (root)
		ptr_map_set(&walk->changed, root, (void *)(uintptr_t)++walk->changes);
	else
		facts_note_call(walk);
}

static void walk_callee(struct facts_walk *walk, struct expr *call)
{
	struct expr *callee = call->call.callee;
	struct decl *decl = expr_callee(call);
	struct use_site use = {.span = callee->span};

	if (!decl || decl->kind != DECL_EXTERN)
		facts_note_call(walk);
	if (decl && decl->kind == DECL_FN && decl->fn.body) {
		add_call(walk, decl, call, call->call.is_tail_call ? CALL_TAIL : CALL_PLAIN);
		return;
	}
	if (decl) {
		use.kind = USE_EXTERN;
		use.decl = decl;
		use.guarded = is_guarded(walk, decl->name.text);
		walk->facts->waits = true;
		walk->facts->changes_pointers = true;
		decl->used = true;
		facts_add_use(walk, use);
	} else if (callee->ref.kind == REF_HELPER) {
		walk_helper(walk, callee);
	} else if (callee->ref.kind == REF_MODULE || callee->ref.kind == REF_DECL) {
		use.kind = USE_PYTHON;
		walk->facts->waits = true;
		facts_add_use(walk, use);
	} else {
		use.kind = USE_POINTER;
		walk->facts->changes_pointers = true;
		note_pointer_call(walk, call);
		facts_add_use(walk, use);
		facts_walk_expr(walk, callee);
	}
}

static void walk_call(struct facts_walk *walk, struct expr *call)
{
	const struct builtin *builtin = expr_builtin(call);
	struct expr *callee = call->call.callee;

	if (builtin) {
		facts_note_call(walk);
		use_builtin(walk, builtin, call);
		if (builtin->receiver != RECEIVER_NONE && callee->kind == EXPR_FIELD)
			walk_receiver(walk, builtin, callee->field.base);
	} else {
		walk_callee(walk, call);
	}
	walk_arguments(walk, builtin, call);
}

/* ---- expressions ---- */

void facts_use_entry(struct facts_walk *walk, struct expr *expr, unsigned ops)
{
	struct use_site use = {.kind = USE_MAP, .span = expr->index.base->span};

	use.decl = expr_map(expr->index.base);
	use.map_ops = expr_map(expr) ? MAP_OP_NESTED : ops;
	use.decl->used = true;
	facts_add_use(walk, use);
	if (!expr_decl(expr->index.base))
		facts_walk_expr(walk, expr->index.base);
	facts_walk_expr(walk, expr->index.index);
}

static void walk_index(struct facts_walk *walk, struct expr *expr)
{
	if (expr_map(expr->index.base)) {
		facts_use_entry(walk, expr, MAP_OP_LOOKUP);
		return;
	}
	facts_walk_expr(walk, expr->index.base);
	facts_walk_expr(walk, expr->index.index);
	if (!expr->index.index->constant.kind)
		facts_want_operand(walk, expr->index.index);
}

static void walk_binary(struct facts_walk *walk, struct expr *expr)
{
	struct expr *left = expr->binary.left, *right = expr->binary.right;

	facts_walk_expr(walk, left);
	facts_walk_expr(walk, right);
	if (expr->binary.op >= BINARY_EQ && expr->binary.op <= BINARY_GE) {
		facts_add_dependency(walk, expr_variable(left), right);
		facts_add_dependency(walk, expr_variable(right), left);
	} else if (expr->binary.op == BINARY_DIV || expr->binary.op == BINARY_MOD) {
		facts_want_operand(walk, right);
	}
}

/* kernel_has(name) in a condition, also as a part of &&. Returns how many were pushed. */
static uint32_t push_guards(struct facts_walk *walk, const struct expr *cond)
{
	const struct expr *arg;
	uint32_t count = 0;

	if (cond->kind == EXPR_BINARY && cond->binary.op == BINARY_LOGAND) {
		count = push_guards(walk, cond->binary.left);
		return count + push_guards(walk, cond->binary.right);
	}
	if (!expr_is_builtin(cond, BUILTIN_KERNEL_HAS) || cond->call.args.len != 1)
		return 0;
	arg = cond->call.args.data[0];
	if (arg->kind == EXPR_NAME) {
		vec_push(&walk->comp->arena, &walk->guards, arg->name.text);
		count = 1;
	}
	return count;
}

static void walk_conditions(struct facts_walk *walk, struct condition_vec *conds)
{
	vec_foreach (cond, conds) {
		facts_walk_expr(walk, cond->value);
		facts_add_dependency(walk, cond->variable, cond->value);
	}
}

void facts_walk_if(struct facts_walk *walk, struct condition_vec *conds, struct stmt *then,
		   struct stmt *otherwise)
{
	uint32_t guards = walk->guards.len;

	walk_conditions(walk, conds);
	vec_foreach (cond, conds)
		push_guards(walk, cond->value);
	facts_walk_stmt(walk, then);
	walk->guards.len = guards;
	if (otherwise)
		facts_walk_stmt(walk, otherwise);
}

static void walk_match(struct facts_walk *walk, struct expr *expr)
{
	vec_foreach (value, &expr->match.values)
		facts_walk_expr(walk, *value);
	vec_foreach (arm, &expr->match.arms) {
		if (arm->block)
			facts_walk_stmt(walk, arm->block);
		else if (arm->value)
			facts_walk_expr(walk, arm->value);
	}
}

static void walk_field(struct facts_walk *walk, struct expr *expr)
{
	if (expr->ref.kind == REF_NONE) {
		facts_walk_expr(walk, expr->field.base);
		facts_add_path(walk, expr);
	} else {
		walk_name(walk, expr);
	}
}

static void walk_cond(struct facts_walk *walk, struct expr *expr)
{
	uint32_t guards = walk->guards.len;

	facts_walk_expr(walk, expr->cond.cond);
	push_guards(walk, expr->cond.cond);
	facts_walk_expr(walk, expr->cond.then);
	walk->guards.len = guards;
	facts_walk_expr(walk, expr->cond.otherwise);
}

static void walk_list(struct facts_walk *walk, struct expr_vec *exprs)
{
	vec_foreach (expr, exprs)
		facts_walk_expr(walk, *expr);
}

static void walk_new(struct facts_walk *walk, struct expr *expr)
{
	struct use_site use = {.kind = USE_NEW, .span = expr->span};

	use.is_known = facts_alloc_is_atomic(expr);
	facts_add_use(walk, use);
	walk_list(walk, &expr->alloc.args);
}

/* Reads through a packet pointer need its bounds; so do windows and the fields data, data_end. */
static void note_packet(struct facts_walk *walk, const struct expr *expr)
{
	const struct expr *pointer = expr_dereferenced(expr);
	const struct type *target;

	if (expr->kind == EXPR_CAST && expr->type && expr->type->kind == TYPE_PTR)
		pointer = expr->cast.operand;
	if (expr->kind == EXPR_FIELD && is_packet_pointer(expr))
		walk->facts->uses_packet = true;
	if (!pointer || !is_packet_pointer(pointer))
		return;
	walk->facts->uses_packet = true;
	if (expr->kind != EXPR_CAST)
		return;
	target = expr->type->ptr.target;
	if (target->kind == TYPE_STRUCT && !strcmp(target->strukt->name, "ethhdr"))
		facts_add_use(walk, (struct use_site){.kind = USE_ETHERNET, .span = expr->span});
}

void facts_note_float(struct facts_walk *walk, const struct type *type, struct span span)
{
	if (walk->has_float || !type || type->kind != TYPE_FLOAT)
		return;
	walk->has_float = true;
	facts_add_use(walk, (struct use_site){.kind = USE_FLOAT, .span = span});
}

static void walk_operands(struct facts_walk *walk, struct expr *expr)
{
	switch (expr->kind) {
	case EXPR_INT:
	case EXPR_FLOAT:
	case EXPR_CHAR:
	case EXPR_STRING:
	case EXPR_BOOL:
	case EXPR_NULL:
	case EXPR_SIZEOF:
	case EXPR_ERROR:
		break;
	case EXPR_NAME:
		walk_name(walk, expr);
		break;
	case EXPR_UNARY:
		if (expr->unary.op == UNARY_ADDR)
			facts_note_change(walk, expr->unary.operand);
		facts_walk_expr(walk, expr->unary.operand);
		break;
	case EXPR_BINARY:
		walk_binary(walk, expr);
		break;
	case EXPR_COND:
		walk_cond(walk, expr);
		break;
	case EXPR_CAST:
		facts_walk_expr(walk, expr->cast.operand);
		break;
	case EXPR_CALL:
		walk_call(walk, expr);
		break;
	case EXPR_INDEX:
		walk_index(walk, expr);
		break;
	case EXPR_FIELD:
		walk_field(walk, expr);
		break;
	case EXPR_ARRAY:
		walk_list(walk, &expr->array.elems);
		break;
	case EXPR_STRUCT:
		vec_foreach (init, &expr->strukt.inits)
			facts_walk_expr(walk, init->value);
		break;
	case EXPR_MATCH:
		walk_match(walk, expr);
		break;
	case EXPR_IF:
		facts_walk_if(walk, &expr->iff.conds, expr->iff.then, expr->iff.otherwise);
		break;
	case EXPR_NEW:
		walk_new(walk, expr);
		break;
	}
}

void facts_walk_expr(struct facts_walk *walk, struct expr *expr)
{
	walk_operands(walk, expr);
	if (expr->narrows)
		facts_want_operand(walk, expr);
	note_packet(walk, expr);
	facts_note_float(walk, expr->type, expr->span);
}

struct fn_facts *facts_collect(struct compilation *comp, struct decl *fn)
{
	struct fn_facts *facts = arena_new(&comp->arena, struct fn_facts);
	struct facts_walk walk = {.comp = comp, .facts = facts};

	facts->fn = fn;
	fn->fn.facts = facts;
	ptr_map_init(&facts->paths, &comp->arena);
	ptr_map_init(&walk.reads, &comp->arena);
	ptr_map_init(&walk.values, &comp->arena);
	ptr_map_init(&walk.changed, &comp->arena);
	vec_foreach (param, &fn->fn.params) {
		if (param->variable)
			facts_note_float(&walk, param->variable->type, param->name.span);
	}
	facts_walk_stmt(&walk, fn->fn.body);
	resolve_pointer_calls(&walk);
	close_wanted(&walk);
	vec_foreach (write, &walk.writes) {
		if (!write->read)
			vec_push(&comp->arena, &facts->copy_writes, write->stmt);
	}
	return facts;
}
