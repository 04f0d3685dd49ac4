/* SPDX-License-Identifier: Apache-2.0 */
/* list: the tables of the language, and names from BTF. */
#include "base/compilation.h"
#include "driver/driver.h"
#include "kernel/builtins.h"
#include "kernel/helpers.h"
#include "types/type.h"

#include <string.h>

struct list {
	struct driver *driver;
	struct compilation *comp;
	const char *pattern; /* "" for everything */
	struct strbuf *out;
	uint32_t rows;
	struct ptr_map marked; /* interned names of kfuncs */
};

static bool wanted(const struct list *list, const char *name)
{
	return strstr(name, list->pattern) != NULL;
}

static void row(struct list *list, const char *name, const char *text)
{
	if (!wanted(list, name))
		return;
	strbuf_printf(list->out, "%-24s %s\n", name, text);
	list->rows++;
}

/* Attributes that are no program kind. */
static const struct {
	const char *name, *text;
} attributes[] = {
	{"@helper",
	 "on a function: bpf code that programs call; @helper(\"global\"): verified alone"},
	{"@kfunc", "on a function: kernel module code that bpf code calls"},
	{"@private", "on a function: kernel module code for the module's own functions"},
	{"@test", "on a function: a test, run by `ksc test`"},
	{"@flags", "on a map: creation flags, @flags(no_prealloc | rdonly_prog)"},
	{"@packed", "on a struct: no padding"},
	{"@align", "on a struct: alignment, @align(64)"},
};

static void list_attributes(struct list *list)
{
	for (int i = 0; i < PROG_KIND_COUNT; i++)
		row(list, arena_printf(&list->comp->arena, "@%s", prog_kinds[i].name),
		    prog_kinds[i].doc);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		row(list, attributes[i].name, attributes[i].text);
}

/* "@tc("ingress"|"egress")": what the attribute takes. */
static const char *kind_form(struct list *list, const struct prog_kind *kind)
{
	static const char *const forms[] = {
		[PROG_ARG_NONE] = NULL,		  [PROG_ARG_CHOICE] = NULL,
		[PROG_ARG_FUNCTION] = "function", [PROG_ARG_EVENT] = "category/event",
		[PROG_ARG_NAME] = "name",	  [PROG_ARG_PATH] = "path:symbol",
		[PROG_ARG_TYPE] = "type",
	};
	struct strbuf text = {0};
	const char *copy;

	strbuf_printf(&text, "@%s", kind->name);
	if (forms[kind->arg])
		strbuf_printf(&text, "(\"%s\")", forms[kind->arg]);
	for (uint32_t i = 0; i < kind->choice_count && kind->arg == PROG_ARG_CHOICE; i++)
		strbuf_printf(&text, "%s\"%s\"", i ? "|" : "(", kind->choices[i].name);
	if (kind->choice_count && kind->arg == PROG_ARG_CHOICE)
		strbuf_putc(&text, ')');
	copy = arena_strdup(&list->comp->arena, strbuf_text(&text));
	strbuf_free(&text);
	return copy;
}

static void list_kinds(struct list *list)
{
	for (int i = 0; i < PROG_KIND_COUNT; i++) {
		const struct prog_kind *kind = &prog_kinds[i];

		if (!wanted(list, kind->name))
			continue;
		list->rows++;
		strbuf_printf(list->out, "%s\n    %s; ", kind_form(list, kind), kind->doc);
		if (kind->context)
			strbuf_printf(list->out, "context *%s; ", kind->context);
		if (kind->result_ignored)
			strbuf_puts(list->out, "result ignored; ");
		else if (kind->result_enum)
			strbuf_printf(list->out, "result %s; ", kind->result_enum);
		else
			strbuf_printf(list->out, "result %lld..%lld; ", (long long)kind->low,
				      (long long)kind->high);
		strbuf_printf(list->out, "since Linux %s\n",
			      kernel_version_text(list->comp, kind->since));
	}
}

static void list_maps(struct list *list)
{
	for (int i = 0; i < MAP_KIND_COUNT; i++)
		row(list, map_kinds[i].name,
		    arena_printf(&list->comp->arena, "%s; since Linux %s", map_kinds[i].doc,
				 kernel_version_text(list->comp, map_kinds[i].since)));
}

static void list_builtins(struct list *list)
{
	static const struct {
		unsigned bit;
		const char *name;
	} targets[] = {
		{BUILTIN_ON_BPF, "bpf"},
		{BUILTIN_ON_USER, "user"},
		{BUILTIN_ON_MODULE, "module"},
		{BUILTIN_ON_TEST, "@test"},
	};
	static const char *const receivers[] = {
		[RECEIVER_NONE] = "",	     [RECEIVER_MAP] = "map.",	  [RECEIVER_STR] = "str.",
		[RECEIVER_CONTEXT] = "ctx.", [RECEIVER_TIMER] = "timer.",
	};

	for (int i = 0; i < BUILTIN_COUNT; i++) {
		const struct builtin *builtin = &builtins[i];
		const char *comma = "";

		if (!wanted(list, builtin->name))
			continue;
		list->rows++;
		strbuf_printf(list->out, "%s%s  [", receivers[builtin->receiver],
			      builtin_signature(list->comp, builtin));
		for (size_t t = 0; t < sizeof(targets) / sizeof(targets[0]); t++) {
			if (!(builtin->targets & targets[t].bit))
				continue;
			strbuf_printf(list->out, "%s%s", comma, targets[t].name);
			comma = ", ";
		}
		strbuf_printf(list->out, "]\n    %s\n", builtin->doc);
	}
}

static void list_helpers(struct list *list)
{
	uint32_t count;
	const struct helper *helpers = helper_list(&count);

	for (uint32_t i = 0; i < count; i++)
		row(list, helpers[i].name,
		    arena_printf(&list->comp->arena, "(%s) -> %s", helpers[i].params,
				 helpers[i].result));
}

static void list_errors(struct list *list)
{
	static const char *const severities[] = {
		[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"};

	for (int i = 0; i < DIAG_COUNT; i++)
		row(list, diag_slugs[i].slug,
		    arena_printf(&list->comp->arena, "%-8s %s", severities[diag_slugs[i].severity],
				 diag_slugs[i].text));
}

/* ---- from BTF ---- */

static void list_names(struct list *list, uint32_t kinds, const char *part,
		       bool (*keep)(struct list *, const char *))
{
	struct str_vec names = {0};

	kernel_list_names(list->comp, kinds, part, UINT32_MAX, &names);
	for (uint32_t i = 0; i < names.len; i++) {
		if (keep && !keep(list, names.data[i]))
			continue;
		strbuf_printf(list->out, "%s\n", names.data[i]);
		list->rows++;
	}
}

static void list_types(struct list *list)
{
	list_names(list, BTF_MASK_STRUCTS | BTF_MASK_ENUMS | BTF_MASK(TYPEDEF), list->pattern,
		   NULL);
}

static void list_functions(struct list *list)
{
	list_names(list, BTF_MASK(FUNC), list->pattern, NULL);
}

/* Adds the functions that a kernel marks as callable from BPF (since 6.10). */
static void add_marked(struct list *list, const struct btf_image *image)
{
	for (uint32_t id = 1; id < image->count; id++) {
		const struct btf_type *tag = btf_image_type(image, id), *function;

		if (btf_image_kind(tag) != BTF_KIND_DECL_TAG ||
		    strcmp(btf_image_string(image, tag->name_off), "bpf_kfunc"))
			continue;
		function = btf_image_type(image, tag->type);
		if (function && btf_image_kind(function) == BTF_KIND_FUNC)
			ptr_map_set(&list->marked,
				    intern_str(&list->comp->names,
					       btf_image_string(image, function->name_off)),
				    list);
	}
}

static bool is_marked(struct list *list, const char *name)
{
	return ptr_map_get(&list->marked, intern_str(&list->comp->names, name)) != NULL;
}

static void list_kfuncs(struct list *list)
{
	const struct kernel_vec *kernels = &list->comp->kernels->kernels;

	ptr_map_init(&list->marked, &list->comp->arena);
	for (uint32_t i = 0; i < kernels->len; i++)
		if (kernels->data[i]->has_btf)
			add_marked(list, &kernels->data[i]->btf);
	if (!list->marked.count)
		driver_note(list->driver, "this BTF does not mark kfuncs (kernels do since 6.10); "
					  "`ksc list functions` shows all functions");
	list_names(list, BTF_MASK(FUNC), list->pattern, is_marked);
}

/*
 * BTF has a typedef btf_trace_NAME for each tracepoint; the category is not in it, so it is what
 * @raw_tracepoint takes.
 */
static void list_tracepoints(struct list *list)
{
	static const char prefix[] = "btf_trace_";
	struct str_vec names = {0};

	kernel_list_names(list->comp, BTF_MASK(TYPEDEF), prefix, UINT32_MAX, &names);
	for (uint32_t i = 0; i < names.len; i++) {
		const char *name = names.data[i];

		if (strncmp(name, prefix, sizeof(prefix) - 1) ||
		    !wanted(list, name + sizeof(prefix) - 1))
			continue;
		strbuf_printf(list->out, "%s\n", name + sizeof(prefix) - 1);
		list->rows++;
	}
}

/* ---- the command ---- */

static const struct {
	const char *name;
	void (*print)(struct list *list);
	bool needs_btf;
} lists[] = {
	{"attributes", list_attributes, false},
	{"kinds", list_kinds, false},
	{"maps", list_maps, false},
	{"builtins", list_builtins, false},
	{"helpers", list_helpers, false},
	{"errors", list_errors, false},
	{"types", list_types, true},
	{"functions", list_functions, true},
	{"kfuncs", list_kfuncs, true},
	{"tracepoints", list_tracepoints, true},
};
#define LIST_COUNT (sizeof(lists) / sizeof(lists[0]))

static enum exit_status unknown_list(struct driver *driver, const char *name)
{
	const char *names[LIST_COUNT], *near;
	struct strbuf text = {0};

	for (size_t i = 0; i < LIST_COUNT; i++) {
		names[i] = lists[i].name;
		strbuf_printf(&text, "%s%s", i ? ", " : "", names[i]);
	}
	near = diag_nearest(name, names, LIST_COUNT);
	if (near)
		driver_error(driver, "there is no list `%s`; did you mean `%s`?", name, near);
	else
		driver_error(driver, "there is no list `%s`; there are %s", name,
			     strbuf_text(&text));
	strbuf_free(&text);
	return EXIT_USAGE;
}

static bool has_btf(const struct driver *driver)
{
	for (uint32_t i = 0; i < driver->kernels.len; i++)
		if (driver->kernels.data[i]->has_btf)
			return true;
	return false;
}

static enum exit_status print_list(struct driver *driver, size_t index, const char *pattern)
{
	struct compilation comp;
	struct strbuf text = {0};
	struct list list = {driver, &comp, pattern, &text, 0, {0}};
	bool ok = true;

	compilation_init(&comp);
	types_init(&comp);
	kernels_init(&comp);
	targets_add(driver, &comp);
	lists[index].print(&list);
	if (list.rows)
		ok = driver_print(driver, &text);
	else
		driver_note(driver, "no %s with `%s` in the name", lists[index].name, pattern);
	strbuf_free(&text);
	compilation_free(&comp);
	return ok ? EXIT_DONE : EXIT_ENVIRONMENT;
}

enum exit_status cmd_list(struct driver *driver)
{
	const struct str_vec *operands = &driver->options.operands;
	const char *pattern = operands->len > 1 ? operands->data[1] : "";
	size_t index = 0;

	while (index < LIST_COUNT && strcmp(lists[index].name, operands->data[0]))
		index++;
	if (index == LIST_COUNT)
		return unknown_list(driver, operands->data[0]);
	if (lists[index].needs_btf) {
		if (!targets_open(driver))
			return EXIT_ENVIRONMENT;
		if (!has_btf(driver)) {
			driver_error(driver, "%s are read from a kernel's BTF, and there is none",
				     lists[index].name);
			return EXIT_ENVIRONMENT;
		}
	}
	return print_list(driver, index, pattern);
}
