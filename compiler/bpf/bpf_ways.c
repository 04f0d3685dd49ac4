/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In how many ways the verifier comes by. It walks through both sides of every branch, and takes
 * two ways for one again only where they meet in states that it cannot tell apart. What tells them
 * apart is mostly what it knows of numbers: constants and ranges that one side set or tested. So n
 * branches in a row may cost 2^n walks.
 *
 * The estimate here is the number of ways through statements if none ever meet. Where it would
 * grow over a limit, the numbers that the ways differ in are made unknown (bpfgen_forget), at the
 * price of a load and an instruction a number: behind that point all ways are one again, and the
 * cost of a function is the sum of its stretches, no longer their product.
 *
 * Inside of loops that the kernel counts the verifier compares states exactly (since 6.8:
 * commit 2793a8b015f7, "bpf: exact states comparison for iterator convergence checks"), elsewhere
 * only what was needed to decide something. Hence two limits. They are measured with
 * tests/loops.sh: docs/proof.md has the numbers.
 */
#include "bpf/bpf_ways.h"

/* Ways before numbers are forgotten, in straight code and in loops that the kernel counts. */
#define WAYS_MAX	 512
#define WAYS_IN_LOOP_MAX 16

static uint64_t product(uint64_t a, uint64_t b)
{
	return a > UINT32_MAX || b > UINT32_MAX ? UINT64_MAX : a * b;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t limit_of(const struct bpfgen_fn *fn)
{
	return fn->cleanups || fn->callback ? WAYS_IN_LOOP_MAX : WAYS_MAX;
}

/* ---- expressions ---- */

struct counter {
	struct ir_walk walk;
	uint64_t ways;
};

static void count_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	static const uint8_t ways_of[] = {
		[IR_EXPR_LOGAND] = 2, [IR_EXPR_LOGOR] = 2,   [IR_EXPR_SELECT] = 2,
		[IR_EXPR_STR_EQ] = 2, [IR_EXPR_STR_CAT] = 2, [IR_EXPR_STR_AT] = 2,
		[IR_EXPR_CALL] = 2,
	};
	struct counter *counter = (struct counter *)walk;

	if (expr->kind < sizeof(ways_of) && ways_of[expr->kind])
		counter->ways = product(counter->ways, ways_of[expr->kind]);
}

static void count_place(struct ir_walk *walk, struct ir_place *place)
{
	struct counter *counter = (struct counter *)walk;

	if ((place->kind == IR_PLACE_INDEX && place->index.checked) ||
	    (place->kind == IR_PLACE_DEREF && (place->deref.access == IR_ACCESS_NULL_ZERO ||
					       place->deref.access == IR_ACCESS_PACKET)))
		counter->ways = product(counter->ways, 2);
}

/* Through what the statement evaluates itself. */
static uint64_t own_ways(const struct ir_stmt *stmt)
{
	struct counter counter = {.walk = {.expr = count_expr, .place = count_place}, .ways = 1};

	ir_walk_own(&counter.walk, (struct ir_stmt *)stmt);
	return counter.ways;
}

/* ---- statements ---- */

static uint64_t list_ways(const struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts);

/* A loop that is not plain is left where it is exhausted, or where it is broken. */
#define LOOP_WAYS 2

static uint64_t stmt_ways(const struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	uint64_t ways = 0;

	switch (stmt->kind) {
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		ways = sum(list_ways(fn, &stmt->iff.then), list_ways(fn, &stmt->iff.otherwise));
		break;
	case IR_STMT_SWITCH:
		vec_foreach (one, &stmt->swich.cases)
			ways = sum(ways, list_ways(fn, &one->body));
		ways = sum(ways, list_ways(fn, &stmt->swich.otherwise));
		break;
	case IR_STMT_BLOCK:
		return list_ways(fn, &stmt->block.body);
	case IR_STMT_FOR:
		return bpfgen_is_plain(fn, stmt) ? bpfgen_ways_of_rounds(fn, stmt) : LOOP_WAYS;
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR_MAP:
		return LOOP_WAYS;
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_EVAL:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		ways = 1;
		break;
	}
	return product(ways, own_ways(stmt));
}

static uint64_t list_ways(const struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts)
{
	uint64_t ways = 1, limit = limit_of(fn), more;

	for (uint32_t i = 0; i < stmts->len; i++) {
		more = stmt_ways(fn, stmts->data[i]);
		ways = ways > 1 && product(ways, more) > limit ? more : product(ways, more);
	}
	return ways < limit ? ways : limit;
}

uint64_t bpfgen_ways(const struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts)
{
	return list_ways(fn, stmts);
}

/* ---- branches in a row ---- */

static uint64_t bits_of(uint64_t ways)
{
	uint64_t bits = 0;

	for (; ways > 1; ways = (ways + 1) / 2)
		bits++;
	return bits;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t branches_below(const struct ir_stmt *stmt)
{
	uint64_t most = 0;

	switch (stmt->kind) {
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		return 1 + larger(bpfgen_branches(&stmt->iff.then),
				  bpfgen_branches(&stmt->iff.otherwise));
	case IR_STMT_SWITCH:
		most = bpfgen_branches(&stmt->swich.otherwise);
		vec_foreach (one, &stmt->swich.cases)
			most = larger(most, bpfgen_branches(&one->body));
		return most + bits_of(stmt->swich.cases.len + 1);
	case IR_STMT_BLOCK:
		return bpfgen_branches(&stmt->block.body);
	case IR_STMT_FOR:
		return product(bpfgen_constant_rounds(stmt), bpfgen_branches(&stmt->range.body));
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR_MAP:
		return 1;
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_EVAL:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break;
	}
	return 0;
}

uint64_t bpfgen_branches(const struct ir_stmt_vec *stmts)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < stmts->len; i++)
		all = sum(all,
			  sum(branches_below(stmts->data[i]), bits_of(own_ways(stmts->data[i]))));
	return all;
}

/* ---- the numbers that branches depend on ---- */

/* Branches in a round before also the numbers that stay the same are made unknown. */
#define STEADY_BRANCHES_MAX 8

struct tests {
	struct ir_walk walk;
	struct bpfgen_fn *fn;
	struct bpfgen_place_vec *places;
	uint32_t count;
};

static void test_number(struct ir_walk *walk, struct ir_place *place)
{
	struct tests *tests = (struct tests *)walk;

	if (place->kind == IR_PLACE_LOCAL)
		bpfgen_add_number(tests->fn, tests->places, place);
}

/* A branch by the expression, or by some of it. */
static void branch_by(struct tests *tests, const struct ir_expr *expr)
{
	struct tests below = *tests;

	below.walk = (struct ir_walk){.place = test_number};
	bpfgen_look_expr(&below.walk, expr);
	tests->count++;
}

static void test_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	if (expr->kind == IR_EXPR_COMPARE ||
	    (expr->kind == IR_EXPR_CONVERT && expr->convert.how == IR_CONVERT_BOOL))
		branch_by((struct tests *)walk, expr);
}

static void test_place(struct ir_walk *walk, struct ir_place *place)
{
	if (place->kind == IR_PLACE_INDEX && place->index.checked)
		branch_by((struct tests *)walk, place->index.index);
	if (place->kind == IR_PLACE_DEREF && place->deref.access == IR_ACCESS_PACKET)
		branch_by((struct tests *)walk, place->deref.pointer);
}

static void test_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	if (stmt->kind == IR_STMT_SWITCH)
		branch_by((struct tests *)walk, stmt->swich.value);
}

/* Adds the numbers that the statements branch by; gives the number of branches. */
static uint32_t branch_numbers(struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts,
			       struct bpfgen_place_vec *places)
{
	struct tests tests = {.walk = {.expr = test_expr, .place = test_place, .stmt = test_stmt},
			      .fn = fn,
			      .places = places};

	bpfgen_look(&tests.walk, stmts);
	return tests.count;
}

/*
 * LLVM computes before the loop what depends on nothing in it, and each side of a test of that in
 * the loop would be a state of its own in all later rounds.
 */
void bpfgen_steady(struct bpfgen_fn *fn, const struct ir_stmt_vec *body,
		   struct bpfgen_place_vec *places)
{
	struct bpfgen_place_vec found = {0};

	if (branch_numbers(fn, body, &found) <= STEADY_BRANCHES_MAX)
		return;
	vec_foreach (place, &found)
		bpfgen_add_number(fn, places, *place);
}

/* ---- where the ways are joined ---- */

static void join(struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts, uint32_t from, uint32_t to)
{
	struct bpfgen_place_vec places = {0};
	struct ir_stmt_vec one = {.len = 1};

	for (uint32_t i = from; i < to; i++) {
		if (stmt_ways(fn, stmts->data[i]) <= 1)
			continue;
		one.data = &stmts->data[i];
		bpfgen_set_numbers(fn, &one, &places);
		branch_numbers(fn, &one, &places);
	}
	if (places.len)
		bpfgen_forget(fn, &places, bpfgen_hidden_zero(fn));
}

void bpfgen_ways_begin(struct bpfgen_fn *fn, struct bpfgen_stretch *stretch)
{
	*stretch = (struct bpfgen_stretch){.before = fn->ways ? fn->ways : 1};
	fn->ways = stretch->before;
}

void bpfgen_ways_before(struct bpfgen_fn *fn, struct bpfgen_stretch *stretch,
			const struct ir_stmt_vec *stmts, uint32_t at)
{
	stretch->more = stmt_ways(fn, stmts->data[at]);
	if (stretch->more > 1 && fn->ways > stretch->before &&
	    product(fn->ways, stretch->more) > limit_of(fn)) {
		join(fn, stmts, stretch->from, at);
		stretch->from = at;
		fn->ways = stretch->before;
	}
	stretch->ways = fn->ways;
}

void bpfgen_ways_behind(struct bpfgen_fn *fn, const struct bpfgen_stretch *stretch)
{
	uint64_t ways = product(stretch->ways, stretch->more), limit = limit_of(fn);

	fn->ways = ways < limit ? ways : limit;
}

void bpfgen_ways_end(struct bpfgen_fn *fn, const struct bpfgen_stretch *stretch)
{
	fn->ways = stretch->before;
}
