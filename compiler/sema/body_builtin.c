/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of builtins. The table of kernel/builtin_list.h gives receiver, parameters and result;
 * what a builtin asks beyond that has a row in `rules` here.
 */
#include "sema/body.h"
#include "sema/format.h"

#include <string.h>

typedef const struct type *builtin_rule(struct sema *sema, struct builtin_call *call,
					const struct type *expected);

/* ---- print ---- */

static const struct type *rule_print(struct sema *sema, struct builtin_call *call,
				     const struct type *expected)
{
	const struct expr_vec *args = &call->expr->call.args;
	uint32_t skip = call->builtin->id == BUILTIN_PRINT_TO;
	struct format_vec pieces = {0};

	if (!format_pieces(sema->comp, args->data + skip, args->len - skip, body_is_bpf(sema),
			   call->expr->span, &pieces))
		return sema->comp->types->error;
	return sema->comp->types->void_;
}

/* ---- programs ---- */

/* The program behind a handle, as far as the function shows it; NULL when not known. */
static struct decl *program_of(const struct expr *handle)
{
	const struct expr *callee;

	if (handle->kind == EXPR_NAME && handle->ref.kind == REF_VARIABLE)
		return handle->ref.variable->program_varies ? NULL : handle->ref.variable->program;
	if (handle->kind != EXPR_CALL || handle->call.args.len != 1)
		return NULL;
	callee = handle->call.callee;
	return callee->ref.kind == REF_BUILTIN && callee->ref.builtin->id == BUILTIN_LOAD
		       ? handle->call.args.data[0]->ref.decl
		       : NULL;
}

void body_note_program(struct variable *variable, const struct expr *value)
{
	struct decl *program = program_of(value);

	if (variable->type->kind != TYPE_HANDLE)
		return;
	variable->program_varies |= !program || (variable->program && variable->program != program);
	variable->program = program;
}

/* What attach() can be given. */
enum {
	TARGET_TEXT = 1,
	TARGET_OPTIONS = 2,
	TARGET_PERF = 4,
	TARGET_MAP = 8,
	TARGET_SOCKET = 16,
};

static const struct {
	unsigned takes;
	const char *words;
} attach_targets[] = {
	[PROG_ATTACH_INTERFACE] = {TARGET_TEXT | TARGET_OPTIONS, "attached by an interface's name"},
	[PROG_ATTACH_SELF] = {TARGET_TEXT | TARGET_OPTIONS, "attached by a text"},
	[PROG_ATTACH_PERF] = {TARGET_PERF, "attached with `perf_options { ... }`"},
	[PROG_ATTACH_REGISTER] = {0, "registered: `register(name)`"},
	[PROG_ATTACH_PATH] = {TARGET_TEXT | TARGET_OPTIONS, "attached by a text"},
	[PROG_ATTACH_CGROUP] = {TARGET_TEXT | TARGET_OPTIONS, "attached by a cgroup's path"},
	[PROG_ATTACH_SOCKMAP] = {TARGET_TEXT | TARGET_MAP, "attached to a sockmap or sockhash"},
	[PROG_ATTACH_NETNS] = {TARGET_TEXT | TARGET_OPTIONS,
			       "attached by a network namespace's path"},
	[PROG_ATTACH_SOCKET] = {TARGET_SOCKET, "attached to a socket's descriptor"},
	[PROG_ATTACH_OPTIONS] = {TARGET_OPTIONS, "attached with `opts { ... }`"},
	[PROG_ATTACH_READ] = {TARGET_TEXT, "attached by \"\""},
	[PROG_ATTACH_RUN] = {0, "run, not attached: `run(handle, argument)`"},
	[PROG_ATTACH_ROUTE] = {TARGET_TEXT, "attached by a text"},
};

static unsigned target_form(const struct sema *sema, const struct type *type)
{
	if (type->kind == TYPE_MAP)
		return TARGET_MAP;
	if (type->kind == TYPE_STR)
		return TARGET_TEXT;
	if (type == sema->comp->types->perf_options)
		return TARGET_PERF;
	return type->kind == TYPE_STRUCT ? TARGET_OPTIONS : TARGET_SOCKET;
}

/* Options that mean nothing to this kind would be ignored. */
static bool check_options(struct sema *sema, const struct prog_kind *kind,
			  const struct expr *target)
{
	if (target->kind != EXPR_STRUCT || target->type != sema->comp->types->attach_options)
		return true;
	vec_foreach (init, &target->strukt.inits) {
		if (attach_option_is_for(sema->comp, init->name.text, kind->attach))
			continue;
		body_error(sema, DIAG_FIELD_UNKNOWN, init->name.span,
			   "`%s` is no option of `@%s` programs", init->name.text, kind->name);
		return false;
	}
	return true;
}

static bool check_target(struct sema *sema, const struct decl *program, const struct expr *target)
{
	const struct prog_kind *kind = program->fn.kind;
	const struct decl *map = target->type->kind == TYPE_MAP ? target->type->map : NULL;

	if (map && kind->attach == PROG_ATTACH_SOCKMAP && map->map.kind->id != MAP_SOCKMAP &&
	    map->map.kind->id != MAP_SOCKHASH) {
		body_error(sema, DIAG_TYPE_MISMATCH, target->span, "`%s` is no sockmap or sockhash",
			   body_map_name(sema, map));
		return false;
	}
	if (attach_targets[kind->attach].takes & target_form(sema, target->type))
		return check_options(sema, kind, target);
	body_error(sema, DIAG_TYPE_MISMATCH, target->span, "a `@%s` program is %s", kind->name,
		   attach_targets[kind->attach].words);
	return false;
}

static const struct type *rule_attach(struct sema *sema, struct builtin_call *call,
				      const struct type *expected)
{
	const struct expr_vec *args = &call->expr->call.args;
	const struct decl *program = program_of(args->data[0]);

	if (program && program->fn.kind && !check_target(sema, program, args->data[1]))
		return sema->comp->types->error;
	if (args->data[1]->type == sema->comp->types->perf_options)
		return sema->comp->types->perf;
	return sema->comp->types->i32;
}

static const struct type *rule_dispatch(struct sema *sema, struct builtin_call *call,
					const struct type *expected)
{
	if (!call->expr->call.args.len)
		return body_error(sema, DIAG_ARGUMENT_COUNT, call->expr->span,
				  "`dispatch` takes the ring buffers to wait for");
	return sema->comp->types->i32;
}

/* ETH_HLEN: the kernel runs no program on a shorter packet (net/bpf/test_run.c). */
#define TEST_PACKET_BYTES_MIN 14

/* The bytes of a test's packet; UINT32_MAX when the program run decides (`packet_size`). */
static uint32_t test_packet_bytes(struct sema *sema, const struct expr *input)
{
	const struct type *type = input->type;
	uint32_t offset;

	if (type->kind == TYPE_STRUCT &&
	    type_field(type, intern_str(&sema->comp->names, "packet_size"), &offset))
		return UINT32_MAX;
	if (type->kind == TYPE_STR)
		return input->constant.kind == CONSTANT_STRING ? input->constant.len
							       : type->str.capacity;
	return type->size;
}

/* What a program is tested with: packet bytes, or a struct that describes them. */
static const struct type *rule_test(struct sema *sema, struct builtin_call *call,
				    const struct type *expected)
{
	const struct expr_vec *args = &call->expr->call.args;
	const struct expr *program = args->data[0], *input = args->data[1];
	const struct decl *decl = program->ref.kind == REF_DECL ? program->ref.decl : NULL;
	const struct prog_kind *kind = decl && decl->kind == DECL_FN ? decl->fn.kind : NULL;
	uint32_t bytes;

	if (kind && kind->test_run == PROG_TEST_NONE)
		return body_error(sema, DIAG_BUILTIN_TARGET, program->span,
				  "the kernel has no test run for `@%s` programs", kind->name);
	bytes = type_is_aggregate(input->type) ? test_packet_bytes(sema, input) : UINT32_MAX;
	if (kind && kind->test_run == PROG_TEST_PACKET && bytes < TEST_PACKET_BYTES_MIN)
		return body_error(sema, DIAG_TYPE_MISMATCH, input->span,
				  "the packet has %u bytes; the kernel runs `@%s` programs on %u "
				  "or more",
				  bytes, kind->name, TEST_PACKET_BYTES_MIN);
	if (type_is_aggregate(input->type))
		return sema->comp->types->i32;
	return body_error(sema, DIAG_TYPE_MISMATCH, input->span,
			  "a test's input must be a `u8[N]`, text or a struct, found %s",
			  body_found(sema, input));
}

static const struct type *rule_test_output(struct sema *sema, struct builtin_call *call,
					   const struct type *expected)
{
	if (expected && expected->kind == TYPE_ARRAY &&
	    expected->array.elem == sema->comp->types->u8)
		return expected;
	return body_error(sema, DIAG_TYPE_MISMATCH, call->expr->span,
			  "`test_output()` needs the size that is wanted: "
			  "`var packet: u8[64] = test_output()`");
}

/* ---- integers ---- */

static const struct type *rule_raw(struct sema *sema, struct builtin_call *call,
				   const struct type *expected)
{
	const struct expr *arg = call->expr->call.args.data[0];

	if (arg->constant.kind == CONSTANT_INT)
		call->expr->constant =
			sema_constant_unsigned(sema_constant_bits(&arg->constant, arg->type));
	return type_int(sema->comp, type_bits(arg->type), false);
}

static const struct type *rule_atomic(struct sema *sema, struct builtin_call *call,
				      const struct type *expected)
{
	return call->place;
}

/* ---- maps ---- */

/* Values that may be absent: the call stands for an entry. */
static const struct type *rule_optional(struct sema *sema, struct builtin_call *call,
					const struct type *expected)
{
	call->expr->entry = ENTRY_VALUE;
	return call->map->map.value;
}

static const struct type *rule_cpu(struct sema *sema, struct builtin_call *call,
				   const struct type *expected)
{
	const struct decl *map = call->map;

	if (!map->map.kind->per_cpu)
		return body_error(sema, DIAG_MAP_KIND, call->expr->call.callee->field.name.span,
				  "`%s` is of kind `%s`, which has one value for all CPUs",
				  body_map_name(sema, map), map->map.kind->name);
	return call->receiver->type;
}

/* insert, update, put. */
static const struct type *rule_update(struct sema *sema, struct builtin_call *call,
				      const struct type *expected)
{
	if (call->map->map.kind->per_cpu && !body_is_bpf(sema)) {
		body_error(sema, DIAG_MAP_KIND, call->expr->span,
			   "user code writes one CPU's value of `%s`, or zero to all",
			   body_map_name(sema, call->map));
		diag_help(sema->comp, "write `%s.cpu(i)[key] = value`",
			  body_map_name(sema, call->map));
		return sema->comp->types->error;
	}
	if (call->map->map.value->kind == TYPE_PTR)
		return body_error(
			sema, DIAG_MAP_VALUE, call->expr->span,
			"an object is moved into `%s` by an assignment: `%s[key] = object`",
			body_map_name(sema, call->map), body_map_name(sema, call->map));
	return sema->comp->types->i32;
}

static const struct type *rule_get(struct sema *sema, struct builtin_call *call,
				   const struct type *expected)
{
	return type_ptr(sema->comp, call->map->map.value, REGION_ENTRY);
}

/* bpf_ringbuf_reserve wants a size that the verifier knows: a constant. */
static const struct type *rule_reserve(struct sema *sema, struct builtin_call *call,
				       const struct type *expected)
{
	const struct expr_vec *args = &call->expr->call.args;
	const struct type *type = call->map->map.value;
	uint64_t bytes;

	if (args->len) {
		if (!sema_constant_count(sema, args->data[0], call->map->map.max_entries,
					 "the size of a record", &bytes))
			return sema->comp->types->error;
		type = type_array(sema->comp, sema->comp->types->u8, (uint32_t)bytes);
	}
	if (!type) {
		body_error(sema, DIAG_MAP_VALUE, call->expr->span,
			   "`%s` has no record type, so the size must be given",
			   body_map_name(sema, call->map));
		diag_help(sema->comp, "`reserve(64)` reserves 64 bytes");
		return sema->comp->types->error;
	}
	return type_ptr(sema->comp, type, REGION_RECORD);
}

static builtin_rule *const rules[BUILTIN_COUNT] = {
	[BUILTIN_PRINT] = rule_print,
	[BUILTIN_PRINT_TO] = rule_print,
	[BUILTIN_ATTACH] = rule_attach,
	[BUILTIN_DISPATCH] = rule_dispatch,
	[BUILTIN_TEST] = rule_test,
	[BUILTIN_TEST_OUTPUT] = rule_test_output,
	[BUILTIN_RAW] = rule_raw,
	[BUILTIN_XCHG] = rule_atomic,
	[BUILTIN_CAS] = rule_atomic,
	[BUILTIN_FETCH_ADD] = rule_atomic,
	[BUILTIN_MAP_INSERT] = rule_update,
	[BUILTIN_MAP_UPDATE] = rule_update,
	[BUILTIN_MAP_PUT] = rule_update,
	[BUILTIN_MAP_TAKE] = rule_optional,
	[BUILTIN_MAP_POP] = rule_optional,
	[BUILTIN_MAP_PEEK] = rule_optional,
	[BUILTIN_MAP_CPU] = rule_cpu,
	[BUILTIN_MAP_GET] = rule_get,
	[BUILTIN_RING_RESERVE] = rule_reserve,
};

/* ---- the call ---- */

static bool check_arguments(struct sema *sema, struct builtin_call *call)
{
	struct expr_vec *args = &call->expr->call.args;
	uint32_t min, max;
	bool ok = true;

	builtin_arity(call->builtin, &min, &max);
	ok = body_check_count(sema, builtin_signature(sema->comp, call->builtin), NULL, min, max,
			      call->expr);
	for (uint32_t i = 0; i < args->len; i++) {
		uint32_t len = 0;
		const char *word = builtin_param(call->builtin, i, &len);

		if (word)
			ok &= body_check_word(sema, call, args->data[i], word, len, i);
		else
			sema_expr(sema, args->data[i], NULL);
	}
	return ok;
}

/* What stands before the dot; call_method() has found that it is of the builtin's kind. */
static bool check_receiver(struct sema *sema, struct builtin_call *call)
{
	struct expr *callee = call->expr->call.callee;

	call->receiver = callee->field.base;
	if (call->builtin->receiver == RECEIVER_TIMER) {
		call->map = callee->ref.decl = body_timer_map(sema, call->receiver);
		return call->map != NULL;
	}
	if (call->builtin->receiver != RECEIVER_MAP)
		return true;
	call->map = call->receiver->type->map;
	if (body_is_cpu_view(call->receiver)) {
		body_error(sema, DIAG_MAP_KIND, callee->field.name.span,
			   "one CPU's view of a map can be indexed, nothing else");
		return false;
	}
	return body_map_can(sema, call->map, call->builtin->map_ops, callee->field.name.span,
			    body_text(sema, "`%s`", call->builtin->name));
}

const struct type *body_check_builtin(struct sema *sema, struct expr *expr,
				      const struct builtin *builtin, const struct type *expected)
{
	struct builtin_call call = {.expr = expr, .builtin = builtin};
	struct expr *callee = expr->call.callee;
	const struct type *type;
	bool ok = true;

	callee->ref.kind = REF_BUILTIN;
	callee->ref.builtin = builtin;
	callee->type = sema->comp->types->void_;
	if (builtin->receiver != RECEIVER_NONE)
		ok = check_receiver(sema, &call);
	if (!ok && builtin->receiver == RECEIVER_TIMER)
		return sema->comp->types->error;
	if (!check_arguments(sema, &call) || !ok)
		return sema->comp->types->error;
	type = rules[builtin->id] ? rules[builtin->id](sema, &call, expected)
				  : builtin_result(sema->comp, builtin);
	if (!type)
		internal_error(sema->comp, expr->span, "no result type of `%s`", builtin->name);
	return body_call_result(sema, expr, type);
}
