/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF into a built module. In .BTF_ids the macros of linux/btf_ids.h leave room: a word for each
 * function, named by a local symbol `__BTF_ID__func__NAME__NUMBER`, and for each set its count,
 * `__BTF_ID__set8__NAME`, whose pairs of id and flags follow and must be in the order of the ids.
 */
#include "driver/module_build.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct module_elf {
	struct arena *arena;
	Elf *elf;
	Elf_Scn *ids, *symbols;
	GElf_Shdr symbols_header;
	const char *why;
};

static bool fail(struct module_elf *module, const char *why)
{
	module->why = why;
	return false;
}

static bool sections_find(struct module_elf *module)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(module->elf, &names))
		return fail(module, "it has no section names");
	while ((section = elf_nextscn(module->elf, section))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(module->elf, names, header.sh_name);
		if (name && !strcmp(name, ".BTF"))
			return fail(module, "it has BTF already");
		if (name && !strcmp(name, ".BTF_ids"))
			module->ids = section;
		if (header.sh_type == SHT_SYMTAB) {
			module->symbols = section;
			module->symbols_header = header;
		}
	}
	if (!module->ids || !module->symbols)
		return fail(module, "it has no .BTF_ids (is CONFIG_DEBUG_INFO_BTF off there?)");
	return true;
}

/* ---- ids ---- */

#define FUNC_PREFIX "__BTF_ID__func__"
#define SET_PREFIX  "__BTF_ID__set8__"

static uint32_t id_of(const struct module_id_vec *ids, const char *symbol)
{
	for (uint32_t i = 0; i < ids->len; i++) {
		size_t len = strlen(ids->data[i].func);
		const char *rest = symbol + len;

		if (!strncmp(symbol, ids->data[i].func, len) && !strncmp(rest, "__", 2) &&
		    strspn(rest + 2, "0123456789") == strlen(rest + 2))
			return ids->data[i].id;
	}
	return 0;
}

static int pair_order(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* A symbol of .BTF_ids: its name, and its bytes when they lie inside. */
struct id_symbol {
	const char *name;
	char *bytes;
	size_t size; /* from there to the section's end at most */
};

static bool symbol_get(struct module_elf *module, Elf_Data *ids, size_t index,
		       struct id_symbol *out)
{
	Elf_Data *symbols = elf_getdata(module->symbols, NULL);
	GElf_Sym symbol;

	if (!symbols || !gelf_getsym(symbols, (int)index, &symbol) ||
	    symbol.st_shndx != elf_ndxscn(module->ids) || symbol.st_value > ids->d_size)
		return false;
	out->name = elf_strptr(module->elf, module->symbols_header.sh_link, symbol.st_name);
	out->bytes = (char *)ids->d_buf + symbol.st_value;
	out->size = ids->d_size - symbol.st_value;
	if (symbol.st_size && symbol.st_size < out->size)
		out->size = symbol.st_size;
	return out->name != NULL;
}

static bool set_sort(struct module_elf *module, const struct id_symbol *set)
{
	uint32_t count;

	if (set->size < 8)
		return fail(module, "a set of ids is too short");
	count = (uint32_t)(set->size / 8 - 1);
	memcpy(set->bytes, &count, sizeof(count));
	qsort(set->bytes + 8, count, 8, pair_order);
	return true;
}

static bool ids_write(struct module_elf *module, const struct module_id_vec *ids)
{
	Elf_Data *data = elf_getdata(module->ids, NULL);
	size_t count = module->symbols_header.sh_size / module->symbols_header.sh_entsize;
	struct id_symbol symbol;

	if (!data || !data->d_buf)
		return fail(module, "its .BTF_ids is empty");
	for (size_t i = 0; i < count; i++) {
		uint32_t id;

		if (!symbol_get(module, data, i, &symbol) ||
		    strncmp(symbol.name, FUNC_PREFIX, strlen(FUNC_PREFIX)) != 0)
			continue;
		id = id_of(ids, symbol.name + strlen(FUNC_PREFIX));
		if (!id || symbol.size < sizeof(id))
			return fail(module,
				    arena_printf(module->arena, "unknown id %s", symbol.name));
		memcpy(symbol.bytes, &id, sizeof(id));
	}
	for (size_t i = 0; i < count; i++) {
		if (symbol_get(module, data, i, &symbol) &&
		    !strncmp(symbol.name, SET_PREFIX, strlen(SET_PREFIX)) &&
		    !set_sort(module, &symbol))
			return false;
	}
	elf_flagdata(data, ELF_C_SET, ELF_F_DIRTY);
	return true;
}

/* ---- new sections ---- */

static bool section_add(struct module_elf *module, const char *name, const void *bytes, size_t size)
{
	size_t names_index, offset, len = strlen(name) + 1;
	Elf_Scn *names, *section;
	Elf_Data *data;
	GElf_Shdr header;
	char *text;

	if (elf_getshdrstrndx(module->elf, &names_index))
		return fail(module, "it has no section names");
	names = elf_getscn(module->elf, names_index);
	data = names ? elf_getdata(names, NULL) : NULL;
	if (!data || !gelf_getshdr(names, &header))
		return fail(module, "it has no section names");
	offset = data->d_size;
	text = arena_alloc(module->arena, offset + len);
	memcpy(text, data->d_buf, offset);
	memcpy(text + offset, name, len);
	data->d_buf = text;
	data->d_size = header.sh_size = offset + len;
	gelf_update_shdr(names, &header);
	elf_flagdata(data, ELF_C_SET, ELF_F_DIRTY);

	section = elf_newscn(module->elf);
	data = section ? elf_newdata(section) : NULL;
	if (!data || !gelf_getshdr(section, &header))
		return fail(module, elf_errmsg(-1));
	data->d_buf = (void *)bytes;
	data->d_size = size;
	data->d_type = ELF_T_BYTE;
	data->d_align = 8;
	data->d_version = EV_CURRENT;
	header.sh_name = (Elf64_Word)offset;
	header.sh_type = SHT_PROGBITS;
	header.sh_addralign = 8;
	return gelf_update_shdr(section, &header) || fail(module, elf_errmsg(-1));
}

static bool patch(struct module_elf *module, const struct module_id_vec *ids,
		  const struct module_sections *sections)
{
	if (!sections_find(module) || !ids_write(module, ids) ||
	    !section_add(module, ".BTF", sections->btf, sections->btf_size))
		return false;
	if (sections->base_size &&
	    !section_add(module, ".BTF.base", sections->base, sections->base_size))
		return false;
	return elf_update(module->elf, ELF_C_WRITE) >= 0 || fail(module, elf_errmsg(-1));
}

bool module_elf_patch(struct arena *arena, const char *path, const struct module_id_vec *ids,
		      const struct module_sections *sections, const char **why)
{
	struct module_elf module = {.arena = arena};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool ok = false;

	elf_version(EV_CURRENT);
	if (fd >= 0)
		module.elf = elf_begin(fd, ELF_C_RDWR, NULL);
	if (module.elf)
		ok = patch(&module, ids, sections);
	else
		module.why = "it cannot be opened";
	*why = module.why ? arena_strdup(arena, module.why) : NULL;
	elf_end(module.elf);
	if (fd >= 0)
		close(fd);
	return ok;
}
