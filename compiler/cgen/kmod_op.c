/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of module code. */
#include "cgen/kmod.h"

#include <string.h>

static struct c_text postfix(const char *text)
{
	return (struct c_text){text, PREC_POSTFIX};
}

static const char *argument(struct cgen *cg, const struct ir_expr *expr, uint32_t index)
{
	if (index >= expr->op.args.len)
		internal_error(cg->comp, expr->span, "%s has no argument %u",
			       ir_op_name(expr->op.op), index);
	return c_argument(cg, expr->op.args.data[index]);
}

/* The text is the format: its per cent signs are doubled. */
static struct c_text panic_text(struct cgen *cg, const struct ir_expr *expr)
{
	const char *where = c_where(cg, expr->span), *from = expr->op.text;
	char *text = arena_alloc(&cg->comp->arena, strlen(from) * 2 + 2), *at = text;

	for (; *from; from++) {
		*at++ = *from;
		if (*from == '%')
			*at++ = '%';
	}
	*at++ = '\n';
	return postfix(c_format(cg, "WARN(true, %s \": \" %s)", where,
				c_quoted(cg->comp, text, (size_t)(at - text))));
}

static struct c_text alloc_text(struct cgen *cg, const struct ir_expr *expr)
{
	const char *type = c_type(cg, expr->type->ptr.target);

	return postfix(c_format(cg, "kzalloc(sizeof(%s), %s)", type,
				expr->op.args.len ? argument(cg, expr, 0) : "GFP_KERNEL"));
}

/* The kernel's `char *` and `unsigned long *` are ours of u8 and u64: `void *` serves both. */
static bool needs_cast(const struct type *pointer)
{
	const struct type *target = pointer->ptr.target;

	return target->kind != TYPE_STRUCT && target->kind != TYPE_VOID && target->kind != TYPE_FN;
}

/* Text goes by its address. */
static struct c_text extern_text(struct cgen *cg, const struct ir_expr *expr)
{
	const char *args = "", *text;

	vec_foreach (arg, &expr->op.args) {
		const struct type *type = (*arg)->type;
		const char *one = c_argument(cg, *arg);

		if (type->kind == TYPE_STR || type->kind == TYPE_ARRAY)
			one = c_format(cg, "(void *)%s", c_text_pointer(cg, *arg));
		else if (type->kind == TYPE_PTR && needs_cast(type))
			one = c_format(cg, "(void *)%s", c_paren(cg, c_expr(cg, *arg), PREC_UNARY));
		args = c_format(cg, "%s%s%s", args, *args ? ", " : "", one);
	}
	text = c_format(cg, "%s(%s)", expr->op.symbol, args);
	if (expr->type->kind != TYPE_PTR)
		return postfix(text);
	return (struct c_text){c_format(cg, "(%s)%s", c_type(cg, expr->type), text), PREC_UNARY};
}

struct c_text kmod_op(struct cgen *cg, const struct ir_expr *expr)
{
	switch (expr->op.op) {
	case IR_OP_PRINT:
		return postfix(c_format(cg, "pr_info(%s)", c_print_arguments(cg, expr, "\n")));
	case IR_OP_PANIC:
		return panic_text(cg, expr);
	case IR_OP_ALLOC:
		return alloc_text(cg, expr);
	case IR_OP_FREE:
		return postfix(c_format(cg, "kfree(%s)", argument(cg, expr, 0)));
	case IR_OP_INDEX_ADDR:
		return postfix(c_format(cg, "KS_ELEM_ADDR(%s, %s)",
					c_place(cg, expr->op.place).text, argument(cg, expr, 0)));
	case IR_OP_PACKET_WINDOW:
		return kmod_window(cg, expr);
	case IR_OP_ATOMIC_XCHG:
		return postfix(c_format(cg, "__atomic_exchange_n(%s, %s, __ATOMIC_SEQ_CST)",
					argument(cg, expr, 0), argument(cg, expr, 1)));
	case IR_OP_ATOMIC_CAS:
		return postfix(c_format(cg, "__sync_val_compare_and_swap(%s, %s, %s)",
					argument(cg, expr, 0), argument(cg, expr, 1),
					argument(cg, expr, 2)));
	case IR_OP_ATOMIC_FETCH_ADD:
		return postfix(c_format(cg, "__atomic_fetch_add(%s, %s, __ATOMIC_SEQ_CST)",
					argument(cg, expr, 0), argument(cg, expr, 1)));
	case IR_OP_EXTERN:
		return extern_text(cg, expr);
	default: /* tidy: kmod_check() has refused the rest */
		break;
	}
	internal_error(cg->comp, expr->span, "%s in a kernel module", ir_op_name(expr->op.op));
}
