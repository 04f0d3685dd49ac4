/* SPDX-License-Identifier: Apache-2.0 */
#include "runner.h"

#include "bpf/bpf.h"
#include "syntax/syntax.h"

#include <string.h>

static const char *severity_name(enum diag_severity severity)
{
	static const char *const names[] = {
		[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"};

	return names[severity];
}

static bool meets(const struct expectation *ex, const struct diag *diag, uint32_t line)
{
	return !ex->met && ex->file == diag->span.file && ex->line == line &&
	       ex->severity == diag->severity && !strcmp(ex->slug, diag_slugs[diag->slug].slug) &&
	       strstr(diag->message, ex->text);
}

/* A diagnostic in an included file counts for the case too, and is expected there. */
static void compare_diag(struct test_case *tc, struct compilation *comp, const struct diag *diag)
{
	struct source_pos pos = source_position(&comp->sources, diag->span.file, diag->span.start);

	vec_foreach (ex, &tc->expectations) {
		if (meets(ex, diag, pos.line)) {
			ex->met = true;
			return;
		}
	}
	if (diag->severity == DIAG_NOTE)
		return;
	strbuf_printf(&tc->failures, "  %s:%u:%u: unexpected %s[%s]: %s\n", pos.source->path,
		      pos.line, pos.column, severity_name(diag->severity),
		      diag_slugs[diag->slug].slug, diag->message);
}

void excerpt_compare(struct test_case *tc, uint32_t line, const char *what,
		     const struct excerpt_vec *lines, const char *text)
{
	const char *at = text;

	vec_foreach (excerpt, lines) {
		const char *found = strstr(excerpt->absent ? text : at, excerpt->text);

		if (excerpt->absent ? !found : found != NULL) {
			if (found && !excerpt->absent)
				at = found + strcspn(found, "\n");
			continue;
		}
		fail(tc, line, excerpt->absent ? "%s has `%s`" : "%s has no `%s` (in this place)",
		     what, excerpt->text);
		strbuf_printf(&tc->failures, "--- %s\n%s---\n", what, text);
		return;
	}
}

static bool output_make(struct compiled *compiled, const char *what, struct strbuf *out)
{
	struct compilation *comp = &compiled->comp;

	if (!strcmp(what, "ast"))
		ast_print(out, compiled->file);
	else if (!strcmp(what, "tokens"))
		syntax_dump_tokens(comp, 0, out);
	else if (compiled->module && !strcmp(what, "ir"))
		ir_print(out, compiled->module);
	else if (compiled->module && !strcmp(what, "llvm"))
		bpf_emit(comp, compiled->module, BPF_OUT_LLVM, out);
	else if (compiled->module && !strcmp(what, "asm"))
		bpf_emit(comp, compiled->module, BPF_OUT_ASM, out);
	else if (!strcmp(what, "loader"))
		strbuf_append(out, strbuf_text(&compiled->loader), compiled->loader.len);
	else if (!strcmp(what, "module"))
		strbuf_append(out, strbuf_text(&compiled->kmod), compiled->kmod.len);
	else
		return false;
	return true;
}

void case_compare(struct test_case *tc, struct compiled *compiled)
{
	for (uint32_t i = 0; i < compiled->comp.diags.len; i++)
		compare_diag(tc, &compiled->comp, compiled->comp.diags.data[i]);
	vec_foreach (ex, &tc->expectations) {
		if (!ex->met)
			fail(tc, ex->line, "missing %s[%s]: %s", severity_name(ex->severity),
			     ex->slug, ex->text);
	}
	vec_foreach (section, &tc->sections) {
		struct strbuf out = {0};

		if (output_make(compiled, section->what, &out))
			excerpt_compare(tc, section->line, section->what, &section->lines,
					strbuf_text(&out));
		else
			fail(tc, section->line, "there is no output `%s`", section->what);
		strbuf_free(&out);
	}
}
