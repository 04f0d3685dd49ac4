/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registration: for exactly the kinds of programs that call a kfunc, once for each hook of the
 * kernel.
 */
#include "cgen/kmod.h"

#include "kernel/kfunc_hooks.h"

#include <string.h>

#define HOOKS_MAX 32

/* From here on BPF_PROG_TYPE_UNSPEC stands for all program types. */
#define ANY_SINCE KERNEL_VERSION_OF(6, 2)

static const char *const flag_names[] = {
	[KFUNC_BIT_ACQUIRE] = "KF_ACQUIRE",
	[KFUNC_BIT_RELEASE] = "KF_RELEASE",
	[KFUNC_BIT_RET_NULL] = "KF_RET_NULL",
	[KFUNC_BIT_SLEEPABLE] = "KF_SLEEPABLE",
	[KFUNC_BIT_DESTRUCTIVE] = "KF_DESTRUCTIVE",
	[KFUNC_BIT_TRUSTED_ARGS] = "KF_TRUSTED_ARGS",
	[KFUNC_BIT_RCU] = "KF_RCU",
};

static const char owner_init, owner_exit, owner_any_ids, owner_any_set;
static const char owner_ids[HOOKS_MAX], owner_set[HOOKS_MAX];

/* ---- who calls ---- */

struct calls {
	struct cgen *cg;
	struct ptr_map seen;		 /* bpf functions */
	struct ptr_map found[HOOKS_MAX]; /* kfuncs by name, by the row of their hook */
	int hook;			 /* of the program at hand */
};

/* The row of the table that stands for the program's hook, -1 without one. */
static int hook_of(struct cgen *cg, const struct ir_func *program)
{
	const struct kfunc_hook *found =
		kfunc_hook_find(cg->comp, program->kind, program->kind_arg);
	uint32_t count;
	const struct kfunc_hook *hooks = kfunc_hook_list(&count);

	for (uint32_t i = 0; i < count && found; i++) {
		if (!strcmp(hooks[i].type, found->hook))
			return (int)i;
	}
	return -1;
}

static void on_expr(struct c_walker *walker, const struct ir_expr *expr)
{
	struct calls *calls = walker->user;
	struct ir_func *func = expr->kind == IR_EXPR_CALL   ? expr->call.func
			       : expr->kind == IR_EXPR_FUNC ? expr->func
							    : NULL;

	if (expr->kind == IR_EXPR_OP && expr->op.op == IR_OP_KFUNC && !expr->op.external) {
		const char *name = intern_str(&calls->cg->comp->names, expr->op.symbol);

		ptr_map_set(&calls->found[calls->hook], name, (void *)name);
	}
	if (!func || func->target != TARGET_BPF || func->role == FN_PROGRAM ||
	    ptr_map_get(&calls->seen, func))
		return;
	ptr_map_set(&calls->seen, func, func);
	c_walk_stmts(walker, &func->body);
}

static void calls_find(struct calls *calls)
{
	struct c_walker walker = {.user = calls, .expr = on_expr};
	struct arena *arena = &calls->cg->comp->arena;

	for (int i = 0; i < HOOKS_MAX; i++)
		ptr_map_init(&calls->found[i], arena);
	vec_foreach (func, &calls->cg->module->funcs) {
		if ((*func)->role != FN_PROGRAM || (*func)->target != TARGET_BPF || !(*func)->kind)
			continue;
		calls->hook = hook_of(calls->cg, *func);
		if (calls->hook < 0)
			continue;
		ptr_map_init(&calls->seen, arena);
		c_walk_stmts(&walker, &(*func)->body);
	}
}

/* ---- the lists ---- */

static const char *flags_text(struct cgen *cg, unsigned flags)
{
	const char *text = "";

	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
		if (flags & 1u << i)
			text = c_format(cg, "%s%s%s", text, *text ? " | " : ", ", flag_names[i]);
	}
	return text;
}

/* `found`: which of the kfuncs; NULL for all. False when there are none. */
static bool write_set(struct cgen *cg, struct ptr_map *found, const char *ids, const char *set)
{
	bool any = false;

	vec_foreach (func, &cg->funcs) {
		const char *name = intern_str(&cg->comp->names, (*func)->name);

		if ((*func)->role != FN_KFUNC || (found && !ptr_map_get(found, name)))
			continue;
		if (!any) {
			cw_blank(&cg->w);
			cw_line(&cg->w, "BTF_KFUNCS_START(%s)", ids);
		}
		any = true;
		cw_line(&cg->w, "BTF_ID_FLAGS(func, %s%s)", (*func)->name,
			flags_text(cg, (*func)->kfunc_flags));
	}
	if (!any)
		return false;
	cw_line(&cg->w, "BTF_KFUNCS_END(%s)", ids);
	cw_blank(&cg->w);
	cw_open(&cg->w, "static const struct btf_kfunc_id_set %s =", set);
	cw_line(&cg->w, ".owner = THIS_MODULE,");
	cw_line(&cg->w, ".set = &%s,", ids);
	cw_close(&cg->w, ";");
	return true;
}

/* ---- init and exit ---- */

struct registration {
	const char *type, *ids, *set;
};

static const struct ir_func *hook_function(struct cgen *cg, enum module_hook hook)
{
	vec_foreach (func, &cg->funcs) {
		if ((*func)->hook == hook)
			return *func;
	}
	return NULL;
}

static const char *hook_call(struct cgen *cg, const struct ir_func *func)
{
	return c_format(cg, "%s()", c_name(cg, func, func->name));
}

static void write_init(struct cgen *cg, const char *name, const struct registration *all,
		       uint32_t count)
{
	const struct ir_func *init = hook_function(cg, MODULE_HOOK_INIT);
	const struct ir_func *leave = hook_function(cg, MODULE_HOOK_EXIT);
	bool init_fails = init && init->result->kind != TYPE_VOID;

	cw_blank(&cg->w);
	cw_open_function(&cg->w, "static int __init %s(void)", name);
	cw_line(&cg->w, "int err;");
	cw_blank(&cg->w);
	cw_comment(&cg->w, "Without BTF the kernel registers nothing, and does not say so.");
	cw_open(&cg->w, "if (!%s.pairs[0].id)", all[0].ids);
	cw_line(&cg->w, "pr_err(\"built without BTF: no program could call its functions\\n\");");
	cw_line(&cg->w, "return -ENODATA;");
	cw_close(&cg->w, "%s", "");
	if (init)
		cw_line(&cg->w, "%s%s;", init_fails ? "err = " : "", hook_call(cg, init));
	if (init_fails) {
		cw_line(&cg->w, "if (err)");
		cw_line(&cg->w, "\treturn err < 0 ? err : -EINVAL;");
	}
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			cw_line(&cg->w, "if (!err)");
		cw_line(&cg->w, "%serr = register_btf_kfunc_id_set(%s, &%s);", i ? "\t" : "",
			all[i].type, all[i].set);
	}
	if (leave) {
		cw_line(&cg->w, "if (err)");
		cw_line(&cg->w, "\t%s;", hook_call(cg, leave));
	}
	cw_line(&cg->w, "return err;");
	cw_close(&cg->w, "%s", "");
}

static void write_exit(struct cgen *cg, const char *name)
{
	const struct ir_func *leave = hook_function(cg, MODULE_HOOK_EXIT);

	cw_blank(&cg->w);
	cw_comment(&cg->w,
		   "The lists go with the module's BTF; without this it could not be removed.");
	cw_open_function(&cg->w, "static void __exit %s(void)", name);
	if (leave)
		cw_line(&cg->w, "%s;", hook_call(cg, leave));
	kmod_configs_drop(cg);
	cw_close(&cg->w, "%s", "");
}

static void write_frame(struct cgen *cg, const struct registration *all, uint32_t count)
{
	const char *project = cg->module->name;
	const char *prefix = c_identifier(cg->comp, project);
	const char *init = c_name(cg, &owner_init, c_format(cg, "%s_init", prefix));
	const char *leave = c_name(cg, &owner_exit, c_format(cg, "%s_exit", prefix));
	const char *about = c_format(cg, "kfuncs of %s", project);

	cw_blank(&cg->w);
	cw_comment(&cg->w,
		   "The process that inserted the module and removes it; 0: somebody else.");
	cw_line(&cg->w, "static int ks_loader;");
	cw_line(&cg->w, "module_param(ks_loader, int, 0600);");
	write_init(cg, init, all, count);
	write_exit(cg, leave);
	cw_blank(&cg->w);
	cw_line(&cg->w, "module_init(%s);", init);
	cw_line(&cg->w, "module_exit(%s);", leave);
	cw_blank(&cg->w);
	cw_line(&cg->w, "MODULE_LICENSE(\"GPL\");");
	cw_line(&cg->w, "MODULE_DESCRIPTION(%s);", c_quoted(cg->comp, about, strlen(about)));
}

/*
 * A file of kfuncs alone is for programs of other files, of any kind; older kernels have no word
 * for that, and get the hooks that they have.
 */
static uint32_t register_for_any(struct cgen *cg, const char *prefix, struct registration *all)
{
	uint32_t count, len = 0;
	const struct kfunc_hook *hooks = kfunc_hook_list(&count);
	const char *ids = c_name(cg, &owner_any_ids, c_format(cg, "%s_ids", prefix));
	const char *set = c_name(cg, &owner_any_set, c_format(cg, "%s_set", prefix));

	write_set(cg, NULL, ids, set);
	if (!kernels_older_than(cg->comp, ANY_SINCE)) {
		all[0] = (struct registration){"BPF_PROG_TYPE_UNSPEC", ids, set};
		return 1;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (hooks[i].is_oldest)
			all[len++] = (struct registration){hooks[i].type, ids, set};
	}
	return len;
}

void kmod_register_write(struct cgen *cg)
{
	const char *prefix = c_identifier(cg->comp, cg->module->name);
	struct calls calls = {.cg = cg};
	struct registration all[HOOKS_MAX];
	uint32_t count = 0, hook_count;
	const struct kfunc_hook *hooks = kfunc_hook_list(&hook_count);

	calls_find(&calls);
	for (uint32_t i = 0; i < hook_count; i++) {
		struct registration one = {.type = hooks[i].type};

		if (strcmp(hooks[i].type, hooks[i].hook) != 0)
			continue;
		one.ids =
			c_name(cg, &owner_ids[i], c_format(cg, "%s_%s_ids", prefix, hooks[i].name));
		one.set =
			c_name(cg, &owner_set[i], c_format(cg, "%s_%s_set", prefix, hooks[i].name));
		if (write_set(cg, &calls.found[i], one.ids, one.set))
			all[count++] = one;
	}
	if (!count)
		count = register_for_any(cg, prefix, all);
	write_frame(cg, all, count);
}
