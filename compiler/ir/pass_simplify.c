/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants are computed, branches whose condition is known lose the other side, blocks that nobody
 * breaks out of vanish, statements behind one that leaves go.
 */
#include "ir/ir_passes.h"

struct simplifier {
	struct compilation *comp;
	uint32_t *jumps; /* by label: BREAK and CONTINUE statements */
};

static void simplify_stmts(struct simplifier *simplifier, struct ir_stmt_vec *stmts);

static struct ir_expr *simplify_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	struct simplifier *simplifier = walk->user;

	return ir_simplify(simplifier->comp, expr);
}

static void note_jump(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct simplifier *simplifier = walk->user;

	if (stmt->kind == IR_STMT_BREAK || stmt->kind == IR_STMT_CONTINUE)
		simplifier->jumps[stmt->label]++;
}

static void simplify_body(struct ir_stmt_vec *body, void *simplifier)
{
	simplify_stmts(simplifier, body);
}

static void append_all(struct simplifier *simplifier, struct ir_stmt_vec *to,
		       const struct ir_stmt_vec *from)
{
	vec_foreach (stmt, from)
		vec_push(&simplifier->comp->arena, to, *stmt);
}

/* The body that a SWITCH over a constant takes. */
static const struct ir_stmt_vec *taken_case(const struct ir_stmt *stmt, uint64_t bits)
{
	bool is_signed = type_is_signed(stmt->swich.value->type);

	vec_foreach (one, &stmt->swich.cases) {
		for (uint32_t i = 0; i < one->range_count; i++) {
			uint64_t low = one->ranges[i].low, high = one->ranges[i].high;

			if (is_signed ? (int64_t)low <= (int64_t)bits &&
						(int64_t)bits <= (int64_t)high
				      : low <= bits && bits <= high)
				return &one->body;
		}
	}
	return &stmt->swich.otherwise;
}

/* The statements that stand for `stmt` when it is decided; NULL: itself. */
static const struct ir_stmt_vec *decided(const struct simplifier *simplifier,
					 const struct ir_stmt *stmt)
{
	static const struct ir_stmt_vec nothing = {0};
	uint64_t bits;

	switch (stmt->kind) {
	case IR_STMT_IF:
		if (ir_is_const(stmt->iff.cond, &bits))
			return bits ? &stmt->iff.then : &stmt->iff.otherwise;
		break;
	case IR_STMT_WHILE:
		if (ir_is_const(stmt->whil.cond, &bits) && !bits)
			return &nothing;
		break;
	case IR_STMT_SWITCH:
		if (ir_is_const(stmt->swich.value, &bits))
			return taken_case(stmt, bits);
		break;
	case IR_STMT_BLOCK:
		if (!simplifier->jumps[stmt->block.label])
			return &stmt->block.body;
		break;
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_EVAL:
	case IR_STMT_IF_PRESENT:
	case IR_STMT_LOOP:
	case IR_STMT_FOR:
	case IR_STMT_FOR_MAP:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break;
	}
	return NULL;
}

/* if (c) { } else { x } becomes if (!c) { x }; an IF without statements is nothing. */
static bool simplify_if(struct simplifier *simplifier, struct ir_stmt *stmt)
{
	if (stmt->kind != IR_STMT_IF || stmt->iff.then.len)
		return true;
	if (!stmt->iff.otherwise.len)
		return ir_may_trap(stmt->iff.cond);
	stmt->iff.cond = ir_negate(simplifier->comp, stmt->iff.cond);
	stmt->iff.then = stmt->iff.otherwise;
	stmt->iff.otherwise = (struct ir_stmt_vec){0};
	return true;
}

/* A BREAK at the end of its own block says nothing. */
static void drop_last_break(struct simplifier *simplifier, struct ir_stmt *block)
{
	struct ir_stmt_vec *body = &block->block.body;
	const struct ir_stmt *last = body->len ? body->data[body->len - 1] : NULL;

	if (!last || last->kind != IR_STMT_BREAK || last->label != block->block.label)
		return;
	simplifier->jumps[last->label]--;
	body->len--;
}

static bool leaves(const struct ir_stmt *stmt)
{
	return stmt->kind == IR_STMT_BREAK || stmt->kind == IR_STMT_CONTINUE ||
	       stmt->kind == IR_STMT_RETURN || stmt->kind == IR_STMT_THROW ||
	       stmt->kind == IR_STMT_TAIL_CALL;
}

static void simplify_stmts(struct simplifier *simplifier, struct ir_stmt_vec *stmts)
{
	struct ir_walk walk = {.user = simplifier, .replace = simplify_expr};
	struct ir_stmt_vec out = {0};

	for (uint32_t i = 0; i < stmts->len; i++) {
		struct ir_stmt *stmt = stmts->data[i];
		const struct ir_stmt_vec *instead;

		ir_walk_own(&walk, stmt);
		ir_each_body(stmt, simplify_body, simplifier);
		if (stmt->kind == IR_STMT_BLOCK)
			drop_last_break(simplifier, stmt);
		instead = decided(simplifier, stmt);
		if (instead)
			append_all(simplifier, &out, instead);
		else if (simplify_if(simplifier, stmt))
			vec_push(&simplifier->comp->arena, &out, stmt);
		if (out.len && leaves(out.data[out.len - 1]))
			break;
	}
	*stmts = out;
}

void pass_simplify(struct compilation *comp, struct ir_func *func)
{
	struct simplifier simplifier = {.comp = comp};
	struct ir_walk walk = {.user = &simplifier, .stmt = note_jump};

	simplifier.jumps = arena_array(&comp->arena, uint32_t, func->label_count);
	ir_walk_stmts(&walk, &func->body);
	simplify_stmts(&simplifier, &func->body);
}
