/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The target kernels of a compilation: what they declare, as types of the language.
 *
 * `struct kernel` is one kernel: a label, a version and its BTF. It belongs to whoever opened it
 * and can serve any number of compilations, one after another. `struct kernel_set` hangs on a
 * compilation (comp->kernels) and remembers which types were made from which BTF ids; it lives in
 * the compilation's arena.
 *
 * Types come from the first kernel of the set that has them. The other kernels are there to be
 * asked whether they have the same thing (kernels_lacking_*); CO-RE adapts the layout at load time.
 * Structs are made without members; type_complete() fills them in on first use, so a program pays
 * only for what it touches.
 */
#ifndef KSC_KERNEL_KERNEL_H
#define KSC_KERNEL_KERNEL_H

#include "kernel/btf.h"
#include "types/type.h"

#define KERNEL_VERSION_OF(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor) << 8)

struct kernel {
	char *label;	  /* as messages name it: "6.12", a path, "the running kernel" */
	uint32_t version; /* KERNEL_VERSION_OF(6, 12); 0 when not known */
	bool has_btf;	  /* without it only tables with version numbers can answer */
	bool types_only;  /* no target: it lends its types to targets known by version only */
	struct btf_image btf;
	void *mapping; /* the file's bytes, when kernel_open_file() made them */
	size_t mapping_size;
	bool mapping_is_heap;
};

VEC_TYPE(kernel_vec, struct kernel *);
VEC_TYPE(ptr_map_vec, struct ptr_map *);

struct kernel_set {
	struct kernel_vec kernels;
	struct ptr_map_vec types; /* per kernel: BTF id -> struct type * */
};

/*
 * Opens raw BTF or an ELF file that carries it from memory; the bytes must outlive the kernel.
 * NULL with a reason in `why` when they are not usable.
 */
struct kernel *kernel_open_memory(const void *data, size_t size, const char *label,
				  uint32_t version, const char **why);
/*
 * The same from a file such as /sys/kernel/btf/vmlinux (mapped where the kernel allows it). For
 * the driver and tests; nothing else in the compiler's core opens files.
 */
struct kernel *kernel_open_file(const char *path, const char *label, uint32_t version,
				const char **why);
/* A kernel of which only the version is known. */
struct kernel *kernel_open_version(uint32_t version);
void kernel_close(struct kernel *kernel);
/* "6.12", "6.12.3", "6.12-rc1": the version, 0 when the text does not start like that. */
uint32_t kernel_version_parse(const char *text);

/* Makes comp->kernels, empty, and connects it with comp->types (call types_init() before). */
void kernels_init(struct compilation *comp);
/* Adds a target kernel; the first one added gives the types. */
void kernels_add(struct compilation *comp, struct kernel *kernel);

/* ---- types and functions; names are interned ---- */

/*
 * A struct, union or enum of that name, or what a typedef of that name stands for. NULL when no
 * target kernel's BTF has it.
 */
const struct type *kernel_find_type(struct compilation *comp, const char *name);
/* Only structs and unions. */
const struct type *kernel_find_struct(struct compilation *comp, const char *name);

/* A kernel function's type, parameter names included. NULL when BTF does not have it. */
const struct type *kernel_find_function(struct compilation *comp, const char *name);
/* Like kernel_find_function(), and only if it is marked as callable from BPF, where BTF says so. */
const struct type *kernel_find_kfunc(struct compilation *comp, const char *name);

/*
 * The constant `name` of the enum `enum_name`; `type` (may be NULL) gets the enum type. An
 * enum_name of NULL means any enum, also unnamed ones: slower, for names like BPF_ANY.
 */
const struct enum_value *kernel_find_enum_constant(struct compilation *comp, const char *enum_name,
						   const char *name, const struct type **type);

/*
 * The context struct of a tracepoint: trace_event_raw_<event>, that of the event's class when the
 * kernel declares it by class, trace_event_raw_sys_enter/exit for category "syscalls". NULL when
 * BTF does not have it.
 */
const struct type *kernel_find_tracepoint(struct compilation *comp, const char *category,
					  const char *event);
/*
 * The arguments of a raw tracepoint as a function type with a void result (the kernel's own first
 * parameter left out). NULL when the kernel has no such tracepoint.
 */
const struct type *kernel_find_raw_tracepoint(struct compilation *comp, const char *event);
/* The hook's parameters and result (bpf_lsm_<hook>). */
const struct type *kernel_find_lsm_hook(struct compilation *comp, const char *hook);
/*
 * A system call's own parameters by its name without `sys_`, as a function type; from the table
 * in syscalls.c. `entry` gets the kernel function of its entry on x86-64.
 */
const struct type *kernel_find_syscall(struct compilation *comp, const char *name,
				       const char **entry);
/* The context of an iterator program, bpf_iter__<target>. */
const struct type *kernel_find_iter_context(struct compilation *comp, const char *target);

/* The member of a struct_ops struct that is a function: its type, else NULL. */
const struct type *kernel_struct_ops_member(struct compilation *comp, const struct type *ops,
					    const char *member);

/*
 * Candidates for "did you mean": appends up to `limit` names of types or functions that contain
 * `part` ("" for all). For `ksc list` too. `kinds` as in btf_image_find(). Sorted, each once.
 */
void kernel_list_names(struct compilation *comp, uint32_t kinds, const char *part, uint32_t limit,
		       struct str_vec *names);

/*
 * ---- questions to all target kernels: the first one that lacks it, NULL when all have it ----
 * A kernel without BTF cannot be asked and counts as having everything, except where a `since`
 * version decides.
 */
const struct kernel *kernels_lacking_function(const struct compilation *comp, const char *name);
const struct kernel *kernels_lacking_kfunc(const struct compilation *comp, const char *name);
const struct kernel *kernels_lacking_type(const struct compilation *comp, const char *name);
/* A member of a named struct, searched through anonymous members. */
const struct kernel *kernels_lacking_field(const struct compilation *comp, const char *type,
					   const char *field);
/* A constant of a named enum; `since` (0: none) decides for kernels without BTF. */
const struct kernel *kernels_lacking_constant(const struct compilation *comp, const char *enum_name,
					      const char *constant, uint32_t since);
/* Whether one kernel lets BPF programs call the function. */
bool kernel_has_kfunc(struct kernel *kernel, const char *name);
/* By version alone; kernels of unknown version count as new enough. */
const struct kernel *kernels_older_than(const struct compilation *comp, uint32_t version);

/* "5.17" of KERNEL_VERSION_OF(5, 17). Arena text. */
const char *kernel_version_text(struct compilation *comp, uint32_t version);

/*
 * Whether the struct belongs to the stable user API: its layout is the same in every kernel.
 * From the table in contexts.c.
 */
bool kernel_struct_is_uapi(const char *name);

/*
 * Packet pointers in contexts (`data`, `data_end`, ...) have the type *u8 in REGION_PACKET,
 * whatever BTF says. The memory holds a slot of 32 or 64 bits, which a program loads with that
 * width and uses as a pointer. 0 for any other field.
 */
uint32_t kernel_packet_slot_bits(const char *context, const char *field);

#endif
