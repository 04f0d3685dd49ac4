/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that come from branches: match, and where the value of an arm goes. Over integers a match
 * is a SWITCH whose ranges are made disjoint (the first arm wins), else a chain of tests.
 */
#include "ir/build.h"

#include <string.h>

/* ---- destinations ---- */

void build_deliver(struct fn_build *fb, const struct dest *dest, struct ir_expr *value,
		   struct span span)
{
	for (; dest->outer; dest = dest->outer) {
		if (!value)
			continue;
		if ((dest->own && !type_same(value->type, dest->own)) || dest->to)
			value = build_pure(fb, value, "value");
		value = build_convert(fb, build_convert(fb, value, dest->own), dest->to);
	}
	switch (dest->kind) {
	case DEST_DISCARD:
		build_eval(fb, value);
		break;
	case DEST_LOCAL:
		if (value && !type_same(value->type, dest->local->type))
			value = build_convert(fb, build_pure(fb, value, "value"),
					      dest->local->type);
		if (value)
			build_set(fb, dest->local, value, span);
		break;
	case DEST_RETURN:
		build_return(fb, value, span);
		break;
	}
}

static bool has_tail_call(const struct expr *expr)
{
	if (expr->kind == EXPR_COND)
		return has_tail_call(expr->cond.then) || has_tail_call(expr->cond.otherwise);
	return expr->kind == EXPR_CALL && expr->call.is_tail_call;
}

/* c ? a : b with sides that leave the program. */
static void build_leaving_sides(struct fn_build *fb, struct expr *expr, const struct dest *dest)
{
	struct ir_stmt *test = build_if_stmt(fb, build_cond(fb, expr->cond.cond), expr->span);
	struct scope_mark scope = build_open(fb, &test->iff.then);
	bool dead;

	build_to(fb, expr->cond.then, dest);
	dead = build_close(fb, scope);
	scope = build_open(fb, &test->iff.otherwise);
	build_to(fb, expr->cond.otherwise, dest);
	dead = build_close(fb, scope) && dead;
	fb->dead = fb->dead || dead;
}

void build_to(struct fn_build *fb, struct expr *expr, const struct dest *dest)
{
	struct dest inner = {.own = expr->type, .to = dest->stop ? NULL : expr->to, .outer = dest};
	struct ir_expr *value;

	if (expr->type->kind == TYPE_VOID)
		inner.own = NULL;
	if (expr->constant.kind == CONSTANT_NONE) {
		if (expr->kind == EXPR_MATCH) {
			build_match(fb, expr, &inner);
			return;
		}
		if (expr->kind == EXPR_IF) {
			build_if(fb, &expr->iff.conds, expr->iff.then, expr->iff.otherwise, &inner,
				 expr->span);
			return;
		}
		if (expr->kind == EXPR_COND && has_tail_call(expr)) {
			build_leaving_sides(fb, expr, &inner);
			return;
		}
		if (expr->kind == EXPR_CALL && expr->call.is_tail_call) {
			build_tail_call_expr(fb, expr, NULL);
			return;
		}
	}
	if (build_is_window(expr)) {
		value = build_expr(fb, expr);
		inner.own = inner.to = NULL;
	} else {
		value = build_root(fb, expr);
	}
	build_deliver(fb, &inner, value, expr->span);
}

/* ---- disjoint ranges ---- */

/* Ordered keys: the bits of the value, the sign bit turned for signed types. */
struct key_range {
	uint64_t low, high;
};

struct range_set {
	struct arena *arena;
	uint64_t sign;			    /* xor between bits and keys */
	VEC_TYPE(, struct key_range) taken; /* ascending */
};

static uint32_t first_reaching(const struct range_set *set, uint64_t low)
{
	uint32_t from = 0, to = set->taken.len;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (set->taken.data[middle].high < low)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

VEC_TYPE(case_range_vec, struct ir_case_range);

static void take_free(struct range_set *set, uint32_t at, uint64_t low, uint64_t high,
		      struct case_range_vec *ranges)
{
	struct key_range range = {low, high};
	struct ir_case_range bits = {low ^ set->sign, high ^ set->sign};

	vec_push(set->arena, &set->taken, range);
	memmove(set->taken.data + at + 1, set->taken.data + at,
		(set->taken.len - 1 - at) * sizeof(range));
	set->taken.data[at] = range;
	vec_push(set->arena, ranges, bits);
}

/* Adds what is still free of low ..= high to `ranges`. */
static void take_range(struct range_set *set, uint64_t low, uint64_t high,
		       struct case_range_vec *ranges)
{
	uint32_t i = first_reaching(set, low);

	for (; i < set->taken.len && set->taken.data[i].low <= high; i++) {
		struct key_range taken = set->taken.data[i];

		if (taken.low > low)
			take_free(set, i++, low, taken.low - 1, ranges);
		if (taken.high >= high)
			return;
		low = taken.high + 1;
	}
	take_free(set, i, low, high, ranges);
}

static bool covers_all(const struct range_set *set, uint64_t low, uint64_t high)
{
	vec_foreach (range, &set->taken) {
		if (range->low != low)
			return false;
		if (range->high == high)
			return true;
		low = range->high + 1;
	}
	return false;
}

/* ---- patterns over integers ---- */

struct switch_build {
	struct fn_build *fb;
	const struct type *type;   /* of the switched value */
	struct constant low, high; /* of the type */
	struct range_set set;
};

static uint64_t key_of(const struct switch_build *sb, const struct constant *constant)
{
	return build_constant_bits(constant, sb->type) ^ sb->set.sign;
}

static void add_range(struct switch_build *sb, struct constant low, struct constant high,
		      struct case_range_vec *ranges)
{
	if (sb->type->kind != TYPE_BE) {
		if (build_constant_order(&low, &sb->low) < 0)
			low = sb->low;
		if (build_constant_order(&high, &sb->high) > 0)
			high = sb->high;
		if (build_constant_order(&low, &high) > 0)
			return;
	}
	take_range(&sb->set, key_of(sb, &low), key_of(sb, &high), ranges);
}

/* The greatest integer below the constant. */
static struct constant before(struct constant constant)
{
	if (constant.negative || !constant.bits) {
		constant.negative = true;
		constant.bits++;
	} else {
		constant.bits--;
	}
	return constant;
}

static void add_pattern(struct switch_build *sb, const struct pattern *pattern,
			struct case_range_vec *ranges)
{
	switch (pattern->kind) {
	case PATTERN_VALUE:
		add_range(sb, pattern->low->constant, pattern->low->constant, ranges);
		break;
	case PATTERN_RANGE:
		add_range(sb, pattern->low->constant,
			  pattern->inclusive ? pattern->high->constant
					     : before(pattern->high->constant),
			  ranges);
		break;
	case PATTERN_OR:
		vec_foreach (part, &pattern->parts)
			add_pattern(sb, *part, ranges);
		break;
	case PATTERN_TUPLE: /* of one value: (p) */
		if (pattern->parts.len == 1)
			add_pattern(sb, pattern->parts.data[0], ranges);
		break;
	case PATTERN_ANY:
	case PATTERN_DEFAULT:
		break;
	}
}

/* Whether the pattern takes every value. */
static bool takes_all(const struct pattern *pattern)
{
	if (pattern->kind == PATTERN_TUPLE || pattern->kind == PATTERN_OR) {
		vec_foreach (part, &pattern->parts) {
			if (takes_all(*part) == (pattern->kind == PATTERN_OR))
				return pattern->kind == PATTERN_OR;
		}
		return pattern->kind == PATTERN_TUPLE;
	}
	return pattern->kind == PATTERN_ANY || pattern->kind == PATTERN_DEFAULT;
}

static bool has_range(const struct pattern *pattern)
{
	vec_foreach (part, &pattern->parts) {
		if (has_range(*part))
			return true;
	}
	return pattern->kind == PATTERN_RANGE;
}

/* ---- arms ---- */

/* Builds an arm into `body`; returns whether its end cannot be reached. */
static bool build_arm(struct fn_build *fb, const struct match_arm *arm, const struct dest *dest,
		      struct ir_stmt_vec *body)
{
	struct scope_mark scope = build_open(fb, body);

	fb->branch_depth++;
	if (arm->block)
		build_stmts(fb, arm->block, dest);
	else
		build_to(fb, arm->value, dest);
	fb->branch_depth--;
	return build_close(fb, scope);
}

/* No arm takes the value: zero, nothing as a statement. */
static bool build_no_arm(struct fn_build *fb, const struct expr *expr, const struct dest *dest,
			 struct ir_stmt_vec *body)
{
	struct scope_mark scope = build_open(fb, body);
	const struct dest *last = dest;

	while (last->outer)
		last = last->outer;
	if (expr->type->kind != TYPE_VOID && last->kind != DEST_DISCARD)
		build_deliver(fb, dest, build_zero(fb, expr->type, expr->span), expr->span);
	return build_close(fb, scope);
}

static const struct match_arm *find_default(const struct expr *expr)
{
	vec_foreach (arm, &expr->match.arms) {
		if (takes_all(arm->pattern))
			return arm;
	}
	return NULL;
}

/* One value and one arm: if (value == constant). */
static struct ir_stmt *switch_as_if(struct fn_build *fb, struct ir_stmt *stmt)
{
	struct ir_case *only = stmt->swich.cases.data;
	struct ir_expr *value = stmt->swich.value;
	struct ir_expr *constant;
	struct ir_stmt *test;

	if (stmt->swich.cases.len != 1 || only->range_count != 1 ||
	    only->ranges[0].low != only->ranges[0].high)
		return stmt;
	constant = ir_const(fb->comp, value->type, only->ranges[0].low, stmt->span);
	test = ir_stmt_new(fb->comp, IR_STMT_IF, stmt->span);
	test->iff.cond = build_compare(fb, BINARY_EQ, value, constant, stmt->span);
	if (value->type->kind == TYPE_BOOL)
		test->iff.cond = constant->bits ? value : build_not(fb, value);
	test->iff.then = only->body;
	test->iff.otherwise = stmt->swich.otherwise;
	return test;
}

static void switch_init(struct switch_build *sb, struct fn_build *fb, const struct type *type)
{
	*sb = (struct switch_build){.fb = fb, .type = type};
	sb->set.arena = &fb->comp->arena;
	sb->set.sign = type_is_signed(type) ? UINT64_C(1) << 63 : 0;
	build_type_range(type, &sb->low, &sb->high);
}

static void match_integer(struct fn_build *fb, struct expr *expr, struct ir_expr *value,
			  const struct dest *dest)
{
	struct ir_stmt *stmt = ir_stmt_new(fb->comp, IR_STMT_SWITCH, expr->span);
	const struct match_arm *fallback = find_default(expr);
	struct switch_build sb;
	bool all_dead = true;

	switch_init(&sb, fb, value->type);
	stmt->swich.value = value;
	vec_foreach (arm, &expr->match.arms) {
		struct case_range_vec ranges = {0};
		struct ir_case one = {0};

		if (takes_all(arm->pattern))
			continue;
		add_pattern(&sb, arm->pattern, &ranges);
		if (!ranges.len)
			continue;
		one.ranges = ranges.data;
		one.range_count = ranges.len;
		all_dead = build_arm(fb, arm, dest, &one.body) && all_dead;
		vec_push(&fb->comp->arena, &stmt->swich.cases, one);
	}
	if (stmt->swich.cases.len &&
	    covers_all(&sb.set, key_of(&sb, &sb.low), key_of(&sb, &sb.high)))
		stmt->swich.otherwise = stmt->swich.cases.data[--stmt->swich.cases.len].body;
	else if (fallback)
		all_dead = build_arm(fb, fallback, dest, &stmt->swich.otherwise) && all_dead;
	else
		all_dead = build_no_arm(fb, expr, dest, &stmt->swich.otherwise) && all_dead;
	build_emit(fb, switch_as_if(fb, stmt));
	fb->dead = fb->dead || all_dead;
}

/* ---- a chain of tests: text, floats, tuples ---- */

static struct ir_expr *pattern_cond(struct fn_build *fb, struct ir_expr *const *values,
				    const struct pattern *pattern)
{
	struct ir_expr *cond = NULL, *part, *high;
	struct span span = pattern->span;
	bool is_tuple = pattern->kind == PATTERN_TUPLE;

	switch (pattern->kind) {
	case PATTERN_VALUE:
		return build_compare_constant(fb, BINARY_EQ, values[0], &pattern->low->constant,
					      span);
	case PATTERN_RANGE:
		cond = build_compare_constant(fb, BINARY_GE, values[0], &pattern->low->constant,
					      span);
		high = build_compare_constant(fb, pattern->inclusive ? BINARY_LE : BINARY_LT,
					      values[0], &pattern->high->constant, span);
		return build_logic(fb, IR_EXPR_LOGAND, cond, high, span);
	case PATTERN_TUPLE:
	case PATTERN_OR:
		for (uint32_t i = 0; i < pattern->parts.len; i++) {
			part = pattern_cond(fb, is_tuple ? values + i : values,
					    pattern->parts.data[i]);
			cond = cond ? build_logic(fb, is_tuple ? IR_EXPR_LOGAND : IR_EXPR_LOGOR,
						  cond, part, span)
				    : part;
		}
		if (cond)
			return cond;
		break;
	case PATTERN_ANY:
	case PATTERN_DEFAULT:
		break;
	}
	return ir_const(fb->comp, build_types(fb)->bool_, 1, span);
}

/* Beyond this many arms a chain is flat, so that nobody recurses without bound. */
#define CHAIN_NESTED_MAX 100

struct arm_chain {
	struct fn_build *fb;
	bool is_flat;
	uint32_t label; /* flat: behind the chain */
	bool all_dead;
	VEC_TYPE(, struct scope_mark) scopes; /* nested: the else branches */
};

static void chain_arm(struct arm_chain *chain, const struct match_arm *arm, struct ir_expr *cond,
		      const struct dest *dest)
{
	struct fn_build *fb = chain->fb;
	struct ir_stmt *test = build_if_stmt(fb, cond, arm->span);
	struct scope_mark scope;
	bool dead = build_arm(fb, arm, dest, &test->iff.then);

	chain->all_dead = chain->all_dead && dead;
	if (!chain->is_flat) {
		scope = build_open(fb, &test->iff.otherwise);
		vec_push(&fb->comp->arena, &chain->scopes, scope);
		return;
	}
	scope = build_open(fb, &test->iff.then);
	fb->dead = fb->dead || dead;
	build_break(fb, chain->label, arm->span);
	build_close(fb, scope);
}

static void match_chain(struct fn_build *fb, struct expr *expr, struct ir_expr *const *values,
			const struct dest *dest)
{
	struct arm_chain chain = {.fb = fb, .all_dead = true};
	const struct match_arm *fallback = find_default(expr);
	struct ir_stmt *block = ir_stmt_new(fb->comp, IR_STMT_BLOCK, expr->span);
	struct ir_stmt_vec *last;
	struct scope_mark scope = {fb->out, fb->dead};
	bool dead;

	chain.is_flat = expr->match.arms.len > CHAIN_NESTED_MAX;
	if (chain.is_flat) {
		block->block.label = chain.label = build_label(fb);
		scope = build_open(fb, &block->block.body);
	}
	vec_foreach (arm, &expr->match.arms) {
		if (!takes_all(arm->pattern))
			chain_arm(&chain, arm, pattern_cond(fb, values, arm->pattern), dest);
	}
	last = fb->out;
	dead = fallback ? build_arm(fb, fallback, dest, last) : build_no_arm(fb, expr, dest, last);
	fb->dead = fb->dead || dead;
	chain.all_dead = chain.all_dead && dead;
	while (chain.scopes.len)
		build_close(fb, chain.scopes.data[--chain.scopes.len]);
	if (chain.is_flat)
		build_block(fb, block, build_close(fb, scope));
	else
		fb->dead = scope.dead || chain.all_dead;
}

static bool is_switchable(const struct type *type)
{
	return type_is_integral(type) || type->kind == TYPE_CHAR || type->kind == TYPE_BOOL ||
	       type->kind == TYPE_BE;
}

void build_match(struct fn_build *fb, struct expr *expr, const struct dest *dest)
{
	struct ir_expr_vec values = {0};
	bool ranges = false;

	build_exprs(fb, expr->match.values.data, expr->match.values.len, NULL, &values);
	if (fb->dead)
		return;
	if (values.len == 1 && is_switchable(values.data[0]->type)) {
		vec_foreach (arm, &expr->match.arms)
			ranges = ranges || has_range(arm->pattern);
		/* Ranges are in host order. */
		if (ranges && values.data[0]->type->kind == TYPE_BE)
			values.data[0] = build_convert(
				fb, values.data[0],
				type_int(fb->comp, values.data[0]->type->size * 8, false));
		match_integer(fb, expr, values.data[0], dest);
		return;
	}
	vec_foreach (value, &values)
		*value = build_twice(fb, *value, "match");
	match_chain(fb, expr, values.data, dest);
}
