/* SPDX-License-Identifier: Apache-2.0 */
/* `ksc explain LOG` and what loaders say about a refused program: any text as a verifier log. */
#include "compile.h"
#include "driver/explain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of exactly this size, so that reading on is found. */
	char *log = malloc(size + 1);
	struct strbuf out = {0};

	if (!log)
		abort();
	if (size)
		memcpy(log, data, size);
	log[size] = 0;
	explain_log(&out, log);
	strbuf_free(&out);
	free(log);
	return 0;
}
