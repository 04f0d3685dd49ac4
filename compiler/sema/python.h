/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `import name from "x.py"`: functions of a Python file, called by user code.
 *
 * Python has no types that could be checked here. A call's arguments give the types of the
 * parameters, its place the type of the result; for each combination the program gets a function
 * in the language that hands the arguments to the interpreter (runtime/ksrt_python.h) and throws
 * when Python raised. From there on it is a function like others. Its text is nowhere in a file:
 * messages about it show the line of the `def`.
 */
#ifndef KSC_SEMA_PYTHON_H
#define KSC_SEMA_PYTHON_H

#include "sema/sema.h"

struct sema;

/* What `-> T` says of a function's result. */
enum python_result {
	PYTHON_UNKNOWN,
	PYTHON_INT,
	PYTHON_BOOL,
	PYTHON_FLOAT,
	PYTHON_STR,
};

/* A function at the outermost level of the file. */
struct python_fn {
	const char *name;
	struct span span;  /* of the name */
	uint32_t min, max; /* arguments; UINT32_MAX: any number */
	enum python_result result;
};

VEC_TYPE(python_fn_vec, struct python_fn);

struct python_module {
	uint32_t file; /* its source */
	struct python_fn_vec fns;
	struct ptr_map variants; /* name and types -> struct decl * */
};

/* Finds the functions of a Python file. */
struct python_module *python_scan(struct compilation *comp, uint32_t file);

/* The declarations that calls need, as if the file of an import had them. `span`: of the import. */
struct ast_file *python_prelude(struct compilation *comp, uint32_t file, struct span span);

/* import.f(...): checks the call and gives its type. */
const struct type *python_call(struct sema *sema, struct expr *call, const struct decl *import,
			       const struct type *expected);

#endif
