/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops. The verifier walks through a program and has to come to an end:
 *
 *  - A loop of few rounds whose number is constant is written as it is.
 *  - On kernels that have it (6.4) any other loop asks the open-coded number iterator for the
 *    next round; the verifier knows that the iterator ends, and is done with the loop when a
 *    round begins in a state that it has seen.
 *  - Before that (5.17), and for the entries of maps, the body becomes a function which the
 *    kernel calls: bpf_callback.c.
 *
 * To let the verifier see the same state again, numbers that go from round to round are made
 * unknown to it before the loop and at the end of each round, and the counter of a FOR is computed
 * from the round's number. What is bounded is bounded again where it is used.
 */
#include "bpf/bpf_ways.h"

#define SINCE_LOOP	KERNEL_VERSION_OF(5, 17)
#define SINCE_ITERATORS KERNEL_VERSION_OF(6, 4)
#define SINCE_FOR_EACH	KERNEL_VERSION_OF(5, 13)

/* A plain loop: so many rounds, and so many statements in all of them. */
#define PLAIN_ROUNDS_MAX 64
#define PLAIN_WEIGHT_MAX 1024
/* ... and so many branches in all rounds; fewer in another loop, where each costs more. */
#define PLAIN_BRANCHES_MAX	   64
#define PLAIN_BRANCHES_IN_LOOP_MAX 4
/* Ways through all rounds of a plain loop before those are joined at the end of each. */
#define PLAIN_WAYS_MAX 512

/* ---- how many rounds ---- */

static bool is_constant(const struct ir_expr *expr)
{
	return expr->kind == IR_EXPR_CONST;
}

uint64_t bpfgen_constant_rounds(const struct ir_stmt *stmt)
{
	const struct ir_expr *from = stmt->range.from, *to = stmt->range.to;
	uint64_t a = from->bits, b = to->bits;
	bool some;

	if (!is_constant(from) || !is_constant(to))
		return UINT64_MAX;
	if (type_is_signed(stmt->range.local->type))
		some = stmt->range.inclusive ? (int64_t)a <= (int64_t)b : (int64_t)a < (int64_t)b;
	else
		some = stmt->range.inclusive ? a <= b : a < b;
	if (!some)
		return 0;
	return b - a + (stmt->range.inclusive && b - a != UINT64_MAX);
}

bool bpfgen_runs_away(const struct ir_stmt *stmt)
{
	uint64_t rounds;

	if (stmt->kind == IR_STMT_LOOP || stmt->kind == IR_STMT_WHILE)
		return true;
	if (stmt->kind != IR_STMT_FOR)
		return false;
	rounds = bpfgen_constant_rounds(stmt);
	if (rounds != UINT64_MAX)
		return rounds > BPFGEN_ROUNDS_MAX;
	return stmt->range.local->type->size > 2;
}

static uint64_t weight(const struct ir_stmt_vec *stmts);

/* How much the verifier has to walk through, in statements; any other loop is too much. */
static uint64_t stmt_weight(const struct ir_stmt *stmt)
{
	uint64_t sum = 1;

	switch (stmt->kind) {
	case IR_STMT_FOR:
		if (bpfgen_constant_rounds(stmt) > PLAIN_ROUNDS_MAX)
			return PLAIN_WEIGHT_MAX + 1;
		return bpfgen_constant_rounds(stmt) * weight(&stmt->range.body) + 1;
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR_MAP:
		return PLAIN_WEIGHT_MAX + 1;
	case IR_STMT_BLOCK:
		return weight(&stmt->block.body);
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		return 4 + weight(&stmt->iff.then) + weight(&stmt->iff.otherwise);
	case IR_STMT_SWITCH:
		vec_foreach (one, &stmt->swich.cases)
			sum += 2 + weight(&one->body);
		return sum + weight(&stmt->swich.otherwise);
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_EVAL:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break;
	}
	return sum;
}

static uint64_t weight(const struct ir_stmt_vec *stmts)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < stmts->len && sum <= PLAIN_WEIGHT_MAX; i++)
		sum += stmt_weight(stmts->data[i]);
	return sum;
}

/*
 * Inside of a loop that the kernel counts, the verifier tells states apart by the ranges of all
 * numbers; there each branch of each round could double them. Elsewhere the rounds of a plain loop
 * are joined like stretches of other code: bpf_ways.c.
 */
bool bpfgen_is_plain(const struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	uint64_t rounds = bpfgen_constant_rounds(stmt);

	uint64_t branches;

	if (rounds > PLAIN_ROUNDS_MAX || rounds * weight(&stmt->range.body) > PLAIN_WEIGHT_MAX)
		return false;
	branches = bpfgen_branches(&stmt->range.body);
	if (fn->cleanups || fn->callback)
		return branches <= PLAIN_BRANCHES_IN_LOOP_MAX / (rounds ? rounds : 1);
	return branches <= PLAIN_BRANCHES_MAX / (rounds ? rounds : 1);
}

uint64_t bpfgen_ways_of_rounds(const struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	uint64_t ways = 1, a_round = bpfgen_ways(fn, &stmt->range.body);

	for (uint64_t i = bpfgen_constant_rounds(stmt);
	     i && a_round > 1 && ways < BPFGEN_ROUNDS_MAX; i--)
		ways *= a_round;
	return ways;
}

/* ---- what goes from round to round ---- */

struct carried {
	struct ir_walk walk;
	struct bpfgen_fn *fn;
	struct bpfgen_place_vec *places;
};

static bool is_number(const struct type *type)
{
	return type->kind == TYPE_INT || type->kind == TYPE_CHAR || type->kind == TYPE_BOOL ||
	       type->kind == TYPE_ENUM || type->kind == TYPE_BE || bpfgen_is_packet(type);
}

/* The local and the constant offset of a place; false when it is no such place. */
static bool fixed_place(const struct ir_place *place, const struct ir_local **local,
			uint64_t *offset)
{
	*offset = 0;
	for (;;) {
		switch (place->kind) {
		case IR_PLACE_LOCAL:
			*local = place->local;
			return true;
		case IR_PLACE_FIELD:
			if (place->field.field->bit_size)
				return false;
			*offset += place->field.offset_bits / 8;
			place = place->field.base;
			break;
		case IR_PLACE_INDEX:
			if (!is_constant(place->index.index))
				return false;
			*offset += place->index.index->bits * place->type->size;
			place = place->index.base;
			break;
		case IR_PLACE_GLOBAL:
		case IR_PLACE_DEREF:
			return false;
		}
	}
}

void bpfgen_add_number(struct bpfgen_fn *fn, struct bpfgen_place_vec *places,
		       const struct ir_place *place)
{
	const struct ir_local *local, *known;
	uint64_t offset, known_offset;

	if (!is_number(place->type) || !fixed_place(place, &local, &offset) ||
	    fn->locals[local->index].is_exact)
		return;
	vec_foreach (it, places) {
		fixed_place(*it, &known, &known_offset);
		if (known == local && known_offset == offset)
			return;
	}
	vec_push(&fn->gen->comp->arena, places, place);
}

static void carried_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct carried *carried = (struct carried *)walk;
	struct compilation *comp = carried->fn->gen->comp;

	if (stmt->kind == IR_STMT_SET)
		bpfgen_add_number(carried->fn, carried->places,
				  ir_place_local(comp, stmt->set.local, stmt->span));
	if (stmt->kind == IR_STMT_UPDATE || stmt->kind == IR_STMT_STORE)
		bpfgen_add_number(carried->fn, carried->places, stmt->store.place);
}

static const struct ir_stmt_vec *body_of(const struct ir_stmt *loop)
{
	switch (loop->kind) {
	case IR_STMT_WHILE:
		return &loop->whil.body;
	case IR_STMT_FOR:
		return &loop->range.body;
	case IR_STMT_FOR_MAP:
		return &loop->each.body;
	case IR_STMT_LOOP:
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_EVAL:
	case IR_STMT_BLOCK:
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
	case IR_STMT_SWITCH:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break;
	}
	return &loop->block.body;
}

static uint32_t label_of(const struct ir_stmt *loop)
{
	switch (loop->kind) {
	case IR_STMT_WHILE:
		return loop->whil.label;
	case IR_STMT_FOR:
		return loop->range.label;
	case IR_STMT_FOR_MAP:
		return loop->each.label;
	case IR_STMT_LOOP:
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_EVAL:
	case IR_STMT_BLOCK:
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
	case IR_STMT_SWITCH:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break;
	}
	return loop->block.label;
}

void bpfgen_set_numbers(struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts,
			struct bpfgen_place_vec *places)
{
	struct carried carried = {.walk = {.stmt = carried_stmt}, .fn = fn, .places = places};

	bpfgen_look(&carried.walk, stmts);
}

void bpfgen_carried(struct bpfgen_fn *fn, const struct ir_stmt *loop,
		    struct bpfgen_place_vec *places)
{
	bpfgen_set_numbers(fn, body_of(loop), places);
}

void bpfgen_forget(struct bpfgen_fn *fn, const struct bpfgen_place_vec *places, LLVMValueRef zero)
{
	vec_foreach (place, places) {
		struct bpfgen_ref ref;
		LLVMValueRef value, same;

		bpfgen_place(fn, *place, &ref);
		value = bpfgen_ref_load(fn, &ref);
		same = bpfgen_resize(fn, zero, fn->gen->comp->types->u64, LLVMTypeOf(value));
		bpfgen_ref_store(fn, &ref, LLVMBuildXor(fn->builder, value, same, ""));
	}
}

/* ---- plain loops ---- */

struct ways_out {
	struct ir_walk walk;
	bool found;
};

static void find_way_out(struct ir_walk *walk, struct ir_stmt *stmt)
{
	((struct ways_out *)walk)->found |=
		stmt->kind == IR_STMT_BREAK || stmt->kind == IR_STMT_RETURN ||
		stmt->kind == IR_STMT_THROW || stmt->kind == IR_STMT_TAIL_CALL;
}

static void find_call(struct ir_walk *walk, struct ir_expr *expr)
{
	((struct ways_out *)walk)->found |= expr->kind == IR_EXPR_CALL;
}

/*
 * Before 6.7 (commit 10e14e9652bf, "bpf: fix control-flow graph checking in privileged mode") a
 * loop must be closed by a jump. Where LLVM finds that a loop is always left in the middle, its
 * end is no branch any more and falls through to its start; so there it must not find that.
 */
static LLVMValueRef counted(struct bpfgen_fn *fn, const struct ir_stmt *stmt, LLVMValueRef value)
{
	struct ways_out out = {.walk = {.stmt = find_way_out, .expr = find_call}};

	if (!kernels_older_than(fn->gen->comp, KERNEL_VERSION_OF(6, 7)))
		return value;
	bpfgen_look(&out.walk, &stmt->range.body);
	return out.found ? bpfgen_opaque(fn, value) : value;
}

static void plain_loop(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	LLVMBasicBlockRef head = bpfgen_block(fn, "round"), next = bpfgen_block(fn, "next");
	LLVMBasicBlockRef done = bpfgen_block(fn, "endfor");
	const struct ir_local *local = stmt->range.local;
	struct bpfgen_local *own = &fn->locals[local->index];
	LLVMTypeRef type = bpfgen_type(fn->gen, local->type);
	uint64_t rounds = bpfgen_constant_rounds(stmt);
	struct bpfgen_place_vec carried = {0};
	LLVMValueRef value, last;

	if (!rounds) {
		LLVMDeleteBasicBlock(head);
		LLVMDeleteBasicBlock(next);
		LLVMDeleteBasicBlock(done);
		return;
	}
	last = bpfgen_int(fn->gen, type, stmt->range.from->bits + rounds - 1);
	bpfgen_store_scalar(fn, local->type, bpfgen_value(fn, stmt->range.from), own->storage,
			    local->type->align);
	bpfgen_jump(fn, head);
	bpfgen_at(fn, head);
	own->is_exact = true;
	bpfgen_labelled(fn, stmt->range.label, done, next, &stmt->range.body);
	bpfgen_jump(fn, next);
	bpfgen_at(fn, next);
	bpfgen_position(fn, stmt->span);
	if (bpfgen_ways_of_rounds(fn, stmt) > PLAIN_WAYS_MAX) {
		bpfgen_carried(fn, stmt, &carried);
		if (carried.len)
			bpfgen_forget(fn, &carried, bpfgen_hidden_zero(fn));
	}
	own->is_exact = false;
	value = counted(fn, stmt, bpfgen_local_get(fn, local));
	bpfgen_store_scalar(fn, local->type,
			    LLVMBuildAdd(fn->builder, value, bpfgen_int(fn->gen, type, 1), ""),
			    own->storage, local->type->align);
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntEQ, value, last), done, head);
	bpfgen_at(fn, done);
}

/* ---- loops whose rounds the kernel counts ---- */

/* `first`, how many rounds, and whether more were wanted than there may be. */
static void for_rounds(struct bpfgen_fn *fn, const struct ir_stmt *stmt,
		       struct bpfgen_outline *outline)
{
	const struct type *type = stmt->range.local->type;
	bool inclusive = stmt->range.inclusive, is_signed = type_is_signed(type);
	LLVMValueRef from = bpfgen_value(fn, stmt->range.from), limit, fits;
	LLVMValueRef to = bpfgen_value(fn, stmt->range.to), some, count;
	LLVMIntPredicate below;

	if (inclusive)
		below = is_signed ? LLVMIntSLE : LLVMIntULE;
	else
		below = is_signed ? LLVMIntSLT : LLVMIntULT;
	some = bpfgen_compare(fn, below, from, to);
	count = LLVMBuildSub(fn->builder, to, from, "");
	count = LLVMBuildZExt(fn->builder, count, fn->gen->i64, "");
	/* 2^64 rounds are as many too many as 2^64 - 1. */
	if (inclusive && type->size == 8)
		count = LLVMBuildSub(
			fn->builder, count,
			LLVMBuildZExt(fn->builder,
				      bpfgen_compare(fn, LLVMIntEQ, count, bpfgen_i64(fn, -1)),
				      fn->gen->i64, ""),
			"");
	count = LLVMBuildAdd(fn->builder, count, bpfgen_i64(fn, inclusive), "");
	count = LLVMBuildSelect(fn->builder, some, count, bpfgen_i64(fn, 0), "rounds");
	outline->counter = stmt->range.local;
	outline->first = from;
	outline->rounds = count;
	outline->runs_away = bpfgen_int(fn->gen, fn->gen->i1, 0);
	if (!bpfgen_runs_away(stmt))
		return;
	limit = bpfgen_i64(fn, BPFGEN_ROUNDS_MAX);
	fits = bpfgen_compare(fn, LLVMIntULT, count, limit);
	outline->rounds = LLVMBuildSelect(fn->builder, fits, count, limit, "");
	outline->runs_away = bpfgen_compare(fn, LLVMIntUGT, count, limit);
}

/* The round's number, which the iterator gives the address of, makes the counter. */
static void set_counter(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
			LLVMValueRef number)
{
	const struct type *type = outline->counter->type;
	LLVMValueRef round;

	round = bpfgen_resize(fn, number, fn->gen->comp->types->u32, bpfgen_type(fn->gen, type));
	bpfgen_store_scalar(fn, type, LLVMBuildAdd(fn->builder, outline->first, round, ""),
			    fn->locals[outline->counter->index].storage, type->align);
}

/* All rounds are used up: the end of a FOR, or too many. */
static void exhausted(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
		      LLVMBasicBlockRef leave)
{
	LLVMBasicBlockRef away;

	if (outline->runs_away && LLVMIsAConstantInt(outline->runs_away) &&
	    !LLVMConstIntGetZExtValue(outline->runs_away)) {
		bpfgen_jump(fn, leave);
		return;
	}
	if (outline->runs_away) {
		away = bpfgen_block(fn, "runaway");
		bpfgen_branch(fn, outline->runs_away, away, leave);
		bpfgen_at(fn, away);
	}
	bpfgen_end_program(fn, &outline->stmt->held);
}

static void iterate(struct bpfgen_fn *fn, const struct bpfgen_outline *outline)
{
	LLVMBasicBlockRef head = bpfgen_block(fn, "round"), body = bpfgen_block(fn, "loop");
	LLVMBasicBlockRef next = bpfgen_block(fn, "next"), end = bpfgen_block(fn, "exhausted");
	LLVMBasicBlockRef leave = bpfgen_block(fn, "leave");
	struct bpfgen_cleanup cleanup = {.outer = fn->cleanups};
	struct bpfgen_place_vec carried = {0};
	LLVMValueRef number, zero = NULL;
	bool has_exit = outline->cond || outline->runs_away;

	cleanup.iterator = bpfgen_temp(fn, 8, 8);
	bpfgen_iter_call(fn, ITER_NEW, cleanup.iterator, outline->rounds);
	bpfgen_carried(fn, outline->stmt, &carried);
	bpfgen_steady(fn, outline->body, &carried);
	if (carried.len)
		zero = bpfgen_hidden_zero(fn);
	bpfgen_forget(fn, &carried, zero);
	fn->cleanups = &cleanup;
	bpfgen_jump(fn, head);
	bpfgen_at(fn, head);
	number = bpfgen_iter_call(fn, ITER_NEXT, cleanup.iterator, NULL);
	bpfgen_branch(fn, LLVMBuildIsNull(fn->builder, number, ""), end, body);
	bpfgen_at(fn, body);
	if (outline->counter)
		set_counter(fn, outline, bpfgen_load_raw(fn, fn->gen->i32, number, 4));
	if (outline->cond) {
		LLVMBasicBlockRef go_on = bpfgen_block(fn, "while");

		bpfgen_condition(fn, outline->cond, go_on, leave);
		bpfgen_at(fn, go_on);
	}
	bpfgen_labelled(fn, outline->label, leave, next, outline->body);
	has_exit |= fn->labels[outline->label].is_broken;
	bpfgen_jump(fn, next);
	bpfgen_at(fn, next);
	bpfgen_position(fn, outline->stmt->span);
	bpfgen_forget(fn, &carried, zero);
	bpfgen_jump(fn, head);
	bpfgen_at(fn, end);
	exhausted(fn, outline, leave);
	fn->cleanups = cleanup.outer;
	if (!has_exit) {
		LLVMDeleteBasicBlock(leave);
		return;
	}
	bpfgen_at(fn, leave);
	bpfgen_iter_call(fn, ITER_DESTROY, cleanup.iterator, NULL);
	bpfgen_temp_end(fn, cleanup.iterator);
}

static bool lacks(struct bpfgen_fn *fn, const struct ir_stmt *stmt, uint32_t since,
		  const char *what)
{
	struct compilation *comp = fn->gen->comp;
	const struct kernel *kernel = kernels_older_than(comp, since);

	if (!kernel)
		return false;
	diag_report(comp, DIAG_KERNEL_LACKS, stmt->span, "%s needs Linux %s; %s is older", what,
		    kernel_version_text(comp, since), kernel->label);
	return true;
}

static bool have_iterators(struct compilation *comp)
{
	static const char *const names[] = {"bpf_iter_num_new", "bpf_iter_num_next",
					    "bpf_iter_num_destroy"};

	if (!comp->kernels || kernels_older_than(comp, SINCE_ITERATORS))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = intern_str(&comp->names, names[i]);

		if (!kernel_find_function(comp, name) || kernels_lacking_kfunc(comp, name))
			return false;
	}
	return true;
}

bool bpfgen_has_iterators(struct bpfgen *gen)
{
	if (!gen->iterators_asked)
		gen->has_iterators = have_iterators(gen->comp);
	gen->iterators_asked = true;
	return gen->has_iterators;
}

bool bpfgen_is_outlined(struct bpfgen *gen, const struct ir_stmt *stmt)
{
	if (stmt->kind == IR_STMT_FOR_MAP)
		return true;
	return (stmt->kind == IR_STMT_FOR || stmt->kind == IR_STMT_LOOP ||
		stmt->kind == IR_STMT_WHILE) &&
	       !bpfgen_has_iterators(gen);
}

void bpfgen_loop(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	struct bpfgen_outline outline = {
		.stmt = stmt, .label = label_of(stmt), .body = body_of(stmt)};

	if (stmt->kind == IR_STMT_FOR && bpfgen_is_plain(fn, stmt)) {
		plain_loop(fn, stmt);
		return;
	}
	/* A callback cannot release what the function around it holds. */
	if (stmt->kind == IR_STMT_FOR_MAP && stmt->releases_held) {
		bpfgen_unsupported(fn->gen, stmt->span,
				   "the release of a record in a loop over a map");
		return;
	}
	if (stmt->releases_held && !bpfgen_has_iterators(fn->gen) &&
	    lacks(fn, stmt, SINCE_ITERATORS, "a loop that releases a record"))
		return;
	if (stmt->kind == IR_STMT_FOR_MAP) {
		if (!lacks(fn, stmt, SINCE_FOR_EACH, "a loop over a map"))
			bpfgen_outline(fn, &outline);
		return;
	}
	if (lacks(fn, stmt, SINCE_LOOP, "a loop of more than a few rounds"))
		return;
	if (stmt->kind == IR_STMT_FOR) {
		for_rounds(fn, stmt, &outline);
	} else {
		outline.rounds = bpfgen_i64(fn, BPFGEN_ROUNDS_MAX);
		outline.cond = stmt->kind == IR_STMT_WHILE ? stmt->whil.cond : NULL;
	}
	if (bpfgen_has_iterators(fn->gen))
		iterate(fn, &outline);
	else
		bpfgen_outline(fn, &outline);
}
