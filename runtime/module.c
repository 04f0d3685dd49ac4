/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel module inside the executable: inserted before the object whose programs call its
 * functions is loaded, removed at the end when this process inserted it.
 *
 * A module that is there already is used as it is when it is of the same build, else replaced when
 * nobody uses it. The kernel inserts a module whose BTF it cannot use without a word; what tells is
 * that /sys/kernel/btf/NAME is missing.
 */
#include <fcntl.h>
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
	 "the kernel's log (dmesg) says more"},
	{ENOENT, "the module uses a symbol that this kernel does not have",
	 "the kernel's log (dmesg) names it"},
	{ENOSYS, "this kernel has no loadable modules", NULL},
};

static void insert_explain(const char *where, int err)
{
	const char *built_for = vermagic();
	struct utsname system;

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
		if (err == -ENOEXEC && built_for && !uname(&system))
			detail("note", "it is for %.*s, this is %s", (int)strcspn(built_for, " "),
			       built_for, system.release);
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

	if (fd < 0)
		return -errno;
	while (at < bytes->end && !err) {
		ssize_t n = write(fd, at, (size_t)(bytes->end - at));

		if (n > 0)
			at += n;
		else if (errno != EINTR)
			err = -errno;
	}
	if (!err && syscall(SYS_finit_module, fd, "", 0))
		err = -errno;
	close(fd);
	return err;
}

static int insert_new(const char *where)
{
	const struct ks_app *app = ks_rt.app;
	int err;

	if (app->module.start == app->module.end) {
		error_at(where, "the kernel module `%s` is not loaded, and not in this executable",
			 app->module_name);
		detail("help", "it was built without kernel headers: build it again with them "
			       "(ksc build --kdir=DIR)");
		return -ENOENT;
	}
	err = insert_bytes();
	if (err == -EEXIST) /* another loader was faster */
		return 0;
	if (err) {
		insert_explain(where, err);
		return err;
	}
	module.is_inserted = true;
	if (path_exists("/sys/kernel/btf", ""))
		return 0;
	module_remove_once();
	module.is_inserted = false;
	error_at(where, "the kernel does not take the BTF of the module `%s`", app->module_name);
	detail("help", "build it against the headers of exactly this kernel "
		       "(ksc build --kdir=DIR); the kernel's log (dmesg) says more");
	return -EINVAL;
}

/* A module of that name is there. */
static int insert_beside(const char *where)
{
	const char *name = ks_rt.app->module_name;
	bool has_bytes_inside = ks_rt.app->module.start != ks_rt.app->module.end;

	if (!path_exists("/sys/kernel/btf", "") || !path_exists("/sys/module", "/refcnt")) {
		error_at(where, "another kernel module is named `%s`", name);
		detail("help", "give the source file another name: the module has its name");
		return -EEXIST;
	}
	if (!has_bytes_inside || is_same_build())
		return 0;
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
