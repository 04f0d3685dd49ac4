/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of one build: all of them appear in the output folder, or none does. They are written
 * to a temporary folder inside it and moved when everything is done; what a move replaced is put
 * back when a later one fails. SIGINT, SIGTERM and SIGHUP are held from output_begin() to the end,
 * so that the temporary folder never stays; what a killed build left goes with the next one.
 */
#ifndef KSC_DRIVER_OUTPUT_H
#define KSC_DRIVER_OUTPUT_H

#include "driver/driver.h"

struct output_file {
	const char *name;
	bool had_old;	/* a file of this name was there and is kept until the end */
	bool installed; /* the new file is in its place */
};

VEC_TYPE(output_file_vec, struct output_file);

struct output {
	struct driver *driver;
	const char *folder; /* as the user gave it */
	const char *made;   /* the topmost folder that output_begin() had to make, or NULL */
	const char *temporary; /* absolute */
	int lock;	       /* descriptor: tells that a build uses `temporary`; -1 for none */
	struct output_file_vec files;
};

/*
 * Makes the folder and the temporary one. All functions that return false have printed the reason;
 * after a false from this one output_end() must not be called, after any other it must.
 */
bool output_begin(struct output *output, struct driver *driver, const char *folder);
/* Adds a file with these bytes. */
bool output_add(struct output *output, const char *name, const void *data, size_t size);
/* Adds a file that someone else made in `temporary`. */
void output_adopt(struct output *output, const char *name);
/* A file of an earlier build that this one does not make: it goes when the others come. */
void output_drop(struct output *output, const char *name);
/*
 * With `ok` puts the files in place, else throws them away. Releases the signals, so does not
 * return when one came. True when the files are in place.
 */
bool output_end(struct output *output, bool ok);

#endif
