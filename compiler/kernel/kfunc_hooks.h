/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For which programs a module can register its functions. The kernel takes one list of a module for
 * each hook, and several program types share a hook: bpf_prog_type_to_kfunc_hook() in
 * kernel/bpf/btf.c. The rows of 6.1 and 6.12 were checked by inserting a module that registers for
 * each type in turn; `since` between those two is from the kernel's history.
 */
#ifndef KSC_KERNEL_KFUNC_HOOKS_H
#define KSC_KERNEL_KFUNC_HOOKS_H

#include "kernel/prog_kinds.h"

struct kfunc_hook {
	const char *type; /* the program type, as the kernel spells it */
	const char *hook; /* the type that stands for the hook */
	const char *name; /* of the hook, for names in C */
	uint32_t since;
	bool is_oldest; /* there since modules can have kfuncs at all */
};

const struct kfunc_hook *kfunc_hook_list(uint32_t *count);
/*
 * The row of a program: of its kind, and of @probe's fall-back to a kprobe for the attribute's
 * argument `arg` (or NULL). NULL when the kernel has no hook for such programs.
 */
const struct kfunc_hook *kfunc_hook_find(struct compilation *comp, const struct prog_kind *kind,
					 const char *arg);

#endif
