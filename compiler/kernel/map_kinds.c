/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/map_kinds.h"

#include <string.h>

#define V(major, minor)	     KERNEL_VERSION_OF(major, minor)
#define ROW(id_, name_)	     .id = MAP_##id_, .name = name_
#define TYPE(kernel, number) .map_type = {"BPF_MAP_TYPE_" #kernel, number}
#define NAMES(...)	     ((const char *const[]){__VA_ARGS__, NULL})

/* Keys and values together have to fit an element of kmalloc's largest size; KMALLOC_MAX_SIZE. */
#define VALUE_MAX	 (4u << 20)
#define PERCPU_VALUE_MAX (32u << 10) /* PCPU_MIN_UNIT_SIZE */
#define KEY_MAX		 512	     /* keys are built on the program's stack */

#define ENTRY_OPS (MAP_OP_LOOKUP | MAP_OP_UPDATE | MAP_OP_DELETE | MAP_OP_ITERATE)
#define ACCESS_FLAGS \
	(MAP_F_NUMA_NODE | MAP_F_RDONLY | MAP_F_WRONLY | MAP_F_RDONLY_PROG | MAP_F_WRONLY_PROG)
#define LRU_FLAGS   (ACCESS_FLAGS | MAP_F_NO_COMMON_LRU)
#define HASH_FLAGS  (ACCESS_FLAGS | MAP_F_NO_PREALLOC)
#define ARRAY_FLAGS (ACCESS_FLAGS | MAP_F_MMAPABLE | MAP_F_PRESERVE_ELEMS | MAP_F_INNER_MAP)

#define HASH_ROW(version, hash_flags)                                                         \
	.since = version, .key = MAP_KEY_ANY, .key_bytes_max = KEY_MAX, .bpf_ops = ENTRY_OPS, \
	.user_ops = ENTRY_OPS | MAP_OP_TAKE, .flags = hash_flags

/* Redirection maps: user code fills them, programs pass them to helpers. */
#define REDIRECT_ROW(version) \
	.since = version, .bpf_ops = MAP_OP_LOOKUP | MAP_OP_REDIRECT, .user_ops = ENTRY_OPS

#define STORAGE_ROW(version)                                                     \
	.since = version, .key = MAP_KEY_OBJECT, .size = MAP_SIZE_NONE,          \
	.value_bytes_max = 64u << 10, .bpf_ops = MAP_OP_STORAGE | MAP_OP_DELETE, \
	.user_ops = MAP_OP_LOOKUP | MAP_OP_UPDATE | MAP_OP_DELETE,               \
	.flags_forced = MAP_F_NO_PREALLOC

const struct map_kind map_kinds[MAP_KIND_COUNT] = {
	[MAP_HASH] = {ROW(HASH, "hash"), .doc = "entries by key", TYPE(HASH, 1),
		      HASH_ROW(V(3, 19), HASH_FLAGS), .value_bytes_max = VALUE_MAX},
	[MAP_ARRAY] = {ROW(ARRAY, "array"), .doc = "entries by index, all present from the start",
		       TYPE(ARRAY, 2), .since = V(3, 19), .key = MAP_KEY_INDEX, .is_array = true,
		       .value_bytes_max = VALUE_MAX, .bpf_ops = ENTRY_OPS, .user_ops = ENTRY_OPS,
		       .flags = ARRAY_FLAGS},
	[MAP_PERCPU_HASH] = {ROW(PERCPU_HASH, "percpu_hash"),
			     .doc = "entries by key, one copy for each CPU", TYPE(PERCPU_HASH, 5),
			     HASH_ROW(V(4, 6), HASH_FLAGS), .per_cpu = true,
			     .value_bytes_max = PERCPU_VALUE_MAX},
	[MAP_PERCPU_ARRAY] = {ROW(PERCPU_ARRAY, "percpu_array"),
			      .doc = "entries by index, one copy for each CPU",
			      TYPE(PERCPU_ARRAY, 6), .since = V(4, 6), .key = MAP_KEY_INDEX,
			      .per_cpu = true, .is_array = true,
			      .value_bytes_max = PERCPU_VALUE_MAX, .bpf_ops = ENTRY_OPS,
			      .user_ops = ENTRY_OPS, .flags = ACCESS_FLAGS & ~MAP_F_NUMA_NODE},
	[MAP_LRU_HASH] = {ROW(LRU_HASH, "lru_hash"),
			  .doc = "entries by key; a full map drops the least recently used",
			  TYPE(LRU_HASH, 9), HASH_ROW(V(4, 10), LRU_FLAGS),
			  .value_bytes_max = VALUE_MAX},
	[MAP_LRU_PERCPU_HASH] = {ROW(LRU_PERCPU_HASH, "lru_percpu_hash"),
				 .doc = "lru_hash with one copy for each CPU",
				 TYPE(LRU_PERCPU_HASH, 10), HASH_ROW(V(4, 10), LRU_FLAGS),
				 .per_cpu = true, .value_bytes_max = PERCPU_VALUE_MAX},
	[MAP_LPM_TRIE] = {ROW(LPM_TRIE, "lpm_trie"), .doc = "the longest matching prefix wins",
			  TYPE(LPM_TRIE, 11), .since = V(4, 11), .key = MAP_KEY_PREFIX,
			  .key_bytes_max = 4 + 256, .value_bytes_max = VALUE_MAX,
			  .bpf_ops = MAP_OP_LOOKUP | MAP_OP_UPDATE | MAP_OP_DELETE,
			  .user_ops = ENTRY_OPS, .flags = HASH_FLAGS,
			  .flags_forced = MAP_F_NO_PREALLOC},
	[MAP_RINGBUF] = {ROW(RINGBUF, "ringbuf"), .doc = "records for user code, in order",
			 TYPE(RINGBUF, 27), .since = V(5, 8), .value = MAP_VALUE_RECORD,
			 .size = MAP_SIZE_BYTES, .bpf_ops = MAP_OP_RECORDS,
			 .user_ops = MAP_OP_RECORDS, .flags = MAP_F_NUMA_NODE},
	[MAP_USER_RINGBUF] = {ROW(USER_RINGBUF, "user_ringbuf"),
			      .doc = "records from user code for programs", TYPE(USER_RINGBUF, 31),
			      .since = V(6, 1), .value = MAP_VALUE_RECORD, .size = MAP_SIZE_BYTES,
			      .flags = MAP_F_NUMA_NODE},
	[MAP_PERF_EVENT_ARRAY] = {ROW(PERF_EVENT_ARRAY, "perf_event_array"),
				  .doc = "records for user code, one buffer for each CPU",
				  TYPE(PERF_EVENT_ARRAY, 4), .since = V(4, 3),
				  .value = MAP_VALUE_RECORD, .size = MAP_SIZE_OPTIONAL,
				  .bpf_ops = MAP_OP_OUTPUT, .user_ops = MAP_OP_OUTPUT,
				  .flags = MAP_F_PRESERVE_ELEMS},
	[MAP_QUEUE] = {ROW(QUEUE, "queue"), .doc = "first in, first out", TYPE(QUEUE, 22),
		       .since = V(4, 20), .value_bytes_max = VALUE_MAX,
		       .bpf_ops = MAP_OP_PUSH | MAP_OP_POP, .user_ops = MAP_OP_PUSH | MAP_OP_POP,
		       .flags = ACCESS_FLAGS},
	[MAP_STACK] = {ROW(STACK, "stack"), .doc = "last in, first out", TYPE(STACK, 23),
		       .since = V(4, 20), .value_bytes_max = VALUE_MAX,
		       .bpf_ops = MAP_OP_PUSH | MAP_OP_POP, .user_ops = MAP_OP_PUSH | MAP_OP_POP,
		       .flags = ACCESS_FLAGS},
	[MAP_BLOOM_FILTER] = {ROW(BLOOM_FILTER, "bloom_filter"),
			      .doc = "a set that may answer yes wrongly, never no",
			      TYPE(BLOOM_FILTER, 30), .since = V(5, 16),
			      .value_bytes_max = VALUE_MAX, .bpf_ops = MAP_OP_PUSH | MAP_OP_HAS,
			      .user_ops = MAP_OP_PUSH | MAP_OP_HAS, .flags = ACCESS_FLAGS},
	[MAP_SOCKMAP] = {ROW(SOCKMAP, "sockmap"), .doc = "sockets by index", TYPE(SOCKMAP, 15),
			 REDIRECT_ROW(V(4, 14)), .key = MAP_KEY_INDEX, .value = MAP_VALUE_SOCKET,
			 .flags = MAP_F_NUMA_NODE | MAP_F_RDONLY | MAP_F_WRONLY},
	[MAP_SOCKHASH] = {ROW(SOCKHASH, "sockhash"), .doc = "sockets by key", TYPE(SOCKHASH, 18),
			  REDIRECT_ROW(V(4, 18)), .key = MAP_KEY_ANY, .key_bytes_max = KEY_MAX,
			  .value = MAP_VALUE_SOCKET,
			  .flags = MAP_F_NUMA_NODE | MAP_F_RDONLY | MAP_F_WRONLY},
	[MAP_DEVMAP] = {ROW(DEVMAP, "devmap"), .doc = "interfaces by index, to redirect to",
			TYPE(DEVMAP, 14), REDIRECT_ROW(V(4, 14)), .key = MAP_KEY_INDEX,
			.value = MAP_VALUE_DEV,
			.flags = MAP_F_NUMA_NODE | MAP_F_RDONLY | MAP_F_WRONLY,
			.kinds = NAMES("xdp")},
	[MAP_DEVMAP_HASH] = {ROW(DEVMAP_HASH, "devmap_hash"),
			     .doc = "interfaces by key, to redirect to", TYPE(DEVMAP_HASH, 25),
			     REDIRECT_ROW(V(5, 4)), .key = MAP_KEY_INDEX, .value = MAP_VALUE_DEV,
			     .flags = MAP_F_NUMA_NODE | MAP_F_RDONLY | MAP_F_WRONLY,
			     .kinds = NAMES("xdp")},
	[MAP_CPUMAP] = {ROW(CPUMAP, "cpumap"), .doc = "CPUs by index, to redirect to",
			TYPE(CPUMAP, 16), REDIRECT_ROW(V(4, 15)), .key = MAP_KEY_INDEX,
			.value = MAP_VALUE_CPU, .flags = MAP_F_NUMA_NODE, .kinds = NAMES("xdp")},
	[MAP_XSKMAP] = {ROW(XSKMAP, "xskmap"), .doc = "AF_XDP sockets by index, to redirect to",
			TYPE(XSKMAP, 17), REDIRECT_ROW(V(4, 18)), .key = MAP_KEY_INDEX,
			.value = MAP_VALUE_U32,
			.flags = MAP_F_NUMA_NODE | MAP_F_RDONLY | MAP_F_WRONLY,
			.kinds = NAMES("xdp")},
	[MAP_STACK_TRACE] = {ROW(STACK_TRACE, "stack_trace"), .doc = "call stacks by id",
			     TYPE(STACK_TRACE, 7), .since = V(4, 6), .key = MAP_KEY_INDEX,
			     .value = MAP_VALUE_STACK, .value_bytes_max = 127 * 8,
			     .bpf_ops = MAP_OP_STACK_ID | MAP_OP_DELETE,
			     .user_ops = MAP_OP_LOOKUP | MAP_OP_DELETE | MAP_OP_ITERATE,
			     .flags = MAP_F_NUMA_NODE | MAP_F_RDONLY | MAP_F_WRONLY},
	[MAP_SK_STORAGE] = {ROW(SK_STORAGE, "sk_storage"), .doc = "a value for each socket",
			    TYPE(SK_STORAGE, 24), STORAGE_ROW(V(5, 2))},
	[MAP_TASK_STORAGE] = {ROW(TASK_STORAGE, "task_storage"), .doc = "a value for each task",
			      TYPE(TASK_STORAGE, 29), STORAGE_ROW(V(5, 11))},
	[MAP_INODE_STORAGE] = {ROW(INODE_STORAGE, "inode_storage"), .doc = "a value for each inode",
			       TYPE(INODE_STORAGE, 28), STORAGE_ROW(V(5, 10))},
	[MAP_CGROUP_STORAGE] = {ROW(CGROUP_STORAGE, "cgroup_storage"),
				.doc = "a value for each cgroup", TYPE(CGRP_STORAGE, 32),
				STORAGE_ROW(V(6, 2))},
	[MAP_ARRAY_OF_MAPS] = {ROW(ARRAY_OF_MAPS, "array_of_maps"), .doc = "maps by index",
			       TYPE(ARRAY_OF_MAPS, 12), .since = V(4, 12), .key = MAP_KEY_INDEX,
			       .value = MAP_VALUE_MAP, .bpf_ops = MAP_OP_NESTED,
			       .user_ops = MAP_OP_NESTED | MAP_OP_UPDATE | MAP_OP_DELETE,
			       .flags = ACCESS_FLAGS},
	[MAP_HASH_OF_MAPS] = {ROW(HASH_OF_MAPS, "hash_of_maps"), .doc = "maps by key",
			      TYPE(HASH_OF_MAPS, 13), .since = V(4, 12), .key = MAP_KEY_ANY,
			      .key_bytes_max = KEY_MAX, .value = MAP_VALUE_MAP,
			      .bpf_ops = MAP_OP_NESTED,
			      .user_ops = MAP_OP_NESTED | MAP_OP_UPDATE | MAP_OP_DELETE,
			      .flags = HASH_FLAGS},
};

static const struct map_flag_info flag_infos[] = {
	{"no_prealloc", "BPF_F_NO_PREALLOC", MAP_F_NO_PREALLOC},
	{"no_common_lru", "BPF_F_NO_COMMON_LRU", MAP_F_NO_COMMON_LRU},
	{"numa_node", "BPF_F_NUMA_NODE", MAP_F_NUMA_NODE},
	{"rdonly", "BPF_F_RDONLY", MAP_F_RDONLY},
	{"wronly", "BPF_F_WRONLY", MAP_F_WRONLY},
	{"rdonly_prog", "BPF_F_RDONLY_PROG", MAP_F_RDONLY_PROG},
	{"wronly_prog", "BPF_F_WRONLY_PROG", MAP_F_WRONLY_PROG},
	{"mmapable", "BPF_F_MMAPABLE", MAP_F_MMAPABLE},
	{"preserve_elems", "BPF_F_PRESERVE_ELEMS", MAP_F_PRESERVE_ELEMS},
	{"inner_map", "BPF_F_INNER_MAP", MAP_F_INNER_MAP},
};

const struct map_kind *map_kind_find(const char *name)
{
	for (int i = 0; i < MAP_KIND_COUNT; i++) {
		if (!strcmp(map_kinds[i].name, name))
			return &map_kinds[i];
	}
	return NULL;
}

const struct map_flag_info *map_flag_list(uint32_t *count)
{
	*count = sizeof(flag_infos) / sizeof(flag_infos[0]);
	return flag_infos;
}

const struct map_flag_info *map_flag_find(const char *name)
{
	for (size_t i = 0; i < sizeof(flag_infos) / sizeof(flag_infos[0]); i++) {
		if (!strcmp(flag_infos[i].name, name) || !strcmp(flag_infos[i].kernel_name, name))
			return &flag_infos[i];
	}
	return NULL;
}

const struct kernel *map_kind_lacking(const struct compilation *comp, const struct map_kind *kind)
{
	return kernels_lacking_constant(comp, "bpf_map_type", kind->map_type.name, kind->since);
}
