/* SPDX-License-Identifier: Apache-2.0 */
#include "sema/body.h"
#include "sema/python.h"

#include <string.h>

/* ---- signatures ---- */

const char *body_signature(struct sema *sema, const char *name, const struct type *fn)
{
	const char *text = body_text(sema, "%s(", name);

	vec_foreach (param, &fn->fn.params) {
		const char *comma = param == fn->fn.params.data ? "" : ", ";

		text = body_text(sema, "%s%s%s%s%s", text, comma, param->name ? param->name : "",
				 param->name ? ": " : "", body_type(sema, param->type));
	}
	if (fn->fn.result->kind == TYPE_VOID)
		return body_text(sema, "%s)", text);
	return body_text(sema, "%s) -> %s", text, body_type(sema, fn->fn.result));
}

bool body_check_count(struct sema *sema, const char *signature, const struct decl *decl,
		      uint32_t min, uint32_t max, const struct expr *call)
{
	const struct expr_vec *args = &call->call.args;
	struct span span = call->span;
	const char *wanted;

	if (args->len >= min && args->len <= max)
		return true;
	if (args->len > max)
		span = span_join(args->data[max]->span, args->data[args->len - 1]->span);
	wanted = min == max ? body_text(sema, "%u argument%s", min, min == 1 ? "" : "s")
			    : body_text(sema, "%s %u arguments",
					args->len < min ? "at least" : "at most",
					args->len < min ? min : max);
	body_error(sema, DIAG_ARGUMENT_COUNT, span, "`%s` takes %s, found %u", signature, wanted,
		   args->len);
	if (decl)
		diag_note(sema->comp, decl->name.span, "declared here");
	return false;
}

/* ---- arguments ---- */

/* Where the kernel takes a map: `struct bpf_map *`, or a parameter whose name ends in __map. */
static bool takes_map(const struct fn_param *param)
{
	const struct type *target;
	size_t len = param->name ? strlen(param->name) : 0;

	if (param->type->kind != TYPE_PTR)
		return false;
	target = param->type->ptr.target;
	return (target->kind == TYPE_STRUCT && !strcmp(target->strukt->name, "bpf_map")) ||
	       (target->kind == TYPE_VOID && len > 5 && !strcmp(param->name + len - 5, "__map"));
}

/* An array's address where that of its elements is wanted. */
static void offer_first_element(struct sema *sema, const struct expr *arg, const struct type *to)
{
	const struct expr *array = arg->kind == EXPR_UNARY ? arg->unary.operand : NULL;

	if (array && arg->unary.op == UNARY_ADDR && array->kind == EXPR_NAME &&
	    array->type->kind == TYPE_ARRAY && to->kind == TYPE_PTR &&
	    type_same(array->type->array.elem, to->ptr.target))
		diag_help(sema->comp, "the address of its first element is `&%s[0]`",
			  array->name.text);
}

/* Text for a parameter that the kfunc's attribute calls a string: it lies among the constants. */
static bool is_kfunc_text(const struct decl *decl, uint32_t index, const struct expr *arg)
{
	return decl && decl->kind == DECL_FN && index < decl->fn.params.len &&
	       decl->fn.params.data[index].is_text && arg->kind == EXPR_STRING;
}

static bool check_argument(struct sema *sema, const char *name, const struct decl *decl,
			   const struct fn_param *param, uint32_t index, struct expr *arg)
{
	const char *what = param->name ? body_text(sema, "argument `%s` of `%s`", param->name, name)
				       : body_text(sema, "argument %u of `%s`", index + 1, name);

	sema_expr(sema, arg, is_kfunc_text(decl, index, arg) ? NULL : param->type);
	if ((arg->type->kind == TYPE_MAP && takes_map(param)) || is_kfunc_text(decl, index, arg))
		return true;
	if (!body_value(sema, arg, param->type))
		return false;
	if (sema_convert_argument(sema, arg, param->type, what))
		return body_may_copy(sema, arg);
	offer_first_element(sema, arg, param->type);
	return false;
}

/* Arguments beyond a wrong count are looked at all the same: their variables are used. */
static void check_loose(struct sema *sema, struct expr_vec *args)
{
	vec_foreach (arg, args)
		sema_expr(sema, *arg, NULL);
}

bool body_arguments(struct sema *sema, const char *name, const struct decl *decl,
		    const struct type *fn, struct expr *call)
{
	struct expr_vec *args = &call->call.args;
	bool ok = true;

	if (body_is_error(fn) || !body_check_count(sema, body_signature(sema, name, fn), decl,
						   fn->fn.params.len, fn->fn.params.len, call)) {
		check_loose(sema, args);
		return false;
	}
	for (uint32_t i = 0; i < args->len; i++) {
		ok &= check_argument(sema, name, decl, &fn->fn.params.data[i], i, args->data[i]);
		if (ok && decl)
			body_note_argument(sema, decl, i, args->data[i]);
	}
	return ok;
}

const struct type *body_call_result(struct sema *sema, const struct expr *call,
				    const struct type *result)
{
	if (result->kind != TYPE_VOID || call == sema->discard)
		return result;
	return body_error(sema, DIAG_RESULT_UNUSED, call->span, "this call gives no value");
}

/* ---- programs: tail calls ---- */

static const struct type *tail_call_error(struct sema *sema, const struct expr *call,
					  const char *why)
{
	return body_error(sema, DIAG_TAIL_CALL, call->span, "%s", why);
}

/* The context, as the caller was given it. */
static bool passes_context(const struct sema *sema, const struct expr_vec *args)
{
	const struct expr *arg = args->len == 1 ? args->data[0] : NULL;

	return arg && arg->kind == EXPR_NAME && arg->ref.kind == REF_VARIABLE &&
	       arg->ref.variable == sema->fn->fn.context;
}

static const struct type *call_program(struct sema *sema, struct expr *call,
				       const struct decl *program, const struct type *type)
{
	const struct fn_decl *caller = &sema->fn->fn, *callee = &program->fn;
	const char *name = program->name.text;

	check_loose(sema, &call->call.args);
	if (body_is_error(type))
		return type;
	if (body_is_user(sema)) {
		body_error(sema, DIAG_CALL_TARGET, call->call.callee->span,
			   "user code cannot call `%s`: it is a bpf program", name);
		diag_help(sema->comp, "load it: `load(%s)`", name);
		return sema->comp->types->error;
	}
	if (caller->role != FN_PROGRAM || call != sema->tail || sema->body->in_defer)
		return tail_call_error(
			sema, call,
			body_text(sema,
				  "`%s` is a program: another program hands over to it by "
				  "`return %s(ctx)`",
				  name, name));
	if (caller->kind != callee->kind || !caller->kind->tail_calls)
		return tail_call_error(
			sema, call,
			caller->kind != callee->kind
				? body_text(sema,
					    "a `@%s` program hands over to its own kind, "
					    "`%s` is a `@%s` program",
					    caller->kind->name, name, callee->kind->name)
				: body_text(sema, "`@%s` programs cannot hand over to another one",
					    caller->kind->name));
	if (caller->kind->id == PROG_XDP &&
	    prog_kind_choice(caller->kind, caller->kind_arg) !=
		    prog_kind_choice(callee->kind, callee->kind_arg))
		return tail_call_error(
			sema, call,
			"a program for packets in several buffers hands over to its like only");
	if (!passes_context(sema, &call->call.args))
		return tail_call_error(sema, call,
				       body_text(sema,
						 "`%s` gets the program's own context: "
						 "`return %s(%s)`",
						 name, name,
						 caller->context ? caller->context->name : "ctx"));
	call->call.is_tail_call = true;
	return type->fn.result;
}

/* ---- functions ---- */

static const struct type *call_decl(struct sema *sema, struct expr *call, struct decl *decl)
{
	struct expr *callee = call->call.callee;
	const struct type *type;

	callee->ref.kind = REF_DECL;
	callee->ref.decl = decl;
	sema_resolve(sema, decl);
	type = sema_fn_type(sema, decl);
	callee->type = type;
	if (decl->kind == DECL_FN && decl->fn.role == FN_PROGRAM)
		return call_program(sema, call, decl, type);
	if (!body_arguments(sema, decl->name.text, decl, type, call))
		return sema->comp->types->error;
	/* What a function of the module gives a program can read, and no more. */
	if (decl->kind == DECL_FN && decl->fn.role == FN_KFUNC && body_is_bpf(sema) &&
	    type->fn.result->kind == TYPE_PTR)
		return type_with_region(sema->comp, type->fn.result, REGION_KERNEL);
	return body_call_result(sema, call, type->fn.result);
}

/* Any value that is a function: a variable, a field. */
static const struct type *call_value(struct sema *sema, struct expr *call)
{
	struct expr *callee = call->call.callee;
	const struct type *type;
	const char *name;

	sema_expr(sema, callee, NULL);
	type = callee->type;
	if (type->kind == TYPE_PTR && type->ptr.target->kind == TYPE_FN)
		type = type->ptr.target;
	if (type->kind != TYPE_FN) {
		check_loose(sema, &call->call.args);
		if (body_is_error(type))
			return type;
		return body_error(sema, DIAG_NOT_CALLABLE, callee->span,
				  "`%s` is no function and cannot be called",
				  body_type(sema, type));
	}
	name = callee->kind == EXPR_NAME    ? callee->name.text
	       : callee->kind == EXPR_FIELD ? callee->field.name.text
					    : "this function";
	if (!body_arguments(sema, name, NULL, type, call))
		return sema->comp->types->error;
	return body_call_result(sema, call, type->fn.result);
}

/* ---- helpers and kfuncs by their kernel names ---- */

struct helper_call {
	const struct helper *helper;
	const struct decl *map; /* its map argument, once met */
	struct expr *callback;	/* its function argument, checked when all others are */
	struct expr *state;	/* what that function gets */
};

static bool expect_map(struct sema *sema, struct helper_call *call, struct expr *arg,
		       const char *what)
{
	sema_expr(sema, arg, NULL);
	if (arg->type->kind == TYPE_MAP) {
		call->map = arg->type->map;
		return true;
	}
	if (!body_is_error(arg->type))
		body_error(sema, DIAG_TYPE_MISMATCH, arg->span,
			   "%s must be the name of a map, found %s", what, body_found(sema, arg));
	return false;
}

/* The address of a key or value of the map argument; bytes are taken for anything. */
static bool expect_address(struct sema *sema, struct expr *arg, const struct type *wanted,
			   const char *what)
{
	const struct type *target;

	if (!body_value(sema, arg, NULL))
		return false;
	if (arg->type->kind == TYPE_PTR) {
		target = arg->type->ptr.target;
		if (!wanted || type_same(target, wanted) || target->kind == TYPE_VOID ||
		    target == sema->comp->types->u8)
			return true;
	}
	body_error(sema, DIAG_TYPE_MISMATCH, arg->span,
		   "%s must be the address of a `%s`, found %s", what,
		   wanted ? body_type(sema, wanted) : "value", body_found(sema, arg));
	return false;
}

static bool expect_context(struct sema *sema, struct expr *arg, const char *what)
{
	if (!body_value(sema, arg, NULL))
		return false;
	if (arg->type->kind == TYPE_PTR &&
	    (sema_region(arg) == REGION_CTX || sema->fn->fn.role != FN_PROGRAM))
		return true;
	body_error(sema, DIAG_TYPE_MISMATCH, arg->span, "%s must be the program's context", what);
	return false;
}

static bool helper_argument(struct sema *sema, struct helper_call *call, struct expr *arg,
			    const struct fn_param *param, uint32_t index)
{
	const char *what =
		body_text(sema, "argument `%s` of `%s`", param->name, call->helper->name);

	switch (helper_param_kind(call->helper, index)) {
	case HELPER_PARAM_MAP:
		return expect_map(sema, call, arg, what);
	case HELPER_PARAM_KEY:
		return expect_address(sema, arg, call->map ? call->map->map.key : NULL, what);
	case HELPER_PARAM_VALUE:
		return expect_address(sema, arg, call->map ? call->map->map.value : NULL, what);
	case HELPER_PARAM_CONTEXT:
		return expect_context(sema, arg, what);
	case HELPER_PARAM_CALLBACK:
		call->callback = arg;
		return true;
	case HELPER_PARAM_STATE:
		call->state = arg;
		return body_check_state(sema, arg, what);
	case HELPER_PARAM_PLAIN:
		break;
	}
	return body_value(sema, arg, param->type) &&
	       sema_convert_argument(sema, arg, param->type, what);
}

/* The bytes of memory that an argument is the address of; 0: not known. */
static uint32_t addressed_bytes(const struct expr *arg)
{
	const struct expr *place = arg->unary.operand;

	if (arg->kind != EXPR_UNARY || arg->unary.op != UNARY_ADDR || place->kind != EXPR_NAME)
		return 0;
	return place->type ? place->type->size : 0;
}

/* A constant size that follows an address must not be larger than what lies there. */
static bool helper_size(struct sema *sema, const struct helper_call *call,
			const struct fn_param_vec *params, const struct expr_vec *args,
			uint32_t index)
{
	const struct fn_param *param = &params->data[index];
	const struct constant *size = &args->data[index]->constant;
	uint32_t bytes;

	if (!index || params->data[index - 1].type->kind != TYPE_PTR || !param->name ||
	    (!strstr(param->name, "size") && !strstr(param->name, "len")) ||
	    size->kind != CONSTANT_INT)
		return true;
	bytes = addressed_bytes(args->data[index - 1]);
	if (!bytes || (!size->negative && size->bits <= bytes))
		return true;
	body_error(sema, DIAG_ARRAY_INDEX, args->data[index]->span,
		   "`%s` would go beyond argument `%s`, which has %u bytes", call->helper->name,
		   params->data[index - 1].name, bytes);
	return false;
}

static const struct type *helper_result(struct sema *sema, const struct helper_call *call,
					const struct type *result)
{
	if (helper_result_is_value(call->helper) && call->map && call->map->map.value &&
	    call->map->map.value->kind != TYPE_MAP)
		return type_ptr(sema->comp, call->map->map.value, REGION_ENTRY);
	return result;
}

/* A timer's map is the one that it lives in. */
static const struct decl *callback_map(struct sema *sema, const struct helper_call *call,
				       const struct expr_vec *args)
{
	const struct expr *timer = args->data[0];

	if (call->map || timer->kind != EXPR_UNARY || timer->unary.op != UNARY_ADDR ||
	    strcmp(call->helper->name, "bpf_timer_set_callback"))
		return call->map;
	return body_timer_map(sema, timer->unary.operand);
}

static const struct type *call_helper(struct sema *sema, struct expr *call,
				      const struct helper *helper)
{
	const struct type *type = helper_type(sema->comp, helper);
	struct helper_call state = {.helper = helper};
	struct expr_vec *args = &call->call.args;
	uint32_t count = type->fn.params.len;
	bool ok = true;

	call->call.callee->ref.kind = REF_HELPER;
	call->call.callee->ref.helper = helper;
	call->call.callee->type = type;
	if (!body_check_count(sema, body_signature(sema, helper->name, type), NULL, count,
			      helper_is_variadic(helper) ? UINT32_MAX : count, call)) {
		check_loose(sema, args);
		return sema->comp->types->error;
	}
	for (uint32_t i = 0; i < args->len; i++) {
		if (i < count)
			ok &= helper_argument(sema, &state, args->data[i], &type->fn.params.data[i],
					      i) &&
			      helper_size(sema, &state, &type->fn.params, args, i);
		else
			ok &= body_value(sema, args->data[i], NULL);
	}
	if (state.callback)
		ok &= body_check_callback(sema, helper, callback_map(sema, &state, args),
					  state.state, state.callback);
	if (!ok)
		return sema->comp->types->error;
	return body_call_result(sema, call, helper_result(sema, &state, type->fn.result));
}

static const struct type *call_kfunc(struct sema *sema, struct expr *call, const char *name,
				     const struct type *type)
{
	call->call.callee->ref.kind = REF_HELPER;
	call->call.callee->ref.type = type;
	call->call.callee->type = type;
	if (!body_arguments(sema, name, NULL, type, call))
		return sema->comp->types->error;
	return body_call_result(sema, call, type->fn.result);
}

/* ---- what the callee names ---- */

/* Declarations that are no functions: what a call of them may have meant. */
static const struct type *call_other(struct sema *sema, struct expr *call, const struct decl *decl)
{
	const struct type *type;

	check_loose(sema, &call->call.args);
	type = body_error(sema, DIAG_NOT_CALLABLE, call->call.callee->span,
			  "`%s` is no function and cannot be called", decl->name.text);
	if (decl->kind == DECL_STRUCT)
		diag_help(sema->comp, "a value of it is `%s { field: value }`", decl->name.text);
	else if (decl->kind == DECL_MAP)
		diag_help(sema->comp, "an entry of it is `%s[key]`", decl->name.text);
	else if (decl->kind == DECL_ENUM || decl->kind == DECL_ALIAS)
		diag_help(sema->comp, "a conversion is `value as %s`", decl->name.text);
	return type;
}

static const struct type *call_found(struct sema *sema, struct expr *call, struct decl *decl)
{
	if (decl->kind == DECL_FN || decl->kind == DECL_EXTERN)
		return call_decl(sema, call, decl);
	if (decl->kind == DECL_GLOBAL)
		return call_value(sema, call);
	return call_other(sema, call, decl);
}

static const struct type *call_name(struct sema *sema, struct expr *call,
				    const struct type *expected)
{
	const struct expr *callee = call->call.callee;
	struct ast_name name = {.text = callee->name.text, .span = callee->span};
	const struct builtin *builtin;
	const struct helper *helper;
	const struct type *type;
	struct decl *decl;

	if (sema_find_variable(sema, name.text))
		return call_value(sema, call);
	decl = sema_find_decl(sema, name.text);
	helper = helper_find(name.text);
	/* An `extern` may declare a helper, which stays one. */
	if (decl && decl->kind == DECL_EXTERN && !decl->extern_header && helper) {
		sema_resolve(sema, decl);
		decl->used = true;
		return call_helper(sema, call, helper);
	}
	if (decl)
		return call_found(sema, call, decl);
	builtin = builtin_find(RECEIVER_NONE, name.text);
	if (builtin)
		return body_check_builtin(sema, call, builtin, expected);
	if (helper)
		return call_helper(sema, call, helper);
	type = kernel_find_kfunc(sema->comp, name.text);
	if (type)
		return call_kfunc(sema, call, name.text, type);
	check_loose(sema, &call->call.args);
	sema_unknown(sema, name, NAME_FUNCTION);
	return sema->comp->types->error;
}

/* ---- methods ---- */

static const char *const receiver_words[] = {
	[RECEIVER_MAP] = "a map",
	[RECEIVER_STR] = "text",
	[RECEIVER_CONTEXT] = "the context of a packet program",
	[RECEIVER_TIMER] = "a timer",
};

static bool is_struct_named(const struct type *type, const char *name)
{
	return type->kind == TYPE_STRUCT && !strcmp(type->strukt->name, name);
}

/* The kind of receiver that an expression is; RECEIVER_NONE for anything else. */
static enum builtin_receiver receiver_of(struct sema *sema, const struct expr *base)
{
	const struct type *type = base->type;

	if (type->kind == TYPE_MAP)
		return RECEIVER_MAP;
	if (type->kind == TYPE_STR)
		return RECEIVER_STR;
	if (is_struct_named(type, "bpf_timer") || is_struct_named(type, "timer"))
		return RECEIVER_TIMER;
	if (type->kind == TYPE_PTR && type->ptr.target->kind == TYPE_STRUCT &&
	    body_is_packet_context(sema, base))
		return RECEIVER_CONTEXT;
	return RECEIVER_NONE;
}

static const struct type *unknown_method(struct sema *sema, const struct expr *callee,
					 enum builtin_receiver receiver)
{
	const char *name = callee->field.name.text;
	struct str_vec names = {0};
	const char *nearest;

	body_error(sema, DIAG_UNKNOWN_NAME, callee->field.name.span, "%s has no method `%s`",
		   receiver_words[receiver], name);
	for (int i = 0; i < BUILTIN_COUNT; i++) {
		if (builtins[i].receiver == receiver)
			vec_push(&sema->comp->arena, &names, builtins[i].name);
	}
	nearest = diag_nearest(name, names.data, names.len);
	if (nearest) {
		diag_help(sema->comp, "it has `%s`", nearest);
		diag_edit(sema->comp, callee->field.name.span, "%s", nearest);
	}
	return sema->comp->types->error;
}

static const struct type *call_method(struct sema *sema, struct expr *call,
				      const struct type *expected)
{
	struct expr *callee = call->call.callee, *base = callee->field.base;
	enum builtin_receiver receiver;
	const struct builtin *builtin;

	sema_expr(sema, base, NULL);
	if (body_is_error(base->type)) {
		check_loose(sema, &call->call.args);
		return base->type;
	}
	receiver = receiver_of(sema, base);
	builtin = receiver ? builtin_find(receiver, callee->field.name.text) : NULL;
	if (builtin)
		return body_check_builtin(sema, call, builtin, expected);
	if (receiver == RECEIVER_MAP || receiver == RECEIVER_STR || receiver == RECEIVER_TIMER) {
		check_loose(sema, &call->call.args);
		return unknown_method(sema, callee, receiver);
	}
	return call_value(sema, call);
}

/* module.f(...): true when the base names a module. */
static bool call_imported(struct sema *sema, struct expr *call, const struct type *expected,
			  const struct type **type)
{
	struct expr *callee = call->call.callee;
	struct decl *import = body_find_decl(sema, callee->field.base, DECL_IMPORT), *decl;

	if (!import)
		return false;
	callee->field.base->type = type_module(sema->comp, import);
	callee->field.base->ref.kind = REF_MODULE;
	if (import->source.program && import->source.program->python) {
		*type = python_call(sema, call, import, expected);
		return true;
	}
	decl = import->source.program
		       ? ptr_map_get(&import->source.program->scope, callee->field.name.text)
		       : NULL;
	if (decl) {
		*type = call_found(sema, call, decl);
		return true;
	}
	check_loose(sema, &call->call.args);
	*type = sema->comp->types->error;
	/* A file that could not be read was reported where it is imported. */
	if (import->source.program)
		*type = body_unknown_member(sema, callee, import);
	return true;
}

const struct type *body_check_call(struct sema *sema, struct expr *expr,
				   const struct type *expected)
{
	struct expr *callee = expr->call.callee;
	const struct type *type;

	if (!body_not_locked(sema, expr->span, "a call")) {
		check_loose(sema, &expr->call.args);
		return sema->comp->types->error;
	}
	if (callee->kind == EXPR_NAME)
		return call_name(sema, expr, expected);
	if (callee->kind != EXPR_FIELD || callee->field.arrow)
		return call_value(sema, expr);
	if (callee->field.base->kind == EXPR_NAME && call_imported(sema, expr, expected, &type))
		return type;
	return call_method(sema, expr, expected);
}
