/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <string.h>

#define NAME_BYTES_MAX 96

static uint32_t min3(uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t least = a < b ? a : b;

	return least < c ? least : c;
}

/*
 * The number of inserted, removed, changed or swapped neighbouring characters between two names
 * that are both at most NAME_BYTES_MAX long.
 */
static uint32_t edit_distance(const char *a, uint32_t a_len, const char *b, uint32_t b_len)
{
	uint32_t rows[3][NAME_BYTES_MAX + 1];
	uint32_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;

	for (uint32_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (uint32_t i = 1; i <= a_len; i++) {
		row[0] = i;
		for (uint32_t j = 1; j <= b_len; j++) {
			uint32_t change = last[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = min3(last[j] + 1, row[j - 1] + 1, change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b_len];
}

const char *diag_nearest(const char *name, const char *const *candidates, uint32_t count)
{
	uint32_t len = (uint32_t)strnlen(name, NAME_BYTES_MAX + 1);
	uint32_t best = len / 3 > 1 ? len / 3 : 1;
	const char *found = NULL;

	/* For a name of one character every other one would be near. */
	if (len < 2 || len > NAME_BYTES_MAX)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t other = (uint32_t)strnlen(candidates[i], NAME_BYTES_MAX + 1);
		uint32_t gap = other > len ? other - len : len - other;
		uint32_t distance;

		if (other > NAME_BYTES_MAX || gap > best)
			continue;
		distance = edit_distance(name, len, candidates[i], other);
		if (!distance || distance > best || (found && distance == best))
			continue;
		found = candidates[i];
		best = distance;
	}
	return found;
}
