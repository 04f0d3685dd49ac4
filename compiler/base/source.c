/* SPDX-License-Identifier: Apache-2.0 */
#include "base/source.h"
#include "base/utf8.h"

#include <string.h>

static void source_find_lines(struct arena *arena, struct source *source)
{
	const char *text = source->text, *end = text + source->len, *at;
	uint32_t count = 1;

	for (at = text; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
		count++;
	source->line_starts = arena_array(arena, uint32_t, count);
	source->line_count = count;
	count = 1;
	for (at = text; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
		source->line_starts[count++] = (uint32_t)(at - text) + 1;
}

uint32_t source_add(struct source_set *set, const char *path, const char *text, size_t len)
{
	struct source *source = arena_new(set->arena, struct source);
	const char *slash;
	char *copy;

	copy = arena_alloc(set->arena, len + 2);
	if (len)
		memcpy(copy, text, len);
	source->path = arena_strdup(set->arena, path);
	slash = strrchr(source->path, '/');
	source->name = slash ? slash + 1 : source->path;
	source->text = copy;
	source->len = (uint32_t)len;
	source_find_lines(set->arena, source);
	vec_push(set->arena, &set->files, source);
	return set->files.len - 1;
}

/* The index of the line (from 0) that holds the offset. */
static uint32_t source_line_index(const struct source *source, uint32_t offset)
{
	uint32_t low = 0, high = source->line_count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (source->line_starts[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct span source_shown(const struct source_set *set, struct span span)
{
	if (span.file < set->files.len && set->files.data[span.file]->is_made)
		return set->files.data[span.file]->stands_for;
	return span;
}

struct source_pos source_position(const struct source_set *set, uint32_t file, uint32_t offset)
{
	struct span shown = source_shown(set, (struct span){file, offset, offset});
	struct source_pos pos = {.line = 1, .column = 1};
	uint32_t line, start;

	file = shown.file;
	offset = shown.start;
	if (file >= set->files.len)
		return pos;
	pos.source = set->files.data[file];
	if (offset > pos.source->len)
		offset = pos.source->len;
	line = source_line_index(pos.source, offset);
	start = pos.source->line_starts[line];
	pos.line = line + 1;
	pos.column = utf8_count(pos.source->text + start, offset - start) + 1;
	return pos;
}

const char *source_line(const struct source *source, uint32_t line, uint32_t *len)
{
	uint32_t start, end;

	*len = 0;
	if (line == 0 || line > source->line_count)
		return "";
	start = source->line_starts[line - 1];
	end = line < source->line_count ? source->line_starts[line] - 1 : source->len;
	if (end > start && source->text[end - 1] == '\r')
		end--;
	*len = end - start;
	return source->text + start;
}

struct span span_join(struct span a, struct span b)
{
	return (struct span){a.file, a.start, b.end > a.end ? b.end : a.end};
}
