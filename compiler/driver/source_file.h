/* SPDX-License-Identifier: Apache-2.0 */
/* How a compilation gets at its source files. */
#ifndef KSC_DRIVER_SOURCE_FILE_H
#define KSC_DRIVER_SOURCE_FILE_H

#include "base/compilation.h"
#include "driver/driver.h"

#include <sys/stat.h>

/* One file that was read, to know it again under another name. */
struct source_id {
	dev_t device;
	ino_t inode;
	uint32_t file;
};

VEC_TYPE(source_id_vec, struct source_id);

struct source_reader {
	struct driver *driver;
	struct source_id_vec ids;
	bool failed; /* an include was found but could not be read; the reason is printed */
};

/* Makes the reader serve comp->open_source. It must live as long as the compilation. */
void source_reader_init(struct source_reader *reader, struct driver *driver,
			struct compilation *comp);

/* Reads the main file, "-" for standard input. UINT32_MAX with a message when that fails. */
uint32_t source_read_main(struct source_reader *reader, struct compilation *comp, const char *path);

/*
 * The project's name by its main file: the last component without .ks, with every character but
 * letters, digits, `_` and `-` turned into `_` (it names files, a pin folder, a module). Arena
 * text of the compilation.
 */
const char *project_name(struct compilation *comp, const char *path);

#endif
