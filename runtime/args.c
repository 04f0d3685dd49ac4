/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of a loader. A value is parsed only by its type's row, so help, errors and
 * range checks cannot disagree. Exit status 2 for every error, nothing is changed by a bad value.
 */
#include "internal.h"

enum {
	EXIT_USAGE = 2
};

struct type_row {
	const char *placeholder;
	u8 bits; /* integers */
	bool is_signed;
};

static const struct type_row types[] = {
	[KS_U8] = {"N", 8, false},   [KS_U16] = {"N", 16, false},   [KS_U32] = {"N", 32, false},
	[KS_U64] = {"N", 64, false}, [KS_I8] = {"N", 8, true},	    [KS_I16] = {"N", 16, true},
	[KS_I32] = {"N", 32, true},  [KS_I64] = {"N", 64, true},    [KS_BOOL] = {NULL, 0, false},
	[KS_CHAR] = {"C", 0, false}, [KS_STR] = {"TEXT", 0, false}, [KS_BYTES] = {"TEXT", 0, false},
};

/* The program is named in errors as it was called. */
static int usage_error(const char *program, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int usage_error(const char *program, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry `%s --help`.\n", program);
	return EXIT_USAGE;
}

/* ---- numbers ---- */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

enum number {
	NUMBER_OK,
	NUMBER_BAD,
	NUMBER_HUGE
};

/* Decimal, 0x, 0o, 0b, with _ between digits, as in the language; a leading - sets `negative`. */
static enum number number_parse(const char *text, bool *negative, u64 *value)
{
	unsigned base = 10;
	bool huge = false, after_digit = false;

	*negative = *text == '-';
	text += *negative;
	*value = 0;
	if (text[0] == '0' && text[1] && strchr("xXoObB", text[1])) {
		base = text[1] == 'x' || text[1] == 'X'	  ? 16
		       : text[1] == 'o' || text[1] == 'O' ? 8
							  : 2;
		text += 2;
	}
	for (; *text; text++) {
		unsigned digit = (unsigned)digit_of(*text);

		if (*text == '_' && after_digit && text[1]) {
			after_digit = false;
			continue;
		}
		if (digit >= base)
			return NUMBER_BAD;
		after_digit = true;
		huge |= __builtin_mul_overflow(*value, base, value);
		huge |= __builtin_add_overflow(*value, digit, value);
	}
	if (!after_digit)
		return NUMBER_BAD;
	return huge ? NUMBER_HUGE : NUMBER_OK;
}

static u64 max_of(const struct type_row *type)
{
	return UINT64_MAX >> (64 - type->bits + type->is_signed);
}

/* Stores an integer that fits; false when it does not. */
static bool integer_store(const struct ks_arg *arg, bool negative, u64 value)
{
	const struct type_row *type = &types[arg->type];
	u64 max = max_of(type);

	if (negative && value > (type->is_signed ? max + 1 : 0))
		return false;
	if (!negative && value > max)
		return false;
	if (negative)
		value = 0 - value;
	switch (type->bits) {
	case 8:
		*(u8 *)arg->value = (u8)value;
		break;
	case 16:
		*(u16 *)arg->value = (u16)value;
		break;
	case 32:
		*(u32 *)arg->value = (u32)value;
		break;
	case 64:
		*(u64 *)arg->value = value;
		break;
	}
	return true;
}

static void range_text(const struct ks_arg *arg, char *text, size_t size)
{
	u64 max = max_of(&types[arg->type]);

	if (types[arg->type].is_signed)
		snprintf(text, size, "%lld to %lld", -(i64)max - 1, (i64)max);
	else
		snprintf(text, size, "0 to %llu", max);
}

/* ---- values ---- */

static int integer_parse(const char *program, const struct ks_arg *arg, const char *option,
			 const char *text)
{
	char range[64];
	bool negative;
	u64 value;
	enum number result = number_parse(text, &negative, &value);

	if (result == NUMBER_BAD)
		return usage_error(program, "%s needs a number, not `%s`", option, text);
	if (result == NUMBER_OK && integer_store(arg, negative, value))
		return -1;
	range_text(arg, range, sizeof(range));
	return usage_error(program, "%s is %s; `%s` is outside", option, range, text);
}

static int bool_parse(const char *program, const struct ks_arg *arg, const char *option,
		      const char *text)
{
	static const struct {
		const char *text;
		bool value;
	} names[] = {{"1", true}, {"true", true}, {"0", false}, {"false", false}};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (!strcmp(text, names[i].text)) {
			*(bool *)arg->value = names[i].value;
			return -1;
		}
	}
	return usage_error(program, "%s is 0, 1, true or false, not `%s`", option, text);
}

static int text_parse(const char *program, const struct ks_arg *arg, const char *option,
		      const char *text)
{
	size_t len = strlen(text);

	if (arg->type == KS_CHAR) {
		if (len != 1)
			return usage_error(program, "%s is one character, not `%s`", option, text);
		*(char *)arg->value = *text;
		return -1;
	}
	if (len >= arg->size)
		return usage_error(program, "%s has at most %u bytes; `%s` has %zu", option,
				   arg->size - 1, text, len);
	ks_str_copy(arg->value, arg->size, text);
	return -1;
}

static int value_parse(const char *program, const struct ks_arg *arg, const char *option,
		       const char *text)
{
	if (types[arg->type].bits)
		return integer_parse(program, arg, option, text);
	if (arg->type == KS_BOOL)
		return bool_parse(program, arg, option, text);
	return text_parse(program, arg, option, text);
}

/* ---- names ---- */

/* limit-kb and limit_kb are one name. */
static bool same_name(const char *name, const char *text, size_t len)
{
	if (strlen(name) != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] != text[i] && !(name[i] == '_' && text[i] == '-'))
			return false;
	}
	return true;
}

static const struct ks_arg *arg_find(const struct ks_app *app, const char *text, size_t len)
{
	for (u32 i = 0; i < app->arg_count; i++) {
		if (same_name(app->args[i].name, text, len))
			return &app->args[i];
	}
	return NULL;
}

enum {
	NAME_MAX_LEN = 64
};

/* Edit distance of short names; long ones are not worth a suggestion. */
static unsigned distance(const char *a, const char *b, size_t b_len)
{
	unsigned row[NAME_MAX_LEN + 1];
	size_t a_len = strlen(a);

	if (b_len > NAME_MAX_LEN || a_len > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			char c = b[j - 1] == '-' ? '_' : b[j - 1];
			unsigned best = diagonal + (a[i - 1] != c);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_len];
}

static void option_text(const char *name, char *text, size_t size)
{
	snprintf(text, size, "--%s", name);
	for (char *c = text; *c; c++) {
		if (*c == '_')
			*c = '-';
	}
}

static int unknown_option(const struct ks_app *app, const char *program, const char *text)
{
	static const char *const fixed[] = {"help", "version", "verbose", "bash-completion"};
	size_t len = strcspn(text, "=") - 2;
	unsigned best = len / 3 > 1 ? (unsigned)(len / 3) : 1;
	const char *found = NULL;
	char option[NAME_MAX_LEN + 3];

	for (u32 i = 0; i < app->arg_count + COUNT_OF(fixed); i++) {
		const char *name =
			i < app->arg_count ? app->args[i].name : fixed[i - app->arg_count];
		unsigned d = distance(name, text + 2, len);

		if (d < best || (d == best && !found)) {
			best = d;
			found = name;
		}
	}
	if (!found)
		return usage_error(program, "unknown option `%.*s`", (int)len + 2, text);
	option_text(found, option, sizeof(option));
	return usage_error(program, "unknown option `%.*s`; did you mean `%s`?", (int)len + 2, text,
			   option);
}

/* ---- help ---- */

static void default_text(const struct ks_arg *arg, char *text, size_t size)
{
	const void *v = arg->value;

	*text = 0;
	switch (arg->type) {
	case KS_U8:
		snprintf(text, size, "%u", *(const u8 *)v);
		break;
	case KS_U16:
		snprintf(text, size, "%u", *(const u16 *)v);
		break;
	case KS_U32:
		snprintf(text, size, "%u", *(const u32 *)v);
		break;
	case KS_U64:
		snprintf(text, size, "%llu", *(const u64 *)v);
		break;
	case KS_I8:
		snprintf(text, size, "%d", *(const i8 *)v);
		break;
	case KS_I16:
		snprintf(text, size, "%d", *(const i16 *)v);
		break;
	case KS_I32:
		snprintf(text, size, "%d", *(const i32 *)v);
		break;
	case KS_I64:
		snprintf(text, size, "%lld", *(const i64 *)v);
		break;
	case KS_BOOL:
		if (*(const bool *)v)
			snprintf(text, size, "true");
		break;
	case KS_CHAR:
		if (*(const char *)v)
			snprintf(text, size, "%c", *(const char *)v);
		break;
	case KS_STR:
	case KS_BYTES:
		if (*(const char *)v)
			snprintf(text, size, "%.*s", (int)arg->size, (const char *)v);
		break;
	}
}

static void help_line(const char *option, const char *help, const char *fallback)
{
	bool bare = !(help && *help) && !*fallback;

	printf("  %-*s", bare ? 0 : 26, option);
	if (!bare && strlen(option) > 25)
		printf("\n  %-26s", "");
	if (help && *help)
		printf("%s%s", help, *fallback ? " " : "");
	if (*fallback)
		printf("(default: %s)", fallback);
	putchar('\n');
}

static int help_print(const struct ks_app *app, const char *program)
{
	char option[NAME_MAX_LEN + 16], fallback[256];

	printf("Usage: %s [OPTION]...\n", program);
	if (app->about && *app->about)
		printf("%s\n", app->about);
	puts("\nOptions:");
	for (u32 i = 0; i < app->arg_count; i++) {
		const struct ks_arg *arg = &app->args[i];
		const char *placeholder = types[arg->type].placeholder;
		size_t len;

		option_text(arg->name, option, NAME_MAX_LEN);
		len = strlen(option);
		if (placeholder)
			snprintf(option + len, sizeof(option) - len, "=%s", placeholder);
		default_text(arg, fallback, sizeof(fallback));
		help_line(option, arg->help, fallback);
	}
	help_line("-v, --verbose", "show what libbpf reports", "");
	help_line("--help", "show this help", "");
	help_line("--version", "show the version", "");
	help_line("--bash-completion", "print what completes these options in bash", "");
	return 0;
}

/* ---- completion ---- */

/* What can stand behind an option, as a shell command; "" when that is not known. */
static const char *values_of(const struct ks_arg *arg)
{
	size_t len = strlen(arg->name);

	if (len >= 9 && !strcmp(arg->name + len - 9, "interface"))
		return "$(ls /sys/class/net)";
	return "";
}

/*
 * For `source <(PROGRAM --bash-completion)`. Bash takes `=` for a word of its own, so an option
 * stands one or two words before its value.
 */
static int completion_print(const struct ks_app *app)
{
	char option[NAME_MAX_LEN + 3], function[NAME_MAX_LEN];
	size_t len = 0;

	for (const char *c = app->name; *c && len + 1 < sizeof(function); c++)
		function[len++] = strchr("-.+", *c) ? '_' : *c;
	function[len] = 0;
	printf("_%s() {\n"
	       "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\t[ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD-2]}\n"
	       "\t[ \"$word\" != = ] || word=\n"
	       "\tcase $before in\n",
	       function);
	for (u32 i = 0; i < app->arg_count; i++) {
		if (app->args[i].type == KS_BOOL)
			continue;
		option_text(app->args[i].name, option, sizeof(option));
		if (*values_of(&app->args[i]))
			printf("\t%s) COMPREPLY=($(compgen -W \"%s\" -- \"$word\")) ;;\n", option,
			       values_of(&app->args[i]));
		else
			printf("\t%s) COMPREPLY=() ;;\n", option);
	}
	printf("\t*) COMPREPLY=($(compgen -W \"");
	for (u32 i = 0; i < app->arg_count; i++) {
		option_text(app->args[i].name, option, sizeof(option));
		printf("%s ", option);
	}
	printf("--help --verbose --version\" -- \"$word\")) ;;\n\tesac\n}\n"
	       "complete -o default -F _%s %s\n",
	       function, app->name);
	return 0;
}

/* ---- the line ---- */

/* An option of every loader; -1: not one of them, -2: handled, go on. */
static int fixed_option(const struct ks_app *app, const char *program, const char *text)
{
	if (!strcmp(text, "--help") || !strcmp(text, "-h"))
		return help_print(app, program);
	if (!strcmp(text, "--version")) {
		printf("%s (built by ksc %s from %s)\n", app->name, KSRT_VERSION, app->source);
		return 0;
	}
	if (!strcmp(text, "--bash-completion"))
		return completion_print(app);
	if (strcmp(text, "-v") && strcmp(text, "--verbose"))
		return -1;
	ks_rt.verbose = true;
	return -2;
}

int args_parse(const struct ks_app *app, int argc, char **argv)
{
	const char *program = argc > 0 ? argv[0] : app->name;

	for (int i = 1; i < argc; i++) {
		const char *text = argv[i], *equals;
		const struct ks_arg *arg = NULL;
		char option[NAME_MAX_LEN + 3];
		int status;

		if (!strncmp(text, "--", 2) && text[2])
			arg = arg_find(app, text + 2, strcspn(text + 2, "="));
		if (!arg) {
			status = fixed_option(app, program, text);
			if (status == -2)
				continue;
			if (status >= 0)
				return status;
			if (strncmp(text, "--", 2) || !text[2])
				return usage_error(program, "unexpected argument `%s`", text);
			return unknown_option(app, program, text);
		}
		option_text(arg->name, option, sizeof(option));
		equals = strchr(text, '=');
		if (equals)
			status = value_parse(program, arg, option, equals + 1);
		else if (arg->type == KS_BOOL)
			status = value_parse(program, arg, option, "true");
		else if (i + 1 < argc)
			status = value_parse(program, arg, option, argv[++i]);
		else
			status = usage_error(program, "%s needs a value", option);
		if (status >= 0)
			return status;
	}
	return -1;
}
