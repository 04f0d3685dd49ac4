/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What objects cost the verifier of the running kernel:
 *
 *	verifier_stats [--log] OBJECT...
 *
 * One line a program: `ok` or `refused`, the instructions that the verifier processed, the states
 * that it kept, the object, the program. --log prints the end of the log of each refusal. Exit
 * status 1 when a program was refused. The numbers are the verifier's own statistics
 * (BPF_LOG_STATS, log level 4).
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_BYTES  (1u << 20)
#define TAIL_BYTES 1500

static bool want_log;

static int keep_quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

static unsigned long number_after(const char *log, const char *word)
{
	const char *at = strstr(log, word);

	return at ? strtoul(at + strlen(word), NULL, 10) : 0;
}

static void print_program(const char *path, struct bpf_program *prog, char *log, bool loaded)
{
	const char *base = strrchr(path, '/'), *stats = strstr(log, "processed ");
	size_t len = strlen(log);

	printf("%s %lu %lu %s %s\n", loaded ? "ok" : "refused", number_after(log, "processed "),
	       stats ? number_after(stats, "total_states ") : 0, base ? base + 1 : path,
	       bpf_program__name(prog));
	if (!loaded && want_log)
		printf("%s\n", len > TAIL_BYTES ? log + len - TAIL_BYTES : log);
}

/*
 * The object with the log of one program. `alone`: the others are left out, so that one refusal
 * hides no other; then arrays of programs cannot be filled.
 */
static bool try_program(const char *path, const char *name, char *log, bool alone)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *prog, *wanted = NULL;
	struct bpf_map *map;
	bool loaded;

	if (!object)
		return false;
	bpf_object__for_each_program(prog, object)
	{
		if (!strcmp(bpf_program__name(prog), name))
			wanted = prog;
		else if (alone)
			bpf_program__set_autoload(prog, false);
	}
	bpf_object__for_each_map(map, object) bpf_map__set_pin_path(map, NULL);
	log[0] = '\0';
	bpf_program__set_log_buf(wanted, log, LOG_BYTES);
	bpf_program__set_log_level(wanted, 4);
	loaded = !bpf_object__load(object);
	if (loaded || alone)
		print_program(path, wanted, log, loaded);
	bpf_object__close(object);
	return loaded;
}

static bool try_object(const char *path, char *log)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	bool loaded = true;

	if (!object) {
		printf("refused 0 0 %s: libbpf does not open it\n", path);
		return false;
	}
	bpf_object__for_each_program(prog, object) loaded &=
		try_program(path, bpf_program__name(prog), log, false) ||
		try_program(path, bpf_program__name(prog), log, true);
	bpf_object__close(object);
	return loaded;
}

int main(int argc, char **argv)
{
	char *log = malloc(LOG_BYTES);
	bool loaded = true;

	if (!log)
		return 3;
	libbpf_set_print(keep_quiet);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--log"))
			want_log = true;
		else
			loaded &= try_object(argv[i], log);
	}
	free(log);
	return !loaded;
}
