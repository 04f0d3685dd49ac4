/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages on stderr, what libbpf says, and errno in words. */
#include <sys/utsname.h>

#include "internal.h"

static void message(const char *where, const char *severity, const char *format, va_list args)
{
	fflush(stdout);
	if (where)
		fprintf(stderr, "%s: ", where);
	fprintf(stderr, "%s: ", severity);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void error_at(const char *where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(where, "error", format, args);
	va_end(args);
}

void warning_at(const char *where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(where, "warning", format, args);
	va_end(args);
}

void detail(const char *label, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "  %s: ", label);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* ---- what libbpf says ---- */

/* Warnings are kept until an operation succeeded or its failure was explained with them. */
static struct {
	char text[4096];
	size_t len;
} warnings;

static int on_libbpf_message(enum libbpf_print_level level, const char *format, va_list args)
{
	int n;

	if (ks_rt.verbose)
		return vfprintf(stderr, format, args);
	if (level != LIBBPF_WARN || warnings.len + 1 >= sizeof(warnings.text))
		return 0;
	n = vsnprintf(warnings.text + warnings.len, sizeof(warnings.text) - warnings.len, format,
		      args);
	if (n > 0)
		warnings.len += (size_t)n;
	if (warnings.len >= sizeof(warnings.text))
		warnings.len = sizeof(warnings.text) - 1;
	return n;
}

void warnings_setup(void)
{
	libbpf_set_print(on_libbpf_message);
}

void warnings_clear(void)
{
	warnings.len = 0;
	warnings.text[0] = 0;
}

const char *warnings_text(void)
{
	return warnings.text;
}

void warnings_print(void)
{
	const char *line = warnings.text;

	while (*line) {
		size_t len = strcspn(line, "\n");
		size_t skip = !strncmp(line, "libbpf: ", 8) ? 8 : 0;

		if (len > skip)
			detail("libbpf", "%.*s", (int)(len - skip), line + skip);
		line += len + (line[len] == '\n');
	}
}

/* ---- errno ---- */

const char *errno_name(int err)
{
	const char *name;

	if (err < 0)
		err = -err;
	name = err == ENOTSUPP ? "ENOTSUPP" : strerrorname_np(err);
	return name ? name : "unknown error";
}

#define OP(name) (1u << OP_##name)
#define OP_NET	 (OP(ATTACH_NET) | OP(ATTACH_NETNS))
#define OP_TRACE (OP(ATTACH_TRACE) | OP(ATTACH_UPROBE))
#define OP_EVERY (~0u)

/* The first row that fits counts. EPERM of those without privilege comes before the table. */
static const struct hint {
	unsigned operations;
	int err;
	const char *cause, *help;
} hints[] = {
	{OP(MAPS), EPERM, "the kernel forbids it although this process is root",
	 "a container without CAP_BPF, kernel lockdown, or on kernels before 5.11 a small "
	 "`ulimit -l`"},
	{OP(MAP_USE), EPERM, "the map does not allow it: rdonly, wronly, or frozen",
	 "take the flag away, or let bpf code do it"},
	{OP(MAP_USE), EINVAL, "maps of this kind cannot be used so, or a flag is wrong",
	 "`ksc list maps` shows what each kind can"},
	{OP(MAP_USE), EBUSY, "the entry was in use all the time", "try again"},
	{OP(MAP_USE), EFAULT, "the kernel cannot reach the key or the value", "report it as a bug"},
	{OP(MAP_USE), ENOSPC, "the map is full", "raise its size, or use an lru_hash"},
	{OP(ATTACH_TRACE) | OP(LOAD), EPERM, "the kernel forbids it although this process is root",
	 "a container without CAP_BPF or CAP_PERFMON, kernel lockdown, or a kernel that cannot "
	 "trace its functions (CONFIG_FUNCTION_TRACER)"},
	{OP_EVERY, EPERM, "the kernel forbids it although this process is root",
	 "a container without the capability, or kernel lockdown"},
	{OP_EVERY, EACCES, "access was refused", "a security module or file permissions"},
	{OP(MAPS), E2BIG, "the map is larger than the kernel allows", "lower its max_entries"},
	{OP(MAPS), EINVAL, "this kernel does not know the map's kind or one of its flags",
	 "a newer kernel may; `ksc check --kernel=VERSION` tells which"},
	{OP(PIN), ENOENT, "nothing is pinned there", "`find /sys/fs/bpf` lists what is pinned"},
	{OP(PIN), EEXIST, "something else is pinned there",
	 "remove it with rm, or use another path"},
	{OP(PIN), EACCES, "the path is not in a BPF file system, or its name has a dot",
	 "pin below /sys/fs/bpf"},
	{OP(PIN), ENOTDIR, "a part of the path is no folder", "pin below /sys/fs/bpf"},
	{OP(PIN), ENOSPC, "the BPF file system is full", "remove what is no longer needed"},
	{OP(PIN), EINVAL, "the path is not in a BPF file system", "pin below /sys/fs/bpf"},
	{OP(PIN), EROFS, "the file system is mounted read-only", "mount it for writing"},
	{OP(PIN), EOPNOTSUPP, "this kernel attaches the program without a link",
	 "XDP has links since 5.9, tc since 6.6"},
	{OP(LOAD), E2BIG, "the program is too large for the kernel",
	 "split it with tail calls, or use kernel 5.2 or newer (a million instructions)"},
	{OP(LOAD), EINVAL, "this kernel does not know something the program uses",
	 "a newer kernel may; `ksc check --kernel=VERSION` tells which"},
	{OP(LOAD), ESRCH, "the kernel has no such function, hook or event, or no BTF for it",
	 "look for it with `ksc list functions NAME`; BTF needs CONFIG_DEBUG_INFO_BTF"},
	{OP(LOAD), ENOENT, "the kernel has no such function, hook or event, or no BTF",
	 "BTF is /sys/kernel/btf/vmlinux and needs CONFIG_DEBUG_INFO_BTF"},
	{OP(LOAD), ENOTSUPP, "this kernel cannot attach a program of this kind there",
	 "attach to another function; `ksc list functions NAME` shows them"},
	{OP(LOAD), EOPNOTSUPP, "this kernel does not support this kind of program",
	 "a newer kernel may; `ksc check --kernel=VERSION` tells which"},
	{OP(LOAD), EBUSY, "another program holds the place that this one is loaded for",
	 "`bpftool prog` lists the programs"},
	{OP(LOAD), EAGAIN, "the kernel was interrupted again and again", "start it once more"},
	{OP(LOAD), ENOSPC, "the program is too large for the kernel, or its log for this one",
	 "split it with tail calls"},
	{OP(OPEN), EINVAL, "the BPF object in the executable is damaged, or of another build",
	 "build it again"},
	{OP(OPEN), ENOENT, "the BPF object lacks a part that the loader needs", "build it again"},
	{OP(OPEN), EOPNOTSUPP, "this libbpf does not know something in the object",
	 "build it again with the ksc that made the loader"},
	{OP(MMAP), EINVAL, "sharing variables with BPF programs needs kernel 5.5 or newer",
	 "use a newer kernel, or keep the variables in a map"},
	{OP(MMAP), EPERM, "the map of the variables is frozen or write-only",
	 "remove the pinned variables and start again"},
	{OP(ATTACH_NET), ENODEV, "no such interface", "`ip link` lists them"},
	{OP(ATTACH_NET), EBUSY, "another program holds this place",
	 "`bpftool net` shows it; `ip link set dev NAME xdp off` removes an XDP program"},
	{OP(ATTACH_NET), EEXIST, "another program is attached there",
	 "`bpftool net` shows it; `ip link set dev NAME xdp off` removes an XDP program"},
	{OP(ATTACH_NET), EOPNOTSUPP, "the interface's driver cannot do this mode",
	 "generic mode always works: flags XDP_FLAGS_SKB_MODE (2)"},
	{OP(ATTACH_NET), EINVAL,
	 "the interface refuses the program (its MTU may be too large for native XDP), or the "
	 "flags are wrong",
	 "lower the MTU, or use generic mode: flags XDP_FLAGS_SKB_MODE (2)"},
	{OP(ATTACH_NET), ERANGE, "the interface's MTU is too large for native XDP",
	 "lower the MTU, or use generic mode: flags XDP_FLAGS_SKB_MODE (2)"},
	{OP(ATTACH_NETNS), EBUSY, "another program is attached to this network namespace",
	 "`bpftool link` shows it"},
	{OP(ATTACH_NETNS), EEXIST, "another program is attached to this network namespace",
	 "`bpftool link` shows it"},
	{OP(ATTACH_NETNS), ENOENT, "no such network namespace", "`ip netns` lists the named ones"},
	{OP(ATTACH_TRACE), ENOENT, "the kernel has no such function or event",
	 "`ksc list functions NAME` or `ksc list tracepoints NAME`; tracefs must be mounted"},
	{OP(ATTACH_TRACE), EBUSY, "the place is in use by another tracer",
	 "`bpftool link` and /sys/kernel/tracing/enabled_functions show who"},
	{OP(ATTACH_TRACE), EINVAL, "the function cannot be traced (blacklisted or inlined)",
	 "trace a function that calls it"},
	{OP(ATTACH_TRACE), EADDRNOTAVAIL, "the function cannot be traced",
	 "trace a function that calls it"},
	{OP(ATTACH_TRACE), EOPNOTSUPP, "this kernel cannot trace its functions",
	 "it needs CONFIG_KPROBES and CONFIG_FUNCTION_TRACER"},
	{OP(ATTACH_TRACE), ENOTSUPP, "this kernel cannot trace its functions",
	 "it needs CONFIG_KPROBES and CONFIG_FUNCTION_TRACER"},
	{OP(ATTACH_TRACE), EEXIST, "the program is attached there already", "detach it first"},
	{OP(ATTACH_TRACE), EILSEQ, "the offset is not at the start of an instruction",
	 "leave the offset out"},
	{OP(ATTACH_UPROBE), EINVAL, "the file is no executable, or the offset lies outside of it",
	 "give the full path of a program or library"},
	{OP(ATTACH_UPROBE), ESRCH, "the file has no such symbol",
	 "`nm -D FILE` lists a library's symbols"},
	{OP(ATTACH_UPROBE), ENOENT, "no such file, or no such symbol in it",
	 "`nm -D FILE` lists a library's symbols; give the full path"},
	{OP(ATTACH_CGROUP), ENOENT, "no such cgroup", "cgroup v2 is usually at /sys/fs/cgroup"},
	{OP(ATTACH_CGROUP), EBADF, "this is no cgroup v2 folder",
	 "cgroup v2 is usually at /sys/fs/cgroup"},
	{OP(ATTACH_CGROUP), ENOTDIR, "this is no cgroup folder",
	 "cgroup v2 is usually at /sys/fs/cgroup"},
	{OP(ATTACH_CGROUP), EINVAL, "this kernel cannot attach the program there",
	 "it needs CONFIG_CGROUP_BPF and a cgroup v2"},
	{OP(ATTACH_CGROUP), EEXIST, "the program is attached there already", "detach it first"},
	{OP(ATTACH_CGROUP), E2BIG, "64 programs are attached there", "detach some of them"},
	{OP(ATTACH_PERF), ENOENT, "this machine does not count that event",
	 "virtual machines often have no hardware counters: try a software event"},
	{OP(ATTACH_PERF), EOPNOTSUPP, "this machine cannot sample that event",
	 "virtual machines often have no hardware counters: try a software event"},
	{OP(ATTACH_PERF), EINVAL, "the combination of event, pid and cpu is not possible",
	 "pid -1 needs a cpu, or cpu -1 for every one"},
	{OP(ATTACH_PERF), ESRCH, "no such process", "`ps` lists them; pid -1 means all"},
	{OP(ATTACH_PERF), ENODEV, "this machine has no such event source, or no such CPU",
	 "`ls /sys/bus/event_source/devices` lists the sources"},
	{OP(ATTACH_PERF), EACCES, "perf events are restricted",
	 "sysctl kernel.perf_event_paranoid=1, or run it as root"},
	{OP(ATTACH_PERF), EBUSY, "another event has the counter for itself",
	 "end the other program"},
	{OP(ATTACH_PERF), EMFILE, "too many open files", "`ulimit -n` raises the limit"},
	{OP(ATTACH_SOCKET), EBADF, "this is no open descriptor",
	 "pass the descriptor of a socket that is open"},
	{OP(ATTACH_SOCKET), ENOTSOCK, "this descriptor is no socket",
	 "pass the descriptor of a socket"},
	{OP(ATTACH_SOCKET), EINVAL, "a reuseport program needs a socket with SO_REUSEPORT",
	 "set it on the socket before"},
	{OP(ATTACH_NETFILTER), EINVAL, "no such hook, or this kernel has no netfilter programs",
	 "pf is 2 (IPv4) or 10 (IPv6), hook 0 to 4; programs need kernel 6.4 and "
	 "CONFIG_NETFILTER_BPF_LINK"},
	{OP(ATTACH_NETFILTER), EAFNOSUPPORT, "netfilter has no programs for this protocol family",
	 "pf is 2 (IPv4) or 10 (IPv6)"},
	{OP(ATTACH_NETFILTER), EOPNOTSUPP, "netfilter refuses these flags or this family",
	 "leave the flags out; pf is 2 (IPv4) or 10 (IPv6)"},
	{OP(ATTACH_NETFILTER), ERANGE, "this priority is one that netfilter keeps for itself",
	 "use one that is neither the first nor the last possible"},
	{OP(ATTACH_MAP), EBUSY, "the map has such a program already", "detach the other one first"},
	{OP(ATTACH_MAP), EINVAL, "the map is no sockmap or sockhash, or too old for this kind",
	 "declare it as sockmap or sockhash"},
	{OP(ATTACH_MAP), EOPNOTSUPP, "this kernel has no such programs",
	 "it needs CONFIG_BPF_STREAM_PARSER"},
	{OP(ATTACH_MAP), ENOENT, "the map does not exist", "its creation has failed before"},
	{OP(REGISTER), EEXIST, "an implementation of this name is registered already",
	 "give it another name, or end the program that registered it"},
	{OP(REGISTER), EINVAL, "the kernel refuses the implementation",
	 "a mandatory member may be missing; the kernel log may say more"},
	{OP(REGISTER), EBUSY, "it is registered already", "unregister it first"},
	{OP(REGISTER), ENOTSUPP, "this kernel does not take implementations of this type",
	 "`ksc list types NAME` shows what it has"},
	{OP(REGISTER), EOPNOTSUPP, "this kernel does not take implementations of this type",
	 "`ksc list types NAME` shows what it has"},
	{OP(TEST), EINVAL, "the packet or context does not suit this kind of program",
	 "a packet has at least 14 bytes and fits into a page"},
	{OP(TEST), EFAULT, "the kernel cannot read the packet or context", "report it as a bug"},
	{OP(TEST), ENOSPC, "the packet grew over the room for it", "test with a smaller one"},
	{OP(TEST), EINTR, "a signal ended the test run", "run it again"},
	{OP(TEST), ENODEV, "there is no interface with this index", "`ip link` lists them"},
	{OP_EVERY, ENOMEM, "there is no memory left for it",
	 "end other programs, or raise the limit of this one's cgroup (memory.max)"},
	{OP_EVERY, EMFILE, "this process has too many open files", "`ulimit -n` raises the limit"},
	{OP_EVERY, ENFILE, "the system has too many open files",
	 "sysctl fs.file-max raises the limit"},
	{OP_EVERY, EAGAIN, "a limit is reached for the moment", "`ulimit -u`, or try again"},
	{OP_EVERY, EPIPE, "the guardian process has ended", "start the program again"},
	{OP_EVERY, ENOBUFS, "the kernel's buffers are full for the moment", "try again"},
	{OP_EVERY, EIO, "the device or file system failed", "the kernel log (dmesg) may say more"},
	{OP_EVERY, ENOSYS, "this kernel has no BPF", "CONFIG_BPF_SYSCALL must be on"},
};

bool kernel_before(unsigned major, unsigned minor)
{
	struct utsname system;
	unsigned a, b;

	if (uname(&system) || sscanf(system.release, "%u.%u", &a, &b) != 2)
		return false;
	return a < major || (a == major && b < minor);
}

static const char *privilege_of(enum operation op)
{
	if (OP_NET & (1u << op))
		return "run it as root (or with CAP_BPF and CAP_NET_ADMIN)";
	if ((OP_TRACE | OP(ATTACH_PERF)) & (1u << op))
		return "run it as root (or with CAP_BPF and CAP_PERFMON)";
	return "run it as root (or with CAP_BPF, and CAP_NET_ADMIN or CAP_PERFMON)";
}

void explain_errno(enum operation op, int err)
{
	struct utsname system;

	if (err < 0)
		err = -err;
	if (err == EPERM && geteuid() != 0) {
		detail("reason", "no privilege (EPERM)");
		detail("help", "%s", privilege_of(op));
		return;
	}
	for (size_t i = 0; i < COUNT_OF(hints); i++) {
		if (hints[i].err != err || !(hints[i].operations & (1u << op)))
			continue;
		detail("reason", "%s (%s)", hints[i].cause, errno_name(err));
		if (hints[i].help)
			detail("help", "%s", hints[i].help);
		if (err == EINVAL && !uname(&system))
			detail("note", "this is kernel %s", system.release);
		return;
	}
	detail("reason", "%s (%s)", strerror(err), errno_name(err));
}
