/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/match_cover.h"
#include "sema/constant.h"

#include <stdlib.h>

/* Searches beyond it give up silently; only tuples of several large enums get there. */
#define STEPS_MAX 2000000
/* That many missing values are named. */
#define NAMED_MAX 4

void match_cover_init(struct cover *cover, struct sema *sema, const struct expr *match)
{
	*cover = (struct cover){.sema = sema, .match = match, .width = match->match.values.len};
	ptr_map_init(&cover->text_numbers, &sema->comp->arena);
}

/* ---- rows ---- */

static __int128 text_number(struct cover *cover, const struct constant *text)
{
	const char *name = intern(&cover->sema->comp->names, text->text, text->len);
	uintptr_t number = (uintptr_t)ptr_map_get(&cover->text_numbers, name);

	if (!number) {
		vec_push(&cover->sema->comp->arena, &cover->texts, name);
		number = cover->texts.len;
		ptr_map_set(&cover->text_numbers, name, (void *)number);
	}
	return (__int128)number - 1;
}

static __int128 bound(struct cover *cover, const struct expr *expr)
{
	return expr->constant.kind == CONSTANT_STRING ? text_number(cover, &expr->constant)
						      : constant_wide(&expr->constant);
}

/* Adds the ranges of one column; false when it takes everything. */
static bool add_ranges(struct cover *cover, const struct pattern *pattern,
		       struct cover_range_vec *ranges)
{
	struct arena *arena = &cover->sema->comp->arena;
	struct cover_range range;

	switch (pattern->kind) {
	case PATTERN_VALUE:
		range.low = range.high = bound(cover, pattern->low);
		vec_push(arena, ranges, range);
		return true;
	case PATTERN_RANGE:
		range.low = bound(cover, pattern->low);
		range.high = bound(cover, pattern->high) - !pattern->inclusive;
		vec_push(arena, ranges, range);
		return true;
	case PATTERN_OR:
		vec_foreach (part, &pattern->parts) {
			if (!add_ranges(cover, *part, ranges))
				return false;
		}
		return true;
	case PATTERN_ANY:
	case PATTERN_DEFAULT:
	case PATTERN_TUPLE:
		break;
	}
	return false;
}

static void add_row(struct cover *cover, const struct pattern *pattern)
{
	struct arena *arena = &cover->sema->comp->arena;
	struct cover_row row = {.span = pattern->span};

	row.columns = arena_array(arena, struct cover_range_vec, cover->width);
	for (uint32_t i = 0; i < cover->width; i++) {
		const struct pattern *column =
			pattern->kind == PATTERN_TUPLE ? pattern->parts.data[i] : pattern;

		if (!add_ranges(cover, column, &row.columns[i]))
			row.columns[i].len = 0;
	}
	vec_push(arena, &cover->rows, row);
}

static void add_default(struct cover *cover, const struct pattern *pattern)
{
	struct sema *sema = cover->sema;

	if (cover->has_default) {
		diag_report(sema->comp, DIAG_MATCH_DUPLICATE, pattern->span,
			    "a second arm for all other values");
		diag_note(sema->comp, cover->default_span, "the first is here");
	}
	cover->has_default = true;
	cover->default_span = pattern->span;
}

void match_cover_add(struct cover *cover, const struct pattern *pattern)
{
	switch (pattern->kind) {
	case PATTERN_ANY:
	case PATTERN_DEFAULT:
		add_default(cover, pattern);
		break;
	case PATTERN_OR:
		vec_foreach (part, &pattern->parts)
			match_cover_add(cover, *part);
		break;
	case PATTERN_VALUE:
	case PATTERN_RANGE:
	case PATTERN_TUPLE:
		add_row(cover, pattern);
		break;
	}
}

/* ---- overlaps ---- */

static void report_overlap(struct cover *cover, struct span span, struct span first)
{
	struct compilation *comp = cover->sema->comp;

	diag_report(comp, DIAG_MATCH_DUPLICATE, span,
		    cover->width > 1 ? "an arm before this one takes all its values"
				     : "another arm takes the same value");
	diag_note(comp, first, "here");
}

/* One range of a single-valued match with its place in the source. */
struct placed_range {
	struct cover_range range;
	uint32_t row;
};

static int compare_ranges(const void *a, const void *b)
{
	const struct placed_range *left = a, *right = b;

	if (left->range.low != right->range.low)
		return left->range.low < right->range.low ? -1 : 1;
	return left->row < right->row ? -1 : left->row > right->row;
}

static void check_overlaps(struct cover *cover)
{
	struct placed_range *ranges, *widest;
	uint32_t count = 0;

	vec_foreach (row, &cover->rows)
		count += row->columns[0].len;
	ranges = arena_array(&cover->sema->comp->arena, struct placed_range, count);
	count = 0;
	for (uint32_t i = 0; i < cover->rows.len; i++) {
		vec_foreach (range, &cover->rows.data[i].columns[0])
			ranges[count++] = (struct placed_range){*range, i};
	}
	if (!count)
		return;
	qsort(ranges, count, sizeof(*ranges), compare_ranges);
	widest = &ranges[0];
	for (uint32_t i = 1; i < count; i++) {
		bool is_later = ranges[i].row > widest->row;
		const struct cover_row *rows = cover->rows.data;

		if (ranges[i].range.low <= widest->range.high)
			report_overlap(cover, rows[is_later ? ranges[i].row : widest->row].span,
				       rows[is_later ? widest->row : ranges[i].row].span);
		if (ranges[i].range.high > widest->range.high)
			widest = &ranges[i];
	}
}

static bool column_within(const struct cover_range_vec *inner, const struct cover_range_vec *outer)
{
	if (!outer->len)
		return true;
	vec_foreach (range, inner) {
		bool found = false;

		vec_foreach (other, outer)
			found |= range->low >= other->low && range->high <= other->high;
		if (!found)
			return false;
	}
	return inner->len > 0;
}

static bool row_within(const struct cover *cover, const struct cover_row *inner,
		       const struct cover_row *outer)
{
	for (uint32_t i = 0; i < cover->width; i++) {
		if (!column_within(&inner->columns[i], &outer->columns[i]))
			return false;
	}
	return true;
}

/* Arms of tuples may overlap, the first one wins; but each must be able to win. */
static void check_useless(struct cover *cover)
{
	uint32_t steps = 0;

	for (uint32_t i = 1; i < cover->rows.len; i++) {
		for (uint32_t j = 0; j < i && steps++ < STEPS_MAX; j++) {
			if (!row_within(cover, &cover->rows.data[i], &cover->rows.data[j]))
				continue;
			report_overlap(cover, cover->rows.data[i].span, cover->rows.data[j].span);
			break;
		}
	}
}

/* ---- what is missing ---- */

struct search {
	struct cover *cover;
	__int128 *point; /* a value for each column; meaningful up to the depth of the search */
	uint32_t steps;
	uint32_t missing;
	struct strbuf names; /* the first few missing values */
};

static const struct type *column_type(const struct cover *cover, uint32_t column)
{
	return cover->match->match.values.data[column]->type;
}

static bool is_finite(const struct type *type)
{
	return type->kind == TYPE_ENUM || type->kind == TYPE_BOOL;
}

VEC_TYPE(point_vec, __int128);

static int compare_points(const void *a, const void *b)
{
	__int128 left = *(const __int128 *)a, right = *(const __int128 *)b;

	return left < right ? -1 : left > right;
}

static __int128 variant_value(const struct type *type, const struct enum_value *value)
{
	return type_is_signed(type) ? (__int128)value->value : (__int128)(uint64_t)value->value;
}

/* One value of each part of the column's domain that the rows may treat differently. */
static void collect_points(const struct cover *cover, uint32_t column, struct point_vec *points)
{
	const struct type *type = column_type(cover, column);
	struct arena *arena = &cover->sema->comp->arena;
	__int128 low = 0, high = (__int128)cover->texts.len;
	uint32_t kept = 0;

	if (type->kind == TYPE_ENUM) {
		vec_foreach (value, &type->enumeration->values)
			vec_push(arena, points, variant_value(type, value));
	} else {
		if (type->kind != TYPE_STR)
			type_value_range(type, &low, &high);
		vec_push(arena, points, low);
		vec_push(arena, points, high);
		vec_foreach (row, &cover->rows) {
			vec_foreach (range, &row->columns[column]) {
				vec_push(arena, points, range->low);
				vec_push(arena, points, range->high + 1);
			}
		}
	}
	qsort(points->data, points->len, sizeof(*points->data), compare_points);
	for (uint32_t i = 0; i < points->len; i++) {
		__int128 point = points->data[i];

		if ((kept && points->data[kept - 1] == point) ||
		    (type->kind != TYPE_ENUM && (point < low || point > high)))
			continue;
		points->data[kept++] = point;
	}
	points->len = kept;
}

static const char *point_name(const struct cover *cover, uint32_t column, __int128 point)
{
	const struct type *type = column_type(cover, column);
	struct constant value;

	if (type->kind == TYPE_BOOL)
		return point ? "true" : "false";
	if (type->kind == TYPE_ENUM) {
		vec_foreach (variant, &type->enumeration->values) {
			if (variant_value(type, variant) == point)
				return variant->name;
		}
	}
	value = constant_from_wide(point);
	return sema_constant_text(cover->sema, &value);
}

/* Every value of the columns from `column` on is missing. */
static void note_missing(struct search *search, uint32_t column)
{
	const struct cover *cover = search->cover;

	if (search->missing++ >= NAMED_MAX)
		return;
	strbuf_puts(&search->names, search->names.len ? ", `" : "`");
	for (uint32_t i = 0; i < cover->width; i++) {
		if (cover->width > 1)
			strbuf_puts(&search->names, i ? ", " : "(");
		strbuf_puts(&search->names,
			    i < column ? point_name(cover, i, search->point[i]) : "_");
	}
	strbuf_puts(&search->names, cover->width > 1 ? ")`" : "`");
}

static bool column_takes(const struct cover_range_vec *ranges, __int128 point)
{
	vec_foreach (range, ranges) {
		if (point >= range->low && point <= range->high)
			return true;
	}
	return !ranges->len;
}

/* `rows` are those that take the point so far. */
static void find_missing(struct search *search, const struct u32_vec *rows, uint32_t column)
{
	struct cover *cover = search->cover;
	struct arena *arena = &cover->sema->comp->arena;
	struct point_vec points = {0};

	if (!rows->len) {
		note_missing(search, column);
		return;
	}
	if (column == cover->width)
		return;
	collect_points(cover, column, &points);
	vec_foreach (point, &points) {
		struct u32_vec left = {0};

		search->steps += rows->len + 1;
		if (search->steps > STEPS_MAX)
			return;
		search->point[column] = *point;
		vec_foreach (row, rows) {
			if (column_takes(&cover->rows.data[*row].columns[column], *point))
				vec_push(arena, &left, *row);
		}
		find_missing(search, &left, column + 1);
	}
}

static void report_missing(struct search *search, bool is_value)
{
	struct cover *cover = search->cover;
	struct compilation *comp = cover->sema->comp;
	struct span span = cover->match->match.values.data[0]->span;
	bool finite = true;

	for (uint32_t i = 0; i < cover->width; i++)
		finite &= is_finite(column_type(cover, i));
	span = span_join(span, cover->match->match.values.data[cover->width - 1]->span);
	if (finite) {
		if (search->missing > NAMED_MAX)
			strbuf_printf(&search->names, " and %u more", search->missing - NAMED_MAX);
		diag_report(comp, DIAG_MATCH_EXHAUSTIVE, span, "no arm takes %s",
			    strbuf_text(&search->names));
		diag_help(comp, "add the missing arms, or a `default`");
	} else if (is_value) {
		diag_report(comp, DIAG_MATCH_NO_DEFAULT, span,
			    "a value that no arm takes gives zero");
		diag_help(comp, "add a `default`");
	}
}

static void check_missing(struct cover *cover, bool is_value)
{
	struct search search = {.cover = cover};
	struct u32_vec rows = {0};

	for (uint32_t i = 0; i < cover->rows.len; i++)
		vec_push(&cover->sema->comp->arena, &rows, i);
	search.point = arena_array(&cover->sema->comp->arena, __int128, cover->width);
	find_missing(&search, &rows, 0);
	if (search.missing)
		report_missing(&search, is_value);
	strbuf_free(&search.names);
}

void match_cover_report(struct cover *cover, bool is_value)
{
	if (cover->width == 1)
		check_overlaps(cover);
	else
		check_useless(cover);
	if (!cover->has_default)
		check_missing(cover, is_value);
}
