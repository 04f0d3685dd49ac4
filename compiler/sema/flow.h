/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to flow_*.c: a forward dataflow over structured statements.
 *
 * Everything that is tracked has a slot: variables whose type says so, pointers behind paths such
 * as `a->next`, pointer globals. Slots live and die with the scopes, so a state is a short array:
 * one set of bits for each slot, joined with OR where paths meet, and a range for the integers that
 * matter. A state that no path reaches is `dead`.
 *
 * Loops: the whole body is walked silently until no state at a loop's head changes (two or three
 * times in practice, ranges are widened after that), then once more to report and to set the flags
 * of the tree. Functions without loops are walked once.
 */
#ifndef KSC_SEMA_FLOW_H
#define KSC_SEMA_FLOW_H

#include "sema/flow_range.h"
#include "sema/program.h"

enum flow_bit {
	/* Pointers and bindings of map entries: what they can be. */
	FLOW_NULL = 1 << 0,	 /* null or absent, where that matters */
	FLOW_NONNULL = 1 << 1,	 /* there */
	FLOW_SAFE_NULL = 1 << 2, /* null, but reads through it give zero (kernel memory, packets) */
	/* Ring buffer records and objects of `new`, in the slot of their owner. */
	FLOW_HELD = 1 << 3,	/* still to be released */
	FLOW_RELEASED = 1 << 4, /* submitted, discarded, deleted */
	FLOW_DEFERRED = 1 << 5, /* a deferred call will release it */
	FLOW_MOVED = 1 << 6,	/* an object that a map owns now; the pointer borrows it */
	/* Packet pointers. */
	FLOW_PACKET = 1 << 7,
	FLOW_UNCHECKED = 1 << 8, /* not a window: its presence proves nothing about the bytes */
	FLOW_STALE = 1 << 9,	 /* the packet was changed since */
	/* Bindings and addresses of map entries. */
	FLOW_DELETED = 1 << 10,
	FLOW_KEY_CHANGED = 1 << 11, /* the key expression has another value now */
	/* Program handles. */
	FLOW_UNSET = 1 << 12, /* declared without a load() */
	/* Kernel pointers in bpf code: what the verifier does not take them for. */
	FLOW_UNTRUSTED = 1 << 13, /* valid as long as the program runs */
	FLOW_NO_RCU = 1 << 14,	  /* valid under RCU */
	FLOW_UNTYPED = 1 << 15,	  /* a pointer at all: a number that was read from memory */
};

#define FLOW_MAYBE    (FLOW_NULL | FLOW_NONNULL)
#define FLOW_RESOURCE (FLOW_HELD | FLOW_RELEASED | FLOW_DEFERRED | FLOW_MOVED)
#define FLOW_TRUST    (FLOW_UNTRUSTED | FLOW_NO_RCU | FLOW_UNTYPED)
#define FLOW_ENTRY    (FLOW_DELETED | FLOW_KEY_CHANGED)

enum flow_resource {
	RESOURCE_NONE,
	RESOURCE_RECORD,
	RESOURCE_OBJECT,
	RESOURCE_REFERENCE, /* bpf: what a @kfunc("acquire") gave */
};

struct flow_slot {
	struct variable *variable; /* the root: one of the two */
	struct decl *global;
	const struct path *path; /* NULL: the variable itself */
	uint32_t owner;		 /* the slot that owns the record or object; its own without one */
	uint32_t range;		 /* in the ranges, from 1; 0: none */
	bool exposed;		 /* others can change it: address taken, global, behind pointers */
	enum flow_resource resource;
	const struct decl *map; /* of the entry that it is bound to; with one of the two: */
	const struct expr *key;
	const struct variable *key_variable; /* of `for (k, v) in m` */
	const struct expr *origin;	     /* where its value comes from, for notes */
	struct span acquired, released, deleted;
	bool leak_reported;
};

VEC_TYPE(flow_slot_vec, struct flow_slot);

/* A lock of the kernel that module code takes (flow_lock.c). */
struct flow_lock {
	const struct kernel_call *kernel; /* how it is taken */
	const char *object;		  /* the text of its argument, or NULL */
	struct span taken;
	bool reported;
};

VEC_TYPE(flow_lock_vec, struct flow_lock);

struct flow_state {
	bool dead;
	bool by_signal; /* only reached because a signal ended a loop of user code */
	uint32_t locks_held, locks_free; /* of the kernel, by lock: what may be */
	bool pending, idle; /* attached and nothing waited since; the opposite: both possible */
	uint16_t *bits;	    /* by slot */
	struct range *ranges;
	uint32_t bits_cap, ranges_cap;
	struct flow_state *next; /* of the free ones */
};

/* What is known of an expression's value. */
struct flow_value {
	uint16_t bits;
	uint32_t owner;		     /* slot + 1 of the record or object that it points to, or 0 */
	enum flow_resource resource; /* just reserved or made here: whoever binds it owns it */
	struct range range;
};

/* What exists at some point: slots made later are no business of states joined there. */
struct flow_mark {
	uint32_t slots, ranges;
};

struct flow_loop {
	struct flow_loop *outer;
	struct flow_mark mark;		/* outside of the loop */
	bool way_out;			/* a break, return or throw was met */
	struct flow_state *left, *next; /* by break; by continue */
	struct flow_state *head;	/* of silent walks: the state at the start of a round */
};

/* A `try` whose body is being walked. */
struct flow_try {
	struct flow_try *outer;
	const struct stmt *stmt;
	struct flow_state *thrown; /* what its handlers start with */
	struct flow_mark mark;
	struct flow_loop *loop; /* around it */
};

/* What a loop's body leaves at its end, between walks. */
struct flow_memory {
	struct flow_state *back, *wide; /* `wide`: before the narrowing */
	uint32_t visits;
};

VEC_TYPE(flow_memory_vec, struct flow_memory *);

enum flow_reports {
	FLOW_REPORT_GENERAL = 1 << 0, /* the same on every target */
	FLOW_REPORT_TARGET = 1 << 1,  /* null dereferences, endless loops, objects */
};

struct flow {
	struct sema *sema;
	struct compilation *comp;
	struct program_graph *graph;
	struct decl *fn;
	struct fn_facts *facts;
	unsigned targets; /* of the body, or what it counts as before it is placed */
	unsigned reports; /* enum flow_reports */
	bool silent;	  /* a walk to find the fixpoint */
	bool changed;	  /* a loop's state grew in this walk */
	bool widened;	  /* some range was made larger than it had to be */
	bool narrowing;	  /* the walk after the fixpoint was found */
	bool deferring;	  /* in a deferred call or block */
	bool has_defer;	  /* some defer was met */
	struct flow_slot_vec slots;
	struct flow_lock_vec locks;
	uint32_t range_count;
	uint32_t exposed_count;	  /* slots that others can change */
	struct flow_state *state; /* the current one */
	struct flow_state *free;
	struct flow_loop *loop;
	struct flow_try *tries;
	struct ptr_map memories; /* loop statement -> struct flow_memory * */
	struct flow_memory_vec loops;
	struct ptr_map globals;	 /* global -> slot + 1 */
	struct span last_change; /* of the packet */
	uint64_t *codes;	 /* a set for throws in work */
};

/* ---- states (flow_state.c) ---- */

struct flow_state *flow_state_new(struct flow *flow); /* dead */
struct flow_state *flow_state_copy(struct flow *flow, const struct flow_state *from);
void flow_state_free(struct flow *flow, struct flow_state *state);
/* Room for all slots that exist now. */
void flow_state_reserve(struct flow *flow, struct flow_state *state);
struct flow_mark flow_mark(const struct flow *flow);
/* Adds the paths of `from` to `into`, over the slots of `mark`. */
void flow_state_join(struct flow *flow, struct flow_state *into, const struct flow_state *from,
		     struct flow_mark mark);
bool flow_state_equal(const struct flow *flow, const struct flow_state *a,
		      const struct flow_state *b);
/* The current state ends here. */
void flow_kill(struct flow *flow);
/* The current state becomes `state`; the old one is freed. */
void flow_replace(struct flow *flow, struct flow_state *state);
/* Joins `state` into the current one, over the slots that exist now, and frees it. */
void flow_merge(struct flow *flow, struct flow_state *state);

/* ---- slots (flow_slot.c) ---- */

/* Gives a variable slots for itself and its paths. */
void flow_declare(struct flow *flow, struct variable *variable, const struct flow_value *value,
		  const struct expr *origin);
void flow_declare_global(struct flow *flow, struct decl *global);
/* The slot of a variable, path or pointer global; NULL when it is not tracked. */
struct flow_slot *flow_slot_of(struct flow *flow, const struct expr *expr);
uint16_t flow_slot_bits(const struct flow *flow, const struct flow_slot *slot);
/* Replaces the bits of a slot; those of a record or object in its owner's slot. */
void flow_set_bits(struct flow *flow, const struct flow_slot *slot, uint16_t remove, uint16_t add);
struct range *flow_slot_range(struct flow *flow, const struct flow_slot *slot);
/* The variable has a new value: its bits, range and all that hangs on it. */
void flow_assign(struct flow *flow, struct flow_slot *slot, const struct flow_value *value,
		 const struct expr *origin);
/* A store through a pointer or into a field: what else may have changed. */
void flow_stored(struct flow *flow, const struct expr *target);
/* Nothing is known of the value any more. */
void flow_forget(struct flow *flow, const struct flow_slot *slot);
/* Some other function ran: globals and everything behind pointers may have changed. */
void flow_clobber(struct flow *flow);
/* A variable changed: bindings whose key mentions it are of another entry now. */
void flow_key_changed(struct flow *flow, const struct variable *variable);
/* Removes the slots above `count`. */
void flow_drop_slots(struct flow *flow, uint32_t count);
/* What a pointer read from somewhere can be, by its type. */
uint16_t flow_pointer_bits(const struct flow *flow, const struct type *type);
/* The same for a FIELD: pointers in the program's context have rules of their own. */
uint16_t flow_field_bits(const struct flow *flow, const struct expr *expr);

/* ---- reports (flow_report.c) ---- */

/* Whether a report of this kind is to be made now. */
bool flow_reports(const struct flow *flow, enum flow_reports kind);
/* The source text of a short expression for messages; "the pointer" for a long one. */
const char *flow_text(const struct flow *flow, const struct expr *expr);
/* A dereference of `pointer`; reports null. */
void flow_dereference(struct flow *flow, const struct expr *pointer,
		      const struct flow_value *value);
/* A name is used: stale windows, deleted entries, released records. */
void flow_check_use(struct flow *flow, const struct expr *expr, struct flow_slot *slot);

/* ---- records and objects (flow_resource.c) ---- */

/* A value that nobody binds: a record or object just made is lost. */
void flow_drop_value(struct flow *flow, const struct expr *expr, const struct flow_value *value);
/* submit(e), discard(e), delete p. `how` is the participle for notes. */
void flow_release(struct flow *flow, const struct expr *expr, struct flow_value *value,
		  const char *how);
/* A call of a @kfunc("release"). */
void flow_release_reference(struct flow *flow, const struct expr *expr, struct flow_value *value);
/* m[k] = p: the map owns the object now. */
void flow_move(struct flow *flow, const struct expr *expr, const struct flow_value *value);
/* Nothing above `first` may be held where control leaves; `what` as in "when `f` throws". */
void flow_check_held(struct flow *flow, uint32_t first, struct span span, const char *what);
/* A variable that may hold a record or object gets another value. */
void flow_check_overwritten(struct flow *flow, const struct flow_slot *slot,
			    const struct flow_value *value, const struct expr *origin);
/* A record or object is stored where flow cannot follow it. */
void flow_check_stored(struct flow *flow, const struct expr *expr, const struct flow_value *value);

/* Whether the objects of `new` are followed: user code has no need to delete them. */
bool flow_follows_objects(const struct flow *flow);
/* An object goes where flow does not follow it; module code may do that. */
void flow_escape(struct flow *flow, const struct flow_value *value);

/* ---- locks (flow_lock.c) ---- */

/* A function of the kernel is called: locks that it takes or releases, whether it may sleep. */
void flow_kernel_call(struct flow *flow, const struct expr *call);
/* `what` may sleep: reported under a lock that forbids it. */
void flow_sleep(struct flow *flow, struct span span, const char *what);
/*
 * The same where the error of `node` (a call or a throw) leaves: in bpf code what is surely held is
 * given back there, and is noted in the function's `held`. The slots from `first` up to `end`.
 */
void flow_hold(struct flow *flow, const void *node, bool is_abort, uint32_t first, struct span span,
	       const char *what);
void flow_check_held_below(struct flow *flow, uint32_t first, uint32_t end, struct span span,
			   const char *what);
/* Control leaves the function: no lock may be held. `what` as in flow_check_held(). */
void flow_check_locks(struct flow *flow, struct span span, const char *what);

/* ---- expressions (flow_expr.c, flow_call.c, flow_cond.c) ---- */

struct flow_value flow_value_of_type(const struct flow *flow, const struct type *type);
/* Evaluates; sets nonnull, in_bounds, divisor_nonzero. */
struct flow_value flow_expr(struct flow *flow, struct expr *expr);
/* The same for an operand whose value nobody binds. */
struct flow_value flow_operand(struct flow *flow, struct expr *expr);
struct flow_value flow_call(struct flow *flow, struct expr *expr);
struct flow_value flow_value_join(struct flow_value a, struct flow_value b);
/* Evaluates a condition: the current state is the one where it holds, `otherwise` (to be freed by
 * the caller) the one where it does not. */
void flow_cond(struct flow *flow, struct expr *expr, struct flow_state **otherwise);
/* The conditions of an `if`, with their bindings. */
void flow_conditions(struct flow *flow, struct condition_vec *conds, struct flow_state **otherwise);
/* The pointer, binding or number is known to be there (not zero), or not, from here on. */
void flow_assume(struct flow *flow, struct expr *expr, bool present);
/* Evaluates what stands in a place (an assignment's target) without reading the place. */
void flow_place(struct flow *flow, struct expr *expr);
/* A pointer that is about to be released: a use that may come too late is reported there. */
struct flow_value flow_resource_value(struct flow *flow, struct expr *expr);
/* The codes may be thrown here (`codes` is used up): handlers and held records; `what` as above. */
void flow_throw(struct flow *flow, uint64_t *codes, const void *node, struct span span,
		const char *what);
/* Control leaves the function, so it leaves every loop inside of `outer` (NULL: all). */
void flow_way_out(struct flow *flow, const struct flow_loop *outer);

/* ---- arguments of kfuncs (flow_kfunc.c) ---- */

/* Of FLOW_TRUST: what a program's parameter of this type lacks. */
uint16_t flow_argument_trust(const struct flow *flow, const struct type *type);
/* The same for a FIELD behind a pointer whose value is `base`. */
uint16_t flow_field_trust(const struct flow *flow, const struct expr *expr,
			  const struct flow_value *base);
/* A pointer, or what gets an address, is passed to a function of the module. */
void flow_kfunc_argument(struct flow *flow, const struct decl *callee, uint32_t index,
			 const struct expr *arg, const struct flow_value *value);
/* The length behind a buffer: one that is surely too large is reported. */
void flow_kfunc_length(struct flow *flow, const struct decl *callee, uint32_t index,
		       const struct expr *buffer, const struct expr *arg,
		       const struct flow_value *value);

/* ---- statements (flow_stmt.c, flow_loop.c) ---- */

void flow_stmt(struct flow *flow, struct stmt *stmt);
/* The scope of the slots above `mark` ends at `span`. */
void flow_end_scope(struct flow *flow, struct flow_mark mark, struct span span);
/* The last byte of a block, where its scope ends. */
struct span flow_close(const struct stmt *block);
/* A block with its own scope; the value is that of its last expression. */
struct flow_value flow_block(struct flow *flow, struct stmt *block);
struct flow_value flow_match(struct flow *flow, struct expr *expr);
struct flow_value flow_if(struct flow *flow, struct condition_vec *conds, struct stmt *then,
			  struct stmt *otherwise);
void flow_while(struct flow *flow, struct stmt *stmt);
void flow_for(struct flow *flow, struct stmt *stmt);
void flow_for_map(struct flow *flow, struct stmt *stmt);
/* The states at loop heads as they were before the walk of `narrowing`. */
void flow_undo_narrowing(struct flow *flow);

/* The function returns a pointer: whether it may be null, what the verifier does not trust. */
void flow_result_pointer(struct flow *flow, const struct flow_value *value);
/* The end of main: what is attached ends with it. */
void flow_check_kept(struct flow *flow, const struct stmt *stmt);
/* Whether a slot is bound to the entry under `key`, as far as one can see. */
bool flow_same_key(const struct flow_slot *slot, const struct expr *key);
/* All entries of the map under this key are gone. */
void flow_delete_entry(struct flow *flow, const struct expr *entry);

/* Walks a body for `targets` and makes the reports of `reports`. */
void flow_walk(struct sema *sema, struct program_graph *graph, struct decl *fn, unsigned targets,
	       unsigned reports);

#endif
