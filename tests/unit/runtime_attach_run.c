/* SPDX-License-Identifier: Apache-2.0 */
/* attach() and detach() on the network, on events, in cgroups; what stays when a loader dies. */
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/perf_event.h>
#include <sys/mman.h>

#include "run_test.h"

KS_EMBED(attach, "attach.bpf.o");

#define PROG(prog, upper, argument)                            \
	static struct ks_prog prog = {.name = #prog,           \
				      .kind = KS_KIND_##upper, \
				      .arg = argument,         \
				      .where = "a.ks:" #prog,  \
				      .flags = KS_PROG_LOAD}

PROG(first, XDP, NULL);
PROG(second, XDP, NULL);
PROG(incoming, TC, "ingress");
PROG(outgoing, TC, "egress");
PROG(switched, TRACEPOINT, "sched/sched_switch");
PROG(probed, UPROBE, NULL);
PROG(returned, URETPROBE, NULL);
PROG(allowed, CGROUP_SKB, "egress");
PROG(entered, RAW_TRACEPOINT, "sys_enter");
PROG(message, SK_MSG, NULL);
PROG(sampled, PERF_EVENT, NULL);
static struct ks_map hits = {
	.name = "hits", .key_size = 4, .value_size = sizeof(u64), .where = "a.ks:hits"};
static struct ks_map sockets = {
	.name = "sockets", .key_size = 4, .value_size = 4, .where = "a.ks:sockets"};

static const struct ks_app app = {
	.name = "attach",
	.source = "a.ks",
	.object = KS_OBJECT(attach),
	KS_PROGS(&first, &second, &incoming, &outgoing, &switched, &probed, &returned, &allowed,
		 &entered, &message, &sampled),
	KS_MAPS(&hits, &sockets),
};

static u64 hits_of(u32 slot)
{
	u64 n = 0;

	ks_map_get(&hits, &slot, &n);
	return n;
}

static void send_frame(const char *interface)
{
	unsigned char frame[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
				   0,	 0,    0,    0,	   1,	 0x12, 0x34};
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(0x1234),
				 .sll_ifindex = (int)if_nametoindex(interface),
				 .sll_halen = ETH_ALEN};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	memset(to.sll_addr, 0xff, ETH_ALEN);
	sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

static int attach_mode(const char *interface)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, options);

	if (bpf_xdp_query((int)if_nametoindex(interface), 0, &options))
		return -1;
	return options.attach_mode;
}

/* ---- XDP ---- */

static int xdp_on_lo(void)
{
	struct ks_prog *h = ks_load(&first, "a.ks:20");

	CHECK_INT(ks_attach(h, "lo", 0, "a.ks:21"), 0);
	CHECK(xdp_id("lo") != 0);
	CHECK_INT(attach_mode("lo"), XDP_ATTACHED_SKB);
	send_packet("127.0.0.1");
	CHECK(WAIT_FOR(hits_of(0) > 0));
	/* Another program, and this one again. */
	CHECK_INT(ks_attach(ks_load(&second, "a.ks:23"), "lo", 0, "a.ks:24"), -EBUSY);
	ks_detach(h);
	CHECK_INT(xdp_id("lo"), 0);
	ks_detach(h);
	CHECK_INT(ks_attach(&second, "lo", XDP_FLAGS_SKB_MODE, "a.ks:26"), 0);
	CHECK(xdp_id("lo") != 0);
	CHECK_INT(ks_attach(h, "nowhere0", 0, "a.ks:27"), -ENODEV);
	ks_detach(NULL);
	return ks_test_failures; /* what is attached ends with the process */
}

static int run_xdp_on_lo(void)
{
	return run_app(&app, xdp_on_lo);
}

static void test_xdp_generic(void)
{
	char text[4096];

	CHECK_INT(ks_test_capture(run_xdp_on_lo, text, sizeof(text)), 0);
	CHECK_HAS(text, "a.ks:24: error: cannot attach `second` to `lo`");
	CHECK_HAS(text, "note: `lo` has XDP program");
	CHECK_HAS(text, "`first`");
	CHECK_HAS(text, "a.ks:27: error: cannot attach `first` to `nowhere0`");
	CHECK_HAS(text, "no such interface (ENODEV)");
	CHECK_INT(xdp_id("lo"), 0);
}

static int xdp_native(void)
{
	CHECK_INT(ks_attach(ks_load(&first, "a.ks:20"), "veth1", 0, "a.ks:21"), 0);
	CHECK_INT(attach_mode("veth1"), XDP_ATTACHED_DRV);
	send_frame("veth0");
	CHECK(WAIT_FOR(hits_of(0) > 0));
	return ks_test_failures;
}

static int run_xdp_native(void)
{
	return run_app(&app, xdp_native);
}

static void test_xdp_native(void)
{
	char text[4096];

	if (system("ip link add veth0 type veth peer name veth1 && ip link set veth0 up && "
		   "ip link set veth1 up")) {
		fprintf(stderr, "this kernel has no veth: native XDP was not tried\n");
		return;
	}
	CHECK_INT(ks_test_capture(run_xdp_native, text, sizeof(text)), 0);
	CHECK_TEXT(text, "");
	CHECK_INT(xdp_id("veth1"), 0);
}

/* ---- tc ---- */

static int tc_links(void)
{
	CHECK_INT(ks_attach(ks_load(&incoming, "a.ks:20"), "lo", 0, "a.ks:21"), 0);
	CHECK_INT(ks_attach(ks_load(&outgoing, "a.ks:22"), "lo", 0, "a.ks:23"), 0);
	CHECK_INT(tcx_count("lo", 46), 1);
	CHECK_INT(tcx_count("lo", 47), 1);
	send_packet("127.0.0.1");
	CHECK(WAIT_FOR(hits_of(2) > 0 && hits_of(3) > 0));
	ks_detach(&incoming);
	ks_detach(&incoming);
	CHECK_INT(tcx_count("lo", 46), 0);
	CHECK_INT(tcx_count("lo", 47), 1);
	CHECK_INT(ks_attach(&outgoing, "lo", 0, "a.ks:24"), -EEXIST);
	CHECK_INT(ks_attach(&incoming, "lo", 0, "a.ks:25"), 0);
	CHECK_INT(tcx_count("lo", 46), 1);
	return ks_test_failures;
}

static int run_tc_links(void)
{
	return run_app(&app, tc_links);
}

static void test_tc_links(void)
{
	char text[1024];

	CHECK_INT(ks_test_capture(run_tc_links, text, sizeof(text)), 0);
	CHECK_TEXT(text, "a.ks:24: error: `outgoing` is attached to `lo` already\n");
	CHECK_INT(tcx_count("lo", 46) + tcx_count("lo", 47), 0);
}

static bool has_text(const char *command, const char *part)
{
	char text[4096] = "";
	FILE *pipe = popen(command, "r");
	size_t n = pipe ? fread(text, 1, sizeof(text) - 1, pipe) : 0;

	text[n] = 0;
	if (pipe)
		pclose(pipe);
	return strstr(text, part);
}

static bool has_clsact(void)
{
	return has_text("tc qdisc show dev lo", "clsact");
}

static bool has_filter(const char *side)
{
	char command[64];

	snprintf(command, sizeof(command), "tc filter show dev lo %s", side);
	return has_text(command, "bpf");
}

/* Older kernels: filters of clsact, under the guardian's eyes. */
static struct attachment *filter_attach(struct ks_prog *prog, bool egress)
{
	struct attachment *attachment = ks_alloc(sizeof(*attachment), "a.ks");

	CHECK_INT(tc_filter_attach(prog->state->fd, (int)if_nametoindex("lo"), egress, attachment),
		  0);
	return attachment;
}

static int tc_filters(void)
{
	struct attachment *in, *out;

	ks_load(&incoming, "a.ks:20");
	in = filter_attach(&incoming, false);
	out = filter_attach(&outgoing, true);
	CHECK(has_clsact());
	CHECK(has_filter("ingress") && has_filter("egress"));
	send_packet("127.0.0.1");
	CHECK(WAIT_FOR(hits_of(2) > 0 && hits_of(3) > 0));
	/* The qdisc goes with the last filter, whichever that is. */
	in->undo(in);
	CHECK(!has_filter("ingress") && has_filter("egress"));
	CHECK(has_clsact());
	out->undo(out);
	CHECK(!has_clsact());
	/* A qdisc that was there before stays. */
	CHECK(!system("tc qdisc add dev lo clsact"));
	in = filter_attach(&incoming, false);
	CHECK(has_filter("ingress"));
	in->undo(in);
	CHECK(has_clsact() && !has_filter("ingress"));
	CHECK(!system("tc qdisc del dev lo clsact"));
	return ks_test_failures;
}

static void test_tc_filters(void)
{
	CHECK_INT(run_app(&app, tc_filters), 0);
}

/* ---- the end of a loader ---- */

/* Starts a loader in a child that says when it has attached. */
static pid_t start(int (*run)(void), int *ready)
{
	int ends[2];
	char c = 0;
	pid_t child;

	if (pipe(ends))
		return -1;
	*ready = ends[1];
	fflush(NULL);
	child = fork();
	if (!child) {
		close(ends[0]);
		_exit(run_app(&app, run));
	}
	close(ends[1]);
	if (read(ends[0], &c, 1) != 1)
		c = 0;
	close(ends[0]);
	CHECK(c == 1);
	return child;
}

static int ready_fd;

static void say_ready(void)
{
	if (write(ready_fd, "\1", 1) != 1)
		_exit(97);
	close(ready_fd);
}

static int attach_links_and_wait(void)
{
	ks_attach(ks_load(&first, "a.ks:20"), "lo", XDP_FLAGS_SKB_MODE, "a.ks:21");
	ks_attach(ks_load(&incoming, "a.ks:22"), "lo", 0, "a.ks:23");
	say_ready();
	while (!ks_stopping())
		ks_sleep(100000);
	ks_detach(&first);
	return 5;
}

static void test_killed_links(void)
{
	pid_t child = start(attach_links_and_wait, &ready_fd);

	CHECK(xdp_id("lo") != 0);
	CHECK_INT(tcx_count("lo", 46), 1);
	kill(child, SIGKILL);
	CHECK_INT(ks_test_wait(child), 128 + SIGKILL);
	CHECK(WAIT_FOR(xdp_id("lo") == 0 && tcx_count("lo", 46) == 0));
}

static void test_interrupted(void)
{
	pid_t child = start(attach_links_and_wait, &ready_fd);

	kill(child, SIGINT);
	CHECK_INT(ks_test_wait(child), 5);
	CHECK_INT(xdp_id("lo"), 0);
	CHECK_INT(tcx_count("lo", 46), 0);
}

static int attach_without_links(void)
{
	struct attachment xdp = {0};

	ks_load(&incoming, "a.ks:20");
	filter_attach(&incoming, false);
	filter_attach(&outgoing, true);
	CHECK_INT(xdp_netlink_attach(first.state->fd, (int)if_nametoindex("lo"), XDP_FLAGS_SKB_MODE,
				     &xdp),
		  0);
	say_ready();
	for (;;)
		pause();
	return 0;
}

static void test_killed_guarded(void)
{
	pid_t child = start(attach_without_links, &ready_fd);

	CHECK(xdp_id("lo") != 0);
	CHECK(has_filter("ingress") && has_filter("egress"));
	kill(child, SIGKILL);
	CHECK_INT(ks_test_wait(child), 128 + SIGKILL);
	CHECK(WAIT_FOR(xdp_id("lo") == 0));
	CHECK(WAIT_FOR(!has_clsact()));
}

/* In the background the attachments stay, whatever becomes of the process that began. */
static pid_t *background;

static int goes_to_background(void)
{
	ks_attach(ks_load(&first, "a.ks:20"), "lo", XDP_FLAGS_SKB_MODE, "a.ks:21");
	CHECK_INT(ks_daemon("a.ks:22"), 0);
	*background = getpid();
	say_ready();
	ks_sleep(10000);
	return 0;
}

static void test_daemon(void)
{
	pid_t child;

	background = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(background != MAP_FAILED);
	child = start(goes_to_background, &ready_fd);
	CHECK_INT(ks_test_wait(child), 0);
	CHECK(*background != child && getsid(*background) == *background);
	CHECK(xdp_id("lo") != 0);
	kill(*background, SIGTERM);
	CHECK(WAIT_FOR(xdp_id("lo") == 0));
}

/* Somebody else's program is not ours to remove. */
static int replaced(void)
{
	struct attachment xdp = {0};

	ks_load(&first, "a.ks:20");
	CHECK_INT(xdp_netlink_attach(first.state->fd, (int)if_nametoindex("lo"), XDP_FLAGS_SKB_MODE,
				     &xdp),
		  0);
	CHECK_INT(bpf_xdp_attach((int)if_nametoindex("lo"), second.state->fd, XDP_FLAGS_SKB_MODE,
				 NULL),
		  0);
	xdp.undo(&xdp);
	CHECK(xdp_id("lo") != 0);
	CHECK_INT(bpf_xdp_detach((int)if_nametoindex("lo"), XDP_FLAGS_SKB_MODE, NULL), 0);
	return ks_test_failures;
}

static void test_replaced(void)
{
	CHECK_INT(run_app(&app, replaced), 0);
}

static int panics(void)
{
	ks_attach(ks_load(&first, "a.ks:20"), "lo", XDP_FLAGS_SKB_MODE, "a.ks:21");
	CHECK(xdp_id("lo") != 0);
	ks_panic("no way on", "a.ks:22");
}

static int run_panics(void)
{
	return run_app(&app, panics);
}

static void test_panic(void)
{
	char text[1024];

	CHECK_INT(ks_test_capture(run_panics, text, sizeof(text)), 134);
	CHECK_TEXT(text, "a.ks:22: panic: no way on\n");
	CHECK_INT(xdp_id("lo"), 0);
}

/* ---- order ---- */

static char order[8];

static void undo_noted(struct attachment *self)
{
	order[strlen(order)] = (char)self->fd;
}

static void test_order(void)
{
	struct ks_prog prog = {.name = "p", .where = "a.ks:1"};

	for (int i = 0; i < 3; i++) {
		struct attachment *attachment = ks_alloc(sizeof(*attachment), "a.ks");

		*attachment = (struct attachment){
			.next = prog_state(&prog)->attachments, .undo = undo_noted, .fd = 'a' + i};
		prog.state->attachments = attachment;
	}
	ks_detach(&prog);
	ks_detach(&prog);
	CHECK_TEXT(order, "cba");
}

/* ---- events, functions, cgroups, sockets ---- */

int probed_function(int n);

int __attribute__((noinline)) probed_function(int n)
{
	__asm__ volatile("" : "+r"(n));
	return n + 1;
}

static int events(void)
{
	CHECK(!mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL) || errno == EBUSY);
	CHECK_INT(ks_attach(ks_load(&switched, "a.ks:20"), "", 0, "a.ks:21"), 0);
	usleep(20000);
	CHECK(WAIT_FOR(hits_of(4) > 0));
	ks_detach(&switched);
	CHECK_INT(ks_attach(&switched, "sched/no_such_event", 0, "a.ks:22"), -ENOENT);
	CHECK_INT(ks_attach(&switched, "sched", 0, "a.ks:23"), -EINVAL);
	CHECK_INT(ks_attach(&entered, "sys_enter", 0, "a.ks:24"), 0);
	getppid();
	CHECK(hits_of(8) > 0);
	CHECK_INT(ks_attach(&probed, "/proc/self/exe:probed_function", 0, "a.ks:25"), 0);
	CHECK_INT(ks_attach(&returned, "/proc/self/exe:probed_function", 0, "a.ks:26"), 0);
	CHECK_INT(probed_function(1), 2);
	CHECK_INT(hits_of(5), 1);
	CHECK_INT(hits_of(6), 1);
	CHECK_INT(ks_attach(&probed, "/proc/self/exe:no_such_function", 0, "a.ks:27"), -ENOENT);
	CHECK_INT(ks_attach(&probed, "nonsense", 0, "a.ks:28"), -EINVAL);
	CHECK_INT(ks_attach(&sampled, "", 0, "a.ks:29"), -EINVAL);
	return ks_test_failures;
}

static int run_events(void)
{
	return run_app(&app, events);
}

static void test_events(void)
{
	char text[8192];

	CHECK_INT(ks_test_capture(run_events, text, sizeof(text)), 0);
	CHECK_HAS(text, "a.ks:22: error: cannot attach `switched` to `sched/no_such_event`");
	CHECK_HAS(text, "the kernel has no such function or event (ENOENT)");
	CHECK_HAS(text, "a.ks:23: error: `sched` is no tracepoint");
	CHECK_HAS(text, "no such file, or no such symbol in it (ENOENT)");
	CHECK_HAS(text, "a.ks:28: error: `nonsense` is no place in a program");
	CHECK_HAS(text, "a.ks:29: error: `sampled` does not attach like this");
}

static int cgroups(void)
{
	char folder[] = "/tmp/ks-cgroup-XXXXXX", group[64];

	if (!mkdtemp(folder) || mount("cgroup2", folder, "cgroup2", 0, NULL)) {
		rmdir(folder);
		fprintf(stderr, "no cgroup v2 here: cgroups were not tried\n");
		return 0;
	}
	snprintf(group, sizeof(group), "%s/ks-test-%d", folder, (int)getpid());
	CHECK(!mkdir(group, 0700));
	CHECK_INT(ks_attach(ks_load(&allowed, "a.ks:20"), group, 0, "a.ks:21"), 0);
	ks_detach(&allowed);
	CHECK_INT(ks_attach(&allowed, "/tmp", 0, "a.ks:22"), -EBADF);
	CHECK_INT(ks_attach(&allowed, "no/such/cgroup", 0, "a.ks:23"), -ENOENT);
	rmdir(group);
	umount2(folder, MNT_DETACH);
	rmdir(folder);
	return ks_test_failures;
}

static int run_cgroups(void)
{
	return run_app(&app, cgroups);
}

static void test_cgroups(void)
{
	char text[4096];

	CHECK_INT(ks_test_capture(run_cgroups, text, sizeof(text)), 0);
	if (strstr(text, "not tried"))
		return;
	CHECK_HAS(text, "this is no cgroup v2 folder (EBADF)");
	CHECK_HAS(text, "no such cgroup (ENOENT)");
}

static int sockmaps(void)
{
	CHECK_INT(ks_attach(ks_load(&message, "a.ks:20"), "sockets", 0, "a.ks:21"), 0);
	ks_detach(&message);
	CHECK_INT(ks_attach(&message, "sockets", 0, "a.ks:22"), 0);
	CHECK_INT(ks_attach(&message, "nothing", 0, "a.ks:23"), -ENOENT);
	return ks_test_failures;
}

static void test_sockmaps(void)
{
	CHECK_INT(run_app(&app, sockmaps), 0);
}

/* ---- perf events ---- */

/* Each new page faults once. */
static void touch_pages(void)
{
	size_t size = 64 * 4096;
	unsigned char *pages =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(pages != MAP_FAILED);
	madvise(pages, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < size; i += 4096)
		((volatile unsigned char *)pages)[i] = 1;
}

static int perf(void)
{
	struct ks_perf_options options = {.perf_type = PERF_TYPE_SOFTWARE,
					  .perf_config = PERF_COUNT_SW_PAGE_FAULTS,
					  .cpu = -1,
					  .period = 1};
	struct ks_perf *counter;
	i64 before;

	ks_load(&sampled, "a.ks:20");
	counter = ks_attach_perf(&sampled, &options, 0, "a.ks:21");
	CHECK(counter != NULL);
	before = ks_perf_read(counter);
	CHECK(before >= 0);
	touch_pages();
	CHECK(ks_perf_read(counter) >= before + 32);
	CHECK(hits_of(10) >= 32);
	ks_perf_detach(counter);
	CHECK_INT(ks_perf_read(counter), -1);
	ks_perf_detach(counter);
	/* Every CPU, and detach through the program. */
	options.pid = -1;
	counter = ks_attach_perf(&sampled, &options, 0, "a.ks:23");
	CHECK(counter && ks_perf_read(counter) >= 0);
	ks_detach(&sampled);
	CHECK_INT(ks_perf_read(counter), -1);
	CHECK_INT(ks_perf_read(NULL), -1);
	options.pid = 4000000;
	CHECK(!ks_attach_perf(&sampled, &options, 0, "a.ks:24"));
	options = (struct ks_perf_options){.perf_type = 77777, .cpu = -1};
	CHECK(!ks_attach_perf(&sampled, &options, 0, "a.ks:25"));
	CHECK(!ks_attach_perf(&first, &options, 0, "a.ks:26"));
	return ks_test_failures;
}

static int run_perf(void)
{
	return run_app(&app, perf);
}

static void test_perf(void)
{
	char text[4096];

	CHECK_INT(ks_test_capture(run_perf, text, sizeof(text)), 0);
	CHECK_HAS(text, "a.ks:24: error: cannot attach `sampled` to perf event");
	CHECK_HAS(text, "no such process (ESRCH)");
	CHECK_HAS(text, "a.ks:25: error: cannot attach `sampled` to perf event 77777/0");
	CHECK_HAS(text, "a.ks:26: error: perf options need a program of kind perf_event");
}

int main(void)
{
	static const struct ks_test tests[] = {
		{"XDP in generic mode", test_xdp_generic},
		{"XDP in native mode", test_xdp_native},
		{"tcx links", test_tc_links},
		{"tc filters of older kernels", test_tc_filters},
		{"a killed loader leaves no links", test_killed_links},
		{"an interrupted loader runs to its end", test_interrupted},
		{"a killed loader's guardian removes the rest", test_killed_guarded},
		{"a daemon keeps what is attached", test_daemon},
		{"another's program stays", test_replaced},
		{"a panic detaches", test_panic},
		{"the newest attachment goes first", test_order},
		{"tracepoints and uprobes", test_events},
		{"cgroups", test_cgroups},
		{"socket maps", test_sockmaps},
		{"perf events", test_perf},
	};

	return run_main(tests, ARRAY_LEN(tests));
}
