/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"

static void check_body(struct sema *sema, struct stmt *body)
{
	sema->loop_depth++;
	body_block(sema, body);
	sema->loop_depth--;
}

void body_check_while(struct sema *sema, struct stmt *stmt)
{
	body_not_locked(sema, stmt->span, "a loop");
	body_condition(sema, stmt->whil.cond);
	check_body(sema, stmt->whil.body);
}

/* ---- for (i in a..b) ---- */

static bool check_bound(struct sema *sema, struct expr *bound)
{
	if (!body_value(sema, bound, NULL))
		return false;
	if (type_is_integral(bound->type))
		return true;
	body_error(sema, DIAG_TYPE_MISMATCH, bound->span,
		   "the bounds of a loop are integers, found %s", body_found(sema, bound));
	if (bound->type->kind == TYPE_BE)
		diag_help(sema->comp, "swap it: `as u%u`", type_bits(bound->type));
	return false;
}

static const struct type *bounds_type(struct sema *sema, struct stmt *stmt)
{
	struct expr *from = stmt->range.from, *to = stmt->range.to;
	bool ok = check_bound(sema, from);
	const struct type *type;

	if (!check_bound(sema, to) || !ok)
		return sema->comp->types->error;
	type = sema_balance(sema, from, to, span_join(from->span, to->span));
	if (type->kind != TYPE_ENUM)
		return type;
	type = type_underlying(type);
	sema_convert(sema, from, type, "the first bound");
	sema_convert(sema, to, type, "the last bound");
	return type;
}

void body_check_for(struct sema *sema, struct stmt *stmt)
{
	const struct type *type;

	body_not_locked(sema, stmt->span, "a loop");
	type = bounds_type(sema, stmt);
	sema_scope_push(sema);
	stmt->range.variable = sema_declare(sema, stmt->range.name, type);
	stmt->range.variable->is_immutable = true;
	check_body(sema, stmt->range.body);
	sema_scope_pop(sema);
}

/* ---- for (k, v) in m ---- */

/* The map that is walked over; NULL after a report. */
static struct decl *walked_map(struct sema *sema, struct expr *expr)
{
	struct decl *map;

	sema_expr(sema, expr, NULL);
	if (expr->type->kind != TYPE_MAP) {
		if (!body_is_error(expr->type))
			body_error(sema, DIAG_TYPE_MISMATCH, expr->span,
				   "a loop over entries needs the name of a map, found %s",
				   body_found(sema, expr));
		return NULL;
	}
	map = expr->type->map;
	if (!body_map_can(sema, map, MAP_OP_ITERATE, expr->span, "walk over"))
		return NULL;
	if (expr->kind != EXPR_NAME && expr->kind != EXPR_FIELD) {
		body_unsupported(sema, expr->span, "a loop over %s",
				 body_is_cpu_view(expr) ? "one CPU's view of a map"
							: "an inner map");
		return NULL;
	}
	return map;
}

void body_check_for_map(struct sema *sema, struct stmt *stmt)
{
	const struct type *error = sema->comp->types->error;
	struct variable *key, *value;
	struct decl *map;

	body_not_locked(sema, stmt->span, "a loop");
	map = walked_map(sema, stmt->each.map);
	sema_scope_push(sema);
	key = sema_declare(sema, stmt->each.key, map && map->map.key ? map->map.key : error);
	value = sema_declare(sema, stmt->each.value,
			     map && map->map.value ? map->map.value : error);
	if (map && map->map.value && map->map.value->kind != TYPE_PTR) {
		value->entry_map = map;
		value->entry_is_reference = type_is_aggregate(value->type);
		value->entry_present = true;
	}
	stmt->each.key_variable = key;
	stmt->each.value_variable = value;
	check_body(sema, stmt->each.body);
	sema_scope_pop(sema);
}

/* ---- break, continue ---- */

void body_check_jump(struct sema *sema, const struct stmt *stmt)
{
	const char *word = stmt->kind == STMT_BREAK ? "`break`" : "`continue`";

	if (!sema->loop_depth) {
		body_error(sema, DIAG_BREAK_OUTSIDE, stmt->span, "%s stands in no loop", word);
		return;
	}
	if (sema->body->in_defer && sema->loop_depth == sema->body->defer_loops)
		body_error(sema, DIAG_DEFER, stmt->span, "%s would leave the deferred code", word);
	if (sema->lock_depth && sema->loop_depth == sema->body->lock_loops)
		body_not_locked(sema, stmt->span, word);
}
