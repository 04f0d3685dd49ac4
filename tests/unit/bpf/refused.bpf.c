/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that the verifier refuses beside good ones, and tail calls among them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef __u32 u32;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} numbers SEC(".maps");

int good(struct xdp_md *ctx);
int bad(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__uint(key_size, 4);
	__array(values, int(struct xdp_md *));
} ks_tails SEC(".maps") = {.values = {[1] = (void *)&good, [2] = (void *)&bad}};

SEC("xdp") int good(struct xdp_md *ctx)
{
	return XDP_TX;
}

/* The entry may be absent: "R0 invalid mem access 'map_value_or_null'". */
SEC("xdp") int bad(struct xdp_md *ctx)
{
	u32 zero = 0;
	u32 *n = bpf_map_lookup_elem(&numbers, &zero);

	return *n;
}

SEC("xdp") int call_good(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &ks_tails, 1);
	return XDP_ABORTED;
}

SEC("xdp") int call_bad(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &ks_tails, 2);
	return XDP_ABORTED;
}

SEC("xdp") int never_loaded(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
