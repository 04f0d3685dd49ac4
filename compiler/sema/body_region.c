/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where pointers point to. A region flows from values to variables, from arguments to parameters,
 * from `return` to results. It is noted as bodies are checked and settled when all are: only then
 * are all callers of a helper known.
 */
#include "sema/body.h"

#include <string.h>

/* Memory that is there, whoever owns it. */
bool body_region_is_direct(enum region region)
{
	switch (region) {
	case REGION_STACK:
	case REGION_ENTRY:
	case REGION_RECORD:
	case REGION_OBJECT:
	case REGION_HEAP:
	case REGION_ANY:
		return true;
	case REGION_PACKET:
	case REGION_WINDOW:
	case REGION_CTX:
	case REGION_KERNEL:
	case REGION_ADDRESS:
	case REGION_USER:
	case REGION_COUNT:
		break;
	}
	return false;
}

bool body_region_join(enum region a, enum region b, enum region *joined)
{
	*joined = a;
	if (a == b || b == REGION_ANY)
		return true;
	*joined = b;
	if (a == REGION_ANY)
		return true;
	if (body_region_is_direct(a) && body_region_is_direct(b)) {
		*joined = REGION_ENTRY;
		return true;
	}
	/* A window is as accessible as a variable, a packet pointer is checked at each access. */
	if ((a == REGION_WINDOW && body_region_is_direct(b)) ||
	    (b == REGION_WINDOW && body_region_is_direct(a))) {
		*joined = REGION_WINDOW;
		return true;
	}
	if ((a == REGION_WINDOW && b == REGION_PACKET) ||
	    (a == REGION_PACKET && b == REGION_WINDOW)) {
		*joined = REGION_PACKET;
		return true;
	}
	*joined = REGION_ADDRESS;
	return (a == REGION_KERNEL && b == REGION_ADDRESS) ||
	       (a == REGION_ADDRESS && b == REGION_KERNEL);
}

enum region body_region_stepped(enum region region)
{
	if (region == REGION_WINDOW)
		return REGION_PACKET;
	/* The verifier tracks where kernel pointers point to, not what lies beside it. */
	return region == REGION_KERNEL ? REGION_ADDRESS : region;
}

/* ---- regions of expressions ---- */

static enum region declared_region(const struct type *type)
{
	return type && type->kind == TYPE_PTR ? type->ptr.region : REGION_ANY;
}

/* Fields and elements inside a kernel struct lie in it; single values are read by their address. */
static enum region inner_region(const struct expr *place, enum region region)
{
	return region == REGION_KERNEL && place->type->kind != TYPE_STRUCT ? REGION_ADDRESS
									   : region;
}

enum region body_address_region(const struct expr *place)
{
	const struct expr *at = place;

	for (;;) {
		switch (at->kind) {
		case EXPR_NAME:
			if (at->ref.kind == REF_VARIABLE && !at->ref.variable->entry_is_reference)
				return REGION_STACK;
			return REGION_ENTRY;
		case EXPR_FIELD:
			if (at->ref.kind == REF_DECL)
				return REGION_ENTRY;
			if (at->field.arrow)
				return inner_region(place, sema_region(at->field.base));
			at = at->field.base;
			break;
		case EXPR_INDEX:
			if (at->index.base->type->kind == TYPE_MAP)
				return REGION_ENTRY;
			if (at->index.base->type->kind == TYPE_PTR)
				return body_region_stepped(sema_region(at->index.base));
			at = at->index.base;
			break;
		case EXPR_UNARY:
			return at->unary.op == UNARY_DEREF
				       ? inner_region(place, sema_region(at->unary.operand))
				       : REGION_ANY;
		default:
			return REGION_ANY;
		}
	}
}

static bool is_socket(const struct type *type)
{
	static const char *const sockets[] = {"sock", "inet_sock", "inet_connection_sock",
					      "tcp_sock"};

	for (size_t i = 0; type->kind == TYPE_STRUCT && i < sizeof(sockets) / sizeof(sockets[0]);
	     i++) {
		if (!strcmp(type->strukt->name, sockets[i]))
			return true;
	}
	return false;
}

/*
 * The `*sock` of a congestion control is a whole `*tcp_sock`, and the kernel knows it
 * (bpf_tcp_ca_is_valid_access() in net/ipv4/bpf_tcp_ca.c): each of these structs begins with the
 * one before.
 */
static bool is_same_socket(const struct expr *operand, const struct type *to)
{
	const struct variable *variable =
		operand->kind == EXPR_NAME && operand->ref.kind == REF_VARIABLE
			? operand->ref.variable
			: NULL;
	const struct prog_kind *kind = variable ? variable->owner->fn.kind : NULL;

	return kind && kind->id == PROG_STRUCT_OPS && is_socket(operand->type->ptr.target) &&
	       is_socket(to->ptr.target);
}

static enum region cast_region(const struct expr *cast)
{
	const struct expr *operand = cast->cast.operand;
	enum region region;

	if (!operand->type || operand->type->kind != TYPE_PTR)
		return declared_region(cast->type);
	region = sema_region(operand);
	if (type_same(operand->type, cast->type) && region != REGION_WINDOW)
		return region;
	if (cast->type->kind == TYPE_PTR && is_same_socket(operand, cast->type))
		return region;
	return body_region_stepped(region);
}

static enum region step_region(const struct expr *sum)
{
	const struct expr *left = sum->binary.left, *right = sum->binary.right;
	const struct expr *pointer = left->type && left->type->kind == TYPE_PTR ? left : right;
	enum region region = sema_region(pointer);

	/* Into an array of known size: inside by the rule of step_in_array(). */
	if (pointer->type && pointer->type->kind == TYPE_PTR &&
	    pointer->type->ptr.target->kind == TYPE_ARRAY)
		return region;
	return body_region_stepped(region);
}

static enum region call_region(const struct expr *call)
{
	const struct ref *ref = &call->call.callee->ref;
	enum region region = declared_region(call->type);

	if (region == REGION_ANY && ref->kind == REF_DECL && ref->decl->kind == DECL_FN)
		return ref->decl->fn.result_region;
	return region;
}

enum region sema_region(const struct expr *expr)
{
	enum region region;

	switch (expr->kind) {
	case EXPR_NAME:
		if (expr->ref.kind == REF_VARIABLE)
			return declared_region(expr->ref.variable->type);
		break;
	case EXPR_UNARY:
		if (expr->unary.op == UNARY_ADDR && expr->unary.operand->type)
			return body_address_region(expr->unary.operand);
		break;
	case EXPR_BINARY:
		if (expr->type && expr->type->kind == TYPE_PTR)
			return step_region(expr);
		break;
	case EXPR_CAST:
		return cast_region(expr);
	case EXPR_CALL:
		return call_region(expr);
	case EXPR_COND:
		body_region_join(sema_region(expr->cond.then), sema_region(expr->cond.otherwise),
				 &region);
		return region;
	default: /* loaded from memory, or made here: as its type says */
		break;
	}
	return declared_region(expr->type);
}

/* ---- flows ---- */

static struct regions *regions_of(struct sema *sema)
{
	if (!sema->regions)
		sema->regions = arena_new(&sema->comp->arena, struct regions);
	return sema->regions;
}

void body_note_pointer(struct sema *sema, struct expr *expr)
{
	vec_push(&sema->comp->arena, &regions_of(sema)->pointers, expr);
}

/* Of a conversion to a window: the window. */
static enum region value_region(const struct expr *value)
{
	if (value->to && value->to->kind == TYPE_PTR && value->to->ptr.region == REGION_WINDOW)
		return REGION_WINDOW;
	return sema_region(value);
}

static enum region flow_region(const struct region_flow *flow)
{
	if (flow->fn)
		return flow->fn->fn.result_region;
	return declared_region(flow->variable->type);
}

/* The words for messages. */
static const char *const region_words[REGION_COUNT] = {
	[REGION_ANY] = "memory",
	[REGION_STACK] = "a local variable",
	[REGION_ENTRY] = "a map entry or global",
	[REGION_PACKET] = "the packet",
	[REGION_WINDOW] = "the packet",
	[REGION_CTX] = "the context",
	[REGION_KERNEL] = "kernel memory",
	[REGION_ADDRESS] = "kernel memory",
	[REGION_USER] = "memory of a process",
	[REGION_RECORD] = "a ring buffer record",
	[REGION_OBJECT] = "an object",
	[REGION_HEAP] = "the heap",
};

static void report_conflict(struct sema *sema, struct region_flow *flow)
{
	const char *name = flow->fn ? flow->fn->name.text : flow->variable->name;

	const struct decl *owner = flow->fn ? flow->fn : flow->variable->owner;

	/* In module code every address is one of the kernel's. */
	if (flow->is_reported || (owner && sema_possible_targets(owner) == 1u << TARGET_MODULE))
		return;
	flow->is_reported = true;
	diag_report(sema->comp, DIAG_TYPE_MISMATCH, flow->value->span,
		    "%s`%s` points to %s here and to %s elsewhere; one access cannot serve both",
		    flow->fn ? "the result of " : "", name, region_words[value_region(flow->value)],
		    region_words[flow_region(flow)]);
	diag_note(sema->comp, flow->fn ? flow->fn->name.span : flow->variable->span,
		  "`%s` is declared here", name);
}

/* True when the target's region changed. */
static bool flow_step(struct sema *sema, struct region_flow *flow)
{
	enum region before = flow_region(flow), after;

	if (!body_region_join(before, value_region(flow->value), &after)) {
		report_conflict(sema, flow);
		return false;
	}
	if (after == before)
		return false;
	if (flow->fn)
		flow->fn->fn.result_region = after;
	else
		flow->variable->type = type_with_region(sema->comp, flow->variable->type, after);
	return true;
}

static void note_flow(struct sema *sema, struct region_flow flow)
{
	struct regions *regions = regions_of(sema);

	if (flow.value->type->kind != TYPE_PTR)
		return;
	vec_push(&sema->comp->arena, &regions->flows, flow);
	flow_step(sema, &regions->flows.data[regions->flows.len - 1]);
}

void body_note_region(struct sema *sema, struct variable *variable, const struct expr *value)
{
	if (variable->type->kind == TYPE_PTR)
		note_flow(sema, (struct region_flow){.variable = variable, .value = value});
}

void body_note_result(struct sema *sema, struct decl *fn, const struct expr *value)
{
	note_flow(sema, (struct region_flow){.fn = fn, .value = value});
}

/* Only what bpf code may pass matters: elsewhere all memory is accessed alike. */
void body_note_argument(struct sema *sema, const struct decl *callee, uint32_t index,
			const struct expr *value)
{
	struct variable *param;

	if (callee->kind != DECL_FN || index >= callee->fn.params.len ||
	    !(sema_possible_targets(callee) & 1u << TARGET_BPF) ||
	    !(sema_possible_targets(sema->fn) & 1u << TARGET_BPF))
		return;
	param = callee->fn.params.data[index].variable;
	if (param && param->type->kind == TYPE_PTR)
		note_flow(sema, (struct region_flow){.variable = param, .value = value});
}

void body_note_check(struct sema *sema, const struct region_check *check)
{
	struct region_check noted = *check;

	if (!(sema_possible_targets(sema->fn) & 1u << TARGET_BPF))
		return;
	noted.fn = sema->fn;
	vec_push(&sema->comp->arena, &regions_of(sema)->checks, noted);
}

/* Where a pointer to such memory comes from, to the variable that `pointer` names. */
static void note_source(struct sema *sema, const struct expr *pointer)
{
	if (pointer->kind != EXPR_NAME || pointer->ref.kind != REF_VARIABLE)
		return;
	vec_foreach (flow, &regions_of(sema)->flows) {
		if (flow->variable != pointer->ref.variable ||
		    !body_region_is_direct(value_region(flow->value)) ||
		    value_region(flow->value) == REGION_ANY)
			continue;
		diag_note(sema->comp, flow->value->span, "`%s` points to %s here",
			  flow->variable->name, region_words[value_region(flow->value)]);
		return;
	}
}

static void late_step(struct sema *sema, const struct region_check *check)
{
	enum region region = sema_region(check->pointer);
	bool is_name = check->pointer->kind == EXPR_NAME;

	/* A parameter to which nothing was passed: nobody calls the function. */
	if (body_region_has_steps(region) ||
	    (region == REGION_ANY && is_name && !check->fn->fn.is_global))
		return;
	diag_report(sema->comp, DIAG_POINTER_ARITHMETIC, check->span,
		    "bpf code steps through packets, kernel memory and pointers to arrays only; "
		    "this is one `%s`",
		    type_name(sema->comp, check->pointer->type->ptr.target));
	note_source(sema, check->pointer);
}

static void late_check(struct sema *sema, const struct region_check *check)
{
	if (check->pointer)
		late_step(sema, check);
	else if (check->cast->type->kind == TYPE_PTR &&
		 body_region_is_direct(sema_region(check->cast->cast.operand)))
		body_cast_too_large(sema, check->cast, check->cast->type);
}

static bool is_shared(const struct decl *fn)
{
	return sema_possible_targets(fn) != 1u << TARGET_BPF;
}

void sema_regions_shared(struct sema *sema)
{
	vec_foreach (check, &regions_of(sema)->checks) {
		if (is_shared(check->fn) && check->fn->fn.targets & 1u << TARGET_BPF)
			late_check(sema, check);
	}
}

void sema_regions_finish(struct sema *sema)
{
	struct regions *regions = regions_of(sema);
	bool changed = true;

	while (changed) {
		changed = false;
		vec_foreach (flow, &regions->flows)
			changed |= flow_step(sema, flow);
	}
	/* Operands stand before what is made of them. */
	vec_foreach (pointer, &regions->pointers)
		(*pointer)->type =
			type_with_region(sema->comp, (*pointer)->type, sema_region(*pointer));
	vec_foreach (check, &regions->checks) {
		if (!is_shared(check->fn))
			late_check(sema, check);
	}
}
