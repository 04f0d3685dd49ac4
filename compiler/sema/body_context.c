/* SPDX-License-Identifier: Apache-2.0 */
/* What a program may do with its context, the packet and the kernel's memory. */
#include "sema/body.h"

#include <string.h>

/* Fields of kernel structs that struct_ops programs may write: bpf_tcp_ca_btf_struct_access() in
 * net/ipv4/bpf_tcp_ca.c, bpf_scx_btf_struct_access() in kernel/sched/ext.c. */
static const struct {
	const char *type, *field;
} writable_fields[] = {
	{"sock", "sk_pacing_rate"},
	{"sock", "sk_pacing_status"},
	{"inet_connection_sock", "icsk_ca_priv"},
	{"inet_connection_sock", "icsk_ack"},
	{"tcp_sock", "snd_cwnd"},
	{"tcp_sock", "snd_cwnd_cnt"},
	{"tcp_sock", "snd_cwnd_stamp"},
	{"tcp_sock", "snd_ssthresh"},
	{"tcp_sock", "ecn_flags"},
	{"tcp_sock", "app_limited"},
	{"sched_ext_entity", "slice"},
	{"sched_ext_entity", "dsq_vtime"},
	{"sched_ext_entity", "disallow"},
};

static const struct prog_kind *program_kind(const struct sema *sema)
{
	return sema->fn->fn.role == FN_PROGRAM ? sema->fn->fn.kind : NULL;
}

static bool has_context(const struct prog_kind *kind, const char *name)
{
	if (kind->context && !strcmp(kind->context, name))
		return true;
	for (uint32_t i = 0; i < kind->choice_count; i++) {
		if (kind->choices[i].context && !strcmp(kind->choices[i].context, name))
			return true;
	}
	return false;
}

bool body_is_packet_context(struct sema *sema, const struct expr *expr)
{
	const struct prog_kind *kind = program_kind(sema);
	const char *name = expr->type->ptr.target->strukt->name;

	if (kind)
		return kind->packet != PROG_PACKET_NONE && expr->ref.kind == REF_VARIABLE &&
		       expr->ref.variable == sema->fn->fn.context;
	for (int i = 0; i < PROG_KIND_COUNT; i++) {
		if (prog_kinds[i].packet != PROG_PACKET_NONE && has_context(&prog_kinds[i], name))
			return true;
	}
	return false;
}

/* In a helper: some kind of program with this context may. */
static bool any_kind_writes(const char *context, const char *field)
{
	for (int i = 0; i < PROG_KIND_COUNT; i++) {
		if (has_context(&prog_kinds[i], context) &&
		    prog_kind_can_write(&prog_kinds[i], field))
			return true;
	}
	return false;
}

static bool is_context_struct(const struct type *type)
{
	for (int i = 0; i < PROG_KIND_COUNT; i++) {
		if (type->kind == TYPE_STRUCT && has_context(&prog_kinds[i], type->strukt->name))
			return true;
	}
	return false;
}

static bool immutable(struct sema *sema, const struct expr *place, const char *why)
{
	body_error(sema, DIAG_ASSIGN_IMMUTABLE, place->span, "this cannot be assigned: %s", why);
	return false;
}

static bool write_context(struct sema *sema, const struct expr *pointer, const struct expr *place,
			  const char *field)
{
	const struct prog_kind *kind = program_kind(sema);
	const struct type *target = pointer->type->ptr.target;

	if (!field || target->kind != TYPE_STRUCT)
		return immutable(sema, place, "a context is written field by field");
	if (kind ? prog_kind_can_write(kind, field) : any_kind_writes(target->strukt->name, field))
		return true;
	return immutable(sema, place,
			 body_text(sema, "the kernel gives `%s` to %s programs for reading only",
				   field, kind ? body_text(sema, "`@%s`", kind->name) : "these"));
}

static bool write_packet(struct sema *sema, const struct expr *place)
{
	const struct prog_kind *kind = program_kind(sema);

	if (!kind || kind->packet == PROG_PACKET_WRITE)
		return true;
	return immutable(sema, place,
			 body_text(sema, "`@%s` programs read the packet only", kind->name));
}

static bool write_kernel(struct sema *sema, const struct expr *pointer, const struct expr *place,
			 const char *field)
{
	const struct prog_kind *kind = program_kind(sema);
	const struct type *target = pointer->type->ptr.target;
	bool may = !kind || kind->id == PROG_STRUCT_OPS;

	for (size_t i = 0; may && field && target->kind == TYPE_STRUCT &&
			   i < sizeof(writable_fields) / sizeof(writable_fields[0]);
	     i++) {
		if (!strcmp(writable_fields[i].type, target->strukt->name) &&
		    !strcmp(writable_fields[i].field, field))
			return true;
	}
	return immutable(sema, place, "bpf code reads kernel memory only");
}

bool body_may_write(struct sema *sema, const struct expr *pointer, const struct expr *place,
		    const char *field)
{
	if (!body_is_bpf(sema))
		return true;
	switch (sema_region(pointer)) {
	case REGION_CTX:
		return write_context(sema, pointer, place, field);
	case REGION_PACKET:
	case REGION_WINDOW:
		return write_packet(sema, place);
	case REGION_KERNEL:
	case REGION_ADDRESS:
		return write_kernel(sema, pointer, place, field);
	case REGION_USER:
		return immutable(sema, place, "bpf code reads the memory of processes only");
	case REGION_ANY:
		if (is_context_struct(pointer->type->ptr.target))
			return write_context(sema, pointer, place, field);
		return true;
	case REGION_STACK:
	case REGION_ENTRY:
	case REGION_RECORD:
	case REGION_OBJECT:
	case REGION_HEAP:
	case REGION_COUNT:
		break;
	}
	return true;
}
