/* SPDX-License-Identifier: Apache-2.0 */
#include "base/compilation.h"

#include <stdio.h>
#include <stdlib.h>

void compilation_init(struct compilation *comp)
{
	*comp = (struct compilation){0};
	arena_init(&comp->arena);
	interner_init(&comp->names, &comp->arena);
	comp->sources.arena = &comp->arena;
	comp->diag_options.max_errors = 20;
}

void compilation_free(struct compilation *comp)
{
	interner_free(&comp->names);
	arena_free(&comp->arena);
	*comp = (struct compilation){0};
}

_Noreturn void internal_error(const struct compilation *comp, struct span span, const char *fmt,
			      ...)
{
	struct source_pos pos = source_position(&comp->sources, span.file, span.start);
	va_list args;

	fputs("ksc: internal error", stderr);
	if (comp->pass)
		fprintf(stderr, " in pass `%s`", comp->pass);
	fputs(": ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	if (pos.source) {
		uint32_t len;
		const char *line = source_line(pos.source, pos.line, &len);

		fprintf(stderr, "  %s:%u:%u\n  %u | %.*s\n", pos.source->path, pos.line, pos.column,
			pos.line, (int)(len > 200 ? 200 : len), line);
	}
	fputs("This is a bug in ksc, not in your program.\n", stderr);
	exit(70);
}
