/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/source_file.h"
#include "driver/file.h"

#include <ctype.h>
#include <string.h>

/* The standard library is shown under this name, so that nothing depends on where it lies. */
#define STDLIB_SHOWN "stdlib"

static void remember(struct source_reader *reader, struct compilation *comp,
		     const struct stat *info, uint32_t file)
{
	struct source_id id = {info->st_dev, info->st_ino, file};

	vec_push(&comp->arena, &reader->ids, id);
}

/* The file of an earlier read, or UINT32_MAX. */
static uint32_t recall(const struct source_reader *reader, const struct stat *info)
{
	for (uint32_t i = 0; i < reader->ids.len; i++) {
		const struct source_id *id = &reader->ids.data[i];

		if (id->device == info->st_dev && id->inode == info->st_ino)
			return id->file;
	}
	return UINT32_MAX;
}

/* Reads a file that is there. `shown` is its name in messages. */
static uint32_t read_source(struct source_reader *reader, struct compilation *comp,
			    const char *path, const char *shown)
{
	struct strbuf text = {0};
	uint32_t file = UINT32_MAX;
	struct stat info;
	const char *why;

	if (file_read(&comp->arena, path, SOURCE_BYTES_MAX, &text, &why)) {
		file = source_add(&comp->sources, shown, strbuf_text(&text), text.len);
		if (strcmp(path, "-") && !stat(path, &info))
			remember(reader, comp, &info, file);
	} else {
		driver_error(reader->driver, "cannot read `%s`: %s", shown, why);
		reader->failed = true;
	}
	strbuf_free(&text);
	return file;
}

/* The file `name` in one folder of the search; UINT32_MAX when there is none. */
static uint32_t open_in(struct source_reader *reader, struct compilation *comp, const char *folder,
			const char *shown_folder, const char *name)
{
	const char *path = path_join(&comp->arena, folder, name);
	struct stat info;
	uint32_t file;

	if (stat(path, &info) || !S_ISREG(info.st_mode))
		return UINT32_MAX;
	file = recall(reader, &info);
	if (file != UINT32_MAX)
		return file;
	return read_source(reader, comp, path, path_join(&comp->arena, shown_folder, name));
}

/* Beside the file that asks, along -I, in the standard library. */
static uint32_t open_source(struct compilation *comp, void *user, uint32_t from, const char *name)
{
	struct source_reader *reader = user;
	const struct str_vec *includes = &reader->driver->options.includes;
	const struct source *asks = comp->sources.files.data[from];
	const char *beside = path_folder(&comp->arena, asks->path), *library;
	uint32_t file = UINT32_MAX;

	if (!asks->is_stdlib)
		file = open_in(reader, comp, beside, beside, name);
	for (uint32_t i = 0; i < includes->len && file == UINT32_MAX; i++)
		file = open_in(reader, comp, includes->data[i], includes->data[i], name);
	if (file != UINT32_MAX || reader->failed || !reader->driver->library || *name == '/')
		return file;
	library = path_join(&comp->arena, reader->driver->library, "stdlib");
	file = open_in(reader, comp, library, STDLIB_SHOWN, name);
	if (file != UINT32_MAX)
		comp->sources.files.data[file]->is_stdlib = true;
	return file;
}

void source_reader_init(struct source_reader *reader, struct driver *driver,
			struct compilation *comp)
{
	*reader = (struct source_reader){.driver = driver};
	comp->open_source = open_source;
	comp->open_source_user = reader;
}

uint32_t source_read_main(struct source_reader *reader, struct compilation *comp, const char *path)
{
	return read_source(reader, comp, path, strcmp(path, "-") ? path : "<stdin>");
}

const char *project_name(struct compilation *comp, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = arena_strdup(&comp->arena, slash ? slash + 1 : path);
	size_t len = strlen(name);

	if (!strcmp(path, "-"))
		return "stdin";
	if (len > 3 && !strcmp(name + len - 3, ".ks"))
		name[len - 3] = 0;
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
			*c = '_';
	return *name ? name : "program";
}
