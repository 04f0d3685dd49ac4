/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The object file as we give it away. LLVM writes DWARF beside the BTF and a symbol for every
 * basic block; nobody needs them for loading, and they are most of the file. This copies the rest:
 * sections are renumbered, symbols too, and relocations follow them.
 */
#include "bpf/bpf_gen.h"

#include <elf.h>
#include <string.h>

struct elf {
	const uint8_t *bytes;
	size_t size;
	const Elf64_Ehdr *header;
	const Elf64_Shdr *sections;
	uint32_t section_count;
	const char *names;
	uint32_t symtab;		    /* section index */
	uint32_t *new_section, *new_symbol; /* by old number; 0: dropped */
	struct arena arena;
};

static const void *contents(const struct elf *elf, uint32_t section)
{
	return elf->bytes + elf->sections[section].sh_offset;
}

static const char *section_name(const struct elf *elf, uint32_t section)
{
	return elf->names + elf->sections[section].sh_name;
}

static bool in_bounds(const struct elf *elf, const Elf64_Shdr *section)
{
	return section->sh_type == SHT_NOBITS ||
	       (section->sh_offset <= elf->size &&
		section->sh_size <= elf->size - section->sh_offset);
}

static bool open_elf(struct elf *elf)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)elf->bytes;

	if (elf->size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_shoff > elf->size ||
	    header->e_shnum > (elf->size - header->e_shoff) / sizeof(Elf64_Shdr) ||
	    header->e_shstrndx >= header->e_shnum)
		return false;
	elf->header = header;
	elf->sections = (const Elf64_Shdr *)(elf->bytes + header->e_shoff);
	elf->section_count = header->e_shnum;
	for (uint32_t i = 0; i < elf->section_count; i++) {
		if (!in_bounds(elf, &elf->sections[i]))
			return false;
		if (elf->sections[i].sh_type == SHT_SYMTAB)
			elf->symtab = i;
	}
	elf->names = contents(elf, header->e_shstrndx);
	return elf->symtab != 0;
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/*
 * libbpf takes what stands in .BTF and .BTF.ext as it is: the relocations of these sections only
 * repeat it. Empty sections of code are left over when all functions are inlined.
 */
static bool is_dropped(const struct elf *elf, uint32_t section)
{
	const char *name = section_name(elf, section);
	const Elf64_Shdr *header = &elf->sections[section];

	return starts_with(name, ".debug") || starts_with(name, ".rel.debug") ||
	       starts_with(name, ".rel.BTF") || starts_with(name, ".llvm_addrsig") ||
	       starts_with(name, ".rel.eh_frame") || starts_with(name, ".eh_frame") ||
	       (!header->sh_size && header->sh_type != SHT_NULL && strcmp(name, ".text"));
}

static void number_sections(struct elf *elf)
{
	uint32_t count = 0;

	elf->new_section = arena_array(&elf->arena, uint32_t, elf->section_count);
	for (uint32_t i = 0; i < elf->section_count; i++) {
		if (i && is_dropped(elf, i))
			continue;
		elf->new_section[i] = count++;
	}
}

static uint32_t symbol_count(const struct elf *elf)
{
	return (uint32_t)(elf->sections[elf->symtab].sh_size / sizeof(Elf64_Sym));
}

/* Labels of blocks have no type; undefined symbols, which have none either, are externs. */
static bool is_label(const Elf64_Sym *symbol)
{
	return ELF64_ST_TYPE(symbol->st_info) == STT_NOTYPE &&
	       ELF64_ST_BIND(symbol->st_info) == STB_LOCAL && symbol->st_shndx != SHN_UNDEF;
}

static void mark_used(struct elf *elf, bool *used)
{
	for (uint32_t i = 1; i < elf->section_count; i++) {
		const Elf64_Rel *rels = contents(elf, i);
		size_t count = elf->sections[i].sh_size / sizeof(*rels);

		if (elf->sections[i].sh_type != SHT_REL || !elf->new_section[i])
			continue;
		for (size_t j = 0; j < count; j++) {
			if (ELF64_R_SYM(rels[j].r_info) < symbol_count(elf))
				used[ELF64_R_SYM(rels[j].r_info)] = true;
		}
	}
}

/* Gives the numbers; returns how many symbols stay, and how many of them are local. */
static uint32_t number_symbols(struct elf *elf, uint32_t *locals)
{
	const Elf64_Sym *symbols = contents(elf, elf->symtab);
	uint32_t total = symbol_count(elf), count = 1;
	bool *used = arena_array(&elf->arena, bool, total);

	elf->new_symbol = arena_array(&elf->arena, uint32_t, total);
	mark_used(elf, used);
	*locals = 1;
	for (uint32_t i = 1; i < total; i++) {
		uint32_t section = symbols[i].st_shndx;
		bool is_gone = section < elf->section_count && section != SHN_UNDEF &&
			       !elf->new_section[section];

		if (is_gone || (is_label(&symbols[i]) && !used[i]))
			continue;
		/* Section and file symbols that no relocation names. */
		if (ELF64_ST_BIND(symbols[i].st_info) == STB_LOCAL && !used[i] &&
		    ELF64_ST_TYPE(symbols[i].st_info) != STT_FUNC &&
		    ELF64_ST_TYPE(symbols[i].st_info) != STT_OBJECT)
			continue;
		elf->new_symbol[i] = count++;
		if (ELF64_ST_BIND(symbols[i].st_info) == STB_LOCAL)
			*locals = count;
	}
	return count;
}

/* ---- writing ---- */

static void pad_to(struct strbuf *out, size_t start, uint64_t align)
{
	while (align > 1 && (out->len - start) % align)
		strbuf_putc(out, 0);
}

static void write_names(const struct elf *elf, struct strbuf *names, uint32_t *offsets)
{
	strbuf_putc(names, 0);
	for (uint32_t i = 1; i < elf->section_count; i++) {
		if (!elf->new_section[i])
			continue;
		offsets[i] = (uint32_t)names->len;
		strbuf_append(names, section_name(elf, i), strlen(section_name(elf, i)) + 1);
	}
}

/* Symbols and their names, with the section names in the same string table. */
static void write_symbols(const struct elf *elf, struct strbuf *symbols, struct strbuf *names)
{
	const Elf64_Sym *old = contents(elf, elf->symtab);
	const char *old_names = contents(elf, elf->sections[elf->symtab].sh_link);
	Elf64_Sym none = {0};

	strbuf_append(symbols, (const char *)&none, sizeof(none));
	for (uint32_t i = 1; i < symbol_count(elf); i++) {
		Elf64_Sym symbol = old[i];
		const char *name = old_names + symbol.st_name;

		if (!elf->new_symbol[i])
			continue;
		symbol.st_name = *name ? (Elf64_Word)names->len : 0;
		if (*name)
			strbuf_append(names, name, strlen(name) + 1);
		if (symbol.st_shndx < elf->section_count)
			symbol.st_shndx = (Elf64_Half)elf->new_section[symbol.st_shndx];
		strbuf_append(symbols, (const char *)&symbol, sizeof(symbol));
	}
}

static void write_relocations(const struct elf *elf, uint32_t section, struct strbuf *out)
{
	const Elf64_Rel *old = contents(elf, section);
	size_t count = elf->sections[section].sh_size / sizeof(*old);

	for (size_t i = 0; i < count; i++) {
		Elf64_Rel rel = old[i];
		uint32_t symbol = elf->new_symbol[ELF64_R_SYM(rel.r_info)];

		rel.r_info = ELF64_R_INFO((uint64_t)symbol, ELF64_R_TYPE(rel.r_info));
		strbuf_append(out, (const char *)&rel, sizeof(rel));
	}
}

struct writer {
	struct elf *elf;
	struct strbuf *out, names, symbols;
	uint32_t *name_offsets, locals;
	size_t start; /* of the file in `out` */
};

static Elf64_Shdr write_section(struct writer *w, uint32_t section)
{
	struct elf *elf = w->elf;
	Elf64_Shdr header = elf->sections[section];
	size_t begin;

	pad_to(w->out, w->start, header.sh_addralign);
	begin = w->out->len;
	if (header.sh_type == SHT_REL) {
		write_relocations(elf, section, w->out);
		header.sh_info = elf->new_section[header.sh_info];
	} else if (section == elf->symtab) {
		strbuf_append(w->out, w->symbols.data, w->symbols.len);
		header.sh_info = w->locals;
	} else if (header.sh_type == SHT_STRTAB) {
		strbuf_append(w->out, w->names.data, w->names.len);
	} else if (header.sh_type != SHT_NOBITS) {
		strbuf_append(w->out, contents(elf, section), header.sh_size);
	}
	header.sh_link = elf->new_section[header.sh_link];
	header.sh_name = w->name_offsets[section];
	header.sh_offset = begin - w->start;
	if (header.sh_type != SHT_NOBITS)
		header.sh_size = w->out->len - begin;
	return header;
}

static void write_file(struct writer *w)
{
	struct elf *elf = w->elf;
	Elf64_Shdr *headers = arena_array(&elf->arena, Elf64_Shdr, elf->section_count);
	Elf64_Ehdr header = *elf->header;
	uint32_t count = 1;

	strbuf_append(w->out, (const char *)&header, sizeof(header));
	for (uint32_t i = 1; i < elf->section_count; i++) {
		if (elf->new_section[i])
			headers[count++] = write_section(w, i);
	}
	pad_to(w->out, w->start, 8);
	header.e_shoff = w->out->len - w->start;
	header.e_shnum = (Elf64_Half)count;
	header.e_shstrndx = (Elf64_Half)elf->new_section[elf->header->e_shstrndx];
	memcpy(w->out->data + w->start, &header, sizeof(header));
	strbuf_append(w->out, (const char *)headers, count * sizeof(*headers));
}

bool bpfgen_object_strip(const uint8_t *bytes, size_t size, struct strbuf *out)
{
	struct elf elf = {.bytes = bytes, .size = size};
	struct writer writer = {.elf = &elf, .out = out, .start = out->len};
	bool ok = open_elf(&elf);

	arena_init(&elf.arena);
	if (ok) {
		number_sections(&elf);
		number_symbols(&elf, &writer.locals);
		writer.name_offsets = arena_array(&elf.arena, uint32_t, elf.section_count);
		write_names(&elf, &writer.names, writer.name_offsets);
		write_symbols(&elf, &writer.symbols, &writer.names);
		write_file(&writer);
	}
	strbuf_free(&writer.names);
	strbuf_free(&writer.symbols);
	arena_free(&elf.arena);
	return ok;
}
