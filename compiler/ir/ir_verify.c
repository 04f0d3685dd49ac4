/* SPDX-License-Identifier: Apache-2.0 */
#include "ir/ir_verify.h"

#include <ctype.h>
#include <string.h>

enum label_state {
	LABEL_UNUSED,
	LABEL_CLOSED,
	LABEL_BLOCK,
	LABEL_LOOP
};

static const char *const stmt_names[] = {
#define X(name) [IR_STMT_##name] = #name,
	IR_STMT_KINDS(X)
#undef X
};

static void verify_stmts(struct ir_verifier *verifier, const struct ir_stmt_vec *stmts);

void ir_verify_fail(struct ir_verifier *verifier, const char *fmt, ...)
{
	va_list args;

	if (verifier->failed)
		return;
	verifier->failed = true;
	if (verifier->func)
		strbuf_printf(verifier->why, "%s: ", verifier->func->name);
	if (verifier->stmt) {
		struct compilation *comp = verifier->module->comp;
		struct span span = verifier->stmt->span;

		if (span.file < comp->sources.files.len)
			strbuf_printf(verifier->why, "line %u: ",
				      source_position(&comp->sources, span.file, span.start).line);
		strbuf_printf(verifier->why, "%s: ", stmt_names[verifier->stmt->kind]);
	}
	va_start(args, fmt);
	strbuf_vprintf(verifier->why, fmt, args);
	va_end(args);
}

static void verify_cond(struct ir_verifier *verifier, const struct ir_expr *cond)
{
	ir_verify_expr(verifier, cond);
	if (!verifier->failed && cond->type->kind != TYPE_BOOL)
		ir_verify_fail(verifier, "a condition that is no bool");
}

/* The statements under a label; it is visible only there and used once. */
static void verify_labelled(struct ir_verifier *verifier, uint32_t label, enum label_state state,
			    const struct ir_stmt_vec *body)
{
	if (label >= verifier->func->label_count) {
		ir_verify_fail(verifier, "label @%u of %u", label, verifier->func->label_count);
		return;
	}
	if (verifier->labels[label] != LABEL_UNUSED) {
		ir_verify_fail(verifier, "label @%u stands twice", label);
		return;
	}
	verifier->labels[label] = state;
	verify_stmts(verifier, body);
	verifier->labels[label] = LABEL_CLOSED;
}

static void verify_jump(struct ir_verifier *verifier, const struct ir_stmt *stmt)
{
	uint8_t state = stmt->label < verifier->func->label_count ? verifier->labels[stmt->label]
								  : LABEL_UNUSED;

	if (state != LABEL_LOOP && (state != LABEL_BLOCK || stmt->kind == IR_STMT_CONTINUE))
		ir_verify_fail(verifier, "no statement around it has label @%u", stmt->label);
}

static void verify_set(struct ir_verifier *verifier, const struct ir_stmt *stmt)
{
	ir_verify_local(verifier, stmt->set.local);
	ir_verify_root(verifier, stmt->set.value);
	if (verifier->failed)
		return;
	ir_verify_same(verifier, "the value", stmt->set.local->type, stmt->set.value->type);
	if (verifier->loop_locals[stmt->set.local->index])
		ir_verify_fail(verifier, "the counter `%s` is set inside its loop",
			       stmt->set.local->name);
}

static void verify_store(struct ir_verifier *verifier, const struct ir_stmt *stmt)
{
	ir_verify_place(verifier, stmt->store.place);
	ir_verify_expr(verifier, stmt->store.value);
	if (verifier->failed)
		return;
	if (stmt->kind == IR_STMT_STORE) {
		ir_verify_same(verifier, "the value", stmt->store.place->type,
			       stmt->store.value->type);
		return;
	}
	if (stmt->store.op > BINARY_SHR)
		ir_verify_fail(verifier, "an UPDATE with operator %s",
			       ast_binary_text(stmt->store.op));
	if (stmt->store.op != BINARY_SHL && stmt->store.op != BINARY_SHR)
		ir_verify_same(verifier, "the operand", stmt->store.place->type,
			       stmt->store.value->type);
	if (stmt->store.atomic && verifier->func->target != TARGET_BPF)
		ir_verify_fail(verifier, "an atomic update outside bpf");
}

static void verify_present(struct ir_verifier *verifier, const struct ir_stmt *stmt)
{
	ir_verify_local(verifier, stmt->iff.local);
	ir_verify_root(verifier, stmt->iff.value);
	if (verifier->failed)
		return;
	ir_verify_same(verifier, "the value", stmt->iff.local->type, stmt->iff.value->type);
	if (stmt->iff.local->type->kind != TYPE_PTR)
		ir_verify_fail(verifier, "`%s` is no pointer", stmt->iff.local->name);
	verify_stmts(verifier, &stmt->iff.then);
	verify_stmts(verifier, &stmt->iff.otherwise);
}

static void verify_for(struct ir_verifier *verifier, const struct ir_stmt *stmt)
{
	ir_verify_local(verifier, stmt->range.local);
	ir_verify_expr(verifier, stmt->range.from);
	ir_verify_expr(verifier, stmt->range.to);
	if (verifier->failed)
		return;
	if (stmt->range.local->type->kind != TYPE_INT)
		ir_verify_fail(verifier, "the counter is no integer");
	ir_verify_same(verifier, "the first bound", stmt->range.local->type,
		       stmt->range.from->type);
	ir_verify_same(verifier, "the last bound", stmt->range.local->type, stmt->range.to->type);
	verifier->loop_locals[stmt->range.local->index]++;
	verify_labelled(verifier, stmt->range.label, LABEL_LOOP, &stmt->range.body);
	verifier->loop_locals[stmt->range.local->index]--;
}

static void verify_for_map(struct ir_verifier *verifier, const struct ir_stmt *stmt)
{
	if (!stmt->each.map) {
		ir_verify_fail(verifier, "no map");
		return;
	}
	if (stmt->each.key)
		ir_verify_local(verifier, stmt->each.key);
	if (stmt->each.entry)
		ir_verify_local(verifier, stmt->each.entry);
	if (stmt->each.buffer)
		ir_verify_local(verifier, stmt->each.buffer);
	if (verifier->func->target == TARGET_USER && stmt->each.entry && !stmt->each.buffer)
		ir_verify_fail(verifier, "an entry without a buffer in user code");
	if (!verifier->failed)
		verify_labelled(verifier, stmt->each.label, LABEL_LOOP, &stmt->each.body);
}

static void verify_switch(struct ir_verifier *verifier, const struct ir_stmt *stmt)
{
	bool is_signed;

	ir_verify_expr(verifier, stmt->swich.value);
	if (verifier->failed)
		return;
	is_signed = type_is_signed(stmt->swich.value->type);
	vec_foreach (one, &stmt->swich.cases) {
		for (uint32_t i = 0; i < one->range_count; i++) {
			uint64_t low = one->ranges[i].low, high = one->ranges[i].high;

			if (is_signed ? (int64_t)low > (int64_t)high : low > high)
				ir_verify_fail(verifier, "an empty case");
		}
		verify_stmts(verifier, &one->body);
	}
	verify_stmts(verifier, &stmt->swich.otherwise);
}

static void verify_leave(struct ir_verifier *verifier, const struct ir_stmt *stmt)
{
	const struct type *result = verifier->func->result;

	if (stmt->kind == IR_STMT_TAIL_CALL) {
		if (!stmt->tail.func || stmt->tail.func->role != FN_PROGRAM)
			ir_verify_fail(verifier, "a tail call to something that is no program");
		ir_verify_expr(verifier, stmt->tail.otherwise);
		if (!verifier->failed)
			ir_verify_same(verifier, "the verdict", result, stmt->tail.otherwise->type);
		return;
	}
	if (stmt->kind == IR_STMT_THROW) {
		if (!verifier->func->throws)
			ir_verify_fail(verifier, "the function is not marked as throwing");
		result = verifier->module->comp->types->i32;
	}
	if (result->kind == TYPE_VOID) {
		if (stmt->value)
			ir_verify_fail(verifier, "a value in a void function");
		return;
	}
	ir_verify_expr(verifier, stmt->value);
	if (!verifier->failed)
		ir_verify_same(verifier, "the value", result, stmt->value->type);
}

static void verify_stmt(struct ir_verifier *verifier, const struct ir_stmt *stmt)
{
	switch (stmt->kind) {
	case IR_STMT_SET:
		verify_set(verifier, stmt);
		break;
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
		verify_store(verifier, stmt);
		break;
	case IR_STMT_EVAL:
		ir_verify_root(verifier, stmt->eval);
		if (!verifier->failed && stmt->eval->kind != IR_EXPR_CALL &&
		    stmt->eval->kind != IR_EXPR_OP)
			ir_verify_fail(verifier, "an expression without effect");
		break;
	case IR_STMT_BLOCK:
	case IR_STMT_LOOP:
		verify_labelled(verifier, stmt->block.label,
				stmt->kind == IR_STMT_LOOP ? LABEL_LOOP : LABEL_BLOCK,
				&stmt->block.body);
		break;
	case IR_STMT_IF:
		verify_cond(verifier, stmt->iff.cond);
		verify_stmts(verifier, &stmt->iff.then);
		verify_stmts(verifier, &stmt->iff.otherwise);
		break;
	case IR_STMT_IF_PRESENT:
		verify_present(verifier, stmt);
		break;
	case IR_STMT_WHILE:
		verify_cond(verifier, stmt->whil.cond);
		verify_labelled(verifier, stmt->whil.label, LABEL_LOOP, &stmt->whil.body);
		break;
	case IR_STMT_FOR:
		verify_for(verifier, stmt);
		break;
	case IR_STMT_FOR_MAP:
		verify_for_map(verifier, stmt);
		break;
	case IR_STMT_SWITCH:
		verify_switch(verifier, stmt);
		break;
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
		verify_jump(verifier, stmt);
		break;
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
		verify_leave(verifier, stmt);
		break;
	case IR_STMT_COMMENT:
		break;
	}
}

static void verify_stmts(struct ir_verifier *verifier, const struct ir_stmt_vec *stmts)
{
	const struct ir_stmt *outer = verifier->stmt;

	for (uint32_t i = 0; i < stmts->len && !verifier->failed; i++) {
		verifier->stmt = stmts->data[i];
		verify_stmt(verifier, stmts->data[i]);
	}
	if (!verifier->failed)
		verifier->stmt = outer;
}

static bool is_identifier(const char *name)
{
	if (!name || (!isalpha((unsigned char)*name) && *name != '_'))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

static void verify_locals(struct ir_verifier *verifier, const struct ir_func *func)
{
	struct ptr_map seen;

	ptr_map_init(&seen, &verifier->module->comp->arena);
	for (uint32_t i = 0; i < func->locals.len && !verifier->failed; i++) {
		const struct ir_local *local = func->locals.data[i];
		const char *name;

		if (local->index != i || !local->type || !is_identifier(local->name)) {
			ir_verify_fail(verifier, "local %u has a wrong index, type or name", i);
			return;
		}
		name = intern_str(&verifier->module->comp->names, local->name);
		if (ptr_map_get(&seen, name))
			ir_verify_fail(verifier, "two locals are called `%s`", name);
		ptr_map_set(&seen, name, (void *)local);
		if (local->type->kind == TYPE_VOID)
			ir_verify_fail(verifier, "local `%s` is void", name);
	}
	for (uint32_t i = 0; i < func->params.len && !verifier->failed; i++)
		if (i >= func->locals.len || func->locals.data[i] != func->params.data[i])
			ir_verify_fail(verifier, "parameter %u is not local %u", i, i);
}

static bool verify_func(const struct ir_module *module, const struct ir_func *func,
			struct strbuf *why)
{
	struct arena *arena = &module->comp->arena;
	struct ir_verifier verifier = {.module = module, .func = func, .why = why};

	verifier.labels = arena_array(arena, uint8_t, func->label_count);
	verifier.loop_locals = arena_array(arena, uint8_t, func->locals.len);
	if (!func->result)
		ir_verify_fail(&verifier, "no result type");
	if (!verifier.failed)
		verify_locals(&verifier, func);
	if (!verifier.failed)
		verify_stmts(&verifier, &func->body);
	return !verifier.failed;
}

bool ir_verify(const struct ir_module *module, struct strbuf *why)
{
	vec_foreach (func, &module->funcs) {
		if (!verify_func(module, *func, why))
			return false;
	}
	return true;
}

_Noreturn static void die(const struct ir_module *module, const char *who, struct strbuf *why)
{
	internal_error(module->comp, span_nowhere(), "%s made wrong IR: %s", who, strbuf_text(why));
}

void ir_verify_or_die(const struct ir_module *module, const char *who)
{
	struct strbuf why = {0};

	if (!ir_verify(module, &why))
		die(module, who, &why);
	strbuf_free(&why);
}

void ir_verify_func_or_die(const struct ir_module *module, const struct ir_func *func,
			   const char *who)
{
	struct strbuf why = {0};

	if (!verify_func(module, func, &why))
		die(module, who, &why);
	strbuf_free(&why);
}
