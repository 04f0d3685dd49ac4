/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IR spills the result of every call to a temporary, for its expressions have no effects. In C the
 * call can stand where the temporary is read, when that is the next thing to be evaluated: in the
 * head of the next statement, not under a condition, and beside nothing that the call could change.
 *
 * `a || f()` is a temporary that is set, tested, and set again; it gets its operator back.
 */
#include "cgen/c_inline.h"

#include "cgen/c_walk.h"

/* ---- merging of buffers ---- */

static void on_mention(struct c_walker *walker, const struct ir_local *local, enum c_use use)
{
	uint32_t *mentions = walker->user;

	mentions[local->index]++;
}

static const struct ir_local *loaded(const struct ir_expr *expr)
{
	if (expr->kind != IR_EXPR_LOAD || expr->place->kind != IR_PLACE_LOCAL)
		return NULL;
	return expr->place->local;
}

struct merge {
	struct cgen *cg;
	const uint32_t *mentions;
};

static void merge_list(struct c_walker *walker, const struct ir_stmt_vec *stmts, bool is_loop,
		       bool begin)
{
	struct merge *merge = walker->user;

	for (uint32_t i = 0; begin && i + 1 < stmts->len; i++) {
		const struct ir_stmt *fill = stmts->data[i], *copy = stmts->data[i + 1];
		const struct ir_local *buffer;

		if (fill->kind != IR_STMT_EVAL || fill->eval->kind != IR_EXPR_OP ||
		    copy->kind != IR_STMT_SET)
			continue;
		buffer = fill->eval->op.buffer;
		if (!buffer || !buffer->is_temp || loaded(copy->set.value) != buffer ||
		    merge->mentions[buffer->index] != 2 || c_mentions(fill->eval, copy->set.local))
			continue;
		merge->cg->locals[buffer->index].merged = copy->set.local;
		ptr_map_set(&merge->cg->merged_copies, copy, (void *)copy);
	}
}

void c_merge_buffers(struct cgen *cg)
{
	uint32_t *mentions = arena_array(&cg->comp->arena, uint32_t, cg->func->locals.len);
	struct merge merge = {cg, mentions};
	struct c_walker counter = {.user = mentions, .local = on_mention};
	struct c_walker merger = {.user = &merge, .list = merge_list};

	ptr_map_init(&cg->merged_copies, &cg->comp->arena);
	c_walk_stmts(&counter, &cg->func->body);
	merge_list(&merger, &cg->func->body, false, true);
	c_walk_stmts(&merger, &cg->func->body);
}

const struct ir_local *c_merged(const struct cgen *cg, const struct ir_local *local)
{
	const struct ir_local *other = cg->locals[local->index].merged;

	return other ? other : local;
}

bool c_is_merged_copy(const struct cgen *cg, const struct ir_stmt *stmt)
{
	return ptr_map_get(&cg->merged_copies, stmt) != NULL;
}

/* ---- where a temporary is read ---- */

enum reading {
	READ_NOT,
	READ_ONCE,
	READ_BADLY, /* under a condition, or beside something that may change */
};

static enum reading both(enum reading a, enum reading b)
{
	if (a == READ_BADLY || b == READ_BADLY || (a == READ_ONCE && b == READ_ONCE))
		return READ_BADLY;
	return a == READ_ONCE || b == READ_ONCE ? READ_ONCE : READ_NOT;
}

struct reader {
	const struct cgen *cg;
	const struct ir_local *local;
	bool unstable; /* reads memory that a call may change */
};

static enum reading reading_of(struct reader *reader, const struct ir_expr *expr);

static enum reading reading_of_place(struct reader *reader, const struct ir_place *place)
{
	switch (place->kind) {
	case IR_PLACE_LOCAL:
		reader->unstable |= reader->cg->locals[place->local->index].is_addressed;
		return place->local == reader->local ? READ_ONCE : READ_NOT;
	case IR_PLACE_GLOBAL:
		reader->unstable = true;
		return READ_NOT;
	case IR_PLACE_DEREF:
		reader->unstable = true;
		return reading_of(reader, place->deref.pointer);
	case IR_PLACE_FIELD:
		return reading_of_place(reader, place->field.base);
	case IR_PLACE_INDEX:
		return both(reading_of_place(reader, place->index.base),
			    reading_of(reader, place->index.index));
	}
	return READ_BADLY;
}

static enum reading conditional(struct reader *reader, const struct ir_expr *expr)
{
	return reading_of(reader, expr) == READ_NOT ? READ_NOT : READ_BADLY;
}

static enum reading reading_of_list(struct reader *reader, const struct ir_expr_vec *exprs)
{
	enum reading all = READ_NOT;

	vec_foreach (expr, exprs) {
		if (*expr)
			all = both(all, reading_of(reader, *expr));
	}
	return all;
}

static enum reading reading_of_op(struct reader *reader, const struct ir_expr *expr)
{
	enum reading all = reading_of_list(reader, &expr->op.args);

	vec_foreach (piece, &expr->op.print) {
		if (piece->arg)
			all = both(all, reading_of(reader, piece->arg));
	}
	if (expr->op.map_pointer)
		all = both(all, reading_of(reader, expr->op.map_pointer));
	if (expr->op.place)
		all = both(all, reading_of_place(reader, expr->op.place));
	return all;
}

static enum reading reading_of(struct reader *reader, const struct ir_expr *expr)
{
	switch (expr->kind) {
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
		return READ_NOT;
	case IR_EXPR_LOAD:
	case IR_EXPR_ADDR:
		return reading_of_place(reader, expr->place);
	case IR_EXPR_UNARY:
		return reading_of(reader, expr->unary.operand);
	case IR_EXPR_CONVERT:
	case IR_EXPR_STR_LEN:
		return reading_of(reader, expr->convert.operand);
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
		return both(reading_of(reader, expr->binary.left),
			    conditional(reader, expr->binary.right));
	case IR_EXPR_BINARY:
	case IR_EXPR_COMPARE:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
		return both(reading_of(reader, expr->binary.left),
			    reading_of(reader, expr->binary.right));
	case IR_EXPR_SELECT:
		return both(reading_of(reader, expr->select.cond),
			    both(conditional(reader, expr->select.then),
				 conditional(reader, expr->select.otherwise)));
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
		return reading_of_list(reader, &expr->elems);
	case IR_EXPR_CALL:
		return both(expr->call.pointer ? reading_of(reader, expr->call.pointer) : READ_NOT,
			    reading_of_list(reader, &expr->call.args));
	case IR_EXPR_OP:
		return reading_of_op(reader, expr);
	}
	return READ_BADLY;
}

/* What a statement evaluates first and once, before any of its inner statements. */
static const struct ir_expr *head_of(const struct ir_stmt *stmt)
{
	switch (stmt->kind) {
	case IR_STMT_SET:
		return stmt->set.value;
	case IR_STMT_STORE:
		return stmt->store.place->type->kind == TYPE_ARRAY ? NULL : stmt->store.value;
	case IR_STMT_EVAL:
		return stmt->eval;
	case IR_STMT_IF:
		return stmt->iff.cond;
	case IR_STMT_IF_PRESENT:
		return stmt->iff.value;
	case IR_STMT_SWITCH:
		return stmt->swich.value;
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
		return stmt->value;
	case IR_STMT_UPDATE:
	case IR_STMT_BLOCK:
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR:
	case IR_STMT_FOR_MAP:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break;
	}
	return NULL;
}

/* Does the statement read the temporary once, where the value may as well be computed? */
static bool takes(const struct cgen *cg, const struct ir_stmt *stmt, const struct ir_local *local)
{
	struct reader reader = {.cg = cg, .local = local};
	const struct ir_expr *head = head_of(stmt);

	if (!head || head->type->kind == TYPE_ARRAY)
		return false;
	/* Where it is stored must not depend on what the call changes. */
	if (stmt->kind == IR_STMT_STORE && reading_of_place(&reader, stmt->store.place))
		return false;
	if (stmt->kind == IR_STMT_STORE && stmt->store.place->kind != IR_PLACE_LOCAL &&
	    ir_place_root(stmt->store.place)->kind == IR_PLACE_DEREF)
		return false;
	reader.unstable = false;
	return reading_of(&reader, head) == READ_ONCE && !reader.unstable;
}

/* Can the value of a SET move into another statement? */
static bool can_move(const struct cgen *cg, const struct ir_stmt *stmt)
{
	const struct ir_expr *value = stmt->set.value;
	const struct c_local *info;

	if (stmt->kind != IR_STMT_SET || !stmt->set.local->is_temp ||
	    value->type->kind == TYPE_ARRAY)
		return false;
	info = &cg->locals[stmt->set.local->index];
	if (info->is_addressed || info->buffer || info->merged || info->is_error)
		return false;
	if (value->kind == IR_EXPR_CALL)
		return !value->call.error;
	/* What a buffer holds is read by somebody else; a C function's type is not known. */
	if (value->kind == IR_EXPR_OP)
		return (!value->op.buffer || info->is_presence) && value->op.op != IR_OP_EXTERN;
	return true;
}

/* ---- a || f() ---- */

/* Statements that set temporaries, each read by the next; the last one sets `local`. */
static bool is_chain(const struct cgen *cg, const struct ir_stmt_vec *stmts,
		     const struct ir_local *local)
{
	for (uint32_t i = 0; i + 1 < stmts->len; i++) {
		const struct ir_stmt *stmt = stmts->data[i];

		if (!can_move(cg, stmt) || cg->locals[stmt->set.local->index].reads != 1 ||
		    !takes(cg, stmts->data[i + 1], stmt->set.local))
			return false;
	}
	return stmts->len && stmts->data[stmts->len - 1]->kind == IR_STMT_SET &&
	       stmts->data[stmts->len - 1]->set.local == local;
}

/* 1: `if (t)`, -1: `if (!t)`, 0: neither. */
static int test_of(const struct ir_stmt *stmt, const struct ir_local *local)
{
	const struct ir_expr *cond;

	if (stmt->kind != IR_STMT_IF || stmt->iff.otherwise.len)
		return 0;
	cond = stmt->iff.cond;
	if (loaded(cond) == local)
		return 1;
	if (cond->kind == IR_EXPR_UNARY && cond->unary.op == UNARY_NOT &&
	    loaded(cond->unary.operand) == local)
		return -1;
	return 0;
}

static struct c_text operand(struct cgen *cg, const struct ir_expr *expr, bool as_condition)
{
	return as_condition ? c_condition(cg, expr) : c_expr(cg, expr);
}

static uint32_t inline_logical(struct cgen *cg, const struct ir_stmt_vec *stmts, uint32_t index,
			       uint32_t len)
{
	const struct ir_stmt *set = stmts->data[index], *test;
	const struct ir_local *local = set->set.local;
	struct c_local *info = &cg->locals[local->index];
	const struct ir_stmt_vec *body;
	struct c_text left, right;
	bool as_condition;
	int sense;

	if (index + 2 >= len || local->type->kind != TYPE_BOOL || info->reads != 2 ||
	    info->set_count != 2)
		return 0;
	test = stmts->data[index + 1];
	sense = test_of(test, local);
	body = &test->iff.then;
	if (!sense || !is_chain(cg, body, local) || !takes(cg, stmts->data[index + 2], local))
		return 0;
	as_condition = stmts->data[index + 2]->kind == IR_STMT_IF;
	left = operand(cg, set->set.value, as_condition);
	for (uint32_t i = 0; i + 1 < body->len; i++) {
		const struct ir_stmt *stmt = body->data[i];

		cg->locals[stmt->set.local->index].inlined = c_expr(cg, stmt->set.value);
		cg->locals[stmt->set.local->index].home = NULL;
	}
	right = operand(cg, body->data[body->len - 1]->set.value, as_condition);
	info->inlined = c_logical(cg, left, sense > 0 ? PREC_LOGAND : PREC_LOGOR, right);
	info->home = NULL;
	return 2;
}

uint32_t c_inline(struct cgen *cg, const struct ir_stmt_vec *stmts, uint32_t index, uint32_t len)
{
	const struct ir_stmt *stmt = stmts->data[index], *next;
	struct c_local *info;

	if (index + 1 >= len || !can_move(cg, stmt))
		return 0;
	info = &cg->locals[stmt->set.local->index];
	next = stmts->data[index + 1];
	if (info->reads != 1 || info->set_count != 1 || !takes(cg, next, stmt->set.local))
		return inline_logical(cg, stmts, index, len);
	info->inlined =
		operand(cg, stmt->set.value,
			next->kind == IR_STMT_IF && stmt->set.local->type->kind == TYPE_BOOL);
	info->home = NULL;
	return 1;
}
