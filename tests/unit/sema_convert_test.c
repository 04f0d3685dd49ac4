/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversions, common types, comparisons and casts of every pair of types, against tables written
 * by hand from the language's rules and against the values themselves.
 */
#include "ks_test.h"
#include "sema/constant.h"

static struct compilation comp;
static struct sema sema = {.comp = &comp};

static void setup(void)
{
	compilation_init(&comp);
	types_init(&comp);
	source_add(&comp.sources, "test.ks", "", 0);
}

static struct expr *value_of(const struct type *type)
{
	struct expr *expr = arena_new(&comp.arena, struct expr);

	/* A match: nothing is known of its value but the type. */
	expr->kind = EXPR_MATCH;
	expr->type = type;
	expr->span = span_nowhere();
	return expr;
}

static struct expr *constant_of(const struct type *type, int64_t value)
{
	struct expr *expr = value_of(type);

	expr->kind = EXPR_INT;
	expr->constant = sema_constant_int(value);
	return expr;
}

/* The diagnostics reported since the last call: 'E' with an error, 'W' with a warning, else 0. */
static char reported(void)
{
	char what = 0;

	vec_foreach (diag, &comp.diags) {
		if ((*diag)->severity == DIAG_ERROR)
			what = 'E';
		else if (!what)
			what = 'W';
	}
	comp.diags.len = 0;
	return what;
}

/* ---- integers ---- */

#define INTS 8

static const struct type *int_type(unsigned i)
{
	static const unsigned char bits[INTS] = {8, 16, 32, 64, 8, 16, 32, 64};

	return type_int(&comp, bits[i], i >= 4);
}

static const char *const int_names[INTS] = {"u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"};

/* Rows and columns in the order of int_names; "" where there is no common type. */
static const char *const common[INTS][INTS] = {
	{"u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"},
	{"u16", "u16", "u32", "u64", "", "i16", "i32", "i64"},
	{"u32", "u32", "u32", "u64", "i32", "i32", "i32", "i64"},
	{"u64", "u64", "u64", "u64", "", "", "", "i64"},
	{"i8", "", "i32", "", "i8", "i16", "i32", "i64"},
	{"i16", "i16", "i32", "", "i16", "i16", "i32", "i64"},
	{"i32", "i32", "i32", "", "i32", "i32", "i32", "i64"},
	{"i64", "i64", "i64", "i64", "i64", "i64", "i64", "i64"},
};

static bool holds(const struct type *type, __int128 value)
{
	__int128 low, high;

	return type_value_range(type, &low, &high) && value >= low && value <= high;
}

static bool holds_all(const struct type *type, const struct type *of)
{
	__int128 low, high;

	type_value_range(of, &low, &high);
	return holds(type, low) && holds(type, high);
}

static void test_implicit_integers(void)
{
	setup();
	for (unsigned i = 0; i < INTS; i++) {
		for (unsigned j = 0; j < INTS; j++) {
			const struct type *from = int_type(i), *to = int_type(j);
			bool possible = *common[i][j];
			struct expr *expr = value_of(from);
			char wanted = !possible ? 'E' : holds_all(to, from) ? 0 : 'W';

			CHECK_INT(sema_convertible(&sema, expr, to), possible);
			CHECK_INT(sema_convert(&sema, expr, to, "it"), possible);
			CHECK_INT(reported(), wanted);
			CHECK(expr->type == from);
			CHECK(expr->to == (possible && from != to ? to : NULL));
		}
	}
}

static void test_balance_integers(void)
{
	setup();
	for (unsigned i = 0; i < INTS; i++) {
		for (unsigned j = 0; j < INTS; j++) {
			struct expr *left = value_of(int_type(i)), *right = value_of(int_type(j));
			const struct type *type = sema_balance(&sema, left, right, span_nowhere());

			CHECK_INT(reported(), *common[i][j] ? 0 : 'E');
			if (!*common[i][j]) {
				CHECK(type == comp.types->error);
				continue;
			}
			CHECK_TEXT(type_name(&comp, type), common[i][j]);
			CHECK((left->to ? left->to : left->type) == type);
			CHECK((right->to ? right->to : right->type) == type);
		}
	}
}

/* A comparison changes no value: both operands' types are held by what they are converted to. */
static void test_compare_integers(void)
{
	setup();
	for (unsigned i = 0; i < INTS; i++) {
		for (unsigned j = 0; j < INTS; j++) {
			const struct type *a = int_type(i), *b = int_type(j);
			struct expr *left = value_of(a), *right = value_of(b);
			bool apart = (!strcmp(int_names[i], "u64") && j >= 4) ||
				     (!strcmp(int_names[j], "u64") && i >= 4);

			CHECK(sema_balance_compare(&sema, left, right, span_nowhere()));
			CHECK_INT(reported(), 0);
			if (apart) {
				CHECK(!left->to && !right->to);
				continue;
			}
			CHECK(holds_all(left->to ? left->to : a, a));
			CHECK(holds_all(right->to ? right->to : b, b));
			CHECK((left->to ? left->to : a) == (right->to ? right->to : b));
		}
	}
}

static const int64_t samples[] = {
	INT64_MIN, -40000, -129, -128,	-1,    0,	  1,	      127,
	128,	   255,	   256,	 65535, 65536, INT32_MAX, UINT32_MAX, (int64_t)UINT32_MAX + 1,
	INT64_MAX};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void test_constants_fit_or_not(void)
{
	setup();
	for (unsigned j = 0; j < INTS; j++) {
		for (unsigned k = 0; k < SAMPLES; k++) {
			const struct type *to = int_type(j);
			struct expr *expr = constant_of(comp.types->i64, samples[k]);
			bool fits = holds(to, samples[k]);
			bool only_sign = !strcmp(int_names[j], "u64") && samples[k] < 0;

			sema_convert(&sema, expr, to, "it");
			CHECK_INT(reported(), fits ? 0 : only_sign ? 'W' : 'E');
			CHECK(expr->type == to && !expr->to);
			CHECK(sema_constant_fits(&expr->constant, to));
			if (fits)
				CHECK(constant_wide(&expr->constant) == samples[k]);
		}
	}
}

static void test_constants_adapt(void)
{
	setup();
	for (unsigned j = 0; j < INTS; j++) {
		for (unsigned k = 0; k < SAMPLES; k++) {
			struct expr *constant = constant_of(comp.types->i64, samples[k]);
			struct expr *variable = value_of(int_type(j));
			bool fits = holds(variable->type, samples[k]);

			/* A comparison: fitting or not, it keeps its value. */
			CHECK(sema_balance_compare(&sema, constant, variable, span_nowhere()));
			CHECK_INT(reported(), 0);
			CHECK(constant_wide(&constant->constant) == samples[k]);
			CHECK((constant->type == variable->type) ==
			      (fits || variable->type == comp.types->i64));
			CHECK(!variable->to);
			/* Arithmetic: it takes the variable's type and must fit. */
			constant = constant_of(comp.types->i64, samples[k]);
			CHECK(sema_balance(&sema, variable, constant, span_nowhere()) ==
			      variable->type);
			CHECK_INT(reported(), fits				  ? 0
					      : variable->type == comp.types->u64 ? 'W'
										  : 'E');
			CHECK(constant->type == variable->type);
		}
	}
}

/* ---- every pair of kinds ---- */

enum sample {
	S_BOOL,
	S_CHAR,
	S_INT,
	S_BE16,
	S_BE32,
	S_F32,
	S_F64,
	S_STR4,
	S_STR8,
	S_BYTES4,
	S_CHARS8,
	S_INTS3,
	S_PTR_INT,
	S_PTR_BYTE,
	S_PTR_VOID,
	S_FN,
	S_STRUCT,
	S_OTHER_STRUCT,
	S_ENUM,
	S_OTHER_ENUM,
	S_NULL,
	S_HANDLE,
	S_COUNT
};

static struct type *struct_named(const char *name)
{
	struct type *type =
		type_struct_new(&comp, intern_str(&comp.names, name), false, ORIGIN_SOURCE);
	struct field field = {.name = intern_str(&comp.names, "f"), .type = comp.types->u32};

	vec_push(&comp.arena, &type->strukt->fields, field);
	type_struct_layout(&comp, type);
	return type;
}

static const struct type *sample_types[S_COUNT];

static void setup_samples(void)
{
	const struct type_table *t;

	setup();
	t = comp.types;
	const struct type *const types[S_COUNT] = {
		t->bool_,
		t->char_,
		t->u32,
		t->be16,
		t->be32,
		t->f32,
		t->f64,
		type_str(&comp, 4),
		type_str(&comp, 8),
		type_array(&comp, t->u8, 4),
		type_array(&comp, t->char_, 8),
		type_array(&comp, t->u32, 3),
		type_ptr(&comp, t->u32, REGION_ANY),
		type_ptr(&comp, t->u8, REGION_KERNEL),
		type_ptr(&comp, t->void_, REGION_ANY),
		type_fn(&comp, t->void_, NULL),
		struct_named("one"),
		struct_named("two"),
		type_enum_new(&comp, intern_str(&comp.names, "red"), ORIGIN_SOURCE),
		type_enum_new(&comp, intern_str(&comp.names, "blue"), ORIGIN_SOURCE),
		t->null,
		t->handle,
	};

	memcpy(sample_types, types, sizeof(types));
}

/*
 * One row per type converted from, one column per type converted to, in the order above: `=` the
 * same, `y` possible, `w` with a warning, `a` only as an argument of a call, `.` refused.
 */
static const char *const implicit[S_COUNT] = {
	/* bool  */ "=.....................",
	/* char  */ ".=....................",
	/* u32   */ "..=...............yy..",
	/* be16  */ "...=..................",
	/* be32  */ "....=.................",
	/* f32   */ ".....=y...............",
	/* f64   */ ".....w=...............",
	/* str4  */ ".......=yyy...........",
	/* str8  */ ".......y=.y...........",
	/* u8[4] */ ".........=............",
	/* char[8] */ ".......yy.=...........",
	/* u32[3] */ "...........=..........",
	/* *u32  */ "............=aa.......",
	/* *u8   */ ".............=a.......",
	/* *void */ ".............a=.......",
	/* fn    */ "...............=......",
	/* one   */ "................=.....",
	/* two   */ ".................=....",
	/* red   */ "..y...............=...",
	/* blue  */ "..y................=..",
	/* null  */ "............yyyy....=.",
	/* handle */ ".....................=",
};

static void test_implicit_kinds(void)
{
	setup_samples();
	for (unsigned i = 0; i < S_COUNT; i++) {
		for (unsigned j = 0; j < S_COUNT; j++) {
			struct expr *expr = value_of(sample_types[i]);
			char rule = implicit[i][j];
			bool possible = strchr("=yw", rule) != NULL;

			if (sema_convert(&sema, expr, sample_types[j], "it") != possible)
				fprintf(stderr, "from %s to %s\n",
					type_name(&comp, sample_types[i]),
					type_name(&comp, sample_types[j]));
			CHECK_INT(sema_convertible(&sema, expr, sample_types[j]), possible);
			CHECK_INT(reported(), rule == 'w' ? 'W' : possible ? 0 : 'E');
			CHECK(!!expr->to == (rule == 'y' || rule == 'w'));
			expr->to = NULL;
			CHECK_INT(sema_convert_argument(&sema, expr, sample_types[j], "it"),
				  possible || rule == 'a');
			reported();
		}
	}
}

/* As above: `y` possible, `.` refused. Pointers here are of REGION_ANY or of the kernel. */
static const char *const casts[S_COUNT] = {
	/* bool  */ "yyyyyyy...........yy..",
	/* char  */ "yyyyyyy...........yy..",
	/* u32   */ "yyyyyyy...........yy..",
	/* be16  */ "yyyyyyy...........yy..",
	/* be32  */ "yyyyyyy...........yy..",
	/* f32   */ "yyyyyyy...........yy..",
	/* f64   */ "yyyyyyy...........yy..",
	/* str4  */ ".......y..............",
	/* str8  */ "........y.............",
	/* u8[4] */ ".........y............",
	/* char[8] */ "..........y...........",
	/* u32[3] */ "...........y..........",
	/* *u32  */ "............yyy.......",
	/* *u8   */ "............yyy.......",
	/* *void */ "............yyy.......",
	/* fn    */ "...............y......",
	/* one   */ "................y.....",
	/* two   */ ".................y....",
	/* red   */ "yyyyyyy...........yy..",
	/* blue  */ "yyyyyyy...........yy..",
	/* null  */ "............yyy.......",
	/* handle */ ".....................y",
};

static void test_casts(void)
{
	setup_samples();
	for (unsigned i = 0; i < S_COUNT; i++) {
		for (unsigned j = 0; j < S_COUNT; j++) {
			const struct type *from = sample_types[i], *to = sample_types[j];
			struct expr *expr = value_of(from);
			bool possible = casts[i][j] == 'y';

			if (sema_cast_check(&sema, expr, from, to) != possible)
				fprintf(stderr, "from %s to %s\n", type_name(&comp, from),
					type_name(&comp, to));
			CHECK_INT(reported(), possible ? 0 : 'E');
		}
	}
}

/* Addresses are numbers only where the kernel or the user process has the memory. */
static void test_casts_of_addresses(void)
{
	static const bool possible[REGION_COUNT] = {
		[REGION_ANY] = true,  [REGION_KERNEL] = true, [REGION_ADDRESS] = true,
		[REGION_USER] = true, [REGION_HEAP] = true,
	};

	setup();
	for (int region = 0; region < REGION_COUNT; region++) {
		const struct type *pointer = type_ptr(&comp, comp.types->u32, (enum region)region);
		struct expr *expr = value_of(pointer);

		CHECK_INT(sema_cast_check(&sema, expr, pointer, comp.types->u64), possible[region]);
		CHECK_INT(reported(), possible[region] ? 0 : 'E');
		CHECK(!sema_cast_check(&sema, expr, pointer, comp.types->u32));
		reported();
		CHECK(sema_cast_check(&sema, value_of(comp.types->u64), comp.types->u64, pointer));
		CHECK_INT(reported(), 0);
	}
}

/* ---- texts, network order, enums ---- */

static void test_network_order(void)
{
	struct expr *port, *be;

	setup();
	port = constant_of(comp.types->u32, 80);
	be = value_of(comp.types->be16);
	CHECK(sema_balance_compare(&sema, be, port, span_nowhere()));
	CHECK(port->type == comp.types->be16);
	CHECK_INT(sema_constant_bits(&port->constant, port->type), 0x5000);
	port = constant_of(comp.types->u32, 70000);
	sema_convert(&sema, port, comp.types->be16, "it");
	CHECK_INT(reported(), 'E');
	CHECK(!sema_balance_compare(&sema, be, value_of(comp.types->u16), span_nowhere()));
	CHECK_INT(reported(), 'E');
}

static void test_enums(void)
{
	struct expr *red, *zero;

	setup_samples();
	red = value_of(sample_types[S_ENUM]);
	zero = constant_of(comp.types->u32, 0);
	CHECK(sema_balance(&sema, red, value_of(sample_types[S_ENUM]), span_nowhere()) ==
	      sample_types[S_ENUM]);
	CHECK(sema_balance(&sema, red, value_of(sample_types[S_OTHER_ENUM]), span_nowhere()) ==
	      comp.types->error);
	CHECK_INT(reported(), 'E');
	CHECK(sema_balance_compare(&sema, red, zero, span_nowhere()));
	CHECK(zero->type == sample_types[S_ENUM] && !red->to);
	zero = constant_of(comp.types->u32, 0);
	CHECK(sema_balance(&sema, red, zero, span_nowhere()) == comp.types->u32);
	CHECK(red->to == comp.types->u32 && zero->type == comp.types->u32);
}

static struct expr *text_of(const char *text)
{
	struct expr *expr = value_of(type_str(&comp, (uint32_t)strlen(text)));

	expr->kind = EXPR_STRING;
	expr->constant = (struct constant){
		.kind = CONSTANT_STRING, .text = text, .len = (uint32_t)strlen(text)};
	return expr;
}

static void test_constant_text(void)
{
	struct expr *text;

	setup();
	text = text_of("hello");
	CHECK(sema_convert(&sema, text, type_str(&comp, 3), "it"));
	CHECK_INT(reported(), 'W');
	CHECK_INT(text->constant.len, 3);
	CHECK(text->type == type_str(&comp, 3) && !text->to);
	text = text_of("hello");
	CHECK(sema_convert(&sema, text, type_array(&comp, comp.types->u8, 5), "it"));
	CHECK_INT(reported(), 0);
	CHECK(!sema_convert(&sema, text_of("hello"), type_array(&comp, comp.types->u8, 4), "it"));
	CHECK_INT(reported(), 'E');
	text = text_of("a");
	CHECK(sema_balance(&sema, text, text_of("bcd"), span_nowhere()) == type_str(&comp, 3));
	CHECK(text->type == type_str(&comp, 3));
}

static void test_text_comparisons(void)
{
	setup_samples();
	CHECK(sema_balance_compare(&sema, value_of(sample_types[S_STR4]),
				   value_of(sample_types[S_CHARS8]), span_nowhere()));
	CHECK(sema_balance_compare(&sema, value_of(sample_types[S_BYTES4]), text_of("x"),
				   span_nowhere()));
	CHECK_INT(reported(), 0);
	CHECK(!sema_balance_compare(&sema, value_of(sample_types[S_INTS3]), text_of("x"),
				    span_nowhere()));
	CHECK_INT(reported(), 'E');
	CHECK(sema_balance_compare(&sema, value_of(sample_types[S_HANDLE]),
				   value_of(sample_types[S_NULL]), span_nowhere()));
	CHECK(!sema_balance_compare(&sema, value_of(sample_types[S_INT]),
				    value_of(sample_types[S_NULL]), span_nowhere()));
	CHECK_INT(reported(), 'E');
}

static void test_errors_are_silent(void)
{
	setup_samples();
	for (unsigned i = 0; i < S_COUNT; i++) {
		sema_convert(&sema, value_of(comp.types->error), sample_types[i], "it");
		sema_convert(&sema, value_of(sample_types[i]), comp.types->error, "it");
		sema_balance(&sema, value_of(comp.types->error), value_of(sample_types[i]),
			     span_nowhere());
		sema_balance_compare(&sema, value_of(sample_types[i]), value_of(comp.types->error),
				     span_nowhere());
		sema_cast_check(&sema, value_of(comp.types->error), comp.types->error,
				sample_types[i]);
		CHECK_INT(reported(), 0);
	}
	sema_convert(&sema, value_of(comp.types->void_), comp.types->u32, "it");
	CHECK_INT(reported(), 'E');
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"implicit conversions of integers", test_implicit_integers},
		{"common types of integers", test_balance_integers},
		{"comparisons keep values", test_compare_integers},
		{"constants fit or not", test_constants_fit_or_not},
		{"constants adapt to the other operand", test_constants_adapt},
		{"implicit conversions of every kind", test_implicit_kinds},
		{"casts of every kind", test_casts},
		{"casts of addresses", test_casts_of_addresses},
		{"network order", test_network_order},
		{"enums", test_enums},
		{"constant text", test_constant_text},
		{"comparisons of text", test_text_comparisons},
		{"errors are silent", test_errors_are_silent},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
