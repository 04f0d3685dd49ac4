/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that a Python file defines at its outermost level: names, how many arguments they
 * take, what they say that they return. Only as much of Python's grammar as that needs: strings
 * (so that no `def` in a text counts), comments, brackets.
 */
#include "sema/python.h"

#include "base/compilation.h"

#include <string.h>

struct scan {
	struct compilation *comp;
	struct python_module *module;
	const char *text, *at; /* ends in a NUL */
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (c & 0x80);
}

/* Behind the string that starts at `at`, with three quotes or one. */
static const char *string_end(const char *at)
{
	char quote = *at;
	bool is_long = at[1] == quote && at[2] == quote;

	for (at += is_long ? 3 : 1; *at; at++) {
		if (*at == '\\' && at[1])
			at++;
		else if (is_long && *at == quote && at[1] == quote && at[2] == quote)
			return at + 3;
		else if (!is_long && (*at == quote || *at == '\n'))
			return at + 1;
	}
	return at;
}

/* Behind a comment, a string or one character. */
static const char *step(const char *at)
{
	if (*at == '#')
		return at + strcspn(at, "\n");
	if (*at == '"' || *at == '\'')
		return string_end(at);
	return at + 1;
}

static void skip_blank(struct scan *scan)
{
	while (*scan->at && (strchr(" \t\r\n\\", *scan->at) || *scan->at == '#'))
		scan->at = step(scan->at);
}

/* To the comma or parenthesis that ends a parameter; whether it has a default. */
static bool parameter_end(struct scan *scan)
{
	bool has_default = false;
	unsigned depth = 0;

	while (*scan->at && (depth || !strchr(",)", *scan->at))) {
		if (strchr("([{", *scan->at))
			depth++;
		else if (strchr(")]}", *scan->at))
			depth--;
		else if (*scan->at == '=' && !depth)
			has_default = true;
		scan->at = step(scan->at);
	}
	return has_default;
}

static void parameters(struct scan *scan, struct python_fn *fn)
{
	bool by_name_only = false;

	for (skip_blank(scan); *scan->at && *scan->at != ')'; skip_blank(scan)) {
		bool is_marker = *scan->at == '*' || *scan->at == '/';
		bool takes_rest = *scan->at == '*' && is_name_char(scan->at[1]);

		if (takes_rest)
			fn->max = UINT32_MAX;
		by_name_only |= *scan->at == '*';
		if (!parameter_end(scan) && !is_marker && !by_name_only)
			fn->min++;
		if (!is_marker && !by_name_only && fn->max < UINT32_MAX)
			fn->max++;
		if (*scan->at == ',')
			scan->at++;
	}
	if (*scan->at)
		scan->at++;
}

static enum python_result annotation(struct scan *scan)
{
	static const struct {
		const char *name;
		enum python_result result;
	} names[] = {
		{"int", PYTHON_INT},
		{"bool", PYTHON_BOOL},
		{"float", PYTHON_FLOAT},
		{"str", PYTHON_STR},
	};

	skip_blank(scan);
	if (strncmp(scan->at, "->", 2) != 0)
		return PYTHON_UNKNOWN;
	scan->at += 2;
	skip_blank(scan);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i].name);

		if (!strncmp(scan->at, names[i].name, len) && !is_name_char(scan->at[len]))
			return names[i].result;
	}
	return PYTHON_UNKNOWN;
}

/* At `def `. A later definition replaces an earlier one, as in Python. */
static void definition(struct scan *scan)
{
	struct python_fn fn = {0};
	const char *start;

	scan->at += strlen("def ");
	skip_blank(scan);
	start = scan->at;
	while (is_name_char(*scan->at))
		scan->at++;
	fn.name = intern(&scan->comp->names, start, (size_t)(scan->at - start));
	fn.span = (struct span){scan->module->file, (uint32_t)(start - scan->text),
				(uint32_t)(scan->at - scan->text)};
	skip_blank(scan);
	if (*scan->at != '(')
		return;
	scan->at++;
	parameters(scan, &fn);
	fn.result = annotation(scan);
	vec_foreach (known, &scan->module->fns) {
		if (known->name == fn.name) {
			*known = fn;
			return;
		}
	}
	vec_push(&scan->comp->arena, &scan->module->fns, fn);
}

static void scan_file(struct compilation *comp, struct python_module *module)
{
	const char *text = comp->sources.files.data[module->file]->text;
	struct scan scan = {comp, module, text, text};

	while (*scan.at) {
		bool line_start = scan.at == text || scan.at[-1] == '\n';

		if (line_start && !strncmp(scan.at, "def ", 4))
			definition(&scan);
		else
			scan.at = step(scan.at);
	}
}

struct python_module *python_scan(struct compilation *comp, uint32_t file)
{
	struct python_module *module = arena_new(&comp->arena, struct python_module);

	module->file = file;
	ptr_map_init(&module->variants, &comp->arena);
	scan_file(comp, module);
	return module;
}
