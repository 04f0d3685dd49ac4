/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the builder: from the checked tree to IR. Entry: ir_build() in build.c.
 *
 *   build.c          the module: functions that are needed, maps, globals, impls, externs
 *   build_fn.c       one function: parameters, body, exits, defers
 *   build_emit.c     statements in order, what must be kept before them, locals and their names
 *   build_stmt.c     statements
 *   build_cond.c     conditions, if, bindings
 *   build_match.c    match, and if as an expression
 *   build_expr.c     expressions
 *   build_compare.c  comparisons by value
 *   build_convert.c  constants and conversions
 *   build_place.c    places and how they may be accessed
 *   build_assign.c   assignments
 *   build_entry.c    map entries
 *   build_call.c     calls, throws and handlers
 *   build_builtin.c  builtin functions and methods
 *   build_types.c    the types that C code needs
 *
 * Two rules carry everything. Expressions are pure trees: what has an effect is emitted as a
 * statement before, and its result read from a temporary. And whoever emits statements between
 * building a tree and using it calls build_keep(), which moves the tree into a temporary when the
 * statements could change its value. Statements after one that leaves are dropped.
 */
#ifndef KSC_IR_BUILD_H
#define KSC_IR_BUILD_H

#include "ir/ir_eval.h"
#include "kernel/builtins.h"

struct build;

/* A variable of the source as locals of the IR. */
struct binding {
	struct ir_local *local; /* the value, or the address of the entry that it is */
	struct ir_local *entry; /* of bound map entries: its address, null when absent */
	struct ir_map *map;
	struct ir_expr *map_pointer; /* user: of maps in maps */
	struct ir_local *buffer;     /* user: the copy of the entry that is written back */
	struct ir_expr *key, *cpu;   /* user: where to; cpu of per-CPU copies */
	bool is_reference;	     /* writes of fields go to the entry */
	bool is_pointer; /* `local` holds the entry's address, else a copy of the value */
	bool is_present; /* bound by a test */
	bool is_own;	 /* its memory is per CPU: updates need not be atomic */
};

/* Where break and continue go. */
struct loop {
	struct loop *outer;
	uint32_t break_label, continue_label;
	bool continue_breaks; /* `continue` is a BREAK of a block inside the loop */
	struct lock *locks;
};

/* Where a throw goes: BREAK of `label` with the code in `code`. */
struct handler {
	struct handler *outer;
	uint32_t label;
	struct ir_local *code;
	struct lock *locks;
};

/* A spin lock that is held: every way out releases it. */
struct lock {
	struct lock *outer;
	struct ir_expr *address;
	bool may_be_null; /* of an entry that may be absent: then there is nothing to lock */
};

/*
 * A block around everything after a statement with a defer: leaving the function from inside goes
 * behind it, where the deferred calls stand.
 */
struct deferred {
	struct stmt *stmt;
	struct ir_local *flag;	/* whether it was reached; NULL when it always is */
	struct ir_expr *callee; /* of a deferred call: the root to emit, arguments in temporaries */
};

VEC_TYPE(deferred_vec, struct deferred *);

/* Statements go to `body` from build_open() to build_close(). */
struct scope_mark {
	struct ir_stmt_vec *out;
	bool dead;
};

struct exit_block {
	struct exit_block *outer;
	struct ir_stmt *block;
	struct deferred_vec deferred;
	bool is_open; /* the statement with the defers has been built */
	struct scope_mark scope;
};

/* Where the value of an expression goes. */
enum dest_kind {
	DEST_DISCARD,
	DEST_LOCAL,
	DEST_RETURN,
};

/*
 * Arms of match and if have an inner destination: the value is converted to the type of the whole
 * expression, then to what the context wants, and goes outward.
 */
struct dest {
	enum dest_kind kind;
	struct ir_local *local;
	const struct type *own, *to; /* NULL: no conversion */
	const struct dest *outer;
	bool stop; /* what the context wants is none of its business */
};

/* One function in work. */
/*
 * A pointer that the context holds (ctx->sk), read once at the start of the function: the verifier
 * takes every load for another pointer, so a test of one would say nothing of the next.
 */
struct context_pointer {
	const struct variable *context;
	const struct field *field;
	struct ir_local *local;
};

VEC_TYPE(context_pointer_vec, struct context_pointer);

struct fn_build {
	struct build *build;
	struct compilation *comp;
	struct ir_func *func;
	struct decl *decl;
	struct ir_stmt_vec *out; /* where statements go */
	bool dead;		 /* after a statement that leaves: nothing is emitted */
	uint32_t effects;	 /* statements so far that may change memory */
	uint32_t sets;		 /* statements so far that set variables of the source */
	struct ptr_map bindings; /* struct variable -> struct binding */
	struct ptr_map names;	 /* of locals in use, interned */
	struct ptr_map numbers;	 /* name -> the last suffix tried for it */
	uint8_t *label_used;	 /* by label: some BREAK goes there */
	uint32_t label_cap;
	struct loop *loop;
	struct handler *handler;
	struct lock *locks;
	struct exit_block *exit;
	uint32_t branch_depth; /* 0: every run of the function that goes on comes here */
	bool in_deferred;      /* a conditional defer: nothing is known to be present */
	struct context_pointer_vec context_pointers;
	struct ir_stmt_vec start; /* goes in front of the body */
	struct ir_local *result;  /* named, or where exits leave it for the defers */
	struct ir_local *thrown;  /* the code with which an exit leaves, 0 for none */
	struct ir_local *tail;	  /* number of the tail call with which it leaves, 0 for none */
	struct ir_stmt_vec tails; /* TAIL_CALL statements by that number - 1 */
	struct ir_local *error;	  /* of calls outside of any handler */
};

struct build {
	struct compilation *comp;
	struct program *program;
	struct ir_module *module;
	struct ptr_map funcs[TARGET_COUNT]; /* decl -> struct ir_func */
	struct ptr_map maps, globals, externs, impls;
	struct ptr_map names[TARGET_COUNT];    /* of functions, interned */
	struct ptr_map taken;		       /* names that locals must avoid */
	VEC_TYPE(, struct fn_build *) pending; /* bodies that wait */
	uint32_t depth;			       /* of functions built from inside their callers */
};

#define BUILD_CALL_DEPTH_MAX 200

/* ---- build.c ---- */

/* The function on that target, made on first use; see build.c. */
struct ir_func *build_func(struct build *build, struct decl *decl, enum target target);
struct ir_map *build_map(struct build *build, struct decl *decl);
/* Notes that code of the target touches the map. */
struct ir_map *build_map_for(struct fn_build *fb, struct decl *decl);
struct ir_global *build_global(struct build *build, struct decl *decl, enum target target);
struct ir_extern *build_extern(struct build *build, struct decl *decl, enum target target);
struct ir_impl *build_impl(struct build *build, struct decl *decl);
/* A type's or declaration's name, prefixed when it comes from an import. */
const char *build_decl_name(struct build *build, const struct decl *decl);

/* ---- build_fn.c ---- */

/* Makes the parameters of fb->func; then its body. */
void build_fn_params(struct fn_build *fb);
void build_fn_body(struct fn_build *fb);
/* Leaves the function with the value (NULL for void), through the defers. */
void build_return(struct fn_build *fb, struct ir_expr *value, struct span span);
/* Falls off or returns without a value: the named result, or nothing. */
void build_return_bare(struct fn_build *fb, struct span span);
/* Leaves the function with an error code. */
void build_throw_out(struct fn_build *fb, struct ir_expr *code, struct span span);
void build_tail_call(struct fn_build *fb, struct ir_func *target, struct ir_expr *verdict,
		     struct span span);
/* The program ends with its abort verdict; below a program by IR_ABORT_CODE. */
void build_abort(struct fn_build *fb, struct span span);
/* The verdict of a failed tail call or assert, of the program's result type. */
struct ir_expr *build_abort_verdict(struct fn_build *fb, struct span span);
void build_defer(struct fn_build *fb, struct stmt *stmt);
/* The zero value of a type, for exits that have none. */
struct ir_expr *build_zero(struct fn_build *fb, const struct type *type, struct span span);

/* ---- build_emit.c ---- */

/* Where the output stands, for build_keep(). */
struct mark {
	struct ir_stmt_vec *out;
	uint32_t len, effects, sets;
};

struct mark build_mark(const struct fn_build *fb);
/*
 * `value` was built before `mark`; statements may have been emitted since. Returns it, or what
 * reads it from a temporary that is set at the mark. NULL gives NULL.
 */
struct ir_expr *build_keep(struct fn_build *fb, struct ir_expr *value, struct mark mark);
/* The same for the pointers and indexes inside a place. */
void build_keep_place(struct fn_build *fb, struct ir_place *place, struct mark mark);
void build_emit(struct fn_build *fb, struct ir_stmt *stmt);
void build_set(struct fn_build *fb, struct ir_local *local, struct ir_expr *value,
	       struct span span);
void build_store(struct fn_build *fb, struct ir_place *place, struct ir_expr *value,
		 struct span span);
/* A CALL or OP for its effect; other expressions are dropped. */
void build_eval(struct fn_build *fb, struct ir_expr *root);
void build_break(struct fn_build *fb, uint32_t label, struct span span);
/* A pure expression of the root's value: a CALL or OP is emitted into a temporary. */
struct ir_expr *build_pure(struct fn_build *fb, struct ir_expr *root, const char *name);
/* The value in a new temporary. */
struct ir_local *build_temp(struct fn_build *fb, const char *name, struct ir_expr *value);
/* An expression that may be used several times: constants and reads of temporaries stay. */
struct ir_expr *build_reusable(struct fn_build *fb, struct ir_expr *value, const char *name);
bool build_is_reusable(const struct ir_expr *value);
/* The same for uses between which no variable changes: reads of variables stay too. */
struct ir_expr *build_twice(struct fn_build *fb, struct ir_expr *value, const char *name);
struct ir_expr *build_read(struct fn_build *fb, struct ir_local *local, struct span span);
/* Locals with unique names made from `name`: of variables, and temporaries called t_name. */
struct ir_local *build_local(struct fn_build *fb, const char *name, const struct type *type,
			     struct span span);
struct ir_local *build_temp_local(struct fn_build *fb, const char *name, const struct type *type,
				  struct span span);
uint32_t build_label(struct fn_build *fb);

struct scope_mark build_open(struct fn_build *fb, struct ir_stmt_vec *body);
/* Returns whether the end of the body cannot be reached. */
bool build_close(struct fn_build *fb, struct scope_mark mark);
/* Emits IF cond with empty branches, to be filled; NULL when the code is dead. */
struct ir_stmt *build_if_stmt(struct fn_build *fb, struct ir_expr *cond, struct span span);
/* Emits a BLOCK with the statements and its label, and knows whether its end can be reached. */
void build_block(struct fn_build *fb, struct ir_stmt *block, bool body_dead);

/* ---- build_stmt.c ---- */

void build_stmt(struct fn_build *fb, struct stmt *stmt);
/* The statements of a block; with a destination the last one gives its value. */
void build_stmts(struct fn_build *fb, struct stmt *block, const struct dest *dest);
/* New locals for a variable that is set from the value (or zero when NULL). */
struct binding *build_variable(struct fn_build *fb, struct variable *variable);

/* ---- build_cond.c ---- */

/* Whether the condition holds: a pure bool. */
struct ir_expr *build_cond(struct fn_build *fb, struct expr *expr);
/* Whether the context asks if the packet holds what the pointer points to. */
bool build_is_window(const struct expr *expr);
/* The pointer as a window, null when the packet does not hold it: an OP, or itself. */
struct ir_expr *build_window(struct fn_build *fb, struct ir_expr *pointer,
			     const struct type *window, struct span span);
/* != 0, not empty, not null. */
struct ir_expr *build_truth(struct fn_build *fb, struct ir_expr *value);
/* if of statements and expressions; `dest` NULL for statements; `otherwise` may be NULL. */
void build_if(struct fn_build *fb, struct condition_vec *conds, struct stmt *then,
	      struct stmt *otherwise, const struct dest *dest, struct span span);
/* var a = e else { } */
void build_var_else(struct fn_build *fb, struct stmt *stmt);
/* var a = e, where e is a map entry, a packet window or anything else. */
void build_var(struct fn_build *fb, struct stmt *stmt);

/* ---- build_match.c ---- */

void build_match(struct fn_build *fb, struct expr *expr, const struct dest *dest);
/* A value goes to its destination. */
void build_deliver(struct fn_build *fb, const struct dest *dest, struct ir_expr *value,
		   struct span span);
/* Builds the expression into the destination; tail calls only reach DEST_RETURN. */
void build_to(struct fn_build *fb, struct expr *expr, const struct dest *dest);

/* ---- build_expr.c ---- */

/* The value, converted to what the context wants: a pure tree. */
struct ir_expr *build_expr(struct fn_build *fb, struct expr *expr);
/* The same and then to a type (NULL: none). */
struct ir_expr *build_expr_as(struct fn_build *fb, struct expr *expr, const struct type *type);
/* May be a CALL or OP. */
struct ir_expr *build_root(struct fn_build *fb, struct expr *expr);
/* Several values, evaluated in order. `types` (or an element) NULL: as they are. */
void build_exprs(struct fn_build *fb, struct expr *const *exprs, uint32_t count,
		 const struct type *const *types, struct ir_expr_vec *values);
struct ir_expr *build_unary(struct fn_build *fb, enum unary_op op, struct ir_expr *operand,
			    struct span span);
/* Arithmetic of two values of one type. */
struct ir_expr *build_arithmetic(struct fn_build *fb, enum binary_op op, struct ir_expr *left,
				 struct ir_expr *right, struct span span);
struct ir_expr *build_logic(struct fn_build *fb, enum ir_expr_kind kind, struct ir_expr *left,
			    struct ir_expr *right, struct span span);
struct ir_expr *build_not(struct fn_build *fb, struct ir_expr *operand);
struct ir_expr *build_select(struct fn_build *fb, struct ir_expr *cond, struct ir_expr *then,
			     struct ir_expr *otherwise, struct span span);
/* The declaration that a name or module.name means; NULL when it is none. */
struct decl *build_ref_decl(const struct expr *expr);

/* ---- build_compare.c ---- */

struct ir_expr *build_comparison(struct fn_build *fb, struct expr *expr);
/* COMPARE of two values of one type. */
struct ir_expr *build_compare(struct fn_build *fb, enum binary_op op, struct ir_expr *left,
			      struct ir_expr *right, struct span span);
/* Compares the values of two integers of any types, texts, pointers ... */
struct ir_expr *build_compare_values(struct fn_build *fb, enum binary_op op, struct ir_expr *left,
				     struct ir_expr *right, struct span span);
/* A value against a constant that keeps its own value. */
struct ir_expr *build_compare_constant(struct fn_build *fb, enum binary_op op,
				       struct ir_expr *value, const struct constant *constant,
				       struct span span);
/* -1, 0, 1 of two integer constants. */
int build_constant_order(const struct constant *a, const struct constant *b);
/* The least and greatest value of an integer-like type. */
void build_type_range(const struct type *type, struct constant *low, struct constant *high);

/* ---- build_convert.c ---- */

/* Implicit conversions and `as`; `to` NULL or the value's own type: nothing happens. */
struct ir_expr *build_convert(struct fn_build *fb, struct ir_expr *value, const struct type *to);
/* As the machine holds the constant in a value of the type. */
uint64_t build_constant_bits(const struct constant *constant, const struct type *type);
struct ir_expr *build_constant(struct compilation *comp, const struct constant *constant,
			       const struct type *type, struct span span);
struct ir_expr *build_null(struct fn_build *fb, const struct type *type, struct span span);
struct ir_expr *build_u32(struct fn_build *fb, uint32_t value, struct span span);
struct ir_expr *build_u64(struct fn_build *fb, uint64_t value, struct span span);

/* ---- build_place.c ---- */

/* How memory behind a pointer expression may be read. */
enum ir_access build_access(struct fn_build *fb, const struct expr *pointer,
			    const struct type *type);
/*
 * The place that an expression names; the value of an expression that names none is put into a
 * temporary. `entry` (may be NULL) is a map entry inside it whose place is `entry_place`.
 */
struct ir_place *build_place(struct fn_build *fb, struct expr *expr, const struct expr *entry,
			     struct ir_place *entry_place);
/* Whether the expression names a variable that is held as the address of a map entry. */
bool build_is_reference(struct fn_build *fb, const struct expr *expr);
struct ir_expr *build_address(struct fn_build *fb, struct ir_place *place);
/* The address of a value for helpers: of a place, else of a temporary. */
struct ir_expr *build_address_of_value(struct fn_build *fb, struct ir_expr *value);
/* &e */
struct ir_expr *build_address_expr(struct fn_build *fb, struct expr *expr);

/* ---- build_assign.c ---- */

void build_assign(struct fn_build *fb, struct stmt *stmt);
/* place op= value (BINARY_NONE: place = value); `is_own`: nobody else changes that memory. */
void build_apply(struct fn_build *fb, struct ir_place *place, enum binary_op op,
		 struct ir_expr *value, bool is_own, struct span span);
/* The right side of an assignment to a place of that type: 1 of ++ and --. */
struct ir_expr *build_compound_value(struct fn_build *fb, struct stmt *stmt,
				     const struct type *type);

/* ---- build_entry.c ---- */

/* A lookup that is about to be made. */
struct entry_access {
	struct ir_map *map;
	struct ir_expr *map_pointer; /* maps in maps */
	struct ir_expr *key;	     /* NULL: queues and stacks */
	struct ir_expr *cpu;	     /* user: of m.cpu(i)[k] */
	bool map_present;	     /* it was tested for null */
	struct ir_local *buffer;     /* user code, and pop: gets the value */
	enum ir_op op;
	const struct type *value; /* V */
	struct span span;
};

/* m[k], m.cpu(i)[k], outer[k][j], store[obj], q.pop(), m.take(k): not yet bound ones. */
bool build_is_entry(const struct expr *expr);
/* Evaluates the key; nothing is looked up yet. */
void build_entry_access(struct fn_build *fb, struct expr *expr, struct entry_access *access);
/* outer[k] as a map: `map_pointer` gets its address, or null. */
void build_inner_map(struct fn_build *fb, struct expr *outer, struct entry_access *access);
/* The lookup: an OP whose result is the entry's address, or null. */
struct ir_expr *build_entry_lookup(struct fn_build *fb, struct entry_access *access);
/* The entry's place when `address` holds what the lookup gave. */
struct ir_place *build_entry_place(struct fn_build *fb, const struct entry_access *access,
				   struct ir_local *address, bool is_present);
/* The pointer type that a lookup gives. */
const struct type *build_entry_type(struct fn_build *fb, const struct entry_access *access);
/* The place of the value after a lookup that is made now; zero when absent. */
struct ir_place *build_entry_value(struct fn_build *fb, struct expr *expr);
/* q.pop(), m.take(k): the value. */
struct ir_expr *build_popped(struct fn_build *fb, struct expr *expr);
/* Whether it is there: bool. */
struct ir_expr *build_entry_present(struct fn_build *fb, struct expr *expr);
/* User code: stores a changed copy back. */
void build_write_back(struct fn_build *fb, const struct entry_access *access, struct span span);
void build_entry_assign(struct fn_build *fb, struct stmt *stmt);
void build_delete(struct fn_build *fb, struct stmt *stmt);
void build_for_map(struct fn_build *fb, struct stmt *stmt);
/* The INDEX expression of a map that an assignment target goes through; NULL without. */
struct expr *build_target_entry(struct expr *target);
/* An operation on a map. */
struct ir_expr *build_map_op(struct fn_build *fb, enum ir_op op, const struct type *type,
			     struct ir_map *map, struct span span);

/* ---- build_call.c ---- */

/* A CALL, OP or pure value. */
struct ir_expr *build_call(struct fn_build *fb, struct expr *expr);
/* The same without the test for errors: nothing is emitted yet, for defers. */
struct ir_expr *build_call_root(struct fn_build *fb, struct expr *expr);
/* Emits a call of a function that throws, with the test; gives other roots back. */
struct ir_expr *build_finish_call(struct fn_build *fb, struct ir_expr *root,
				  const struct expr *call);
/*
 * Gives back what the error of a call or throw statement leaves behind: all of it when the program
 * ends, else what the innermost handler does not know.
 */
void build_give_back(struct fn_build *fb, const void *node, bool is_abort, struct span span);
/* The context of the program that the code belongs to. */
struct ir_local *build_context(struct fn_build *fb, struct span span);
/* The program that `return other(ctx)` goes to. */
void build_tail_call_expr(struct fn_build *fb, struct expr *expr, struct expr *verdict);
void build_throw(struct fn_build *fb, struct stmt *stmt);
void build_try(struct fn_build *fb, struct stmt *stmt);
/* An error code goes to the innermost handler or leaves the function. */
void build_throw_code(struct fn_build *fb, struct ir_expr *code, struct span span);
/* IR_OP_LOCK or IR_OP_UNLOCK. */
void build_lock_op(struct fn_build *fb, enum ir_op code, const struct lock *lock, struct span span);
/* Releases the locks down to `until`. */
void build_unlock(struct fn_build *fb, struct lock *until, struct span span);
struct ir_expr *build_op(struct fn_build *fb, enum ir_op op, const struct type *type,
			 struct span span);
void build_op_arg(struct fn_build *fb, struct ir_expr *op, struct ir_expr *arg);
struct ir_expr *build_extern_value(struct fn_build *fb, struct decl *decl, const struct type *type,
				   struct span span);
/* A function as a value, or as the program of load(). */
struct ir_expr *build_func_value(struct fn_build *fb, struct decl *decl, enum target target,
				 const struct type *type, struct span span);

/* ---- build_builtin.c ---- */

/* A call of a builtin: a root, or NULL when it is a statement that has been emitted. */
struct ir_expr *build_builtin(struct fn_build *fb, struct expr *expr,
			      const struct builtin *builtin);

/* ---- build_types.c ---- */

void build_c_types(struct build *build);

static inline enum target build_target(const struct fn_build *fb)
{
	return fb->func->target;
}

static inline const struct type_table *build_types(const struct fn_build *fb)
{
	return fb->comp->types;
}

#endif
