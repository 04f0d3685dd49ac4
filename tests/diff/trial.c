/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include "source.h"

#include "bpf/bpf.h"
#include "cgen/cgen.h"
#include "ir/ir.h"
#include "kernel/kernel.h"
#include "syntax/syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const outcome_names[OUTCOMES] = {
	"same",
	"too large",
	"the checker refuses it",
	"the kernel refuses it",
	"the verifier gives up: too many instructions or jumps",
	"the user build fails",
	"user code differs from the interpreter",
	"the kernel differs from the interpreter",
	"the IR is wrong or does not end",
	"the test run fails",
	"the compiler dies",
	"bpf() is not permitted",
};

const uint64_t trial_inputs[TRIAL_SETS][2] = {
	{0, 5},
	{0x123456789abcdef0, 3},
	{UINT64_C(0xffffffffffffff85), UINT64_C(0x8000000000000001)},
};

/* What compilers warn of in generated programs is no defect: nobody wrote `x == x`. */
#define CFLAGS "-std=gnu11 -fwrapv -fno-strict-aliasing -funsigned-char -fno-builtin -w"

/* A trial may take so long. */
#define SECONDS_MAX 240

void verdict_set(struct verdict *verdict, enum outcome outcome, uint32_t number, const char *fmt,
		 ...)
{
	va_list args;

	if (verdict->outcome != OUTCOME_SAME)
		return;
	verdict->outcome = outcome;
	verdict->number = number;
	va_start(args, fmt);
	vsnprintf(verdict->why, sizeof(verdict->why), fmt, args);
	va_end(args);
}

/* A shell command's output and exit status. */
static int command(struct strbuf *out, const char *line)
{
	FILE *pipe = popen(line, "r");
	char buffer[4096];
	size_t n;

	while (pipe && (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0)
		strbuf_append(out, buffer, n);
	return pipe ? pclose(pipe) : -1;
}

static bool file_write(const char *folder, const char *name, const struct strbuf *data)
{
	char path[1024];
	FILE *file;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	ok = file && fwrite(strbuf_text(data), 1, data->len, file) == data->len;
	return file && !fclose(file) && ok;
}

static void file_read(const char *folder, const char *name, struct strbuf *data)
{
	char line[1024];

	snprintf(line, sizeof(line), "cat %s/%s", folder, name);
	command(data, line);
}

static void user_run(const char *folder, struct strbuf *printed, struct verdict *verdict)
{
	char line[1024];
	int status;

	snprintf(line, sizeof(line), "cd %s && timeout 60 ./diff 2>&1", folder);
	status = command(printed, line);
	if (status)
		verdict_set(verdict, OUTCOME_C, UINT32_MAX, "status %d: %s", WEXITSTATUS(status),
			    strbuf_text(printed));
}

/* Object, expectations and user build into the folder. */
static void build_user(const struct trial *trial, struct compilation *comp,
		       struct ir_module *module, const struct strbuf *object, const char *folder,
		       struct verdict *verdict)
{
	struct strbuf loader = {0}, printed = {0};
	char line[1024];
	int status;

	if (!cgen_has_loader(module))
		return;
	cgen_loader(comp, module, &loader);
	file_write(folder, "diff.c", &loader);
	file_write(folder, "diff.bpf.o", object);
	snprintf(line, sizeof(line),
		 "cd %s && %s " CFLAGS " -I'%s/runtime/include' -Wa,-I. diff.c -o diff "
		 "'%s/runtime/libksrt.a' 2>&1",
		 folder, trial->optimize ? "gcc -O1" : "clang-19 -O0", KSC_ROOT_BINARY_DIR,
		 KSC_ROOT_BINARY_DIR);
	status = command(&printed, line);
	if (status)
		verdict_set(verdict, OUTCOME_C, UINT32_MAX, "%s", strbuf_text(&printed));
	strbuf_free(&printed);
	strbuf_free(&loader);
}

static bool no_errors(struct compilation *comp, struct verdict *verdict)
{
	enum outcome outcome = OUTCOME_ERROR;
	struct strbuf out = {0};
	uint32_t number = UINT32_MAX;
	const char *name;

	if (!comp->error_count)
		return true;
	vec_foreach (diag, &comp->diags) {
		if ((*diag)->slug == DIAG_STACK_LIMIT)
			outcome = OUTCOME_TOO_LARGE;
	}
	diag_render_all(comp, &out);
	/* `run_7`, `work_7`, ... */
	name = outcome == OUTCOME_TOO_LARGE ? strchr(strbuf_text(&out), '`') : NULL;
	if (name && strchr(name, '_'))
		number = (uint32_t)strtoul(strchr(name, '_') + 1, NULL, 10);
	verdict_set(verdict, outcome, number, "%s", strbuf_text(&out));
	strbuf_free(&out);
	return false;
}

static struct ir_module *compile(const struct trial *trial, struct compilation *comp, bool passes,
				 struct verdict *verdict)
{
	struct ir_module *module = NULL;
	struct program *program;
	struct ast_file *tree;
	char path[1024];
	const char *why;

	compilation_init(comp);
	types_init(comp);
	kernels_init(comp);
	comp->options.project = "diff";
	comp->open_source = source_open;
	comp->diag_options.format = DIAG_LINE;
	comp->diag_options.no_warnings = true;
	snprintf(path, sizeof(path), KSC_SOURCE_DIR "/tests/fixtures/kernel-%s.btf", trial->kernel);
	kernels_add(comp, kernel_open_file(path, trial->kernel, kernel_version_parse(trial->kernel),
					   &why));
	tree = syntax_parse(
		comp, source_add(&comp->sources, "diff.ks", trial->text, strlen(trial->text)));
	if (!no_errors(comp, verdict))
		return NULL;
	program = sema_check(comp, tree);
	if (!no_errors(comp, verdict))
		return NULL;
	if (!passes && trial->cover)
		cover_tree(&verdict->cover, tree);
	module = ir_build(comp, program);
	if (module)
		ir_verify_or_die(module, "the builder");
	if (module && passes) {
		ir_passes_run(comp, module);
		ir_verify_or_die(module, "the passes");
	} else if (module && trial->cover) {
		cover_ir(&verdict->cover, module);
	}
	return no_errors(comp, verdict) ? module : NULL;
}

static void trial_do(const struct trial *trial, const char *folder, struct verdict *verdict)
{
	struct strbuf object = {0}, kernel = {0}, user = {0}, got = {0};
	struct compilation first, second;
	struct ir_module *module;

	/* What must come out is what the IR says before any pass has changed it. */
	module = compile(trial, &first, false, verdict);
	if (module) {
		expect_kernel(&first, module, &kernel, verdict);
		expect_user(&first, module, &user, verdict);
	}
	if (verdict->outcome != OUTCOME_SAME)
		return;
	module = compile(trial, &second, true, verdict);
	if (!module)
		return;
	bpf_emit(&second, module, BPF_OUT_OBJECT, &object);
	if (!no_errors(&second, verdict))
		return;
	build_user(trial, &second, module, &object, folder, verdict);
	if (trial->prepare) {
		file_write(folder, "kernel.expect", &kernel);
		file_write(folder, "user.expect", &user);
		return;
	}
	live_run(object.data, object.len, &got, verdict);
	lines_compare(verdict, OUTCOME_KERNEL, &kernel, &got);
	strbuf_clear(&got);
	if (cgen_has_loader(module))
		user_run(folder, &got, verdict);
	lines_compare(verdict, OUTCOME_USER, &user, &got);
}

static void replay(const char *folder, struct verdict *verdict)
{
	struct strbuf object = {0}, expected = {0}, got = {0};

	file_read(folder, "diff.bpf.o", &object);
	file_read(folder, "kernel.expect", &expected);
	live_run(object.data, object.len, &got, verdict);
	lines_compare(verdict, OUTCOME_KERNEL, &expected, &got);
	strbuf_clear(&got);
	strbuf_clear(&expected);
	file_read(folder, "user.expect", &expected);
	user_run(folder, &got, verdict);
	lines_compare(verdict, OUTCOME_USER, &expected, &got);
}

/* The verdict of a child process; `folder` is removed when it is not kept. */
static void in_child(const struct trial *trial, const char *folder, struct verdict *verdict)
{
	int ends[2], status = 0;
	char line[1024];
	struct strbuf out = {0};
	size_t got = 0;
	ssize_t n;
	pid_t child;

	memset(verdict, 0, sizeof(*verdict));
	if (pipe(ends)) {
		verdict_set(verdict, OUTCOME_CRASH, UINT32_MAX, "no pipe");
		return;
	}
	fflush(NULL);
	child = fork();
	if (!child) {
		const char *at = (const char *)verdict;

		close(ends[0]);
		alarm(SECONDS_MAX);
		if (trial)
			trial_do(trial, folder, verdict);
		else
			replay(folder, verdict);
		for (size_t sent = 0; sent < sizeof(*verdict); sent += (size_t)n) {
			n = write(ends[1], at + sent, sizeof(*verdict) - sent);
			if (n <= 0)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	while (got < sizeof(*verdict) &&
	       (n = read(ends[0], (char *)verdict + got, sizeof(*verdict) - got)) > 0)
		got += (size_t)n;
	waitpid(child, &status, 0);
	if (got != sizeof(*verdict)) {
		memset(verdict, 0, sizeof(*verdict));
		verdict_set(verdict, OUTCOME_CRASH, UINT32_MAX, "signal %d, status %d",
			    WTERMSIG(status), WEXITSTATUS(status));
	}
	close(ends[0]);
	if (trial && !trial->prepare) {
		snprintf(line, sizeof(line), "rm -rf %s", folder);
		command(&out, line);
		strbuf_free(&out);
	}
}

void trial_run(const struct trial *trial, struct verdict *verdict)
{
	char folder[] = "/tmp/ks-diff-XXXXXX";

	if (!trial->prepare && !mkdtemp(folder)) {
		memset(verdict, 0, sizeof(*verdict));
		verdict_set(verdict, OUTCOME_CRASH, UINT32_MAX, "cannot write to /tmp");
		return;
	}
	in_child(trial, trial->prepare ? trial->prepare : folder, verdict);
}

void trial_replay(const char *folder, struct verdict *verdict)
{
	in_child(NULL, folder, verdict);
}
