/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of bpf/: IR to LLVM.
 *
 * `struct bpfgen` is the LLVM module being made, `struct bpfgen_fn` one LLVM function being
 * written: that of an IR function, or of a loop body which the kernel calls back.
 *
 * How values are represented:
 *  - integers, enums, chars and network-order integers as iN of their width; bool as i1 (i8 in
 *    memory, read as != 0);
 *  - pointers as `ptr`, except packet pointers (REGION_PACKET): these are the i64 offset from
 *    ctx->data. So arithmetic on them is arithmetic on numbers, which the verifier never refuses,
 *    and every access re-derives a pointer from ctx->data with the check that the verifier wants;
 *  - windows (REGION_WINDOW) as `ptr`; a local that holds one has the offset beside it;
 *  - everything else (structs, arrays, strings) lies in memory and is handled by address.
 *
 * What keeps the verifier and LLVM together: a value that is checked passes bpfgen_opaque() first,
 * and the opaque value is what is compared and used. LLVM can neither drop the check nor compute
 * the used value in another way than the checked one. Behind the check it passes bpfgen_anchor(),
 * or LLVM would compute addresses in front of it, outside of a loop for example.
 *
 * Every local has a place on the stack at first; LLVM turns most of them into registers.
 */
#ifndef KSC_BPF_GEN_H
#define KSC_BPF_GEN_H

#include "bpf/bpf.h"
#include "bpf/bpf_llvm.h"
#include "ir/ir_walk.h"
#include "kernel/builtins.h"

/* A loop with no smaller bound ends after so many rounds; the kernel's BPF_MAX_LOOPS. */
#define BPFGEN_ROUNDS_MAX 8388608u

/* Helpers of the kernel that the compiler itself calls. */
enum bpfgen_helper_id {
	HELPER_MAP_LOOKUP = 1,
	HELPER_MAP_UPDATE = 2,
	HELPER_MAP_DELETE = 3,
	HELPER_TRACE_PRINTK = 6,
	HELPER_TAIL_CALL = 12,
	HELPER_GET_CURRENT_PID_TGID = 14,
	HELPER_GET_CURRENT_UID_GID = 15,
	HELPER_GET_CURRENT_COMM = 16,
	HELPER_PERF_EVENT_OUTPUT = 25,
	HELPER_SKB_LOAD_BYTES = 26,
	HELPER_GET_STACKID = 27,
	HELPER_SKB_PULL_DATA = 39,
	HELPER_MAP_PUSH = 87,
	HELPER_MAP_POP = 88,
	HELPER_MAP_PEEK = 89,
	HELPER_SPIN_LOCK = 93,
	HELPER_SPIN_UNLOCK = 94,
	HELPER_SK_STORAGE_GET = 107,
	HELPER_PROBE_READ_USER = 112,
	HELPER_PROBE_READ_KERNEL = 113,
	HELPER_SEQ_PRINTF = 126,
	HELPER_RINGBUF_OUTPUT = 130,
	HELPER_RINGBUF_RESERVE = 131,
	HELPER_RINGBUF_SUBMIT = 132,
	HELPER_RINGBUF_DISCARD = 133,
	HELPER_INODE_STORAGE_GET = 145,
	HELPER_TASK_STORAGE_GET = 156,
	HELPER_FOR_EACH_MAP_ELEM = 164,
	HELPER_TIMER_INIT = 169,
	HELPER_TIMER_SET_CALLBACK = 170,
	HELPER_TIMER_START = 171,
	HELPER_TIMER_CANCEL = 172,
	HELPER_GET_ATTACH_COOKIE = 174,
	HELPER_TRACE_VPRINTK = 177,
	HELPER_LOOP = 181,
	HELPER_XDP_GET_BUFF_LEN = 188,
	HELPER_XDP_LOAD_BYTES = 189,
	HELPER_KPTR_XCHG = 194,
	HELPER_CGRP_STORAGE_GET = 210,
};

struct bpfgen_fn;
struct bpfgen_callee;

/* ---- the module ---- */

struct bpfgen_debug {
	LLVMDIBuilderRef builder;
	LLVMMetadataRef unit;
	LLVMMetadataRef *files; /* by source index; NULL until used */
	struct ptr_map types;	/* struct type * to metadata */
	struct ptr_map used;	/* kernel structs: struct type * to struct bpfgen_used * */
	LLVMMetadataRef void_fn;
};

/* Which members of a kernel struct the program mentions: only these stand in the object's BTF. */
struct bpfgen_used {
	bool all; /* it is stored by value somewhere */
	bool *fields;
};

/* A program array for tail calls: one for each program and attach type. */
struct bpfgen_tail {
	const char *name;    /* of the map */
	LLVMValueRef map;
	struct ir_func_vec targets;
};

VEC_TYPE(bpfgen_tail_vec, struct bpfgen_tail *);
VEC_TYPE(bpfgen_value_vec, LLVMValueRef);

struct bpfgen {
	struct compilation *comp;
	const struct ir_module *ir;
	LLVMContextRef context;
	LLVMModuleRef module;
	LLVMTargetMachineRef machine;
	LLVMTypeRef i1, i8, i16, i32, i64, ptr, void_;
	struct bpfgen_debug debug;
	LLVMValueRef *maps;	/* by ir_map.index */
	LLVMValueRef *globals;	/* by ir_global.index */
	struct ptr_map callees; /* ir_func * to its first struct bpfgen_callee * */
	struct ptr_map kfuncs;	/* interned name to LLVMValueRef */
	struct ptr_map optional; /* interned names of functions in kernel_has() */
	struct ptr_map called; /* functions that the kernel calls: see bpf_called.c */
	struct ptr_map texts;	/* interned text to its LLVMValueRef in .rodata */
	struct bpfgen_tail_vec tails;
	struct bpfgen_value_vec hidden; /* variables without external linkage */
	LLVMValueRef zero;	 /* the variable that holds 0 and LLVM does not know it */
	uint32_t sequence;	 /* numbers relocations, so that no two are taken for one */
	uint32_t callback_count; /* names callbacks */
	LLVMValueRef usdt_specs; /* libbpf's map of the arguments of static probe points */
	LLVMValueRef scratch;	 /* the map of slots for what is spilled, or NULL */
	uint32_t scratch_bytes;	 /* of a slot */
	uint32_t spill_min;	 /* bytes from which variables are spilled; 0: none is */
	uint32_t spill_next;	 /* the same for another try; 0: none is needed */
	uint32_t attempt;	 /* from 1: only to find spill_min; 0: the result counts */
	bool is_flat; /* calls would nest too deep: functions are written out */
	bool iterators_asked, has_iterators; /* of bpfgen_has_iterators() */
	struct span span;	 /* what is being compiled, for internal errors */
	const char *error;	 /* the first one of LLVM's code generator, or NULL */
	struct ir_func_vec over_stack; /* functions whose stack was reported as too large */
};

/* ---- functions ---- */

struct bpfgen_local {
	LLVMValueRef storage;	/* its address */
	LLVMValueRef packet;	/* windows: address of their offset from ctx->data */
	LLVMValueRef fixed_offset; /* of a window or packet pointer that never has another */
	LLVMValueRef bound;	/* windows that may be made again: address of their presence */
	uint32_t ahead;		/* bytes behind the window that were asked for with it */
	uint32_t assigned;	/* how often the function gives it a value */
	uint32_t uses;		/* ... and has to do with it at all */
	bool is_exact;		/* the verifier knows its value: the counter of a plain loop */
	bool is_present;	/* a pointer that was tested, where code is being written */
	LLVMValueRef reserved;	/* address of a number: whether there is the record; or NULL */
};

/* Something to be undone on every way out of a loop: an iterator. */
struct bpfgen_cleanup {
	struct bpfgen_cleanup *outer;
	LLVMValueRef iterator;
};

/* What a label stands for while its statement is being written. */
struct bpfgen_label {
	LLVMBasicBlockRef on_break, on_continue;
	struct bpfgen_cleanup *cleanups; /* those that stay when one jumps there */
	struct bpfgen_fn *fn;		 /* NULL: the label is not open */
	bool is_broken;			 /* some BREAK goes to it */
};

VEC_TYPE(bpfgen_place_vec, const struct ir_place *);
VEC_TYPE(bpfgen_exit_vec, const struct ir_stmt *);

struct bpfgen_callback; /* bpf_callback.c */

/* Where in a list of statements code is being written, and in the lists around it. */
struct bpfgen_rest {
	const struct ir_stmt_vec *stmts;
	uint32_t at;
	const struct bpfgen_rest *outer;
};

/* A word on the stack that always holds the same value when it is used. */
struct bpfgen_slot {
	const struct ir_local *local; /* that of a local that is set once, or */
	uint64_t bits;		      /* a constant */
	uint32_t size;
	uint32_t depth; /* of the statements in which it was written; 0: it has to be */
	LLVMValueRef memory;
};

VEC_TYPE(bpfgen_slot_vec, struct bpfgen_slot);

struct bpfgen_fn {
	struct bpfgen *gen;
	const struct ir_func *ir;
	struct bpfgen_callee *callee;
	struct bpfgen_fn *outer; /* of a callback */
	struct bpfgen_callback *callback;
	LLVMValueRef llvm;
	LLVMBuilderRef builder;
	LLVMBuilderRef allocas;	 /* stands at the end of the entry block */
	LLVMMetadataRef scope;	 /* its DISubprogram */
	bool open;		 /* the builder stands where control comes by */
	struct bpfgen_local *locals; /* by ir_local.index */
	struct bpfgen_label *labels; /* by label; shared with callbacks */
	struct bpfgen_cleanup *cleanups;
	const struct ir_local_vec *outer_held; /* of a callback: what is released around it */
	LLVMValueRef context;	     /* the program's context for accesses, or NULL */
	LLVMValueRef raw_context;    /* the same as an argument of helpers */
	LLVMValueRef data, data_end; /* addresses of copies of the packet's bounds, or NULL */
	bool writes_window;	     /* some store goes through a window, here or below */
	bool can_pull;		     /* checks may pull more of the packet */
	bool is_writing;	     /* the place being resolved is written */
	const struct bpfgen_rest *rest;
	const struct ir_local *binds; /* that gets the window being made */
	LLVMValueRef reserved;	     /* 1 or 0: what the last RINGBUF_RESERVE gave */
	LLVMValueRef result;	     /* where a result in memory goes */
	LLVMValueRef scratch;	     /* the slot for what is spilled, or NULL */
	uint32_t scratch_used;	     /* bytes of it */
	LLVMBuilderRef spills;	     /* stands at the end of the block that follows its taking */
	LLVMBasicBlockRef scratch_body; /* and where that block goes on */
	struct bpfgen_slot_vec slots; /* copies of keys and values on the stack */
	uint32_t depth;		      /* of nested statements */
	uint64_t ways;		      /* in which the verifier comes here: bpf_ways.c */
	struct span span;	     /* of the current statement */
};

/* How an IR function looks in LLVM. */
struct bpfgen_param {
	bool in_memory; /* an aggregate: by address of the caller's copy */
	bool in_block;	/* from the fifth on, when there are more than five: in a block of the
			   caller's stack whose address is the last parameter */
	uint32_t offset; /* in the block */
	uint32_t reg;	 /* or the register */
};

/*
 * One version of a function. A helper that needs the program's context is written once for each
 * kind of program that calls it, for each kind has its own layout and its own rules.
 */
struct bpfgen_callee {
	const struct ir_func *ir;
	const char *name;
	const struct prog_kind *kind;	    /* of the program below which it runs, or NULL */
	const struct type *context_struct; /* what its context points to, or NULL */
	struct bpfgen_callee *next;	    /* another version of the function */
	LLVMValueRef llvm;
	LLVMTypeRef type;
	LLVMMetadataRef subprogram;
	const char *section; /* programs */
	bool is_program;
	bool spills;	       /* takes a slot for large variables */
	bool runs_away;	       /* a loop of it can run too long */
	bool fails;	       /* returns an error code; the result goes through memory */
	bool writes_packet;    /* it or what it calls writes to the packet */
	bool moves_packet;     /* packet pointers are stale after a call */
	bool result_in_memory; /* its address is the parameter after the IR's */
	struct bpfgen_param *params; /* the IR's, then the result's */
	uint32_t param_count;	     /* of them */
	uint32_t register_count;     /* of LLVM's, the block included */
	uint32_t block_size;	     /* 0: none */
	uint32_t frames;	     /* bpfgen_frames_below(), 0: not known yet */
};

/* The code of a loop that ran too long, beside IR_ABORT_CODE and those that programs throw. */
#define BPFGEN_RUNAWAY (INT32_MIN + 1)

/* ---- places ---- */

enum bpfgen_memory {
	MEMORY_PLAIN,	/* load and store */
	MEMORY_CONTEXT, /* the same at constant offsets */
	MEMORY_KERNEL,	/* read by helper */
	MEMORY_USER,	/* read by helper */
};

/* A resolved place. Resolving writes the checks; they jump to `miss` when they fail. */
struct bpfgen_ref {
	LLVMValueRef pointer;
	const struct type *type;
	uint32_t align;
	enum bpfgen_memory memory;
	bool is_member;		 /* of an object: the verifier wants whole members written */
	LLVMBasicBlockRef miss;	 /* where failed checks go; NULL: nothing can fail */
	LLVMBasicBlockRef slow;	 /* packet bytes that are not directly accessible, or NULL */
	uint32_t bit_shift, bit_size; /* a bit-field: in the storage of `type` at `pointer` */
	LLVMValueRef core_bits; /* a bit-field of a kernel struct: its relocatable address, */
	LLVMValueRef core_root; /* and where its struct begins */
	LLVMValueRef packet_value;  /* a packet pointer in a context: its value */
	LLVMValueRef packet_offset; /* a packet access: its offset from ctx->data */
};

/* ---- bpf_build.c: short forms of LLVM's builder ---- */

LLVMValueRef bpfgen_int(struct bpfgen *gen, LLVMTypeRef type, uint64_t bits);
LLVMValueRef bpfgen_i32(struct bpfgen_fn *fn, int64_t value);
LLVMValueRef bpfgen_i64(struct bpfgen_fn *fn, int64_t value);
/* `pointer` + bytes. */
LLVMValueRef bpfgen_offset(struct bpfgen_fn *fn, LLVMValueRef pointer, uint64_t bytes);
LLVMValueRef bpfgen_offset_by(struct bpfgen_fn *fn, LLVMValueRef pointer, LLVMValueRef bytes);
LLVMValueRef bpfgen_load_raw(struct bpfgen_fn *fn, LLVMTypeRef type, LLVMValueRef pointer,
			     uint32_t align);
void bpfgen_store_raw(struct bpfgen_fn *fn, LLVMValueRef value, LLVMValueRef pointer,
		      uint32_t align);
/* LLVM does not join the store written last with its neighbours. */
void bpfgen_keep_store(struct bpfgen_fn *fn);
/* Stack memory for the whole function. */
LLVMValueRef bpfgen_alloca(struct bpfgen_fn *fn, uint64_t size, uint32_t align, const char *name);
/* Stack memory that is used between the two calls only. */
LLVMValueRef bpfgen_temp(struct bpfgen_fn *fn, uint64_t size, uint32_t align);
void bpfgen_temp_end(struct bpfgen_fn *fn, LLVMValueRef temp);
void bpfgen_copy(struct bpfgen_fn *fn, LLVMValueRef to, uint32_t to_align, LLVMValueRef from,
		 uint32_t from_align, uint64_t size);
void bpfgen_zero(struct bpfgen_fn *fn, LLVMValueRef to, uint32_t align, uint64_t size);
LLVMBasicBlockRef bpfgen_block(struct bpfgen_fn *fn, const char *name);
/* Goes on writing in `block`. */
void bpfgen_at(struct bpfgen_fn *fn, LLVMBasicBlockRef block);
void bpfgen_jump(struct bpfgen_fn *fn, LLVMBasicBlockRef block);
void bpfgen_branch(struct bpfgen_fn *fn, LLVMValueRef cond, LLVMBasicBlockRef then,
		   LLVMBasicBlockRef otherwise);
LLVMBasicBlockRef bpfgen_here(struct bpfgen_fn *fn);
LLVMValueRef bpfgen_compare(struct bpfgen_fn *fn, LLVMIntPredicate how, LLVMValueRef left,
			    LLVMValueRef right);
LLVMValueRef bpfgen_phi(struct bpfgen_fn *fn, LLVMTypeRef type, LLVMValueRef a,
			LLVMBasicBlockRef from_a, LLVMValueRef b, LLVMBasicBlockRef from_b);
/*
 * The same value, about which LLVM knows nothing; no instruction comes of it. It is one register
 * from there on: what is compared with a bound is what is used. Narrow numbers are widened for it.
 */
LLVMValueRef bpfgen_opaque(struct bpfgen_fn *fn, LLVMValueRef value);
/* The same; and it is not moved, so that what is computed from it stays behind a check, too. */
LLVMValueRef bpfgen_anchor(struct bpfgen_fn *fn, LLVMValueRef value);
/*
 * A number which a test follows that bounds it. Before 6.9 (commit 713274f1f2c8, "bpf: Preserve
 * boundaries and track scalars on narrowing fill" and those around it) the verifier does not know
 * that a number on the stack and its copy in a register are one; so what is tested must not have
 * been put there before, out of a loop, to be loaded a second time behind the test.
 */
LLVMValueRef bpfgen_tested(struct bpfgen_fn *fn, LLVMValueRef value);
/* What follows is not evaluated before this place is reached: conditions are not joined. */
void bpfgen_barrier(struct bpfgen_fn *fn);
LLVMValueRef bpfgen_intrinsic(struct bpfgen_fn *fn, const char *name, LLVMTypeRef *overloads,
			      unsigned overload_count, LLVMValueRef *args, unsigned arg_count);
LLVMValueRef bpfgen_bswap(struct bpfgen_fn *fn, LLVMValueRef value);
/* A helper by number. Arguments are widened to 64 bits; the result is i64 or ptr, or void. */
LLVMValueRef bpfgen_helper(struct bpfgen_fn *fn, uint32_t id, LLVMTypeRef result,
			   LLVMValueRef *args, unsigned count);
/* The helper only reads the memory at argument `index` and keeps no pointer to it. */
void bpfgen_reads_only(struct bpfgen_fn *fn, LLVMValueRef call, unsigned index);
/* Inline assembly that computes a value of the first operand's type. */
LLVMValueRef bpfgen_asm(struct bpfgen_fn *fn, const char *text, const char *constraints,
			LLVMValueRef *args, unsigned count);
/* Sets the source position of the instructions that follow. */
void bpfgen_position(struct bpfgen_fn *fn, struct span span);
/* Reports that the construct is not compiled yet. */
void bpfgen_unsupported(struct bpfgen *gen, struct span span, const char *what);
/* Walks over statements or an expression; the hooks only look. */
void bpfgen_look(struct ir_walk *walk, const struct ir_stmt_vec *stmts);
void bpfgen_look_expr(struct ir_walk *walk, const struct ir_expr *expr);
/* An i64 that is 0, which neither LLVM nor the verifier knows. */
LLVMValueRef bpfgen_hidden_zero(struct bpfgen_fn *fn);

/* ---- bpf_type.c ---- */

/* Aggregates: handled by address. */
bool bpfgen_in_memory(const struct type *type);
bool bpfgen_is_packet(const struct type *type);
bool bpfgen_is_window(const struct type *type);
bool bpfgen_is_signed(const struct type *type);
/* Of a scalar value. */
LLVMTypeRef bpfgen_type(struct bpfgen *gen, const struct type *type);
/* In memory: [N x i8] for aggregates, i8 for bool. */
LLVMTypeRef bpfgen_memory_type(struct bpfgen *gen, const struct type *type);
LLVMValueRef bpfgen_zero_value(struct bpfgen *gen, const struct type *type);
/* Extends or cuts an integer to `to`, by the signedness of `type`. */
LLVMValueRef bpfgen_resize(struct bpfgen_fn *fn, LLVMValueRef value, const struct type *type,
			   LLVMTypeRef to);
/* An index, length or count as i64. */
LLVMValueRef bpfgen_widen(struct bpfgen_fn *fn, const struct ir_expr *expr);

/* ---- bpf_expr.c, bpf_arith.c, bpf_string.c, bpf_aggregate.c ---- */

/* The value of a scalar expression; of a void call NULL. */
LLVMValueRef bpfgen_value(struct bpfgen_fn *fn, const struct ir_expr *expr);
/* The same as a value of `type`, which may be a pointer of another region. */
LLVMValueRef bpfgen_value_as(struct bpfgen_fn *fn, const struct ir_expr *expr,
			     const struct type *type);
/* Evaluates a bool expression and jumps. */
void bpfgen_condition(struct bpfgen_fn *fn, const struct ir_expr *cond, LLVMBasicBlockRef then,
		      LLVMBasicBlockRef otherwise);
/* Writes an expression of any type to memory. */
void bpfgen_value_to(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
		     uint32_t align);
/*
 * The address of an expression's value, for helpers that take one: that of the place where it
 * lies already, or of a temporary (`temp` is set; end it with bpfgen_temp_end()). `align` gets
 * its alignment.
 */
LLVMValueRef bpfgen_value_address(struct bpfgen_fn *fn, const struct ir_expr *expr,
				  LLVMValueRef *temp, uint32_t *align);
/* The same for keys and values of maps, which the helpers only read: equal ones share memory. */
LLVMValueRef bpfgen_read_only(struct bpfgen_fn *fn, const struct ir_expr *expr,
			      LLVMValueRef *temp);
/* left op right of values of the type, with the language's meaning. */
LLVMValueRef bpfgen_binary(struct bpfgen_fn *fn, enum binary_op op, const struct type *type,
			   LLVMValueRef left, LLVMValueRef right, bool divisor_nonzero);
LLVMValueRef bpfgen_convert(struct bpfgen_fn *fn, const struct ir_expr *expr);
LLVMValueRef bpfgen_string_length(struct bpfgen_fn *fn, const struct ir_expr *text);
LLVMValueRef bpfgen_string_equal(struct bpfgen_fn *fn, const struct ir_expr *expr);
LLVMValueRef bpfgen_string_at(struct bpfgen_fn *fn, const struct ir_expr *expr);
void bpfgen_string_cat(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
		       uint32_t align);
void bpfgen_string_convert(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to,
			   uint32_t align);
/* The bytes of a constant expression as they lie in memory. False when it is not constant. */
bool bpfgen_image(struct bpfgen *gen, const struct ir_expr *expr, uint8_t *bytes);

/* ---- bpf_place.c, bpf_core.c ---- */

/*
 * Resolves a place for an access of all its bytes. Afterwards the builder stands where the access
 * is allowed. When `ref->miss` is set the caller has to write that block, too.
 */
void bpfgen_place(struct bpfgen_fn *fn, const struct ir_place *place, struct bpfgen_ref *ref);
/* The same for a place that is written: packets are made accessible for that. */
void bpfgen_written_place(struct bpfgen_fn *fn, const struct ir_place *place,
			  struct bpfgen_ref *ref);
LLVMValueRef bpfgen_ref_load(struct bpfgen_fn *fn, struct bpfgen_ref *ref);
void bpfgen_ref_store(struct bpfgen_fn *fn, struct bpfgen_ref *ref, LLVMValueRef value);
/* The value of a scalar place, zero where a check fails. */
LLVMValueRef bpfgen_load(struct bpfgen_fn *fn, const struct ir_place *place);
/* Copies an aggregate place to memory, zeroes where a check fails. */
void bpfgen_load_to(struct bpfgen_fn *fn, const struct ir_place *place, LLVMValueRef to,
		    uint32_t align);
LLVMValueRef bpfgen_address(struct bpfgen_fn *fn, const struct ir_expr *expr);
/* The pointer that a checked index gives, or null. */
LLVMValueRef bpfgen_index_address(struct bpfgen_fn *fn, const struct ir_expr *expr);
/* Jumps to ref->miss (made on demand) unless index < count; gives the index to use. */
LLVMValueRef bpfgen_index_check(struct bpfgen_fn *fn, LLVMValueRef index, uint64_t count,
				LLVMBasicBlockRef *miss);
/* A scalar at an address: bool is != 0, packet pointers are what they are. */
LLVMValueRef bpfgen_load_scalar(struct bpfgen_fn *fn, const struct type *type,
				LLVMValueRef pointer, uint32_t align);
void bpfgen_store_scalar(struct bpfgen_fn *fn, const struct type *type, LLVMValueRef value,
			 LLVMValueRef pointer, uint32_t align);
/*
 * The relocated address of a member of the struct at `pointer`, through anonymous members; NULL
 * when there is none.
 */
LLVMValueRef bpfgen_core_field(struct bpfgen_fn *fn, const struct type *type, const char *name,
			       uint32_t offset_bits, LLVMValueRef pointer);
/* Whether the place lies in a kernel struct whose layout differs between kernels. */
bool bpfgen_needs_core(const struct ir_place *place);
/* Resolves the part of a place behind its root, relocatably. */
void bpfgen_core_place(struct bpfgen_fn *fn, const struct ir_place *place, LLVMValueRef root,
		       struct bpfgen_ref *ref);
/* The value of a bit-field of a kernel struct. */
LLVMValueRef bpfgen_core_bits(struct bpfgen_fn *fn, struct bpfgen_ref *ref);

/* ---- bpf_packet.c ---- */

/* Sets up the copies of ctx->data and ctx->data_end when the function uses packets. */
void bpfgen_packet_begin(struct bpfgen_fn *fn);
/* Reads them again, after something may have moved the packet. */
void bpfgen_packet_refresh(struct bpfgen_fn *fn);
/* The offset from ctx->data of a packet pointer or window. */
LLVMValueRef bpfgen_packet_offset(struct bpfgen_fn *fn, const struct ir_expr *expr);
/*
 * The pointer at `offset` + `add` after a check that `size` bytes are there; the check jumps to
 * *miss (made on demand). `offset` may be constant.
 */
LLVMValueRef bpfgen_packet_pointer(struct bpfgen_fn *fn, LLVMValueRef offset, uint64_t size,
				   LLVMBasicBlockRef *miss);
/* Whether packets of this function can have bytes beyond the directly accessible ones. */
bool bpfgen_packet_has_slow(struct bpfgen_fn *fn);
/* Reads a scalar that lies there; zero beyond the packet's end. */
LLVMValueRef bpfgen_packet_slow_read(struct bpfgen_fn *fn, const struct bpfgen_ref *ref);
/* Copies such bytes; gives 0, or zeroes the memory and gives -errno (i64). */
LLVMValueRef bpfgen_packet_load_bytes(struct bpfgen_fn *fn, LLVMValueRef offset, LLVMValueRef to,
				      uint32_t size);
/* A raw pointer to where nothing is checked. */
LLVMValueRef bpfgen_packet_raw(struct bpfgen_fn *fn, LLVMValueRef offset);
/* ctx->data, ctx->data_end as packet pointers; NULL when the field is no packet pointer. */
LLVMValueRef bpfgen_packet_field(struct bpfgen_fn *fn, const struct ir_place *place);
/* data_end - data, as i64. */
LLVMValueRef bpfgen_packet_length(struct bpfgen_fn *fn);
LLVMValueRef bpfgen_packet_window(struct bpfgen_fn *fn, const struct ir_expr *expr,
				  LLVMBasicBlockRef *absent);
LLVMValueRef bpfgen_op_packet_window(struct bpfgen_fn *fn, const struct ir_expr *expr,
				     LLVMValueRef to);
LLVMValueRef bpfgen_op_packet_len(struct bpfgen_fn *fn, const struct ir_expr *expr,
				  LLVMValueRef to);
/* Whether the helper makes all packet pointers invalid. */
bool bpfgen_moves_packet(uint32_t helper);

/* ---- bpf_pull.c ---- */

/* Notes that a local holds a window that is there, or none. */
void bpfgen_window_bound(struct bpfgen_fn *fn, const struct ir_local *local, bool is_present);
/* Notes the same of a local that gets the value. */
void bpfgen_window_set(struct bpfgen_fn *fn, const struct ir_local *local, LLVMValueRef value,
		       const struct ir_expr *expr);
/* Whether the statement writes to the packet. */
bool bpfgen_writes_packet(const struct ir_stmt *stmt);
/* Pulls the whole packet at the start of a program, or sets fn->can_pull. */
void bpfgen_pull_begin(struct bpfgen_fn *fn);
/* bpfgen_packet_pointer() that pulls the bytes first where they are not accessible. */
LLVMValueRef bpfgen_pulled_pointer(struct bpfgen_fn *fn, LLVMValueRef offset, uint64_t size,
				   LLVMBasicBlockRef *absent);

/* ---- bpf_stmt.c, bpf_loop.c, bpf_callback.c ---- */

void bpfgen_stmts(struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts);
/* BREAK, CONTINUE, RETURN, THROW, TAIL_CALL, or what an exit of a callback says. */
void bpfgen_leave(struct bpfgen_fn *fn, const struct ir_stmt *stmt);
/* Ends the program with its neutral verdict: a loop ran too long. */
void bpfgen_end_program(struct bpfgen_fn *fn, const struct ir_local_vec *held);
/* Undoes what was begun since `until`. */
void bpfgen_cleanup(struct bpfgen_fn *fn, const struct bpfgen_cleanup *until);
void bpfgen_loop(struct bpfgen_fn *fn, const struct ir_stmt *stmt);
/* Whether the loop may have to be cut after BPFGEN_ROUNDS_MAX rounds. */
bool bpfgen_runs_away(const struct ir_stmt *loop);
/* Joins the ways on which a write was dropped. */
void bpfgen_write_end(struct bpfgen_fn *fn, struct bpfgen_ref *ref);
/* Writes statements in which a label is open. */
void bpfgen_labelled(struct bpfgen_fn *fn, uint32_t label, LLVMBasicBlockRef on_break,
		     LLVMBasicBlockRef on_continue, const struct ir_stmt_vec *body);
/* A loop whose body becomes a function that the kernel calls: see bpf_callback.c. */
struct bpfgen_outline {
	const struct ir_stmt *stmt; /* the loop */
	uint32_t label;
	const struct ir_stmt_vec *body;
	const struct ir_expr *cond;	/* WHILE: tested before each round */
	const struct ir_local *counter; /* FOR: its value is `first` + round */
	LLVMValueRef first;
	LLVMValueRef rounds;	/* i64; NULL: the entries of a map */
	LLVMValueRef runs_away; /* i1: more rounds were wanted; NULL: always when it ends */
};
void bpfgen_outline(struct bpfgen_fn *fn, const struct bpfgen_outline *outline);
/* Every target kernel has the open-coded number iterator; asked only where a loop wants to know. */
bool bpfgen_has_iterators(struct bpfgen *gen);
/* Whether the loop may become one. */
bool bpfgen_is_outlined(struct bpfgen *gen, const struct ir_stmt *stmt);
bool bpfgen_has_pointers(const struct type *type);
/*
 * Makes the numbers at the address unknown to the verifier; pointers, which cannot be computed
 * with, are left alone.
 */
void bpfgen_blur(struct bpfgen_fn *fn, const struct type *type, LLVMValueRef pointer,
		 uint32_t align, LLVMValueRef zero);
/* Whether a callback shares the local with the function around it. */
bool bpfgen_is_captured(const struct bpfgen_fn *fn, const struct ir_local *local);
/* Leaves the callback; the function around it executes `stmt`, or ends the program (NULL). */
void bpfgen_callback_exit(struct bpfgen_fn *fn, const struct ir_stmt *stmt);
/* The rounds of a FOR with constant bounds; UINT64_MAX: not known. */
uint64_t bpfgen_constant_rounds(const struct ir_stmt *stmt);
/* Whether the FOR is written as it is, in a loop of its own. */
bool bpfgen_is_plain(const struct bpfgen_fn *fn, const struct ir_stmt *stmt);
/* In how many ways the verifier comes through all rounds of a plain loop. */
uint64_t bpfgen_ways_of_rounds(const struct bpfgen_fn *fn, const struct ir_stmt *stmt);
/* Notes a place when it holds a number of a local, and where the statements set such. */
void bpfgen_add_number(struct bpfgen_fn *fn, struct bpfgen_place_vec *places,
		       const struct ir_place *place);
void bpfgen_set_numbers(struct bpfgen_fn *fn, const struct ir_stmt_vec *stmts,
			struct bpfgen_place_vec *places);
/* Where locals hold numbers that a round of the loop may leave to the next. */
void bpfgen_carried(struct bpfgen_fn *fn, const struct ir_stmt *loop,
		    struct bpfgen_place_vec *places);
/* Makes such numbers unknown to the verifier, so that it sees one round for all. */
void bpfgen_forget(struct bpfgen_fn *fn, const struct bpfgen_place_vec *places,
		   LLVMValueRef zero);

/* ---- bpf_func.c, bpf_call.c, bpf_program.c ---- */

/* Declares every bpf function of the module. */
void bpfgen_declare_functions(struct bpfgen *gen);
/* A program, or a function as `caller` calls it. */
struct bpfgen_callee *bpfgen_callee(struct bpfgen *gen, const struct ir_func *func,
				    const struct bpfgen_callee *caller);
/* Writes all versions of a function; none when nothing calls it. */
void bpfgen_functions(struct bpfgen *gen, const struct ir_func *func);
/* Whether the expression is the program's context. */
bool bpfgen_is_context(const struct bpfgen_fn *fn, const struct ir_expr *expr);
/* A new LLVM function of ours, in `section` or static when that is NULL. */
LLVMValueRef bpfgen_add_function(struct bpfgen *gen, const char *name, LLVMTypeRef type,
				 const char *section, bool is_static);
void bpfgen_add_attribute(struct bpfgen *gen, LLVMValueRef function, const char *name);
/* Makes the entry block; the builder stands behind it. */
void bpfgen_fn_begin(struct bpfgen_fn *fn, LLVMValueRef llvm, LLVMMetadataRef scope);
void bpfgen_fn_end(struct bpfgen_fn *fn);
/* Gives a local its memory. */
void bpfgen_local_begin(struct bpfgen_fn *fn, const struct ir_local *local);
/* Sets a scalar local to zero or null. */
void bpfgen_local_clear(struct bpfgen_fn *fn, const struct ir_local *local);
/* Gives a local its value; `expr` tells the offset of windows. */
void bpfgen_local_set(struct bpfgen_fn *fn, const struct ir_local *local, LLVMValueRef value,
		      const struct ir_expr *expr);
LLVMValueRef bpfgen_local_get(struct bpfgen_fn *fn, const struct ir_local *local);
LLVMValueRef bpfgen_call(struct bpfgen_fn *fn, const struct ir_expr *call, LLVMValueRef to);
/* Returns from the function being written with an IR value (NULL for void). */
void bpfgen_return(struct bpfgen_fn *fn, const struct ir_expr *value);
void bpfgen_return_code(struct bpfgen_fn *fn, LLVMValueRef code);
/* Returns the program's verdict (NULL: void), moved into the kind's range. */
void bpfgen_return_verdict(struct bpfgen_fn *fn, const struct ir_expr *verdict);
void bpfgen_return_neutral(struct bpfgen_fn *fn);
LLVMTypeRef bpfgen_program_type(struct bpfgen *gen, const struct ir_func *func);
/* The type of the program's context parameter in BTF. */
LLVMMetadataRef bpfgen_program_context(struct bpfgen *gen, const struct ir_func *func);
/* Whether the verifier knows the types of kernel pointers, so that they can be followed. */
bool bpfgen_tracks_kernel(const struct bpfgen_fn *fn);
/* Loads the parameters of programs whose context is an array of arguments or registers. */
void bpfgen_program_begin(struct bpfgen_fn *fn);
void bpfgen_tail_call(struct bpfgen_fn *fn, const struct ir_stmt *stmt);
/* Program arrays of all tail calls, with their slots filled. */
void bpfgen_declare_tails(struct bpfgen *gen);

/* ---- bpf_map.c, bpf_global.c, bpf_impl.c ---- */

LLVMValueRef bpfgen_map(struct bpfgen *gen, const struct ir_map *map);
LLVMValueRef bpfgen_global(struct bpfgen *gen, const struct ir_global *global);
void bpfgen_declare_maps(struct bpfgen *gen);
void bpfgen_declare_globals(struct bpfgen *gen);
/* The struct_ops implementations, after the functions. */
void bpfgen_declare_impls(struct bpfgen *gen);
/* Text with its NUL in .rodata. */
LLVMValueRef bpfgen_text(struct bpfgen *gen, const char *text);
/* Constant bytes in .rodata. */
LLVMValueRef bpfgen_rodata(struct bpfgen *gen, const uint8_t *bytes, uint64_t size,
			   uint32_t align);

/* ---- bpf_op*.c ---- */

/*
 * Writes an operation. Scalar results are returned; results in memory go to `to` (alignment 8),
 * which is NULL when the result is not used.
 */
typedef LLVMValueRef (*bpfgen_op_fn)(struct bpfgen_fn *fn, const struct ir_expr *expr,
				     LLVMValueRef to);
LLVMValueRef bpfgen_op(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
LLVMValueRef bpfgen_op_map_lookup(struct bpfgen_fn *fn, const struct ir_expr *expr,
				  LLVMValueRef to);
LLVMValueRef bpfgen_op_map_update(struct bpfgen_fn *fn, const struct ir_expr *expr,
				  LLVMValueRef to);
LLVMValueRef bpfgen_op_map_delete(struct bpfgen_fn *fn, const struct ir_expr *expr,
				  LLVMValueRef to);
LLVMValueRef bpfgen_op_map_push(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
LLVMValueRef bpfgen_op_map_pop(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
/* Whether there is the record of a local, as i64; NULL: only its pointer tells. */
LLVMValueRef bpfgen_reserved(struct bpfgen_fn *fn, const struct ir_expr *expr);
/* The local gets the value of the expression just written: remembers it of a reservation. */
void bpfgen_reserved_set(struct bpfgen_fn *fn, const struct ir_local *local,
			 const struct ir_expr *expr);
LLVMValueRef bpfgen_op_ring_reserve(struct bpfgen_fn *fn, const struct ir_expr *expr,
				    LLVMValueRef to);
LLVMValueRef bpfgen_op_ring_end(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
LLVMValueRef bpfgen_op_ring_output(struct bpfgen_fn *fn, const struct ir_expr *expr,
				   LLVMValueRef to);
LLVMValueRef bpfgen_op_storage_get(struct bpfgen_fn *fn, const struct ir_expr *expr,
				   LLVMValueRef to);
/* Reports DIAG_UNSUPPORTED and gives zero as the result. */
LLVMValueRef bpfgen_op_unsupported(struct bpfgen_fn *fn, const struct ir_expr *expr,
				   const char *what, LLVMValueRef to);
LLVMValueRef bpfgen_op_alloc(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
LLVMValueRef bpfgen_op_free(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
LLVMValueRef bpfgen_op_kptr_store(struct bpfgen_fn *fn, const struct ir_expr *expr,
				  LLVMValueRef to);
LLVMValueRef bpfgen_op_atomic(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
LLVMValueRef bpfgen_op_print(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
LLVMValueRef bpfgen_op_panic(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
LLVMValueRef bpfgen_op_builtin(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
/* kernel_has(path) */
LLVMValueRef bpfgen_kernel_has(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
/* Notes the functions that the module asks for: they need not exist. */
void bpfgen_find_optional(struct bpfgen *gen);
LLVMValueRef bpfgen_op_helper(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
LLVMValueRef bpfgen_op_kfunc(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);
/* The i64 or ptr that a helper or kfunc gave as a value of the type. */
LLVMValueRef bpfgen_from_register(struct bpfgen_fn *fn, LLVMValueRef value,
				  const struct type *type);
/* A kfunc that is declared as an extern; `type` is a TYPE_FN. */
LLVMValueRef bpfgen_kfunc(struct bpfgen *gen, const char *name, const struct type *type);
LLVMTypeRef bpfgen_kfunc_type(struct bpfgen *gen, const struct type *type);
/* The three functions of the open-coded number iterator. */
enum bpfgen_iter { ITER_NEW, ITER_NEXT, ITER_DESTROY };
LLVMValueRef bpfgen_iter_call(struct bpfgen_fn *fn, enum bpfgen_iter which, LLVMValueRef iterator,
			      LLVMValueRef rounds);

/* ---- bpf_debug.c, bpf_debug_type.c ---- */

void bpfgen_debug_begin(struct bpfgen *gen);
LLVMMetadataRef bpfgen_debug_file(struct bpfgen *gen, uint32_t file);
LLVMMetadataRef bpfgen_debug_type(struct bpfgen *gen, const struct type *type);
LLVMMetadataRef bpfgen_debug_pointer(struct bpfgen *gen, LLVMMetadataRef target);
/* A pointer with a BTF type tag, such as "kptr". */
LLVMMetadataRef bpfgen_debug_tagged_pointer(struct bpfgen *gen, LLVMMetadataRef target,
					    const char *tag);
/* A node from its text, which defines !0, for what LLVM-C has no constructor for. */
LLVMMetadataRef bpfgen_debug_node(struct bpfgen *gen, const struct strbuf *body);
/* `int (*)[n]`: how a map definition holds a number. */
LLVMMetadataRef bpfgen_debug_number(struct bpfgen *gen, uint64_t number);
struct bpfgen_member {
	const char *name;
	LLVMMetadataRef type;
	uint64_t size_bits, offset_bits;
};
LLVMMetadataRef bpfgen_debug_struct(struct bpfgen *gen, const char *name,
				    const struct bpfgen_member *members, uint32_t count,
				    uint64_t size_bits);
/* A variable's BTF, `global` gets it. */
void bpfgen_debug_variable(struct bpfgen *gen, LLVMValueRef global, const char *name,
			   struct span span, LLVMMetadataRef type, bool is_static);
struct bpfgen_proto {
	const char *name;
	struct span span;
	bool is_static, is_definition;
	LLVMMetadataRef result; /* NULL: void */
	LLVMMetadataRef params[8];
	const char *names[8];
	uint32_t count;
};
LLVMMetadataRef bpfgen_debug_function(struct bpfgen *gen, const struct bpfgen_proto *proto);
/* Names the parameters of a definition. */
void bpfgen_debug_params(struct bpfgen_fn *fn, const struct bpfgen_proto *proto);
LLVMMetadataRef bpfgen_debug_location(struct bpfgen *gen, LLVMMetadataRef scope, struct span span);
/* Notes the members of kernel structs that the module uses. */
void bpfgen_debug_collect(struct bpfgen *gen);
/* Marks a member as used, so that it stands in BTF; false when the struct has no such member. */
bool bpfgen_debug_use_field(struct bpfgen *gen, const struct type *type, const char *name,
			    uint32_t offset_bits);
LLVMMetadataRef bpfgen_debug_enum(struct bpfgen *gen, const char *name, const char *constant,
				  int64_t value);
/* The position of a field among the members that stand in BTF. */
uint32_t bpfgen_debug_member_index(struct bpfgen *gen, const struct type *type, uint32_t field);

/* ---- bpf_frames.c ---- */

/* Reports programs whose chains of calls need more stack or frames than the kernel has. */
void bpfgen_check_frames(struct bpfgen *gen, const uint8_t *bytes);
/* How many frames a call may need; at least as many as it does. */
uint32_t bpfgen_frames_below(struct bpfgen *gen, struct bpfgen_callee *callee);

/* ---- bpf_called.c ---- */

/* Whether the helper calls a function back. */
bool bpfgen_calls_back(const struct helper *helper);
/* A call of such a helper; the operation's arguments are those of the program. */
LLVMValueRef bpfgen_call_back(struct bpfgen_fn *fn, const struct ir_expr *expr);
/* start() and cancel() of a timer. */
LLVMValueRef bpfgen_op_timer(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to);

/* ---- bpf_usdt.c ---- */

/* libbpf's maps, when the module has programs at static probe points. */
void bpfgen_declare_usdt(struct bpfgen *gen);
/* The address of the attachment's entry, or null. */
LLVMValueRef bpfgen_usdt_spec(struct bpfgen_fn *fn);
/* An argument of the probe as a value for the parameter; reports what cannot be one. */
LLVMValueRef bpfgen_usdt_argument(struct bpfgen_fn *fn, LLVMValueRef spec, uint32_t index,
				  const struct ir_local *param);

/* bpf_null.c, after LLVM's passes: keeps tests of pointers for null apart from others. */
void bpfgen_split_null_tests(struct bpfgen *gen);

/* ---- bpf_spill.c ---- */

/*
 * The code needs too much stack: true when it shall be written again with more of it spilled, so
 * that nothing is to be reported.
 */
bool bpfgen_spill_more(struct bpfgen *gen);
/* Whether the function has what is spilled now. */
bool bpfgen_wants_scratch(struct bpfgen *gen, const struct ir_func *func);
/* Takes a slot where the function begins; `finish` closes the block where its parts are named. */
void bpfgen_scratch_begin(struct bpfgen_fn *fn);
void bpfgen_scratch_finish(struct bpfgen_fn *fn);
/* Gives the slot back, before a return. */
void bpfgen_scratch_end(struct bpfgen_fn *fn);
/* Memory in the slot for the whole function; NULL when there is no slot or it is too small. */
LLVMValueRef bpfgen_spill(struct bpfgen_fn *fn, uint64_t size);
/* bpfgen_temp() for a value of the type, on the stack or in the slot. */
LLVMValueRef bpfgen_temp_of(struct bpfgen_fn *fn, const struct type *type);
/* The map of the slots, when all functions are written. */
void bpfgen_define_scratch(struct bpfgen *gen);

/* ---- bpf_names.c ---- */

/* The LLVM name of what the program declares by that name. */
const char *bpfgen_symbol(struct bpfgen *gen, const char *name);
/* A name for something of the compiler's, which the program declares nothing by. */
const char *bpfgen_own_symbol(struct bpfgen *gen, const char *name);
/* Gives symbols of LLVM's object, which is well-formed, the names that were declared. */
void bpfgen_restore_names(uint8_t *bytes);

/* ---- bpf_object.c ---- */

/* Copies an object without DWARF and without the symbols of blocks. False when malformed. */
bool bpfgen_object_strip(const uint8_t *bytes, size_t size, struct strbuf *out);

#endif
