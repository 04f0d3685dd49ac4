/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the program that the kernel calls: by bpf_loop() and its like, by timers. The
 * kernel passes what it likes and wants 0 or 1 back, so a function of ours stands between.
 */
#include "bpf/bpf_gen.h"

#include <errno.h>
#include <string.h>

#define PARAMS_MAX	4
#define CLOCK_MONOTONIC 1
#define TIMER_WORDS	"map key value"

bool bpfgen_calls_back(const struct helper *helper)
{
	return helper_callback_params(helper) != NULL;
}

/* ---- the function between ---- */

struct between {
	const struct bpfgen_callee *callee;
	LLVMValueRef args[PARAMS_MAX + 1], temp;
	uint32_t count;
	const char *words;	  /* the kernel's parameters */
	const struct type *state; /* what the last one points to; NULL: nothing */
};

/* A parameter of the kernel's as ours. */
static void pass(struct bpfgen_fn *fn, struct between *between, const char *word,
		 LLVMValueRef value)
{
	const struct bpfgen_callee *callee = between->callee;
	const struct type *type;

	if (between->count == callee->ir->params.len || !strncmp(word, "map", 3))
		return;
	type = callee->ir->params.data[between->count]->type;
	if (!strncmp(word, "key", 3) && callee->params[between->count].in_memory) {
		between->temp = bpfgen_temp(fn, type->size, 8);
		bpfgen_copy(fn, between->temp, 8, value, type->align, type->size);
		value = between->temp;
	} else if (!strncmp(word, "key", 3)) {
		value = bpfgen_load_scalar(fn, type, value, type->align);
		if (LLVMTypeOf(value) != fn->gen->i64)
			value = bpfgen_resize(fn, value, type, fn->gen->i32);
	}
	between->args[between->count++] = value;
}

/*
 * 1 ends the rounds. A function that failed does that, too: its error goes no further. The kernel
 * takes nothing but 0 from what a timer calls.
 */
static LLVMValueRef answer(struct bpfgen_fn *fn, const struct between *between, LLVMValueRef value,
			   LLVMValueRef result)
{
	const struct type *type = between->callee->ir->result;
	LLVMValueRef stop = bpfgen_int(fn->gen, fn->gen->i1, 0);

	if (!strcmp(between->words, TIMER_WORDS))
		return bpfgen_i64(fn, 0);
	if (between->callee->fails)
		stop = LLVMBuildIsNotNull(fn->builder, value, "");
	if (between->callee->result_in_memory)
		value = bpfgen_load_scalar(fn, type, result, 8);
	if (type->kind != TYPE_VOID)
		stop = LLVMBuildOr(fn->builder, stop, LLVMBuildIsNotNull(fn->builder, value, ""),
				   "");
	return LLVMBuildSelect(fn->builder, stop, bpfgen_i64(fn, 1), bpfgen_i64(fn, 0), "");
}

/*
 * Rounds are alike to the verifier when it does not know what the state holds: otherwise newer
 * kernels walk through each of them, and older ones through the first alone.
 */
static void forget_state(struct bpfgen_fn *fn, const struct type *state, LLVMValueRef address)
{
	if (state)
		bpfgen_blur(fn, state, address, state->align, bpfgen_hidden_zero(fn));
}

static void write_between(struct bpfgen_fn *fn, struct between *between, uint32_t param_count)
{
	const struct bpfgen_callee *callee = between->callee;
	const char *word = between->words;
	LLVMValueRef value, result = NULL;

	for (uint32_t i = 0; i < param_count; i++) {
		pass(fn, between, word, LLVMGetParam(fn->llvm, i));
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
	if (callee->result_in_memory) {
		result = bpfgen_temp(fn, callee->ir->result->size, 8);
		bpfgen_zero(fn, result, 8, callee->ir->result->size);
		between->args[between->count++] = result;
	}
	value = LLVMBuildCall2(fn->builder, callee->type, callee->llvm, between->args,
			       between->count, "");
	if (callee->fails || callee->ir->result->kind == TYPE_VOID)
		value = bpfgen_anchor(fn, value);
	value = answer(fn, between, value, result);
	bpfgen_temp_end(fn, result);
	bpfgen_temp_end(fn, between->temp);
	forget_state(fn, between->state, LLVMGetParam(fn->llvm, param_count - 1));
	LLVMBuildRet(fn->builder, value);
	fn->open = false;
}

static uint32_t prototype(struct bpfgen *gen, const struct ir_func *func, const char *words,
			  LLVMTypeRef *types, struct bpfgen_proto *proto)
{
	LLVMMetadataRef address = bpfgen_debug_pointer(gen, NULL);

	*proto = (struct bpfgen_proto){.name = arena_printf(&gen->comp->arena, "%s_called%u",
							    func->name, gen->callback_count++),
				       .span = func->name_span,
				       .is_static = true,
				       .is_definition = true,
				       .result = bpfgen_debug_type(gen, gen->comp->types->i64)};
	while (*words && proto->count < PARAMS_MAX) {
		bool is_number = !strncmp(words, "u32", 3);
		uint32_t len;

		words += *words == '*';
		len = (uint32_t)strcspn(words, " ");
		types[proto->count] = is_number ? gen->i32 : gen->ptr;
		proto->params[proto->count] =
			is_number ? bpfgen_debug_type(gen, gen->comp->types->u32) : address;
		proto->names[proto->count++] =
			arena_printf(&gen->comp->arena, "%.*s", (int)len, words);
		words += len;
		words += strspn(words, " ");
	}
	return proto->count;
}

static LLVMValueRef make_between(struct bpfgen_fn *fn, struct between *between)
{
	struct bpfgen *gen = fn->gen;
	const struct bpfgen_callee *callee = between->callee;
	struct bpfgen_fn own = {
		.gen = gen, .ir = callee->ir, .callee = (struct bpfgen_callee *)callee};
	struct span span = gen->span;
	LLVMTypeRef types[PARAMS_MAX];
	LLVMMetadataRef subprogram;
	struct bpfgen_proto proto;
	uint32_t count = prototype(gen, callee->ir, between->words, types, &proto);
	LLVMValueRef llvm = bpfgen_add_function(
		gen, proto.name, LLVMFunctionType(gen->i64, types, count, false), NULL, true);

	bpfgen_add_attribute(gen, llvm, "noinline");
	subprogram = bpfgen_debug_function(gen, &proto);
	LLVMSetSubprogram(llvm, subprogram);
	bpfgen_fn_begin(&own, llvm, subprogram);
	bpfgen_position(&own, callee->ir->name_span);
	bpfgen_debug_params(&own, &proto);
	write_between(&own, between, count);
	bpfgen_fn_end(&own);
	gen->span = span;
	return llvm;
}

/* One for each function and kind of caller: a function is seldom used in two ways. */
static LLVMValueRef called(struct bpfgen_fn *fn, const struct ir_func *func, const char *words,
			   const struct type *state)
{
	struct between between = {
		.callee = bpfgen_callee(fn->gen, func, fn->callee), .words = words, .state = state};
	const char *key = intern_str(&fn->gen->comp->names,
				     arena_printf(&fn->gen->comp->arena, "%s %s %p", func->name,
						  words, (const void *)state));
	LLVMValueRef function = ptr_map_get(&fn->gen->called, key);

	if (!function) {
		function = make_between(fn, &between);
		ptr_map_set(&fn->gen->called, key, function);
	}
	return function;
}

/* ---- helpers that call back ---- */

static const struct type *state_type(const struct ir_expr *expr)
{
	return expr->kind != IR_EXPR_CONST && expr->type->kind == TYPE_PTR ? expr->type->ptr.target
									   : NULL;
}

LLVMValueRef bpfgen_call_back(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	const struct helper *helper = expr->op.helper;
	const struct ir_expr_vec *args = &expr->op.args;
	const struct ir_func *func = NULL;
	const struct type *state = NULL;
	LLVMValueRef values[5], result, state_value = NULL;
	uint32_t at = 0;

	for (uint32_t i = 0; i < args->len; i++) {
		const struct ir_expr *arg = args->data[i];

		if (arg->kind == IR_EXPR_FUNC) {
			func = arg->func;
			at = i;
			continue;
		}
		values[i] = bpfgen_value(fn, arg);
		if (LLVMGetTypeKind(LLVMTypeOf(values[i])) == LLVMIntegerTypeKind)
			values[i] = bpfgen_resize(fn, values[i], arg->type, fn->gen->i64);
		if (helper_param_kind(helper, i) == HELPER_PARAM_STATE) {
			state = state_type(arg);
			state_value = values[i];
		}
	}
	values[at] = called(fn, func, helper_callback_params(helper), state);
	forget_state(fn, state, state_value);
	result = bpfgen_helper(fn, helper->id, fn->gen->i64, values, args->len);
	forget_state(fn, state, state_value);
	return result;
}

/* ---- timers ---- */

/*
 * start(ns, f): a timer that runs for the first time is made first; making it again fails and
 * changes nothing.
 */
static LLVMValueRef start(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef timer)
{
	const struct ir_expr_vec *args = &expr->op.args;
	LLVMValueRef nanoseconds = bpfgen_widen(fn, args->data[1]);
	LLVMValueRef function = called(fn, args->data[2]->func, TIMER_WORDS, NULL);

	bpfgen_helper(fn, HELPER_TIMER_INIT, fn->gen->i64,
		      (LLVMValueRef[]){timer, bpfgen_map(fn->gen, expr->op.map),
				       bpfgen_i64(fn, CLOCK_MONOTONIC)},
		      3);
	bpfgen_helper(fn, HELPER_TIMER_SET_CALLBACK, fn->gen->i64,
		      (LLVMValueRef[]){timer, function}, 2);
	return bpfgen_helper(fn, HELPER_TIMER_START, fn->gen->i64,
			     (LLVMValueRef[]){timer, nanoseconds, bpfgen_i64(fn, 0)}, 3);
}

LLVMValueRef bpfgen_op_timer(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	LLVMValueRef timer = bpfgen_value(fn, expr->op.args.data[0]), result;
	LLVMBasicBlockRef from = bpfgen_here(fn), present = bpfgen_block(fn, "timer"),
			  done = bpfgen_block(fn, "started");

	/* Of an entry that is absent there is no timer. */
	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, timer, ""), present, done);
	bpfgen_at(fn, present);
	if (expr->op.builtin->id == BUILTIN_TIMER_START)
		result = start(fn, expr, timer);
	else
		result = bpfgen_helper(fn, HELPER_TIMER_CANCEL, fn->gen->i64, &timer, 1);
	present = bpfgen_here(fn);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	result = bpfgen_phi(fn, fn->gen->i64, bpfgen_i64(fn, -ENOENT), from, result, present);
	return bpfgen_from_register(fn, result, expr->type);
}
