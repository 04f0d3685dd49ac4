/* SPDX-License-Identifier: Apache-2.0 */
/* Files and paths. Functions that fail return false and set `why` to a text in the arena. */
#ifndef KSC_DRIVER_FILE_H
#define KSC_DRIVER_FILE_H

#include "base/arena.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <sys/types.h>

/* Appends a file's bytes to `out`; `path` "-" is standard input. More than `limit` is an error. */
bool file_read(struct arena *arena, const char *path, size_t limit, struct strbuf *out,
	       const char **why);

/* Creates a file, which must not be there yet, with these bytes. `mode` is cut by the umask. */
bool file_create(struct arena *arena, const char *path, const void *data, size_t size, mode_t mode,
		 const char **why);

/*
 * Puts the bytes where `path` says, in one step: a reader sees the old file or the whole new one.
 * Devices and pipes are written to.
 */
bool file_replace(struct arena *arena, const char *path, const void *data, size_t size,
		  const char **why);

/* Makes a folder and those above it; `made` (may be NULL) gets the topmost one that was new. */
bool folder_make(struct arena *arena, const char *path, const char **made, const char **why);
/* Removes a folder with everything in it. */
void folder_remove(struct arena *arena, const char *path);

bool file_is_regular(const char *path);
bool file_is_folder(const char *path);

/* "dir/name"; just the name when `dir` is "" or the name is absolute. */
const char *path_join(struct arena *arena, const char *dir, const char *name);
/* What stands before the last slash: "" when there is none, "/" for "/x". */
const char *path_folder(struct arena *arena, const char *path);

#endif
