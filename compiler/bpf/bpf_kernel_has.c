/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_has(path): what libbpf finds out about the running kernel when the object is loaded. The
 * verifier then sees a constant, and does not look at what stands under a false one.
 *
 *	type.field    a CO-RE relocation of the field
 *	type	      a CO-RE relocation of the type
 *	bpf_helper    the helper's number in enum bpf_func_id
 *	map kind      its number in enum bpf_map_type
 *	function      a weak symbol, which is null where the kernel has none
 */
#include "bpf/bpf_gen.h"

#include <string.h>

#define EXISTS 2 /* of llvm.bpf.preserve.field.info */

/* Follows type.field.field, members of kernel structs. */
struct path_walk {
	struct bpfgen *gen;
	struct bpfgen_fn *fn; /* writes the address, else the members are marked as used */
	LLVMValueRef address;
};

/* False when no target kernel has the field. */
static bool walk_path(struct path_walk *walk, const char *path)
{
	struct compilation *comp = walk->gen->comp;
	size_t len = strcspn(path, ".");
	const struct type *type = kernel_find_struct(comp, intern(&comp->names, path, len));

	for (path += len; *path; path += len) {
		const char *name = intern(&comp->names, path + 1, strcspn(path + 1, "."));
		const struct field *field;
		uint32_t offset_bits;

		len = strlen(name) + 1;
		if (!type || type->kind != TYPE_STRUCT)
			return false;
		field = type_field(type, name, &offset_bits);
		if (!field)
			return false;
		if (walk->fn)
			walk->address =
				bpfgen_core_field(walk->fn, type, name, offset_bits, walk->address);
		else
			bpfgen_debug_use_field(walk->gen, type, name, offset_bits);
		type = field->type;
	}
	return true;
}

struct optional {
	struct ir_walk walk;
	struct bpfgen *gen;
};

static void optional_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	struct bpfgen *gen = ((struct optional *)walk)->gen;
	struct path_walk members = {.gen = gen};

	if (expr->kind != IR_EXPR_OP || expr->op.op != IR_OP_BUILTIN ||
	    expr->op.builtin->id != BUILTIN_KERNEL_HAS)
		return;
	ptr_map_set(&gen->optional, intern_str(&gen->comp->names, expr->op.symbol), expr);
	if (strchr(expr->op.symbol, '.'))
		walk_path(&members, expr->op.symbol);
}

void bpfgen_find_optional(struct bpfgen *gen)
{
	struct optional optional = {.walk = {.expr = optional_expr}, .gen = gen};

	ptr_map_init(&gen->optional, &gen->comp->arena);
	vec_foreach (func, &gen->ir->funcs) {
		if ((*func)->target == TARGET_BPF)
			bpfgen_look(&optional.walk, &(*func)->body);
	}
}

static LLVMValueRef relocate(struct bpfgen_fn *fn, const char *name, LLVMValueRef *args,
			     unsigned count, LLVMMetadataRef type)
{
	static const char kind[] = "llvm.preserve.access.index";
	LLVMContextRef context = fn->gen->context;
	LLVMValueRef call = bpfgen_intrinsic(fn, name, NULL, 0, args, count);

	LLVMSetMetadata(call, LLVMGetMDKindIDInContext(context, kind, sizeof(kind) - 1),
			LLVMMetadataAsValue(context, type));
	return LLVMBuildIsNotNull(fn->builder, call, "");
}

static LLVMValueRef has_type(struct bpfgen_fn *fn, const char *name)
{
	/* Only the name counts. */
	LLVMMetadataRef type = bpfgen_debug_struct(fn->gen, name, NULL, 0, 0);
	LLVMValueRef args[] = {bpfgen_i32(fn, fn->gen->sequence++), bpfgen_i64(fn, 0)};

	return relocate(fn, "llvm.bpf.preserve.type.info", args, 2, type);
}

/* `"NAME:VALUE"` names the constant for LLVM. */
static LLVMValueRef has_constant(struct bpfgen_fn *fn, const char *type, const char *name,
				 int64_t value)
{
	struct bpfgen *gen = fn->gen;
	const char *text = arena_printf(&gen->comp->arena, "%s:%lld", name, (long long)value);
	LLVMValueRef args[] = {bpfgen_i32(fn, gen->sequence++), bpfgen_text(gen, text),
			       bpfgen_i64(fn, 0)};

	return relocate(fn, "llvm.bpf.preserve.enum.value", args, 3,
			bpfgen_debug_enum(gen, type, name, value));
}

static LLVMValueRef field_exists(struct bpfgen_fn *fn, LLVMValueRef address)
{
	LLVMValueRef args[] = {address, bpfgen_i64(fn, EXISTS)};
	LLVMValueRef info =
		bpfgen_intrinsic(fn, "llvm.bpf.preserve.field.info", &fn->gen->ptr, 1, args, 2);

	return LLVMBuildIsNotNull(fn->builder, info, "");
}

static LLVMValueRef has_field(struct bpfgen_fn *fn, const char *path)
{
	struct path_walk walk = {.gen = fn->gen, .fn = fn, .address = LLVMConstNull(fn->gen->ptr)};

	return walk_path(&walk, path) ? field_exists(fn, walk.address) : NULL;
}

/* Any kernel function: libbpf takes its address from the list of symbols. */
static LLVMValueRef has_function(struct bpfgen_fn *fn, const char *name)
{
	struct bpfgen *gen = fn->gen;
	LLVMValueRef symbol = ptr_map_get(&gen->kfuncs, intern_str(&gen->comp->names, name));

	if (!symbol)
		symbol = LLVMGetNamedGlobal(gen->module, name);
	if (!symbol) {
		symbol = LLVMAddGlobal(gen->module, gen->i8, name);
		LLVMSetLinkage(symbol, LLVMExternalWeakLinkage);
		LLVMSetSection(symbol, ".ksyms");
		bpfgen_debug_variable(
			gen, symbol, name, fn->span,
			LLVMDIBuilderCreateQualifiedType(gen->debug.builder, 0x26, NULL), false);
	}
	return LLVMBuildIsNotNull(fn->builder, symbol, "");
}

static LLVMValueRef has_kfunc(struct bpfgen_fn *fn, const char *name)
{
	struct compilation *comp = fn->gen->comp;
	const struct type *type = NULL;

	if (comp->kernels)
		type = kernel_find_kfunc(comp, intern_str(&comp->names, name));
	if (!type)
		return has_function(fn, name);
	return LLVMBuildIsNotNull(fn->builder, bpfgen_kfunc(fn->gen, name, type), "");
}

LLVMValueRef bpfgen_kernel_has(struct bpfgen_fn *fn, const struct ir_expr *expr, LLVMValueRef to)
{
	struct compilation *comp = fn->gen->comp;
	const char *path = expr->op.symbol;
	const struct helper *helper = helper_find(path);
	const struct map_kind *kind = map_kind_find(path);
	LLVMValueRef found = NULL;

	if (strchr(path, '.'))
		found = has_field(fn, path);
	else if (helper)
		found = has_constant(fn, "bpf_func_id",
				     arena_printf(&comp->arena, "BPF_FUNC_%s", path + 4),
				     helper->id);
	else if (kind)
		found = has_constant(fn, "bpf_map_type", kind->map_type.name, kind->map_type.value);
	else if (comp->kernels && kernel_find_type(comp, intern_str(&comp->names, path)))
		found = has_type(fn, path);
	else
		found = has_kfunc(fn, path);
	if (found)
		return found;
	return bpfgen_op_unsupported(fn, expr, "kernel_has() of a field that no target kernel has",
				     to);
}
