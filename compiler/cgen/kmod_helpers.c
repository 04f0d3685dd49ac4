/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language's operations that C has not, in a kernel module: printed into the file, each only
 * when it is mentioned. They mean what those of runtime/ksrt_ops.h mean.
 */
#include "cgen/kmod.h"

#include <string.h>

/* ---- arithmetic ---- */

static const struct {
	const char *name, *type, *unsigned_type;
	unsigned bits;
} numbers[] = {
	{"u8", "u8", "u8", 8},	   {"u16", "u16", "u16", 16}, {"u32", "u32", "u32", 32},
	{"u64", "u64", "u64", 64}, {"i8", "s8", "u8", 8},     {"i16", "s16", "u16", 16},
	{"i32", "s32", "u32", 32}, {"i64", "s64", "u64", 64},
};

/* @ is the type, ^ the unsigned type of its width, # the mask of shift counts. */
static const struct {
	const char *name, *params, *body, *signed_body;
} operations[] = {
	{"div", "@ a, @ b", "\treturn b ? a / b : 0;\n",
	 "\tif (b == -1)\n\t\treturn (@)(^)(0 - (u64)a);\n\treturn b ? a / b : 0;\n"},
	{"mod", "@ a, @ b", "\treturn b ? a % b : a;\n",
	 "\tif (b == -1)\n\t\treturn 0;\n\treturn b ? a % b : a;\n"},
	{"shl", "@ a, u64 n", "\treturn (@)((u64)a << (n & #));\n",
	 "\treturn (@)(^)((u64)a << (n & #));\n"},
	{"shr", "@ a, u64 n", "\treturn a >> (n & #);\n", "\treturn a >> (n & #);\n"},
};

static void put_template(struct strbuf *out, const char *template, size_t number)
{
	for (; *template; template ++) {
		if (*template == '@')
			strbuf_puts(out, numbers[number].type);
		else if (*template == '^')
			strbuf_puts(out, numbers[number].unsigned_type);
		else if (*template == '#')
			strbuf_printf(out, "%u", numbers[number].bits - 1);
		else
			strbuf_append(out, template, 1);
	}
}

static void put_operation(struct cgen *cg, const char *text, size_t op, size_t number,
			  struct strbuf *out)
{
	const char *name = c_format(cg, "ks_%s_%s(", operations[op].name, numbers[number].name);
	bool is_signed = *numbers[number].name == 'i';

	if (!strstr(text, name))
		return;
	strbuf_printf(out, "\nstatic inline %s %s", numbers[number].type, name);
	put_template(out, operations[op].params, number);
	strbuf_puts(out, ")\n{\n");
	put_template(out, is_signed ? operations[op].signed_body : operations[op].body, number);
	strbuf_puts(out, "}\n");
}

/* ---- memory and text; each row may use the ones above it ---- */

static const struct {
	const char *name, *text;
} helpers[] = {
	{"KS_SWAP16(", "\n#ifdef __LITTLE_ENDIAN\n"
		       "#define KS_SWAP16(x) ((u16)__builtin_bswap16(x))\n"
		       "#else\n#define KS_SWAP16(x) ((u16)(x))\n#endif\n"},
	{"KS_SWAP32(", "\n#ifdef __LITTLE_ENDIAN\n"
		       "#define KS_SWAP32(x) ((u32)__builtin_bswap32(x))\n"
		       "#else\n#define KS_SWAP32(x) ((u32)(x))\n#endif\n"},
	{"KS_SWAP64(", "\n#ifdef __LITTLE_ENDIAN\n"
		       "#define KS_SWAP64(x) ((u64)__builtin_bswap64(x))\n"
		       "#else\n#define KS_SWAP64(x) ((u64)(x))\n#endif\n"},
	{"ks_elem(",
	 "\nstatic inline void *ks_elem(const void *array, size_t size, size_t elem, u64 index,\n"
	 "\t\t\t    void *nowhere)\n"
	 "{\n\treturn index < size / elem ? (char *)array + index * elem : nowhere;\n}\n"},
	{"KS_ELEM(",
	 "\n/* An element of an array; outside, one that reads zero and keeps nothing. */\n"
	 "#define KS_ELEM(array, index)\t\t\t\t\t\t\\\n"
	 "\t(*(typeof(&(array)[0]))ks_elem((array), sizeof(array), sizeof((array)[0]), \\\n"
	 "\t\t\t\t       (u64)(index), (void *)(typeof((array)[0])[1]) {}))\n"},
	{"KS_ELEM_ADDR(",
	 "\n/* The address of an element, NULL outside. */\n"
	 "#define KS_ELEM_ADDR(array, index)\t\t\t\t\t\\\n"
	 "\t((typeof(&(array)[0]))ks_elem((array), sizeof(array), sizeof((array)[0]), \\\n"
	 "\t\t\t\t      (u64)(index), NULL))\n"},
	{"KS_OR_ZERO(", "\n/* What a pointer points to; null reads zero and keeps nothing. */\n"
			"#define KS_OR_ZERO(p) (*((p) ?: (typeof(*(p))[1]) {}))\n"},
	{"KS_COPY(", "\n/* to = from, of arrays of one type. */\n"
		     "#define KS_COPY(to, from) memmove((void *)(to), (const void *)(from), "
		     "sizeof(to))\n"},
	{"KS_CLEAR(", "\n#define KS_CLEAR(to) memset((void *)(to), 0, sizeof(to))\n"},
	{"KS_WIDEN(", "\n/* A struct that starts with `size` bytes and is zero behind them. */\n"
		      "#define KS_WIDEN(type, from, size)\t\t\t\\\n"
		      "\t({\t\t\t\t\t\t\\\n"
		      "\t\ttype ks_v = {};\t\t\t\t\\\n"
		      "\t\tmemcpy(&ks_v, (const void *)(from), size);\t\\\n"
		      "\t\tks_v;\t\t\t\t\t\\\n\t})\n"},
	{"KS_UNION(", "\n/* A union with one member set; the bytes beside it are zero. */\n"
		      "#define KS_UNION(type, member, value)\t\t\t\\\n"
		      "\t({\t\t\t\t\t\t\\\n"
		      "\t\ttype ks_v;\t\t\t\t\\\n"
		      "\t\tmemset(&ks_v, 0, sizeof(ks_v));\t\t\\\n"
		      "\t\tks_v.member = (value);\t\t\t\\\n"
		      "\t\tks_v;\t\t\t\t\t\\\n\t})\n"},
	{"KS_UNION_ARRAY(", "\n/* The same for a member that is an array. */\n"
			    "#define KS_UNION_ARRAY(type, member, value)\t\t\\\n"
			    "\t({\t\t\t\t\t\t\\\n"
			    "\t\ttype ks_v;\t\t\t\t\\\n"
			    "\t\tmemset(&ks_v, 0, sizeof(ks_v));\t\t\\\n"
			    "\t\tmemcpy(ks_v.member, (value), sizeof(ks_v.member)); \\\n"
			    "\t\tks_v;\t\t\t\t\t\\\n\t})\n"},
	{"ks_text_len(", "\nstatic inline u32 ks_text_len(const void *s, size_t size)\n{\n"
			 "\treturn (u32)strnlen(s, size);\n}\n"},
	{"ks_text_eq(",
	 "\nstatic inline bool ks_text_eq(const void *a, size_t a_size, const void *b, "
	 "size_t b_size)\n{\n"
	 "\tu32 n = ks_text_len(a, a_size);\n\n"
	 "\treturn n == ks_text_len(b, b_size) && !memcmp(a, b, n);\n}\n"},
	{"ks_str_eq(", "\nstatic inline bool ks_str_eq(const char *a, const char *b)\n{\n"
		       "\treturn !strcmp(a, b);\n}\n"},
	{"ks_str_from(",
	 "\n/* Text cut to `size` bytes, with its NUL and zeroes up to the end. */\n"
	 "static inline char *ks_str_from(char *to, u32 size, const void *from, u32 from_size)\n"
	 "{\n\tu32 n = ks_text_len(from, from_size);\n\n"
	 "\tif (n > size - 1)\n\t\tn = size - 1;\n"
	 "\tmemmove(to, from, n);\n\tmemset(to + n, 0, size - n);\n\treturn to;\n}\n"},
	{"ks_bytes_from(",
	 "\nstatic inline void *ks_bytes_from(void *to, u32 size, const void *from, u32 "
	 "from_size)\n"
	 "{\n\tu32 n = ks_text_len(from, from_size);\n\n"
	 "\tif (n > size)\n\t\tn = size;\n"
	 "\tmemmove(to, from, n);\n\tmemset((char *)to + n, 0, size - n);\n\treturn to;\n}\n"},
	{"ks_str_cat(",
	 "\nstatic inline char *ks_str_cat(char *to, u32 size, const char *a, const char *b)\n{\n"
	 "\tu32 n;\n\n"
	 "\tks_str_from(to, size, a, size);\n\tn = ks_text_len(to, size);\n"
	 "\tks_str_from(to + n, size - n, b, size - n);\n\treturn to;\n}\n"},
	{"ks_str_at(", "\nstatic inline char ks_str_at(const char *s, u32 size, u64 index)\n{\n"
		       "\treturn index < size ? s[index] : '\\0';\n}\n"},
	{"KS_STR(", "\n#define KS_STR(type, text, size)\t\t\t\t\\\n"
		    "\t({\t\t\t\t\t\t\\\n"
		    "\t\ttype ks_s;\t\t\t\t\\\n"
		    "\t\tks_str_from(ks_s.s, sizeof(ks_s.s), text, size);\t\\\n"
		    "\t\tks_s;\t\t\t\t\t\\\n\t})\n"},
	{"KS_STR_CAT(", "\n#define KS_STR_CAT(type, a, b)\t\t\t\t\\\n"
			"\t({\t\t\t\t\t\t\\\n"
			"\t\ttype ks_s;\t\t\t\t\\\n"
			"\t\tks_str_cat(ks_s.s, sizeof(ks_s.s), a, b);\t\\\n"
			"\t\tks_s;\t\t\t\t\t\\\n\t})\n"},
	{"ks_xdp_buff(", "\n/* What the kernel has behind the context of an XDP program. */\n"
			 "static inline struct xdp_buff *ks_xdp_buff(struct xdp_md *context)\n"
			 "{\n\treturn (struct xdp_buff *)context;\n}\n"},
	{"ks_sk_buff(", "\n/* What the kernel has behind the context of a packet program. */\n"
			"static inline struct sk_buff *ks_sk_buff(struct __sk_buff *context)\n"
			"{\n\treturn (struct sk_buff *)context;\n}\n"},
	{"ks_xdp_md_window",
	 "\n/* The pointer when `size` bytes of the packet lie there, else NULL. */\n"
	 "static inline void *ks_xdp_md_window(struct xdp_md *context, const void *at, u64 size)\n"
	 "{\n"
	 "\tconst struct xdp_buff *xdp = ks_xdp_buff(context);\n"
	 "\tconst void *start = min(xdp->data, xdp->data_meta);\n"
	 "\n"
	 "\tif (at < start || at > xdp->data_end || size > (u64)(xdp->data_end - at))\n"
	 "\t\treturn NULL;\n"
	 "\treturn (void *)at;\n"
	 "}\n"},
	{"ks___sk_buff_window",
	 "\n/* The pointer when `size` bytes of the packet lie there, else NULL: the linear part. "
	 "*/\n"
	 "static inline void *ks___sk_buff_window(struct __sk_buff *context, const void *at, "
	 "u64 size)\n"
	 "{\n"
	 "\tconst struct sk_buff *skb = ks_sk_buff(context);\n"
	 "\tconst void *end = skb->data + skb_headlen(skb);\n"
	 "\n"
	 "\tif (at < (void *)skb->data || at > end || size > (u64)(end - at))\n"
	 "\t\treturn NULL;\n"
	 "\treturn (void *)at;\n"
	 "}\n"},
	{"KS_PACKET(",
	 "\n/* What lies in the packet there; outside it reads zero and keeps nothing. */\n"
	 "#define KS_PACKET(window, context, p) \\\n"
	 "\t(*((typeof(p))window(context, p, sizeof(*(p))) ?: (typeof(*(p))[1]) {}))\n"},
	{"ks_config_ops",
	 "\n"
	 "/* bpf_map_get() is for those who ask for it by name, since 6.12.y. */\n"
	 "#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)\n"
	 "MODULE_IMPORT_NS(\"BPF_INTERNAL\");\n"
	 "#else\n"
	 "MODULE_IMPORT_NS(BPF_INTERNAL);\n"
	 "#endif\n"
	 "\n"
	 "/*\n"
	 " * Settings. Each lies in the memory of a map of the BPF object. The loader writes the "
	 "map's\n"
	 " * descriptor and the place in its value to the parameter of that name; until then, and\n"
	 " * without it, the values of the source hold.\n"
	 " */\n"
	 "struct ks_config {\n"
	 "\tconst void **address;\n"
	 "\tsize_t size;\n"
	 "\tstruct bpf_map *map;\n"
	 "};\n"
	 "\n"
	 "static int ks_config_set(const char *text, const struct kernel_param *param)\n"
	 "{\n"
	 "\tstruct ks_config *config = param->arg;\n"
	 "\tstruct bpf_map *map, *old = config->map;\n"
	 "\tunsigned int fd, offset;\n"
	 "\tint err = -EINVAL;\n"
	 "\tu64 start;\n"
	 "\n"
	 "\tif (sscanf(text, \"%u %u\", &fd, &offset) != 2)\n"
	 "\t\treturn -EINVAL;\n"
	 "\tmap = bpf_map_get(fd);\n"
	 "\tif (IS_ERR(map))\n"
	 "\t\treturn PTR_ERR(map);\n"
	 "\tif (map->map_type == BPF_MAP_TYPE_ARRAY && map->value_size >= config->size &&\n"
	 "\t    offset <= map->value_size - config->size)\n"
	 "\t\terr = map->ops->map_direct_value_addr(map, &start, 0);\n"
	 "\tif (err) {\n"
	 "\t\tbpf_map_put(map);\n"
	 "\t\treturn err;\n"
	 "\t}\n"
	 "\tWRITE_ONCE(*config->address, (const void *)(uintptr_t)(start + offset));\n"
	 "\tconfig->map = map;\n"
	 "\tif (old) {\n"
	 "\t\t/* Programs that read the old memory end first. */\n"
	 "\t\tsynchronize_rcu();\n"
	 "\t\tsynchronize_rcu_tasks_trace();\n"
	 "\t\tbpf_map_put(old);\n"
	 "\t}\n"
	 "\treturn 0;\n"
	 "}\n"
	 "\n"
	 "static const struct kernel_param_ops ks_config_ops = {.set = ks_config_set};\n"},
};

enum {
	HELPER_COUNT = sizeof(helpers) / sizeof(helpers[0])
};

void kmod_helpers_write(struct cgen *cg, const char *text, struct strbuf *out)
{
	bool needed[HELPER_COUNT] = {false};

	for (int i = HELPER_COUNT; i-- > 0;) {
		needed[i] = strstr(text, helpers[i].name) != NULL;
		for (int user = i + 1; user < HELPER_COUNT && !needed[i]; user++)
			needed[i] = needed[user] && strstr(helpers[user].text, helpers[i].name);
	}
	for (size_t op = 0; op < sizeof(operations) / sizeof(operations[0]); op++) {
		for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
			put_operation(cg, text, op, i, out);
	}
	for (int i = 0; i < HELPER_COUNT; i++) {
		if (needed[i])
			strbuf_puts(out, helpers[i].text);
	}
}
