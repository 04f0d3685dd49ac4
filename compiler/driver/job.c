/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/job.h"
#include "driver/crash.h"
#include "types/type.h"

#include <stdio.h>

static void set_options(struct job *job, const char *path)
{
	const struct options *options = &job->driver->options;
	struct compile_options *to = &job->comp.options;

	to->cpu_v4 = options->cpu == CPU_V4;
	to->spill = options->spill;
	to->test_build = options->test_build;
	to->project = project_name(&job->comp, path);
	options_apply_diag(options, &job->comp.diag_options);
	job->comp.diag_options.color = job->driver->color;
}

bool job_begin(struct job *job, struct driver *driver, const char *path)
{
	struct compilation *comp = &job->comp;
	uint32_t file;

	*job = (struct job){.driver = driver};
	compilation_init(comp);
	types_init(comp);
	kernels_init(comp);
	set_options(job, path);
	source_reader_init(&job->reader, driver, comp);
	pipeline_init(&job->pipeline, comp, 0);
	crash_watch(comp);
	file = source_read_main(&job->reader, comp, path);
	if (file == UINT32_MAX || !targets_open(driver)) {
		job->status = EXIT_ENVIRONMENT;
		return false;
	}
	targets_add(driver, comp);
	job->pipeline.file = file;
	return true;
}

bool job_run(struct job *job, enum pass_id last)
{
	bool ok = pipeline_run(&job->pipeline, last);

	if (job->reader.failed)
		job->status = EXIT_ENVIRONMENT;
	else if (!ok)
		job->status = EXIT_ERRORS;
	return job->status == EXIT_DONE;
}

void job_report(struct job *job)
{
	struct strbuf text = {0};

	diag_render_all(&job->comp, &text);
	fwrite(strbuf_text(&text), 1, text.len, stderr);
	strbuf_free(&text);
	job->comp.diags.len = 0;
}

enum exit_status job_end(struct job *job)
{
	if (job->comp.error_count && job->status == EXIT_DONE)
		job->status = EXIT_ERRORS;
	job_report(job);
	if (job->driver->options.time_passes) {
		struct strbuf text = {0};

		pipeline_print_times(&job->pipeline, &text);
		fputs(strbuf_text(&text), stderr);
		strbuf_free(&text);
	}
	crash_watch(NULL);
	pipeline_free(&job->pipeline);
	compilation_free(&job->comp);
	return job->status;
}
