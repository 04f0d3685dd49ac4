/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of collect.c, decl*.c, attribute.c and type_expr.c: declarations. */
#ifndef KSC_SEMA_DECL_H
#define KSC_SEMA_DECL_H

#include "sema/check.h"

/* ---- the kinds of declarations (decl_*.c), called by sema_resolve() only ---- */

void decl_struct_resolve(struct sema *sema, struct decl *decl);
void decl_enum_resolve(struct sema *sema, struct decl *decl);
void decl_const_resolve(struct sema *sema, struct decl *decl);
void decl_global_resolve(struct sema *sema, struct decl *decl);
void decl_config_resolve(struct sema *sema, struct decl *decl);
void decl_map_resolve(struct sema *sema, struct decl *decl);
void decl_fn_resolve(struct sema *sema, struct decl *decl);
void decl_extern_resolve(struct sema *sema, struct decl *decl);
/* Compares an `extern` with the kernel's function; reports what differs. */
void extern_check_function(struct sema *sema, const struct decl *decl, const struct type *theirs);
void decl_impl_resolve(struct sema *sema, struct decl *decl);

/*
 * The type object of a struct or enum declaration, before its fields and values are known: for
 * pointers to it. The kernel's own type for those in headers that the kernel has.
 */
const struct type *decl_type_object(struct sema *sema, struct decl *decl);

/*
 * Checks what is only known when everything is resolved: repeated prototypes, defaults of fields.
 * `args` is the struct of main's options, or NULL.
 */
void decl_check_all(struct sema *sema, struct program *program, const struct type *args);

/* Whether the program has an impl of the struct_ops type. */
bool sema_implements(struct sema *sema, const char *ops);
/* Whether the declaration stands in a .kh file. */
bool sema_is_header(struct sema *sema, const struct decl *decl);
/* "Linux 6.12", or what else the kernel is called; "the target kernel" for NULL. */
const char *kernel_text(struct sema *sema, const struct kernel *kernel);
/* "a function", "a map": what a declaration is, for messages. */
const char *decl_kind_text(const struct decl *decl);

/* ---- fields of structs and configs ---- */

/* Resolves the fields into `type` and reports duplicates. */
void decl_fields_resolve(struct sema *sema, struct type *type, struct field_decl_vec *fields);

/* Reports a type above TYPE_BYTES_MAX, with a harmless one instead. */
const struct type *type_limited(struct sema *sema, const struct type *type, struct span span);

/* The part of a type that is a pointer, function or handle; NULL when there is none. */
const struct type *type_find_address(struct sema *sema, const struct type *type);
bool type_has_float(struct sema *sema, const struct type *type);

/* ---- attributes (attribute.c) ---- */

/* The attribute of that name, or NULL. */
struct attribute *attribute_find(struct decl *decl, const char *name);
/*
 * Reports attributes that are unknown, repeated, misplaced or have arguments of the wrong form.
 * Sets fn.role, fn.kind, fn.choice, fn.kind_arg, fn.sleepable, fn.is_global, fn.kfunc_flags.
 */
void attributes_check(struct sema *sema, struct decl *decl);
/* The text of an argument that is a string literal, else NULL. */
const char *attribute_string(const struct expr *arg);

/* ---- programs (decl_program.c) ---- */

/* Whether all target kernels have programs of the kind; else that is reported. */
bool decl_program_possible(struct sema *sema, const struct decl *fn);
/* Compares a program's signature with its kind and sets the context and the regions. */
void decl_program_check(struct sema *sema, struct decl *fn);
/* The same for a function of an impl: `theirs` is the type of the kernel's member. */
void decl_member_check(struct sema *sema, struct decl *fn, const struct type *theirs);
/*
 * Whether a parameter of type `own` can stand for the kernel's `theirs`: the same type, integers
 * of one size, pointers to such.
 */
bool param_compatible(const struct type *own, const struct type *theirs);
/* "fn name(a: u32, b: *file) -> i32": the signature that would be right. */
const char *signature_text(struct sema *sema, const char *name, const struct type *fn_type,
			   const struct type *result);

/* ---- the start (collect.c) ---- */

/*
 * Fills the main program from its parsed file: every declaration of it and of its includes, and
 * the programs that it imports (program->modules). False when some file has syntax errors: then
 * nothing else should be checked.
 */
bool sema_collect(struct sema *sema, struct program *program);
#endif
