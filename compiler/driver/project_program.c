/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/project.h"
#include "kernel/struct_ops.h"
#include "syntax/syntax.h"

#include <string.h>

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/*
 * What does more than count: the statements of a program, for a choice or a target where one is
 * named. `verdict` NULL: the neutral one.
 */
static const struct body {
	enum prog_kind_id kind;
	const char *target;
	const char *result; /* NULL: the kind's */
	const char *statements, *verdict;
} bodies[] = {
	{PROG_SK_SKB, "parser", "i32", "", "ctx->len as i32"},
	{PROG_SOCKET_FILTER, NULL, NULL, "", "ctx->len"},
	{PROG_ITER, "task", NULL,
	 "\tif (var task = ctx->task) {\n\t\tevents += 1\n"
	 "\t\tprint_to(ctx, \"%d %s\", task->pid, task->comm)\n\t}\n",
	 NULL},
	{PROG_SYSCALL, NULL, NULL, "\trequest->answer = request->number * 2\n", NULL},
};

/*
 * Members that must not only be there but do something sensible: the kernel's own functions do it,
 * which it lends to implementations. BTF has no names for the parameters.
 */
static const struct member_body {
	const char *type, *member, *names[3], *statement;
} member_bodies[] = {
	{"tcp_congestion_ops", "ssthresh", {"sk"}, "return tcp_reno_ssthresh(sk)"},
	{"tcp_congestion_ops", "undo_cwnd", {"sk"}, "return tcp_reno_undo_cwnd(sk)"},
	{"tcp_congestion_ops",
	 "cong_avoid",
	 {"sk", "ack", "acked"},
	 "events += 1\n\t\ttcp_reno_cong_avoid(sk, ack, acked)"},
};

static const struct body *find_body(const struct project *project)
{
	for (size_t i = 0; i < COUNT_OF(bodies); i++)
		if (bodies[i].kind == project->kind->id &&
		    (!bodies[i].target || !strcmp(bodies[i].target, project->target)))
			return &bodies[i];
	return NULL;
}

/* ---- parameters ---- */

/* Whether the type can be written in a source. */
static bool is_writable(const struct type *type)
{
	switch (type->kind) {
	case TYPE_PTR:
		return type->ptr.target->kind == TYPE_VOID || is_writable(type->ptr.target);
	case TYPE_STRUCT:
		return *type->strukt->name;
	case TYPE_ENUM:
		return *type->enumeration->name;
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INT:
	case TYPE_BE:
		return true;
	case TYPE_ERROR:
	case TYPE_VOID:
	case TYPE_FLOAT:
	case TYPE_STR:
	case TYPE_ARRAY:
	case TYPE_FN:
	case TYPE_NULL:
	case TYPE_MAP:
	case TYPE_HANDLE:
	case TYPE_PERF:
	case TYPE_MODULE:
	case TYPE_KIND_COUNT:
		break;
	}
	return false;
}

/*
 * The function's own parameters, up to one whose type has no name: the rest may be left out.
 * `names` (may be NULL) are for those that have none.
 */
static void put_params(const struct project *project, struct strbuf *out, const struct type *fn,
		       const char *const *names)
{
	strbuf_putc(out, '(');
	for (uint32_t i = 0; fn && i < fn->fn.params.len; i++) {
		const struct fn_param *param = &fn->fn.params.data[i];
		const char *name = names ? names[i] : param->name;

		if (!is_writable(param->type))
			break;
		strbuf_puts(out, i ? ", " : "");
		if (name)
			strbuf_printf(out, "%s%s", name, syntax_is_keyword(name) ? "_" : "");
		else
			strbuf_printf(out, "arg%u", i + 1);
		strbuf_printf(out, ": %s", type_name(project->comp, param->type));
	}
	strbuf_putc(out, ')');
}

static bool put_context(struct strbuf *out, const char *context)
{
	strbuf_printf(out, "(ctx: *%s)", context);
	return true;
}

/* What the attribute names must be known when there is BTF to ask. */
static bool is_known(const struct project *project, const void *found, const char *what)
{
	if (!found)
		driver_error(project->driver, "the kernel has no %s `%s`", what, project->target);
	return found != NULL;
}

static bool put_function(const struct project *project, struct strbuf *out)
{
	struct prog_probe probe;

	if (!prog_probe_resolve(project->comp, project->target, &probe)) {
		driver_error(project->driver, "`%s` is no function, nor function+offset",
			     project->target);
		return false;
	}
	if (probe.has_offset) {
		strbuf_puts(out, "()");
		return true;
	}
	if (!is_known(project, probe.type, "function"))
		return false;
	if (project->kind->params == PROG_PARAMS_FUNCTION)
		put_params(project, out, probe.type, NULL);
	else if (is_writable(probe.type->fn.result))
		strbuf_printf(out, "(ret: %s)", type_name(project->comp, probe.type->fn.result));
	else
		strbuf_puts(out, "()");
	return true;
}

static bool put_tracepoint(const struct project *project, struct strbuf *out)
{
	const char *slash = strchr(project->target, '/');
	struct compilation *comp = project->comp;
	const struct type *type = kernel_find_tracepoint(
		comp, intern(&comp->names, project->target, (uint32_t)(slash - project->target)),
		intern_str(&comp->names, slash + 1));

	return is_known(project, type, "tracepoint") && put_context(out, type->strukt->name);
}

static bool put_parameters(const struct project *project, struct strbuf *out)
{
	const struct prog_kind *kind = project->kind;
	struct compilation *comp = project->comp;
	const char *target = project->target ? intern_str(&comp->names, project->target) : NULL;
	const struct type *type;

	switch (kind->params) {
	case PROG_PARAMS_CONTEXT:
		return put_context(out, prog_kind_context(kind, prog_kind_choice(kind, target)));
	case PROG_PARAMS_USER:
		/* Of a usdt probe only user code knows the arguments. */
		if (kind->id != PROG_USDT)
			return put_context(out, kind->context);
		strbuf_puts(out, "()");
		return true;
	case PROG_PARAMS_ANY:
		strbuf_puts(out, "(request: *Request)");
		return true;
	case PROG_PARAMS_TRACEPOINT:
		return put_tracepoint(project, out);
	case PROG_PARAMS_FUNCTION:
	case PROG_PARAMS_RETURN:
		return put_function(project, out);
	case PROG_PARAMS_RAW_EVENT:
		type = kernel_find_raw_tracepoint(comp, target);
		put_params(project, out, type, NULL);
		return is_known(project, type, "tracepoint");
	case PROG_PARAMS_HOOK:
		type = kernel_find_lsm_hook(comp, target);
		put_params(project, out, type, NULL);
		return is_known(project, type, "security hook");
	case PROG_PARAMS_ITER:
		type = kernel_find_iter_context(comp, target);
		return is_known(project, type, "iterator over") &&
		       put_context(out, type->strukt->name);
	case PROG_PARAMS_MEMBER:
		break;
	}
	return false;
}

/* ---- results ---- */

static const char *constant_of(const struct project *project, const char *name, int64_t value)
{
	const struct type *type =
		name ? kernel_find_type(project->comp, intern_str(&project->comp->names, name))
		     : NULL;

	if (!type || type->kind != TYPE_ENUM)
		return NULL;
	vec_foreach (constant, &type->enumeration->values) {
		if (constant->value == value)
			return constant->name;
	}
	return NULL;
}

/* The neutral verdict, by its name where it has one. */
static const char *verdict_text(const struct project *project)
{
	const struct prog_kind *kind = project->kind;
	int64_t value = prog_kind_neutral(kind, prog_kind_choice(kind, project->target));
	const char *name = constant_of(project, kind->result_enum, value);

	if (kind->id == PROG_TC)
		name = "TC_ACT_OK";
	for (const char *const *at = kind->constant_enums; at && *at && !name; at++)
		name = constant_of(project, *at, value);
	return name ? name : arena_printf(&project->comp->arena, "%lld", (long long)value);
}

static const char *result_text(const struct prog_kind *kind)
{
	if (kind->result_enum)
		return kind->result_enum;
	return kind->result_unsigned ? "u32" : "i32";
}

/* ---- implementations of kernel interfaces ---- */

static void put_function_member(const struct project *project, struct strbuf *out, const char *name,
				const struct type *fn)
{
	const struct member_body *body = NULL;
	bool is_void = fn->fn.result->kind == TYPE_VOID;

	for (size_t i = 0; i < COUNT_OF(member_bodies); i++)
		if (!strcmp(member_bodies[i].type, project->target) &&
		    !strcmp(member_bodies[i].member, name))
			body = &member_bodies[i];
	strbuf_printf(out, "\tfn %s", name);
	put_params(project, out, fn, body ? body->names : NULL);
	if (!is_void)
		strbuf_printf(out, " -> %s", type_name(project->comp, fn->fn.result));
	strbuf_printf(out, " {\n\t\t%s\n\t}\n",
		      body	? body->statement
		      : is_void ? "events += 1"
				: "events += 1\n\t\treturn 0");
}

/* A member with a plain value; text is the project's name, cut to what fits. */
static void put_value_member(const struct project *project, struct strbuf *out, const char *name,
			     const struct type *type)
{
	if (type->kind == TYPE_ARRAY || type->kind == TYPE_STR)
		strbuf_printf(out, "\t%s: \"%.*s\",\n", name, (int)type->size - 1, project->name);
	else
		strbuf_printf(out, "\t%s: 0,\n", name);
}

static void put_member(const struct project *project, struct strbuf *out, const struct type *ops,
		       const char *name)
{
	uint32_t offset;
	const struct field *field =
		type_field(ops, intern_str(&project->comp->names, name), &offset);

	if (!field)
		return;
	if (field->type->kind == TYPE_FN)
		put_function_member(project, out, name, field->type);
	else
		put_value_member(project, out, name, field->type);
}

/* The first function that counts, for interfaces that demand none. */
static const char *first_function(const struct project *project, const struct type *ops)
{
	vec_foreach (field, &ops->strukt->fields) {
		const struct type *fn = field->type;
		bool is_simple =
			fn->kind == TYPE_FN && field->name &&
			(fn->fn.result->kind == TYPE_VOID || type_is_integer(fn->fn.result));

		for (uint32_t i = 0; is_simple && i < fn->fn.params.len; i++)
			is_simple = is_writable(fn->fn.params.data[i].type);
		if (is_simple)
			return field->name;
	}
	driver_error(project->driver, "`%s` has no function to implement", project->target);
	return NULL;
}

static bool put_impl(const struct project *project, struct strbuf *out)
{
	const struct type *ops = kernel_find_struct(
		project->comp, intern_str(&project->comp->names, project->target));
	uint32_t count;
	const struct struct_ops_need *needs = struct_ops_needs(&count);
	bool has_function = false;

	if (!is_known(project, ops, "struct"))
		return false;
	type_complete(project->comp, ops);
	strbuf_printf(out, "@struct_ops(\"%s\")\nimpl mine {\n", project->target);
	for (uint32_t i = 0; i < count; i++) {
		char *name = arena_strndup(&project->comp->arena, needs[i].members,
					   strcspn(needs[i].members, "|"));
		uint32_t offset;
		const struct field *field;

		if (strcmp(needs[i].type, project->target))
			continue;
		put_member(project, out, ops, name);
		field = type_field(ops, intern_str(&project->comp->names, name), &offset);
		has_function |= field && field->type->kind == TYPE_FN;
	}
	if (!has_function) {
		const char *name = first_function(project, ops);

		if (!name)
			return false;
		put_member(project, out, ops, name);
	}
	strbuf_puts(out, "}\n\n");
	return true;
}

/* ---- the program ---- */

bool project_put_program(struct project *project, struct strbuf *out)
{
	const struct prog_kind *kind = project->kind;
	const struct body *body = find_body(project);

	strbuf_puts(out, "/// Shared with main: the kernel counts, the process reads.\n"
			 "var events: u64 = 0\n\n");
	if (kind->params == PROG_PARAMS_MEMBER)
		return put_impl(project, out);
	if (kind->params == PROG_PARAMS_ANY)
		strbuf_puts(out, "struct Request {\n\tnumber: u32\n\tanswer: u32\n}\n\n");
	if (kind->attach == PROG_ATTACH_SOCKMAP)
		strbuf_puts(out, "/// The sockets whose data the program sees; a @sock_ops program "
				 "can put them in.\nvar sockets : sockmap<u32, u64>(64)\n\n");
	strbuf_printf(out, "@%s", kind->name);
	if (project->target)
		strbuf_printf(out, "(\"%s\")", project->target);
	strbuf_puts(out, "\nfn count");
	if (!put_parameters(project, out))
		return false;
	strbuf_printf(out, " -> %s {\n%s", body && body->result ? body->result : result_text(kind),
		      body && *body->statements ? body->statements : "\tevents += 1\n");
	strbuf_printf(out, "\treturn %s\n}\n\n",
		      body && body->verdict ? body->verdict : verdict_text(project));
	return true;
}
