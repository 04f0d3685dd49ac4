/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/helpers.h"

#include <stdlib.h>
#include <string.h>

#define IN(kind)    (1u << PROG_##kind)
#define ALL	    ((uint32_t)((1ull << PROG_KIND_COUNT) - 1))
#define BTF_TRACING (IN(PROBE) | IN(RETPROBE) | IN(RAW_TRACEPOINT) | IN(LSM) | IN(ITER))
#define TRACING \
	(BTF_TRACING | IN(TRACEPOINT) | IN(PERF_EVENT) | IN(UPROBE) | IN(URETPROBE) | IN(USDT))
#define TC_KINDS (IN(TC) | IN(NETKIT))
#define CGROUPS                                                                    \
	(IN(CGROUP_SKB) | IN(CGROUP_SOCK) | IN(CGROUP_ADDR) | IN(CGROUP_SOCKOPT) | \
	 IN(CGROUP_DEVICE) | IN(CGROUP_SYSCTL) | IN(SOCK_OPS))

/* The kinds by what older kernels let them call. */
#define V(major, minor) KERNEL_VERSION_OF(major, minor)
#define NETWORK_NO_TC                                                               \
	(IN(SOCKET_FILTER) | IN(XDP) | IN(CGROUP_SKB) | IN(SOCK_OPS) | IN(SK_SKB) | \
	 IN(SK_REUSEPORT) | IN(FLOW_DISSECTOR) | IN(SK_LOOKUP) | IN(NETFILTER))
#define NETWORK (NETWORK_NO_TC | TC_KINDS | IN(LWT))
#define CGROUPS_ONLY                                                                  \
	(IN(CGROUP_SOCK) | IN(CGROUP_ADDR) | IN(CGROUP_SOCKOPT) | IN(CGROUP_DEVICE) | \
	 IN(CGROUP_SYSCTL))
#define NOT_TRACING (NETWORK | CGROUPS_ONLY | IN(SK_MSG))

_Static_assert(PROG_KIND_COUNT <= 32, "the kinds of a helper are bits of 32");

static const struct helper helpers[] = {
#define HELPER(id, name, kinds, result, params) {id, "bpf_" #name, kinds, result, params},
#include "kernel/helper_list.h"
#undef HELPER
};

#define HELPER_COUNT (sizeof(helpers) / sizeof(helpers[0]))

const struct helper *helper_find(const char *name)
{
	if (strncmp(name, "bpf_", 4))
		return NULL;
	for (size_t i = 0; i < HELPER_COUNT; i++) {
		if (!strcmp(helpers[i].name, name))
			return &helpers[i];
	}
	return NULL;
}

const struct helper *helper_by_id(uint32_t id)
{
	return id && id <= HELPER_COUNT ? &helpers[id - 1] : NULL;
}

const struct helper *helper_list(uint32_t *count)
{
	*count = HELPER_COUNT;
	return helpers;
}

/* ---- prototypes ---- */

static const struct type *scalar_type(struct compilation *comp, const char *word, size_t len)
{
	const struct type_table *types = comp->types;
	const struct {
		const char *name;
		const struct type *type;
	} scalars[] = {
		{"u16", types->u16},   {"u32", types->u32},    {"u64", types->u64},
		{"i32", types->i32},   {"i64", types->i64},    {"be16", types->be16},
		{"be32", types->be32}, {"void", types->void_}, {"char", types->char_},
		{"u8", types->u8},
	};

	for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
		if (strlen(scalars[i].name) == len && !memcmp(scalars[i].name, word, len))
			return scalars[i].type;
	}
	return NULL;
}

/* The type of one word without its `:name`. */
static const struct type *word_type(struct compilation *comp, const char *word, size_t len,
				    bool is_result)
{
	const struct type_table *types = comp->types;
	const struct type *type;

	if (word[len - 1] == '?')
		len--;
	if (len == 6 && !memcmp(word, "record", 6))
		return type_ptr(comp, types->u8, REGION_RECORD);
	if (is_result && len == 5 && !memcmp(word, "value", 5))
		return type_ptr(comp, types->void_, REGION_ENTRY);
	if (*word != '*') {
		type = scalar_type(comp, word, len);
		/* map, key, value, ctx, fn: checked by kind, passed as an address */
		return type ? type : type_ptr(comp, types->void_, REGION_ANY);
	}
	type = scalar_type(comp, word + 1, len - 1);
	if (!type)
		type = kernel_find_struct(comp, intern(&comp->names, word + 1, len - 1));
	return type_ptr(comp, type ? type : types->void_, is_result ? REGION_KERNEL : REGION_ANY);
}

const struct type *helper_type(struct compilation *comp, const struct helper *helper)
{
	struct fn_param_vec params = {0};
	const char *word = helper->params;

	while (*word && strcmp(word, "...")) {
		size_t len = strcspn(word, ":");
		size_t name_len = strcspn(word + len + 1, " ");
		struct fn_param param = {0};

		param.type = word_type(comp, word, len, false);
		param.name = intern(&comp->names, word + len + 1, name_len);
		param.nullable = param.type->kind == TYPE_PTR;
		vec_push(&comp->arena, &params, param);
		word += len + 1 + name_len;
		word += strspn(word, " ");
	}
	return type_fn(comp, word_type(comp, helper->result, strlen(helper->result), true),
		       &params);
}

uint32_t helper_param_count(const struct helper *helper)
{
	uint32_t count = 0;

	for (const char *at = helper->params; (at = strchr(at, ':')); at++)
		count++;
	return count;
}

enum helper_param helper_param_kind(const struct helper *helper, uint32_t index)
{
	static const struct {
		const char *word;
		enum helper_param kind;
	} words[] = {
		{"map:", HELPER_PARAM_MAP},	{"key:", HELPER_PARAM_KEY},
		{"value:", HELPER_PARAM_VALUE}, {"ctx:", HELPER_PARAM_CONTEXT},
		{"fn:", HELPER_PARAM_CALLBACK}, {"*void:callback_ctx", HELPER_PARAM_STATE},
	};
	const char *at = helper->params;

	for (; index && (at = strchr(at, ' ')); index--)
		at++;
	for (size_t i = 0; at && i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strncmp(at, words[i].word, strlen(words[i].word)))
			return words[i].kind;
	}
	return HELPER_PARAM_PLAIN;
}

const char *helper_callback_params(const struct helper *helper)
{
	static const struct {
		const char *name, *params;
	} callbacks[] = {
		{"bpf_for_each_map_elem", "map key value state"},
		{"bpf_timer_set_callback", "map key value"},
		{"bpf_find_vma", "*task_struct *vm_area_struct state"},
		{"bpf_loop", "u32 state"},
		{"bpf_user_ringbuf_drain", "*bpf_dynptr state"},
	};

	for (size_t i = 0; i < sizeof(callbacks) / sizeof(callbacks[0]); i++) {
		if (!strcmp(callbacks[i].name, helper->name))
			return callbacks[i].params;
	}
	return NULL;
}

uint32_t helper_callback_state(const struct helper *helper)
{
	const char *at = helper_callback_params(helper);
	uint32_t index = 0;

	/* The state stands last; the map is not passed on. */
	for (; at && (at = strchr(at, ' ')); at++)
		index++;
	return strncmp(helper_callback_params(helper), "map ", 4) ? index : index - 1;
}

const struct type *helper_word_type(struct compilation *comp, const char *word, uint32_t len)
{
	return word_type(comp, word, len, true);
}

bool helper_is_variadic(const struct helper *helper)
{
	return strstr(helper->params, "...") != NULL;
}

bool helper_result_nullable(const struct helper *helper)
{
	return helper->result[strlen(helper->result) - 1] == '?';
}

bool helper_result_is_value(const struct helper *helper)
{
	return !strncmp(helper->result, "value", 5);
}

bool helper_allowed(const struct helper *helper, const struct prog_kind *kind)
{
	return helper->kinds >> kind->id & 1;
}

const struct kernel *helper_lacking(const struct compilation *comp, const struct helper *helper)
{
	char constant[96] = "BPF_FUNC_";

	strncat(constant, helper->name + 4, sizeof(constant) - strlen(constant) - 1);
	return kernels_lacking_constant(comp, "bpf_func_id", constant, 0);
}

const struct kernel *helper_kind_lacking(const struct compilation *comp,
					 const struct helper *helper, const struct prog_kind *kind)
{
	static const struct {
		uint32_t id, kinds, since;
	} later[] = {
#define LATER(id, kinds, since) {id, kinds, since},
#include "kernel/helper_late_list.h"
#undef LATER
	};

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (later[i].id == helper->id && later[i].kinds >> kind->id & 1)
			return kernels_older_than(comp, later[i].since);
	}
	return NULL;
}
