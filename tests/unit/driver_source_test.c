/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/cache.h"
#include "driver/file.h"
#include "driver/source_file.h"
#include "ks_test.h"

#include <sys/stat.h>

static struct driver driver;
static struct compilation comp;
static struct source_reader reader;
static char folder[64];

/*
 * main/main.ks with main/beside.kh and a folder main/folder.kh; more/beside.kh and more/far.kh on
 * the -I path; lib/stdlib with far.kh and net.kh.
 */
static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/driver-test-XXXXXX");
	CHECK(mkdtemp(folder) && !chdir(folder));
	CHECK(!system(
		"mkdir -p main/folder.kh more lib/stdlib && cd main && echo main >main.ks && "
		"echo 1 >beside.kh && ln -s beside.kh alias.kh && cd ../more && "
		"echo 2 >beside.kh && echo 3 >far.kh && cd ../lib/stdlib && echo 4 >far.kh && "
		"echo 5 >net.kh"));
	arena_init(&driver.arena);
	compilation_init(&comp);
	vec_push(&driver.arena, &driver.options.includes, "more");
	driver.library = arena_printf(&driver.arena, "%s/lib", folder);
	source_reader_init(&reader, &driver, &comp);
	CHECK_INT(source_read_main(&reader, &comp, "main/main.ks"), 0);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK(!chdir("/") && !system(command));
	compilation_free(&comp);
	arena_free(&driver.arena);
}

/* Opens from the main file: "shown path:text", or "". */
static const char *open_text(uint32_t from, const char *name)
{
	uint32_t file = comp.open_source(&comp, comp.open_source_user, from, name);
	const struct source *source;

	if (file == UINT32_MAX)
		return "";
	source = comp.sources.files.data[file];
	return arena_printf(&comp.arena, "%s:%.1s%s", source->path, source->text,
			    source->is_stdlib ? " stdlib" : "");
}

static void test_search(void)
{
	setup();
	CHECK_TEXT(open_text(0, "beside.kh"), "main/beside.kh:1");
	CHECK_TEXT(open_text(0, "far.kh"), "more/far.kh:3");
	CHECK_TEXT(open_text(0, "net.kh"), "stdlib/net.kh:5 stdlib");
	CHECK_TEXT(open_text(0, "../more/beside.kh"), "main/../more/beside.kh:2");
	CHECK_TEXT(open_text(0, "folder.kh"), "");
	CHECK_TEXT(open_text(0, "none.kh"), "");
	CHECK(!reader.failed);
	teardown();
}

/* Under another name it is the same file. */
static void test_each_file_once(void)
{
	uint32_t file;

	setup();
	file = comp.open_source(&comp, comp.open_source_user, 0, "beside.kh");
	CHECK_INT(comp.open_source(&comp, comp.open_source_user, 0, "alias.kh"), file);
	CHECK_INT(comp.open_source(&comp, comp.open_source_user, file, "../main/main.ks"), 0);
	CHECK_INT(comp.sources.files.len, 2);
	teardown();
}

static void test_missing_main(void)
{
	setup();
	CHECK(freopen("/dev/null", "w", stderr));
	CHECK_INT(source_read_main(&reader, &comp, "none.ks"), UINT32_MAX);
	CHECK_INT(source_read_main(&reader, &comp, "main"), UINT32_MAX);
	CHECK(reader.failed);
	teardown();
}

static void test_project_name(void)
{
	setup();
	CHECK_TEXT(project_name(&comp, "a/b/my-prog_1.ks"), "my-prog_1");
	CHECK_TEXT(project_name(&comp, "x"), "x");
	CHECK_TEXT(project_name(&comp, "a b.c.ks"), "a_b_c");
	CHECK_TEXT(project_name(&comp, ".ks"), "_ks");
	CHECK_TEXT(project_name(&comp, "a/"), "program");
	CHECK_TEXT(project_name(&comp, "-"), "stdin");
	teardown();
}

/* The cache entry of the sources read so far, without its folder. */
static const char *entry(void)
{
	struct job job = {.driver = &driver, .comp = comp};

	job.comp.options.project = "p";
	return cache_entry(&job, "root");
}

static void test_cache_entry(void)
{
	const char *first, *more;

	setup();
	first = entry();
	CHECK(!strncmp(first, "root/p-", 7) && strlen(first) == 7 + 32);
	CHECK_TEXT(entry(), first);
	driver.options.spill = true;
	CHECK(strcmp(entry(), first));
	driver.options.spill = false;
	driver.options.color = COLOR_ALWAYS;
	CHECK_TEXT(entry(), first);
	open_text(0, "beside.kh");
	more = entry();
	CHECK(strcmp(more, first));
	((char *)comp.sources.files.data[1]->text)[0] = 'x';
	CHECK(strcmp(entry(), more));
	teardown();
}

static void test_cache_root(void)
{
	setup();
	setenv("XDG_CACHE_HOME", "/c", 1);
	CHECK_TEXT(cache_root(&driver), "/c/ksc");
	setenv("XDG_CACHE_HOME", "relative", 1);
	setenv("HOME", "/h", 1);
	CHECK_TEXT(cache_root(&driver), "/h/.cache/ksc");
	teardown();
}

static void test_cache_prune(void)
{
	setup();
	CHECK(!system("mkdir -p cache/old cache/new && touch cache/old/x cache/new/x && "
		      "touch -d '40 days ago' cache/old"));
	cache_prune(&driver, "cache");
	CHECK(!file_is_folder("cache/old"));
	CHECK(file_is_regular("cache/new/x"));
	teardown();
}

static const char *labels(void)
{
	struct strbuf text = {0};
	const char *copy;

	for (uint32_t i = 0; i < driver.kernels.len; i++) {
		const struct kernel *kernel = driver.kernels.data[i];

		strbuf_printf(&text, "%s%s/%x", i ? " " : "", kernel->label, kernel->version >> 8);
		strbuf_puts(&text, kernel->has_btf ? "+btf" : "");
	}
	copy = arena_strdup(&driver.arena, strbuf_text(&text));
	strbuf_free(&text);
	return copy;
}

static void test_kernels(void)
{
	const char *fixture = KSC_SOURCE_DIR "/tests/fixtures/kernel-6.1.btf";

	setup();
	driver.options.quiet = true;
	vec_push(&driver.arena, &driver.options.kernels, fixture);
	vec_push(&driver.arena, &driver.options.kernels, "6.12");
	CHECK(targets_open(&driver));
	CHECK_TEXT(labels(), arena_printf(&driver.arena, "%s/601+btf 6.12/60c", fixture));
	teardown();
}

/* A version alone gets types from the running kernel, which then is no target. */
static void test_kernel_version(void)
{
	setup();
	driver.options.quiet = true;
	vec_push(&driver.arena, &driver.options.kernels, "5.4");
	CHECK(targets_open(&driver));
	types_init(&comp);
	kernels_init(&comp);
	targets_add(&driver, &comp);
	CHECK(!strncmp(labels(), "5.4/504", 7));
	CHECK(!kernels_older_than(&comp, KERNEL_VERSION_OF(5, 4)));
	CHECK(kernels_older_than(&comp, KERNEL_VERSION_OF(5, 5)) == driver.kernels.data[0]);
	for (uint32_t i = 1; i < driver.kernels.len; i++)
		CHECK(driver.kernels.data[i]->types_only);
	teardown();
}

static void test_bad_kernels(void)
{
	setup();
	CHECK(freopen("/dev/null", "w", stderr));
	vec_push(&driver.arena, &driver.options.kernels, "main/main.ks");
	CHECK(!targets_open(&driver));
	driver.options.kernels.data[0] = "none";
	CHECK(!targets_open(&driver));
	teardown();
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"search", test_search},
		{"each file once", test_each_file_once},
		{"missing main file", test_missing_main},
		{"project name", test_project_name},
		{"cache entry", test_cache_entry},
		{"cache root", test_cache_root},
		{"cache prune", test_cache_prune},
		{"kernels", test_kernels},
		{"kernel version", test_kernel_version},
		{"bad kernels", test_bad_kernels},
	};

	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
