/* SPDX-License-Identifier: BSD-2-Clause */
/* @test functions: each in a child of its own; programs run once by BPF_PROG_TEST_RUN. */
#include <regex.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "internal.h"

enum {
	EXIT_SKIPPED = 77, /* the customary status of a skipped test */
	PACKET_MIN = 14,   /* an Ethernet header: less is refused by the kernel */
	HEADROOM = 256,	   /* what a program may add to a packet */
};

/* The last packet that came out. */
static unsigned char *output;
static u32 output_size;

bool bpf_is_permitted(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	int fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != EPERM;
}

/* ---- one run ---- */

static bool takes_packet(const struct bpf_program *bpf)
{
	switch (bpf_program__type(bpf)) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_SYSCALL:
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_SK_LOOKUP:
		return false;
	default: /* enum bpf_prog_type grows with kernels */
		return true;
	}
}

static int run_failed(const struct ks_prog *prog, const char *where, int err)
{
	error_at(where, "the kernel cannot run `%s` as a test", prog->name);
	if (err == -ENOTSUPP || err == -EOPNOTSUPP)
		detail("reason", "programs of this kind have no test run");
	else
		explain_errno(OP_TEST, err);
	return err;
}

/* Runs on a packet; the contexts carry the interface, where one is given. */
static int run_packet(struct ks_prog *prog, const void *data, u32 size, u32 interface,
		      const char *where)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .repeat = 1);
	struct xdp_md xdp = {.data_end = size, .ingress_ifindex = interface};
	struct __sk_buff skb = {.ifindex = interface, .ingress_ifindex = interface};
	void *zeroes = data ? NULL : ks_alloc(size, where);
	int err;

	free(output);
	output_size = size + HEADROOM;
	output = ks_alloc(output_size, where);
	options.data_in = data ? data : zeroes;
	options.data_size_in = size;
	options.data_out = output;
	options.data_size_out = output_size;
	if (interface && prog->kind == KS_KIND_XDP) {
		options.ctx_in = &xdp;
		options.ctx_size_in = sizeof(xdp);
	} else if (interface) {
		options.ctx_in = &skb;
		options.ctx_size_in = sizeof(skb);
	}
	err = bpf_prog_test_run_opts(prog->state->fd, &options);
	output_size = err ? 0 : options.data_size_out;
	free(zeroes);
	return err ? run_failed(prog, where, err) : (int)options.retval;
}

static int run_context(struct ks_prog *prog, const void *data, u32 size, const char *where)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = data, .ctx_size_in = size);
	int err = bpf_prog_test_run_opts(prog->state->fd, &options);

	return err ? run_failed(prog, where, err) : (int)options.retval;
}

int ks_test_run(struct ks_prog *prog, const void *data, u32 size, u32 interface, const char *where)
{
	if (!bpf_is_permitted()) {
		printf("needs the right to use BPF (EPERM): run it as root\n");
		fflush(stdout);
		_exit(EXIT_SKIPPED);
	}
	if (!ks_load(prog, where))
		return -EINVAL;
	if (!takes_packet(prog->state->bpf))
		return run_context(prog, data, size, where);
	if (size < PACKET_MIN) {
		error_at(where, "a packet of %u bytes is too short for a test", size);
		detail("reason", "the kernel takes no less than an Ethernet header, %d bytes",
		       PACKET_MIN);
		return -EINVAL;
	}
	return run_packet(prog, data, size, interface, where);
}

const void *ks_test_output(u32 size)
{
	if (size > output_size) {
		unsigned char *grown = ks_alloc(size, "test_output");

		if (output_size)
			memcpy(grown, output, output_size);
		free(output);
		output = grown;
		output_size = size;
	}
	return output;
}

/* ---- all tests ---- */

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

static void show_output(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = newline ? (size_t)(newline - text) : (size_t)(end - text);

		printf("    %.*s\n", (int)n, text);
		text += n + 1;
	}
}

/* Everything until the child and what it started have closed the pipe. */
static char *read_all(int fd, size_t *len)
{
	size_t room = 4096;
	char *text = ks_alloc(room, "test");
	ssize_t n;

	*len = 0;
	while ((n = read(fd, text + *len, room - *len)) > 0 || (n < 0 && errno == EINTR)) {
		char *grown;

		*len += n > 0 ? (size_t)n : 0;
		if (*len < room)
			continue;
		grown = realloc(text, room * 2);
		if (!grown)
			break;
		text = grown;
		room *= 2;
	}
	return text;
}

static int test_run(const struct ks_test_fn *test)
{
	u64 start = ks_time_ns();
	int ends[2], status = -1;
	const char *verdict;
	char *text;
	size_t len;
	pid_t child;

	if (pipe(ends)) {
		printf("--- FAIL: %s\n    error: no pipe: %s\n", test->name, strerror(errno));
		return 1;
	}
	fflush(NULL);
	child = fork();
	if (!child)
		child_run(test, ends);
	if (child < 0)
		printf("--- FAIL: %s\n    error: cannot fork: %s\n", test->name, strerror(errno));
	close(ends[1]);
	text = read_all(ends[0], &len);
	close(ends[0]);
	if (child < 0) {
		free(text);
		return 1;
	}
	while (waitpid(child, &status, 0) < 0) {
		if (errno == EINTR)
			continue;
		printf("error: no exit status: %s\n", strerror(errno));
		break;
	}
	status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	verdict = !status ? "PASS" : status == EXIT_SKIPPED ? "SKIP" : "FAIL";
	if (!status)
		printf("--- PASS: %s (%.2fs)\n", test->name, (double)(ks_time_ns() - start) / 1e9);
	else
		printf("--- %s: %s\n", verdict, test->name);
	show_output(text, len);
	free(text);
	return status && status != EXIT_SKIPPED;
}

/* --filter=RE, --filter RE; -1: go on, else the exit status. */
static int options_read(int argc, char **argv, const char **filter)
{
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--filter=", 9)) {
			*filter = argv[i] + 9;
		} else if (!strcmp(argv[i], "--filter") && i + 1 < argc) {
			*filter = argv[++i];
		} else if (!strcmp(argv[i], "-v") || !strcmp(argv[i], "--verbose")) {
			ks_rt.verbose = true;
		} else {
			bool help = !strcmp(argv[i], "--help");

			fprintf(help ? stdout : stderr, "Usage: %s [--filter=RE] [-v]\n", argv[0]);
			return help ? 0 : 2;
		}
	}
	return -1;
}

int ks_main_tests(const struct ks_app *app, const struct ks_test_fn *tests, u32 count, int argc,
		  char **argv)
{
	const char *filter = "";
	u32 failed = 0, ran = 0;
	regex_t wanted;
	int status;

	runtime_setup(app);
	status = options_read(argc, argv, &filter);
	if (status >= 0)
		return status;
	status = regcomp(&wanted, filter, REG_EXTENDED | REG_NOSUB);
	if (status) {
		char reason[128];

		regerror(status, &wanted, reason, sizeof(reason));
		fprintf(stderr, "%s: error: cannot filter by `%s`: %s\n", argv[0], filter, reason);
		return 2;
	}
	for (u32 i = 0; i < count; i++) {
		if (regexec(&wanted, tests[i].name, 0, NULL, 0))
			continue;
		ran++;
		failed += test_run(&tests[i]) != 0;
	}
	regfree(&wanted);
	if (!ran)
		puts("no tests to run");
	puts(failed ? "FAIL" : "ok");
	return failed != 0;
}
