/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program passes to a function of the module, as the verifier judges it: which pointers it
 * trusts, which it knows the type of, and how many bytes stand behind a buffer. From
 * check_kfunc_args() and check_ptr_to_btf_access() in kernel/bpf/verifier.c, Linux 6.12.
 */
#include "sema/flow.h"

#include "kernel/kernel.h"

#include <string.h>

/* Since then arguments of some kinds of programs are trusted; before, only references are. */
#define TRUSTS_ARGUMENTS KERNEL_VERSION_OF(6, 2)

/* ---- where trust comes from ---- */

/* Hooks whose object is being made or freed: bpf_lsm_is_trusted() in kernel/bpf/bpf_lsm.c. */
static bool is_trusted_lsm_hook(const char *hook)
{
	static const char *const untrusted[] = {
		"bpf_map_free",	      "bpf_prog_free",	   "file_alloc_security",
		"file_free_security", "sk_alloc_security", "sk_free_security",
		"task_free"};

	for (size_t i = 0; hook && i < sizeof(untrusted) / sizeof(untrusted[0]); i++) {
		if (!strcmp(hook, untrusted[i]))
			return false;
	}
	return true;
}

uint16_t flow_argument_trust(const struct flow *flow, const struct type *type)
{
	const struct fn_decl *fn = &flow->fn->fn;
	struct prog_probe probe;

	if (type->kind != TYPE_PTR || type->ptr.region != REGION_KERNEL)
		return 0;
	switch (fn->kind->id) {
	case PROG_RAW_TRACEPOINT:
	case PROG_ITER:
	case PROG_STRUCT_OPS:
		return 0;
	case PROG_LSM:
		return is_trusted_lsm_hook(fn->kind_arg) ? 0 : FLOW_UNTRUSTED | FLOW_NO_RCU;
	case PROG_PROBE:
	case PROG_RETPROBE:
		if (fn->kind_arg && prog_probe_resolve(flow->comp, fn->kind_arg, &probe) &&
		    probe.is_fentry)
			return FLOW_UNTRUSTED | FLOW_NO_RCU;
		return FLOW_TRUST;
	default: /* no other kind is given kernel pointers */
		return FLOW_TRUST;
	}
}

/*
 * Fields that are as trusted as the struct they stand in (BTF_TYPE_SAFE_TRUSTED), and those that
 * are under RCU, which every program holds that may not sleep (BTF_TYPE_SAFE_RCU).
 */
static const struct {
	const char *context, *field;
	uint16_t lost; /* of FLOW_TRUST */
} safe_fields[] = {
	{"bpf_iter__cgroup", "cgroup", 0},
	{"bpf_iter__task", "task", 0},
	{"bpf_iter__tcp", "sk_common", 0},
	{"bpf_iter_meta", "seq", 0},
	{"bpf_nf_ctx", "skb", 0},
	{"bpf_nf_ctx", "state", 0},
	{"cgroup", "kn", FLOW_UNTRUSTED},
	{"css_set", "dfl_cgrp", FLOW_UNTRUSTED},
	{"file", "f_inode", 0},
	{"linux_binprm", "file", 0},
	{"mm_struct", "exe_file", FLOW_UNTRUSTED},
	{"request_sock", "sk", FLOW_UNTRUSTED},
	{"sk_buff", "sk", FLOW_UNTRUSTED},
	{"socket", "sk", 0},
	{"task_struct", "cgroups", FLOW_UNTRUSTED},
	{"task_struct", "cpus_ptr", FLOW_UNTRUSTED},
	{"task_struct", "group_leader", FLOW_UNTRUSTED},
	{"task_struct", "real_parent", FLOW_UNTRUSTED},
};

uint16_t flow_field_trust(const struct flow *flow, const struct expr *expr,
			  const struct flow_value *base)
{
	const struct type *pointer = expr->field.base->type;
	const struct fn_decl *fn = &flow->fn->fn;
	bool is_context = pointer->kind == TYPE_PTR && pointer->ptr.region == REGION_CTX;
	const char *name;

	if (pointer->kind != TYPE_PTR || pointer->ptr.target->kind != TYPE_STRUCT ||
	    !pointer->ptr.target->strukt->name)
		return FLOW_TRUST;
	/* Elsewhere fields are copied out of the kernel, and the copy is a number. */
	if (!is_context &&
	    (base->bits & FLOW_UNTYPED || fn->role != FN_PROGRAM || !fn->kind->direct_kernel))
		return FLOW_TRUST;
	name = pointer->ptr.target->strukt->name;
	for (size_t i = 0; i < sizeof(safe_fields) / sizeof(safe_fields[0]); i++) {
		if (strcmp(safe_fields[i].context, name) != 0 ||
		    strcmp(safe_fields[i].field, expr->field.name.text) != 0)
			continue;
		if (is_context || !safe_fields[i].lost)
			return safe_fields[i].lost | (base->bits & FLOW_TRUST);
		if (!fn->sleepable && !(base->bits & FLOW_NO_RCU))
			return safe_fields[i].lost;
		break;
	}
	return FLOW_UNTRUSTED | FLOW_NO_RCU;
}

/* ---- the bytes behind a pointer ---- */

static uint64_t place_bytes(const struct expr *place)
{
	const struct expr *base, *index;
	const struct type *array;

	if (place->kind != EXPR_INDEX)
		return place->type->size;
	base = place->index.base;
	index = place->index.index;
	array = base->type;
	if (array->kind == TYPE_PTR && array->ptr.target->kind == TYPE_ARRAY)
		array = array->ptr.target;
	if (array->kind != TYPE_ARRAY || index->constant.kind != CONSTANT_INT ||
	    index->constant.negative || index->constant.bits >= array->array.count)
		return place->type->size;
	return (array->array.count - index->constant.bits) * array->array.elem->size;
}

uint64_t kfunc_argument_bytes(const struct expr *arg)
{
	uint64_t a, b;

	if (arg->kind == EXPR_CAST && arg->cast.operand->type->kind == TYPE_PTR &&
	    arg->cast.operand->type->ptr.region != REGION_PACKET)
		return kfunc_argument_bytes(arg->cast.operand);
	if (arg->kind == EXPR_UNARY && arg->unary.op == UNARY_ADDR)
		return place_bytes(arg->unary.operand);
	if (arg->kind == EXPR_COND) {
		a = kfunc_argument_bytes(arg->cond.then);
		b = kfunc_argument_bytes(arg->cond.otherwise);
		return a < b ? a : b;
	}
	return arg->type->kind == TYPE_PTR ? arg->type->ptr.target->size : arg->type->size;
}

/* ---- structs that the verifier takes from a program's memory ---- */

enum {
	STRUCT_DEPTH_MAX = 3
};

static bool is_number(const struct type *type)
{
	return type_is_scalar(type) && type->kind != TYPE_PTR && type->kind != TYPE_FLOAT;
}

/* __btf_type_is_scalar_struct(): numbers, arrays of numbers, structs of such. */
static bool is_plain(const struct type *type, int depth)
{
	if (is_number(type) || type->kind == TYPE_STR)
		return true;
	if (type->kind == TYPE_ARRAY)
		return is_number(type->array.elem);
	if (type->kind != TYPE_STRUCT || depth > STRUCT_DEPTH_MAX)
		return false;
	vec_foreach (field, &type->strukt->fields) {
		if (!is_plain(field->type, depth + 1))
			return false;
	}
	return true;
}

/* ---- reports ---- */

static void refuse(struct flow *flow, const struct expr *arg, const char *why)
{
	diag_report(flow->comp, DIAG_KFUNC_ARGUMENT, arg->span, "%s %s", flow_text(flow, arg), why);
}

static const char address[] = "is an address, which the verifier knows no type of";

static bool is_kernels(const struct type *type)
{
	return type->kind == TYPE_STRUCT && type->strukt->origin == ORIGIN_KERNEL;
}

/* A pointer of the kernel's. */
static void check_trust(struct flow *flow, const struct decl *callee, const struct expr *arg,
			const struct flow_value *value)
{
	unsigned flags = callee->fn.kfunc_flags;
	const struct kernel *older = kernels_older_than(flow->comp, TRUSTS_ARGUMENTS);
	enum region region = sema_region(arg);

	if (value->bits & FLOW_UNTYPED || region == REGION_ADDRESS || region == REGION_USER) {
		refuse(flow, arg, address);
		return;
	}
	if (!(flags & (KFUNC_TRUSTED_ARGS | KFUNC_RCU)) || flags & KFUNC_RELEASE)
		return;
	if (older && !(value->bits & FLOW_HELD)) {
		diag_report(flow->comp, DIAG_KFUNC_ARGUMENT, arg->span,
			    "the kernel %s trusts only references that the program acquired",
			    older->label);
		return;
	}
	if (flags & KFUNC_RCU && !(value->bits & FLOW_NO_RCU))
		return;
	if (!(value->bits & FLOW_UNTRUSTED))
		return;
	refuse(flow, arg, "may be freed at any time: the verifier does not trust it");
	diag_note(flow->comp, callee->name.span, "`%s` wants pointers that are valid",
		  callee->name.text);
	diag_help(flow->comp,
		  "what a program of @raw_tracepoint, @lsm, @iter or @struct_ops is given is "
		  "trusted, so are task() and what a @kfunc(\"acquire\") gives");
}

/* Memory that the program has itself. */
static void check_memory(struct flow *flow, const struct decl *callee, uint32_t index,
			 const struct expr *arg)
{
	const struct type *type = callee->fn.params.data[index].variable->type->ptr.target;
	uint64_t bytes = kfunc_argument_bytes(arg);

	if (sema_region(arg) == REGION_PACKET) {
		refuse(flow, arg, "is not known to lie in the packet");
		diag_help(flow->comp,
			  "take a window of the bytes first: `if (var p = ctx->data as *T)`");
	} else if (type->kind == TYPE_STRUCT && !is_plain(type, 1)) {
		refuse(flow, arg,
		       "is memory of the program, and the verifier takes a struct with pointers "
		       "in it only from a function that gave it");
	} else if (!kfunc_param_is_buffer(callee, index) && bytes < type->size) {
		diag_report(flow->comp, DIAG_KFUNC_ARGUMENT, arg->span,
			    "`%s` wants %u bytes, and there are %llu here", callee->name.text,
			    type->size, (unsigned long long)bytes);
	}
}

static bool is_memory(enum region region)
{
	return region != REGION_KERNEL && region != REGION_ADDRESS && region != REGION_USER &&
	       region != REGION_CTX && region != REGION_ANY;
}

void flow_kfunc_argument(struct flow *flow, const struct decl *callee, uint32_t index,
			 const struct expr *arg, const struct flow_value *value)
{
	const struct param *param = &callee->fn.params.data[index];
	enum region region;

	if (!param->variable || param->variable->type->kind != TYPE_PTR || param->is_text ||
	    arg->kind == EXPR_NULL || !flow_reports(flow, FLOW_REPORT_TARGET))
		return;
	if (arg->type->kind != TYPE_PTR) {
		check_memory(flow, callee, index, arg);
		return;
	}
	region = sema_region(arg);
	if (is_memory(region)) {
		check_memory(flow, callee, index, arg);
	} else if (region == REGION_ANY) {
		/* Out of a variable or a field: a pointer of the kernel's is a number there. */
		if (is_kernels(param->variable->type->ptr.target))
			refuse(flow, arg, address);
	} else if (region != REGION_CTX) {
		if (kfunc_param_is_buffer(callee, index) ||
		    param->variable->type->ptr.target->kind != TYPE_STRUCT)
			refuse(flow, arg,
			       "is memory of the kernel: copy it into a variable, and pass that");
		else
			check_trust(flow, callee, arg, value);
	}
}

void flow_kfunc_length(struct flow *flow, const struct decl *callee, uint32_t index,
		       const struct expr *buffer, const struct expr *arg,
		       const struct flow_value *value)
{
	uint64_t bytes = kfunc_argument_bytes(buffer);

	if (!kfunc_param_is_size(callee, index) || !flow_reports(flow, FLOW_REPORT_TARGET))
		return;
	/* Null and unchecked packet pointers are reported themselves. */
	if (buffer->kind == EXPR_NULL || sema_region(buffer) == REGION_PACKET)
		return;
	if (value->range.low >= 0 && value->range.low <= (__int128)bytes)
		return;
	if (value->range.low < 0 && value->range.high >= 0)
		return;
	diag_report(flow->comp, DIAG_KFUNC_ARGUMENT, arg->span, "the buffer %s has %llu bytes",
		    flow_text(flow, buffer), (unsigned long long)bytes);
}
