/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"
#include "sema/decl.h"

#include <string.h>

/* ---- expression statements ---- */

bool body_has_effect(const struct expr *expr)
{
	switch (expr->kind) {
	case EXPR_CALL:
	case EXPR_MATCH:
	case EXPR_IF:
	case EXPR_ERROR:
		return true;
	case EXPR_COND:
		return body_has_effect(expr->cond.then) || body_has_effect(expr->cond.otherwise);
	case EXPR_INT:
	case EXPR_FLOAT:
	case EXPR_CHAR:
	case EXPR_STRING:
	case EXPR_BOOL:
	case EXPR_NULL:
	case EXPR_NAME:
	case EXPR_UNARY:
	case EXPR_BINARY:
	case EXPR_CAST:
	case EXPR_INDEX:
	case EXPR_FIELD:
	case EXPR_ARRAY:
	case EXPR_STRUCT:
	case EXPR_NEW:
	case EXPR_SIZEOF:
		break;
	}
	return false;
}

/* Whether the statement is the first thing on its line and starts like a continued expression. */
static bool looks_continued(const struct sema *sema, const struct stmt *stmt)
{
	const struct source *source = sema->comp->sources.files.data[stmt->span.file];
	uint32_t at = stmt->span.start;

	if (at >= source->len || !strchr("-&*([", source->text[at]) || !source->text[at])
		return false;
	while (at && (source->text[at - 1] == ' ' || source->text[at - 1] == '\t'))
		at--;
	return at && source->text[at - 1] == '\n';
}

static void report_no_effect(struct sema *sema, const struct stmt *stmt, const struct stmt *before)
{
	const struct expr *value = stmt->expr.value;
	struct span gap = stmt->span;

	body_error(sema, DIAG_NO_EFFECT, value->span, "this statement has no effect");
	if (before && before->span.end < stmt->span.start && looks_continued(sema, stmt)) {
		diag_help(sema->comp, "a line that starts so begins a statement; to continue the "
				      "one before, join the lines or end that line with the "
				      "operator");
		gap.start = before->span.end;
		gap.end = stmt->span.start;
		diag_edit(sema->comp, gap, " ");
	} else if (value->kind == EXPR_BINARY && value->binary.op == BINARY_EQ) {
		diag_help(sema->comp, "an assignment has one `=`");
	}
}

static void check_expr(struct sema *sema, struct stmt *stmt, const struct stmt *before)
{
	struct expr *value = stmt->expr.value;
	const struct expr *discard = sema->discard;

	sema->discard = value;
	sema_expr(sema, value, NULL);
	sema->discard = discard;
	if (!body_is_error(value->type) && !body_has_effect(value))
		report_no_effect(sema, stmt, before);
}

/* ---- var, const ---- */

static void check_var(struct sema *sema, struct stmt *stmt)
{
	const struct type *type;

	/* The name is not visible in the block for its absence. */
	if (stmt->var.otherwise)
		body_block(sema, stmt->var.otherwise);
	if (stmt->var.value) {
		stmt->var.variable = body_bind(sema, stmt->var.name, stmt->var.type,
					       stmt->var.value, stmt->var.otherwise != NULL);
		return;
	}
	type = sema_type(sema, stmt->var.type, false);
	sema_complete(sema, type);
	stmt->var.variable = sema_declare(sema, stmt->var.name, type);
}

static void check_const(struct sema *sema, struct stmt *stmt)
{
	struct decl *decl = ast_decl(sema->comp, DECL_CONST, stmt->span);
	struct variable *variable;

	decl->name = stmt->var.name;
	decl->var.type_expr = stmt->var.type;
	decl->var.value = stmt->var.value;
	decl->owner = sema->program;
	decl->visit_state = 2;
	decl_const_resolve(sema, decl);
	variable = sema_declare(sema, stmt->var.name, decl->var.type);
	variable->is_const = true;
	variable->is_immutable = true;
	variable->constant = decl->var.constant;
	variable->table = decl->is_table ? decl : NULL;
	stmt->var.variable = variable;
}

/* ---- if, return ---- */

static void check_if(struct sema *sema, struct stmt *stmt)
{
	uint32_t guards = sema->body->guards.len;

	sema_scope_push(sema);
	body_conditions(sema, &stmt->iff.conds);
	body_block(sema, stmt->iff.then);
	sema_scope_pop(sema);
	sema->body->guards.len = guards;
	if (stmt->iff.otherwise)
		sema_stmt(sema, stmt->iff.otherwise);
}

static const struct type *result_of(const struct sema *sema)
{
	const struct type *type = sema->fn->fn.type;

	return type && type->kind == TYPE_FN ? type->fn.result : sema->comp->types->error;
}

static void check_bare_return(struct sema *sema, const struct stmt *stmt)
{
	const struct type *result = result_of(sema);

	if (result->kind == TYPE_VOID || body_is_error(result) || sema->fn->fn.result_variable)
		return;
	body_error(sema, DIAG_MISSING_RETURN, stmt->span, "`%s` returns a `%s`",
		   sema->fn->name.text, body_type(sema, result));
}

/* A variable ends with its function; so does what its address is good for. */
static void check_lifetime(struct sema *sema, const struct expr *value)
{
	const struct expr *place = value->kind == EXPR_UNARY ? value->unary.operand : NULL;

	if (!place || value->unary.op != UNARY_ADDR || value->type->kind != TYPE_PTR)
		return;
	while ((place->kind == EXPR_FIELD && !place->field.arrow) ||
	       (place->kind == EXPR_INDEX && place->index.base->type->kind == TYPE_ARRAY))
		place = place->kind == EXPR_FIELD ? place->field.base : place->index.base;
	if (place->kind == EXPR_NAME && place->ref.kind == REF_VARIABLE &&
	    !place->ref.variable->entry_is_reference)
		body_error(sema, DIAG_NO_ADDRESS, value->span,
			   "`%s` ends with the function, so its address cannot be returned",
			   place->name.text);
}

static void check_value_return(struct sema *sema, const struct stmt *stmt)
{
	const struct type *result = result_of(sema);
	const struct expr *tail = sema->tail;
	struct expr *value = stmt->ret.value;

	if (result->kind == TYPE_VOID) {
		body_value(sema, value, NULL);
		body_error(sema, DIAG_TYPE_MISMATCH, value->span,
			   "`%s` has no result, so `return` takes no value", sema->fn->name.text);
		diag_help(sema->comp, "a result is declared by `-> type` after the parameters");
		return;
	}
	sema->tail = value;
	if (sema_expr_as(sema, value, result,
			 body_text(sema, "the result of `%s`", sema->fn->name.text))) {
		body_note_result(sema, sema->fn, value);
		check_lifetime(sema, value);
	}
	sema->tail = tail;
}

/* `return other(ctx) else VERDICT` */
static void check_verdict(struct sema *sema, const struct stmt *stmt)
{
	const struct expr *value = stmt->ret.value;
	struct expr *verdict = stmt->ret.otherwise;

	sema_expr_as(sema, verdict, result_of(sema), "the verdict");
	if (!body_is_error(value->type) && (value->kind != EXPR_CALL || !value->call.is_tail_call))
		body_error(sema, DIAG_TAIL_CALL, verdict->span,
			   "only handing over to another program can fail; this `else` is never "
			   "used");
}

void body_check_return(struct sema *sema, struct stmt *stmt)
{
	body_not_locked(sema, stmt->span, "`return`");
	if (sema->body->in_defer)
		body_error(sema, DIAG_DEFER, stmt->span,
			   "deferred code runs when the function returns; it cannot return itself");
	if (stmt->ret.value)
		check_value_return(sema, stmt);
	else
		check_bare_return(sema, stmt);
	if (stmt->ret.otherwise)
		check_verdict(sema, stmt);
}

/* ---- dispatch ---- */

static void check_kind(struct sema *sema, struct stmt *stmt, const struct stmt *before)
{
	switch (stmt->kind) {
	case STMT_BLOCK:
		body_block(sema, stmt);
		break;
	case STMT_VAR:
		check_var(sema, stmt);
		break;
	case STMT_CONST:
		check_const(sema, stmt);
		break;
	case STMT_ASSIGN:
		body_check_assign(sema, stmt);
		break;
	case STMT_EXPR:
		check_expr(sema, stmt, before);
		break;
	case STMT_RETURN:
		body_check_return(sema, stmt);
		break;
	case STMT_BREAK:
	case STMT_CONTINUE:
		body_check_jump(sema, stmt);
		break;
	case STMT_IF:
		check_if(sema, stmt);
		break;
	case STMT_WHILE:
		body_check_while(sema, stmt);
		break;
	case STMT_FOR:
		body_check_for(sema, stmt);
		break;
	case STMT_FOR_MAP:
		body_check_for_map(sema, stmt);
		break;
	case STMT_TRY:
		body_check_try(sema, stmt);
		break;
	case STMT_THROW:
		body_check_throw(sema, stmt);
		break;
	case STMT_DEFER:
		body_check_defer(sema, stmt);
		break;
	case STMT_DELETE:
		body_check_delete(sema, stmt);
		break;
	case STMT_LOCK:
		body_check_lock(sema, stmt);
		break;
	case STMT_ERROR:
		break;
	}
}

static void check_stmt(struct sema *sema, struct stmt *stmt, const struct stmt *before)
{
	if (sema->nesting >= SEMA_NESTING_MAX) {
		body_error(sema, DIAG_INTERNAL_LIMIT, stmt->span,
			   "statements are nested more than %d deep", SEMA_NESTING_MAX);
		return;
	}
	sema->nesting++;
	check_kind(sema, stmt, before);
	sema->nesting--;
}

void sema_stmt(struct sema *sema, struct stmt *stmt)
{
	check_stmt(sema, stmt, NULL);
}

void body_statement(struct sema *sema, const struct stmt *block, uint32_t index)
{
	struct stmt *const *stmts = block->block.stmts.data;

	check_stmt(sema, stmts[index], index ? stmts[index - 1] : NULL);
}

void body_block(struct sema *sema, struct stmt *block)
{
	if (block->kind != STMT_BLOCK) {
		sema_stmt(sema, block);
		return;
	}
	sema_scope_push(sema);
	for (uint32_t i = 0; i < block->block.stmts.len; i++)
		body_statement(sema, block, i);
	sema_scope_pop(sema);
}
