/* SPDX-License-Identifier: Apache-2.0 */
/* Which kernels to compile for. */
#include "driver/driver.h"
#include "driver/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define RUNNING_BTF "/sys/kernel/btf/vmlinux"

/* A version in a file's name: "vmlinux-6.1.0-13-amd64", "6.12.btf". 0 when there is none. */
static uint32_t version_in_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	for (const char *c = slash ? slash + 1 : path; *c; c++) {
		uint32_t version = *c >= '0' && *c <= '9' ? kernel_version_parse(c) : 0;

		if (version)
			return version;
		while (c[0] >= '0' && c[0] <= '9' && c[1])
			c++;
	}
	return 0;
}

/* The running kernel, NULL with a note when its BTF cannot be read. */
static struct kernel *open_running(struct driver *driver)
{
	struct kernel *kernel;
	struct utsname name;
	uint32_t version = uname(&name) ? 0 : kernel_version_parse(name.release);
	const char *why;

	kernel = kernel_open_file(RUNNING_BTF, "the running kernel", version, &why);
	if (kernel)
		return kernel;
	driver_note(driver,
		    "%s: %s; nothing is known of the kernel's types and functions "
		    "(--kernel=FILE names other BTF)",
		    RUNNING_BTF, why);
	return version ? kernel_open_version(version) : NULL;
}

static void add(struct driver *driver, struct kernel *kernel)
{
	if (kernel)
		vec_push(&driver->arena, &driver->kernels, kernel);
}

static bool add_named(struct driver *driver, const char *name)
{
	uint32_t version = kernel_version_parse(name);
	struct kernel *kernel;
	const char *why;

	if (version && !file_is_regular(name)) {
		add(driver, kernel_open_version(version));
		return true;
	}
	kernel = kernel_open_file(name, name, version_in_name(name), &why);
	if (!kernel) {
		driver_error(driver, "--kernel=%s: %s", name, why);
		return false;
	}
	add(driver, kernel);
	return true;
}

bool targets_open(struct driver *driver)
{
	const struct options *options = &driver->options;
	bool has_btf = false;

	if (driver->kernels_opened)
		return true;
	for (uint32_t i = 0; i < options->kernels.len; i++)
		if (!add_named(driver, options->kernels.data[i]))
			return false;
	if (options->btf_vmlinux && !add_named(driver, options->btf_vmlinux))
		return false;
	for (uint32_t i = 0; i < driver->kernels.len; i++)
		has_btf |= driver->kernels.data[i]->has_btf;
	if (!has_btf) {
		struct kernel *running = open_running(driver);

		if (running && driver->kernels.len)
			running->types_only = true;
		add(driver, running);
	}
	driver->kernels_opened = true;
	return true;
}

void targets_add(struct driver *driver, struct compilation *comp)
{
	for (uint32_t i = 0; i < driver->kernels.len; i++)
		kernels_add(comp, driver->kernels.data[i]);
}
