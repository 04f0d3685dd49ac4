/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier_log.h"

#include <stdio.h>
#include <string.h>

/* What a part of the verifier's words means. The first that fits counts. */
static const struct {
	const char *part, *words;
} reasons[] = {
	{"invalid access to packet", "the packet may be shorter than what is read here"},
	{"invalid access to map value", "the access may lie outside of the map's value"},
	{"map_value_or_null", "the map may have no such entry"},
	{"invalid mem access 'scalar'", "an integer is used as an address"},
	{"invalid mem access 'inv'", "an integer is used as an address"},
	{"_or_null'", "a pointer that may be null is used"},
	{"possibly NULL", "a pointer that may be null is passed on"},
	{"unbounded memory access", "the size or index has no upper bound here"},
	{"min value is negative", "the size or index may be negative here"},
	{"infinite loop detected", "the kernel sees a loop that makes no progress"},
	{"back-edge", "kernels before 5.3 allow no loops"},
	{"BPF program is too large", "the program needs more than a million verification steps"},
	{"sequence of", "too many jumps in a row for the verifier"},
	{"combined stack size", "the functions together use more than 512 bytes of stack"},
	{"invalid stack", "the stack is used outside of its 512 bytes"},
	{"invalid read from stack", "memory of the stack is read before it was written"},
	{"Unreleased reference", "an object or record is not released on some path"},
	{"unknown func", "this kernel has no such helper for this kind of program"},
	{"cannot use helper", "this kind of program may not call this helper"},
	{"program of this type cannot use", "this kind of program may not call this helper"},
	{"calling kernel function", "this kind of program may not call this kernel function"},
	{"GPL", "the helper is only for programs with a GPL-compatible license"},
	{"invalid bpf_context access", "this field of the context does not exist on this kernel or "
				       "may not be used so"},
	{"At program exit the register R0",
	 "the program's result is outside of what its kind allows"},
	{"misaligned", "the address is not aligned for an access of this size"},
	{"unreachable insn", "some instructions can never run"},
	{"is not a kernel function", "the kernel has no such function to attach to"},
	{"Invalid argument", NULL},
};

const char *verifier_words(const char *reason, int len)
{
	char line[256];

	snprintf(line, sizeof(line), "%.*s", len, reason);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strstr(line, reasons[i].part))
			return reasons[i].words;
	}
	return NULL;
}

static bool is_statistics(const char *line, size_t len)
{
	static const char *const starts[] = {"processed ", "verification time", "stack depth",
					     "max_states", "peak_states",	"mark_read",
					     "-- ",	   "insns processed"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t n = strlen(starts[i]);

		if (len >= n && !strncmp(line, starts[i], n))
			return true;
	}
	return false;
}

const char *verifier_reason(const char *log, int *len)
{
	const char *found = NULL;

	for (const char *line = log; *line;) {
		size_t n = strcspn(line, "\n");

		if (n && *line != ';' && !is_statistics(line, n)) {
			found = line;
			*len = (int)n;
		}
		line += n + (line[n] == '\n');
	}
	return found;
}

/* `; text @ file.ks:12`: splits a comment line. Text may hold " @ " itself: the last one counts. */
static void comment_split(const char *line, size_t len, struct log_position *position)
{
	const char *text = line + 1, *end = line + len, *at = NULL;

	while (text < end && *text == ' ')
		text++;
	for (const char *c = text; c + 3 < end; c++) {
		if (!strncmp(c, " @ ", 3))
			at = c;
	}
	position->text = text;
	position->text_len = (int)((at ? at : end) - text);
	position->where = at ? at + 3 : NULL;
	position->where_len = at ? (int)(end - at - 3) : 0;
}

bool verifier_position(const char *log, struct log_position *position)
{
	const char *found = NULL;
	size_t found_len = 0;

	for (const char *line = log; *line;) {
		size_t n = strcspn(line, "\n");

		if (*line == ';' && n > 2) {
			found = line;
			found_len = n;
		}
		line += n + (line[n] == '\n');
	}
	if (!found)
		return false;
	comment_split(found, found_len, position);
	return true;
}
