/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The builtin functions and methods of the language. Their facts stand in builtin_list.h; what a
 * builtin means beyond them is the business of the checker and the IR builder, which switch over
 * `enum builtin_id`.
 *
 * Parameters are words. A final ? makes one optional, a final ... lets it repeat (also no time):
 *   u32 u64 be32 str    a value of that type, converted implicitly
 *   any                 a value of any type
 *   cond                a condition
 *   text                a string literal
 *   be                  a network-order integer
 *   kernel              a path such as task_struct.pid or bpf_loop, not evaluated
 *   place               the address of an integer, `same` a value of that integer's type
 *   program             the name of a program function
 *   handle, perf        a ProgramHandle, a PerfAttachment
 *   target              what the kind's attach takes: str, a map, perf_options, opts
 *   flags               u32
 *   impl, map, ring     the name of an impl, a map, a ring buffer or perf event array
 *   key, value, record  of the map: its key, its value, a record that reserve() gave
 *   object              a kernel object: the key of a local storage map
 *   fn                  the name of a function
 *   ctx                 the program's context
 * Results: a type's name, or
 *   same, int           the type of `place`; the unsigned integer as wide as the argument
 *   value? entry?       the map's value, may be absent; the entry's address, may be null
 *   record?             the address of a record of the map's value type, or of u8
 *   map                 a view of the map
 *   bytes               u8[N], N as the declaration says
 *   handle, *task_struct
 */
#ifndef KSC_KERNEL_BUILTINS_H
#define KSC_KERNEL_BUILTINS_H

#include "kernel/helpers.h"
#include "kernel/map_kinds.h"

enum builtin_id {
#define BUILTIN(id, name, receiver, targets, params, result, map_ops, helper, symbol, doc) \
	BUILTIN_##id,
#include "kernel/builtin_list.h"
#undef BUILTIN
	BUILTIN_COUNT
};

/* What stands before the dot. */
enum builtin_receiver {
	RECEIVER_NONE, /* a function */
	RECEIVER_MAP,
	RECEIVER_STR,
	RECEIVER_CONTEXT, /* the context of a packet program */
	RECEIVER_TIMER,	  /* a field of type timer */
};

/* Bits by the order of `enum target`, and @test functions. */
enum builtin_targets {
	BUILTIN_ON_BPF = 1 << 0,
	BUILTIN_ON_USER = 1 << 1,
	BUILTIN_ON_MODULE = 1 << 2,
	BUILTIN_ON_TEST = 1 << 3, /* only in @test functions */
};

struct builtin {
	enum builtin_id id;
	const char *name;
	enum builtin_receiver receiver;
	unsigned targets; /* enum builtin_targets; @test functions are user code too */
	const char *params, *result;
	unsigned map_ops;   /* RECEIVER_MAP: one of these enum map_op must be in the kind's set */
	uint32_t helper;    /* the BPF helper behind it, 0: none or not one alone */
	const char *symbol; /* the C function of the runtime behind it, or NULL */
	const char *doc;
};

/* The table, by id. */
extern const struct builtin builtins[BUILTIN_COUNT];

/* A function (RECEIVER_NONE) or a method by name; NULL when there is none. */
const struct builtin *builtin_find(enum builtin_receiver receiver, const char *name);

/* The fewest and most arguments; `max` is UINT32_MAX when the last may repeat. */
void builtin_arity(const struct builtin *builtin, uint32_t *min, uint32_t *max);

/*
 * The word of argument `index` without ? and ..., as "u64" or "key"; the repeating one for all
 * further arguments. `len` gets its length. NULL beyond the last.
 */
const char *builtin_param(const struct builtin *builtin, uint32_t index, uint32_t *len);

/*
 * The type of a word that names one (u32, u64, i32, i64, be32, bool, void, str(N), handle, perf,
 * *task_struct); NULL for the words that depend on the arguments.
 */
const struct type *builtin_word_type(struct compilation *comp, const char *word, uint32_t len);

/* The result's type, NULL when it depends on the arguments (`same`, `value?`, ...). */
const struct type *builtin_result(struct compilation *comp, const struct builtin *builtin);

/* The signature as text for messages: "insert(key, value) -> i32". Arena text. */
const char *builtin_signature(struct compilation *comp, const struct builtin *builtin);

#endif
