/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COMMAND(ID, "name", "operands", fewest, most, "one line", "more, for its help page")
 * In the order of the overview. Included several times; no guard. The functions stand in
 * command.c.
 */
COMMAND(BUILD, "build", "FILE.ks", 1, 1, "compile FILE.ks: BPF object and loader",
	"Writes NAME.bpf.o, NAME.c, NAME and a Makefile into DIR (./NAME without -o), all of them "
	"or, when anything fails, none. A file without `main` gets no loader, one without bpf "
	"functions no object. The loader is built with $CC, else cc.")
COMMAND(CHECK, "check", "FILE.ks...", 1, UINT32_MAX, "report what is wrong, write nothing",
	"Runs everything up to the back ends: syntax, types, the rules of bpf code, stack use.")
COMMAND(RUN, "run", "FILE.ks", 1, 1, "build into a cache and run the loader",
	"What stands after `--` are the program's own arguments. A file that did not change is "
	"not built again.")
COMMAND(TEST, "test", "FILE.ks", 1, 1, "run the @test functions of FILE.ks",
	"Each runs in a process of its own with fresh maps. --filter picks those whose name "
	"matches. What the kernel does not permit is skipped. Exit status 1 when one fails.")
COMMAND(EMIT, "emit", "--stage=STAGE FILE.ks", 1, 1, "print what one stage of the compiler made",
	"The text goes to standard output unless -o names a file; an object needs -o.")
COMMAND(INIT, "init", "KIND[/TARGET] NAME", 2, 2, "start a project: NAME/NAME.ks",
	"KIND is a program kind (`ksc list kinds`), TARGET what it is for: the direction of tc, "
	"the function of a probe, the event of a tracepoint. Nothing is overwritten.")
COMMAND(LIST, "list", "WHAT [PATTERN]", 1, 2, "what the language and the kernel offer",
	"WHAT is one of attributes, kinds, maps, builtins, helpers, errors, or, read from the "
	"kernel's BTF, types, functions, kfuncs, tracepoints. With PATTERN only the names that "
	"contain it.")
COMMAND(EXPLAIN, "explain", "SLUG|LOGFILE", 1, 1, "what an error means; a verifier log in words",
	"SLUG is the word in brackets of a message: `error[null-deref]`. LOGFILE holds what the "
	"kernel's verifier printed about a program that it refused.")
COMMAND(DOCTOR, "doctor", "", 0, 0, "check this machine: what ksc programs can do here",
	"One line for each thing that matters, and the remedy for what is missing.")
COMMAND(COMPILE, "compile", "FILE.ks", 1, 1, "the older compiler's form of build",
	"Takes that compiler's options; the result is that of `ksc build`.")
COMMAND(HELP, "help", "[COMMAND]", 0, 1, "this overview, or the help page of one command",
	"`ksc help --man` prints the manual page.")
