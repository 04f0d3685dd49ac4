/* SPDX-License-Identifier: Apache-2.0 */
#include "syntax/actions.h"

/* Chains such as `a.b.c` and `a + b + c` get deeper to the right. */
static bool grows_to_the_right(const struct expr *expr)
{
	return expr->kind == EXPR_BINARY || expr->kind == EXPR_CAST || expr->kind == EXPR_CALL ||
	       expr->kind == EXPR_INDEX || expr->kind == EXPR_FIELD;
}

/* Gives the node its depth above that of its parts; too deep ones become error nodes. */
static struct expr *finish(struct parser *p, struct expr *expr, uint32_t below)
{
	struct span place = expr->span;

	if (grows_to_the_right(expr))
		place.start = place.end - 1;
	expr->depth = depth_above(p, below, place);
	return expr->depth ? expr : ast_expr(p->comp, EXPR_ERROR, expr->span);
}

static uint32_t depth_of_all(const struct expr_vec *list)
{
	uint32_t depth = 0;

	vec_foreach (expr, list)
		depth = depth_max(depth, (*expr)->depth);
	return depth;
}

static struct expr *name_expr(struct parser *p, struct ast_name name)
{
	struct expr *expr = ast_expr(p->comp, EXPR_NAME, name.span);

	expr->name.text = name.text;
	return expr;
}

struct expr *expr_name(struct parser *p, struct ast_name name)
{
	if (name.text == p->null_word)
		return slip_null(p, name.span);
	return name_expr(p, name);
}

struct expr *expr_int(struct parser *p, enum expr_kind kind, uint64_t value, struct span span)
{
	struct expr *expr = ast_expr(p->comp, kind, span);

	expr->integer.value = value;
	return expr;
}

struct expr *expr_float(struct parser *p, double value, struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_FLOAT, span);

	expr->number.value = value;
	return expr;
}

struct expr *expr_string(struct parser *p, struct token_text text, struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_STRING, span);

	expr->string.text = text.text;
	expr->string.len = text.len;
	return expr;
}

struct expr *expr_parens(struct expr *expr, struct span span)
{
	expr->parenthesized = true;
	expr->span = span;
	return expr;
}

struct expr *expr_unary(struct parser *p, enum unary_op op, struct expr *operand, struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_UNARY, span);

	expr->unary.op = op;
	expr->unary.operand = operand;
	return finish(p, expr, operand->depth);
}

struct expr *expr_binary(struct parser *p, enum binary_op op, struct expr *left, struct expr *right,
			 struct span op_span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_BINARY, span_join(left->span, right->span));

	expr->binary.op = op;
	expr->binary.op_span = op_span;
	expr->binary.left = left;
	expr->binary.right = right;
	return finish(p, expr, depth_max(left->depth, right->depth));
}

struct expr *expr_cond(struct parser *p, struct expr *cond, struct expr *then,
		       struct expr *otherwise)
{
	struct expr *expr = ast_expr(p->comp, EXPR_COND, span_join(cond->span, otherwise->span));

	expr->cond.cond = cond;
	expr->cond.then = then;
	expr->cond.otherwise = otherwise;
	return finish(p, expr, depth_max(depth_max(cond->depth, then->depth), otherwise->depth));
}

struct expr *expr_cast(struct parser *p, struct expr *operand, struct type_expr *target,
		       struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_CAST, span);

	expr->cast.operand = operand;
	expr->cast.target = target;
	return finish(p, expr, depth_max(operand->depth, target->depth));
}

struct expr *expr_call(struct parser *p, struct expr *callee, struct expr_vec args,
		       struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_CALL, span);

	expr->call.callee = callee;
	expr->call.args = args;
	return finish(p, expr, depth_max(callee->depth, depth_of_all(&args)));
}

struct expr *expr_index(struct parser *p, struct expr *base, struct expr *index, struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_INDEX, span);

	expr->index.base = base;
	expr->index.index = index;
	return finish(p, expr, depth_max(base->depth, index->depth));
}

struct expr *expr_field(struct parser *p, struct expr *base, struct ast_name name, bool arrow,
			struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_FIELD, span);

	expr->field.base = base;
	expr->field.name = name;
	expr->field.arrow = arrow;
	return finish(p, expr, base->depth);
}

struct expr *expr_array(struct parser *p, struct expr_vec elems, struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_ARRAY, span);

	expr->array.elems = elems;
	return finish(p, expr, depth_of_all(&elems));
}

struct expr *expr_struct(struct parser *p, struct expr *name, struct expr *inits, struct span span)
{
	const struct expr *base = name->kind == EXPR_FIELD ? name->field.base : NULL;
	struct ast_name module = NO_NAME;

	inits->span = span;
	if (base && base->kind == EXPR_NAME && !name->field.arrow && !name->parenthesized) {
		module = (struct ast_name){base->name.text, base->span};
		inits->strukt.type = type_expr_named(p, module, name->field.name);
	} else if (name->kind == EXPR_NAME && !name->parenthesized) {
		inits->strukt.type =
			type_expr_named(p, module, (struct ast_name){name->name.text, name->span});
	} else {
		if (name->kind != EXPR_ERROR)
			parse_error(p, name->span,
				    "a type's name stands before the `{` of a value");
		return ast_expr(p->comp, EXPR_ERROR, span);
	}
	return finish(p, inits, inits->depth);
}

struct expr_vec match_values(struct parser *p, struct expr_vec values, struct span parens)
{
	if (!values.len)
		parse_error(p, parens, "`match` needs a value");
	return values;
}

struct expr *expr_match(struct parser *p, struct expr_vec values, struct match_arm_vec arms,
			struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_MATCH, span);
	uint32_t below = depth_of_all(&values);

	vec_foreach (arm, &arms)
		below = depth_max(below, arm->value ? arm->value->depth : arm->block->depth);
	expr->match.values = values;
	expr->match.arms = arms;
	return finish(p, expr, below);
}

struct expr *expr_if(struct parser *p, struct condition_vec conds, struct stmt *then,
		     struct stmt *otherwise, struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_IF, span);
	uint32_t below = depth_max(then->depth, otherwise->depth);

	vec_foreach (cond, &conds)
		below = depth_max(below, cond->value->depth);
	expr->iff.conds = conds;
	expr->iff.then = then;
	expr->iff.otherwise = otherwise;
	return finish(p, expr, below);
}

struct expr *expr_new(struct parser *p, struct type_expr *type, struct expr_vec args,
		      struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_NEW, span);

	expr->alloc.type = type;
	expr->alloc.args = args;
	return finish(p, expr, depth_max(type->depth, depth_of_all(&args)));
}

struct expr *expr_sizeof(struct parser *p, struct type_expr *type, struct expr *value,
			 struct span span)
{
	struct expr *expr = ast_expr(p->comp, EXPR_SIZEOF, span);

	expr->size.type = type;
	expr->size.value = value;
	return finish(p, expr, type ? type->depth : value->depth);
}

struct expr_vec exprs_add(struct parser *p, struct expr_vec list, struct expr *expr)
{
	vec_push(&p->comp->arena, &list, expr);
	return list;
}

struct expr_vec exprs_error(struct parser *p, struct span span)
{
	return exprs_add(p, NO_EXPRS, ast_expr(p->comp, EXPR_ERROR, span));
}

struct expr *inits_new(struct parser *p)
{
	struct expr *inits = ast_expr(p->comp, EXPR_STRUCT, parse_span(p, 0, 0));

	inits->depth = 0;
	return inits;
}

struct expr *inits_rest(struct expr *inits)
{
	inits->strukt.rest_zero = true;
	return inits;
}

struct expr *init_add(struct parser *p, struct expr *inits, struct ast_name name,
		      struct expr *value)
{
	struct field_init init = {.name = name, .value = value ? value : name_expr(p, name)};

	vec_push(&p->comp->arena, &inits->strukt.inits, init);
	inits->depth = (uint16_t)depth_max(inits->depth, init.value->depth);
	return inits;
}

struct match_arm *arm_new(struct parser *p, struct pattern *pattern, struct expr *value,
			  struct stmt *block, struct span span)
{
	struct match_arm *arm = arena_new(&p->comp->arena, struct match_arm);

	*arm = (struct match_arm){pattern, value, block, span};
	return arm;
}

struct match_arm *arm_tail(struct parser *p, struct pattern *pattern, struct expr *call,
			   struct expr *verdict, struct span span)
{
	struct span inside = span_join(call->span, verdict->span);
	struct stmt_vec stmts = {0};

	vec_push(&p->comp->arena, &stmts, stmt_return(p, call, verdict, inside));
	return arm_new(
		p, pattern, NULL,
		stmt_block(p, stmts, inside, (struct span){inside.file, inside.end, inside.end}),
		span);
}

struct match_arm_vec arm_add(struct parser *p, struct match_arm_vec list,
			     const struct match_arm *arm)
{
	if (arm)
		vec_push(&p->comp->arena, &list, *arm);
	return list;
}

struct pattern *pattern_range(struct parser *p, enum pattern_kind kind, struct expr *low,
			      struct expr *high, bool inclusive, struct span span)
{
	struct pattern *pattern = ast_pattern(p->comp, kind, span);

	pattern->low = low;
	pattern->high = high;
	pattern->inclusive = inclusive;
	return pattern;
}

/* `a | b | c` is one pattern of three parts. */
struct pattern *pattern_or(struct parser *p, struct pattern *left, struct pattern *right)
{
	struct pattern *pattern = left;
	struct span span = span_join(left->span, right->span);

	if (left->kind != PATTERN_OR) {
		pattern = ast_pattern(p->comp, PATTERN_OR, span);
		vec_push(&p->comp->arena, &pattern->parts, left);
	}
	pattern->span = span;
	vec_push(&p->comp->arena, &pattern->parts, right);
	return pattern;
}

struct pattern *pattern_tuple(struct parser *p, struct pattern_vec parts, struct span span)
{
	struct pattern *pattern;

	if (parts.len == 1)
		return parts.data[0];
	pattern = ast_pattern(p->comp, PATTERN_TUPLE, span);
	pattern->parts = parts;
	return pattern;
}

struct pattern_vec pattern_add(struct parser *p, struct pattern_vec list, struct pattern *pattern)
{
	vec_push(&p->comp->arena, &list, pattern);
	return list;
}
