/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the generator share. */
#ifndef KSC_TESTS_DIFF_GEN_STATE_H
#define KSC_TESTS_DIFF_GEN_STATE_H

#include "gen.h"

#include <stddef.h>

/* The integers stand first: pick_integer(). */
enum scalar {
	U8, U16, U32, U64, I8, I16, I32, I64, BOOL, CHAR, BE16, BE32, BE64, ENUM, SCALARS
};

enum shape { SHAPE_SCALAR, SHAPE_ARRAY, SHAPE_STRUCT, SHAPE_STRING, SHAPE_POINTER };

/*
 * A type. `of` is 1 + the number of a struct: of STRUCT, of the elements of ARRAY, of what POINTER
 * points to; 0: scalars. `len` is the array's length or the string's capacity; with `rows` it is
 * T[rows][len]. No padding: types are compared as bytes.
 */
struct gtype {
	enum shape shape;
	enum scalar scalar;
	uint32_t len, rows, of;
};

struct gvar {
	char name[24];
	struct gtype type;
	bool read_only;
	bool by_pointer; /* a pointer that is not null: reached by -> and * */
};

#define NAME_MAX_LEN 24
#define FIELDS_MAX   6
#define STRUCTS_MAX  5
#define PARAMS_MAX   9
#define FUNCS_MAX    10
#define VARS_MAX     128
#define MAPS_MAX     8
#define GLOBALS_MAX  6
#define CHUNKS_MAX   64

struct gstruct {
	char name[NAME_MAX_LEN];
	struct gvar fields[FIELDS_MAX];
	uint32_t count, size;
	bool is_union, is_packed, has_bits;
};

/* Where a function runs; WHERE_SHARED: anywhere. */
enum where { WHERE_SHARED, WHERE_BPF, WHERE_USER };

struct gfunc {
	char name[NAME_MAX_LEN];
	struct gtype params[PARAMS_MAX];
	uint32_t count;
	struct gtype result;
	bool throws, takes_context;
	enum where where;
};

enum gmap_kind {
	MAP_HASH, MAP_ARRAY, MAP_PERCPU_ARRAY, MAP_PERCPU_HASH, MAP_LRU, MAP_LRU_PERCPU,
	MAP_TRIE, MAP_QUEUE, MAP_STACK, MAP_BLOOM, MAP_RING, MAP_KINDS
};

struct gmap {
	char name[NAME_MAX_LEN];
	enum gmap_kind kind;
	struct gtype key, value;
	uint32_t entries;
};

/* A declaration of the file; left out when nothing names it. */
struct chunk {
	char name[NAME_MAX_LEN];
	struct strbuf text;
};

struct gen {
	struct strbuf *out;
	uint64_t random;
	uint32_t number;
	uint32_t names;
	int fuel;
	uint32_t indent;
	uint32_t size; /* 0 to 3: how large the functions are */
	bool is_tc;
	char scratch[NAME_MAX_LEN];

	struct gstruct structs[STRUCTS_MAX];
	struct gfunc funcs[FUNCS_MAX];
	struct gmap maps[MAPS_MAX];
	struct gvar vars[VARS_MAX];
	struct gvar globals[GLOBALS_MAX];
	struct chunk chunks[CHUNKS_MAX];
	uint32_t struct_count, func_count, map_count, var_count, chunk_count, global_count;

	/* where the generator stands */
	enum where where;
	struct gtype result;
	bool is_program, has_packet, has_tail;
	uint32_t stack;
	uint32_t loops, blocks, tries;
	bool in_defer, throws, named_result;
	bool at_bits;		  /* the last place was a bit-field: no constant may not fit */
	const struct gmap *bound; /* the map whose entry is bound: leave it alone */
};

/* gen.c */
/* From 0 to n - 1. */
uint32_t pick(struct gen *gen, uint32_t n);
bool chance(struct gen *gen, uint32_t percent);
enum scalar pick_scalar(struct gen *gen);
enum scalar pick_integer(struct gen *gen);
bool is_signed(enum scalar type);
uint32_t scalar_size(enum scalar type);
/* Good until the next call. */
const char *scalar_name(struct gen *gen, enum scalar type);
struct gtype scalar_type(enum scalar scalar);
struct gtype string_type(uint32_t capacity);
struct gtype struct_type(uint32_t number);
bool same_type(struct gtype a, struct gtype b);
struct gtype pick_type(struct gen *gen);
struct gstruct *struct_of(struct gen *gen, struct gtype type);
uint32_t type_size(struct gen *gen, struct gtype type);
/* Whether a union is in it: there are no literals of those. */
bool has_union(struct gen *gen, struct gtype type);
void emit_type(struct gen *gen, struct gtype type);
void emit(struct gen *gen, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A new line, indented. */
void line(struct gen *gen);
void name_make(struct gen *gen, char name[NAME_MAX_LEN], const char *prefix);
struct gvar *var_add(struct gen *gen, const char *name, struct gtype type);
void chunk_begin(struct gen *gen, const char *name);

/* gen_decl.c */
void enum_declare(struct gen *gen);
void struct_declare(struct gen *gen);
void globals_declare(struct gen *gen);
void maps_declare(struct gen *gen);

/* gen_func.c */
/* A function that later ones may call. */
void function_declare(struct gen *gen, enum where where);
/* A helper with an effect on a global, for the order of evaluation. */
void effect_declare(struct gen *gen);
void work_declare(struct gen *gen);
void run_declare(struct gen *gen);
void user_declare(struct gen *gen);
/* sums_N: what is left in globals and maps of user code. */
void sums_declare(struct gen *gen);

/* gen_expr.c: an expression of exactly this type, in parentheses where that matters. */
void expr_scalar(struct gen *gen, enum scalar type, uint32_t depth);
/* The same, but not a constant. */
void expr_varying(struct gen *gen, enum scalar type, uint32_t depth);
/* A varying operand masked to a small number, of an integer type. */
void expr_small(struct gen *gen, enum scalar type, uint32_t mask);
void literal(struct gen *gen, enum scalar type, bool typed, bool nonzero);
/* A number for an index or a key: mostly small. */
void expr_for_index(struct gen *gen, uint32_t len);
/* A variable's value as the type. */
void read_varying(struct gen *gen, enum scalar type);

/* gen_cond.c: conditions, and values chosen by conditions, match, if. */
void expr_condition(struct gen *gen, uint32_t depth);
void expr_chosen(struct gen *gen, struct gtype type, uint32_t depth);
/* `if (c) { a } else { b }` as a value. */
void expr_either(struct gen *gen, struct gtype type, uint32_t depth);

/* gen_value.c */
void expr_value(struct gen *gen, struct gtype type, uint32_t depth);
/* A constant of the type, for globals. */
void constant_value(struct gen *gen, struct gtype type);
/* A call of a function with that result; false when there is none that may be called here. */
bool call(struct gen *gen, struct gtype type, uint32_t depth);
bool variable_of(struct gen *gen, struct gtype type, bool writable);
/*
 * Writes a place in a variable and gives what is there: always a scalar or a string, unless
 * `whole`. False when there is no such variable.
 */
bool place_any(struct gen *gen, struct gtype *type, bool writable, bool whole);
struct gtype place_inside(struct gen *gen, struct gtype type);
/* A value for the place just written. */
void place_value(struct gen *gen, struct gtype type, uint32_t depth);

/* gen_stmt.c */
void statements(struct gen *gen, uint32_t count, uint32_t depth);
void block(struct gen *gen, uint32_t count, uint32_t depth);
/* From `{` to `}` with the text already begun inside. */
void block_end(struct gen *gen, uint32_t vars);
/* Adds a scalar to out_N; the caller writes the expression and then `end`. */
void out_begin(struct gen *gen);
bool declare_stmt(struct gen *gen, uint32_t depth);
bool assign_stmt(struct gen *gen, uint32_t depth);
bool leave_stmt(struct gen *gen, uint32_t depth);
/* Leaves the enclosing block for certain: break, continue, return. */
void leave_now(struct gen *gen);

/* gen_stmt2.c: false when it cannot stand here. */
bool for_stmt(struct gen *gen, uint32_t depth);
bool while_stmt(struct gen *gen, uint32_t depth);
bool forever_stmt(struct gen *gen, uint32_t depth);
bool match_stmt(struct gen *gen, uint32_t depth);
bool try_stmt(struct gen *gen, uint32_t depth);
bool defer_stmt(struct gen *gen, uint32_t depth);
bool text_stmt(struct gen *gen, uint32_t depth);
bool pointer_stmt(struct gen *gen, uint32_t depth);
bool element_stmt(struct gen *gen, uint32_t depth);
bool function_value_stmt(struct gen *gen, uint32_t depth);
bool print_stmt(struct gen *gen, uint32_t depth);
bool assert_stmt(struct gen *gen, uint32_t depth);
bool atomic_stmt(struct gen *gen, uint32_t depth);
bool new_stmt(struct gen *gen, uint32_t depth);
bool trap_stmt(struct gen *gen, uint32_t depth);
bool float_stmt(struct gen *gen, uint32_t depth);

/* gen_map.c */
bool map_expression(struct gen *gen, enum scalar type);
bool map_condition(struct gen *gen);
bool entry_stmt(struct gen *gen, uint32_t depth);
bool each_stmt(struct gen *gen, uint32_t depth);
bool change_stmt(struct gen *gen, uint32_t depth);
bool delete_stmt(struct gen *gen, uint32_t depth);
bool absent_stmt(struct gen *gen, uint32_t depth);
bool lock_stmt(struct gen *gen, uint32_t depth);
bool queue_stmt(struct gen *gen, uint32_t depth);
bool user_map_stmt(struct gen *gen, uint32_t depth);
void map_sum(struct gen *gen, const struct gmap *map);
bool is_keyed(const struct gmap *map);
/* A pass over what a value holds, as additions to `sum`. */
void value_sum(struct gen *gen, const char *path, struct gtype type);

/* gen_packet.c */
bool packet_expression(struct gen *gen, enum scalar type);
bool window_stmt(struct gen *gen, uint32_t depth);
bool header_stmt(struct gen *gen, uint32_t depth);
bool poke_stmt(struct gen *gen, uint32_t depth);
bool ring_stmt(struct gen *gen, uint32_t depth);
bool context_stmt(struct gen *gen, uint32_t depth);

#endif
