/* SPDX-License-Identifier: Apache-2.0 */
#include "cgen/c_flow.h"

#include "cgen/c_inline.h"
#include "cgen/c_walk.h"

#include <string.h>

/* A statement that BREAK and CONTINUE can mean, or that C's `break` would leave. */
struct c_jump {
	struct c_jump *outer;
	uint32_t label;
	bool is_loop, is_switch;
	const char *done; /* the C label behind it, when something jumps there */
	const char *next; /* the C label at the end of its body */
};

/* Statements in order: the rest of one list, then the rest of others. */
struct segment {
	const struct ir_stmt_vec *stmts;
	uint32_t from;
	const struct segment *next;
};

/* Labels whose end is where control goes by itself behind the list at hand. */
struct fall {
	const struct fall *outer;
	uint32_t label;
	/* What follows the label's block and is written where the only BREAK to it stands. */
	const struct segment *then;
};

enum {
	ELSE_DEPTH_MAX = 4 /* deeper nesting reads worse than a jump */
};

static void put_list(struct cgen *cg, const struct segment *list, const struct fall *fall);

static const struct fall *falls_to(const struct fall *fall, uint32_t label)
{
	while (fall && fall->label != label)
		fall = fall->outer;
	return fall;
}

/* The same list without segments that are used up. */
static const struct segment *at_stmt(const struct segment *list)
{
	while (list && list->from >= list->stmts->len)
		list = list->next;
	return list;
}

/* ---- blocks that need no jump ---- */

static bool can_structure(const struct segment *list, uint32_t label, unsigned depth);

static bool branch_structures(const struct ir_stmt_vec *branch, const struct segment *rest,
			      uint32_t label, unsigned depth)
{
	struct segment list = {branch, 0, rest};

	return can_structure(&list, label, depth);
}

/*
 * Can what follows the block move to where the block is left? It can when that is one BREAK at a
 * tail, as of a `try` whose body has one call that throws.
 */
static bool is_left_once(const struct ir_stmt *block)
{
	struct segment list = {&block->block.body, 0, NULL};

	return c_count_breaks(&block->block.body, block->block.label) == 1 &&
	       !ir_falls_through(&block->block.body) && can_structure(&list, block->block.label, 0);
}

/* Every BREAK of the label at a tail, once what follows an `if` has moved into its branch. */
static bool stmt_structures(const struct ir_stmt *stmt, const struct segment *rest, uint32_t label,
			    unsigned depth)
{
	bool is_if = stmt->kind == IR_STMT_IF || stmt->kind == IR_STMT_IF_PRESENT;
	bool then_falls, else_falls;

	if (!rest && stmt->kind == IR_STMT_BREAK)
		return true;
	if (stmt->kind == IR_STMT_BLOCK && (!rest || is_left_once(stmt)))
		return branch_structures(&stmt->block.body, NULL, label, depth) &&
		       can_structure(rest, label, depth + 1);
	if (!rest && stmt->kind == IR_STMT_SWITCH) {
		vec_foreach (one, &stmt->swich.cases) {
			if (!branch_structures(&one->body, NULL, label, depth))
				return false;
		}
		return branch_structures(&stmt->swich.otherwise, NULL, label, depth);
	}
	if (!is_if)
		return false;
	then_falls = ir_falls_through(&stmt->iff.then);
	else_falls = ir_falls_through(&stmt->iff.otherwise);
	if (rest && ((then_falls && else_falls) || depth == ELSE_DEPTH_MAX))
		return false;
	return branch_structures(&stmt->iff.then, then_falls ? rest : NULL, label,
				 depth + !!rest) &&
	       branch_structures(&stmt->iff.otherwise, else_falls ? rest : NULL, label,
				 depth + !!rest);
}

static bool can_structure(const struct segment *list, uint32_t label, unsigned depth)
{
	struct segment rest;

	for (list = at_stmt(list); list; list = at_stmt(&rest)) {
		const struct ir_stmt *stmt = list->stmts->data[list->from];

		rest = (struct segment){list->stmts, list->from + 1, list->next};
		if (ir_stmt_breaks_to(stmt, label))
			return stmt_structures(stmt, at_stmt(&rest), label, depth);
	}
	return true;
}

/* ---- jumps ---- */

static struct c_jump *jump_find(struct cgen *cg, uint32_t label)
{
	struct c_jump *jump = cg->jumps;

	while (jump && (jump->is_switch || jump->label != label))
		jump = jump->outer;
	if (!jump)
		internal_error(cg->comp, cg->func->span, "a jump to nowhere in `%s`",
			       cg->func->name);
	return jump;
}

static void put_break(struct cgen *cg, const struct ir_stmt *stmt, const struct fall *fall)
{
	struct c_jump *jump = jump_find(cg, stmt->label), *inner = cg->jumps;
	const struct fall *to = falls_to(fall, stmt->label);

	if (to) {
		put_list(cg, to->then, to->outer);
		return;
	}
	while (inner && !inner->is_loop && !inner->is_switch)
		inner = inner->outer;
	if (inner == jump) {
		c_put(cg, "break;");
		return;
	}
	if (!jump->done)
		jump->done = c_local_name(cg, "done");
	c_put(cg, "goto %s;", jump->done);
}

static void put_continue(struct cgen *cg, const struct ir_stmt *stmt)
{
	struct c_jump *jump = jump_find(cg, stmt->label), *inner = cg->jumps;

	while (inner != jump && !inner->is_loop)
		inner = inner->outer;
	if (inner == jump) {
		c_put(cg, "continue;");
		return;
	}
	if (!jump->next)
		jump->next = c_local_name(cg, "next");
	c_put(cg, "goto %s;", jump->next);
}

/* ---- bodies ---- */

/*
 * A list as text, one level deeper, so that it can be seen whether it is a single line: then it
 * needs no braces.
 */
struct body {
	const char *text;
	bool declares; /* a declaration stands in it, not in braces of its own */
};

static struct body captured(struct cgen *cg, const struct segment *list, const struct fall *fall,
			    unsigned deeper)
{
	struct strbuf buf = {0}, *out = cg->w.out;
	struct body body;
	enum c_section section;
	bool at_start, blank_wanted;
	uint32_t declarations;

	c_flush_label(cg, true);
	c_begin_statement(cg);
	section = cg->section;
	cg->section = SECTION_START;
	declarations = cg->declarations;
	cg->declarations = 0;
	at_start = cg->w.at_start;
	blank_wanted = cg->w.blank_wanted;
	cg->w.out = &buf;
	cg->w.depth += deeper;
	cg->w.at_start = true;
	cg->w.blank_wanted = false;
	put_list(cg, list, fall);
	c_flush_label(cg, false);
	cg->w.depth -= deeper;
	cg->w.out = out;
	cg->w.at_start = at_start;
	cg->w.blank_wanted = blank_wanted;
	cg->section = section;
	body = (struct body){arena_strdup(&cg->comp->arena, strbuf_text(&buf)),
			     cg->declarations > 0};
	cg->declarations = declarations;
	strbuf_free(&buf);
	return body;
}

static bool starts_with(const char *text, const char *word)
{
	return !strncmp(text, word, strlen(word));
}

/* One statement, whose line may be broken: the parts behind the first are indented deeper. */
static bool is_one_statement(const char *text)
{
	static const char *const compound[] = {"if (", "for (", "while (", "switch (",
					       "do ",  "else",	"/*",	   "ks_for_each("};
	size_t len = strlen(text), depth = strspn(text, "\t");

	if (len < 2 || text[len - 1] != '\n' || text[len - 2] != ';')
		return false;
	for (const char *line = text; (line = strchr(line, '\n')) && *++line;) {
		if (strspn(line, "\t") <= depth)
			return false;
	}
	text += depth;
	for (size_t i = 0; i < sizeof(compound) / sizeof(compound[0]); i++) {
		if (starts_with(text, compound[i]))
			return false;
	}
	return true;
}

/* One `if`, `else if` or `else` with its body. */
struct branch {
	const char *head;
	struct body body;
};

VEC_TYPE(branch_vec, struct branch);

/* Does the list start with declarations? */
static bool list_declares(struct cgen *cg, const struct segment *list)
{
	for (; list; list = list->next) {
		if (list->from)
			continue;
		vec_foreach (local, c_scope_locals(cg, list->stmts)) {
			if (cg->locals[(*local)->index].home)
				return true;
		}
	}
	return false;
}

static void put_branches(struct cgen *cg, const struct branch_vec *branches)
{
	bool braces = false;

	vec_foreach (branch, branches)
		braces |= branch->body.declares || !is_one_statement(branch->body.text);
	for (uint32_t i = 0; i < branches->len; i++) {
		const struct branch *branch = &branches->data[i];

		if (!i && braces)
			cw_open(&cg->w, "%s", branch->head);
		else if (braces)
			cw_reopen(&cg->w, "%s", branch->head);
		else
			c_put(cg, "%s", branch->head);
		strbuf_puts(cg->w.out, branch->body.text);
	}
	if (braces)
		cw_close(&cg->w, "%s", "");
	cg->w.at_start = false;
}

void c_put_loop(struct cgen *cg, const char *head, const struct ir_stmt_vec *stmts, uint32_t label,
		const char *first, const char *foot)
{
	struct c_jump jump = {.outer = cg->jumps, .label = label, .is_loop = true};
	struct segment list = {stmts, 0, NULL};
	struct body body;

	cg->jumps = &jump;
	body = captured(cg, &list, NULL, 1);
	cg->jumps = jump.outer;
	if (!*foot && !*first && !jump.next && is_one_statement(body.text) && !body.declares) {
		c_put(cg, "%s", head);
		strbuf_puts(cg->w.out, body.text);
	} else {
		cw_open(&cg->w, "%s", head);
		if (*first)
			cw_line(&cg->w, "%s", first);
		strbuf_puts(cg->w.out, body.text);
		if (jump.next)
			cw_outdented(&cg->w, "%s:;", jump.next);
		cw_close(&cg->w, "%s", foot);
	}
	if (jump.done)
		c_put_label(cg, jump.done);
}

/* ---- if ---- */

static const struct segment *branch_list(struct cgen *cg, const struct ir_stmt_vec *stmts,
					 const struct segment *rest)
{
	struct segment *list = arena_new(&cg->comp->arena, struct segment);

	*list = (struct segment){stmts, 0, rest};
	return list;
}

/* `else` holds one IF and nothing else: a chain. */
static const struct ir_stmt *chained(struct cgen *cg, const struct segment *list)
{
	const struct segment *at = at_stmt(list);
	struct segment rest;

	if (!at || at->from || at->stmts->data[0]->kind != IR_STMT_IF || list_declares(cg, list))
		return NULL;
	rest = (struct segment){at->stmts, 1, at->next};
	return at_stmt(&rest) ? NULL : at->stmts->data[0];
}

static void add_branch(struct cgen *cg, struct branch_vec *branches, const char *head,
		       const struct segment *list, const struct fall *fall)
{
	struct branch branch = {head, captured(cg, list, fall, 1)};

	vec_push(&cg->comp->arena, branches, branch);
}

/* Does the text end in a jump, at the depth of its first line? */
static bool leaves(const char *text)
{
	static const char *const jumps[] = {"return", "goto ", "break;", "continue;"};
	size_t depth = strspn(text, "\t"), len = strlen(text);
	const char *last = text;

	for (const char *end; (end = strchr(last, '\n')) && end + 1 < text + len;)
		last = end + 1;
	if (strspn(last, "\t") != depth)
		return false;
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		if (starts_with(last + depth, jumps[i]))
			return true;
	}
	return false;
}

/* What is only reached when no branch was taken that leaves needs no `else`. */
static void put_otherwise(struct cgen *cg, struct branch_vec *branches,
			  const struct segment *otherwise, const struct fall *fall)
{
	bool all_leave = true;
	struct body body;

	vec_foreach (branch, branches)
		all_leave &= leaves(branch->body.text);
	if (!all_leave || list_declares(cg, otherwise)) {
		add_branch(cg, branches, "else", otherwise, fall);
		put_branches(cg, branches);
		return;
	}
	body = captured(cg, otherwise, fall, 0);
	put_branches(cg, branches);
	strbuf_puts(cg->w.out, body.text);
}

static void put_if_text(struct cgen *cg, const char *cond, const char *negated,
			const struct segment *then, const struct segment *otherwise,
			const struct fall *fall)
{
	struct branch_vec branches = {0};
	const struct ir_stmt *chain;

	add_branch(cg, &branches, c_format(cg, "if (%s)", cond), then, fall);
	if (!*branches.data[0].body.text && at_stmt(otherwise)) {
		branches.len = 0;
		add_branch(cg, &branches, c_format(cg, "if (%s)", negated), otherwise, fall);
		otherwise = NULL;
	}
	while ((chain = chained(cg, otherwise))) {
		add_branch(cg, &branches,
			   c_format(cg, "else if (%s)", c_condition(cg, chain->iff.cond).text),
			   branch_list(cg, &chain->iff.then, NULL), fall);
		otherwise = branch_list(cg, &chain->iff.otherwise, NULL);
	}
	if (at_stmt(otherwise)) {
		put_otherwise(cg, &branches, otherwise, fall);
		return;
	}
	/* Nothing to do there after all. */
	while (branches.len > 1 && !*branches.data[branches.len - 1].body.text)
		branches.len--;
	put_branches(cg, &branches);
}

static const char *negated_condition(struct cgen *cg, const struct ir_expr *cond)
{
	struct ir_expr not = {.kind = IR_EXPR_UNARY, .type = cond->type, .span = cond->span};

	not .unary.op = UNARY_NOT;
	not .unary.operand = (struct ir_expr *)cond;
	return c_condition(cg, &not ).text;
}

/* The pointer's declaration or assignment, then `if (p)`; or the operation as the condition. */
static void put_if_present(struct cgen *cg, const struct ir_stmt *stmt, struct c_position at,
			   const struct segment *then, const struct segment *otherwise,
			   const struct fall *fall)
{
	const struct ir_local *local = stmt->iff.local;
	struct c_local *info = &cg->locals[local->index];
	const struct ir_expr *value = stmt->iff.value;
	const char *cond;

	if (info->buffer || (!info->is_read && value->kind == IR_EXPR_OP)) {
		cond = c_expr(cg, value).text;
	} else if (!info->is_read && value->kind != IR_EXPR_CALL) {
		cond = c_paren(cg, c_expr(cg, value), PREC_UNARY);
	} else {
		info->is_read = true;
		c_put_set(cg, local, value, at);
		cond = c_local_text(cg, local);
	}
	put_if_text(cg, cond, c_format(cg, "!%s", cond), then, otherwise, fall);
}

/* ---- switch ---- */

/* Compilers warn of a switch over bool, and of values that an enum does not have. */
static const char *switch_value(struct cgen *cg, const struct ir_stmt *stmt)
{
	const struct ir_expr *value = stmt->swich.value;
	struct c_text text = c_expr(cg, value);
	bool strange = value->type->kind == TYPE_BOOL;

	vec_foreach (one, &stmt->swich.cases) {
		for (uint32_t i = 0; i < one->range_count; i++)
			strange |= value->type->kind == TYPE_ENUM &&
				   (one->ranges[i].low != one->ranges[i].high ||
				    !c_enum_value(value->type, one->ranges[i].low));
	}
	if (!strange)
		return text.text;
	return c_format(cg, "(%s)%s",
			value->type->kind == TYPE_BOOL ? "u32"
						       : c_type(cg, type_underlying(value->type)),
			c_paren(cg, text, PREC_UNARY));
}

static void put_case_labels(struct cgen *cg, const struct ir_stmt *stmt, const struct ir_case *one,
			    bool braces)
{
	const struct type *type = stmt->swich.value->type;

	for (uint32_t i = 0; i < one->range_count; i++) {
		const char *low = c_bits(cg, type, one->ranges[i].low).text;
		const char *high = c_bits(cg, type, one->ranges[i].high).text;
		const char *end = braces && i + 1 == one->range_count ? " {" : "";

		if (one->ranges[i].low == one->ranges[i].high)
			cw_outdented(&cg->w, "case %s:%s", low, end);
		else
			cw_outdented(&cg->w, "case %s ... %s:%s", low, high, end);
	}
}

/* The body of a case; `one` is NULL for the default. */
struct case_text {
	const struct ir_case *one;
	struct body body;
	bool falls; /* out of the switch */
};

VEC_TYPE(case_text_vec, struct case_text);

static void add_case(struct cgen *cg, const struct ir_stmt *stmt, const struct ir_case *one,
		     const struct fall *fall, struct case_text_vec *cases)
{
	const struct ir_stmt_vec *stmts = one ? &one->body : &stmt->swich.otherwise;
	struct segment list = {stmts, 0, NULL};
	struct case_text text = {one, captured(cg, &list, fall, 1), ir_falls_through(stmts)};

	for (const struct fall *at = fall; at; at = at->outer)
		text.falls |= ir_breaks_to(stmts, at->label);
	vec_push(&cg->comp->arena, cases, text);
}

/* `case A: return x;`: all cases in lines of their own make a table. */
static bool is_table(const struct case_text_vec *cases)
{
	enum {
		WIDTH_MAX = 60
	};

	vec_foreach (text, cases) {
		const char *line = text->body.text + strspn(text->body.text, "\t");

		if (!starts_with(line, "return ") ||
		    strchr(line, '\n') != line + strlen(line) - 1 || strlen(line) > WIDTH_MAX ||
		    (text->one && text->one->range_count != 1))
			return false;
	}
	return true;
}

/* A label cannot stand before a declaration. */
static void put_case(struct cgen *cg, const struct ir_stmt *stmt, const struct case_text *text,
		     bool in_line)
{
	const char *line = text->body.text;

	if (text->one)
		put_case_labels(cg, stmt, text->one, text->body.declares);
	else
		cw_outdented(&cg->w, text->body.declares ? "default: {" : "default:");
	if (in_line) {
		cg->w.out->len--; /* the newline */
		strbuf_printf(cg->w.out, " %s", line + strspn(line, "\t"));
		return;
	}
	strbuf_puts(cg->w.out, line);
	if (text->falls)
		cw_line(&cg->w, "break;");
	if (text->body.declares)
		cw_outdented(&cg->w, "}");
}

static void put_switch(struct cgen *cg, const struct ir_stmt *stmt, const struct fall *fall)
{
	struct c_jump jump = {.outer = cg->jumps, .is_switch = true};
	struct case_text_vec cases = {0};
	bool in_line;

	c_flush_label(cg, true);
	c_begin_statement(cg);
	cg->jumps = &jump;
	vec_foreach (one, &stmt->swich.cases)
		add_case(cg, stmt, one, fall, &cases);
	add_case(cg, stmt, NULL, fall, &cases);
	cg->jumps = jump.outer;
	in_line = is_table(&cases);
	cw_open(&cg->w, "switch (%s)", switch_value(cg, stmt));
	vec_foreach (text, &cases)
		put_case(cg, stmt, text, in_line);
	cw_close(&cg->w, "%s", "");
}

/* One value, or a bool: `if`. */
static bool put_small_switch(struct cgen *cg, const struct ir_stmt *stmt, const struct fall *fall)
{
	const struct ir_case_vec *cases = &stmt->swich.cases;
	const struct ir_expr *value = stmt->swich.value;
	const struct ir_stmt_vec *otherwise = &stmt->swich.otherwise;
	struct ir_expr constant = {
		.kind = IR_EXPR_CONST, .type = value->type, .span = span_nowhere()};
	struct ir_expr equal = {
		.kind = IR_EXPR_COMPARE, .type = cg->comp->types->bool_, .span = stmt->span};
	bool is_bool = value->type->kind == TYPE_BOOL;

	if (!cases->len || cases->len > (is_bool ? 2u : 1u) || cases->data[0].range_count != 1 ||
	    cases->data[0].ranges[0].low != cases->data[0].ranges[0].high)
		return false;
	if (cases->len == 2)
		otherwise = &cases->data[1].body;
	constant.bits = cases->data[0].ranges[0].low;
	equal.binary.op = BINARY_EQ;
	equal.binary.left = (struct ir_expr *)value;
	equal.binary.right = &constant;
	if (is_bool && constant.bits)
		equal = *value;
	put_if_text(cg, c_condition(cg, &equal).text, negated_condition(cg, &equal),
		    branch_list(cg, &cases->data[0].body, NULL), branch_list(cg, otherwise, NULL),
		    fall);
	return true;
}

/* ---- lists ---- */

/* True when the rest of the list has been written inside. */
static bool put_block(struct cgen *cg, const struct ir_stmt *stmt, const struct segment *rest,
		      const struct fall *fall)
{
	struct c_jump jump = {.outer = cg->jumps, .label = stmt->block.label};
	struct segment list = {&stmt->block.body, 0, NULL};
	bool moves = rest && is_left_once(stmt);
	struct fall own = {rest && !moves ? NULL : fall, stmt->block.label, moves ? rest : NULL};
	bool structured = moves || can_structure(&list, stmt->block.label, 0);

	cg->jumps = &jump;
	put_list(cg, &list, structured ? &own : own.outer);
	cg->jumps = jump.outer;
	if (jump.done)
		c_put_label(cg, jump.done);
	return moves;
}

/* Does an inner BREAK go to a place that control reaches by itself, were there no rest? */
static bool breaks_early(const struct ir_stmt *stmt, const struct fall *fall)
{
	for (; fall; fall = fall->outer) {
		if (ir_stmt_breaks_to(stmt, fall->label))
			return true;
	}
	return false;
}

/* An IF, with the rest of the list in the branch that falls through where a BREAK skips it. */
static bool put_if(struct cgen *cg, const struct ir_stmt *stmt, struct c_position at,
		   const struct segment *rest, const struct fall *fall)
{
	bool moves = rest && breaks_early(stmt, fall);
	bool then_falls = ir_falls_through(&stmt->iff.then);
	const struct segment *then =
		branch_list(cg, &stmt->iff.then, moves && then_falls ? rest : NULL);
	const struct segment *otherwise = branch_list(
		cg, &stmt->iff.otherwise,
		moves && !then_falls && ir_falls_through(&stmt->iff.otherwise) ? rest : NULL);
	const struct fall *inner = rest && !moves ? NULL : fall;

	if (stmt->kind == IR_STMT_IF_PRESENT)
		put_if_present(cg, stmt, at, then, otherwise, inner);
	else
		put_if_text(cg, c_condition(cg, stmt->iff.cond).text,
			    negated_condition(cg, stmt->iff.cond), then, otherwise, inner);
	return moves;
}

/* False when the rest of the list has been written too. */
static bool put_stmt(struct cgen *cg, const struct ir_stmt *stmt, struct c_position at,
		     const struct segment *rest, const struct fall *fall)
{
	switch (stmt->kind) {
	case IR_STMT_IF:
	case IR_STMT_IF_PRESENT:
		return !put_if(cg, stmt, at, rest, fall);
	case IR_STMT_BLOCK:
		return !put_block(cg, stmt, rest, fall);
	case IR_STMT_LOOP:
		c_put_endless(cg, stmt);
		break;
	case IR_STMT_WHILE:
		c_put_loop(cg, c_format(cg, "while (%s)", c_condition(cg, stmt->whil.cond).text),
			   &stmt->whil.body, stmt->whil.label, "", "");
		break;
	case IR_STMT_FOR:
		c_put_for(cg, stmt, at);
		break;
	case IR_STMT_FOR_MAP:
		c_put_for_map(cg, stmt);
		break;
	case IR_STMT_SWITCH:
		if (!put_small_switch(cg, stmt, rest ? NULL : fall))
			put_switch(cg, stmt, rest ? NULL : fall);
		break;
	case IR_STMT_BREAK:
		put_break(cg, stmt, rest ? NULL : fall);
		break;
	case IR_STMT_CONTINUE:
		put_continue(cg, stmt);
		break;
	case IR_STMT_SET:
	case IR_STMT_STORE:
	case IR_STMT_UPDATE:
	case IR_STMT_EVAL:
	case IR_STMT_RETURN:
	case IR_STMT_THROW:
	case IR_STMT_TAIL_CALL:
	case IR_STMT_COMMENT:
		if (!c_is_merged_copy(cg, stmt))
			c_put_simple(cg, stmt, at);
		break;
	}
	return true;
}

static bool is_blank_line(const char *line, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	}
	return true;
}

/* A blank line where the source has one before the statement, or before its comment. */
static void keep_blank(struct cgen *cg, const struct ir_stmt *before, const struct ir_stmt *stmt)
{
	const struct source_set *sources = &cg->comp->sources;
	struct source_pos pos;
	uint32_t first, len;

	if (stmt->span.file != before->span.file || stmt->span.file >= sources->files.len)
		return;
	pos = source_position(sources, stmt->span.file, stmt->span.start);
	first = source_position(sources, before->span.file, before->span.start).line;
	for (uint32_t line = pos.line - 1; line > first; line--) {
		const char *text = source_line(pos.source, line, &len);

		if (is_blank_line(text, len)) {
			cw_blank(&cg->w);
			return;
		}
		while (len && (*text == ' ' || *text == '\t')) {
			text++;
			len--;
		}
		if (len < 2 || text[0] != '/' || text[1] != '/')
			return;
	}
}

static void put_list(struct cgen *cg, const struct segment *list, const struct fall *fall)
{
	for (; list; list = list->next) {
		uint32_t len = list->stmts->len;

		if (!list->from)
			c_declare_locals(cg, list->stmts);
		if (cg->cut_list == list->stmts) {
			cg->cut_list = NULL;
			len -= 2;
		}
		for (uint32_t i = list->from, done; i < len; i += done ? done : 1) {
			struct segment rest = {list->stmts, i + 1, list->next};
			const struct segment *next = i + 1 < len ? &rest : at_stmt(list->next);

			if (i > list->from)
				keep_blank(cg, list->stmts->data[i - 1], list->stmts->data[i]);
			done = c_inline(cg, list->stmts, i, len);
			if (done)
				continue;
			if (!put_stmt(cg, list->stmts->data[i], (struct c_position){list->stmts, i},
				      next, fall))
				return;
		}
	}
}

void c_stmts(struct cgen *cg, const struct ir_stmt_vec *stmts)
{
	struct segment list = {stmts, 0, NULL};

	put_list(cg, &list, NULL);
}
