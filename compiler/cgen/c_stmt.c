/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements. Blocks that are left by BREAK become if and else where that needs no jump; what is
 * left is `goto done`, as kernel code has it. `break` and `continue` stand where they mean the
 * loop that IR means.
 */
#include "cgen/c_flow.h"

#include <string.h>

/* ---- lines ---- */

/* A label waits for the next statement: before a declaration or a brace it needs one of its own. */
void c_flush_label(struct cgen *cg, bool is_statement)
{
	if (!cg->label)
		return;
	cw_outdented(&cg->w, is_statement ? "%s:" : "%s:;", cg->label);
	cg->label = NULL;
}

void c_put(struct cgen *cg, const char *fmt, ...)
{
	va_list args;
	const char *text;

	va_start(args, fmt);
	text = arena_vprintf(&cg->comp->arena, fmt, args);
	va_end(args);
	c_flush_label(cg, true);
	c_begin_statement(cg);
	cw_line(&cg->w, "%s", text);
}

/* The type in front of a declarator that is a plain name; 0: it is another one. */
static size_t plain_type_len(const char *text)
{
	size_t len = strcspn(text, " "), name;

	if (!strncmp(text, "struct ", 7) || !strncmp(text, "enum ", 5) ||
	    !strncmp(text, "union ", 6))
		len += 1 + strcspn(text + len + 1, " ");
	name = text[len] == ' ' ? strcspn(text + len + 1, " ;*") : 0;
	if (!name || text[len + 1 + name] == '*' || strpbrk(text, "([\"',\n") ||
	    (text[len + 1 + name] == ' ' && text[len + 2 + name] != '='))
		return 0;
	return len;
}

/* `u32 a = 0;` goes on as `u32 a = 0, b = 0;` where both are short and of one type. */
static bool joins_last(struct cgen *cg, const char *text)
{
	enum {
		WIDTH_MAX = 72 /* longer ones are easier to read in lines of their own */
	};
	struct strbuf *out = cg->w.out;
	size_t len = plain_type_len(text);

	if (!len || cg->last_out != out || cg->last_end != out->len || cg->w.blank_wanted ||
	    strncmp(text, cg->last_declaration, len + 1) != 0 ||
	    strlen(cg->last_declaration) + strlen(text) - len > WIDTH_MAX)
		return false;
	out->len -= strlen(";\n");
	strbuf_printf(out, ",%s\n", text + len);
	cg->last_declaration = c_format(cg, "%.*s,%s", (int)strlen(cg->last_declaration) - 1,
					cg->last_declaration, text + len);
	cg->last_end = out->len;
	return true;
}

void c_put_declaration(struct cgen *cg, const char *text)
{
	c_flush_label(cg, false);
	cg->declarations++;
	if (joins_last(cg, text))
		return;
	/* The kernel's style wants a blank line behind declarations that stand further down, too.
	 */
	if (cg->section == SECTION_START || cg->backend->is_kernel)
		cg->section = SECTION_DECLARATIONS;
	cw_line(&cg->w, "%s", text);
	cg->last_declaration = text;
	cg->last_out = plain_type_len(text) ? cg->w.out : NULL;
	cg->last_end = cg->w.out->len;
}

void c_begin_statement(struct cgen *cg)
{
	if (cg->section == SECTION_DECLARATIONS)
		cw_blank(&cg->w);
	cg->section = SECTION_STATEMENTS;
}

void c_put_label(struct cgen *cg, const char *label)
{
	c_flush_label(cg, false);
	cg->label = label;
}

/* ---- declarations ---- */

static const char *local_text(struct cgen *cg, const struct ir_local *local)
{
	const struct c_local *info = &cg->locals[local->index];

	return c_format(cg, "%s%s",
			info->is_presence ? c_format(cg, "bool %s", info->name)
					  : c_declare(cg, local->type, info->name),
			c_unused_mark(cg, local));
}

static const char *zero_of(const struct type *type)
{
	switch (type->kind) {
	case TYPE_STR:
	case TYPE_ARRAY:
	case TYPE_STRUCT:
		return "{}";
	case TYPE_BOOL:
		return "false";
	case TYPE_PTR:
	case TYPE_FN:
	case TYPE_NULL:
	case TYPE_HANDLE:
	case TYPE_PERF:
		return "NULL";
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
	case TYPE_FLOAT:
	case TYPE_ENUM:
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_MAP:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return "0";
}

/* Whether this statement of its home is where the local gets its declaration and first value. */
bool c_declares_here(struct cgen *cg, const struct ir_local *local, struct c_position at)
{
	const struct c_local *info = &cg->locals[local->index];

	return !info->is_declared && !local->is_param && info->defined_first &&
	       info->home == c_scope_of(cg, at.stmts) && info->first == at.index;
}

/* Is the first statement one that can hold the declaration? */
static bool declares_later(const struct ir_local *local, const struct c_local *info,
			   const struct ir_stmt_vec *stmts)
{
	const struct ir_stmt *stmt = stmts->data[info->first];
	const struct ir_expr *value = NULL;

	if (!info->defined_first)
		return false;
	switch (stmt->kind) {
	case IR_STMT_SET:
		value = stmt->set.value;
		if (stmt->set.local == local)
			return value->kind != IR_EXPR_CALL || !value->call.error;
		break;
	case IR_STMT_STORE:
		return true; /* of the whole local */
	case IR_STMT_IF_PRESENT:
		return stmt->iff.local == local;
	case IR_STMT_FOR:
		return stmt->range.local == local && info->first == info->last;
	case IR_STMT_EVAL:
		value = stmt->eval;
		break;
	case IR_STMT_UPDATE:
	case IR_STMT_BLOCK:
	case IR_STMT_IF:
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR_MAP:
	case IR_STMT_SWITCH:
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		break;
	}
	return value && value->kind == IR_EXPR_CALL && value->call.error == local;
}

/* Nobody asks for its value: what sets it is dropped, or done for its effect alone. */
static bool is_dropped(const struct cgen *cg, const struct ir_local *local)
{
	return !cg->locals[local->index].is_read;
}

/* A call that throws leaves the result alone. */
static bool sets_by_call(const struct ir_local *local, const struct ir_stmt *stmt)
{
	return stmt->kind == IR_STMT_SET && stmt->set.local == local &&
	       stmt->set.value->kind == IR_EXPR_CALL;
}

static void declare_local(struct cgen *cg, const struct ir_local *local,
			  const struct ir_stmt_vec *stmts)
{
	struct c_local *info = &cg->locals[local->index];
	const char *zero;

	if (info->is_declared || info->buffer || info->home != c_scope_of(cg, stmts) ||
	    declares_later(local, info, stmts))
		return;
	/* A buffer that nobody reads still needs to be there for the call. */
	if (is_dropped(cg, local) && !c_is_needed(&cg->func->body, local))
		return;
	info->is_declared = true;
	zero = info->defined_first && !sets_by_call(local, stmts->data[info->first])
		       ? NULL
		       : zero_of(local->type);
	c_put_declaration(cg, c_format(cg, "%s%s%s;", local_text(cg, local), zero ? " = " : "",
				       zero ? zero : ""));
}

/* Two types of the language can be one in C. */
static bool same_in_c(struct cgen *cg, const struct type *a, const struct type *b)
{
	return a == b || (a->kind != TYPE_STRUCT && b->kind != TYPE_STRUCT &&
			  !strcmp(c_type(cg, a), c_type(cg, b)));
}

static void declare_all(struct cgen *cg, const struct ir_stmt_vec *stmts, const struct type *type)
{
	vec_foreach (local, c_scope_locals(cg, stmts)) {
		if (!cg->locals[(*local)->index].is_declared && same_in_c(cg, (*local)->type, type))
			declare_local(cg, *local, stmts);
	}
}

/* Those of one type share a line, with the variable that the first statement declares. */
void c_declare_locals(struct cgen *cg, const struct ir_stmt_vec *stmts)
{
	const struct ir_stmt *first = stmts->len ? stmts->data[0] : NULL;
	const struct type *last = NULL;

	if (first && first->kind == IR_STMT_SET)
		last = first->set.local->type;
	vec_foreach (local, c_scope_locals(cg, stmts)) {
		if (!cg->locals[(*local)->index].is_declared &&
		    (!last || !same_in_c(cg, (*local)->type, last)))
			declare_all(cg, stmts, (*local)->type);
	}
	if (last)
		declare_all(cg, stmts, last);
}

/* ---- assignments ---- */

/* `E = f(args, &result);` */
static void put_throwing_call(struct cgen *cg, const struct ir_expr *call, const char *result,
			      struct c_position at)
{
	const struct ir_local *error = call->call.error;
	struct c_local *info = &cg->locals[error->index];
	const char *text = c_call(cg, call, result).text;

	if (is_dropped(cg, error)) {
		c_put(cg, "%s;", text);
	} else if (c_declares_here(cg, error, at)) {
		info->is_declared = true;
		c_put_declaration(cg, c_format(cg, "%s = %s;", local_text(cg, error), text));
	} else {
		c_put(cg, "%s = %s;", info->name, text);
	}
}

/* Where a result goes that nobody wants. */
static const char *nowhere(struct cgen *cg, const struct type *type)
{
	if (type->kind == TYPE_VOID)
		return NULL;
	if (type->kind == TYPE_ARRAY)
		return c_format(cg, "&(%s){}", c_array_wrapper(cg, type));
	return c_format(cg, "&(%s){%s}", c_type(cg, type),
			*zero_of(type) == '{' ? "" : zero_of(type));
}

void c_put_effect(struct cgen *cg, const struct ir_expr *value, struct c_position at)
{
	if (value->kind == IR_EXPR_CALL && value->call.error)
		put_throwing_call(cg, value, nowhere(cg, value->type), at);
	else
		c_put(cg, "%s;", c_expr(cg, value).text);
}

/* What can end the program must stay although its value is dropped. */
static void put_dropped(struct cgen *cg, const struct ir_expr *value, struct c_position at)
{
	if (value->kind == IR_EXPR_CALL || value->kind == IR_EXPR_OP)
		c_put_effect(cg, value, at);
	else if (c_can_trap(value))
		c_put(cg, "(void)%s;", c_paren(cg, c_expr(cg, value), PREC_UNARY));
}

/* `x = x` has no effect: a conversion that C does by itself. */
static void put_assignment(struct cgen *cg, const char *to, const char *value)
{
	if (strcmp(to, value) != 0)
		c_put(cg, "%s = %s;", to, value);
}

void c_put_set(struct cgen *cg, const struct ir_local *local, const struct ir_expr *value,
	       struct c_position at)
{
	struct c_local *info = &cg->locals[local->index];
	const char *name = info->name;

	if (info->buffer || is_dropped(cg, local)) {
		put_dropped(cg, value, at);
		return;
	}
	if (value->kind == IR_EXPR_CALL && value->call.error) {
		bool wrapped = local->type->kind == TYPE_ARRAY;

		put_throwing_call(
			cg, value,
			wrapped ? c_format(cg, "(%s *)%s", c_array_wrapper(cg, local->type), name)
				: c_format(cg, "&%s", name),
			at);
		return;
	}
	if (value->kind == IR_EXPR_LOAD && value->place->kind == IR_PLACE_LOCAL &&
	    value->place->local == local)
		return;
	if (c_declares_here(cg, local, at)) {
		info->is_declared = true;
		if (c_declare_by_copies(cg, value, local_text(cg, local), name))
			return;
		if (c_has_initializer(value)) {
			c_put_declaration(cg, c_format(cg, "%s = %s;", local_text(cg, local),
						       c_initializer(cg, value)));
			return;
		}
		c_put_declaration(cg, c_format(cg, "%s;", local_text(cg, local)));
	}
	if (local->type->kind == TYPE_ARRAY)
		c_array_assign(cg, name, value);
	else
		put_assignment(cg, name, c_argument(cg, value));
}

/* Stores to variables that nobody reads are dropped. */
static bool store_is_dropped(struct cgen *cg, const struct ir_stmt *stmt, struct c_position at)
{
	const struct ir_place *place = stmt->store.place, *root;
	const struct ir_expr *value = stmt->store.value;

	root = ir_place_root((struct ir_place *)place);
	if (root->kind == IR_PLACE_LOCAL && is_dropped(cg, root->local)) {
		put_dropped(cg, value, at);
		return true;
	}
	return stmt->kind == IR_STMT_STORE && value->kind == IR_EXPR_LOAD &&
	       c_place_same(value->place, place) && !c_place_is_volatile(cg, place);
}

static void put_update(struct cgen *cg, const struct ir_stmt *stmt)
{
	const struct ir_place *place = stmt->store.place;
	const struct ir_expr *value = stmt->store.value;
	struct ir_expr load = {.kind = IR_EXPR_LOAD,
			       .type = place->type,
			       .span = stmt->span,
			       .place = stmt->store.place};
	struct ir_expr binary = {.kind = IR_EXPR_BINARY, .type = place->type, .span = stmt->span};
	const char *text = c_place(cg, place).text, *op = ast_binary_text(stmt->store.op);
	struct c_text full;

	binary.binary.op = stmt->store.op;
	binary.binary.left = &load;
	binary.binary.right = stmt->store.value;
	if (place->type->kind == TYPE_PTR) {
		c_put(cg, "%s %s= %s;", text, op, c_expr(cg, value).text);
		return;
	}
	full = c_expr_converted(cg, &binary);
	/* Compilers take `x &= x` for a slip; it has no effect, but it is a use of x. */
	if ((stmt->store.op == BINARY_AND || stmt->store.op == BINARY_OR) &&
	    !strcmp(text, c_argument(cg, value))) {
		c_put(cg, "(void)%s;", c_paren(cg, c_place(cg, place), PREC_UNARY));
		return;
	}
	if (!strncmp(full.text, "ks_", 3))
		c_put(cg, "%s = %s;", text, full.text);
	else if (value->kind == IR_EXPR_CONST && value->bits == 1 && !value->symbol &&
		 (stmt->store.op == BINARY_ADD || stmt->store.op == BINARY_SUB))
		c_put(cg, "%s%s%s;", c_paren(cg, c_place(cg, place), PREC_POSTFIX), op, op);
	else
		c_put(cg, "%s %s= %s;", text, op, c_argument(cg, value));
}

static void put_store(struct cgen *cg, const struct ir_stmt *stmt, struct c_position at)
{
	const struct ir_place *place = stmt->store.place;
	const struct ir_global *global = c_place_global(place);

	if (store_is_dropped(cg, stmt, at))
		return;
	if (global && cg->backend->before_store)
		cg->backend->before_store(cg, global, stmt->span);
	if (stmt->kind == IR_STMT_UPDATE)
		put_update(cg, stmt);
	else if (place->kind == IR_PLACE_LOCAL)
		c_put_set(cg, place->local, stmt->store.value, at);
	else if (place->type->kind == TYPE_ARRAY)
		c_array_assign(cg, c_place(cg, place).text, stmt->store.value);
	else
		put_assignment(cg, c_place(cg, place).text, c_argument(cg, stmt->store.value));
}

static void put_return(struct cgen *cg, const struct ir_stmt *stmt)
{
	const struct ir_expr *value = stmt->value;

	if (value && cg->result) {
		if (value->type->kind == TYPE_ARRAY)
			c_put(cg, "*%s = %s;", cg->result, c_call_argument(cg, value));
		else
			c_put(cg, "*%s = %s;", cg->result, c_argument(cg, value));
		value = NULL;
	}
	if (value)
		c_put(cg, "return %s;", c_call_argument(cg, value));
	else
		c_put(cg, cg->returns_int ? "return 0;" : "return;");
}

/* ---- one statement that needs no list ---- */

void c_put_simple(struct cgen *cg, const struct ir_stmt *stmt, struct c_position at)
{
	switch (stmt->kind) {
	case IR_STMT_SET:
		c_put_set(cg, stmt->set.local, stmt->set.value, at);
		break;
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
		put_store(cg, stmt, at);
		break;
	case IR_STMT_EVAL:
		c_put_effect(cg, stmt->eval, at);
		break;
	case IR_STMT_RETURN:
		put_return(cg, stmt);
		break;
	case IR_STMT_THROW:
		cg->backend->throw(cg, stmt);
		break;
	case IR_STMT_COMMENT:
		c_flush_label(cg, false);
		cw_comment(&cg->w, stmt->text);
		break;
	case IR_STMT_BREAK:
	case IR_STMT_CONTINUE:
	case IR_STMT_BLOCK:
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
	case IR_STMT_LOOP:
	case IR_STMT_WHILE:
	case IR_STMT_FOR:
	case IR_STMT_FOR_MAP:
	case IR_STMT_SWITCH:
	case IR_STMT_TAIL_CALL:
		internal_error(cg->comp, stmt->span, "a statement of this kind in C code");
	}
}
