/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/cache.h"
#include "driver/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* FNV-1a with 128 bits. */
struct hash {
	unsigned __int128 state;
};

#define FNV_OFFSET ((unsigned __int128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d)
#define FNV_PRIME  ((unsigned __int128)0x0000000001000000 << 64 | 0x000000000000013b)

static void hash_bytes(struct hash *hash, const void *data, size_t size)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < size; i++)
		hash->state = (hash->state ^ at[i]) * FNV_PRIME;
}

static void hash_number(struct hash *hash, uint64_t number)
{
	hash_bytes(hash, &number, sizeof(number));
}

/* With its length, so that ("ab", "c") differs from ("a", "bc"). */
static void hash_text(struct hash *hash, const char *text)
{
	hash_number(hash, strlen(text));
	hash_bytes(hash, text, strlen(text));
}

/* A file by what changes when it does. */
static void hash_file(struct hash *hash, const char *path)
{
	struct stat info = {0};

	if (stat(path, &info))
		info.st_size = -1;
	hash_text(hash, path);
	hash_number(hash, (uint64_t)info.st_size);
	hash_number(hash, (uint64_t)info.st_mtim.tv_sec);
	hash_number(hash, (uint64_t)info.st_mtim.tv_nsec);
}

static void hash_options(struct hash *hash, struct driver *driver)
{
	const struct options *options = &driver->options;
	const char *cc = getenv("CC");
	struct utsname system;

	hash_text(hash, KSC_VERSION);
	hash_text(hash, cc ? cc : "");
	hash_number(hash, options->cpu);
	hash_number(hash, options->spill);
	hash_number(hash, options->test_build);
	hash_text(hash, options->kdir ? options->kdir : "");
	if (driver->executable)
		hash_file(hash, driver->executable);
	if (driver->library)
		hash_file(hash, path_join(&driver->arena, driver->library, "libksrt.a"));
	hash_number(hash, options->kernels.len);
	for (uint32_t i = 0; i < options->kernels.len; i++)
		hash_file(hash, options->kernels.data[i]);
	/* The running kernel, which gives types when no file does. */
	if (!uname(&system)) {
		hash_text(hash, system.release);
		hash_text(hash, system.version);
	}
}

const char *cache_root(struct driver *driver)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	/* The specification of base directories says that relative paths are to be ignored. */
	if (cache && *cache == '/')
		return path_join(&driver->arena, cache, "ksc");
	if (!home || *home != '/')
		return NULL;
	return path_join(&driver->arena, home, ".cache/ksc");
}

const char *cache_entry(struct job *job, const char *root)
{
	const struct source_vec *files = &job->comp.sources.files;
	struct hash hash = {FNV_OFFSET};

	hash_options(&hash, job->driver);
	for (uint32_t i = 0; i < files->len; i++) {
		hash_text(&hash, files->data[i]->path);
		hash_number(&hash, files->data[i]->len);
		hash_bytes(&hash, files->data[i]->text, files->data[i]->len);
	}
	return arena_printf(&job->driver->arena, "%s/%s-%016llx%016llx", root,
			    job->comp.options.project, (unsigned long long)(hash.state >> 64),
			    (unsigned long long)hash.state);
}

void cache_touch(const char *entry)
{
	/* When this fails the entry is removed early and built again. */
	if (utimensat(AT_FDCWD, entry, NULL, 0))
		return;
}

void cache_prune(struct driver *driver, const char *root)
{
	DIR *folder = opendir(root);
	time_t oldest = time(NULL) - (time_t)CACHE_DAYS * 24 * 3600;
	struct dirent *entry;

	while (folder && (entry = readdir(folder)) != NULL) {
		const char *path = path_join(&driver->arena, root, entry->d_name);
		struct stat info;

		if (entry->d_name[0] != '.' && !lstat(path, &info) && S_ISDIR(info.st_mode) &&
		    info.st_mtime < oldest)
			folder_remove(&driver->arena, path);
	}
	if (folder)
		closedir(folder);
}
