/* SPDX-License-Identifier: Apache-2.0 */
/* Opening kernels: from memory, from files. The only file access of the core; the driver asks. */
#include "kernel/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A vmlinux with DWARF can have a gigabyte; only its .BTF is touched. */
#define KERNEL_FILE_MAX ((off_t)4 << 30)

static struct kernel *kernel_new(const char *label, uint32_t version)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return NULL;
	kernel->label = strdup(label);
	kernel->version = version;
	if (!kernel->label) {
		free(kernel);
		return NULL;
	}
	return kernel;
}

struct kernel *kernel_open_memory(const void *data, size_t size, const char *label,
				  uint32_t version, const char **why)
{
	struct kernel *kernel = kernel_new(label, version);

	if (!kernel) {
		*why = "out of memory";
		return NULL;
	}
	if (!btf_image_parse(&kernel->btf, data, size, why)) {
		kernel_close(kernel);
		return NULL;
	}
	kernel->has_btf = true;
	return kernel;
}

/* The whole file in memory. Kernels before 6.16 cannot map /sys/kernel/btf/vmlinux. */
static void *file_read(int fd, size_t size)
{
	uint8_t *data = malloc(size ? size : 1);
	size_t done = 0;

	while (data && done < size) {
		ssize_t count = read(fd, data + done, size - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0) {
			free(data);
			return NULL;
		}
		done += (size_t)count;
	}
	return data;
}

struct kernel *kernel_open_file(const char *path, const char *label, uint32_t version,
				const char **why)
{
	struct kernel *kernel;
	bool is_heap = false;
	struct stat info;
	void *data;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		*why = errno == ENOENT ? "there is no such file" : "the file cannot be opened";
		return NULL;
	}
	if (fstat(fd, &info) || !S_ISREG(info.st_mode) || info.st_size <= 0 ||
	    info.st_size > KERNEL_FILE_MAX) {
		*why = "this is not a regular file with contents";
		close(fd);
		return NULL;
	}
	data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED) {
		data = file_read(fd, (size_t)info.st_size);
		is_heap = true;
	}
	close(fd);
	if (!data) {
		*why = "the file cannot be read";
		return NULL;
	}
	kernel = kernel_open_memory(data, (size_t)info.st_size, label, version, why);
	if (!kernel) {
		if (is_heap)
			free(data);
		else
			munmap(data, (size_t)info.st_size);
		return NULL;
	}
	kernel->mapping = data;
	kernel->mapping_size = (size_t)info.st_size;
	kernel->mapping_is_heap = is_heap;
	return kernel;
}

struct kernel *kernel_open_version(uint32_t version)
{
	char label[32];

	snprintf(label, sizeof(label), "%u.%u", version >> 16, version >> 8 & 0xff);
	return kernel_new(label, version);
}

void kernel_close(struct kernel *kernel)
{
	if (!kernel)
		return;
	if (kernel->has_btf)
		btf_image_free(&kernel->btf);
	if (kernel->mapping_is_heap)
		free(kernel->mapping);
	else if (kernel->mapping)
		munmap(kernel->mapping, kernel->mapping_size);
	free(kernel->label);
	free(kernel);
}

uint32_t kernel_version_parse(const char *text)
{
	unsigned major, minor;
	int used = 0;

	if (sscanf(text, "%3u.%3u%n", &major, &minor, &used) != 2 || major > 255 || minor > 255)
		return 0;
	if (text[used] && text[used] != '.' && text[used] != '-' && text[used] != '+')
		return 0;
	return KERNEL_VERSION_OF(major, minor);
}
