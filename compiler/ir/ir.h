/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one intermediate representation: typed expressions and structured statements, per function
 * and per target. Back ends read only this.
 *
 * Invariants (ir_verify checks them):
 *  - Expressions are pure trees: no side effects, no order of evaluation to keep. Everything with
 *    an effect (calls, map operations, ...) is an IR_EXPR_OP or IR_EXPR_CALL and stands alone, as
 *    the root of SET, EVAL or IF_PRESENT. Arguments of a root are pure. The builder spills to
 *    temporaries whatever must be evaluated before a later effect. LOGAND, LOGOR and SELECT
 *    evaluate only the operand that is needed: a DIRECT access there may rely on the condition.
 *  - Every conversion is explicit. Operands of BINARY and COMPARE have the result's / each other's
 *    type (shift counts: any unsigned type).
 *  - Arithmetic has the language's meaning: it wraps at the width of the type, x / 0 is 0, x % 0 is
 *    x, MIN / -1 is MIN, shift counts are taken modulo the width, >> of a signed
 *    type is arithmetic.
 *  - try, throw with a handler, defer, match, named results, else-bindings are gone: they are
 *    blocks, breaks, switches. What remains is THROW (leaves the function with a code) and the
 *    `error` local of a call.
 *  - Map entries, packet windows, records are explicit operations; an optional pointer is null
 *    when absent.
 *  - Memory of a local is zero until it is set (IR_LOCAL_UNINIT says that every path sets it
 *    before a read).
 */
#ifndef KSC_IR_IR_H
#define KSC_IR_IR_H

#include "sema/sema.h"

struct ir_expr;
struct ir_stmt;
struct ir_func;
struct prog_kind;
struct map_kind;

VEC_TYPE(ir_expr_vec, struct ir_expr *);
VEC_TYPE(ir_stmt_vec, struct ir_stmt *);

/* ---- module ---- */

struct ir_map {
	const char *name;
	const struct map_kind *kind;
	const struct type *key, *value; /* NULL where the kind has none */
	uint64_t max_entries;
	uint32_t flags;
	uint32_t numa_node;
	bool has_numa_node;
	bool is_pinned;
	bool used_by_bpf, used_by_user;
	struct ir_map *inner;	 /* of maps in maps: the shape; it is not in module->maps */
	struct ir_func *handler; /* user code's `<name>_callback` of a ring buffer, or NULL */
	/* Of a ring buffer that both sides use, else NULL: counts records that found no room. */
	struct ir_global *lost;
	struct span span;
	uint32_t index; /* position in module->maps */
};

enum ir_global_role {
	IR_GLOBAL_SHARED,	/* var: bpf and user */
	IR_GLOBAL_LOCAL,	/* local var: of the one target that uses it */
	IR_GLOBAL_PINNED,	/* pin var */
	IR_GLOBAL_CONFIG,	/* config: written by user code at any time, read-only for bpf */
	IR_GLOBAL_CONST_CONFIG, /* const config: frozen at load */
	IR_GLOBAL_TABLE,	/* const of array or struct type: each target has its own */
};

struct ir_global {
	const char *name;
	const struct type *type; /* configs: a struct of their fields */
	enum ir_global_role role;
	struct ir_expr *init; /* CONST, FLOAT, STRING, ZERO, STRUCT, ARRAY, or NULL */
	unsigned targets;     /* bit set of 1 << enum target that touch it */
	struct span span;
	uint32_t index;
};

/* One command-line option: a field of main's argument struct. */
struct ir_arg {
	const struct field *field;
	struct ir_expr *default_value; /* CONST or STRING, or NULL for zero */
	const char *help;	       /* or NULL */
};

/* A member of a struct_ops implementation: a program, or a value. */
struct ir_impl_member {
	const struct field *field;
	struct ir_func *func;  /* one of the two */
	struct ir_expr *value; /* CONST or STRING */
};

VEC_TYPE(ir_impl_member_vec, struct ir_impl_member);

/* @struct_ops("type") impl name { } */
struct ir_impl {
	const char *name;
	const struct type *type; /* the kernel's struct */
	struct ir_impl_member_vec members;
	struct span span;
	uint32_t index;
};

/* A function that an `extern` declares; of KFUNC and EXTERN operations. */
struct ir_extern {
	const char *name;
	const struct type *type;      /* TYPE_FN */
	const char *header, *library; /* `from "h" link "x"`, or NULL */
	unsigned targets;	      /* bit set of 1 << enum target that call it */
	struct span span;
};

/* A Python file whose functions user code calls. */
struct ir_python {
	const char *name; /* of the module; NAME.py is part of the loader */
	uint32_t file;	  /* its source */
};

VEC_TYPE(ir_python_vec, struct ir_python);
VEC_TYPE(ir_map_vec, struct ir_map *);
VEC_TYPE(ir_global_vec, struct ir_global *);
VEC_TYPE(ir_func_vec, struct ir_func *);
VEC_TYPE(ir_arg_vec, struct ir_arg);
VEC_TYPE(ir_impl_vec, struct ir_impl *);
VEC_TYPE(ir_extern_vec, struct ir_extern *);

struct ir_module {
	struct compilation *comp;
	const char *name; /* options.project */
	uint32_t file;	  /* the main source */
	struct ir_map_vec maps;
	struct ir_global_vec globals;
	struct ir_func_vec funcs; /* all targets; a shared function stands once per target */
	struct ir_impl_vec impls;
	struct ir_extern_vec externs;
	struct ir_python_vec pythons;
	/*
	 * Named structs, unions and enums that user or module code mentions, each after the ones
	 * it contains. Those from BTF stand there only when user code mentions them.
	 */
	struct type_vec c_types;
	struct ir_arg_vec args;
	const struct type *args_type; /* NULL without main(args: T) */
	struct ir_func *main_fn;      /* NULL without fn main */
};

/* ---- functions ---- */

struct ir_local {
	const char *name; /* unique in the function, a C identifier; temporaries: t_... */
	const struct type *type;
	const char *suffix; /* of a kfunc's parameter: how its name ends in C, "__sz"; or NULL */
	bool is_param;
	bool is_temp;	    /* made by the builder */
	bool address_taken; /* an ADDR of it exists */
	bool on_stack;	    /* bpf: a helper insists that it lies on the stack */
	bool uninit;	    /* every path sets it before a read: no zeroing needed */
	struct span span;
	uint32_t index; /* in func->locals */
};

VEC_TYPE(ir_local_vec, struct ir_local *);

struct ir_func {
	const char *name;
	enum target target;
	enum fn_role role;
	const struct prog_kind *kind;	  /* FN_PROGRAM */
	const struct prog_choice *choice; /* FN_PROGRAM: the attribute's argument as a choice */
	const char *kind_arg;		  /* FN_PROGRAM: the attribute's first argument, or NULL */
	enum module_hook hook;		  /* FN_PRIVATE: when the kernel calls it */
	unsigned kfunc_flags;		  /* FN_KFUNC: set of enum kfunc_flag */
	struct expr_vec *attribute_args;  /* of the program or kfunc attribute, e.g. "ingress" */
	const char *doc;		  /* the /// text before it, or NULL */
	const struct type *result;	  /* TYPE_VOID for none */
	struct ir_local_vec params;
	struct ir_local_vec locals; /* params first */
	struct ir_local *context;   /* the program context, also a helper's hidden last one */
	bool sleepable;
	bool is_global;	     /* @helper("global"): verified on its own */
	bool is_called;	     /* some function of this target calls it */
	bool throws;	     /* ends with an error code beside the result; in main and
				tests a THROW prints the message of an uncaught error */
	bool aborts;	     /* bpf: it can throw IR_ABORT_CODE */
	bool is_loaded;	     /* a load() names it (programs) */
	bool is_tail_target; /* some program tail-calls it */
	struct ir_stmt_vec body;
	struct span span;      /* of the declaration */
	struct span name_span; /* of the name */
	struct span end;       /* closing brace */
	uint32_t label_count;  /* labels are 0 .. label_count - 1 */
};

/* ---- places: what can be read, written, addressed ---- */

enum ir_place_kind {
	IR_PLACE_LOCAL,
	IR_PLACE_GLOBAL,
	IR_PLACE_DEREF,
	IR_PLACE_FIELD,
	IR_PLACE_INDEX,
};

enum ir_access {
	IR_ACCESS_DIRECT,      /* proved: non-null and inside */
	IR_ACCESS_NULL_ZERO,   /* may be null: reads give zero, writes do nothing */
	IR_ACCESS_NULL_TRAP,   /* user code: null ends the program with file:line, status 134 */
	IR_ACCESS_PACKET,      /* packet pointer without window: outside reads 0, writes dropped */
	IR_ACCESS_CONTEXT,     /* the program context, constant offsets only */
	IR_ACCESS_KERNEL,      /* BTF pointer that the verifier tracks: direct, CO-RE offsets */
	IR_ACCESS_KERNEL_READ, /* kernel address: safe read, CO-RE offsets for BTF structs */
	IR_ACCESS_USER_READ,   /* user address: safe read */
};

struct ir_place {
	enum ir_place_kind kind;
	struct span span;
	const struct type *type; /* of what lies there */
	union {
		struct ir_local *local;
		struct ir_global *global;
		struct {
			struct ir_expr *pointer; /* its pointer type carries the region */
			enum ir_access access;
		} deref;
		struct {
			struct ir_place *base;
			const struct field *field;
			uint32_t offset_bits; /* from base, through anonymous members */
		} field;
		struct {
			struct ir_place *base; /* of array type */
			struct ir_expr *index;
			bool checked; /* false: proved to be inside; true: outside reads give zero,
					 writes are dropped */
		} index;
	};
};

/* ---- expressions ---- */

#define IR_EXPR_KINDS(X)                                                                     \
	X(CONST) /* any integer-like type and null pointers: `bits` as the machine holds it, \
		    sign- or zero-extended to 64 bits; beN constants are swapped already */  \
	X(FLOAT)                                                                             \
	X(STRING)  /* str(N), or u8/char arrays: text, zero-filled to the size */            \
	X(ZERO)	   /* the zero value of an aggregate */                                      \
	X(LOAD)	   /* the value at a place */                                                \
	X(ADDR)	   /* the address of a place */                                              \
	X(UNARY)   /* NEG, BITNOT on integers; NOT on bool */                                \
	X(BINARY)  /* ADD .. SHR */                                                          \
	X(COMPARE) /* EQ .. GE; gives bool */                                                \
	X(CONVERT)                                                                           \
	X(LOGAND) /* left && right, both bool */                                             \
	X(LOGOR)                                                                             \
	X(SELECT)   /* cond ? a : b */                                                       \
	X(STRUCT)   /* elems by field of a struct; NULL elements and padding are zero */     \
	X(ARRAY)    /* elems; missing ones are zero */                                       \
	X(STR_LEN)  /* u32 */                                                                \
	X(STR_EQ)   /* left == right of any capacities, or char/u8 arrays: bool */           \
	X(STR_CAT)  /* str(A) + str(B): str(A+B) */                                          \
	X(STR_AT)   /* char at an index, NUL outside */                                      \
	X(PTR_ADD)  /* pointer + elements (i64) */                                           \
	X(PTR_DIFF) /* elements between two pointers (i64) */                                \
	X(FUNC)	    /* a function's address, or a program for LOAD */                        \
	X(MAP)	    /* a map as an argument */                                               \
	X(CALL)	    /* root only */                                                          \
	X(OP)	    /* root only */

enum ir_expr_kind {
#define X(name) IR_EXPR_##name,
	IR_EXPR_KINDS(X)
#undef X
};

enum ir_convert {
	IR_CONVERT_INT,	 /* integer-like to integer-like: cut, or extend by the source's sign */
	IR_CONVERT_BOOL, /* != 0 of an integer, float or pointer */
	IR_CONVERT_SWAP, /* beN <-> uN of the same width */
	IR_CONVERT_BITS, /* same bits: raw(x) of beN, enum and integer of one width */
	IR_CONVERT_TO_FLOAT,
	IR_CONVERT_FROM_FLOAT, /* saturating */
	IR_CONVERT_FLOAT,      /* f32 <-> f64 */
	IR_CONVERT_POINTER,    /* another pointee or region */
	IR_CONVERT_PTR_INT,    /* kernel and user addresses only */
	IR_CONVERT_INT_PTR,
	IR_CONVERT_STR,	  /* str(A), char[N], u8[N] to str(B) or u8/char array; cut, zero-filled */
	IR_CONVERT_ARRAY, /* shorter array to longer, zero-filled */
};

#define IR_OPS(X)                                                                                  \
	/* maps, bpf and user. `map` names the map, args[0] is the key where there is one. */      \
	X(MAP_LOOKUP)	   /* bpf: (key) -> *V entry or null; of local storage the key is the      \
			      object; of maps in maps an address for `inner`. user: (key) with     \
			      `buffer`, a local of type V that gets the value, zero when absent -> \
			      address of buffer, or null. Per-CPU maps in user code: the sum over  \
			      CPUs */                                                              \
	X(MAP_STORAGE_GET) /* bpf, local storage: (object) -> *V, made when absent, or null */     \
	X(MAP_UPDATE)	   /* (key, value, flags u64) -> i32 0 or -errno */                        \
	X(MAP_WRITE_BACK)  /* user: (key, value): update that never creates -> i32 */              \
	X(MAP_DELETE)	   /* (key) -> i32 */                                                      \
	X(MAP_LEN)	   /* user: () -> u64 */                                                   \
	X(MAP_CLEAR)	   /* user: () -> void */                                                  \
	X(MAP_TAKE)	   /* user: like MAP_LOOKUP, and deletes */                                \
	X(MAP_CPU_LOOKUP)  /* user, per-CPU: (key, cpu u32) with buffer -> address or null */      \
	X(MAP_CPU_UPDATE)  /* user, per-CPU: (key, cpu u32, value) -> i32 */                       \
	X(MAP_ZERO_CPUS)   /* user, per-CPU: (key) -> i32 */                                       \
	X(MAP_PUSH)	   /* (value, flags) -> i32 */                                             \
	X(MAP_POP)	   /* with buffer -> address of buffer or null */                          \
	X(MAP_PEEK)	   /* with buffer; bloom: (value) -> bool */                               \
	/* ring buffers */                                                                         \
	X(RINGBUF_RESERVE)	 /* () -> *T record or null */                                     \
	X(RINGBUF_RESERVE_BYTES) /* (n) -> *u8 or null */                                          \
	X(RINGBUF_SUBMIT)	 /* (record): null does nothing */                                 \
	X(RINGBUF_DISCARD)	 /* (record) */                                                    \
	X(RINGBUF_OUTPUT)	 /* (value) -> i32 */                                              \
	X(RINGBUF_LOST)		 /* user: () -> u64, the records that found no room */             \
	X(RINGBUF_ON_EVENT)	 /* user: (FUNC) */                                                \
	X(DISPATCH)		 /* user: (MAP...) -> i32 */                                       \
	/* packets, bpf. The function's `context` is used. */                                      \
	X(PACKET_WINDOW) /* (pointer) -> pointer of this op's type (REGION_WINDOW) or null: are    \
			    sizeof(target) + `ahead` bytes there */                                \
	X(PACKET_LEN)	 /* ctx.len() -> u64 */                                                    \
	/* memory */                                                                               \
	X(INDEX_ADDR)	    /* (index) with `place` an array: address of the element or null */    \
	X(ATOMIC_XCHG)	    /* (pointer, value) -> old */                                          \
	X(ATOMIC_CAS)	    /* (pointer, expected, value) -> old */                                \
	X(ATOMIC_FETCH_ADD) /* (pointer, value) -> old */                                          \
	X(ALLOC)	    /* new T -> *T; args: flags (module) */                                \
	X(FREE)		    /* (pointer); null does nothing */                                     \
	X(KPTR_STORE)	    /* (key, pointer) moves into a map */                                  \
	X(LOCK)		    /* bpf: (address of a spin_lock in an entry) */                        \
	X(UNLOCK)	    /* the same; on every way out of the locked statements */              \
	/* everywhere */                                                                           \
	X(PRINT)      /* pieces in `print`; print_to: args[0] is the iterator's context */         \
	X(PANIC)      /* text in `text`: assert and panic; control does not go on behind it. In    \
			 bpf and module code the builder adds the RETURN of the abort verdict,     \
			 the THROW of IR_ABORT_CODE or the RETURN of zero */                       \
	X(THROW_NOTE) /* user: (code) -> the code; `text` its name or NULL. Notes where an         \
			 error was thrown, for the message of an uncaught one */                   \
	/* user */                                                                                 \
	X(LOAD)	       /* (FUNC) -> ProgramHandle */                                               \
	X(ATTACH)      /* (handle, target str, flags u32) -> i32 */                                \
	X(ATTACH_PERF) /* (handle, options struct, flags) -> PerfAttachment */                     \
	X(DETACH)      /* (handle or attachment) */                                                \
	X(PERF_READ)   /* (attachment) -> i64 */                                                   \
	X(REGISTER)                                                                                \
	X(UNREGISTER)                                                                              \
	X(STOPPING) /* () -> bool: SIGINT or SIGTERM came */                                       \
	X(SLEEP)    /* (ms u64): ends early on a signal */                                         \
	X(TEST_RUN) /* (FUNC, input) -> i32 */                                                     \
	X(EXEC)                                                                                    \
	X(DAEMON)                                                                                  \
	/* small library; the builtin table names the C or helper behind it */                     \
	X(BUILTIN) /* `builtin` with args, e.g. ktime(), ip_str(a), time_ns(); kernel_has:         \
		      `symbol` is the path */                                                      \
	X(HELPER)  /* bpf: a kernel helper by number: `helper` */                                  \
	X(KFUNC)   /* bpf: a kfunc by name: `symbol`; `external` when an extern declares it,       \
		      else one of this file (a function of the module) or the kernel's */          \
	X(EXTERN)  /* user, module: a C function: `symbol`, `external` */

enum ir_op {
#define X(name) IR_OP_##name,
	IR_OPS(X)
#undef X
	IR_OP_COUNT
};

/*
 * The code by which a bpf function ends the whole program with its abort verdict (a failed assert
 * or panic below a program): no handler takes it, programs return the verdict.
 */
#define IR_ABORT_CODE INT32_MIN

/* One piece of a print: literal text, or an argument with its printf verb. */
struct ir_print_piece {
	const char *text; /* literal, len bytes; NULL for an argument */
	uint32_t len;
	struct ir_expr *arg;
	char verb;	  /* d u x X o c s p f g, fitted to the argument's type by sema */
	const char *spec; /* flags, width, precision before the verb: "", "-10", "08" */
};

VEC_TYPE(ir_print_vec, struct ir_print_piece);

/* Made by ir_expr_new(), with memory for what its kind uses and no more: not to be copied whole. */
struct ir_expr {
	enum ir_expr_kind kind;
	struct span span;
	const struct type *type;
	union {
		struct {
			uint64_t bits;
			const char *symbol; /* module: a constant whose value only the kernel's
					       headers know, by its C name (GFP_KERNEL); or NULL */
		};			    /* CONST */
		double number;		    /* FLOAT */
		struct {
			const char *text;
			uint32_t len;
		} string;
		struct ir_place *place; /* LOAD, ADDR */
		struct {
			enum unary_op op;
			struct ir_expr *operand;
		} unary;
		struct {
			enum binary_op op;
			bool divisor_nonzero; /* DIV, MOD: proved */
			struct ir_expr *left, *right;
		} binary; /* BINARY, COMPARE, LOGAND, LOGOR, STR_EQ, STR_CAT, STR_AT,
			     PTR_ADD, PTR_DIFF */
		struct {
			enum ir_convert how;
			struct ir_expr *operand;
		} convert; /* also STR_LEN (operand) */
		struct {
			struct ir_expr *cond, *then, *otherwise;
		} select;
		struct ir_expr_vec elems; /* STRUCT, ARRAY */
		struct ir_func *func;	  /* FUNC */
		struct ir_map *map;	  /* MAP */
		struct {
			struct ir_func *func; /* NULL: through `pointer` */
			struct ir_expr *pointer;
			struct ir_expr_vec args;
			struct ir_local *error;	  /* gets 0 or the code when the callee throws */
			struct ir_local_vec held; /* bpf, by pass_held: as in ir_stmt */
		} call;
		struct {
			enum ir_op op;
			struct ir_expr_vec args;
			struct ir_map *map;
			struct ir_expr *map_pointer; /* maps in maps: `map` is the inner shape,
							this its address, not null */
			struct ir_impl *impl;	     /* REGISTER, UNREGISTER */
			uint32_t ahead;		     /* PACKET_WINDOW: asked for by later windows */
			uint32_t shift; /* PACKET_WINDOW: a copy starts so many bytes behind a
					   multiple of 8, for the alignment of later windows */
			struct ir_local *buffer; /* user lookups */
			struct ir_place *place;	 /* INDEX_ADDR */
			struct ir_print_vec print;
			const char *text;	     /* PANIC, THROW_NOTE */
			const char *symbol;	     /* KFUNC, EXTERN, kernel_has */
			const uint64_t *at_most;     /* KFUNC: by argument, the most that it may be;
							UINT64_MAX: no limit; NULL: none has one */
			const struct ir_func *kfunc; /* KFUNC: of this program's module, or NULL */
			struct ir_extern *external;
			const struct builtin *builtin;
			const struct helper *helper;
		} op;
	};
};

/* ---- statements ---- */

#define IR_STMT_KINDS(X)                                                                           \
	X(SET)	  /* local = value (pure, CALL or OP) */                                           \
	X(STORE)  /* place = value */                                                              \
	X(UPDATE) /* place op= value; atomic in bpf when `atomic` */                               \
	X(EVAL)	  /* CALL or OP for its effect */                                                  \
	X(BLOCK)  /* body; BREAK of its label goes behind it */                                    \
	X(IF)                                                                                      \
	X(IF_PRESENT) /* local = OP or pointer; then when it is not null, else otherwise */        \
	X(LOOP)	      /* body for ever; BREAK leaves, CONTINUE goes on */                          \
	X(WHILE)      /* cond is evaluated before each round */                                    \
	X(FOR)	      /* local from .. to; from and to are evaluated once; the local is not set    \
			 by the body */                                                            \
	X(FOR_MAP)    /* every entry: key (a value) and entry (bpf: *V; user: V copy in buffer) */ \
	X(SWITCH)     /* the ranges of all cases are disjoint */                                   \
	X(BREAK)                                                                                   \
	X(CONTINUE)                                                                                \
	X(RETURN)                                                                                  \
	X(THROW)     /* leave the function with an error code (i32, not zero) */                   \
	X(TAIL_CALL) /* to a program; if it fails, return the verdict in `otherwise` */            \
	X(COMMENT)   /* /// or section text for readable C; no effect */

enum ir_stmt_kind {
#define X(name) IR_STMT_##name,
	IR_STMT_KINDS(X)
#undef X
};

struct ir_case {
	struct ir_case_range {
		uint64_t low, high; /* inclusive, as bits of the switch value's type */
	} * ranges;
	uint32_t range_count;
	struct ir_stmt_vec body; /* no fall-through */
};

VEC_TYPE(ir_case_vec, struct ir_case);

struct ir_stmt {
	enum ir_stmt_kind kind;
	struct span span;
	/*
	 * Of loops, bpf, by pass_held: records and objects (or null) that the function holds while
	 * the loop runs. They have to be released when the loop runs away and ends the program.
	 */
	struct ir_local_vec held;
	bool releases_held; /* some way out of the loop releases one of them inside of it */
	union {
		struct {
			struct ir_local *local;
			struct ir_expr *value;
		} set;
		struct {
			struct ir_place *place;
			struct ir_expr *value;
			enum binary_op op; /* UPDATE */
			bool atomic;	   /* UPDATE */
		} store;
		struct ir_expr *eval;
		struct {
			uint32_t label;
			struct ir_stmt_vec body;
		} block; /* BLOCK, LOOP */
		struct {
			struct ir_expr *cond;	/* IF */
			struct ir_local *local; /* IF_PRESENT: a pointer */
			struct ir_expr *value;
			struct ir_stmt_vec then, otherwise;
		} iff;
		struct {
			uint32_t label;
			struct ir_expr *cond;
			struct ir_stmt_vec body;
		} whil;
		struct {
			uint32_t label;
			struct ir_local *local;
			struct ir_expr *from, *to; /* of the local's type */
			bool inclusive;
			struct ir_stmt_vec body;
		} range;
		struct {
			uint32_t label;
			struct ir_map *map;
			struct ir_local *key;	 /* of type K, or NULL when discarded */
			struct ir_local *entry;	 /* *V, or NULL */
			struct ir_local *buffer; /* user: of type V behind entry */
			struct ir_stmt_vec body;
		} each;
		struct {
			struct ir_expr *value; /* an integer-like type */
			struct ir_case_vec cases;
			struct ir_stmt_vec otherwise;
		} swich;
		uint32_t label;	       /* BREAK, CONTINUE */
		struct ir_expr *value; /* RETURN (NULL for void), THROW */
		struct {
			struct ir_func *func;
			struct ir_expr *otherwise;
		} tail;
		const char *text; /* COMMENT */
	};
};

/* ---- entry points ---- */

/*
 * Whether there must be a BPF object: for programs, maps, pinned variables, and other globals
 * that bpf code touches. What stands in it is described in runtime/README.md.
 */
bool ir_needs_object(const struct ir_module *module);

/*
 * Whether the variable stands in the BPF object: programs touch it, it is pinned, or it is a config
 * that module code reads in the object's memory.
 */
bool ir_global_in_object(const struct ir_global *global);

/* Builds the module from a program without errors; NULL when it reports something itself. */
struct ir_module *ir_build(struct compilation *comp, struct program *program);

/* Runs the passes of ir_passes.c in order; reports what they find (stack limit, ...). */
void ir_passes_run(struct compilation *comp, struct ir_module *module);

/*
 * Reports DIAG_STACK_LIMIT at the bpf function's name with the largest variables of the chain of
 * calls from there; for the back end, when LLVM needs more stack than the passes could see.
 */
void ir_report_stack(struct compilation *comp, const struct ir_func *func);

/*
 * bpf: whether --spill may move a variable of the type off the stack: an aggregate of IR_SPILL_MIN
 * bytes or more without pointers, which the verifier knows nowhere else, and without what the
 * kernel wants on the stack.
 */
#define IR_SPILL_MIN 16
bool ir_can_spill(const struct type *type);

/* Checks the invariants; on a violation writes the reason to `why` and returns false. */
bool ir_verify(const struct ir_module *module, struct strbuf *why);
/* Ends the process with an internal error that names who broke the module. */
void ir_verify_or_die(const struct ir_module *module, const char *who);
/* The same for one function of it. */
void ir_verify_func_or_die(const struct ir_module *module, const struct ir_func *func,
			   const char *who);

/* The text form, one declaration or statement a line. */
void ir_print(struct strbuf *out, const struct ir_module *module);

/* ---- constructors (ir.c), also for tests ---- */

struct ir_expr *ir_expr_new(struct compilation *comp, enum ir_expr_kind kind,
			    const struct type *type, struct span span);
struct ir_stmt *ir_stmt_new(struct compilation *comp, enum ir_stmt_kind kind, struct span span);
struct ir_place *ir_place_new(struct compilation *comp, enum ir_place_kind kind,
			      const struct type *type, struct span span);
struct ir_expr *ir_const(struct compilation *comp, const struct type *type, uint64_t bits,
			 struct span span);
struct ir_expr *ir_load_local(struct compilation *comp, struct ir_local *local, struct span span);
struct ir_local *ir_local_new(struct compilation *comp, struct ir_func *func, const char *name,
			      const struct type *type, struct span span);
struct ir_place *ir_place_local(struct compilation *comp, struct ir_local *local, struct span span);
struct ir_place *ir_place_deref(struct compilation *comp, struct ir_expr *pointer,
				const struct type *type, enum ir_access access, struct span span);
struct ir_expr *ir_load(struct compilation *comp, struct ir_place *place, struct span span);
/* For the kinds that use `binary`. */
struct ir_expr *ir_binary(struct compilation *comp, enum ir_expr_kind kind, enum binary_op op,
			  const struct type *type, struct ir_expr *left, struct ir_expr *right,
			  struct span span);
struct ir_expr *ir_convert(struct compilation *comp, enum ir_convert how, const struct type *type,
			   struct ir_expr *operand);
/* The local, global or dereference at the start of a chain of fields and indexes. */
struct ir_place *ir_place_root(struct ir_place *place);
/*
 * Whether control can reach the end of the list. A void function may end without RETURN; every
 * other function leaves by RETURN, THROW, TAIL_CALL or an endless LOOP on every path.
 */
bool ir_falls_through(const struct ir_stmt_vec *stmts);
/* Whether a BREAK of the label stands in it. */
bool ir_breaks_to(const struct ir_stmt_vec *stmts, uint32_t label);
bool ir_stmt_breaks_to(const struct ir_stmt *stmt, uint32_t label);
/* The operation's name as in IR_OPS. */
const char *ir_op_name(enum ir_op op);

#endif
