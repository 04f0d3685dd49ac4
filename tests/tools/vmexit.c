/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vmexit STATUS: ends the virtual machine. QEMU's isa-debug-exit device (iobase 0x501) makes
 * (STATUS << 1) | 1 QEMU's own exit status.
 */
#include <stdlib.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	sync();
	if (argc == 2 && !ioperm(0x501, 1, 1))
		outb((unsigned char)atoi(argv[1]), 0x501);
	reboot(RB_POWER_OFF);
	return 1;
}
