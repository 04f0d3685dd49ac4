/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions: what holds as a bool, the chain of tests of an if, and bindings that a test or an
 * else block makes present.
 */
#include "ir/build.h"

/* ---- values as conditions ---- */

/* The first character of a text is not NUL. */
static struct ir_expr *text_truth(struct fn_build *fb, struct ir_expr *value)
{
	const struct type *byte = build_types(fb)->char_;
	struct ir_expr *first = ir_binary(fb->comp, IR_EXPR_STR_AT, BINARY_NONE, byte, value,
					  build_u32(fb, 0, value->span), value->span);

	return build_compare(fb, BINARY_NE, first, ir_const(fb->comp, byte, 0, value->span),
			     value->span);
}

struct ir_expr *build_truth(struct fn_build *fb, struct ir_expr *value)
{
	const struct type *type = value->type;

	if (type->kind == TYPE_BOOL)
		return value;
	if (type->kind == TYPE_STR || type->kind == TYPE_ARRAY)
		return text_truth(fb, value);
	if (type->kind == TYPE_FLOAT)
		return build_convert(fb, value, build_types(fb)->bool_);
	return build_compare(fb, BINARY_NE, value, ir_const(fb->comp, type, 0, value->span),
			     value->span);
}

static struct ir_expr *short_circuit(struct fn_build *fb, struct expr *expr)
{
	bool is_and = expr->binary.op == BINARY_LOGAND;
	struct ir_expr *left = build_cond(fb, expr->binary.left), *right;
	struct ir_stmt_vec body = {0};
	struct scope_mark scope = build_open(fb, &body);
	struct ir_local *result;
	struct ir_stmt *stmt;
	uint64_t bits;

	right = build_cond(fb, expr->binary.right);
	if (!body.len && !fb->dead) {
		build_close(fb, scope);
		return build_logic(fb, is_and ? IR_EXPR_LOGAND : IR_EXPR_LOGOR, left, right,
				   expr->span);
	}
	if (ir_is_const(left, &bits) && (bits != 0) != is_and) {
		build_close(fb, scope);
		return left;
	}
	result = build_temp_local(fb, is_and ? "and" : "or", left->type, expr->span);
	build_set(fb, result, right, expr->binary.right->span);
	build_close(fb, scope);
	build_set(fb, result, left, expr->binary.left->span);
	left = build_read(fb, result, expr->span);
	stmt = build_if_stmt(fb, is_and ? left : build_not(fb, left), expr->span);
	stmt->iff.then = body;
	return build_read(fb, result, expr->span);
}

/* A variable bound to a map entry: whether the entry was there. */
static struct ir_expr *bound_presence(struct fn_build *fb, struct expr *expr)
{
	struct binding *binding;
	struct ir_expr *address;

	if (expr->kind != EXPR_NAME || expr->ref.kind != REF_VARIABLE ||
	    !expr->ref.variable->entry_map)
		return NULL;
	binding = ptr_map_get(&fb->bindings, expr->ref.variable);
	if (!binding || !binding->map)
		return NULL;
	if (binding->is_present && !fb->in_deferred)
		return ir_const(fb->comp, build_types(fb)->bool_, 1, expr->span);
	address = build_read(fb, binding->entry, expr->span);
	return build_compare(fb, BINARY_NE, address, build_null(fb, address->type, expr->span),
			     expr->span);
}

bool build_is_window(const struct expr *expr)
{
	return expr->to && expr->to->kind == TYPE_PTR && expr->to->ptr.region == REGION_WINDOW;
}

struct ir_expr *build_window(struct fn_build *fb, struct ir_expr *pointer,
			     const struct type *window, struct span span)
{
	struct ir_expr *op;

	if (build_target(fb) == TARGET_USER || pointer->type->ptr.region == REGION_WINDOW)
		return pointer;
	op = build_op(fb, IR_OP_PACKET_WINDOW, window, span);
	build_op_arg(fb, op, pointer);
	return op;
}

struct ir_expr *build_cond(struct fn_build *fb, struct expr *expr)
{
	struct ir_expr *value;

	if (expr->constant.kind != CONSTANT_NONE)
		return build_truth(fb, build_expr(fb, expr));
	if (expr->kind == EXPR_UNARY && expr->unary.op == UNARY_NOT)
		return build_not(fb, build_cond(fb, expr->unary.operand));
	if (expr->kind == EXPR_BINARY &&
	    (expr->binary.op == BINARY_LOGAND || expr->binary.op == BINARY_LOGOR))
		return short_circuit(fb, expr);
	if (build_is_entry(expr) && expr->entry != ENTRY_VALUE)
		return build_entry_present(fb, expr);
	value = bound_presence(fb, expr);
	if (value)
		return value;
	return build_truth(fb, build_expr(fb, expr));
}

/* ---- bindings ---- */

/* What `var v = e` binds, about to be tested or just set. */
struct bound {
	struct binding *binding;
	struct ir_expr *root;	  /* an address or null; NULL when e is no such thing */
	struct ir_local *address; /* gets it */
	struct entry_access access;
	bool is_entry;
};

static struct ir_local *variable_local(struct fn_build *fb, struct variable *variable,
				       const struct type *type)
{
	return build_local(fb, variable->name, type, variable->span);
}

struct binding *build_variable(struct fn_build *fb, struct variable *variable)
{
	struct binding *binding = arena_new(&fb->comp->arena, struct binding);

	binding->local = variable_local(fb, variable, variable->type);
	ptr_map_set(&fb->bindings, variable, binding);
	return binding;
}

static void bind_entry(struct fn_build *fb, struct variable *variable, struct expr *expr,
		       struct bound *bound)
{
	struct binding *binding = arena_new(&fb->comp->arena, struct binding);
	struct entry_access *access = &bound->access;
	const struct type *type;
	bool has_buffer;

	build_entry_access(fb, expr, access);
	type = build_entry_type(fb, access);
	has_buffer = build_target(fb) == TARGET_USER || access->op == IR_OP_MAP_POP ||
		     access->op == IR_OP_MAP_PEEK;
	bound->is_entry = true;
	bound->binding = binding;
	binding->map = access->map;
	binding->is_own = access->map->kind->per_cpu;
	binding->is_reference = variable->entry_is_reference && access->op != IR_OP_MAP_POP &&
				access->op != IR_OP_MAP_PEEK && access->op != IR_OP_MAP_TAKE;
	binding->is_pointer = binding->is_reference && !has_buffer && !variable->entry_replaced;
	if (binding->is_pointer) {
		binding->local = binding->entry = variable_local(fb, variable, type);
	} else {
		binding->local = variable_local(fb, variable, access->value);
		binding->entry = build_temp_local(fb, variable->name, type, variable->span);
	}
	if (has_buffer && !(binding->is_reference && variable->entry_replaced))
		access->buffer = binding->local;
	if (has_buffer && binding->is_reference) {
		access->key = build_reusable(fb, access->key, "key");
		if (access->cpu)
			access->cpu = build_reusable(fb, access->cpu, "cpu");
	}
	bound->root = build_entry_lookup(fb, access);
	bound->address = binding->entry;
	binding->buffer = access->buffer;
	binding->map_pointer = access->map_pointer;
	binding->key = access->key;
	binding->cpu = access->cpu;
}

/* After the lookup: the variable's own copy of the value. */
static void bind_entry_value(struct fn_build *fb, struct bound *bound, bool is_present)
{
	struct binding *binding = bound->binding;
	struct ir_place *place;

	binding->is_present = is_present;
	if (binding->is_pointer || binding->local == bound->access.buffer)
		return;
	place = build_entry_place(fb, &bound->access, bound->address, is_present);
	build_set(fb, binding->local, ir_load(fb->comp, place, place->span), place->span);
}

/* Whether a pointer expression is the address of a per-CPU entry. */
static bool is_per_cpu_address(const struct expr *expr)
{
	const struct decl *map;

	if (expr->kind != EXPR_UNARY || expr->unary.op != UNARY_ADDR ||
	    expr->unary.operand->kind != EXPR_INDEX || !expr->unary.operand->entry)
		return false;
	map = build_ref_decl(expr->unary.operand->index.base);
	return map && map->kind == DECL_MAP && map->map.kind->per_cpu;
}

/* Evaluates what a binding of a test is bound to. */
static void bind(struct fn_build *fb, struct variable *variable, struct expr *value,
		 struct bound *bound)
{
	*bound = (struct bound){0};
	if (variable->entry_map && build_is_entry(value)) {
		bind_entry(fb, variable, value, bound);
		return;
	}
	bound->root = build_root(fb, value);
	if (build_is_window(value))
		bound->root = build_window(fb, build_pure(fb, bound->root, "packet"), value->to,
					   value->span);
	else if (value->to && !type_same(value->to, bound->root->type))
		bound->root = build_convert(fb, build_pure(fb, bound->root, "value"), value->to);
	bound->binding = arena_new(&fb->comp->arena, struct binding);
	bound->binding->local = variable_local(fb, variable, variable->type);
	bound->binding->is_own = is_per_cpu_address(value);
	if (variable->type->kind == TYPE_PTR)
		bound->address = bound->binding->local;
}

/* ---- the chain of tests of an if ---- */

struct chain {
	struct fn_build *fb;
	struct ir_expr *pending; /* tested, not yet emitted */
	struct ir_stmt *first;	 /* the outermost IF */
	uint32_t depth;
	VEC_TYPE(, struct scope_mark) scopes;
};

static void chain_enter(struct chain *chain, struct ir_stmt *stmt)
{
	struct scope_mark scope = build_open(chain->fb, &stmt->iff.then);

	vec_push(&chain->fb->comp->arena, &chain->scopes, scope);
	if (!chain->depth++)
		chain->first = stmt;
	chain->fb->branch_depth++;
}

/* Opens the IF of what is pending. */
static void chain_flush(struct chain *chain)
{
	struct ir_expr *cond = chain->pending;
	uint64_t bits;

	chain->pending = NULL;
	if (!cond || (ir_is_const(cond, &bits) && bits))
		return;
	chain_enter(chain, build_if_stmt(chain->fb, cond, cond->span));
}

/* Statements that were collected apart stand here. */
static void append(struct fn_build *fb, const struct ir_stmt_vec *stmts, bool dead)
{
	if (fb->dead)
		return;
	vec_foreach (stmt, stmts)
		vec_push(&fb->comp->arena, fb->out, *stmt);
	fb->dead = dead;
}

static void chain_expr(struct chain *chain, struct expr *expr)
{
	struct fn_build *fb = chain->fb;
	struct ir_stmt_vec before = {0};
	struct scope_mark scope;
	struct ir_expr *cond;
	bool dead;

	if (expr->kind == EXPR_BINARY && expr->binary.op == BINARY_LOGAND &&
	    expr->constant.kind == CONSTANT_NONE) {
		chain_expr(chain, expr->binary.left);
		chain_expr(chain, expr->binary.right);
		return;
	}
	scope = build_open(fb, &before);
	cond = build_cond(fb, expr);
	dead = build_close(fb, scope);
	if (before.len || dead) {
		chain_flush(chain);
		append(fb, &before, dead);
	}
	chain->pending = chain->pending
				 ? build_logic(fb, IR_EXPR_LOGAND, chain->pending, cond, expr->span)
				 : cond;
}

static void chain_binding(struct chain *chain, struct condition *cond)
{
	struct fn_build *fb = chain->fb;
	struct ir_stmt_vec before = {0};
	struct scope_mark scope = build_open(fb, &before);
	struct bound bound;
	struct ir_stmt *stmt;
	bool dead;

	bind(fb, cond->variable, cond->value, &bound);
	dead = build_close(fb, scope);
	chain_flush(chain);
	append(fb, &before, dead);
	ptr_map_set(&fb->bindings, cond->variable, bound.binding);
	if (!bound.address) {
		build_set(fb, bound.binding->local, bound.root, cond->value->span);
		chain->pending =
			build_truth(fb, build_read(fb, bound.binding->local, cond->name.span));
		return;
	}
	stmt = ir_stmt_new(fb->comp, IR_STMT_IF_PRESENT, cond->value->span);
	stmt->iff.local = bound.address;
	stmt->iff.value = bound.root;
	build_emit(fb, stmt);
	chain_enter(chain, stmt);
	if (bound.is_entry)
		bind_entry_value(fb, &bound, true);
}

static void chain_add(struct chain *chain, struct condition *cond)
{
	if (cond->variable)
		chain_binding(chain, cond);
	else
		chain_expr(chain, cond->value);
}

/* Leaves all IFs; returns whether the end of the innermost one cannot be reached. */
static bool chain_close(struct chain *chain)
{
	struct fn_build *fb = chain->fb;
	bool dead = fb->dead;

	while (chain->scopes.len) {
		build_close(fb, chain->scopes.data[--chain->scopes.len]);
		fb->branch_depth--;
	}
	return dead;
}

/* One of the two sides. `otherwise` is a block, an IF, or a statement holding an if expression. */
static void build_side(struct fn_build *fb, struct stmt *side, const struct dest *dest)
{
	fb->branch_depth++;
	build_stmts(fb, side, dest);
	fb->branch_depth--;
}

/* More than one test and an else: the taken side goes around it. */
static void else_behind(struct fn_build *fb, struct stmt *otherwise, const struct dest *dest,
			struct ir_stmt_vec *body, struct scope_mark scope, uint32_t label,
			struct span span)
{
	struct ir_stmt *block = ir_stmt_new(fb->comp, IR_STMT_BLOCK, span);
	bool dead;

	build_side(fb, otherwise, dest);
	dead = build_close(fb, scope);
	block->block.label = label;
	block->block.body = *body;
	build_block(fb, block, dead);
}

void build_if(struct fn_build *fb, struct condition_vec *conds, struct stmt *then,
	      struct stmt *otherwise, const struct dest *dest, struct span span)
{
	struct chain chain = {.fb = fb};
	struct ir_stmt_vec body = {0};
	struct scope_mark scope;
	uint32_t label = 0;
	bool then_dead, dead;

	if (fb->dead)
		return;
	scope = build_open(fb, &body);
	vec_foreach (cond, conds)
		chain_add(&chain, cond);
	chain_flush(&chain);
	build_side(fb, then, dest);
	if (otherwise && chain.depth > 1) {
		label = build_label(fb);
		build_break(fb, label, span);
	}
	then_dead = chain_close(&chain);
	if (otherwise && chain.depth > 1) {
		else_behind(fb, otherwise, dest, &body, scope, label, span);
		return;
	}
	dead = chain.depth ? false : then_dead;
	if (otherwise && chain.depth == 1) {
		struct scope_mark side = build_open(fb, &chain.first->iff.otherwise);

		build_side(fb, otherwise, dest);
		dead = build_close(fb, side) && then_dead;
	}
	fb->dead = fb->dead || dead;
	dead = build_close(fb, scope);
	append(fb, &body, dead);
}

/* ---- variables ---- */

void build_var_else(struct fn_build *fb, struct stmt *stmt)
{
	struct variable *variable = stmt->var.variable;
	struct scope_mark scope;
	struct ir_stmt *test;
	struct bound bound;
	bool dead;

	bind(fb, variable, stmt->var.value, &bound);
	if (bound.address) {
		test = ir_stmt_new(fb->comp, IR_STMT_IF_PRESENT, stmt->var.value->span);
		test->iff.local = bound.address;
		test->iff.value = bound.root;
		build_emit(fb, test);
		scope = build_open(fb, &test->iff.otherwise);
	} else {
		build_set(fb, bound.binding->local, bound.root, stmt->span);
		test = build_if_stmt(
			fb,
			build_truth(fb, build_read(fb, bound.binding->local, stmt->var.name.span)),
			stmt->span);
		scope = build_open(fb, &test->iff.otherwise);
	}
	build_side(fb, stmt->var.otherwise, NULL);
	dead = build_close(fb, scope);
	if (!dead && !fb->dead)
		internal_error(fb->comp, stmt->span, "the else block of a binding falls through");
	ptr_map_set(&fb->bindings, variable, bound.binding);
	if (bound.is_entry)
		bind_entry_value(fb, &bound, true);
}

void build_var(struct fn_build *fb, struct stmt *stmt)
{
	struct variable *variable = stmt->var.variable;
	struct expr *value = stmt->var.value;
	struct dest dest = {.kind = DEST_DISCARD};
	struct binding *binding;
	struct bound bound = {0};

	if (!variable) { /* _ */
		if (value)
			build_to(fb, value, &dest);
		return;
	}
	if (value && variable->entry_map && build_is_entry(value)) {
		bind_entry(fb, variable, value, &bound);
		build_set(fb, bound.address, bound.root, value->span);
		bind_entry_value(fb, &bound, false);
		ptr_map_set(&fb->bindings, variable, bound.binding);
		return;
	}
	/* The value is built before the name is bound: it may mention an outer variable. */
	binding = arena_new(&fb->comp->arena, struct binding);
	binding->local = variable_local(fb, variable, variable->type);
	dest = (struct dest){.kind = DEST_LOCAL, .local = binding->local};
	if (value) {
		binding->is_own = is_per_cpu_address(value);
		build_to(fb, value, &dest);
	} else {
		build_set(fb, binding->local, build_zero(fb, variable->type, stmt->span),
			  stmt->span);
	}
	ptr_map_set(&fb->bindings, variable, binding);
}
