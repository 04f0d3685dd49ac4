/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the checker's flow analysis cannot see, because it happens in temporaries or because all
 * assignments count together: a verdict that only ever gets 1 or 2 needs no clamp. A local's range
 * is the union over everything that is assigned to it anywhere, so no order of execution matters.
 * The first round takes any value for locals on the right side, the second the ranges of the first.
 */
#include "ir/ir_passes.h"

#define ROUNDS 2

/* least .. most, wide enough for every 64-bit type; empty when least > most. */
struct span128 {
	__int128 least, most;
};

struct ranges {
	struct compilation *comp;
	struct span128 *known;	 /* by local, of the round before; NULL in the first */
	struct span128 *current; /* being collected */
	const struct ir_stmt *stmt;
};

/* ---- ranges of expressions ---- */

static bool has_range(const struct type *type)
{
	return type_is_integral(type) || type->kind == TYPE_CHAR || type->kind == TYPE_BOOL;
}

static struct span128 range_of_type(const struct type *type)
{
	unsigned bits = type->kind == TYPE_BOOL ? 1 : type->size * 8;

	if (type_is_signed(type))
		return (struct span128){-((__int128)1 << (bits - 1)),
					((__int128)1 << (bits - 1)) - 1};
	return (struct span128){0, ((__int128)1 << bits) - 1};
}

static struct span128 range_join(struct span128 a, struct span128 b)
{
	return (struct span128){a.least < b.least ? a.least : b.least,
				a.most > b.most ? a.most : b.most};
}

/* The range when the type holds all of it, else anything of the type: the value may wrap. */
static struct span128 range_fitted(struct span128 range, const struct type *type)
{
	struct span128 all = range_of_type(type);

	return range.least < all.least || range.most > all.most ? all : range;
}

static struct span128 range_of(struct ranges *ranges, const struct ir_expr *expr);

static struct span128 range_of_bits(const struct ir_expr *expr, uint64_t bits)
{
	__int128 value = type_is_signed(expr->type) ? (__int128)(int64_t)bits : (__int128)bits;

	return (struct span128){value, value};
}

/* All bits below the highest one that `most` has. */
static __int128 all_bits_of(__int128 most)
{
	__int128 bits = 1;

	while (bits <= most)
		bits *= 2;
	return bits - 1;
}

static struct span128 range_of_product(struct span128 a, struct span128 b)
{
	struct span128 range;
	__int128 corners[] = {a.least * b.least, a.least * b.most, a.most * b.least,
			      a.most * b.most};

	range.least = range.most = corners[0];
	for (unsigned i = 1; i < 4; i++)
		range = range_join(range, (struct span128){corners[i], corners[i]});
	return range;
}

static bool is_small(struct span128 range)
{
	return range.least >= -((__int128)1 << 62) && range.most <= (__int128)1 << 62;
}

/* a op b of two ranges; `all` when nothing better is known. */
static struct span128 range_of_operation(enum binary_op op, struct span128 a, struct span128 b,
					 struct span128 all, unsigned width)
{
	bool is_positive = a.least >= 0 && b.least >= 0, is_constant = b.least == b.most;

	switch (op) {
	case BINARY_ADD:
		return (struct span128){a.least + b.least, a.most + b.most};
	case BINARY_SUB:
		return (struct span128){a.least - b.most, a.most - b.least};
	case BINARY_MUL:
		return is_small(a) && is_small(b) ? range_of_product(a, b) : all;
	case BINARY_DIV:
		if (is_positive && b.least > 0)
			return (struct span128){a.least / b.most, a.most / b.least};
		break;
	case BINARY_MOD:
		if (is_positive && b.least > 0)
			return (struct span128){0, a.most < b.most - 1 ? a.most : b.most - 1};
		break;
	case BINARY_AND:
		if (a.least >= 0 && b.least >= 0)
			return (struct span128){0, a.most < b.most ? a.most : b.most};
		if (a.least >= 0 || b.least >= 0)
			return (struct span128){0, a.least >= 0 ? a.most : b.most};
		break;
	case BINARY_OR:
	case BINARY_XOR:
		if (is_positive)
			return (struct span128){0, all_bits_of(a.most > b.most ? a.most : b.most)};
		break;
	case BINARY_SHR:
		if (a.least >= 0 && is_constant && b.least >= 0 && b.least < width)
			return (struct span128){a.least >> b.least, a.most >> b.least};
		break;
	case BINARY_SHL:
	case BINARY_EQ:
	case BINARY_NE:
	case BINARY_LT:
	case BINARY_LE:
	case BINARY_GT:
	case BINARY_GE:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
	case BINARY_NONE:
		break;
	}
	return all;
}

static struct span128 range_of_binary(struct ranges *ranges, enum binary_op op,
				      const struct type *type, struct span128 left,
				      const struct ir_expr *right)
{
	struct span128 all = range_of_type(type);

	if (!has_range(right->type))
		return all;
	return range_fitted(
		range_of_operation(op, left, range_of(ranges, right), all, type->size * 8), type);
}

static struct span128 range_of_load(struct ranges *ranges, const struct ir_expr *expr)
{
	const struct ir_place *place = expr->place;
	struct span128 known = {1, 0};
	unsigned bits;

	if (place->kind == IR_PLACE_LOCAL && ranges->known && !place->local->address_taken)
		known = ranges->known[place->local->index];
	/* A local that nothing sets, of a loop that never runs, has an empty range. */
	if (known.least <= known.most)
		return known;
	bits = place->kind == IR_PLACE_FIELD ? place->field.field->bit_size : 0;
	if (bits && bits < 64 && !type_is_signed(expr->type))
		return (struct span128){0, ((__int128)1 << bits) - 1};
	return range_of_type(expr->type);
}

static struct span128 range_of(struct ranges *ranges, const struct ir_expr *expr)
{
	struct span128 all = range_of_type(expr->type);
	uint64_t bits;

	if (ir_is_const(expr, &bits))
		return range_of_bits(expr, bits);
	if (expr->kind == IR_EXPR_LOAD)
		return range_of_load(ranges, expr);
	if (expr->kind == IR_EXPR_SELECT)
		return range_join(range_of(ranges, expr->select.then),
				  range_of(ranges, expr->select.otherwise));
	if (expr->kind == IR_EXPR_CONVERT && has_range(expr->convert.operand->type) &&
	    expr->convert.how != IR_CONVERT_BOOL)
		return range_fitted(range_of(ranges, expr->convert.operand), expr->type);
	if (expr->kind == IR_EXPR_BINARY && has_range(expr->binary.left->type))
		return range_of_binary(ranges, expr->binary.op, expr->type,
				       range_of(ranges, expr->binary.left), expr->binary.right);
	if (expr->kind == IR_EXPR_STR_LEN)
		return (struct span128){0, expr->convert.operand->type->size};
	return all;
}

/* ---- collecting what locals get ---- */

static void add_range(struct ranges *ranges, const struct ir_local *local, struct span128 range)
{
	struct span128 *current = &ranges->current[local->index];

	*current = current->least > current->most ? range : range_join(*current, range);
}

static void note_set(struct ir_walk *walk, struct ir_local *local)
{
	struct ranges *ranges = walk->user;
	const struct ir_stmt *stmt = ranges->stmt;

	if (!has_range(local->type))
		return;
	if (stmt->kind == IR_STMT_SET && stmt->set.local == local &&
	    has_range(stmt->set.value->type)) {
		add_range(ranges, local, range_of(ranges, stmt->set.value));
	} else if (stmt->kind == IR_STMT_FOR && stmt->range.local == local) {
		struct span128 from = range_of(ranges, stmt->range.from);
		struct span128 to = range_of(ranges, stmt->range.to);

		to.most -= !stmt->range.inclusive;
		if (from.least <= to.most)
			add_range(ranges, local, (struct span128){from.least, to.most});
	} else {
		add_range(ranges, local, range_of_type(local->type));
	}
}

static void note_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct ranges *ranges = walk->user;
	const struct ir_place *place = stmt->kind == IR_STMT_UPDATE ? stmt->store.place : NULL;

	ranges->stmt = stmt;
	if (place && place->kind == IR_PLACE_LOCAL && has_range(place->type))
		add_range(ranges, place->local,
			  range_of_binary(ranges, stmt->store.op, place->type,
					  range_of_type(place->type), stmt->store.value));
}

static void collect(struct ranges *ranges, struct ir_func *func)
{
	struct ir_walk walk = {.user = ranges, .stmt = note_stmt, .set = note_set};

	ranges->current = arena_array(&ranges->comp->arena, struct span128, func->locals.len);
	vec_foreach (local, &func->locals) {
		struct span128 *range = &ranges->current[(*local)->index];

		*range = (struct span128){1, 0};
		if (!has_range((*local)->type))
			continue;
		if ((*local)->is_param || (*local)->address_taken)
			*range = range_of_type((*local)->type);
		else if (!(*local)->uninit)
			*range = (struct span128){0, 0};
	}
	ir_walk_stmts(&walk, &func->body);
	ranges->known = ranges->current;
}

/* ---- using it ---- */

/* 1 when it always holds, 0 when never, -1 when it varies. */
static int decide(enum binary_op op, struct span128 a, struct span128 b)
{
	if (a.least > a.most || b.least > b.most)
		return -1;
	if (op == BINARY_LT || op == BINARY_GE) {
		if (a.most < b.least || a.least >= b.most)
			return (a.most < b.least) == (op == BINARY_LT);
	} else if (op == BINARY_LE || op == BINARY_GT) {
		if (a.most <= b.least || a.least > b.most)
			return (a.most <= b.least) == (op == BINARY_LE);
	} else if (a.most < b.least || a.least > b.most) {
		return op == BINARY_NE;
	}
	return -1;
}

static struct ir_expr *use_ranges(struct ir_walk *walk, struct ir_expr *expr)
{
	struct ranges *ranges = walk->user;
	struct ir_expr *left, *right;
	int decided;

	if (expr->kind == IR_EXPR_BINARY &&
	    (expr->binary.op == BINARY_DIV || expr->binary.op == BINARY_MOD) &&
	    has_range(expr->type)) {
		struct span128 divisor = range_of(ranges, expr->binary.right);

		expr->binary.divisor_nonzero |= divisor.least > 0 || divisor.most < 0;
	}
	if (expr->kind == IR_EXPR_COMPARE && has_range(expr->binary.left->type)) {
		left = expr->binary.left;
		right = expr->binary.right;
		decided = decide(expr->binary.op, range_of(ranges, left), range_of(ranges, right));
		if (decided >= 0 && !ir_may_trap(left) && !ir_may_trap(right))
			return ir_const(ranges->comp, expr->type, (uint64_t)decided, expr->span);
	}
	return ir_simplify(ranges->comp, expr);
}

static void use_index(struct ir_walk *walk, struct ir_place *place)
{
	struct ranges *ranges = walk->user;
	struct span128 index;

	if (place->kind != IR_PLACE_INDEX || !place->index.checked)
		return;
	index = range_of(ranges, place->index.index);
	if (index.least >= 0 && index.least <= index.most &&
	    index.most < place->index.base->type->array.count)
		place->index.checked = false;
}

void pass_ranges(struct compilation *comp, struct ir_func *func)
{
	struct ranges ranges = {.comp = comp};
	struct ir_walk walk = {.user = &ranges, .replace = use_ranges, .place = use_index};

	for (unsigned i = 0; i < ROUNDS; i++)
		collect(&ranges, func);
	ir_walk_stmts(&walk, &func->body);
}
