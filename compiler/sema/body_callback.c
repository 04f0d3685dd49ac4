/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that the kernel calls back: arguments of bpf_loop() and its like, and of a timer's
 * start(). Such a function may leave parameters out at its end. The map itself is not passed, the
 * key is passed by value.
 */
#include "sema/body.h"

#include <string.h>

#define PARAMS_MAX 5

struct callback {
	const struct decl *map;	  /* whose key and value it gets, or NULL */
	const struct expr *state; /* the address that the caller hands over, or NULL */
	struct fn_param params[PARAMS_MAX];
	uint32_t count;
	uint32_t state_index; /* of its parameter; PARAMS_MAX: none */
};

static void add_param(struct callback *callback, const char *name, const struct type *type)
{
	callback->params[callback->count].name = name;
	callback->params[callback->count++].type = type;
}

/* An array has no key type where it is not written; `null` may be any address. */
static void add_word(struct sema *sema, struct callback *callback, const char *word, uint32_t len)
{
	struct compilation *comp = sema->comp;
	const struct type *key = callback->map ? callback->map->map.key : NULL;
	const struct type *value = callback->map ? callback->map->map.value : NULL;
	const struct type *state = callback->state ? callback->state->type : NULL;

	if (!strncmp(word, "map", len))
		return;
	if (!strncmp(word, "key", len))
		add_param(callback, "key", key ? key : comp->types->u32);
	else if (!strncmp(word, "value", len))
		add_param(callback, "value",
			  type_ptr(comp, value ? value : comp->types->void_, REGION_ENTRY));
	else if (!strncmp(word, "state", len)) {
		callback->state_index = callback->count;
		add_param(callback, "state",
			  state && state->kind == TYPE_PTR
				  ? state
				  : type_ptr(comp, comp->types->void_, REGION_STACK));
	} else {
		add_param(callback, NULL, helper_word_type(comp, word, len));
	}
}

static void add_words(struct sema *sema, struct callback *callback, const char *words)
{
	while (*words) {
		uint32_t len = (uint32_t)strcspn(words, " ");

		add_word(sema, callback, words, len);
		words += len;
		words += strspn(words, " ");
	}
}

static bool fits_param(const struct callback *callback, uint32_t i, const struct type *own)
{
	const struct type *wanted = callback->params[i].type;

	if (own->kind != TYPE_PTR || wanted->kind != TYPE_PTR)
		return type_same(own, wanted);
	return type_same(own->ptr.target, wanted->ptr.target) ||
	       (i == callback->state_index && callback->state &&
		callback->state->kind == EXPR_NULL);
}

static bool fits(const struct callback *callback, const struct type *fn)
{
	if (fn->fn.params.len > callback->count ||
	    !(fn->fn.result->kind == TYPE_VOID || fn->fn.result->kind == TYPE_BOOL ||
	      type_is_integral(fn->fn.result)))
		return false;
	for (uint32_t i = 0; i < fn->fn.params.len; i++) {
		if (!fits_param(callback, i, fn->fn.params.data[i].type))
			return false;
	}
	return true;
}

/* "fn(key: u32, value: *slot)" */
static const char *wanted_text(struct sema *sema, const struct callback *callback)
{
	const char *text = "fn(";

	for (uint32_t i = 0; i < callback->count; i++) {
		const struct fn_param *param = &callback->params[i];

		text = body_text(sema, "%s%s%s%s%s", text, i ? ", " : "",
				 param->name ? param->name : "", param->name ? ": " : "",
				 body_type(sema, param->type));
	}
	return body_text(sema, "%s)", text);
}

/* The kernel's arguments have places where they point to, as those of other callers. */
static void note_regions(struct sema *sema, const struct callback *callback, struct decl *decl,
			 struct span span)
{
	for (uint32_t i = 0; i < decl->fn.params.len; i++) {
		struct expr *given = ast_expr(sema->comp, EXPR_NULL, span);

		given->type = callback->params[i].type;
		if (i == callback->state_index && callback->state)
			body_note_argument(sema, decl, i, callback->state);
		else
			body_note_argument(sema, decl, i, given);
	}
}

static bool check(struct sema *sema, struct callback *callback, const char *caller,
		  struct expr *arg)
{
	struct decl *decl = body_find_decl(sema, arg, DECL_FN);

	if (!decl) {
		sema_expr(sema, arg, NULL);
		if (!body_is_error(arg->type))
			body_error(sema, DIAG_TYPE_MISMATCH, arg->span,
				   "`%s` needs the name of a function here, found %s", caller,
				   body_found(sema, arg));
		return false;
	}
	arg->type = sema_fn_type(sema, decl);
	if (body_is_error(arg->type))
		return false;
	if ((decl->fn.role == FN_HELPER || decl->fn.role == FN_PLAIN) &&
	    fits(callback, arg->type)) {
		note_regions(sema, callback, decl, arg->span);
		return true;
	}
	body_error(sema, DIAG_TYPE_MISMATCH, arg->span, "`%s` calls a `%s`, found `%s`", caller,
		   wanted_text(sema, callback), body_signature(sema, decl->name.text, arg->type));
	diag_note(sema->comp, decl->name.span, "declared here");
	return false;
}

bool body_check_callback(struct sema *sema, const struct helper *helper, const struct decl *map,
			 const struct expr *state, struct expr *arg)
{
	struct callback callback = {.map = map, .state = state, .state_index = PARAMS_MAX};

	add_words(sema, &callback, helper_callback_params(helper));
	return check(sema, &callback, helper->name, arg);
}

bool body_check_timer_callback(struct sema *sema, const struct decl *map, struct expr *arg)
{
	struct callback callback = {.map = map, .state_index = PARAMS_MAX};

	add_words(sema, &callback, "key value");
	return check(sema, &callback, "start", arg);
}

bool body_check_state(struct sema *sema, struct expr *arg, const char *what)
{
	if (!body_value(sema, arg, NULL))
		return false;
	if (arg->kind == EXPR_NULL ||
	    (arg->type->kind == TYPE_PTR && sema_region(arg) == REGION_STACK))
		return true;
	body_error(sema, DIAG_TYPE_MISMATCH, arg->span,
		   "%s must be the address of a local variable, or `null`, found %s", what,
		   body_found(sema, arg));
	return false;
}

/* ---- timers ---- */

static bool contains(const struct type *type, const struct type *part)
{
	if (type == part)
		return true;
	if (type->kind != TYPE_STRUCT)
		return false;
	vec_foreach (field, &type->strukt->fields) {
		if (contains(field->type, part))
			return true;
	}
	return false;
}

/* The only map whose values hold the type. */
static struct decl *map_of_values(struct sema *sema, const struct expr *timer,
				  const struct type *part)
{
	struct decl *found = NULL;

	vec_foreach (it, &sema->program->decls) {
		struct decl *decl = *it;

		if (decl->kind != DECL_MAP || !decl->map.value || !contains(decl->map.value, part))
			continue;
		if (found) {
			body_error(sema, DIAG_MAP_VALUE, timer->span,
				   "`%s` is in the values of several maps, so it is not known "
				   "whose timer this is",
				   body_type(sema, part));
			diag_note(sema->comp, found->name.span, "one is `%s`", found->name.text);
			diag_note(sema->comp, decl->name.span, "another is `%s`", decl->name.text);
			diag_help(sema->comp,
				  "start it through an entry of the map: `m[key].timer.start()`");
			return NULL;
		}
		found = decl;
	}
	if (!found)
		body_error(sema, DIAG_MAP_VALUE, timer->span,
			   "a timer lives in the value of a map; `%s` is in none",
			   body_type(sema, part));
	return found;
}

struct decl *body_timer_map(struct sema *sema, const struct expr *timer)
{
	const struct expr *at = timer;

	for (;;) {
		const struct expr *base;

		if (body_is_entry(at))
			return body_entry_map(at);
		if (at->kind != EXPR_FIELD && at->kind != EXPR_INDEX)
			break;
		base = at->kind == EXPR_FIELD ? at->field.base : at->index.base;
		if (base->type->kind == TYPE_PTR)
			return map_of_values(sema, timer, base->type->ptr.target);
		at = base;
	}
	return map_of_values(sema, timer, at->type);
}
