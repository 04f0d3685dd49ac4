/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verifier counts over a chain of calls: at most 512 bytes of stack and 8 frames
 * (MAX_BPF_STACK, MAX_CALL_FRAMES of the kernel). LLVM sees only one function at a time, so the
 * finished code is read: how deep each function reaches below r10, and whom it calls, directly or
 * as a callback.
 */
#include "bpf/bpf_gen.h"

#include <elf.h>
#include <linux/bpf.h>
#include <string.h>

#define STACK_BYTES   512
#define FRAMES_MAX    8
#define SINCE_ROUND16 KERNEL_VERSION_OF(6, 8) /* before, frames were rounded up to 32 bytes */

struct frame {
	const char *name;
	uint32_t section;
	uint64_t start, size;  /* bytes in the section */
	uint32_t own;	       /* bytes of stack, rounded up */
	struct u32_vec calls;  /* of other frames */
	uint32_t bytes, depth; /* of the deepest chain from here */
	int deepest;	       /* where the chain goes on; -1: nowhere */
	bool is_known;
};

VEC_TYPE(frame_vec, struct frame);

struct code {
	struct bpfgen *gen;
	const uint8_t *bytes;
	const Elf64_Shdr *sections;
	uint32_t section_count;
	const Elf64_Sym *symbols;
	uint32_t symbol_count;
	const char *names;
	struct frame_vec frames;
	uint32_t round;
};

static void open_code(struct code *code, struct bpfgen *gen, const uint8_t *bytes)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;

	*code = (struct code){.gen = gen, .bytes = bytes};
	code->round = kernels_older_than(gen->comp, SINCE_ROUND16) ? 32 : 16;
	code->sections = (const Elf64_Shdr *)(bytes + header->e_shoff);
	code->section_count = header->e_shnum;
	for (uint32_t i = 1; i < code->section_count; i++) {
		const Elf64_Shdr *section = &code->sections[i];

		if (section->sh_type != SHT_SYMTAB)
			continue;
		code->symbols = (const Elf64_Sym *)(bytes + section->sh_offset);
		code->symbol_count = (uint32_t)(section->sh_size / sizeof(Elf64_Sym));
		code->names = (const char *)bytes + code->sections[section->sh_link].sh_offset;
	}
}

static void find_frames(struct code *code)
{
	for (uint32_t i = 1; i < code->symbol_count; i++) {
		const Elf64_Sym *symbol = &code->symbols[i];
		struct frame frame = {.name = code->names + symbol->st_name,
				      .section = symbol->st_shndx,
				      .start = symbol->st_value,
				      .size = symbol->st_size,
				      .deepest = -1};

		if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF)
			vec_push(&code->gen->comp->arena, &code->frames, frame);
	}
}

static int frame_at(const struct code *code, uint32_t section, uint64_t offset)
{
	for (uint32_t i = 0; i < code->frames.len; i++) {
		const struct frame *frame = &code->frames.data[i];

		if (frame->section == section && offset >= frame->start &&
		    offset < frame->start + frame->size)
			return (int)i;
	}
	return -1;
}

static const struct bpf_insn *insn_at(const struct code *code, const struct frame *frame,
				      uint64_t offset)
{
	return (const struct bpf_insn *)(code->bytes + code->sections[frame->section].sh_offset +
					 offset);
}

/* ---- the stack of one function ---- */

static void reach(struct frame *frame, int64_t offset)
{
	if (offset < 0 && (uint64_t)-offset > frame->own)
		frame->own = (uint32_t)-offset;
}

/* Accesses through r10, and addresses made of it: `r1 = r10; r1 += -8`. */
static void measure(struct code *code, struct frame *frame)
{
	bool is_frame[MAX_BPF_REG] = {[BPF_REG_10] = true};

	for (uint64_t at = 0; at < frame->size; at += sizeof(struct bpf_insn)) {
		const struct bpf_insn *insn = insn_at(code, frame, frame->start + at);
		uint8_t class = BPF_CLASS(insn->code);

		if (class == BPF_LDX && insn->src_reg == BPF_REG_10)
			reach(frame, insn->off);
		if ((class == BPF_ST || class == BPF_STX) && insn->dst_reg == BPF_REG_10)
			reach(frame, insn->off);
		if (class == BPF_LD)
			at += sizeof(*insn); /* two words */
		if (insn->code == (BPF_ALU64 | BPF_ADD | BPF_K) && is_frame[insn->dst_reg])
			reach(frame, insn->imm);
		if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X))
			is_frame[insn->dst_reg] = insn->src_reg == BPF_REG_10;
		else if (class == BPF_ALU || class == BPF_ALU64 || class == BPF_LDX)
			is_frame[insn->dst_reg] = false;
	}
	if (!frame->own)
		frame->own = 1;
	frame->own = (frame->own + code->round - 1) / code->round * code->round;
}

/* ---- calls ---- */

/* A relocation against code is a call, or the address of a callback. */
static void note_call(struct code *code, uint32_t section, const Elf64_Rel *rel)
{
	int caller = frame_at(code, section, rel->r_offset), target;
	const Elf64_Sym *symbol = &code->symbols[ELF64_R_SYM(rel->r_info)];
	const struct bpf_insn *insn;
	int64_t offset = (int64_t)symbol->st_value;

	if (caller < 0)
		return;
	insn = insn_at(code, &code->frames.data[caller], rel->r_offset);
	if (ELF64_ST_TYPE(symbol->st_info) == STT_SECTION)
		offset += insn->code == (BPF_JMP | BPF_CALL) ? (insn->imm + 1) * 8LL : insn->imm;
	target = frame_at(code, symbol->st_shndx, (uint64_t)offset);
	if (target >= 0 && target != caller)
		vec_push(&code->gen->comp->arena, &code->frames.data[caller].calls,
			 (uint32_t)target);
}

/* Calls inside of one section that the assembler resolved. */
static void note_resolved(struct code *code, uint32_t caller)
{
	struct frame *frame = &code->frames.data[caller];

	for (uint64_t at = 0; at < frame->size; at += sizeof(struct bpf_insn)) {
		const struct bpf_insn *insn = insn_at(code, frame, frame->start + at);
		int target;

		if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg != BPF_PSEUDO_CALL ||
		    insn->imm == -1)
			continue;
		target = frame_at(code, frame->section,
				  frame->start + at + (uint64_t)(insn->imm + 1LL) * 8);
		if (target >= 0 && target != (int)caller)
			vec_push(&code->gen->comp->arena, &frame->calls, (uint32_t)target);
	}
}

static void find_calls(struct code *code)
{
	for (uint32_t i = 1; i < code->section_count; i++) {
		const Elf64_Shdr *section = &code->sections[i];
		const Elf64_Rel *rels = (const Elf64_Rel *)(code->bytes + section->sh_offset);

		if (section->sh_type != SHT_REL)
			continue;
		for (size_t j = 0; j < section->sh_size / sizeof(*rels); j++)
			note_call(code, section->sh_info, &rels[j]);
	}
	for (uint32_t i = 0; i < code->frames.len; i++)
		note_resolved(code, i);
}

/* ---- chains ---- */

static struct frame *chain_of(struct code *code, uint32_t index)
{
	struct frame *frame = &code->frames.data[index];

	if (frame->is_known)
		return frame;
	frame->is_known = true; /* code is never recursive */
	for (uint32_t i = 0; i < frame->calls.len; i++) {
		const struct frame *below = chain_of(code, frame->calls.data[i]);

		if (below->bytes > frame->bytes || frame->deepest < 0)
			frame->deepest = (int)frame->calls.data[i];
		if (below->bytes > frame->bytes)
			frame->bytes = below->bytes;
		if (below->depth > frame->depth)
			frame->depth = below->depth;
	}
	frame->bytes += frame->own;
	frame->depth++;
	return frame;
}

static const char *chain_text(const struct code *code, const struct frame *frame)
{
	struct compilation *comp = code->gen->comp;
	const char *text = arena_printf(&comp->arena, "`%s`", frame->name);

	while (frame->deepest >= 0) {
		frame = &code->frames.data[frame->deepest];
		text = arena_printf(&comp->arena, "%s, `%s`", text, frame->name);
	}
	return text;
}

static void check_program(struct code *code, const struct ir_func *func, uint32_t index)
{
	const struct frame *frame = chain_of(code, index);

	if (frame->depth > FRAMES_MAX) {
		diag_report(code->gen->comp, DIAG_INTERNAL_LIMIT, func->name_span,
			    "calls and loops of `%s` nest %u deep, and the kernel allows %d",
			    func->name, frame->depth, FRAMES_MAX);
		diag_note(code->gen->comp, span_nowhere(), "the chain: %s",
			  chain_text(code, frame));
	} else if (frame->bytes > STACK_BYTES && !bpfgen_spill_more(code->gen)) {
		ir_report_stack(code->gen->comp, func);
	}
}

void bpfgen_check_frames(struct bpfgen *gen, const uint8_t *bytes)
{
	struct code code;

	open_code(&code, gen, bytes);
	find_frames(&code);
	for (uint32_t i = 0; i < code.frames.len; i++)
		measure(&code, &code.frames.data[i]);
	find_calls(&code);
	vec_foreach (func, &gen->ir->funcs) {
		for (uint32_t i = 0; i < code.frames.len; i++) {
			if ((*func)->target == TARGET_BPF && (*func)->role == FN_PROGRAM &&
			    !strcmp(code.frames.data[i].name, (*func)->name))
				check_program(&code, *func, i);
		}
	}
}

/* ---- before code is written ---- */

struct nesting {
	struct ir_walk walk;
	struct bpfgen *gen;
	const struct bpfgen_callee *callee;
	uint32_t loops, below;
};

static void nesting_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	struct nesting *nesting = (struct nesting *)walk;

	nesting->loops += bpfgen_is_outlined(nesting->gen, stmt);
}

static const struct ir_func *called_back(const struct ir_expr *expr)
{
	vec_foreach (arg, &expr->op.args) {
		if ((*arg)->kind == IR_EXPR_FUNC)
			return (*arg)->func;
	}
	return NULL;
}

static void nesting_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	struct nesting *nesting = (struct nesting *)walk;
	const struct ir_func *func = NULL;
	uint32_t below = 0;

	if (expr->kind == IR_EXPR_OP && expr->op.op == IR_OP_HELPER &&
	    bpfgen_calls_back(expr->op.helper) &&
	    expr->op.helper->id != HELPER_TIMER_SET_CALLBACK) {
		/* The function that the kernel calls, and ours. */
		func = called_back(expr);
		below = 1;
	} else if (expr->kind == IR_EXPR_CALL) {
		func = expr->call.func;
	}
	if (!func)
		return;
	below += bpfgen_frames_below(nesting->gen,
				     bpfgen_callee(nesting->gen, func, nesting->callee));
	if (below > nesting->below)
		nesting->below = below;
}

/* At most so many frames: every loop of a function counts as if it stood in all others. */
uint32_t bpfgen_frames_below(struct bpfgen *gen, struct bpfgen_callee *callee)
{
	struct nesting nesting = {
		.walk = {.stmt = nesting_stmt, .expr = nesting_expr}, .gen = gen, .callee = callee};

	if (!callee->frames) {
		bpfgen_look(&nesting.walk, &callee->ir->body);
		callee->frames = 1 + nesting.loops + nesting.below;
	}
	return callee->frames;
}
