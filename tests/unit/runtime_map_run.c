/* SPDX-License-Identifier: Apache-2.0 */
/* Map operations of user code, in every form that the language has. */
#include "run_test.h"

KS_EMBED(basic, "basic.bpf.o");

struct traffic {
	u64 packets, bytes;
	u32 last;
	bool seen;
	u8 ks_pad0[3];
};

struct prefix {
	u32 prefixlen;
	u8 address[4];
};

#define MAP(map, key, value)         \
	static struct ks_map map = { \
		.name = #map, .key_size = key, .value_size = sizeof(value), .where = "m.ks:" #map}

MAP(packets, 4, u64);
MAP(flows, 4, struct traffic);
MAP(recent, 4, u32);
MAP(routes, sizeof(struct prefix), u32);
MAP(work, 0, u32);
MAP(undo, 0, u32);
MAP(known, 0, u32);
static struct ks_map cpu_flows = {
	.name = "cpu_flows",
	.key_size = 4,
	.value_size = sizeof(struct traffic),
	KS_FIELDS({.offset = 0, .type = KS_U64}, {.offset = 8, .type = KS_U64},
		  {.offset = 16, .type = KS_U32}, {.offset = 20, .type = KS_BOOL}),
	.where = "m.ks:cpu_flows",
};
static struct ks_map cpu_packets = {
	.name = "cpu_packets",
	.key_size = 4,
	.value_size = sizeof(u32),
	KS_FIELDS({.offset = 0, .type = KS_U32}),
	.where = "m.ks:cpu_packets",
};
static struct ks_prog count = {
	.name = "count", .kind = KS_KIND_XDP, .where = "m.ks:7", .flags = KS_PROG_LOAD};

static const struct ks_app app = {
	.name = "maps",
	.source = "m.ks",
	.object = KS_OBJECT(basic),
	KS_PROGS(&count),
	KS_MAPS(&packets, &flows, &recent, &routes, &work, &undo, &known, &cpu_flows, &cpu_packets),
};

/* ---- hashes and arrays ---- */

static int hash_forms(void)
{
	struct traffic t = {.packets = 1, .bytes = 60, .seen = true}, got = {.last = 9};
	u32 key = 5;

	CHECK(!ks_map_has(&flows, &key));
	CHECK(!ks_map_get(&flows, &key, &got));
	CHECK_INT(got.last, 0); /* an absent entry reads as zero */
	CHECK_INT(ks_map_write_back(&flows, &key, &t), -ENOENT);
	CHECK(!ks_map_has(&flows, &key));
	CHECK_INT(ks_map_update(&flows, &key, &t, BPF_EXIST), -ENOENT);
	CHECK_INT(ks_map_update(&flows, &key, &t, BPF_NOEXIST), 0);
	CHECK_INT(ks_map_update(&flows, &key, &t, BPF_NOEXIST), -EEXIST);
	t.bytes = 120;
	CHECK_INT(ks_map_write_back(&flows, &key, &t), 0);
	CHECK(ks_map_get(&flows, &key, &got) == &got);
	CHECK_INT(got.bytes, 120);
	CHECK(got.seen);
	CHECK_INT(ks_map_len(&flows), 1);
	CHECK(ks_map_take(&flows, &key, &got) == &got);
	CHECK_INT(got.packets, 1);
	CHECK(!ks_map_take(&flows, &key, &got));
	CHECK_INT(got.packets, 0);
	CHECK_INT(ks_map_delete(&flows, &key), -ENOENT);
	/* A full map says so. */
	for (u32 i = 0; i < 8; i++)
		CHECK_INT(ks_map_update(&flows, &i, &t, 0), 0);
	CHECK_INT(ks_map_update(&flows, &(u32){8}, &t, 0), -E2BIG);
	CHECK_INT(ks_map_len(&flows), 8);
	CHECK_INT(ks_map_delete(&flows, &(u32){3}), 0);
	CHECK_INT(ks_map_len(&flows), 7);
	ks_map_clear(&flows);
	CHECK_INT(ks_map_len(&flows), 0);
	return ks_test_failures;
}

static int array_forms(void)
{
	u64 n = 7;

	CHECK(ks_map_has(&packets, &(u32){3}));
	CHECK(!ks_map_has(&packets, &(u32){4}));
	CHECK_INT(ks_map_update(&packets, &(u32){3}, &n, 0), 0);
	CHECK_INT(ks_map_delete(&packets, &(u32){3}), -EINVAL);
	CHECK_INT(ks_map_len(&packets), 4);
	CHECK(ks_map_take(&packets, &(u32){3}, &n) == NULL);
	CHECK(ks_map_get(&packets, &(u32){3}, &n));
	CHECK_INT(n, 7);
	ks_map_clear(&packets);
	CHECK(ks_map_get(&packets, &(u32){3}, &n));
	CHECK_INT(n, 0);
	CHECK_INT(ks_map_update(&packets, &(u32){4}, &n, 0), -E2BIG);
	return ks_test_failures;
}

static int longest_prefix(void)
{
	struct prefix net = {8, {10}}, host = {32, {10, 1, 2, 3}}, other = {32, {11, 1, 2, 3}};
	u32 value = 1;

	CHECK_INT(ks_map_update(&routes, &net, &value, 0), 0);
	CHECK(ks_map_get(&routes, &host, &value));
	CHECK_INT(value, 1);
	CHECK(!ks_map_has(&routes, &other));
	CHECK_INT(ks_map_len(&routes), 1);
	CHECK_INT(ks_map_delete(&routes, &net), 0);
	CHECK_INT(ks_map_len(&routes), 0);
	return ks_test_failures;
}

/* ---- queues, stacks, bloom filters ---- */

static int queues(void)
{
	u32 value = 9;

	CHECK(!ks_map_pop(&work, &value));
	CHECK_INT(value, 0);
	for (u32 i = 1; i <= 4; i++) {
		CHECK_INT(ks_map_push(&work, &i, 0), 0);
		CHECK_INT(ks_map_push(&undo, &i, 0), 0);
	}
	CHECK_INT(ks_map_push(&work, &(u32){5}, 0), -E2BIG);
	CHECK(ks_map_peek(&work, &value));
	CHECK_INT(value, 1);
	CHECK(ks_map_pop(&work, &value));
	CHECK_INT(value, 1);
	CHECK(ks_map_pop(&work, &value));
	CHECK_INT(value, 2);
	CHECK(ks_map_pop(&undo, &value));
	CHECK_INT(value, 4);
	ks_map_clear(&work);
	CHECK(!ks_map_peek(&work, &value));
	return ks_test_failures;
}

static int bloom(void)
{
	u32 absent = 0;

	CHECK(!ks_bloom_has(&known, &(u32){42}));
	CHECK_INT(ks_map_push(&known, &(u32){42}, 0), 0);
	CHECK(ks_bloom_has(&known, &(u32){42}));
	for (u32 i = 100; i < 200; i++)
		absent += !ks_bloom_has(&known, &i);
	CHECK(absent > 50);
	return ks_test_failures;
}

/* ---- per-CPU maps ---- */

static int cpus(void)
{
	u32 n = (u32)libbpf_num_possible_cpus(), key = 1;
	struct traffic t = {.packets = 1, .bytes = 10}, got;
	u32 total = 0;

	CHECK_INT(ks_map_update(&cpu_flows, &key, &t, 0), -EINVAL);
	CHECK(!ks_map_get(&cpu_flows, &key, &got));
	for (u32 cpu = 0; cpu < n; cpu++) {
		t.last = cpu + 1;
		t.seen = cpu == n - 1;
		CHECK_INT(ks_map_update_cpu(&cpu_flows, &key, cpu, &t), 0);
	}
	CHECK_INT(ks_map_update_cpu(&cpu_flows, &key, n, &t), -EINVAL);
	CHECK(ks_map_get(&cpu_flows, &key, &got));
	CHECK_INT(got.packets, n);
	CHECK_INT(got.bytes, n * 10);
	CHECK_INT(got.last, n * (n + 1) / 2);
	CHECK(got.seen);
	CHECK_INT(got.ks_pad0[0] | got.ks_pad0[1] | got.ks_pad0[2], 0);
	CHECK(ks_map_get_cpu(&cpu_flows, &key, n - 1, &got));
	CHECK_INT(got.last, n);
	CHECK(!ks_map_get_cpu(&cpu_flows, &key, n, &got));
	CHECK_INT(got.last, 0);
	CHECK_INT(ks_map_zero_cpus(&cpu_flows, &key), 0);
	CHECK(ks_map_get(&cpu_flows, &key, &got));
	CHECK_INT(got.packets, 0);
	CHECK(ks_map_take(&cpu_flows, &key, &got));
	CHECK(!ks_map_has(&cpu_flows, &key));
	/* What a program counts on the CPU where it runs. */
	ks_load(&count, "m.ks:20");
	for (int i = 0; i < 5; i++)
		run_once(&count);
	CHECK(ks_map_get(&cpu_packets, &key, &total));
	CHECK_INT(total, 5);
	ks_map_clear(&cpu_packets);
	CHECK(ks_map_get(&cpu_packets, &key, &total));
	CHECK_INT(total, 0);
	return ks_test_failures;
}

/* ---- iteration ---- */

static int iterate(void)
{
	struct traffic t = {0};
	u32 key, sum = 0, rounds = 0;
	u64 n;

	for (u32 i = 0; i < 8; i++) {
		t.packets = i;
		ks_map_update(&flows, &i, &t, 0);
	}
	/* Every entry once, although each is deleted in its round. */
	ks_for_each (&flows, &key, &t) {
		CHECK_INT(t.packets, key);
		sum += key;
		rounds++;
		CHECK_INT(ks_map_delete(&flows, &key), 0);
	}
	CHECK_INT(rounds, 8);
	CHECK_INT(sum, 28);
	CHECK_INT(ks_map_len(&flows), 0);
	/* Entries that vanish meanwhile are passed over. */
	for (u32 i = 0; i < 8; i++)
		ks_map_update(&flows, &i, &t, 0);
	rounds = 0;
	ks_for_each (&flows, &key, NULL) {
		rounds++;
		ks_map_clear(&flows);
	}
	CHECK_INT(rounds, 1);
	/* Leaving the loop, arrays, no key. */
	rounds = 0;
	ks_for_each (&packets, NULL, &n) {
		if (++rounds == 2)
			break;
	}
	CHECK_INT(rounds, 2);
	ks_for_each (&cpu_packets, &key, NULL)
		rounds += 10;
	CHECK_INT(rounds, 22);
	return ks_test_failures;
}

/* More keys than one batch holds. */
static int iterate_many(void)
{
	u32 key, value, seen[64] = {0}, count_seen = 0;

	for (u32 i = 0; i < 64; i++)
		CHECK_INT(ks_map_update(&recent, &i, &i, 0), 0);
	ks_for_each (&recent, &key, &value) {
		CHECK_INT(key, value);
		if (key < 64)
			seen[key]++;
	}
	for (u32 i = 0; i < 64; i++) {
		CHECK(seen[i] <= 1);
		count_seen += seen[i];
	}
	CHECK_INT(count_seen, ks_map_len(&recent));
	CHECK(count_seen > 32); /* a full LRU map drops some */
	return ks_test_failures;
}

static int walk_prefixes(void)
{
	struct prefix key;
	u32 value, rounds = 0;

	for (u32 i = 0; i < 8; i++) {
		key = (struct prefix){32, {10, 0, 0, (u8)i}};
		CHECK_INT(ks_map_update(&routes, &key, &i, 0), 0);
	}
	ks_for_each (&routes, &key, &value) {
		CHECK_INT(key.address[3], value);
		CHECK_INT(ks_map_delete(&routes, &key), 0);
		rounds++;
	}
	CHECK_INT(rounds, 8);
	return ks_test_failures;
}

#define CASE(run)                                 \
	static void test_##run(void)              \
	{                                         \
		CHECK_INT(run_app(&app, run), 0); \
	}

CASE(hash_forms)
CASE(array_forms)
CASE(longest_prefix)
CASE(queues)
CASE(bloom)
CASE(cpus)
CASE(iterate)
CASE(iterate_many)
CASE(walk_prefixes)

int main(void)
{
	static const struct ks_test tests[] = {
		{"hashes", test_hash_forms},
		{"arrays", test_array_forms},
		{"longest prefix", test_longest_prefix},
		{"queues and stacks", test_queues},
		{"bloom filters", test_bloom},
		{"per-CPU maps are sums", test_cpus},
		{"iteration with deletes", test_iterate},
		{"iteration in batches", test_iterate_many},
		{"iteration without batches", test_walk_prefixes},
	};

	return run_main(tests, ARRAY_LEN(tests));
}
