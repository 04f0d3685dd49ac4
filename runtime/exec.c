/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exec(): the process becomes a Python script. It inherits the maps' descriptors, which the
 * generated NAME.py finds in KS_MAPS ("name:fd:entries:cpus,..."), and those that keep programs
 * attached.
 */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>

#include "internal.h"

static void keep_open(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

static void keep_attached(void)
{
	for (u32 i = 0; i < ks_rt.app->prog_count; i++) {
		const struct ks_prog *prog = ks_rt.app->progs[i];
		const struct attachment *at = prog->state ? prog->state->attachments : NULL;

		for (; at; at = at->next) {
			keep_open(attachment_fd(at));
			if (at->perf)
				perf_keep_open(at->perf);
		}
	}
	keep_open(guard_descriptor());
}

/* Sets KS_MAPS; 0 or -errno. */
static int maps_export(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int err = 0;

	if (!out)
		return -ENOMEM;
	for (u32 i = 0; i < ks_rt.app->map_count && !err; i++) {
		struct ks_map *map = ks_rt.app->maps[i];
		const struct ks_map_state *state = map_state(map);

		if (!state) {
			err = -ENOENT;
			break;
		}
		keep_open(state->fd);
		fprintf(out, "%s%s:%d:%u:%u", i ? "," : "", map->name, state->fd,
			state->max_entries, state->cpu_count);
	}
	if (fclose(out) && !err)
		err = -errno;
	if (!err && setenv("KS_MAPS", text, 1))
		err = -errno;
	free(text);
	return err;
}

/* The folder of this executable, where NAME.py lies. */
static bool own_folder(char *folder, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", folder, size - 1);
	char *slash;

	if (n <= 0)
		return false;
	folder[n] = 0;
	slash = strrchr(folder, '/');
	if (slash)
		*slash = 0;
	return slash != NULL;
}

int ks_exec(const char *script, const char *where)
{
	char folder[PATH_MAX], path[PATH_MAX + 256], search[2 * PATH_MAX];
	const char *old = getenv("PYTHONPATH");
	char python[] = "python3";
	char *argv[] = {python, path, NULL};
	int err;

	snprintf(path, sizeof(path), "%s", script);
	if (!own_folder(folder, sizeof(folder))) {
		err = -errno;
		error_at(where, "cannot tell where this executable lies: %s", strerror(-err));
		return err;
	}
	if (access(path, R_OK) && *script != '/')
		snprintf(path, sizeof(path), "%s/%s", folder, script);
	if (access(path, R_OK)) {
		err = -errno;
		error_at(where, "cannot read `%s`: %s", script, strerror(-err));
		return err;
	}
	snprintf(search, sizeof(search), "%s%s%s", folder, old ? ":" : "", old ? old : "");
	err = maps_export();
	if (!err && setenv("PYTHONPATH", search, 1))
		err = -errno;
	if (err) {
		error_at(where, "cannot hand the maps over to `%s`: %s", script, strerror(-err));
		return err;
	}
	keep_attached();
	fflush(NULL);
	execvp(python, argv);
	err = -errno;
	error_at(where, "cannot run python3: %s", strerror(-err));
	return err;
}
