/* SPDX-License-Identifier: Apache-2.0 */
/* Help pages and the manual page, printed from the tables of commands and options. */
#include "driver/options.h"

#include <string.h>

#define HELP_COLUMNS 80
#define HELP_INDENT  26

struct paragraph {
	const char *term, *text;
};

static const struct paragraph exit_statuses[] = {
	{"0", "Everything was done."},
	{"1", "The source has errors, which were reported."},
	{"2", "The command line is wrong."},
	{"3",
	 "Something is missing or not permitted on this machine: a tool, a privilege, a file."},
	{"70", "An error inside ksc. Please report it."},
};

static const struct paragraph environment[] = {
	{"CC", "The C compiler that builds loaders; cc when it is not set."},
	{"NO_COLOR", "When set and not empty, --color=auto means never."},
	{"XDG_CACHE_HOME", "Where ksc run keeps what it built, in a folder ksc; ~/.cache when it "
			   "is not set."},
};

static const struct paragraph files[] = {
	{"/sys/kernel/btf/vmlinux", "The running kernel's types, read when no --kernel is given."},
	{"../lib/ksc/", "Seen from the program: the run-time library of loaders, its headers and "
			"the standard library."},
};

#define EACH(row, table)                                                                        \
	for (const struct paragraph *row = table; row < table + sizeof(table) / sizeof(*table); \
	     row++)

/* ---- text ---- */

/* Words of `text` in lines that start at column `indent`; the first line is already there. */
static void put_wrapped(struct strbuf *out, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > indent && column + 1 + len > HELP_COLUMNS) {
			strbuf_putc(out, '\n');
			strbuf_pad(out, ' ', indent);
			column = indent;
		} else if (column > indent) {
			strbuf_putc(out, ' ');
			column++;
		}
		strbuf_append(out, text, len);
		column += len;
		text += len + (text[len] == ' ');
	}
	strbuf_putc(out, '\n');
}

static void put_row(struct strbuf *out, const char *term, const char *text)
{
	size_t len = strlen(term);

	strbuf_printf(out, "  %s", term);
	if (len + 4 > HELP_INDENT) {
		strbuf_putc(out, '\n');
		strbuf_pad(out, ' ', HELP_INDENT);
	} else {
		strbuf_pad(out, ' ', HELP_INDENT - 2 - len);
	}
	put_wrapped(out, text, HELP_INDENT);
}

/* "-o, --output=PATH"; choices are listed as "--cpu=v3|v4". */
static void put_option_term(struct strbuf *out, const struct option_info *option)
{
	if (option->letter)
		strbuf_printf(out, "-%c", option->letter);
	if (option->name)
		strbuf_printf(out, "%s%s", option->letter ? ", " : "", option->name);
	if (!option->argument && !option->choices)
		return;
	if (option->name)
		strbuf_putc(out, '=');
	else if (option->value != OPTION_WARNING)
		strbuf_putc(out, ' ');
	if (option->choices && !option->argument) {
		for (size_t i = 0; option->choices[i]; i++)
			strbuf_printf(out, "%s%s", i ? "|" : "", option->choices[i]);
		return;
	}
	strbuf_puts(out, option->argument);
}

/* The help line; long lists of choices stand here, not in the term. */
static void put_option_help(struct strbuf *out, const struct option_info *option)
{
	strbuf_puts(out, option->help);
	if (!option->choices)
		return;
	strbuf_puts(out, ": ");
	for (size_t i = 0; option->choices[i]; i++)
		strbuf_printf(out, "%s%s", i ? " " : "", option->choices[i]);
}

static void put_options(struct strbuf *out, unsigned wanted)
{
	uint32_t count;
	const struct option_info *table = option_list(&count);
	struct strbuf term = {0}, help = {0};

	for (int section = 0; section < SECTION_COUNT; section++) {
		bool headed = false;

		for (uint32_t i = 0; i < count; i++) {
			if (table[i].section != (enum option_section)section ||
			    !((table[i].shown ? table[i].shown : table[i].commands) & wanted))
				continue;
			if (!headed)
				strbuf_printf(out, "\n%s:\n", option_sections[section]);
			headed = true;
			strbuf_clear(&term);
			strbuf_clear(&help);
			put_option_term(&term, &table[i]);
			put_option_help(&help, &table[i]);
			put_row(out, strbuf_text(&term), strbuf_text(&help));
		}
	}
	strbuf_free(&term);
	strbuf_free(&help);
}

void help_overview(struct strbuf *out)
{
	struct strbuf term = {0};

	strbuf_puts(out,
		    "ksc compiles KernelScript: a .ks file becomes a BPF object and a "
		    "native loader.\n\nusage: ksc COMMAND [OPTIONS] [OPERANDS]\n\ncommands:\n");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		strbuf_clear(&term);
		strbuf_printf(&term, "%s %s", commands[i].name, commands[i].operands);
		put_row(out, strbuf_text(&term), commands[i].summary);
	}
	strbuf_free(&term);
	strbuf_puts(out, "\nFILE.ks may be `-`, standard input. `ksc help COMMAND` lists its "
			 "options.\n");
	strbuf_puts(out, "Exit status: ");
	EACH(row, exit_statuses)
	strbuf_printf(out, "%s%s", row == exit_statuses ? "" : ", ", row->term);
	strbuf_puts(out, "; see ksc(1).\n");
}

void help_command(struct strbuf *out, enum command_id command)
{
	const struct command_info *info = &commands[command];

	strbuf_printf(out, "ksc %s: %s\n\nusage: ksc %s [OPTIONS]%s%s%s\n\n", info->name,
		      info->summary, info->name, *info->operands ? " " : "", info->operands,
		      command == COMMAND_RUN ? " [-- ARGUMENTS]" : "");
	put_wrapped(out, info->details, 0);
	put_options(out, 1u << command);
}

/* ---- man(7) ---- */

/* Text with what roff would take for itself made plain. Never starts a line with a dot. */
static void man_text(struct strbuf *out, const char *text)
{
	bool quoted = false;

	for (; *text; text++) {
		if (*text == '\\')
			strbuf_puts(out, "\\e");
		else if (*text == '-')
			strbuf_puts(out, "\\-");
		else if (*text == '`')
			strbuf_puts(out, (quoted = !quoted) ? "\\(oq" : "\\(cq");
		else if (*text == '\'')
			strbuf_puts(out, "\\(cq");
		else
			strbuf_putc(out, *text);
	}
}

/* ".TP", the term in bold, the text. */
static void man_row(struct strbuf *out, const char *term, const char *text)
{
	strbuf_puts(out, ".TP\n\\fB");
	man_text(out, term);
	strbuf_puts(out, "\\fR\n\\&");
	man_text(out, text);
	strbuf_putc(out, '\n');
}

static void man_commands(struct strbuf *out)
{
	struct strbuf term = {0}, text = {0};

	strbuf_puts(out, ".SH COMMANDS\n");
	for (int i = 0; i < COMMAND_COUNT; i++) {
		strbuf_clear(&term);
		strbuf_clear(&text);
		strbuf_printf(&term, "%s%s%s%s", commands[i].name, *commands[i].operands ? " " : "",
			      commands[i].operands, i == COMMAND_RUN ? " [-- ARGUMENTS]" : "");
		strbuf_printf(&text, "%s. %s", commands[i].summary, commands[i].details);
		/* The summary is written without a capital for the overview. */
		if (text.data[0] >= 'a' && text.data[0] <= 'z')
			text.data[0] = (char)(text.data[0] - 'a' + 'A');
		man_row(out, strbuf_text(&term), strbuf_text(&text));
	}
	strbuf_free(&term);
	strbuf_free(&text);
}

static void man_options(struct strbuf *out)
{
	uint32_t count;
	const struct option_info *table = option_list(&count);
	struct strbuf term = {0}, text = {0};

	strbuf_puts(out, ".SH OPTIONS\n");
	for (int section = 0; section < SECTION_COUNT; section++) {
		strbuf_printf(out, ".SS %s\n", option_sections[section]);
		for (uint32_t i = 0; i < count; i++) {
			if (table[i].section != (enum option_section)section)
				continue;
			strbuf_clear(&term);
			strbuf_clear(&text);
			put_option_term(&term, &table[i]);
			put_option_help(&text, &table[i]);
			for (int command = 0; command < COMMAND_COUNT; command++) {
				unsigned all = (1u << COMMAND_COUNT) - 1;

				if (table[i].commands != all && table[i].commands & 1u << command)
					strbuf_printf(&text, " [%s]", commands[command].name);
			}
			man_row(out, strbuf_text(&term), strbuf_text(&text));
		}
	}
	strbuf_free(&term);
	strbuf_free(&text);
}

void help_man(struct strbuf *out, const char *version)
{
	strbuf_puts(out,
		    ".\\\" Made by `ksc help --man` from the tables of commands and options.\n");
	strbuf_printf(out, ".TH KSC 1 \"\" \"ksc %s\" \"User Commands\"\n", version);
	strbuf_puts(out,
		    ".SH NAME\nksc \\- compiler for KernelScript\n"
		    ".SH SYNOPSIS\n\\fBksc\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] "
		    "[\\fIOPERANDS\\fR]\n"
		    ".SH DESCRIPTION\nksc compiles one .ks file, which holds eBPF programs and "
		    "the native code that loads\nand drives them, to a BPF object and a "
		    "self\\-contained loader.\n"
		    "A file name of \\- means standard input.\n");
	man_commands(out);
	man_options(out);
	strbuf_puts(out, ".SH EXIT STATUS\n");
	EACH(row, exit_statuses)
	man_row(out, row->term, row->text);
	strbuf_puts(out, ".SH ENVIRONMENT\n");
	EACH(row, environment)
	man_row(out, row->term, row->text);
	strbuf_puts(out, ".SH FILES\n");
	EACH(row, files)
	man_row(out, row->term, row->text);
	strbuf_puts(out, ".SH SEE ALSO\n.BR bpftool (8),\n.BR bpf (2)\n");
}
