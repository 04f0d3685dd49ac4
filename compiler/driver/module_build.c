/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/module_build.h"
#include "driver/file.h"
#include "driver/process.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define RUNNING_BTF "/sys/kernel/btf/vmlinux"

/* From here on the kernel relocates a module's BTF: kernel/bpf/btf_relocate.c. */
#define RELOCATES_BTF KERNEL_VERSION_OF(6, 11)

enum {
	MODULE_BYTES_MAX = 64 << 20,
	MODULE_NAME_MAX =
		55, /* MODULE_NAME_LEN of linux/moduleparam.h on 64-bit machines, less NUL */
};

/* The kernel that the module is for. */
struct kernel_tree {
	const char *folder;
	const char *release; /* "6.12.117+deb12-cloud-amd64", or NULL when the tree does not say */
};

/* ---- which kernel ---- */

static const char *running_release(struct arena *arena)
{
	struct utsname name;

	return uname(&name) ? "" : arena_strdup(arena, name.release);
}

/* The first line of a file of the tree, or NULL. */
static const char *tree_text(struct arena *arena, const char *folder, const char *name)
{
	struct strbuf text = {0};
	const char *why, *line = NULL;

	if (file_read(arena, path_join(arena, folder, name), 4096, &text, &why)) {
		const char *all = strbuf_text(&text);

		line = arena_strndup(arena, all, strcspn(all, "\n"));
	}
	strbuf_free(&text);
	return line;
}

/* False when there is nothing to build against: a note, or an error for --kdir. */
static bool tree_find(struct job *job, const struct output *output, struct kernel_tree *tree,
		      bool *is_error)
{
	struct driver *driver = job->driver;
	struct arena *arena = &driver->arena;
	const char *release = running_release(arena), *kdir = driver->options.kdir;
	char *real;

	*is_error = false;
	tree->folder = kdir ? kdir : arena_printf(arena, "/lib/modules/%s/build", release);
	real = realpath(tree->folder, NULL);
	if (real) {
		tree->folder = arena_strdup(arena, real);
		free(real);
		tree->release = tree_text(arena, tree->folder, "include/config/kernel.release");
		if (file_is_regular(path_join(arena, tree->folder, "Makefile")))
			return true;
	}
	if (kdir) {
		driver_error(driver, "--kdir=%s: there are no kernel headers (no Makefile)", kdir);
		*is_error = true;
		return false;
	}
	driver_note(driver,
		    "%s.ko is not built: there are no kernel headers at %s; install "
		    "linux-headers-%s or name another kernel's with --kdir=DIR, and build again, "
		    "or run `make -C DIR M=%s modules` where they are",
		    job->comp.options.project, tree->folder, release, output->folder);
	return false;
}

/* ---- kbuild ---- */

static bool name_is_usable(const char *name)
{
	if (strlen(name) > MODULE_NAME_MAX)
		return false;
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && !strchr("_-", *name))
			return false;
	}
	return true;
}

static bool run_make(struct job *job, const char *folder, const struct kernel_tree *tree)
{
	struct driver *driver = job->driver;
	/* BTF is our business: kbuild would need pahole and the kernel's own. */
	const char *argv[] = {
		"make",
		"-C",
		tree->folder,
		arena_printf(&driver->arena, "M=%s", folder),
		"CONFIG_DEBUG_INFO_BTF_MODULES=",
		"CONFIG_DEBUG_INFO=",
		"modules",
		NULL,
	};
	struct strbuf text = {0};
	const char *why;
	int status = process_run(driver, argv, folder, &text, &why);

	if (status < 0)
		driver_error(driver, "cannot run `make`, which builds the kernel module: %s", why);
	else if (status && !signals_came())
		driver_error(driver, "the kernel's build in %s refused the module:\n%s",
			     tree->folder, strbuf_text(&text));
	else if (text.len)
		driver_say(driver, "make says:\n%s", strbuf_text(&text));
	strbuf_free(&text);
	return !status;
}

/* The file with the BTF of the one kernel that the program is for, when it was named. */
static const char *named_btf(const struct options *options)
{
	if (options->btf_vmlinux)
		return options->kernels.len ? NULL : options->btf_vmlinux;
	return options->kernels.len == 1 ? options->kernels.data[0] : NULL;
}

/* The kernel's BTF for the module; NULL with true when the kernel needs none. */
static bool base_find(struct driver *driver, const struct kernel_tree *tree, const char **base)
{
	struct arena *arena = &driver->arena;
	uint32_t version = tree->release ? kernel_version_parse(tree->release) : 0;

	*base = path_join(arena, tree->folder, "vmlinux");
	if (file_is_regular(*base))
		return true;
	*base = named_btf(&driver->options);
	if (*base && file_is_regular(*base))
		return true;
	*base = RUNNING_BTF;
	if (tree->release && !strcmp(tree->release, running_release(arena)) &&
	    file_is_regular(RUNNING_BTF))
		return true;
	*base = NULL;
	return version >= RELOCATES_BTF;
}

static bool build_in(struct job *job, struct output *output, const char *folder,
		     const struct kernel_tree *tree)
{
	struct driver *driver = job->driver;
	struct arena *arena = &driver->arena;
	const struct pipeline *pipeline = &job->pipeline;
	const char *name = arena_strdup(arena, job->comp.options.project), *why, *base;
	const char *source = path_join(arena, folder, arena_printf(arena, "%s.mod.c", name));
	const char *built = path_join(arena, folder, arena_printf(arena, "module/%s.ko", name));
	struct strbuf bytes = {0};
	bool ok;

	if (!file_create(arena, source, pipeline->kmod.data, pipeline->kmod.len, 0666, &why) ||
	    !file_create(arena, path_join(arena, folder, "Kbuild"), pipeline->kbuild.data,
			 pipeline->kbuild.len, 0666, &why)) {
		driver_error(driver, "cannot write to `%s`: %s", folder, why);
		return false;
	}
	if (!run_make(job, folder, tree))
		return false;
	if (!base_find(driver, tree, &base)) {
		driver_note(driver, "%s.ko is not built: kernel %s needs its BTF in %s/vmlinux",
			    name, tree->release ? tree->release : "of unknown version",
			    tree->folder);
		return true;
	}
	if (!module_btf_add(arena, pipeline->module, built, base, &why)) {
		driver_error(driver, "cannot add BTF to the kernel module: %s", why);
		return false;
	}
	ok = file_read(arena, built, MODULE_BYTES_MAX, &bytes, &why);
	if (!ok)
		driver_error(driver, "%s: %s", built, why);
	ok = ok && output_add(output, arena_printf(arena, "%s.ko", name), bytes.data, bytes.len);
	strbuf_free(&bytes);
	return ok;
}

/* In a folder of its own: kbuild takes no blanks in paths, and leaves much behind. */
static bool build(struct job *job, struct output *output, const struct kernel_tree *tree)
{
	struct driver *driver = job->driver;
	const char *temporary = getenv("TMPDIR");
	char *folder = arena_printf(
		&driver->arena, "%s/ksc-XXXXXX",
		temporary && *temporary == '/' && !strchr(temporary, ' ') ? temporary : "/tmp");
	bool ok;

	if (!name_is_usable(job->comp.options.project)) {
		driver_error(
			driver,
			"a kernel module cannot be named `%s`: at most %d letters, digits, `_` and "
			"`-`; rename the source file",
			job->comp.options.project, MODULE_NAME_MAX);
		return false;
	}
	if (!mkdtemp(folder)) {
		driver_error(driver, "%s: %s", folder, strerror(errno));
		return false;
	}
	ok = build_in(job, output, folder, tree);
	folder_remove(&driver->arena, folder);
	return ok;
}

bool module_build(struct job *job, struct output *output)
{
	const struct pipeline *pipeline = &job->pipeline;
	struct arena *arena = &job->driver->arena;
	const char *name = arena_strdup(arena, job->comp.options.project);
	const char *ko = arena_printf(arena, "%s.ko", name);
	struct kernel_tree tree = {0};
	bool is_error, ok;

	if (!output_add(output, arena_printf(arena, "%s.mod.c", name), pipeline->kmod.data,
			pipeline->kmod.len) ||
	    !output_add(output, "Kbuild", pipeline->kbuild.data, pipeline->kbuild.len))
		return false;
	ok = tree_find(job, output, &tree, &is_error) ? build(job, output, &tree) : !is_error;
	/* One of an earlier build would be taken for today's. */
	if (!file_is_regular(path_join(arena, output->temporary, ko)))
		output_drop(output, ko);
	return ok;
}
