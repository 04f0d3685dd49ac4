/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Level c: the loader's source compiles with gcc and clang, warnings are errors. Level exec: the
 * loader is built and run; `exec:` directives give its arguments and say what comes out.
 */
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* As runtime/ksrt.h asks; the same flags that `ksc build` uses. */
#define CFLAGS                                                                                \
	"-std=gnu11 -fwrapv -fno-strict-aliasing -funsigned-char -fno-builtin -Wall -Wextra " \
	"-Werror"

struct workplace {
	char dir[64];
	const char *name;
	bool has_python;
};

static bool file_write(const char *path, const struct strbuf *data)
{
	FILE *file = fopen(path, "wb");
	bool ok = file && fwrite(strbuf_text(data), 1, data->len, file) == data->len;

	return file && !fclose(file) && ok;
}

/* A shell command's output, both streams, and its exit status. */
static int command(struct strbuf *out, const char *fmt, ...)
{
	struct strbuf line = {0};
	char buffer[4096];
	va_list args;
	FILE *pipe;
	size_t n;
	int status;

	va_start(args, fmt);
	strbuf_vprintf(&line, fmt, args);
	va_end(args);
	fflush(NULL);
	pipe = popen(strbuf_text(&line), "r");
	while (pipe && (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0)
		strbuf_append(out, buffer, n);
	status = pipe ? pclose(pipe) : -1;
	strbuf_free(&line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool workplace_make(struct workplace *place, const struct compiled *compiled)
{
	char path[256];

	strcpy(place->dir, "/tmp/ks-golden-XXXXXX");
	if (!mkdtemp(place->dir))
		return false;
	place->name = compiled->comp.options.project;
	snprintf(path, sizeof(path), "%s/%s.c", place->dir, place->name);
	if (!file_write(path, &compiled->loader))
		return false;
	vec_foreach (python, &compiled->module->pythons) {
		const struct source *source = compiled->comp.sources.files.data[python->file];
		struct strbuf text = {0};
		bool ok;

		strbuf_append(&text, source->text, source->len);
		snprintf(path, sizeof(path), "%s/%s.py", place->dir, python->name);
		ok = file_write(path, &text);
		strbuf_free(&text);
		if (!ok)
			return false;
	}
	place->has_python = compiled->module->pythons.len > 0;
	snprintf(path, sizeof(path), "%s/%s.bpf.o", place->dir, place->name);
	return file_write(path, &compiled->object);
}

static void workplace_remove(struct workplace *place)
{
	struct strbuf out = {0};

	command(&out, "rm -rf '%s' 2>&1", place->dir);
	strbuf_free(&out);
}

static bool compile_with(struct runner *runner, struct test_case *tc, struct workplace *place,
			 const char *compiler, const char *more)
{
	struct strbuf out = {0};
	int status =
		command(&out, "cd '%s' && %s %s -I'%s/runtime/include' -Wa,-I. %s '%s.c' %s 2>&1",
			place->dir, compiler, CFLAGS, runner->build,
			place->has_python ? "$(python3-config --includes)" : "", place->name, more);

	if (status)
		fail(tc, 1, "%s does not compile the loader:\n%s", compiler, strbuf_text(&out));
	strbuf_free(&out);
	return status == 0;
}

/* Whether loaders that call Python can be built here; else the case is skipped. */
static bool has_python(struct test_case *tc, const struct compiled *compiled)
{
	struct strbuf out = {0};
	bool has =
		!compiled->module->pythons.len || !command(&out, "python3-config --includes 2>&1");

	strbuf_free(&out);
	if (!has)
		tc->skipped = "no python3-config";
	return has;
}

void level_c(struct runner *runner, struct test_case *tc, struct compiled *compiled)
{
	struct workplace place;

	if (!compiled->loader.len || tc->expects_errors) {
		tc->not_applicable = true;
		return;
	}
	if (!has_python(tc, compiled))
		return;
	if (!workplace_make(&place, compiled)) {
		fail(tc, 1, "cannot write to %s", place.dir);
		return;
	}
	/* Each compiler warns of other things at each level; two of the four cover most. */
	compile_with(runner, tc, &place, "gcc", "-O2 -c -o /dev/null");
	compile_with(runner, tc, &place, "clang-19", "-O0 -c -o /dev/null");
	workplace_remove(&place);
}

/* Loaders with BPF code get namespaces of their own: nothing of the machine is touched. */
static const char own_namespaces[] =
	"unshare -n -m sh -c 'ip link set lo up; mount -t bpf bpf /sys/fs/bpf; "
	"mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null; exec \"$0\" \"$@\"' ";

/* `exec: --count 3 exit=0`, the lines below are of its output. */
static void do_exec(struct test_case *tc, struct workplace *place, const struct action *action,
		    bool has_object)
{
	struct strbuf out = {0};
	const char *want = strstr(action->text, "exit=");
	int want_status = want ? atoi(want + 5) : 0;
	int args_len = want ? (int)(want - action->text) : (int)strlen(action->text);
	int status = command(&out, "cd '%s' && %stimeout 20 './%s' %.*s 2>&1", place->dir,
			     has_object ? own_namespaces : "", place->name, args_len, action->text);

	if (status != want_status) {
		fail(tc, action->line, "the loader ended with %d, not %d:", status, want_status);
		strbuf_printf(&tc->failures, "%s\n", strbuf_text(&out));
	}
	excerpt_compare(tc, action->line, "the loader's output", &action->lines, strbuf_text(&out));
	strbuf_free(&out);
}

void level_exec(struct runner *runner, struct test_case *tc, struct compiled *compiled)
{
	struct workplace place;
	bool wanted = false;
	struct strbuf link = {0};

	vec_foreach (action, &tc->actions)
		wanted |= action->kind == ACTION_EXEC;
	if (!wanted || !compiled->loader.len) {
		tc->not_applicable = true;
		return;
	}
	if (compiled->object.len && geteuid()) {
		tc->skipped = "its loader needs root";
		return;
	}
	if (!has_python(tc, compiled))
		return;
	if (!workplace_make(&place, compiled)) {
		fail(tc, 1, "cannot write to %s", place.dir);
		return;
	}
	strbuf_printf(&link, "-O2 -o '%s' '%s/runtime/libksrt.a'", place.name, runner->build);
	vec_foreach (external, &compiled->module->externs) {
		if ((*external)->library)
			strbuf_printf(&link, " -l%s", (*external)->library);
	}
	if (place.has_python)
		strbuf_puts(&link, " $(python3-config --embed --ldflags)");
	if (compile_with(runner, tc, &place, "gcc", strbuf_text(&link))) {
		vec_foreach (action, &tc->actions) {
			if (action->kind == ACTION_EXEC)
				do_exec(tc, &place, action, compiled->object.len > 0);
		}
	}
	strbuf_free(&link);
	workplace_remove(&place);
}
