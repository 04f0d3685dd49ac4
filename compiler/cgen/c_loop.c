/* SPDX-License-Identifier: Apache-2.0 */
/* The heads of loops. */
#include "cgen/c_flow.h"

/* Does the bound keep its value while the loop runs? */
static bool is_stable(struct cgen *cg, const struct ir_expr *expr, const struct ir_stmt_vec *body)
{
	const struct ir_local *local;

	if (expr->kind == IR_EXPR_CONST)
		return true;
	if (expr->kind != IR_EXPR_LOAD || expr->place->kind != IR_PLACE_LOCAL)
		return false;
	local = expr->place->local;
	return !cg->locals[local->index].is_addressed && !c_is_changed(body, local);
}

/*
 * The bound as it is used: its own text, or a variable that holds it. That is declared beside the
 * counter (`start` gets the text) where both can be.
 */
static const char *for_end(struct cgen *cg, const struct ir_stmt *stmt, const char **start)
{
	const struct ir_expr *to = stmt->range.to;
	const char *text = c_argument(cg, to), *name;

	if (is_stable(cg, to, &stmt->range.body))
		return c_paren(cg, c_expr(cg, to), PREC_SHIFT);
	name = c_local_name(cg, "end");
	if (*start && !stmt->range.inclusive)
		*start = c_format(cg, "%s, %s = %s", *start, name, text);
	else
		c_put_declaration(cg,
				  c_format(cg, "%s = %s;", c_declare(cg, to->type, name), text));
	return name;
}

void c_put_for(struct cgen *cg, const struct ir_stmt *stmt, struct c_position at)
{
	const struct ir_local *local = stmt->range.local;
	struct c_local *info = &cg->locals[local->index];
	const struct ir_expr *to = stmt->range.to;
	const char *name = info->name, *start, *end, *again;
	uint64_t max = UINT64_MAX >> (64 - local->type->size * 8 + type_is_signed(local->type));

	if (to->kind == IR_EXPR_CONST && !stmt->range.inclusive && !to->bits &&
	    !type_is_signed(local->type))
		return; /* no unsigned number is below 0 */
	start = c_argument(cg, stmt->range.from);
	if (c_declares_here(cg, local, at)) {
		start = c_format(cg, "%s = %s", c_declare(cg, local->type, name), start);
		end = for_end(cg, stmt, &start);
	} else {
		end = for_end(cg, stmt, &(const char *){NULL});
		start = c_format(cg, "%s = %s", name, start);
	}
	info->is_declared = true;
	if (!stmt->range.inclusive) {
		start = c_format(cg, "for (%s; %s < %s; %s++)", start, name, end, name);
	} else if (to->kind == IR_EXPR_CONST && to->bits != max) {
		start = c_format(cg, "for (%s; %s <= %s; %s++)", start, name, end, name);
	} else {
		/* Counts on only below the end, which may be the last number there is. */
		again = c_local_name(cg, "more");
		c_put_declaration(
			cg, c_format(cg, "bool %s = %s <= %s;", again,
				     c_paren(cg, c_expr(cg, stmt->range.from), PREC_SHIFT), end));
		start = c_format(cg, "for (%s; %s; %s = %s++ < %s)", start, again, again, name,
				 end);
	}
	c_put_loop(cg, start, &stmt->range.body, stmt->range.label, "", "");
}

static const struct ir_local *tested_local(const struct ir_expr *cond)
{
	if (cond->kind != IR_EXPR_LOAD || cond->place->kind != IR_PLACE_LOCAL)
		return NULL;
	return cond->place->local;
}

/*
 * `t = stopping; if (t) break;` at the end of an endless loop, which the builder makes of
 * `while (true)`: do { } while (!ks_stopping()).
 */
static bool ends_by_stopping(struct cgen *cg, const struct ir_stmt *loop)
{
	const struct ir_stmt_vec *body = &loop->block.body;
	const struct ir_stmt *set, *test;

	if (body->len < 2)
		return false;
	set = body->data[body->len - 2];
	test = body->data[body->len - 1];
	return set->kind == IR_STMT_SET && set->set.value->kind == IR_EXPR_OP &&
	       set->set.value->op.op == IR_OP_STOPPING && test->kind == IR_STMT_IF &&
	       tested_local(test->iff.cond) == set->set.local && !test->iff.otherwise.len &&
	       test->iff.then.len == 1 && test->iff.then.data[0]->kind == IR_STMT_BREAK &&
	       test->iff.then.data[0]->label == loop->block.label &&
	       cg->locals[set->set.local->index].reads == 1;
}

void c_put_endless(struct cgen *cg, const struct ir_stmt *stmt)
{
	struct ir_stmt_vec body = stmt->block.body;
	const struct ir_stmt *set;

	if (!ends_by_stopping(cg, stmt)) {
		c_put_loop(cg, "for (;;)", &stmt->block.body, stmt->block.label, "", "");
		return;
	}
	set = body.data[body.len - 2];
	cg->locals[set->set.local->index].home = NULL;
	cg->cut_list = &stmt->block.body;
	c_put_loop(cg, "do", &stmt->block.body, stmt->block.label, "",
		   c_format(cg, " while (!%s);", c_expr(cg, set->set.value).text));
}

void c_put_for_map(struct cgen *cg, const struct ir_stmt *stmt)
{
	const struct ir_local *key = stmt->each.key, *buffer = stmt->each.buffer;
	const struct ir_local *entry = stmt->each.entry;
	const char *first = "";

	if (entry && !cg->locals[entry->index].buffer && cg->locals[entry->index].is_read)
		first = c_format(cg, "%s = &%s;", cg->locals[entry->index].name,
				 c_local_text(cg, buffer));
	c_put_loop(cg,
		   c_format(cg, "ks_for_each(&%s, %s, %s)",
			    c_name(cg, stmt->each.map, stmt->each.map->name),
			    key && cg->locals[key->index].is_read
				    ? c_format(cg, "&%s", c_local_text(cg, key))
				    : "NULL",
			    buffer && cg->locals[buffer->index].is_read
				    ? c_format(cg, "&%s", c_local_text(cg, buffer))
				    : "NULL"),
		   &stmt->each.body, stmt->each.label, first, "");
}
