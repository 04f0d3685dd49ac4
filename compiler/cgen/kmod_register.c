/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registration: for exactly the kinds of programs that call a kfunc. The kernel takes one list of
 * a module for each hook, and several program types share a hook (bpf_prog_type_to_kfunc_hook()
 * in kernel/bpf/btf.c, Linux 6.12): a second list for one hook is refused.
 */
#include "cgen/kmod.h"

#include "kernel/prog_kinds.h"

#include <string.h>

/* The program types by hook; the first of a hook stands for it. */
static const struct {
	const char *type, *hook, *name;
} hooks[] = {
	{"BPF_PROG_TYPE_XDP", "BPF_PROG_TYPE_XDP", "xdp"},
	{"BPF_PROG_TYPE_SCHED_CLS", "BPF_PROG_TYPE_SCHED_CLS", "tc"},
	{"BPF_PROG_TYPE_TRACING", "BPF_PROG_TYPE_TRACING", "tracing"},
	{"BPF_PROG_TYPE_TRACEPOINT", "BPF_PROG_TYPE_TRACING", "tracing"},
	{"BPF_PROG_TYPE_PERF_EVENT", "BPF_PROG_TYPE_TRACING", "tracing"},
	{"BPF_PROG_TYPE_LSM", "BPF_PROG_TYPE_TRACING", "tracing"},
	{"BPF_PROG_TYPE_KPROBE", "BPF_PROG_TYPE_KPROBE", "kprobe"},
	{"BPF_PROG_TYPE_CGROUP_SKB", "BPF_PROG_TYPE_CGROUP_SKB", "cgroup"},
	{"BPF_PROG_TYPE_CGROUP_SOCK", "BPF_PROG_TYPE_CGROUP_SKB", "cgroup"},
	{"BPF_PROG_TYPE_CGROUP_SOCK_ADDR", "BPF_PROG_TYPE_CGROUP_SKB", "cgroup"},
	{"BPF_PROG_TYPE_CGROUP_SOCKOPT", "BPF_PROG_TYPE_CGROUP_SKB", "cgroup"},
	{"BPF_PROG_TYPE_CGROUP_DEVICE", "BPF_PROG_TYPE_CGROUP_SKB", "cgroup"},
	{"BPF_PROG_TYPE_SK_SKB", "BPF_PROG_TYPE_SK_SKB", "sk_skb"},
	{"BPF_PROG_TYPE_SOCKET_FILTER", "BPF_PROG_TYPE_SOCKET_FILTER", "socket_filter"},
	{"BPF_PROG_TYPE_NETFILTER", "BPF_PROG_TYPE_NETFILTER", "netfilter"},
	{"BPF_PROG_TYPE_SYSCALL", "BPF_PROG_TYPE_SYSCALL", "syscall"},
	{"BPF_PROG_TYPE_LWT_IN", "BPF_PROG_TYPE_LWT_IN", "lwt"},
	{"BPF_PROG_TYPE_STRUCT_OPS", "BPF_PROG_TYPE_STRUCT_OPS", "struct_ops"},
};

enum {
	HOOK_COUNT = sizeof(hooks) / sizeof(hooks[0])
};

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
static const char owner_ids[HOOK_COUNT], owner_set[HOOK_COUNT];

/* ---- who calls ---- */

struct calls {
	struct cgen *cg;
	struct ptr_map seen;		  /* bpf functions */
	struct ptr_map found[HOOK_COUNT]; /* kfuncs by name, by the row of their hook */
	int hook;			  /* of the program at hand */
};

static int hook_of(struct cgen *cg, const struct ir_func *program)
{
	const char *type = program->kind->kfunc_hook, *hook = NULL;

	for (int i = 0; i < HOOK_COUNT && type; i++) {
		if (!strcmp(hooks[i].type, type))
			hook = hooks[i].hook;
	}
	for (int i = 0; i < HOOK_COUNT && hook; i++) {
		if (!strcmp(hooks[i].type, hook))
			return i;
	}
	if (type)
		internal_error(cg->comp, program->span, "no hook for %s", type);
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

	for (int i = 0; i < HOOK_COUNT; i++)
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

	write_init(cg, init, all, count);
	write_exit(cg, leave);
	cw_blank(&cg->w);
	cw_line(&cg->w, "module_init(%s);", init);
	cw_line(&cg->w, "module_exit(%s);", leave);
	cw_blank(&cg->w);
	cw_line(&cg->w, "MODULE_LICENSE(\"GPL\");");
	cw_line(&cg->w, "MODULE_DESCRIPTION(%s);", c_quoted(cg->comp, about, strlen(about)));
}

void kmod_register_write(struct cgen *cg)
{
	const char *prefix = c_identifier(cg->comp, cg->module->name);
	struct calls calls = {.cg = cg};
	struct registration all[HOOK_COUNT];
	uint32_t count = 0;

	calls_find(&calls);
	for (int i = 0; i < HOOK_COUNT; i++) {
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
	/* A file of kfuncs alone is for programs of other files, of any kind. */
	if (!count) {
		all[0] = (struct registration){
			"BPF_PROG_TYPE_UNSPEC",
			c_name(cg, &owner_any_ids, c_format(cg, "%s_ids", prefix)),
			c_name(cg, &owner_any_set, c_format(cg, "%s_set", prefix)),
		};
		write_set(cg, NULL, all[0].ids, all[0].set);
		count = 1;
	}
	write_frame(cg, all, count);
}
