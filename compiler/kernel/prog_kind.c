/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the table of program kinds. */
#include "kernel/prog_kinds.h"

#include <stdlib.h>
#include <string.h>

const struct prog_kind *prog_kind_find(const char *attribute)
{
	for (int i = 0; i < PROG_KIND_COUNT; i++) {
		if (!strcmp(prog_kinds[i].name, attribute))
			return &prog_kinds[i];
	}
	return NULL;
}

const struct prog_choice *prog_kind_choice(const struct prog_kind *kind, const char *arg)
{
	if (!arg)
		return kind->arg_optional && kind->choice_count ? &kind->choices[0] : NULL;
	for (uint32_t i = 0; i < kind->choice_count; i++) {
		if (!strcmp(kind->choices[i].name, arg))
			return &kind->choices[i];
	}
	return NULL;
}

void prog_kind_range(const struct prog_kind *kind, const struct prog_choice *choice, int64_t *low,
		     int64_t *high)
{
	bool own = choice && choice->has_range;

	*low = own ? choice->low : kind->low;
	*high = own ? choice->high : kind->high;
}

static int64_t into_range(const struct prog_kind *kind, const struct prog_choice *choice,
			  int64_t verdict)
{
	int64_t low, high;

	prog_kind_range(kind, choice, &low, &high);
	if (verdict < low)
		return low;
	return verdict > high ? high : verdict;
}

int64_t prog_kind_neutral(const struct prog_kind *kind, const struct prog_choice *choice)
{
	return into_range(kind, choice, kind->neutral);
}

int64_t prog_kind_abort(const struct prog_kind *kind, const struct prog_choice *choice)
{
	return into_range(kind, choice, kind->abort);
}

const char *prog_kind_context(const struct prog_kind *kind, const struct prog_choice *choice)
{
	return choice && choice->context ? choice->context : kind->context;
}

struct kernel_constant prog_kind_prog_type(const struct prog_kind *kind,
					   const struct prog_choice *choice)
{
	return choice && choice->prog_type.name ? choice->prog_type : kind->prog_type;
}

struct kernel_constant prog_kind_attach_type(const struct prog_kind *kind,
					     const struct prog_choice *choice)
{
	return choice && choice->attach_type.name ? choice->attach_type : kind->attach_type;
}

/* "lsm/%s" and "file_open" to "lsm/file_open"; without an argument the part before the slash. */
static const char *section_fill(struct compilation *comp, const char *pattern, const char *arg,
				bool sleepable)
{
	const char *slash = strstr(pattern, "/%s");
	const char *mark = sleepable ? ".s" : "";

	if (!slash)
		return pattern;
	if (!arg)
		return arena_printf(&comp->arena, "%.*s%s", (int)(slash - pattern), pattern, mark);
	return arena_printf(&comp->arena, "%.*s%s/%s", (int)(slash - pattern), pattern, mark, arg);
}

const char *prog_kind_section(struct compilation *comp, const struct prog_kind *kind,
			      const char *arg, bool sleepable)
{
	const struct prog_choice *choice = prog_kind_choice(kind, arg);
	struct prog_probe probe;

	if (choice)
		return choice->section;
	if (kind->arg != PROG_ARG_FUNCTION || !arg)
		return section_fill(comp, kind->section, arg, sleepable);
	if (prog_probe_resolve(comp, arg, &probe)) {
		if (probe.is_fentry)
			return section_fill(comp, kind->section, probe.function, sleepable);
		arg = probe.function;
		if (probe.has_offset)
			arg = arena_printf(&comp->arena, "%s+%u", arg, probe.offset);
	}
	return section_fill(comp, kind->section_fallback, arg, false);
}

bool prog_kind_can_write(const struct prog_kind *kind, const char *field)
{
	/* The argument of a system call program is a copy that goes back to the caller. */
	if (kind->params == PROG_PARAMS_ANY)
		return true;
	for (const char *const *name = kind->writable; name && *name; name++) {
		if (!strcmp(*name, field))
			return true;
	}
	return false;
}

const struct type *prog_kind_result(struct compilation *comp, const struct prog_kind *kind)
{
	const struct type *type = NULL;

	if (kind->result_enum)
		type = kernel_find_type(comp, intern_str(&comp->names, kind->result_enum));
	if (type && type->kind == TYPE_ENUM)
		return type;
	return kind->result_unsigned || kind->result_enum ? comp->types->u32 : comp->types->i32;
}

const struct kernel *prog_kind_lacking(const struct compilation *comp, const struct prog_kind *kind,
				       const struct prog_choice *choice)
{
	uint32_t since = choice && choice->since ? choice->since : kind->since;
	struct kernel_constant prog_type = prog_kind_prog_type(kind, choice);
	struct kernel_constant attach_type = prog_kind_attach_type(kind, choice);
	const struct kernel *kernel;

	/* @probe falls back from fentry to kprobe, which every supported kernel has. */
	if (kind->section_fallback)
		return NULL;
	kernel = kernels_lacking_constant(comp, "bpf_prog_type", prog_type.name, since);
	if (!kernel && attach_type.name)
		kernel = kernels_lacking_constant(comp, "bpf_attach_type", attach_type.name, since);
	return kernel;
}

/* ---- probes ---- */

/* "name+0x1f" into its parts. */
static bool probe_split(struct compilation *comp, const char *arg, struct prog_probe *probe)
{
	const char *plus = strchr(arg, '+');
	size_t len = plus ? (size_t)(plus - arg) : strlen(arg);
	unsigned long offset;
	char *end;

	for (size_t i = 0; i < len; i++) {
		char c = arg[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		/* Compilers append parts such as .isra.0 to names. */
		if (!letter && !(i && ((c >= '0' && c <= '9') || c == '.')))
			return false;
	}
	if (!len)
		return false;
	probe->function = arena_strndup(&comp->arena, arg, len);
	if (!plus)
		return true;
	if (plus[1] < '0' || plus[1] > '9')
		return false;
	offset = strtoul(plus + 1, &end, 0);
	if (*end || offset > UINT32_MAX)
		return false;
	probe->has_offset = offset != 0;
	probe->offset = (uint32_t)offset;
	return true;
}

bool prog_probe_resolve(struct compilation *comp, const char *arg, struct prog_probe *probe)
{
	const char *entry;

	memset(probe, 0, sizeof(*probe));
	if (!probe_split(comp, arg, probe))
		return false;
	probe->type = kernel_find_function(comp, probe->function);
	if (!probe->type && !strncmp(probe->function, "sys_", 4)) {
		const struct type *type = kernel_find_syscall(comp, probe->function + 4, &entry);

		if (type) {
			probe->is_syscall = true;
			probe->type = type;
			probe->function = entry;
		}
	}
	probe->is_fentry = !probe->has_offset && comp->kernels && comp->kernels->kernels.len &&
			   !kernels_older_than(comp, KERNEL_VERSION_OF(5, 5)) &&
			   kernel_find_function(comp, probe->function) &&
			   !kernels_lacking_function(comp, probe->function) &&
			   !kernels_lacking_constant(comp, "bpf_attach_type", "BPF_TRACE_FENTRY",
						     KERNEL_VERSION_OF(5, 5));
	return true;
}
