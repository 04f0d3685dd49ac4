/* SPDX-License-Identifier: Apache-2.0 */
/* Private to kernel/: BTF to types. */
#ifndef KSC_KERNEL_KERNEL_TYPES_H
#define KSC_KERNEL_KERNEL_TYPES_H

#include "kernel/kernel.h"

/*
 * The type with BTF id `id` of kernel number `index` of the set, always the same object. NULL when
 * the language has no such type (void, a broken or endless chain).
 */
const struct type *kernel_type_by_id(struct compilation *comp, uint32_t index, uint32_t id);
/* A FUNC_PROTO's function type without its first `skip` parameters. */
const struct type *kernel_proto_type(struct compilation *comp, uint32_t index, uint32_t proto_id,
				     uint32_t skip);
/* The hook behind type_table.complete. */
void kernel_complete_struct(struct compilation *comp, struct type *type);

/*
 * Corrects fields whose meaning BTF does not tell: packet pointers in context structs are stored
 * as plain integers. From the table in contexts.c; called on every completed struct.
 */
void kernel_context_adjust(struct compilation *comp, struct type *type);

#endif
