/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XDP and tc. Links where the kernel has them: XDP since 5.9, tcx since 6.6. Older kernels: XDP
 * through netlink, tc filters of clsact, both removed by the guardian when this process dies.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "internal.h"

/* Newer than our headers: enum bpf_attach_type of linux/bpf.h, since 6.6. */
#define TCX_INGRESS ((enum bpf_attach_type)46)
#define TCX_EGRESS  ((enum bpf_attach_type)47)
/* Flags of its links: where among the programs that are there. */
#define LINK_BEFORE (1u << 3)
#define LINK_AFTER  (1u << 4)

static const u32 xdp_modes = XDP_FLAGS_SKB_MODE | XDP_FLAGS_DRV_MODE | XDP_FLAGS_HW_MODE;

/* Says which program holds an interface, when the kernel tells. */
static void holder_print(int ifindex)
{
	struct bpf_prog_info info = {0};
	u32 id = 0, size = sizeof(info);
	char name[IF_NAMESIZE];
	int fd;

	if (bpf_xdp_query_id(ifindex, 0, &id) || !id || !if_indextoname((u32)ifindex, name))
		return;
	fd = bpf_prog_get_fd_by_id(id);
	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size))
		detail("note", "`%s` has XDP program %u `%s`", name, id, info.name);
	if (fd >= 0)
		close(fd);
}

static void undo_guarded(struct attachment *self)
{
	guard_remove(self->guard_id);
}

/* The kernel's number of a program, by which the guardian knows it again. 0 or -errno. */
static int prog_id_of(int prog_fd, u32 *id)
{
	struct bpf_prog_info info = {0};
	u32 size = sizeof(info);
	int err = bpf_obj_get_info_by_fd(prog_fd, &info, &size);

	*id = info.id;
	return err;
}

int xdp_netlink_attach(int prog_fd, int ifindex, u32 flags, struct attachment *out)
{
	struct guard_record record = {
		.kind = GUARD_XDP, .ifindex = ifindex, .flags = flags & xdp_modes};
	int err = prog_id_of(prog_fd, &record.prog_id);

	if (!err)
		err = guard_add(&record);
	if (err)
		return err;
	err = bpf_xdp_attach(ifindex, prog_fd, flags | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
	if (err) {
		guard_forget(record.id);
		return err;
	}
	out->guard_id = record.id;
	out->undo = undo_guarded;
	return 0;
}

int request_ifindex(const struct attach_request *req)
{
	char name[IF_NAMESIZE];

	if (req->opts->ifindex && !*req->target)
		return if_indextoname(req->opts->ifindex, name) ? (int)req->opts->ifindex : 0;
	return (int)if_nametoindex(req->target);
}

/* The guardian lives in the namespace in which this process began. */
static int needs_own_netns(const struct attach_request *req, struct attachment *out)
{
	if (!req->opts->netns || !*req->opts->netns)
		return 0;
	error_at(req->where, "cannot attach `%s` in another network namespace", req->prog->name);
	detail("reason",
	       "without links (XDP: since 5.9, tc: since 6.6) this works in the own only");
	return attach_explained(out, -EOPNOTSUPP);
}

static int xdp_try(const struct attach_request *req, int ifindex, u32 flags, struct attachment *out)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int prog_fd = req->prog->state->fd;
	int fd = bpf_link_create(prog_fd, ifindex, BPF_XDP, &options);

	if (fd >= 0) {
		out->fd = fd;
		out->undo = undo_fd;
		return 0;
	}
	/* A kernel without XDP links says EINVAL; so does one that dislikes program or flags. */
	if (fd != -EINVAL || !kernel_before(5, 9))
		return fd;
	fd = needs_own_netns(req, out);
	return fd ? fd : xdp_netlink_attach(prog_fd, ifindex, flags, out);
}

int attach_xdp(const struct attach_request *req, struct attachment *out)
{
	int ifindex = request_ifindex(req);
	/* A link never replaces another program, so that flag is always true. */
	u32 flags = req->flags & ~(u32)XDP_FLAGS_UPDATE_IF_NOEXIST;
	int err, generic;

	if (!ifindex)
		return -ENODEV;
	if (req->opts->order) {
		error_at(req->where, "an interface has one XDP program: `order` has no meaning");
		return attach_explained(out, -EINVAL);
	}
	err = xdp_try(req, ifindex, flags, out);
	if (err && !(flags & xdp_modes) && err != -EBUSY && err != -EEXIST && err != -EPERM) {
		generic = xdp_try(req, ifindex, flags | XDP_FLAGS_SKB_MODE, out);
		if (!generic) {
			warning_at(req->where, "`%s` runs in generic mode on `%s`, which is slower",
				   req->prog->name, req->target);
			detail("reason", "the driver refused native mode: %s (%s)", strerror(-err),
			       errno_name(err));
			return 0;
		}
	}
	if (err == -EBUSY || err == -EEXIST) {
		error_at(req->where, "cannot attach `%s` to `%s`", req->prog->name, req->target);
		holder_print(ifindex);
		explain_errno(OP_ATTACH_NET, err);
		out->next = out;
	}
	return err;
}

/* ---- tc ---- */

static bool has_tcx(int ifindex)
{
	u32 count = 0, flags = 0;

	return !bpf_prog_query(ifindex, TCX_INGRESS, 0, &flags, NULL, &count);
}

/* Handles below differ between loaders by their process id, and within one by counting. */
static u32 next_handle(void)
{
	static u32 count;

	return ((u32)getpid() << 8 | (++count & 0xff)) & 0x7fffffff;
}

/* Makes clsact where there is none; the guardian hears of it before it is done. */
static int clsact_make(int ifindex)
{
	/* Both points stand for the one qdisc. */
	LIBBPF_OPTS(bpf_tc_hook, qdisc, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	struct guard_record record = {.kind = GUARD_QDISC, .ifindex = ifindex};
	int err = guard_add(&record);

	if (err)
		return err;
	err = bpf_tc_hook_create(&qdisc);
	if (err)
		guard_forget(record.id);
	return err == -EEXIST ? 0 : err;
}

static void undo_filter(struct attachment *self)
{
	guard_remove(self->guard_id);
	guard_remove_qdiscs();
}

int tc_filter_attach(int prog_fd, int ifindex, bool egress, struct attachment *out)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = prog_fd, .handle = next_handle(),
		    .priority = 1);
	struct guard_record record = {.kind = GUARD_TC,
				      .ifindex = ifindex,
				      .parent = hook.attach_point,
				      .handle = options.handle,
				      .priority = options.priority};
	int err = prog_id_of(prog_fd, &record.prog_id);

	if (!err)
		err = clsact_make(ifindex);
	if (!err)
		err = guard_add(&record);
	if (!err) {
		err = bpf_tc_attach(&hook, &options);
		if (err)
			guard_forget(record.id);
	}
	if (err) {
		guard_remove_qdiscs();
		return err;
	}
	out->guard_id = record.id;
	out->undo = undo_filter;
	return 0;
}

int attach_tc(const struct attach_request *req, struct attachment *out)
{
	bool egress = req->prog->arg && !strcmp(req->prog->arg, "egress");
	LIBBPF_OPTS(bpf_link_create_opts, options);
	int ifindex = request_ifindex(req);
	int fd, prog_fd = req->prog->state->fd;

	if (!ifindex)
		return -ENODEV;
	if (req->opts->order)
		options.flags = req->opts->order < 0 ? LINK_BEFORE : LINK_AFTER;
	if (!has_tcx(ifindex)) {
		fd = needs_own_netns(req, out);
		return fd ? fd : tc_filter_attach(prog_fd, ifindex, egress, out);
	}
	fd = bpf_link_create(prog_fd, ifindex, egress ? TCX_EGRESS : TCX_INGRESS, &options);
	if (fd == -EEXIST) {
		error_at(req->where, "`%s` is attached to `%s` already", req->prog->name,
			 req->target);
		out->next = out;
	}
	if (fd < 0)
		return fd;
	out->fd = fd;
	out->undo = undo_fd;
	return 0;
}
