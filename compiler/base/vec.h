/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growable arrays in an arena. VEC_TYPE(expr_vec, struct expr *) declares `struct expr_vec` with
 * `data`, `len`, `cap`. Growing copies inside the arena; pointers to elements die when it grows.
 */
#ifndef KSC_BASE_VEC_H
#define KSC_BASE_VEC_H

#include "base/arena.h"

#include <stdint.h>

#define VEC_TYPE(name, type)                                                                       \
	struct name {                                                                              \
		type *data;                                                                        \
		uint32_t len, cap;                                                                 \
	}

/* Room for one more element; used by vec_push only. */
void *vec_grow(struct arena *arena, void *data, uint32_t *cap, size_t elem_size);

#define vec_push(arena, vec, value)                                                                \
	do {                                                                                       \
		if ((vec)->len == (vec)->cap)                                                      \
			(vec)->data = vec_grow((arena), (vec)->data, &(vec)->cap,                  \
					       sizeof(*(vec)->data));                              \
		(vec)->data[(vec)->len++] = (value);                                               \
	} while (0)

/* vec_foreach(it, &v): `it` is a pointer to each element in turn. */
#define vec_foreach(it, vec)                                                                       \
	for (__typeof__(&*(vec)->data) it = (vec)->data; it < (vec)->data + (vec)->len; it++)

VEC_TYPE(str_vec, const char *);
VEC_TYPE(u32_vec, uint32_t);

#endif
