/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/project.h"

#include <string.h>

/*
 * How main attaches, one row per form. In the texts `%T` is the attribute's argument, `%N` the
 * project's name.
 */
static const struct main_form {
	enum prog_attach attach;
	const char *option, *value, *help; /* an option of the loader, or NULL */
	const char *declared;		   /* what stands before main, or NULL */
	const char *first;		   /* statements behind load() */
	const char *failed;		   /* true when it could not be attached; or NULL */
	const char *last;		   /* statements at the end */
} forms[] = {
	{.attach = PROG_ATTACH_INTERFACE,
	 .option = "interface: str(15)",
	 .value = "lo",
	 .help = "the interface to watch",
	 .failed = "attach(handle, args.interface, 0) != 0",
	 .last = "\tdetach(handle)\n"},
	{.attach = PROG_ATTACH_CGROUP,
	 .option = "cgroup: str(255)",
	 .value = "/sys/fs/cgroup",
	 .help = "the control group to watch",
	 .failed = "attach(handle, args.cgroup, 0) != 0",
	 .last = "\tdetach(handle)\n"},
	{.attach = PROG_ATTACH_SELF,
	 .failed = "attach(handle, \"%T\", 0) != 0",
	 .last = "\tdetach(handle)\n"},
	{.attach = PROG_ATTACH_PATH,
	 .failed = "attach(handle, \"%T\", 0) != 0",
	 .last = "\tdetach(handle)\n"},
	{.attach = PROG_ATTACH_NETNS,
	 .failed = "attach(handle, \"\", 0) != 0",
	 .last = "\tdetach(handle)\n"},
	{.attach = PROG_ATTACH_SOCKMAP,
	 .failed = "attach(handle, sockets, 0) != 0",
	 .last = "\tdetach(handle)\n"},
	{.attach = PROG_ATTACH_OPTIONS,
	 .failed = "attach(handle, opts { pf: 2, hook: 1 }) != 0",
	 .last = "\tdetach(handle)\n"},
	{.attach = PROG_ATTACH_SOCKET,
	 .declared = "extern socket(domain: i32, kind: i32, protocol: i32) -> i32 from "
		     "\"sys/socket.h\"\n\n",
	 .first = "\tvar receiver = socket(2, 2, 0)\t\t// AF_INET, SOCK_DGRAM\n",
	 .failed = "receiver < 0 || attach(handle, receiver, 0) != 0",
	 .last = "\tdetach(handle)\n"},
	{.attach = PROG_ATTACH_PERF,
	 .first = "\tvar clock = attach(handle, perf_options { perf_type: perf_type_software, "
		  "perf_config: cpu_clock }, 0)\n",
	 .failed = "read(clock) < 0",
	 .last = "\tdetach(clock)\n"},
	{.attach = PROG_ATTACH_READ,
	 .failed = "read_text(handle) != 0",
	 .last = "\tprint(\"%u objects\", events)\n"},
	{.attach = PROG_ATTACH_RUN,
	 .first = "\tvar request = Request { number: 21, .. }\n",
	 .failed = "run(handle, request) != 0",
	 .last = "\tprint(\"twice %u is %u\", request.number, request.answer)\n"},
	{.attach = PROG_ATTACH_REGISTER,
	 .failed = "register(mine) != 0",
	 .last = "\tunregister(mine)\n"},
	/* The route names the object: nothing is left to attach. */
	{.attach = PROG_ATTACH_ROUTE,
	 .last = "\tprint(\"ip route add 192.0.2.0/24 encap bpf %T obj %N.bpf.o section lwt_%T "
		 "dev eth0\")\n"},
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const struct main_form *find_form(enum prog_attach attach)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (forms[i].attach == attach)
			return &forms[i];
	return NULL;
}

bool project_has_main(const struct prog_kind *kind)
{
	return find_form(kind->attach) != NULL;
}

static void put_text(const struct project *project, struct strbuf *out, const char *text)
{
	for (; text && *text; text++) {
		if (!strncmp(text, "%T", 2) || !strncmp(text, "%N", 2)) {
			strbuf_puts(out, text[1] == 'T' ? project->target : project->name);
			text++;
		} else {
			strbuf_putc(out, *text);
		}
	}
}

/* "interface" of "interface: str(15)". */
static void put_options(struct strbuf *out, const struct main_form *form)
{
	strbuf_printf(out, "struct Args {\n\t/// %s\n\t%s = \"%s\"\n}\n\n", form->help,
		      form->option, form->value);
}

void project_put_main(const struct project *project, struct strbuf *out)
{
	enum prog_attach attach = project->kind->attach;
	const struct main_form *form = find_form(attach);
	bool is_program = attach != PROG_ATTACH_REGISTER;
	bool waits = attach != PROG_ATTACH_READ && attach != PROG_ATTACH_RUN &&
		     attach != PROG_ATTACH_ROUTE;

	if (form->option)
		put_options(out, form);
	put_text(project, out, form->declared);
	strbuf_printf(out, "fn main(%s) -> i32 {\n", form->option ? "args: Args" : "");
	if (is_program)
		strbuf_puts(out, "\tvar handle = load(count)\n");
	put_text(project, out, form->first);
	strbuf_printf(out, "\tif (%s%s", is_program ? "handle == null" : "",
		      is_program && form->failed ? " || " : "");
	put_text(project, out, form->failed);
	strbuf_puts(out, ") {\n\t\treturn 1\n\t}\n");
	if (waits)
		strbuf_puts(out, "\tprint(\"counting; Ctrl-C ends\")\n\twhile (true) {\n"
				 "\t\tsleep(1000)\n\t\tprint(\"%u events\", events)\n\t}\n");
	put_text(project, out, form->last);
	strbuf_puts(out, "\treturn 0\n}\n");
}
