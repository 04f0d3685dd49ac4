/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/output.h"
#include "driver/file.h"
#include "driver/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

bool output_begin(struct output *output, struct driver *driver, const char *folder)
{
	const char *why;
	char *temporary, *real;

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
	real = realpath(folder, NULL);
	temporary = arena_printf(&driver->arena, "%s/.ksc-XXXXXX", real ? real : folder);
	free(real);
	if (mkdtemp(temporary)) {
		output->temporary = temporary;
		return true;
	}
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
	if (!done)
		remove_made_folders(output);
	signals_release();
	return done;
}
