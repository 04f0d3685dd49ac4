/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/native.h"
#include "driver/file.h"
#include "driver/module_build.h"
#include "driver/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

/*
 * How loaders are compiled: the language's arithmetic (wrapping, unsigned char), the object found
 * by the assembler where the compiler runs, and nothing in the result that depends on the folder.
 * -O1: a loader waits for the kernel most of its time, and -O2 takes gcc twice as long.
 */
static const char *const compile_options[] = {
	"-std=gnu11",	   "-O1",	   "-fwrapv", "-fno-strict-aliasing",
	"-funsigned-char", "-fno-builtin", "-Wa,-I.",
};
static const char *const link_options[] = {"-s"};

static void push_all(struct arena *arena, struct str_vec *to, const char *const *words,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		vec_push(arena, to, words[i]);
}

/* $CC may be more than one word ("ccache gcc"). */
static void push_compiler(struct arena *arena, struct str_vec *to)
{
	const char *cc = getenv("CC");
	char *words = arena_strdup(arena, cc && *cc ? cc : "cc");

	for (char *word = strtok(words, " \t"); word; word = strtok(NULL, " \t"))
		vec_push(arena, to, word);
	if (!to->len)
		vec_push(arena, to, "cc");
}

/* What a program needs besides libksrt. */
struct needs {
	const struct ir_extern_vec *libraries; /* of `extern ... link "x"`; may be NULL */
	struct str_vec compile, link;	       /* for Python */
};

static struct str_vec compiler_command(struct driver *driver, const char *source,
				       const char *program, const struct needs *needs)
{
	const struct ir_extern_vec *libraries = needs->libraries;
	struct arena *arena = &driver->arena;
	struct str_vec argv = {0};

	push_compiler(arena, &argv);
	push_all(arena, &argv, compile_options, sizeof(compile_options) / sizeof(char *));
	vec_push(arena, &argv, "-I");
	vec_push(arena, &argv, path_join(arena, driver->library, "include"));
	push_all(arena, &argv, needs->compile.data, needs->compile.len);
	vec_push(arena, &argv, "-o");
	vec_push(arena, &argv, program);
	vec_push(arena, &argv, source);
	vec_push(arena, &argv, path_join(arena, driver->library, "libksrt.a"));
	for (uint32_t i = 0; libraries && i < libraries->len; i++) {
		const struct ir_extern *external = libraries->data[i];

		if (external->targets & 1u << TARGET_USER && external->library)
			vec_push(arena, &argv, arena_printf(arena, "-l%s", external->library));
	}
	push_all(arena, &argv, needs->link.data, needs->link.len);
	push_all(arena, &argv, link_options, sizeof(link_options) / sizeof(char *));
	vec_push(arena, &argv, NULL);
	return argv;
}

/* Whether the compiler builds the smallest loader in a folder, where it leaves its files. */
static bool probe_in(struct driver *driver, const char *folder, struct strbuf *says)
{
	static const char source[] = "#include \"ksrt.h\"\nint main(void)\n{\n\treturn 0;\n}\n";
	struct needs nothing = {0};
	struct str_vec argv = compiler_command(driver, "probe.c", "probe", &nothing);
	const char *path = path_join(&driver->arena, folder, "probe.c"), *why;
	int status;

	if (!file_create(&driver->arena, path, source, sizeof(source) - 1, 0666, &why)) {
		strbuf_printf(says, "%s: %s", path, why);
		return false;
	}
	status = process_run(driver, argv.data, folder, says, &why);
	if (status < 0)
		strbuf_printf(says, "%s: %s", argv.data[0], why);
	return !status;
}

bool native_probe(struct driver *driver, struct strbuf *detail)
{
	const char *temporary = getenv("TMPDIR");
	char *folder = arena_printf(&driver->arena, "%s/ksc-XXXXXX",
				    temporary && *temporary == '/' ? temporary : "/tmp");
	bool works = false;

	if (!mkdtemp(folder)) {
		strbuf_printf(detail, "%s: %s", folder, strerror(errno));
		return false;
	}
	signals_hold();
	works = probe_in(driver, folder, detail);
	folder_remove(&driver->arena, folder);
	signals_release();
	if (works) {
		struct str_vec argv = {0};

		push_compiler(&driver->arena, &argv);
		strbuf_clear(detail);
		strbuf_puts(detail, argv.data[0]);
	}
	return works;
}

/* What compilers and linkers say when the machine is full, and not the source wrong. */
static bool machine_is_full(const char *folder, const char *says)
{
	static const char *const words[] = {
		"No space left",   "Disk quota exceeded", "File too large",
		"File size limit", "allocate memory",	  "memory exhausted",
		"out of memory",   "Too many open files", "temporarily unavail",
		"Killed",
	};
	enum {
		ROOM_MIN = 1 << 20 /* a loader takes half of it */
	};
	struct statvfs disk;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(says, words[i]))
			return true;
	return !statvfs(folder, &disk) &&
	       (unsigned long long)disk.f_bavail * disk.f_frsize < ROOM_MIN;
}

/* The limit of the stack in KiB when it is smaller than what compilers need, else 0. */
static unsigned long small_stack(void)
{
	enum {
		STACK_MIN = 4 << 20 /* half of what is usual */
	};
	struct rlimit stack;

	return !getrlimit(RLIMIT_STACK, &stack) && stack.rlim_cur < STACK_MIN
		       ? (unsigned long)stack.rlim_cur / 1024
		       : 0;
}

static bool report_compiler(struct job *job, struct output *output, const char *compiler,
			    struct strbuf *text)
{
	struct driver *driver = job->driver;
	struct strbuf ignored = {0};

	if (signals_came())
		return false;
	if (small_stack()) {
		driver_error(driver,
			     "`%s` cannot finish the loader with a stack of %lu KiB (`ulimit -s` "
			     "shows the limit, 8192 is usual):\n%s",
			     compiler, small_stack(), strbuf_text(text));
		return false;
	}
	if (machine_is_full(output->temporary, strbuf_text(text))) {
		driver_error(driver,
			     "`%s` cannot finish the loader: there is no room left on this "
			     "machine (disk, memory or open files):\n%s",
			     compiler, strbuf_text(text));
		return false;
	}
	/* If it builds the smallest loader, the generated C is to blame, else its installation. */
	if (probe_in(driver, output->temporary, &ignored)) {
		driver_error(driver, "`%s` refused the generated loader; this is a bug in ksc:\n%s",
			     compiler, strbuf_text(text));
		job->status = EXIT_INTERNAL;
	} else {
		driver_error(driver,
			     "`%s` cannot build programs here (are the C library's headers "
			     "installed?):\n%s",
			     compiler, strbuf_text(text));
	}
	strbuf_free(&ignored);
	return false;
}

/* ---- Python ---- */

/* The words that `python3-config OPTIONS` prints. */
static bool python_words(struct driver *driver, const char *const *argv, const char *folder,
			 struct str_vec *to)
{
	struct strbuf text = {0};
	const char *why = NULL;
	int status = process_run(driver, argv, folder, &text, &why);
	char *words = arena_strdup(&driver->arena, strbuf_text(&text));

	strbuf_free(&text);
	if (status) {
		driver_error(driver,
			     "the program imports a Python file, but `%s %s` does not say how to "
			     "build with Python%s%s: install python3-dev, or name another "
			     "python3-config in PYTHON_CONFIG",
			     argv[0], argv[1], why ? ": " : "", why ? why : "");
		return false;
	}
	for (char *word = strtok(words, " \t\n"); word; word = strtok(NULL, " \t\n"))
		vec_push(&driver->arena, to, word);
	return true;
}

static bool python_needs(struct driver *driver, const char *folder, struct needs *needs)
{
	const char *named = getenv("PYTHON_CONFIG");
	const char *config = named && *named ? named : "python3-config";
	const char *const includes[] = {config, "--includes", NULL};
	const char *const libraries[] = {config, "--ldflags", "--embed", NULL};

	return python_words(driver, includes, folder, &needs->compile) &&
	       python_words(driver, libraries, folder, &needs->link);
}

static bool build_loader(struct job *job, struct output *output, const char *name)
{
	struct needs needs = {.libraries = &job->pipeline.module->externs};
	struct driver *driver = job->driver;
	struct str_vec argv;
	struct strbuf text = {0};
	const char *why;
	int status;
	bool ok;

	if (!driver->library) {
		driver_error(driver, "cannot find libksrt.a, which loaders are linked with; it "
				     "belongs into ../lib/ksc, seen from ksc");
		return false;
	}
	if (job->pipeline.module->pythons.len && !python_needs(driver, output->temporary, &needs))
		return false;
	argv = compiler_command(driver, arena_printf(&driver->arena, "%s.c", name), name, &needs);
	status = process_run(driver, argv.data, output->temporary, &text, &why);
	ok = !status;
	if (status < 0)
		driver_error(driver,
			     "cannot run the C compiler `%s`, which builds the loader: %s; install "
			     "one or name it in CC",
			     argv.data[0], why);
	else if (status)
		report_compiler(job, output, argv.data[0], &text);
	else if (text.len)
		driver_say(driver, "%s says:\n%s", argv.data[0], strbuf_text(&text));
	if (ok)
		output_adopt(output, name);
	strbuf_free(&text);
	return ok;
}

/* Whether a file of an earlier build starts like those that ksc writes. */
static bool is_ours(struct output *output, const char *name, const char *start)
{
	struct arena *arena = &output->driver->arena;
	struct strbuf text = {0};
	const char *why;
	bool ours = file_read(arena, path_join(arena, output->folder, name), SOURCE_BYTES_MAX,
			      &text, &why) &&
		    !strncmp(strbuf_text(&text), start, strlen(start));

	strbuf_free(&text);
	return ours;
}

static void drop_old_module(struct job *job, struct output *output, const char *name)
{
	struct arena *arena = &job->driver->arena;
	const char *source = arena_printf(arena, "%s.mod.c", name);

	if (job->pipeline.kmod.len ||
	    !is_ours(output, source,
		     "// SPDX-License-Identifier: GPL-2.0\n/* The kernel module of "))
		return;
	output_drop(output, source);
	output_drop(output, "Kbuild");
	output_drop(output, arena_printf(arena, "%s.ko", name));
}

/*
 * A source that lost its `main` or its bpf functions makes fewer files than before: what an
 * earlier build left would be taken for today's.
 */
static void drop_old_files(struct job *job, struct output *output)
{
	struct arena *arena = &job->driver->arena;
	const char *name = arena_strdup(arena, job->comp.options.project);
	const char *source = arena_printf(arena, "%s.c", name);
	const char *object = arena_printf(arena, "%s.bpf.o", name);
	bool built_before = is_ours(output, source, "/* The loader of ");

	if (!job->pipeline.object.len && (built_before || is_ours(output, object, "\177ELF")))
		output_drop(output, object);
	drop_old_module(job, output, name);
	if (job->pipeline.loader.len || !built_before)
		return;
	output_drop(output, source);
	output_drop(output, name);
	if (is_ours(output, "Makefile", "# Rebuilds the loader"))
		output_drop(output, "Makefile");
}

/* Everything into the temporary folder. */
static bool write_all(struct job *job, struct output *output, bool with_makefile)
{
	struct pipeline *pipeline = &job->pipeline;
	struct arena *arena = &job->driver->arena;
	const char *name = job->comp.options.project;

	if (pipeline->kmod.len && !module_build(job, output))
		return false;
	if (pipeline->object.len && !output_add(output, arena_printf(arena, "%s.bpf.o", name),
						pipeline->object.data, pipeline->object.len))
		return false;
	if (with_makefile && pipeline->makefile.len &&
	    !output_add(output, "Makefile", pipeline->makefile.data, pipeline->makefile.len))
		return false;
	if (!pipeline->loader.len)
		return true;
	if (!output_add(output, arena_printf(arena, "%s.c", name), pipeline->loader.data,
			pipeline->loader.len))
		return false;
	vec_foreach (python, &pipeline->module->pythons) {
		const struct source *source = job->comp.sources.files.data[python->file];

		if (!output_add(output, arena_printf(arena, "%s.py", python->name), source->text,
				source->len))
			return false;
	}
	if (pipeline->python.len && !output_add(output, arena_printf(arena, "%s.py", name),
						pipeline->python.data, pipeline->python.len))
		return false;
	return build_loader(job, output, arena_strdup(arena, name));
}

bool native_build(struct job *job, const char *folder, bool with_makefile)
{
	struct output output;
	bool ok;

	if (!job_run(job, PASS_MAKEFILE))
		return false;
	module_symbols_check(job);
	if (diag_error_count(&job->comp))
		return false;
	/* Before a C compiler runs for a second: the warnings. */
	job_report(job);
	if (!job->pipeline.object.len && !job->pipeline.loader.len && !job->pipeline.kmod.len) {
		driver_note(job->driver, "nothing to build: no bpf functions and no `main`");
		return true;
	}
	job->status = EXIT_ENVIRONMENT;
	if (!output_begin(&output, job->driver, folder))
		return false;
	ok = write_all(job, &output, with_makefile);
	drop_old_files(job, &output);
	if (output_end(&output, ok))
		job->status = EXIT_DONE;
	return job->status == EXIT_DONE;
}
