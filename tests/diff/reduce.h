/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a failing program small. */
#ifndef KSC_TESTS_DIFF_REDUCE_H
#define KSC_TESTS_DIFF_REDUCE_H

#include "trial.h"

/*
 * Takes declarations, statements and parts of expressions out of `text` as long as it fails in the
 * same way as `verdict` says, at most `attempts` times; the result replaces `text`.
 */
void reduce(const struct trial *trial, const struct verdict *verdict, uint32_t attempts,
	    struct strbuf *text);

#endif
