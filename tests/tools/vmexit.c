/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vmexit STATUS: ends the virtual machine. QEMU's isa-debug-exit device (iobase 0x501) makes
 * (STATUS << 1) | 1 QEMU's own exit status. A kernel that is locked down allows no I/O ports: then
 * the last line of the output tells it, and QEMU ends with 0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	FILE *output;

	sync();
	if (argc == 2 && !ioperm(0x501, 1, 1))
		outb((unsigned char)atoi(argv[1]), 0x501);
	output = argc == 2 ? fopen("/dev/vport0p1", "w") : NULL;
	if (output) {
		fprintf(output, "vmexit %s\n", argv[1]);
		fclose(output);
	}
	reboot(RB_POWER_OFF);
	return 1;
}
