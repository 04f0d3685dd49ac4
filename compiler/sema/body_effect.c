/* SPDX-License-Identifier: Apache-2.0 */
/* try, throw, defer, delete, lock. */
#include "sema/body.h"

#include <string.h>

bool body_not_locked(struct sema *sema, struct span span, const char *what)
{
	if (!sema->lock_depth)
		return true;
	body_error(sema, DIAG_LOCK_BODY, span, "%s cannot stand under a lock", what);
	return false;
}

/* ---- try, throw ---- */

/* An error code is an integer or enum value, held in 32 bits; zero means that there is none. */
static bool check_code(struct sema *sema, struct expr *code)
{
	if (!type_is_integral(code->type)) {
		if (!body_is_error(code->type))
			body_error(sema, DIAG_TYPE_MISMATCH, code->span,
				   "an error code is an integer or enum value, found %s",
				   body_found(sema, code));
		return false;
	}
	if (code->constant.kind == CONSTANT_INT && !code->constant.bits) {
		body_error(sema, DIAG_THROW_CODE, code->span,
			   "zero is no error code: it means that nothing was thrown");
		return false;
	}
	return sema_convert(sema, code, sema->comp->types->i32, "an error code");
}

/* A clause that an earlier one makes useless. */
static void check_again(struct sema *sema, const struct stmt *stmt, uint32_t index)
{
	const struct catch_clause *clause = &stmt->tri.catches.data[index];

	for (uint32_t i = 0; i < index; i++) {
		const struct catch_clause *first = &stmt->tri.catches.data[i];

		if (!first->code) {
			body_error(sema, DIAG_THROW_CODE, clause->span,
				   "`catch _` before it takes every error");
			diag_note(sema->comp, first->span, "here");
			return;
		}
		if (clause->code && first->code->constant.kind == CONSTANT_INT &&
		    sema_constant_equal(&first->code->constant, &clause->code->constant)) {
			body_error(sema, DIAG_THROW_CODE, clause->code->span,
				   "a clause before it takes this error");
			diag_note(sema->comp, first->code->span, "here");
			return;
		}
	}
}

void body_check_try(struct sema *sema, struct stmt *stmt)
{
	struct catch_vec *catches = &stmt->tri.catches;

	body_not_locked(sema, stmt->span, "`try`");
	body_block(sema, stmt->tri.body);
	for (uint32_t i = 0; i < catches->len; i++) {
		struct catch_clause *clause = &catches->data[i];

		if (!clause->code ||
		    (sema_constant(sema, clause->code, NULL) && check_code(sema, clause->code)))
			check_again(sema, stmt, i);
		body_block(sema, clause->block);
	}
}

void body_check_throw(struct sema *sema, struct stmt *stmt)
{
	body_not_locked(sema, stmt->span, "`throw`");
	if (body_value(sema, stmt->expr.value, NULL))
		check_code(sema, stmt->expr.value);
}

/* ---- defer ---- */

static void check_deferred_call(struct sema *sema, struct expr *call)
{
	const struct expr *discard = sema->discard;

	sema->discard = call;
	sema_expr(sema, call, NULL);
	sema->discard = discard;
	if (call->kind != EXPR_CALL && !body_is_error(call->type)) {
		body_error(sema, DIAG_DEFER, call->span, "`defer` takes a call or a block");
		diag_help(sema->comp, "`defer { ... }` defers other statements");
	}
}

void body_check_defer(struct sema *sema, struct stmt *stmt)
{
	struct body *body = sema->body;
	uint32_t loops = body->defer_loops;
	bool was_in_defer = body->in_defer;

	body_not_locked(sema, stmt->span, "`defer`");
	if (was_in_defer)
		body_error(sema, DIAG_DEFER, stmt->span, "deferred code cannot defer more");
	else if (sema->loop_depth)
		body_error(sema, DIAG_DEFER, stmt->span,
			   "a `defer` in a loop would have to run once for each round");
	body->in_defer = true;
	body->defer_loops = sema->loop_depth;
	sema->defer_depth++;
	if (stmt->defer.call)
		check_deferred_call(sema, stmt->defer.call);
	else
		body_block(sema, stmt->defer.block);
	sema->defer_depth--;
	body->defer_loops = loops;
	body->in_defer = was_in_defer;
}

/* ---- delete ---- */

static void delete_entry(struct sema *sema, struct expr *target)
{
	const struct decl *map = target->index.base->type->map;

	target->entry = ENTRY_PLACE;
	if (body_is_cpu_view(target->index.base)) {
		body_error(sema, DIAG_MAP_KIND, target->span,
			   "an entry is deleted for all CPUs: `delete %s[key]`",
			   body_map_name(sema, map));
		return;
	}
	if (map->map.kind->is_array) {
		diag_report(sema->comp, DIAG_ARRAY_DELETE, target->span,
			    "`%s` is an array: its entries are always there, this does nothing",
			    body_map_name(sema, map));
		diag_help(sema->comp, "an assignment makes an entry zero");
		return;
	}
	body_map_can(sema, map, MAP_OP_DELETE, target->index.base->span, "delete entries of");
}

/* What new gave: an object in bpf code, heap memory elsewhere. */
static void delete_pointer(struct sema *sema, const struct expr *target)
{
	enum region region = sema_region(target);

	if (region == REGION_ANY || region == REGION_OBJECT || region == REGION_HEAP)
		return;
	/* A module's object comes back from the kernel's lists by an address of the kernel. */
	if (body_is_module(sema) && region != REGION_STACK && region != REGION_CTX)
		return;
	body_error(sema, DIAG_TYPE_MISMATCH, target->span,
		   "only what `new` gave can be deleted; this points elsewhere");
}

void body_check_delete(struct sema *sema, struct stmt *stmt)
{
	struct expr *target = stmt->del.target;

	body_not_locked(sema, stmt->span, "`delete`");
	sema->body->written = target;
	sema_expr(sema, target, NULL);
	sema->body->written = NULL;
	if (body_is_error(target->type))
		return;
	if (target->kind == EXPR_INDEX && target->index.base->type->kind == TYPE_MAP)
		delete_entry(sema, target);
	else if (target->type->kind == TYPE_PTR)
		delete_pointer(sema, target);
	else if (target->type->kind != TYPE_NULL)
		body_error(sema, DIAG_TYPE_MISMATCH, target->span,
			   "`delete` takes a map entry or a pointer, found %s",
			   body_found(sema, target));
}

/* ---- lock ---- */

static bool is_lock(const struct type *type)
{
	return type->kind == TYPE_STRUCT && !strcmp(type->strukt->name, "bpf_spin_lock");
}

void body_check_lock(struct sema *sema, struct stmt *stmt)
{
	struct expr *target = stmt->lock.target;
	uint32_t loops = sema->body->lock_loops;

	body_not_locked(sema, stmt->span, "another lock");
	sema_expr(sema, target, NULL);
	if (!body_is_error(target->type) && !is_lock(target->type))
		body_error(sema, DIAG_TYPE_MISMATCH, target->span,
			   "`lock` takes a field of type `spin_lock`, found %s",
			   body_found(sema, target));
	else if (!body_is_error(target->type) && !body_is_bpf(sema))
		body_error(sema, DIAG_BUILTIN_TARGET, stmt->span,
			   "locks in map entries are for bpf code");
	else if (!body_is_error(target->type) && body_address_region(target) != REGION_ENTRY &&
		 body_address_region(target) != REGION_ANY)
		body_error(sema, DIAG_TYPE_MISMATCH, target->span,
			   "only a lock in a map entry can be taken, this is a copy");
	sema->body->lock_loops = sema->loop_depth;
	sema->lock_depth++;
	body_block(sema, stmt->lock.body);
	sema->lock_depth--;
	sema->body->lock_loops = loops;
}
