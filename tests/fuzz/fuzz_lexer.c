/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to tokens, as `ksc emit --stage=tokens` shows them. */
#include "compile.h"
#include "syntax/syntax.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct compilation comp;
	struct strbuf tokens = {0}, diagnostics = {0};

	compilation_init(&comp);
	types_init(&comp);
	syntax_dump_tokens(&comp, source_add(&comp.sources, "fuzz.ks", (const char *)data, size),
			   &tokens);
	diag_render_all(&comp, &diagnostics);
	strbuf_free(&tokens);
	strbuf_free(&diagnostics);
	compilation_free(&comp);
	return 0;
}
