/* SPDX-License-Identifier: BSD-2-Clause */
/* test(): programs run once by BPF_PROG_TEST_RUN. */
#include <sys/syscall.h>

#include "internal.h"

enum {
	PACKET_MIN = 14, /* an Ethernet header: less is refused by the kernel */
	HEADROOM = 256,	 /* what a program may add to a packet */
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
