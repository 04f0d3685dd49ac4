/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form for programs: one JSON object a line. Lines and columns are counted from 1, columns in
 * characters; start and end are byte offsets. A span without a place in any source is null.
 */
#include "base/diag_render.h"
#include "base/utf8.h"

#include <string.h>

void diag_json_string(struct strbuf *out, const char *text)
{
	size_t len = strlen(text), size;
	uint32_t code;

	strbuf_putc(out, '"');
	for (size_t i = 0; i < len; i += size) {
		size = utf8_decode(text + i, len - i, &code);
		if (code == '"' || code == '\\')
			strbuf_printf(out, "\\%c", (char)code);
		else if (code == '\n')
			strbuf_puts(out, "\\n");
		else if (code == '\t')
			strbuf_puts(out, "\\t");
		else if (code == UINT32_MAX)
			strbuf_puts(out, "\\ufffd");
		else if (code < 0x20 || code == 0x7f)
			strbuf_printf(out, "\\u%04x", code);
		else
			strbuf_append(out, text + i, size);
	}
	strbuf_putc(out, '"');
}

static void json_span(const struct compilation *comp, struct strbuf *out, struct span span)
{
	struct source_pos start = source_position(&comp->sources, span.file, span.start);
	struct source_pos end = source_position(&comp->sources, span.file, span.end);

	if (!start.source) {
		strbuf_puts(out, "null");
		return;
	}
	strbuf_puts(out, "{\"file\":");
	diag_json_string(out, start.source->path);
	strbuf_printf(out, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u",
		      start.line, start.column, end.line, end.column);
	strbuf_printf(out, ",\"start\":%u,\"end\":%u}", span.start, span.end);
}

void diag_render_json(struct compilation *comp, const struct diag *diag, struct strbuf *out)
{
	strbuf_puts(out, "{\"slug\":");
	diag_json_string(out, diag_slugs[diag->slug].slug);
	strbuf_printf(out, ",\"severity\":\"%s\",\"message\":", diag_severity_name(diag->severity));
	diag_json_string(out, diag->message);
	strbuf_puts(out, ",\"spans\":[");
	if (diag->span.file < comp->sources.files.len)
		json_span(comp, out, diag->span);
	strbuf_puts(out, "],\"notes\":[");
	for (uint32_t i = 0; i < diag->notes.len; i++) {
		strbuf_puts(out, i ? ",{\"message\":" : "{\"message\":");
		diag_json_string(out, diag->notes.data[i].text);
		strbuf_puts(out, ",\"span\":");
		json_span(comp, out, diag->notes.data[i].span);
		strbuf_putc(out, '}');
	}
	strbuf_puts(out, "],\"help\":");
	if (diag->help)
		diag_json_string(out, diag->help);
	else
		strbuf_puts(out, "null");
	strbuf_puts(out, ",\"edits\":[");
	for (uint32_t i = 0; i < diag->edits.len; i++) {
		strbuf_puts(out, i ? ",{\"span\":" : "{\"span\":");
		json_span(comp, out, diag->edits.data[i].span);
		strbuf_puts(out, ",\"replacement\":");
		diag_json_string(out, diag->edits.data[i].replacement);
		strbuf_putc(out, '}');
	}
	strbuf_puts(out, "]}\n");
}
