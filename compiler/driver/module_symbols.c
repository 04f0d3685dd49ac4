/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel exports to modules: Module.symvers in the folder of its headers, one line a
 * symbol ("CRC <tab> name <tab> where ..."). Inline functions and macros are not in it; what the
 * extern's own header says tells them apart.
 */
#include "driver/module_build.h"
#include "driver/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum {
	SYMVERS_BYTES_MAX = 32 << 20,
	HEADER_BYTES_MAX = 4 << 20,
};

struct symbols {
	struct arena *arena;
	const char *folder; /* of the headers */
	struct str_vec include_dirs;
	struct strbuf exported;
};

static bool is_exported(const struct symbols *symbols, const char *name)
{
	const char *line = strbuf_text((struct strbuf *)&symbols->exported);
	size_t len = strlen(name);

	while (line) {
		const char *symbol = strchr(line, '\t');

		if (symbol && !strncmp(symbol + 1, name, len) && symbol[1 + len] == '\t')
			return true;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return false;
}

/* Distributions split the headers: `include ../linux-headers-6.12-common/Makefile`. */
static void find_include_dirs(struct symbols *symbols)
{
	struct strbuf text = {0};
	const char *why, *folder = symbols->folder;

	vec_push(symbols->arena, &symbols->include_dirs,
		 path_join(symbols->arena, folder, "include"));
	if (file_read(symbols->arena, path_join(symbols->arena, folder, "Makefile"),
		      HEADER_BYTES_MAX, &text, &why) &&
	    !strncmp(strbuf_text(&text), "include ", 8)) {
		const char *path = strbuf_text(&text) + 8;
		size_t len = strcspn(path, "\n");
		const char *end = "/Makefile";

		if (len > strlen(end) && !strncmp(path + len - strlen(end), end, strlen(end))) {
			path = arena_strndup(symbols->arena, path, len - strlen(end));
			if (*path != '/')
				path = path_join(symbols->arena, folder, path);
			vec_push(symbols->arena, &symbols->include_dirs,
				 path_join(symbols->arena, path, "include"));
		}
	}
	strbuf_free(&text);
}

static bool header_read(struct symbols *symbols, const char *header, struct strbuf *text)
{
	const char *why;

	vec_foreach (dir, &symbols->include_dirs) {
		strbuf_clear(text);
		if (file_read(symbols->arena, path_join(symbols->arena, *dir, header),
			      HEADER_BYTES_MAX, text, &why))
			return true;
	}
	return false;
}

/* Whether the line that starts a declaration says `inline` or `#define`. */
static bool is_inline_at(const char *text, const char *at)
{
	const char *start = at;

	while (start > text && start[-1] != ';' && start[-1] != '}' &&
	       !(start[-1] == '\n' && start - 1 > text && start[-2] == '\n'))
		start--;
	for (const char *c = start; c < at; c++) {
		if (!strncmp(c, "inline", 6) || !strncmp(c, "define", 6))
			return true;
	}
	return false;
}

/* The header declares it, and every time as an ordinary function. */
static bool is_plain_function(const char *text, const char *name)
{
	size_t len = strlen(name);
	bool found = false;

	for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
		bool is_word = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');

		if (!is_word || at[len] != '(')
			continue;
		if (is_inline_at(text, at))
			return false;
		found = true;
	}
	return found;
}

static bool open_symbols(struct driver *driver, struct symbols *symbols)
{
	struct utsname system;
	const char *why;

	symbols->arena = &driver->arena;
	symbols->folder = driver->options.kdir;
	/* Without --kdir and with another kernel nobody says where its headers are. */
	if (!symbols->folder) {
		if (driver->options.kernels.len || driver->options.btf_vmlinux || uname(&system))
			return false;
		symbols->folder =
			arena_printf(symbols->arena, "/lib/modules/%s/build", system.release);
	}
	if (!file_read(symbols->arena, path_join(symbols->arena, symbols->folder, "Module.symvers"),
		       SYMVERS_BYTES_MAX, &symbols->exported, &why))
		return false;
	find_include_dirs(symbols);
	return true;
}

static void check_extern(struct symbols *symbols, struct compilation *comp,
			 const struct ir_extern *external)
{
	struct strbuf text = {0};

	if (is_exported(symbols, external->name))
		return;
	if (!external->header || (header_read(symbols, external->header, &text) &&
				  is_plain_function(strbuf_text(&text), external->name)))
		diag_report(comp, DIAG_KERNEL_LACKS, external->span,
			    "the kernel does not export `%s` to modules", external->name);
	strbuf_free(&text);
}

void module_symbols_check(struct job *job)
{
	struct symbols symbols = {0};
	bool is_open = false;

	if (!job->pipeline.module || job->pipeline.stopped)
		return;
	vec_foreach (external, &job->pipeline.module->externs) {
		if (!((*external)->targets & 1u << TARGET_MODULE))
			continue;
		if (!is_open && !open_symbols(job->driver, &symbols))
			break;
		is_open = true;
		check_extern(&symbols, &job->comp, *external);
	}
	strbuf_free(&symbols.exported);
}
