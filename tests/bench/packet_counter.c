// SPDX-License-Identifier: Apache-2.0
/* The loader that goes with packet_counter.bpf.c: libbpf, a bpftool skeleton, by hand. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "packet_counter.skel.h"

/* Newer than libbpf 1.1's headers: enum bpf_attach_type, since 6.6. */
#define TCX_EGRESS ((enum bpf_attach_type)47)

struct traffic {
	__u64 packets;
	__u64 bytes;
};

static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

static struct traffic total_of(int fd, __u32 proto)
{
	int cpus = libbpf_num_possible_cpus();
	struct traffic each[cpus], sum = {0};

	if (bpf_map_lookup_elem(fd, &proto, each))
		return sum;
	for (int i = 0; i < cpus; i++) {
		sum.packets += each[i].packets;
		sum.bytes += each[i].bytes;
	}
	return sum;
}

static void print_table(struct packet_counter_bpf *skel)
{
	__be32 key = 0, *previous = NULL;
	struct traffic traffic;

	for (__u32 proto = 0; proto < 256; proto++) {
		struct traffic in = total_of(bpf_map__fd(skel->maps.received), proto);
		struct traffic out = total_of(bpf_map__fd(skel->maps.sent), proto);

		if (in.packets || out.packets)
			printf("%3u %10llu %12llu %10llu %12llu\n", proto, in.packets, in.bytes,
			       out.packets, out.bytes);
	}
	while (!bpf_map_get_next_key(bpf_map__fd(skel->maps.sources), previous, &key)) {
		char text[INET_ADDRSTRLEN];

		previous = &key;
		if (bpf_map_lookup_elem(bpf_map__fd(skel->maps.sources), &key, &traffic))
			continue;
		inet_ntop(AF_INET, &key, text, sizeof(text));
		printf("%-15s %10llu %12llu\n", text, traffic.packets, traffic.bytes);
	}
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	const char *interface = argc > 1 ? argv[1] : "lo";
	int seconds = argc > 2 ? atoi(argv[2]) : 0;
	unsigned int ifindex = if_nametoindex(interface);
	struct packet_counter_bpf *skel;
	int err = 0, tcx;

	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	skel = packet_counter_bpf__open_and_load();
	if (!skel || !ifindex) {
		fprintf(stderr, "cannot load, or no interface %s\n", interface);
		return 1;
	}
	skel->links.count_received = bpf_program__attach_xdp(skel->progs.count_received, ifindex);
	hook.ifindex = ifindex;
	opts.prog_fd = bpf_program__fd(skel->progs.count_sent);
	/* As today's loaders do: a link, which ends with the process; before 6.6 a filter. */
	tcx = bpf_link_create(opts.prog_fd, (int)ifindex, TCX_EGRESS, NULL);
	if (!skel->links.count_received ||
	    (tcx < 0 && (err = bpf_tc_hook_create(&hook), err && err != -EEXIST)) ||
	    (tcx < 0 && bpf_tc_attach(&hook, &opts))) {
		fprintf(stderr, "cannot attach to %s\n", interface);
		packet_counter_bpf__destroy(skel);
		return 1;
	}
	printf("counting on %s\n", interface);
	fflush(stdout);
	for (int i = 0; !stopping && (!seconds || i < seconds); i++) {
		sleep(1);
		print_table(skel);
	}
	if (tcx < 0) {
		opts.flags = opts.prog_fd = opts.prog_id = 0;
		bpf_tc_detach(&hook, &opts);
		hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
		bpf_tc_hook_destroy(&hook);
	} else {
		close(tcx);
	}
	packet_counter_bpf__destroy(skel);
	return 0;
}
