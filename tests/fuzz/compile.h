/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzzers of the compiler share: any bytes as a source, through some of the stages. */
#ifndef KSC_TESTS_FUZZ_COMPILE_H
#define KSC_TESTS_FUZZ_COMPILE_H

#include "ir/ir.h"

enum fuzz_stage {
	FUZZ_PARSE,
	FUZZ_CHECK,  /* what `ksc check` does: names, types, flow, IR and its passes */
	FUZZ_C,	     /* loader, module, Python view, Makefile */
	FUZZ_OBJECT, /* the BPF object */
};

struct fuzz_result {
	struct compilation comp;
	struct ast_file *tree;
	struct ir_module *module;   /* NULL before FUZZ_CHECK and after errors */
	struct strbuf diagnostics; /* rendered */
};

/*
 * Compiles the bytes up to `last` or the first stage with errors, for the pinned kernel (opened
 * once for all inputs). The standard library can be included, and the input itself as "self.kh"
 * and "self.ks". An internal error ends the process, which is what a fuzzer reports.
 */
void fuzz_compile(struct fuzz_result *result, const uint8_t *data, size_t size,
		  enum fuzz_stage last, enum diag_format format);
void fuzz_free(struct fuzz_result *result);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
