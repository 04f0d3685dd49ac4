/* SPDX-License-Identifier: Apache-2.0 */
/* Scalar expressions. */
#include "bpf/bpf_gen.h"

static LLVMValueRef constant(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMTypeRef type = bpfgen_type(fn->gen, expr->type);

	if (LLVMGetTypeKind(type) != LLVMIntegerTypeKind || expr->type->kind == TYPE_PTR)
		return bpfgen_zero_value(fn->gen, expr->type); /* null */
	return bpfgen_int(fn->gen, type, expr->bits);
}

static LLVMValueRef unary(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMValueRef value = bpfgen_value(fn, expr->unary.operand);

	if (expr->unary.op == UNARY_NEG)
		return LLVMBuildNeg(fn->builder, value, "");
	return LLVMBuildNot(fn->builder, value, ""); /* ~ of integers, ! of i1 */
}

/* ---- comparisons ---- */

static LLVMIntPredicate predicate(enum binary_op op, bool is_signed)
{
	static const struct {
		LLVMIntPredicate if_unsigned, if_signed;
	} table[] = {
		[BINARY_EQ] = {LLVMIntEQ, LLVMIntEQ},	[BINARY_NE] = {LLVMIntNE, LLVMIntNE},
		[BINARY_LT] = {LLVMIntULT, LLVMIntSLT}, [BINARY_LE] = {LLVMIntULE, LLVMIntSLE},
		[BINARY_GT] = {LLVMIntUGT, LLVMIntSGT}, [BINARY_GE] = {LLVMIntUGE, LLVMIntSGE},
	};

	return is_signed ? table[op].if_signed : table[op].if_unsigned;
}

static bool is_null(const struct ir_expr *expr)
{
	return expr->kind == IR_EXPR_CONST && !expr->bits;
}

static LLVMValueRef packet_operand(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	if (is_null(expr))
		return LLVMConstInt(fn->gen->i64, (uint64_t)INT64_MIN, true);
	return bpfgen_packet_offset(fn, expr);
}

static LLVMValueRef compare(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	bool packet = bpfgen_is_packet(left->type) || bpfgen_is_packet(right->type);
	bool is_signed = packet || bpfgen_is_signed(left->type);
	LLVMValueRef reserved = is_null(right) ? bpfgen_reserved(fn, left) : NULL;
	LLVMValueRef a, b;

	if (reserved)
		return bpfgen_compare(fn, predicate(expr->binary.op, false), reserved,
				      bpfgen_i64(fn, 0));
	a = packet ? packet_operand(fn, left) : bpfgen_value(fn, left);
	b = packet ? packet_operand(fn, right) : bpfgen_value(fn, right);
	/* LLVM would join two tests for null to one of `a | b`, which pointers do not allow. */
	if (!packet && left->type->kind == TYPE_PTR)
		bpfgen_barrier(fn);
	return bpfgen_compare(fn, predicate(expr->binary.op, is_signed), a, b);
}

/* ---- control flow inside of expressions ---- */

void bpfgen_condition(struct bpfgen_fn *fn, const struct ir_expr *cond, LLVMBasicBlockRef then,
		      LLVMBasicBlockRef otherwise)
{
	LLVMBasicBlockRef next;

	switch (cond->kind) {
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
		next = bpfgen_block(fn, cond->kind == IR_EXPR_LOGAND ? "and" : "or");
		if (cond->kind == IR_EXPR_LOGAND)
			bpfgen_condition(fn, cond->binary.left, next, otherwise);
		else
			bpfgen_condition(fn, cond->binary.left, then, next);
		bpfgen_at(fn, next);
		bpfgen_condition(fn, cond->binary.right, then, otherwise);
		return;
	case IR_EXPR_UNARY:
		bpfgen_condition(fn, cond->unary.operand, otherwise, then);
		return;
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_LOAD:
	case IR_EXPR_ADDR:
	case IR_EXPR_BINARY:
	case IR_EXPR_COMPARE:
	case IR_EXPR_CONVERT:
	case IR_EXPR_SELECT:
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
	case IR_EXPR_STR_LEN:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
	case IR_EXPR_CALL:
	case IR_EXPR_OP:
		break;
	}
	bpfgen_branch(fn, bpfgen_value(fn, cond), then, otherwise);
}

/* && and || as values. */
static LLVMValueRef logical(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMBasicBlockRef yes = bpfgen_block(fn, "yes"), no = bpfgen_block(fn, "no");
	LLVMBasicBlockRef done = bpfgen_block(fn, "known");

	bpfgen_condition(fn, expr, yes, no);
	bpfgen_at(fn, yes);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, no);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	return bpfgen_phi(fn, fn->gen->i1, bpfgen_int(fn->gen, fn->gen->i1, 1), yes,
			  bpfgen_int(fn->gen, fn->gen->i1, 0), no);
}

static LLVMValueRef select_value(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMBasicBlockRef then = bpfgen_block(fn, "then"), otherwise = bpfgen_block(fn, "else");
	LLVMBasicBlockRef done = bpfgen_block(fn, "chosen"), from_then, from_otherwise;
	LLVMValueRef a, b;

	bpfgen_condition(fn, expr->select.cond, then, otherwise);
	bpfgen_at(fn, then);
	a = bpfgen_value_as(fn, expr->select.then, expr->type);
	from_then = bpfgen_here(fn);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, otherwise);
	b = bpfgen_value_as(fn, expr->select.otherwise, expr->type);
	from_otherwise = bpfgen_here(fn);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	return bpfgen_phi(fn, bpfgen_type(fn->gen, expr->type), a, from_then, b, from_otherwise);
}

/* ---- pointers ---- */

static LLVMValueRef pointer_add(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	uint32_t size = expr->binary.left->type->ptr.target->size;
	LLVMValueRef pointer, count;

	if (bpfgen_is_packet(expr->type))
		return bpfgen_packet_offset(fn, expr);
	pointer = bpfgen_value(fn, expr->binary.left);
	count = bpfgen_widen(fn, expr->binary.right);
	if (size > 1)
		count = LLVMBuildMul(fn->builder, count, bpfgen_i64(fn, size), "");
	return bpfgen_offset_by(fn, pointer, count);
}

static LLVMValueRef pointer_difference(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	bool packet = bpfgen_is_packet(left->type) || bpfgen_is_packet(right->type) ||
		      bpfgen_is_window(left->type);
	uint32_t size = left->type->ptr.target->size;
	LLVMValueRef a, b, bytes;

	if (packet) {
		a = bpfgen_packet_offset(fn, left);
		b = bpfgen_packet_offset(fn, right);
	} else {
		a = LLVMBuildPtrToInt(fn->builder, bpfgen_value(fn, left), fn->gen->i64, "");
		b = LLVMBuildPtrToInt(fn->builder, bpfgen_value(fn, right), fn->gen->i64, "");
	}
	/* Whole, or the verifier refuses it: no half of a pointer may be subtracted. */
	bytes = bpfgen_opaque(fn, LLVMBuildSub(fn->builder, a, b, ""));
	if (size <= 1)
		return bytes;
	return bpfgen_binary(fn, BINARY_DIV, fn->gen->comp->types->i64, bytes, bpfgen_i64(fn, size),
			     true);
}

/* ---- conversions ---- */

static LLVMValueRef truth(struct bpfgen_fn *fn, const struct ir_expr *operand)
{
	LLVMValueRef value = bpfgen_value(fn, operand);

	return bpfgen_compare(fn, LLVMIntNE, value, bpfgen_zero_value(fn->gen, operand->type));
}

LLVMValueRef bpfgen_convert(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	const struct ir_expr *operand = expr->convert.operand;
	LLVMTypeRef type;

	switch (expr->convert.how) {
	case IR_CONVERT_INT:
		type = bpfgen_type(fn->gen, expr->type);
		return bpfgen_resize(fn, bpfgen_value(fn, operand), operand->type, type);
	case IR_CONVERT_BOOL:
		return truth(fn, operand);
	case IR_CONVERT_SWAP:
		return bpfgen_bswap(fn, bpfgen_value(fn, operand));
	case IR_CONVERT_BITS:
		type = bpfgen_type(fn->gen, expr->type);
		return bpfgen_resize(fn, bpfgen_value(fn, operand), operand->type, type);
	case IR_CONVERT_POINTER:
		return bpfgen_value_as(fn, operand, expr->type);
	case IR_CONVERT_PTR_INT:
		type = bpfgen_type(fn->gen, expr->type);
		return LLVMBuildPtrToInt(fn->builder, bpfgen_value(fn, operand), type, "");
	case IR_CONVERT_INT_PTR:
		return LLVMBuildIntToPtr(fn->builder, bpfgen_widen(fn, operand), fn->gen->ptr, "");
	case IR_CONVERT_TO_FLOAT:
	case IR_CONVERT_FROM_FLOAT:
	case IR_CONVERT_FLOAT:
	case IR_CONVERT_STR:
	case IR_CONVERT_ARRAY:
		break;
	}
	internal_error(fn->gen->comp, expr->span, "a conversion to %s in bpf code",
		       type_name(fn->gen->comp, expr->type));
}

static LLVMValueRef function_address(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	return bpfgen_callee(fn->gen, expr->func, fn->callee)->llvm;
}

LLVMValueRef bpfgen_value_as(struct bpfgen_fn *fn, const struct ir_expr *expr,
			     const struct type *type)
{
	bool packet = bpfgen_is_packet(type);

	if (packet == bpfgen_is_packet(expr->type))
		return bpfgen_value(fn, expr);
	if (packet)
		return packet_operand(fn, expr);
	if (is_null(expr))
		return LLVMConstNull(fn->gen->ptr);
	return bpfgen_packet_raw(fn, bpfgen_packet_offset(fn, expr));
}

LLVMValueRef bpfgen_value(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	switch (expr->kind) {
	case IR_EXPR_CONST:
		return constant(fn, expr);
	case IR_EXPR_LOAD:
		return bpfgen_load(fn, expr->place);
	case IR_EXPR_ADDR:
		return bpfgen_address(fn, expr);
	case IR_EXPR_UNARY:
		return unary(fn, expr);
	case IR_EXPR_BINARY: {
		LLVMValueRef left = bpfgen_value(fn, expr->binary.left);
		LLVMValueRef right = bpfgen_value(fn, expr->binary.right);

		if (expr->binary.op == BINARY_SHL || expr->binary.op == BINARY_SHR)
			right = bpfgen_resize(fn, right, expr->binary.right->type,
					      LLVMTypeOf(left));
		return bpfgen_binary(fn, expr->binary.op, expr->type, left, right,
				     expr->binary.divisor_nonzero);
	}
	case IR_EXPR_COMPARE:
		return compare(fn, expr);
	case IR_EXPR_CONVERT:
		return bpfgen_convert(fn, expr);
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
		return logical(fn, expr);
	case IR_EXPR_SELECT:
		return select_value(fn, expr);
	case IR_EXPR_STR_LEN:
		return bpfgen_string_length(fn, expr->convert.operand);
	case IR_EXPR_STR_EQ:
		return bpfgen_string_equal(fn, expr);
	case IR_EXPR_STR_AT:
		return bpfgen_string_at(fn, expr);
	case IR_EXPR_PTR_ADD:
		return pointer_add(fn, expr);
	case IR_EXPR_PTR_DIFF:
		return pointer_difference(fn, expr);
	case IR_EXPR_FUNC:
		return function_address(fn, expr);
	case IR_EXPR_MAP:
		return bpfgen_map(fn->gen, expr->map);
	case IR_EXPR_CALL:
		return bpfgen_call(fn, expr, NULL);
	case IR_EXPR_OP:
		return bpfgen_op(fn, expr, NULL);
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
	case IR_EXPR_STR_CAT:
		break;
	}
	internal_error(fn->gen->comp, expr->span, "a %s as a scalar",
		       type_name(fn->gen->comp, expr->type));
}
