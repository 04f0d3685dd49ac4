/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Variables that loader and BPF programs share.
 *
 * Each data section (.bss, .data, .rodata, .data.config, .data.pinned) has a region of this
 * process, at one address for its whole life. Before load it is ordinary memory with the initial
 * values; when the section's map exists, the map's own memory is mapped over it. So pointers to
 * variables stay valid, and a value written before load is there after it, however often the
 * object had to be opened.
 */
#include <sys/mman.h>

#include "internal.h"

static size_t whole_pages(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

static struct region *region_find(const char *map_name)
{
	for (u32 i = 0; i < ks_rt.region_count; i++) {
		if (!strcmp(ks_rt.regions[i].map_name, map_name))
			return &ks_rt.regions[i];
	}
	return NULL;
}

/* Makes the region of a map, filled with the initial values that the object gives. */
static struct region *region_make(struct bpf_map *map)
{
	struct region *region = region_find(bpf_map__name(map)), *grown;
	const void *image;
	char *name;
	size_t image_size = 0;

	if (region)
		return region;
	grown = realloc(ks_rt.regions, (ks_rt.region_count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	ks_rt.regions = grown;
	name = strdup(bpf_map__name(map));
	if (!name)
		return NULL;
	region = &grown[ks_rt.region_count];
	*region = (struct region){.map_name = name,
				  .is_const = bpf_map__map_flags(map) & BPF_F_RDONLY_PROG,
				  .value_size = bpf_map__value_size(map)};
	region->map_size = whole_pages(region->value_size ? region->value_size : 1);
	region->memory = mmap(NULL, region->map_size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (region->memory == MAP_FAILED) {
		free(name);
		return NULL;
	}
	ks_rt.region_count++;
	image = bpf_map__initial_value(map, &image_size);
	if (image)
		memcpy(region->memory, image, image_size);
	return region;
}

bool variable_find(const struct btf *btf, const char *name, struct variable *found)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_VAR);

	for (u32 i = 1; id > 0 && i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const struct btf_var_secinfo *info;

		if (!btf_is_datasec(t))
			continue;
		info = btf_var_secinfos(t);
		for (u32 j = 0; j < btf_vlen(t); j++, info++) {
			if (info->type != (u32)id)
				continue;
			*found = (struct variable){btf__name_by_offset(btf, t->name_off),
						   info->offset, info->size};
			return true;
		}
	}
	return false;
}

static int global_fail(const struct ks_global *global, const char *why)
{
	error_at(ks_rt.app->source, "variable `%s` %s in the BPF object", global->name, why);
	detail("help", "loader and object are of different builds: build both again");
	return -EINVAL;
}

static int global_open(struct bpf_object *obj, const struct ks_global *global)
{
	struct variable variable;
	struct bpf_map *map = NULL;
	struct region *region;

	if (variable_find(bpf_object__btf(obj), global->name, &variable))
		map = bpf_object__find_map_by_name(obj, variable.section);
	if (!map || !bpf_map__is_internal(map))
		return global_fail(global, "is not found");
	region = region_make(map);
	if (!region) {
		error_at(ks_rt.app->source, "cannot make room for variable `%s`", global->name);
		explain_errno(OP_OPEN, ENOMEM);
		return -ENOMEM;
	}
	if (variable.size != global->size || global->size > region->value_size ||
	    variable.offset > region->value_size - global->size)
		return global_fail(global, "has another size");
	memcpy(global->pointer, &(void *){region->memory + variable.offset}, sizeof(void *));
	return 0;
}

int globals_open(struct bpf_object *obj)
{
	for (u32 i = 0; i < ks_rt.app->global_count; i++) {
		int err = global_open(obj, &ks_rt.app->globals[i]);

		if (err)
			return err;
	}
	return 0;
}

int globals_prepare(struct bpf_object *obj)
{
	for (u32 i = 0; i < ks_rt.region_count; i++) {
		const struct region *region = &ks_rt.regions[i];
		struct bpf_map *map = bpf_object__find_map_by_name(obj, region->map_name);
		int err;

		if (!map || region->is_bound)
			continue;
		err = bpf_map__set_initial_value(map, region->memory, region->value_size);
		if (err) {
			error_at(ks_rt.app->source, "cannot set the variables of `%s`: %s",
				 region->map_name, strerror(-err));
			return err;
		}
	}
	return 0;
}

static int region_bind(struct region *region, int fd)
{
	if (region->is_const) {
		/* Frozen: programs were verified with these values. */
		region->is_bound = true;
		return mprotect(region->memory, region->map_size, PROT_READ) ? -errno : 0;
	}
	if (mmap(region->memory, region->map_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 fd, 0) == MAP_FAILED)
		return -errno;
	region->is_bound = true;
	return 0;
}

bool global_locate(const struct ks_global *global, int *fd, u32 *offset)
{
	unsigned char *memory;

	memcpy(&memory, global->pointer, sizeof(memory));
	for (u32 i = 0; i < ks_rt.region_count; i++) {
		const struct region *region = &ks_rt.regions[i];

		if (!region->is_bound || memory < region->memory ||
		    memory >= region->memory + region->value_size)
			continue;
		*fd = region->fd;
		*offset = (u32)(memory - region->memory);
		return true;
	}
	return false;
}

int globals_bind(struct bpf_object *obj)
{
	for (u32 i = 0; i < ks_rt.region_count; i++) {
		struct region *region = &ks_rt.regions[i];
		const struct bpf_map *map = bpf_object__find_map_by_name(obj, region->map_name);
		int fd = map ? bpf_map__fd(map) : -1, err;

		if (fd >= 0)
			region->fd = fd;
		if (fd < 0 || region->is_bound)
			continue;
		err = region_bind(region, fd);
		if (err) {
			error_at(ks_rt.app->source, "cannot share the variables of `%s`",
				 region->map_name);
			explain_errno(OP_MMAP, err);
			return err;
		}
	}
	return 0;
}
