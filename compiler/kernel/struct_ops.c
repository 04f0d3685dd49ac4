/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/struct_ops.h"

static const struct struct_ops_need needs[] = {
	{"tcp_congestion_ops", "ssthresh"},
	{"tcp_congestion_ops", "undo_cwnd"},
	{"tcp_congestion_ops", "cong_avoid|cong_control"},
	{"tcp_congestion_ops", "name"},
	{"sched_ext_ops", "name"},
	{"hid_bpf_ops", "hid_id"},
};

const struct struct_ops_need *struct_ops_needs(uint32_t *count)
{
	*count = sizeof(needs) / sizeof(needs[0]);
	return needs;
}
