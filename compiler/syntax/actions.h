/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the grammar's actions call: each function builds one node, or adds to a list that is
 * handed on by value. A node that would make the tree deeper than AST_NESTING_MAX is reported and
 * replaced by an error node. `slip_*` report a known slip that the grammar lets pass.
 */
#ifndef KSC_SYNTAX_ACTIONS_H
#define KSC_SYNTAX_ACTIONS_H

#include "syntax/parse.h"

#define NO_NAME	 ((struct ast_name){0})
#define NO_EXPRS ((struct expr_vec){0})
#define NO_ITEMS ((struct enum_item_vec){0})

/* The result of a function: its type, and its name when it has one. */
struct result {
	struct ast_name name;
	struct type_expr *type;
};

struct extern_from {
	const char *header, *library;
};

/* ---- declarations (actions_decl.c) ---- */

void parse_add_decl(struct parser *p, struct decl *decl);
/* Gives a declaration its span, attributes and documentation. */
struct decl *decl_finish(struct parser *p, struct decl *decl, struct attribute_vec attributes,
			 struct span span);
struct attribute_vec attribute_add(struct parser *p, struct attribute_vec list,
				   struct ast_name name, const struct expr_vec *args,
				   struct span op_span);
struct decl *decl_struct(struct parser *p, bool is_union, struct ast_name name,
			 struct field_decl_vec fields, struct span close);
struct decl *decl_enum(struct parser *p, struct ast_name name, struct enum_item_vec items);
struct decl *decl_alias(struct parser *p, struct ast_name name, struct type_expr *target);
struct decl *decl_const(struct parser *p, struct ast_name name, struct type_expr *type,
			struct expr *value);
/* A global variable, or a map when its type is a map's. */
struct decl *decl_global(struct parser *p, struct ast_name name, struct type_expr *type,
			 struct expr *value);
struct decl *decl_storage(struct decl *decl, bool is_pinned, bool is_local);
struct decl *decl_config(struct parser *p, bool is_const, struct ast_name name,
			 struct field_decl_vec fields);
struct decl *decl_impl(struct parser *p, struct ast_name name, struct impl_member_vec members);
/* FN and EXTERN: a name and parameters, which decl_fn() and decl_extern() complete. */
struct decl *decl_head(struct parser *p, enum decl_kind kind, struct ast_name name,
		       struct param_vec params);
struct decl *decl_fn(struct parser *p, struct decl *head, const struct result *result,
		     struct stmt *body, struct span span);
struct decl *decl_extern(struct parser *p, struct decl *head, const struct result *result,
			 const struct extern_from *from);
struct decl *decl_include(struct parser *p, struct token_text path, struct span span);
struct decl *decl_import(struct parser *p, struct ast_name name, struct token_text path,
			 struct span span);

struct param_vec param_add(struct parser *p, struct param_vec list, struct ast_name name,
			   struct type_expr *type);
struct result *result_new(struct parser *p, struct ast_name name, struct type_expr *type);
struct extern_from *extern_from_new(struct parser *p, struct token_text header,
				    const struct token_text *library);
struct field_decl *field_new(struct parser *p, struct ast_name name, struct type_expr *type,
			     struct expr *bits, struct expr *value);
/* A field of NULL, after an error, is left out. */
struct field_decl_vec field_add(struct parser *p, struct field_decl_vec list,
				const struct field_decl *field);
struct enum_item_vec item_add(struct parser *p, struct enum_item_vec list, struct ast_name name,
			      struct expr *value);
struct impl_member_vec member_add_fn(struct parser *p, struct impl_member_vec list,
				     struct decl *fn);
struct impl_member_vec member_add_value(struct parser *p, struct impl_member_vec list,
					struct ast_name name, struct expr *value);

/* ---- types (actions_type.c) ---- */

struct type_expr *type_expr_named(struct parser *p, struct ast_name module, struct ast_name name);
struct type_expr *type_expr_str(struct parser *p, struct expr *capacity, struct span span);
struct type_expr *type_expr_pointer(struct parser *p, struct type_expr *target, struct span span);
/* `T[N][M]` is N arrays of M elements. */
struct type_expr *type_expr_array(struct parser *p, struct type_expr *elem, struct expr_vec dims,
				  struct span span);
/* `[T; N]` */
struct type_expr *type_expr_array_one(struct parser *p, struct type_expr *elem, struct expr *count,
				      struct span span);
struct type_expr *type_expr_fn(struct parser *p, struct param_vec params, struct type_expr *result,
			       struct span span);
struct type_expr *type_expr_map(struct parser *p, struct ast_name kind, struct type_expr_vec args,
				struct expr *max_entries, struct span span);
struct type_expr_vec types_add(struct parser *p, struct type_expr_vec list, struct type_expr *type);

/* ---- statements (actions_stmt.c) ---- */

struct stmt *stmt_block(struct parser *p, struct stmt_vec stmts, struct span span,
			struct span close);
/* What stands after a header: a block as it is, another statement in a block without braces. */
struct stmt *stmt_body(struct parser *p, struct stmt *stmt);
/* A statement of NULL is none. */
struct stmt_vec stmts_add(struct parser *p, struct stmt_vec list, struct stmt *stmt);
struct stmt *stmt_var(struct parser *p, enum stmt_kind kind, struct ast_name name,
		      struct type_expr *type, struct expr *value, struct span span);
struct stmt *stmt_var_else(struct parser *p, struct stmt *var, struct stmt *otherwise,
			   struct span span);
/* EXPR and THROW */
struct stmt *stmt_expr(struct parser *p, enum stmt_kind kind, struct expr *value, struct span span);
struct stmt *stmt_assign(struct parser *p, enum binary_op op, struct expr *target,
			 struct expr *value, struct span span, struct span op_span);
struct stmt *stmt_return(struct parser *p, struct expr *value, struct expr *otherwise,
			 struct span span);
struct stmt *stmt_delete(struct parser *p, struct expr *target, struct span span);
struct stmt *stmt_defer(struct parser *p, struct expr *call, struct stmt *block, struct span span);
struct stmt *stmt_if(struct parser *p, struct condition_vec conds, struct stmt *then,
		     struct stmt *otherwise, struct span span);
struct stmt *stmt_while(struct parser *p, struct expr *cond, struct stmt *body, struct span span);
struct stmt *stmt_for(struct parser *p, struct ast_name name, struct expr *from, struct expr *to,
		      bool inclusive, struct span span);
struct stmt *stmt_for_map_names(struct parser *p, struct ast_name key, struct ast_name value,
				struct span span);
struct stmt *stmt_for_map(struct stmt *names, struct expr *map, struct span span);
/* Completes FOR and FOR_MAP. */
struct stmt *stmt_for_body(struct parser *p, struct stmt *head, struct stmt *body,
			   struct span span);
struct stmt *stmt_try(struct parser *p, struct stmt *body, struct catch_vec catches,
		      struct span span);
/* `call` is `lock(place)`, as the grammar reads it. */
struct stmt *stmt_lock(struct parser *p, struct expr *call, struct stmt *body, struct span span);
struct catch_vec catch_add(struct parser *p, struct catch_vec list, struct expr *code,
			   struct stmt *block, struct span span);
struct condition *cond_new(struct parser *p, struct ast_name name, struct type_expr *type,
			   struct expr *value);
struct condition_vec cond_add(struct parser *p, struct condition_vec list,
			      const struct condition *cond);
struct condition_vec conds_error(struct parser *p, struct span span);

/* ---- expressions (actions_expr.c) ---- */

struct expr *expr_name(struct parser *p, struct ast_name name);
/* INT, CHAR, BOOL */
struct expr *expr_int(struct parser *p, enum expr_kind kind, uint64_t value, struct span span);
struct expr *expr_float(struct parser *p, double value, struct span span);
struct expr *expr_string(struct parser *p, struct token_text text, struct span span);
struct expr *expr_parens(struct expr *expr, struct span span);
struct expr *expr_unary(struct parser *p, enum unary_op op, struct expr *operand, struct span span);
struct expr *expr_binary(struct parser *p, enum binary_op op, struct expr *left, struct expr *right,
			 struct span op_span);
struct expr *expr_cond(struct parser *p, struct expr *cond, struct expr *then,
		       struct expr *otherwise);
struct expr *expr_cast(struct parser *p, struct expr *operand, struct type_expr *target,
		       struct span span);
struct expr *expr_call(struct parser *p, struct expr *callee, struct expr_vec args,
		       struct span span);
struct expr *expr_index(struct parser *p, struct expr *base, struct expr *index, struct span span);
struct expr *expr_field(struct parser *p, struct expr *base, struct ast_name name, bool arrow,
			struct span span);
struct expr *expr_array(struct parser *p, struct expr_vec elems, struct span span);
/* `name` is what stands before the brace; it must be a type's name. */
struct expr *expr_struct(struct parser *p, struct expr *name, struct expr *inits, struct span span);
struct expr *expr_match(struct parser *p, struct expr_vec values, struct match_arm_vec arms,
			struct span span);
/* What a match looks at, which must not be nothing. */
struct expr_vec match_values(struct parser *p, struct expr_vec values, struct span parens);
struct expr *expr_if(struct parser *p, struct condition_vec conds, struct stmt *then,
		     struct stmt *otherwise, struct span span);
struct expr *expr_new(struct parser *p, struct type_expr *type, struct expr_vec args,
		      struct span span);
struct expr *expr_sizeof(struct parser *p, struct type_expr *type, struct expr *value,
			 struct span span);
struct expr_vec exprs_add(struct parser *p, struct expr_vec list, struct expr *expr);
/* A list of one error node. */
struct expr_vec exprs_error(struct parser *p, struct span span);
/* The fields of a struct literal are gathered in the node that expr_struct() completes. */
struct expr *inits_new(struct parser *p);
struct expr *inits_rest(struct expr *inits);
struct expr *init_add(struct parser *p, struct expr *inits, struct ast_name name,
		      struct expr *value);
struct match_arm *arm_new(struct parser *p, struct pattern *pattern, struct expr *value,
			  struct stmt *block, struct span span);
/* An arm of NULL, after an error, is left out. */
/* `A: other(ctx) else VERDICT`, which leaves: `A: { return other(ctx) else VERDICT }`. */
struct match_arm *arm_tail(struct parser *p, struct pattern *pattern, struct expr *call,
			   struct expr *verdict, struct span span);
struct match_arm_vec arm_add(struct parser *p, struct match_arm_vec list,
			     const struct match_arm *arm);
/* VALUE and RANGE */
struct pattern *pattern_range(struct parser *p, enum pattern_kind kind, struct expr *low,
			      struct expr *high, bool inclusive, struct span span);
struct pattern *pattern_or(struct parser *p, struct pattern *left, struct pattern *right);
struct pattern *pattern_tuple(struct parser *p, struct pattern_vec parts, struct span span);
struct pattern_vec pattern_add(struct parser *p, struct pattern_vec list, struct pattern *pattern);

/* ---- slips (slips.c) ---- */

/* A statement assigns to something that is no place. */
void slip_assign_target(struct parser *p, const struct expr *target, struct span op_span);
/* `;` or nothing after a field, an enum item, an arm. */
void slip_field_end(struct parser *p, struct span end);
void slip_item_end(struct parser *p, struct span end);
void slip_arm_end(struct parser *p, struct span end);
/* `priv` is a word of the language without a meaning so far. */
void slip_private(struct parser *p, struct span span);
/* `NULL` */
struct expr *slip_null(struct parser *p, struct span span);
/* `if (a = b)` */
struct condition *slip_cond_assign(struct parser *p, struct expr *target, struct expr *value,
				   struct span op_span);
/* A function inside a function. */
struct stmt *slip_nested_fn(struct parser *p, struct decl *fn, struct span span);

/* ---- depth ---- */

/* The depth of a tree above one of `below`; 0 after a report that it would be too deep. */
static inline uint16_t depth_above(struct parser *p, uint32_t below, struct span span)
{
	if (below < AST_NESTING_MAX)
		return (uint16_t)(below + 1);
	parse_too_deep(p, span);
	return 0;
}

static inline uint32_t depth_of(const struct expr *expr)
{
	return expr ? expr->depth : 0;
}

static inline uint32_t depth_max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

#endif
