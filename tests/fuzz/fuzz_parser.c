/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to a tree. A tree without errors, printed as source, must give the same tree again: what
 * the second one prints is compared.
 */
#include "compile.h"
#include "syntax/syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void compare(const struct strbuf *printed)
{
	struct strbuf again = {0};
	struct fuzz_result result;

	fuzz_compile(&result, (const uint8_t *)strbuf_text(printed), printed->len, FUZZ_PARSE,
		     DIAG_LINE);
	ast_print(&again, result.tree);
	if (diag_error_count(&result.comp) || again.len != printed->len ||
	    memcmp(strbuf_text(&again), strbuf_text(printed), again.len)) {
		fprintf(stderr, "--- printed:\n%s--- printed again:\n%s%s", strbuf_text(printed),
			strbuf_text(&again), strbuf_text(&result.diagnostics));
		abort();
	}
	strbuf_free(&again);
	fuzz_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf printed = {0};
	struct fuzz_result result;

	fuzz_compile(&result, data, size, FUZZ_PARSE, DIAG_HUMAN);
	ast_print(&printed, result.tree);
	if (!diag_error_count(&result.comp))
		compare(&printed);
	strbuf_free(&printed);
	fuzz_free(&result);
	return 0;
}
