/* SPDX-License-Identifier: Apache-2.0 */
/* The set of target kernels, and the questions that are put to all of them. */
#include "kernel/kernel.h"
#include "kernel/kernel_types.h"

#include <string.h>

void kernels_init(struct compilation *comp)
{
	comp->kernels = arena_new(&comp->arena, struct kernel_set);
	comp->types->complete = kernel_complete_struct;
}

void kernels_add(struct compilation *comp, struct kernel *kernel)
{
	struct ptr_map *memo = arena_new(&comp->arena, struct ptr_map);

	ptr_map_init(memo, &comp->arena);
	vec_push(&comp->arena, &comp->kernels->kernels, kernel);
	vec_push(&comp->arena, &comp->kernels->types, memo);
}

const char *kernel_version_text(struct compilation *comp, uint32_t version)
{
	return arena_printf(&comp->arena, "%u.%u", version >> 16, version >> 8 & 0xff);
}

/* The first kernel of the set for which `lacks` says yes. */
#define kernels_first(comp, kernel, lacks)                    \
	do {                                                  \
		if (!(comp)->kernels)                         \
			return NULL;                          \
		vec_foreach (at, &(comp)->kernels->kernels) { \
			struct kernel *kernel = *at;          \
			if (!kernel->types_only && (lacks))   \
				return kernel;                \
		}                                             \
		return NULL;                                  \
	} while (0)

const struct kernel *kernels_older_than(const struct compilation *comp, uint32_t version)
{
	kernels_first(comp, kernel, kernel->version && kernel->version < version);
}

const struct kernel *kernels_lacking_function(const struct compilation *comp, const char *name)
{
	kernels_first(comp, kernel,
		      kernel->has_btf && !btf_image_find(&kernel->btf, name, BTF_MASK(FUNC)));
}

bool kernel_has_kfunc(struct kernel *kernel, const char *name)
{
	struct btf_image *image = &kernel->btf;
	uint32_t id = btf_image_find(image, name, BTF_MASK(FUNC));
	uint32_t known;

	if (!id)
		return false;
	/*
	 * BTF marks kfuncs since 6.10. A kernel whose iterator kfunc (6.4) is not marked does not
	 * mark any, and the function's presence has to do.
	 */
	known = btf_image_find(image, "bpf_iter_num_new", BTF_MASK(FUNC));
	if (!known || !btf_image_has_decl_tag(image, known, "bpf_kfunc"))
		return true;
	return btf_image_has_decl_tag(image, id, "bpf_kfunc");
}

const struct kernel *kernels_lacking_kfunc(const struct compilation *comp, const char *name)
{
	kernels_first(comp, kernel, kernel->has_btf && !kernel_has_kfunc(kernel, name));
}

static bool has_type(struct kernel *kernel, const char *name)
{
	return btf_image_find(&kernel->btf, name,
			      BTF_MASK_STRUCTS | BTF_MASK_ENUMS | BTF_MASK(TYPEDEF));
}

const struct kernel *kernels_lacking_type(const struct compilation *comp, const char *name)
{
	kernels_first(comp, kernel, kernel->has_btf && !has_type(kernel, name));
}

/*
 * Whether the struct has the member, unnamed members searched too. `budget` bounds the work on
 * BTF that was made to nest without end.
 */
static bool has_member(const struct btf_image *image, uint32_t id, const char *name, int depth,
		       int *budget)
{
	const struct btf_type *type = btf_image_type(image, btf_image_strip(image, id));
	const struct btf_member *member;

	if (!type || !(1u << btf_image_kind(type) & BTF_MASK_STRUCTS) || depth > 16)
		return false;
	member = btf_image_members(type);
	for (uint32_t i = 0; i < btf_image_vlen(type) && (*budget)-- > 0; i++, member++) {
		if (member->name_off ? !strcmp(btf_image_string(image, member->name_off), name)
				     : has_member(image, member->type, name, depth + 1, budget))
			return true;
	}
	return false;
}

static bool has_field(struct kernel *kernel, const char *type, const char *field)
{
	uint32_t id = btf_image_find(&kernel->btf, type, BTF_MASK_STRUCTS | BTF_MASK(TYPEDEF));
	int budget = 1000000;

	return has_member(&kernel->btf, id, field, 0, &budget);
}

const struct kernel *kernels_lacking_field(const struct compilation *comp, const char *type,
					   const char *field)
{
	kernels_first(comp, kernel, kernel->has_btf && !has_field(kernel, type, field));
}

static bool has_constant(struct kernel *kernel, const char *enum_name, const char *constant)
{
	const struct btf_image *image = &kernel->btf;
	uint32_t id = btf_image_find(&kernel->btf, enum_name, BTF_MASK_ENUMS);
	const struct btf_type *type = btf_image_type(image, id);

	for (uint32_t i = 0; type && i < btf_image_vlen(type); i++) {
		uint32_t name_off = btf_image_kind(type) == BTF_KIND_ENUM
					    ? ((const struct btf_enum *)(type + 1))[i].name_off
					    : ((const struct btf_enum64 *)(type + 1))[i].name_off;

		if (!strcmp(btf_image_string(image, name_off), constant))
			return true;
	}
	return false;
}

const struct kernel *kernels_lacking_constant(const struct compilation *comp, const char *enum_name,
					      const char *constant, uint32_t since)
{
	kernels_first(comp, kernel,
		      kernel->has_btf ? !has_constant(kernel, enum_name, constant)
				      : kernel->version && kernel->version < since);
}
