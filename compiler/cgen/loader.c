/* SPDX-License-Identifier: Apache-2.0 */
/* The user loader: NAME.c, and the Makefile that rebuilds it. */
#include "cgen/loader.h"

#include <string.h>

static const char owner_run; /* of the wrapper's name, when main is called by others too */

void cgen_init(struct cgen *cg, struct compilation *comp, const struct ir_module *module,
	       const struct c_backend *backend, struct strbuf *out)
{
	struct ptr_map *const maps[] = {
		&cg->taken,	   &cg->names,	    &cg->tags_taken, &cg->tags,
		&cg->funcs_seen,   &cg->record_fns, &cg->types_seen, &cg->forwards_seen,
		&cg->shared_types, &cg->maps_seen,  &cg->impls_seen, &cg->globals_seen,
		&cg->local_names,  &cg->scopes,
	};

	*cg = (struct cgen){.comp = comp, .module = module, .backend = backend};
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		ptr_map_init(maps[i], &comp->arena);
	cw_init(&cg->w, out);
}

void cgen_free(struct cgen *cg)
{
	cw_free(&cg->w);
}

/* ---- what distinguishes user code ---- */

/* main is the body of run(), unless other functions call it. */
static bool is_run(const struct cgen *cg, const struct ir_func *func)
{
	return func == cg->module->main_fn && !func->is_called && !cg->comp->options.test_build;
}

static struct c_shape loader_shape(struct cgen *cg, const struct ir_func *func)
{
	if (is_run(cg, func) || func->role == FN_TEST)
		return (struct c_shape){.returns_int = true, .params = "void"};
	if (ptr_map_get(&cg->record_fns, func))
		return (struct c_shape){.returns_int = true, .takes_record = true};
	return (struct c_shape){.has_error = func->throws};
}

static void loader_throw(struct cgen *cg, const struct ir_stmt *stmt)
{
	const char *code = c_argument(cg, stmt->value);

	if (loader_shape(cg, cg->func).has_error)
		c_put(cg, "return %s;", code);
	else
		c_put(cg, "return ks_uncaught(%s);", code);
}

/* After load a const config cannot change: programs were verified with it. */
static void loader_before_store(struct cgen *cg, const struct ir_global *global, struct span span)
{
	if (global->role == IR_GLOBAL_CONST_CONFIG && loader_global_is_shared(global))
		c_put(cg, "ks_const_config_write(%s, %s);",
		      c_quoted(cg->comp, global->name, strlen(global->name)), c_where(cg, span));
}

static const struct c_backend backend = {
	.target = TARGET_USER,
	.op = loader_op,
	.global_is_pointer = loader_global_is_shared,
	.before_store = loader_before_store,
	.throw = loader_throw,
	.shape = loader_shape,
};

/* ---- the file ---- */

static void write_head(struct cgen *cg)
{
	const struct ir_module *module = cg->module;
	const struct source_vec *files = &cg->comp->sources.files;
	const char *source =
		module->file < files->len ? files->data[module->file]->name : module->name;

	cw_line(&cg->w, "/* The loader of %s, written by ksc: `make` rebuilds it. */", source);
	cw_line(&cg->w, "#define KS_SOURCE %s", c_quoted(cg->comp, source, strlen(source)));
	cw_line(&cg->w, "#include \"ksrt.h\"");
	cw_blank(&cg->w);
	vec_foreach (external, &cg->externs) {
		bool again = false;

		for (uint32_t i = 0; cg->externs.data + i < external; i++)
			again |= cg->externs.data[i]->header && (*external)->header &&
				 !strcmp(cg->externs.data[i]->header, (*external)->header);
		if ((*external)->header && !again)
			cw_line(&cg->w, "#include <%s>", (*external)->header);
	}
	cw_blank(&cg->w);
	vec_foreach (python, &module->pythons)
		cw_line(&cg->w, "KS_PYTHON(%s, %s);", python->name,
			c_quoted(cg->comp, c_format(cg, "%s.py", python->name),
				 strlen(python->name) + strlen(".py")));
	if (ir_needs_object(module))
		cw_line(&cg->w, "KS_EMBED(%s, %s);", c_identifier(cg->comp, module->name),
			c_quoted(cg->comp, c_format(cg, "%s.bpf.o", module->name),
				 strlen(module->name) + strlen(".bpf.o")));
	loader_module_write(cg);
}

/* main is also called by others: run() is a function of its own. */
static void write_run(struct cgen *cg, const char *run)
{
	const struct ir_func *func = cg->module->main_fn;
	const char *name = c_name(cg, func, func->name);
	const char *args = func->params.len ? loader_args_name(cg) : "";
	bool has_result = func->result->kind != TYPE_VOID;

	cw_blank(&cg->w);
	cw_open_function(&cg->w, "static int %s(void)", run);
	if (func->throws && has_result) {
		cw_line(&cg->w, "%s = 0;", c_declare(cg, func->result, "result"));
		cw_line(&cg->w, "int code = %s(%s%s&result);", name, args, *args ? ", " : "");
		cw_blank(&cg->w);
		cw_line(&cg->w, "return code ? ks_uncaught(code) : (int)result;");
	} else if (func->throws) {
		cw_line(&cg->w, "int code = %s(%s);", name, args);
		cw_blank(&cg->w);
		cw_line(&cg->w, "return code ? ks_uncaught(code) : 0;");
	} else {
		cw_line(&cg->w, has_result ? "return %s(%s);" : "%s(%s);", name, args);
		if (!has_result)
			cw_line(&cg->w, "return 0;");
	}
	cw_close(&cg->w, "%s", "");
}

bool cgen_has_loader(const struct ir_module *module)
{
	if (!module->comp->options.test_build)
		return module->main_fn != NULL;
	vec_foreach (func, &module->funcs) {
		if ((*func)->role == FN_TEST)
			return true;
	}
	return false;
}

/* The functions that everything starts from. */
static void reach_roots(struct cgen *cg)
{
	if (!cg->comp->options.test_build)
		c_reach(cg, cg->module->main_fn);
	vec_foreach (func, &cg->module->funcs) {
		if (cg->comp->options.test_build && (*func)->role == FN_TEST)
			c_reach(cg, *func);
	}
}

/* run() as a function of its own, or as the C name of main. NULL in a test build. */
static const char *run_name(struct cgen *cg)
{
	const struct ir_func *main_fn = cg->module->main_fn;

	if (cg->comp->options.test_build)
		return NULL;
	return is_run(cg, main_fn) ? c_name(cg, main_fn, "run") : c_name(cg, &owner_run, "run");
}

void cgen_loader(struct compilation *comp, const struct ir_module *module, struct strbuf *out)
{
	const struct ir_func *main_fn = module->main_fn;
	struct cgen cg;
	const char *run;

	if (!cgen_has_loader(module))
		internal_error(comp, span_nowhere(), "a loader without main");
	cgen_init(&cg, comp, module, &backend, out);
	cg.has_python = cgen_needs_python(module);
	reach_roots(&cg);
	loader_tables_reach(&cg);
	vec_foreach (external, &cg.externs)
		c_name_reserve(&cg, (*external)->name);
	vec_foreach (func, &cg.funcs)
		c_name(&cg, *func, is_run(&cg, *func) ? "run" : (*func)->name);
	loader_names_take(&cg);
	run = run_name(&cg);
	if (main_fn && main_fn->params.len)
		ptr_map_set(&cg.names, main_fn->params.data[0], (void *)loader_args_name(&cg));
	write_head(&cg);
	c_types_write(&cg);
	loader_tables_write(&cg);
	c_functions_write(&cg);
	if (run && !is_run(&cg, main_fn))
		write_run(&cg, run);
	loader_app_write(&cg, run);
	cgen_free(&cg);
}

/* ---- Makefile ---- */

/*
 * With the kernel's build as it is: it adds BTF when it has pahole and the kernel's own. Without
 * these no program could call the module's functions, so that is said at once.
 */
static void module_rules(struct strbuf *out, const char *name)
{
	strbuf_printf(out,
		      "# The kernel's build needs pahole and $(KDIR)/vmlinux for the module's BTF; "
		      "`ksc build`\n# needs neither.\n"
		      "KDIR ?= /lib/modules/$(shell uname -r)/build\n\n"
		      "%s.ko: %s.mod.c Kbuild\n"
		      "\t$(MAKE) -C $(KDIR) M=$(CURDIR) modules\n"
		      "\t@objdump -h module/%s.ko | grep -q ' \\.BTF ' || { \\\n"
		      "\t\techo \"$@: no BTF (is there pahole, and $(KDIR)/vmlinux?)\"; false; }\n"
		      "\tcp module/%s.ko $@\n\n",
		      name, name, name, name);
}

static void module_makefile(struct strbuf *out, const char *name)
{
	strbuf_printf(out, "# Rebuilds the kernel module with stock tools.\nall: %s.ko\n\n", name);
	module_rules(out, name);
	strbuf_printf(out,
		      "clean:\n\trm -rf %s.ko module .*.cmd Module.symvers modules.order\n\n"
		      ".PHONY: all clean\n",
		      name);
}

void cgen_makefile(struct compilation *comp, const struct ir_module *module, struct strbuf *out)
{
	const char *libraries = "", *name = module->name, *pythons = "";

	if (!cgen_has_loader(module)) {
		module_makefile(out, name);
		return;
	}
	vec_foreach (python, &module->pythons)
		pythons = arena_printf(&comp->arena, "%s %s.py", pythons, python->name);
	vec_foreach (external, &module->externs) {
		if ((*external)->targets & 1u << TARGET_USER && (*external)->library)
			libraries = arena_printf(&comp->arena, "%s -l%s", libraries,
						 (*external)->library);
	}
	strbuf_printf(out,
		      "# Rebuilds the loader%s with stock tools. KSRT is the folder of libksrt.a\n"
		      "# and its include/; by default where ksc is installed.\n"
		      "KSRT ?= $(dir $(shell command -v ksc))../lib/ksc\n"
		      "CFLAGS ?= -O2 -g -Wall -Wextra\n"
		      "KS_CFLAGS = -std=gnu11 -fwrapv -fno-strict-aliasing -funsigned-char "
		      "-fno-builtin \\\n\t-I$(KSRT)/include -Wa,-I.\n\n"
		      "all: %s\n\n",
		      cgen_has_module(module) ? " and the kernel module" : "", name);
	if (*pythons) {
		strbuf_printf(out, "PYTHON_CONFIG ?= python3-config\n"
				   "KS_CFLAGS += $(shell $(PYTHON_CONFIG) --includes)\n"
				   "PYTHON_LIBS = $(shell $(PYTHON_CONFIG) --embed --ldflags)\n\n");
		libraries = arena_printf(&comp->arena, "%s $(PYTHON_LIBS)", libraries);
	}
	if (cgen_has_module(module)) {
		module_rules(out, name);
		strbuf_printf(out, "%s: %s.ko\n\n", name, name);
	}
	strbuf_printf(out,
		      "%s: %s.c%s%s%s%s\n"
		      "\t$(CC) $(CFLAGS) $(KS_CFLAGS) $(LDFLAGS) -o $@ $< $(KSRT)/libksrt.a%s\n\n"
		      "clean:\n\trm -f %s\n\n.PHONY: all clean\n",
		      name, name, ir_needs_object(module) ? " " : "",
		      ir_needs_object(module) ? name : "", ir_needs_object(module) ? ".bpf.o" : "",
		      pythons, libraries, name);
}
