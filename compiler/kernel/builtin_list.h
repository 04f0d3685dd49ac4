/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BUILTIN(ID, "name", receiver, targets, "parameters", "result", map operation, helper, "C name",
 *         "what it does")
 * Every builtin function and method. builtins.h explains the columns. Functions first, then
 * methods; one name can stand for several methods of different receivers.
 * Included several times; no guard.
 */
/* everywhere */
BUILTIN(PRINT, "print", NONE, ALL, "any...", "void", 0, 0, NULL,
	"prints values: trace pipe, stdout or the kernel log")
BUILTIN(ASSERT, "assert", NONE, ALL, "cond text?", "void", 0, 0, NULL,
	"ends the program with a message unless the condition holds")
BUILTIN(PANIC, "panic", NONE, ALL, "text", "void", 0, 0, NULL, "ends the program with a message")
BUILTIN(RAW, "raw", NONE, ALL, "be", "int", 0, 0, NULL,
	"the integer in a network-order value, not swapped")
BUILTIN(KERNEL_HAS, "kernel_has", NONE, ALL, "kernel", "bool", 0, 0, NULL,
	"whether the running kernel has a type's field, a function, a helper or a map kind")
BUILTIN(XCHG, "xchg", NONE, ALL, "place same", "same", 0, 0, NULL,
	"atomically stores a value and gives the old one")
BUILTIN(CAS, "cas", NONE, ALL, "place same same", "same", 0, 0, NULL,
	"atomically stores the second value if the first is there; gives the old one")
BUILTIN(FETCH_ADD, "fetch_add", NONE, ALL, "place same", "same", 0, 0, NULL,
	"atomically adds and gives the old value")

/* user: programs and attachments */
BUILTIN(LOAD, "load", NONE, USER, "program", "handle", 0, 0, NULL,
	"loads a program into the kernel")
BUILTIN(ATTACH, "attach", NONE, USER, "handle target flags?", "i32", 0, 0, NULL,
	"attaches a loaded program; with perf_options it gives a PerfAttachment")
BUILTIN(READ, "read", NONE, USER, "perf", "i64", 0, 0, NULL, "the count of a perf event")
BUILTIN(DETACH, "detach", NONE, USER, "handle", "void", 0, 0, NULL,
	"undoes everything attached through the handle, newest first")
BUILTIN(PIN, "pin", NONE, USER, "handle str", "i32", 0, 0, NULL,
	"keeps an attachment alive under a path in /sys/fs/bpf")
BUILTIN(UNPIN, "unpin", NONE, USER, "str", "i32", 0, 0, NULL, "ends a pinned attachment")
BUILTIN(REGISTER, "register", NONE, USER, "impl", "i32", 0, 0, NULL,
	"registers a struct_ops implementation")
BUILTIN(UNREGISTER, "unregister", NONE, USER, "impl", "void", 0, 0, NULL,
	"removes a struct_ops implementation")
BUILTIN(DISPATCH, "dispatch", NONE, USER, "ring...", "i32", 0, 0, NULL,
	"hands records of ring buffers to their handlers until a signal comes")
BUILTIN(RUN, "run", NONE, USER, "handle any?", "i32", 0, 0, NULL, "runs a syscall program")
BUILTIN(READ_TEXT, "read_text", NONE, USER, "handle", "i32", 0, 0, NULL,
	"runs an iterator program and prints what it wrote")
BUILTIN(DAEMON, "daemon", NONE, USER, "", "i32", 0, 0, NULL,
	"goes to the background with attachments kept")
BUILTIN(EXEC, "exec", NONE, USER, "str", "i32", 0, 0, NULL,
	"becomes a Python script that inherits the maps")

/* user: small library */
BUILTIN(SLEEP, "sleep", NONE, USER, "u64", "void", 0, 0, "ks_sleep",
	"waits so many milliseconds, or until a signal comes")
BUILTIN(TIME_NS, "time_ns", NONE, USER, "", "u64", 0, 0, "ks_time_ns",
	"the monotonic clock in nanoseconds, as ktime() in bpf")
BUILTIN(GETPID, "getpid", NONE, USER, "", "u32", 0, 0, "ks_getpid", "the process id")
BUILTIN(ON_SIGNAL, "on_signal", NONE, USER, "fn", "void", 0, 0, "ks_on_signal",
	"calls a function when SIGINT or SIGTERM comes")
BUILTIN(HEX, "hex", NONE, USER, "u64", "str(18)", 0, 0, "KS_HEX", "a number as 0x text")
BUILTIN(IP_STR, "ip_str", NONE, USER, "be32", "str(15)", 0, 0, "KS_IP_STR",
	"an IPv4 address as text")

/* tests */
BUILTIN(TEST, "test", NONE, TEST, "program any", "i32", 0, 0, NULL,
	"runs a program once in the kernel and gives its result")
BUILTIN(TEST_OUTPUT, "test_output", NONE, TEST, "", "bytes", 0, 0, NULL,
	"the packet after the last test()")

/* bpf: helpers under plain names */
BUILTIN(KTIME, "ktime", NONE, BPF, "", "u64", 0, 5, NULL, "the monotonic clock in nanoseconds")
BUILTIN(KTIME_BOOT, "ktime_boot", NONE, BPF, "", "u64", 0, 125, NULL,
	"the clock since boot in nanoseconds, suspends included")
BUILTIN(PID, "pid", NONE, BPF, "", "u32", 0, 14, NULL, "the thread id of the current task")
BUILTIN(TGID, "tgid", NONE, BPF, "", "u32", 0, 14, NULL, "the process id of the current task")
BUILTIN(UID, "uid", NONE, BPF, "", "u32", 0, 15, NULL, "the user id of the current task")
BUILTIN(GID, "gid", NONE, BPF, "", "u32", 0, 15, NULL, "the group id of the current task")
BUILTIN(COMM, "comm", NONE, BPF, "", "str(15)", 0, 16, NULL, "the name of the current task")
BUILTIN(CPU, "cpu", NONE, BPF, "", "u32", 0, 8, NULL, "the number of the current CPU")
BUILTIN(NUMA_NODE, "numa_node", NONE, BPF, "", "u32", 0, 42, NULL,
	"the number of the current NUMA node")
BUILTIN(RANDOM, "random", NONE, BPF, "", "u32", 0, 7, NULL, "a pseudo-random number")
BUILTIN(JIFFIES, "jiffies", NONE, BPF, "", "u64", 0, 118, NULL, "the kernel's tick count")
BUILTIN(CGROUP_ID, "cgroup_id", NONE, BPF, "", "u64", 0, 80, NULL,
	"the id of the current task's cgroup")
BUILTIN(TASK, "task", NONE, BPF, "", "*task_struct", 0, 158, NULL, "the current task")
BUILTIN(STACK_ID, "stack_id", NONE, BPF, "map u64?", "i32", MAP_OP_STACK_ID, 27, NULL,
	"stores the current call stack in a stack_trace map and gives its id")
BUILTIN(PRINT_TO, "print_to", NONE, BPF, "ctx any...", "void", 0, 126, NULL,
	"prints values to the reader of an iterator")

/* maps */
BUILTIN(MAP_INSERT, "insert", MAP, BPF_USER, "key value", "i32", MAP_OP_UPDATE, 2, NULL,
	"adds an entry; -EEXIST when the key is there")
BUILTIN(MAP_UPDATE, "update", MAP, BPF_USER, "key value", "i32", MAP_OP_UPDATE, 2, NULL,
	"changes an entry; -ENOENT when the key is absent")
BUILTIN(MAP_PUT, "put", MAP, BPF_USER, "key value u64", "i32", MAP_OP_UPDATE, 2, NULL,
	"stores an entry with the kernel's flags")
BUILTIN(MAP_LEN, "len", MAP, USER, "", "u64", MAP_OP_LOOKUP, 0, "ks_map_len",
	"the number of entries")
BUILTIN(MAP_CLEAR, "clear", MAP, USER, "", "void", MAP_OP_DELETE, 0, "ks_map_clear",
	"removes every entry")
BUILTIN(MAP_TAKE, "take", MAP, USER, "key", "value?", MAP_OP_TAKE, 0, "ks_map_take",
	"looks an entry up and deletes it")
BUILTIN(MAP_CPU, "cpu", MAP, USER, "u32", "map", MAP_OP_LOOKUP, 0, NULL,
	"one CPU's copy of a per-CPU map, to be indexed")
BUILTIN(MAP_PUSH, "push", MAP, BPF_USER, "value", "i32", MAP_OP_PUSH, 87, "ks_map_push",
	"adds a value to a queue, stack or bloom filter")
BUILTIN(MAP_POP, "pop", MAP, BPF_USER, "", "value?", MAP_OP_POP, 88, "ks_map_pop",
	"removes the next value of a queue or stack")
BUILTIN(MAP_PEEK, "peek", MAP, BPF_USER, "", "value?", MAP_OP_POP, 89, "ks_map_peek",
	"the next value of a queue or stack, which stays")
BUILTIN(MAP_HAS, "has", MAP, BPF_USER, "value", "bool", MAP_OP_HAS, 89, "ks_bloom_has",
	"whether a bloom filter may hold the value")
BUILTIN(MAP_GET, "get", MAP, BPF, "object", "entry?", MAP_OP_STORAGE, 0, NULL,
	"the object's entry of a local storage map, made when absent")

/* ring buffers */
BUILTIN(RING_RESERVE, "reserve", MAP, BPF, "u64?", "record?", MAP_OP_RECORDS, 131, NULL,
	"a record to be filled, or so many bytes")
BUILTIN(RING_SUBMIT, "submit", MAP, BPF, "record", "void", MAP_OP_RECORDS, 132, NULL,
	"hands a reserved record to user code")
BUILTIN(RING_DISCARD, "discard", MAP, BPF, "record", "void", MAP_OP_RECORDS, 133, NULL,
	"gives a reserved record up")
BUILTIN(RING_OUTPUT, "output", MAP, BPF, "value", "i32", MAP_OP_RECORDS | MAP_OP_OUTPUT, 130, NULL,
	"sends a copy of a value to user code")
BUILTIN(RING_ON_EVENT, "on_event", MAP, USER, "fn", "void", MAP_OP_RECORDS | MAP_OP_OUTPUT, 0,
	"ks_on_event", "sets the function that gets the records")
BUILTIN(RING_LOST, "lost", MAP, USER, "", "u64", MAP_OP_RECORDS | MAP_OP_OUTPUT, 0, "ks_ring_lost",
	"the number of records that found no room")

/* values */
BUILTIN(STR_LEN, "len", STR, ALL, "", "u32", 0, 0, NULL, "the length of a string in bytes")
BUILTIN(PACKET_LEN, "len", CONTEXT, BPF, "", "u64", 0, 0, NULL, "the length of the whole packet")
BUILTIN(TIMER_START, "start", TIMER, BPF, "u64 fn", "i32", 0, 171, NULL,
	"calls a function after so many nanoseconds")
BUILTIN(TIMER_CANCEL, "cancel", TIMER, BPF, "", "i32", 0, 172, NULL,
	"stops a timer; 1 when it was running")
