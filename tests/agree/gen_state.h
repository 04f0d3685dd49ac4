/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the generator share. */
#ifndef KSC_TESTS_AGREE_GEN_STATE_H
#define KSC_TESTS_AGREE_GEN_STATE_H

#include "gen.h"

#include <stddef.h>

enum scalar { U8, U16, U32, U64, I8, I16, I32, I64, BOOL, SCALARS };

enum shape { SHAPE_SCALAR, SHAPE_ARRAY, SHAPE_STRUCT, SHAPE_STRING };

/* A type; `len` is the array's length, the string's capacity, the struct's number. */
struct gtype {
	enum shape shape;
	enum scalar scalar;
	uint32_t len;
};

struct gvar {
	char name[24];
	struct gtype type;
	bool read_only;
	bool shared; /* a global */
};

#define FIELDS_MAX  6
#define STRUCTS_MAX 3
#define PARAMS_MAX  9
#define FUNCS_MAX   5
#define VARS_MAX    96
#define MAPS_MAX    5
#define GLOBALS_MAX 5
#define CHUNKS_MAX  40

struct gstruct {
	char name[24];
	struct gvar fields[FIELDS_MAX];
	uint32_t count, size;
};

struct gfunc {
	char name[24];
	struct gtype params[PARAMS_MAX];
	uint32_t count;
	struct gtype result;
	bool throws;
	bool bpf_only;
};

enum gmap_kind { MAP_HASH, MAP_ARRAY, MAP_PERCPU_ARRAY, MAP_PERCPU_HASH, MAP_LRU, MAP_KINDS };

struct gmap {
	char name[24];
	enum gmap_kind kind;
	struct gtype key, value;
	uint32_t entries;
};

/* A declaration of the file; left out when nothing names it. */
struct chunk {
	char name[24];
	struct strbuf text;
};

struct gen {
	struct strbuf *out;
	uint64_t random;
	uint32_t number;
	const struct gen_mask *mask;
	uint32_t items, names;
	int fuel;
	uint32_t indent;

	struct gstruct structs[STRUCTS_MAX];
	struct gfunc funcs[FUNCS_MAX];
	struct gmap maps[MAPS_MAX];
	struct gvar vars[VARS_MAX];
	struct gvar globals[GLOBALS_MAX];
	struct chunk chunks[CHUNKS_MAX];
	uint32_t struct_count, func_count, map_count, var_count, chunk_count,
		global_count;

	/* where the generator stands */
	struct gtype result;
	const char *verdict; /* of programs: what return takes, NULL elsewhere */
	uint32_t stack;
	uint32_t loops, blocks, tries;
	bool in_defer, in_bpf, throws, named_result;
	const struct gmap *bound; /* the map whose entry is bound: leave it alone */
};

extern const char *const scalar_names[SCALARS];
extern const uint32_t scalar_bytes[SCALARS];

/* gen.c */
/* From 0 to n - 1. */
uint32_t pick(struct gen *gen, uint32_t n);
bool chance(struct gen *gen, uint32_t percent);
enum scalar pick_scalar(struct gen *gen);
enum scalar pick_integer(struct gen *gen);
struct gtype scalar_type(enum scalar scalar);
struct gtype pick_type(struct gen *gen);
uint32_t type_size(const struct gen *gen, struct gtype type);
void emit_type(struct gen *gen, struct gtype type);
void emit(struct gen *gen, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A new line, indented. */
void line(struct gen *gen);
/* Takes the next number; whether that item is masked. */
bool item_masked(struct gen *gen);
void name_make(struct gen *gen, char name[24], const char *prefix);
struct gvar *var_add(struct gen *gen, const char *name, struct gtype type);
struct chunk *chunk_begin(struct gen *gen, const char *name);

/* gen_expr.c: an expression of exactly this type, in parentheses where that matters. */
void expr_scalar(struct gen *gen, enum scalar type, uint32_t depth);
/* The same, but not a constant. */
void expr_varying(struct gen *gen, enum scalar type, uint32_t depth);
void expr_condition(struct gen *gen, uint32_t depth);
void expr_value(struct gen *gen, struct gtype type, uint32_t depth);
void literal(struct gen *gen, enum scalar type, bool typed, bool nonzero);
/* A number for an index or a key: mostly small. */
void expr_for_index(struct gen *gen, uint32_t len);
/* Writes an assignable place in a variable and gives its type; false when there is none. */
bool place_any(struct gen *gen, struct gtype *type, bool writable, bool *shared);
/* The scalar behind a place of any type. */
enum scalar place_inside(struct gen *gen, struct gtype type);

/* gen_stmt.c */
void statements(struct gen *gen, uint32_t count, uint32_t depth);
void block(struct gen *gen, uint32_t count, uint32_t depth);

/* gen_bpf.c */
void maps_declare(struct gen *gen);
void globals_declare(struct gen *gen);
bool bpf_expression(struct gen *gen, enum scalar type);
bool bpf_condition(struct gen *gen);
void bpf_statement(struct gen *gen, uint32_t depth);

#endif
