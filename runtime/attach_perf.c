/* SPDX-License-Identifier: BSD-2-Clause */
/* Perf events: one descriptor and one link per CPU, opened together, read as a sum. */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>

#include "internal.h"

struct ks_perf {
	struct ks_perf *next; /* all that ever were: read() of a stale handle says -1 */
	u32 count;
	bool closed;
	struct perf_cpu {
		int fd;
		struct bpf_link *link; /* owns fd once it is there */
	} cpus[];
};

static struct ks_perf *handles;

enum {
	DEFAULT_PERIOD = 1000000
};

static int event_open(const struct ks_perf_options *options, int pid, int cpu)
{
	struct perf_event_attr attr = {
		.type = options->perf_type,
		.size = sizeof(attr),
		.config = options->perf_config,
		.sample_period = options->period ? options->period : DEFAULT_PERIOD,
		.wakeup_events = options->wakeup,
		.disabled = 1,
		.inherit = options->inherit,
		.exclude_kernel = options->exclude_kernel,
		.exclude_user = options->exclude_user,
	};
	long fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

void ks_perf_detach(struct ks_perf *perf)
{
	if (!perf || perf->closed)
		return;
	perf->closed = true;
	for (u32 i = 0; i < perf->count; i++) {
		if (perf->cpus[i].link)
			bpf_link__destroy(perf->cpus[i].link);
		else if (perf->cpus[i].fd >= 0)
			close(perf->cpus[i].fd);
	}
}

static int perf_fill(struct ks_perf *perf, struct ks_prog *prog,
		     const struct ks_perf_options *options, bool every_cpu, u32 cpu_count)
{
	for (u32 cpu = 0; cpu < cpu_count; cpu++) {
		struct perf_cpu *one = &perf->cpus[perf->count];

		one->fd = event_open(options, options->pid, every_cpu ? (int)cpu : options->cpu);
		if (one->fd == -ENODEV && every_cpu)
			continue; /* this CPU is offline */
		if (one->fd < 0)
			return one->fd;
		perf->count++;
		one->link = bpf_program__attach_perf_event(prog->state->bpf, one->fd);
		if (!one->link)
			return -errno;
	}
	return perf->count ? 0 : -ENODEV;
}

/* detach(handle) ends these too. */
static void undo_perf(struct attachment *self)
{
	ks_perf_detach(self->perf);
}

struct ks_perf *ks_attach_perf(struct ks_prog *prog, const struct ks_perf_options *options,
			       u32 flags, const char *where)
{
	int cpus = libbpf_num_possible_cpus();
	bool every_cpu = options->pid < 0 && options->cpu < 0;
	struct attachment *attachment;
	struct ks_perf *perf;
	int err;

	if (!prog || !prog->state || prog->state->fd < 0) {
		error_at(where, "cannot attach a program that did not load");
		return NULL;
	}
	if (prog->kind != KS_KIND_PERF_EVENT || flags) {
		error_at(where, "perf options need a program of kind perf_event, and flags 0");
		return NULL;
	}
	if (!every_cpu)
		cpus = 1;
	if (cpus < 1) {
		error_at(where, "cannot attach `%s` to every CPU", prog->name);
		detail("reason", "their number is not known: %s", strerror(-cpus));
		return NULL;
	}
	perf = ks_alloc(sizeof(*perf) + (size_t)cpus * sizeof(perf->cpus[0]), where);
	warnings_clear();
	err = perf_fill(perf, prog, options, every_cpu, (u32)cpus);
	if (err) {
		error_at(where, "cannot attach `%s` to perf event %u/%#llx", prog->name,
			 options->perf_type, options->perf_config);
		explain_errno(OP_ATTACH_PERF, err);
		ks_perf_detach(perf);
		free(perf);
		return NULL;
	}
	attachment = ks_alloc(sizeof(*attachment), where);
	attachment->perf = perf;
	perf->next = handles;
	handles = perf;
	attachment->undo = undo_perf;
	attachment->next = prog->state->attachments;
	prog->state->attachments = attachment;
	return perf;
}

i64 ks_perf_read(struct ks_perf *perf)
{
	u64 sum = 0;

	if (!perf || perf->closed)
		return -1;
	for (u32 i = 0; i < perf->count; i++) {
		u64 value;

		if (read(perf->cpus[i].fd, &value, sizeof(value)) != sizeof(value)) {
			warning_at(ks_rt.app->source, "cannot read a perf event");
			explain_errno(OP_ATTACH_PERF, errno);
			return -1;
		}
		sum += value;
	}
	return (i64)sum;
}

void perf_keep_open(const struct ks_perf *perf)
{
	for (u32 i = 0; i < perf->count && !perf->closed; i++) {
		fcntl(perf->cpus[i].fd, F_SETFD, 0);
		if (perf->cpus[i].link)
			fcntl(bpf_link__fd(perf->cpus[i].link), F_SETFD, 0);
	}
}
