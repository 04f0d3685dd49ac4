/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `ksc test`: each @test function in a child of its own, several at once, so that every test has
 * an object and maps of its own. Results are printed in the order of the source.
 */
#include <poll.h>
#include <regex.h>
#include <sys/wait.h>

#include "internal.h"

/* One test and what came of it. */
struct run {
	const struct ks_test_fn *test;
	pid_t child; /* 0: not started */
	int fd;	     /* its output; -1: all was read */
	char *text;
	size_t len, room;
	u64 start, took;
	int status; /* exit status; -1: none */
	bool done;
};

static struct {
	struct run *runs;
	u32 count, jobs;
	bool json;
	const char *filter, *junit;
} tests = {.filter = ""};

static bool has_failed(const struct run *run)
{
	return run->status && run->status != EXIT_SKIPPED;
}

/* ---- children ---- */

/* What the child prints goes to a pipe, to be shown below the line about the test. */
static void child_run(const struct ks_test_fn *test, const int *ends) __attribute__((noreturn));

static void child_run(const struct ks_test_fn *test, const int *ends)
{
	dup2(ends[1], STDOUT_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[0]);
	close(ends[1]);
	exit(runtime_run(test->run));
}

static void append(struct run *run, const char *text, size_t len)
{
	if (run->len + len > run->room) {
		size_t room = (run->len + len) * 2;
		char *grown = realloc(run->text, room);

		if (!grown)
			return; /* the end of a very long output is missing */
		run->text = grown;
		run->room = room;
	}
	memcpy(run->text + run->len, text, len);
	run->len += len;
}

static void cannot(struct run *run, const char *what)
{
	char text[200];

	snprintf(text, sizeof(text), "error: %s: %s\n", what, strerror(errno));
	append(run, text, strlen(text));
	run->status = -1;
	run->done = true;
}

static void start(struct run *run)
{
	int ends[2];

	run->start = ks_time_ns();
	if (pipe(ends)) {
		cannot(run, "no pipe");
		return;
	}
	fflush(NULL);
	run->child = fork();
	if (!run->child)
		child_run(run->test, ends);
	close(ends[1]);
	run->fd = ends[0];
	if (run->child < 0) {
		close(ends[0]);
		run->fd = -1;
		cannot(run, "cannot fork");
	}
}

/* Its output is complete: the child, and what it started, have closed the pipe. */
static void finish(struct run *run)
{
	int status = -1;

	close(run->fd);
	run->fd = -1;
	while (waitpid(run->child, &status, 0) < 0) {
		char text[128];

		if (errno == EINTR)
			continue;
		snprintf(text, sizeof(text), "error: the test has no exit status: %s\n",
			 strerror(errno));
		append(run, text, strlen(text));
		status = -1;
		break;
	}
	run->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run->took = ks_time_ns() - run->start;
	run->done = true;
}

static void read_some(struct run *run)
{
	char buffer[4096];
	ssize_t n = read(run->fd, buffer, sizeof(buffer));

	if (n > 0)
		append(run, buffer, (size_t)n);
	else if (!n || errno != EINTR)
		finish(run);
}

/* Waits until one of the running tests says something, and takes it. */
static void wait_for_output(void)
{
	struct pollfd *fds = ks_alloc(tests.count * sizeof(*fds), "test");

	for (u32 i = 0; i < tests.count; i++)
		fds[i] = (struct pollfd){.fd = tests.runs[i].child > 0 ? tests.runs[i].fd : -1,
					 .events = POLLIN};
	if (poll(fds, tests.count, -1) > 0) {
		for (u32 i = 0; i < tests.count; i++) {
			if (fds[i].revents)
				read_some(&tests.runs[i]);
		}
	}
	free(fds);
}

/* ---- reports ---- */

static void show_output(const struct run *run)
{
	const char *text = run->text, *end = text + run->len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = newline ? (size_t)(newline - text) : (size_t)(end - text);

		printf("    %.*s\n", (int)n, text);
		text += n + 1;
	}
}

static double seconds(const struct run *run)
{
	return (double)run->took / 1e9;
}

static void report_text(const struct run *run)
{
	if (!run->status)
		printf("--- PASS: %s (%.2fs)\n", run->test->name, seconds(run));
	else
		printf("--- %s: %s\n", has_failed(run) ? "FAIL" : "SKIP", run->test->name);
	show_output(run);
}

/* Bytes that are no text of the format are written as `?`. */
static void put_json(const struct run *run)
{
	for (size_t i = 0; i < run->len; i++) {
		unsigned char c = (unsigned char)run->text[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c == '\n')
			fputs("\\n", stdout);
		else if (c == '\t')
			fputs("\\t", stdout);
		else
			putchar(c < ' ' || c > '~' ? '?' : c);
	}
}

static void report_json(const struct run *run)
{
	const char *result = !run->status ? "pass" : has_failed(run) ? "fail" : "skip";

	printf("{\"test\":\"%s\",\"result\":\"%s\",\"seconds\":%.6f,\"output\":\"", run->test->name,
	       result, seconds(run));
	put_json(run);
	puts("\"}");
}

static void put_xml(FILE *file, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '&')
			fputs("&amp;", file);
		else if (c == '<')
			fputs("&lt;", file);
		else if (c == '>')
			fputs("&gt;", file);
		else if (c == '"')
			fputs("&quot;", file);
		else
			fputc((c < ' ' && c != '\n' && c != '\t') || c > '~' ? '?' : c, file);
	}
}

static void put_case(FILE *file, const struct run *run)
{
	fprintf(file, "    <testcase classname=\"%s\" name=\"%s\" time=\"%.6f\">\n",
		ks_rt.app->name, run->test->name, seconds(run));
	if (has_failed(run)) {
		fprintf(file, "      <failure message=\"status %d\">", run->status);
		put_xml(file, run->text, run->len);
		fputs("</failure>\n", file);
	} else if (run->status) {
		fputs("      <skipped message=\"", file);
		put_xml(file, run->text, strcspn(run->text ? run->text : "\n", "\n"));
		fputs("\"/>\n", file);
	} else if (run->len) {
		fputs("      <system-out>", file);
		put_xml(file, run->text, run->len);
		fputs("</system-out>\n", file);
	}
	fputs("    </testcase>\n", file);
}

struct totals {
	u32 passed, failed, skipped;
	u64 took;
};

static struct totals totals_of(void)
{
	struct totals totals = {0};

	for (u32 i = 0; i < tests.count; i++) {
		const struct run *run = &tests.runs[i];

		totals.passed += !run->status;
		totals.failed += has_failed(run);
		totals.skipped += run->status == EXIT_SKIPPED;
		totals.took += run->took;
	}
	return totals;
}

static bool write_junit(const struct totals *totals)
{
	FILE *file = fopen(tests.junit, "w");
	bool ok;

	if (file) {
		fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", file);
		fprintf(file,
			"  <testsuite name=\"%s\" tests=\"%u\" failures=\"%u\" skipped=\"%u\" "
			"time=\"%.6f\">\n",
			ks_rt.app->name, tests.count, totals->failed, totals->skipped,
			(double)totals->took / 1e9);
		for (u32 i = 0; i < tests.count; i++)
			put_case(file, &tests.runs[i]);
		fputs("  </testsuite>\n</testsuites>\n", file);
	}
	ok = file && !ferror(file);
	if (file)
		ok &= !fclose(file);
	if (!ok)
		fprintf(stderr, "error: cannot write `%s`: %s\n", tests.junit, strerror(errno));
	return ok;
}

/* ---- all tests ---- */

/* Whether the next test may start beside those that run: some need the machine for themselves. */
static bool may_start(const struct run *next, u32 running, bool alone)
{
	if (!running)
		return true;
	return running < tests.jobs && !alone && !next->test->alone;
}

static void run_all(void)
{
	u32 started = 0, shown = 0, running = 0;
	bool alone = false; /* what runs wants no other beside it */

	while (shown < tests.count) {
		while (started < tests.count && may_start(&tests.runs[started], running, alone)) {
			alone = tests.runs[started].test->alone;
			start(&tests.runs[started++]);
			running++;
		}
		while (shown < started && tests.runs[shown].done) {
			if (tests.json)
				report_json(&tests.runs[shown++]);
			else
				report_text(&tests.runs[shown++]);
		}
		if (shown == tests.count)
			break;
		wait_for_output();
		running = 0;
		for (u32 i = 0; i < started; i++)
			running += !tests.runs[i].done;
	}
}

static bool number(const char *text, u32 *value)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*value = (u32)n;
	return *text && !*end && n >= 1 && n <= 1000;
}

static const char usage[] = "Usage: %s [--filter=RE] [--jobs=N] [--json] [--junit=FILE] [-v]\n"
			    "  --filter=RE   only the tests whose name matches\n"
			    "  --jobs=N      run so many at once (default: one for each CPU)\n"
			    "  --json        print a JSON object for each test\n"
			    "  --junit=FILE  write the results there, as JUnit's XML\n"
			    "  -v            show the messages of libbpf\n";

/* `--NAME=VALUE` or `--NAME VALUE`: the value, else NULL. */
static const char *value_of(const char *name, int argc, char **argv, int *at)
{
	size_t len = strlen(name);

	if (strncmp(argv[*at], name, len) != 0)
		return NULL;
	if (argv[*at][len] == '=')
		return argv[*at] + len + 1;
	return !argv[*at][len] && *at + 1 < argc ? argv[++*at] : NULL;
}

/* -1: go on, else the exit status. */
static int options_read(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value;

		if ((value = value_of("--filter", argc, argv, &i))) {
			tests.filter = value;
		} else if ((value = value_of("--junit", argc, argv, &i))) {
			tests.junit = value;
		} else if ((value = value_of("--jobs", argc, argv, &i)) &&
			   number(value, &tests.jobs)) {
			continue;
		} else if (!strcmp(argv[i], "--json")) {
			tests.json = true;
		} else if (!strcmp(argv[i], "-v") || !strcmp(argv[i], "--verbose")) {
			ks_rt.verbose = true;
		} else {
			bool help = !strcmp(argv[i], "--help");

			fprintf(help ? stdout : stderr, usage, argv[0]);
			return help ? 0 : 2;
		}
	}
	return -1;
}

/* The tests that the filter leaves. 0, or the exit status. */
static int choose(const struct ks_test_fn *all, u32 count, const char *program)
{
	regex_t wanted;
	int status = regcomp(&wanted, tests.filter, REG_EXTENDED | REG_NOSUB);

	if (status) {
		char reason[128];

		regerror(status, &wanted, reason, sizeof(reason));
		fprintf(stderr, "%s: error: cannot filter by `%s`: %s\n", program, tests.filter,
			reason);
		return 2;
	}
	tests.runs = ks_alloc(count * sizeof(*tests.runs), "test");
	for (u32 i = 0; i < count; i++) {
		if (!regexec(&wanted, all[i].name, 0, NULL, 0))
			tests.runs[tests.count++] = (struct run){.test = &all[i], .fd = -1};
	}
	regfree(&wanted);
	return 0;
}

int ks_main_tests(const struct ks_app *app, const struct ks_test_fn *all, u32 count, int argc,
		  char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct totals totals;
	int status;

	runtime_setup(app);
	tests.jobs = cpus > 0 ? (u32)cpus : 1;
	status = options_read(argc, argv);
	if (status >= 0)
		return output_end(status);
	status = choose(all, count, argv[0]);
	if (status)
		return status;
	/* The one kernel module is shared: a test that ends would take it from the others. */
	if (app->module_name)
		tests.jobs = 1;
	run_all();
	totals = totals_of();
	if (tests.json)
		printf("{\"passed\":%u,\"failed\":%u,\"skipped\":%u}\n", totals.passed,
		       totals.failed, totals.skipped);
	else
		printf("%s%s\n", tests.count ? "" : "no tests to run\n",
		       totals.failed ? "FAIL" : "ok");
	status = totals.failed != 0;
	if (tests.junit && !write_junit(&totals))
		status = 3;
	for (u32 i = 0; i < tests.count; i++)
		free(tests.runs[i].text);
	free(tests.runs);
	return output_end(status);
}
