/* SPDX-License-Identifier: Apache-2.0 */
#include "reduce.h"

#include "source.h"
#include "tree.h"

#include "syntax/syntax.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A change of the text: a span that something of it, or a constant, replaces. */
struct edit {
	struct span span;
	struct span by; /* empty: `text` */
	const char *text;
};

VEC_TYPE(edit_vec, struct edit);

struct reduction {
	struct compilation comp;
	struct edit_vec edits;
	const struct expr *whole; /* whose operands are being visited */
};

static void edit_add(struct reduction *reduction, struct span span, struct span by,
		     const char *text)
{
	struct edit edit = {span, by, text};

	if (span.file == 0 && span.end - span.start > by.end - by.start + strlen(text))
		vec_push(&reduction->comp.arena, &reduction->edits, edit);
}

static const struct span nothing = {0, 0, 0};

static void decl_edits(struct tree_walk *walk, const struct decl *decl)
{
	edit_add(walk->user, decl->span, nothing, "");
}

/* What stands in a block, without the braces. */
static struct span inside(const struct stmt *stmt)
{
	if (!stmt || stmt->kind != STMT_BLOCK || !stmt->block.stmts.len)
		return nothing;
	return span_join(stmt->block.stmts.data[0]->span,
			 stmt->block.stmts.data[stmt->block.stmts.len - 1]->span);
}

static void stmt_edits(struct tree_walk *walk, const struct stmt *stmt, bool in_list)
{
	if (in_list)
		edit_add(walk->user, stmt->span, nothing, "");
	if (stmt->kind == STMT_IF) {
		edit_add(walk->user, stmt->span, inside(stmt->iff.then), "");
		edit_add(walk->user, stmt->span, inside(stmt->iff.otherwise), "");
		if (stmt->iff.otherwise)
			edit_add(walk->user, stmt->span,
				 (struct span){0, stmt->span.start, stmt->iff.then->span.end}, "");
	} else if (stmt->kind == STMT_TRY) {
		edit_add(walk->user, stmt->span, inside(stmt->tri.body), "");
	} else if (stmt->kind == STMT_FOR) {
		edit_add(walk->user, stmt->span, inside(stmt->range.body), "");
	} else if (stmt->kind == STMT_WHILE) {
		edit_add(walk->user, stmt->span, inside(stmt->whil.body), "");
	} else if (stmt->kind == STMT_DEFER) {
		edit_add(walk->user, stmt->span, inside(stmt->defer.block), "");
	}
}

static void operand_edit(const struct expr *operand, void *user)
{
	struct reduction *reduction = user;

	edit_add(reduction, reduction->whole->span, operand->span, "");
}

static void expr_edits(struct tree_walk *walk, const struct expr *expr)
{
	static const char *const values[] = {"0", "1", "a", "true", "\"\""};
	struct reduction *reduction = walk->user;

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		edit_add(reduction, expr->span, nothing, values[i]);
	reduction->whole = expr;
	tree_operands(expr, operand_edit, reduction);
	if (expr->kind == EXPR_MATCH) {
		vec_foreach (arm, &expr->match.arms)
			edit_add(reduction, arm->span, nothing, "");
	}
}

static uint32_t gain(const struct edit *edit)
{
	return edit->span.end - edit->span.start - (edit->by.end - edit->by.start) -
	       (uint32_t)strlen(edit->text);
}

static int by_gain(const void *a, const void *b)
{
	uint32_t x = gain(a), y = gain(b);

	return (x < y) - (x > y);
}

static void edits_find(struct reduction *reduction, const struct strbuf *text)
{
	struct compilation *comp = &reduction->comp;
	struct tree_walk walk = {reduction, decl_edits, stmt_edits, expr_edits, NULL};

	compilation_init(comp);
	memset(&reduction->edits, 0, sizeof(reduction->edits));
	tree_walk(&walk, syntax_parse(comp, source_add(&comp->sources, "diff.ks", strbuf_text(text),
						       text->len)));
	qsort(reduction->edits.data, reduction->edits.len, sizeof(struct edit), by_gain);
}

static void edit_apply(const struct edit *edit, const struct strbuf *text, struct strbuf *out)
{
	strbuf_append(out, text->data, edit->span.start);
	strbuf_append(out, text->data + edit->by.start, edit->by.end - edit->by.start);
	strbuf_puts(out, edit->text);
	strbuf_append(out, text->data + edit->span.end, text->len - edit->span.end);
}

/* The reason without its numbers: of the verifier its last sentence, of the checker the slug. */
static void essence(const struct verdict *verdict, char *out, size_t size)
{
	const char *from = verdict->why, *end = from + strlen(from), *at;
	size_t n = 0;

	if (verdict->outcome == OUTCOME_ERROR) {
		at = strchr(from, '[');
		from = at ? at : from;
		end = strchr(from, ']') ? strchr(from, ']') : end;
	} else if (verdict->outcome == OUTCOME_REFUSED) {
		at = strstr(from, "\nprocessed ");
		end = at ? at : end;
		for (from = end; from > verdict->why && from[-1] != '\n'; from--)
			;
	} else if (verdict->outcome == OUTCOME_KERNEL || verdict->outcome == OUTCOME_USER) {
		/* What kind of line it is, without the value at its end. */
		end = from + strcspn(from, "\n");
		while (end > from && *end != ' ')
			end--;
	} else if (verdict->outcome != OUTCOME_INTERP) {
		end = from;
	}
	for (; from < end && n + 1 < size; from++) {
		if (!isdigit((unsigned char)*from))
			out[n++] = *from;
	}
	out[n] = 0;
}

static bool is_same_failure(const struct verdict *one, const struct verdict *other)
{
	char a[200], b[200];

	if (one->outcome != other->outcome)
		return false;
	essence(one, a, sizeof(a));
	essence(other, b, sizeof(b));
	return !strcmp(a, b);
}

static bool still_fails(const struct trial *trial, const struct strbuf *text,
			const struct verdict *verdict)
{
	struct trial again = *trial;
	struct verdict now;

	again.text = strbuf_text(text);
	again.cover = false;
	trial_run(&again, &now);
	return is_same_failure(verdict, &now);
}

/*
 * One pass over all edits, largest first. Positions behind a taken edit are wrong, so the edits
 * are found again; those before it have failed already and are passed over by their number.
 */
static bool reduce_once(const struct trial *trial, const struct verdict *verdict,
			uint32_t *attempts, struct strbuf *text)
{
	struct reduction reduction;
	bool changed = false;
	uint32_t at = 0;

	edits_find(&reduction, text);
	while (at < reduction.edits.len && *attempts) {
		struct strbuf next = {0};

		(*attempts)--;
		edit_apply(&reduction.edits.data[at], text, &next);
		if (still_fails(trial, &next, verdict)) {
			strbuf_free(text);
			*text = next;
			compilation_free(&reduction.comp);
			edits_find(&reduction, text);
			changed = true;
			continue;
		}
		strbuf_free(&next);
		at++;
	}
	compilation_free(&reduction.comp);
	return changed;
}

/* Takes the empty lines out that deleted statements have left. */
static void lines_tidy(struct strbuf *text)
{
	struct strbuf out = {0};
	const char *at = strbuf_text(text);

	while (*at) {
		size_t len = strcspn(at, "\n");

		if (strspn(at, " \t;") < len)
			strbuf_printf(&out, "%.*s\n", (int)len, at);
		at += len + (at[len] == '\n');
	}
	strbuf_free(text);
	*text = out;
}

void reduce(const struct trial *trial, const struct verdict *verdict, uint32_t attempts,
	    struct strbuf *text)
{
	while (attempts && reduce_once(trial, verdict, &attempts, text))
		;
	lines_tidy(text);
}
