/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stack of bpf programs: 512 bytes over a chain of calls (MAX_BPF_STACK of the kernel). What is
 * counted here surely needs memory: texts and arrays, aggregates whose address is taken or which a
 * map or a call gets as a whole. Registers and what LLVM splits into them are not, so a program
 * that passes may still be too large; then the back end asks for the same report.
 *
 * Module code runs on the kernel's stack: 16 KiB for the whole chain of what it calls and what
 * called it, of which one function may have 2048 bytes (CONFIG_FRAME_WARN of 64-bit kernels) and
 * the module's own chain half.
 */
#include "ir/ir_passes.h"

#include <stdlib.h>
#include <string.h>

#define STACK_BYTES  512
#define FRAME_BYTES  2048
#define KERNEL_BYTES 8192
#define REPORTED_MAX 5

struct stack_local {
	const struct ir_func *func;
	const struct ir_local *local;
};

VEC_TYPE(stack_local_vec, struct stack_local);

/* One bpf function. */
struct stack_frame {
	const struct ir_func *func;
	uint32_t own;			 /* bytes */
	uint32_t chain;			 /* with the deepest chain of calls below */
	const struct stack_frame *below; /* where it goes on */
	uint8_t *in_memory;		 /* by local */
};

struct stack {
	struct compilation *comp;
	struct ptr_map frames; /* function -> struct stack_frame */
	struct stack_frame *current;
};

/* ---- one function ---- */

static bool has_array(const struct type *type)
{
	if (type->kind == TYPE_ARRAY || type->kind == TYPE_STR)
		return true;
	if (type->kind != TYPE_STRUCT)
		return false;
	vec_foreach (field, &type->strukt->fields) {
		if (has_array(field->type))
			return true;
	}
	return false;
}

static bool has_pointer(const struct type *type)
{
	if (type->kind == TYPE_ARRAY)
		return has_pointer(type->array.elem);
	if (type->kind == TYPE_STRUCT) {
		vec_foreach (field, &type->strukt->fields) {
			if (has_pointer(field->type))
				return true;
		}
	}
	return type->kind == TYPE_PTR || type->kind == TYPE_FN;
}

/* Dynptrs and iterators. */
static bool belongs_to_kernel(const struct type *type)
{
	return type->kind == TYPE_STRUCT && type->strukt->origin == ORIGIN_KERNEL &&
	       !strncmp(type->strukt->name, "bpf_", 4);
}

bool ir_can_spill(const struct type *type)
{
	return type_is_aggregate(type) && type->size >= IR_SPILL_MIN && !has_pointer(type) &&
	       !belongs_to_kernel(type);
}

static void keep_in_memory(struct stack *stack, const struct ir_local *local)
{
	if (!type_is_aggregate(local->type) || stack->current->in_memory[local->index])
		return;
	if (stack->comp->options.spill && ir_can_spill(local->type) && !local->on_stack)
		return;
	stack->current->in_memory[local->index] = 1;
	stack->current->own += (local->type->size + 7) / 8 * 8;
}

/* Whole aggregates that an operation or a call takes. */
static void visit_args(struct stack *stack, const struct ir_expr_vec *args)
{
	vec_foreach (arg, args) {
		const struct ir_expr *value = *arg;

		if (value->kind == IR_EXPR_LOAD && value->place->kind == IR_PLACE_LOCAL)
			keep_in_memory(stack, value->place->local);
	}
}

static struct stack_frame *frame_of(struct stack *stack, const struct ir_func *func);

static void visit_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	struct stack *stack = walk->user;

	if (expr->kind == IR_EXPR_OP) {
		visit_args(stack, &expr->op.args);
		if (expr->op.buffer)
			keep_in_memory(stack, expr->op.buffer);
	} else if (expr->kind == IR_EXPR_CALL && expr->call.func) {
		struct stack_frame *current = stack->current;
		const struct stack_frame *callee;

		visit_args(stack, &expr->call.args);
		callee = frame_of(stack, expr->call.func);
		stack->current = current;
		if (!current->below || callee->chain > current->below->chain)
			current->below = callee;
	}
}

static struct stack_frame *frame_of(struct stack *stack, const struct ir_func *func)
{
	struct stack_frame *frame = ptr_map_get(&stack->frames, func);
	struct ir_walk walk = {.user = stack, .expr = visit_expr};

	if (frame)
		return frame;
	frame = arena_new(&stack->comp->arena, struct stack_frame);
	frame->func = func;
	frame->in_memory = arena_array(&stack->comp->arena, uint8_t, func->locals.len);
	ptr_map_set(&stack->frames, func, frame);
	stack->current = frame;
	vec_foreach (local, &func->locals) {
		if ((*local)->address_taken || has_array((*local)->type))
			keep_in_memory(stack, *local);
	}
	ir_walk_stmts(&walk, (struct ir_stmt_vec *)&func->body);
	frame->chain = frame->own + (frame->below ? frame->below->chain : 0);
	return frame;
}

/* ---- reports ---- */

static int compare_locals(const void *left, const void *right)
{
	const struct stack_local *a = left, *b = right;

	if (a->local->type->size != b->local->type->size)
		return a->local->type->size > b->local->type->size ? -1 : 1;
	if (a->func != b->func)
		return a->func->span.start < b->func->span.start ? -1 : 1;
	return a->local->index < b->local->index ? -1 : a->local->index > b->local->index;
}

static void note_local(struct compilation *comp, const struct ir_func *func,
		       const struct stack_local *one)
{
	const struct ir_local *local = one->local;
	const char *where =
		one->func == func ? "" : arena_printf(&comp->arena, " in `%s`", one->func->name);

	if (local->is_temp)
		diag_note(comp, local->span, "a temporary `%s`%s takes %u bytes",
			  type_name(comp, local->type), where, local->type->size);
	else
		diag_note(comp, local->span, "`%s`%s takes %u bytes", local->name, where,
			  local->type->size);
}

static void report_size(struct compilation *comp, const struct stack_frame *frame)
{
	const char *name = frame->func->name;
	const char *with = frame->below && frame->below->own ? " with the functions it calls" : "";

	if (frame->func->target == TARGET_MODULE && frame->own > FRAME_BYTES)
		diag_report(comp, DIAG_STACK_LIMIT, frame->func->name_span,
			    "`%s` needs %u bytes of stack; a function in the kernel may have %d",
			    name, frame->own, FRAME_BYTES);
	else if (frame->func->target == TARGET_MODULE)
		diag_report(comp, DIAG_STACK_LIMIT, frame->func->name_span,
			    "`%s` needs %u bytes of stack%s; of the kernel's stack a module should "
			    "use no more than %d",
			    name, frame->chain, with, KERNEL_BYTES);
	else if (frame->chain > STACK_BYTES)
		diag_report(comp, DIAG_STACK_LIMIT, frame->func->name_span,
			    "`%s` needs %u bytes of stack%s; a bpf program has %d", name,
			    frame->chain, with, STACK_BYTES);
	else
		diag_report(comp, DIAG_STACK_LIMIT, frame->func->name_span,
			    "`%s` needs more than the %d bytes of stack that a bpf program has",
			    name, STACK_BYTES);
}

static void report(struct stack *stack, const struct stack_frame *frame)
{
	struct compilation *comp = stack->comp;
	struct stack_local_vec locals = {0};

	report_size(comp, frame);
	if (frame->func->target == TARGET_BPF && !comp->options.spill)
		diag_help(comp,
			  "`--spill` moves large variables to a map; a global variable or a map "
			  "entry takes no stack either");
	for (const struct stack_frame *at = frame; at; at = at->below) {
		vec_foreach (local, &at->func->locals) {
			struct stack_local one = {at->func, *local};

			if (at->in_memory[(*local)->index] || type_is_aggregate((*local)->type))
				vec_push(&comp->arena, &locals, one);
		}
	}
	if (locals.len)
		qsort(locals.data, locals.len, sizeof(*locals.data), compare_locals);
	for (uint32_t i = 0; i < locals.len && i < REPORTED_MAX; i++)
		note_local(comp, frame->func, &locals.data[i]);
}

static void stack_init(struct stack *stack, struct compilation *comp)
{
	*stack = (struct stack){.comp = comp};
	ptr_map_init(&stack->frames, &comp->arena);
}

void ir_report_stack(struct compilation *comp, const struct ir_func *func)
{
	struct stack stack;

	stack_init(&stack, comp);
	report(&stack, frame_of(&stack, func));
}

/* The functions at which chains begin, and those that are too large alone. */
void pass_stack(struct compilation *comp, struct ir_module *module)
{
	struct stack stack;

	stack_init(&stack, comp);
	vec_foreach (func, &module->funcs) {
		const struct stack_frame *frame;
		uint32_t limit = (*func)->target == TARGET_BPF ? STACK_BYTES : KERNEL_BYTES;

		if ((*func)->target == TARGET_USER)
			continue;
		frame = frame_of(&stack, *func);
		/* Of a chain the first function that makes it too long is told. */
		if ((frame->chain > limit && !(frame->below && frame->below->chain > limit)) ||
		    ((*func)->target == TARGET_MODULE && frame->own > FRAME_BYTES))
			report(&stack, frame);
	}
}
