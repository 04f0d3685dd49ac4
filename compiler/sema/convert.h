/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of convert*.c and balance.c: what an implicit conversion would do. */
#ifndef KSC_SEMA_CONVERT_H
#define KSC_SEMA_CONVERT_H

#include "sema/constant.h"

enum conversion_result {
	CONVERT_NO,	/* not possible */
	CONVERT_KEEP,	/* nothing to do: the same type up to regions */
	CONVERT_CHANGE, /* expr->to */
	CONVERT_RETYPE, /* a constant takes the type */
};

/* Argument conversions are a little wider: see sema_convert_argument(). */
enum conversion_use {
	USE_VALUE,
	USE_ARGUMENT
};

enum conversion_result conversion_find(struct sema *sema, const struct expr *expr,
				       const struct type *to, enum conversion_use use);
/* Sets expr->to, or retypes a constant. */
void conversion_apply(struct sema *sema, struct expr *expr, const struct type *to,
		      enum conversion_result result);

/* u8 or char: what text in arrays consists of. */
bool type_is_text_byte(const struct type *type);
/* Two enums that have names and are not the same: never mixed. */
bool types_are_rival_enums(const struct type *a, const struct type *b);
/* Reports that a void value is used; false for other types. */
bool report_void_value(struct sema *sema, const struct expr *expr);
/* The last line of a report: `text` may be NULL. */
void offer_cast(struct sema *sema, const struct expr *expr, const struct type *to);

#endif
