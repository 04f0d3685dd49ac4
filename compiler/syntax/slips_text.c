/* SPDX-License-Identifier: Apache-2.0 */
/* Loops, sections, maps and initialisers as C writes them, read from the text. */
#include "syntax/c_text.h"
#include "syntax/parser.h"

#include <ctype.h>

/* ---- for (int i = 0; i < n; i++) ---- */

struct c_loop {
	struct c_word name;
	struct c_word from, to; /* any text */
	bool inclusive;
};

static struct c_word trimmed(const char *text, uint32_t start, uint32_t end)
{
	start = c_skip_blanks(text, start);
	while (end > start && (text[end - 1] == ' ' || text[end - 1] == '\t'))
		end--;
	return (struct c_word){start, end - start};
}

static bool same_word(const char *text, struct c_word a, struct c_word b)
{
	return a.len == b.len && !memcmp(text + a.start, text + b.start, a.len);
}

/* `T i = A`, `i = A` or `var i = A`, up to `end`. */
static bool read_loop_start(const char *text, uint32_t start, uint32_t end, struct c_loop *loop)
{
	const char *equals = memchr(text + start, '=', end - start);
	struct c_word left, last = {0};

	if (!equals)
		return false;
	left = trimmed(text, start, (uint32_t)(equals - text));
	for (uint32_t at = left.start; at < left.start + left.len;) {
		last = c_read_word(text, at);
		if (!last.len)
			return false;
		at = c_skip_blanks(text, last.start + last.len);
	}
	loop->name = last;
	loop->from = trimmed(text, (uint32_t)(equals - text) + 1, end);
	return last.len && loop->from.len;
}

/* `i < B` or `i <= B` */
static bool read_loop_test(const char *text, uint32_t start, uint32_t end, struct c_loop *loop)
{
	struct c_word name = c_read_word(text, c_skip_blanks(text, start));
	uint32_t at = c_skip_blanks(text, name.start + name.len);

	if (!same_word(text, name, loop->name) || text[at] != '<')
		return false;
	loop->inclusive = text[at + 1] == '=';
	loop->to = trimmed(text, at + 1 + loop->inclusive, end);
	return loop->to.len;
}

/* `i++`, `++i` or `i += 1` */
static bool read_loop_step(const char *text, uint32_t start, uint32_t end,
			   const struct c_loop *loop)
{
	struct c_word step = trimmed(text, start, end), name, rest;

	if (step.len > 2 && !memcmp(text + step.start, "++", 2))
		return same_word(text, c_read_word(text, step.start + 2), loop->name);
	name = c_read_word(text, step.start);
	rest = trimmed(text, name.start + name.len, step.start + step.len);
	return same_word(text, name, loop->name) &&
	       (c_word_is(text, rest, "++") || c_word_is(text, rest, "+= 1"));
}

bool slip_c_loop(struct parser *p, uint32_t paren)
{
	const char *text = p->lexer.text;
	uint32_t parts[3], count = 0, depth = 1, at;
	struct c_loop loop = {0};
	struct span span;

	for (at = paren + 1; text[at] && text[at] != '\n' && depth; at++) {
		depth += text[at] == '(';
		depth -= text[at] == ')';
		if (depth == 1 && text[at] == ';' && count < 3)
			parts[count++] = at;
	}
	if (count != 2)
		return false;
	span = parse_span(p, paren + 1, depth ? at : at - 1);
	parse_error(p, span, "a loop over numbers is `for (i in a..b)`, b excluded");
	if (!depth && read_loop_start(text, span.start, parts[0], &loop) &&
	    read_loop_test(text, parts[0] + 1, parts[1], &loop) &&
	    read_loop_step(text, parts[1] + 1, span.end, &loop)) {
		diag_edit(p->comp, span, "%.*s in %.*s%s%.*s", (int)loop.name.len,
			  text + loop.name.start, (int)loop.from.len, text + loop.from.start,
			  loop.inclusive ? "..=" : "..", (int)loop.to.len, text + loop.to.start);
	}
	return true;
}

/* ---- SEC("...") ---- */

/* Sections of libbpf by their beginning; `%s` is what follows. */
static const struct {
	const char *section, *attribute;
} sections[] = {
	{"xdp", "@xdp"},
	{"tc", "@tc(\"ingress\")"},
	{"classifier", "@tc(\"ingress\")"},
	{"kprobe/", "@probe(\"%s\")"},
	{"fentry/", "@probe(\"%s\")"},
	{"kretprobe/", "@retprobe(\"%s\")"},
	{"fexit/", "@retprobe(\"%s\")"},
	{"tracepoint/", "@tracepoint(\"%s\")"},
	{"tp/", "@tracepoint(\"%s\")"},
	{"raw_tracepoint/", "@raw_tracepoint(\"%s\")"},
	{"raw_tp/", "@raw_tracepoint(\"%s\")"},
	{"tp_btf/", "@raw_tracepoint(\"%s\")"},
	{"lsm/", "@lsm(\"%s\")"},
	{"iter/", "@iter(\"%s\")"},
	{"perf_event", "@perf_event"},
	{"socket", "@socket_filter"},
	{"cgroup_skb/", "@cgroup_skb(\"%s\")"},
};

static const char *attribute_of(struct parser *p, struct c_word section)
{
	const char *text = p->lexer.text + section.start, *mark;

	for (unsigned i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		uint32_t len = (uint32_t)strlen(sections[i].section);
		bool is_whole = section.len == len && sections[i].section[len - 1] != '/';

		mark = strstr(sections[i].attribute, "%s");
		if (section.len < len || memcmp(text, sections[i].section, len) != 0 ||
		    (!is_whole && (!mark || section.len == len)))
			continue;
		if (!mark)
			return sections[i].attribute;
		return arena_printf(&p->comp->arena, "%.*s%.*s%s",
				    (int)(mark - sections[i].attribute), sections[i].attribute,
				    (int)(section.len - len), text + len, mark + 2);
	}
	return NULL;
}

bool slip_c_section(struct parser *p, uint32_t start)
{
	const char *text = p->lexer.text, *attribute = NULL;
	struct c_word word = c_read_word(text, start), section = {start + 5, 0};

	if (!c_word_is(text, word, "SEC") || text[start + 3] != '(')
		return false;
	if (text[start + 4] == '"')
		section.len = (uint32_t)strcspn(text + section.start, "\"\n");
	if (section.len && !strncmp(text + section.start + section.len, "\")", 2))
		attribute = attribute_of(p, section);
	parse_error(p, parse_span(p, start, start + 3),
		    "the kind of a program is an attribute: `%s fn ...`",
		    attribute ? attribute : "@xdp");
	if (attribute)
		diag_edit(p->comp, parse_span(p, start, section.start + section.len + 2), "%s",
			  attribute);
	return true;
}

bool slip_c_license(struct parser *p, uint32_t start)
{
	const char *text = p->lexer.text;
	uint32_t end = start + (uint32_t)strcspn(text + start, "\n");

	if (!memmem(text + start, end - start, "SEC(\"license\")", 14))
		return false;
	parse_error(p, parse_span(p, start, end),
		    "every object has its license by itself: leave this line out");
	diag_edit(p->comp, parse_span(p, start, end), "%s", "");
	return true;
}

/* ---- struct { __uint(type, BPF_MAP_TYPE_HASH); ... } name SEC(".maps"); ---- */

/* What stands behind `key` up to `)`, NULL when it is not there before `end`. */
static const char *map_property(struct parser *p, uint32_t start, uint32_t end, const char *key)
{
	const char *text = p->lexer.text, *at = strstr(text + start, key);
	struct c_word value;

	if (!at || at > text + end)
		return NULL;
	value.start = c_skip_blanks(text, (uint32_t)(at - text) + (uint32_t)strlen(key));
	value.len = (uint32_t)strcspn(text + value.start, ")\n");
	/* `struct T` is T, `__u32` is u32. */
	if (!strncmp(text + value.start, "struct ", 7))
		value = (struct c_word){value.start + 7, value.len - 7};
	else if (!strncmp(text + value.start, "__u", 3))
		value = (struct c_word){value.start + 2, value.len - 2};
	return c_word_text(p, value);
}

static const char *map_declaration(struct parser *p, uint32_t start, uint32_t end, const char *name)
{
	const char *kind = map_property(p, start, end, "__uint(type, BPF_MAP_TYPE_");
	const char *key = map_property(p, start, end, "__type(key,");
	const char *value = map_property(p, start, end, "__type(value,");
	const char *entries = map_property(p, start, end, "__uint(max_entries,");
	char *lower;

	if (!kind || !entries)
		return NULL;
	lower = arena_strndup(&p->comp->arena, kind, strlen(kind));
	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!key || !value)
		return arena_printf(&p->comp->arena, "var %s : %s(%s)", name, lower, entries);
	return arena_printf(&p->comp->arena, "var %s : %s<%s, %s>(%s)", name, lower, key, value,
			    entries);
}

bool slip_c_map(struct parser *p, uint32_t start)
{
	const char *text = p->lexer.text, *close = strchr(text + start, '}'), *declaration = NULL;
	struct c_word name;
	uint32_t end;

	if (!close)
		return false;
	name = c_read_word(text, c_skip_blanks(text, (uint32_t)(close - text) + 1));
	end = name.start + (uint32_t)strcspn(text + name.start, "\n");
	if (!strstr(text + start, "__uint(") || strstr(text + start, "__uint(") > close)
		return false;
	declaration = map_declaration(p, start, (uint32_t)(close - text), c_word_text(p, name));
	parse_error(p, parse_span(p, start, start + 6), "a map is declared by `%s`",
		    declaration ? declaration : "var NAME : hash<K, V>(entries)");
	if (declaration)
		diag_edit(p->comp, parse_span(p, start, end), "%s", declaration);
	return true;
}

/* ---- = { 1, 2, 3 }, = { .x = 1 } ---- */

/* The name of the type in `NAME: T = {`, which ends before an offset. */
static struct c_word declared_type(const char *text, uint32_t brace)
{
	uint32_t end = brace, start;

	while (end && (text[end - 1] == ' ' || text[end - 1] == '='))
		end--;
	for (start = end; start && c_is_name_char(text[start - 1]);)
		start--;
	if (start < 2 || start == end || (text[start - 1] != ' ' && text[start - 1] != ':'))
		return (struct c_word){0};
	return text[start - 1] == ':' || text[start - 2] == ':'
		       ? (struct c_word){start, end - start}
		       : (struct c_word){0};
}

/* `.x = 1, .y = 2` as `x: 1, y: 2`; NULL when it is something else. */
static const char *fields_text(struct parser *p, uint32_t at, uint32_t end)
{
	const char *text = p->lexer.text, *list = "";

	for (at = c_skip_blanks(text, at); at < end; at = c_skip_blanks(text, at)) {
		struct c_word name = c_read_word(text, at + 1), value;

		value.start = c_skip_blanks(text, name.start + name.len);
		if (text[at] != '.' || !name.len || text[value.start] != '=')
			return NULL;
		value.start = c_skip_blanks(text, value.start + 1);
		value.len = (uint32_t)strcspn(text + value.start, ",}");
		at = value.start + value.len + 1;
		while (value.len && text[value.start + value.len - 1] == ' ')
			value.len--;
		list = arena_printf(&p->comp->arena, "%s%s%s: %s", list, *list ? ", " : "",
				    c_word_text(p, name), c_word_text(p, value));
	}
	return *list ? list : NULL;
}

bool slip_c_initialiser(struct parser *p, uint32_t brace)
{
	const char *text = p->lexer.text, *fields;
	uint32_t end = brace + 1 + (uint32_t)strcspn(text + brace + 1, "}\n{(");
	struct span whole = parse_span(p, brace, end + 1), span = parse_span(p, brace, brace + 1);
	struct c_word type = declared_type(text, brace);

	if (text[end] != '}') {
		parse_error(p, span,
			    "an array's value is `[1, 2]`, a struct's `T { field: value }`");
		return true;
	}
	fields = fields_text(p, brace + 1, end);
	if (fields) {
		parse_error(p, span, "a struct's value is `%s { %s, .. }`",
			    type.len ? c_word_text(p, type) : "T", fields);
		diag_help(p->comp, "`..` makes zero what is not named");
		if (type.len)
			diag_edit(p->comp, whole, "%s { %s, .. }", c_word_text(p, type), fields);
		return true;
	}
	if (memchr(text + brace, '.', end - brace) || type.len) {
		parse_error(p, span, "a struct's value is `%s { field: value, .. }`",
			    type.len ? c_word_text(p, type) : "T");
		diag_help(p->comp, "without a value it is zero");
		return true;
	}
	parse_error(p, span, "an array's value is `[%.*s]`", (int)(end - brace - 1),
		    text + brace + 1);
	diag_edit(p->comp, whole, "[%.*s]", (int)(end - brace - 1), text + brace + 1);
	return true;
}
