/* SPDX-License-Identifier: Apache-2.0 */
/* build, compile, check, emit: the commands that go through the compiler. */
#include "driver/file.h"
#include "driver/job.h"
#include "driver/module_build.h"
#include "driver/native.h"

#include "bpf/bpf.h"
#include "cgen/cgen.h"
#include "syntax/syntax.h"

#include <string.h>

enum exit_status cmd_build(struct driver *driver)
{
	const struct options *options = &driver->options;
	struct job job;

	if (job_begin(&job, driver, options->operands.data[0])) {
		const char *folder = options->output ? options->output : job.comp.options.project;

		if (options->output && !strcmp(folder, "-")) {
			driver_error(driver, "a build writes several files; -o takes a folder");
			job.status = EXIT_USAGE;
		} else {
			native_build(&job, folder, !options->no_makefile);
		}
	}
	return job_end(&job);
}

enum exit_status cmd_compile(struct driver *driver)
{
	return cmd_build(driver);
}

enum exit_status cmd_check(struct driver *driver)
{
	const struct str_vec *files = &driver->options.operands;
	enum exit_status worst = EXIT_DONE;

	for (uint32_t i = 0; i < files->len; i++) {
		enum exit_status status;
		struct job job;

		if (job_begin(&job, driver, files->data[i])) {
			job.pipeline.checks_only = true;
			if (job_run(&job, PASS_IR))
				module_symbols_check(&job);
		}
		status = job_end(&job);
		worst = status > worst ? status : worst;
	}
	return worst;
}

/* ---- emit ---- */

static bool emit_tokens(struct job *job, struct strbuf *out)
{
	syntax_dump_tokens(&job->comp, job->pipeline.file, out);
	return true;
}

static bool emit_ast(struct job *job, struct strbuf *out)
{
	ast_print(out, job->pipeline.ast);
	return true;
}

static bool emit_ir(struct job *job, struct strbuf *out)
{
	ir_print(out, job->pipeline.module);
	return true;
}

static bool emit_bpf(struct job *job, enum bpf_output what, struct strbuf *out)
{
	if (!pipeline_has_object(&job->pipeline)) {
		driver_error(job->driver, "the source has no bpf functions");
		return false;
	}
	return bpf_emit(&job->comp, job->pipeline.module, what, out);
}

static bool emit_llvm(struct job *job, struct strbuf *out)
{
	return emit_bpf(job, BPF_OUT_LLVM, out);
}

static bool emit_llvm_opt(struct job *job, struct strbuf *out)
{
	return emit_bpf(job, BPF_OUT_LLVM_OPT, out);
}

static bool emit_asm(struct job *job, struct strbuf *out)
{
	return emit_bpf(job, BPF_OUT_ASM, out);
}

static bool emit_object(struct job *job, struct strbuf *out)
{
	return emit_bpf(job, BPF_OUT_OBJECT, out);
}

static bool emit_loader(struct job *job, struct strbuf *out)
{
	if (!pipeline_has_loader(&job->pipeline)) {
		driver_error(job->driver, "the source has no `main`, so there is no loader");
		return false;
	}
	job_run(job, PASS_LOADER);
	strbuf_append(out, strbuf_text(&job->pipeline.loader), job->pipeline.loader.len);
	return true;
}

static bool emit_module(struct job *job, struct strbuf *out)
{
	if (!cgen_has_module(job->pipeline.module)) {
		driver_error(job->driver, "the source has no @kfunc, so there is no kernel module");
		return false;
	}
	job_run(job, PASS_MODULE);
	strbuf_append(out, strbuf_text(&job->pipeline.kmod), job->pipeline.kmod.len);
	return true;
}

static const struct {
	bool (*print)(struct job *job, struct strbuf *out);
	bool needs_pass;
	enum pass_id pass; /* runs up to it first */
} stages[EMIT_STAGE_COUNT] = {
	[EMIT_TOKENS] = {emit_tokens, false, PASS_PARSE},
	[EMIT_AST] = {emit_ast, true, PASS_PARSE},
	[EMIT_IR] = {emit_ir, true, PASS_IR},
	[EMIT_LLVM] = {emit_llvm, true, PASS_IR},
	[EMIT_LLVM_OPT] = {emit_llvm_opt, true, PASS_IR},
	[EMIT_ASM] = {emit_asm, true, PASS_IR},
	[EMIT_OBJECT] = {emit_object, true, PASS_IR},
	[EMIT_LOADER] = {emit_loader, true, PASS_IR},
	[EMIT_MODULE] = {emit_module, true, PASS_IR},
};

static bool write_result(struct driver *driver, const struct strbuf *text)
{
	const char *path = driver->options.output, *why;

	if (!path || !strcmp(path, "-"))
		return driver_print(driver, text);
	if (file_replace(&driver->arena, path, strbuf_text(text), text->len, &why))
		return true;
	driver_error(driver, "cannot write `%s`: %s", path, why);
	return false;
}

static void emit(struct job *job, uint32_t stage)
{
	struct strbuf text = {0};

	if (stages[stage].needs_pass && !job_run(job, stages[stage].pass))
		return;
	if (!stages[stage].print(job, &text))
		job->status = EXIT_ERRORS;
	else if (!diag_error_count(&job->comp) && !write_result(job->driver, &text))
		job->status = EXIT_ENVIRONMENT;
	strbuf_free(&text);
}

enum exit_status cmd_emit(struct driver *driver)
{
	const struct options *options = &driver->options;
	struct job job;

	if (options->stage == EMIT_OBJECT && !options->output) {
		driver_error(driver, "an object is no text: name a file with -o");
		return EXIT_USAGE;
	}
	if (job_begin(&job, driver, options->operands.data[0]))
		emit(&job, options->stage);
	return job_end(&job);
}
