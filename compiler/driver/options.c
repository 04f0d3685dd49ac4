/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/options.h"

#include <stdlib.h>
#include <string.h>

const struct command_info commands[COMMAND_COUNT] = {
#define COMMAND(id, name, operands, fewest, most, summary, details) \
	{name, operands, fewest, most, summary, details},
#include "driver/command_list.h"
#undef COMMAND
};

const char *const option_sections[SECTION_COUNT] = {
	[SECTION_OUTPUT] = "Output",
	[SECTION_TARGET] = "Target and sources",
	[SECTION_MESSAGES] = "Messages",
	[SECTION_GENERAL] = "General",
};

#define ON(command) (1u << COMMAND_##command)
#define ALL	    ((1u << COMMAND_COUNT) - 1)
/* Every command takes the options of compiling; on these they do something. */
#define COMPILES    (ON(BUILD) | ON(CHECK) | ON(RUN) | ON(TEST) | ON(EMIT) | ON(COMPILE))
#define FIELD(name) .field = offsetof(struct options, name)

#define X(id, name) name,
static const char *const stage_names[] = {EMIT_STAGES(X) NULL};
#undef X

static const char *const cpu_names[] = {"v3", "v4", NULL};
static const char *const diag_names[] = {"human", "line", "json", NULL};
static const char *const color_names[] = {"auto", "always", "never", NULL};

static const struct option_info option_table[] = {
	{"--output", 'o', "PATH", OPTION_TEXT, FIELD(output),
	 .commands = ON(BUILD) | ON(EMIT) | ON(COMPILE), .section = SECTION_OUTPUT,
	 .help = "write there: build a folder, emit a file (`-` is standard output)"},
	{"--stage", 0, "STAGE", OPTION_CHOICE, FIELD(stage), .choices = stage_names,
	 .commands = ON(EMIT), .section = SECTION_OUTPUT, .help = "what to print"},
	{"--filter", 0, "RE", OPTION_TEXT, FIELD(filter), .commands = ON(TEST),
	 .section = SECTION_OUTPUT, .help = "only the tests whose name matches"},
	{"--jobs", 0, "N", OPTION_NUMBER, FIELD(jobs), .commands = ON(TEST),
	 .section = SECTION_OUTPUT,
	 .help = "run so many tests at once (default: one for each CPU)"},
	{"--json", 0, NULL, OPTION_FLAG, FIELD(json), .commands = ON(TEST),
	 .section = SECTION_OUTPUT, .help = "print a JSON object for each test"},
	{"--junit", 0, "FILE", OPTION_TEXT, FIELD(junit), .commands = ON(TEST),
	 .section = SECTION_OUTPUT, .help = "write the results of the tests there, as JUnit's XML"},
	{"--no-makefile", 0, NULL, OPTION_FLAG, FIELD(no_makefile), .commands = ON(COMPILE),
	 .section = SECTION_OUTPUT, .help = "write no Makefile"},
	{"--test", 0, NULL, OPTION_FLAG, FIELD(test_build), .commands = ON(COMPILE),
	 .section = SECTION_OUTPUT, .help = "build the @test functions"},
	{"--man", 0, NULL, OPTION_FLAG, FIELD(man), .commands = ON(HELP), .section = SECTION_OUTPUT,
	 .help = "print the manual page"},

	{"--kernel", 0, "VERSION|FILE", OPTION_LIST, FIELD(kernels), .commands = ALL,
	 .shown = COMPILES | ON(LIST) | ON(INIT), .section = SECTION_TARGET,
	 .help = "a kernel the program must run on: a version such as 6.1, or a file with its "
		 "BTF; may be repeated; without it the running kernel"},
	{NULL, 'I', "DIR", OPTION_LIST, FIELD(includes), .commands = ALL, .shown = COMPILES,
	 .section = SECTION_TARGET,
	 .help = "look there for included and imported files; may be repeated"},
	{"--cpu", 0, "VERSION", OPTION_CHOICE, FIELD(cpu), .choices = cpu_names, .commands = ALL,
	 .shown = COMPILES, .section = SECTION_TARGET,
	 .help = "the BPF instruction set; v4 needs kernel 6.6"},
	{"--spill", 0, NULL, OPTION_FLAG, FIELD(spill), .commands = ALL, .shown = COMPILES,
	 .section = SECTION_TARGET,
	 .help = "move large variables of bpf code from the stack to a map"},
	{"--kdir", 0, "DIR", OPTION_TEXT, FIELD(kdir),
	 .commands = ON(BUILD) | ON(RUN) | ON(TEST) | ON(COMPILE) | ON(CHECK),
	 .section = SECTION_TARGET,
	 .help = "build the kernel module against the headers there (check: look whether they "
		 "export what it calls); without it /lib/modules/RELEASE/build of the running "
		 "kernel"},
	{"--btf-vmlinux-path", 0, "FILE", OPTION_TEXT, FIELD(btf_vmlinux),
	 .commands = ON(COMPILE) | ON(INIT), .section = SECTION_TARGET,
	 .help = "the same as --kernel=FILE"},

	{NULL, 'W', "[no-]NAME", OPTION_WARNING, FIELD(warnings), .commands = ALL,
	 .shown = COMPILES, .section = SECTION_MESSAGES,
	 .help = "turn a warning on, or off; `ksc list errors`"},
	{"-Werror", 0, NULL, OPTION_FLAG, FIELD(werror), .commands = ALL, .shown = COMPILES,
	 .section = SECTION_MESSAGES, .help = "warnings are errors"},
	{"--max-errors", 0, "N", OPTION_NUMBER, FIELD(max_errors), .commands = ALL,
	 .shown = COMPILES, .section = SECTION_MESSAGES,
	 .help = "show at most N errors; 0 shows all; default 20"},
	{"--diag", 0, "FORM", OPTION_CHOICE, FIELD(diag), .choices = diag_names, .commands = ALL,
	 .shown = COMPILES, .section = SECTION_MESSAGES,
	 .help = "how diagnostics look: with the source text, one line each, or JSON"},
	{"--color", 0, "WHEN", OPTION_CHOICE, FIELD(color), .choices = color_names, .commands = ALL,
	 .shown = COMPILES, .section = SECTION_MESSAGES,
	 .help = "colors; auto means on a terminal"},
	{"--quiet", 'q', NULL, OPTION_FLAG, FIELD(quiet), .commands = ALL,
	 .section = SECTION_MESSAGES, .help = "print diagnostics only, no notes about the rest"},

	{"--verbose", 'v', NULL, OPTION_FLAG, FIELD(verbose), .commands = ALL,
	 .section = SECTION_GENERAL,
	 .help = "say what is done, and show the commands that are run"},
	{"--time-passes", 0, NULL, OPTION_FLAG, FIELD(time_passes), .commands = ALL,
	 .shown = COMPILES, .section = SECTION_GENERAL,
	 .help = "print what each pass of the compiler took"},
	{"--help", 'h', NULL, OPTION_FLAG, FIELD(help), .commands = ALL, .section = SECTION_GENERAL,
	 .help = "print the help page of the command"},
	{"--version", 'V', NULL, OPTION_FLAG, FIELD(version), .commands = ALL,
	 .section = SECTION_GENERAL, .help = "print the version"},
};

#define OPTION_COUNT (sizeof(option_table) / sizeof(option_table[0]))

const struct option_info *option_list(uint32_t *count)
{
	*count = OPTION_COUNT;
	return option_table;
}

enum command_id command_find(const char *name)
{
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(commands[i].name, name))
			return (enum command_id)i;
	return COMMAND_COUNT;
}

const char *command_nearest(const char *name)
{
	const char *names[COMMAND_COUNT];

	for (int i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	return diag_nearest(name, names, COMMAND_COUNT);
}

/* ---- parsing ---- */

struct parser {
	struct options *options;
	struct arena *arena;
	struct strbuf *err;
	char **args, **end;
	uint32_t seen; /* set of rows of the table that were given */
};

/* An option as it stands in an argument, split into its parts. */
struct given {
	const struct option_info *option;
	const char *word;  /* as the user wrote it, for messages */
	const char *value; /* NULL when none is attached */
};

_Static_assert(OPTION_COUNT <= 32, "a bit for each row in struct parser");

/* The option's name for messages: "--kernel", "-I". Static text or arena text. */
static const char *option_text(struct parser *parser, const struct option_info *option)
{
	return option->name ? option->name : arena_printf(parser->arena, "-%c", option->letter);
}

static const struct option_info *find_long(const char *word, size_t len)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const char *name = option_table[i].name;

		if (name && strlen(name) == len && !memcmp(name, word, len))
			return &option_table[i];
	}
	return NULL;
}

static const struct option_info *find_letter(char letter)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (option_table[i].letter == letter)
			return &option_table[i];
	return NULL;
}

static bool unknown_option(struct parser *parser, const char *word, size_t len)
{
	const char *names[OPTION_COUNT], *near;
	char *name = arena_strndup(parser->arena, word, len);
	uint32_t count = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (option_table[i].name)
			names[count++] = option_table[i].name;
	near = diag_nearest(name, names, count);
	strbuf_printf(parser->err, "unknown option `%s`", name);
	if (near)
		strbuf_printf(parser->err, "; did you mean `%s`?", near);
	return false;
}

/* "a", "a or b", "a, b or c". */
static void list_choices(struct strbuf *out, const char *const *choices)
{
	for (size_t i = 0; choices[i]; i++) {
		if (i)
			strbuf_puts(out, choices[i + 1] ? ", " : " or ");
		strbuf_puts(out, choices[i]);
	}
}

static bool set_choice(struct parser *parser, const struct given *given, uint32_t *field)
{
	const char *const *choices = given->option->choices;
	const char *near;
	uint32_t count = 0;

	for (; choices[count]; count++) {
		if (!strcmp(choices[count], given->value)) {
			*field = count;
			return true;
		}
	}
	near = diag_nearest(given->value, choices, count);
	strbuf_printf(parser->err, "`%s` is no value for %s, which takes ", given->value,
		      option_text(parser, given->option));
	list_choices(parser->err, choices);
	if (near)
		strbuf_printf(parser->err, "; did you mean `%s`?", near);
	return false;
}

static bool set_number(struct parser *parser, const struct given *given, uint32_t *field)
{
	char *end;
	unsigned long number = strtoul(given->value, &end, 10);

	if (*given->value < '0' || *given->value > '9' || *end || number > 1000000) {
		strbuf_printf(parser->err, "%s takes a number up to 1000000, not `%s`",
			      option_text(parser, given->option), given->value);
		return false;
	}
	*field = (uint32_t)number;
	return true;
}

static bool check_warning(struct parser *parser, const char *name)
{
	const char *slug = strncmp(name, "no-", 3) ? name : name + 3, *near;
	const char *names[DIAG_COUNT];
	enum diag_slug found = diag_slug_by_name(slug);
	uint32_t count = 0;

	if (found != DIAG_COUNT && diag_slugs[found].severity != DIAG_ERROR)
		return true;
	if (found != DIAG_COUNT) {
		strbuf_printf(parser->err, "`%s` is an error, which -W cannot turn off", slug);
		return false;
	}
	for (int i = 0; i < DIAG_COUNT; i++)
		if (diag_slugs[i].severity != DIAG_ERROR)
			names[count++] = diag_slugs[i].slug;
	near = diag_nearest(slug, names, count);
	strbuf_printf(parser->err, "there is no warning `%s`", slug);
	if (near)
		strbuf_printf(parser->err, "; did you mean `%s`?", near);
	return false;
}

static bool set_option(struct parser *parser, const struct given *given)
{
	const struct option_info *option = given->option;
	void *field = (char *)parser->options + option->field;

	parser->seen |= 1u << (option - option_table);
	switch (option->value) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return true;
	case OPTION_TEXT:
		*(const char **)field = given->value;
		return true;
	case OPTION_LIST:
		vec_push(parser->arena, (struct str_vec *)field, given->value);
		return true;
	case OPTION_NUMBER:
		return set_number(parser, given, field);
	case OPTION_CHOICE:
		return set_choice(parser, given, field);
	case OPTION_WARNING:
		vec_push(parser->arena, (struct str_vec *)field, given->value);
		return check_warning(parser, given->value);
	}
	return false;
}

/* The value of an option that takes one: attached, or the next argument. */
static bool take_value(struct parser *parser, struct given *given)
{
	if (!given->option->argument) {
		if (!given->value)
			return true;
		strbuf_printf(parser->err, "`%s` takes no value",
			      option_text(parser, given->option));
		return false;
	}
	if (!given->value && given->option->value != OPTION_WARNING && parser->args < parser->end)
		given->value = *parser->args++;
	if (given->value && *given->value)
		return true;
	strbuf_printf(parser->err, "`%s` needs a value: %s", option_text(parser, given->option),
		      given->option->argument);
	return false;
}

static bool parse_long(struct parser *parser, const char *word)
{
	size_t len = strcspn(word, "=");
	struct given given = {find_long(word, len), word, word[len] ? word + len + 1 : NULL};

	if (!given.option)
		return unknown_option(parser, word, len);
	return take_value(parser, &given) && set_option(parser, &given);
}

/* "-v", "-qv", "-oDIR", "-o DIR", "-Wno-unused", "-Werror". */
static bool parse_letters(struct parser *parser, const char *word)
{
	if (find_long(word, strlen(word)))
		return parse_long(parser, word);
	for (const char *letter = word + 1; *letter; letter++) {
		struct given given = {find_letter(*letter), word, NULL};
		bool has_value = given.option && given.option->argument;

		if (!given.option)
			return unknown_option(parser, word, strlen(word));
		if (has_value && letter[1])
			given.value = letter + 1;
		if (!take_value(parser, &given) || !set_option(parser, &given))
			return false;
		if (has_value)
			break;
	}
	return true;
}

static bool parse_command(struct parser *parser, const char *word)
{
	enum command_id command = command_find(word);
	size_t len = strlen(word);
	const char *near;

	parser->options->command = command;
	if (command != COMMAND_COUNT)
		return true;
	strbuf_printf(parser->err, "unknown command `%s`", word);
	near = command_nearest(word);
	if (near)
		strbuf_printf(parser->err, "; did you mean `%s`?", near);
	else if (len > 3 && !strcmp(word + len - 3, ".ks"))
		strbuf_printf(parser->err, "; did you mean `ksc build %s`?", word);
	return false;
}

static bool parse_args(struct parser *parser)
{
	struct options *options = parser->options;

	while (parser->args < parser->end) {
		const char *word = *parser->args++;
		bool ok = true;

		if (!strcmp(word, "--"))
			break;
		if (word[0] == '-' && word[1] == '-')
			ok = parse_long(parser, word);
		else if (word[0] == '-' && word[1])
			ok = parse_letters(parser, word);
		else if (options->command == COMMAND_COUNT)
			ok = parse_command(parser, word);
		else
			vec_push(parser->arena, &options->operands, word);
		if (!ok)
			return false;
	}
	while (parser->args < parser->end) {
		struct str_vec *words = options->command == COMMAND_RUN ? &options->program_args
									: &options->operands;

		vec_push(parser->arena, words, *parser->args++);
	}
	return true;
}

/* Options that the command does not have; too few or too many operands. */
static bool check_command(struct parser *parser)
{
	const struct options *options = parser->options;
	const struct command_info *command;
	uint32_t count = options->operands.len;

	if (options->command == COMMAND_COUNT) {
		strbuf_puts(parser->err, "no command given");
		return false;
	}
	command = &commands[options->command];
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!(parser->seen & 1u << i) || option_table[i].commands & 1u << options->command)
			continue;
		strbuf_printf(parser->err, "`%s` is not an option of `ksc %s`",
			      option_text(parser, &option_table[i]), command->name);
		return false;
	}
	if (options->command == COMMAND_EMIT && options->stage == EMIT_STAGE_COUNT) {
		strbuf_puts(parser->err, "`ksc emit` needs --stage=STAGE, which is ");
		list_choices(parser->err, stage_names);
		return false;
	}
	if (count < command->fewest) {
		strbuf_printf(parser->err, "`ksc %s` needs %s", command->name, command->operands);
		return false;
	}
	if (count <= command->most)
		return true;
	strbuf_printf(parser->err, "`%s` is too much for `ksc %s`",
		      options->operands.data[command->most], command->name);
	if (options->command == COMMAND_RUN)
		strbuf_puts(parser->err, "; the program's own arguments follow `--`");
	return false;
}

bool options_parse(struct options *options, struct arena *arena, int argc, char **argv,
		   struct strbuf *err)
{
	struct parser parser = {options, arena, err, argv, argv + argc, 0};

	*options = (struct options){
		.command = COMMAND_COUNT, .stage = EMIT_STAGE_COUNT, .max_errors = 20};
	if (!parse_args(&parser))
		return false;
	if (options->help || options->version)
		return true;
	return check_command(&parser);
}

void options_apply_diag(const struct options *options, struct diag_options *diag)
{
	diag->format = (enum diag_format)options->diag;
	diag->max_errors = options->max_errors;
	diag->warnings_are_errors = options->werror;
	for (uint32_t i = 0; i < options->warnings.len; i++) {
		const char *name = options->warnings.data[i];
		bool off = !strncmp(name, "no-", 3);

		diag->slug_disabled[diag_slug_by_name(off ? name + 3 : name)] = off;
	}
}
