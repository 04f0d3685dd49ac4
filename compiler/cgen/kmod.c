/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel module: NAME.mod.c, and the Kbuild file that builds it. */
#include "cgen/kmod.h"

#include "kernel/kernel.h"
#include "kernel/module_contexts.h"

#include <stdlib.h>
#include <string.h>

bool cgen_has_module(const struct ir_module *module)
{
	vec_foreach (func, &module->funcs) {
		if ((*func)->target == TARGET_MODULE && (*func)->role == FN_KFUNC)
			return true;
	}
	return false;
}

/* ---- what distinguishes module code ---- */

static bool kmod_global_is_pointer(const struct ir_global *global)
{
	return kmod_is_config(global);
}

static struct c_shape kmod_shape(struct cgen *cg, const struct ir_func *func)
{
	(void)cg;
	return (struct c_shape){.has_error = func->throws,
				.linkage = func->role == FN_KFUNC ? "__bpf_kfunc" : NULL};
}

static void kmod_throw(struct cgen *cg, const struct ir_stmt *stmt)
{
	c_put(cg, "return %s;", c_argument(cg, stmt->value));
}

static const char *kmod_param_name(struct cgen *cg, const struct ir_func *func, uint32_t index)
{
	const struct ir_local *param = func->params.data[index];
	const char *name = type_c_identifier(cg->comp, param->name);

	return param->suffix ? c_format(cg, "%s%s", name, param->suffix) : name;
}

/* Fields of a program's context: those of what the kernel has behind it. */
static const char *kmod_field_text(struct cgen *cg, const struct ir_place *place)
{
	const struct ir_place *base = place->field.base;
	const struct module_context_field *field;
	const char *pointer, *text, *at;

	if (base->kind != IR_PLACE_DEREF || base->type->kind != TYPE_STRUCT ||
	    !module_context_find(base->type->strukt->name))
		return NULL;
	field = module_context_field_find(base->type->strukt->name, place->field.field->name);
	pointer = c_format(cg, "ks_%s(%s)", module_context_find(field->context)->behind,
			   c_argument(cg, base->deref.pointer));
	text = "";
	for (at = field->text; strchr(at, '@'); at = strchr(at, '@') + 1)
		text = c_format(cg, "%s%.*s%s", text, (int)strcspn(at, "@"), at, pointer);
	return c_format(cg, "%s%s", text, at);
}

static const struct c_backend backend = {
	.target = TARGET_MODULE,
	.op = kmod_op,
	.global_is_pointer = kmod_global_is_pointer,
	.throw = kmod_throw,
	.shape = kmod_shape,
	.is_kernel = true,
	.type_has_header = kmod_type_has_header,
	.param_name = kmod_param_name,
	.field_text = kmod_field_text,
	.packet_text = kmod_packet_text,
};

/* ---- names ---- */

/* Macros and words of the kernel's headers that a program may well use as names. */
static const char *const kernel_words[] = {
	"abs",	   "barrier",	  "cap",	 "clamp",   "current",	"dereference", "div64_u64",
	"errno",   "fallthrough", "get",	 "hash_32", "hash_64",	"in_task",     "init",
	"jiffies", "kfree",	  "likely",	 "linux",   "list",	"max",	       "max3",
	"memcmp",  "memcpy",	  "memmove",	 "memset",  "min",	"min3",	       "mod",
	"module",  "noinline",	  "nop",	 "packed",  "panic",	"pr_info",     "printk",
	"s16",	   "s32",	  "s64",	 "s8",	    "strcmp",	"strnlen",     "swap",
	"true",	   "typeof",	  "udelay",	 "unix",    "unlikely", "xchg",	       "cmpxchg",
	"MODULE",  "NULL",	  "DROP",	 "BUG",	    "WARN",	"HZ",	       "MAX",
	"MIN",	   "PAGE_SIZE",	  "THIS_MODULE", "TRUE",    "FALSE",
};

/* What the kernel declares under a name of ours gets out of the way: ours gets an underscore. */
static void name_take(struct cgen *cg, const void *owner, const char *name)
{
	if (kernel_find_function(cg->comp, name))
		c_name_reserve(cg, name);
	c_name(cg, owner, name);
}

static void reserve(void *cg, const char *name)
{
	c_name_reserve(cg, name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the file that some enum of the kernel has too. */
static void reserve_enum_constants(struct cgen *cg)
{
	const struct kernel_set *kernels = cg->comp->kernels;
	struct arena *arena = &cg->comp->arena;
	struct str_vec names = {0};

	vec_foreach (func, &cg->funcs)
		vec_push(arena, &names, (*func)->name);
	vec_foreach (global, &cg->module->globals)
		vec_push(arena, &names, (*global)->name);
	vec_foreach (type, &cg->types) {
		for (uint32_t i = 0;
		     (*type)->kind == TYPE_ENUM && i < (*type)->enumeration->values.len; i++)
			vec_push(arena, &names, (*type)->enumeration->values.data[i].name);
	}
	if (!names.len || !kernels)
		return;
	qsort(names.data, names.len, sizeof(*names.data), compare_names);
	vec_foreach (kernel, &kernels->kernels) {
		if ((*kernel)->has_btf)
			btf_image_each_enumerator_of(&(*kernel)->btf, names.data, names.len,
						     reserve, cg);
	}
}

static void names_take(struct cgen *cg)
{
	for (size_t i = 0; i < sizeof(kernel_words) / sizeof(kernel_words[0]); i++)
		c_name_reserve(cg, kernel_words[i]);
	vec_foreach (external, &cg->externs)
		c_name_reserve(cg, (*external)->name);
	reserve_enum_constants(cg);
	/* A kfunc is known by its name. */
	vec_foreach (func, &cg->funcs) {
		if ((*func)->role == FN_KFUNC) {
			ptr_map_set(&cg->names, *func, (void *)(*func)->name);
			c_name_reserve(cg, (*func)->name);
		}
	}
	vec_foreach (func, &cg->funcs)
		name_take(cg, *func, (*func)->name);
	vec_foreach (global, &cg->module->globals) {
		if (ptr_map_get(&cg->globals_seen, *global))
			name_take(cg, *global, (*global)->name);
	}
}

static void tags_take(struct cgen *cg)
{
	/* The kernel's own keep their names. */
	vec_foreach (type, &cg->header_types) {
		if (*(*type)->strukt->name)
			c_tag(cg, *type, (*type)->strukt->name);
	}
	vec_foreach (type, &cg->forwards) {
		if (kmod_type_has_header(cg, *type))
			c_tag(cg, *type, (*type)->strukt->name);
	}
	vec_foreach (type, &cg->types) {
		const char *name = NULL;

		if ((*type)->kind == TYPE_STRUCT)
			name = (*type)->strukt->name;
		else if ((*type)->kind == TYPE_ENUM &&
			 (*type)->enumeration->origin == ORIGIN_SOURCE)
			name = (*type)->enumeration->name;
		if (!name || !*name)
			continue;
		if (kernel_find_type(cg->comp, name))
			name = c_format(cg, "%s_", name);
		c_tag(cg, *type, name);
		if ((*type)->kind != TYPE_ENUM)
			continue;
		vec_foreach (value, &(*type)->enumeration->values)
			name_take(cg, value, value->name);
	}
}

/* ---- the file ---- */

static const char head[] = "#define pr_fmt(fmt) KBUILD_MODNAME \": \" fmt\n"
			   "\n"
			   "#include <linux/bpf.h>\n"
			   "#include <linux/btf.h>\n"
			   "#include <linux/btf_ids.h>\n"
			   "#include <linux/kernel.h>\n"
			   "#include <linux/module.h>\n"
			   "#include <linux/slab.h>\n"
			   "#include <linux/string.h>\n";

/* Names that came later than the lists of kfuncs themselves (6.0). */
static const char older_kernels[] = "\n"
				    "/* Before Linux 6.9 */\n"
				    "#ifndef BTF_KFUNCS_START\n"
				    "#define BTF_KFUNCS_START(name) BTF_SET8_START(name)\n"
				    "#define BTF_KFUNCS_END(name) BTF_SET8_END(name)\n"
				    "#endif\n"
				    "#ifndef __bpf_kfunc\n"
				    "#define __bpf_kfunc __used noinline\n"
				    "#endif\n"
				    "#ifndef __bpf_kfunc_start_defs\n"
				    "#define __bpf_kfunc_start_defs() \\\n"
				    "\t__diag_push(); \\\n"
				    "\t__diag_ignore_all(\"-Wmissing-prototypes\", "
				    "\"called by BPF programs\")\n"
				    "#define __bpf_kfunc_end_defs() __diag_pop()\n"
				    "#endif\n";

static void write_include(struct strbuf *out, struct str_vec *seen, struct arena *arena,
			  const char *header)
{
	if (!header || strstr(head, header))
		return;
	vec_foreach (other, seen) {
		if (!strcmp(*other, header))
			return;
	}
	vec_push(arena, seen, header);
	strbuf_printf(out, "#include <%s>\n", header);
}

static void write_head(struct cgen *cg, struct strbuf *out)
{
	const struct source_vec *files = &cg->comp->sources.files;
	const struct ir_module *module = cg->module;
	struct arena *arena = &cg->comp->arena;
	struct str_vec seen = {0};

	strbuf_printf(
		out,
		"// SPDX-License-Identifier: GPL-2.0\n"
		"/* The kernel module of %s, written by ksc: functions for BPF programs. */\n%s",
		module->file < files->len ? files->data[module->file]->name : module->name, head);
	vec_foreach (type, &cg->header_types)
		write_include(out, &seen, arena, kmod_type_header(*type));
	vec_foreach (type, &cg->forwards) {
		if (kmod_type_has_header(cg, *type))
			write_include(out, &seen, arena, kmod_type_header(*type));
	}
	vec_foreach (type, &cg->forwards) {
		const struct module_context *context = module_context_find((*type)->strukt->name);

		for (int i = 0; context && i < 2; i++)
			write_include(out, &seen, arena, context->headers[i]);
	}
	if (kmod_has_configs(cg)) {
		write_include(out, &seen, arena, "linux/moduleparam.h");
		write_include(out, &seen, arena, "linux/rcupdate_trace.h");
		write_include(out, &seen, arena, "linux/version.h");
	}
	vec_foreach (external, &cg->externs)
		write_include(out, &seen, arena, (*external)->header);
	strbuf_puts(out, older_kernels);
}

/* A kernel function without a header: its prototype from the source. */
static void write_externs(struct cgen *cg)
{
	cw_blank(&cg->w);
	vec_foreach (external, &cg->externs) {
		const struct type *type = (*external)->type;
		const char *params = "";

		if ((*external)->header)
			continue;
		vec_foreach (param, &type->fn.params)
			params = c_format(cg, "%s%s%s", params, *params ? ", " : "",
					  c_declare_param(cg, param->type, ""));
		cw_line(&cg->w, "extern %s;",
			c_declare_param(cg, type->fn.result,
					c_format(cg, "%s(%s)", (*external)->name,
						 *params ? params : "void")));
	}
	cw_blank(&cg->w);
}

/* kfuncs behind the functions that only the module calls. */
static void write_functions(struct cgen *cg)
{
	struct ir_func_vec sorted = {0};

	for (int kfuncs = 0; kfuncs < 2; kfuncs++) {
		vec_foreach (func, &cg->funcs) {
			if (((*func)->role == FN_KFUNC) == kfuncs)
				vec_push(&cg->comp->arena, &sorted, *func);
		}
	}
	cg->funcs = sorted;
	c_prototypes_write(cg);
	vec_foreach (func, &cg->funcs) {
		if ((*func)->role != FN_KFUNC)
			c_function_write(cg, *func);
	}
	cw_blank(&cg->w);
	cw_line(&cg->w, "__bpf_kfunc_start_defs();");
	vec_foreach (func, &cg->funcs) {
		if ((*func)->role == FN_KFUNC)
			c_function_write(cg, *func);
	}
	cw_blank(&cg->w);
	cw_line(&cg->w, "__bpf_kfunc_end_defs();");
}

static void module_reach(struct cgen *cg, const struct ir_module *module)
{
	vec_foreach (func, &module->funcs) {
		if ((*func)->target == TARGET_MODULE &&
		    ((*func)->role == FN_KFUNC || (*func)->hook != MODULE_HOOK_NONE))
			c_reach(cg, *func);
	}
	vec_foreach (global, &module->globals) {
		if (ptr_map_get(&cg->globals_seen, *global))
			c_type_use(cg, (*global)->type);
	}
}

void cgen_module_check(struct compilation *comp, const struct ir_module *module)
{
	struct strbuf unused = {0};
	struct cgen cg;

	cgen_init(&cg, comp, module, &backend, &unused);
	module_reach(&cg, module);
	kmod_check(&cg);
	cgen_free(&cg);
	strbuf_free(&unused);
}

bool cgen_module(struct compilation *comp, const struct ir_module *module, struct strbuf *out)
{
	struct strbuf body = {0};
	struct cgen cg;
	bool ok;

	cgen_init(&cg, comp, module, &backend, &body);
	module_reach(&cg, module);
	kmod_check(&cg);
	ok = !diag_error_count(comp);
	if (ok) {
		names_take(&cg);
		tags_take(&cg);
		c_types_write(&cg);
		write_externs(&cg);
		kmod_state_write(&cg);
		write_functions(&cg);
		kmod_register_write(&cg);
		write_head(&cg, out);
		kmod_helpers_write(&cg, strbuf_text(&body), out);
		strbuf_puts(out, "\n");
		strbuf_append(out, strbuf_text(&body), body.len);
	}
	cgen_free(&cg);
	strbuf_free(&body);
	return ok;
}

/* ---- Kbuild ---- */

/*
 * kbuild itself writes a NAME.mod.c beside the module's object. The module is therefore built one
 * folder below ours, where its source is a copy under another name.
 */
void cgen_kbuild(struct compilation *comp, const struct ir_module *module, struct strbuf *out)
{
	const char *name = module->name;

	(void)comp;
	strbuf_printf(
		out,
		"# SPDX-License-Identifier: GPL-2.0\n"
		"# Builds module/%s.ko of %s.mod.c:\n"
		"#\tmake -C /lib/modules/$(uname -r)/build M=$PWD modules\n"
		"# The folder keeps it apart from the file of the same name that kbuild writes.\n"
		"obj-m := module/%s.o\n"
		"ccflags-y := -funsigned-char -Wno-declaration-after-statement "
		"-Wno-missing-braces\n"
		"ccflags-y += -fmacro-prefix-map=$(src)/=\n"
		"targets += module/%s.c\n\n"
		"$(obj)/module/%s.c: $(src)/%s.mod.c FORCE\n"
		"\t@mkdir -p $(@D)\n"
		"\t@cmp -s $< $@ || cp $< $@\n",
		name, name, name, name, name, name);
}
