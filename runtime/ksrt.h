/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libksrt: the run-time library of loaders that ksc generates.
 *
 * A generated loader is the user's plain functions, the tables below that describe the program,
 * and a one-line main. Everything generic stands behind this header. A loader in full:
 *
 *	#define KS_SOURCE "counter.ks"
 *	#include "ksrt.h"
 *
 *	KS_EMBED(counter, "counter.bpf.o");
 *
 *	static struct ks_prog count = KS_PROG("count", XDP, NULL, LOAD, KS_AT(7));
 *	static struct ks_map packets = KS_MAP("packets", u32, u64, KS_AT(3));
 *	static struct args { char interface[16]; } args = {"lo"};
 *	static const struct ks_arg options[] = {
 *		KS_ARG(args, interface, STR, "where to count"),
 *	};
 *
 *	static int run(void)
 *	{
 *		struct ks_prog *h = ks_load(&count, KS_AT(14));
 *
 *		ks_attach(h, args.interface, 0, KS_AT(15));
 *		while (!ks_stopping()) {
 *			u64 n;
 *
 *			if (ks_map_get(&packets, &(u32){0}, &n))
 *				ks_print("%llu packets", n);
 *			ks_sleep(1000);
 *		}
 *		ks_detach(h);
 *		return 0;
 *	}
 *
 *	KS_MAIN(run, .name = "counter", .object = KS_OBJECT(counter),
 *		KS_PROGS(&count), KS_MAPS(&packets), KS_ARGS(options));
 *
 * Rules for the generated file:
 *  - It is compiled with -std=gnu11 -fwrapv -fno-strict-aliasing -funsigned-char -fno-builtin
 *    (the user's function may be called `log`) and -Wa,-I<dir of the object>; it is linked with
 *    libksrt.a, which needs nothing but libc.
 *  - This header includes only stdint.h, stdbool.h and stddef.h, and every name in it starts with
 *    ks_ or KS_, except for the type names u8 .. i64, f32, f64 (keywords of the language).
 *  - Structs that are keys or values must have no unnamed padding: print padding as members, so
 *    that initialisers zero it and assignments carry it.
 *  - `where` arguments are "file:line" texts of the source, for messages.
 *
 * Functions that can fail return 0 or -errno, as the language does, and have printed the reason
 * on stderr where the language says that they do. Messages never go to stdout.
 * The process has one application; the library keeps its state in static variables.
 */
#ifndef KSRT_H
#define KSRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a program may well say and C compilers only find odd: x == x, ~x < 8, a cut constant. */
#pragma GCC diagnostic ignored "-Wtautological-compare"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Woverflow"
#pragma GCC diagnostic ignored "-Wtype-limits"

/* long long on every machine, so that %llu and %lld fit. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
typedef float f32;
typedef double f64;

/* A parameter that the function does not need. */
#define KS_UNUSED __attribute__((unused))

#include "ksrt_ops.h"

/* ---- the BPF object inside the executable ---- */

struct ks_bytes {
	const unsigned char *start, *end;
};

/* Puts the bytes of a file (searched along -Wa,-I folders) into read-only data as `name`. */
#define KS_EMBED(name, file)                                                                \
	__asm__(".pushsection .rodata, \"a\"\n"                                             \
		".balign 16\n"                                                              \
		"ks_embed_" #name ":\n"                                                     \
		".incbin \"" file "\"\n"                                                    \
		"ks_embed_" #name "_end:\n"                                                 \
		".byte 0\n"                                                                 \
		".popsection\n");                                                           \
	extern const unsigned char ks_embed_##name[] __attribute__((visibility("hidden"))), \
		ks_embed_##name##_end[] __attribute__((visibility("hidden")))

#define KS_OBJECT(name)                                \
	{                                              \
		ks_embed_##name, ks_embed_##name##_end \
	}

/* ---- programs ---- */

/* The program kinds, by the name of their attribute. One row in attach.c each. */
#define KS_KINDS(X)                         \
	X(XDP, "xdp")                       \
	X(TC, "tc")                         \
	X(PROBE, "probe")                   \
	X(RETPROBE, "retprobe")             \
	X(TRACEPOINT, "tracepoint")         \
	X(RAW_TRACEPOINT, "raw_tracepoint") \
	X(PERF_EVENT, "perf_event")         \
	X(UPROBE, "uprobe")                 \
	X(URETPROBE, "uretprobe")           \
	X(USDT, "usdt")                     \
	X(LSM, "lsm")                       \
	X(CGROUP_SKB, "cgroup_skb")         \
	X(CGROUP_SOCK, "cgroup_sock")       \
	X(CGROUP_ADDR, "cgroup_addr")       \
	X(CGROUP_SOCKOPT, "cgroup_sockopt") \
	X(CGROUP_DEVICE, "cgroup_device")   \
	X(CGROUP_SYSCTL, "cgroup_sysctl")   \
	X(SOCK_OPS, "sock_ops")             \
	X(SK_MSG, "sk_msg")                 \
	X(SK_SKB, "sk_skb")                 \
	X(SK_LOOKUP, "sk_lookup")           \
	X(FLOW_DISSECTOR, "flow_dissector") \
	X(SOCKET_FILTER, "socket_filter")   \
	X(SK_REUSEPORT, "sk_reuseport")     \
	X(NETFILTER, "netfilter")           \
	X(NETKIT, "netkit")                 \
	X(ITER, "iter")                     \
	X(SYSCALL, "syscall")               \
	X(LWT, "lwt")                       \
	X(STRUCT_OPS, "struct_ops")

enum ks_kind {
#define X(upper, lower) KS_KIND_##upper,
	KS_KINDS(X)
#undef X
};

enum ks_prog_flags {
	KS_PROG_LOAD = 1,	 /* some load() names it */
	KS_PROG_TAIL_TARGET = 2, /* a program that load() names tail-calls it, also indirectly */
};

struct ks_prog_state;
struct ks_map;

/* A program's row: KS_PROG("count", XDP, NULL, LOAD, "x.ks:7"). */
#define KS_PROG(name_, kind_, arg_, flag, where_)                                                 \
	{                                                                                         \
		.name = (name_), .kind = KS_KIND_##kind_, .flags = KS_PROG_##flag, .arg = (arg_), \
		.where = (where_)                                                                 \
	}

/*
 * One BPF program; its address is the ProgramHandle, NULL the handle of a program that did not
 * load.
 */
struct ks_prog {
	const char *name; /* of the function in the object */
	enum ks_kind kind;
	unsigned flags;	   /* enum ks_prog_flags */
	const char *arg;   /* first argument of the attribute ("ingress", "sched/sched_switch") or
			      NULL */
	const char *where; /* "file:line" of the declaration */
	struct ks_prog_state *state; /* the library's; NULL at the start */
};

/*
 * load(): the first call loads the object with every program that has a flag. A program which
 * the kernel refuses does not keep the others from loading. Returns `prog`, or NULL when it did
 * not load; the reason has been printed, with the position in the source.
 */
struct ks_prog *ks_load(struct ks_prog *prog, const char *where);

/*
 * attach(): what `target` and `flags` mean depends on the kind. 0, or -errno with the reason
 * printed. The attachment ends with detach or with this process, whatever ends it.
 */
int ks_attach(struct ks_prog *prog, const char *target, u32 flags, const char *where);

/* attach() with options: texts may be NULL. */
struct ks_opts {
	const char *target; /* as ks_attach(); "" takes the attribute's argument */
	const char *netns;  /* the network namespace to attach in, by path; "" is the own one */
	u32 flags;	    /* as ks_attach() */
	u32 ifindex;	    /* an interface by number instead of `target`; 0: by name */
	i32 order;    /* tcx: below 0 before the programs that are there, above 0 behind them */
	i32 pid;      /* uprobes, USDT: of one process; 0: of all */
	u64 cookie;   /* what bpf_get_attach_cookie() gives this attachment */
	u32 pf, hook; /* netfilter: NFPROTO_IPV4 2 (also 0), NFPROTO_IPV6 10; nf_inet_hooks */
	i32 priority; /* netfilter: lower ones run first */
};
int ks_attach_opts(struct ks_prog *prog, const struct ks_opts *opts, const char *where);
/* The same with a struct `o` whose text fields are the language's strings. */
#define KS_OPTS(o)                                                                                \
	(&(struct ks_opts){(o).target.s, (o).netns.s, (o).flags, (o).ifindex, (o).order, (o).pid, \
			   (o).cookie, (o).pf, (o).hook, (o).priority})

/* attach() to a socket map, whose sockets' messages the program then sees. */
int ks_attach_map(struct ks_prog *prog, struct ks_map *map, const char *where);
/* attach() to a socket by its descriptor; detach() works also after the descriptor was closed. */
int ks_attach_socket(struct ks_prog *prog, i64 socket, const char *where);

/* detach(): everything attached through the program, newest first. NULL is allowed. */
void ks_detach(struct ks_prog *prog);

/*
 * pin(): the attachments of a program outlive the process, under a path in the BPF file system
 * (further attachments under path-2, path-3, ...). unpin() ends the one at a path. 0, or -errno
 * with the reason printed.
 */
int ks_pin(struct ks_prog *prog, const char *path, const char *where);
int ks_unpin(const char *path, const char *where);

/* run(): a syscall program, once, with a copy of its argument (NULL: none). Its result. */
int ks_run(struct ks_prog *prog, const void *arg, u32 size, const char *where);
/* read_text(): runs an iterator over all its objects and prints what it wrote. */
int ks_read_text(struct ks_prog *prog, const char *where);

/* daemon(): goes on in the background, with everything that is attached. 0 or -errno. */
int ks_daemon(const char *where);

/*
 * exec(): becomes a Python script, which imports NAME for the maps; what is attached stays. The
 * script is searched here and beside the executable. Returns only on failure: -errno.
 */
int ks_exec(const char *script, const char *where);

/* A struct_ops implementation. */
struct ks_impl {
	const char *name;
	const char *where;
	struct ks_impl_state *state; /* the library's; NULL at the start */
};

/* register(): 0, or -errno with the reason printed; it ends with unregister or the process. */
int ks_register(struct ks_impl *impl, const char *where);
void ks_unregister(struct ks_impl *impl);

/* perf_options: which events a perf_event program counts. */
struct ks_perf_options {
	u32 perf_type;	 /* PERF_TYPE_* */
	u64 perf_config; /* PERF_COUNT_* or the raw event */
	i32 pid;	 /* 0: this process; -1: all, then cpu names one, or -1 for every CPU */
	i32 cpu;	 /* -1: any */
	u64 period;	 /* run the program every so many events; 0: 1,000,000 */
	u32 wakeup;
	bool inherit, exclude_kernel, exclude_user;
};

struct ks_perf; /* a PerfAttachment */

/* attach() with perf options: NULL on failure, the reason printed. */
struct ks_perf *ks_attach_perf(struct ks_prog *prog, const struct ks_perf_options *options,
			       u32 flags, const char *where);

/* read(): the event count, summed over CPUs; -1 on NULL or after detach. */
i64 ks_perf_read(struct ks_perf *perf);

/* detach() of one perf attachment. Idempotent; NULL is allowed. */
void ks_perf_detach(struct ks_perf *perf);

/* ---- scalar types, for tables ---- */

enum ks_type {
	KS_U8,
	KS_U16,
	KS_U32,
	KS_U64,
	KS_I8,
	KS_I16,
	KS_I32,
	KS_I64,
	KS_BOOL,
	KS_CHAR,
	KS_STR,	  /* str(N): char[N + 1] */
	KS_BYTES, /* anything else */
};

/* ---- maps ---- */

/* A leaf of a value: how the copies of the CPUs are joined. */
struct ks_field {
	u32 offset;
	enum ks_type type; /* integers are added, bools or-ed; of KS_STR, KS_BYTES and KS_CHAR the
			      first CPU's that is not all zero is taken */
	u32 size;	   /* of KS_STR and KS_BYTES */
	u32 count;	   /* elements of an array; 0 counts as 1 */
};

struct ks_map_state;

struct ks_map {
	const char *name;
	u32 key_size, value_size;      /* as the loader's C sees them; checked against the object */
	const struct ks_field *fields; /* per-CPU maps: the leaves of the value */
	u32 field_count;
	const struct ks_map *inner; /* maps in maps: what their values are like, else NULL */
	bool pinned;		    /* lives on at /sys/fs/bpf/<app>/maps/<name> */
	bool holds_objects; /* its values hold kernel objects (kptrs): only usable after load */
	int (*handler)(void *record); /* ring buffers: <name>_callback, or NULL */
	const char *lost;	      /* ring buffers: the object's u64 that counts lost records */
	const char *where;	      /* "file:line" of the declaration */
	struct ks_map_state *state;   /* the library's; NULL at the start */
};

/* A map's row: KS_MAP("packets", u32, u64, "x.ks:3"), with further members behind. */
#define KS_MAP(name_, key, value, where_, ...)                                         \
	{                                                                              \
		.name = (name_), .key_size = sizeof(key), .value_size = sizeof(value), \
		.where = (where_), ##__VA_ARGS__                                       \
	}
/* Without keys: queues, ring buffers. */
#define KS_KEYLESS_MAP(name_, value, where_, ...)                                              \
	{                                                                                      \
		.name = (name_), .value_size = sizeof(value), .where = (where_), ##__VA_ARGS__ \
	}

/* In the row of a map of maps: what those are like. */
#define KS_INNER(name_, key, value, where_, ...)                                       \
	.inner = &(struct ks_map)                                                      \
	{                                                                              \
		.name = (name_), .key_size = sizeof(key), .value_size = sizeof(value), \
		.where = (where_), ##__VA_ARGS__                                       \
	}
#define KS_KEYLESS_INNER(name_, value, where_, ...)                                            \
	.inner = &(struct ks_map)                                                              \
	{                                                                                      \
		.name = (name_), .value_size = sizeof(value), .where = (where_), ##__VA_ARGS__ \
	}

/* A value that is so many numbers of one type. */
#define KS_SUMS(type, count) KS_FIELDS(KS_LEAVES(0, type, count))
/* Leaves for KS_FIELDS: KS_LEAF(8, U64), an array KS_LEAVES(8, U64, 4), KS_LEAF_BYTES(8, STR, 9) */
#define KS_LEAF(offset_, type_)                          \
	{                                                \
		.offset = (offset_), .type = KS_##type_, \
	}
#define KS_LEAVES(offset_, type_, count_)                                   \
	{                                                                   \
		.offset = (offset_), .type = KS_##type_, .count = (count_), \
	}
#define KS_LEAF_BYTES(offset_, type_, size_)                              \
	{                                                                 \
		.offset = (offset_), .type = KS_##type_, .size = (size_), \
	}

#define KS_FIELDS(...)                                    \
	.fields = (const struct ks_field[]){__VA_ARGS__}, \
	.field_count = sizeof((const struct ks_field[]){__VA_ARGS__}) / sizeof(struct ks_field)

/*
 * Keys and values are passed by address: ks_map_get(&m, &(u32){i}, &value). The first use of a
 * map creates the maps in the kernel, when load() has not done so; if that fails the reason is
 * printed once and every operation fails.
 */

/*
 * The value of an entry, copied to `value`: returns `value`, or NULL when there is no such entry
 * (and zeroes *value). Per-CPU maps: the sum over all possible CPUs.
 */
void *ks_map_get(struct ks_map *map, const void *key, void *value);

/* Is there such an entry? */
bool ks_map_has(struct ks_map *map, const void *key);

/* BPF_ANY 0, BPF_NOEXIST 1, BPF_EXIST 2, ... Not for per-CPU maps. 0 or -errno. */
int ks_map_update(struct ks_map *map, const void *key, const void *value, u64 flags);

/* Stores into an entry that is there; never creates one (-ENOENT). */
int ks_map_write_back(struct ks_map *map, const void *key, const void *value);

/* 0, or -ENOENT; -EINVAL for arrays. */
int ks_map_delete(struct ks_map *map, const void *key);

/* Looks up and deletes: `value`, or NULL. */
void *ks_map_take(struct ks_map *map, const void *key, void *value);

/* Number of entries (arrays: their size). */
u64 ks_map_len(struct ks_map *map);

/* Removes every entry; arrays are zeroed; queues and stacks emptied. */
void ks_map_clear(struct ks_map *map);

/*
 * Maps in maps: the map of an entry, or NULL; valid until some dozen others were asked for. It is
 * used like a declared one.
 */
struct ks_map *ks_map_inner(struct ks_map *map, const void *key);
/* Puts a map in, or another one in its place. 0 or -errno. */
int ks_map_put_inner(struct ks_map *map, const void *key, struct ks_map *inner);

/* Per-CPU maps: one CPU's copy. `cpu` out of range: NULL, -EINVAL. */
void *ks_map_get_cpu(struct ks_map *map, const void *key, u32 cpu, void *value);
int ks_map_update_cpu(struct ks_map *map, const void *key, u32 cpu, const void *value);
/* Zeroes every CPU's copy; creates the entry when absent. */
int ks_map_zero_cpus(struct ks_map *map, const void *key);

/*
 * Queue, stack, bloom filter. push: 0, -E2BIG when it is full. pop and peek give `value` or NULL.
 * Errors of the map operations above and here that are no answer (no such entry, there already,
 * full) are told on stderr, once a map and kind of use.
 */
int ks_map_push(struct ks_map *map, const void *value, u64 flags);
void *ks_map_pop(struct ks_map *map, void *value);
void *ks_map_peek(struct ks_map *map, void *value);
bool ks_bloom_has(struct ks_map *map, const void *value);

/*
 * Every entry, each once: deleting entries meanwhile, here or elsewhere, is safe. `key` and
 * `value` are addresses that get copies, or NULL. Leaving the loop in any way is fine.
 *
 *	ks_for_each(&packets, &key, &value) { ... }
 */
struct ks_iter {
	struct ks_map *map;
	unsigned char *keys; /* a snapshot of the keys */
	u64 count, next;
};

struct ks_iter ks_iter_start(struct ks_map *map);
bool ks_iter_next(struct ks_iter *iter, void *key, void *value);
void ks_iter_end(struct ks_iter *iter);

#define ks_for_each(map, key, value)                                                          \
	for (struct ks_iter ks_it __attribute__((cleanup(ks_iter_end))) = ks_iter_start(map); \
	     ks_iter_next(&ks_it, key, value);)

/* ---- ring buffers ---- */

/* on_event(): the handler gets the record's address (value_size bytes, longer records whole). */
void ks_on_event(struct ks_map *ring, int (*handler)(void *record));

/*
 * lost(): how many records bpf code could not put into the buffer since the program started,
 * because it was full. Ring buffers are counted where the object has a u64 `ks_lost_NAME`;
 * perf_event_arrays while dispatch() reads them. dispatch() warns of new ones when it ends.
 */
u64 ks_ring_lost(struct ks_map *ring);

/*
 * dispatch(a, b, ...): waits for records and hands them to the handlers until SIGINT, SIGTERM
 * (0) or until a handler returns non-zero (that value). -errno when it cannot wait, -EINVAL for
 * a ring without a handler, -ENOENT when the maps could not be created; the reason is printed.
 */
int ks_dispatch_maps(struct ks_map *const *rings, u32 count);

#define ks_dispatch(...)                                        \
	ks_dispatch_maps((struct ks_map *const[]){__VA_ARGS__}, \
			 sizeof((struct ks_map *const[]){__VA_ARGS__}) / sizeof(struct ks_map *))

/* ---- global variables shared with BPF ---- */

enum ks_global_role {
	KS_SHARED,	  /* var */
	KS_CONFIG,	  /* config: written here only */
	KS_CONST_CONFIG,  /* const config: frozen by the first load */
	KS_MODULE_CONFIG, /* a config that the kernel module reads too: it is told where */
	KS_MODULE_CONST_CONFIG,
	KS_PINNED, /* pin var: lives on in /sys/fs/bpf/<app>/globals/pinned_globals */
};

/*
 * A variable of the object, in a data section (runtime/README.md, What the object looks like).
 * `pointer` is the address of a `volatile T *` of the loader; it points to the variable's memory
 * from before run() starts until the process ends, so `*counter += 1` works before and after
 * load. Memory is shared with running programs from load on, without system calls.
 */
struct ks_global {
	const char *name;
	void *pointer;
	u32 size; /* checked against the object */
	enum ks_global_role role;
};

/* To be called before each write to a const config: ends the program (134) after load. */
void ks_const_config_write(const char *name, const char *where);

/* ---- command line ---- */

/* One field of main's argument struct. What `value` holds at the start is the default. */
struct ks_arg {
	const char *name; /* limit_kb becomes --limit-kb and --limit_kb */
	enum ks_type type;
	void *value;
	u32 size;	  /* KS_STR: sizeof the field */
	const char *help; /* or NULL */
};

/* A row: KS_ARG(args, limit_kb, U32, "help"). */
#define KS_ARG(args, field, type_, help_)                                   \
	{                                                                   \
		.name = #field, .type = KS_##type_, .value = &(args).field, \
		.size = sizeof((args).field), .help = (help_)               \
	}

/* ---- the application ---- */

struct ks_app {
	const char *name;   /* of the project */
	const char *source; /* main source file, as messages show it */
	const char *about;  /* /// text of main, for --help, or NULL */
	struct ks_bytes object;
	/*
	 * The kernel module whose functions the programs call: inserted before the object is
	 * loaded, unless it is there, and removed at the end when this process inserted it.
	 */
	const char *module_name; /* in /sys/module; NULL: none */
	struct ks_bytes module;	 /* the .ko; empty when it was not built */
	struct ks_prog *const *progs;
	struct ks_map *const *maps;
	const struct ks_global *globals;
	const struct ks_arg *args;
	struct ks_impl *const *impls;
	u32 prog_count, map_count, global_count, arg_count, impl_count;
};

#define KS_LIST(field, count, type, ...) \
	.field = (type[]){__VA_ARGS__}, .count = sizeof((type[]){__VA_ARGS__}) / sizeof(type)
#define KS_PROGS(...) KS_LIST(progs, prog_count, struct ks_prog *const, __VA_ARGS__)
#define KS_MAPS(...)  KS_LIST(maps, map_count, struct ks_map *const, __VA_ARGS__)
#define KS_IMPLS(...) KS_LIST(impls, impl_count, struct ks_impl *const, __VA_ARGS__)
/* Tables that are arrays of their own. */
#define KS_GLOBALS(table) .globals = (table), .global_count = sizeof(table) / sizeof(*(table))
#define KS_ARGS(table)	  .args = (table), .arg_count = sizeof(table) / sizeof(*(table))

/* "file:line" in the file that the loader was made of. */
#define KS_AT(line) KS_SOURCE ":" #line

/*
 * main() of a loader: KS_MAIN(run, .name = "x", KS_PROGS(&count)); and of tests,
 * whose table is `tests`.
 */
#define KS_MAIN(run, ...)                                 \
	static const struct ks_app ks_app;                \
	int main(int argc, char **argv)                   \
	{                                                 \
		return ks_main(&ks_app, argc, argv, run); \
	}                                                 \
	static const struct ks_app ks_app = {.source = KS_SOURCE, __VA_ARGS__}
#define KS_MAIN_TESTS(tests, ...)                                                              \
	static const struct ks_app ks_app;                                                     \
	int main(int argc, char **argv)                                                        \
	{                                                                                      \
		return ks_main_tests(&ks_app, tests, sizeof(tests) / sizeof((tests)[0]), argc, \
				     argv);                                                    \
	}                                                                                      \
	static const struct ks_app ks_app = {.source = KS_SOURCE, __VA_ARGS__}

/*
 * Reads the command line (--help and --version exit with 0, errors with 2), installs the signal
 * handlers, opens the object when it has globals, runs, detaches. Returns the exit status: what
 * `run` returned. An application without BPF code has an empty object.
 */
int ks_main(const struct ks_app *app, int argc, char **argv, int (*run)(void));

/* ---- tests: `ksc test` builds @test functions into a program of their own ---- */

struct ks_test_fn {
	const char *name;
	int (*run)(void); /* 0: passed */
	bool alone;	  /* it changes what tests share: what is attached, pinned, registered */
};

/*
 * Runs each test in a child, so that it has maps of its own, several at once (not where they share
 * a kernel module), and prints
 * `--- PASS: name (0.00s)` or `--- FAIL: name`, what the test printed, and at the end `ok` or
 * `FAIL`. Options: --filter=RE, --jobs=N, --json, --junit=FILE.
 * A test that the kernel does not permit is skipped with the reason. Exit status 0 or 1.
 */
int ks_main_tests(const struct ks_app *app, const struct ks_test_fn *tests, u32 count, int argc,
		  char **argv);

/*
 * test(): runs a program once in the kernel (BPF_PROG_TEST_RUN) and returns its result. `data` is
 * the packet, or NULL for `size` zeroes; for kinds without packets it is the context. `interface`
 * is the index of the interface that a packet came from, or 0. -errno with the reason printed.
 */
int ks_test_run(struct ks_prog *prog, const void *data, u32 size, u32 interface, const char *where);
/* test_output(): the packet after the last test, zero-filled to `size` bytes. */
const void *ks_test_output(u32 size);

/* ---- signals and time ---- */

/* SIGINT or SIGTERM came: for loops whose condition is constantly true, at their end. */
bool ks_stopping(void);
/*
 * on_signal(): `function` is called once, at the next check after SIGINT or SIGTERM: in
 * ks_stopping(), ks_sleep(), ks_dispatch(), or when run() returns. NULL takes it back.
 */
void ks_on_signal(void (*function)(void));
/* Ends early on SIGINT, SIGTERM. Nothing after they came. */
void ks_sleep(u64 ms);
/* CLOCK_MONOTONIC, as bpf_ktime_get_ns(). */
u64 ks_time_ns(void);
u32 ks_getpid(void);

/* ---- printing ---- */

/* To stdout; adds a newline when the text does not end in one. */
void ks_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- errors ---- */

/*
 * throw: notes where and what for ks_uncaught and returns the code, e.g.
 * `return ks_throw(ERR_LOOKUP, "ERR_LOOKUP", "x.ks:9")`. `name` may be NULL.
 */
int ks_throw(int code, const char *name, const char *where);
/*
 * Why the next ks_throw() is thrown, for ks_uncaught(); copied. Lines, as a Python traceback has.
 */
void ks_throw_reason(const char *text);
/* What leaves main: prints `file:line: uncaught error N (NAME)` of the last throw; returns 1. */
int ks_uncaught(int code);

/* panic and failed asserts: message with file:line, exit status 134. */
void ks_panic(const char *text, const char *where) __attribute__((noreturn));
/* A null pointer was dereferenced: the same. */
void ks_null(const char *where) __attribute__((noreturn));

/* *KS_DEREF(p, "x.ks:9"): p, which is not null, else the program ends. Evaluates p once. */
#define KS_DEREF(p, where)                \
	({                                \
		__typeof__(p) ks_p = (p); \
		if (!ks_p)                \
			ks_null(where);   \
		ks_p;                     \
	})

/* ---- heap ---- */

/* Zeroed, never NULL: without memory the program ends (134). ks_free(NULL) does nothing. */
void *ks_alloc(size_t size, const char *where);
void ks_free(void *p);

#define KS_NEW(type, where) ((type *)ks_alloc(sizeof(type), where))

#endif
