/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/builtins.h"

#include <stdlib.h>
#include <string.h>

#define TARGETS_ALL	 (BUILTIN_ON_BPF | BUILTIN_ON_USER | BUILTIN_ON_MODULE)
#define TARGETS_BPF	 BUILTIN_ON_BPF
#define TARGETS_USER	 BUILTIN_ON_USER
#define TARGETS_BPF_USER (BUILTIN_ON_BPF | BUILTIN_ON_USER)
#define TARGETS_TEST	 BUILTIN_ON_TEST

const struct builtin builtins[BUILTIN_COUNT] = {
#define BUILTIN(id, name, receiver, targets, params, result, map_ops, helper, symbol, doc) \
	{BUILTIN_##id,                                                                     \
	 name,                                                                             \
	 RECEIVER_##receiver,                                                              \
	 TARGETS_##targets,                                                                \
	 params,                                                                           \
	 result,                                                                           \
	 map_ops,                                                                          \
	 helper,                                                                           \
	 symbol,                                                                           \
	 doc},
#include "kernel/builtin_list.h"
#undef BUILTIN
};

const struct builtin *builtin_find(enum builtin_receiver receiver, const char *name)
{
	for (int i = 0; i < BUILTIN_COUNT; i++) {
		if (builtins[i].receiver == receiver && !strcmp(builtins[i].name, name))
			return &builtins[i];
	}
	return NULL;
}

static bool ends_with(const char *word, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	return len >= end_len && !memcmp(word + len - end_len, end, end_len);
}

void builtin_arity(const struct builtin *builtin, uint32_t *min, uint32_t *max)
{
	const char *word = builtin->params;

	*min = *max = 0;
	while (*word) {
		size_t len = strcspn(word, " ");

		if (ends_with(word, len, "...")) {
			*max = UINT32_MAX;
			return;
		}
		++*max;
		if (!ends_with(word, len, "?"))
			++*min;
		word += len;
		word += strspn(word, " ");
	}
}

const char *builtin_param(const struct builtin *builtin, uint32_t index, uint32_t *len)
{
	const char *word = builtin->params;

	while (*word) {
		size_t word_len = strcspn(word, " ");
		bool repeats = ends_with(word, word_len, "...");

		if (!index || repeats) {
			if (repeats)
				word_len -= 3;
			else if (ends_with(word, word_len, "?"))
				word_len--;
			*len = (uint32_t)word_len;
			return word;
		}
		index--;
		word += word_len;
		word += strspn(word, " ");
	}
	return NULL;
}

const struct type *builtin_word_type(struct compilation *comp, const char *word, uint32_t len)
{
	const struct type_table *types = comp->types;
	const struct {
		const char *word;
		const struct type *type;
	} names[] = {
		{"u32", types->u32},	{"u64", types->u64},   {"i32", types->i32},
		{"i64", types->i64},	{"be32", types->be32}, {"bool", types->bool_},
		{"void", types->void_}, {"flags", types->u32}, {"handle", types->handle},
		{"perf", types->perf},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].word) == len && !memcmp(names[i].word, word, len))
			return names[i].type;
	}
	if (len > 4 && !memcmp(word, "str(", 4))
		return type_str(comp, (uint32_t)strtoul(word + 4, NULL, 10));
	if (*word == '*') {
		const struct type *type =
			kernel_find_struct(comp, intern(&comp->names, word + 1, len - 1));

		return type_ptr(comp, type ? type : types->void_, REGION_KERNEL);
	}
	return NULL;
}

const struct type *builtin_result(struct compilation *comp, const struct builtin *builtin)
{
	return builtin_word_type(comp, builtin->result, (uint32_t)strlen(builtin->result));
}

const char *builtin_signature(struct compilation *comp, const struct builtin *builtin)
{
	const char *text = arena_printf(&comp->arena, "%s(", builtin->name);
	const char *word = builtin->params;

	while (*word) {
		size_t len = strcspn(word, " ");

		text = arena_printf(&comp->arena, "%s%.*s", text, (int)len, word);
		word += len;
		word += strspn(word, " ");
		if (*word)
			text = arena_printf(&comp->arena, "%s, ", text);
	}
	if (!strcmp(builtin->result, "void"))
		return arena_printf(&comp->arena, "%s)", text);
	return arena_printf(&comp->arena, "%s) -> %s", text, builtin->result);
}
