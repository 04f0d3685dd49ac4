/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/predeclared.h"

#include <string.h>

/*
 * Facts from include/uapi/linux/{bpf,pkt_cls,netfilter,perf_event}.h. The perf names are the
 * kernel's PERF_TYPE_ and PERF_COUNT_ names in lower case; how a counter is read depends on the
 * perf_type beside it.
 */
static const struct predeclared constants[] = {
	{"TC_ACT_UNSPEC", -1, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TC_ACT_OK", 0, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TC_ACT_RECLASSIFY", 1, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TC_ACT_SHOT", 2, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TC_ACT_PIPE", 3, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TC_ACT_STOLEN", 4, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TC_ACT_QUEUED", 5, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TC_ACT_REPEAT", 6, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TC_ACT_REDIRECT", 7, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TC_ACT_TRAP", 8, "TC_ACT", PREDECLARED_EVERYWHERE},
	{"TCX_NEXT", -1, "tcx_action", PREDECLARED_EVERYWHERE},
	{"TCX_PASS", 0, "tcx_action", PREDECLARED_EVERYWHERE},
	{"TCX_DROP", 2, "tcx_action", PREDECLARED_EVERYWHERE},
	{"TCX_REDIRECT", 7, "tcx_action", PREDECLARED_EVERYWHERE},
	{"NF_DROP", 0, "NF", PREDECLARED_EVERYWHERE},
	{"NF_ACCEPT", 1, "NF", PREDECLARED_EVERYWHERE},
	{"perf_type_hardware", 0, "perf_type", PREDECLARED_EVERYWHERE},
	{"perf_type_software", 1, "perf_type", PREDECLARED_EVERYWHERE},
	{"perf_type_tracepoint", 2, "perf_type", PREDECLARED_EVERYWHERE},
	{"perf_type_hw_cache", 3, "perf_type", PREDECLARED_EVERYWHERE},
	{"perf_type_raw", 4, "perf_type", PREDECLARED_EVERYWHERE},
	{"perf_type_breakpoint", 5, "perf_type", PREDECLARED_EVERYWHERE},
	{"cpu_cycles", 0, "perf_counter", PREDECLARED_EVERYWHERE},
	{"instructions", 1, "perf_counter", PREDECLARED_EVERYWHERE},
	{"cache_references", 2, "perf_counter", PREDECLARED_EVERYWHERE},
	{"cache_misses", 3, "perf_counter", PREDECLARED_EVERYWHERE},
	{"branch_instructions", 4, "perf_counter", PREDECLARED_EVERYWHERE},
	{"branch_misses", 5, "perf_counter", PREDECLARED_EVERYWHERE},
	{"bus_cycles", 6, "perf_counter", PREDECLARED_EVERYWHERE},
	{"stalled_cycles_frontend", 7, "perf_counter", PREDECLARED_EVERYWHERE},
	{"stalled_cycles_backend", 8, "perf_counter", PREDECLARED_EVERYWHERE},
	{"ref_cpu_cycles", 9, "perf_counter", PREDECLARED_EVERYWHERE},
	{"cpu_clock", 0, "perf_counter", PREDECLARED_EVERYWHERE},
	{"task_clock", 1, "perf_counter", PREDECLARED_EVERYWHERE},
	{"page_faults", 2, "perf_counter", PREDECLARED_EVERYWHERE},
	{"context_switches", 3, "perf_counter", PREDECLARED_EVERYWHERE},
	{"cpu_migrations", 4, "perf_counter", PREDECLARED_EVERYWHERE},
	{"page_faults_min", 5, "perf_counter", PREDECLARED_EVERYWHERE},
	{"page_faults_maj", 6, "perf_counter", PREDECLARED_EVERYWHERE},
	{"alignment_faults", 7, "perf_counter", PREDECLARED_EVERYWHERE},
	{"emulation_faults", 8, "perf_counter", PREDECLARED_EVERYWHERE},
	{"dummy", 9, "perf_counter", PREDECLARED_EVERYWHERE},
	{"bpf_output", 10, "perf_counter", PREDECLARED_EVERYWHERE},
	{"cgroup_switches", 11, "perf_counter", PREDECLARED_EVERYWHERE},
	{"BPF_ANY", 0, "map update", PREDECLARED_EVERYWHERE},
	{"BPF_NOEXIST", 1, "map update", PREDECLARED_EVERYWHERE},
	{"BPF_EXIST", 2, "map update", PREDECLARED_EVERYWHERE},
	{"BPF_F_LOCK", 4, "map update", PREDECLARED_EVERYWHERE},
	{"BPF_F_NO_PREALLOC", 1 << 0, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_NO_COMMON_LRU", 1 << 1, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_NUMA_NODE", 1 << 2, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_RDONLY", 1 << 3, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_WRONLY", 1 << 4, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_STACK_BUILD_ID", 1 << 5, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_ZERO_SEED", 1 << 6, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_RDONLY_PROG", 1 << 7, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_WRONLY_PROG", 1 << 8, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_CLONE", 1 << 9, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_MMAPABLE", 1 << 10, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_PRESERVE_ELEMS", 1 << 11, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_INNER_MAP", 1 << 12, "map flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_RECOMPUTE_CSUM", 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_INVALIDATE_HASH", 2, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_HDR_FIELD_MASK", 0xf, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_PSEUDO_HDR", 1 << 4, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_MARK_MANGLED_0", 1 << 5, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_MARK_ENFORCE", 1 << 6, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_INGRESS", 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_BROADCAST", 1 << 3, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_EXCLUDE_INGRESS", 1 << 4, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_SKIP_FIELD_MASK", 0xff, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_USER_STACK", 1 << 8, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_FAST_STACK_CMP", 1 << 9, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_REUSE_STACKID", 1 << 10, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_USER_BUILD_ID", 1 << 11, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_ZERO_CSUM_TX", 1 << 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_DONT_FRAGMENT", 1 << 2, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_SEQ_NUMBER", 1 << 3, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_NO_TUNNEL_KEY", 1 << 4, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_TUNINFO_IPV6", 1 << 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_TUNINFO_FLAGS", 1 << 4, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_INDEX_MASK", 0xffffffff, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_CURRENT_CPU", 0xffffffff, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_CURRENT_NETNS", -1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_ADJ_ROOM_FIXED_GSO", 1 << 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_ADJ_ROOM_ENCAP_L3_IPV4", 1 << 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_ADJ_ROOM_ENCAP_L3_IPV6", 1 << 2, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_ADJ_ROOM_ENCAP_L4_GRE", 1 << 3, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_ADJ_ROOM_ENCAP_L4_UDP", 1 << 4, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_ADJ_ROOM_NO_CSUM_RESET", 1 << 5, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_ADJ_ROOM_ENCAP_L2_ETH", 1 << 6, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_GET_BRANCH_RECORDS_SIZE", 1 << 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_BPRM_SECUREEXEC", 1 << 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_SYSCTL_BASE_NAME", 1 << 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_F_TIMER_ABS", 1 << 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_RB_NO_WAKEUP", 1 << 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_RB_FORCE_WAKEUP", 1 << 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_RB_AVAIL_DATA", 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_RB_RING_SIZE", 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_RB_CONS_POS", 2, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_RB_PROD_POS", 3, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_LOCAL_STORAGE_GET_F_CREATE", 1 << 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_SK_STORAGE_GET_F_CREATE", 1 << 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_ADJ_ROOM_NET", 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_ADJ_ROOM_MAC", 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_HDR_START_MAC", 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_HDR_START_NET", 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_CSUM_LEVEL_QUERY", 0, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_CSUM_LEVEL_INC", 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_CSUM_LEVEL_DEC", 2, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_CSUM_LEVEL_RESET", 3, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_FIB_LOOKUP_DIRECT", 1, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_FIB_LOOKUP_OUTPUT", 2, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_FIB_LOOKUP_SKIP_NEIGH", 4, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_FIB_LOOKUP_TBID", 8, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_FIB_LOOKUP_SRC", 16, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_FIB_LOOKUP_MARK", 32, "helper flag", PREDECLARED_EVERYWHERE},
	{"BPF_SOCK_OPS_RTO_CB_FLAG", 1 << 0, "sock_ops flag", PREDECLARED_EVERYWHERE},
	{"BPF_SOCK_OPS_RETRANS_CB_FLAG", 1 << 1, "sock_ops flag", PREDECLARED_EVERYWHERE},
	{"BPF_SOCK_OPS_STATE_CB_FLAG", 1 << 2, "sock_ops flag", PREDECLARED_EVERYWHERE},
	{"BPF_SOCK_OPS_RTT_CB_FLAG", 1 << 3, "sock_ops flag", PREDECLARED_EVERYWHERE},
	{"BPF_SOCK_OPS_PARSE_ALL_HDR_OPT_CB_FLAG", 1 << 4, "sock_ops flag", PREDECLARED_EVERYWHERE},
	{"BPF_SOCK_OPS_PARSE_UNKNOWN_HDR_OPT_CB_FLAG", 1 << 5, "sock_ops flag",
	 PREDECLARED_EVERYWHERE},
	{"BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG", 1 << 6, "sock_ops flag", PREDECLARED_EVERYWHERE},
	{"BPF_SOCK_OPS_ALL_CB_FLAGS", 0x7f, "sock_ops flag", PREDECLARED_EVERYWHERE},
	{"GFP_KERNEL", 0, "GFP", PREDECLARED_MODULE},
	{"GFP_ATOMIC", 0, "GFP", PREDECLARED_MODULE},
	{"GFP_NOWAIT", 0, "GFP", PREDECLARED_MODULE},
	{"GFP_NOIO", 0, "GFP", PREDECLARED_MODULE},
	{"GFP_NOFS", 0, "GFP", PREDECLARED_MODULE},
	{"GFP_USER", 0, "GFP", PREDECLARED_MODULE},
	{"GFP_HIGHUSER", 0, "GFP", PREDECLARED_MODULE},
	{"GFP_DMA", 0, "GFP", PREDECLARED_MODULE},
	{"GFP_DMA32", 0, "GFP", PREDECLARED_MODULE},
	{"GFP_KERNEL_ACCOUNT", 0, "GFP", PREDECLARED_MODULE},
};

/* Error numbers, the same on all architectures that the kernel runs BPF on. */
static const struct {
	const char *name;
	int code;
} errnos[] = {
	{"EPERM", 1},
	{"ENOENT", 2},
	{"ESRCH", 3},
	{"EINTR", 4},
	{"EIO", 5},
	{"ENXIO", 6},
	{"E2BIG", 7},
	{"ENOEXEC", 8},
	{"EBADF", 9},
	{"ECHILD", 10},
	{"EAGAIN", 11},
	{"ENOMEM", 12},
	{"EACCES", 13},
	{"EFAULT", 14},
	{"EBUSY", 16},
	{"EEXIST", 17},
	{"EXDEV", 18},
	{"ENODEV", 19},
	{"ENOTDIR", 20},
	{"EISDIR", 21},
	{"EINVAL", 22},
	{"ENFILE", 23},
	{"EMFILE", 24},
	{"EFBIG", 27},
	{"ENOSPC", 28},
	{"ESPIPE", 29},
	{"EROFS", 30},
	{"EPIPE", 32},
	{"EDOM", 33},
	{"ERANGE", 34},
	{"EDEADLK", 35},
	{"ENAMETOOLONG", 36},
	{"ENOSYS", 38},
	{"ENOTEMPTY", 39},
	{"ELOOP", 40},
	{"ENODATA", 61},
	{"EPROTO", 71},
	{"EBADMSG", 74},
	{"EOVERFLOW", 75},
	{"EMSGSIZE", 90},
	{"EPROTONOSUPPORT", 93},
	{"EOPNOTSUPP", 95},
	{"EAFNOSUPPORT", 97},
	{"EADDRINUSE", 98},
	{"EADDRNOTAVAIL", 99},
	{"ENETDOWN", 100},
	{"ENETUNREACH", 101},
	{"ECONNABORTED", 103},
	{"ECONNRESET", 104},
	{"ENOBUFS", 105},
	{"EISCONN", 106},
	{"ENOTCONN", 107},
	{"ETIMEDOUT", 110},
	{"ECONNREFUSED", 111},
	{"EHOSTUNREACH", 113},
	{"EALREADY", 114},
	{"EINPROGRESS", 115},
	{"ESTALE", 116},
	{"ECANCELED", 125},
};

const struct predeclared *predeclared_find(const char *name)
{
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		if (!strcmp(constants[i].name, name))
			return &constants[i];
	}
	return NULL;
}

const struct predeclared *predeclared_list(uint32_t *count)
{
	*count = sizeof(constants) / sizeof(constants[0]);
	return constants;
}

const struct type *predeclared_type(struct compilation *comp, const struct predeclared *constant)
{
	if (constant->value < 0)
		return comp->types->i32;
	return constant->value > UINT32_MAX ? comp->types->u64 : comp->types->u32;
}

const char *errno_name(int code)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++) {
		if (errnos[i].code == code)
			return errnos[i].name;
	}
	return NULL;
}

/* ---- structs of the language: perf_options, opts ---- */

enum option_type {
	OPTION_BOOL,
	OPTION_I32,
	OPTION_U32,
	OPTION_U64,
	OPTION_TEXT,
};

struct option {
	const char *name;
	enum option_type type;
	bool required;
	int64_t value;
	unsigned attaches; /* opts: set of 1 << enum prog_attach that take it */
};

/* Without pid and cpu an event counts every process on the first CPU, as in older programs. */
static const struct option perf_options[] = {
	{"perf_type", OPTION_U32, true, 0, 0},	    {"perf_config", OPTION_U64, true, 0, 0},
	{"pid", OPTION_I32, false, -1, 0},	    {"cpu", OPTION_I32, false, 0, 0},
	{"period", OPTION_U64, false, 1000000, 0},  {"wakeup", OPTION_U32, false, 1, 0},
	{"inherit", OPTION_BOOL, false, 0, 0},	    {"exclude_kernel", OPTION_BOOL, false, 0, 0},
	{"exclude_user", OPTION_BOOL, false, 0, 0},
};

#define ATTACH(class) (1u << PROG_ATTACH_##class)
#define ATTACH_NAMED \
	(ATTACH(INTERFACE) | ATTACH(SELF) | ATTACH(PATH) | ATTACH(CGROUP) | ATTACH(NETNS))

/* As struct ks_opts of runtime/ksrt.h. What is not given is zero. */
static const struct option attach_options[] = {
	{"target", OPTION_TEXT, false, 0, ATTACH_NAMED},
	{"netns", OPTION_TEXT, false, 0, ATTACH(INTERFACE) | ATTACH(OPTIONS)},
	{"flags", OPTION_U32, false, 0, ATTACH(INTERFACE) | ATTACH(CGROUP) | ATTACH(OPTIONS)},
	{"ifindex", OPTION_U32, false, 0, ATTACH(INTERFACE)},
	{"order", OPTION_I32, false, 0, ATTACH(INTERFACE)},
	{"pid", OPTION_I32, false, 0, ATTACH(PATH)},
	{"cookie", OPTION_U64, false, 0, ATTACH(SELF) | ATTACH(PATH)},
	{"pf", OPTION_U32, false, 0, ATTACH(OPTIONS)},
	{"hook", OPTION_U32, false, 0, ATTACH(OPTIONS)},
	{"priority", OPTION_I32, false, 0, ATTACH(OPTIONS)},
};

enum {
	OPTION_TEXT_BYTES = 255
};

static const struct type *option_type(struct compilation *comp, enum option_type type)
{
	switch (type) {
	case OPTION_BOOL:
		return comp->types->bool_;
	case OPTION_I32:
		return comp->types->i32;
	case OPTION_U32:
		return comp->types->u32;
	case OPTION_U64:
		return comp->types->u64;
	case OPTION_TEXT:
		break;
	}
	return type_str(comp, OPTION_TEXT_BYTES);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct type *options_struct(struct compilation *comp, const char *name,
					 const struct option *options, size_t count)
{
	struct type *type =
		type_struct_new(comp, intern_str(&comp->names, name), false, ORIGIN_SOURCE);

	for (size_t i = 0; i < count; i++) {
		struct field field = {.span = span_nowhere()};

		field.name = intern_str(&comp->names, options[i].name);
		field.type = option_type(comp, options[i].type);
		vec_push(&comp->arena, &type->strukt->fields, field);
	}
	type_struct_layout(comp, type);
	return type;
}

const struct type *predeclared_struct(struct compilation *comp, const char *name)
{
	struct type_table *types = comp->types;

	if (!strcmp(name, "perf_options")) {
		if (!types->perf_options)
			types->perf_options =
				options_struct(comp, name, perf_options, COUNT(perf_options));
		return types->perf_options;
	}
	if (!strcmp(name, "opts")) {
		if (!types->attach_options)
			types->attach_options =
				options_struct(comp, name, attach_options, COUNT(attach_options));
		return types->attach_options;
	}
	return NULL;
}

static const struct option *find_option(const struct compilation *comp, const struct type *type,
					const char *field)
{
	bool is_perf = type == comp->types->perf_options;
	const struct option *options = is_perf ? perf_options : attach_options;
	size_t count = is_perf ? COUNT(perf_options) : COUNT(attach_options);

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(options[i].name, field))
			return &options[i];
	}
	return NULL;
}

bool predeclared_has_defaults(const struct compilation *comp, const struct type *type)
{
	return type && (type == comp->types->perf_options || type == comp->types->attach_options);
}

int64_t predeclared_default(const struct compilation *comp, const struct type *type,
			    const char *field, bool *required)
{
	const struct option *option = find_option(comp, type, field);

	*required = !option || option->required;
	return option ? option->value : 0;
}

bool attach_option_is_for(const struct compilation *comp, const char *field,
			  enum prog_attach attach)
{
	const struct option *option = find_option(comp, comp->types->attach_options, field);

	return option && option->attaches & 1u << attach;
}
