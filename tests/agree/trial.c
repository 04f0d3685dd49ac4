/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

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
	"the verifier gives up after a million instructions",
	"the user build fails",
	"user code differs from the kernel",
	"the interpreter differs from the kernel",
	"the test run fails",
	"the compiler dies",
	"bpf() is not permitted",
};

/* What gcc warns of in generated programs is no defect: nobody wrote `x == x`. */
#define CFLAGS "-std=gnu11 -fwrapv -fno-strict-aliasing -funsigned-char -fno-builtin -O1 -w"

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

static bool file_write(const char *path, const struct strbuf *data)
{
	FILE *file = fopen(path, "wb");
	bool ok = file && fwrite(strbuf_text(data), 1, data->len, file) == data->len;

	return file && !fclose(file) && ok;
}

/* Builds the loader and runs it; what it prints. */
static void user_run(struct compilation *comp, struct ir_module *module,
		     const struct strbuf *object, struct strbuf *printed, struct verdict *verdict)
{
	char dir[] = "/tmp/ks-agree-XXXXXX", line[1024];
	struct strbuf loader = {0};
	int status;

	cgen_loader(comp, module, &loader);
	if (!mkdtemp(dir)) {
		verdict_set(verdict, OUTCOME_C, 0, "cannot write to /tmp");
		return;
	}
	snprintf(line, sizeof(line), "%s/diff.c", dir);
	file_write(line, &loader);
	snprintf(line, sizeof(line), "%s/diff.bpf.o", dir);
	file_write(line, object);
	snprintf(line, sizeof(line),
		 "cd %s && gcc " CFLAGS " -I'%s/runtime/include' -Wa,-I. diff.c -o diff "
		 "'%s/runtime/libksrt.a' 2>&1 && timeout 20 ./diff 2>&1",
		 dir, KSC_ROOT_BINARY_DIR, KSC_ROOT_BINARY_DIR);
	status = command(printed, line);
	if (status)
		verdict_set(verdict, OUTCOME_C, 0, "status %d: %s", WEXITSTATUS(status),
			    strbuf_text(printed));
	snprintf(line, sizeof(line), "rm -rf %s", dir);
	strbuf_free(&loader);
	command(&loader, line);
	strbuf_free(&loader);
}

static bool is_too_large(const struct compilation *comp)
{
	vec_foreach (diag, &comp->diags) {
		if ((*diag)->slug == DIAG_STACK_LIMIT)
			return true;
	}
	return false;
}

static bool no_errors(struct compilation *comp, struct verdict *verdict)
{
	struct strbuf out = {0};

	if (!comp->error_count)
		return true;
	diag_render_all(comp, &out);
	verdict_set(verdict, is_too_large(comp) ? OUTCOME_TOO_LARGE : OUTCOME_ERROR, 0, "%s",
		    strbuf_text(&out));
	strbuf_free(&out);
	return false;
}

static void trial_do(const struct trial *trial, struct verdict *verdict)
{
	struct compilation comp;
	struct strbuf object = {0}, printed = {0};
	struct ir_module *module = NULL;
	struct program *program;
	struct ast_file *tree;
	char path[1024];
	const char *why;

	compilation_init(&comp);
	types_init(&comp);
	kernels_init(&comp);
	comp.options.project = "diff";
	comp.diag_options.format = DIAG_LINE;
	comp.diag_options.no_warnings = true;
	snprintf(path, sizeof(path), KSC_SOURCE_DIR "/tests/fixtures/kernel-%s.btf", trial->kernel);
	kernels_add(&comp, kernel_open_file(path, trial->kernel,
					    kernel_version_parse(trial->kernel), &why));
	tree = syntax_parse(
		&comp, source_add(&comp.sources, "agree.ks", trial->text, strlen(trial->text)));
	if (no_errors(&comp, verdict)) {
		program = sema_check(&comp, tree);
		if (no_errors(&comp, verdict))
			module = ir_build(&comp, program);
	}
	if (!module)
		return;
	ir_passes_run(&comp, module);
	ir_verify_or_die(module, "the passes");
	if (!no_errors(&comp, verdict))
		return;
	bpf_emit(&comp, module, BPF_OUT_OBJECT, &object);
	if (!no_errors(&comp, verdict))
		return;
	if (trial->user)
		user_run(&comp, module, &object, &printed, verdict);
	trial_compare(trial, &comp, module, &object, trial->user ? strbuf_text(&printed) : NULL,
		      verdict);
}

void trial_run(const struct trial *trial, struct verdict *verdict)
{
	int ends[2], status = 0;
	pid_t child;

	memset(verdict, 0, sizeof(*verdict));
	if (pipe(ends)) {
		verdict_set(verdict, OUTCOME_CRASH, 0, "no pipe");
		return;
	}
	fflush(NULL);
	child = fork();
	if (!child) {
		alarm(120);
		trial_do(trial, verdict);
		_exit(write(ends[1], verdict, sizeof(*verdict)) != sizeof(*verdict));
	}
	close(ends[1]);
	if (read(ends[0], verdict, sizeof(*verdict)) != sizeof(*verdict)) {
		memset(verdict, 0, sizeof(*verdict));
		waitpid(child, &status, 0);
		verdict_set(verdict, OUTCOME_CRASH, 0, "signal %d, status %d", WTERMSIG(status),
			    WEXITSTATUS(status));
	} else {
		waitpid(child, &status, 0);
	}
	close(ends[0]);
}
