/* SPDX-License-Identifier: Apache-2.0 */
/* What happens when there is no memory, in one place. */
#ifndef KSC_BASE_MEMORY_H
#define KSC_BASE_MEMORY_H

#include <stddef.h>

/* Says how much was wanted and ends the process with status 3: the machine is at fault. */
_Noreturn void memory_exhausted(size_t size);

#endif
