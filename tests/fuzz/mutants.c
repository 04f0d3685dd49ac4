/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden cases with a few random changes: each must compile or give a diagnostic, in time.
 *
 *	mutants --seed=S [--count=N] [--keep=DIR] PATH...
 *
 * Makes N mutants (2) of every .ks file under the paths and compiles them, one process a file. The
 * mutant that ends a process by a signal, with an internal error or after 20 seconds is written to
 * DIR (the working directory). The same seed gives the same mutants of a file.
 */
#include "compile.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX    20
#define FILE_BYTES_MAX (64u << 10)
#define TOKENS_MAX     8192

struct mutator {
	uint64_t seed;
	const char *text;
	size_t len;
	uint32_t starts[TOKENS_MAX + 1]; /* of words, numbers, blanks, single characters */
	uint32_t count;
};

struct options {
	uint64_t seed;
	unsigned count;
	const char *keep;
};

struct totals {
	unsigned passed, failed;
};

static unsigned pick(struct mutator *m, unsigned count)
{
	m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(m->seed >> 33) % count;
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

static void split(struct mutator *m)
{
	for (size_t i = 0; i < m->len && m->count < TOKENS_MAX; m->count++) {
		size_t start = i++;

		while (i < m->len && is_word(m->text[start]) && is_word(m->text[i]))
			i++;
		m->starts[m->count] = (uint32_t)start;
	}
	m->starts[m->count] = (uint32_t)m->len;
}

static void add(struct strbuf *out, const struct mutator *m, uint32_t first, uint32_t end)
{
	strbuf_append(out, m->text + m->starts[first], m->starts[end] - m->starts[first]);
}

/* What takes the place of tokens; the kinds of a real slip and worse. */
static const char *const others[] = {
	"0",	      "1",	"-1",	 "255",	    "256",     "4294967296", "18446744073709551615",
	"0x80000000", "null",	"true",	 "u8",	    "i64",     "u64",	     "*u8",
	"str(3)",     "bool",	"(",	 ")",	    "{",       "}",	     "[",
	"]",	      ";",	"\n",	 ",",	    ".",       "->",	     "&",
	"*",	      "-",	"!",	 "/",	    "%",       "<<",	     "=",
	"==",	      "+=",	"..",	 "..=",	    "if",      "for",	     "while",
	"match",      "return", "break", "throw 1", "defer",   "try",	     "catch _ {}",
	"delete",     "new",	"fn",	 "var",	    "const",   "local",	     "pin",
	"@helper",    "@kfunc", "@test", "_",	    "'",       "\"",	     "//",
	"/*",	      "\\",	"\x80",	 "as u8",   "as *u64", "sizeof",     "lock",
	"default"};

enum token_class {
	CLASS_NUMBER,
	CLASS_WORD,
	CLASS_OPERATOR,
	CLASS_OTHER, /* brackets, quotes, blanks */
};

static enum token_class class_of(const struct mutator *m, uint32_t token)
{
	char c = m->text[m->starts[token]];

	if (c >= '0' && c <= '9')
		return CLASS_NUMBER;
	if (is_word(c))
		return CLASS_WORD;
	return strchr("+-*/%&|^<>!=.", c) ? CLASS_OPERATOR : CLASS_OTHER;
}

/* A token of the file, of the same class as `token` most of the time. */
static uint32_t similar(struct mutator *m, uint32_t token)
{
	uint32_t other = pick(m, m->count);

	for (unsigned i = 0; i < 64 && class_of(m, other) != class_of(m, token); i++)
		other = pick(m, m->count);
	return other;
}

/* The first token of the line that a token stands in, and the first of the next line. */
static void line_of(const struct mutator *m, uint32_t token, uint32_t *first, uint32_t *end)
{
	*first = *end = token;
	while (*first && m->text[m->starts[*first - 1]] != '\n')
		--*first;
	while (*end < m->count && m->text[m->starts[(*end)++]] != '\n')
		;
}

/* A line is left out, doubled, or another one is put before it. */
static void mutate_lines(struct mutator *m, struct strbuf *out)
{
	uint32_t first, end, other_first, other_end;
	unsigned how = pick(m, 3);

	line_of(m, pick(m, m->count), &first, &end);
	line_of(m, pick(m, m->count), &other_first, &other_end);
	add(out, m, 0, first);
	if (how == 1)
		add(out, m, first, end);
	else if (how == 2)
		add(out, m, other_first, other_end);
	add(out, m, how ? first : end, m->count);
}

static void mutate_token(struct mutator *m, struct strbuf *out)
{
	uint32_t at = pick(m, m->count), other;

	for (unsigned i = 0; i < 64 && class_of(m, at) == CLASS_OTHER; i++)
		at = pick(m, m->count);
	other = similar(m, at);
	add(out, m, 0, at);
	if (class_of(m, at) == CLASS_NUMBER && pick(m, 2))
		strbuf_puts(out, others[pick(m, 8)]);
	else
		add(out, m, other, other + 1);
	add(out, m, at + 1, m->count);
}

/* Anything anywhere: mostly what the parser refuses. */
static void mutate_wildly(struct mutator *m, struct strbuf *out)
{
	uint32_t at = pick(m, m->count), other = pick(m, m->count), end = at + 1 + pick(m, 8);
	unsigned how = pick(m, 5);

	if (end > m->count)
		end = m->count;
	add(out, m, 0, at);
	if (how == 1)
		add(out, m, at, end);
	else if (how == 2)
		add(out, m, other, other + 1);
	else if (how >= 3)
		strbuf_puts(out, others[pick(m, sizeof(others) / sizeof(others[0]))]);
	if (how == 1 || how == 4) {
		strbuf_putc(out, ' ');
		add(out, m, at, end);
	}
	add(out, m, end, m->count);
}

static void mutate_once(struct mutator *m, struct strbuf *out)
{
	unsigned how = pick(m, 10);

	if (how < 6)
		mutate_token(m, out);
	else if (how < 8)
		mutate_lines(m, out);
	else
		mutate_wildly(m, out);
}

/* Mutant `number` of the text, with one change, or a few. */
static void make_mutant(const struct options *options, const char *text, size_t len,
			unsigned number, struct strbuf *out)
{
	struct mutator m = {.seed = options->seed * 1000003 + number * 7919 + len};
	unsigned changes = 1 + (pick(&m, 3) ? 0 : pick(&m, 4));
	struct strbuf current = {0};

	strbuf_append(out, text, len);
	for (unsigned i = 0; i < changes && out->len; i++) {
		strbuf_clear(&current);
		strbuf_append(&current, strbuf_text(out), out->len);
		strbuf_clear(out);
		m.text = strbuf_text(&current);
		m.len = current.len;
		m.count = 0;
		split(&m);
		mutate_once(&m, out);
	}
	strbuf_free(&current);
}

static void compile_mutant(const struct strbuf *mutant, enum fuzz_stage stage)
{
	struct fuzz_result result;

	alarm(SECONDS_MAX);
	fuzz_compile(&result, (const uint8_t *)strbuf_text(mutant), mutant->len, stage, DIAG_HUMAN);
	fuzz_free(&result);
}

/* In a process of its own; `reached` tells which mutant it came to. LLVM can be used only once in
 * it, so only the last mutant becomes an object. */
static int compile_mutants(const struct options *options, const char *text, size_t len, int reached)
{
	struct strbuf mutant = {0};

	for (unsigned i = 0; i < options->count; i++) {
		strbuf_clear(&mutant);
		make_mutant(options, text, len, i, &mutant);
		if (write(reached, "", 1) != 1)
			return 3;
		compile_mutant(&mutant, i + 1 == options->count ? FUZZ_OBJECT : FUZZ_C);
	}
	strbuf_free(&mutant);
	return 0;
}

static void keep_mutant(const struct options *options, const char *path, const char *text,
			size_t len, unsigned number, int status)
{
	const char *slash = strrchr(path, '/');
	struct strbuf mutant = {0};
	char name[4096];
	FILE *file;

	snprintf(name, sizeof(name), "%s/mutant-%llu-%u-%s", options->keep,
		 (unsigned long long)options->seed, number, slash ? slash + 1 : path);
	make_mutant(options, text, len, number, &mutant);
	file = fopen(name, "wb");
	if (file) {
		fwrite(strbuf_text(&mutant), 1, mutant.len, file);
		fclose(file);
	}
	printf("FAIL: %s: mutant %u ended with status %#x: %s\n", path, number, status, name);
	strbuf_free(&mutant);
}

static void try_file(const struct options *options, const char *path, struct totals *totals)
{
	static char text[FILE_BYTES_MAX];
	FILE *file = fopen(path, "rb");
	unsigned came_to = 0;
	int ends[2], status = -1;
	size_t len;
	pid_t child;
	char byte;

	len = file ? fread(text, 1, sizeof(text), file) : 0;
	if (file)
		fclose(file);
	if (!len || pipe(ends))
		return;
	fflush(NULL);
	child = fork();
	if (!child) {
		close(ends[0]);
		_exit(compile_mutants(options, text, len, ends[1]));
	}
	close(ends[1]);
	while (read(ends[0], &byte, 1) == 1)
		came_to++;
	close(ends[0]);
	if (child > 0 && waitpid(child, &status, 0) == child && !status) {
		totals->passed += came_to;
		return;
	}
	totals->failed++;
	keep_mutant(options, path, text, len, came_to - 1, status);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void try_all(const struct options *options, char **paths, struct totals *totals)
{
	FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;

	while (tree && (entry = fts_read(tree))) {
		size_t len = strlen(entry->fts_path);

		if (entry->fts_info == FTS_F && len > 3 &&
		    !strcmp(entry->fts_path + len - 3, ".ks"))
			try_file(options, entry->fts_path, totals);
	}
	if (tree)
		fts_close(tree);
}

int main(int argc, char **argv)
{
	struct options options = {.seed = 1, .count = 2, .keep = "."};
	struct totals totals = {0};
	int i = 1;

	for (; i < argc && !strncmp(argv[i], "--", 2); i++) {
		if (!strncmp(argv[i], "--seed=", 7))
			options.seed = strtoull(argv[i] + 7, NULL, 10);
		else if (!strncmp(argv[i], "--count=", 8))
			options.count = (unsigned)strtoul(argv[i] + 8, NULL, 10);
		else if (!strncmp(argv[i], "--keep=", 7))
			options.keep = argv[i] + 7;
		else
			break;
	}
	if (i == argc || !options.count) {
		fprintf(stderr, "usage: mutants [--seed=S] [--count=N] [--keep=DIR] PATH...\n");
		return 2;
	}
	try_all(&options, argv + i, &totals);
	printf("%u passed, %u failed, 0 skipped\n", totals.passed, totals.failed);
	return totals.failed ? 1 : 0;
}
