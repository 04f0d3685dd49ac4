/* SPDX-License-Identifier: Apache-2.0 */
/* Which targets a function belongs to by its attribute. */
#include "sema/check.h"

#include <string.h>

#define ALL_TARGETS ((1u << TARGET_COUNT) - 1)

unsigned sema_possible_targets(const struct decl *fn)
{
	switch (fn->fn.role) {
	case FN_PROGRAM:
	case FN_HELPER:
		return 1u << TARGET_BPF;
	case FN_KFUNC:
	case FN_PRIVATE:
		return 1u << TARGET_MODULE;
	case FN_TEST:
		return 1u << TARGET_USER;
	case FN_PLAIN:
		break;
	}
	/* An imported file's `main` is a function like any other. */
	if (!strcmp(fn->name.text, "main") && !(fn->owner && fn->owner->module_name))
		return 1u << TARGET_USER;
	return ALL_TARGETS;
}
