/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to flow_*.c and program_*.c: the call graph of a program with all its imports, and the
 * rules that walk over it. Every rule visits each function and each call a bounded number of times.
 */
#ifndef KSC_SEMA_PROGRAM_H
#define KSC_SEMA_PROGRAM_H

#include "sema/facts.h"

/*
 * Sets of error codes are bits: every code that a `throw` names has a number, in the order of
 * their discovery; two bits are special.
 */
enum code_bit {
	CODE_BIT_UNKNOWN, /* of a throw whose code is not constant */
	CODE_BIT_ABORT,	  /* assert and panic end a bpf program from inside its helpers */
	CODE_BIT_FIRST,
};

VEC_TYPE(code_vec, int64_t);

struct program_graph {
	struct compilation *comp;
	struct fn_facts_vec nodes;   /* callees before their callers, except in recursion */
	struct ptr_map code_numbers; /* the code as a key -> its bit */
	struct code_vec codes;	     /* by bit - CODE_BIT_FIRST */
	uint32_t words;		     /* of one set */
	uint64_t *scratch;	     /* one set, for whoever needs it shortly */
	struct ptr_map lacking;	     /* helper -> the kernel that lacks it, or the helper itself */
};

/* The graph over every function without errors; built on first use, when all bodies are checked. */
struct program_graph *program_graph(struct sema *sema);
/* The facts of a callee; NULL when its body has errors or is elsewhere. */
struct fn_facts *call_facts(const struct call_site *site);

/* A function without attribute. */
bool facts_is_plain(const struct fn_facts *facts);
/* The targets that have a thing. */
unsigned use_targets(const struct use_site *use);

/* ---- sets of codes ---- */

bool codes_empty(const struct program_graph *graph, const uint64_t *set);
void codes_set(uint64_t *set, uint32_t bit);
bool codes_has(const uint64_t *set, uint32_t bit);
uint32_t code_number(const struct program_graph *graph, int64_t code);
uint64_t *codes_new(const struct program_graph *graph);
/* Removes the codes that the handlers of one `try` take; true when there was one. */
bool codes_catch(const struct program_graph *graph, uint64_t *set, const struct stmt *try_stmt);
/* What of `thrown` passes all the handlers around a place; `set` is overwritten. */
void codes_pass(const struct program_graph *graph, uint64_t *set, const uint64_t *thrown,
		const struct try_site *tries);
/* Adds the codes of `more`; true when one was new. */
bool codes_add(const struct program_graph *graph, uint64_t *set, const uint64_t *more);
/* The set of one throw. */
void codes_of_throw(const struct program_graph *graph, uint64_t *set,
		    const struct throw_site *site);

/* ---- the rules, in the order of sema_program() ---- */

/* Targets of all functions; what is used, and by whom. */
void program_place(struct sema *sema, struct program_graph *graph);
/* Calls across targets; builtins, maps, globals on targets that lack them. */
void program_check_calls(struct sema *sema, struct program_graph *graph);
/* Program kinds that reach a function, and what they allow; what target kernels lack. */
void program_check_kinds(struct sema *sema, struct program_graph *graph);
/* Recursion, large parameters, constant verdicts. */
void program_check_bpf(struct sema *sema, struct program_graph *graph);
void program_check_tail_calls(struct sema *sema, struct program_graph *graph);
/* What module code must not do where it may be called. After the kinds. */
void program_check_module(struct sema *sema, struct program_graph *graph);
/* kfuncs whose result may be null without a flag that says so; when flow is done. */
void program_check_results(struct program_graph *graph);
/* Whether a program can pass null for a pointer parameter of a kfunc. */
bool kfunc_param_may_be_null(const struct decl *fn, uint32_t index);
/* Errors that nothing catches. */
void program_check_throws(struct sema *sema, struct program_graph *graph);

#endif
