/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/file.h"
#include "driver/output.h"
#include "driver/process.h"
#include "ks_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static struct driver driver;
static char folder[64];

/* An empty folder to work in; the current one from now on. */
static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/driver-test-XXXXXX");
	arena_init(&driver.arena);
	CHECK(mkdtemp(folder) && !chdir(folder));
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK(!chdir("/") && !system(command));
	arena_free(&driver.arena);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	CHECK(file && fputs(text, file) >= 0 && !fclose(file));
}

static const char *get(const char *path)
{
	struct strbuf text = {0};
	const char *why, *copy;

	if (!file_read(&driver.arena, path, 1000, &text, &why))
		return why;
	copy = arena_strdup(&driver.arena, strbuf_text(&text));
	strbuf_free(&text);
	return copy;
}

/* The entries of a folder, hidden ones too. */
static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int count = -2;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

/* Sends what a child of the test writes to stderr to nowhere. */
static void quiet(void)
{
	CHECK(freopen("/dev/null", "w", stderr));
}

static void test_installs_all(void)
{
	struct output output;

	setup();
	CHECK(output_begin(&output, &driver, "a/b/"));
	CHECK(output_add(&output, "one", "1", 1) && output_add(&output, "two", "2", 1));
	CHECK_INT(entries("a/b"), 1);
	CHECK(output_end(&output, true));
	CHECK_TEXT(get("a/b/one"), "1");
	CHECK_TEXT(get("a/b/two"), "2");
	CHECK_INT(entries("a/b"), 2);
	teardown();
}

static void test_replaces_and_drops(void)
{
	struct output output;

	setup();
	put("one", "old");
	put("gone", "old");
	put("other", "kept");
	CHECK(output_begin(&output, &driver, "."));
	CHECK(output_add(&output, "one", "new", 3));
	output_drop(&output, "gone");
	output_drop(&output, "never");
	CHECK(output_end(&output, true));
	CHECK_TEXT(get("one"), "new");
	CHECK_TEXT(get("other"), "kept");
	CHECK_INT(entries("."), 2);
	teardown();
}

static void test_failure_leaves_nothing(void)
{
	struct output output;

	setup();
	CHECK(output_begin(&output, &driver, "a/b"));
	CHECK(output_add(&output, "one", "1", 1));
	CHECK(!output_end(&output, false));
	CHECK_INT(entries("."), 0);
	teardown();
}

/* The third file cannot be put in place: the first two are as before. */
static void test_rolls_back(void)
{
	struct output output;

	setup();
	quiet();
	put("one", "old");
	put("gone", "old");
	CHECK(!mkdir("three", 0777));
	CHECK(output_begin(&output, &driver, "."));
	CHECK(output_add(&output, "one", "new", 3) && output_add(&output, "two", "2", 1));
	output_drop(&output, "gone");
	CHECK(output_add(&output, "three", "3", 1));
	CHECK(!output_end(&output, true));
	CHECK_TEXT(get("one"), "old");
	CHECK_TEXT(get("gone"), "old");
	CHECK(!file_is_regular("two") && file_is_folder("three"));
	CHECK_INT(entries("."), 3);
	teardown();
}

static void test_unwritable(void)
{
	struct output output;

	setup();
	quiet();
	put("file", "");
	CHECK(!output_begin(&output, &driver, "file/x"));
	CHECK(!output_begin(&output, &driver, "/proc/x"));
	CHECK(!output_begin(&output, &driver, "file"));
	CHECK_INT(entries("."), 1);
	teardown();
}

/* SIGTERM while files are written: nothing stays, and the process ends by the signal. */
static void test_signal(void)
{
	struct output output;
	pid_t child;

	setup();
	fflush(NULL);
	child = fork();
	if (!child) {
		output_begin(&output, &driver, "a");
		output_add(&output, "one", "1", 1);
		raise(SIGTERM);
		if (output_add(&output, "two", "2", 1))
			_exit(1);
		output_end(&output, true);
		_exit(2);
	}
	CHECK_INT(ks_test_wait(child), 128 + SIGTERM);
	CHECK_INT(entries("."), 0);
	teardown();
}

static void test_file_replace(void)
{
	const char *why = "";

	setup();
	put("file", "old");
	CHECK(!symlink("file", "link"));
	CHECK(file_replace(&driver.arena, "link", "new", 3, &why));
	CHECK_TEXT(get("file"), "new");
	CHECK_INT(entries("."), 2);
	CHECK(file_replace(&driver.arena, "/dev/null", "x", 1, &why));
	CHECK(!file_is_regular("/dev/null"));
	CHECK(!file_replace(&driver.arena, ".", "x", 1, &why));
	CHECK_TEXT(why, "it is a folder");
	CHECK(!file_replace(&driver.arena, "none/file", "x", 1, &why));
	teardown();
}

static void test_file_read(void)
{
	struct strbuf text = {0};
	const char *why = "";

	setup();
	put("file", "12345");
	CHECK(file_read(&driver.arena, "file", 5, &text, &why));
	CHECK_INT(text.len, 5);
	strbuf_clear(&text);
	CHECK(!file_read(&driver.arena, "file", 4, &text, &why));
	CHECK_TEXT(why, "it is larger than 4 bytes");
	CHECK(!file_read(&driver.arena, ".", 10, &text, &why));
	CHECK_TEXT(why, "Is a directory");
	strbuf_free(&text);
	teardown();
}

static void test_process(void)
{
	const char *const script[] = {"sh", "-c", "pwd; echo $TMPDIR; echo err >&2; exit 7", NULL};
	const char *const missing[] = {"no-such-program-here", NULL};
	struct strbuf text = {0};
	const char *why = "";
	char wanted[200];

	setup();
	CHECK_INT(process_run(&driver, script, folder, &text, &why), 7);
	snprintf(wanted, sizeof(wanted), "%s\n%s\nerr\n", folder, folder);
	CHECK_TEXT(strbuf_text(&text), wanted);
	CHECK_INT(process_run(&driver, missing, folder, &text, &why), -1);
	CHECK_TEXT(why, "No such file or directory");
	strbuf_free(&text);
	teardown();
}

/* A held signal ends the child at once. */
static void test_process_signal(void)
{
	const char *const script[] = {"sh", "-c", "kill -TERM $PPID; exec sleep 30", NULL};
	struct strbuf text = {0};
	const char *why = "";

	setup();
	signals_hold();
	CHECK_INT(process_run(&driver, script, folder, &text, &why), 128 + SIGTERM);
	CHECK(signals_came());
	strbuf_free(&text);
	teardown();
}

static void test_command_text(void)
{
	const char *const argv[] = {"cc", "-Wa,-I.", "a b", "it's", "", NULL};
	struct strbuf text = {0};

	command_text(&text, argv);
	CHECK_TEXT(strbuf_text(&text), "cc -Wa,-I. 'a b' 'it'\\''s' ''");
	strbuf_free(&text);
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"installs all files", test_installs_all},
		{"replaces and drops files", test_replaces_and_drops},
		{"a failure leaves nothing", test_failure_leaves_nothing},
		{"rolls back", test_rolls_back},
		{"unwritable folders", test_unwritable},
		{"a signal leaves nothing", test_signal},
		{"replacing one file", test_file_replace},
		{"reading a file", test_file_read},
		{"child process", test_process},
		{"a signal ends the child", test_process_signal},
		{"command text", test_command_text},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
