/* SPDX-License-Identifier: Apache-2.0 */
/* init: a project that builds and runs as it is, made from the kind's row in prog_kinds. */
#include "driver/driver.h"
#include "driver/file.h"
#include "driver/output.h"
#include "kernel/prog_kinds.h"

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
};

/* The neutral verdict by name, for result types that have names. */
static const struct {
	enum prog_kind_id kind;
	const char *verdict;
} verdicts[] = {
	{PROG_XDP, "XDP_PASS"},
	{PROG_TC, "TC_ACT_OK"},
};

/* How main attaches: an option with its default, or the attribute's own argument. */
static const struct {
	enum prog_attach attach;
	const char *option, *value, *help;
} options[] = {
	{PROG_ATTACH_INTERFACE, "interface: str(15)", "lo", "the interface to watch"},
	{PROG_ATTACH_CGROUP, "cgroup: str(255)", "/sys/fs/cgroup", "the control group to watch"},
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct project {
	struct driver *driver;
	const struct prog_kind *kind;
	const char *name;
	const char *target; /* the attribute's argument, or NULL */
};

static const char *default_target(const struct prog_kind *kind)
{
	for (size_t i = 0; i < COUNT_OF(default_targets); i++)
		if (default_targets[i].kind == kind->id)
			return default_targets[i].target;
	return kind->choice_count ? kind->choices[0].name : NULL;
}

/* "interface" of "interface: str(15)". */
static int option_name_length(const char *option)
{
	return (int)strcspn(option, ":");
}

/* The option for the kind's attach target; COUNT_OF(options) when it has none. */
static size_t find_option(const struct prog_kind *kind)
{
	size_t i = 0;

	while (i < COUNT_OF(options) && options[i].attach != kind->attach)
		i++;
	return i;
}

static bool has_template(const struct prog_kind *kind)
{
	bool plain = kind->params == PROG_PARAMS_CONTEXT ||
		     kind->params == PROG_PARAMS_TRACEPOINT ||
		     kind->params == PROG_PARAMS_FUNCTION || kind->params == PROG_PARAMS_RAW_EVENT;

	return plain && (kind->attach == PROG_ATTACH_SELF || find_option(kind) < COUNT_OF(options));
}

/* "(ctx: *xdp_md)"; programs on functions may leave out the function's parameters. */
static void put_parameters(struct strbuf *out, const struct project *project)
{
	const char *event = project->target ? strchr(project->target, '/') : NULL;

	if (project->kind->params == PROG_PARAMS_CONTEXT)
		strbuf_printf(out, "(ctx: *%s)", project->kind->context);
	else if (project->kind->params != PROG_PARAMS_TRACEPOINT || !event)
		strbuf_puts(out, "()");
	else if (!strncmp(project->target, "syscalls/", 9))
		strbuf_printf(out, "(ctx: *trace_event_raw_%.*s)",
			      strncmp(event + 1, "sys_exit", 8) ? 9 : 8, event + 1);
	else
		strbuf_printf(out, "(ctx: *trace_event_raw_%s)", event + 1);
}

static void put_program(struct strbuf *out, const struct project *project)
{
	const struct prog_kind *kind = project->kind;
	const char *verdict = NULL;

	for (size_t i = 0; i < COUNT_OF(verdicts); i++)
		if (verdicts[i].kind == kind->id)
			verdict = verdicts[i].verdict;
	strbuf_printf(out,
		      "/// Shared with main: the kernel counts, the process reads.\n"
		      "var events: u64 = 0\n\n@%s",
		      kind->name);
	if (project->target)
		strbuf_printf(out, "(\"%s\")", project->target);
	strbuf_puts(out, "\nfn count");
	put_parameters(out, project);
	strbuf_printf(out, " -> %s {\n\tevents += 1\n",
		      kind->result_enum ? kind->result_enum : "i32");
	if (verdict)
		strbuf_printf(out, "\treturn %s\n}\n\n", verdict);
	else
		strbuf_printf(out, "\treturn %lld\n}\n\n", (long long)kind->neutral);
}

static void put_main(struct strbuf *out, const struct project *project)
{
	size_t option = find_option(project->kind);

	if (option < COUNT_OF(options)) {
		const char *text = options[option].option;

		strbuf_printf(out, "struct Args {\n\t/// %s\n\t%s = \"%s\"\n}\n\n",
			      options[option].help, text, options[option].value);
		strbuf_printf(out,
			      "fn main(args: Args) -> i32 {\n\tvar handle = load(count)\n"
			      "\tif (handle == null || attach(handle, args.%.*s, 0) != 0) {\n",
			      option_name_length(text), text);
	} else {
		strbuf_printf(out,
			      "fn main() -> i32 {\n\tvar handle = load(count)\n"
			      "\tif (handle == null || attach(handle, \"%s\", 0) != 0) {\n",
			      project->target);
	}
	strbuf_puts(out, "\t\treturn 1\n\t}\n\tprint(\"counting; Ctrl-C ends\")\n\twhile (true) {\n"
			 "\t\tsleep(1000)\n\t\tprint(\"%u events\", events)\n\t}\n"
			 "\tdetach(handle)\n\treturn 0\n}\n");
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

static enum exit_status write_project(const struct project *project)
{
	struct driver *driver = project->driver;
	struct strbuf source = {0}, readme = {0};
	struct output output;
	bool ok = false;

	strbuf_printf(&source, "// %s: %s.\n\n", project->name, project->kind->doc);
	put_program(&source, project);
	put_main(&source, project);
	put_readme(&readme, project);
	if (output_begin(&output, driver, project->name)) {
		ok = output_add(&output, arena_printf(&driver->arena, "%s.ks", project->name),
				source.data, source.len) &&
		     output_add(&output, "README.md", readme.data, readme.len);
		ok = output_end(&output, ok);
	}
	strbuf_free(&source);
	strbuf_free(&readme);
	if (!ok)
		return EXIT_ENVIRONMENT;
	driver_note(driver, "made %s/%s.ks; try `ksc run %s/%s.ks`", project->name, project->name,
		    project->name, project->name);
	return EXIT_DONE;
}

/* NULL with a message when there is no template for the kind. */
static const struct prog_kind *find_kind(struct driver *driver, const char *name)
{
	const char *names[PROG_KIND_COUNT], *near;
	const struct prog_kind *kind = prog_kind_find(name);
	uint32_t count = 0;

	if (kind && has_template(kind))
		return kind;
	for (int i = 0; i < PROG_KIND_COUNT; i++)
		if (has_template(&prog_kinds[i]))
			names[count++] = prog_kinds[i].name;
	near = diag_nearest(name, names, count);
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

	project.kind = find_kind(driver, arena_strndup(&driver->arena, what, strcspn(what, "/")));
	if (!project.kind)
		return EXIT_USAGE;
	project.target = slash && slash[1] ? slash + 1 : NULL;
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
