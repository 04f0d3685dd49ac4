/* SPDX-License-Identifier: BSD-2-Clause */
/* Start, end, signals, time, errors that end the process, heap. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

#include "internal.h"

struct ks_runtime ks_rt = {.wake_fd = -1};

static struct {
	const char *name, *where;
	int code;
	char *reason;	    /* or NULL */
	bool reason_is_new; /* of the throw that comes */
} last_throw;

/*
 * Only notes the signal and wakes who waits. A second signal finds the default action: it ends a
 * program that does not come to a check.
 */
static void on_stop_signal(int signal_number)
{
	int saved = errno;
	u64 one = 1;

	ks_rt.stopping = 1;
	if (ks_rt.wake_fd >= 0 && write(ks_rt.wake_fd, &one, sizeof(one)) < 0)
		ks_rt.stopping = 1; /* the counter is full: already awake */
	signal(signal_number, SIG_DFL);
	errno = saved;
}

int signals_setup(void)
{
	struct sigaction action = {.sa_handler = on_stop_signal};

	ks_rt.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigemptyset(&action.sa_mask);
	if (ks_rt.wake_fd < 0 || sigaction(SIGINT, &action, NULL) ||
	    sigaction(SIGTERM, &action, NULL))
		return -errno;
	return 0;
}

static void (*stop_function)(void);

void ks_on_signal(void (*function)(void))
{
	stop_function = function;
}

/* In the program's own thread, never inside the signal handler; once. */
static void stop_function_call(void)
{
	void (*function)(void) = stop_function;

	if (!ks_rt.stopping || !function)
		return;
	stop_function = NULL;
	function();
}

bool ks_stopping(void)
{
	stop_function_call();
	return ks_rt.stopping;
}

u64 ks_time_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

u32 ks_getpid(void)
{
	return (u32)getpid();
}

void ks_sleep(u64 ms)
{
	struct pollfd wake = {.fd = ks_rt.wake_fd, .events = POLLIN};
	u64 now = ks_time_ns();
	u64 until = ms > (UINT64_MAX - now) / 1000000 ? UINT64_MAX : now + ms * 1000000;

	fflush(stdout);
	while (!ks_rt.stopping && (now = ks_time_ns()) < until) {
		u64 left = until - now;
		struct timespec wait = {.tv_sec = (time_t)(left / 1000000000),
					.tv_nsec = (long)(left % 1000000000)};

		if (wait.tv_sec > 1000000)
			wait.tv_sec = 1000000; /* what every kernel takes; the loop goes on */
		ppoll(&wake, 1, &wait, NULL);
	}
	stop_function_call();
}

/* ---- the end ---- */

static void detach_all(void)
{
	const struct ks_app *app = ks_rt.app;

	for (u32 i = app->prog_count; i > 0; i--)
		ks_detach(app->progs[i - 1]);
	struct_ops_end();
}

static void at_exit(void)
{
	detach_all();
	object_close();
	module_remove();
}

/* Pinned variables are shared from the start, for what they hold is older than this process. */
static int globals_start(const struct ks_app *app)
{
	bool any_pinned = false;

	if (!app->global_count)
		return 0;
	ks_rt.fresh = object_take(app->source);
	if (!ks_rt.fresh || globals_open(ks_rt.fresh))
		return -EINVAL;
	for (u32 i = 0; i < app->global_count; i++)
		any_pinned |= app->globals[i].role == KS_PINNED;
	return any_pinned ? maps_create(app->source) : 0;
}

/*
 * What is opened later must not become the standard output of a process that was started without
 * one. Writing to what is opened for reading fails, as it did before.
 */
static void standard_files_hold(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

void runtime_setup(const struct ks_app *app)
{
	ks_rt.app = app;
	standard_files_hold();
	setvbuf(stdout, NULL, _IOLBF, 0);
	warnings_setup();
}

int runtime_run(int (*run)(void))
{
	int status, err = signals_setup();

	if (!err && atexit(at_exit))
		err = -ENOMEM;
	if (err) {
		error_at(ks_rt.app->source, "cannot prepare for the end of the program: %s",
			 strerror(-err));
		return 1;
	}
	if (globals_start(ks_rt.app))
		return 1;
	status = run();
	stop_function_call();
	return output_end(status);
}

int ks_main(const struct ks_app *app, int argc, char **argv, int (*run)(void))
{
	int status;

	runtime_setup(app);
	status = args_parse(app, argc, argv);
	return status >= 0 ? output_end(status) : runtime_run(run);
}

/* ---- errors ---- */

void ks_throw_reason(const char *text)
{
	free(last_throw.reason);
	last_throw.reason = strdup(text);
	last_throw.reason_is_new = true;
}

int ks_throw(int code, const char *name, const char *where)
{
	if (!last_throw.reason_is_new) {
		free(last_throw.reason);
		last_throw.reason = NULL;
	}
	last_throw.reason_is_new = false;
	last_throw.code = code;
	last_throw.name = name;
	last_throw.where = where;
	return code;
}

int ks_uncaught(int code)
{
	const char *where = last_throw.where;

	if (!where)
		where = ks_rt.app ? ks_rt.app->source : "main";
	fflush(stdout);
	if (last_throw.name && last_throw.code == code)
		fprintf(stderr, "%s: uncaught error %d (%s)\n", where, code, last_throw.name);
	else
		fprintf(stderr, "%s: uncaught error %d\n", where, code);
	if (last_throw.reason && last_throw.code == code)
		fputs(last_throw.reason, stderr);
	return 1;
}

/* exit, not abort: what is attached is detached in order, and there is no core file. */
static void die(const char *where, const char *text) __attribute__((noreturn));

static void die(const char *where, const char *text)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", where, text);
	exit(134);
}

void ks_panic(const char *text, const char *where)
{
	fflush(stdout);
	fprintf(stderr, "%s: panic: %s\n", where, text);
	exit(134);
}

void ks_null(const char *where)
{
	die(where, "null pointer dereferenced");
}

void ks_const_config_write(const char *name, const char *where)
{
	if (!ks_rt.is_loaded)
		return;
	fflush(stdout);
	fprintf(stderr, "%s: const config `%s` is written after the first load()\n", where, name);
	exit(134);
}

void *ks_alloc(size_t size, const char *where)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		die(where, "out of memory");
	return p;
}

void ks_free(void *p)
{
	free(p);
}

/*
 * Nothing is ever freed: an expression may hold the address of an earlier call. Each block has
 * twice the size of the one before.
 */
void *ks_nowhere(size_t size)
{
	static struct nowhere {
		struct nowhere *older;
		unsigned char bytes[] __attribute__((aligned(16)));
	} * newest;
	static size_t room;

	if (size > room) {
		struct nowhere *grown;

		room = size > room * 2 ? size : room * 2;
		grown = ks_alloc(sizeof(*grown) + room, "ksrt");
		grown->older = newest;
		newest = grown;
	}
	/* Zeroed anew: what an earlier write left must not be read. */
	return memset(newest->bytes, 0, size);
}
