/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions: pure trees, their effects emitted before. */
#include "ir/build.h"
#include "kernel/predeclared.h"

struct decl *build_ref_decl(const struct expr *expr)
{
	/* A field of a config refers to the config too, but is a place in it. */
	if (expr->kind != EXPR_NAME && (expr->kind != EXPR_FIELD || expr->field.field))
		return NULL;
	return expr->ref.kind == REF_DECL ? expr->ref.decl : NULL;
}

/* ---- operators ---- */

struct ir_expr *build_unary(struct fn_build *fb, enum unary_op op, struct ir_expr *operand,
			    struct span span)
{
	struct ir_expr *expr = ir_expr_new(fb->comp, IR_EXPR_UNARY, operand->type, span);

	expr->unary.op = op;
	expr->unary.operand = operand;
	return ir_simplify(fb->comp, expr);
}

struct ir_expr *build_not(struct fn_build *fb, struct ir_expr *operand)
{
	return ir_negate(fb->comp, operand);
}

struct ir_expr *build_arithmetic(struct fn_build *fb, enum binary_op op, struct ir_expr *left,
				 struct ir_expr *right, struct span span)
{
	const struct type *count = right->type;

	if (op == BINARY_SHL || op == BINARY_SHR) {
		if (count->kind != TYPE_INT || count->integer.is_signed)
			right = build_convert(fb, right,
					      type_int(fb->comp, type_bits(count), false));
	} else {
		right = build_convert(fb, right, left->type);
	}
	return ir_simplify(fb->comp,
			   ir_binary(fb->comp, IR_EXPR_BINARY, op, left->type, left, right, span));
}

struct ir_expr *build_logic(struct fn_build *fb, enum ir_expr_kind kind, struct ir_expr *left,
			    struct ir_expr *right, struct span span)
{
	enum binary_op op = kind == IR_EXPR_LOGAND ? BINARY_LOGAND : BINARY_LOGOR;

	return ir_simplify(
		fb->comp, ir_binary(fb->comp, kind, op, build_types(fb)->bool_, left, right, span));
}

struct ir_expr *build_select(struct fn_build *fb, struct ir_expr *cond, struct ir_expr *then,
			     struct ir_expr *otherwise, struct span span)
{
	struct ir_expr *expr = ir_expr_new(fb->comp, IR_EXPR_SELECT, then->type, span);

	expr->select.cond = cond;
	expr->select.then = then;
	expr->select.otherwise = otherwise;
	return ir_simplify(fb->comp, expr);
}

/* ---- values in order ---- */

void build_exprs(struct fn_build *fb, struct expr *const *exprs, uint32_t count,
		 const struct type *const *types, struct ir_expr_vec *values)
{
	struct mark *marks = arena_array(&fb->comp->arena, struct mark, count);
	uint32_t first = values->len;

	for (uint32_t i = 0; i < count; i++) {
		vec_push(&fb->comp->arena, values,
			 build_expr_as(fb, exprs[i], types ? types[i] : NULL));
		marks[i] = build_mark(fb);
	}
	/* The last one first: a temporary that is put in moves only what stands behind it. */
	for (uint32_t i = count; i-- > 0;)
		values->data[first + i] = build_keep(fb, values->data[first + i], marks[i]);
}

static struct ir_expr *binary_pointer(struct fn_build *fb, struct expr *expr,
				      struct ir_expr_vec *values)
{
	struct ir_expr *left = values->data[0], *right = values->data[1];
	const struct type *i64 = build_types(fb)->i64;

	if (left->type->kind == TYPE_PTR && right->type->kind == TYPE_PTR)
		return build_convert(fb,
				     ir_binary(fb->comp, IR_EXPR_PTR_DIFF, BINARY_SUB, i64, left,
					       right, expr->span),
				     expr->type);
	if (left->type->kind != TYPE_PTR) {
		left = values->data[1];
		right = values->data[0];
	}
	right = build_convert(fb, right, i64);
	if (expr->binary.op == BINARY_SUB)
		right = build_unary(fb, UNARY_NEG, right, expr->span);
	/* Into an array: by its elements. */
	if (left->type->ptr.target->kind == TYPE_ARRAY)
		left = build_convert(fb, left, expr->type);
	return ir_binary(fb->comp, IR_EXPR_PTR_ADD, BINARY_ADD,
			 expr->type->kind == TYPE_PTR ? expr->type : left->type, left, right,
			 expr->span);
}

static struct ir_expr *binary_text(struct fn_build *fb, struct expr *expr,
				   struct ir_expr_vec *values)
{
	struct ir_expr *operands[2];
	uint32_t capacity = 0;

	for (unsigned i = 0; i < 2; i++) {
		const struct type *type = values->data[i]->type;

		if (type->kind != TYPE_STR)
			type = type_str(fb->comp, type->size);
		operands[i] = build_convert(fb, values->data[i], type);
		capacity += type->str.capacity;
	}
	return build_convert(fb,
			     ir_binary(fb->comp, IR_EXPR_STR_CAT, BINARY_ADD,
				       type_str(fb->comp, capacity), operands[0], operands[1],
				       expr->span),
			     expr->type);
}

static struct ir_expr *build_binary(struct fn_build *fb, struct expr *expr)
{
	enum binary_op op = expr->binary.op;
	struct ir_expr_vec values = {0};
	const struct type *type;
	struct ir_expr *left, *result;

	if (op == BINARY_LOGAND || op == BINARY_LOGOR)
		return build_cond(fb, expr);
	if (op >= BINARY_EQ && op <= BINARY_GE)
		return build_comparison(fb, expr);
	build_exprs(fb, (struct expr *const[]){expr->binary.left, expr->binary.right}, 2, NULL,
		    &values);
	if (values.data[0]->type->kind == TYPE_PTR || values.data[1]->type->kind == TYPE_PTR)
		return binary_pointer(fb, expr, &values);
	if (expr->type->kind == TYPE_STR)
		return binary_text(fb, expr, &values);
	type = type_underlying(expr->type);
	left = build_convert(fb, values.data[0], type);
	result = build_arithmetic(fb, op, left, values.data[1], expr->span);
	/* x / 1 is x alone, which may divide by something else. */
	if (result != left && result->kind == IR_EXPR_BINARY && expr->divisor_nonzero)
		result->binary.divisor_nonzero = true;
	return build_convert(fb, result, expr->type);
}

static struct ir_expr *build_unary_expr(struct fn_build *fb, struct expr *expr)
{
	struct expr *operand = expr->unary.operand;

	switch (expr->unary.op) {
	case UNARY_NOT:
		return build_not(fb, build_cond(fb, operand));
	case UNARY_NEG:
	case UNARY_BITNOT:
		return build_convert(
			fb,
			build_unary(fb, expr->unary.op,
				    build_expr_as(fb, operand, type_underlying(expr->type)),
				    expr->span),
			expr->type);
	case UNARY_DEREF:
		return ir_load(fb->comp, build_place(fb, expr, NULL, NULL), expr->span);
	case UNARY_ADDR:
		return build_address_expr(fb, expr);
	}
	return NULL;
}

/* c ? a : b; when a side has effects or is large, by an IF. */
static struct ir_expr *build_conditional(struct fn_build *fb, struct expr *expr)
{
	struct ir_expr *cond = build_cond(fb, expr->cond.cond), *then, *otherwise;
	struct ir_stmt_vec bodies[2] = {{0}, {0}};
	struct scope_mark scope;
	struct ir_local *result;
	struct ir_stmt *test;
	bool dead[2];

	scope = build_open(fb, &bodies[0]);
	then = build_expr_as(fb, expr->cond.then, expr->type);
	dead[0] = build_close(fb, scope);
	scope = build_open(fb, &bodies[1]);
	otherwise = build_expr_as(fb, expr->cond.otherwise, expr->type);
	dead[1] = build_close(fb, scope);
	if (!bodies[0].len && !bodies[1].len && !type_is_aggregate(expr->type))
		return build_select(fb, cond, then, otherwise, expr->span);
	result = build_temp_local(fb, "cond", expr->type, expr->span);
	test = build_if_stmt(fb, cond, expr->span);
	for (unsigned i = 0; i < 2; i++) {
		scope = build_open(fb, &bodies[i]);
		fb->dead = fb->dead || dead[i];
		build_set(fb, result, i ? otherwise : then, expr->span);
		build_close(fb, scope);
	}
	test->iff.then = bodies[0];
	test->iff.otherwise = bodies[1];
	fb->dead = fb->dead || (dead[0] && dead[1]);
	return build_read(fb, result, expr->span);
}

/* ---- literals ---- */

static struct ir_expr *struct_literal(struct fn_build *fb, const struct type *type,
				      struct span span)
{
	struct ir_expr *expr = ir_expr_new(fb->comp, IR_EXPR_STRUCT, type, span);

	type_complete(fb->comp, type);
	for (uint32_t i = 0; i < type->strukt->fields.len; i++)
		vec_push(&fb->comp->arena, &expr->elems, NULL);
	return expr;
}

/* Puts a value at a field, also of an anonymous member; false when there is no such field. */
static bool set_field(struct fn_build *fb, struct ir_expr *literal, const struct field *field,
		      struct ir_expr *value)
{
	const struct field_vec *fields = &literal->type->strukt->fields;
	uint32_t offset;

	for (uint32_t i = 0; i < fields->len; i++) {
		struct field *member = &fields->data[i];

		if (member == field) {
			literal->elems.data[i] = value;
			return true;
		}
		if (member->name || member->type->kind != TYPE_STRUCT ||
		    type_field(member->type, field->name, &offset) != field)
			continue;
		if (!literal->elems.data[i])
			literal->elems.data[i] = struct_literal(fb, member->type, literal->span);
		return set_field(fb, literal->elems.data[i], field, value);
	}
	return false;
}

/* perf_options, opts: what a literal leaves out has a default; text is empty. */
static void add_defaults(struct fn_build *fb, struct ir_expr *literal)
{
	const struct field_vec *fields = &literal->type->strukt->fields;
	bool required;

	if (!predeclared_has_defaults(fb->comp, literal->type))
		return;
	for (uint32_t i = 0; i < fields->len; i++) {
		const struct type *type = fields->data[i].type;
		int64_t value = predeclared_default(fb->comp, literal->type, fields->data[i].name,
						    &required);

		if (!literal->elems.data[i] && type->kind != TYPE_STR)
			literal->elems.data[i] = ir_const(
				fb->comp, type, ir_normalize(type, (uint64_t)value), literal->span);
	}
}

static struct ir_expr *build_struct(struct fn_build *fb, struct expr *expr)
{
	uint32_t count = expr->strukt.inits.len;
	struct expr **exprs = arena_array(&fb->comp->arena, struct expr *, count);
	const struct type **types = arena_array(&fb->comp->arena, const struct type *, count);
	struct ir_expr *literal = struct_literal(fb, expr->type, expr->span);
	struct ir_expr_vec values = {0};

	for (uint32_t i = 0; i < count; i++) {
		exprs[i] = expr->strukt.inits.data[i].value;
		types[i] = expr->strukt.inits.data[i].field->type;
	}
	build_exprs(fb, exprs, count, types, &values);
	for (uint32_t i = 0; i < count; i++)
		if (!set_field(fb, literal, expr->strukt.inits.data[i].field, values.data[i]))
			internal_error(fb->comp, expr->span, "a field of another struct");
	add_defaults(fb, literal);
	return literal;
}

/* `type` is the array that is initialised: a single element fills it. */
static struct ir_expr *build_array(struct fn_build *fb, struct expr *expr, const struct type *type)
{
	uint32_t count = expr->array.elems.len;
	const struct type **types = arena_array(&fb->comp->arena, const struct type *, count);
	struct ir_expr *literal = ir_expr_new(fb->comp, IR_EXPR_ARRAY, type, expr->span);
	uint64_t bits;

	if (!count)
		return build_zero(fb, type, expr->span);
	for (uint32_t i = 0; i < count; i++)
		types[i] = type->array.elem;
	build_exprs(fb, expr->array.elems.data, count, types, &literal->elems);
	if (count > 1 || type->array.count == 1)
		return literal;
	if (ir_is_const(literal->elems.data[0], &bits) && !bits)
		return build_zero(fb, type, expr->span);
	literal->elems.data[0] = build_reusable(fb, literal->elems.data[0], "fill");
	while (literal->elems.len < type->array.count)
		vec_push(&fb->comp->arena, &literal->elems, literal->elems.data[0]);
	return literal;
}

static struct ir_expr *build_new(struct fn_build *fb, struct expr *expr)
{
	struct ir_expr *op = build_op(fb, IR_OP_ALLOC, expr->type, expr->span);

	vec_foreach (arg, &expr->alloc.args)
		build_op_arg(fb, op, build_expr(fb, *arg));
	return op;
}

/* ---- names ---- */

/* A constant of the kernel's headers whose value is not known here (GFP_KERNEL). */
static struct ir_expr *header_constant(struct fn_build *fb, struct expr *expr)
{
	const struct predeclared *constant;
	struct ir_expr *value;

	if (expr->kind != EXPR_NAME)
		return NULL;
	constant = predeclared_find(expr->name.text);
	if (!constant || constant->scope != PREDECLARED_MODULE)
		return NULL;
	value = ir_const(fb->comp, expr->type, 0, expr->span);
	value->symbol = constant->name;
	return value;
}

static struct ir_expr *build_decl_value(struct fn_build *fb, struct expr *expr, struct decl *decl)
{
	struct ir_expr *value;

	if (decl->kind == DECL_FN)
		return build_func_value(fb, decl, build_target(fb), expr->type, expr->span);
	if (decl->kind == DECL_CONST)
		return build_constant(fb->comp, &decl->var.constant, decl->var.type, expr->span);
	if (decl->kind == DECL_MAP) {
		value = ir_expr_new(fb->comp, IR_EXPR_MAP, type_map(fb->comp, decl), expr->span);
		value->map = build_map_for(fb, decl);
		return value;
	}
	if (decl->kind == DECL_EXTERN)
		return build_extern_value(fb, decl, expr->type, expr->span);
	return ir_load(fb->comp, build_place(fb, expr, NULL, NULL), expr->span);
}

/* Reads with what the checker knows of a pointer's memory at this place. */
/* `ctx->sk` of the program's context; packet pointers are loaded where they are used. */
static bool is_context_pointer(struct fn_build *fb, const struct expr *expr)
{
	const struct expr *base = expr->kind == EXPR_FIELD ? expr->field.base : NULL;

	return base && build_target(fb) == TARGET_BPF && expr->type->kind == TYPE_PTR &&
	       expr->type->ptr.region != REGION_PACKET && base->kind == EXPR_NAME &&
	       base->ref.kind == REF_VARIABLE && base->ref.variable->is_param &&
	       !base->ref.variable->is_written && base->type->kind == TYPE_PTR &&
	       base->type->ptr.region == REGION_CTX;
}

static struct ir_expr *context_pointer(struct fn_build *fb, struct expr *expr)
{
	struct context_pointer pointer = {expr->field.base->ref.variable, expr->field.field, NULL};
	struct ir_stmt *set;
	struct ir_expr *value;

	vec_foreach (known, &fb->context_pointers) {
		if (known->context == pointer.context && known->field == pointer.field)
			return build_read(fb, known->local, expr->span);
	}
	value = ir_load(fb->comp, build_place(fb, expr, NULL, NULL), expr->span);
	value->type = expr->type;
	pointer.local = build_temp_local(fb, expr->field.name.text, expr->type, expr->span);
	set = ir_stmt_new(fb->comp, IR_STMT_SET, expr->span);
	set->set.local = pointer.local;
	set->set.value = value;
	vec_push(&fb->comp->arena, &fb->start, set);
	vec_push(&fb->comp->arena, &fb->context_pointers, pointer);
	return build_read(fb, pointer.local, expr->span);
}

static struct ir_expr *load_place(struct fn_build *fb, struct expr *expr)
{
	struct ir_expr *value;

	if (is_context_pointer(fb, expr))
		return context_pointer(fb, expr);
	value = ir_load(fb->comp, build_place(fb, expr, NULL, NULL), expr->span);

	if (value->type->kind == TYPE_PTR && expr->type->kind == TYPE_PTR &&
	    expr->type->ptr.region != REGION_ANY && type_same(value->type, expr->type))
		value->type = expr->type;
	return value;
}

static struct ir_expr *build_name(struct fn_build *fb, struct expr *expr)
{
	struct decl *decl = build_ref_decl(expr);
	struct ir_expr *value;

	if (decl)
		return build_decl_value(fb, expr, decl);
	if (expr->ref.kind == REF_VARIABLE) {
		if (expr->ref.variable->is_const &&
		    expr->ref.variable->constant.kind != CONSTANT_NONE)
			return build_constant(fb->comp, &expr->ref.variable->constant,
					      expr->ref.variable->type, expr->span);
		return load_place(fb, expr);
	}
	value = header_constant(fb, expr);
	if (!value)
		internal_error(fb->comp, expr->span, "a name without meaning");
	return value;
}

static struct ir_expr *build_index(struct fn_build *fb, struct expr *expr)
{
	struct ir_expr_vec values = {0};

	if (expr->index.base->type->kind != TYPE_STR || expr->entry != ENTRY_NONE)
		return load_place(fb, expr);
	build_exprs(fb, (struct expr *const[]){expr->index.base, expr->index.index}, 2, NULL,
		    &values);
	return ir_binary(fb->comp, IR_EXPR_STR_AT, BINARY_NONE, build_types(fb)->char_,
			 values.data[0], values.data[1], expr->span);
}

/* match and if as values: through a temporary. */
static struct ir_expr *build_branching(struct fn_build *fb, struct expr *expr)
{
	struct dest dest = {.kind = DEST_LOCAL};

	if (expr->type->kind == TYPE_VOID) {
		dest.kind = DEST_DISCARD;
		build_to(fb, expr, &dest);
		return NULL;
	}
	dest.local = build_temp_local(fb, expr->kind == EXPR_MATCH ? "match" : "if", expr->type,
				      expr->span);
	/* The caller converts. */
	dest.stop = true;
	build_to(fb, expr, &dest);
	return build_read(fb, dest.local, expr->span);
}

static struct ir_expr *build_cast(struct fn_build *fb, struct expr *expr)
{
	struct expr *operand = expr->cast.operand;
	struct ir_expr *value = build_expr(fb, operand);

	return build_convert(fb, value, expr->type);
}

/* ---- the dispatch ---- */

struct ir_expr *build_root(struct fn_build *fb, struct expr *expr)
{
	if (expr->constant.kind != CONSTANT_NONE)
		return build_constant(fb->comp, &expr->constant, expr->type, expr->span);
	switch (expr->kind) {
	case EXPR_NULL:
		return build_null(fb, expr->to ? expr->to : expr->type, expr->span);
	case EXPR_NAME:
		return build_name(fb, expr);
	case EXPR_UNARY:
		return build_unary_expr(fb, expr);
	case EXPR_BINARY:
		return build_binary(fb, expr);
	case EXPR_COND:
		return build_conditional(fb, expr);
	case EXPR_CAST:
		return build_cast(fb, expr);
	case EXPR_CALL:
		return build_is_entry(expr) ? build_popped(fb, expr) : build_call(fb, expr);
	case EXPR_INDEX:
		return build_index(fb, expr);
	case EXPR_FIELD:
		return build_ref_decl(expr) ? build_decl_value(fb, expr, build_ref_decl(expr))
					    : load_place(fb, expr);
	case EXPR_ARRAY:
		return build_array(
			fb, expr, expr->to && expr->to->kind == TYPE_ARRAY ? expr->to : expr->type);
	case EXPR_STRUCT:
		return build_struct(fb, expr);
	case EXPR_MATCH:
	case EXPR_IF:
		return build_branching(fb, expr);
	case EXPR_NEW:
		return build_new(fb, expr);
	case EXPR_INT:
	case EXPR_FLOAT:
	case EXPR_CHAR:
	case EXPR_STRING:
	case EXPR_BOOL:
	case EXPR_SIZEOF:
	case EXPR_ERROR:
		break;
	}
	internal_error(fb->comp, expr->span, "an expression that is no constant");
}

static const char *temp_name(const struct expr *expr)
{
	if (expr->kind == EXPR_CALL && expr->call.callee->kind == EXPR_NAME)
		return expr->call.callee->name.text;
	if (expr->kind == EXPR_CALL && expr->call.callee->kind == EXPR_FIELD)
		return expr->call.callee->field.name.text;
	return "value";
}

struct ir_expr *build_expr(struct fn_build *fb, struct expr *expr)
{
	struct ir_expr *value = build_pure(fb, build_root(fb, expr), temp_name(expr));

	if (!value)
		internal_error(fb->comp, expr->span, "a value that is void");
	if (build_is_window(expr))
		return build_pure(fb, build_window(fb, value, expr->to, expr->span), "window");
	return build_convert(fb, value, expr->to);
}

struct ir_expr *build_expr_as(struct fn_build *fb, struct expr *expr, const struct type *type)
{
	return build_convert(fb, build_expr(fb, expr), type);
}
