/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interned strings: two equal texts give the same pointer, so names are compared with ==.
 * An interned name is a plain NUL-terminated `const char *` that lives as long as its interner.
 */
#ifndef KSC_BASE_INTERN_H
#define KSC_BASE_INTERN_H

#include "base/arena.h"

#include <stdint.h>

struct intern_slot;

struct interner {
	struct arena *arena;
	struct intern_slot *slots;
	uint32_t count, cap;
};

void interner_init(struct interner *interner, struct arena *arena);
void interner_free(struct interner *interner);
const char *intern(struct interner *interner, const char *text, size_t len);
const char *intern_str(struct interner *interner, const char *text);

/*
 * A hash map from pointer keys (interned names, declarations, types) to pointers, in an arena.
 * Insertion order is not kept: never iterate over it to produce output.
 */
struct ptr_map {
	struct arena *arena;
	struct ptr_map_slot *slots;
	uint32_t count, cap;
};

void ptr_map_init(struct ptr_map *map, struct arena *arena);
void *ptr_map_get(const struct ptr_map *map, const void *key);
/* Sets or replaces; a NULL value removes nothing and reads as absent. */
void ptr_map_set(struct ptr_map *map, const void *key, void *value);

#endif
