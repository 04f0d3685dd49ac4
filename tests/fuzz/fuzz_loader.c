/* SPDX-License-Identifier: Apache-2.0 */
/* The C of loaders and modules, and everything before it. */
#include "compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_result result;

	fuzz_compile(&result, data, size, FUZZ_C, DIAG_LINE);
	fuzz_free(&result);
	return 0;
}
