/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct arena *arena, const char **why)
{
	*why = arena_strdup(arena, strerror(errno));
	return false;
}

bool file_is_regular(const char *path)
{
	struct stat info;

	return !stat(path, &info) && S_ISREG(info.st_mode);
}

bool file_is_folder(const char *path)
{
	struct stat info;

	return !stat(path, &info) && S_ISDIR(info.st_mode);
}

const char *path_join(struct arena *arena, const char *dir, const char *name)
{
	size_t len = strlen(dir);

	if (!len || *name == '/')
		return arena_strdup(arena, name);
	return arena_printf(arena, "%s%s%s", dir, dir[len - 1] == '/' ? "" : "/", name);
}

const char *path_folder(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return "";
	return arena_strndup(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

/* ---- reading ---- */

static bool read_all(struct arena *arena, int fd, size_t limit, struct strbuf *out,
		     const char **why)
{
	char block[64 * 1024];

	for (;;) {
		ssize_t count = read(fd, block, sizeof(block));

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return fail(arena, why);
		if (!count)
			return true;
		if ((size_t)count > limit - out->len) {
			*why = arena_printf(arena, "it is larger than %zu bytes", limit);
			return false;
		}
		strbuf_append(out, block, (size_t)count);
	}
}

bool file_read(struct arena *arena, const char *path, size_t limit, struct strbuf *out,
	       const char **why)
{
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return fail(arena, why);
	ok = read_all(arena, fd, limit, out, why);
	if (!is_stdin)
		close(fd);
	return ok;
}

/* ---- writing ---- */

static bool write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t count = write(fd, at, size);

		if (count < 0 && errno != EINTR)
			return false;
		if (count > 0) {
			at += count;
			size -= (size_t)count;
		}
	}
	return true;
}

/* Closes in any case; the error of the first step that failed is kept. */
static bool write_and_close(struct arena *arena, int fd, const void *data, size_t size,
			    const char **why)
{
	bool ok = write_all(fd, data, size) || fail(arena, why);

	if (close(fd) && ok)
		return fail(arena, why);
	return ok;
}

bool file_create(struct arena *arena, const char *path, const void *data, size_t size, mode_t mode,
		 const char **why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0)
		return fail(arena, why);
	if (write_and_close(arena, fd, data, size, why))
		return true;
	unlink(path);
	return false;
}

/* A device or a pipe: there is nothing to replace. */
static bool write_into(struct arena *arena, const char *path, const void *data, size_t size,
		       const char **why)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? fail(arena, why) : write_and_close(arena, fd, data, size, why);
}

bool file_replace(struct arena *arena, const char *path, const void *data, size_t size,
		  const char **why)
{
	char *real = realpath(path, NULL); /* a symbolic link stays one */
	const char *final = real ? arena_strdup(arena, real) : path;
	const char *fresh = arena_printf(arena, "%s.ksc-%ld", final, (long)getpid());
	struct stat info;

	free(real);
	if (!stat(final, &info) && !S_ISREG(info.st_mode)) {
		if (!S_ISDIR(info.st_mode))
			return write_into(arena, final, data, size, why);
		*why = "it is a folder";
		return false;
	}
	if (!file_create(arena, fresh, data, size, 0666, why))
		return false;
	if (!rename(fresh, final))
		return true;
	fail(arena, why);
	unlink(fresh);
	return false;
}

/* ---- folders ---- */

bool folder_make(struct arena *arena, const char *path, const char **made, const char **why)
{
	char *part = arena_strdup(arena, path);
	size_t len = strlen(part);
	const char *first = NULL;

	for (size_t i = 1; i <= len; i++) {
		if (part[i] && part[i] != '/')
			continue;
		part[i] = 0;
		if (!mkdir(part, 0777)) {
			if (!first)
				first = arena_strdup(arena, part);
		} else if (errno != EEXIST || !file_is_folder(part)) {
			if (errno == EEXIST)
				errno = ENOTDIR;
			return fail(arena, why);
		}
		if (i < len)
			part[i] = '/';
	}
	if (made)
		*made = first;
	return true;
}

void folder_remove(struct arena *arena, const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder)) != NULL) {
		const char *inner = path_join(arena, path, entry->d_name);

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		/* A link to a folder is unlinked. */
		if (unlink(inner) && (errno == EISDIR || errno == EPERM))
			folder_remove(arena, inner);
	}
	closedir(folder);
	rmdir(path);
}
