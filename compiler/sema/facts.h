/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one walk over a function's body finds out for the flow pass and the program rules: calls,
 * throws, everything that belongs to particular targets, and which variables and paths flow has to
 * track. The same record is the function's node in the call graph (program_graph.c).
 */
#ifndef KSC_SEMA_FACTS_H
#define KSC_SEMA_FACTS_H

#include "sema/check.h"

/* A `try` around a piece of code; the chain ends at the function or the deferred block. */
struct try_site {
	const struct try_site *outer;
	const struct stmt *stmt;
};

enum call_how {
	CALL_PLAIN,
	CALL_TAIL,    /* return other(ctx) */
	CALL_ADDRESS, /* the function as a value: handlers, callbacks, function pointers */
	CALL_BACK,    /* an argument of a helper that calls it */
	CALL_LATER,   /* of a timer: it runs by itself, so it may start that timer again */
	CALL_NAME,    /* load(f), test(f, ...): named, not called */
};

struct call_site {
	struct decl *callee; /* a FN with a body */
	struct expr *expr;   /* the CALL; of ADDRESS and NAME the name alone */
	const struct try_site *tries;
	enum call_how how;
	bool deferred;
	bool through_variable; /* a variable that can only be this function */
};

struct throw_site {
	const struct stmt *stmt;
	const struct try_site *tries;
	bool is_constant;
	int64_t code;
	bool deferred;
};

/* Things that not every target has. */
enum use_kind {
	USE_BUILTIN,
	USE_HELPER, /* a BPF helper by its kernel name */
	USE_KFUNC,  /* a kernel function by its name, from BTF */
	USE_EXTERN, /* declared by `extern` */
	USE_MAP,    /* an operation on a map, or its name as an argument */
	USE_GLOBAL,
	USE_CONFIG,
	USE_NEW,
	USE_FLOAT,    /* a value of type f32, f64 */
	USE_POINTER,  /* a call through a function pointer */
	USE_PYTHON,   /* a function of an imported Python module */
	USE_ETHERNET, /* packet bytes taken as an Ethernet header */
};

struct use_site {
	enum use_kind kind;
	struct span span;
	union {
		const struct builtin *builtin;
		const struct helper *helper;
		const char *name; /* KFUNC */
		struct decl *decl;
	};
	unsigned map_ops; /* MAP: these enum map_op are needed; 0 only names the map */
	bool any_op;	  /* one of them is enough */
	bool is_write;	  /* CONFIG, GLOBAL */
	bool guarded;	  /* under kernel_has() of the same name */
	/* POINTER: it can only be one function, which is called instead. NEW: it does not sleep. */
	bool is_known;
};

VEC_TYPE(call_site_vec, struct call_site);
VEC_TYPE(throw_site_vec, struct throw_site);
VEC_TYPE(use_site_vec, struct use_site);

/*
 * A pointer that is reached through fields of a variable or global, a->b.c, or a pointer global
 * itself (count 0). Flow tracks whether it is null, as it does for variables.
 */
#define PATH_FIELDS_MAX 4

struct path {
	const void *root; /* struct variable * or struct decl * */
	const struct field *fields[PATH_FIELDS_MAX];
	uint32_t count;
	struct path *next; /* of the same root */
};

struct caller {
	struct fn_facts *facts;
	const struct call_site *site;
};

VEC_TYPE(fn_facts_vec, struct fn_facts *);

/* Why a plain function cannot be compiled into a target: the first thing that stands against it. */
struct blocker {
	const struct use_site *use; /* one of the two */
	const struct call_site *call;
	const struct fn_facts *owner; /* the function in which it stands; NULL: not blocked */
};

struct fn_facts {
	struct decl *fn;
	struct call_site_vec calls;
	struct throw_site_vec throws;
	struct use_site_vec uses;

	/* For flow. */
	struct ptr_map paths;	     /* root -> struct path * */
	struct variable_vec locals;  /* declared by `var` and `const`, for the unused ones */
	struct stmt_vec copy_writes; /* assignments to a scalar map binding that nobody reads */
	struct decl_vec roots;	     /* globals at the root of paths */
	uint32_t loop_count;
	bool wants_ranges; /* an index or divisor depends on variables */

	/* For the program rules. */
	struct expr_vec results; /* of every `return`, verdicts of `else` included */

	/* Of its own body; the graph adds those of the functions it calls. */
	bool may_abort;	       /* assert or panic: in bpf the whole program ends */
	bool uses_packet;      /* needs the bounds of the packet, or another use of the context */
	bool changes_packet;   /* calls a helper that moves packet bytes */
	bool changes_pointers; /* stores into memory where others may find pointers */
	bool attaches;	       /* user code: something is attached */
	bool waits;	       /* or waited for, kept, or detached */

	/* The graph (program_graph.c). */
	uint32_t index;
	struct caller *callers;
	uint32_t caller_count;
	uint32_t component;	       /* functions that reach each other share it */
	bool is_recursive;	       /* through plain calls */
	uint64_t *thrown;	       /* codes that can leave it; see struct program_graph */
	uint64_t *fatal[TARGET_COUNT]; /* codes that nobody above catches, once they leave it */
	bool address_taken;

	/* Placement (program_targets.c). */
	struct blocker blockers[TARGET_COUNT];
	uint32_t kinds; /* program kinds that reach it, 1 << enum prog_kind_id */
	const struct fn_facts *kind_from[PROG_KIND_COUNT]; /* the caller towards such a program */

	/* Null facts between functions (flow.c). */
	bool flow_done;
	bool flow_stale;	 /* a fact changed after its last walk */
	bool result_null;	 /* a pointer result may be null */
	uint16_t result_lost;	 /* of FLOW_TRUST: what a pointer result lacks */
	bool has_target_reports; /* plain functions: reports that wait for the targets */
};

/* Walks the body, which has no errors. */
struct fn_facts *facts_collect(struct compilation *comp, struct decl *fn);

/* ---- questions to checked expressions ---- */

/* The map that an expression of type TYPE_MAP stands for, else NULL. */
struct decl *expr_map(const struct expr *expr);
/* The variable that a NAME stands for, else NULL. */
struct variable *expr_variable(const struct expr *expr);
/* The declaration that a NAME or `module.name` stands for, else NULL. */
struct decl *expr_decl(const struct expr *expr);
/* The function declaration that a CALL calls directly (FN or EXTERN), else NULL. */
struct decl *expr_callee(const struct expr *call);
/* The builtin that a CALL calls, else NULL. */
const struct builtin *expr_builtin(const struct expr *call);
/* Module code: whether `new` has flags with which the allocation does not sleep. */
bool facts_alloc_is_atomic(const struct expr *expr);
/* Whether the expression is a call of a builtin with this id. */
bool expr_is_builtin(const struct expr *expr, enum builtin_id id);
/* A binding of a map entry that is a copy of its number. */
bool variable_is_scalar_binding(const struct variable *variable);
/* An entry of a map: m[k], store[obj]. */
bool expr_is_entry(const struct expr *expr);
/*
 * The pointer that the expression goes through, for p->f, p.f, *p, p[i]; else NULL.
 */
struct expr *expr_dereferenced(const struct expr *expr);
/* Fills `path` (without `next`) when the expression is a chain of fields of a named root. */
bool expr_path(const struct expr *expr, struct path *path);
/* The registered path that equals it, or NULL. */
struct path *facts_find_path(const struct fn_facts *facts, const struct path *path);

/* Helpers after which every packet pointer must be taken again. */
bool helper_changes_packet(const struct helper *helper);

#endif
