/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the interpreter. All memory is objects: locals, globals, entries, the packet. A pointer
 * is the object's number in the high 32 bits and an offset, with a bias that keeps arithmetic out
 * of the number, in the low ones; null is 0. Memory holds values as the machine does.
 */
#ifndef KSC_TESTS_INTERP_INT_H
#define KSC_TESTS_INTERP_INT_H

#include "interp.h"

#include "ir/ir_eval.h"
#include "kernel/builtins.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS_BIAS (UINT64_C(1) << 31)

/* Rounds of one loop after which a bpf program ends with its neutral verdict. */
#define ROUNDS_MAX 8388608

#define DEPTH_MAX 2000

/* How often a run may ask whether a signal came before one does. */
#define STOP_QUESTIONS_MAX 1000000

/* Tail calls of one run; the next one fails (MAX_TAIL_CALL_CNT of the kernel). */
#define TAIL_CALLS_MAX 33

struct object {
	uint8_t *bytes; /* NULL: free */
	uint64_t size;
};

VEC_TYPE(object_vec, struct object);

struct entry {
	uint8_t *key;
	uint64_t address; /* of the value; its memory outlives the entry */
	bool is_live;
};

VEC_TYPE(entry_vec, struct entry);

/* A map: entries in order of insertion, values of queues and records of ring buffers alike. */
struct imap {
	const struct ir_map *map;
	struct entry_vec entries;
	uint32_t live;
};

/* A value: `bits` of scalars and pointers, `number` of floats, `bytes` of aggregates. */
struct value {
	const struct type *type;
	uint64_t bits;
	double number;
	uint8_t *bytes;
};

/* Memory that a place means. */
struct spot {
	const struct type *type;
	uint64_t address;
	bool is_nowhere;   /* reads zero, writes nothing */
	bool is_forgiving; /* outside of its object too: packet and kernel memory */
	unsigned bit_offset, bit_size; /* of a bit-field, from the address */
	bool is_value;	   /* a packet bound in the context: `address` is the value */
};

enum step_kind {
	STEP_NEXT,
	STEP_BREAK,
	STEP_CONTINUE,
	STEP_RETURN,
	STEP_THROW,
	STEP_TAIL,
	STEP_END, /* the whole run ends: interp->result */
};

struct frame {
	struct frame *caller;
	const struct ir_func *func;
	uint64_t *locals; /* addresses */
	struct value returned;
	int32_t code;
	const struct ir_func *tail;
	uint32_t label; /* of BREAK and CONTINUE */
};

struct interp {
	struct compilation *comp;
	const struct ir_module *module;
	struct arena arena; /* of the interpreter */
	struct arena run;   /* of one run: values */
	struct object_vec objects;
	struct u32_vec free_objects;
	struct imap *maps;	/* by index */
	uint64_t *globals;	/* addresses, by index */
	struct strbuf output;
	uint64_t steps, steps_max;
	uint32_t depth, tail_calls;
	uint64_t stop_questions; /* STOPPING so far */
	uint64_t clock;
	uint32_t random;
	uint64_t packet;	/* address of its first byte, 0 without */
	uint32_t packet_len;
	uint64_t handles;
	bool has_ended;
	struct interp_result result;
	struct frame *frame;
};

/* ---- interp.c ---- */

/* Ends the run; the first reason stays. */
void interp_end(struct interp *interp, enum interp_end end, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
uint64_t interp_alloc(struct interp *interp, uint64_t size);
void interp_release(struct interp *interp, uint64_t address);
/* The bytes at an address, NULL unless all `size` of them are inside of one object. */
uint8_t *interp_bytes(struct interp *interp, uint64_t address, uint64_t size);
struct value interp_load(struct interp *interp, const struct type *type, const uint8_t *bytes);
void interp_store(struct interp *interp, const struct type *type, uint8_t *bytes,
		  struct value value);
struct value interp_zero(struct interp *interp, const struct type *type);
struct value interp_scalar(const struct type *type, uint64_t bits);
uint8_t *interp_local(struct interp *interp, const struct ir_local *local);
void interp_set_local(struct interp *interp, const struct ir_local *local, struct value value);

/* ---- interp_expr.c ---- */

struct value interp_expr(struct interp *interp, const struct ir_expr *expr);
struct spot interp_spot(struct interp *interp, const struct ir_place *place);
struct value interp_read(struct interp *interp, struct spot spot);
void interp_write(struct interp *interp, struct spot spot, struct value value);
/* Text of a str, char or byte array up to its first NUL. */
uint32_t interp_text_len(struct value text);

/* ---- interp_stmt.c ---- */

/* A root: CALL, OP or a pure value. */
struct value interp_root(struct interp *interp, const struct ir_expr *expr);
/* Calls with arguments in place; false when the run has ended. `code` gets an error or 0. */
bool interp_call(struct interp *interp, const struct ir_func *func, const struct value *args,
		 uint32_t count, struct value *result, int32_t *code);

/* ---- interp_op.c, interp_map.c ---- */

struct value interp_op(struct interp *interp, const struct ir_expr *expr);
struct value interp_map_op(struct interp *interp, const struct ir_expr *expr,
			   const struct value *args);
struct imap *interp_map(struct interp *interp, const struct ir_map *map);
struct entry *interp_find_entry(struct interp *interp, struct imap *map, const uint8_t *key);
int32_t interp_update(struct interp *interp, struct imap *map, const uint8_t *key,
		      const uint8_t *value, uint64_t flags);
void interp_print(struct interp *interp, const struct ir_expr *expr);

#endif
