/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings. The bytes behind the text of a str(N) are zero up to its size, so two of them are
 * equal when their bytes are. Byte arrays that hold text may have anything behind a NUL.
 */
#include "bpf/bpf_gen.h"

#include <string.h>

/* An operand: where its bytes are. */
struct text {
	LLVMValueRef pointer, temp;
	uint32_t align, size; /* size: storage, for str(N) with the final NUL */
	bool is_padded;	      /* zero behind the text, and a NUL at the end */
	const struct ir_expr *literal;
};

/* Memory that is not the stack can be read unaligned; the stack cannot, says the verifier. */
static bool is_off_stack(const struct ir_expr *expr)
{
	const struct ir_place *root;

	if (expr->kind != IR_EXPR_LOAD)
		return false;
	root = ir_place_root(expr->place);
	return root->kind == IR_PLACE_GLOBAL ||
	       (root->kind == IR_PLACE_DEREF &&
		root->deref.pointer->type->ptr.region == REGION_ENTRY);
}

static void text_open(struct bpfgen_fn *fn, const struct ir_expr *expr, struct text *text)
{
	*text = (struct text){.size = expr->type->size, .is_padded = expr->type->kind == TYPE_STR};
	if (expr->kind == IR_EXPR_STRING) {
		text->literal = expr;
		return;
	}
	text->pointer = bpfgen_value_address(fn, expr, &text->temp, &text->align);
	if (text->align < 8 && !text->temp && is_off_stack(expr)) {
		/* LLVM must not see where it is, or it would know that this is a lie. */
		text->pointer = bpfgen_opaque(fn, text->pointer);
		text->align = 8;
	}
}

static void text_close(struct bpfgen_fn *fn, struct text *text)
{
	bpfgen_temp_end(fn, text->temp);
}

/* The widest access at offset `at` of which at most `left` bytes remain. */
static uint32_t piece(uint32_t align, uint32_t at, uint32_t left)
{
	uint32_t width = 8;

	while (width > left || width > align || at % width)
		width /= 2;
	return width;
}

static LLVMTypeRef int_of(struct bpfgen_fn *fn, uint32_t bytes)
{
	return LLVMIntTypeInContext(fn->gen->context, bytes * 8);
}

static LLVMValueRef load_at(struct bpfgen_fn *fn, const struct text *text, uint32_t at,
			    uint32_t width)
{
	return bpfgen_load_raw(fn, int_of(fn, width), bpfgen_offset(fn, text->pointer, at), width);
}

/* ---- loops over bytes: short, so the verifier walks through all rounds ---- */

struct byte_loop {
	LLVMBasicBlockRef head, done;
	LLVMValueRef index;	  /* i64 */
	LLVMValueRef alive, next; /* a value that goes from round to round, or NULL */
	uint32_t count;
};

static void byte_loop_begin(struct bpfgen_fn *fn, struct byte_loop *loop, uint32_t count,
			    LLVMValueRef alive)
{
	LLVMBasicBlockRef from = bpfgen_here(fn);
	LLVMValueRef zero = bpfgen_i64(fn, 0);

	*loop = (struct byte_loop){.head = bpfgen_block(fn, "byte"),
				   .done = bpfgen_block(fn, "bytes_done"),
				   .count = count};
	bpfgen_jump(fn, loop->head);
	bpfgen_at(fn, loop->head);
	loop->index = LLVMBuildPhi(fn->builder, fn->gen->i64, "i");
	LLVMAddIncoming(loop->index, &zero, &from, 1);
	if (!alive)
		return;
	loop->alive = LLVMBuildPhi(fn->builder, LLVMTypeOf(alive), "alive");
	LLVMAddIncoming(loop->alive, &alive, &from, 1);
}

static void byte_loop_end(struct bpfgen_fn *fn, struct byte_loop *loop)
{
	LLVMValueRef next = LLVMBuildAdd(fn->builder, loop->index, bpfgen_i64(fn, 1), "");
	LLVMBasicBlockRef from = bpfgen_here(fn);

	LLVMAddIncoming(loop->index, &next, &from, 1);
	if (loop->alive)
		LLVMAddIncoming(loop->alive, &loop->next, &from, 1);
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntEQ, next, bpfgen_i64(fn, (int64_t)loop->count)),
		      loop->done, loop->head);
	bpfgen_at(fn, loop->done);
}

static LLVMValueRef byte_at(struct bpfgen_fn *fn, const struct text *text, LLVMValueRef index)
{
	return bpfgen_load_raw(fn, fn->gen->i8, bpfgen_offset_by(fn, text->pointer, index), 1);
}

/* ---- equality ---- */

/* Compares bytes `from` .. `to` with constants (or with `other`), jumping to `differ`. */
static void compare_bytes(struct bpfgen_fn *fn, const struct text *text, const struct text *other,
			  const uint8_t *bytes, uint32_t size, LLVMBasicBlockRef differ)
{
	uint32_t align = text->align, width;

	if (other && other->align < align)
		align = other->align;
	for (uint32_t at = 0; at < size; at += width) {
		LLVMBasicBlockRef same = bpfgen_block(fn, "same");
		LLVMValueRef left, right;
		uint64_t value = 0;

		width = piece(align, at, size - at);
		left = load_at(fn, text, at, width);
		if (bytes)
			memcpy(&value, bytes + at, width);
		right = bytes ? bpfgen_int(fn->gen, int_of(fn, width), value)
			      : load_at(fn, other, at, width);
		bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntEQ, left, right), same, differ);
		bpfgen_at(fn, same);
	}
}

/* text == literal: its bytes, and the NUL behind them when there is room for one. */
static void compare_literal(struct bpfgen_fn *fn, const struct text *text,
			    const struct ir_expr *literal, LLVMBasicBlockRef differ)
{
	uint32_t len = literal->string.len, room = text->size - (text->is_padded ? 1 : 0);
	uint8_t *bytes = arena_alloc(&fn->gen->comp->arena, len + 1);

	if (len > room) {
		bpfgen_jump(fn, differ);
		bpfgen_at(fn, bpfgen_block(fn, "never"));
		return;
	}
	memcpy(bytes, literal->string.text, len);
	compare_bytes(fn, text, NULL, bytes, len < text->size ? len + 1 : len, differ);
}

/* Byte for byte, to the first NUL: for arrays, whose rest means nothing. */
static void compare_until_nul(struct bpfgen_fn *fn, const struct text *a, const struct text *b,
			      LLVMBasicBlockRef equal, LLVMBasicBlockRef differ)
{
	uint32_t count = a->size < b->size ? a->size : b->size;
	const struct text *longer = a->size > b->size ? a : b;
	LLVMBasicBlockRef same = bpfgen_block(fn, "same"), next = bpfgen_block(fn, "next");
	struct byte_loop loop;
	LLVMValueRef left;

	byte_loop_begin(fn, &loop, count, NULL);
	left = byte_at(fn, a, loop.index);
	bpfgen_branch(fn, bpfgen_compare(fn, LLVMIntEQ, left, byte_at(fn, b, loop.index)), same,
		      differ);
	bpfgen_at(fn, same);
	bpfgen_branch(fn, LLVMBuildIsNull(fn->builder, left, ""), equal, next);
	bpfgen_at(fn, next);
	byte_loop_end(fn, &loop);
	/* The shorter is used up: the longer has to end here. */
	if (longer->size == count)
		bpfgen_jump(fn, equal);
	else
		bpfgen_branch(fn, LLVMBuildIsNull(fn->builder, load_at(fn, longer, count, 1), ""),
			      equal, differ);
}

static void compare_texts(struct bpfgen_fn *fn, const struct text *a, const struct text *b,
			  LLVMBasicBlockRef equal, LLVMBasicBlockRef differ)
{
	if (b->literal) {
		compare_literal(fn, a, b->literal, differ);
	} else if (a->is_padded && b->is_padded) {
		compare_bytes(fn, a, b, NULL, a->size < b->size ? a->size : b->size, differ);
	} else {
		compare_until_nul(fn, a, b, equal, differ);
		return;
	}
	bpfgen_jump(fn, equal);
}

LLVMValueRef bpfgen_string_equal(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	LLVMBasicBlockRef equal, differ, done;
	LLVMTypeRef i1 = fn->gen->i1;
	LLVMValueRef result;
	struct text a, b;

	if (left->kind == IR_EXPR_STRING && right->kind == IR_EXPR_STRING)
		return bpfgen_int(
			fn->gen, i1,
			left->string.len == right->string.len &&
				!memcmp(left->string.text, right->string.text, left->string.len));
	if (left->kind == IR_EXPR_STRING) {
		left = right;
		right = expr->binary.left;
	}
	text_open(fn, left, &a);
	text_open(fn, right, &b);
	equal = bpfgen_block(fn, "equal");
	differ = bpfgen_block(fn, "differ");
	done = bpfgen_block(fn, "compared");
	compare_texts(fn, &a, &b, equal, differ);
	bpfgen_at(fn, equal);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, differ);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	result = bpfgen_phi(fn, i1, bpfgen_int(fn->gen, i1, 1), equal, bpfgen_int(fn->gen, i1, 0),
			    differ);
	text_close(fn, &a);
	text_close(fn, &b);
	return result;
}

/* ---- length ---- */

#define ONES 0x0101010101010101 /* one in each byte */

/*
 * How many bytes of a word are not zero: each byte's bits are gathered in its lowest one, and
 * these are added up by a multiplication. No branch: the verifier would follow both ways.
 */
static LLVMValueRef text_bytes(struct bpfgen_fn *fn, LLVMValueRef word)
{
	LLVMValueRef ones = bpfgen_i64(fn, ONES);

	for (int shift = 4; shift; shift /= 2)
		word = LLVMBuildOr(fn->builder, word,
				   LLVMBuildLShr(fn->builder, word, bpfgen_i64(fn, shift), ""), "");
	word = LLVMBuildAnd(fn->builder, word, ones, "");
	word = LLVMBuildMul(fn->builder, word, ones, "");
	return LLVMBuildLShr(fn->builder, word, bpfgen_i64(fn, 56), "");
}

#define WORDS_AT_ONCE 4

/* Nothing but zeros follows the text: the length is the number of bytes that are not zero. */
static LLVMValueRef padded_length(struct bpfgen_fn *fn, const struct text *text)
{
	LLVMValueRef len = bpfgen_i64(fn, 0), word, count;

	for (uint32_t at = 0, width; at + 1 < text->size; at += width) {
		width = piece(text->align, at, text->size - at);
		word = load_at(fn, text, at, width);
		if (width == 1)
			word = LLVMBuildIsNotNull(fn->builder, word, "");
		count = LLVMBuildZExt(fn->builder, word, fn->gen->i64, "");
		if (width > 1)
			count = text_bytes(fn, count);
		len = LLVMBuildAdd(fn->builder, len, count, "");
		/* Or LLVM loads all words first, and keeps them on the stack. */
		if (at / width % WORDS_AT_ONCE == WORDS_AT_ONCE - 1)
			len = bpfgen_anchor(fn, len);
	}
	return len;
}

/* Byte by byte, to a NUL or the end. */
static LLVMValueRef scanned_length(struct bpfgen_fn *fn, const struct text *text)
{
	LLVMBasicBlockRef found = bpfgen_block(fn, "found"), next = bpfgen_block(fn, "next"), here;
	LLVMValueRef len = bpfgen_i64(fn, text->size), byte;
	struct byte_loop loop;

	byte_loop_begin(fn, &loop, text->size, NULL);
	byte = byte_at(fn, text, loop.index);
	here = bpfgen_here(fn);
	bpfgen_branch(fn, LLVMBuildIsNull(fn->builder, byte, ""), found, next);
	bpfgen_at(fn, next);
	byte_loop_end(fn, &loop);
	bpfgen_jump(fn, found);
	bpfgen_at(fn, found);
	return bpfgen_phi(fn, fn->gen->i64, loop.index, here, len, loop.done);
}

/* Beyond so many words the code of padded_length() is too long. */
#define LENGTH_WORDS_MAX 32

static LLVMValueRef length(struct bpfgen_fn *fn, const struct text *text)
{
	uint32_t width = text->align > 8 ? 8 : text->align;

	if (text->is_padded && text->size / width <= LENGTH_WORDS_MAX)
		return padded_length(fn, text);
	return scanned_length(fn, text);
}

LLVMValueRef bpfgen_string_length(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMValueRef len;
	struct text text;

	if (expr->kind == IR_EXPR_STRING)
		return bpfgen_i32(fn, expr->string.len);
	text_open(fn, expr, &text);
	len = length(fn, &text);
	text_close(fn, &text);
	return LLVMBuildTrunc(fn->builder, len, fn->gen->i32, "");
}

/* ---- one character ---- */

LLVMValueRef bpfgen_string_at(struct bpfgen_fn *fn, const struct ir_expr *expr)
{
	LLVMBasicBlockRef miss = NULL, done = bpfgen_block(fn, "char"), from;
	LLVMValueRef index = bpfgen_widen(fn, expr->binary.right), byte, temp;
	uint32_t align, size = expr->binary.left->type->size;
	LLVMValueRef text = bpfgen_value_address(fn, expr->binary.left, &temp, &align);

	index = bpfgen_index_check(fn, index, size, &miss);
	byte = bpfgen_load_raw(fn, fn->gen->i8, bpfgen_offset_by(fn, text, index), 1);
	from = bpfgen_here(fn);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, miss);
	bpfgen_jump(fn, done);
	bpfgen_at(fn, done);
	byte = bpfgen_phi(fn, fn->gen->i8, byte, from, LLVMConstNull(fn->gen->i8), miss);
	bpfgen_temp_end(fn, temp);
	return byte;
}

/* ---- conversion and concatenation ---- */

/* Copies text out of an array: what stands behind a NUL becomes zero. */
static void copy_until_nul(struct bpfgen_fn *fn, const struct text *from, LLVMValueRef to,
			   uint32_t count)
{
	LLVMTypeRef i32 = fn->gen->i32;
	struct byte_loop loop;
	LLVMValueRef byte, mask;

	if (!count)
		return;
	byte_loop_begin(fn, &loop, count, bpfgen_i32(fn, -1));
	byte = LLVMBuildZExt(fn->builder, byte_at(fn, from, loop.index), i32, "");
	/* All ones unless the byte is zero. No branch: the verifier would follow both. */
	mask = LLVMBuildOr(fn->builder, byte, LLVMBuildNeg(fn->builder, byte, ""), "");
	mask = LLVMBuildAShr(fn->builder, mask, bpfgen_i32(fn, 31), "");
	loop.next = LLVMBuildAnd(fn->builder, loop.alive, mask, "");
	byte = LLVMBuildAnd(fn->builder, byte, loop.next, "");
	byte = LLVMBuildTrunc(fn->builder, byte, fn->gen->i8, "");
	bpfgen_store_raw(fn, byte, bpfgen_offset_by(fn, to, loop.index), 1);
	byte_loop_end(fn, &loop);
}

static uint32_t align_at(uint32_t align, uint32_t offset)
{
	while (align > 1 && offset % align)
		align /= 2;
	return align;
}

void bpfgen_string_convert(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
			   uint32_t align)
{
	const struct ir_expr *operand = expr->convert.operand;
	uint32_t room = expr->type->size - (expr->type->kind == TYPE_STR ? 1 : 0), count;
	struct text from;

	if (operand->kind == IR_EXPR_STRING) {
		struct ir_expr cut = {
			.kind = IR_EXPR_STRING, .span = operand->span, .type = expr->type};

		cut.string.text = operand->string.text;
		cut.string.len = operand->string.len > room ? room : operand->string.len;
		bpfgen_value_to(fn, &cut, to, align);
		return;
	}
	text_open(fn, operand, &from);
	count = from.size - from.is_padded;
	if (count > room)
		count = room;
	if (from.is_padded)
		bpfgen_copy(fn, to, align, from.pointer, from.align, count);
	else
		copy_until_nul(fn, &from, to, count);
	bpfgen_zero(fn, bpfgen_offset(fn, to, count), align_at(align, count),
		    expr->type->size - count);
	text_close(fn, &from);
}

/* Copies `count` bytes to an address that is computed. */
static void copy_behind(struct bpfgen_fn *fn, const struct text *from, LLVMValueRef to,
			uint32_t count)
{
	struct byte_loop loop;

	if (!count)
		return;
	byte_loop_begin(fn, &loop, count, NULL);
	bpfgen_store_raw(fn, byte_at(fn, from, loop.index), bpfgen_offset_by(fn, to, loop.index),
			 1);
	byte_loop_end(fn, &loop);
}

/* The second text is written behind the first; its zeros may go over the end's zeros. */
void bpfgen_string_cat(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
		       uint32_t align)
{
	LLVMValueRef len, limit;
	struct text left, right;
	struct ir_expr *text = expr->binary.right;
	LLVMValueRef spill = NULL;

	bpfgen_zero(fn, to, align, expr->type->size);
	bpfgen_value_to(fn, expr->binary.left, to, align);
	left = (struct text){.pointer = to,
			     .align = align,
			     .is_padded = true,
			     .size = expr->binary.left->type->size};
	len = bpfgen_opaque(fn, length(fn, &left));
	/*
	 * check_stack_write_var_off() of older kernels spoils a word of which it overwrites the end
	 * only, so that no part of it can be read. So the length may be zero, as far as they know.
	 */
	if (kernels_older_than(fn->gen->comp, KERNEL_VERSION_OF(6, 9)))
		len = LLVMBuildXor(fn->builder, len, bpfgen_hidden_zero(fn), "");
	limit = bpfgen_i64(fn, left.size - 1);
	len = LLVMBuildSelect(fn->builder, bpfgen_compare(fn, LLVMIntULT, len, limit), len, limit,
			      "");
	/*
	 * LLVM must not see that the sum with an aligned address has no carry: it would compute
	 * it by |, which the verifier refuses on pointers.
	 */
	len = bpfgen_opaque(fn, len);
	if (text->kind == IR_EXPR_STRING) {
		spill = bpfgen_temp_of(fn, text->type);
		bpfgen_value_to(fn, text, spill, 8);
		right = (struct text){.pointer = spill, .align = 8, .size = text->type->size};
	} else {
		text_open(fn, text, &right);
	}
	copy_behind(fn, &right, bpfgen_offset_by(fn, to, len), text->type->size - 1);
	bpfgen_temp_end(fn, spill);
	if (text->kind != IR_EXPR_STRING)
		text_close(fn, &right);
}
