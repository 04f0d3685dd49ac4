/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guardian: a small process that removes what has no link when its loader is gone.
 *
 * It is forked before the first such attachment and reads records from a socket whose other
 * end only the loader holds. Its end is the loader's death, of whatever cause: nothing is polled,
 * no process id can be reused meanwhile, and a loader that goes to the background keeps it. A
 * record comes before the thing is attached and is taken back after it is detached. What is removed
 * is checked first: only a filter or program with our program's id.
 */
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "internal.h"

/* Both sides keep the list; the loader's is for detach. */
static struct {
	struct guard_record *records;
	u32 count, last_id;
	int socket;
} guard = {.socket = -1};

static bool list_add(const struct guard_record *record)
{
	struct guard_record *grown = realloc(guard.records, (guard.count + 1) * sizeof(*grown));

	if (!grown)
		return false;
	guard.records = grown;
	grown[guard.count++] = *record;
	return true;
}

static void list_remove(u32 id)
{
	for (u32 i = 0; i < guard.count; i++) {
		if (guard.records[i].id != id)
			continue;
		memmove(&guard.records[i], &guard.records[i + 1],
			(guard.count - i - 1) * sizeof(*guard.records));
		guard.count--;
		return;
	}
}

/* ---- removing ---- */

/*
 * Counts the filters below one side of clsact by a netlink dump (RTM_GETTFILTER), for which
 * libbpf has no call. -errno when the kernel does not answer.
 */
static int filters_count(int ifindex, u32 parent)
{
	struct {
		struct nlmsghdr header;
		struct tcmsg tc;
	} request = {
		.header = {.nlmsg_len = sizeof(request),
			   .nlmsg_type = RTM_GETTFILTER,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.tc = {.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = parent},
	};
	char answer[16384] __attribute__((aligned(8)));
	int count = 0, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (send(fd, &request, sizeof(request), 0) < 0)
		count = -errno;
	while (count >= 0) {
		ssize_t len = recv(fd, answer, sizeof(answer), 0);
		const struct nlmsghdr *message = (const struct nlmsghdr *)answer;

		if (len <= 0) {
			count = len ? -errno : -EIO;
			break;
		}
		for (; NLMSG_OK(message, (u32)len); message = NLMSG_NEXT(message, len)) {
			if (message->nlmsg_type == NLMSG_DONE ||
			    message->nlmsg_type == NLMSG_ERROR) {
				if (message->nlmsg_type == NLMSG_ERROR)
					count = -EIO;
				close(fd);
				return count;
			}
			count++;
		}
	}
	close(fd);
	return count;
}

/* Removes clsact from an interface unless somebody has a filter there. */
static int qdisc_remove(const struct guard_record *record)
{
	LIBBPF_OPTS(bpf_tc_hook, qdisc, .ifindex = record->ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int count = filters_count(record->ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));

	if (!count)
		count = filters_count(record->ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
	if (count)
		return count < 0 ? count : -EBUSY;
	return bpf_tc_hook_destroy(&qdisc);
}

static int tc_remove(const struct guard_record *record)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = record->ifindex, .attach_point = record->parent);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = record->handle, .priority = record->priority);

	int err = bpf_tc_query(&hook, &options);

	if (err || options.prog_id != record->prog_id)
		return err;
	options.prog_id = 0;
	options.prog_fd = 0;
	options.flags = 0;
	return bpf_tc_detach(&hook, &options);
}

static int xdp_remove(const struct guard_record *record)
{
	u32 id = 0;
	int err = bpf_xdp_query_id(record->ifindex, (int)record->flags, &id);

	if (err || id != record->prog_id)
		return err;
	return bpf_xdp_detach(record->ifindex, record->flags, NULL);
}

/* What is no longer there, itself or its interface, is removed too. */
static bool is_gone(int err)
{
	return !err || err == -ENOENT || err == -ENODEV || err == -EINVAL;
}

/* Tries twice: a lack of memory or descriptors may pass. 0 or -errno. */
static int record_undo(const struct guard_record *record)
{
	int err = -EINVAL;

	for (int i = 0; i < 2; i++) {
		switch ((enum guard_kind)record->kind) {
		case GUARD_TC:
			err = tc_remove(record);
			break;
		case GUARD_XDP:
			err = xdp_remove(record);
			break;
		case GUARD_QDISC:
			err = qdisc_remove(record);
			break;
		}
		if (is_gone(err) || err == -EBUSY)
			return is_gone(err) ? 0 : err;
	}
	return err;
}

/* ---- the guardian process ---- */

/* A copy of a link's descriptor here would keep the link alive. */
static void close_all_but(int keep)
{
	struct rlimit limit;

	if (keep > 0 && !syscall(SYS_close_range, 0, keep - 1, 0) &&
	    !syscall(SYS_close_range, keep + 1, ~0u, 0))
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > 1 << 20)
		limit.rlim_cur = 1 << 20;
	for (int fd = 0; fd < (int)limit.rlim_cur; fd++) {
		if (fd != keep)
			close(fd);
	}
}

static void guardian_run(int fd) __attribute__((noreturn));

static void guardian_run(int fd)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
	struct guard_record record;
	ssize_t n;

	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, "ks-guardian");
	close_all_but(fd);
	ks_rt.verbose = false;
	if (chdir("/"))
		_exit(1);
	while ((n = read(fd, &record, sizeof(record))) == sizeof(record) ||
	       (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		if (record.kind)
			list_add(&record);
		else
			list_remove(record.id);
	}
	while (guard.count) {
		record_undo(&guard.records[guard.count - 1]);
		guard.count--;
	}
	_exit(0);
}

/* Forked twice and in a session of its own: no child of the loader, no signals of its terminal. */
static int guardian_start(void)
{
	int ends[2], status = 0;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	fflush(NULL);
	child = fork();
	if (!child) {
		setsid();
		close(ends[1]);
		child = fork();
		if (child)
			_exit(child < 0);
		guardian_run(ends[0]);
	}
	close(ends[0]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (child < 0 || status) {
		close(ends[1]);
		return -EAGAIN;
	}
	guard.socket = ends[1];
	return 0;
}

static int tell(const struct guard_record *record)
{
	ssize_t n;

	do {
		n = send(guard.socket, record, sizeof(*record), MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == sizeof(*record) ? 0 : n < 0 ? -errno : -EPIPE;
}

int guard_add(struct guard_record *record)
{
	int err = guard.socket < 0 ? guardian_start() : 0;

	if (err)
		return err;
	record->id = ++guard.last_id;
	if (!list_add(record))
		return -ENOMEM;
	err = tell(record);
	if (err)
		list_remove(record->id);
	return err;
}

void guard_forget(u32 id)
{
	struct guard_record record = {.id = id};

	list_remove(id);
	tell(&record);
}

void guard_remove(u32 id)
{
	for (u32 i = 0; i < guard.count; i++) {
		if (guard.records[i].id != id)
			continue;
		/* What does not work now the guardian does at the end. */
		if (!record_undo(&guard.records[i]))
			guard_forget(id);
		return;
	}
}

void guard_remove_qdiscs(void)
{
	for (u32 i = guard.count; i > 0; i--) {
		const struct guard_record *record = &guard.records[i - 1];

		if (record->kind == GUARD_QDISC && !record_undo(record))
			guard_forget(record->id);
	}
}

int guard_descriptor(void)
{
	return guard.socket;
}
