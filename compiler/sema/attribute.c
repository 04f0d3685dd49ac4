/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes: which there are, where they may stand, what they take. */
#include "sema/decl.h"

#include <string.h>

#define ON(kind) (1u << DECL_##kind)

enum attribute_args {
	ARGS_NONE,
	ARGS_GLOBAL, /* nothing, or "global" */
	ARGS_HOOK,   /* nothing, "init" or "exit" */
	ARGS_KFUNC,  /* nothing, or flags in one string or several */
	ARGS_ONE,    /* one constant; its meaning is checked where it is used */
	ARGS_FLAGS,  /* map flags */
	ARGS_KIND,   /* a program kind's */
};

struct attribute_info {
	const char *name;
	unsigned places; /* set of 1 << enum decl_kind */
	enum attribute_args args;
	enum fn_role role;
	const char *form; /* as it is written */
};

static const struct attribute_info infos[] = {
	{"helper", ON(FN), ARGS_GLOBAL, FN_HELPER, "@helper or @helper(\"global\")"},
	{"kfunc", ON(FN), ARGS_KFUNC, FN_KFUNC, "@kfunc or @kfunc(\"acquire, ret_null\")"},
	{"private", ON(FN), ARGS_HOOK, FN_PRIVATE,
	 "@private, @private(\"init\") or @private(\"exit\")"},
	{"test", ON(FN), ARGS_NONE, FN_TEST, "@test"},
	{"packed", ON(STRUCT), ARGS_NONE, FN_PLAIN, "@packed"},
	{"align", ON(STRUCT), ARGS_ONE, FN_PLAIN, "@align(8)"},
	{"flags", ON(MAP), ARGS_FLAGS, FN_PLAIN, "@flags(no_prealloc | rdonly_prog)"},
};

#define INFO_COUNT (sizeof(infos) / sizeof(infos[0]))

static const char *const kfunc_flag_names[] = {
#define X(name, text) [KFUNC_BIT_##name] = text,
	KFUNC_FLAGS(X)
#undef X
};

#define KFUNC_FLAG_COUNT (sizeof(kfunc_flag_names) / sizeof(kfunc_flag_names[0]))

struct attribute *attribute_find(struct decl *decl, const char *name)
{
	vec_foreach (attribute, &decl->attributes) {
		if (!strcmp(attribute->name.text, name))
			return attribute;
	}
	return NULL;
}

const char *attribute_string(const struct expr *arg)
{
	/* A NUL inside would cut names silently. */
	if (arg->kind != EXPR_STRING || strlen(arg->string.text) != arg->string.len)
		return NULL;
	return arg->string.text;
}

static bool report(struct sema *sema, struct span span, const char *text, const char *name)
{
	diag_report(sema->comp, DIAG_ATTRIBUTE, span, "%s `@%s`", text, name);
	return false;
}

/* ---- unknown and misplaced ones ---- */

static const struct attribute_info *find_info(const char *name)
{
	for (size_t i = 0; i < INFO_COUNT; i++) {
		if (!strcmp(infos[i].name, name))
			return &infos[i];
	}
	return NULL;
}

static void report_unknown(struct sema *sema, const struct ast_name *name)
{
	const char *names[INFO_COUNT + PROG_KIND_COUNT], *near;

	for (size_t i = 0; i < INFO_COUNT; i++)
		names[i] = infos[i].name;
	for (size_t i = 0; i < PROG_KIND_COUNT; i++)
		names[INFO_COUNT + i] = prog_kinds[i].name;
	report(sema, name->span, "there is no attribute", name->text);
	near = diag_nearest(name->text, names, INFO_COUNT + PROG_KIND_COUNT);
	/* Names that kernel programmers know from elsewhere. */
	if (!strcmp(name->text, "kprobe") || !strcmp(name->text, "fentry"))
		near = "probe";
	else if (!strcmp(name->text, "kretprobe") || !strcmp(name->text, "fexit"))
		near = "retprobe";
	if (near)
		diag_help(sema->comp, "did you mean `@%s`?", near);
	else
		diag_help(sema->comp, "`ksc list attributes` shows them all");
}

static const char *place_text(unsigned places)
{
	static const struct {
		unsigned places;
		const char *text;
	} texts[] = {{ON(FN), "a function"},
		     {ON(STRUCT), "a struct or union"},
		     {ON(MAP), "a map"},
		     {ON(IMPL), "an `impl`"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].places == places)
			return texts[i].text;
	}
	return "something else";
}

static bool check_place(struct sema *sema, const struct decl *decl,
			const struct attribute *attribute, unsigned places)
{
	if (places >> decl->kind & 1)
		return true;
	diag_report(sema->comp, DIAG_ATTRIBUTE, attribute->span, "`@%s` stands before %s, not %s",
		    attribute->name.text, place_text(places), decl_kind_text(decl));
	return false;
}

/* ---- arguments of the plain attributes ---- */

/* nullable(name), string(name): of a parameter. */
static void kfunc_param_flag(struct sema *sema, struct decl *fn, const struct expr *arg,
			     const char *text)
{
	size_t len = strcspn(text, "("), end = strlen(text) - 1;
	bool is_text = len == strlen("string") && !strncmp(text, "string", len);
	const char *name;

	if ((!is_text && (len != strlen("nullable") || strncmp(text, "nullable", len) != 0)) ||
	    text[end] != ')') {
		diag_report(sema->comp, DIAG_ATTRIBUTE, arg->span,
			    "`@kfunc` knows `nullable(parameter)` and `string(parameter)`, not "
			    "`%s`",
			    text);
		return;
	}
	name = arena_strndup(&sema->comp->arena, text + len + 1, end - len - 1);
	vec_foreach (param, &fn->fn.params) {
		if (!param->name.text || strcmp(param->name.text, name) != 0)
			continue;
		param->is_text |= is_text;
		param->is_nullable |= !is_text;
		return;
	}
	diag_report(sema->comp, DIAG_ATTRIBUTE, arg->span, "`%s` has no parameter `%s`",
		    fn->name.text, name);
}

static void kfunc_flag(struct sema *sema, struct decl *fn, const struct expr *arg, const char *word,
		       size_t len)
{
	const char *text = arena_strndup(&sema->comp->arena, word, len), *near;

	if (memchr(word, '(', len)) {
		kfunc_param_flag(sema, fn, arg, text);
		return;
	}
	for (size_t i = 0; i < KFUNC_FLAG_COUNT; i++) {
		if (!strcmp(kfunc_flag_names[i], text)) {
			fn->fn.kfunc_flags |= 1u << i;
			return;
		}
	}
	diag_report(sema->comp, DIAG_ATTRIBUTE, arg->span, "`@kfunc` has no flag `%s`", text);
	near = diag_nearest(text, kfunc_flag_names, KFUNC_FLAG_COUNT);
	if (near)
		diag_help(sema->comp, "did you mean `%s`?", near);
	else
		diag_help(sema->comp, "the flags are acquire, release, ret_null, sleepable, "
				      "destructive, trusted_args, rcu, nullable(parameter), "
				      "string(parameter)");
}

static void kfunc_args(struct sema *sema, struct decl *fn, const struct attribute *attribute)
{
	vec_foreach (arg, &attribute->args) {
		const char *text = attribute_string(*arg);

		if (!text) {
			report(sema, (*arg)->span, "flags stand in a string after", "kfunc");
			continue;
		}
		while (*(text += strspn(text, ", "))) {
			kfunc_flag(sema, fn, *arg, text, strcspn(text, ", "));
			text += strcspn(text, ", ");
		}
	}
	if (fn->fn.kfunc_flags & KFUNC_SLEEPABLE)
		fn->fn.sleepable = true;
}

static enum module_hook hook_of(const struct attribute *attribute)
{
	const char *text =
		attribute->args.len == 1 ? attribute_string(attribute->args.data[0]) : NULL;

	if (text && !strcmp(text, "init"))
		return MODULE_HOOK_INIT;
	return text && !strcmp(text, "exit") ? MODULE_HOOK_EXIT : MODULE_HOOK_NONE;
}

static bool args_fit(const struct attribute *attribute, enum attribute_args args)
{
	const char *text;

	switch (args) {
	case ARGS_NONE:
		return !attribute->args.len;
	case ARGS_GLOBAL:
		if (!attribute->args.len)
			return true;
		text = attribute_string(attribute->args.data[0]);
		return attribute->args.len == 1 && text && !strcmp(text, "global");
	case ARGS_HOOK:
		return !attribute->args.len || hook_of(attribute) != MODULE_HOOK_NONE;
	case ARGS_ONE:
		return attribute->args.len == 1;
	case ARGS_FLAGS:
		return attribute->args.len > 0;
	case ARGS_KFUNC:
	case ARGS_KIND:
		break;
	}
	return true;
}

static void set_role(struct sema *sema, struct decl *fn, const struct attribute *attribute,
		     enum fn_role role)
{
	if (fn->fn.role == FN_PLAIN) {
		fn->fn.role = role;
		return;
	}
	diag_report(sema->comp, DIAG_ATTRIBUTE, attribute->span,
		    "`%s` cannot be `@%s` too: a function belongs to one target and kind",
		    fn->name.text, attribute->name.text);
	vec_foreach (first, &fn->attributes) {
		if (first != attribute) {
			diag_note(sema->comp, first->span, "it is `@%s` already", first->name.text);
			break;
		}
	}
}

static void check_plain(struct sema *sema, struct decl *decl, const struct attribute *attribute,
			const struct attribute_info *info)
{
	if (!check_place(sema, decl, attribute, info->places))
		return;
	if (!args_fit(attribute, info->args)) {
		diag_report(sema->comp, DIAG_ATTRIBUTE, attribute->span, "it is written `%s`",
			    info->form);
		return;
	}
	if (info->role == FN_PLAIN)
		return;
	set_role(sema, decl, attribute, info->role);
	decl->fn.is_global |= info->args == ARGS_GLOBAL && attribute->args.len;
	if (info->args == ARGS_HOOK)
		decl->fn.hook = hook_of(attribute);
	if (info->args == ARGS_KFUNC)
		kfunc_args(sema, decl, attribute);
}

/* ---- program kinds ---- */

/* An argument as it could be, for messages. */
static const char *arg_example(struct sema *sema, const struct prog_kind *kind)
{
	const char *text = "";

	switch (kind->arg) {
	case PROG_ARG_NONE:
		return "";
	case PROG_ARG_CHOICE:
		for (uint32_t i = 0; i < kind->choice_count; i++)
			text = arena_printf(&sema->comp->arena, "%s%s\"%s\"", text,
					    !i				  ? ""
					    : i + 1 == kind->choice_count ? " or "
									  : ", ",
					    kind->choices[i].name);
		return text;
	case PROG_ARG_FUNCTION:
		return "a kernel function such as \"vfs_read\"";
	case PROG_ARG_EVENT:
		return "an event such as \"sched/sched_switch\"";
	case PROG_ARG_NAME:
		if (kind->id == PROG_LSM)
			return "a hook such as \"file_open\"";
		return kind->id == PROG_ITER ? "what to walk, such as \"task\""
					     : "an event such as \"sched_switch\"";
	case PROG_ARG_PATH:
		return kind->id == PROG_USDT ? "\"path:provider:name\"" : "\"path:function\"";
	case PROG_ARG_TYPE:
		return "a struct of the kernel such as \"tcp_congestion_ops\"";
	}
	return "";
}

static bool report_arg(struct sema *sema, struct span span, const struct prog_kind *kind,
		       const char *found)
{
	diag_report(sema->comp, DIAG_ATTRIBUTE, span, "`@%s` takes %s%s%s", kind->name,
		    arg_example(sema, kind), found ? ", not " : "", found ? found : "");
	return false;
}

static bool check_choice(struct sema *sema, struct decl *decl, const struct prog_kind *kind,
			 const struct expr *arg, const char *text)
{
	const char *names[32], *near;

	decl->fn.choice = prog_kind_choice(kind, text);
	if (decl->fn.choice)
		return true;
	report_arg(sema, arg->span, kind, arena_printf(&sema->comp->arena, "\"%.40s\"", text));
	for (uint32_t i = 0; i < kind->choice_count && i < 32; i++)
		names[i] = kind->choices[i].name;
	near = diag_nearest(text, names, kind->choice_count < 32 ? kind->choice_count : 32);
	if (near)
		diag_help(sema->comp, "did you mean \"%s\"?", near);
	return false;
}

/* Only the form; whether the kernel has it is decl_program.c's business. */
static bool arg_has_form(struct sema *sema, const struct prog_kind *kind, const char *text)
{
	const char *slash = strchr(text, '/');
	struct prog_probe probe;

	switch (kind->arg) {
	case PROG_ARG_NONE:
	case PROG_ARG_CHOICE:
		return true;
	case PROG_ARG_FUNCTION:
		return prog_probe_resolve(sema->comp, text, &probe);
	case PROG_ARG_EVENT:
		return slash && slash != text && slash[1] && !strchr(slash + 1, '/');
	case PROG_ARG_NAME:
	case PROG_ARG_TYPE:
		return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
						   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
	case PROG_ARG_PATH:
		return strchr(text, ':') && *text != ':';
	}
	return false;
}

/* The last argument may be "sleepable". */
static uint32_t take_sleepable(struct sema *sema, struct decl *decl, const struct prog_kind *kind,
			       const struct attribute *attribute)
{
	uint32_t count = attribute->args.len;
	const struct expr *last = count ? attribute->args.data[count - 1] : NULL;
	const char *text = last ? attribute_string(last) : NULL;

	if (!text || strcmp(text, "sleepable"))
		return count;
	if (kind->sleepable)
		decl->fn.sleepable = true;
	else
		diag_report(sema->comp, DIAG_ATTRIBUTE, last->span, "`@%s` programs cannot sleep",
			    kind->name);
	return count - 1;
}

static void kind_args(struct sema *sema, struct decl *decl, const struct prog_kind *kind,
		      const struct attribute *attribute)
{
	uint32_t count = take_sleepable(sema, decl, kind, attribute);
	uint32_t max = kind->arg == PROG_ARG_NONE ? 0 : 1;
	const struct expr *arg = count ? attribute->args.data[0] : NULL;
	const char *text = arg ? attribute_string(arg) : NULL;

	if (count > max) {
		diag_report(sema->comp, DIAG_ATTRIBUTE, attribute->args.data[max]->span,
			    "`@%s` takes %s%s", kind->name, max ? "one argument, " : "no argument",
			    arg_example(sema, kind));
		return;
	}
	if (!arg) {
		decl->fn.choice = prog_kind_choice(kind, NULL);
		if (max && !kind->arg_optional)
			report_arg(sema, attribute->span, kind, NULL);
		return;
	}
	if (!text) {
		report_arg(sema, arg->span, kind, NULL);
		return;
	}
	if (kind->arg == PROG_ARG_CHOICE && !check_choice(sema, decl, kind, arg, text))
		return;
	if (!arg_has_form(sema, kind, text)) {
		report_arg(sema, arg->span, kind,
			   arena_printf(&sema->comp->arena, "\"%.40s\"", text));
		return;
	}
	decl->fn.kind_arg = text;
}

static void check_kind(struct sema *sema, struct decl *decl, const struct attribute *attribute,
		       const struct prog_kind *kind)
{
	bool is_impl = kind->params == PROG_PARAMS_MEMBER;

	if (!check_place(sema, decl, attribute, is_impl ? ON(IMPL) : ON(FN)) || is_impl)
		return; /* decl_impl.c looks at its type */
	set_role(sema, decl, attribute, FN_PROGRAM);
	if (decl->fn.kind || decl->fn.role != FN_PROGRAM)
		return;
	decl->fn.kind = kind;
	kind_args(sema, decl, kind, attribute);
}

/* ---- all of a declaration ---- */

static bool is_repeated(struct sema *sema, const struct decl *decl,
			const struct attribute *attribute)
{
	vec_foreach (first, &decl->attributes) {
		if (first == attribute)
			return false;
		if (first->name.text == attribute->name.text) {
			report(sema, attribute->span, "there are two attributes",
			       attribute->name.text);
			diag_note(sema->comp, first->span, "the first one is here");
			return true;
		}
	}
	return false;
}

void attributes_check(struct sema *sema, struct decl *decl)
{
	vec_foreach (attribute, &decl->attributes) {
		const struct attribute_info *info = find_info(attribute->name.text);
		const struct prog_kind *kind = prog_kind_find(attribute->name.text);

		if (is_repeated(sema, decl, attribute))
			continue;
		if (info)
			check_plain(sema, decl, attribute, info);
		else if (kind)
			check_kind(sema, decl, attribute, kind);
		else
			report_unknown(sema, &attribute->name);
	}
}
