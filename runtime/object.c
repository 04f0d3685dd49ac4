/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object's life: opened from memory, its maps created (by the first use of a map, or by the
 * first load), its programs loaded once.
 *
 * libbpf loads all or nothing. So a program which the kernel refuses is explained, marked, and
 * the object is opened again without it. Maps that were created before load are handed over to
 * the object that gets the programs, with what they hold. Maps of kernel objects (kptrs) cannot
 * be: the kernel compares the types of map and program by identity of their BTF, which each
 * object loads anew; their first use before load therefore loads the programs too.
 */
#include <sys/mman.h>

#include "internal.h"

/* Virtual only until the kernel writes a log; kernels before 6.4 fail when it does not fit. */
enum {
	LOG_SIZE = LOG_MIB << 20
};

struct ks_prog_state *prog_state(struct ks_prog *prog)
{
	if (!prog->state) {
		prog->state = ks_alloc(sizeof(*prog->state), prog->where);
		prog->state->fd = -1;
	}
	return prog->state;
}

struct bpf_object *object_take(const char *where)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = ks_rt.app->name);
	struct bpf_object *obj = ks_rt.fresh;
	int err;

	if (obj) {
		ks_rt.fresh = NULL;
		return obj;
	}
	warnings_clear();
	err = elf_prepare(&ks_rt);
	obj = err ? NULL : bpf_object__open_mem(ks_rt.elf, ks_rt.elf_size, &options);
	if (obj)
		return obj;
	error_at(where, "cannot read the BPF object in this executable");
	explain_errno(OP_OPEN, err ? err : -errno);
	warnings_print();
	return NULL;
}

void object_close(void)
{
	for (u32 i = 0; i < ks_rt.app->map_count; i++) {
		map_inners_close(ks_rt.app->maps[i]);
		perf_ring_close(ks_rt.app->maps[i]);
	}
	bpf_object__close(ks_rt.object);
	bpf_object__close(ks_rt.maps);
	bpf_object__close(ks_rt.fresh);
	ks_rt.object = ks_rt.maps = ks_rt.fresh = NULL;
}

static struct ks_map *app_map(const char *name)
{
	for (u32 i = 0; i < ks_rt.app->map_count; i++) {
		if (!strcmp(ks_rt.app->maps[i]->name, name))
			return ks_rt.app->maps[i];
	}
	return NULL;
}

static struct ks_prog *app_prog(const char *name)
{
	for (u32 i = 0; i < ks_rt.app->prog_count; i++) {
		if (!strcmp(ks_rt.app->progs[i]->name, name))
			return ks_rt.app->progs[i];
	}
	return NULL;
}

/* ---- maps ---- */

/* Is this a section that exists only together with programs? */
static bool map_needs_load(const struct bpf_map *map, const struct ks_map *decl)
{
	if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS || (decl && decl->holds_objects))
		return true;
	return bpf_map__is_internal(map) && (bpf_map__map_flags(map) & BPF_F_RDONLY_PROG);
}

/* The section of `pin var`; what stands in it is pinned as one map. */
#define PINNED_SECTION ".data.pinned"

static int map_pin(struct bpf_object *obj, struct bpf_map *map, const struct ks_map *decl)
{
	char what[300], at[300];
	struct pin pin = {what, at, ks_rt.app->source};

	if (decl && decl->pinned) {
		snprintf(what, sizeof(what), "map `%s`", decl->name);
		snprintf(at, sizeof(at), "maps/%s", decl->name);
		pin.where = decl->where;
	} else if (!strcmp(bpf_map__name(map), PINNED_SECTION)) {
		pin.what = "variables";
		pin.at = "globals/pinned_globals";
	} else {
		return 0;
	}
	return pin_prepare(map, bpf_object__btf(obj), &pin);
}

static int maps_prepare(struct bpf_object *obj, bool before_load)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		const struct ks_map *decl = app_map(bpf_map__name(map));
		struct bpf_map *made = NULL;
		int err = 0;

		if (ks_rt.maps)
			made = bpf_object__find_map_by_name(ks_rt.maps, bpf_map__name(map));
		if (made && bpf_map__fd(made) < 0)
			made = NULL;
		if (!made) {
			err = map_pin(obj, map, decl);
			if (err)
				return err;
		}
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS && !before_load)
			err = struct_ops_prepare(map);
		else if (made)
			err = bpf_map__reuse_fd(map, bpf_map__fd(made));
		else if (before_load && map_needs_load(map, decl))
			err = bpf_map__set_autocreate(map, false);
		if (err) {
			error_at(decl ? decl->where : ks_rt.app->source,
				 "cannot prepare map `%s`: %s", bpf_map__name(map), strerror(-err));
			return err;
		}
	}
	return globals_prepare(obj);
}

static bool is_percpu(u32 type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

int map_bind_fd(struct ks_map *decl, int fd, const struct map_shape *shape)
{
	struct ks_map_state *state = decl->state;
	int cpus = is_percpu(shape->type) ? libbpf_num_possible_cpus() : 0;
	u32 copies;

	/* The kernel writes a copy for each: a smaller number is no way out. */
	if (cpus < 0) {
		error_at(decl->where, "cannot use map `%s`", decl->name);
		detail("reason", "the number of CPUs is not known: %s", strerror(-cpus));
		detail("help", "/sys must be mounted: /sys/devices/system/cpu/possible tells it");
		return cpus;
	}
	if (!state)
		state = decl->state = ks_alloc(sizeof(*state), decl->where);
	state->fd = fd;
	state->type = shape->type;
	state->key_size = shape->key_size;
	state->value_size = shape->value_size;
	state->max_entries = shape->max_entries;
	state->cpu_count = (u32)cpus;
	state->stride = state->cpu_count ? (state->value_size + 7) & ~7u : state->value_size;
	if ((decl->key_size && state->key_size && decl->key_size != state->key_size) ||
	    (decl->value_size && state->value_size && decl->value_size != state->value_size &&
	     state->type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)) { /* ours is the records' size */
		error_at(decl->where, "map `%s` has another shape in the BPF object", decl->name);
		detail("help", "loader and object are of different builds: build both again");
		return -EINVAL;
	}
	copies = state->cpu_count ? state->cpu_count : 1;
	if (!state->scratch)
		state->scratch = ks_alloc((size_t)copies * state->stride, decl->where);
	return 0;
}

static int map_bind(struct ks_map *decl, const struct bpf_map *map)
{
	struct map_shape shape = {bpf_map__type(map), bpf_map__key_size(map),
				  bpf_map__value_size(map), bpf_map__max_entries(map)};

	return map_bind_fd(decl, bpf_map__fd(map), &shape);
}

/* Binds what `obj` created: map states, globals. */
static int maps_bind(struct bpf_object *obj)
{
	for (u32 i = 0; i < ks_rt.app->map_count; i++) {
		struct ks_map *decl = ks_rt.app->maps[i];
		const struct bpf_map *map = bpf_object__find_map_by_name(obj, decl->name);
		int err;

		if (!map) {
			error_at(decl->where, "the BPF object has no map `%s`", decl->name);
			return -ENOENT;
		}
		if (bpf_map__fd(map) < 0)
			continue;
		err = map_bind(decl, map);
		if (err)
			return err;
	}
	return globals_bind(obj);
}

/* Which map libbpf could not create, from its words: "map 'NAME': failed to create". */
static const struct ks_map *map_blamed(void)
{
	const char *start = strstr(warnings_text(), "map '");

	for (u32 i = 0; start && i < ks_rt.app->map_count; i++) {
		size_t len = strlen(ks_rt.app->maps[i]->name);

		if (!strncmp(start + 5, ks_rt.app->maps[i]->name, len) && start[5 + len] == '\'')
			return ks_rt.app->maps[i];
	}
	return NULL;
}

static void object_explain(const char *where, const char *what, int err)
{
	const struct ks_map *map = map_blamed();

	if (map)
		error_at(map->where, "cannot create map `%s`", map->name);
	else
		error_at(where, "cannot %s", what);
	explain_errno(map ? OP_MAPS : OP_LOAD, err);
	if (err != -EPERM || geteuid() == 0)
		warnings_print();
}

/* Only for the first use of a map before load, and for pinned variables. */
int maps_create(const char *where)
{
	struct bpf_object *obj = object_take(where);
	struct bpf_program *prog;
	int err;

	if (!obj)
		return -EINVAL;
	bpf_object__for_each_program(prog, obj) bpf_program__set_autoload(prog, false);
	warnings_clear();
	/* libbpf resolves the functions of all programs, loaded or not. */
	err = module_insert(where);
	if (!err)
		err = maps_prepare(obj, true);
	if (!err) {
		err = bpf_object__load(obj);
		if (err)
			object_explain(where, "create the maps", err);
	}
	if (!err) {
		ks_rt.maps = obj;
		err = maps_bind(obj);
		if (!err)
			module_configure();
		return err;
	}
	bpf_object__close(obj);
	return err;
}

struct ks_map_state *map_state(struct ks_map *map)
{
	if (map->state && map->state->fd >= 0)
		return map->state;
	if (ks_rt.maps_failed)
		return NULL;
	if (map->holds_objects)
		object_load(map->where);
	else if (!ks_rt.is_loaded && !ks_rt.maps)
		ks_rt.maps_failed = maps_create(map->where) != 0;
	return map->state && map->state->fd >= 0 ? map->state : NULL;
}

/* ---- programs ---- */

static void log_release(struct ks_prog_state *state)
{
	if (state->log)
		munmap(state->log, LOG_SIZE);
	state->log = NULL;
}

/* Kinds that libbpf 1.1 does not know by their section; numbers of include/uapi/linux/bpf.h. */
static void program_type_set(struct bpf_program *bpf, const struct ks_prog *prog)
{
	enum {
		PROG_TYPE_NETFILTER = 32,
		ATTACH_NETFILTER = 45
	};

	if (prog->kind != KS_KIND_NETFILTER)
		return;
	bpf_program__set_type(bpf, (enum bpf_prog_type)PROG_TYPE_NETFILTER);
	bpf_program__set_expected_attach_type(bpf, (enum bpf_attach_type)ATTACH_NETFILTER);
}

/* Only programs that load() names, and their tail-call targets, are loaded. */
static void programs_prepare(struct bpf_object *obj)
{
	struct bpf_program *bpf;

	bpf_object__for_each_program(bpf, obj)
	{
		struct ks_prog *prog = app_prog(bpf_program__name(bpf));
		struct ks_prog_state *state = prog ? prog_state(prog) : NULL;

		if (!prog || !prog->flags || state->failed) {
			bpf_program__set_autoload(bpf, false);
			continue;
		}
		bpf_program__set_autoload(bpf, true);
		program_type_set(bpf, prog);
		state->bpf = bpf;
		log_release(state);
		state->log = mmap(NULL, LOG_SIZE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (state->log == MAP_FAILED)
			state->log = NULL;
		else if (bpf_program__set_log_buf(bpf, state->log, LOG_SIZE))
			log_release(state);
	}
}

/*
 * Who kept the object from loading: the program with a log, else the one that libbpf names in a
 * warning ("prog 'NAME': ..."). NULL when no program is to blame.
 */
static struct ks_prog *program_blamed(void)
{
	const char *text = warnings_text();

	for (u32 i = 0; i < ks_rt.app->prog_count; i++) {
		struct ks_prog *prog = ks_rt.app->progs[i];

		if (prog->state && !prog->state->failed && prog->state->log && prog->state->log[0])
			return prog;
	}
	while ((text = strstr(text, "prog '"))) {
		text += 6;
		for (u32 i = 0; i < ks_rt.app->prog_count; i++) {
			struct ks_prog *prog = ks_rt.app->progs[i];
			size_t len = strlen(prog->name);

			if (!strncmp(text, prog->name, len) && text[len] == '\'' && prog->flags &&
			    !prog_state(prog)->failed)
				return prog;
		}
	}
	return NULL;
}

/* One attempt. 0: loaded; TRY_AGAIN: one program is out; -errno: the object cannot load. */
enum {
	TRY_AGAIN = 1
};

static int object_try(const char *where)
{
	struct bpf_object *obj = object_take(where);
	struct ks_prog *blamed;
	int err;

	if (!obj)
		return -EINVAL;
	warnings_clear();
	programs_prepare(obj);
	err = module_insert(where);
	if (!err)
		err = maps_prepare(obj, false);
	if (!err) {
		err = bpf_object__load(obj);
		if (!err) {
			ks_rt.object = obj;
			return 0;
		}
		blamed = program_blamed();
		/* Without privilege every program fails alike: one message is enough. */
		if (blamed && err == -EPERM && !(blamed->state->log && *blamed->state->log) &&
		    !bpf_is_permitted())
			blamed = NULL;
		if (blamed) {
			verifier_explain(blamed, obj, blamed->state->log, err);
			blamed->state->failed = true;
			err = TRY_AGAIN;
		} else {
			object_explain(where, "load the BPF object", err);
		}
	}
	bpf_object__close(obj);
	return err;
}

/* A slot of a program that did not load stays empty: the tail call then fails, as it says. */
static void tails_fill(void)
{
	for (u32 i = 0; i < ks_rt.tail_count; i++) {
		const struct tail_slot *slot = &ks_rt.tails[i];
		const struct bpf_map *map = bpf_object__find_map_by_name(ks_rt.object, slot->map);
		const struct ks_prog *prog = app_prog(slot->prog);

		if (!map || !prog || !prog->state || prog->state->fd < 0)
			continue;
		if (bpf_map_update_elem(bpf_map__fd(map), &slot->slot, &prog->state->fd, BPF_ANY))
			warning_at(prog->where, "tail calls to `%s` will fail: %s", prog->name,
				   strerror(errno));
	}
}

void object_load(const char *where)
{
	int err;

	if (ks_rt.is_loaded)
		return;
	do {
		err = object_try(where);
	} while (err == TRY_AGAIN);
	ks_rt.is_loaded = true;
	for (u32 i = 0; i < ks_rt.app->prog_count; i++) {
		struct ks_prog *prog = ks_rt.app->progs[i];
		struct ks_prog_state *state = prog_state(prog);

		log_release(state);
		state->failed |= err != 0;
		if (err || state->failed || !prog->flags)
			state->bpf = NULL;
		else if (state->bpf)
			state->fd = bpf_program__fd(state->bpf);
	}
	if (err || maps_bind(ks_rt.object))
		return;
	module_configure();
	tails_fill();
}

struct ks_prog *ks_load(struct ks_prog *prog, const char *where)
{
	struct ks_prog_state *state = prog_state(prog);

	object_load(where);
	if (state->fd >= 0)
		return prog;
	if (!state->failed) {
		error_at(where, "the BPF object has no program `%s` that can be loaded",
			 prog->name);
		state->failed = true;
	}
	return NULL;
}
