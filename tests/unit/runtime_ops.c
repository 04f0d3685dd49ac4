/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that have the language's meaning, not C's. */
#include "ksrt.h"
#include "ks_test.h"

static void division(void)
{
	CHECK_INT(ks_div_u32(7, 2), 3);
	CHECK_INT(ks_div_u32(7, 0), 0);
	CHECK_INT(ks_mod_u32(7, 0), 7);
	CHECK_INT(ks_mod_u8(255, 16), 15);
	CHECK(ks_div_u64(UINT64_MAX, 1) == UINT64_MAX);
	CHECK_INT(ks_div_i32(-7, 2), -3);
	CHECK_INT(ks_mod_i32(-7, 2), -1);
	CHECK_INT(ks_div_i32(-7, 0), 0);
	CHECK_INT(ks_mod_i32(-7, 0), -7);
	CHECK_INT(ks_div_i8(INT8_MIN, -1), INT8_MIN);
	CHECK_INT(ks_div_i16(INT16_MIN, -1), INT16_MIN);
	CHECK_INT(ks_div_i32(INT32_MIN, -1), INT32_MIN);
	CHECK_INT(ks_div_i64(INT64_MIN, -1), INT64_MIN);
	CHECK_INT(ks_mod_i64(INT64_MIN, -1), 0);
	CHECK_INT(ks_div_i8(100, -1), -100);
}

static void shifts(void)
{
	CHECK_INT(ks_shl_u8(0x81, 1), 2);
	CHECK_INT(ks_shl_u8(1, 8), 1);
	CHECK_INT(ks_shl_u32(1, 33), 2);
	CHECK(ks_shl_u64(1, 63) == 1ull << 63);
	CHECK_INT(ks_shl_u64(3, 64), 3);
	CHECK_INT(ks_shl_u16(1, (u64)-1), 0x8000);
	CHECK_INT(ks_shr_u32(0x80000000u, 31), 1);
	CHECK_INT(ks_shr_u32(8, 35), 1);
	CHECK_INT(ks_shr_i8(-128, 7), -1);
	CHECK_INT(ks_shr_i32(-8, 1), -4);
	CHECK_INT(ks_shl_i32(1, 31), INT32_MIN);
	CHECK_INT(ks_shl_i64(-1, 1), -2);
	CHECK_INT(ks_shl_i8(1, 7), INT8_MIN);
}

static void floats(void)
{
	CHECK_INT(ks_u8_of_float(255.9), 255);
	CHECK_INT(ks_u8_of_float(256.0), 255);
	CHECK_INT(ks_u8_of_float(-0.5), 0);
	CHECK_INT(ks_i8_of_float(-128.9), -128);
	CHECK_INT(ks_i8_of_float(-1000), -128);
	CHECK_INT(ks_i8_of_float(127.5), 127);
	CHECK_INT(ks_i32_of_float(-1.9), -1);
	CHECK(ks_u64_of_float(1e30) == UINT64_MAX);
	CHECK_INT(ks_i64_of_float(1e30), INT64_MAX);
	CHECK_INT(ks_i64_of_float(-1e30), INT64_MIN);
	CHECK_INT(ks_i64_of_float(__builtin_nan("")), 0);
	CHECK_INT(ks_u32_of_float(__builtin_inf()), UINT32_MAX);
}

static void elements(void)
{
	u32 a[3] = {1, 2, 3}, grid[2][2] = {{1, 2}, {3, 4}};
	u32 *null = NULL, one = 1;
	i32 below = -1;

	CHECK_INT(KS_ELEM(a, 2), 3);
	CHECK_INT(KS_ELEM(a, 3), 0);
	CHECK_INT(KS_ELEM(a, below), 0);
	KS_ELEM(a, 3) = 7;
	KS_ELEM(a, 1) += 5;
	CHECK_INT(KS_ELEM(a, 3), 0);
	CHECK_INT(a[1], 7);
	CHECK_INT(KS_ELEM(KS_ELEM(grid, 1), 1), 4);
	CHECK_INT(KS_ELEM(KS_ELEM(grid, 2), 1), 0);
	CHECK_INT(KS_OR_ZERO(null), 0);
	KS_OR_ZERO(null) = 4;
	CHECK_INT(KS_OR_ZERO(null), 0);
	CHECK_INT(KS_OR_ZERO(&one), 1);
}

static void strings(void)
{
	char five[6], all[11];
	u8 bytes[4];

	CHECK_TEXT(ks_str_from(five, 6, "abcdefgh", 9), "abcde");
	CHECK_TEXT(ks_str_from(five, 6, "xyz", 2), "xy");
	CHECK(!memcmp(five, "xy\0\0\0\0", 6));
	ks_bytes_from(bytes, 4, "abcdef", 7);
	CHECK(!memcmp(bytes, "abcd", 4));
	CHECK_INT(ks_text_len(bytes, 4), 4);
	CHECK(ks_text_eq(bytes, 4, "abcd", 5));
	CHECK(!ks_text_eq(bytes, 4, "abc", 4));
	CHECK(ks_text_eq("", 1, "\0x", 3));
	CHECK_TEXT(ks_str_cat(all, 11, "hello ", "wonderful"), "hello wond");
	CHECK_TEXT(ks_str_cat(all, 11, "a", ""), "a");
	CHECK(!memcmp(all, "a\0\0\0\0\0\0\0\0\0\0", 11));
	CHECK_INT(ks_str_at("abc", 4, 1), 'b');
	CHECK_INT(ks_str_at("abc", 4, 9), 0);
	CHECK_INT(ks_str_at("abc", 4, (u64)-1), 0);
}

static void texts(void)
{
	char hex[19], ip[16];
	u32 address;

	CHECK_TEXT(ks_hex(hex, sizeof(hex), 255), "0xff");
	CHECK_TEXT(ks_hex(hex, sizeof(hex), UINT64_MAX), "0xffffffffffffffff");
	memcpy(&address, (u8[]){192, 0, 2, 255}, 4);
	CHECK_TEXT(ks_ip_str(ip, sizeof(ip), address), "192.0.2.255");
	memset(&address, 255, 4);
	CHECK_TEXT(ks_ip_str(ip, sizeof(ip), address), "255.255.255.255");
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"division", division}, {"shifts", shifts},   {"floats", floats},
		{"elements", elements}, {"strings", strings}, {"texts", texts},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(*tests));
}
