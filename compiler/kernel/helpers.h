/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BPF helpers of the kernel, callable by their kernel names (`bpf_ktime_get_ns()`).
 *
 * A prototype is text, one word `type:name` per parameter:
 *   u16 u32 u64 i32 i64 be16 be32 void     scalars
 *   map            the name of a map
 *   key, value     the address of a key or value of that map
 *   ctx            the program's context
 *   fn             a function of the program, called back
 *   *T             the address of a T (kernel struct, void, char, or a scalar)
 *   ...            further scalars
 * As a result, `value` is the address of a value of the map given and `record` that of ring buffer
 * bytes; a final ? says that it may be null.
 */
#ifndef KSC_KERNEL_HELPERS_H
#define KSC_KERNEL_HELPERS_H

#include "kernel/prog_kinds.h"

struct helper {
	uint32_t id;
	const char *name; /* the kernel's, with bpf_ */
	uint32_t kinds;	  /* 1 << enum prog_kind_id of those that may call it */
	const char *result, *params;
};

/* What a parameter takes, beyond its type. */
enum helper_param {
	HELPER_PARAM_PLAIN,
	HELPER_PARAM_MAP,
	HELPER_PARAM_KEY,
	HELPER_PARAM_VALUE,
	HELPER_PARAM_CONTEXT,
	HELPER_PARAM_CALLBACK,
	HELPER_PARAM_STATE, /* what the callback gets: the address of a local variable, or null */
};

/* By the kernel's name; NULL when there is none. */
const struct helper *helper_find(const char *name);
const struct helper *helper_by_id(uint32_t id);
/* The whole table, by number from 1. */
const struct helper *helper_list(uint32_t *count);

/*
 * The helper's function type. Parameters that are maps have the type *void here; ask
 * helper_param_kind() for what they take. `value` results are *void too.
 */
const struct type *helper_type(struct compilation *comp, const struct helper *helper);
enum helper_param helper_param_kind(const struct helper *helper, uint32_t index);
/*
 * Of a helper that calls a function back: what the kernel gives that function, as words: `map`,
 * `key` and `value` (their addresses), `state`, or a type as in the parameters of helpers.
 */
const char *helper_callback_params(const struct helper *helper);
/* Which parameter of the function is the state: the map is not counted. */
uint32_t helper_callback_state(const struct helper *helper);
/* The type of such a word, u32 or *task_struct (a kernel pointer). */
const struct type *helper_word_type(struct compilation *comp, const char *word, uint32_t len);
uint32_t helper_param_count(const struct helper *helper);
bool helper_is_variadic(const struct helper *helper);
/* Whether the result is an address that may be null. */
bool helper_result_nullable(const struct helper *helper);
/* Whether the result is the address of a value of the map argument. */
bool helper_result_is_value(const struct helper *helper);

/* Whether programs of the kind may call it (on a recent kernel). */
bool helper_allowed(const struct helper *helper, const struct prog_kind *kind);
/*
 * The first target kernel that has the helper but does not let programs of the kind call it; NULL
 * when all do.
 */
const struct kernel *helper_kind_lacking(const struct compilation *comp,
					 const struct helper *helper,
					 const struct prog_kind *kind);
/* The first target kernel that lacks it; NULL when all have it. */
const struct kernel *helper_lacking(const struct compilation *comp, const struct helper *helper);

#endif
