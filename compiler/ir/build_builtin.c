/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of builtins: a row of the table below for each that is more than an operation with args. */
#include "ir/build.h"
#include "sema/format.h"

#include <errno.h>
#include <string.h>

#define MAP_NOEXIST 1 /* BPF_NOEXIST of uapi/linux/bpf.h */
#define MAP_EXIST   2 /* BPF_EXIST */

typedef struct ir_expr *(*builtin_fn)(struct fn_build *fb, struct expr *expr,
				      const struct builtin *builtin);

static struct expr *argument(const struct expr *call, uint32_t index)
{
	return index < call->call.args.len ? call->call.args.data[index] : NULL;
}

static struct expr *receiver(const struct expr *call)
{
	return call->call.callee->field.base;
}

/* The arguments from `first` on, converted; appended to the operation's. */
static void add_args(struct fn_build *fb, struct expr *call, uint32_t first,
		     const struct type *const *types, struct ir_expr *op)
{
	const struct expr_vec *args = &call->call.args;

	if (args->len > first)
		build_exprs(fb, args->data + first, args->len - first, types, &op->op.args);
}

/* ---- everywhere ---- */

static struct ir_expr *print_pieces(struct fn_build *fb, struct expr *call, uint32_t first)
{
	struct ir_expr *op = build_op(fb, IR_OP_PRINT, build_types(fb)->void_, call->span);
	struct expr *const *exprs = call->call.args.data + first;
	uint32_t count = call->call.args.len - first;
	struct format_vec pieces = {0};
	struct ir_expr_vec values = {0};

	if (!format_pieces(fb->comp, exprs, count, build_target(fb) == TARGET_BPF, call->span,
			   &pieces))
		return NULL;
	build_exprs(fb, exprs, count, NULL, &values);
	vec_foreach (piece, &pieces) {
		struct ir_print_piece out = {.text = piece->text, .len = piece->len};

		if (!piece->text) {
			out.arg = build_convert(fb, values.data[piece->arg], piece->type);
			out.verb = piece->verb;
			out.spec = piece->spec;
		}
		vec_push(&fb->comp->arena, &op->op.print, out);
	}
	return op;
}

static struct ir_expr *build_print(struct fn_build *fb, struct expr *expr,
				   const struct builtin *builtin)
{
	return print_pieces(fb, expr, 0);
}

static struct ir_expr *build_print_to(struct fn_build *fb, struct expr *expr,
				      const struct builtin *builtin)
{
	struct ir_expr *context = build_expr(fb, argument(expr, 0));
	struct ir_expr *op = print_pieces(fb, expr, 1);

	if (op)
		build_op_arg(fb, op, context);
	return op;
}

/* The message, and what "the program ends" means here. */
static void build_panic_stmt(struct fn_build *fb, const struct expr *call, const char *text)
{
	struct span span = call->span;
	struct ir_expr *op = build_op(fb, IR_OP_PANIC, build_types(fb)->void_, span);

	op->op.text = text;
	build_give_back(fb, call, true, span);
	build_eval(fb, op);
	switch (build_target(fb)) {
	case TARGET_BPF:
		build_abort(fb, span);
		break;
	case TARGET_MODULE:
		build_return(fb, NULL, span);
		break;
	case TARGET_USER:
	case TARGET_COUNT:
		break;
	}
}

/* "assertion failed: x > 0" */
static const char *assertion_text(struct fn_build *fb, const struct expr *cond)
{
	const struct source *source = fb->comp->sources.files.data[cond->span.file];
	uint32_t len = cond->span.end - cond->span.start;
	char *text;

	if (len > 80)
		return "assertion failed";
	text = arena_printf(&fb->comp->arena, "assertion failed: %.*s", (int)len,
			    source->text + cond->span.start);
	for (char *at = text; *at; at++)
		if ((unsigned char)*at < ' ')
			*at = ' ';
	return text;
}

static struct ir_expr *build_assert(struct fn_build *fb, struct expr *expr,
				    const struct builtin *builtin)
{
	struct expr *cond = argument(expr, 0), *text = argument(expr, 1);
	struct ir_expr *failed = build_not(fb, build_cond(fb, cond));
	struct ir_stmt *test = build_if_stmt(fb, failed, expr->span);
	struct scope_mark scope = build_open(fb, &test->iff.then);

	build_panic_stmt(fb, expr, text ? text->constant.text : assertion_text(fb, cond));
	build_close(fb, scope);
	return NULL;
}

static struct ir_expr *build_panic(struct fn_build *fb, struct expr *expr,
				   const struct builtin *builtin)
{
	build_panic_stmt(fb, expr, argument(expr, 0)->constant.text);
	return NULL;
}

static struct ir_expr *build_raw(struct fn_build *fb, struct expr *expr,
				 const struct builtin *builtin)
{
	struct ir_expr *value = build_expr(fb, argument(expr, 0));

	return ir_simplify(fb->comp, ir_convert(fb->comp, IR_CONVERT_BITS, expr->type, value));
}

/* task_struct.pid as text. */
static const char *path_text(struct fn_build *fb, const struct expr *path)
{
	if (path->kind == EXPR_FIELD)
		return arena_printf(&fb->comp->arena, "%s.%s", path_text(fb, path->field.base),
				    path->field.name.text);
	return path->kind == EXPR_NAME ? path->name.text : "";
}

static struct ir_expr *build_kernel_has(struct fn_build *fb, struct expr *expr,
					const struct builtin *builtin)
{
	struct ir_expr *op = build_op(fb, IR_OP_BUILTIN, build_types(fb)->bool_, expr->span);

	op->op.builtin = builtin;
	op->op.symbol = path_text(fb, argument(expr, 0));
	return op;
}

/* xchg, cas, fetch_add: an address and values of the integer there. */
static struct ir_expr *build_atomic(struct fn_build *fb, struct expr *expr,
				    const struct builtin *builtin)
{
	enum ir_op kind = builtin->id == BUILTIN_XCHG  ? IR_OP_ATOMIC_XCHG
			  : builtin->id == BUILTIN_CAS ? IR_OP_ATOMIC_CAS
						       : IR_OP_ATOMIC_FETCH_ADD;
	struct ir_expr *op = build_op(fb, kind, expr->type, expr->span);
	const struct type *types[] = {NULL, expr->type, expr->type};

	add_args(fb, expr, 0, types, op);
	return op;
}

/* ---- user: programs and attachments ---- */

static struct ir_expr *program_argument(struct fn_build *fb, struct expr *arg)
{
	struct decl *decl = build_ref_decl(arg);
	struct ir_expr *value;

	if (!decl || decl->kind != DECL_FN)
		internal_error(fb->comp, arg->span, "a program's name is expected");
	value = build_func_value(fb, decl, TARGET_BPF, decl->fn.type, arg->span);
	value->func->is_loaded = true;
	return value;
}

static struct ir_expr *build_load(struct fn_build *fb, struct expr *expr,
				  const struct builtin *builtin)
{
	struct ir_expr *op = build_op(fb, IR_OP_LOAD, build_types(fb)->handle, expr->span);

	build_op_arg(fb, op, program_argument(fb, argument(expr, 0)));
	return op;
}

static struct ir_expr *build_attach(struct fn_build *fb, struct expr *expr,
				    const struct builtin *builtin)
{
	struct expr *target = argument(expr, 1);
	bool is_perf = target && target->type == build_types(fb)->perf_options;
	struct ir_expr *op =
		build_op(fb, is_perf ? IR_OP_ATTACH_PERF : IR_OP_ATTACH, expr->type, expr->span);

	add_args(fb, expr, 0, NULL, op);
	if (op->op.args.len == 2)
		build_op_arg(fb, op, build_u32(fb, 0, expr->span));
	return op;
}

static struct ir_expr *build_register(struct fn_build *fb, struct expr *expr,
				      const struct builtin *builtin)
{
	bool is_register = builtin->id == BUILTIN_REGISTER;
	struct ir_expr *op =
		build_op(fb, is_register ? IR_OP_REGISTER : IR_OP_UNREGISTER,
			 is_register ? build_types(fb)->i32 : build_types(fb)->void_, expr->span);

	op->op.impl = build_impl(fb->build, build_ref_decl(argument(expr, 0)));
	return op;
}

static struct ir_expr *build_test(struct fn_build *fb, struct expr *expr,
				  const struct builtin *builtin)
{
	struct ir_expr *op = build_op(fb, IR_OP_TEST_RUN, build_types(fb)->i32, expr->span);

	build_op_arg(fb, op, program_argument(fb, argument(expr, 0)));
	add_args(fb, expr, 1, NULL, op);
	return op;
}

/* ---- maps ---- */

/* An operation on the map before the dot, which may be a map in a map. */
static struct ir_expr *receiver_op(struct fn_build *fb, struct expr *call, enum ir_op kind,
				   const struct type *type)
{
	struct decl *decl = build_ref_decl(receiver(call));
	struct entry_access access = {0};
	struct ir_expr *op;

	if (decl && decl->kind == DECL_MAP)
		access.map = build_map_for(fb, decl);
	else
		build_inner_map(fb, receiver(call), &access);
	op = build_map_op(fb, kind, type, access.map, call->span);
	op->op.map_pointer = access.map_pointer;
	return op;
}

/* A map in a map may be absent: then -ENOENT, false or null. */
static struct ir_expr *when_present(struct fn_build *fb, struct ir_expr *op)
{
	const struct type *type = op->type;
	struct ir_local *result = NULL;
	struct ir_expr *absent;
	struct scope_mark scope;
	struct ir_stmt *test;

	if (type->kind != TYPE_VOID) {
		absent = build_zero(fb, type, op->span);
		if (type == build_types(fb)->i32)
			absent = ir_const(fb->comp, type, (uint64_t)(int64_t)-ENOENT, op->span);
		result = build_temp(fb, "result", absent);
	}
	test = build_if_stmt(fb, build_truth(fb, op->op.map_pointer), op->span);
	scope = build_open(fb, &test->iff.then);
	if (result)
		build_set(fb, result, op, op->span);
	else
		build_eval(fb, op);
	build_close(fb, scope);
	return result ? build_read(fb, result, op->span) : NULL;
}

static struct ir_expr *build_map_store(struct fn_build *fb, struct expr *expr,
				       const struct builtin *builtin)
{
	struct ir_expr *op = receiver_op(fb, expr, IR_OP_MAP_UPDATE, build_types(fb)->i32);
	const struct ir_map *map = op->op.map;

	add_args(fb, expr, 0, (const struct type *[]){map->key, map->value, build_types(fb)->u64},
		 op);
	if (builtin->id == BUILTIN_MAP_INSERT)
		build_op_arg(fb, op, build_u64(fb, MAP_NOEXIST, expr->span));
	else if (builtin->id == BUILTIN_MAP_UPDATE)
		build_op_arg(fb, op, build_u64(fb, MAP_EXIST, expr->span));
	return op;
}

/* A value for queues, stacks, bloom filters, ring buffers. */
static struct ir_expr *build_map_value(struct fn_build *fb, struct expr *expr,
				       const struct builtin *builtin)
{
	enum ir_op kind = builtin->id == BUILTIN_MAP_PUSH  ? IR_OP_MAP_PUSH
			  : builtin->id == BUILTIN_MAP_HAS ? IR_OP_MAP_PEEK
							   : IR_OP_RINGBUF_OUTPUT;
	struct ir_expr *op = receiver_op(fb, expr, kind, expr->type);

	add_args(fb, expr, 0, (const struct type *[]){op->op.map->value}, op);
	if (kind == IR_OP_MAP_PUSH)
		build_op_arg(fb, op, build_u64(fb, 0, expr->span));
	return op;
}

static struct ir_expr *build_reserve(struct fn_build *fb, struct expr *expr,
				     const struct builtin *builtin)
{
	enum ir_op kind = argument(expr, 0) ? IR_OP_RINGBUF_RESERVE_BYTES : IR_OP_RINGBUF_RESERVE;
	struct ir_expr *op = receiver_op(fb, expr, kind, expr->type);

	add_args(fb, expr, 0, (const struct type *[]){build_types(fb)->u64}, op);
	return op;
}

/* Methods of a map whose arguments need no conversion. */
static struct ir_expr *build_map_method(struct fn_build *fb, struct expr *expr,
					const struct builtin *builtin)
{
	static const enum ir_op ops[BUILTIN_COUNT] = {
		[BUILTIN_MAP_LEN] = IR_OP_MAP_LEN,
		[BUILTIN_MAP_CLEAR] = IR_OP_MAP_CLEAR,
		[BUILTIN_MAP_GET] = IR_OP_MAP_STORAGE_GET,
		[BUILTIN_RING_SUBMIT] = IR_OP_RINGBUF_SUBMIT,
		[BUILTIN_RING_DISCARD] = IR_OP_RINGBUF_DISCARD,
		[BUILTIN_RING_ON_EVENT] = IR_OP_RINGBUF_ON_EVENT,
		[BUILTIN_RING_LOST] = IR_OP_RINGBUF_LOST,
	};
	struct ir_expr *op = receiver_op(fb, expr, ops[builtin->id], expr->type);

	add_args(fb, expr, 0, NULL, op);
	return op;
}

/* ---- values ---- */

static struct ir_expr *build_str_len(struct fn_build *fb, struct expr *expr,
				     const struct builtin *builtin)
{
	struct ir_expr *value =
		ir_expr_new(fb->comp, IR_EXPR_STR_LEN, build_types(fb)->u32, expr->span);

	value->convert.operand = build_expr(fb, receiver(expr));
	return value;
}

static struct ir_expr *build_packet_len(struct fn_build *fb, struct expr *expr,
					const struct builtin *builtin)
{
	build_context(fb, expr->span);
	return build_op(fb, IR_OP_PACKET_LEN, build_types(fb)->u64, expr->span);
}

/* v.t.start(ns, f): the timer's address, the time, the function; v.t.cancel(): the address. */
static struct ir_expr *build_timer(struct fn_build *fb, struct expr *expr,
				   const struct builtin *builtin)
{
	struct ir_expr *op = build_op(fb, IR_OP_BUILTIN, expr->type, expr->span);
	struct mark mark;

	op->op.builtin = builtin;
	op->op.map = build_map_for(fb, expr->call.callee->ref.decl);
	build_op_arg(fb, op, build_address(fb, build_place(fb, receiver(expr), NULL, NULL)));
	mark = build_mark(fb);
	add_args(fb, expr, 0, (const struct type *[]){build_types(fb)->u64, NULL}, op);
	op->op.args.data[0] = build_keep(fb, op->op.args.data[0], mark);
	return op;
}

/* An operation whose arguments are those of the call. */
static struct ir_expr *build_plain(struct fn_build *fb, struct expr *expr,
				   const struct builtin *builtin)
{
	static const enum ir_op ops[BUILTIN_COUNT] = {
		[BUILTIN_READ] = IR_OP_PERF_READ,    [BUILTIN_DETACH] = IR_OP_DETACH,
		[BUILTIN_DISPATCH] = IR_OP_DISPATCH, [BUILTIN_DAEMON] = IR_OP_DAEMON,
		[BUILTIN_EXEC] = IR_OP_EXEC,	     [BUILTIN_SLEEP] = IR_OP_SLEEP,
	};
	struct ir_expr *op = build_op(fb, ops[builtin->id], expr->type, expr->span);

	/* MAP_LOOKUP, the first operation, is none of a builtin. */
	if (!ops[builtin->id]) {
		op->op.op = IR_OP_BUILTIN;
		op->op.builtin = builtin;
	}
	add_args(fb, expr, 0, NULL, op);
	return op;
}

static const builtin_fn builders[BUILTIN_COUNT] = {
	[BUILTIN_PRINT] = build_print,
	[BUILTIN_PRINT_TO] = build_print_to,
	[BUILTIN_ASSERT] = build_assert,
	[BUILTIN_PANIC] = build_panic,
	[BUILTIN_RAW] = build_raw,
	[BUILTIN_KERNEL_HAS] = build_kernel_has,
	[BUILTIN_XCHG] = build_atomic,
	[BUILTIN_CAS] = build_atomic,
	[BUILTIN_FETCH_ADD] = build_atomic,
	[BUILTIN_LOAD] = build_load,
	[BUILTIN_ATTACH] = build_attach,
	[BUILTIN_REGISTER] = build_register,
	[BUILTIN_UNREGISTER] = build_register,
	[BUILTIN_TEST] = build_test,
	[BUILTIN_MAP_INSERT] = build_map_store,
	[BUILTIN_MAP_UPDATE] = build_map_store,
	[BUILTIN_MAP_PUT] = build_map_store,
	[BUILTIN_MAP_PUSH] = build_map_value,
	[BUILTIN_MAP_HAS] = build_map_value,
	[BUILTIN_RING_OUTPUT] = build_map_value,
	[BUILTIN_RING_RESERVE] = build_reserve,
	[BUILTIN_MAP_LEN] = build_map_method,
	[BUILTIN_MAP_CLEAR] = build_map_method,
	[BUILTIN_MAP_GET] = build_map_method,
	[BUILTIN_RING_SUBMIT] = build_map_method,
	[BUILTIN_RING_DISCARD] = build_map_method,
	[BUILTIN_RING_ON_EVENT] = build_map_method,
	[BUILTIN_RING_LOST] = build_map_method,
	[BUILTIN_STR_LEN] = build_str_len,
	[BUILTIN_PACKET_LEN] = build_packet_len,
	[BUILTIN_TIMER_START] = build_timer,
	[BUILTIN_TIMER_CANCEL] = build_timer,
};

struct ir_expr *build_builtin(struct fn_build *fb, struct expr *expr, const struct builtin *builtin)
{
	builtin_fn fn = builders[builtin->id];
	struct ir_expr *root = fn ? fn(fb, expr, builtin) : build_plain(fb, expr, builtin);

	if (root && root->kind == IR_EXPR_OP && root->op.map_pointer)
		return when_present(fb, root);
	return root;
}
