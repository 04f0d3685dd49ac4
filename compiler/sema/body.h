/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of body_*.c and match_*.c: what the files of the body checker offer each other.
 *
 *   body.c           a whole body: parameters, result, what is known only at its end
 *   body_expr.c      dispatch over expressions, literals, sizeof
 *   body_name.c      names, module.name, E.A, config.field
 *   body_op.c        operators of numbers, text, conditions; casts
 *   body_pointer.c   pointers: arithmetic, comparison, * and &
 *   body_region.c    where pointers point to
 *   body_context.c   what may be written: context, packet, kernel memory
 *   body_field.c     a.f, p->f, a[i]
 *   body_map.c       entries of maps: lookups, presence, bindings
 *   body_literal.c   arrays, structs, new
 *   body_arms.c      values of ?:, if, match: one type for all arms
 *   match.c          patterns; match_cover.c: overlaps, exhaustiveness
 *   body_call.c      calls of functions, helpers, kfuncs; tail calls
 *   body_callback.c  functions that the kernel calls back; timers
 *   body_builtin.c   calls of builtins: body_word.c has a row for each parameter word
 *   body_stmt.c      dispatch over statements, blocks, var, const, if, return
 *   body_assign.c    assignments and what may be assigned
 *   body_loop.c      loops
 *   body_effect.c    try, throw, defer, delete, lock
 *
 * Each check_* function sets the type of the expression it is given and, when it reports an error,
 * sets type_error.
 */
#ifndef KSC_SEMA_BODY_H
#define KSC_SEMA_BODY_H

#include "sema/check.h"

/* A region that a variable or a function's result takes from a value. */
struct region_flow {
	struct variable *variable; /* one of the two */
	struct decl *fn;
	const struct expr *value;
	bool is_reported;
};

VEC_TYPE(region_flow_vec, struct region_flow);

/*
 * A rule of bpf code about a pointer whose region is not known yet: it comes from a parameter, and
 * callers may stand further down; or about one in a plain function, which may become bpf code.
 */
struct region_check {
	const struct expr *cast;    /* to a larger pointee, or */
	const struct expr *pointer; /* steps to what lies beside it */
	struct span span;	    /* of the step */
	const struct decl *fn;	    /* where */
};
VEC_TYPE(region_check_vec, struct region_check);

/* Over all bodies; see body_region.c. */
struct regions {
	struct region_flow_vec flows;
	struct region_check_vec checks;
	struct expr_vec pointers; /* checked expressions of pointer type, operands first */
};

/* What is known over one body. */
struct body {
	const struct expr *target;  /* the root of an assignment's target: no read */
	const struct expr *written; /* the target of a plain assignment or delete: no lookup */
	struct expr_vec guards;	    /* the arguments of kernel_has() in conditions around */
	bool has_errors;	    /* an expression without a type, whoever reported it */
	bool in_defer;
	uint32_t defer_loops; /* loop_depth where the deferred block began */
	uint32_t lock_loops;  /* loop_depth where the locked block began */
};

/* ---- where ---- */

/* The targets that the function's role leaves, for rules that depend on them. */
bool body_is_bpf(const struct sema *sema);    /* only bpf */
bool body_is_module(const struct sema *sema); /* only module */
/* User code, or a plain function: what only user code has makes it one. */
bool body_is_user(const struct sema *sema);

/* ---- reports; all give type_error ---- */

__attribute__((format(printf, 4, 5))) const struct type *body_error(struct sema *sema,
								    enum diag_slug slug,
								    struct span span,
								    const char *fmt, ...);
/* DIAG_UNSUPPORTED: "`what` is not compiled yet" with `what` formatted. */
__attribute__((format(printf, 3, 4))) const struct type *body_unsupported(struct sema *sema,
									  struct span span,
									  const char *fmt, ...);
/* "`u32`" of a checked expression, "the constant `5`" for constants. */
const char *body_found(struct sema *sema, const struct expr *expr);
const char *body_type(struct sema *sema, const struct type *type);
__attribute__((format(printf, 2, 3))) const char *body_text(struct sema *sema, const char *fmt,
							    ...);
bool body_is_error(const struct type *type);

/* ---- expressions ---- */

/*
 * Checks an expression that must have a value: reports void, maps, modules, types. False when
 * its type is type_error.
 */
bool body_value(struct sema *sema, struct expr *expr, const struct type *expected);
/* Whether the checked value can be copied; reports what holds a lock. */
bool body_may_copy(struct sema *sema, const struct expr *value);
/* Computes a constant and gives it the type of its value; false when it is not constant. */
bool body_fold(struct sema *sema, struct expr *expr);
/* A condition: marks presence tests and packet tests, then sema_condition(). */
bool body_condition(struct sema *sema, struct expr *expr);
/* A checked constant string. */
bool body_is_text(const struct expr *expr);

const struct type *body_check_name(struct sema *sema, struct expr *expr);
/* Whether `base.name` names something itself: then it is checked and true returned. */
bool body_check_qualified(struct sema *sema, struct expr *expr);
/*
 * The declaration that NAME or module.name stands for, with refs set, when it is of `kind`; NULL
 * without a report otherwise.
 */
struct decl *body_find_decl(struct sema *sema, struct expr *expr, enum decl_kind kind);
/* `module.name` that the module does not have. */
const struct type *body_unknown_member(struct sema *sema, const struct expr *expr,
				       const struct decl *import);
/* Gives an expression the type, constant and ref of a declaration's name. */
const struct type *body_use_decl(struct sema *sema, struct expr *expr, struct decl *decl);

const struct type *body_check_unary(struct sema *sema, struct expr *expr,
				    const struct type *expected);
const struct type *body_check_binary(struct sema *sema, struct expr *expr,
				     const struct type *expected);
const struct type *body_check_cast(struct sema *sema, struct expr *expr);
const struct type *body_check_field(struct sema *sema, struct expr *expr);
const struct type *body_check_index(struct sema *sema, struct expr *expr);
const struct type *body_check_array(struct sema *sema, struct expr *expr,
				    const struct type *expected);
const struct type *body_check_struct(struct sema *sema, struct expr *expr);
const struct type *body_check_new(struct sema *sema, struct expr *expr);
const struct type *body_check_cond(struct sema *sema, struct expr *expr,
				   const struct type *expected);
const struct type *body_check_if(struct sema *sema, struct expr *expr, const struct type *expected);
const struct type *body_check_match(struct sema *sema, struct expr *expr,
				    const struct type *expected);
const struct type *body_check_call(struct sema *sema, struct expr *expr,
				   const struct type *expected);

/* A constant must fit the bits of its field; reports when not. */
bool body_fits_bits(struct sema *sema, const struct field *field, const struct expr *value);
/* The help line of an unknown field. */
void body_suggest_field(struct sema *sema, const struct type *type, struct ast_name name);

/* ---- operators ---- */

/* The type of `left op right` of checked operands, which get converted; for op= too. */
const struct type *body_arithmetic(struct sema *sema, enum binary_op op, struct span op_span,
				   struct expr *left, struct expr *right);

/* ---- pointers ---- */

/* Memory that an access reaches without a check, whatever the program kind. */
bool body_region_is_direct(enum region region);
/* The region of a pointer that may be either; false when no access fits both. */
bool body_region_join(enum region a, enum region b, enum region *joined);
/* What `p + n` of a pointer of the region is: a window proves nothing beyond its end. */
enum region body_region_stepped(enum region region);
/* The region of `&place`, the types of the place being set. */
enum region body_address_region(const struct expr *place);
/* `p + n`, `p - n`, `p - q`: the type, operands converted. */
const struct type *body_pointer_arithmetic(struct sema *sema, enum binary_op op,
					   struct span op_span, struct expr *left,
					   struct expr *right);
/* == != < ... when one side is a pointer, null, a handle or an entry against null. */
bool body_is_pointer_compare(const struct expr *left, const struct expr *right);
const struct type *body_pointer_compare(struct sema *sema, struct expr *expr);
const struct type *body_check_deref(struct sema *sema, struct expr *expr);
const struct type *body_check_address(struct sema *sema, struct expr *expr);
/* Whether p[i] and p + n are legal in the body's code; reports when not. */
bool body_may_step(struct sema *sema, const struct expr *pointer, struct span span);
/* The same, when the region is known: bpf code steps through memory without an end to be known. */
bool body_region_has_steps(enum region region);
/* A pointer to packet bytes that carries no proof. */
bool body_is_packet(const struct type *type);
/* Whether the pointer is the context of a packet program, or of a helper for such programs. */
bool body_is_packet_context(struct sema *sema, const struct expr *expr);
/*
 * Whether bpf code may write through the pointer; reports DIAG_ASSIGN_IMMUTABLE at `place` with
 * the reason. `field`: the field of p->f, or NULL.
 */
bool body_may_write(struct sema *sema, const struct expr *pointer, const struct expr *place,
		    const char *field);
/* Makes a checked packet pointer a test: sets `to` to REGION_WINDOW. */
void body_mark_window(struct sema *sema, struct expr *expr);
/* Note that a pointer variable, a parameter or the function's result gets the value's region. */
void body_note_region(struct sema *sema, struct variable *variable, const struct expr *value);
void body_note_argument(struct sema *sema, const struct decl *callee, uint32_t index,
			const struct expr *value);
void body_note_result(struct sema *sema, struct decl *fn, const struct expr *value);
/* Notes a rule that waits for the pointer's region. */
void body_note_check(struct sema *sema, const struct region_check *check);
/* Reports a cast to a larger pointee than the one that is known to be there. */
void body_cast_too_large(struct sema *sema, const struct expr *cast, const struct type *to);
/* Notes a checked expression of pointer type. */
void body_note_pointer(struct sema *sema, struct expr *expr);

/* ---- maps ---- */

/* The operations of the map in the body's code: kind->bpf_ops or user_ops. */
unsigned body_map_ops(const struct sema *sema, const struct map_kind *kind);
/* DIAG_MAP_KIND unless the map has the operation here; `verb` says what cannot be done. */
bool body_map_can(struct sema *sema, const struct decl *map, unsigned op, struct span span,
		  const char *verb);
/* "`m`", or "an inner map of `m`". */
const char *body_map_name(struct sema *sema, const struct decl *map);
/* m[k]; the base is a checked map. */
const struct type *body_map_index(struct sema *sema, struct expr *expr);
/* Whether a local storage map takes the checked value as its key in bpf; reports when not. */
bool body_map_object(struct sema *sema, const struct decl *map, const struct expr *object);
/* Whether the map expression is one CPU's view, m.cpu(i). */
bool body_is_cpu_view(const struct expr *map);
/* Marks an entry as only asked for its presence; false when the expression is none. */
bool body_mark_presence(struct sema *sema, struct expr *expr);
/* Whether the checked expression stands for an entry that may be absent. */
bool body_is_entry(const struct expr *expr);
/* The map behind an entry expression. */
struct decl *body_entry_map(const struct expr *expr);
/*
 * `var name[: type] = value` of statements and conditions. `is_test`: in a condition or with an
 * else block, so that the value must be one that can be absent. Declares the variable when
 * `declare` (else it is made only: the caller enters it). NULL for `_`.
 */
struct variable *body_bind(struct sema *sema, struct ast_name name, struct type_expr *type,
			   struct expr *value, bool is_test);
/*
 * Notes what a checked condition asks of the running kernel; the caller cuts body->guards to its
 * former length after the code that the condition guards.
 */
void body_note_guards(struct sema *sema, const struct expr *cond);
/* All parts of a condition; bindings go into the current scope. Notes guards. */
void body_conditions(struct sema *sema, struct condition_vec *conds);

/* ---- values of branches ---- */

/*
 * The one type that all checked values convert to, which they do then; type_error after a report
 * that `what` ("arms of one match") have one type.
 */
const struct type *body_common_type(struct sema *sema, const struct expr_vec *values,
				    const char *what);

/* The values of the arms of one expression. */
struct arms {
	struct expr *of; /* COND, IF or MATCH */
	const struct type *expected;
	struct expr_vec values;
	bool is_value; /* false: a statement, the values are discarded */
	bool is_tail;
	bool has_effect;
};

void body_arms_begin(struct sema *sema, struct arms *arms, struct expr *of,
		     const struct type *expected);
void body_arm_value(struct sema *sema, struct arms *arms, struct expr *value);
void body_arm_block(struct sema *sema, struct arms *arms, struct stmt *block);
/* One type for all; conversions are set. */
const struct type *body_arms_end(struct sema *sema, struct arms *arms);
/* Whether control cannot reach the end of the statement, as far as its form tells. */
bool body_leaves(const struct stmt *stmt);
/* Whether a match or if at the end of a body gives the function's result. */
bool body_gives_value(const struct stmt *stmt);
/* Makes the statement a RETURN of the value that it gives. */
void body_make_return(struct sema *sema, struct stmt *stmt);

/* ---- calls ---- */

/* "f(a: u32, b: str(16)) -> i32" */
const char *body_signature(struct sema *sema, const char *name, const struct type *fn);
/* Reports a wrong number of arguments with the signature; `decl` (may be NULL) is noted. */
bool body_check_count(struct sema *sema, const char *signature, const struct decl *decl,
		      uint32_t min, uint32_t max, const struct expr *call);
/* Checks a call's arguments against a function type; `decl` may be NULL. */
bool body_arguments(struct sema *sema, const char *name, const struct decl *decl,
		    const struct type *fn, struct expr *call);
const struct type *body_check_builtin(struct sema *sema, struct expr *expr,
				      const struct builtin *builtin, const struct type *expected);
/* The result of a call: reports void where a value is needed. */
const struct type *body_call_result(struct sema *sema, const struct expr *call,
				    const struct type *result);

/* Remembers which program a handle variable was loaded from. */
void body_note_program(struct variable *variable, const struct expr *value);

/* A call of a builtin while its arguments are checked. */
struct builtin_call {
	struct expr *expr;
	const struct builtin *builtin;
	struct expr *receiver;	  /* what stands before the dot, or NULL */
	struct decl *map;	  /* of a map method, or the map argument of a function */
	const struct type *place; /* the integer behind a `place` argument */
};

/* Checks one argument by its word of the builtin table; a row each in body_word.c. */
bool body_check_word(struct sema *sema, struct builtin_call *call, struct expr *arg,
		     const char *word, uint32_t len, uint32_t index);

/*
 * Checks the name of a function that the helper calls back, with the map and the state that the
 * helper gets. Reports and gives false when the kernel could not call it so.
 */
bool body_check_callback(struct sema *sema, const struct helper *helper, const struct decl *map,
			 const struct expr *state, struct expr *arg);
/* The same for a timer in a value of the map. */
bool body_check_timer_callback(struct sema *sema, const struct decl *map, struct expr *arg);
/* The state that a callback gets: on the stack, as the kernel wants it, or null. */
bool body_check_state(struct sema *sema, struct expr *arg, const char *what);
/* The map whose value holds the timer, a checked place; NULL when that was reported. */
struct decl *body_timer_map(struct sema *sema, const struct expr *timer);

/* ---- statements ---- */

void body_check_assign(struct sema *sema, struct stmt *stmt);
void body_check_for(struct sema *sema, struct stmt *stmt);
void body_check_for_map(struct sema *sema, struct stmt *stmt);
void body_check_while(struct sema *sema, struct stmt *stmt);
void body_check_jump(struct sema *sema, const struct stmt *stmt);
void body_check_try(struct sema *sema, struct stmt *stmt);
void body_check_throw(struct sema *sema, struct stmt *stmt);
void body_check_defer(struct sema *sema, struct stmt *stmt);
void body_check_delete(struct sema *sema, struct stmt *stmt);
void body_check_lock(struct sema *sema, struct stmt *stmt);
void body_check_return(struct sema *sema, struct stmt *stmt);
/* Statement number `index` of a block. */
void body_statement(struct sema *sema, const struct stmt *block, uint32_t index);
/* The statements of a block in a scope of its own. */
void body_block(struct sema *sema, struct stmt *block);
/* Reports DIAG_LOCK_BODY under a lock; `what` as "a call". */
bool body_not_locked(struct sema *sema, struct span span, const char *what);
/* Whether evaluating the expression can be noticed. */
bool body_has_effect(const struct expr *expr);

#endif
