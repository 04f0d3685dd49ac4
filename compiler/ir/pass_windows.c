/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows that follow each other are tested by one comparison. In
 *
 *	if_present eth = window(data) { if (eth is IP) { if_present ip = window(eth + 1) { ... } } }
 *
 * a packet that holds `eth` but not `ip` does nothing, so the first test can ask for both and the
 * second one is not needed. That holds while nothing but pure conditions stands between the tests
 * and no test has an else.
 */
#include "ir/ir_passes.h"

/* A test that asks for more would send packets with few linear bytes the slow way. */
#define WINDOW_BYTES_MAX 128

/* Windows that the first test of a chain has proved. */
struct proved {
	const struct ir_local *local;
	uint64_t offset; /* from the first one */
};

struct chain {
	struct compilation *comp;
	struct ir_expr *first; /* the PACKET_WINDOW that asks for all */
	unsigned shifts;       /* bit set of starts modulo 8 that align all windows */
	VEC_TYPE(, struct proved) proved;
};

static void visit_stmts(struct compilation *comp, struct ir_stmt_vec *stmts);

static bool is_window_test(const struct ir_stmt *stmt)
{
	return stmt->kind == IR_STMT_IF_PRESENT && !stmt->iff.otherwise.len &&
	       stmt->iff.value->kind == IR_EXPR_OP && stmt->iff.value->op.op == IR_OP_PACKET_WINDOW;
}

static const struct proved *find_proved(const struct chain *chain, const struct ir_expr *expr)
{
	if (expr->kind != IR_EXPR_LOAD || expr->place->kind != IR_PLACE_LOCAL)
		return NULL;
	vec_foreach (one, &chain->proved) {
		if (one->local == expr->place->local)
			return one;
	}
	return NULL;
}

/*
 * A pointer a constant distance behind a proved window, as a window: `offset` gets its distance
 * from the first one. NULL for any other expression.
 */
static struct ir_expr *as_window(struct chain *chain, struct ir_expr *pointer, uint64_t *offset)
{
	const struct proved *base = find_proved(chain, pointer);
	struct ir_expr *inner, *copy;
	uint64_t count;

	if (base) {
		*offset = base->offset;
		return pointer;
	}
	if (pointer->kind == IR_EXPR_CONVERT && pointer->convert.how == IR_CONVERT_POINTER) {
		inner = as_window(chain, pointer->convert.operand, offset);
		return inner ? ir_convert(
				       chain->comp, IR_CONVERT_POINTER,
				       type_with_region(chain->comp, pointer->type, REGION_WINDOW),
				       inner)
			     : NULL;
	}
	if (pointer->kind != IR_EXPR_PTR_ADD || !ir_is_const(pointer->binary.right, &count) ||
	    count > WINDOW_BYTES_MAX)
		return NULL;
	inner = as_window(chain, pointer->binary.left, offset);
	if (!inner)
		return NULL;
	*offset += count * inner->type->ptr.target->size;
	copy = ir_binary(chain->comp, IR_EXPR_PTR_ADD, BINARY_ADD,
			 type_with_region(chain->comp, inner->type, REGION_WINDOW), inner,
			 pointer->binary.right, pointer->span);
	return copy;
}

static void add_proved(struct chain *chain, const struct ir_local *local, uint64_t offset)
{
	struct proved one = {local, offset};

	vec_push(&chain->comp->arena, &chain->proved, one);
}

/*
 * The verifier takes only aligned accesses of the stack, where a copy stands. The starts of a copy,
 * modulo 8, at which what lies `offset` behind it is aligned.
 */
static unsigned aligned_starts(const struct type *type, uint64_t offset)
{
	unsigned starts = 0;

	for (unsigned shift = 0; shift < 8; shift++) {
		if (!type->align || (shift + offset) % type->align == 0)
			starts |= 1u << shift;
	}
	return starts;
}

/* The only statement of `body` asks for a window behind a proved one: asked for by the first. */
static bool merge(struct chain *chain, struct ir_stmt_vec *body)
{
	struct ir_stmt *test = body->data[0], *set;
	struct ir_stmt_vec merged = {0};
	struct ir_expr *window;
	const struct type *target = test->iff.value->type->ptr.target;
	uint64_t offset, end, size = chain->first->type->ptr.target->size;
	unsigned shifts;

	window = as_window(chain, test->iff.value->op.args.data[0], &offset);
	if (!window || window->type->kind != TYPE_PTR)
		return false;
	end = offset + target->size;
	shifts = chain->shifts & aligned_starts(target, offset);
	if (end > WINDOW_BYTES_MAX || !shifts)
		return false;
	chain->shifts = shifts;
	chain->first->op.shift = (uint32_t)__builtin_ctz(shifts);
	if (end > size + chain->first->op.ahead)
		chain->first->op.ahead = (uint32_t)(end - size);
	set = ir_stmt_new(chain->comp, IR_STMT_SET, test->span);
	set->set.local = test->iff.local;
	set->set.value = window;
	add_proved(chain, test->iff.local, offset);
	vec_push(&chain->comp->arena, &merged, set);
	vec_foreach (stmt, &test->iff.then)
		vec_push(&chain->comp->arena, &merged, *stmt);
	*body = merged;
	return true;
}

/* Goes down while each body is one test; what does not belong to the chain is visited anew. */
static void follow(struct chain *chain, struct ir_stmt_vec *body)
{
	uint32_t start = 0;

	for (;;) {
		struct ir_stmt *only = body->len == start + 1 ? body->data[start] : NULL;
		struct ir_stmt_vec rest = {0};

		if (only && only->kind == IR_STMT_IF && !only->iff.otherwise.len &&
		    !ir_may_trap(only->iff.cond)) {
			body = &only->iff.then;
			start = 0;
			continue;
		}
		if (!only || !is_window_test(only))
			break;
		rest.data = body->data + start;
		rest.len = rest.cap = 1;
		if (!merge(chain, &rest))
			break;
		body->len = start;
		vec_foreach (stmt, &rest)
			vec_push(&chain->comp->arena, body, *stmt);
		start++;
	}
	visit_stmts(chain->comp, body);
}

static void visit_body(struct ir_stmt_vec *body, void *comp)
{
	visit_stmts(comp, body);
}

static void visit_stmts(struct compilation *comp, struct ir_stmt_vec *stmts)
{
	vec_foreach (at, stmts) {
		struct ir_stmt *stmt = *at;
		struct chain chain = {.comp = comp};

		if (!is_window_test(stmt)) {
			ir_each_body(stmt, visit_body, comp);
			continue;
		}
		chain.first = stmt->iff.value;
		chain.shifts = aligned_starts(chain.first->type->ptr.target, 0);
		add_proved(&chain, stmt->iff.local, 0);
		follow(&chain, &stmt->iff.then);
	}
}

void pass_windows(struct compilation *comp, struct ir_func *func)
{
	if (func->target == TARGET_BPF)
		visit_stmts(comp, &func->body);
}
