/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_cases [--seed=N] [--count=N] FOLDER
 *
 * Writes random programs as golden cases whose expectations come from the IR interpreter, run on
 * the IR as the builder left it. The golden runner then holds the passes, the kernel (level run)
 * and the loader (level exec) against them.
 */
#include "generate.h"
#include "interp.h"
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARNINGS_OFF                                                                         \
	"-Wno-unused -Wno-compare-constant -Wno-narrowing -Wno-unreachable -Wno-const-sign " \
	"-Wno-string-cut -Wno-always-present"

static bool case_failed(uint64_t seed, const char *text, const char *why)
{
	fprintf(stderr, "seed %llu: %s\n%s\n", (unsigned long long)seed, why, text);
	return false;
}

/* The bytes of a global as `hex:...`. */
static void expect_global(FILE *file, struct interp *interp, const char *name, size_t size)
{
	const uint8_t *bytes = interp_global(interp, name);

	fprintf(file, "// global: %s = hex:", name);
	for (size_t i = 0; i < size; i++)
		fprintf(file, "%02x", bytes[i]);
	fputc('\n', file);
}

static void expect_globals(FILE *file, struct interp *interp, const struct ir_module *module)
{
	vec_foreach (global, &module->globals) {
		if ((*global)->targets & 1u << TARGET_BPF)
			expect_global(file, interp, (*global)->name, (*global)->type->size);
	}
}

static void expect_map(FILE *file, struct interp *interp, const char *name, uint32_t keys,
		       size_t size)
{
	for (uint32_t key = 0; key < keys; key++) {
		const uint8_t *bytes = interp_entry(interp, name, &key);

		fprintf(file, "// map: %s[%u] = ", name, key);
		if (!bytes) {
			fputs("absent\n", file);
			continue;
		}
		fputs("hex:", file);
		for (size_t i = 0; i < size; i++)
			fprintf(file, "%02x", bytes[i]);
		fputc('\n', file);
	}
}

static bool expect_runs(FILE *file, struct interp *interp, const struct ir_module *module,
			uint64_t seed, const char *text)
{
	const struct ir_func *prog = interp_find(interp, TARGET_BPF, "prog");

	for (unsigned run = 0; run < 3; run++) {
		uint8_t packet[20] = {(uint8_t)seed, (uint8_t)(seed >> 3), (uint8_t)(run * 77),
				      (uint8_t)(255 - run)};
		struct interp_result result;

		fputs("// run: prog packet=hex:", file);
		for (size_t i = 0; i < sizeof(packet); i++)
			fprintf(file, "%02x", packet[i]);
		result = interp_run_packet(interp, prog, packet, sizeof(packet));
		if (result.end != INTERP_RETURNED)
			return case_failed(seed, text, result.why);
		fprintf(file, " return=%lld\n", (long long)result.value);
	}
	expect_globals(file, interp, module);
	expect_map(file, interp, "counts", 8, 8);
	expect_map(file, interp, "pairs", 4, 16);
	expect_map(file, interp, "slots", 4, 4);
	return true;
}

static bool expect_output(FILE *file, struct interp *interp, uint64_t seed, const char *text)
{
	struct interp_result result =
		interp_run(interp, interp_find(interp, TARGET_USER, "main"), NULL, 0);
	const char *output = interp_output(interp);

	if (result.end != INTERP_RETURNED)
		return case_failed(seed, text, result.why);
	fputs("// exec: exit=0\n", file);
	while (*output) {
		int len = (int)strcspn(output, "\n");

		fprintf(file, "// | %.*s\n", len, output);
		output += len + (output[len] == '\n');
	}
	return true;
}

static bool write_case(const char *folder, uint64_t seed, bool is_bpf)
{
	struct source_module source;
	struct strbuf text = {0};
	struct interp *interp;
	char path[4096];
	bool ok = false;
	FILE *file;

	generate_program(&text, seed, is_bpf);
	source_compile(&source, strbuf_text(&text), false);
	snprintf(path, sizeof(path), "%s/%s_%llu.ks", folder, is_bpf ? "bpf" : "user",
		 (unsigned long long)seed);
	file = fopen(path, "w");
	if (!source.module) {
		case_failed(seed, strbuf_text(&text), strbuf_text(&source.diagnostics));
	} else if (file) {
		fprintf(file, "// ksc: %s\n%s\n", WARNINGS_OFF, strbuf_text(&text));
		interp = interp_new(&source.comp, source.module);
		ok = is_bpf ? expect_runs(file, interp, source.module, seed, strbuf_text(&text))
			    : expect_output(file, interp, seed, strbuf_text(&text));
		interp_free(interp);
	}
	if (file)
		fclose(file);
	strbuf_free(&text);
	source_free(&source);
	return ok;
}

int main(int argc, char **argv)
{
	unsigned long long seed = 1, count = 10;
	const char *folder = NULL;
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		if (sscanf(argv[i], "--seed=%llu", &seed) != 1 &&
		    sscanf(argv[i], "--count=%llu", &count) != 1)
			folder = argv[i];
	}
	if (!folder) {
		fputs("usage: diff_cases [--seed=N] [--count=N] FOLDER\n", stderr);
		return 2;
	}
	for (unsigned long long i = 0; i < count; i++) {
		failed += !write_case(folder, seed + i, true);
		failed += !write_case(folder, seed + i, false);
	}
	printf("%llu programs written, %d failed\n", 2 * count, failed);
	return failed != 0;
}
