/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of cgen/: C from IR, shared by the user loader and the kernel module.
 *
 * Expressions become arena text with the precedence of their outermost operator known, so that
 * parentheses stand only where C or a compiler's warnings want them. C computes in `int` at
 * least; a value of a narrower type is cut back to its type (a cast) only where somebody sees the
 * high bits. The forms are correct under -fwrapv -fno-strict-aliasing -funsigned-char.
 *
 * How values look in C:
 *  - str(N) is `struct str_N { char s[N + 1]; }`, assigned and passed by value.
 *  - Arrays are C arrays: they are copied by KS_COPY. As parameters and results, where C has no
 *    arrays, they are wrapped: `struct array_u8_6 { u8 a[6]; }`.
 *  - A function that throws returns the code, 0 for none; its result goes through a last
 *    parameter `*result`.
 *  - A variable that BPF code shares is reached through a pointer to volatile.
 */
#ifndef KSC_CGEN_CPRINT_H
#define KSC_CGEN_CPRINT_H

#include "cgen/cgen.h"
#include "cgen/cwriter.h"

struct cgen;
struct c_scope;

/* Precedence of C operators, loosest first. */
enum c_prec {
	PREC_ASSIGN, /* also arguments and initialisers */
	PREC_COND,
	PREC_LOGOR,
	PREC_LOGAND,
	PREC_BITOR,
	PREC_BITXOR,
	PREC_BITAND,
	PREC_EQUAL,
	PREC_ORDER,
	PREC_SHIFT,
	PREC_ADD,
	PREC_MUL,
	PREC_UNARY, /* also casts */
	PREC_POSTFIX,
	PREC_PRIMARY,
};

/* C text with its outermost operator. */
struct c_text {
	const char *text;
	enum c_prec prec;
};

/* How a function looks in C. */
struct c_shape {
	bool returns_int;    /* 0 where the function has no result, whatever its type is */
	bool has_error;	     /* returns the code; the result goes through a parameter */
	bool takes_record;   /* its parameter is a `void *` */
	const char *params;  /* NULL: its own; else this text: the parameters are C variables of
				the file, by the name of their owner */
	const char *linkage; /* before the result's type; NULL: "static" */
};

/* What distinguishes the user loader from the kernel module. */
struct c_backend {
	enum target target;
	/* The text of an operation (the root of a statement). */
	struct c_text (*op)(struct cgen *cg, const struct ir_expr *expr);
	/* Whether a global is reached through a pointer (`*total`), not by its name. */
	bool (*global_is_pointer)(const struct ir_global *global);
	/* Statements before a write to a global (user: const config), or nothing. */
	void (*before_store)(struct cgen *cg, const struct ir_global *global, struct span span);
	/* THROW: `return ...;` for this function. */
	void (*throw)(struct cgen *cg, const struct ir_stmt *stmt);
	/* How a function looks from outside. */
	struct c_shape (*shape)(struct cgen *cg, const struct ir_func *func);
	/* A kernel file: s32 for i32, no attributes for unused parameters. */
	bool is_kernel;
	/* Whether a header defines the struct or union, so that the file must not. NULL: none. */
	bool (*type_has_header)(struct cgen *cg, const struct type *type);
	/* A field that is written otherwise than `place.field`: its text, else NULL. May be NULL.
	 */
	const char *(*field_text)(struct cgen *cg, const struct ir_place *place);
	/* A DEREF, or a field behind one, with a checked access to the packet. NULL: none. */
	const char *(*packet_text)(struct cgen *cg, const struct ir_place *place);
	/* A parameter's name in C; NULL: as in the source. */
	const char *(*param_name)(struct cgen *cg, const struct ir_func *func, uint32_t index);
};

/* How a local variable is used and where it is declared; by index in func->locals. */
struct c_local {
	const char *name;     /* in C */
	struct c_scope *home; /* the list of statements that it is declared in; NULL: not used */
	uint32_t first, last; /* statements of `home` that mention it */
	bool defined_first;   /* the first of them sets it before anything reads it */
	uint32_t reads, derefs, tests, set_count;
	bool is_read;	   /* its value matters somewhere */
	bool is_dead;	   /* it matters nowhere: what only sets it is left out */
	bool is_addressed; /* an ADDR of it exists */
	bool is_error;	   /* gets the code of a call */
	bool escapes;	   /* a pointer that is not just the address of one buffer */
	bool is_presence;  /* a pointer that is only tested, and whose buffer nobody reads: bool */
	bool is_placed;	   /* `first` is known */
	bool is_declared;  /* while writing */
	bool is_shown;	   /* while writing: some text reads it */
	/* A pointer that is not written: its buffer stands for what it points to. */
	const struct ir_local *buffer;
	const struct ir_local *merged;	  /* a buffer that is another local from the start */
	struct c_text inlined;		  /* a temporary that is not written: its value */
	const struct ir_local *same_name; /* the one before it that has its C name elsewhere */
};

/* What has been written of a block. */
enum c_section {
	SECTION_START,
	SECTION_DECLARATIONS, /* a blank line comes before the first statement */
	SECTION_STATEMENTS,
};

struct cgen {
	struct compilation *comp;
	const struct ir_module *module;
	const struct c_backend *backend;
	struct cwriter w;

	struct ptr_map taken;	   /* C name at file scope -> its owner */
	struct ptr_map names;	   /* owner -> C name */
	struct ptr_map tags_taken; /* of structs, unions, enums */
	struct ptr_map tags;

	/* What the file needs, by c_reach() and c_type_use(); each in order of its first use. */
	struct ir_func_vec funcs;
	struct ptr_map funcs_seen;
	struct ptr_map record_fns;    /* functions that take ring buffer records as `void *` */
	struct ir_extern_vec externs; /* C functions that are called */
	struct type_vec types;	      /* complete ones, each after what it holds; array types stand
					 for their wrappers */
	struct type_vec forwards;     /* structs that are pointed to */
	VEC_TYPE(enum_value_ptr_vec, const struct enum_value *) enum_values; /* of the kernel */
	struct ptr_map types_seen, forwards_seen;
	struct ptr_map shared_types;  /* types that BPF code has too */
	struct type_vec header_types; /* complete ones that a header defines */
	struct ptr_map maps_seen, globals_seen, impls_seen;
	bool has_python;    /* a script sees every map */
	bool has_variables; /* a table of shared variables was written */

	const struct ir_func *func; /* being written, or NULL */
	struct c_local *locals;
	struct ptr_map local_names;   /* C name in `func` -> the last local that got it */
	struct ptr_map scopes;	      /* list of statements -> its struct c_scope */
	struct ptr_map merged_copies; /* statements that copy a merged buffer */
	struct c_jump *jumps;	      /* statements around, innermost first; c_stmt.c */
	const char *label;	      /* waits for its statement */
	enum c_section section;	      /* of the block at hand */
	uint32_t declarations;	      /* so far in the block at hand */
	const char *last_declaration; /* and where its line ends */
	const struct strbuf *last_out;
	size_t last_end;
	const char *result;		    /* the parameter of a function that throws, or NULL */
	bool returns_int;		    /* in C, also where the function has no result */
	const struct ir_stmt_vec *cut_list; /* its last two statements stand in the loop's foot */
	bool in_static;			    /* an initialiser at file scope: constants only */
};

/* ---- names (c_names.c) ---- */

/* A C name at file scope for `owner`, as near to `wanted` as the names in use allow. */
const char *c_name(struct cgen *cg, const void *owner, const char *wanted);
/* The same for a struct, union or enum, which have a space of names of their own. */
const char *c_tag(struct cgen *cg, const struct type *type, const char *wanted);
/* Names that the runtime's headers or the compiler use. */
bool c_name_is_reserved(const char *name);
/* Keeps a name from being given away. */
void c_name_reserve(struct cgen *cg, const char *name);
/* A name in the current function that no local and nothing at file scope has. */
const char *c_local_name(struct cgen *cg, const char *wanted);
/* Starts a function: forgets the local names of the one before. */
void c_local_names_reset(struct cgen *cg);
/* `prefix` and what of a project's name is legal in an identifier. */
const char *c_identifier(struct compilation *comp, const char *name);
/* "file:line" as a C string literal; KS_AT(line) in the file that is compiled. */
const char *c_where(struct cgen *cg, struct span span);
/* A C string literal, quotes included. */
const char *c_quoted(struct compilation *comp, const char *text, size_t len);
const char *c_format(struct cgen *cg, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- types (c_types.c) ---- */

/* `T name`; names of arrays in parameters and results are their wrappers. */
const char *c_declare(struct cgen *cg, const struct type *type, const char *name);
/* `T` alone, for casts and sizeof. */
const char *c_type(struct cgen *cg, const struct type *type);
/* The same where C has no arrays: parameters and results. */
const char *c_declare_param(struct cgen *cg, const struct type *type, const char *name);
/* `struct array_u8_6`, the wrapper of an array type. */
const char *c_array_wrapper(struct cgen *cg, const struct type *type);
/* Notes that a value of the type is used: c_types_write() writes what it needs. */
void c_type_use(struct cgen *cg, const struct type *type);
/* The same for a parameter or result: arrays need their wrapper. */
void c_type_use_param(struct cgen *cg, const struct type *type);
/* Notes that a constant of an enum is used. */
void c_enum_value_use(struct cgen *cg, const struct type *type, uint64_t bits);
/* Whether the file defines the enum; else it is a plain integer there. */
bool c_enum_is_own(const struct cgen *cg, const struct type *type);
/* The enum's value with these bits, or NULL. */
const struct enum_value *c_enum_value(const struct type *type, uint64_t bits);
/* Writes what is used. */
void c_types_write(struct cgen *cg);
/* A field's name in C. */
const char *c_field_name(struct cgen *cg, const struct field *field);
/* " __attribute__((packed))" and the like, or "". */
const char *c_struct_attributes(struct cgen *cg, const struct type *type);

/* ---- what is reachable (c_reach.c) ---- */

/* Adds a root, with what it calls and mentions, to funcs, types, externs. NULL: nothing. */
void c_reach(struct cgen *cg, struct ir_func *root);
/* The same for a handler of ring buffer records, which gets a `void *`. */
void c_reach_handler(struct cgen *cg, struct ir_func *func);

/* ---- expressions (c_expr.c, c_const.c, c_place.c, c_value.c) ---- */

/* The value, exactly. */
struct c_text c_expr(struct cgen *cg, const struct ir_expr *expr);
/* Where C converts to the expression's type anyway: assignment, initialiser, argument, return. */
struct c_text c_expr_converted(struct cgen *cg, const struct ir_expr *expr);
/* As a condition: `x` for `x != 0`. */
struct c_text c_condition(struct cgen *cg, const struct ir_expr *expr);
/* The text, in parentheses when it binds looser than `min`. */
const char *c_paren(struct cgen *cg, struct c_text text, enum c_prec min);
/* An argument of exactly the type in C, for printf. */
const char *c_typed_argument(struct cgen *cg, const struct ir_expr *expr);
/* Text as an argument of a macro, where commas between braces would split it. */
const char *c_macro_argument(struct cgen *cg, const char *text);
/* Whether `T x = value;` is possible: not for arrays that are no literals. */
bool c_has_initializer(const struct ir_expr *expr);
/* `left && right`, `left || right`, by the precedence. */
struct c_text c_logical(struct cgen *cg, struct c_text left, enum c_prec prec, struct c_text right);
/* Text for an argument list, converted to the expression's type. */
const char *c_argument(struct cgen *cg, const struct ir_expr *expr);
/* For an argument of a C function that was compiled from IR: arrays are wrapped. */
const char *c_call_argument(struct cgen *cg, const struct ir_expr *expr);
/* For the right side of `T x = ...`: aggregates without their `(T)`. */
const char *c_initializer(struct cgen *cg, const struct ir_expr *expr);
/* The address of the value, for reading: `&key`, `&(u32){5}`. */
const char *c_address(struct cgen *cg, const struct ir_expr *expr);
/* A `const char *` to the text of a str, char or u8 array. */
const char *c_text_pointer(struct cgen *cg, const struct ir_expr *expr);
/* Calls a function of this module; `result` is where a thrower's result goes, or NULL. */
struct c_text c_call(struct cgen *cg, const struct ir_expr *expr, const char *result);

struct c_text c_const(struct cgen *cg, const struct ir_expr *expr);
/* A constant's bits as a value of a type, without its source. */
struct c_text c_bits(struct cgen *cg, const struct type *type, uint64_t bits);

/* The place as an lvalue. */
struct c_text c_place(struct cgen *cg, const struct ir_place *place);
/* The global at a place's root, or NULL. */
const struct ir_global *c_place_global(const struct ir_place *place);
/* Whether a place lies in memory that BPF programs share: volatile in C. */
bool c_place_is_volatile(const struct cgen *cg, const struct ir_place *place);
bool c_place_is_bitfield(const struct ir_place *place);
/* The same memory, as far as the text shows. */
bool c_place_same(const struct ir_place *a, const struct ir_place *b);
/* `&place`, a pointer to its type. */
struct c_text c_place_address(struct cgen *cg, const struct ir_place *place);

/* Aggregates and text (c_value.c). */
struct c_text c_string(struct cgen *cg, const struct ir_expr *expr);
struct c_text c_aggregate(struct cgen *cg, const struct ir_expr *expr);
struct c_text c_text_op(struct cgen *cg, const struct ir_expr *expr);
struct c_text c_text_convert(struct cgen *cg, const struct ir_expr *expr);
/*
 * Declares a variable whose first value is a literal that holds other arrays: the declaration with
 * the rest, then the copies. False when it is no such literal.
 */
bool c_declare_by_copies(struct cgen *cg, const struct ir_expr *expr, const char *declared,
			 const char *name);
/* Writes `place = value` for arrays. */
void c_array_assign(struct cgen *cg, const char *place, const struct ir_expr *value);

/* Stands behind a declaration until the function is written; see c_func.c. */
const char *c_unused_mark(struct cgen *cg, const struct ir_local *local);
/* Replaces the marks in the function's text, which starts at `start` of the output. */
void c_marks_resolve(struct cgen *cg, size_t start);
/* The local's name, for text that reads it. */
const char *c_local_text(struct cgen *cg, const struct ir_local *local);

/* ---- functions and statements (c_stmt.c, c_func.c, c_locals.c) ---- */

/* Prototypes of the functions that are called before they are defined, then all functions. */
void c_functions_write(struct cgen *cg);
/* The parts of it, for who writes something between the functions. */
void c_prototypes_write(struct cgen *cg);
void c_function_write(struct cgen *cg, const struct ir_func *func);
void c_stmts(struct cgen *cg, const struct ir_stmt_vec *stmts);
/* One statement on a line, behind a label that waits for it. */
void c_put(struct cgen *cg, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Finds out where each local is declared; sets cg->locals. */
void c_locals_analyse(struct cgen *cg);
/* The locals that are declared in a list of statements. */
const struct ir_local_vec *c_scope_locals(struct cgen *cg, const struct ir_stmt_vec *stmts);
/* The scope of a list of statements. */
struct c_scope *c_scope_of(struct cgen *cg, const struct ir_stmt_vec *stmts);

/* ---- print (c_print.c) ---- */

/*
 * The arguments of a printf: the quoted format, then the values, with what C's printf needs:
 * lengths, casts, doubled per cent signs. `end` is added to a format that does not end in it.
 */
const char *c_print_arguments(struct cgen *cg, const struct ir_expr *expr, const char *end);

void cgen_init(struct cgen *cg, struct compilation *comp, const struct ir_module *module,
	       const struct c_backend *backend, struct strbuf *out);
void cgen_free(struct cgen *cg);

#endif
