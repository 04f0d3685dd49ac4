/* SPDX-License-Identifier: Apache-2.0 */
/* Names to types: what the checker asks the target kernels for. */
#include "kernel/kernel.h"
#include "kernel/kernel_types.h"

#include <stdlib.h>
#include <string.h>

/* The first kernel of the set that has the name; its number, and the id in `id`. */
static bool find_id(struct compilation *comp, const char *name, uint32_t kinds, uint32_t *index,
		    uint32_t *id)
{
	if (!comp->kernels || !*name)
		return false;
	for (uint32_t i = 0; i < comp->kernels->kernels.len; i++) {
		struct kernel *kernel = comp->kernels->kernels.data[i];

		if (!kernel->has_btf)
			continue;
		*id = btf_image_find(&kernel->btf, name, kinds);
		*index = i;
		if (*id)
			return true;
	}
	return false;
}

static const struct type *find_type(struct compilation *comp, const char *name, uint32_t kinds)
{
	uint32_t index, id;

	if (!find_id(comp, name, kinds, &index, &id))
		return NULL;
	return kernel_type_by_id(comp, index, id);
}

const struct type *kernel_find_type(struct compilation *comp, const char *name)
{
	const struct type *type = find_type(comp, name, BTF_MASK_STRUCTS | BTF_MASK_ENUMS);

	return type ? type : find_type(comp, name, BTF_MASK(TYPEDEF));
}

const struct type *kernel_find_struct(struct compilation *comp, const char *name)
{
	return find_type(comp, name, BTF_MASK_STRUCTS);
}

const struct type *kernel_find_function(struct compilation *comp, const char *name)
{
	return find_type(comp, name, BTF_MASK(FUNC));
}

const struct type *kernel_find_kfunc(struct compilation *comp, const char *name)
{
	uint32_t index, id;

	if (!find_id(comp, name, BTF_MASK(FUNC), &index, &id) ||
	    !kernel_has_kfunc(comp->kernels->kernels.data[index], name))
		return NULL;
	return kernel_type_by_id(comp, index, id);
}

const struct enum_value *kernel_find_enum_constant(struct compilation *comp, const char *enum_name,
						   const char *name, const struct type **type)
{
	const struct type *found = NULL;
	uint32_t position;

	if (enum_name) {
		found = find_type(comp, enum_name, BTF_MASK_ENUMS);
	} else {
		for (uint32_t i = 0; comp->kernels && i < comp->kernels->kernels.len; i++) {
			struct kernel *kernel = comp->kernels->kernels.data[i];
			uint32_t id = 0;

			if (kernel->has_btf)
				id = btf_image_find_enumerator(&kernel->btf, name, &position);
			found = id ? kernel_type_by_id(comp, i, id) : NULL;
			if (found)
				break;
		}
	}
	if (!found || found->kind != TYPE_ENUM)
		return NULL;
	if (type)
		*type = found;
	return type_enum_find(found, intern_str(&comp->names, name));
}

/* ---- attach targets ---- */

/*
 * Tracepoints that the kernel declares with DEFINE_EVENT share the context struct of their class,
 * which BTF does not connect with the event (include/trace/events/ of Linux).
 */
static const struct {
	const char *event, *class;
} event_classes[] = {
	{"sched_waking", "sched_wakeup_template"},
	{"sched_wakeup", "sched_wakeup_template"},
	{"sched_wakeup_new", "sched_wakeup_template"},
	{"sched_process_free", "sched_process_template"},
	{"sched_process_exit", "sched_process_template"}, /* a struct of its own since 6.16 */
	{"sched_wait_task", "sched_process_template"},
	{"sched_stat_wait", "sched_stat_template"},
	{"sched_stat_sleep", "sched_stat_template"},
	{"sched_stat_iowait", "sched_stat_template"},
	{"sched_stat_blocked", "sched_stat_template_blocked"},
	{"netif_receive_skb", "net_dev_template"},
	{"net_dev_queue", "net_dev_template"},
	{"netif_rx", "net_dev_template"},
	{"napi_gro_frags_entry", "net_dev_rx_verbose_template"},
	{"napi_gro_receive_entry", "net_dev_rx_verbose_template"},
	{"netif_receive_skb_entry", "net_dev_rx_verbose_template"},
	{"netif_receive_skb_list_entry", "net_dev_rx_verbose_template"},
	{"netif_rx_entry", "net_dev_rx_verbose_template"},
	{"tcp_retransmit_skb", "tcp_event_sk_skb"},
	{"tcp_receive_reset", "tcp_event_sk"},
	{"tcp_destroy_sock", "tcp_event_sk"},
	{"tcp_rcv_space_adjust", "tcp_event_sk"},
	{"tcp_bad_csum", "tcp_event_skb"},
	{"block_rq_insert", "block_rq"},
	{"block_rq_issue", "block_rq"},
	{"block_rq_merge", "block_rq"},
	{"block_io_start", "block_rq"},
	{"block_io_done", "block_rq"},
	{"block_rq_error", "block_rq_completion"},
	{"block_rq_complete", "block_rq_completion"},
	{"block_touch_buffer", "block_buffer"},
	{"block_dirty_buffer", "block_buffer"},
	{"block_bio_queue", "block_bio"},
	{"block_bio_backmerge", "block_bio"},
	{"block_bio_frontmerge", "block_bio"},
	{"block_getrq", "block_bio"},
	{"softirq_entry", "softirq"},
	{"softirq_exit", "softirq"},
	{"softirq_raise", "softirq"},
	{"page_fault_user", "exceptions"},
	{"page_fault_kernel", "exceptions"},
	{"timer_init", "timer_class"},
	{"timer_cancel", "timer_class"},
	{"cpu_idle", "cpu"},
	{"cpu_frequency", "cpu"},
	{"signal_deliver", "signal_deliver"},
};

const struct type *kernel_find_tracepoint(struct compilation *comp, const char *category,
					  const char *event)
{
	const struct type *type;

	if (!strcmp(category, "syscalls")) {
		if (!strncmp(event, "sys_enter_", 10))
			return kernel_find_struct(comp, "trace_event_raw_sys_enter");
		if (!strncmp(event, "sys_exit_", 9))
			return kernel_find_struct(comp, "trace_event_raw_sys_exit");
	}
	type = kernel_find_struct(comp, arena_printf(&comp->arena, "trace_event_raw_%s", event));
	for (size_t i = 0; !type && i < sizeof(event_classes) / sizeof(event_classes[0]); i++) {
		if (!strcmp(event_classes[i].event, event))
			type = kernel_find_struct(comp,
						  arena_printf(&comp->arena, "trace_event_raw_%s",
							       event_classes[i].class));
	}
	return type;
}

const struct type *kernel_find_raw_tracepoint(struct compilation *comp, const char *event)
{
	const char *name = arena_printf(&comp->arena, "btf_trace_%s", event);
	const struct btf_type *type;
	const struct btf_image *image;
	uint32_t index, id;

	if (!find_id(comp, name, BTF_MASK(TYPEDEF), &index, &id))
		return NULL;
	image = &comp->kernels->kernels.data[index]->btf;
	type = btf_image_type(image, btf_image_strip(image, id));
	if (!type || btf_image_kind(type) != BTF_KIND_PTR)
		return NULL;
	return kernel_proto_type(comp, index, btf_image_strip(image, type->type), 1);
}

const struct type *kernel_find_lsm_hook(struct compilation *comp, const char *hook)
{
	return kernel_find_function(comp, arena_printf(&comp->arena, "bpf_lsm_%s", hook));
}

const struct type *kernel_find_iter_context(struct compilation *comp, const char *target)
{
	return kernel_find_struct(comp, arena_printf(&comp->arena, "bpf_iter__%s", target));
}

const struct type *kernel_struct_ops_member(struct compilation *comp, const struct type *ops,
					    const char *member)
{
	uint32_t offset_bits;
	const struct field *field = type_field(ops, intern_str(&comp->names, member), &offset_bits);

	return field && field->type->kind == TYPE_FN ? field->type : NULL;
}

/* ---- lists ---- */

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void kernel_list_names(struct compilation *comp, uint32_t kinds, const char *part, uint32_t limit,
		       struct str_vec *names)
{
	uint32_t first = names->len, kept = names->len;

	for (uint32_t i = 0; comp->kernels && i < comp->kernels->kernels.len; i++) {
		const struct btf_image *image = &comp->kernels->kernels.data[i]->btf;

		for (uint32_t id = 1; id < image->count; id++) {
			const struct btf_type *type = btf_image_type(image, id);
			const char *name = btf_image_string(image, type->name_off);

			if (1u << btf_image_kind(type) & kinds && *name && strstr(name, part))
				vec_push(&comp->arena, names, name);
		}
	}
	if (names->len == first)
		return;
	qsort(names->data + first, names->len - first, sizeof(*names->data), name_compare);
	for (uint32_t i = first; i < names->len && kept - first < limit; i++) {
		if (kept == first || strcmp(names->data[kept - 1], names->data[i]))
			names->data[kept++] = names->data[i];
	}
	names->len = kept;
}
