/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line. One table (options.c) holds every option; parsing, the help pages and the
 * manual page are made from it and from command_list.h.
 */
#ifndef KSC_DRIVER_OPTIONS_H
#define KSC_DRIVER_OPTIONS_H

#include "base/diag.h"

#include <stdbool.h>

/* Exit statuses of ksc. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_ERRORS = 1,      /* diagnostics with errors */
	EXIT_USAGE = 2,	      /* the command line is wrong */
	EXIT_ENVIRONMENT = 3, /* a missing tool, no privilege, input or output failed */
	EXIT_INTERNAL = 70,   /* a bug in ksc */
};

enum command_id {
#define COMMAND(id, name, operands, fewest, most, summary, details) COMMAND_##id,
#include "driver/command_list.h"
#undef COMMAND
	COMMAND_COUNT /* none given */
};

struct command_info {
	const char *name, *operands;
	uint32_t fewest, most; /* operands */
	const char *summary, *details;
};

extern const struct command_info commands[COMMAND_COUNT];

/* What `ksc emit --stage=` takes, in the order of the pipeline. */
#define EMIT_STAGES(X)                                        \
	X(TOKENS, "tokens")	/* one token a line */        \
	X(AST, "ast")		/* the tree, as source */     \
	X(IR, "ir")		/* of all targets */          \
	X(LLVM, "llvm")		/* of bpf code, as built */   \
	X(LLVM_OPT, "llvm-opt") /* after LLVM's passes */     \
	X(ASM, "asm")		/* BPF assembly */            \
	X(OBJECT, "object")	/* the bytes of NAME.bpf.o */ \
	X(LOADER, "loader")	/* the loader's C */          \
	X(MODULE, "module")	/* the kernel module's C */

enum emit_stage {
#define X(id, name) EMIT_##id,
	EMIT_STAGES(X)
#undef X
	EMIT_STAGE_COUNT
};

enum color_choice {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER
};
enum cpu_choice {
	CPU_V3,
	CPU_V4
};

struct options {
	enum command_id command;
	struct str_vec operands;
	struct str_vec program_args; /* what follows `--` */
	struct str_vec kernels, includes, warnings;
	const char *output, *filter, *junit, *btf_vmlinux, *kdir;
	uint32_t stage; /* enum emit_stage; EMIT_STAGE_COUNT when not given */
	uint32_t cpu, diag, color;
	uint32_t max_errors;
	bool spill, werror, verbose, quiet, time_passes;
	uint32_t jobs; /* 0: not given */
	bool no_makefile, test_build, json;
	bool help, version, man;
};

/*
 * Reads the arguments after the program's name. The vectors lie in `arena`; texts are those of
 * argv. False when the command line is wrong: `err` then holds the message, without "ksc: ".
 */
bool options_parse(struct options *options, struct arena *arena, int argc, char **argv,
		   struct strbuf *err);

/* Takes -W, -Werror and --max-errors over to a compilation's settings. */
void options_apply_diag(const struct options *options, struct diag_options *diag);

/* COMMAND_COUNT when there is no such command. */
enum command_id command_find(const char *name);
/* The command a user may have meant, or NULL. */
const char *command_nearest(const char *name);

/* ---- help.c ---- */

/* The overview of `ksc help`. */
void help_overview(struct strbuf *out);
/* The page of one command. */
void help_command(struct strbuf *out, enum command_id command);
/* The manual page ksc(1) in man(7) macros; the same bytes on every machine. */
void help_man(struct strbuf *out, const char *version);

/* ---- between options.c and help.c ---- */

enum option_value {
	OPTION_FLAG,	/* bool, set by being there */
	OPTION_TEXT,	/* const char * */
	OPTION_LIST,	/* struct str_vec, one more each time */
	OPTION_NUMBER,	/* uint32_t, decimal */
	OPTION_CHOICE,	/* uint32_t, the index into `choices` */
	OPTION_WARNING, /* struct str_vec, "NAME" or "no-NAME", checked against diag_list.h */
};

enum option_section {
	SECTION_OUTPUT,
	SECTION_TARGET,
	SECTION_MESSAGES,
	SECTION_GENERAL,
	SECTION_COUNT
};

extern const char *const option_sections[SECTION_COUNT];

struct option_info {
	const char *name;     /* "--kernel", or NULL when there is only a letter */
	char letter;	      /* 'o' for -o, or 0 */
	const char *argument; /* "DIR", or NULL for a flag */
	enum option_value value;
	size_t field;		    /* offset in struct options */
	const char *const *choices; /* ended by NULL */
	unsigned commands;	    /* that take it: set of 1 << enum command_id */
	unsigned shown;		    /* those on whose help page it stands; 0: all that take it */
	enum option_section section;
	const char *help;
};

/* The table; `count` gets how many. */
const struct option_info *option_list(uint32_t *count);

#endif
