/* SPDX-License-Identifier: Apache-2.0 */
/* What module code may mention, and which of the kernel's headers define what. */
#include "cgen/kmod.h"

#include "kernel/kernel.h"
#include "kernel/module_contexts.h"

#include <string.h>

/* ---- structs of the kernel ---- */

/* Where Linux defines them, for the structs that modules look into most. */
static const struct {
	const char *name, *header;
} headers[] = {
	{"bpf_map", "linux/bpf.h"},
	{"bpf_prog", "linux/bpf.h"},
	{"cgroup", "linux/cgroup.h"},
	{"cred", "linux/cred.h"},
	{"dentry", "linux/dcache.h"},
	{"ethhdr", "linux/if_ether.h"},
	{"file", "linux/fs.h"},
	{"icmphdr", "linux/icmp.h"},
	{"inode", "linux/fs.h"},
	{"iphdr", "linux/ip.h"},
	{"ipv6hdr", "linux/ipv6.h"},
	{"in6_addr", "linux/in6.h"},
	{"list_head", "linux/list.h"},
	{"mm_struct", "linux/mm_types.h"},
	{"mutex", "linux/mutex.h"},
	{"net_device", "linux/netdevice.h"},
	{"path", "linux/path.h"},
	{"raw_spinlock", "linux/spinlock.h"},
	{"rcu_head", "linux/types.h"},
	{"refcount_struct", "linux/refcount.h"},
	{"rw_semaphore", "linux/rwsem.h"},
	{"sk_buff", "linux/skbuff.h"},
	{"sock", "net/sock.h"},
	{"socket", "linux/net.h"},
	{"spinlock", "linux/spinlock.h"},
	{"super_block", "linux/fs.h"},
	{"task_struct", "linux/sched.h"},
	{"timer_list", "linux/timer.h"},
	{"wait_queue_head", "linux/wait.h"},
	{"work_struct", "linux/workqueue.h"},
	{"workqueue_struct", "linux/workqueue.h"},
	{"delayed_work", "linux/workqueue.h"},
	{"hlist_node", "linux/list.h"},
	{"hlist_head", "linux/list.h"},
	{"rb_node", "linux/rbtree.h"},
	{"rb_root", "linux/rbtree.h"},
	{"tcphdr", "linux/tcp.h"},
	{"tcp_sock", "linux/tcp.h"},
	{"udphdr", "linux/udp.h"},
	{"vlan_hdr", "linux/if_vlan.h"},
	{"xdp_buff", "net/xdp.h"},
};

const char *kmod_type_header(const struct type *type)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (type->strukt->name && !strcmp(type->strukt->name, headers[i].name))
			return headers[i].header;
	}
	return NULL;
}

bool kmod_type_has_header(struct cgen *cg, const struct type *type)
{
	(void)cg;
	return type_is_kernels(type) ||
	       (type->strukt->origin == ORIGIN_HEADER && kmod_type_header(type));
}

/* ---- what is refused ---- */

struct check {
	struct cgen *cg;
	bool has_extern_header; /* some `extern ... from "h"`: it may define any struct */
};

static void refuse(struct check *check, struct span span, const char *what)
{
	diag_report(check->cg->comp, DIAG_UNSUPPORTED, span,
		    "%s in a kernel module is not compiled yet", what);
}

static bool op_is_known(const struct ir_expr *expr)
{
	switch (expr->op.op) {
	case IR_OP_PRINT:
	case IR_OP_PANIC:
	case IR_OP_ALLOC:
	case IR_OP_FREE:
	case IR_OP_INDEX_ADDR:
	case IR_OP_PACKET_WINDOW:
	case IR_OP_ATOMIC_XCHG:
	case IR_OP_ATOMIC_CAS:
	case IR_OP_ATOMIC_FETCH_ADD:
	case IR_OP_EXTERN:
		return true;
	default: /* tidy: all others belong to other targets */
		return false;
	}
}

static void check_expr(struct c_walker *walker, const struct ir_expr *expr)
{
	struct check *check = walker->user;

	if (expr->type->kind == TYPE_FLOAT)
		refuse(check, expr->span, "floating point");
	else if (expr->kind == IR_EXPR_OP && !op_is_known(expr))
		refuse(check, expr->span, "this operation");
	else if (expr->kind == IR_EXPR_MAP)
		refuse(check, expr->span, "a map");
}

static void check_deref(struct check *check, const struct ir_place *place)
{
	const struct type *type = place->type;

	if (place->deref.access != IR_ACCESS_DIRECT && place->deref.access != IR_ACCESS_NULL_ZERO &&
	    place->deref.access != IR_ACCESS_PACKET)
		refuse(check, place->span, "an access to this memory");
	if (type->kind != TYPE_STRUCT || !kmod_type_has_header(check->cg, type))
		return;
	if (module_context_find(type->strukt->name))
		return;
	if (!kmod_type_header(type) && !check->has_extern_header)
		refuse(check, place->span,
		       c_format(check->cg,
				"looking into `%s` without an `extern ... from \"header\"` that "
				"defines it",
				type->strukt->name ? type->strukt->name : "an unnamed struct"));
}

/* A field of a program's context: the kernel has another struct behind it. */
static void check_context(struct check *check, const struct ir_place *place, bool is_write)
{
	const struct ir_place *base = place->field.base;
	const struct module_context_field *field;
	const char *view;

	if (base->kind != IR_PLACE_DEREF || base->type->kind != TYPE_STRUCT ||
	    !module_context_find(base->type->strukt->name))
		return;
	view = base->type->strukt->name;
	field = module_context_field_find(view, place->field.field->name);
	if (!field)
		refuse(check, place->span,
		       c_format(check->cg, "`%s` of the context `%s`", place->field.field->name,
				view));
	else if (is_write && !field->is_writable)
		diag_report(check->cg->comp, DIAG_ASSIGN_IMMUTABLE, place->span,
			    "module code cannot change `%s` of the context `%s`", field->field,
			    view);
}

static void check_place(struct c_walker *walker, const struct ir_place *place)
{
	struct check *check = walker->user;

	if (place->kind == IR_PLACE_GLOBAL && place->global->role != IR_GLOBAL_LOCAL &&
	    place->global->role != IR_GLOBAL_CONFIG && place->global->role != IR_GLOBAL_TABLE &&
	    place->global->role != IR_GLOBAL_CONST_CONFIG)
		refuse(check, place->span,
		       c_format(check->cg, "`%s`, which is no `local var`,", place->global->name));
	if (place->kind == IR_PLACE_DEREF)
		check_deref(check, place);
	else if (place->kind == IR_PLACE_FIELD)
		check_context(check, place, false);
}

static void check_stmt(struct c_walker *walker, const struct ir_stmt *stmt, bool begin)
{
	struct check *check = walker->user;

	if (begin && stmt->kind == IR_STMT_FOR_MAP)
		refuse(check, stmt->span, "a map");
	if (begin && (stmt->kind == IR_STMT_STORE || stmt->kind == IR_STMT_UPDATE) &&
	    stmt->store.place->kind == IR_PLACE_FIELD)
		check_context(check, stmt->store.place, true);
}

/*
 * libbpf looks for a kfunc in the kernel before it looks into modules: a function of the kernel
 * with the same name would be called instead.
 */
static void check_kfunc(struct check *check, const struct ir_func *func)
{
	if (kernel_find_function(check->cg->comp, func->name))
		diag_report(check->cg->comp, DIAG_DUPLICATE, func->name_span,
			    "the kernel itself has a function `%s`, which programs would call "
			    "instead of this one",
			    func->name);
	if (func->result->kind == TYPE_PTR && func->result->ptr.target->kind == TYPE_FN)
		refuse(check, func->name_span, "a function pointer as the result of a `@kfunc`");
}

void kmod_check(struct cgen *cg)
{
	struct check check = {.cg = cg};
	struct c_walker walker = {
		.user = &check, .expr = check_expr, .place = check_place, .stmt = check_stmt};

	vec_foreach (external, &cg->externs)
		check.has_extern_header |= (*external)->header != NULL;
	vec_foreach (func, &cg->funcs) {
		if ((*func)->role == FN_KFUNC)
			check_kfunc(&check, *func);
		c_walk_stmts(&walker, &(*func)->body);
		kmod_packet_check(cg, *func);
	}
}
