/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BTF does not say about structs: which ones are stable user API, and which integers of the
 * program contexts are packet pointers. Facts from include/uapi/linux/bpf.h and the network
 * headers of Linux.
 */
#include "kernel/kernel.h"
#include "kernel/kernel_types.h"

#include <string.h>

/* Sorted by strcmp, for bisection. */
static const char *const uapi_structs[] = {
	"__sk_buff",
	"arphdr",
	"bpf_cgroup_dev_ctx",
	"bpf_cpumap_val",
	"bpf_devmap_val",
	"bpf_dynptr",
	"bpf_fib_lookup",
	"bpf_flow_keys",
	"bpf_iter_num",
	"bpf_list_head",
	"bpf_list_node",
	"bpf_lpm_trie_key",
	"bpf_lpm_trie_key_u8",
	"bpf_perf_event_data",
	"bpf_perf_event_value",
	"bpf_pidns_info",
	"bpf_rb_node",
	"bpf_rb_root",
	"bpf_redir_neigh",
	"bpf_refcount",
	"bpf_sk_lookup",
	"bpf_sock",
	"bpf_sock_addr",
	"bpf_sock_ops",
	"bpf_sock_tuple",
	"bpf_sockopt",
	"bpf_spin_lock",
	"bpf_sysctl",
	"bpf_tcp_sock",
	"bpf_timer",
	"bpf_tunnel_key",
	"bpf_wq",
	"bpf_xfrm_state",
	"btf_ptr",
	"ethhdr",
	"icmp6hdr",
	"icmphdr",
	"in6_addr",
	"in_addr",
	"iphdr",
	"ipv6_opt_hdr",
	"ipv6hdr",
	"pt_regs",
	"sk_msg_md",
	"sk_reuseport_md",
	"sockaddr_in",
	"sockaddr_in6",
	"tcphdr",
	"udphdr",
	"vlan_ethhdr",
	"vlan_hdr",
	"xdp_md",
};

bool kernel_struct_is_uapi(const char *name)
{
	uint32_t low = 0, high = sizeof(uapi_structs) / sizeof(uapi_structs[0]);

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		int order = strcmp(name, uapi_structs[middle]);

		if (!order)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/*
 * Fields that hold the bounds of directly accessible bytes. Some are 32-bit slots which the
 * verifier turns into pointers as they are loaded, others are pointer-sized; `slot_bits` is the
 * width of the load (kernel_packet_slot_bits()).
 */
static const struct packet_field {
	const char *context, *field;
	uint32_t slot_bits;
} packet_fields[] = {
	{"xdp_md", "data", 32},		  {"xdp_md", "data_end", 32},
	{"xdp_md", "data_meta", 32},	  {"__sk_buff", "data", 32},
	{"__sk_buff", "data_end", 32},	  {"__sk_buff", "data_meta", 32},
	{"sk_msg_md", "data", 64},	  {"sk_msg_md", "data_end", 64},
	{"sk_reuseport_md", "data", 64},  {"sk_reuseport_md", "data_end", 64},
	{"bpf_sock_ops", "skb_data", 64}, {"bpf_sock_ops", "skb_data_end", 64},
	{"bpf_sockopt", "optval", 64},	  {"bpf_sockopt", "optval_end", 64},
};

#define PACKET_FIELDS (sizeof(packet_fields) / sizeof(packet_fields[0]))

void kernel_context_adjust(struct compilation *comp, struct type *type)
{
	for (size_t i = 0; i < PACKET_FIELDS; i++) {
		uint32_t offset_bits;
		const char *name;
		struct field *field;

		if (strcmp(packet_fields[i].context, type->strukt->name))
			continue;
		name = intern_str(&comp->names, packet_fields[i].field);
		/* Some stand in an unnamed union with 64 bits of padding. */
		field = (struct field *)type_field(type, name, &offset_bits);
		if (field)
			field->type = type_ptr(comp, comp->types->u8, REGION_PACKET);
	}
}

uint32_t kernel_packet_slot_bits(const char *context, const char *field)
{
	for (size_t i = 0; i < PACKET_FIELDS; i++) {
		if (!strcmp(packet_fields[i].context, context) &&
		    !strcmp(packet_fields[i].field, field))
			return packet_fields[i].slot_bits;
	}
	return 0;
}
