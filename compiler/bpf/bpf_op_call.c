/* SPDX-License-Identifier: Apache-2.0 */
/* Calls out of the program: kernel helpers by number, kfuncs by name, and builtins. */
#include "bpf/bpf_gen.h"

#include <string.h>

#define ARG(expr, i) ((expr)->op.args.data[i])
#define ARGS_MAX     5

/* ---- helpers ---- */

struct outgoing {
	LLVMValueRef values[ARGS_MAX], temps[ARGS_MAX];
	uint32_t count;
};

static void outgoing_end(struct bpfgen_fn *fn, struct outgoing *out)
{
	for (uint32_t i = 0; i < out->count; i++)
		bpfgen_temp_end(fn, out->temps[i]);
}

/* A pointer, a number, or the address of what is given by value where a helper takes one. */
static void add_arg(struct bpfgen_fn *fn, struct outgoing *out, const struct ir_expr *expr,
		    bool by_address)
{
	LLVMValueRef value, temp = NULL;
	uint32_t align;

	if (bpfgen_is_context(fn, expr))
		value = fn->raw_context;
	else if (bpfgen_in_memory(expr->type) || (by_address && expr->type->kind != TYPE_PTR))
		value = bpfgen_value_address(fn, expr, &temp, &align);
	else if (bpfgen_is_packet(expr->type))
		value = bpfgen_value_as(fn, expr, fn->gen->comp->types->null);
	else
		value = bpfgen_value(fn, expr);
	if (LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMIntegerTypeKind)
		value = bpfgen_resize(fn, value, expr->type, fn->gen->i64);
	out->temps[out->count] = temp;
	out->values[out->count++] = value;
}

LLVMValueRef bpfgen_op_helper(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	const struct helper *helper = expr->op.helper;
	LLVMTypeRef result = fn->gen->i64;
	struct outgoing out = {.count = 0};
	LLVMValueRef value;

	if (bpfgen_calls_back(helper))
		return bpfgen_from_register(fn, bpfgen_call_back(fn, expr), expr->type);
	if (expr->op.args.len > ARGS_MAX)
		return bpfgen_op_unsupported(fn, expr, "a helper call with so many arguments", to);
	for (uint32_t i = 0; i < expr->op.args.len; i++) {
		enum helper_param kind = helper_param_kind(helper, i);

		add_arg(fn, &out, ARG(expr, i),
			kind == HELPER_PARAM_KEY || kind == HELPER_PARAM_VALUE);
	}
	if (expr->type->kind == TYPE_VOID)
		result = fn->gen->void_;
	else if (expr->type->kind == TYPE_PTR)
		result = fn->gen->ptr;
	value = bpfgen_helper(fn, helper->id, result, out.values, out.count);
	outgoing_end(fn, &out);
	if (bpfgen_moves_packet(helper->id))
		bpfgen_packet_refresh(fn);
	return bpfgen_from_register(fn, value, expr->type);
}

/* ---- kfuncs ---- */

static LLVMTypeRef register_type(struct bpfgen *gen, const struct type *type)
{
	if (!type || type->kind == TYPE_VOID)
		return gen->void_;
	if (type->kind == TYPE_PTR || type->kind == TYPE_FN || bpfgen_in_memory(type))
		return gen->ptr;
	return type->size == 8 ? gen->i64 : gen->i32;
}

LLVMTypeRef bpfgen_kfunc_type(struct bpfgen *gen, const struct type *type)
{
	const struct fn_param_vec *params = &type->fn.params;
	LLVMTypeRef types[ARGS_MAX];

	for (uint32_t i = 0; i < params->len && i < ARGS_MAX; i++)
		types[i] = register_type(gen, params->data[i].type);
	return LLVMFunctionType(register_type(gen, type->fn.result), types,
				params->len < ARGS_MAX ? params->len : ARGS_MAX, false);
}

LLVMValueRef bpfgen_kfunc(struct bpfgen *gen, const char *name, const struct type *type)
{
	const char *key = intern_str(&gen->comp->names, name);
	LLVMValueRef function = ptr_map_get(&gen->kfuncs, key);
	const struct fn_param_vec *params = &type->fn.params;
	struct bpfgen_proto proto = {.name = name, .span = gen->span};

	if (function)
		return function;
	function = LLVMAddFunction(gen->module, name, bpfgen_kfunc_type(gen, type));
	LLVMSetSection(function, ".ksyms");
	if (ptr_map_get(&gen->optional, key))
		LLVMSetLinkage(function, LLVMExternalWeakLinkage);
	if (type->fn.result && type->fn.result->kind != TYPE_VOID)
		proto.result = bpfgen_debug_type(gen, type->fn.result);
	for (uint32_t i = 0; i < params->len && i < ARGS_MAX; i++)
		proto.params[proto.count++] = bpfgen_debug_type(gen, params->data[i].type);
	LLVMSetSubprogram(function, bpfgen_debug_function(gen, &proto));
	ptr_map_set(&gen->kfuncs, key, function);
	return function;
}

/* The prototype: the kernel's, that of a function of our own module, or what the call shows. */
static const struct type *kfunc_prototype(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	struct compilation *comp = fn->gen->comp;
	const char *name = intern_str(&comp->names, expr->op.symbol);
	const struct type *type = NULL;
	struct fn_param_vec params = {0};

	if (expr->op.external)
		return expr->op.external->type;
	vec_foreach (func, &fn->gen->ir->funcs) {
		if ((*func)->target != TARGET_MODULE || strcmp((*func)->name, name))
			continue;
		vec_foreach (param, &(*func)->params) {
			struct fn_param own = {.name = (*param)->name, .type = (*param)->type};

			vec_push(&comp->arena, &params, own);
		}
		return type_fn(comp, (*func)->result, &params);
	}
	if (comp->kernels)
		type = kernel_find_function(comp, name);
	if (type)
		return type;
	vec_foreach (arg, &expr->op.args) {
		struct fn_param own = {.type = (*arg)->type};

		vec_push(&comp->arena, &params, own);
	}
	return type_fn(comp, expr->type, &params);
}

/* In the form in which the verifier sees the bound. */
static LLVMValueRef at_most(struct bpfgen_fn *fn, LLVMValueRef value, uint64_t limit)
{
	LLVMValueRef bound = bpfgen_i64(fn, limit);

	value = bpfgen_opaque(fn, value);
	return LLVMBuildSelect(fn->builder,
			       LLVMBuildICmp(fn->builder, LLVMIntUGT, value, bound, ""), bound,
			       value, "");
}

LLVMValueRef bpfgen_op_kfunc(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	const struct type *type = kfunc_prototype(fn, expr);
	const struct fn_param_vec *params = &type->fn.params;
	LLVMValueRef function = bpfgen_kfunc(fn->gen, expr->op.symbol, type), value;
	LLVMTypeRef llvm_type = bpfgen_kfunc_type(fn->gen, type), own[ARGS_MAX];
	struct outgoing out = {.count = 0};

	if (expr->op.args.len > ARGS_MAX || expr->op.args.len != params->len)
		return bpfgen_op_unsupported(fn, expr, "a kfunc call with so many arguments", to);
	LLVMGetParamTypes(llvm_type, own);
	for (uint32_t i = 0; i < params->len; i++) {
		if (ARG(expr, i)->kind == IR_EXPR_STRING) {
			/* The verifier takes only text that nobody can change. */
			out.temps[out.count] = NULL;
			out.values[out.count++] =
				bpfgen_text(fn->gen, arena_strndup(&fn->gen->comp->arena,
								   ARG(expr, i)->string.text,
								   ARG(expr, i)->string.len));
			continue;
		}
		add_arg(fn, &out, ARG(expr, i), params->data[i].type->kind == TYPE_PTR);
		if (expr->op.at_most && expr->op.at_most[i] != UINT64_MAX)
			out.values[i] = at_most(fn, out.values[i], expr->op.at_most[i]);
		if (own[i] == fn->gen->i32)
			out.values[i] =
				bpfgen_resize(fn, out.values[i], params->data[i].type, own[i]);
	}
	value = LLVMBuildCall2(fn->builder, llvm_type, function, out.values, out.count, "");
	outgoing_end(fn, &out);
	return bpfgen_from_register(fn, value, expr->type);
}

static const char *const iter_names[] = {
	[ITER_NEW] = "bpf_iter_num_new",
	[ITER_NEXT] = "bpf_iter_num_next",
	[ITER_DESTROY] = "bpf_iter_num_destroy",
};

LLVMValueRef bpfgen_iter_call(struct bpfgen_fn *fn, enum bpfgen_iter which, LLVMValueRef iterator,
			      LLVMValueRef rounds)
{
	struct compilation *comp = fn->gen->comp;
	const struct type *type =
		kernel_find_function(comp, intern_str(&comp->names, iter_names[which]));
	LLVMValueRef function = bpfgen_kfunc(fn->gen, iter_names[which], type);
	LLVMValueRef args[] = {iterator, bpfgen_i32(fn, 0), NULL};

	if (which == ITER_NEW)
		args[2] = LLVMBuildTrunc(fn->builder, rounds, fn->gen->i32, "");
	return LLVMBuildCall2(fn->builder, bpfgen_kfunc_type(fn->gen, type), function, args,
			      which == ITER_NEW ? 3 : 1, "");
}

/* ---- builtins ---- */

static LLVMValueRef call_plain(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMTypeRef result = expr->type->kind == TYPE_PTR ? fn->gen->ptr : fn->gen->i64;
	LLVMValueRef value = bpfgen_helper(fn, expr->op.builtin->helper, result, NULL, 0);

	return bpfgen_from_register(fn, value, expr->type);
}

/* Two 32-bit numbers in one result: pid() and uid() are the lower half. */
static LLVMValueRef call_half(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	enum builtin_id id = expr->op.builtin->id;
	LLVMValueRef value = bpfgen_helper(fn, expr->op.builtin->helper, fn->gen->i64, NULL, 0);

	if (id == BUILTIN_TGID || id == BUILTIN_GID)
		value = LLVMBuildLShr(fn->builder, value, bpfgen_i64(fn, 32), "");
	return bpfgen_from_register(fn, value, expr->type);
}

static LLVMValueRef call_comm(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	bpfgen_helper(fn, HELPER_GET_CURRENT_COMM, fn->gen->i64,
		      (LLVMValueRef[]){to, bpfgen_i64(fn, expr->type->size)}, 2);
	return NULL;
}

static LLVMValueRef call_stack_id(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	const struct ir_expr_vec *args = &expr->op.args;
	uint32_t first = args->len && args->data[0]->kind == IR_EXPR_MAP;
	const struct ir_map *map = first ? args->data[0]->map : expr->op.map;
	LLVMValueRef flags = bpfgen_i64(fn, 0);

	if (args->len > first)
		flags = bpfgen_widen(fn, args->data[first]);
	return bpfgen_from_register(
		fn,
		bpfgen_helper(fn, HELPER_GET_STACKID, fn->gen->i64,
			      (LLVMValueRef[]){fn->raw_context, bpfgen_map(fn->gen, map), flags},
			      3),
		expr->type);
}

static const struct {
	enum builtin_id id;
	bpfgen_op_fn write;
} builtin_ops[] = {
	{BUILTIN_KTIME, call_plain},
	{BUILTIN_KTIME_BOOT, call_plain},
	{BUILTIN_PID, call_half},
	{BUILTIN_TGID, call_half},
	{BUILTIN_UID, call_half},
	{BUILTIN_GID, call_half},
	{BUILTIN_COMM, call_comm},
	{BUILTIN_CPU, call_plain},
	{BUILTIN_NUMA_NODE, call_plain},
	{BUILTIN_RANDOM, call_plain},
	{BUILTIN_JIFFIES, call_plain},
	{BUILTIN_CGROUP_ID, call_plain},
	{BUILTIN_TASK, call_plain},
	{BUILTIN_STACK_ID, call_stack_id},
	{BUILTIN_TIMER_START, bpfgen_op_timer},
	{BUILTIN_TIMER_CANCEL, bpfgen_op_timer},
	{BUILTIN_KERNEL_HAS, bpfgen_kernel_has},
};

LLVMValueRef bpfgen_op_builtin(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	for (size_t i = 0; i < sizeof(builtin_ops) / sizeof(builtin_ops[0]); i++) {
		if (builtin_ops[i].id == expr->op.builtin->id)
			return builtin_ops[i].write(fn, expr, to);
	}
	return bpfgen_op_unsupported(
		fn, expr,
		arena_printf(&fn->gen->comp->arena, "`%s` in bpf code", expr->op.builtin->name),
		to);
}
