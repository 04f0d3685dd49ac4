/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each local variable is declared, and under which name.
 *
 * IR locals belong to the function and start as zero. In C each is declared in the innermost
 * block that holds all its uses. In a loop's body that is right only when every round defines the
 * variable before it reads it; else the variable goes outside of the loop, so that it keeps its
 * value from round to round. Variables whose address is taken belong to the whole function.
 *
 * The pointer that a map lookup gives is the address of its buffer or null. Where nobody asks for
 * the pointer itself it is not written: `if (ks_map_get(&m, &k, &n))` and `n` for `*p`.
 */
#include "cgen/cprint.h"
#include "cgen/c_walk.h"

struct c_scope {
	struct c_scope *parent;
	const struct ir_stmt_vec *stmts;
	uint32_t depth;
	bool is_loop;
	uint32_t current; /* the statement at hand while walking */
};

struct analysis {
	struct cgen *cg;
	struct c_scope *scope; /* of the statement at hand */
	bool is_placing;       /* the second walk, which fills first and last */
};

static struct c_scope *common(struct c_scope *a, struct c_scope *b)
{
	if (!a)
		return b;
	while (a != b) {
		if (a->depth >= b->depth)
			a = a->parent;
		else
			b = b->parent;
	}
	return a;
}

static struct c_scope *root_of(struct c_scope *scope)
{
	while (scope->parent)
		scope = scope->parent;
	return scope;
}

struct c_scope *c_scope_of(struct cgen *cg, const struct ir_stmt_vec *stmts)
{
	return ptr_map_get(&cg->scopes, stmts);
}

/* ---- walking ---- */

static void on_list(struct c_walker *walker, const struct ir_stmt_vec *stmts, bool is_loop,
		    bool begin)
{
	struct analysis *an = walker->user;
	struct c_scope *scope;

	if (!begin) {
		an->scope = an->scope->parent;
		return;
	}
	scope = c_scope_of(an->cg, stmts);
	if (!scope) {
		scope = arena_new(&an->cg->comp->arena, struct c_scope);
		*scope = (struct c_scope){.parent = an->scope,
					  .stmts = stmts,
					  .depth = an->scope ? an->scope->depth + 1 : 0,
					  .is_loop = is_loop};
		ptr_map_set(&an->cg->scopes, stmts, scope);
	}
	scope->current = 0;
	an->scope = scope;
}

/* P = lookup into B. */
static void pair(struct analysis *an, const struct ir_local *pointer, const struct ir_local *buffer)
{
	struct c_local *local = &an->cg->locals[pointer->index];

	if (an->is_placing)
		return;
	if (local->buffer && local->buffer != buffer)
		local->escapes = true;
	local->buffer = buffer;
}

static void on_stmt(struct c_walker *walker, const struct ir_stmt *stmt, bool begin)
{
	struct analysis *an = walker->user;
	const struct ir_expr *value = NULL;
	const struct ir_local *local = NULL;

	if (!begin) {
		an->scope->current++;
		return;
	}
	if (stmt->kind == IR_STMT_SET) {
		local = stmt->set.local;
		value = stmt->set.value;
	} else if (stmt->kind == IR_STMT_IF_PRESENT) {
		local = stmt->iff.local;
		value = stmt->iff.value;
	} else if (stmt->kind == IR_STMT_FOR_MAP && stmt->each.entry) {
		pair(an, stmt->each.entry, stmt->each.buffer);
	}
	if (value && value->kind == IR_EXPR_OP && value->op.buffer)
		pair(an, local, value->op.buffer);
	else if (local && !an->is_placing)
		an->cg->locals[local->index].escapes = true; /* it is more than its buffer */
}

static const struct ir_local *loaded_local(const struct ir_expr *expr)
{
	if (expr->kind != IR_EXPR_LOAD || expr->place->kind != IR_PLACE_LOCAL)
		return NULL;
	return expr->place->local;
}

static void on_expr(struct c_walker *walker, const struct ir_expr *expr)
{
	struct analysis *an = walker->user;
	const struct ir_local *local = NULL;

	if (an->is_placing)
		return;
	if (expr->kind == IR_EXPR_CALL && expr->call.error)
		an->cg->locals[expr->call.error->index].is_error = true;
	if (expr->kind == IR_EXPR_CONVERT && expr->convert.how == IR_CONVERT_BOOL)
		local = loaded_local(expr->convert.operand);
	else if (expr->kind == IR_EXPR_COMPARE && expr->binary.right->kind == IR_EXPR_CONST)
		local = loaded_local(expr->binary.left);
	if (local)
		an->cg->locals[local->index].tests++;
}

static void on_place(struct c_walker *walker, const struct ir_place *place)
{
	struct analysis *an = walker->user;
	const struct ir_local *local;

	if (an->is_placing || place->kind != IR_PLACE_DEREF)
		return;
	local = loaded_local(place->deref.pointer);
	if (local)
		an->cg->locals[local->index].derefs++;
}

static void mention(struct analysis *an, struct c_local *local, enum c_use use)
{
	if (!an->is_placing) {
		local->home = common(local->home, an->scope);
		local->reads += use == C_USE_READ;
		local->is_read |= use == C_USE_READ || use == C_USE_ADDRESS;
		local->set_count += use != C_USE_READ && use != C_USE_ADDRESS;
		local->is_addressed |= use == C_USE_ADDRESS;
		return;
	}
	if (!local->is_placed) {
		local->is_placed = true;
		local->first = local->home->current;
		local->defined_first =
			(use == C_USE_SET || use == C_USE_FILL) && an->scope == local->home;
	}
	local->last = local->home->current;
}

static void on_local(struct c_walker *walker, const struct ir_local *local, enum c_use use)
{
	struct analysis *an = walker->user;

	mention(an, &an->cg->locals[local->index], use);
}

/* ---- stores that write through an absent entry ---- */

/* A write to `*p` where p may be null: the buffer is not the entry then. */
static void on_store(struct c_walker *walker, const struct ir_stmt *stmt, bool begin)
{
	struct analysis *an = walker->user;
	const struct ir_place *root;
	const struct ir_local *local;

	if (!begin || (stmt->kind != IR_STMT_STORE && stmt->kind != IR_STMT_UPDATE))
		return;
	root = ir_place_root(stmt->store.place);
	if (root->kind != IR_PLACE_DEREF || root->deref.access == IR_ACCESS_DIRECT)
		return;
	local = loaded_local(root->deref.pointer);
	if (local)
		an->cg->locals[local->index].escapes = true;
}

/* ---- homes ---- */

static void walk(struct analysis *an, struct c_walker *walker)
{
	on_list(walker, &an->cg->func->body, false, true);
	c_walk_stmts(walker, &an->cg->func->body);
	an->scope = NULL;
}

/* The list around the innermost loop that the scope lies in, or NULL. */
static struct c_scope *outside_of_loop(struct c_scope *scope)
{
	while (scope && !scope->is_loop)
		scope = scope->parent;
	return scope ? scope->parent : NULL;
}

static void buffers_pair(struct cgen *cg)
{
	for (uint32_t i = 0; i < cg->func->locals.len; i++) {
		struct c_local *pointer = &cg->locals[i], *buffer;

		if (!pointer->buffer)
			continue;
		buffer = &cg->locals[pointer->buffer->index];
		if (pointer->reads > pointer->derefs + pointer->tests || pointer->is_addressed)
			buffer->home = root_of(buffer->home);
		else
			buffer->home = common(buffer->home, pointer->home);
		if (pointer->escapes || pointer->is_addressed || pointer->tests ||
		    pointer->reads > pointer->derefs) {
			pointer->buffer = NULL;
			buffer->is_read = true;
		} else {
			buffer->is_read |= pointer->derefs > 0;
		}
	}
}

static bool homes_settle(struct analysis *an, struct c_walker *walker)
{
	struct cgen *cg = an->cg;
	bool moved = false;

	for (uint32_t i = 0; i < cg->func->locals.len; i++)
		cg->locals[i].is_placed = false;
	walk(an, walker);
	for (uint32_t i = 0; i < cg->func->locals.len; i++) {
		struct c_local *local = &cg->locals[i];
		struct c_scope *outside = local->home ? outside_of_loop(local->home) : NULL;

		if (!outside || local->defined_first)
			continue;
		local->home = outside;
		moved = true;
	}
	return !moved;
}

static void names_choose(struct cgen *cg)
{
	for (uint32_t i = 0; i < cg->func->locals.len; i++) {
		const struct ir_local *pointer = cg->func->locals.data[i], *buffer;

		/* The buffer takes over the name that the source has for the entry. */
		buffer = cg->locals[i].buffer;
		if (buffer && buffer->is_temp && !cg->locals[buffer->index].name)
			cg->locals[buffer->index].name = c_local_name(cg, pointer->name);
	}
	for (uint32_t i = 0; i < cg->func->locals.len; i++) {
		if (!cg->locals[i].name && !cg->locals[i].buffer)
			cg->locals[i].name = c_local_name(cg, cg->func->locals.data[i]->name);
	}
}

void c_locals_analyse(struct cgen *cg)
{
	struct analysis an = {.cg = cg};
	struct c_walker walker = {.user = &an,
				  .expr = on_expr,
				  .place = on_place,
				  .local = on_local,
				  .stmt = on_stmt,
				  .list = on_list};
	struct c_walker stores = {.user = &an, .stmt = on_store};

	cg->locals = arena_array(&cg->comp->arena, struct c_local, cg->func->locals.len);
	ptr_map_init(&cg->scopes, &cg->comp->arena);
	c_local_names_reset(cg);
	walk(&an, &walker);
	c_walk_stmts(&stores, &cg->func->body);
	buffers_pair(cg);
	for (uint32_t i = 0; i < cg->func->locals.len; i++) {
		struct c_local *local = &cg->locals[i];

		if (local->home && (local->is_addressed || cg->func->locals.data[i]->is_param))
			local->home = root_of(local->home);
	}
	an.is_placing = true;
	while (!homes_settle(&an, &walker))
		;
	names_choose(cg);
}
