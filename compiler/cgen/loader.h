/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the loader's writer. */
#ifndef KSC_CGEN_LOADER_H
#define KSC_CGEN_LOADER_H

#include "cgen/c_walk.h"
#include "cgen/cprint.h"

/* loader_op.c: operations of user code. */
struct c_text loader_op(struct cgen *cg, const struct ir_expr *expr);

/* ---- loader_tables.c ---- */

/* Whether the loader shares the variable with BPF code, through the object. */
bool loader_global_is_shared(const struct ir_global *global);
/* Marks what the tables mention as used: types, handlers, names. */
void loader_tables_reach(struct cgen *cg);
/* Takes the names that the loader itself needs, after those of the source. */
void loader_names_take(struct cgen *cg);
/* The variable that holds main's arguments. */
const char *loader_args_name(struct cgen *cg);
/* Programs, maps, variables, options; definitions of what only user code has. */
void loader_tables_write(struct cgen *cg);
/* KS_MAIN, after all functions; `run` gets control, NULL: the tests. */
void loader_app_write(struct cgen *cg, const char *run);

/* ---- loader_module.c ---- */

/* Whether the object's programs call functions of this file's kernel module. */
bool loader_needs_module(const struct cgen *cg);
/* Puts NAME.ko into the loader, when it was built. */
void loader_module_write(struct cgen *cg);
/* The module's rows in the `struct ks_app`: ", .module_name = ..." or nothing. */
const char *loader_module_rows(struct cgen *cg);

#endif
