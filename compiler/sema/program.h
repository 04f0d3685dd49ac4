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
	struct fn_facts_vec nodes; /* callees before their callers, except in recursion */
	struct ptr_map code_numbers; /* the code as a key -> its bit */
	struct code_vec codes;	   /* by bit - CODE_BIT_FIRST */
	uint32_t words;		   /* of one set */
	uint64_t *scratch;	   /* one set, for whoever needs it shortly */
};

/* The graph over every function without errors; built on first use, when all bodies are checked. */
struct program_graph *program_graph(struct sema *sema);
/* The facts of a callee; NULL when its body has errors or is elsewhere. */
struct fn_facts *call_facts(const struct call_site *site);

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
/* The set of one throw. */
void codes_of_throw(const struct program_graph *graph, uint64_t *set,
		    const struct throw_site *site);

/* ---- the rules, in the order of sema_program() ---- */

/* Targets of all functions, calls across targets, builtins and maps per target. */
void program_place(struct sema *sema, struct program_graph *graph);
/* Program kinds that reach a function, and what they allow; what target kernels lack. */
void program_check_kinds(struct sema *sema, struct program_graph *graph);
/* Recursion, tail calls, large parameters, constant verdicts. */
void program_check_bpf(struct sema *sema, struct program_graph *graph);
/* Errors that nothing catches. */
void program_check_throws(struct sema *sema, struct program_graph *graph);
/* load, attach, main's end. */
void program_check_user(struct sema *sema, struct program_graph *graph);
/* Null facts that cross functions, and reports of flow that depend on the targets. */
void program_finish_flow(struct sema *sema, struct program_graph *graph);

#endif
