/* SPDX-License-Identifier: Apache-2.0 */
/* One program for each way of attaching; each counts its runs in its own slot. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef __u32 u32;
typedef __u64 u64;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
} hits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u32);
} sockets SEC(".maps");

static void hit(u32 slot)
{
	u64 *n = bpf_map_lookup_elem(&hits, &slot);

	if (n)
		__sync_fetch_and_add(n, 1);
}

#define PROGRAM(name, section, slot, result) \
	SEC(section) int name(void *ctx)     \
	{                                    \
		hit(slot);                   \
		return result;               \
	}

PROGRAM(first, "xdp", 0, XDP_PASS)
PROGRAM(second, "xdp", 1, XDP_PASS)
PROGRAM(incoming, "tc", 2, 0)
PROGRAM(outgoing, "tc", 3, 0)
PROGRAM(switched, "tracepoint", 4, 0)
PROGRAM(probed, "uprobe", 5, 0)
PROGRAM(returned, "uretprobe", 6, 0)
PROGRAM(allowed, "cgroup_skb/egress", 7, 1)
PROGRAM(entered, "raw_tracepoint", 8, 0)
PROGRAM(message, "sk_msg", 9, SK_PASS)
PROGRAM(sampled, "perf_event", 10, 0)

char _license[] SEC("license") = "GPL";
