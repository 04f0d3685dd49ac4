/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs, compiled and run three ways: see usage() and tests/README.md.
 *
 * Program number I of seed S is the same whatever the count and the batch are.
 */
#include "gen.h"
#include "reduce.h"
#include "trial.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Attempts to reduce a program; each of the slow ones takes the verifier a second. */
#define ATTEMPTS      700
#define ATTEMPTS_SLOW 60

/* A line of progress after so many batches of a process. */
#define REPORT_BATCHES 25

struct tally {
	uint32_t passed, failed, skipped;
	bool not_permitted;
	struct cover cover;
};

struct driver {
	uint64_t seed;
	uint32_t first, count, batch, jobs;
	const char *kernel, *keep, *prepare;
	bool print, cover;
	struct tally *tally;
};

static uint64_t program_seed(const struct driver *driver, uint32_t number)
{
	return driver->seed * UINT64_C(0x9e3779b97f4a7c15) + number * UINT64_C(0xd1342543de82ef95);
}

/* One file with these programs. */
static void file_make(const struct driver *driver, struct strbuf *out, const uint32_t *numbers,
		      uint32_t count)
{
	gen_head(out);
	for (uint32_t i = 0; i < count; i++)
		gen_program(out, numbers[i], program_seed(driver, numbers[i]));
	gen_main(out, numbers, count, trial_inputs, TRIAL_SETS);
}

static void try_programs(const struct driver *driver, const uint32_t *numbers, uint32_t count,
			 bool optimize, struct verdict *verdict)
{
	struct strbuf text = {0};
	struct trial trial = {.kernel = driver->kernel, .optimize = optimize};

	file_make(driver, &text, numbers, count);
	trial.text = strbuf_text(&text);
	trial.cover = count > 1 && driver->cover;
	trial_run(&trial, verdict);
	strbuf_free(&text);
}

static void save(const struct driver *driver, uint32_t number, const struct verdict *verdict,
		 const struct strbuf *text)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%u_%" PRIu64 "_%u.ks", driver->keep, verdict->outcome,
		 driver->seed, number);
	file = fopen(path, "w");
	if (!file)
		return;
	fprintf(file, "%s\n/* seed %" PRIu64 " program %u: %s\n%s */\n", strbuf_text(text),
		driver->seed, number, outcome_names[verdict->outcome], verdict->why);
	fclose(file);
	printf("reduced: %s\n", path);
}

/* A program that fails alone. */
static void report(struct driver *driver, uint32_t number, bool optimize,
		   const struct verdict *verdict)
{
	struct trial trial = {.kernel = driver->kernel, .optimize = optimize};
	struct strbuf text = {0};

	printf("FAIL: seed %" PRIu64 " program %u (kernel %s): %s\n%.1200s\n", driver->seed, number,
	       driver->kernel, outcome_names[verdict->outcome],
	       verdict->why + (strlen(verdict->why) > 1200 ? strlen(verdict->why) - 1200 : 0));
	fflush(stdout);
	driver->tally->failed++;
	if (!driver->keep)
		return;
	file_make(driver, &text, &number, 1);
	reduce(&trial, verdict, verdict->outcome == OUTCOME_LIMIT ? ATTEMPTS_SLOW : ATTEMPTS,
	       &text);
	save(driver, number, verdict, &text);
	strbuf_free(&text);
}

static void run_programs(struct driver *driver, const uint32_t *numbers, uint32_t count,
			 bool optimize);

/* Takes the blamed program out and tries the others again; without a culprit in halves. */
static void run_without(struct driver *driver, const uint32_t *numbers, uint32_t count,
			bool optimize, const struct verdict *verdict)
{
	uint32_t rest[TRIAL_PROGRAMS], n = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (numbers[i] != verdict->number)
			rest[n++] = numbers[i];
	}
	if (n < count) {
		run_programs(driver, &verdict->number, 1, optimize);
		run_programs(driver, rest, n, optimize);
		return;
	}
	run_programs(driver, numbers, count / 2, optimize);
	run_programs(driver, numbers + count / 2, count - count / 2, optimize);
}

static void run_programs(struct driver *driver, const uint32_t *numbers, uint32_t count,
			 bool optimize)
{
	struct tally *tally = driver->tally;
	uint32_t bad = tally->failed + tally->skipped;
	struct verdict verdict;

	if (!count || tally->not_permitted)
		return;
	try_programs(driver, numbers, count, optimize, &verdict);
	if (verdict.outcome == OUTCOME_NOT_PERMITTED) {
		tally->not_permitted = true;
	} else if (verdict.outcome == OUTCOME_SAME) {
		tally->passed += count;
		cover_add(&tally->cover, &verdict.cover);
	} else if (count == 1 && verdict.outcome == OUTCOME_TOO_LARGE) {
		tally->skipped++;
	} else if (count == 1) {
		report(driver, *numbers, optimize, &verdict);
	} else {
		run_without(driver, numbers, count, optimize, &verdict);
		if (bad != tally->failed + tally->skipped)
			return;
		printf("FAIL: seed %" PRIu64 " programs %u to %u, only together: %s\n%s\n",
		       driver->seed, numbers[0], numbers[count - 1], outcome_names[verdict.outcome],
		       verdict.why);
		tally->failed++;
	}
}

static uint32_t batch_numbers(const struct driver *driver, uint32_t batch, uint32_t *numbers)
{
	uint32_t at = batch * driver->batch;
	uint32_t count = driver->count - at < driver->batch ? driver->count - at : driver->batch;

	for (uint32_t i = 0; i < count; i++)
		numbers[i] = driver->first + at + i;
	return count;
}

/* For another kernel: what it shall load and run, in numbered folders. */
static void prepare_batch(struct driver *driver, uint32_t batch, const uint32_t *numbers,
			  uint32_t count)
{
	struct strbuf text = {0};
	struct verdict verdict;
	struct trial trial = {.kernel = driver->kernel};
	char folder[1024];
	uint32_t rest[TRIAL_PROGRAMS], n = 0;

	snprintf(folder, sizeof(folder), "%s/%u", driver->prepare, batch);
	mkdir(folder, 0755);
	file_make(driver, &text, numbers, count);
	trial.text = strbuf_text(&text);
	trial.prepare = folder;
	trial_run(&trial, &verdict);
	strbuf_free(&text);
	if (verdict.outcome == OUTCOME_SAME) {
		driver->tally->passed += count;
		return;
	}
	printf("%s: program %u: %s\n%.500s\n",
	       verdict.outcome == OUTCOME_TOO_LARGE ? "left out" : "FAIL", verdict.number,
	       outcome_names[verdict.outcome], verdict.why);
	for (uint32_t i = 0; i < count; i++) {
		if (numbers[i] != verdict.number)
			rest[n++] = numbers[i];
	}
	if (verdict.outcome == OUTCOME_TOO_LARGE)
		driver->tally->skipped += count - n;
	else
		driver->tally->failed += n < count ? count - n : count;
	if (n && n < count)
		prepare_batch(driver, batch, rest, n);
}

static void job(struct driver *driver, uint32_t index)
{
	uint32_t numbers[TRIAL_PROGRAMS];

	for (uint32_t batch = index; batch * driver->batch < driver->count; batch += driver->jobs) {
		uint32_t count = batch_numbers(driver, batch, numbers);

		if (driver->prepare)
			prepare_batch(driver, batch, numbers, count);
		else
			run_programs(driver, numbers, count, batch % 4 == 0);
		if (batch / driver->jobs % REPORT_BATCHES == REPORT_BATCHES - 1)
			printf("process %u: %u passed, %u failed, %u skipped so far\n", index,
			       driver->tally->passed, driver->tally->failed,
			       driver->tally->skipped);
	}
}

static int finish(const struct driver *driver, const struct tally *tallies)
{
	struct tally sum = {0};
	uint32_t missing = 0;

	for (uint32_t i = 0; i < driver->jobs; i++) {
		sum.passed += tallies[i].passed;
		sum.failed += tallies[i].failed;
		sum.skipped += tallies[i].skipped;
		sum.not_permitted |= tallies[i].not_permitted;
		cover_add(&sum.cover, &tallies[i].cover);
	}
	if (sum.not_permitted) {
		printf("skipped: bpf() is not permitted\n");
		return 77;
	}
	if (driver->cover)
		missing = cover_print(&sum.cover);
	if (missing)
		printf("FAIL: %u kinds of constructs never occurred\n", missing);
	printf("%u passed, %u failed, %u skipped\n", sum.passed, sum.failed + missing, sum.skipped);
	return sum.failed + missing != 0;
}

static int run_jobs(struct driver *driver)
{
	struct tally *tallies = mmap(NULL, driver->jobs * sizeof(*tallies), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (tallies == MAP_FAILED)
		return 3;
	fflush(NULL);
	for (uint32_t i = 0; i < driver->jobs; i++) {
		pid_t child = fork();

		if (child)
			continue;
		driver->tally = &tallies[i];
		job(driver, i);
		fflush(NULL);
		_exit(0);
	}
	for (uint32_t i = 0; i < driver->jobs; i++) {
		int status = 0;

		wait(&status);
		if (status)
			tallies[0].failed++;
	}
	return finish(driver, tallies);
}

/* Everything that was prepared in a folder. */
static int replay_all(const char *folder)
{
	DIR *dir = opendir(folder);
	uint32_t passed = 0, failed = 0;
	struct dirent *entry;
	struct verdict verdict;
	char path[1024];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s/kernel.expect", folder, entry->d_name);
		if (entry->d_name[0] == '.' || access(path, R_OK))
			continue;
		*strrchr(path, '/') = 0;
		trial_replay(path, &verdict);
		if (verdict.outcome == OUTCOME_SAME) {
			passed++;
			continue;
		}
		failed++;
		printf("FAIL: %s: program %u: %s\n%.1500s\n", path, verdict.number,
		       outcome_names[verdict.outcome],
		       verdict.why + (strlen(verdict.why) > 1500 ? strlen(verdict.why) - 1500 : 0));
	}
	if (dir)
		closedir(dir);
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed != 0;
}

/* Tries a file, and reduces it onto standard output when it fails. */
static int reduce_file(const struct driver *driver, const char *path)
{
	struct trial trial = {.kernel = driver->kernel};
	struct strbuf text = {0};
	struct verdict verdict;
	char buffer[4096];
	FILE *file = fopen(path, "r");
	size_t n;

	while (file && (n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		strbuf_append(&text, buffer, n);
	if (!file || !text.len)
		return 2;
	fclose(file);
	trial.text = strbuf_text(&text);
	trial_run(&trial, &verdict);
	if (verdict.outcome != OUTCOME_SAME) {
		reduce(&trial, &verdict,
		       verdict.outcome == OUTCOME_LIMIT ? ATTEMPTS_SLOW : ATTEMPTS, &text);
		fputs(strbuf_text(&text), stdout);
	}
	printf("// %s\n%s\n", outcome_names[verdict.outcome], verdict.why);
	return verdict.outcome != OUTCOME_SAME;
}

static void print_programs(const struct driver *driver)
{
	struct strbuf text = {0};
	uint32_t numbers[TRIAL_PROGRAMS];

	file_make(driver, &text, numbers, batch_numbers(driver, 0, numbers));
	fputs(strbuf_text(&text), stdout);
	strbuf_free(&text);
}

static int usage(void)
{
	fputs("usage: diff [--seed=S] [--first=N] [--count=N] [--batch=K] [--jobs=J]\n"
	      "            [--kernel=VERSION] [--keep=DIR] [--cover] [--print] [--prepare=DIR]\n"
	      "       diff --reduce=FILE [--kernel=VERSION]\n"
	      "       diff --replay=DIR\n",
	      stderr);
	return 2;
}

static bool parse(struct driver *driver, const char *arg)
{
	const struct {
		const char *name;
		uint32_t *value;
	} numbers[] = {
		{"--first=", &driver->first},
		{"--count=", &driver->count},
		{"--batch=", &driver->batch},
		{"--jobs=", &driver->jobs},
	};
	const struct {
		const char *name;
		const char **value;
	} texts[] = {
		{"--kernel=", &driver->kernel},
		{"--keep=", &driver->keep},
		{"--prepare=", &driver->prepare},
	};

	for (unsigned i = 0; i < 4; i++) {
		if (!strncmp(arg, numbers[i].name, strlen(numbers[i].name))) {
			*numbers[i].value =
				(uint32_t)strtoul(arg + strlen(numbers[i].name), NULL, 0);
			return true;
		}
	}
	for (unsigned i = 0; i < 3; i++) {
		if (!strncmp(arg, texts[i].name, strlen(texts[i].name))) {
			*texts[i].value = arg + strlen(texts[i].name);
			return true;
		}
	}
	if (!strncmp(arg, "--seed=", 7))
		driver->seed = strtoull(arg + 7, NULL, 0);
	else if (!strcmp(arg, "--print"))
		driver->print = true;
	else if (!strcmp(arg, "--cover"))
		driver->cover = true;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct driver driver = {.seed = 1, .count = 100, .batch = 40, .jobs = 2, .kernel = "6.18"};
	const char *replay = NULL, *reduced = NULL;

	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--replay=", 9))
			replay = argv[i] + 9;
		else if (!strncmp(argv[i], "--reduce=", 9))
			reduced = argv[i] + 9;
		else if (!parse(&driver, argv[i]))
			return usage();
	}
	if (!driver.batch || driver.batch > TRIAL_PROGRAMS || !driver.jobs)
		return usage();
	if (replay)
		return replay_all(replay);
	if (reduced)
		return reduce_file(&driver, reduced);
	if (driver.print) {
		print_programs(&driver);
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %" PRIu64 ", %u programs, kernel %s\n", driver.seed, driver.count,
	       driver.kernel);
	return run_jobs(&driver);
}
