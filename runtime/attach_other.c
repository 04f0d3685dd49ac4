/* SPDX-License-Identifier: BSD-2-Clause */
/* netfilter hooks, netkit devices, sockets. */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

static int link_kept(struct attachment *out, int fd)
{
	if (fd < 0)
		return -errno;
	out->fd = fd;
	out->undo = undo_fd;
	return 0;
}

/* ---- netfilter, since 6.4 ---- */

/*
 * The start of union bpf_attr for BPF_LINK_CREATE (include/uapi/linux/bpf.h of 6.4), which libbpf
 * 1.1 does not know: its bpf_link_create() refuses this attach type.
 */
struct netfilter_link {
	u32 prog_fd, target_fd, attach_type, flags;
	struct {
		u32 pf, hooknum;
		i32 priority;
		u32 flags;
	} netfilter;
};

enum {
	ATTACH_NETFILTER = 45
};

int attach_netfilter(const struct attach_request *req, struct attachment *out)
{
	enum {
		IPV4 = 2 /* NFPROTO_IPV4 */
	};
	u32 pf = req->opts->pf ? req->opts->pf : IPV4;
	struct netfilter_link attr = {
		.prog_fd = (u32)req->prog->state->fd,
		.attach_type = ATTACH_NETFILTER,
		.netfilter = {pf, req->opts->hook, req->opts->priority, req->flags},
	};
	int fd = (int)syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return link_kept(out, fd);
}

/* ---- netkit, since 6.7 ---- */

int attach_netkit(const struct attach_request *req, struct attachment *out)
{
	enum {
		PRIMARY = 54, /* enum bpf_attach_type: BPF_NETKIT_PRIMARY, BPF_NETKIT_PEER */
		PEER = 55
	};
	bool peer = req->prog->arg && !strcmp(req->prog->arg, "peer");
	int ifindex = request_ifindex(req);

	if (!ifindex)
		return -ENODEV;
	return link_kept(out, bpf_link_create(req->prog->state->fd, ifindex,
					      (enum bpf_attach_type)(peer ? PEER : PRIMARY), NULL));
}

/* ---- sockets ---- */

/* The socket is held by a descriptor of our own, so that it can be detached from later. */
static int attach_option(const struct attach_request *req, struct attachment *out, int option)
{
	int err;

	out->fd = fcntl(req->socket, F_DUPFD_CLOEXEC, 0);
	if (out->fd < 0)
		return -errno;
	if (!setsockopt(out->fd, SOL_SOCKET, option, &req->prog->state->fd,
			sizeof(req->prog->state->fd)))
		return 0;
	err = -errno;
	close(out->fd);
	return err;
}

static void undo_filter(struct attachment *self)
{
	setsockopt(self->fd, SOL_SOCKET, SO_DETACH_BPF, &self->fd, sizeof(self->fd));
	close(self->fd);
}

int attach_socket_filter(const struct attach_request *req, struct attachment *out)
{
	out->undo = undo_filter;
	return attach_option(req, out, SO_ATTACH_BPF);
}

static void undo_reuseport(struct attachment *self)
{
	setsockopt(self->fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &self->fd, sizeof(self->fd));
	close(self->fd);
}

int attach_reuseport(const struct attach_request *req, struct attachment *out)
{
	out->undo = undo_reuseport;
	return attach_option(req, out, SO_ATTACH_REUSEPORT_EBPF);
}
