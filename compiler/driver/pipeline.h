/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiler's passes: one table, run by one loop. A pass runs once; asking for a later one runs
 * what is missing before it. A barrier stops the run when errors were reported up to there.
 *
 * | pass      | needs        | gives                 | may report                            |
 * |-----------|--------------|-----------------------|---------------------------------------|
 * | parse     | main file    | ast                   | syntax                                |
 * | check     | ast          | program; reads other files | types, names, rules, flow        |
 * | build-ir  | program      | module                | constructs that are not compiled yet  |
 * | ir-passes | module       | module, changed       | stack use, limits                     |
 * | object    | module       | object                | limits of BPF                         |
 * | loader    | module       | loader                |                                       |
 * | module    | module       | kmod                  | what module code may not do           |
 * | makefile  | module       | makefile, kbuild      |                                       |
 */
#ifndef KSC_DRIVER_PIPELINE_H
#define KSC_DRIVER_PIPELINE_H

#include "ir/ir.h"

#define PASSES(X)                                                                              \
	X(PARSE, "parse", "source text to tree", run_parse, PASS_BARRIER)                      \
	X(CHECK, "check", "names, types, rules of the targets, flow", run_check, PASS_BARRIER) \
	X(BUILD_IR, "build-ir", "tree to IR", run_build_ir, PASS_BARRIER)                      \
	X(IR, "ir-passes", "IR to better IR", run_ir_passes, PASS_BARRIER | PASS_MADE_IR)      \
	X(OBJECT, "object", "IR to LLVM to a BPF object", run_object, PASS_BARRIER)            \
	X(LOADER, "loader", "IR to the loader's C", run_loader, PASS_BARRIER)                  \
	X(MODULE, "module", "IR to the kernel module's C", run_module, PASS_BARRIER)           \
	X(MAKEFILE, "makefile", "how to rebuild loader and module", run_makefile, 0)

enum pass_id {
#define X(id, name, doc, run, flags) PASS_##id,
	PASSES(X)
#undef X
	PASS_COUNT
};

struct pipeline {
	struct compilation *comp;
	uint32_t file; /* the main source */
	struct ast_file *ast;
	struct program *program;
	struct ir_module *module;
	struct strbuf object, loader, kmod, python, makefile, kbuild;
	uint32_t done; /* passes that have run */
	bool stopped;  /* at a barrier */
	bool checks_only; /* nothing is made of the IR, so that it need not be verified */
	double seconds[PASS_COUNT];
	size_t bytes[PASS_COUNT]; /* of the arena */
};

void pipeline_init(struct pipeline *pipeline, struct compilation *comp, uint32_t file);
void pipeline_free(struct pipeline *pipeline);

/* Runs everything up to `last`, which included. False when a barrier stopped the run. */
bool pipeline_run(struct pipeline *pipeline, enum pass_id last);

/* Whether there is something to build; after PASS_IR. */
bool pipeline_has_object(const struct pipeline *pipeline);
bool pipeline_has_loader(const struct pipeline *pipeline);

/* The table of --time-passes. */
void pipeline_print_times(const struct pipeline *pipeline, struct strbuf *out);

#endif
