/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions of the flow pass: what their values can be. */
#include "sema/flow.h"

struct flow_value flow_value_of_type(const struct flow *flow, const struct type *type)
{
	struct flow_value value = {.bits = flow_pointer_bits(flow, type)};

	value.range = range_of_type(type ? type : flow->comp->types->error);
	return value;
}

struct flow_value flow_value_join(struct flow_value a, struct flow_value b)
{
	a.bits |= b.bits;
	a.range = range_join(a.range, b.range);
	if (a.owner != b.owner)
		a.owner = 0;
	if (b.resource)
		a.resource = b.resource;
	return a;
}

struct flow_value flow_operand(struct flow *flow, struct expr *expr)
{
	struct flow_value value = flow_expr(flow, expr);

	flow_drop_value(flow, expr, &value);
	return value;
}

/* ---- names ---- */

/* The value in a slot, without looking whether it may be used. */
static struct flow_value slot_value(struct flow *flow, const struct expr *expr,
				    struct flow_slot *slot)
{
	struct flow_value value = flow_value_of_type(flow, expr->type);
	const struct range *range = flow_slot_range(flow, slot);

	value.bits = flow_slot_bits(flow, slot);
	if (range)
		value.range = *range;
	if (flow->slots.data[slot->owner].resource != RESOURCE_NONE)
		value.owner = slot->owner + 1;
	return value;
}

static struct flow_value flow_name(struct flow *flow, struct expr *expr)
{
	struct variable *variable = expr_variable(expr);
	struct flow_slot *slot = flow_slot_of(flow, expr);
	struct flow_value value = flow_value_of_type(flow, expr->type);

	if (flow->state->dead)
		return value;
	if (variable && variable->entry_map && expr->entry == ENTRY_PRESENCE &&
	    !variable->entry_present)
		variable->entry_tested = true;
	if (!slot)
		return value;
	flow_check_use(flow, expr, slot);
	return slot_value(flow, expr, slot);
}

struct flow_value flow_resource_value(struct flow *flow, struct expr *expr)
{
	struct flow_slot *slot = expr_variable(expr) ? flow_slot_of(flow, expr) : NULL;

	if (!slot || flow->state->dead)
		return flow_expr(flow, expr);
	return slot_value(flow, expr, slot);
}

/* ---- indexes and fields ---- */

/* Elements of what is indexed: of an array, a string, a pointer to an array; 0: not bounded. */
static uint64_t element_count(const struct type *type)
{
	if (type->kind == TYPE_PTR)
		type = type->ptr.target;
	if (type->kind == TYPE_ARRAY)
		return type->array.count;
	return type->kind == TYPE_STR ? (uint64_t)type->str.capacity + 1 : 0;
}

static void check_index(struct flow *flow, struct expr *expr, const struct flow_value *index)
{
	uint64_t count = element_count(expr->index.base->type);

	if (flow->silent || flow->state->dead)
		return;
	expr->in_bounds = count && index->range.low >= 0 && index->range.high < (__int128)count;
}

static void evaluate_entry(struct flow *flow, struct expr *expr)
{
	if (!expr_decl(expr->index.base))
		flow_operand(flow, expr->index.base);
	flow_operand(flow, expr->index.index);
}

/* p[i], a[i], m[k] up to the point where the element is read or written. */
static void evaluate_index(struct flow *flow, struct expr *expr, bool is_place)
{
	struct expr *base = expr->index.base;
	struct flow_value value, index;

	if (expr_map(base)) {
		evaluate_entry(flow, expr);
		return;
	}
	if (base->type->kind != TYPE_PTR && is_place) {
		flow_place(flow, base);
	} else {
		value = flow_operand(flow, base);
		if (base->type->kind == TYPE_PTR)
			flow_dereference(flow, base, &value);
	}
	index = flow_operand(flow, expr->index.index);
	check_index(flow, expr, &index);
}

static struct flow_value flow_index(struct flow *flow, struct expr *expr)
{
	struct flow_value value;

	evaluate_index(flow, expr, false);
	value = flow_value_of_type(flow, expr->type);
	if (expr_is_entry(expr))
		value.bits = (uint16_t)(value.bits & ~FLOW_SAFE_NULL) | FLOW_MAYBE;
	return value;
}

static struct range field_range(const struct expr *expr)
{
	const struct field *field = expr->field.field;
	struct range range = range_of_type(expr->type);

	if (field && field->bit_size && !type_is_signed(expr->type)) {
		struct range bits = {0, ((__int128)1 << field->bit_size) - 1};

		range_assume(&range, BINARY_LE, bits);
	}
	return range;
}

static struct flow_value flow_field(struct flow *flow, struct expr *expr)
{
	struct expr *base = expr->field.base;
	struct flow_slot *slot;
	struct flow_value value;
	uint16_t trust;

	if (expr->ref.kind != REF_NONE)
		return flow_name(flow, expr);
	value = flow_operand(flow, base);
	if (base->type->kind == TYPE_PTR)
		flow_dereference(flow, base, &value);
	trust = expr->type->kind == TYPE_PTR && flow->targets & 1u << TARGET_BPF
			? flow_field_trust(flow, expr, &value)
			: FLOW_TRUST;
	slot = expr->type->kind == TYPE_PTR ? flow_slot_of(flow, expr) : NULL;
	if (slot && !flow->state->dead) {
		value = slot_value(flow, expr, slot);
	} else {
		value = (struct flow_value){.bits = flow_field_bits(flow, expr)};
		value.range = field_range(expr);
	}
	value.bits &= (uint16_t)~FLOW_TRUST | trust;
	return value;
}

/* ---- places ---- */

void flow_place(struct flow *flow, struct expr *expr)
{
	struct expr *pointer = expr_dereferenced(expr);
	struct variable *variable;
	struct flow_value value;

	if (expr->kind == EXPR_INDEX) {
		evaluate_index(flow, expr, true);
	} else if (pointer) {
		value = flow_operand(flow, pointer);
		flow_dereference(flow, pointer, &value);
	} else if (expr->kind == EXPR_FIELD && expr->ref.kind == REF_NONE) {
		variable = expr_variable(expr->field.base);
		if (variable && variable->entry_is_reference)
			flow_operand(flow, expr->field.base);
		else
			flow_place(flow, expr->field.base);
	} else if (expr->kind != EXPR_NAME && expr->kind != EXPR_FIELD) {
		flow_operand(flow, expr);
	}
}

/* Whether the address of a place can be null: entries that are absent, elements out of range. */
static bool place_is_optional(const struct expr *expr)
{
	for (;;) {
		if (expr_is_entry(expr))
			return true;
		if (expr_dereferenced(expr))
			return expr->kind == EXPR_INDEX && !expr->in_bounds &&
			       expr->index.base->type->ptr.target->kind == TYPE_ARRAY;
		if (expr->kind == EXPR_INDEX) {
			if (!expr->in_bounds && !expr->index.index->constant.kind)
				return true;
			expr = expr->index.base;
		} else if (expr->kind == EXPR_FIELD && expr->ref.kind == REF_NONE) {
			expr = expr->field.base;
		} else {
			return false;
		}
	}
}

/* The slot of the variable that a place without pointers lies in. */
static struct flow_slot *place_slot(struct flow *flow, const struct expr *expr)
{
	while (!expr_dereferenced(expr)) {
		if (expr->kind == EXPR_FIELD && expr->ref.kind == REF_NONE)
			expr = expr->field.base;
		else if (expr->kind == EXPR_INDEX && !expr_map(expr->index.base))
			expr = expr->index.base;
		else
			break;
	}
	return expr_variable(expr) ? flow_slot_of(flow, expr) : NULL;
}

static struct flow_value flow_address(struct flow *flow, struct expr *expr)
{
	struct flow_value value = flow_value_of_type(flow, expr->type);
	struct expr *place = expr->unary.operand;
	struct flow_slot *slot;

	flow_place(flow, place);
	value.bits &= (uint16_t) ~(FLOW_MAYBE | FLOW_SAFE_NULL);
	/* The address of a bound entry, or of a part of it, is null when the entry is absent. */
	slot = place_slot(flow, place);
	if (slot && slot->variable->entry_is_reference && !flow->state->dead)
		value.bits |= flow_slot_bits(flow, slot) & FLOW_MAYBE;
	else
		value.bits |= place_is_optional(place) ? FLOW_MAYBE : FLOW_NONNULL;
	return value;
}

/* ---- operators ---- */

static struct flow_value flow_unary(struct flow *flow, struct expr *expr)
{
	struct expr *operand = expr->unary.operand;
	struct flow_value value, result;

	if (expr->unary.op == UNARY_ADDR)
		return flow_address(flow, expr);
	if (expr->unary.op == UNARY_NOT) {
		struct flow_state *otherwise;

		flow_cond(flow, operand, &otherwise);
		flow_merge(flow, otherwise);
		return flow_value_of_type(flow, expr->type);
	}
	value = flow_operand(flow, operand);
	result = flow_value_of_type(flow, expr->type);
	if (expr->unary.op == UNARY_DEREF)
		flow_dereference(flow, operand, &value);
	else
		result.range = range_unary(expr->unary.op, value.range, expr->type);
	return result;
}

static struct flow_value flow_binary(struct flow *flow, struct expr *expr)
{
	enum binary_op op = expr->binary.op;
	struct flow_value left, right, value;

	if (op == BINARY_LOGAND || op == BINARY_LOGOR) {
		struct flow_state *otherwise;

		flow_cond(flow, expr, &otherwise);
		flow_merge(flow, otherwise);
		return flow_value_of_type(flow, expr->type);
	}
	left = flow_operand(flow, expr->binary.left);
	right = flow_operand(flow, expr->binary.right);
	value = flow_value_of_type(flow, expr->type);
	if (expr->type->kind == TYPE_PTR) {
		/* An address beside a window is no window. */
		if (value.bits & FLOW_PACKET)
			value.bits |= FLOW_UNCHECKED;
		else
			value.bits = left.bits & (FLOW_MAYBE | FLOW_SAFE_NULL | FLOW_TRUST);
		return value;
	}
	if (type_is_integral(expr->type) || expr->type->kind == TYPE_BOOL)
		value.range = range_binary(op, left.range, right.range, expr->type);
	if ((op == BINARY_DIV || op == BINARY_MOD) && !flow->silent && !flow->state->dead)
		expr->divisor_nonzero = !range_has(right.range, 0);
	return value;
}

static struct flow_value flow_select(struct flow *flow, struct expr *expr)
{
	struct flow_state *otherwise, *then;
	struct flow_value a, b;

	flow_cond(flow, expr->cond.cond, &otherwise);
	a = flow_expr(flow, expr->cond.then);
	then = flow->state;
	flow->state = otherwise;
	b = flow_expr(flow, expr->cond.otherwise);
	flow_merge(flow, then);
	return flow_value_join(a, b);
}

static bool is_packet(const struct type *type)
{
	return type->kind == TYPE_PTR &&
	       (type->ptr.region == REGION_PACKET || type->ptr.region == REGION_WINDOW);
}

static struct flow_value flow_cast(struct flow *flow, struct expr *expr)
{
	struct expr *operand = expr->cast.operand;
	struct flow_value value = flow_expr(flow, operand);
	struct flow_value result = flow_value_of_type(flow, expr->type);

	if (expr->type->kind != TYPE_PTR) {
		flow_drop_value(flow, operand, &value);
		if (type_is_integral(expr->type))
			result.range = range_in_type(value.range, expr->type);
		return result;
	}
	if (operand->type->kind != TYPE_PTR) {
		flow_drop_value(flow, operand, &value);
		return result;
	}
	return is_packet(operand->type) ? result : value;
}

static struct flow_value flow_new(struct flow *flow, struct expr *expr)
{
	struct flow_value value = flow_value_of_type(flow, expr->type);

	vec_foreach (arg, &expr->alloc.args)
		flow_operand(flow, *arg);
	if (!facts_alloc_is_atomic(expr) && flow->targets & 1u << TARGET_MODULE)
		flow_sleep(flow, expr->span, "`new` without GFP_ATOMIC");
	/* User code ends when there is no memory. */
	value.bits = flow->targets == 1u << TARGET_USER ? FLOW_NONNULL : FLOW_MAYBE;
	if (flow_follows_objects(flow)) {
		value.bits |= FLOW_HELD;
		value.resource = RESOURCE_OBJECT;
	}
	return value;
}

static void flow_elements(struct flow *flow, struct expr *expr)
{
	if (expr->kind == EXPR_STRUCT) {
		vec_foreach (init, &expr->strukt.inits) {
			struct flow_value value = flow_expr(flow, init->value);

			flow_check_stored(flow, init->value, &value);
		}
		return;
	}
	vec_foreach (elem, &expr->array.elems) {
		struct flow_value value = flow_expr(flow, *elem);

		flow_check_stored(flow, *elem, &value);
	}
}

static struct flow_value evaluate(struct flow *flow, struct expr *expr)
{
	struct flow_value value = {0};

	switch (expr->kind) {
	case EXPR_NAME:
		return flow_name(flow, expr);
	case EXPR_UNARY:
		return flow_unary(flow, expr);
	case EXPR_BINARY:
		return flow_binary(flow, expr);
	case EXPR_COND:
		return flow_select(flow, expr);
	case EXPR_CAST:
		return flow_cast(flow, expr);
	case EXPR_CALL:
		return flow_call(flow, expr);
	case EXPR_INDEX:
		return flow_index(flow, expr);
	case EXPR_FIELD:
		return flow_field(flow, expr);
	case EXPR_MATCH:
		return flow_match(flow, expr);
	case EXPR_IF:
		return flow_if(flow, &expr->iff.conds, expr->iff.then, expr->iff.otherwise);
	case EXPR_NEW:
		return flow_new(flow, expr);
	case EXPR_NULL:
		value.bits = FLOW_NULL;
		return value;
	case EXPR_ARRAY:
	case EXPR_STRUCT:
		flow_elements(flow, expr);
		break;
	case EXPR_INT:
	case EXPR_FLOAT:
	case EXPR_CHAR:
	case EXPR_STRING:
	case EXPR_BOOL:
	case EXPR_SIZEOF:
	case EXPR_ERROR:
		break;
	}
	return flow_value_of_type(flow, expr->type);
}

/* What the context does to the value: `to`. */
static void convert(const struct flow *flow, struct expr *expr, struct flow_value *value)
{
	struct range kept;

	if (!expr->to)
		return;
	if (type_is_integral(expr->to)) {
		kept = range_in_type(value->range, expr->to);
		if (!flow->silent && !flow->state->dead)
			expr->narrows &= !range_equal(kept, value->range);
		value->range = kept;
	} else if (is_packet(expr->to) && expr->to->ptr.region == REGION_WINDOW &&
		   is_packet(expr->type) && expr->type->ptr.region == REGION_PACKET) {
		/* A window: there when the packet holds as many bytes as the pointee has. */
		value->bits = flow_pointer_bits(flow, expr->to);
	}
}

struct flow_value flow_expr(struct flow *flow, struct expr *expr)
{
	const uint16_t doubts = FLOW_NULL | FLOW_SAFE_NULL | FLOW_UNCHECKED;
	struct flow_value value;

	if (!expr->type)
		internal_error(flow->comp, expr->span, "an expression has no type");
	if (expr->constant.kind == CONSTANT_INT) {
		value = (struct flow_value){.range = range_of_constant(&expr->constant)};
	} else {
		value = evaluate(flow, expr);
		if (!flow->silent && !flow->state->dead)
			expr->nonnull = value.bits & FLOW_NONNULL && !(value.bits & doubts);
	}
	convert(flow, expr, &value);
	return value;
}
