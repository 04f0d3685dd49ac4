/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_free(struct strbuf *buf)
{
	free(buf->data);
	*buf = (struct strbuf){0};
}

void strbuf_clear(struct strbuf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = 0;
}

/* Room for `more` bytes and the NUL. */
static void strbuf_reserve(struct strbuf *buf, size_t more)
{
	size_t needed, cap = buf->cap ? buf->cap : 64;
	char *data;

	if (more > SIZE_MAX / 4 - buf->len)
		memory_exhausted(more);
	needed = buf->len + more + 1;
	if (needed <= buf->cap)
		return;
	while (cap < needed)
		cap *= 2;
	data = realloc(buf->data, cap);
	if (!data)
		memory_exhausted(cap);
	buf->data = data;
	buf->cap = cap;
}

void strbuf_append(struct strbuf *buf, const char *data, size_t len)
{
	strbuf_reserve(buf, len);
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = 0;
}

void strbuf_puts(struct strbuf *buf, const char *text)
{
	strbuf_append(buf, text, strlen(text));
}

void strbuf_putc(struct strbuf *buf, char c)
{
	strbuf_append(buf, &c, 1);
}

void strbuf_pad(struct strbuf *buf, char c, size_t count)
{
	strbuf_reserve(buf, count);
	memset(buf->data + buf->len, c, count);
	buf->len += count;
	buf->data[buf->len] = 0;
}

void strbuf_vprintf(struct strbuf *buf, const char *fmt, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	strbuf_reserve(buf, 80);
	len = vsnprintf(buf->data + buf->len, buf->cap - buf->len, fmt, args);
	if (len > 0 && (size_t)len >= buf->cap - buf->len) {
		strbuf_reserve(buf, (size_t)len);
		vsnprintf(buf->data + buf->len, buf->cap - buf->len, fmt, again);
	}
	va_end(again);
	if (len > 0)
		buf->len += (size_t)len;
	buf->data[buf->len] = 0;
}

void strbuf_printf(struct strbuf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strbuf_vprintf(buf, fmt, args);
	va_end(args);
}

const char *strbuf_text(const struct strbuf *buf)
{
	return buf->data ? buf->data : "";
}
