/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/btf.h"

#include <elf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* Chains of typedefs, pointers and arrays in real BTF are a few steps long. */
#define BTF_CHAIN_MAX 64

/* The kinds that stand in the index of type names. */
#define TYPE_NAME_KINDS (BTF_MASK_STRUCTS | BTF_MASK_ENUMS | BTF_MASK(TYPEDEF))

/* ---- opening ---- */

/* Bytes behind the common record of a type: a fixed part, and one per element. */
struct record_tail {
	uint8_t fixed, per_element;
};

/* By kind, as the kernel's Documentation/bpf/btf.rst gives it. */
static const struct record_tail record_tails[] = {
	[BTF_KIND_INT] = {4, 0},
	[BTF_KIND_PTR] = {0, 0},
	[BTF_KIND_ARRAY] = {sizeof(struct btf_array), 0},
	[BTF_KIND_STRUCT] = {0, sizeof(struct btf_member)},
	[BTF_KIND_UNION] = {0, sizeof(struct btf_member)},
	[BTF_KIND_ENUM] = {0, sizeof(struct btf_enum)},
	[BTF_KIND_FWD] = {0, 0},
	[BTF_KIND_TYPEDEF] = {0, 0},
	[BTF_KIND_VOLATILE] = {0, 0},
	[BTF_KIND_CONST] = {0, 0},
	[BTF_KIND_RESTRICT] = {0, 0},
	[BTF_KIND_FUNC] = {0, 0},
	[BTF_KIND_FUNC_PROTO] = {0, sizeof(struct btf_param)},
	[BTF_KIND_VAR] = {sizeof(struct btf_var), 0},
	[BTF_KIND_DATASEC] = {0, sizeof(struct btf_var_secinfo)},
	[BTF_KIND_FLOAT] = {0, 0},
	[BTF_KIND_DECL_TAG] = {sizeof(struct btf_decl_tag), 0},
	[BTF_KIND_TYPE_TAG] = {0, 0},
	[BTF_KIND_ENUM64] = {0, sizeof(struct btf_enum64)},
};

#define RECORD_KINDS (sizeof(record_tails) / sizeof(record_tails[0]))

/* Finds where each type starts and checks that every record is whole. */
static bool types_scan(struct btf_image *image, const char **why)
{
	/* The smallest record has 12 bytes; id 0 takes one slot. */
	uint32_t count_max = image->types_len / sizeof(struct btf_type) + 1;
	uint32_t at = 0;

	/* One more array of that size, which stays untouched where no named type is found. */
	image->offsets = malloc(2 * (size_t)count_max * sizeof(*image->offsets));
	if (!image->offsets) {
		*why = "out of memory";
		return false;
	}
	image->named = image->offsets + count_max;
	image->offsets[0] = 0;
	image->count = 1;
	while (at < image->types_len) {
		const struct btf_type *type = (const void *)(image->types + at);
		uint32_t left = image->types_len - at;
		uint32_t kind, length;

		if (left < sizeof(*type)) {
			*why = "the BTF type section ends inside a type";
			return false;
		}
		kind = btf_image_kind(type);
		/*
		 * Half of a kernel's types are functions. A branch lets the processor go on at
		 * the next record before this one is read.
		 */
		if (kind == BTF_KIND_FUNC) {
			image->func_count++;
			image->offsets[image->count++] = at;
			at += sizeof(*type);
			continue;
		}
		if (kind == BTF_KIND_UNKN || kind >= RECORD_KINDS) {
			*why = "the BTF has a kind of type that this ksc does not know";
			return false;
		}
		length = sizeof(*type) + record_tails[kind].fixed +
			 record_tails[kind].per_element * btf_image_vlen(type);
		if (length > left) {
			*why = "the BTF type section ends inside a type";
			return false;
		}
		if (1u << kind & TYPE_NAME_KINDS && type->name_off)
			image->named[image->named_count++] = image->count;
		if (kind == BTF_KIND_ENUM && btf_image_kflag(type))
			image->enums_have_sign = true;
		image->offsets[image->count++] = at;
		at += length;
	}
	return true;
}

/* The .BTF section of a 64-bit little-endian ELF file; NULL with a reason when there is none. */
static const uint8_t *elf_btf_section(const uint8_t *data, size_t size, size_t *section_size,
				      const char **why)
{
	Elf64_Ehdr header;
	Elf64_Shdr names, section;

	*why = "the ELF file is damaged";
	if (size < sizeof(header))
		return NULL;
	memcpy(&header, data, sizeof(header));
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
		*why = "the ELF file is not 64-bit little-endian";
		return NULL;
	}
	if (header.e_shentsize != sizeof(section) || header.e_shoff > size ||
	    (size - header.e_shoff) / sizeof(section) < header.e_shnum ||
	    header.e_shstrndx >= header.e_shnum)
		return NULL;
	memcpy(&names, data + header.e_shoff + header.e_shstrndx * sizeof(names), sizeof(names));
	if (names.sh_offset > size || names.sh_size > size - names.sh_offset)
		return NULL;
	for (uint32_t i = 0; i < header.e_shnum; i++) {
		memcpy(&section, data + header.e_shoff + i * sizeof(section), sizeof(section));
		if (names.sh_size < sizeof(".BTF") ||
		    section.sh_name > names.sh_size - sizeof(".BTF") ||
		    memcmp(data + names.sh_offset + section.sh_name, ".BTF", sizeof(".BTF")))
			continue;
		if (section.sh_type == SHT_NOBITS || section.sh_offset > size ||
		    section.sh_size > size - section.sh_offset)
			return NULL;
		*section_size = section.sh_size;
		return data + section.sh_offset;
	}
	*why = "the ELF file has no .BTF section";
	return NULL;
}

static bool header_read(struct btf_image *image, const uint8_t *data, size_t size, const char **why)
{
	struct btf_header header;
	uint64_t body;

	if (size < sizeof(header)) {
		*why = "the file is too short for BTF";
		return false;
	}
	memcpy(&header, data, sizeof(header));
	if (header.magic != BTF_MAGIC) {
		*why = header.magic == __builtin_bswap16(BTF_MAGIC)
			       ? "the BTF is big-endian"
			       : "the file holds no BTF (wrong magic number)";
		return false;
	}
	if (header.version != BTF_VERSION || header.hdr_len < sizeof(header) ||
	    header.hdr_len > size) {
		*why = "the BTF has a version that this ksc does not know";
		return false;
	}
	body = size - header.hdr_len;
	if ((uint64_t)header.type_off + header.type_len > body ||
	    (uint64_t)header.str_off + header.str_len > body || body > UINT32_MAX) {
		*why = "the BTF header points outside the file";
		return false;
	}
	image->types = data + header.hdr_len + header.type_off;
	image->types_len = header.type_len;
	image->strings = (const char *)data + header.hdr_len + header.str_off;
	image->strings_len = header.str_len;
	if (!header.str_len || image->strings[0] || image->strings[header.str_len - 1]) {
		*why = "the BTF string section is damaged";
		return false;
	}
	return true;
}

bool btf_image_parse(struct btf_image *image, const void *data, size_t size, const char **why)
{
	const uint8_t *bytes = data;

	memset(image, 0, sizeof(*image));
	if (size >= SELFMAG && !memcmp(bytes, ELFMAG, SELFMAG)) {
		bytes = elf_btf_section(bytes, size, &size, why);
		if (!bytes)
			return false;
	}
	if (!header_read(image, bytes, size, why))
		return false;
	/* Every record is a multiple of 4 bytes, so an aligned start keeps all of them aligned. */
	if ((uintptr_t)image->types % 4) {
		image->aligned_copy = malloc(image->types_len + 1);
		if (!image->aligned_copy) {
			*why = "out of memory";
			return false;
		}
		memcpy(image->aligned_copy, image->types, image->types_len);
		image->types = image->aligned_copy;
	}
	if (types_scan(image, why))
		return true;
	btf_image_free(image);
	return false;
}

void btf_image_free(struct btf_image *image)
{
	free(image->offsets);
	free(image->type_names.slots);
	free(image->func_names.slots);
	free(image->aligns);
	free(image->aligned_copy);
	memset(image, 0, sizeof(*image));
}

/* ---- reading ---- */

const struct btf_type *btf_image_type(const struct btf_image *image, uint32_t id)
{
	if (!id || id >= image->count)
		return NULL;
	return (const void *)(image->types + image->offsets[id]);
}

const char *btf_image_string(const struct btf_image *image, uint32_t offset)
{
	return offset < image->strings_len ? image->strings + offset : "";
}

/* The step of a hash over names, eight bytes at a time. */
static uint64_t hash_step(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

/*
 * A hash of a string with its NUL and no byte behind it. `readable` bytes may be read from `name`:
 * where eight are left, a word is read and the NUL is looked for in it, since hashing all names of
 * a kernel is most of the cost of an index.
 */
static uint32_t name_hash(const char *name, size_t readable)
{
	const uint64_t ones = 0x0101010101010101ull, highs = 0x8080808080808080ull;
	uint64_t hash = 0;

	for (;;) {
		uint64_t word = 0, zeros;

		if (readable >= sizeof(word)) {
			memcpy(&word, name, sizeof(word));
			readable -= sizeof(word);
		} else {
			memcpy(&word, name, strnlen(name, readable));
			readable = 0;
		}
		zeros = (le64toh(word) - ones) & ~le64toh(word) & highs;
		/* The lowest mark is exact: keep the bytes below the first NUL. */
		if (zeros)
			word &= htole64((zeros & -zeros) - 1);
		hash = hash_step(hash, word);
		if (zeros || !readable)
			return (uint32_t)(hash ^ hash >> 15);
		name += sizeof(word);
	}
}

static void name_insert(struct btf_image *image, struct btf_names *names, uint32_t id)
{
	const struct btf_type *type = btf_image_type(image, id);
	uint32_t at;

	if (type->name_off >= image->strings_len)
		return;
	at = name_hash(image->strings + type->name_off, image->strings_len - type->name_off);
	at &= names->cap - 1;
	while (names->slots[at])
		at = (at + 1) & (names->cap - 1);
	names->slots[at] = id;
}

/* Makes an empty index; without memory there is none and lookups find nothing. */
static bool names_init(struct btf_names *names, uint32_t expected)
{
	uint32_t cap = 16;

	while (cap < expected + expected / 2)
		cap *= 2;
	names->slots = calloc(cap, sizeof(*names->slots));
	names->cap = names->slots ? cap : 0;
	return names->slots != NULL;
}

static void types_index(struct btf_image *image)
{
	if (image->type_names.cap || !names_init(&image->type_names, image->named_count))
		return;
	for (uint32_t i = 0; i < image->named_count; i++)
		name_insert(image, &image->type_names, image->named[i]);
}

static void funcs_index(struct btf_image *image)
{
	if (image->func_names.cap || !names_init(&image->func_names, image->func_count))
		return;
	for (uint32_t id = 1; id < image->count; id++) {
		const struct btf_type *type = btf_image_type(image, id);

		if (btf_image_kind(type) == BTF_KIND_FUNC && type->name_off)
			name_insert(image, &image->func_names, id);
	}
}

static uint32_t names_find(const struct btf_image *image, const struct btf_names *names,
			   const char *name, uint32_t kinds)
{
	uint32_t at;

	if (!names->cap)
		return 0;
	at = name_hash(name, strlen(name) + 1) & (names->cap - 1);
	for (; names->slots[at]; at = (at + 1) & (names->cap - 1)) {
		const struct btf_type *type = btf_image_type(image, names->slots[at]);

		if (1u << btf_image_kind(type) & kinds &&
		    !strcmp(btf_image_string(image, type->name_off), name))
			return names->slots[at];
	}
	return 0;
}

uint32_t btf_image_find(struct btf_image *image, const char *name, uint32_t kind_mask)
{
	uint32_t id = 0;

	if (kind_mask & TYPE_NAME_KINDS) {
		types_index(image);
		id = names_find(image, &image->type_names, name, kind_mask);
	}
	if (!id && kind_mask & BTF_MASK(FUNC)) {
		funcs_index(image);
		id = names_find(image, &image->func_names, name, kind_mask);
	}
	return id;
}

/* Where the whole string `text` stands in the string section; 0 when it does not. */
static uint32_t string_find(const struct btf_image *image, const char *text)
{
	size_t len = strlen(text);
	const char *at = image->strings, *end = image->strings + image->strings_len;

	/* Strings are NUL-terminated and the section starts with the empty one. */
	while ((at = memmem(at, (size_t)(end - at), text, len + 1)) != NULL) {
		if (at > image->strings && !at[-1])
			return (uint32_t)(at - image->strings);
		at++;
	}
	return 0;
}

/* The name of the constant at `index` of an enum. */
static uint32_t enumerator_name(const struct btf_type *type, uint32_t index)
{
	if (btf_image_kind(type) == BTF_KIND_ENUM)
		return ((const struct btf_enum *)(type + 1))[index].name_off;
	return ((const struct btf_enum64 *)(type + 1))[index].name_off;
}

uint32_t btf_image_find_enumerator(const struct btf_image *image, const char *name, uint32_t *index)
{
	uint32_t name_off = *name ? string_find(image, name) : 0;

	if (!name_off)
		return 0;
	for (uint32_t id = 1; id < image->count; id++) {
		const struct btf_type *type = btf_image_type(image, id);

		if (!(1u << btf_image_kind(type) & BTF_MASK_ENUMS))
			continue;
		for (uint32_t i = 0; i < btf_image_vlen(type); i++) {
			if (enumerator_name(type, i) == name_off) {
				*index = i;
				return id;
			}
		}
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void btf_image_each_enumerator_of(const struct btf_image *image, const char *const *names,
				  uint32_t count, void (*found)(void *user, const char *name),
				  void *user)
{
	for (uint32_t id = 1; id < image->count && count; id++) {
		const struct btf_type *type = btf_image_type(image, id);

		if (!(1u << btf_image_kind(type) & BTF_MASK_ENUMS))
			continue;
		for (uint32_t i = 0; i < btf_image_vlen(type); i++) {
			const char *name = btf_image_string(image, enumerator_name(type, i));
			const char *const *hit =
				bsearch(&name, names, count, sizeof(*names), compare_names);

			if (hit)
				found(user, *hit);
		}
	}
}

bool btf_image_has_decl_tag(const struct btf_image *image, uint32_t id, const char *tag)
{
	for (uint32_t i = 1; i < image->count; i++) {
		const struct btf_type *type = btf_image_type(image, i);
		const struct btf_decl_tag *where = (const void *)(type + 1);

		if (btf_image_kind(type) == BTF_KIND_DECL_TAG && type->type == id &&
		    where->component_idx == -1 &&
		    !strcmp(btf_image_string(image, type->name_off), tag))
			return true;
	}
	return false;
}

uint32_t btf_image_strip(const struct btf_image *image, uint32_t id)
{
	const uint32_t transparent = BTF_MASK(TYPEDEF) | BTF_MASK(CONST) | BTF_MASK(VOLATILE) |
				     BTF_MASK(RESTRICT) | BTF_MASK(TYPE_TAG);

	for (int steps = 0; steps < BTF_CHAIN_MAX; steps++) {
		const struct btf_type *type = btf_image_type(image, id);

		if (!type)
			return 0;
		if (!(1u << btf_image_kind(type) & transparent))
			return id;
		id = type->type;
	}
	return 0;
}

uint32_t btf_image_size(const struct btf_image *image, uint32_t id)
{
	uint64_t count = 1;

	for (int steps = 0; steps < BTF_CHAIN_MAX; steps++) {
		const struct btf_type *type;
		const struct btf_array *array;

		id = btf_image_strip(image, id);
		type = btf_image_type(image, id);
		if (!type)
			return 0;
		switch (btf_image_kind(type)) {
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_FLOAT:
			count *= type->size;
			return count > UINT32_MAX ? 0 : (uint32_t)count;
		case BTF_KIND_PTR:
			count *= 8;
			return count > UINT32_MAX ? 0 : (uint32_t)count;
		case BTF_KIND_ARRAY:
			array = (const void *)(type + 1);
			count *= array->nelems;
			if (!count || count > UINT32_MAX)
				return 0;
			id = array->type;
			continue;
		}
		return 0;
	}
	return 0;
}

/* ---- alignment ---- */

#define ALIGN_IN_WORK 255

static uint32_t align_of(struct btf_image *image, uint32_t id, int depth);

/*
 * BTF does not say whether a struct is packed. It is when its size or the place of a member does
 * not fit the members' alignment.
 */
static uint32_t struct_align(struct btf_image *image, uint32_t id, int depth)
{
	const struct btf_type *type = btf_image_type(image, id);
	const struct btf_member *member = btf_image_members(type);
	uint32_t align = 1;
	bool is_packed = false;

	if (image->aligns[id] == ALIGN_IN_WORK)
		return 1; /* contains itself: broken */
	if (image->aligns[id])
		return image->aligns[id];
	image->aligns[id] = ALIGN_IN_WORK;
	for (uint32_t i = 0; i < btf_image_vlen(type); i++, member++) {
		uint32_t member_align = align_of(image, member->type, depth + 1);
		uint32_t offset = btf_image_kflag(type) ? BTF_MEMBER_BIT_OFFSET(member->offset)
							: member->offset;
		bool is_bits = btf_image_kflag(type) && BTF_MEMBER_BITFIELD_SIZE(member->offset);

		if (!is_bits && offset % (member_align * 8))
			is_packed = true;
		if (member_align > align)
			align = member_align;
	}
	if (is_packed || type->size % align)
		align = 1;
	image->aligns[id] = (uint8_t)align;
	return align;
}

static uint32_t align_of(struct btf_image *image, uint32_t id, int depth)
{
	const struct btf_type *type = btf_image_type(image, btf_image_strip(image, id));

	if (!type || depth > BTF_CHAIN_MAX)
		return 1;
	switch (btf_image_kind(type)) {
	case BTF_KIND_PTR:
		return 8;
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
		/* Only the sizes of C's types can be an alignment. */
		return type->size <= 16 && type->size && !(type->size & (type->size - 1))
			       ? type->size
			       : 1;
	case BTF_KIND_ARRAY:
		return align_of(image, ((const struct btf_array *)(type + 1))->type, depth + 1);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return struct_align(image, btf_image_strip(image, id), depth);
	}
	return 1;
}

uint32_t btf_image_align(struct btf_image *image, uint32_t id)
{
	if (!image->aligns)
		image->aligns = calloc(image->count, 1);
	return image->aligns ? align_of(image, id, 0) : 1;
}
