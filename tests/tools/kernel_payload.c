/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the compressed kernel inside a bzImage to standard output:
 *
 *	kernel_payload VMLINUZ > payload
 *
 * The boot protocol's setup header tells where it lies (Documentation/arch/x86/boot.rst in the
 * kernel: setup_sects at 0x1f1, "HdrS" at 0x202, payload_offset at 0x248, payload_length at 0x24c,
 * the offset counted from the start of the protected-mode code).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t read_u32(const unsigned char *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	unsigned char *image;
	uint64_t start, len;
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0x250) {
		fprintf(stderr, "usage: kernel_payload VMLINUZ\n");
		return 2;
	}
	rewind(file);
	image = malloc((size_t)size);
	if (!image || fread(image, 1, (size_t)size, file) != (size_t)size) {
		perror(argv[1]);
		return 1;
	}
	start = ((image[0x1f1] ? image[0x1f1] : 4) + 1) * 512u + read_u32(image + 0x248);
	len = read_u32(image + 0x24c);
	if (memcmp(image + 0x202, "HdrS", 4) || start + len > (uint64_t)size) {
		fprintf(stderr, "%s: not a bzImage\n", argv[1]);
		return 1;
	}
	return fwrite(image + start, 1, len, stdout) != len;
}
