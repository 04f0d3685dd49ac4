/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests against the running kernel: a network and mount namespace of the test's own, so that
 * nothing of the machine is touched; skipped (77) with the reason where that is not possible.
 */
#ifndef RUN_TEST_H
#define RUN_TEST_H

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "internal.h"
#include "ks_test.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Returns the reason why tests cannot run here, or NULL. */
static inline const char *run_setup(void)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
			       .key_size = 4,
			       .value_size = 4,
			       .max_entries = 1};

	if (geteuid())
		return "needs root";
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		return "needs namespaces (unshare)";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL))
		return "cannot mount the BPF file system";
	if (syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)) < 0)
		return "bpf() is not permitted";
	if (system("ip link set lo up"))
		return "needs iproute2";
	return NULL;
}

static inline int run_main(const struct ks_test *tests, size_t count)
{
	const char *reason = run_setup();

	if (reason) {
		printf("skipped: %s\n", reason);
		return 77;
	}
	return ks_test_main(tests, count);
}

/* Runs a loader in this process: ks_main() with no arguments. */
static inline int run_app(const struct ks_app *app, int (*run)(void))
{
	char name[] = "test";
	char *argv[] = {name, NULL};

	return ks_main(app, 1, argv, run);
}

/* One run of a loaded program on a minimal packet; its result. */
static inline int run_once(const struct ks_prog *prog)
{
	unsigned char packet[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet));

	if (!prog || bpf_prog_test_run_opts(prog->state->fd, &options))
		return -1;
	return (int)options.retval;
}

/* The id of the XDP program of an interface, 0 for none. */
static inline u32 xdp_id(const char *interface)
{
	u32 id = 0;

	bpf_xdp_query_id((int)if_nametoindex(interface), 0, &id);
	return id;
}

/* Programs at a tcx hook (46 ingress, 47 egress), or -errno. */
static inline int tcx_count(const char *interface, int hook)
{
	u32 count = 0, flags = 0;
	int err = bpf_prog_query((int)if_nametoindex(interface), (enum bpf_attach_type)hook, 0,
				 &flags, NULL, &count);

	return err ? err : (int)count;
}

/* A UDP packet to 127.0.0.1, or out of another interface to its peer. */
static inline void send_packet(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &to.sin_addr);
	sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

/* Waits up to two seconds until a condition holds. */
#define WAIT_FOR(condition)                                              \
	({                                                               \
		int ks_left = 200;                                       \
		while (!(condition) && --ks_left)                        \
			usleep(10000);                                   \
		ks_left > 0;                                             \
	})

#endif
