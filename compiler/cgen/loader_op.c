/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations of user code, one row each: the call of the runtime as a template.
 *
 *	%m	the map's address		%b	the buffer's address
 *	%0 %1	arguments			%&0	the address of an argument's value
 *	%s0	an argument's text		%p0	the program that an argument names
 *	%*	all arguments			%w	where: "file:line"
 *	%t	what the result points to		%T0	an argument's type
 *	%i	the struct_ops implementation
 */
#include "cgen/loader.h"

#include "cgen/c_inline.h"
#include "ir/ir_eval.h"
#include "kernel/builtins.h"

#include <string.h>

static const char *const templates[IR_OP_COUNT] = {
	[IR_OP_MAP_LOOKUP] = "ks_map_get(%m, %&0, %b)",
	[IR_OP_MAP_UPDATE] = "ks_map_update(%m, %&0, %&1, %2)",
	[IR_OP_MAP_WRITE_BACK] = "ks_map_write_back(%m, %&0, %&1)",
	[IR_OP_MAP_DELETE] = "ks_map_delete(%m, %&0)",
	[IR_OP_MAP_LEN] = "ks_map_len(%m)",
	[IR_OP_MAP_CLEAR] = "ks_map_clear(%m)",
	[IR_OP_MAP_TAKE] = "ks_map_take(%m, %&0, %b)",
	[IR_OP_MAP_CPU_LOOKUP] = "ks_map_get_cpu(%m, %&0, %1, %b)",
	[IR_OP_MAP_CPU_UPDATE] = "ks_map_update_cpu(%m, %&0, %1, %&2)",
	[IR_OP_MAP_ZERO_CPUS] = "ks_map_zero_cpus(%m, %&0)",
	[IR_OP_MAP_PUSH] = "ks_map_push(%m, %&0, %1)",
	[IR_OP_MAP_POP] = "ks_map_pop(%m, %b)",
	[IR_OP_MAP_PEEK] = "ks_map_peek(%m, %b)",
	[IR_OP_RINGBUF_LOST] = "ks_ring_lost(%m)",
	[IR_OP_RINGBUF_ON_EVENT] = "ks_on_event(%m, %0)",
	[IR_OP_DISPATCH] = "ks_dispatch(%*)",
	[IR_OP_ATOMIC_XCHG] = "__atomic_exchange_n(%0, %1, __ATOMIC_SEQ_CST)",
	[IR_OP_ATOMIC_CAS] = "__sync_val_compare_and_swap(%0, %1, %2)",
	[IR_OP_ATOMIC_FETCH_ADD] = "__atomic_fetch_add(%0, %1, __ATOMIC_SEQ_CST)",
	[IR_OP_ALLOC] = "KS_NEW(%t, %w)",
	[IR_OP_FREE] = "ks_free(%0)",
	[IR_OP_LOAD] = "ks_load(%p0, %w)",
	[IR_OP_ATTACH_PERF] = "ks_attach_perf(%0, %&1, %2, %w)",
	[IR_OP_DETACH] = "ks_detach(%0)",
	[IR_OP_PERF_READ] = "ks_perf_read(%0)",
	[IR_OP_REGISTER] = "ks_register(%i, %w)",
	[IR_OP_UNREGISTER] = "ks_unregister(%i)",
	[IR_OP_EXEC] = "ks_exec(%s0, %w)",
	[IR_OP_DAEMON] = "ks_daemon(%w)",
	[IR_OP_STOPPING] = "ks_stopping()",
	[IR_OP_SLEEP] = "ks_sleep(%0)",
};

/* Builtins that have no operation of their own. */
static const char *const builtin_templates[BUILTIN_COUNT] = {
	[BUILTIN_PIN] = "ks_pin(%0, %s1, %w)",
	[BUILTIN_UNPIN] = "ks_unpin(%s0, %w)",
	[BUILTIN_READ_TEXT] = "ks_read_text(%0, %w)",
	[BUILTIN_RUN] = "ks_run(%0, %&1, sizeof(%T1), %w)",
};

/* ---- templates ---- */

static const struct ir_expr *arg_at(struct cgen *cg, const struct ir_expr *expr, unsigned index)
{
	if (index >= expr->op.args.len)
		internal_error(cg->comp, expr->span, "%s has no argument %u",
			       ir_op_name(expr->op.op), index);
	return expr->op.args.data[index];
}

static const char *all_args(struct cgen *cg, const struct ir_expr *expr)
{
	const char *text = "";

	vec_foreach (arg, &expr->op.args)
		text = c_format(cg, "%s%s%s", text, *text ? ", " : "", c_argument(cg, *arg));
	return text;
}

static const char *map_text(struct cgen *cg, const struct ir_expr *expr)
{
	if (expr->op.map_pointer)
		return c_argument(cg, expr->op.map_pointer);
	return c_format(cg, "&%s", c_name(cg, expr->op.map, expr->op.map->name));
}

/* What one %-word stands for; `at` is moved behind it. */
static const char *word_text(struct cgen *cg, const struct ir_expr *expr, const char **at)
{
	char c = *(*at)++;
	const struct ir_expr *arg;

	switch (c) {
	case 'm':
		return map_text(cg, expr);
	case 'b':
		return c_format(cg, "&%s", c_local_text(cg, expr->op.buffer));
	case 'w':
		return c_where(cg, expr->span);
	case 't':
		return c_type(cg, expr->type->ptr.target);
	case 'T':
		return c_type(cg, arg_at(cg, expr, (unsigned)(*(*at)++ - '0'))->type);
	case 'i':
		return c_format(cg, "&%s", c_name(cg, expr->op.impl, expr->op.impl->name));
	case '*':
		return all_args(cg, expr);
	case '&':
		return c_address(cg, arg_at(cg, expr, (unsigned)(*(*at)++ - '0')));
	case 's':
		return c_text_pointer(cg, arg_at(cg, expr, (unsigned)(*(*at)++ - '0')));
	case 'p':
		arg = arg_at(cg, expr, (unsigned)(*(*at)++ - '0'));
		return c_format(cg, "&%s", c_name(cg, arg->func, arg->func->name));
	}
	return c_argument(cg, arg_at(cg, expr, (unsigned)(c - '0')));
}

static struct c_text from_template(struct cgen *cg, const struct ir_expr *expr,
				   const char *template)
{
	const char *text = "";

	while (*template) {
		size_t len = strcspn(template, "%");

		text = c_format(cg, "%s%.*s", text, (int)len, template);
		template += len;
		if (*template ++ != '%')
			break;
		text = c_format(cg, "%s%s", text, word_text(cg, expr, &template));
	}
	return (struct c_text){text, PREC_POSTFIX};
}

/* ---- print ---- */

static struct c_text print_text(struct cgen *cg, const struct ir_expr *expr)
{
	return (struct c_text){c_format(cg, "ks_print(%s)", c_print_arguments(cg, expr, "")),
			       PREC_POSTFIX};
}

/* ---- C functions ---- */

/* Pointers to text differ in C where they are one in the language: `void *` goes everywhere. */
static struct c_text extern_text(struct cgen *cg, const struct ir_expr *expr)
{
	const char *args = "", *text;

	vec_foreach (arg, &expr->op.args) {
		const struct type *type = (*arg)->type;
		const char *one = c_argument(cg, *arg);

		if (type->kind == TYPE_STR || type->kind == TYPE_ARRAY)
			one = c_format(cg, "(void *)%s", c_text_pointer(cg, *arg));
		else if (type->kind == TYPE_PTR)
			one = c_format(cg, "(void *)%s", c_paren(cg, c_expr(cg, *arg), PREC_UNARY));
		args = c_format(cg, "%s%s%s", args, *args ? ", " : "", one);
	}
	text = c_format(cg, "%s(%s)", expr->op.symbol, args);
	if (expr->type->kind != TYPE_PTR)
		return (struct c_text){text, PREC_POSTFIX};
	return (struct c_text){c_format(cg, "(%s)%s", c_type(cg, expr->type), text), PREC_UNARY};
}

/* test(): a struct with `packet_size` describes a packet of zeroes, anything else is one. */
static struct c_text test_run(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *prog = arg_at(cg, expr, 0), *input = arg_at(cg, expr, 1);
	const char *data = c_address(cg, input), *size = c_format(cg, "%u", input->type->size);
	const char *interface = "0";
	uint32_t offset;

	if (input->type->kind == TYPE_STR) {
		data = c_text_pointer(cg, input);
		size = c_format(cg, "ks_str_len(%s)", data);
	} else if (input->type->kind == TYPE_STRUCT &&
		   type_field(input->type, intern_str(&cg->comp->names, "packet_size"), &offset)) {
		const char *value = c_paren(cg, c_expr(cg, input), PREC_POSTFIX);

		data = "NULL";
		size = c_format(cg, "%s.packet_size", value);
		if (type_field(input->type, intern_str(&cg->comp->names, "interface_id"), &offset))
			interface = c_format(cg, "%s.interface_id", value);
	}
	return (struct c_text){c_format(cg, "ks_test_run(&%s, %s, %s, %s, %s)",
					c_name(cg, prog->func, prog->func->name), data, size,
					interface, c_where(cg, expr->span)),
			       PREC_POSTFIX};
}

/* A name in capitals is a macro that makes a value of the type given first. */
static struct c_text builtin_text(struct cgen *cg, const struct ir_expr *expr)
{
	const char *symbol = expr->op.builtin->symbol;
	const char *args = all_args(cg, expr);

	if (!strncmp(symbol, "KS_", 3))
		args = c_format(cg, "%s, %s", c_type(cg, expr->type), args);
	return (struct c_text){c_format(cg, "%s(%s)", symbol, args), PREC_POSTFIX};
}

static struct c_text throw_text(struct cgen *cg, const struct ir_expr *expr)
{
	const char *name = expr->op.text;

	return (struct c_text){c_format(cg, "ks_throw(%s, %s, %s)",
					c_argument(cg, arg_at(cg, expr, 0)),
					name ? c_quoted(cg->comp, name, strlen(name)) : "NULL",
					c_where(cg, expr->span)),
			       PREC_POSTFIX};
}

static struct c_text unsupported(struct cgen *cg, const struct ir_expr *expr)
{
	const char *name = ir_op_name(expr->op.op);
	char *lower =
		arena_strdup(&cg->comp->arena, expr->op.builtin ? expr->op.builtin->name : name);

	for (char *c = lower; *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	diag_report(cg->comp, DIAG_UNSUPPORTED, expr->span, "`%s` in user code is not compiled yet",
		    lower);
	return (struct c_text){"0", PREC_PRIMARY};
}

/* ---- operations that look at their arguments ---- */

/* A literal of `opts` as one of the library: what is zero is left out. */
static const char *options_text(struct cgen *cg, const struct ir_expr *literal)
{
	const struct field_vec *fields = &literal->type->strukt->fields;
	const char *text = "";
	uint64_t bits;

	for (uint32_t i = 0; i < fields->len; i++) {
		const struct ir_expr *elem = literal->elems.data[i];

		if (!elem || (ir_is_const(elem, &bits) && !bits))
			continue;
		text = c_format(cg, "%s%s.%s = %s", text, *text ? ", " : "", fields->data[i].name,
				elem->type->kind == TYPE_STR ? c_text_pointer(cg, elem)
							     : c_argument(cg, elem));
	}
	return c_format(cg, "&(struct ks_opts){%s}", text);
}

/* attach(): to what a text names, with options, to a map, to a socket. */
static struct c_text attach_text(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *target = arg_at(cg, expr, 1);

	if (target->kind == IR_EXPR_MAP)
		return from_template(cg, expr, "ks_attach_map(%0, %1, %w)");
	if (target->type->kind == TYPE_STR)
		return from_template(cg, expr, "ks_attach(%0, %s1, %2, %w)");
	if (target->type->kind == TYPE_STRUCT)
		return (struct c_text){
			c_format(cg, "ks_attach_opts(%s, %s, %s)",
				 c_argument(cg, arg_at(cg, expr, 0)),
				 target->kind == IR_EXPR_STRUCT
					 ? options_text(cg, target)
					 : c_format(cg, "KS_OPTS(%s)",
						    c_paren(cg, c_expr(cg, target), PREC_POSTFIX)),
				 c_where(cg, expr->span)),
			PREC_POSTFIX};
	return from_template(cg, expr, "ks_attach_socket(%0, %1, %w)");
}

static struct c_text lookup_text(struct cgen *cg, const struct ir_expr *expr)
{
	if (expr->op.map->inner)
		return from_template(cg, expr, "ks_map_inner(%m, %&0)");
	if (!cg->locals[c_merged(cg, expr->op.buffer)->index].is_read)
		return from_template(cg, expr, "ks_map_has(%m, %&0)");
	return from_template(cg, expr, templates[IR_OP_MAP_LOOKUP]);
}

static struct c_text builtin_op(struct cgen *cg, const struct ir_expr *expr)
{
	const struct builtin *builtin = expr->op.builtin;

	if (builtin && builtin->id == BUILTIN_TEST_OUTPUT)
		return (struct c_text){c_format(cg, "ks_test_output(%u)", expr->type->size),
				       PREC_POSTFIX};
	if (builtin && builtin->id == BUILTIN_RUN && expr->op.args.len == 1)
		return from_template(cg, expr, "ks_run(%0, NULL, 0, %w)");
	if (builtin && builtin_templates[builtin->id])
		return from_template(cg, expr, builtin_templates[builtin->id]);
	if (builtin && builtin->symbol)
		return builtin_text(cg, expr);
	return unsupported(cg, expr);
}

static struct c_text special_text(struct cgen *cg, const struct ir_expr *expr)
{
	switch (expr->op.op) {
	case IR_OP_MAP_LOOKUP:
		return lookup_text(cg, expr);
	case IR_OP_MAP_UPDATE:
		if (arg_at(cg, expr, 1)->kind == IR_EXPR_MAP)
			return from_template(cg, expr, "ks_map_put_inner(%m, %&0, %1)");
		break;
	case IR_OP_MAP_PEEK:
		if (!expr->op.buffer)
			return from_template(cg, expr, "ks_bloom_has(%m, %&0)");
		break;
	case IR_OP_ATTACH:
		return attach_text(cg, expr);
	case IR_OP_DETACH:
		if (arg_at(cg, expr, 0)->type->kind == TYPE_PERF)
			return from_template(cg, expr, "ks_perf_detach(%0)");
		break;
	case IR_OP_INDEX_ADDR:
		return (struct c_text){c_format(cg, "KS_ELEM_ADDR(%s, %s)",
						c_place(cg, expr->op.place).text,
						c_expr(cg, arg_at(cg, expr, 0)).text),
				       PREC_POSTFIX};
	case IR_OP_PRINT:
		return print_text(cg, expr);
	case IR_OP_PANIC:
		return (struct c_text){
			c_format(cg, "ks_panic(%s, %s)",
				 c_quoted(cg->comp, expr->op.text, strlen(expr->op.text)),
				 c_where(cg, expr->span)),
			PREC_POSTFIX};
	case IR_OP_THROW_NOTE:
		return throw_text(cg, expr);
	case IR_OP_EXTERN:
		return extern_text(cg, expr);
	case IR_OP_TEST_RUN:
		return test_run(cg, expr);
	case IR_OP_BUILTIN:
		return builtin_op(cg, expr);
	default: /* tidy: the rows above say the rest */
		break;
	}
	if (!templates[expr->op.op])
		return unsupported(cg, expr);
	return from_template(cg, expr, templates[expr->op.op]);
}

struct c_text loader_op(struct cgen *cg, const struct ir_expr *expr)
{
	return special_text(cg, expr);
}
