/* SPDX-License-Identifier: Apache-2.0 */
/* Assignments: what may stand on the left, what the value converts to. */
#include "sema/body.h"

static bool immutable(struct sema *sema, const struct expr *place, const char *why)
{
	body_error(sema, DIAG_ASSIGN_IMMUTABLE, place->span, "this cannot be assigned: %s", why);
	return false;
}

/* ---- map entries ---- */

/* User code sees the sum over all CPUs; it writes one CPU's value, or zero to all. */
static bool write_per_cpu(struct sema *sema, const struct stmt *stmt, const struct expr *entry)
{
	const struct expr *target = stmt->assign.target, *value = stmt->assign.value;
	const char *name = body_map_name(sema, entry->index.base->type->map);
	bool is_whole = target == entry && stmt->assign.op == BINARY_NONE;

	if (is_whole && body_is_cpu_view(entry->index.base))
		return true;
	if (is_whole && value && value->kind == EXPR_INT && !value->integer.value)
		return true;
	body_error(sema, DIAG_ASSIGN_IMMUTABLE, target->span,
		   "user code writes whole values to one CPU of `%s`, or zero to all", name);
	diag_help(sema->comp, "write `%s.cpu(i)[key] = value` or `%s[key] = 0`", name, name);
	return false;
}

static bool write_flags(struct sema *sema, const struct expr *place, const struct decl *map)
{
	uint32_t flag = body_is_bpf(sema) ? MAP_F_RDONLY_PROG : MAP_F_RDONLY;

	if (!(map->map.flags & flag))
		return true;
	return immutable(sema, place,
			 body_text(sema, "`%s` is read-only for %s code", body_map_name(sema, map),
				   body_is_bpf(sema) ? "bpf" : "user"));
}

/* outer[k] = m: another map; the kernel takes them from user code only. */
static bool place_inner(struct sema *sema, const struct stmt *stmt, struct expr *entry)
{
	if (body_is_bpf(sema))
		return immutable(sema, entry, "only user code puts maps into maps");
	if (stmt->assign.op != BINARY_NONE || stmt->assign.target != entry)
		return immutable(sema, entry, "a map in a map is replaced only");
	entry->entry = ENTRY_PLACE;
	return true;
}

static bool place_entry(struct sema *sema, const struct stmt *stmt, struct expr *entry)
{
	const struct decl *map = entry->index.base->type->map;
	bool is_whole = stmt->assign.target == entry;

	if (entry->type->kind == TYPE_MAP)
		return place_inner(sema, stmt, entry);
	entry->entry = ENTRY_PLACE;
	if (is_whole &&
	    !body_map_can(sema, map, MAP_OP_UPDATE, entry->index.base->span, "write entries of")) {
		if (body_map_ops(sema, map->map.kind) & MAP_OP_STORAGE)
			diag_help(sema->comp, "`%s.get(object)` gives the entry's address",
				  body_map_name(sema, map));
		return false;
	}
	if (is_whole && entry->type->kind == TYPE_PTR && stmt->assign.op != BINARY_NONE)
		return immutable(sema, entry, "an entry that holds an object is replaced only");
	if (map->map.kind->per_cpu && !body_is_bpf(sema) && !write_per_cpu(sema, stmt, entry))
		return false;
	return write_flags(sema, entry, map);
}

/* ---- names ---- */

static bool place_bound(struct sema *sema, const struct stmt *stmt, struct expr *name)
{
	struct variable *variable = name->ref.variable;
	const struct decl *map = variable->entry_map;

	name->entry = ENTRY_PLACE;
	/* The variable itself changes, not the entry. */
	if (stmt->assign.target == name || !variable->entry_is_reference) {
		variable->entry_replaced = true;
		return true;
	}
	if (map->map.kind->per_cpu && !body_is_bpf(sema))
		return immutable(sema, stmt->assign.target,
				 body_text(sema, "in user code `%s` is a sum over all CPUs",
					   name->name.text));
	return write_flags(sema, stmt->assign.target, map);
}

static bool place_name(struct sema *sema, const struct stmt *stmt, struct expr *name)
{
	struct variable *variable = name->ref.variable;

	if (name->ref.kind == REF_DECL && name->ref.decl->kind == DECL_GLOBAL &&
	    !name->ref.decl->is_table)
		return true;
	if (name->ref.kind != REF_VARIABLE)
		return immutable(sema, name,
				 name->ref.kind == REF_DECL && name->ref.decl->kind == DECL_FN
					 ? "it is a function"
				 : name->type->kind == TYPE_MAP ? "it is a map; its entries can be"
								: "it is a constant");
	if (variable->is_const)
		return immutable(sema, name, "it is a constant");
	if (variable->is_immutable)
		return immutable(sema, name, "a loop sets it");
	if (variable == sema->fn->fn.context && stmt->assign.target == name)
		return immutable(sema, name, "it is the program's context");
	variable->is_written = true;
	return variable->entry_map ? place_bound(sema, stmt, name) : true;
}

/* ---- places ---- */

/* Who may write a config is a rule of the program, for shared functions have several targets. */
static bool place_member(struct sema *sema, const struct expr *place)
{
	const struct decl *decl = place->ref.kind == REF_DECL ? place->ref.decl : NULL;

	if (decl && ((decl->kind == DECL_GLOBAL && !decl->is_table) || decl->kind == DECL_CONFIG))
		return true;
	return immutable(sema, place, "it is a constant");
}

/* Walks from the target to what it lies in and checks that this can be written. */
static bool check_place(struct sema *sema, const struct stmt *stmt)
{
	struct expr *place = stmt->assign.target;

	for (;;) {
		switch (place->kind) {
		case EXPR_NAME:
			return place_name(sema, stmt, place);
		case EXPR_FIELD:
			if (place->ref.kind != REF_NONE)
				return place_member(sema, place);
			if (place->field.arrow)
				return body_may_write(sema, place->field.base, stmt->assign.target,
						      place->field.name.text);
			place = place->field.base;
			break;
		case EXPR_INDEX:
			if (place->index.base->type->kind == TYPE_MAP)
				return place_entry(sema, stmt, place);
			if (place->index.base->type->kind == TYPE_PTR)
				return body_may_write(sema, place->index.base, stmt->assign.target,
						      NULL);
			if (place->index.base->type->kind == TYPE_STR)
				return immutable(sema, place, "text changes as a whole only");
			place = place->index.base;
			break;
		case EXPR_UNARY:
			if (place->unary.op == UNARY_DEREF)
				return body_may_write(sema, place->unary.operand,
						      stmt->assign.target, NULL);
			return immutable(sema, place, "it is a value, not a place");
		default:
			return immutable(sema, place, "it is a value, not a place");
		}
	}
}

/* ---- values ---- */

static const char *target_text(struct sema *sema, const struct expr *target)
{
	if (target->kind == EXPR_NAME)
		return body_text(sema, "variable `%s`", target->name.text);
	if (target->kind == EXPR_FIELD)
		return body_text(sema, "field `%s`", target->field.name.text);
	if (target->kind == EXPR_INDEX && target->index.base->type->kind == TYPE_MAP)
		return body_text(sema, "the value of `%s`",
				 body_map_name(sema, target->index.base->type->map));
	return "this place";
}

/* `target op value` as an expression, for the rules that look at one. */
static struct expr *as_binary(struct sema *sema, const struct stmt *stmt)
{
	struct expr *binary = ast_expr(sema->comp, EXPR_BINARY, stmt->span);

	binary->binary.op = stmt->assign.op;
	binary->binary.op_span = stmt->span;
	binary->binary.left = stmt->assign.target;
	binary->binary.right = stmt->assign.value;
	binary->type = stmt->assign.target->type;
	return binary;
}

/* The kernel compares what the verifier knew of the map with the one that is put in. */
static void assign_inner(struct sema *sema, const struct expr *target, struct expr *value)
{
	const struct decl *inner = target->type->map, *map;

	sema_expr(sema, value, NULL);
	if (body_is_error(value->type))
		return;
	map = value->type->kind == TYPE_MAP ? value->type->map : NULL;
	if (!map || !map->name.text) {
		body_error(sema, DIAG_TYPE_MISMATCH, value->span, "%s is a map's name, found %s",
			   target_text(sema, target), body_found(sema, value));
		return;
	}
	if (map->map.kind == inner->map.kind && map->map.key == inner->map.key &&
	    map->map.value == inner->map.value && map->map.flags == inner->map.flags &&
	    (!inner->map.kind->is_array || map->map.max_entries == inner->map.max_entries))
		return;
	body_error(sema, DIAG_TYPE_MISMATCH, value->span, "%s has another shape than `%s`",
		   target_text(sema, target), map->name.text);
	diag_note(sema->comp, map->name.span, "declared here");
}

static void assign_plain(struct sema *sema, const struct stmt *stmt)
{
	struct expr *target = stmt->assign.target, *value = stmt->assign.value;

	if (target->type->kind == TYPE_MAP) {
		assign_inner(sema, target, value);
		return;
	}
	if (!sema_expr_as(sema, value, target->type, target_text(sema, target)))
		return;
	if (target->kind == EXPR_FIELD && target->field.field)
		body_fits_bits(sema, target->field.field, value);
	if (target->kind != EXPR_NAME || target->ref.kind != REF_VARIABLE)
		return;
	body_note_region(sema, target->ref.variable, value);
	body_note_program(target->ref.variable, value);
}

/*
 * The value of `op=` in the target's type. A division by something wider is done in the wider
 * type, since the low bits of a divisor are another number.
 */
static void convert_operand(struct sema *sema, const struct stmt *stmt, const struct type *type)
{
	struct expr *target = stmt->assign.target, *value = stmt->assign.value;
	const char *what = target_text(sema, target);
	enum binary_op op = stmt->assign.op;

	if (op == BINARY_SHL || op == BINARY_SHR || type->kind == TYPE_STR)
		return;
	value->to = NULL;
	if ((op == BINARY_DIV || op == BINARY_MOD) && type_is_integral(type) &&
	    type_bits(type) > type_bits(target->type))
		sema_convert(sema, value, type, what);
	else
		sema_convert(sema, value, target->type, what);
}

static void assign_pointer(struct sema *sema, const struct stmt *stmt)
{
	struct expr *target = stmt->assign.target, *value = stmt->assign.value;
	const struct type *type =
		body_pointer_arithmetic(sema, stmt->assign.op, stmt->span, target, value);

	if (body_is_error(type))
		return;
	if (!type_same(type, target->type)) {
		body_error(sema, DIAG_POINTER_ARITHMETIC, stmt->span,
			   "a `%s` moves within its array only; it cannot be moved itself",
			   body_type(sema, target->type));
		return;
	}
	if (target->kind == EXPR_NAME && target->ref.kind == REF_VARIABLE)
		body_note_region(sema, target->ref.variable, as_binary(sema, stmt));
}

static void assign_operator(struct sema *sema, const struct stmt *stmt)
{
	struct expr *target = stmt->assign.target, *value = stmt->assign.value;
	const struct type *type;

	if (!body_value(sema, value, NULL))
		return;
	if (target->type->kind == TYPE_PTR) {
		assign_pointer(sema, stmt);
		return;
	}
	type = body_arithmetic(sema, stmt->assign.op, stmt->span, target, value);
	target->to = NULL;
	if (body_is_error(type))
		return;
	convert_operand(sema, stmt, type);
	/* Division by a constant zero, shifts by the width. */
	sema_fold(sema, as_binary(sema, stmt));
}

/* x++ and x--. */
static void assign_step(struct sema *sema, const struct stmt *stmt)
{
	const struct expr *target = stmt->assign.target;
	const char *op = stmt->assign.op == BINARY_ADD ? "++" : "--";

	if (type_is_integral(target->type))
		return;
	if (target->type->kind != TYPE_PTR) {
		body_error(sema, DIAG_TYPE_MISMATCH, target->span,
			   "`%s` needs an integer, found %s", op, body_found(sema, target));
		return;
	}
	if (body_may_step(sema, target, target->span) && target->kind == EXPR_NAME &&
	    target->ref.kind == REF_VARIABLE) {
		struct expr *moved = as_binary(sema, stmt);

		moved->binary.right = ast_expr(sema->comp, EXPR_INT, stmt->span);
		body_note_region(sema, target->ref.variable, moved);
	}
}

/* ---- atomic updates ---- */

/*
 * Memory that other CPUs see and that is too narrow for an atomic instruction: the update is done
 * in the plain way, which can lose one.
 */
static void note_narrow_update(struct sema *sema, const struct stmt *stmt)
{
	const struct expr *place = stmt->assign.target;
	enum binary_op op = stmt->assign.op;
	bool is_packed = false, is_shared = false;

	if (op == BINARY_NONE || !body_is_bpf(sema) || !type_is_integral(place->type) ||
	    op == BINARY_MUL || op == BINARY_DIV || op == BINARY_MOD || op == BINARY_SHL ||
	    op == BINARY_SHR)
		return;
	for (;;) {
		if (place->kind == EXPR_INDEX && place->index.base->type->kind == TYPE_ARRAY) {
			place = place->index.base;
		} else if (place->kind == EXPR_FIELD && place->ref.kind == REF_NONE &&
			   !place->field.arrow) {
			is_packed |= place->field.base->type->strukt->is_packed;
			place = place->field.base;
		} else {
			break;
		}
	}
	if (place->kind == EXPR_INDEX && place->index.base->type->kind == TYPE_MAP)
		is_shared = !place->index.base->type->map->map.kind->per_cpu;
	else if (place->ref.kind == REF_DECL)
		is_shared = place->ref.decl->kind == DECL_GLOBAL;
	else if (place->kind == EXPR_NAME && place->ref.kind == REF_VARIABLE)
		is_shared = place->ref.variable->entry_is_reference &&
			    !place->ref.variable->entry_map->map.kind->per_cpu;
	place = stmt->assign.target;
	if (is_shared && (is_packed || place->type->size < 4))
		diag_report(sema->comp, DIAG_INVALID_ATOMIC, place->span,
			    is_packed ? "a field of a packed struct is updated without atomics: "
					"CPUs may overwrite each other"
				      : "memory narrower than 32 bits is updated without "
					"atomics: CPUs may overwrite each other");
}

/* ---- the statement ---- */

/* The name at the root of a target that is not read: `a` of a = e, a.f = e, a[i] = e. */
static const struct expr *root_of(const struct expr *target)
{
	while ((target->kind == EXPR_FIELD && !target->field.arrow) || target->kind == EXPR_INDEX)
		target = target->kind == EXPR_FIELD ? target->field.base : target->index.base;
	return target;
}

void body_check_assign(struct sema *sema, struct stmt *stmt)
{
	struct expr *target = stmt->assign.target;
	const struct expr *root = root_of(target);

	sema->body->target = root;
	sema->body->written = stmt->assign.op == BINARY_NONE ? target : NULL;
	sema_expr(sema, target, NULL);
	sema->body->target = NULL;
	sema->body->written = NULL;
	/* p[i] = e reads p. */
	if (root != target && root->kind == EXPR_NAME && root->ref.kind == REF_VARIABLE &&
	    root->type->kind == TYPE_PTR)
		root->ref.variable->is_read = true;
	if (body_is_error(target->type) || !check_place(sema, stmt)) {
		if (stmt->assign.value)
			sema_expr(sema, stmt->assign.value, NULL);
		return;
	}
	if (!stmt->assign.value)
		assign_step(sema, stmt);
	else if (stmt->assign.op == BINARY_NONE)
		assign_plain(sema, stmt);
	else
		assign_operator(sema, stmt);
	note_narrow_update(sema, stmt);
}
