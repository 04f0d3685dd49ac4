/* SPDX-License-Identifier: Apache-2.0 */
/* Writes libFuzzer's dictionary: every word that the compiler's own tables know. */
#include "kernel/builtins.h"
#include "kernel/map_kinds.h"
#include "kernel/prog_kinds.h"
#include "syntax/parse.h"
#include "syntax/parser.h"
#include "syntax/tokens.h"

#include <stdio.h>

static void entry(const char *before, const char *word)
{
	printf("\"%s", before);
	for (; *word; word++)
		printf(*word == '"' || *word == '\\' ? "\\%c" : "%c", *word);
	printf("\"\n");
}

int main(void)
{
	static const char *const more[] = {"include \"net.kh\"",
					   "import m from \"self.ks\"",
					   "include \"self.kh\"",
					   "fn f() ",
					   "fn main() -> i32 {",
					   "@helper fn ",
					   "@kfunc fn ",
					   "@private fn ",
					   "@test fn ",
					   "@xdp fn p(ctx: *xdp_md) -> xdp_action {",
					   "ctx->data as *ethhdr",
					   "if (var v = ",
					   "if (var p = &",
					   "for (i in 0..",
					   "0x",
					   "0b1",
					   "0o7",
					   "18446744073709551615",
					   "9223372036854775808",
					   "as ",
					   ": u32",
					   "str(16)",
					   "[4]",
					   "*u8",
					   "\\n",
					   "\\x00",
					   "..=",
					   "///",
					   "/*",
					   "*/",
					   "// ",
					   "local ",
					   "pin ",
					   "const ",
					   "xdp_md",
					   "__sk_buff",
					   "task_struct",
					   "iphdr",
					   "XDP_PASS",
					   "ETH_P_IP",
					   "sizeof("};

	for (int kind = TOKEN_KIND_FIRST; kind <= TOKEN_TILDE; kind++)
		if (token_info(kind)->text)
			entry("", token_info(kind)->text);
	for (unsigned i = 0; i < BUILTIN_COUNT; i++)
		entry("", builtins[i].name);
	for (unsigned i = 0; i < MAP_KIND_COUNT; i++)
		entry("", map_kinds[i].name);
	for (unsigned i = 0; i < PROG_KIND_COUNT; i++)
		entry("@", prog_kinds[i].name);
	for (unsigned i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		entry("", more[i]);
	return 0;
}
