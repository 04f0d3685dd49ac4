/* SPDX-License-Identifier: Apache-2.0 */
/* What `ksc check` does with any source. */
#include "compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_result result;

	fuzz_compile(&result, data, size, FUZZ_CHECK, DIAG_HUMAN);
	fuzz_free(&result);
	return 0;
}
