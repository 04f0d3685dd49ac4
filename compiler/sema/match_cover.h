/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which values the arms of a match take: overlaps and what is missing. Every alternative of an arm
 * is a row with one column for each matched value; a column is a set of ranges. Booleans,
 * characters, integers of any type are numbers; texts are numbered as they appear.
 */
#ifndef KSC_SEMA_MATCH_COVER_H
#define KSC_SEMA_MATCH_COVER_H

#include "sema/check.h"

struct cover_range {
	__int128 low, high; /* inclusive */
};

VEC_TYPE(cover_range_vec, struct cover_range);

struct cover_row {
	struct cover_range_vec *columns; /* `width` of them; an empty one takes everything */
	struct span span;
};

VEC_TYPE(cover_row_vec, struct cover_row);

struct cover {
	struct sema *sema;
	const struct expr *match;
	uint32_t width; /* number of matched values */
	struct cover_row_vec rows;
	struct str_vec texts;	     /* interned, by number */
	struct ptr_map text_numbers; /* interned text -> number + 1 */
	bool has_default;
	struct span default_span;
};

void match_cover_init(struct cover *cover, struct sema *sema, const struct expr *match);
/* Adds the alternatives of one arm's pattern, which was checked without errors. */
void match_cover_add(struct cover *cover, const struct pattern *pattern);
/*
 * Reports arms that take the same values (DIAG_MATCH_DUPLICATE), values of enums and bools that
 * none takes (DIAG_MATCH_EXHAUSTIVE) and, when the match gives a value, other values that none
 * takes (DIAG_MATCH_NO_DEFAULT).
 */
void match_cover_report(struct cover *cover, bool is_value);

#endif
