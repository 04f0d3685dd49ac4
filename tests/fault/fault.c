/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes one call of libbpf, an allocator or the system fail, to see what a loader does then.
 *
 * In the objects of the runtime and of a generated loader, `objcopy --redefine-syms` gives each
 * function of fault_list.h another name, fault_NAME: a trampoline that asks fault_here() and goes
 * on to the function or returns its failure. So only their calls count, not libbpf's own. A call is
 * known by its call stack, as far as it lies in the executable (which is linked without PIE, so
 * that addresses are the same in each run).
 *
 *	FAULT_LOG=FILE       appends a line for each new call stack: its number in hex, the name
 *	FAULT_STACK=HEX      the first call with this call stack fails
 *	FAULT_ALWAYS=A,B     every call of these names fails
 *	FAULT_RELEASE=TEXT   uname() says that the kernel is this one
 *
 * For x86-64: the trampolines pass on the registers, and so need no prototypes.
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* How a function says that it failed. */
enum failure {
	FAIL_NULL,     /* 0 and errno */
	FAIL_MINUS,    /* -1 and errno, also (void *)-1 */
	FAIL_NEGATIVE, /* -errno and errno, as libbpf does */
	FAIL_CODE,     /* the number itself */
};

static const struct fault {
	const char *name;
	enum failure failure;
	int err;
} faults[] = {
#define X(name, failure, err) {#name, FAIL_##failure, err},
#include "fault_list.h"
#undef X
};

/* Of the linker: where the executable's code lies. */
extern const char __executable_start[], etext[];

enum {
	DEPTH = 48,
	SEEN_MAX = 4096,
};

static struct {
	int log;
	uint64_t wanted;
	const char *always, *release;
	uint64_t seen[SEEN_MAX];
	unsigned seen_count;
	int is_inside, is_done;
} state = {.log = -1};

static void __attribute__((constructor)) fault_setup(void)
{
	const char *path = getenv("FAULT_LOG"), *wanted = getenv("FAULT_STACK");
	void *first[4];

	backtrace(first, 4); /* loads the unwinder, which allocates */
	state.always = getenv("FAULT_ALWAYS");
	state.release = getenv("FAULT_RELEASE");
	if (path)
		state.log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (wanted)
		state.wanted = strtoull(wanted, NULL, 16);
}

/* FNV-1a of the return addresses and the function. */
static uint64_t stack_number(unsigned index)
{
	void *frames[DEPTH];
	int depth = backtrace(frames, DEPTH);
	uint64_t hash = 14695981039346656037u + index;

	for (int i = 0; i < depth; i++) {
		const char *at = frames[i];

		if (at >= __executable_start && at < etext)
			hash = (hash ^ (uint64_t)(uintptr_t)at) * 1099511628211u;
	}
	return hash;
}

static int is_new(uint64_t number)
{
	for (unsigned i = 0; i < state.seen_count; i++) {
		if (state.seen[i] == number)
			return 0;
	}
	if (state.seen_count < SEEN_MAX)
		state.seen[state.seen_count++] = number;
	return 1;
}

/* The guardian closes every descriptor that it does not know: no log there. */
static void note(uint64_t number, const char *name)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "%016llx %s\n", (unsigned long long)number, name);

	if (write(state.log, line, (size_t)len) != len)
		state.log = -1;
}

static long value_of(const struct fault *fault)
{
	errno = fault->err;
	switch (fault->failure) {
	case FAIL_NULL:
		return 0;
	case FAIL_MINUS:
		return -1;
	case FAIL_NEGATIVE:
		return -fault->err;
	case FAIL_CODE:
		return fault->err;
	}
	return 0;
}

/* Is a name one of a list with commas? */
static int is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (; list; list = strchr(list, ',')) {
		list += *list == ',';
		if (!strncmp(list, name, len) && (!list[len] || list[len] == ','))
			return 1;
	}
	return 0;
}

/* For the trampolines: whether this call fails; then `*value` is the result. */
int fault_here(unsigned index, long *value);

int fault_here(unsigned index, long *value)
{
	const struct fault *fault = &faults[index];
	int saved = errno, fails = 0;

	if (state.is_inside)
		return 0;
	state.is_inside = 1;
	if (is_listed(state.always, fault->name)) {
		fails = 1;
	} else if (!state.is_done && (state.log >= 0 || state.wanted)) {
		uint64_t number = stack_number(index);

		if (state.log >= 0 && is_new(number))
			note(number, fault->name);
		fails = state.is_done = state.wanted && state.wanted == number;
	}
	state.is_inside = 0;
	errno = saved;
	if (fails)
		*value = value_of(fault);
	return fails;
}

/*
 * fault_NAME: saves the argument registers, calls fault_here(index, &value), and either returns
 * `value` or jumps to NAME with everything as it was. No variadic function of the list takes
 * floating-point arguments.
 */
__asm__(".text\n.set fault_index, 0\n");
#define X(name, failure, err)                                                \
	__asm__(".globl fault_" #name "\n"                                   \
		".type fault_" #name ", @function\n"                         \
		"fault_" #name ":\n"                                         \
		".cfi_startproc\n"                                           \
		"push %rbp\n.cfi_def_cfa_offset 16\n.cfi_offset %rbp, -16\n" \
		"mov %rsp, %rbp\n.cfi_def_cfa_register %rbp\n"               \
		"push %rdi\npush %rsi\npush %rdx\npush %rcx\n"               \
		"push %r8\npush %r9\npush %rax\npush $0\n"                   \
		"mov $fault_index, %edi\nmov %rsp, %rsi\ncall fault_here\n"  \
		"mov %eax, %r11d\n"                                          \
		"pop %r10\npop %rax\npop %r9\npop %r8\n"                     \
		"pop %rcx\npop %rdx\npop %rsi\npop %rdi\npop %rbp\n"         \
		".cfi_def_cfa %rsp, 8\n"                                     \
		"test %r11d, %r11d\njnz 1f\n"                                \
		"jmp " #name "\n"                                            \
		"1: mov %r10, %rax\nret\n"                                   \
		".cfi_endproc\n.size fault_" #name ", . - fault_" #name "\n" \
		".set fault_index, fault_index + 1\n");
#include "fault_list.h"
#undef X

/* uname() with FAULT_RELEASE; calls through the trampoline. */
int fault_uname(struct utsname *system);
int fault_uname_released(struct utsname *system);

int fault_uname_released(struct utsname *system)
{
	int status = fault_uname(system);

	if (!status && state.release)
		snprintf(system->release, sizeof(system->release), "%s", state.release);
	return status;
}

/* fclose() that fails has closed the stream. */
int fault_fclose_after(FILE *stream);

int fault_fclose_after(FILE *stream)
{
	unsigned index = 0;
	long value = 0;
	int fails;

	while (strcmp(faults[index].name, "fclose"))
		index++;
	fails = fault_here(index, &value);
	if (!fails)
		return fclose(stream);
	fclose(stream);
	errno = faults[index].err;
	return (int)value;
}
