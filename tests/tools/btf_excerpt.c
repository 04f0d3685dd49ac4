/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a small BTF file out of a kernel's, for tests that must not depend on the machine.
 *
 *	btf_excerpt VMLINUX LIST OUT
 *
 * LIST names one type or function a line (# starts a comment). A listed struct, union or enum is
 * kept with all members; what it contains by value is kept too. A struct that is only reached
 * through a pointer becomes a forward declaration, unless it is listed itself. Functions keep
 * their prototypes and the tags that say that BPF may call them.
 */
#include <bpf/btf.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum keep {
	KEEP_NOT,
	KEEP_FORWARD,
	KEEP_WHOLE
};

struct excerpt {
	const struct btf *from;
	struct btf *to;
	uint32_t count;
	uint8_t *keep;	 /* by old id */
	uint32_t *ids;	 /* old id -> new id */
	uint32_t *stack; /* old ids whose references are still to be followed */
	uint32_t depth;
};

static void mark(struct excerpt *ex, uint32_t id, bool through_pointer)
{
	const struct btf_type *type;
	enum keep keep = KEEP_WHOLE;

	if (!id || id >= ex->count)
		return;
	type = btf__type_by_id(ex->from, id);
	if (through_pointer && btf_is_composite(type))
		keep = KEEP_FORWARD;
	if (ex->keep[id] >= keep)
		return;
	ex->keep[id] = keep;
	if (keep == KEEP_WHOLE)
		ex->stack[ex->depth++] = id;
}

static void follow(struct excerpt *ex, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(ex->from, id);
	bool pointer = btf_is_ptr(type);
	uint16_t vlen = btf_vlen(type);

	switch (btf_kind(type)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (uint16_t i = 0; i < vlen; i++)
			mark(ex, btf_members(type)[i].type, false);
		break;
	case BTF_KIND_FUNC_PROTO:
		mark(ex, type->type, false);
		for (uint16_t i = 0; i < vlen; i++)
			mark(ex, btf_params(type)[i].type, false);
		break;
	case BTF_KIND_ARRAY:
		mark(ex, btf_array(type)->type, false);
		mark(ex, btf_array(type)->index_type, false);
		break;
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_FUNC:
	case BTF_KIND_DECL_TAG:
		/* `const struct file *` points through the const. */
		while (pointer && type->type) {
			const struct btf_type *target = btf__type_by_id(ex->from, type->type);

			if (!btf_is_mod(target) || btf_is_typedef(target))
				break;
			ex->keep[type->type] = KEEP_WHOLE;
			type = target;
		}
		mark(ex, type->type, pointer);
		break;
	default:
		break;
	}
}

/* The new BTF has the kept types in the old order, so new ids are known before writing. */
static void number(struct excerpt *ex)
{
	uint32_t next = 1;

	for (uint32_t id = 1; id < ex->count; id++) {
		if (ex->keep[id])
			ex->ids[id] = next++;
	}
}

static int write_members(struct excerpt *ex, const struct btf_type *type)
{
	for (uint16_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];
		int err = btf__add_field(ex->to, btf__name_by_offset(ex->from, member->name_off),
					 ex->ids[member->type], btf_member_bit_offset(type, i),
					 btf_member_bitfield_size(type, i));

		if (err)
			return err;
	}
	return 0;
}

static int write_enum(struct excerpt *ex, const struct btf_type *type, const char *name)
{
	bool wide = btf_kind(type) == BTF_KIND_ENUM64;
	int id = wide ? btf__add_enum64(ex->to, name, type->size, btf_kflag(type))
		      : btf__add_enum(ex->to, name, type->size);
	int err = 0;

	for (uint16_t i = 0; i < btf_vlen(type) && id > 0 && !err; i++) {
		if (wide) {
			const struct btf_enum64 *value = &btf_enum64(type)[i];

			err = btf__add_enum64_value(ex->to,
						    btf__name_by_offset(ex->from, value->name_off),
						    btf_enum64_value(value));
		} else {
			const struct btf_enum *value = &btf_enum(type)[i];

			err = btf__add_enum_value(
				ex->to, btf__name_by_offset(ex->from, value->name_off), value->val);
		}
	}
	return err ? err : id;
}

static int write_proto(struct excerpt *ex, const struct btf_type *type)
{
	int id = btf__add_func_proto(ex->to, ex->ids[type->type]);
	int err = 0;

	for (uint16_t i = 0; i < btf_vlen(type) && id > 0 && !err; i++) {
		const struct btf_param *param = &btf_params(type)[i];

		err = btf__add_func_param(ex->to, btf__name_by_offset(ex->from, param->name_off),
					  ex->ids[param->type]);
	}
	return err ? err : id;
}

static int write_composite(struct excerpt *ex, uint32_t old, const char *name)
{
	const struct btf_type *type = btf__type_by_id(ex->from, old);
	bool is_union = btf_kind(type) == BTF_KIND_UNION;
	int id, err;

	if (ex->keep[old] == KEEP_FORWARD)
		return btf__add_fwd(ex->to, name, is_union ? BTF_FWD_UNION : BTF_FWD_STRUCT);
	id = is_union ? btf__add_union(ex->to, name, type->size)
		      : btf__add_struct(ex->to, name, type->size);
	err = id > 0 ? write_members(ex, type) : 0;
	return err ? err : id;
}

static int write_type(struct excerpt *ex, uint32_t old)
{
	const struct btf_type *type = btf__type_by_id(ex->from, old);
	const char *name = btf__name_by_offset(ex->from, type->name_off);
	int target = ex->ids[btf_is_int(type) || btf_is_array(type) ? 0 : type->type];

	switch (btf_kind(type)) {
	case BTF_KIND_INT:
		return btf__add_int(ex->to, name, type->size, btf_int_encoding(type));
	case BTF_KIND_FLOAT:
		return btf__add_float(ex->to, name, type->size);
	case BTF_KIND_PTR:
		return btf__add_ptr(ex->to, target);
	case BTF_KIND_ARRAY:
		return btf__add_array(ex->to, ex->ids[btf_array(type)->index_type],
				      ex->ids[btf_array(type)->type], btf_array(type)->nelems);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return write_composite(ex, old, name);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return write_enum(ex, type, name);
	case BTF_KIND_FWD:
		return btf__add_fwd(ex->to, name, btf_kflag(type) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
	case BTF_KIND_TYPEDEF:
		return btf__add_typedef(ex->to, name, target);
	case BTF_KIND_CONST:
		return btf__add_const(ex->to, target);
	case BTF_KIND_VOLATILE:
		return btf__add_volatile(ex->to, target);
	case BTF_KIND_RESTRICT:
		return btf__add_restrict(ex->to, target);
	case BTF_KIND_TYPE_TAG:
		return btf__add_type_tag(ex->to, name, target);
	case BTF_KIND_FUNC:
		return btf__add_func(ex->to, name, btf_vlen(type), target);
	case BTF_KIND_FUNC_PROTO:
		return write_proto(ex, type);
	case BTF_KIND_DECL_TAG:
		return btf__add_decl_tag(ex->to, name, target, btf_decl_tag(type)->component_idx);
	default:
		return -EINVAL;
	}
}

static bool is_listed_kind(const struct btf_type *type)
{
	return btf_is_composite(type) || btf_is_any_enum(type) || btf_is_typedef(type) ||
	       btf_kind(type) == BTF_KIND_FUNC;
}

/* Everything of that name; names can stand for a struct and a function at once. */
static bool mark_name(struct excerpt *ex, const char *name)
{
	bool found = false;

	for (uint32_t id = 1; id < ex->count; id++) {
		const struct btf_type *type = btf__type_by_id(ex->from, id);

		if (is_listed_kind(type) &&
		    !strcmp(btf__name_by_offset(ex->from, type->name_off), name)) {
			mark(ex, id, false);
			found = true;
		}
	}
	return found;
}

/* Tags of kept functions. */
static void mark_tags(struct excerpt *ex)
{
	for (uint32_t id = 1; id < ex->count; id++) {
		const struct btf_type *type = btf__type_by_id(ex->from, id);

		if (btf_is_decl_tag(type) && btf_decl_tag(type)->component_idx < 0 &&
		    ex->keep[type->type] && btf_is_func(btf__type_by_id(ex->from, type->type)))
			ex->keep[id] = KEEP_WHOLE;
	}
}

static int read_list(struct excerpt *ex, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];

	if (!file) {
		perror(path);
		return -1;
	}
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "# \t\n")] = 0;
		if (line[0] && !mark_name(ex, line))
			fprintf(stderr, "note: this kernel has no %s\n", line);
	}
	fclose(file);
	return 0;
}

static int write_all(struct excerpt *ex, const char *path)
{
	FILE *out;
	uint32_t size;
	const void *data;

	for (uint32_t id = 1; id < ex->count; id++) {
		int got = ex->keep[id] ? write_type(ex, id) : 0;

		if (ex->keep[id] && got != (int)ex->ids[id]) {
			fprintf(stderr, "type %u became %d, not %u\n", id, got, ex->ids[id]);
			return -1;
		}
	}
	data = btf__raw_data(ex->to, &size);
	out = fopen(path, "wb");
	if (!data || !out || fwrite(data, 1, size, out) != size || fclose(out)) {
		perror(path);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct excerpt ex = {0};

	if (argc != 4) {
		fprintf(stderr, "usage: btf_excerpt VMLINUX LIST OUT\n");
		return 2;
	}
	ex.from = btf__parse(argv[1], NULL);
	ex.to = btf__new_empty();
	if (!ex.from || !ex.to) {
		perror(argv[1]);
		return 1;
	}
	ex.count = btf__type_cnt(ex.from);
	ex.keep = calloc(ex.count, 1);
	ex.ids = calloc(ex.count, sizeof(*ex.ids));
	ex.stack = calloc(ex.count, sizeof(*ex.stack));
	if (!ex.keep || !ex.ids || !ex.stack || read_list(&ex, argv[2]))
		return 1;
	while (ex.depth)
		follow(&ex, ex.stack[--ex.depth]);
	mark_tags(&ex);
	number(&ex);
	return write_all(&ex, argv[3]) ? 1 : 0;
}
