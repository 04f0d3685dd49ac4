/* SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir_verify.h"

static bool is_int_like(const struct type *type)
{
	switch (type->kind) {
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_ENUM:
		return true;
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_FLOAT:
	case TYPE_STR:
	case TYPE_ARRAY:
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_STRUCT:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		return false;
	}
	return false;
}

static bool is_byte(const struct type *type)
{
	return type->kind == TYPE_CHAR || (type->kind == TYPE_INT && type->size == 1);
}

/* str(N), or an array of bytes or chars: what string operations take. */
static bool is_text(const struct type *type)
{
	return type->kind == TYPE_STR || (type->kind == TYPE_ARRAY && is_byte(type->array.elem));
}

static bool is_number(const struct type *type)
{
	return type_is_integral(type) || type->kind == TYPE_FLOAT;
}

static bool is_pointer(const struct type *type)
{
	return type->kind == TYPE_PTR || type->kind == TYPE_FN;
}

static const char *name_of(struct ir_verifier *verifier, const struct type *type)
{
	return type ? type_name(verifier->module->comp, type) : "no type";
}

void ir_verify_same(struct ir_verifier *verifier, const char *what, const struct type *wanted,
		    const struct type *found)
{
	if (!wanted || !found)
		ir_verify_fail(verifier, "%s has no type", what);
	else if (wanted != found && !type_same(wanted, found))
		ir_verify_fail(verifier, "%s is %s, not %s", what, name_of(verifier, found),
			       name_of(verifier, wanted));
}

void ir_verify_local(struct ir_verifier *verifier, const struct ir_local *local)
{
	const struct ir_local_vec *locals = &verifier->func->locals;

	if (!local)
		ir_verify_fail(verifier, "a local is missing");
	else if (local->index >= locals->len || locals->data[local->index] != local)
		ir_verify_fail(verifier, "local `%s` is not of this function", local->name);
}

static void verify_deref(struct ir_verifier *verifier, const struct ir_place *place)
{
	const struct ir_expr *pointer = place->deref.pointer;

	ir_verify_expr(verifier, pointer);
	if (verifier->failed)
		return;
	if (pointer->type->kind != TYPE_PTR) {
		ir_verify_fail(verifier, "a dereference of %s", name_of(verifier, pointer->type));
		return;
	}
	if (pointer->type->ptr.target->kind != TYPE_VOID)
		ir_verify_same(verifier, "what a pointer points to", pointer->type->ptr.target,
			       place->type);
}

static void verify_index(struct ir_verifier *verifier, const struct ir_place *place)
{
	const struct type *base = place->index.base->type;
	const struct ir_expr *index = place->index.index;

	ir_verify_place(verifier, place->index.base);
	ir_verify_expr(verifier, index);
	if (verifier->failed)
		return;
	if (base->kind != TYPE_ARRAY) {
		ir_verify_fail(verifier, "an index on %s", name_of(verifier, base));
		return;
	}
	ir_verify_same(verifier, "an element", base->array.elem, place->type);
	if (index->type->kind != TYPE_INT)
		ir_verify_fail(verifier, "an index of type %s", name_of(verifier, index->type));
	if (!place->index.checked && index->kind == IR_EXPR_CONST &&
	    index->bits >= base->array.count)
		ir_verify_fail(verifier, "an unchecked constant index outside the array");
}

void ir_verify_place(struct ir_verifier *verifier, const struct ir_place *place)
{
	if (!place || !place->type) {
		ir_verify_fail(verifier, "a place is missing or has no type");
		return;
	}
	switch (place->kind) {
	case IR_PLACE_LOCAL:
		ir_verify_local(verifier, place->local);
		if (!verifier->failed)
			ir_verify_same(verifier, "a local", place->local->type, place->type);
		break;
	case IR_PLACE_GLOBAL:
		if (!place->global || verifier->module->globals.len <= place->global->index ||
		    verifier->module->globals.data[place->global->index] != place->global)
			ir_verify_fail(verifier, "a global is not of this module");
		else
			ir_verify_same(verifier, "a global", place->global->type, place->type);
		break;
	case IR_PLACE_DEREF:
		verify_deref(verifier, place);
		break;
	case IR_PLACE_FIELD:
		ir_verify_place(verifier, place->field.base);
		if (verifier->failed)
			break;
		if (place->field.base->type->kind != TYPE_STRUCT || !place->field.field)
			ir_verify_fail(verifier, "a field of %s",
				       name_of(verifier, place->field.base->type));
		else
			ir_verify_same(verifier, "a field", place->field.field->type, place->type);
		break;
	case IR_PLACE_INDEX:
		verify_index(verifier, place);
		break;
	}
}

static void verify_unary(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	const struct type *type = expr->unary.operand->type;

	ir_verify_same(verifier, "an operand", expr->type, type);
	switch (expr->unary.op) {
	case UNARY_NOT:
		if (type->kind != TYPE_BOOL)
			ir_verify_fail(verifier, "! of %s", name_of(verifier, type));
		break;
	case UNARY_NEG:
		if (!is_number(type))
			ir_verify_fail(verifier, "- of %s", name_of(verifier, type));
		break;
	case UNARY_BITNOT:
		if (!is_int_like(type))
			ir_verify_fail(verifier, "~ of %s", name_of(verifier, type));
		break;
	case UNARY_DEREF:
	case UNARY_ADDR:
		ir_verify_fail(verifier, "a unary operator that must be a place");
		break;
	}
}

static void verify_arithmetic(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	const struct type *left = expr->binary.left->type, *right = expr->binary.right->type;
	enum binary_op op = expr->binary.op;
	bool bitwise = op == BINARY_AND || op == BINARY_OR || op == BINARY_XOR;

	if (op > BINARY_SHR)
		ir_verify_fail(verifier, "a BINARY with operator %s", ast_binary_text(op));
	ir_verify_same(verifier, "a left operand", expr->type, left);
	if (op == BINARY_SHL || op == BINARY_SHR) {
		if (right->kind != TYPE_INT || right->integer.is_signed)
			ir_verify_fail(verifier, "a shift count of %s", name_of(verifier, right));
	} else {
		ir_verify_same(verifier, "a right operand", expr->type, right);
	}
	if (bitwise ? !is_int_like(left) : !is_number(left))
		ir_verify_fail(verifier, "arithmetic on %s", name_of(verifier, left));
}

static void verify_compare(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	const struct type *left = expr->binary.left->type;
	enum binary_op op = expr->binary.op;

	if (op < BINARY_EQ || op > BINARY_GE)
		ir_verify_fail(verifier, "a COMPARE with operator %s", ast_binary_text(op));
	ir_verify_same(verifier, "a right operand", left, expr->binary.right->type);
	ir_verify_same(verifier, "a comparison", verifier->module->comp->types->bool_, expr->type);
	if (!type_is_scalar(left) && left->kind != TYPE_HANDLE && left->kind != TYPE_PERF)
		ir_verify_fail(verifier, "a comparison of %s", name_of(verifier, left));
}

/* The kinds of source and result of each conversion. */
static bool convert_fits(enum ir_convert how, const struct type *to, const struct type *from)
{
	switch (how) {
	case IR_CONVERT_INT:
		return is_int_like(to) && is_int_like(from) && to->kind != TYPE_BOOL;
	case IR_CONVERT_BOOL:
		return to->kind == TYPE_BOOL &&
		       (is_int_like(from) || is_pointer(from) || from->kind == TYPE_FLOAT ||
			from->kind == TYPE_HANDLE || from->kind == TYPE_PERF);
	case IR_CONVERT_SWAP:
		return is_int_like(to) && is_int_like(from) && to->size == from->size &&
		       (to->kind == TYPE_BE) != (from->kind == TYPE_BE);
	case IR_CONVERT_BITS:
		return is_int_like(to) && is_int_like(from) && to->size == from->size;
	case IR_CONVERT_TO_FLOAT:
		return to->kind == TYPE_FLOAT && is_int_like(from);
	case IR_CONVERT_FROM_FLOAT:
		return is_int_like(to) && from->kind == TYPE_FLOAT;
	case IR_CONVERT_FLOAT:
		return to->kind == TYPE_FLOAT && from->kind == TYPE_FLOAT;
	case IR_CONVERT_POINTER:
		return is_pointer(to) && is_pointer(from);
	case IR_CONVERT_PTR_INT:
		return is_int_like(to) && is_pointer(from);
	case IR_CONVERT_INT_PTR:
		return is_pointer(to) && is_int_like(from);
	case IR_CONVERT_STR:
		return is_text(to) && is_text(from);
	case IR_CONVERT_ARRAY:
		return to->kind == TYPE_ARRAY && from->kind == TYPE_ARRAY &&
		       to->array.elem == from->array.elem;
	}
	return false;
}

static void verify_text_pair(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	if (!is_text(expr->binary.left->type) ||
	    (expr->kind != IR_EXPR_STR_AT && !is_text(expr->binary.right->type)))
		ir_verify_fail(verifier, "a string operation on %s",
			       name_of(verifier, expr->binary.left->type));
	if (expr->kind == IR_EXPR_STR_AT && expr->binary.right->type->kind != TYPE_INT)
		ir_verify_fail(verifier, "a string index that is no integer");
}

static void verify_elems(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	const struct ir_expr_vec *elems = &expr->elems;
	bool is_struct = expr->kind == IR_EXPR_STRUCT;

	if (expr->type->kind != (is_struct ? TYPE_STRUCT : TYPE_ARRAY)) {
		ir_verify_fail(verifier, "an aggregate of type %s", name_of(verifier, expr->type));
		return;
	}
	if (elems->len > (is_struct ? expr->type->strukt->fields.len : expr->type->array.count)) {
		ir_verify_fail(verifier, "an aggregate has too many elements");
		return;
	}
	for (uint32_t i = 0; i < elems->len; i++) {
		const struct ir_expr *elem = elems->data[i];

		if (!elem)
			continue;
		ir_verify_expr(verifier, elem);
		ir_verify_same(verifier, "an element",
			       is_struct ? expr->type->strukt->fields.data[i].type
					 : expr->type->array.elem,
			       elem->type);
	}
}

static void verify_binary(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	ir_verify_expr(verifier, expr->binary.left);
	ir_verify_expr(verifier, expr->binary.right);
	if (verifier->failed)
		return;
	if (expr->kind == IR_EXPR_BINARY) {
		verify_arithmetic(verifier, expr);
	} else if (expr->kind == IR_EXPR_COMPARE) {
		verify_compare(verifier, expr);
	} else if (expr->kind == IR_EXPR_LOGAND || expr->kind == IR_EXPR_LOGOR) {
		ir_verify_same(verifier, "a condition", expr->type, expr->binary.left->type);
		ir_verify_same(verifier, "a condition", expr->type, expr->binary.right->type);
	} else if (expr->kind == IR_EXPR_PTR_ADD || expr->kind == IR_EXPR_PTR_DIFF) {
		if (expr->binary.left->type->kind != TYPE_PTR)
			ir_verify_fail(verifier, "pointer arithmetic on %s",
				       name_of(verifier, expr->binary.left->type));
	} else {
		verify_text_pair(verifier, expr);
	}
}

static void verify_select(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	ir_verify_expr(verifier, expr->select.cond);
	ir_verify_expr(verifier, expr->select.then);
	ir_verify_expr(verifier, expr->select.otherwise);
	if (verifier->failed)
		return;
	if (expr->select.cond->type->kind != TYPE_BOOL)
		ir_verify_fail(verifier, "a SELECT on %s",
			       name_of(verifier, expr->select.cond->type));
	ir_verify_same(verifier, "a SELECT's value", expr->type, expr->select.then->type);
	ir_verify_same(verifier, "a SELECT's value", expr->type, expr->select.otherwise->type);
}

static void verify_const(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	unsigned bits;
	uint64_t high;

	if (is_pointer(expr->type) || expr->type->kind == TYPE_HANDLE ||
	    expr->type->kind == TYPE_PERF) {
		if (expr->bits)
			ir_verify_fail(verifier, "a pointer constant that is not null");
		return;
	}
	if (!is_int_like(expr->type)) {
		ir_verify_fail(verifier, "a CONST of type %s", name_of(verifier, expr->type));
		return;
	}
	bits = expr->type->size * 8;
	if (bits >= 64 || !bits)
		return;
	high = expr->bits >> (bits - 1);
	if (type_is_signed(expr->type) ? high != 0 && high != UINT64_MAX >> (bits - 1) : high > 1)
		ir_verify_fail(verifier, "a CONST that does not fit %s",
			       name_of(verifier, expr->type));
}

static void verify_kind(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	switch (expr->kind) {
	case IR_EXPR_CONST:
		verify_const(verifier, expr);
		break;
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
		break;
	case IR_EXPR_LOAD:
	case IR_EXPR_ADDR:
		ir_verify_place(verifier, expr->place);
		if (!verifier->failed && expr->kind == IR_EXPR_LOAD)
			ir_verify_same(verifier, "a LOAD", expr->place->type, expr->type);
		else if (!verifier->failed && expr->type->kind != TYPE_PTR)
			ir_verify_fail(verifier, "an ADDR that is no pointer");
		break;
	case IR_EXPR_UNARY:
		ir_verify_expr(verifier, expr->unary.operand);
		if (!verifier->failed)
			verify_unary(verifier, expr);
		break;
	case IR_EXPR_CONVERT:
	case IR_EXPR_STR_LEN:
		ir_verify_expr(verifier, expr->convert.operand);
		if (!verifier->failed && expr->kind == IR_EXPR_CONVERT &&
		    !convert_fits(expr->convert.how, expr->type, expr->convert.operand->type))
			ir_verify_fail(verifier, "a conversion %d from %s to %s", expr->convert.how,
				       name_of(verifier, expr->convert.operand->type),
				       name_of(verifier, expr->type));
		break;
	case IR_EXPR_SELECT:
		verify_select(verifier, expr);
		break;
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
		verify_elems(verifier, expr);
		break;
	case IR_EXPR_BINARY:
	case IR_EXPR_COMPARE:
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
		verify_binary(verifier, expr);
		break;
	case IR_EXPR_CALL:
	case IR_EXPR_OP:
		ir_verify_fail(verifier, "an effect inside an expression");
		break;
	}
}

void ir_verify_expr(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	if (verifier->failed)
		return;
	if (!expr || !expr->type)
		ir_verify_fail(verifier, "an expression is missing or has no type");
	else
		verify_kind(verifier, expr);
}

static void verify_args(struct ir_verifier *verifier, const struct ir_expr_vec *args)
{
	vec_foreach (arg, args)
		ir_verify_expr(verifier, *arg);
}

static void verify_call(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	const struct ir_func *callee = expr->call.func;
	const struct ir_expr_vec *args = &expr->call.args;

	verify_args(verifier, args);
	if (!callee) {
		ir_verify_expr(verifier, expr->call.pointer);
		return;
	}
	if (callee->target != verifier->func->target)
		ir_verify_fail(verifier, "a call of `%s` of another target", callee->name);
	if (args->len != callee->params.len) {
		ir_verify_fail(verifier, "a call of `%s` with %u arguments, not %u", callee->name,
			       args->len, callee->params.len);
		return;
	}
	for (uint32_t i = 0; i < args->len && !verifier->failed; i++)
		ir_verify_same(verifier, "an argument", callee->params.data[i]->type,
			       args->data[i]->type);
	ir_verify_same(verifier, "a call's result", callee->result, expr->type);
	if (callee->throws != (expr->call.error != NULL))
		ir_verify_fail(verifier, "a call of `%s` %s an error local", callee->name,
			       callee->throws ? "without" : "with");
	if (expr->call.error)
		ir_verify_local(verifier, expr->call.error);
}

static void verify_op(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	verify_args(verifier, &expr->op.args);
	vec_foreach (piece, &expr->op.print) {
		if (piece->arg)
			ir_verify_expr(verifier, piece->arg);
	}
	if (expr->op.place)
		ir_verify_place(verifier, expr->op.place);
	if (expr->op.map_pointer)
		ir_verify_expr(verifier, expr->op.map_pointer);
	if (expr->op.buffer)
		ir_verify_local(verifier, expr->op.buffer);
	if (expr->op.op >= IR_OP_MAP_LOOKUP && expr->op.op <= IR_OP_RINGBUF_ON_EVENT &&
	    expr->op.op != IR_OP_RINGBUF_SUBMIT && expr->op.op != IR_OP_RINGBUF_DISCARD &&
	    !expr->op.map)
		ir_verify_fail(verifier, "%s without a map", ir_op_name(expr->op.op));
}

void ir_verify_root(struct ir_verifier *verifier, const struct ir_expr *expr)
{
	if (verifier->failed)
		return;
	if (!expr || !expr->type)
		ir_verify_fail(verifier, "an expression is missing or has no type");
	else if (expr->kind == IR_EXPR_CALL)
		verify_call(verifier, expr);
	else if (expr->kind == IR_EXPR_OP)
		verify_op(verifier, expr);
	else
		ir_verify_expr(verifier, expr);
}
