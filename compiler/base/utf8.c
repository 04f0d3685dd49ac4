/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

struct code_range {
	uint32_t first, last;
};

/* Blocks of combining marks, joiners and variation selectors; sorted. */
static const struct code_range zero_width[] = {
	{0x0300, 0x036f},   {0x0483, 0x0489},	{0x0591, 0x05bd}, {0x0610, 0x061a},
	{0x064b, 0x065f},   {0x0e34, 0x0e3a},	{0x0e47, 0x0e4e}, {0x1ab0, 0x1aff},
	{0x1dc0, 0x1dff},   {0x200b, 0x200f},	{0x20d0, 0x20ff}, {0x302a, 0x302d},
	{0x3099, 0x309a},   {0xfe00, 0xfe0f},	{0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
	{0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
};

/* Blocks that terminals show two columns wide; sorted. */
static const struct code_range double_width[] = {
	{0x1100, 0x115f},   {0x231a, 0x231b},	{0x23e9, 0x23ec},   {0x2614, 0x2615},
	{0x26a1, 0x26a1},   {0x2705, 0x2705},	{0x274c, 0x274c},   {0x2e80, 0x3029},
	{0x302e, 0x303e},   {0x3041, 0x3098},	{0x309b, 0xa4cf},   {0xa960, 0xa97f},
	{0xac00, 0xd7a3},   {0xf900, 0xfaff},	{0xfe30, 0xfe6f},   {0xff00, 0xff60},
	{0xffe0, 0xffe6},   {0x16fe0, 0x18aff}, {0x1b000, 0x1b2ff}, {0x1f004, 0x1f004},
	{0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f320},
	{0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3fa},
	{0x1f400, 0x1f64f}, {0x1f680, 0x1f6fc}, {0x1f7e0, 0x1f7eb}, {0x1f90c, 0x1f9ff},
	{0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

static bool code_in(const struct code_range *ranges, size_t count, uint32_t code)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code > ranges[middle].last)
			low = middle + 1;
		else if (code < ranges[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

uint32_t utf8_decode(const char *text, size_t len, uint32_t *code)
{
	static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t size, value;

	*code = UINT32_MAX;
	if (bytes[0] < 0x80) {
		*code = bytes[0];
		return 1;
	}
	size = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || len < size)
		return 1;
	value = bytes[0] & (0x7fu >> size);
	for (uint32_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < smallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 1;
	*code = value;
	return size;
}

uint32_t utf8_count(const char *text, size_t len)
{
	uint32_t count = 0, code;

	for (size_t i = 0; i < len; count++)
		i += utf8_decode(text + i, len - i, &code);
	return count;
}

uint32_t utf8_width(uint32_t code)
{
	if (code < 0x300 || code == UINT32_MAX)
		return 1;
	if (code_in(zero_width, sizeof(zero_width) / sizeof(*zero_width), code))
		return 0;
	return code_in(double_width, sizeof(double_width) / sizeof(*double_width), code) ? 2 : 1;
}

bool utf8_is_control(uint32_t code)
{
	/* Bidirectional controls could make a line of source look like another one. */
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == UINT32_MAX ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}
