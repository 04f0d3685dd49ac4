/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach() and detach(): one row per kind of program. A row's function attaches and fills the
 * attachment; links vanish with the process, whatever ends it.
 */
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "internal.h"

void undo_link(struct attachment *self)
{
	bpf_link__destroy(self->link);
}

void undo_fd(struct attachment *self)
{
	close(self->fd);
}

int attachment_fd(const struct attachment *attachment)
{
	return attachment->link ? bpf_link__fd(attachment->link) : attachment->fd;
}

/* Keeps a libbpf link; NULL with errno is a failure. */
static int keep_link(struct attachment *out, struct bpf_link *link)
{
	if (!link)
		return errno ? -errno : -EINVAL;
	out->link = link;
	out->undo = undo_link;
	return 0;
}

static bool is_tracing(const struct attach_request *req)
{
	return bpf_program__type(req->prog->state->bpf) == BPF_PROG_TYPE_TRACING;
}

/* ---- functions, events ---- */

/* fentry, fexit, tp_btf: the target was chosen when the program was loaded. */
static int attach_fixed(const struct attach_request *req, struct attachment *out)
{
	LIBBPF_OPTS(bpf_trace_opts, options, .cookie = req->opts->cookie);
	const struct ks_prog *prog = req->prog;

	if (*req->target && prog->arg && strcmp(req->target, prog->arg)) {
		error_at(req->where, "cannot attach `%s` to `%s`", prog->name, req->target);
		detail("reason", "it was loaded for `%s`, and this kind attaches only there",
		       prog->arg);
		return attach_explained(out, -EINVAL);
	}
	if (bpf_program__type(prog->state->bpf) == BPF_PROG_TYPE_LSM)
		return keep_link(out, bpf_program__attach(prog->state->bpf));
	return keep_link(out, bpf_program__attach_trace_opts(prog->state->bpf, &options));
}

static const char *target_or_arg(const struct attach_request *req)
{
	if (*req->target)
		return req->target;
	return req->prog->arg ? req->prog->arg : "";
}

/* "func" or "func+off". sys_NAME is also a system call's name, which has an own symbol. */
static int attach_kprobe(const struct attach_request *req, struct attachment *out, bool at_return)
{
	LIBBPF_OPTS(bpf_kprobe_opts, options, .retprobe = at_return,
		    .bpf_cookie = req->opts->cookie);
	LIBBPF_OPTS(bpf_ksyscall_opts, call_options, .retprobe = at_return,
		    .bpf_cookie = req->opts->cookie);
	const struct bpf_program *bpf = req->prog->state->bpf;
	const char *target = target_or_arg(req), *plus = strchr(target, '+');
	char name[256];
	int err;

	if (is_tracing(req))
		return attach_fixed(req, out);
	if (!strncmp(bpf_program__section_name(bpf), "ksyscall", 8) ||
	    !strncmp(bpf_program__section_name(bpf), "kretsyscall", 11))
		return keep_link(out, bpf_program__attach_ksyscall(
					      bpf, strncmp(target, "sys_", 4) ? target : target + 4,
					      &call_options));
	snprintf(name, sizeof(name), "%.*s", plus ? (int)(plus - target) : (int)strlen(target),
		 target);
	if (plus)
		options.offset = strtoul(plus + 1, NULL, 0);
	err = keep_link(out, bpf_program__attach_kprobe_opts(bpf, name, &options));
	if (err == -ENOENT && !strncmp(name, "sys_", 4) && !plus)
		err = keep_link(out, bpf_program__attach_ksyscall(bpf, name + 4, &call_options));
	return err;
}

static int attach_probe(const struct attach_request *req, struct attachment *out)
{
	return attach_kprobe(req, out, false);
}

static int attach_retprobe(const struct attach_request *req, struct attachment *out)
{
	return attach_kprobe(req, out, true);
}

static int attach_tracepoint(const struct attach_request *req, struct attachment *out)
{
	LIBBPF_OPTS(bpf_tracepoint_opts, options, .bpf_cookie = req->opts->cookie);
	const char *target = target_or_arg(req), *slash = strchr(target, '/');
	char category[128];

	if (!slash || (size_t)(slash - target) >= sizeof(category)) {
		error_at(req->where, "`%s` is no tracepoint", target);
		detail("help", "the form is \"category/event\", e.g. \"sched/sched_switch\"");
		return attach_explained(out, -EINVAL);
	}
	snprintf(category, sizeof(category), "%.*s", (int)(slash - target), target);
	return keep_link(out, bpf_program__attach_tracepoint_opts(req->prog->state->bpf, category,
								  slash + 1, &options));
}

static int attach_raw_tracepoint(const struct attach_request *req, struct attachment *out)
{
	if (is_tracing(req))
		return attach_fixed(req, out);
	return keep_link(
		out, bpf_program__attach_raw_tracepoint(req->prog->state->bpf, target_or_arg(req)));
}

/* libbpf's -1 is every process. */
static int one_process(const struct attach_request *req)
{
	return req->opts->pid ? req->opts->pid : -1;
}

/* "path:symbol", "path:symbol+off", "path:0xoff" */
static int attach_user(const struct attach_request *req, struct attachment *out, bool at_return)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = at_return,
		    .bpf_cookie = req->opts->cookie);
	const char *target = target_or_arg(req), *colon = strrchr(target, ':'), *plus;
	char path[512], symbol[256];
	size_t offset = 0;

	if (!colon || (size_t)(colon - target) >= sizeof(path)) {
		error_at(req->where, "`%s` is no place in a program", target);
		detail("help", "the form is \"path:symbol+offset\", e.g. \"/bin/bash:readline\"");
		return attach_explained(out, -EINVAL);
	}
	snprintf(path, sizeof(path), "%.*s", (int)(colon - target), target);
	plus = strchr(colon, '+');
	snprintf(symbol, sizeof(symbol), "%.*s",
		 plus ? (int)(plus - colon - 1) : (int)strlen(colon + 1), colon + 1);
	if (plus)
		offset = strtoul(plus + 1, NULL, 0);
	if (!strncmp(symbol, "0x", 2))
		offset = strtoul(symbol, NULL, 0);
	else
		options.func_name = symbol;
	return keep_link(out,
			 bpf_program__attach_uprobe_opts(req->prog->state->bpf, one_process(req),
							 path, offset, &options));
}

static int attach_uprobe(const struct attach_request *req, struct attachment *out)
{
	return attach_user(req, out, false);
}

static int attach_uretprobe(const struct attach_request *req, struct attachment *out)
{
	return attach_user(req, out, true);
}

/* "path:provider:name" */
static int attach_usdt(const struct attach_request *req, struct attachment *out)
{
	LIBBPF_OPTS(bpf_usdt_opts, options, .usdt_cookie = req->opts->cookie);
	char text[768], *provider, *name;

	snprintf(text, sizeof(text), "%s", target_or_arg(req));
	name = strrchr(text, ':');
	if (name)
		*name++ = 0;
	provider = name ? strrchr(text, ':') : NULL;
	if (provider)
		*provider++ = 0;
	if (!provider) {
		error_at(req->where, "`%s` is no USDT probe", target_or_arg(req));
		detail("help", "the form is \"path:provider:name\"");
		return attach_explained(out, -EINVAL);
	}
	return keep_link(out, bpf_program__attach_usdt(req->prog->state->bpf, one_process(req),
						       text, provider, name, &options));
}

static int attach_lsm(const struct attach_request *req, struct attachment *out)
{
	return attach_fixed(req, out);
}

/* ---- cgroups, namespaces, socket maps ---- */

/* A path; one that does not start with / is below /sys/fs/cgroup. "" is the root. */
static int attach_cgroup(const struct attach_request *req, struct attachment *out)
{
	char path[512];
	int fd, err;

	snprintf(path, sizeof(path), "%s%s", *req->target == '/' ? "" : "/sys/fs/cgroup/",
		 req->target);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = keep_link(out, bpf_program__attach_cgroup(req->prog->state->bpf, fd));
	close(fd);
	return err;
}

static int attach_netns(const struct attach_request *req, struct attachment *out)
{
	int fd = open(*req->target ? req->target : "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = keep_link(out, bpf_program__attach_netns(req->prog->state->bpf, fd));
	close(fd);
	return err;
}

static void undo_map(struct attachment *self)
{
	bpf_prog_detach2(self->fd, self->map_fd, self->type);
}

static struct ks_map *map_named(const char *name)
{
	for (u32 i = 0; i < ks_rt.app->map_count; i++) {
		if (!strcmp(ks_rt.app->maps[i]->name, name))
			return ks_rt.app->maps[i];
	}
	return NULL;
}

/* A socket map, also by name. It dies with this process, and the program in it too. */
static int attach_sockmap(const struct attach_request *req, struct attachment *out)
{
	struct ks_map *map = req->map ? req->map : map_named(req->target);
	struct ks_map_state *state;

	if (!map) {
		error_at(req->where, "there is no map `%s`", req->target);
		detail("help", "a program of kind %s attaches to a sockmap or sockhash by its name",
		       req->prog->kind == KS_KIND_SK_MSG ? "sk_msg" : "sk_skb");
		return attach_explained(out, -ENOENT);
	}
	state = map_state(map);
	if (!state)
		return -ENOENT;
	out->fd = req->prog->state->fd;
	out->map_fd = state->fd;
	out->type = bpf_program__expected_attach_type(req->prog->state->bpf);
	out->undo = undo_map;
	return bpf_prog_attach(out->fd, out->map_fd, out->type, 0) ? -errno : 0;
}

/* ---- the table ---- */

typedef int attach_fn(const struct attach_request *req, struct attachment *out);

static const struct attach_row {
	attach_fn *attach; /* NULL: not through attach(handle, target, flags) */
	enum operation op;
	const char *instead; /* what to do where attach is NULL */
} rows[] = {
	[KS_KIND_XDP] = {attach_xdp, OP_ATTACH_NET, NULL},
	[KS_KIND_TC] = {attach_tc, OP_ATTACH_NET, NULL},
	[KS_KIND_PROBE] = {attach_probe, OP_ATTACH_TRACE, NULL},
	[KS_KIND_RETPROBE] = {attach_retprobe, OP_ATTACH_TRACE, NULL},
	[KS_KIND_TRACEPOINT] = {attach_tracepoint, OP_ATTACH_TRACE, NULL},
	[KS_KIND_RAW_TRACEPOINT] = {attach_raw_tracepoint, OP_ATTACH_TRACE, NULL},
	[KS_KIND_PERF_EVENT] = {NULL, OP_ATTACH_PERF, "give attach() a perf_options value"},
	[KS_KIND_UPROBE] = {attach_uprobe, OP_ATTACH_UPROBE, NULL},
	[KS_KIND_URETPROBE] = {attach_uretprobe, OP_ATTACH_UPROBE, NULL},
	[KS_KIND_USDT] = {attach_usdt, OP_ATTACH_UPROBE, NULL},
	[KS_KIND_LSM] = {attach_lsm, OP_ATTACH_TRACE, NULL},
	[KS_KIND_CGROUP_SKB] = {attach_cgroup, OP_ATTACH_CGROUP, NULL},
	[KS_KIND_CGROUP_SOCK] = {attach_cgroup, OP_ATTACH_CGROUP, NULL},
	[KS_KIND_CGROUP_ADDR] = {attach_cgroup, OP_ATTACH_CGROUP, NULL},
	[KS_KIND_CGROUP_SOCKOPT] = {attach_cgroup, OP_ATTACH_CGROUP, NULL},
	[KS_KIND_CGROUP_DEVICE] = {attach_cgroup, OP_ATTACH_CGROUP, NULL},
	[KS_KIND_CGROUP_SYSCTL] = {attach_cgroup, OP_ATTACH_CGROUP, NULL},
	[KS_KIND_SOCK_OPS] = {attach_cgroup, OP_ATTACH_CGROUP, NULL},
	[KS_KIND_SK_MSG] = {attach_sockmap, OP_ATTACH_MAP, NULL},
	[KS_KIND_SK_SKB] = {attach_sockmap, OP_ATTACH_MAP, NULL},
	[KS_KIND_SK_LOOKUP] = {attach_netns, OP_ATTACH_NETNS, NULL},
	[KS_KIND_FLOW_DISSECTOR] = {attach_netns, OP_ATTACH_NETNS, NULL},
	[KS_KIND_SOCKET_FILTER] = {attach_socket_filter, OP_ATTACH_SOCKET, NULL},
	[KS_KIND_SK_REUSEPORT] = {attach_reuseport, OP_ATTACH_SOCKET, NULL},
	[KS_KIND_NETFILTER] = {attach_netfilter, OP_ATTACH_NETFILTER, NULL},
	[KS_KIND_NETKIT] = {attach_netkit, OP_ATTACH_NET, NULL},
	[KS_KIND_ITER] = {NULL, OP_ATTACH_TRACE, "read its text with read_text()"},
	[KS_KIND_SYSCALL] = {NULL, OP_ATTACH_TRACE, "run it with run()"},
	[KS_KIND_LWT] = {NULL, OP_ATTACH_NET, "a route runs it: see `ip route help`"},
	[KS_KIND_STRUCT_OPS] = {NULL, OP_ATTACH_TRACE, "register() its struct_ops"},
};

/* `explained` by pointing `next` to itself, which a finished attachment never does. */
int attach_explained(struct attachment *out, int err)
{
	out->next = out;
	return err;
}

static bool is_explained(const struct attachment *attachment)
{
	return attachment->next == attachment;
}

/* What the program was to be attached to, for messages. */
static const char *target_text(const struct attach_request *req, enum operation op)
{
	if (op == OP_ATTACH_CGROUP && !*req->target)
		return "/sys/fs/cgroup";
	if (op == OP_ATTACH_NETNS && !*req->target)
		return "/proc/self/ns/net";
	if (op == OP_ATTACH_TRACE || op == OP_ATTACH_UPROBE)
		return target_or_arg(req);
	return req->target;
}

static void attach_explain(const struct attach_request *req, enum operation op, int err)
{
	const char *target = target_text(req, op);

	if (req->map)
		target = req->map->name;
	if (req->socket >= 0)
		error_at(req->where, "cannot attach `%s` to socket %d", req->prog->name,
			 req->socket);
	else if (!*target && req->opts->ifindex)
		error_at(req->where, "cannot attach `%s` to interface %u", req->prog->name,
			 req->opts->ifindex);
	else if (!*target)
		error_at(req->where, "cannot attach `%s`", req->prog->name);
	else
		error_at(req->where, "cannot attach `%s` to `%s`", req->prog->name, target);
	explain_errno(op, err);
	if (err != -EPERM && err != -ENODEV)
		warnings_print();
}

/* ---- network namespaces ---- */

/* Enters the namespace; the own one, to come back to, or -1 when there is none to enter. */
static int netns_enter(const struct attach_request *req, int *own)
{
	int fd = -1, err = 0;

	*own = -1;
	if (!req->opts->netns || !*req->opts->netns)
		return 0;
	*own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	fd = open(req->opts->netns, O_RDONLY | O_CLOEXEC);
	if (*own < 0 || fd < 0 || setns(fd, CLONE_NEWNET))
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err && *own >= 0) {
		close(*own);
		*own = -1;
	}
	if (err)
		error_at(req->where, "cannot enter the network namespace `%s`: %s",
			 req->opts->netns, strerror(-err));
	return err;
}

static void netns_leave(const struct attach_request *req, int own)
{
	if (own < 0)
		return;
	if (setns(own, CLONE_NEWNET))
		error_at(req->where, "cannot come back from the network namespace `%s`: %s",
			 req->opts->netns, strerror(errno));
	close(own);
}

/* ---- attach, detach ---- */

static int attach_request_run(const struct attach_request *req)
{
	struct ks_prog_state *state = req->prog->state;
	const struct attach_row *row = &rows[req->prog->kind];
	struct attachment *attachment;
	int err, own;

	err = netns_enter(req, &own);
	if (err)
		return err;
	attachment = ks_alloc(sizeof(*attachment), req->where);
	attachment->fd = -1;
	warnings_clear();
	errno = 0;
	err = row->attach(req, attachment);
	netns_leave(req, own);
	if (err) {
		if (!is_explained(attachment))
			attach_explain(req, row->op, err);
		free(attachment);
		return err;
	}
	attachment->next = state->attachments;
	state->attachments = attachment;
	return 0;
}

static int attach_checked(const struct attach_request *req)
{
	const struct ks_prog *prog = req->prog;
	const char *where = req->where;

	if (!prog || !prog->state || prog->state->fd < 0) {
		error_at(where, "cannot attach a program that did not load");
		return -EINVAL;
	}
	if (!rows[prog->kind].attach) {
		error_at(where, "`%s` does not attach like this", prog->name);
		detail("help", "%s", rows[prog->kind].instead);
		return -EINVAL;
	}
	return attach_request_run(req);
}

static const struct ks_opts no_opts;

int ks_attach(struct ks_prog *prog, const char *target, u32 flags, const char *where)
{
	struct attach_request req = {prog, target ? target : "", flags, where, &no_opts, NULL, -1};

	return attach_checked(&req);
}

int ks_attach_opts(struct ks_prog *prog, const struct ks_opts *opts, const char *where)
{
	const char *target = opts->target ? opts->target : "";
	struct attach_request req = {prog, target, opts->flags, where, opts, NULL, -1};

	return attach_checked(&req);
}

int ks_attach_map(struct ks_prog *prog, struct ks_map *map, const char *where)
{
	struct attach_request req = {prog, "", 0, where, &no_opts, map, -1};

	return attach_checked(&req);
}

int ks_attach_socket(struct ks_prog *prog, i64 socket, const char *where)
{
	struct attach_request req = {prog, "", 0, where, &no_opts, NULL, (int)socket};

	if (socket < 0 || socket > INT32_MAX) {
		error_at(where, "%lld is no descriptor of a socket", socket);
		return -EBADF;
	}
	return attach_checked(&req);
}

void ks_detach(struct ks_prog *prog)
{
	struct attachment *attachment;

	if (!prog || !prog->state)
		return;
	while ((attachment = prog->state->attachments)) {
		prog->state->attachments = attachment->next;
		attachment->undo(attachment);
		free(attachment);
	}
}
