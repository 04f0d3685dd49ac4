/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Program contexts in module code. A program sees a view (`__sk_buff`) of what the kernel hands on
 * (`sk_buff`); the verifier translates the accesses of programs, and this table those of kfuncs.
 * Facts: bpf_convert_ctx_access() and its likes in net/core/filter.c, Linux 6.12.
 */
#ifndef KSC_KERNEL_MODULE_CONTEXTS_H
#define KSC_KERNEL_MODULE_CONTEXTS_H

#include <stdbool.h>

struct module_context_field {
	const char *context, *field;
	const char *text; /* C; @ stands for the pointer to what the kernel has */
	bool is_writable;
};

struct module_context {
	const char *view;
	const char *behind; /* the kernel's struct; NULL: not known, its fields cannot be read */
	const char *headers[2]; /* that its fields need, or NULL */
};

/* NULL when the struct is no view. */
const struct module_context *module_context_find(const char *view);
/* NULL when module code cannot have the field. */
const struct module_context_field *module_context_field_find(const char *view, const char *field);

#endif
