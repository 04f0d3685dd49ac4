/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregates, text, places, calls. */
#include "gen_state.h"

#include <string.h>

/* ---- places ---- */

/* The name of a variable, through its pointer when it is reached by one. */
static void emit_root(struct gen *gen, const struct gvar *var, bool whole)
{
	if (!var->by_pointer)
		emit(gen, "%s", var->name);
	else if (whole || !var->type.of)
		emit(gen, "(*%s)", var->name);
	else
		emit(gen, "%s", var->name); /* the field follows with -> */
}

static struct gtype pointee(struct gtype type)
{
	type.shape = type.of ? SHAPE_STRUCT : SHAPE_SCALAR;
	return type;
}

static struct gtype into_struct(struct gen *gen, struct gtype type, const char *arrow)
{
	const struct gstruct *of = struct_of(gen, type);
	const struct gvar *field = &of->fields[pick(gen, of->count)];

	emit(gen, "%s%s", arrow, field->name);
	type = place_inside(gen, field->type);
	if (field->type.shape == SHAPE_SCALAR)
		gen->at_bits = of->has_bits;
	return type;
}

void place_value(struct gen *gen, struct gtype type, uint32_t depth)
{
	if (gen->at_bits && type.shape == SHAPE_SCALAR)
		expr_varying(gen, type.scalar, depth);
	else
		expr_value(gen, type, depth);
}

struct gtype place_inside(struct gen *gen, struct gtype type)
{
	gen->at_bits = false;
	switch (type.shape) {
	case SHAPE_SCALAR:
	case SHAPE_STRING:
	case SHAPE_POINTER:
		return type;
	case SHAPE_ARRAY:
		if (type.rows) {
			emit(gen, "[");
			expr_for_index(gen, type.rows);
			emit(gen, "]");
		}
		emit(gen, "[");
		expr_for_index(gen, type.len);
		emit(gen, "]");
		type.shape = type.of ? SHAPE_STRUCT : SHAPE_SCALAR;
		type.len = type.rows = 0;
		return place_inside(gen, type);
	case SHAPE_STRUCT:
		return into_struct(gen, type, ".");
	}
	return type;
}

bool place_any(struct gen *gen, struct gtype *type, bool writable, bool whole)
{
	for (uint32_t tries = 0; tries < 8; tries++) {
		const struct gvar *var =
			gen->var_count ? &gen->vars[pick(gen, gen->var_count)] : NULL;

		if (!var || (writable && var->read_only))
			continue;
		emit_root(gen, var, whole);
		*type = var->by_pointer ? pointee(var->type) : var->type;
		if (whole)
			return true;
		if (var->by_pointer && type->of)
			*type = into_struct(gen, *type, "->");
		else
			*type = place_inside(gen, *type);
		return true;
	}
	return false;
}

bool variable_of(struct gen *gen, struct gtype type, bool writable)
{
	for (uint32_t tries = 0; tries < 12; tries++) {
		const struct gvar *var =
			gen->var_count ? &gen->vars[pick(gen, gen->var_count)] : NULL;

		if (!var || var->by_pointer || !same_type(var->type, type) ||
		    (writable && var->read_only))
			continue;
		emit(gen, "%s", var->name);
		return true;
	}
	return false;
}

/* ---- calls ---- */

/* An address of a variable, or a pointer that is at hand. */
static bool address_of(struct gen *gen, struct gtype type)
{
	for (uint32_t tries = 0; tries < 12; tries++) {
		const struct gvar *var =
			gen->var_count ? &gen->vars[pick(gen, gen->var_count)] : NULL;

		/* In user code a bound entry is a copy. */
		if (!var || var->read_only || (gen->where == WHERE_USER && *var->name == 'e'))
			continue;
		if (var->by_pointer && same_type(var->type, type)) {
			emit(gen, "%s", var->name);
			return true;
		}
		if (!var->by_pointer && same_type(var->type, pointee(type))) {
			emit(gen, "&%s", var->name);
			return true;
		}
	}
	return false;
}

static bool arguments(struct gen *gen, const struct gfunc *func, uint32_t depth)
{
	if (func->takes_context)
		emit(gen, "ctx, ");
	for (uint32_t i = 0; i < func->count; i++) {
		if (i)
			emit(gen, ", ");
		if (func->params[i].shape != SHAPE_POINTER)
			expr_value(gen, func->params[i], depth ? depth - 1 : 0);
		else if (!address_of(gen, func->params[i]))
			return false;
	}
	return true;
}

bool call(struct gen *gen, struct gtype type, uint32_t depth)
{
	bool may_throw = (gen->tries || gen->throws) && !gen->in_defer;
	size_t start = gen->out->len;

	for (uint32_t tries = 0; tries < 4 && gen->func_count; tries++) {
		const struct gfunc *func = &gen->funcs[pick(gen, gen->func_count)];

		if (!same_type(func->result, type) || (func->throws && !may_throw) ||
		    (func->where != WHERE_SHARED && func->where != gen->where) ||
		    (func->takes_context && !gen->has_packet) ||
		    (func->where != WHERE_SHARED && gen->bound && *func->name != 'h'))
			continue;
		emit(gen, "%s(", func->name);
		if (!arguments(gen, func, depth)) {
			gen->out->len = start;
			return false;
		}
		emit(gen, ")");
		return true;
	}
	return false;
}

/* ---- values ---- */

static void text_literal(struct gen *gen, uint32_t max)
{
	static const char *const texts[] = {"", "a", "ab", "xyz", "hello", "kernel", "abcdefghij"};

	emit(gen, "\"%.*s\"", (int)max, texts[pick(gen, 7)]);
}

static void struct_literal(struct gen *gen, struct gtype type, uint32_t depth)
{
	const struct gstruct *of = struct_of(gen, type);
	uint32_t count = chance(gen, 25) ? pick(gen, of->count) : of->count;

	emit(gen, "%s { ", of->name);
	for (uint32_t i = 0; i < count; i++) {
		emit(gen, "%s: ", of->fields[i].name);
		if (of->has_bits && of->fields[i].type.shape == SHAPE_SCALAR &&
		    of->fields[i].type.scalar < BOOL)
			expr_varying(gen, of->fields[i].type.scalar, depth ? depth - 1 : 0);
		else
			expr_value(gen, of->fields[i].type, depth ? depth - 1 : 0);
		emit(gen, ", ");
	}
	emit(gen, "%s}", count < of->count ? ".. " : "");
}

static struct gtype element(struct gtype type)
{
	if (type.rows) {
		type.rows = 0;
		return type;
	}
	type.shape = type.of ? SHAPE_STRUCT : SHAPE_SCALAR;
	type.len = 0;
	return type;
}

static void array_literal(struct gen *gen, struct gtype type, uint32_t depth)
{
	uint32_t count = type.rows ? type.rows : type.len, form = pick(gen, 12);

	if (form < 2 && !type.rows && !type.of)
		count = form; /* [] and [v] */
	else if (form == 2 && count > 2 && !type.rows && !type.of)
		count--;
	emit(gen, "[");
	for (uint32_t i = 0; i < count; i++) {
		emit(gen, "%s", i ? ", " : "");
		expr_value(gen, element(type), depth ? depth - 1 : 0);
	}
	emit(gen, "]");
}

void expr_value(struct gen *gen, struct gtype type, uint32_t depth)
{
	switch (type.shape) {
	case SHAPE_POINTER:
	case SHAPE_SCALAR:
		expr_scalar(gen, type.scalar, depth);
		break;
	case SHAPE_ARRAY:
		if (!(chance(gen, 60) && variable_of(gen, type, false)))
			array_literal(gen, type, depth);
		break;
	case SHAPE_STRUCT:
		if (chance(gen, 40) && variable_of(gen, type, false))
			break;
		if (chance(gen, 30) && call(gen, type, depth))
			break;
		if (depth > 1 && gen->fuel-- > 0 && chance(gen, 20))
			expr_chosen(gen, type, depth);
		else
			struct_literal(gen, type, depth);
		break;
	case SHAPE_STRING:
		if (chance(gen, 60) && variable_of(gen, type, false))
			break;
		if (chance(gen, 40) && call(gen, type, depth))
			break;
		if (depth > 1 && gen->fuel-- > 0 && chance(gen, 20))
			expr_chosen(gen, type, depth);
		else
			text_literal(gen, type.len);
		break;
	}
}

void constant_value(struct gen *gen, struct gtype type)
{
	const struct gstruct *of;
	uint32_t count;

	switch (type.shape) {
	case SHAPE_POINTER:
	case SHAPE_SCALAR:
		literal(gen, type.scalar, true, false);
		break;
	case SHAPE_STRING:
		text_literal(gen, type.len);
		break;
	case SHAPE_ARRAY:
		count = type.rows ? type.rows : type.len;
		emit(gen, "[");
		for (uint32_t i = 0; i < count; i++) {
			emit(gen, "%s", i ? ", " : "");
			constant_value(gen, element(type));
		}
		emit(gen, "]");
		break;
	case SHAPE_STRUCT:
		of = struct_of(gen, type);
		emit(gen, "%s { ", of->name);
		/* A constant must fit into a bit-field. */
		for (uint32_t i = 0; i < of->count && !of->has_bits; i++) {
			emit(gen, "%s: ", of->fields[i].name);
			constant_value(gen, of->fields[i].type);
			emit(gen, ", ");
		}
		emit(gen, "%s}", of->has_bits ? ".. " : "");
		break;
	}
}
