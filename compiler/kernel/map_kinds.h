/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map kinds: one row of a table each. Facts from include/uapi/linux/bpf.h and the alloc_check
 * functions of kernel/bpf/.
 */
#ifndef KSC_KERNEL_MAP_KINDS_H
#define KSC_KERNEL_MAP_KINDS_H

#include "kernel/prog_kinds.h"

#define MAP_KINDS(KIND)                            \
	KIND(HASH, "hash")                         \
	KIND(ARRAY, "array")                       \
	KIND(PERCPU_HASH, "percpu_hash")           \
	KIND(PERCPU_ARRAY, "percpu_array")         \
	KIND(LRU_HASH, "lru_hash")                 \
	KIND(LRU_PERCPU_HASH, "lru_percpu_hash")   \
	KIND(LPM_TRIE, "lpm_trie")                 \
	KIND(RINGBUF, "ringbuf")                   \
	KIND(USER_RINGBUF, "user_ringbuf")         \
	KIND(PERF_EVENT_ARRAY, "perf_event_array") \
	KIND(QUEUE, "queue")                       \
	KIND(STACK, "stack")                       \
	KIND(BLOOM_FILTER, "bloom_filter")         \
	KIND(SOCKMAP, "sockmap")                   \
	KIND(SOCKHASH, "sockhash")                 \
	KIND(DEVMAP, "devmap")                     \
	KIND(DEVMAP_HASH, "devmap_hash")           \
	KIND(CPUMAP, "cpumap")                     \
	KIND(XSKMAP, "xskmap")                     \
	KIND(STACK_TRACE, "stack_trace")           \
	KIND(SK_STORAGE, "sk_storage")             \
	KIND(TASK_STORAGE, "task_storage")         \
	KIND(INODE_STORAGE, "inode_storage")       \
	KIND(CGROUP_STORAGE, "cgroup_storage")     \
	KIND(ARRAY_OF_MAPS, "array_of_maps")       \
	KIND(HASH_OF_MAPS, "hash_of_maps")

enum map_kind_id {
#define KIND(id, name) MAP_##id,
	MAP_KINDS(KIND)
#undef KIND
	MAP_KIND_COUNT
};

enum map_key_rule {
	MAP_KEY_NONE,	/* no key is declared: ringbuf<T>, queue<V> */
	MAP_KEY_ANY,	/* any type of fixed size without pointers */
	MAP_KEY_INDEX,	/* u32; enums and narrower unsigned integers widen to it */
	MAP_KEY_PREFIX, /* a struct that starts with `prefixlen: u32`; at most 256 data bytes */
	MAP_KEY_OBJECT, /* i32 for user code; bpf code indexes with the kernel object itself */
};

enum map_value_rule {
	MAP_VALUE_ANY,
	MAP_VALUE_RECORD, /* the type of the records; may be left out */
	MAP_VALUE_U32,	  /* u32: a file descriptor or an index for user code */
	MAP_VALUE_DEV,	  /* u32, or bpf_devmap_val */
	MAP_VALUE_CPU,	  /* u32, or bpf_cpumap_val */
	MAP_VALUE_SOCKET, /* u32 or u64 */
	MAP_VALUE_STACK,  /* an array of u64 addresses, at most 127 */
	MAP_VALUE_MAP,	  /* another map's shape: hash<K, V>(n) */
};

enum map_size_rule {
	MAP_SIZE_ENTRIES,  /* 1 .. limit */
	MAP_SIZE_BYTES,	   /* a power of two and whole pages (4096) */
	MAP_SIZE_OPTIONAL, /* may be left out: one per CPU */
	MAP_SIZE_NONE,	   /* must be left out: the kernel wants 0 */
};

/* Operations, as bits. */
enum map_op {
	MAP_OP_LOOKUP = 1 << 0,	   /* m[k], &m[k] */
	MAP_OP_UPDATE = 1 << 1,	   /* m[k] = e, insert, update, put */
	MAP_OP_DELETE = 1 << 2,	   /* delete m[k] */
	MAP_OP_ITERATE = 1 << 3,   /* for (k, v) in m */
	MAP_OP_TAKE = 1 << 4,	   /* user: look up and delete in one step */
	MAP_OP_PUSH = 1 << 5,	   /* push */
	MAP_OP_POP = 1 << 6,	   /* pop, peek */
	MAP_OP_HAS = 1 << 7,	   /* has */
	MAP_OP_RECORDS = 1 << 8,   /* reserve, submit, discard, output, on_event, dispatch */
	MAP_OP_OUTPUT = 1 << 9,	   /* output, on_event, dispatch: perf_event_array */
	MAP_OP_STORAGE = 1 << 10,  /* store[obj], store.get(obj) */
	MAP_OP_NESTED = 1 << 11,   /* outer[k][j] */
	MAP_OP_REDIRECT = 1 << 12, /* argument of bpf_redirect_map and the like */
	MAP_OP_STACK_ID = 1 << 13, /* argument of stack_id() */
};

/* Creation flags. The language's names are the kernel's in lower case without BPF_F_. */
#define MAP_FLAGS(X)                \
	X(NO_PREALLOC, 1u << 0)     \
	X(NO_COMMON_LRU, 1u << 1)   \
	X(NUMA_NODE, 1u << 2)       \
	X(RDONLY, 1u << 3)          \
	X(WRONLY, 1u << 4)          \
	X(RDONLY_PROG, 1u << 7)     \
	X(WRONLY_PROG, 1u << 8)     \
	X(MMAPABLE, 1u << 10)       \
	X(PRESERVE_ELEMS, 1u << 11) \
	X(INNER_MAP, 1u << 12)

enum map_flag {
#define X(name, bit) MAP_F_##name = (bit),
	MAP_FLAGS(X)
#undef X
};

struct map_flag_info {
	const char *name;	 /* "no_prealloc" */
	const char *kernel_name; /* "BPF_F_NO_PREALLOC" */
	uint32_t bit;
};

struct map_kind {
	enum map_kind_id id;
	const char *name;
	const char *doc; /* one line for `ksc list maps` */
	struct kernel_constant map_type;
	uint32_t since;
	enum map_key_rule key;
	enum map_value_rule value;
	enum map_size_rule size;
	uint64_t entries_max; /* limit of max_entries for MAP_SIZE_ENTRIES, 0: 2^32 - 1 */
	uint32_t key_bytes_max, value_bytes_max; /* 0: no limit of the kind's own */
	bool per_cpu;
	bool is_array;		    /* every index below the size is present; delete does nothing */
	unsigned bpf_ops, user_ops; /* sets of enum map_op */
	uint32_t flags;		    /* allowed creation flags */
	uint32_t flags_forced;	    /* always set */
	const char *const *kinds;   /* names of the program kinds that may use it; NULL: all */
};

extern const struct map_kind map_kinds[MAP_KIND_COUNT];

/* By the language's name; NULL when there is none. */
const struct map_kind *map_kind_find(const char *name);

/* By the language's name or the kernel's; NULL when there is no such flag. */
const struct map_flag_info *map_flag_find(const char *name);
/* All flags, MAP_F_INNER_MAP last; `count` gets how many. For messages. */
const struct map_flag_info *map_flag_list(uint32_t *count);

/* The first target kernel that lacks the kind; NULL when all have it. */
const struct kernel *map_kind_lacking(const struct compilation *comp, const struct map_kind *kind);

#endif
