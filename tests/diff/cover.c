/* SPDX-License-Identifier: Apache-2.0 */
#include "cover.h"

#include "tree.h"

#include "ir/ir_walk.h"
#include "kernel/map_kinds.h"

#include <stdio.h>
#include <string.h>

enum group {
	GROUP_DECL,
	GROUP_STMT,
	GROUP_EXPR,
	GROUP_UNARY,
	GROUP_BINARY,
	GROUP_PATTERN,
	GROUP_IR_STMT,
	GROUP_IR_EXPR,
	GROUP_IR_OP,
	GROUP_IR_CONVERT,
	GROUP_IR_ACCESS,
	GROUP_IR_PLACE,
	GROUP_MAP,
	GROUPS
};

_Static_assert(GROUPS == COVER_GROUPS, "cover.h says how many groups there are");

static const char *const decl_names[] = {
#define X(name) [DECL_##name] = #name,
	DECL_KINDS(X)
#undef X
};
static const char *const stmt_names[] = {
#define X(name) [STMT_##name] = #name,
	STMT_KINDS(X)
#undef X
};
static const char *const expr_names[] = {
#define X(name) [EXPR_##name] = #name,
	EXPR_KINDS(X)
#undef X
};
static const char *const unary_names[] = {"!", "-", "*", "&", "~"};
static const char *const binary_names[] = {
#define X(name, text) [BINARY_##name] = text,
	BINARY_OPS(X)
#undef X
};
static const char *const pattern_names[] = {"VALUE", "RANGE", "ANY", "DEFAULT", "TUPLE", "OR"};
static const char *const ir_stmt_names[] = {
#define X(name) [IR_STMT_##name] = #name,
	IR_STMT_KINDS(X)
#undef X
};
static const char *const ir_expr_names[] = {
#define X(name) [IR_EXPR_##name] = #name,
	IR_EXPR_KINDS(X)
#undef X
};
static const char *const ir_op_names[] = {
#define X(name) [IR_OP_##name] = #name,
	IR_OPS(X)
#undef X
};
static const char *const convert_names[] = {"INT",	"BOOL",	      "SWAP",  "BITS",
					    "TO_FLOAT", "FROM_FLOAT", "FLOAT", "POINTER",
					    "PTR_INT",	"INT_PTR",    "STR",   "ARRAY"};
static const char *const access_names[] = {"DIRECT",  "NULL_ZERO", "NULL_TRAP",	  "PACKET",
					   "CONTEXT", "KERNEL",	   "KERNEL_READ", "USER_READ"};
static const char *const place_names[] = {"LOCAL", "GLOBAL", "DEREF", "FIELD", "INDEX"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * `absent`: what cannot occur: errors, other targets, kernel memory, attachments, times, what ends
 * the program, and what has no result that could be compared.
 */
static const struct {
	const char *title;
	const char *const *names;
	uint32_t count;
	const char *absent;
} groups[GROUPS] = {
	[GROUP_DECL] = {"declarations", decl_names, COUNT(decl_names), " IMPL EXTERN IMPORT "},
	[GROUP_STMT] = {"statements", stmt_names, COUNT(stmt_names), " ERROR "},
	[GROUP_EXPR] = {"expressions", expr_names, COUNT(expr_names), " ERROR "},
	[GROUP_UNARY] = {"unary operators", unary_names, COUNT(unary_names), ""},
	[GROUP_BINARY] = {"binary operators", binary_names, COUNT(binary_names), ""},
	[GROUP_PATTERN] = {"patterns", pattern_names, COUNT(pattern_names), ""},
	[GROUP_IR_STMT] = {"IR statements", ir_stmt_names, COUNT(ir_stmt_names), " COMMENT "},
	[GROUP_IR_EXPR] = {"IR expressions", ir_expr_names, COUNT(ir_expr_names), " MAP "},
	[GROUP_IR_OP] =
		{"IR operations", ir_op_names, COUNT(ir_op_names),
		 " MAP_STORAGE_GET RINGBUF_RESERVE_BYTES RINGBUF_LOST RINGBUF_ON_EVENT DISPATCH "
		 "KPTR_STORE LOAD ATTACH ATTACH_PERF DETACH PERF_READ REGISTER UNREGISTER "
		 "STOPPING SLEEP TEST_RUN EXEC DAEMON BUILTIN HELPER KFUNC EXTERN "},
	[GROUP_IR_CONVERT] = {"IR conversions", convert_names, COUNT(convert_names),
			      " PTR_INT INT_PTR ARRAY "},
	[GROUP_IR_ACCESS] = {"IR accesses", access_names, COUNT(access_names),
			     " KERNEL KERNEL_READ USER_READ "},
	[GROUP_IR_PLACE] = {"IR places", place_names, COUNT(place_names), ""},
	[GROUP_MAP] = {"maps", NULL, MAP_KIND_COUNT,
		       " user_ringbuf perf_event_array sockmap sockhash devmap devmap_hash cpumap "
		       "xskmap stack_trace sk_storage task_storage inode_storage cgroup_storage "
		       "array_of_maps hash_of_maps "},
};

static void count(struct cover *cover, enum group group, uint32_t kind)
{
	if (kind < COVER_KINDS)
		cover->counts[group][kind]++;
}

/* ---- the tree ---- */

static void tree_decl(struct tree_walk *walk, const struct decl *decl)
{
	count(walk->user, GROUP_DECL, decl->kind);
}

static void tree_stmt(struct tree_walk *walk, const struct stmt *stmt, bool in_list)
{
	count(walk->user, GROUP_STMT, stmt->kind);
}

static void tree_expr(struct tree_walk *walk, const struct expr *expr)
{
	count(walk->user, GROUP_EXPR, expr->kind);
	if (expr->kind == EXPR_UNARY)
		count(walk->user, GROUP_UNARY, expr->unary.op);
	else if (expr->kind == EXPR_BINARY)
		count(walk->user, GROUP_BINARY, expr->binary.op);
}

static void tree_pattern(struct tree_walk *walk, const struct pattern *pattern)
{
	count(walk->user, GROUP_PATTERN, pattern->kind);
}

void cover_tree(struct cover *cover, const struct ast_file *tree)
{
	struct tree_walk walk = {cover, tree_decl, tree_stmt, tree_expr, tree_pattern};

	tree_walk(&walk, tree);
}

/* ---- the IR ---- */

static void ir_count_expr(struct ir_walk *walk, struct ir_expr *expr)
{
	count(walk->user, GROUP_IR_EXPR, expr->kind);
	if (expr->kind == IR_EXPR_OP)
		count(walk->user, GROUP_IR_OP, expr->op.op);
	else if (expr->kind == IR_EXPR_CONVERT)
		count(walk->user, GROUP_IR_CONVERT, expr->convert.how);
}

static void ir_count_place(struct ir_walk *walk, struct ir_place *place)
{
	count(walk->user, GROUP_IR_PLACE, place->kind);
	if (place->kind == IR_PLACE_DEREF)
		count(walk->user, GROUP_IR_ACCESS, place->deref.access);
}

static void ir_count_stmt(struct ir_walk *walk, struct ir_stmt *stmt)
{
	count(walk->user, GROUP_IR_STMT, stmt->kind);
}

void cover_ir(struct cover *cover, const struct ir_module *module)
{
	struct ir_walk walk = {.user = cover,
			       .expr = ir_count_expr,
			       .place = ir_count_place,
			       .stmt = ir_count_stmt};

	vec_foreach (func, &module->funcs)
		ir_walk_stmts(&walk, &(*func)->body);
	vec_foreach (map, &module->maps)
		count(cover, GROUP_MAP, (*map)->kind->id);
}

void cover_add(struct cover *sum, const struct cover *more)
{
	for (uint32_t group = 0; group < GROUPS; group++) {
		for (uint32_t kind = 0; kind < COVER_KINDS; kind++)
			sum->counts[group][kind] += more->counts[group][kind];
	}
}

static const char *kind_name(uint32_t group, uint32_t kind)
{
	return groups[group].names ? groups[group].names[kind] : map_kinds[kind].name;
}

static bool may_be_absent(uint32_t group, const char *name)
{
	char word[64];

	snprintf(word, sizeof(word), " %s ", name);
	return strstr(groups[group].absent, word) != NULL;
}

uint32_t cover_print(const struct cover *cover)
{
	uint32_t missing = 0;

	for (uint32_t group = 0; group < GROUPS; group++) {
		printf("%s:", groups[group].title);
		for (uint32_t kind = 0; kind < groups[group].count; kind++) {
			uint32_t n = cover->counts[group][kind];
			const char *name = kind_name(group, kind);

			if (!name || (!n && may_be_absent(group, name)))
				continue;
			printf(" %s%s %u", n ? "" : "MISSING ", name, n);
			missing += !n;
		}
		printf("\n");
	}
	return missing;
}
