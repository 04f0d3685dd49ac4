/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions with the language's meaning.
 *
 * Two questions decide how an integer is printed. First, does somebody see more than the low bits
 * of the type (`low` false)? Then a value of 8 or 16 bits that C computed in `int` is cut back.
 * Second, is the text's C type the expression's own (is_typed())? C computes 32 and 64 bits in
 * the right width only when one operand has it.
 */
#include "cgen/cprint.h"
#include "cgen/c_int.h"

#include <string.h>

static struct c_text value(struct cgen *cg, const struct ir_expr *expr, bool low);

const char *c_paren(struct cgen *cg, struct c_text text, enum c_prec min)
{
	return text.prec < min ? c_format(cg, "(%s)", text.text) : text.text;
}

static struct c_text cast(struct cgen *cg, const struct type *type, struct c_text text)
{
	return (struct c_text){
		c_format(cg, "(%s)%s", c_type(cg, type), c_paren(cg, text, PREC_UNARY)),
		PREC_UNARY};
}

static struct c_text call_1(struct cgen *cg, const char *function, const char *arg)
{
	return (struct c_text){c_format(cg, "%s(%s)", function, arg), PREC_POSTFIX};
}

/* ---- integers ---- */

/* Of exactly the expression's type in C. */
static struct c_text typed(struct cgen *cg, const struct ir_expr *expr)
{
	const struct type *type = type_underlying(expr->type);
	struct c_text text = value(cg, expr, false);

	if (c_is_typed(expr))
		return text;
	if (expr->kind == IR_EXPR_CONST && type->kind == TYPE_INT && text.prec == PREC_PRIMARY &&
	    expr->type->kind == TYPE_INT) {
		text.text = c_format(cg, "%s%s%s", text.text, type->integer.is_signed ? "" : "u",
				     type->size == 8 ? "ll" : "");
		return text;
	}
	return cast(cg, expr->type, text);
}

const char *c_typed_argument(struct cgen *cg, const struct ir_expr *expr)
{
	return c_paren(cg, typed(cg, expr), PREC_ASSIGN);
}

/* Compilers warn of a constant that an implicit conversion cuts, also in an arm of `?:`. */
static bool has_constant_arm(const struct ir_expr *expr)
{
	return expr->kind == IR_EXPR_SELECT &&
	       (expr->select.then->kind == IR_EXPR_CONST ||
		expr->select.otherwise->kind == IR_EXPR_CONST ||
		has_constant_arm(expr->select.then) || has_constant_arm(expr->select.otherwise));
}

static struct c_text convert_int(struct cgen *cg, const struct ir_expr *expr, bool low)
{
	const struct ir_expr *operand = expr->convert.operand;
	const struct type *to = expr->type;
	bool narrows = operand->type->size >= to->size;
	const struct type *seen = c_seen_enum(operand);
	struct c_text text;

	if (operand->kind == IR_EXPR_CONST && !operand->symbol)
		return c_bits(cg, to, c_int_fit(to, operand->bits));
	if ((!low || has_constant_arm(operand)) && !c_preserves(operand->type, to))
		return cast(cg, to, value(cg, operand, narrows));
	text = value(cg, operand, low && narrows);
	/* One enum's value is silently stored in another's only through a cast. */
	if (low && seen && to->kind == TYPE_ENUM && seen != to)
		return cast(cg, to, text);
	return text;
}

static const char *type_suffix(struct cgen *cg, const struct type *type)
{
	type = type_underlying(type);
	if (type->kind == TYPE_INT)
		return type_name(cg->comp, type);
	return c_format(cg, "u%u", type->size * 8);
}

/* ks_div_u32(a, b), ks_shl_i8(a, n) ... */
static struct c_text op_call(struct cgen *cg, const char *op, const struct ir_expr *expr)
{
	return (struct c_text){c_format(cg, "ks_%s_%s(%s, %s)", op, type_suffix(cg, expr->type),
					c_argument(cg, expr->binary.left),
					c_argument(cg, expr->binary.right)),
			       PREC_POSTFIX};
}

static const struct {
	const char *text, *function;
	enum c_prec prec;
} operators[] = {
	[BINARY_ADD] = {"+", NULL, PREC_ADD},	  [BINARY_SUB] = {"-", NULL, PREC_ADD},
	[BINARY_MUL] = {"*", NULL, PREC_MUL},	  [BINARY_DIV] = {"/", "div", PREC_MUL},
	[BINARY_MOD] = {"%", "mod", PREC_MUL},	  [BINARY_AND] = {"&", NULL, PREC_BITAND},
	[BINARY_OR] = {"|", NULL, PREC_BITOR},	  [BINARY_XOR] = {"^", NULL, PREC_BITXOR},
	[BINARY_SHL] = {"<<", "shl", PREC_SHIFT}, [BINARY_SHR] = {">>", "shr", PREC_SHIFT},
	[BINARY_EQ] = {"==", NULL, PREC_EQUAL},	  [BINARY_NE] = {"!=", NULL, PREC_EQUAL},
	[BINARY_LT] = {"<", NULL, PREC_ORDER},	  [BINARY_LE] = {"<=", NULL, PREC_ORDER},
	[BINARY_GT] = {">", NULL, PREC_ORDER},	  [BINARY_GE] = {">=", NULL, PREC_ORDER},
};

/*
 * An operand of an operator. Compilers ask for parentheses where precedence surprises people:
 * any other operator below a shift or a bit operation.
 */
static const char *operand_text(struct cgen *cg, struct c_text text, enum binary_op op,
				bool is_right)
{
	enum c_prec prec = operators[op].prec, min = is_right ? prec + 1 : prec;

	if (prec >= PREC_BITOR && prec <= PREC_SHIFT && text.prec != prec)
		min = PREC_UNARY;
	if (prec == PREC_EQUAL || prec == PREC_ORDER)
		min = PREC_SHIFT;
	return c_paren(cg, text, min);
}

static struct c_text infix(struct cgen *cg, struct c_text left, enum binary_op op,
			   struct c_text right)
{
	return (struct c_text){c_format(cg, "%s %s %s", operand_text(cg, left, op, false),
					operators[op].text, operand_text(cg, right, op, true)),
			       operators[op].prec};
}

/* + - * & | ^ */
static struct c_text modular(struct cgen *cg, const struct ir_expr *expr, bool low)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	enum binary_op op = expr->binary.op;
	bool is_bits = op == BINARY_AND || op == BINARY_OR || op == BINARY_XOR;
	struct c_text text, l, r;

	if (expr->type->size < 4) {
		/* Exact operands of a bit operation give an exact result. */
		bool operands_low = low || !is_bits;

		if (expr->type->kind == TYPE_BOOL)
			operands_low = false;
		text = infix(cg, value(cg, left, operands_low), op, value(cg, right, operands_low));
		return operands_low && !low ? cast(cg, expr->type, text) : text;
	}
	if (c_is_typed(left) || c_is_typed(right)) {
		l = value(cg, left, false);
		r = value(cg, right, false);
	} else if (left->kind == IR_EXPR_CONST) {
		l = value(cg, left, false);
		r = typed(cg, right);
	} else {
		l = typed(cg, left);
		r = value(cg, right, false);
	}
	return infix(cg, l, op, r);
}

/* Can the plain operator be used, given what is known of the divisor? */
static bool divides_plainly(const struct ir_expr *expr)
{
	const struct ir_expr *divisor = expr->binary.right;

	if (divisor->kind == IR_EXPR_CONST && !divisor->symbol)
		return divisor->bits && (!c_is_signed(expr->type) || divisor->bits != UINT64_MAX);
	return expr->binary.divisor_nonzero && !c_is_signed(expr->type);
}

static struct c_text divide(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	struct c_text l, r;

	if (!divides_plainly(expr))
		return op_call(cg, operators[expr->binary.op].function, expr);
	r = value(cg, right, false);
	l = expr->type->size < 4 || c_is_typed(right) ? value(cg, left, false) : typed(cg, left);
	return infix(cg, l, expr->binary.op, r);
}

static struct c_text shift(struct cgen *cg, const struct ir_expr *expr, bool low)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	bool narrow = expr->type->size < 4, is_left = expr->binary.op == BINARY_SHL;
	struct c_text text, count;

	if (right->kind != IR_EXPR_CONST || right->symbol || right->bits >= expr->type->size * 8)
		return op_call(cg, operators[expr->binary.op].function, expr);
	count = c_bits(cg, right->type, right->bits);
	text = narrow ? value(cg, left, is_left) : typed(cg, left);
	text = infix(cg, text, expr->binary.op, count);
	return narrow && is_left && !low ? cast(cg, expr->type, text) : text;
}

static struct c_text binary(struct cgen *cg, const struct ir_expr *expr, bool low)
{
	if (expr->type->kind == TYPE_FLOAT)
		return infix(cg, value(cg, expr->binary.left, false), expr->binary.op,
			     value(cg, expr->binary.right, false));
	switch (expr->binary.op) {
	case BINARY_ADD:
	case BINARY_SUB:
	case BINARY_MUL:
	case BINARY_AND:
	case BINARY_OR:
	case BINARY_XOR:
		return modular(cg, expr, low);
	case BINARY_DIV:
	case BINARY_MOD:
		return divide(cg, expr);
	case BINARY_SHL:
	case BINARY_SHR:
		return shift(cg, expr, low);
	case BINARY_EQ:
	case BINARY_NE:
	case BINARY_LT:
	case BINARY_LE:
	case BINARY_GT:
	case BINARY_GE:
	case BINARY_LOGAND:
	case BINARY_LOGOR:
	case BINARY_NONE:
		break;
	}
	internal_error(cg->comp, expr->span, "a BINARY that is no arithmetic");
}

static struct c_text unary(struct cgen *cg, const struct ir_expr *expr, bool low)
{
	const struct ir_expr *operand = expr->unary.operand;
	bool narrow = expr->type->size < 4;
	char sign = expr->unary.op == UNARY_NEG ? '-' : '~';
	struct c_text text;
	const char *inner;

	if (expr->unary.op == UNARY_NOT)
		return c_condition(cg, expr);
	text = narrow ? value(cg, operand, true) : typed(cg, operand);
	inner = c_paren(cg, text, PREC_UNARY);
	text = (struct c_text){c_format(cg, *inner == sign ? "%c(%s)" : "%c%s", sign, inner),
			       PREC_UNARY};
	return narrow && !low && expr->type->kind != TYPE_FLOAT ? cast(cg, expr->type, text) : text;
}

/* ---- comparisons ---- */

/* Enums of two types, or integers whose C types would be compared in the wrong one. */
static bool needs_anchor(const struct ir_expr *left, const struct ir_expr *right)
{
	if (left->type->size < 4 || left->type->kind == TYPE_FLOAT || c_is_typed(left) ||
	    c_is_typed(right))
		return false;
	if (left->kind == IR_EXPR_CONST || right->kind == IR_EXPR_CONST)
		return false;
	return c_width(left) >= 32 || c_width(right) >= 32;
}

/* A lookup's pointer that is printed as a bool. */
static bool is_presence(struct cgen *cg, const struct ir_expr *expr)
{
	return expr->kind == IR_EXPR_LOAD && expr->place->kind == IR_PLACE_LOCAL &&
	       cg->locals[expr->place->local->index].is_presence;
}

static struct c_text presence(struct cgen *cg, const struct ir_expr *expr, enum binary_op op)
{
	struct c_text text = value(cg, expr, false);

	if (op == BINARY_NE)
		return text;
	return (struct c_text){c_format(cg, "!%s", c_paren(cg, text, PREC_UNARY)), PREC_UNARY};
}

static struct c_text compare(struct cgen *cg, const struct ir_expr *expr, enum binary_op op)
{
	const struct ir_expr *left = expr->binary.left, *right = expr->binary.right;
	const struct type *left_enum = c_seen_enum(left), *right_enum = c_seen_enum(right);
	struct c_text l, r;
	bool result;

	if (c_compare_folds(cg, expr, op, &result))
		return (struct c_text){result ? "true" : "false", PREC_PRIMARY};
	if (is_presence(cg, left))
		return presence(cg, left, op);
	l = needs_anchor(left, right) ? typed(cg, left) : value(cg, left, false);
	r = value(cg, right, false);
	if (left_enum && right_enum && left_enum != right_enum)
		l = cast(cg, type_underlying(left->type), l);
	if (left->type->kind == TYPE_PTR && right->type->kind == TYPE_PTR &&
	    strcmp(c_type(cg, left->type), c_type(cg, right->type)) != 0)
		r = cast(cg, left->type, r);
	/* `!a == b` is taken for a slip. */
	if (*l.text == '!' && l.prec == PREC_UNARY)
		l.prec = PREC_ASSIGN;
	return infix(cg, l, op, r);
}

static enum binary_op inverse(enum binary_op op)
{
	static const enum binary_op inverses[] = {
		[BINARY_EQ] = BINARY_NE, [BINARY_NE] = BINARY_EQ, [BINARY_LT] = BINARY_GE,
		[BINARY_GE] = BINARY_LT, [BINARY_GT] = BINARY_LE, [BINARY_LE] = BINARY_GT,
	};

	return inverses[op];
}

static bool is_null(const struct ir_expr *expr)
{
	return expr->kind == IR_EXPR_CONST && !expr->bits &&
	       (expr->type->kind == TYPE_PTR || expr->type->kind == TYPE_FN ||
		expr->type->kind == TYPE_HANDLE || expr->type->kind == TYPE_PERF);
}

/* `p`, `!p` for comparisons with null, the other forms as they are. */
static struct c_text compare_condition(struct cgen *cg, const struct ir_expr *expr,
				       enum binary_op op)
{
	const struct ir_expr *left = expr->binary.left;
	struct c_text text;
	bool result;

	if (!is_null(expr->binary.right) || (op != BINARY_EQ && op != BINARY_NE) ||
	    c_compare_folds(cg, expr, op, &result))
		return compare(cg, expr, op);
	text = value(cg, left, false);
	if (op == BINARY_NE)
		return text;
	return (struct c_text){c_format(cg, "!%s", c_paren(cg, text, PREC_UNARY)), PREC_UNARY};
}

static struct c_text bool_text(struct cgen *cg, const struct ir_expr *expr, bool is_condition)
{
	const struct ir_expr *operand = expr->convert.operand;
	struct c_text text = value(cg, operand, false);
	bool is_pointer = operand->type->kind == TYPE_PTR || operand->type->kind == TYPE_FN ||
			  operand->type->kind == TYPE_HANDLE || operand->type->kind == TYPE_PERF;

	if (operand->kind == IR_EXPR_ADDR || operand->kind == IR_EXPR_FUNC)
		return (struct c_text){"true", PREC_PRIMARY};
	if (operand->kind == IR_EXPR_CONST && !operand->symbol)
		return (struct c_text){operand->bits ? "true" : "false", PREC_PRIMARY};
	if (is_presence(cg, operand))
		return text;
	/* What a compiler takes for a slip when it stands alone: a << b, a * b, a ? 1 : 2. */
	if (is_condition && (is_pointer || text.prec >= PREC_UNARY || text.prec == PREC_BITAND))
		return text;
	return (struct c_text){
		c_format(cg, "%s != %s", c_paren(cg, text, PREC_SHIFT), is_pointer ? "NULL" : "0"),
		PREC_EQUAL};
}

/* && below || is put in parentheses: compilers ask for it. */
struct c_text c_logical(struct cgen *cg, struct c_text left, enum c_prec prec, struct c_text right)
{
	return (struct c_text){
		c_format(cg, "%s %s %s", c_paren(cg, left, left.prec == prec ? prec : PREC_BITOR),
			 prec == PREC_LOGAND ? "&&" : "||", c_paren(cg, right, PREC_BITOR)),
		prec};
}

static struct c_text logical(struct cgen *cg, const struct ir_expr *expr)
{
	struct c_text left = c_condition(cg, expr->binary.left);

	return c_logical(cg, left, expr->kind == IR_EXPR_LOGAND ? PREC_LOGAND : PREC_LOGOR,
			 c_condition(cg, expr->binary.right));
}

static struct c_text negation(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *operand = expr->unary.operand;
	struct c_text text;

	if (operand->kind == IR_EXPR_UNARY && operand->unary.op == UNARY_NOT)
		return c_condition(cg, operand->unary.operand);
	if (operand->kind == IR_EXPR_COMPARE && operand->binary.left->type->kind != TYPE_FLOAT)
		return compare_condition(cg, operand, inverse(operand->binary.op));
	text = c_condition(cg, operand);
	return (struct c_text){c_format(cg, "!%s", c_paren(cg, text, PREC_UNARY)), PREC_UNARY};
}

struct c_text c_condition(struct cgen *cg, const struct ir_expr *expr)
{
	if (expr->kind == IR_EXPR_LOGAND || expr->kind == IR_EXPR_LOGOR)
		return logical(cg, expr);
	if (expr->kind == IR_EXPR_UNARY && expr->unary.op == UNARY_NOT)
		return negation(cg, expr);
	if (expr->kind == IR_EXPR_COMPARE)
		return compare_condition(cg, expr, expr->binary.op);
	if (expr->kind == IR_EXPR_CONVERT && expr->convert.how == IR_CONVERT_BOOL)
		return bool_text(cg, expr, true);
	return value(cg, expr, false);
}

/* ---- conversions ---- */

static struct c_text convert_pointer(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *operand = expr->convert.operand;
	struct c_text text = value(cg, operand, false);

	if (!strcmp(c_type(cg, expr->type), c_type(cg, operand->type)))
		return text;
	return cast(cg, expr->type, text);
}

/* Between pointers and integers of another width: through u64. */
static struct c_text convert_address(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *operand = expr->convert.operand;
	const struct type *u64 = cg->comp->types->u64;
	struct c_text text = value(cg, operand, false);

	if (expr->convert.how == IR_CONVERT_PTR_INT && expr->type->size < 8)
		text = cast(cg, u64, text);
	if (expr->convert.how == IR_CONVERT_INT_PTR && !c_is_typed(operand))
		text = cast(cg, u64, text);
	else if (expr->convert.how == IR_CONVERT_INT_PTR && operand->type->size < 8)
		text = cast(cg, u64, text);
	return cast(cg, expr->type, text);
}

static struct c_text convert(struct cgen *cg, const struct ir_expr *expr, bool low)
{
	const struct ir_expr *operand = expr->convert.operand;

	switch (expr->convert.how) {
	case IR_CONVERT_INT:
		return convert_int(cg, expr, low);
	case IR_CONVERT_BOOL:
		return bool_text(cg, expr, false);
	case IR_CONVERT_SWAP:
		return call_1(cg, c_format(cg, "KS_SWAP%u", expr->type->size * 8),
			      c_argument(cg, operand));
	case IR_CONVERT_BITS:
		if (c_is_signed(expr->type) == c_is_signed(operand->type))
			return value(cg, operand, low);
		return cast(cg, expr->type, value(cg, operand, true));
	case IR_CONVERT_TO_FLOAT:
		return cast(cg, expr->type, value(cg, operand, false));
	case IR_CONVERT_FROM_FLOAT:
		return call_1(cg, c_format(cg, "ks_%s_of_float", type_suffix(cg, expr->type)),
			      c_argument(cg, operand));
	case IR_CONVERT_FLOAT:
		if (expr->type->size > operand->type->size)
			return value(cg, operand, false);
		return cast(cg, expr->type, value(cg, operand, false));
	case IR_CONVERT_POINTER:
		return convert_pointer(cg, expr);
	case IR_CONVERT_PTR_INT:
	case IR_CONVERT_INT_PTR:
		return convert_address(cg, expr);
	case IR_CONVERT_STR:
	case IR_CONVERT_ARRAY:
		return c_text_convert(cg, expr);
	}
	internal_error(cg->comp, expr->span, "an unknown conversion");
}

/* ---- the rest ---- */

static struct c_text pointer_add(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *count = expr->binary.right;
	struct c_text left = value(cg, expr->binary.left, false);

	if (count->kind == IR_EXPR_CONST && (int64_t)count->bits < 0 &&
	    count->bits != (uint64_t)INT64_MIN)
		return infix(cg, left, BINARY_SUB, c_bits(cg, count->type, 0 - count->bits));
	return infix(cg, left, BINARY_ADD, value(cg, count, false));
}

/* `c ? -1 : x` of a 64-bit type, where x is shown as the u32 that it was: C would make u32 of -1.
 */
static bool meets_unsigned(const struct ir_expr *constant, const struct ir_expr *other)
{
	return constant->kind == IR_EXPR_CONST && type_is_signed(constant->type) &&
	       (int64_t)constant->bits < 0 && constant->type->size == 8 && c_width(other) < 64;
}

static struct c_text select(struct cgen *cg, const struct ir_expr *expr)
{
	const struct ir_expr *then = expr->select.then, *otherwise = expr->select.otherwise;
	struct c_text cond = c_condition(cg, expr->select.cond);
	struct c_text a = value(cg, then, false), b = value(cg, otherwise, false);
	const struct type *a_enum = c_seen_enum(then), *b_enum = c_seen_enum(otherwise);

	if ((a_enum && b_enum && a_enum != b_enum) || meets_unsigned(then, otherwise) ||
	    meets_unsigned(otherwise, then) ||
	    (c_is_int(expr->type) && needs_anchor(then, otherwise)))
		a = cast(cg, type_underlying(expr->type), a);
	return (struct c_text){c_format(cg, "%s ? %s : %s", c_paren(cg, cond, PREC_LOGOR),
					c_paren(cg, a, PREC_COND), c_paren(cg, b, PREC_COND)),
			       PREC_COND};
}

static struct c_text value(struct cgen *cg, const struct ir_expr *expr, bool low)
{
	switch (expr->kind) {
	case IR_EXPR_CONST:
	case IR_EXPR_FLOAT:
		return c_const(cg, expr);
	case IR_EXPR_STRING:
		return c_string(cg, expr);
	case IR_EXPR_ZERO:
	case IR_EXPR_STRUCT:
	case IR_EXPR_ARRAY:
		return c_aggregate(cg, expr);
	case IR_EXPR_LOAD:
		return c_place(cg, expr->place);
	case IR_EXPR_ADDR:
		return c_place_address(cg, expr->place);
	case IR_EXPR_UNARY:
		return unary(cg, expr, low);
	case IR_EXPR_BINARY:
		return binary(cg, expr, low);
	case IR_EXPR_COMPARE:
		return compare(cg, expr, expr->binary.op);
	case IR_EXPR_CONVERT:
		return convert(cg, expr, low);
	case IR_EXPR_LOGAND:
	case IR_EXPR_LOGOR:
		return logical(cg, expr);
	case IR_EXPR_SELECT:
		return select(cg, expr);
	case IR_EXPR_STR_LEN:
	case IR_EXPR_STR_EQ:
	case IR_EXPR_STR_CAT:
	case IR_EXPR_STR_AT:
		return c_text_op(cg, expr);
	case IR_EXPR_PTR_ADD:
		return pointer_add(cg, expr);
	case IR_EXPR_PTR_DIFF:
		return infix(cg, value(cg, expr->binary.left, false), BINARY_SUB,
			     value(cg, expr->binary.right, false));
	case IR_EXPR_FUNC:
		return (struct c_text){c_name(cg, expr->func, expr->func->name), PREC_PRIMARY};
	case IR_EXPR_MAP:
		return (struct c_text){c_format(cg, "&%s", c_name(cg, expr->map, expr->map->name)),
				       PREC_UNARY};
	case IR_EXPR_CALL:
		return c_call(cg, expr, NULL);
	case IR_EXPR_OP:
		return cg->backend->op(cg, expr);
	}
	internal_error(cg->comp, expr->span, "an unknown kind of expression");
}

struct c_text c_expr(struct cgen *cg, const struct ir_expr *expr)
{
	return value(cg, expr, false);
}

struct c_text c_expr_converted(struct cgen *cg, const struct ir_expr *expr)
{
	return value(cg, expr, expr->type->kind != TYPE_BOOL);
}

const char *c_argument(struct cgen *cg, const struct ir_expr *expr)
{
	return c_paren(cg, c_expr_converted(cg, expr), PREC_ASSIGN);
}
