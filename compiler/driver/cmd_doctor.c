/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: one check a line, and the remedy for what is missing. */
#include "driver/driver.h"
#include "driver/file.h"
#include "driver/native.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

struct doctor {
	struct driver *driver;
	struct utsname system;
	struct strbuf detail; /* what a check found; cleared before each */
};

/* The oldest kernel on which everything that is not marked newer works: ring buffers, links. */
#define KERNEL_OLDEST KERNEL_VERSION_OF(5, 10)

static bool check_kernel(struct doctor *doctor)
{
	strbuf_printf(&doctor->detail, "Linux %s, %s", doctor->system.release,
		      doctor->system.machine);
	return kernel_version_parse(doctor->system.release) >= KERNEL_OLDEST;
}

static bool check_btf(struct doctor *doctor)
{
	const char *path = "/sys/kernel/btf/vmlinux", *why;
	struct kernel *kernel = kernel_open_file(path, "running", 0, &why);

	if (kernel)
		strbuf_printf(&doctor->detail, "%u types", kernel->btf.count - 1);
	else
		strbuf_printf(&doctor->detail, "%s: %s", path, why);
	kernel_close(kernel);
	return kernel != NULL;
}

/* The effective capabilities (/proc/PID/status, CapEff). */
static uint64_t capabilities(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long set = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &set) == 1)
			break;
	if (file)
		fclose(file);
	return set;
}

static bool check_privilege(struct doctor *doctor)
{
	static const struct {
		unsigned bit;
		const char *name;
	} wanted[] = {{CAP_BPF, "CAP_BPF"},
		      {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
		      {CAP_PERFMON, "CAP_PERFMON"}};
	uint64_t set = capabilities();
	bool ok = true;

	if (set >> CAP_SYS_ADMIN & 1) {
		strbuf_puts(&doctor->detail, "CAP_SYS_ADMIN");
		return true;
	}
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		bool has = set >> wanted[i].bit & 1;

		strbuf_printf(&doctor->detail, "%s%s%s", i ? ", " : "", has ? "" : "no ",
			      wanted[i].name);
		ok &= has;
	}
	return ok;
}

/* Loads the smallest program, `return 0`: 0, or the errno. */
static int load_smallest(union bpf_attr *attr)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd;

	attr->insns = (uint64_t)(uintptr_t)code;
	attr->insn_cnt = sizeof(code) / sizeof(code[0]);
	attr->license = (uint64_t)(uintptr_t) "GPL";
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, attr, sizeof(*attr));
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static bool check_bpf(struct doctor *doctor)
{
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_XDP};
	int err = load_smallest(&attr);

	if (err) {
		strbuf_printf(&doctor->detail, "loading a program fails: %s", strerror(err));
		return false;
	}
	strbuf_puts(&doctor->detail, "a program loads");
	return true;
}

static bool check_jit(struct doctor *doctor)
{
	const char *path = "/proc/sys/net/core/bpf_jit_enable", *why;
	struct strbuf text = {0};
	bool known = file_read(&doctor->driver->arena, path, 64, &text, &why);
	bool ok = known && strbuf_text(&text)[0] != '0';

	/* Kernels that always compile (CONFIG_BPF_JIT_ALWAYS_ON) say 1; some hide the file. */
	strbuf_puts(&doctor->detail, !known ? "not known" : ok ? "on" : "off");
	strbuf_free(&text);
	return ok || !known;
}

static bool check_mount(struct doctor *doctor, const char *path, unsigned long magic)
{
	struct statfs info;

	if (statfs(path, &info)) {
		strbuf_printf(&doctor->detail, "%s: %s", path, strerror(errno));
		return false;
	}
	strbuf_printf(&doctor->detail, "%s%s", path,
		      (unsigned long)info.f_type == magic ? "" : " is not mounted");
	return (unsigned long)info.f_type == magic;
}

static bool check_bpffs(struct doctor *doctor)
{
	return check_mount(doctor, "/sys/fs/bpf", BPF_FS_MAGIC);
}

static bool check_tracefs(struct doctor *doctor)
{
	return check_mount(doctor, "/sys/kernel/tracing", TRACEFS_MAGIC);
}

static bool check_library(struct doctor *doctor)
{
	struct driver *driver = doctor->driver;
	const char *library = driver->library;

	if (!library) {
		strbuf_puts(&doctor->detail, "there is no ../lib/ksc beside ksc");
		return false;
	}
	strbuf_puts(&doctor->detail, library);
	return file_is_regular(path_join(&driver->arena, library, "libksrt.a")) &&
	       file_is_folder(path_join(&driver->arena, library, "stdlib"));
}

static bool check_compiler(struct doctor *doctor)
{
	return doctor->driver->library && native_probe(doctor->driver, &doctor->detail);
}

static bool check_headers(struct doctor *doctor)
{
	const char *path = arena_printf(&doctor->driver->arena, "/lib/modules/%s/build",
					doctor->system.release);

	strbuf_puts(&doctor->detail, path);
	return file_is_folder(path);
}

static bool check_lsm(struct doctor *doctor)
{
	const char *why;
	struct strbuf text = {0};
	bool ok = file_read(&doctor->driver->arena, "/sys/kernel/security/lsm", 4096, &text, &why);

	if (ok) {
		const char *found = strstr(strbuf_text(&text), "bpf");

		strbuf_printf(&doctor->detail, "%.*s", (int)strcspn(strbuf_text(&text), "\n"),
			      strbuf_text(&text));
		ok = found != NULL;
	} else {
		strbuf_printf(&doctor->detail, "/sys/kernel/security/lsm: %s", why);
	}
	strbuf_free(&text);
	return ok;
}

/* Maps count as locked memory before 5.11 only. */
static bool check_locked_memory(struct doctor *doctor)
{
	bool counts = kernel_version_parse(doctor->system.release) < KERNEL_VERSION_OF(5, 11);
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return true;
	if (limit.rlim_cur == RLIM_INFINITY)
		strbuf_puts(&doctor->detail, "no limit");
	else
		strbuf_printf(&doctor->detail, "%llu KiB%s",
			      (unsigned long long)limit.rlim_cur >> 10,
			      counts ? "" : ", which does not count since 5.11");
	return !counts || limit.rlim_cur >= 64 << 20;
}

/* A program with its maps and links on many CPUs takes some dozens. */
static bool check_open_files(struct doctor *doctor)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return true;
	strbuf_printf(&doctor->detail, "at most %llu", (unsigned long long)limit.rlim_cur);
	return limit.rlim_cur >= 256;
}

/* The first line of a small file of /proc or /sys into the detail; false when it has none. */
static bool read_setting(struct doctor *doctor, const char *path, char *value, size_t size)
{
	struct strbuf text = {0};
	const char *why;
	bool ok = file_read(&doctor->driver->arena, path, 4096, &text, &why);

	snprintf(value, size, "%.*s", ok ? (int)strcspn(strbuf_text(&text), "\n") : 0,
		 strbuf_text(&text));
	strbuf_free(&text);
	return ok;
}

static bool check_unprivileged(struct doctor *doctor)
{
	char value[64];

	if (!read_setting(doctor, "/proc/sys/kernel/unprivileged_bpf_disabled", value,
			  sizeof(value))) {
		strbuf_puts(&doctor->detail, "not known");
		return true;
	}
	strbuf_puts(&doctor->detail,
		    *value == '0' ? "every user may load some programs" : "only with privilege");
	return *value != '0';
}

static bool check_lockdown(struct doctor *doctor)
{
	char value[128];

	if (!read_setting(doctor, "/sys/kernel/security/lockdown", value, sizeof(value))) {
		strbuf_puts(&doctor->detail, "none");
		return true;
	}
	strbuf_puts(&doctor->detail, value);
	return !strstr(value, "[confidentiality]");
}

static bool check_kprobes(struct doctor *doctor)
{
	const char *path = "/sys/bus/event_source/devices/kprobe/type";
	bool ok = file_is_regular(path);

	strbuf_printf(&doctor->detail, "%s%s", path, ok ? "" : " is missing");
	return ok;
}

static bool check_fentry(struct doctor *doctor)
{
	const char *path = "/sys/kernel/btf/vmlinux", *why;
	struct kernel *kernel = kernel_open_file(path, "running", 0, &why);
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_TRACING,
			       .expected_attach_type = BPF_TRACE_FENTRY};
	int err = ENOENT;

	/* Any function that every kernel has would do. */
	if (kernel)
		attr.attach_btf_id = btf_image_find(&kernel->btf, "do_exit", 1u << BTF_KIND_FUNC);
	if (attr.attach_btf_id)
		err = load_smallest(&attr);
	kernel_close(kernel);
	if (err)
		strbuf_printf(&doctor->detail, "loading a program for a function fails: %s",
			      strerror(err));
	else
		strbuf_puts(&doctor->detail, "a program for a function loads");
	return !err;
}

static bool in_path(struct doctor *doctor, const char *program)
{
	struct arena *arena = &doctor->driver->arena;
	const char *path = getenv("PATH");
	char *folders = arena_strdup(arena, path ? path : "/usr/bin:/bin");

	for (char *folder = strtok(folders, ":"); folder; folder = strtok(NULL, ":")) {
		const char *file = path_join(arena, folder, program);

		if (!access(file, X_OK)) {
			strbuf_puts(&doctor->detail, file);
			return true;
		}
	}
	strbuf_printf(&doctor->detail, "there is no %s in PATH", program);
	return false;
}

static bool check_make(struct doctor *doctor)
{
	return in_path(doctor, "make");
}

static bool check_bpftool(struct doctor *doctor)
{
	return in_path(doctor, "bpftool");
}

static const struct {
	const char *name;
	bool (*check)(struct doctor *doctor);
	const char *needed_for; /* NULL: for everything, so its lack gives exit status 3 */
	const char *remedy;
} checks[] = {
	{"kernel", check_kernel, NULL, "run a kernel from 5.10 on"},
	{"kernel types (BTF)", check_btf, NULL,
	 "run a kernel built with CONFIG_DEBUG_INFO_BTF=y, or name BTF with --kernel=FILE"},
	{"privilege", check_privilege, NULL,
	 "run as root, or give CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON"},
	{"bpf system call", check_bpf, NULL,
	 "run as root; in a container allow bpf() (seccomp, CAP_BPF), or use a virtual machine"},
	{"locked memory", check_locked_memory, NULL, "ulimit -l unlimited"},
	{"open files", check_open_files, "programs with many maps and attachments",
	 "ulimit -n 1024"},
	{"kernel lockdown", check_lockdown, "reading kernel memory: probes, tracepoints",
	 "boot without lockdown=confidentiality"},
	{"unprivileged BPF", check_unprivileged, "the safety of this machine",
	 "sysctl kernel.unprivileged_bpf_disabled=2"},
	{"JIT compiler", check_jit, "speed", "sysctl net.core.bpf_jit_enable=1"},
	{"BPF file system", check_bpffs, "pinned maps and globals", "mount -t bpf bpf /sys/fs/bpf"},
	{"trace file system", check_tracefs, "tracepoints, and reading what bpf code prints",
	 "mount -t tracefs tracefs /sys/kernel/tracing"},
	{"kprobes", check_kprobes, "@probe and @retprobe",
	 "run a kernel built with CONFIG_KPROBES=y and CONFIG_KPROBE_EVENTS=y"},
	{"traced functions", check_fentry, "@probe by way of fentry, which is faster than a kprobe",
	 "run a kernel built with CONFIG_FUNCTION_TRACER=y"},
	{"run-time library", check_library, NULL, "install ksc completely (cmake --install)"},
	{"C compiler", check_compiler, NULL,
	 "install gcc or clang and the C library's headers (apt-get install gcc libc6-dev), or "
	 "set CC"},
	{"make", check_make, "kernel modules, and the Makefile beside a loader",
	 "apt-get install make"},
	{"bpftool", check_bpftool, "looking at what is loaded and attached",
	 "apt-get install bpftool"},
	{"kernel headers", check_headers, "kernel modules",
	 "apt-get install linux-headers-$(uname -r)"},
	{"BPF security hooks", check_lsm, "@lsm programs", "add bpf to the boot option lsm="},
};

enum exit_status cmd_doctor(struct driver *driver)
{
	struct doctor doctor = {.driver = driver};
	enum exit_status status = EXIT_DONE;
	struct strbuf out = {0};

	uname(&doctor.system);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		bool ok;

		strbuf_clear(&doctor.detail);
		ok = checks[i].check(&doctor);
		strbuf_printf(&out, "%-8s %-20s %s\n", ok ? "ok" : "missing", checks[i].name,
			      strbuf_text(&doctor.detail));
		if (ok)
			continue;
		if (checks[i].needed_for)
			strbuf_printf(&out, "%-9sneeded for: %s\n", "", checks[i].needed_for);
		else
			status = EXIT_ENVIRONMENT;
		strbuf_printf(&out, "%-9sremedy: %s\n", "", checks[i].remedy);
	}
	if (!driver_print(driver, &out))
		status = EXIT_ENVIRONMENT;
	strbuf_free(&doctor.detail);
	strbuf_free(&out);
	return status;
}
