/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet behind `*xdp_md` and `*__sk_buff` in module code. Nothing but the bounds in the
 * kernel's own structs tells where it ends, so each access looks there: the function must have the
 * context as a parameter.
 */
#include "cgen/kmod.h"

#include <string.h>

static bool is_packet(const struct type *type)
{
	return type->kind == TYPE_PTR &&
	       (type->ptr.region == REGION_PACKET || type->ptr.region == REGION_WINDOW);
}

static bool has_packet(const struct type *type)
{
	const char *name;

	if (type->kind != TYPE_PTR || type->ptr.target->kind != TYPE_STRUCT)
		return false;
	name = type->ptr.target->strukt->name;
	return name && (!strcmp(name, "xdp_md") || !strcmp(name, "__sk_buff"));
}

const struct ir_local *kmod_packet_context(const struct ir_func *func)
{
	const struct ir_local *found = NULL;

	vec_foreach (param, &func->params) {
		if (!has_packet((*param)->type))
			continue;
		if (found)
			return NULL;
		found = *param;
	}
	return found;
}

/* ---- text ---- */

static const char *window_name(struct cgen *cg)
{
	return c_format(cg, "ks_%s_window",
			kmod_packet_context(cg->func)->type->ptr.target->strukt->name);
}

static const char *context_text(struct cgen *cg)
{
	return c_local_text(cg, kmod_packet_context(cg->func));
}

struct c_text kmod_window(struct cgen *cg, const struct ir_expr *expr)
{
	const struct type *target = expr->type->ptr.target;

	return (struct c_text){c_format(cg, "%s(%s, %s, sizeof(%s))", window_name(cg),
					context_text(cg), c_argument(cg, expr->op.args.data[0]),
					c_type(cg, target)),
			       PREC_POSTFIX};
}

/* The place as if its pointer needed no check. */
static struct ir_place *as_direct(struct cgen *cg, const struct ir_place *place)
{
	struct ir_place *copy = arena_new(&cg->comp->arena, struct ir_place);

	*copy = *place;
	if (place->kind == IR_PLACE_FIELD)
		copy->field.base = as_direct(cg, place->field.base);
	else
		copy->deref.access = IR_ACCESS_DIRECT;
	return copy;
}

const char *kmod_packet_text(struct cgen *cg, const struct ir_place *place)
{
	struct c_text address = c_place_address(cg, as_direct(cg, place));

	return c_format(cg, "KS_PACKET(%s, %s, %s)", window_name(cg), context_text(cg),
			c_macro_argument(cg, address.text));
}

/* ---- what is refused ---- */

struct check {
	struct compilation *comp;
	const struct ir_local *context;
	bool is_reported;
};

static void need_context(struct check *check, struct span span)
{
	if (check->context || check->is_reported)
		return;
	check->is_reported = true;
	diag_report(check->comp, DIAG_UNSUPPORTED, span,
		    "packet bytes in a function of a module that has no context as a parameter "
		    "are not compiled yet");
	diag_help(check->comp, "pass `*xdp_md` or `*__sk_buff`, and take the bytes from there");
}

/* A packet pointer that others would use without looking where the packet ends. */
static void check_given(struct check *check, const struct ir_expr *expr)
{
	if (expr && is_packet(expr->type) && expr->type->ptr.region == REGION_PACKET)
		diag_report(check->comp, DIAG_UNSUPPORTED, expr->span,
			    "a packet pointer without a window that leaves its function in module "
			    "code is not compiled yet");
}

static void check_expr(struct c_walker *walker, const struct ir_expr *expr)
{
	struct check *check = walker->user;

	if (expr->kind == IR_EXPR_OP && expr->op.op == IR_OP_PACKET_WINDOW)
		need_context(check, expr->span);
	if (expr->kind == IR_EXPR_CALL) {
		vec_foreach (arg, &expr->call.args)
			check_given(check, *arg);
	} else if (expr->kind == IR_EXPR_STRUCT || expr->kind == IR_EXPR_ARRAY) {
		vec_foreach (elem, &expr->elems)
			check_given(check, *elem);
	}
}

static void check_place(struct c_walker *walker, const struct ir_place *place)
{
	if (place->kind == IR_PLACE_DEREF && place->deref.access == IR_ACCESS_PACKET)
		need_context(walker->user, place->span);
}

/* The bytes of a `sk_buff` may be shared with clones of it: the verifier makes them ours first. */
static void check_written(struct check *check, const struct ir_place *place)
{
	const struct ir_place *root = ir_place_root((struct ir_place *)place);

	if (root->kind != IR_PLACE_DEREF || !is_packet(root->deref.pointer->type) ||
	    !check->context || strcmp(check->context->type->ptr.target->strukt->name, "__sk_buff"))
		return;
	diag_report(check->comp, DIAG_ASSIGN_IMMUTABLE, place->span,
		    "module code cannot change a packet behind `*__sk_buff`: others may share its "
		    "bytes");
	diag_help(check->comp, "let the program write them");
}

static void check_stmt(struct c_walker *walker, const struct ir_stmt *stmt, bool begin)
{
	struct check *check = walker->user;

	if (!begin)
		return;
	if (stmt->kind == IR_STMT_STORE || stmt->kind == IR_STMT_UPDATE) {
		check_written(check, stmt->store.place);
		if (stmt->kind == IR_STMT_STORE)
			check_given(check, stmt->store.value);
	} else if (stmt->kind == IR_STMT_RETURN && stmt->value) {
		check_given(check, stmt->value);
	}
}

void kmod_packet_check(struct cgen *cg, const struct ir_func *func)
{
	struct check check = {.comp = cg->comp, .context = kmod_packet_context(func)};
	struct c_walker walker = {
		.user = &check, .expr = check_expr, .place = check_place, .stmt = check_stmt};

	c_walk_stmts(&walker, &func->body);
}
