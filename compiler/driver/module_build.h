/* SPDX-License-Identifier: Apache-2.0 */
/* Building the kernel module with the kernel's own build system, and giving it its BTF. */
#ifndef KSC_DRIVER_MODULE_BUILD_H
#define KSC_DRIVER_MODULE_BUILD_H

#include "driver/job.h"
#include "driver/output.h"

/*
 * Adds NAME.mod.c, Kbuild and, where there are kernel headers, NAME.ko to the output. Without
 * headers there is a note how to build it. False with a message when it cannot be built.
 */
bool module_build(struct job *job, struct output *output);

/*
 * Reports functions of the kernel that module code calls and the kernel does not export, where its
 * headers are: --kdir, or those of the running kernel. After PASS_IR.
 */
void module_symbols_check(struct job *job);

/*
 * Adds .BTF to a module at `path` that was built without, and the ids of its kfuncs to .BTF_ids:
 * what pahole and resolve_btfids do. `base`: the kernel's BTF, a file with raw BTF or an ELF file
 * that carries it; NULL for a kernel from 6.11 on, which then relocates what it needs
 * (.BTF.base). False with a reason in the arena.
 */
bool module_btf_add(struct arena *arena, const struct ir_module *module, const char *path,
		    const char *base, const char **why);

/* ---- module_elf.c ---- */

struct module_id {
	const char *func;
	uint32_t id; /* of its FUNC in .BTF */
};

VEC_TYPE(module_id_vec, struct module_id);

/* The bytes of the new sections; `base` may be empty. */
struct module_sections {
	const void *btf, *base;
	uint32_t btf_size, base_size;
};

/* Writes the ids into the sets of .BTF_ids, sorts the sets, and adds the sections. */
bool module_elf_patch(struct arena *arena, const char *path, const struct module_id_vec *ids,
		      const struct module_sections *sections, const char **why);

#endif
