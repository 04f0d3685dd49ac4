/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of compiler/syntax: trees, spans, the printer. */
#include "ks_test.h"
#include "parsed.h"

#include <dirent.h>

/* The statements of the only function, which is parsed from `body`. */
static const struct stmt_vec *parse_body(struct parsed *parsed, const char *body)
{
	char *text = malloc(strlen(body) + 32);

	sprintf(text, "fn f() {\n%s\n}\n", body);
	parse(parsed, text);
	free(text);
	CHECK_INT(parsed->comp.error_count, 0);
	if (parsed->ast->decls.len != 1 || !parsed->ast->decls.data[0]->fn.body)
		exit(1);
	return &parsed->ast->decls.data[0]->fn.body->block.stmts;
}

static const struct expr *parse_value(struct parsed *parsed, const char *value)
{
	char *text = malloc(strlen(value) + 32);
	const struct stmt_vec *stmts;

	sprintf(text, "x = %s", value);
	stmts = parse_body(parsed, text);
	free(text);
	CHECK_INT(stmts->len, 1);
	return stmts->data[0]->assign.value;
}

/* The tree as text with all parentheses, so that its shape shows. */
static void shape(struct strbuf *out, const struct expr *expr)
{
	switch ((int)expr->kind) {
	case EXPR_BINARY:
		strbuf_putc(out, '(');
		shape(out, expr->binary.left);
		strbuf_printf(out, " %s ", ast_binary_text(expr->binary.op));
		shape(out, expr->binary.right);
		strbuf_putc(out, ')');
		break;
	case EXPR_UNARY:
		strbuf_printf(out, "(%s", ast_unary_text(expr->unary.op));
		shape(out, expr->unary.operand);
		strbuf_putc(out, ')');
		break;
	case EXPR_COND:
		strbuf_putc(out, '(');
		shape(out, expr->cond.cond);
		strbuf_puts(out, " ? ");
		shape(out, expr->cond.then);
		strbuf_puts(out, " : ");
		shape(out, expr->cond.otherwise);
		strbuf_putc(out, ')');
		break;
	case EXPR_CAST:
		strbuf_putc(out, '(');
		shape(out, expr->cast.operand);
		strbuf_puts(out, " as T)");
		break;
	case EXPR_FIELD:
		shape(out, expr->field.base);
		strbuf_printf(out, "%s%s", expr->field.arrow ? "->" : ".", expr->field.name.text);
		break;
	case EXPR_NAME:
		strbuf_puts(out, expr->name.text);
		break;
	default:
		strbuf_puts(out, "?");
	}
}

static void operators_bind_by_the_table(void)
{
	static const struct {
		const char *text, *tree;
	} cases[] = {
		{"a ? b : c ? d : e", "(a ? b : (c ? d : e))"},
		{"a || b && c", "(a || (b && c))"},
		{"a && b == c", "(a && (b == c))"},
		{"a == b < c", "(a == (b < c))"},
		{"a < b | c", "(a < (b | c))"},
		{"a | b ^ c", "(a | (b ^ c))"},
		{"a ^ b & c", "(a ^ (b & c))"},
		{"a & b << c", "(a & (b << c))"},
		{"a >> b + c", "(a >> (b + c))"},
		{"a - b * c", "(a - (b * c))"},
		{"a * b as u32", "(a * (b as T))"},
		{"-a as u32", "((-a) as T)"},
		{"a as u32 as u8", "((a as T) as T)"},
		{"*a.b", "(*a.b)"},
		{"!a->b.c", "(!a->b.c)"},
		{"a - b - c", "((a - b) - c)"},
		{"a & b == c", "((a & b) == c)"},
		{"~-&*!a", "(~(-(&(*(!a)))))"},
		{"a as *T < b", "((a as T) < b)"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf out = {0};
		struct parsed parsed;

		shape(&out, parse_value(&parsed, cases[i].text));
		CHECK_TEXT(strbuf_text(&out), cases[i].tree);
		strbuf_free(&out);
		compilation_free(&parsed.comp);
	}
}

static void arrays_of_arrays_nest_from_the_left(void)
{
	const struct type_expr *type;
	struct parsed parsed;

	parse(&parsed, "type A = u8[2][3]\ntype B = *u8[4]\ntype C = [*u8; 4]\n");
	type = parsed.ast->decls.data[0]->alias.target;
	CHECK_INT(type->kind, TYPE_EXPR_ARRAY);
	CHECK_INT(type->array.count->integer.value, 2);
	CHECK_INT(type->array.elem->kind, TYPE_EXPR_ARRAY);
	CHECK_INT(type->array.elem->array.count->integer.value, 3);
	CHECK_TEXT(type->array.elem->array.elem->name.name.text, "u8");
	CHECK_INT(parsed.ast->decls.data[1]->alias.target->kind, TYPE_EXPR_POINTER);
	CHECK_INT(parsed.ast->decls.data[2]->alias.target->kind, TYPE_EXPR_ARRAY);
	compilation_free(&parsed.comp);
}

static void statements_have_their_parts(void)
{
	const struct stmt_vec *stmts;
	struct parsed parsed;

	stmts = parse_body(&parsed, "x++\n"
				    "var v = m[k] else { return }\n"
				    "return p(c) else V\n"
				    "if (var a = b, var d: *T = e) g()\n else if (h) { }\n"
				    "for (i in 1..=2) { }\n"
				    "for (k, _) in m { }\n"
				    "try { } catch A { } catch _ { }\n"
				    "x &= 1; delete p; defer q()\n"
				    "lock (v.l) { }\n");
	CHECK_INT(stmts->len, 11);
	CHECK(stmts->data[0]->kind == STMT_ASSIGN && !stmts->data[0]->assign.value);
	CHECK_INT(stmts->data[0]->assign.op, BINARY_ADD);
	CHECK(stmts->data[1]->var.otherwise != NULL);
	CHECK(stmts->data[2]->kind == STMT_RETURN && stmts->data[2]->ret.otherwise);
	CHECK_INT(stmts->data[3]->iff.conds.len, 2);
	CHECK_TEXT(stmts->data[3]->iff.conds.data[1].name.text, "d");
	CHECK(stmts->data[3]->iff.conds.data[1].type != NULL);
	CHECK(!stmts->data[3]->iff.then->block.braces);
	CHECK_INT(stmts->data[3]->iff.otherwise->kind, STMT_IF);
	CHECK(stmts->data[4]->kind == STMT_FOR && stmts->data[4]->range.inclusive);
	CHECK_TEXT(stmts->data[5]->each.value.text, "_");
	CHECK_INT(stmts->data[6]->tri.catches.len, 2);
	CHECK(stmts->data[6]->tri.catches.data[0].code != NULL);
	CHECK(stmts->data[6]->tri.catches.data[1].code == NULL);
	CHECK_INT(stmts->data[7]->assign.op, BINARY_AND);
	CHECK_INT(stmts->data[8]->kind, STMT_DELETE);
	CHECK(stmts->data[9]->defer.call && !stmts->data[9]->defer.block);
	CHECK_INT(stmts->data[10]->kind, STMT_LOCK);
	compilation_free(&parsed.comp);
}

static void declarations_have_their_parts(void)
{
	const struct decl *const *decls;
	struct parsed parsed;

	parse(&parsed, "@flags(a | b) @x pin var m : hash<u32, u64>(10)\n"
		       "local var g: u32 = 1\n"
		       "const config c { a: u32 = 1 }\n"
		       "union U { a: u8 : 3 }\n"
		       "extern e(u32, x: u8) -> i32 from \"h.h\" link \"l\"\n"
		       "fn f(a: u32) -> r: u64 { }\n"
		       "import n from \"n.ks\"\n");
	CHECK_INT(parsed.comp.error_count, 0);
	CHECK_INT(parsed.ast->decls.len, 7);
	decls = (const struct decl *const *)parsed.ast->decls.data;
	CHECK(decls[0]->kind == DECL_MAP && decls[0]->is_pinned && !decls[0]->is_local);
	CHECK_INT(decls[0]->attributes.len, 2);
	CHECK_INT(decls[0]->attributes.data[0].args.len, 1);
	CHECK_INT(decls[0]->map.shape->map.args.len, 2);
	CHECK(decls[1]->kind == DECL_GLOBAL && decls[1]->is_local);
	CHECK(decls[2]->config.is_const && decls[2]->config.fields.data[0].default_value);
	CHECK(decls[3]->strukt.is_union && decls[3]->strukt.fields.data[0].bits);
	CHECK_TEXT(decls[4]->extern_header, "h.h");
	CHECK_TEXT(decls[4]->extern_library, "l");
	CHECK(decls[4]->fn.params.data[0].name.text == NULL);
	CHECK_TEXT(decls[5]->fn.result_name.text, "r");
	CHECK_TEXT(decls[6]->source.path, "n.ks");
	compilation_free(&parsed.comp);
}

static void documentation_is_joined_and_attached(void)
{
	const struct decl *decl;
	struct parsed parsed;

	parse(&parsed, "/// One.\r\n///\n///  Two.  \n@packed\nstruct S {\n\t/// Of a.\n\ta: u32\n"
		       "\tb: u32\n}\nenum E {\n/// Of A.\nA }\n/// Lost.\n");
	CHECK_INT(parsed.comp.error_count, 0);
	decl = parsed.ast->decls.data[0];
	CHECK_TEXT(decl->doc, "One.\n\n Two.");
	CHECK_TEXT(decl->strukt.fields.data[0].doc, "Of a.");
	CHECK(decl->strukt.fields.data[1].doc == NULL);
	CHECK_TEXT(parsed.ast->decls.data[1]->enumeration.items.data[0].doc, "Of A.");
	CHECK(parsed.ast->decls.data[1]->doc == NULL);
	compilation_free(&parsed.comp);
}

static void literals_have_their_values(void)
{
	const struct expr *expr;
	struct parsed parsed;

	CHECK_INT(parse_value(&parsed, "18446744073709551615")->integer.value, UINT64_MAX);
	compilation_free(&parsed.comp);
	CHECK_INT(parse_value(&parsed, "0xFF_ff")->integer.value, 0xffff);
	compilation_free(&parsed.comp);
	CHECK_INT(parse_value(&parsed, "'\\xff'")->integer.value, 255);
	compilation_free(&parsed.comp);
	CHECK(parse_value(&parsed, "1_0.5e-1")->number.value == 1.05);
	compilation_free(&parsed.comp);
	expr = parse_value(&parsed, "\"a\\0\\x41\\n\"");
	CHECK_INT(expr->string.len, 4);
	CHECK(!memcmp(expr->string.text, "a\0A\n", 5));
	compilation_free(&parsed.comp);
}

/* The source text under a span. */
static bool span_is(const struct parsed *parsed, struct span span, const char *text)
{
	const struct source *source = parsed->comp.sources.files.data[0];

	return span.end - span.start == strlen(text) &&
	       !strncmp(source->text + span.start, text, strlen(text));
}

static void spans_cover_their_text(void)
{
	const struct stmt_vec *stmts;
	const struct expr *value;
	struct parsed parsed;

	stmts = parse_body(&parsed, "  abc.d = (x + y[1]) * call(z) as u32  ");
	CHECK(span_is(&parsed, stmts->data[0]->span, "abc.d = (x + y[1]) * call(z) as u32"));
	CHECK(span_is(&parsed, stmts->data[0]->assign.target->field.name.span, "d"));
	value = stmts->data[0]->assign.value;
	CHECK(span_is(&parsed, value->span, "(x + y[1]) * call(z) as u32"));
	CHECK(span_is(&parsed, value->binary.op_span, "*"));
	CHECK(span_is(&parsed, value->binary.left->span, "(x + y[1])"));
	CHECK(span_is(&parsed, value->binary.left->binary.right->span, "y[1]"));
	CHECK(span_is(&parsed, value->binary.right->span, "call(z) as u32"));
	CHECK(span_is(&parsed, parsed.ast->decls.data[0]->name.span, "f"));
	compilation_free(&parsed.comp);
}

static void tokens_are_listed_as_the_grammar_sees_them(void)
{
	static const char text[] = "fn f() {\n\ta.in as u8 b = T { x: 1 }\n}\n";
	struct compilation comp;
	struct strbuf out = {0};

	compilation_init(&comp);
	source_add(&comp.sources, "t.ks", text, sizeof(text) - 1);
	syntax_dump_tokens(&comp, 0, &out);
	CHECK_TEXT(strbuf_text(&out), "1:1: keyword fn\n1:4: name f\n1:5: (\n1:6: )\n1:8: {\n"
				      "2:2: name a\n2:3: .\n2:4: name in\n2:7: keyword as\n"
				      "2:10: type u8\n2:12: end of statement\n2:13: name b\n"
				      "2:15: =\n2:17: name T\n2:19: {\n2:21: name x\n2:22: :\n"
				      "2:24: number 1\n2:26: }\n3:1: }\n");
	strbuf_free(&out);
	compilation_free(&comp);
}

/* ---- the printer ---- */

/* print(parse(print(parse(x)))) is print(parse(x)). */
static void check_print(const char *path, const char *text, size_t len)
{
	struct parsed first, second;
	char *once, *twice, *messages;

	parse_bytes(&first, path, text, len);
	if (!first.ast->had_errors) {
		once = printed(&first);
		parse_bytes(&second, path, once, strlen(once));
		twice = printed(&second);
		messages = rendered(&second);
		if (strcmp(once, twice) || *messages)
			fprintf(stderr, "%s is not printed faithfully: %s\n%s", path, messages,
				once);
		CHECK(!strcmp(once, twice) && !*messages);
		free(once);
		free(twice);
		free(messages);
		compilation_free(&second.comp);
	}
	compilation_free(&first.comp);
}

static unsigned check_print_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	unsigned count = 0;

	while (dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');
		char path[4096];
		size_t len;
		char *text;
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR) {
			count += check_print_folder(path);
			continue;
		}
		if (!dot || (strcmp(dot, ".ks") && strcmp(dot, ".kh")))
			continue;
		file = fopen(path, "rb");
		text = malloc(1 << 20);
		len = file ? fread(text, 1, 1 << 20, file) : 0;
		check_print(path, text, len);
		count++;
		free(text);
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
	return count;
}

static void printed_sources_are_read_back_as_the_same_tree(void)
{
	CHECK(check_print_folder(KSC_SOURCE_DIR "/tests/golden") >= 60);
	check_print_folder(KSC_SOURCE_DIR "/examples");
	check_print_folder(KSC_SOURCE_DIR "/stdlib");
}

/* Deterministic damage to good sources: nothing crashes, what has no error is printed faithfully.
 */
static void damaged_sources_never_crash(void)
{
	static const char good[] =
		"@flags(a | b) pin var m : hash<u32, u64>(10)\nstruct S { a: u8 : 3, b: u32[4] = 1 "
		"}\n"
		"enum E { A, B = 2 }\nimpl i { fn f() { }; name: \"x\" }\nextern e() from \"h\"\n"
		"@xdp fn f(c: *xdp_md) -> r: u32 {\n\tif (var v = m[1]) { v += 1 } else if (a) "
		"b()\n"
		"\tfor (i in 0..=n) g(T { a: 1, .. }, [1, 'c'])\n\tmatch (x, y) { (1 | 2, _): z\n"
		"default: { w() } }\n\ttry { throw -1 } catch _ { }\n\tlock (v.l) { x++ }\n"
		"\treturn p(c) else (q as *u8 ? sizeof(u32) : new T())\n}\n/// doc\nconst A = 1.5 "
		"/* c */\n";
	static const char *const pieces[] = {"(",      ")",  "{",   "}",    "[",    "]",     "\n",
					     ";",      ",",  ":",   "fn ",  "if (", "else ", "\"",
					     "'",      "/*", "as ", "var ", "= ",   "T {",   "\xff",
					     "lock (", "@",  "->",  "in "};
	uint32_t seed = 1;
	char text[2 * sizeof(good)];

	for (unsigned round = 0; round < 4000; round++) {
		size_t len = sizeof(good) - 1;

		memcpy(text, good, len);
		for (unsigned edits = 0; edits < 1 + round % 5; edits++) {
			const char *piece;
			size_t at, size;

			seed = seed * 1664525 + 1013904223;
			at = (seed >> 8) % len;
			piece = pieces[(seed >> 3) % (sizeof(pieces) / sizeof(pieces[0]))];
			size = strlen(piece);
			if (seed & 1) {
				memmove(text + at + size, text + at, len - at);
				memcpy(text + at, piece, size);
				len += size;
			} else {
				size = size < len - at ? size : len - at;
				memmove(text + at, text + at + size, len - at - size);
				len -= size;
			}
		}
		alarm(20);
		check_print("damaged.ks", text, len);
	}
}

int main(void)
{
	static const struct ks_test tests[] = {
#define TEST(name) {#name, name}
		TEST(operators_bind_by_the_table),
		TEST(arrays_of_arrays_nest_from_the_left),
		TEST(statements_have_their_parts),
		TEST(declarations_have_their_parts),
		TEST(documentation_is_joined_and_attached),
		TEST(literals_have_their_values),
		TEST(spans_cover_their_text),
		TEST(tokens_are_listed_as_the_grammar_sees_them),
		TEST(printed_sources_are_read_back_as_the_same_tree),
		TEST(damaged_sources_never_crash),
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
