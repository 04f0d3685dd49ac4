/* SPDX-License-Identifier: Apache-2.0 */
/* What the runtime says of an errno: for each operation the causes that users meet, in words. */
#include "ks_test.h"

#include "internal.h"

/* What kernel and libbpf return from an operation, other than what fits every one. */
static const struct {
	enum operation op;
	int errors[12];
} operations[] = {
	{OP_OPEN, {EINVAL, ENOENT, EOPNOTSUPP}},
	{OP_MAPS, {EPERM, E2BIG, EINVAL}},
	{OP_PIN, {ENOENT, EEXIST, EOPNOTSUPP, EACCES, ENOTDIR, ENOSPC, EINVAL, EROFS}},
	{OP_LOAD,
	 {EPERM, E2BIG, EINVAL, ESRCH, ENOENT, ENOTSUPP, EOPNOTSUPP, EBUSY, EAGAIN, ENOSPC}},
	{OP_MMAP, {EINVAL, EPERM}},
	{OP_MAP_USE, {EPERM, EINVAL, EBUSY, EFAULT, ENOSPC}},
	{OP_ATTACH_NET, {ENODEV, EBUSY, EEXIST, EOPNOTSUPP, EINVAL, ERANGE}},
	{OP_ATTACH_TRACE,
	 {ENOENT, EBUSY, EINVAL, EADDRNOTAVAIL, EOPNOTSUPP, ENOTSUPP, EEXIST, EILSEQ}},
	{OP_ATTACH_UPROBE, {ENOENT, EINVAL, ESRCH}},
	{OP_ATTACH_CGROUP, {ENOENT, EBADF, ENOTDIR, EINVAL, EEXIST, E2BIG}},
	{OP_ATTACH_PERF, {ENOENT, EOPNOTSUPP, EINVAL, ESRCH, ENODEV, EACCES, EBUSY}},
	{OP_ATTACH_MAP, {EBUSY, EINVAL, EOPNOTSUPP, ENOENT}},
	{OP_ATTACH_NETNS, {EBUSY, EEXIST, ENOENT}},
	{OP_ATTACH_SOCKET, {EBADF, ENOTSOCK, EINVAL}},
	{OP_ATTACH_NETFILTER, {EINVAL, EAFNOSUPPORT, EOPNOTSUPP, ERANGE}},
	{OP_TEST, {EINVAL, ENODEV, EFAULT, ENOSPC, EINTR}},
	{OP_REGISTER, {EEXIST, EINVAL, EBUSY, ENOTSUPP, EOPNOTSUPP}},
};

/* From every operation. */
static const int every[] = {EPERM,  EACCES, ENOMEM, EMFILE, ENFILE,
			    EAGAIN, ENOSYS, EIO,    EPIPE,  ENOBUFS};

static enum operation op;
static int err;

static int explain(void)
{
	explain_errno(op, -err);
	return 0;
}

/* A reason in words other than the C library's, the name of the errno, and a remedy. */
static void check_words(void)
{
	char text[2048], plain[256];

	CHECK_INT(ks_test_capture(explain, text, sizeof(text)), 0);
	snprintf(plain, sizeof(plain), "reason: %s (", strerror(err));
	CHECK(!strstr(text, plain));
	snprintf(plain, sizeof(plain), "(%s)\n", errno_name(err));
	CHECK_HAS(text, "  reason: ");
	CHECK_HAS(text, plain);
	CHECK_HAS(text, "  help: ");
	if (!strstr(text, "  help: ") || !strstr(text, plain))
		fprintf(stderr, "operation %d, %s:\n%s", (int)op, strerror(err), text);
}

static void test_operations(void)
{
	for (size_t i = 0; i < COUNT_OF(operations); i++) {
		op = operations[i].op;
		for (size_t j = 0; operations[i].errors[j]; j++) {
			err = operations[i].errors[j];
			check_words();
		}
		for (size_t j = 0; j < COUNT_OF(every); j++) {
			err = every[j];
			check_words();
		}
	}
}

/* What is in no row is named at least. */
static void test_unknown(void)
{
	char text[2048];

	op = OP_LOAD;
	err = EXDEV;
	CHECK_INT(ks_test_capture(explain, text, sizeof(text)), 0);
	CHECK_TEXT(text, "  reason: Invalid cross-device link (EXDEV)\n");
	CHECK_TEXT(errno_name(-ENOTSUPP), "ENOTSUPP");
	CHECK_TEXT(errno_name(99999), "unknown error");
}

/* ---- a load that left a log ---- */

static const char *load_log;

static int refuse(void)
{
	static const struct ks_app app = {.name = "message", .source = "m.ks"};
	static struct ks_prog prog = {.name = "look", .where = "m.ks:7"};

	runtime_setup(&app);
	verifier_explain(&prog, NULL, load_log, -EACCES);
	return 0;
}

/* Words of the verifier that no row knows are the cause; without a log it was refused before. */
static void test_log(void)
{
	static const char *const logs[] = {
		"0: (b7) r0 = 0\nsomething that only newer kernels say\nprocessed 1 insns\n",
		"something said before the first instruction\n",
	};
	char text[2048], *path;

	for (size_t i = 0; i < COUNT_OF(logs); i++) {
		load_log = logs[i];
		CHECK_INT(ks_test_capture(refuse, text, sizeof(text)), 0);
		CHECK_HAS(text, "m.ks:7: error: the kernel ");
		CHECK_HAS(text, "reason: the verifier refuses it for what its log says (EACCES)\n");
		CHECK(!strstr(text, "security module"));
		path = ks_test_behind(text, "  log: ");
		if (path)
			CHECK_INT(unlink(path), 0);
	}
	load_log = "";
	CHECK_INT(ks_test_capture(refuse, text, sizeof(text)), 0);
	CHECK_HAS(text, "security module");
	CHECK(!strstr(text, "  log: "));
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"every operation has words for what may go wrong", test_operations},
		{"other errors are named", test_unknown},
		{"with a log the verifier is the cause, not permissions", test_log},
	};

	return ks_test_main(tests, COUNT_OF(tests));
}
