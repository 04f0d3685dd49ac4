/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text on the heap, for everything the compiler prints. Always NUL-terminated. */
#ifndef KSC_BASE_STRBUF_H
#define KSC_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
	char *data; /* never NULL after the first append; use strbuf_text() */
	size_t len, cap;
};

void strbuf_free(struct strbuf *buf);
void strbuf_clear(struct strbuf *buf);
void strbuf_append(struct strbuf *buf, const char *data, size_t len);
void strbuf_puts(struct strbuf *buf, const char *text);
void strbuf_putc(struct strbuf *buf, char c);
void strbuf_pad(struct strbuf *buf, char c, size_t count);
void strbuf_printf(struct strbuf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *fmt, va_list args);
/* The text, "" when nothing was appended. */
const char *strbuf_text(const struct strbuf *buf);

#endif
