/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"

/* A match or if at the end of a function with a result is the result. */
static void take_last_value(struct sema *sema, const struct decl *fn, const struct type *type)
{
	const struct stmt_vec *stmts = &fn->fn.body->block.stmts;
	struct stmt *last = stmts->len ? stmts->data[stmts->len - 1] : NULL;

	if (type->kind != TYPE_FN || type->fn.result->kind == TYPE_VOID || fn->fn.result_variable ||
	    !last)
		return;
	if (body_gives_value(last))
		body_make_return(sema, last);
}

static void enter_parameters(struct sema *sema, const struct decl *fn)
{
	vec_foreach (param, &fn->fn.params) {
		if (param->variable)
			sema_enter(sema, param->variable);
	}
	if (fn->fn.result_variable)
		sema_enter(sema, fn->fn.result_variable);
}

static void check_body(struct sema *sema, struct decl *fn)
{
	take_last_value(sema, fn, fn->fn.type ? fn->fn.type : sema->comp->types->error);
	sema_scope_push(sema);
	enter_parameters(sema, fn);
	for (uint32_t i = 0; i < fn->fn.body->block.stmts.len; i++)
		body_statement(sema, fn->fn.body, i);
	sema_scope_pop(sema);
}

void sema_body(struct sema *sema, struct decl *fn)
{
	const struct type *type = sema_fn_type(sema, fn);
	uint32_t errors = sema->comp->error_count;
	struct body body = {0};

	if (!fn->fn.body)
		return;
	sema->fn = fn;
	sema->body = &body;
	sema->scope = NULL;
	sema->loop_depth = sema->defer_depth = sema->lock_depth = 0;
	check_body(sema, fn);
	sema->fn = NULL;
	sema->body = NULL;
	sema->scope = NULL;
	fn->fn.had_errors |=
		sema->comp->error_count != errors || body.has_errors || body_is_error(type);
}
