/* SPDX-License-Identifier: Apache-2.0 */
/* The BPF back end: IR to LLVM to a BPF object. The only folder that includes llvm-c headers. */
#ifndef KSC_BPF_BPF_H
#define KSC_BPF_BPF_H

#include "ir/ir.h"

enum bpf_output { BPF_OUT_LLVM, BPF_OUT_LLVM_OPT, BPF_OUT_ASM, BPF_OUT_OBJECT };

/*
 * Compiles the bpf functions of the module. Appends text or the object's bytes to `out`. False
 * when an error was reported. A module without bpf functions gives an object without programs;
 * ask bpf_needed() first.
 */
bool bpf_emit(struct compilation *comp, const struct ir_module *module, enum bpf_output what,
	      struct strbuf *out);

/* Whether the module has bpf programs, maps or globals that bpf code shares. */
bool bpf_needed(const struct ir_module *module);

#endif
