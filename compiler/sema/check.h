/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of sema/. The checker runs in this order (sema.c):
 *
 *   collect      names of all declarations, includes and imports      collect.c
 *   declare      types, constants, signatures, maps, configs          decl_*.c, type_expr.c
 *   bodies       every function body: names, types, conversions       body_*.c
 *   flow         per body: exits, null and presence, records          flow_*.c
 *   program      calls between functions: targets, recursion, throws  program_*.c
 *
 * Declarations are resolved on demand (sema_resolve), so their order in the file is free. A body
 * with errors is not looked at by flow, a program with errors in bodies not by program_*.c; one
 * mistake gives one message, independent ones are all reported.
 *
 * House rules: every function that reports an error returns a harmless value (type_error, false).
 * An expression of type_error never causes another report. Messages name things as the user
 * wrote them, in `backquotes`, and say what was expected and what was found.
 */
#ifndef KSC_SEMA_CHECK_H
#define KSC_SEMA_CHECK_H

#include "kernel/builtins.h"
#include "kernel/predeclared.h"
#include "sema/sema.h"

/* One block: variables by interned name. Lookups walk outwards. */
struct scope {
	struct scope *outer;
	struct ptr_map variables; /* name -> struct variable * */
	struct str_vec names;	  /* in order of declaration, for suggestions */
};

/* What one check of a program needs; passed everywhere. */
struct sema {
	struct compilation *comp;
	struct program *program; /* whose declarations are visible */
	struct program *main;	 /* the one that is compiled; the others are its imports */
	/* While a body is checked: */
	struct decl *fn;
	struct scope *scope;
	uint32_t loop_depth;
	uint32_t defer_depth;
	uint32_t lock_depth;
	uint32_t nesting; /* of expressions and statements, against SEMA_NESTING_MAX */
	/*
	 * Only constants are legal (array sizes, enum values, initialisers of globals and configs).
	 * Outside of functions `fn` and `scope` are NULL then. Array and struct literals and `null`
	 * stay legal: sema_initialiser() looks at their leaves.
	 */
	bool in_constant;
	const struct expr *discard;  /* an expression statement's value: may be void */
	const struct expr *tail;     /* the value of a return: may be a tail call */
	struct body *body;	     /* body.h: what is known over one body */
	struct regions *regions;     /* body.h: over all bodies, of imports too */
	struct expr_vec narrowings;  /* of bodies: may turn out to keep their values */
	struct program_graph *graph; /* of flow and the program rules; made on first use */
	struct decl_vec resolving;   /* declarations in work, outermost first: shows cycles */
	struct ptr_map stdlib_names; /* name -> header that has it; filled for suggestions */
	uint32_t unknown_count;
};

#define SEMA_NESTING_MAX 1000

/* ---- names (names.c) ---- */

/* A top-level declaration of the current program; NULL when there is none. */
struct decl *sema_find_decl(struct sema *sema, const char *name);
/* A variable visible in the current scope, innermost first; NULL when there is none. */
struct variable *sema_find_variable(struct sema *sema, const char *name);
/* A new variable in the innermost scope; reports DIAG_DUPLICATE with the place of the first. */
struct variable *sema_declare(struct sema *sema, struct ast_name name, const struct type *type);
/*
 * Enters a variable that exists already: parameters and the named result, which sema_fn_type()
 * made (param.variable, fn.result_variable) and whose names it has compared.
 */
void sema_enter(struct sema *sema, struct variable *variable);
void sema_scope_push(struct sema *sema);
void sema_scope_pop(struct sema *sema);

/*
 * A constant that is not a declaration: a variant of an enum declared in the program or its
 * headers, a predeclared constant, or one of the kernel's enums that the program's kinds, their
 * context types and results mention (XDP_PASS, BPF_ANY). False when there is none. `value` is
 * CONSTANT_NONE for constants whose value only the kernel's headers know (GFP_KERNEL).
 */
bool sema_find_constant(struct sema *sema, const char *name, struct constant *value,
			const struct type **type);
/* Only the variants of enums that one program declares or includes: of `net.PROTO_TCP`. */
bool sema_find_variant(struct sema *sema, struct program *program, const char *name,
		       struct constant *value, const struct type **type);

enum name_class {
	NAME_VALUE, /* variables, constants, globals, maps, configs, functions */
	NAME_TYPE,
	NAME_FUNCTION, /* functions, builtins, helpers */
	NAME_MAP,
};

/* DIAG_UNKNOWN_NAME or DIAG_UNKNOWN_TYPE with the nearest visible name of that class, and the
 * header of the standard library that has it. */
void sema_unknown(struct sema *sema, struct ast_name name, enum name_class what);

/* ---- declarations ---- */

/*
 * Completes the "set by sema" fields of a declaration on demand (not bodies). A cycle is reported
 * once, with its members; then and after other errors its type is type_error. Cheap when done.
 */
void sema_resolve(struct sema *sema, struct decl *decl);

/* The type as written; type_error after a report. `void` only where `void_allowed`. */
const struct type *sema_type(struct sema *sema, struct type_expr *type, bool void_allowed);
/*
 * A struct declared in a source may be met before it has its fields (behind a pointer, while
 * declarations are resolved): this completes it. Types of the kernel: type_complete().
 */
void sema_complete(struct sema *sema, const struct type *type);

/* The function's signature type (TYPE_FN), resolved; type_error when broken. */
const struct type *sema_fn_type(struct sema *sema, struct decl *fn);

/*
 * The targets whose code may contain a body: @xdp 1 << TARGET_BPF, plain functions all three,
 * `fn main` and @test 1 << TARGET_USER.
 */
unsigned sema_possible_targets(const struct decl *fn);

/* ---- constants (constant.c): exact integers of up to 65 bits, floats, strings ---- */

/* Checks `expr` with the expected type (or NULL) and wants a constant: DIAG_EXPECTED_CONSTANT. */
bool sema_constant(struct sema *sema, struct expr *expr, const struct type *expected);
/* The same for counts and sizes: min .. max, else a report that names `what`. */
bool sema_constant_between(struct sema *sema, struct expr *expr, uint64_t min, uint64_t max,
			   const char *what, uint64_t *count);
/* From 0. */
bool sema_constant_count(struct sema *sema, struct expr *expr, uint64_t max, const char *what,
			 uint64_t *count);

/*
 * The value of a global, a config field or a field default: sema_expr, sema_convert, and every leaf
 * of array and struct literals must be a constant or `null`.
 */
bool sema_initialiser(struct sema *sema, struct expr *expr, const struct type *to,
		      const char *what);

/*
 * Computes expr->constant from constant operands (UNARY, BINARY, COND, CAST, ...): does nothing
 * when an operand is not constant. Operands of any integer types are combined exactly. Division by
 * zero, shifts by the width, results beyond -2^63 .. 2^64-1 are reported here; a constant divisor
 * of zero and a constant shift by the width also when the left operand is not constant (its type
 * decides then). Whether the result fits expr->type is sema_constant_retype's business. CAST needs
 * expr->type; the others do not look at it and do not set it. Typical use:
 *
 *   sema_fold(sema, expr);
 *   if (expr->constant.kind == CONSTANT_INT)
 *           expr->type = sema_constant_default(sema, &expr->constant);
 *
 * and whoever knows a better type retypes it: sema_convert, sema_balance.
 */
void sema_fold(struct sema *sema, struct expr *expr);

/*
 * Gives a constant integer expression the type that its context wants (an operand's type, the
 * expected type); reports DIAG_CONST_OVERFLOW when it does not fit and DIAG_CONST_SIGN for
 * negative values in u64. `~c` and `c << n` are computed again at the width of that type. IR is
 * built from `constant` and `type` alone, never from the operands of a constant.
 */
void sema_constant_retype(struct sema *sema, struct expr *expr, const struct type *type);
/* u32, u64 when larger, i64 when negative. */
const struct type *sema_constant_default(struct sema *sema, const struct constant *value);
bool sema_constant_fits(const struct constant *value, const struct type *type);
bool sema_constant_equal(const struct constant *a, const struct constant *b);
/* -1, 0, 1 of two integer constants. */
int sema_constant_compare(const struct constant *a, const struct constant *b);
struct constant sema_constant_int(int64_t value);
struct constant sema_constant_unsigned(uint64_t value);
/* As the machine holds it in a value of `type` (beN swapped, sign-extended to 64 bits). */
uint64_t sema_constant_bits(const struct constant *value, const struct type *type);
/* "-5", "\"text\"" for messages. */
const char *sema_constant_text(struct sema *sema, const struct constant *value);

/* ---- conversions (convert.c) ---- */

/*
 * Converts the checked `expr` implicitly to `to`: retypes constants, sets expr->to, warns of
 * narrowing unless the value provably fits (masks, shifts, %, comparisons' ranges), or reports
 * DIAG_TYPE_MISMATCH saying what `what` needs ("argument `len` of `f`"). False after an error.
 */
bool sema_convert(struct sema *sema, struct expr *expr, const struct type *to, const char *what);
/*
 * In a body the warning waits for flow, which may find that the value fits after all (`narrows`):
 * this reports what is left.
 */
void sema_report_narrowings(struct sema *sema);
/* For arguments of calls: as sema_convert, and `*T` converts to `*u8` and `*void` too. */
bool sema_convert_argument(struct sema *sema, struct expr *expr, const struct type *to,
			   const char *what);
/* Whether sema_convert() would succeed, without a report. */
bool sema_convertible(struct sema *sema, const struct expr *expr, const struct type *to);
/*
 * The common type of two checked operands (constants adapt to the other one), both converted to
 * it. type_error after DIAG_TYPE_MIX, which offers `as`. Integers and enums, be of one width,
 * floats, bools, chars, pointers of one pointee with null, str and text. Two values of one enum
 * stay of that enum. Two constant integers are left as they are: fold them, the result has the
 * type of its value. For arithmetic and for the arms of `?:`, match and if.
 */
const struct type *sema_balance(struct sema *sema, struct expr *left, struct expr *right,
				struct span op_span);
/*
 * The same for == != < <= > >= and match, where values are compared and never changed: integers
 * get a type that holds every value of both (u32 with i32: i64). A comparison's operands may keep
 * different integer types: u64 with a signed type (the IR builder compares the sign first), and a
 * constant that does not fit the other operand's type. Text of different capacities and kinds is
 * left as it is too. False after DIAG_TYPE_MIX. Whether the operator is allowed (no < on strings)
 * and whether the result can vary (sema_range) is the caller's business.
 */
bool sema_balance_compare(struct sema *sema, struct expr *left, struct expr *right,
			  struct span op_span);
/*
 * The least and greatest value that an integer, enum, bool or char expression can have, from
 * masks, %, >>, casts, widening and constants; `to` is not applied. False for other types.
 */
bool sema_range(const struct expr *expr, struct constant *low, struct constant *high);
/* `e as T`: whether it is legal; reports DIAG_BAD_CAST with the reason. */
bool sema_cast_check(struct sema *sema, struct expr *expr, const struct type *from,
		     const struct type *to);
/* Usable as a condition: bool, integer, char, string, pointer, map entry; else a report. */
bool sema_condition(struct sema *sema, struct expr *expr);

/*
 * The region that a pointer expression has, by what it is made of: while bodies are checked the
 * one known so far, which the types may not show yet (body_region.c). After sema_regions_finish()
 * the types of variables and expressions say the same.
 */
enum region sema_region(const struct expr *expr);

/* ---- bodies (body_*.c) ---- */

/*
 * Checks one expression, sets its type once (constants may be retyped by their context), constant,
 * ref, entry. `expected` may be NULL; it guides literals, constants, `null`, match arms. The
 * caller converts.
 */
void sema_expr(struct sema *sema, struct expr *expr, const struct type *expected);
/* sema_expr and sema_convert. */
bool sema_expr_as(struct sema *sema, struct expr *expr, const struct type *to, const char *what);
void sema_stmt(struct sema *sema, struct stmt *stmt);
/* The whole body of a function with its parameters declared. */
void sema_body(struct sema *sema, struct decl *fn);
/*
 * Call once when all bodies are checked, those of imports too, and before sema_flow(): settles the
 * regions of pointer variables, parameters, results and of every pointer expression.
 */
void sema_regions_finish(struct sema *sema);
/* What bpf code may not do with them, in plain functions that have become bpf code. */
void sema_regions_shared(struct sema *sema);

/* ---- flow (flow_*.c), on bodies without errors ---- */

/*
 * Sets stmt->falls_through, expr->nonnull, expr->in_bounds; entry_present and entry_tested of
 * bindings. Reports missing returns, unreachable code, null dereferences, record leaks and uses
 * after release, stale windows, uses of deleted bindings, unused variables.
 */
void sema_flow(struct sema *sema, struct decl *fn);

/* ---- the whole program (program_*.c) ---- */

/*
 * Call graph over all functions (imports included): targets of shared functions and the rules of
 * calls between targets, recursion in bpf, needs_context, throws, tail-call targets, the builtins'
 * targets, attach before load. Sets fn.targets, fn.throws, fn.needs_context, decl->used.
 */
void sema_program(struct sema *sema);

#endif
