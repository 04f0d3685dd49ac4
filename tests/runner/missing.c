/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for stages that are not in the tree yet, so that cases of earlier stages can run. */
#include "bpf/bpf.h"
#include "cgen/cgen.h"
#include "syntax/syntax.h"

#ifdef KSC_NO_SYNTAX
struct ast_file *syntax_parse(struct compilation *comp, uint32_t file)
{
	return NULL;
}

const char *ast_binary_text(enum binary_op op)
{
	return "";
}

const char *ast_unary_text(enum unary_op op)
{
	return "";
}

void ast_print(struct strbuf *out, const struct ast_file *file)
{
}

void syntax_dump_tokens(struct compilation *comp, uint32_t file, struct strbuf *out)
{
}
#endif

#ifdef KSC_NO_SEMA
struct program *sema_check(struct compilation *comp, struct ast_file *file)
{
	return NULL;
}
#endif

#ifdef KSC_NO_IR
struct ir_module *ir_build(struct compilation *comp, struct program *program)
{
	return NULL;
}

void ir_passes_run(struct compilation *comp, struct ir_module *module)
{
}
#endif

#ifdef KSC_NO_BPF
bool bpf_emit(struct compilation *comp, const struct ir_module *module, enum bpf_output what,
	      struct strbuf *out)
{
	return true;
}

bool bpf_needed(const struct ir_module *module)
{
	return false;
}
#endif

#ifdef KSC_NO_CGEN
void cgen_loader(struct compilation *comp, const struct ir_module *module, struct strbuf *out)
{
}

bool cgen_has_module(const struct ir_module *module)
{
	return false;
}

bool cgen_module(struct compilation *comp, const struct ir_module *module, struct strbuf *out)
{
	return true;
}
#endif
