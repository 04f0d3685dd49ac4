/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program kinds: everything that distinguishes an @xdp program from a @tc program stands in
 * one row of a table. Adding a kind means adding a row here (and one in the runtime's attach.c).
 *
 * Facts are from include/uapi/linux/bpf.h, the is_valid_access and check_return_code functions of
 * the kernel, and libbpf 1.1's section names. Numbers of enum constants are written out, because
 * the headers of the machine that builds ksc may be older than the target kernel.
 */
#ifndef KSC_KERNEL_PROG_KINDS_H
#define KSC_KERNEL_PROG_KINDS_H

#include "kernel/kernel.h"

/* In the order of the runtime's enum ks_kind: KIND(ID, "attribute"). */
#define PROG_KINDS(KIND)                       \
	KIND(XDP, "xdp")                       \
	KIND(TC, "tc")                         \
	KIND(PROBE, "probe")                   \
	KIND(RETPROBE, "retprobe")             \
	KIND(TRACEPOINT, "tracepoint")         \
	KIND(RAW_TRACEPOINT, "raw_tracepoint") \
	KIND(PERF_EVENT, "perf_event")         \
	KIND(UPROBE, "uprobe")                 \
	KIND(URETPROBE, "uretprobe")           \
	KIND(USDT, "usdt")                     \
	KIND(LSM, "lsm")                       \
	KIND(CGROUP_SKB, "cgroup_skb")         \
	KIND(CGROUP_SOCK, "cgroup_sock")       \
	KIND(CGROUP_ADDR, "cgroup_addr")       \
	KIND(CGROUP_SOCKOPT, "cgroup_sockopt") \
	KIND(CGROUP_DEVICE, "cgroup_device")   \
	KIND(CGROUP_SYSCTL, "cgroup_sysctl")   \
	KIND(SOCK_OPS, "sock_ops")             \
	KIND(SK_MSG, "sk_msg")                 \
	KIND(SK_SKB, "sk_skb")                 \
	KIND(SK_LOOKUP, "sk_lookup")           \
	KIND(FLOW_DISSECTOR, "flow_dissector") \
	KIND(SOCKET_FILTER, "socket_filter")   \
	KIND(SK_REUSEPORT, "sk_reuseport")     \
	KIND(NETFILTER, "netfilter")           \
	KIND(NETKIT, "netkit")                 \
	KIND(ITER, "iter")                     \
	KIND(SYSCALL, "syscall")               \
	KIND(LWT, "lwt")                       \
	KIND(STRUCT_OPS, "struct_ops")

enum prog_kind_id {
#define KIND(id, name) PROG_##id,
	PROG_KINDS(KIND)
#undef KIND
	PROG_KIND_COUNT
};

/* What the attribute's first argument says. */
enum prog_arg {
	PROG_ARG_NONE,
	PROG_ARG_CHOICE,   /* one of `choices` */
	PROG_ARG_FUNCTION, /* a kernel function, or "function+offset" */
	PROG_ARG_EVENT,	   /* "category/event" */
	PROG_ARG_NAME,	   /* a name: raw tracepoint, LSM hook, iterator target */
	PROG_ARG_PATH,	   /* "path:symbol+offset" or "path:provider:name" */
	PROG_ARG_TYPE,	   /* a struct_ops type */
};

/* What the function's parameters are. */
enum prog_params {
	PROG_PARAMS_CONTEXT,	/* one pointer to `context` */
	PROG_PARAMS_TRACEPOINT, /* one pointer: kernel_find_tracepoint() */
	PROG_PARAMS_FUNCTION,	/* the kernel function's own parameters, each may be left out from
				   the end */
	PROG_PARAMS_RETURN,	/* the kernel function's result, one parameter */
	PROG_PARAMS_RAW_EVENT,	/* kernel_find_raw_tracepoint() */
	PROG_PARAMS_HOOK,	/* kernel_find_lsm_hook() */
	PROG_PARAMS_ITER,	/* one pointer: kernel_find_iter_context() */
	PROG_PARAMS_USER,	/* arguments of a user function, or one *pt_regs */
	PROG_PARAMS_MEMBER,	/* of the struct_ops member */
	PROG_PARAMS_ANY,	/* one pointer to any struct, given to run(h, arg) */
};

/* What attach(h, target, flags) takes. */
enum prog_attach {
	PROG_ATTACH_INTERFACE, /* an interface name */
	PROG_ATTACH_SELF,      /* the attribute's own argument again: function, event, hook */
	PROG_ATTACH_PERF,      /* perf_options */
	PROG_ATTACH_REGISTER,  /* register() */
	PROG_ATTACH_PATH,      /* "path:symbol+off", "path:provider:name" */
	PROG_ATTACH_CGROUP,    /* a cgroup path */
	PROG_ATTACH_SOCKMAP,   /* a sockmap or sockhash by name */
	PROG_ATTACH_NETNS,     /* a network namespace path, or "" */
	PROG_ATTACH_SOCKET,    /* a socket descriptor */
	PROG_ATTACH_OPTIONS,   /* attach(h, opts {...}) */
	PROG_ATTACH_READ,      /* attach(h, "", 0), then read_text(h) */
	PROG_ATTACH_RUN,       /* run(h, arg) */
	PROG_ATTACH_ROUTE,     /* by `ip route`; attach() prints the line */
};

/* Direct access to packet bytes. */
enum prog_packet {
	PROG_PACKET_NONE,
	PROG_PACKET_READ,
	PROG_PACKET_WRITE, /* and read */
};

/* How bytes are read that direct access does not reach. */
enum prog_load_bytes {
	PROG_LOAD_NONE,
	PROG_LOAD_XDP, /* bpf_xdp_load_bytes, 5.18 */
	PROG_LOAD_SKB, /* bpf_skb_load_bytes */
};

enum prog_test_run {
	PROG_TEST_NONE,
	PROG_TEST_PACKET,  /* BPF_PROG_TEST_RUN with packet bytes */
	PROG_TEST_CONTEXT, /* with a context or arguments only */
};

/* A constant of a kernel enum, as the kernel spells it. */
struct kernel_constant {
	const char *name; /* NULL: none */
	uint32_t value;
};

/* One allowed attribute argument. */
struct prog_choice {
	const char *name;
	const char *section;
	struct kernel_constant attach_type;
	uint32_t since;			  /* 0: as the kind */
	const char *context;		  /* NULL: as the kind */
	struct kernel_constant prog_type; /* name NULL: as the kind */
	bool has_range;			  /* a result range of its own */
	int64_t low, high;
};

struct prog_kind {
	enum prog_kind_id id;
	const char *name; /* the attribute, without @ */
	const char *doc;  /* one line for `ksc list kinds` */
	enum prog_arg arg;
	bool arg_optional; /* the attribute may stand without argument: the first choice */
	const struct prog_choice *choices;
	uint32_t choice_count;
	enum prog_params params;
	const char *context; /* struct name, for PROG_PARAMS_CONTEXT */

	/* The result: an enum of the kernel's, or i32/u32 when result_enum is NULL. */
	const char *result_enum;
	bool result_unsigned;
	bool result_ignored; /* the back end returns 0 whatever the program computes */
	int64_t low, high;   /* allowed results */
	int64_t neutral;     /* what a runaway loop and a result out of range become */
	int64_t abort;	     /* a failed tail call or assert */
	const char *const
		*constant_enums; /* further enums whose constants are visible; NULL ends */

	/* For the object: libbpf 1.1's section; %s is the attribute's argument. */
	const char *section;
	const char *section_fallback; /* where the kernel lacks the first: @probe as kprobe */
	struct kernel_constant prog_type, attach_type;
	uint32_t since; /* first kernel version; KERNEL_VERSION_OF() */
	enum prog_attach attach;
	/* BPF_PROG_TYPE_* under which a module registers kfuncs for it; NULL: not possible. */
	const char *kfunc_hook;

	enum prog_packet packet;
	const char *data, *data_end; /* context fields that bound the direct access */
	enum prog_load_bytes load_bytes;
	bool can_pull;		     /* bpf_skb_pull_data makes bytes linear */
	bool has_eth_header;	     /* `data` starts with an Ethernet header */
	const char *const *writable; /* context fields that may be written; NULL ends the list */
	bool sleepable;		     /* "sleepable" is allowed */
	bool tail_calls;	     /* `return other(ctx)` is possible */
	bool direct_kernel; /* the verifier tracks BTF pointers: kernel fields read without a call
			     */
	enum prog_test_run test_run;
};

extern const struct prog_kind prog_kinds[PROG_KIND_COUNT];

/* By attribute name; NULL when there is none. */
const struct prog_kind *prog_kind_find(const char *attribute);

/*
 * The choice named `arg` (NULL: the attribute has no argument), NULL when it is not allowed or the
 * kind has no choices.
 */
const struct prog_choice *prog_kind_choice(const struct prog_kind *kind, const char *arg);

/* The result range with the choice's own one where it has one; `choice` may be NULL. */
void prog_kind_range(const struct prog_kind *kind, const struct prog_choice *choice, int64_t *low,
		     int64_t *high);

/* The neutral and abort verdicts, moved into the choice's range. */
int64_t prog_kind_neutral(const struct prog_kind *kind, const struct prog_choice *choice);
int64_t prog_kind_abort(const struct prog_kind *kind, const struct prog_choice *choice);

/* The context struct's name; NULL for kinds without one. */
const char *prog_kind_context(const struct prog_kind *kind, const struct prog_choice *choice);
/* The program type, with the choice's own where it has one (lwt). */
struct kernel_constant prog_kind_prog_type(const struct prog_kind *kind,
					   const struct prog_choice *choice);
struct kernel_constant prog_kind_attach_type(const struct prog_kind *kind,
					     const struct prog_choice *choice);

/*
 * The section name for an object; `arg` is the attribute's argument or NULL. `sleepable` picks
 * the ".s" form. Probes are resolved, so they give fentry or kprobe as the targets allow. Arena
 * text.
 */
const char *prog_kind_section(struct compilation *comp, const struct prog_kind *kind,
			      const char *arg, bool sleepable);

/* Whether `ctx->field = e` is allowed. */
bool prog_kind_can_write(const struct prog_kind *kind, const char *field);

/*
 * The result type: the kernel's enum when BTF has it, else i32 or u32. The caller accepts the
 * plain integer for enum kinds too.
 */
const struct type *prog_kind_result(struct compilation *comp, const struct prog_kind *kind);

/* The first target kernel that lacks the kind (or the choice); NULL when all have it. */
const struct kernel *prog_kind_lacking(const struct compilation *comp, const struct prog_kind *kind,
				       const struct prog_choice *choice);

/* The kernel function behind @probe("...") or @retprobe("..."). */
struct prog_probe {
	const char *function; /* "do_unlinkat"; of "sys_openat" the kernel's entry function */
	bool has_offset;      /* "function+off": a kprobe inside the function */
	uint32_t offset;
	bool is_fentry;	 /* every target kernel has fentry (5.5) and the function in BTF */
	bool is_syscall; /* the parameters are the system call's, in the pt_regs it is given */
	/* What the program's parameters are checked against; NULL when BTF does not tell. */
	const struct type *type;
};

/* False when `arg` is not of the form name or name+offset (decimal or 0x). */
bool prog_probe_resolve(struct compilation *comp, const char *arg, struct prog_probe *probe);

#endif
