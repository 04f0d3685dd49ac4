/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/module_contexts.h"

#include <stddef.h>
#include <string.h>

static const struct module_context contexts[] = {
	{"__sk_buff", "sk_buff", {"linux/netdevice.h", "linux/if_vlan.h"}},
	{"bpf_cgroup_dev_ctx", NULL, {NULL, NULL}},
	{"bpf_perf_event_data", NULL, {NULL, NULL}},
	{"bpf_sk_lookup", NULL, {NULL, NULL}},
	{"bpf_sock", NULL, {NULL, NULL}},
	{"bpf_sock_addr", NULL, {NULL, NULL}},
	{"bpf_sock_ops", NULL, {NULL, NULL}},
	{"bpf_sockopt", NULL, {NULL, NULL}},
	{"bpf_sysctl", NULL, {NULL, NULL}},
	{"sk_msg_md", NULL, {NULL, NULL}},
	{"sk_reuseport_md", NULL, {NULL, NULL}},
	{"xdp_md", "xdp_buff", {"net/xdp.h", "linux/netdevice.h"}},
};

static const struct module_context_field fields[] = {
	{"xdp_md", "data", "((u8 *)@->data)", false},
	{"xdp_md", "data_end", "((u8 *)@->data_end)", false},
	{"xdp_md", "data_meta", "((u8 *)@->data_meta)", false},
	{"xdp_md", "ingress_ifindex", "((u32)@->rxq->dev->ifindex)", false},
	{"xdp_md", "rx_queue_index", "@->rxq->queue_index", false},
	{"__sk_buff", "len", "@->len", false},
	{"__sk_buff", "pkt_type", "((u32)@->pkt_type)", false},
	{"__sk_buff", "mark", "@->mark", true},
	{"__sk_buff", "queue_mapping", "((u32)@->queue_mapping)", false},
	{"__sk_buff", "protocol", "((__force u32)@->protocol)", false},
	{"__sk_buff", "vlan_present", "((u32)skb_vlan_tag_present(@))", false},
	{"__sk_buff", "vlan_tci", "((u32)skb_vlan_tag_get(@))", false},
	{"__sk_buff", "vlan_proto", "((__force u32)@->vlan_proto)", false},
	{"__sk_buff", "priority", "@->priority", true},
	{"__sk_buff", "ingress_ifindex", "((u32)@->skb_iif)", false},
	{"__sk_buff", "ifindex", "(@->dev ? (u32)@->dev->ifindex : 0)", false},
	{"__sk_buff", "hash", "@->hash", false},
	{"__sk_buff", "data", "((u8 *)@->data)", false},
	{"__sk_buff", "data_end", "((u8 *)@->data + skb_headlen(@))", false},
	{"__sk_buff", "gso_segs", "((u32)skb_shinfo(@)->gso_segs)", false},
	{"__sk_buff", "gso_size", "((u32)skb_shinfo(@)->gso_size)", false},
	{"__sk_buff", "tstamp", "((u64)@->tstamp)", false},
};

const struct module_context *module_context_find(const char *view)
{
	for (size_t i = 0; view && i < sizeof(contexts) / sizeof(contexts[0]); i++) {
		if (!strcmp(contexts[i].view, view))
			return &contexts[i];
	}
	return NULL;
}

const struct module_context_field *module_context_field_find(const char *view, const char *field)
{
	for (size_t i = 0; view && field && i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!strcmp(fields[i].context, view) && !strcmp(fields[i].field, field))
			return &fields[i];
	}
	return NULL;
}
