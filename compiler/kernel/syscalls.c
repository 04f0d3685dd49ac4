/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of system calls. The entry functions that the kernel's BTF knows take the saved
 * registers only, so the calls' own parameters stand here (facts from include/linux/syscalls.h).
 */
#include "kernel/kernel.h"

#include <string.h>

/*
 * One word per parameter, `letter:name`. Letters: i i32, u u32, h u16, l u64, x i64, s a user
 * string, p a user address of anything else.
 */
static const struct syscall_row {
	const char *name, *params;
} syscalls[] = {
	{"read", "u:fd p:buf l:count"},
	{"write", "u:fd p:buf l:count"},
	{"open", "s:filename i:flags h:mode"},
	{"openat", "i:dfd s:filename i:flags h:mode"},
	{"openat2", "i:dfd s:filename p:how l:usize"},
	{"creat", "s:pathname h:mode"},
	{"close", "u:fd"},
	{"close_range", "u:fd u:max_fd u:flags"},
	{"stat", "s:filename p:statbuf"},
	{"fstat", "u:fd p:statbuf"},
	{"lstat", "s:filename p:statbuf"},
	{"newfstatat", "i:dfd s:filename p:statbuf i:flag"},
	{"statx", "i:dfd s:path u:flags u:mask p:buffer"},
	{"statfs", "s:path p:buf"},
	{"fstatfs", "u:fd p:buf"},
	{"poll", "p:ufds u:nfds i:timeout"},
	{"ppoll", "p:ufds u:nfds p:tsp p:sigmask l:sigsetsize"},
	{"lseek", "u:fd x:offset u:whence"},
	{"mmap", "l:addr l:len l:prot l:flags l:fd l:off"},
	{"mprotect", "l:start l:len l:prot"},
	{"munmap", "l:addr l:len"},
	{"mremap", "l:addr l:old_len l:new_len l:flags l:new_addr"},
	{"madvise", "l:start l:len i:behavior"},
	{"brk", "l:brk"},
	{"rt_sigaction", "i:sig p:act p:oact l:sigsetsize"},
	{"rt_sigprocmask", "i:how p:nset p:oset l:sigsetsize"},
	{"ioctl", "u:fd u:cmd l:arg"},
	{"fcntl", "u:fd u:cmd l:arg"},
	{"flock", "u:fd u:cmd"},
	{"pread64", "u:fd p:buf l:count x:pos"},
	{"pwrite64", "u:fd p:buf l:count x:pos"},
	{"readv", "l:fd p:vec l:vlen"},
	{"writev", "l:fd p:vec l:vlen"},
	{"sendfile64", "i:out_fd i:in_fd p:offset l:count"},
	{"copy_file_range", "i:fd_in p:off_in i:fd_out p:off_out l:len u:flags"},
	{"access", "s:filename i:mode"},
	{"faccessat", "i:dfd s:filename i:mode"},
	{"faccessat2", "i:dfd s:filename i:mode i:flags"},
	{"pipe", "p:fildes"},
	{"pipe2", "p:fildes i:flags"},
	{"select", "i:n p:inp p:outp p:exp p:tvp"},
	{"dup", "u:fildes"},
	{"dup2", "u:oldfd u:newfd"},
	{"dup3", "u:oldfd u:newfd i:flags"},
	{"nanosleep", "p:rqtp p:rmtp"},
	{"clock_nanosleep", "i:which_clock i:flags p:rqtp p:rmtp"},
	{"clock_gettime", "i:which_clock p:tp"},
	{"getpid", ""},
	{"getppid", ""},
	{"gettid", ""},
	{"getuid", ""},
	{"geteuid", ""},
	{"getgid", ""},
	{"setuid", "u:uid"},
	{"setgid", "u:gid"},
	{"setresuid", "u:ruid u:euid u:suid"},
	{"setresgid", "u:rgid u:egid u:sgid"},
	{"capset", "p:header p:data"},
	{"prctl", "i:option l:arg2 l:arg3 l:arg4 l:arg5"},
	{"socket", "i:family i:type i:protocol"},
	{"socketpair", "i:family i:type i:protocol p:usockvec"},
	{"bind", "i:fd p:umyaddr i:addrlen"},
	{"listen", "i:fd i:backlog"},
	{"accept", "i:fd p:upeer_sockaddr p:upeer_addrlen"},
	{"accept4", "i:fd p:upeer_sockaddr p:upeer_addrlen i:flags"},
	{"connect", "i:fd p:uservaddr i:addrlen"},
	{"getsockname", "i:fd p:usockaddr p:usockaddr_len"},
	{"getpeername", "i:fd p:usockaddr p:usockaddr_len"},
	{"sendto", "i:fd p:buff l:len u:flags p:addr i:addr_len"},
	{"recvfrom", "i:fd p:ubuf l:size u:flags p:addr p:addr_len"},
	{"sendmsg", "i:fd p:msg u:flags"},
	{"recvmsg", "i:fd p:msg u:flags"},
	{"sendmmsg", "i:fd p:mmsg u:vlen u:flags"},
	{"recvmmsg", "i:fd p:mmsg u:vlen u:flags p:timeout"},
	{"shutdown", "i:fd i:how"},
	{"setsockopt", "i:fd i:level i:optname p:optval i:optlen"},
	{"getsockopt", "i:fd i:level i:optname p:optval p:optlen"},
	{"clone", "l:clone_flags l:newsp p:parent_tidptr p:child_tidptr l:tls"},
	{"clone3", "p:uargs l:size"},
	{"fork", ""},
	{"vfork", ""},
	{"execve", "s:filename p:argv p:envp"},
	{"execveat", "i:dfd s:filename p:argv p:envp i:flags"},
	{"exit", "i:error_code"},
	{"exit_group", "i:error_code"},
	{"wait4", "i:upid p:stat_addr i:options p:ru"},
	{"waitid", "i:which i:upid p:infop i:options p:ru"},
	{"kill", "i:pid i:sig"},
	{"tkill", "i:pid i:sig"},
	{"tgkill", "i:tgid i:pid i:sig"},
	{"pidfd_open", "i:pid u:flags"},
	{"pidfd_send_signal", "i:pidfd i:sig p:info u:flags"},
	{"ptrace", "x:request x:pid l:addr l:data"},
	{"process_vm_readv", "i:pid p:lvec l:liovcnt p:rvec l:riovcnt l:flags"},
	{"process_vm_writev", "i:pid p:lvec l:liovcnt p:rvec l:riovcnt l:flags"},
	{"fsync", "u:fd"},
	{"fdatasync", "u:fd"},
	{"sync", ""},
	{"truncate", "s:path x:length"},
	{"ftruncate", "u:fd l:length"},
	{"fallocate", "i:fd i:mode x:offset x:len"},
	{"getdents64", "u:fd p:dirent u:count"},
	{"getcwd", "p:buf l:size"},
	{"chdir", "s:filename"},
	{"fchdir", "u:fd"},
	{"chroot", "s:filename"},
	{"rename", "s:oldname s:newname"},
	{"renameat", "i:olddfd s:oldname i:newdfd s:newname"},
	{"renameat2", "i:olddfd s:oldname i:newdfd s:newname u:flags"},
	{"mkdir", "s:pathname h:mode"},
	{"mkdirat", "i:dfd s:pathname h:mode"},
	{"rmdir", "s:pathname"},
	{"mknod", "s:filename h:mode u:dev"},
	{"mknodat", "i:dfd s:filename h:mode u:dev"},
	{"link", "s:oldname s:newname"},
	{"linkat", "i:olddfd s:oldname i:newdfd s:newname i:flags"},
	{"unlink", "s:pathname"},
	{"unlinkat", "i:dfd s:pathname i:flag"},
	{"symlink", "s:oldname s:newname"},
	{"symlinkat", "s:oldname i:newdfd s:newname"},
	{"readlink", "s:path p:buf i:bufsiz"},
	{"readlinkat", "i:dfd s:path p:buf i:bufsiz"},
	{"chmod", "s:filename h:mode"},
	{"fchmod", "u:fd h:mode"},
	{"fchmodat", "i:dfd s:filename h:mode"},
	{"chown", "s:filename u:user u:group"},
	{"fchown", "u:fd u:user u:group"},
	{"lchown", "s:filename u:user u:group"},
	{"fchownat", "i:dfd s:filename u:user u:group i:flag"},
	{"umask", "i:mask"},
	{"utimensat", "i:dfd s:filename p:utimes i:flags"},
	{"mount", "s:dev_name s:dir_name s:type l:flags p:data"},
	{"umount", "s:name i:flags"},
	{"pivot_root", "s:new_root s:put_old"},
	{"setns", "i:fd i:flags"},
	{"unshare", "l:unshare_flags"},
	{"sethostname", "p:name i:len"},
	{"reboot", "i:magic1 i:magic2 u:cmd p:arg"},
	{"init_module", "p:umod l:len s:uargs"},
	{"finit_module", "i:fd s:uargs i:flags"},
	{"delete_module", "s:name_user u:flags"},
	{"bpf", "i:cmd p:uattr u:size"},
	{"perf_event_open", "p:attr_uptr i:pid i:cpu i:group_fd l:flags"},
	{"seccomp", "u:op u:flags p:uargs"},
	{"futex", "p:uaddr i:op u:val p:utime p:uaddr2 u:val3"},
	{"epoll_create1", "i:flags"},
	{"epoll_ctl", "i:epfd i:op i:fd p:event"},
	{"epoll_wait", "i:epfd p:events i:maxevents i:timeout"},
	{"epoll_pwait", "i:epfd p:events i:maxevents i:timeout p:sigmask l:sigsetsize"},
	{"eventfd2", "u:count i:flags"},
	{"timerfd_create", "i:clockid i:flags"},
	{"inotify_add_watch", "i:fd s:pathname u:mask"},
	{"memfd_create", "s:uname u:flags"},
	{"getrandom", "p:ubuf l:len u:flags"},
	{"sched_yield", ""},
	{"sched_setaffinity", "i:pid u:len p:user_mask_ptr"},
	{"prlimit64", "i:pid u:resource p:new_rlim p:old_rlim"},
	{"getrlimit", "u:resource p:rlim"},
	{"setrlimit", "u:resource p:rlim"},
	{"io_uring_setup", "u:entries p:params"},
	{"io_uring_enter", "u:fd u:to_submit u:min_complete u:flags p:argp l:argsz"},
	{"setxattr", "s:pathname s:name p:value l:size i:flags"},
	{"getxattr", "s:pathname s:name p:value l:size"},
	{"kexec_load", "l:entry l:nr_segments p:segments l:flags"},
	{"add_key", "s:type s:description p:payload l:plen i:ringid"},
	{"keyctl", "i:option l:arg2 l:arg3 l:arg4 l:arg5"},
};

static const struct type *letter_type(struct compilation *comp, char letter)
{
	const struct type_table *types = comp->types;

	switch (letter) {
	case 'i':
		return types->i32;
	case 'u':
		return types->u32;
	case 'h':
		return types->u16;
	case 'x':
		return types->i64;
	case 's':
		return type_ptr(comp, types->char_, REGION_USER);
	case 'p':
		return type_ptr(comp, types->void_, REGION_USER);
	}
	return types->u64;
}

static const struct type *syscall_type(struct compilation *comp, const char *text)
{
	struct fn_param_vec params = {0};

	while (*text) {
		size_t len = strcspn(text, " ");
		struct fn_param param = {0};

		param.type = letter_type(comp, *text);
		param.name = intern(&comp->names, text + 2, len - 2);
		param.nullable = param.type->kind == TYPE_PTR;
		vec_push(&comp->arena, &params, param);
		text += len;
		text += strspn(text, " ");
	}
	return type_fn(comp, comp->types->i64, &params);
}

const struct type *kernel_find_syscall(struct compilation *comp, const char *name,
				       const char **entry)
{
	const char *function = arena_printf(&comp->arena, "__x64_sys_%s", name);

	for (size_t i = 0; i < sizeof(syscalls) / sizeof(syscalls[0]); i++) {
		if (strcmp(syscalls[i].name, name))
			continue;
		*entry = function;
		return syscall_type(comp, syscalls[i].params);
	}
	return NULL;
}
