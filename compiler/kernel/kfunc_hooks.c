/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/kfunc_hooks.h"

#include <string.h>

#define V(major, minor) KERNEL_VERSION_OF(major, minor)
#define HOOK(type, of, name, since)                                              \
	{                                                                        \
		"BPF_PROG_TYPE_" #type, "BPF_PROG_TYPE_" #of, name, since, false \
	}
#define OLDEST(type, of, name, since)                                           \
	{                                                                       \
		"BPF_PROG_TYPE_" #type, "BPF_PROG_TYPE_" #of, name, since, true \
	}

static const struct kfunc_hook hooks[] = {
	OLDEST(XDP, XDP, "xdp", V(5, 18)),
	OLDEST(SCHED_CLS, SCHED_CLS, "tc", V(5, 18)),
	OLDEST(TRACING, TRACING, "tracing", V(6, 0)),
	HOOK(TRACEPOINT, TRACING, "tracing", V(6, 12)),
	HOOK(PERF_EVENT, TRACING, "tracing", V(6, 12)),
	HOOK(LSM, TRACING, "tracing", V(6, 1)),
	HOOK(KPROBE, KPROBE, "kprobe", V(6, 10)),
	HOOK(CGROUP_SKB, CGROUP_SKB, "cgroup", V(6, 4)),
	HOOK(CGROUP_SOCK, CGROUP_SKB, "cgroup", V(6, 12)),
	HOOK(CGROUP_SOCK_ADDR, CGROUP_SKB, "cgroup", V(6, 12)),
	HOOK(CGROUP_SOCKOPT, CGROUP_SKB, "cgroup", V(6, 12)),
	HOOK(CGROUP_DEVICE, CGROUP_SKB, "cgroup", V(6, 12)),
	HOOK(SK_SKB, SK_SKB, "sk_skb", V(6, 4)),
	HOOK(SOCKET_FILTER, SOCKET_FILTER, "socket_filter", V(6, 4)),
	HOOK(NETFILTER, NETFILTER, "netfilter", V(6, 6)),
	OLDEST(SYSCALL, SYSCALL, "syscall", V(6, 0)),
	HOOK(LWT_IN, LWT_IN, "lwt", V(6, 4)),
	OLDEST(STRUCT_OPS, STRUCT_OPS, "struct_ops", V(5, 18)),
};

#define HOOK_COUNT (sizeof(hooks) / sizeof(hooks[0]))

const struct kfunc_hook *kfunc_hook_list(uint32_t *count)
{
	*count = HOOK_COUNT;
	return hooks;
}

const struct kfunc_hook *kfunc_hook_find(struct compilation *comp, const struct prog_kind *kind,
					 const char *arg)
{
	const char *type = kind->kfunc_hook;
	struct prog_probe probe;

	if (kind->arg == PROG_ARG_FUNCTION && arg && prog_probe_resolve(comp, arg, &probe) &&
	    !probe.is_fentry)
		type = "BPF_PROG_TYPE_KPROBE";
	for (size_t i = 0; type && i < HOOK_COUNT; i++) {
		if (!strcmp(hooks[i].type, type))
			return &hooks[i];
	}
	return NULL;
}
