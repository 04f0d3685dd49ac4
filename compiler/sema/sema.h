/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker: names, types, conversions, constants, attributes, placement and flow. It completes
 * the "set by sema" fields of the tree; the IR is built from the tree and this program record.
 */
#ifndef KSC_SEMA_SEMA_H
#define KSC_SEMA_SEMA_H

#include "syntax/ast.h"
#include "types/type.h"

struct program;

VEC_TYPE(program_vec, struct program *);

/* Two declarations of one function that must agree once their types are known. */
struct prototype_pair {
	struct decl *first, *second;
};

VEC_TYPE(prototype_vec, struct prototype_pair);

/* One source program: the main file with everything it includes. Each import has its own. */
struct program {
	struct compilation *comp;
	struct ast_file *file;
	struct decl_vec decls; /* every top-level declaration, included files first, in order */
	struct ptr_map scope;  /* interned name -> struct decl * */
	/* Variants of the declared enums: name -> struct expr * with type, constant, ref.decl (the
	 * enum) and the span of its declaration. */
	struct ptr_map constants;
	/* Kernel enums whose constants are visible without a declaration; found on first use. */
	struct type_vec kernel_enums;
	bool kernel_enums_known;
	struct u32_vec files;		 /* its own and the included ones */
	struct prototype_vec prototypes; /* repeated ones */
	const char *module_name;	 /* NULL for the main program, else the imported file's name
					    without .ks, made unique and an identifier */
	/* Of the main program: every imported program once, each after those that it imports. */
	struct program_vec modules;
	struct python_module *python; /* of an imported Python file, else NULL; python.h */
	struct decl *main_fn;	      /* fn main of user code, or NULL */
	const struct type *args;      /* the struct of main(args: T), or NULL */
};

/*
 * Checks a parsed file. Never NULL; when errors were reported the tree may be incomplete and must
 * not reach ir_build().
 */
struct program *sema_check(struct compilation *comp, struct ast_file *file);

/* How the parameter's name ends in C and BTF, for the verifier: "__sz", "__str", ... or "". */
const char *kfunc_param_suffix(const struct decl *fn, uint32_t index);
/*
 * Parameters of kfuncs. A pointer followed by an integer that is called `len`, `size`, `sz` or ends
 * in `_len` or `_size` is a buffer of so many bytes.
 */
bool kfunc_param_is_size(const struct decl *fn, uint32_t index);
bool kfunc_param_is_buffer(const struct decl *fn, uint32_t index);
/* How many bytes stand behind what a program passes for a buffer, as far as its form tells. */
uint64_t kfunc_argument_bytes(const struct expr *arg);

#endif
