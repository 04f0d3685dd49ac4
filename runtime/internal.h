/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of libksrt share. Invariants:
 *  - ks_rt is the only state besides what the application's own tables hold in their `state`.
 *  - Functions return 0 or -errno; who detects a failure explains it once, on stderr.
 *  - Every descriptor is close-on-exec.
 */
#ifndef KSRT_INTERNAL_H
#define KSRT_INTERNAL_H

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "ksrt.h"
#include "verifier_log.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* ---- process ---- */

/* Where one data section lives in this process. */
struct region {
	const char *map_name; /* as bpf_map__name gives it, owned */
	bool is_const;	      /* .rodata: frozen at load */
	bool is_bound;	      /* `memory` is the map's memory */
	int fd;		      /* of the map, once it is bound */
	unsigned char *memory;
	size_t value_size, map_size; /* map_size: whole pages */
};

/* A program in a slot of a program array, taken out of the object so that we fill it. */
struct tail_slot {
	char *map, *prog;
	u32 slot;
};

struct ks_runtime {
	const struct ks_app *app;
	bool verbose;		   /* -v */
	bool is_loaded;		   /* the first load() was done, well or not */
	bool maps_failed;	   /* creating the maps failed; the reason is printed */
	struct bpf_object *fresh;  /* opened, not loaded */
	struct bpf_object *maps;   /* created the maps before load; or NULL */
	struct bpf_object *object; /* holds the programs */
	unsigned char *elf;	   /* the embedded object without tail-call slots */
	size_t elf_size;
	struct tail_slot *tails;
	u32 tail_count;
	struct region *regions;
	u32 region_count;
	volatile sig_atomic_t stopping; /* a signal to stop came */
	int wake_fd; /* eventfd: readable once a signal to stop came; -1 before ks_main */
};

extern struct ks_runtime ks_rt;

/* Sets wake_fd and the handlers of SIGINT, SIGTERM. 0 or -errno. */
int signals_setup(void);

/* Before arguments are read; then everything until the exit status. */
void runtime_setup(const struct ks_app *app);
int runtime_run(int (*run)(void));

/* Is the running kernel older? */
bool kernel_before(unsigned major, unsigned minor);
/* Whether the kernel lets this process use bpf(), as far as EPERM tells. */
bool bpf_is_permitted(void);

/* ---- messages (message.c) ---- */

/* "where: error: text" on stderr, after flushing stdout. */
void error_at(const char *where, const char *format, ...) __attribute__((format(printf, 2, 3)));
void warning_at(const char *where, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "  label: text" lines below. */
void detail(const char *label, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * At the end of a program that comes to `status`: writes what stdout holds. When this or an earlier
 * print() failed that is told once, and a status of 0 becomes 1.
 */
int output_end(int status);

/* What was tried, for the explanation of an errno. */
enum operation {
	OP_OPEN,
	OP_MAPS,
	OP_PIN,
	OP_LOAD,
	OP_MMAP,
	OP_MAP_USE,
	OP_ATTACH_NET,
	OP_ATTACH_TRACE,
	OP_ATTACH_UPROBE,
	OP_ATTACH_CGROUP,
	OP_ATTACH_PERF,
	OP_ATTACH_MAP,
	OP_ATTACH_NETNS,
	OP_ATTACH_SOCKET,
	OP_ATTACH_NETFILTER,
	OP_TEST,
	OP_REGISTER,
};

/* Prints cause and remedy of -err in the operation as details. */
void explain_errno(enum operation op, int err);
const char *errno_name(int err);

/* The kernel uses it inside and lets it out here and there. */
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

/* What libbpf warned about since warnings_clear(); "" for nothing. */
void warnings_setup(void);
void warnings_clear(void);
const char *warnings_text(void);
/* Prints the warnings as details. */
void warnings_print(void);

/* ---- tests (test.c, test_main.c) ---- */

enum {
	EXIT_SKIPPED = 77 /* the customary status of a skipped test */
};

/* ---- command line (args.c) ---- */

/* Fills the arguments; returns -1 to go on, else the exit status. */
int args_parse(const struct ks_app *app, int argc, char **argv);

/* ---- kernel module (module.c) ---- */

/*
 * Makes sure that the application's module is in the kernel; the second call returns what the
 * first did. 0 (also without a module) or -errno with the reason printed.
 */
int module_insert(const char *where);
/* After load: tells the module where the configs are that it reads. */
void module_configure(void);
/* Removes the module if module_insert() inserted it; after object_close(). */
void module_remove(void);

/* ---- object (object.c, globals.c, elf.c, verifier.c) ---- */

struct attachment;

struct ks_prog_state {
	struct bpf_program *bpf;	/* in ks_rt.object */
	int fd;				/* -1: not loaded */
	bool failed;			/* refused; explained */
	char *log;			/* verifier log while loading */
	struct attachment *attachments; /* newest first */
};

struct ks_map_state {
	int fd;
	u32 type, key_size, value_size, max_entries;
	u32 cpu_count;		/* per-CPU maps: copies in one value; else 0 */
	u32 stride;		/* bytes of one copy */
	unsigned char *scratch; /* all copies of one value, or one value */
	u32 warned;		/* bits of enum map_use: a failure was told */
	int (*handler)(void *record);
	struct ring *ring;	   /* ring.c: a ring buffer's memory, once it is read */
	u64 lost_told;		   /* records that found no room, when this was told last */
	struct perf_ring *perf;	   /* perf_event_array: its buffers, once dispatch() began */
	struct inner_maps *inners; /* maps in maps: those asked for last */
};

struct map_shape {
	u32 type, key_size, value_size, max_entries;
};

/* Notes the descriptor and shape of a map that exists. 0, or -errno with the reason printed. */
int map_bind_fd(struct ks_map *decl, int fd, const struct map_shape *shape);
/* perf_event_array in dispatch() (ring_perf.c). 0, or -errno with the reason printed. */
int perf_ring_prepare(struct ks_map *map);
/* Readable when there are records. */
int perf_ring_fd(const struct ks_map *map);
/* Hands the records over until the handler returns non-zero, which it gives back. */
int perf_ring_read(struct ks_map *map);
/* How many records found the buffers full. */
u64 perf_ring_lost(const struct ks_map *map);
void perf_ring_close(struct ks_map *map);
/* Lets go of what ks_map_inner() holds; at exit. */
void map_inners_close(struct ks_map *map);

enum map_use {
	MAP_READ,
	MAP_WRITE,
	MAP_DELETE,
	MAP_WALK,
};

/*
 * After a system call on a map: returns err. One that is no answer (no such entry, one there, map
 * full) is told, once a map and use, because the language has no place for it in most forms.
 */
int map_result(struct ks_map *map, enum map_use use, int err);

/* State of a program, made at first use. */
struct ks_prog_state *prog_state(struct ks_prog *prog);
/* State of a map, creating the maps at first use; NULL when that failed. */
struct ks_map_state *map_state(struct ks_map *map);
/* Joins the CPUs' copies in the map's scratch memory. */
void map_join(const struct ks_map *map, void *value);
/* Takes ks_rt.fresh or opens the object again; NULL when it cannot, explained. */
struct bpf_object *object_take(const char *where);
/* Loads programs and maps unless that was tried before. */
void object_load(const char *where);
/* Before load: a struct_ops map is created when its implementation may be registered. */
int struct_ops_prepare(struct bpf_map *map);
/* Unregisters everything; at exit. */
void struct_ops_end(void);

/* Creates the maps, without any program. 0, or -errno with the reason printed. */
int maps_create(const char *where);
/* Closes everything; at exit. */
void object_close(void);

/* Something pinned below /sys/fs/bpf/<app>/. */
struct pin {
	const char *what;  /* for messages: "map `flows`" */
	const char *at;	   /* "maps/flows" */
	const char *where; /* of the declaration */
};

/*
 * Makes libbpf reuse the map that is pinned there, or pin a new one. -EEXIST when the pinned one
 * has another shape. Failures are explained.
 */
int pin_prepare(struct bpf_map *map, const struct btf *btf, const struct pin *pin);

/* Copies the embedded object without its tail-call slots, which it lists. 0 or -errno. */
int elf_prepare(struct ks_runtime *rt);
/* After that: a section's bytes, NULL when there is none. */
const unsigned char *elf_section(const struct ks_runtime *rt, const char *name, size_t *size);
/* Where a function lies in its section, in bytes; false when it is not found. */
bool elf_function(const struct ks_runtime *rt, const char *name, u64 *start, u64 *end);

/* Finds the memory of every global in the opened object and sets the pointers. */
int globals_open(struct bpf_object *obj);
/* Before load: the initial values of what is not bound yet. */
int globals_prepare(struct bpf_object *obj);
/* A variable in a data section of the object: the section's name and the variable's place. */
struct variable {
	const char *section;
	u32 offset, size;
};
/* Looks for it in the object's BTF. */
bool variable_find(const struct btf *btf, const char *name, struct variable *found);
/* The map that holds a variable and the place in its value; false before it exists. */
bool global_locate(const struct ks_global *global, int *fd, u32 *offset);
/* After load: maps the maps' memory over the regions. */
int globals_bind(struct bpf_object *obj);

enum {
	LOG_MIB = 16 /* the longest log that is kept */
};

/* Prints why the kernel refused a program, and keeps its log in a file. */
void verifier_explain(struct ks_prog *prog, const struct bpf_object *obj, const char *log, int err);

/* ---- attachments (attach.c and attach_*.c) ---- */

/* One attachment; `undo` detaches and closes. */
struct attachment {
	struct attachment *next;
	void (*undo)(struct attachment *self);
	struct bpf_link *link; /* or */
	int fd;		       /* a link's descriptor */
	u32 guard_id;	       /* held by the guardian */
	int map_fd;	       /* a socket map that holds the program */
	enum bpf_attach_type type;
	struct ks_perf *perf;
};

/* The descriptor of an attachment's link, -1 when it has none. */
int attachment_fd(const struct attachment *attachment);
void undo_link(struct attachment *self);
void undo_fd(struct attachment *self);

/* Attach one kind: fill `out`; 0 or -errno, explained unless `op` errnos suffice. */
struct attach_request {
	struct ks_prog *prog;
	const char *target;
	u32 flags;
	const char *where;
	const struct ks_opts *opts; /* never NULL */
	struct ks_map *map;	    /* instead of a target */
	int socket;		    /* instead of a target; -1: none */
};
/* The interface that a request names, by number; 0 when there is none. */
int request_ifindex(const struct attach_request *req);
/* Notes that the failure has been explained; gives `err` back. */
int attach_explained(struct attachment *out, int err);
int attach_netfilter(const struct attach_request *req, struct attachment *out);
int attach_netkit(const struct attach_request *req, struct attachment *out);
int attach_socket_filter(const struct attach_request *req, struct attachment *out);
int attach_reuseport(const struct attach_request *req, struct attachment *out);
int attach_xdp(const struct attach_request *req, struct attachment *out);
int attach_tc(const struct attach_request *req, struct attachment *out);

/* For exec(): the descriptors of a perf attachment survive it. */
void perf_keep_open(const struct ks_perf *perf);

/* tc filters and XDP without links, under the guardian's eyes. 0 or -errno. */
int tc_filter_attach(int prog_fd, int ifindex, bool egress, struct attachment *out);
int xdp_netlink_attach(int prog_fd, int ifindex, u32 flags, struct attachment *out);

/* What the guardian removes when this process is gone. */
enum guard_kind {
	GUARD_TC = 1,
	GUARD_XDP,
	GUARD_QDISC, /* the clsact of an interface: removed when no filter is left */
};

struct guard_record {
	u32 id;	  /* set by guard_add */
	u32 kind; /* enum guard_kind; 0: forget the id */
	int ifindex;
	u32 parent; /* enum bpf_tc_attach_point */
	u32 handle, priority;
	u32 prog_id;
	u32 flags; /* XDP mode */
};

/* Tells the guardian, starting it when there is none. 0 or -errno. */
int guard_add(struct guard_record *record);
/* Removes what a record describes, and makes the guardian forget it. */
void guard_remove(u32 id);
/* Removes each clsact that we made and in which nobody has a filter any more. */
void guard_remove_qdiscs(void);
void guard_forget(u32 id);
/* What keeps the guardian waiting; -1 when there is none. */
int guard_descriptor(void);

#endif
