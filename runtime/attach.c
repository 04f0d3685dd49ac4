/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach() and detach(): one row per kind of program. A row's function attaches and fills the
 * attachment; links vanish with the process, whatever ends it.
 */
#include <fcntl.h>
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
	const struct ks_prog *prog = req->prog;

	if (*req->target && prog->arg && strcmp(req->target, prog->arg)) {
		error_at(req->where, "cannot attach `%s` to `%s`", prog->name, req->target);
		detail("reason", "it was loaded for `%s`, and this kind attaches only there",
		       prog->arg);
		out->next = out; /* explained */
		return -EINVAL;
	}
	return keep_link(out, bpf_program__attach(prog->state->bpf));
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
	LIBBPF_OPTS(bpf_kprobe_opts, options, .retprobe = at_return);
	LIBBPF_OPTS(bpf_ksyscall_opts, call_options, .retprobe = at_return);
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
	const char *target = target_or_arg(req), *slash = strchr(target, '/');
	char category[128];

	if (!slash || (size_t)(slash - target) >= sizeof(category)) {
		error_at(req->where, "`%s` is no tracepoint", target);
		detail("help", "the form is \"category/event\", e.g. \"sched/sched_switch\"");
		out->next = out;
		return -EINVAL;
	}
	snprintf(category, sizeof(category), "%.*s", (int)(slash - target), target);
	return keep_link(
		out, bpf_program__attach_tracepoint(req->prog->state->bpf, category, slash + 1));
}

static int attach_raw_tracepoint(const struct attach_request *req, struct attachment *out)
{
	if (is_tracing(req))
		return attach_fixed(req, out);
	return keep_link(
		out, bpf_program__attach_raw_tracepoint(req->prog->state->bpf, target_or_arg(req)));
}

/* "path:symbol", "path:symbol+off", "path:0xoff" */
static int attach_user(const struct attach_request *req, struct attachment *out, bool at_return)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = at_return);
	const char *target = target_or_arg(req), *colon = strrchr(target, ':'), *plus;
	char path[512], symbol[256];
	size_t offset = 0;

	if (!colon || (size_t)(colon - target) >= sizeof(path)) {
		error_at(req->where, "`%s` is no place in a program", target);
		detail("help", "the form is \"path:symbol+offset\", e.g. \"/bin/bash:readline\"");
		out->next = out;
		return -EINVAL;
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
	return keep_link(out, bpf_program__attach_uprobe_opts(req->prog->state->bpf, -1, path,
							      offset, &options));
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
		out->next = out;
		return -EINVAL;
	}
	return keep_link(out, bpf_program__attach_usdt(req->prog->state->bpf, -1, text, provider,
						       name, NULL));
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

/* A socket map by name. It dies with this process, and the program in it too. */
static int attach_sockmap(const struct attach_request *req, struct attachment *out)
{
	for (u32 i = 0; i < ks_rt.app->map_count; i++) {
		struct ks_map *map = ks_rt.app->maps[i];
		struct ks_map_state *state;

		if (strcmp(map->name, req->target))
			continue;
		state = map_state(map);
		if (!state)
			return -ENOENT;
		out->fd = req->prog->state->fd;
		out->map_fd = state->fd;
		out->type = bpf_program__expected_attach_type(req->prog->state->bpf);
		out->undo = undo_map;
		return bpf_prog_attach(out->fd, out->map_fd, out->type, 0) ? -errno : 0;
	}
	error_at(req->where, "there is no map `%s`", req->target);
	detail("help", "a program of kind %s attaches to a sockmap or sockhash by its name",
	       req->prog->kind == KS_KIND_SK_MSG ? "sk_msg" : "sk_skb");
	out->next = out;
	return -ENOENT;
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
	[KS_KIND_SOCKET_FILTER] = {NULL, OP_ATTACH_NET, "it attaches to a socket's descriptor"},
	[KS_KIND_SK_REUSEPORT] = {NULL, OP_ATTACH_NET, "it attaches to a socket's descriptor"},
	[KS_KIND_NETFILTER] = {NULL, OP_ATTACH_NET, "it attaches with options"},
	[KS_KIND_NETKIT] = {NULL, OP_ATTACH_NET, "it attaches to a netkit device"},
	[KS_KIND_ITER] = {NULL, OP_ATTACH_TRACE, "read its text with read_text()"},
	[KS_KIND_SYSCALL] = {NULL, OP_ATTACH_TRACE, "run it with run()"},
	[KS_KIND_LWT] = {NULL, OP_ATTACH_NET, "a route runs it: see `ip route help`"},
	[KS_KIND_STRUCT_OPS] = {NULL, OP_ATTACH_TRACE, "register() its struct_ops"},
};

/* `explained` by pointing `next` to itself, which a finished attachment never does. */
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
	error_at(req->where, "cannot attach `%s` to `%s`", req->prog->name, target_text(req, op));
	explain_errno(op, err);
	if (err != -EPERM && err != -ENODEV)
		warnings_print();
}

int ks_attach(struct ks_prog *prog, const char *target, u32 flags, const char *where)
{
	struct attach_request req = {prog, target ? target : "", flags, where};
	const struct attach_row *row;
	struct attachment *attachment;
	int err;

	if (!prog || !prog->state || prog->state->fd < 0) {
		error_at(where, "cannot attach a program that did not load");
		return -EINVAL;
	}
	row = &rows[prog->kind];
	if (!row->attach) {
		error_at(where, "`%s` does not attach like this", prog->name);
		detail("help", "%s", row->instead);
		return -EINVAL;
	}
	attachment = ks_alloc(sizeof(*attachment), where);
	attachment->fd = -1;
	warnings_clear();
	errno = 0;
	err = row->attach(&req, attachment);
	if (err) {
		if (!is_explained(attachment))
			attach_explain(&req, row->op, err);
		free(attachment);
		return err;
	}
	attachment->next = prog->state->attachments;
	prog->state->attachments = attachment;
	return 0;
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
