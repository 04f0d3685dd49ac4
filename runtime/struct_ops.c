/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct_ops implementations. Since 6.4 the kernel has links for them, which end with the process;
 * libbpf 1.1 does not know these, but lets us set the map's flag and make the link.
 */
#include "internal.h"

/* Newer than our headers: linux/bpf.h, since 6.4. */
#define STRUCT_OPS_LINK	  (1u << 13) /* BPF_F_LINK */
#define STRUCT_OPS_ATTACH ((enum bpf_attach_type)44)

struct ks_impl_state {
	bool has_value;	       /* the map holds the implementation */
	struct bpf_link *link; /* before 6.4: libbpf's, which unregisters on destroy */
	int fd;		       /* the kernel's link, -1 for none */
};

static struct ks_impl *app_impl(const char *name)
{
	for (u32 i = 0; i < ks_rt.app->impl_count; i++) {
		if (!strcmp(ks_rt.app->impls[i]->name, name))
			return ks_rt.app->impls[i];
	}
	return NULL;
}

int struct_ops_prepare(struct bpf_map *map)
{
	if (!app_impl(bpf_map__name(map)))
		return bpf_map__set_autocreate(map, false);
	if (kernel_before(6, 4))
		return 0;
	return bpf_map__set_map_flags(map, bpf_map__map_flags(map) | STRUCT_OPS_LINK);
}

/* Gives the kernel the implementation and makes a link where it has links. */
static int impl_attach(struct ks_impl_state *state, const struct bpf_map *map)
{
	struct bpf_link *link;

	/* With links the map's value is written once; before, that is the registration. */
	if (!state->has_value) {
		link = bpf_map__attach_struct_ops(map);
		if (!link)
			return -errno;
		if (kernel_before(6, 4)) {
			state->link = link;
			return 0;
		}
		bpf_link__disconnect(link);
		bpf_link__destroy(link);
		state->has_value = true;
	}
	state->fd = bpf_link_create(bpf_map__fd(map), 0, STRUCT_OPS_ATTACH, NULL);
	return state->fd < 0 ? state->fd : 0;
}

int ks_register(struct ks_impl *impl, const char *where)
{
	const struct bpf_map *map = NULL;
	int err;

	object_load(where);
	if (!impl->state) {
		impl->state = ks_alloc(sizeof(*impl->state), impl->where);
		impl->state->fd = -1;
	}
	if (ks_rt.object)
		map = bpf_object__find_map_by_name(ks_rt.object, impl->name);
	if (!map || bpf_map__fd(map) < 0) {
		error_at(where, "cannot register `%s`: it did not load", impl->name);
		return -EINVAL;
	}
	warnings_clear();
	err = impl->state->fd >= 0 || impl->state->link ? -EBUSY : impl_attach(impl->state, map);
	if (err) {
		error_at(where, "cannot register `%s`", impl->name);
		explain_errno(OP_REGISTER, err);
		warnings_print();
	}
	return err;
}

void ks_unregister(struct ks_impl *impl)
{
	struct ks_impl_state *state = impl->state;

	if (!state)
		return;
	if (state->fd >= 0)
		close(state->fd);
	bpf_link__destroy(state->link);
	state->fd = -1;
	state->link = NULL;
}

void struct_ops_end(void)
{
	for (u32 i = ks_rt.app->impl_count; i > 0; i--)
		ks_unregister(ks_rt.app->impls[i - 1]);
}
