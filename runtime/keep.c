/* SPDX-License-Identifier: BSD-2-Clause */
/* What outlives the process or runs without being attached: pin, daemon, run, read_text. */
#include <fcntl.h>

#include "internal.h"

/* ---- pins ---- */

static int pin_one(const struct attachment *attachment, const char *path, u32 number)
{
	char numbered[512];
	int fd = attachment->undo == undo_link || attachment->undo == undo_fd
			 ? attachment_fd(attachment)
			 : -1;

	if (fd < 0)
		return -EOPNOTSUPP;
	if (number == 1)
		return bpf_obj_pin(fd, path) ? -errno : 0;
	snprintf(numbered, sizeof(numbered), "%s-%u", path, number);
	return bpf_obj_pin(fd, numbered) ? -errno : 0;
}

int ks_pin(struct ks_prog *prog, const char *path, const char *where)
{
	const struct attachment *attachment = prog && prog->state ? prog->state->attachments : NULL;
	u32 number = 1;
	int err = 0;

	if (!attachment) {
		error_at(where, "there is nothing to pin: the program is not attached");
		return -EINVAL;
	}
	for (; attachment && !err; attachment = attachment->next)
		err = pin_one(attachment, path, number++);
	if (err) {
		error_at(where, "cannot pin `%s` at %s", prog->name, path);
		explain_errno(OP_PIN, err);
	}
	return err;
}

int ks_unpin(const char *path, const char *where)
{
	int err = unlink(path) ? -errno : 0;

	if (err) {
		error_at(where, "cannot unpin %s", path);
		explain_errno(OP_PIN, err);
	}
	return err;
}

/* ---- the background ---- */

static int daemon_fail(const char *where, const char *what)
{
	int err = -errno;

	error_at(where, "cannot go to the background: %s%s", what, strerror(-err));
	return err;
}

int ks_daemon(const char *where)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t child;

	if (null < 0)
		return daemon_fail(where, "/dev/null: ");
	fflush(NULL);
	child = fork();
	if (child < 0) {
		int err = daemon_fail(where, "");

		close(null);
		return err;
	}
	/* The child holds every descriptor that keeps something attached, and the guardian's. */
	if (child > 0)
		_exit(0);
	setsid();
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close(null);
	return 0;
}

/* ---- programs that user code runs ---- */

int ks_run(struct ks_prog *prog, const void *arg, u32 size, const char *where)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	unsigned char *copy;
	int err;

	if (!prog || !prog->state || prog->state->fd < 0) {
		error_at(where, "cannot run a program that did not load");
		return -EINVAL;
	}
	/* The kernel writes the context back. */
	copy = ks_alloc(size, where);
	if (arg)
		memcpy(copy, arg, size);
	options.ctx_in = arg ? copy : NULL;
	options.ctx_size_in = arg ? size : 0;
	err = bpf_prog_test_run_opts(prog->state->fd, &options);
	free(copy);
	if (!err)
		return (int)options.retval;
	error_at(where, "the kernel cannot run `%s`", prog->name);
	explain_errno(OP_TEST, err);
	return err;
}

/* Copies everything to standard output. */
static int copy_text(int fd)
{
	char text[4096];
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0)
			fwrite(text, 1, (size_t)n, stdout);
	}
	return n < 0 ? -errno : 0;
}

int ks_read_text(struct ks_prog *prog, const char *where)
{
	struct bpf_link *link;
	int fd, err;

	if (!prog || !prog->state || prog->state->fd < 0) {
		error_at(where, "cannot read from a program that did not load");
		return -EINVAL;
	}
	warnings_clear();
	link = bpf_program__attach_iter(prog->state->bpf, NULL);
	fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	err = fd < 0 ? -errno : copy_text(fd);
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	if (err) {
		error_at(where, "cannot read from `%s`", prog->name);
		explain_errno(OP_ATTACH_TRACE, err);
		warnings_print();
	}
	return err;
}
