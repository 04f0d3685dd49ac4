/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text form of the IR: one declaration or statement a line, stable, for people and tests.
 * Constants carry their type (`5:u32`), dereferences their kind of access (`*{packet}p`), an index
 * that is checked at run time a question mark (`a[i]?`).
 */
#include "ir/ir.h"
#include "kernel/builtins.h"

#include <inttypes.h>
#include <string.h>

struct printer {
	struct strbuf *out;
	struct compilation *comp;
	unsigned depth;
};

static void print_expr(struct printer *pr, const struct ir_expr *expr);
static void print_stmts(struct printer *pr, const struct ir_stmt_vec *stmts);

static const char *const target_names[TARGET_COUNT] = {"bpf", "user", "module"};

static const char *const role_names[] = {
	[FN_PLAIN] = "plain", [FN_PROGRAM] = "program", [FN_HELPER] = "helper",
	[FN_KFUNC] = "kfunc", [FN_PRIVATE] = "private", [FN_TEST] = "test",
};

static const char *const access_names[] = {
	[IR_ACCESS_DIRECT] = "",
	[IR_ACCESS_NULL_ZERO] = "{null_zero}",
	[IR_ACCESS_NULL_TRAP] = "{null_trap}",
	[IR_ACCESS_PACKET] = "{packet}",
	[IR_ACCESS_CONTEXT] = "{context}",
	[IR_ACCESS_KERNEL] = "{kernel}",
	[IR_ACCESS_KERNEL_READ] = "{kernel_read}",
	[IR_ACCESS_USER_READ] = "{user_read}",
};

static const char *const convert_names[] = {
	[IR_CONVERT_INT] = "int",	    [IR_CONVERT_BOOL] = "bool",
	[IR_CONVERT_SWAP] = "swap",	    [IR_CONVERT_BITS] = "bits",
	[IR_CONVERT_TO_FLOAT] = "to_float", [IR_CONVERT_FROM_FLOAT] = "from_float",
	[IR_CONVERT_FLOAT] = "float",	    [IR_CONVERT_POINTER] = "pointer",
	[IR_CONVERT_PTR_INT] = "ptr_int",   [IR_CONVERT_INT_PTR] = "int_ptr",
	[IR_CONVERT_STR] = "str",	    [IR_CONVERT_ARRAY] = "array",
};

static const char *const global_role_names[] = {
	[IR_GLOBAL_SHARED] = "shared",
	[IR_GLOBAL_LOCAL] = "local",
	[IR_GLOBAL_PINNED] = "pinned",
	[IR_GLOBAL_CONFIG] = "config",
	[IR_GLOBAL_CONST_CONFIG] = "const_config",
	[IR_GLOBAL_TABLE] = "table",
};

static void print_lower(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		strbuf_putc(out, *text >= 'A' && *text <= 'Z' ? *text + 32 : *text);
}

static void print_quoted(struct strbuf *out, const char *text, uint32_t len)
{
	strbuf_putc(out, '"');
	for (uint32_t i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (c == '\n')
			strbuf_puts(out, "\\n");
		else if (c == '\t')
			strbuf_puts(out, "\\t");
		else if (c == '"' || c == '\\')
			strbuf_printf(out, "\\%c", c);
		else if (c < 32 || c == 127)
			strbuf_printf(out, "\\x%02x", c);
		else
			strbuf_putc(out, c);
	}
	strbuf_putc(out, '"');
}

static void print_const(struct printer *pr, const struct type *type, uint64_t bits)
{
	const struct type *under = type ? type_underlying(type) : NULL;

	if (type && type->kind == TYPE_BOOL)
		strbuf_puts(pr->out, bits ? "true" : "false");
	else if (type && type->kind == TYPE_PTR && bits == 0)
		strbuf_puts(pr->out, "null");
	else if (under && under->kind == TYPE_INT && under->integer.is_signed)
		strbuf_printf(pr->out, "%" PRId64 ":%s", (int64_t)bits, type_name(pr->comp, type));
	else
		strbuf_printf(pr->out, "%" PRIu64 ":%s", bits,
			      type ? type_name(pr->comp, type) : "?");
}

static void print_place(struct printer *pr, const struct ir_place *place)
{
	switch (place->kind) {
	case IR_PLACE_LOCAL:
		strbuf_puts(pr->out, place->local->name);
		break;
	case IR_PLACE_GLOBAL:
		strbuf_printf(pr->out, "@%s", place->global->name);
		break;
	case IR_PLACE_DEREF:
		strbuf_printf(pr->out, "(*%s", access_names[place->deref.access]);
		print_expr(pr, place->deref.pointer);
		strbuf_putc(pr->out, ')');
		break;
	case IR_PLACE_FIELD:
		print_place(pr, place->field.base);
		if (place->field.field->name)
			strbuf_printf(pr->out, ".%s", place->field.field->name);
		else
			strbuf_printf(pr->out, ".<%u>", place->field.offset_bits);
		break;
	case IR_PLACE_INDEX:
		print_place(pr, place->index.base);
		strbuf_putc(pr->out, '[');
		print_expr(pr, place->index.index);
		strbuf_puts(pr->out, place->index.checked ? "]?" : "]");
		break;
	}
}

static void print_list(struct printer *pr, const struct ir_expr_vec *exprs)
{
	for (uint32_t i = 0; i < exprs->len; i++) {
		if (i)
			strbuf_puts(pr->out, ", ");
		if (exprs->data[i])
			print_expr(pr, exprs->data[i]);
		else
			strbuf_puts(pr->out, "..");
	}
}

static void print_call(struct printer *pr, const struct ir_expr *expr)
{
	strbuf_puts(pr->out, "call ");
	if (expr->call.func)
		strbuf_puts(pr->out, expr->call.func->name);
	else
		print_expr(pr, expr->call.pointer);
	strbuf_putc(pr->out, '(');
	print_list(pr, &expr->call.args);
	strbuf_putc(pr->out, ')');
	if (expr->call.error)
		strbuf_printf(pr->out, " error %s", expr->call.error->name);
}

static void print_pieces(struct printer *pr, const struct ir_print_vec *pieces)
{
	vec_foreach (piece, pieces) {
		strbuf_putc(pr->out, ' ');
		if (!piece->arg) {
			print_quoted(pr->out, piece->text, piece->len);
			continue;
		}
		strbuf_printf(pr->out, "%%%s%c(", piece->spec ? piece->spec : "", piece->verb);
		print_expr(pr, piece->arg);
		strbuf_putc(pr->out, ')');
	}
}

static void print_op(struct printer *pr, const struct ir_expr *expr)
{
	print_lower(pr->out, ir_op_name(expr->op.op));
	if (expr->op.map)
		strbuf_printf(pr->out, " %s", expr->op.map->name);
	if (expr->op.map_pointer) {
		strbuf_puts(pr->out, " at ");
		print_expr(pr, expr->op.map_pointer);
	}
	if (expr->op.impl)
		strbuf_printf(pr->out, " %s", expr->op.impl->name);
	if (expr->op.builtin)
		strbuf_printf(pr->out, " %s", expr->op.builtin->name);
	if (expr->op.helper)
		strbuf_printf(pr->out, " %s", expr->op.helper->name);
	if (expr->op.symbol)
		strbuf_printf(pr->out, " %s", expr->op.symbol);
	if (expr->op.place) {
		strbuf_putc(pr->out, ' ');
		print_place(pr, expr->op.place);
	}
	if (expr->op.op == IR_OP_PRINT && !expr->op.args.len) {
		print_pieces(pr, &expr->op.print);
		return;
	}
	strbuf_putc(pr->out, '(');
	print_list(pr, &expr->op.args);
	strbuf_putc(pr->out, ')');
	print_pieces(pr, &expr->op.print);
	if (expr->op.ahead)
		strbuf_printf(pr->out, " ahead %u", expr->op.ahead);
	if (expr->op.buffer)
		strbuf_printf(pr->out, " buffer %s", expr->op.buffer->name);
	if (expr->op.text) {
		strbuf_putc(pr->out, ' ');
		print_quoted(pr->out, expr->op.text, (uint32_t)strlen(expr->op.text));
	}
}

static void print_pair(struct printer *pr, const char *name, const struct ir_expr *expr)
{
	strbuf_printf(pr->out, "%s(", name);
	print_expr(pr, expr->binary.left);
	strbuf_puts(pr->out, ", ");
	print_expr(pr, expr->binary.right);
	strbuf_putc(pr->out, ')');
}

static void print_infix(struct printer *pr, const char *op, const struct ir_expr *expr)
{
	strbuf_putc(pr->out, '(');
	print_expr(pr, expr->binary.left);
	strbuf_printf(pr->out, " %s ", op);
	print_expr(pr, expr->binary.right);
	strbuf_putc(pr->out, ')');
}

static void print_struct(struct printer *pr, const struct ir_expr *expr)
{
	const struct field_vec *fields = &expr->type->strukt->fields;
	bool first = true;

	strbuf_printf(pr->out, "%s{", type_name(pr->comp, expr->type));
	for (uint32_t i = 0; i < expr->elems.len; i++) {
		if (!expr->elems.data[i])
			continue;
		strbuf_printf(pr->out, "%s%s: ", first ? "" : ", ",
			      fields->data[i].name ? fields->data[i].name : "_");
		print_expr(pr, expr->elems.data[i]);
		first = false;
	}
	strbuf_putc(pr->out, '}');
}

static void print_convert(struct printer *pr, const struct ir_expr *expr)
{
	strbuf_printf(pr->out, "%s<%s>(", convert_names[expr->convert.how],
		      type_name(pr->comp, expr->type));
	print_expr(pr, expr->convert.operand);
	strbuf_putc(pr->out, ')');
}

static void print_select(struct printer *pr, const struct ir_expr *expr)
{
	strbuf_putc(pr->out, '(');
	print_expr(pr, expr->select.cond);
	strbuf_puts(pr->out, " ? ");
	print_expr(pr, expr->select.then);
	strbuf_puts(pr->out, " : ");
	print_expr(pr, expr->select.otherwise);
	strbuf_putc(pr->out, ')');
}

static const char *const pair_names[] = {
	[IR_EXPR_STR_EQ] = "str_eq",   [IR_EXPR_STR_CAT] = "str_cat",	[IR_EXPR_STR_AT] = "str_at",
	[IR_EXPR_PTR_ADD] = "ptr_add", [IR_EXPR_PTR_DIFF] = "ptr_diff",
};

static void print_string(struct printer *pr, const struct ir_expr *expr)
{
	print_quoted(pr->out, expr->string.text, expr->string.len);
	strbuf_printf(pr->out, ":%s", type_name(pr->comp, expr->type));
}

static void print_array(struct printer *pr, const struct ir_expr *expr)
{
	strbuf_printf(pr->out, "%s{", type_name(pr->comp, expr->type));
	print_list(pr, &expr->elems);
	strbuf_putc(pr->out, '}');
}

static void print_str_len(struct printer *pr, const struct ir_expr *expr)
{
	strbuf_puts(pr->out, "str_len(");
	print_expr(pr, expr->convert.operand);
	strbuf_putc(pr->out, ')');
}

static void print_compound(struct printer *pr, const struct ir_expr *expr)
{
	switch (expr->kind) {
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
	case IR_EXPR_STRING:
	case IR_EXPR_ZERO:
	case IR_EXPR_FUNC:
	case IR_EXPR_MAP:
	case IR_EXPR_LOAD:
	case IR_EXPR_ADDR:
	case IR_EXPR_UNARY:
		break; /* printed by the caller */
	case IR_EXPR_LOGAND:
		print_infix(pr, "&&", expr);
		break;
	case IR_EXPR_LOGOR:
		print_infix(pr, "||", expr);
		break;
	case IR_EXPR_BINARY:
	case IR_EXPR_COMPARE:
		print_infix(pr, ast_binary_text(expr->binary.op), expr);
		break;
	case IR_EXPR_CONVERT:
		print_convert(pr, expr);
		break;
	case IR_EXPR_SELECT:
		print_select(pr, expr);
		break;
	case IR_EXPR_STRUCT:
		print_struct(pr, expr);
		break;
	case IR_EXPR_ARRAY:
		print_array(pr, expr);
		break;
	case IR_EXPR_STR_LEN:
		print_str_len(pr, expr);
		break;
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
	case IR_EXPR_PTR_ADD:
	case IR_EXPR_PTR_DIFF:
		print_pair(pr, pair_names[expr->kind], expr);
		break;
	case IR_EXPR_CALL:
		print_call(pr, expr);
		break;
	case IR_EXPR_OP:
		print_op(pr, expr);
		break;
	}
}

static void print_expr(struct printer *pr, const struct ir_expr *expr)
{
	if (expr->kind == IR_EXPR_CONST && expr->symbol) {
		strbuf_printf(pr->out, "%s:%s", expr->symbol, type_name(pr->comp, expr->type));
	} else if (expr->kind == IR_EXPR_CONST) {
		print_const(pr, expr->type, expr->bits);
	} else if (expr->kind == IR_EXPR_FLOAT) {
		strbuf_printf(pr->out, "%.17g:%s", expr->number, type_name(pr->comp, expr->type));
	} else if (expr->kind == IR_EXPR_STRING) {
		print_string(pr, expr);
	} else if (expr->kind == IR_EXPR_ZERO) {
		strbuf_printf(pr->out, "zero:%s", type_name(pr->comp, expr->type));
	} else if (expr->kind == IR_EXPR_FUNC) {
		strbuf_printf(pr->out, "fn %s", expr->func->name);
	} else if (expr->kind == IR_EXPR_MAP) {
		strbuf_printf(pr->out, "map %s", expr->map->name);
	} else if (expr->kind == IR_EXPR_LOAD) {
		print_place(pr, expr->place);
	} else if (expr->kind == IR_EXPR_ADDR) {
		strbuf_putc(pr->out, '&');
		print_place(pr, expr->place);
	} else if (expr->kind == IR_EXPR_UNARY) {
		strbuf_puts(pr->out, ast_unary_text(expr->unary.op));
		print_expr(pr, expr->unary.operand);
	} else {
		print_compound(pr, expr);
	}
}

static void print_indent(struct printer *pr)
{
	strbuf_pad(pr->out, '\t', pr->depth);
}

/* ` {`, the statements one deeper, and the closing brace without a line end. */
static void print_body(struct printer *pr, const struct ir_stmt_vec *stmts)
{
	strbuf_puts(pr->out, " {\n");
	pr->depth++;
	print_stmts(pr, stmts);
	pr->depth--;
	print_indent(pr);
	strbuf_putc(pr->out, '}');
}

static void print_branches(struct printer *pr, const struct ir_stmt *stmt)
{
	print_body(pr, &stmt->iff.then);
	if (!stmt->iff.otherwise.len)
		return;
	strbuf_puts(pr->out, " else");
	print_body(pr, &stmt->iff.otherwise);
}

static void print_switch(struct printer *pr, const struct ir_stmt *stmt)
{
	const struct type *type = stmt->swich.value->type;

	strbuf_puts(pr->out, "switch ");
	print_expr(pr, stmt->swich.value);
	strbuf_puts(pr->out, " {\n");
	vec_foreach (one, &stmt->swich.cases) {
		print_indent(pr);
		strbuf_puts(pr->out, "case ");
		for (uint32_t i = 0; i < one->range_count; i++) {
			if (i)
				strbuf_puts(pr->out, ", ");
			print_const(pr, type, one->ranges[i].low);
			if (one->ranges[i].high == one->ranges[i].low)
				continue;
			strbuf_puts(pr->out, "..=");
			print_const(pr, type, one->ranges[i].high);
		}
		print_body(pr, &one->body);
		strbuf_putc(pr->out, '\n');
	}
	if (stmt->swich.otherwise.len) {
		print_indent(pr);
		strbuf_puts(pr->out, "default");
		print_body(pr, &stmt->swich.otherwise);
		strbuf_putc(pr->out, '\n');
	}
	print_indent(pr);
	strbuf_putc(pr->out, '}');
}

static void print_for(struct printer *pr, const struct ir_stmt *stmt)
{
	strbuf_printf(pr->out, "for @%u %s in ", stmt->range.label, stmt->range.local->name);
	print_expr(pr, stmt->range.from);
	strbuf_puts(pr->out, stmt->range.inclusive ? "..=" : "..");
	print_expr(pr, stmt->range.to);
	print_body(pr, &stmt->range.body);
}

static void print_for_map(struct printer *pr, const struct ir_stmt *stmt)
{
	strbuf_printf(pr->out, "for_map @%u (%s, %s) in %s", stmt->each.label,
		      stmt->each.key ? stmt->each.key->name : "_",
		      stmt->each.entry ? stmt->each.entry->name : "_", stmt->each.map->name);
	if (stmt->each.buffer)
		strbuf_printf(pr->out, " buffer %s", stmt->each.buffer->name);
	print_body(pr, &stmt->each.body);
}

static void print_store(struct printer *pr, const struct ir_stmt *stmt)
{
	print_place(pr, stmt->store.place);
	if (stmt->kind == IR_STMT_UPDATE)
		strbuf_printf(pr->out, " %s=%s ", ast_binary_text(stmt->store.op),
			      stmt->store.atomic ? " atomic" : "");
	else
		strbuf_puts(pr->out, " := ");
	print_expr(pr, stmt->store.value);
}

static void print_valued(struct printer *pr, const char *word, const struct ir_expr *value)
{
	strbuf_puts(pr->out, word);
	if (!value)
		return;
	strbuf_putc(pr->out, ' ');
	print_expr(pr, value);
}

static void print_stmt(struct printer *pr, const struct ir_stmt *stmt)
{
	switch (stmt->kind) {
	case IR_STMT_SET:
		strbuf_printf(pr->out, "%s = ", stmt->set.local->name);
		print_expr(pr, stmt->set.value);
		break;
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
		print_store(pr, stmt);
		break;
	case IR_STMT_EVAL:
		print_expr(pr, stmt->eval);
		break;
	case IR_STMT_BLOCK:
	case IR_STMT_LOOP:
		strbuf_printf(pr->out, "%s @%u", stmt->kind == IR_STMT_LOOP ? "loop" : "block",
			      stmt->block.label);
		print_body(pr, &stmt->block.body);
		break;
	case IR_STMT_WHILE:
		strbuf_printf(pr->out, "while @%u", stmt->whil.label);
		print_valued(pr, "", stmt->whil.cond);
		print_body(pr, &stmt->whil.body);
		break;
	case IR_STMT_FOR:
		print_for(pr, stmt);
		break;
	case IR_STMT_FOR_MAP:
		print_for_map(pr, stmt);
		break;
	case IR_STMT_IF:
		print_valued(pr, "if", stmt->iff.cond);
		print_branches(pr, stmt);
		break;
	case IR_STMT_IF_PRESENT:
		strbuf_printf(pr->out, "if_present %s =", stmt->iff.local->name);
		print_valued(pr, "", stmt->iff.value);
		print_branches(pr, stmt);
		break;
	case IR_STMT_SWITCH:
		print_switch(pr, stmt);
		break;
	case IR_STMT_BREAK:
		strbuf_printf(pr->out, "break @%u", stmt->label);
		break;
	case IR_STMT_CONTINUE:
		strbuf_printf(pr->out, "continue @%u", stmt->label);
		break;
	case IR_STMT_RETURN:
		print_valued(pr, "return", stmt->value);
		break;
	case IR_STMT_THROW:
		print_valued(pr, "throw", stmt->value);
		break;
	case IR_STMT_TAIL_CALL:
		strbuf_printf(pr->out, "tail_call %s else", stmt->tail.func->name);
		print_valued(pr, "", stmt->tail.otherwise);
		break;
	case IR_STMT_COMMENT:
		strbuf_printf(pr->out, "# %s", stmt->text);
		break;
	}
}

static void print_stmts(struct printer *pr, const struct ir_stmt_vec *stmts)
{
	vec_foreach (stmt, stmts) {
		print_indent(pr);
		print_stmt(pr, *stmt);
		strbuf_putc(pr->out, '\n');
	}
}

static void print_map(struct printer *pr, const struct ir_map *map)
{
	strbuf_printf(pr->out, "map %s", map->name);
	if (map->key)
		strbuf_printf(pr->out, " key %s", type_name(pr->comp, map->key));
	if (map->value)
		strbuf_printf(pr->out, " value %s", type_name(pr->comp, map->value));
	strbuf_printf(pr->out, " entries %" PRIu64, map->max_entries);
	if (map->flags)
		strbuf_printf(pr->out, " flags 0x%x", map->flags);
	if (map->has_numa_node)
		strbuf_printf(pr->out, " numa %u", map->numa_node);
	if (map->inner)
		strbuf_printf(pr->out, " of %s", map->inner->kind->name);
	if (map->handler)
		strbuf_printf(pr->out, " handler %s", map->handler->name);
	strbuf_printf(pr->out, "%s%s%s\n", map->is_pinned ? " pinned" : "",
		      map->used_by_bpf ? " bpf" : "", map->used_by_user ? " user" : "");
}

static void print_targets(struct printer *pr, unsigned targets)
{
	for (unsigned i = 0; i < TARGET_COUNT; i++)
		if (targets & (1u << i))
			strbuf_printf(pr->out, " %s", target_names[i]);
}

static void print_global(struct printer *pr, const struct ir_global *global)
{
	strbuf_printf(pr->out, "global %s: %s %s", global->name, type_name(pr->comp, global->type),
		      global_role_names[global->role]);
	print_targets(pr, global->targets);
	if (global->init)
		print_valued(pr, " =", global->init);
	strbuf_putc(pr->out, '\n');
}

static void print_impl(struct printer *pr, const struct ir_impl *impl)
{
	strbuf_printf(pr->out, "impl %s: %s {", impl->name, type_name(pr->comp, impl->type));
	vec_foreach (member, &impl->members) {
		strbuf_printf(pr->out, " %s: ", member->field->name);
		if (member->func)
			strbuf_printf(pr->out, "fn %s", member->func->name);
		else
			print_expr(pr, member->value);
	}
	strbuf_puts(pr->out, " }\n");
}

static void print_local(struct printer *pr, const struct ir_local *local)
{
	strbuf_printf(pr->out, "\tlocal %s: %s%s%s\n", local->name,
		      type_name(pr->comp, local->type), local->address_taken ? " addressed" : "",
		      local->uninit ? " uninit" : "");
}

static void print_func(struct printer *pr, const struct ir_func *func)
{
	strbuf_printf(pr->out, "\n%s %s %s(", target_names[func->target], role_names[func->role],
		      func->name);
	for (uint32_t i = 0; i < func->params.len; i++)
		strbuf_printf(pr->out, "%s%s: %s", i ? ", " : "", func->params.data[i]->name,
			      type_name(pr->comp, func->params.data[i]->type));
	strbuf_printf(pr->out, ") -> %s%s%s%s%s {\n", type_name(pr->comp, func->result),
		      func->throws ? " throws" : "", func->is_global ? " global" : "",
		      func->is_loaded ? " loaded" : "", func->is_tail_target ? " tail_target" : "");
	vec_foreach (local, &func->locals) {
		if (!(*local)->is_param)
			print_local(pr, *local);
	}
	pr->depth = 1;
	print_stmts(pr, &func->body);
	strbuf_puts(pr->out, "}\n");
}

void ir_print(struct strbuf *out, const struct ir_module *module)
{
	struct printer pr = {.out = out, .comp = module->comp};

	strbuf_printf(out, "module %s\n", module->name ? module->name : "");
	vec_foreach (map, &module->maps)
		print_map(&pr, *map);
	vec_foreach (global, &module->globals)
		print_global(&pr, *global);
	vec_foreach (impl, &module->impls)
		print_impl(&pr, *impl);
	vec_foreach (func, &module->funcs)
		print_func(&pr, *func);
}
