/* SPDX-License-Identifier: Apache-2.0 */
#include "compile.h"

#include "bpf/bpf.h"
#include "cgen/cgen.h"
#include "kernel/kernel.h"
#include "syntax/syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY_FILES_MAX 32
#define FILE_BYTES_MAX	  (256u << 10)

/* A file of the standard library, read when it was first included. */
struct library_file {
	char name[64];
	char *text; /* NULL: there is no such file */
	size_t len;
};

struct input {
	const char *text;
	size_t len;
};

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *text;

	if (!file)
		return NULL;
	text = malloc(FILE_BYTES_MAX);
	if (!text)
		abort();
	*len = fread(text, 1, FILE_BYTES_MAX, file);
	fclose(file);
	return text;
}

/* Names with a slash would lead out of the library. */
static const struct library_file *library_file(const char *name)
{
	static struct library_file files[LIBRARY_FILES_MAX];
	static unsigned count;
	struct library_file *file;
	char path[4096];

	if (strchr(name, '/') || !*name || *name == '.' || strlen(name) >= sizeof(file->name))
		return NULL;
	for (unsigned i = 0; i < count; i++) {
		if (!strcmp(files[i].name, name))
			return files[i].text ? &files[i] : NULL;
	}
	snprintf(path, sizeof(path), KSC_SOURCE_DIR "/stdlib/%s", name);
	file = &files[count];
	file->text = read_file(path, &file->len);
	if (!file->text)
		return NULL;
	if (++count == LIBRARY_FILES_MAX)
		abort();
	snprintf(file->name, sizeof(file->name), "%s", name);
	return file;
}

static uint32_t open_source(struct compilation *comp, void *user, uint32_t from, const char *name)
{
	const struct input *input = user;
	const struct library_file *file;
	uint32_t index;

	for (index = 0; index < comp->sources.files.len; index++) {
		if (!strcmp(comp->sources.files.data[index]->path, name))
			return index;
	}
	if (!strcmp(name, "self.kh") || !strcmp(name, "self.ks"))
		return source_add(&comp->sources, name, input->text, input->len);
	file = library_file(name);
	if (!file)
		return UINT32_MAX;
	index = source_add(&comp->sources, name, file->text, file->len);
	comp->sources.files.data[index]->is_stdlib = true;
	return index;
}

static struct kernel *pinned_kernel(void)
{
	static struct kernel *kernel;
	const char *why;

	if (!kernel)
		kernel = kernel_open_file(KSC_SOURCE_DIR "/tests/fixtures/kernel-6.18.btf", "6.18",
					  KERNEL_VERSION_OF(6, 18), &why);
	if (!kernel) {
		fprintf(stderr, "fuzz: the pinned kernel: %s\n", why);
		abort();
	}
	return kernel;
}

static void check(struct fuzz_result *result)
{
	struct compilation *comp = &result->comp;
	struct program *program;

	if (diag_error_count(comp))
		return;
	program = sema_check(comp, result->tree);
	if (diag_error_count(comp))
		return;
	result->module = ir_build(comp, program);
	if (diag_error_count(comp)) {
		result->module = NULL;
		return;
	}
	ir_verify_or_die(result->module, "the builder");
	ir_passes_run(comp, result->module);
	ir_verify_or_die(result->module, "the passes");
	if (diag_error_count(comp))
		result->module = NULL;
}

static void write_c(struct fuzz_result *result)
{
	struct compilation *comp = &result->comp;
	struct strbuf out = {0};

	if (cgen_has_loader(result->module)) {
		cgen_loader(comp, result->module, &out);
		cgen_makefile(comp, result->module, &out);
		if (cgen_needs_python(result->module))
			cgen_python(comp, result->module, &out);
	}
	if (cgen_has_module(result->module)) {
		cgen_module(comp, result->module, &out);
		cgen_kbuild(comp, result->module, &out);
	}
	strbuf_free(&out);
}

void fuzz_compile(struct fuzz_result *result, const uint8_t *data, size_t size,
		  enum fuzz_stage last, enum diag_format format)
{
	struct compilation *comp = &result->comp;
	struct input input = {(const char *)data, size};
	struct strbuf object = {0};
	uint32_t file;

	memset(result, 0, sizeof(*result));
	compilation_init(comp);
	types_init(comp);
	kernels_init(comp);
	kernels_add(comp, pinned_kernel());
	comp->options.project = "fuzz";
	comp->options.test_build = true;
	comp->open_source = open_source;
	comp->open_source_user = &input;
	comp->diag_options.format = format;
	file = source_add(&comp->sources, "fuzz.ks", input.text, size);
	result->tree = syntax_parse(comp, file);
	if (last >= FUZZ_CHECK)
		check(result);
	if (last >= FUZZ_C && result->module)
		write_c(result);
	if (last >= FUZZ_OBJECT && result->module && bpf_needed(result->module))
		bpf_emit(comp, result->module, BPF_OUT_OBJECT, &object);
	strbuf_free(&object);
	diag_render_all(comp, &result->diagnostics);
	comp->open_source_user = NULL;
}

void fuzz_free(struct fuzz_result *result)
{
	strbuf_free(&result->diagnostics);
	compilation_free(&result->comp);
}
