// SPDX-License-Identifier: Apache-2.0
/*
 * Writes a program of about LINES lines, as KernelScript or as the C that one would write instead
 * (libbpf's map definitions, bounds tests on packets, switch for match). Both come from one walk
 * with one generator of numbers, so they hold the same declarations, statements and expressions.
 *
 *	bench_source ks|c LINES
 *
 * The program consists of parts of about a hundred lines: types, maps, a plain function, a BPF
 * function, a BPF program, a function of the loader. What stands in their bodies differs from part
 * to part. The same arguments give the same bytes everywhere.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLES_MAX 24

struct source {
	bool c;
	uint64_t seed;
	unsigned lines;
	unsigned part;	 /* the number in the names of this part */
	unsigned indent; /* in tabs */
	unsigned loops;	 /* around the statement that is being written */
	unsigned temporaries;
	unsigned variable_count;
	char variables[VARIABLES_MAX][12]; /* that can be read: u32 */
};

static unsigned pick(struct source *s, unsigned count)
{
	s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(s->seed >> 33) % count;
}

static bool chance(struct source *s, unsigned percent)
{
	return pick(s, 100) < percent;
}

static void begin(struct source *s)
{
	for (unsigned i = 0; i < s->indent; i++)
		putchar('\t');
}

static void end(struct source *s)
{
	putchar('\n');
	s->lines++;
}

/* Lines of which every `$` is the number of the part and every `~` a number below 1000. */
static void write_lines(struct source *s, const char *text)
{
	bool at_start = true;

	for (; *text; text++) {
		if (*text == '\n') {
			end(s);
			at_start = true;
			continue;
		}
		if (at_start)
			begin(s);
		at_start = false;
		if (*text == '$')
			printf("%u", s->part);
		else if (*text == '~')
			printf("%u", 1 + pick(s, 999));
		else
			putchar(*text);
	}
}

/* The same thing in both languages; the lines of KernelScript count. */
static void either(struct source *s, const char *ks, const char *c)
{
	unsigned lines = s->lines;

	write_lines(s, s->c ? c : ks);
	for (; *ks; ks++)
		lines += *ks == '\n';
	s->lines = lines;
}

/*
 * ---- expressions: the two languages write these alike ----
 *
 * A constant stands on the right of an operator only and comparisons are between values that can be
 * anything, so that neither compiler warns.
 */

static const char *variable(struct source *s)
{
	return s->variables[pick(s, s->variable_count)];
}

static void constant(struct source *s)
{
	if (chance(s, 30))
		printf("LIMIT_%u", s->part);
	else
		printf("%u", 1 + pick(s, 5000));
}

static void expression(struct source *s, unsigned depth)
{
	static const char *const operators[] = {"+", "-", "*", "&", "|", "^", "/", "%"};

	if (!depth || chance(s, 20)) {
		printf("%s", variable(s));
	} else if (chance(s, 12)) {
		printf("table[");
		expression(s, depth - 1);
		printf(" & 7]");
	} else if (chance(s, 12)) {
		printf("(%s %s %u)", variable(s), chance(s, 50) ? "<<" : ">>", 1 + pick(s, 15));
	} else {
		printf("(");
		expression(s, depth - 1);
		printf(" %s ", operators[pick(s, 8)]);
		if (chance(s, 40))
			constant(s);
		else
			expression(s, depth - 1);
		printf(")");
	}
}

static void comparison(struct source *s)
{
	static const char *const comparisons[] = {"==", "!=", "<", "<=", ">", ">="};
	unsigned first = pick(s, 2);

	printf("%s %s ", first ? "sum" : "rest", comparisons[pick(s, 6)]);
	if (chance(s, 40))
		constant(s);
	else if (chance(s, 50))
		printf("(%s + %s)", first ? "rest" : "sum", variable(s));
	else
		printf("%s", first ? "rest" : "sum");
}

static void condition(struct source *s)
{
	comparison(s);
	if (chance(s, 25)) {
		printf(chance(s, 50) ? " && " : " || ");
		printf("table[%s & 7] > ", variable(s));
		constant(s);
	}
}

/* ---- statements ---- */

static void statements(struct source *s, unsigned depth, unsigned count);

static void block(struct source *s, unsigned depth, unsigned count)
{
	unsigned variables = s->variable_count;

	s->indent++;
	statements(s, depth, count);
	s->indent--;
	s->variable_count = variables;
}

static void finish(struct source *s)
{
	if (s->c)
		putchar(';');
	end(s);
}

static void declare(struct source *s)
{
	unsigned number = s->temporaries++;

	begin(s);
	printf(s->c ? "__u32 t%u = " : "var t%u: u32 = ", number);
	expression(s, 2);
	finish(s);
	if (s->variable_count < VARIABLES_MAX)
		snprintf(s->variables[s->variable_count++], sizeof(s->variables[0]), "t%u", number);
	begin(s);
	printf("%s += t%u ^ ", chance(s, 50) ? "sum" : "rest", number);
	expression(s, 1);
	finish(s);
}

/* To one of the first variables, which can be written. */
static void assign(struct source *s)
{
	static const char *const operators[] = {"=", "+=", "-=", "^=", "|=", "*="};

	begin(s);
	if (chance(s, 20))
		printf("table[%s & 7] = ", variable(s));
	else
		printf("%s %s ", chance(s, 50) ? "sum" : "rest", operators[pick(s, 6)]);
	expression(s, 2);
	finish(s);
}

static void choose(struct source *s, unsigned depth)
{
	begin(s);
	printf("if (");
	condition(s);
	printf(") {");
	end(s);
	block(s, depth - 1, 1 + pick(s, 3));
	if (chance(s, 40)) {
		begin(s);
		printf("} else {");
		end(s);
		block(s, depth - 1, 1 + pick(s, 2));
	}
	begin(s);
	printf("}");
	end(s);
}

static void repeat(struct source *s, unsigned depth)
{
	unsigned number = s->loops++, rounds = 2 + pick(s, 14);

	begin(s);
	if (s->c)
		printf("for (__u32 i%u = 0; i%u < %u; i%u++) {", number, number, rounds, number);
	else
		printf("for (i%u in 0..%u) {", number, rounds);
	end(s);
	if (s->variable_count < VARIABLES_MAX)
		snprintf(s->variables[s->variable_count++], sizeof(s->variables[0]), "i%u", number);
	block(s, depth - 1, 1 + pick(s, 3));
	s->variable_count--;
	if (chance(s, 30)) {
		begin(s);
		printf("\tif (sum > %u) {", 1000 + pick(s, 5000));
		end(s);
		begin(s);
		printf("\t\tbreak");
		finish(s);
		begin(s);
		printf("\t}");
		end(s);
	}
	begin(s);
	printf("}");
	end(s);
	s->loops--;
}

/* One arm: `first` is the first number, `count` how many it takes, 0 all that are left. */
static void arm(struct source *s, unsigned depth, unsigned first, unsigned count)
{
	begin(s);
	if (!s->c) {
		printf("\t");
		for (unsigned i = 0; i < count; i++)
			printf("%s%u", i ? " | " : "", first + i);
		printf(count ? ": {" : "default: {");
	} else {
		for (unsigned i = 0; i < count; i++)
			printf("%scase %u:", i ? " " : "", first + i);
		printf(count ? " {" : "default: {");
	}
	end(s);
	s->indent++;
	block(s, depth - 1, 1 + pick(s, 2));
	s->indent--;
	begin(s);
	printf(s->c ? "} break;" : "\t}");
	end(s);
}

static void match(struct source *s, unsigned depth)
{
	unsigned arms = 2 + pick(s, 4);

	begin(s);
	printf(s->c ? "switch (" : "match (");
	expression(s, 1);
	printf(") {");
	end(s);
	for (unsigned i = 0; i < arms; i++)
		arm(s, depth, 10 * i, 1 + pick(s, 3));
	arm(s, depth, 0, 0);
	begin(s);
	printf("}");
	end(s);
}

static void statements(struct source *s, unsigned depth, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (depth && chance(s, 22))
			choose(s, depth);
		else if (depth && s->loops < 2 && chance(s, 14))
			repeat(s, depth);
		else if (depth && chance(s, 10))
			match(s, depth);
		else if (chance(s, 30))
			declare(s);
		else
			assign(s);
		if (s->indent == 1 && chance(s, 8)) {
			begin(s);
			printf("// the rest is weighed by part %u", s->part);
			end(s);
		}
	}
}

/* The variables that every body starts with. `names`: parameters that can be read, NULL last. */
static void start_body(struct source *s, const char *const *names)
{
	s->indent = 1;
	s->loops = 0;
	s->temporaries = 0;
	s->variable_count = 0;
	for (unsigned i = 0; names[i]; i++)
		snprintf(s->variables[s->variable_count++], sizeof(s->variables[0]), "%s",
			 names[i]);
	begin(s);
	printf(s->c ? "__u32 sum = %u, rest = %u;" : "var sum: u32 = %u var rest: u32 = %u",
	       pick(s, 100), pick(s, 100));
	end(s);
	begin(s);
	printf(s->c ? "__u32 table[8] = {" : "var table: u32[8] = [");
	for (unsigned i = 0; i < 8; i++)
		printf("%s%u", i ? ", " : "", pick(s, 1000));
	printf(s->c ? "}" : "]");
	finish(s);
	snprintf(s->variables[s->variable_count++], sizeof(s->variables[0]), "sum");
	snprintf(s->variables[s->variable_count++], sizeof(s->variables[0]), "rest");
}

/* ---- parts ---- */

static void types_and_maps(struct source *s)
{
	either(s,
	       "/// How far a flow of part $ is.\n"
	       "enum State$ { NEW_$ = ~, OPEN_$, CLOSING_$, CLOSED_$ }\n"
	       "\n"
	       "/// What is known of a flow.\n"
	       "struct Flow$ {\n"
	       "\tpackets: u64\n"
	       "\tbytes: u64\n"
	       "\tfirst_seen: u64\n"
	       "\tports: u16[4]\n"
	       "\tstate: State$\n"
	       "}\n"
	       "\n"
	       "const LIMIT_$: u32 = ~\n"
	       "\n"
	       "var flows_$ : hash<be32, Flow$>(1024)\n"
	       "var totals_$ : percpu_array<u32, u64>(256)\n"
	       "var seen_$: u64 = 0\n"
	       "\n",
	       "/* How far a flow of part $ is. */\n"
	       "enum state_$ { NEW_$ = ~, OPEN_$, CLOSING_$, CLOSED_$ };\n"
	       "\n"
	       "/* What is known of a flow. */\n"
	       "struct flow_$ {\n"
	       "\t__u64 packets;\n"
	       "\t__u64 bytes;\n"
	       "\t__u64 first_seen;\n"
	       "\t__u16 ports[4];\n"
	       "\tenum state_$ state;\n"
	       "};\n"
	       "\n"
	       "static const __u32 LIMIT_$ = ~;\n"
	       "\n"
	       "struct {\n"
	       "\t__uint(type, BPF_MAP_TYPE_HASH);\n"
	       "\t__uint(max_entries, 1024);\n"
	       "\t__type(key, __be32);\n"
	       "\t__type(value, struct flow_$);\n"
	       "} flows_$ SEC(\".maps\");\n"
	       "struct {\n"
	       "\t__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);\n"
	       "\t__uint(max_entries, 256);\n"
	       "\t__type(key, __u32);\n"
	       "\t__type(value, __u64);\n"
	       "} totals_$ SEC(\".maps\");\n"
	       "__u64 seen_$;\n"
	       "\n");
}

static void plain_function(struct source *s)
{
	either(s, "fn score_$(a: u32, b: u32, c: u32) -> u32 {\n",
	       "static __u32 score_$(__u32 a, __u32 b, __u32 c)\n{\n");
	start_body(s, (const char *const[]){"a", "b", "c", NULL});
	statements(s, 3, 6 + pick(s, 5));
	s->indent = 0;
	either(s, "\treturn sum ^ rest + table[a & 7]\n}\n\n",
	       "\treturn sum ^ (rest + table[a & 7]);\n}\n\n");
}

static void bpf_function(struct source *s)
{
	either(s,
	       "@helper\n"
	       "fn update_$(address: be32, length: u32) -> u32 {\n"
	       "\tif (var flow = flows_$[address]) {\n"
	       "\t\tflow.packets += 1\n"
	       "\t\tflow.bytes += length\n"
	       "\t\tmatch (flow.state) {\n"
	       "\t\t\tNEW_$: { flow.state = OPEN_$ }\n"
	       "\t\t\tOPEN_$ | CLOSING_$: { flow.ports[0] += 1 }\n"
	       "\t\t\tdefault: { flow.ports[1] = 0 }\n"
	       "\t\t}\n"
	       "\t\treturn score_$(raw(address), length, flow.state)\n"
	       "\t}\n"
	       "\tflows_$[address] = Flow$ { packets: 1, bytes: length, first_seen: ktime(), "
	       "state: NEW_$, .. }\n",
	       "static __u32 update_$(__be32 address, __u32 length)\n{\n"
	       "\tstruct flow_$ *flow = bpf_map_lookup_elem(&flows_$, &address);\n"
	       "\tif (flow) {\n"
	       "\t\t__sync_fetch_and_add(&flow->packets, 1);\n"
	       "\t\t__sync_fetch_and_add(&flow->bytes, length);\n"
	       "\t\tswitch (flow->state) {\n"
	       "\t\tcase NEW_$: flow->state = OPEN_$; break;\n"
	       "\t\tcase OPEN_$: case CLOSING_$: flow->ports[0] += 1; break;\n"
	       "\t\tdefault: flow->ports[1] = 0; break;\n"
	       "\t\t}\n"
	       "\t\treturn score_$(address, length, flow->state);\n"
	       "\t}\n"
	       "\tstruct flow_$ fresh = {.packets = 1, .bytes = length,\n"
	       "\t\t.first_seen = bpf_ktime_get_ns(), .state = NEW_$};\n"
	       "\tbpf_map_update_elem(&flows_$, &address, &fresh, BPF_ANY);\n");
	start_body(s, (const char *const[]){"length", NULL});
	statements(s, 2, 3 + pick(s, 4));
	s->indent = 0;
	either(s, "\treturn sum - table[rest & 7]\n}\n\n",
	       "\treturn sum - table[rest & 7];\n}\n\n");
}

static void program(struct source *s)
{
	static const char *const heads[][2] = {
		{"@xdp\nfn watch_$(ctx: *xdp_md) -> xdp_action {\n",
		 "SEC(\"xdp\")\nint watch_$(struct xdp_md *ctx)\n{\n"},
		{"@tc(\"ingress\")\nfn watch_$(ctx: *__sk_buff) -> i32 {\n",
		 "SEC(\"tc\")\nint watch_$(struct __sk_buff *ctx)\n{\n"},
	};
	unsigned kind = pick(s, 2);

	either(s, heads[kind][0], heads[kind][1]);
	either(s,
	       "\tvar protocol: u32 = 255\n"
	       "\n"
	       "\tif (var eth = ctx->data as *ethhdr) {\n"
	       "\t\tif (eth->h_proto == ETH_P_IP) {\n"
	       "\t\t\tif (var ip = (eth + 1) as *iphdr) {\n"
	       "\t\t\t\tprotocol = ip->protocol\n"
	       "\t\t\t\tseen_$ += update_$(ip->saddr, ~)\n"
	       "\t\t\t}\n"
	       "\t\t}\n"
	       "\t}\n"
	       "\ttotals_$[protocol] += 1\n",
	       "\t__u32 protocol = 255;\n"
	       "\tvoid *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;\n"
	       "\tstruct ethhdr *eth = data;\n"
	       "\n"
	       "\tif ((void *)(eth + 1) <= data_end && eth->h_proto == bpf_htons(ETH_P_IP)) {\n"
	       "\t\tstruct iphdr *ip = (void *)(eth + 1);\n"
	       "\t\tif ((void *)(ip + 1) <= data_end) {\n"
	       "\t\t\tprotocol = ip->protocol;\n"
	       "\t\t\t__sync_fetch_and_add(&seen_$, update_$(ip->saddr, ~));\n"
	       "\t\t}\n"
	       "\t}\n"
	       "\t__u64 *total = bpf_map_lookup_elem(&totals_$, &protocol);\n"
	       "\tif (total)\n"
	       "\t\t*total += 1;\n");
	start_body(s, (const char *const[]){"protocol", NULL});
	statements(s, 2, 3 + pick(s, 4));
	either(s,
	       kind ? "return sum > table[rest & 7] ? TC_ACT_SHOT : TC_ACT_OK\n"
		    : "return sum > table[rest & 7] ? XDP_DROP : XDP_PASS\n",
	       kind ? "return sum > table[rest & 7] ? TC_ACT_SHOT : TC_ACT_OK;\n"
		    : "return sum > table[rest & 7] ? XDP_DROP : XDP_PASS;\n");
	s->indent = 0;
	either(s, "}\n\n", "}\n\n");
}

static void user_function(struct source *s)
{
	either(s,
	       "fn report_$(least: u32) -> u32 {\n"
	       "\tvar total: u32 = 0\n"
	       "\n"
	       "\tfor (address, flow) in flows_$ {\n"
	       "\t\tif (flow.packets > least) {\n"
	       "\t\t\tprint(\"%s: %u packets, %u bytes\", ip_str(address), flow.packets, "
	       "flow.bytes)\n"
	       "\t\t\ttotal += score_$(raw(address), least, flow.state)\n"
	       "\t\t} else if (flow.state == CLOSED_$) {\n"
	       "\t\t\tdelete flows_$[address]\n"
	       "\t\t}\n"
	       "\t}\n",
	       "static __u32 report_$(__u32 least)\n{\n"
	       "\t__be32 address, *previous = 0;\n"
	       "\t__u32 total = 0;\n"
	       "\tstruct flow_$ flow;\n"
	       "\n"
	       "\twhile (!map_next(&flows_$, previous, &address)) {\n"
	       "\t\tprevious = &address;\n"
	       "\t\tif (map_read(&flows_$, &address, &flow))\n"
	       "\t\t\tcontinue;\n"
	       "\t\tif (flow.packets > least) {\n"
	       "\t\t\tprintf(\"%s: %llu packets, %llu bytes\\n\", ip_str(address), flow.packets,\n"
	       "\t\t\t\tflow.bytes);\n"
	       "\t\t\ttotal += score_$(address, least, flow.state);\n"
	       "\t\t} else if (flow.state == CLOSED_$) {\n"
	       "\t\t\tmap_delete(&flows_$, &address);\n"
	       "\t\t}\n"
	       "\t}\n");
	start_body(s, (const char *const[]){"least", "total", NULL});
	statements(s, 2, 2 + pick(s, 4));
	s->indent = 0;
	either(s, "\treturn total + table[sum & 7] + rest\n}\n\n",
	       "\treturn total + table[sum & 7] + rest;\n}\n\n");
}

/* The loader's entry, which uses every part. */
static void entry(struct source *s, unsigned parts)
{
	s->indent = 0;
	either(s, "fn main() -> i32 {\n\tvar total: u32 = 0\n\n",
	       "int main(void)\n{\n\t__u32 total = 0;\n\n");
	for (s->part = 0; s->part < parts; s->part++)
		either(s,
		       "\tif (load(watch_$) == null) { return 1 }\n"
		       "\ttotal += report_$(~)\n",
		       "\tif (!load(watch_$)) return 1;\n"
		       "\ttotal += report_$(~);\n");
	either(s, "\tprint(\"in all\", total)\n\treturn 0\n}\n",
	       "\tprintf(\"in all %u\\n\", total);\n\treturn 0;\n}\n");
}

int main(int argc, char **argv)
{
	struct source s = {.seed = 1};
	unsigned wanted, parts = 0;

	if (argc != 3 || (strcmp(argv[1], "ks") && strcmp(argv[1], "c"))) {
		fprintf(stderr, "usage: bench_source ks|c LINES\n");
		return 2;
	}
	s.c = !strcmp(argv[1], "c");
	wanted = (unsigned)strtoul(argv[2], NULL, 10);
	either(&s, "include \"net.kh\"\n\n",
	       "#include <linux/bpf.h>\n"
	       "#include <linux/if_ether.h>\n"
	       "#include <linux/ip.h>\n"
	       "#include <linux/pkt_cls.h>\n"
	       "#include <bpf/bpf_endian.h>\n"
	       "#include <bpf/bpf_helpers.h>\n\n"
	       "int printf(const char *format, ...);\n"
	       "int map_next(void *map, const void *key, void *next);\n"
	       "int map_read(void *map, const void *key, void *value);\n"
	       "int map_delete(void *map, const void *key);\n"
	       "const char *ip_str(__be32 address);\n"
	       "#define load(program) load_program(#program)\n"
	       "void *load_program(const char *name);\n\n");
	while (s.lines + 4 + 2 * parts < wanted) {
		s.part = parts++;
		types_and_maps(&s);
		plain_function(&s);
		bpf_function(&s);
		program(&s);
		user_function(&s);
	}
	entry(&s, parts);
	return 0;
}
