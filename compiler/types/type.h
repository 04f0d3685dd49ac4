/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types. Each type exists once per compilation and is compared by pointer; aliases are transparent
 * (an alias *is* its type). Struct and enum types are identified by their declaration: two structs
 * with equal fields are different types.
 *
 * A pointer type carries a *region*: where the pointee lives. The user writes `*T`, which is
 * REGION_ANY; the checker gives expressions the region that it knows. The region decides how a
 * back end may access the memory. Two pointer types that differ only in the region convert freely
 * where LANGUAGE allows the pointee types; regions never change what a program means.
 */
#ifndef KSC_TYPES_TYPE_H
#define KSC_TYPES_TYPE_H

#include "base/compilation.h"

struct decl; /* syntax/ast.h */

enum type_kind {
	TYPE_ERROR, /* compatible with everything: silences follow-up errors */
	TYPE_VOID,
	TYPE_BOOL,
	TYPE_CHAR, /* unsigned byte that is text */
	TYPE_INT,
	TYPE_BE,    /* integer in network byte order */
	TYPE_FLOAT, /* user target only */
	TYPE_STR,   /* str(N): N bytes of text and a NUL, by value */
	TYPE_ARRAY,
	TYPE_PTR,
	TYPE_FN,     /* function pointer */
	TYPE_STRUCT, /* struct or union */
	TYPE_ENUM,
	TYPE_NULL,   /* the type of `null` before it meets a pointer */
	TYPE_MAP,    /* a map's own name as an argument; never stored */
	TYPE_HANDLE, /* ProgramHandle */
	TYPE_PERF,   /* PerfAttachment */
	TYPE_MODULE, /* an imported module's name */
	TYPE_KIND_COUNT
};

enum region {
	REGION_ANY,	/* as written by the user; not known */
	REGION_STACK,	/* a local variable */
	REGION_ENTRY,	/* a map entry, a global or other memory that the program owns directly */
	REGION_PACKET,	/* packet bytes; an access is checked unless a window was taken */
	REGION_WINDOW,	/* packet bytes proved to be there: accesses are free */
	REGION_CTX,	/* the program's context */
	REGION_KERNEL,	/* kernel memory with BTF: CO-RE direct access or safe read */
	REGION_ADDRESS, /* a kernel address from a u64: safe reads only */
	REGION_USER,	/* memory of the traced user process */
	REGION_RECORD,	/* a reserved ring buffer record */
	REGION_OBJECT,	/* an object from `new` */
	REGION_HEAP,	/* user and module code: ordinary memory */
	REGION_COUNT
};

/* Where a struct or enum comes from; it decides between fixed layout and CO-RE. */
enum type_origin {
	ORIGIN_SOURCE, /* declared in a .ks file */
	ORIGIN_HEADER, /* declared in a .kh file and not known to the kernel's BTF */
	ORIGIN_KERNEL, /* from BTF: layout may differ between kernels */
	ORIGIN_UAPI,   /* from BTF, but part of the stable user API (contexts, packet headers) */
};

struct field {
	const char *name; /* interned; NULL for an anonymous member */
	const struct type *type;
	uint32_t offset_bits;	   /* from the start of the struct */
	uint32_t bit_size;	   /* of a bit-field, else 0 */
	struct span span;	   /* of its declaration; span_nowhere() from BTF */
	const char *doc;	   /* the /// text before it, or NULL */
	const void *default_value; /* struct expr * of `f: T = e`, or NULL */
};

VEC_TYPE(field_vec, struct field);

enum struct_state {
	STRUCT_DECLARED,
	STRUCT_LAYING_OUT,
	STRUCT_COMPLETE
};

struct struct_type {
	const char *name; /* interned; "" for an anonymous one */
	const char *typedef_name; /* of an anonymous one from BTF: atomic_t; or NULL */
	bool is_union;
	bool is_packed;
	uint32_t explicit_align; /* bytes, 0 when none was asked for */
	enum type_origin origin;
	enum struct_state state;
	struct field_vec fields;
	struct decl *decl;	     /* NULL from BTF */
	uint32_t btf_id;	     /* in the first target kernel's BTF, 0 when none */
	const struct kernel *kernel; /* whose BTF */
	struct compilation *comp;    /* of BTF structs: who completes them */
};

struct enum_value {
	const char *name;
	int64_t value; /* u64 values above INT64_MAX keep their bits */
	struct span span;
};

VEC_TYPE(enum_value_vec, struct enum_value);

struct enum_type {
	const char *name;
	const struct type *base; /* u32, i32 with a negative variant, u64/i64 when wider */
	struct enum_value_vec values;
	enum type_origin origin;
	struct decl *decl; /* NULL from BTF */
	uint32_t btf_id;
};

struct fn_param {
	const char *name; /* NULL when not given */
	const struct type *type;
	bool nullable; /* may be null when the kernel or a caller says so */
};

VEC_TYPE(fn_param_vec, struct fn_param);

struct type {
	enum type_kind kind;
	uint32_t size;	/* bytes of storage; 0 for void and unfinished types */
	uint32_t align; /* bytes, a power of two */
	union {
		struct {
			uint8_t bits; /* 8, 16, 32, 64 */
			bool is_signed;
		} integer; /* TYPE_INT, TYPE_BE (unsigned), TYPE_FLOAT (bits only) */
		struct {
			uint32_t capacity; /* bytes of text, storage is capacity + 1 */
		} str;
		struct {
			const struct type *elem;
			uint32_t count;
		} array;
		struct {
			const struct type *target; /* TYPE_VOID for *void */
			enum region region;
		} ptr;
		struct {
			const struct type *result;
			struct fn_param_vec params;
		} fn;
		struct struct_type *strukt;
		struct enum_type *enumeration;
		struct decl *map;    /* TYPE_MAP: the map's declaration */
		struct decl *module; /* TYPE_MODULE: the import's declaration */
	};
};

VEC_TYPE(type_vec, const struct type *);

/* The table of one compilation: singletons for the simple types, interning for derived ones. */
struct type_table {
	/*
	 * Reads the members of a BTF struct on first use; set by kernel/, NULL without kernels.
	 * Only type_complete() calls it.
	 */
	void (*complete)(struct compilation *comp, struct type *type);
	const struct type *error, *void_, *bool_, *char_, *null, *handle, *perf;
	const struct type *u8, *u16, *u32, *u64, *i8, *i16, *i32, *i64;
	const struct type *be16, *be32, *be64, *f32, *f64;
	const struct type *perf_options;   /* made by predeclared_struct(), else NULL */
	const struct type *attach_options; /* `opts`, likewise */
	struct type_index *index;	   /* of derived types */
};

/* Creates comp->types. Call once after compilation_init(). */
void types_init(struct compilation *comp);

const struct type *type_int(struct compilation *comp, unsigned bits, bool is_signed);
const struct type *type_str(struct compilation *comp, uint32_t capacity);
const struct type *type_array(struct compilation *comp, const struct type *elem, uint32_t count);
const struct type *type_ptr(struct compilation *comp, const struct type *target,
			    enum region region);
const struct type *type_fn(struct compilation *comp, const struct type *result,
			   const struct fn_param_vec *params);
const struct type *type_map(struct compilation *comp, struct decl *map);
const struct type *type_module(struct compilation *comp, struct decl *import);

/*
 * Types above this size are refused: the checker reports them (DIAG_INTERNAL_LIMIT). Arrays and
 * structs that would be larger have the size UINT32_MAX.
 */
#define TYPE_BYTES_MAX (256u << 20)

/* A new struct, union or enum type; each call makes a distinct one. */
struct type *type_struct_new(struct compilation *comp, const char *name, bool is_union,
			     enum type_origin origin);
struct type *type_enum_new(struct compilation *comp, const char *name, enum type_origin origin);

/*
 * Gives every field its offset and the struct its size and alignment by the C rules of the
 * x86-64 and BPF ABIs (bit-fields included). All field types must be complete. Not for BTF types.
 */
void type_struct_layout(struct compilation *comp, struct type *type);

/* Chooses the base type of an enum from its values, which are read as signed or unsigned. */
void type_enum_finish(struct compilation *comp, struct type *type, bool is_signed);

/*
 * Structs from BTF get their members on first use. Call this before reading `strukt->fields` of a
 * struct that may come from the kernel; type_field() does it by itself. Size and alignment are
 * there from the start. Other types: nothing happens.
 */
void type_complete(struct compilation *comp, const struct type *type);

/*
 * Finds a field by interned name, through anonymous members too. `offset_bits` gets the offset
 * from the start of `type`. NULL when there is none.
 */
const struct field *type_field(const struct type *type, const char *name, uint32_t *offset_bits);
const struct enum_value *type_enum_find(const struct type *type, const char *name);

bool type_is_integer(const struct type *type);	 /* TYPE_INT only */
bool type_is_integral(const struct type *type);	 /* TYPE_INT or TYPE_ENUM */
bool type_is_aggregate(const struct type *type); /* str, array, struct, union */
bool type_is_scalar(const struct type *type);	 /* int, be, bool, char, enum, float, pointers */
bool type_is_kernels(const struct type *type);	 /* a struct or union from the kernel's BTF */
bool type_is_signed(const struct type *type);	 /* of an int or enum */
unsigned type_bits(const struct type *type);	 /* of an int, be, bool, char, enum or float */
/* The integer that an enum counts as; other types are returned as they are. */
const struct type *type_underlying(const struct type *type);
/* The same pointee with another region; other types are returned as they are. */
const struct type *type_with_region(struct compilation *comp, const struct type *type,
				    enum region region);
/* Equal up to the region of pointers. */
bool type_same(const struct type *a, const struct type *b);
/*
 * The common type of two integers or enums (LANGUAGE, Common type): same signedness the wider,
 * signed wider than unsigned the signed, equal width the signed, i8/i16 with u32 i32, else NULL.
 */
const struct type *type_common(struct compilation *comp, const struct type *a,
			       const struct type *b);

/* As the user writes it: `u32`, `str(16)`, `*task_struct`, `u8[4][2]`. Arena text. */
const char *type_name(struct compilation *comp, const struct type *type);
/*
 * The C declaration of `name` with this type, e.g. `u8 name[4]`, for the C back ends. Simple types
 * have the names that runtime/ksrt.h gives them (u8 .. i64, f32, f64; char under -funsigned-char);
 * beN are plain uN; str(N) is `struct str_N`, which holds `char s[N + 1]`.
 */
const char *type_c_declare(struct compilation *comp, const struct type *type, const char *name);
/* The name itself, or with a final `_` when it is a keyword of C (also of C23 and of GNU C). */
const char *type_c_identifier(struct compilation *comp, const char *name);

#endif
