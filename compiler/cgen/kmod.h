/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the kernel module's writer. */
#ifndef KSC_CGEN_KMOD_H
#define KSC_CGEN_KMOD_H

#include "cgen/c_walk.h"
#include "cgen/cprint.h"

/* kmod_op.c: operations of module code. */
struct c_text kmod_op(struct cgen *cg, const struct ir_expr *expr);

/*
 * kmod_packet.c: bytes of the packet behind a program's context. The parameter of the function
 * whose packet it is; NULL when there is none, or more than one.
 */
const struct ir_local *kmod_packet_context(const struct ir_func *func);
/* `window(pointer)`: the pointer when so many bytes of the packet lie there, else NULL. */
struct c_text kmod_window(struct cgen *cg, const struct ir_expr *expr);
const char *kmod_packet_text(struct cgen *cg, const struct ir_place *place);
/* Reports accesses to the packet that cannot be checked, or that others would see. */
void kmod_packet_check(struct cgen *cg, const struct ir_func *func);

/*
 * kmod_check.c: reports what the module would need and this back end does not do, at its place.
 * After c_reach() of all roots.
 */
void kmod_check(struct cgen *cg);
/* Whether the kernel's headers define the struct, so that the module must not. */
bool kmod_type_has_header(struct cgen *cg, const struct type *type);
/* The header that defines a struct ("linux/sched.h"), or NULL when the table does not say. */
const char *kmod_type_header(const struct type *type);

/*
 * kmod_helpers.c: appends the definitions of the small functions and macros that the C text
 * mentions (ks_div_u32, KS_ELEM, ...), and of those that they need themselves.
 */
void kmod_helpers_write(struct cgen *cg, const char *text, struct strbuf *out);

/* kmod_state.c: the module's variables, and the configs that it reads in the loader's memory. */
bool kmod_is_config(const struct ir_global *global);
bool kmod_has_configs(struct cgen *cg);
void kmod_state_write(struct cgen *cg);
/* In exit: gives the maps back. */
void kmod_configs_drop(struct cgen *cg);

/* kmod_register.c: the lists of kfuncs by hook, init and exit. */
void kmod_register_write(struct cgen *cg);

#endif
