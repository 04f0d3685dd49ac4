/* SPDX-License-Identifier: Apache-2.0 */
/* init: a project that builds and runs as it is, made from the kind's row in prog_kinds. */
#include "driver/driver.h"
#include "driver/file.h"
#include "driver/output.h"
#include "driver/project.h"
#include "kernel/struct_ops.h"

#include <ctype.h>
#include <string.h>

/* What is filled in when the user names no target, by what the attribute takes. */
static const struct {
	enum prog_kind_id kind;
	const char *target;
} default_targets[] = {
	{PROG_PROBE, "vfs_read"},
	{PROG_RETPROBE, "vfs_read"},
	{PROG_TRACEPOINT, "sched/sched_switch"},
	{PROG_RAW_TRACEPOINT, "sched_switch"},
	{PROG_LSM, "file_open"},
	{PROG_ITER, "task"},
	{PROG_UPROBE, "libc.so.6:malloc"},
	{PROG_URETPROBE, "libc.so.6:malloc"},
	{PROG_USDT, "libstdc++.so.6:libstdcxx:catch"},
	{PROG_STRUCT_OPS, "tcp_congestion_ops"},
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const char *default_target(const struct prog_kind *kind)
{
	for (size_t i = 0; i < COUNT_OF(default_targets); i++)
		if (default_targets[i].kind == kind->id)
			return default_targets[i].target;
	return kind->choice_count ? kind->choices[0].name : NULL;
}

static void put_readme(struct strbuf *out, const struct project *project)
{
	const char *name = project->name;

	strbuf_printf(out,
		      "# %s\n\nA KernelScript program with one `@%s` program, which counts: %s.\n\n"
		      "    ksc run %s.ks            # as root: build and run\n"
		      "    ksc run %s.ks -- --help  # its own options\n"
		      "    ksc build %s.ks          # the files: %s/%s and what it is made of\n",
		      name, project->kind->name, project->kind->doc, name, name, name, name, name);
}

static enum exit_status write_files(const struct project *project, const struct strbuf *source)
{
	struct driver *driver = project->driver;
	struct strbuf readme = {0};
	struct output output;
	bool ok = false;

	put_readme(&readme, project);
	if (output_begin(&output, driver, project->name)) {
		ok = output_add(&output, arena_printf(&driver->arena, "%s.ks", project->name),
				source->data, source->len) &&
		     output_add(&output, "README.md", readme.data, readme.len);
		ok = output_end(&output, ok);
	}
	strbuf_free(&readme);
	if (!ok)
		return EXIT_ENVIRONMENT;
	driver_note(driver, "made %s/%s.ks; try `ksc run %s/%s.ks`", project->name, project->name,
		    project->name, project->name);
	return EXIT_DONE;
}

static bool has_btf(const struct driver *driver)
{
	for (uint32_t i = 0; i < driver->kernels.len; i++)
		if (driver->kernels.data[i]->has_btf)
			return true;
	return false;
}

static enum exit_status write_project(struct project *project)
{
	struct driver *driver = project->driver;
	enum exit_status status = EXIT_USAGE;
	struct strbuf source = {0};
	struct compilation comp;

	if (!targets_open(driver))
		return EXIT_ENVIRONMENT;
	if (!has_btf(driver)) {
		driver_error(driver, "what a program is given is read from a kernel's BTF, and "
				     "there is none; name a file: --kernel=FILE");
		return EXIT_ENVIRONMENT;
	}
	compilation_init(&comp);
	types_init(&comp);
	kernels_init(&comp);
	targets_add(driver, &comp);
	project->comp = &comp;
	strbuf_printf(&source, "// %s: %s.\n\n", project->name, project->kind->doc);
	if (project_put_program(project, &source)) {
		project_put_main(project, &source);
		status = write_files(project, &source);
	}
	strbuf_free(&source);
	compilation_free(&comp);
	return status;
}

static bool is_interface_name(const char *name)
{
	uint32_t count;
	const struct struct_ops_need *needs = struct_ops_needs(&count);

	for (uint32_t i = 0; i < count; i++)
		if (!strcmp(needs[i].type, name))
			return true;
	return false;
}

/* By name, that of a struct_ops type too; NULL with a message when there is none. */
static const struct prog_kind *find_kind(struct project *project, const char *name)
{
	struct driver *driver = project->driver;
	const char *names[PROG_KIND_COUNT], *near;
	const struct prog_kind *kind = prog_kind_find(name);

	if (!kind && is_interface_name(name)) {
		project->target = name;
		return &prog_kinds[PROG_STRUCT_OPS];
	}
	if (kind && project_has_main(kind))
		return kind;
	for (int i = 0; i < PROG_KIND_COUNT; i++)
		names[i] = prog_kinds[i].name;
	near = diag_nearest(name, names, PROG_KIND_COUNT);
	if (kind)
		driver_error(driver, "there is no template for @%s", name);
	else if (near)
		driver_error(driver, "there is no program kind `%s`; did you mean `%s`?", name,
			     near);
	else
		driver_error(driver, "there is no program kind `%s`; `ksc list kinds` shows all",
			     name);
	return NULL;
}

static bool check_target(struct project *project)
{
	const struct prog_kind *kind = project->kind;
	bool takes = kind->arg != PROG_ARG_NONE;
	const char *why = NULL;

	/* The first choice is what the attribute means without an argument. */
	if (!project->target && kind->arg == PROG_ARG_CHOICE && kind->arg_optional)
		return true;
	if (!project->target && takes)
		project->target = default_target(kind);
	if (!project->target)
		why = takes ? "needs a target: KIND/TARGET" : NULL;
	else if (!takes)
		why = "takes no target";
	else if (kind->arg == PROG_ARG_CHOICE && !prog_kind_choice(kind, project->target))
		why = "does not take this target; see `ksc list kinds`";
	else if (kind->arg == PROG_ARG_EVENT && !strchr(project->target, '/'))
		why = "takes category/event";
	else if (strpbrk(project->target, "\"\\\n"))
		why = "cannot take such a target";
	if (why)
		driver_error(project->driver, "@%s %s", kind->name, why);
	return !why;
}

static bool is_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && (*c != '-' || c == name))
			return false;
	return *name;
}

enum exit_status cmd_init(struct driver *driver)
{
	const char *what = driver->options.operands.data[0], *slash = strchr(what, '/');
	struct project project = {.driver = driver, .name = driver->options.operands.data[1]};

	project.target = slash && slash[1] ? slash + 1 : NULL;
	project.kind = find_kind(&project, arena_strndup(&driver->arena, what, strcspn(what, "/")));
	if (!project.kind)
		return EXIT_USAGE;
	if (!check_target(&project))
		return EXIT_USAGE;
	if (!is_name(project.name)) {
		driver_error(driver, "a project's name consists of letters, digits, `_` and `-`");
		return EXIT_USAGE;
	}
	if (file_is_folder(project.name) || file_is_regular(project.name)) {
		driver_error(driver, "`%s` is there already; nothing was changed", project.name);
		return EXIT_ENVIRONMENT;
	}
	return write_project(&project);
}
