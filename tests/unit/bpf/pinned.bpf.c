/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pinned maps and variables. Built several times: SHAPE 1 has another value type of the same
 * size, SHAPE 2 another size, SHAPE 3 another variable.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef __u32 u32;
typedef __u64 u64;

struct counters {
#if SHAPE == 1
	u64 bytes, packets;
#elif SHAPE == 2
	u64 packets, bytes, drops;
#else
	u64 packets, bytes;
#endif
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct counters);
} kept SEC(".maps");

#if SHAPE == 3
u64 runs_total SEC(".data.pinned") = 5;
#else
u64 runs SEC(".data.pinned") = 5;
#endif

SEC("xdp") int count(struct xdp_md *ctx)
{
	u32 zero = 0;
	struct counters *c = bpf_map_lookup_elem(&kept, &zero);

	if (c)
		c->packets++;
#if SHAPE == 3
	runs_total++;
#else
	runs++;
#endif
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
