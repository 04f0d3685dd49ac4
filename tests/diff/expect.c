/* SPDX-License-Identifier: Apache-2.0 */
/* What the interpreter says that the kernel and user code must do. */
#include "trial.h"

#include "interp.h"
#include "kernel/map_kinds.h"

#include <inttypes.h>
#include <string.h>

#define STEPS_MAX 20000000

struct expect {
	struct interp *interp;
	const struct ir_module *module;
	struct strbuf *out;
	struct verdict *verdict;
	const struct ir_map *map; /* being shown */
	uint32_t shown;
};

static bool returned(struct expect *expect, uint32_t number, struct interp_result result)
{
	if (result.end == INTERP_RETURNED)
		return true;
	verdict_set(expect->verdict, OUTCOME_INTERP, number, "interpreted, it ends with %s",
		    result.why);
	return false;
}

static void globals_show(struct expect *expect, uint32_t number, uint32_t set)
{
	vec_foreach (global, &expect->module->globals) {
		const char *name = (*global)->name;

		if (number_of(name) != number || (*global)->role != IR_GLOBAL_SHARED ||
		    !((*global)->targets & 1u << TARGET_BPF))
			continue;
		strbuf_printf(expect->out, "%u %u global %s ", number, set, name);
		bytes_show(expect->out, interp_global(expect->interp, name), (*global)->type->size);
		strbuf_putc(expect->out, '\n');
	}
}

static void input_set(struct interp *interp, const char *name, uint64_t value)
{
	void *memory = interp_global(interp, name);

	if (memory)
		memcpy(memory, &value, sizeof(value));
}

static void run_once(struct expect *expect, const struct ir_func *func, uint32_t set)
{
	uint32_t number = number_of(func->name);
	uint8_t packet[PACKET_BYTES];
	struct interp_result result;

	packet_fill(packet, trial_inputs[set][0] ^ number);
	result = interp_run_packet(expect->interp, func, packet, PACKET_BYTES);
	if (!returned(expect, number, result))
		return;
	strbuf_printf(expect->out, "%u %u return %u\n%u %u packet ", number, set,
		      (uint32_t)result.value, number, set);
	bytes_show(expect->out, packet, PACKET_BYTES);
	strbuf_putc(expect->out, '\n');
	globals_show(expect, number, set);
}

static void entry_show(void *user, const void *key, const void *value)
{
	struct expect *expect = user;
	const struct ir_map *map = expect->map;

	strbuf_printf(expect->out, "%u 9 map %s ", number_of(map->name), map->name);
	if (key)
		bytes_show(expect->out, key, map->key->size);
	else
		strbuf_printf(expect->out, "%04u", expect->shown++);
	strbuf_putc(expect->out, ' ');
	bytes_show(expect->out, value, map->value->size);
	strbuf_putc(expect->out, '\n');
}

static void map_show(struct expect *expect, const struct ir_map *map)
{
	expect->map = map;
	expect->shown = 0;
	if (map->kind->id == MAP_BLOOM_FILTER)
		return;
	if (map->kind->id != MAP_RINGBUF) {
		interp_each(expect->interp, map, entry_show, expect);
		return;
	}
	for (uint32_t i = 0; i < interp_count(expect->interp, map->name); i++)
		entry_show(expect, NULL, interp_record(expect->interp, map->name, i));
}

static bool is_run(const struct ir_func *func)
{
	return func->target == TARGET_BPF && !strncmp(func->name, "run_", 4);
}

void expect_kernel(struct compilation *comp, const struct ir_module *module, struct strbuf *out,
		   struct verdict *verdict)
{
	struct expect expect = {interp_new(comp, module), module, out, verdict, NULL, 0};

	interp_set_steps(expect.interp, STEPS_MAX);
	for (uint32_t set = 0; set < TRIAL_SETS; set++) {
		input_set(expect.interp, "in_a", trial_inputs[set][0]);
		input_set(expect.interp, "in_b", trial_inputs[set][1]);
		vec_foreach (func, &module->funcs) {
			if (is_run(*func) && verdict->outcome == OUTCOME_SAME)
				run_once(&expect, *func, set);
		}
	}
	vec_foreach (map, &module->maps)
		map_show(&expect, *map);
	lines_sort(out);
	interp_free(expect.interp);
}

void expect_user(struct compilation *comp, const struct ir_module *module, struct strbuf *out,
		 struct verdict *verdict)
{
	struct expect expect = {interp_new(comp, module), module, out, verdict, NULL, 0};

	interp_set_steps(expect.interp, UINT64_C(10) * STEPS_MAX);
	if (module->main_fn)
		returned(&expect, UINT32_MAX, interp_run(expect.interp, module->main_fn, NULL, 0));
	strbuf_puts(out, interp_output(expect.interp));
	interp_free(expect.interp);
}
