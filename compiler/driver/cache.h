/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of `ksc run`: $XDG_CACHE_HOME/ksc, else ~/.cache/ksc. One folder for each build, named
 * after the project and a hash of everything the result depends on: the text of all sources, the
 * options, the kernels, the C compiler and ksc itself. What was not run for 30 days is removed when
 * something new is built.
 */
#ifndef KSC_DRIVER_CACHE_H
#define KSC_DRIVER_CACHE_H

#include "driver/job.h"

#define CACHE_DAYS 30

/* The folder of all builds; NULL when there is neither the variable nor a home. Arena text. */
const char *cache_root(struct driver *driver);

/*
 * The folder for the build of a job whose sources were all read (after PASS_CHECK). It need not
 * exist. Equal inputs give equal names.
 */
const char *cache_entry(struct job *job, const char *root);

/* Notes that the entry was used now. */
void cache_touch(const char *entry);
/* Removes entries that were not used for CACHE_DAYS. Failures do not matter. */
void cache_prune(struct driver *driver, const char *root);

#endif
