/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the generator. */
#ifndef KSC_TESTS_GENERATE_INT_H
#define KSC_TESTS_GENERATE_INT_H

#include "generate.h"

#define NAMES_MAX 96

/* The integer types, by number; NUMBER_TYPES is bool. */
enum { NUMBER_TYPES = 8 };

struct number_type {
	const char *name;
	unsigned bits;
	bool is_signed;
};

extern const struct number_type number_types[NUMBER_TYPES];

/* A variable, global, parameter, array or field that can be read, and written unless fixed. */
struct name {
	char text[24];
	unsigned type;
	unsigned count; /* elements of an array, 0: none */
	bool is_fixed;
};

struct callable {
	char text[8];
	unsigned result;
	unsigned params[3];
	unsigned param_count;
	bool throws;
};

struct generator {
	struct strbuf *out;
	uint64_t random;
	bool is_bpf;
	unsigned indent;
	struct name names[NAMES_MAX]; /* visible ones, innermost last */
	unsigned name_count, global_count;
	struct callable functions[8];
	unsigned function_count;
	unsigned next_local;
	unsigned loops, budget; /* statements still allowed in the function */
	bool in_loop, in_function_loop, in_try, in_deferred, throws;
	unsigned result;
};

unsigned pick(struct generator *g, unsigned count);
bool chance(struct generator *g, unsigned percent);
void line(struct generator *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes an expression of the number type; `depth` bounds its size. */
void number(struct generator *g, unsigned type, unsigned depth);
/* One that is no constant. */
void variable_number(struct generator *g, unsigned type, unsigned depth);
void condition(struct generator *g, unsigned depth);
void literal(struct generator *g, unsigned type);
void block(struct generator *g, unsigned statements);
struct name *add_name(struct generator *g, const char *text, unsigned type, unsigned count);
/* A place that can be assigned; NULL when there is none. Its text goes to `text`. */
const struct name *writable(struct generator *g, char *text, size_t size);

#endif
