/* SPDX-License-Identifier: Apache-2.0 */
/* What the directives of programs say, for the levels that run them. */
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int32_t value;
} results[] = {
	{"XDP_ABORTED", 0},  {"XDP_DROP", 1},	    {"XDP_PASS", 2},	{"XDP_TX", 3},
	{"XDP_REDIRECT", 4}, {"TC_ACT_UNSPEC", -1}, {"TC_ACT_OK", 0},	{"TC_ACT_SHOT", 2},
	{"SK_DROP", 0},	     {"SK_PASS", 1},	    {"TC_ACT_PIPE", 3},
};

const char *action_option(struct test_case *tc, const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; (at = strstr(at, name)); at++) {
		if ((at == text || at[-1] == ' ') && at[len] == '=')
			return arena_strndup(&tc->arena, at + len + 1, strcspn(at + len + 1, " "));
	}
	return NULL;
}

int64_t action_result(const char *text)
{
	for (unsigned i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		if (!strcmp(results[i].name, text))
			return results[i].value;
	}
	return strtoll(text, NULL, 0);
}

void action_bytes(const char *text, unsigned char *out, size_t size)
{
	int64_t number;

	memset(out, 0, size);
	if (!strncmp(text, "hex:", 4)) {
		hex_parse(text + 4, out, size);
		return;
	}
	number = *text == '-' ? strtoll(text, NULL, 0) : (int64_t)strtoull(text, NULL, 0);
	if (number < 0)
		memset(out, 0xff, size);
	memcpy(out, &number, size < 8 ? size : 8);
}

void action_compare(struct test_case *tc, const struct action *action, const unsigned char *got,
		    const unsigned char *want, size_t size)
{
	if (!memcmp(got, want, size))
		return;
	fail(tc, action->line, "`%s` does not hold; the bytes are:", action->text);
	strbuf_puts(&tc->failures, "   ");
	for (size_t i = 0; i < size; i++)
		strbuf_printf(&tc->failures, " %02x", got[i]);
	strbuf_putc(&tc->failures, '\n');
}

bool action_map(struct test_case *tc, const struct action *action, struct map_text *text)
{
	if (sscanf(action->text, "%63[^[][%255[^]]] = %1023[^\n]", text->name, text->key,
		   text->want) == 3)
		return true;
	fail(tc, action->line, "not of the form NAME[KEY] = VALUE");
	return false;
}

bool action_global(struct test_case *tc, const struct action *action, struct map_text *text)
{
	if (sscanf(action->text, "%63s = %1023[^\n]", text->name, text->want) == 2)
		return true;
	fail(tc, action->line, "not of the form NAME = VALUE");
	return false;
}
