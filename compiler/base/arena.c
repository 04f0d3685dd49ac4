/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/memory.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define arena_poison(start, size)   ASAN_POISON_MEMORY_REGION(start, size)
#define arena_unpoison(start, size) ASAN_UNPOISON_MEMORY_REGION(start, size)
/* A gap that nobody may touch behind every block, so that overruns are found. */
#define ARENA_GAP 16
#else
#define arena_poison(start, size)   ((void)(start), (void)(size))
#define arena_unpoison(start, size) ((void)(start), (void)(size))
#define ARENA_GAP		    0
#endif

#define ARENA_ALIGN	16
#define ARENA_CHUNK_MIN (64u << 10)
#define ARENA_CHUNK_MAX (4u << 20)
/*
 * Chunks of this size, header included, lie in huge pages where the kernel has them: half of the
 * time of large compilations went into faults for pages of 4 KB.
 */
#define ARENA_HUGE_PAGE (2u << 20)

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size; /* of data */
	bool mapped;	   /* by chunk_map(), else from calloc() */
	_Alignas(ARENA_ALIGN) char data[];
};

_Noreturn void memory_exhausted(size_t size)
{
	fprintf(stderr, "ksc: out of memory (%zu bytes wanted)\n", size);
	exit(3); /* the machine is at fault, as with every file that cannot be written */
}

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_free(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks, *next;

	for (; chunk; chunk = next) {
		next = chunk->next;
		arena_unpoison(chunk->data, chunk->size);
		if (chunk->mapped)
			munmap(chunk, sizeof(*chunk) + chunk->size);
		else
			free(chunk);
	}
	*arena = (struct arena){0};
}

/* Zeroed memory at a multiple of ARENA_HUGE_PAGE, as `size` is; NULL when there is none. */
static struct arena_chunk *chunk_map(size_t size)
{
	size_t spare = ARENA_HUGE_PAGE, before;
	char *start = mmap(NULL, size + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	if (start == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)start & (ARENA_HUGE_PAGE - 1);
	if (before)
		munmap(start, before);
	start += before;
	if (spare != before)
		munmap(start + size, spare - before);
	madvise(start, size, MADV_HUGEPAGE);
	return (struct arena_chunk *)start;
}

/* Chunks grow with the compilation, so that small ones stay small and large ones need few. */
static struct arena_chunk *arena_chunk_new(struct arena *arena, size_t size)
{
	struct arena_chunk *head = arena->chunks, *chunk;
	size_t wanted = head ? head->size * 2 : ARENA_CHUNK_MIN, total;

	if (wanted > ARENA_CHUNK_MAX)
		wanted = ARENA_CHUNK_MAX - sizeof(*chunk);
	if (wanted < size)
		wanted = size;
	total = sizeof(*chunk) + wanted;
	if (wanted >= ARENA_HUGE_PAGE) {
		total = (total + ARENA_HUGE_PAGE - 1) & ~(size_t)(ARENA_HUGE_PAGE - 1);
		chunk = chunk_map(total);
	} else {
		chunk = calloc(1, total);
	}
	if (!chunk)
		memory_exhausted(size);
	chunk->mapped = wanted >= ARENA_HUGE_PAGE;
	chunk->size = total - sizeof(*chunk);
	arena_poison(chunk->data, chunk->size);
	/* A block larger than any chunk must not end the use of the current one. */
	if (head && size > ARENA_CHUNK_MAX / 2) {
		chunk->next = head->next;
		head->next = chunk;
	} else {
		chunk->next = head;
		arena->chunks = chunk;
	}
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t rounded;
	void *result;

	if (size > SIZE_MAX / 2)
		memory_exhausted(size);
	rounded = ((size ? size : 1) + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN + ARENA_GAP;
	if (!chunk || chunk->size - chunk->used < rounded)
		chunk = arena_chunk_new(arena, rounded);
	result = chunk->data + chunk->used;
	chunk->used += rounded;
	arena->bytes_total += rounded;
	arena_unpoison(result, size ? size : 1);
	return result;
}

void *arena_memdup(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size)
		memcpy(copy, data, size);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list args)
{
	char shortened[128], *text; /* most texts are short: they are formatted once */
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(shortened, sizeof(shortened), fmt, args);
	if (len < 0)
		len = 0;
	if ((size_t)len < sizeof(shortened)) {
		text = arena_strndup(arena, shortened, (size_t)len);
	} else {
		text = arena_alloc(arena, (size_t)len + 1);
		vsnprintf(text, (size_t)len + 1, fmt, again);
	}
	va_end(again);
	return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = arena_vprintf(arena, fmt, args);
	va_end(args);
	return text;
}

void *vec_grow(struct arena *arena, void *data, uint32_t *cap, size_t elem_size)
{
	uint32_t old_cap = *cap, new_cap = old_cap ? old_cap * 2 : 8;
	void *grown;

	if (old_cap > UINT32_MAX / 2 || new_cap > SIZE_MAX / 2 / elem_size)
		memory_exhausted((size_t)old_cap * elem_size);
	grown = arena_alloc(arena, new_cap * elem_size);
	if (old_cap)
		memcpy(grown, data, old_cap * elem_size);
	*cap = new_cap;
	return grown;
}
