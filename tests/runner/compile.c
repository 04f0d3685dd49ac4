/* SPDX-License-Identifier: Apache-2.0 */
#include "runner.h"

#include "bpf/bpf.h"
#include "cgen/cgen.h"
#include "kernel/kernel.h"
#include "syntax/syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *file_read(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *data = NULL;
	long size;

	if (!file)
		return NULL;
	if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) >= 0 && !fseek(file, 0, SEEK_SET)) {
		data = malloc((size_t)size + 1);
		*len = data ? fread(data, 1, (size_t)size, file) : 0;
		if (data)
			data[*len] = 0;
	}
	fclose(file);
	return data;
}

struct opener {
	const struct runner *runner;
	struct test_case *tc;
};

/* Beside the including file, then in the standard library. */
static uint32_t open_source(struct compilation *comp, void *user, uint32_t from, const char *name)
{
	struct opener *opener = user;
	const char *beside = comp->sources.files.data[from]->path;
	const char *slash = strrchr(beside, '/');
	char path[2][4096];

	snprintf(path[0], sizeof(path[0]), "%.*s%s", slash ? (int)(slash - beside + 1) : 0, beside,
		 name);
	snprintf(path[1], sizeof(path[1]), "%s/%s", opener->runner->stdlib, name);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t file = 0;
		size_t len;
		char *text;

		for (; file < comp->sources.files.len; file++) {
			if (!strcmp(comp->sources.files.data[file]->path, path[i]))
				return file;
		}
		text = file_read(path[i], &len);
		if (!text)
			continue;
		file = source_add(&comp->sources, path[i], text, len);
		comp->sources.files.data[file]->is_stdlib = i == 1;
		if (i == 0)
			case_parse_part(opener->tc, file, text, len);
		free(text);
		return file;
	}
	return UINT32_MAX;
}

/* `--kernel=6.12` names a fixture. The same kernels serve all cases. */
static struct kernel *kernel_fixture(const struct runner *runner, const char *version)
{
	static struct {
		char name[16];
		struct kernel *kernel;
	} cache[8];
	char path[4096];
	const char *why;
	unsigned i;

	for (i = 0; i < 8 && cache[i].kernel; i++) {
		if (!strcmp(cache[i].name, version))
			return cache[i].kernel;
	}
	snprintf(path, sizeof(path), "%s/kernel-%s.btf", runner->fixtures, version);
	if (i < 8) {
		snprintf(cache[i].name, sizeof(cache[i].name), "%s", version);
		cache[i].kernel =
			kernel_open_file(path, cache[i].name, kernel_version_parse(version), &why);
		return cache[i].kernel;
	}
	return NULL;
}

/* The few options that a case may name. */
static bool apply_option(struct runner *runner, struct test_case *tc, struct compilation *comp,
			 const char *option, bool *has_kernel)
{
	struct compile_options *options = &comp->options;

	if (!strncmp(option, "--kernel=", 9)) {
		struct kernel *kernel = kernel_fixture(runner, option + 9);

		if (kernel)
			kernels_add(comp, kernel);
		*has_kernel = true;
		return kernel != NULL;
	}
	if (!strcmp(option, "--spill"))
		return options->spill = true;
	if (!strcmp(option, "--cpu=v4"))
		return options->cpu_v4 = true;
	if (!strcmp(option, "--test"))
		return options->test_build = true;
	if (!strcmp(option, "-Werror"))
		return comp->diag_options.warnings_are_errors = true;
	if (!strncmp(option, "-Wno-", 5) && diag_slug_by_name(option + 5) < DIAG_COUNT)
		return comp->diag_options.slug_disabled[diag_slug_by_name(option + 5)] = true;
	fail(tc, 1, "unknown option `%s`", option);
	return false;
}

static bool apply_options(struct runner *runner, struct test_case *tc, struct compilation *comp)
{
	char *options = arena_strdup(&tc->arena, tc->options ? tc->options : "");
	bool has_kernel = false, ok = true;

	for (char *option = strtok(options, " "); option; option = strtok(NULL, " "))
		ok &= apply_option(runner, tc, comp, option, &has_kernel);
	if (!has_kernel)
		ok &= apply_option(runner, tc, comp,
				   arena_printf(&tc->arena, "--kernel=%s", runner->kernel),
				   &has_kernel);
	return ok;
}

static void verify(struct test_case *tc, struct compiled *out, const char *when)
{
	struct strbuf why = {0};

	if (!ir_verify(out->module, &why))
		fail(tc, 1, "the IR is broken %s: %s", when, strbuf_text(&why));
	strbuf_free(&why);
}

static void build(struct test_case *tc, struct compiled *out, struct program *program)
{
	struct compilation *comp = &out->comp;

	out->module = ir_build(comp, program);
	if (!out->module)
		return;
	verify(tc, out, "after building");
	ir_passes_run(comp, out->module);
	verify(tc, out, "after the passes");
	if (diag_error_count(comp)) {
		out->module = NULL;
		return;
	}
	if (tc->stage == STAGE_IR || tc->failures.len)
		return;
	if (bpf_needed(out->module) && !bpf_emit(comp, out->module, BPF_OUT_OBJECT, &out->object))
		out->module = NULL;
	else if (cgen_has_loader(out->module))
		cgen_loader(comp, out->module, &out->loader);
	if (out->module && cgen_has_module(out->module))
		cgen_module(comp, out->module, &out->kmod);
}

bool case_compile(struct runner *runner, struct test_case *tc, struct compiled *out)
{
	struct compilation *comp = &out->comp;
	struct opener opener = {runner, tc};
	const char *slash = strrchr(tc->path, '/');
	struct program *program;

	compilation_init(comp);
	types_init(comp);
	kernels_init(comp);
	comp->open_source = open_source;
	comp->open_source_user = &opener;
	comp->options.project = arena_strdup(&comp->arena, slash ? slash + 1 : tc->path);
	*strrchr((char *)comp->options.project, '.') = 0;
	if (!apply_options(runner, tc, comp)) {
		fail(tc, 1, "the options do not apply");
		return false;
	}
	out->file = syntax_parse(comp, source_add(&comp->sources, tc->path, tc->text, tc->len));
	if (tc->stage == STAGE_SYNTAX || (diag_error_count(comp) && tc->expects_errors))
		return true;
	program = sema_check(comp, out->file);
	if (!diag_error_count(comp) && tc->stage != STAGE_CHECK)
		build(tc, out, program);
	return true;
}

void compiled_free(struct compiled *compiled)
{
	strbuf_free(&compiled->object);
	strbuf_free(&compiled->loader);
	strbuf_free(&compiled->kmod);
	compilation_free(&compiled->comp);
}
