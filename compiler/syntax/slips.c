/* SPDX-License-Identifier: Apache-2.0 */
/* Known slips of people who come from C, Go, Rust or Python, with what to write instead. */
#include "syntax/actions.h"
#include "syntax/parser.h"

#include <string.h>

bool slip_report(struct parser *p)
{
	(void)p;
	return false;
}

/* Says once per list how its entries end. */
static void slip_end(struct parser *p, struct span span, const char *message)
{
	struct bracket *top = layout_top(p);

	if (top->slipped)
		return;
	top->slipped = true;
	parse_error(p, span, "%s", message);
	if (span.end > span.start)
		diag_edit(p->comp, span, ",");
}

void slip_field_end(struct parser *p, struct span span)
{
	slip_end(p, span, "a field ends with `,` or a newline");
}

void slip_item_end(struct parser *p, struct span span)
{
	slip_end(p, span, "the items of an enum are separated by `,`");
}

void slip_arm_end(struct parser *p, struct span span)
{
	slip_end(p, span, "the arms of a match are separated by `,` or a newline");
}

struct condition *slip_cond_assign(struct parser *p, struct expr *target, struct expr *value,
				   struct span span)
{
	parse_error(p, span, "`=` assigns; a comparison is `==`");
	diag_edit(p->comp, span, "==");
	return cond_new(p, NO_NAME, NULL, expr_binary(p, BINARY_EQ, target, value, span));
}

struct stmt *slip_nested_fn(struct parser *p, struct decl *fn, struct span span)
{
	parse_error(p, fn->name.span, "a function cannot be declared inside a function");
	return ast_stmt(p->comp, STMT_ERROR, span);
}

void slip_assign_target(struct parser *p, const struct expr *target, struct span op_span)
{
	(void)op_span;
	parse_error(p, target->span,
		    "only a variable, a field, an element or `*p` can be assigned to");
}
