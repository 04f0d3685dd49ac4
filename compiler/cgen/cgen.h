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

/* Whether the loader becomes a Python script by exec(); then NAME.py gives that the maps. */
bool cgen_needs_python(const struct ir_module *module);
void cgen_python(struct compilation *comp, const struct ir_module *module, struct strbuf *out);

/* Appends a Makefile that rebuilds the loader with stock tools. */
void cgen_makefile(struct compilation *comp, const struct ir_module *module, struct strbuf *out);

/* Whether there is a kernel module to build: some function is a @kfunc. */
bool cgen_has_module(const struct ir_module *module);

/* Reports what the module would need and this compiler does not do; behind the IR passes. */
void cgen_module_check(struct compilation *comp, const struct ir_module *module);

/*
 * Appends the kernel module's source (NAME.mod.c): the kfuncs, what they call, and their
 * registration for the kinds of programs that call them. False when an error was reported.
 */
bool cgen_module(struct compilation *comp, const struct ir_module *module, struct strbuf *out);

/* Appends the Kbuild file: `make -C KERNEL M=FOLDER modules` makes module/NAME.ko. */
void cgen_kbuild(struct compilation *comp, const struct ir_module *module, struct strbuf *out);

#endif
