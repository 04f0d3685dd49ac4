/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	int number;
	const char *announcement;
} held[] = {
	{SIGINT, "ksc: interrupted by SIGINT\n"},
	{SIGTERM, "ksc: interrupted by SIGTERM\n"},
	{SIGHUP, "ksc: interrupted by SIGHUP\n"},
};
#define HELD_COUNT (sizeof(held) / sizeof(held[0]))

static volatile sig_atomic_t signal_noted;
static volatile pid_t child;

/* The default action is in force again: it ends ksc, and who waits for it sees the signal. */
static void announce_and_end(int number)
{
	for (size_t i = 0; i < HELD_COUNT; i++) {
		const char *text = held[i].announcement;

		/* Nothing better can be done when this fails. */
		if (held[i].number == number && write(STDERR_FILENO, text, strlen(text)) < 0)
			break;
	}
	raise(number);
}

static void catch_with(void (*handler)(int number), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, now;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < HELD_COUNT; i++) {
		sigaction(held[i].number, NULL, &now);
		/* nohup and shells in the background ignore some; they stay ignored. */
		if (now.sa_handler != SIG_IGN)
			sigaction(held[i].number, &action, NULL);
	}
}

void signals_announce(void)
{
	catch_with(announce_and_end, SA_RESETHAND | SA_NODEFER);
}

static void note_signal(int number)
{
	int saved = errno;

	signal_noted = number;
	if (child > 0)
		kill(child, SIGTERM);
	errno = saved;
}

void signals_hold(void)
{
	signal_noted = 0;
	catch_with(note_signal, 0);
}

bool signals_came(void)
{
	return signal_noted != 0;
}

void signals_release(void)
{
	signals_announce();
	if (signal_noted)
		raise(signal_noted);
}

void command_text(struct strbuf *out, const char *const *argv)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-_=+.,/:@%";

	for (size_t i = 0; argv[i]; i++) {
		if (i)
			strbuf_putc(out, ' ');
		if (*argv[i] && !argv[i][strspn(argv[i], plain)]) {
			strbuf_puts(out, argv[i]);
			continue;
		}
		strbuf_putc(out, '\'');
		for (const char *c = argv[i]; *c; c++) {
			if (*c == '\'')
				strbuf_puts(out, "'\\''");
			else
				strbuf_putc(out, *c);
		}
		strbuf_putc(out, '\'');
	}
}

/* The environment with TMPDIR set to the folder. */
static char **child_environment(struct arena *arena, const char *folder)
{
	size_t count = 0, kept = 0;
	char **copy;

	while (environ[count])
		count++;
	copy = arena_array(arena, char *, count + 2);
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "TMPDIR=", 7))
			copy[kept++] = environ[i];
	copy[kept] = arena_printf(arena, "TMPDIR=%s", folder);
	return copy;
}

/* Starts the child with the held signals blocked here, so that one finds its number in `child`. */
static int spawn(struct driver *driver, const char *const *argv, const char *folder, int output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t set, old;
	pid_t started = 0;
	int error;

	sigemptyset(&set);
	for (size_t i = 0; i < HELD_COUNT; i++)
		sigaddset(&set, held[i].number);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, folder);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	sigprocmask(SIG_BLOCK, &set, &old);
	posix_spawnattr_setsigmask(&attributes, &old);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	error = posix_spawnp(&started, argv[0], &actions, &attributes, (char *const *)argv,
			     child_environment(&driver->arena, folder));
	child = error ? 0 : started;
	sigprocmask(SIG_SETMASK, &old, NULL);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static int wait_for_child(void)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	child = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int process_run(struct driver *driver, const char *const *argv, const char *folder,
		struct strbuf *output, const char **why)
{
	char block[4096];
	int ends[2], error;
	ssize_t count;

	if (driver->options.verbose) {
		struct strbuf text = {0};

		command_text(&text, argv);
		driver_say(driver, "in %s: %s", folder, strbuf_text(&text));
		strbuf_free(&text);
	}
	if (pipe2(ends, O_CLOEXEC)) {
		*why = arena_strdup(&driver->arena, strerror(errno));
		return -1;
	}
	error = spawn(driver, argv, folder, ends[1]);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		*why = arena_strdup(&driver->arena, strerror(error));
		return -1;
	}
	while ((count = read(ends[0], block, sizeof(block))) > 0 || (count < 0 && errno == EINTR))
		if (count > 0)
			strbuf_append(output, block, (size_t)count);
	close(ends[0]);
	return wait_for_child();
}
