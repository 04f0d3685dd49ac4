/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syntax tree: tagged unions per family (type_expr, expr, pattern, stmt, decl), each with a
 * span. The parser builds it through the ast_* constructors; nothing in it is ever freed alone.
 *
 * Fields below a line "set by sema" are NULL or zero after parsing. The checker sets each
 * expression's `type` exactly once; `to` is set when the context implicitly converts the value
 * (the value of an expression is built with `type` and then converted to `to`).
 */
#ifndef KSC_SYNTAX_AST_H
#define KSC_SYNTAX_AST_H

#include "base/compilation.h"

struct type;
struct expr;
struct stmt;
struct decl;
struct field;
struct prog_kind;
struct prog_choice;
struct map_kind;
struct builtin;
struct fn_facts;

VEC_TYPE(expr_vec, struct expr *);
VEC_TYPE(stmt_vec, struct stmt *);
VEC_TYPE(decl_vec, struct decl *);
VEC_TYPE(variable_vec, struct variable *);

/* Where an error leaves: the records and objects that are given back first, in bpf code. */
struct held_at {
	struct variable_vec on_throw; /* ... to the innermost handler, or out of the function */
	struct variable_vec on_abort; /* the program ends */
};

/*
 * No tree is deeper: longer chains (`a + a + ...`, `- - -x`, `else if`) are refused by the
 * parser, so that functions may recurse over trees.
 */
#define AST_NESTING_MAX 1000

/* A name with its place. */
struct ast_name {
	const char *text; /* interned; NULL when absent */
	struct span span;
};

VEC_TYPE(name_vec, struct ast_name);

/* ---- types as written ---- */

enum type_expr_kind {
	TYPE_EXPR_NAME,	   /* u32, flow, net.iphdr, void */
	TYPE_EXPR_STR,	   /* str(N) */
	TYPE_EXPR_POINTER, /* *T */
	TYPE_EXPR_ARRAY,   /* T[N] and [T; N] */
	TYPE_EXPR_FN,	   /* fn(a: T, U) -> R */
	TYPE_EXPR_MAP,	   /* hash<K, V>(n): of map declarations, and as the V of maps in maps */
};

VEC_TYPE(type_expr_vec, struct type_expr *);

struct type_expr {
	enum type_expr_kind kind;
	struct span span;
	uint16_t depth; /* of the tree, at most AST_NESTING_MAX */
	union {
		struct {
			struct ast_name module; /* absent without `module.` */
			struct ast_name name;
		} name;
		struct {
			struct expr *capacity;
		} str;
		struct {
			struct type_expr *target;
		} pointer;
		struct {
			struct type_expr *elem;
			struct expr *count;
		} array;
		struct {
			struct param_vec *params; /* names may be absent */
			struct type_expr *result; /* NULL: void */
		} fn;
		struct {
			struct ast_name kind;
			struct type_expr_vec args;  /* K and V, or V alone */
			struct expr *max_entries;   /* NULL when not given */
		} map;
	};
};

struct param {
	struct ast_name name;
	struct type_expr *type;
	/* set by sema */
	struct variable *variable;
	const struct expr *null_argument; /* a call's argument by which null may come, or NULL */
	uint16_t untrusted; /* enum flow_bit: what the kernel pointers of some calls lack */
	bool is_nullable, is_text; /* of a kfunc: nullable(name), string(name) */
};

VEC_TYPE(param_vec, struct param);

/* ---- expressions ---- */

#define EXPR_KINDS(X)                                                                              \
	X(INT)	  /* 42 */                                                                         \
	X(FLOAT)  /* 1.5 */                                                                        \
	X(CHAR)	  /* 'a' */                                                                        \
	X(STRING) /* "text" */                                                                     \
	X(BOOL)	  /* true */                                                                       \
	X(NULL)	  /* null */                                                                       \
	X(NAME)	  /* x */                                                                          \
	X(UNARY)  /* ! - * & ~ */                                                                  \
	X(BINARY) /* arithmetic, comparison, && || */                                              \
	X(COND)	  /* c ? a : b */                                                                  \
	X(CAST)	  /* e as T */                                                                     \
	X(CALL)	  /* f(a, b) */                                                                    \
	X(INDEX)  /* a[i] */                                                                       \
	X(FIELD)  /* a.f and p->f */                                                               \
	X(ARRAY)  /* [1, 2] */                                                                     \
	X(STRUCT) /* T { f: e, .. } */                                                             \
	X(MATCH)  /* match (e) { ... } */                                                          \
	X(IF)	  /* if (c) { a } else { b } as a value */                                         \
	X(NEW)	  /* new T(flags) */                                                               \
	X(SIZEOF) /* sizeof(T), sizeof(e) */                                                       \
	X(ERROR)  /* after a syntax error */

enum expr_kind {
#define X(name) EXPR_##name,
	EXPR_KINDS(X)
#undef X
};

enum unary_op { UNARY_NOT, UNARY_NEG, UNARY_DEREF, UNARY_ADDR, UNARY_BITNOT };

#define BINARY_OPS(X)                                                                              \
	X(ADD, "+") X(SUB, "-") X(MUL, "*") X(DIV, "/") X(MOD, "%")                                \
	X(AND, "&") X(OR, "|") X(XOR, "^") X(SHL, "<<") X(SHR, ">>")                               \
	X(EQ, "==") X(NE, "!=") X(LT, "<") X(LE, "<=") X(GT, ">") X(GE, ">=")                      \
	X(LOGAND, "&&") X(LOGOR, "||")

enum binary_op {
#define X(name, text) BINARY_##name,
	BINARY_OPS(X)
#undef X
	BINARY_NONE, /* plain `=` in an assignment */
};

struct field_init {
	struct ast_name name;
	struct expr *value; /* for `f` alone an EXPR_NAME of the same text */
	/* set by sema */
	const struct field *field;
};

VEC_TYPE(field_init_vec, struct field_init);

enum pattern_kind {
	PATTERN_VALUE,	 /* constant expression: A, 80, -1, "s", 'c', true, E.A */
	PATTERN_RANGE,	 /* 10..20, 10..=20 */
	PATTERN_ANY,	 /* _ */
	PATTERN_DEFAULT, /* default */
	PATTERN_TUPLE,	 /* (p, q), each an alternative list of its own */
	PATTERN_OR,	 /* p | q */
};

VEC_TYPE(pattern_vec, struct pattern *);

struct pattern {
	enum pattern_kind kind;
	struct span span;
	/*
	 * VALUE uses low; both are constant expressions. They need not fit the type of the value:
	 * what lies outside of it never matches.
	 */
	struct expr *low, *high;
	bool inclusive;		 /* ..= */
	struct pattern_vec parts; /* TUPLE, OR */
};

/*
 * In a match or if that gives a value, the value of a block is that of its last statement, an EXPR
 * (conversion included), unless control leaves the block before. A match or if that ends the body
 * of a function with a result becomes a RETURN of it.
 */
struct match_arm {
	struct pattern *pattern;
	struct expr *value; /* one of the two */
	struct stmt *block;
	struct span span;
};

VEC_TYPE(match_arm_vec, struct match_arm);

/* One part of a condition: `e`, or a binding `var v = e` / `var v: T = e`. */
struct condition {
	struct ast_name name; /* absent for a plain expression */
	struct type_expr *type;
	struct expr *value;
	/* set by sema */
	struct variable *variable;
};

VEC_TYPE(condition_vec, struct condition);

/* A compile-time value. */
enum constant_kind { CONSTANT_NONE, CONSTANT_INT, CONSTANT_FLOAT, CONSTANT_STRING };

struct constant {
	enum constant_kind kind;
	/*
	 * An integer is exact: `negative` with the magnitude in `bits`. bool, char, enum and beN
	 * constants are integers too; the type of a beN constant holds the value in host order.
	 */
	bool negative;
	bool by_width; /* computed with ~ or <<: a change of the type computes it again */
	uint32_t len;  /* of `text` */
	union {
		uint64_t bits;
		double number;	  /* CONSTANT_FLOAT */
		const char *text; /* CONSTANT_STRING: `len` bytes and a NUL, NULs possible inside */
	};
};

/* What a name, field or call turned out to be. */
enum ref_kind {
	REF_NONE,
	REF_VARIABLE,  /* a local variable or parameter */
	REF_DECL,      /* a top-level declaration: function, constant, global, map, config, type */
	REF_ENUM_VALUE, /* an enum constant; its value is in expr->constant */
	REF_BUILTIN,   /* a builtin function or method */
	REF_HELPER,    /* a kernel helper or kfunc by its kernel name */
	REF_MODULE,    /* the name of an import */
	REF_TYPE,      /* a type name, as in E.A */
};

struct ref {
	enum ref_kind kind;
	union {
		struct variable *variable;	/* REF_VARIABLE */
		const struct builtin *builtin;	/* REF_BUILTIN */
		const struct helper *helper;	/* REF_HELPER; NULL: a kfunc */
	};
	struct decl *decl;
	const struct type *type;
};

/*
 * How an expression that stands for a map entry is used; decides the lookup that is built. Set on
 * INDEX of a map (m[k], outer[k][j], store[obj], m.cpu(i)[k]), on CALL of a method whose result may
 * be absent (pop, peek, take) and on NAME of a bound entry. Entries whose value is a pointer are
 * ordinary optional pointers: VALUE everywhere, null when absent.
 */
enum entry_use {
	ENTRY_NONE,	/* not a map entry */
	ENTRY_VALUE,	/* the value, zero when absent; also below a field or an index: m[k].f */
	ENTRY_PRESENCE, /* only whether it is there: a condition, an operand of == or != null */
	ENTRY_BIND,	/* bound to a variable: the entry's address */
	ENTRY_ADDRESS,	/* &m[k], &v; also below a field: &m[k].f */
	ENTRY_PLACE,	/* target of an assignment: m[k] = e, m[k] op= e, m[k].f = e, v.f = e;
			   and of delete */
};

struct expr {
	enum expr_kind kind;
	struct span span;
	union {
		struct {
			uint64_t value;
		} integer; /* also CHAR and BOOL */
		struct {
			double value;
		} number;
		struct {
			const char *text; /* after escapes; len bytes and a NUL */
			uint32_t len;
		} string;
		struct {
			const char *text; /* interned */
		} name;
		struct {
			enum unary_op op;
			struct expr *operand;
		} unary;
		struct {
			enum binary_op op;
			struct span op_span;
			struct expr *left, *right;
		} binary;
		struct {
			struct expr *cond, *then, *otherwise;
		} cond;
		struct {
			struct expr *operand;
			struct type_expr *target;
		} cast;
		struct {
			struct expr *callee; /* NAME or FIELD (module.f, map.method) or any value */
			struct expr_vec args;
			/* set by sema */
			bool is_tail_call;
		} call;
		struct {
			struct expr *base, *index;
		} index;
		struct {
			struct expr *base;
			struct ast_name name;
			bool arrow;
			/* set by sema */
			const struct field *field;
			uint32_t offset_bits; /* from base, through anonymous members */
		} field;
		struct {
			/* Fewer than the type has: a single one fills it, else the rest is zero. */
			struct expr_vec elems;
		} array;
		struct {
			struct type_expr *type;
			struct field_init_vec inits;
			bool rest_zero; /* a final `..` */
		} strukt;
		struct {
			struct expr_vec values; /* one, or several for a tuple match */
			struct match_arm_vec arms;
		} match;
		struct {
			struct condition_vec conds;
			struct stmt *then;
			struct stmt *otherwise; /* a block, or an EXPR statement holding an IF */
		} iff;
		struct {
			struct type_expr *type;
			struct expr_vec args;
		} alloc;
		struct {
			struct type_expr *type; /* one of the two; a lone name parses as value */
			struct expr *value;
		} size;
	};
	bool parenthesized; /* for no-effect hints and exact printing */
	uint16_t depth;	    /* of the tree, at most AST_NESTING_MAX */
	/* set by sema */
	const struct type *type; /* its own type */
	/*
	 * What the context converts it to, NULL: no conversion. A packet pointer converted to
	 * REGION_WINDOW is a test: null unless the packet holds its pointee.
	 */
	const struct type *to;
	struct constant constant; /* when the value is known; in terms of `type` */
	struct ref ref;		 /* NAME, FIELD of a module or enum, callee of CALL */
	enum entry_use entry;	 /* INDEX of a map; NAME of a bound entry */
	bool narrows;		 /* `to` may change the value, as far as is known */
	bool in_bounds;		 /* INDEX of an array: proved to be inside */
	bool nonnull;		 /* a pointer, or a binding of a map entry, proved present here */
	bool divisor_nonzero;	 /* BINARY / and %: the right operand is proved not to be zero */
};

/* ---- statements ---- */

#define STMT_KINDS(X)                                                                              \
	X(BLOCK)                                                                                   \
	X(VAR)	    /* var x: T = e, var x = e else { } */                                         \
	X(CONST)                                                                                   \
	X(ASSIGN)   /* a = e, a op= e, x++ (op ADD, value NULL), x-- */                            \
	X(EXPR)                                                                                    \
	X(RETURN)                                                                                  \
	X(BREAK)                                                                                   \
	X(CONTINUE)                                                                                \
	X(IF)                                                                                      \
	X(WHILE)                                                                                   \
	X(FOR)	    /* for (i in a..b) */                                                          \
	X(FOR_MAP)  /* for (k, v) in m */                                                          \
	X(TRY)                                                                                     \
	X(THROW)                                                                                   \
	X(DEFER)                                                                                   \
	X(DELETE)                                                                                  \
	X(LOCK)	    /* lock (v.l) { } */                                                           \
	X(ERROR)

enum stmt_kind {
#define X(name) STMT_##name,
	STMT_KINDS(X)
#undef X
};

struct catch_clause {
	struct expr *code; /* NULL for `_` */
	struct stmt *block;
	struct span span;
};

VEC_TYPE(catch_vec, struct catch_clause);

struct stmt {
	enum stmt_kind kind;
	struct span span;
	union {
		struct {
			struct stmt_vec stmts;
			struct span close; /* of the closing brace */
			bool braces;	   /* false: a single statement after a header */
		} block;
		struct {
			struct ast_name name; /* "_" discards */
			struct type_expr *type;
			struct expr *value; /* NULL: zero */
			struct stmt *otherwise; /* else block of a binding, or NULL */
			/* set by sema */
			struct variable *variable;
		} var; /* VAR and CONST */
		struct {
			enum binary_op op; /* BINARY_NONE for = */
			struct expr *target;
			/*
			 * NULL for ++ and -- (op ADD, SUB). Converted to the target's type; for
			 * / and % of integers it may stay wider: then the operation is done in
			 * its type and the result is cut. Of += on pointers a number of elements.
			 */
			struct expr *value;
		} assign;
		struct {
			struct expr *value;
		} expr; /* EXPR, THROW */
		struct {
			struct expr *value;	/* NULL: bare */
			struct expr *otherwise; /* verdict of `return p(ctx) else V` */
		} ret;
		struct {
			struct condition_vec conds;
			struct stmt *then;
			struct stmt *otherwise; /* NULL, a block or an IF */
		} iff;
		struct {
			struct expr *cond;
			struct stmt *body;
			bool is_stuck; /* set by sema: nothing in it changes what cond reads */
		} whil;
		struct {
			struct ast_name name;
			struct expr *from, *to;
			bool inclusive;
			struct stmt *body;
			/* set by sema */
			struct variable *variable;
		} range;
		struct {
			struct ast_name key, value; /* "_" discards */
			struct expr *map;
			struct stmt *body;
			/* set by sema */
			struct variable *key_variable, *value_variable;
		} each;
		struct {
			struct stmt *body;
			struct catch_vec catches;
		} tri;
		struct {
			struct expr *call;  /* one of the two */
			struct stmt *block;
		} defer;
		struct {
			struct expr *target; /* m[k] or a pointer */
		} del;
		struct {
			struct expr *target;
			struct stmt *body;
		} lock;
	};
	uint16_t depth; /* of the tree, at most AST_NESTING_MAX */
	/* set by sema */
	bool falls_through; /* control can reach the statement after it */
};

/* ---- declarations ---- */

#define DECL_KINDS(X)                                                                              \
	X(FN)                                                                                      \
	X(STRUCT) /* struct and union */                                                           \
	X(ENUM)                                                                                    \
	X(ALIAS)                                                                                   \
	X(CONST)                                                                                   \
	X(GLOBAL)                                                                                  \
	X(MAP)                                                                                     \
	X(CONFIG)                                                                                  \
	X(IMPL)	  /* @struct_ops("type") impl name { } */                                          \
	X(EXTERN) /* extern f(a: T) -> R [from "h"] [link "x"] */                                  \
	X(INCLUDE)                                                                                 \
	X(IMPORT)

enum decl_kind {
#define X(name) DECL_##name,
	DECL_KINDS(X)
#undef X
};

struct attribute {
	struct ast_name name; /* without the @ */
	struct expr_vec args;
	struct span span;
};

VEC_TYPE(attribute_vec, struct attribute);

struct field_decl {
	struct ast_name name;
	struct type_expr *type;
	struct expr *bits;	    /* bit-field width or NULL */
	struct expr *default_value; /* or NULL */
	const char *doc;
};

VEC_TYPE(field_decl_vec, struct field_decl);

struct enum_item {
	struct ast_name name;
	struct expr *value; /* NULL: one more than the one before */
	const char *doc;
};

VEC_TYPE(enum_item_vec, struct enum_item);

/* A member of an impl: a function or `name: value`. */
struct impl_member {
	struct ast_name name;
	struct decl *fn; /* one of the two */
	struct expr *value;
};

VEC_TYPE(impl_member_vec, struct impl_member);

/* The targets of a function; a plain shareable function can have several. */
enum target { TARGET_BPF, TARGET_USER, TARGET_MODULE, TARGET_COUNT };

enum fn_role {
	FN_PLAIN,   /* no attribute: user, and shared where called */
	FN_PROGRAM, /* entry point of a program kind */
	FN_HELPER,
	FN_KFUNC,
	FN_PRIVATE,
	FN_TEST,
};

/* The arguments of @kfunc("acquire, ret_null"). */
#define KFUNC_FLAGS(X)                                                                             \
	X(ACQUIRE, "acquire") X(RELEASE, "release") X(RET_NULL, "ret_null")                        \
	X(SLEEPABLE, "sleepable") X(DESTRUCTIVE, "destructive") X(TRUSTED_ARGS, "trusted_args")    \
	X(RCU, "rcu")

enum kfunc_flag_bit {
#define X(name, text) KFUNC_BIT_##name,
	KFUNC_FLAGS(X)
#undef X
};

enum kfunc_flag {
#define X(name, text) KFUNC_##name = 1 << KFUNC_BIT_##name,
	KFUNC_FLAGS(X)
#undef X
};

/* When the kernel runs a @private function by itself. */
enum module_hook {
	MODULE_HOOK_NONE,
	MODULE_HOOK_INIT, /* the module is inserted */
	MODULE_HOOK_EXIT, /* it is removed, or init failed after this one */
};

struct fn_decl {
	struct param_vec params;
	struct type_expr *result;    /* NULL: no arrow */
	struct ast_name result_name; /* named result, or absent */
	struct stmt *body;	     /* NULL for a prototype (extern, headers) */
	/* set by sema */
	enum fn_role role;
	const struct prog_kind *kind; /* FN_PROGRAM */
	const struct prog_choice *choice; /* FN_PROGRAM: the attribute's argument as a choice */
	/* FN_PROGRAM: the attribute's first argument, or NULL; of an impl's function the member */
	const char *kind_arg;
	unsigned kfunc_flags;	      /* FN_KFUNC: set of enum kfunc_flag */
	const struct type *type;      /* TYPE_FN */
	struct variable *result_variable;
	struct variable *context;	/* the context parameter of a program */
	unsigned targets;		/* bit set of 1 << enum target that need its code */
	bool is_global;			/* @helper("global") */
	enum module_hook hook;		/* @private("init"), @private("exit") */
	bool needs_context;		/* a bpf function that reads packet bounds, ... */
	bool throws;			/* an error code can leave it */
	bool had_errors;		/* in its signature or body: flow leaves it alone */
	bool sleepable;
	uint32_t tail_target_count;
	int result_region; /* enum region of a pointer result, from what it returns */
	struct ptr_map *held;	/* call or throw statement -> struct held_at *; NULL: none */
	struct fn_facts *facts; /* what flow and the program rules know of the body; facts.h */
};

struct decl {
	enum decl_kind kind;
	struct span span;
	struct ast_name name;
	struct attribute_vec attributes;
	const char *doc; /* the /// text before it, or NULL */
	bool is_pinned;	 /* pin */
	bool is_local;	 /* local */
	bool is_table;	 /* a `const` of array or struct type: a GLOBAL that nobody changes */
	union {
		struct fn_decl fn; /* FN, EXTERN */
		struct {
			bool is_union;
			struct field_decl_vec fields;
			struct span close;
			/* set by sema */
			const struct type *type;
		} strukt;
		struct {
			struct enum_item_vec items;
			/* set by sema */
			const struct type *type;
		} enumeration;
		struct {
			struct type_expr *target;
			/* set by sema */
			const struct type *type;
		} alias;
		struct {
			struct type_expr *type_expr;
			struct expr *value; /* GLOBAL: may be NULL */
			/* set by sema */
			const struct type *type;
			struct constant constant; /* CONST: its value */
		} var;				  /* CONST, GLOBAL */
		struct {
			struct type_expr *shape; /* TYPE_EXPR_MAP */
			/* set by sema */
			const struct map_kind *kind; /* NULL when the map has errors */
			const struct type *key, *value; /* NULL where the kind has none */
			/* Maps in maps: V's shape as a map without name; value is TYPE_MAP */
			struct decl *inner;
			uint64_t max_entries;
			uint32_t flags; /* BPF_F_* of map creation */
			uint32_t numa_node;
			bool has_numa_node;
			bool user_only, bpf_only; /* who touches it */
		} map;
		struct {
			bool is_const;
			struct field_decl_vec fields;
			/* set by sema */
			const struct type *type; /* a struct of the fields */
			struct constant *values; /* by field; aggregates use the expressions */
		} config;
		struct {
			struct impl_member_vec members;
			/* set by sema */
			const struct type *type; /* the kernel's struct; NULL after errors */
		} impl;
		struct {
			const char *path;
			struct span path_span;
			/* set by sema */
			struct ast_file *file;
			struct program *program;
		} source; /* INCLUDE, IMPORT */
	};
	/* EXTERN only: `from "h" link "x"`, else NULL */
	const char *extern_header, *extern_library;
	/* set by sema */
	int visit_state; /* while resolving: 0 not begun, 1 in work, 2 done */
	bool used;
	struct program *owner; /* the program (module) it belongs to */
};

/* A local variable, parameter or binding. Made by sema. */
struct variable {
	const char *name;
	struct span span;
	const struct type *type;
	struct decl *owner; /* the function */
	bool is_param;
	bool is_immutable;   /* loop variables, constants */
	bool is_const;	     /* `const`: value in `constant` or `table` */
	bool address_taken;
	bool is_read, is_written;
	struct constant constant;
	struct decl *table; /* a constant of array or struct type: a declaration of its own */
	/*
	 * A binding of a map entry (var v = m[k]): the variable is the entry itself. `entry_map`
	 * is the map, `type` the value's type; a scalar's value is read once at the binding.
	 */
	struct decl *entry_map;
	bool entry_is_reference; /* aggregate values: reads and writes go to the entry */
	bool entry_present;	 /* bound by a taken test: present wherever it is visible */
	bool entry_tested;	 /* its presence is asked somewhere later */
	bool entry_replaced;	 /* v = e of a reference: reads give the variable's own copy */
	/* A ProgramHandle: the program that it was loaded from, unless there are several. */
	struct decl *program;
	bool program_varies;
	/* Of the flow pass alone: */
	uint32_t flow_slot; /* where its state stands, from 1; 0: not tracked */
	bool flow_range;    /* its range is worth knowing: it reaches an index or a divisor */
};

struct ast_file {
	uint32_t file; /* in compilation.sources */
	struct decl_vec decls;
	bool is_header; /* .kh */
	bool had_errors;
};

/* ---- constructors: allocate with kind and span set, everything else zero ---- */

struct type_expr *ast_type_expr(struct compilation *comp, enum type_expr_kind kind,
				struct span span);
struct expr *ast_expr(struct compilation *comp, enum expr_kind kind, struct span span);
struct pattern *ast_pattern(struct compilation *comp, enum pattern_kind kind, struct span span);
struct stmt *ast_stmt(struct compilation *comp, enum stmt_kind kind, struct span span);
struct decl *ast_decl(struct compilation *comp, enum decl_kind kind, struct span span);

const char *ast_binary_text(enum binary_op op);
const char *ast_unary_text(enum unary_op op);

#endif
