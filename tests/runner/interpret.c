/* SPDX-License-Identifier: Apache-2.0 */
#include "runner.h"

#include "interp.h"

#include <stdlib.h>
#include <string.h>

#define PACKET_BYTES 4096
/* Longer runs are left to the kernel, which is faster. */
#define STEPS_MAX 1000000

struct interpretation {
	struct test_case *tc;
	const struct ir_module *module;
	struct interp *interp;
	bool is_over; /* an operation that only a kernel can do */
};

static void compare_packet(struct test_case *tc, const struct action *action,
			   const unsigned char *got, size_t len)
{
	const char *want = action_option(tc, action->text, "out");
	unsigned char bytes[PACKET_BYTES];

	if (want && packet_make(want, bytes, sizeof(bytes)) == len)
		action_compare(tc, action, got, bytes, len);
}

static void run_once(struct interpretation *in, const struct action *action,
		     const struct ir_func *func)
{
	const char *packet = action_option(in->tc, action->text, "packet");
	const char *want = action_option(in->tc, action->text, "return");
	unsigned char bytes[PACKET_BYTES];
	struct interp_result result;
	size_t len = 0;

	if (packet) {
		len = packet_make(packet, bytes, sizeof(bytes));
		result = interp_run_packet(in->interp, func, bytes, (uint32_t)len);
	} else {
		result = interp_run(in->interp, func, NULL, 0);
	}
	if (result.end == INTERP_UNSUPPORTED || result.end == INTERP_STEPS) {
		in->is_over = true;
		return;
	}
	if (result.end != INTERP_RETURNED)
		fail(in->tc, action->line, "interpreted, `%s` ends badly: %s", func->name,
		     result.why);
	else if (want && (int32_t)result.value != (int32_t)action_result(want))
		fail(in->tc, action->line, "interpreted, `%s` returns %d, not %s", func->name,
		     (int32_t)result.value, want);
	if (packet)
		compare_packet(in->tc, action, bytes, len);
}

static void do_run(struct interpretation *in, const struct action *action)
{
	struct test_case *tc = in->tc;
	const char *name = arena_strndup(&tc->arena, action->text, strcspn(action->text, " "));
	const char *repeat = action_option(tc, action->text, "repeat");
	const struct ir_func *func = interp_find(in->interp, TARGET_BPF, name);
	uint32_t rounds = repeat ? (uint32_t)strtoul(repeat, NULL, 0) : 1;

	/* The context of other kinds than packets comes from the kernel. */
	if (!func || (!action_option(tc, action->text, "packet") && func->context)) {
		in->is_over = true;
		return;
	}
	for (uint32_t i = 0; i < rounds && !in->is_over && !tc->failures.len; i++)
		run_once(in, action, func);
}

static void do_map(struct interpretation *in, const struct action *action)
{
	unsigned char key[512], want[1024];
	struct map_text text;
	const void *got;

	if (!action_map(in->tc, action, &text))
		return;
	vec_foreach (map, &in->module->maps) {
		if (strcmp((*map)->name, text.name) || !(*map)->key || !(*map)->value ||
		    (*map)->key->size > sizeof(key) || (*map)->value->size > sizeof(want))
			continue;
		action_bytes(text.key, key, (*map)->key->size);
		got = interp_entry(in->interp, text.name, key);
		if (!got != !strcmp(text.want, "absent")) {
			fail(in->tc, action->line, "interpreted, `%s` does not hold", action->text);
		} else if (got) {
			action_bytes(text.want, want, (*map)->value->size);
			action_compare(in->tc, action, got, want, (*map)->value->size);
		}
	}
}

static void do_global(struct interpretation *in, const struct action *action)
{
	unsigned char want[1024];
	struct map_text text;

	if (!action_global(in->tc, action, &text))
		return;
	vec_foreach (global, &in->module->globals) {
		if (strcmp((*global)->name, text.name) || (*global)->type->size > sizeof(want))
			continue;
		action_bytes(text.want, want, (*global)->type->size);
		action_compare(in->tc, action, interp_global(in->interp, text.name), want,
			       (*global)->type->size);
	}
}

void case_interpret(struct test_case *tc, struct compiled *compiled)
{
	struct interpretation in = {.tc = tc, .module = compiled->module};

	if (!tc->actions.len || tc->expects_errors || !compiled->module)
		return;
	in.interp = interp_new(&compiled->comp, compiled->module);
	interp_set_steps(in.interp, STEPS_MAX);
	vec_foreach (action, &tc->actions) {
		if (in.is_over || tc->failures.len)
			break;
		if (action->kind == ACTION_RUN)
			do_run(&in, action);
		else if (action->kind == ACTION_MAP)
			do_map(&in, action);
		else if (action->kind == ACTION_GLOBAL)
			do_global(&in, action);
	}
	interp_free(in.interp);
}
