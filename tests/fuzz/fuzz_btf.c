/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile BTF and ELF files as the target kernel: everything that the compiler asks of one. */
#include "compile.h"
#include "kernel/kernel.h"
#include "syntax/syntax.h"

#include <stdlib.h>
#include <string.h>

#define TYPES_ASKED_MAX 200

/* Names that fuzzed BTF can find in its seeds, in programs that need them. */
static const char program[] =
	"@probe(\"vfs_read\") fn p(file: *file, buf: *char, count: u64) -> i32 {\n"
	"\tvar n = file->f_inode->i_ino\n"
	"\treturn n > count ? 1 : 0\n"
	"}\n"
	"@tracepoint(\"sched/sched_switch\") fn t(ctx: *trace_event_raw_sched_switch) -> i32 {\n"
	"\treturn ctx->prev_pid\n"
	"}\n"
	"@xdp fn x(ctx: *xdp_md) -> xdp_action { return XDP_PASS }\n"
	"fn size() -> u64 { return sizeof(task_struct) + sizeof(sk_buff) }\n"
	"fn main() -> i32 { return size() as i32 }\n";

static void ask_image(struct btf_image *image)
{
	uint32_t index;

	for (uint32_t id = 0; id < image->count && id < TYPES_ASKED_MAX; id++) {
		const struct btf_type *type = btf_image_type(image, id);

		btf_image_size(image, id);
		btf_image_strip(image, id);
		btf_image_has_decl_tag(image, id, "bpf_kfunc");
		if (type)
			btf_image_find(image, btf_image_string(image, type->name_off), ~0u);
	}
	btf_image_find_enumerator(image, "XDP_PASS", &index);
}

static void ask_types(struct compilation *comp, struct kernel *kernel)
{
	for (uint32_t id = 1; id < kernel->btf.count && id < TYPES_ASKED_MAX; id++) {
		const struct btf_type *record = btf_image_type(&kernel->btf, id);
		const char *name = record ? btf_image_string(&kernel->btf, record->name_off) : "";
		const struct type *type;

		name = intern_str(&comp->names, name);
		type = kernel_find_type(comp, name);
		if (type)
			type_complete(comp, type);
		kernel_find_struct(comp, name);
		kernel_find_function(comp, name);
		kernel_find_kfunc(comp, name);
		kernel_find_enum_constant(comp, NULL, name, &type);
	}
}

static void compile(struct kernel *kernel)
{
	struct strbuf diagnostics = {0};
	struct compilation comp;
	struct ast_file *tree;

	compilation_init(&comp);
	types_init(&comp);
	kernels_init(&comp);
	kernels_add(&comp, kernel);
	comp.options.project = "fuzz";
	ask_types(&comp, kernel);
	tree = syntax_parse(&comp,
			    source_add(&comp.sources, "fuzz.ks", program, sizeof(program) - 1));
	sema_check(&comp, tree);
	diag_render_all(&comp, &diagnostics);
	strbuf_free(&diagnostics);
	compilation_free(&comp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct kernel *kernel;
	const char *why;

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	kernel = kernel_open_memory(copy, size, "fuzz", KERNEL_VERSION_OF(6, 18), &why);
	if (kernel) {
		ask_image(&kernel->btf);
		compile(kernel);
		kernel_close(kernel);
	}
	free(copy);
	return 0;
}
