/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loop bodies that the kernel calls back: bpf_loop() for counted rounds, bpf_for_each_map_elem()
 * for the entries of a map.
 *
 * The body becomes a static function. It gets the address of a frame on the stack of the function
 * around it, which holds the locals that both use: scalars by value, copied in and out, so that
 * outside of the loop they stay in registers; everything else by address. A statement that leaves
 * the loop for good (return, throw, break of an outer loop, tail call) notes its number in the
 * frame and stops the loop; the function around executes it when the helper comes back.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

struct captured {
	const struct ir_local *local;
	uint32_t offset; /* in the frame */
	bool by_address; /* the frame holds its address, else its value */
	bool is_window;	 /* its offset in the packet follows */
	bool is_set;	 /* the body gives it a value */
	bool is_left;	 /* a statement that leaves the loop reads it */
	uint32_t uses;	 /* in the loop */
};

VEC_TYPE(captured_vec, struct captured);

/* The exit's number in the frame: the rounds are used up, or the loop was left; then exits. */
enum {
	EXIT_NONE,
	EXIT_LEFT,
	EXIT_FIRST
};

struct bpfgen_callback {
	struct captured_vec captured;
	struct captured_vec own; /* locals of the body alone: they begin with each round */
	uint32_t exit, context, result, first, size; /* offsets in the frame, and its size */
	LLVMValueRef frame;			     /* as the callback sees it */
	LLVMBasicBlockRef stop;			     /* writes back, returns 1 */
	struct bpfgen_place_vec carried;
	struct bpfgen_exit_vec exits;
};

/* ---- what the body uses ---- */

struct capture {
	struct ir_walk walk;
	struct bpfgen_fn *fn;
	struct captured_vec *locals;
};

static void capture(struct capture *capture, const struct ir_local *local, bool is_set)
{
	if (!local)
		return;
	vec_foreach (it, capture->locals) {
		if (it->local == local) {
			it->is_set |= is_set;
			it->uses++;
			return;
		}
	}
	vec_push(&capture->fn->gen->comp->arena, capture->locals,
		 ((struct captured){.local = local, .is_set = is_set, .uses = 1}));
}

static void capture_place(struct ir_walk *walk, struct ir_place *place)
{
	if (place->kind == IR_PLACE_LOCAL)
		capture((struct capture *)walk, place->local, false);
}

static void capture_set(struct ir_walk *walk, struct ir_local *local)
{
	capture((struct capture *)walk, local, true);
}

static void capture_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	const struct ir_place *root;

	if (stmt->kind != IR_STMT_STORE && stmt->kind != IR_STMT_UPDATE)
		return;
	root = ir_place_root(stmt->store.place);
	if (root->kind != IR_PLACE_LOCAL)
		return;
	vec_foreach (it, ((struct capture *)walk)->locals)
		it->is_set |= it->local == root->local;
}

static void leave_place(struct ir_walk *walk, struct ir_place *place)
{
	if (place->kind != IR_PLACE_LOCAL)
		return;
	vec_foreach (it, ((struct capture *)walk)->locals)
		it->is_left |= it->local == place->local;
}

/* What the function around the body executes when the loop is left. */
static void leave_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct capture leaves = *(struct capture *)walk;

	leaves.walk = (struct ir_walk){.place = leave_place};
	if (stmt->kind == IR_STMT_RETURN || stmt->kind == IR_STMT_THROW ||
	    stmt->kind == IR_STMT_TAIL_CALL)
		ir_walk_own(&leaves.walk, stmt);
}

/*
 * Every path to a use of such a local sets it first, and all its uses are in the body: a round
 * sets it before it reads it.
 */
static bool is_own(const struct bpfgen_fn *fn, const struct captured *it)
{
	const struct ir_local *local = it->local;

	return local->uninit && !local->address_taken && !local->is_param && !it->is_left &&
	       it->uses == fn->locals[local->index].uses;
}

static void take_own(struct bpfgen_fn *fn, struct bpfgen_callback *callback)
{
	struct captured_vec all = callback->captured;

	callback->captured = (struct captured_vec){0};
	vec_foreach (it, &all)
		vec_push(&fn->gen->comp->arena,
			 is_own(fn, it) ? &callback->own : &callback->captured, *it);
}

static uint32_t slot(struct bpfgen_callback *callback, uint32_t size)
{
	uint32_t offset = callback->size;

	callback->size += size;
	return offset;
}

bool bpfgen_is_captured(const struct bpfgen_fn *fn, const struct ir_local *local)
{
	if (!fn->callback)
		return false;
	vec_foreach (it, &fn->callback->captured) {
		if (it->local == local)
			return true;
	}
	return false;
}

static void lay_out(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
		    struct bpfgen_callback *callback)
{
	struct capture own = {.walk = {.place = capture_place, .set = capture_set},
			      .fn = fn,
			      .locals = &callback->captured};
	struct capture sets = {
		.walk = {.stmt = capture_stmt}, .fn = fn, .locals = &callback->captured};
	struct capture leaves = {
		.walk = {.stmt = leave_stmt}, .fn = fn, .locals = &callback->captured};

	capture(&own, outline->counter, true);
	if (!outline->rounds) {
		capture(&own, outline->stmt->each.key, true);
		capture(&own, outline->stmt->each.entry, true);
	}
	bpfgen_look_expr(&own.walk, outline->cond);
	bpfgen_look(&own.walk, outline->body);
	/* When all locals are known: which the body gives a value, and which exits read. */
	bpfgen_look(&sets.walk, outline->body);
	bpfgen_look(&leaves.walk, outline->body);
	take_own(fn, callback);
	callback->exit = slot(callback, 8);
	if (fn->context)
		callback->context = slot(callback, 8);
	if (fn->result)
		callback->result = slot(callback, 8);
	if (outline->first)
		callback->first = slot(callback, 8);
	vec_foreach (it, &callback->captured) {
		it->by_address = bpfgen_in_memory(it->local->type) || it->local->address_taken;
		it->is_window = bpfgen_is_window(it->local->type) && !it->by_address;
		it->offset = slot(callback, it->is_window ? 16 : 8);
	}
}

/* ---- the frame ---- */

static void put(struct bpfgen_fn *fn, LLVMValueRef frame, uint32_t offset, LLVMValueRef value)
{
	bpfgen_store_raw(fn, value, bpfgen_offset(fn, frame, offset), 8);
}

static LLVMValueRef get(struct bpfgen_fn *fn, LLVMTypeRef type, LLVMValueRef frame, uint32_t offset)
{
	return bpfgen_load_raw(fn, type, bpfgen_offset(fn, frame, offset), 8);
}

/* Between a local's own memory and the frame; `out` is towards the frame. */
static void transfer(struct bpfgen_fn *fn, const struct captured *it, LLVMValueRef frame, bool out)
{
	const struct type *type = it->local->type;
	struct bpfgen_local *own = &fn->locals[it->local->index];
	LLVMValueRef slot = bpfgen_offset(fn, frame, it->offset);
	LLVMTypeRef i64 = fn->gen->i64;

	if (out)
		bpfgen_store_scalar(fn, type, bpfgen_local_get(fn, it->local), slot, 8);
	else
		bpfgen_store_scalar(fn, type, bpfgen_load_scalar(fn, type, slot, 8), own->storage,
				    type->align);
	if (it->is_window && out)
		put(fn, frame, it->offset + 8, bpfgen_load_raw(fn, i64, own->packet, 8));
	else if (it->is_window)
		bpfgen_store_raw(fn, get(fn, i64, frame, it->offset + 8), own->packet, 8);
}

/* The verifier must not tell rounds apart by it, for it takes a stopped loop to go on. */
static void put_exit(struct bpfgen_fn *fn, const struct bpfgen_callback *callback,
		     LLVMValueRef frame, uint32_t number)
{
	LLVMValueRef value =
		LLVMBuildXor(fn->builder, bpfgen_hidden_zero(fn), bpfgen_i64(fn, number), "");

	put(fn, frame, callback->exit, value);
}

static void fill_frame(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
		       struct bpfgen_callback *callback, LLVMValueRef frame)
{
	put_exit(fn, callback, frame, EXIT_NONE);
	if (fn->context)
		put(fn, frame, callback->context, fn->raw_context);
	if (fn->result)
		put(fn, frame, callback->result, fn->result);
	if (outline->first)
		put(fn, frame, callback->first,
		    bpfgen_resize(fn, outline->first, outline->counter->type, fn->gen->i64));
	vec_foreach (it, &callback->captured) {
		if (it->by_address)
			put(fn, frame, it->offset, fn->locals[it->local->index].storage);
		else
			transfer(fn, it, frame, true);
	}
}

static void read_back(struct bpfgen_fn *fn, struct bpfgen_callback *callback, LLVMValueRef frame)
{
	vec_foreach (it, &callback->captured) {
		if (!it->by_address && it->is_set)
			transfer(fn, it, frame, false);
	}
}

/* Makes one number in memory unknown to the verifier. */
static void blur_number(struct bpfgen_fn *fn, LLVMValueRef pointer, uint32_t size, uint32_t align,
			LLVMValueRef zero)
{
	LLVMTypeRef type = LLVMIntTypeInContext(fn->gen->context, size * 8);
	LLVMValueRef value = bpfgen_load_raw(fn, type, pointer, align);

	if (size < 8)
		zero = LLVMBuildTrunc(fn->builder, zero, type, "");
	bpfgen_store_raw(fn, LLVMBuildXor(fn->builder, value, zero, ""), pointer, align);
}

bool bpfgen_has_pointers(const struct type *type)
{
	if (type->kind == TYPE_ARRAY)
		return bpfgen_has_pointers(type->array.elem);
	if (type->kind == TYPE_STRUCT) {
		vec_foreach (field, &type->strukt->fields) {
			if (bpfgen_has_pointers(field->type))
				return true;
		}
	}
	return type->kind == TYPE_PTR || type->kind == TYPE_FN;
}

void bpfgen_blur(struct bpfgen_fn *fn, const struct type *type, LLVMValueRef pointer,
		 uint32_t align, LLVMValueRef zero)
{
	uint32_t word = align;

	if (!bpfgen_has_pointers(type)) {
		for (uint32_t at = 0; at < type->size; at += word) {
			while (word > type->size - at)
				word /= 2;
			blur_number(fn, bpfgen_offset(fn, pointer, at), word, word, zero);
		}
	} else if (type->kind == TYPE_STRUCT && !type->strukt->is_union) {
		vec_foreach (field, &type->strukt->fields) {
			if (!field->bit_size && field->type->size)
				bpfgen_blur(fn, field->type,
					    bpfgen_offset(fn, pointer, field->offset_bits / 8),
					    field->type->align, zero);
		}
	}
}

/*
 * Kernels before 6.8 walk through a callback once, from the state before the call, and remove what
 * that walk does not reach (commit ab5cfac139ab: "verify callbacks as if they are called unknown
 * number of times"). So no number that the body changes is known to them, neither before the first
 * round nor after the last.
 */
static void blur(struct bpfgen_fn *fn, struct bpfgen_callback *callback, LLVMValueRef frame)
{
	LLVMValueRef zero;

	if (!kernels_older_than(fn->gen->comp, KERNEL_VERSION_OF(6, 8)))
		return;
	zero = bpfgen_hidden_zero(fn);
	vec_foreach (it, &callback->captured) {
		const struct type *type = it->local->type;
		LLVMValueRef slot = bpfgen_offset(fn, frame, it->offset);
		bool in_memory = bpfgen_in_memory(type);

		if (!it->is_set)
			continue;
		if (it->by_address)
			bpfgen_blur(fn, type, fn->locals[it->local->index].storage,
				    in_memory ? 8 : type->align, zero);
		else if (type->kind != TYPE_PTR || bpfgen_is_packet(type))
			blur_number(fn, slot, type->size, 8, zero);
		else if (it->is_window)
			blur_number(fn, bpfgen_offset(fn, slot, 8), 8, 8, zero);
	}
}

/* ---- the callback ---- */

static void take_frame(struct bpfgen_fn *fn, struct bpfgen_callback *callback)
{
	struct bpfgen *gen = fn->gen;

	if (fn->outer->context) {
		fn->raw_context = get(fn, gen->ptr, callback->frame, callback->context);
		fn->context = bpfgen_intrinsic(fn, "llvm.preserve.static.offset", NULL, 0,
					       &fn->raw_context, 1);
	}
	if (fn->outer->result)
		fn->result = get(fn, gen->ptr, callback->frame, callback->result);
	vec_foreach (it, &callback->captured) {
		struct bpfgen_local *own = &fn->locals[it->local->index];
		const struct bpfgen_local *outer = &fn->outer->locals[it->local->index];

		own->fixed_offset = outer->fixed_offset;
		if (it->by_address) {
			own->storage = get(fn, gen->ptr, callback->frame, it->offset);
			continue;
		}
		bpfgen_local_begin(fn, it->local);
		transfer(fn, it, callback->frame, false);
	}
	vec_foreach (it, &callback->own)
		bpfgen_local_begin(fn, it->local);
	bpfgen_packet_begin(fn);
}

static void write_back(struct bpfgen_fn *fn, struct bpfgen_callback *callback)
{
	vec_foreach (it, &callback->captured) {
		if (!it->by_address && it->is_set)
			transfer(fn, it, callback->frame, true);
	}
}

/* The round's number, or the entry's key and value, as the locals of the loop. */
static void set_round(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
		      struct bpfgen_callback *callback)
{
	const struct ir_stmt *stmt = outline->stmt;
	const struct type *type;
	LLVMValueRef value;

	if (outline->counter) {
		type = outline->counter->type;
		value = get(fn, fn->gen->i64, callback->frame, callback->first);
		value = LLVMBuildAdd(
			fn->builder, value,
			LLVMBuildZExt(fn->builder, LLVMGetParam(fn->llvm, 0), fn->gen->i64, ""),
			"");
		value = bpfgen_resize(fn, value, type, bpfgen_type(fn->gen, type));
		bpfgen_store_scalar(fn, type, value, fn->locals[outline->counter->index].storage,
				    type->align);
	}
	if (outline->rounds)
		return;
	if (stmt->each.key) {
		struct bpfgen_local *key = &fn->locals[stmt->each.key->index];

		type = stmt->each.key->type;
		bpfgen_copy(fn, key->storage, bpfgen_in_memory(type) ? 8 : type->align,
			    LLVMGetParam(fn->llvm, 1), type->align, type->size);
	}
	if (stmt->each.entry)
		bpfgen_store_raw(fn, LLVMGetParam(fn->llvm, 2),
				 fn->locals[stmt->each.entry->index].storage, 8);
}

/* Gives the locals back. What a result of 1 means, the verifier does not know: it goes round. */
static void end_round(struct bpfgen_fn *fn, const struct bpfgen_place_vec *carried, int64_t result)
{
	if (carried->len)
		bpfgen_forget(fn, carried, bpfgen_hidden_zero(fn));
	write_back(fn, fn->callback);
	LLVMBuildRet(fn->builder, bpfgen_i64(fn, result));
	fn->open = false;
}

static void write_callback(struct bpfgen_fn *fn, const struct bpfgen_outline *outline)
{
	struct bpfgen_callback *callback = fn->callback;
	LLVMBasicBlockRef next = bpfgen_block(fn, "next"), left = bpfgen_block(fn, "left"), body;

	callback->stop = bpfgen_block(fn, "stop");
	take_frame(fn, callback);
	set_round(fn, outline, callback);
	if (outline->cond) {
		body = bpfgen_block(fn, "while");
		bpfgen_condition(fn, outline->cond, body, left);
		bpfgen_at(fn, body);
	}
	bpfgen_labelled(fn, outline->label, left, next, outline->body);
	bpfgen_jump(fn, next);
	bpfgen_at(fn, next);
	bpfgen_position(fn, outline->stmt->span);
	end_round(fn, &callback->carried, 0);
	bpfgen_at(fn, left);
	put_exit(fn, callback, callback->frame, EXIT_LEFT);
	bpfgen_jump(fn, callback->stop);
	bpfgen_at(fn, callback->stop);
	end_round(fn, &callback->carried, 1);
}

void bpfgen_callback_exit(struct bpfgen_fn *fn, const struct ir_stmt *stmt)
{
	struct bpfgen_callback *callback = fn->callback;

	put(fn, callback->frame, callback->exit, bpfgen_i64(fn, EXIT_FIRST + callback->exits.len));
	vec_push(&fn->gen->comp->arena, &callback->exits, stmt);
	bpfgen_jump(fn, callback->stop);
}

/* long name(u32 round, void *frame), or long name(map, key, value, frame). */
static void callback_proto(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
			   struct bpfgen_proto *proto)
{
	struct bpfgen *gen = fn->gen;
	LLVMMetadataRef address = bpfgen_debug_pointer(gen, NULL);

	*proto = (struct bpfgen_proto){.name = arena_printf(&gen->comp->arena, "%s_loop%u",
							    fn->ir->name, gen->callback_count++),
				       .span = outline->stmt->span,
				       .is_static = true,
				       .is_definition = true,
				       .result = bpfgen_debug_type(gen, gen->comp->types->i64)};
	if (outline->rounds) {
		proto->params[0] = bpfgen_debug_type(gen, gen->comp->types->u32);
		proto->params[1] = address;
		proto->names[0] = "round";
		proto->names[1] = "frame";
		proto->count = 2;
		return;
	}
	for (uint32_t i = 0; i < 4; i++)
		proto->params[i] = address;
	proto->names[0] = "map";
	proto->names[1] = "key";
	proto->names[2] = "value";
	proto->names[3] = "frame";
	proto->count = 4;
}

static LLVMValueRef make_callback(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
				  struct bpfgen_callback *callback)
{
	struct bpfgen *gen = fn->gen;
	LLVMTypeRef params[] = {outline->rounds ? gen->i32 : gen->ptr, gen->ptr, gen->ptr,
				gen->ptr};
	struct bpfgen_fn own = {.gen = gen,
				.ir = fn->ir,
				.callee = fn->callee,
				.outer = fn,
				.callback = callback,
				.outer_held = &outline->stmt->held,
				.labels = fn->labels,
				.span = outline->stmt->span};
	struct bpfgen_proto proto;
	LLVMMetadataRef subprogram;
	LLVMValueRef llvm;

	callback_proto(fn, outline, &proto);
	llvm = bpfgen_add_function(gen, proto.name,
				   LLVMFunctionType(gen->i64, params, proto.count, false), NULL,
				   true);
	bpfgen_add_attribute(gen, llvm, "noinline");
	subprogram = bpfgen_debug_function(gen, &proto);
	LLVMSetSubprogram(llvm, subprogram);
	own.locals = arena_array(&gen->comp->arena, struct bpfgen_local, fn->ir->locals.len);
	for (uint32_t i = 0; i < fn->ir->locals.len; i++) {
		own.locals[i].assigned = fn->locals[i].assigned;
		own.locals[i].uses = fn->locals[i].uses;
	}
	bpfgen_fn_begin(&own, llvm, subprogram);
	bpfgen_position(&own, outline->stmt->span);
	bpfgen_debug_params(&own, &proto);
	callback->frame = LLVMGetParam(llvm, proto.count - 1);
	write_callback(&own, outline);
	bpfgen_fn_end(&own);
	return llvm;
}

/* ---- the function around it ---- */

static void call_helper(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
			LLVMValueRef function, LLVMValueRef frame)
{
	LLVMValueRef flags = bpfgen_i64(fn, 0);

	if (outline->rounds)
		bpfgen_helper(fn, HELPER_LOOP, fn->gen->i64,
			      (LLVMValueRef[]){outline->rounds, function, frame, flags}, 4);
	else
		bpfgen_helper(fn, HELPER_FOR_EACH_MAP_ELEM, fn->gen->i64,
			      (LLVMValueRef[]){bpfgen_map(fn->gen, outline->stmt->each.map),
					       function, frame, flags},
			      4);
}

static bool is_false(LLVMValueRef value)
{
	return LLVMIsAConstantInt(value) && !LLVMConstIntGetZExtValue(value);
}

/* Rounds used up: a loop over a map or a FOR ends so; others, and a FOR cut short, run away. */
static void after_rounds(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
			 LLVMBasicBlockRef done)
{
	LLVMBasicBlockRef away;

	if (!outline->rounds || (outline->runs_away && is_false(outline->runs_away))) {
		bpfgen_jump(fn, done);
		return;
	}
	if (outline->runs_away) {
		away = bpfgen_block(fn, "runaway");
		bpfgen_branch(fn, outline->runs_away, away, done);
		bpfgen_at(fn, away);
	}
	bpfgen_end_program(fn, &outline->stmt->held);
}

static void take_exits(struct bpfgen_fn *fn, const struct bpfgen_outline *outline,
		       struct bpfgen_callback *callback, LLVMValueRef exit)
{
	LLVMBasicBlockRef done = bpfgen_block(fn, "endloop"), used_up = bpfgen_block(fn, "used_up");
	LLVMValueRef dispatch = LLVMBuildSwitch(fn->builder, exit, used_up, callback->exits.len);

	LLVMAddCase(dispatch, bpfgen_i64(fn, EXIT_LEFT), done);
	for (uint32_t i = 0; i < callback->exits.len; i++) {
		LLVMBasicBlockRef leave = bpfgen_block(fn, "exit");

		LLVMAddCase(dispatch, bpfgen_i64(fn, EXIT_FIRST + i), leave);
		bpfgen_at(fn, leave);
		if (callback->exits.data[i]) {
			bpfgen_position(fn, callback->exits.data[i]->span);
			bpfgen_leave(fn, callback->exits.data[i]);
		} else {
			bpfgen_end_program(fn, &outline->stmt->held);
		}
	}
	bpfgen_at(fn, used_up);
	after_rounds(fn, outline, done);
	bpfgen_at(fn, done);
}

void bpfgen_outline(struct bpfgen_fn *fn, const struct bpfgen_outline *outline)
{
	struct bpfgen_callback callback = {0};
	LLVMValueRef frame, function, exit;
	LLVMBasicBlockRef rounds, none = NULL;

	/* No round at all is no call: the walk through the callback tells nothing of that. */
	if (outline->counter && !LLVMIsAConstantInt(outline->rounds)) {
		rounds = bpfgen_block(fn, "rounds");
		none = bpfgen_block(fn, "endfor");
		bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, outline->rounds, ""), rounds,
			      none);
		bpfgen_at(fn, rounds);
	}
	lay_out(fn, outline, &callback);
	bpfgen_carried(fn, outline->stmt, &callback.carried);
	if (callback.carried.len)
		bpfgen_forget(fn, &callback.carried, bpfgen_hidden_zero(fn));
	frame = bpfgen_temp(fn, callback.size, 8);
	fill_frame(fn, outline, &callback, frame);
	function = make_callback(fn, outline, &callback);
	bpfgen_position(fn, outline->stmt->span);
	blur(fn, &callback, frame);
	call_helper(fn, outline, function, frame);
	blur(fn, &callback, frame);
	read_back(fn, &callback, frame);
	bpfgen_packet_refresh(fn);
	exit = get(fn, fn->gen->i64, frame, callback.exit);
	bpfgen_temp_end(fn, frame);
	take_exits(fn, outline, &callback, exit);
	if (none) {
		bpfgen_jump(fn, none);
		bpfgen_at(fn, none);
	}
}
