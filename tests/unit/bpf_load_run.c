/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the verifier has to do for programs of ours. It gives up after a million instructions; a
 * loop that it has to walk round by round, or branches that multiply, would come near that. Each
 * program is compiled with the newest mechanisms and with those of Linux 6.1, loaded into this
 * kernel, and must stay below its bound.
 */
#include "bpf_make.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

static const struct costly {
	const char *name, *text;
	unsigned most;	     /* instructions that the verifier may walk through */
	unsigned most_older; /* with the mechanisms of 6.1; 0: as many */
} programs[] = {
	{"a counting loop",
	 "var n: u32 = 500\n"
	 "var sum: u32\n"
	 "@xdp fn look(ctx: *xdp_md) -> xdp_action {\n"
	 "	var s: u32 = 0\n"
	 "	for (i in 0..n) { s += i * i }\n"
	 "	sum = s\n"
	 "	return XDP_PASS\n"
	 "}\n",
	 200, 0},
	{"a number that is compared in each round",
	 "var n: u32 = 27\n"
	 "var steps: u32\n"
	 "@xdp fn look(ctx: *xdp_md) -> xdp_action {\n"
	 "	var x = n\n"
	 "	var s: u32 = 0\n"
	 "	while (x != 1) {\n"
	 "		x = x % 2 == 0 ? x / 2 : 3 * x + 1\n"
	 "		s += 1\n"
	 "		if (s > 100000) { break }\n"
	 "	}\n"
	 "	steps = s\n"
	 "	return XDP_PASS\n"
	 "}\n",
	 300, 0},
	{"an index that goes from round to round",
	 "var bytes: u8[64]\n"
	 "var found: u32\n"
	 "@xdp fn look(ctx: *xdp_md) -> xdp_action {\n"
	 "	var at: u32 = 0\n"
	 "	while (at < 64) {\n"
	 "		if (bytes[at] == 7) { found = at }\n"
	 "		at += bytes[at] as u32 + 1\n"
	 "	}\n"
	 "	return XDP_PASS\n"
	 "}\n",
	 500, 0},
	{"a walk through options of the packet",
	 "var options: u32\n"
	 "@xdp fn look(ctx: *xdp_md) -> xdp_action {\n"
	 "	var at: u32 = 34\n"
	 "	while (at < 74) {\n"
	 "		if (var kind = (ctx->data + at) as *u8) {\n"
	 "			if (*kind == 0) { break }\n"
	 "			if (*kind == 1) { at += 1 } else {\n"
	 "				if (var size = (ctx->data + at + 1) as *u8) {\n"
	 "					if (*size < 2) { break }\n"
	 "					at += *size as u32\n"
	 "				} else { break }\n"
	 "			}\n"
	 "			options += 1\n"
	 "		} else { break }\n"
	 "	}\n"
	 "	return XDP_PASS\n"
	 "}\n",
	 500, 8000},
	{"branches in nested loops",
	 "var swaps: u32\n"
	 "@xdp fn look(ctx: *xdp_md) -> xdp_action {\n"
	 "	var a: u32[8] = [5, 3, 8, 1, 9, 2, 7, 4]\n"
	 "	var again = true\n"
	 "	while (again) {\n"
	 "		again = false\n"
	 "		for (i in 0..7) {\n"
	 "			if (a[i] > a[i + 1]) {\n"
	 "				var t = a[i]\n"
	 "				a[i] = a[i + 1]\n"
	 "				a[i + 1] = t\n"
	 "				again = true\n"
	 "				swaps += 1\n"
	 "			}\n"
	 "		}\n"
	 "	}\n"
	 "	return XDP_PASS\n"
	 "}\n",
	 2000, 0},
	{"text that grows in a loop",
	 "var n: u32 = 5\n"
	 "var len: u32\n"
	 "@xdp fn look(ctx: *xdp_md) -> xdp_action {\n"
	 "	var text: str(20) = \"\"\n"
	 "	for (i in 0..n) { text = text + \"ab\" }\n"
	 "	len = text.len()\n"
	 "	return XDP_PASS\n"
	 "}\n",
	 2000, 0},
	{"three loops in one another, left from inside",
	 "var table : hash<u32, u32>(64)\n"
	 "var n: u32 = 30\n"
	 "var found: u32\n"
	 "@helper fn find(wanted: u32) -> u32 {\n"
	 "	for (i in 0..n) {\n"
	 "		for (j in 0..n) {\n"
	 "			for (k, v) in table {\n"
	 "				if (k == i && v == j && i * j == wanted) { return v }\n"
	 "			}\n"
	 "		}\n"
	 "	}\n"
	 "	return 0\n"
	 "}\n"
	 "@xdp fn look(ctx: *xdp_md) -> xdp_action {\n"
	 "	found = find(42)\n"
	 "	return XDP_PASS\n"
	 "}\n",
	 1500, 20000},
};

static char verifier_log[1 << 20];

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

/* The number in "processed N insns"; 0 when the program was refused. */
static unsigned load(const struct made *made)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "made");
	struct bpf_object *object;
	struct bpf_program *program;
	const char *count;
	unsigned steps = 0;

	object = bpf_object__open_mem(made->out.data, made->out.len, &options);
	if (!object)
		return 0;
	program = bpf_object__find_program_by_name(object, "look");
	memset(verifier_log, 0, sizeof(verifier_log));
	bpf_program__set_log_buf(program, verifier_log, sizeof(verifier_log));
	bpf_program__set_log_level(program, 4); /* statistics only */
	if (!bpf_object__load(object)) {
		count = strstr(verifier_log, "processed ");
		steps = count ? (unsigned)strtoul(count + 10, NULL, 10) : 0;
	}
	bpf_object__close(object);
	return steps;
}

static void check(const struct costly *program, const char *kernel, unsigned most)
{
	struct made made;
	unsigned steps;

	make(&made, program->text, kernel, 0, BPF_OUT_OBJECT);
	if (!made.ok) {
		char *text = made_diagnostics(&made);

		fprintf(stderr, "%s: %s", program->name, text);
		free(text);
		ks_test_failures++;
	} else {
		steps = load(&made);
		if (!steps || steps > most) {
			fprintf(stderr, "%s (%s): %u instructions, at most %u\n%s\n", program->name,
				kernel, steps, program->most, verifier_log);
			ks_test_failures++;
		}
	}
	made_free(&made);
}

static void newest(void)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		check(&programs[i], "6.18", programs[i].most);
}

static void older(void)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		check(&programs[i], "6.1",
		      programs[i].most_older ? programs[i].most_older : programs[i].most);
}

static const struct ks_test tests[] = {
	{"with_the_newest_mechanisms", newest},
	{"with_those_of_6_1", older},
};

int main(void)
{
	int map;

	libbpf_set_print(quiet);
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, NULL);
	if (map < 0) {
		printf("skipped: no bpf() for this user: %s\n", strerror(errno));
		return 77;
	}
	close(map);
	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
