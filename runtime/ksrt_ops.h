/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations with the language's meaning, header-only: they cost nothing where the compiler can
 * see that the special case cannot happen. Same results as on the BPF target:
 *
 *  - x / 0 is 0, x % 0 is x, MIN / -1 is MIN, MIN % -1 is 0;
 *  - shift counts are taken modulo the width, >> of signed types is arithmetic;
 *  - an array index outside reads zero and writes nothing;
 *  - a float becomes an integer by truncation, saturating; NaN becomes 0.
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
#define KS_SWAP64(x) ((u64)__builtin_bswap64(x)) /* uint64_t is a long */
#else
#define KS_SWAP16(x) ((u16)(x))
#define KS_SWAP32(x) ((u32)(x))
#define KS_SWAP64(x) ((u64)(x))
#endif

/* ---- places that may not be there ---- */

/*
 * Zeroed memory of `size` bytes: what a read outside of an array gives, and where a write outside
 * goes. Calls share it, so what is written there is gone with the next one.
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

/* The address of an element, NULL outside. */
#define KS_ELEM_ADDR(array, index)                                                 \
	({                                                                         \
		u64 ks_i = (u64)(index);                                           \
		ks_i < sizeof(array) / sizeof((array)[0]) ? &(array)[ks_i] : NULL; \
	})

/* What a pointer points to, an lvalue; null reads zero and writes nothing. */
#define KS_OR_ZERO(p)                                                      \
	(*({                                                               \
		__typeof__(p) ks_p = (p);                                  \
		ks_p ? ks_p : (__typeof__(ks_p))ks_nowhere(sizeof(*ks_p)); \
	}))

/* ---- arrays, unions ---- */

/* to = from, of arrays of one type; `from` is the address of the first element. */
#define KS_COPY(to, from) __builtin_memmove((void *)(to), (const void *)(from), sizeof(to))
#define KS_CLEAR(to)	  __builtin_memset((void *)(to), 0, sizeof(to))

/* A struct that starts with `size` bytes and is zero behind them. */
#define KS_WIDEN(type, from, size)                                   \
	({                                                           \
		type ks_v = {};                                      \
		__builtin_memcpy(&ks_v, (const void *)(from), size); \
		ks_v;                                                \
	})

/* A union with one member set; the bytes beside it are zero. */
#define KS_UNION(type, member, value)                     \
	({                                                \
		type ks_v;                                \
		__builtin_memset(&ks_v, 0, sizeof(ks_v)); \
		ks_v.member = (value);                    \
		ks_v;                                     \
	})

/* The same for a member that is an array; `value` points to its first element. */
#define KS_UNION_ARRAY(type, member, value)                                  \
	({                                                                   \
		type ks_v;                                                   \
		__builtin_memset(&ks_v, 0, sizeof(ks_v));                    \
		__builtin_memcpy(ks_v.member, (value), sizeof(ks_v.member)); \
		ks_v;                                                        \
	})

/* ---- strings ---- */

/*
 * str(N) is char[N + 1]; the bytes after the end are always zero. Results go to memory that the
 * caller gives, e.g. a compound literal: ks_str_cat((char[11]){0}, 11, a, b). Text in a str,
 * char[N] or u8[N] ends at the first NUL or at the size.
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

/*
 * Writes text to a str of `size` bytes (NUL and zeroes included), cut to what fits. The text may
 * lie in the target itself. Returns `to`.
 */
static inline char *ks_str_from(char *to, u32 size, const void *from, u32 from_size)
{
	u32 n = ks_text_len(from, from_size);

	if (n > size - 1)
		n = size - 1;
	__builtin_memmove(to, from, n);
	__builtin_memset(to + n, 0, size - n);
	return to;
}

/* The same for char[N] and u8[N], which need no NUL. */
static inline void *ks_bytes_from(void *to, u32 size, const void *from, u32 from_size)
{
	u32 n = ks_text_len(from, from_size);

	if (n > size)
		n = size;
	__builtin_memmove(to, from, n);
	__builtin_memset((char *)to + n, 0, size - n);
	return to;
}

/* str = str of any capacity: `from` ends with a NUL. */
static inline char *ks_str_copy(char *to, u32 size, const char *from)
{
	return ks_str_from(to, size, from, size);
}

/* a + b, cut to what fits. `to` is neither of them. */
static inline char *ks_str_cat(char *to, u32 size, const char *a, const char *b)
{
	u32 n;

	ks_str_copy(to, size, a);
	n = ks_text_len(to, size);
	ks_str_copy(to + n, size - n, b);
	return to;
}

/* Of texts that end with a NUL. */
static inline u32 ks_str_len(const char *s)
{
	return (u32)__builtin_strlen(s);
}

static inline bool ks_str_eq(const char *a, const char *b)
{
	return !__builtin_strcmp(a, b);
}

/* A struct str_N from text in `size` bytes, from two texts that end with a NUL. */
#define KS_STR(type, text, size)                                 \
	({                                                       \
		type ks_s;                                       \
		ks_str_from(ks_s.s, sizeof(ks_s.s), text, size); \
		ks_s;                                            \
	})
#define KS_STR_CAT(type, a, b)                            \
	({                                                \
		type ks_s;                                \
		ks_str_cat(ks_s.s, sizeof(ks_s.s), a, b); \
		ks_s;                                     \
	})

/* The character at an index; NUL outside, also for negative indexes. */
static inline char ks_str_at(const char *s, u32 size, u64 index)
{
	return index < size ? s[index] : '\0';
}

/* hex(value): "0x1f" into a str(18). Returns `to`. */
char *ks_hex(char *to, u32 size, u64 value);
/* ip_str(address in network order): "192.0.2.1" into a str(15). Returns `to`. */
char *ks_ip_str(char *to, u32 size, u32 address_be);

/* The same as values of a struct str_N. */
#define KS_HEX(type, value)                              \
	({                                               \
		type ks_s;                               \
		ks_hex(ks_s.s, sizeof(ks_s.s), (value)); \
		ks_s;                                    \
	})
#define KS_IP_STR(type, address)                              \
	({                                                    \
		type ks_s;                                    \
		ks_ip_str(ks_s.s, sizeof(ks_s.s), (address)); \
		ks_s;                                         \
	})

#endif
