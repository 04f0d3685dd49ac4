/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments of builtins. kernel/builtin_list.h gives each parameter a word; here each word has a
 * row with the function that checks an argument for it.
 */
#include "sema/body.h"

#include <string.h>

static const char *argument(struct sema *sema, const struct builtin_call *call, uint32_t index)
{
	return body_text(sema, "argument %u of `%s`", index + 1, call->builtin->name);
}

static bool mismatch(struct sema *sema, const struct builtin_call *call, uint32_t index,
		     const struct expr *arg, const char *wanted)
{
	if (!body_is_error(arg->type))
		body_error(sema, DIAG_TYPE_MISMATCH, arg->span, "%s must be %s, found %s",
			   argument(sema, call, index), wanted, body_found(sema, arg));
	return false;
}

/* ---- values ---- */

static bool word_any(struct sema *sema, struct builtin_call *call, struct expr *arg, uint32_t index)
{
	return body_value(sema, arg, NULL);
}

static bool word_cond(struct sema *sema, struct builtin_call *call, struct expr *arg,
		      uint32_t index)
{
	return body_condition(sema, arg);
}

static bool word_text(struct sema *sema, struct builtin_call *call, struct expr *arg,
		      uint32_t index)
{
	if (!body_value(sema, arg, NULL))
		return false;
	return body_is_text(arg) || mismatch(sema, call, index, arg, "a constant text");
}

static bool word_str(struct sema *sema, struct builtin_call *call, struct expr *arg, uint32_t index)
{
	if (!body_value(sema, arg, NULL))
		return false;
	return arg->type->kind == TYPE_STR || mismatch(sema, call, index, arg, "text");
}

static bool word_be(struct sema *sema, struct builtin_call *call, struct expr *arg, uint32_t index)
{
	if (!body_value(sema, arg, NULL))
		return false;
	return arg->type->kind == TYPE_BE ||
	       mismatch(sema, call, index, arg, "an integer in network order");
}

/* task_struct.pid, bpf_loop: names of the kernel, not of the program. */
static bool word_kernel(struct sema *sema, struct builtin_call *call, struct expr *arg,
			uint32_t index)
{
	for (struct expr *at = arg;; at = at->field.base) {
		at->type = sema->comp->types->void_;
		if (at->kind == EXPR_NAME)
			return true;
		if (at->kind != EXPR_FIELD || at->field.arrow)
			break;
	}
	body_error(sema, DIAG_TYPE_MISMATCH, arg->span,
		   "%s must be a name of the kernel, like `bpf_loop` or `task_struct.pid`",
		   argument(sema, call, index));
	return false;
}

/* Atomics exist for 32 and 64 bits. */
static bool word_place(struct sema *sema, struct builtin_call *call, struct expr *arg,
		       uint32_t index)
{
	const struct type *target;

	if (!body_value(sema, arg, NULL))
		return false;
	if (arg->type->kind != TYPE_PTR)
		return mismatch(sema, call, index, arg, "the address of an integer: `&place`");
	target = arg->type->ptr.target;
	if (!type_is_integral(target))
		return mismatch(sema, call, index, arg, "the address of an integer");
	if (target->size < 4) {
		body_error(sema, DIAG_TYPE_MISMATCH, arg->span,
			   "`%s` works on 32 and 64 bits, not on `%s`", call->builtin->name,
			   body_type(sema, target));
		return false;
	}
	if (!body_region_is_direct(sema_region(arg))) {
		body_error(sema, DIAG_TYPE_MISMATCH, arg->span,
			   "`%s` works on variables, map entries and globals", call->builtin->name);
		return false;
	}
	call->place = target;
	return true;
}

static bool word_same(struct sema *sema, struct builtin_call *call, struct expr *arg,
		      uint32_t index)
{
	if (!call->place) {
		body_value(sema, arg, NULL);
		return false;
	}
	return sema_expr_as(sema, arg, call->place, argument(sema, call, index));
}

/* ---- programs, handles, functions ---- */

static bool word_program(struct sema *sema, struct builtin_call *call, struct expr *arg,
			 uint32_t index)
{
	struct decl *decl = body_find_decl(sema, arg, DECL_FN);

	if (decl) {
		arg->type = sema_fn_type(sema, decl);
		if (decl->fn.role == FN_PROGRAM)
			return !body_is_error(arg->type);
		body_error(sema, DIAG_TYPE_MISMATCH, arg->span,
			   "`%s` is a function, not a program: programs have an attribute like "
			   "`@xdp`",
			   decl->name.text);
		return false;
	}
	sema_expr(sema, arg, NULL);
	return mismatch(sema, call, index, arg, "the name of a program");
}

/* A program where a loaded one is needed. */
static bool is_unloaded(struct sema *sema, const struct builtin_call *call, struct expr *arg)
{
	const struct decl *decl = body_find_decl(sema, arg, DECL_FN);

	if (!decl || decl->fn.role != FN_PROGRAM)
		return false;
	arg->type = body_error(sema, DIAG_ATTACH_BEFORE_LOAD, arg->span,
			       "`%s` needs a loaded program; this is the program itself",
			       call->builtin->name);
	diag_help(sema->comp, "load it first: `var handle = load(%s)`", decl->name.text);
	return true;
}

static bool word_handle(struct sema *sema, struct builtin_call *call, struct expr *arg,
			uint32_t index)
{
	if (is_unloaded(sema, call, arg) || !body_value(sema, arg, NULL))
		return false;
	if (arg->type->kind == TYPE_HANDLE ||
	    (arg->type->kind == TYPE_PERF && call->builtin->id == BUILTIN_DETACH))
		return true;
	mismatch(sema, call, index, arg, "a `ProgramHandle`");
	diag_help(sema->comp, "`load(program)` gives one");
	return false;
}

static bool word_perf(struct sema *sema, struct builtin_call *call, struct expr *arg,
		      uint32_t index)
{
	if (!body_value(sema, arg, NULL))
		return false;
	if (arg->type->kind == TYPE_PERF)
		return true;
	mismatch(sema, call, index, arg, "a `PerfAttachment`");
	diag_help(sema->comp, "`attach(handle, perf_options { ... }, 0)` gives one");
	return false;
}

/* What one of the kinds attaches to; rule_attach() compares with the program's. */
static bool word_target(struct sema *sema, struct builtin_call *call, struct expr *arg,
			uint32_t index)
{
	sema_expr(sema, arg, NULL);
	if (body_is_error(arg->type))
		return false;
	if (arg->type->kind == TYPE_STR || arg->type->kind == TYPE_MAP ||
	    arg->type->kind == TYPE_INT || predeclared_has_defaults(sema->comp, arg->type))
		return true;
	return mismatch(sema, call, index, arg, "text, `opts` or `perf_options`");
}

static bool word_impl(struct sema *sema, struct builtin_call *call, struct expr *arg,
		      uint32_t index)
{
	if (body_find_decl(sema, arg, DECL_IMPL)) {
		arg->type = sema->comp->types->void_;
		return true;
	}
	sema_expr(sema, arg, NULL);
	return mismatch(sema, call, index, arg, "the name of a `@struct_ops` implementation");
}

/* How a function that a builtin calls must look. */
static bool fits_handler(const struct sema *sema, const struct builtin_call *call,
			 const struct type *fn)
{
	const struct type *result = fn->fn.result, *param;

	if (call->builtin->id != BUILTIN_RING_ON_EVENT)
		return !fn->fn.params.len && result->kind == TYPE_VOID;
	if (fn->fn.params.len != 1 || result != sema->comp->types->i32)
		return false;
	param = fn->fn.params.data[0].type;
	if (param->kind != TYPE_PTR)
		return false;
	return !call->map->map.value || type_same(param->ptr.target, call->map->map.value) ||
	       param->ptr.target->kind == TYPE_VOID || param->ptr.target == sema->comp->types->u8;
}

static bool word_fn(struct sema *sema, struct builtin_call *call, struct expr *arg, uint32_t index)
{
	struct decl *decl;
	const char *wanted;

	if (call->builtin->id == BUILTIN_TIMER_START)
		return body_check_timer_callback(sema, call->map, arg);
	decl = body_find_decl(sema, arg, DECL_FN);
	if (!decl) {
		sema_expr(sema, arg, NULL);
		return mismatch(sema, call, index, arg, "the name of a function");
	}
	arg->type = sema_fn_type(sema, decl);
	if (body_is_error(arg->type) || fits_handler(sema, call, arg->type))
		return !body_is_error(arg->type);
	wanted = "fn()";
	if (call->builtin->id == BUILTIN_RING_ON_EVENT)
		wanted = body_text(sema, "fn(event: *%s) -> i32",
				   call->map->map.value ? body_type(sema, call->map->map.value)
							: "u8");
	body_error(sema, DIAG_TYPE_MISMATCH, arg->span, "`%s` calls a `%s`, found `%s`",
		   call->builtin->name, wanted, body_signature(sema, decl->name.text, arg->type));
	diag_note(sema->comp, decl->name.span, "declared here");
	return false;
}

static bool word_ctx(struct sema *sema, struct builtin_call *call, struct expr *arg, uint32_t index)
{
	if (!body_value(sema, arg, NULL))
		return false;
	if (arg->type->kind == TYPE_PTR &&
	    (sema_region(arg) == REGION_CTX || sema->fn->fn.role != FN_PROGRAM))
		return true;
	return mismatch(sema, call, index, arg, "the program's context");
}

/* ---- maps ---- */

static bool word_map(struct sema *sema, struct builtin_call *call, struct expr *arg, uint32_t index)
{
	sema_expr(sema, arg, NULL);
	if (arg->type->kind != TYPE_MAP)
		return mismatch(sema, call, index, arg, "the name of a map");
	call->map = arg->type->map;
	return body_map_can(sema, call->map, call->builtin->map_ops, arg->span,
			    body_text(sema, "use `%s` with", call->builtin->name));
}

static bool word_ring(struct sema *sema, struct builtin_call *call, struct expr *arg,
		      uint32_t index)
{
	sema_expr(sema, arg, NULL);
	if (arg->type->kind != TYPE_MAP)
		return mismatch(sema, call, index, arg, "the name of a ring buffer");
	return body_map_can(sema, arg->type->map, MAP_OP_RECORDS | MAP_OP_OUTPUT, arg->span,
			    "dispatch");
}

static bool word_key(struct sema *sema, struct builtin_call *call, struct expr *arg, uint32_t index)
{
	if (!call->map->map.key)
		return body_value(sema, arg, NULL) && false;
	return sema_expr_as(sema, arg, call->map->map.key,
			    body_text(sema, "the key of `%s`", body_map_name(sema, call->map)));
}

static bool word_value(struct sema *sema, struct builtin_call *call, struct expr *arg,
		       uint32_t index)
{
	const struct type *value = call->map->map.value;

	if (value)
		return sema_expr_as(
			sema, arg, value,
			body_text(sema, "the value of `%s`", body_map_name(sema, call->map)));
	/* Records of any type. */
	if (!body_value(sema, arg, NULL))
		return false;
	if (arg->type->kind == TYPE_PTR || !arg->type->size)
		return mismatch(sema, call, index, arg, "a value, not an address");
	return true;
}

static bool word_record(struct sema *sema, struct builtin_call *call, struct expr *arg,
			uint32_t index)
{
	enum region region;

	if (!body_value(sema, arg, NULL))
		return false;
	region = arg->type->kind == TYPE_PTR ? sema_region(arg) : REGION_COUNT;
	if (region == REGION_RECORD || region == REGION_ANY)
		return true;
	mismatch(sema, call, index, arg, "a record");
	diag_help(sema->comp, "`%s.reserve()` gives one; `output` takes a value",
		  body_map_name(sema, call->map));
	return false;
}

static bool word_object(struct sema *sema, struct builtin_call *call, struct expr *arg,
			uint32_t index)
{
	return body_value(sema, arg, NULL) && body_map_object(sema, call->map, arg);
}

/* ---- the table ---- */

static const struct {
	const char *word;
	bool (*check)(struct sema *sema, struct builtin_call *call, struct expr *arg,
		      uint32_t index);
} words[] = {
	{"any", word_any},     {"cond", word_cond},	{"text", word_text},
	{"str", word_str},     {"be", word_be},		{"kernel", word_kernel},
	{"place", word_place}, {"same", word_same},	{"program", word_program},
	{"perf", word_perf},   {"handle", word_handle}, {"target", word_target},
	{"impl", word_impl},   {"map", word_map},	{"ring", word_ring},
	{"key", word_key},     {"value", word_value},	{"record", word_record},
	{"fn", word_fn},       {"object", word_object}, {"ctx", word_ctx},
};

bool body_check_word(struct sema *sema, struct builtin_call *call, struct expr *arg,
		     const char *word, uint32_t len, uint32_t index)
{
	const struct type *type;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) == len && !memcmp(words[i].word, word, len))
			return words[i].check(sema, call, arg, index);
	}
	type = builtin_word_type(sema->comp, word, len);
	if (!type)
		internal_error(sema->comp, arg->span, "no parameter word `%.*s`", (int)len, word);
	return sema_expr_as(sema, arg, type, argument(sema, call, index));
}
