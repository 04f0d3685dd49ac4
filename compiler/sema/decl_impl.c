/* SPDX-License-Identifier: Apache-2.0 */
/* Implementations of kernel interfaces: @struct_ops("type") impl name { fn ...; field: value }. */
#include "kernel/struct_ops.h"
#include "sema/decl.h"

#include <string.h>

/* ---- the type ---- */

static const struct type *ops_type(struct sema *sema, struct decl *impl)
{
	struct compilation *comp = sema->comp;
	const struct attribute *attribute = attribute_find(impl, "struct_ops");
	const struct type *type;
	const char *name;

	if (!attribute) {
		diag_report(comp, DIAG_ATTRIBUTE, impl->name.span,
			    "what does `%s` implement? Write `@struct_ops(\"type\")` before it",
			    impl->name.text);
		return NULL;
	}
	name = attribute->args.len == 1 ? attribute_string(attribute->args.data[0]) : NULL;
	if (!name) {
		diag_report(comp, DIAG_ATTRIBUTE, attribute->span,
			    "`@struct_ops` takes a struct of the kernel such as "
			    "\"tcp_congestion_ops\"");
		return NULL;
	}
	type = kernel_find_struct(comp, intern_str(&comp->names, name));
	if (!type) {
		diag_report(comp, DIAG_KERNEL_LACKS, attribute->args.data[0]->span,
			    "%s has no struct `%s`",
			    kernel_text(sema, kernels_lacking_type(comp, name)), name);
		return NULL;
	}
	type_complete(comp, type);
	return type;
}

/* ---- members ---- */

static void report_unknown(struct sema *sema, const struct impl_member *member,
			   const struct type *type)
{
	struct str_vec names = {0};
	const char *near;

	diag_report(sema->comp, DIAG_FIELD_UNKNOWN, member->name.span, "`%s` has no member `%s`",
		    type->strukt->name, member->name.text);
	vec_foreach (field, &type->strukt->fields) {
		if (field->name)
			vec_push(&sema->comp->arena, &names, field->name);
	}
	near = diag_nearest(member->name.text, names.data, names.len);
	if (near) {
		diag_help(sema->comp, "did you mean `%s`?", near);
		diag_edit(sema->comp, member->name.span, "%s", near);
	}
}

static void function_member(struct sema *sema, struct decl *impl, const struct impl_member *member,
			    const struct field *field)
{
	struct decl *fn = member->fn;

	fn->owner = impl->owner;
	fn->fn.role = FN_PROGRAM;
	fn->fn.kind = &prog_kinds[PROG_STRUCT_OPS];
	fn->fn.kind_arg = member->name.text;
	sema_resolve(sema, fn);
	if (!field)
		return; /* reported */
	if (field->type->kind != TYPE_FN) {
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, member->name.span,
			    "`%s.%s` is `%s`, not a function", impl->impl.type->strukt->name,
			    member->name.text, type_name(sema->comp, field->type));
		return;
	}
	if (fn->fn.type->kind == TYPE_FN)
		decl_member_check(sema, fn, field->type);
}

static void value_member(struct sema *sema, struct decl *impl, const struct impl_member *member,
			 const struct field *field)
{
	const char *what;

	if (!field)
		return;
	if (field->type->kind == TYPE_FN) {
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, member->name.span,
			    "`%s.%s` is a function: write `fn %s(...) { ... }`",
			    impl->impl.type->strukt->name, member->name.text, member->name.text);
		return;
	}
	what = arena_printf(&sema->comp->arena, "the member `%s`", member->name.text);
	if (type_find_address(sema, field->type)) {
		diag_report(sema->comp, DIAG_TYPE_MISMATCH, member->name.span,
			    "%s is `%s`: only plain values can be given", what,
			    type_name(sema->comp, field->type));
		return;
	}
	sema_initialiser(sema, member->value, field->type, what);
}

static const struct impl_member *find_member(const struct decl *impl, const char *name, size_t len)
{
	vec_foreach (member, &impl->impl.members) {
		if (strlen(member->name.text) == len && !memcmp(member->name.text, name, len))
			return member;
	}
	return NULL;
}

static void check_mandatory(struct sema *sema, const struct decl *impl)
{
	uint32_t count;
	const struct struct_ops_need *needs = struct_ops_needs(&count);

	for (uint32_t i = 0; i < count; i++) {
		const char *name = needs[i].members, *end;
		bool found = false;

		if (strcmp(needs[i].type, impl->impl.type->strukt->name))
			continue;
		for (; *name && !found; name = end + (*end == '|')) {
			end = name + strcspn(name, "|");
			found = find_member(impl, name, (size_t)(end - name)) != NULL;
		}
		if (found)
			continue;
		name = needs[i].members;
		end = strchr(name, '|');
		if (end)
			diag_report(sema->comp, DIAG_MISSING_FIELD, impl->name.span,
				    "`%s` needs `%.*s` or `%s`: the kernel refuses `%s` without",
				    impl->name.text, (int)(end - name), name, end + 1,
				    needs[i].type);
		else
			diag_report(sema->comp, DIAG_MISSING_FIELD, impl->name.span,
				    "`%s` needs `%s`: the kernel refuses `%s` without it",
				    impl->name.text, name, needs[i].type);
	}
}

/* The struct comes from the first kernel; the others may have fewer members. */
static void check_kernels(struct sema *sema, const struct impl_member *member,
			  const struct type *type)
{
	const struct kernel *kernel =
		kernels_lacking_field(sema->comp, type->strukt->name, member->name.text);

	if (kernel)
		diag_report(sema->comp, DIAG_KERNEL_LACKS, member->name.span,
			    "%s has no member `%s` in `%s`", kernel_text(sema, kernel),
			    member->name.text, type->strukt->name);
}

static void member_resolve(struct sema *sema, struct decl *impl, const struct impl_member *member)
{
	const struct impl_member *first =
		find_member(impl, member->name.text, strlen(member->name.text));
	uint32_t offset_bits;
	const struct field *field = type_field(impl->impl.type, member->name.text, &offset_bits);

	if (first != member) {
		diag_report(sema->comp, DIAG_DUPLICATE_FIELD, member->name.span,
			    "`%s` is given twice", member->name.text);
		diag_note(sema->comp, first->name.span, "first given here");
	} else if (!field) {
		report_unknown(sema, member, impl->impl.type);
	} else {
		check_kernels(sema, member, impl->impl.type);
	}
	if (member->fn)
		function_member(sema, impl, member, first == member ? field : NULL);
	else if (member->value)
		value_member(sema, impl, member, first == member ? field : NULL);
}

void decl_impl_resolve(struct sema *sema, struct decl *impl)
{
	attributes_check(sema, impl);
	impl->impl.type = ops_type(sema, impl);
	if (!impl->impl.type)
		return;
	vec_foreach (member, &impl->impl.members)
		member_resolve(sema, impl, member);
	check_mandatory(sema, impl);
}
