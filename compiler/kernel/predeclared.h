/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants that a program may use without declaring or including them: C macros of the kernel
 * that BTF does not carry, and enum constants that must be there also without BTF. A file's own
 * declaration of the name wins.
 */
#ifndef KSC_KERNEL_PREDECLARED_H
#define KSC_KERNEL_PREDECLARED_H

#include "kernel/kernel.h"
#include "kernel/prog_kinds.h"

/* Where the constant is visible. */
enum predeclared_scope {
	PREDECLARED_EVERYWHERE,
	PREDECLARED_MODULE, /* its meaning depends on the kernel: the C name is printed */
};

struct predeclared {
	const char *name;
	int64_t value; /* PREDECLARED_MODULE: 0, not known */
	/* The enum that groups it, for messages: "TC_ACT", "perf_type", ... */
	const char *group;
	enum predeclared_scope scope;
};

/* NULL when the name is not predeclared. */
const struct predeclared *predeclared_find(const char *name);
const struct predeclared *predeclared_list(uint32_t *count);

/* The constant's type: u32, or i32 when it is negative, u64 when it is larger. */
const struct type *predeclared_type(struct compilation *comp, const struct predeclared *constant);

/*
 * Struct types that the language itself has, arguments of attach(): `perf_options` for perf
 * events, `opts` for what a text does not say. NULL for other names. Always the same object in
 * one compilation.
 */
const struct type *predeclared_struct(struct compilation *comp, const char *name);
/* Whether it is one of them: a literal need not name each field. */
bool predeclared_has_defaults(const struct compilation *comp, const struct type *type);
/* The value of a field that a literal leaves out (text: ""); `required` when it may not. */
int64_t predeclared_default(const struct compilation *comp, const struct type *type,
			    const char *field, bool *required);
/* Whether a field of `opts` means something where programs attach like this. */
bool attach_option_is_for(const struct compilation *comp, const char *field,
			  enum prog_attach attach);

/* The name of an error number: 2 gives "ENOENT"; NULL when there is none. */
const char *errno_name(int code);

#endif
