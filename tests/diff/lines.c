/* SPDX-License-Identifier: Apache-2.0 */
/* The text in which runs are compared. */
#include "trial.h"

#include <stdlib.h>
#include <string.h>

void bytes_show(struct strbuf *out, const void *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		uint8_t byte = ((const uint8_t *)bytes)[i];

		strbuf_putc(out, digits[byte >> 4]);
		strbuf_putc(out, digits[byte & 15]);
	}
}

uint32_t number_of(const char *name)
{
	const char *end = strrchr(name, '_');

	return end && end[1] >= '0' && end[1] <= '9' ? (uint32_t)strtoul(end + 1, NULL, 10)
						     : UINT32_MAX;
}

void packet_fill(uint8_t *packet, uint64_t seed)
{
	for (unsigned i = 0; i < PACKET_BYTES; i++)
		packet[i] = (uint8_t)(seed >> i % 8 * 8) + (uint8_t)(i * 7);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void lines_sort(struct strbuf *lines)
{
	struct strbuf out = {0};
	uint32_t count = 0, at = 0;
	char *text = lines->data;
	const char **all;

	for (size_t i = 0; i < lines->len; i++)
		count += text[i] == '\n';
	all = calloc(count + 1, sizeof(*all));
	if (!all)
		abort();
	for (char *next = text; at < count; next = strchr(next, 0) + 1) {
		*strchr(next, '\n') = 0;
		all[at++] = next;
	}
	qsort(all, count, sizeof(*all), compare);
	for (uint32_t i = 0; i < count; i++)
		strbuf_printf(&out, "%s\n", all[i]);
	free(all);
	strbuf_free(lines);
	*lines = out;
}

void lines_compare(struct verdict *verdict, enum outcome outcome, const struct strbuf *expected,
		   const struct strbuf *got)
{
	const char *a = strbuf_text(expected), *b = strbuf_text(got);
	int a_len, b_len;

	while (*a && *b) {
		a_len = (int)strcspn(a, "\n");
		b_len = (int)strcspn(b, "\n");
		if (a_len != b_len || memcmp(a, b, (size_t)a_len) != 0)
			break;
		a += a_len + (a[a_len] == '\n');
		b += b_len + (b[b_len] == '\n');
	}
	if (!*a && !*b)
		return;
	verdict_set(verdict, outcome, (uint32_t)strtoul(*a ? a : b, NULL, 10),
		    "expected: %.*s\ngot:      %.*s", (int)strcspn(a, "\n"), a,
		    (int)strcspn(b, "\n"), b);
}
