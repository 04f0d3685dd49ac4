/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/driver.h"
#include "driver/crash.h"
#include "driver/file.h"
#include "driver/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By command; a command without a function is not in this version. */
static enum exit_status (*const command_functions[COMMAND_COUNT])(struct driver *driver) = {
	[COMMAND_BUILD] = cmd_build,	 [COMMAND_CHECK] = cmd_check,
	[COMMAND_RUN] = cmd_run,	 [COMMAND_EMIT] = cmd_emit,
	[COMMAND_INIT] = cmd_init,	 [COMMAND_LIST] = cmd_list,
	[COMMAND_EXPLAIN] = cmd_explain, [COMMAND_DOCTOR] = cmd_doctor,
	[COMMAND_COMPILE] = cmd_compile, [COMMAND_HELP] = cmd_help,
	[COMMAND_TEST] = cmd_test,
};

static const char *executable_path(struct arena *arena)
{
	char *path = realpath("/proc/self/exe", NULL), *copy = NULL;

	if (path)
		copy = arena_strdup(arena, path);
	free(path);
	return copy;
}

/*
 * PREFIX/bin/ksc has PREFIX/lib/ksc; in a build tree lib/ksc lies beside ksc. The run-time
 * library tells the folder.
 */
static const char *library_folder(struct arena *arena, const char *executable)
{
	static const char *const places[] = {"../lib/ksc", "lib/ksc"};
	const char *folder = path_folder(arena, executable);

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *path = path_join(arena, folder, places[i]);
		char *real = realpath(path, NULL);
		bool found = real && file_is_folder(path_join(arena, real, "include"));

		if (found)
			path = arena_strdup(arena, real);
		free(real);
		if (found)
			return path;
	}
	return NULL;
}

static bool wants_color(const struct options *options)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (options->diag != DIAG_HUMAN || options->color == COLOR_NEVER)
		return false;
	if (options->color == COLOR_ALWAYS)
		return true;
	return !(no_color && *no_color) && term && strcmp(term, "dumb") && isatty(STDERR_FILENO);
}

void driver_init(struct driver *driver)
{
	driver->color = wants_color(&driver->options);
	driver->executable = executable_path(&driver->arena);
	if (driver->executable)
		driver->library = library_folder(&driver->arena, driver->executable);
}

void driver_free(struct driver *driver)
{
	for (uint32_t i = 0; i < driver->kernels.len; i++)
		kernel_close(driver->kernels.data[i]);
	arena_free(&driver->arena);
}

static enum exit_status print(struct driver *driver, struct strbuf *text)
{
	bool ok = driver_print(driver, text);

	strbuf_free(text);
	return ok ? EXIT_DONE : EXIT_ENVIRONMENT;
}

enum exit_status cmd_help(struct driver *driver)
{
	const struct options *options = &driver->options;
	struct strbuf text = {0};
	enum command_id command = COMMAND_COUNT;
	const char *name, *near;

	if (options->man) {
		help_man(&text, KSC_VERSION);
		return print(driver, &text);
	}
	if (options->command == COMMAND_HELP && options->operands.len) {
		name = options->operands.data[0];
		command = command_find(name);
		near = command_nearest(name);
		if (command == COMMAND_COUNT) {
			driver_error(driver, "there is no command `%s`%s%s%s", name,
				     near ? "; did you mean `" : "", near ? near : "",
				     near ? "`?" : "");
			return EXIT_USAGE;
		}
	} else if (options->command != COMMAND_HELP) {
		command = options->command;
	}
	if (command == COMMAND_COUNT)
		help_overview(&text);
	else
		help_command(&text, command);
	return print(driver, &text);
}

static enum exit_status run_command(struct driver *driver)
{
	const struct options *options = &driver->options;
	struct strbuf text = {0};

	if (options->help)
		return cmd_help(driver);
	if (options->version) {
		strbuf_printf(&text, "ksc %s\n", KSC_VERSION);
		return print(driver, &text);
	}
	if (!command_functions[options->command]) {
		driver_error(driver, "`ksc %s` is not available in this version",
			     commands[options->command].name);
		return EXIT_USAGE;
	}
	return command_functions[options->command](driver);
}

static enum exit_status usage_error(struct driver *driver, const struct strbuf *why)
{
	enum command_id command = driver->options.command;

	driver_error(driver, "%s", strbuf_text(why));
	if (command == COMMAND_COUNT)
		fputs("try `ksc help`\n", stderr);
	else
		fprintf(stderr, "try `ksc help %s`\n", commands[command].name);
	return EXIT_USAGE;
}

enum exit_status driver_main(int argc, char **argv)
{
	struct driver driver = {0};
	struct strbuf why = {0};
	enum exit_status status;
	bool ok;

	if (argc < 2) {
		help_overview(&why);
		fputs(strbuf_text(&why), stderr);
		strbuf_free(&why);
		return EXIT_USAGE;
	}
	crash_catch();
	signals_announce();
	arena_init(&driver.arena);
	ok = options_parse(&driver.options, &driver.arena, argc - 1, argv + 1, &why);
	driver_init(&driver);
	status = ok ? run_command(&driver) : usage_error(&driver, &why);
	strbuf_free(&why);
	driver_free(&driver);
	return status;
}
