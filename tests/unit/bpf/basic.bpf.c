/* SPDX-License-Identifier: Apache-2.0 */
/* What a ksc object looks like (runtime/README.md), made by clang for the runtime's tests. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;

struct traffic {
	u64 packets, bytes;
	u32 last;
	u8 seen;
	u8 pad[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} packets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct traffic);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct traffic);
} cpu_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u32);
} cpu_packets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u32);
} recent SEC(".maps");

struct prefix {
	u32 prefixlen;
	u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 8);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, u32);
} routes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__uint(key_size, 0);
	__uint(value_size, 4);
} work SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 4);
	__uint(key_size, 0);
	__uint(value_size, 4);
} undo SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 64);
	__uint(key_size, 0);
	__uint(value_size, 4);
} known SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} alarms SEC(".maps");

struct tuning {
	u32 limit;
	u32 step;
};

struct tuning tuning SEC(".data.config") = {.limit = 100, .step = 1};
const volatile struct tuning fixed = {.limit = 7, .step = 3};
u64 total;
u32 start_value = 40;
static u64 hidden;

SEC("xdp") int count(struct xdp_md *ctx)
{
	u32 zero = 0, one = 1;
	u64 *n = bpf_map_lookup_elem(&packets, &zero);
	u32 *c = bpf_map_lookup_elem(&cpu_packets, &one);
	u64 *event;

	if (n)
		__sync_fetch_and_add(n, 1);
	if (c)
		*c += 1;
	total += tuning.step;
	start_value++;
	hidden += fixed.step;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (event) {
		*event = total;
		bpf_ringbuf_submit(event, 0);
	}
	return fixed.limit == 7 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int alarm_once(struct xdp_md *ctx)
{
	u32 code = 77;

	bpf_ringbuf_output(&alarms, &code, sizeof(code), 0);
	return XDP_DROP;
}

SEC("tc") int seen(struct __sk_buff *skb)
{
	u32 two = 2;
	u64 *n = bpf_map_lookup_elem(&packets, &two);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

SEC("perf_event") int sample(void *ctx)
{
	u32 three = 3;
	u64 *n = bpf_map_lookup_elem(&packets, &three);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
