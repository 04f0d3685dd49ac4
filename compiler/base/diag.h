/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics are records: collected while compiling, sorted by position, deduplicated, capped and
 * rendered once at the end in one of three forms (human, line, json).
 *
 * Every diagnostic has a slug, a stable short name such as `type-mismatch`. Slugs are listed in
 * diag_list.h (X-macro), one row each with severity and a one-line description; `ksc list errors`
 * and `ksc explain` read the same rows.
 *
 *   diag_report(comp, DIAG_TYPE_MISMATCH, span, "expected `%s`, found `%s`", a, b);
 *   diag_note(comp, other_span, "previous declaration of `%s` is here", name);  // to the last one
 *   diag_help(comp, "cast it: `%s as u32`", name);
 *   diag_edit(comp, span, "replacement");                                       // certain fix
 */
#ifndef KSC_BASE_DIAG_H
#define KSC_BASE_DIAG_H

#include "base/source.h"
#include "base/strbuf.h"

struct compilation;

enum diag_severity { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

enum diag_slug {
#define DIAG(id, slug, severity, text) DIAG_##id,
#include "base/diag_list.h"
#undef DIAG
	DIAG_COUNT
};

struct diag_slug_info {
	const char *slug;
	enum diag_severity severity; /* as reported without -W or -Werror options */
	const char *text;	     /* one line for `ksc list errors` */
};

extern const struct diag_slug_info diag_slugs[DIAG_COUNT];

struct diag_label {
	struct span span;
	const char *text;
};

struct diag_edit {
	struct span span;
	const char *replacement;
};

VEC_TYPE(diag_label_vec, struct diag_label);
VEC_TYPE(diag_edit_vec, struct diag_edit);

struct diag {
	enum diag_slug slug;
	enum diag_severity severity; /* after -Werror */
	struct span span;
	const char *message;
	struct diag_label_vec notes; /* a span with file == UINT32_MAX has no position */
	const char *help;
	struct diag_edit_vec edits;
	uint32_t order; /* of reporting, to keep the sort stable */
};

VEC_TYPE(diag_vec, struct diag *);

enum diag_format { DIAG_HUMAN, DIAG_LINE, DIAG_JSON };

struct diag_options {
	enum diag_format format;
	bool color;
	uint32_t max_errors;		/* 0 means no limit */
	bool warnings_are_errors;	/* -Werror */
	bool slug_disabled[DIAG_COUNT]; /* -Wno-NAME, warnings only */
	bool no_warnings;		/* -q does not imply it */
};

/* Records one diagnostic; a disabled warning is dropped (notes and help for it too). */
void diag_report(struct compilation *comp, enum diag_slug slug, struct span span, const char *fmt,
		 ...) __attribute__((format(printf, 4, 5)));
/* The following three add to the diagnostic reported last. */
void diag_note(struct compilation *comp, struct span span, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_help(struct compilation *comp, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void diag_edit(struct compilation *comp, struct span span, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A span for notes that have no place in any source. */
struct span span_nowhere(void);

/* Errors so far, -Werror applied. */
uint32_t diag_error_count(const struct compilation *comp);
/* Sorts, removes duplicates, caps at max_errors and renders everything into `out`. */
void diag_render_all(struct compilation *comp, struct strbuf *out);
/* Text as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD. */
void diag_json_string(struct strbuf *out, const char *text);
/* The slug's row by its text, or DIAG_COUNT. */
enum diag_slug diag_slug_by_name(const char *slug);
/*
 * The candidate nearest to `name` by edit distance, at most max(strlen/3, 1) edits away, or NULL.
 */
const char *diag_nearest(const char *name, const char *const *candidates, uint32_t count);

#endif
