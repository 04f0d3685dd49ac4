/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the flow pass: what builtins, helpers and functions do to the state. */
#include "sema/flow.h"

#include <string.h>

/* ---- errors ---- */

void flow_way_out(struct flow *flow, const struct flow_loop *outer)
{
	if (flow->state->dead)
		return;
	for (struct flow_loop *loop = flow->loop; loop && loop != outer; loop = loop->outer)
		loop->way_out = true;
}

/* The first slot that the innermost handler does not know. */
static uint32_t innermost(const struct flow *flow)
{
	return flow->tries ? flow->tries->mark.slots : 0;
}

/* What is held when codes leave: an abort takes all of it, an error what the handler has not. */
static void leave_with(struct flow *flow, const uint64_t *codes, const void *node, struct span span,
		       const char *what)
{
	const uint64_t abort = (uint64_t)1 << CODE_BIT_ABORT;
	bool is_abort = codes[0] & abort, throws = codes[0] & ~abort;

	for (uint32_t i = 1; i < flow->graph->words; i++)
		throws |= codes[i] != 0;
	if (is_abort)
		flow_hold(flow, node, true, 0, span, what);
	if (throws)
		flow_hold(flow, node, false, innermost(flow), span, what);
}

void flow_throw(struct flow *flow, uint64_t *codes, const void *node, struct span span,
		const char *what)
{
	bool may_leave = !flow->deferring;
	uint32_t inner = may_leave ? innermost(flow) : flow->slots.len;
	struct flow_try *frame;

	if (flow->state->dead || codes_empty(flow->graph, codes))
		return;
	if (may_leave)
		leave_with(flow, codes, node, span, what);
	for (frame = flow->tries; frame; frame = frame->outer) {
		if (codes_catch(flow->graph, codes, frame->stmt)) {
			flow_check_held_below(flow, frame->mark.slots, inner, span, what);
			flow_state_join(flow, frame->thrown, flow->state, frame->mark);
			flow_way_out(flow, frame->loop);
		}
		if (codes_empty(flow->graph, codes))
			return;
	}
	/* Codes of a deferred call cannot leave the function; program_throws.c reports them. */
	if (flow->deferring)
		return;
	if (codes[0] != (uint64_t)1 << CODE_BIT_ABORT)
		flow_check_held_below(flow, 0, inner, span, what);
	flow_check_locks(flow, span, what);
	flow_way_out(flow, NULL);
}

static const char *decl_text(const struct flow *flow, const struct decl *decl)
{
	return arena_printf(&flow->comp->arena, "`%s`", decl->name.text);
}

/* ---- functions of the program ---- */

/* What the verifier does not trust in some call it does not trust in the function. */
static void pass_trust(struct flow *flow, struct decl *callee, uint32_t index, uint16_t bits)
{
	struct param *param;

	if (index >= callee->fn.params.len || flow->silent || flow->state->dead)
		return;
	param = &callee->fn.params.data[index];
	if (!(bits & FLOW_TRUST & ~param->untrusted))
		return;
	param->untrusted |= bits & FLOW_TRUST;
	if (callee->fn.facts)
		callee->fn.facts->flow_stale = true;
}

/* A pointer that may be null is passed: the parameter may be null then. */
static void pass_null(struct flow *flow, struct decl *callee, uint32_t index,
		      const struct expr *arg)
{
	struct param *param;

	if (index >= callee->fn.params.len || flow->silent || flow->state->dead)
		return;
	param = &callee->fn.params.data[index];
	if (param->null_argument)
		return;
	param->null_argument = arg;
	if (callee->fn.facts)
		callee->fn.facts->flow_stale = true;
}

static void call_packet_change(struct flow *flow, const struct expr *call)
{
	if (flow->state->dead)
		return;
	flow->last_change = call->span;
	for (uint32_t i = 0; i < flow->slots.len; i++) {
		if (flow->state->bits[i] & FLOW_PACKET)
			flow->state->bits[i] |= FLOW_STALE;
	}
}

static void call_effects(struct flow *flow, const struct expr *call, struct decl *callee)
{
	struct fn_facts *facts = callee->fn.facts;
	uint64_t *codes = flow->codes;
	const char *what;

	if (!facts)
		return;
	if (facts->changes_packet)
		call_packet_change(flow, call);
	memcpy(codes, facts->thrown, flow->graph->words * sizeof(*codes));
	/* Outside of bpf a failed assert ends the process, or only warns. */
	if (!(flow->targets & 1u << TARGET_BPF))
		codes[0] &= ~((uint64_t)1 << CODE_BIT_ABORT);
	if (!codes_empty(flow->graph, codes)) {
		what = arena_printf(&flow->comp->arena, "when %s fails", decl_text(flow, callee));
		flow_throw(flow, codes, call, call->span, what);
	}
	if (facts->waits) {
		flow->state->pending = false;
		flow->state->idle = true;
	} else if (facts->attaches) {
		flow->state->pending = true;
		flow->state->idle = false;
	}
}

/* In module code whoever gets an object, or the address of a part of it, may keep it. */
static void pass_object(struct flow *flow, const struct expr *arg, const struct flow_value *value)
{
	struct flow_slot *slot;
	struct flow_value root = {0};

	if (!(flow->targets & 1u << TARGET_MODULE) || flow->state->dead)
		return;
	flow_escape(flow, value);
	if (arg->kind != EXPR_UNARY || arg->unary.op != UNARY_ADDR)
		return;
	arg = arg->unary.operand;
	while (arg->kind == EXPR_FIELD && arg->ref.kind == REF_NONE)
		arg = arg->field.base;
	slot = flow_slot_of(flow, arg);
	if (slot && arg->type->kind == TYPE_PTR) {
		root.owner = slot->owner + 1;
		flow_escape(flow, &root);
	}
}

/* The verifier takes no pointer that may be null where the kfunc's flags say so. */
static void pass_to_module(struct flow *flow, struct decl *callee, uint32_t index,
			   const struct expr *arg, const struct flow_value *value)
{
	const struct param *param = &callee->fn.params.data[index];
	const unsigned strict = KFUNC_TRUSTED_ARGS | KFUNC_RCU | KFUNC_RELEASE;

	flow_kfunc_argument(flow, callee, index, arg, value);
	if (!(value->bits & FLOW_NULL) || !param->variable ||
	    param->variable->type->kind != TYPE_PTR)
		return;
	if ((callee->fn.kfunc_flags & strict || kfunc_param_is_buffer(callee, index)) &&
	    !param->is_nullable)
		flow_dereference(flow, arg, value);
	else
		pass_null(flow, callee, index, arg);
}

static struct flow_value call_function(struct flow *flow, struct expr *call, struct decl *callee)
{
	struct flow_value result = flow_value_of_type(flow, call->type);
	const struct fn_facts *facts = callee->fn.facts;
	bool is_kfunc = callee->fn.role == FN_KFUNC && flow->targets & 1u << TARGET_BPF;

	for (uint32_t i = 0; i < call->call.args.len; i++) {
		struct expr *arg = call->call.args.data[i];
		bool releases = is_kfunc && callee->fn.kfunc_flags & KFUNC_RELEASE &&
				arg->type->kind == TYPE_PTR;
		struct flow_value value =
			releases ? flow_resource_value(flow, arg) : flow_operand(flow, arg);

		if (is_kfunc && i < callee->fn.params.len) {
			pass_to_module(flow, callee, i, arg, &value);
			if (i)
				flow_kfunc_length(flow, callee, i, call->call.args.data[i - 1], arg,
						  &value);
		} else {
			if (value.bits & FLOW_NULL)
				pass_null(flow, callee, i, arg);
			pass_trust(flow, callee, i, value.bits);
		}
		if (releases)
			flow_release_reference(flow, arg, &value);
		pass_object(flow, arg, &value);
	}
	call_effects(flow, call, callee);
	if (!facts || facts->changes_pointers)
		flow_clobber(flow);
	if (call->type->kind == TYPE_PTR && !(result.bits & FLOW_PACKET))
		result.bits = facts ? (facts->result_null ? FLOW_MAYBE : FLOW_NONNULL) |
					      facts->result_lost
				    : FLOW_NONNULL;
	if (is_kfunc && callee->fn.kfunc_flags & KFUNC_RET_NULL)
		result.bits = FLOW_MAYBE;
	if (is_kfunc && call->type->kind == TYPE_PTR && !(callee->fn.kfunc_flags & KFUNC_ACQUIRE))
		result.bits |= FLOW_UNTRUSTED | FLOW_NO_RCU;
	if (is_kfunc && callee->fn.kfunc_flags & KFUNC_ACQUIRE) {
		result.bits |= FLOW_HELD;
		result.resource = RESOURCE_REFERENCE;
	}
	return result;
}

/* ---- kernel and C functions ---- */

/* The kernel takes no pointer that may be null; the literal `null` is the caller's decision. */
static void pass_to_kernel(struct flow *flow, const struct expr *arg,
			   const struct flow_value *value)
{
	if (arg->kind != EXPR_NULL && flow->targets & 1u << TARGET_BPF)
		flow_dereference(flow, arg, value);
}

/* Through a pointer any function may be called whose address is taken and whose type is that. */
static void pass_to_pointer(struct flow *flow, const struct expr *callee, uint32_t index,
			    const struct expr *arg)
{
	const struct type *type = callee->type;

	if (type && type->kind == TYPE_PTR)
		type = type->ptr.target;
	vec_foreach (node, &flow->graph->nodes) {
		if ((*node)->address_taken && type && type_same((*node)->fn->fn.type, type))
			pass_null(flow, (*node)->fn, index, arg);
	}
}

/* The function that a helper calls back gets the state, which may be null. */
static void call_back(struct flow *flow, struct expr *call, const struct helper *helper)
{
	struct decl *callback = NULL;

	for (uint32_t i = 0; i < call->call.args.len; i++) {
		struct expr *arg = call->call.args.data[i];

		if (helper_param_kind(helper, i) == HELPER_PARAM_CALLBACK)
			callback = expr_decl(arg);
		else if (callback && arg->kind == EXPR_NULL &&
			 helper_param_kind(helper, i) == HELPER_PARAM_STATE)
			pass_null(flow, callback, helper_callback_state(helper), arg);
	}
	if (callback && (!callback->fn.facts || callback->fn.facts->changes_pointers))
		flow_clobber(flow);
}

static struct flow_value call_outside(struct flow *flow, struct expr *call)
{
	const struct expr *callee = call->call.callee;
	const struct ref *ref = &callee->ref;
	struct flow_value result = flow_value_of_type(flow, call->type);

	for (uint32_t i = 0; i < call->call.args.len; i++) {
		struct expr *arg = call->call.args.data[i];
		struct flow_value value = flow_operand(flow, arg);

		if (expr_callee(call) || ref->kind == REF_HELPER)
			pass_to_kernel(flow, arg, &value);
		else if (value.bits & FLOW_NULL)
			pass_to_pointer(flow, callee, i, arg);
		pass_object(flow, arg, &value);
	}
	if (ref->kind != REF_HELPER)
		flow_clobber(flow);
	flow_kernel_call(flow, call);
	if (call->type->kind == TYPE_PTR && !(result.bits & FLOW_PACKET))
		result.bits = FLOW_MAYBE;
	if (ref->kind != REF_HELPER || !ref->helper)
		return result;
	if (call->type->kind == TYPE_PTR && !helper_result_nullable(ref->helper))
		result.bits = FLOW_NONNULL;
	call_back(flow, call, ref->helper);
	if (helper_changes_packet(ref->helper))
		call_packet_change(flow, call);
	return result;
}

/* ---- builtins ---- */

/* In bpf and module code a failed assert leaves at once: nothing may be held. */
static void abort_program(struct flow *flow, const struct expr *call, const char *what)
{
	if (flow->targets & (1u << TARGET_BPF | 1u << TARGET_MODULE)) {
		flow_hold(flow, call, true, 0, call->span, what);
		flow_check_locks(flow, call->span, what);
		flow_way_out(flow, NULL);
	}
	flow_kill(flow);
}

static void call_assert(struct flow *flow, struct expr *call)
{
	struct flow_state *failed, *holds;

	if (!call->call.args.len)
		return;
	flow_cond(flow, call->call.args.data[0], &failed);
	holds = flow->state;
	flow->state = failed;
	abort_program(flow, call, "when the assertion fails");
	flow_replace(flow, holds);
}

static void call_release(struct flow *flow, struct expr *call, const char *how)
{
	struct expr *arg;
	struct flow_value value;

	if (call->call.args.len != 1)
		return;
	arg = call->call.args.data[0];
	value = flow_resource_value(flow, arg);
	flow_release(flow, arg, &value, how);
}

static void call_attach(struct flow *flow, struct expr *call)
{
	struct expr *handle = call->call.args.len ? call->call.args.data[0] : NULL;
	struct flow_value value;

	vec_foreach (arg, &call->call.args) {
		value = flow_operand(flow, *arg);
		if (*arg != handle || !(value.bits & FLOW_UNSET) ||
		    !flow_reports(flow, FLOW_REPORT_GENERAL))
			continue;
		diag_report(flow->comp, DIAG_ATTACH_BEFORE_LOAD, handle->span,
			    "%s is no loaded program: no `load()` was stored in it",
			    flow_text(flow, handle));
	}
	flow->state->pending = true;
	flow->state->idle = false;
}

/* The methods that store a value: a pointer is moved into the map. */
static void call_store(struct flow *flow, struct expr *call)
{
	vec_foreach (arg, &call->call.args) {
		struct flow_value value = flow_expr(flow, *arg);

		if ((*arg)->type->kind == TYPE_PTR)
			flow_move(flow, *arg, &value);
		else
			flow_drop_value(flow, *arg, &value);
	}
}

static void call_operands(struct flow *flow, struct expr *call)
{
	vec_foreach (arg, &call->call.args)
		flow_operand(flow, *arg);
}

static void call_waits(struct flow *flow)
{
	flow->state->pending = false;
	flow->state->idle = true;
}

/* What builtins do beyond taking arguments and giving a value of their type. */
static bool call_special(struct flow *flow, struct expr *call, const struct builtin *builtin)
{
	switch (builtin->id) {
	case BUILTIN_KERNEL_HAS:
		return true;
	case BUILTIN_ASSERT:
		call_assert(flow, call);
		return true;
	case BUILTIN_PANIC:
		abort_program(flow, call, "when the program ends here");
		return true;
	case BUILTIN_RING_SUBMIT:
		call_release(flow, call, "submitted");
		return true;
	case BUILTIN_RING_DISCARD:
		call_release(flow, call, "discarded");
		return true;
	case BUILTIN_MAP_INSERT:
	case BUILTIN_MAP_UPDATE:
	case BUILTIN_MAP_PUT:
	case BUILTIN_MAP_PUSH:
		call_store(flow, call);
		return true;
	case BUILTIN_ATTACH:
	case BUILTIN_REGISTER:
		call_attach(flow, call);
		return true;
	case BUILTIN_DETACH:
	case BUILTIN_UNREGISTER:
	case BUILTIN_DISPATCH:
	case BUILTIN_SLEEP:
	case BUILTIN_DAEMON:
	case BUILTIN_EXEC:
	case BUILTIN_PIN:
	case BUILTIN_RUN:
	case BUILTIN_READ_TEXT:
		call_operands(flow, call);
		call_waits(flow);
		return true;
	default: /* nothing special */
		return false;
	}
}

static struct flow_value result_of_builtin(struct flow *flow, const struct expr *call,
					   const struct builtin *builtin)
{
	struct flow_value result = flow_value_of_type(flow, call->type);

	if (builtin->id == BUILTIN_RING_RESERVE) {
		result.bits = FLOW_MAYBE | FLOW_HELD;
		result.resource = RESOURCE_RECORD;
	} else if (builtin->id == BUILTIN_TASK) {
		result.bits = FLOW_NONNULL;
	} else if (builtin->result[strlen(builtin->result) - 1] == '?') {
		result.bits |= FLOW_MAYBE;
	}
	return result;
}

static struct flow_value call_builtin(struct flow *flow, struct expr *call,
				      const struct builtin *builtin)
{
	struct expr *callee = call->call.callee;

	if (builtin->receiver != RECEIVER_NONE && callee->kind == EXPR_FIELD &&
	    !expr_decl(callee->field.base)) {
		if (builtin->receiver == RECEIVER_TIMER)
			flow_place(flow, callee->field.base);
		else
			flow_operand(flow, callee->field.base);
	}
	if (!call_special(flow, call, builtin))
		call_operands(flow, call);
	return result_of_builtin(flow, call, builtin);
}

struct flow_value flow_call(struct flow *flow, struct expr *call)
{
	const struct builtin *builtin = expr_builtin(call);
	struct expr *callee = call->call.callee;
	struct decl *decl = expr_callee(call);
	struct flow_value pointer;

	if (builtin)
		return call_builtin(flow, call, builtin);
	if (decl && decl->kind == DECL_FN && decl->fn.body)
		return call_function(flow, call, decl);
	if (!decl && callee->ref.kind != REF_HELPER && callee->type) {
		pointer = flow_operand(flow, callee);
		if (callee->type->kind == TYPE_PTR)
			flow_dereference(flow, callee, &pointer);
	}
	return call_outside(flow, call);
}
