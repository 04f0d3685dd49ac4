/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/pipeline.h"

#include "bpf/bpf.h"
#include "cgen/cgen.h"
#include "syntax/syntax.h"

#include <time.h>

enum pass_flags {
	PASS_BARRIER = 1, /* what follows needs a program without errors */
	PASS_MADE_IR = 2, /* the IR is ready for the back ends: it is verified */
};

static void run_parse(struct pipeline *pipeline)
{
	pipeline->ast = syntax_parse(pipeline->comp, pipeline->file);
}

static void run_check(struct pipeline *pipeline)
{
	pipeline->program = sema_check(pipeline->comp, pipeline->ast);
}

static void run_build_ir(struct pipeline *pipeline)
{
	pipeline->module = ir_build(pipeline->comp, pipeline->program);
}

static void run_ir_passes(struct pipeline *pipeline)
{
	ir_passes_run(pipeline->comp, pipeline->module);
	if (cgen_has_module(pipeline->module))
		cgen_module_check(pipeline->comp, pipeline->module);
}

static void run_object(struct pipeline *pipeline)
{
	if (pipeline_has_object(pipeline))
		bpf_emit(pipeline->comp, pipeline->module, BPF_OUT_OBJECT, &pipeline->object);
}

static void run_loader(struct pipeline *pipeline)
{
	if (pipeline_has_loader(pipeline))
		cgen_loader(pipeline->comp, pipeline->module, &pipeline->loader);
	if (pipeline_has_loader(pipeline) && cgen_needs_python(pipeline->module))
		cgen_python(pipeline->comp, pipeline->module, &pipeline->python);
}

static void run_module(struct pipeline *pipeline)
{
	if (cgen_has_module(pipeline->module))
		cgen_module(pipeline->comp, pipeline->module, &pipeline->kmod);
}

static void run_makefile(struct pipeline *pipeline)
{
	if (pipeline_has_loader(pipeline) || cgen_has_module(pipeline->module))
		cgen_makefile(pipeline->comp, pipeline->module, &pipeline->makefile);
	if (cgen_has_module(pipeline->module))
		cgen_kbuild(pipeline->comp, pipeline->module, &pipeline->kbuild);
}

static const struct pass {
	const char *name, *doc;
	void (*run)(struct pipeline *pipeline);
	unsigned flags; /* enum pass_flags */
} passes[PASS_COUNT] = {
#define X(id, name, doc, run, flags) {name, doc, run, flags},
	PASSES(X)
#undef X
};

void pipeline_init(struct pipeline *pipeline, struct compilation *comp, uint32_t file)
{
	*pipeline = (struct pipeline){.comp = comp, .file = file};
}

void pipeline_free(struct pipeline *pipeline)
{
	strbuf_free(&pipeline->object);
	strbuf_free(&pipeline->loader);
	strbuf_free(&pipeline->kmod);
	strbuf_free(&pipeline->python);
	strbuf_free(&pipeline->makefile);
	strbuf_free(&pipeline->kbuild);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Broken IR is a bug of ksc: it must not reach a back end. */
static void verify(const struct pipeline *pipeline)
{
	struct span whole = {pipeline->file, 0, 0};
	struct strbuf why = {0};

	if (!ir_verify(pipeline->module, &why))
		internal_error(pipeline->comp, whole, "the IR is not valid: %s", strbuf_text(&why));
	strbuf_free(&why);
}

static void run_pass(struct pipeline *pipeline, enum pass_id id)
{
	const struct pass *pass = &passes[id];
	struct compilation *comp = pipeline->comp;
	size_t bytes = comp->arena.bytes_total;
	double start = now();

	comp->pass = pass->name;
	pass->run(pipeline);
	if (pass->flags & PASS_BARRIER && diag_error_count(comp))
		pipeline->stopped = true;
	if (pass->flags & PASS_MADE_IR && !pipeline->stopped && !pipeline->checks_only)
		verify(pipeline);
	comp->pass = NULL;
	pipeline->seconds[id] = now() - start;
	pipeline->bytes[id] = comp->arena.bytes_total - bytes;
	pipeline->done = id + 1;
}

bool pipeline_run(struct pipeline *pipeline, enum pass_id last)
{
	while (!pipeline->stopped && pipeline->done <= (uint32_t)last)
		run_pass(pipeline, (enum pass_id)pipeline->done);
	return !pipeline->stopped;
}

bool pipeline_has_object(const struct pipeline *pipeline)
{
	return bpf_needed(pipeline->module);
}

bool pipeline_has_loader(const struct pipeline *pipeline)
{
	return cgen_has_loader(pipeline->module);
}

void pipeline_print_times(const struct pipeline *pipeline, struct strbuf *out)
{
	double total = 0;
	size_t bytes = 0;

	strbuf_puts(out, "pass            ms      KiB\n");
	for (uint32_t i = 0; i < pipeline->done; i++) {
		total += pipeline->seconds[i];
		bytes += pipeline->bytes[i];
		strbuf_printf(out, "%-10s %7.2f %8zu  %s\n", passes[i].name,
			      pipeline->seconds[i] * 1e3, pipeline->bytes[i] / 1024, passes[i].doc);
	}
	strbuf_printf(out, "%-10s %7.2f %8zu\n", "all", total * 1e3, bytes / 1024);
}
