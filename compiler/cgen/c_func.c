/* SPDX-License-Identifier: Apache-2.0 */
/* Functions: prototypes, bodies, order, and calls of them. */
#include "cgen/c_flow.h"
#include "cgen/c_walk.h"
#include "ir/ir_walk.h"

#include <stdlib.h>
#include <string.h>

/* ---- variables that no text reads ---- */

enum {
	MARK = '\001' /* around a local's index in a function's text */
};

/*
 * Whether a variable is read is only known when the function has been written: a comparison that
 * has one result is left out, a copy needs no statement. Its declaration gets a mark, which then
 * becomes an attribute or nothing.
 */
const char *c_unused_mark(struct cgen *cg, const struct ir_local *local)
{
	return c_format(cg, "%c%u%c", MARK, local->index, MARK);
}

static const char *unused_attribute(const struct cgen *cg, uint32_t index)
{
	if (cg->locals[index].is_shown)
		return "";
	if (!cg->backend->is_kernel)
		return " KS_UNUSED";
	/* Kernel builds do not mind parameters. */
	return cg->func->locals.data[index]->is_param ? "" : " __maybe_unused";
}

void c_marks_resolve(struct cgen *cg, size_t start)
{
	struct strbuf *buf = cg->w.out;
	char *text = arena_strndup(&cg->comp->arena, buf->data + start, buf->len - start);

	buf->len = start;
	for (char *at = text, *mark; at; at = mark) {
		mark = strchr(at, MARK);
		if (mark)
			*mark = 0;
		strbuf_puts(buf, at);
		if (!mark)
			break;
		strbuf_puts(buf, unused_attribute(cg, (uint32_t)strtoul(mark + 1, &mark, 10)));
		mark++; /* the second one */
	}
}

/* ---- signatures ---- */

static const char *param_text(struct cgen *cg, const struct ir_local *param, const char *name)
{
	return c_format(cg, "%s%s", c_declare_param(cg, param->type, name),
			cg->func ? c_unused_mark(cg, param) : "");
}

/* A prototype shows the names of the source. */
static const char *param_name(struct cgen *cg, const struct ir_func *func, uint32_t index)
{
	const struct ir_local *param = func->params.data[index];

	if (cg->func)
		return cg->locals[param->index].name;
	if (cg->backend->param_name)
		return cg->backend->param_name(cg, func, index);
	return type_c_identifier(cg->comp, param->name);
}

static void note_return(struct ir_walk *walk, struct ir_stmt *stmt)
{
	*(bool *)walk->user |= stmt->kind == IR_STMT_RETURN;
}

/* A function that always throws leaves its result alone. */
static bool gives_result(const struct ir_func *func)
{
	bool found = false;
	struct ir_walk walk = {.user = &found, .stmt = note_return};

	ir_walk_stmts(&walk, (struct ir_stmt_vec *)&func->body);
	return found;
}

static const char *signature(struct cgen *cg, const struct ir_func *func, struct c_shape shape,
			     const char *record)
{
	const char *params = "", *head, *name = c_name(cg, func, func->name);
	const char *linkage = shape.linkage ? shape.linkage : "static";

	if (shape.takes_record) {
		params = c_format(cg, "void *%s", record ? record : "record");
	} else if (shape.params) {
		params = shape.params;
	} else {
		for (uint32_t i = 0; i < func->params.len; i++)
			params = c_format(
				cg, "%s%s%s", params, *params ? ", " : "",
				param_text(cg, func->params.data[i], param_name(cg, func, i)));
	}
	if (shape.has_error && func->result->kind != TYPE_VOID)
		params = c_format(
			cg, "%s%s%s%s", params, *params ? ", " : "",
			c_declare_param(cg, func->result,
					c_format(cg, "*%s", cg->result ? cg->result : "result")),
			gives_result(func) ? "" : " KS_UNUSED");
	head = c_format(cg, "%s(%s)", name, *params ? params : "void");
	if (shape.returns_int || shape.has_error)
		return c_format(cg, "%s int %s", linkage, head);
	return c_format(cg, "%s %s", linkage, c_declare_param(cg, func->result, head));
}

/* ---- definitions ---- */

/* Names that a back end gives parameters; before those that the function makes up. */
static void params_rename(struct cgen *cg)
{
	for (uint32_t i = 0; cg->backend->param_name && i < cg->func->params.len; i++) {
		struct c_local *info = &cg->locals[cg->func->params.data[i]->index];
		const char *name = cg->backend->param_name(cg, cg->func, i);

		if (strcmp(name, type_c_identifier(cg->comp, cg->func->params.data[i]->name)) != 0)
			info->name = c_local_name(cg, name);
	}
}

/* Array parameters are wrapped: their C name is the wrapper's member. */
static void params_unwrap(struct cgen *cg)
{
	vec_foreach (param, &cg->func->params) {
		struct c_local *info = &cg->locals[(*param)->index];

		if ((*param)->type->kind == TYPE_ARRAY)
			info->name = c_format(cg, "%s.a", info->name);
	}
}

static void record_unwrap(struct cgen *cg, const char *record)
{
	const struct ir_local *param = cg->func->params.data[0];
	const struct c_local *info = &cg->locals[param->index];

	if (!info->home)
		return;
	c_put_declaration(cg, c_format(cg, "%s%s = %s;", c_declare(cg, param->type, info->name),
				       c_unused_mark(cg, param), record));
}

void c_function_write(struct cgen *cg, const struct ir_func *func)
{
	struct c_shape shape = cg->backend->shape(cg, func);
	const char *record = NULL, *head;
	size_t start;

	cg->func = func;
	c_locals_analyse(cg);
	params_rename(cg);
	cg->returns_int = shape.returns_int || shape.has_error;
	cg->result = shape.has_error && func->result->kind != TYPE_VOID ? c_local_name(cg, "result")
									: NULL;
	if (shape.takes_record)
		record = c_local_name(cg, "record");
	head = signature(cg, func, shape, record);
	if (shape.takes_record && func->params.len && !cg->locals[0].home)
		head = signature(cg, func, shape, c_format(cg, "%s KS_UNUSED", record));
	cw_blank(&cg->w);
	if (func->doc)
		cw_comment(&cg->w, func->doc);
	start = cg->w.out->len;
	cw_open_function(&cg->w, "%s", head);
	cg->section = SECTION_START;
	params_unwrap(cg);
	if (shape.params && func->params.len)
		cg->locals[0].name = ptr_map_get(&cg->names, func->params.data[0]);
	if (shape.takes_record && func->params.len)
		record_unwrap(cg, record);
	c_stmts(cg, &func->body);
	if (cg->returns_int && ir_falls_through(&func->body))
		c_put(cg, "return 0;");
	c_flush_label(cg, false);
	cw_close(&cg->w, "%s", "");
	c_marks_resolve(cg, start);
	cg->func = NULL;
	cg->result = NULL;
}

/* ---- calls ---- */

struct c_text c_call(struct cgen *cg, const struct ir_expr *expr, const char *result)
{
	struct c_text callee = {"", PREC_PRIMARY};
	const char *args = "";

	if (expr->call.func)
		callee.text = c_name(cg, expr->call.func, expr->call.func->name);
	else
		callee = c_expr(cg, expr->call.pointer);
	vec_foreach (arg, &expr->call.args)
		args = c_format(cg, "%s%s%s", args, *args ? ", " : "", c_call_argument(cg, *arg));
	if (result)
		args = c_format(cg, "%s%s%s", args, *args ? ", " : "", result);
	return (struct c_text){c_format(cg, "%s(%s)", c_paren(cg, callee, PREC_POSTFIX), args),
			       PREC_POSTFIX};
}

/* ---- all functions ---- */

struct order {
	struct cgen *cg;
	struct ptr_map written;
	struct ir_func_vec early; /* called before they are written */
};

static void on_call(struct c_walker *walker, const struct ir_expr *expr)
{
	struct order *order = walker->user;
	struct ir_func *func = NULL;

	if (expr->kind == IR_EXPR_CALL)
		func = expr->call.func;
	else if (expr->kind == IR_EXPR_FUNC)
		func = expr->func;
	if (!func || func->target != order->cg->backend->target ||
	    ptr_map_get(&order->written, func))
		return;
	ptr_map_set(&order->written, func, func);
	vec_push(&order->cg->comp->arena, &order->early, func);
}

void c_prototypes_write(struct cgen *cg)
{
	struct order order = {.cg = cg};
	struct c_walker walker = {.user = &order, .expr = on_call};

	ptr_map_init(&order.written, &cg->comp->arena);
	vec_foreach (func, &cg->funcs) {
		ptr_map_set(&order.written, *func, *func);
		c_walk_stmts(&walker, &(*func)->body);
	}
	cw_blank(&cg->w);
	vec_foreach (func, &order.early)
		cw_line(&cg->w, "%s;", signature(cg, *func, cg->backend->shape(cg, *func), NULL));
}

void c_functions_write(struct cgen *cg)
{
	c_prototypes_write(cg);
	vec_foreach (func, &cg->funcs)
		c_function_write(cg, *func);
}
