/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/options.h"
#include "ks_test.h"

struct parsed {
	struct arena arena;
	struct options options;
	struct strbuf err;
	bool ok;
};

/* Parses a command line given as one text with single spaces. */
static struct parsed *parse(const char *line)
{
	static struct parsed parsed;
	char *words[32], *text;
	int count = 0;

	strbuf_clear(&parsed.err);
	arena_init(&parsed.arena);
	text = arena_strdup(&parsed.arena, line);
	for (char *word = strtok(text, " "); word && count < 32; word = strtok(NULL, " "))
		words[count++] = word;
	parsed.ok = options_parse(&parsed.options, &parsed.arena, count, words, &parsed.err);
	return &parsed;
}

static void refuse(const char *line, const char *message)
{
	struct parsed *parsed = parse(line);

	CHECK(!parsed->ok);
	CHECK_TEXT(strbuf_text(&parsed->err), message);
}

static void test_values(void)
{
	struct parsed *parsed = parse("build -o out x.ks --kernel=6.1 --kernel b.btf -Ia -I b");

	CHECK(parsed->ok);
	CHECK_INT(parsed->options.command, COMMAND_BUILD);
	CHECK_TEXT(parsed->options.output, "out");
	CHECK_INT(parsed->options.operands.len, 1);
	CHECK_TEXT(parsed->options.operands.data[0], "x.ks");
	CHECK_INT(parsed->options.kernels.len, 2);
	CHECK_TEXT(parsed->options.kernels.data[1], "b.btf");
	CHECK_INT(parsed->options.includes.len, 2);
	CHECK_TEXT(parsed->options.includes.data[0], "a");
	CHECK_TEXT(parsed->options.includes.data[1], "b");
	CHECK_INT(parsed->options.stage, EMIT_STAGE_COUNT);

	parsed = parse("-qv emit --stage llvm-opt --output=o.ll - --cpu=v4 --diag=json");
	CHECK(parsed->ok);
	CHECK(parsed->options.quiet && parsed->options.verbose && !parsed->options.spill);
	CHECK_INT(parsed->options.stage, EMIT_LLVM_OPT);
	CHECK_TEXT(parsed->options.output, "o.ll");
	CHECK_TEXT(parsed->options.operands.data[0], "-");
	CHECK_INT(parsed->options.cpu, CPU_V4);
	CHECK_INT(parsed->options.diag, DIAG_JSON);
}

static void test_program_arguments(void)
{
	struct parsed *parsed = parse("run x.ks -- --interface=lo -v");

	CHECK(parsed->ok);
	CHECK(!parsed->options.verbose);
	CHECK_INT(parsed->options.program_args.len, 2);
	CHECK_TEXT(parsed->options.program_args.data[0], "--interface=lo");
	parsed = parse("check -- -x.ks");
	CHECK(parsed->ok);
	CHECK_TEXT(parsed->options.operands.data[0], "-x.ks");
}

static void test_diag_settings(void)
{
	struct parsed *parsed = parse("check x.ks -Wno-unused -Wno-narrowing -Wunused -Werror "
				      "--max-errors=3");
	struct diag_options diag = {0};

	CHECK(parsed->ok);
	options_apply_diag(&parsed->options, &diag);
	CHECK(!diag.slug_disabled[DIAG_UNUSED]);
	CHECK(diag.slug_disabled[DIAG_NARROWING]);
	CHECK(diag.warnings_are_errors);
	CHECK_INT(diag.max_errors, 3);
}

static void test_refused(void)
{
	refuse("", "no command given");
	refuse("biuld x.ks", "unknown command `biuld`; did you mean `build`?");
	refuse("x.ks", "unknown command `x.ks`; did you mean `ksc build x.ks`?");
	refuse("zzz", "unknown command `zzz`");
	refuse("emit --stge=ir x.ks", "unknown option `--stge`; did you mean `--stage`?");
	refuse("emit --stage=irr x.ks",
	       "`irr` is no value for --stage, which takes tokens, ast, ir, llvm, llvm-opt, asm, "
	       "object, loader or module; did you mean `ir`?");
	refuse("check --stage=ir x.ks", "`--stage` is not an option of `ksc check`");
	refuse("build -z x.ks", "unknown option `-z`");
	refuse("build x.ks -o", "`--output` needs a value: PATH");
	refuse("build x.ks --spill=yes", "`--spill` takes no value");
	refuse("build x.ks y.ks", "`y.ks` is too much for `ksc build`");
	refuse("run x.ks y",
	       "`y` is too much for `ksc run`; the program's own arguments follow `--`");
	refuse("check", "`ksc check` needs FILE.ks...");
	refuse("check x.ks --max-errors=-1", "--max-errors takes a number up to 1000000, not `-1`");
	refuse("check x.ks -Wno-unusd", "there is no warning `unusd`; did you mean `unused`?");
	refuse("check x.ks -Wno-syntax", "`syntax` is an error, which -W cannot turn off");
}

static void test_help_needs_no_operands(void)
{
	CHECK(parse("--help")->ok);
	CHECK(parse("build --help")->ok);
	CHECK(parse("--version")->ok);
	CHECK_INT(parse("build -h")->options.command, COMMAND_BUILD);
}

/* An option is on the page of the commands for which it means something, and on no other. */
static void test_help_pages(void)
{
	uint32_t count;
	const struct option_info *table = option_list(&count);

	for (int command = 0; command < COMMAND_COUNT; command++) {
		struct strbuf page = {0};

		help_command(&page, (enum command_id)command);
		CHECK_HAS(strbuf_text(&page), commands[command].summary);
		for (uint32_t i = 0; i < count; i++) {
			bool has = table[i].name && strstr(strbuf_text(&page), table[i].name);

			unsigned on = table[i].shown ? table[i].shown : table[i].commands;

			if (table[i].name)
				CHECK_INT(has, (on >> command) & 1);
		}
		strbuf_free(&page);
	}
}

static void test_lines_are_short(void)
{
	struct strbuf page = {0};
	size_t len = 0, longest = 0;

	help_overview(&page);
	for (int command = 0; command < COMMAND_COUNT; command++)
		help_command(&page, (enum command_id)command);
	for (const char *c = strbuf_text(&page); *c; c++) {
		len = *c == '\n' ? 0 : len + 1;
		longest = len > longest ? len : longest;
	}
	CHECK_INT(longest <= 80 ? 80 : longest, 80);
	strbuf_free(&page);
}

/* docs/ksc.1 is what `ksc help --man` prints. KSTEST_UPDATE=1 in the environment rewrites it. */
static void test_manual_page(void)
{
	static char committed[64 * 1024];
	const char *path = KSC_SOURCE_DIR "/docs/ksc.1";
	struct strbuf page = {0};
	FILE *file;

	help_man(&page, KSC_VERSION);
	if (getenv("KSTEST_UPDATE")) {
		file = fopen(path, "w");
		CHECK(file && fputs(strbuf_text(&page), file) >= 0 && !fclose(file));
	}
	file = fopen(path, "r");
	CHECK(file);
	if (!file)
		return;
	committed[fread(committed, 1, sizeof(committed) - 1, file)] = 0;
	fclose(file);
	if (strcmp(committed, strbuf_text(&page)))
		fprintf(stderr, "docs/ksc.1 is old: run %s with KSTEST_UPDATE=1\n",
			"build/tests/test_driver_options_test");
	CHECK(!strcmp(committed, strbuf_text(&page)));
	strbuf_free(&page);
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"values", test_values},
		{"program arguments", test_program_arguments},
		{"diagnostic settings", test_diag_settings},
		{"refused command lines", test_refused},
		{"help needs no operands", test_help_needs_no_operands},
		{"help pages", test_help_pages},
		{"lines are short", test_lines_are_short},
		{"manual page", test_manual_page},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
