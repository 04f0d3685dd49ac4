/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Branches that give a value: ?:, if, match. All arms convert to one type: the one that the context
 * expects, else the common type of their values.
 */
#include "sema/body.h"

/* ---- the common type ---- */

static const struct type *mix(struct sema *sema, const struct expr *value, const struct type *type,
			      const char *what)
{
	return body_error(sema, DIAG_TYPE_MIX, value->span,
			  "%s have one type: `%s` and `%s` differ", what, body_type(sema, type),
			  body_type(sema, value->type));
}

static bool is_plain_constant(const struct expr *value)
{
	return value->constant.kind == CONSTANT_INT && value->type->kind == TYPE_INT;
}

static const struct expr *first_constant(const struct expr_vec *values)
{
	uint32_t i = 0;

	while (!is_plain_constant(values->data[i]))
		i++;
	return values->data[i];
}

/* The type that holds values of both; NULL when there is none. */
static const struct type *join_types(struct sema *sema, const struct type *a, const struct type *b)
{
	enum region region;

	if (type_same(a, b)) {
		if (a->kind == TYPE_PTR && body_region_join(a->ptr.region, b->ptr.region, &region))
			return type_with_region(sema->comp, a, region);
		return a;
	}
	if (type_is_integral(a) && type_is_integral(b)) {
		if (a->kind == TYPE_ENUM && b->kind == TYPE_ENUM)
			return NULL;
		return type_common(sema->comp, type_underlying(a), type_underlying(b));
	}
	if (a->kind == TYPE_NULL)
		return b->kind == TYPE_PTR || b->kind == TYPE_FN ? b : NULL;
	if (b->kind == TYPE_NULL)
		return a->kind == TYPE_PTR || a->kind == TYPE_FN ? a : NULL;
	if ((a->kind == TYPE_STR && b->kind == TYPE_STR) ||
	    (a->kind == TYPE_FLOAT && b->kind == TYPE_FLOAT))
		return a->size > b->size ? a : b;
	return NULL;
}

/*
 * Constants alone: u32, u64 when one needs it, i64 when one is negative; one that a cast gave its
 * type has that.
 */
static const struct type *join_constants(struct sema *sema, const struct type *type,
					 const struct expr *value)
{
	const struct type_table *types = sema->comp->types;
	const struct type *own = value->kind == EXPR_CAST
					 ? value->type
					 : sema_constant_default(sema, &value->constant);
	const struct type *joined;

	if (!type || type == own)
		return own;
	joined = join_types(sema, type, own);
	if (joined)
		return joined;
	return type == types->i64 || own == types->i64 ? types->i64 : types->u64;
}

const struct type *body_common_type(struct sema *sema, const struct expr_vec *values,
				    const char *what)
{
	const struct type *type = NULL, *constants = NULL;
	bool ok = true;

	vec_foreach (value, values) {
		const struct type *own = (*value)->type, *joined;

		if (body_is_error(own))
			return own;
		if (own->kind == TYPE_PTR)
			own = type_with_region(sema->comp, own, sema_region(*value));
		if (is_plain_constant(*value)) {
			constants = join_constants(sema, constants, *value);
			continue;
		}
		joined = type ? join_types(sema, type, own) : own;
		if (!joined)
			return mix(sema, *value, type, what);
		type = joined;
	}
	/* Constants take the type of the other values; only beside an enum they count as numbers.
	 */
	if (type && constants && type->kind == TYPE_ENUM)
		type = type_underlying(type);
	if (type && constants && type->kind != TYPE_INT && type->kind != TYPE_BE)
		return mix(sema, first_constant(values), type, what);
	if (!type)
		type = constants;
	vec_foreach (value, values)
		ok &= sema_convert(sema, *value, type, "this value");
	return ok ? type : sema->comp->types->error;
}

/* ---- arms ---- */

void body_arms_begin(struct sema *sema, struct arms *arms, struct expr *of,
		     const struct type *expected)
{
	*arms = (struct arms){.of = of};
	arms->is_value = of != sema->discard;
	arms->is_tail = of == sema->tail;
	if (expected && !body_is_error(expected) && expected->kind != TYPE_VOID)
		arms->expected = expected;
}

void body_arm_value(struct sema *sema, struct arms *arms, struct expr *value)
{
	const struct expr *discard = sema->discard, *tail = sema->tail;

	if (!arms->is_value) {
		sema->discard = value;
		sema_expr(sema, value, NULL);
		arms->has_effect |= body_has_effect(value);
	} else {
		if (arms->is_tail)
			sema->tail = value;
		body_value(sema, value, arms->expected);
		vec_push(&sema->comp->arena, &arms->values, value);
	}
	sema->discard = discard;
	sema->tail = tail;
}

/* An `if` statement as a value: an EXPR statement with the same parts. */
static void make_if_value(struct sema *sema, struct stmt *stmt)
{
	struct expr *expr = ast_expr(sema->comp, EXPR_IF, stmt->span);

	expr->iff.conds = stmt->iff.conds;
	expr->iff.then = stmt->iff.then;
	expr->iff.otherwise = stmt->iff.otherwise;
	if (expr->iff.otherwise && expr->iff.otherwise->kind == STMT_IF)
		make_if_value(sema, expr->iff.otherwise);
	stmt->kind = STMT_EXPR;
	stmt->expr.value = expr;
}

void body_arm_block(struct sema *sema, struct arms *arms, struct stmt *block)
{
	struct stmt_vec *stmts = &block->block.stmts;
	struct stmt *last = stmts->len ? stmts->data[stmts->len - 1] : NULL;

	if (!arms->is_value) {
		body_block(sema, block);
		arms->has_effect = true;
		return;
	}
	if (last && last->kind == STMT_IF && body_gives_value(last))
		make_if_value(sema, last);
	sema_scope_push(sema);
	vec_foreach (stmt, stmts) {
		if (*stmt == last && last->kind == STMT_EXPR &&
		    !(last->expr.value->kind == EXPR_MATCH && body_leaves(last)))
			body_arm_value(sema, arms, last->expr.value);
		else
			body_statement(sema, block, (uint32_t)(stmt - stmts->data));
	}
	sema_scope_pop(sema);
	if ((!last || last->kind != STMT_EXPR) && !body_leaves(block))
		body_error(sema, DIAG_MISSING_VALUE, block->block.close,
			   "this branch ends without a value");
}

const struct type *body_arms_end(struct sema *sema, struct arms *arms)
{
	const struct type *type = arms->expected;
	enum region region = REGION_ANY;
	bool ok = true;

	if (!arms->is_value) {
		if (!arms->has_effect)
			body_error(sema, DIAG_NO_EFFECT, arms->of->span,
				   "no arm of this has an effect");
		return sema->comp->types->void_;
	}
	/* Every arm leaves. */
	if (!arms->values.len)
		return type ? type : sema->comp->types->void_;
	if (!type)
		return body_common_type(sema, &arms->values,
					arms->of->kind == EXPR_MATCH ? "the arms of a match"
								     : "both branches");
	vec_foreach (value, &arms->values) {
		ok &= sema_convert(sema, *value, type, "this branch");
		if (ok && type->kind == TYPE_PTR && (*value)->type->kind == TYPE_PTR)
			body_region_join(region, sema_region(*value), &region);
	}
	return ok ? type_with_region(sema->comp, type, region) : sema->comp->types->error;
}

const struct type *body_check_cond(struct sema *sema, struct expr *expr,
				   const struct type *expected)
{
	bool ok = body_condition(sema, expr->cond.cond);
	const struct type *type;
	struct arms arms;

	body_arms_begin(sema, &arms, expr, expected);
	body_arm_value(sema, &arms, expr->cond.then);
	body_arm_value(sema, &arms, expr->cond.otherwise);
	type = body_arms_end(sema, &arms);
	if (ok && !body_is_error(type))
		sema_fold(sema, expr);
	return ok ? type : sema->comp->types->error;
}

const struct type *body_check_if(struct sema *sema, struct expr *expr, const struct type *expected)
{
	struct stmt *otherwise = expr->iff.otherwise;
	uint32_t guards = sema->body->guards.len;
	struct arms arms;

	body_arms_begin(sema, &arms, expr, expected);
	sema_scope_push(sema);
	body_conditions(sema, &expr->iff.conds);
	body_arm_block(sema, &arms, expr->iff.then);
	sema_scope_pop(sema);
	sema->body->guards.len = guards;
	if (otherwise && otherwise->kind == STMT_EXPR)
		body_arm_value(sema, &arms, otherwise->expr.value);
	else if (otherwise)
		body_arm_block(sema, &arms, otherwise);
	else if (arms.is_value)
		return body_error(sema, DIAG_MISSING_VALUE, expr->span,
				  "an `if` that gives a value needs an `else`");
	return body_arms_end(sema, &arms);
}

/* ---- forms ---- */

static bool match_leaves(const struct expr *match)
{
	vec_foreach (arm, &match->match.arms) {
		if (!arm->block || !body_leaves(arm->block))
			return false;
	}
	return match->match.arms.len > 0;
}

static bool expr_leaves(const struct expr *expr)
{
	const struct stmt *otherwise;
	const struct expr *callee;

	switch (expr->kind) {
	case EXPR_MATCH:
		return match_leaves(expr);
	case EXPR_IF:
		otherwise = expr->iff.otherwise;
		return otherwise && body_leaves(expr->iff.then) && body_leaves(otherwise);
	case EXPR_CALL:
		callee = expr->call.callee;
		return callee->ref.kind == REF_BUILTIN && callee->ref.builtin->id == BUILTIN_PANIC;
	default:
		return false;
	}
}

static bool try_leaves(const struct stmt *stmt)
{
	bool leaves = body_leaves(stmt->tri.body);

	vec_foreach (clause, &stmt->tri.catches)
		leaves &= body_leaves(clause->block);
	return leaves;
}

bool body_leaves(const struct stmt *stmt)
{
	switch (stmt->kind) {
	case STMT_RETURN:
	case STMT_THROW:
	case STMT_BREAK:
	case STMT_CONTINUE:
	case STMT_ERROR:
		return true;
	case STMT_BLOCK:
		vec_foreach (inner, &stmt->block.stmts) {
			if (body_leaves(*inner))
				return true;
		}
		return false;
	case STMT_IF:
		return stmt->iff.otherwise && body_leaves(stmt->iff.then) &&
		       body_leaves(stmt->iff.otherwise);
	case STMT_TRY:
		return try_leaves(stmt);
	case STMT_EXPR:
		return expr_leaves(stmt->expr.value);
	case STMT_VAR:
	case STMT_CONST:
	case STMT_ASSIGN:
	case STMT_WHILE:
	case STMT_FOR:
	case STMT_FOR_MAP:
	case STMT_DEFER:
	case STMT_DELETE:
	case STMT_LOCK:
		break;
	}
	return false;
}

/* Whether a branch gives a value: certainly, perhaps (a call), not, or is never left at its end. */
enum gives {
	GIVES_NO,
	GIVES_LEAVES,
	GIVES_PERHAPS,
	GIVES_VALUE
};

static enum gives block_gives(const struct stmt *block);

static enum gives both_give(enum gives a, enum gives b)
{
	if (a == GIVES_NO || b == GIVES_NO)
		return GIVES_NO;
	return a > b ? a : b;
}

static enum gives expr_gives(const struct expr *expr)
{
	enum gives gives = GIVES_LEAVES;

	if (expr->kind == EXPR_CALL)
		return GIVES_PERHAPS;
	if (expr->kind != EXPR_MATCH)
		return GIVES_VALUE;
	vec_foreach (arm, &expr->match.arms)
		gives = both_give(gives, arm->block ? block_gives(arm->block) : GIVES_VALUE);
	return gives;
}

static enum gives stmt_gives(const struct stmt *stmt)
{
	if (stmt->kind == STMT_EXPR)
		return expr_gives(stmt->expr.value);
	if (stmt->kind == STMT_IF && stmt->iff.otherwise)
		return both_give(block_gives(stmt->iff.then), block_gives(stmt->iff.otherwise));
	return body_leaves(stmt) ? GIVES_LEAVES : GIVES_NO;
}

static enum gives block_gives(const struct stmt *block)
{
	const struct stmt_vec *stmts = &block->block.stmts;

	if (block->kind != STMT_BLOCK)
		return stmt_gives(block);
	if (!stmts->len)
		return GIVES_NO;
	return body_leaves(block) ? GIVES_LEAVES : stmt_gives(stmts->data[stmts->len - 1]);
}

bool body_gives_value(const struct stmt *stmt)
{
	bool is_branch = stmt->kind == STMT_IF ||
			 (stmt->kind == STMT_EXPR && stmt->expr.value->kind == EXPR_MATCH);

	return is_branch && stmt_gives(stmt) >= GIVES_PERHAPS;
}

void body_make_return(struct sema *sema, struct stmt *stmt)
{
	struct expr *value;

	if (stmt->kind == STMT_IF)
		make_if_value(sema, stmt);
	value = stmt->expr.value;
	stmt->kind = STMT_RETURN;
	stmt->ret.value = value;
	stmt->ret.otherwise = NULL;
}
