// SPDX-License-Identifier: Apache-2.0
/*
 * What an expert writes by hand for examples/packet_counter.ks: the twin that benchmarks compare
 * with. -DVMLINUX takes the kernel's types from vmlinux.h instead of linux/bpf.h.
 */
#ifdef VMLINUX
#include "vmlinux.h"
#define TC_ACT_OK   0
#define TC_ACT_SHOT 2
#define ETH_P_IP    0x0800
#else
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#endif
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct traffic {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct traffic);
} received SEC(".maps"), sent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __be32);
	__type(value, struct traffic);
} sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __be32);
	__type(value, __u64);
} blocked SEC(".maps");

static __always_inline void count_source(__be32 address, __u64 bytes)
{
	struct traffic *seen = bpf_map_lookup_elem(&sources, &address);

	if (seen) {
		__sync_fetch_and_add(&seen->packets, 1);
		__sync_fetch_and_add(&seen->bytes, bytes);
	} else {
		struct traffic first = {1, bytes};

		bpf_map_update_elem(&sources, &address, &first, BPF_NOEXIST);
	}
}

/* Frames that are no IPv4 are counted under a number that IP reserves. */
#define NOT_IP 255

SEC("xdp")
int count_received(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct traffic *total;
	__u64 bytes = end - data, *drops;
	__u32 proto = NOT_IP;
	int verdict = XDP_PASS;

	if ((void *)(ip + 1) <= end && eth->h_proto == bpf_htons(ETH_P_IP)) {
		proto = ip->protocol;
		count_source(ip->saddr, bytes);
		drops = bpf_map_lookup_elem(&blocked, &ip->saddr);
		if (drops) {
			__sync_fetch_and_add(drops, 1);
			verdict = XDP_DROP;
		}
	}
	total = bpf_map_lookup_elem(&received, &proto);
	if (total) {
		total->packets++;
		total->bytes += bytes;
	}
	return verdict;
}

SEC("tc")
int count_sent(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct traffic *total;
	__u32 proto = NOT_IP;

	if ((void *)(ip + 1) <= end && eth->h_proto == bpf_htons(ETH_P_IP))
		proto = ip->protocol;
	total = bpf_map_lookup_elem(&sent, &proto);
	if (total) {
		total->packets++;
		total->bytes += ctx->len;
	}
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
