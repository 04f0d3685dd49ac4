/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include "kernel/kernel.h"
#include "syntax/syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t source_open(struct compilation *comp, void *user, uint32_t from, const char *name)
{
	char path[4096];
	char *text;
	size_t len;
	FILE *file;
	uint32_t index;

	snprintf(path, sizeof(path), KSC_SOURCE_DIR "/stdlib/%s", name);
	file = fopen(path, "rb");
	if (!file)
		return UINT32_MAX;
	text = malloc(1 << 20);
	if (!text)
		abort();
	len = fread(text, 1, 1 << 20, file);
	fclose(file);
	index = source_add(&comp->sources, path, text, len);
	free(text);
	return index;
}

void source_compile(struct source_module *out, const char *text, bool passes)
{
	struct compilation *comp = &out->comp;
	struct ast_file *tree;
	const char *why;

	memset(out, 0, sizeof(*out));
	compilation_init(comp);
	types_init(comp);
	kernels_init(comp);
	comp->options.project = "test";
	comp->options.test_build = true;
	comp->open_source = source_open;
	comp->diag_options.format = DIAG_LINE;
	out->kernel = kernel_open_file(KSC_SOURCE_DIR "/tests/fixtures/kernel-6.18.btf", "6.18",
				       KERNEL_VERSION_OF(6, 18), &why);
	if (out->kernel)
		kernels_add(comp, out->kernel);
	tree = syntax_parse(comp, source_add(&comp->sources, "test.ks", text, strlen(text)));
	if (!comp->error_count) {
		struct program *program = sema_check(comp, tree);

		if (!comp->error_count)
			out->module = ir_build(comp, program);
		if (!comp->error_count && passes)
			ir_passes_run(comp, out->module);
		if (!comp->error_count)
			ir_verify_or_die(out->module, passes ? "the passes" : "the builder");
	}
	if (comp->error_count)
		out->module = NULL;
	diag_render_all(comp, &out->diagnostics);
}

void source_free(struct source_module *out)
{
	if (out->kernel)
		kernel_close(out->kernel);
	strbuf_free(&out->diagnostics);
	compilation_free(&out->comp);
}
