/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles a source text to BPF in this process, for tests of the back end. */
#ifndef BPF_MAKE_H
#define BPF_MAKE_H

#include "bpf/bpf.h"
#include "kernel/kernel.h"
#include "syntax/syntax.h"

#include "ks_test.h"

struct made {
	struct compilation comp;
	struct ir_module *module; /* NULL after an error */
	struct strbuf out;
	bool ok; /* bpf_emit() said so */
};

static inline struct kernel *made_kernel(const char *version)
{
	char path[4096];
	const char *why;

	if (!strcmp(version, "running"))
		return kernel_open_file("/sys/kernel/btf/vmlinux", "the running kernel", 0, &why);
	snprintf(path, sizeof(path), "%s/tests/fixtures/kernel-%s.btf", KSC_SOURCE_DIR, version);
	return kernel_open_file(path, version, kernel_version_parse(version), &why);
}

/* `older`: a further target kernel of which only the version is known, or 0. */
static inline void make(struct made *made, const char *text, const char *kernel, uint32_t older,
			enum bpf_output what)
{
	struct compilation *comp = &made->comp;
	struct program *program;
	struct ast_file *file;

	memset(made, 0, sizeof(*made));
	compilation_init(comp);
	types_init(comp);
	kernels_init(comp);
	kernels_add(comp, made_kernel(kernel));
	if (older)
		kernels_add(comp, kernel_open_version(older));
	comp->options.project = "made";
	file = syntax_parse(comp, source_add(&comp->sources, "dir/made.ks", text, strlen(text)));
	if (diag_error_count(comp))
		return;
	program = sema_check(comp, file);
	if (diag_error_count(comp))
		return;
	made->module = ir_build(comp, program);
	ir_passes_run(comp, made->module);
	if (!diag_error_count(comp))
		made->ok = bpf_emit(comp, made->module, what, &made->out);
}

/* The diagnostics as lines; heap text that the caller frees. */
static inline char *made_diagnostics(struct made *made)
{
	struct strbuf text = {0};

	made->comp.diag_options.format = DIAG_LINE;
	diag_render_all(&made->comp, &text);
	return text.data ? text.data : strdup("");
}

static inline void made_free(struct made *made)
{
	vec_foreach (kernel, &made->comp.kernels->kernels)
		kernel_close(*kernel);
	strbuf_free(&made->out);
	compilation_free(&made->comp);
}

#endif
