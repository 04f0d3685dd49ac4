/* SPDX-License-Identifier: Apache-2.0 */
/* Maps, queues and ring buffers, with the kernel's results. */
#include "interp_int.h"

#include <errno.h>

#define MAP_NOEXIST 1
#define MAP_EXIST   2

struct imap *interp_map(struct interp *interp, const struct ir_map *map)
{
	return &interp->maps[map->index];
}

/* Whether the first `bits` bits of two prefixes are the same, highest bit of each byte first. */
static bool bits_match(const uint8_t *a, const uint8_t *b, uint32_t bits)
{
	uint32_t rest = bits % 8;

	if (memcmp(a, b, bits / 8) != 0)
		return false;
	return !rest || !((a[bits / 8] ^ b[bits / 8]) >> (8 - rest));
}

/* Whether two keys mean one entry: in a trie their bits behind the prefix do not count. */
static bool is_key(const struct imap *map, const uint8_t *a, const uint8_t *b)
{
	uint32_t bits;

	if (map->map->kind->id != MAP_LPM_TRIE)
		return !memcmp(a, b, map->map->key->size);
	memcpy(&bits, a, sizeof(bits));
	return !memcmp(a, b, sizeof(bits)) && bits_match(a + sizeof(bits), b + sizeof(bits), bits);
}

struct entry *interp_find_entry(struct interp *interp, struct imap *map, const uint8_t *key)
{
	uint32_t index;

	if (map->map->kind->is_array) {
		memcpy(&index, key, sizeof(index));
		return index < map->entries.len ? &map->entries.data[index] : NULL;
	}
	vec_foreach (entry, &map->entries) {
		if (entry->is_live && entry->key && is_key(map, entry->key, key))
			return entry;
	}
	return NULL;
}

/* What a lookup finds: in a trie the longest prefix of the key, elsewhere the key's entry. */
static struct entry *look_up(struct interp *interp, struct imap *map, const uint8_t *key)
{
	struct entry *best = NULL;
	uint32_t longest = 0, wanted, bits;

	if (map->map->kind->id != MAP_LPM_TRIE)
		return interp_find_entry(interp, map, key);
	memcpy(&wanted, key, sizeof(wanted));
	vec_foreach (entry, &map->entries) {
		if (!entry->is_live)
			continue;
		memcpy(&bits, entry->key, sizeof(bits));
		if (bits > wanted || (best && bits <= longest) ||
		    !bits_match(entry->key + sizeof(bits), key + sizeof(bits), bits))
			continue;
		best = entry;
		longest = bits;
	}
	return best;
}

static void add_entry(struct interp *interp, struct imap *map, const uint8_t *key,
		      const uint8_t *value)
{
	struct entry entry = {.is_live = true};

	if (key)
		entry.key = arena_memdup(&interp->arena, key, map->map->key->size);
	entry.address = interp_alloc(interp, map->map->value->size);
	memcpy(interp_bytes(interp, entry.address, 0), value, map->map->value->size);
	vec_push(&interp->arena, &map->entries, entry);
	map->live++;
}

static void drop_entry(struct imap *map, struct entry *entry)
{
	entry->is_live = false;
	map->live--;
}

/* The oldest entry makes room in maps that forget. */
static bool make_room(struct imap *map)
{
	enum map_kind_id id = map->map->kind->id;

	if (id != MAP_LRU_HASH && id != MAP_LRU_PERCPU_HASH)
		return false;
	vec_foreach (entry, &map->entries) {
		if (!entry->is_live)
			continue;
		drop_entry(map, entry);
		return true;
	}
	return false;
}

int32_t interp_update(struct interp *interp, struct imap *map, const uint8_t *key,
		      const uint8_t *value, uint64_t flags)
{
	struct entry *entry = interp_find_entry(interp, map, key);

	if (flags == MAP_NOEXIST && entry)
		return -EEXIST;
	if (!entry && map->map->kind->is_array)
		return -E2BIG;
	if (flags == MAP_EXIST && !entry)
		return -ENOENT;
	if (entry) {
		if (entry->key)
			memcpy(entry->key, key, map->map->key->size);
		memcpy(interp_bytes(interp, entry->address, 0), value, map->map->value->size);
		return 0;
	}
	if (map->live >= map->map->max_entries && !make_room(map))
		return -E2BIG;
	add_entry(interp, map, key, value);
	return 0;
}

/* ---- lookups ---- */

static void fill_buffer(struct interp *interp, const struct ir_local *buffer,
			const struct entry *entry)
{
	uint8_t *bytes = interp_local(interp, buffer);

	if (entry)
		memcpy(bytes, interp_bytes(interp, entry->address, 0), buffer->type->size);
	else
		memset(bytes, 0, buffer->type->size);
}

static struct value found(struct interp *interp, const struct ir_expr *expr,
			  const struct entry *entry)
{
	const struct ir_local *buffer = expr->op.buffer;

	if (buffer)
		fill_buffer(interp, buffer, entry);
	if (!entry)
		return interp_scalar(expr->type, 0);
	return interp_scalar(expr->type,
			     buffer ? interp->frame->locals[buffer->index] : entry->address);
}

/* ---- bytes of keys and values ---- */

static uint8_t *bytes_of(struct interp *interp, struct value value)
{
	uint8_t *bytes = arena_alloc(&interp->run, value.type->size + 8);

	interp_store(interp, value.type, bytes, value);
	return bytes;
}

/* ---- queues, stacks, bloom filters ---- */

static struct entry *next_queued(struct imap *map)
{
	struct entry *next = NULL;

	vec_foreach (entry, &map->entries) {
		if (!entry->is_live)
			continue;
		next = entry;
		if (map->map->kind->id == MAP_QUEUE)
			break;
	}
	return next;
}

static struct value push(struct interp *interp, struct imap *map, const struct ir_expr *expr,
			 const struct value *args)
{
	if (map->live >= map->map->max_entries)
		return interp_scalar(expr->type, (uint64_t)(int64_t)-E2BIG);
	add_entry(interp, map, NULL, bytes_of(interp, args[0]));
	return interp_scalar(expr->type, 0);
}

static struct value peek(struct interp *interp, struct imap *map, const struct ir_expr *expr,
			 const struct value *args)
{
	const uint8_t *wanted;

	if (map->map->kind->id != MAP_BLOOM_FILTER)
		return found(interp, expr, next_queued(map));
	wanted = bytes_of(interp, args[0]);
	vec_foreach (entry, &map->entries) {
		if (!memcmp(interp_bytes(interp, entry->address, 0), wanted, map->map->value->size))
			return interp_scalar(expr->type, 1);
	}
	return interp_scalar(expr->type, 0);
}

static struct value pop(struct interp *interp, struct imap *map, const struct ir_expr *expr)
{
	struct entry *entry = next_queued(map);
	struct value value = found(interp, expr, entry);

	if (entry)
		drop_entry(map, entry);
	return value;
}

/* ---- ring buffers ---- */

static struct value submit(struct interp *interp, struct imap *map, const struct ir_expr *expr,
			   struct value record)
{
	if (!record.bits)
		return interp_zero(interp, expr->type);
	if (expr->op.op == IR_OP_RINGBUF_SUBMIT)
		add_entry(interp, map, NULL,
			  interp_bytes(interp, record.bits, map->map->value->size));
	interp_release(interp, record.bits);
	return interp_zero(interp, expr->type);
}

/* ---- the operations ---- */

static struct value delete (struct interp *interp, struct imap *map, const struct ir_expr *expr,
			    const struct value *args)
{
	struct entry *entry = interp_find_entry(interp, map, bytes_of(interp, args[0]));

	if (map->map->kind->is_array)
		return interp_scalar(expr->type, (uint64_t)(int64_t)-EINVAL);
	if (!entry)
		return interp_scalar(expr->type, (uint64_t)(int64_t)-ENOENT);
	drop_entry(map, entry);
	return interp_scalar(expr->type, 0);
}

static struct value take(struct interp *interp, struct imap *map, const struct ir_expr *expr,
			 const struct value *args)
{
	struct entry *entry = interp_find_entry(interp, map, bytes_of(interp, args[0]));
	struct value value = found(interp, expr, entry);

	if (entry)
		drop_entry(map, entry);
	return value;
}

static struct value store(struct interp *interp, struct imap *map, const struct ir_expr *expr,
			  const struct value *key, const struct value *value, uint64_t flags)
{
	int32_t result =
		interp_update(interp, map, bytes_of(interp, *key), bytes_of(interp, *value), flags);

	return interp_scalar(expr->type, (uint64_t)(int64_t)result);
}

static void clear(struct interp *interp, struct imap *map)
{
	vec_foreach (entry, &map->entries) {
		if (map->map->kind->is_array)
			memset(interp_bytes(interp, entry->address, 0), 0, map->map->value->size);
		else if (entry->is_live)
			drop_entry(map, entry);
	}
}

static struct value zero_cpus(struct interp *interp, struct imap *map, const struct ir_expr *expr,
			      const struct value *args)
{
	struct value zero = interp_zero(interp, map->map->value);

	return store(interp, map, expr, &args[0], &zero, 0);
}

/* The one CPU there is has number 0. */
static struct value cpu_op(struct interp *interp, struct imap *map, const struct ir_expr *expr,
			   const struct value *args)
{
	bool is_there = args[1].bits == 0;

	if (expr->op.op == IR_OP_MAP_CPU_UPDATE)
		return is_there ? store(interp, map, expr, &args[0], &args[2], 0)
				: interp_scalar(expr->type, (uint64_t)(int64_t)-EINVAL);
	return found(interp, expr,
		     is_there ? interp_find_entry(interp, map, bytes_of(interp, args[0])) : NULL);
}

struct value interp_map_op(struct interp *interp, const struct ir_expr *expr,
			   const struct value *args)
{
	struct imap *map = expr->op.map ? interp_map(interp, expr->op.map) : NULL;

	if (expr->op.op == IR_OP_MAP_LOOKUP)
		return found(interp, expr, look_up(interp, map, bytes_of(interp, args[0])));
	if (expr->op.op == IR_OP_MAP_UPDATE)
		return store(interp, map, expr, &args[0], &args[1], args[2].bits);
	if (expr->op.op == IR_OP_MAP_WRITE_BACK)
		return store(interp, map, expr, &args[0], &args[1], MAP_EXIST);
	if (expr->op.op == IR_OP_MAP_DELETE)
		return delete (interp, map, expr, args);
	if (expr->op.op == IR_OP_MAP_LEN)
		return interp_scalar(expr->type, map->live);
	if (expr->op.op == IR_OP_MAP_TAKE)
		return take(interp, map, expr, args);
	if (expr->op.op == IR_OP_MAP_CPU_LOOKUP || expr->op.op == IR_OP_MAP_CPU_UPDATE)
		return cpu_op(interp, map, expr, args);
	if (expr->op.op == IR_OP_MAP_ZERO_CPUS)
		return zero_cpus(interp, map, expr, args);
	if (expr->op.op == IR_OP_MAP_PUSH)
		return push(interp, map, expr, args);
	if (expr->op.op == IR_OP_MAP_POP)
		return pop(interp, map, expr);
	if (expr->op.op == IR_OP_MAP_PEEK)
		return peek(interp, map, expr, args);
	if (expr->op.op == IR_OP_RINGBUF_RESERVE)
		return interp_scalar(expr->type, interp_alloc(interp, map->map->value->size));
	if (expr->op.op == IR_OP_RINGBUF_SUBMIT || expr->op.op == IR_OP_RINGBUF_DISCARD)
		return submit(interp, map, expr, args[0]);
	if (expr->op.op == IR_OP_RINGBUF_OUTPUT)
		add_entry(interp, map, NULL, bytes_of(interp, args[0]));
	else if (expr->op.op == IR_OP_MAP_CLEAR)
		clear(interp, map);
	else
		interp_end(interp, INTERP_UNSUPPORTED, "%s", ir_op_name(expr->op.op));
	return interp_zero(interp, expr->type);
}
