/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: the plain ones, and which one stands where. */
#include "gen_state.h"

void block(struct gen *gen, uint32_t count, uint32_t depth)
{
	uint32_t vars = gen->var_count;

	emit(gen, "{");
	gen->blocks++;
	statements(gen, count, depth);
	gen->blocks--;
	block_end(gen, vars);
}

void block_end(struct gen *gen, uint32_t vars)
{
	gen->var_count = vars;
	line(gen);
	emit(gen, "}");
}

void out_begin(struct gen *gen)
{
	emit(gen, "out_%u %s= ", gen->number, chance(gen, 70) ? "+" : "^");
}

/* ---- declarations and assignments ---- */

bool declare_stmt(struct gen *gen, uint32_t depth)
{
	struct gtype type = pick_type(gen);
	char name[NAME_MAX_LEN];

	if (gen->var_count > VARS_MAX - 8)
		return false;
	if (type_size(gen, type) > gen->stack)
		type = scalar_type(pick_scalar(gen));
	gen->stack -= type_size(gen, type) < gen->stack ? type_size(gen, type) : gen->stack;
	name_make(gen, name, "v");
	emit(gen, "var %s: ", name);
	if (type.shape == SHAPE_SCALAR && type.scalar == U32 && chance(gen, 20))
		emit(gen, "Count");
	else
		emit_type(gen, type);
	if (has_union(gen, type) || chance(gen, 8)) {
		var_add(gen, name, type);
		return true;
	}
	emit(gen, " = ");
	if (type.shape != SHAPE_ARRAY && chance(gen, 20))
		expr_either(gen, type, 2);
	else
		expr_value(gen, type, 3);
	var_add(gen, name, type);
	return true;
}

static void assign_string(struct gen *gen, uint32_t len)
{
	emit(gen, " = ");
	expr_value(gen, string_type(len), 1);
	if (chance(gen, 60)) {
		emit(gen, " + ");
		expr_value(gen, string_type(chance(gen, 50) ? 3 : 7), 1);
	}
}

static void assign_scalar(struct gen *gen, enum scalar type)
{
	static const char *const updates[] = {
		"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="};
	uint32_t op = pick(gen, 20);

	if (type >= BOOL || op >= 12) {
		emit(gen, " = ");
		place_value(gen, scalar_type(type), 3);
		return;
	}
	if (op >= 10) {
		emit(gen, "%s", op == 10 ? "++" : "--");
		return;
	}
	emit(gen, " %s ", updates[op]);
	expr_varying(gen, op >= 8 ? U32 : type, 3);
}

bool assign_stmt(struct gen *gen, uint32_t depth)
{
	bool whole = chance(gen, 15);
	struct gtype type;

	gen->at_bits = false;
	if (!place_any(gen, &type, true, whole))
		return false;
	if (whole && has_union(gen, type))
		return false;
	if (type.shape == SHAPE_STRING) {
		assign_string(gen, type.len);
	} else if (type.shape == SHAPE_SCALAR) {
		assign_scalar(gen, type.scalar);
	} else {
		emit(gen, " = ");
		expr_value(gen, type, 2);
	}
	return true;
}

static bool const_stmt(struct gen *gen, uint32_t depth)
{
	enum scalar type = pick_integer(gen);
	char name[NAME_MAX_LEN];

	if (gen->var_count > VARS_MAX - 8)
		return false;
	name_make(gen, name, "c");
	emit(gen, "const %s: %s = ", name, scalar_name(gen, type));
	literal(gen, type, false, true);
	line(gen);
	out_begin(gen);
	emit(gen, "((%s as u64) ^ a)", name);
	return true;
}

static bool out_stmt(struct gen *gen, uint32_t depth)
{
	out_begin(gen);
	expr_varying(gen, U64, 3);
	return true;
}

/* ---- branches and ways out ---- */

static bool branch_stmt(struct gen *gen, uint32_t depth)
{
	emit(gen, "if ");
	expr_condition(gen, 3);
	emit(gen, " ");
	block(gen, 1 + pick(gen, 2), depth - 1);
	if (chance(gen, 30)) {
		emit(gen, " else if ");
		expr_condition(gen, 2);
		emit(gen, " ");
		block(gen, 1 + pick(gen, 2), depth - 1);
	}
	if (chance(gen, 50)) {
		emit(gen, " else ");
		block(gen, 1 + pick(gen, 2), depth - 1);
	}
	return true;
}

static void verdict(struct gen *gen)
{
	static const char *const actions[2][3] = {{"XDP_DROP", "XDP_TX", "XDP_PASS"},
						  {"TC_ACT_SHOT", "TC_ACT_OK", "3"}};

	if (gen->has_tail && chance(gen, 30)) {
		emit(gen, "tail_%u(ctx)", gen->number);
		if (chance(gen, 40))
			emit(gen, " else %s", actions[gen->is_tc][pick(gen, 3)]);
		return;
	}
	if (chance(gen, 20)) {
		emit(gen, "%s ? %s : %s", "(a > b)", actions[gen->is_tc][0],
		     actions[gen->is_tc][pick(gen, 2)]);
		return;
	}
	emit(gen, "%s", actions[gen->is_tc][pick(gen, 3)]);
}

void leave_now(struct gen *gen)
{
	if (gen->loops && chance(gen, 70)) {
		emit(gen, "%s", chance(gen, 50) ? "break" : "continue");
		return;
	}
	emit(gen, "return ");
	if (gen->is_program)
		verdict(gen);
	else
		expr_value(gen, gen->result, 2);
}

bool leave_stmt(struct gen *gen, uint32_t depth)
{
	bool may_throw = (gen->tries || gen->throws) && !gen->in_defer;

	if (gen->in_defer && !gen->loops)
		return false;
	emit(gen, "if ");
	expr_condition(gen, 2);
	emit(gen, " { ");
	if (may_throw && chance(gen, 50)) {
		if (chance(gen, 30))
			emit(gen, "throw B_%u", gen->number);
		else if (chance(gen, 30))
			emit(gen, "throw ((a & 3) as i32) + 1");
		else
			emit(gen, "throw %u", 1 + pick(gen, 4));
	} else if (gen->in_defer) {
		emit(gen, "break");
	} else {
		leave_now(gen);
	}
	emit(gen, " }");
	return true;
}

/* ---- the choice ---- */

enum need {
	NEED_DEPTH = 1, /* it holds blocks */
	NEED_BPF = 2,
	NEED_USER = 4,
	NEED_MAPS = 8, /* bpf or user code */
	NEED_PACKET = 16,
	NEED_TOP = 32, /* not in blocks */
	NO_DEFER = 64,
	NO_BOUND = 128, /* no entry is bound */
};

static const struct {
	uint32_t weight;
	unsigned needs;
	bool (*make)(struct gen *gen, uint32_t depth);
} kinds[] = {
	{26, 0, assign_stmt},
	{16, 0, declare_stmt},
	{6, 0, out_stmt},
	{3, 0, const_stmt},
	{5, 0, leave_stmt},
	{2, 0, print_stmt},
	{5, NO_DEFER, pointer_stmt},
	{3, NEED_DEPTH | NO_DEFER, element_stmt},
	{9, NEED_DEPTH, branch_stmt},
	{7, NEED_DEPTH, for_stmt},
	{4, NEED_DEPTH, while_stmt},
	{2, NEED_DEPTH, forever_stmt},
	{5, NEED_DEPTH, match_stmt},
	{6, NEED_DEPTH | NO_DEFER, try_stmt},
	{4, NEED_DEPTH, text_stmt},
	{5, NEED_TOP | NO_DEFER, defer_stmt},
	{3, NEED_MAPS, function_value_stmt},
	{2, NEED_BPF | NO_DEFER, assert_stmt},
	{9, NEED_BPF, atomic_stmt},
	{3, NEED_USER | NO_DEFER, new_stmt},
	{3, NEED_USER | NO_DEFER, trap_stmt},
	{3, NEED_USER, float_stmt},
	{9, NEED_MAPS | NEED_DEPTH | NO_DEFER, entry_stmt},
	{5, NEED_MAPS | NO_DEFER, each_stmt},
	{16, NEED_MAPS | NO_DEFER, change_stmt},
	{5, NEED_MAPS | NO_DEFER, delete_stmt},
	{5, NEED_MAPS | NEED_DEPTH | NO_DEFER, absent_stmt},
	{7, NEED_MAPS | NO_DEFER, queue_stmt},
	{3, NEED_BPF | NO_DEFER, lock_stmt},
	{10, NEED_USER | NO_DEFER, user_map_stmt},
	{9, NEED_PACKET | NEED_DEPTH | NO_DEFER, window_stmt},
	{4, NEED_PACKET | NO_DEFER, header_stmt},
	{5, NEED_PACKET | NO_DEFER, poke_stmt},
	{12, NEED_BPF | NO_DEFER, ring_stmt},
	{3, NEED_PACKET | NO_DEFER, context_stmt},
};

static bool fits(const struct gen *gen, unsigned needs, uint32_t depth)
{
	return !((needs & NEED_DEPTH && !depth) || (needs & NEED_BPF && gen->where != WHERE_BPF) ||
		 (needs & NEED_USER && gen->where != WHERE_USER) ||
		 (needs & NEED_MAPS && gen->where == WHERE_SHARED) ||
		 (needs & NEED_PACKET && !gen->has_packet) ||
		 (needs & NEED_TOP && (gen->blocks || gen->is_program)) ||
		 (needs & NO_DEFER && gen->in_defer) || (needs & NO_BOUND && gen->bound));
}

static bool statement(struct gen *gen, uint32_t depth)
{
	const uint32_t count = sizeof(kinds) / sizeof(kinds[0]);
	uint32_t sum = 0, at, i = 0;

	gen->fuel = 3 + 3 * (int)gen->size;
	for (i = 0; i < count; i++)
		sum += fits(gen, kinds[i].needs, depth) ? kinds[i].weight : 0;
	at = pick(gen, sum);
	for (i = 0; i < count; i++) {
		if (!fits(gen, kinds[i].needs, depth))
			continue;
		if (at < kinds[i].weight)
			break;
		at -= kinds[i].weight;
	}
	return kinds[i].make(gen, depth);
}

void statements(struct gen *gen, uint32_t count, uint32_t depth)
{
	gen->indent++;
	for (uint32_t i = 0; i < count; i++) {
		size_t start = gen->out->len;
		uint32_t vars = gen->var_count;

		line(gen);
		if (statement(gen, depth))
			continue;
		gen->out->len = start;
		gen->var_count = vars;
	}
	gen->indent--;
}
