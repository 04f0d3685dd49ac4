/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions: how they are declared, their parameters, locals and results.
 *
 * BPF passes five words in registers and gives one back. Aggregates are passed by the address of
 * a copy that the caller makes; from the fifth on, parameters beyond five go into a block on the
 * caller's stack. A result that is an aggregate, and any result of a function that can fail, is
 * written to memory of the caller's; a function that can fail returns the error code.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

#define REGISTERS  5
#define FRAMES_MAX 8 /* of a chain of calls; MAX_CALL_FRAMES of the kernel */

/* ---- versions of functions ---- */

static bool is_version(const struct bpfgen_callee *callee, const struct prog_kind *kind,
		       const struct type *context)
{
	return !callee->ir->context || callee->is_program ||
	       (callee->kind == kind && callee->context_struct == context);
}

static struct bpfgen_callee *find_callee(struct bpfgen *gen, const struct ir_func *func,
					 const struct bpfgen_callee *caller)
{
	struct bpfgen_callee *callee = ptr_map_get(&gen->callees, func);

	while (callee && !is_version(callee, caller ? caller->kind : NULL,
				     caller ? caller->context_struct : NULL))
		callee = callee->next;
	return callee;
}

struct bpfgen_callee *bpfgen_callee(struct bpfgen *gen, const struct ir_func *func,
				    const struct bpfgen_callee *caller)
{
	struct bpfgen_callee *callee = find_callee(gen, func, caller);

	if (!callee)
		internal_error(gen->comp, gen->span, "`%s` is no bpf function", func->name);
	return callee;
}

static void add_callee(struct bpfgen *gen, const struct ir_func *func,
		       const struct bpfgen_callee *caller);

struct calls {
	struct ir_walk walk;
	struct bpfgen *gen;
	const struct bpfgen_callee *caller;
};

static void calls_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	struct calls *calls = (struct calls *)walk;

	if (expr->kind == IR_EXPR_CALL && expr->call.func)
		add_callee(calls->gen, expr->call.func, calls->caller);
	else if (expr->kind == IR_EXPR_FUNC && expr->func->role != FN_PROGRAM)
		add_callee(calls->gen, expr->func, calls->caller);
}

static const struct type *own_context(const struct ir_func *func)
{
	const struct type *type = func->context ? func->context->type : NULL;

	if (!type || type->kind != TYPE_PTR || type->ptr.target->kind != TYPE_STRUCT)
		return NULL;
	return type->ptr.target;
}

/* The function and what it calls; recursion is refused before. */
static void add_callee(struct bpfgen *gen, const struct ir_func *func,
		       const struct bpfgen_callee *caller)
{
	struct calls calls = {.walk = {.expr = calls_expr}, .gen = gen};
	struct bpfgen_callee *callee, *first = ptr_map_get(&gen->callees, func), *last;

	if (find_callee(gen, func, caller))
		return;
	callee = arena_new(&gen->comp->arena, struct bpfgen_callee);
	callee->ir = func;
	callee->is_program = func->role == FN_PROGRAM;
	callee->name = func->name;
	callee->spills = bpfgen_wants_scratch(gen, func);
	if (callee->is_program) {
		callee->kind = func->kind;
		callee->context_struct = own_context(func);
	} else if (func->context && caller) {
		callee->kind = caller->kind;
		callee->context_struct = caller->context_struct;
		if (first)
			callee->name = arena_printf(&gen->comp->arena, "%s_%s", func->name,
						    callee->kind ? callee->kind->name : "any");
	}
	for (last = first; last && last->next; last = last->next)
		;
	if (last)
		last->next = callee;
	else
		ptr_map_set(&gen->callees, func, callee);
	calls.caller = callee;
	bpfgen_look(&calls.walk, &func->body);
}

/* ---- what a function can do ---- */

struct effects {
	struct ir_walk walk;
	struct bpfgen *gen;
	const struct bpfgen_callee *callee;
	bool runs_away, moves_packet, writes_packet;
};

static void effects_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct effects *effects = (struct effects *)walk;

	effects->runs_away |= bpfgen_runs_away(stmt);
	effects->writes_packet |= bpfgen_writes_packet(stmt);
}

static void effects_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	struct effects *effects = (struct effects *)walk;

	if (expr->kind == IR_EXPR_CALL && expr->call.func) {
		const struct bpfgen_callee *callee =
			bpfgen_callee(effects->gen, expr->call.func, effects->callee);

		effects->runs_away |= callee->runs_away;
		effects->moves_packet |= callee->moves_packet;
		effects->writes_packet |= callee->writes_packet;
	}
	if (expr->kind != IR_EXPR_OP)
		return;
	if (expr->op.op == IR_OP_HELPER && bpfgen_moves_packet(expr->op.helper->id))
		effects->moves_packet = true;
}

static bool find_own_effects(struct bpfgen *gen, struct bpfgen_callee *callee)
{
	struct effects effects = {.walk = {.stmt = effects_stmt, .expr = effects_expr},
				  .gen = gen,
				  .callee = callee,
				  .runs_away = callee->spills && !callee->is_program};
	bool changed;

	bpfgen_look(&effects.walk, &callee->ir->body);
	changed = effects.runs_away != callee->runs_away ||
		  effects.moves_packet != callee->moves_packet ||
		  effects.writes_packet != callee->writes_packet;
	callee->runs_away = effects.runs_away;
	callee->moves_packet = effects.moves_packet;
	callee->writes_packet = effects.writes_packet;
	return changed;
}

/* Effects go from callees to callers: repeated until nothing is new, at most once per call. */
static void find_effects(struct bpfgen *gen)
{
	bool changed = true;

	while (changed) {
		changed = false;
		vec_foreach (func, &gen->ir->funcs) {
			struct bpfgen_callee *callee = ptr_map_get(&gen->callees, *func);

			for (; callee; callee = callee->next)
				changed |= find_own_effects(gen, callee);
		}
	}
}

/* ---- declarations ---- */

void bpfgen_add_attribute(struct bpfgen *gen, LLVMValueRef function, const char *name)
{
	unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));

	LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
				LLVMCreateEnumAttribute(gen->context, kind, 0));
}

LLVMValueRef bpfgen_add_function(struct bpfgen *gen, const char *name, LLVMTypeRef type,
				 const char *section, bool is_static)
{
	static const char no_builtins[] = "no-builtins";
	LLVMValueRef function = LLVMAddFunction(gen->module, name, type);

	if (section)
		LLVMSetSection(function, section);
	if (is_static)
		LLVMSetLinkage(function, LLVMInternalLinkage);
	bpfgen_add_attribute(gen, function, "nounwind");
	/* Or LLVM makes calls of memset and memcpy out of loops. */
	LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
				LLVMCreateStringAttribute(gen->context, no_builtins,
							  sizeof(no_builtins) - 1, "", 0));
	return function;
}

/* In registers: the widths that BPF has. */
static LLVMTypeRef register_type(struct bpfgen *gen, const struct type *type)
{
	LLVMTypeRef own = bpfgen_type(gen, type);

	if (own == gen->ptr || own == gen->i64 || own == gen->void_)
		return own;
	return gen->i32;
}

static bool is_address(const struct bpfgen_callee *callee, uint32_t i)
{
	return i >= callee->ir->params.len || callee->params[i].in_memory ||
	       callee->ir->params.data[i]->type->kind == TYPE_PTR;
}

/*
 * Which parameters of too many go into the block: the last ones. Of a global function the last
 * numbers, for the verifier knows no addresses in memory that it is told about by BTF alone.
 */
static void choose_block(struct bpfgen *gen, struct bpfgen_callee *callee)
{
	uint32_t surplus = callee->param_count - (REGISTERS - 1);

	for (uint32_t i = callee->param_count; i-- > 0 && surplus;) {
		if (callee->ir->is_global && is_address(callee, i))
			continue;
		callee->params[i].in_block = true;
		surplus--;
	}
	if (surplus)
		diag_report(gen->comp, DIAG_INTERNAL_LIMIT, callee->ir->name_span,
			    "`%s` takes more than %d addresses%s; a global function has no "
			    "registers for more",
			    callee->ir->name, REGISTERS - 1,
			    callee->result_in_memory ? ", with that of its result" : "");
}

static void place_params(struct bpfgen *gen, struct bpfgen_callee *callee)
{
	const struct ir_func *func = callee->ir;
	uint32_t count = func->params.len + callee->result_in_memory, reg = 0;

	callee->params = arena_array(&gen->comp->arena, struct bpfgen_param, count);
	callee->param_count = count;
	callee->register_count = count > REGISTERS ? REGISTERS : count;
	for (uint32_t i = 0; i < func->params.len; i++)
		callee->params[i].in_memory = bpfgen_in_memory(func->params.data[i]->type);
	if (count > REGISTERS)
		choose_block(gen, callee);
	for (uint32_t i = 0; i < count; i++) {
		struct bpfgen_param *param = &callee->params[i];

		if (!param->in_block) {
			param->reg = reg < REGISTERS ? reg++ : 0;
			continue;
		}
		param->reg = REGISTERS - 1;
		param->offset = callee->block_size;
		callee->block_size += 8;
	}
}

static LLVMTypeRef param_type(struct bpfgen *gen, const struct bpfgen_callee *callee, uint32_t i)
{
	if (i >= callee->ir->params.len || callee->params[i].in_memory)
		return gen->ptr;
	return register_type(gen, callee->ir->params.data[i]->type);
}

/*
 * An error code, or 0 where there is nothing to return: what a void function leaves in R0 may be
 * the address of something on its stack, and the verifier refuses that.
 */
static bool returns_code(const struct bpfgen_callee *callee)
{
	return callee->fails || callee->result_in_memory || callee->ir->result->kind == TYPE_VOID;
}

static LLVMTypeRef function_type(struct bpfgen *gen, struct bpfgen_callee *callee)
{
	LLVMTypeRef params[REGISTERS], result = gen->i32;

	for (uint32_t i = 0; i < callee->param_count; i++)
		params[callee->params[i].reg] =
			callee->params[i].in_block ? gen->ptr : param_type(gen, callee, i);
	if (!returns_code(callee))
		result = register_type(gen, callee->ir->result);
	return LLVMFunctionType(result, params, callee->register_count, false);
}

/* The verifier knows the context of a global function by the name of the type. */
static bool is_hidden_context(const struct bpfgen_callee *callee, uint32_t i)
{
	return callee->context_struct && i < callee->ir->params.len &&
	       callee->ir->params.data[i] == callee->ir->context && !callee->params[i].in_block;
}

static void proto_param(struct bpfgen *gen, const struct bpfgen_callee *callee, uint32_t i,
			struct bpfgen_proto *proto)
{
	const struct ir_func *func = callee->ir;
	const struct bpfgen_param *param = &callee->params[i];
	bool is_result = i >= func->params.len, is_context = is_hidden_context(callee, i);
	LLVMMetadataRef type;

	if (param->in_block) {
		proto->names[param->reg] = "block";
		type = bpfgen_debug_type(
			gen, type_array(gen->comp, gen->comp->types->u64, callee->block_size / 8));
	} else {
		proto->names[param->reg] = is_result ? "result" : func->params.data[i]->name;
		type = bpfgen_debug_type(gen, is_context  ? callee->context_struct
					      : is_result ? func->result
							  : func->params.data[i]->type);
	}
	if (param->in_block || param->in_memory || is_result || is_context)
		type = bpfgen_debug_pointer(gen, type);
	proto->params[param->reg] = type;
}

static void function_proto(struct bpfgen *gen, const struct bpfgen_callee *callee,
			   struct bpfgen_proto *proto)
{
	const struct ir_func *func = callee->ir;

	*proto = (struct bpfgen_proto){.name = callee->name,
				       .span = func->name_span,
				       .is_static = !callee->is_program && !func->is_global,
				       .is_definition = true};
	if (callee->is_program) {
		proto->result = bpfgen_debug_type(gen, gen->comp->types->i32);
		proto->params[0] = bpfgen_program_context(gen, func);
		proto->names[0] =
			func->context && func->context->is_param ? func->context->name : "ctx";
		proto->count = 1;
		return;
	}
	proto->result =
		bpfgen_debug_type(gen, returns_code(callee) ? gen->comp->types->i32 : func->result);
	for (uint32_t i = 0; i < callee->param_count; i++)
		proto_param(gen, callee, i, proto);
	proto->count = callee->register_count;
}

static void declare(struct bpfgen *gen, struct bpfgen_callee *callee)
{
	const struct ir_func *func = callee->ir;
	struct bpfgen_proto proto;
	bool has_result = func->result->kind != TYPE_VOID;

	gen->span = func->name_span;
	callee->fails = !callee->is_program && (func->throws || callee->runs_away);
	callee->result_in_memory = !callee->is_program && has_result &&
				   (callee->fails || bpfgen_in_memory(func->result));
	if (callee->is_program) {
		callee->section =
			prog_kind_section(gen->comp, func->kind, func->kind_arg, func->sleepable);
		callee->type = bpfgen_program_type(gen, func);
	} else {
		place_params(gen, callee);
		callee->type = function_type(gen, callee);
	}
	callee->llvm =
		bpfgen_add_function(gen, bpfgen_symbol(gen, callee->name), callee->type,
				    callee->section, !callee->is_program && !func->is_global);
	/* Weak: what the body does not need is passed nevertheless, for the verifier asks for it.
	 */
	if (func->is_global) {
		bpfgen_add_attribute(gen, callee->llvm, "noinline");
		LLVMSetLinkage(callee->llvm, LLVMWeakAnyLinkage);
	} else if (gen->is_flat && !callee->is_program) {
		bpfgen_add_attribute(gen, callee->llvm, "alwaysinline");
	}
	function_proto(gen, callee, &proto);
	callee->subprogram = bpfgen_debug_function(gen, &proto);
	LLVMSetSubprogram(callee->llvm, callee->subprogram);
}

void bpfgen_declare_functions(struct bpfgen *gen)
{
	ptr_map_init(&gen->callees, &gen->comp->arena);
	vec_foreach (func, &gen->ir->funcs) {
		if ((*func)->target == TARGET_BPF &&
		    ((*func)->role == FN_PROGRAM || ((*func)->is_global && !(*func)->context)))
			add_callee(gen, *func, NULL);
	}
	find_effects(gen);
	vec_foreach (func, &gen->ir->funcs) {
		struct bpfgen_callee *callee = ptr_map_get(&gen->callees, *func);

		if (callee && callee->is_program)
			gen->is_flat |= bpfgen_frames_below(gen, callee) > FRAMES_MAX;
	}
	vec_foreach (func, &gen->ir->funcs) {
		struct bpfgen_callee *callee = ptr_map_get(&gen->callees, *func);

		for (; callee; callee = callee->next)
			declare(gen, callee);
	}
}

/* ---- the function being written ---- */

void bpfgen_fn_begin(struct bpfgen_fn *fn, LLVMValueRef llvm, LLVMMetadataRef scope)
{
	LLVMContextRef context = fn->gen->context;
	LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(context, llvm, "entry");

	fn->llvm = llvm;
	fn->scope = scope;
	fn->allocas = LLVMCreateBuilderInContext(context);
	LLVMPositionBuilderAtEnd(fn->allocas, entry);
	fn->builder = LLVMCreateBuilderInContext(context);
	bpfgen_at(fn, LLVMAppendBasicBlockInContext(context, llvm, "body"));
}

void bpfgen_fn_end(struct bpfgen_fn *fn)
{
	LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(fn->llvm);

	LLVMBuildBr(fn->allocas, LLVMGetNextBasicBlock(entry));
	/* Labels and checks that nothing jumps to. */
	for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(fn->llvm), next; block;
	     block = next) {
		next = LLVMGetNextBasicBlock(block);
		if (!LLVMGetBasicBlockTerminator(block) &&
		    !LLVMGetFirstUse(LLVMBasicBlockAsValue(block)))
			LLVMDeleteBasicBlock(block);
	}
	LLVMDisposeBuilder(fn->builder);
	LLVMDisposeBuilder(fn->allocas);
}

/* ---- locals ---- */

void bpfgen_local_begin(struct bpfgen_fn *fn, const struct ir_local *local)
{
	struct bpfgen_local *own = &fn->locals[local->index];
	uint32_t align = bpfgen_in_memory(local->type) ? 8 : local->type->align;

	if (ir_can_spill(local->type) && !local->on_stack)
		own->storage = bpfgen_spill(fn, local->type->size);
	if (!own->storage)
		own->storage = bpfgen_alloca(fn, local->type->size, align, local->name);
	if (bpfgen_is_window(local->type))
		own->packet = bpfgen_alloca(fn, 8, 8, "");
	if (own->packet && fn->can_pull)
		own->bound = bpfgen_alloca(fn, 1, 1, "");
}

void bpfgen_local_clear(struct bpfgen_fn *fn, const struct ir_local *local)
{
	struct bpfgen_local *own = &fn->locals[local->index];

	if (bpfgen_in_memory(local->type))
		bpfgen_zero(fn, own->storage, 8, local->type->size);
	else
		bpfgen_store_scalar(fn, local->type, bpfgen_zero_value(fn->gen, local->type),
				    own->storage, local->type->align);
	if (own->packet)
		bpfgen_store_raw(fn, bpfgen_i64(fn, 0), own->packet, 8);
	bpfgen_window_bound(fn, local, false);
}

LLVMValueRef bpfgen_local_get(struct bpfgen_fn *fn, const struct ir_local *local)
{
	return bpfgen_load_scalar(fn, local->type, fn->locals[local->index].storage,
				  local->type->align);
}

/* Where a window begins, as an offset from ctx->data. */
static LLVMValueRef window_offset(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	if (expr->kind == IR_EXPR_OP && expr->op.op == IR_OP_PACKET_WINDOW)
		return bpfgen_packet_offset(fn, expr->op.args.data[0]);
	if (expr->kind == IR_EXPR_CONST)
		return bpfgen_i64(fn, 0);
	return bpfgen_packet_offset(fn, expr);
}

void bpfgen_local_set(struct bpfgen_fn *fn, const struct ir_local *local, LLVMValueRef value,
		      const struct ir_expr *expr)
{
	struct bpfgen_local *own = &fn->locals[local->index];
	LLVMValueRef offset = NULL;

	vec_foreach (slot, &fn->slots) {
		if (slot->local == local)
			slot->depth = 0;
	}
	if (own->packet)
		offset = window_offset(fn, expr);
	else if (bpfgen_is_packet(local->type))
		offset = value;
	/* A window is never used unset; a packet pointer that may be is null before. */
	if (offset && LLVMIsAConstantInt(offset) && own->assigned == 1 &&
	    (own->packet || local->uninit))
		own->fixed_offset = offset;
	if (own->packet)
		bpfgen_store_raw(fn, offset, own->packet, 8);
	bpfgen_window_set(fn, local, value, expr);
	bpfgen_reserved_set(fn, local, expr);
	bpfgen_store_scalar(fn, local->type, value, own->storage, local->type->align);
}

struct counter {
	struct ir_walk walk;
	struct bpfgen *gen;
	struct bpfgen_local *locals;
	bool outlines; /* some loop body becomes a function */
};

static void count_set(struct ir_walk *walk, struct ir_local *local)
{
	struct bpfgen_local *own = &((struct counter *)walk)->locals[local->index];

	own->assigned++;
	own->uses++;
}

static void count_place(struct ir_walk *walk, struct ir_place *place)
{
	if (place->kind == IR_PLACE_LOCAL)
		((struct counter *)walk)->locals[place->local->index].uses++;
}

/* How much behind a window is asked for with it. */
static void note_ahead(struct bpfgen_local *own, const struct ir_expr *value)
{
	if (value->kind == IR_EXPR_OP && value->op.op == IR_OP_PACKET_WINDOW &&
	    value->op.ahead > own->ahead)
		own->ahead = value->op.ahead;
}

static void count_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct counter *counter = (struct counter *)walk;
	const struct ir_place *root;

	if (stmt->kind == IR_STMT_SET)
		note_ahead(&counter->locals[stmt->set.local->index], stmt->set.value);
	else if (stmt->kind == IR_STMT_IF_PRESENT)
		note_ahead(&counter->locals[stmt->iff.local->index], stmt->iff.value);

	counter->outlines |= bpfgen_is_outlined(counter->gen, stmt);
	if (stmt->kind != IR_STMT_STORE && stmt->kind != IR_STMT_UPDATE)
		return;
	root = ir_place_root(stmt->store.place);
	if (root->kind == IR_PLACE_LOCAL)
		counter->locals[root->local->index].assigned++;
}

static LLVMValueRef incoming(struct bpfgen_fn *fn, uint32_t i)
{
	const struct bpfgen_callee *callee = fn->callee;
	const struct bpfgen_param *param = &callee->params[i];
	LLVMValueRef block;

	if (!param->in_block)
		return LLVMGetParam(fn->llvm, param->reg);
	block = LLVMGetParam(fn->llvm, REGISTERS - 1);
	return bpfgen_load_raw(fn, param_type(fn->gen, callee, i),
			       bpfgen_offset(fn, block, param->offset), 8);
}

static void take_param(struct bpfgen_fn *fn, const struct ir_local *local, LLVMValueRef value)
{
	struct bpfgen_local *own = &fn->locals[local->index];

	bpfgen_local_begin(fn, local);
	if (local == fn->ir->context) {
		fn->raw_context = value;
		fn->context =
			bpfgen_intrinsic(fn, "llvm.preserve.static.offset", NULL, 0, &value, 1);
	}
	if (local->type->kind == TYPE_BOOL)
		value = LLVMBuildIsNotNull(fn->builder, value, "");
	else if (LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMIntegerTypeKind)
		value = bpfgen_resize(fn, value, local->type, bpfgen_type(fn->gen, local->type));
	bpfgen_store_scalar(fn, local->type, value, own->storage, local->type->align);
}

/* Addresses of ours, which are never null; the verifier has only the word of BTF for them. */
static void test_addresses(struct bpfgen_fn *fn)
{
	const struct bpfgen_callee *callee = fn->callee;
	LLVMBasicBlockRef null = bpfgen_block(fn, "null"), next;

	for (uint32_t i = 0; i < callee->param_count; i++) {
		const struct bpfgen_param *param = &callee->params[i];
		LLVMValueRef address = LLVMGetParam(fn->llvm, param->reg);

		if (!param->in_block && !param->in_memory && i < callee->ir->params.len)
			continue;
		next = bpfgen_block(fn, "given");
		bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, address, ""), next, null);
		bpfgen_at(fn, next);
	}
	next = bpfgen_block(fn, "all_given");
	bpfgen_jump(fn, next);
	bpfgen_at(fn, null);
	LLVMBuildRet(fn->builder, LLVMConstNull(LLVMGetReturnType(callee->type)));
	bpfgen_at(fn, next);
}

static void take_params(struct bpfgen_fn *fn)
{
	const struct ir_func *func = fn->ir;

	if (func->is_global)
		test_addresses(fn);
	for (uint32_t i = 0; i < fn->callee->param_count; i++) {
		LLVMValueRef value = incoming(fn, i);
		const struct ir_local *local;

		if (i >= func->params.len) {
			fn->result = value;
			continue;
		}
		local = func->params.data[i];
		fn->locals[local->index].assigned++;
		if (fn->callee->params[i].in_memory)
			fn->locals[local->index].storage = value; /* our copy, made by the caller */
		else
			take_param(fn, local, value);
	}
}

/* Windows that came as parameters: where they lie in the packet. */
static void find_windows(struct bpfgen_fn *fn)
{
	vec_foreach (param, &fn->ir->params) {
		struct bpfgen_local *own = &fn->locals[(*param)->index];
		struct ir_place place = {
			.kind = IR_PLACE_LOCAL, .type = (*param)->type, .local = *param};
		struct ir_expr load = {
			.kind = IR_EXPR_LOAD, .type = (*param)->type, .place = &place};
		LLVMValueRef to = own->packet;

		if (!to)
			continue;
		own->packet = NULL; /* not known yet: computed from the pointer */
		bpfgen_store_raw(fn, bpfgen_packet_offset(fn, &load), to, 8);
		own->packet = to;
	}
}

static void begin_body(struct bpfgen_fn *fn)
{
	const struct ir_func *func = fn->ir;
	struct counter counter = {
		.walk = {.stmt = count_stmt, .set = count_set, .place = count_place},
		.gen = fn->gen,
		.locals = fn->locals};

	bpfgen_look(&counter.walk, &func->body);
	if (fn->callee->is_program)
		bpfgen_program_begin(fn);
	else
		take_params(fn);
	bpfgen_packet_begin(fn);
	find_windows(fn);
	vec_foreach (local, &func->locals) {
		if (fn->locals[(*local)->index].storage)
			continue;
		bpfgen_local_begin(fn, *local);
		/* A frame is filled with all locals of the loop, set or not, and all windows may
		 * be made again. */
		if (!(*local)->uninit || counter.outlines ||
		    (fn->can_pull && fn->locals[(*local)->index].packet))
			bpfgen_local_clear(fn, *local);
	}
}

static void write_function(struct bpfgen *gen, struct bpfgen_callee *callee)
{
	const struct ir_func *func = callee->ir;
	struct bpfgen_fn fn = {.gen = gen, .ir = func, .callee = callee, .span = func->name_span};
	struct arena *arena = &gen->comp->arena;
	struct bpfgen_proto proto;

	fn.locals = arena_array(arena, struct bpfgen_local, func->locals.len);
	fn.labels = arena_array(arena, struct bpfgen_label, func->label_count);
	bpfgen_fn_begin(&fn, callee->llvm, callee->subprogram);
	bpfgen_position(&fn, func->name_span);
	if (callee->spills)
		bpfgen_scratch_begin(&fn);
	function_proto(gen, callee, &proto);
	bpfgen_debug_params(&fn, &proto);
	begin_body(&fn);
	bpfgen_stmts(&fn, &func->body);
	if (fn.open) {
		bpfgen_position(&fn, func->end);
		bpfgen_return(&fn, NULL);
	}
	bpfgen_scratch_finish(&fn);
	bpfgen_fn_end(&fn);
}

void bpfgen_functions(struct bpfgen *gen, const struct ir_func *func)
{
	struct bpfgen_callee *callee = ptr_map_get(&gen->callees, func);

	for (; callee; callee = callee->next)
		write_function(gen, callee);
}

bool bpfgen_is_context(const struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	const struct ir_local *local;

	if (!fn->raw_context || expr->kind != IR_EXPR_LOAD || expr->place->kind != IR_PLACE_LOCAL)
		return false;
	local = expr->place->local;
	/* Beside the hidden one, a helper may have the context as a parameter of its own. */
	return local == fn->ir->context || (local->is_param && local->type->kind == TYPE_PTR &&
					    local->type->ptr.target == fn->callee->context_struct &&
					    fn->locals[local->index].assigned == 1);
}
