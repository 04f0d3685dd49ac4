/* SPDX-License-Identifier: Apache-2.0 */
/* Operations other than those on maps. */
#include "interp_int.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- print ---- */

static void print_text(struct interp *interp, const char *format, struct value value)
{
	char text[4096];
	uint32_t len = interp_text_len(value);

	len = len < sizeof(text) ? len : sizeof(text) - 1;
	memcpy(text, value.bytes, len);
	text[len] = 0;
	strbuf_printf(&interp->output, format, text);
}

/* The piece's format with a length modifier that fits the argument passed. */
static void print_argument(struct interp *interp, const struct ir_print_piece *piece)
{
	struct value value = interp_expr(interp, piece->arg);
	const char *spec = piece->spec ? piece->spec : "";
	bool is_integer = strchr("duxXo", piece->verb) != NULL;
	char format[64];

	snprintf(format, sizeof(format), "%%%s%s%c", spec, is_integer ? "ll" : "", piece->verb);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (is_integer)
		strbuf_printf(&interp->output, format, (long long)value.bits);
	else if (piece->verb == 'c')
		strbuf_printf(&interp->output, format, (int)value.bits);
	else if (piece->verb == 'p')
		strbuf_printf(&interp->output, format, (void *)(uintptr_t)value.bits);
	else if (value.type->kind == TYPE_FLOAT)
		strbuf_printf(&interp->output, format, value.number);
	else if (value.type->kind == TYPE_BOOL)
		strbuf_printf(&interp->output, format, value.bits ? "true" : "false");
	else if (value.bytes)
		print_text(interp, format, value);
	else
		interp_end(interp, INTERP_UNSUPPORTED, "text behind a pointer");
#pragma GCC diagnostic pop
}

void interp_print(struct interp *interp, const struct ir_expr *expr)
{
	size_t len;

	vec_foreach (piece, &expr->op.print) {
		if (piece->text)
			strbuf_append(&interp->output, piece->text, piece->len);
		else
			print_argument(interp, piece);
	}
	len = interp->output.len;
	if (!len || interp->output.data[len - 1] != '\n')
		strbuf_putc(&interp->output, '\n');
}

/* ---- packets and memory ---- */

static struct value packet_window(struct interp *interp, const struct ir_expr *expr,
				  struct value pointer)
{
	bool is_there =
		interp->packet &&
		interp_bytes(interp, pointer.bits, expr->type->ptr.target->size + expr->op.ahead);

	return interp_scalar(expr->type, is_there ? pointer.bits : 0);
}

static struct value index_address(struct interp *interp, const struct ir_expr *expr,
				  struct value index)
{
	struct spot spot = interp_spot(interp, expr->op.place);

	if (index.bits >= spot.type->array.count)
		return interp_scalar(expr->type, 0);
	return interp_scalar(expr->type, spot.address + index.bits * spot.type->array.elem->size);
}

static struct value atomic(struct interp *interp, const struct ir_expr *expr,
			   const struct value *args)
{
	uint8_t *bytes = interp_bytes(interp, args[0].bits, expr->type->size);
	struct value old, fresh = args[1];

	if (!bytes) {
		interp_end(interp, INTERP_FAULT, "an atomic operation outside of memory");
		return interp_zero(interp, expr->type);
	}
	old = interp_load(interp, expr->type, bytes);
	if (expr->op.op == IR_OP_ATOMIC_FETCH_ADD)
		fresh.bits += old.bits;
	if (expr->op.op == IR_OP_ATOMIC_CAS)
		fresh = old.bits == args[1].bits ? args[2] : old;
	interp_store(interp, expr->type, bytes, fresh);
	return old;
}

/* ---- builtins and helpers with made-up worlds ---- */

static uint32_t next_random(struct interp *interp)
{
	interp->random = interp->random * 1664525 + 1013904223;
	return interp->random;
}

static struct value text_result(struct interp *interp, const struct type *type, const char *text)
{
	struct value value = interp_zero(interp, type);

	strncpy((char *)value.bytes, text, type->size - 1);
	return value;
}

static struct value builtin(struct interp *interp, const struct ir_expr *expr,
			    const struct value *args)
{
	char text[32];

	switch (expr->op.builtin->id) {
	case BUILTIN_KTIME:
	case BUILTIN_KTIME_BOOT:
	case BUILTIN_TIME_NS:
	case BUILTIN_JIFFIES:
		interp->clock += 1000;
		return interp_scalar(expr->type, interp->clock);
	case BUILTIN_PID:
	case BUILTIN_TGID:
	case BUILTIN_GETPID:
		return interp_scalar(expr->type, 1234);
	case BUILTIN_UID:
	case BUILTIN_GID:
	case BUILTIN_CPU:
	case BUILTIN_NUMA_NODE:
		return interp_scalar(expr->type, 0);
	case BUILTIN_RANDOM:
		return interp_scalar(expr->type, next_random(interp));
	case BUILTIN_COMM:
		return text_result(interp, expr->type, "interp");
	case BUILTIN_HEX:
		snprintf(text, sizeof(text), "0x%" PRIx64, args[0].bits);
		return text_result(interp, expr->type, text);
	case BUILTIN_IP_STR:
		snprintf(text, sizeof(text), "%u.%u.%u.%u", (unsigned)args[0].bits & 255,
			 (unsigned)(args[0].bits >> 8) & 255, (unsigned)(args[0].bits >> 16) & 255,
			 (unsigned)(args[0].bits >> 24) & 255);
		return text_result(interp, expr->type, text);
	case BUILTIN_KERNEL_HAS:
		return interp_scalar(expr->type, 1);
	default:
		interp_end(interp, INTERP_UNSUPPORTED, "%s()", expr->op.builtin->name);
		return interp_zero(interp, expr->type);
	}
}

/* A kfunc of this file runs as module code. */
static struct value kfunc(struct interp *interp, const struct ir_expr *expr,
			  const struct value *args)
{
	const struct ir_func *func = interp_find(interp, TARGET_MODULE, expr->op.symbol);
	struct value result = interp_zero(interp, expr->type);
	int32_t code;

	if (!func)
		interp_end(interp, INTERP_UNSUPPORTED, "kfunc %s", expr->op.symbol);
	else
		interp_call(interp, func, args, expr->op.args.len, &result, &code);
	return result;
}

/* ---- user code ---- */

static struct value test_run(struct interp *interp, const struct ir_expr *expr,
			     const struct value *args)
{
	const struct ir_func *func = (const struct ir_func *)(uintptr_t)args[0].bits;
	const struct type *type = func->params.len ? func->params.data[0]->type : NULL;
	uint64_t packet = interp->packet;
	uint32_t packet_len = interp->packet_len;
	struct value context = {.type = type}, result = {0};
	int32_t code;

	interp->packet_len =
		args[1].type->kind == TYPE_STR ? interp_text_len(args[1]) : args[1].type->size;
	interp->packet = interp_alloc(interp, interp->packet_len);
	memcpy(interp_bytes(interp, interp->packet, 0), args[1].bytes, interp->packet_len);
	if (type && type->kind == TYPE_PTR)
		context.bits = interp_alloc(interp, type->ptr.target->size);
	interp_call(interp, func, &context, type ? 1 : 0, &result, &code);
	interp->packet = packet;
	interp->packet_len = packet_len;
	return interp_scalar(expr->type, ir_normalize(expr->type, result.bits));
}

static struct value plain_op(struct interp *interp, const struct ir_expr *expr,
			     const struct value *args)
{
	switch (expr->op.op) {
	case IR_OP_PACKET_WINDOW:
		return packet_window(interp, expr, args[0]);
	case IR_OP_PACKET_LEN:
		return interp_scalar(expr->type, interp->packet_len);
	case IR_OP_INDEX_ADDR:
		return index_address(interp, expr, args[0]);
	case IR_OP_ATOMIC_XCHG:
	case IR_OP_ATOMIC_CAS:
	case IR_OP_ATOMIC_FETCH_ADD:
		return atomic(interp, expr, args);
	case IR_OP_ALLOC:
		return interp_scalar(expr->type,
				     interp_alloc(interp, expr->type->ptr.target->size));
	case IR_OP_FREE:
		if (args[0].bits)
			interp_release(interp, args[0].bits);
		break;
	case IR_OP_PRINT:
		interp_print(interp, expr);
		break;
	case IR_OP_PANIC:
		strbuf_printf(&interp->output, "panic: %s\n", expr->op.text);
		if (interp->frame->func->target == TARGET_USER)
			interp_end(interp, INTERP_PANICKED, "%s", expr->op.text);
		break;
	case IR_OP_THROW_NOTE:
		return args[0];
	case IR_OP_LOAD:
		return interp_scalar(expr->type, ++interp->handles);
	case IR_OP_STOPPING:
		/* The signal comes late: loops that end by themselves do so. */
		return interp_scalar(expr->type, ++interp->stop_questions > STOP_QUESTIONS_MAX);
	case IR_OP_TEST_RUN:
		return test_run(interp, expr, args);
	case IR_OP_ATTACH:
	case IR_OP_DETACH:
	case IR_OP_SLEEP:
	case IR_OP_DISPATCH:
	case IR_OP_RINGBUF_ON_EVENT:
	case IR_OP_RINGBUF_LOST: /* there is always room */
	case IR_OP_LOCK:
	case IR_OP_UNLOCK:
		break;
	case IR_OP_BUILTIN:
		return builtin(interp, expr, args);
	case IR_OP_KFUNC:
		return kfunc(interp, expr, args);
	default:
		interp_end(interp, INTERP_UNSUPPORTED, "%s", ir_op_name(expr->op.op));
		break;
	}
	return interp_zero(interp, expr->type);
}

struct value interp_op(struct interp *interp, const struct ir_expr *expr)
{
	uint32_t count = expr->op.args.len;
	struct value args[count + 1];

	for (uint32_t i = 0; i < count; i++)
		args[i] = interp_expr(interp, expr->op.args.data[i]);
	if (interp->has_ended)
		return interp_zero(interp, expr->type);
	if (expr->op.map_pointer || expr->op.op == IR_OP_KPTR_STORE) {
		interp_end(interp, INTERP_UNSUPPORTED, "%s", ir_op_name(expr->op.op));
		return interp_zero(interp, expr->type);
	}
	if (expr->op.op <= IR_OP_RINGBUF_OUTPUT)
		return interp_map_op(interp, expr, args);
	return plain_op(interp, expr, args);
}
