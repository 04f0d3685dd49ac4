/* SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir_passes.h"

static const struct ir_pass passes[] = {
	{"simplify", "computes constants, removes branches that are never taken", pass_simplify,
	 NULL},
	{"lookups", "lets a second lookup of the same entry use the first one's result",
	 pass_lookups, NULL},
	{"uninit", "finds locals that need no zero at the start", pass_uninit, NULL},
	{"ranges", "drops checks and clamps that the ranges of all assignments prove", pass_ranges,
	 NULL},
	{"decided", "removes the branches that ranges have decided", pass_simplify, NULL},
	{"windows", "lets one comparison test packet windows that follow each other", pass_windows,
	 NULL},
	{"unused", "removes locals that nobody reads", pass_unused, NULL},
	{"held", "finds what has to be released when a loop runs away", pass_held, NULL},
	{"stack", "reports bpf programs that need more stack than there is", NULL, pass_stack},
};

#define PASS_COUNT (sizeof(passes) / sizeof(passes[0]))

const struct ir_pass *ir_pass_list(uint32_t *count)
{
	*count = PASS_COUNT;
	return passes;
}

/*
 * The passes from `first` on that look at one function only, over one function after another: it
 * stays in the processor's cache meanwhile. Returns the first pass that wants the whole module.
 */
static uint32_t run_on_functions(struct compilation *comp, struct ir_module *module, uint32_t first)
{
	uint32_t end = first;

	while (end < PASS_COUNT && passes[end].run)
		end++;
	vec_foreach (func, &module->funcs) {
		for (uint32_t i = first; i < end; i++) {
			passes[i].run(comp, *func);
#ifndef NDEBUG
			ir_verify_func_or_die(module, *func, passes[i].name);
#endif
		}
	}
	return end;
}

void ir_passes_run(struct compilation *comp, struct ir_module *module)
{
	uint32_t next = 0;

	while (next < PASS_COUNT) {
		next = run_on_functions(comp, module, next);
		for (; next < PASS_COUNT && passes[next].run_module; next++)
			passes[next].run_module(comp, module);
	}
#ifndef NDEBUG
	ir_verify_or_die(module, "the passes");
#endif
}
