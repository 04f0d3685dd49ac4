/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places: where something lies and how it is read and written. Resolving a place writes all
 * checks that the access needs; they share one block to go to when they fail.
 */
#include "bpf/bpf_gen.h"

#include "ir/ir_eval.h"

/* A chain of fields and indexes: from the root so many bytes. */
struct path {
	const struct ir_place *root;
	uint64_t offset;
	LLVMValueRef index; /* further bytes that are computed, or NULL */
	uint32_t align;	    /* of them */
	bool is_unknown;    /* the verifier does not know their number */
};

static uint32_t low_bit(uint64_t value)
{
	return value ? (uint32_t)(value & -value & 0xffffffff) : 8;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

LLVMValueRef bpfgen_index_check(struct bpfgen_fn *fn, LLVMValueRef index, uint64_t count,
				LLVMBasicBlockRef *miss)
{
	LLVMBasicBlockRef inside = bpfgen_block(fn, "inside");
	LLVMValueRef known = bpfgen_tested(fn, index);

	if (!*miss)
		*miss = bpfgen_block(fn, "outside");
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntULT, known, bpfgen_i64(fn, (int64_t)count)),
		      inside, *miss);
	bpfgen_at(fn, inside);
	/* What is computed from it stays behind the check: LLVM would take it out of loops. */
	return bpfgen_anchor(fn, known);
}

static bool is_exact(struct bpfgen_fn *fn, const struct ir_expr *index)
{
	return index->kind == IR_EXPR_LOAD && index->place->kind == IR_PLACE_LOCAL &&
	       fn->locals[index->place->local->index].is_exact;
}

/*
 * A run-time index. One that the checker has proved to be inside is bounded again: the verifier
 * does not know the proof. That costs one instruction when the count is a power of two.
 */
static LLVMValueRef index_value(struct bpfgen_fn *fn, const struct ir_place *place,
				LLVMBasicBlockRef *miss)
{
	const struct ir_expr *expr = place->index.index;
	uint64_t count = place->index.base->type->array.count;
	LLVMValueRef index = bpfgen_widen(fn, expr);

	if (!place->index.checked && is_exact(fn, expr))
		return index;
	/*
	 * Opaque again: in eight aligned bytes LLVM would see that the sum with the address has no
	 * carry and compute it by |, which the verifier refuses on pointers.
	 */
	if (!place->index.checked && count && !(count & (count - 1)))
		return bpfgen_opaque(fn, LLVMBuildAnd(fn->builder, bpfgen_opaque(fn, index),
						      bpfgen_i64(fn, (int64_t)count - 1), ""));
	return bpfgen_index_check(fn, index, count, miss);
}

static void walk_index(struct bpfgen_fn *fn, const struct ir_place *place, struct path *path,
		       LLVMBasicBlockRef *miss)
{
	const struct ir_expr *expr = place->index.index;
	uint64_t count = place->index.base->type->array.count;
	uint32_t size = place->type->size;
	LLVMValueRef bytes;

	if (expr->kind == IR_EXPR_CONST && expr->bits < count) {
		path->offset += expr->bits * size;
		return;
	}
	/* The verifier knows where pointers lie at constant offsets only. */
	if (ir_place_root((struct ir_place *)place)->kind == IR_PLACE_LOCAL &&
	    bpfgen_has_pointers(place->type) && !is_exact(fn, expr))
		bpfgen_unsupported(fn->gen, place->span,
				   "an index that is not constant into an array of pointers");
	bytes = LLVMBuildMul(fn->builder, index_value(fn, place, miss), bpfgen_i64(fn, size), "");
	path->is_unknown |= !is_exact(fn, expr);
	path->align = smaller(path->align, low_bit(size));
	path->index = path->index ? LLVMBuildAdd(fn->builder, path->index, bytes, "") : bytes;
}

static void walk(struct bpfgen_fn *fn, const struct ir_place *place, struct path *path,
		 LLVMBasicBlockRef *miss)
{
	switch (place->kind) {
	case IR_PLACE_LOCAL:
	case IR_PLACE_GLOBAL:
	case IR_PLACE_DEREF:
		*path = (struct path){.root = place, .align = 8};
		break;
	case IR_PLACE_FIELD:
		walk(fn, place->field.base, path, miss);
		if (place->field.field->bit_size)
			path->offset += place->field.offset_bits / 8 / place->type->size *
					place->type->size;
		else
			path->offset += place->field.offset_bits / 8;
		break;
	case IR_PLACE_INDEX:
		walk(fn, place->index.base, path, miss);
		walk_index(fn, place, path, miss);
		break;
	}
}

/*
 * The context's fields lie at constant offsets, or the verifier refuses the access. Offsets that
 * are relocated are kept together with their access by the relocation.
 */
static LLVMValueRef context_root(struct bpfgen_fn *fn, const struct ir_place *root, bool relocated)
{
	const struct ir_expr *pointer = root->deref.pointer;

	if (fn->context && !relocated && bpfgen_is_context(fn, pointer))
		return fn->context;
	return bpfgen_value(fn, pointer);
}

static LLVMValueRef nonnull(struct bpfgen_fn *fn, LLVMValueRef pointer, LLVMBasicBlockRef *miss)
{
	LLVMBasicBlockRef present = bpfgen_block(fn, "present");

	if (!*miss)
		*miss = bpfgen_block(fn, "absent");
	bpfgen_branch(fn, LLVMBuildIsNotNull(fn->builder, pointer, ""), present, *miss);
	bpfgen_at(fn, present);
	/* Arithmetic on the pointer must not move in front of the test. */
	return bpfgen_anchor(fn, pointer);
}

/* In packets and kernel memory unaligned accesses are allowed; on the stack they are not. */
static bool must_align(const struct ir_place *root)
{
	enum region region;

	if (root->kind != IR_PLACE_DEREF)
		return root->kind == IR_PLACE_LOCAL;
	region = root->deref.pointer->type->ptr.region;
	return region == REGION_ANY || region == REGION_STACK;
}

/* A packet access: the check covers the bytes that are used and no others. */
static void packet_ref(struct bpfgen_fn *fn, const struct ir_place *place, const struct path *path,
		       struct bpfgen_ref *ref)
{
	LLVMValueRef offset = bpfgen_packet_offset(fn, path->root->deref.pointer);

	if (path->index)
		offset = LLVMBuildAdd(fn->builder, offset, path->index, "");
	offset = LLVMBuildAdd(fn->builder, offset, bpfgen_i64(fn, (int64_t)path->offset), "");
	ref->packet_offset = offset;
	if (fn->is_writing && fn->can_pull) {
		ref->pointer = bpfgen_pulled_pointer(fn, offset, place->type->size, &ref->miss);
		return;
	}
	if (bpfgen_packet_has_slow(fn))
		ref->slow = bpfgen_block(fn, "beyond");
	ref->pointer = bpfgen_packet_pointer(fn, offset, place->type->size,
					     ref->slow ? &ref->slow : &ref->miss);
}

static LLVMValueRef deref_root(struct bpfgen_fn *fn, const struct ir_place *root, bool relocated,
			       struct bpfgen_ref *ref)
{
	const struct ir_expr *pointer = root->deref.pointer;

	switch (root->deref.access) {
	case IR_ACCESS_DIRECT:
	case IR_ACCESS_NULL_TRAP: /* user code only */
	case IR_ACCESS_PACKET:	  /* handled before */
		break;
	case IR_ACCESS_KERNEL:
		if (!bpfgen_tracks_kernel(fn))
			ref->memory = MEMORY_KERNEL;
		break;
	case IR_ACCESS_NULL_ZERO:
		return nonnull(fn, bpfgen_value(fn, pointer), &ref->miss);
	case IR_ACCESS_CONTEXT:
		ref->memory = MEMORY_CONTEXT;
		return context_root(fn, root, relocated);
	case IR_ACCESS_KERNEL_READ:
		ref->memory = MEMORY_KERNEL;
		break;
	case IR_ACCESS_USER_READ:
		ref->memory = MEMORY_USER;
		break;
	}
	return bpfgen_value(fn, pointer);
}

static LLVMValueRef root_pointer(struct bpfgen_fn *fn, const struct ir_place *root, bool relocated,
				 struct bpfgen_ref *ref)
{
	switch (root->kind) {
	case IR_PLACE_LOCAL:
		ref->align = bpfgen_in_memory(root->type) ? 8 : root->type->align;
		return fn->locals[root->local->index].storage;
	case IR_PLACE_GLOBAL:
		ref->align = bpfgen_in_memory(root->type) ? 8 : root->type->align;
		return bpfgen_global(fn->gen, root->global);
	case IR_PLACE_DEREF:
		ref->align = root->type->align;
		return deref_root(fn, root, relocated, ref);
	case IR_PLACE_FIELD:
	case IR_PLACE_INDEX:
		break; /* not roots */
	}
	internal_error(fn->gen->comp, root->span, "a place without a root");
}

static bool is_packet_access(const struct path *path)
{
	const struct ir_place *root = path->root;

	if (root->kind != IR_PLACE_DEREF)
		return false;
	if (root->deref.access == IR_ACCESS_PACKET || bpfgen_is_packet(root->deref.pointer->type))
		return true;
	/* The verifier forgets the window's size when something unknown is added. */
	return path->is_unknown && bpfgen_is_window(root->deref.pointer->type);
}

/* The verifier lets single members be loaded; larger things are copied by a helper. */
static bool is_kernel_access(const struct ir_place *root)
{
	return root->kind == IR_PLACE_DEREF && root->deref.access == IR_ACCESS_KERNEL;
}

/*
 * A pointer that a test in the source found to be there: what is added to it at run time must not
 * move in front of that test, out of a loop for example.
 */
static bool may_have_been_null(const struct ir_place *root)
{
	enum region region;

	if (root->kind != IR_PLACE_DEREF || root->deref.access != IR_ACCESS_DIRECT)
		return false;
	region = root->deref.pointer->type->ptr.region;
	return region != REGION_STACK && region != REGION_CTX && region != REGION_WINDOW;
}

static void bit_field(struct bpfgen_fn *fn, const struct ir_place *place, struct bpfgen_ref *ref)
{
	uint32_t unit = place->type->size * 8;

	ref->bit_size = place->field.field->bit_size;
	ref->bit_shift = place->field.offset_bits % unit;
	if (ref->bit_shift + ref->bit_size > unit)
		bpfgen_unsupported(fn->gen, place->span, "a bit-field across storage units");
}

static bool has_unknown_index(const struct ir_place *place)
{
	uint64_t bits;

	for (;;) {
		switch (place->kind) {
		case IR_PLACE_INDEX:
			if (!ir_is_const(place->index.index, &bits))
				return true;
			place = place->index.base;
			break;
		case IR_PLACE_FIELD:
			place = place->field.base;
			break;
		case IR_PLACE_LOCAL:
		case IR_PLACE_GLOBAL:
		case IR_PLACE_DEREF:
			return false;
		}
	}
}

void bpfgen_place(struct bpfgen_fn *fn, const struct ir_place *place, struct bpfgen_ref *ref)
{
	struct path path;

	*ref = (struct bpfgen_ref){.type = place->type};
	ref->packet_value = bpfgen_packet_field(fn, place);
	if (ref->packet_value)
		return;
	if (bpfgen_needs_core(place)) {
		const struct ir_place *root = ir_place_root((struct ir_place *)place);

		bpfgen_core_place(fn, place, root_pointer(fn, root, true, ref), ref);
		/* The verifier takes constant offsets only. */
		if (ref->memory == MEMORY_CONTEXT && has_unknown_index(place))
			bpfgen_unsupported(fn->gen, place->span,
					   "an index that is not constant into the context");
		if (bpfgen_in_memory(place->type) && ref->memory != MEMORY_USER)
			ref->memory = MEMORY_KERNEL;
		return;
	}
	walk(fn, place, &path, &ref->miss);
	if (place->kind == IR_PLACE_FIELD && place->field.field->bit_size)
		bit_field(fn, place, ref);
	if (is_packet_access(&path)) {
		packet_ref(fn, place, &path, ref);
		ref->align = place->type->align;
		return;
	}
	ref->pointer = root_pointer(fn, path.root, false, ref);
	ref->is_member = path.root->kind == IR_PLACE_DEREF &&
			 path.root->deref.pointer->type->ptr.region == REGION_OBJECT;
	if (path.index && may_have_been_null(path.root))
		ref->pointer = bpfgen_anchor(fn, ref->pointer);
	if (path.is_unknown && ref->is_member)
		bpfgen_unsupported(fn->gen, place->span,
				   "an index that is not constant into an object");
	if (path.index && ref->memory == MEMORY_CONTEXT)
		bpfgen_unsupported(fn->gen, place->span,
				   "an index that is not constant into the context");
	if (path.index)
		ref->pointer = bpfgen_offset_by(fn, ref->pointer, path.index);
	ref->pointer = bpfgen_offset(fn, ref->pointer, path.offset);
	if (bpfgen_in_memory(place->type) && is_kernel_access(path.root))
		ref->memory = MEMORY_KERNEL;
	if (must_align(path.root))
		ref->align = smaller(ref->align, smaller(path.align, low_bit(path.offset)));
	else
		ref->align = place->type->align;
}

void bpfgen_written_place(struct bpfgen_fn *fn, const struct ir_place *place,
			  struct bpfgen_ref *ref)
{
	fn->is_writing = true;
	bpfgen_place(fn, place, ref);
	fn->is_writing = false;
}

/* ---- scalars ---- */

LLVMValueRef bpfgen_load_scalar(struct bpfgen_fn *fn, const struct type *type, LLVMValueRef pointer,
				uint32_t align)
{
	LLVMValueRef value = bpfgen_load_raw(fn, bpfgen_memory_type(fn->gen, type), pointer, align);

	if (type->kind == TYPE_BOOL)
		return LLVMBuildIsNotNull(fn->builder, value, "");
	return value;
}

void bpfgen_store_scalar(struct bpfgen_fn *fn, const struct type *type, LLVMValueRef value,
			 LLVMValueRef pointer, uint32_t align)
{
	if (type->kind == TYPE_BOOL)
		value = LLVMBuildZExt(fn->builder, value, fn->gen->i8, "");
	bpfgen_store_raw(fn, value, pointer, align);
}

static void read_by_helper(struct bpfgen_fn *fn, const struct bpfgen_ref *ref, LLVMValueRef to,
			   uint32_t size)
{
	uint32_t id =
		ref->memory == MEMORY_USER ? HELPER_PROBE_READ_USER : HELPER_PROBE_READ_KERNEL;

	/* Zeroes the destination when the address is not readable. */
	bpfgen_helper(fn, id, fn->gen->i64,
		      (LLVMValueRef[]){to, bpfgen_i64(fn, size), ref->pointer}, 3);
}

static LLVMValueRef load_memory(struct bpfgen_fn *fn, const struct bpfgen_ref *ref)
{
	LLVMValueRef temp, value;

	if (ref->memory == MEMORY_PLAIN || ref->memory == MEMORY_CONTEXT)
		return bpfgen_load_scalar(fn, ref->type, ref->pointer, ref->align);
	temp = bpfgen_temp(fn, ref->type->size, 8);
	read_by_helper(fn, ref, temp, ref->type->size);
	value = bpfgen_load_scalar(fn, ref->type, temp, 8);
	bpfgen_temp_end(fn, temp);
	return value;
}

LLVMValueRef bpfgen_ref_load(struct bpfgen_fn *fn, struct bpfgen_ref *ref)
{
	bool is_signed = bpfgen_is_signed(ref->type);
	unsigned unit = ref->type->size * 8;
	LLVMTypeRef type;
	LLVMValueRef value;

	if (ref->packet_value)
		return ref->packet_value;
	if (ref->core_bits)
		return bpfgen_core_bits(fn, ref);
	value = load_memory(fn, ref);
	if (!ref->bit_size)
		return value;
	type = LLVMTypeOf(value);
	value = LLVMBuildShl(fn->builder, value,
			     bpfgen_int(fn->gen, type, unit - ref->bit_shift - ref->bit_size), "");
	if (is_signed)
		return LLVMBuildAShr(fn->builder, value,
				     bpfgen_int(fn->gen, type, unit - ref->bit_size), "");
	return LLVMBuildLShr(fn->builder, value, bpfgen_int(fn->gen, type, unit - ref->bit_size),
			     "");
}

void bpfgen_ref_store(struct bpfgen_fn *fn, struct bpfgen_ref *ref, LLVMValueRef value)
{
	LLVMTypeRef type;
	LLVMValueRef old;
	uint64_t mask;

	if (ref->core_bits || ref->memory == MEMORY_KERNEL || ref->memory == MEMORY_USER ||
	    ref->packet_value) {
		bpfgen_unsupported(fn->gen, fn->span, "a write to this place");
		return;
	}
	if (ref->bit_size) {
		type = LLVMTypeOf(value);
		mask = (~0ull >> (64 - ref->bit_size)) << ref->bit_shift;
		old = bpfgen_load_raw(fn, type, ref->pointer, ref->align);
		old = LLVMBuildAnd(fn->builder, old, bpfgen_int(fn->gen, type, ~mask), "");
		value = LLVMBuildShl(fn->builder, value, bpfgen_int(fn->gen, type, ref->bit_shift),
				     "");
		value = LLVMBuildAnd(fn->builder, value, bpfgen_int(fn->gen, type, mask), "");
		value = LLVMBuildOr(fn->builder, old, value, "");
	}
	bpfgen_store_scalar(fn, ref->type, value, ref->pointer, ref->align);
	if (ref->is_member)
		bpfgen_keep_store(fn);
}

/* ---- loads ---- */

/* The ways that come together behind a read. */
struct ways {
	LLVMBasicBlockRef done, from[3];
	LLVMValueRef values[3];
	unsigned count;
};

static void way_end(struct bpfgen_fn *fn, struct ways *ways, LLVMValueRef value)
{
	ways->values[ways->count] = value;
	ways->from[ways->count++] = bpfgen_here(fn);
	bpfgen_jump(fn, ways->done);
}

LLVMValueRef bpfgen_load(struct bpfgen_fn *fn, const struct ir_place *place)
{
	LLVMValueRef value, phi;
	struct bpfgen_ref ref;
	struct ways ways;

	if (place->kind == IR_PLACE_LOCAL)
		return bpfgen_local_get(fn, place->local);
	bpfgen_place(fn, place, &ref);
	value = bpfgen_ref_load(fn, &ref);
	if (!ref.miss && !ref.slow)
		return value;
	ways = (struct ways){.done = bpfgen_block(fn, "read")};
	way_end(fn, &ways, value);
	if (ref.slow) {
		bpfgen_at(fn, ref.slow);
		way_end(fn, &ways, bpfgen_packet_slow_read(fn, &ref));
	}
	if (ref.miss) {
		bpfgen_at(fn, ref.miss);
		way_end(fn, &ways, bpfgen_zero_value(fn->gen, place->type));
	}
	bpfgen_at(fn, ways.done);
	phi = LLVMBuildPhi(fn->builder, bpfgen_type(fn->gen, place->type), "");
	LLVMAddIncoming(phi, ways.values, ways.from, ways.count);
	return phi;
}

/* Fields of a context are loaded one by one, each with its own width. */
static void copy_context_array(struct bpfgen_fn *fn, const struct ir_place *place,
			       const struct bpfgen_ref *ref, LLVMValueRef to)
{
	const struct type *elem = place->type->kind == TYPE_ARRAY ? place->type->array.elem : NULL;

	if (!elem || bpfgen_in_memory(elem)) {
		bpfgen_unsupported(fn->gen, place->span, "a copy of this part of the context");
		return;
	}
	for (uint32_t at = 0; at < place->type->size; at += elem->size) {
		LLVMTypeRef type = bpfgen_memory_type(fn->gen, elem);
		LLVMValueRef from = bpfgen_offset(fn, ref->pointer, at);

		bpfgen_store_raw(fn, bpfgen_load_raw(fn, type, from, elem->align),
				 bpfgen_offset(fn, to, at), elem->align);
	}
}

void bpfgen_load_to(struct bpfgen_fn *fn, const struct ir_place *place, LLVMValueRef to,
		    uint32_t align)
{
	LLVMBasicBlockRef done;
	struct bpfgen_ref ref;

	bpfgen_place(fn, place, &ref);
	if (ref.memory == MEMORY_KERNEL || ref.memory == MEMORY_USER)
		read_by_helper(fn, &ref, to, place->type->size);
	else if (ref.memory == MEMORY_CONTEXT)
		copy_context_array(fn, place, &ref, to);
	else
		bpfgen_copy(fn, to, align, ref.pointer, ref.align, place->type->size);
	if (!ref.miss && !ref.slow)
		return;
	done = bpfgen_block(fn, "read");
	bpfgen_jump(fn, done);
	if (ref.slow) {
		bpfgen_at(fn, ref.slow);
		bpfgen_packet_load_bytes(fn, ref.packet_offset, to, place->type->size);
		bpfgen_jump(fn, done);
	}
	if (ref.miss) {
		bpfgen_at(fn, ref.miss);
		bpfgen_zero(fn, to, align, place->type->size);
		bpfgen_jump(fn, done);
	}
	bpfgen_at(fn, done);
}

/* ---- addresses ---- */

/* Ends the resolution of a pointer: null where a check failed. */
static LLVMValueRef pointer_or_null(struct bpfgen_fn *fn, LLVMValueRef pointer,
				    LLVMBasicBlockRef miss)
{
	LLVMBasicBlockRef done, from = bpfgen_here(fn);

	if (!miss)
		return pointer;
	done = bpfgen_block(fn, "address");
	bpfgen_jump(fn, done);
	bpfgen_at(fn, miss);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	return bpfgen_phi(fn, fn->gen->ptr, pointer, from, LLVMConstNull(fn->gen->ptr), miss);
}

/* The offset of a place that lies behind a packet pointer. */
static LLVMValueRef packet_address(struct bpfgen_fn *fn, const struct ir_place *place)
{
	LLVMBasicBlockRef miss = NULL, done, from;
	LLVMValueRef offset;
	struct path path;

	walk(fn, place, &path, &miss);
	offset = bpfgen_packet_offset(fn, path.root->deref.pointer);
	if (path.index)
		offset = LLVMBuildAdd(fn->builder, offset, path.index, "");
	offset = LLVMBuildAdd(fn->builder, offset, bpfgen_i64(fn, (int64_t)path.offset), "");
	if (!miss)
		return offset;
	from = bpfgen_here(fn);
	done = bpfgen_block(fn, "address");
	bpfgen_jump(fn, done);
	bpfgen_at(fn, miss);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	return bpfgen_phi(fn, fn->gen->i64, offset, from,
			  LLVMConstInt(fn->gen->i64, (uint64_t)INT64_MIN, true), miss);
}

static bool is_packet_root(const struct ir_place *place)
{
	const struct ir_place *root = ir_place_root((struct ir_place *)place);

	return root->kind == IR_PLACE_DEREF && (bpfgen_is_packet(root->deref.pointer->type) ||
						bpfgen_is_window(root->deref.pointer->type));
}

LLVMValueRef bpfgen_address(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	struct bpfgen_ref ref;

	if (bpfgen_is_packet(expr->type) && is_packet_root(expr->place))
		return packet_address(fn, expr->place);
	bpfgen_place(fn, expr->place, &ref);
	return pointer_or_null(fn, ref.pointer, ref.miss);
}

LLVMValueRef bpfgen_index_address(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	const struct ir_place *array = expr->op.place;
	struct ir_place element = {.kind = IR_PLACE_INDEX,
				   .type = array->type->array.elem,
				   .span = expr->span,
				   .index = {.base = (struct ir_place *)array,
					     .index = expr->op.args.data[0],
					     .checked = true}};
	struct bpfgen_ref ref;

	if (bpfgen_is_packet(expr->type) && is_packet_root(array))
		return packet_address(fn, &element);
	bpfgen_place(fn, &element, &ref);
	return pointer_or_null(fn, ref.pointer, ref.miss);
}
