/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A light reader of raw BTF. It works on the bytes in place: one pass finds where each type starts,
 * and names are hashed on the first lookup by name. A kernel's BTF has some 130,000 types and costs
 * about 0.6 ms to open and 0.3 ms for the first lookup, less than parsing it with libbpf.
 *
 * The bytes may come from anywhere. btf_image_parse() checks that every record lies inside the type
 * section and that the strings end with a NUL; type ids and string offsets inside records are
 * checked when they are followed: btf_image_type() and btf_image_string() answer out-of-range
 * numbers with NULL and "".
 *
 * An image is not tied to a compilation. The indexes are filled on first use, so one image must
 * not be used by two threads at once.
 */
#ifndef KSC_KERNEL_BTF_H
#define KSC_KERNEL_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/btf.h>

/* Names to ids: open addressing, slots hold ids, 0 is empty. Equal names stand in order of id. */
struct btf_names {
	uint32_t *slots;
	uint32_t cap; /* a power of two, 0 before the first use */
};

struct btf_image {
	const uint8_t *types;
	uint32_t types_len;
	const char *strings;
	uint32_t strings_len;
	uint32_t *offsets; /* of each type in `types`; offsets[0] is not used */
	uint32_t count;	   /* ids are 1 .. count - 1 */
	uint32_t *named;   /* ids for type_names; behind `offsets` in the same block */
	uint32_t func_count, named_count;
	bool enums_have_sign;	     /* the encoder marks signed enums (kernels since 6.0) */
	struct btf_names type_names; /* struct, union, enum, typedef */
	struct btf_names func_names;
	uint8_t *aligns;    /* of structs, found on first use; see btf_image_align() */
	void *aligned_copy; /* when the given bytes were not aligned to 4 */
};

/* One bit per BTF kind, for btf_image_find(). */
#define BTF_MASK(kind)	 (1u << BTF_KIND_##kind)
#define BTF_MASK_STRUCTS (BTF_MASK(STRUCT) | BTF_MASK(UNION))
#define BTF_MASK_ENUMS	 (BTF_MASK(ENUM) | BTF_MASK(ENUM64))

/*
 * Reads raw BTF, or an ELF file (64 bit, little endian) with a .BTF section. The bytes must stay
 * as they are until btf_image_free(). False with a reason in `why` (static text) when they are not
 * usable; then nothing needs to be freed.
 */
bool btf_image_parse(struct btf_image *image, const void *data, size_t size, const char **why);
void btf_image_free(struct btf_image *image);

/* NULL for id 0 (void) and ids that do not exist. */
const struct btf_type *btf_image_type(const struct btf_image *image, uint32_t id);
const char *btf_image_string(const struct btf_image *image, uint32_t offset);

/* The first type of that name with one of the kinds, FUNCs included; 0 when there is none. */
uint32_t btf_image_find(struct btf_image *image, const char *name, uint32_t kind_mask);

/*
 * The first enum, named or not, that has a constant of that name: its id, and the constant's
 * position. 0 when there is none. A scan of the strings and of all enums, so for rare questions.
 */
uint32_t btf_image_find_enumerator(const struct btf_image *image, const char *name,
				   uint32_t *index);
/*
 * Calls `found` for each of the names, sorted by strcmp, that an enum has as a constant: once over
 * all enums, for many names.
 */
void btf_image_each_enumerator_of(const struct btf_image *image, const char *const *names,
				  uint32_t count, void (*found)(void *user, const char *name),
				  void *user);

/* Whether some declaration tag `tag` stands on the type `id` itself (not on a member). */
bool btf_image_has_decl_tag(const struct btf_image *image, uint32_t id, const char *tag);

/* Follows typedef, const, volatile, restrict and type tags; 0 for void and broken chains. */
uint32_t btf_image_strip(const struct btf_image *image, uint32_t id);

/* Bytes of a value of the type; 0 for void, functions and broken types. */
uint32_t btf_image_size(const struct btf_image *image, uint32_t id);
/* Its alignment by the C rules; 1 when that cannot be known. A packed struct has 1. */
uint32_t btf_image_align(struct btf_image *image, uint32_t id);

/* The records behind a type. */
static inline uint32_t btf_image_kind(const struct btf_type *type)
{
	return BTF_INFO_KIND(type->info);
}

static inline uint32_t btf_image_vlen(const struct btf_type *type)
{
	return BTF_INFO_VLEN(type->info);
}

static inline bool btf_image_kflag(const struct btf_type *type)
{
	return BTF_INFO_KFLAG(type->info);
}

static inline const struct btf_member *btf_image_members(const struct btf_type *type)
{
	return (const struct btf_member *)(type + 1);
}

static inline const struct btf_param *btf_image_params(const struct btf_type *type)
{
	return (const struct btf_param *)(type + 1);
}

#endif
