/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The passes over the IR. Each looks at the whole module or at one function; all take linear time
 * in the size of the function (times its number of locals / 64 where sets of locals are kept).
 */
#ifndef KSC_IR_PASSES_H
#define KSC_IR_PASSES_H

#include "ir/ir_eval.h"
#include "ir/ir_walk.h"

struct ir_pass {
	const char *name;
	const char *doc; /* one line */
	void (*run)(struct compilation *comp, struct ir_func *func);
	void (*run_module)(struct compilation *comp, struct ir_module *module); /* or this */
};

/* The table; `count` gets its length. */
const struct ir_pass *ir_pass_list(uint32_t *count);

void pass_simplify(struct compilation *comp, struct ir_func *func);
void pass_lookups(struct compilation *comp, struct ir_func *func);
void pass_windows(struct compilation *comp, struct ir_func *func);
void pass_unused(struct compilation *comp, struct ir_func *func);
void pass_uninit(struct compilation *comp, struct ir_func *func);
void pass_ranges(struct compilation *comp, struct ir_func *func);
void pass_held(struct compilation *comp, struct ir_func *func);
void pass_stack(struct compilation *comp, struct ir_module *module);

#endif
