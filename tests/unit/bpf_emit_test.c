/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in the object, seen through libbpf and in its bytes. Nothing is loaded. */
#include "bpf_make.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <elf.h>

#define KERNEL "6.18"

static const char counter[] = "struct Flow { source: be32, port: u16, name: str(5) }\n"
			      "var flows : hash<Flow, u64>(64)\n"
			      "pin var slots : percpu_array<u32, u32>(8)\n"
			      "var events : ringbuf<Flow>(4096)\n"
			      "config settings { limit: u32 = 7, on: bool = true }\n"
			      "const config fixed { factor: u64 = 6 }\n"
			      "var zeroed: u64\n"
			      "var started: i32 = -3\n"
			      "local var hidden: u32\n"
			      "pin var kept: u64\n"
			      "@helper fn add(n: u32) -> u32 {\n"
			      "\thidden += n\n"
			      "\treturn hidden * settings.limit\n"
			      "}\n"
			      "@xdp fn count(ctx: *xdp_md) -> xdp_action {\n"
			      "\tslots[3] += 1 // \xc3\xa4\n"
			      "\tkept += fixed.factor\n"
			      "\tzeroed += add(started as u32) as u64\n"
			      "\treturn other(ctx)\n"
			      "}\n"
			      "@xdp fn other(ctx: *xdp_md) -> xdp_action {\n"
			      "\tif (random() > 5) {\n"
			      "\t\treturn XDP_DROP\n"
			      "\t}\n"
			      "\treturn XDP_PASS\n"
			      "}\n"
			      "@tc(\"egress\") fn out(ctx: *__sk_buff) -> i32 {\n"
			      "\treturn TC_ACT_OK\n"
			      "}\n";

static struct bpf_object *open_object(const struct made *made)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "made");

	return bpf_object__open_mem(made->out.data, made->out.len, &options);
}

/* ---- ELF ---- */

static const Elf64_Shdr *section(const struct made *made, const char *name)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)made->out.data;
	const Elf64_Shdr *sections = (const Elf64_Shdr *)(made->out.data + header->e_shoff);
	const char *names = made->out.data + sections[header->e_shstrndx].sh_offset;

	for (int i = 1; i < header->e_shnum; i++) {
		if (!strncmp(names + sections[i].sh_name, name, strlen(name)))
			return &sections[i];
	}
	return NULL;
}

static void sections_are_those_of_libbpf(void)
{
	struct made made;

	make(&made, counter, KERNEL, 0, BPF_OUT_OBJECT);
	CHECK(made.ok);
	CHECK(section(&made, "xdp") && section(&made, "tc") && section(&made, ".maps"));
	CHECK(section(&made, "license") && section(&made, ".BTF") && section(&made, ".BTF.ext"));
	CHECK(section(&made, ".data.config") && section(&made, ".data.pinned"));
	CHECK(section(&made, ".rodata") && section(&made, ".bss") && section(&made, ".data"));
	CHECK(!section(&made, ".debug") && !section(&made, ".rel.debug"));
	CHECK(!section(&made, ".llvm_addrsig") && !section(&made, ".rel.BTF"));
	made_free(&made);
}

static void symbols_keep_their_sections(void)
{
	const Elf64_Shdr *table;
	const Elf64_Sym *symbols;
	bool found = false;
	struct made made;
	const char *names;

	make(&made, counter, KERNEL, 0, BPF_OUT_OBJECT);
	table = section(&made, ".symtab");
	symbols = (const Elf64_Sym *)(made.out.data + table->sh_offset);
	names = made.out.data + section(&made, ".strtab")->sh_offset;
	for (size_t i = 0; i < table->sh_size / sizeof(*symbols); i++) {
		const char *name = names + symbols[i].st_name;

		CHECK(strncmp(name, "LBB", 3));
		if (i < table->sh_info)
			CHECK_INT(ELF64_ST_BIND(symbols[i].st_info), STB_LOCAL);
		else
			CHECK(ELF64_ST_BIND(symbols[i].st_info) != STB_LOCAL);
		if (!strcmp(name, "out")) {
			found = true;
			CHECK_INT(ELF64_ST_TYPE(symbols[i].st_info), STT_FUNC);
		}
	}
	CHECK(found);
	made_free(&made);
}

static void the_same_input_gives_the_same_bytes(void)
{
	struct made first, second;

	make(&first, counter, KERNEL, 0, BPF_OUT_OBJECT);
	make(&second, counter, KERNEL, 0, BPF_OUT_OBJECT);
	CHECK_INT(first.out.len, second.out.len);
	CHECK(first.out.len == second.out.len &&
	      !memcmp(first.out.data, second.out.data, first.out.len));
	made_free(&first);
	made_free(&second);
}

/* ---- through libbpf ---- */

static void maps_have_their_shape(void)
{
	struct bpf_object *object;
	struct bpf_map *map;
	struct made made;

	make(&made, counter, KERNEL, 0, BPF_OUT_OBJECT);
	object = open_object(&made);
	CHECK(object);
	map = bpf_object__find_map_by_name(object, "flows");
	CHECK_INT(bpf_map__type(map), BPF_MAP_TYPE_HASH);
	CHECK_INT(bpf_map__key_size(map), 12);
	CHECK_INT(bpf_map__value_size(map), 8);
	CHECK_INT(bpf_map__max_entries(map), 64);
	CHECK(bpf_map__btf_key_type_id(map) > 0 && bpf_map__btf_value_type_id(map) > 0);
	map = bpf_object__find_map_by_name(object, "slots");
	CHECK_INT(bpf_map__type(map), BPF_MAP_TYPE_PERCPU_ARRAY);
	CHECK(!bpf_map__pin_path(map));
	map = bpf_object__find_map_by_name(object, "events");
	CHECK_INT(bpf_map__type(map), BPF_MAP_TYPE_RINGBUF);
	CHECK_INT(bpf_map__max_entries(map), 4096);
	CHECK_INT(bpf_map__key_size(map), 0);
	map = bpf_object__find_map_by_name(object, "ks_tail_xdp_37");
	CHECK_INT(bpf_map__type(map), BPF_MAP_TYPE_PROG_ARRAY);
	CHECK_INT(bpf_map__max_entries(map), 1);
	map = bpf_object__find_map_by_name(object, ".data.config");
	CHECK_INT(bpf_map__map_flags(map), BPF_F_MMAPABLE);
	bpf_object__close(object);
	made_free(&made);
}

static void programs_have_their_type(void)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct made made;

	make(&made, counter, KERNEL, 0, BPF_OUT_OBJECT);
	object = open_object(&made);
	program = bpf_object__find_program_by_name(object, "count");
	CHECK_INT(bpf_program__type(program), BPF_PROG_TYPE_XDP);
	CHECK_TEXT(bpf_program__section_name(program), "xdp");
	program = bpf_object__find_program_by_name(object, "out");
	CHECK_INT(bpf_program__type(program), BPF_PROG_TYPE_SCHED_CLS);
	CHECK_INT(bpf_program__expected_attach_type(program), 0);
	/* Helpers are no programs. */
	CHECK(!bpf_object__find_program_by_name(object, "add"));
	bpf_object__close(object);
	made_free(&made);
}

static const struct btf_type *variable(const struct btf *btf, const char *name)
{
	return btf__type_by_id(btf, (uint32_t)btf__find_by_name_kind(btf, name, BTF_KIND_VAR));
}

static void variables_have_types_and_values(void)
{
	struct bpf_object *object;
	const struct btf_type *type;
	const struct btf *btf;
	struct bpf_map *map;
	struct made made;
	size_t size;

	make(&made, counter, KERNEL, 0, BPF_OUT_OBJECT);
	object = open_object(&made);
	btf = bpf_object__btf(object);
	CHECK_INT(btf_var(variable(btf, "zeroed"))->linkage, BTF_VAR_GLOBAL_ALLOCATED);
	CHECK_INT(btf_var(variable(btf, "hidden"))->linkage, BTF_VAR_STATIC);
	type = btf__type_by_id(btf, variable(btf, "settings")->type);
	CHECK(btf_is_struct(type));
	CHECK_TEXT(btf__name_by_offset(btf, btf_members(type)[1].name_off), "on");
	map = bpf_object__find_map_by_name(object, ".data.config");
	CHECK_INT(*(const uint32_t *)bpf_map__initial_value(map, &size), 7);
	map = bpf_object__find_map_by_name(object, ".rodata");
	CHECK_INT(*(const uint64_t *)bpf_map__initial_value(map, &size), 6);
	map = bpf_object__find_map_by_name(object, ".data");
	CHECK_INT(*(const int32_t *)bpf_map__initial_value(map, &size), -3);
	bpf_object__close(object);
	made_free(&made);
}

static void types_are_described_as_declared(void)
{
	const struct btf_type *type;
	const struct btf *btf;
	struct bpf_object *object;
	struct made made;

	make(&made, counter, KERNEL, 0, BPF_OUT_OBJECT);
	object = open_object(&made);
	btf = bpf_object__btf(object);
	type = btf__type_by_id(btf, (uint32_t)btf__find_by_name_kind(btf, "Flow", BTF_KIND_STRUCT));
	CHECK_INT(type->size, 12);
	CHECK_INT(btf_vlen(type), 3);
	CHECK_INT(btf_member_bit_offset(type, 2), 48);
	CHECK(btf_is_typedef(btf__type_by_id(btf, btf_members(type)[0].type)));
	CHECK_TEXT(
		btf__name_by_offset(btf, btf__type_by_id(btf, btf_members(type)[0].type)->name_off),
		"__be32");
	CHECK(btf__find_by_name_kind(btf, "count", BTF_KIND_FUNC) > 0);
	CHECK(btf__find_by_name_kind(btf, "xdp_md", BTF_KIND_STRUCT) > 0);
	bpf_object__close(object);
	made_free(&made);
}

/* ---- lines ---- */

/* The layout of .BTF.ext: include/uapi/linux/btf.h and bpf.h of the kernel's tools. */
struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len, func_info_off, func_info_len, line_info_off, line_info_len;
};

struct ext_section {
	uint32_t sec_name_off, num_info;
};

static const char *text_line(unsigned number, size_t *len)
{
	const char *line = counter;

	while (--number)
		line = strchr(line, '\n') + 1;
	*len = strcspn(line, "\n");
	return line;
}

static void check_line(const struct btf *btf, const struct bpf_line_info *info)
{
	unsigned number = BPF_LINE_INFO_LINE_NUM(info->line_col);
	const char *text = btf__name_by_offset(btf, info->line_off), *line;
	size_t len;

	CHECK_TEXT(btf__name_by_offset(btf, info->file_name_off), "made.ks");
	CHECK(number >= 11 && number <= 30);
	line = text_line(number, &len);
	if (strlen(text) != len || strncmp(text, line, len)) {
		fprintf(stderr, "line %u is `%s`\n", number, text);
		CHECK(false);
	}
}

static void every_instruction_has_its_line(void)
{
	const Elf64_Shdr *ext;
	const struct ext_header *header;
	const char *at, *end;
	struct bpf_object *object;
	unsigned sections = 0;
	struct made made;

	make(&made, counter, KERNEL, 0, BPF_OUT_OBJECT);
	object = open_object(&made);
	ext = section(&made, ".BTF.ext");
	header = (const struct ext_header *)(made.out.data + ext->sh_offset);
	at = (const char *)header + header->hdr_len + header->line_info_off + 4;
	end = at - 4 + header->line_info_len;
	while (at < end) {
		const struct ext_section *part = (const struct ext_section *)at;
		const struct bpf_line_info *infos = (const struct bpf_line_info *)(part + 1);

		CHECK(part->num_info > 0);
		CHECK_INT(infos[0].insn_off, 0);
		for (uint32_t i = 0; i < part->num_info; i++)
			check_line(bpf_object__btf(object), &infos[i]);
		sections++;
		at = (const char *)(infos + part->num_info);
	}
	CHECK(sections >= 2);
	bpf_object__close(object);
	made_free(&made);
}

/* ---- kernels ---- */

static const char looping[] = "var n: u32 = 500\n"
			      "var sum: u32\n"
			      "@xdp fn look(ctx: *xdp_md) -> xdp_action {\n"
			      "\tfor (i in 0..n) {\n"
			      "\t\tsum += i\n"
			      "\t}\n"
			      "\treturn XDP_PASS\n"
			      "}\n";

static void loops_use_what_the_kernel_has(void)
{
	struct made made;
	char *text;

	make(&made, looping, "6.18", 0, BPF_OUT_ASM);
	CHECK_HAS(strbuf_text(&made.out), "bpf_iter_num_next");
	made_free(&made);
	make(&made, looping, "6.1", 0, BPF_OUT_ASM);
	CHECK(!strstr(strbuf_text(&made.out), "bpf_iter_num_next"));
	CHECK_HAS(strbuf_text(&made.out), "call 181");
	made_free(&made);
	make(&made, looping, "6.18", KERNEL_VERSION_OF(5, 10), BPF_OUT_ASM);
	CHECK(!made.ok);
	text = made_diagnostics(&made);
	CHECK_HAS(text, "made.ks:4:2: error[kernel-lacks]: a loop of more than a few rounds needs "
			"Linux 5.17");
	free(text);
	made_free(&made);
}

static void outputs_are_text_on_demand(void)
{
	struct made made;

	make(&made, looping, KERNEL, 0, BPF_OUT_LLVM);
	CHECK_HAS(strbuf_text(&made.out), "define i32 @look(ptr %ctx)");
	CHECK_HAS(strbuf_text(&made.out), "alloca");
	made_free(&made);
	make(&made, looping, KERNEL, 0, BPF_OUT_LLVM_OPT);
	CHECK_HAS(strbuf_text(&made.out), "@look");
	made_free(&made);
	make(&made, looping, KERNEL, 0, BPF_OUT_ASM);
	CHECK_HAS(strbuf_text(&made.out), "look:");
	made_free(&made);
}

static const struct ks_test tests[] = {
	{"sections_are_those_of_libbpf", sections_are_those_of_libbpf},
	{"symbols_keep_their_sections", symbols_keep_their_sections},
	{"the_same_input_gives_the_same_bytes", the_same_input_gives_the_same_bytes},
	{"maps_have_their_shape", maps_have_their_shape},
	{"programs_have_their_type", programs_have_their_type},
	{"variables_have_types_and_values", variables_have_types_and_values},
	{"types_are_described_as_declared", types_are_described_as_declared},
	{"every_instruction_has_its_line", every_instruction_has_its_line},
	{"loops_use_what_the_kernel_has", loops_use_what_the_kernel_has},
	{"outputs_are_text_on_demand", outputs_are_text_on_demand},
};

int main(void)
{
	return ks_test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
