/* SPDX-License-Identifier: Apache-2.0 */
/* The C back ends: the user loader and, for kfuncs, the kernel module. */
#ifndef KSC_CGEN_CGEN_H
#define KSC_CGEN_CGEN_H

#include "ir/ir.h"

/*
 * Whether the module has user code to start: `main`, or in a test build @test functions, which
 * then make a program of their own instead of main.
 */
bool cgen_has_loader(const struct ir_module *module);

/* Appends the loader's source (NAME.c). Only where cgen_has_loader(). */
void cgen_loader(struct compilation *comp, const struct ir_module *module, struct strbuf *out);

/* Appends a Makefile that rebuilds the loader with stock tools. */
void cgen_makefile(struct compilation *comp, const struct ir_module *module, struct strbuf *out);

#endif
