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
#include "cgen/c_inline.h"
#include "cgen/c_walk.h"

#include <string.h>

struct c_scope {
	struct c_scope *parent;
	const struct ir_stmt_vec *stmts;
	uint32_t depth;
	bool is_loop;
	bool is_flat;		    /* of a BLOCK, which has no braces in C */
	uint32_t current;	    /* the statement at hand while walking */
	struct ir_local_vec locals; /* declared here, in order of the function */
};

struct analysis {
	struct cgen *cg;
	struct c_scope *scope; /* of the statement at hand */
	const struct ir_stmt *stmt;
	bool is_placing; /* the second walk, which fills first and last */
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

const struct ir_local_vec *c_scope_locals(struct cgen *cg, const struct ir_stmt_vec *stmts)
{
	static const struct ir_local_vec none;
	const struct c_scope *scope = c_scope_of(cg, stmts);

	return scope ? &scope->locals : &none;
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
					  .is_loop = is_loop,
					  .is_flat = an->stmt && an->stmt->kind == IR_STMT_BLOCK};
		ptr_map_set(&an->cg->scopes, stmts, scope);
	}
	scope->current = 0;
	an->scope = scope;
}

static const struct ir_local *loaded_local(const struct ir_expr *expr)
{
	if (expr->kind != IR_EXPR_LOAD || expr->place->kind != IR_PLACE_LOCAL)
		return NULL;
	return expr->place->local;
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
	an->stmt = stmt;
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

	mention(an, &an->cg->locals[c_merged(an->cg, local)->index], use);
}

/* ---- what nobody wants to know ---- */

enum {
	DEAD_WALKS_MAX = 16 /* a chain of variables that is longer is written as it is */
};

/* A statement that only sets a variable which nobody reads, or sets it to itself. */
static bool is_dead(struct c_walker *walker, const struct ir_stmt *stmt)
{
	const struct analysis *an = walker->user;
	const struct ir_local *local = NULL;
	const struct ir_expr *value = NULL;
	const struct ir_place *root;

	if (c_is_merged_copy(an->cg, stmt))
		return true;
	if (stmt->kind == IR_STMT_SET) {
		local = stmt->set.local;
		value = stmt->set.value;
		if (loaded_local(value) == local)
			return true;
	} else if (stmt->kind == IR_STMT_STORE || stmt->kind == IR_STMT_UPDATE) {
		root = ir_place_root(stmt->store.place);
		local = root->kind == IR_PLACE_LOCAL ? root->local : NULL;
		value = stmt->store.value;
		/* `x &= x`, `x |= x` */
		if (stmt->kind == IR_STMT_UPDATE && root == stmt->store.place && local &&
		    (stmt->store.op == BINARY_AND || stmt->store.op == BINARY_OR) &&
		    loaded_local(value) == local)
			return true;
	}
	return local && an->cg->locals[local->index].is_dead && value->kind != IR_EXPR_CALL &&
	       value->kind != IR_EXPR_OP && !c_stmt_can_trap(stmt);
}

/* Forgets what a walk has found. */
static void locals_reset(struct cgen *cg)
{
	for (uint32_t i = 0; i < cg->func->locals.len; i++) {
		struct c_local *local = &cg->locals[i];

		*local = (struct c_local){.is_dead = local->is_dead, .merged = local->merged};
	}
}

/* Whether the walk has found more variables that nobody reads. */
static bool finds_dead(struct cgen *cg, unsigned *walks)
{
	bool found = false;

	for (uint32_t i = 0; i < cg->func->locals.len; i++) {
		struct c_local *local = &cg->locals[i];

		found |= !local->is_read && !local->is_dead;
		local->is_dead = !local->is_read;
	}
	return found && ++*walks < DEAD_WALKS_MAX;
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
		if (!pointer->escapes && !pointer->is_addressed && !pointer->derefs &&
		    pointer->tests == pointer->reads && pointer->tests && !buffer->is_read) {
			pointer->is_presence = true;
			pointer->buffer = NULL;
		} else if (pointer->escapes || pointer->is_addressed || pointer->tests ||
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

/* Is control certain to come from the list's start to the statement? */
static bool runs_to(const struct ir_stmt_vec *stmts, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++) {
		switch (stmts->data[i]->kind) {
		case IR_STMT_SET:
		case IR_STMT_STORE:
		case IR_STMT_UPDATE:
		case IR_STMT_EVAL:
		case IR_STMT_COMMENT:
			break;
		case IR_STMT_BLOCK:
		case IR_STMT_IF:
		case IR_STMT_IF_PRESENT:
		case IR_STMT_LOOP:
		case IR_STMT_WHILE:
		case IR_STMT_FOR:
		case IR_STMT_FOR_MAP:
		case IR_STMT_SWITCH:
		case IR_STMT_BREAK:
		case IR_STMT_CONTINUE:
		case IR_STMT_RETURN:
		case IR_STMT_THROW:
		case IR_STMT_TAIL_CALL:
			return false;
		}
	}
	return true;
}

/* Does the statement set the local, all of it, before it reads it? */
static bool defines(const struct ir_stmt *stmt, const struct ir_local *local)
{
	const struct ir_expr *value;

	if (stmt->kind == IR_STMT_EVAL)
		value = stmt->eval;
	else if (stmt->kind == IR_STMT_SET)
		value = stmt->set.value;
	else
		return false;
	if (c_mentions(value, local) > (value->kind == IR_EXPR_CALL && value->call.error == local))
		return false;
	return (stmt->kind == IR_STMT_SET && stmt->set.local == local) ||
	       (value->kind == IR_EXPR_CALL && value->call.error == local);
}

/*
 * A block of IR has no braces in C: when the first thing that is done in it is to define the
 * variable, that can be the declaration, which then holds for what follows the block too.
 */
static void sink_into_block(struct cgen *cg, const struct ir_local *local)
{
	struct c_local *info = &cg->locals[local->index];
	const struct ir_stmt_vec *stmts = info->home->stmts;
	const struct ir_stmt *stmt = stmts->data[info->first];

	while (stmt->kind == IR_STMT_BLOCK) {
		uint32_t index = 0;

		stmts = &stmt->block.body;
		while (index < stmts->len && !c_stmt_mentions(stmts->data[index], local))
			index++;
		if (index == stmts->len || !runs_to(stmts, index))
			return;
		stmt = stmts->data[index];
		if (defines(stmt, local)) {
			info->home = c_scope_of(cg, stmts);
			info->first = info->last = index;
			info->defined_first = true;
		}
	}
}

/* ---- names ---- */

/* The braces that hold the variable: of its list, or of the loop whose head declares it. */
static const struct c_scope *braces_of(struct cgen *cg, const struct ir_local *local)
{
	const struct c_local *info = &cg->locals[local->index];
	const struct c_scope *scope = info->home;
	const struct ir_stmt *stmt;

	if (!scope)
		return NULL;
	stmt = info->first < scope->stmts->len ? scope->stmts->data[info->first] : NULL;
	if (stmt && stmt->kind == IR_STMT_FOR && stmt->range.local == local &&
	    info->first == info->last)
		return c_scope_of(cg, &stmt->range.body);
	while (scope->is_flat && scope->parent)
		scope = scope->parent;
	return scope;
}

static bool encloses(const struct c_scope *outer, const struct c_scope *inner)
{
	while (inner && inner != outer)
		inner = inner->parent;
	return inner != NULL;
}

/* Whether one of the two names would hide the other. */
static bool meet(const struct c_scope *a, const struct c_scope *b)
{
	return !a || !b || encloses(a, b) || encloses(b, a);
}

/* What the source calls it; IR made the name unique in the function. */
static const char *source_name(struct cgen *cg, const struct ir_local *local)
{
	const struct source_vec *files = &cg->comp->sources.files;
	const char *text, *name;
	uint32_t len = local->span.end - local->span.start;

	if (local->is_temp)
		return !strncmp(local->name, "t_", 2) && local->name[2] ? local->name + 2
									: local->name;
	if (local->span.file >= files->len || local->span.end > files->data[local->span.file]->len)
		return local->name;
	text = files->data[local->span.file]->text + local->span.start;
	if (!len || strncmp(local->name, text, len) != 0)
		return local->name;
	name = arena_strndup(&cg->comp->arena, text, len);
	return strcmp(c_identifier(cg->comp, name), name) ? local->name : name;
}

/* Is the name free where the variable can be seen? */
static bool is_free(struct cgen *cg, const struct ir_local *local, const char *name)
{
	const struct c_scope *braces = braces_of(cg, local);
	const struct ir_local *other;

	if (ptr_map_get(&cg->taken, name) || c_name_is_reserved(name))
		return false;
	/* Others of this name are linked. */
	for (other = ptr_map_get(&cg->local_names, name); other;
	     other = cg->locals[other->index].same_name) {
		if (meet(braces, braces_of(cg, other)))
			return false;
	}
	return true;
}

static void name_choose(struct cgen *cg, const struct ir_local *local, const char *wanted)
{
	struct c_local *info = &cg->locals[local->index];
	const char *name = intern_str(&cg->comp->names, c_identifier(cg->comp, wanted));

	if (info->name)
		return;
	if (!is_free(cg, local, name))
		name = c_local_name(cg, local->name);
	else
		info->same_name = ptr_map_get(&cg->local_names, name);
	info->name = name;
	ptr_map_set(&cg->local_names, name, (void *)local);
}

static void names_choose(struct cgen *cg)
{
	const struct ir_local_vec *locals = &cg->func->locals;

	for (uint32_t i = 0; i < locals->len; i++) {
		const struct ir_local *pointer = locals->data[i], *buffer = cg->locals[i].buffer;

		/* The buffer takes over the name that the source has for the entry. */
		if (buffer && buffer->is_temp)
			name_choose(cg, buffer, source_name(cg, pointer));
	}
	for (uint32_t i = 0; i < locals->len * 2; i++) {
		/* Those of the source first. */
		const struct ir_local *local = locals->data[i % locals->len];
		struct c_local *info = &cg->locals[local->index];

		if (local->is_temp == (i >= locals->len) && !info->buffer && !info->merged)
			name_choose(cg, local, source_name(cg, local));
	}
	for (uint32_t i = 0; i < locals->len; i++) {
		if (cg->locals[i].merged)
			cg->locals[i].name = cg->locals[cg->locals[i].merged->index].name;
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
				  .skip = is_dead,
				  .list = on_list};
	unsigned walks = 0;
	struct c_walker stores = {.user = &an, .stmt = on_store};

	cg->locals = arena_array(&cg->comp->arena, struct c_local, cg->func->locals.len);
	ptr_map_init(&cg->scopes, &cg->comp->arena);
	c_local_names_reset(cg);
	c_merge_buffers(cg);
	do {
		locals_reset(cg);
		walk(&an, &walker);
	} while (finds_dead(cg, &walks));
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
	for (uint32_t i = 0; i < cg->func->locals.len; i++) {
		struct c_local *local = &cg->locals[i];

		if (local->home && !local->defined_first && !local->is_addressed)
			sink_into_block(cg, cg->func->locals.data[i]);
	}
	names_choose(cg);
	for (uint32_t i = 0; i < cg->func->locals.len; i++) {
		struct ir_local *local = cg->func->locals.data[i];

		if (cg->locals[i].home && !local->is_param)
			vec_push(&cg->comp->arena, &cg->locals[i].home->locals, local);
	}
}
