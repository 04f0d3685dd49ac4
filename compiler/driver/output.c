/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/output.h"
#include "driver/file.h"
#include "driver/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Old files wait under this prefix in the temporary folder. */
#define OLD_PREFIX "old."

static const char *final_path(const struct output *output, const char *name)
{
	return path_join(&output->driver->arena, output->folder, name);
}

static const char *temporary_path(const struct output *output, const char *prefix, const char *name)
{
	return arena_printf(&output->driver->arena, "%s/%s%s", output->temporary, prefix, name);
}

/* Removes the folders that this run made, from the inside out; stops at one that is in use. */
static void remove_made_folders(struct output *output)
{
	const char *folder = output->folder;

	while (output->made && *folder && !rmdir(folder) && strcmp(folder, output->made))
		folder = path_folder(&output->driver->arena, folder);
}

/* ---- temporary folders ---- */

/*
 * A build holds a lock on its temporary folder, and so do the compilers that it runs; the kernel
 * lets go of it when the last of them has ended, however it ended. A temporary folder that nobody
 * holds is therefore what a killed build left.
 */
#define TEMPORARY_NAME "/.ksc-XXXXXX"

/* The descriptor that holds the lock; -1 when somebody has it or the file system has no locks. */
static int folder_lock(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | flags);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool is_temporary(const char *name)
{
	return strlen(name) == strlen(&TEMPORARY_NAME[1]) &&
	       !strncmp(name, &TEMPORARY_NAME[1], strcspn(&TEMPORARY_NAME[1], "X"));
}

/*
 * Locks the output folder, so that nobody takes a new temporary folder for an abandoned one, and
 * removes the abandoned ones. The descriptor that holds the lock, or -1.
 */
static int folder_clean(struct output *output)
{
	struct arena *arena = &output->driver->arena;
	int whole = open(output->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = NULL;
	struct dirent *entry;

	if (whole >= 0 && !flock(whole, LOCK_EX))
		folder = opendir(output->folder);
	while (folder && (entry = readdir(folder)) != NULL) {
		const char *path = path_join(arena, output->folder, entry->d_name);
		struct stat info;
		int lock;

		if (!is_temporary(entry->d_name) || lstat(path, &info) || !S_ISDIR(info.st_mode) ||
		    info.st_uid != geteuid())
			continue;
		lock = folder_lock(path, O_CLOEXEC);
		if (lock < 0)
			continue;
		driver_say(output->driver, "removing what a killed build left: %s", path);
		folder_remove(arena, path);
		close(lock);
	}
	if (folder)
		closedir(folder);
	return whole;
}

static void unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

static bool make_temporary(struct output *output)
{
	char *real = realpath(output->folder, NULL);
	char *temporary = arena_printf(&output->driver->arena, "%s" TEMPORARY_NAME,
				       real ? real : output->folder);
	int whole = folder_clean(output), error = 0;

	free(real);
	output->temporary = temporary;
	output->lock = -1;
	if (!mkdtemp(temporary))
		error = errno;
	else
		output->lock = folder_lock(temporary, 0); /* compilers inherit it */
	unlock(whole);
	errno = error;
	return !error;
}

bool output_begin(struct output *output, struct driver *driver, const char *folder)
{
	const char *why;
	size_t len = strlen(folder);

	while (len > 1 && folder[len - 1] == '/')
		len--;
	folder = arena_strndup(&driver->arena, folder, len);
	*output = (struct output){.driver = driver, .folder = folder};
	/* A signal from here on waits until what was made is removed or complete. */
	signals_hold();
	if (!folder_make(&driver->arena, folder, &output->made, &why)) {
		driver_error(driver, "cannot make the folder `%s`: %s", folder, why);
		signals_release();
		return false;
	}
	if (make_temporary(output))
		return true;
	driver_error(driver, "cannot write to the folder `%s`: %s", folder, strerror(errno));
	remove_made_folders(output);
	signals_release();
	return false;
}

void output_adopt(struct output *output, const char *name)
{
	vec_push(&output->driver->arena, &output->files, (struct output_file){.name = name});
}

bool output_add(struct output *output, const char *name, const void *data, size_t size)
{
	const char *why;

	if (signals_came())
		return false;
	if (!file_create(&output->driver->arena, temporary_path(output, "", name), data, size, 0666,
			 &why)) {
		driver_error(output->driver, "cannot write `%s`: %s", final_path(output, name),
			     why);
		return false;
	}
	output_adopt(output, name);
	return true;
}

void output_drop(struct output *output, const char *name)
{
	if (file_is_regular(final_path(output, name)))
		output_adopt(output, name);
}

/* Keeps what stands at the final place, if anything, then moves the new file there. */
static bool install(struct output *output, struct output_file *file)
{
	const char *final = final_path(output, file->name);
	const char *fresh = temporary_path(output, "", file->name);
	const char *old = temporary_path(output, OLD_PREFIX, file->name);
	bool is_drop = access(fresh, F_OK) != 0;

	if (file_is_folder(final)) {
		errno = EISDIR;
		return false;
	}
	/* A link keeps the old file visible until the rename; not every file system has links. */
	file->had_old = !link(final, old);
	if (!file->had_old && errno != ENOENT)
		file->had_old = !rename(final, old);
	if (!file->had_old && errno != ENOENT)
		return false;
	if (is_drop)
		return !unlink(final) || errno == ENOENT;
	file->installed = !rename(fresh, final);
	return file->installed;
}

static void restore(struct output *output, const struct output_file *file)
{
	if (file->had_old)
		rename(temporary_path(output, OLD_PREFIX, file->name),
		       final_path(output, file->name));
	else if (file->installed)
		unlink(final_path(output, file->name));
}

static bool install_all(struct output *output)
{
	for (uint32_t i = 0; i < output->files.len; i++) {
		struct output_file *file = &output->files.data[i];

		if (install(output, file))
			continue;
		driver_error(output->driver, "cannot write `%s`: %s",
			     final_path(output, file->name), strerror(errno));
		do {
			restore(output, &output->files.data[i]);
		} while (i--);
		return false;
	}
	return true;
}

bool output_end(struct output *output, bool ok)
{
	bool done = ok && !signals_came() && install_all(output);

	folder_remove(&output->driver->arena, output->temporary);
	unlock(output->lock);
	/* Again: the compiler of a build that was killed just before has ended by now. */
	unlock(folder_clean(output));
	if (!done)
		remove_made_folders(output);
	signals_release();
	return done;
}
