/* SPDX-License-Identifier: Apache-2.0 */
/* Slots of the flow pass: which variables, paths and globals have a state, and what changes it. */
#include "sema/flow.h"

#include <string.h>

/* Context fields that the kernel guarantees to be set; is_valid_access() in net/core/filter.c. */
static bool context_field_is_set(const char *context, const char *field)
{
	static const struct {
		const char *context, *field;
	} fields[] = {
		{"bpf_sockopt", "sk"}, {"bpf_sock_addr", "sk"}, {"sk_reuseport_md", "sk"},
		{"bpf_nf_ctx", "skb"}, {"bpf_nf_ctx", "state"},
	};

	if (!strncmp(context, "bpf_iter__", 10) && !strcmp(field, "meta"))
		return true;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!strcmp(fields[i].context, context) && !strcmp(fields[i].field, field))
			return true;
	}
	return false;
}

/* A pointer in the context: a socket may be missing, kernel pointers are checked by the verifier.
 */
static uint16_t context_pointer_bits(const struct type *context, const char *field)
{
	const struct type *target = context->ptr.target;
	const char *name = target->kind == TYPE_STRUCT ? target->strukt->name : "";

	return context_field_is_set(name, field) ? FLOW_NONNULL : FLOW_MAYBE;
}

static bool is_context(const struct type *type)
{
	return type->kind == TYPE_PTR && type->ptr.region == REGION_CTX;
}

static bool is_packet(const struct type *type)
{
	return type->kind == TYPE_PTR &&
	       (type->ptr.region == REGION_PACKET || type->ptr.region == REGION_WINDOW);
}

uint16_t flow_pointer_bits(const struct flow *flow, const struct type *type)
{
	if (!type || type->kind != TYPE_PTR)
		return 0;
	switch (type->ptr.region) {
	case REGION_STACK:
	case REGION_CTX:
		return FLOW_NONNULL;
	case REGION_PACKET:
		return FLOW_SAFE_NULL | FLOW_NONNULL | FLOW_PACKET | FLOW_UNCHECKED;
	case REGION_WINDOW:
		return FLOW_SAFE_NULL | FLOW_NONNULL | FLOW_PACKET;
	case REGION_KERNEL:
	case REGION_ADDRESS:
	case REGION_USER:
		/* Modules run as the kernel does: nothing catches a wrong address there. */
		if (flow->targets & 1u << TARGET_MODULE)
			return FLOW_MAYBE;
		return FLOW_SAFE_NULL | FLOW_NONNULL | FLOW_TRUST;
	case REGION_ANY:
	case REGION_ENTRY:
	case REGION_RECORD:
	case REGION_OBJECT:
	case REGION_HEAP:
	case REGION_COUNT:
		break;
	}
	return FLOW_MAYBE;
}

uint16_t flow_field_bits(const struct flow *flow, const struct expr *expr)
{
	const struct type *base = expr->field.base->type;

	if (expr->type->kind == TYPE_PTR && !is_packet(expr->type) && is_context(base))
		return context_pointer_bits(base, expr->field.name.text);
	return flow_pointer_bits(flow, expr->type);
}

/* What the pointer in a slot can be when nothing is known of it. */
static uint16_t slot_default(const struct flow *flow, const struct flow_slot *slot)
{
	const struct type *root = slot->variable ? slot->variable->type : slot->global->var.type;
	const struct field *field;

	if (!slot->path || !slot->path->count)
		return flow_pointer_bits(flow, root);
	field = slot->path->fields[0];
	if (slot->path->count == 1 && is_context(root) && !is_packet(field->type))
		return context_pointer_bits(root, field->name);
	return flow_pointer_bits(flow, field->type);
}

/* ---- making and dropping ---- */

static bool wants_range(const struct flow *flow, const struct variable *variable)
{
	return flow->facts->wants_ranges && variable->flow_range && !variable->address_taken &&
	       type_is_integral(variable->type);
}

static bool is_tracked(const struct flow *flow, const struct variable *variable)
{
	return variable->type->kind == TYPE_PTR || variable->type->kind == TYPE_HANDLE ||
	       variable->entry_map || wants_range(flow, variable);
}

static uint32_t slot_push(struct flow *flow, struct flow_slot slot, uint16_t bits)
{
	uint32_t index = flow->slots.len;

	slot.owner = index;
	vec_push(&flow->comp->arena, &flow->slots, slot);
	/* A dead state needs the room too: the slot is written all the same. */
	flow_state_reserve(flow, flow->state);
	flow->state->bits[index] = bits;
	return index;
}

/* The key of the entry that `var v = m[k]` or `var p = &m[k]` is bound to. */
static void slot_set_key(struct flow_slot *slot, const struct expr *origin)
{
	slot->key = NULL;
	slot->map = NULL;
	if (origin && origin->kind == EXPR_UNARY && origin->unary.op == UNARY_ADDR)
		origin = origin->unary.operand;
	if (!origin || !expr_is_entry(origin))
		return;
	slot->key = origin->index.index;
	slot->map = expr_map(origin->index.base);
}

static void push_paths(struct flow *flow, struct variable *variable, struct decl *global)
{
	const void *root = variable ? (const void *)variable : (const void *)global;
	const struct path *path = ptr_map_get(&flow->facts->paths, root);
	bool exposed = !variable || variable->address_taken || variable->type->kind == TYPE_PTR;

	for (; path; path = path->next) {
		struct flow_slot slot = {.variable = variable, .global = global, .path = path};

		slot.exposed = exposed;
		slot_push(flow, slot, slot_default(flow, &slot));
		flow->exposed_count += exposed;
	}
}

void flow_declare(struct flow *flow, struct variable *variable, const struct flow_value *value,
		  const struct expr *origin)
{
	struct flow_slot slot = {.variable = variable, .origin = origin};
	bool has_paths = ptr_map_get(&flow->facts->paths, variable) != NULL;
	uint32_t index;

	variable->flow_slot = 0;
	if (!is_tracked(flow, variable) && !has_paths) {
		flow_check_stored(flow, origin, value);
		return;
	}
	slot.exposed = variable->address_taken;
	slot_set_key(&slot, origin);
	if (wants_range(flow, variable))
		slot.range = ++flow->range_count;
	index = slot_push(flow, slot, value->bits & (uint16_t) ~(value->owner ? FLOW_RESOURCE : 0));
	flow->exposed_count += slot.exposed;
	variable->flow_slot = index + 1;
	if (slot.range)
		flow->state->ranges[slot.range - 1] = range_in_type(value->range, variable->type);
	flow->slots.data[index].resource = value->resource;
	if (value->resource && origin)
		flow->slots.data[index].acquired = origin->span;
	if (value->owner)
		flow->slots.data[index].owner = value->owner - 1;
	push_paths(flow, variable, NULL);
}

void flow_declare_global(struct flow *flow, struct decl *global)
{
	uint32_t first = flow->slots.len;

	push_paths(flow, NULL, global);
	ptr_map_set(&flow->globals, global, (void *)(uintptr_t)(first + 1));
}

void flow_drop_slots(struct flow *flow, uint32_t count)
{
	while (flow->slots.len > count) {
		struct flow_slot *slot = &flow->slots.data[--flow->slots.len];

		if (slot->range)
			flow->range_count = slot->range - 1;
		if (slot->variable && !slot->path)
			slot->variable->flow_slot = 0;
		flow->exposed_count -= slot->exposed;
	}
}

/* ---- finding ---- */

/* The slot of a registered path, among those that follow the root's. */
static struct flow_slot *path_slot(struct flow *flow, uint32_t first, const struct path *path)
{
	const void *root = path->root;

	for (uint32_t i = first; i < flow->slots.len; i++) {
		struct flow_slot *slot = &flow->slots.data[i];

		if ((slot->variable ? (const void *)slot->variable : (const void *)slot->global) !=
		    root)
			break;
		if (slot->path == path)
			return slot;
	}
	return NULL;
}

struct flow_slot *flow_slot_of(struct flow *flow, const struct expr *expr)
{
	struct variable *variable = expr_variable(expr);
	struct path key, *path;
	uintptr_t first;

	if (variable)
		return variable->flow_slot ? &flow->slots.data[variable->flow_slot - 1] : NULL;
	if (!flow->facts->paths.count || !expr_path(expr, &key))
		return NULL;
	path = facts_find_path(flow->facts, &key);
	if (!path)
		return NULL;
	first = (uintptr_t)ptr_map_get(&flow->globals, path->root);
	if (!first) {
		while (expr->kind == EXPR_FIELD)
			expr = expr->field.base;
		variable = expr_variable(expr);
		first = variable ? variable->flow_slot : 0;
	}
	return first ? path_slot(flow, (uint32_t)first - 1, path) : NULL;
}

static uint32_t slot_index(const struct flow *flow, const struct flow_slot *slot)
{
	return (uint32_t)(slot - flow->slots.data);
}

uint16_t flow_slot_bits(const struct flow *flow, const struct flow_slot *slot)
{
	uint16_t bits = flow->state->bits[slot_index(flow, slot)];

	if (slot->owner != slot_index(flow, slot))
		bits |= flow->state->bits[slot->owner] & FLOW_RESOURCE;
	return bits;
}

void flow_set_bits(struct flow *flow, const struct flow_slot *slot, uint16_t remove, uint16_t add)
{
	uint16_t *own = &flow->state->bits[slot_index(flow, slot)];
	uint16_t *owner = &flow->state->bits[slot->owner];

	*own = (uint16_t)((*own & ~(remove & ~FLOW_RESOURCE)) | (add & ~FLOW_RESOURCE));
	*owner = (uint16_t)((*owner & ~(remove & FLOW_RESOURCE)) | (add & FLOW_RESOURCE));
}

struct range *flow_slot_range(struct flow *flow, const struct flow_slot *slot)
{
	return slot->range ? &flow->state->ranges[slot->range - 1] : NULL;
}

/* ---- changes ---- */

void flow_forget(struct flow *flow, const struct flow_slot *slot)
{
	const uint16_t presence = FLOW_MAYBE | FLOW_SAFE_NULL | FLOW_TRUST;

	if (slot->range)
		*flow_slot_range(flow, slot) = range_of_type(slot->variable->type);
	if (!slot->variable || slot->path || slot->variable->type->kind == TYPE_PTR)
		flow_set_bits(flow, slot, presence, slot_default(flow, slot) & presence);
}

static bool path_has_field(const struct path *path, const struct field *field)
{
	for (uint32_t i = 0; i < path->count; i++) {
		if (path->fields[i] == field)
			return true;
	}
	return false;
}

static bool mentions(const struct expr *expr, const struct variable *variable)
{
	switch (expr->kind) {
	case EXPR_NAME:
		return expr_variable(expr) == variable;
	case EXPR_UNARY:
		return mentions(expr->unary.operand, variable);
	case EXPR_BINARY:
		return mentions(expr->binary.left, variable) ||
		       mentions(expr->binary.right, variable);
	case EXPR_CAST:
		return mentions(expr->cast.operand, variable);
	case EXPR_FIELD:
		return mentions(expr->field.base, variable);
	case EXPR_INDEX:
		return mentions(expr->index.base, variable) ||
		       mentions(expr->index.index, variable);
	default: /* other keys are not compared with anything (flow_same_key) */
		return false;
	}
}

void flow_key_changed(struct flow *flow, const struct variable *variable)
{
	vec_foreach (slot, &flow->slots) {
		if (slot->key && mentions(slot->key, variable))
			flow_set_bits(flow, slot, 0, FLOW_KEY_CHANGED);
	}
}

void flow_assign(struct flow *flow, struct flow_slot *slot, const struct flow_value *value,
		 const struct expr *origin)
{
	uint32_t index = slot_index(flow, slot);
	struct range *range = flow_slot_range(flow, slot);

	flow_check_overwritten(flow, slot, value, origin);
	flow_set_bits(flow, slot, UINT16_MAX, value->bits);
	if (range)
		*range = range_in_type(value->range, slot->variable->type);
	if (value->resource) {
		slot->resource = value->resource;
		slot->acquired = origin->span;
		slot->leak_reported = false;
	}
	slot->origin = origin;
	slot_set_key(slot, origin);
	if (slot->path)
		return;
	/* What its fields point to is not known any more. */
	for (uint32_t i = index + 1; i < flow->slots.len; i++) {
		if (!flow->slots.data[i].path ||
		    flow->slots.data[i].variable != flow->slots.data[index].variable)
			break;
		flow_forget(flow, &flow->slots.data[i]);
	}
}

void flow_stored(struct flow *flow, const struct expr *target)
{
	const struct field *field = target->kind == EXPR_FIELD ? target->field.field : NULL;

	/* Numbers do not change pointers. */
	if (target->type && type_is_scalar(target->type) && target->type->kind != TYPE_PTR)
		return;
	vec_foreach (slot, &flow->slots) {
		if (slot->path && slot->path->count) {
			if (!field || path_has_field(slot->path, field))
				flow_forget(flow, slot);
		} else if (slot->exposed && !field) {
			flow_forget(flow, slot);
		}
	}
}

void flow_clobber(struct flow *flow)
{
	if (!flow->exposed_count)
		return;
	vec_foreach (slot, &flow->slots) {
		if (slot->exposed)
			flow_forget(flow, slot);
	}
}
