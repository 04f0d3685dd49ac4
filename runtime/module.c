/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel module inside the executable: inserted before the object whose programs call its
 * functions is loaded, removed at the end when this process inserted it.
 *
 * A module that is there already is used as it is when it is of the same build, else replaced when
 * nobody uses it. Its parameter ks_loader names the process that inserted it: when that one was
 * killed, whoever uses the module next takes its place. The kernel inserts a module whose BTF it
 * cannot use without a word; what tells is that /sys/kernel/btf/NAME is missing.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>

#include "internal.h"

enum {
	REMOVE_TRIES = 100, /* programs are freed a little after their last user is gone */
	REMOVE_WAIT_MS = 10,
};

static struct {
	bool is_done, is_inserted; /* is_inserted: by us */
	int err;
} module;

static bool path_exists(const char *folder, const char *file)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s%s", folder, ks_rt.app->module_name, file);
	return !access(path, F_OK);
}

static int module_remove_once(void)
{
	return syscall(SYS_delete_module, ks_rt.app->module_name, O_NONBLOCK) ? -errno : 0;
}

/* ---- who inserted it ---- */

#define OWNER "ks_loader"

static int owner_open(int flags)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/" OWNER, ks_rt.app->module_name);
	return open(path, flags | O_CLOEXEC);
}

/* Whether the process that inserted the module is gone; false for one inserted by hand. */
static bool is_left_behind(void)
{
	char text[32] = "";
	int fd = owner_open(O_RDONLY);
	pid_t pid;

	if (fd < 0)
		return false;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	pid = (pid_t)atoi(text);
	return pid > 0 && pid != getpid() && kill(pid, 0) && errno == ESRCH;
}

/* From now on this process removes it. */
static void owner_take(void)
{
	char text[32];
	int fd = owner_open(O_WRONLY), len = snprintf(text, sizeof(text), "%d", (int)getpid());

	if (fd < 0)
		return;
	module.is_inserted = write(fd, text, (size_t)len) == len;
	close(fd);
}

/* ---- is the module that is loaded ours? ---- */

static bool has_bytes(const struct ks_bytes *bytes, const void *part, size_t size)
{
	return memmem(bytes->start, (size_t)(bytes->end - bytes->start), part, size) != NULL;
}

/* By the build id, which the kernel shows as it stands in the file; without one it counts so. */
static bool is_same_build(void)
{
	char path[256], note[256];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/%s/notes/.note.gnu.build-id",
		 ks_rt.app->module_name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	len = read(fd, note, sizeof(note));
	close(fd);
	return len <= 0 || has_bytes(&ks_rt.app->module, note, (size_t)len);
}

/* ---- why not ---- */

/* "6.12.117+deb12-cloud-amd64 SMP ..." of the module's own description, or NULL. */
static const char *vermagic(void)
{
	static const char key[] = "vermagic=";
	const struct ks_bytes *bytes = &ks_rt.app->module;
	const char *found =
		memmem(bytes->start, (size_t)(bytes->end - bytes->start), key, sizeof(key) - 1);

	return found ? found + sizeof(key) - 1 : NULL;
}

static const struct {
	int err;
	const char *cause, *help;
} reasons[] = {
	{EPERM, "the kernel forbids it although this process is root",
	 "a container without CAP_SYS_MODULE, kernel lockdown (secure boot), or "
	 "kernel.modules_disabled=1"},
	{ENOEXEC, "the module is built for another kernel",
	 "build it against this one's headers: ksc build --kdir=DIR"},
	{EKEYREJECTED, "this kernel takes only signed modules",
	 "sign the .ko with a key that the kernel knows, and build the loader again"},
	{ENOKEY, "this kernel takes only signed modules",
	 "sign the .ko with a key that the kernel knows, and build the loader again"},
	{ENODATA, "the module was built without BTF",
	 "build it with ksc, or with pahole installed"},
	{EINVAL, "the kernel refuses the module or the registration of its functions",
	 "the kernel's log (dmesg) may say more"},
	{ENOENT, "the module uses a symbol that this kernel does not have",
	 "the kernel's log (dmesg) names it"},
	{ENOMEM, "there is not enough memory for the module, or its init function says so", NULL},
	{ENOSYS, "this kernel has no loadable modules", NULL},
};

/* ---- the kernel's log ---- */

/* The end of the log, so that what comes after it can be read; -1 where that is not allowed. */
static int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* What the kernel has said of the module since: "6,339,5140900,-;NAME: Unknown symbol ...". */
static void log_show(int fd)
{
	char record[1024], *text;
	ssize_t len;
	int shown = 0;

	while (fd >= 0 && shown < 3 && (len = read(fd, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		record[strcspn(record, "\n")] = '\0';
		text = strchr(record, ';');
		if (!text || !strstr(text, ks_rt.app->module_name) || strstr(text, "taint"))
			continue;
		detail("note", "the kernel's log: %s", text + 1);
		shown++;
	}
}

static void insert_explain(const char *where, int err)
{
	error_at(where, "cannot insert the kernel module `%s`", ks_rt.app->module_name);
	if (err == -EPERM && geteuid() != 0) {
		detail("reason", "no privilege (EPERM)");
		detail("help", "run it as root (or with CAP_SYS_MODULE)");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		if (reasons[i].err != -err)
			continue;
		detail("reason", "%s (%s)", reasons[i].cause, errno_name(err));
		if (reasons[i].help)
			detail("help", "%s", reasons[i].help);
		return;
	}
	detail("reason", "%s", strerror(-err));
}

/* ---- insert ---- */

static int insert_bytes(void)
{
	const struct ks_bytes *bytes = &ks_rt.app->module;
	const unsigned char *at = bytes->start;
	int err = 0, fd = memfd_create(ks_rt.app->module_name, MFD_CLOEXEC);
	char parameters[32];

	if (fd < 0)
		return -errno;
	while (at < bytes->end && !err) {
		ssize_t n = write(fd, at, (size_t)(bytes->end - at));

		if (n > 0)
			at += n;
		else if (errno != EINTR)
			err = -errno;
	}
	snprintf(parameters, sizeof(parameters), OWNER "=%d", (int)getpid());
	if (!err && syscall(SYS_finit_module, fd, parameters, 0))
		err = -errno;
	close(fd);
	return err;
}

/* A module fits one kernel; inserted into another one it might even seem to work. */
static bool is_for_this_kernel(const char *where)
{
	const char *built_for = vermagic();
	size_t len = built_for ? strcspn(built_for, " ") : 0;
	struct utsname system;

	if (!built_for || uname(&system) ||
	    (strlen(system.release) == len && !strncmp(system.release, built_for, len)))
		return true;
	error_at(where, "cannot insert the kernel module `%s`", ks_rt.app->module_name);
	detail("reason", "it is built for the kernel %.*s, and this is %s", (int)len, built_for,
	       system.release);
	detail("help", "build it against this one's headers: ksc build --kdir=DIR");
	return false;
}

/* The kernel took it: does it know the types of its functions? */
static int check_registered(const char *where, int log)
{
	if (path_exists("/sys/kernel/btf", ""))
		return 0;
	module_remove_once();
	module.is_inserted = false;
	error_at(where, "the kernel does not take the BTF of the module `%s`",
		 ks_rt.app->module_name);
	log_show(log);
	detail("help", "build it against the headers of exactly this kernel "
		       "(ksc build --kdir=DIR), and do not strip it");
	return -EINVAL;
}

static int insert_new(const char *where)
{
	const struct ks_app *app = ks_rt.app;
	int err, log;

	if (app->module.start == app->module.end) {
		error_at(where, "the kernel module `%s` is not loaded, and not in this executable",
			 app->module_name);
		detail("help", "it was built without kernel headers: build it again with them "
			       "(ksc build --kdir=DIR)");
		return -ENOENT;
	}
	if (!is_for_this_kernel(where))
		return -ENOEXEC;
	log = log_open();
	err = insert_bytes();
	if (!err) {
		module.is_inserted = true;
		err = check_registered(where, log);
	} else if (err == -EEXIST) { /* another loader was faster */
		err = 0;
	} else {
		insert_explain(where, err);
		log_show(log);
	}
	if (log >= 0)
		close(log);
	return err;
}

/* A module of that name is there. */
static int insert_beside(const char *where)
{
	const char *name = ks_rt.app->module_name;
	bool has_bytes_inside = ks_rt.app->module.start != ks_rt.app->module.end;

	/* Others have no such parameter. */
	if (!path_exists("/sys/kernel/btf", "") ||
	    !path_exists("/sys/module", "/parameters/" OWNER)) {
		error_at(where, "another kernel module is named `%s`", name);
		detail("help", "give the source file another name: the module has its name");
		return -EEXIST;
	}
	if (!has_bytes_inside || is_same_build()) {
		if (is_left_behind())
			owner_take();
		return 0;
	}
	if (!module_remove_once())
		return insert_new(where);
	warning_at(where, "the kernel module `%s` that is loaded is of another build, and in use",
		   name);
	detail("help", "end what uses it, then `rmmod %s`", name);
	return 0;
}

int module_insert(const char *where)
{
	if (!ks_rt.app->module_name || module.is_done)
		return module.err;
	module.is_done = true;
	module.err = path_exists("/sys/module", "") ? insert_beside(where) : insert_new(where);
	return module.err;
}

/* ---- settings ---- */

/*
 * A config lies in the memory of a map. The module takes "DESCRIPTOR OFFSET" as the value of a
 * parameter of that name, and reads the map's memory from then on.
 */
static void config_hand(const struct ks_global *global)
{
	char path[256], text[32];
	int map, fd, err = 0;
	u32 offset;
	ssize_t len;

	if (!global_locate(global, &map, &offset))
		return;
	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", ks_rt.app->module_name,
		 global->name);
	len = snprintf(text, sizeof(text), "%d %u", map, offset);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		err = errno;
	if (fd >= 0)
		close(fd);
	if (!err)
		return;
	warning_at(ks_rt.app->source, "the kernel module `%s` does not see the config `%s`: %s",
		   ks_rt.app->module_name, global->name, strerror(err));
	detail("help", "it goes on with the values of the source");
}

void module_configure(void)
{
	for (u32 i = 0; ks_rt.app->module_name && !module.err && i < ks_rt.app->global_count; i++) {
		const struct ks_global *global = &ks_rt.app->globals[i];

		if (global->role == KS_MODULE_CONFIG || global->role == KS_MODULE_CONST_CONFIG)
			config_hand(global);
	}
}

/* ---- remove ---- */

/* What is pinned or handed over goes on using the module: then it stays. */
void module_remove(void)
{
	const struct timespec wait = {.tv_nsec = REMOVE_WAIT_MS * 1000000l};
	int err = -EAGAIN;

	if (!ks_rt.app->module_name || !module.is_done)
		return;
	/* Who inserted it may have ended meanwhile, while this process still used it. */
	if (!module.is_inserted && is_left_behind())
		owner_take();
	if (!module.is_inserted)
		return;
	module.is_inserted = false;
	for (int i = 0; i < REMOVE_TRIES && err == -EAGAIN; i++) {
		if (i)
			nanosleep(&wait, NULL);
		err = module_remove_once();
	}
	if (err == -EAGAIN && ks_rt.verbose)
		fprintf(stderr, "the kernel module `%s` is still in use and stays\n",
			ks_rt.app->module_name);
	else if (err && err != -EAGAIN)
		warning_at(ks_rt.app->source, "cannot remove the kernel module `%s`: %s",
			   ks_rt.app->module_name, strerror(-err));
}
