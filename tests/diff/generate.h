/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random programs that are well typed and end: functions over integers, arrays, structs, text and
 * globals with all statements of the language, called from an XDP program or from main. The same
 * seed gives the same text everywhere.
 */
#ifndef KSC_TESTS_GENERATE_H
#define KSC_TESTS_GENERATE_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

/* A bpf program reads the packet's first bytes as its numbers and may use maps. */
void generate_program(struct strbuf *out, uint64_t seed, bool is_bpf);

#endif
