/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner of golden cases. A case is one .ks file; what is expected of it stands in its
 * comments (tests/README.md lists the directives). The same files serve four levels:
 *
 *   golden  compile in this process; compare diagnostics and excerpts of every stage's text
 *   c       compile the generated loader with gcc and clang, warnings are errors
 *   run     load the object into this kernel and run its programs on packets
 *   exec    build the loader, run it, compare what it prints
 */
#ifndef KSC_TESTS_RUNNER_H
#define KSC_TESTS_RUNNER_H

#include "base/compilation.h"
#include "base/strbuf.h"
#include "ir/ir.h"

enum level { LEVEL_GOLDEN, LEVEL_C, LEVEL_RUN, LEVEL_EXEC };

enum stage { STAGE_SYNTAX, STAGE_CHECK, STAGE_IR, STAGE_ALL };

/* One expected diagnostic: on a line, with a slug and a part of the message. */
struct expectation {
	enum diag_severity severity;
	const char *slug;
	const char *text;
	uint32_t file; /* index in the compilation's sources, 0 is the case itself */
	uint32_t line;
	bool met;
};

/* An ordered list of excerpts of one output. */
struct excerpt_line {
	const char *text;
	bool absent; /* must not occur anywhere */
};

VEC_TYPE(expectation_vec, struct expectation);
VEC_TYPE(excerpt_vec, struct excerpt_line);

struct section {
	const char *what; /* "ir", "llvm", "loader", ... */
	uint32_t line;
	struct excerpt_vec lines;
};

/* `run:`, `map:`, `global:` and `exec:` directives, in order; `text` is what follows. */
enum action_kind { ACTION_RUN, ACTION_MAP, ACTION_GLOBAL, ACTION_EXEC };

struct action {
	enum action_kind kind;
	const char *text;
	uint32_t line;
	struct excerpt_vec lines; /* ACTION_EXEC: what it prints */
};

VEC_TYPE(section_vec, struct section);
VEC_TYPE(action_vec, struct action);

struct test_case {
	const char *path;
	char *text;
	size_t len;
	struct arena arena;
	enum stage stage;
	const char *options; /* of the `ksc:` line, or NULL */
	struct expectation_vec expectations;
	struct section_vec sections;
	struct action_vec actions;
	bool expects_errors;
	uint32_t reading; /* the file whose expectations are read */
	/* The result: failures in words; empty when the case passed. */
	struct strbuf failures;
	const char *skipped; /* the reason, NULL when it ran */
	bool not_applicable; /* the level has nothing to do with the case */
};

/* What compiling gave. */
struct compiled {
	struct compilation comp;
	struct ast_file *file;
	struct ir_module *module; /* NULL when there were errors or the stage is earlier */
	struct strbuf object;	  /* empty without bpf code */
	struct strbuf loader;	  /* empty without main */
	struct strbuf kmod;	  /* empty without @kfunc */
};

struct runner {
	enum level level;
	const char *kernel; /* target of cases that name none: the version of a fixture */
	const char *stdlib; /* folder of the standard library */
	const char *fixtures;
	const char *build;  /* folder with runtime/ */
	uint32_t passed, failed, skipped;
	bool verbose;
};

void fail(struct test_case *tc, uint32_t line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* case.c: reads directives; false when one is malformed (a failure is recorded). */
bool case_parse(struct test_case *tc);
/* The expectations alone of a file that the case includes or imports, source number `file`. */
void case_parse_part(struct test_case *tc, uint32_t file, const char *text, size_t len);

/* compile.c */
/* The bytes of a file and a NUL, to be freed; NULL with errno. */
char *file_read(const char *path, size_t *len);
bool case_compile(struct runner *runner, struct test_case *tc, struct compiled *out);
void compiled_free(struct compiled *compiled);
/* Diagnostics and sections of a compiled case against what is expected. */
void case_compare(struct test_case *tc, struct compiled *compiled);
void excerpt_compare(struct test_case *tc, uint32_t line, const char *what,
		     const struct excerpt_vec *lines, const char *text);

/*
 * interpret.c: what `run:`, `map:` and `global:` expect of the kernel is expected of the IR
 * interpreter too. Programs with operations that it does not know are left to the kernel.
 */
void case_interpret(struct test_case *tc, struct compiled *compiled);

/* action.c */
struct map_text {
	char name[64], key[256], want[1024];
};

/* The value of `name=` in a directive, up to a blank; NULL when it is not given. */
const char *action_option(struct test_case *tc, const char *text, const char *name);
/* A number or a verdict by name. */
int64_t action_result(const char *text);
/* A number, or `hex:` bytes, into `size` bytes. */
void action_bytes(const char *text, unsigned char *out, size_t size);
/* Fails with the bytes unless they are equal. */
void action_compare(struct test_case *tc, const struct action *action, const unsigned char *got,
		    const unsigned char *want, size_t size);
/* `NAME[KEY] = VALUE` and `NAME = VALUE`; false after a failure. */
bool action_map(struct test_case *tc, const struct action *action, struct map_text *text);
bool action_global(struct test_case *tc, const struct action *action, struct map_text *text);

/* The other levels; they skip cases without actions of theirs. */
void level_c(struct runner *runner, struct test_case *tc, struct compiled *compiled);
void level_run(struct runner *runner, struct test_case *tc, struct compiled *compiled);
void level_exec(struct runner *runner, struct test_case *tc, struct compiled *compiled);

/* packets.c: the bytes of `tcp4`, `zero:60`, `hex:...`; 0 when the name is not known. */
size_t packet_make(const char *spec, unsigned char *out, size_t max);
/* Bytes of hex digits; blanks, `.` and `:` between them are skipped. */
size_t hex_parse(const char *text, unsigned char *out, size_t max);

#endif
