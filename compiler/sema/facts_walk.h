/* SPDX-License-Identifier: Apache-2.0 */
/* Private to facts.c and facts_stmt.c: the walk that collects facts. */
#ifndef KSC_SEMA_FACTS_WALK_H
#define KSC_SEMA_FACTS_WALK_H

#include "sema/facts.h"

/* An integer variable and an expression that its value or its bounds come from. */
struct dependency {
	struct variable *variable;
	struct expr *source;
};

VEC_TYPE(dependency_vec, struct dependency);

/* An assignment to a scalar binding of a map entry, not read so far. */
struct copy_write {
	struct variable *variable;
	struct stmt *stmt;
	bool read;
};

VEC_TYPE(copy_write_vec, struct copy_write);

/* A call through a variable, which may turn out to be a call of one function. */
struct pointer_call {
	struct expr *call;
	struct call_site site; /* where it stands */
	uint32_t use;	       /* its number among the uses */
};

VEC_TYPE(pointer_call_vec, struct pointer_call);

struct facts_walk {
	struct compilation *comp;
	struct fn_facts *facts;
	const struct try_site *tries;
	bool deferred;
	struct str_vec guards; /* names that an enclosing kernel_has() asks for */
	struct dependency_vec dependencies;
	struct copy_write_vec writes;
	uint32_t clock;	      /* counts reads of scalar bindings */
	struct ptr_map reads; /* such a variable -> clock of its last read */
	struct pointer_call_vec pointer_calls;
	struct ptr_map values; /* a variable of function type -> its initial value */
	bool has_float;
	/* For loops whose condition nothing changes: when what was changed last, counted. */
	uint32_t changes;
	uint32_t memory_change; /* behind pointers, or anything that a called function changes */
	struct ptr_map changed; /* variable or global -> the count */
};

void facts_walk_expr(struct facts_walk *walk, struct expr *expr);
/* The variable or memory behind a place may change here. */
void facts_note_change(struct facts_walk *walk, const struct expr *place);
/* Memory that others reach may change: a call. */
void facts_note_call(struct facts_walk *walk);
void facts_walk_stmt(struct facts_walk *walk, struct stmt *stmt);

/* Marks the calls of programs in an expression that is returned: tail calls. */
void facts_mark_tail(struct expr *expr);

/* facts.c, for statements */
void facts_add_use(struct facts_walk *walk, struct use_site use);
/* A global, map, config or function is named; a function so named is called by somebody else. */
void facts_read_decl(struct facts_walk *walk, struct expr *expr, struct decl *decl, bool is_write);
void facts_add_path(struct facts_walk *walk, const struct expr *expr);
/* m[k] with any of the operations `ops`. */
void facts_use_entry(struct facts_walk *walk, struct expr *expr, unsigned ops);
/* `variable` gets its value or its bounds from `source`; either may be NULL. */
void facts_add_dependency(struct facts_walk *walk, struct variable *variable, struct expr *source);
/* The ranges of the variables in an index or divisor are worth knowing. */
void facts_want_operand(struct facts_walk *walk, const struct expr *expr);
void facts_walk_if(struct facts_walk *walk, struct condition_vec *conds, struct stmt *then,
		   struct stmt *otherwise);
/* The floats of a function are noted once. */
void facts_note_float(struct facts_walk *walk, const struct type *type, struct span span);

#endif
