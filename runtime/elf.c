/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The embedded object, before libbpf sees it.
 *
 * An object says which programs stand in which slots of its program arrays by relocations of the
 * .maps section against functions. libbpf fills the slots while it loads, and fails as a whole
 * when one of these programs was refused. We take these relocations out of our copy, and fill
 * the slots ourselves with what did load.
 *
 * The object was made by our compiler and is linked into this executable; checks here are
 * against truncation and other compilers' layouts, not against an attacker.
 */
#include <elf.h>

#include "internal.h"

struct elf_view {
	unsigned char *bytes;
	size_t size;
	Elf64_Ehdr *header;
	Elf64_Shdr *sections;
	const char *names; /* of sections */
	size_t names_size;
};

/* A section's bytes, or NULL when it lies outside of the file. */
static void *section_bytes(const struct elf_view *elf, const Elf64_Shdr *section)
{
	if (section->sh_type == SHT_NOBITS || section->sh_offset > elf->size ||
	    section->sh_size > elf->size - section->sh_offset)
		return NULL;
	return elf->bytes + section->sh_offset;
}

static bool elf_view(struct elf_view *elf, unsigned char *bytes, size_t size)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
	const Elf64_Shdr *names;

	if (size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_BPF ||
	    header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff > size ||
	    header->e_shnum > (size - header->e_shoff) / sizeof(Elf64_Shdr) ||
	    header->e_shstrndx >= header->e_shnum)
		return false;
	*elf = (struct elf_view){.bytes = bytes, .size = size, .header = header};
	elf->sections = (Elf64_Shdr *)(bytes + header->e_shoff);
	names = &elf->sections[header->e_shstrndx];
	elf->names = section_bytes(elf, names);
	elf->names_size = names->sh_size;
	return elf->names && elf->names_size && !elf->names[elf->names_size - 1];
}

static int section_find(const struct elf_view *elf, const char *name)
{
	for (int i = 1; i < elf->header->e_shnum; i++) {
		if (elf->sections[i].sh_name < elf->names_size &&
		    !strcmp(elf->names + elf->sections[i].sh_name, name))
			return i;
	}
	return -1;
}

struct symbols {
	const Elf64_Sym *all;
	size_t count;
	const char *names;
	size_t names_size;
};

static bool symbols_of(const struct elf_view *elf, u32 index, struct symbols *symbols)
{
	const Elf64_Shdr *table, *names;

	if (index >= elf->header->e_shnum)
		return false;
	table = &elf->sections[index];
	if (table->sh_type != SHT_SYMTAB || table->sh_link >= elf->header->e_shnum)
		return false;
	names = &elf->sections[table->sh_link];
	symbols->all = section_bytes(elf, table);
	symbols->count = table->sh_size / sizeof(Elf64_Sym);
	symbols->names = section_bytes(elf, names);
	symbols->names_size = names->sh_size;
	return symbols->all && symbols->names && symbols->names_size &&
	       !symbols->names[symbols->names_size - 1];
}

static const char *symbol_name(const struct symbols *symbols, const Elf64_Sym *symbol)
{
	return symbol->st_name < symbols->names_size ? symbols->names + symbol->st_name : "";
}

/* The map definition that covers an offset of .maps: the last one that starts before it. */
static const Elf64_Sym *map_at(const struct symbols *symbols, int section, u64 offset)
{
	const Elf64_Sym *found = NULL;

	for (size_t i = 0; i < symbols->count; i++) {
		const Elf64_Sym *s = &symbols->all[i];

		if (s->st_shndx == section && ELF64_ST_TYPE(s->st_info) == STT_OBJECT &&
		    s->st_value <= offset && (!found || s->st_value > found->st_value))
			found = s;
	}
	return found;
}

/* Byte offset of the member `values` in a map's definition, from BTF; -1 when it has none. */
static long values_offset(const struct btf *btf, const char *map)
{
	const struct btf_type *t;
	const struct btf_member *m;
	int id = btf__find_by_name_kind(btf, map, BTF_KIND_VAR);

	if (id < 0)
		return -1;
	t = btf__type_by_id(btf, btf__type_by_id(btf, (u32)id)->type);
	while (t && btf_is_mod(t))
		t = btf__type_by_id(btf, t->type);
	if (!t || !btf_is_struct(t))
		return -1;
	m = btf_members(t);
	for (u32 i = 0; i < btf_vlen(t); i++, m++) {
		if (!strcmp(btf__name_by_offset(btf, m->name_off), "values"))
			return (long)(btf_member_bit_offset(t, i) / 8);
	}
	return -1;
}

static int tail_add(struct ks_runtime *rt, const char *map, const char *prog, u64 slot)
{
	struct tail_slot *grown = realloc(rt->tails, (rt->tail_count + 1) * sizeof(*grown));
	struct tail_slot *added;

	if (!grown)
		return -ENOMEM;
	rt->tails = grown;
	added = &grown[rt->tail_count++];
	*added = (struct tail_slot){.map = strdup(map), .prog = strdup(prog), .slot = (u32)slot};
	return added->map && added->prog ? 0 : -ENOMEM;
}

/* Moves the relocations that are no tail-call slots to the front; the rest become `tails`. */
static int slots_take(struct ks_runtime *rt, const struct elf_view *elf, Elf64_Shdr *relocs,
		      int maps, const struct btf *btf)
{
	Elf64_Rel *rel = section_bytes(elf, relocs);
	size_t count = relocs->sh_size / sizeof(*rel), kept = 0;
	struct symbols symbols;
	int err;

	if (!rel || relocs->sh_type != SHT_REL || !symbols_of(elf, relocs->sh_link, &symbols))
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		size_t index = ELF64_R_SYM(rel[i].r_info);
		const Elf64_Sym *symbol, *map;
		long values;

		if (index >= symbols.count)
			return -EINVAL;
		symbol = &symbols.all[index];
		if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC) {
			rel[kept++] = rel[i];
			continue;
		}
		map = map_at(&symbols, maps, rel[i].r_offset);
		values = map ? values_offset(btf, symbol_name(&symbols, map)) : -1;
		if (values < 0 || rel[i].r_offset < map->st_value + (u64)values)
			return -EINVAL;
		err = tail_add(rt, symbol_name(&symbols, map), symbol_name(&symbols, symbol),
			       (rel[i].r_offset - map->st_value - (u64)values) / 8);
		if (err)
			return err;
	}
	relocs->sh_size = kept * sizeof(*rel);
	return 0;
}

static int elf_copy_prepare(struct ks_runtime *rt, size_t size)
{
	struct elf_view elf;
	struct btf *btf;
	int maps, relocs, btf_section, err;

	if (!elf_view(&elf, rt->elf, size))
		return -EINVAL;
	maps = section_find(&elf, ".maps");
	relocs = section_find(&elf, ".rel.maps");
	btf_section = section_find(&elf, ".BTF");
	if (maps < 0 || relocs < 0 || btf_section < 0)
		return 0;
	btf = btf__new(section_bytes(&elf, &elf.sections[btf_section]),
		       (u32)elf.sections[btf_section].sh_size);
	if (!btf)
		return -EINVAL;
	err = slots_take(rt, &elf, &elf.sections[relocs], maps, btf);
	btf__free(btf);
	return err;
}

int elf_prepare(struct ks_runtime *rt)
{
	const struct ks_bytes *object = &rt->app->object;
	size_t size = (size_t)(object->end - object->start);
	int err;

	if (rt->elf)
		return 0;
	rt->elf = malloc(size ? size : 1);
	if (!rt->elf)
		return -ENOMEM;
	rt->elf_size = size;
	memcpy(rt->elf, object->start, size);
	err = elf_copy_prepare(rt, size);
	if (!err)
		return 0;
	for (u32 i = 0; i < rt->tail_count; i++) {
		free(rt->tails[i].map);
		free(rt->tails[i].prog);
	}
	free(rt->tails);
	free(rt->elf);
	rt->tails = NULL;
	rt->tail_count = 0;
	rt->elf = NULL;
	return err;
}

const unsigned char *elf_section(const struct ks_runtime *rt, const char *name, size_t *size)
{
	struct elf_view elf;
	int index;

	if (!rt->elf || !elf_view(&elf, rt->elf, rt->elf_size))
		return NULL;
	index = section_find(&elf, name);
	if (index < 0)
		return NULL;
	*size = elf.sections[index].sh_size;
	return section_bytes(&elf, &elf.sections[index]);
}

bool elf_function(const struct ks_runtime *rt, const char *name, u64 *start, u64 *end)
{
	struct elf_view elf;
	struct symbols symbols;

	if (!rt->elf || !elf_view(&elf, rt->elf, rt->elf_size))
		return false;
	for (u32 i = 1; i < elf.header->e_shnum; i++) {
		if (!symbols_of(&elf, i, &symbols))
			continue;
		for (size_t j = 0; j < symbols.count; j++) {
			const Elf64_Sym *symbol = &symbols.all[j];

			if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC ||
			    strcmp(symbol_name(&symbols, symbol), name) != 0)
				continue;
			*start = symbol->st_value;
			*end = symbol->st_value + symbol->st_size;
			return true;
		}
	}
	return false;
}
