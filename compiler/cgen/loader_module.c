/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel module inside the loader. */
#include "cgen/loader.h"

#include <string.h>

static bool is_kfunc(const struct ir_module *module, const char *name)
{
	vec_foreach (func, &module->funcs) {
		if ((*func)->role == FN_KFUNC && !strcmp((*func)->name, name))
			return true;
	}
	return false;
}

struct search {
	const struct ir_module *module;
	bool found;
};

static void on_expr(struct c_walker *walker, const struct ir_expr *expr)
{
	struct search *search = walker->user;

	/* Others are the kernel's. */
	if (expr->kind == IR_EXPR_OP && expr->op.op == IR_OP_KFUNC && !expr->op.external &&
	    is_kfunc(search->module, expr->op.symbol))
		search->found = true;
}

bool loader_needs_module(const struct cgen *cg)
{
	struct search search = {.module = cg->module};
	struct c_walker walker = {.user = &search, .expr = on_expr};

	vec_foreach (func, &cg->module->funcs) {
		if ((*func)->target == TARGET_BPF)
			c_walk_stmts(&walker, &(*func)->body);
	}
	return search.found;
}

void loader_module_write(struct cgen *cg)
{
	const char *name = cg->module->name;
	const char *file = c_format(cg, "%s.ko", name);

	if (!loader_needs_module(cg))
		return;
	file = c_quoted(cg->comp, file, strlen(file));
	cw_blank(&cg->w);
	cw_comment(&cg->w, "Without kernel headers there is no module to embed.");
	cw_line(&cg->w, "#if __has_include(%s)", file);
	cw_line(&cg->w, "KS_EMBED(%s_module, %s);", c_identifier(cg->comp, name), file);
	cw_line(&cg->w, "#define KS_MODULE KS_OBJECT(%s_module)", c_identifier(cg->comp, name));
	cw_line(&cg->w, "#else");
	cw_line(&cg->w, "#define KS_MODULE {NULL, NULL}");
	cw_line(&cg->w, "#endif");
}

/* kbuild writes `_` for `-` in a module's name. */
const char *loader_module_rows(struct cgen *cg)
{
	char *name = arena_strdup(&cg->comp->arena, cg->module->name);

	if (!loader_needs_module(cg))
		return "";
	for (char *c = name; *c; c++)
		*c = *c == '-' ? '_' : *c;
	return c_format(cg, ", .module_name = %s, .module = KS_MODULE",
			c_quoted(cg->comp, name, strlen(name)));
}
