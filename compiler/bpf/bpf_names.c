/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of symbols. LLVM makes a symbol of each section, too, so a program `xdp` in the section
 * "xdp" or a variable `license` would be defined twice; and kfuncs that the compiler calls may be
 * called like a function of the program. Such names get a suffix that no identifier has, which
 * is cut off in the finished object: there the names do not have to differ.
 */
#include "bpf/bpf_gen.h"

#include <elf.h>
#include <linux/btf.h>
#include <string.h>

#define SUFFIX	     "$ks"
#define KFUNC_PREFIX "bpf_"
#define LICENSE	     "license"

static bool is_section(struct bpfgen *gen, const char *name)
{
	vec_foreach (it, &gen->ir->funcs) {
		const struct ir_func *func = *it;

		if (func->target == TARGET_BPF && func->role == FN_PROGRAM &&
		    !strcmp(name, prog_kind_section(gen->comp, func->kind, func->kind_arg,
						    func->sleepable)))
			return true;
	}
	return !strcmp(name, LICENSE);
}

const char *bpfgen_symbol(struct bpfgen *gen, const char *name)
{
	const char *key = intern_str(&gen->comp->names, name);

	if (strncmp(name, KFUNC_PREFIX, sizeof(KFUNC_PREFIX) - 1) && !is_section(gen, name) &&
	    !ptr_map_get(&gen->optional, key))
		return name;
	return arena_printf(&gen->comp->arena, "%s" SUFFIX, name);
}

static bool is_declared(struct bpfgen *gen, const char *name)
{
	vec_foreach (map, &gen->ir->maps) {
		if (!strcmp((*map)->name, name))
			return true;
	}
	vec_foreach (global, &gen->ir->globals) {
		if (!strcmp((*global)->name, name))
			return true;
	}
	vec_foreach (func, &gen->ir->funcs) {
		if (!strcmp((*func)->name, name))
			return true;
	}
	return false;
}

const char *bpfgen_own_symbol(struct bpfgen *gen, const char *name)
{
	while (is_declared(gen, name))
		name = arena_printf(&gen->comp->arena, "%s_", name);
	return name;
}

/* ---- in the finished object ---- */

static const Elf64_Shdr *find_section(const uint8_t *bytes, const char *name)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
	const Elf64_Shdr *sections = (const Elf64_Shdr *)(bytes + header->e_shoff);
	const char *names = (const char *)bytes + sections[header->e_shstrndx].sh_offset;

	for (uint32_t i = 1; i < header->e_shnum; i++) {
		if (!strcmp(names + sections[i].sh_name, name))
			return &sections[i];
	}
	return NULL;
}

/* All strings of BTF are different: there is one at most. */
static void cut_btf_name(uint8_t *bytes, const char *name, size_t len)
{
	const Elf64_Shdr *section = find_section(bytes, ".BTF");
	const struct btf_header *header;
	char *at, *end;

	if (!section)
		return;
	header = (const struct btf_header *)(bytes + section->sh_offset);
	at = (char *)bytes + section->sh_offset + header->hdr_len + header->str_off;
	for (end = at + header->str_len; at < end; at += strlen(at) + 1) {
		if (!strcmp(at, name)) {
			at[len] = '\0';
			return;
		}
	}
}

void bpfgen_restore_names(uint8_t *bytes)
{
	const Elf64_Shdr *section = find_section(bytes, ".symtab");
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
	const Elf64_Shdr *sections = (const Elf64_Shdr *)(bytes + header->e_shoff);
	const Elf64_Sym *symbols;
	char *names;

	if (!section)
		return;
	symbols = (const Elf64_Sym *)(bytes + section->sh_offset);
	names = (char *)bytes + sections[section->sh_link].sh_offset;
	for (size_t i = 0; i < section->sh_size / sizeof(*symbols); i++) {
		char *name = names + symbols[i].st_name;
		size_t len = strlen(name), suffix = sizeof(SUFFIX) - 1;

		if (len <= suffix || strcmp(name + len - suffix, SUFFIX))
			continue;
		cut_btf_name(bytes, name, len - suffix);
		name[len - suffix] = '\0';
	}
}
