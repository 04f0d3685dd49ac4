/* SPDX-License-Identifier: Apache-2.0 */
/*
 * golden [--level=golden|c|run|exec] [--kernel=VERSION] [--root=DIR] [-v] PATH...
 *
 * Runs every .ks file below the paths, and every ```ks block of .md files. Prints the failures, the
 * reasons of skips and one line of counts; exit status 0 when nothing failed. --root names the
 * folder that holds stdlib/ and tests/ when it is not the one that was built from.
 */
#include "runner.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <sys/wait.h>

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {
	[LEVEL_GOLDEN] = "golden",
	[LEVEL_C] = "c",
	[LEVEL_RUN] = "run",
	[LEVEL_EXEC] = "exec",
};

static void case_levels(struct runner *runner, struct test_case *tc)
{
	struct compiled compiled = {0};

	if (case_parse(tc) && case_compile(runner, tc, &compiled) && !tc->failures.len) {
		switch (runner->level) {
		case LEVEL_GOLDEN:
			case_compare(tc, &compiled);
			case_interpret(tc, &compiled);
			break;
		case LEVEL_C:
			level_c(runner, tc, &compiled);
			break;
		case LEVEL_RUN:
			level_run(runner, tc, &compiled);
			break;
		case LEVEL_EXEC:
			level_exec(runner, tc, &compiled);
			break;
		}
	}
	compiled_free(&compiled);
}

enum outcome {
	CASE_PASSED,
	CASE_FAILED,
	CASE_SKIPPED,
	CASE_NOT_APPLICABLE
};

/* The process of one case: its result is the exit status. */
static enum outcome case_child(struct runner *runner, struct test_case *tc)
{
	enum outcome outcome = CASE_PASSED;

	arena_init(&tc->arena);
	case_levels(runner, tc);
	if (tc->failures.len) {
		printf("FAIL %s\n%s", tc->path, strbuf_text(&tc->failures));
		outcome = CASE_FAILED;
	} else if (tc->skipped) {
		printf("skipped: %s: %s\n", tc->path, tc->skipped);
		outcome = CASE_SKIPPED;
	} else if (tc->not_applicable) {
		outcome = CASE_NOT_APPLICABLE;
	} else if (runner->verbose) {
		printf("passed %s\n", tc->path);
	}
	strbuf_free(&tc->failures);
	arena_free(&tc->arena);
	free(tc->text);
	return outcome;
}

/*
 * Runs one case; `text` is its own and is freed. Each has its own process: a crash is one failure,
 * and LLVM's BPF back end keeps pointers into a module, by type and field, after the module is gone
 * (BPFAbstractMemberAccess::GEPGlobals, LLVM 19), so that a process can compile one module only.
 */
static void case_run(struct runner *runner, const char *path, char *text, size_t len)
{
	struct test_case tc = {.path = path, .text = text, .len = len};
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		exit(case_child(runner, &tc));
	free(text);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		printf("FAIL %s\n  no process: %s\n", path, strerror(errno));
		runner->failed++;
	} else if (WIFSIGNALED(status)) {
		printf("FAIL %s\n  crashed: %s\n", path, strsignal(WTERMSIG(status)));
		runner->failed++;
	} else {
		runner->passed += WEXITSTATUS(status) == CASE_PASSED;
		runner->skipped += WEXITSTATUS(status) == CASE_SKIPPED;
		runner->failed += WEXITSTATUS(status) != CASE_PASSED &&
				  WEXITSTATUS(status) != CASE_SKIPPED &&
				  WEXITSTATUS(status) != CASE_NOT_APPLICABLE;
	}
}

/*
 * Every ```ks block of a document is a case. Line ends stand for all that comes before it, so that
 * messages name the document's own lines.
 */
static void document_run(struct runner *runner, const char *path, char *text, size_t len)
{
	static const char open[] = "```ks\n", close[] = "```";
	uint32_t line = 1, start = 0;

	for (char *at = text, *block = NULL; at < text + len; line++) {
		char *end = memchr(at, '\n', (size_t)(text + len - at));
		char *next = end ? end + 1 : text + len;

		if (block && !strncmp(at, close, strlen(close))) {
			size_t size = (size_t)(at - block);
			char *copy = calloc(1, start + size + 1);

			memset(copy, '\n', start);
			memcpy(copy + start, block, size);
			case_run(runner, path, copy, start + size);
			block = NULL;
		} else if (!block && !strncmp(at, open, strlen(open))) {
			block = next;
			start = line;
		}
		at = next;
	}
	free(text);
}

static void file_run(struct runner *runner, const char *path, bool is_document)
{
	size_t len = 0;
	char *text = file_read(path, &len);

	if (!text) {
		printf("FAIL %s: cannot be read: %s\n", path, strerror(errno));
		runner->failed++;
	} else if (is_document) {
		document_run(runner, path, text, len);
	} else {
		case_run(runner, path, text, len);
	}
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool run_below(struct runner *runner, char *path)
{
	char *roots[] = {path, NULL};
	FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;
	uint32_t seen = 0;

	while (tree && (entry = fts_read(tree))) {
		const char *dot = strrchr(entry->fts_name, '.');

		/* Files of other cases, to be included or imported, lie in folders `parts`. */
		if (entry->fts_info == FTS_D && !strcmp(entry->fts_name, "parts")) {
			fts_set(tree, entry, FTS_SKIP);
		} else if (entry->fts_info == FTS_F && dot &&
			   (!strcmp(dot, ".ks") || !strcmp(dot, ".md"))) {
			file_run(runner, entry->fts_path, !strcmp(dot, ".md"));
			seen++;
		}
	}
	if (tree)
		fts_close(tree);
	if (!seen)
		fprintf(stderr, "%s: no cases there\n", path);
	return seen > 0;
}

/* Whether bpf() is permitted at all; the reason when not. */
static const char *bpf_refused(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, NULL);

	if (fd < 0)
		return strerror(-fd);
	close(fd);
	return NULL;
}

static bool parse_level(struct runner *runner, const char *name)
{
	for (unsigned i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (!strcmp(name, level_names[i])) {
			runner->level = (enum level)i;
			return true;
		}
	}
	return false;
}

static void set_root(struct runner *runner, const char *root)
{
	static char stdlib[4096], fixtures[4096];

	snprintf(stdlib, sizeof(stdlib), "%s/stdlib", root);
	snprintf(fixtures, sizeof(fixtures), "%s/tests/fixtures", root);
	runner->stdlib = stdlib;
	runner->fixtures = fixtures;
}

static bool parse_args(struct runner *runner, int argc, char **argv, int *first)
{
	for (*first = 1; *first < argc && argv[*first][0] == '-'; (*first)++) {
		const char *arg = argv[*first];

		if (!strcmp(arg, "-v"))
			runner->verbose = true;
		else if (!strncmp(arg, "--kernel=", 9))
			runner->kernel = arg + 9;
		else if (!strncmp(arg, "--root=", 7))
			set_root(runner, arg + 7);
		else if (strncmp(arg, "--level=", 8) || !parse_level(runner, arg + 8))
			return false;
	}
	return *first < argc;
}

int main(int argc, char **argv)
{
	struct runner runner = {.kernel = "6.18", .build = KSC_ROOT_BINARY_DIR};
	struct timespec start, end;
	const char *refused;
	bool found = true;
	int first;

	set_root(&runner, KSC_SOURCE_DIR);
	if (!parse_args(&runner, argc, argv, &first)) {
		fprintf(stderr, "usage: golden [--level=golden|c|run|exec] "
				"[--kernel=VERSION] [--root=DIR] [-v] PATH...\n");
		return 2;
	}
	refused = runner.level == LEVEL_RUN ? bpf_refused() : NULL;
	if (refused) {
		printf("skipped: bpf() is not permitted: %s\n", refused);
		return 77;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = first; i < argc; i++)
		found &= run_below(&runner, argv[i]);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%s: %u passed, %u failed, %u skipped in %.2f s\n", level_names[runner.level],
	       runner.passed, runner.failed, runner.skipped,
	       (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
	return runner.failed || !found;
}
