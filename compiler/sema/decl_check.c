/* SPDX-License-Identifier: Apache-2.0 */
/* What is only known when all declarations of a program are resolved. */
#include "sema/decl.h"

#include <string.h>

/* ---- prototypes ---- */

static bool texts_equal(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void check_prototypes(struct sema *sema, const struct program *program)
{
	vec_foreach (pair, &program->prototypes) {
		const struct decl *first = pair->first, *second = pair->second;
		const struct type *a = sema_fn_type(sema, pair->first);
		const struct type *b = sema_fn_type(sema, pair->second);

		if (a->kind == TYPE_ERROR || b->kind == TYPE_ERROR ||
		    (type_same(a, b) && texts_equal(first->extern_header, second->extern_header) &&
		     texts_equal(first->extern_library, second->extern_library)))
			continue;
		diag_report(sema->comp, DIAG_DUPLICATE, second->name.span,
			    "`%s` is declared twice, and not alike", second->name.text);
		diag_note(sema->comp, first->name.span, "first declared here, as `%s`",
			  type_name(sema->comp, a));
	}
}

/* ---- defaults of fields ---- */

/* Only options of the command line have defaults; elsewhere one would be ignored. */
static void check_defaults(struct sema *sema, const struct decl *decl, const struct type *args)
{
	if (decl->kind != DECL_STRUCT || (args && decl->strukt.type == args))
		return;
	vec_foreach (field, &decl->strukt.fields) {
		if (!field->default_value)
			continue;
		diag_report(sema->comp, DIAG_MISPLACED_DEFAULT, field->default_value->span,
			    "`%s` has a default, but `%s` is not the struct of `main`'s options",
			    field->name.text, decl->name.text);
		diag_note(sema->comp, span_nowhere(),
			  "a struct literal gives every field, or ends with `..` for zeros");
	}
}

void decl_check_all(struct sema *sema, struct program *program, const struct type *args)
{
	check_prototypes(sema, program);
	vec_foreach (decl, &program->decls) {
		/* A shared header is looked at with the program that owns it. */
		if ((*decl)->owner == program)
			check_defaults(sema, *decl, args);
	}
}
