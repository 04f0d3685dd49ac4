/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source files and positions. A span is a byte range in one file; lines and columns are computed
 * only when something is printed. Columns count characters (UTF-8 code points) from 1; a tab is
 * one character.
 */
#ifndef KSC_BASE_SOURCE_H
#define KSC_BASE_SOURCE_H

#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct span {
	uint32_t file;	/* index into source_set, 0 is the main file */
	uint32_t start; /* byte offset */
	uint32_t end;	/* first byte after it; start == end is a point */
};

struct source {
	const char *path; /* as shown to the user */
	const char *name; /* last path component */
	const char *text; /* `len` bytes followed by two NULs (what flex's scan_buffer wants) */
	uint32_t len;
	uint32_t *line_starts; /* offsets; filled by source_add */
	uint32_t line_count;
	bool is_stdlib;
	/* Text that the compiler made for something else: messages show that instead. */
	bool is_made;
	struct span stands_for;
};

VEC_TYPE(source_vec, struct source *);

struct source_set {
	struct arena *arena;
	struct source_vec files;
};

struct source_pos {
	const struct source *source;
	uint32_t line, column; /* from 1 */
};

#define SOURCE_BYTES_MAX (64u << 20)

/* Adds a copy of the text. Returns the file index. The caller has checked SOURCE_BYTES_MAX. */
uint32_t source_add(struct source_set *set, const char *path, const char *text, size_t len);
struct source_pos source_position(const struct source_set *set, uint32_t file, uint32_t offset);
/* The text of one line (from 1) without its line end. */
const char *source_line(const struct source *source, uint32_t line, uint32_t *len);
/* What a span of text that the compiler made stands for; other spans as they are. */
struct span source_shown(const struct source_set *set, struct span span);
/* From the start of `a` to the end of `b`; both in one file. */
struct span span_join(struct span a, struct span b);

#endif
