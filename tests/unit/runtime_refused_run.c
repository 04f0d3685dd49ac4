/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs made to be refused, one or more for each message of the verifier that we put in words.
 * They are raw instructions, with line information that names refused.ks, so that what is read
 * from the log can be compared. Runs on any kernel; what a kernel does not say is left out.
 */
#include <sys/utsname.h>

#include "refused.h"

#include "verifier_log.h"

/* ---- the table ---- */

/* How a program is loaded. */
enum kind {
	XDP,
	XDP_MIT,
	XDP_SLEEPABLE,
	XDP_STRICT,
	CGROUP_SKB,
	SCHED_CLS,
	SCHED_SWITCH, /* raw tracepoint with types */
	NO_TARGET,
};

static const struct refused {
	const char *name; /* of the row of verifier_messages.h */
	enum kind kind;
	void (*make)(void);
	unsigned since, before; /* kernels, major * 1000 + minor; 0: any */
} programs[] = {
	{"PACKET_ACCESS", XDP, make_packet_access, 0, 0},
	{"PACKET_WRITE", CGROUP_SKB, make_packet_write, 0, 0},
	{"MAP_VALUE_NULL", XDP, make_map_value_null, 0, 0},
	{"POINTER_NULL", XDP, make_pointer_null, 0, 0},
	{"NULL_MATH", XDP, make_null_math, 0, 0},
	{"MAP_VALUE_ACCESS", XDP, make_map_value_access, 0, 0},
	{"MAP_WRITE", XDP, make_map_write, 0, 0},
	{"MAP_READ", XDP, make_map_read, 0, 0},
	{"NEGATIVE_INDEX", XDP, make_negative_index, 0, 0},
	{"OUTSIDE_MAX", XDP, make_outside_max, 0, 0},
	{"UNBOUNDED", XDP, make_unbounded, 0, 0},
	{"ZERO_SIZE", XDP, make_zero_size, 0, 0},
	{"ADDRESS_SCALAR", XDP, make_address_scalar, 0, 0},
	{"ADDRESS_OTHER", XDP, make_address_other, 0, 0},
	{"MATH_UNBOUNDED", XDP, make_math_unbounded, 0, 0},
	{"MATH_NUMBER", XDP, make_math_number, 0, 0},
	{"MATH_BOUNDS", XDP, make_math_bounds, 0, 0},
	{"POINTER_BITS", XDP, make_pointer_bits, 0, 0},
	{"POINTER_OPERATOR", XDP, make_pointer_operator, 0, 0},
	{"POINTER_POINTER", XDP, make_pointer_pointer, 0, 0},
	{"POINTER_HALF", XDP, make_pointer_half, 0, 0},
	{"POINTER_KIND", XDP, make_pointer_kind, 0, 0},
	{"TWO_POINTERS", XDP, make_two_pointers, 0, 0},
	{"STACK_SUM", XDP, make_stack_sum, 0, 0},
	{"STACK_WRITE", XDP, make_stack_write, 0, 0},
	{"STACK_READ", XDP, make_stack_read, 0, 0},
	{"FRAME_POINTER", XDP, make_frame_pointer, 0, 0},
	{"UNSET", XDP, make_unset, 0, 0},
	{"CONTEXT_ACCESS", XDP, make_context_access, 0, 0},
	{"CONTEXT_MODIFIED", XDP, make_context_modified, 0, 0},
	{"CONTEXT_VARIABLE", XDP, make_context_variable, 0, 0},
	{"ARGUMENT_MISSING", SCHED_SWITCH, make_argument_missing, 0, 0},
	{"STRUCT_BEYOND", SCHED_SWITCH, make_struct_beyond, 0, 0},
	{"STRUCT_WRITE", SCHED_SWITCH, make_struct_write, 0, 0},
	{"ATOMIC_PLACE", XDP, make_atomic_place, 0, 0},
	{"REFERENCE", XDP, make_reference, 0, 0},
	{"NOT_REFERENCED", SCHED_CLS, make_not_referenced, 0, 0},
	{"DYNPTR", XDP, make_dynptr, 0, 0},
	{"ITERATOR", XDP, make_iterator, 6004, 0},
	{"HELPER_UNKNOWN", XDP, make_helper_unknown, 0, 0},
	{"HELPER_KIND", XDP, make_helper_kind, 6012, 0},
	{"HELPER_KIND_OLD", XDP, make_helper_kind_old, 0, 6008},
	{"HELPER_GPL", XDP_MIT, make_helper_gpl, 0, 0},
	{"KFUNC_GPL", XDP_MIT, make_kfunc_gpl, 0, 0},
	{"KFUNC_KIND", XDP, make_kfunc_kind, 0, 0},
	{"MAP_KIND", XDP, make_map_kind, 0, 0},
	{"ARGUMENT_KIND", XDP, make_argument_kind, 0, 0},
	{"SLEEPABLE_KIND", XDP_SLEEPABLE, make_sleepable_kind, 0, 0},
	{"ENDLESS", XDP, make_endless, 0, 0},
	{"UNREACHABLE", XDP, make_unreachable, 0, 0},
	{"JUMP_RANGE", XDP, make_jump_range, 0, 0},
	{"NO_EXIT", XDP, make_no_exit, 0, 0},
	{"OPCODE", XDP, make_opcode, 0, 0},
	{"RESERVED", XDP, make_reserved, 0, 0},
	{"REGISTER", XDP, make_register, 0, 0},
	{"DIVISION", XDP, make_division, 0, 0},
	{"SHIFT", XDP, make_shift, 0, 0},
	{"RESULT_RANGE", CGROUP_SKB, make_result_range, 0, 0},
	{"MISALIGNED", XDP_STRICT, make_misaligned, 0, 0},
	{"TARGET_ID", NO_TARGET, make_target_id, 0, 0},
	{"MAP_FD", XDP, make_map_fd, 0, 0},
	{"STACK_FRAMES", XDP, make_stack_frames, 0, 0},
	{"TOO_LARGE", XDP, make_too_large, 0, 0},
	{"TOO_COMPLEX", XDP, make_too_complex, 0, 0},
};

/* ---- loading ---- */

/* BTF with the texts of the lines; for every instruction its own. -1 when it cannot be made. */
static int lines_make(struct bpf_line_info *lines)
{
	struct btf *btf = btf__new_empty();
	int file, fd;

	CHECK(btf != NULL);
	file = btf__add_str(btf, "refused.ks");
	for (int i = 0, count = 0; i < len; i++) {
		char text[32];

		snprintf(text, sizeof(text), "\tline %d", i);
		lines[count++] = (struct bpf_line_info){
			.insn_off = (u32)i,
			.file_name_off = (u32)file,
			.line_off = (u32)btf__add_str(btf, text),
			.line_col = (u32)(FIRST_LINE + i) << 10,
		};
	}
	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	CHECK_INT(btf__load_into_kernel(btf), 0);
	fd = dup(btf__fd(btf));
	btf__free(btf);
	return fd;
}

static int load_program(const struct refused *program)
{
	static const struct {
		enum bpf_prog_type type;
		const char *license;
		u32 flags;
	} kinds[] = {
		[XDP] = {BPF_PROG_TYPE_XDP, "GPL", 0},
		[XDP_MIT] = {BPF_PROG_TYPE_XDP, "MIT", 0},
		[XDP_SLEEPABLE] = {BPF_PROG_TYPE_XDP, "GPL", BPF_F_SLEEPABLE},
		[XDP_STRICT] = {BPF_PROG_TYPE_XDP, "GPL", BPF_F_STRICT_ALIGNMENT},
		[CGROUP_SKB] = {BPF_PROG_TYPE_CGROUP_SKB, "GPL", 0},
		[SCHED_CLS] = {BPF_PROG_TYPE_SCHED_CLS, "GPL", 0},
		[SCHED_SWITCH] = {BPF_PROG_TYPE_TRACING, "GPL", 0},
		[NO_TARGET] = {BPF_PROG_TYPE_TRACING, "GPL", 0},
	};
	static struct bpf_line_info lines[CODE_MAX];
	/* With the statistics alone the log of a million instructions is short. */
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_buf = log_text, .log_size = sizeof(log_text),
		    .log_level = len > 1000 || program->make == make_too_large ? 4 : 1,
		    .prog_flags = kinds[program->kind].flags);
	int fd, btf_fd = -1;

	if (program->kind == CGROUP_SKB)
		options.expected_attach_type = BPF_CGROUP_INET_EGRESS;
	if (program->kind == SCHED_SWITCH) {
		options.expected_attach_type = BPF_TRACE_RAW_TP;
		options.attach_btf_id =
			(u32)kernel_type("btf_trace_sched_switch", BTF_KIND_TYPEDEF);
	}
	/* The second half of a 64-bit constant may have no line: programs with maps have none. */
	for (int i = 0; i < len && btf_fd != -2; i++) {
		if (code[i].code == (BPF_LD | BPF_DW | BPF_IMM))
			btf_fd = -2;
	}
	if (btf_fd == -1) {
		btf_fd = lines_make(lines);
		options.prog_btf_fd = (u32)btf_fd;
		options.line_info = lines;
		options.line_info_cnt = (u32)len;
		options.line_info_rec_size = sizeof(*lines);
	}
	log_text[0] = 0;
	fd = bpf_prog_load(kinds[program->kind].type, "refused", kinds[program->kind].license, code,
			   (size_t)len, &options);
	if (btf_fd >= 0)
		close(btf_fd);
	if (fd >= 0)
		close(fd);
	return fd;
}

static unsigned kernel_version(void)
{
	struct utsname system;
	unsigned major = 0, minor = 0;

	uname(&system);
	sscanf(system.release, "%u.%u", &major, &minor);
	return major * 1000 + minor;
}

static bool applies(const struct refused *program)
{
	unsigned version = kernel_version();

	return version >= program->since && (!program->before || version < program->before);
}

static void fail(const struct refused *program, const char *what)
{
	fprintf(stderr, "%s: %s\n%.1500s\n", program->name, what,
		strlen(log_text) > 1500 ? log_text + strlen(log_text) - 1500 : log_text);
	ks_test_failures++;
}

static void check_program(const struct refused *program)
{
	struct verifier_finding finding;
	int fd;

	len = 0;
	program->make();
	fd = load_program(program);
	if (fd >= 0) {
		fail(program, "it loads");
		return;
	}
	if (!verifier_read(log_text, &finding) || !finding.message) {
		fail(program, "no message is found");
		return;
	}
	if (strcmp(finding.message->name, program->name) != 0)
		fail(program, finding.message->name);
	if (!finding.where.start)
		return;
	if (strncmp(finding.where.start, "refused.ks:1", 12) != 0 ||
	    strncmp(finding.text.start, "line ", 5) != 0)
		fail(program, "the position is wrong");
}

static void test_refused(void)
{
	maps_make();
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		if (applies(&programs[i]))
			check_program(&programs[i]);
	}
}

/* ---- the table of messages itself ---- */

static const struct row {
	const char *name, *part, *kernels, *reason, *help;
} rows[] = {
#define X(name, part, kernels, reason, help) {#name, part, kernels, reason, help},
#include "verifier_messages.h"
#undef X
};

/* Every row that claims to have been seen has a program here. */
static void test_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool found = false;

		for (size_t j = 0; j < ARRAY_LEN(programs); j++)
			found |= !strcmp(programs[j].name, rows[i].name);
		if (found == !strcmp(rows[i].kernels, "text")) {
			fprintf(stderr, "%s: %s\n", rows[i].name,
				found ? "has a program, but says `text`" : "has no program");
			ks_test_failures++;
		}
		CHECK(*rows[i].reason && *rows[i].help);
	}
}

/* A line that holds just what a row looks for is that row's, not an earlier one's. */
static void test_order(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct verifier_message *found =
			verifier_match(rows[i].part, (int)strlen(rows[i].part));

		CHECK(found && !strcmp(found->name, rows[i].name));
	}
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"every row has its program", test_rows},
		{"no row hides another", test_order},
		{"refused programs", test_refused},
	};

	return run_main(tests, ARRAY_LEN(tests));
}
