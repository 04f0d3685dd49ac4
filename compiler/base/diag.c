/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"
#include "base/compilation.h"
#include "base/diag_render.h"

#include <stdlib.h>
#include <string.h>

/* Garbage of many megabytes must not become gigabytes of records: the rest is only counted. */
#define DIAG_RECORDS_MAX 20000

const struct diag_slug_info diag_slugs[DIAG_COUNT] = {
#define DIAG(id, slug, severity, text) [DIAG_##id] = {slug, DIAG_##severity, text},
#include "base/diag_list.h"
#undef DIAG
};

struct span span_nowhere(void)
{
	return (struct span){UINT32_MAX, 0, 0};
}

uint32_t diag_error_count(const struct compilation *comp)
{
	return comp->error_count;
}

enum diag_slug diag_slug_by_name(const char *slug)
{
	unsigned i;

	for (i = 0; i < DIAG_COUNT; i++) {
		if (!strcmp(diag_slugs[i].slug, slug))
			break;
	}
	return (enum diag_slug)i;
}

void diag_report(struct compilation *comp, enum diag_slug slug, struct span span, const char *fmt,
		 ...)
{
	const struct diag_options *options = &comp->diag_options;
	enum diag_severity severity = diag_slugs[slug].severity;
	struct diag *diag;
	va_list args;

	comp->last_diag_dropped = true;
	if (severity != DIAG_ERROR && options->slug_disabled[slug])
		return;
	if (severity == DIAG_WARNING && options->no_warnings)
		return;
	if (severity == DIAG_WARNING && options->warnings_are_errors)
		severity = DIAG_ERROR;
	if (severity == DIAG_ERROR)
		comp->error_count++;
	if (comp->diags.len >= DIAG_RECORDS_MAX)
		return;
	comp->last_diag_dropped = false;
	diag = arena_new(&comp->arena, struct diag);
	diag->slug = slug;
	diag->severity = severity;
	diag->span = source_shown(&comp->sources, span);
	diag->order = comp->diags.len;
	va_start(args, fmt);
	diag->message = arena_vprintf(&comp->arena, fmt, args);
	va_end(args);
	vec_push(&comp->arena, &comp->diags, diag);
}

/* The diagnostic that notes and help belong to, NULL when it was dropped. */
static struct diag *diag_last(const struct compilation *comp)
{
	if (comp->last_diag_dropped || !comp->diags.len)
		return NULL;
	return comp->diags.data[comp->diags.len - 1];
}

void diag_note(struct compilation *comp, struct span span, const char *fmt, ...)
{
	struct diag *diag = diag_last(comp);
	struct diag_label note = {.span = source_shown(&comp->sources, span)};
	va_list args;

	if (!diag)
		return;
	va_start(args, fmt);
	note.text = arena_vprintf(&comp->arena, fmt, args);
	va_end(args);
	vec_push(&comp->arena, &diag->notes, note);
}

void diag_help(struct compilation *comp, const char *fmt, ...)
{
	struct diag *diag = diag_last(comp);
	va_list args;

	if (!diag)
		return;
	va_start(args, fmt);
	diag->help = arena_vprintf(&comp->arena, fmt, args);
	va_end(args);
}

void diag_edit(struct compilation *comp, struct span span, const char *fmt, ...)
{
	struct diag *diag = diag_last(comp);
	struct diag_edit edit = {.span = span};
	va_list args;

	if (!diag)
		return;
	va_start(args, fmt);
	edit.replacement = arena_vprintf(&comp->arena, fmt, args);
	va_end(args);
	vec_push(&comp->arena, &diag->edits, edit);
}

const char *diag_severity_name(enum diag_severity severity)
{
	switch (severity) {
	case DIAG_ERROR:
		return "error";
	case DIAG_WARNING:
		return "warning";
	case DIAG_NOTE:
		return "note";
	}
	return "error";
}

const char *diag_help_text(struct compilation *comp, const struct diag *diag)
{
	const struct diag_edit *edit = diag->edits.data;
	const struct source *source;
	int len;

	if (diag->help || diag->edits.len != 1 || edit->span.file >= comp->sources.files.len)
		return diag->help;
	source = comp->sources.files.data[edit->span.file];
	if (edit->span.end > source->len || edit->span.start > edit->span.end ||
	    edit->span.end - edit->span.start > 60)
		return NULL;
	len = (int)(edit->span.end - edit->span.start);
	if (!len)
		return arena_printf(&comp->arena, "add `%s` here", edit->replacement);
	if (!*edit->replacement)
		return arena_printf(&comp->arena, "remove `%.*s`", len,
				    source->text + edit->span.start);
	return arena_printf(&comp->arena, "write `%s` instead of `%.*s`", edit->replacement, len,
			    source->text + edit->span.start);
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int diag_compare(const void *left, const void *right)
{
	const struct diag *a = *(struct diag *const *)left, *b = *(struct diag *const *)right;
	int order = compare_u32(a->span.file, b->span.file);

	if (!order)
		order = compare_u32(a->span.start, b->span.start);
	return order ? order : compare_u32(a->order, b->order);
}

static bool diag_is_same(const struct diag *a, const struct diag *b)
{
	return a->slug == b->slug && a->span.file == b->span.file &&
	       a->span.start == b->span.start && a->span.end == b->span.end &&
	       !strcmp(a->message, b->message);
}

/* Sorts and removes repetitions (which are at the same position, so near each other). */
static void diag_sort(struct diag_vec *diags)
{
	uint32_t kept = 0;

	if (diags->len)
		qsort(diags->data, diags->len, sizeof(*diags->data), diag_compare);
	for (uint32_t i = 0; i < diags->len; i++) {
		struct diag *diag = diags->data[i];
		uint32_t back = kept;

		while (back && diags->data[back - 1]->span.file == diag->span.file &&
		       diags->data[back - 1]->span.start == diag->span.start &&
		       !diag_is_same(diags->data[back - 1], diag))
			back--;
		if (back && diag_is_same(diags->data[back - 1], diag))
			continue;
		diags->data[kept++] = diag;
	}
	diags->len = kept;
}

static void diag_render(struct compilation *comp, const struct diag *diag, struct strbuf *out)
{
	switch (comp->diag_options.format) {
	case DIAG_HUMAN:
		diag_render_human(comp, diag, out);
		break;
	case DIAG_LINE:
		diag_render_line(comp, diag, out);
		break;
	case DIAG_JSON:
		diag_render_json(comp, diag, out);
		break;
	}
}

void diag_render_all(struct compilation *comp, struct strbuf *out)
{
	uint32_t limit = comp->diag_options.max_errors;
	uint32_t shown[2] = {0}, hidden[2] = {0};

	diag_sort(&comp->diags);
	for (uint32_t i = 0; i < comp->diags.len; i++) {
		const struct diag *diag = comp->diags.data[i];
		/* Warnings have a limit of their own: they must never hide an error. */
		unsigned group = diag->severity == DIAG_ERROR ? 0 : 1;

		if (limit && shown[group] >= limit) {
			hidden[group]++;
			continue;
		}
		shown[group]++;
		diag_render(comp, diag, out);
	}
	if (comp->diag_options.format == DIAG_JSON || !(hidden[0] || hidden[1]))
		return;
	strbuf_puts(out, "ksc: not shown:");
	if (hidden[0])
		strbuf_printf(out, " %u error%s", hidden[0], hidden[0] == 1 ? "" : "s");
	if (hidden[1])
		strbuf_printf(out, "%s %u warning%s or note%s", hidden[0] ? "," : "", hidden[1],
			      hidden[1] == 1 ? "" : "s", hidden[1] == 1 ? "" : "s");
	strbuf_puts(out, " (--max-errors=0 shows all)\n");
}
