/* SPDX-License-Identifier: Apache-2.0 */
/* The C back ends: the user loader and, for kfuncs, the kernel module. */
#ifndef KSC_CGEN_CGEN_H
#define KSC_CGEN_CGEN_H

#include "ir/ir.h"

/* Appends the loader's source (NAME.c). Only for modules with main_fn. */
void cgen_loader(struct compilation *comp, const struct ir_module *module, struct strbuf *out);

/* Appends a Makefile that rebuilds the loader with stock tools. */
void cgen_makefile(struct compilation *comp, const struct ir_module *module, struct strbuf *out);

#endif
