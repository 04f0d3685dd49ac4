/* SPDX-License-Identifier: Apache-2.0 */
/* The module's variables, and the configs that it reads. */
#include "cgen/kmod.h"

#include <string.h>

bool kmod_is_config(const struct ir_global *global)
{
	return global->role == IR_GLOBAL_CONFIG || global->role == IR_GLOBAL_CONST_CONFIG;
}

/* ---- configs ---- */

static bool is_read(struct cgen *cg, const struct ir_global *global)
{
	return kmod_is_config(global) && ptr_map_get(&cg->globals_seen, global);
}

bool kmod_has_configs(struct cgen *cg)
{
	vec_foreach (global, &cg->module->globals) {
		if (is_read(cg, *global))
			return true;
	}
	return false;
}

static void config_write(struct cgen *cg, const struct ir_global *global)
{
	const char *name = c_name(cg, global, global->name);
	const char *first = c_format(cg, "%s_default", name);

	cw_blank(&cg->w);
	cg->in_static = true;
	if (global->init)
		cw_line(&cg->w, "static const %s = %s;", c_declare(cg, global->type, first),
			c_initializer(cg, global->init));
	else
		cw_line(&cg->w, "static const %s;", c_declare(cg, global->type, first));
	cg->in_static = false;
	cw_line(&cg->w, "static const %s = &%s;",
		c_declare(cg, global->type, c_format(cg, "*%s", name)), first);
	cw_open(&cg->w, "static struct ks_config %s_config =", name);
	cw_line(&cg->w, ".address = (const void **)&%s,", name);
	cw_line(&cg->w, ".size = sizeof(*%s),", name);
	cw_close(&cg->w, ";");
	cw_line(&cg->w, "module_param_cb(%s, &ks_config_ops, &%s_config, 0200);", global->name,
		name);
}

static void configs_write(struct cgen *cg)
{
	vec_foreach (global, &cg->module->globals) {
		if (is_read(cg, *global))
			config_write(cg, *global);
	}
	cw_blank(&cg->w);
}

void kmod_configs_drop(struct cgen *cg)
{
	vec_foreach (global, &cg->module->globals) {
		const char *name;

		if (!is_read(cg, *global))
			continue;
		name = c_name(cg, *global, (*global)->name);
		cw_line(&cg->w, "if (%s_config.map)", name);
		cw_line(&cg->w, "\tbpf_map_put(%s_config.map);", name);
	}
}

/* ---- variables ---- */

/* Structs whose zero value is not ready for use: the kernel's macro that defines one. */
static const struct {
	const char *type, *define;
} defined_by[] = {
	{"list_head", "LIST_HEAD"},
	{"mutex", "DEFINE_MUTEX"},
	{"raw_spinlock", "DEFINE_RAW_SPINLOCK"},
	{"rw_semaphore", "DECLARE_RWSEM"},
	{"spinlock", "DEFINE_SPINLOCK"},
	{"wait_queue_head", "DECLARE_WAIT_QUEUE_HEAD"},
};

static const char *definition_of(const struct type *type)
{
	for (size_t i = 0; type->kind == TYPE_STRUCT && type->strukt->name &&
			   i < sizeof(defined_by) / sizeof(defined_by[0]);
	     i++) {
		if (!strcmp(type->strukt->name, defined_by[i].type))
			return defined_by[i].define;
	}
	return NULL;
}

/* Module state: shared by all CPUs, zero when it has no initialiser. */
void kmod_state_write(struct cgen *cg)
{
	cw_blank(&cg->w);
	cg->in_static = true;
	vec_foreach (global, &cg->module->globals) {
		const char *form = (*global)->role == IR_GLOBAL_TABLE ? "static const" : "static";
		const char *name, *declared, *define = definition_of((*global)->type);

		if (!ptr_map_get(&cg->globals_seen, *global) || kmod_is_config(*global))
			continue;
		name = c_name(cg, *global, (*global)->name);
		declared = c_declare(cg, (*global)->type, name);
		if (define)
			cw_line(&cg->w, "static %s(%s);", define, name);
		else if ((*global)->init)
			cw_line(&cg->w, "%s %s = %s;", form, declared,
				c_initializer(cg, (*global)->init));
		else
			cw_line(&cg->w, "static %s;", declared);
	}
	cg->in_static = false;
	cw_blank(&cg->w);
	configs_write(cg);
}
