/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to checked expressions. */
#include "sema/facts.h"

#include <string.h>

struct decl *expr_map(const struct expr *expr)
{
	if (!expr->type || expr->type->kind != TYPE_MAP)
		return NULL;
	return expr->type->map;
}

struct variable *expr_variable(const struct expr *expr)
{
	if (expr->kind != EXPR_NAME || expr->ref.kind != REF_VARIABLE)
		return NULL;
	return expr->ref.variable;
}

struct decl *expr_decl(const struct expr *expr)
{
	if (expr->kind != EXPR_NAME && expr->kind != EXPR_FIELD)
		return NULL;
	return expr->ref.kind == REF_DECL ? expr->ref.decl : NULL;
}

struct decl *expr_callee(const struct expr *call)
{
	struct decl *decl;

	if (call->kind != EXPR_CALL)
		return NULL;
	decl = expr_decl(call->call.callee);
	return decl && (decl->kind == DECL_FN || decl->kind == DECL_EXTERN) ? decl : NULL;
}

const struct builtin *expr_builtin(const struct expr *call)
{
	const struct ref *ref;

	if (call->kind != EXPR_CALL)
		return NULL;
	ref = &call->call.callee->ref;
	return ref->kind == REF_BUILTIN ? ref->builtin : NULL;
}

/* Flags with which the kernel waits for memory. */
static bool waits_for_memory(const struct expr *flags)
{
	static const char *const names[] = {"GFP_KERNEL",   "GFP_KERNEL_ACCOUNT", "GFP_USER",
					    "GFP_HIGHUSER", "GFP_NOIO",		  "GFP_NOFS"};

	if (flags->kind == EXPR_BINARY)
		return waits_for_memory(flags->binary.left) ||
		       waits_for_memory(flags->binary.right);
	for (size_t i = 0; flags->kind == EXPR_NAME && i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(flags->name.text, names[i]))
			return true;
	}
	return false;
}

bool facts_alloc_is_atomic(const struct expr *expr)
{
	return expr->alloc.args.len && !waits_for_memory(expr->alloc.args.data[0]);
}

bool expr_is_builtin(const struct expr *expr, enum builtin_id id)
{
	const struct builtin *builtin = expr_builtin(expr);

	return builtin && builtin->id == id;
}

bool expr_is_entry(const struct expr *expr)
{
	return expr->kind == EXPR_INDEX && expr_map(expr->index.base) && !expr_map(expr);
}

struct expr *expr_dereferenced(const struct expr *expr)
{
	struct expr *base = NULL;

	switch (expr->kind) {
	case EXPR_FIELD:
		if (expr->ref.kind == REF_NONE)
			base = expr->field.base;
		break;
	case EXPR_INDEX:
		base = expr->index.base;
		break;
	case EXPR_UNARY:
		if (expr->unary.op == UNARY_DEREF)
			base = expr->unary.operand;
		break;
	default: /* no other expression reads through a pointer */
		break;
	}
	return base && base->type && base->type->kind == TYPE_PTR ? base : NULL;
}

bool expr_path(const struct expr *expr, struct path *path)
{
	uint32_t count = 0;
	const struct decl *decl;

	*path = (struct path){0};
	for (; expr->kind == EXPR_FIELD && expr->ref.kind == REF_NONE; expr = expr->field.base) {
		if (count == PATH_FIELDS_MAX || !expr->field.field)
			return false;
		path->fields[count++] = expr->field.field;
	}
	path->count = count;
	path->root = expr_variable(expr);
	if (path->root)
		return count > 0;
	decl = expr_decl(expr);
	path->root = decl && decl->kind == DECL_GLOBAL ? decl : NULL;
	return path->root != NULL;
}

struct path *facts_find_path(const struct fn_facts *facts, const struct path *path)
{
	struct path *found = ptr_map_get(&facts->paths, path->root);

	for (; found; found = found->next) {
		if (found->count == path->count &&
		    !memcmp(found->fields, path->fields, sizeof(path->fields)))
			return found;
	}
	return NULL;
}

bool helper_changes_packet(const struct helper *helper)
{
	/* bpf_helper_changes_pkt_data() in net/core/filter.c of Linux 6.13, by helper number. */
	static const uint32_t helpers[] = {
		9,   /* skb_store_bytes */
		10,  /* l3_csum_replace */
		11,  /* l4_csum_replace */
		13,  /* clone_redirect */
		18,  /* skb_vlan_push */
		19,  /* skb_vlan_pop */
		31,  /* skb_change_proto */
		38,  /* skb_change_tail */
		39,  /* skb_pull_data */
		43,  /* skb_change_head */
		44,  /* xdp_adjust_head */
		50,  /* skb_adjust_room */
		54,  /* xdp_adjust_meta */
		63,  /* msg_pull_data */
		65,  /* xdp_adjust_tail */
		73,  /* lwt_push_encap */
		74,  /* lwt_seg6_store_bytes */
		75,  /* lwt_seg6_adjust_srh */
		76,  /* lwt_seg6_action */
		90,  /* msg_push_data */
		91,  /* msg_pop_data */
		143, /* store_hdr_opt */
	};

	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++) {
		if (helpers[i] == helper->id)
			return true;
	}
	return false;
}
