/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of compiler/base: memory, texts, positions, diagnostics. */
#include "ks_test.h"

#include "base/compilation.h"
#include "base/utf8.h"

static struct span at(uint32_t start, uint32_t end)
{
	return (struct span){0, start, end};
}

static void arena_gives_zeroed_aligned_memory(void)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < 3000; i++) {
		size_t size = i * 7 % 301;
		char *block = arena_alloc(&arena, size);

		CHECK((uintptr_t)block % 16 == 0);
		for (size_t j = 0; j < size; j++) {
			if (block[j]) {
				CHECK(!"zeroed");
				break;
			}
		}
		memset(block, 0xa5, size);
	}
	CHECK(arena_alloc(&arena, 0) != arena_alloc(&arena, 0));
	CHECK(arena_alloc(&arena, 20u << 20) != NULL);
	CHECK_TEXT(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
	CHECK_TEXT(arena_strndup(&arena, "abcdef", 3), "abc");
	arena_free(&arena);
	CHECK(arena.chunks == NULL);
}

static void out_of_memory_ends_with_status_3(void)
{
	struct arena arena;
	pid_t child = fork();

	if (!child) {
		fclose(stderr);
		arena_init(&arena);
		arena_alloc(&arena, SIZE_MAX - 100);
		_exit(0);
	}
	CHECK_INT(ks_test_wait(child), 3);
}

static void vec_grows_and_keeps_elements(void)
{
	struct arena arena;
	struct u32_vec numbers = {0};
	uint64_t sum = 0;

	arena_init(&arena);
	for (uint32_t i = 0; i < 10000; i++)
		vec_push(&arena, &numbers, i);
	vec_foreach (number, &numbers)
		sum += *number;
	CHECK_INT(numbers.len, 10000);
	CHECK_INT(sum, 49995000);
	arena_free(&arena);
}

static void interned_names_are_equal_pointers(void)
{
	struct arena arena;
	struct interner names;
	const char *first[3000];
	char text[32];

	arena_init(&arena);
	interner_init(&names, &arena);
	for (int i = 0; i < 3000; i++) {
		snprintf(text, sizeof(text), "name_%d", i);
		first[i] = intern_str(&names, text);
	}
	for (int i = 0; i < 3000; i++) {
		int len = snprintf(text, sizeof(text), "name_%d and more", i);

		CHECK(intern(&names, text, (size_t)len - 9) == first[i]);
	}
	CHECK(intern(&names, "", 0) == intern_str(&names, ""));
	CHECK(intern(&names, "a\0b", 3) != intern(&names, "a\0c", 3));
	interner_free(&names);
	arena_free(&arena);
}

static void ptr_map_finds_what_was_set(void)
{
	struct arena arena;
	struct ptr_map map;
	static char keys[5000];

	arena_init(&arena);
	ptr_map_init(&map, &arena);
	CHECK(ptr_map_get(&map, &keys[0]) == NULL);
	for (int i = 0; i < 5000; i++)
		ptr_map_set(&map, &keys[i], &keys[4999 - i]);
	for (int i = 0; i < 5000; i++)
		CHECK(ptr_map_get(&map, &keys[i]) == &keys[4999 - i]);
	ptr_map_set(&map, &keys[7], &keys[7]);
	CHECK(ptr_map_get(&map, &keys[7]) == &keys[7]);
	ptr_map_set(&map, &keys[7], NULL);
	CHECK(ptr_map_get(&map, &keys[7]) == NULL);
	CHECK_INT(map.count, 5000);
	CHECK(ptr_map_get(&map, NULL) == NULL);
	arena_free(&arena);
}

static void strbuf_holds_any_text(void)
{
	struct strbuf buf = {0};
	char *long_text = calloc(1, 5001);

	memset(long_text, 'x', 5000);
	CHECK_TEXT(strbuf_text(&buf), "");
	strbuf_printf(&buf, "%s|%d", long_text, 5);
	CHECK_INT(buf.len, 5002);
	CHECK_TEXT(buf.data + 4999, "x|5");
	strbuf_clear(&buf);
	CHECK_TEXT(strbuf_text(&buf), "");
	strbuf_append(&buf, "a\0b", 3);
	strbuf_pad(&buf, '-', 2);
	CHECK_INT(buf.len, 5);
	CHECK(!memcmp(buf.data, "a\0b--", 6));
	strbuf_free(&buf);
	free(long_text);
}

static void utf8_measures_what_terminals_show(void)
{
	uint32_t code;

	CHECK_INT(utf8_count("na\xc3\xafve", 6), 5);
	CHECK_INT(utf8_count("\xff\xc0\x80z", 4), 4);
	CHECK_INT(utf8_decode("\xe6\xbc\xa2", 3, &code), 3);
	CHECK_INT(code, 0x6f22);
	CHECK_INT(utf8_width(code), 2);
	CHECK_INT(utf8_decode("\xe6\xbc", 2, &code), 1);
	CHECK(code == UINT32_MAX);
	CHECK_INT(utf8_decode("\xed\xa0\x80", 3, &code), 1);
	CHECK_INT(utf8_width(0x301), 0);
	CHECK_INT(utf8_width(0x1f600), 2);
	CHECK(utf8_is_control(0x202e));
	CHECK(!utf8_is_control('a'));
}

static void positions_count_lines_and_characters(void)
{
	static const char text[] = "one\n\tt\xc3\xafo\r\n\nend";
	struct compilation comp;
	const struct source *source;
	struct source_pos pos;
	uint32_t file, len;

	compilation_init(&comp);
	file = source_add(&comp.sources, "dir/x.ks", text, sizeof(text) - 1);
	source = comp.sources.files.data[file];
	CHECK_TEXT(source->name, "x.ks");
	CHECK_INT(source->line_count, 4);
	CHECK(source->text[source->len] == 0 && source->text[source->len + 1] == 0);
	pos = source_position(&comp.sources, file, 8);
	CHECK_INT(pos.line, 2);
	CHECK_INT(pos.column, 4);
	CHECK_INT(source_position(&comp.sources, file, 4).line, 2);
	CHECK_INT(source_position(&comp.sources, file, 3).line, 1);
	CHECK_INT(source_position(&comp.sources, file, 9999).line, 4);
	CHECK(source_position(&comp.sources, 9, 1).source == NULL);
	source_line(source, 2, &len);
	CHECK_INT(len, 5);
	source_line(source, 3, &len);
	CHECK_INT(len, 0);
	CHECK(!memcmp(source_line(source, 4, &len), "end", 3));
	CHECK_INT(len, 3);
	source_line(source, 5, &len);
	CHECK_INT(len, 0);
	compilation_free(&comp);
}

/* A compilation of one source, and the rendered diagnostics in `out`. */
static void start(struct compilation *comp, const char *text)
{
	compilation_init(comp);
	source_add(&comp->sources, "a.ks", text, strlen(text));
}

static void finish(struct compilation *comp, const char *expected)
{
	struct strbuf out = {0};

	diag_render_all(comp, &out);
	CHECK_TEXT(strbuf_text(&out), expected);
	strbuf_free(&out);
	compilation_free(comp);
}

static void human_form_shows_source_and_carets(void)
{
	struct compilation comp;

	start(&comp, "fn f() {\n\tvar \xe6\xbc\xa2 = y\n}\nvar y = 1\n");
	diag_report(&comp, DIAG_UNKNOWN_NAME, at(20, 21), "unknown name `%s`", "y");
	diag_note(&comp, at(28, 29), "`y` is here");
	diag_note(&comp, span_nowhere(), "no place");
	diag_help(&comp, "move it");
	finish(&comp, "error[unknown-name]: unknown name `y`\n"
		      "  a.ks:2:10\n"
		      "  2 |         var \xe6\xbc\xa2 = y\n"
		      "    |                  ^\n"
		      "note: `y` is here\n"
		      "  a.ks:4:5\n"
		      "  4 | var y = 1\n"
		      "    |     ^\n"
		      "note: no place\n"
		      "help: move it\n");
}

static void carets_end_with_the_line(void)
{
	struct compilation comp;

	start(&comp, "abc def\nghi");
	diag_report(&comp, DIAG_SYNTAX, at(4, 10), "many lines");
	diag_report(&comp, DIAG_SYNTAX, at(11, 11), "the end");
	finish(&comp, "error[syntax]: many lines\n"
		      "  a.ks:1:5\n"
		      "  1 | abc def\n"
		      "    |     ^^^\n"
		      "error[syntax]: the end\n"
		      "  a.ks:2:4\n"
		      "  2 | ghi\n"
		      "    |    ^\n");
}

static void long_lines_are_shown_in_part(void)
{
	struct compilation comp;
	struct strbuf text = {0}, out = {0};
	const char *line, *carets;

	strbuf_pad(&text, 'a', 100000);
	strbuf_puts(&text, "BAD");
	strbuf_pad(&text, 'b', 100000);
	start(&comp, strbuf_text(&text));
	diag_report(&comp, DIAG_SYNTAX, at(100000, 100003), "here");
	diag_render_all(&comp, &out);
	CHECK(out.len < 400);
	CHECK_HAS(strbuf_text(&out), "a.ks:1:100001\n");
	line = strstr(strbuf_text(&out), "1 | ");
	carets = strstr(strbuf_text(&out), "  | ");
	CHECK(line && carets);
	CHECK_INT(strstr(line, "BAD") - line, strstr(carets, "^^^") - carets);
	CHECK_HAS(line, "bbb...\n");
	strbuf_free(&out);
	strbuf_free(&text);
	compilation_free(&comp);
}

static void hostile_bytes_never_reach_the_terminal(void)
{
	struct compilation comp;

	start(&comp, "a\033[2Jb\xff;");
	diag_report(&comp, DIAG_SYNTAX, at(6, 7), "byte");
	finish(&comp, "error[syntax]: byte\n"
		      "  a.ks:1:7\n"
		      "  1 | a\xef\xbf\xbd[2Jb\xef\xbf\xbd;\n"
		      "    |       ^\n");
}

static void line_form_is_sorted_and_deduplicated(void)
{
	struct compilation comp;

	start(&comp, "one two\nthree\n");
	comp.diag_options.format = DIAG_LINE;
	diag_report(&comp, DIAG_SYNTAX, at(8, 13), "second");
	diag_note(&comp, at(0, 1), "with a note");
	diag_report(&comp, DIAG_UNUSED, at(4, 7), "first");
	diag_report(&comp, DIAG_SYNTAX, at(8, 13), "second");
	CHECK_INT(diag_error_count(&comp), 2);
	finish(&comp, "a.ks:1:5: warning[unused]: first\n"
		      "a.ks:2:1: error[syntax]: second\n"
		      "a.ks:1:1: note: with a note\n");
}

static void at_most_max_errors_are_shown(void)
{
	struct compilation comp;

	start(&comp, "abcdefghij");
	comp.diag_options.format = DIAG_LINE;
	comp.diag_options.max_errors = 1;
	for (uint32_t i = 0; i < 4; i++) {
		diag_report(&comp, DIAG_UNUSED, at(i, i + 1), "w");
		diag_report(&comp, DIAG_SYNTAX, at(i, i + 1), "e");
	}
	finish(&comp, "a.ks:1:1: warning[unused]: w\n"
		      "a.ks:1:1: error[syntax]: e\n"
		      "ksc: not shown: 3 errors, 3 warnings or notes (--max-errors=0 shows all)\n");
}

static void warnings_obey_the_options(void)
{
	struct compilation comp;

	start(&comp, "abc");
	comp.diag_options.format = DIAG_LINE;
	comp.diag_options.slug_disabled[DIAG_UNUSED] = true;
	comp.diag_options.slug_disabled[DIAG_SYNTAX] = true;
	comp.diag_options.warnings_are_errors = true;
	diag_report(&comp, DIAG_UNUSED, at(0, 1), "gone");
	diag_note(&comp, at(0, 1), "gone too");
	diag_help(&comp, "gone too");
	diag_report(&comp, DIAG_NARROWING, at(1, 2), "now an error");
	diag_report(&comp, DIAG_SYNTAX, at(2, 3), "errors stay");
	CHECK_INT(diag_error_count(&comp), 2);
	finish(&comp, "a.ks:1:2: error[narrowing]: now an error\n"
		      "a.ks:1:3: error[syntax]: errors stay\n");
}

static void json_form_is_one_object_a_line(void)
{
	struct compilation comp;

	start(&comp, "x = \"y\"\n");
	comp.diag_options.format = DIAG_JSON;
	diag_report(&comp, DIAG_SYNTAX, at(4, 7), "a \"quote\" and \xff");
	diag_note(&comp, span_nowhere(), "n");
	diag_edit(&comp, at(0, 1), "z");
	finish(&comp,
	       "{\"slug\":\"syntax\",\"severity\":\"error\",\"message\":\"a \\\"quote\\\" and "
	       "\\ufffd\","
	       "\"spans\":[{\"file\":\"a.ks\",\"line\":1,\"column\":5,\"end_line\":1,"
	       "\"end_column\":8,\"start\":4,\"end\":7}],"
	       "\"notes\":[{\"message\":\"n\",\"span\":null}],\"help\":null,"
	       "\"edits\":[{\"span\":{\"file\":\"a.ks\",\"line\":1,\"column\":1,\"end_line\":1,"
	       "\"end_column\":2,\"start\":0,\"end\":1},\"replacement\":\"z\"}]}\n");
}

static void a_certain_edit_becomes_the_help_line(void)
{
	struct compilation comp;

	start(&comp, "lenght");
	comp.diag_options.format = DIAG_LINE;
	diag_report(&comp, DIAG_UNKNOWN_NAME, at(0, 6), "no such name");
	diag_edit(&comp, at(0, 6), "length");
	finish(&comp, "a.ks:1:1: error[unknown-name]: no such name\n"
		      "a.ks:1:1: help: write `length` instead of `lenght`\n");
}

static void colour_is_only_added_on_request(void)
{
	struct compilation comp;

	start(&comp, "x");
	comp.diag_options.color = true;
	diag_report(&comp, DIAG_SYNTAX, at(0, 1), "m");
	finish(&comp, "\033[1;31merror[syntax]\033[0m\033[1m: m\033[0m\n"
		      "  a.ks:1:1\n"
		      "  \033[34m1 |\033[0m x\n"
		      "  \033[34m  |\033[0m \033[1;31m^\033[0m\n");
}

static void slugs_are_unique_and_found_by_name(void)
{
	for (unsigned i = 0; i < DIAG_COUNT; i++) {
		CHECK_INT(diag_slug_by_name(diag_slugs[i].slug), i);
		CHECK(*diag_slugs[i].text);
	}
	CHECK_INT(diag_slug_by_name("nonsense"), DIAG_COUNT);
}

static void the_nearest_name_is_suggested(void)
{
	static const char *const names[] = {"length", "bytes", "packets", "x", "lentgh"};

	CHECK_TEXT(diag_nearest("lenght", names, 4), "length");
	CHECK_TEXT(diag_nearest("byte", names, 4), "bytes");
	CHECK_TEXT(diag_nearest("pakets", names, 4), "packets");
	CHECK(diag_nearest("y", names, 4) == NULL);
	CHECK(diag_nearest("nothing", names, 4) == NULL);
	CHECK(diag_nearest("length", names, 1) == NULL);
	CHECK(diag_nearest("abc", names, 0) == NULL);
}

static int internal_error_body(void)
{
	struct compilation comp;

	start(&comp, "first\nsecond\n");
	comp.pass = "ir";
	internal_error(&comp, at(6, 7), "kind %d", 3);
}

static void internal_errors_name_pass_and_line(void)
{
	char text[1000];

	CHECK_INT(ks_test_capture(internal_error_body, text, sizeof(text)), 70);
	CHECK_HAS(text, "internal error in pass `ir`: kind 3");
	CHECK_HAS(text, "a.ks:2:1");
	CHECK_HAS(text, "2 | second");
}

static const struct ks_test tests[] = {
#define T(name)             \
	{                   \
#name, name \
	}
	T(arena_gives_zeroed_aligned_memory),
	T(out_of_memory_ends_with_status_3),
	T(vec_grows_and_keeps_elements),
	T(interned_names_are_equal_pointers),
	T(ptr_map_finds_what_was_set),
	T(strbuf_holds_any_text),
	T(utf8_measures_what_terminals_show),
	T(positions_count_lines_and_characters),
	T(human_form_shows_source_and_carets),
	T(carets_end_with_the_line),
	T(long_lines_are_shown_in_part),
	T(hostile_bytes_never_reach_the_terminal),
	T(line_form_is_sorted_and_deduplicated),
	T(at_most_max_errors_are_shown),
	T(warnings_obey_the_options),
	T(json_form_is_one_object_a_line),
	T(a_certain_edit_becomes_the_help_line),
	T(colour_is_only_added_on_request),
	T(slugs_are_unique_and_found_by_name),
	T(the_nearest_name_is_suggested),
	T(internal_errors_name_pass_and_line),
#undef T
};

int main(void)
{
	return ks_test_main(tests, sizeof(tests) / sizeof(*tests));
}
