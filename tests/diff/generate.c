/* SPDX-License-Identifier: Apache-2.0 */
#include "generate_int.h"

#include <stdio.h>

/* A linear congruential generator by Knuth; its high bits are good enough. */
static uint32_t next_random(struct generator *g)
{
	g->random = g->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(g->random >> 33);
}

unsigned pick(struct generator *g, unsigned count)
{
	return next_random(g) % count;
}

bool chance(struct generator *g, unsigned percent)
{
	return pick(g, 100) < percent;
}

void line(struct generator *g, const char *fmt, ...)
{
	va_list args;

	strbuf_pad(g->out, '\t', g->indent);
	va_start(args, fmt);
	strbuf_vprintf(g->out, fmt, args);
	va_end(args);
	strbuf_putc(g->out, '\n');
}

static void globals(struct generator *g)
{
	line(g, "struct Pair { a: u32, b: i64 }");
	line(g, "struct Mixed { x: u8, y: i16, z: u64, t: u8[5] }");
	line(g, "var g0: u64 = 3");
	line(g, "var g1: i64 = -7");
	line(g, "var g2: u16 = 500");
	line(g, "var g3: i8 = -1");
	line(g, "var table: u32[5] = [1, 2, 3, 4, 5]");
	line(g, "var mixed: Mixed = Mixed { x: 9, y: -3, z: 1, .. }");
	if (g->is_bpf) {
		line(g, "var counts : hash<u32, u64>(6)");
		line(g, "var pairs : hash<u32, Pair>(8)");
		line(g, "var slots : array<u32, u32>(4)");
	}
	add_name(g, "g0", 3, 0);
	add_name(g, "g1", 7, 0);
	add_name(g, "g2", 1, 0);
	add_name(g, "g3", 4, 0);
	add_name(g, "table", 2, 5);
	add_name(g, "mixed.x", 0, 0);
	add_name(g, "mixed.y", 5, 0);
	add_name(g, "mixed.z", 3, 0);
	add_name(g, "mixed.t", 0, 5);
	g->global_count = g->name_count;
}

/* Functions over structs, addresses and text that statements of the others use. */
static void library(struct generator *g)
{
	const char *role = g->is_bpf ? "@helper " : "";

	line(g, "type Word = str(5)");
	line(g, "struct Bits { low: u8 : 3, mid: u16 : 9, sign: i8 : 4, last: u32 : 20 }");
	line(g, "\n%sfn pair_of(a: u32, b: i64) -> Pair {", role);
	line(g, "\treturn Pair { a: a %% %u, b: b ^ %u }\n}", 7 + pick(g, 90), pick(g, 90));
	line(g, "\n%sfn swapped(p: Pair) -> Pair {", role);
	line(g, "\tvar old = p.a\n\tp.a = p.b as u32\n\tp.b = old as i64\n\treturn p\n}");
	line(g, "\n%sfn grow(p: *Pair, by: u32) -> u32 {", role);
	line(g, "\tp->a += by\n\tp->b -= by as i64\n\treturn p->a\n}");
	line(g, "\n%sfn word_of(n: u32) -> Word {", role);
	line(g, "\treturn match (n & 3) { 0: \"zero\", 1: \"one\", 2: \"two\", default: \"many\" "
		"}\n}");
	line(g, "\n%sfn number_of(w: Word) -> u32 {", role);
	line(g, "\treturn match (w) { \"one\": 1, \"two\" | \"deux\": 2, default: w.len() }\n}");
}

static void function(struct generator *g)
{
	struct callable *self = &g->functions[g->function_count];
	char text[16];

	*self = (struct callable){.result = pick(g, NUMBER_TYPES)};
	snprintf(self->text, sizeof(self->text), "f%u", g->function_count);
	self->throws = g->throws = chance(g, 25);
	self->param_count = 1 + pick(g, 3);
	g->result = self->result;
	strbuf_printf(g->out, "\n%sfn %s(", g->is_bpf ? "@helper " : "", self->text);
	for (unsigned i = 0; i < self->param_count; i++) {
		self->params[i] = pick(g, NUMBER_TYPES);
		snprintf(text, sizeof(text), "p%u", i);
		strbuf_printf(g->out, "%s%s: %s", i ? ", " : "", text,
			      number_types[self->params[i]].name);
		add_name(g, text, self->params[i], 0);
	}
	strbuf_printf(g->out, ") -> %s {\n", number_types[self->result].name);
	g->next_local = 0;
	g->budget = 14;
	block(g, 4 + pick(g, 5));
	strbuf_puts(g->out, "\treturn ");
	g->indent = 1;
	number(g, self->result, 1);
	g->indent = 0;
	strbuf_puts(g->out, "\n}\n");
	g->name_count = g->global_count;
	g->throws = false;
	g->function_count++;
}

/* Calls every function with numbers of the packet or of a list and adds up what they give. */
static void calls(struct generator *g, const char *const *arguments, unsigned count)
{
	for (unsigned i = 0; i < g->function_count; i++) {
		const struct callable *function = &g->functions[i];
		unsigned indent = 1;

		if (function->throws)
			line(g, "\ttry {");
		indent += function->throws;
		strbuf_pad(g->out, '\t', indent);
		strbuf_printf(g->out, "out[%u] = %s(", i, function->text);
		for (unsigned j = 0; j < function->param_count; j++)
			strbuf_printf(g->out, "%s(%s as %s)", j ? ", " : "",
				      arguments[pick(g, count)],
				      number_types[function->params[j]].name);
		strbuf_puts(g->out, ") as i64\n");
		if (function->throws)
			line(g, "\t} catch _ { out[%u] = 77 }", i);
	}
}

static void bpf_main(struct generator *g)
{
	static const char *const arguments[] = {
		"p[0]", "p[1]", "(p[2] as u32 * 16777619)", "(p[3] as i8)", "p[200]", "ctx.len()"};

	line(g, "\nvar out: i64[8]");
	line(g, "@xdp fn prog(ctx: *xdp_md) -> xdp_action {");
	line(g, "\tvar p = ctx->data");
	calls(g, arguments, sizeof(arguments) / sizeof(arguments[0]));
	line(g, "\treturn XDP_PASS\n}");
}

static void user_main(struct generator *g)
{
	static const char *const arguments[] = {
		"0", "1", "255", "70000", "(seed * 3)", "seed", "(seed * 16777619)"};

	line(g, "\nvar out: i64[8]");
	line(g, "fn main() -> i32 {");
	line(g, "\tfor (round in 0..3) {");
	line(g, "\tvar seed: u64 = round as u64 * 1000003 + %u", pick(g, 1000));
	calls(g, arguments, sizeof(arguments) / sizeof(arguments[0]));
	line(g, "\tfor (i in 0..8) { print(\"%%d %%d\", i, out[i]) }");
	line(g, "\tprint(g0, g1, g2, g3, table[0], table[1], table[2], table[3], table[4])");
	line(g, "\tprint(mixed.x, mixed.y, mixed.z, mixed.t[0], mixed.t[4])");
	line(g, "\t}\n\treturn 0\n}");
}

void generate_program(struct strbuf *out, uint64_t seed, bool is_bpf)
{
	struct generator g = {.out = out, .is_bpf = is_bpf};
	unsigned functions;

	g.random = seed * 2 + is_bpf;
	for (unsigned i = 0; i < 4; i++)
		next_random(&g);
	globals(&g);
	library(&g);
	functions = 2 + pick(&g, 3);
	for (unsigned i = 0; i < functions; i++)
		function(&g);
	if (is_bpf)
		bpf_main(&g);
	else
		user_main(&g);
}
