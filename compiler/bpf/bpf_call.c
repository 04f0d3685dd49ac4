/* SPDX-License-Identifier: Apache-2.0 */
/* Calls between bpf functions, and returns. */
#include "bpf/bpf_gen.h"

struct call {
	const struct bpfgen_callee *callee;
	LLVMValueRef args[5];
	LLVMValueRef temps[64]; /* to be ended after the call */
	uint32_t temp_count;
	LLVMValueRef block, result;
};

static LLVMValueRef keep_temp(struct call *call, LLVMValueRef temp)
{
	if (call->temp_count < sizeof(call->temps) / sizeof(call->temps[0]))
		call->temps[call->temp_count++] = temp;
	return temp;
}

static LLVMValueRef argument(struct bpfgen_fn *fn, struct call *call, const struct ir_expr *expr,
			     uint32_t i)
{
	const struct bpfgen_callee *callee = call->callee;
	const struct type *type = callee->ir->params.data[i]->type;
	LLVMTypeRef own = bpfgen_type(
		fn->gen, callee->params[i].in_memory ? fn->gen->comp->types->u64 : type);
	LLVMValueRef value;

	if (callee->params[i].in_memory) {
		value = keep_temp(call, bpfgen_temp_of(fn, type));
		bpfgen_value_to(fn, expr, value, 8);
		return value;
	}
	value = bpfgen_value_as(fn, expr, type);
	if (own == fn->gen->ptr || own == fn->gen->i64)
		return value;
	return bpfgen_resize(fn, value, type, fn->gen->i32);
}

static void pass(struct bpfgen_fn *fn, struct call *call, uint32_t i, LLVMValueRef value)
{
	const struct bpfgen_param *param = &call->callee->params[i];

	if (param->in_block)
		bpfgen_store_raw(fn, value, bpfgen_offset(fn, call->block, param->offset), 8);
	else
		call->args[param->reg] = value;
}

static void pass_all(struct bpfgen_fn *fn, struct call *call, const struct ir_expr *expr)
{
	const struct ir_expr_vec *args = &expr->call.args;

	if (call->callee->block_size) {
		call->block = keep_temp(call, bpfgen_temp(fn, call->callee->block_size, 8));
		call->args[call->callee->register_count - 1] = call->block;
		/* The verifier asks for all of it. */
		if (call->callee->ir->is_global)
			bpfgen_zero(fn, call->block, 8, call->callee->block_size);
	}
	for (uint32_t i = 0; i < args->len; i++)
		pass(fn, call, i, argument(fn, call, args->data[i], i));
	if (call->callee->result_in_memory)
		pass(fn, call, args->len, call->result);
}

/* What the callee's code says: an error for the caller, or the end of the program. */
static void take_code(struct bpfgen_fn *fn, const struct ir_expr *expr,
		      const struct bpfgen_callee *callee, LLVMValueRef code)
{
	LLVMBasicBlockRef end, go_on;

	if (callee->runs_away) {
		LLVMValueRef away = bpfgen_i32(fn, BPFGEN_RUNAWAY);

		end = bpfgen_block(fn, "end_program");
		go_on = bpfgen_block(fn, "go_on");
		bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntEQ, code, away), end, go_on);
		bpfgen_at(fn, end);
		bpfgen_end_program(fn, &expr->call.held);
		bpfgen_at(fn, go_on);
	}
	if (expr->call.error)
		bpfgen_local_set(fn, expr->call.error, code, NULL);
}

static LLVMValueRef result_value(struct bpfgen_fn *fn, LLVMValueRef value, const struct type *type)
{
	if (type->kind == TYPE_BOOL)
		return LLVMBuildIsNotNull(fn->builder, value, "");
	if (LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMIntegerTypeKind)
		return bpfgen_resize(fn, value, type, bpfgen_type(fn->gen, type));
	return value;
}

LLVMValueRef bpfgen_call(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	const struct bpfgen_callee *callee;
	const struct type *type = expr->type;
	struct call call = {0};
	LLVMValueRef value;

	if (!expr->call.func) {
		bpfgen_unsupported(fn->gen, expr->span, "a call through a pointer in bpf code");
		return type->kind == TYPE_VOID || bpfgen_in_memory(type)
			       ? NULL
			       : bpfgen_zero_value(fn->gen, type);
	}
	call.callee = callee = bpfgen_callee(fn->gen, expr->call.func, fn->callee);
	call.result = bpfgen_in_memory(type) ? to : NULL;
	if (callee->result_in_memory && !call.result) {
		call.result = keep_temp(&call, bpfgen_temp_of(fn, type));
		/* It is read whether the callee fails or not. */
		if (!bpfgen_in_memory(type))
			bpfgen_zero(fn, call.result, 8, type->size);
	}
	if (callee->result_in_memory && bpfgen_in_memory(type) && callee->ir->is_global)
		bpfgen_zero(fn, call.result, 8, type->size);
	pass_all(fn, &call, expr);
	value = LLVMBuildCall2(fn->builder, callee->type, callee->llvm, call.args,
			       callee->register_count, "");
	if (callee->moves_packet)
		bpfgen_packet_refresh(fn);
	/* A result that nobody reads would be taken away, and R0 be anything: see returns_code().
	 */
	if (callee->fails || type->kind == TYPE_VOID || callee->result_in_memory)
		value = bpfgen_anchor(fn, value);
	if (callee->fails)
		take_code(fn, expr, callee, value);
	if (type->kind == TYPE_VOID || bpfgen_in_memory(type))
		value = NULL;
	else if (callee->result_in_memory)
		value = bpfgen_load_scalar(fn, type, call.result, 8);
	else
		value = result_value(fn, value, type);
	for (uint32_t i = 0; i < call.temp_count; i++)
		bpfgen_temp_end(fn, call.temps[i]);
	return value;
}

/* ---- returns ---- */

static void ret(struct bpfgen_fn *fn, LLVMValueRef value)
{
	bpfgen_scratch_end(fn);
	LLVMBuildRet(fn->builder, value);
	fn->open = false;
}

void bpfgen_return_code(struct bpfgen_fn *fn, LLVMValueRef code)
{
	ret(fn, code);
}

void bpfgen_return(struct bpfgen_fn *fn, const struct ir_expr *value)
{
	const struct bpfgen_callee *callee = fn->callee;
	const struct type *type = fn->ir->result;
	LLVMTypeRef result;
	LLVMValueRef scalar;

	if (callee->is_program) {
		bpfgen_return_verdict(fn, value);
		return;
	}
	if (callee->result_in_memory && value && bpfgen_in_memory(type))
		bpfgen_value_to(fn, value, fn->result, 8);
	else if (callee->result_in_memory && value)
		bpfgen_store_scalar(fn, type, bpfgen_value_as(fn, value, type), fn->result, 8);
	if (callee->fails || callee->result_in_memory || type->kind == TYPE_VOID) {
		ret(fn, bpfgen_opaque(fn, bpfgen_i32(fn, 0)));
		return;
	}
	result = LLVMGetReturnType(callee->type);
	/* A function that can end without a value has none by earlier checks. */
	if (!value) {
		ret(fn, LLVMConstNull(result));
		return;
	}
	scalar = bpfgen_value_as(fn, value, type);
	if (result != fn->gen->ptr && result != LLVMTypeOf(scalar))
		scalar = bpfgen_resize(fn, scalar, type, result);
	ret(fn, scalar);
}
