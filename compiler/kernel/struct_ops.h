/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel demands of implementations of its interfaces beyond what BTF tells. */
#ifndef KSC_KERNEL_STRUCT_OPS_H
#define KSC_KERNEL_STRUCT_OPS_H

#include <stdint.h>

/*
 * Members without which the kernel refuses to register the struct: net/ipv4/tcp_cong.c,
 * kernel/sched/ext.c, drivers/hid/bpf of Linux 6.12. `|` separates alternatives.
 */
struct struct_ops_need {
	const char *type, *members;
};

const struct struct_ops_need *struct_ops_needs(uint32_t *count);

#endif
