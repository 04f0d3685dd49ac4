/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arena: memory of one compilation. Everything allocated here is zeroed, aligned to 16 bytes and
 * freed at once by arena_free(); nothing is ever freed alone. Out of memory ends the process with
 * a message and status 70: a compiler has no better answer.
 */
#ifndef KSC_BASE_ARENA_H
#define KSC_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t bytes_total;	    /* handed out so far, for --time-passes and limits */
};

void arena_init(struct arena *arena);
void arena_free(struct arena *arena);

/* Zeroed memory; size 0 gives a unique pointer too. */
void *arena_alloc(struct arena *arena, size_t size);
/* A copy of `size` bytes at `data`. */
void *arena_memdup(struct arena *arena, const void *data, size_t size);
/* A NUL-terminated copy of the first `len` bytes of `text`. */
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *fmt, va_list args);

#define arena_new(arena, type)		((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))

#endif
