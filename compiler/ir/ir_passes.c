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

const struct ir_pass *ir_pass_list(uint32_t *count)
{
	*count = sizeof(passes) / sizeof(passes[0]);
	return passes;
}

void ir_passes_run(struct compilation *comp, struct ir_module *module)
{
	for (uint32_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++) {
		const struct ir_pass *pass = &passes[i];

		if (pass->run_module)
			pass->run_module(comp, module);
		for (uint32_t j = 0; pass->run && j < module->funcs.len; j++)
			pass->run(comp, module->funcs.data[j]);
#ifndef NDEBUG
		ir_verify_or_die(module, pass->name);
#endif
	}
	ir_verify_or_die(module, "the passes");
}
