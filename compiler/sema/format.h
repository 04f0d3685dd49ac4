/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The format of print(): its text and arguments as a list of pieces. The checker uses it to report
 * what does not fit, the IR builder to build IR_OP_PRINT from the same pieces.
 *
 * Rules: a constant string as the first argument is the format. Each verb takes the next argument;
 * signedness and width come from the argument's type, length modifiers (l, ll, h, z ...) are
 * ignored. Arguments beyond the verbs follow, each printed by its type, with a space before it
 * unless nothing or white space stands there. Without a format all arguments are printed that way.
 * The newline at the end which user and module code get is not among the pieces.
 */
#ifndef KSC_SEMA_FORMAT_H
#define KSC_SEMA_FORMAT_H

#include "syntax/ast.h"
#include "types/type.h"

struct format_piece {
	/* A literal of `len` bytes after %% became %; NULL for an argument. Neighbouring literals
	 * are one piece. It may hold any bytes; the kernel's trace pipe takes only printable ASCII
	 * and white space in a format, so bpf code passes other literals as text arguments. */
	const char *text;
	uint32_t len;
	uint32_t arg; /* index into `args` */
	/*
	 * d: a signed integer, u x X o: an unsigned one, c: a character, s: text (str, char and u8
	 * arrays, *char and *u8; of a bool `true` or `false`), p: an address, e f g: f64.
	 */
	char verb;
	const char *spec; /* flags, width and precision: "", "-10", "08", ".2" */
	/*
	 * What the argument is converted to before it is printed, of its own width: be32 to u32
	 * (swapped), an enum and a signed integer under %x to unsigned ones. Text and addresses
	 * keep their type.
	 */
	const struct type *type;
};

VEC_TYPE(format_vec, struct format_piece);

/* The trace pipe takes no more (bpf_trace_vprintk). */
#define FORMAT_BPF_ARGS_MAX 12

/*
 * The pieces of `count` checked arguments of a print. Reports DIAG_FORMAT and returns false when
 * they do not fit each other; with `for_bpf` also what bpf_trace_vprintk (kernel/bpf/helpers.c,
 * bpf_bprintf_prepare) does not know: %o, floats, `#`, precisions, too many arguments.
 * An argument of type_error silences everything.
 */
bool format_pieces(struct compilation *comp, struct expr *const *args, uint32_t count, bool for_bpf,
		   struct span span, struct format_vec *pieces);

#endif
