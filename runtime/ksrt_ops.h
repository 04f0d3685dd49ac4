/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations with the language's meaning, header-only: they cost nothing where the compiler can
 * see that the special case cannot happen. Same results as on the BPF target:
 *
 *  - x / 0 is 0, x % 0 is x, MIN / -1 is MIN, MIN % -1 is 0;
 *  - shift counts are taken modulo the width, >> of signed types is arithmetic;
 *  - an array index outside reads zero and writes nothing;
 *  - a float becomes an integer by truncation, saturating; NaN becomes 0.
 *
 * Macros evaluate each argument once.
 */
#ifndef KSRT_OPS_H
#define KSRT_OPS_H

/* ks_div_u32(a, b), ks_mod_i8(a, b), ks_shl_u64(a, n), ks_shr_i16(a, n) ... */
#define KS_UNSIGNED_OPS(type)                                          \
	static inline type ks_div_##type(type a, type b)               \
	{                                                              \
		return b ? (type)(a / b) : 0;                          \
	}                                                              \
	static inline type ks_mod_##type(type a, type b)               \
	{                                                              \
		return b ? (type)(a % b) : a;                          \
	}                                                              \
	static inline type ks_shl_##type(type a, u64 n)                \
	{                                                              \
		return (type)((u64)a << (n & (sizeof(type) * 8 - 1))); \
	}                                                              \
	static inline type ks_shr_##type(type a, u64 n)                \
	{                                                              \
		return (type)(a >> (n & (sizeof(type) * 8 - 1)));      \
	}

/* -a of MIN is MIN: through the unsigned type, so that no option of the compiler matters. */
#define KS_SIGNED_OPS(type, utype)                                            \
	static inline type ks_div_##type(type a, type b)                      \
	{                                                                     \
		if (b == -1)                                                  \
			return (type)(utype)(0 - (u64)a);                     \
		return b ? (type)(a / b) : 0;                                 \
	}                                                                     \
	static inline type ks_mod_##type(type a, type b)                      \
	{                                                                     \
		if (b == -1)                                                  \
			return 0;                                             \
		return b ? (type)(a % b) : a;                                 \
	}                                                                     \
	static inline type ks_shl_##type(type a, u64 n)                       \
	{                                                                     \
		return (type)(utype)((u64)a << (n & (sizeof(type) * 8 - 1))); \
	}                                                                     \
	static inline type ks_shr_##type(type a, u64 n)                       \
	{                                                                     \
		return (type)(a >> (n & (sizeof(type) * 8 - 1)));             \
	}

KS_UNSIGNED_OPS(u8)
KS_UNSIGNED_OPS(u16)
KS_UNSIGNED_OPS(u32)
KS_UNSIGNED_OPS(u64)
KS_SIGNED_OPS(i8, u8)
KS_SIGNED_OPS(i16, u16)
KS_SIGNED_OPS(i32, u32)
KS_SIGNED_OPS(i64, u64)

/* ks_u32_of_float(x): the first value that is too large is a power of two, so exact. */
#define KS_FLOAT_OPS(type, min, max, above)                  \
	static inline type ks_##type##_of_float(f64 x)       \
	{                                                    \
		if (!(x > (f64)(min)))                       \
			return x == x ? (type)(min) : 0;     \
		return x >= (above) ? (type)(max) : (type)x; \
	}

KS_FLOAT_OPS(u8, 0, UINT8_MAX, 0x1p8)
KS_FLOAT_OPS(u16, 0, UINT16_MAX, 0x1p16)
KS_FLOAT_OPS(u32, 0, UINT32_MAX, 0x1p32)
KS_FLOAT_OPS(u64, 0, UINT64_MAX, 0x1p64)
KS_FLOAT_OPS(i8, INT8_MIN, INT8_MAX, 0x1p7)
KS_FLOAT_OPS(i16, INT16_MIN, INT16_MAX, 0x1p15)
KS_FLOAT_OPS(i32, INT32_MIN, INT32_MAX, 0x1p31)
KS_FLOAT_OPS(i64, INT64_MIN, INT64_MAX, 0x1p63)

/* beN <-> uN, both ways. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define KS_SWAP16(x) __builtin_bswap16(x)
#define KS_SWAP32(x) __builtin_bswap32(x)
#define KS_SWAP64(x) __builtin_bswap64(x)
#else
#define KS_SWAP16(x) ((u16)(x))
#define KS_SWAP32(x) ((u32)(x))
#define KS_SWAP64(x) ((u64)(x))
#endif

/* ---- places that may not be there ---- */

/*
 * Zeroed memory of `size` bytes, valid until the next call: what a read outside of an array
 * gives, and where a write outside goes.
 */
void *ks_nowhere(size_t size);

/*
 * The element of an array (not of a pointer), an lvalue: KS_ELEM(a, i) = KS_ELEM(b, j) + 1. The
 * array is mentioned twice: print only names and fields there. A negative index is outside.
 */
#define KS_ELEM(array, index)                                                      \
	(*({                                                                       \
		u64 ks_i = (u64)(index);                                           \
		ks_i < sizeof(array) / sizeof((array)[0])                          \
			? &(array)[ks_i]                                           \
			: (__typeof__(&(array)[0]))ks_nowhere(sizeof((array)[0])); \
	}))

/* What a pointer points to, an lvalue; null reads zero and writes nothing. */
#define KS_OR_ZERO(p)                                                      \
	(*({                                                               \
		__typeof__(p) ks_p = (p);                                  \
		ks_p ? ks_p : (__typeof__(ks_p))ks_nowhere(sizeof(*ks_p)); \
	}))

/* ---- strings ---- */

/*
 * str(N) is a struct with one member char s[N + 1]; the bytes after the end are always zero. The
 * functions take addresses and sizes, so char[N] and u8[N] are served as well; text ends at the
 * first NUL or at the size.
 */
static inline u32 ks_text_len(const void *s, size_t size)
{
	const char *text = (const char *)s;
	u32 n = 0;

	while (n < size && text[n])
		n++;
	return n;
}

static inline bool ks_text_eq(const void *a, size_t a_size, const void *b, size_t b_size)
{
	u32 n = ks_text_len(a, a_size);

	return n == ks_text_len(b, b_size) && !__builtin_memcmp(a, b, n);
}

/* Copies text into `room` bytes of `to`, cut, the rest up to `size` zero. */
static inline void ks_text_copy(void *to, size_t size, size_t room, const void *from,
				size_t from_size)
{
	u32 n = ks_text_len(from, from_size);

	if (n > room)
		n = (u32)room;
	__builtin_memmove(to, from, n);
	__builtin_memset((char *)to + n, 0, size - n);
}

/*
 * The expressions. `type` is the struct of the result; a and b are strings or structs around an
 * array, lvalues or not. A bare array (a kernel struct's comm) goes to the functions above.
 */

/* Length of a string, u32. */
#define KS_STR_LEN(a)                                           \
	({                                                      \
		__typeof__(a) ks_a = (a);                       \
		ks_text_len((const void *)&ks_a, sizeof(ks_a)); \
	})

/* Same text? bool. */
#define KS_STR_EQ(a, b)                                                                           \
	({                                                                                        \
		__typeof__(a) ks_a = (a);                                                         \
		__typeof__(b) ks_b = (b);                                                         \
		ks_text_eq((const void *)&ks_a, sizeof(ks_a), (const void *)&ks_b, sizeof(ks_b)); \
	})

/* str(A), char[N], u8[N] to str(B): cut to B bytes. */
#define KS_STR_CUT(type, a)                                                              \
	({                                                                               \
		__typeof__(a) ks_a = (a);                                                \
		type ks_r;                                                               \
		ks_text_copy(&ks_r, sizeof(ks_r), sizeof(ks_r) - 1, (const void *)&ks_a, \
			     sizeof(ks_a));                                              \
		ks_r;                                                                    \
	})

/* str(A) to char[N] or u8[N] (as a struct around the array): no NUL needed. */
#define KS_STR_TO_ARRAY(type, a)                                                     \
	({                                                                           \
		__typeof__(a) ks_a = (a);                                            \
		type ks_r;                                                           \
		ks_text_copy(&ks_r, sizeof(ks_r), sizeof(ks_r), (const void *)&ks_a, \
			     sizeof(ks_a));                                          \
		ks_r;                                                                \
	})

/* a + b, cut to the type's capacity. */
#define KS_STR_CAT(type, a, b)                                                                   \
	({                                                                                       \
		__typeof__(a) ks_a = (a);                                                        \
		__typeof__(b) ks_b = (b);                                                        \
		type ks_r;                                                                       \
		u32 ks_n;                                                                        \
		ks_text_copy(&ks_r, sizeof(ks_r), sizeof(ks_r) - 1, (const void *)&ks_a,         \
			     sizeof(ks_a));                                                      \
		ks_n = ks_text_len(&ks_r, sizeof(ks_r));                                         \
		ks_text_copy((char *)&ks_r + ks_n, sizeof(ks_r) - ks_n, sizeof(ks_r) - 1 - ks_n, \
			     (const void *)&ks_b, sizeof(ks_b));                                 \
		ks_r;                                                                            \
	})

/* The character at an index, NUL outside. */
#define KS_STR_AT(a, index)                                               \
	({                                                                \
		__typeof__(a) ks_a = (a);                                 \
		u64 ks_i = (u64)(index);                                  \
		ks_i < sizeof(ks_a) ? ((const char *)&ks_a)[ks_i] : '\0'; \
	})

/* hex(value): "0x1f", for struct str_18; ip_str(address): "192.0.2.1", for struct str_15. */
void ks_hex_text(void *to, size_t size, u64 value);
void ks_ip_text(void *to, size_t size, u32 address_be);

#define KS_HEX(type, value)                              \
	({                                               \
		type ks_r;                               \
		ks_hex_text(&ks_r, sizeof(ks_r), value); \
		ks_r;                                    \
	})
#define KS_IP_STR(type, address_be)                          \
	({                                                   \
		type ks_r;                                   \
		ks_ip_text(&ks_r, sizeof(ks_r), address_be); \
		ks_r;                                        \
	})

#endif
