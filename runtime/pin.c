/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pinned maps: where they live, and whether what is there still has the declared shape. A shape
 * is the map's kind, sizes and flags, and the types of key and value with all names and offsets,
 * so that contents are never read as something else.
 */
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "internal.h"

#define FOLDER "/sys/fs/bpf"

enum {
	SHAPE_DEPTH_MAX = 32
};

static int make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int err;

		*slash = 0;
		err = mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (err)
			return err;
	}
	return 0;
}

/* ---- types as text, which says all that matters ---- */

static void type_write(FILE *out, const struct btf *btf, u32 id, int depth);

static void int_write(FILE *out, const struct btf_type *t)
{
	u8 encoding = btf_int_encoding(t);

	if (encoding & BTF_INT_BOOL)
		fputs("bool", out);
	else if (encoding & BTF_INT_CHAR)
		fputs("char", out);
	else
		fprintf(out, "%c%u", encoding & BTF_INT_SIGNED ? 'i' : 'u', t->size * 8);
}

static void struct_write(FILE *out, const struct btf *btf, const struct btf_type *t, int depth)
{
	const struct btf_member *m = btf_members(t);
	u32 packed_bits = 0;

	fprintf(out, "%s {", btf__name_by_offset(btf, t->name_off));
	for (u32 i = 0; i < btf_vlen(t); i++, m++) {
		u32 bits = btf_member_bitfield_size(t, i), offset = btf_member_bit_offset(t, i);

		fprintf(out, "%s%s: ", i ? ", " : "", btf__name_by_offset(btf, m->name_off));
		type_write(out, btf, m->type, depth + 1);
		if (bits)
			fprintf(out, ": %u", bits);
		/* An offset only where something lies between this member and the last. */
		if (offset != packed_bits)
			fprintf(out, " at %u", offset / 8);
		packed_bits = offset + (bits ? bits : (u32)btf__resolve_size(btf, m->type) * 8);
	}
	fprintf(out, "} of %u bytes", t->size);
}

static void section_write(FILE *out, const struct btf *btf, const struct btf_type *t, int depth)
{
	const struct btf_var_secinfo *info = btf_var_secinfos(t);

	for (u32 i = 0; i < btf_vlen(t); i++, info++) {
		const struct btf_type *var = btf__type_by_id(btf, info->type);

		fprintf(out, "%s%s: ", i ? ", " : "", btf__name_by_offset(btf, var->name_off));
		type_write(out, btf, var->type, depth + 1);
		fprintf(out, " at %u", info->offset);
	}
}

static void type_write(FILE *out, const struct btf *btf, u32 id, int depth)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const struct btf_array *array;

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	if (!t || depth > SHAPE_DEPTH_MAX) {
		fputs("?", out);
		return;
	}
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		int_write(out, t);
		break;
	case BTF_KIND_ARRAY:
		array = btf_array(t);
		type_write(out, btf, array->type, depth + 1);
		fprintf(out, "[%u]", array->nelems);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		struct_write(out, btf, t, depth);
		break;
	case BTF_KIND_DATASEC:
		section_write(out, btf, t, depth);
		break;
	case BTF_KIND_PTR:
		fputs("pointer", out);
		break;
	default: /* enums and forward declarations: BTF_KIND_* grows with kernels */
		fprintf(out, "%s", btf__name_by_offset(btf, t->name_off));
		break;
	}
}

static char *type_text(const struct btf *btf, u32 id)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (id)
		type_write(out, btf, id, 0);
	fclose(out);
	return text;
}

/* ---- comparing ---- */

/* A section's map has no key worth a type; its value is the DATASEC of its name. */
static u32 value_type(const struct bpf_map *map, const struct btf *btf)
{
	int id;

	if (!bpf_map__is_internal(map))
		return bpf_map__btf_value_type_id(map);
	id = btf__find_by_name_kind(btf, bpf_map__name(map), BTF_KIND_DATASEC);
	return id > 0 ? (u32)id : 0;
}

static bool types_differ(const struct pin *pin, const char *what, const struct btf *there,
			 u32 there_id, const struct btf *here, u32 here_id)
{
	char *pinned = type_text(there, there_id), *declared = type_text(here, here_id);
	bool differ = pinned && declared && strcmp(pinned, declared) != 0;

	if (differ) {
		error_at(pin->where, "the %s type of the pinned %s has changed", what, pin->what);
		detail("pinned", "%s", pinned);
		detail("declared", "%s", declared);
	}
	free(pinned);
	free(declared);
	return differ;
}

/* Maps without BTF (of kinds that take none, or of other loaders) have equal types. */
static bool btf_differs(const struct bpf_map *map, const struct btf *btf, const struct pin *pin,
			const struct bpf_map_info *info)
{
	struct btf *there = info->btf_id && btf ? btf__load_from_kernel_by_id(info->btf_id) : NULL;
	bool differ = false;

	if (!there)
		return false;
	if (info->btf_key_type_id && bpf_map__btf_key_type_id(map))
		differ = types_differ(pin, "key", there, info->btf_key_type_id, btf,
				      bpf_map__btf_key_type_id(map));
	if (!differ && info->btf_value_type_id && value_type(map, btf))
		differ = types_differ(pin, "value", there, info->btf_value_type_id, btf,
				      value_type(map, btf));
	btf__free(there);
	return differ;
}

static const char *kind_text(u32 type)
{
	const char *text = libbpf_bpf_map_type_str((enum bpf_map_type)type);

	return text ? text : "unknown kind";
}

static bool sizes_differ(const struct bpf_map *map, const struct pin *pin,
			 const struct bpf_map_info *info)
{
	/* The kernel does not report RDONLY and WRONLY, which concern descriptors only. */
	const u32 unreported = BPF_F_RDONLY | BPF_F_WRONLY;

	if (info->type == bpf_map__type(map) && info->key_size == bpf_map__key_size(map) &&
	    info->value_size == bpf_map__value_size(map) &&
	    info->max_entries == bpf_map__max_entries(map) &&
	    info->map_flags == (bpf_map__map_flags(map) & ~unreported))
		return false;
	error_at(pin->where, "the shape of the pinned %s has changed", pin->what);
	detail("pinned", "%s, key %u bytes, value %u bytes, %u entries, flags %#x",
	       kind_text(info->type), info->key_size, info->value_size, info->max_entries,
	       info->map_flags);
	detail("declared", "%s, key %u bytes, value %u bytes, %u entries, flags %#x",
	       kind_text(bpf_map__type(map)), bpf_map__key_size(map), bpf_map__value_size(map),
	       bpf_map__max_entries(map), bpf_map__map_flags(map));
	return true;
}

static int pin_check(const struct bpf_map *map, const struct btf *btf, const struct pin *pin,
		     const char *path)
{
	struct bpf_map_info info = {0};
	u32 size = sizeof(info);
	int err = 0, fd = bpf_obj_get(path);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size)) {
		err = -errno;
		error_at(pin->where, "cannot open the pinned %s at %s", pin->what, path);
		explain_errno(OP_PIN, err);
	}
	if (!err && (sizes_differ(map, pin, &info) || btf_differs(map, btf, pin, &info))) {
		detail("help", "remove %s when its contents are no longer needed", path);
		err = -EEXIST;
	}
	if (fd >= 0)
		close(fd);
	return err;
}

int pin_prepare(struct bpf_map *map, const struct btf *btf, const struct pin *pin)
{
	char path[512];
	struct statfs system;
	int err, len = snprintf(path, sizeof(path), FOLDER "/%s/%s", ks_rt.app->name, pin->at);

	if (len < 0 || (size_t)len >= sizeof(path)) {
		error_at(pin->where, "the path of the pinned %s is too long", pin->what);
		return -ENAMETOOLONG;
	}
	if (statfs(FOLDER, &system) || system.f_type != BPF_FS_MAGIC) {
		error_at(pin->where, "cannot pin the %s at %s", pin->what, path);
		detail("reason", "there is no BPF file system at " FOLDER);
		detail("help", "mount -t bpf bpf " FOLDER);
		return -ENODEV;
	}
	err = make_folders(path);
	if (err) {
		error_at(pin->where, "cannot pin the %s at %s", pin->what, path);
		explain_errno(OP_PIN, err);
		return err;
	}
	err = pin_check(map, btf, pin, path);
	if (err)
		return err;
	err = bpf_map__set_pin_path(map, path);
	if (err) {
		error_at(pin->where, "cannot pin the %s at %s", pin->what, path);
		explain_errno(OP_PIN, err);
	}
	return err;
}
