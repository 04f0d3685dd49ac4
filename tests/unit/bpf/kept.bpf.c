/* SPDX-License-Identifier: Apache-2.0 */
/* What is run, read, pinned: and maps in a map. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef __u32 u32;
typedef __u64 u64;

struct inner {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
};

struct inner small SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
	__array(values, struct inner);
} outer SEC(".maps");

SEC("xdp") int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

struct request {
	u32 number, answer;
};

SEC("syscall") int answer(struct request *request)
{
	request->answer = request->number * 2;
	return request->number + 1;
}

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
};
struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
};

SEC("iter/bpf_map") int list(struct bpf_iter__bpf_map *ctx)
{
	char text[] = "a map\n";

	bpf_seq_write(ctx->meta->seq, text, sizeof(text) - 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
