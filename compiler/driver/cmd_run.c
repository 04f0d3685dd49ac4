/* SPDX-License-Identifier: Apache-2.0 */
/* run, test: build into the cache unless it is there, then become the loader. */
#include "driver/cache.h"
#include "driver/file.h"
#include "driver/native.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The loader's path once it is built; NULL when the job's status says why not. */
static const char *build(struct job *job)
{
	struct driver *driver = job->driver;
	const char *root = cache_root(driver), *entry, *loader;

	if (!job_run(job, PASS_IR))
		return NULL;
	if (!pipeline_has_loader(&job->pipeline)) {
		driver_error(driver,
			     driver->options.test_build
				     ? "there is nothing to test: the source has no @test function"
				     : "there is nothing to run: the source has no `fn main`");
		job->status = EXIT_ERRORS;
		return NULL;
	}
	if (!root) {
		driver_error(driver, "no folder for what is built: set XDG_CACHE_HOME or HOME");
		job->status = EXIT_ENVIRONMENT;
		return NULL;
	}
	entry = cache_entry(job, root);
	loader = path_join(&driver->arena, entry, job->comp.options.project);
	if (!access(loader, X_OK)) {
		driver_say(driver, "found in the cache: %s", loader);
	} else {
		cache_prune(driver, root);
		if (!native_build(job, entry, true))
			return NULL;
	}
	cache_touch(entry);
	return loader;
}

static void become(struct driver *driver, const char *loader)
{
	const struct str_vec *args = &driver->options.program_args;
	struct str_vec argv = {0};

	/* Its messages should name the program, not a place in the cache. */
	vec_push(&driver->arena, &argv, strrchr(loader, '/') + 1);
	if (driver->options.filter)
		vec_push(&driver->arena, &argv,
			 arena_printf(&driver->arena, "--filter=%s", driver->options.filter));
	if (driver->options.junit)
		vec_push(&driver->arena, &argv,
			 arena_printf(&driver->arena, "--junit=%s", driver->options.junit));
	if (driver->options.jobs)
		vec_push(&driver->arena, &argv,
			 arena_printf(&driver->arena, "--jobs=%u", driver->options.jobs));
	if (driver->options.json)
		vec_push(&driver->arena, &argv, "--json");
	for (uint32_t i = 0; i < args->len; i++)
		vec_push(&driver->arena, &argv, args->data[i]);
	vec_push(&driver->arena, &argv, NULL);
	execv(loader, (char *const *)argv.data);
	driver_error(driver, "cannot run `%s`: %s", loader, strerror(errno));
}

static enum exit_status build_and_run(struct driver *driver)
{
	const char *loader = NULL;
	enum exit_status status;
	struct job job;

	if (job_begin(&job, driver, driver->options.operands.data[0]))
		loader = build(&job);
	status = job_end(&job);
	if (!loader)
		return status;
	become(driver, loader);
	return EXIT_ENVIRONMENT;
}

enum exit_status cmd_run(struct driver *driver)
{
	return build_and_run(driver);
}

enum exit_status cmd_test(struct driver *driver)
{
	driver->options.test_build = true;
	return build_and_run(driver);
}
