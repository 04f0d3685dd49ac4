/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs, compiled and run three ways:
 *
 *	agree [--seed=S] [--count=N] [--batch=K] [--kernel=VERSION] [--keep=DIR] [--print]
 *
 * Program number I of seed S is the same whatever the count and the batch are. Failing programs
 * are reduced and written to DIR. --print shows the programs and runs nothing.
 */
#include "gen.h"
#include "trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct driver {
	uint64_t seed;
	uint32_t first, count, batch;
	const char *kernel, *keep;
	bool print;
	uint32_t passed, failed, skipped;
};

static const uint64_t inputs[TRIAL_SETS][2] = {
	{0, 5},
	{0x123456789abcdef0, 3},
	{UINT64_C(0xffffffffffffff85), UINT64_C(0x8000000000000001)},
};

static uint64_t program_seed(const struct driver *driver, uint32_t number)
{
	return driver->seed * UINT64_C(0x9e3779b97f4a7c15) + number * UINT64_C(0xd1342543de82ef95);
}

/* One file with these programs. */
static uint32_t file_make(const struct driver *driver, struct strbuf *out, const uint32_t *numbers,
			  uint32_t count, const struct gen_mask *mask)
{
	uint32_t items = 0;

	gen_head(out);
	for (uint32_t i = 0; i < count; i++)
		items += gen_program(out, numbers[i], program_seed(driver, numbers[i]), mask);
	gen_main(out, numbers, count, inputs, TRIAL_SETS);
	return items;
}

static uint32_t try_programs(const struct driver *driver, const uint32_t *numbers, uint32_t count,
			     const struct gen_mask *mask, struct verdict *verdict)
{
	struct strbuf text = {0};
	uint32_t items = file_make(driver, &text, numbers, count, mask);
	struct trial trial = {strbuf_text(&text), numbers, count, inputs, driver->kernel, true};

	trial_run(&trial, verdict);
	strbuf_free(&text);
	return items;
}

/* The same kind of failure; errors of the checker must be the same error. */
static bool is_same_failure(const struct verdict *one, const struct verdict *other)
{
	const char *a = strchr(one->why, '['), *b = strchr(other->why, '[');

	if (one->outcome != other->outcome)
		return false;
	if (one->outcome == OUTCOME_ERROR && a && b)
		return !strncmp(a, b, strcspn(a, "]"));
	return true;
}

/* Leaves out items as long as the program fails in the same way: halves first, then less. */
static void reduce(const struct driver *driver, uint32_t number, const struct verdict *verdict,
		   uint32_t items, struct gen_mask *mask)
{
	struct verdict now;
	bool *before = calloc(items, sizeof(bool));

	mask->masked = calloc(items, sizeof(bool));
	mask->count = items;
	if (!before || !mask->masked)
		abort();
	for (uint32_t size = (items + 1) / 2; size; size /= 2) {
		for (uint32_t at = 0; at < items; at += size) {
			uint32_t end = at + size < items ? at + size : items;

			memcpy(before, mask->masked, items);
			memset(mask->masked + at, true, end - at);
			if (!memcmp(before, mask->masked, items))
				continue;
			try_programs(driver, &number, 1, mask, &now);
			if (!is_same_failure(verdict, &now))
				memcpy(mask->masked, before, items);
		}
	}
	free(before);
}

static void report(struct driver *driver, uint32_t number, const struct verdict *verdict,
		   uint32_t items)
{
	struct gen_mask mask = {0};
	struct strbuf text = {0};
	char path[1024];
	FILE *file;

	printf("FAIL: seed %" PRIu64 " program %u (kernel %s): %s\n%s\n", driver->seed, number,
	       driver->kernel, outcome_names[verdict->outcome], verdict->why);
	fflush(stdout);
	driver->failed++;
	/* Each trial would take the verifier seconds. */
	if (!driver->keep || verdict->outcome == OUTCOME_LIMIT)
		return;
	reduce(driver, number, verdict, items, &mask);
	file_make(driver, &text, &number, 1, &mask);
	snprintf(path, sizeof(path), "%s/agree_%" PRIu64 "_%u.ks", driver->keep, driver->seed,
		 number);
	file = fopen(path, "w");
	if (file) {
		fputs(strbuf_text(&text), file);
		fclose(file);
		printf("reduced: %s\n", path);
	}
	fflush(stdout);
	free(mask.masked);
	strbuf_free(&text);
}

static void run_alone(struct driver *driver, uint32_t number)
{
	struct verdict verdict;
	uint32_t items = try_programs(driver, &number, 1, NULL, &verdict);

	if (verdict.outcome == OUTCOME_SAME)
		driver->passed++;
	else if (verdict.outcome == OUTCOME_TOO_LARGE)
		driver->skipped++;
	else
		report(driver, number, &verdict, items);
}

/* 77 when the kernel does not let us. */
static int run_batch(struct driver *driver, uint32_t first, uint32_t count)
{
	uint32_t numbers[TRIAL_PROGRAMS], failed = driver->failed;
	struct verdict verdict;

	for (uint32_t i = 0; i < count; i++)
		numbers[i] = first + i;
	try_programs(driver, numbers, count, NULL, &verdict);
	if (verdict.outcome == OUTCOME_NOT_PERMITTED)
		return 77;
	if (verdict.outcome == OUTCOME_SAME) {
		driver->passed += count;
		return 0;
	}
	for (uint32_t i = 0; i < count; i++)
		run_alone(driver, numbers[i]);
	if (failed == driver->failed && verdict.outcome != OUTCOME_TOO_LARGE) {
		printf("FAIL: seed %" PRIu64 " programs %u to %u, only together: %s\n%s\n",
		       driver->seed, first, first + count - 1, outcome_names[verdict.outcome],
		       verdict.why);
		driver->failed++;
		driver->passed--;
	}
	return 0;
}

static void print_programs(const struct driver *driver)
{
	struct strbuf text = {0};
	uint32_t numbers[TRIAL_PROGRAMS];

	for (uint32_t i = 0; i < driver->batch; i++)
		numbers[i] = driver->first + i;
	file_make(driver, &text, numbers, driver->batch, NULL);
	fputs(strbuf_text(&text), stdout);
	strbuf_free(&text);
}

static bool parse(struct driver *driver, const char *arg)
{
	static const struct {
		const char *name;
		size_t offset;
	} numbers[] = {
		{"--first=", offsetof(struct driver, first)},
		{"--count=", offsetof(struct driver, count)},
		{"--batch=", offsetof(struct driver, batch)},
	};

	for (unsigned i = 0; i < 3; i++) {
		size_t len = strlen(numbers[i].name);

		if (!strncmp(arg, numbers[i].name, len)) {
			uint32_t value = (uint32_t)strtoul(arg + len, NULL, 0);

			memcpy((char *)driver + numbers[i].offset, &value, sizeof(value));
			return true;
		}
	}
	if (!strncmp(arg, "--seed=", 7))
		driver->seed = strtoull(arg + 7, NULL, 0);
	else if (!strncmp(arg, "--kernel=", 9))
		driver->kernel = arg + 9;
	else if (!strncmp(arg, "--keep=", 7))
		driver->keep = arg + 7;
	else if (!strcmp(arg, "--print"))
		driver->print = true;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct driver driver = {.seed = 1, .count = 100, .batch = 10, .kernel = "6.18"};

	for (int i = 1; i < argc; i++) {
		if (!parse(&driver, argv[i])) {
			fprintf(stderr, "agree: unknown option %s\n", argv[i]);
			return 2;
		}
	}
	if (!driver.batch || driver.batch > TRIAL_PROGRAMS)
		driver.batch = TRIAL_PROGRAMS;
	if (driver.print) {
		print_programs(&driver);
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %" PRIu64 ", %u programs, kernel %s\n", driver.seed, driver.count,
	       driver.kernel);
	for (uint32_t at = 0; at < driver.count; at += driver.batch) {
		uint32_t left = driver.count - at;

		if (run_batch(&driver, driver.first + at,
			      left < driver.batch ? left : driver.batch) == 77) {
			printf("skipped: bpf() is not permitted\n");
			return 77;
		}
	}
	printf("%u passed, %u failed, %u skipped\n", driver.passed, driver.failed, driver.skipped);
	return driver.failed != 0;
}
