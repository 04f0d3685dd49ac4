/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 as terminals show it. Bytes that are not valid UTF-8 count as one character of one column
 * each, so that garbage can be measured and shown too.
 */
#ifndef KSC_BASE_UTF8_H
#define KSC_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one character of at most `len` (> 0) bytes; `code` is UINT32_MAX for an invalid byte. */
uint32_t utf8_decode(const char *text, size_t len, uint32_t *code);
/* The number of characters in `len` bytes. */
uint32_t utf8_count(const char *text, size_t len);
/* The columns a character takes: 0 for combining marks, 2 for East Asian wide ones, else 1. */
uint32_t utf8_width(uint32_t code);
/* Whether showing the character as it is could disturb a terminal. */
bool utf8_is_control(uint32_t code);

#endif
